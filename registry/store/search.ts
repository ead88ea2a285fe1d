/**
 * Full text search over skills that are given out (SQLite FTS5). The gate calls `indexSkill` in the transaction that changes what is served.
 *
 * Promises: what a user types is never FTS syntax (each word goes in as a quoted string); the order is the same for the same store; the time is bounded whatever is typed. Ranking
 * (bm25) costs time for every match, and what stands in thousands of skills tells none of them apart: beyond `window` matches the skills indexed last come first instead.
 *
 * The column `owner` is for us, not for words: it holds the owner's handle, the ids of namespace and skill as one word each, and the visibility of the namespace. By these a row is
 * found again, and matches are narrowed to what the caller may read before they are ranked. Words are looked for in the other columns. What comes out is asked again from the
 * rows themselves, so an index that is behind can hide something but never show it.
 */
import { type Kysely, type RawBuilder, type SqlBool, sql, type Transaction } from 'kysely';
import type { Visibility } from '../model.ts';
import type { Schema } from './schema.ts';

/** So many matches are ranked. */
const window = 4000;
/** Namespaces that are named in an expression at most: each costs some 40 µs. */
const named = 128;
/** Words of a query that count, and letters of a word. */
const mostWords = 12;
const mostLetters = 64;
/** A word in more skills than this says little; if others are rarer it is not needed to find a skill by some of the words. */
const common = window;

/** An id as one word of the index. */
const word = (id: string): string => id.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase();
const classWord = (visibility: Visibility): string => `visibility${visibility}`;

/**
 * Brings the index up to date with one skill: in it as long as the skill is not deleted and has a version that can be read, with the words of its row. Does no harm if nothing changed.
 * Call it inside `store.write` after the rows were changed.
 */
export async function indexSkill(tx: Transaction<Schema>, skillId: string): Promise<void> {
  await sql`delete from skill_search where rowid in (select rowid from skill_search where skill_search match ${`owner : "${word(skillId)}"`} and skill_id = ${skillId})`.execute(
    tx,
  );
  const row = await tx
    .selectFrom('skills')
    .innerJoin('namespaces', 'namespaces.id', 'skills.namespace_id')
    .select([
      'skills.slug',
      'skills.display_name',
      'skills.summary',
      'skills.topics',
      'skills.deleted_at',
      'namespaces.handle',
      'namespaces.id as namespace',
      'namespaces.visibility',
    ])
    .where('skills.id', '=', skillId)
    .where((where) =>
      where.exists(
        where
          .selectFrom('versions')
          .select('versions.id')
          .where('versions.skill_id', '=', skillId)
          .where('versions.state', 'in', ['served', 'deprecated']),
      ),
    )
    .executeTakeFirst();
  if (row === undefined || row.deleted_at !== null) return;
  await tx
    .insertInto('skill_search')
    .values({
      skill_id: skillId,
      slug: row.slug,
      owner: `${row.handle} ${word(row.namespace)} ${word(skillId)} ${classWord(row.visibility)}`,
      display_name: row.display_name,
      summary: row.summary,
      topics: topicsText(row.topics),
    })
    .execute();
}

/** Brings the index up to date with all skills of a namespace. Call it when the visibility of the namespace changes, in the same transaction. */
export async function indexNamespace(tx: Transaction<Schema>, namespaceId: string): Promise<void> {
  const skills = await tx.selectFrom('skills').select('id').where('namespace_id', '=', namespaceId).orderBy('id').execute();
  for (const { id } of skills) await indexSkill(tx, id);
}

function topicsText(json: string): string {
  try {
    const topics: unknown = JSON.parse(json);
    return Array.isArray(topics) ? topics.filter((one) => typeof one === 'string').join(' ') : '';
  } catch {
    return '';
  }
}

/** What may be found, twice: as a condition over a row of `namespaces` called `n`, always applied, and as its parts, for the index. */
export interface SearchScope {
  readonly readable: RawBuilder<SqlBool>;
  /** All namespaces of these visibilities … */
  readonly visibilities: readonly Visibility[];
  /** … and those of which this user is a member … */
  readonly memberId: string | undefined;
  /** … but none besides these handles, if given. */
  readonly within: readonly string[] | undefined;
}

export interface Found {
  readonly skillId: string;
  /** Higher is better. */
  readonly score: number;
}

/** The words of a text, as the index would cut them. */
export const wordsOf = (text: string): string[] =>
  text
    .normalize('NFC')
    .toLowerCase()
    .slice(0, 1000)
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .filter((one) => one !== '')
    .slice(0, mostWords)
    .map((one) => one.slice(0, mostLetters));

/** A word as FTS5 takes it; from two letters on also as the beginning of a longer one. */
const term = (one: string): string => `"${one.replaceAll('"', '""')}"${[...one].length > 1 ? '*' : ''}`;

/**
 * Skills for a text, best first: the slug as typed (also as `owner/slug`), then those that have all words in their names, then all words anywhere, then some of the words.
 * @param exact only the slug as typed
 */
export async function searchSkills(
  db: Kysely<Schema>,
  query: { readonly text: string; readonly limit: number; readonly exact?: boolean; readonly owner?: string },
  scope: SearchScope,
): Promise<Found[]> {
  const found = new Map<string, number>();
  const add = (rows: readonly { readonly id: string; readonly rank: number }[], base: number): void => {
    for (const { id, rank } of rows) if (!found.has(id) && found.size < query.limit) found.set(id, scoreOf(base, rank));
  };
  const typed = query.text.trim().toLowerCase();
  const [, owner, slug] = /^(?:@?([a-z0-9._-]{1,40})\/)?([a-z0-9-]{1,128})$/.exec(typed) ?? [];
  if (slug !== undefined) add(await bySlug(db, slug, owner ?? query.owner, query.limit, scope), 3);
  if (query.exact === true) return hits(found);

  const terms = wordsOf(typed).map(term);
  if (terms.length === 0 || found.size >= query.limit) return hits(found);
  const inside = await narrowed(db, scope, query.owner);
  if (inside === undefined) return hits(found);
  const look = async (expression: string, base: number): Promise<void> => {
    if (found.size < query.limit) add(await matches(db, inside(expression), query.limit + found.size, scope), base);
  };
  await look(`{slug display_name} : (${terms.join(' AND ')})`, 2);
  await look(`${words} : (${terms.join(' AND ')})`, 1);
  if (terms.length > 1 && found.size < query.limit) {
    const rare: string[] = [];
    for (const one of terms) if ((await countUpTo(db, `${words} : ${one}`, common + 1)) <= common) rare.push(one);
    if (rare.length > 0) await look(`${words} : (${rare.join(' OR ')})`, 0);
  }
  return hits(found);
}

/** bm25 is better the lower it is, below 0, without a bound; within a tier that is a fraction. */
const scoreOf = (tier: number, rank: number): number => Math.round((tier + Math.max(0, -rank) / (1 + Math.max(0, -rank))) * 1e6) / 1e6;

const hits = (found: ReadonlyMap<string, number>): Found[] => [...found].map(([skillId, score]) => ({ skillId, score }));

async function bySlug(
  db: Kysely<Schema>,
  slug: string,
  owner: string | undefined,
  limit: number,
  scope: SearchScope,
): Promise<{ id: string; rank: number }[]> {
  const ofOwner = owner === undefined ? sql`1` : sql`n.handle = ${owner}`;
  const { rows } = await sql<{ id: string }>`
    select s.id as id from skills s join namespaces n on n.id = s.namespace_id
    where s.slug = ${slug} and s.deleted_at is null and ${ofOwner} and ${scope.readable}
      and exists (select 1 from versions v where v.skill_id = s.id and v.state in ('served', 'deprecated'))
    order by n.handle limit ${limit}`.execute(db);
  return rows.map(({ id }, at) => ({ id, rank: at - rows.length }));
}

/**
 * Narrows an expression to what may be read, so that the window of matches that are ranked is not filled with what is then thrown away. Undefined if nothing may be read. Where there
 * are too many namespaces to name, the narrowing is left to the rows.
 */
async function narrowed(db: Kysely<Schema>, scope: SearchScope, owner: string | undefined): Promise<((expression: string) => string) | undefined> {
  const columns = (any: readonly string[]): string => `owner : (${any.map((one) => `"${one}"`).join(' OR ')})`;
  const parts: string[] = [];
  const within = owner === undefined ? scope.within : (scope.within ?? [owner]).filter((handle) => handle === owner);
  if (within !== undefined) {
    if (within.length === 0) return undefined;
    if (within.length <= named) {
      const rows = await db.selectFrom('namespaces').select('id').where('handle', 'in', within).execute();
      if (rows.length === 0) return undefined;
      parts.push(columns(rows.map((row) => word(row.id))));
    }
  }
  if (scope.visibilities.length < 3) {
    const own =
      scope.memberId === undefined
        ? []
        : await db
            .selectFrom('members')
            .select('namespace_id')
            .where('user_id', '=', scope.memberId)
            .limit(named + 1)
            .execute();
    const open = [...scope.visibilities.map(classWord), ...own.map((row) => word(row.namespace_id))];
    if (open.length === 0) return undefined;
    if (own.length <= named) parts.push(columns(open));
  }
  return (expression) => [...parts, expression].map((part) => `(${part})`).join(' AND ');
}

/** The columns with words, as FTS5 names several. */
const words = '{slug display_name summary topics}';

/** Weights of the columns in their order: skill_id, slug, owner, display_name, summary, topics. */
const weights = sql.raw('0.0, 10.0, 0.0, 6.0, 2.0, 3.0');

/** Matches beyond the limit, in case that the rows say no to some. */
const spare = 100;

/** Skills that match, best first if there are few enough to compare, else those indexed last. */
async function matches(db: Kysely<Schema>, expression: string, limit: number, scope: SearchScope): Promise<{ id: string; rank: number }[]> {
  const count = await countUpTo(db, expression, window + 1);
  if (count === 0) return [];
  const best =
    count <= window
      ? sql`select skill_id, bm25(skill_search, ${weights}) as rank from skill_search where skill_search match ${expression} order by rank, skill_id`
      : sql`select skill_id, 0 as rank, rowid as age from skill_search where skill_search match ${expression} order by rowid desc`;
  const { rows } = await sql<{ id: string; rank: number }>`
    select s.id as id, f.rank as rank
    from (${best} limit ${limit + spare}) f
    join skills s on s.id = f.skill_id
    join namespaces n on n.id = s.namespace_id
    where s.deleted_at is null and ${scope.readable}
    order by f.rank, ${count <= window ? sql`s.slug, n.handle` : sql`f.age desc`} limit ${limit}`.execute(db);
  return rows;
}

async function countUpTo(db: Kysely<Schema>, expression: string, most: number): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`select count(*) as count from (select 1 from skill_search where skill_search match ${expression} limit ${most})`.execute(db);
  return rows[0]?.count ?? 0;
}
