/**
 * The gate: the only code that changes what is served. Everything that publishes, approves or withdraws (ClawHub's wire, our own API, pages, import) calls these and
 * nothing else. Each decision is one transaction together with its audit event; each is allowed only along `transitions` (model.ts) and only to those who may.
 *
 * All methods throw RegistryError. A caller who may not know that something exists is told `not-found`, in the same words as if it did not.
 */
import type { Actor, VersionRef, VersionState } from '../model.ts';
import type { JobRow, SkillRow, VersionRow } from '../store/schema.ts';

export interface PublishFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly bytes: Buffer;
}

/** Where an imported skill came from; recorded for good. */
export interface Imported {
  /** `folder`, `git`, `clawhub` … */
  readonly kind: string;
  /** Address of the upstream, without credentials. */
  readonly upstream: string;
  /** Digest that the upstream gave or that we took of what it sent, with its algorithm (`sha256:…`). */
  readonly digest: string;
  readonly [more: string]: unknown;
}

export interface PublishRequest {
  /** Handle of the namespace; the actor's own by default. */
  readonly owner?: string;
  readonly slug: string;
  /** Strict SemVer. */
  readonly version: string;
  /** The name in SKILL.md by default. */
  readonly displayName?: string;
  readonly changelog: string;
  /** Tags that the version gets when it is served. `latest` is computed and needs none. */
  readonly tags: readonly string[];
  readonly topics?: readonly string[];
  readonly files: readonly PublishFile[];
  /** What the client says about where it comes from; kept as it is, never believed. */
  readonly source?: unknown;
  /** The publisher's own Sigstore bundle over the tree; `skill.sigstore.json` among the files does the same. */
  readonly publisherBundle?: unknown;
  readonly imported?: Imported;
}

export interface PublishResult {
  readonly skillId: string;
  /** Also the id of the attempt: see `attempt`. */
  readonly versionId: string;
  readonly owner: string;
  readonly slug: string;
  readonly version: string;
  /** The same content had been published under this version already; nothing was changed. */
  readonly repeated: boolean;
  /** At the time of the answer; see `settle`. */
  readonly state: VersionState;
  /** Departures from the Agent Skills specification, for the author. They do not stop a publish. */
  readonly warnings: readonly string[];
}

/** A version with the names it goes by. */
export interface VersionInfo {
  readonly owner: string;
  readonly slug: string;
  readonly skill: SkillRow;
  readonly row: VersionRow;
}

/** One version that waits for somebody. */
export interface QueueItem {
  readonly versionId: string;
  readonly owner: string;
  readonly slug: string;
  readonly version: string;
  readonly state: VersionState;
  /** Why it waits. */
  readonly reason: string | null;
  readonly decision: string | null;
  /** What it can do beyond the newest version before it; null when there was none. */
  readonly growth: Growth | null;
  readonly publisher: { readonly id: string; readonly handle: string };
  readonly approvals: readonly {
    readonly user: string;
    readonly handle: string;
    readonly decision: string;
    readonly reason: string;
    readonly at: number;
  }[];
  /** How many different people have to approve. */
  readonly needed: number;
  /** The scan blocks it: only an admin can let it through. */
  readonly breakGlass: boolean;
  readonly archiveSha256: string;
  readonly reportSha256: string | null;
  readonly createdAt: number;
  readonly notBefore: number;
}

export interface Ability {
  readonly kind: string;
  readonly key: string;
  readonly details: Readonly<Record<string, string | boolean | readonly string[]>>;
}
export interface Growth {
  /** `@owner/slug@version` that it was compared with. */
  readonly against: string;
  readonly added: readonly Ability[];
  readonly removed: readonly Ability[];
}

/** What of the queue is wanted. */
export interface QueueQuery {
  /** Items of each list, at most 200 (default 100). */
  readonly limit?: number | undefined;
  /** Where to go on in each list (`next` of the page before); null leaves it out. */
  readonly forMe?: string | null | undefined;
  readonly mine?: string | null | undefined;
  /** Only versions of skills of that name. */
  readonly name?: SkillName | undefined;
}

/** Oldest first. */
export interface Queue {
  /** Held versions that the actor may decide about and has not approved since they wait. */
  readonly forMe: readonly QueueItem[];
  /** The actor's own versions that are not served yet and not refused. */
  readonly mine: readonly QueueItem[];
  /** Where each list goes on; null at its end. */
  readonly next: { readonly forMe: string | null; readonly mine: string | null };
}

export interface ApproveOptions {
  readonly reason: string;
  /** Lets through what the scan blocks. Admins only, with a reason of at least 20 characters; written to the log as an alarm and into the release statement. */
  readonly breakGlass?: boolean;
  /** Digest of the report that was looked at: if a newer one has come, the approval is not taken. */
  readonly report?: string;
}

export type RevokeSeverity = 'block' | 'warn';

export interface Revoked {
  readonly row: VersionRow;
  /** Other versions with the very same bytes that were revoked with it, as `@owner/slug@version`. */
  readonly also: readonly string[];
}

export interface SkillName {
  readonly owner?: string;
  readonly slug: string;
}

/** What the rules of today say of one version that is served. */
export interface RescanItem {
  readonly versionId: string;
  readonly ref: string;
  readonly was: string | null;
  readonly now: string;
  /** What is new to block or review, as `RULE at file:line: what it does`. */
  readonly findings: readonly string[];
  /** What applying does, or would. */
  readonly action: 'none' | 'flag' | 'revoke';
}
export interface RescanReport {
  readonly ruleset: string;
  readonly versions: number;
  /** Only versions that change. */
  readonly changes: readonly RescanItem[];
  /** Versions that could not be scanned, and why. They stay as they are. */
  readonly failures: readonly { readonly ref: string; readonly says: string }[];
}

/** What a rescan does besides its report: nothing; flag or revoke as policy says; flag alone, as at the start of a server whose rules or policy have changed. */
export type RescanDeed = 'report' | 'apply' | 'flag';

/** A rescan of everything as a job: see `startRescan`. */
export interface RescanJob {
  readonly id: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly does: RescanDeed;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** Null before it began. */
  readonly ruleset: string | null;
  readonly versions: number | null;
  /** How many of them it has come to. */
  readonly scanned: number;
  readonly changes: readonly RescanItem[];
  readonly failures: RescanReport['failures'];
  /** Why it was given up. */
  readonly failure: string | null;
}

export interface ScrubReport {
  readonly versions: number;
  readonly blobs: number;
  readonly damaged: readonly { readonly ref: string; readonly says: string }[];
}

/** What a round of clearing away found and did. */
export interface CollectReport {
  /** Files there were. */
  readonly stored: number;
  /** Files that nothing names, left for now. */
  readonly forgotten: number;
  readonly files: number;
  readonly bytes: number;
}

/** Runs one kind of job. What it throws is tried again later, with growing pauses. Every job may run twice. */
export type JobHandler = (job: JobRow) => Promise<void>;

export interface Gate {
  /** Takes a version into quarantine and has it scanned. The same request again, at the same time or years later, gives the same result. */
  publish(actor: Actor, request: PublishRequest): Promise<PublishResult>;
  /** Waits at most `ms` while the machine still works on a version (scan, or signature that is due), then gives the row as it is. */
  settle(versionId: string, ms: number): Promise<VersionRow>;
  approve(actor: Actor, ref: VersionRef, options: ApproveOptions): Promise<VersionRow>;
  reject(actor: Actor, ref: VersionRef, options: { readonly reason: string; readonly report?: string }): Promise<VersionRow>;
  /** Has a held version whose scan failed scanned again. */
  retry(actor: Actor, ref: VersionRef): Promise<VersionRow>;
  yank(actor: Actor, ref: VersionRef, reason: string): Promise<VersionRow>;
  restore(actor: Actor, ref: VersionRef, reason: string): Promise<VersionRow>;
  deprecate(actor: Actor, ref: VersionRef, options: { readonly message: string; readonly replacement?: string }): Promise<VersionRow>;
  undeprecate(actor: Actor, ref: VersionRef): Promise<VersionRow>;
  /**
   * Final. Takes effect at once; the signed revocation follows as soon as the signer answers. Takes with it every version with the very same bytes that was served and that the actor may
   * revoke; of those that they may not, and that are served, an alarm tells.
   */
  revoke(
    actor: Actor,
    ref: VersionRef,
    options: { readonly reason: string; readonly severity: RevokeSeverity; readonly replacement?: string },
  ): Promise<Revoked>;
  /** Hides a skill with all its versions. The name stays taken. */
  deleteSkill(actor: Actor, name: SkillName, reason: string): Promise<SkillRow>;
  undeleteSkill(actor: Actor, name: SkillName, reason: string): Promise<SkillRow>;
  /** Points a tag at a served version. */
  setTag(actor: Actor, ref: { readonly owner?: string; readonly slug: string; readonly version: string }, tag: string): Promise<void>;
  queue(actor: Actor, query?: QueueQuery): Promise<Queue>;
  /** A version in any state, for its publisher, members who may publish there, approvers and admins; `not-found` for everybody else. */
  attempt(actor: Actor, versionId: string): Promise<VersionInfo>;
  /** Same, by name. */
  inspect(actor: Actor, ref: VersionRef): Promise<VersionInfo>;
  /** Scans everything that is served with the rules and policy of today. With `apply` it also flags or revokes, as policy says. */
  rescan(options: { readonly apply: boolean; readonly signal?: AbortSignal }): Promise<RescanReport>;
  /** The same as a job, for admins: it goes on without whoever asked, and over a restart of the server. One that is under way already is given instead. */
  startRescan(actor: Actor, options: { readonly apply: boolean }): Promise<RescanJob>;
  /** How far it is, or what came of it; `latest` is the newest one. The newest twenty are kept. */
  rescanJob(actor: Actor, id: string): Promise<RescanJob>;
  /** Hashes every stored byte of everything that is served. What does not fit is an alarm. */
  scrub(): Promise<ScrubReport>;
  /** Clears away stored files that nothing has named for a day. */
  collect(): Promise<CollectReport>;
  /** Another kind of background work, run by the same runner (call before `start`). */
  handle(kind: string, handler: JobHandler, options?: { readonly parallel?: number; readonly leaseMs?: number }): void;
  /** Starts working: what was left by a crash first. Also looks whether the rules have changed since what is served was scanned. */
  start(): Promise<void>;
  /** Takes no new work and waits for what runs. */
  stop(): Promise<void>;
}
