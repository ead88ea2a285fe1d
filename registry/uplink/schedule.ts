/** When watched upstreams are looked at: the same moments for all servers on a store, so that one job stands for each skill and interval. */
import type { Transaction } from 'kysely';
import type { Config } from '../config.ts';
import { addJob } from '../store/jobs.ts';
import type { Schema } from '../store/schema.ts';

export const watchKind = 'upstream-watch';
/** Milliseconds: no upstream is asked more often, whatever the settings say. */
const shortest = 60_000;

/** Puts the look of the next interval into the queue, if it is not there. */
export function arrangeLook(tx: Transaction<Schema>, upstreamId: string, config: Pick<Config, 'upstream'>, now: number): Promise<void> {
  const interval = Math.max(shortest, config.upstream.watchMs);
  const slot = Math.floor(now / interval) + 1;
  return addJob(tx, { kind: watchKind, subject: `${upstreamId}#${slot}`, runAt: slot * interval }, now);
}
