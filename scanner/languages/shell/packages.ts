/**
 * Package managers and runners: what is installed or run, from where, pinned or not. One row for each manager: which words install, which options take a value, which name another
 * registry, and how a version is spelled. Skills, plugins and MCP servers are packages too.
 */
import type { InstallFact, Value } from '../../model.ts';
import { concat, known, show, textOf } from '../../value.ts';
import type { Command, Handler } from './command.ts';
import { flagged, given, type Options, parseOptions } from './options.ts';
import { embedCode, runText } from './run.ts';
import { type Field, fact, fieldText, pathCell, place, ports, readFile, UNKNOWN_OUTPUT, type World } from './world.ts';

interface Manager {
  readonly manager: string;
  /** Word sequences that install; `''` when the program itself does. */
  readonly verbs: string;
  readonly values?: string;
  readonly registry?: string;
  /** How a version is written: `name@1`, `name==1`, `name=1`, `name:tag`. */
  readonly version: '@' | '==' | '=' | ':' | 'flag' | 'none';
  readonly versionFlag?: string;
  readonly runs?: boolean;
  /** Only the first operand is a package; the rest is passed to it. */
  readonly first?: boolean;
  /** Options naming packages (`npx -p x`, `uvx --from x`). */
  readonly packages?: string;
  /** Options naming files of requirements. */
  readonly lists?: string;
  readonly single?: boolean;
  /** Without operands it installs what a project file names. */
  readonly project?: string;
  readonly noScripts?: string;
}

const NPM_VALUES =
  '--registry --prefix --workspace -w --tag --loglevel --cache --userconfig --globalconfig --filter --cwd -C --dir --before --omit --include';
const PIP_VALUES =
  '-r --requirement -c --constraint -e --editable -i --index-url --extra-index-url -f --find-links -t --target --prefix --root --trusted-host --python --proxy --cache-dir --platform --python-version --upgrade-strategy --only-binary --no-binary --config-settings --index --default-index --with --from -p --timeout --group --extra';
const ROWS: Readonly<Record<string, readonly Manager[]>> = {
  npm: [
    {
      manager: 'npm',
      verbs: 'install|i|add|isntall|update|up|link',
      values: NPM_VALUES,
      registry: '--registry',
      version: '@',
      project: 'package.json',
      noScripts: '--ignore-scripts',
    },
    {
      manager: 'npm',
      verbs: 'ci|install-ci-test',
      values: NPM_VALUES,
      registry: '--registry',
      version: '@',
      project: 'package-lock.json',
      noScripts: '--ignore-scripts',
    },
    {
      manager: 'npx',
      verbs: 'exec|x|create|init',
      values: `${NPM_VALUES} -p --package -c --call`,
      registry: '--registry',
      version: '@',
      first: true,
      runs: true,
      packages: '-p --package',
    },
  ],
  pnpm: [
    {
      manager: 'pnpm',
      verbs: 'install|i|add|update|up',
      values: NPM_VALUES,
      registry: '--registry',
      version: '@',
      project: 'package.json',
      noScripts: '--ignore-scripts',
    },
    {
      manager: 'npx',
      verbs: 'dlx|create|exec',
      values: `${NPM_VALUES} --package`,
      registry: '--registry',
      version: '@',
      first: true,
      runs: true,
      packages: '--package',
    },
  ],
  yarn: [
    {
      manager: 'yarn',
      verbs: 'add|global add|install|upgrade',
      values: NPM_VALUES,
      registry: '--registry',
      version: '@',
      project: 'package.json',
      noScripts: '--ignore-scripts',
    },
    { manager: 'npx', verbs: 'dlx|create', values: '-p --package', version: '@', first: true, runs: true, packages: '-p --package' },
  ],
  bun: [
    {
      manager: 'bun',
      verbs: 'install|i|add|update',
      values: NPM_VALUES,
      registry: '--registry',
      version: '@',
      project: 'package.json',
      noScripts: '--ignore-scripts',
    },
    { manager: 'npx', verbs: 'x|create', values: '-p --package', version: '@', first: true, runs: true, packages: '-p --package' },
  ],
  npx: [
    {
      manager: 'npx',
      verbs: '',
      values: `${NPM_VALUES} -p --package -c --call`,
      registry: '--registry',
      version: '@',
      first: true,
      runs: true,
      packages: '-p --package',
    },
  ],
  bunx: [{ manager: 'npx', verbs: '', values: '-p --package', version: '@', first: true, runs: true, packages: '-p --package' }],
  pip: [
    {
      manager: 'pip',
      verbs: 'install|download|wheel',
      values: PIP_VALUES,
      registry: '-i --index-url --extra-index-url -f --find-links',
      version: '==',
      lists: '-r --requirement',
      packages: '-e --editable',
    },
  ],
  pipx: [
    { manager: 'pipx', verbs: 'install|inject|upgrade', values: `${PIP_VALUES} --spec`, registry: '-i --index-url', version: '==' },
    {
      manager: 'pipx',
      verbs: 'run',
      values: `${PIP_VALUES} --spec`,
      registry: '-i --index-url',
      version: '==',
      first: true,
      runs: true,
      packages: '--spec',
    },
  ],
  uv: [
    {
      manager: 'uv',
      verbs: 'pip install|add|tool install|sync|pip sync|lock',
      values: PIP_VALUES,
      registry: '-i --index-url --extra-index-url --index --default-index -f --find-links',
      version: '==',
      lists: '-r --requirement',
      packages: '--with --from -e --editable',
      project: 'pyproject.toml',
    },
    {
      manager: 'uvx',
      verbs: 'tool run|x',
      values: PIP_VALUES,
      registry: '-i --index-url --extra-index-url --index --default-index',
      version: '==',
      first: true,
      runs: true,
      packages: '--from --with',
    },
  ],
  uvx: [
    {
      manager: 'uvx',
      verbs: '',
      values: PIP_VALUES,
      registry: '-i --index-url --extra-index-url --index --default-index',
      version: '==',
      first: true,
      runs: true,
      packages: '--from --with',
    },
  ],
  poetry: [
    {
      manager: 'poetry',
      verbs: 'add|install|update|self add',
      values: '--group -G --source -E --extras',
      registry: '--source',
      version: '@',
      project: 'pyproject.toml',
    },
  ],
  pdm: [{ manager: 'pdm', verbs: 'add|install|sync', values: '-G --group', version: '==', project: 'pyproject.toml' }],
  pipenv: [
    { manager: 'pipenv', verbs: 'install|sync', values: '-i --index -r', registry: '-i --index', version: '==', project: 'Pipfile', lists: '-r' },
  ],
  easy_install: [{ manager: 'pip', verbs: '', values: '-i --index-url -f', registry: '-i --index-url', version: '==' }],
  conda: [
    {
      manager: 'conda',
      verbs: 'install|create|env create|update',
      values: '-n --name -c --channel -p --prefix -f --file',
      registry: '-c --channel',
      version: '=',
      lists: '-f --file',
    },
  ],
  gem: [
    {
      manager: 'gem',
      verbs: 'install|update',
      values: '-v --version -s --source -i -n -P',
      registry: '-s --source',
      version: 'flag',
      versionFlag: '-v --version',
    },
  ],
  bundle: [
    {
      manager: 'bundle',
      verbs: 'install|update|add',
      values: '--gemfile --path --source --version',
      version: 'flag',
      versionFlag: '--version',
      project: 'Gemfile',
    },
  ],
  cargo: [
    {
      manager: 'cargo',
      verbs: 'install|add|binstall',
      values: '--version --git --branch --tag --rev --path --registry --index --root --features -F --target',
      registry: '--registry --index',
      version: '@',
      versionFlag: '--version --rev',
      packages: '--git --path',
    },
  ],
  go: [
    { manager: 'go', verbs: 'install|get', values: '-ldflags -tags -o', version: '@', single: true },
    { manager: 'go', verbs: 'run', values: '-ldflags -tags -exec', version: '@', single: true, first: true, runs: true },
  ],
  brew: [{ manager: 'brew', verbs: 'install|upgrade|reinstall|tap|cask install', values: '--appdir', version: '@' }],
  apt: [{ manager: 'apt', verbs: 'install|upgrade|build-dep', values: '-t -o -c --target-release', version: '=' }],
  yum: [
    {
      manager: 'dnf',
      verbs: 'install|localinstall|groupinstall|update',
      values: '--repo --repofrompath --enablerepo',
      registry: '--repofrompath',
      version: 'none',
    },
  ],
  apk: [{ manager: 'apk', verbs: 'add', values: '-X --repository -t --virtual -p', registry: '-X --repository', version: '=' }],
  pacman: [{ manager: 'pacman', verbs: '-S', values: '--config --dbpath', version: 'none' }],
  zypper: [{ manager: 'zypper', verbs: 'install|in', values: '-r --repo', version: '=' }],
  snap: [{ manager: 'snap', verbs: 'install|refresh', values: '--channel --revision', version: 'flag', versionFlag: '--revision' }],
  flatpak: [{ manager: 'flatpak', verbs: 'install|run', version: 'none' }],
  choco: [
    {
      manager: 'choco',
      verbs: 'install|upgrade',
      values: '--version -s --source',
      registry: '-s --source',
      version: 'flag',
      versionFlag: '--version',
    },
  ],
  winget: [
    {
      manager: 'winget',
      verbs: 'install|upgrade',
      values: '--version -v --source -s --id -e',
      registry: '-s --source',
      version: 'flag',
      versionFlag: '-v --version',
      packages: '--id',
    },
  ],
  scoop: [{ manager: 'scoop', verbs: 'install', version: '@' }],
  nix: [{ manager: 'nix', verbs: 'run|shell|profile install|develop', version: 'none', runs: true, first: true }],
  'nix-env': [{ manager: 'nix', verbs: '-i|-iA', values: '-f -p', version: 'none' }],
  port: [{ manager: 'port', verbs: 'install', version: 'none' }],
  mise: [{ manager: 'mise', verbs: 'install|use|exec|x', version: '@' }],
  composer: [{ manager: 'composer', verbs: 'require|global require|install|create-project', values: '-d', version: ':', project: 'composer.json' }],
  dotnet: [
    {
      manager: 'dotnet',
      verbs: 'tool install|add package',
      values: '--version --add-source -s --source',
      registry: '--add-source -s --source',
      version: 'flag',
      versionFlag: '--version',
    },
  ],
  cpan: [{ manager: 'cpan', verbs: '', version: 'none' }],
  luarocks: [{ manager: 'luarocks', verbs: 'install', values: '--server', registry: '--server', version: 'none' }],
  docker: [
    { manager: 'docker', verbs: 'pull|image pull', values: '--platform', version: ':' },
    { manager: 'docker', verbs: 'run|create|container run', values: DOCKER_VALUES(), version: ':', first: true, runs: true },
  ],
  helm: [
    {
      manager: 'helm',
      verbs: 'install|upgrade|repo add|pull',
      values: '--version --repo -n --namespace -f --values --set',
      registry: '--repo',
      version: 'flag',
      versionFlag: '--version',
    },
  ],
  kubectl: [{ manager: 'kubectl', verbs: 'apply|create', values: '-f --filename -n --namespace -k', version: 'none', packages: '-f --filename -k' }],
  clawhub: [
    {
      manager: 'clawhub',
      verbs: 'install|update|sync',
      values: '--version --registry --dir --workdir --site',
      registry: '--registry --site',
      version: 'flag',
      versionFlag: '--version',
    },
  ],
  openclaw: [
    {
      manager: 'clawhub',
      verbs: 'skills install|skill install|skills add|skills update',
      values: '--version --registry',
      registry: '--registry',
      version: '@',
      versionFlag: '--version',
    },
    { manager: 'openclaw-plugin', verbs: 'plugins install|plugin install|plugins update', values: '--version', version: '@' },
  ],
  skills: [{ manager: 'skills', verbs: 'add|install|update', values: '-a --agent -s --skill', version: '@' }],
  claude: [{ manager: 'claude-plugin', verbs: 'plugin install|plugin marketplace add|plugins install', version: '@' }],
  gemini: [{ manager: 'gemini-extension', verbs: 'extensions install', version: '@' }],
  code: [{ manager: 'vscode', verbs: '', values: '--install-extension', version: '@', packages: '--install-extension' }],
  ollama: [{ manager: 'ollama', verbs: 'pull|run', version: ':' }],
  'huggingface-cli': [{ manager: 'huggingface', verbs: 'download', values: '--revision --local-dir', version: 'flag', versionFlag: '--revision' }],
  asdf: [{ manager: 'asdf', verbs: 'install|plugin add|plugin-add', version: 'none' }],
  krew: [{ manager: 'krew', verbs: 'install', version: 'none' }],
};
function DOCKER_VALUES(): string {
  return '-v --volume -e --env --env-file -p --publish --name -w --workdir -u --user --network --net --entrypoint --mount -m --memory --cpus -h --hostname --add-host -l --label --restart --platform --pull --cap-add --cap-drop --security-opt --device --tmpfs --ulimit --gpus --dns --ip --link --log-driver --log-opt --pid --ipc --userns --shm-size';
}
const ALIASES: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  aptitude: 'apt',
  dnf: 'yum',
  microdnf: 'yum',
  mamba: 'conda',
  micromamba: 'conda',
  podman: 'docker',
  nerdctl: 'docker',
  chocolatey: 'choco',
  clawdhub: 'clawhub',
  clawdbot: 'openclaw',
  moltbot: 'openclaw',
  bundler: 'bundle',
  cursor: 'code',
  codium: 'code',
  windsurf: 'code',
  cpanm: 'cpan',
  rtx: 'mise',
  paru: 'pacman',
  yay: 'pacman',
  oc: 'kubectl',
};

const URL_LIKE = /^(?:[a-z][a-z0-9+.-]{1,12}:\/\/|git\+|git@|github:|gitlab:|bitbucket:|gist:|oci:)/i;
const FILE_LIKE = /^(?:\.{0,2}\/|~|file:|\.$)|\.(?:whl|tgz|tar\.gz|deb|rpm|gem|vsix|pkg|apk|snap|nupkg|zip)$/i;

interface Target {
  readonly from: InstallFact['from'];
  readonly name: Value;
  readonly version?: string;
  readonly pinned: boolean;
}

/** Where a package spec points and whether it means exactly one build. */
function target(row: Manager, field: Field, flag: string | undefined): Target {
  const text = show(field.value);
  if (
    URL_LIKE.test(text) ||
    (row.version === '@' && row.manager === 'npx' && /^[\w.-]{1,60}\/[\w.-]{1,100}(?:#|$)/.test(text) && !text.startsWith('@'))
  ) {
    const vcs = /^git|\.git(?:$|[@#])|^(?:github|gitlab|bitbucket|gist):|^[\w.-]{1,60}\//i.test(text);
    const commit = /[@#]([0-9a-f]{40})\b|sha256[:=]([0-9a-f]{64})/i.exec(text);
    return {
      from: vcs ? 'vcs' : row.manager === 'docker' || row.manager === 'helm' ? 'registry' : 'url',
      name: field.value,
      ...(commit ? { version: commit[1] ?? commit[2]! } : {}),
      pinned: commit !== null,
    };
  }
  if (FILE_LIKE.test(text)) return { from: 'file', name: field.value, pinned: true };
  if (row.manager === 'docker') {
    const digest = /@(sha256:[0-9a-f]{64})$/.exec(text);
    const tag = /:([\w][\w.-]{0,127})$/.exec(text);
    return {
      from: 'registry',
      name: digest || tag ? known(text.slice(0, (digest ?? tag)!.index)) : field.value,
      ...(digest || tag ? { version: (digest ?? tag)![1]! } : {}),
      pinned: digest !== null,
    };
  }
  if (field.value.kind !== 'known') return { from: 'registry', name: field.value, ...(flag ? { version: flag } : {}), pinned: flag !== undefined };
  const mark = row.version === 'flag' || row.version === 'none' ? undefined : row.version;
  const at = mark === undefined ? -1 : text.indexOf(mark, 1);
  const version = at > 0 ? text.slice(at + mark!.length) : flag;
  const range = /^[^<>~!\s;[]{1,200}/.exec(at > 0 ? text.slice(0, at) : text)?.[0] ?? text;
  const exact =
    version !== undefined &&
    /^v?\d[\w.+!-]{0,60}$/.test(version) &&
    !/[x*]$/i.test(version) &&
    (row.version !== '@' || row.manager === 'go' || row.manager === 'brew' || /^v?\d{1,6}\.\d{1,6}\.\d/.test(version) || row.manager === 'clawhub');
  return {
    from: 'registry',
    name: known(range),
    ...(version !== undefined ? { version } : {}),
    pinned: exact || (version !== undefined && /^[0-9a-f]{40}$/.test(version)),
  };
}

function verbLength(row: Manager, operands: readonly Field[], options: Options): number | undefined {
  if (row.verbs === '') return 0;
  for (const verb of row.verbs.split('|')) {
    if (verb.startsWith('-')) {
      if ([...options.flags].some((flag) => flag === verb || (flag.startsWith(verb) && !flag.startsWith('--')))) return 0;
      continue;
    }
    const parts = verb.split(' ');
    if (parts.every((part, index) => fieldText(operands[index] ?? ({ value: known('') } as Field)) === part)) return parts.length;
  }
  return undefined;
}

const install: Handler = (w, command) => {
  const key = Object.hasOwn(ROWS, command.name) ? command.name : (ALIASES[command.name] ?? command.name.replace(/[\d.]{1,6}$/, ''));
  const rows = Object.hasOwn(ROWS, key) ? ROWS[key]! : [];
  for (const row of rows) {
    // The verb comes first; runners stop at the package, what follows are its own words.
    const before = parseOptions(command.args, {
      values: row.values ?? '',
      single: row.single === true,
      stop: row.verbs === '' && row.first === true,
    });
    const taken = verbLength(row, before.operands, before);
    if (taken === undefined) continue;
    let options = before;
    if (row.first && taken > 0) {
      const last = before.operands[taken - 1]!;
      options = parseOptions(command.args.slice(command.args.indexOf(last) + 1), {
        values: row.values ?? '',
        single: row.single === true,
        stop: true,
      });
    }
    state(w, command, row, options, row.first && taken > 0 ? options.operands : options.operands.slice(taken));
    return UNKNOWN_OUTPUT;
  }
  return undefined;
};

function state(w: World, command: Command, row: Manager, options: Options, operands: readonly Field[]): void {
  const registries = given(options, row.registry ?? '');
  const flag = row.versionFlag === undefined ? undefined : fieldText(given(options, row.versionFlag)[0] ?? ({ value: { kind: 'unknown' } } as Field));
  const scripts = row.noScripts !== undefined && flagged(options, row.noScripts) ? { scripts: false } : {};
  const registry = registries[0] === undefined ? {} : { registry: registries[0].value };
  const say = (field: Field, runs = row.runs === true): void => {
    if (field.placeholder !== undefined) return;
    const found = target(row, field, flag);
    const path = place(w, field.value);
    fact(w, command.start, command.end, {
      kind: 'install',
      manager: row.manager,
      ...found,
      ...registry,
      ...scripts,
      ...(runs ? { runs: true } : {}),
      ins: [...ports(field.cells, 'argv'), ...(found.from === 'file' ? [{ cell: pathCell(w, path), role: 'code' as const }] : [])],
    });
  };
  const named = given(options, row.packages ?? '');
  for (const field of named) say(field);
  const wanted = row.first ? (named.length > 0 ? [] : operands.slice(0, 1)) : operands;
  for (const field of wanted) say(field);
  for (const list of given(options, row.lists ?? '')) {
    if (!/^https?:/.test(show(list.value))) readFile(w, list);
    fact(w, command.start, command.end, {
      kind: 'install',
      manager: row.manager,
      name: list.value,
      pinned: false,
      from: /^https?:/.test(show(list.value)) ? 'url' : 'file',
      ...registry,
      ...scripts,
    });
  }
  if (wanted.length === 0 && named.length === 0 && row.project !== undefined && given(options, row.lists ?? '').length === 0)
    fact(w, command.start, command.end, {
      kind: 'install',
      manager: row.manager,
      name: known(row.project),
      pinned: /lock/.test(row.project),
      from: 'file',
      ...registry,
      ...scripts,
    });
  for (const field of registries)
    fact(w, field.start, field.end, {
      kind: 'config',
      system: row.manager,
      key: 'registry',
      value: field.value,
      effect: 'redirect-registry',
      via: 'command',
    });
  for (const field of given(options, '--trusted-host'))
    if (row.values?.includes('--trusted-host'))
      fact(w, field.start, field.end, {
        kind: 'config',
        system: row.manager,
        key: 'trusted-host',
        value: field.value,
        effect: 'disable-tls',
        via: 'command',
      });
  for (const code of given(options, '-c --call'))
    if (row.manager === 'npx' && command.name === 'npx') runText(w, command, 'shell', code, 'npx -c', [], 'shell');
  // A runner that starts another installer (`npx clawhub install x`, `npx skills add x`) installs that too.
  if (row.runs && operands.length > 1) {
    const head = target(row, operands[0]!, undefined).name;
    const inner = textOf(head)?.split('/').at(-1) ?? '';
    if (Object.hasOwn(ROWS, ALIASES[inner] ?? inner) && row.manager !== 'docker') install(w, { ...command, name: inner, args: operands.slice(1) });
  }
}

/** `claude mcp add name -- npx server`, `codex mcp add`, `openclaw mcp set`: the server's own command is installed and runs later. */
const mcp: Handler = (w, command) => {
  const words = command.args.map((arg) => fieldText(arg) ?? '');
  const at = words.indexOf('mcp');
  if (at < 0 || at > 2 || !/^(?:add|add-json|set|install|add-from-claude-desktop)$/.test(words[at + 1] ?? '')) return undefined;
  const options = parseOptions(command.args.slice(at + 2), { values: '-s --scope -t --transport -e --env -H --header --url', stop: false });
  const [name, ...rest] = options.operands;
  const value =
    rest.length > 0
      ? concat(...rest.flatMap((field, index) => (index > 0 ? [known(' '), field.value] : [field.value])))
      : (given(options, '--url')[0]?.value ?? known(''));
  fact(w, command.start, command.end, {
    kind: 'config',
    system: command.name,
    key: `mcpServers.${name === undefined ? '' : show(name.value)}`,
    value,
    effect: 'add-mcp',
    via: 'command',
  });
  const url = rest.find((field) => /^https?:/.test(show(field.value))) ?? given(options, '--url')[0];
  fact(w, command.start, command.end, {
    kind: 'install',
    manager: 'mcp',
    name: url?.value ?? value,
    pinned: false,
    from: url ? 'url' : 'registry',
    runs: true,
  });
  const last = rest.at(-1);
  if (rest.length > 0 && url === undefined && last !== undefined)
    embedCode(
      w,
      'shell',
      { spelled: rest.map((field) => field.spelled).join(' '), unwrapped: [], start: rest[0]!.start, end: last.end },
      ['mcp server'],
      {},
    );
  return UNKNOWN_OUTPUT;
};

export const PACKAGE_ROWS: readonly (readonly [string, Handler])[] = [
  [[...Object.keys(ROWS), ...Object.keys(ALIASES)].filter((name) => !/^(?:claude|openclaw|clawdbot|moltbot|gemini)$/.test(name)).join(' '), install],
  ['claude codex gemini openclaw clawdbot moltbot mcporter', (w, command) => mcp(w, command) ?? install(w, command)],
];
