/**
 * One file out of a stored archive. The canonical archive (registry/archive) is nothing but headers of known length and the files' bytes in the order of the list, so the place
 * of a file follows from the list; that it is the right place is proved by its digest. No archive is parsed for a request.
 */
import { createHash } from 'node:crypto';
import { RegistryError } from '../errors.ts';
import type { FileEntry } from '../model.ts';

/** Bytes of a local file header of a ZIP without extra fields, before the name (APPNOTE 4.3.7). */
const HEADER = 30;

/**
 * @param files in the order of the archive
 * @returns undefined if there is no such file
 * @throws RegistryError tampered if the archive is not that of the list
 */
export function fileOf(
  archive: Buffer,
  files: readonly FileEntry[],
  path: string,
): { readonly bytes: Buffer; readonly entry: FileEntry } | undefined {
  let at = 0;
  for (const entry of files) {
    const start = at + HEADER + Buffer.byteLength(entry.path, 'utf8');
    at = start + entry.size;
    if (entry.path !== path) continue;
    const bytes = archive.subarray(start, at);
    if (createHash('sha256').update(bytes).digest('hex') !== entry.sha256)
      throw new RegistryError(
        'tampered',
        'A stored file of this registry is not the one in its list, so it is not served. The operator has been told; try again later.',
      );
    return { bytes, entry };
  }
  return undefined;
}
