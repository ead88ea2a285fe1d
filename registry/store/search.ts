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
import { type Kysely, sql, type Transaction } from 'kysely';
import { sha256 } from './blobs.ts';
import {
  classWord,
  inAll,
  matches,
  names,
  narrowed,
  nearest,
  numbers,
  Postings,
  type Ranked,
  type SearchScope,
  window,
  word,
  words,
} from './postings.ts';
import type { Schema } from './schema.ts';

export { Postings, type SearchScope } from './postings.ts';

/** Words of a query that count, and letters of a word. */
const mostWords = 12;
const mostLetters = 64;

const lastPlace = 2 ** 20 - 1;
/**
 * Of those that say equally much each stands in its own place, which follows from its name: whether and when it was indexed anew, and what else there is, shows nowhere. Two of one number
 * would be one in four billion.
 */
const numberOf = (handle: string, slug: string): number => Number.parseInt(sha256(`@${handle}/${slug}`).slice(0, 8), 16);
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
  const place = placeOf({ ...row, topics }) * numbers;
  let number = numberOf(row.handle, row.slug);
  for (;;) {
    const { rows } = await sql`select 1 from skill_search where rowid = ${place + number}`.execute(tx);
    if (rows.length === 0) break;
    number = (number + 1) % numbers;
  }
  const owner = `${row.handle} ${word(row.namespace)} ${word(skillId)} ${classWord(row.visibility)}`;
  await sql`insert into skill_search (rowid, skill_id, slug, owner, display_name, summary, topics)
    values (${place + number}, ${skillId}, ${row.slug}, ${owner}, ${row.display_name}, ${row.summary}, ${topics})`.execute(tx);
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
 * @param memory which rows have which word, from before; settle it first
 */
export async function searchSkills(
  db: Kysely<Schema>,
  query: { readonly text: string; readonly limit: number; readonly exact?: boolean; readonly owner?: string },
  scope: SearchScope,
  memory: Postings = new Postings(),
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
  const room = (): number => query.limit + found.size;
  const look = async (expression: string, kind: number): Promise<void> => {
    if (found.size < query.limit) add(await matches(db, inside, expression, room(), scope), kind);
  };
  const pick = async (rows: readonly number[], kind: number): Promise<void> => {
    if (found.size < query.limit) add(await nearest(db, rows, room(), scope), kind);
  };
  const all = terms.join(' AND ');
  if (terms.length === 1) {
    await look(`${names} : ${all}`, 2);
    await look(`${words} : ${all}`, 1);
    return hits(found);
  }
  const rare: (readonly number[])[] = [];
  for (const one of terms) {
    const rows = await memory.rowsOf(db, inside, `${words} : ${one}`);
    if (rows !== undefined) rare.push(rows);
  }
  if (rare.length < terms.length) {
    // A word that very many have: the index knows better.
    const whole = await matches(db, inside, `${words} : (${all})`, room(), scope);
    if (whole.length > 0) {
      await look(`${names} : (${all})`, 2);
      await look(`(${words} : (${all})) AND (${names} : (${terms.join(' OR ')}))`, 1.5);
      add(whole, 1);
    }
  } else {
    const whole = inAll(rare);
    if (whole.length > 0) {
      const named: (readonly number[])[] = [];
      for (const one of terms) named.push((await memory.rowsOf(db, inside, `${names} : ${one}`)) ?? []);
      const any = new Set(named.flat());
      await pick(inAll(named), 2);
      await pick(
        whole.filter((row) => any.has(row)),
        1.5,
      );
      await pick(whole, 1);
    }
  }
  if (found.size < query.limit) add(await some(db, rare, room(), scope), 0);
  return hits(found);
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

/** Skills with some of the words, those with more and with rarer ones first; of the rarest words as many as fill the window. @param lists rows of each word that is not in too many */
async function some(db: Kysely<Schema>, lists: readonly (readonly number[])[], limit: number, scope: SearchScope): Promise<Ranked[]> {
  const found = [...new Set(lists)].filter((rows) => rows.length > 0).sort((a, b) => a.length - b.length);
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
    if (ranked.length >= limit) break;
    const some = await nearest(
      db,
      rows.sort((a, b) => a - b),
      limit - ranked.length,
      scope,
    );
    for (const { id } of some) ranked.push({ id, near: (0.999 * weight) / whole });
  }
  return ranked;
}
