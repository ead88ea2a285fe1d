/**
 * Content that contradicts its name or its first bytes: programs and archives called images, media that is really text, archives glued behind pictures and
 * programs, active content in PDF. It judges bytes that magic.ts and text.ts have already named. Stops polyglots and masquerade (rules OBF-006, COV-002);
 * images whose pixels hide data are not its business.
 */
import { findZipEnd } from '../decode/archive.ts';
import type { Problem } from '../model.ts';
import { type Claim, claimOf, containerDocuments } from './extensions.ts';
import { recognise, type Signature } from './magic.ts';
import { extensionOf } from './path.ts';

export interface Remark {
  readonly code: Problem['code'];
  readonly says: string;
  readonly incomplete: boolean;
}

const article: Readonly<Record<Claim, string>> = {
  image: 'an image',
  audio: 'a sound file',
  video: 'a video',
  font: 'a font',
  document: 'a document',
  text: 'text',
};

/** A name that claims something harmless over content that runs or unpacks. */
export function mismatch(path: string, signature: Signature | undefined, script: string | undefined): Remark | undefined {
  const extension = extensionOf(path);
  const claim = claimOf(extension);
  if (claim === undefined) return undefined;
  const is =
    script !== undefined
      ? script === 'script'
        ? 'a script'
        : `a ${script} script`
      : signature === undefined || signature.group === 'inert'
        ? undefined
        : `${signature.name} content`;
  if (is === undefined) return undefined;
  if (signature !== undefined && signature.group !== 'executable' && script === undefined && containerDocuments.has(extension)) return undefined;
  return { code: 'type-mismatch', says: `the name claims ${article[claim]}, but it is ${is}`, incomplete: false };
}

/** Share of printable bytes behind the header that a real picture, sound or font never reaches. */
const printable = new Uint8Array(256);
for (let byte = 0x20; byte < 0x7f; byte++) printable[byte] = 1;
printable[9] = printable[10] = printable[13] = 1;

function readsAsText(bytes: Uint8Array): boolean {
  if (bytes.length < 24) return false;
  let good = 0;
  let lines = 0;
  for (const byte of bytes) {
    good += printable[byte]!;
    if (byte === 10) lines++;
  }
  return good >= bytes.length * 0.9 && lines > 0 && lines >= bytes.length / 4_000;
}

/** Binary formats whose body is compressed or coded, so that readable lines there are no accident. */
const media: ReadonlySet<string> = new Set([
  ...['png', 'jpg', 'gif', 'webp', 'jxl', 'jp2', 'ico', 'cur', 'bmp', 'icns', 'woff', 'woff2', 'ttf', 'otf'],
  ...['mp3', 'aac', 'mp4', 'mov', 'webm', 'ogg', 'flac'],
]);
const coded: ReadonlySet<string> = new Set([...media, 'sqlite', 'git-pack', 'npy', 'hdf5', 'parquet', 'gguf']);

/** A picture whose structure holds: then much text in it is metadata (XMP fills kilobytes of a small icon). */
function sound(signature: string, bytes: Buffer): boolean {
  if (signature === 'png') return bytes.toString('latin1', 12, 16) === 'IHDR' && endOf('png', bytes) !== undefined;
  if (signature === 'jpg') return bytes.includes(Buffer.from([0xff, 0xda])) && endOf('jpg', bytes) !== undefined;
  if (signature === 'webp') return bytes.length >= 12 && Math.abs(bytes.readUInt32LE(4) + 8 - bytes.length) <= 1;
  return false;
}

/** A media header with text behind it: shells skip the first line and run the rest. */
export const textBehindHeader = (signature: Signature, bytes: Buffer): boolean =>
  coded.has(signature.name) && readsAsText(bytes.subarray(16)) && !sound(signature.name, bytes);

/** Media by its first bytes only: nothing says that the rest is what it claims. */
export const unproven = (signature: Signature, bytes: Buffer): boolean => media.has(signature.name) && !sound(signature.name, bytes);

/** Where the picture ends, for formats that say so. */
function endOf(signature: string, bytes: Buffer): number | undefined {
  if (signature === 'png') {
    let at = 8;
    while (at + 12 <= bytes.length) {
      const length = bytes.readUInt32BE(at);
      const type = bytes.toString('latin1', at + 4, at + 8);
      at += 12 + length;
      if (type === 'IEND') return at;
    }
    return undefined;
  }
  if (signature === 'jpg') {
    const mark = bytes.lastIndexOf(Buffer.from([0xff, 0xd9]));
    return mark < 0 ? undefined : mark + 2;
  }
  if (signature === 'pdf') {
    const mark = bytes.lastIndexOf('%%EOF');
    return mark < 0 ? undefined : mark + 5;
  }
  return undefined;
}

/**
 * Data behind the end of a picture or in front of a zip directory. `zip` says that the file can be opened as a zip although it starts as something else.
 */
export function appended(signature: Signature | undefined, bytes: Buffer): { readonly remarks: readonly Remark[]; readonly zip: boolean } {
  const remarks: Remark[] = [];
  const what = signature?.name ?? 'other';
  const zip = signature?.name !== 'zip' && signature?.group !== 'archive' && signature?.group !== 'closed' && (findZipEnd(bytes)?.count ?? 0) > 0;
  if (zip) remarks.push({ code: 'appended-archive', says: `a zip archive stands behind its ${what} data`, incomplete: false });
  const end = zip || signature === undefined ? undefined : endOf(signature.name, bytes);
  if (end !== undefined && end + 8 < bytes.length) {
    const tail = bytes.subarray(end);
    const start = tail.findIndex((byte) => byte !== 0 && byte !== 10 && byte !== 13);
    const inner = start < 0 ? undefined : recognise(tail.subarray(start));
    if (inner !== undefined && inner.group !== 'inert' && inner.name !== 'pyc' && inner.name !== 'compress') {
      remarks.push({ code: 'appended-archive', says: `${inner.name} content stands behind the end of its ${what} data`, incomplete: true });
    } else if (signature?.name !== 'pdf' && readsAsText(tail)) {
      remarks.push({ code: 'type-mismatch', says: `lines of text stand behind the end of its ${what} data`, incomplete: true });
    }
  }
  return { remarks, zip };
}

/** Names in a PDF's plain structure that start programs or carry files. */
export function activePdf(bytes: Buffer): string | undefined {
  return ['/JavaScript', '/Launch', '/EmbeddedFile', '/RichMedia'].find((name) => {
    for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) {
      const next = bytes[at + name.length] ?? 0x20;
      if (!((next >= 0x30 && next <= 0x39) || (next >= 0x41 && next <= 0x5a) || (next >= 0x61 && next <= 0x7a))) return true;
    }
    return false;
  });
}
