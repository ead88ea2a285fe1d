/**
 * What happens to a version after it was served: yanked and restored, deprecated, revoked; tags; skills hidden and shown again. Every one of these takes effect with its
 * transaction, on every route, for every server on the store.
 *
 * Yank is for mistakes and can be undone by those who may publish. Revoke is for harm: final, at once, and followed by a signed statement that clients verify.
 */
import { canAdminNamespace, canApprove, canPublish, hasScope, needScope } from '../auth/rights.ts';
import { RegistryError } from '../errors.ts';
import { type Actor, actorOf, releasable, type VersionRef, type VersionState } from '../model.ts';
import type { SkillRow, VersionRow } from '../store/schema.ts';
import { indexSkill } from '../store/search.ts';
import { type Context, enqueue, move, refOf, type Tx, tell } from './context.ts';
import type { RevokeSeverity, SkillName } from './contract.ts';
import { needSkill, needVersion, type Right, type VersionPlace } from './places.ts';
import { anyReason, readLine, readReason, tagProblem } from './request.ts';
import { putTag, show } from './showing.ts';

const publisher: Right = (actor, { namespace, member }) => canPublish(actor, namespace, member);
const publisherOrDecider: Right = (actor, place) => publisher(actor, place) || canApprove(actor, place.namespace);
const owner: Right = (actor, { namespace, member }) => canAdminNamespace(actor, namespace, member);
const ownerOrDecider: Right = (actor, place) => owner(actor, place) || canApprove(actor, place.namespace);

/** Somebody who can change anything at all. @throws RegistryError `unauthorized`, `forbidden` */
function needHand(actor: Actor): void {
  if (!hasScope(actor, 'approve')) needScope(actor, 'publish');
}

/** One step of a version that is or was served. A version that is there already is left as it is. */
async function step(
  ctx: Context,
  actor: Actor,
  ref: VersionRef,
  to: VersionState,
  right: Right,
  deed: string,
  take: (tx: Tx, of: VersionPlace) => Promise<VersionRow>,
): Promise<VersionRow> {
  needHand(actor);
  const row = await ctx.store.write(async (tx) => {
    const of = await needVersion(ctx, tx, actor, ref, right, deed);
    if (of.row.state === to) return of.row;
    const after = await take(tx, of);
    // What was never served was never shown: nothing of the skill changes, not even the time of its last change.
    if (of.row.served_at !== null) await show(ctx, tx, of.skill.id);
    return after;
  });
  ctx.wake();
  return row;
}

export const yank = (ctx: Context, actor: Actor, ref: VersionRef, reason: string): Promise<VersionRow> => {
  const why = anyReason(reason);
  return step(ctx, actor, ref, 'yanked', publisherOrDecider, 'yank', (tx, of) => move(ctx, tx, of, { to: 'yanked', by: actor, reason: why }));
};

export const restore = (ctx: Context, actor: Actor, ref: VersionRef, reason: string): Promise<VersionRow> => {
  const why = anyReason(reason);
  return step(ctx, actor, ref, 'served', publisherOrDecider, 'restore', async (tx, of) => {
    if (of.row.state !== 'yanked') throw new RegistryError('conflict', `${refOf(of)} is ${of.row.state}; only a yanked version is restored.`);
    // Rules may have changed while it was away.
    await enqueue(ctx, tx, 'rescan', of.row.id);
    return move(ctx, tx, of, { to: 'served', by: actor, reason: null, type: 'version.restored', data: { says: why } });
  });
};

export const deprecate = (
  ctx: Context,
  actor: Actor,
  ref: VersionRef,
  options: { readonly message: string; readonly replacement?: string },
): Promise<VersionRow> => {
  const message = readReason(options.message, 'message');
  const replacement = options.replacement === undefined ? undefined : readLine('replacement', options.replacement, 200);
  const says = replacement === undefined ? message : `${/[.!?…]$/.test(message) ? message : `${message}.`} Use ${replacement} instead.`;
  return step(ctx, actor, ref, 'deprecated', publisher, 'deprecate', (tx, of) =>
    move(ctx, tx, of, { to: 'deprecated', by: actor, reason: says, data: { message, ...(replacement === undefined ? {} : { replacement }) } }),
  );
};

export const undeprecate = (ctx: Context, actor: Actor, ref: VersionRef): Promise<VersionRow> =>
  step(ctx, actor, ref, 'served', publisher, 'undeprecate', async (tx, of) => {
    if (of.row.state !== 'deprecated') throw new RegistryError('conflict', `${refOf(of)} is ${of.row.state}, not deprecated.`);
    return move(ctx, tx, of, { to: 'served', by: actor, reason: null, type: 'version.undeprecated' });
  });

export const revoke = (
  ctx: Context,
  actor: Actor,
  ref: VersionRef,
  options: { readonly reason: string; readonly severity: RevokeSeverity; readonly replacement?: string },
): Promise<VersionRow> => {
  const reason = readReason(options.reason);
  const replacement = options.replacement === undefined ? undefined : readLine('replacement', options.replacement, 200);
  return step(ctx, actor, ref, 'revoked', ownerOrDecider, 'revoke', (tx, of) =>
    revokeVersion(ctx, tx, of, { by: actor, reason, severity: options.severity, ...(replacement === undefined ? {} : { replacement }) }),
  );
};

/** Withdraws a version for good; its signed revocation follows. The caller brings the skill's texts and the index up to date. */
export async function revokeVersion(
  ctx: Context,
  tx: Tx,
  of: Parameters<typeof move>[2],
  why: { readonly by: Actor; readonly reason: string; readonly severity: RevokeSeverity; readonly replacement?: string },
): Promise<VersionRow> {
  const { by, reason, ...data } = why;
  const row = await move(ctx, tx, of, { to: 'revoked', by, reason, data });
  if (row.served_at !== null) await enqueue(ctx, tx, 'revocation', row.id);
  return row;
}

export async function deleteSkill(ctx: Context, actor: Actor, name: SkillName, reason: string): Promise<SkillRow> {
  return hide(ctx, actor, name, anyReason(reason), true);
}

export async function undeleteSkill(ctx: Context, actor: Actor, name: SkillName, reason: string): Promise<SkillRow> {
  return hide(ctx, actor, name, anyReason(reason), false);
}

async function hide(ctx: Context, actor: Actor, name: SkillName, reason: string, away: boolean): Promise<SkillRow> {
  needHand(actor);
  const skill = await ctx.store.write(async (tx) => {
    const place = await needSkill(ctx, tx, actor, name, owner, away ? 'delete' : 'undelete');
    if ((place.skill.deleted_at !== null) === away) return place.skill;
    const after = await ctx.store.patch(
      tx,
      'skills',
      place.skill.id,
      away ? { deleted_at: ctx.now(), deleted_reason: reason } : { deleted_at: null, deleted_reason: null },
    );
    await indexSkill(tx, after.id);
    await tell(ctx, tx, {
      type: away ? 'skill.deleted' : 'skill.undeleted',
      actor: actorOf(actor),
      subject: `@${place.owner}/${place.slug}`,
      reason,
      data: { skill: after.id },
    });
    return after;
  });
  ctx.wake();
  return skill;
}

export async function setTag(
  ctx: Context,
  actor: Actor,
  ref: { readonly owner?: string; readonly slug: string; readonly version: string },
  tag: string,
): Promise<void> {
  needHand(actor);
  const name = tag.trim().toLowerCase();
  const problem = tagProblem(name);
  if (problem !== undefined) throw new RegistryError('bad-input', problem);
  await ctx.store.write(async (tx) => {
    const of = await needVersion(ctx, tx, actor, ref, publisher, 'tag');
    if (!releasable.has(of.row.state))
      throw new RegistryError('conflict', `${refOf(of)} is ${of.row.state}; a tag can only point at a version that is served.`);
    await putTag(ctx, tx, of, name, actor);
  });
}
