/**
 * Text of a skill is hostile: it may move the cursor, recolour the screen, reverse the reading direction, mention people, open a tag or break a table. Every report
 * passes it through here.
 *
 * It promises that what a person sees is what stands there: control, bidirectional, invisible and private characters appear as `\u{202e}`, stacks of combining marks
 * are cut, lines stay lines. Stops terminal escape injection, Trojan Source in our own output, HTML and Markdown injection, and forged links in SARIF messages.
 */

const plain = /^[\x20-\x7e]*$/;
/** Controls, format characters, private use, lone surrogates, separators, and everything Unicode says is ignorable when drawn. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const mark = /\p{M}/u;
const pictograph = /\p{Extended_Pictographic}/u;
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const MARKS = 3;

/** One character as it is drawn. */
export interface Glyph {
  /** UTF-16 offset in the source text. */
  readonly at: number;
  readonly text: string;
  /** Columns it takes. */
  readonly width: number;
  /** True if it is an escape, not the character itself. */
  readonly escaped: boolean;
}

const escapeOf = (char: string): string => `\\u{${char.codePointAt(0)!.toString(16)}}`;

/** The characters of one line as they are drawn. Tabs become two spaces, unusual spaces one. */
export function glyphs(line: string): Glyph[] {
  const out: Glyph[] = [];
  let marks = 0;
  let before = '';
  let at = 0;
  for (const char of line) {
    let text = char;
    let escaped = false;
    let width = 1;
    marks = mark.test(char) ? marks + 1 : 0;
    if (char === '\t') {
      text = '  ';
      width = 2;
    } else if (char >= ' ' && char <= '~') {
      width = 1;
    } else if (char === '\ufe0f' && pictograph.test(before)) {
      width = 0;
    } else if (unseen.test(char) || marks > MARKS) {
      text = escapeOf(char);
      width = text.length;
      escaped = true;
    } else if (/\p{Zs}/u.test(char)) {
      text = ' ';
    } else if (marks > 0) {
      width = 0;
    } else if (wide.test(char)) {
      width = 2;
    }
    out.push({ at, text, width, escaped });
    at += char.length;
    before = char;
  }
  return out;
}

/** Hostile text on one line: line ends become a space, what cannot be seen becomes an escape. */
export function visible(text: string): string {
  if (plain.test(text)) return text;
  return glyphs(text.replace(/\r\n|[\r\n]/g, ' '))
    .map((glyph) => glyph.text)
    .join('');
}

/** Hostile text of several lines: only line ends survive. */
export const visibleLines = (text: string): string =>
  text
    .split(/\r\n|\n/)
    .map(visible)
    .join('\n');

/** Columns that text takes once it is visible. */
export function widthOf(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const glyph of glyphs(text)) width += glyph.width;
  return width;
}

/** As many whole characters as `columns` columns hold, of text that is visible already. */
function headOf(shown: string, columns: number): string {
  let width = 0;
  for (const glyph of glyphs(shown)) {
    if (width + glyph.width > columns) return shown.slice(0, glyph.at);
    width += glyph.width;
  }
  return shown;
}

/** Visible text in at most `columns` columns; an ellipsis says that something was cut. */
export function cut(text: string, columns: number): string {
  const shown = visible(text);
  return widthOf(shown) <= columns ? shown : `${headOf(shown, columns - 1).trimEnd()}…`;
}

/** Breaks visible text between words into lines of at most `columns` columns; words longer than a line are broken. */
export function wrap(text: string, columns: number): string[] {
  const width = Math.max(20, columns);
  const lines: string[] = [];
  let line = '';
  for (let word of visible(text).split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = '';
    }
    while (widthOf(word) > width) {
      const head = headOf(word, width);
      lines.push(head);
      word = word.slice(head.length);
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;', '`': '&#96;' };
/** For element content and quoted attributes. */
export const escapeHtml = (text: string): string => visibleLines(text).replace(/[&<>"'`]/g, (char) => entities[char]!);

const longestRun = (text: string): number => {
  let longest = 0;
  for (const run of text.match(/`+/g) ?? []) longest = Math.max(longest, run.length);
  return longest;
};

/** Hostile text as a Markdown code span: nothing in it is a mention, a link, an image or HTML. `cell` also keeps a table whole. */
export function codeSpan(text: string, cell = false, limit = 300): string {
  const shown = cut(text, limit).trim() || ' ';
  // In a table a backslash before a pipe is taken away even inside code, and a backslash that stands there would escape ours.
  const safe = cell ? shown.replace(/\\+\|?|\|/g, (run) => (run === '|' ? '\\|' : run.endsWith('|') ? '\u00a6' : run)) : shown;
  const fence = '`'.repeat(longestRun(safe) + 1);
  const space = safe.startsWith('`') || safe.endsWith('`') ? ' ' : '';
  return `${fence}${space}${safe}${space}${fence}`;
}

/** A sentence of ours as Markdown text. Whatever could be more than words (a link, a mention, markup) becomes a code span: a document that somebody else wrote may say anything in our place. */
export const plainWords = (text: string): string =>
  /^[A-Za-z0-9 ,.;:()'"?!/-]{0,600}$/.test(text) && !/:\/\/|www\./i.test(text) ? text : codeSpan(text, false, 600);

/** Hostile lines as a fenced block that they cannot close. */
export function codeBlock(text: string, language = ''): string {
  const shown = visibleLines(text);
  const fence = '`'.repeat(Math.max(3, longestRun(shown) + 1));
  return `${fence}${language}\n${shown}\n${fence}`;
}

/** Text of a SARIF message: square brackets would be read as an embedded link. Backslashes before a bracket are dropped, so that none can undo ours. */
export const sarifText = (text: string): string => visible(text).replace(/\\+[[\]]?|[[\]]/g, (run) => (/[[\]]$/.test(run) ? `\\${run.at(-1)}` : run));
