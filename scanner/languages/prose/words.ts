/**
 * Cuts the reader's view of a block into tokens, once: words (lower case, accents off), things (things.ts), single marks. Also finds what stands in quotation marks or in
 * backticks as natural language. Linear; every loop is bounded by the text or by a fixed length. An opening quotation mark without its partner hides nothing.
 */
import { codeOf, type Thing, thingOf } from './things.ts';

export interface Token {
  readonly kind: 'word' | 'mark' | 'thing' | 'char';
  /** Normalised: lower case without accents. Marks are themselves. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly thing?: Thing;
  /** Index of the innermost quotation it stands in, -1 outside. */
  quote: number;
}
export interface Quote {
  readonly open: number;
  readonly close: number;
  readonly words: number;
}
export interface Words {
  readonly tokens: readonly Token[];
  /** Token indexes of the quotation marks. */
  readonly quotes: readonly Quote[];
}

const pairs: Readonly<Record<string, string>> = {
  '“': '”',
  '„': '“',
  '«': '»',
  '»': '«',
  '「': '」',
  '『': '』',
  '‹': '›',
  '‘': '’',
  '《': '》',
  '"': '"',
  "'": "'",
  '`': '`',
  '‚': '‘',
  '【': '】',
};
const closers: ReadonlySet<string> = new Set(Object.values(pairs));
const longestQuote = 160;
/** Punctuation that stands before or after a thing without belonging to it. */
const before: ReadonlySet<string> = new Set('([{<*_"\'“”‘’«»„「『`!¡¿,;:|');
const after: ReadonlySet<string> = new Set(')]}>*_"\'“”‘’«»」』`!?,;:.…|。、，');
const countStart = (chunk: string): number => {
  let count = 0;
  while (count < chunk.length && before.has(chunk[count]!)) count++;
  return count;
};
const countEnd = (chunk: string): number => {
  let count = 0;
  while (count < chunk.length && after.has(chunk[chunk.length - 1 - count]!)) count++;
  return count;
};

const isSpace = (code: number): boolean =>
  code === 32 ||
  (code >= 9 && code <= 13) ||
  code === 0xa0 ||
  code === 0x3000 ||
  (code >= 0x2000 && code <= 0x200a) ||
  code === 0x2028 ||
  code === 0x2029;
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
/** Scripts written without spaces: kana, han, and Hangul, whose particles glue to words. */
export const isCharacter = (code: number): boolean =>
  (code >= 0x3040 && code <= 0x30ff) ||
  (code >= 0x3400 && code <= 0x9fff) ||
  (code >= 0xac00 && code <= 0xd7a3) ||
  (code >= 0xf900 && code <= 0xfaff);
const isLetter = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  isDigit(code) ||
  code === 95 ||
  (code >= 0xc0 && code < 0x2000 && code !== 0xd7 && code !== 0xf7) ||
  (code >= 0x2c00 && code < 0x2e00) ||
  (code >= 0xa640 && code < 0xac00) ||
  (code >= 0xfb00 && code < 0xfe00 && code > 0xfaff);

/** Lower case, accents off, typographic apostrophe straight. ASCII takes the short way. */
export function normal(word: string): string {
  let plain = true;
  for (let i = 0; i < word.length; i++) {
    if (word.charCodeAt(i) > 127) {
      plain = false;
      break;
    }
  }
  if (plain) return word.toLowerCase();
  return word
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[’ʼ‘]/g, "'")
    .normalize('NFC');
}

const abbreviations: ReadonlySet<string> = new Set([
  'e.g.',
  'i.e.',
  'etc.',
  'z.b.',
  'p.ej.',
  'vs.',
  'approx.',
  'incl.',
  'no.',
  'mr.',
  'dr.',
  'd.h.',
  'ex.',
  'eg.',
  'ie.',
  'bzw.',
]);

/** Tokens of `text[from, to)`. */
export function wordsOf(text: string): Words {
  const tokens: Token[] = [];
  const n = text.length;
  const push = (kind: Token['kind'], value: string, start: number, end: number, thing?: Thing) =>
    tokens.push(thing === undefined ? { kind, text: value, start, end, quote: -1 } : { kind, text: value, start, end, quote: -1, thing });
  let at = 0;
  let chunkEnd = 0;
  let closing = -1;
  while (at < n) {
    const code = text.charCodeAt(at);
    if (isSpace(code)) {
      at++;
      continue;
    }
    if (code === 96) {
      // The mark that closes one piece of code opens no other: what stands between two pieces is a sentence.
      const close = at === closing ? -1 : text.indexOf('`', at + 1);
      // Bounded, so that many lone backticks cost nothing.
      if (close > at + 1 && close - at < 2_000) {
        const inner = text.slice(at + 1, close);
        const thing = codeOf(inner);
        const spaces = inner.trim().includes(' ');
        if (thing !== undefined || !spaces) {
          push('thing', normal(inner.trim()), at, close + 1, thing ?? { class: undefined });
          at = close + 1;
          chunkEnd = at;
          continue;
        }
      }
      if (close > at + 1 && close - at < 2_000) closing = close;
      push('mark', '`', at, at + 1);
      at++;
      continue;
    }
    if (isCharacter(code)) {
      push('char', text[at]!, at, at + 1);
      at++;
      continue;
    }
    if (at >= chunkEnd) {
      // A new run of characters without spaces: is it one thing as a whole?
      let end = at;
      while (end < n && end - at < 4_096 && !isSpace(text.charCodeAt(end)) && text.charCodeAt(end) !== 96 && !isCharacter(text.charCodeAt(end)))
        end++;
      const chunk = text.slice(at, end);
      chunkEnd = end;
      const lead = chunk.length > 1 ? countStart(chunk) : 0;
      if (lead === 0 || lead === chunk.length) {
        const lower = chunk.toLowerCase();
        if (abbreviations.has(lower.replace(/^[([]+/, '').replace(/,$/, ''))) {
          push('word', lower.replace(/,$/, ''), at, end);
          at = end;
          continue;
        }
        const tail = countEnd(chunk);
        const core = chunk.slice(0, chunk.length - tail);
        const thing = core.length > 1 && mayBeThing(core) ? thingOf(core) : undefined;
        if (thing !== undefined) {
          push('thing', normal(core), at, at + core.length, thing);
          at += core.length;
          continue;
        }
      } else chunkEnd = at + lead;
    }
    if (isLetter(code)) {
      let end = at + 1;
      while (end < n && end - at < 256) {
        const c = text.charCodeAt(end);
        if (isLetter(c) || (c >= 0x300 && c <= 0x36f)) end++;
        else if ((c === 39 || c === 0x2019 || c === 45 || c === 43) && end + 1 < n && isLetter(text.charCodeAt(end + 1))) end += 2;
        else if (c === 46 && end + 1 < n && isLetter(text.charCodeAt(end + 1)) && !isUpperCode(text.charCodeAt(end + 1))) end += 2;
        else break;
      }
      push('word', normal(text.slice(at, end)), at, end);
      at = end;
      continue;
    }
    const wide = code >= 0xd800 && code <= 0xdbff && at + 1 < n ? 2 : 1;
    if (!(code >= 0x300 && code <= 0x36f) && code !== 0xfe0f && code !== 0x200d) push('mark', text.slice(at, at + wide), at, at + wide);
    at += wide;
  }
  return { tokens, quotes: quotesOf(tokens, text) };
}

const isUpperCode = (code: number): boolean => code >= 65 && code <= 90;

/** Cheap test before the shape tests: plain words never get there. */
function mayBeThing(core: string): boolean {
  if (core.length >= 24) return true;
  for (let i = 0; i < core.length; i++) {
    const c = core.charCodeAt(i);
    if (c === 46 || c === 47 || c === 64 || c === 92 || c === 95 || c === 36 || c === 126) return true;
  }
  return core.length > 6 && /^(?:-{1,2})?[a-zA-Z-]+$/.test(core) && (/[a-z][A-Z]/.test(core) || core.startsWith('-'));
}

function quotesOf(tokens: Token[], text: string): Quote[] {
  const quotes: Quote[] = [];
  let open = -1;
  let want = '';
  let words = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (open >= 0 && i - open > longestQuote) {
      // Too long to be a quotation: a lone mark. Go on after it.
      i = open;
      open = -1;
      tokens[i] = { ...tokens[i]!, text: '·' };
      continue;
    }
    if (token.kind !== 'mark') {
      if (open >= 0) words++;
      continue;
    }
    if (open >= 0) {
      if (token.text === want || (want === '“' && token.text === '”') || (want === '”' && token.text === '"')) {
        const index = quotes.length;
        quotes.push({ open, close: i, words });
        for (let j = open + 1; j < i; j++) tokens[j]!.quote = index;
        open = -1;
      }
      continue;
    }
    const partner = pairs[token.text];
    if (partner === undefined) continue;
    if (
      closers.has(token.text) &&
      token.text !== '"' &&
      token.text !== "'" &&
      token.text !== '`' &&
      token.text !== '“' &&
      token.text !== '»' &&
      token.text !== '‘'
    )
      continue;
    // A straight apostrophe opens only after a space and before a letter.
    if ((token.text === "'" || token.text === '"' || token.text === '‘') && token.start > 0 && !/[\s([{<:=,/—–|*-]/.test(text[token.start - 1]!))
      continue;
    if (token.text === '»' && !tokens.slice(i + 1, i + 60).some((later) => later.text === '«')) continue;
    open = i;
    want = partner;
    words = 0;
  }
  if (open >= 0 && open < tokens.length - 1) {
    // Never closed: read the rest again without this mark.
    tokens[open] = { ...tokens[open]!, text: '·' };
    const rest = tokens.slice(open + 1);
    const lost = rest.filter((token) => token.kind === 'mark' && pairs[token.text] !== undefined).length;
    if (lost > 1 && lost < 64) {
      const base = quotes.length;
      for (const quote of quotesOf(rest, text)) {
        quotes.push({ open: quote.open + open + 1, close: quote.close + open + 1, words: quote.words });
      }
      for (const token of rest) if (token.quote >= 0) token.quote += base;
    }
  }
  return quotes;
}
