/**
 * Ending tokens, and with each what came of it. A thief's first act is to make a token of their own with the stolen one; so a token takes with it, all the way down, the tokens of its user
 * that were made with it, and the device logins that were approved with it and not fetched yet. Which token made which is in the audit log (`token.created` names the token that was
 * used). Tokens that an admin made for somebody else are that person's and stay: they are told, to be looked at.
 *
 * A row that was changed from outside does not stop the others from ending: it is not believed anyway.
 */
import { sql } from 'kysely';
import { RegistryError } from '../errors.ts';
import type { Actor } from '../model.ts';
import type { Store } from '../store/index.ts';
import type { TokenRow, UserRow } from '../store/schema.ts';
import { type AccountContext, record, type Tx } from './context.ts';
import type { Granted } from './device.ts';

/** What ended, in the order in which it was made. */
export interface Ended {
  /** Ids of tokens. */
  readonly tokens: readonly string[];
  /** Ids of device logins that were approved and now get nothing. */
  readonly logins: readonly string[];
  /** Ids of tokens that an admin made with it for other people. They are as good as before. */
  readonly forOthers: readonly string[];
}

export interface Ending {
  readonly reason?: string;
  /** Leave good what was made with it: for who changes an old token for a new one. */
  readonly keepMade?: boolean | undefined;
}

/** Ends one token for good. One that has ended already still takes with it what was made with it. */
export async function endToken(context: AccountContext, tx: Tx, actor: Actor, row: TokenRow, how: Ending): Promise<Ended> {
  const { store } = context;
  const why = how.reason === undefined ? {} : { reason: how.reason };
  const ended: string[] = [];
  if (await end(context, tx, row)) {
    await record(context, tx, actor, 'token.revoked', row.id, { ...why, data: { label: row.label } });
    ended.push(row.id);
  }
  const { own, forOthers } = await madeWith(store, tx, row);
  for (const child of how.keepMade === true ? [] : own) {
    if (!(await end(context, tx, child))) continue;
    await record(context, tx, actor, 'token.revoked', child.id, { ...why, data: { label: child.label, madeWith: row.id } });
    ended.push(child.id);
  }
  const dead = new Set([row.id, ...(how.keepMade === true ? [] : own.map(({ id }) => id))]);
  return { tokens: ended, logins: await denyLogins(context, tx, actor, row.user_id, dead), forOthers };
}

/** Ends all tokens of a user, and all device logins that they approved, by whatever means. */
export async function endTokensOf(context: AccountContext, tx: Tx, actor: Actor, user: UserRow, how: Pick<Ending, 'reason'>): Promise<Ended> {
  const { store } = context;
  const rows = await tx.selectFrom('tokens').selectAll().where('user_id', '=', user.id).orderBy('created_at').orderBy('id').execute();
  const ended: string[] = [];
  for (const row of rows) {
    if (!isOurs(store, row) || !(await end(context, tx, row))) continue;
    await record(context, tx, actor, 'token.revoked', row.id, { ...how, data: { label: row.label, user: user.handle } });
    ended.push(row.id);
  }
  return { tokens: ended, logins: await denyLogins(context, tx, actor, user.id, undefined), forOthers: [] };
}

/** False if it had ended before. */
async function end({ store, now }: AccountContext, tx: Tx, row: TokenRow): Promise<boolean> {
  if (row.revoked_at !== null) return false;
  await store.patch(tx, 'tokens', row.id, { revoked_at: now() });
  return true;
}

/** The tokens that were made with a token and, for the same user, with those in turn. */
async function madeWith(store: Store, tx: Tx, root: TokenRow): Promise<{ readonly own: readonly TokenRow[]; readonly forOthers: readonly string[] }> {
  const own = new Map<string, TokenRow>([[root.id, root]]);
  const forOthers = new Set<string>();
  // A map hands out what is added while it is walked.
  for (const parent of own.keys()) {
    const { rows } = await sql<TokenRow>`select t.* from events e join tokens t on t.id = e.subject
      where e.type = 'token.created' and json_extract(e.event, '$.actor.token') = ${parent} order by e.seq`.execute(tx);
    for (const row of rows) {
      if (row.user_id !== root.user_id) forOthers.add(row.id);
      else if (!own.has(row.id) && isOurs(store, row)) own.set(row.id, row);
    }
  }
  own.delete(root.id);
  return { own: [...own.values()], forOthers: [...forOthers] };
}

function isOurs(store: Store, row: TokenRow): boolean {
  try {
    store.sealed('tokens', row);
    return true;
  } catch (error) {
    if (error instanceof RegistryError) return false;
    throw error;
  }
}

/** @param approvedWith tokens; undefined for logins approved in any way */
async function denyLogins(
  context: AccountContext,
  tx: Tx,
  actor: Actor,
  userId: string,
  approvedWith: ReadonlySet<string> | undefined,
): Promise<string[]> {
  const { store } = context;
  const rows = await tx.selectFrom('device_codes').selectAll().where('user_id', '=', userId).where('state', '=', 'approved').orderBy('id').execute();
  const denied: string[] = [];
  for (const row of rows) {
    try {
      store.sealed('device_codes', row);
    } catch (error) {
      if (error instanceof RegistryError) continue;
      throw error;
    }
    const { token } = JSON.parse(row.granted!) as Granted;
    if (approvedWith !== undefined && (token === null || !approvedWith.has(token))) continue;
    await store.patch(tx, 'device_codes', row.id, { state: 'denied' });
    await record(context, tx, actor, 'device.denied', row.id, { data: { label: row.label } });
    denied.push(row.id);
  }
  return denied;
}
