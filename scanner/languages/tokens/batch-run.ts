/** Tools of a batch file that run code or move data: PowerShell, cmd, curl, reg, and any other program. Options follow each tool's own help text. */
import * as cells from '../../cells.ts';
import { bytesToText, decode } from '../../decode/codecs.ts';
import { limits } from '../../limits.ts';
import type { FactDraft, PersistFact } from '../../model.ts';
import { known } from '../../value.ts';
import { collapsed, type ReadContext, shifted } from '../contract.ts';
import type { Word } from './batch-line.ts';

export interface Place {
  readonly start: number;
  readonly end: number;
}
export interface Run {
  readonly ctx: ReadContext;
  readonly words: readonly string[];
  readonly at: readonly Word[];
  readonly text: string;
  readonly place: Place;
  readonly literal: boolean;
  readonly pipe: boolean;
  readonly depth: number;
  /** States a command inside this one. */
  readonly nest: (text: string) => void;
}
export type Tool = (run: Run) => void;

export const say = (run: Run, draft: FactDraft): void => void run.ctx.fact(run.place.start, run.place.end, draft);
export const pathCell = (run: Run, path: string): string => cells.path(known(path), run.ctx.unit.id);
export const option = (run: Run, name: RegExp): string | undefined => {
  const index = run.words.findIndex((word) => name.test(word));
  if (index < 0) return undefined;
  const inline = /^[-/]{1,2}[\w-]{1,30}[:=](.{1,2000})$/.exec(run.words[index]!);
  return inline?.[1] ?? run.words[index + 1];
};
export const url = (run: Run): string | undefined =>
  run.words.find((word) => /^(?:https?|ftp|\\\\)/i.test(word)) ?? /https?:\/\/[^\s"')]{3,1000}/i.exec(run.text)?.[0];

export function download(run: Run, tool: string, from: string, to: string | undefined): void {
  const cell = run.ctx.fresh();
  say(run, { kind: 'request', url: known(from), method: 'GET', tool, outs: [{ cell, role: 'response' }] });
  if (to !== undefined)
    say(run, { kind: 'write', path: known(to), ins: [{ cell, role: 'content' }], outs: [{ cell: pathCell(run, to), role: 'content' }] });
}

export function persist(run: Run, mechanism: PersistFact['mechanism'], command: string | undefined, path?: string): void {
  say(run, {
    kind: 'persist',
    mechanism,
    ...(command === undefined ? {} : { command: known(command.slice(0, 1_000)) }),
    ...(path === undefined ? {} : { path: known(path.slice(0, 400)) }),
  });
  if (command !== undefined && run.depth < 6) run.nest(command);
}

export const file = (run: Run, program: string, path: string): void =>
  say(run, {
    kind: 'exec',
    how: 'process',
    program: known(program),
    argv: run.words.slice(1).map(known),
    code: 'file',
    path: known(path),
    ins: [{ cell: pathCell(run, path), role: 'code' }],
  });

export const powershell: Tool = (run) => {
  const { ctx, words, at, place } = run;
  const index = words.findIndex(
    (word, position) =>
      position > 0 &&
      /^[-/](?:e|en|enc|enco|encod|encode|encoded|encodedc|encodedco|encodedcom|encodedcomm|encodedcomma|encodedcomman|encodedcommand|ec)$/i.test(
        word,
      ),
  );
  if (index > 0 && words[index + 1] !== undefined) {
    const bytes = decode('base64', words[index + 1]!, limits);
    const text = bytes === undefined ? undefined : wide(bytes);
    if (text !== undefined)
      ctx.embed('powershell', text, collapsed(place.start, place.end), { role: 'decoded', unwrapped: ['powershell -enc', 'base64'] });
    else ctx.opaque(place.start, place.end, 'dynamic', 'an encoded command that does not decode', false);
    return;
  }
  const script = words.findIndex((word) => /^[-/](?:f|fi|fil|file)$/i.test(word));
  if (script > 0 && words[script + 1] !== undefined) {
    file(run, 'powershell', words[script + 1]!);
    return;
  }
  let from = words.findIndex((word) => /^[-/](?:c|co|com|comm|comma|comman|command)$/i.test(word)) + 1;
  if (from === 0) {
    // Options that take a value come before the command.
    from = 1;
    while (from < words.length && /^[-/]/.test(words[from]!))
      from +=
        /^[-/](?:ep|ex|exec|executionpolicy|w|win|window|windowstyle|v|version|psc|inputformat|outputformat|wd|workingdirectory|configurationname)/i.test(
          words[from]!,
        )
          ? 2
          : 1;
  }
  const first = at[from];
  if (first === undefined) {
    say(run, { kind: 'exec', how: 'process', program: known('powershell'), argv: words.slice(1).map(known) });
    return;
  }
  let body = run.text.slice(first.at);
  const wrapped = /^"(.{0,20000})"\s{0,10}$/s.exec(body);
  const offset = first.at + (wrapped === null ? 0 : 1);
  if (wrapped !== null) body = wrapped[1]!;
  ctx.embed(
    'powershell',
    body.replaceAll('\\"', '"'),
    run.literal && !body.includes('\\"') ? shifted(place.start + offset, place.start + offset + body.length) : collapsed(place.start, place.end),
    { role: 'embedded', unwrapped: ['powershell -c'] },
  );
  if (/\s-\s{0,4}$|^-$/.test(body) && run.pipe) say(run, { kind: 'exec', how: 'shell', program: known('powershell'), argv: [], code: 'stdin' });
};

/** UTF-16LE, as -EncodedCommand wants it; UTF-8 if it is not. */
function wide(bytes: Uint8Array): string {
  let zeros = 0;
  for (let index = 1; index < bytes.length; index += 2) if (bytes[index] === 0) zeros++;
  return zeros * 3 > bytes.length ? new TextDecoder('utf-16le').decode(bytes) : bytesToText(bytes);
}

export const cmd: Tool = (run) => {
  const index = run.words.findIndex((word, position) => position > 0 && /^\/[cksr]$/i.test(word));
  const first = run.at[index + 1];
  if (index < 1 || first === undefined || run.depth >= 6) {
    say(run, { kind: 'exec', how: 'process', program: known('cmd'), argv: run.words.slice(1).map(known) });
    return;
  }
  run.nest(run.text.slice(first.at).replace(/^"(.{0,20000})"$/s, '$1'));
};

export const curl: Tool = (run) => {
  const from = url(run);
  const to = option(run, /^(?:-o|--output|-OutFile)$/i);
  const sends = run.words.some((word) => /^(?:-d|--data(?:-\w{1,12})?|-F|--form|-T|--upload-file|--json|--post-file.{0,400})$/.test(word));
  const cell = run.ctx.fresh();
  const source = option(run, /^(?:-d|--data(?:-\w{1,12})?|-F|--form|-T|--upload-file)$/)?.replace(/^[^@]{0,80}@/, '');
  if (from === undefined) {
    generic(run);
    return;
  }
  say(run, {
    kind: 'request',
    url: known(from),
    method: sends ? 'POST' : 'GET',
    tool: 'curl',
    ...(sends ? { sends: true } : {}),
    ...(run.words.some((word) => /^(?:-k|--insecure)$/.test(word)) ? { insecure: true } : {}),
    ...(sends && source !== undefined ? { ins: [{ cell: pathCell(run, source), role: 'body' }] } : {}),
    outs: [{ cell, role: 'response' }],
  });
  if (sends && source !== undefined && /[\\/.%]/.test(source))
    say(run, { kind: 'read', path: known(source), outs: [{ cell: pathCell(run, source), role: 'value' }] });
  if (to !== undefined)
    say(run, { kind: 'write', path: known(to), ins: [{ cell, role: 'content' }], outs: [{ cell: pathCell(run, to), role: 'content' }] });
};

export const reg: Tool = (run) => {
  const [, verb = '', key = ''] = run.words;
  const name = option(run, /^\/v$/i) ?? '';
  const value = option(run, /^\/d$/i) ?? '';
  if (!/^add$/i.test(verb)) {
    if (/^delete$/i.test(verb) && /(?:Defender|Policies|SafeBoot)/i.test(key))
      say(run, { kind: 'config', system: 'os', key: `${key}\\${name}`, value: known('deleted'), effect: 'disable-protection', via: 'command' });
    else if (/^(?:query|save|export)$/i.test(verb)) say(run, { kind: 'read', path: known(key) });
    return;
  }
  if (
    /\\(?:Run|RunOnce|RunServices|Winlogon|Image File Execution Options\\[^\\]{1,80}|Command Processor|Environment|Shell Folders)$/i.test(key) ||
    /\\shell\\[^\\]{1,60}\\command$/i.test(key)
  ) {
    persist(run, 'run-key', value);
    return;
  }
  const off =
    /(?:Defender|DisableAntiSpyware|DisableRealtimeMonitoring|EnableLUA|EnableFirewall|ConsentPrompt|ExecutionPolicy|SmartScreen|DisableTaskMgr|fDenyTSConnections|Exclusions)/i.test(
      `${key}\\${name}`,
    );
  say(run, {
    kind: 'config',
    system: 'os',
    key: `${key}\\${name}`,
    value: known(value),
    effect: off ? 'disable-protection' : 'other',
    via: 'command',
  });
};

/** A share of another machine (`\\host\share`, WebDAV as `\\host@SSL@443\DavWWWRoot`): what lies there comes over the network into these cells. */
export function share(run: Run, path: string, into: readonly string[]): void {
  const host = /^\\\\([\w.-]{1,200})(?:@(?:SSL@)?\w{1,5}){0,2}\\(.{0,400})/i.exec(path);
  const from = host === null ? path : `smb://${host[1]}/${host[2]!.replaceAll('\\', '/')}`;
  say(run, {
    kind: 'request',
    url: known(from),
    method: 'GET',
    tool: run.words[0] ?? 'share',
    outs: into.map((cell) => ({ cell, role: 'response' as const })),
  });
}

/** Everything else: a program with arguments; one that is a path of a script runs that file. */
export const generic: Tool = (run) => {
  const [head = '', ...rest] = run.words;
  const words = rest.filter((word) => !/^\d?[<>]/.test(word));
  const name = base(head);
  const remote = [head, ...words].find((word) =>
    /^\\\\(?:[\w-]{1,80}(?:\.[\w-]{1,80}){1,6}(?:@\w{1,10}){0,2}|[\w-]{1,80}(?:@\w{1,10}){1,2})\\.{1,400}\.(?:bat|cmd|exe|ps1|vbs|vbe|js|jse|wsf|py|msi|scr|com|hta|lnk|dll|cpl)(?:,.{0,100})?$/i.test(
      word,
    ),
  );
  if (remote !== undefined && (remote === head || RUNS.test(name))) {
    share(run, remote, [pathCell(run, remote)]);
    file(run, name, remote);
    return;
  }
  const script = /\.(?:bat|cmd|exe|ps1|vbs|js|py|msi|scr|com|hta|lnk)$/i.test(head) || /[\\/]/.test(head);
  say(run, {
    kind: 'exec',
    how: 'process',
    program: known(name),
    argv: words.map(known),
    ...(script ? { code: 'file' as const, path: known(head), ins: [{ cell: pathCell(run, head), role: 'code' as const }] } : {}),
    ...(run.pipe && /^(?:python[\d.]{0,4}|node|php|ruby|perl)$/i.test(name) && words.length === 0 ? { code: 'stdin' as const } : {}),
  });
  const target = words.find((word) => /\.(?:py|js|mjs|ps1|vbs|bat|cmd|rb|pl|jar|php)$/i.test(word));
  if (target !== undefined && /^(?:python[\d.]{0,4}|py|node|ruby|perl|php|java|cscript|wscript|deno|bun|call)$/i.test(name)) file(run, name, target);
  const code = words.findIndex((word) => /^(?:-c|-e|--eval)$/.test(word));
  if (code >= 0 && words[code + 1] !== undefined) {
    const language = /^py/i.test(name)
      ? 'python'
      : /^(?:node|deno|bun)$/i.test(name)
        ? 'javascript'
        : /^perl$/i.test(name)
          ? 'perl'
          : /^(?:ba|z)?sh$|^wsl$/i.test(name)
            ? 'shell'
            : undefined;
    if (language !== undefined)
      run.ctx.embed(language, words[code + 1]!, collapsed(run.place.start, run.place.end), {
        role: 'embedded',
        unwrapped: [`${name} ${words[code]}`],
      });
  }
};

/** Programs whose argument is a program. */
const RUNS =
  /^(?:python[\d.]{0,4}|py|node|ruby|perl|php|java|cscript|wscript|call|rundll32|regsvr32|mshta|msiexec|explorer|forfiles|control|odbcconf|installutil|regasm|pcalua)$/i;

export const base = (text: string): string => text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1).replace(/\.(?:exe|com)$/i, '');
