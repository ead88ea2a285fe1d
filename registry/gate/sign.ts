/**
 * The sign job: has an approved version signed when its cooldown is over, verifies what comes back as any client would, and only then, in one transaction, serves it. As long as
 * the signer does not answer the version stays approved and is tried again; what is served already does not care.
 *
 * A signer that says no is believed: the version goes back to waiting for people. A signature by a key that is not on record is never believed.
 */
import { RegistryError } from '../errors.ts';
import { system } from '../model.ts';
import type { JobRow, VersionRow } from '../store/schema.ts';
import { releaseKeys, versionById } from '../store/versions.ts';
import { TrustError } from '../trust/errors.ts';
import { verifyRelease, verifyRevocation } from '../trust/release.ts';
import { alarm } from './alarm.ts';
import type { Judgement } from './approvals.ts';
import { type Context, change, enqueue, move, refOf, reread, subjectId, type Tx } from './context.ts';
import type { VersionInfo } from './contract.ts';
import { writeGrowth } from './growth.ts';
import { judge } from './judging.ts';
import { backoff, Later } from './runner.ts';
import { growthNow, readReport, roundOf } from './scanning.ts';
import { setTags, show } from './showing.ts';
import { isRefusal, objectionOf } from './signing.ts';
import { revokedTwin } from './twins.ts';

/** Times that gate and signer may disagree about a scan before a person has to look. */
const rounds = 3;
/** Longest pause (ms) between attempts while the signer does not answer. */
const longestPause = 30_000;

/** Does a sign job. */
export async function signJob(ctx: Context, job: JobRow): Promise<void> {
  const of = await versionById(ctx.store, ctx.store.db, subjectId(job));
  if (of === undefined || of.row.state !== 'approved') return;
  if (ctx.now() < of.row.not_before) throw new Later(of.row.not_before, 'its cooldown is not over');
  const judged = await judge(ctx, ctx.store.db, await regrown(ctx, of));
  if (!judged.ok) {
    const twin = await revokedTwin(ctx, ctx.store.db, of.row);
    await back(ctx, of, `${refOf(of)} is not approved any more: ${judged.says}${twin === undefined ? '' : ` A person has to look: ${twin.says}.`}`);
    return;
  }
  ctx.checkpoint('sign:begun');
  let bytes: Buffer;
  try {
    bytes = (await unlessStopped(ctx, ctx.signer.sign(of.row.id))).bytes;
  } catch (error) {
    await refusedBySigner(ctx, of, job, error);
    return;
  }
  ctx.checkpoint('sign:signed');
  try {
    await verifyRelease(bytes, expectedOf(ctx, of), await knownKeys(ctx));
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    await alarm(ctx, 'alarm.signer', refOf(of), `What the signer gave for it does not verify: ${error.message}`);
    throw new Later(ctx.now() + longestPause, error.message);
  }
  const digest = await ctx.store.blobs.put(bytes);
  ctx.checkpoint('sign:stored');
  await ctx.store.write(async (tx) => {
    await serve(ctx, tx, of, digest, judged);
    ctx.checkpoint('sign:in-transaction');
  });
  ctx.checkpoint('sign:committed');
  ctx.wake();
}

/** Its growth against what people have been given by now: another version may have been served since it was scanned. */
async function regrown(ctx: Context, of: VersionInfo): Promise<VersionRow> {
  if (of.row.report_sha256 === null) return of.row;
  const { growth } = await growthNow(ctx.store, ctx.store.db, of, await readReport(ctx.store, of.row.report_sha256));
  const text = writeGrowth(growth);
  if (text === of.row.growth) return of.row;
  return ctx.store.write(async (tx) => {
    const row = await reread(ctx, tx, of.row.id);
    return row.state === 'approved' ? ctx.store.patch(tx, 'versions', row.id, { growth: text }) : row;
  });
}

/** The signer may take as long as a scan; who stops the server does not wait for that, as asking again gives the same answer. */
async function unlessStopped<T>(ctx: Context, asked: Promise<T>): Promise<T> {
  const { stopping } = ctx;
  let stop: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(new Later(ctx.now(), 'the server stops'));
    if (stopping.aborted) stop();
    else stopping.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([asked, stopped]);
  } finally {
    if (stop !== undefined) stopping.removeEventListener('abort', stop);
  }
}

/** What a release of this version has to say. */
export const expectedOf = (ctx: Context, of: VersionInfo) => ({
  registryId: ctx.config.registryId,
  owner: of.owner,
  slug: of.slug,
  version: of.row.version,
  archiveSha256: of.row.archive_sha256,
  archiveSize: of.row.archive_size,
  tree: of.row.tree,
  fingerprint: of.row.fingerprint,
  files: JSON.parse(of.row.files) as { path: string; size: number; sha256: string; contentType: string }[],
});

/** Makes it visible, all at once. */
async function serve(ctx: Context, tx: Tx, of: VersionInfo, attestations: string, judged: Extract<Judgement, { ok: true }>): Promise<void> {
  const now = await reread(ctx, tx, of.row.id);
  if (now.state !== 'approved') return;
  // Somebody may have lost the right to approve, or rejected it, while it was being signed.
  const again = await judge(ctx, tx, now);
  if (!again.ok || JSON.stringify(again) !== JSON.stringify(judged)) throw new Later(ctx.now(), 'its approvals changed while it was being signed');
  const row = await move(ctx, tx, of, {
    to: 'served',
    by: system,
    reason: null,
    patch: { attestations_sha256: attestations, served_at: ctx.now() },
    data: { attestations, approvers: judged.approvers, solo: judged.solo, breakGlass: judged.breakGlass, decision: now.decision },
  });
  await show(ctx, tx, of.row.skill_id);
  await setTags(ctx, tx, { ...of, row });
}

/** The signer gave no signature. */
async function refusedBySigner(ctx: Context, of: VersionInfo, job: JobRow, error: unknown): Promise<void> {
  if (error instanceof Later) throw error;
  const says = error instanceof Error ? error.message : String(error);
  // A signer with a key that nobody trusts (keyring.ts).
  if (error instanceof RegistryError) await alarm(ctx, 'alarm.signer', refOf(of), says);
  if (!isRefusal(error)) throw new Later(ctx.now() + Math.min(longestPause, backoff(job.attempts)), says);
  const objection = objectionOf(error);
  // It moved on while the signer looked at it; the next look sees where.
  if (objection === 'wrong-state' || objection === 'too-early') throw new Later(ctx.now() + backoff(job.attempts), says);
  if (objection === 'tampered') await alarm(ctx, 'alarm.tampered', refOf(of), `The signer found a change: ${says}`);
  const round = roundOf(job);
  if (objection === 'scan-differs' && round < rounds) {
    await ctx.store.write(async (tx) => {
      await move(ctx, tx, of, {
        to: 'held',
        by: system,
        type: 'version.rescan',
        reason: `Something has changed since it was scanned (rules, policy, or the version before it). It is scanned again.`,
        patch: { report_sha256: null, decision: null, growth: null, decided_at: null },
        data: { was: of.row.report_sha256, says },
      });
      await enqueue(ctx, tx, 'scan', of.row.id, { round: round + 1 });
    });
    ctx.wake();
    return;
  }
  const next =
    objection === 'publisher'
      ? 'An approval does not help: it is to be rejected, and published again under a new number, signed with a good key.'
      : undefined;
  await back(ctx, of, `The signer refuses ${refOf(of)}: ${says}`, next);
}

/** An approved version that cannot be served waits for people again. */
async function back(ctx: Context, of: VersionInfo, says: string, next = 'It waits for an approver.'): Promise<void> {
  await ctx.store.write(async (tx) => {
    if ((await reread(ctx, tx, of.row.id)).state !== 'approved') return;
    await move(ctx, tx, of, { to: 'held', by: system, reason: `${says} ${next}`, patch: { decided_at: null } });
  });
  ctx.wake();
}

/** What signatures are believed by: the keys on record (keyring.ts lets new ones in). */
const knownKeys = (ctx: Context) => releaseKeys(ctx.store, ctx.store.db);

/** Does a revocation job: a revoked version gets its signed revocation. */
export async function revocationJob(ctx: Context, job: JobRow): Promise<void> {
  const of = await versionById(ctx.store, ctx.store.db, subjectId(job));
  if (of === undefined || of.row.state !== 'revoked' || of.row.revocation_sha256 !== null) return;
  let bytes: Buffer;
  try {
    bytes = (await unlessStopped(ctx, ctx.signer.revoke(of.row.id))).bytes;
    await verifyRevocation(bytes, expectedOf(ctx, of), await knownKeys(ctx));
  } catch (error) {
    if (error instanceof Later) throw error;
    const says = error instanceof Error ? error.message : String(error);
    if (isRefusal(error) || error instanceof TrustError) await alarm(ctx, 'alarm.signer', refOf(of), `Its revocation cannot be signed: ${says}`);
    throw new Later(ctx.now() + Math.min(longestPause, backoff(job.attempts)), says);
  }
  const digest = await ctx.store.blobs.put(bytes);
  await ctx.store.write(async (tx) => {
    const row = await reread(ctx, tx, of.row.id);
    if (row.revocation_sha256 !== null) return;
    await change(ctx, tx, of, {
      type: 'version.revocation-signed',
      by: system,
      patch: { revocation_sha256: digest },
      data: { to: row.state, revocation: digest },
    });
  });
  ctx.wake();
}
