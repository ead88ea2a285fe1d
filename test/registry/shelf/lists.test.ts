/** Lists, latest, tags, search: order, pages, and what users type. */
import fc from 'fast-check';
import semver from 'semver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../../../registry/model.ts';
import type { Shelf } from '../../../registry/shelf/index.ts';
import { byVersion, latestOf } from '../../../registry/shelf/latest.ts';
import type { NamespaceRow, SkillRow, UserRow } from '../../../registry/store/schema.ts';
import { indexNamespace } from '../../../registry/store/search.ts';
import { pointTag } from '../rows.ts';
import { actorFor, addNamespace, addUser, addVersion, type Library, library, refusal, setState, shelfOf } from './fixture.ts';

let shop: Library;
let shelf: Shelf;
let reader: Actor;
let owner: UserRow;
let space: NamespaceRow;

beforeAll(async () => {
  shop = await library();
  owner = await addUser(shop, 'ann');
  reader = actorFor(await addUser(shop, 'rita', 'reader'));
  space = await addNamespace(shop, 'acme', owner);
  for (const [slug, displayName, summary, topics] of [
    ['kube-lint', 'Kubernetes linter', 'Checks manifests before they are applied.', ['devops']],
    ['kube-notes', 'Cluster notes', 'Writes down what was changed.', ['devops', 'notes']],
    ['notes', 'Notes', 'Keeps notes about kubernetes and other things.', ['notes']],
    ['cafe-guide', 'Café guide', 'Finds a good café in town.', []],
    ['sql-helper', 'SQL helper', 'Select, insert, update; knows NEAR and OR.', ['data']],
  ] as const) {
    shop.clock += 1000;
    await addVersion(shop, { namespace: space, slug, displayName, summary, topics, publisher: owner });
  }
  shelf = shelfOf(shop);
});
afterAll(() => shop.close());

const found = async (text: string, more: { exact?: boolean; owner?: string; limit?: number } = {}): Promise<string[]> =>
  (await shelf.search(reader, { text, limit: 20, ...more })).map((hit) => hit.skill.slug);

describe('search', () => {
  it('puts the very slug first, then names, then other words', async () => {
    expect(await found('notes')).toEqual(['notes', 'kube-notes']);
    expect((await found('kubernetes'))[0]).toBe('kube-lint');
    expect(await found('kubernetes')).toEqual(['kube-lint', 'notes']);
  });
  it('matches beginnings of words, topics, and letters with and without accents', async () => {
    expect(await found('mani')).toEqual(['kube-lint']);
    expect((await found('devops')).sort()).toEqual(['kube-lint', 'kube-notes']);
    expect(await found('cafe')).toEqual(['cafe-guide']);
    expect(await found('café')).toEqual(['cafe-guide']);
  });
  it('understands @owner/slug, an owner to look in, and mode exact', async () => {
    expect(await found('@acme/notes', { exact: true })).toEqual(['notes']);
    expect(await found('acme/notes', { exact: true })).toEqual(['notes']);
    expect(await found('@nobody/notes', { exact: true })).toEqual([]);
    expect(await found('note', { exact: true })).toEqual([]);
    expect(await found('notes', { owner: 'acme' })).toEqual(['notes', 'kube-notes']);
    expect(await found('notes', { owner: 'nobody' })).toEqual([]);
  });
  it('finds by some of the words when no skill has them all', async () => {
    expect(await found('a tool that lints kubernetes manifests for us')).toContain('kube-lint');
  });
  it('takes nothing that is typed for syntax', async () => {
    for (const text of [
      '"',
      '" OR "',
      'NEAR(a b)',
      'notes*',
      '-notes',
      'slug:notes',
      '{slug} : x',
      "'; drop table skills; --",
      'owner : "acme"',
      '^',
      'AND',
      'NOT',
      '',
      ' ',
      '\u0000',
      '%',
      '\ud800',
    ])
      expect(Array.isArray(await found(text)), text).toBe(true);
    expect(await found('NEAR')).toEqual(['sql-helper']);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (text) => {
        await found(text);
      }),
      { numRuns: 300 },
    );
  });
  it('does not find by ids or by what the index keeps for itself', async () => {
    for (const text of [space.id, space.id.replace('_', ''), 'visibilityinternal', 'visibility']) expect(await found(text)).toEqual([]);
  });
  it('has scores that go down, and the same answer twice', async () => {
    const hits = await shelf.search(reader, { text: 'notes kubernetes', limit: 20 });
    expect(hits.map((hit) => hit.score)).toEqual(hits.map((hit) => hit.score).sort((a, b) => b - a));
    expect(await shelfOf(shop).search(reader, { text: 'notes kubernetes', limit: 20 })).toEqual(hits);
  });
  it('forgets what was yanked or deleted, and finds it again when it comes back', async () => {
    const row = await addVersion(shop, { namespace: space, slug: 'fleeting', publisher: owner });
    expect(await found('fleeting')).toEqual(['fleeting']);
    await setState(shop, row, 'yanked');
    expect(await found('fleeting')).toEqual([]);
    await setState(shop, row, 'served');
    await setState(shop, row, 'deprecated');
    expect(await found('fleeting')).toEqual(['fleeting']);
    expect(await shop.store.db.selectFrom('skill_search').select('skill_id').where('slug', '=', 'fleeting').execute()).toHaveLength(1);
    await setState(shop, row, 'yanked');
  });
  it('follows the visibility of a namespace', async () => {
    const secret = await addNamespace(shop, 'secret', owner, 'private');
    await addVersion(shop, { namespace: secret, slug: 'whisper', publisher: owner });
    expect(await found('whisper')).toEqual([]);
    await shop.store.write(async (tx) => {
      await shop.store.patch(tx, 'namespaces', secret.id, { visibility: 'internal' });
      await indexNamespace(tx, secret.id);
    });
    expect(await found('whisper')).toEqual(['whisper']);
    expect((await found('keeps whisper order'))[0]).toBe('whisper');
    // An index that is behind shows nothing that the rows do not allow.
    await shop.store.write((tx) => shop.store.patch(tx, 'namespaces', secret.id, { visibility: 'private' }));
    expect(await found('whisper')).toEqual([]);
    expect(await found('keeps whisper order')).not.toContain('whisper');
  });
});

describe('lists', () => {
  const walk = async (
    ask: (cursor: string | undefined) => Promise<{ items: readonly { slug: string }[]; cursor: string | null }>,
  ): Promise<string[]> => {
    const slugs: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await ask(cursor);
      expect(page.items.length).toBeLessThanOrEqual(2);
      slugs.push(...page.items.map((item) => item.slug));
      cursor = page.cursor ?? undefined;
    } while (cursor !== undefined && slugs.length < 50);
    return slugs;
  };
  const shown = ['cafe-guide', 'kube-lint', 'kube-notes', 'notes', 'sql-helper'];

  it('gives every skill once, page by page, in every order', async () => {
    const byTime = await walk((cursor) => shelf.list(reader, { limit: 2, cursor }));
    expect(byTime).toEqual(['sql-helper', 'cafe-guide', 'notes', 'kube-notes', 'kube-lint']);
    expect(await walk((cursor) => shelf.list(reader, { sort: 'createdAt', limit: 2, cursor }))).toEqual(byTime);
    expect(await walk((cursor) => shelf.prefix(reader, { prefix: '', limit: 2, cursor }))).toEqual(shown);
    expect(await walk((cursor) => shelf.prefix(reader, { prefix: 'kube-', limit: 2, cursor }))).toEqual(['kube-lint', 'kube-notes']);
    await shop.store.write(async (tx) => {
      for (const [slug, count] of [
        ['kube-lint', 3],
        ['notes', 5],
      ] as const) {
        const { id } = await tx.selectFrom('skills').select('id').where('slug', '=', slug).executeTakeFirstOrThrow();
        for (let at = 0; at < count; at++) {
          await tx
            .insertInto('installs')
            .values({ id: `${slug}${at}`, skill_id: id, version: '1.0.0', user_id: null, at: shop.clock })
            .execute();
          await tx
            .insertInto('stars')
            .values({ user_id: `${slug}${at}`, skill_id: id, created_at: 1 })
            .execute();
        }
      }
    });
    shop.clock += 60_000;
    for (const sort of ['installs', 'downloads', 'stars', 'trending'] as const)
      expect(await walk((cursor) => shelfOf(shop).list(reader, { sort, limit: 2, cursor })), sort).toEqual([
        'notes',
        'kube-lint',
        'sql-helper',
        'cafe-guide',
        'kube-notes',
      ]);
    expect((await shelfOf(shop).list(reader, { sort: 'stars', limit: 1 })).items[0]!.stats).toEqual({ installs: 5, stars: 5, versions: 1 });
    expect((await shelfOf(shop).trending(reader, 3)).map((one) => one.slug)).toEqual(['notes', 'kube-lint', 'sql-helper']);
    shop.clock += 8 * 86_400_000;
    expect((await shelfOf(shop).trending(reader, 1)).map((one) => one.slug)).toEqual(['sql-helper']);
  });

  it('goes over long stretches that the caller may not read', async () => {
    const away = await addNamespace(shop, 'away', owner, 'private');
    await shop.store.write(async (tx) => {
      for (let at = 0; at < 4500; at++)
        await tx
          .insertInto('skills')
          .values(
            shop.store.seal<SkillRow>('skills', {
              id: `skl_x${at}`,
              namespace_id: away.id,
              slug: `away-${at}`,
              display_name: 'x',
              summary: 'x',
              topics: '[]',
              created_by: owner.id,
              created_at: 9e15 + at,
              updated_at: 9e15 + at,
              deleted_at: null,
              deleted_reason: null,
            }),
          )
          .execute();
    });
    expect(await walk((cursor) => shelf.list(reader, { limit: 2, cursor }))).toEqual([
      'sql-helper',
      'cafe-guide',
      'notes',
      'kube-notes',
      'kube-lint',
    ]);
  });

  it('refuses a made-up cursor, and one of another list, with a reason', async () => {
    const { cursor } = await shelf.list(reader, { limit: 2 });
    for (const wrong of [
      'x',
      '....',
      Buffer.from('[]').toString('base64url'),
      Buffer.from('["updated",1]').toString('base64url'),
      Buffer.from('["updated","a",1]').toString('base64url'),
    ])
      expect((await refusal(shelf.list(reader, { limit: 2, cursor: wrong }))).code).toBe('bad-input');
    expect((await refusal(shelf.list(reader, { limit: 2, sort: 'createdAt', cursor: cursor! }))).code).toBe('bad-input');
  });
});

describe('latest', () => {
  it('is the newest by semver, stable before prerelease, whatever was published last', async () => {
    const row = (version: string, state = 'served') => ({ id: version, version, state: state as 'served' });
    expect(latestOf([row('1.0.0'), row('2.0.0-beta.1'), row('1.10.0'), row('1.9.0')])?.version).toBe('1.10.0');
    expect(latestOf([row('2.0.0-beta.2'), row('2.0.0-beta.10')])?.version).toBe('2.0.0-beta.10');
    expect(latestOf([row('1.0.0'), row('2.0.0', 'yanked'), row('1.5.0', 'deprecated')])?.version).toBe('1.5.0');
    expect(latestOf([row('1.0.0'), row('2.0.0')], '1.0.0')?.version).toBe('1.0.0');
    expect(latestOf([row('1.0.0', 'yanked'), row('2.0.0')], '1.0.0')?.version).toBe('2.0.0');
    expect(latestOf([row('1.0.0', 'held')])).toBeUndefined();
  });
  it('orders as semver does within stable versions and within prereleases', () => {
    const version = fc
      .tuple(fc.nat(12), fc.nat(12), fc.nat(12), fc.constantFrom('', '-a', '-a.1', '-a.10', '-b'))
      .map(([a, b, c, d]) => `${a}.${b}.${c}${d}`);
    fc.assert(
      fc.property(fc.array(version, { maxLength: 20 }), (list) => {
        const sorted = list
          .map((one) => ({ version: one }))
          .sort(byVersion)
          .map((one) => one.version);
        const stable = sorted.filter((one) => semver.prerelease(one) === null);
        const rest = sorted.filter((one) => semver.prerelease(one) !== null);
        expect(sorted).toEqual([...stable, ...rest]);
        for (const part of [stable, rest]) expect(part).toEqual([...part].sort(semver.rcompare));
      }),
    );
  });
  it('follows a tag of the owner, and any other tag by name', async () => {
    const first = await addVersion(shop, { namespace: space, slug: 'tagged', publisher: owner });
    await addVersion(shop, {
      namespace: space,
      slug: 'tagged',
      version: '2.0.0',
      publisher: owner,
      files: { 'SKILL.md': '---\nname: tagged\ndescription: d\n---\n# Two\n' },
    });
    expect((await shelf.version(reader, { slug: 'tagged' })).version).toBe('2.0.0');
    await shop.store.write(async (tx) => {
      for (const tag of ['latest', 'stable']) await pointTag(shop.store, tx, tag, first);
    });
    const latest = await shelf.version(reader, { slug: 'tagged' });
    expect([latest.version, latest.resolvedFrom, latest.tag]).toEqual(['1.0.0', 'latest', 'latest']);
    const stable = await shelf.version(reader, { slug: 'tagged', tag: 'stable' });
    expect([stable.version, stable.resolvedFrom, stable.tag]).toEqual(['1.0.0', 'tag', 'stable']);
    expect((await shelf.skill(reader, { slug: 'tagged' })).tags).toEqual({ latest: '1.0.0', stable: '1.0.0' });
    expect((await refusal(shelf.version(reader, { slug: 'tagged', tag: 'nightly' }))).code).toBe('not-found');
    await setState(shop, first, 'yanked');
    expect((await shelf.version(reader, { slug: 'tagged' })).version).toBe('2.0.0');
    expect((await shelf.skill(reader, { slug: 'tagged' })).tags).toEqual({ latest: '2.0.0' });
    expect(await shelf.resolve(reader, { slug: 'tagged' }, first.fingerprint)).toEqual({ owner: 'acme', match: null, latest: '2.0.0' });
  });
});
