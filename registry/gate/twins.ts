/**
 * The same bytes under another name or number. What was revoked does not come back by being published again: clients that have seen the revocation refuse those bytes for ever, and
 * whoever has not would be given what was withdrawn for cause. So a person is asked first.
 */
import { type Connection, namespaceById } from '../store/accounts.ts';
import type { VersionRow } from '../store/schema.ts';
import { versionById } from '../store/versions.ts';
import type { Context } from './context.ts';
import { refOf } from './context.ts';

/** Why somebody should look at a version whose very bytes were revoked, if they were. The publisher reads it, who may not know of every skill. */
export async function revokedTwin(
  ctx: Context,
  db: Connection,
  row: Pick<VersionRow, 'id' | 'archive_sha256' | 'skill_id'>,
): Promise<string | undefined> {
  const twin = await db
    .selectFrom('versions')
    .select('id')
    .where('state', '=', 'revoked')
    .where('archive_sha256', '=', row.archive_sha256)
    .where('id', '!=', row.id)
    // Of several the one that the publisher knows best.
    .orderBy((on) => on.case().when('skill_id', '=', row.skill_id).then(0).else(1).end())
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst();
  if (twin === undefined) return undefined;
  const of = await versionById(ctx.store, db, twin.id);
  const known =
    of !== undefined &&
    (of.row.skill_id === row.skill_id ||
      ((await namespaceById(ctx.store, db, of.skill.namespace_id))?.visibility !== 'private' && of.skill.deleted_at === null));
  return `the very same files were revoked${known ? ` as ${refOf(of)}` : ' here'}, and clients that know of it refuse them under every name`;
}
