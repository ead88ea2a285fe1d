/** Small files that hold a secret: made once, whole, for the owner's eyes only. */

import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RegistryError } from '../errors.ts';
import { syncFolder } from './blobs.ts';

/**
 * The text of a secret file; made with `create` if it is not there yet. Two processes that make it at once end with the same one.
 * Throws RegistryError `bad-config` if it is missing and may not be made, or if others may read it.
 */
export async function secretFile(path: string, create?: () => string): Promise<string> {
  const there = await readSecret(path);
  if (there !== undefined) return there;
  if (create === undefined) throw new RegistryError('bad-config', `The secret file ${path} is missing.`);
  await writeOnce(path, create());
  return (await readSecret(path))!;
}

async function readSecret(path: string): Promise<string | undefined> {
  const at = await stat(path).catch(() => undefined);
  if (at === undefined) return undefined;
  if (!at.isFile()) throw new RegistryError('bad-config', `${path} must be a plain file.`);
  if ((at.mode & 0o077) !== 0)
    throw new RegistryError('bad-config', `${path} can be read by others (mode ${(at.mode & 0o777).toString(8)}). Run: chmod 600 ${path}`);
  return readFile(path, 'utf8');
}

/** Writes a new file, mode 0600, whole or not at all, and never over one that is there (then it is left as it is). Returns whether it was written. */
export async function writeOnce(path: string, text: string): Promise<boolean> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.${randomBytes(8).toString('hex')}.tmp`);
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // A hard link fails if the name exists: the one atomic "create whole, or not".
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
    await syncFolder(folder);
  }
}
