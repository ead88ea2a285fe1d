/**
 * Commands that another language hands to the operating system, written as shell text so that the shell reader gives them their meaning. Holes become positional
 * parameters (`"$1"`), whose cells are joined with the data that fills them; environment holes become `${NAME}`. Quotes in the text are respected: a hole inside single
 * quotes is spliced in, so that nothing hides behind an accident of quoting.
 */
import type { Cell, Hole, UnitId } from '../../model.ts';
import { textOf } from '../../value.ts';
import { collapsed, shifted } from '../contract.ts';
import { type Abs, type Gap, type List, pieces } from './abstract.ts';
import { edge, fileCell, type Machine, type Place } from './machine.ts';

export interface Blank {
  readonly cell: Cell | undefined;
  /** The word it stands in, which may name a file. */
  readonly word?: Abs | undefined;
}
export interface Words {
  readonly text: string;
  /** What fills `$1`, `$2`, … */
  readonly holes: readonly Blank[];
}

const SAFE = /^[\w@%+=:,./~-]{1,4000}$/;
export const quote = (text: string): string => (SAFE.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

const dollar = (n: number): string => `\${${n}}`;

/** A string that a shell interprets. */
export function fromString(abs: Abs): Words {
  const holes: Blank[] = [];
  let out = '';
  let single = false;
  let double = false;
  const parts = pieces(abs);
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index]!;
    if (typeof part === 'string') {
      out += part;
      for (let i = 0; i < part.length; i++) {
        const char = part[i];
        if (char === '\\' && !single) i++;
        else if (char === "'" && !double) single = !single;
        else if (char === '"' && !single) double = !double;
      }
      continue;
    }
    let hole: string;
    if (part.env !== undefined && /^[A-Za-z_]\w{0,80}$/.test(part.env)) hole = `\${${part.env}}`;
    else {
      holes.push({ cell: (part as Gap).cell ?? abs.cell, word: wordAround(parts, index) });
      hole = dollar(holes.length);
    }
    out += single ? `'"${hole}"'` : hole;
  }
  return { text: out, holes };
}

/** The shell word that a hole is part of. */
function wordAround(parts: readonly (string | Hole)[], index: number): Abs {
  const [before, after] = [parts[index - 1], parts[index + 1]];
  const left =
    typeof before === 'string'
      ? before.slice(Math.max(...[' ', '\t', '\n', '"', "'", '=', '@', '<', '>', ';', '|', '&', '('].map((mark) => before.lastIndexOf(mark))) + 1)
      : '';
  const right = typeof after === 'string' ? after.split(/[\s"';|&<>()]/, 1)[0]! : '';
  return { value: { kind: 'template', parts: [left, parts[index]!, right].filter((part) => part !== '') } };
}

/** One word of an argument vector, quoted. */
function word(abs: Abs, holes: Blank[]): string {
  const text = textOf(abs.value);
  if (text !== undefined && (abs.num !== undefined || !abs.list)) return quote(text);
  let out = '';
  for (const part of pieces(abs)) out += typeof part === 'string' ? part.replace(/[\\"$`]/g, '\\$&') : holeText(part, abs, holes);
  return `"${out}"`;
}
function holeText(part: Hole, abs: Abs, holes: Blank[]): string {
  if (part.env !== undefined && /^[A-Za-z_]\w{0,80}$/.test(part.env)) return `\${${part.env}}`;
  holes.push({ cell: (part as Gap).cell ?? abs.cell, word: abs });
  return dollar(holes.length);
}

/** An argument vector. */
export function fromList(list: List): Words {
  const holes: Blank[] = [];
  const words = list.items.slice(0, 200).map((item) => word(item, holes));
  if (list.open) {
    holes.push({ cell: list.rest });
    words.push(dollar(holes.length));
  }
  return { text: words.join(' '), holes };
}

const units = new WeakMap<Machine, Map<string, UnitId>>();

/** Embeds a text once per place. Undefined while muted. */
/** True if no stretch of the text stands in the source: it was worked out from something else. Escapes and short texts say nothing. */
export function isComputed(source: string, text: string): boolean {
  if (text.length < 16) return false;
  for (let i = 0; i + 6 <= text.length && i < 2_000; i += 6) if (source.includes(text.slice(i, i + 6))) return false;
  return true;
}

export function embedOnce(m: Machine, at: Place, language: string, text: string, abs: Abs | undefined, note?: string): UnitId | undefined {
  if (m.mute > 0) {
    m.muted++;
    return undefined;
  }
  let own = units.get(m);
  if (own === undefined) {
    own = new Map();
    units.set(m, own);
  }
  const key = `${at.start}:${language}:${text}`;
  const before = own.get(key);
  if (before !== undefined) return before;
  const plain = abs?.span !== undefined && m.source.slice(abs.span.start, abs.span.end) === text ? abs.span : undefined;
  const via =
    abs?.via !== undefined && abs.via.length > 0
      ? abs.via
      : plain === undefined && abs !== undefined && textOf(abs.value) === text && isComputed(m.source, text)
        ? ['computed']
        : [];
  const unit = m.ctx.embed(language, text, plain ? shifted(plain.start, plain.end) : collapsed(at.start, at.end), {
    role: via.length > 0 ? 'decoded' : 'embedded',
    ...(via.length > 0 ? { unwrapped: via } : {}),
    ...(note === undefined ? {} : { note }),
  });
  own.set(key, unit);
  return unit;
}

/** Hands a command to the shell reader and joins its data. Returns the cell of what it prints. */
export function embedCommand(m: Machine, at: Place, words: Words, abs: Abs | undefined, input: Cell | undefined, note: string): Cell | undefined {
  if (words.text.trim() === '') return undefined;
  const unit = embedOnce(m, at, 'shell', words.text, abs, note);
  if (unit === undefined) return undefined;
  const standard = m.ctx.cellsOf(unit);
  words.holes.forEach(({ cell, word: named }, index) => {
    edge(m, cell, standard.arg(index + 1), at, 'call');
    // What was written to a file of that name is what the command gets to see.
    if (named !== undefined) edge(m, fileCell(m, named), standard.arg(index + 1), at, 'file');
  });
  edge(m, input, standard.stdin, at, 'pipe');
  return standard.stdout;
}
