/**
 * Other versions with the very same bytes, in whatever skill. What was revoked is harmful under every name, so gate and signer ask this before they let bytes out; neither takes the
 * other's word. States and times are as the audit log has them: an old row that somebody puts back is `tampered`.
 */
import { sql } from 'kysely';
import { outdated } from './account-log.ts';
import type { Connection } from './accounts.ts';
import { needNewest, sameState, versionMoved, versionState } from './newest.ts';
import type { VersionRow } from './schema.ts';

export interface Twin extends Pick<VersionRow, 'id' | 'skill_id' | 'version' | 'state'> {
  /** When it was revoked (milliseconds since 1970), or null. */
  readonly revokedAt: number | null;
}

const revokedAt = sql<number | null>`(select max(r.at) from events r where r.type = 'version.revoked' and r.subject = (
  select e.subject from events e where e.seq = versions.moved_seq))`;

/** The others with the same archive, oldest first. @throws RegistryError `tampered` */
export async function twinsOf(db: Connection, row: Pick<VersionRow, 'id' | 'archive_sha256'>): Promise<Twin[]> {
  const found = await db
    .selectFrom('versions')
    .select([
      'id',
      'skill_id',
      'version',
      'state',
      'moved_seq',
      versionMoved.as('log_moved'),
      versionState.as('log_state'),
      revokedAt.as('revokedAt'),
    ])
    .where('archive_sha256', '=', row.archive_sha256)
    .where('id', '!=', row.id)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return found.map(({ log_moved, log_state, moved_seq, ...twin }) => {
    needNewest({ id: twin.id, moved_seq }, log_moved);
    if (!sameState(twin, log_state) || (twin.state === 'revoked') !== (twin.revokedAt !== null)) throw outdated('versions', twin.id);
    return twin;
  });
}

/** When bytes were last revoked as one of these; null if they stand. Approvals up to then do not count: who gave them did not know. */
export const lastRevoked = (twins: readonly Twin[]): number | null =>
  twins.reduce<number | null>((last, { revokedAt: at }) => (at === null || (last !== null && last >= at) ? last : at), null);
