/**
 * The shelf: the one door through which anything served is read. Whoever asks (ClawHub's wire, our own API, pages, the well-known index) gets what it gives and looks into
 * no table beside it.
 *
 * It promises two things. *Visibility*: a caller sees what they may read and cannot tell what is absent from what is hidden, unapproved or not theirs; all four are the same
 * `not-found` in the same words. *Integrity*: what it gives was checked against its seal (rows), its digest (bytes) and the signed release (both), each time anything could have
 * changed. What does not fit is `tampered` with an alarm in the audit log, and never another version instead.
 *
 * All methods throw RegistryError: `unauthorized` (nobody may read here without a token), `not-found`, `ambiguous`, `withdrawn`, `tampered`, `bad-input`.
 */
import type { Actor, FileEntry, VersionRef } from '../model.ts';
import type { ReportGist } from '../reports.ts';
import type { NamespaceRow, SkillRow, VersionRow } from '../store/schema.ts';
import type { VerifiedRelease } from '../trust/release.ts';

export interface SkillName {
  /** Handle without `@`; undefined searches all owners. */
  readonly owner?: string;
  readonly slug: string;
}

/** Counters, for people to compare by. Worth nothing as proof. */
export interface Stats {
  readonly installs: number;
  readonly stars: number;
  /** Releasable versions. */
  readonly versions: number;
}

/** A skill as lists show it. */
export interface SkillHead {
  readonly id: string;
  readonly owner: string;
  readonly ownerName: string;
  readonly slug: string;
  readonly displayName: string;
  readonly summary: string;
  readonly topics: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly stats: Stats;
  /** The newest version by semver (stable before prerelease) unless its owner points `latest` elsewhere. */
  readonly latest: VersionRow;
  /** Tag to version number, with `latest`; only those that can be read. */
  readonly tags: Readonly<Record<string, string>>;
}

/** A skill with its releasable versions, newest first by semver. */
export interface ServedSkill extends SkillHead {
  readonly namespace: NamespaceRow;
  readonly skill: SkillRow;
  readonly versions: readonly VersionRow[];
}

/** A version that may be given out, with what was verified about it. */
export interface ServedVersion {
  readonly owner: string;
  readonly ownerName: string;
  readonly slug: string;
  readonly version: string;
  readonly namespace: NamespaceRow;
  readonly skill: SkillRow;
  readonly row: VersionRow;
  readonly files: readonly FileEntry[];
  /** What the signed statements say, verified for exactly these bytes. */
  readonly release: VerifiedRelease;
  readonly resolvedFrom: 'latest' | 'version' | 'tag';
  readonly tag: string | null;
}

/** Bytes of an archive with the header lines that belong to them. */
export interface Download {
  readonly bytes: Buffer;
  /** Hex digest of the bytes. */
  readonly sha256: string;
  /** `"<hex>"`, as it stands in the header. */
  readonly etag: string;
  /** Names and values by turns, as `response.writeHead` takes them. */
  readonly headers: readonly string[];
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it back to go on; null at the end. */
  readonly cursor: string | null;
}

export type Sort = 'updated' | 'createdAt' | 'stars' | 'installs' | 'downloads' | 'trending';

export interface SearchHit {
  readonly skill: SkillHead;
  /** Higher is better; only comparable within one answer. */
  readonly score: number;
}

export interface Shelf {
  /** A skill that has at least one releasable version. */
  skill(actor: Actor, name: SkillName): Promise<ServedSkill>;
  /** One version: by number, by tag, or the latest. */
  version(actor: Actor, ref: VersionRef): Promise<ServedVersion>;
  /** The same by its id (`VersionRow.id`). */
  versionById(actor: Actor, id: string): Promise<ServedVersion>;
  /** The version whose files have this fingerprint (clawhub), and the latest one. */
  resolve(
    actor: Actor,
    name: SkillName,
    fingerprint: string,
  ): Promise<{ readonly owner: string; readonly match: string | null; readonly latest: string | null }>;
  /**
   * The archive. Answers at once, without a promise, when all is in memory and nothing has changed since it was checked.
   * @param turn the same object for requests that arrived together (within one turn of the event loop): what was looked at for one of them is not looked at again for the next. Nobody can have been told
   * of a newer state by then
   */
  download(actor: Actor, ref: VersionRef, turn?: object): Download | Promise<Download>;
  /** One file of a version, whole. */
  file(actor: Actor, ref: VersionRef, path: string): Promise<{ readonly bytes: Buffer; readonly entry: FileEntry; readonly version: string }>;
  /** The scan report of a version: exactly the stored bytes. */
  report(version: ServedVersion): Promise<Buffer>;
  /** What is shown of it. Parsed once for all who ask. */
  gist(version: ServedVersion): Promise<ReportGist>;
  /** The whole of it as an HTML page. */
  reportPage(version: ServedVersion): Promise<string>;
  /** The attestations document of a version: exactly the stored bytes. */
  attestations(version: ServedVersion): Promise<Buffer>;
  /** The signed revocation of a version that was given out once (a Sigstore bundle): exactly the stored bytes. `not-found` for one that was not revoked, or whose revocation is not signed yet. */
  revocation(actor: Actor, ref: VersionRef): Promise<Buffer>;
  list(
    actor: Actor,
    query: { readonly sort?: Sort; readonly limit: number; readonly cursor?: string | undefined; readonly owner?: string | undefined },
  ): Promise<Page<SkillHead>>;
  /** Skills whose slug starts so, in order of slug. */
  prefix(actor: Actor, query: { readonly prefix: string; readonly limit: number; readonly cursor?: string | undefined }): Promise<Page<SkillHead>>;
  search(
    actor: Actor,
    query: { readonly text: string; readonly limit: number; readonly exact?: boolean | undefined; readonly owner?: string | undefined },
  ): Promise<readonly SearchHit[]>;
  /** All that the caller may read, by owner and slug, at most `most` of them; of one owner if given. */
  catalogue(actor: Actor, query: { readonly owner?: string | undefined; readonly most: number }): Promise<readonly SkillHead[]>;
  /** Most installed in the last seven days, then the newest. */
  trending(actor: Actor, limit: number): Promise<readonly SkillHead[]>;
}
