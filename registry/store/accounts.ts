/**
 * Queries over users, tokens, namespaces, members and publisher keys. Every row that is given out has had its seal checked: what was written around us is never believed
 * (RegistryError `tampered`). Functions take the connection to ask: `store.db` for reading, the transaction inside `store.write`.
 */
import type { Kysely } from 'kysely';
import type { Store } from './index.ts';
import type { MemberRow, NamespaceRow, PublisherKeyRow, Schema, TokenRow, UserRow } from './schema.ts';

/** `store.db`, or the transaction one is in. */
export type Connection = Kysely<Schema>;

const checked = <R extends { seal: string }>(store: Store, table: Parameters<Store['sealed']>[0], row: R | undefined): R | undefined =>
  row === undefined ? undefined : store.sealed(table, row);

export const userById = async (store: Store, db: Connection, id: string): Promise<UserRow | undefined> =>
  checked(store, 'users', await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst());

/** @param handle lower case */
export const userByHandle = async (store: Store, db: Connection, handle: string): Promise<UserRow | undefined> =>
  checked(store, 'users', await db.selectFrom('users').selectAll().where('handle', '=', handle).executeTakeFirst());

/** All users, by handle. */
export const listUsers = async (store: Store, db: Connection): Promise<UserRow[]> =>
  (await db.selectFrom('users').selectAll().orderBy('handle').execute()).map((row) => store.sealed('users', row));

/** Admins that can still act. */
export const activeAdmins = async (store: Store, db: Connection): Promise<UserRow[]> =>
  (await db.selectFrom('users').selectAll().where('role', '=', 'admin').where('disabled_at', 'is', null).orderBy('handle').execute()).map((row) =>
    store.sealed('users', row),
  );

/** @param hash sha256 of the whole token, hex */
export const tokenByHash = async (store: Store, db: Connection, hash: string): Promise<TokenRow | undefined> =>
  checked(store, 'tokens', await db.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst());

export const tokenById = async (store: Store, db: Connection, id: string): Promise<TokenRow | undefined> =>
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

export const namespaceById = async (store: Store, db: Connection, id: string): Promise<NamespaceRow | undefined> =>
  checked(store, 'namespaces', await db.selectFrom('namespaces').selectAll().where('id', '=', id).executeTakeFirst());

/** @param handle lower case, without `@` */
export const namespaceByHandle = async (store: Store, db: Connection, handle: string): Promise<NamespaceRow | undefined> =>
  checked(store, 'namespaces', await db.selectFrom('namespaces').selectAll().where('handle', '=', handle).executeTakeFirst());

/** All namespaces, by handle. Which of them a caller may know of is decided with auth/rights.ts. */
export const listNamespaces = async (store: Store, db: Connection): Promise<NamespaceRow[]> =>
  (await db.selectFrom('namespaces').selectAll().orderBy('handle').execute()).map((row) => store.sealed('namespaces', row));

export const memberId = (namespaceId: string, userId: string): string => `${namespaceId}:${userId}`;

/** The membership of one user in one namespace. */
export const memberOf = async (store: Store, db: Connection, namespaceId: string, userId: string | undefined): Promise<MemberRow | undefined> =>
  userId === undefined
    ? undefined
    : checked(store, 'members', await db.selectFrom('members').selectAll().where('id', '=', memberId(namespaceId, userId)).executeTakeFirst());

/** Members of a namespace with the handles they go by, by handle. */
export async function listMembers(store: Store, db: Connection, namespaceId: string): Promise<{ row: MemberRow; handle: string }[]> {
  const rows = await db
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .selectAll('members')
    .select('users.handle as user_handle')
    .where('members.namespace_id', '=', namespaceId)
    .orderBy('users.handle')
    .execute();
  return rows.map(({ user_handle, ...row }) => ({ row: store.sealed('members', row), handle: user_handle }));
}

/** Memberships of one user. */
export const membershipsOf = async (store: Store, db: Connection, userId: string): Promise<MemberRow[]> =>
  (await db.selectFrom('members').selectAll().where('user_id', '=', userId).orderBy('id').execute()).map((row) => store.sealed('members', row));

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
      .selectAll()
      .$if(userId !== undefined, (query) => query.where('user_id', '=', userId!))
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .execute()
  ).map((row) => store.sealed('publisher_keys', row));

/** @param keyid sha256 of the SPKI DER, hex */
export const publisherKeyById = async (store: Store, db: Connection, keyid: string): Promise<PublisherKeyRow | undefined> =>
  checked(store, 'publisher_keys', await db.selectFrom('publisher_keys').selectAll().where('keyid', '=', keyid).executeTakeFirst());
