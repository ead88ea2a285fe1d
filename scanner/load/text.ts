/**
 * Bytes to text: UTF-8, its BOM, UTF-16 with a BOM or by its look, and Latin-1 where bytes look like text and nothing better fits.
 *
 * It promises that whatever an interpreter or a model could read as text becomes text here, and says `certain` only where nothing had to be guessed and `damaged`
 * where bytes were lost or the encoding is not one we know: the caller then reports it, so that a foreign encoding is never silence. A few NUL bytes do not make
 * a script binary (shells drop them). Stops hiding by UTF-16, by a stray byte, by NUL padding and by binary tails after `#!`.
 */
import { isUtf8 } from 'node:buffer';
import type { File } from '../model.ts';

export interface Decoded {
  readonly text: string;
  readonly encoding: NonNullable<File['encoding']>;
  /** Text beyond doubt: a signature that also fits (`BM…`, `MZ…`, `GIF89a=`) does not count. */
  readonly certain: boolean;
  /** Some of it could not be decoded, in words. */
  readonly damaged?: string;
}

/** 0 plain, 1 NUL, 2 other control character that text does not hold, 3 beyond ASCII. */
const classes = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  if (byte === 0) classes[byte] = 1;
  else if (byte >= 0x80) classes[byte] = 3;
  else if ((byte < 0x20 && !(byte >= 8 && byte <= 13) && byte !== 0x1b) || byte === 0x7f) classes[byte] = 2;
}

function count(bytes: Uint8Array): { nul: number; control: number; high: number } {
  const tally = [0, 0, 0, 0];
  for (let index = 0; index < bytes.length; index++) tally[classes[bytes[index]!]!]!++;
  return { nul: tally[1]!, control: tally[2]!, high: tally[3]! };
}

const utf16 = (bytes: Uint8Array, encoding: 'utf-16le' | 'utf-16be'): string => new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
const utf8 = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** Share of characters that occur in text of any common script. Random 16-bit units score about 0.6. */
function plausible(text: string): number {
  let good = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (
      (unit >= 0x20 && unit < 0x7f) ||
      (unit >= 9 && unit <= 13) ||
      (unit >= 0xa0 && unit < 0x700) ||
      (unit >= 0x900 && unit < 0x1000) ||
      (unit >= 0x2000 && unit < 0x2c00) ||
      (unit >= 0x3000 && unit < 0x3130) ||
      (unit >= 0x4e00 && unit < 0xa000) ||
      (unit >= 0xac00 && unit < 0xd7a4) ||
      (unit >= 0xd800 && unit < 0xe000) ||
      unit >= 0xfe00
    )
      good++;
  }
  return text.length === 0 ? 0 : good / text.length;
}

/** UTF-16 without a BOM: every other byte is zero, or the units spell a common script and have ASCII spaces or line ends among them. */
function guessUtf16(bytes: Uint8Array): Decoded | undefined {
  if (bytes.length < 4) return undefined;
  let even = 0;
  let odd = 0;
  for (let index = 0; index + 1 < bytes.length; index += 2) {
    if (bytes[index] === 0) even++;
    if (bytes[index + 1] === 0) odd++;
  }
  const pairs = bytes.length >> 1;
  for (const encoding of odd >= even ? (['utf-16le', 'utf-16be'] as const) : (['utf-16be', 'utf-16le'] as const)) {
    const [zeros, others] = encoding === 'utf-16le' ? [odd, even] : [even, odd];
    if (zeros === 0 || others > pairs * 0.02 || (zeros < pairs * 0.4 && pairs < 16)) continue;
    const text = utf16(bytes, encoding);
    if (text.includes('\ufffd') && zeros < pairs * 0.4) continue;
    if (plausible(text) >= (zeros >= pairs * 0.4 ? 0.9 : 0.97)) return { text, encoding, certain: false };
  }
  return undefined;
}

/** With a BOM the encoding is stated; binary data that merely starts with those bytes still is not text. */
function markedUtf16(bytes: Uint8Array): Decoded | undefined {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
  if (encoding === undefined || (encoding === 'utf-16le' && bytes.length >= 4 && bytes[2] === 0 && bytes[3] === 0)) return undefined;
  const text = utf16(bytes.subarray(2), encoding);
  if (text !== '' && plausible(text) < 0.8) return undefined;
  const lost = text.includes('\ufffd') || bytes.length % 2 === 1;
  return { text, encoding, certain: true, ...(lost ? { damaged: 'holds units that are not valid UTF-16' } : {}) };
}

/** Bytes that are not UTF-8: UTF-8 with a few broken places, or some 8-bit encoding. */
function eightBit(bytes: Uint8Array, high: number): Decoded {
  const lossy = utf8(bytes);
  let broken = 0;
  for (let at = lossy.indexOf('\ufffd'); at >= 0; at = lossy.indexOf('\ufffd', at + 1)) broken++;
  // Valid sequences take two to four bytes, so this holds when at least as many bytes are in valid sequences as are broken.
  if (broken * 2 <= high) return { text: lossy, encoding: 'utf-8', certain: false, damaged: `has ${broken} places that are not valid UTF-8` };
  const foreign = high > bytes.length * 0.3;
  return {
    text: latin1(bytes),
    encoding: 'latin-1',
    certain: false,
    ...(foreign ? { damaged: 'is text in an encoding that is neither UTF-8 nor UTF-16' } : {}),
  };
}

/**
 * Decodes text; undefined if the bytes are not text. `expected` says that the name or a shebang promises text: then anything is decoded, as far as it goes.
 */
export function decodeText(bytes: Uint8Array, expected: boolean): Decoded | undefined {
  if (bytes.length === 0) return { text: '', encoding: 'utf-8', certain: true };
  const marked = markedUtf16(bytes);
  if (marked !== undefined) return marked;
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const body = bom ? bytes.subarray(3) : bytes;
  const encoding = bom ? 'utf-8-bom' : 'utf-8';
  const { nul, control, high } = count(body);
  const valid = isUtf8(body);
  if (valid && nul === 0 && control <= body.length * 0.01) return { text: utf8(body), encoding, certain: true };
  if (nul > 0) {
    const guess = guessUtf16(body);
    if (guess !== undefined) return guess;
  }
  if (valid && nul + control <= body.length * 0.1) return { text: utf8(body), encoding, certain: false };
  if (!valid && nul + control <= body.length * 0.02) return eightBit(body, high);
  const shebang = body[0] === 0x23 && body[1] === 0x21;
  if (!expected && !shebang) return undefined;
  const damaged = 'should be text but holds binary data';
  return valid ? { text: utf8(body), encoding, certain: false, damaged } : { text: latin1(body), encoding: 'latin-1', certain: false, damaged };
}
