/**
 * Somebody changes what a running server has stored: a blob, a column of a row, a whole row for another. After each change every way to read (readings.ts) gives what it gave before, to the
 * letter, or refuses with 503, or leaves the skill out; what depends on the changed thing never gives the old answer either. An alarm is in the audit log, our own client and the real
 * clawhub install nothing, and when the change is taken back all is as before.
 *
 * The server is the built one, in its own process; everything was read before, so that its memory is warm and the short ways are taken.
 */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { VersionRow } from '../../../registry/store/schema.ts';
import { generateKey, parsePrivateKey } from '../../../registry/trust/keys.ts';
import { fingerprint, type Someone, someone } from '../client/kit.ts';
import { type Client, client } from '../e2e/clients.ts';
import { cleanUp, type Person, person, type Served, start } from '../e2e/process.ts';
import { examine } from './kit.ts';
import { until } from './processes.ts';
import { type Answered, type Asker, answer, compare, described, type Kind, type Reading, readingsOf, type Subject, tellNothing } from './readings.ts';
import { blocked, doubtful, multipart, ordinary } from './requests.ts';

let served: Served;
let ann: Person;
let rob: Person;
let asker: Asker;
/** The two clients, signed in. */
let us: Someone;
let them: Client;
/** Rows by reference, as the gate wrote them. */
let rows: ReadonlyMap<string, VersionRow>;

const admin = (): Person => ({ handle: 'admin', token: served.admin });
const publish = async (slug: string, files = ordinary(slug), version = '1.0.0'): Promise<void> => {
  const sent = await served.ask('/api/v1/skills', { method: 'POST', token: ann.token, body: multipart(slug, version, files) });
  expect([200, 422], await sent.text()).toContain(sent.status);
};
const decide = (slug: string, version: string, verb: string, who: Person): Promise<unknown> =>
  served.json(`/api/skillward/v1/versions/ann/${slug}/${version}/${verb}`, { token: who.token, body: { reason: 'Somebody has decided so.' } });

/** Whole skills, by what is done to them. */
const whole = [
  ...['archive', 'attested', 'reported', 'row-version', 'row-other', 'row-skill', 'row-tag', 'row-space', 'swap-one', 'swap-two', 'swap-three'],
  ...['key-holder', 'key-ended', 'key-added', 'old-version', 'old-skill'],
];

beforeAll(async () => {
  const many = ['read-ip', 'read-key', 'write-ip', 'write-key', 'download-ip', 'download-key'].map((name) => `    ${name}: 1000000\n`).join('');
  served = await start({ config: `limits:\n  publish-wait: 60s\n  rate:\n${many}` });
  ann = await person(served, 'ann', 'publisher');
  rob = await person(served, 'rob', 'reader');
  const { token } = await served.json<{ token: string }>('/api/skillward/v1/tokens', {
    token: rob.token,
    body: { label: 'npx', scopes: ['read'], kind: 'path' },
  });
  asker = { reader: rob.token, path: token, publisher: ann.token };
  await Promise.all([
    ...whole.map((slug) => publish(slug)),
    publish('flip-refused').then(() => publish('flip-refused', blocked('flip-refused'), '2.0.0')),
    publish('flip-yanked').then(() => publish('flip-yanked', ordinary('flip-yanked', 'More words.'), '1.1.0')),
    publish('flip-held', doubtful('flip-held')),
    publish('flip-deleted'),
  ]);
  await decide('flip-yanked', '1.1.0', 'yank', admin());
  expect((await served.ask('/api/v1/skills/flip-deleted', { method: 'DELETE', token: ann.token })).status).toBe(200);
  rows = (await examine(served.data)).versions;
  us = someone(served.url, rob.token).having({ SKILL_KEY_FINGERPRINT: await fingerprint(served) });
  them = client('clawhub', served);
  expect((await them.run(['login', '--token', rob.token, '--no-browser'])).code).toBe(0);
}, 240_000);
afterAll(cleanUp);

const subject = (slug: string, version = '1.0.0'): Subject => {
  const row = rows.get(`@ann/${slug}@${version}`)!;
  return { owner: 'ann', slug, version, id: row.id, fingerprint: row.fingerprint };
};

/** Changes the database as another program would, that has the file and no key. */
function sql<T = unknown>(statement: string, ...values: unknown[]): T[] {
  const other = new Database(join(served.data, 'registry.db'));
  try {
    other.pragma('foreign_keys = off');
    other.pragma('busy_timeout = 5000');
    const prepared = other.prepare(statement);
    if (prepared.reader) return prepared.all(...values) as T[];
    expect(prepared.run(...values).changes).toBeGreaterThan(0);
    return [];
  } finally {
    other.close();
  }
}
/** Changes rows; returns what puts them back. */
function rewrite(table: string, id: string, change: Readonly<Record<string, unknown>>): () => void {
  const names = Object.keys(change);
  const [before] = sql<Record<string, unknown>>(`select ${names.join(', ')} from ${table} where id = ?`, id);
  const set = (values: Readonly<Record<string, unknown>>, of: string): void =>
    void sql(`update ${table} set ${names.map((name) => `${name} = ?`).join(', ')} where id = ?`, ...names.map((name) => values[name]), of);
  set(change, id);
  return () => set(before!, (change['id'] as string | undefined) ?? id);
}
const blob = (digest: string): string => join(served.data, 'blobs', 'sha256', digest.slice(0, 2), digest);

/** Ways to harm a stored file; each returns what puts it back. The last modification is set back, as somebody who hides would. */
const harms: Readonly<Record<string, (path: string, other: string) => void>> = {
  'one bit': (path) => {
    const bytes = readFileSync(path);
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    writeFileSync(path, bytes);
  },
  longer: (path) => appendFileSync(path, '\n'),
  shorter: (path) => truncateSync(path, statSync(path).size - 1),
  empty: (path) => truncateSync(path, 0),
  removed: (path) => rmSync(path),
  'another one in its place': (path, other) => {
    copyFileSync(other, `${path}.new`);
    renameSync(`${path}.new`, path);
  },
};
function damage(how: string, digest: string, other: string): () => void {
  const path = blob(digest);
  const { atime, mtime } = statSync(path);
  const bytes = readFileSync(path);
  harms[how]!(path, blob(other));
  if (existsSync(path)) utimesSync(path, atime, mtime);
  return () => writeFileSync(path, bytes, { mode: 0o600 });
}

const before = new Map<string, Answered>();
/** Everything that is said of a version now, once so that all is in memory and once more to know it. */
async function learn(of: Subject): Promise<Reading[]> {
  const readings = readingsOf(of, asker);
  for (const reading of readings) {
    await answer(served, reading);
    before.set(reading.name, await answer(served, reading));
  }
  return readings;
}
/** One reading of each kind, and the shortest way: for changes that come by the dozen. */
const few = (readings: readonly Reading[]): Reading[] =>
  readings.filter((one, at) => readings.findIndex((other) => other.kind === one.kind) === at || one.path.startsWith('/api/v1/download?'));

/** What became of every answer, by outcome. */
async function outcomes(of: Subject, readings: readonly Reading[]): Promise<Record<string, Reading[]>> {
  const found: Record<string, Reading[]> = {};
  for (const reading of readings) {
    const outcome = compare(reading, of, before.get(reading.name)!, await answer(served, reading));
    found[outcome] = [...(found[outcome] ?? []), reading];
  }
  return found;
}
const names = (readings: readonly Reading[] = []): string[] => readings.map((reading) => reading.name);

/**
 * Does harm, looks, and takes it back.
 * @param spared kinds of readings that do not depend on what is changed and may go on as before
 */
async function harm(of: Subject, readings: readonly Reading[], spared: readonly Kind[], change: () => () => void): Promise<void> {
  const bound = (reading: Reading): boolean => !spared.includes(reading.kind) && before.get(reading.name)!.status < 400;
  const back = change();
  try {
    // A download may go on for a moment with the release that it looked at last; what it gives is whole all the same.
    for (const end = Date.now() + 5_000; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
      const { CHANGED, same = [] } = await outcomes(of, readings);
      expect(names(CHANGED)).toEqual([]);
      if (!same.some(bound)) break;
      if (Date.now() > end) expect(names(same.filter(bound)), 'goes on as if nothing had happened').toEqual([]);
    }
  } finally {
    back();
  }
  const { same: _, ...others } = await outcomes(of, readings);
  expect(Object.values(others).flatMap(names), 'after it was put back').toEqual([]);
}

interface Event {
  readonly seq: number;
  readonly type: string;
  readonly text: string;
}
const events = (): Event[] =>
  sql<{ seq: number; type: string; event: string }>('select seq, type, event from events order by seq').map(({ event, ...row }) => ({
    ...row,
    text: event,
  }));
let seen = 0;
/** Alarms since the last look that name one of these. */
const alarms = (...names: readonly string[]): Promise<Event[]> =>
  until(
    `an alarm about ${names.join(' or ')}`,
    () => {
      const found = events().filter(
        (event) => event.seq > seen && event.type.startsWith('alarm.') && names.some((name) => event.text.includes(name)),
      );
      return found.length > 0 ? found : undefined;
    },
    10_000,
    100,
  );
afterEach(() => {
  seen = events().at(-1)!.seq;
});

/** Installs with our own client and with the real clawhub, each in a folder of its own; whether it ended well, and what then lies there. */
async function installed(slug: string): Promise<Record<'ours' | 'clawhub', { readonly ok: boolean; readonly there: boolean; readonly out: string }>> {
  const folder = join(us.project, slug, 'got');
  const [ours, theirs] = await Promise.all([
    us.run('install', `@ann/${slug}`, '--yes', '--dir', folder, '--lock', `${folder}.lock.json`),
    them.run(['install', slug, '--no-input', '--force']),
  ]);
  return {
    ours: { ok: ours.code === 0, there: existsSync(folder) && readdirSync(folder).length > 0, out: ours.err },
    clawhub: { ok: theirs.code === 0, there: existsSync(join(them.work, 'skills', slug)), out: theirs.out },
  };
}
const nobodyInstalls = async (slug: string): Promise<void> =>
  expect(await installed(slug)).toEqual({
    ours: { ok: false, there: false, out: expect.any(String) },
    clawhub: { ok: false, there: false, out: expect.any(String) },
  });

it('every route that reads is known', async () => {
  const { paths } = await served.json<{ paths: Record<string, Record<string, unknown>> }>('/openapi.json');
  const gets = Object.keys(paths).filter((path) => paths[path]!['get'] !== undefined);
  expect([...Object.keys(described), ...tellNothing].sort()).toEqual(gets.sort());
});

it('what is whole is given out by every reading, and by both clients', async () => {
  const of = subject('key-holder');
  const readings = await learn(of);
  expect(readings.filter((reading) => before.get(reading.name)!.status !== 200).map((reading) => reading.name)).toEqual([]);
  expect(await installed('key-holder')).toEqual({
    ours: { ok: true, there: true, out: expect.any(String) },
    clawhub: { ok: true, there: true, out: expect.any(String) },
  });
}, 120_000);

describe('a blob', () => {
  const cases = [
    ['archive', 'archive_sha256', ['release', 'report', 'rows', 'tags', 'list', 'inside', 'apart']],
    ['attested', 'attestations_sha256', ['rows', 'list', 'inside', 'apart']],
    ['reported', 'report_sha256', ['release', 'bytes', 'rows', 'tags', 'list', 'inside', 'apart']],
  ] as const;
  it.each(cases)(
    '%s: %s',
    async (slug, column, spared) => {
      const of = subject(slug);
      const readings = await learn(of);
      const digest = rows.get(`@ann/${slug}@1.0.0`)![column]!;
      const other = rows.get('@ann/key-holder@1.0.0')![column]!;
      for (const how of Object.keys(harms)) await harm(of, how === 'one bit' ? readings : few(readings), spared, () => damage(how, digest, other));
      await alarms(slug);
      const back = damage('one bit', digest, other);
      if (slug !== 'reported') await nobodyInstalls(slug);
      back();
    },
    120_000,
  );

  it('two archives, and two releases, that were exchanged', async () => {
    const of = subject('swap-one');
    const [one, two] = ['swap-one', 'swap-two'].map((slug) => rows.get(`@ann/${slug}@1.0.0`)!) as [VersionRow, VersionRow];
    const readings = await learn(of);
    const swap = (a: string, b: string): (() => void) => {
      const turn = (): void => {
        renameSync(blob(a), blob(`${a.slice(0, 2)}.x`.padEnd(64, 'x')));
        renameSync(blob(b), blob(a));
        renameSync(blob(`${a.slice(0, 2)}.x`.padEnd(64, 'x')), blob(b));
      };
      turn();
      return turn;
    };
    await harm(of, readings, ['release', 'report', 'rows', 'tags', 'list', 'inside', 'apart'], () => swap(one.archive_sha256, two.archive_sha256));
    await harm(of, readings, ['rows', 'list', 'inside', 'apart'], () => swap(one.attestations_sha256!, two.attestations_sha256!));
    await alarms('swap-one');
  }, 60_000);
});

/** Another value for a column, by kind of value. */
const another = (value: unknown): unknown => (typeof value === 'number' ? value + 1 : typeof value === 'string' ? `0${value}` : 1);
describe('a row', () => {
  const tables = {
    versions: { slug: 'row-version', id: () => subject('row-version').id, spared: ['apart'] },
    skills: { slug: 'row-skill', id: () => rows.get('@ann/row-skill@1.0.0')!.skill_id, spared: ['apart'] },
    tags: {
      slug: 'row-tag',
      id: () => `${rows.get('@ann/row-tag@1.0.0')!.skill_id}:stable`,
      spared: ['release', 'bytes', 'report', 'rows', 'list', 'inside', 'apart'],
    },
    // Last: it is an alarm about every skill in it, and one is told of once an hour.
    namespaces: {
      slug: 'row-space',
      id: () => sql<{ id: string }>("select id from namespaces where handle = 'ann'")[0]!.id,
      spared: ['apart'],
    },
  } as const;

  it.each(Object.keys(tables) as (keyof typeof tables)[])(
    'of %s, whichever column is changed',
    async (table) => {
      const { slug, id, spared } = tables[table];
      const of = subject(slug);
      const readings = few(await learn(of));
      const row = id();
      const [columns] = sql<Record<string, unknown>>(`select * from ${table} where id = ?`, row);
      for (const [column, value] of Object.entries(columns!))
        await harm(of, readings, spared, () => rewrite(table, row, { [column]: another(value) })).catch((error: unknown) => {
          throw new Error(`${table}.${column}: ${(error as Error).message}`, { cause: error });
        });
      await alarms(slug, row);
    },
    120_000,
  );

  it('that is given other digests, another state, another name', async () => {
    const of = subject('row-other');
    const readings = await learn(of);
    const other = rows.get('@ann/key-holder@1.0.0')!;
    const { archive_sha256, attestations_sha256, report_sha256, archive_size, tree, fingerprint, files } = other;
    const exchanged = { archive_sha256, archive_size, tree, fingerprint, files, attestations_sha256, report_sha256 };
    for (const change of [
      exchanged,
      { archive_sha256, archive_size, tree, fingerprint, files },
      { attestations_sha256 },
      { state: 'revoked' },
      { version: '9.9.9' },
    ])
      await harm(of, change === exchanged ? readings : few(readings), ['apart'], () => rewrite('versions', of.id, change));
    await alarms('row-other');
  }, 120_000);

  it('whose release was exchanged with that of another', async () => {
    const [one, two] = [subject('swap-three'), subject('swap-one')];
    const readings = few(await learn(one));
    const [a, b] = [rows.get('@ann/swap-three@1.0.0')!, rows.get('@ann/swap-one@1.0.0')!];
    await harm(one, readings, ['apart'], () => {
      const first = rewrite('versions', one.id, { attestations_sha256: b.attestations_sha256 });
      const second = rewrite('versions', two.id, { attestations_sha256: a.attestations_sha256 });
      return () => {
        first();
        second();
      };
    });
    await alarms('swap-three');
  }, 60_000);
});

describe('a version that nobody may have', () => {
  const release = (slug: string): Partial<VersionRow> => {
    const { attestations_sha256, report_sha256, served_at } = rows.get(`@ann/${slug}@1.0.0`)!;
    return { attestations_sha256, report_sha256, served_at };
  };
  it.each([
    ['refused', 'flip-refused', '2.0.0', () => release('flip-refused')],
    ['yanked', 'flip-yanked', '1.1.0', () => ({ state_reason: null })],
    ['held', 'flip-held', '1.0.0', () => release('key-holder')],
  ] as const)(
    '%s, does not come out when its row says that it is served',
    async (_, slug, version, more) => {
      const of = subject(slug, version);
      const readings = await learn(of);
      expect(before.get(`GET /api/v1/download?slug=${slug}&ownerHandle=ann&version=${version}`)!.status).toBeGreaterThan(400);
      // What is there of other versions of the skill may go on or stop; nothing new comes.
      for (const state of ['deprecated', 'served'])
        await harm(of, state === 'served' ? readings : few(readings), ['release', 'bytes', 'report', 'rows', 'tags', 'list', 'inside', 'apart'], () =>
          rewrite('versions', of.id, { state, ...more() }),
        );
      await alarms(slug, of.id);
      const back = rewrite('versions', of.id, { state: 'served', ...more() });
      const got = await served.ask(`/api/v1/download?slug=${slug}&ownerHandle=ann&version=${version}`, { token: rob.token });
      expect([404, 503]).toContain(got.status);
      if (slug === 'flip-held') await nobodyInstalls(slug);
      back();
    },
    120_000,
  );

  it('held, is not signed when its row says that it is approved and a job is slipped in', async () => {
    const of = subject('flip-held');
    const readings = await learn(of);
    const back = rewrite('versions', of.id, { state: 'approved' });
    sql(
      "insert into jobs (id, kind, subject, payload, run_at, attempts, created_at) values ('job_slipped', 'sign', ?, '{}', 0, 0, 0)",
      `${of.id}:slipped`,
    );
    const tried = (): number => sql<{ attempts: number }>("select attempts from jobs where id = 'job_slipped'")[0]!.attempts;
    await until('the job to be tried', () => (tried() > 0 ? true : undefined), 20_000, 50);
    expect(names((await outcomes(of, readings))['CHANGED'])).toEqual([]);
    sql("delete from jobs where id = 'job_slipped'");
    back();
    expect((await examine(served.data)).versions.get('@ann/flip-held@1.0.0')).toMatchObject({ state: 'held', attestations_sha256: null });
  }, 60_000);

  it('hidden with its skill, does not come out when the skill says that it is shown', async () => {
    const of = subject('flip-deleted');
    const readings = await learn(of);
    await harm(of, readings, ['release', 'bytes', 'report', 'rows', 'tags', 'list', 'inside', 'apart'], () =>
      rewrite('skills', rows.get('@ann/flip-deleted@1.0.0')!.skill_id, { deleted_at: null, deleted_reason: null }),
    );
    await alarms('flip-deleted', rows.get('@ann/flip-deleted@1.0.0')!.skill_id);
  }, 60_000);
});

describe('an old row, whole and with its seal, that is put back', () => {
  /** The row as it is, and how to write it over the one of later. */
  const keep = (table: string, id: string): (() => () => void) => {
    const [row] = sql<Record<string, unknown>>(`select * from ${table} where id = ?`, id);
    return () => rewrite(table, id, row!);
  };
  const all: readonly Kind[] = ['release', 'bytes', 'report', 'rows', 'tags', 'list', 'inside', 'apart'];

  it('does not bring back what was revoked', async () => {
    const of = subject('old-version');
    const old = keep('versions', of.id);
    await decide('old-version', '1.0.0', 'revoke', admin());
    const readings = await learn(of);
    expect(readings.filter((reading) => reading.kind === 'bytes').map((reading) => before.get(reading.name)!.status)).not.toContain(200);
    await harm(of, readings, all, old);
    await alarms('old-version', of.id);
    const back = old();
    await nobodyInstalls('old-version');
    back();
  }, 120_000);

  it('does not bring back what was hidden', async () => {
    const of = subject('old-skill');
    const old = keep('skills', rows.get('@ann/old-skill@1.0.0')!.skill_id);
    expect((await served.ask('/api/v1/skills/old-skill', { method: 'DELETE', token: ann.token })).status).toBe(200);
    await harm(of, await learn(of), all, old);
    await alarms('old-skill', rows.get('@ann/old-skill@1.0.0')!.skill_id);
  }, 60_000);

  it('does not give back what was taken from a person', async () => {
    const status = async (token: string): Promise<number> => (await served.ask('/api/v1/skills?limit=1', { token })).status;
    const eve = await person(served, 'eve', 'reader');
    const { token } = await served.json<{ token: string }>('/api/skillward/v1/whoami', { token: eve.token });
    const oldToken = keep('tokens', token);
    await served.json(`/api/skillward/v1/tokens/${token}`, { method: 'DELETE', body: { reason: 'lost' } });
    expect(await status(eve.token)).toBe(401);
    const undo = oldToken();
    expect([401, 503]).toContain(await status(eve.token));
    undo();
    const max = await person(served, 'max', 'reader');
    const [user] = sql<{ id: string }>("select id from users where handle = 'max'");
    const oldUser = keep('users', user!.id);
    await served.json('/api/skillward/v1/users/max/disable', { body: { reason: 'left the team' } });
    expect(await status(max.token)).toBe(401);
    const undo2 = oldUser();
    expect([401, 503]).toContain(await status(max.token));
    undo2();
    await alarms(token, user!.id);
  }, 60_000);
});

describe('who may do what', () => {
  const path = '/api/v1/download?slug=key-holder&ownerHandle=ann&version=1.0.0';
  const status = async (token: string, of = path): Promise<number> => {
    const got = await served.ask(of, { token });
    await got.arrayBuffer();
    return got.status;
  };

  it.each(['tokens', 'users'] as const)(
    'whichever column of %s is changed, it is good for nothing',
    async (table) => {
      const mia = await person(served, `mia-${table}`, 'reader');
      expect(await status(mia.token)).toBe(200);
      const me = await served.json<{ token: string; user: { id: string } }>('/api/skillward/v1/whoami', { token: mia.token });
      const [user] = sql<{ id: string }>('select id from users where handle = ?', mia.handle);
      const id = table === 'tokens' ? me.token : user!.id;
      const [columns] = sql<Record<string, unknown>>(`select * from ${table} where id = ?`, id);
      for (const [column, value] of Object.entries(columns!)) {
        const back = rewrite(table, id, { [column]: another(value) });
        expect({ column, status: await status(mia.token) }).toEqual({
          column,
          status: expect.toSatisfy((one: number) => one === 503 || one === 401),
        });
        back();
        expect({ column, status: await status(mia.token) }).toEqual({ column, status: 200 });
      }
      await alarms(id);
    },
    60_000,
  );

  it('nobody gets more by writing it into the database', async () => {
    const leo = await person(served, 'leo', 'reader');
    const users = '/api/skillward/v1/users';
    expect(await status(leo.token, users)).toBe(403);
    const { token } = await served.json<{ token: string }>('/api/skillward/v1/whoami', { token: leo.token });
    const [user] = sql<{ id: string }>("select id from users where handle = 'leo'");
    const first = rewrite('users', user!.id, { role: 'admin' });
    const second = rewrite('tokens', token, { scopes: '["read","publish","approve","admin"]' });
    for (const of of [users, path]) expect(await status(leo.token, of)).toBe(503);
    second();
    first();
    expect(await status(leo.token, users)).toBe(403);
    await served.json(`/api/skillward/v1/tokens/${token}`, { method: 'DELETE', body: { reason: 'lost' } });
    expect(await status(leo.token)).toBe(401);
    const third = rewrite('tokens', token, { revoked_at: null });
    expect(await status(leo.token)).toBe(503);
    third();
    await alarms(token);
  }, 60_000);
});

describe('the release key on record', () => {
  it.each([
    ['exchanged for another', 'key-holder'],
    ['revoked', 'key-ended'],
    ['joined by another', 'key-added'],
  ] as const)(
    '%s: nothing is given out, and the other key is told to nobody',
    async (how, slug) => {
      const of = subject(slug);
      const readings = few(await learn(of));
      const [known] = sql<{ id: string; keyid: string; pem: string; seal: string }>('select * from release_keys');
      const { keyid, pem } = parsePrivateKey(generateKey().privatePem);
      const change = (): (() => void) => {
        if (how === 'exchanged for another') return rewrite('release_keys', known!.id, { keyid, pem });
        if (how === 'revoked') return rewrite('release_keys', known!.id, { revoked_at: 1 });
        sql(
          "insert into release_keys (id, keyid, pem, created_at, revoked_at, seal) values ('key_slipped', ?, ?, 1, null, ?)",
          keyid,
          pem,
          known!.seal,
        );
        return () => void sql("delete from release_keys where id = 'key_slipped'");
      };
      await harm(of, readings, ['rows', 'list', 'inside', 'apart'], change);
      await alarms(known!.id, 'key_slipped', known!.keyid);
    },
    60_000,
  );
});
