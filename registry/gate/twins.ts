/**
 * The same bytes under another name or number. What was revoked does not come back by being published again: clients that have seen the revocation refuse those bytes for ever, and
 * whoever has not would be given what was withdrawn for cause. So a person is asked, after the revocation.
 */
import { type Connection, namespaceById } from '../store/accounts.ts';
import type { VersionRow } from '../store/schema.ts';
import { lastRevoked, twinsOf } from '../store/twins.ts';
import { versionById } from '../store/versions.ts';
import type { Context } from './context.ts';
import { refOf } from './context.ts';

export interface RevokedTwin {
  /** When it was revoked; approvals up to then do not count. */
  readonly at: number;
  /** Why somebody should look. The publisher reads it, who may not know of every skill. */
  readonly says: string;
}

/** Whether the very bytes of a version were revoked as another one. @throws RegistryError `tampered` */
export async function revokedTwin(
  ctx: Context,
  db: Connection,
  row: Pick<VersionRow, 'id' | 'archive_sha256' | 'skill_id'>,
): Promise<RevokedTwin | undefined> {
  const twins = (await twinsOf(db, row)).filter((twin) => twin.state === 'revoked');
  const at = lastRevoked(twins);
  if (at === null) return undefined;
  // Of several the one that the publisher knows best.
  const of = await versionById(ctx.store, db, (twins.find((twin) => twin.skill_id === row.skill_id) ?? twins[0]!).id);
  const known =
    of !== undefined &&
    (of.row.skill_id === row.skill_id ||
      ((await namespaceById(ctx.store, db, of.skill.namespace_id))?.visibility !== 'private' && of.skill.deleted_at === null));
  return {
    at,
    says: `the very same files were revoked${known ? ` as ${refOf(of)}` : ' here'}, and clients that know of it refuse them under every name`,
  };
}
