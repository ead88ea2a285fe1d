/**
 * How often skills are installed and starred: a snapshot, made anew at most every few seconds and never so often that counting takes more than half a percent of the time. For
 * people to compare by; nothing is decided by it.
 */
import { sql } from 'kysely';
import type { Store } from '../store/index.ts';

export interface Count {
  readonly installs: number;
  /** Installs in the last seven days. */
  readonly recent: number;
  readonly stars: number;
}

export type Popular = 'installs' | 'stars' | 'recent';

export interface Snapshot {
  readonly of: (skillId: string) => Count;
  /** Ids of skills that have any, most first, then by id; at most `ranked`. */
  readonly ranking: (by: Popular) => readonly string[];
}

const none: Count = { installs: 0, recent: 0, stars: 0 };
const week = 7 * 86_400_000;
const shortest = 5_000;
const ranked = 10_000;

export function createCounts(store: Store, now: () => number): () => Promise<Snapshot> {
  let last: Promise<Snapshot> | undefined;
  let epoch = Number.NaN;
  let again = 0;
  return () => {
    const at = now();
    if (last !== undefined && (at < again || epoch === store.epoch())) return last;
    epoch = store.epoch();
    again = Number.POSITIVE_INFINITY;
    const started = performance.now();
    const next = count(store, at).finally(() => {
      again = at + Math.max(shortest, 200 * (performance.now() - started));
    });
    next.catch(() => {
      // Asked again next time.
      if (last === next) last = undefined;
    });
    last = next;
    return next;
  };
}

async function count(store: Store, now: number): Promise<Snapshot> {
  const installs = await store.db
    .selectFrom('installs')
    .select(['skill_id', sql<number>`count(*)`.as('installs'), sql<number>`sum(at > ${now - week})`.as('recent')])
    .groupBy('skill_id')
    .execute();
  const stars = await store.db
    .selectFrom('stars')
    .select(['skill_id', sql<number>`count(*)`.as('stars')])
    .groupBy('skill_id')
    .execute();
  const counts = new Map<string, Count>(installs.map((row) => [row.skill_id, { installs: row.installs, recent: row.recent, stars: 0 }]));
  for (const row of stars) counts.set(row.skill_id, { ...(counts.get(row.skill_id) ?? none), stars: row.stars });
  const rankings = new Map<Popular, readonly string[]>();
  return {
    of: (skillId) => counts.get(skillId) ?? none,
    ranking(by) {
      const ready = rankings.get(by);
      if (ready !== undefined) return ready;
      const list = [...counts]
        .filter(([, one]) => one[by] > 0)
        .sort(([a, one], [b, other]) => other[by] - one[by] || (a < b ? -1 : 1))
        .slice(0, ranked)
        .map(([id]) => id);
      rankings.set(by, list);
      return list;
    },
  };
}
