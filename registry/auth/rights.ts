/**
 * Who may do what: pure functions over an actor, a namespace and the actor's membership in it. Every right is the cut of three limits: the role of the user, the scopes of
 * the token, and the namespaces that the token is limited to. No function here gives more than each of the three alone would; a test holds them to it for all combinations.
 *
 * The limits of a token hold for reading too, and for public namespaces too: a token made for one namespace shows nothing else. Without them a leaked build token would map
 * the whole registry.
 */
import { RegistryError } from '../errors.ts';
import { type Actor, type MemberRole, roleScopes, type Scope, type Visibility } from '../model.ts';

/** What the rights depend on of a namespace. */
export interface Place {
  readonly handle: string;
  readonly visibility: Visibility;
}

/** The actor's own membership in that namespace, if any. */
export type Membership = { readonly role: MemberRole } | undefined;

/** True if both the user's role and the token carry the scope. */
export const hasScope = (actor: Actor, scope: Scope): boolean =>
  actor.user !== undefined && roleScopes[actor.user.role].includes(scope) && actor.scopes.has(scope);

const within = (actor: Actor, handle: string): boolean => actor.namespaces === undefined || actor.namespaces.includes(handle);

/** What an actor may read, in a form that a query can use. Everything listed is a condition; `canRead` is the same rule for one namespace. */
export interface Reach {
  /** Namespaces with these visibilities may be read by the actor whoever owns them. */
  readonly visibilities: readonly Visibility[];
  /** Namespaces of which this user is a member may be read as well. */
  readonly memberId: string | undefined;
  /** Nothing outside of these handles may be read; undefined = no such limit. */
  readonly within: readonly string[] | undefined;
}

/** The reach of an actor. `anonymousRead` is the server's setting. */
export function reachOf(actor: Actor, anonymousRead: boolean): Reach {
  if (actor.via === 'system') return { visibilities: ['public', 'internal', 'private'], memberId: undefined, within: undefined };
  if (actor.user === undefined) return { visibilities: anonymousRead ? ['public'] : [], memberId: undefined, within: actor.namespaces };
  if (!hasScope(actor, 'read')) return { visibilities: [], memberId: undefined, within: actor.namespaces };
  // Approvers see private namespaces in order to approve, so a token that can only read does not see them for its owner's role alone.
  const all = hasScope(actor, 'approve') || hasScope(actor, 'admin');
  return { visibilities: all ? ['public', 'internal', 'private'] : ['public', 'internal'], memberId: actor.user.id, within: actor.namespaces };
}

/** Public: anybody if the server allows that, else every user. Internal: every user. Private: members, and who may approve. Always with scope `read` and inside the token's limits. */
export function canRead(actor: Actor, namespace: Place, member: Membership, anonymousRead: boolean): boolean {
  const reach = reachOf(actor, anonymousRead);
  if (reach.within !== undefined && !reach.within.includes(namespace.handle)) return false;
  return reach.visibilities.includes(namespace.visibility) || (reach.memberId !== undefined && member !== undefined);
}

/** Owners and publishers of the namespace, and admins, with scope `publish`. The same people may yank, restore and tag. */
export function canPublish(actor: Actor, namespace: Place, member: Membership): boolean {
  if (!hasScope(actor, 'publish') || !within(actor, namespace.handle)) return false;
  return member?.role === 'owner' || member?.role === 'publisher' || hasScope(actor, 'admin');
}

/** Who may decide about versions of the namespace. That the publisher is somebody else is for the gate to see (gate/approvals.ts). */
export const canApprove = (actor: Actor, namespace: Place): boolean => hasScope(actor, 'approve') && within(actor, namespace.handle);

/** Owners (with scope `publish`) and admins (with scope `admin`) choose members and visibility. */
export function canAdminNamespace(actor: Actor, namespace: Place, member: Membership): boolean {
  if (!within(actor, namespace.handle)) return false;
  return hasScope(actor, 'admin') || (hasScope(actor, 'publish') && member?.role === 'owner');
}

/** Actions on the whole registry (users, every token, settings): scope `admin`, and a token that is not limited to some namespaces. */
export const canAdminRegistry = (actor: Actor): boolean => hasScope(actor, 'admin') && actor.namespaces === undefined;

/**
 * Throws RegistryError `unauthorized` for who is not signed in, `forbidden` for who lacks the scope.
 * The bodies `Unauthorized` and `Forbidden` make the clawhub client print how to sign in; a missing scope is told in words instead.
 */
export function needScope(actor: Actor, scope: Scope): asserts actor is SignedIn {
  if (actor.user === undefined) throw new RegistryError('unauthorized', 'Unauthorized');
  if (hasScope(actor, scope)) return;
  const role = roleScopes[actor.user.role].includes(scope);
  throw new RegistryError(
    'forbidden',
    role
      ? `This needs the scope "${scope}", which your token does not have. Sign in again, or use a token with that scope.`
      : `This needs the scope "${scope}", which the role "${actor.user.role}" of ${actor.user.handle} does not have. Ask an admin of this registry.`,
  );
}

/** An actor that stands for a person. */
export type SignedIn = Actor & { readonly user: NonNullable<Actor['user']> };

/** Like `needScope(actor, 'admin')`, and the token may not be limited to namespaces. */
export function needAdmin(actor: Actor): asserts actor is SignedIn {
  needScope(actor, 'admin');
  if (!canAdminRegistry(actor))
    throw new RegistryError('forbidden', 'This token is limited to some namespaces and cannot act on the whole registry.');
}
