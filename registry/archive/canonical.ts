/**
 * The canonical archive: one sequence of bytes for one set of files, whoever makes it, wherever and in whatever order. Its SHA-256 is what is signed, so an installed
 * folder can be checked against a signature by making the archive again.
 *
 * A ZIP (APPNOTE 6.3.10) of files only, in byte order of their UTF-8 paths: method 0 (stored), version 2.0, flag 11 (UTF-8 names) and no other, time 1980-01-01 00:00:00,
 * sizes and CRC in the local headers, no data descriptors, no extra fields, no comments, external attributes 0, made by host 14 (VFAT). The host matters: attributes 0 of a Unix
 * host are mode 000, and `unzip` would extract files that nobody may read; VFAT has no modes, so extractors apply their defaults.
 */
import { buffer } from 'node:stream/consumers';
import type { FileEntry } from '../model.ts';
import { byBytes, checkFiles, type PackFile } from './check.ts';
import { fingerprint, sha256Hex, treeDigest } from './digests.ts';
import { refusal } from './errors.ts';
import { type ArchiveLimits, archiveLimits } from './limits.ts';
import { contentTypeOf } from './types.ts';

/** A set of files in every form in which it is stored, compared and signed. */
export interface Described {
  readonly archive: Buffer;
  /** Of the archive; hex. */
  readonly sha256: string;
  /** Bytes of the archive. */
  readonly size: number;
  /** OpenClaw's tree digest, `sha256:<hex>`. */
  readonly tree: string;
  /** Bundle fingerprint of `clawhub`; hex. */
  readonly fingerprint: string;
  /** In the order of the archive. */
  readonly files: readonly FileEntry[];
}

/**
 * Makes the canonical archive of a skill and all its digests. The order of `files` does not matter.
 * @throws ArchiveError `bad-files` or `too-large`, with every problem
 */
export async function describe(files: readonly PackFile[], limits: ArchiveLimits = archiveLimits): Promise<Described> {
  const { problems } = checkFiles(files, limits);
  if (problems.length > 0) throw refusal(problems);
  const sorted = [...files].sort((a, b) => byBytes(a.path, b.path));
  const entries = sorted.map(
    ({ path, bytes }): FileEntry => ({ path, size: bytes.length, sha256: sha256Hex(bytes), contentType: contentTypeOf(path) }),
  );
  const archive = await write(sorted);
  return {
    archive,
    sha256: sha256Hex(archive),
    size: archive.length,
    tree: treeDigest(entries),
    fingerprint: fingerprint(entries),
    files: entries,
  };
}

/** Reads 1980-01-01 00:00:00 in every time zone: the library writes local time. */
const epoch = Object.assign(new Date(Date.UTC(2000, 0, 1)), {
  getFullYear: () => 1980,
  getMonth: () => 0,
  getDate: () => 1,
  getHours: () => 0,
  getMinutes: () => 0,
  getSeconds: () => 0,
});
/** Host 14 (VFAT), version 2.0 of the specification. */
const MADE_BY = (14 << 8) | 20;

async function write(sorted: readonly PackFile[]): Promise<Buffer> {
  const { ZipFile } = (await import('yazl')).default;
  const zip = new ZipFile();
  // A time without the extra field, the mode bits 0, and buffers, whose sizes are known: no descriptors.
  for (const { path, bytes } of sorted) zip.addBuffer(bytes, path, { compress: false, mode: 0, mtime: epoch, forceDosTimestamp: true });
  zip.end();
  const archive = await buffer(zip.outputStream);
  // The library knows one host, Unix. The end record is the last 22 bytes, the directory is 46 bytes and a name for each file.
  const end = archive.length - 22;
  for (let at = archive.readUInt32LE(end + 16); at < end; at += 46 + archive.readUInt16LE(at + 28)) archive.writeUInt16LE(MADE_BY, at + 4);
  return archive;
}
