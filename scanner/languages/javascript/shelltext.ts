/** Commands for the shell reader: spelled so that it reads them as the program would have run them, holes as positional parameters that are joined to their data. */
import type { Cell, Value } from '../../model.ts';
import { partsOf } from '../../value.ts';
import type { Call } from './calls.ts';
import { edge, type Run } from './run.ts';

const quote = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** Text for the shell reader, holes as `$1`…: environment names stay names. */
export function spell(parts: readonly Value[], quoted: boolean): { text: string; holes: number[] } {
  let text = '';
  const holes: number[] = [];
  parts.forEach((value, index) => {
    if (index > 0) text += ' ';
    for (const part of partsOf(value)) {
      if (typeof part === 'string') text += quoted ? quote(part) : part;
      else if (part.env !== undefined && /^[A-Za-z_]\w{0,80}$/.test(part.env)) text += quoted ? `"\${${part.env}}"` : `\${${part.env}}`;
      else {
        holes.push(index);
        text += quoted ? `"\${${holes.length}}"` : `\${${holes.length}}`;
      }
    }
  });
  return { text, holes };
}

/** Embeds a command and joins its arguments and output. */
export function embedShell(
  r: Run,
  c: Call,
  spelled: { text: string; holes: number[] },
  from: (index: number) => readonly Cell[],
  out: Cell,
  wraps: readonly string[],
  note: string,
  start = c.start,
  end = c.end,
): void {
  const key = `sh:${start}:${spelled.text}`;
  if (r.embedded.has(key) || spelled.text.trim() === '') return;
  r.embedded.add(key);
  const unit = r.ctx.embed(
    'shell',
    spelled.text,
    { kind: 'collapsed', start, end },
    { role: wraps.length > 0 ? 'decoded' : 'embedded', unwrapped: [...wraps, note] },
  );
  const inner = r.ctx.cellsOf(unit);
  spelled.holes.forEach((index, hole) => {
    if (hole < 12) edge(r, from(index), inner.arg(hole + 1), c, 'call');
  });
  edge(r, [inner.stdout], out, c, 'pipe');
}

/** True when the first word is known: what follows are arguments of a known program. */
export const startsKnown = (value: Value): boolean => {
  const first = partsOf(value)[0];
  return typeof first === 'string' && /^\s{0,20}(?:\S{1,200})\s/.test(first);
};
