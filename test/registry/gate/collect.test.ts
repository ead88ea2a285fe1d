/** What nothing names is cleared away after a day or two, and nothing else ever is. */
import { spawn } from 'node:child_process';
import { unlinkSync, utimesSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { describe as describeFiles } from '../../../registry/archive/index.ts';
import { registerKey } from '../../../registry/auth/publisher-keys.ts';
import { generateKey, parsePrivateKey } from '../../../registry/trust/keys.ts';
import { signAsPublisher } from '../../../registry/trust/publisher.ts';
import { doubtful, honest, malicious, type World, world } from './world.ts';

vi.setConfig({ testTimeout: 180_000 });

const hour = 3_600_000;
const day = 24 * hour;
const ref = (version: string) => ({ owner: 'ann', slug: 'notes', version });

let w: World;
let atStored: (() => void) | undefined;
beforeEach(async () => {
  w = await world({ gate: { checkpoint: (point) => void (point === 'publish:stored' && atStored?.()) } });
}, 60_000);
afterEach(async () => {
  atStored = undefined;
  await w.close();
});

const junk = (text: string): Promise<string> => w.store.blobs.put(Buffer.from(`nobody asked for ${text}`));
async function stored(): Promise<Set<string>> {
  const all = new Set<string>();
  for await (const digest of w.store.blobs.list()) all.add(digest);
  return all;
}

/** Stored files that any text of any table names, whatever it is about. */
async function namedAnywhere(): Promise<Set<string>> {
  const there = await stored();
  const named = new Set<string>();
  const { rows: tables } = await sql<{ name: string }>`select name from sqlite_schema where type = 'table'`.execute(w.store.db);
  for (const { name } of tables) {
    if (['forgotten', 'events', 'uploads'].includes(name)) continue;
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(w.store.db);
    for (const row of rows)
      for (const value of Object.values(row))
        if (typeof value === 'string') for (const [digest] of value.matchAll(/[0-9a-f]{64}/g)) if (there.has(digest)) named.add(digest);
  }
  return named;
}

/** A version in every state, with everything that a version can name. */
async function everything(): Promise<void> {
  const key = generateKey();
  await registerKey({ store: w.store, now: Date.now }, w.as.ann, { pem: key.pem, label: 'laptop' });
  const name = { registryId: 'skills.example', ...ref('1.0.0') };
  const publisherBundle = await signAsPublisher(
    name,
    await describeFiles(honest()),
    { signedAt: '2026-11-21T12:00:00.000Z' },
    parsePrivateKey(key.privatePem),
  );
  expect(await w.publish(honest(), '1.0.0', { publisherBundle })).toMatchObject({ state: 'served', publisher_level: 'L2' });
  for (const version of ['1.0.1', '1.0.2', '1.0.3']) expect(await w.state(honest(version), version)).toBe('served');
  await w.gate.yank(w.as.ann, ref('1.0.1'), 'A mistake.');
  await w.gate.revoke(w.as.kim, ref('1.0.2'), { reason: 'It does harm.', severity: 'block' });
  await vi.waitFor(async () => expect((await w.row('1.0.2')).revocation_sha256).not.toBeNull(), 60_000);
  await w.gate.deprecate(w.as.ann, ref('1.0.3'), { message: 'Old.' });
  expect(await w.state(malicious(), '1.0.4')).toBe('refused');
  expect(await w.state(doubtful(), '1.0.5')).toBe('held');
  // As a later ruleset leaves it, and as a rescan leaves what an approver saw.
  const flagged = JSON.stringify({ report: await junk('the report that a flag rests on') });
  const { id } = await w.row('1.0.0');
  await w.store.write((tx) => w.store.patch(tx, 'versions', id, { flagged }));
  await w.gate.approve(w.as.bob, ref('1.0.5'), { reason: 'Wanted.' });
  const approved = await w.settled('1.0.5');
  const newer = await junk('the report that came after it');
  await w.store.write((tx) => w.store.patch(tx, 'versions', approved.id, { report_sha256: newer }));
}

test('what is named stays for ever, what is not goes after a day', async () => {
  await everything();
  const named = await namedAnywhere();
  expect(named.size).toBeGreaterThan(20);
  const waste = [await junk('a'), await junk('b')];
  w.ahead = 30 * 60_000;
  expect(await w.gate.collect()).toMatchObject({ files: 0, forgotten: 0 });
  w.ahead = 2 * hour;
  expect(await w.gate.collect()).toMatchObject({ files: 0, forgotten: 2 });
  w.ahead += day - 1000;
  expect(await w.gate.collect()).toMatchObject({ files: 0, forgotten: 2 });
  w.ahead += 1000;
  expect(await w.gate.collect()).toMatchObject({ files: 2, forgotten: 0 });
  for (let days = 0; days < 5; days++) {
    w.ahead += day;
    expect(await w.gate.collect()).toMatchObject({ files: 0 });
  }
  const left = await stored();
  expect(waste.filter((digest) => left.has(digest))).toEqual([]);
  expect([...named].filter((digest) => !left.has(digest))).toEqual([]);
  expect((await w.gate.scrub()).blobs).toBeGreaterThan(5);
});

test('what is stored or named again stays', async () => {
  const [again, taken, uploaded] = [await junk('stored again'), await junk('named'), await junk('uploaded')];
  expect(await w.state(honest())).toBe('served');
  w.ahead = 2 * hour;
  await w.gate.collect();
  // As if it had been lying here for long.
  utimesSync(w.store.blobs.path(again), new Date(0), new Date(0));
  w.ahead = 0;
  expect(await junk('stored again')).toBe(again);
  expect((await w.store.blobs.age(again))!.at).toBeGreaterThan(Date.now() - hour);
  const { id } = await w.row();
  await w.store.write((tx) => w.store.patch(tx, 'versions', id, { flagged: JSON.stringify({ report: taken }) }));
  const ends = Date.now() + 3 * day;
  const ticket = {
    id: 'upl_1',
    ticket_hash: 'x',
    user_id: w.as.ann.user!.id,
    path: 'a',
    size: 1,
    content_type: 'text/plain',
    created_at: 0,
    received_at: null,
  };
  await w.store.write((tx) =>
    tx
      .insertInto('uploads')
      .values({ ...ticket, sha256: uploaded, expires_at: ends })
      .execute(),
  );
  w.ahead = 2 * hour + 2 * day;
  await w.gate.collect();
  expect(await w.store.blobs.has(taken)).toBe(true);
  expect(await w.store.blobs.has(uploaded)).toBe(true);
  // A ticket that has ended keeps nothing.
  w.ahead = 10 * day;
  await w.gate.collect();
  w.ahead += day;
  await w.gate.collect();
  expect(await w.store.blobs.has(uploaded)).toBe(false);
  expect(await w.store.blobs.has(taken)).toBe(true);
});

test('a version is never written down without its archive, whoever cleared it away at that moment', async () => {
  const { sha256 } = await describeFiles(honest());
  atStored = () => unlinkSync(w.store.blobs.path(sha256));
  await expect(w.publish(honest())).rejects.toMatchObject({ code: 'unavailable' });
  expect(await w.store.db.selectFrom('versions').select('id').execute()).toEqual([]);
  atStored = undefined;
  expect(await w.state(honest())).toBe('served');
});

test('while a record is changed from outside, nothing is cleared away', async () => {
  const { id } = await w.publish(doubtful());
  const waste = await junk('a');
  w.ahead = 2 * hour;
  await w.gate.collect();
  const { report_sha256 } = await w.row();
  await w.store.write((tx) => tx.updateTable('versions').set({ report_sha256: waste }).where('id', '=', id).execute());
  w.ahead += 2 * day;
  await expect(w.gate.collect()).rejects.toMatchObject({ code: 'tampered' });
  expect(await w.store.blobs.has(report_sha256!)).toBe(true);
});

test('killed while it removes, it has removed only what it may, and the next round goes on', async () => {
  await everything();
  const named = await namedAnywhere();
  for (let count = 0; count < 10; count++) await junk(String(count));
  w.ahead = 2 * hour;
  expect(await w.gate.collect()).toMatchObject({ forgotten: 10 });
  const script = fileURLToPath(new URL('./collect-child.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, w.folder, String(2 * hour + 2 * day)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  expect(await new Promise((resolve) => child.once('close', (_, signal) => resolve(signal)))).toBe('SIGKILL');
  const between = await stored();
  expect([...named].filter((digest) => !between.has(digest))).toEqual([]);
  expect(between.size).toBe(named.size + 7);
  w.ahead += 2 * day;
  expect(await w.gate.collect()).toMatchObject({ files: 7, forgotten: 0 });
  expect(await stored()).toEqual(named);
});
