/**
 * Nothing that is not approved can be seen, listed, searched, resolved, fetched or inferred by one who may not: two worlds that differ in one hidden thing give everybody who may not know of it
 * the same answers, by every route, in every state of the thing.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describe as pack } from '../../../registry/archive/index.ts';
import { type Ask, form, publishParts, type Target } from './ask.ts';
import { type Asker, insiders, outsiders } from './askers.ts';
import { baseWorld, request, skill } from './base.ts';
import { type Difference, difference, seen } from './compare.ts';
import { live, type Place, places, states, targetOf } from './life.ts';
import { type Findings, findings, type Matrix, matrix } from './matrix.ts';
import { asksFor } from './requests.ts';
import { keyOf, undescribed } from './routes.ts';
import { closeAll, type World } from './world.ts';

/** Half a minute of work in all; other tests may run beside it. */
const patience = 300_000;

const routes = new Set<string>();
const noteRoutes = (message: unknown): void => {
  const { fastify } = message as { readonly fastify: FastifyInstance };
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD' && one !== 'OPTIONS') routes.add(keyOf(one, url));
  });
};

let base: World;
/** The world without the hidden thing. */
let without: World;
let out: readonly Asker[];
let ins: readonly Asker[];
let all: Matrix;
const named = (name: string): Asker => out.find((asker) => asker.name === name)!;
const publisher = (): Asker => named('a publisher who is no member');

beforeAll(async () => {
  subscribe('fastify.initialization', noteRoutes);
  base = await baseWorld();
  unsubscribe('fastify.initialization', noteRoutes);
  out = await outsiders(base);
  ins = await insiders(base);
  // What these requests leave behind (an install, an open upload) is there in every world from the start.
  for (const place of places)
    for (const asker of out)
      for (const ask of asker.rare === true ? [] : asksFor(targetOf(place)))
        if (ask.body !== undefined || ask.method === 'DELETE') await seen(base, ask, asker);
  without = await base.fork();
  all = matrix(without, out, ins);
}, patience);
afterAll(async () => {
  all?.close();
  await closeAll();
});

describe('the routes of the server', () => {
  it('are all described, and nothing else is', () => {
    expect(undescribed([...routes])).toEqual({ missing: [], stale: [] });
    expect(undescribed([...routes, 'GET /api/v1/new']).missing).toEqual(['GET /api/v1/new']);
  });
});

/** One kind of answer for every name that somebody cannot have. */
async function sameAsReserved(world: World, target: Target): Promise<Difference[]> {
  const ways = async (slug: string): Promise<Ask[]> => {
    const { archive } = await pack(skill(slug, 'Writes something else.'));
    const imported = [
      { name: 'payload', content: JSON.stringify({ kind: 'folder', from: 'x', version: '1.0.0', as: { slug } }) },
      { name: 'archive', file: 'a.zip', content: archive.toString('latin1') },
    ];
    return (
      [
        ['/api/v1/skills', publishParts({ slug, version: '1.0.0' }, undefined)],
        ['/api/v1/skills', publishParts({ slug, version: '1.0.0' }, 'dan')],
        ['/api/skillward/v1/publish', publishParts({ slug, version: '1.0.0' }, undefined)],
        ['/api/skillward/v1/import/files', imported],
      ] as const
    ).map(([url, parts]) => {
      const { body, type } = form(parts);
      return { ...plainAsk('POST', url), body, headers: { 'content-type': type } };
    });
  };
  const found: Difference[] = [];
  const reserved = await ways('latest');
  for (const [at, ask] of (await ways(target.slug)).entries()) {
    const taken = await seen(world, { ...ask, mask: [new RegExp(target.slug, 'g')] }, publisher());
    const kept = await seen(world, { ...reserved[at]!, mask: [/latest/g] }, publisher());
    if (kept!.status !== 409) throw new Error(`a reserved name was answered ${kept!.status}: ${kept!.body}`);
    const one = difference(ask, publisher(), taken!, kept!);
    if (one !== undefined) found.push(one);
  }
  return found;
}

const plainAsk = (method: string, url: string, json?: unknown): Ask => ({
  route: `${method} ${url}`,
  method,
  url,
  headers: json === undefined ? {} : { 'content-type': 'application/json' },
  body: json === undefined ? undefined : JSON.stringify(json),
  names: undefined,
  inside: false,
  still: false,
  mask: [],
  pages: false,
});

/** Routes that show versions to those who may see them. */
const showing = [
  ...new Set(
    asksFor(targetOf('alone')).flatMap((ask) => (ask.names !== undefined && ask.method === 'GET' && !ask.url.includes(':token') ? [ask.route] : [])),
  ),
  ...['/search', '/skills', '/trending', '/resolve'].map((path) => `GET /api/v1${path}`),
  ...['/.well-known/skills', '/.well-known/agent-skills', '/@:scope/.well-known/skills'].map((path) => `GET ${path}/index.json`),
  ...['before Fastify', 'GET /api/search', 'POST /api/v1/skills/-/security-verdicts', 'POST /api/v1/skills/-/scan'],
];

describe.each(places)('a hidden thing (%s)', (place: Place) => {
  const found: Findings = findings();
  const names: Difference[] = [];
  let lookalike: string | null = '';
  beforeAll(async () => {
    const world = await base.fork();
    await live(world, place, ins[0]!.path, async (state, here, target) => {
      await all.look(place, state, here, target, found);
      if (place !== 'newer') names.push(...(await sameAsReserved(here, target)));
      if (place === 'private' && state === 'served') {
        const other = await here.fork();
        const id = await other.publish('dan', request('dan', 'hiden-plan', '1.0.0', skill('hiden-plan', 'Plans.')));
        await other.work();
        lookalike = (await other.row(id)).state_reason;
        await other.close();
      }
    });
    await world.close();
  }, patience);

  it('is not there for those who may not know of it, whatever they ask', () => {
    expect(found.told.slice(0, 20)).toEqual([]);
    expect([...found.states].sort()).toEqual([...states].filter((state) => place !== 'newer' || state !== 'deleted').sort());
    expect(found.asked).toBeGreaterThan(5000);
  });
  it('is not there by the way of downloads that goes around Fastify', () => {
    expect(found.toldFast.slice(0, 20)).toEqual([]);
  });
  it('is told only where it is named, and without anything that was in it, once it was withdrawn', () => {
    expect([...new Set(found.wrong)].slice(0, 20)).toEqual([]);
  });
  it('is shown to its publisher, approvers and admins by the routes for that, and never given out', () => {
    expect(found.toldInside.slice(0, 20)).toEqual([]);
    const meant = new Set(asksFor(targetOf(place)).flatMap((ask) => (ask.inside ? [ask.route] : [])));
    // Tells of the version that is served.
    if (place === 'newer') meant.delete('GET /api/v1/skills/:slug/moderation');
    expect([...found.inside].sort()).toEqual([...meant].sort());
  });
  it('is found by the same comparison as soon as it is served', () => {
    expect(showing.filter((route) => !found.shown.has(route))).toEqual([]);
  });
  if (place !== 'newer')
    it('has a name that is refused as one that is kept back', () => {
      expect(names).toEqual([]);
    });
  if (place === 'private')
    it('is not named to who publishes something with a name like it', () => {
      expect(lookalike).toContain('could be taken for another one');
      expect(lookalike).not.toMatch(/hidden-plan|vault/);
    });
});

describe('a private namespace', () => {
  it('has a name that is refused as one that is kept back', async () => {
    for (const url of ['/api/skillward/v1/namespaces', '/api/v1/publishers']) {
      const taken = await seen(without, { ...plainAsk('POST', url, { handle: 'vault' }), mask: [/vault/g] }, publisher());
      const kept = await seen(without, { ...plainAsk('POST', url, { handle: 'private' }), mask: [/private/g] }, publisher());
      expect(kept!.status).toBe(409);
      expect(taken, url).toEqual(kept);
    }
  });
  it('cannot be told from none when it is named', async () => {
    for (const asker of [named('a reader'), publisher(), named('the owner with a token for another namespace')])
      for (const of of [
        (handle: string) => plainAsk('POST', '/api/skillward/v1/tokens', { label: 'x', scopes: ['read'], namespaces: [handle] }),
        (handle: string) => plainAsk('GET', `/api/skillward/v1/namespaces/${handle}`),
        (handle: string) => plainAsk('PUT', `/api/skillward/v1/namespaces/${handle}/visibility`, { visibility: 'public' }),
        (handle: string) => plainAsk('PUT', `/api/skillward/v1/namespaces/${handle}/members/dan`, { role: 'owner' }),
        (handle: string) => plainAsk('DELETE', `/api/skillward/v1/namespaces/${handle}/members/mia`),
        (handle: string) => ({ ...plainAsk('POST', '/api/v1/skills'), ...published(handle) }),
        (handle: string) => plainAsk('GET', `/?owner=${handle}`),
        (handle: string) => plainAsk('GET', `/@${handle}/.well-known/skills/index.json`),
      ]) {
        const there = await seen(without, { ...of('vault'), mask: [/vault/g] }, asker);
        expect(there, `${asker.name}: ${of('vault').url}`).toEqual(await seen(without, { ...of('nosuch'), mask: [/nosuch/g] }, asker));
        expect(there!.status).toBeLessThan(500);
      }
  });
});

const published = (owner: string): Pick<Ask, 'body' | 'headers'> => {
  const { body, type } = form(publishParts({ slug: 'something', version: '1.0.0' }, owner));
  return { body, headers: { 'content-type': type } };
};

describe('the comparison', () => {
  it('sees a leak in a status, a header, a length, a word, a page', async () => {
    const leaky = async (there: boolean): Promise<World> => {
      const app = Fastify();
      app.get('/status', async (_, reply) => reply.status(there ? 403 : 404).send('no'));
      app.get('/header', async (_, reply) => reply.header('etag', there ? '"1"' : '"0"').send('no'));
      app.get('/word', async () => (there ? 'not yours' : 'not there'));
      app.get('/none', async () => 'no');
      app.get('/page', async () => ({ items: [], nextCursor: there ? 'more' : null }));
      app.head('/length', async (_, reply: FastifyReply) => reply.header('content-length', there ? 2 : 1).send());
      await app.ready();
      return { app } as unknown as World;
    };
    const [a, b] = [await leaky(true), await leaky(false)];
    const seenBy = async (ask: Ask): Promise<boolean> =>
      difference(ask, out[0]!, (await seen(a, ask, out[0]!))!, (await seen(b, ask, out[0]!))!) !== undefined;
    for (const path of ['/status', '/header', '/word', '/page']) expect(await seenBy(plainAsk('GET', path)), path).toBe(true);
    expect(await seenBy(plainAsk('HEAD', '/length'))).toBe(true);
    expect(await seenBy(plainAsk('GET', '/none'))).toBe(false);
    await a.app.close();
    await b.app.close();
  });
});
