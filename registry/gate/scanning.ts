/**
 * The scan job: has a quarantined version scanned in its own process, stores the report, and sends the version where policy says. A scan that did not finish is never a
 * verdict: it is tried again, and then the version waits for a person, who can have it scanned anew but cannot approve it.
 *
 * The signer does the same scan again and wants the same report, byte for byte. If rules, scanner or policy have changed meanwhile, the version comes back here to be scanned
 * anew; approvals given before stay good as long as the new report holds nothing that the approvers did not see.
 */
import type { Report } from '../../scanner/model.ts';
import { RegistryError } from '../errors.ts';
import { type Actor, actorOf, refText, system } from '../model.ts';
import { type Connection, userById } from '../store/accounts.ts';
import type { Store } from '../store/index.ts';
import type { JobRow, VersionRow } from '../store/schema.ts';
import { baseOf, versionById } from '../store/versions.ts';
import { alarm } from './alarm.ts';
import { foreign, routeOf } from './approvals.ts';
import { type Context, change, enqueue, move, needBlobs, refOf, reread, subjectId, type Tx, tell } from './context.ts';
import type { Growth, VersionInfo } from './contract.ts';
import { growthOver, growthText, hasGrown, writeGrowth } from './growth.ts';
import { judge } from './judging.ts';
import { similarName } from './names.ts';
import { Later } from './runner.ts';
import { scanName } from './scan-name.ts';
import { importText, refusalText } from './text.ts';
import { revokedTwin } from './twins.ts';

/** Scans that fail before a person has to look. */
const tries = 3;
/** Milliseconds between them. */
const pause = 2000;

/** The date that a moment falls on, as scans want it. */
export const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** A stored report. @throws RegistryError `tampered` */
export const readReport = async (store: Store, digest: string): Promise<Report> =>
  JSON.parse((await store.blobs.get(digest)).toString('utf8')) as Report;

/** What a version can do beyond the newest one that people have been given; `revoked` if all there was has been withdrawn for cause. */
export async function growthNow(
  store: Store,
  db: Connection,
  of: VersionInfo,
  report: Report,
): Promise<{ readonly growth: Growth | null; readonly revoked: boolean }> {
  const { base, revoked } = await baseOf(store, db, of.row.skill_id, of.row.id);
  if (base === undefined) return { growth: null, revoked };
  if (base.report_sha256 === null) throw new RegistryError('internal', 'A version was served without a report.');
  const name = refText({ owner: of.owner, slug: of.slug, version: base.version });
  const { capability } = await readReport(store, base.report_sha256);
  return { growth: growthOver({ name, capability }, report.capability), revoked: false };
}

/** Scans the bytes of one version, once. @throws RegistryError `tampered` when they are damaged */
export async function scanVersion(ctx: Context, of: VersionInfo, asOf: string) {
  const archive = await ctx.store.blobs.get(of.row.archive_sha256);
  const { scan, limits, policy } = ctx.config;
  return ctx.scan(
    { archive, name: scanName(of), policy: policy.scan, asOf },
    { timeoutMs: limits.scanMs, memoryMb: limits.scanMb, requireIsolation: scan.requireIsolation, signal: ctx.stopping },
  );
}

/** Whether a version has no finished scan and so has to get one. */
export const unscanned = (row: Pick<VersionRow, 'state' | 'report_sha256'>): boolean =>
  row.state === 'quarantined' || (row.state === 'held' && row.report_sha256 === null);

/** How often a version has been scanned anew because the signer disagreed. */
export function roundOf(job: JobRow): number {
  const { round } = JSON.parse(job.payload) as { round?: number };
  return round ?? 0;
}

/** Does a scan job. */
export async function scanJob(ctx: Context, job: JobRow): Promise<void> {
  const of = await versionById(ctx.store, ctx.store.db, subjectId(job));
  if (of === undefined || !unscanned(of.row)) return;
  ctx.checkpoint('scan:begun');
  const asOf = dateOf(ctx.now());
  let failure: string;
  try {
    const outcome = await scanVersion(ctx, of, asOf);
    ctx.checkpoint('scan:done');
    if (outcome.ok) {
      const digest = await ctx.store.blobs.put(outcome.reportBytes);
      ctx.checkpoint('scan:stored');
      const similar = await similarName(ctx, of);
      await ctx.store.write(async (tx) => {
        await decide(ctx, tx, of, { report: outcome.report, digest, asOf, similar, round: roundOf(job) });
        ctx.checkpoint('scan:in-transaction');
      });
      ctx.checkpoint('scan:committed');
      ctx.wake();
      return;
    }
    if (outcome.reason === 'stopped') throw new Later(ctx.now(), outcome.says);
    failure = outcome.says;
  } catch (error) {
    if (error instanceof Later) throw error;
    if (error instanceof RegistryError && error.code === 'tampered') await alarm(ctx, 'alarm.tampered', refOf(of), error.message);
    failure = error instanceof Error ? error.message : String(error);
    ctx.log.error({ version: of.row.id, err: error }, 'a scan could not be run');
  }
  if (job.attempts < tries) throw new Later(ctx.now() + pause * job.attempts, failure);
  await ctx.store.write((tx) => giveUp(ctx, tx, of, failure));
  ctx.wake();
}

interface Scanned {
  readonly report: Report;
  readonly digest: string;
  readonly asOf: string;
  readonly similar: string | undefined;
  readonly round: number;
}

/** Writes down what the scan said and takes the version where policy sends it. */
async function decide(ctx: Context, tx: Tx, of: VersionInfo, { report, digest, asOf, similar, round }: Scanned): Promise<void> {
  const now = await reread(ctx, tx, of.row.id);
  // Somebody else did this job too, or rejected the version meanwhile.
  if (!unscanned(now)) return;
  const { policy } = ctx.config;
  const { decision } = report.verdict;
  const { growth, revoked } = await growthNow(ctx.store, tx, of, report);
  const publisher = await userById(ctx.store, tx, now.publisher_id);
  const twin = await revokedTwin(ctx, tx, now);
  // Reasons to look that no scan knows of.
  const doubts = [
    ...(revoked ? ['every earlier version of it was revoked'] : []),
    ...(twin === undefined ? [] : [twin.says]),
    ...(publisher === undefined || publisher.disabled_at !== null ? ['its publisher has been disabled since'] : []),
    ...(foreign(now.source, policy) ? [importText(now.source)] : []),
    ...(similar === undefined ? [] : [similar]),
  ];
  const route = routeOf(decision, hasGrown(growth), policy, doubts.length > 0);
  const facts = {
    version: now.id,
    archive: now.archive_sha256,
    report: digest,
    decision,
    ruleset: report.rules.digest,
    policy: report.policy.digest,
  };
  needBlobs(ctx, { report_sha256: digest });
  const row = await ctx.store.patch(tx, 'versions', now.id, {
    report_sha256: digest,
    decision,
    ruleset: report.rules.digest,
    policy_digest: report.policy.digest,
    scan_as_of: asOf,
    growth: writeGrowth(growth),
    scanned_at: ctx.now(),
  });
  await tell(ctx, tx, {
    type: 'version.scanned',
    actor: actorOf(system),
    subject: refOf(of),
    data: { ...facts, asOf, route, added: growth?.added.length ?? 0 },
  });
  const data = { decision, report: digest, policy: report.policy.digest };
  if (route === 'auto') {
    await approved(ctx, tx, of, { by: system, reason: null, round, data });
    return;
  }
  if (now.state === 'held' && (await judge(ctx, tx, row)).ok) {
    await approved(ctx, tx, of, { by: system, reason: null, round, data: { ...data, says: 'scanned again; approved before, and nothing is new' } });
    return;
  }
  const reasons = [
    ...(decision === 'pass' ? [] : [report.verdict.says]),
    ...(growth !== null && hasGrown(growth) && policy.approval.growth === 'review' ? [growthText(growth)] : []),
    ...doubts,
    ...(decision === 'pass' && policy.approval.pass === 'review' ? ['every version is reviewed here'] : []),
    ...(route === 'break-glass' ? ['only an admin can let it through (break-glass)'] : []),
  ];
  const outcome = route === 'refuse' ? 'refused' : 'held';
  const name = { owner: of.owner, slug: of.slug, version: row.version, publicUrl: ctx.config.publicUrl };
  const says = refusalText({ ...name, report, why: reasons.join('; '), outcome });
  if (now.state === 'held' && outcome === 'held') {
    // It was waiting for this scan and now waits for a person.
    await change(ctx, tx, of, { type: 'version.held', by: system, reason: says, patch: { state_reason: says }, data: { to: 'held', ...data } });
    return;
  }
  await move(ctx, tx, of, { to: outcome, by: system, reason: says, data, ...(outcome === 'refused' ? { patch: { decided_at: ctx.now() } } : {}) });
}

/** Takes a version to `approved` and queues its signature for the end of its cooldown. */
export async function approved(
  ctx: Context,
  tx: Tx,
  of: VersionInfo,
  step: { readonly by: Actor; readonly reason: string | null; readonly round?: number; readonly data?: Readonly<Record<string, unknown>> },
): Promise<VersionRow> {
  const row = await move(ctx, tx, of, {
    to: 'approved',
    by: step.by,
    reason: step.reason,
    patch: { decided_at: ctx.now() },
    data: { notBefore: new Date(of.row.not_before).toISOString(), ...step.data },
  });
  await enqueue(ctx, tx, 'sign', row.id, { round: step.round ?? 0, runAt: Math.max(ctx.now(), row.not_before) });
  return row;
}

async function giveUp(ctx: Context, tx: Tx, of: VersionInfo, failure: string): Promise<void> {
  const now = await reread(ctx, tx, of.row.id);
  if (!unscanned(now)) return;
  const says = `${refOf(of)} could not be scanned: ${failure.replace(/\.$/, '')}. It waits until an approver has it scanned again or rejects it.`;
  if (now.state === 'held') {
    await ctx.store.patch(tx, 'versions', now.id, { decision: 'failed', state_reason: says });
    return;
  }
  await move(ctx, tx, of, { to: 'held', by: system, reason: says, patch: { decision: 'failed' }, data: { decision: 'failed' } });
}
