/**
 * Rows of accounts held against the audit log (newest.ts does it for what is served). A seal proves that we wrote a row, not that it is the last one we wrote: whoever can write the
 * database file could put back the row of a token from before it was revoked, of a user from before they were disabled or lost a role, of a member from before they were removed, of a
 * namespace from when it was open, of a device login from before it was used up. The log has the later word, in a chain that shows whether words are missing, so a row that says otherwise is `tampered`.
 *
 * The log is asked in the very statement that reads the row: no commit can come between the two. Each question is one look into an index.
 */
import { type RawBuilder, sql } from 'kysely';
import { RegistryError } from '../errors.ts';
import type { DeviceCodeRow, MemberRow, NamespaceRow, PublisherKeyRow, SealedTable, TokenRow, UserRow } from './schema.ts';

type Said = string | null;

/** 1 if the token of a row of `tokens` was revoked. */
export const tokenRevoked: RawBuilder<0 | 1> = sql`exists (select 1 from events e where e.subject = tokens.id and e.type = 'token.revoked')`;
/** 1 if the key of a row of `publisher_keys` was revoked. */
export const keyRevoked: RawBuilder<0 | 1> = sql`exists (select 1 from events e where e.subject = publisher_keys.keyid and e.type = 'key.revoked')`;
/** 1 if the device login of a row of `device_codes` is over: it became a token, or was denied. */
export const loginOver: RawBuilder<0 | 1> =
  sql`exists (select 1 from events e where e.subject = device_codes.id and e.type in ('device.used', 'device.denied'))`;
/** The last of `user.disabled` and `user.enabled` about a row of `users`. */
export const userSwitched: RawBuilder<Said> = sql`(select e.type from events e where e.subject = users.handle and e.type in ('user.disabled', 'user.enabled') order by e.seq desc limit 1)`;
/** The role that a row of `users` was last given. */
export const userRole: RawBuilder<Said> = sql`(select coalesce(json_extract(e.event, '$.data.to'), json_extract(e.event, '$.data.role')) from events e where e.subject = users.handle and e.type in ('user.created', 'user.role-changed') order by e.seq desc limit 1)`;
/** The role that a row of `members` was last given, `none` after its removal. The empty text keeps the type of the column from hiding the index. */
export const memberRole: RawBuilder<Said> = sql`(select case e.type when 'member.removed' then 'none' else coalesce(json_extract(e.event, '$.data.to'), json_extract(e.event, '$.data.role')) end from events e
  where e.subject = (select '@' || n.handle from namespaces n where n.id = members.namespace_id)
    and json_extract(e.event, '$.data.user') = (select u.handle || '' from users u where u.id = members.user_id)
    and e.type in ('member.added', 'member.role-changed', 'member.removed') order by e.seq desc limit 1)`;
/** The visibility that a row of `namespaces` was last given. */
export const namespaceVisibility: RawBuilder<Said> = sql`(select json_extract(e.event, '$.data.to') from events e where e.subject = '@' || namespaces.handle and e.type = 'namespace.visibility-changed' order by e.seq desc limit 1)`;

export const tokenStands = (row: TokenRow, revoked: 0 | 1): boolean => revoked === 0 || row.revoked_at !== null;
export const keyStands = (row: PublisherKeyRow, revoked: 0 | 1): boolean => revoked === 0 || row.revoked_at !== null;
export const loginStands = (row: DeviceCodeRow, over: 0 | 1): boolean => over === 0 || row.state === 'used' || row.state === 'denied';
export const userStands = (row: UserRow, switched: Said, role: Said): boolean =>
  (switched === null || (switched === 'user.disabled') === (row.disabled_at !== null)) && (role === null || role === row.role);
export const memberStands = (row: MemberRow, role: Said): boolean => role === null || role === row.role;
export const namespaceStands = (row: NamespaceRow, visibility: Said): boolean => visibility === null || visibility === row.visibility;

/** The refusal of a row that the log knows better. */
export const outdated = (table: SealedTable, id: string): RegistryError =>
  new RegistryError(
    'tampered',
    `A record of this registry (${table}) is not the newest that was written, so somebody has put an older one back; it is not used. The operator has been told.`,
    { detail: { table, id } },
  );
