/** One hidden thing, and its whole life: the same version, with the same ids and digests, is taken through every state that a version can be in. */
import type { PublishRequest } from '../../../registry/gate/index.ts';
import type { Target } from './ask.ts';
import { like, request, skill } from './base.ts';
import { cooldown, host, minute, type World } from './world.ts';

/** Where the hidden thing is. */
export type Place = 'alone' | 'newer' | 'private';
export const places: readonly Place[] = ['alone', 'newer', 'private'];

export const states = [
  'quarantined',
  'held',
  'refused',
  'approved',
  'revoked before it was served',
  'served',
  'deprecated',
  'deleted',
  'yanked',
  'revoked',
] as const;
export type State = (typeof states)[number];

/** Texts that only the hidden thing has. */
export const words = {
  description: 'zymurgic',
  name: 'Quixotry',
  changelog: 'Brachiate',
  topic: 'umbrage',
  tag: 'beta',
  path: 'references/vellichor.md',
  content: 'petrichor',
} as const;

const names: Readonly<Record<Place, { readonly owner: string; readonly slug: string; readonly version: string }>> = {
  alone: { owner: 'ann', slug: 'hidden-thing', version: '1.0.0' },
  newer: { owner: 'ann', slug: 'notes', version: '1.1.0' },
  private: { owner: 'vault', slug: 'hidden-plan', version: '1.0.0' },
};

const requestOf = (place: Place): PublishRequest => {
  const { owner, slug, version } = names[place];
  const files = skill(slug, `Sorts ${words.description} ledgers and notes.`, { wants: true, more: { [words.path]: `# ${words.content}\n` } });
  return request(owner, slug, version, files, { displayName: words.name, changelog: words.changelog, topics: [words.topic], tags: [words.tag] });
};

/** What is asked about, before there is such a thing, as far as it can be known. */
export const targetOf = (place: Place, facts: Partial<Target> = {}): Target => ({
  ...names[place],
  tag: words.tag,
  path: words.path,
  id: 'ver_00000000000000000000',
  skillId: 'skl_00000000000000000000',
  archive: '0'.repeat(64),
  fingerprint: '0'.repeat(64),
  report: '0'.repeat(64),
  attestations: '0'.repeat(64),
  rare: words.description,
  common: 'ledgers',
  ...facts,
});

export type Visit = (state: State, world: World, target: Target) => Promise<void>;

/**
 * Takes a world through the life of its hidden thing; `visit` is called in each state.
 * @param fan a token of somebody who sees it while it is served, and has it then
 */
export async function live(world: World, place: Place, fan: string, visit: Visit): Promise<void> {
  const ref = names[place];
  const { gate, as } = world;
  const id = await world.publish('ann', requestOf(place));
  const target = async (of: World): Promise<Target> => {
    const row = await of.row(id);
    return targetOf(place, {
      id,
      skillId: row.skill_id,
      archive: row.archive_sha256,
      fingerprint: row.fingerprint,
      ...(row.report_sha256 === null ? {} : { report: row.report_sha256 }),
      ...(row.attestations_sha256 === null ? {} : { attestations: row.attestations_sha256 }),
    });
  };
  const reached = async (state: State, of: World = world): Promise<void> => {
    const now = (await of.row(id)).state;
    if (!state.startsWith(now) && !(state === 'deleted' && now === 'served')) throw new Error(`expected ${state}, and it is ${now}`);
    of.shown += 10 * minute;
    await visit(state, of, await target(of));
    of.clock += minute;
  };
  /** A life that ends otherwise, in a world of its own. */
  const aside = async (state: State, step: (other: World) => Promise<unknown>): Promise<void> => {
    const other = await world.fork();
    await step(other);
    await other.work();
    await reached(state, other);
    await other.close();
  };

  await reached('quarantined');
  await world.work();
  await reached('held');
  await aside('refused', (other) => other.gate.reject(other.as.bob, ref, { reason: 'not this' }));
  await gate.approve(as.bob, ref, { reason: 'read it whole' });
  await reached('approved');
  await aside('revoked before it was served', (other) => other.gate.revoke(other.as.bob, ref, { reason: 'too late', severity: 'block' }));
  world.clock += cooldown;
  await world.work();
  // Between two others in the order of popularity.
  if (place !== 'newer') await like(world, `@${ref.owner}/${ref.slug}`, ['ann', 'kim']);
  await reached('served');
  if (place !== 'newer')
    await aside('deleted', async (other) => {
      // Fresh in memory when it goes.
      for (const way of ['', '&tag=latest', `&version=${ref.version}`])
        await other.app.inject({
          url: `/api/v1/download?slug=${ref.slug}&ownerHandle=${ref.owner}${way}`,
          headers: { host, authorization: `Bearer ${fan}` },
        });
      await other.gate.deleteSkill(other.as.ann, ref, 'gone');
    });
  await gate.deprecate(as.ann, ref, { message: 'old' });
  await reached('deprecated');
  await gate.undeprecate(as.ann, ref);
  await gate.yank(as.ann, ref, 'breaks on Sundays');
  await reached('yanked');
  await gate.revoke(as.ann, ref, { reason: 'eats keys', severity: 'block' });
  await world.work();
  await reached('revoked');
}
