/** What the programs of a batch file do: one row a tool. */
import { known } from '../../value.ts';
import { collapsed, type ReadContext } from '../contract.ts';
import { expand, splitCommands, type Word, wordsOf } from './batch-line.ts';
import {
  base,
  cmd,
  curl,
  download,
  generic,
  option,
  type Place,
  pathCell,
  persist,
  powershell,
  type Run,
  reg,
  say,
  share,
  type Tool,
  url,
} from './batch-run.ts';

const erase: Tool = (run) => {
  for (const word of run.words.slice(1))
    if (!/^\/\w/.test(word) && !/^\d?[<>]/.test(word))
      say(run, {
        kind: 'delete',
        path: known(word),
        how: 'remove',
        recursive: run.words.some((flag) => /^\/s$/i.test(flag)),
        force: run.words.some((flag) => /^\/[qf]$/i.test(flag)),
      });
};
const silent: Tool = () => {};
/** Without the quotes around it. */
const unquoted = (text: string): string => text.replace(/^"/, '').replace(/"$/, '');
const exec =
  (program: string): Tool =>
  (run) => {
    const from = url(run);
    if (from !== undefined && !from.startsWith('\\\\')) {
      const cell = run.ctx.fresh();
      say(run, { kind: 'request', url: known(from), method: 'GET', tool: program, outs: [{ cell, role: 'response' }] });
      say(run, {
        kind: 'exec',
        how: 'process',
        program: known(program),
        argv: run.words.slice(1).map(known),
        code: 'url',
        ins: [{ cell, role: 'code' }],
      });
    } else if (/(?:javascript|vbscript):/i.test(run.text)) {
      const script = /(?:javascript|vbscript):(.{1,20000})/is.exec(run.text)!;
      run.ctx.embed(/vbscript:/i.test(script[0]) ? 'vbs' : 'javascript', script[1]!, collapsed(run.place.start, run.place.end), {
        role: 'embedded',
        unwrapped: [program],
      });
    } else generic(run);
  };
const setting =
  (test: RegExp, system: string, effect: 'disable-protection' | 'expose-port' | 'add-device' | 'disable-logging' | 'other'): Tool =>
  (run) => {
    if (test.test(run.text))
      say(run, {
        kind: 'config',
        system,
        key: run.words.slice(0, 3).join(' ').slice(0, 100),
        value: known(run.words.slice(3).join(' ').slice(0, 300)),
        effect,
        via: 'command',
      });
    else generic(run);
  };

const copy: Tool = (run) => {
  const paths = run.words.slice(1).filter((word) => !/^\/[\w:-]/.test(word) && !/^\d?[<>]/.test(word));
  const [from, to] = paths;
  if (from === undefined) return;
  say(run, { kind: 'read', path: known(from), outs: [{ cell: pathCell(run, from), role: 'value' }] });
  if (to !== undefined)
    say(run, {
      kind: 'write',
      path: known(to),
      ins: [{ cell: pathCell(run, from), role: 'content' }],
      outs: [{ cell: pathCell(run, to), role: 'content' }],
    });
};

const accounts: Tool = setting(
  /\b(?:stop\s{1,10}(?:windefend|mpssvc|wscsvc|eventlog|sense)|localgroup\s{1,10}administrators\b|user\s{1,10}\S{1,60}\s{1,10}\S{1,60}\s{1,10}\/add)/i,
  'os',
  'disable-protection',
);

/** `net use Z: \\host\share`: what lies on that drive comes from that host. WebDAV goes through every firewall (`\\host@443\DavWWWRoot`). */
function mapsShare(run: Run): boolean {
  const from = run.words.find((word) => /^\\\\(?:[\w-]{1,80}\.[\w-]|[\w-]{1,80}@)/.test(word));
  if (!/^use$/i.test(run.words[1] ?? '') || from === undefined) return false;
  const drive = run.words.find((word) => /^[A-Za-z]:$/.test(word));
  share(run, from, [pathCell(run, from), ...(drive === undefined ? [] : [pathCell(run, drive.toUpperCase()), pathCell(run, drive.toLowerCase())])]);
  return true;
}

const TOOLS: Readonly<Record<string, Tool>> = {
  powershell,
  pwsh: powershell,
  cmd,
  '%comspec%': cmd,
  curl,
  wget: curl,
  reg,
  start: (run) => {
    // `start "title" /b program args`
    let index = 1;
    const title = run.text.slice(run.at[1]?.at ?? 0).startsWith('"');
    if (title) index++;
    while (/^\/[a-z]/i.test(run.words[index] ?? '')) index += /^\/d$/i.test(run.words[index]!) ? 2 : 1;
    const first = run.at[title && run.at[index] === undefined ? 1 : index];
    if (first !== undefined && run.depth < 6) run.nest(run.text.slice(first.at));
  },
  call: (run) => {
    const first = run.at[1];
    if (first !== undefined && !first.text.startsWith(':') && run.depth < 6) run.nest(run.text.slice(first.at));
  },
  certutil: (run) => {
    const from = url(run);
    const words = run.words.slice(1).filter((word) => !/^[-/]/.test(word) && word !== from);
    if (from !== undefined) download(run, 'certutil', from, words.at(-1));
    else if (run.words.some((word) => /^[-/](?:decode|decodehex)$/i.test(word)) && words[0] !== undefined && words[1] !== undefined) {
      const cell = run.ctx.fresh();
      const codec = run.words.some((word) => /hex$/i.test(word)) ? 'hex' : 'base64';
      say(run, { kind: 'read', path: known(words[0]), outs: [{ cell: pathCell(run, words[0]), role: 'value' }] });
      say(run, { kind: 'transform', op: 'decode', codec, ins: [{ cell: pathCell(run, words[0]), role: 'data' }], outs: [{ cell, role: 'value' }] });
      say(run, {
        kind: 'write',
        path: known(words[1]),
        ins: [{ cell, role: 'content' }],
        outs: [{ cell: pathCell(run, words[1]), role: 'content' }],
      });
    } else generic(run);
  },
  bitsadmin: (run) => {
    const from = url(run);
    if (from === undefined) {
      generic(run);
      return;
    }
    download(run, 'bitsadmin', from, run.words[run.words.indexOf(from) + 1]);
  },
  schtasks: (run) => (run.words.some((word) => /^[-/]create$/i.test(word)) ? persist(run, 'scheduled-task', option(run, /^[-/]tr$/i)) : generic(run)),
  at: (run) => persist(run, 'at', run.words.slice(2).join(' ')),
  sc: (run) =>
    /^create$/i.test(run.words[1] ?? '')
      ? persist(run, 'service', option(run, /^binpath=?$/i), option(run, /^binpath=?$/i))
      : setting(/\b(?:stop|delete|config)\b.{0,80}\b(?:windefend|wscsvc|mpssvc|sense|eventlog|disabled)\b/i, 'os', 'disable-protection')(run),
  mshta: exec('mshta'),
  rundll32: exec('rundll32'),
  regsvr32: exec('regsvr32'),
  msiexec: exec('msiexec'),
  hh: exec('hh'),
  wscript: generic,
  cscript: generic,
  wmic: (run) => {
    const create = /process\s{1,10}call\s{1,10}create\s{1,10}/i.exec(run.text);
    const created = create === null ? '' : unquoted(run.text.slice(create.index + create[0].length, create.index + create[0].length + 4_000).trim());
    if (created !== '' && run.depth < 6) run.nest(created);
    else if (/shadowcopy\s{1,10}delete/i.test(run.text)) say(run, { kind: 'delete', path: known('shadow copies'), how: 'overwrite' });
    else generic(run);
  },
  forfiles: (run) => {
    const command = option(run, /^\/c$/i);
    if (command !== undefined && run.depth < 6) run.nest(command);
  },
  netsh: (run) => {
    if (/firewall/i.test(run.text) && /(?:state\s{1,10}off|disable|opmode\s{1,10}disable)/i.test(run.text)) {
      say(run, { kind: 'config', system: 'firewall', key: 'state', value: known('off'), effect: 'disable-protection', via: 'command' });
      return;
    }
    if (/(?:firewall\s{1,10}add|portproxy\s{1,10}add)/i.test(run.text)) {
      say(run, {
        kind: 'config',
        system: 'firewall',
        key: run.words.slice(1, 4).join(' '),
        value: known(run.words.slice(4).join(' ').slice(0, 300)),
        effect: 'expose-port',
        via: 'command',
      });
      return;
    }
    generic(run);
  },
  net: (run) => (mapsShare(run) ? undefined : accounts(run)),
  nslookup: (run) => {
    const name = run.words.slice(1).find((word) => !/^-/.test(word));
    say(run, { kind: 'request', url: known(`dns://${name ?? ''}`), method: 'DNS', tool: 'nslookup' });
  },
  pushd: (run) => void (/^\\\\/.test(run.words[1] ?? '') && share(run, run.words[1]!, [pathCell(run, run.words[1]!)])),
  vssadmin: (run) => (/delete/i.test(run.text) ? say(run, { kind: 'delete', path: known('shadow copies'), how: 'overwrite' }) : generic(run)),
  wevtutil: (run) =>
    /\b(?:cl|clear-log)\b/i.test(run.text)
      ? say(run, { kind: 'config', system: 'os', key: 'event log', value: known('cleared'), effect: 'disable-logging', via: 'command' })
      : generic(run),
  bcdedit: setting(/recoveryenabled|bootstatuspolicy|testsigning/i, 'os', 'disable-protection'),
  taskkill: setting(/(?:MsMpEng|defender|antivirus|avp|mcshield|sentinel|crowdstrike|csfalcon)/i, 'os', 'disable-protection'),
  setx: (run) => {
    const [, name = '', value = ''] = run.words;
    say(run, { kind: 'config', system: 'env', key: name, value: known(value.slice(0, 300)), effect: 'other', via: 'command' });
  },
  del: erase,
  erase,
  rd: erase,
  rmdir: erase,
  format: (run) => say(run, { kind: 'delete', path: known(run.words[1] ?? ''), how: 'overwrite' }),
  cipher: (run) => (/\/w/i.test(run.text) ? say(run, { kind: 'delete', path: known(run.words[1] ?? ''), how: 'overwrite' }) : undefined),
  copy,
  xcopy: copy,
  robocopy: copy,
  move: copy,
  type: (run) => {
    for (const word of run.words.slice(1))
      if (!/^\d?[<>]/.test(word)) say(run, { kind: 'read', path: known(word), outs: [{ cell: pathCell(run, word), role: 'value' }] });
  },
  clip: (run) => void run,
  cmdkey: (run) => (/\/list/i.test(run.text) ? say(run, { kind: 'capture', what: 'keychain', tool: 'cmdkey' }) : generic(run)),
  vaultcmd: (run) => say(run, { kind: 'capture', what: 'keychain', tool: 'vaultcmd' }),
  runas: (run) => say(run, { kind: 'exec', how: 'process', program: known('runas'), argv: run.words.slice(1).map(known), elevated: 'runas' }),
  netstat: generic,
  echo: silent,
  'echo.': silent,
  if: silent,
  for: silent,
  goto: silent,
  exit: silent,
  pause: silent,
  cls: silent,
  title: silent,
  color: silent,
  rem: silent,
  setlocal: silent,
  endlocal: silent,
  cd: silent,
  chdir: silent,
  popd: silent,
  md: silent,
  mkdir: silent,
  shift: silent,
  timeout: silent,
  set: (run) => {
    // A bare `set` prints the whole environment.
    if (run.words.length === 1 || /^>/.test(run.words[1] ?? '')) say(run, { kind: 'env', name: known('*') });
  },
};

/** States one command. `text` is the command with carets and variables resolved. */
export function stateCommand(
  ctx: ReadContext,
  at: readonly Word[],
  text: string,
  place: Place,
  literal: boolean,
  pipe: boolean,
  depth: number,
): void {
  ctx.step();
  if (at.length === 0 || depth > 6) return;
  const words = at.map((word) => word.text);
  const head = words[0]!;
  if (head.startsWith(':') || head === ')' || head === '(') return;
  const nest = (inner: string): void => {
    for (const piece of splitCommands(inner)) {
      const expanded = expand(piece.text.trim(), new Map());
      stateCommand(ctx, wordsOf(expanded), expanded, place, false, piece.pipe, depth + 1);
    }
  };
  const run: Run = { ctx, words, at, text, place, literal, pipe, depth, nest };
  for (const match of text.matchAll(/%([A-Za-z_]\w{0,80})%/g))
    if (/(?:TOKEN|KEY|SECRET|PASSWORD|PASS|CREDENTIAL|AUTH)/i.test(match[1]!)) say(run, { kind: 'env', name: known(match[1]!) });
  const name = base(head).toLowerCase();
  (TOOLS[name] ?? TOOLS[head.toLowerCase()] ?? generic)(run);
  // Output that goes to a file.
  const redirect = words.findIndex((word) => /^1?>{1,2}$/.test(word));
  const target = redirect < 0 ? undefined : words[redirect + 1];
  if (target !== undefined && !/^nul$/i.test(target)) {
    const content = name === 'echo' ? text.slice((at[0]?.at ?? 0) + head.length, at[redirect]!.at).trim() : undefined;
    say(run, {
      kind: 'write',
      path: known(target),
      append: words[redirect]!.includes('>>'),
      ...(content === undefined ? {} : { content: known(content) }),
      outs: [{ cell: pathCell(run, target), role: 'content' }],
    });
  }
}
