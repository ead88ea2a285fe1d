/**
 * Offset maps for strings that stand in data files: which character of the decoded value stands where in the file, through escapes, folding and indentation; and texts
 * woven from several strings (an argument list, a batch of sentences) that keep those places. What cannot be aligned maps to its whole token, never to a wrong place outside it.
 */
import { collapsed, type OffsetMap, shifted } from '../contract.ts';
import type { TextNode } from './tree.ts';

export interface Piece {
  readonly at: number;
  readonly outer: number;
}

const isBlank = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9;

/** Length of the escape at `at` in the source, and how many UTF-16 units it stands for. */
function escapeAt(source: string, at: number): { readonly length: number; readonly units: number } {
  switch (source[at + 1]) {
    case 'u':
      return source[at + 2] === '{' ? { length: Math.max(2, source.indexOf('}', at) - at + 1), units: 1 } : { length: 6, units: 1 };
    case 'U':
      return { length: 10, units: Number.parseInt(source.slice(at + 2, at + 10), 16) > 0xffff ? 2 : 1 };
    case 'x':
      return { length: 4, units: 1 };
    case '\r':
    case '\n': {
      let end = at + 2;
      while (end < source.length && isBlank(source.charCodeAt(end))) end++;
      return { length: end - at, units: 0 };
    }
    default:
      return { length: 2, units: 1 };
  }
}

/** Pieces of one string, relative to its text; undefined if the spelling cannot be followed. Linear in the token. */
export function align(source: string, node: TextNode): Piece[] | undefined {
  const { text, inner, end, quote } = node;
  if (source.startsWith(text, inner) && (quote !== '"' || !text.includes('\\'))) return [{ at: 0, outer: inner }];
  const pieces: Piece[] = [];
  let outer = inner;
  let shift = Number.NaN;
  let at = 0;
  const mark = (): void => {
    if (outer - at === shift) return;
    shift = outer - at;
    pieces.push({ at, outer });
  };
  while (at < text.length) {
    if (outer >= end) return undefined;
    const here = source.charCodeAt(outer);
    const want = text.charCodeAt(at);
    if (quote === '"' && here === 92) {
      const { length, units } = escapeAt(source, outer);
      if (units > 0) mark();
      outer += length;
      at += units;
    } else if (here === want || (isBlank(here) && isBlank(want))) {
      mark();
      outer++;
      at++;
    } else if (isBlank(here) || (quote !== '' && source[outer] === quote[0])) outer++;
    else return undefined;
  }
  return pieces;
}

/** The offset map of one string value. */
export function mapOf(source: string, node: TextNode): OffsetMap {
  const pieces = align(source, node);
  if (pieces === undefined || pieces.length === 0) return collapsed(node.start, node.end);
  return pieces.length === 1
    ? shifted(pieces[0]!.outer, pieces[0]!.outer + node.text.length)
    : { kind: 'pieces', start: node.start, end: node.end, pieces };
}

/** A text put together from strings of a file. */
export interface Weave {
  text: string;
  readonly pieces: Piece[];
  start: number;
  end: number;
}
export const weave = (): Weave => ({ text: '', pieces: [], start: Number.POSITIVE_INFINITY, end: 0 });

/** Adds characters that stand nowhere; they count as the place where the last string ended. */
export function glue(to: Weave, text: string): void {
  if (text !== '') to.pieces.push({ at: to.text.length, outer: Math.max(0, to.end) });
  to.text += text;
}

/** Adds a part of a string. */
export function thread(to: Weave, source: string, node: TextNode, from = 0, until = node.text.length): void {
  const base = to.text.length - from;
  const pieces = align(source, node) ?? [{ at: 0, outer: node.start }];
  pieces.forEach((piece, index) => {
    const next = pieces[index + 1]?.at ?? node.text.length;
    if (next <= from || piece.at >= until) return;
    const skipped = Math.max(0, from - piece.at);
    to.pieces.push({ at: base + piece.at + skipped, outer: piece.outer + skipped });
  });
  to.text += node.text.slice(from, until);
  to.start = Math.min(to.start, node.start);
  to.end = Math.max(to.end, node.end);
}

export function mapOfWeave(of: Weave): OffsetMap {
  if (of.pieces.length === 0) return collapsed(0, 0);
  return { kind: 'pieces', start: Math.min(of.start, of.end), end: of.end, pieces: of.pieces };
}

/** An argument list as one shell command line: each word quoted so that a shell reads exactly these words. `${NAME}` stays a variable, as hosts expand it. */
export function wordsAsShell(source: string, words: readonly TextNode[]): Weave {
  const out = weave();
  for (const [index, word] of words.entries()) {
    if (index > 0) glue(out, ' ');
    if (/^[\w@%+=:,./-]{1,400}$/.test(word.text)) thread(out, source, word);
    else if (/^[\w@%+=:,./ ${}-]{1,400}$/.test(word.text) && word.text.includes('${')) {
      glue(out, '"');
      thread(out, source, word);
      glue(out, '"');
    } else {
      let from = 0;
      for (;;) {
        const quote = word.text.indexOf("'", from);
        glue(out, "'");
        thread(out, source, word, from, quote < 0 ? word.text.length : quote);
        glue(out, "'");
        if (quote < 0) break;
        glue(out, "\\'");
        from = quote + 1;
      }
    }
  }
  return out;
}
