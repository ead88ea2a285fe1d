/**
 * What matches in the search index, below search.ts: expressions narrowed to what the caller may read, the rows that have a word, and which skills they are.
 *
 * Which rows have a word is remembered as long as nobody changes anything: words come again and again, in ever new company.
 */
import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Visibility } from '../model.ts';
import { Lru } from './lru.ts';
import type { Schema } from './schema.ts';

/** A word that more skills have is not looked for among others: it tells none of them apart. */
export const window = 4000;
/** Namespaces that are named in an expression at most: each costs some 40 µs. */
const named = 128;
/** An id as one word of the index. */
export const word = (id: string): string => id.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase();
export const classWord = (visibility: Visibility): string => `visibility${visibility}`;

/** Numbers of rows that say equally much: `place * numbers` and up. Together they stay below 2^53. */
export const numbers = 2 ** 32;
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

/** What matches an expression and may be read. */
export interface Inside {
  /** A query for `row`, in no order. */
  query(expression: string): RawBuilder<unknown>;
  /** The same for the same callers, expressions aside. */
  readonly key: string;
}

/**
 * Narrows an expression to what may be read. Undefined if nothing may be read. The index does it by itself, which costs next to nothing; where there are too many namespaces to name, the
 * rows of each match do.
 */
export async function narrowed(db: Kysely<Schema>, scope: SearchScope, owner: string | undefined): Promise<Inside | undefined> {
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
  const { visibilities, memberId } = scope;
  return {
    key: JSON.stringify(whole ? parts : [parts, visibilities, memberId, within]),
    query(expression) {
      const narrow = [...parts, expression].map((part) => `(${part})`).join(' AND ');
      return whole
        ? sql`select rowid as row from skill_search where skill_search match ${narrow}`
        : sql`select f.rowid as row from skill_search f join skills s on s.id = f.skill_id join namespaces n on n.id = s.namespace_id
          where f.skill_search match ${narrow} and ${scope.readable}`;
    },
  };
}

/** The columns with words, as FTS5 names several. */
export const words = '{slug display_name summary topics}';
export const names = '{slug display_name}';

/** A skill that matches, and how near it comes within its kind: above 0, and below 1. */
export interface Ranked {
  readonly id: string;
  readonly near: number;
}

/** Matches that are asked for beyond those that are wanted, in case that the rows say no to some; then eight times as many. */
const spare = 8;

/** Skills that match, those that say the least besides first. */
export async function matches(db: Kysely<Schema>, inside: Inside, expression: string, limit: number, scope: SearchScope): Promise<Ranked[]> {
  for (let take = limit + spare; ; take *= 8) {
    const rows = await rowsFor(db, inside, expression, take);
    const shown = await nearest(db, rows, limit, scope);
    if (shown.length >= limit || rows.length < take) return shown;
  }
}

/** The first of these rows of the index, in their order, that are there and may be read. */
export async function nearest(db: Kysely<Schema>, rows: readonly number[], limit: number, scope: SearchScope): Promise<Ranked[]> {
  const ranked: Ranked[] = [];
  for (let at = 0; at < rows.length && ranked.length < limit; at += limit + spare)
    for (const { id, row } of await shownOf(db, rows.slice(at, at + limit + spare), scope))
      ranked.push({ id, near: 100 / (101 + Math.floor(row / numbers)) });
  return ranked.slice(0, limit);
}

async function rowsFor(db: Kysely<Schema>, inside: Inside, expression: string, most: number): Promise<number[]> {
  const { rows } = await sql<{ row: number }>`${inside.query(expression)} order by row limit ${most}`.execute(db);
  return rows.map(({ row }) => row);
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

/** Which rows have a word, in order, for as long as the store is in one state. */
export class Postings {
  /** 16 MB of numbers at most. */
  readonly #kept = new Lru<string, readonly number[] | null>(2_000_000, (rows) => 50 + (rows?.length ?? 0));
  #epoch = Number.NaN;

  /** Forgets what was read in another state of the store. */
  settle(epoch: number): void {
    if (epoch === this.#epoch) return;
    this.#kept.clear();
    this.#epoch = epoch;
  }

  /** The rows; undefined if they are more than the window. The same list each time. */
  async rowsOf(db: Kysely<Schema>, inside: Inside, expression: string): Promise<readonly number[] | undefined> {
    const key = `${expression} ${inside.key}`;
    let rows = this.#kept.get(key);
    if (rows === undefined) {
      const epoch = this.#epoch;
      const found = await rowsFor(db, inside, expression, window + 1);
      rows = found.length > window ? null : found;
      if (Object.is(epoch, this.#epoch)) this.#kept.set(key, rows);
    }
    return rows ?? undefined;
  }
}

/** What is in all of these lists, each in order and without doubles. */
export function inAll(lists: readonly (readonly number[])[]): readonly number[] {
  const [shortest = [], ...others] = [...lists].sort((a, b) => a.length - b.length);
  const sets = others.map((list) => new Set(list));
  return shortest.filter((row) => sets.every((set) => set.has(row)));
}
