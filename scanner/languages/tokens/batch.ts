/**
 * Windows batch files: lines, `&`-joined commands, carets, `%VAR%` and `!VAR!` pieces put together from `set`. States what the well-known tools do (powershell -enc, certutil,
 * bitsadmin, mshta, reg, schtasks, …) and hands PowerShell on. Flow through files joins a download with what runs it (cmd.exe reference; LOLBAS for the tools).
 */

import { type Language, type ReadContext, shifted } from '../contract.ts';
import { expand, splitCommands, wordsOf } from './batch-line.ts';
import { stateCommand } from './batch-tools.ts';

/** A line with its continuations (`^` at the end) and, for blocks, without brackets. */
function* linesOf(source: string, ctx: ReadContext): Generator<{ readonly start: number; readonly text: string }> {
  let at = 0;
  while (at < source.length) {
    ctx.step();
    let end = source.indexOf('\n', at);
    if (end < 0) end = source.length;
    while (end < source.length && (source[end - 1] === '^' || (source[end - 1] === '\r' && source[end - 2] === '^'))) {
      const next = source.indexOf('\n', end + 1);
      end = next < 0 ? source.length : next;
    }
    yield { start: at, text: source.slice(at, end).replace(/\r$/, '') };
    at = end + 1;
  }
}

/** Programs that answer with what another machine sent. */
const FETCHES =
  /(?:^|[\s|&^"'`(])(?:nslookup|curl|wget|Resolve-DnsName|Invoke-WebRequest|Invoke-RestMethod|iwr|irm|finger|ssh|ftp|tftp)(?:\.exe)?\s/i;

/** The parts of `for /f "…" %i in ('command') do body`, taken one after the other: no expression over the whole has to try every place for each of them. */
function loopOf(text: string): { name: string; command: string; body: string; start: number; end: number } | undefined {
  const head = /\bfor\s{1,10}\/f\s/i.exec(text);
  if (head === null) return undefined;
  const from = head.index + head[0].length;
  const line = text.slice(from).split('\n', 1)[0]!.slice(0, 4_400);
  const opens = /%([a-z])\s{1,10}in\s{0,10}\(\s{0,10}['`"]/i.exec(line.slice(0, 320));
  if (opens === null) return undefined;
  const inside = opens.index + opens[0].length;
  const closes = /['`"]\s{0,10}\)\s{0,10}do\s{1,10}/i.exec(line.slice(inside));
  if (closes === null) return undefined;
  const command = line
    .slice(inside, inside + closes.index)
    .replace(/^['`"]/, '')
    .replace(/['`"]$/, '');
  const body = line.slice(inside + closes.index + closes[0].length).slice(0, 2_000);
  if (command === '' || body === '') return undefined;
  return { name: opens[1]!, command, body, start: head.index, end: from + inside + closes.index + closes[0].length + body.length };
}

/** `for /f … %i in ('command') do cmd /c %i`: what the command prints is run. The loop that only echoes or sets says nothing. */
function forEachOutput(ctx: ReadContext, text: string, at: number, variables: ReadonlyMap<string, string>): void {
  const loop = loopOf(text);
  if (loop === undefined) return;
  const start = at + loop.start;
  const end = at + loop.end;
  const inner = expand(loop.command, variables);
  for (const piece of splitCommands(inner)) {
    const command = expand(piece.text.trim(), variables);
    stateCommand(ctx, wordsOf(command), command, { start, end }, false, piece.pipe, 1);
  }
  const { name } = loop;
  const body = loop.body.replace(/^[\s@(]{0,40}/, '');
  const runs = new RegExp(
    `^(?:(?:start|call)\\s{1,10}(?:/\\w{1,4}\\s{1,10})?)?(?:(?:cmd|powershell|pwsh|%comspec%)(?:\\.exe)?\\s[^%\\n]{0,100})?["']?%{1,2}~?${name}`,
    'i',
  );
  if (!FETCHES.test(` ${inner} `) || !runs.test(body)) return;
  const cell = ctx.fresh();
  const address = /https?:\/\/[^\s"'^)]{3,400}/i.exec(inner)?.[0];
  ctx.fact(start, end, {
    kind: 'request',
    url: address === undefined ? { kind: 'unknown' } : { kind: 'known', text: address },
    method: /nslookup|Resolve-DnsName/i.test(inner) ? 'DNS' : 'GET',
    tool: 'for /f',
    outs: [{ cell, role: 'response' }],
  });
  ctx.fact(start, end, {
    kind: 'exec',
    how: 'shell',
    program: { kind: 'known', text: 'cmd' },
    argv: [],
    code: 'argument',
    ins: [{ cell, role: 'code' }],
  });
}

const batch: Language = {
  id: 'batch',
  read(source, ctx) {
    const variables = new Map<string, string>();
    let comments = 0;
    for (const line of linesOf(source, ctx)) {
      if (/^[ \t@]{0,40}(?:rem\b|::)/i.test(line.text)) {
        comments += line.text.length;
        continue;
      }
      forEachOutput(ctx, line.text, line.start, variables);
      for (const piece of splitCommands(line.text)) {
        ctx.step();
        const start = line.start + piece.start;
        const text = piece.text.replace(/^[\s@(]{0,200}/, '');
        const lead = piece.text.length - text.length;
        const expanded = expand(text, variables);
        const set = /^set[ \t]{1,20}(?:\/p[ \t]{1,10})?"?([\w#$.-]{1,80})=(.{0,4000})$/is.exec(expanded);
        if (set !== null && !/^set[ \t]{1,20}\/a/i.test(expanded)) {
          const value = set[2]!.replace(/"$/, '');
          if (/^set[ \t]{1,20}\/p/i.test(expanded)) variables.delete(set[1]!.toLowerCase());
          else variables.set(set[1]!.toLowerCase(), value.slice(0, 8_000));
          continue;
        }
        const place = { start: start + lead, end: start + piece.text.trimEnd().length };
        // What stands there literally keeps its places; what was put together maps to the whole command.
        const literal = expanded === text;
        stateCommand(ctx, wordsOf(expanded), expanded, place, literal, piece.pipe, 0);
      }
    }
    if (comments > 20) ctx.embed('prose', source, shifted(0, source.length), { role: 'comment' });
  },
};
export default batch;
