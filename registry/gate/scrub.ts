/**
 * Looks after what is served: reads every stored byte from the disk again, hashes it, verifies every release, and walks the whole audit log. What the memory of the server still holds proves
 * nothing here.
 * It changes nothing; what does not fit is an alarm, and the shelf refuses it by itself. Done once a day by one of the servers, and whenever somebody asks.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { releasable } from '../model.ts';
import { verifyLog } from '../store/events.ts';
import { addJob } from '../store/jobs.ts';
import { releaseKeys, versionById, versionIds } from '../store/versions.ts';
import { verifyRelease } from '../trust/release.ts';
import { alarm } from './alarm.ts';
import { type Context, refOf, type Tx } from './context.ts';
import type { ScrubReport, VersionInfo } from './contract.ts';
import { Later } from './runner.ts';
import { expectedOf } from './sign.ts';

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

const blobsOf = ({ row }: VersionInfo): string[] =>
  [row.archive_sha256, row.report_sha256, row.attestations_sha256, row.publisher_bundle].filter((digest) => digest !== null);

/** @param rest so many times as long as it works it leaves the server to others */
export async function scrub(ctx: Context, rest = 0): Promise<ScrubReport> {
  const { store } = ctx;
  const damaged: { ref: string; says: string }[] = [];
  const hashed = new Map<string, string | undefined>();
  const found = async (ref: string, says: string): Promise<void> => {
    damaged.push({ ref, says });
    await alarm(ctx, 'alarm.tampered', ref, says);
  };
  const chain = await verifyLog(store);
  // Rows are held against the log, so the log has to be whole.
  if (chain.broken !== undefined) await found('the audit log', `It was changed: event ${chain.broken.seq} ${chain.broken.says}.`);
  const ids = await versionIds(store.db, [...releasable]);
  let started = performance.now();
  for (const id of ids) {
    if (ctx.stopping.aborted) throw new Later(ctx.now(), 'the server stops');
    if (rest > 0) await setTimeout(rest * (performance.now() - started), undefined, { signal: ctx.stopping }).catch(() => {});
    started = performance.now();
    let of: VersionInfo | undefined;
    try {
      of = await versionById(store, store.db, id);
    } catch (error) {
      await found(id, error instanceof Error ? error.message : String(error));
      continue;
    }
    if (of === undefined || !releasable.has(of.row.state)) continue;
    for (const digest of blobsOf(of)) {
      if (!hashed.has(digest)) hashed.set(digest, await hashOf(store.blobs.path(digest)).catch(() => undefined));
      const real = hashed.get(digest);
      if (real !== digest) await found(refOf(of), `The stored file ${digest} ${real === undefined ? 'cannot be read' : 'has changed'}.`);
    }
    if (of.row.attestations_sha256 === null || hashed.get(of.row.attestations_sha256) !== of.row.attestations_sha256) {
      if (of.row.attestations_sha256 === null) await found(refOf(of), 'It is served without a release.');
      continue;
    }
    try {
      await verifyRelease(await store.blobs.get(of.row.attestations_sha256), expectedOf(ctx, of), await releaseKeys(store, store.db));
    } catch (error) {
      await found(refOf(of), `Its release does not verify: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { versions: ids.length, blobs: hashed.size, damaged };
}

const hour = 3_600_000;

/** Queues the daily scrub, unless it is. Not at once: a server that starts has better things to do. */
export const planScrub = (ctx: Context, tx: Tx): Promise<void> => addJob(tx, { kind: 'scrub', subject: 'all', runAt: ctx.now() + hour }, ctx.now());

/** Does the daily scrub. The job is one and the same for ever. */
export async function scrubJob(ctx: Context): Promise<never> {
  const { versions, blobs, damaged } = await scrub(ctx, 3);
  ctx.log.info({ versions, blobs, damaged: damaged.length }, 'everything stored was read and hashed again');
  throw new Later(ctx.now() + 24 * hour, `${versions} versions, ${blobs} files, ${damaged.length} damaged`);
}
