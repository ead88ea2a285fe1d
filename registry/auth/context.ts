/** What the operations on accounts share: where they write, what time it is, and how a decision gets into the audit log together with what it decides. */
import type { Transaction } from 'kysely';
import { visible } from '../../scanner/report/escape.ts';
import { RegistryError } from '../errors.ts';
import { type Actor, type AuditEvent, actorOf } from '../model.ts';
import { type Connection, userAsStored, userById } from '../store/accounts.ts';
import { appendEvent } from '../store/events.ts';
import type { Store } from '../store/index.ts';
import type { Schema, UserRow } from '../store/schema.ts';
import { needScope, type SignedIn } from './rights.ts';

export interface AccountContext {
  readonly store: Store;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export type Tx = Transaction<Schema>;

/** Appends an audit event of something that the actor did. In the transaction that does it. */
export const record = (
  context: AccountContext,
  tx: Tx,
  actor: Actor,
  type: string,
  subject: string,
  more: Pick<AuditEvent, 'reason' | 'data'> = {},
): Promise<unknown> => appendEvent(tx, { type, actor: actorOf(actor), subject, ...more }, context.now());

/** A handle as people write it, in the spelling that is stored. */
export const plainHandle = (handle: string): string => handle.trim().replace(/^@/, '').toLowerCase();

/** The user that somebody names, as stored. Throws RegistryError `not-found`. */
export async function needUser(store: Store, db: Connection, handle: string): Promise<UserRow> {
  const row = await userAsStored(store, db, plainHandle(handle));
  if (row === undefined) throw new RegistryError('not-found', `There is no user "${visible(handle).slice(0, 80)}".`);
  return row;
}

/**
 * The actor's own row, read inside the change: what was allowed when the request came may have been taken away since. Throws RegistryError `unauthorized`.
 */
export async function needSelf(store: Store, tx: Tx, actor: SignedIn): Promise<UserRow> {
  const row = await userById(store, tx, actor.user.id);
  if (row === undefined || row.disabled_at !== null) throw new RegistryError('unauthorized', 'Unauthorized');
  return row;
}

/**
 * For what concerns a person rather than a namespace (tokens, keys, new namespaces): a token that is limited to some namespaces, or that stands in addresses, is not the person.
 * Throws RegistryError `unauthorized` or `forbidden`.
 */
export function needPerson(actor: Actor): asserts actor is SignedIn {
  needScope(actor, 'read');
  if (actor.via === 'path-token') throw new RegistryError('forbidden', 'A path token can only read skills. Sign in with a bearer token.');
}

/** Like `needPerson`, and without a namespace limit. */
export function needWholePerson(actor: Actor): asserts actor is SignedIn {
  needPerson(actor);
  if (actor.namespaces !== undefined)
    throw new RegistryError('forbidden', 'This token is limited to some namespaces. This needs one without that limit.');
}

/** A text for people: 1 to `most` characters after trimming, on one line. Throws RegistryError `bad-input`. */
export function needText(text: string, what: string, most: number): string {
  const trimmed = text.trim();
  if (trimmed.length === 0 || trimmed.length > most || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(trimmed))
    throw new RegistryError('bad-input', `${what}: expected 1 to ${most} characters on one line.`);
  return trimmed;
}
