/**
 * Queries over skills, versions, approvals, tags and release keys. Every row that is given out has had its seal checked and was held against the audit log (newest.ts): what was written
 * around us, or put back from an earlier day, is never believed (RegistryError `tampered`). Functions take the connection to ask: `store.db` for reading, the transaction inside
 * `store.write`.
 */
import semver from 'semver';
import { RegistryError } from '../errors.ts';
import type { VersionInfo } from '../gate/contract.ts';
import { releasable, type VersionState } from '../model.ts';
import type { PublicKeyEntry } from '../trust/keys.ts';
import { outdated } from './account-log.ts';
import { type Connection, namespaceById } from './accounts.ts';
import { snapshot } from './events.ts';
import type { Store } from './index.ts';
import { needApprovals, needNewest, needShown, needTags, sameState, skillHidden, tagsSaid, versionMoved, versionState } from './newest.ts';
import type { ApprovalRow, NamespaceRow, SealedTable, SkillRow, TagRow, VersionRow } from './schema.ts';

/** A skill with its namespace. */
export interface SkillInfo {
  readonly skill: SkillRow;
  readonly namespace: NamespaceRow;
}

const skills = (db: Connection) => db.selectFrom('skills').selectAll('skills').select(skillHidden.as('log_hidden'));

function skillOf(store: Store, { log_hidden, ...found }: Awaited<ReturnType<ReturnType<typeof skills>['execute']>>[number]): SkillRow {
  const row = store.sealed<SkillRow>('skills', found);
  needShown(row, log_hidden);
  return row;
}

/** What another row belongs to is never deleted. @throws RegistryError `tampered` if it is not there */
function there<R>(row: R | undefined, table: SealedTable, id: string): R {
  if (row !== undefined) return row;
  throw new RegistryError('tampered', `A record of this registry (${table}) was removed outside of it. The operator has been told.`, {
    detail: { table, id },
  });
}

const versions = (db: Connection) => db.selectFrom('versions').selectAll('versions').select(versionMoved.as('log_moved'));

function rowOf(store: Store, { log_moved, ...found }: Awaited<ReturnType<ReturnType<typeof versions>['execute']>>[number]): VersionRow {
  const row = store.sealed<VersionRow>('versions', found);
  needNewest(row, log_moved);
  return row;
}

export async function skillByName(store: Store, db: Connection, namespaceId: string, slug: string): Promise<SkillRow | undefined> {
  const row = await skills(db).where('namespace_id', '=', namespaceId).where('slug', '=', slug).executeTakeFirst();
  return row === undefined ? undefined : skillOf(store, row);
}

/** Every skill of that name, whoever owns it, oldest first. */
export async function skillsNamed(store: Store, db: Connection, slug: string): Promise<SkillInfo[]> {
  const rows = await skills(db).where('slug', '=', slug).orderBy('created_at').orderBy('id').execute();
  const found: SkillInfo[] = [];
  for (const row of rows) {
    const skill = skillOf(store, row);
    found.push({ skill, namespace: there(await namespaceById(store, db, skill.namespace_id), 'namespaces', skill.namespace_id) });
  }
  return found;
}

export async function versionOf(store: Store, db: Connection, skillId: string, version: string): Promise<VersionRow | undefined> {
  const row = await versions(db).where('skill_id', '=', skillId).where('version', '=', version).executeTakeFirst();
  return row === undefined ? undefined : rowOf(store, row);
}

/** The row of a version by its id. */
export async function versionRow(store: Store, db: Connection, id: string): Promise<VersionRow | undefined> {
  const row = await versions(db).where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : rowOf(store, row);
}

/** A version by its id, with the names it goes by. */
export async function versionById(store: Store, db: Connection, id: string): Promise<(VersionInfo & SkillInfo) | undefined> {
  const row = await versionRow(store, db, id);
  if (row === undefined) return undefined;
  const skill = skillOf(store, there(await skills(db).where('id', '=', row.skill_id).executeTakeFirst(), 'skills', row.skill_id));
  const namespace = there(await namespaceById(store, db, skill.namespace_id), 'namespaces', skill.namespace_id);
  return { owner: namespace.handle, slug: skill.slug, skill, row, namespace };
}

/** When the version got into the state that it is in (milliseconds since 1970). */
export const movedAt = async (db: Connection, { moved_seq }: Pick<VersionRow, 'moved_seq'>): Promise<number> =>
  (await db.selectFrom('events').select('at').where('seq', '=', moved_seq).executeTakeFirst())?.at ?? 0;

/** All versions of a skill, oldest first. */
export const versionsOf = async (store: Store, db: Connection, skillId: string): Promise<VersionRow[]> =>
  (await versions(db).where('skill_id', '=', skillId).orderBy('created_at').orderBy('id').execute()).map((row) => rowOf(store, row));

/** Ids of all versions in these states, oldest first. Says nothing about what may be believed of them. */
export const versionIds = async (db: Connection, states: readonly VersionState[]): Promise<string[]> =>
  (
    await db
      .selectFrom('versions')
      .select('id')
      .where('state', 'in', [...states])
      .orderBy('created_at')
      .orderBy('id')
      .execute()
  ).map((row) => row.id);

/** Every recorded decision of a person about a version, oldest first. */
export const approvalsOf = (store: Store, db: Connection, version: Pick<VersionRow, 'id' | 'moved_seq'>): Promise<ApprovalRow[]> =>
  snapshot(db, async (state) => {
    const rows = await state.selectFrom('approvals').selectAll().where('version_id', '=', version.id).orderBy('created_at').orderBy('id').execute();
    await needApprovals(state, version, rows);
    return rows.map((row) => store.sealed('approvals', row));
  });

/** Tags of a skill, by name. */
export const tagsOf = (store: Store, db: Connection, skillId: string): Promise<TagRow[]> =>
  snapshot(db, async (state) => {
    const rows = await state.selectFrom('tags').selectAll().where('skill_id', '=', skillId).orderBy('tag').execute();
    const said = await state.selectFrom('skills').select(tagsSaid.as('digest')).where('id', '=', skillId).executeTakeFirst();
    needTags(skillId, rows, said?.digest ?? null);
    return rows.map((row) => store.sealed('tags', row));
  });

/** Public halves of the signer's keys, for verifying; oldest first. */
export const releaseKeys = async (store: Store, db: Connection): Promise<PublicKeyEntry[]> =>
  (await db.selectFrom('release_keys').selectAll().orderBy('created_at').orderBy('id').execute()).map((row) => {
    const key = store.sealed('release_keys', row);
    return { keyid: key.keyid, pem: key.pem, purpose: 'release', createdAt: key.created_at, revokedAt: key.revoked_at };
  });

/** Order of versions: stable before prerelease, then SemVer; the larger comes first. What is no SemVer comes last. */
export function newestFirst(a: string, b: string): number {
  const [left, right] = [semver.parse(a), semver.parse(b)];
  if (left === null || right === null) return left === right ? (a < b ? 1 : -1) : left === null ? 1 : -1;
  const stable = Number(left.prerelease.length > 0) - Number(right.prerelease.length > 0);
  return stable !== 0 ? stable : semver.rcompare(left, right) || (a < b ? 1 : a > b ? -1 : 0);
}

/** States that a version which people were given can be in. */
const given: ReadonlySet<VersionState> = new Set(['served', 'deprecated', 'yanked', 'revoked']);

/** What is known of a version without its row, which may be large: its state as the audit log has it. */
type Mark = Pick<VersionRow, 'id' | 'version' | 'state'>;

/** The versions of a skill as the audit log has them, oldest first. @throws RegistryError `tampered` */
export async function marksOf(db: Connection, skillId: string): Promise<Mark[]> {
  const marks = await db
    .selectFrom('versions')
    .select(['id', 'version', 'state', 'moved_seq', versionMoved.as('log_moved'), versionState.as('log_state')])
    .where('skill_id', '=', skillId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return marks.map(({ log_moved, log_state, ...mark }) => {
    needNewest(mark, log_moved);
    if (!sameState(mark, log_state)) throw outdated('versions', mark.id);
    return mark;
  });
}

/** The newest version of a skill that can be read, if there is one. */
export async function newestReadable(store: Store, db: Connection, skillId: string): Promise<VersionRow | undefined> {
  const [newest] = (await marksOf(db, skillId)).filter((mark) => releasable.has(mark.state)).sort((a, b) => newestFirst(a.version, b.version));
  return newest === undefined ? undefined : versionRow(store, db, newest.id);
}

/**
 * What a new version's abilities are compared with: the newest version that people have been given. One that was yanked counts, or a publisher could withdraw the modest
 * version, have a greedy one compared with nothing, and restore the first. `revoked` says that there were versions, but all of them were withdrawn for cause.
 */
export async function baseOf(
  store: Store,
  db: Connection,
  skillId: string,
  except: string,
): Promise<{ readonly base: VersionRow | undefined; readonly revoked: boolean }> {
  let base: VersionRow | undefined;
  let revoked = false;
  for (const mark of await marksOf(db, skillId)) {
    if (mark.id === except || !given.has(mark.state)) continue;
    // One at a time: the lists of files of a long history need not be in memory together.
    const row = await versionRow(store, db, mark.id);
    if (row === undefined || row.served_at === null) continue;
    if (row.state === 'revoked') revoked = true;
    else if (base === undefined || newestFirst(row.version, base.version) < 0) base = row;
  }
  return { base, revoked: base === undefined && revoked };
}
