/**
 * Two texts as rows of a page: old line on the left, new line on the right, long equal parts left out.
 *
 * It promises bounds that depend on the input alone, so that the same change gives the same page: bytes, lines, edits and rows are counted, never timed. Lines are compared as
 * numbers, so that a text made of long, nearly equal lines costs no more than any other. What was cut says so. Line differences by jsdiff (Myers' algorithm).
 */
import { diffArrays } from 'diff';

/** Per file, in UTF-16 units and lines of one side, and edits that Myers' algorithm tries (its cost grows with their square). */
export const lineLimits = { characters: 512 * 1024, lines: 20_000, edits: 1_500, rows: 1_000, context: 3, width: 2_000 } as const;

/** A line of one side. `from` and `to` cover what differs from its partner, in UTF-16 units. */
export interface Line {
  readonly number: number;
  readonly text: string;
  readonly from?: number;
  readonly to?: number;
  /** Characters of a long line that are left out on either side of `text`. */
  readonly hidden?: { readonly before: number; readonly after: number };
}
export type Row =
  | { readonly kind: 'same' | 'changed'; readonly left: Line; readonly right: Line }
  | { readonly kind: 'gone'; readonly left: Line }
  | { readonly kind: 'came'; readonly right: Line }
  /** Equal lines that are not shown. */
  | { readonly kind: 'gap'; readonly count: number };

export interface Rows {
  readonly rows: readonly Row[];
  /** Lines that came and that went, all of them. */
  readonly came: number;
  readonly gone: number;
  /** What a reader must know: cut, too different, line endings only. */
  readonly notes: readonly string[];
}

/** Lines without their ends. A last line end makes no line of its own. */
function split(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

const bare = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

/** The part of two lines that differs: what is between the equal beginning and the equal end. */
export function differing(a: string, b: string): { readonly from: number; readonly toA: number; readonly toB: number } {
  const least = Math.min(a.length, b.length);
  let from = 0;
  while (from < least && a.charCodeAt(from) === b.charCodeAt(from)) from++;
  let end = 0;
  while (end < least - from && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)) end++;
  return { from, toA: a.length - end, toB: b.length - end };
}

/** Part of a long line that is kept before what differs. */
const LEAD = 200;

/** A line, or a window of a long one that begins shortly before `from`: nothing that differs hides behind a cut. */
function lineOf(number: number, text: string, from = 0, to?: number): Line {
  const start = text.length > lineLimits.width && from > lineLimits.width / 2 ? from - LEAD : 0;
  const shown = text.slice(start, start + lineLimits.width);
  const after = text.length - start - shown.length;
  return {
    number,
    text: shown,
    ...(to === undefined ? {} : { from: from - start, to: Math.min(to - start, shown.length) }),
    ...(start + after === 0 ? {} : { hidden: { before: start, after } }),
  };
}

/** A removed and an added line that stand for each other. */
function pair(left: number, a: string, right: number, b: string): Row {
  const { from, toA, toB } = differing(a, b);
  // Little in common: marking nearly all of both would say nothing.
  const marked = from + (a.length - toA) > Math.min(a.length, b.length) / 3;
  return { kind: 'changed', left: lineOf(left, a, from, marked ? toA : undefined), right: lineOf(right, b, from, marked ? toB : undefined) };
}

type Piece = { readonly added: boolean; readonly removed: boolean; readonly count: number };

/** What became of the lines of `before`. A side that is not there (`undefined`) makes all of the other one new or gone. */
export function rowsOf(before: string | undefined, after: string | undefined): Rows {
  const notes: string[] = [];
  const a = read(before, 'old', notes);
  const b = read(after, 'new', notes);
  if (a === undefined || b === undefined) return { rows: [], came: 0, gone: 0, notes };

  const ids = new Map<string, number>();
  const number = (line: string): number => {
    const key = bare(line);
    let id = ids.get(key);
    if (id === undefined) {
      id = ids.size;
      ids.set(key, id);
    }
    return id;
  };
  const [left, right] = [a.map(number), b.map(number)];
  let pieces: readonly Piece[] | undefined = diffArrays(left, right, { maxEditLength: lineLimits.edits });
  if (pieces === undefined) {
    notes.push('The two versions differ in so many lines that equal ones were not looked for: they stand beside each other from the top.');
    pieces = [
      { added: false, removed: true, count: a.length },
      { added: true, removed: false, count: b.length },
    ];
  }
  const rows: Row[] = [];
  let [x, y, came, gone] = [0, 0, 0, 0];
  for (let at = 0; at < pieces.length; at++) {
    const piece = pieces[at]!;
    if (!piece.added && !piece.removed) {
      for (let i = 0; i < piece.count; i++) rows.push({ kind: 'same', left: lineOf(++x, bare(a[x - 1]!)), right: lineOf(++y, bare(b[y - 1]!)) });
      continue;
    }
    // What stands between two equal parts is a block: its lines stand beside each other as far as they go.
    let [minus, plus] = [0, 0];
    for (; at < pieces.length && (pieces[at]!.added || pieces[at]!.removed); at++) {
      if (pieces[at]!.added) plus += pieces[at]!.count;
      else minus += pieces[at]!.count;
    }
    at--;
    gone += minus;
    came += plus;
    for (let i = 0; i < Math.max(minus, plus); i++) {
      if (i < minus && i < plus) rows.push(pair(++x, bare(a[x - 1]!), ++y, bare(b[y - 1]!)));
      else if (i < minus) rows.push({ kind: 'gone', left: lineOf(++x, bare(a[x - 1]!)) });
      else rows.push({ kind: 'came', right: lineOf(++y, bare(b[y - 1]!)) });
    }
  }
  if (before !== undefined && after !== undefined) notes.push(...ends(before, after, came + gone));
  const shown = folded(rows);
  if (shown.length > lineLimits.rows) {
    notes.push(`${shown.length - lineLimits.rows} more rows are not shown.`);
    return { rows: shown.slice(0, lineLimits.rows), came, gone, notes };
  }
  return { rows: shown, came, gone, notes };
}

/** The lines of one side, unless they are too many. */
function read(text: string | undefined, side: string, notes: string[]): string[] | undefined {
  if (text === undefined) return [];
  if (text.length > lineLimits.characters) {
    notes.push(`Not shown: the ${side} version has ${text.length} characters, and at most ${lineLimits.characters} are compared.`);
    return undefined;
  }
  const lines = split(text);
  if (lines.length > lineLimits.lines) {
    notes.push(`Not shown: the ${side} version has ${lines.length} lines, and at most ${lineLimits.lines} are compared.`);
    return undefined;
  }
  return lines;
}

/** Line ends are no lines: what changed about them is said in words. */
function ends(before: string, after: string, differing: number): string[] {
  const style = (text: string): string => {
    const crlf = text.split('\r\n').length - 1;
    const all = text.split('\n').length - 1;
    return all === 0 ? 'none' : crlf === 0 ? 'LF' : crlf === all ? 'CRLF' : 'LF and CRLF';
  };
  const [old, now] = [style(before), style(after)];
  if (old !== now) return [`Line ends: ${old} before, ${now} now.`];
  const last = before.endsWith('\n') !== after.endsWith('\n');
  if (last) return [after.endsWith('\n') ? 'The last line ends with a line break now.' : 'The last line no longer ends with a line break.'];
  return differing === 0 && before !== after ? ['Only the kind of some line ends differs.'] : [];
}

/** Leaves equal lines out that are far from any difference. */
function folded(rows: readonly Row[]): Row[] {
  const near = new Uint8Array(rows.length);
  rows.forEach((row, index) => {
    if (row.kind === 'same') return;
    for (let at = Math.max(0, index - lineLimits.context); at <= Math.min(rows.length - 1, index + lineLimits.context); at++) near[at] = 1;
  });
  const out: Row[] = [];
  let hidden = 0;
  const flush = (): void => {
    if (hidden > 0) out.push({ kind: 'gap', count: hidden });
    hidden = 0;
  };
  rows.forEach((row, index) => {
    if (near[index] === 1) {
      flush();
      out.push(row);
    } else hidden++;
  });
  flush();
  return out;
}
