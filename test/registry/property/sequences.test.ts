/**
 * Whatever people do with versions, in whatever order: what never came out leaves no trace for those outside. A random sequence of deeds is done in one world; in another one, at the same
 * times, only those deeds of it that are about versions that were given out. Afterwards strangers get the same answers in both.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RegistryError } from '../../../registry/errors.ts';
import type { VersionRow } from '../../../registry/store/schema.ts';
import type { Asker } from './askers.ts';
import { baseWorld, request, skill, tokenOf } from './base.ts';
import { type Difference, difference, seen } from './compare.ts';
import { targetOf } from './life.ts';
import { asksFor } from './requests.ts';
import { closeAll, cooldown, host, minute, type World } from './world.ts';

const patience = 300_000;
/** One name in three namespaces, one of them private. */
const owners = ['ann', 'dan', 'vault'] as const;
const slug = 'alpha';
const versions = ['1.0.0', '1.1.0'] as const;
type Owner = (typeof owners)[number];
const keeper = (owner: Owner): 'ann' | 'dan' => (owner === 'dan' ? 'dan' : 'ann');

interface Deed {
  readonly kind:
    | 'release'
    | 'publish'
    | 'approve'
    | 'reject'
    | 'wait'
    | 'yank'
    | 'restore'
    | 'deprecate'
    | 'undeprecate'
    | 'revoke'
    | 'delete'
    | 'undelete'
    | 'tag'
    | 'star';
  readonly owner: Owner;
  readonly version: string;
  /** Whether the scan asks for a person. */
  readonly doubtful: boolean;
}

const deed: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constantFrom(
    ...([
      'release',
      'release',
      'release',
      'release',
      'publish',
      'publish',
      'publish',
      'approve',
      'reject',
      'wait',
      'wait',
      'yank',
      'restore',
    ] as const),
    ...(['deprecate', 'undeprecate', 'revoke', 'delete', 'delete', 'undelete', 'tag', 'star'] as const),
  ),
  owner: fc.constantFrom(...owners, 'ann' as const, 'dan' as const),
  version: fc.constantFrom(...versions),
  doubtful: fc.boolean(),
});

let base: World;
let stranger: Asker;
let reader: Asker;
let fans: Readonly<Record<Owner, string>>;

beforeAll(async () => {
  base = await baseWorld({ policy: { slugs: 'per-owner' } });
  const rob = await tokenOf(base, 'rob');
  fans = { ann: rob, dan: rob, vault: await tokenOf(base, 'mia') };
  stranger = { name: 'nobody', headers: {}, path: 'x', reads: new Set(), core: true };
  reader = {
    name: 'a reader',
    headers: { authorization: `Bearer ${rob}` },
    path: await tokenOf(base, 'rob', { kind: 'path' }),
    reads: new Set(),
    core: true,
  };
}, patience);
afterAll(closeAll);

const rowsOf = async (world: World, owner: Owner): Promise<VersionRow[]> =>
  (await world.store.db
    .selectFrom('versions')
    .innerJoin('skills', 'skills.id', 'versions.skill_id')
    .innerJoin('namespaces', 'namespaces.id', 'skills.namespace_id')
    .selectAll('versions')
    .where('namespaces.handle', '=', owner)
    .where('skills.slug', '=', slug)
    .execute()) as VersionRow[];

/** Does one deed; what is refused is refused. */
async function act(world: World, { kind, owner, version, doubtful }: Deed): Promise<unknown> {
  const { gate, as } = world;
  const ref = { owner, slug, version };
  const by = as[keeper(owner)];
  switch (kind) {
    case 'publish':
      return world.publish(
        keeper(owner),
        request(owner, slug, version, skill(slug, `Greek ${owner} ${version} letters.`, { wants: doubtful }), {
          tags: ['beta'],
          displayName: `Alpha ${version}`,
        }),
      );
    case 'approve':
      return gate.approve(as.bob, ref, { reason: 'read it' });
    case 'reject':
      return gate.reject(as.bob, ref, { reason: 'not this' });
    case 'yank':
      return gate.yank(by, ref, 'oops');
    case 'restore':
      return gate.restore(by, ref, 'well');
    case 'deprecate':
      return gate.deprecate(by, ref, { message: 'old' });
    case 'undeprecate':
      return gate.undeprecate(by, ref);
    case 'revoke':
      return gate.revoke(as.bob, ref, { reason: 'bad', severity: 'block' });
    case 'delete':
      // What nobody sees need not be hidden; doing it all the same is the owner's own way of stopping what comes after.
      return (await rowsOf(world, owner)).some((row) => row.state === 'served' || row.state === 'deprecated')
        ? gate.deleteSkill(by, { owner, slug }, 'away')
        : undefined;
    case 'undelete':
      return gate.undeleteSkill(by, { owner, slug }, 'back');
    case 'tag':
      return gate.setTag(by, ref, 'stable');
    case 'star':
      return world.app.inject({
        method: 'POST',
        url: `/api/v1/stars/${slug}?ownerHandle=${owner}`,
        headers: { host, authorization: `Bearer ${fans[owner]}` },
      });
    case 'wait':
    case 'release':
      throw new Error(`${kind} is done in its parts`);
  }
}

/** Does them all, each at a minute of its own; those that are not wanted pass in silence. */
async function play(world: World, deeds: readonly Deed[], wanted: (one: Deed) => boolean): Promise<void> {
  const machine = await world.begin();
  for (const one of deeds) {
    world.clock += minute;
    const parts: readonly Deed['kind'][] = one.kind === 'release' ? ['publish', 'approve', 'wait'] : [one.kind];
    for (const kind of parts) {
      if (kind === 'wait') {
        // Minute by minute, so that what was published in different ones comes out in different ones: skills of one time stand in the order of their ids, which are random.
        for (let passed = 0; passed < cooldown; passed += minute) {
          world.clock += minute;
          await machine.idle();
        }
      } else if (wanted(one))
        await act(world, { ...one, kind }).catch((error: unknown) => {
          if (!(error instanceof RegistryError) || error.status >= 500) throw error;
        });
      await machine.idle();
    }
  }
  await machine.end();
}

/** Random in each world. Orders by popularity and by name fall back on ids, and packed answers hold them; these are left to the other test. */
const ids = [/(?:ver|skl)_[0-9a-f]{20}/g, /"nextCursor":"[^"]+"/g];
const ordered = /sort=(?:stars|installs|downloads|trending)|\/trending|cursor=|prefix=|\/scan\/download\//;

it(
  'leaves no trace of what never came out',
  async () => {
    let hidden = 0;
    let shown = 0;
    const one = (kind: Deed['kind'], owner: Owner, version: string, doubtful = false): Deed => ({ kind, owner, version, doubtful });
    const examples: [Deed[]][] = [
      // One that never came out stands before one of the same name that was withdrawn; and a private one beside both.
      [[one('publish', 'ann', '1.0.0', true), one('release', 'dan', '1.0.0'), one('release', 'vault', '1.0.0'), one('yank', 'dan', '1.0.0')]],
      // Two that come out of one wait.
      [[one('publish', 'ann', '1.0.0'), one('release', 'dan', '1.1.0', true), one('publish', 'vault', '1.0.0')]],
      // The first number came late, the second not at all; what was refused asked for the same tag.
      [
        [
          one('publish', 'ann', '1.1.0', true),
          one('reject', 'ann', '1.1.0'),
          one('release', 'ann', '1.0.0'),
          one('publish', 'dan', '1.1.0'),
          one('revoke', 'dan', '1.1.0'),
          one('release', 'dan', '1.0.0', true),
          one('star', 'ann', '1.0.0'),
        ],
      ],
      [[one('release', 'ann', '1.0.0'), one('release', 'ann', '1.1.0'), one('delete', 'ann', '1.1.0'), one('release', 'dan', '1.1.0')]],
    ];
    const end = performance.now() + 25_000;
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 6, maxLength: 14 }), async (deeds) => {
        // On a slow machine fewer of them; the examples come first.
        if (performance.now() > end) return;
        const [world, other] = [await base.fork(), await base.fork()];
        try {
          await play(world, deeds, () => true);
          const out = new Map<string, VersionRow>();
          const there = new Map<string, VersionRow>();
          for (const owner of owners) {
            const away = (
              await world.store.db
                .selectFrom('skills')
                .innerJoin('namespaces', 'namespaces.id', 'skills.namespace_id')
                .select('skills.deleted_at')
                .where('namespaces.handle', '=', owner)
                .where('skills.slug', '=', slug)
                .executeTakeFirst()
            )?.deleted_at;
            for (const row of await rowsOf(world, owner)) {
              there.set(`${owner}@${row.version}`, row);
              if (owner !== 'vault' && away == null && row.served_at !== null) out.set(`${owner}@${row.version}`, row);
            }
          }
          hidden += there.size - out.size;
          shown += out.size;
          const given = new Set([...out.keys()].map((key) => key.split('@')[0]));
          await play(other, deeds, ({ kind, owner, version }) =>
            kind === 'delete' || kind === 'undelete' || kind === 'star' ? given.has(owner) : out.has(`${owner}@${version}`),
          );
          expect(await told(world, other, there)).toEqual([]);
        } finally {
          await world.close();
          await other.close();
        }
      }),
      { numRuns: 12, examples },
    );
    // Neither without anything hidden nor without anything shown would this say much.
    expect(hidden).toBeGreaterThan(0);
    expect(shown).toBeGreaterThan(0);
  },
  patience,
);

async function told(world: World, other: World, there: ReadonlyMap<string, VersionRow>): Promise<Difference[]> {
  const found: Difference[] = [];
  let count = 0;
  // Stars are counted anew.
  for (const one of [world, other]) one.shown += 60 * minute;
  for (const owner of owners)
    for (const version of versions) {
      const row = there.get(`${owner}@${version}`);
      const target = targetOf('alone', {
        owner,
        slug,
        version,
        rare: 'greek',
        path: 'SKILL.md',
        ...(row === undefined ? {} : { id: row.id, skillId: row.skill_id, archive: row.archive_sha256, fingerprint: row.fingerprint }),
      });
      for (const ask of asksFor(target)) {
        if (ask.still || ask.pages || ask.method !== 'GET' || ordered.test(ask.url) || ask.url.includes(target.id)) continue;
        const asker = ask.url.includes(':token') || count++ % 2 === 0 ? reader : stranger;
        const masked = { ...ask, mask: ids };
        const one = difference(masked, asker, (await seen(world, masked, asker))!, (await seen(other, masked, asker))!);
        if (one !== undefined) found.push(one);
      }
    }
  return found;
}
