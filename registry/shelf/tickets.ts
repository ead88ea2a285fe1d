/**
 * Tickets: what is known of an archive that was given out before, as little as it takes to give it out again at once. One is written after everything about a version was checked, and is
 * good for that state of the store and those keys only: after any commit, by anybody, all of them are torn up. What a ticket does not settle is asked each time: who may read, and
 * whether the files are untouched.
 *
 * A ticket weighs a third of a record, so that far more archives than records can be kept in mind.
 */
import type { VersionRef } from '../model.ts';
import { Lru } from '../store/lru.ts';
import type { NamespaceRow, VersionRow } from '../store/schema.ts';
import type { PublicKeyEntry } from '../trust/keys.ts';
import type { Download } from './contract.ts';
import type { Book } from './records.ts';

export interface Ticket {
  readonly namespace: NamespaceRow;
  /** Digest of the attestations document. */
  readonly attestations: string;
  /** When that file was last seen untouched (`performance.now`). */
  lookedAt: number;
  readonly download: Omit<Download, 'bytes'>;
}

/** Bytes (about) of one. */
const weight = 1200;

export class Tickets {
  readonly #kept: Lru<string, Ticket>;
  #epoch = Number.NaN;
  #keys: readonly PublicKeyEntry[] | undefined;

  /** @param memory bytes (about) */
  constructor(memory: number) {
    this.#kept = new Lru(memory, () => weight);
  }

  /** Tears up what was written in another state of the store. */
  settle(epoch: number, keys: readonly PublicKeyEntry[]): void {
    if (epoch === this.#epoch && keys === this.#keys) return;
    this.#kept.clear();
    this.#epoch = epoch;
    this.#keys = keys;
  }

  find(ref: VersionRef): Ticket | undefined {
    return this.#kept.get(nameOf(ref));
  }

  /** Keeps what was checked while the store was in the state of `epoch`; call after `settle`. */
  keep(epoch: number, ref: VersionRef, book: Book, row: VersionRow, download: Omit<Download, 'bytes'>): void {
    if (epoch !== this.#epoch || row.attestations_sha256 === null) return;
    this.#kept.set(nameOf(ref), { namespace: book.namespace, attestations: row.attestations_sha256, lookedAt: performance.now(), download });
  }
}

/** What is not said is not the same as what is empty. Names, numbers and tags have no blanks: a reference that has one says a name that no ticket has. */
const nameOf = ({ owner = '\n', slug, version = '\n', tag = '\n' }: VersionRef): string => `${owner} ${slug} ${version} ${tag}`;
