/**
 * Cuts Markdown where a parser may be started afresh, so that its superlinear paths meet small inputs, and refuses the known bombs before they are parsed.
 * A cut stands before a line that no open container, paragraph or table can claim: unindented, behind a blank line, starting with a letter, `#` or `|`.
 * The only blocks that could still be open there are fences and raw HTML; {@link openEnd} finds their end. Measured on remark-parse 11: 250 nested lists 1.1 s,
 * 4,000 setext headings 6 s, `- ` x 4,000 overflows the stack.
 */
import type { Nodes } from 'mdast';
import { afterLine, lineEnd } from '../text/align.ts';

/** Characters after which a cut is looked for, and the most one piece may have without one. */
export const chunkChars = 12 * 1024;
export const chunkCharsMost = 64 * 1024;

const freshLine = /[\p{L}#|]/uy;

/** End of the piece that starts at `from`: the first safe cut after `chunkChars`, or the end of the text. */
export function chunkEnd(text: string, from: number): number {
  if (text.length - from <= chunkChars) return text.length;
  let line = afterLine(text, from + chunkChars - 1);
  let blank = false;
  while (line < text.length) {
    const end = lineEnd(text, line);
    if (text.slice(line, Math.min(end, line + 200)).trim() === '' && end - line < 200) blank = true;
    else {
      freshLine.lastIndex = line;
      if (blank && freshLine.test(text)) return line;
      blank = false;
    }
    line = afterLine(text, line);
  }
  return text.length;
}

const rawHtml: readonly (readonly [RegExp, RegExp])[] = [
  [/^<(?:script|pre|style|textarea)(?=[\s>]|$)/i, /<\/(?:script|pre|style|textarea)>/i],
  [/^<!--/, /-->/],
  [/^<\?/, /\?>/],
  [/^<!\[CDATA\[/, /\]\]>/],
  [/^<![A-Za-z]/, />/],
];

/**
 * If `last`, the last block of a piece, is a fence or raw HTML block that the piece cut off, where it ends in the whole text; otherwise undefined.
 * @param start offset of the block, @param end offset of the end of the piece
 */
export function openEnd(text: string, last: Nodes | undefined, start: number, end: number): number | undefined {
  if (last?.type === 'code') {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(text.slice(start, start + 400));
    if (mark === null) return undefined;
    const closing = new RegExp(`^ {0,3}${mark[1]![0]}{${mark[1]!.length},}[ \\t]*\\r?$`);
    for (let line = afterLine(text, start); line < text.length; line = afterLine(text, line)) {
      if (closing.test(text.slice(line, Math.min(lineEnd(text, line), line + 400)))) {
        const after = afterLine(text, line);
        return after > end ? after : undefined;
      }
    }
    return end < text.length ? text.length : undefined;
  }
  if (last?.type === 'html') {
    const head = text.slice(start, start + 40);
    const row = rawHtml.find(([opens]) => opens.test(head));
    if (row === undefined) return undefined;
    const closes = row[1].exec(text.slice(start + 2));
    const after = closes === null ? text.length : afterLine(text, start + 2 + closes.index);
    return after > end ? after : undefined;
  }
  return undefined;
}

/** Bounds per piece; real pieces stay under a tenth of each. */
const most = { depth: 100, markers: 2500, setext: 300, switches: 400, footnotes: 600, delimiters: 1500, ticks: 60, rows: 2500, fences: 1000 };

/**
 * Why a piece must not be parsed, in words; undefined if it may. One pass, no backtracking. Counts what remark is superlinear in: nested containers, setext
 * underlines, alternating containers, footnote definitions, emphasis and bracket marks in one paragraph, lengths of backtick runs.
 */
export function bomb(text: string, from: number, to: number, depthMost: number): string | undefined {
  const stack: number[] = [];
  let markers = 0;
  let setext = 0;
  let switches = 0;
  let footnotes = 0;
  let delimiters = 0;
  let rows = 0;
  let fences = 0;
  let lastKind = '';
  let blank = true;
  // Lines of an unindented fence open no containers. If this guess is wrong the deadline still holds.
  let fence: { readonly mark: string; readonly width: number } | undefined;
  const ticks = new Set<number>();
  for (let line = from; line < to; line = afterLine(text, line)) {
    const end = Math.min(lineEnd(text, line), to);
    const mark =
      text[line] === '`' || text[line] === '~' ? /^(?:`{3,400}|~{3,400})/.exec(text.slice(line, Math.min(end, line + 400)))?.[0] : undefined;
    if (fence !== undefined) {
      if (mark !== undefined && mark[0] === fence.mark && mark.length >= fence.width && text.slice(line + mark.length, end).trim() === '')
        fence = undefined;
      continue;
    }
    if (mark !== undefined) {
      if (++fences > most.fences) return `more than ${most.fences} code blocks without a break`;
      fence = { mark: mark[0]!, width: mark.length };
      continue;
    }
    let at = line;
    let column = 0;
    let here = 0;
    let kind = '';
    for (;;) {
      while (at < end && (text[at] === ' ' || text[at] === '\t')) {
        column += text[at] === '\t' ? 4 - (column % 4) : 1;
        at++;
      }
      const width = markerWidth(text, at, end);
      if (width === 0) break;
      kind ||= text[at]!;
      while (stack.length > 0 && stack.at(-1)! > column) stack.pop();
      at += width;
      column += width;
      stack.push(column);
      here++;
      markers++;
      if (stack.length > depthMost || here > depthMost) return `lists and quotes nested more than ${depthMost} deep`;
    }
    const empty = at >= end;
    if (kind !== '' && lastKind !== '' && kind !== lastKind && !blank) switches++;
    if (kind !== '') lastKind = kind;
    if (!empty && !blank && isUnderline(text, at, end)) setext++;
    if (text.startsWith('[^', at)) footnotes++;
    rows = empty ? 0 : rows + (text[at] === '|' ? 1 : 0);
    if (empty || here > 0 || blank) {
      delimiters = 0;
      ticks.clear();
    }
    for (let letter = at; letter < end; letter++) {
      const code = text.charCodeAt(letter);
      if (code === 42 || code === 95 || code === 91 || code === 126) {
        const start = letter;
        while (letter + 1 < end && text.charCodeAt(letter + 1) === code && code !== 91) letter++;
        if (code !== 95 || !isWord(text.charCodeAt(start - 1)) || !isWord(text.charCodeAt(letter + 1))) delimiters++;
      } else if (code === 96) {
        const start = letter;
        while (letter + 1 < end && text.charCodeAt(letter + 1) === 96) letter++;
        ticks.add(letter - start);
      }
    }
    blank = empty;
    if (markers > most.markers) return `more than ${most.markers} list and quote marks without a break`;
    if (setext > most.setext) return `more than ${most.setext} underlined headings without a break`;
    if (switches > most.switches) return `more than ${most.switches} changes between lists and quotes`;
    if (rows > most.rows) return `a table of more than ${most.rows} rows`;
    if (footnotes > most.footnotes) return `more than ${most.footnotes} footnotes without a break`;
    if (delimiters > most.delimiters) return `more than ${most.delimiters} emphasis and bracket marks in one paragraph`;
    if (ticks.size > most.ticks) return `more than ${most.ticks} lengths of backtick runs in one paragraph`;
  }
  return undefined;
}

const isWord = (code: number): boolean => (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;

/** Width of a quote or list marker at `at`, or 0. */
function markerWidth(text: string, at: number, end: number): number {
  const letter = text[at];
  if (at >= end || letter === undefined) return 0;
  if (letter === '>') return 1;
  if (letter === '-' || letter === '*' || letter === '+') return at + 1 >= end || text[at + 1] === ' ' || text[at + 1] === '\t' ? 1 : 0;
  let digits = 0;
  while (digits < 9 && at + digits < end && text.charCodeAt(at + digits) >= 48 && text.charCodeAt(at + digits) <= 57) digits++;
  if (digits === 0 || (text[at + digits] !== '.' && text[at + digits] !== ')')) return 0;
  const after = at + digits + 1;
  return after >= end || text[after] === ' ' || text[after] === '\t' ? digits + 1 : 0;
}

function isUnderline(text: string, at: number, end: number): boolean {
  const mark = text[at];
  if (mark !== '=' && mark !== '-') return false;
  let last = end;
  while (last > at && (text[last - 1] === ' ' || text[last - 1] === '\t')) last--;
  for (let letter = at; letter < last; letter++) if (text[letter] !== mark) return false;
  return true;
}
