/** Whether the approvals on record are enough for a version, as things stand: the pure judgement (approvals.ts) over what the store says. */
import type { Report } from '../../scanner/model.ts';
import { type Connection, userById } from '../store/accounts.ts';
import type { ApprovalRow, VersionRow } from '../store/schema.ts';
import { approvalsOf } from '../store/versions.ts';
import { foreign, type Judgement, judgeApprovals, type Person } from './approvals.ts';
import type { Context } from './context.ts';
import { hasGrown, readGrowth } from './growth.ts';
import { revokedTwin } from './twins.ts';

/**
 * @param row held versions need a person even if the scan passed; so do those that somebody has decided about, since they were held
 */
export async function judge(ctx: Context, db: Connection, row: VersionRow): Promise<Judgement> {
  const given = await approvalsOf(ctx.store, db, row);
  const people: Person[] = [];
  for (const id of new Set(given.map((approval) => approval.user_id))) {
    const user = await userById(ctx.store, db, id);
    if (user !== undefined) people.push({ id, role: user.role, disabled: user.disabled_at !== null });
  }
  const publisher = await userById(ctx.store, db, row.publisher_id);
  // Perhaps revoked since it was scanned: it may have waited for the end of a cooldown.
  const twin = await revokedTwin(ctx, db, row);
  return judgeApprovals({
    decision: row.decision,
    growth: hasGrown(readGrowth(row.growth)),
    publisherId: row.publisher_id,
    approvals: (await seen(ctx, row, given)).filter((one) => one.decision === 'reject' || twin === undefined || one.created_at > twin.at),
    people,
    policy: ctx.config.policy,
    archiveSha256: row.archive_sha256,
    person:
      row.state === 'held' ||
      given.length > 0 ||
      publisher === undefined ||
      publisher.disabled_at !== null ||
      foreign(row.source, ctx.config.policy) ||
      twin !== undefined,
  });
}

/** Rejections, and the approvals of people who have seen what the report of now says. */
async function seen(ctx: Context, row: VersionRow, given: readonly ApprovalRow[]): Promise<readonly ApprovalRow[]> {
  if (row.report_sha256 === null) return given.filter((approval) => approval.decision === 'reject');
  const good: ApprovalRow[] = [];
  for (const approval of given) {
    const same = approval.report_sha256 === row.report_sha256;
    if (approval.decision === 'reject' || same || (approval.report_sha256 !== null && (await covers(ctx, approval.report_sha256, row.report_sha256))))
      good.push(approval);
  }
  return good;
}

const ranks: Readonly<Record<string, number>> = { pass: 0, review: 1, incomplete: 2, block: 3 };

async function covers(ctx: Context, before: string, after: string): Promise<boolean> {
  const [old, now] = await Promise.all(
    [before, after].map(async (digest) => JSON.parse((await ctx.store.blobs.get(digest)).toString('utf8')) as Report),
  );
  return old !== undefined && now !== undefined && seenIn(old, now);
}

/** Whether who has seen one report has seen all that matters in another one of the same bytes: the same abilities, no worse decision, no reason that was not there. */
export function seenIn(old: Report, now: Report): boolean {
  if (old.capability.digest !== now.capability.digest) return false;
  const [was, is] = [ranks[old.verdict.decision], ranks[now.verdict.decision]];
  if (was === undefined || is === undefined || is > was) return false;
  const known = new Set(old.verdict.because);
  return now.verdict.because.every((id) => known.has(id));
}
