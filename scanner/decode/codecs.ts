/**
 * Pure, bounded decoders used by every language and by flow: `decode('base64', text, limits)`. They stop the family of attacks where the payload is data until the
 * last moment (T1027, T1140). They promise: no throw, no I/O, input and output at most `limits.decodeChars`, time linear in both. They refuse: anything that would
 * need to run code (marshal, pickle) or a key we do not have.
 */
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import type { Limits } from '../limits.ts';
import { ascii85, b85, base32, base64, hex, z85 } from './bases.ts';
import { charCodes, htmlEntities, percent, quotedPrintable, rot47, rotate, unescapeText } from './escapes.ts';
import { bytesToText } from './text.ts';

export { unescapeText as unescape } from './escapes.ts';
export type { Guess } from './text.ts';
export { bytesToText, guessLanguage, looksLikeText, toText } from './text.ts';

export type Codec =
  | 'base64'
  | 'base32'
  | 'ascii85'
  | 'b85'
  | 'z85'
  | 'hex'
  | 'url'
  | 'quoted-printable'
  | 'html'
  | 'unicode'
  | 'charcode'
  | 'reverse'
  | 'rot13'
  | 'rot47'
  | 'gzip'
  | 'zlib'
  | 'deflate'
  | 'brotli'
  | 'utf-16le'
  | `rot${number}`;

type Decoder = (input: { readonly text: string; readonly bytes: Uint8Array; readonly cap: number }) => Uint8Array | string | undefined;

const inflated =
  (inflate: (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array): Decoder =>
  ({ bytes, cap }) => {
    try {
      return inflate(bytes, { maxOutputLength: cap });
    } catch {
      return undefined;
    }
  };

const DECODERS: Readonly<Record<string, Decoder>> = {
  base64: ({ text }) => base64(text),
  base32: ({ text }) => base32(text),
  ascii85: ({ text }) => ascii85(text),
  b85: ({ text }) => b85(text),
  z85: ({ text }) => z85(text),
  hex: ({ text }) => hex(text),
  url: ({ text }) => percent(text),
  'quoted-printable': ({ text }) => quotedPrintable(text),
  html: ({ text }) => htmlEntities(text),
  unicode: ({ text }) => unescapeText(text),
  charcode: ({ text }) => charCodes(text),
  reverse: ({ text }) => [...text].reverse().join(''),
  rot47: ({ text }) => rot47(text),
  gzip: inflated(gunzipSync),
  zlib: inflated(inflateSync),
  deflate: inflated(inflateRawSync),
  brotli: inflated(brotliDecompressSync),
  'utf-16le': ({ bytes }) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf16le'),
};

const utf8 = new TextEncoder();
const toBytes = (text: string): Uint8Array => utf8.encode(text);

/**
 * Decodes with a named codec. Undefined when the input is too large, malformed for that codec, or decodes to nothing.
 * @param input text, or bytes where a codec works on bytes (bytes of a text codec are read as UTF-8)
 */
export function decode(codec: Codec | (string & {}), input: string | Uint8Array, limits: Pick<Limits, 'decodeChars'>): Uint8Array | undefined {
  const cap = limits.decodeChars;
  if (input.length === 0 || input.length > cap) return undefined;
  const rotation = /^rot(\d{1,2})$/.exec(codec);
  const decoder: Decoder | undefined = Object.hasOwn(DECODERS, codec)
    ? DECODERS[codec]
    : rotation
      ? ({ text }) => rotate(text, Number(rotation[1]))
      : undefined;
  if (decoder === undefined) return undefined;
  let out: Uint8Array | string | undefined;
  try {
    out = decoder({
      get text() {
        return typeof input === 'string' ? input : bytesToText(input);
      },
      get bytes() {
        return typeof input === 'string' ? toBytes(input) : input;
      },
      cap,
    });
  } catch {
    return undefined;
  }
  if (out === undefined) return undefined;
  const bytes = typeof out === 'string' ? utf8.encode(out) : out;
  return bytes.length === 0 || bytes.length > cap * 4 ? undefined : bytes;
}

/** XOR with a key that repeats; a number is a one-byte key. */
export function xor(bytes: Uint8Array, key: Uint8Array | number): Uint8Array | undefined {
  const keys = typeof key === 'number' ? Uint8Array.of(key) : key;
  if (keys.length === 0) return undefined;
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = bytes[i]! ^ keys[i % keys.length]!;
  return out;
}
