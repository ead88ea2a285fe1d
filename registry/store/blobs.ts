/**
 * Content-addressed bytes in a folder: `sha256/ab/<64 hex>`. A blob is written to a temporary name, synced and renamed, so it is there whole or not at all; it is never changed.
 *
 * Every read gives back bytes that hash to their name, or throws `tampered`. Hashing each time would be the price of each download, so bytes that were hashed once are kept in
 * memory (they cannot be changed from outside) together with what the file system said of the file then (inode, size, mtime, ctime in nanoseconds). Each later read asks the file
 * system again: unless all four are the same, the file is read and hashed anew. ctime cannot be set back without root, so a changed file is seen even though the copy in
 * memory would still be right: the operator must know.
 */
import { createHash, randomBytes } from 'node:crypto';
import { type BigIntStats, statSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RegistryError } from '../errors.ts';

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

interface Kept {
  readonly bytes: Buffer;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtime: bigint;
  readonly ctime: bigint;
}

const same = (kept: Kept, now: BigIntStats): boolean =>
  kept.ctime === now.ctimeNs && kept.ino === now.ino && kept.size === now.size && kept.mtime === now.mtimeNs && kept.dev === now.dev;

export class Blobs {
  readonly #root: string;
  /** Least recently used first. */
  readonly #kept = new Map<string, Kept>();
  readonly #most: number;
  #held = 0;

  /** @param most bytes of verified blobs kept in memory */
  constructor(root: string, most = 256 * 1024 * 1024) {
    this.#root = root;
    this.#most = most;
  }

  /** Where a blob lies. Only hex reaches the file system. */
  path(digest: string): string {
    if (!/^[0-9a-f]{64}$/.test(digest)) throw new RegistryError('internal', 'A blob was asked for by something that is no digest.');
    return join(this.#root, 'sha256', digest.slice(0, 2), digest);
  }

  /** Stores bytes and returns their digest. Durable when it returns; storing the same bytes again changes nothing, and heals a damaged copy. */
  async put(bytes: Uint8Array): Promise<string> {
    const digest = sha256(bytes);
    const target = this.path(digest);
    if (await this.#sound(digest)) return digest;
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const temporary = join(this.#root, 'tmp', randomBytes(12).toString('hex'));
    await mkdir(dirname(temporary), { recursive: true, mode: 0o700 });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
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

  async has(digest: string): Promise<boolean> {
    return stat(this.path(digest)).then(
      () => true,
      () => false,
    );
  }

  /** Bytes that are in memory and whose file is untouched since they were hashed; undefined if they have to be read. Synchronous: this is the way of most downloads. */
  peek(digest: string): Buffer | undefined {
    const kept = this.#kept.get(digest);
    if (kept === undefined) return undefined;
    const now = statSync(this.path(digest), { bigint: true, throwIfNoEntry: false });
    if (now !== undefined && same(kept, now)) return kept.bytes;
    this.#drop(digest, kept);
    return undefined;
  }

  /** The bytes of a blob. Throws RegistryError `tampered` if they are missing or do not hash to their name. */
  async get(digest: string): Promise<Buffer> {
    const ready = this.peek(digest);
    if (ready !== undefined) return ready;
    const path = this.path(digest);
    let file: Awaited<ReturnType<typeof open>>;
    try {
      file = await open(path, 'r');
    } catch (error) {
      throw damaged(digest, 'is missing', error);
    }
    try {
      // Before the bytes: a change while reading then shows as a difference at the next look.
      const before = await file.stat({ bigint: true });
      const bytes = await file.readFile();
      if (sha256(bytes) !== digest) throw damaged(digest, 'has changed');
      this.#keep(digest, { bytes, dev: before.dev, ino: before.ino, size: before.size, mtime: before.mtimeNs, ctime: before.ctimeNs });
      return bytes;
    } finally {
      await file.close();
    }
  }

  /** Digests of everything stored, for the scrub. */
  async *list(): AsyncIterable<string> {
    const top = join(this.#root, 'sha256');
    for (const folder of (await readdir(top).catch(() => [])).sort()) for (const name of (await readdir(join(top, folder))).sort()) yield name;
  }

  /** Removes what crashed writers left, older than `age` milliseconds. */
  async sweep(age = 3_600_000): Promise<void> {
    const folder = join(this.#root, 'tmp');
    for (const name of await readdir(folder).catch(() => [])) {
      const at = await stat(join(folder, name)).catch(() => undefined);
      if (at !== undefined && Date.now() - at.mtimeMs > age) await rm(join(folder, name), { force: true });
    }
  }

  #keep(digest: string, kept: Kept): void {
    const old = this.#kept.get(digest);
    if (old !== undefined) this.#drop(digest, old);
    if (kept.bytes.length > this.#most / 4) return;
    this.#kept.set(digest, kept);
    this.#held += kept.bytes.length;
    for (const [name, one] of this.#kept) {
      if (this.#held <= this.#most) break;
      this.#drop(name, one);
    }
  }

  #drop(digest: string, kept: Kept): void {
    this.#kept.delete(digest);
    this.#held -= kept.bytes.length;
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
