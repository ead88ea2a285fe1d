/** Rows that somebody copied and puts back later, with their good seals: the gate acts on none of them, and says so. */
import Database from 'better-sqlite3';
import { afterEach, expect, test, vi } from 'vitest';
import { verifyEvents } from '../../../registry/store/events.ts';
import { doubtful, greedy, honest, type World, type WorldOptions, world } from './world.ts';

// Real scans in processes of their own, on whatever machine.
vi.setConfig({ testTimeout: 180_000 });

const open: World[] = [];
const started = async (options: WorldOptions = {}): Promise<World> => {
  const made = await world(options);
  open.push(made);
  return made;
};
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const ref = { owner: 'ann', slug: 'notes', version: '1.0.0' };
const tampered = { code: 'tampered' };
const reason = 'It was looked at whole.';

/** Changes the database as another program would. */
const behindOurBack = async (w: World, statement: string): Promise<void> => {
  // An alarm may be on its way to the log.
  await w.store.write(async () => {});
  const other = new Database(`${w.folder}/registry.db`);
  other.pragma('trusted_schema = off');
  other.pragma('foreign_keys = off');
  other.exec(statement);
  other.close();
};
const copied = async (w: World, table: string): Promise<() => Promise<void>> => {
  await behindOurBack(w, `create table kept_${table} as select * from ${table}`);
  return () => behindOurBack(w, `delete from ${table}; insert into ${table} select * from kept_${table}`);
};
const alarmed = async (w: World): Promise<string[]> => {
  await w.store.write(async () => {});
  return (await w.events('alarm.tampered')).map((event) => event.subject);
};

test('a version that was revoked is not brought back by its old row', async () => {
  const w = await started();
  expect(await w.state(honest())).toBe('served');
  const putBack = await copied(w, 'versions');
  await w.gate.revoke(w.as.kim, ref, { reason, severity: 'block' });
  await vi.waitFor(async () => expect((await w.events('version.revocation-signed')).length).toBe(1), { timeout: 60_000 });
  await putBack();
  await expect(w.gate.yank(w.as.ann, ref, 'mine')).rejects.toMatchObject(tampered);
  await expect(w.gate.deprecate(w.as.ann, ref, { message: 'Use another.' })).rejects.toMatchObject(tampered);
  await expect(w.gate.setTag(w.as.ann, ref, 'stable')).rejects.toMatchObject(tampered);
  await expect(w.gate.inspect(w.as.kim, ref)).rejects.toMatchObject(tampered);
  expect(await alarmed(w)).toContain('@ann/notes@1.0.0');
  expect((await w.gate.scrub()).damaged.length).toBeGreaterThan(0);
  // Nor is it what an update is compared with: that one does not pass for a first version or as no growth.
  await w.publish(greedy(), '1.1.0').catch(() => undefined);
  expect((await w.store.db.selectFrom('versions').select('state').where('version', '=', '1.1.0').executeTakeFirst())?.state).not.toBe('served');
});

test('a rejection is not undone by the row of the day before, nor by taking its record away', async () => {
  const w = await started();
  expect(await w.state(doubtful())).toBe('held');
  const putBack = await copied(w, 'versions');
  await w.gate.reject(w.as.bob, ref, { reason });
  await putBack();
  await behindOurBack(w, 'delete from approvals');
  await expect(w.gate.approve(w.as.eve, ref, { reason })).rejects.toMatchObject(tampered);
  expect(await alarmed(w)).toContain('@ann/notes@1.0.0');
});

test('an approval that was taken away, or given twice, counts for nothing', async () => {
  const w = await started({ policy: { approval: { approvers: 2 } } });
  expect(await w.state(doubtful())).toBe('held');
  expect((await w.gate.approve(w.as.bob, ref, { reason })).state).toBe('held');
  await behindOurBack(
    w,
    "insert into approvals select id || '2', version_id, user_id, token_id, decision, reason, archive_sha256, report_sha256, solo, break_glass, created_at, seal from approvals",
  );
  await expect(w.gate.approve(w.as.eve, ref, { reason })).rejects.toMatchObject(tampered);
  await behindOurBack(w, 'delete from approvals');
  await expect(w.gate.approve(w.as.eve, ref, { reason })).rejects.toMatchObject(tampered);
});

test('a number that was taken out of the table is not free again', async () => {
  const w = await started();
  expect(await w.state(honest())).toBe('served');
  await behindOurBack(w, 'delete from versions');
  await expect(w.publish(honest('Other bytes.'))).rejects.toMatchObject(tampered);
});

test('a log that was rewritten with the rows is found by the daily look', async () => {
  const w = await started();
  expect(await w.state(honest())).toBe('served');
  expect((await w.gate.scrub()).damaged).toEqual([]);
  await behindOurBack(w, "drop trigger events_keep; update events set subject = '@ann/other@1.0.0' where type = 'user.created'");
  expect((await verifyEvents(w.store.db)).ok).toBe(false);
  expect((await w.gate.scrub()).damaged).toEqual([{ ref: 'the audit log', says: expect.stringContaining('event 1') as string }]);
  expect(await alarmed(w)).toContain('the audit log');
});
