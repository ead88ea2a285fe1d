/** Users, tokens, namespaces and publisher keys as the registry tells of them. */
import { Type } from 'typebox';
import { ask } from './api.ts';
import type { Http } from './http.ts';
import { PREFIX } from './wire.ts';

const time = Type.Number();
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const at = (...parts: string[]): string => `${PREFIX}/${parts.map(encodeURIComponent).join('/')}`;

export const User = Type.Object({
  handle: Type.String(),
  displayName: Type.String(),
  role: Type.String(),
  createdAt: time,
  disabledAt: orNull(time),
});
export const Token = Type.Object({
  id: Type.String(),
  user: Type.String(),
  label: Type.String(),
  scopes: Type.Array(Type.String()),
  namespaces: orNull(Type.Array(Type.String())),
  kind: Type.String(),
  createdAt: time,
  expiresAt: orNull(time),
  revokedAt: orNull(time),
  lastUsedAt: orNull(time),
});
export const Namespace = Type.Object({
  handle: Type.String(),
  displayName: Type.String(),
  visibility: Type.String(),
  role: orNull(Type.String()),
  createdAt: time,
});
export const Member = Type.Object({ user: Type.String(), role: Type.String(), since: time });
export const PublisherKey = Type.Object({
  keyid: Type.String(),
  user: Type.String(),
  label: Type.String(),
  pem: Type.String(),
  createdAt: time,
  revokedAt: orNull(time),
});
export type User = Type.Static<typeof User>;
export type Token = Type.Static<typeof Token>;
export type Namespace = Type.Static<typeof Namespace>;
export type PublisherKey = Type.Static<typeof PublisherKey>;

const OneUser = Type.Object({ user: User });

export const listUsers = async (http: Http): Promise<User[]> =>
  (await ask(http, Type.Object({ users: Type.Array(User) }), 'GET', at('users'), 'its users')).users;
export const addUser = async (http: Http, body: { handle: string; role: string; displayName?: string; similar?: boolean }): Promise<User> =>
  (await ask(http, OneUser, 'POST', at('users'), body.handle, { body })).user;
export const setRole = async (http: Http, handle: string, role: string): Promise<User> =>
  (await ask(http, OneUser, 'PUT', at('users', handle, 'role'), handle, { body: { role } })).user;
export const switchUser = async (http: Http, handle: string, to: 'disable' | 'enable', reason: string | undefined): Promise<User> =>
  (await ask(http, OneUser, 'POST', at('users', handle, to), handle, { body: reason === undefined ? {} : { reason } })).user;

export const listTokens = async (http: Http, query: { user?: string; all?: string }): Promise<Token[]> =>
  (await ask(http, Type.Object({ tokens: Type.Array(Token) }), 'GET', at('tokens'), 'tokens', { query })).tokens;
export const addToken = (
  http: Http,
  body: { user?: string; label: string; scopes: string[]; namespaces?: string[]; expiresAt?: number; kind?: string },
): Promise<{ token: string; record: Token }> =>
  ask(http, Type.Object({ token: Type.String(), record: Token }), 'POST', at('tokens'), 'the token', { body });
/** What ended with a token, and what was made with it for others and goes on. */
const Ended = Type.Object({ id: Type.String(), also: Type.Array(Type.String()), forOthers: Type.Array(Type.String()) });
export const endToken = (http: Http, id: string, body: { reason?: string; keepMade?: boolean }): Promise<Type.Static<typeof Ended>> =>
  ask(http, Ended, 'DELETE', at('tokens', id), id, { body });
/** Ends all tokens of a user; how many there were. */
export const endTokensOf = async (http: Http, handle: string, reason: string | undefined): Promise<number> =>
  (
    await ask(http, Type.Object({ revoked: Type.Integer() }), 'POST', at('users', handle, 'revoke-tokens'), handle, {
      body: reason === undefined ? {} : { reason },
    })
  ).revoked;

const OneNamespace = Type.Object({ namespace: Namespace });
const WithMembers = Type.Object({ namespace: Namespace, members: Type.Array(Member) });
export const listNamespaces = async (http: Http): Promise<Namespace[]> =>
  (await ask(http, Type.Object({ namespaces: Type.Array(Namespace) }), 'GET', at('namespaces'), 'namespaces')).namespaces;
export const getNamespace = (http: Http, handle: string): Promise<Type.Static<typeof WithMembers>> =>
  ask(http, WithMembers, 'GET', at('namespaces', handle), handle);
export const addNamespace = async (
  http: Http,
  body: { handle: string; displayName?: string; visibility?: string; similar?: boolean },
): Promise<Namespace> => (await ask(http, OneNamespace, 'POST', at('namespaces'), body.handle, { body })).namespace;
export const setVisibility = async (http: Http, handle: string, visibility: string): Promise<Namespace> =>
  (await ask(http, OneNamespace, 'PUT', at('namespaces', handle, 'visibility'), handle, { body: { visibility } })).namespace;
export const setMember = (http: Http, handle: string, user: string, role: string): Promise<Type.Static<typeof Member>> =>
  ask(http, Member, 'PUT', at('namespaces', handle, 'members', user), handle, { body: { role } });
export const removeMember = async (http: Http, handle: string, user: string): Promise<void> =>
  void (await http.bytes('DELETE', at('namespaces', handle, 'members', user)));

export const listKeys = async (http: Http, query: { user?: string; all?: string }): Promise<PublisherKey[]> =>
  (await ask(http, Type.Object({ keys: Type.Array(PublisherKey) }), 'GET', at('publisher-keys'), 'publisher keys', { query })).keys;
export const registerKey = async (http: Http, pem: string, label: string): Promise<PublisherKey> =>
  (await ask(http, Type.Object({ key: PublisherKey }), 'POST', at('publisher-keys'), 'the key', { body: { pem, label } })).key;
export const endKey = (http: Http, keyid: string, reason: string | undefined): Promise<unknown> =>
  ask(http, Type.Object({ keyid: Type.String() }), 'DELETE', at('publisher-keys', keyid), keyid, { body: reason === undefined ? {} : { reason } });
