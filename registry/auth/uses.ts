/**
 * When each token was last used, for people who tidy up. Noted in memory and written for all tokens at once, at most once a minute: a request never waits for it, and the
 * caches that live on `store.epoch()` are not emptied by it. A crash loses at most that minute.
 */
import type { Store } from '../store/index.ts';

const every = 60_000;
/** Tokens remembered between two writes; more wait for their next use. */
const most = 100_000;

export interface Uses {
  note(tokenId: string, at: number): void;
  /** Writes what was noted. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** @param failed told of a write that did not work; the uses are lost */
export function createUses(store: Store, failed: (error: unknown) => void): Uses {
  let noted = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let last = 0;
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (noted.size === 0) return;
    const batch = [...noted];
    noted = new Map();
    last = Date.now();
    await store.write(async (tx) => {
      for (const [token_id, last_used_at] of batch)
        await tx
          .insertInto('token_uses')
          .values({ token_id, last_used_at })
          .onConflict((conflict) => conflict.column('token_id').doUpdateSet({ last_used_at }).where('token_uses.last_used_at', '<', last_used_at))
          .execute();
    }, 'aside');
  };
  return {
    note(tokenId, at) {
      if (noted.size < most || noted.has(tokenId)) noted.set(tokenId, at);
      if (timer !== undefined) return;
      timer = setTimeout(() => void flush().catch(failed), Math.max(1000, last + every - Date.now()));
      timer.unref();
    },
    flush,
    async close() {
      await flush().catch(failed);
    },
  };
}
