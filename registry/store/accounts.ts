/**
 * Queries over users, tokens, namespaces, members and publisher keys. Every row that is given out has had its seal checked: what was written around us is never believed
 * (RegistryError `tampered`). What decides about rights is also held against the audit log (account-log.ts), so that an old row that is put back is not believed either; the
 * functions `…AsStored` leave that out, for those who name a row in order to change it: revoking once more, for example, brings row and log together again.
 * Functions take the connection to ask: `store.db` for reading, the transaction inside `store.write`.
 */
import type { Kysely } from 'kysely';
import {
  keyRevoked,
  keyStands,
  memberRole,
  memberStands,
  namespaceStands,
  namespaceVisibility,
  outdated,
  tokenRevoked,
  tokenStands,
  userRole,
  userStands,
  userSwitched,
} from './account-log.ts';
import type { Store } from './index.ts';
import type { MemberRow, NamespaceRow, PublisherKeyRow, Schema, TokenRow, UserRow } from './schema.ts';

/** `store.db`, or the transaction one is in. */
export type Connection = Kysely<Schema>;

const checked = <R extends { seal: string }>(store: Store, table: Parameters<Store['sealed']>[0], row: R | undefined): R | undefined =>
  row === undefined ? undefined : store.sealed(table, row);

const users = (db: Connection) =>
  db
    .selectFrom('users')
    .selectAll('users')
    .select([userSwitched.as('log_switched'), userRole.as('log_role')]);
type FoundUser = Awaited<ReturnType<ReturnType<typeof users>['execute']>>[number];

/** The row, and whether the audit log has nothing later to say. */
function userOf(store: Store, { log_switched, log_role, ...user }: FoundUser): { readonly row: UserRow; readonly stands: boolean } {
  const row = store.sealed<UserRow>('users', user);
  return { row, stands: userStands(row, log_switched, log_role) };
}

function standingUser(store: Store, found: FoundUser | undefined): UserRow | undefined {
  if (found === undefined) return undefined;
  const { row, stands } = userOf(store, found);
  if (!stands) throw outdated('users', row.id);
  return row;
}

export const userById = async (store: Store, db: Connection, id: string): Promise<UserRow | undefined> =>
  standingUser(store, await users(db).where('users.id', '=', id).executeTakeFirst());

/** @param handle lower case */
export const userByHandle = async (store: Store, db: Connection, handle: string): Promise<UserRow | undefined> =>
  standingUser(store, await users(db).where('users.handle', '=', handle).executeTakeFirst());

/** @param handle lower case */
export const userAsStored = async (store: Store, db: Connection, handle: string): Promise<UserRow | undefined> =>
  checked(store, 'users', await db.selectFrom('users').selectAll().where('handle', '=', handle).executeTakeFirst());

/** All users, by handle, as stored. */
export const listUsers = async (store: Store, db: Connection): Promise<UserRow[]> =>
  (await db.selectFrom('users').selectAll().orderBy('handle').execute()).map((row) => store.sealed('users', row));

/** Admins that can still act. */
export const activeAdmins = async (store: Store, db: Connection): Promise<UserRow[]> =>
  (await users(db).where('users.role', '=', 'admin').where('users.disabled_at', 'is', null).orderBy('users.handle').execute())
    .map((found) => userOf(store, found))
    .flatMap(({ row, stands }) => (stands ? [row] : []));

const tokens = (db: Connection) => db.selectFrom('tokens').selectAll('tokens').select(tokenRevoked.as('log_revoked'));

function standingToken(store: Store, found: Awaited<ReturnType<ReturnType<typeof tokens>['execute']>>[number] | undefined): TokenRow | undefined {
  if (found === undefined) return undefined;
  const { log_revoked, ...token } = found;
  const row = store.sealed<TokenRow>('tokens', token);
  if (!tokenStands(row, log_revoked)) throw outdated('tokens', row.id);
  return row;
}

/** @param hash sha256 of the whole token, hex */
export const tokenByHash = async (store: Store, db: Connection, hash: string): Promise<TokenRow | undefined> =>
  standingToken(store, await tokens(db).where('tokens.hash', '=', hash).executeTakeFirst());

export const tokenById = async (store: Store, db: Connection, id: string): Promise<TokenRow | undefined> =>
  standingToken(store, await tokens(db).where('tokens.id', '=', id).executeTakeFirst());

export const tokenAsStored = async (store: Store, db: Connection, id: string): Promise<TokenRow | undefined> =>
  checked(store, 'tokens', await db.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirst());

/** A token as it may be listed: neither the token nor its hash. */
export interface ListedToken {
  readonly row: Omit<TokenRow, 'hash' | 'seal'>;
  readonly handle: string;
  readonly lastUsedAt: number | null;
}

/** Tokens, newest first; of one user or of all. */
export async function listTokens(store: Store, db: Connection, userId?: string): Promise<ListedToken[]> {
  const rows = await db
    .selectFrom('tokens')
    .innerJoin('users', 'users.id', 'tokens.user_id')
    .leftJoin('token_uses', 'token_uses.token_id', 'tokens.id')
    .selectAll('tokens')
    .select(['users.handle as user_handle', 'token_uses.last_used_at as last_used_at'])
    .$if(userId !== undefined, (query) => query.where('tokens.user_id', '=', userId!))
    .orderBy('tokens.created_at', 'desc')
    .orderBy('tokens.id')
    .execute();
  return rows.map(({ user_handle, last_used_at, ...token }) => {
    const { hash: _, seal: __, ...row } = store.sealed('tokens', token);
    return { row, handle: user_handle, lastUsedAt: last_used_at };
  });
}

const namespaces = (db: Connection) => db.selectFrom('namespaces').selectAll('namespaces').select(namespaceVisibility.as('log_visibility'));

function standingNamespace(
  store: Store,
  found: Awaited<ReturnType<ReturnType<typeof namespaces>['execute']>>[number] | undefined,
): NamespaceRow | undefined {
  if (found === undefined) return undefined;
  const { log_visibility, ...namespace } = found;
  const row = store.sealed<NamespaceRow>('namespaces', namespace);
  if (!namespaceStands(row, log_visibility)) throw outdated('namespaces', row.id);
  return row;
}

export const namespaceById = async (store: Store, db: Connection, id: string): Promise<NamespaceRow | undefined> =>
  standingNamespace(store, await namespaces(db).where('namespaces.id', '=', id).executeTakeFirst());

/** @param handle lower case, without `@` */
export const namespaceByHandle = async (store: Store, db: Connection, handle: string): Promise<NamespaceRow | undefined> =>
  standingNamespace(store, await namespaces(db).where('namespaces.handle', '=', handle).executeTakeFirst());

/** A namespace that somebody means to change. @param handle lower case, without `@` */
export async function namespaceAsStored(
  store: Store,
  db: Connection,
  handle: string,
): Promise<{ readonly row: NamespaceRow; readonly stands: boolean } | undefined> {
  const found = await namespaces(db).where('namespaces.handle', '=', handle).executeTakeFirst();
  if (found === undefined) return undefined;
  const { log_visibility, ...namespace } = found;
  const row = store.sealed<NamespaceRow>('namespaces', namespace);
  return { row, stands: namespaceStands(row, log_visibility) };
}

/** All namespaces, by handle, but for those that are not as the audit log has them. Which of them a caller may know of is decided with auth/rights.ts. */
export const listNamespaces = async (store: Store, db: Connection): Promise<NamespaceRow[]> =>
  (await namespaces(db).orderBy('namespaces.handle').execute()).flatMap(({ log_visibility, ...row }) => {
    const namespace = store.sealed<NamespaceRow>('namespaces', row);
    return namespaceStands(namespace, log_visibility) ? [namespace] : [];
  });

export const memberId = (namespaceId: string, userId: string): string => `${namespaceId}:${userId}`;

const members = (db: Connection) => db.selectFrom('members').selectAll('members').select(memberRole.as('log_role'));

/** Throws RegistryError `tampered` for one that the audit log knows to have ended or to be of another role. */
const standingMember = ({ log_role, ...row }: Awaited<ReturnType<ReturnType<typeof members>['execute']>>[number]): MemberRow => {
  if (!memberStands(row, log_role)) throw outdated('members', row.id);
  return row;
};

/** Memberships by id, held against the audit log, their seals unchecked. In no order. Throws RegistryError `tampered`. */
export const membersById = async (db: Connection, ids: readonly string[]): Promise<MemberRow[]> =>
  (await members(db).where('members.id', 'in', ids).execute()).map(standingMember);

/** The membership of one user in one namespace. */
export async function memberOf(store: Store, db: Connection, namespaceId: string, userId: string | undefined): Promise<MemberRow | undefined> {
  if (userId === undefined) return undefined;
  const [row] = await membersById(db, [memberId(namespaceId, userId)]);
  return checked(store, 'members', row);
}

export const memberAsStored = async (store: Store, db: Connection, namespaceId: string, userId: string): Promise<MemberRow | undefined> =>
  checked(store, 'members', await db.selectFrom('members').selectAll().where('id', '=', memberId(namespaceId, userId)).executeTakeFirst());

/** Members of a namespace with the handles they go by, by handle; without those that are not as the audit log has them. */
export async function listMembers(store: Store, db: Connection, namespaceId: string): Promise<{ row: MemberRow; handle: string }[]> {
  const rows = await members(db)
    .innerJoin('users', 'users.id', 'members.user_id')
    .select('users.handle as user_handle')
    .where('members.namespace_id', '=', namespaceId)
    .orderBy('users.handle')
    .execute();
  return rows.flatMap(({ user_handle, log_role, ...member }) => {
    const row = store.sealed<MemberRow>('members', member);
    return memberStands(row, log_role) ? [{ row, handle: user_handle }] : [];
  });
}

/** Memberships of one user. */
export const membershipsOf = async (store: Store, db: Connection, userId: string): Promise<MemberRow[]> =>
  (await members(db).where('members.user_id', '=', userId).orderBy('members.id').execute()).map((found) =>
    store.sealed('members', standingMember(found)),
  );

/** Every handle that is taken, by a user or by a namespace. Never freed. */
export async function takenHandles(db: Connection): Promise<Set<string>> {
  const users = await db.selectFrom('users').select('handle').execute();
  const namespaces = await db.selectFrom('namespaces').select('handle').execute();
  return new Set([...users, ...namespaces].map((row) => row.handle));
}

/** Keys of a user, or of all users, newest first; revoked ones too. */
export const listPublisherKeys = async (store: Store, db: Connection, userId?: string): Promise<PublisherKeyRow[]> =>
  (
    await db
      .selectFrom('publisher_keys')
      .selectAll('publisher_keys')
      .select(keyRevoked.as('log_revoked'))
      .$if(userId !== undefined, (query) => query.where('user_id', '=', userId!))
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .execute()
  ).map(({ log_revoked, ...key }) => {
    const row = store.sealed<PublisherKeyRow>('publisher_keys', key);
    if (!keyStands(row, log_revoked)) throw outdated('publisher_keys', row.id);
    return row;
  });

/** @param keyid sha256 of the SPKI DER, hex */
export const publisherKeyAsStored = async (store: Store, db: Connection, keyid: string): Promise<PublisherKeyRow | undefined> =>
  checked(store, 'publisher_keys', await db.selectFrom('publisher_keys').selectAll().where('keyid', '=', keyid).executeTakeFirst());
