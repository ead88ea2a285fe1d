/**
 * Makes documentation readable as shell without moving an offset: prompts at line starts become blanks, `<placeholder>` becomes a word of the same length.
 * Lines that a console session prints are set apart, not dropped: an attacker could put a command there, so they are read too, with stance `example`.
 */

/** Private-use brackets around a masked placeholder; blanks inside become U+E002. */
const OPEN = '\ue000';
const CLOSE = '\ue001';
const BLANK = '\ue002';

/** Text with masks undone. */
export const restore = (text: string): string =>
  /[\ue000-\ue005]/.test(text)
    ? text
        .replaceAll(OPEN, '<')
        .replaceAll(CLOSE, '>')
        .replaceAll(BLANK, ' ')
        .replaceAll('\ue003', '[')
        .replaceAll('\ue004', ']')
        .replaceAll('\ue005', '|')
    : text;

/** The name in a word that is one placeholder. */
export function placeholderOf(text: string): string | undefined {
  if (!text.startsWith(OPEN) || !text.endsWith(CLOSE) || text.indexOf(CLOSE) !== text.length - 1) return undefined;
  return restore(text.slice(1, -1));
}

/** `<name>` that no redirect explains: letters first, then letters, digits, blanks and a few marks. */
const PLACEHOLDER = /<([A-Za-z][\w .:/,|-]{0,60})>/g;

export interface Prepared {
  /** Same length as the input. */
  readonly text: string;
  /** Blocks of output in a console session, as offsets. */
  readonly printed: readonly { readonly start: number; readonly end: number }[];
}

const PROMPT = /^(?:[ \t]{0,8})(?:\([\w.-]{1,30}\) )?(?:[\w.-]{1,40}@[\w.-]{1,60}(?::[^\s$#%]{0,80})?[$#%]|PS [^>\n]{0,80}>|\$|%|❯|➜|>>>?)[ \t]/;
const CONTINUED = /^[ \t]{0,8}> ?/;

export function prepare(text: string, documentation: boolean): Prepared {
  if (!documentation) return { text, printed: [] };
  const lines = text.split('\n');
  const isPrompt = lines.map((line) => PROMPT.test(line) && !/^[ \t]{0,8}>>?[ \t]/.test(line));
  const session = isPrompt.some(Boolean) && isPrompt[lines.findIndex((line) => line.trim() !== '' && !line.trimStart().startsWith('#'))] === true;
  const printed: { start: number; end: number }[] = [];
  let offset = 0;
  let open = false;
  let heredoc: string | undefined;
  const out = lines.map((line, index) => {
    const start = offset;
    offset += line.length + 1;
    const inside = heredoc !== undefined;
    if (heredoc !== undefined && line.replace(CONTINUED, '').trim() === heredoc) heredoc = undefined;
    let masked = line;
    if (isPrompt[index] && !inside) {
      const length = PROMPT.exec(line)![0].length;
      masked = ' '.repeat(length) + line.slice(length);
    } else if (session && !inside) {
      if (open && CONTINUED.test(line)) {
        const length = CONTINUED.exec(line)![0].length;
        masked = ' '.repeat(length) + line.slice(length);
      } else if (!open && line.trim() !== '' && !line.trimStart().startsWith('#')) {
        printed.push({ start, end: start + line.length });
        masked = ' '.repeat(line.length);
      }
    }
    const opener = inside ? null : /<<-?[ \t]{0,4}\\?(["']?)([A-Za-z_]\w{0,40})\1/.exec(masked);
    if (opener !== null) heredoc = opener[2];
    const end = masked.trimEnd();
    // A session command goes on after a backslash, an open pipe or an open quote; the next line is then not output.
    open =
      (isPrompt[index] || open) &&
      (/(?:\\|\||&&|\|\|)$/.test(end) ||
        (masked.split("'").length % 2 === 0 && !masked.includes('"')) ||
        (masked.split('"').length % 2 === 0 && !masked.includes("'")));
    return masked;
  });
  return { text: maskPlaceholders(out.join('\n')), printed };
}

/** Placeholders to words. A `<` that a here-document or a substitution owns, and a pair followed by a path, stay: `sh <a >b` is a redirect. */
export function maskPlaceholders(text: string): string {
  if (!text.includes('<')) return text;
  return text.replace(PLACEHOLDER, (whole: string, inner: string, at: number) => {
    const before = text[at - 1] ?? ' ';
    const after = text[at + whole.length] ?? ' ';
    if (before === '<' || before === '(' || after === '(' || after === '>' || after === '&' || /\s$/.test(inner) || /^\d$/.test(before)) return whole;
    return OPEN + inner.replaceAll(' ', BLANK).replaceAll('|', '\ue005') + CLOSE;
  });
}
