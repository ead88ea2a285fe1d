/** A store that an earlier release of ours wrote: it is brought up to date with everything in it believed as before, and nothing that was not. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, Migrator, SqliteDialect, sql } from 'kysely';
import { afterEach, expect, it } from 'vitest';
import { appendEvent, verifyEvents } from '../../../registry/store/events.ts';
import { openStore, type Store } from '../../../registry/store/index.ts';
import { migrationsWith } from '../../../registry/store/migrations.ts';
import type { Schema, SealedTable } from '../../../registry/store/schema.ts';
import { type Row, sealOf } from '../../../registry/store/seal.ts';
import { registryIdOf } from '../../../registry/store/settings.ts';
import { marksOf, tagsOf, versionById } from '../../../registry/store/versions.ts';

const folders: string[] = [];
let store: Store | undefined;
afterEach(async () => {
  await store?.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const key = Buffer.alloc(32, 7);
const at = 1_700_000_000_000;

/** A store as it was when rows did not know their events. */
async function early(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'skillward-upgrade-'));
  folders.push(folder);
  mkdirSync(join(folder, 'keys'), { mode: 0o700 });
  writeFileSync(join(folder, 'keys/seal.key'), key.toString('hex'), { mode: 0o600 });
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: new Database(join(folder, 'registry.db')) }) });
  const { '0001-first': first, '0002-events-by-subject': second } = migrationsWith(key);
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => ({ '0001-first': first!, '0002-events-by-subject': second! }) },
  }).migrateToLatest();
  expect(error).toBeUndefined();

  const add = async (table: SealedTable, row: Row): Promise<void> => {
    await db
      .insertInto(table as 'users')
      .values({ ...row, seal: sealOf(key, table, row) } as never)
      .execute();
  };
  await add('users', { id: 'usr_1', handle: 'ann', display_name: 'Ann', role: 'publisher', created_at: at, disabled_at: null });
  await add('namespaces', { id: 'ns_1', handle: 'acme', display_name: 'Acme', visibility: 'internal', created_by: 'usr_1', created_at: at });
  await add('skills', {
    ...{ id: 'skl_1', namespace_id: 'ns_1', slug: 'notes', display_name: 'Notes', summary: '', topics: '[]', created_by: 'usr_1' },
    ...{ created_at: at, updated_at: at, deleted_at: null, deleted_reason: null },
  });
  const version = (id: string, number: string, state: string): Row => ({
    ...{ id, skill_id: 'skl_1', version: number, state, archive_sha256: '00', archive_size: 1, tree: '', fingerprint: '', files: '[]' },
    ...{ display_name: '', description: '', changelog: '', tags: '[]', source: '{"kind":"upload"}', publisher_id: 'usr_1', publisher_token: null },
    ...{ publisher_level: 'L1', publisher_bundle: null, request_digest: number, report_sha256: null, decision: null, ruleset: null },
    ...{ policy_digest: null, scan_as_of: null, growth: null, attestations_sha256: null, state_reason: null, flagged: null, created_at: at },
    ...{ scanned_at: null, decided_at: null, not_before: 0, served_at: null, revocation_sha256: null },
  });
  const tell = (type: string, number: string, data: object): Promise<unknown> =>
    db.transaction().execute((tx) => appendEvent(tx, { type, actor: { via: 'system' }, subject: `@acme/notes@${number}`, data: { ...data } }, at));
  // As they were written then: not every event told of the state.
  await tell('version.published', '1.0.0', { version: 'ver_1' });
  await tell('version.served', '1.0.0', { version: 'ver_1', from: 'approved', to: 'served' });
  await tell('version.flagged', '1.0.0', { version: 'ver_1' });
  await tell('version.published', '2.0.0', { version: 'ver_2' });
  await tell('version.published', '3.0.0', { version: 'ver_3' });
  await add('versions', version('ver_1', '1.0.0', 'served'));
  await add('versions', version('ver_2', '2.0.0', 'quarantined'));
  // Somebody changed this one before.
  await add('versions', version('ver_3', '3.0.0', 'quarantined'));
  await db.updateTable('versions').set({ state: 'served' }).where('id', '=', 'ver_3').execute();
  await add('tags', { id: 'skl_1:stable', skill_id: 'skl_1', tag: 'stable', version_id: 'ver_1', updated_at: at });
  await db
    .insertInto('upstreams')
    .values({
      ...{ id: 'up_1', namespace_id: 'ns_1', slug: 'notes', url: 'https://hub.example', upstream_owner: 'ada', upstream_slug: 'notes', watch: 1 },
      ...{ last_version: null, last_digest: null, imported_by: 'usr_1', checked_at: null, created_at: at },
    } as never)
    .execute();
  await db
    .insertInto('settings')
    .values({ key: 'registry-id', value: 'skills.example' } as never)
    .execute();
  // In the order in which they were published then.
  const found = { slug: 'notes', topics: '' };
  await db
    .insertInto('skill_search')
    .values([
      {
        ...found,
        skill_id: 'skl_2',
        owner: 'acme ns1 skl2 visibilityinternal',
        display_name: 'Long notes',
        summary: 'Takes notes of whatever is said, and more besides.',
      },
      { ...found, skill_id: 'skl_1', owner: 'beta ns2 skl1 visibilityinternal', display_name: 'Notes', summary: '' },
      { ...found, skill_id: 'skl_3', owner: 'beta ns2 skl3 visibilityinternal', display_name: 'Notes', summary: '' },
    ])
    .execute();
  await db.destroy();
  return folder;
}

it('believes what was good before, and only that', async () => {
  const opened = await openStore(await early());
  store = opened;
  expect((await versionById(opened, opened.db, 'ver_1'))!.row).toMatchObject({ state: 'served', moved_seq: 3 });
  expect((await versionById(opened, opened.db, 'ver_2'))!.row).toMatchObject({ state: 'quarantined', moved_seq: 4 });
  await expect(versionById(opened, opened.db, 'ver_3')).rejects.toMatchObject({ code: 'tampered' });
  expect((await tagsOf(opened, opened.db, 'skl_1')).map((row) => row.tag)).toEqual(['stable']);
  expect(await registryIdOf(opened, opened.db)).toBe('skills.example');
  const [upstream] = await opened.db.selectFrom('upstreams').selectAll().execute();
  expect(opened.sealed('upstreams', upstream!)).toMatchObject({ imported_by: 'usr_1' });
  expect((await verifyEvents(opened.db)).ok).toBe(true);
  // The bad row stands in the way of what is said of the whole skill, until somebody mends it.
  await expect(marksOf(opened.db, 'skl_1')).rejects.toMatchObject({ code: 'tampered' });
  await opened.db.deleteFrom('versions').where('id', '=', 'ver_3').execute();
  expect((await marksOf(opened.db, 'skl_1')).map((mark) => mark.state).sort()).toEqual(['quarantined', 'served']);
});

it('finds what was found before, by what it says', async () => {
  const opened = await openStore(await early());
  store = opened;
  const rows = await sql<{ skill_id: string; place: number }>`
    select skill_id, rowid >> 32 as place from skill_search where skill_search match 'slug : note*' order by rowid`.execute(opened.db);
  // 4 letters of names for one of text: 5 + 5, and 5 + 10 with a summary of 50.
  expect(rows.rows).toEqual([
    { skill_id: 'skl_1', place: 40 },
    { skill_id: 'skl_3', place: 40 },
    { skill_id: 'skl_2', place: 110 },
  ]);
});

it('does not believe a name or an upstream that was changed since', async () => {
  const opened = await openStore(await early());
  store = opened;
  await opened.db.updateTable('settings').set({ value: 'other.example' }).where('key', '=', 'registry-id').execute();
  await expect(registryIdOf(opened, opened.db)).rejects.toMatchObject({ code: 'tampered' });
  await opened.db.updateTable('upstreams').set({ imported_by: 'usr_2' }).execute();
  const [upstream] = await opened.db.selectFrom('upstreams').selectAll().execute();
  expect(() => opened.sealed('upstreams', upstream!)).toThrowError(expect.objectContaining({ code: 'tampered' }) as Error);
});
