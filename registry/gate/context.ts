/**
 * What all parts of the gate share, and the two ways in which anything changes: `move` takes a version one step along its life, `tell` writes down a decision. Both work inside a
 * transaction of `store.write`, so a decision and its audit event are there together or not at all.
 */
import { randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Config } from '../config.ts';
import { RegistryError } from '../errors.ts';
import { type Actor, type AuditEvent, actorOf, refText, releasable, transitions, type VersionState } from '../model.ts';
import type { scanIsolated } from '../scan/index.ts';
import { appendEvent } from '../store/events.ts';
import type { Store } from '../store/index.ts';
import { addJob } from '../store/jobs.ts';
import type { MovingType } from '../store/newest.ts';
import type { JobRow, Schema, VersionRow } from '../store/schema.ts';
import { versionRow } from '../store/versions.ts';
import type { Signing } from './signing.ts';

export type Tx = Transaction<Schema>;

/** Structured log (pino's shape). Secrets and tokens never go in. */
export interface GateLog {
  info(data: object, says: string): void;
  warn(data: object, says: string): void;
  error(data: object, says: string): void;
}

/** Points at which a crash must not matter. Tests kill the process at each of them. */
export const checkpoints = [
  'publish:checked',
  'publish:stored',
  'publish:in-transaction',
  'publish:committed',
  'scan:begun',
  'scan:done',
  'scan:stored',
  'scan:in-transaction',
  'scan:committed',
  'approve:in-transaction',
  'approve:committed',
  'sign:begun',
  'sign:signed',
  'sign:stored',
  'sign:in-transaction',
  'sign:committed',
] as const;
export type Checkpoint = (typeof checkpoints)[number];

export interface GateDeps {
  readonly store: Store;
  readonly config: Config;
  readonly signer: Signing;
  readonly scan: typeof scanIsolated;
  readonly log: GateLog;
  /** Milliseconds since 1970; the system's clock by default. */
  readonly now?: () => number;
  /** Called at each point; only tests give one. */
  readonly checkpoint?: (point: Checkpoint) => void;
  /** How often an idle server looks for work that others left, in milliseconds (default 500). */
  readonly pollMs?: number;
}

export interface Context {
  readonly store: Store;
  readonly config: Config;
  readonly signer: Signing;
  readonly scan: typeof scanIsolated;
  readonly log: GateLog;
  now(): number;
  checkpoint(point: Checkpoint): void;
  /** Something was put into the queue, or a version has moved: those who wait should look. */
  wake(): void;
  /** Ends running scans when the server stops. */
  readonly stopping: AbortSignal;
}

/** Kinds of jobs about a version. */
export type JobKind = 'scan' | 'sign' | 'revocation' | 'rescan';

/**
 * Queues a job about a version. Each is a job of its own, even if one of its kind is open: that one may be ending right now and would not see what has changed since it looked. Two that
 * find the same work do it once.
 */
export const enqueue = (
  ctx: Context,
  tx: Tx,
  kind: JobKind,
  versionId: string,
  options: { readonly runAt?: number; readonly round?: number } = {},
): Promise<void> =>
  addJob(
    tx,
    {
      kind,
      subject: `${versionId}:${randomBytes(4).toString('hex')}`,
      payload: { round: options.round ?? 0 },
      ...(options.runAt === undefined ? {} : { runAt: options.runAt }),
    },
    ctx.now(),
  );

/** The version that a job is about. */
export const subjectId = (job: Pick<JobRow, 'subject'>): string => job.subject.split(':')[0]!;

/** Writes a decision into the audit log, from where the webhooks take it. @returns its number */
export async function tell(ctx: Context, tx: Tx, event: AuditEvent): Promise<number> {
  return (await appendEvent(tx, event, ctx.now())).seq;
}

/** The names a version goes by. */
export interface Named {
  readonly owner: string;
  readonly slug: string;
  readonly row: Pick<VersionRow, 'id' | 'version'>;
}
export const refOf = (of: Named): string => refText({ owner: of.owner, slug: of.slug, version: of.row.version });

export interface Step {
  readonly to: Exclude<VersionState, 'quarantined'>;
  readonly by: Actor;
  /** Why it is now in that state, for people; null clears it. */
  readonly reason: string | null;
  /** Other columns that change with it. */
  readonly patch?: Partial<Omit<VersionRow, 'id' | 'seal' | 'state' | 'state_reason' | 'skill_id' | 'version' | 'archive_sha256'>>;
  /** `version.<to>` by default. */
  readonly type?: MovingType;
  readonly data?: Readonly<Record<string, unknown>>;
}

/**
 * Takes a version one step. Reads the row again inside the transaction, so that a step taken meanwhile by somebody else is seen.
 * @throws RegistryError `conflict` if that step may not follow the state it is in
 */
export async function move(ctx: Context, tx: Tx, of: Named, step: Step): Promise<VersionRow> {
  const before = await reread(ctx, tx, of.row.id);
  if (!transitions[before.state].includes(step.to))
    throw new RegistryError('conflict', `${refOf(of)} is ${before.state}; it cannot become ${step.to}.`, { detail: { state: before.state } });
  if (releasable.has(step.to) && (step.patch?.attestations_sha256 ?? before.attestations_sha256) === null)
    throw new RegistryError('internal', `${refOf(of)} has no release and cannot be ${step.to}.`);
  return change(ctx, tx, of, {
    type: step.type ?? `version.${step.to}`,
    by: step.by,
    reason: step.reason,
    patch: { ...step.patch, state: step.to, state_reason: step.reason },
    data: { from: before.state, to: step.to, archive: before.archive_sha256, publisher: before.publisher_id, ...step.data },
  });
}

/**
 * Changes the row of a version together with the event that tells of it. The row knows the event's number, so that an older row which somebody puts back is given away by the log
 * (store/newest.ts). Everything that changes what is served, or what is shown of it, is written so.
 */
export async function change(
  ctx: Context,
  tx: Tx,
  of: Named,
  step: {
    readonly type: MovingType;
    readonly by: Actor;
    readonly reason?: string | null;
    readonly patch: Partial<Omit<VersionRow, 'id' | 'seal' | 'moved_seq'>>;
    /** With `to`, the state that it is in afterwards. */
    readonly data: Readonly<Record<string, unknown>> & { readonly to: VersionState };
  },
): Promise<VersionRow> {
  needBlobs(ctx, step.patch);
  const seq = await tell(ctx, tx, {
    type: step.type,
    actor: actorOf(step.by),
    subject: refOf(of),
    ...(step.reason == null ? {} : { reason: step.reason }),
    data: { version: of.row.id, ...step.data },
  });
  return ctx.store.patch(tx, 'versions', of.row.id, { ...step.patch, moved_seq: seq });
}

/** Columns of a version that name blobs; `flagged` names one inside. */
export const blobColumns = ['archive_sha256', 'report_sha256', 'attestations_sha256', 'publisher_bundle', 'revocation_sha256'] as const;

/** What a row is about to refer to must be there at this moment: it was stored before the transaction, and may have been cleared away since (collect.ts). @throws RegistryError unavailable */
export function needBlobs(ctx: Context, row: Partial<Pick<VersionRow, (typeof blobColumns)[number] | 'flagged'>>): void {
  for (const column of blobColumns) {
    const digest = row[column];
    if (typeof digest === 'string') ctx.store.blobs.need(digest);
  }
  const flagged = flaggedReport(row.flagged ?? null);
  if (flagged !== undefined) ctx.store.blobs.need(flagged);
}

/** The report that a later ruleset's word about a version rests on. */
export function flaggedReport(flagged: string | null): string | undefined {
  const report = flagged === null ? undefined : (JSON.parse(flagged) as { readonly report?: unknown }).report;
  return typeof report === 'string' ? report : undefined;
}

/** The row as it is now. @throws RegistryError `tampered`, `not-found` */
export async function reread(ctx: Context, tx: Tx, id: string): Promise<VersionRow> {
  const row = await versionRow(ctx.store, tx, id);
  if (row === undefined) throw new RegistryError('not-found', 'There is no such version.');
  return row;
}
