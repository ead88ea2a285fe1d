/**
 * One file's bytes: what they are, their text, and what is wrong with them. Content first, name last.
 *
 * Text that is text beyond doubt wins over any signature, because reading more is never wrong; then signatures; then text that had to be guessed; what is left is
 * unknown, and stops the scan only where its name suggests that somebody would read or run it.
 */
import type { Format } from '../decode/archive.ts';
import type { Limits } from '../limits.ts';
import type { File, FileKind } from '../model.ts';
import { activePdf, appended, mismatch, type Remark, textBehindHeader, unproven } from './disguise.ts';
import { claimOf, opaqueData, openedOrRun, textual } from './extensions.ts';
import { type Group, recognise, type Signature, shebangOf } from './magic.ts';
import { baseName, extensionOf, isGitObject } from './path.ts';
import { type Decoded, decodeText } from './text.ts';

export interface Described {
  readonly kind: FileKind;
  readonly text: string;
  readonly encoding?: File['encoding'];
  readonly signature?: string;
  readonly remarks: readonly Remark[];
  /** It can be opened, as this. */
  readonly opens?: Format;
}

const kinds: Readonly<Record<Group, FileKind>> = { inert: 'inert', executable: 'executable', archive: 'archive', closed: 'archive' };

/** Whether somebody could read, run or open the bytes under this name: an extension of text, programs or archives, or none at all. */
export function suggestsText(path: string): boolean {
  const extension = extensionOf(path);
  return extension === '' ? !baseName(path).toLowerCase().startsWith('.ds_store') : textual.has(extension) || openedOrRun.has(extension);
}

/** Names under which bytes nobody can explain are ordinary. */
export function expectedOpaque(path: string): boolean {
  const extension = extensionOf(path);
  const claim = claimOf(extension);
  return opaqueData.has(extension) || (claim !== undefined && claim !== 'text' && !textual.has(extension)) || isGitObject(path);
}

/** Says what a file is. `path` is the judged one. */
export function describe(path: string, data: Uint8Array, limits: Limits): Described {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const remarks: Remark[] = [];
  const signature = recognise(bytes);
  const decoded = decodeText(bytes, textual.has(extensionOf(path)));
  if (decoded?.certain === true) return asText(path, bytes, decoded, signature, remarks, limits);

  const script = decoded?.text.startsWith('#!') === true;
  const media = signature?.group === 'inert' || signature === undefined || signature.group === 'executable';
  const tail = media ? appended(signature, bytes) : { remarks: [], zip: false };
  remarks.push(...tail.remarks);
  const opens: { opens?: Format } = tail.zip ? { opens: 'zip' } : {};
  if (signature !== undefined && !script) {
    const fork = signature.name === 'appledouble' && baseName(path).startsWith('._');
    const named = signature.group === 'inert' && textual.has(extensionOf(path)) && !fork;
    if (named || textBehindHeader(signature, bytes)) {
      // A shell skips the first line of a picture, a model reads past it: what the name or the bytes say is text is read as text.
      const says = named ? `the name says text, but it starts like ${signature.name}` : `it starts like ${signature.name}, but what follows is text`;
      remarks.push({ code: 'type-mismatch', says, incomplete: false });
      return asText(path, bytes, decodeText(bytes, true)!, signature, remarks, limits, opens);
    }
    if (extensionOf(path) === '' && unproven(signature, bytes)) {
      remarks.push({
        code: 'unreadable',
        says: `it starts like ${signature.name}, but its name does not say so and it may be more`,
        incomplete: true,
      });
    }
    // Two weak bytes do not outvote text that merely had a stray control character.
    if (!(signature.name === 'pyc' && decoded !== undefined && extensionOf(path) !== '.pyc')) return asBinary(path, bytes, signature, remarks, opens);
  }
  if (decoded !== undefined) return asText(path, bytes, decoded, undefined, remarks, limits, opens);
  if (isGitObject(path) && bytes[0] === 0x78) return { kind: 'inert', text: '', signature: 'git-object', remarks, ...opens };
  if (!expectedOpaque(path) && !tail.zip && suggestsText(path)) {
    const expectsText = textual.has(extensionOf(path));
    remarks.push({
      code: expectsText ? 'undecodable-text' : 'unreadable',
      says: expectsText
        ? 'the name says text, but no encoding fits its bytes'
        : 'nothing explains its bytes, and its name does not say that it is data',
      incomplete: true,
    });
  }
  return { kind: 'unknown', text: '', remarks, ...opens };
}

function asText(
  path: string,
  bytes: Buffer,
  decoded: Decoded,
  signature: Signature | undefined,
  remarks: Remark[],
  limits: Limits,
  opens: { opens?: Format } = {},
): Described {
  const interpreter = shebangOf(decoded.text);
  const wrong = mismatch(path, undefined, interpreter);
  if (wrong !== undefined) remarks.push(wrong);
  if (decoded.damaged !== undefined) {
    // A few broken places lose nothing that anybody could follow; a foreign encoding or a binary body does.
    const incomplete = decoded.encoding === 'latin-1' || !decoded.damaged.includes('places');
    remarks.push({ code: 'undecodable-text', says: `it ${decoded.damaged}`, incomplete });
  }
  if (isLfsPointer(decoded.text)) {
    const says = 'it is a Git LFS pointer: the file itself is not in the package';
    remarks.push({ code: 'lfs-pointer', says, incomplete: !expectedOpaque(path) });
  }
  const name = interpreter ?? signature?.name;
  const base = { kind: 'text' as const, encoding: decoded.encoding, remarks, ...(name === undefined ? {} : { signature: name }), ...opens };
  if (bytes.length > limits.textBytes) {
    remarks.push({
      code: 'file-too-large',
      says: `it is text of ${bytes.length} bytes; the limit for text is ${limits.textBytes}`,
      incomplete: true,
    });
    return { ...base, text: '' };
  }
  return { ...base, text: decoded.text };
}

const openable: Readonly<Record<string, Format>> = { zip: 'zip', gzip: 'gzip', tar: 'tar' };

function asBinary(path: string, bytes: Buffer, signature: Signature, remarks: Remark[], opens: { opens?: Format }): Described {
  const wrong = mismatch(path, signature, undefined);
  if (wrong !== undefined) remarks.push(wrong);
  const base = { kind: kinds[signature.group], text: '', signature: signature.name, remarks };
  if (signature.group === 'archive') return { ...base, opens: openable[signature.name]! };
  if (signature.group === 'closed') {
    remarks.push({ code: 'nested-archive-unread', says: `it is a ${signature.name} container, which is not opened`, incomplete: true });
  }
  if (signature.name === 'pdf') {
    const active = activePdf(bytes);
    if (active !== undefined) {
      remarks.push({ code: 'unreadable', says: `it is a PDF with active content (${active}), which is not read`, incomplete: true });
      return { ...base, kind: 'unknown', ...opens };
    }
  }
  return { ...base, ...opens };
}

/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const isLfsPointer = (text: string): boolean =>
  text.length < 1_024 && text.startsWith('version https://git-lfs.github.com/spec/') && text.includes('\noid ');

/** What the first bytes of a file too large to read say about it. */
export function describeHead(
  path: string,
  head: Uint8Array | undefined,
): { readonly kind: FileKind; readonly signature?: string; readonly harmless: boolean } {
  const signature = head === undefined ? undefined : recognise(head);
  if (signature === undefined || head === undefined || textBehindHeader(signature, Buffer.from(head))) {
    const binary = head !== undefined && head.length > 0 && decodeText(head, false) === undefined;
    return { kind: 'unknown', harmless: binary && expectedOpaque(path) };
  }
  return { kind: kinds[signature.group], signature: signature.name, harmless: signature.group === 'inert' };
}
