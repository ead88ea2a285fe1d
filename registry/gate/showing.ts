/** What a skill shows of itself follows from its versions that can be read: texts, topics, place in the search index, tags. */
import { type Actor, actorOf, refText, system } from '../model.ts';
import { tagsDigest } from '../store/newest.ts';
import type { TagRow } from '../store/schema.ts';
import { indexSkill } from '../store/search.ts';
import { newestFirst, newestReadable, tagsOf, versionById } from '../store/versions.ts';
import { type Context, type Tx, tell } from './context.ts';
import type { VersionInfo } from './contract.ts';

/**
 * Gives the skill the texts of its newest version that can be read, and its place in the search index. It begins with the first version that was ever served: lists show that time, and
 * what was uploaded and held before is nobody's business.
 */
export async function show(ctx: Context, tx: Tx, skillId: string): Promise<void> {
  const newest = await newestReadable(ctx.store, tx, skillId);
  if (newest !== undefined) {
    const { topics } = JSON.parse(newest.source) as { topics?: unknown };
    const { since } = await tx
      .selectFrom('versions')
      .select((on) => on.fn.min('served_at').as('since'))
      .where('skill_id', '=', skillId)
      .executeTakeFirstOrThrow();
    await ctx.store.patch(tx, 'skills', skillId, {
      display_name: newest.display_name,
      summary: newest.description,
      topics: JSON.stringify(Array.isArray(topics) ? topics : []),
      ...(since === null ? {} : { created_at: since }),
      updated_at: ctx.now(),
    });
  }
  await indexSkill(tx, skillId);
}

/** Tags asked for at publish. `latest` is computed; if its owner pinned it, a newer version that asks for it takes it over. */
export async function setTags(ctx: Context, tx: Tx, of: VersionInfo): Promise<void> {
  const { row } = of;
  const wanted = JSON.parse(row.tags) as readonly string[];
  if (wanted.length === 0) return;
  const tags = await tagsOf(ctx.store, tx, row.skill_id);
  for (const tag of wanted) {
    const there = tags.find((one) => one.tag === tag);
    if (tag === 'latest') {
      const pinned = there === undefined ? undefined : await versionById(ctx.store, tx, there.version_id);
      if (pinned === undefined || newestFirst(row.version, pinned.row.version) > 0) continue;
    }
    await putTag(ctx, tx, of, tag, system);
  }
}

/** Points a tag at a version, and says so: the event speaks for all tags of the skill, so that none can be moved, taken away or added without it (store/newest.ts). */
export async function putTag(ctx: Context, tx: Tx, { owner, slug, row }: Omit<VersionInfo, 'skill'>, tag: string, by: Actor): Promise<void> {
  const id = `${row.skill_id}:${tag}`;
  const tags = await tagsOf(ctx.store, tx, row.skill_id);
  if (tags.some((one) => one.tag === tag)) await ctx.store.patch(tx, 'tags', id, { version_id: row.id, updated_at: ctx.now() });
  else {
    const sealed = ctx.store.seal<TagRow>('tags', { id, skill_id: row.skill_id, tag, version_id: row.id, updated_at: ctx.now() });
    await tx.insertInto('tags').values(sealed).execute();
  }
  const after = [...tags.filter((one) => one.tag !== tag), { tag, version_id: row.id }];
  await tell(ctx, tx, {
    type: 'tag.set',
    actor: actorOf(by),
    subject: refText({ owner, slug }),
    data: { tag, version: row.id, number: row.version, tags: tagsDigest(after) },
  });
}
