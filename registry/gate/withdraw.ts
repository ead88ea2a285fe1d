/**
 * What happens to a version after it was served: yanked and restored, deprecated, revoked; tags; skills hidden and shown again. Every one of these takes effect with its
 * transaction, on every route, for every server on the store.
 *
 * Yank is for mistakes and can be undone by those who may publish. Revoke is for harm: final, at once, and followed by a signed statement that clients verify. The bytes are what does harm,
 * so the same bytes under another name or number go with it.
 */
import { canAdminNamespace, canApprove, canPublish, hasScope, needScope } from '../auth/rights.ts';
import { RegistryError } from '../errors.ts';
import { type Actor, actorOf, releasable, system, type VersionRef, type VersionState } from '../model.ts';
import { memberOf } from '../store/accounts.ts';
import type { SkillRow, VersionRow } from '../store/schema.ts';
import { indexSkill } from '../store/search.ts';
import { twinsOf } from '../store/twins.ts';
import { versionById } from '../store/versions.ts';
import { type Context, enqueue, move, refOf, type Tx, tell } from './context.ts';
import type { Revoked, RevokeSeverity, SkillName } from './contract.ts';
import { judge } from './judging.ts';
import { needSkill, needVersion, type Right, type VersionPlace } from './places.ts';
import { anyReason, readLine, readReason, tagProblem } from './request.ts';
import { putTag, show } from './showing.ts';
import { revokedTwin } from './twins.ts';

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
    const twin = await revokedTwin(ctx, tx, of.row);
    if (twin !== undefined && !(await judge(ctx, tx, of.row)).ok)
      throw new RegistryError(
        'conflict',
        `${refOf(of)} is not restored: ${twin.says}. Revoke it too, or publish under a new number what an approver then looks at.`,
      );
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

export const revoke = async (
  ctx: Context,
  actor: Actor,
  ref: VersionRef,
  options: { readonly reason: string; readonly severity: RevokeSeverity; readonly replacement?: string },
): Promise<Revoked> => {
  const reason = readReason(options.reason);
  const replacement = options.replacement === undefined ? undefined : readLine('replacement', options.replacement, 200);
  const why = { by: actor, reason, severity: options.severity, ...(replacement === undefined ? {} : { replacement }) };
  needHand(actor);
  const revoked = await ctx.store.write(async (tx) => {
    const of = await needVersion(ctx, tx, actor, ref, ownerOrDecider, 'revoke');
    const before = of.row;
    const row = before.state === 'revoked' ? before : await revokeVersion(ctx, tx, of, why);
    // What was never served was never shown: nothing of the skill changes, not even the time of its last change.
    if (row !== before && before.served_at !== null) await show(ctx, tx, of.skill.id);
    return { row, also: await revokeTwins(ctx, tx, of, why, row !== before) };
  });
  ctx.wake();
  return revoked;
};

/** States of the same bytes that go with a revocation. What was not served yet waits for a person by itself (judging.ts). */
const alike: ReadonlySet<VersionState> = new Set<VersionState>([...releasable, 'yanked']);

/**
 * Revokes the same bytes elsewhere, as far as the actor may: else anybody could publish another's files under a name of their own and have them withdrawn everywhere. Of what stays an alarm
 * tells, not the answer: it may lie where the actor must not look.
 * @param first whether this is news, and worth an alarm
 */
async function revokeTwins(ctx: Context, tx: Tx, of: VersionPlace, why: Why, first: boolean): Promise<string[]> {
  const also: string[] = [];
  for (const { id, state } of await twinsOf(tx, of.row)) {
    if (!alike.has(state)) continue;
    const twin = await versionById(ctx.store, tx, id);
    if (twin === undefined) continue;
    const place: VersionPlace = { ...twin, member: await memberOf(ctx.store, tx, twin.namespace.id, why.by.user?.id) };
    if (ownerOrDecider(why.by, place)) {
      await revokeVersion(ctx, tx, place, why, { with: refOf(of) });
      await show(ctx, tx, place.skill.id);
      also.push(refOf(place));
    } else if (first && releasable.has(state)) {
      const says = `The very files that were revoked as ${refOf(of)} are still served as ${refOf(place)}: ${why.reason}`;
      ctx.log.error({ alarm: 'alarm.revoked-bytes', subject: refOf(place) }, says);
      await tell(ctx, tx, {
        type: 'alarm.revoked-bytes',
        actor: actorOf(system),
        subject: refOf(place),
        reason: says,
        data: { version: id, revoked: of.row.id },
      });
    }
  }
  return also;
}

interface Why {
  readonly by: Actor;
  readonly reason: string;
  readonly severity: RevokeSeverity;
  readonly replacement?: string;
}

/** Withdraws a version for good; its signed revocation follows. The caller brings the skill's texts and the index up to date. */
export async function revokeVersion(
  ctx: Context,
  tx: Tx,
  of: Parameters<typeof move>[2],
  why: Why,
  more: Readonly<Record<string, unknown>> = {},
): Promise<VersionRow> {
  const { by, reason, ...data } = why;
  const row = await move(ctx, tx, of, { to: 'revoked', by, reason, data: { ...data, ...more } });
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
