/** What is absent, hidden, unapproved and not theirs looks the same to a caller; what they may read is there by every way in. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canRead } from '../../../registry/auth/rights.ts';
import type { Actor, Scope, VersionState, Visibility } from '../../../registry/model.ts';
import type { Shelf } from '../../../registry/shelf/index.ts';
import type { NamespaceRow, UserRow } from '../../../registry/store/schema.ts';
import { actorFor, addMember, addNamespace, addUser, addVersion, type Library, library, refusal, setState, shelfOf } from './fixture.ts';

const states: readonly VersionState[] = ['quarantined', 'held', 'refused', 'approved', 'served', 'deprecated', 'yanked', 'revoked'];
const visibilities: readonly Visibility[] = ['public', 'internal', 'private'];

let shop: Library;
let shelf: Shelf;
const people: Record<string, UserRow> = {};
const spaces = new Map<Visibility, NamespaceRow>();
/** One skill for each state, in each namespace. */
const slugOf = (state: VersionState): string => `skill-${state}`;

beforeAll(async () => {
  shop = await library();
  for (const [handle, role] of [
    ['reader', 'reader'],
    ['owner', 'publisher'],
    ['other', 'publisher'],
    ['approver', 'approver'],
    ['admin', 'admin'],
  ] as const)
    people[handle] = await addUser(shop, handle, role);
  for (const visibility of visibilities) {
    const space = await addNamespace(shop, `${visibility}-team`, people['owner']!, visibility);
    await addMember(shop, space, people['other']!, 'reader');
    spaces.set(visibility, space);
    for (const state of states)
      await addVersion(shop, { namespace: space, slug: slugOf(state), state, publisher: people['owner']!, approver: people['approver']! });
    const hidden = await addVersion(shop, { namespace: space, slug: 'skill-deleted', publisher: people['owner']! });
    await shop.store.write((tx) => shop.store.patch(tx, 'skills', hidden.skill_id, { deleted_at: shop.clock }));
  }
  shelf = shelfOf(shop, { anonymousRead: true });
});
afterAll(() => shop.close());

/** Every way of asking for one skill. */
const ways = (actor: Actor, owner: string, slug: string, version = '1.0.0'): Record<string, () => unknown> => ({
  skill: () => shelf.skill(actor, { owner, slug }),
  latest: () => shelf.version(actor, { owner, slug }),
  version: () => shelf.version(actor, { owner, slug, version }),
  tag: () => shelf.version(actor, { owner, slug, tag: 'latest' }),
  download: () => shelf.download(actor, { owner, slug, version }),
  'download of the latest': () => shelf.download(actor, { owner, slug }),
  file: () => shelf.file(actor, { owner, slug, version }, 'SKILL.md'),
  resolve: () => shelf.resolve(actor, { owner, slug }, '0'.repeat(64)),
  'skill without owner': () => shelf.skill(actor, { slug }),
});

const actors = (): Record<string, Actor> => ({
  anonymous: actorFor(undefined),
  reader: actorFor(people['reader']!),
  owner: actorFor(people['owner']!),
  member: actorFor(people['other']!),
  approver: actorFor(people['approver']!),
  admin: actorFor(people['admin']!),
  'limited to another namespace': actorFor(people['admin']!, { namespaces: ['elsewhere'] }),
  'without the scope read': actorFor(people['owner']!, { scopes: new Set<Scope>(['publish']) }),
});
const sees = (name: string, visibility: Visibility): boolean =>
  name === 'limited to another namespace' || name === 'without the scope read'
    ? false
    : visibility === 'public' || (name !== 'anonymous' && (visibility === 'internal' || name !== 'reader'));

describe('visibility', () => {
  it('tells who may not read a namespace the same of everything in it as of what does not exist', async () => {
    for (const [name, actor] of Object.entries(actors()))
      for (const visibility of visibilities) {
        if (sees(name, visibility)) continue;
        const owner = `${visibility}-team`;
        const absent = await Promise.all(Object.values(ways(actor, owner, 'no-such-skill')).map((ask) => refusal(ask())));
        for (const slug of [...states.map(slugOf), 'skill-deleted']) {
          const here = ways(actor, owner, slug);
          delete here['skill without owner'];
          const said = await Promise.all(Object.values(here).map((ask) => refusal(ask())));
          expect(said, `${name} asks for @${owner}/${slug}`).toEqual(absent.slice(0, said.length));
        }
        expect(new Set(absent.map((one) => `${one.code}: ${one.says}`))).toEqual(new Set(['not-found: Skill not found']));
      }
  });

  it('gives those who may read a namespace only what is served or deprecated, by every way', async () => {
    for (const [name, actor] of Object.entries(actors()))
      for (const visibility of visibilities) {
        if (!sees(name, visibility)) continue;
        for (const state of states) {
          const here = ways(actor, `${visibility}-team`, slugOf(state));
          delete here['skill without owner'];
          const codes = new Set((await Promise.all(Object.values(here).map((ask) => refusal(ask())))).map((one) => one.code));
          const expected =
            state === 'served' || state === 'deprecated' ? 'answered' : state === 'yanked' || state === 'revoked' ? 'withdrawn' : 'not-found';
          expect(codes, `${name} asks for ${state} in ${visibility}`).toEqual(new Set([expected]));
        }
      }
  });

  it('hides a deleted skill from everybody, its owner too', async () => {
    for (const actor of Object.values(actors()))
      for (const ask of Object.values(ways(actor, 'internal-team', 'skill-deleted')))
        expect(await refusal(ask())).toEqual({ code: 'not-found', says: 'Skill not found' });
  });

  it('says that a version is not there in the same words whether it was never published or is still held', async () => {
    const owner = people['owner']!;
    const space = spaces.get('internal')!;
    await addVersion(shop, { namespace: space, slug: 'mixed', publisher: owner });
    await addVersion(shop, { namespace: space, slug: 'mixed', version: '2.0.0', state: 'held', publisher: owner });
    const actor = actorFor(people['reader']!);
    const held = await refusal(shelf.version(actor, { owner: 'internal-team', slug: 'mixed', version: '2.0.0' }));
    expect(held).toEqual(await refusal(shelf.version(actor, { owner: 'internal-team', slug: 'mixed', version: '3.0.0' })));
    expect(held).toEqual({ code: 'not-found', says: 'Version not found' });
    const skill = await shelf.skill(actor, { owner: 'internal-team', slug: 'mixed' });
    expect(skill.latest.version).toBe('1.0.0');
    expect(skill.versions.map((one) => one.version)).toEqual(['1.0.0']);
  });

  it('lists, searches and counts only what the caller may read', async () => {
    for (const [name, actor] of Object.entries(actors())) {
      const allowed = visibilities.filter((visibility) => sees(name, visibility)).map((visibility) => `${visibility}-team`);
      const listed = (await shelf.list(actor, { limit: 200 })).items;
      expect(new Set(listed.map((one) => one.owner)), name).toEqual(new Set(allowed));
      expect(listed.every((one) => ['served', 'deprecated'].includes(one.latest.state))).toBe(true);
      expect(listed.some((one) => one.slug === 'skill-deleted')).toBe(false);
      for (const hits of [
        await shelf.search(actor, { text: 'skill keeps order', limit: 100 }),
        await shelf.search(actor, { text: 'skill-served', limit: 100, exact: true }),
        await shelf.search(actor, { text: 'skill-served', limit: 100 }),
      ])
        expect(new Set(hits.map((hit) => hit.skill.owner)), name).toEqual(new Set(allowed));
      const prefixed = (await shelf.prefix(actor, { prefix: 'skill-', limit: 200 })).items;
      expect(prefixed.map((one) => one.slug)).toEqual([...prefixed.map((one) => one.slug)].sort());
      expect(new Set(prefixed.map((one) => one.owner)), name).toEqual(new Set(allowed));
      expect(new Set((await shelf.trending(actor, 100)).map((one) => one.owner)), name).toEqual(new Set(allowed));
    }
  });

  it('finds in a query exactly the namespaces that the rights allow one by one', async () => {
    for (const [name, actor] of Object.entries(actors()))
      for (const limit of [undefined, ['public-team'], ['public-team', 'private-team'], []]) {
        const one: Actor = { ...actor, namespaces: limit };
        const shown = new Set((await shelf.list(one, { limit: 200 })).items.map((item) => item.owner));
        const allowed = new Set<string>();
        for (const [, space] of spaces) {
          const member = await shop.store.db
            .selectFrom('members')
            .selectAll()
            .where('id', '=', `${space.id}:${actor.user?.id ?? ''}`)
            .executeTakeFirst();
          if (canRead(one, space, member, true)) allowed.add(space.handle);
        }
        expect(shown, `${name} limited to ${limit ?? 'nothing'}`).toEqual(allowed);
      }
  });

  it('asks strangers to sign in, for everything alike, where nobody reads without a token', async () => {
    const closed = shelfOf(shop);
    const nobody = actorFor(undefined);
    for (const slug of ['skill-served', 'no-such-skill'])
      for (const ask of [
        () => closed.skill(nobody, { slug }),
        () => closed.download(nobody, { owner: 'public-team', slug, version: '1.0.0' }),
        () => closed.list(nobody, { limit: 10 }),
        () => closed.search(nobody, { text: slug, limit: 10 }),
        () => closed.versionById(nobody, 'ver_1'),
      ])
        expect(await refusal(ask())).toEqual({ code: 'unauthorized', says: 'Unauthorized' });
  });

  it('stops giving out at once what was yanked or revoked, and says why to those who may read', async () => {
    const reader = actorFor(people['reader']!);
    const row = await addVersion(shop, { namespace: spaces.get('internal')!, slug: 'going', publisher: people['owner']! });
    const ref = { owner: 'internal-team', slug: 'going', version: '1.0.0' };
    await shelf.download(reader, ref);
    expect(shelf.download(reader, ref)).not.toBeInstanceOf(Promise);
    await setState(shop, row, 'yanked', 'breaks on Sundays');
    expect(await refusal(shelf.download(reader, ref))).toEqual({
      code: 'withdrawn',
      says: '@internal-team/going@1.0.0 was withdrawn (yanked) and is no longer given out. Reason: breaks on Sundays',
    });
    await setState(shop, row, 'served');
    await shelf.download(reader, ref);
    await setState(shop, row, 'revoked', 'steals \u001b[31mkeys');
    expect((await refusal(shelf.download(reader, ref))).says).toBe(
      '@internal-team/going@1.0.0 was revoked and is no longer given out. Remove it where it is installed. Reason: steals \\u{1b}[31mkeys',
    );
    expect((await shelf.list(reader, { limit: 200 })).items.some((one) => one.slug === 'going')).toBe(false);
    expect(await shelf.search(reader, { text: 'going', limit: 10 })).toEqual([]);
  });

  it('names the owners of an ambiguous name, but only those the caller may read', async () => {
    const reader = await refusal(shelf.skill(actorFor(people['reader']!), { slug: 'skill-served' }));
    expect(reader.code).toBe('ambiguous');
    expect(reader.says).toContain('@internal-team/skill-served, @public-team/skill-served');
    expect(reader.says).not.toContain('private');
    expect((await shelf.skill(actorFor(undefined), { slug: 'skill-served' })).owner).toBe('public-team');
  });
});
