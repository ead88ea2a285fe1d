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
