/**
 * Finds what a request names, for somebody who may do something with it. Whoever may not know that it exists gets the same `not-found` in the same words as if it did not; whoever
 * may read it but not do that gets `forbidden`.
 */
import { canApprove, canPublish, canRead } from '../auth/rights.ts';
import { RegistryError } from '../errors.ts';
import { type Actor, releasable, type VersionRef } from '../model.ts';
import { type Connection, memberOf, namespaceByHandle } from '../store/accounts.ts';
import type { MemberRow, NamespaceRow, SkillRow, VersionRow } from '../store/schema.ts';
import { newestReadable, skillByName, skillsNamed, versionOf } from '../store/versions.ts';
import type { Context } from './context.ts';

export interface SkillPlace {
  readonly owner: string;
  readonly slug: string;
  readonly skill: SkillRow;
  readonly namespace: NamespaceRow;
  readonly member: MemberRow | undefined;
}
export interface VersionPlace extends SkillPlace {
  readonly row: VersionRow;
}

/** Whether an actor may do a thing with a place. */
export type Right = (actor: Actor, place: SkillPlace) => boolean;

/** The one answer for absent, hidden, unapproved and not yours. */
export const skillNotFound = (): RegistryError => new RegistryError('not-found', 'Skill not found');

/** Those who know of versions that are not served: who may publish there, and who may decide. */
export const insider: Right = (actor, { namespace, member }) =>
  actor.via === 'system' || canPublish(actor, namespace, member) || canApprove(actor, namespace);

async function readable(ctx: Context, db: Connection, actor: Actor, place: SkillPlace): Promise<boolean> {
  if (insider(actor, place)) return true;
  if (place.skill.deleted_at !== null || !canRead(actor, place.namespace, place.member, ctx.config.anonymousRead)) return false;
  return (await newestReadable(ctx.store, db, place.skill.id)) !== undefined;
}

/** The skill that a request names. @throws RegistryError `not-found`, `ambiguous` */
export async function findSkill(
  ctx: Context,
  db: Connection,
  actor: Actor,
  name: { readonly owner?: string | undefined; readonly slug: string },
): Promise<SkillPlace> {
  const found: { readonly skill: SkillRow; readonly namespace: NamespaceRow }[] = [];
  if (name.owner === undefined) found.push(...(await skillsNamed(ctx.store, db, name.slug)));
  else {
    const namespace = await namespaceByHandle(ctx.store, db, name.owner.replace(/^@/, '').toLowerCase());
    const skill = namespace === undefined ? undefined : await skillByName(ctx.store, db, namespace.id, name.slug);
    if (namespace !== undefined && skill !== undefined) found.push({ skill, namespace });
  }
  const known: SkillPlace[] = [];
  for (const { skill, namespace } of found) {
    const member = await memberOf(ctx.store, db, namespace.id, actor.user?.id);
    const place: SkillPlace = { owner: namespace.handle, slug: skill.slug, skill, namespace, member };
    if (await readable(ctx, db, actor, place)) known.push(place);
  }
  const [one, another] = known;
  if (one === undefined) throw skillNotFound();
  if (another !== undefined) {
    const matches = known.map((place) => `@${place.owner}/${place.slug}`);
    throw new RegistryError('ambiguous', `There is more than one ${name.slug}: ${matches.join(', ')}. Say which by its owner.`, {
      detail: { matches },
    });
  }
  return one;
}

/** As `findSkill`, and the actor must have the right. @throws RegistryError `not-found`, `ambiguous`, `forbidden` */
export async function needSkill(
  ctx: Context,
  db: Connection,
  actor: Actor,
  name: { readonly owner?: string | undefined; readonly slug: string },
  right: Right,
  deed: string,
): Promise<SkillPlace> {
  const place = await findSkill(ctx, db, actor, name);
  if (!right(actor, place))
    throw new RegistryError('forbidden', `You may not ${deed} @${place.owner}/${place.slug}. Ask an owner of @${place.owner}.`);
  return place;
}

/** The version that a request names, for somebody with the right. @throws RegistryError `bad-input`, `not-found`, `ambiguous`, `forbidden` */
export async function needVersion(ctx: Context, db: Connection, actor: Actor, ref: VersionRef, right: Right, deed: string): Promise<VersionPlace> {
  if (ref.version === undefined) throw new RegistryError('bad-input', `Say which version of ${ref.slug} to ${deed}: @owner/${ref.slug}@1.2.0.`);
  const place = await findSkill(ctx, db, actor, ref);
  const row = await versionOf(ctx.store, db, place.skill.id, ref.version);
  // Somebody who only reads the skill learns nothing of its other versions.
  if (row === undefined || (!insider(actor, place) && !releasable.has(row.state))) throw new RegistryError('not-found', `Version not found`);
  if (!right(actor, place))
    throw new RegistryError('forbidden', `You may not ${deed} @${place.owner}/${place.slug}@${row.version}. Ask an owner of @${place.owner}.`);
  return { ...place, row };
}
