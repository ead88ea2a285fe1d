/**
 * Package managers and runners: what is installed or run, from where, pinned or not. One row for each manager: which words install, which options take a value, which name another
 * registry, and how a version is spelled. Skills, plugins and MCP servers are packages too.
 */
import type { InstallFact, Value } from '../../model.ts';
import { concat, known, show, textOf } from '../../value.ts';
import type { Command, Handler } from './command.ts';
import { flagged, given, type Options, parseOptions } from './options.ts';
import { MANAGER_ALIASES, MANAGERS, type Manager } from './package-rows.ts';
import { embedCode, runText } from './run.ts';
import { type Field, fact, fieldText, pathCell, place, ports, readFile, UNKNOWN_OUTPUT, type World } from './world.ts';

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
  const key = Object.hasOwn(MANAGERS, command.name) ? command.name : (MANAGER_ALIASES[command.name] ?? command.name.replace(/[\d.]{1,6}$/, ''));
  const rows = Object.hasOwn(MANAGERS, key) ? MANAGERS[key]! : [];
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
  const wanted = row.whole ? [] : row.first ? (named.length > 0 ? [] : operands.slice(0, 1)) : operands;
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
    if (Object.hasOwn(MANAGERS, MANAGER_ALIASES[inner] ?? inner) && row.manager !== 'docker')
      install(w, { ...command, name: inner, args: operands.slice(1) });
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
  [
    [...Object.keys(MANAGERS), ...Object.keys(MANAGER_ALIASES)]
      .filter((name) => !/^(?:claude|openclaw|clawdbot|moltbot|gemini)$/.test(name))
      .join(' '),
    install,
  ],
  ['claude codex gemini openclaw clawdbot moltbot mcporter', (w, command) => mcp(w, command) ?? install(w, command)],
];
