/**
 * A tokenizer for languages without a grammar here: it knows comments, strings, interpolation and names, no more. That is enough to see which API is called with which
 * constant. One pass, linear, no recursion; text it cannot make sense of becomes single-character tokens.
 */
import type { Hole } from '../../model.ts';
import type { Syntax } from './syntax.ts';

export interface Token {
  readonly kind: 'word' | 'string' | 'shell' | 'number' | 'op' | 'comment' | 'end';
  /** Source spelling; for strings the decoded text with holes shown as nothing. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Strings and shell literals: text and holes. */
  readonly parts?: readonly (string | Hole)[];
  /** Where the content begins, when the content stands there literally. */
  readonly inner?: number;
  /** Lines further down that belong to this token (a heredoc). */
  readonly skip?: readonly [from: number, to: number];
}

const SIMPLE: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0', b: '\b', f: '\f', v: '\v', a: '\x07', e: '\x1b' };
const WORD = /[\p{L}_$@%&][\p{L}\p{N}_!?]{0,200}/uy;
const PLAIN_WORD = /[\p{L}_][\p{L}\p{N}_]{0,200}/uy;
const NUMBER = /\d[\w.]{0,80}/y;
const OPERATORS = [
  '<=>',
  '**=',
  '...',
  '->',
  '::',
  '=>',
  '==',
  '!=',
  '<=',
  '>=',
  '+=',
  '.=',
  '&&',
  '||',
  '?.',
  '..',
  '|>',
  '<-',
  ':=',
  '<<',
  '>>',
  '++',
  '=~',
  '!~',
  '//',
];
const INTERPOLATED = /[A-Za-z_]\w{0,80}(?:(?:->|\.|::)?[[{(][^\]\n})]{0,80}[\]})]|\.\w{1,60})?/y;

/** Decodes one escape at `at` (a backslash). */
function escapeAt(source: string, at: number): { readonly text: string; readonly length: number } {
  const next = source[at + 1] ?? '';
  if (next === 'x') {
    const digits = /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{1,2}))/.exec(source.slice(at + 2, at + 12));
    if (digits !== null) return { text: code(Number.parseInt(digits[1] ?? digits[2]!, 16)), length: 2 + digits[0].length };
  }
  if (next === 'u' || next === 'U') {
    const digits = /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{4}))/.exec(source.slice(at + 2, at + 12));
    if (digits !== null) return { text: code(Number.parseInt(digits[1] ?? digits[2]!, 16)), length: 2 + digits[0].length };
  }
  const octal = /^[0-3]?[0-7]{2}/.exec(source.slice(at + 1, at + 4));
  if (octal !== null) return { text: code(Number.parseInt(octal[0], 8)), length: 1 + octal[0].length };
  if (next === '\n') return { text: '', length: 2 };
  return { text: SIMPLE[next] ?? next, length: 2 };
}
const code = (value: number): string => (value <= 0x10ffff ? String.fromCodePoint(value) : '');

interface Body {
  readonly parts: (string | Hole)[];
  readonly end: number;
  readonly literal: boolean;
}

/** Reads the content of a string from `from` to its closing mark. `open` nests for bracket quotes. */
export function body(
  source: string,
  from: number,
  close: string,
  options: {
    readonly escapes: boolean;
    readonly interpolate: Syntax['interpolation'];
    readonly multi: boolean;
    readonly open?: string;
    readonly doubled?: boolean;
  },
): Body {
  const parts: (string | Hole)[] = [];
  let text = '';
  let literal = true;
  let depth = 0;
  let at = from;
  const hole = (name: string, env?: string): void => {
    if (text !== '') parts.push(text);
    text = '';
    literal = false;
    parts.push(env === undefined ? { name } : { env, name });
  };
  while (at < source.length) {
    const char = source[at]!;
    if (source.startsWith(close, at) && depth === 0) {
      if (options.doubled && source.startsWith(close, at + close.length)) {
        text += close;
        literal = false;
        at += 2 * close.length;
        continue;
      }
      break;
    }
    if (!options.multi && char === '\n') break;
    if (options.open !== undefined && char === options.open) depth++;
    else if (options.open !== undefined && char === close && depth > 0) depth--;
    if (char === '\\' && options.interpolate === 'swift' && source[at + 1] === '(') {
      const end = closing(source, at + 1, '(', ')');
      hole(
        source
          .slice(at + 2, end)
          .trim()
          .slice(0, 80),
      );
      at = end + 1;
    } else if (char === '\\' && options.escapes) {
      const decoded = escapeAt(source, at);
      text += decoded.text;
      literal = false;
      at += decoded.length;
    } else if (options.interpolate === 'hash' && char === '#' && source[at + 1] === '{') {
      const end = closing(source, at + 1, '{', '}');
      const inner = source.slice(at + 2, end).trim();
      const env = /^ENV(?:\.fetch\(|\[)["'](\w{1,80})["']/.exec(inner)?.[1];
      hole(inner.slice(0, 80), env);
      at = end + 1;
    } else if (options.interpolate === 'brace' && char === '{') {
      if (source[at + 1] === '{') {
        text += '{';
        literal = false;
        at += 2;
      } else {
        const end = closing(source, at, '{', '}');
        hole(
          source
            .slice(at + 1, end)
            .trim()
            .slice(0, 80),
        );
        at = end + 1;
      }
    } else if (
      (options.interpolate === 'dollar' || options.interpolate === 'perl') &&
      (char === '$' || (char === '@' && options.interpolate === 'perl')) &&
      source[at + 1] === '{'
    ) {
      const end = closing(source, at + 1, '{', '}');
      hole(
        source
          .slice(at + 2, end)
          .trim()
          .slice(0, 80),
      );
      at = end + 1;
    } else if ((options.interpolate === 'dollar' && char === '$') || (options.interpolate === 'perl' && (char === '$' || char === '@'))) {
      INTERPOLATED.lastIndex = at + 1;
      const name = INTERPOLATED.exec(source)?.[0];
      if (name === undefined) {
        text += char;
        at++;
      } else {
        const env = /^ENV\{["']?(\w{1,80})["']?\}/.exec(name)?.[1];
        const bare = options.interpolate === 'perl' ? (/^\w+/.exec(name)![0] ?? name) : name;
        const used = options.interpolate === 'perl' && !/^\w{1,80}(?:->)?[[{]/.test(name) ? bare : name;
        hole(`${options.interpolate === 'perl' ? char : ''}${used}`, env);
        at += 1 + used.length;
      }
    } else {
      text += char;
      at++;
    }
  }
  if (text !== '' || parts.length === 0) parts.push(text);
  return { parts, end: Math.min(source.length, at), literal };
}

/** A heredoc whose mark stands at `at`: its body begins on the next line and is passed over when the tokenizer gets there. */
export function heredoc(source: string, at: number, mark: RegExp, interpolate: Syntax['interpolation']): Token | undefined {
  const match = mark.exec(source.slice(at, at + 120));
  const line = match === null ? -1 : source.indexOf('\n', at);
  if (match === null || line < 0) return undefined;
  const raw = match[2] !== undefined;
  const name = match[1] ?? match[2] ?? match[3]!;
  const from = line + 1;
  let end = from;
  while (end < source.length) {
    let next = source.indexOf('\n', end);
    if (next < 0) next = source.length;
    if (
      source
        .slice(end, Math.min(next, end + 200))
        .trim()
        .replace(/[;,)]{1,3}$/, '') === name
    )
      break;
    end = next + 1;
  }
  end = Math.min(end, source.length);
  const text = source.slice(from, end);
  const parts = raw ? [text] : body(text, 0, '\0', { escapes: true, interpolate, multi: true }).parts;
  return {
    kind: 'string',
    text: parts.map((part) => (typeof part === 'string' ? part : '')).join(''),
    start: at,
    end: at + match[0].length,
    parts,
    skip: [from, end],
  };
}

/** The bracket that closes the one at `at`, within 2,000 characters of it. */
function closing(source: string, at: number, open: string, close: string): number {
  let depth = 0;
  const limit = Math.min(source.length, at + 2_000);
  for (let index = at; index < limit; index++) {
    if (source[index] === open) depth++;
    else if (source[index] === close && --depth === 0) return index;
  }
  return limit;
}

/** Tokens of a text. `step` is called once for each. */
export function tokenize(source: string, syntax: Syntax, step: () => void): Token[] {
  const out: Token[] = [];
  let at = 0;
  let previous: Token | undefined;
  let jump: readonly [from: number, to: number] | undefined;
  const push = (token: Token): void => {
    step();
    out.push(token);
    if (token.kind !== 'comment') previous = token;
    if (token.skip !== undefined) jump = token.skip;
    at = Math.max(at + 1, token.end);
  };
  /** After a value a slash divides; elsewhere it opens a pattern. */
  const afterValue = (): boolean =>
    previous !== undefined &&
    (previous.kind === 'word'
      ? !/^(?:return|and|or|not|if|unless|while|split|grep|when|in|puts|print)$/.test(previous.text)
      : previous.kind === 'number' || previous.kind === 'string' || previous.text === ')' || previous.text === ']' || previous.text === '}');
  scan: while (at < source.length) {
    const char = source[at]!;
    if (jump !== undefined && at >= jump[0] - 1) {
      at = Math.max(at + 1, jump[1]);
      jump = undefined;
      continue;
    }
    if (char === '\n') {
      if (syntax.lines) push({ kind: 'end', text: '\n', start: at, end: at + 1 });
      else at++;
      continue;
    }
    if (char <= ' ') {
      at++;
      continue;
    }
    for (const mark of syntax.line) {
      if (!source.startsWith(mark, at)) continue;
      if (/^[A-Za-z]/.test(mark) && (/\w/.test(source[at + mark.length] ?? '') || /\w/.test(source[at - 1] ?? ''))) continue;
      // `#` is also the length operator, a selector, or part of a variable in some of these languages.
      if (mark === '#' && syntax.interpolation === 'perl' && source[at - 1] === '$') continue;
      let end = source.indexOf('\n', at);
      if (end < 0) end = source.length;
      push({ kind: 'comment', text: source.slice(at + mark.length, end), start: at + mark.length, end });
      continue scan;
    }
    for (const [open, close] of syntax.block) {
      if (!source.startsWith(open, at)) continue;
      if (open.startsWith('=') && at > 0 && source[at - 1] !== '\n') continue;
      const found = source.indexOf(close, at + open.length);
      const end = found < 0 ? source.length : found;
      push({ kind: 'comment', text: source.slice(at + open.length, end), start: at + open.length, end });
      at = Math.min(source.length, end + close.length);
      continue scan;
    }
    for (const quote of syntax.strings) {
      if (!source.startsWith(quote.open, at)) continue;
      if (quote.open.length > 1 && /\w/.test(quote.open[0]!) && /[\w$@]/.test(source[at - 1] ?? '')) continue;
      const read = body(source, at + quote.open.length, quote.close, {
        escapes: quote.escapes,
        interpolate: quote.interpolate ? syntax.interpolation : undefined,
        multi: quote.multi,
        ...(quote.doubled ? { doubled: true } : {}),
      });
      // A lone apostrophe (a lifetime, a transposition) is no string.
      if (quote.char && read.end - at > 12) continue;
      push({
        kind: quote.shell ? 'shell' : 'string',
        text: read.parts.map((part) => (typeof part === 'string' ? part : '')).join(''),
        start: at,
        end: Math.min(source.length, read.end + quote.close.length),
        parts: read.parts,
        ...(read.literal ? { inner: at + quote.open.length } : {}),
      });
      continue scan;
    }
    const special = syntax.special?.(source, at, afterValue());
    if (special !== undefined) {
      push(special);
      continue;
    }
    if (char === '/' && syntax.patterns && !afterValue()) {
      let end = at + 1;
      while (end < source.length && source[end] !== '/' && source[end] !== '\n') end += source[end] === '\\' ? 2 : 1;
      if (source[end] === '/') {
        push({ kind: 'op', text: '/…/', start: at, end: end + 1 });
        continue;
      }
    }
    const words = syntax.sigils ? WORD : PLAIN_WORD;
    words.lastIndex = at;
    const word = words.exec(source)?.[0];
    if (word !== undefined && (word.length > 1 || /[\p{L}_]/u.test(word))) {
      push({ kind: 'word', text: word, start: at, end: at + word.length });
      continue;
    }
    NUMBER.lastIndex = at;
    const number = NUMBER.exec(source)?.[0];
    if (number !== undefined) {
      push({ kind: 'number', text: number, start: at, end: at + number.length });
      continue;
    }
    const op = OPERATORS.find((candidate) => source.startsWith(candidate, at)) ?? char;
    push({ kind: 'op', text: op, start: at, end: at + op.length });
  }
  return out;
}
