/**
 * A rescan of everything, as a job: a large store takes hours, and no request waits so long. Whoever asked comes back for the report. What it has found is written down as it goes, so that a
 * server that ends, however it ends, goes on where it was.
 */
import { needAdmin } from '../auth/rights.ts';
import { RegistryError } from '../errors.ts';
import { type Actor, actorOf, system } from '../model.ts';
import { newId } from '../store/index.ts';
import { addJob } from '../store/jobs.ts';
import type { JobRow, RescanRow } from '../store/schema.ts';
import { type Context, tell } from './context.ts';
import type { RescanJob } from './contract.ts';
import { nothingYet, type RescanProgress, rescan, rulesNow } from './rescan.ts';
import { Later } from './runner.ts';

export const rescanAllKind = 'rescan-all';
/** Rescans whose reports are kept. */
const kept = 20;
/** Milliseconds between two notes of how far it is. */
const noted = 2000;
/** Attempts that may end with an error of ours before it is given up. */
const tries = 5;

/** Begins one, unless one of the same kind is under way. @throws RegistryError `unauthorized`, `forbidden` */
export async function startRescan(ctx: Context, actor: Actor, { apply }: { readonly apply: boolean }): Promise<RescanJob> {
  needAdmin(actor);
  const row = await ctx.store.write(async (tx) => {
    const open = await tx
      .selectFrom('rescans')
      .selectAll()
      .where('ended_at', 'is', null)
      .where('apply', '=', apply ? 1 : 0)
      .limit(1)
      .executeTakeFirst();
    if (open !== undefined) return open;
    const made: RescanRow = {
      id: newId('rsc'),
      apply: apply ? 1 : 0,
      asked_by: actor.user.id,
      created_at: ctx.now(),
      ended_at: null,
      ruleset: null,
      versions: null,
      result: JSON.stringify(nothingYet),
      failure: null,
    };
    await tx.insertInto('rescans').values(made).execute();
    const old = await tx
      .selectFrom('rescans')
      .select('id')
      .where('ended_at', 'is not', null)
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .offset(kept - 1)
      .limit(1000)
      .execute();
    for (const { id } of old) await tx.deleteFrom('rescans').where('id', '=', id).execute();
    await addJob(tx, { kind: rescanAllKind, subject: made.id }, ctx.now());
    await tell(ctx, tx, { type: 'rescan.started', actor: actorOf(actor), subject: made.id, data: { apply } });
    return made;
  });
  ctx.wake();
  return shown(row);
}

/** @throws RegistryError `unauthorized`, `forbidden`, `not-found` */
export async function rescanState(ctx: Context, actor: Actor, id: string): Promise<RescanJob> {
  needAdmin(actor);
  const row = await rowOf(ctx, id);
  if (row === undefined) throw new RegistryError('not-found', `There is no such rescan. The reports of the newest ${kept} are kept.`);
  return shown(row);
}

const rowOf = (ctx: Context, id: string): Promise<RescanRow | undefined> =>
  ctx.store.db.selectFrom('rescans').selectAll().where('id', '=', id).executeTakeFirst();

function shown(row: RescanRow): RescanJob {
  const { scanned, changes, failures } = JSON.parse(row.result) as RescanProgress;
  return {
    id: row.id,
    state: row.ended_at === null ? 'running' : row.failure === null ? 'done' : 'failed',
    apply: row.apply === 1,
    startedAt: row.created_at,
    endedAt: row.ended_at,
    ruleset: row.ruleset,
    versions: row.versions,
    scanned,
    changes,
    failures,
    failure: row.failure,
  };
}

/** Does the job. */
export async function rescanAllJob(ctx: Context, job: JobRow): Promise<void> {
  const row = await rowOf(ctx, job.subject);
  if (row === undefined || row.ended_at !== null) return;
  const { ruleset } = await rulesNow(ctx);
  // Under other rules what was found before says nothing.
  const from = row.ruleset === null || row.ruleset === ruleset ? (JSON.parse(row.result) as RescanProgress) : nothingYet;
  const save = (patch: Partial<RescanRow>): Promise<void> =>
    ctx.store.write(async (tx) => {
      await tx.updateTable('rescans').set(patch).where('id', '=', row.id).execute();
    });
  let last = from;
  let at = Number.NEGATIVE_INFINITY;
  const note = async (now: RescanProgress, versions: number): Promise<void> => {
    last = now;
    if (ctx.stopping.aborted) throw new Later(ctx.now(), 'the server stops');
    if (performance.now() - at < noted) return;
    await save({ ruleset, versions, result: JSON.stringify(now) });
    at = performance.now();
  };
  try {
    const report = await rescan(ctx, { apply: row.apply === 1, from, progress: note });
    await ctx.store.write(async (tx) => {
      const result: RescanProgress = { last: last.last, scanned: report.versions, changes: report.changes, failures: report.failures };
      const ended = { ended_at: ctx.now(), ruleset, versions: report.versions, result: JSON.stringify(result) };
      const { numUpdatedRows } = await tx.updateTable('rescans').set(ended).where('id', '=', row.id).where('ended_at', 'is', null).executeTakeFirst();
      // Another server may have come to the same end.
      if (numUpdatedRows === 0n) return;
      const data = { apply: row.apply === 1, versions: report.versions, changes: report.changes.length, failures: report.failures.length, ruleset };
      await tell(ctx, tx, { type: 'rescan.done', actor: actorOf(system), subject: row.id, data });
    });
  } catch (error) {
    await save({ ruleset, result: JSON.stringify(last) });
    if (error instanceof Later || job.attempts < tries) throw error;
    const failure = error instanceof Error ? error.message : String(error);
    ctx.log.error({ rescan: row.id, err: error }, 'a rescan was given up');
    await save({ ended_at: ctx.now(), failure: failure.slice(0, 2000) });
  }
}
