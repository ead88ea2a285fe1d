/**
 * Small files, written whole or not at all, and a mutex between our own processes.
 *
 * A file is written under another name, synced, renamed over the old one, and its folder synced: after a crash or a power cut it holds the old text or the new one.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ClientError } from './errors.ts';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | null)?.code ?? 'error';

/** Makes a folder's entries durable. Where a folder cannot be opened (Windows), the system does that itself. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (handle === undefined) return;
  try {
    await handle.sync();
  } catch {
    // Some file systems refuse to sync a folder; there is nothing better to do there.
  } finally {
    await handle.close();
  }
}

/** Replaces a file atomically. A link in its place is replaced, not followed. @throws ClientError file */
export async function writeWhole(path: string, text: string | Uint8Array, mode = 0o644, folderMode = 0o755): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(folder, { recursive: true, mode: folderMode });
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new ClientError('file', `${path} cannot be written (${codeOf(error)}). Check that its folder exists, is yours and has room.`, {
      cause: error,
    });
  }
}

/** Writes a new file, mode 0600; false if one is there already. @throws ClientError file */
export async function writeNew(path: string, text: string): Promise<boolean> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    // A hard link fails if the name is taken: the one atomic "create whole, or not at all".
    await link(temporary, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw new ClientError('file', `${path} cannot be written (${codeOf(error)}).`, { cause: error });
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
    await syncFolder(folder);
  }
}

export interface SmallFile {
  readonly text: string;
  readonly mode: number;
  readonly uid: number;
}

/** A plain file's text; undefined if there is none. @param most bytes @throws ClientError file for anything but a plain, readable file within the limit */
export async function readSmall(path: string, most: number, follow = true): Promise<SmallFile | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    // Opening a FIFO would wait for ever without O_NONBLOCK.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (follow ? 0 : (constants.O_NOFOLLOW ?? 0)));
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ClientError('file', code === 'ELOOP' ? `${path} is a link; a plain file is wanted.` : `${path} cannot be read (${code}).`, {
      cause: error,
    });
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new ClientError('file', `${path} is not a plain file.`);
    if (stat.size > most) throw new ClientError('file', `${path} has ${stat.size} bytes; the limit is ${most}.`);
    return { text: await file.readFile('utf8'), mode: stat.mode & 0o777, uid: stat.uid };
  } finally {
    await file.close();
  }
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
};

/**
 * Runs `work` while no other process of ours holds the mutex `path`. A mutex left by a process that has ended is taken over.
 * @param waitMs how long to wait for another process @throws ClientError busy
 */
export async function withMutex<T>(path: string, work: () => Promise<T>, waitMs = 10_000): Promise<T> {
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), id: randomBytes(8).toString('hex') });
  const until = Date.now() + waitMs;
  while (!(await writeNew(path, mine))) {
    const held = await readFile(path, 'utf8').catch(() => undefined);
    if (held === undefined) continue;
    const holder = holderOf(held);
    if (holder !== undefined && holder.host === hostname() && !alive(holder.pid)) {
      await takeAway(path, held);
      continue;
    }
    if (Date.now() > until)
      throw new ClientError(
        'busy',
        `Another skill command (${holder === undefined ? 'unknown' : `process ${holder.pid} on ${holder.host}`}) is changing the same skills. Wait for it; if none runs, delete ${path}.`,
      );
    await setTimeout(50);
  }
  try {
    return await work();
  } finally {
    if ((await readFile(path, 'utf8').catch(() => '')) === mine) await rm(path, { force: true });
  }
}

function holderOf(text: string): { pid: number; host: string } | undefined {
  try {
    const { pid, host } = JSON.parse(text) as { pid?: unknown; host?: unknown };
    return typeof pid === 'number' && Number.isInteger(pid) && pid > 0 && typeof host === 'string' ? { pid, host } : undefined;
  } catch {
    return undefined;
  }
}

/** Removes a dead process's mutex, and gives it back if another process took its place in between. */
async function takeAway(path: string, dead: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, 'utf8').catch(() => dead)) !== dead) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}
