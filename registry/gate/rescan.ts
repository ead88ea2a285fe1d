/**
 * Rules and policy change; what was served under the old ones is looked at again. A report first says what would change; applying flags a version (readers see it, it stays), or
 * revokes it if policy says so and a rule blocks it for a reason that nobody has looked at before. A version that an admin let through by break-glass is not revoked for the very
 * reasons that were known then.
 *
 * At the start of a server whose rules or policy differ from those that the store was last judged by, every version that is served gets a job of its own.
 */
import type { Report } from '../../scanner/model.ts';
import { RegistryError } from '../errors.ts';
import { actorOf, releasable, system } from '../model.ts';
import type { JobRow, VersionRow } from '../store/schema.ts';
import { versionById, versionIds } from '../store/versions.ts';
import { alarm } from './alarm.ts';
import { type Context, change, enqueue, refOf, reread, subjectId, tell } from './context.ts';
import type { RescanItem, RescanReport, VersionInfo } from './contract.ts';
import { Later } from './runner.ts';
import { dateOf, readReport, scanVersion } from './scanning.ts';
import { show } from './showing.ts';
import { decisive } from './text.ts';
import { revokeVersion } from './withdraw.ts';

const served = [...releasable];
const ranks: Readonly<Record<string, number>> = { pass: 0, review: 1, incomplete: 2, block: 3 };

/** What a rescan found, kept in the column `flagged`. */
export interface Flag {
  readonly at: string;
  readonly ruleset: string;
  readonly policy: string;
  readonly decision: string;
  readonly says: string;
  readonly findings: readonly string[];
  /** Blob of the new report. */
  readonly report: string;
}

/** What the rules and policy of today are, as one text. */
export async function rulesNow(ctx: Context): Promise<{ readonly ruleset: string; readonly policy: string }> {
  const [{ ruleIds, rulesDigest }, { loadPolicy }] = await Promise.all([
    import('../../scanner/rules/index.ts'),
    import('../../scanner/policy/index.ts'),
  ]);
  return { ruleset: rulesDigest(), policy: loadPolicy(ctx.config.policy.scan, ruleIds).digest };
}

interface Compared {
  readonly item: RescanItem;
  readonly report: Report;
  readonly bytes: Buffer;
}

/** Scans one version with the rules of today. @returns what differs, or why it could not be scanned */
async function compare(ctx: Context, of: VersionInfo): Promise<Compared | { readonly failure: string; readonly stopped: boolean }> {
  if (of.row.report_sha256 === null) return { failure: 'it has no report to compare with', stopped: false };
  const old = await readReport(ctx.store, of.row.report_sha256);
  const outcome = await scanVersion(ctx, of, dateOf(ctx.now()));
  if (!outcome.ok) return { failure: outcome.says, stopped: outcome.reason === 'stopped' };
  const { report } = outcome;
  const known = new Set(old.verdict.because);
  const fresh = report.verdict.because.some((id) => !known.has(id));
  const now = report.verdict.decision;
  const worse = ranks[now]! > (ranks[old.verdict.decision] ?? 0);
  const action = now === 'block' && fresh ? (ctx.config.policy.rescan === 'revoke' ? 'revoke' : 'flag') : worse ? 'flag' : 'none';
  return {
    item: { versionId: of.row.id, ref: refOf(of), was: old.verdict.decision, now, findings: decisive(report, old.verdict.because), action },
    report,
    bytes: outcome.reportBytes,
  };
}

/** Does what a comparison asks for. */
async function apply(ctx: Context, of: VersionInfo, { item, report, bytes }: Compared): Promise<void> {
  if (item.action === 'none') {
    if (of.row.flagged !== null) await unflag(ctx, of, report);
    return;
  }
  const digest = await ctx.store.blobs.put(bytes);
  const flag: Flag = {
    at: new Date(ctx.now()).toISOString(),
    ruleset: report.rules.digest,
    policy: report.policy.digest,
    decision: item.now,
    says: report.verdict.says,
    findings: item.findings.slice(0, 50),
    report: digest,
  };
  const says = `The rules of today say ${item.now}: ${report.verdict.says}.${item.findings.map((text) => `\n  ${text}`).join('')}`.slice(0, 4000);
  await ctx.store.write(async (tx) => {
    const row = await reread(ctx, tx, of.row.id);
    if (!releasable.has(row.state) || sameFlag(row, flag)) return;
    await change(ctx, tx, of, {
      type: 'version.flagged',
      by: system,
      reason: says,
      patch: { flagged: JSON.stringify(flag) },
      data: { to: row.state, was: item.was, now: item.now, ruleset: flag.ruleset, policy: flag.policy, report: digest, action: item.action },
    });
    if (item.action !== 'revoke') return;
    await revokeVersion(ctx, tx, of, { by: system, reason: says, severity: 'block' });
    await show(ctx, tx, of.row.skill_id);
  });
  ctx.wake();
}

function sameFlag(row: VersionRow, flag: Flag): boolean {
  if (row.flagged === null) return false;
  const before = JSON.parse(row.flagged) as Flag;
  return before.ruleset === flag.ruleset && before.policy === flag.policy && before.decision === flag.decision && before.report === flag.report;
}

async function unflag(ctx: Context, of: VersionInfo, report: Report): Promise<void> {
  await ctx.store.write(async (tx) => {
    const row = await reread(ctx, tx, of.row.id);
    await change(ctx, tx, of, {
      type: 'version.unflagged',
      by: system,
      patch: { flagged: null },
      data: { to: row.state, ruleset: report.rules.digest, policy: report.policy.digest, decision: report.verdict.decision },
    });
  });
}

/** How far a rescan of everything is, and what it has found. */
export interface RescanProgress {
  readonly last: string | null;
  readonly scanned: number;
  readonly changes: readonly RescanItem[];
  readonly failures: RescanReport['failures'];
}
export const nothingYet: RescanProgress = { last: null, scanned: 0, changes: [], failures: [] };

interface RescanOptions {
  readonly apply: boolean;
  readonly signal?: AbortSignal;
  /** To go on from there. */
  readonly from?: RescanProgress;
  /** Told now and then. @param versions how many there are */
  readonly progress?: (now: RescanProgress, versions: number) => Promise<void>;
}

/** Everything that is served, as many at once as scans may run. */
export async function rescan(ctx: Context, options: RescanOptions): Promise<RescanReport> {
  const ids = await versionIds(ctx.store.db, served);
  const atOnce = Math.max(1, ctx.config.scan.parallel);
  const before = options.from ?? nothingYet;
  const start = before.last === null ? 0 : ids.indexOf(before.last) + 1;
  let now = start === 0 ? nothingYet : before;
  for (let at = start; at < ids.length; at += atOnce) {
    options.signal?.throwIfAborted();
    const some = ids.slice(at, at + atOnce);
    const looked = await Promise.all(some.map((id) => lookAt(ctx, id, options.apply)));
    now = {
      last: some[some.length - 1]!,
      scanned: now.scanned + some.length,
      changes: [...now.changes, ...looked.flatMap((one) => ('item' in one && one.item !== undefined ? [one.item] : []))],
      failures: [...now.failures, ...looked.flatMap((one) => ('says' in one ? [one] : []))],
    };
    await options.progress?.(now, ids.length);
  }
  const { changes, failures } = now;
  return { ruleset: (await rulesNow(ctx)).ruleset, versions: ids.length, changes, failures };
}

/** What the rules of today say of one version, if that is something else than before. */
async function lookAt(
  ctx: Context,
  id: string,
  act: boolean,
): Promise<{ readonly item?: RescanItem } | { readonly ref: string; readonly says: string }> {
  let ref = id;
  try {
    const of = await versionById(ctx.store, ctx.store.db, id);
    if (of === undefined || !releasable.has(of.row.state)) return {};
    ref = refOf(of);
    const compared = await compare(ctx, of);
    if ('failure' in compared) {
      if (compared.stopped) throw new Later(ctx.now(), compared.failure);
      return { ref, says: compared.failure };
    }
    if (act) await apply(ctx, of, compared);
    const { item } = compared;
    return item.action !== 'none' || item.was !== item.now ? { item } : {};
  } catch (error) {
    if (error instanceof Later) throw error;
    const says = error instanceof Error ? error.message : String(error);
    if (error instanceof RegistryError && error.code === 'tampered') await alarm(ctx, 'alarm.tampered', ref, says);
    return { ref, says };
  }
}

/** Scans that fail before a rescan is given up; the version stays as it is. */
const tries = 3;

/** Does a rescan job. */
export async function rescanJob(ctx: Context, job: JobRow): Promise<void> {
  const of = await versionById(ctx.store, ctx.store.db, subjectId(job));
  if (of === undefined || !releasable.has(of.row.state)) return;
  const compared = await compare(ctx, of);
  if (!('failure' in compared)) {
    await apply(ctx, of, compared);
    return;
  }
  if (compared.stopped || job.attempts < tries) throw new Later(ctx.now() + (compared.stopped ? 0 : 2000 * job.attempts), compared.failure);
  await ctx.store.write((tx) =>
    tell(ctx, tx, {
      type: 'version.rescan-failed',
      actor: actorOf(system),
      subject: refOf(of),
      reason: compared.failure,
      data: { version: of.row.id },
    }),
  );
}

const judgedBy = 'judged-by';

/** Queues a rescan of everything served if rules or policy are others than those the store was last judged by. */
export async function rescanIfRulesChanged(ctx: Context): Promise<number> {
  const { ruleset, policy } = await rulesNow(ctx);
  const now = `${ruleset} ${policy}`;
  const read = (db: Context['store']['db']) => db.selectFrom('settings').select('value').where('key', '=', judgedBy).executeTakeFirst();
  if ((await read(ctx.store.db))?.value === now) return 0;
  return ctx.store.write(async (tx) => {
    const before = (await read(tx))?.value;
    if (before === now) return 0;
    const rows = await tx.selectFrom('versions').select(['id', 'ruleset', 'policy_digest']).where('state', 'in', served).execute();
    const stale = rows.filter((row) => before !== undefined || row.ruleset !== ruleset || row.policy_digest !== policy);
    for (const row of stale) await enqueue(ctx, tx, 'rescan', row.id);
    await tx
      .insertInto('settings')
      .values({ key: judgedBy, value: now })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: now }))
      .execute();
    if (stale.length > 0)
      await tell(ctx, tx, { type: 'rules.changed', actor: actorOf(system), subject: 'rules', data: { ruleset, policy, versions: stale.length } });
    return stale.length;
  });
}
