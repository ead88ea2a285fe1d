/**
 * Whether a skill may have its name. A name that is kept back, or (with `slugs: unique`) another owner's, is refused; one that could be taken for another owner's waits for a
 * person. Stops typosquatting and dependency confusion inside the registry.
 */
import { setImmediate } from 'node:timers/promises';
import { similarName as findSimilar, keptBack, needOwnName, reservedSlugs } from '../auth/names.ts';
import { type Connection, namespaceById } from '../store/accounts.ts';
import type { NamespaceRow } from '../store/schema.ts';
import { skillByName, skillsNamed } from '../store/versions.ts';
import type { Context } from './context.ts';
import type { VersionInfo } from './contract.ts';

/** Names compared before others get their turn. */
const atOnce = 2000;

/** @throws RegistryError `name-reserved`; the words do not tell a name that is kept back from one that is taken where the caller cannot look */
export async function needName(ctx: Context, namespace: NamespaceRow, slug: string, db: Connection = ctx.store.db): Promise<void> {
  if ((await skillByName(ctx.store, db, namespace.id, slug)) !== undefined) return;
  needOwnName(slug, reservedSlugs, [], false);
  if (ctx.config.policy.slugs !== 'unique') return;
  if ((await skillsNamed(ctx.store, db, slug)).some((other) => other.namespace.id !== namespace.id)) throw keptBack(slug);
}

/** Why somebody should look at the name of a skill that was never served, if there is a reason. */
export async function similarName(ctx: Context, of: VersionInfo): Promise<string | undefined> {
  const { store } = ctx;
  const served = await store.db
    .selectFrom('versions')
    .select('id')
    .where('skill_id', '=', of.row.skill_id)
    .where('served_at', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  if (served !== undefined) return undefined;
  const others = await store.db
    .selectFrom('skills')
    .select('slug')
    .where('namespace_id', '!=', of.skill.namespace_id)
    .distinct()
    .orderBy('slug')
    .execute();
  let slug: string | undefined;
  // Comparing with a hundred thousand names takes a while; who downloads meanwhile does not wait for it.
  for (let at = 0; at < others.length && slug === undefined; at += atOnce) {
    const some = others.slice(at, at + atOnce).map((other) => other.slug);
    slug = findSimilar(of.slug, some);
    await setImmediate();
  }
  if (slug === undefined) return undefined;
  // The reason is shown to the publisher, who may not know of every skill.
  for (const { skill, namespace } of await skillsNamed(store, store.db, slug)) {
    const known = (await namespaceById(store, store.db, namespace.id))?.visibility !== 'private' && skill.deleted_at === null && skill.summary !== '';
    if (known && namespace.id !== of.skill.namespace_id) return `its name could be taken for @${namespace.handle}/${slug}`;
  }
  return 'its name could be taken for another one that exists here';
}
