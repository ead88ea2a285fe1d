/**
 * Number-base decoders: base64, base32, the base85 family and hex. They accept what the common tools accept (line breaks, missing padding, the URL alphabet,
 * `\x` and `0x` prefixes) and refuse everything else, so that prose is not "decoded" into noise. Work is linear in the input; output is never longer than
 * the input. Spec: RFC 4648, PDF Ascii85, CPython b85, ZeroMQ Z85.
 */

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const B85 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~';
const Z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

const isBlank = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);

/** Packs symbols of `bits` bits each. Undefined when a character is outside the alphabet or padding is followed by data. */
function unpackBits(text: string, digitOf: (code: number) => number, bits: number): Uint8Array | undefined {
  const out = new Uint8Array(Math.floor((text.length * bits) / 8));
  let length = 0;
  let buffer = 0;
  let held = 0;
  let padded = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isBlank(code)) continue;
    if (code === 61) {
      padded = true;
      continue;
    }
    const digit = digitOf(code);
    if (digit < 0 || padded) return undefined;
    buffer = ((buffer << bits) | digit) & 0xfffff;
    held += bits;
    if (held >= 8) {
      held -= 8;
      out[length++] = (buffer >> held) & 0xff;
    }
  }
  return length === 0 ? undefined : out.subarray(0, length);
}

function tableOf(alphabet: string, aliases: Readonly<Record<string, string>> = {}): (code: number) => number {
  const table = new Int16Array(128).fill(-1);
  for (let i = 0; i < alphabet.length; i++) table[alphabet.charCodeAt(i)] = i;
  for (const [alias, real] of Object.entries(aliases)) table[alias.charCodeAt(0)] = alphabet.indexOf(real);
  return (code) => (code < 128 ? table[code]! : -1);
}
const digit64 = tableOf(BASE64, { '-': '+', _: '/' });
const lower = Object.fromEntries([...'abcdefghijklmnopqrstuvwxyz'].map((letter) => [letter, letter.toUpperCase()]));
const digit32 = tableOf(BASE32, lower);

/** Standard and URL alphabet, white space and missing padding tolerated. */
export const base64 = (text: string): Uint8Array | undefined => unpackBits(text, digit64, 6);

/** RFC 4648 base32, either case. */
export const base32 = (text: string): Uint8Array | undefined => unpackBits(text, digit32, 5);

function base85Of(text: string, digitOf: (code: number) => number, zero: boolean): Uint8Array | undefined {
  const out = new Uint8Array(zero ? text.length * 4 : Math.ceil((text.length * 4) / 5));
  let length = 0;
  let group: number[] = [];
  const flush = (count: number): boolean => {
    let value = 0;
    for (const digit of group) value = value * 85 + digit;
    if (value > 0xffffffff) return false;
    for (let i = 0; i < count; i++) out[length++] = Math.floor(value / 2 ** (24 - 8 * i)) & 0xff;
    group = [];
    return true;
  };
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isBlank(code)) continue;
    if (zero && code === 122 && group.length === 0) {
      length += 4;
      continue;
    }
    const digit = digitOf(code);
    if (digit < 0) return undefined;
    group.push(digit);
    if (group.length === 5 && !flush(4)) return undefined;
  }
  if (group.length === 1) return undefined;
  if (group.length > 1) {
    const count = group.length - 1;
    while (group.length < 5) group.push(84);
    if (!flush(count)) return undefined;
  }
  return length === 0 ? undefined : out.subarray(0, length);
}

/** Adobe Ascii85, with or without `<~ ~>`; `z` stands for four zero bytes. */
export function ascii85(text: string): Uint8Array | undefined {
  let body = text.trim();
  if (body.startsWith('<~')) body = body.slice(2);
  if (body.endsWith('~>')) body = body.slice(0, -2);
  return base85Of(body, (code) => (code >= 33 && code <= 117 ? code - 33 : -1), true);
}
const digitB85 = tableOf(B85);
const digitZ85 = tableOf(Z85);
/** The alphabet of Python's `base64.b85decode` and of git. */
export const b85 = (text: string): Uint8Array | undefined => base85Of(text, digitB85, false);
/** ZeroMQ's Z85. */
export const z85 = (text: string): Uint8Array | undefined => base85Of(text, digitZ85, false);

/** Hex digits in pairs; `\x41`, `0x41`, `%`-free separators (blank, comma, colon, semicolon) and quotes around bytes are skipped. */
export function hex(text: string): Uint8Array | undefined {
  const out = new Uint8Array(text.length >> 1);
  let length = 0;
  let high = -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isBlank(code) || code === 44 || code === 58 || code === 59 || code === 34 || code === 39) {
      if (high >= 0) return undefined;
      continue;
    }
    const next = text.charCodeAt(i + 1) | 32;
    if ((code === 92 || code === 48) && next === 120 && high < 0) {
      i++;
      continue;
    }
    const digit = code >= 48 && code <= 57 ? code - 48 : (code | 32) >= 97 && (code | 32) <= 102 ? (code | 32) - 87 : -1;
    if (digit < 0) return undefined;
    if (high < 0) high = digit;
    else {
      out[length++] = high * 16 + digit;
      high = -1;
    }
  }
  return length === 0 || high >= 0 ? undefined : out.subarray(0, length);
}
