/**
 * What waits for the actor's decision, and what of the actor's waits for others, page by page. The database picks and orders: what is read is as much as is shown, however much waits, and
 * somebody who decides nothing costs no more than their own versions. What it picks is believed only row by row; an item that is not what we wrote is an alarm and hides no other.
 */
import { setImmediate } from 'node:timers/promises';
import { hasScope, needScope, type SignedIn } from '../auth/rights.ts';
import { RegistryError } from '../errors.ts';
import type { Actor, VersionState } from '../model.ts';
import { userById } from '../store/accounts.ts';
import { approvalsOf, versionById } from '../store/versions.ts';
import { alarm } from './alarm.ts';
import type { Context } from './context.ts';
import type { Queue, QueueItem, QueueQuery, VersionInfo } from './contract.ts';
import { readGrowth } from './growth.ts';

const usual = 100;
const most = 200;
/** A place in the queue: time, then id. */
const cursor = /^(\d{1,15})\.([A-Za-z0-9_-]{1,100})$/;

interface Place {
  readonly id: string;
  readonly created_at: number;
}

export async function queue(ctx: Context, actor: Actor, query: QueueQuery = {}): Promise<Queue> {
  needScope(actor, 'read');
  const limit = Math.min(most, Math.max(1, Math.trunc(query.limit ?? usual)));
  const forMe = hasScope(actor, 'approve') && query.forMe !== null ? await decidable(ctx, actor, query, limit + 1) : [];
  const mine = query.mine !== null ? await own(ctx, actor, query, limit + 1) : [];
  return {
    forMe: await items(ctx, forMe.slice(0, limit)),
    mine: await items(ctx, mine.slice(0, limit)),
    next: { forMe: cursorOf(forMe, limit), mine: cursorOf(mine, limit) },
  };
}

const cursorOf = (found: readonly Place[], limit: number): string | null => {
  const last = found[limit - 1];
  return last === undefined || found.length <= limit ? null : `${last.created_at}.${last.id}`;
};

/** Waiting versions that the actor's token reaches, oldest first. */
function waiting(
  ctx: Context,
  actor: SignedIn,
  { name }: QueueQuery,
  after: string | null | undefined,
  states: readonly VersionState[],
  limit: number,
) {
  const from = after == null ? undefined : (cursor.exec(after) ?? bad());
  return ctx.store.db
    .selectFrom('versions')
    .innerJoin('skills', 'skills.id', 'versions.skill_id')
    .innerJoin('namespaces', 'namespaces.id', 'skills.namespace_id')
    .select(['versions.id', 'versions.created_at'])
    .where('versions.state', 'in', [...states])
    .$if(actor.namespaces !== undefined, (found) => found.where('namespaces.handle', 'in', [...(actor.namespaces ?? [])]))
    .$if(name !== undefined, (found) => found.where('skills.slug', '=', name!.slug))
    .$if(name?.owner !== undefined, (found) => found.where('namespaces.handle', '=', name!.owner!))
    .$if(from !== undefined, (found) =>
      found.where((is) =>
        is.or([
          is('versions.created_at', '>', Number(from![1])),
          is.and([is('versions.created_at', '=', Number(from![1])), is('versions.id', '>', from![2]!)]),
        ]),
      ),
    )
    .orderBy('versions.created_at')
    .orderBy('versions.id')
    .limit(limit);
}

const bad = (): never => {
  throw new RegistryError('bad-input', 'The cursor is not one that this registry gave out for the queue. Start again without one.');
};

/**
 * Held versions that the actor may decide about and has not approved since they wait; what the scan blocks stays, for an approval may lack its break-glass. What came back (the signer refused
 * it, its bytes were revoked) waits for everybody again, or it would wait unseen.
 */
const decidable = (ctx: Context, actor: SignedIn, query: QueueQuery, limit: number): Promise<Place[]> =>
  waiting(ctx, actor, query, query.forMe, ['held'], limit)
    .$if(!ctx.config.policy.approval.solo, (found) => found.where('versions.publisher_id', '!=', actor.user.id))
    .where((is) =>
      is.or([
        is('versions.decision', '=', 'block'),
        is.not(
          is.exists(
            is
              .selectFrom('approvals')
              .select('approvals.id')
              .whereRef('approvals.version_id', '=', 'versions.id')
              .where('approvals.user_id', '=', actor.user.id)
              .where('approvals.decision', '=', 'approve')
              .where('approvals.created_at', '>=', (of) =>
                of
                  .selectFrom('events')
                  .select((on) => on.fn.coalesce('events.at', on.lit(0)).as('at'))
                  .whereRef('events.seq', '=', 'versions.moved_seq'),
              ),
          ),
        ),
      ]),
    )
    .execute();

const own = (ctx: Context, actor: SignedIn, query: QueueQuery, limit: number): Promise<Place[]> =>
  waiting(ctx, actor, query, query.mine, ['quarantined', 'held', 'approved'], limit).where('versions.publisher_id', '=', actor.user.id).execute();

async function items(ctx: Context, places: readonly Place[]): Promise<QueueItem[]> {
  const found: QueueItem[] = [];
  for (const { id } of places) {
    await setImmediate();
    try {
      const of = await versionById(ctx.store, ctx.store.db, id);
      if (of !== undefined) found.push(await item(ctx, of));
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code !== 'tampered') throw error;
      await alarm(ctx, 'alarm.tampered', id, error.message);
    }
  }
  return found;
}

async function item(ctx: Context, of: VersionInfo): Promise<QueueItem> {
  const { row } = of;
  const handleOf = async (id: string): Promise<string> => (await userById(ctx.store, ctx.store.db, id))?.handle ?? id;
  const approvals: QueueItem['approvals'][number][] = [];
  for (const one of await approvalsOf(ctx.store, ctx.store.db, row))
    approvals.push({ user: one.user_id, handle: await handleOf(one.user_id), decision: one.decision, reason: one.reason, at: one.created_at });
  return {
    versionId: row.id,
    owner: of.owner,
    slug: of.slug,
    version: row.version,
    state: row.state,
    reason: row.state_reason,
    decision: row.decision,
    growth: readGrowth(row.growth),
    publisher: { id: row.publisher_id, handle: await handleOf(row.publisher_id) },
    approvals,
    needed: ctx.config.policy.approval.approvers,
    breakGlass: row.decision === 'block',
    archiveSha256: row.archive_sha256,
    reportSha256: row.report_sha256,
    createdAt: row.created_at,
    notBefore: row.not_before,
  };
}
