/**
 * The rows of packages.ts: for each manager, which words install or run a package, which options take a value, which name another registry, and how a version is spelled.
 * Data only; a manager is added by adding a row.
 */

export interface Manager {
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
  /** It installs what the project's own file names and nothing else: words after it are no packages. */
  readonly whole?: true;
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
/** By program name. */
export const MANAGERS: Readonly<Record<string, readonly Manager[]>> = {
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
      verbs: 'ci|install-ci-test|clean-install|ic',
      values: NPM_VALUES,
      whole: true,
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
/** Programs with the grammar of another. */
export const MANAGER_ALIASES: Readonly<Record<string, string>> = {
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
