/**
 * The same at the same time: publishes in parallel and again, at one server and at two that share a data folder. Each version is there once whoever was first, everything that one server
 * decides holds at the other with its next request, and no job is done twice. All of it over HTTP with two built servers that were started at once on an empty folder.
 */
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PackFile } from '../../../registry/archive/index.ts';
import { cleanUp, freshFolder, type Person, person, type Served, start } from '../e2e/process.ts';
import { examine } from './kit.ts';
import { until } from './processes.ts';
import { type Ask, byTickets, doubtful, multipart, nativeForm, ordinary, type Published } from './requests.ts';

const data = join(freshFolder(), 'data');
let pair: readonly [Served, Served];
let ann: Person;
let bob: Person;
let rob: Person;

beforeAll(async () => {
  const config = 'limits:\n  publish-wait: 30s\n';
  pair = (await Promise.all([start({ data, config }), start({ data, config })])) as unknown as [Served, Served];
  ann = await person(pair[0], 'ann', 'publisher');
  bob = await person(pair[1], 'bob', 'approver');
  rob = await person(pair[0], 'rob', 'reader');
}, 120_000);
afterAll(cleanUp);

/** One publish of something, by one of the ways there are. */
type Way = (served: Served, slug: string, version: string, files: readonly PackFile[]) => Promise<Response>;
const asking =
  (served: Served, who: Person): Ask =>
  (path, init) =>
    served.ask(path, { ...init, token: who.token });
const ways: readonly Way[] = [
  (served, slug, version, files) => asking(served, ann)('/api/v1/skills', { method: 'POST', body: multipart(slug, version, files) }),
  (served, slug, version, files) => byTickets(asking(served, ann), slug, version, files),
  (served, slug, version, files) => asking(served, ann)('/api/skillward/v1/publish', { method: 'POST', body: nativeForm(slug, version, files) }),
  // Each step at the other server than the one before.
  (served, slug, version, files) => {
    let at = pair.indexOf(served);
    return byTickets((path, init) => asking(pair[at++ % 2]!, ann)(path, init), slug, version, files);
  },
];
const status = async (served: Served, path: string, who: Person = rob): Promise<number> => {
  const answer = await served.ask(path, { token: who.token });
  await answer.arrayBuffer();
  return answer.status;
};
const decide = (served: Served, who: Person, slug: string, verb: string): Promise<unknown> =>
  served.json(`/api/skillward/v1/versions/ann/${slug}/1.0.0/${verb}`, { token: who.token, body: { reason: 'Somebody has decided so.' } });
const download = (slug: string): string => `/api/v1/download?slug=${slug}&version=1.0.0&ownerHandle=ann`;

it('two servers that start at once on an empty folder are one registry', async () => {
  const { admins, keys } = await examine(data);
  expect(admins).toEqual(['admin']);
  expect(keys).toHaveLength(1);
  expect(pair[0].admin).toBe(pair[1].admin);
  const ids = await Promise.all(pair.map((served) => served.json('/api/skillward/v1/registry')));
  expect(ids[0]!['id']).toBe(ids[1]!['id']);
  for (const served of pair) expect(await served.json('/api/skillward/v1/keys', { token: null })).toMatchObject({ keys: [{ keyid: keys[0] }] });
});

describe('the same version, twenty times at once', () => {
  const shops = { 'at one server': () => [pair[0]], 'at two servers on one folder': () => pair } as const;

  it.each(Object.keys(shops) as (keyof typeof shops)[])(
    '%s: it is published once, and all are told of it',
    async (where) => {
      const shop = shops[where]();
      const slug = where.includes('two') ? 'twice-asked' : 'once-asked';
      const usable = shop.length === 1 ? ways.slice(0, 3) : ways;
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, at) => usable[at % usable.length]!(shop[at % shop.length]!, slug, '1.0.0', ordinary(slug))),
      );
      const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as Published[];
      expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 200));
      expect(new Set(bodies.map((body) => body.versionId)).size).toBe(1);
      const { versions, told } = await examine(data);
      expect(versions.get(`@ann/${slug}@1.0.0`)).toMatchObject({ id: bodies[0]!.versionId, state: 'served' });
      for (const type of ['published', 'scanned', 'approved', 'served']) expect(told.get(`version.${type} @ann/${slug}@1.0.0`), type).toBe(1);
    },
    120_000,
  );

  it.each(Object.keys(shops) as (keyof typeof shops)[])(
    '%s: of several contents one wins, and the others are told so',
    async (where) => {
      const shop = shops[where]();
      const slug = where.includes('two') ? 'twice-fought' : 'once-fought';
      const contents = Array.from({ length: 20 }, (_, at) => ordinary(slug, `Words of number ${at % 5}.`));
      const answers = await Promise.all(contents.map((files, at) => ways[at % 3]!(shop[at % shop.length]!, slug, '1.0.0', files)));
      const won = new Set(answers.flatMap((answer, at) => (answer.status === 200 ? [at % 5] : [])));
      expect(won.size).toBe(1);
      expect(answers.map((answer) => answer.status)).toEqual(contents.map((_, at) => (won.has(at % 5) ? 200 : 409)));
      for (const answer of answers) if (answer.status === 409) expect(await answer.text()).toContain(`@ann/${slug}@1.0.0 exists already`);
      expect((await examine(data)).versions.has(`@ann/${slug}@1.0.0`)).toBe(true);
      const file = await pair[1].ask(`/api/v1/skills/${slug}/file?path=SKILL.md`, { token: rob.token });
      expect(await file.text()).toContain(`Words of number ${[...won][0]}.`);
    },
    120_000,
  );
});

it('a publish whose answer was lost gives the same when it is sent again, to either server', async () => {
  const slug = 'lost-answer';
  const body = new Response(multipart(slug, '1.0.0', ordinary(slug)));
  const bytes = Buffer.from(await body.arrayBuffer());
  await new Promise<void>((resolve, reject) => {
    const sent = request(new URL('/api/v1/skills', pair[0].url), {
      method: 'POST',
      headers: { authorization: `Bearer ${ann.token}`, 'content-type': body.headers.get('content-type')!, 'content-length': bytes.length },
    });
    sent.once('error', reject);
    // The cable is pulled when the last byte is out, and nobody reads an answer.
    sent.end(bytes, () =>
      setTimeout(
        () =>
          sent
            .off('error', reject)
            .once('error', () => {})
            .once('close', resolve)
            .destroy(),
        50,
      ),
    );
  });
  const first = await until('the version to be there', async () => (await examine(data)).versions.get(`@ann/${slug}@1.0.0`), 60_000, 50);
  for (const served of pair) {
    const again = (await (await ways[0]!(served, slug, '1.0.0', ordinary(slug))).json()) as Published;
    expect(again).toMatchObject({ versionId: first.id, skillId: first.skill_id, publicationStatus: 'published' });
  }
}, 120_000);

describe('what one server decides holds at the other', () => {
  const [here, there] = [0, 1] as const;
  const publish = (slug: string, files = ordinary(slug)): Promise<Response> => ways[0]!(pair[here], slug, '1.0.0', files);
  /** Asks often enough that all is in memory and the shortest way is taken. */
  const warm = async (slug: string): Promise<void> => {
    for (const served of pair) for (let count = 0; count < 3; count++) expect(await status(served, download(slug))).toBe(200);
  };

  it('an approval', async () => {
    await publish('needs-eyes', doubtful('needs-eyes'));
    expect(await Promise.all(pair.map((served) => status(served, download('needs-eyes'))))).toEqual([404, 404]);
    await decide(pair[there], bob, 'needs-eyes', 'approve');
    for (const served of pair) await until('it', async () => ((await status(served, download('needs-eyes'))) === 200 ? true : undefined), 30_000, 50);
  }, 120_000);

  it('a withdrawal, its end, and a revocation: with the very next request', async () => {
    await publish('comes-and-goes');
    await warm('comes-and-goes');
    for (const [verb, after] of [
      ['yank', 410],
      ['restore', 200],
      ['deprecate', 200],
      ['yank', 410],
      ['restore', 200],
      ['revoke', 410],
    ] as const) {
      if (verb === 'deprecate')
        await pair[there].json('/api/skillward/v1/versions/ann/comes-and-goes/1.0.0/deprecate', { body: { message: 'Old.' } });
      else await decide(pair[there], { handle: 'admin', token: pair[there].admin }, 'comes-and-goes', verb);
      expect({ verb, status: await status(pair[here], download('comes-and-goes')) }).toEqual({ verb, status: after });
    }
    expect(await status(pair[here], '/api/v1/skills/comes-and-goes/versions/1.0.0')).toBe(410);
    expect(await (await pair[here].ask('/.well-known/agent-skills/index.json', { token: rob.token })).text()).not.toContain('comes-and-goes');
  }, 120_000);

  it('a skill that is hidden, and a namespace that is closed', async () => {
    await publish('hide-and-seek');
    await warm('hide-and-seek');
    expect((await pair[there].ask('/api/v1/skills/hide-and-seek', { method: 'DELETE', token: ann.token })).status).toBe(200);
    expect(await status(pair[here], download('hide-and-seek'))).toBe(404);
    expect((await pair[there].ask('/api/v1/skills/hide-and-seek/undelete', { method: 'POST', token: ann.token })).status).toBe(200);
    expect(await status(pair[here], download('hide-and-seek'))).toBe(200);
    await pair[there].json('/api/skillward/v1/namespaces/ann/visibility', { method: 'PUT', body: { visibility: 'private' } });
    expect(await status(pair[here], download('hide-and-seek'))).toBe(404);
    await pair[there].json('/api/skillward/v1/namespaces/ann/visibility', { method: 'PUT', body: { visibility: 'internal' } });
    expect(await status(pair[here], download('hide-and-seek'))).toBe(200);
  }, 120_000);

  it('a token that is made and ended, and a person who is shut out', async () => {
    await publish('for-guests');
    const eve = await person(pair[here], 'eve', 'reader');
    for (const served of pair) expect(await status(served, download('for-guests'), eve)).toBe(200);
    const { token: id } = await pair[there].json<{ token: string }>('/api/skillward/v1/whoami', { token: eve.token });
    await pair[there].json(`/api/skillward/v1/tokens/${id}`, { method: 'DELETE', body: { reason: 'lost' } });
    expect(await status(pair[here], download('for-guests'), eve)).toBe(401);

    const mia = await person(pair[here], 'mia', 'reader');
    for (const served of pair) expect(await status(served, download('for-guests'), mia)).toBe(200);
    await pair[there].json('/api/skillward/v1/users/mia/disable', { body: { reason: 'left the team' } });
    expect(await status(pair[here], download('for-guests'), mia)).toBe(401);
  }, 120_000);
});

it('no job was done twice', async () => {
  const { versions, told } = await examine(data);
  for (const [ref, row] of versions) {
    const times = (type: string): number => told.get(`version.${type} ${ref}`) ?? 0;
    expect({ ref, scanned: times('scanned'), approved: times('approved') }).toEqual({ ref, scanned: 1, approved: 1 });
    expect(row.served_at).not.toBeNull();
  }
});

it('the work of a server that is gone is done by the other', async () => {
  const slug = 'left-behind';
  const answer = ways[0]!(pair[1], slug, '1.0.0', ordinary(slug)).catch(() => undefined);
  await until('the version to be there', async () => (await examine(data)).versions.get(`@ann/${slug}@1.0.0`), 60_000, 20);
  await pair[1].kill();
  await answer;
  await until('it', async () => ((await status(pair[0], download(slug))) === 200 ? true : undefined), 60_000, 100);
  expect((await examine(data)).told.get(`version.served @ann/${slug}@1.0.0`)).toBe(1);
}, 120_000);
