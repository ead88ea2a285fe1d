/**
 * Maps a text that was taken out of a larger one (escapes resolved, entities decoded, line prefixes stripped) back to where each character stood.
 * Promises pieces that never leave the given range; where the two texts cannot be brought together the rest maps to the last certain place.
 */
export interface Piece {
  readonly at: number;
  readonly outer: number;
}

const entity = /&(?:#[xX]?[0-9a-fA-F]{1,8}|[a-zA-Z][a-zA-Z0-9]{1,31});/y;

/** Source characters left out in a row before the two texts count as apart. */
const skippedMost = 4000;

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  e: '\x1b',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  _: '\u00a0',
  N: '\u0085',
  L: '\u2028',
  P: '\u2029',
};

/** A backslash escape of YAML or JSON strings and what it stands for. */
function escapeAt(source: string, at: number): { readonly text: string; readonly length: number } | undefined {
  const letter = source[at + 1] ?? '';
  if (Object.hasOwn(escapes, letter)) return { text: escapes[letter]!, length: 2 };
  const digits = letter === 'x' ? 2 : letter === 'u' ? 4 : letter === 'U' ? 8 : 0;
  const code = Number.parseInt(source.slice(at + 2, at + 2 + digits), 16);
  return digits > 0 && code >= 0 && code <= 0x10ffff ? { text: String.fromCodePoint(code), length: 2 + digits } : undefined;
}

/**
 * Walks `source` and `value` together. Only these differences are expected: `\x` for `x`, `&name;` for its characters, white space folded or stripped,
 * a line prefix (`> `, indentation) after a line break.
 * @param outer offset of `source[0]`
 * @param at offset of `value[0]` in the text that is being put together
 */
export function align(source: string, value: string, outer: number, at = 0): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  let to = 0;
  let shift = Number.NaN;
  let skipped = 0;
  const mark = () => {
    if (from - to !== shift) {
      shift = from - to;
      pieces.push({ at: at + to, outer: outer + from });
    }
  };
  while (to < value.length && from < source.length) {
    const letter = source.charCodeAt(from);
    if (letter === 38 /* & */) {
      entity.lastIndex = from;
      const found = entity.exec(source);
      if (found !== null && !value.startsWith(found[0], to)) {
        mark();
        from += found[0].length;
        to += value.codePointAt(to)! > 0xffff ? 2 : 1;
        continue;
      }
    }
    const wanted = value.charCodeAt(to);
    if (letter === wanted && !(letter === 92 /* \ */ && source.charCodeAt(from + 1) === 92 && value.charCodeAt(to + 1) !== 92)) {
      mark();
      from++;
      to++;
    } else if (wanted === 32 && (letter === 10 || letter === 13)) {
      mark();
      from += letter === 13 && source.charCodeAt(from + 1) === 10 ? 2 : 1;
      to++;
    } else {
      const escaped = letter === 92 ? escapeAt(source, from) : undefined;
      if (escaped !== undefined && value.startsWith(escaped.text, to)) {
        mark();
        from += escaped.length;
        to += escaped.text.length;
      } else if (++skipped > skippedMost) break;
      else {
        from++;
        continue;
      }
    }
    skipped = 0;
  }
  if (to < value.length || pieces.length === 0) pieces.push({ at: at + to, outer: outer + from });
  return pieces;
}

/**
 * Pieces for the lines of a code block: each line of `value` is the end of a line of `raw`, after quote marks, list indentation and the fence's own indentation.
 * @param skip lines of `raw` before the first line of `value` (1 for a fence)
 */
export function alignLines(raw: string, value: string, outer: number, skip: number): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (let line = 0; line < skip; line++) from = afterLine(raw, from);
  for (let to = 0; to <= value.length; ) {
    const valueEnd = lineEnd(value, to);
    const rawEnd = lineEnd(raw, Math.min(from, raw.length));
    const start = Math.max(Math.min(from, raw.length), rawEnd - (valueEnd - to));
    pieces.push({ at: to, outer: outer + start });
    from = afterLine(raw, from);
    const next = afterLine(value, to);
    if (next === to || valueEnd === value.length) break;
    to = next;
  }
  return pieces;
}

/** Index of the piece that holds offset `at`. */
function pieceAt(pieces: readonly Piece[], at: number): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pieces[middle]!.at <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where offset `at` of a mapped text stands. */
export function outerAt(pieces: readonly Piece[], at: number): number {
  const piece = pieces[pieceAt(pieces, at)];
  return piece === undefined ? 0 : piece.outer + (at - piece.at);
}

/** Pieces of `[from, to)` of a mapped text, counted from `from`. */
export function slicePieces(pieces: readonly Piece[], from: number, to: number): Piece[] {
  const out: Piece[] = [{ at: 0, outer: outerAt(pieces, from) }];
  for (let index = pieceAt(pieces, from) + 1; index < pieces.length && pieces[index]!.at < to; index++) {
    out.push({ at: pieces[index]!.at - from, outer: pieces[index]!.outer });
  }
  return out;
}

/** Offset of the line break that ends the line at `from`, or the end. */
export function lineEnd(text: string, from: number): number {
  const feed = text.indexOf('\n', from);
  if (feed < 0) return text.length;
  return feed > from && text.charCodeAt(feed - 1) === 13 ? feed - 1 : feed;
}

/** Offset of the next line, or the end. */
export function afterLine(text: string, from: number): number {
  const feed = text.indexOf('\n', from);
  return feed < 0 ? text.length : feed + 1;
}
