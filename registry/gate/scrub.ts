/**
 * Looks after what is served: reads every stored byte from the disk again, hashes it, and verifies every release. What the memory of the server still holds proves nothing here.
 * It changes nothing; what does not fit is an alarm, and the shelf refuses it by itself.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { releasable } from '../model.ts';
import { releaseKeys, versionById, versionIds } from '../store/versions.ts';
import { verifyRelease } from '../trust/release.ts';
import { alarm } from './alarm.ts';
import { type Context, refOf } from './context.ts';
import type { ScrubReport, VersionInfo } from './contract.ts';
import { expectedOf } from './sign.ts';

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

const blobsOf = ({ row }: VersionInfo): string[] =>
  [row.archive_sha256, row.report_sha256, row.attestations_sha256, row.publisher_bundle].filter((digest) => digest !== null);

export async function scrub(ctx: Context): Promise<ScrubReport> {
  const { store } = ctx;
  const damaged: { ref: string; says: string }[] = [];
  const hashed = new Map<string, string | undefined>();
  const found = async (ref: string, says: string): Promise<void> => {
    damaged.push({ ref, says });
    await alarm(ctx, 'alarm.tampered', ref, says);
  };
  const ids = await versionIds(store.db, [...releasable]);
  for (const id of ids) {
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
