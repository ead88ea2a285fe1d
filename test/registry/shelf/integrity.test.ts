/** A changed row, blob, bundle or key is never given out: 503 and an alarm, by every way, however warm the caches are. */
import { appendFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../../../registry/model.ts';
import type { Shelf } from '../../../registry/shelf/index.ts';
import { Records } from '../../../registry/shelf/records.ts';
import { appendEvent, verifyEvents, verifyLog } from '../../../registry/store/events.ts';
import type { NamespaceRow, UserRow, VersionRow } from '../../../registry/store/schema.ts';
import { changeVersion, pointTag } from '../rows.ts';
import { actorFor, addMember, addNamespace, addUser, addVersion, type Library, library, refusal, setState, shelfOf } from './fixture.ts';

let shop: Library;
let shelf: Shelf;
let reader: Actor;
let owner: UserRow;
let space: NamespaceRow;
let row: VersionRow;
const ref = { owner: 'acme', slug: 'notes', version: '1.0.0' };

beforeEach(async () => {
  shop = await library();
  owner = await addUser(shop, 'ann');
  reader = actorFor(await addUser(shop, 'rita', 'reader'));
  space = await addNamespace(shop, 'acme', owner);
  row = await addVersion(shop, { namespace: space, slug: 'notes', publisher: owner });
  shelf = shelfOf(shop);
  // Warm: everything is in memory and verified.
  await shelf.skill(reader, ref);
  await shelf.file(reader, ref, 'SKILL.md');
  await shelf.download(reader, ref);
  expect(shelf.download(reader, ref)).not.toBeInstanceOf(Promise);
});
afterEach(() => shop.close());

const alarms = async (): Promise<{ subject: string }[]> =>
  shop.store.db.selectFrom('events').select('subject').where('type', '=', 'alarm.tampered').orderBy('seq').execute();
/** Alarms are written behind the answer; the next writer stands in line after them. */
const settled = async (): Promise<{ subject: string }[]> => {
  await shop.store.write(async () => {});
  return alarms();
};
/** Changes the database as another program would. */
const behindOurBack = async (statement: string): Promise<void> => {
  // An alarm may be on its way to the log.
  await shop.store.write(async () => {});
  const other = new Database(`${shop.folder}/registry.db`);
  other.pragma('trusted_schema = off');
  other.pragma('foreign_keys = off');
  other.exec(statement);
  other.close();
};

const everyWay = (): Record<string, () => unknown> => ({
  version: () => shelf.version(reader, ref),
  latest: () => shelf.version(reader, { owner: 'acme', slug: 'notes' }),
  download: () => shelf.download(reader, ref),
  file: () => shelf.file(reader, ref, 'SKILL.md'),
  byId: () => shelf.versionById(reader, row.id),
});
const codes = async (ways: Record<string, () => unknown> = everyWay()): Promise<Record<string, string>> =>
  Object.fromEntries(await Promise.all(Object.entries(ways).map(async ([name, ask]) => [name, (await refusal(ask())).code] as const)));
const all = (code: string): Record<string, string> => Object.fromEntries(Object.keys(everyWay()).map((name) => [name, code]));

describe('integrity', () => {
  it('refuses an archive whose bytes were changed, also with its old time put back', async () => {
    const path = shop.store.blobs.path(row.archive_sha256);
    appendFileSync(path, 'x');
    utimesSync(path, new Date(0), new Date(0));
    expect((await refusal(shelf.download(reader, ref))).code).toBe('tampered');
    expect((await refusal(shelf.file(reader, ref, 'SKILL.md'))).code).toBe('tampered');
    expect((await settled()).map((one) => one.subject)).toEqual(['@acme/notes@1.0.0']);
    expect((await verifyEvents(shop.store.db)).ok).toBe(true);
  });

  it('refuses when the archive is gone', async () => {
    rmSync(shop.store.blobs.path(row.archive_sha256));
    expect((await refusal(shelf.download(reader, ref))).code).toBe('tampered');
  });

  it('gives nothing out when the attestations are gone or changed', async () => {
    const path = shop.store.blobs.path(row.attestations_sha256!);
    writeFileSync(path, '{"schema":"skillward.attestations.v1","bundles":[]}');
    expect(await codes()).toEqual(all('tampered'));
    rmSync(path);
    expect(await codes()).toEqual(all('tampered'));
    expect((await refusal(shelf.skill(reader, ref))).code).toBe('tampered');
  });

  it.each([
    ['the archive digest', "archive_sha256 = 'ff'"],
    ['the state', "state = 'deprecated'"],
    ['the list of files', "files = '[]'"],
    ['the attestations', 'attestations_sha256 = null'],
    ['the number', "version = '1.0.0', publisher_id = publisher_id, created_at = created_at + 1"],
  ])('refuses a row of which %s was changed', async (_, change) => {
    await behindOurBack(`update versions set ${change}`);
    expect(await codes()).toEqual(all('tampered'));
    expect(await settled()).not.toEqual([]);
  });

  it('refuses when the row of the skill or of the namespace was changed', async () => {
    await behindOurBack("update skills set display_name = 'Other'");
    expect(await codes()).toEqual(all('tampered'));
    await behindOurBack("update skills set display_name = 'notes'");
    expect(await codes()).toEqual(all('answered'));
    await behindOurBack("update namespaces set visibility = 'public'");
    expect(await codes()).toEqual(all('tampered'));
  });

  it('does not believe a membership that was written behind our back', async () => {
    await behindOurBack("update namespaces set visibility = 'internal'");
    const secret = await addNamespace(shop, 'secret', owner, 'private');
    await addVersion(shop, { namespace: secret, slug: 'plans', publisher: owner });
    await behindOurBack(`insert into members values ('${secret.id}:${reader.user!.id}', '${secret.id}', '${reader.user!.id}', 'reader', 1, 'ab')`);
    expect((await refusal(shelf.skill(reader, { slug: 'plans' }))).code).toBe('tampered');
  });

  it('never falls back to another version when the newest was changed', async () => {
    await addVersion(shop, {
      namespace: space,
      slug: 'notes',
      version: '2.0.0',
      publisher: owner,
      files: { 'SKILL.md': '---\nname: notes\ndescription: d\n---\n# Notes two\n' },
    });
    expect((await shelf.version(reader, { slug: 'notes' })).version).toBe('2.0.0');
    await behindOurBack("update versions set state = 'yanked' where version = '2.0.0'");
    for (const ask of [
      () => shelf.version(reader, { slug: 'notes' }),
      () => shelf.skill(reader, { slug: 'notes' }),
      () => shelf.resolve(reader, { slug: 'notes' }, row.fingerprint),
    ])
      expect((await refusal(ask())).code).toBe('tampered');
    // What was asked for by its number and is whole is given.
    expect((await refusal(shelf.download(reader, ref))).code).toBe('answered');
  });

  it('does not follow a tag that was moved behind our back', async () => {
    await addVersion(shop, { namespace: space, slug: 'notes', version: '2.0.0', publisher: owner });
    await behindOurBack(`insert into tags values ('${row.skill_id}:latest', '${row.skill_id}', 'latest', '${row.id}', 1, 'ab')`);
    expect((await refusal(shelf.version(reader, { slug: 'notes' }))).code).toBe('tampered');
  });

  it('refuses a whole genuine row under another name, and statements of another version', async () => {
    const other = await addVersion(shop, {
      namespace: space,
      slug: 'other',
      publisher: owner,
      files: { 'SKILL.md': '---\nname: other\ndescription: d\n---\n# Other\n' },
    });
    await behindOurBack(`update versions set skill_id = '${row.skill_id}', version = '9.0.0' where id = '${other.id}'`);
    expect((await refusal(shelf.version(reader, { slug: 'notes', version: '9.0.0' }))).code).toBe('tampered');
    // With a seal that is right: only the signature tells.
    await shop.store.write((tx) => shop.store.patch(tx, 'versions', row.id, { attestations_sha256: other.attestations_sha256 }));
    expect((await refusal(shelf.download(reader, ref))).code).toBe('tampered');
  });

  it('takes back everything that a revoked key signed', async () => {
    shop.keys.splice(0, 1, { ...shop.keys[0]!, revokedAt: shop.clock });
    const fresh = { ...shop, keys: shop.keys.map((key) => ({ ...key })) };
    const strict = shelfOf(fresh);
    expect((await refusal(strict.download(reader, ref))).code).toBe('tampered');
  });

  it('notices a key that is revoked while everything is warm', async () => {
    let keys = [...shop.keys];
    const { createShelf } = await import('../../../registry/shelf/index.ts');
    const warm = createShelf({ store: shop.store, config: { registryId: 'skills.example', anonymousRead: false }, keys: () => keys });
    await warm.download(reader, ref);
    expect(warm.download(reader, ref)).not.toBeInstanceOf(Promise);
    keys = keys.map((key) => ({ ...key, revokedAt: 1 }));
    expect((await refusal(warm.download(reader, ref))).code).toBe('tampered');
  });

  it('gives nothing out under another registry id than the one that was signed', async () => {
    const { createShelf } = await import('../../../registry/shelf/index.ts');
    const other = createShelf({ store: shop.store, config: { registryId: 'other.example', anonymousRead: false }, keys: () => shop.keys });
    expect((await refusal(other.download(reader, ref))).code).toBe('tampered');
  });

  it('leaves a broken skill out of lists and goes on, with an alarm', async () => {
    await addVersion(shop, { namespace: space, slug: 'sound', publisher: owner });
    await behindOurBack("update skills set summary = 'buy now' where slug = 'notes'");
    expect((await shelf.list(reader, { limit: 10 })).items.map((one) => one.slug)).toEqual(['sound']);
    expect((await shelf.search(reader, { text: 'notes', limit: 10 })).map((hit) => hit.skill.slug)).toEqual([]);
    expect((await settled()).map((one) => one.subject)).toEqual(['@acme/notes']);
  });

  it('alarms once an hour for each subject', async () => {
    rmSync(shop.store.blobs.path(row.archive_sha256));
    for (let count = 0; count < 5; count++) await refusal(shelf.download(reader, ref));
    expect(await settled()).toHaveLength(1);
    shop.clock += 3_600_001;
    await refusal(shelf.download(reader, ref));
    expect(await settled()).toHaveLength(2);
  });

  it('answers 503 also when the alarm cannot be written', async () => {
    rmSync(shop.store.blobs.path(row.archive_sha256));
    await sql`create trigger no_more before insert on events begin select raise(abort, 'full'); end`.execute(shop.store.db);
    expect((await refusal(shelf.download(reader, ref))).code).toBe('tampered');
  });

  it('refuses a report that is not the signed one', async () => {
    const other = await shop.store.blobs.put(Buffer.from('{"schema":"skillward.report.v1","verdict":{"decision":"pass"}}'));
    await shop.store.write((tx) => shop.store.patch(tx, 'versions', row.id, { report_sha256: other }));
    expect((await refusal(shelf.report(await shelf.version(reader, ref)))).code).toBe('tampered');
  });

  it('sees what another server changed', async () => {
    await setState(shop, row, 'yanked');
    await setState(shop, row, 'served');
    await shelf.download(reader, ref);
    const { openStore } = await import('../../../registry/store/index.ts');
    const second = await openStore(shop.folder);
    await second.write((tx) => changeVersion(second, tx, row.id, { state: 'revoked' }));
    await second.close();
    expect((await refusal(shelf.download(reader, ref))).code).toBe('withdrawn');
  });
});

describe('an old row that is put back, with its good seal', () => {
  /** Keeps copies of rows, as a backup has them, and puts them back into the table later. */
  const copied = async (table: string, where: string): Promise<() => Promise<void>> => {
    await behindOurBack(`create table kept_${table} as select * from ${table} where ${where}`);
    return () => behindOurBack(`delete from ${table} where ${where}; insert into ${table} select * from kept_${table}`);
  };

  it.each(['yanked', 'revoked'] as const)('is not believed of a version that was %s since', async (state) => {
    const putBack = await copied('versions', `id = '${row.id}'`);
    await setState(shop, row, state);
    expect((await refusal(shelf.download(reader, ref))).code).toBe('withdrawn');
    await putBack();
    expect(await codes()).toEqual(all('tampered'));
    expect((await refusal(shelf.skill(reader, ref))).code).toBe('tampered');
    expect((await shelf.list(reader, { limit: 10 })).items).toEqual([]);
    expect((await settled()).map((one) => one.subject)).toContain('@acme/notes@1.0.0');
    // The chain of the log is whole: only rows were touched.
    expect((await verifyEvents(shop.store.db)).ok).toBe(true);
  });

  it('is not believed where it hides a version that is served', async () => {
    await setState(shop, row, 'yanked');
    const putBack = await copied('versions', `id = '${row.id}'`);
    await addVersion(shop, { namespace: space, slug: 'notes', version: '0.9.0', publisher: owner });
    await setState(shop, row, 'served');
    expect((await shelf.version(reader, { slug: 'notes' })).version).toBe('1.0.0');
    await putBack();
    expect((await refusal(shelf.version(reader, { slug: 'notes' }))).code).toBe('tampered');
    expect((await refusal(shelf.skill(reader, { slug: 'notes' }))).code).toBe('tampered');
    expect((await shelf.list(reader, { limit: 10 })).items).toEqual([]);
  });

  it('is not believed of a version from before a flag', async () => {
    const putBack = await copied('versions', `id = '${row.id}'`);
    await shop.store.write((tx) => changeVersion(shop.store, tx, row.id, { flagged: '{"says":"sends keys away"}' }));
    expect((await shelf.version(reader, ref)).row.flagged).toContain('sends keys away');
    await putBack();
    expect(await codes()).toEqual(all('tampered'));
  });

  it('is not believed when the log was rewritten to fit it', async () => {
    const putBack = await copied('versions', `id = '${row.id}'`);
    await setState(shop, row, 'revoked');
    await putBack();
    // The event is taken out, and what follows gets new hashes: the chain is whole.
    await behindOurBack("drop trigger events_stay; delete from events where type = 'version.revoked'");
    expect((await verifyEvents(shop.store.db)).ok).toBe(true);
    expect(await codes()).toEqual(all('tampered'));
    // What is written behind it does not make it good.
    expect((await settled()).length).toBeGreaterThan(0);
    await addUser(shop, 'otto');
    expect(await codes()).toEqual(all('tampered'));
    expect(await verifyLog(shop.store)).toMatchObject({ ok: false });
  });

  it('is not believed of a skill that was hidden since', async () => {
    const putBack = await copied('skills', "slug = 'notes'");
    await shop.store.write(async (tx) => {
      await shop.store.patch(tx, 'skills', row.skill_id, { deleted_at: shop.clock });
      await appendEvent(tx, { type: 'skill.deleted', actor: { via: 'token' }, subject: '@acme/notes', data: { skill: row.skill_id } }, shop.clock);
    });
    expect((await refusal(shelf.download(reader, ref))).code).toBe('not-found');
    await putBack();
    expect(await codes()).toEqual(all('tampered'));
    expect((await shelf.list(reader, { limit: 10 })).items).toEqual([]);
  });

  it('is not believed of a namespace that was closed since', async () => {
    await behindOurBack("create table kept_space as select * from namespaces where handle = 'acme'");
    await shop.store.write(async (tx) => {
      await shop.store.patch(tx, 'namespaces', space.id, { visibility: 'private' });
      const data = { from: 'internal', to: 'private' };
      await appendEvent(tx, { type: 'namespace.visibility-changed', actor: { via: 'token' }, subject: '@acme', data }, shop.clock);
    });
    expect((await refusal(shelf.download(reader, ref))).code).toBe('not-found');
    await behindOurBack(
      'update namespaces set (visibility, seal) = (select visibility, seal from kept_space) where id in (select id from kept_space)',
    );
    expect(await codes()).toEqual(all('tampered'));
  });

  describe('tags', () => {
    let second: VersionRow;
    beforeEach(async () => {
      second = await addVersion(shop, { namespace: space, slug: 'notes', version: '2.0.0', publisher: owner });
      await shop.store.write((tx) => pointTag(shop.store, tx, 'latest', row));
      expect((await shelf.version(reader, { slug: 'notes' })).version).toBe('1.0.0');
    });

    it('are not followed to where one pointed before', async () => {
      const putBack = await copied('tags', `skill_id = '${row.skill_id}'`);
      await shop.store.write((tx) => pointTag(shop.store, tx, 'latest', second));
      expect((await shelf.version(reader, { slug: 'notes' })).version).toBe('2.0.0');
      await putBack();
      expect((await refusal(shelf.version(reader, { slug: 'notes' }))).code).toBe('tampered');
      // What is asked for by its number does not depend on tags.
      expect((await refusal(shelf.version(reader, ref))).code).toBe('answered');
    });

    it('are not left out when one was taken away', async () => {
      await behindOurBack('delete from tags');
      expect((await refusal(shelf.version(reader, { slug: 'notes' }))).code).toBe('tampered');
      expect((await shelf.list(reader, { limit: 10 })).items).toEqual([]);
    });
  });
});

describe('rows of versions that nobody is given', () => {
  it('are not read, only looked up in the log', async () => {
    await addVersion(shop, { namespace: space, slug: 'notes', version: '3.0.0', publisher: owner, state: 'held' });
    await behindOurBack("update versions set files = 'as long as somebody likes' where state = 'held'");
    expect(await codes()).toEqual(all('answered'));
    await behindOurBack("update versions set state = 'refused' where state = 'held'");
    expect((await refusal(shelf.version(reader, { slug: 'notes' }))).code).toBe('tampered');
  });
});

describe('what is kept in memory', () => {
  it('answers no other reference than the one it was kept for', async () => {
    // The latest, by no number and by no owner: kept from here on.
    await shelf.download(reader, { owner: 'acme', slug: 'notes' });
    await shelf.download(reader, { slug: 'notes' });
    for (const near of [{ version: '' }, { version: '9.9.9' }, { tag: '' }, { owner: '' }, { slug: 'notes ' }, { owner: 'acme notes', slug: '' }])
      expect(
        await refusal(Promise.resolve().then(() => shelf.download(reader, { owner: 'acme', slug: 'notes', ...near }))),
        JSON.stringify(near),
      ).toMatchObject({ code: 'not-found' });
  });

  it('is never a membership that was read before it ended', async () => {
    const user = await addUser(shop, 'mel', 'reader');
    const id = `${space.id}:${user.id}`;
    for (let steps = 0; steps < 40; steps++) {
      await addMember(shop, space, user, 'reader');
      const records = new Records(shop.store, 1_000_000);
      records.refresh();
      const asked = records.members([space.id], user.id);
      // Somewhere between the question and its answer the membership ends, and another request comes.
      for (let step = 0; step < steps; step++) await null;
      const other = new Database(`${shop.folder}/registry.db`);
      other.prepare('delete from members where id = ?').run(id);
      other.close();
      records.refresh();
      await asked;
      expect(records.memberNow(space.id, user.id) ?? null).toBeNull();
    }
  });
});
