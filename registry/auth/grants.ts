/**
 * Giving out tokens and taking them back. Nobody gives more than they have: a token made with a token has at most its scopes, its namespaces and its lifetime. Admins make tokens
 * for others, within the role of that user.
 */
import { RegistryError } from '../errors.ts';
import { type Actor, roleScopes, type Scope } from '../model.ts';
import { tokenById } from '../store/accounts.ts';
import type { Store } from '../store/index.ts';
import type { TokenRow, UserRow } from '../store/schema.ts';
import { type AccountContext, needPerson, needSelf, needText, needUser, needWholePerson, record, type Tx } from './context.ts';
import { type Ended, endToken } from './ending.ts';
import { needHandle } from './names.ts';
import { seeNamespace } from './namespaces.ts';
import { canAdminRegistry, hasScope, needAdmin, type SignedIn } from './rights.ts';
import { createToken, needToken, scopeList } from './tokens.ts';
import { reasonOf } from './users.ts';

export interface TokenRequest {
  /** Handle of the user; oneself by default. */
  readonly user?: string | undefined;
  readonly label: string;
  readonly scopes: readonly Scope[];
  readonly namespaces?: readonly string[] | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt?: number | undefined;
  readonly kind?: TokenRow['kind'] | undefined;
}

export interface GrantedToken {
  readonly row: TokenRow;
  readonly user: UserRow;
  /** Shown once. */
  readonly token: string;
}

/** Throws RegistryError `unauthorized`, `forbidden`, `bad-input` or `not-found`. */
export async function grantToken(context: AccountContext, actor: Actor, wanted: TokenRequest): Promise<GrantedToken> {
  needPerson(actor);
  const scopes = scopeList(wanted.scopes);
  const label = needText(wanted.label, 'The label of a token', 100);
  const { store, now } = context;
  return store.write(async (tx) => {
    const self = await needSelf(store, tx, actor);
    const user = wanted.user === undefined ? self : await forUser(store, tx, actor, self, wanted.user);
    const own = user.id === self.id;
    const beyond = scopes.find((scope) => !roleScopes[user.role].includes(scope));
    if (beyond !== undefined)
      throw new RegistryError(
        'bad-input',
        `${user.handle} has the role "${user.role}", which the scope "${beyond}" is not part of. Change the role first, or leave it out.`,
      );
    const missing = own ? scopes.find((scope) => !hasScope(actor, scope)) : undefined;
    if (missing !== undefined)
      throw new RegistryError('forbidden', `The token you use does not have the scope "${missing}" and cannot give it to another one.`);
    const namespaces = await limitOf(store, tx, actor, wanted.namespaces);
    const expiresAt = own ? await lifetimeOf(store, tx, actor, wanted.expiresAt) : wanted.expiresAt;
    const made = await createToken(store, tx, { userId: user.id, label, scopes, namespaces, expiresAt, kind: wanted.kind ?? 'bearer' }, now());
    await record(context, tx, actor, 'token.created', made.row.id, {
      data: { user: user.handle, label, scopes, namespaces: namespaces ?? null, expiresAt: expiresAt ?? null, kind: made.row.kind },
    });
    return { ...made, user };
  });
}

async function forUser(store: Store, tx: Tx, actor: SignedIn, self: UserRow, handle: string): Promise<UserRow> {
  if (needHandle(handle) === self.handle) return self;
  needAdmin(actor);
  const user = await needUser(store, tx, handle);
  if (user.disabled_at !== null) throw new RegistryError('conflict', `${user.handle} is disabled. Enable the user first.`);
  return user;
}

async function limitOf(store: Store, tx: Tx, actor: SignedIn, wanted: readonly string[] | undefined): Promise<readonly string[] | undefined> {
  if (wanted === undefined) return actor.namespaces;
  const handles = wanted.map(needHandle);
  for (const handle of handles) {
    if (actor.namespaces !== undefined && !actor.namespaces.includes(handle))
      throw new RegistryError('forbidden', `The token you use is limited to other namespaces than @${handle}.`);
    // One that the actor may not read does not exist for them.
    await seeNamespace(store, tx, actor, handle, true);
  }
  return handles;
}

/** The expiry that a token made with the actor's token may have. Throws RegistryError `forbidden` for a later one. */
export async function lifetimeOf(store: Store, tx: Tx, actor: SignedIn, wanted: number | undefined): Promise<number | undefined> {
  if (actor.tokenId === undefined) return wanted;
  const parent = await tokenById(store, tx, actor.tokenId);
  if (parent === undefined || parent.revoked_at !== null) throw new RegistryError('unauthorized', 'Unauthorized');
  if (parent.expires_at === null) return wanted;
  if (wanted !== undefined && wanted > parent.expires_at)
    throw new RegistryError(
      'forbidden',
      `The token you use ends at ${new Date(parent.expires_at).toISOString()}; one made with it cannot live longer.`,
    );
  return wanted ?? parent.expires_at;
}

export interface WithdrawnToken {
  readonly row: TokenRow;
  readonly ended: Ended;
}

/**
 * Ends a token of one's own, or as an admin anybody's, and with it what was made with it (ending.ts) unless that is to be kept.
 * Throws RegistryError `unauthorized` or `not-found`, also for a token that is somebody else's.
 */
export async function withdrawToken(
  context: AccountContext,
  actor: Actor,
  id: string,
  how: { readonly reason?: string | undefined; readonly keepMade?: boolean | undefined } = {},
): Promise<WithdrawnToken> {
  needPerson(actor);
  // A token limited to some namespaces may end itself, not its owner's others.
  if (id !== actor.tokenId) needWholePerson(actor);
  const { store } = context;
  return store.write(async (tx) => {
    const row = await needToken(store, tx, id);
    if (row.user_id !== actor.user.id && !canAdminRegistry(actor)) throw new RegistryError('not-found', 'There is no such token.');
    const ended = await endToken(context, tx, actor, row, { ...reasonOf(how.reason), keepMade: how.keepMade });
    return { row: await needToken(store, tx, id), ended };
  });
}
