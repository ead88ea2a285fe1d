/**
 * Full text search over skills that are given out (SQLite FTS5). The gate calls `indexSkill` in the transaction that changes what is served.
 *
 * Promises: what a user types is never FTS syntax (each word goes in as a quoted string); the order is the same for the same store; the time is bounded whatever is typed: rows are
 * numbered so that those that say the least besides come first, which is the order that FTS5 gives them in by itself, and it stops when there are enough.
 *
 * Order and score follow from the skill that was found and from how many the caller may read that match, and from nothing else. bm25 would be at hand, but it weighs words by how rare they
 * are in the whole index, also in skills that the caller may not read: with two skills of one's own one could ask it which words others keep to themselves.
 *
 * The column `owner` is for us, not for words: it holds the owner's handle, the ids of namespace and skill as one word each, and the visibility of the namespace. By these a row is
 * found again, and matches are narrowed to what the caller may read before they are ranked. Words are looked for in the other columns. What comes out is asked again from the
 * rows themselves, so an index that is behind can hide something but never show it.
 */
import { type Kysely, type RawBuilder, type SqlBool, sql, type Transaction } from 'kysely';
import type { Visibility } from '../model.ts';
import type { Schema } from './schema.ts';

/** A word that more skills have is not looked for among others: it tells none of them apart. */
const window = 4000;
/** Namespaces that are named in an expression at most: each costs some 40 µs. */
const named = 128;
/** Words of a query that count, and letters of a word. */
const mostWords = 12;
const mostLetters = 64;

/** An id as one word of the index. */
const word = (id: string): string => id.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase();
const classWord = (visibility: Visibility): string => `visibility${visibility}`;

/** Numbers of rows that say equally much: `place * numbers` and up. Together they stay below 2^53. */
const numbers = 2 ** 32;
const lastPlace = 2 ** 20 - 1;
const lengthOf = (text: string): number => [...text].length;

/** How much a skill says: the more, the less one word of it means. Names count four times. */
const placeOf = (row: { readonly slug: string; readonly display_name: string; readonly summary: string; readonly topics: string }): number =>
  Math.min(lastPlace, (lengthOf(row.slug) + lengthOf(row.display_name)) * 4 + lengthOf(row.summary) + lengthOf(row.topics));

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
  const topics = topicsText(row.topics);
  const first = placeOf({ ...row, topics }) * numbers;
  const { rows } = await sql<{ last: number }>`
    select rowid as last from skill_search where rowid >= ${first} and rowid < ${first + numbers} order by rowid desc limit 1`.execute(tx);
  const owner = `${row.handle} ${word(row.namespace)} ${word(skillId)} ${classWord(row.visibility)}`;
  await sql`insert into skill_search (rowid, skill_id, slug, owner, display_name, summary, topics)
    values (${(rows[0]?.last ?? first) + 1}, ${skillId}, ${row.slug}, ${owner}, ${row.display_name}, ${row.summary}, ${topics})`.execute(tx);
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
 * Skills for a text, best first: the slug as typed (also as `owner/slug`), then those that have all words in their names, then all words anywhere with one of them in the names, then all
 * words anywhere, then some of the words.
 * @param exact only the slug as typed
 */
export async function searchSkills(
  db: Kysely<Schema>,
  query: { readonly text: string; readonly limit: number; readonly exact?: boolean; readonly owner?: string },
  scope: SearchScope,
): Promise<Found[]> {
  const found = new Map<string, number>();
  const add = (rows: readonly Ranked[], kind: number): void => {
    for (const { id, near } of rows) if (!found.has(id) && found.size < query.limit) found.set(id, scoreOf(kind, near));
  };
  const typed = query.text.trim().toLowerCase();
  const [, owner, slug] = /^(?:@?([a-z0-9._-]{1,40})\/)?([a-z0-9-]{1,128})$/.exec(typed) ?? [];
  if (slug !== undefined) add(await bySlug(db, slug, owner ?? query.owner, query.limit, scope), 3);
  if (query.exact === true) return hits(found);

  const terms = wordsOf(typed).map(term);
  if (terms.length === 0 || found.size >= query.limit) return hits(found);
  const inside = await narrowed(db, scope, query.owner);
  if (inside === undefined) return hits(found);
  const look = async (expression: string, kind: number): Promise<void> => {
    if (found.size < query.limit) add(await matches(db, inside(expression), query.limit + found.size, scope), kind);
  };
  const all = terms.join(' AND ');
  if (terms.length === 1) {
    await look(`${names} : ${all}`, 2);
    await look(`${words} : ${all}`, 1);
    return hits(found);
  }
  // Most often no skill has them all: then there is nothing to look for in narrower ways.
  const whole = await matches(db, inside(`${words} : (${all})`), query.limit + found.size, scope);
  if (whole.length > 0) {
    await look(`${names} : (${all})`, 2);
    await look(`${words} : (${all}) AND ${names} : (${terms.join(' OR ')})`, 1.5);
    add(whole, 1);
  }
  if (found.size < query.limit) add(await some(db, terms, inside, query.limit + found.size, scope), 0);
  return hits(found);
}

/** A skill that matches, and how near it comes within its kind: above 0, and below 1. */
interface Ranked {
  readonly id: string;
  readonly near: number;
}

/** Kinds are half a point apart. */
const scoreOf = (kind: number, near: number): number => Math.round((kind + near / 2) * 1e6) / 1e6;

const hits = (found: ReadonlyMap<string, number>): Found[] => [...found].map(([skillId, score]) => ({ skillId, score }));

async function bySlug(db: Kysely<Schema>, slug: string, owner: string | undefined, limit: number, scope: SearchScope): Promise<Ranked[]> {
  const ofOwner = owner === undefined ? sql`1` : sql`n.handle = ${owner}`;
  const { rows } = await sql<{ id: string }>`
    select s.id as id from skills s join namespaces n on n.id = s.namespace_id
    where s.slug = ${slug} and s.deleted_at is null and ${ofOwner} and ${scope.readable}
      and exists (select 1 from versions v where v.skill_id = s.id and v.state in ('served', 'deprecated'))
    order by n.handle limit ${limit}`.execute(db);
  return rows.map(({ id }, at) => ({ id, near: 1 / (at + 2) }));
}

/** What matches an expression and may be read: a query for `row`. */
type Inside = (expression: string) => RawBuilder<unknown>;

/**
 * Narrows an expression to what may be read. Undefined if nothing may be read. The index does it by itself, which costs next to nothing; where there are too many namespaces to name, the
 * rows of each match do.
 */
async function narrowed(db: Kysely<Schema>, scope: SearchScope, owner: string | undefined): Promise<Inside | undefined> {
  const columns = (any: readonly string[]): string => `owner : (${any.map((one) => `"${one}"`).join(' OR ')})`;
  const parts: string[] = [];
  let whole = true;
  const within = owner === undefined ? scope.within : (scope.within ?? [owner]).filter((handle) => handle === owner);
  if (within !== undefined) {
    if (within.length === 0) return undefined;
    if (within.length <= named) {
      const rows = await db.selectFrom('namespaces').select('id').where('handle', 'in', within).execute();
      if (rows.length === 0) return undefined;
      parts.push(columns(rows.map((row) => word(row.id))));
    } else whole = false;
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
    else whole = false;
  }
  return (expression) => {
    const narrow = [...parts, expression].map((part) => `(${part})`).join(' AND ');
    return whole
      ? sql`select rowid as row from skill_search where skill_search match ${narrow}`
      : sql`select f.rowid as row from skill_search f join skills s on s.id = f.skill_id join namespaces n on n.id = s.namespace_id
          where f.skill_search match ${narrow} and ${scope.readable}`;
  };
}

/** The columns with words, as FTS5 names several. */
const words = '{slug display_name summary topics}';
const names = '{slug display_name}';

/** Matches that are asked for beyond those that are wanted, in case that the rows say no to some; then eight times as many. */
const spare = 8;

/** Skills that match, those that say the least besides first. */
async function matches(db: Kysely<Schema>, found: RawBuilder<unknown>, limit: number, scope: SearchScope): Promise<Ranked[]> {
  for (let take = limit + spare; ; take *= 8) {
    const { rows } = await sql<{ row: number }>`${found} order by row limit ${take}`.execute(db);
    const shown = await shownOf(
      db,
      rows.map(({ row }) => row),
      scope,
    );
    if (shown.length >= limit || rows.length < take)
      return shown.slice(0, limit).map(({ id, row }) => ({ id, near: 100 / (101 + Math.floor(row / numbers)) }));
  }
}

/** Which skills these rows of the index are, in the same order, as far as they are there and may be read. */
async function shownOf(db: Kysely<Schema>, found: readonly number[], scope: SearchScope): Promise<{ readonly row: number; readonly id: string }[]> {
  if (found.length === 0) return [];
  const { rows } = await sql<{ row: number; id: string }>`
    select j.value as row, s.id as id
    from json_each(${JSON.stringify(found)}) j
    join skill_search t on t.rowid = j.value
    join skills s on s.id = t.skill_id
    join namespaces n on n.id = s.namespace_id
    where s.deleted_at is null and ${scope.readable}
    order by j.key`.execute(db);
  return rows;
}

/** Skills with some of the words, those with more and with rarer ones first. A word that too many have says little, and the rarest are enough to fill the window. */
async function some(db: Kysely<Schema>, terms: readonly string[], inside: Inside, limit: number, scope: SearchScope): Promise<Ranked[]> {
  const found: number[][] = [];
  for (const one of new Set(terms)) {
    const { rows } = await sql<{ row: number }>`${inside(`${words} : ${one}`)} limit ${window + 1}`.execute(db);
    if (rows.length > 0 && rows.length <= window) found.push(rows.map(({ row }) => row));
  }
  found.sort((a, b) => a.length - b.length);
  let room = window;
  let whole = 0;
  const weights = new Map<number, number>();
  for (const [at, rows] of found.entries()) {
    room -= rows.length;
    if (at > 0 && room < 0) break;
    const weight = Math.log(1 + 1e6 / rows.length);
    whole += weight;
    for (const row of rows) weights.set(row, (weights.get(row) ?? 0) + weight);
  }
  // Few sums are different, so that those of one sum are put in order only when it is their turn.
  const byWeight = new Map<number, number[]>();
  for (const [row, weight] of weights) {
    const equals = byWeight.get(weight);
    if (equals === undefined) byWeight.set(weight, [row]);
    else equals.push(row);
  }
  const ranked: Ranked[] = [];
  for (const [weight, rows] of [...byWeight].sort(([a], [b]) => b - a)) {
    rows.sort((a, b) => a - b);
    for (let at = 0; at < rows.length && ranked.length < limit; at += limit + spare)
      for (const { id } of await shownOf(db, rows.slice(at, at + limit + spare), scope)) ranked.push({ id, near: (0.999 * weight) / whole });
    if (ranked.length >= limit) break;
  }
  return ranked.slice(0, limit);
}
