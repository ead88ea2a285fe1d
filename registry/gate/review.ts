/**
 * People decide: approve, reject, have scanned again. A decision is bound to the bytes and to the report that were looked at. Who may decide is asked
 * inside the transaction, so a role that is being taken away counts.
 *
 * Stops: approving one's own work (unless policy allows it, and then it is said in the release), approving what has changed since one looked, and letting through what the scan
 * blocks without an admin saying why, loudly.
 */
import { canApprove, hasScope, needScope, type SignedIn } from '../auth/rights.ts';
import { RegistryError } from '../errors.ts';
import { type Actor, actorOf, type VersionRef } from '../model.ts';
import { newId } from '../store/index.ts';
import type { ApprovalRow, VersionRow } from '../store/schema.ts';
import { approvalsOf, movedAt, versionById } from '../store/versions.ts';
import { breakGlassReason, routeOf } from './approvals.ts';
import { type Context, enqueue, move, refOf, type Tx, tell } from './context.ts';
import type { ApproveOptions, VersionInfo } from './contract.ts';
import { hasGrown, readGrowth } from './growth.ts';
import { judge } from './judging.ts';
import { insider, needVersion, type Right, skillNotFound, type VersionPlace } from './places.ts';
import { readReason } from './request.ts';
import { approved, unscanned } from './scanning.ts';

const decider: Right = (actor, { namespace }) => canApprove(actor, namespace);

export async function approve(ctx: Context, actor: Actor, ref: VersionRef, options: ApproveOptions): Promise<VersionRow> {
  needScope(actor, 'approve');
  const reason = readReason(options.reason);
  const row = await ctx.store.write(async (tx) => {
    const of = await needVersion(ctx, tx, actor, ref, decider, 'approve');
    // What was said before it came back to wait (the signer refused, its bytes were revoked) is not said about that.
    const since = of.row.state === 'held' ? await movedAt(tx, of.row) : 0;
    const before = (await approvalsOf(ctx.store, tx, of.row)).filter(
      (one) => one.user_id === actor.user.id && one.decision === 'approve' && one.created_at >= since,
    );
    const repeated = before.some((one) => one.report_sha256 === of.row.report_sha256 && (one.break_glass === 1 || options.breakGlass !== true));
    if (repeated && (of.row.state === 'approved' || of.row.state === 'served')) return of.row;
    checkReady(of, options.report);
    checkMay(ctx, actor, of, reason, options.breakGlass === true);
    if (!repeated) await record(ctx, tx, actor, of, 'approve', reason, options.breakGlass === true);
    const judged = await judge(ctx, tx, of.row);
    const after = judged.ok
      ? await approved(ctx, tx, of, {
          by: actor,
          reason,
          data: { approvers: judged.approvers, solo: judged.solo, breakGlass: judged.breakGlass, report: of.row.report_sha256 },
        })
      : of.row;
    ctx.checkpoint('approve:in-transaction');
    return after;
  });
  ctx.checkpoint('approve:committed');
  ctx.wake();
  return row;
}

/** @throws RegistryError `conflict` unless there is a finished scan to decide about, and it is the one that was looked at */
function checkReady({ row, ...of }: VersionPlace, report: string | undefined): void {
  const ref = refOf({ ...of, row });
  if (row.state !== 'held')
    throw new RegistryError(
      'conflict',
      row.state === 'quarantined' ? `${ref} is still being scanned. Try again in a moment.` : `${ref} is ${row.state}; there is nothing to approve.`,
      { detail: { state: row.state } },
    );
  if (row.report_sha256 === null)
    throw new RegistryError('conflict', `${ref} has no finished scan, so there is nothing to approve yet. Have it scanned again, or reject it.`);
  if (report !== undefined && report !== row.report_sha256)
    throw new RegistryError('conflict', `The report of ${ref} has changed since you looked at it. Look again.`, {
      detail: { report: row.report_sha256 },
    });
}

function checkMay(ctx: Context, actor: SignedIn, of: VersionPlace, reason: string, breakGlass: boolean): void {
  const { row } = of;
  const { policy } = ctx.config;
  if (row.publisher_id === actor.user.id && !policy.approval.solo)
    throw new RegistryError('forbidden', `You published ${refOf(of)} yourself; somebody else has to approve it.`);
  const route = routeOf(row.decision, hasGrown(readGrowth(row.growth)), policy, true);
  if (route === 'refuse')
    throw new RegistryError('forbidden', `The policy of this registry refuses what the scan of ${refOf(of)} decided (${row.decision}).`);
  if (route !== 'break-glass') {
    if (breakGlass) throw new RegistryError('bad-input', `There is no glass to break: the scan does not block ${refOf(of)}. Approve it as usual.`);
    return;
  }
  if (!breakGlass && policy.approval.approvers === 1)
    throw new RegistryError('forbidden', `The scan blocks ${refOf(of)}. Only an admin can let it through, by a break-glass approval.`);
  if (!breakGlass) return;
  if (!hasScope(actor, 'admin')) throw new RegistryError('forbidden', 'Only an admin can break the glass, with a token that has the scope "admin".');
  if ([...reason].length < breakGlassReason)
    throw new RegistryError('bad-input', `Breaking the glass needs a reason of at least ${breakGlassReason} characters, for those who ask later.`);
}

/** Writes down what a person decided. */
async function record(
  ctx: Context,
  tx: Tx,
  actor: SignedIn,
  of: VersionPlace,
  decision: 'approve' | 'reject',
  reason: string,
  breakGlass: boolean,
): Promise<void> {
  const { row } = of;
  const own = row.publisher_id === actor.user.id;
  const approval = ctx.store.seal<ApprovalRow>('approvals', {
    id: newId('apr'),
    version_id: row.id,
    user_id: actor.user.id,
    token_id: actor.tokenId ?? null,
    decision,
    reason,
    archive_sha256: row.archive_sha256,
    report_sha256: row.report_sha256,
    solo: own && decision === 'approve' ? 1 : 0,
    break_glass: breakGlass ? 1 : 0,
    created_at: ctx.now(),
  });
  await tx.insertInto('approvals').values(approval).execute();
  const event = {
    actor: actorOf(actor),
    subject: refOf(of),
    reason,
    data: { version: row.id, archive: row.archive_sha256, report: row.report_sha256, own, decision: row.decision, breakGlass },
  };
  await tell(ctx, tx, { type: decision === 'approve' ? 'approval.given' : 'approval.rejected', ...event });
  if (breakGlass) {
    ctx.log.warn({ alarm: 'alarm.break-glass', version: row.id, by: actor.user.handle }, `the glass was broken for ${refOf(of)}`);
    await tell(ctx, tx, { type: 'alarm.break-glass', ...event });
  }
}

export async function reject(
  ctx: Context,
  actor: Actor,
  ref: VersionRef,
  options: { readonly reason: string; readonly report?: string },
): Promise<VersionRow> {
  needScope(actor, 'approve');
  const reason = readReason(options.reason);
  const row = await ctx.store.write(async (tx) => {
    const of = await needVersion(ctx, tx, actor, ref, decider, 'reject');
    if (of.row.state === 'refused') return of.row;
    if (options.report !== undefined && options.report !== of.row.report_sha256)
      throw new RegistryError('conflict', `The report of ${refOf(of)} has changed since you looked at it. Look again.`);
    const after = await move(ctx, tx, of, {
      to: 'refused',
      by: actor,
      reason: `${refOf(of)} was rejected by ${actor.user.handle}: ${reason}\nTo appeal: write to ${actor.user.handle} or an admin of this registry, quoting this text; a changed skill needs a new version number.`,
      patch: { decided_at: ctx.now() },
    });
    await record(ctx, tx, actor, of, 'reject', reason, false);
    return after;
  });
  ctx.wake();
  return row;
}

export async function retry(ctx: Context, actor: Actor, ref: VersionRef): Promise<VersionRow> {
  needScope(actor, 'approve');
  const row = await ctx.store.write(async (tx) => {
    const of = await needVersion(ctx, tx, actor, ref, decider, 'have scanned again');
    if (of.row.state === 'quarantined') return of.row;
    if (!unscanned(of.row)) throw new RegistryError('conflict', `${refOf(of)} is ${of.row.state} and has a finished scan.`);
    await enqueue(ctx, tx, 'scan', of.row.id);
    await tell(ctx, tx, { type: 'version.retry', actor: actorOf(actor), subject: refOf(of), data: { version: of.row.id } });
    return ctx.store.patch(tx, 'versions', of.row.id, { decision: null, state_reason: 'It is being scanned again.' });
  });
  ctx.wake();
  return row;
}

/** A version in any state, for those who may know of it. */
export async function attempt(ctx: Context, actor: Actor, versionId: string): Promise<VersionInfo> {
  const of = await versionById(ctx.store, ctx.store.db, versionId);
  if (of === undefined) throw skillNotFound();
  const within = actor.namespaces === undefined || actor.namespaces.includes(of.owner);
  if (within && actor.user !== undefined && of.row.publisher_id === actor.user.id) return infoOf(of);
  try {
    return infoOf(await needVersion(ctx, ctx.store.db, actor, { owner: of.owner, slug: of.slug, version: of.row.version }, insider, 'look into'));
  } catch (error) {
    // Readers of the served version have no business with how it came to be; to them an attempt does not exist.
    throw error instanceof RegistryError && error.code !== 'tampered' ? skillNotFound() : error;
  }
}

/** The same by name. */
export async function inspect(ctx: Context, actor: Actor, ref: VersionRef): Promise<VersionInfo> {
  const of = await needVersion(ctx, ctx.store.db, actor, ref, () => true, 'look into');
  return attempt(ctx, actor, of.row.id);
}

const infoOf = ({ owner, slug, skill, row }: VersionInfo): VersionInfo => ({ owner, slug, skill, row });
