/**
 * Queries over skills, versions, approvals, tags and release keys. Every row that is given out has had its seal checked: what was written around us is never believed
 * (RegistryError `tampered`). Functions take the connection to ask: `store.db` for reading, the transaction inside `store.write`.
 */
import semver from 'semver';
import type { VersionInfo } from '../gate/contract.ts';
import { releasable, type VersionState } from '../model.ts';
import type { PublicKeyEntry } from '../trust/keys.ts';
import { type Connection, namespaceById } from './accounts.ts';
import type { Store } from './index.ts';
import type { ApprovalRow, NamespaceRow, SkillRow, TagRow, VersionRow } from './schema.ts';

/** A skill with its namespace. */
export interface SkillInfo {
  readonly skill: SkillRow;
  readonly namespace: NamespaceRow;
}

export async function skillByName(store: Store, db: Connection, namespaceId: string, slug: string): Promise<SkillRow | undefined> {
  const row = await db.selectFrom('skills').selectAll().where('namespace_id', '=', namespaceId).where('slug', '=', slug).executeTakeFirst();
  return row === undefined ? undefined : store.sealed('skills', row);
}

/** Every skill of that name, whoever owns it, oldest first. */
export async function skillsNamed(store: Store, db: Connection, slug: string): Promise<SkillInfo[]> {
  const rows = await db.selectFrom('skills').selectAll().where('slug', '=', slug).orderBy('created_at').orderBy('id').execute();
  const found: SkillInfo[] = [];
  for (const row of rows) {
    const skill = store.sealed('skills', row);
    found.push({ skill, namespace: (await namespaceById(store, db, skill.namespace_id))! });
  }
  return found;
}

export async function versionOf(store: Store, db: Connection, skillId: string, version: string): Promise<VersionRow | undefined> {
  const row = await db.selectFrom('versions').selectAll().where('skill_id', '=', skillId).where('version', '=', version).executeTakeFirst();
  return row === undefined ? undefined : store.sealed('versions', row);
}

/** A version by its id, with the names it goes by. */
export async function versionById(store: Store, db: Connection, id: string): Promise<(VersionInfo & SkillInfo) | undefined> {
  const found = await db.selectFrom('versions').selectAll().where('id', '=', id).executeTakeFirst();
  if (found === undefined) return undefined;
  const row = store.sealed('versions', found);
  const skill = store.sealed('skills', (await db.selectFrom('skills').selectAll().where('id', '=', row.skill_id).executeTakeFirst())!);
  const namespace = (await namespaceById(store, db, skill.namespace_id))!;
  return { owner: namespace.handle, slug: skill.slug, skill, row, namespace };
}

/** All versions of a skill, oldest first. */
export const versionsOf = async (store: Store, db: Connection, skillId: string): Promise<VersionRow[]> =>
  (await db.selectFrom('versions').selectAll().where('skill_id', '=', skillId).orderBy('created_at').orderBy('id').execute()).map((row) =>
    store.sealed('versions', row),
  );

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
export const approvalsOf = async (store: Store, db: Connection, versionId: string): Promise<ApprovalRow[]> =>
  (await db.selectFrom('approvals').selectAll().where('version_id', '=', versionId).orderBy('created_at').orderBy('id').execute()).map((row) =>
    store.sealed('approvals', row),
  );

export const tagsOf = async (store: Store, db: Connection, skillId: string): Promise<TagRow[]> =>
  (await db.selectFrom('tags').selectAll().where('skill_id', '=', skillId).orderBy('tag').execute()).map((row) => store.sealed('tags', row));

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

/** Each version of a skill, oldest first, one at a time: the lists of files of a long history need not be in memory together. */
export async function* eachVersion(store: Store, db: Connection, skillId: string): AsyncIterable<VersionRow> {
  const ids = await db.selectFrom('versions').select('id').where('skill_id', '=', skillId).orderBy('created_at').orderBy('id').execute();
  for (const { id } of ids) {
    const row = await db.selectFrom('versions').selectAll().where('id', '=', id).executeTakeFirst();
    if (row !== undefined) yield store.sealed('versions', row);
  }
}

/** The newest version of a skill that can be read, if there is one. */
export async function newestReadable(store: Store, db: Connection, skillId: string): Promise<VersionRow | undefined> {
  let newest: VersionRow | undefined;
  for await (const row of eachVersion(store, db, skillId))
    if (releasable.has(row.state) && (newest === undefined || newestFirst(row.version, newest.version) < 0)) newest = row;
  return newest;
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
  for await (const row of eachVersion(store, db, skillId)) {
    if (row.id === except || row.served_at === null) continue;
    if (row.state === 'revoked') revoked = true;
    else if (base === undefined || newestFirst(row.version, base.version) < 0) base = row;
  }
  return { base, revoked: base === undefined && revoked };
}
