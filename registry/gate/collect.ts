/**
 * Clears away stored files that nothing names any more: uploads that were never published, reports that a later scan replaced, what a crash left between storing and writing down. Without it
 * any publisher fills the disk. A file goes when it has been seen to be forgotten for a day, and was not stored again since; so whoever copies the database first and the files within
 * a day after it (a backup) has all that the database names.
 *
 * What is named is never removed, whatever happens at the same moment: a file is removed inside a write transaction, and whoever writes down a digest sees inside theirs that the file is there
 * (`Blobs.need`). Killed anywhere, it has removed some of what it may remove; the next round goes on.
 */
import { setImmediate } from 'node:timers/promises';
import { RegistryError } from '../errors.ts';
import { addJob } from '../store/jobs.ts';
import { alarm } from './alarm.ts';
import { blobColumns, type Context, flaggedReport, type Tx } from './context.ts';
import type { CollectReport } from './contract.ts';
import { Later } from './runner.ts';

const hour = 3_600_000;
const day = 24 * hour;
/** Files noted or removed in one transaction. */
const batch = 500;
/** A row can hold a long list of files. */
const rowsAtOnce = 50;

/** Every digest that the database names. @throws RegistryError tampered: then nothing is cleared away */
async function named(ctx: Context): Promise<Set<string>> {
  const { db } = ctx.store;
  const digests = new Set<string>();
  for (let last = ''; ; ) {
    const rows = await db.selectFrom('versions').selectAll().where('id', '>', last).orderBy('id').limit(rowsAtOnce).execute();
    for (const found of rows) {
      // A row that was changed may name other files than those it has to be mended with.
      const row = ctx.store.sealed('versions', found);
      for (const column of blobColumns) if (row[column] !== null) digests.add(row[column]);
      const flagged = flaggedReport(row.flagged);
      if (flagged !== undefined) digests.add(flagged);
      last = row.id;
    }
    if (rows.length < rowsAtOnce) break;
    stopNow(ctx);
    await setImmediate();
  }
  // What a person saw when they decided is kept for those who ask later.
  for (const { report_sha256 } of await db.selectFrom('approvals').select('report_sha256').distinct().execute())
    if (report_sha256 !== null) digests.add(report_sha256);
  const uploads = await db.selectFrom('uploads').select('sha256').distinct().where('expires_at', '>', ctx.now()).execute();
  for (const { sha256 } of uploads) digests.add(sha256);
  return digests;
}

function stopNow(ctx: Context): void {
  if (ctx.stopping.aborted) throw new Later(ctx.now(), 'the server stops');
}

/** One round. */
export async function collect(ctx: Context): Promise<CollectReport> {
  const { store } = ctx;
  const now = ctx.now();
  await store.blobs.sweep();
  const known = new Map((await store.db.selectFrom('forgotten').selectAll().execute()).map((row) => [row.digest, row.since]));
  // Read after the marks and before the files: what is stored and named from here on is young.
  const inUse = await named(ctx);
  const fresh: string[] = [];
  const due: { readonly digest: string; readonly since: number }[] = [];
  const over = new Set(known.keys());
  let stored = 0;
  for await (const digest of store.blobs.list()) {
    if (++stored % batch === 0) stopNow(ctx);
    if (inUse.has(digest)) continue;
    const { at } = (await store.blobs.age(digest)) ?? { at: now };
    const since = known.get(digest);
    if (since !== undefined && at < since) {
      over.delete(digest);
      if (since <= now - day) due.push({ digest, since });
    } else if (at < now - hour) fresh.push(digest);
  }
  await note(ctx, fresh, [...over], now);
  const removed = await remove(ctx, due);
  return { stored, forgotten: known.size - over.size + fresh.length - removed.files, ...removed };
}

/** Writes down what is seen to be forgotten, and takes back what is not any more. */
async function note(ctx: Context, fresh: readonly string[], over: readonly string[], now: number): Promise<void> {
  for (let at = 0; at < Math.max(fresh.length, over.length); at += batch) {
    stopNow(ctx);
    const [more, less] = [fresh.slice(at, at + batch), over.slice(at, at + batch)];
    await ctx.store.write(async (tx) => {
      if (less.length > 0) await tx.deleteFrom('forgotten').where('digest', 'in', less).execute();
      if (more.length > 0)
        await tx
          .insertInto('forgotten')
          .values(more.map((digest) => ({ digest, since: now })))
          .onConflict((known) => known.column('digest').doUpdateSet({ since: now }))
          .execute();
    });
  }
}

async function remove(ctx: Context, due: readonly { readonly digest: string; readonly since: number }[]): Promise<{ files: number; bytes: number }> {
  let files = 0;
  let bytes = 0;
  for (let at = 0; at < due.length; at += batch) {
    stopNow(ctx);
    const part = due.slice(at, at + batch);
    await ctx.store.write(async (tx) => {
      for (const { digest, since } of part) {
        const size = ctx.store.blobs.remove(digest, since);
        if (size === undefined) continue;
        files++;
        bytes += size;
      }
      await tx
        .deleteFrom('forgotten')
        .where(
          'digest',
          'in',
          part.map((one) => one.digest),
        )
        .execute();
    });
  }
  return { files, bytes };
}

/** Queues the daily round, unless it is. Not at once: a server that starts has better things to do. */
export const planCollect = (ctx: Context, tx: Tx): Promise<void> =>
  addJob(tx, { kind: 'collect', subject: 'all', runAt: ctx.now() + 2 * hour }, ctx.now());

/** Does the daily round. The job is one and the same for ever. */
export async function collectJob(ctx: Context): Promise<never> {
  const report = await collect(ctx).catch(async (error: unknown) => {
    if (!(error instanceof RegistryError) || error.code !== 'tampered') throw error;
    await alarm(ctx, 'alarm.tampered', `${error.detail?.['table']}/${error.detail?.['id']}`, error.message);
    throw new Later(ctx.now() + day, 'nothing was cleared away, since a record was changed from outside');
  });
  ctx.log.info(report, 'stored files that nothing names were cleared away');
  throw new Later(ctx.now() + day, `${report.files} of ${report.stored} files removed, ${report.bytes} bytes`);
}
