/** What the programs of a batch file do: one row a tool. Options follow each tool's own help text. */
import * as cells from '../../cells.ts';
import { bytesToText, decode } from '../../decode/codecs.ts';
import { limits } from '../../limits.ts';
import type { FactDraft, PersistFact } from '../../model.ts';
import { known } from '../../value.ts';
import { collapsed, type ReadContext, shifted } from '../contract.ts';
import type { Word } from './batch-line.ts';
import { expand, splitCommands, wordsOf } from './batch-line.ts';

interface Place {
  readonly start: number;
  readonly end: number;
}
interface Run {
  readonly ctx: ReadContext;
  readonly words: readonly string[];
  readonly at: readonly Word[];
  readonly text: string;
  readonly place: Place;
  readonly literal: boolean;
  readonly pipe: boolean;
  readonly depth: number;
}
type Tool = (run: Run) => void;

const say = (run: Run, draft: FactDraft): void => void run.ctx.fact(run.place.start, run.place.end, draft);
const pathCell = (run: Run, path: string): string => cells.path(known(path), run.ctx.unit.id);
const option = (run: Run, name: RegExp): string | undefined => {
  const index = run.words.findIndex((word) => name.test(word));
  if (index < 0) return undefined;
  const inline = /^[-/]{1,2}[\w-]{1,30}[:=](.{1,2000})$/.exec(run.words[index]!);
  return inline?.[1] ?? run.words[index + 1];
};
const url = (run: Run): string | undefined => run.words.find((word) => /^(?:https?|ftp|\\\\)/i.test(word)) ?? /https?:\/\/[^\s"')]{3,1000}/i.exec(run.text)?.[0];

function download(run: Run, tool: string, from: string, to: string | undefined): void {
  const cell = run.ctx.fresh();
  say(run, { kind: 'request', url: known(from), method: 'GET', tool, outs: [{ cell, role: 'response' }] });
  if (to !== undefined) say(run, { kind: 'write', path: known(to), ins: [{ cell, role: 'content' }], outs: [{ cell: pathCell(run, to), role: 'content' }] });
}

function persist(run: Run, mechanism: PersistFact['mechanism'], command: string | undefined): void {
  say(run, { kind: 'persist', mechanism, ...(command === undefined ? {} : { command: known(command.slice(0, 1_000)) }) });
  if (command !== undefined && run.depth < 6) nested(run, command);
}

/** A command inside a command. */
function nested(run: Run, text: string): void {
  for (const piece of splitCommands(text)) {
    const expanded = expand(piece.text.trim(), new Map());
    stateCommand(run.ctx, wordsOf(expanded), expanded, run.place, false, piece.pipe, run.depth + 1);
  }
}

const file = (run: Run, program: string, path: string): void => say(run, { kind: 'exec', how: 'process', program: known(program), argv: run.words.slice(1).map(known), code: 'file', path: known(path), ins: [{ cell: pathCell(run, path), role: 'code' }] });

const powershell: Tool = (run) => {
  const { ctx, words, at, place } = run;
  const index = words.findIndex((word, position) => position > 0 && /^[-/](?:e|en|enc|enco|encod|encode|encoded|encodedc|encodedco|encodedcom|encodedcomm|encodedcomma|encodedcomman|encodedcommand|ec)$/i.test(word));
  if (index > 0 && words[index + 1] !== undefined) {
    const bytes = decode('base64', words[index + 1]!, limits);
    const text = bytes === undefined ? undefined : wide(bytes);
    if (text !== undefined) ctx.embed('powershell', text, collapsed(place.start, place.end), { role: 'decoded', unwrapped: ['powershell -enc', 'base64'] });
    else ctx.opaque(place.start, place.end, 'dynamic', 'an encoded command that does not decode', false);
    return;
  }
  const script = words.findIndex((word) => /^[-/](?:f|fi|fil|file)$/i.test(word));
  if (script > 0 && words[script + 1] !== undefined) return file(run, 'powershell', words[script + 1]!);
  let from = words.findIndex((word) => /^[-/](?:c|co|com|comm|comma|comman|command)$/i.test(word)) + 1;
  if (from === 0) {
    // Options that take a value come before the command.
    from = 1;
    while (from < words.length && /^[-/]/.test(words[from]!)) from += /^[-/](?:ep|ex|exec|executionpolicy|w|win|window|windowstyle|v|version|psc|inputformat|outputformat|wd|workingdirectory|configurationname)/i.test(words[from]!) ? 2 : 1;
  }
  const first = at[from];
  if (first === undefined) return say(run, { kind: 'exec', how: 'process', program: known('powershell'), argv: words.slice(1).map(known) });
  let body = run.text.slice(first.at);
  const wrapped = /^"(.{0,20000})"\s{0,10}$/s.exec(body);
  const offset = first.at + (wrapped === null ? 0 : 1);
  if (wrapped !== null) body = wrapped[1]!;
  ctx.embed('powershell', body.replaceAll('\\"', '"'), run.literal && !body.includes('\\"') ? shifted(place.start + offset, place.start + offset + body.length) : collapsed(place.start, place.end), { role: 'embedded', unwrapped: ['powershell -c'] });
  if (/\s-\s{0,4}$|^-$/.test(body) && run.pipe) say(run, { kind: 'exec', how: 'shell', program: known('powershell'), argv: [], code: 'stdin' });
};

/** UTF-16LE, as -EncodedCommand wants it; UTF-8 if it is not. */
function wide(bytes: Uint8Array): string {
  let zeros = 0;
  for (let index = 1; index < bytes.length; index += 2) if (bytes[index] === 0) zeros++;
  return zeros * 3 > bytes.length ? new TextDecoder('utf-16le').decode(bytes) : bytesToText(bytes);
}

const cmd: Tool = (run) => {
  const index = run.words.findIndex((word, position) => position > 0 && /^\/[cksr]$/i.test(word));
  const first = run.at[index + 1];
  if (index < 1 || first === undefined || run.depth >= 6) return say(run, { kind: 'exec', how: 'process', program: known('cmd'), argv: run.words.slice(1).map(known) });
  nested(run, run.text.slice(first.at).replace(/^"(.{0,20000})"$/s, '$1'));
};

const curl: Tool = (run) => {
  const from = url(run);
  const to = option(run, /^(?:-o|--output|-OutFile)$/i);
  const sends = run.words.some((word) => /^(?:-d|--data(?:-\w{1,12})?|-F|--form|-T|--upload-file|--json|--post-file.{0,400})$/.test(word));
  const cell = run.ctx.fresh();
  const source = option(run, /^(?:-d|--data(?:-\w{1,12})?|-F|--form|-T|--upload-file)$/)?.replace(/^[^@]{0,80}@/, '');
  if (from === undefined) return generic(run);
  say(run, { kind: 'request', url: known(from), method: sends ? 'POST' : 'GET', tool: 'curl', ...(sends ? { sends: true } : {}), ...(run.words.some((word) => /^(?:-k|--insecure)$/.test(word)) ? { insecure: true } : {}), ...(sends && source !== undefined ? { ins: [{ cell: pathCell(run, source), role: 'body' }] } : {}), outs: [{ cell, role: 'response' }] });
  if (sends && source !== undefined && /[\\/.%]/.test(source)) say(run, { kind: 'read', path: known(source), outs: [{ cell: pathCell(run, source), role: 'value' }] });
  if (to !== undefined) say(run, { kind: 'write', path: known(to), ins: [{ cell, role: 'content' }], outs: [{ cell: pathCell(run, to), role: 'content' }] });
};

const reg: Tool = (run) => {
  const [, verb = '', key = ''] = run.words;
  const name = option(run, /^\/v$/i) ?? '';
  const value = option(run, /^\/d$/i) ?? '';
  if (!/^add$/i.test(verb)) {
    if (/^delete$/i.test(verb) && /(?:Defender|Policies|SafeBoot)/i.test(key)) say(run, { kind: 'config', system: 'os', key: `${key}\\${name}`, value: known('deleted'), effect: 'disable-protection', via: 'command' });
    else if (/^(?:query|save|export)$/i.test(verb)) say(run, { kind: 'read', path: known(key) });
    return;
  }
  if (/\\(?:Run|RunOnce|RunServices|Winlogon|Image File Execution Options\\[^\\]{1,80}|Command Processor|Environment|Shell Folders)$/i.test(key) || /\\shell\\[^\\]{1,60}\\command$/i.test(key)) return persist(run, 'run-key', value);
  const off = /(?:Defender|DisableAntiSpyware|DisableRealtimeMonitoring|EnableLUA|EnableFirewall|ConsentPrompt|ExecutionPolicy|SmartScreen|DisableTaskMgr|fDenyTSConnections|Exclusions)/i.test(`${key}\\${name}`);
  say(run, { kind: 'config', system: 'os', key: `${key}\\${name}`, value: known(value), effect: off ? 'disable-protection' : 'other', via: 'command' });
};

/** Everything else: a program with arguments; one that is a path of a script runs that file. */
const generic: Tool = (run) => {
  const [head = '', ...rest] = run.words;
  const words = rest.filter((word) => !/^\d?[<>]/.test(word));
  const name = base(head);
  const script = /\.(?:bat|cmd|exe|ps1|vbs|js|py|msi|scr|com|hta|lnk)$/i.test(head) || /[\\/]/.test(head);
  say(run, { kind: 'exec', how: 'process', program: known(name), argv: words.map(known), ...(script ? { code: 'file' as const, path: known(head), ins: [{ cell: pathCell(run, head), role: 'code' as const }] } : {}), ...(run.pipe && /^(?:python[\d.]{0,4}|node|php|ruby|perl)$/i.test(name) && words.length === 0 ? { code: 'stdin' as const } : {}) });
  const target = words.find((word) => /\.(?:py|js|mjs|ps1|vbs|bat|cmd|rb|pl|jar|php)$/i.test(word));
  if (target !== undefined && /^(?:python[\d.]{0,4}|py|node|ruby|perl|php|java|cscript|wscript|deno|bun|call)$/i.test(name)) file(run, name, target);
  const code = words.findIndex((word) => /^(?:-c|-e|--eval)$/.test(word));
  if (code >= 0 && words[code + 1] !== undefined) {
    const language = /^py/i.test(name) ? 'python' : /^(?:node|deno|bun)$/i.test(name) ? 'javascript' : /^perl$/i.test(name) ? 'perl' : /^(?:ba|z)?sh$|^wsl$/i.test(name) ? 'shell' : undefined;
    if (language !== undefined) run.ctx.embed(language, words[code + 1]!, collapsed(run.place.start, run.place.end), { role: 'embedded', unwrapped: [`${name} ${words[code]}`] });
  }
};

const base = (text: string): string => text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1).replace(/\.(?:exe|com)$/i, '');

const erase: Tool = (run) => {
  for (const word of run.words.slice(1)) if (!/^\/\w/.test(word) && !/^\d?[<>]/.test(word)) say(run, { kind: 'delete', path: known(word), how: 'remove', recursive: run.words.some((flag) => /^\/s$/i.test(flag)), force: run.words.some((flag) => /^\/[qf]$/i.test(flag)) });
};
const silent: Tool = () => {};
const exec = (program: string): Tool => (run) => {
  const from = url(run);
  if (from !== undefined) {
    const cell = run.ctx.fresh();
    say(run, { kind: 'request', url: known(from), method: 'GET', tool: program, outs: [{ cell, role: 'response' }] });
    say(run, { kind: 'exec', how: 'process', program: known(program), argv: run.words.slice(1).map(known), code: 'url', ins: [{ cell, role: 'code' }] });
  } else if (/(?:javascript|vbscript):/i.test(run.text)) {
    const script = /(?:javascript|vbscript):(.{1,20000})/is.exec(run.text)!;
    run.ctx.embed(/vbscript:/i.test(script[0]) ? 'vbs' : 'javascript', script[1]!, collapsed(run.place.start, run.place.end), { role: 'embedded', unwrapped: [program] });
  } else generic(run);
};
const setting = (test: RegExp, system: string, effect: 'disable-protection' | 'expose-port' | 'add-device' | 'disable-logging' | 'other'): Tool => (run) => {
  if (test.test(run.text)) say(run, { kind: 'config', system, key: run.words.slice(0, 3).join(' ').slice(0, 100), value: known(run.words.slice(3).join(' ').slice(0, 300)), effect, via: 'command' });
  else generic(run);
};

const copy: Tool = (run) => {
  const paths = run.words.slice(1).filter((word) => !/^\/[\w:-]/.test(word) && !/^\d?[<>]/.test(word));
  const [from, to] = paths;
  if (from === undefined) return;
  say(run, { kind: 'read', path: known(from), outs: [{ cell: pathCell(run, from), role: 'value' }] });
  if (to !== undefined) say(run, { kind: 'write', path: known(to), ins: [{ cell: pathCell(run, from), role: 'content' }], outs: [{ cell: pathCell(run, to), role: 'content' }] });
};

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
    if (first !== undefined && run.depth < 6) nested(run, run.text.slice(first.at));
  },
  call: (run) => {
    const first = run.at[1];
    if (first !== undefined && !first.text.startsWith(':') && run.depth < 6) nested(run, run.text.slice(first.at));
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
      say(run, { kind: 'write', path: known(words[1]), ins: [{ cell, role: 'content' }], outs: [{ cell: pathCell(run, words[1]), role: 'content' }] });
    } else generic(run);
  },
  bitsadmin: (run) => {
    const from = url(run);
    if (from === undefined) return generic(run);
    download(run, 'bitsadmin', from, run.words[run.words.indexOf(from) + 1]);
  },
  schtasks: (run) => (run.words.some((word) => /^[-/]create$/i.test(word)) ? persist(run, 'scheduled-task', option(run, /^[-/]tr$/i)) : generic(run)),
  at: (run) => persist(run, 'at', run.words.slice(2).join(' ')),
  sc: (run) => (/^create$/i.test(run.words[1] ?? '') ? persist(run, 'service', option(run, /^binpath=?$/i)) : setting(/\b(?:stop|delete|config)\b.{0,80}\b(?:windefend|wscsvc|mpssvc|sense|eventlog|disabled)\b/i, 'os', 'disable-protection')(run)),
  mshta: exec('mshta'),
  rundll32: exec('rundll32'),
  regsvr32: exec('regsvr32'),
  msiexec: exec('msiexec'),
  hh: exec('hh'),
  wscript: generic,
  cscript: generic,
  wmic: (run) => {
    const create = /process\s{1,10}call\s{1,10}create\s{1,10}"?(.{1,4000}?)"?\s{0,10}$/is.exec(run.text);
    if (create !== null && run.depth < 6) nested(run, create[1]!);
    else if (/shadowcopy\s{1,10}delete/i.test(run.text)) say(run, { kind: 'delete', path: known('shadow copies'), how: 'overwrite' });
    else generic(run);
  },
  forfiles: (run) => {
    const command = option(run, /^\/c$/i);
    if (command !== undefined && run.depth < 6) nested(run, command);
  },
  netsh: (run) => {
    if (/firewall/i.test(run.text) && /(?:state\s{1,10}off|disable|opmode\s{1,10}disable)/i.test(run.text)) return say(run, { kind: 'config', system: 'firewall', key: 'state', value: known('off'), effect: 'disable-protection', via: 'command' });
    if (/(?:firewall\s{1,10}add|portproxy\s{1,10}add)/i.test(run.text)) return say(run, { kind: 'config', system: 'firewall', key: run.words.slice(1, 4).join(' '), value: known(run.words.slice(4).join(' ').slice(0, 300)), effect: 'expose-port', via: 'command' });
    generic(run);
  },
  net: setting(/\b(?:stop\s{1,10}(?:windefend|mpssvc|wscsvc|eventlog|sense)|localgroup\s{1,10}administrators\b|user\s{1,10}\S{1,60}\s{1,10}\S{1,60}\s{1,10}\/add)/i, 'os', 'disable-protection'),
  vssadmin: (run) => (/delete/i.test(run.text) ? say(run, { kind: 'delete', path: known('shadow copies'), how: 'overwrite' }) : generic(run)),
  wevtutil: (run) => (/\b(?:cl|clear-log)\b/i.test(run.text) ? say(run, { kind: 'config', system: 'os', key: 'event log', value: known('cleared'), effect: 'disable-logging', via: 'command' }) : generic(run)),
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
    for (const word of run.words.slice(1)) if (!/^\d?[<>]/.test(word)) say(run, { kind: 'read', path: known(word), outs: [{ cell: pathCell(run, word), role: 'value' }] });
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
  pushd: silent,
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
export function stateCommand(ctx: ReadContext, at: readonly Word[], text: string, place: Place, literal: boolean, pipe: boolean, depth: number): void {
  ctx.step();
  if (at.length === 0 || depth > 6) return;
  const words = at.map((word) => word.text);
  const head = words[0]!;
  if (head.startsWith(':') || head === ')' || head === '(') return;
  const run: Run = { ctx, words, at, text, place, literal, pipe, depth };
  for (const match of text.matchAll(/%([A-Za-z_]\w{0,80})%/g)) if (/(?:TOKEN|KEY|SECRET|PASSWORD|PASS|CREDENTIAL|AUTH)/i.test(match[1]!)) say(run, { kind: 'env', name: known(match[1]!) });
  const name = base(head).toLowerCase();
  (TOOLS[name] ?? TOOLS[head.toLowerCase()] ?? generic)(run);
  // Output that goes to a file.
  const redirect = words.findIndex((word) => /^1?>{1,2}$/.test(word));
  const target = redirect < 0 ? undefined : words[redirect + 1];
  if (target !== undefined && !/^nul$/i.test(target)) {
    const content = name === 'echo' ? text.slice((at[0]?.at ?? 0) + head.length, at[redirect]!.at).trim() : undefined;
    say(run, { kind: 'write', path: known(target), append: words[redirect]!.includes('>>'), ...(content === undefined ? {} : { content: known(content) }), outs: [{ cell: pathCell(run, target), role: 'content' }] });
  }
}
