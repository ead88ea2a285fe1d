/**
 * A small tolerant tokenizer for HTML, SVG and XML: tags with attributes, text, comments, raw-text elements. It follows the tokenisation of the HTML standard
 * (13.2.5) where a scanner cares: what is inside `<script>` and `<style>` is raw, attribute values may be unquoted, anything unclosed runs to the end.
 * Never throws, never looks back: one pass over the text.
 */

export interface Attribute {
  readonly name: string;
  /** Entities decoded. */
  readonly value: string;
  /** Where the raw value stands. */
  readonly start: number;
  readonly end: number;
}

export type Token =
  | {
      readonly kind: 'open';
      readonly name: string;
      readonly attributes: readonly Attribute[];
      readonly closed: boolean;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: 'close'; readonly name: string; readonly start: number; readonly end: number }
  | { readonly kind: 'text'; readonly start: number; readonly end: number }
  /** Body of script, style, textarea, title, noscript-less raw elements; `of` is the element. */
  | { readonly kind: 'raw'; readonly of: string; readonly start: number; readonly end: number }
  | { readonly kind: 'comment'; readonly start: number; readonly end: number; readonly from: number; readonly to: number }
  | { readonly kind: 'declaration'; readonly start: number; readonly end: number };

const rawElements = new Set(['script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noembed', 'noframes', 'plaintext']);
const nameChar = /[A-Za-z0-9:_.-]/;

/** Tokens of `text[from, to)`. */
export function* tokens(text: string, from = 0, to = text.length): Generator<Token> {
  let at = from;
  let plain = from;
  while (at < to) {
    const open = text.indexOf('<', at);
    if (open < 0 || open >= to) break;
    const next = text[open + 1] ?? '';
    if (next === '!' || next === '?') {
      if (plain < open) yield { kind: 'text', start: plain, end: open };
      const comment = text.startsWith('<!--', open);
      const cdata = text.startsWith('<![CDATA[', open);
      const mark = comment ? '-->' : cdata ? ']]>' : '>';
      const found = text.indexOf(mark, open + (comment ? 2 : 2));
      const end = found < 0 ? to : Math.min(to, found + mark.length);
      if (comment)
        yield { kind: 'comment', start: open, end, from: Math.min(open + 4, end), to: Math.max(Math.min(open + 4, end), found < 0 ? end : end - 3) };
      else if (cdata) yield { kind: 'text', start: open + 9, end: found < 0 ? end : end - 3 };
      else yield { kind: 'declaration', start: open, end };
      at = end;
      plain = at;
      continue;
    }
    const closing = next === '/';
    const nameAt = open + (closing ? 2 : 1);
    if (!/[A-Za-z]/.test(text[nameAt] ?? '')) {
      at = open + 1;
      continue;
    }
    if (plain < open) yield { kind: 'text', start: plain, end: open };
    let nameEnd = nameAt;
    while (nameEnd < to && nameChar.test(text[nameEnd]!)) nameEnd++;
    const name = text.slice(nameAt, nameEnd).toLowerCase();
    if (closing) {
      const found = text.indexOf('>', nameEnd);
      at = found < 0 || found >= to ? to : found + 1;
      plain = at;
      yield { kind: 'close', name, start: open, end: at };
      continue;
    }
    const tag = attributesOf(text, nameEnd, to);
    at = tag.end;
    plain = at;
    yield { kind: 'open', name, attributes: tag.attributes, closed: tag.closed, start: open, end: at };
    if (rawElements.has(name) && !tag.closed) {
      const end = closeOf(text, name, at, to);
      if (end > at) yield { kind: 'raw', of: name, start: at, end };
      at = end;
      plain = end;
    }
  }
  if (plain < to) yield { kind: 'text', start: plain, end: to };
}

function closeOf(text: string, name: string, from: number, to: number): number {
  const found = new RegExp(`</${name}[\\s/>]`, 'gi');
  found.lastIndex = from;
  const match = found.exec(text);
  return match === null || match.index > to ? to : match.index;
}

const isSpace = (letter: string | undefined): boolean => letter === ' ' || letter === '\n' || letter === '\t' || letter === '\r' || letter === '\f';

function attributesOf(text: string, from: number, to: number): { readonly attributes: Attribute[]; readonly end: number; readonly closed: boolean } {
  const attributes: Attribute[] = [];
  let at = from;
  while (at < to) {
    while (at < to && (isSpace(text[at]) || text[at] === '/')) at++;
    if (at >= to) break;
    if (text[at] === '>') return { attributes, end: at + 1, closed: text[at - 1] === '/' };
    const nameAt = at;
    at++;
    while (at < to && !isSpace(text[at]) && text[at] !== '=' && text[at] !== '>' && text[at] !== '/') at++;
    const name = text.slice(nameAt, at).toLowerCase();
    let after = at;
    while (after < to && isSpace(text[after])) after++;
    let start = at;
    let end = at;
    if (text[after] === '=') {
      at = after + 1;
      while (at < to && isSpace(text[at])) at++;
      const quote = text[at];
      if (quote === '"' || quote === "'") {
        const close = text.indexOf(quote, at + 1);
        start = at + 1;
        end = close < 0 || close > to ? to : close;
        at = Math.min(to, end + 1);
      } else {
        start = at;
        while (at < to && !isSpace(text[at]) && text[at] !== '>') at++;
        end = at;
      }
    }
    if (attributes.length < 200) attributes.push({ name, value: decodeEntities(text.slice(start, end)), start, end });
  }
  return { attributes, end: to, closed: false };
}

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  colon: ':',
  Tab: '\t',
  NewLine: '\n',
  sol: '/',
  lpar: '(',
  rpar: ')',
  period: '.',
  num: '#',
  excl: '!',
  equals: '=',
  semi: ';',
  comma: ',',
  bsol: '\\',
  lsqb: '[',
  rsqb: ']',
  lbrace: '{',
  rbrace: '}',
  grave: '`',
  dollar: '$',
  percnt: '%',
  plus: '+',
  quest: '?',
  commat: '@',
  vert: '|',
  verbar: '|',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  copy: '©',
  zwnj: '\u200c',
  zwj: '\u200d',
  shy: '\u00ad',
};

/** Numeric references and the names that matter for code and addresses. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#[xX]([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([A-Za-z][A-Za-z0-9]{1,30}));?/g,
    (whole, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
      if (name !== undefined) return Object.hasOwn(named, name) ? named[name]! : whole;
      const code = Number.parseInt(hex ?? decimal ?? '', hex === undefined ? 10 : 16);
      return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : '\ufffd';
    },
  );
}
