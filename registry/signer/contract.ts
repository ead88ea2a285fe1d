/**
 * What the signer needs to know of a version, and where it gets it. The database and the blobs stand behind `SignerDeps` (records.ts), so that the decision itself
 * (decide.ts) is a function of what it is given.
 */
import type { ArchiveLimits } from '../archive/index.ts';
import type { Person } from '../gate/approvals.ts';
import type { RegistryPolicy } from '../model.ts';
import type { scanIsolated } from '../scan/index.ts';
import type { ScanOptions } from '../scan/model.ts';
import type { ApprovalRow, PublisherKeyRow, VersionRow } from '../store/schema.ts';
import type { SerializedBundle } from '../trust/bundle.ts';
import type { PrivateKey, PublicKeyEntry } from '../trust/keys.ts';

/** A version with everything recorded about it. Seals were checked; nothing else of it is believed. */
export interface VersionRecord {
  readonly owner: string;
  readonly slug: string;
  readonly row: VersionRow;
  readonly publisher: { readonly id: string; readonly handle: string; readonly disabled: boolean };
  readonly approvals: readonly ApprovalRow[];
  /** Everybody who decided, as they are now. */
  readonly people: readonly (Person & { readonly handle: string })[];
  /** Keys registered by the publisher. */
  readonly publisherKeys: readonly PublisherKeyRow[];
  /** All other versions of the skill. */
  readonly siblings: readonly VersionRow[];
  /** When the very same bytes were last revoked as another version, in whatever skill (milliseconds since 1970); null if they were not. */
  readonly bytesRevokedAt: number | null;
}

/** The publisher's own bundle and the key it was verified with. */
export interface OwnBundle {
  readonly bundle: SerializedBundle;
  readonly digest: string;
  readonly key: { readonly keyid: string; readonly pem: string };
}

/** Who withdrew a version for cause, and why. */
export interface RevocationRecord {
  readonly reason: string;
  readonly severity: 'block' | 'warn';
  readonly replacement: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly by: { readonly id: string; readonly handle: string };
}

export interface SignerDeps {
  readonly registryId: string;
  readonly policy: RegistryPolicy;
  readonly archiveLimits: ArchiveLimits;
  readonly scanOptions: ScanOptions;
  readonly key: PrivateKey;
  /** Every release key of this registry, for reading what was signed before. */
  releaseKeys(): Promise<readonly PublicKeyEntry[]>;
  readVersion(id: string): Promise<VersionRecord | undefined>;
  readRevocation(record: VersionRecord): Promise<RevocationRecord | undefined>;
  /** The bytes of a blob by their digest. */
  readBlob(sha256: string): Promise<Buffer>;
  readonly scan: typeof scanIsolated;
  /** Milliseconds since 1970. Only compared with the end of a cooldown: no statement says when it was signed. */
  now(): number;
}
