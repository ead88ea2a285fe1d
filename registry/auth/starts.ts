/**
 * New device logins. Anybody may begin one, so they are bounded in each way that costs something: per host and per site (an IPv6 customer has 65,536 networks to come from), in rows
 * (the oldest that nobody has approved make room: whoever fills the table does not close sign-in for the others), and in writes (each one makes every server of the store look
 * again at all that it remembers, so logins that begin together are written together).
 */
import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Store } from '../store/index.ts';
import type { DeviceCodeRow } from '../store/schema.ts';
import { addressKey, siteKey } from './addresses.ts';
import type { Tx } from './context.ts';
import { tooMany } from './limits.ts';
import { Windows } from './windows.ts';

const tenMinutes = 600_000;
/** New logins in ten minutes. */
const mostPerHost = 20;
const mostPerSite = 60;
/** Logins that wait to be written. */
const mostWaiting = 1000;
/** Milliseconds from one write to the next. */
const pause = 50;

export interface Starts {
  /** Counts a new login. Throws RegistryError `too-many-requests`. */
  count(ip: string, at: number): void;
  /** Writes its row, together with others. Throws RegistryError `too-many-requests`. */
  write(row: DeviceCodeRow): Promise<void>;
}

interface Waiting {
  readonly row: DeviceCodeRow;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** @param mostOpen logins that nobody has approved yet, in the whole registry */
export function createStarts(store: Store, mostOpen: number): Starts {
  const hosts = new Windows(tenMinutes);
  const sites = new Windows(tenMinutes);
  let waiting: Waiting[] = [];
  let writing = false;

  const writeAll = async (): Promise<void> => {
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await insert(
        store,
        batch.map(({ row }) => row),
        mostOpen,
      ).then(
        (refused) => {
          for (const { row, done, failed } of batch) {
            const error = refused.get(row.id);
            if (error === undefined) done();
            else failed(error);
          }
        },
        (error: unknown) => {
          for (const { failed } of batch) failed(error);
        },
      );
      await setTimeout(pause, undefined, { ref: false });
    }
    writing = false;
  };

  return {
    count(ip, at) {
      const refuse = (resetAt: number): never => {
        throw tooMany(Math.max(1, Math.ceil((resetAt - at) / 1000)), 'Too many logins begun from your address');
      };
      const host = hosts.count(addressKey(ip), at);
      if (host.count > mostPerHost) refuse(host.resetAt);
      // What one host is refused does not use up what its neighbours have. For an IPv4 address this is the same count with more room.
      const site = sites.count(siteKey(ip), at);
      if (site.count > mostPerSite) refuse(site.resetAt);
    },
    write(row) {
      if (waiting.length >= mostWaiting) return Promise.reject(tooMany(1, 'Too many logins begin at this moment'));
      return new Promise((done, failed) => {
        waiting.push({ row, done, failed });
        if (!writing) void writeAll();
      });
    },
  };
}

/** Returns why some of the rows could not be written, by id. */
function insert(store: Store, rows: readonly DeviceCodeRow[], mostOpen: number): Promise<Map<string, unknown>> {
  return store.write(async (tx) => {
    const refused = new Map<string, unknown>();
    await tx
      .deleteFrom('device_codes')
      .where('expires_at', '<', rows[0]!.created_at - tenMinutes)
      .execute();
    // Two short codes that are the same: one of the two logins has to begin again.
    for (const row of rows)
      await tx
        .insertInto('device_codes')
        .values(row)
        .execute()
        .catch((error: unknown) => void refused.set(row.id, error));
    await makeRoom(tx, mostOpen);
    return refused;
  });
}

async function makeRoom(tx: Tx, mostOpen: number): Promise<void> {
  const { open } = await tx
    .selectFrom('device_codes')
    .select((count) => count.fn.countAll<number>().as('open'))
    .where('state', '=', 'pending')
    .executeTakeFirstOrThrow();
  if (open > mostOpen)
    await sql`delete from device_codes where id in (select id from device_codes where state = 'pending' order by created_at, id limit ${open - mostOpen})`.execute(
      tx,
    );
}
