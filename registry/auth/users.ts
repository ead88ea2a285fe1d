/**
 * Users: people and build machines. Handles are never freed. Only admins make or change users, and there is always an admin who can act: the last one can neither be disabled nor
 * given a smaller role. Disabling a user ends all of their tokens for good, so that enabling them again brings back the person and not what was stolen from them.
 */
import { RegistryError } from '../errors.ts';
import { type Actor, roleScopes, type UserRole } from '../model.ts';
import { activeAdmins, namespaceByHandle, takenHandles } from '../store/accounts.ts';
import { newId } from '../store/index.ts';
import type { NamespaceRow, UserRow } from '../store/schema.ts';
import { type AccountContext, needText, needUser, needWholePerson, plainHandle, record, type Tx } from './context.ts';
import { endTokensOf } from './ending.ts';
import { needHandle, needOwnName, reservedHandles } from './names.ts';
import { insertNamespace } from './namespaces.ts';
import { needAdmin } from './rights.ts';

export interface NewUser {
  readonly handle: string;
  /** The handle by default. */
  readonly displayName?: string | undefined;
  readonly role: UserRole;
  /** Take the handle although it could be taken for another one. */
  readonly similar?: boolean | undefined;
}

export interface CreatedUser {
  readonly user: UserRow;
  /** The user's own namespace; readers have none. */
  readonly namespace: NamespaceRow | undefined;
}

/** Throws RegistryError `unauthorized`, `forbidden`, `bad-input`, `exists` or `name-reserved`. */
export async function createUser(context: AccountContext, actor: Actor, wanted: NewUser): Promise<CreatedUser> {
  needAdmin(actor);
  const handle = needHandle(wanted.handle);
  return context.store.write(async (tx) => {
    const taken = await takenHandles(tx);
    if (taken.has(handle)) throw new RegistryError('exists', `The handle "${handle}" is taken.`);
    needOwnName(handle, reservedHandles, wanted.similar === true ? [] : taken, true);
    return insertUser(context, tx, actor, { ...wanted, handle });
  });
}

/** The rows of a new user whose handle has been checked. */
export async function insertUser(context: AccountContext, tx: Tx, actor: Actor, wanted: NewUser): Promise<CreatedUser> {
  const { store, now } = context;
  const user = store.seal<UserRow>('users', {
    id: newId('usr'),
    handle: wanted.handle,
    display_name: needText(wanted.displayName ?? wanted.handle, 'The name of a user', 80),
    role: wanted.role,
    created_at: now(),
    disabled_at: null,
  });
  await tx.insertInto('users').values(user).execute();
  await record(context, tx, actor, 'user.created', user.handle, { data: { id: user.id, role: user.role } });
  return { user, namespace: await ownNamespace(context, tx, actor, user) };
}

/** The namespace of the user's own name, made for all who may publish. */
async function ownNamespace(context: AccountContext, tx: Tx, actor: Actor, user: UserRow): Promise<NamespaceRow | undefined> {
  if (!roleScopes[user.role].includes('publish')) return undefined;
  const there = await namespaceByHandle(context.store, tx, user.handle);
  if (there !== undefined) return there;
  return insertNamespace(context, tx, actor, { handle: user.handle, displayName: user.display_name, visibility: 'internal', owner: user });
}

/** Throws RegistryError `not-found`, or `conflict` for the last admin. Disabling twice changes nothing. */
export async function disableUser(context: AccountContext, actor: Actor, handle: string, reason?: string): Promise<UserRow> {
  needAdmin(actor);
  const { store, now } = context;
  return store.write(async (tx) => {
    const user = await needUser(store, tx, handle);
    if (user.disabled_at !== null) return user;
    await needOtherAdmin(context, tx, user);
    const changed = await store.patch(tx, 'users', user.id, { disabled_at: now() });
    const { tokens, logins } = await endTokensOf(context, tx, actor, user, reasonOf(reason));
    await record(context, tx, actor, 'user.disabled', user.handle, { ...reasonOf(reason), data: { id: user.id, tokens, logins } });
    return changed;
  });
}

/** Throws RegistryError `not-found`. The user's old tokens stay revoked. */
export async function enableUser(context: AccountContext, actor: Actor, handle: string, reason?: string): Promise<UserRow> {
  needAdmin(actor);
  const { store } = context;
  return store.write(async (tx) => {
    const user = await needUser(store, tx, handle);
    if (user.disabled_at === null) return user;
    await record(context, tx, actor, 'user.enabled', user.handle, { ...reasonOf(reason), data: { id: user.id } });
    return store.patch(tx, 'users', user.id, { disabled_at: null });
  });
}

/** Gives a user another role; tokens keep only those of their scopes that the new role has. Throws RegistryError `not-found`, or `conflict` for the last admin. */
export async function setUserRole(context: AccountContext, actor: Actor, handle: string, role: UserRole): Promise<UserRow> {
  needAdmin(actor);
  const { store } = context;
  return store.write(async (tx) => {
    const user = await needUser(store, tx, handle);
    if (user.role === role) return user;
    if (role !== 'admin') await needOtherAdmin(context, tx, user);
    const changed = await store.patch(tx, 'users', user.id, { role });
    await record(context, tx, actor, 'user.role-changed', user.handle, { data: { id: user.id, from: user.role, to: role } });
    await ownNamespace(context, tx, actor, changed);
    return changed;
  });
}

/**
 * Ends every token of a user and every device login that they approved, for example after a theft: one's own, or as an admin anybody's. Returns how many tokens there were.
 * Throws RegistryError `unauthorized`, `forbidden` or `not-found`.
 */
export async function revokeTokensOf(context: AccountContext, actor: Actor, handle: string, reason?: string): Promise<number> {
  if (plainHandle(handle) === actor.user?.handle) needWholePerson(actor);
  else needAdmin(actor);
  const { store } = context;
  return store.write(async (tx) => {
    const user = await needUser(store, tx, handle);
    const { tokens, logins } = await endTokensOf(context, tx, actor, user, reasonOf(reason));
    if (tokens.length + logins.length > 0)
      await record(context, tx, actor, 'user.tokens-revoked', user.handle, { ...reasonOf(reason), data: { id: user.id, tokens, logins } });
    return tokens.length;
  });
}

async function needOtherAdmin({ store }: AccountContext, tx: Tx, user: UserRow): Promise<void> {
  if (user.role !== 'admin' || user.disabled_at !== null) return;
  const others = (await activeAdmins(store, tx)).filter((admin) => admin.id !== user.id);
  if (others.length === 0)
    throw new RegistryError('conflict', `${user.handle} is the last admin of this registry. Make somebody else an admin first.`);
}

export const reasonOf = (reason: string | undefined): { readonly reason?: string } =>
  reason === undefined ? {} : { reason: needText(reason, 'The reason', 500) };
