/**
 * Rules and policy change; what was served under the old ones is looked at again. A report first says what would change; applying flags a version (readers see it, it stays), or
 * revokes it if policy says so and a rule blocks it for a reason that nobody has looked at before. A version that an admin let through by break-glass is not revoked for the very
 * reasons that were known then.
 *
 * At the start of a server whose rules or policy differ from those that the store was last judged by, every version that is served gets a job of its own.
 */
import type { Report } from '../../scanner/model.ts';
import { actorOf, releasable, system } from '../model.ts';
import type { JobRow, VersionRow } from '../store/schema.ts';
import { versionById, versionIds } from '../store/versions.ts';
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

/** Everything that is served, as many at once as scans may run. */
export async function rescan(ctx: Context, options: { readonly apply: boolean; readonly signal?: AbortSignal }): Promise<RescanReport> {
  const ids = await versionIds(ctx.store.db, served);
  const changes = new Map<number, RescanItem>();
  const failures = new Map<number, { readonly ref: string; readonly says: string }>();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < ids.length; at = next++) {
      options.signal?.throwIfAborted();
      const of = await versionById(ctx.store, ctx.store.db, ids[at]!);
      if (of === undefined || !releasable.has(of.row.state)) continue;
      const compared = await compare(ctx, of).catch((error: unknown) => ({
        failure: error instanceof Error ? error.message : String(error),
        stopped: false,
      }));
      if ('failure' in compared) failures.set(at, { ref: refOf(of), says: compared.failure });
      else {
        if (compared.item.action !== 'none' || compared.item.was !== compared.item.now) changes.set(at, compared.item);
        if (options.apply) await apply(ctx, of, compared);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, ctx.config.scan.parallel) }, work));
  const inOrder = <T>(of: Map<number, T>): T[] => [...of].sort(([a], [b]) => a - b).map(([, value]) => value);
  return { ruleset: (await rulesNow(ctx)).ruleset, versions: ids.length, changes: inOrder(changes), failures: inOrder(failures) };
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
