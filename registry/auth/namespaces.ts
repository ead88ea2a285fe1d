/**
 * Namespaces: who owns a part of the names, who may publish there, who may read it. A namespace that one may not read does not exist for one, in the same words. It always keeps an
 * owner. Handles of users and namespaces are one set of names, so nobody can own a namespace that is called like somebody else.
 */
import { visible } from '../../scanner/report/escape.ts';
import { RegistryError } from '../errors.ts';
import type { Actor, MemberRole, Visibility } from '../model.ts';
import {
  type Connection,
  listMembers,
  listNamespaces,
  memberAsStored,
  memberId,
  memberOf,
  membershipsOf,
  namespaceAsStored,
  namespaceByHandle,
  takenHandles,
  userByHandle,
} from '../store/accounts.ts';
import { newId, type Store } from '../store/index.ts';
import type { MemberRow, NamespaceRow, UserRow } from '../store/schema.ts';
import { indexNamespace } from '../store/search.ts';
import { type AccountContext, needSelf, needText, needUser, needWholePerson, plainHandle, record, type Tx } from './context.ts';
import { keptBack, needHandle, needOwnName, reservedHandles } from './names.ts';
import { canAdminNamespace, canRead, hasScope, needScope } from './rights.ts';

export interface NewNamespace {
  readonly handle: string;
  /** The handle by default. */
  readonly displayName?: string | undefined;
  /** `internal` by default. */
  readonly visibility?: Visibility | undefined;
  /** Take the handle although it could be taken for another one. Admins only. */
  readonly similar?: boolean | undefined;
}

/** Makes a namespace that the actor owns. Throws RegistryError `unauthorized`, `forbidden`, `bad-input`, `exists` or `name-reserved`. */
export async function createNamespace(context: AccountContext, actor: Actor, wanted: NewNamespace): Promise<NamespaceRow> {
  needWholePerson(actor);
  needScope(actor, 'publish');
  const { store } = context;
  const handle = needHandle(wanted.handle);
  const admin = hasScope(actor, 'admin');
  return store.write(async (tx) => {
    const owner = await needSelf(store, tx, actor);
    const taken = await takenHandles(tx);
    // One's own name is free for oneself.
    if (owner.handle === handle && (await namespaceByHandle(store, tx, handle)) === undefined) taken.delete(handle);
    if (taken.has(handle)) {
      // A namespace that one may not read sounds like a name that is kept back. Users know of each other.
      const there = await namespaceByHandle(store, tx, handle);
      const hidden =
        there !== undefined &&
        (await userByHandle(store, tx, handle)) === undefined &&
        !canRead(actor, there, await memberOf(store, tx, there.id, owner.id), true);
      throw hidden ? keptBack(handle) : new RegistryError('exists', `The name "${handle}" is taken.`);
    }
    if (owner.handle !== handle) needOwnName(handle, reservedHandles, admin && wanted.similar === true ? [] : taken, admin);
    return insertNamespace(context, tx, actor, {
      handle,
      displayName: wanted.displayName ?? handle,
      visibility: wanted.visibility ?? 'internal',
      owner,
    });
  });
}

/** The rows of a new namespace whose handle has been checked. */
export async function insertNamespace(
  context: AccountContext,
  tx: Tx,
  actor: Actor,
  wanted: { readonly handle: string; readonly displayName: string; readonly visibility: Visibility; readonly owner: UserRow },
): Promise<NamespaceRow> {
  const { store, now } = context;
  const row = store.seal<NamespaceRow>('namespaces', {
    id: newId('ns'),
    handle: wanted.handle,
    display_name: needText(wanted.displayName, 'The name of a namespace', 80),
    visibility: wanted.visibility,
    created_by: wanted.owner.id,
    created_at: now(),
  });
  await tx.insertInto('namespaces').values(row).execute();
  await insertMember(context, tx, row, wanted.owner, 'owner');
  await record(context, tx, actor, 'namespace.created', `@${row.handle}`, {
    data: { id: row.id, visibility: row.visibility, owner: wanted.owner.handle },
  });
  return row;
}

async function insertMember({ store, now }: AccountContext, tx: Tx, namespace: NamespaceRow, user: UserRow, role: MemberRole): Promise<MemberRow> {
  const row = store.seal<MemberRow>('members', {
    id: memberId(namespace.id, user.id),
    namespace_id: namespace.id,
    user_id: user.id,
    role,
    created_at: now(),
  });
  await tx.insertInto('members').values(row).execute();
  return row;
}

/** A namespace with the actor's own membership in it. */
export interface SeenNamespace {
  readonly row: NamespaceRow;
  readonly member: MemberRow | undefined;
}

const unseen = (handle: string): RegistryError => new RegistryError('not-found', `There is no namespace "@${visible(handle).slice(0, 80)}".`);

/** A namespace that the actor may read. Throws RegistryError `not-found` otherwise, whether it exists or not. */
export async function seeNamespace(store: Store, db: Connection, actor: Actor, handle: string, anonymousRead: boolean): Promise<SeenNamespace> {
  const plain = plainHandle(handle);
  const row = await namespaceByHandle(store, db, plain);
  if (row === undefined) throw unseen(plain);
  const member = await memberOf(store, db, row.id, actor.user?.id);
  if (!canRead(actor, row, member, anonymousRead)) throw unseen(plain);
  return { row, member };
}

/** Every namespace that the actor may read, by handle. */
export async function seeNamespaces({ store }: AccountContext, actor: Actor, anonymousRead: boolean): Promise<SeenNamespace[]> {
  const mine = new Map((actor.user === undefined ? [] : await membershipsOf(store, store.db, actor.user.id)).map((row) => [row.namespace_id, row]));
  return (await listNamespaces(store, store.db))
    .map((row) => ({ row, member: mine.get(row.id) }))
    .filter(({ row, member }) => canRead(actor, row, member, anonymousRead));
}

/** Inside a change: the namespace, if the actor may run it. Throws RegistryError `not-found`, `unauthorized` or `forbidden`. */
async function needRun(store: Store, tx: Tx, actor: Actor, handle: string): Promise<NamespaceRow & { readonly stands: boolean }> {
  const plain = plainHandle(handle);
  const found = await namespaceAsStored(store, tx, plain);
  if (found === undefined) throw unseen(plain);
  const { row, stands } = found;
  const member = await memberOf(store, tx, row.id, actor.user?.id);
  // A row that was put back from when the namespace was open opens nothing. Whoever runs it may set things right.
  if (!canRead(actor, stands ? row : { ...row, visibility: 'private' }, member, false)) throw unseen(plain);
  if (!canAdminNamespace(actor, row, member)) {
    needScope(actor, 'publish');
    throw new RegistryError('forbidden', `Only owners of @${row.handle} and admins may change it.`);
  }
  return { ...row, stands };
}

/** Adds a member, or gives one another role. Throws RegistryError `not-found`, `forbidden`, or `conflict` for the last owner. */
export async function setMember(context: AccountContext, actor: Actor, handle: string, user: string, role: MemberRole): Promise<MemberRow> {
  needScope(actor, 'publish');
  const { store } = context;
  return store.write(async (tx) => {
    const namespace = await needRun(store, tx, actor, handle);
    const person = await needUser(store, tx, user);
    const before = await memberAsStored(store, tx, namespace.id, person.id);
    if (before?.role === role) return before;
    if (before === undefined) {
      await record(context, tx, actor, 'member.added', `@${namespace.handle}`, { data: { user: person.handle, role } });
      return insertMember(context, tx, namespace, person, role);
    }
    await needOtherOwner(store, tx, namespace, before);
    await record(context, tx, actor, 'member.role-changed', `@${namespace.handle}`, { data: { user: person.handle, from: before.role, to: role } });
    return store.patch(tx, 'members', before.id, { role });
  });
}

/** Throws RegistryError `not-found`, `forbidden`, or `conflict` for the last owner. */
export async function removeMember(context: AccountContext, actor: Actor, handle: string, user: string): Promise<void> {
  needScope(actor, 'publish');
  const { store } = context;
  await store.write(async (tx) => {
    const namespace = await needRun(store, tx, actor, handle);
    const person = await needUser(store, tx, user);
    const before = await memberAsStored(store, tx, namespace.id, person.id);
    if (before === undefined) throw new RegistryError('not-found', `${person.handle} is not a member of @${namespace.handle}.`);
    await needOtherOwner(store, tx, namespace, before);
    await tx.deleteFrom('members').where('id', '=', before.id).execute();
    await record(context, tx, actor, 'member.removed', `@${namespace.handle}`, { data: { user: person.handle, role: before.role } });
  });
}

async function needOtherOwner(store: Store, tx: Tx, namespace: NamespaceRow, leaving: MemberRow): Promise<void> {
  if (leaving.role !== 'owner') return;
  const owners = (await listMembers(store, tx, namespace.id)).filter(({ row }) => row.role === 'owner' && row.id !== leaving.id);
  if (owners.length === 0)
    throw new RegistryError('conflict', `@${namespace.handle} would be left without an owner. Make somebody else an owner first.`);
}

/** Throws RegistryError `not-found` or `forbidden`. */
export async function setVisibility(context: AccountContext, actor: Actor, handle: string, visibility: Visibility): Promise<NamespaceRow> {
  needScope(actor, 'publish');
  const { store } = context;
  return store.write(async (tx) => {
    const namespace = await needRun(store, tx, actor, handle);
    if (namespace.stands && namespace.visibility === visibility) return namespace;
    await record(context, tx, actor, 'namespace.visibility-changed', `@${namespace.handle}`, {
      data: { from: namespace.visibility, to: visibility },
    });
    const changed = await store.patch(tx, 'namespaces', namespace.id, { visibility });
    await indexNamespace(tx, namespace.id);
    return changed;
  });
}
