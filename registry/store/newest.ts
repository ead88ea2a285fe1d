/**
 * Whether what a row says of a skill is the newest that was written. A seal says that a row is ours, not that it is today's: who can write the database file can put back one that
 * they copied before a revocation. So rows that decide what is served are held against the audit log, which is only ever added to (rows about people: account-log.ts).
 *
 *   versions    each knows the event that was written with it (`moved_seq`); a newer one about the same version, of a type that writes rows, gives an old row away
 *   skills      hidden or not, as the newest `skill.deleted` or `skill.undeleted` says
 *   tags        all of a skill together, by a digest in the newest `tag.set`: none is moved, missing or too much
 *   approvals   as many of each person as the log tells of
 *
 * The log itself is held by its hashes and by the sealed place where it ends (head.ts). An event that somebody changed in the middle, without mending the hashes, is found by the daily walk
 * (gate/scrub.ts); the whole database of an earlier day shows against an exported head only.
 *
 * The expressions are parts of a query over the table that they name, so that row and log are seen in one state. Each is one look into the index of events by subject.
 */
import { type Kysely, sql } from 'kysely';
import { canonical } from '../../scanner/canonical.ts';
import { releasable, type VersionState } from '../model.ts';
import { outdated } from './account-log.ts';
import { sha256 } from './blobs.ts';
import { saidIn } from './events.ts';
import type { ApprovalRow, Schema, SkillRow, TagRow, VersionRow } from './schema.ts';

/** Types of events that are written together with a version's row. */
export const movingTypes = [
  'version.published',
  'version.held',
  'version.rescan',
  'version.approved',
  'version.refused',
  'version.served',
  'version.restored',
  'version.undeprecated',
  'version.deprecated',
  'version.yanked',
  'version.revoked',
  'version.revocation-signed',
  'version.flagged',
  'version.unflagged',
] as const;
export type MovingType = (typeof movingTypes)[number];
const among = (types: readonly string[]) => sql.join(types.map((type) => sql.lit(type)));

/** The newest such event about the version, found through the one that the row names if that is its own: its `moved_seq`, or another number, or null. */
export const versionMoved = sql<number | null>`(select n.seq from events n where n.type in (${among(movingTypes)}) and n.subject = (
  select e.subject from events e where e.seq = versions.moved_seq and json_extract(e.event, '$.data.version') = versions.id)
  order by n.seq desc limit 1)`;
/** The state that the event which the row names left it in; null where it does not tell (a flag that was set or taken away by an earlier release of ours, on a version that is served). */
export const versionState = sql<VersionState | null>`(select coalesce(json_extract(e.event, '$.data.to'),
  case e.type when 'version.published' then 'quarantined' when 'version.held' then 'held' when 'version.revocation-signed' then 'revoked' end)
  from events e where e.seq = versions.moved_seq)`;

/** Throws RegistryError `tampered` unless the row, whose seal is good, is the newest of its version. @param moved `versionMoved` */
export function needNewest(row: Pick<VersionRow, 'id' | 'moved_seq'>, moved: number | null): void {
  if (moved !== row.moved_seq) throw outdated('versions', row.id);
}

/** Whether the log has it in the same state. For versions whose rows are not read, so that no seal speaks for them. @param state `versionState` */
export const sameState = (mark: Pick<VersionRow, 'state'>, state: VersionState | null): boolean =>
  state === null ? releasable.has(mark.state) : state === mark.state;

/** The newest event that hid or showed the skill. */
export const skillHidden = sql<string | null>`(select e.type from events e where e.type in ('skill.deleted', 'skill.undeleted')
  and e.subject = (select '@' || n.handle || '/' || skills.slug from namespaces n where n.id = skills.namespace_id)
  order by e.seq desc limit 1)`;

/** @param hidden `skillHidden` @throws RegistryError `tampered` */
export function needShown(row: Pick<SkillRow, 'id' | 'deleted_at'>, hidden: string | null): void {
  if ((hidden === 'skill.deleted') !== (row.deleted_at !== null)) throw outdated('skills', row.id);
}

/** Digest of where all tags of the skill point, as the newest event about them says. */
export const tagsSaid = sql<string | null>`(select json_extract(e.event, '$.data.tags') from events e where e.type = 'tag.set'
  and e.subject = (select '@' || n.handle || '/' || skills.slug from namespaces n where n.id = skills.namespace_id)
  order by e.seq desc limit 1)`;

/** The digest for such an event. */
export const tagsDigest = (rows: readonly Pick<TagRow, 'tag' | 'version_id'>[]): string =>
  sha256(canonical(Object.fromEntries(rows.map(({ tag, version_id }) => [tag, version_id]))));

/** @param said `tagsSaid` @throws RegistryError `tampered` */
export function needTags(skillId: string, rows: readonly Pick<TagRow, 'tag' | 'version_id'>[], said: string | null): void {
  if (said === null ? rows.length > 0 : said !== tagsDigest(rows)) throw outdated('tags', skillId);
}

const decided: ReadonlyMap<string, ApprovalRow['decision']> = new Map([
  ['approval.given', 'approve'],
  ['approval.rejected', 'reject'],
]);

/**
 * Throws RegistryError `tampered` if a decision that the log tells of is missing among the rows, or one is there that it does not tell of.
 * @param db in the state that the rows were read from
 */
export async function needApprovals(db: Kysely<Schema>, version: Pick<VersionRow, 'id' | 'moved_seq'>, rows: readonly ApprovalRow[]): Promise<void> {
  const events = await db
    .selectFrom('events')
    .selectAll()
    .where('subject', '=', (of) => of.selectFrom('events as own').select('own.subject').where('own.seq', '=', version.moved_seq))
    .where('type', 'in', [...decided.keys()])
    .execute();
  const count = new Map<string, number>();
  const add = (decision: string, user: string, by: number): void => {
    count.set(`${decision} ${user}`, (count.get(`${decision} ${user}`) ?? 0) + by);
  };
  for (const { type, actor, data } of events.map(saidIn)) if (data['version'] === version.id) add(decided.get(type)!, actor.user ?? '', 1);
  for (const row of rows) add(row.decision, row.user_id, -1);
  if ([...count.values()].some((left) => left !== 0)) throw outdated('approvals', version.id);
}
