/** The store, on a real disk and with a second process-like handle on the same folder: what is written is whole, what was changed from outside is never believed. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../registry/store/blobs.ts';
import { appendEvent, eachEvent, verifyEvents, verifyLog } from '../../../registry/store/events.ts';
import { secretFile, writeOnce } from '../../../registry/store/files.ts';
import { newId, openStore, type Store } from '../../../registry/store/index.ts';
import { addJob, endJob, takeJob } from '../../../registry/store/jobs.ts';
import type { UserRow } from '../../../registry/store/schema.ts';

let folder: string;
let store: Store;
const others: Store[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skillward-store-'));
  store = await openStore(join(folder, 'data'));
});
afterEach(async () => {
  await Promise.all([store, ...others.splice(0)].map((one) => one.close()));
  await rm(folder, { recursive: true, force: true });
});

const again = async (readonly = false): Promise<Store> => {
  const other = await openStore(join(folder, 'data'), { readonly });
  others.push(other);
  return other;
};
const user = (handle: string): UserRow =>
  store.seal<UserRow>('users', { id: newId('usr'), handle, display_name: handle, role: 'reader', created_at: 1, disabled_at: null });
/** The database as somebody edits it who is not us. */
const behindOurBack = (statement: string, ...values: unknown[]): void => {
  const raw = new Database(join(folder, 'data/registry.db'));
  raw.prepare(statement).run(...values);
  raw.close();
};

describe('the data folder', () => {
  it('is for its owner only', () => {
    const mode = (path: string): number => statSync(join(folder, 'data', path)).mode & 0o777;
    expect([mode('.'), mode('registry.db'), mode('keys/seal.key'), mode('keys')]).toEqual([0o700, 0o600, 0o600, 0o700]);
  });

  it('refuses a key that others can read', async () => {
    chmodSync(join(folder, 'data/keys/seal.key'), 0o644);
    await expect(openStore(join(folder, 'data'))).rejects.toMatchObject({ code: 'bad-config', message: expect.stringContaining('chmod 600') });
  });

  it('is not made by somebody who only wants to look', async () => {
    await expect(openStore(join(folder, 'none'), { readonly: true })).rejects.toMatchObject({ code: 'bad-config' });
    const reader = await again(true);
    await expect(reader.write(async () => undefined)).rejects.toMatchObject({ code: 'internal' });
  });

  it('is made by one of many that start at once, and never left half made', async () => {
    const fresh = join(folder, 'fresh');
    const made = await Promise.all(Array.from({ length: 5 }, () => openStore(fresh)));
    others.push(...made);
    expect(new Set(made.map((one) => one.seal<UserRow>('users', { ...user('ann'), id: 'usr_1' }).seal)).size).toBe(1);
    // As if the process had been killed between two steps: what is not committed is not there.
    const half = join(folder, 'half');
    mkdirSync(join(half, 'keys'), { recursive: true, mode: 0o700 });
    const raw = new Database(join(half, 'registry.db'));
    raw.exec('begin; create table users (id text); rollback;');
    raw.close();
    others.push(await openStore(half));
  });

  it('says which step of bringing it up to date failed, and changes nothing', async () => {
    const other = join(folder, 'other');
    mkdirSync(other, { mode: 0o700 });
    const raw = new Database(join(other, 'registry.db'));
    raw.exec('create table versions (id text)');
    await expect(openStore(other)).rejects.toMatchObject({ code: 'bad-config', message: expect.stringContaining('0001-first') });
    expect(raw.prepare("select name from sqlite_master where type = 'table' and name not like 'kysely%' order by name").pluck().all()).toEqual([
      'versions',
    ]);
    raw.close();
  });

  it('keeps its content over a restart', async () => {
    const row = user('ann');
    await store.write((tx) => tx.insertInto('users').values(row).execute());
    const other = await again();
    expect(other.sealed('users', await other.db.selectFrom('users').selectAll().executeTakeFirstOrThrow())).toEqual(row);
  });
});

describe('rows', () => {
  it('that were changed from outside are not believed, whatever was changed', async () => {
    const row = user('ann');
    await store.write((tx) => tx.insertInto('users').values(row).execute());
    for (const [column, value] of Object.entries({ role: 'admin', handle: 'eve', disabled_at: 5, created_at: 2, seal: '00', id: 'usr_x' })) {
      behindOurBack(`update users set ${column} = ?`, value);
      const changed = await store.db.selectFrom('users').selectAll().executeTakeFirstOrThrow();
      expect(() => store.sealed('users', changed), column).toThrowError(expect.objectContaining({ code: 'tampered' }));
      // Nor does a change of ours give them a new seal.
      await expect(
        store.write((tx) => store.patch(tx, 'users', changed.id, { display_name: 'x' })),
        column,
      ).rejects.toMatchObject({ code: 'tampered' });
      behindOurBack(
        'update users set id = ?, handle = ?, role = ?, disabled_at = ?, created_at = ?, seal = ?',
        row.id,
        row.handle,
        row.role,
        null,
        1,
        row.seal,
      );
    }
  });

  it('cannot be moved to another table or take the seal of another row', async () => {
    const [one, two] = [user('ann'), user('bob')];
    expect(() => store.sealed('namespaces', one as never)).toThrow();
    expect(() => store.sealed('users', { ...one, seal: two.seal })).toThrow();
  });

  it('are there whole or not at all', async () => {
    await expect(
      store.write(async (tx) => {
        await tx.insertInto('users').values(user('ann')).execute();
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await store.db.selectFrom('users').selectAll().execute()).toEqual([]);
  });
});

describe('writers', () => {
  it('of two servers stand in line and lose nothing', async () => {
    const other = await again();
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? store : other).write((tx) =>
          appendEvent(tx, { type: 'test', subject: String(index), actor: { via: 'system' } }, 1000 + index),
        ),
      ),
    );
    expect(await verifyEvents(store.db)).toMatchObject({ ok: true, count: 40 });
  });

  it('are noticed by everybody who looks', async () => {
    const other = await again();
    const before = [store.epoch(), other.epoch()];
    expect([store.epoch(), other.epoch()]).toEqual(before);
    await other.write((tx) => tx.insertInto('users').values(user('ann')).execute());
    expect(store.epoch()).not.toBe(before[0]);
    expect(other.epoch()).not.toBe(before[1]);
    const then = store.epoch();
    behindOurBack("update users set role = 'admin'");
    expect(store.epoch()).not.toBe(then);
  });
});

describe('the audit log', () => {
  const fill = async (): Promise<void> => {
    for (let index = 1; index <= 5; index++)
      await store.write((tx) =>
        appendEvent(
          tx,
          { type: 'version.approved', subject: `@a/b@1.0.${index}`, actor: { via: 'token', handle: 'ann' }, reason: 'looked at it' },
          index,
        ),
      );
  };

  it('cannot be changed by a statement, and shows what goes around that', async () => {
    await fill();
    await expect(store.db.updateTable('events').set({ type: 'x' }).execute()).rejects.toThrow('append-only');
    await expect(store.db.deleteFrom('events').execute()).rejects.toThrow('append-only');
    const good = await verifyEvents(store.db);
    expect(good).toMatchObject({ ok: true, count: 5 });
    behindOurBack('drop trigger events_keep');
    behindOurBack('drop trigger events_stay');
    const event = (await store.db.selectFrom('events').select('event').where('seq', '=', 3).executeTakeFirstOrThrow()).event;
    for (const [says, change, undo] of [
      ['content', ["update events set event = replace(event, 'ann', 'eve') where seq = 3"], ['update events set event = ? where seq = 3', event]],
      ['columns', ["update events set type = 'version.rejected' where seq = 3"], ["update events set type = 'version.approved' where seq = 3"]],
      ['removed', ['update events set seq = 30 where seq = 3'], ['update events set seq = 3 where seq = 30']],
    ] as const) {
      behindOurBack(change[0]);
      expect(await verifyEvents(store.db), says).toMatchObject({ ok: false, broken: { seq: says === 'removed' ? 4 : 3 } });
      behindOurBack(undo[0], ...undo.slice(1));
      expect(await verifyEvents(store.db)).toEqual(good);
    }
    behindOurBack('delete from events where seq = 5');
    // The end was cut off: the chain alone is sound, the exported head is not its head.
    expect((await verifyEvents(store.db)).head).not.toBe(good.head);
    // Within the store the place where it was left tells, whatever is written behind it.
    expect(await verifyLog(store)).toMatchObject({ ok: false, count: 4 });
    await store.write((tx) => appendEvent(tx, { type: 'test', subject: 'later', actor: { via: 'system' } }, 1));
    expect(await verifyEvents(store.db)).toMatchObject({ ok: true, count: 5 });
    expect(await verifyLog(store)).toMatchObject({ ok: false, broken: { seq: 5 } });
    const other = await again();
    expect(await other.logStands()).toBe(false);
  });

  it('is told again from any point on', async () => {
    await fill();
    const seqs: number[] = [];
    for await (const row of eachEvent(store.db, 2)) seqs.push(row.seq);
    expect(seqs).toEqual([3, 4, 5]);
  });
});

describe('jobs', () => {
  it('are done by one, and by another if that one dies', async () => {
    const other = await again();
    await store.write(async (tx) => {
      await addJob(tx, { kind: 'scan', subject: 'v1' }, 100);
      await addJob(tx, { kind: 'scan', subject: 'v1' }, 100);
      await addJob(tx, { kind: 'sign', subject: 'v1', runAt: 500 }, 100);
    });
    const mine = await takeJob(store, 'one', 50, 100);
    expect(mine).toMatchObject({ kind: 'scan', attempts: 1 });
    expect(await takeJob(other, 'two', 50, 110)).toBeUndefined();
    expect(await takeJob(other, 'two', 50, 200)).toMatchObject({ id: mine?.id, attempts: 2 });
    await store.write((tx) => endJob(tx, mine!, 210));
    expect(await takeJob(store, 'one', 50, 400)).toBeUndefined();
    expect(await takeJob(store, 'one', 50, 500, ['scan'])).toBeUndefined();
    expect(await takeJob(store, 'one', 50, 500, ['sign'])).toMatchObject({ kind: 'sign' });
    // Done: the same work may be asked for anew.
    await store.write((tx) => addJob(tx, { kind: 'scan', subject: 'v1' }, 600));
    expect(await takeJob(store, 'one', 50, 600, ['scan'])).toMatchObject({ kind: 'scan', attempts: 1 });
  });
});

describe('blobs', () => {
  const path = (digest: string): string => join(folder, 'data/blobs/sha256', digest.slice(0, 2), digest);

  it('come back as they were stored, and only under their digest', async () => {
    const bytes = Buffer.from('a skill');
    const digest = await store.blobs.put(bytes);
    expect(digest).toBe(sha256(bytes));
    expect(await store.blobs.get(digest)).toEqual(bytes);
    for (const bad of ['../../registry.db', digest.toUpperCase(), `${digest}/`, ''])
      await expect(store.blobs.get(bad)).rejects.toMatchObject({ code: 'internal' });
  });

  it('are not given out once a byte of them has changed, kept in memory or not', async () => {
    const digest = await store.blobs.put(Buffer.from('a skill'));
    for (const other of [store, await again()]) {
      await other.blobs.get(digest);
      const { atime, mtime } = statSync(path(digest));
      writeFileSync(path(digest), 'A skill');
      // As one would who wants to hide it: same size, same times.
      utimesSync(path(digest), atime, mtime);
      expect(other.blobs.peek(digest)).toBeUndefined();
      await expect(other.blobs.get(digest)).rejects.toMatchObject({ code: 'tampered' });
      // Storing the right bytes again heals it.
      await other.blobs.put(Buffer.from('a skill'));
      expect(readFileSync(path(digest), 'utf8')).toBe('a skill');
    }
    await rm(path(digest));
    expect(store.blobs.peek(digest)).toBeUndefined();
    await expect(store.blobs.get(digest)).rejects.toMatchObject({ code: 'tampered' });
  });

  it('keep no more in memory than they may, and leave nothing unfinished behind', async () => {
    const { Blobs } = await import('../../../registry/store/blobs.ts');
    const small = new Blobs(join(folder, 'small'), 1000);
    const digests = await Promise.all(Array.from({ length: 8 }, (_, index) => small.put(Buffer.alloc(200, index))));
    for (const digest of digests) await small.get(digest);
    // All are untouched, whether their bytes are still there or not, and a change is seen for both.
    expect(digests.filter((digest) => small.untouched(digest))).toHaveLength(8);
    for (const digest of [digests[0]!, digests[7]!]) {
      writeFileSync(join(folder, 'small/sha256', digest.slice(0, 2), digest), Buffer.alloc(200, 99));
      expect([small.untouched(digest), small.peek(digest)]).toEqual([false, undefined]);
      await expect(small.get(digest)).rejects.toMatchObject({ code: 'tampered' });
    }
    expect(readdirSync(join(folder, 'small/tmp'))).toEqual([]);
    const listed: string[] = [];
    for await (const digest of small.list()) listed.push(digest);
    expect(listed).toEqual([...digests].sort());
  });
});

describe('secret files', () => {
  it('are made once, also by many at once', async () => {
    const path = join(folder, 'keys/one');
    const made = await Promise.all(Array.from({ length: 20 }, (_, index) => secretFile(path, () => `secret ${index}`)));
    expect(new Set(made).size).toBe(1);
    expect(await writeOnce(path, 'other')).toBe(false);
    expect(readdirSync(join(folder, 'keys'))).toEqual(['one']);
  });
});
