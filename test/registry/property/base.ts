/** The registry that all worlds are copies of, and what it is filled with. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PackFile } from '../../../registry/archive/index.ts';
import { createNamespace, setMember, setVisibility } from '../../../registry/auth/namespaces.ts';
import { createToken } from '../../../registry/auth/tokens.ts';
import { disableUser } from '../../../registry/auth/users.ts';
import type { PublishRequest } from '../../../registry/gate/index.ts';
import type { Scope } from '../../../registry/model.ts';
import type { TokenRow } from '../../../registry/store/schema.ts';
import { cooldown, minute, open, type Person, start, type World, type WorldOptions } from './world.ts';

/** Text of a skill. `wants` a person: the scan asks for a review. */
export function skill(
  name: string,
  description: string,
  options: { readonly wants?: boolean; readonly more?: Readonly<Record<string, string>> } = {},
): PackFile[] {
  const body = options.wants === true ? "```sh\necho '0 3 * * * $HOME/notes.sh' | crontab -\n```" : 'Write a heading and a list of points.';
  const files = { 'SKILL.md': `---\nname: ${name}\ndescription: ${description}\n---\n# ${name}\n\n${body}\n`, ...options.more };
  return Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
}

export const request = (
  owner: string,
  slug: string,
  version: string,
  files: readonly PackFile[],
  more: Partial<PublishRequest> = {},
): PublishRequest => ({
  owner,
  slug,
  version,
  changelog: '',
  tags: [],
  files,
  ...more,
});

/**
 * A registry with a few people and skills: `ann` and `dan` have public namespaces, `vault` is a private one of ann's; mia reads both of ann's as a member. Some skills are starred, so that
 * lists by popularity have something to show.
 */
export async function baseWorld(options: WorldOptions = {}): Promise<World> {
  const world = await open(mkdtempSync(join(tmpdir(), 'skillward-world-')), options, start, start + 24 * 60 * minute);
  const { store, as } = world;
  const context = { store, now: () => start };
  for (const handle of ['ann', 'dan'] as const) await setVisibility(context, as[handle], handle, 'public');
  await createNamespace(context, as.ann, { handle: 'vault', visibility: 'private' });
  for (const namespace of ['ann', 'vault']) await setMember(context, as.ann, namespace, 'mia', 'reader');
  for (const [who, owner, slug, about] of [
    ['ann', 'ann', 'notes', 'Writes meeting notes from ledgers.'],
    ['dan', 'dan', 'agenda', 'Makes an agenda out of ledgers and notes.'],
    ['dan', 'dan', 'hidden-away', 'Lists what lies on the shelf.'],
    ['dan', 'dan', 'zebra', 'Counts stripes.'],
    ['ann', 'vault', 'keep', 'Keeps the keys of the house.'],
  ] as const)
    await world.publish(who, request(owner, slug, '1.0.0', skill(slug, about), { tags: ['stable'] }));
  await world.work();
  world.clock += cooldown;
  await world.work();
  world.clock += minute;
  const left = await store.db
    .selectFrom('jobs')
    .select(['subject', 'last_error'])
    .where('done_at', 'is', null)
    .where('kind', 'in', ['scan', 'sign'])
    .execute();
  if (left.length > 0) throw new Error(`the base is not served: ${JSON.stringify(left)}`);
  await disableUser(context, as.kim, 'zed');
  // So that lists by popularity have an order, and places in it.
  await like(world, '@dan/agenda', ['ann', 'bob', 'kim']);
  await like(world, '@ann/notes', ['eve']);
  return world;
}

/** A token of somebody. */
export async function tokenOf(
  world: World,
  who: Person,
  more: {
    readonly scopes?: readonly Scope[];
    readonly namespaces?: readonly string[];
    readonly kind?: TokenRow['kind'];
    readonly expiresAt?: number;
    readonly revoked?: boolean;
  } = {},
): Promise<string> {
  const { store, as } = world;
  return store.write(async (tx) => {
    const { row, token } = await createToken(
      store,
      tx,
      {
        userId: as[who].user!.id,
        label: 'test',
        scopes: more.scopes ?? (more.kind === 'path' ? ['read'] : [...as[who].scopes]),
        kind: more.kind ?? 'bearer',
        namespaces: more.namespaces,
        expiresAt: more.expiresAt,
      },
      start,
    );
    if (more.revoked === true) await store.patch(tx, 'tokens', row.id, { revoked_at: start });
    return token;
  });
}

/** Stars and installs of a skill. */
export async function like(world: World, name: string, by: readonly Person[]): Promise<void> {
  const [owner, slug] = name.slice(1).split('/') as [string, string];
  await world.store.write(async (tx) => {
    const { id } = await tx
      .selectFrom('skills')
      .innerJoin('namespaces', 'namespaces.id', 'skills.namespace_id')
      .select('skills.id')
      .where('namespaces.handle', '=', owner)
      .where('skills.slug', '=', slug)
      .executeTakeFirstOrThrow();
    for (const who of by) {
      const user_id = world.as[who].user!.id;
      await tx.insertInto('stars').values({ user_id, skill_id: id, created_at: world.clock }).execute();
      await tx
        .insertInto('installs')
        .values({ id: `ins_${id}_${who}`, skill_id: id, version: null, user_id, at: world.clock })
        .execute();
    }
  });
}
