/** Discovery of the registry, and the index that `npx skills` reads: only what is given out, digests that hold, addresses that keep the token they were asked with. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loggedPath } from '../../../registry/log.ts';
import { doubtful, greedy, honest } from '../gate/world.ts';
import { type Server, server } from '../server.ts';
import { taken } from './shapes.ts';

interface Entry {
  name: string;
  description: string;
  type: string;
  url: string;
  digest: string;
  version: string;
}

let shop: Server;
let token: string;
beforeAll(async () => {
  shop = await server({ policy: { approval: { growth: 'auto' } } });
  await shop.publish(honest(), '1.0.0');
  await shop.publish(greedy(), '1.1.0');
  await shop.publish(honest('minutes'), '0.1.0', { slug: 'minutes' }, 'dan');
  await shop.publish(doubtful(), '2.0.0');
  token = await shop.token('rob', { kind: 'path', scopes: ['read'] });
}, 120_000);
afterAll(() => shop.close());

const indexOf = async (path: string, as: 'rob' | null = null): Promise<Entry[]> => {
  const answer = await shop.ask(path, { as });
  expect([answer.status, path]).toEqual([200, path]);
  expect(answer.headers['referrer-policy']).toBe('no-referrer');
  const json = answer.json as { $schema: string; skills: Entry[] };
  expect(json.$schema).toBe('https://schemas.agentskills.io/discovery/0.2.0/schema.json');
  return json.skills;
};

describe('discovery', () => {
  it('tells clawhub by both names where the registry is, from the settings alone', async () => {
    for (const name of ['clawhub', 'clawdhub'])
      for (const headers of [{}, { 'x-forwarded-host': 'evil.example' }]) {
        const answer = await shop.ask(`/.well-known/${name}.json`, { as: null, headers });
        expect(answer.json).toEqual({ apiBase: 'https://skills.example', authBase: 'https://skills.example', registry: 'https://skills.example' });
        await taken('WellKnownConfigSchema', answer.json);
      }
    expect((await shop.ask('/.well-known/clawhub.json', { as: null, headers: { host: 'evil.example' } })).status).toBe(400);
  });
});

describe('agent-skills index', () => {
  it('lists the latest versions that are given out, at every place where clients look', async () => {
    for (const root of [`/t/${token}`, ''])
      for (const folder of ['agent-skills', 'skills']) {
        const as = root === '' ? 'rob' : null;
        const all = await indexOf(`${root}/.well-known/${folder}/index.json`, as);
        expect(all.map((entry) => `${entry.name}@${entry.version}`)).toEqual(['notes@1.1.0', 'minutes@0.1.0']);
        expect((await indexOf(`${root}/@dan/.well-known/${folder}/index.json`, as)).map((entry) => entry.name)).toEqual(['minutes']);
        expect(await indexOf(`${root}/@nobody/.well-known/${folder}/index.json`, as)).toEqual([]);
      }
  });
  it('has relative addresses below the index, whose bytes have the digest', async () => {
    for (const base of [`/t/${token}/.well-known/agent-skills/`, `/t/${token}/@ann/.well-known/skills/`])
      for (const entry of await indexOf(`${base}index.json`)) {
        expect(entry).toMatchObject({ type: 'archive', description: expect.stringMatching(/^.{1,1024}$/s) });
        const { pathname, origin } = new URL(entry.url, `https://skills.example${base}index.json`);
        expect([origin, pathname.startsWith(base)]).toEqual(['https://skills.example', true]);
        const archive = await shop.ask(pathname, { as: null });
        expect([archive.status, archive.headers['content-type'], archive.headers['referrer-policy']]).toEqual([
          200,
          'application/zip',
          'no-referrer',
        ]);
        expect(`sha256:${createHash('sha256').update(archive.body).digest('hex')}`).toBe(entry.digest);
        expect((await shop.ask(pathname, { as: null, headers: { 'if-none-match': archive.headers['etag']! } })).status).toBe(304);
      }
  });
  it('gives nothing else by its paths', async () => {
    const base = `/t/${token}/.well-known/agent-skills`;
    for (const [path, status] of [
      [`${base}/@ann/notes/2.0.0.zip`, 404],
      [`${base}/@ann/notes/1.1.0`, 404],
      [`${base}/@ann/no-such/1.0.0.zip`, 404],
      [`/t/${token}/@dan/.well-known/agent-skills/@ann/notes/1.1.0.zip`, 404],
      [`/t/${token}x/.well-known/agent-skills/index.json`, 401],
      ['/t//.well-known/agent-skills/index.json', 401],
      ['/t/nonsense/.well-known/agent-skills/index.json', 401],
      ['/.well-known/agent-skills/index.json', 401],
      [`/t/${shop.tokens.rob}/.well-known/agent-skills/index.json`, 401],
    ] as const)
      expect((await shop.ask(path, { as: null })).status, path).toBe(status);
    // A path token opens nothing but reading, and not in a header.
    expect((await shop.ask('/api/v1/skills', { token })).status).toBe(401);
  });
  it('shows a limited token its own part', async () => {
    const limited = await shop.token('rob', { kind: 'path', scopes: ['read'], namespaces: ['dan'] });
    expect((await indexOf(`/t/${limited}/.well-known/agent-skills/index.json`)).map((entry) => entry.name)).toEqual(['minutes']);
    expect(await indexOf(`/t/${limited}/@ann/.well-known/agent-skills/index.json`)).toEqual([]);
    expect((await shop.ask(`/t/${limited}/.well-known/agent-skills/@ann/notes/1.1.0.zip`, { as: null })).status).toBe(404);
  });
  it('never logs the token of a path', () => {
    expect(loggedPath(`/t/${token}/@ann/.well-known/agent-skills/index.json?x=1`)).toBe('/t/[token]/@ann/.well-known/agent-skills/index.json');
  });
});
