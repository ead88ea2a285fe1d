/**
 * The registry's nouns. Everything else in `registry/` is written in these words; rows of the database are in store/schema.ts.
 *
 * A *version* is the unit of trust: immutable bytes (one canonical archive) under `@owner/slug@version`. It is read by anybody only in a *releasable* state, and only with
 * a signed release statement (VSA) whose subject is those bytes.
 */

/** Where a version is in its life. `served` and `deprecated` are the only states in which its bytes or its existence may be read by those who may read the namespace. */
export type VersionState =
  /** Stored, not yet scanned. */
  | 'quarantined'
  /** Scanned; a person has to look. */
  | 'held'
  /** Final: the gate or an approver said no. */
  | 'refused'
  /** Allowed, waiting for the end of its cooldown and for the signature. */
  | 'approved'
  | 'served'
  /** Served with a warning and a replacement. */
  | 'deprecated'
  /** Withdrawn by its publisher or an admin; can be restored. */
  | 'yanked'
  /** Final: withdrawn for cause; a signed revocation says why. */
  | 'revoked';

export const releasable: ReadonlySet<VersionState> = new Set(['served', 'deprecated']);

/** Which state may follow which. The gate takes no other step. */
export const transitions: Readonly<Record<VersionState, readonly VersionState[]>> = {
  quarantined: ['held', 'refused', 'approved'],
  held: ['approved', 'refused'],
  refused: [],
  approved: ['served', 'held', 'refused', 'revoked'],
  served: ['deprecated', 'yanked', 'revoked'],
  deprecated: ['served', 'yanked', 'revoked'],
  yanked: ['served', 'revoked'],
  revoked: [],
};

export type Scope = 'read' | 'publish' | 'approve' | 'admin';
export type UserRole = 'reader' | 'publisher' | 'approver' | 'admin';
export const roleScopes: Readonly<Record<UserRole, readonly Scope[]>> = {
  reader: ['read'],
  publisher: ['read', 'publish'],
  approver: ['read', 'publish', 'approve'],
  admin: ['read', 'publish', 'approve', 'admin'],
};

/** Who may read a namespace: everybody (even without a token, if the server allows that), every user, or its members and the registry's approvers and admins. */
export type Visibility = 'public' | 'internal' | 'private';
export type MemberRole = 'owner' | 'publisher' | 'reader';

/** Who is asking, as authentication left it. `user` is undefined for an anonymous reader. Rights are the cut of role, scopes and namespace limits. */
export interface Actor {
  readonly user: { readonly id: string; readonly handle: string; readonly displayName: string; readonly role: UserRole } | undefined;
  /** Id of the token used; undefined for anonymous, for a trusted identity header and for the system itself. */
  readonly tokenId: string | undefined;
  readonly scopes: ReadonlySet<Scope>;
  /** Handles of the namespaces the token is limited to; undefined = no limit. */
  readonly namespaces: readonly string[] | undefined;
  /** Address of the client, as far as trusted proxies tell. */
  readonly ip: string;
  readonly via: 'anonymous' | 'token' | 'path-token' | 'identity-header' | 'session' | 'system';
}

export const anonymous = (ip: string): Actor => ({
  user: undefined,
  tokenId: undefined,
  scopes: new Set(),
  namespaces: undefined,
  ip,
  via: 'anonymous',
});

/** The server acting by itself (scan, sign, rescan jobs). */
export const system: Actor = { user: undefined, tokenId: undefined, scopes: new Set(), namespaces: undefined, ip: '', via: 'system' };

/** One file of a version, as published and as served. Paths are relative, with `/`. */
export interface FileEntry {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly contentType: string;
}

/** Reference to a version as people write it: `@owner/slug@1.2.0`. */
export interface VersionRef {
  readonly owner?: string;
  readonly slug: string;
  readonly version?: string;
  readonly tag?: string;
}

/** Assurance of who published: L1 the server states whose token uploaded it; L2 the publisher's own registered key signed the tree; L3 a CI identity did. */
export type PublisherLevel = 'L1' | 'L2' | 'L3';

/** What the registry does with a scan decision; see docs/registry.md. */
export interface RegistryPolicy {
  /** Scanner policy: preset name or file text with its name. */
  readonly scan: string | { readonly file: string; readonly text: string };
  readonly approval: {
    /** A version whose scan passed: served without a person (`auto`) or after review. */
    readonly pass: 'auto' | 'review';
    /** A version whose scan asks for review, or is incomplete. There is no automatic way. */
    readonly review: 'review' | 'refuse';
    /** A version whose scan blocks: refused, or held for a break-glass approval by an admin. */
    readonly block: 'refuse' | 'break-glass';
    /** A version that somebody else made, brought in from an upstream registry or a git address, whose scan passed: needs a person all the same (`review`), or goes as `pass` says (`auto`). */
    readonly import: 'review' | 'auto';
    /** Capability growth over the newest served version needs a person even if the scan passed. */
    readonly growth: 'review' | 'auto';
    /** Distinct people who have to approve. */
    readonly approvers: 1 | 2;
    /** A publisher may approve what is theirs; every release statement then says so. */
    readonly solo: boolean;
  };
  /** Milliseconds between upload and first serving. */
  readonly cooldown: number;
  /** Lowest publisher level that is accepted. */
  readonly level: PublisherLevel;
  /** What happens to a served version that a new ruleset blocks when an admin has a rescan applied. By itself the registry only flags it. */
  readonly rescan: 'flag' | 'revoke';
  /** One skill of a name in the whole registry, or one per owner (unqualified names may then be ambiguous: 409). */
  readonly slugs: 'unique' | 'per-owner';
}

/** A decision, written to the audit log. `type` names are stable; see docs/registry.md. */
export interface AuditEvent {
  readonly type: string;
  readonly actor: { readonly user?: string; readonly handle?: string; readonly token?: string; readonly ip?: string; readonly via: Actor['via'] };
  /** What it is about: `@owner/slug@version`, a user's handle, the id of a token or of a device login. */
  readonly subject: string;
  readonly reason?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export const actorOf = (actor: Actor): AuditEvent['actor'] => ({
  ...(actor.user === undefined ? {} : { user: actor.user.id, handle: actor.user.handle }),
  ...(actor.tokenId === undefined ? {} : { token: actor.tokenId }),
  ...(actor.ip === '' ? {} : { ip: actor.ip }),
  via: actor.via,
});

export const refText = (ref: { readonly owner: string; readonly slug: string; readonly version?: string }): string =>
  `@${ref.owner}/${ref.slug}${ref.version === undefined ? '' : `@${ref.version}`}`;
