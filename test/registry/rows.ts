/** Rows of versions and approvals as the gate writes them, each together with its audit event, for tests that need no gate. */
import type { Transaction } from 'kysely';
import { refText } from '../../registry/model.ts';
import { appendEvent } from '../../registry/store/events.ts';
import { newId, type Store } from '../../registry/store/index.ts';
import { tagsDigest } from '../../registry/store/newest.ts';
import type { ApprovalRow, Schema, TagRow, VersionRow } from '../../registry/store/schema.ts';

type Tx = Transaction<Schema>;
interface Name {
  readonly owner: string;
  readonly slug: string;
}

const typeOf = (state: VersionRow['state']): string => (state === 'quarantined' ? 'version.published' : `version.${state}`);

const told = async (tx: Tx, subject: string, id: string, state: VersionRow['state'], at: number): Promise<number> =>
  (await appendEvent(tx, { type: typeOf(state), actor: { via: 'system' }, subject, data: { version: id, to: state } }, at)).seq;

export async function insertVersion(store: Store, tx: Tx, name: Name, row: Omit<VersionRow, 'seal' | 'moved_seq'>): Promise<VersionRow> {
  const moved_seq = await told(tx, refText({ ...name, version: row.version }), row.id, row.state, row.created_at);
  const sealed = store.seal<VersionRow>('versions', { ...row, moved_seq });
  await tx.insertInto('versions').values(sealed).execute();
  return sealed;
}

async function refOf(tx: Tx, id: string): Promise<string> {
  const { handle: owner, ...name } = await tx
    .selectFrom('versions')
    .innerJoin('skills', 'skills.id', 'versions.skill_id')
    .innerJoin('namespaces', 'namespaces.id', 'skills.namespace_id')
    .select(['namespaces.handle', 'skills.slug', 'versions.version'])
    .where('versions.id', '=', id)
    .executeTakeFirstOrThrow();
  return refText({ owner, ...name });
}

/** Changes a version, with an event that tells of its state. */
export async function changeVersion(store: Store, tx: Tx, id: string, patch: Partial<Omit<VersionRow, 'id' | 'seal'>>): Promise<VersionRow> {
  const { state, created_at } = await tx.selectFrom('versions').select(['state', 'created_at']).where('id', '=', id).executeTakeFirstOrThrow();
  const moved_seq = await told(tx, await refOf(tx, id), id, patch.state ?? state, created_at);
  return store.patch(tx, 'versions', id, { ...patch, moved_seq });
}

export async function insertApproval(store: Store, tx: Tx, approval: Omit<ApprovalRow, 'id' | 'seal'>): Promise<void> {
  const { version_id: version, user_id: user, decision, created_at } = approval;
  const type = decision === 'approve' ? 'approval.given' : 'approval.rejected';
  await appendEvent(tx, { type, actor: { user, via: 'token' }, subject: await refOf(tx, version), data: { version } }, created_at);
  await tx
    .insertInto('approvals')
    .values(store.seal<ApprovalRow>('approvals', { id: newId('apr'), ...approval }))
    .execute();
}

/** Points a tag of a skill at one of its versions. */
export async function pointTag(store: Store, tx: Tx, tag: string, of: Pick<VersionRow, 'id' | 'skill_id' | 'created_at'>): Promise<void> {
  const id = `${of.skill_id}:${tag}`;
  const facts = { version_id: of.id, updated_at: of.created_at };
  const there = await tx.selectFrom('tags').selectAll().where('skill_id', '=', of.skill_id).execute();
  if (there.some((row) => row.id === id)) await store.patch(tx, 'tags', id, facts);
  else
    await tx
      .insertInto('tags')
      .values(store.seal<TagRow>('tags', { id, skill_id: of.skill_id, tag, ...facts }))
      .execute();
  const tags = tagsDigest([...there.filter((row) => row.id !== id), { tag, version_id: of.id }]);
  const subject = (await refOf(tx, of.id)).replace(/@[^@]*$/, '');
  await appendEvent(tx, { type: 'tag.set', actor: { via: 'system' }, subject, data: { tag, version: of.id, tags } }, of.created_at);
}
