/** String, bytes and number literals of Python: prefixes, quotes, escapes. Tolerates what the interpreter would reject. Spec: Python reference, 2.4. */
import type { Abs } from './abstract.ts';
import { bytesAbs, numAbs, textAbs } from './abstract.ts';

const NAMED: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
};

/** Resolves backslash escapes. Bytes take no `\u`, `\U`, `\N`. */
export function unescapePython(text: string, bytes: boolean): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|N\{[^}\n]{1,80}\}|(\r?\n)|([\s\S]))/g,
    (whole: string, ...groups: (string | undefined)[]) => {
      const [x, u, long, octal, line, plain] = groups;
      if (x !== undefined) return String.fromCharCode(Number.parseInt(x, 16));
      if (bytes && (u ?? long) !== undefined) return whole;
      if (u !== undefined) return String.fromCharCode(Number.parseInt(u, 16));
      if (long !== undefined) {
        const code = Number.parseInt(long, 16);
        return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
      }
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0x1ff);
      if (line !== undefined) return '';
      if (plain === undefined) return '\ufffd';
      return NAMED[plain] ?? whole;
    },
  );
}

export interface Prefix {
  readonly raw: boolean;
  readonly bytes: boolean;
  readonly format: boolean;
}
/** `rb'''` and friends. */
export function prefixOf(start: string): Prefix {
  const letters = start.replace(/['"]{1,3}$/, '').toLowerCase();
  return { raw: letters.includes('r'), bytes: letters.includes('b'), format: letters.includes('f') || letters.includes('t') };
}

const latin1 = (text: string): Uint8Array => {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i) & 0xff;
  return out;
};

/** A piece of a literal between quotes and interpolations. */
export function literalPiece(text: string, prefix: Prefix): string {
  const cooked = prefix.raw ? text : unescapePython(text, prefix.bytes);
  return prefix.format ? cooked.replaceAll('{{', '{').replaceAll('}}', '}') : cooked;
}

export const stringAbs = (text: string, prefix: Prefix, span: { start: number; end: number } | undefined): Abs =>
  prefix.bytes ? { ...bytesAbs(latin1(text)), ...(span ? { span } : {}) } : textAbs(text, span ? { span } : {});

/** `0x1f`, `1_000`, `0b1`, `1e3`. Undefined for imaginary or huge numbers. */
export function numberAbs(text: string): Abs | undefined {
  const plain = text.replaceAll('_', '').toLowerCase();
  const number = /^0\d/.test(plain) && /^[0-7]+$/.test(plain) ? Number.parseInt(plain, 8) : Number(plain.replace(/l$/, ''));
  return Number.isFinite(number) && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? numAbs(number) : undefined;
}
