/**
 * The proof that a version may be given out: its attestations document is there, hashes to the digest in the sealed row, and verifies for exactly this registry, owner, slug,
 * version, archive, tree, fingerprint and list of files, by a release key that is not revoked.
 *
 * Verifying costs half a millisecond, so what was verified is remembered by the seal of the row (a MAC over every fact that goes in) and the keys that were valid. The document
 * itself is looked at again each time (`Blobs.untouched` asks the file system).
 */
import { RegistryError } from '../errors.ts';
import { type FileEntry, refText } from '../model.ts';
import type { Store } from '../store/index.ts';
import { Lru } from '../store/lru.ts';
import type { VersionRow } from '../store/schema.ts';
import { TrustError } from '../trust/errors.ts';
import type { PublicKeyEntry } from '../trust/keys.ts';
import { type VerifiedRelease, verifyRelease, verifyRevocation } from '../trust/release.ts';
import type { Book } from './records.ts';

export interface ProofDeps {
  readonly store: Store;
  readonly registryId: string;
  /** The release keys, also revoked ones; the same array as long as nothing changed. */
  readonly keys: () => readonly PublicKeyEntry[];
}

export class Proofs {
  readonly #deps: ProofDeps;
  /** What was proven: some 200 bytes each. */
  readonly #proven = new Lru<string, true>(800_000);
  /** What it says, for some of them: tens of kilobytes each. */
  readonly #releases = new Lru<string, VerifiedRelease>(5_000);
  /** Being verified now: who else asks waits for the same answer. */
  readonly #running = new Map<string, Promise<VerifiedRelease>>();
  #keys: readonly PublicKeyEntry[] | undefined;

  constructor(deps: ProofDeps) {
    this.#deps = deps;
  }

  #refresh(): readonly PublicKeyEntry[] {
    const keys = this.#deps.keys();
    if (keys !== this.#keys) {
      // A revoked key takes back everything that it signed.
      if (JSON.stringify(keys) !== JSON.stringify(this.#keys)) {
        this.#proven.clear();
        this.#releases.clear();
      }
      this.#keys = keys;
    }
    return keys;
  }

  /** Whether the release was verified before and its document is untouched. If not, it has to be verified. */
  #known(book: Book, row: VersionRow): boolean {
    this.#refresh();
    if (this.#proven.get(keyOf(book, row)) === undefined) return false;
    return row.attestations_sha256 !== null && this.#deps.store.blobs.untouched(row.attestations_sha256);
  }

  /** The release of a sealed row must verify. @throws RegistryError tampered */
  async need(book: Book, row: VersionRow): Promise<void> {
    if (!this.#known(book, row)) await this.#once(book, row);
  }

  /** What the release of a sealed row says, verified. @throws RegistryError tampered */
  async of(book: Book, row: VersionRow): Promise<VerifiedRelease> {
    const ready = this.#known(book, row) ? this.#releases.get(keyOf(book, row)) : undefined;
    return ready ?? this.#once(book, row);
  }

  #once(book: Book, row: VersionRow): Promise<VerifiedRelease> {
    const key = keyOf(book, row);
    let running = this.#running.get(key);
    if (running === undefined) {
      running = this.#verify(book, row).finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    return running;
  }

  async #verify(book: Book, row: VersionRow): Promise<VerifiedRelease> {
    const ref = refText({ owner: book.namespace.handle, slug: book.skill.slug, version: row.version });
    if (row.attestations_sha256 === null) throw broken(ref, 'no-attestations', undefined);
    const keys = this.#refresh();
    const document = await this.#deps.store.blobs.get(row.attestations_sha256, false);
    try {
      const release = await verifyRelease(
        document,
        {
          registryId: this.#deps.registryId,
          owner: book.namespace.handle,
          slug: book.skill.slug,
          version: row.version,
          archiveSha256: row.archive_sha256,
          archiveSize: row.archive_size,
          tree: row.tree,
          fingerprint: row.fingerprint,
          files: JSON.parse(row.files) as FileEntry[],
        },
        keys,
      );
      // A key that was revoked meanwhile has emptied this memory for good reason.
      if (keys === this.#keys) {
        this.#proven.set(keyOf(book, row), true);
        this.#releases.set(keyOf(book, row), release);
      }
      return release;
    } catch (error) {
      throw broken(ref, error instanceof TrustError ? error.code : 'bad-attestations', error);
    }
  }
}

/** Revocations are given out only while they verify, like releases. */
export class Revocations {
  readonly #deps: ProofDeps;

  constructor(deps: ProofDeps) {
    this.#deps = deps;
  }

  /** The stored bytes of a revocation. @throws RegistryError tampered */
  async of(book: Book, row: VersionRow, digest: string): Promise<Buffer> {
    const name = { registryId: this.#deps.registryId, owner: book.namespace.handle, slug: book.skill.slug, version: row.version };
    const bytes = await this.#deps.store.blobs.get(digest);
    try {
      await verifyRevocation(bytes, { ...name, archiveSha256: row.archive_sha256 }, this.#deps.keys());
      return bytes;
    } catch (error) {
      throw broken(refText(name), error instanceof TrustError ? error.code : 'bad-attestations', error);
    }
  }
}

const keyOf = (book: Book, row: VersionRow): string => `${book.namespace.handle}/${book.skill.slug}:${row.seal}`;

const broken = (ref: string, code: string, cause: unknown): RegistryError =>
  new RegistryError(
    'tampered',
    `The signed release of ${ref} does not fit what is stored, so it is not served. The operator has been told; try again later.`,
    {
      cause,
      detail: { ref, trust: code },
    },
  );
