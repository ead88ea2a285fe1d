/**
 * A rescan of everything, as a job: a large store takes hours, and no request waits so long. Whoever asked comes back for the report. What it has found is written down as it goes, so that a
 * server that ends, however it ends, goes on where it was.
 *
 * Three kinds. An admin asks for a *report*, or has what it says *applied*: flagged or revoked, as policy says. A server that starts with other rules or another policy begins one that
 * *flags*: its report says what applying would do, before anything is done that nobody can take back. What was asked for under other rules or another policy is not applied.
 */
import { needAdmin } from '../auth/rights.ts';
import { RegistryError } from '../errors.ts';
import { type Actor, actorOf, system } from '../model.ts';
import { newId } from '../store/index.ts';
import { addJob } from '../store/jobs.ts';
import type { JobRow, RescanRow } from '../store/schema.ts';
import { type Context, type Tx, tell } from './context.ts';
import type { RescanDeed, RescanJob } from './contract.ts';
import { nothingYet, type RescanProgress, rescan, rulesNow, served } from './rescan.ts';
import { Later } from './runner.ts';

export const rescanAllKind = 'rescan-all';
/** Rescans whose reports are kept. */
const kept = 20;
/** Milliseconds between two notes of how far it is. */
const noted = 2000;
/** Attempts that may end with an error of ours before it is given up. */
const tries = 5;

/** As they are kept in the column `apply`. */
const deeds = ['report', 'apply', 'flag'] as const satisfies readonly RescanDeed[];
const numberOf = (does: RescanDeed): RescanRow['apply'] => deeds.indexOf(does) as RescanRow['apply'];

/** What a rescan goes by. Only applying depends on what policy does with what is blocked. */
const underOf = (ctx: Context, { ruleset, policy }: Awaited<ReturnType<typeof rulesNow>>, does: RescanDeed): string =>
  [ruleset, policy, ...(does === 'apply' ? [ctx.config.policy.rescan] : [])].join(' ');

/** Begins one, unless such a one is under way. @throws RegistryError `unauthorized`, `forbidden` */
export async function startRescan(ctx: Context, actor: Actor, { apply }: { readonly apply: boolean }): Promise<RescanJob> {
  needAdmin(actor);
  const does = apply ? 'apply' : 'report';
  const under = underOf(ctx, await rulesNow(ctx), does);
  const row = await ctx.store.write(async (tx) => {
    const open = await tx
      .selectFrom('rescans')
      .selectAll()
      .where('ended_at', 'is', null)
      // The one that a start began gives the same report.
      .where('apply', 'in', apply ? [numberOf('apply')] : [numberOf('report'), numberOf('flag')])
      .orderBy('apply')
      .limit(1)
      .executeTakeFirst();
    return open ?? (await begin(ctx, tx, actor, does, under));
  });
  ctx.wake();
  return shown(row);
}

async function begin(ctx: Context, tx: Tx, by: Actor, does: RescanDeed, under: string): Promise<RescanRow> {
  const progress: RescanProgress = { ...nothingYet, under };
  const made: RescanRow = {
    id: newId('rsc'),
    apply: numberOf(does),
    asked_by: by.user?.id ?? '',
    created_at: ctx.now(),
    ended_at: null,
    ruleset: null,
    versions: null,
    result: JSON.stringify(progress),
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
  await tell(ctx, tx, { type: 'rescan.started', actor: actorOf(by), subject: made.id, data: { does } });
  return made;
}

const judgedBy = 'judged-by';

/** Begins a rescan that flags if rules or policy are others than those the store was last judged by. @returns it, or undefined if all is as it was */
export async function rescanIfRulesChanged(ctx: Context): Promise<RescanJob | undefined> {
  const rules = await rulesNow(ctx);
  const { ruleset, policy } = rules;
  const now = `${ruleset} ${policy}`;
  const read = (db: Context['store']['db']) => db.selectFrom('settings').select('value').where('key', '=', judgedBy).executeTakeFirst();
  if ((await read(ctx.store.db))?.value === now) return undefined;
  const made = await ctx.store.write(async (tx) => {
    const before = (await read(tx))?.value;
    if (before === now) return undefined;
    await tx
      .insertInto('settings')
      .values({ key: judgedBy, value: now })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: now }))
      .execute();
    await tx
      .updateTable('rescans')
      .set({ ended_at: ctx.now(), failure: 'Rules or policy changed again before its end.' })
      .where('apply', '=', numberOf('flag'))
      .where('ended_at', 'is', null)
      .execute();
    const rows = await tx.selectFrom('versions').select(['ruleset', 'policy_digest']).where('state', 'in', served).execute();
    const stale = rows.filter((row) => before !== undefined || row.ruleset !== ruleset || row.policy_digest !== policy);
    if (stale.length === 0) return undefined;
    const row = await begin(ctx, tx, system, 'flag', underOf(ctx, rules, 'flag'));
    const data = { ruleset, policy, versions: stale.length, rescan: row.id };
    await tell(ctx, tx, { type: 'rules.changed', actor: actorOf(system), subject: 'rules', data });
    return row;
  });
  return made === undefined ? undefined : shown(made);
}

/** @throws RegistryError `unauthorized`, `forbidden`, `not-found` */
export async function rescanState(ctx: Context, actor: Actor, id: string): Promise<RescanJob> {
  needAdmin(actor);
  const row = await (id === 'latest' ? latest(ctx) : rowOf(ctx, id));
  if (row === undefined) throw new RegistryError('not-found', `There is no such rescan. The reports of the newest ${kept} are kept.`);
  return shown(row);
}

const rowOf = (ctx: Context, id: string): Promise<RescanRow | undefined> =>
  ctx.store.db.selectFrom('rescans').selectAll().where('id', '=', id).executeTakeFirst();

const latest = (ctx: Context): Promise<RescanRow | undefined> =>
  ctx.store.db.selectFrom('rescans').selectAll().orderBy('created_at', 'desc').orderBy('id').limit(1).executeTakeFirst();

function shown(row: RescanRow): RescanJob {
  const { scanned, changes, failures } = JSON.parse(row.result) as RescanProgress;
  return {
    id: row.id,
    state: row.ended_at === null ? 'running' : row.failure === null ? 'done' : 'failed',
    does: deeds[row.apply],
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
  const does = deeds[row.apply];
  const rules = await rulesNow(ctx);
  const { ruleset } = rules;
  const under = underOf(ctx, rules, does);
  const before = JSON.parse(row.result) as RescanProgress;
  // Under other rules what was found before says nothing.
  const from: RescanProgress = before.under === under ? before : { ...nothingYet, under };
  const save = (patch: Partial<RescanRow>): Promise<void> =>
    ctx.store.write(async (tx) => {
      await tx.updateTable('rescans').set(patch).where('id', '=', row.id).execute();
    });
  if (before.under !== under && does === 'apply')
    return save({
      ended_at: ctx.now(),
      failure:
        'Rules or policy have changed since it was asked for, so it was not gone on with. Look at what those of now would change (skill rescan) and ask again.',
    });
  // Begun by another server on this store, which has the rules. If none has them, the next start ends it.
  if (before.under !== under && does === 'flag') throw new Later(ctx.now() + 60_000, 'it is about the rules of another server');
  let last = from;
  let at = Number.NEGATIVE_INFINITY;
  const note = async (now: Omit<RescanProgress, 'under'>, versions: number): Promise<void> => {
    last = { ...now, under };
    if (ctx.stopping.aborted) throw new Later(ctx.now(), 'the server stops');
    if (performance.now() - at < noted) return;
    await save({ ruleset, versions, result: JSON.stringify(last) });
    at = performance.now();
  };
  try {
    const report = await rescan(ctx, { does, from, progress: note });
    await ctx.store.write(async (tx) => {
      const result: RescanProgress = { under, last: last.last, scanned: report.versions, changes: report.changes, failures: report.failures };
      const ended = { ended_at: ctx.now(), ruleset, versions: report.versions, result: JSON.stringify(result) };
      const { numUpdatedRows } = await tx.updateTable('rescans').set(ended).where('id', '=', row.id).where('ended_at', 'is', null).executeTakeFirst();
      // Another server may have come to the same end.
      if (numUpdatedRows === 0n) return;
      const data = { does, versions: report.versions, changes: report.changes.length, failures: report.failures.length, ruleset };
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
