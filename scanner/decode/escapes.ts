/**
 * Text escapes: URL percent, quoted-printable, HTML entities, backslash escapes (`\x`, `\u`, octal), rotN, and lists of character codes. Malformed escapes stay as
 * they stand, as browsers and shells leave them. Linear in the input.
 */

const utf8 = new TextEncoder();

const hexPair = (text: string, at: number): number => {
  const pair = text.slice(at, at + 2);
  return /^[0-9a-fA-F]{2}$/.test(pair) ? Number.parseInt(pair, 16) : -1;
};

/** Replaces `mark` + two hex digits by that byte; all else is UTF-8. */
function bytesBehind(text: string, mark: string, soft?: string): Uint8Array {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
    if (at < from) continue;
    const byte = hexPair(text, at + 1);
    const isSoft = soft !== undefined && (text.startsWith('\n', at + 1) || text.startsWith('\r\n', at + 1));
    if (byte < 0 && !isSoft) continue;
    if (at > from) pieces.push(utf8.encode(text.slice(from, at)));
    if (isSoft) from = text.indexOf('\n', at) + 1;
    else {
      pieces.push(Uint8Array.of(byte));
      from = at + 3;
    }
  }
  pieces.push(utf8.encode(text.slice(from)));
  return Buffer.concat(pieces);
}

export const percent = (text: string): Uint8Array => bytesBehind(text, '%');
export const quotedPrintable = (text: string): Uint8Array => bytesBehind(text, '=', 'soft');

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  sol: '/',
  colon: ':',
  period: '.',
  comma: ',',
  lpar: '(',
  rpar: ')',
  num: '#',
  dollar: '$',
  grave: '`',
  bsol: '\\',
  vert: '|',
  semi: ';',
  equals: '=',
  plus: '+',
  ast: '*',
  excl: '!',
  quest: '?',
  commat: '@',
  lowbar: '_',
  lbrack: '[',
  rbrack: ']',
  lcub: '{',
  rcub: '}',
  Tab: '\t',
  NewLine: '\n',
};

const codePoint = (value: number): string | undefined =>
  value > 0 && value <= 0x10ffff && !(value >= 0xd800 && value <= 0xdfff) ? String.fromCodePoint(value) : undefined;

/** Numeric references and the named ones that matter in code. */
export function htmlEntities(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([A-Za-z]{2,10}));?/g,
    (whole: string, hex?: string, decimal?: string, name?: string) => {
      if (hex !== undefined) return codePoint(Number.parseInt(hex, 16)) ?? whole;
      if (decimal !== undefined) return codePoint(Number.parseInt(decimal, 10)) ?? whole;
      return (Object.hasOwn(ENTITIES, name!) ? ENTITIES[name!] : undefined) ?? whole;
    },
  );
}

const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  f: '\f',
  b: '\b',
  a: '\x07',
  e: '\x1b',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '?': '?',
};

/** Backslash escapes as C, Python, JavaScript and `printf` write them, to text. */
export function unescapeText(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{1,2})|u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|0?([0-7]{1,3})|([\s\S]))/g,
    (whole: string, ...groups: (string | undefined)[]) => {
      const [x, braced, u, long, octal, plain] = groups;
      if (plain !== undefined) return SIMPLE[plain] ?? whole;
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
      if (u !== undefined) return String.fromCharCode(Number.parseInt(u, 16));
      return codePoint(Number.parseInt(x ?? braced ?? long ?? '0', 16)) ?? whole;
    },
  );
}

/** Rotates ASCII letters by `by`; `rot13` is 13, and `rot47` goes over all printable ASCII. */
export function rotate(text: string, by: number): string {
  let out = '';
  const shift = ((by % 26) + 26) % 26;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const base = code >= 65 && code <= 90 ? 65 : code >= 97 && code <= 122 ? 97 : -1;
    out += base < 0 ? text[i] : String.fromCharCode(((code - base + shift) % 26) + base);
  }
  return out;
}
export function rot47(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    out += code >= 33 && code <= 126 ? String.fromCharCode(33 + ((code - 33 + 47) % 94)) : text[i];
  }
  return out;
}

/** `99, 117, 114` or `[0x63 0x75]` to bytes; code units above 255 become UTF-8. Undefined when anything else than numbers stands there. */
export function charCodes(text: string | readonly number[]): Uint8Array | undefined {
  const numbers: number[] = [];
  if (typeof text === 'string') {
    for (const word of text.split(/[\s,;[\](){}]/)) {
      if (word === '') continue;
      if (!/^(?:0x[0-9a-fA-F]{1,6}|[0-9]{1,7})$/.test(word)) return undefined;
      numbers.push(Number(word));
    }
  } else numbers.push(...text.slice(0, 1_000_000));
  if (numbers.length === 0 || numbers.some((value) => !Number.isInteger(value) || value < 0 || value > 0x10ffff)) return undefined;
  if (numbers.every((value) => value < 256)) return Uint8Array.from(numbers);
  return utf8.encode(numbers.map((value) => codePoint(value) ?? '\ufffd').join(''));
}
