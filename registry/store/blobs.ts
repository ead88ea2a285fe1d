/**
 * Content-addressed bytes in a folder: `sha256/ab/<64 hex>`. A blob is written to a temporary name, synced and renamed, so it is there whole or not at all; it is never changed.
 *
 * Every read gives back bytes that hash to their name, or throws `tampered`. Bytes that were hashed are kept in memory, where nobody changes them, together with what the file
 * system said of the file when it was read (device, inode, size, mtime, ctime). Each later read asks the file system again: unless all are the same, the file is read and hashed
 * anew. ctime cannot be set back without root, so a changed file is seen even though the copy in memory would still be right: the operator must know.
 *
 * Asking the file system costs 2 µs, reading and hashing 5 kB anew 9 µs (measured, page cache), a turn through the thread pool ten times that: small files are read in place.
 */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync, unlinkSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RegistryError } from '../errors.ts';
import { Lru } from './lru.ts';

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** What the file system says of a file that nobody has touched. */
interface Identity {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtime: number;
  readonly ctime: number;
}

const identity = (at: Stats): Identity => ({ dev: at.dev, ino: at.ino, size: at.size, mtime: at.mtimeMs, ctime: at.ctimeMs });
const same = (seen: Identity, now: Stats): boolean =>
  seen.ctime === now.ctimeMs && seen.ino === now.ino && seen.size === now.size && seen.mtime === now.mtimeMs && seen.dev === now.dev;

const quietly = { throwIfNoEntry: false } as const;

/** Milliseconds for which a file counts as just stored: far less than what it takes to be forgotten (gate/collect.ts). */
const young = 3_600_000;
/** Bytes of a file that is read in place. */
const small = 256 * 1024;
/** Files whose identity is remembered: some 150 bytes each. */
const mostSeen = 600_000;

export class Blobs {
  readonly #root: string;
  /** Files as they were when they were hashed, whether or not their bytes are still kept. */
  readonly #seen = new Lru<string, Identity>(mostSeen);
  readonly #kept: Lru<string, Buffer>;

  /** @param most bytes of verified blobs kept in memory */
  constructor(root: string, most = 256 * 1024 * 1024) {
    this.#root = root;
    this.#kept = new Lru(most, (bytes) => bytes.length);
  }

  /** Where a blob lies. Only hex reaches the file system. */
  path(digest: string): string {
    if (!/^[0-9a-f]{64}$/.test(digest)) throw new RegistryError('internal', 'A blob was asked for by something that is no digest.');
    return join(this.#root, 'sha256', digest.slice(0, 2), digest);
  }

  /**
   * Stores bytes and returns their digest. Durable when it returns; storing the same bytes again changes nothing but their age, and heals a damaged copy. Nothing refers to them yet: whoever
   * writes down the digest asks `need` in the same transaction.
   */
  async put(bytes: Uint8Array): Promise<string> {
    const digest = sha256(bytes);
    const target = this.path(digest);
    if ((await this.#sound(digest)) && (await this.#renew(target))) return digest;
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const temporary = join(this.#root, 'tmp', randomBytes(12).toString('hex'));
    await mkdir(dirname(temporary), { recursive: true, mode: 0o700 });
    try {
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, target);
    } catch (error) {
      // A full disk must not be left with the half that fitted.
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
    await syncFolder(dirname(target));
    return digest;
  }

  async #sound(digest: string): Promise<boolean> {
    try {
      await this.get(digest);
      return true;
    } catch {
      return false;
    }
  }

  /** Makes an old file young again, so that it is not taken for forgotten. False if it is gone. */
  async #renew(target: string): Promise<boolean> {
    const at = await stat(target).catch(() => undefined);
    if (at === undefined) return false;
    const now = new Date();
    if (now.getTime() - at.mtimeMs < young) return true;
    return utimes(target, now, now).then(
      () => true,
      () => false,
    );
  }

  /**
   * For a transaction of `store.write` that is about to refer to a blob: throws RegistryError `unavailable` if it is not there any more. What is there then stays, since `remove` works in such
   * transactions only, and in the next one sees the reference.
   */
  need(digest: string): void {
    if (statSync(this.path(digest), quietly) === undefined)
      throw new RegistryError('unavailable', 'What was sent has been lying here for too long and was cleared away. Send it again.', {
        detail: { blob: digest },
      });
  }

  /** When a blob was stored last, in milliseconds since 1970, and its bytes; undefined if it is not there. */
  async age(digest: string): Promise<{ readonly at: number; readonly size: number } | undefined> {
    const at = await stat(this.path(digest)).catch(() => undefined);
    return at === undefined ? undefined : { at: at.mtimeMs, size: at.size };
  }

  /**
   * Removes a blob to which nothing refers, unless it was stored after `before` (milliseconds since 1970). Call inside `store.write` only.
   * @returns its bytes; undefined if it was not removed
   */
  remove(digest: string, before: number): number | undefined {
    const path = this.path(digest);
    const at = statSync(path, quietly);
    if (at === undefined || at.mtimeMs >= before) return undefined;
    unlinkSync(path);
    this.#forget(digest);
    return at.size;
  }

  async has(digest: string): Promise<boolean> {
    return stat(this.path(digest)).then(
      () => true,
      () => false,
    );
  }

  /** Whether a file was hashed before and is untouched since. Microseconds. */
  untouched(digest: string): boolean {
    const seen = this.#seen.get(digest);
    if (seen === undefined) return false;
    // A digest that was seen is one; `path` costs as much as the question.
    const now = statSync(`${this.#root}/sha256/${digest.slice(0, 2)}/${digest}`, quietly);
    if (now !== undefined && same(seen, now)) return true;
    this.#forget(digest);
    return false;
  }

  /**
   * The bytes at once: from memory if their file is untouched, or from a small file. Undefined if that takes longer, and if something is wrong with them: ask `get`.
   * @param keep whether they are likely to be asked for again
   */
  peek(digest: string, keep = true): Buffer | undefined {
    const kept = this.#kept.get(digest);
    if (kept !== undefined && this.untouched(digest)) return kept;
    try {
      return this.#readSmall(digest, keep);
    } catch {
      return undefined;
    }
  }

  #readSmall(digest: string, keep: boolean): Buffer | undefined {
    const file = openSync(this.path(digest), 'r');
    try {
      // Before the bytes: a change while reading then shows as a difference at the next look.
      const at = fstatSync(file);
      if (at.size > small) return undefined;
      const bytes = Buffer.allocUnsafeSlow(at.size);
      let length = 0;
      while (length < at.size) {
        const read = readSync(file, bytes, length, at.size - length, length);
        if (read === 0) return undefined;
        length += read;
      }
      if (sha256(bytes) !== digest) return undefined;
      this.#keep(digest, keep ? bytes : undefined, identity(at));
      return bytes;
    } finally {
      closeSync(file);
    }
  }

  /**
   * The bytes of a blob. Throws RegistryError `tampered` if they are missing or do not hash to their name.
   * @param keep whether they are likely to be asked for again
   */
  async get(digest: string, keep = true): Promise<Buffer> {
    const ready = this.peek(digest, keep);
    if (ready !== undefined) return ready;
    let file: Awaited<ReturnType<typeof open>>;
    try {
      file = await open(this.path(digest), 'r');
    } catch (error) {
      if (error instanceof RegistryError) throw error;
      throw damaged(digest, 'is missing', error);
    }
    try {
      const at = await file.stat();
      const bytes = await file.readFile();
      if (sha256(bytes) !== digest) throw damaged(digest, 'has changed');
      this.#keep(digest, keep ? bytes : undefined, identity(at));
      return bytes;
    } finally {
      await file.close();
    }
  }

  /** Digests of everything stored. */
  async *list(): AsyncIterable<string> {
    const top = join(this.#root, 'sha256');
    for (const folder of (await readdir(top).catch(() => [])).sort())
      for (const name of (await readdir(join(top, folder))).sort()) if (/^[0-9a-f]{64}$/.test(name)) yield name;
  }

  /** Removes what crashed writers left, older than `age` milliseconds. */
  async sweep(age = 3_600_000): Promise<void> {
    const folder = join(this.#root, 'tmp');
    for (const name of await readdir(folder).catch(() => [])) {
      const at = await stat(join(folder, name)).catch(() => undefined);
      if (at !== undefined && Date.now() - at.mtimeMs > age) await rm(join(folder, name), { force: true });
    }
  }

  #keep(digest: string, bytes: Buffer | undefined, seen: Identity): void {
    this.#forget(digest);
    this.#seen.set(digest, seen);
    if (bytes !== undefined) this.#kept.set(digest, bytes);
  }

  #forget(digest: string): void {
    this.#seen.delete(digest);
    this.#kept.delete(digest);
  }
}

const damaged = (digest: string, how: string, cause?: unknown): RegistryError =>
  new RegistryError('tampered', `A stored file of this registry ${how}, so it is not served. The operator has been told; try again later.`, {
    cause,
    detail: { blob: digest },
  });

/** Makes a rename last through a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
