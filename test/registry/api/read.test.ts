/** R1 to R10 and the search of `skills find`, as the clients read them. The traps that the contract names have a test each. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VersionRow } from '../../../registry/store/schema.ts';
import { doubtful, greedy, honest } from '../gate/world.ts';
import { type Answer, type Server, server } from '../server.ts';
import { taken } from './shapes.ts';

let shop: Server;
let first: VersionRow;
let second: VersionRow;

beforeAll(async () => {
  shop = await server({ policy: { approval: { growth: 'auto' } } });
  first = await shop.publish(honest(), '1.0.0', { displayName: 'Meeting notes', changelog: 'The first one.', topics: ['office'] });
  second = await shop.publish(greedy(), '1.1.0', { displayName: 'Meeting notes', changelog: 'Fetches the agenda.', tags: ['latest', 'stable'] });
  await shop.publish(honest('for dan'), '0.3.0', { slug: 'minutes' }, 'dan');
  const waiting = await shop.publish(doubtful(), '1.0.0', { slug: 'nightly' });
  expect([first.state, second.state, waiting.state]).toEqual(['served', 'served', 'held']);
}, 180_000);
afterAll(() => shop.close());

const refused = (answer: Answer, status: number, text: string): void => {
  expect([answer.status, answer.text]).toEqual([status, text]);
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(answer.headers['cache-control']).toBe('no-store');
};

describe('R1 search', () => {
  it('has every key that both clients want, in each row', async () => {
    const { status, json } = await shop.ask('/api/v1/search?q=notes&limit=10');
    expect(status).toBe(200);
    await taken('ApiV1SearchResponseSchema', json);
    const [row] = (json as { results: Record<string, unknown>[] }).results;
    // OpenClaw drops rows without these.
    expect(row).toMatchObject({
      slug: 'notes',
      displayName: 'Meeting notes',
      version: '1.1.0',
      source: 'clawhub',
      ownerHandle: 'ann',
      install: { kind: 'clawhub', reference: '@ann/notes', sourceUrl: null },
      owner: { handle: 'ann', displayName: 'ann', image: null },
    });
  });
  it('works without a limit, with mode=exact, and with nothing to look for', async () => {
    const slugs = async (query: string) =>
      ((await shop.ask(`/api/v1/search?${query}`)).json as { results: { slug: string }[] }).results.map((row) => row.slug);
    expect(await slugs('q=minutes')).toEqual(['minutes']);
    expect(await slugs('q=note&mode=exact')).toEqual([]);
    expect(await slugs('q=%40ann%2Fnotes&mode=exact')).toEqual(['notes']);
    expect(await slugs('q=')).toEqual([]);
    expect(await slugs('')).toEqual([]);
    expect(await slugs('q=notes&limit=9999')).toContain('notes');
  });
  it('answers `npx skills find` with what it can install', async () => {
    const { json } = await shop.ask('/api/search?q=minutes&limit=20');
    expect(json).toEqual({ skills: [{ name: 'minutes', id: '@dan/minutes', source: 'https://skills.example/@dan', installs: 0 }] });
    const token = await shop.token('rob', { kind: 'path', scopes: ['read'] });
    const byPath = await shop.ask(`/t/${token}/api/search?q=minutes&owner=dan`, { as: null });
    expect(byPath.json).toMatchObject({ skills: [{ source: `https://skills.example/t/${token}/@dan` }] });
  });
});

describe('R2 lists', () => {
  it.each([
    '',
    '?sort=createdAt',
    '?sort=downloads',
    '?sort=stars',
    '?sort=installs',
    '?sort=trending',
    '?limit=1',
    '?prefix=no',
    '?sort=unheard-of',
  ])('is what explore takes: %s', async (query) => {
    const { status, json } = await shop.ask(`/api/v1/skills${query}`);
    expect(status).toBe(200);
    await taken('ApiV1SkillListResponseSchema', json);
    const { items, nextCursor } = json as { items: Record<string, unknown>[]; nextCursor: string | null };
    expect(items.length).toBeGreaterThan(0);
    // Traps: tags and stats are there, latestVersion is never null, nextCursor is there at the end too, an object metadata needs `setup`.
    for (const item of items) {
      expect(item).toMatchObject({ tags: { latest: expect.any(String) }, stats: expect.any(Object), latestVersion: { license: null } });
      expect(item['metadata']).toBe(null);
    }
    expect(nextCursor === null || typeof nextCursor === 'string').toBe(true);
  });
  it('goes on where the cursor says', async () => {
    const one = (await shop.ask('/api/v1/skills?limit=1')).json as { items: { slug: string }[]; nextCursor: string };
    const two = (await shop.ask(`/api/v1/skills?limit=1&cursor=${one.nextCursor}`)).json as { items: { slug: string }[]; nextCursor: null };
    expect([...one.items, ...two.items].map((item) => item.slug).sort()).toEqual(['minutes', 'notes']);
    expect(two.nextCursor).toBe(null);
    expect((await shop.ask('/api/v1/skills?cursor=made-up')).status).toBe(400);
  });
  it('R14: trending, without plugins', async () => {
    const { json } = await shop.ask('/api/v1/trending?kind=skills&limit=20');
    expect((json as { items: unknown[] }).items).toContainEqual(
      expect.objectContaining({
        source: 'clawhub',
        slug: 'notes',
        official: false,
        publisher: { handle: 'ann' },
        install: { kind: 'clawhub', reference: '@ann/notes', sourceUrl: null },
        metrics: { updatedAt: expect.any(Number) },
      }),
    );
    expect((await shop.ask('/api/v1/trending?kind=plugins')).json).toEqual({ items: [], nextCursor: null });
  });
});

describe('R3 to R7', () => {
  it('R3: a skill with all keys that may not be missing', async () => {
    for (const path of [
      '/api/v1/skills/notes',
      '/api/v1/skills/notes?ownerHandle=ann',
      '/api/v1/skills/notes?ownerHandle=%40ANN',
      '/api/v1/skills/%40ann%2Fnotes',
      '/api/v1/skills/NOTES',
    ]) {
      const { status, json } = await shop.ask(path);
      expect([status, path]).toEqual([200, path]);
      await taken('ApiV1SkillResponseSchema', json);
      expect(json).toMatchObject({
        skill: { slug: 'notes', displayName: 'Meeting notes', tags: { latest: '1.1.0', stable: '1.1.0' } },
        latestVersion: { version: '1.1.0', changelog: 'Fetches the agenda.', license: null },
        metadata: null,
        owner: { handle: 'ann', displayName: 'ann', image: null },
        moderation: { isSuspicious: false, isMalwareBlocked: false, verdict: 'clean' },
      });
    }
  });
  it('R3 to R10: absent, held and misspelt names are the same plain sentence', async () => {
    for (const slug of ['no-such', 'nightly', '-', 'a%2Fb%2Fc', '%00', 'x'.repeat(150), '..%2F..%2Fetc', '%F0%9F%98%80'])
      for (const path of [
        `/api/v1/skills/${slug}`,
        `/api/v1/skills/${slug}?ownerHandle=ann`,
        `/api/v1/skills/${slug}/moderation`,
        `/api/v1/skills/${slug}/versions`,
        `/api/v1/skills/${slug}/versions/1.0.0`,
        `/api/v1/skills/${slug}/file?path=SKILL.md`,
        `/api/v1/skills/${slug}/install`,
        `/api/v1/skills/${slug}/verify`,
        `/api/v1/skills/${slug}/card`,
        `/api/v1/resolve?slug=${slug}&hash=${first.fingerprint}`,
        `/api/v1/download?slug=${slug}&version=1.0.0`,
        `/api/v1/download?slug=${slug}&version=1.0.0&ownerHandle=ann`,
      ])
        refused(await shop.ask(path), 404, 'Skill not found');
  });
  it('R4: what the scanner found, and to those who wait for it why it is not there yet', async () => {
    const { json } = await shop.ask('/api/v1/skills/notes/moderation');
    await taken('ApiV1SkillModerationResponseSchema', json);
    expect(json).toMatchObject({ moderation: { isMalwareBlocked: false, verdict: 'clean' } });
    for (const as of ['ann', 'bob'] as const) {
      const waiting = await shop.ask('/api/v1/skills/nightly/moderation', { as });
      await taken('ApiV1SkillModerationResponseSchema', waiting.json);
      expect(waiting.json).toMatchObject({ moderation: { isSuspicious: true, reasonCodes: ['skillward.held'] } });
      expect((waiting.json as { moderation: { summary: string } }).moderation.summary).toContain('PER-001');
    }
    refused(await shop.ask('/api/v1/skills/nightly/moderation', { as: 'dan' }), 404, 'Skill not found');
  });
  it('R5: versions, newest first, in pages', async () => {
    const all = (await shop.ask('/api/v1/skills/notes/versions?limit=50')).json;
    await taken('ApiV1SkillVersionListResponseSchema', all);
    expect((all as { items: { version: string }[] }).items.map((item) => item.version)).toEqual(['1.1.0', '1.0.0']);
    const page = (await shop.ask('/api/v1/skills/notes/versions?limit=1')).json as { nextCursor: string };
    expect((await shop.ask(`/api/v1/skills/notes/versions?limit=1&cursor=${page.nextCursor}`)).json).toMatchObject({
      items: [{ version: '1.0.0' }],
      nextCursor: null,
    });
  });
  it('R6: a version with its files and its security', async () => {
    const { json } = await shop.ask('/api/v1/skills/notes/versions/1.0.0');
    await taken('ApiV1SkillVersionResponseSchema', json);
    expect(json).toMatchObject({
      version: {
        version: '1.0.0',
        files: JSON.parse(first.files) as unknown,
        security: { status: 'clean', hasWarnings: false, checkedAt: expect.any(Number), model: expect.stringMatching(/^skillward /) },
      },
      skill: { slug: 'notes', displayName: 'Meeting notes' },
    });
    refused(await shop.ask('/api/v1/skills/notes/versions/9.9.9'), 404, 'Version not found');
  });
  it('R7: a file, byte for byte and inert', async () => {
    const file = await shop.ask('/api/v1/skills/notes/file?path=scripts%2Ffetch.sh');
    expect(file.body.equals(greedy()[1]!.bytes)).toBe(true);
    expect(file.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    });
    expect((await shop.ask('/api/v1/skills/notes/file?path=SKILL.md&version=1.0.0')).body.equals(honest()[0]!.bytes)).toBe(true);
    expect((await shop.ask('/api/v1/skills/notes/file?path=SKILL.md&tag=stable')).body.equals(greedy()[0]!.bytes)).toBe(true);
    for (const path of ['nope', '../SKILL.md', '/etc/passwd', 'skill.md', 'scripts', 'SKILL.md%00'])
      refused(await shop.ask(`/api/v1/skills/notes/file?path=${path}`), 404, 'File not found');
    expect((await shop.ask('/api/v1/skills/notes/file')).status).toBe(400);
  });
});

describe('R8 resolve', () => {
  it('finds a version by the fingerprint of its files', async () => {
    for (const query of ['slug=notes', 'slug=notes&ownerHandle=ann', 'slug=%40ann%2Fnotes']) {
      const { json } = await shop.ask(`/api/v1/resolve?${query}&hash=${first.fingerprint}`);
      await taken('ApiV1SkillResolveResponseSchema', json);
      expect(json).toEqual({ slug: 'notes', match: { version: '1.0.0' }, latestVersion: { version: '1.1.0' } });
    }
    expect((await shop.ask(`/api/v1/resolve?slug=notes&hash=${'0'.repeat(64)}`)).json).toMatchObject({
      match: null,
      latestVersion: { version: '1.1.0' },
    });
  });
  it('says "Skill not found" in plain text for a new name: with JSON no new skill could be published', async () => {
    refused(await shop.ask(`/api/v1/resolve?slug=brand-new&hash=${'0'.repeat(64)}`, { as: 'ann' }), 404, 'Skill not found');
    refused(await shop.ask('/api/v1/resolve?slug=notes&hash=short'), 400, 'hash must be the fingerprint of the files: 64 hexadecimal digits.');
  });
});

describe('R10 install', () => {
  it('gives a complete address of our own, whatever Host says', async () => {
    const { json } = await shop.ask('/api/v1/skills/notes/install?ownerHandle=ann&reference=x&forceInstall=1');
    await taken('ApiV1SkillInstallResolveResponseSchema', json);
    expect(json).toEqual({
      ok: true,
      slug: 'notes',
      installKind: 'archive',
      archive: { version: '1.1.0', downloadUrl: 'https://skills.example/api/v1/download?slug=notes&ownerHandle=ann&version=1.1.0' },
    });
    const forged = await shop.ask('/api/v1/skills/notes/install', { headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' } });
    expect(forged.status).toBe(400);
    const { archive } = (
      await shop.ask('/api/v1/skills/notes/install', { headers: { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' } })
    ).json as {
      archive: { downloadUrl: string };
    };
    expect(archive.downloadUrl.startsWith('https://skills.example/')).toBe(true);
  });
});

describe('who asks', () => {
  it('tells strangers to sign in, in the very word that clawhub looks for, for all things alike', async () => {
    for (const path of [
      '/api/v1/skills/notes',
      '/api/v1/skills/no-such',
      '/api/v1/skills',
      '/api/v1/search?q=notes',
      '/api/v1/download?slug=notes&version=1.0.0',
      '/.well-known/agent-skills/index.json',
    ])
      refused(await shop.ask(path, { as: null }), 401, 'Unauthorized');
  });
  it('sends rate headers with every answer, and says when to come back', async () => {
    const { headers } = await shop.ask('/api/v1/skills/notes');
    for (const name of [
      'ratelimit-limit',
      'ratelimit-remaining',
      'ratelimit-reset',
      'x-ratelimit-limit',
      'x-ratelimit-remaining',
      'x-ratelimit-reset',
    ])
      expect(headers[name]).toMatch(/^\d+$/);
  });
  it('answers a token of another namespace as if there were nothing', async () => {
    const token = await shop.token('rob', { namespaces: ['dan'] });
    refused(await shop.ask('/api/v1/skills/notes', { token }), 404, 'Skill not found');
    expect((await shop.ask('/api/v1/skills/minutes', { token })).status).toBe(200);
    expect(((await shop.ask('/api/v1/skills', { token })).json as { items: { slug: string }[] }).items.map((item) => item.slug)).toEqual(['minutes']);
  });
});

describe('what is not ours', () => {
  it('has empty lists and plain 404s for plugins, promotions and catalogues of others', async () => {
    expect((await shop.ask('/api/v1/packages')).json).toEqual({ items: [], nextCursor: null });
    expect((await shop.ask('/api/v1/packages/search?q=x')).json).toEqual({ results: [] });
    expect((await shop.ask('/api/v1/plugins/search?q=x')).json).toEqual({ results: [] });
    expect((await shop.ask('/api/v1/plugins/overview')).json).toEqual({ items: [], categories: [] });
    expect((await shop.ask('/api/v1/plugins/categories')).json).toEqual({ categories: [] });
    expect((await shop.ask('/api/v1/packages/categories:batch', { method: 'POST', body: { packages: [] } })).json).toEqual({ packages: [] });
    expect((await shop.ask('/api/v1/promotions')).json).toEqual({ promotions: [], nextCursor: null });
    for (const path of [
      '/api/v1/packages/%40acme%2Fplugin',
      '/api/v1/packages/x/versions/1.0.0/security',
      '/api/v1/promotions/x',
      '/api/v1/skills-sh/a/b/c/install',
      '/api/v1/plugins/x',
    ])
      refused(await shop.ask(path), 404, 'This registry has skills only: no plugins, promotions or catalogues of others.');
  });
});
