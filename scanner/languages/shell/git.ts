/**
 * Version control and its hosting: git (what it fetches, sends, destroys and which of its settings run code, redirect fetches or switch checks off) and the GitHub command line.
 */
import type { Port, Value } from '../../model.ts';
import { known, show, textOf } from '../../value.ts';
import type { Handler } from './command.ts';
import { flagged, given, operandText, parseOptions } from './options.ts';
import { embedCode } from './run.ts';
import { type Field, fact, fieldText, plain, ports, readFile, request, UNKNOWN_OUTPUT, type World, writeFile } from './world.ts';

const git: Handler = (w, command) => {
  const options = parseOptions(command.args, { values: '-C -c --git-dir --work-tree --exec-path --namespace', stop: true });
  for (const setting of given(options, '-c'))
    gitSetting(
      w,
      setting,
      show(setting.value).split('=')[0]!,
      plain(known(show(setting.value).split('=').slice(1).join('=')), setting.start, setting.end, setting.cells),
    );
  const verb = operandText(options, 0);
  const inner = parseOptions(options.operands.slice(1), {
    values: '-b --branch --depth -o --origin -u --upload-pack --template -c --config --reference -j --jobs --filter -m --message -F --file -C',
  });
  const { operands } = inner;
  for (const setting of verb === 'clone' ? given(inner, '-c --config') : [])
    gitSetting(
      w,
      setting,
      show(setting.value).split('=')[0]!,
      plain(known(show(setting.value).split('=').slice(1).join('=')), setting.start, setting.end, setting.cells),
    );
  const at = (url: Value, from: readonly Field[], sends: boolean): ReturnType<typeof request> => {
    const response = w.ctx.fresh();
    return request(w, command.start, command.end, {
      kind: 'request',
      url,
      method: 'GIT',
      tool: 'git',
      ...(sends ? { sends: true } : {}),
      ins: from.flatMap((field) => ports(field.cells, 'url')),
      outs: [{ cell: response, role: 'response' }],
    });
  };
  if (verb === 'clone' && operands[0] !== undefined) {
    const url = operands[0];
    const folder =
      operands[1]?.value ??
      known(
        show(url.value)
          .replace(/\.git$/, '')
          .replace(/\/$/, '')
          .split('/')
          .at(-1) ?? '',
      );
    const pending = at(url.value, [url], false);
    writeFile(w, { value: folder, cells: [], start: url.start, end: url.end }, [pending.draft.outs![0]!.cell], { requests: [pending] });
    fact(w, command.start, command.end, { kind: 'install', manager: 'git', name: url.value, pinned: false, from: 'vcs' });
  } else if (verb === 'pull' || verb === 'fetch') {
    const pending = at(operands[0]?.value ?? known('origin'), operands.slice(0, 1), false);
    if (verb === 'pull')
      writeFile(
        w,
        { value: given(options, '-C')[0]?.value ?? known('.'), cells: [], start: command.start, end: command.end },
        [pending.draft.outs![0]!.cell],
        { requests: [pending] },
      );
  } else if (verb === 'push') {
    at(operands[0]?.value ?? known('origin'), operands.slice(0, 1), true);
    if (flagged(inner, '-f --force --force-with-lease --mirror --delete') || operands.some((field) => show(field.value).startsWith('+')))
      fact(w, command.start, command.end, { kind: 'delete', path: operands[0]?.value ?? known('origin'), how: 'vcs', force: true });
  } else if (verb === 'submodule' && /^(?:update|add)$/.test(fieldText(operands[0] ?? plain(known(''), 0, 0)) ?? ''))
    at(operands[1]?.value ?? known('submodule'), operands.slice(1, 2), false);
  else if (verb === 'remote' && /^(?:add|set-url)$/.test(fieldText(operands[0] ?? plain(known(''), 0, 0)) ?? '') && operands[2] !== undefined)
    fact(w, command.start, command.end, {
      kind: 'config',
      system: 'git',
      key: `remote.${show(operands[1]!.value)}.url`,
      value: operands[2].value,
      effect: 'other',
      via: 'command',
    });
  else if (verb === 'config') {
    const set = inner.operands.filter((field) => fieldText(field) !== 'set');
    if (set[0] !== undefined && set[1] !== undefined && !flagged(inner, '--get --unset --unset-all --list -l'))
      gitSetting(w, command, show(set[0].value), set[1]);
  } else if (verb === 'reset' && flagged(inner, '--hard'))
    fact(w, command.start, command.end, { kind: 'delete', path: known('.'), how: 'vcs', force: true });
  else if (verb === 'clean' && [...inner.flags].some((flag) => /^-[a-z]{0,4}f/.test(flag) || flag === '--force'))
    fact(w, command.start, command.end, { kind: 'delete', path: known('.'), how: 'vcs', recursive: flagged(inner, '-d'), force: true });
  else if ((verb === 'checkout' || verb === 'restore') && operands.some((field) => fieldText(field) === '.') && verb === 'restore')
    fact(w, command.start, command.end, { kind: 'delete', path: known('.'), how: 'vcs' });
  else if (
    verb === 'filter-branch' ||
    verb === 'filter-repo' ||
    (verb === 'reflog' && fieldText(operands[0] ?? plain(known(''), 0, 0)) === 'expire') ||
    (verb === 'update-ref' && flagged(inner, '-d'))
  )
    fact(w, command.start, command.end, { kind: 'delete', path: known('.git'), how: 'vcs' });
  else if (verb === 'credential' || (verb === 'credential-osxkeychain' && operands.length > 0))
    fact(w, command.start, command.end, {
      kind: 'capture',
      what: 'keychain',
      tool: 'git credential',
      outs: [{ cell: command.io.out, role: 'value' }],
    });
  return undefined;
};

const GIT_SETTINGS: readonly (readonly [RegExp, 'preload-code' | 'redirect-registry' | 'disable-tls' | 'redirect-api' | 'add-hook'])[] = [
  [/^core\.hookspath$/i, 'add-hook'],
  [/^init\.templatedir$/i, 'add-hook'],
  [/^url\..{0,300}\.(?:push)?insteadof$/i, 'redirect-registry'],
  [/^http\.(?:.{0,300}\.)?sslverify$/i, 'disable-tls'],
  [/^https?\.(?:.{0,300}\.)?proxy$/i, 'redirect-api'],
  [
    /^(?:core\.(?:sshcommand|fsmonitor|editor|pager|askpass|gitproxy)|credential\.(?:.{0,300}\.)?helper|diff\..{0,100}\.(?:command|textconv)|filter\..{0,100}\.(?:clean|smudge|process)|merge\..{0,100}\.driver|gpg\.program|alias\..{1,60})$/i,
    'preload-code',
  ],
];

function gitSetting(w: World, place: { start: number; end: number }, key: string, value: Field): void {
  const row = GIT_SETTINGS.find(([pattern]) => pattern.test(key));
  const text = textOf(value.value) ?? '';
  const harmless =
    row === undefined ||
    (row[1] === 'disable-tls' && /^(?:true|1|yes)$/i.test(text)) ||
    (row[1] === 'preload-code' &&
      (/^(?:store|cache|osxkeychain|manager(?:-core)?|libsecret|wincred|vim?|nano|code --wait|less|cat|true|false)\b/.test(text) ||
        (/^alias\./i.test(key) && !text.startsWith('!'))));
  fact(w, place.start, place.end, { kind: 'config', system: 'git', key, value: value.value, effect: harmless ? 'other' : row[1], via: 'command' });
  if (row !== undefined && !harmless && row[1] === 'preload-code' && (text.startsWith('!') || /sshcommand|fsmonitor/i.test(key)))
    embedCode(w, 'shell', { ...value, spelled: text.replace(/^!/, '') }, ['git config'], {});
  if (row?.[1] === 'add-hook') fact(w, place.start, place.end, { kind: 'persist', mechanism: 'git-hook', path: value.value });
}

const gh: Handler = (w, command) => {
  const options = parseOptions(command.args, {
    values:
      '-b --body -F --body-file -f --raw-field --field -t --title -X --method -H --header --input -R --repo -d --desc --json -q --jq -p --pattern -D --dir -O --output',
  });
  const [area = '', verb = ''] = options.operands.map((field) => fieldText(field) ?? '');
  if (area === 'auth' && verb === 'token') {
    fact(w, command.start, command.end, {
      kind: 'capture',
      what: 'keychain',
      tool: 'gh auth token',
      outs: [{ cell: command.io.out, role: 'value' }],
    });
    return UNKNOWN_OUTPUT;
  }
  const sends = /^(?:create|edit|comment|upload|merge|close|set|review|push|sync)$/.test(verb) || area === 'api';
  const ins: Port[] = options.values.flatMap(({ field }) => ports(field.cells, 'body'));
  for (const field of given(options, '--body-file --input -F'))
    if (fieldText(field) === '-') ins.push({ cell: command.io.stdin.cell, role: 'body' });
    else if (!show(field.value).includes('=')) ins.push({ cell: readFile(w, field).cell, role: 'body' });
  if ((area === 'gist' || area === 'release') && (verb === 'create' || verb === 'upload')) {
    const files = options.operands.slice(area === 'release' ? 3 : 2);
    for (const field of files) ins.push({ cell: fieldText(field) === '-' ? command.io.stdin.cell : readFile(w, field).cell, role: 'body' });
    if (files.length === 0 && !command.io.stdin.terminal) ins.push({ cell: command.io.stdin.cell, role: 'body' });
  }
  const response = w.ctx.fresh();
  const pending = request(w, command.start, command.end, {
    kind: 'request',
    url: known(`https://api.github.com/${area}/${verb}`),
    method: sends && area !== 'api' ? 'POST' : (fieldText(given(options, '-X --method')[0] ?? plain(known('GET'), 0, 0)) ?? 'GET'),
    tool: 'gh',
    ...(sends && (area !== 'api' || ins.length > 0) ? { sends: true } : {}),
    ins,
    outs: [{ cell: response, role: 'response' }],
  });
  w.ctx.edge(response, command.io.out, command.start, command.end, 'pipe');
  const into = given(options, '-D --dir -O --output')[0];
  if (area === 'release' && verb === 'download')
    writeFile(
      w,
      into ?? { value: given(options, '-p --pattern')[0]?.value ?? known('release'), cells: [], start: command.start, end: command.end },
      [response],
      { requests: [pending] },
    );
  if (area === 'repo' && verb === 'clone')
    fact(w, command.start, command.end, {
      kind: 'install',
      manager: 'git',
      name: options.operands[2]?.value ?? known(''),
      pinned: false,
      from: 'vcs',
    });
  if (area === 'extension' && verb === 'install')
    fact(w, command.start, command.end, {
      kind: 'install',
      manager: 'gh',
      name: options.operands[2]?.value ?? known(''),
      pinned: false,
      from: 'vcs',
    });
  return UNKNOWN_OUTPUT;
};

export const GIT_ROWS: readonly (readonly [string, Handler])[] = [
  ['git', git],
  ['gh', gh],
];
