/**
 * Rules and policy change; what was served under the old ones is looked at again. A report first says what would change; then an admin has it applied, which flags a version (readers see
 * it, it stays), or revokes it if policy says so and a rule blocks it for a reason that nobody has looked at before. A version that an admin let through by break-glass is not revoked for
 * the very reasons that were known then.
 *
 * What nobody asked for flags and never revokes: a rescan at the start of a server with other rules or another policy (rescan-job.ts), and of a version that comes back from a yank. A
 * revocation is for ever, and a wrong word in a policy file must not be.
 */
import type { Report } from '../../scanner/model.ts';
import { RegistryError } from '../errors.ts';
import { actorOf, releasable, system } from '../model.ts';
import type { JobRow, VersionRow } from '../store/schema.ts';
import { versionById, versionIds } from '../store/versions.ts';
import { alarm } from './alarm.ts';
import { type Context, change, refOf, reread, subjectId, tell } from './context.ts';
import type { RescanDeed, RescanItem, RescanReport, VersionInfo } from './contract.ts';
import { Later } from './runner.ts';
import { dateOf, readReport, scanVersion } from './scanning.ts';
import { show } from './showing.ts';
import { decisive } from './text.ts';
import { revokeVersion } from './withdraw.ts';

export const served = [...releasable];
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

/** Does what a comparison asks for. @param revoking whether it may revoke; if not, it flags what it would */
async function apply(ctx: Context, of: VersionInfo, { item, report, bytes }: Compared, revoking: boolean): Promise<void> {
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
    if (!releasable.has(row.state)) return;
    const action = revoking ? item.action : 'flag';
    if (!sameFlag(row, flag))
      await change(ctx, tx, of, {
        type: 'version.flagged',
        by: system,
        reason: says,
        patch: { flagged: JSON.stringify(flag) },
        data: { to: row.state, was: item.was, now: item.now, ruleset: flag.ruleset, policy: flag.policy, report: digest, action },
      });
    if (action !== 'revoke') return;
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
  /** What it began under: see `underOf` in rescan-job.ts. */
  readonly under: string;
  readonly last: string | null;
  readonly scanned: number;
  readonly changes: readonly RescanItem[];
  readonly failures: RescanReport['failures'];
}
export const nothingYet = { last: null, scanned: 0, changes: [], failures: [] } as const satisfies Omit<RescanProgress, 'under'>;

type Found = Omit<RescanProgress, 'under'>;

interface RescanOptions {
  readonly does: RescanDeed;
  readonly signal?: AbortSignal;
  /** To go on from there. */
  readonly from?: Found;
  /** Told now and then. @param versions how many there are */
  readonly progress?: (now: Found, versions: number) => Promise<void>;
}

/** Everything that is served, as many at once as scans may run. */
export async function rescan(ctx: Context, options: RescanOptions): Promise<RescanReport> {
  const ids = await versionIds(ctx.store.db, served);
  const atOnce = Math.max(1, ctx.config.scan.parallel);
  const before: Found = options.from ?? nothingYet;
  const start = before.last === null ? 0 : ids.indexOf(before.last) + 1;
  let now: Found = start === 0 ? nothingYet : before;
  for (let at = start; at < ids.length; at += atOnce) {
    options.signal?.throwIfAborted();
    const some = ids.slice(at, at + atOnce);
    const looked = await Promise.all(some.map((id) => lookAt(ctx, id, options.does)));
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
  does: RescanDeed,
): Promise<{ readonly item?: RescanItem } | { readonly ref: string; readonly says: string }> {
  let ref = id;
  try {
    const of = await versionById(ctx.store, ctx.store.db, id);
    if (of === undefined || !releasable.has(of.row.state)) return {};
    ref = refOf(of);
    let compared = await compare(ctx, of);
    // A report can be asked for again; what is to be flagged should not hang on one scan that failed.
    for (let left = does === 'report' ? 0 : tries - 1; left > 0 && 'failure' in compared && !compared.stopped; left--)
      compared = await compare(ctx, of);
    if ('failure' in compared) {
      if (compared.stopped) throw new Later(ctx.now(), compared.failure);
      if (does !== 'report') await tellFailure(ctx, of, compared.failure);
      return { ref, says: compared.failure };
    }
    if (does !== 'report') await apply(ctx, of, compared, does === 'apply');
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

const tellFailure = (ctx: Context, of: VersionInfo, failure: string): Promise<number> =>
  ctx.store.write((tx) =>
    tell(ctx, tx, { type: 'version.rescan-failed', actor: actorOf(system), subject: refOf(of), reason: failure, data: { version: of.row.id } }),
  );

/** Does a rescan job of one version. */
export async function rescanJob(ctx: Context, job: JobRow): Promise<void> {
  const of = await versionById(ctx.store, ctx.store.db, subjectId(job));
  if (of === undefined || !releasable.has(of.row.state)) return;
  const compared = await compare(ctx, of);
  if (!('failure' in compared)) {
    await apply(ctx, of, compared, false);
    return;
  }
  if (compared.stopped || job.attempts < tries) throw new Later(ctx.now() + (compared.stopped ? 0 : 2000 * job.attempts), compared.failure);
  await tellFailure(ctx, of, compared.failure);
}
