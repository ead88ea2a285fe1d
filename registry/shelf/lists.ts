/**
 * Lists of skills: by time, by counters, by the beginning of a name, by words. Visibility is part of the query, so pages and limits are counted over what the caller sees; each row
 * is then asked again. A row whose seal is broken is left out of lists, with an alarm; asking for it by name gives the 503.
 *
 * No look goes over more than `stretch` skills in one go: a caller who may read little of a large registry does not hold up the others.
 */
import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Reach } from '../auth/rights.ts';
import { RegistryError } from '../errors.ts';
import { type Actor, refText } from '../model.ts';
import { outdated } from '../store/account-log.ts';
import type { Store } from '../store/index.ts';
import { Lru } from '../store/lru.ts';
import type { VersionRow } from '../store/schema.ts';
import { Postings, searchSkills } from '../store/search.ts';
import type { Alarm } from './alarm.ts';
import type { Page, SearchHit, Shelf, SkillHead, Sort } from './contract.ts';
import type { Count, Popular, Snapshot } from './counts.ts';
import { type CursorValue, readCursor, writeCursor } from './cursor.ts';
import { isReleasable, latestOf } from './latest.ts';
import type { Book, Records } from './records.ts';
import { blind, given, readable } from './visible.ts';

const stretch = 2000;
const mostItems = 200;

interface ListDeps {
  readonly store: Store;
  readonly records: Records;
  readonly counts: () => Promise<Snapshot>;
  /** @throws unauthorized */
  readonly reach: (actor: Actor) => Reach;
  /** Of these skills those that the caller may read. */
  readonly readable: (actor: Actor, books: readonly Book[]) => Promise<readonly Book[]>;
  readonly alarm: Alarm;
  readonly watched: <T>(subject: () => string, ask: () => Promise<T>) => Promise<T>;
}

/** A place in an order: the value that is sorted by, then the id. */
type Place = readonly [CursorValue, string];
interface Order {
  readonly column: 'updated_at' | 'created_at' | 'slug';
  readonly shape: readonly ['number' | 'string', 'string'];
}
const orders: Readonly<Record<'updated' | 'createdAt' | 'prefix', Order>> = {
  updated: { column: 'updated_at', shape: ['number', 'string'] },
  createdAt: { column: 'created_at', shape: ['number', 'string'] },
  prefix: { column: 'slug', shape: ['string', 'string'] },
};
const counted: Readonly<Partial<Record<Sort, Popular>>> = { stars: 'stars', installs: 'installs', downloads: 'installs', trending: 'recent' };

export type Lists = Pick<Shelf, 'list' | 'prefix' | 'search' | 'trending' | 'catalogue'> & {
  /** @param versionOf numbers of the versions that can be read, by id */
  head(book: Book, latest: VersionRow, versionOf: ReadonlyMap<string, string>, snapshot: Snapshot): SkillHead;
};

export function createLists({ store, records, counts, reach, readable: readableOf, alarm, watched }: ListDeps): Lists {
  const searches = new Lru<string, readonly SearchHit[]>(100_000, (list) => list.length + 1);
  const postings = new Postings();
  const catalogues = new Lru<string, readonly SkillHead[]>(50_000, (list) => list.length + 1);
  let epochOfAnswers = Number.NaN;

  /** Answers that are kept are those of this state of the store. */
  function settle(): number {
    const epoch = records.refresh();
    if (epoch !== epochOfAnswers) {
      searches.clear();
      postings.settle(epoch);
      catalogues.clear();
      epochOfAnswers = epoch;
    }
    return epoch;
  }

  function head(book: Book, latest: VersionRow, versionOf: ReadonlyMap<string, string>, snapshot: Snapshot): SkillHead {
    const tags: Record<string, string> = {};
    for (const row of records.tags(book)) {
      const version = versionOf.get(row.version_id);
      if (version !== undefined) tags[row.tag] = version;
    }
    tags['latest'] = latest.version;
    const { installs, stars }: Count = snapshot.of(book.skill.id);
    return {
      id: book.skill.id,
      owner: book.namespace.handle,
      ownerName: book.namespace.display_name,
      slug: book.skill.slug,
      displayName: book.skill.display_name,
      summary: book.skill.summary,
      topics: topicsOf(book.skill.topics),
      createdAt: book.skill.created_at,
      updatedAt: book.skill.updated_at,
      stats: { installs, stars, versions: versionOf.size },
      latest,
      tags,
    };
  }

  /** Skills by id as lists show them, in order. What may not be read after all, or cannot be believed, is left out. */
  async function heads(actor: Actor, ids: readonly string[]): Promise<SkillHead[]> {
    const books = await readableOf(actor, await records.byId(ids));
    const shown = books.flatMap((book) => {
      const open = book.marks.filter(isReleasable);
      const tagged = book.tagRows.find((tag) => tag.tag === 'latest')?.version_id;
      const mark = latestOf(open, tagged);
      return mark === undefined ? [] : [{ book, mark, open }];
    });
    await records.prefetch(shown.map(({ mark }) => mark));
    const snapshot = await counts();
    const list: SkillHead[] = [];
    for (const { book, mark, open } of shown) {
      try {
        if (book.fault !== undefined) throw book.fault;
        const hidden = book.marks.find((one) => !one.stands);
        if (hidden !== undefined) throw outdated('versions', hidden.id);
        const latest = await records.row(book, mark);
        if (!isReleasable(latest))
          throw new RegistryError('tampered', 'The state of a version is not the one that was written.', { detail: { id: mark.id } });
        list.push(head(book, latest, new Map(open.map((one) => [one.id, one.version])), snapshot));
      } catch (error) {
        if (!(error instanceof RegistryError) || error.code !== 'tampered') throw error;
        alarm(refText({ owner: book.namespace.handle, slug: book.skill.slug }), error);
      }
    }
    return list;
  }

  /** Ids in an order from a place on, with their places; stops at `limit`. */
  async function walk(
    scope: Reach,
    order: Order,
    limit: number,
    options: { readonly after?: Place; readonly prefix?: string; readonly owner?: string; readonly without?: ReadonlySet<string> },
  ): Promise<{ ids: string[]; places: Place[]; more: boolean }> {
    const column = sql.ref(`s.${order.column}`);
    const down = order.column !== 'slug';
    const direction = sql.raw(down ? 'desc' : 'asc');
    const ids: string[] = [];
    const places: Place[] = [];
    let after = options.after;
    for (;;) {
      const from = after === undefined ? sql`1` : sql`(${column}, s.id) ${sql.raw(down ? '<' : '>')} (${after[0]}, ${after[1]})`;
      const named = options.prefix === undefined ? sql`1` : sql`(s.slug >= ${options.prefix} and s.slug < ${`${options.prefix}\uffff`})`;
      const owned = options.owner === undefined ? sql`1` : sql`s.namespace_id = (select id from namespaces where handle = ${options.owner})`;
      const part = sql`select s.id, s.namespace_id, s.deleted_at, ${column} as place from skills s where ${from} and ${named} and ${owned} order by ${column} ${direction}, s.id ${direction} limit ${stretch}`;
      const { rows } = await sql<{ id: string; place: CursorValue }>`
        select s.id as id, s.place as place from (${part}) s join namespaces n on n.id = s.namespace_id
        where ${given} and ${readable(scope)} order by s.place ${direction}, s.id ${direction} limit ${limit + 1}`.execute(store.db);
      for (const row of rows) {
        if (options.without?.has(row.id) === true) continue;
        if (ids.length === limit) return { ids, places, more: true };
        ids.push(row.id);
        places.push([row.place, row.id]);
      }
      if (rows.length > limit) {
        // Some were left out: go on behind the last one that was looked at.
        const last = rows.at(-1)!;
        after = [last.place, last.id];
        continue;
      }
      const { rows: ends } = await sql<{
        id: string;
        place: CursorValue;
      }>`select s.id as id, s.place as place from (${part}) s order by s.place ${sql.raw(down ? 'asc' : 'desc')}, s.id ${sql.raw(down ? 'asc' : 'desc')} limit 1`.execute(
        store.db,
      );
      const { rows: sizes } = await sql<{ count: number }>`select count(*) as count from (${part}) s`.execute(store.db);
      if ((sizes[0]?.count ?? 0) < stretch) return { ids, places, more: false };
      after = [ends[0]!.place, ends[0]!.id];
      await setImmediate();
    }
  }

  async function page(
    actor: Actor,
    name: 'updated' | 'createdAt' | 'prefix',
    query: { readonly limit: number; readonly cursor?: string | undefined; readonly prefix?: string; readonly owner?: string | undefined },
  ): Promise<Page<SkillHead>> {
    const scope = reach(actor);
    const order = orders[name];
    const after = readCursor(query.cursor, name, order.shape) as unknown as Place | undefined;
    if (blind(scope)) return { items: [], cursor: null };
    const { ids, places, more } = await walk(scope, order, clamp(query.limit), {
      ...(after === undefined ? {} : { after }),
      ...(query.prefix === undefined ? {} : { prefix: query.prefix }),
      ...(query.owner === undefined ? {} : { owner: query.owner }),
    });
    return { items: await heads(actor, ids), cursor: more ? writeCursor(name, places.at(-1)!) : null };
  }

  /**
   * First those that have been counted, most first; then all others by time. The cursor says in which part one is and behind which skill that one was shown: a place in the whole ranking
   * would tell how many stand before it that one may not read.
   */
  async function popular(actor: Actor, sort: Sort, by: Popular, limit: number, cursor: string | undefined): Promise<Page<SkillHead>> {
    const scope = reach(actor);
    const [part, place, id] = (readCursor(cursor, sort, ['number', 'number', 'string']) ?? [0, Number.MAX_SAFE_INTEGER, '']) as [
      number,
      number,
      string,
    ];
    if (blind(scope)) return { items: [], cursor: null };
    const snapshot = await counts();
    const ranking = snapshot.ranking(by);
    const items: SkillHead[] = [];
    if (part === 0) {
      const next = ranking.findIndex((one) => {
        const count = snapshot.of(one)[by];
        return count < place || (count === place && one > id);
      });
      let at = next === -1 ? ranking.length : next;
      while (at < ranking.length && items.length < limit) {
        const some = ranking.slice(at, at + limit - items.length);
        items.push(...(await heads(actor, some)));
        at += some.length;
      }
      const last = items.at(-1);
      if (last !== undefined && items.length === limit) return { items, cursor: writeCursor(sort, [0, snapshot.of(last.id)[by], last.id]) };
    }
    const rest = await walk(scope, orders.updated, limit - items.length, {
      without: new Set(ranking),
      ...(part === 1 && id !== '' ? { after: [place, id] as const } : {}),
    });
    items.push(...(await heads(actor, rest.ids)));
    return { items, cursor: rest.more ? writeCursor(sort, [1, ...rest.places.at(-1)!]) : null };
  }

  return {
    head,
    list: (actor, query) =>
      watched(
        () => 'the list of skills',
        async () => {
          const sort = query.sort ?? 'updated';
          const by = counted[sort];
          if (by !== undefined && query.owner === undefined) return popular(actor, sort, by, clamp(query.limit), query.cursor);
          return page(actor, sort === 'createdAt' ? 'createdAt' : 'updated', query);
        },
      ),
    prefix: (actor, query) =>
      watched(
        () => 'the list of skills',
        () => page(actor, 'prefix', query),
      ),
    search: (actor, query) =>
      watched(
        () => 'search',
        async () => {
          const scope = reach(actor);
          if (blind(scope)) return [];
          const epoch = settle();
          const limit = clamp(query.limit);
          // The reach is all that the answer depends on besides the words.
          const key = JSON.stringify([query.text, limit, query.exact === true, query.owner ?? null, scope]);
          const ready = searches.get(key);
          if (ready !== undefined) return ready;
          const found = await searchSkills(
            store.db,
            { text: query.text, limit, exact: query.exact === true, ...(query.owner === undefined ? {} : { owner: query.owner }) },
            { readable: readable(scope), ...scope },
            postings,
          );
          const scores = new Map(found.map((one) => [one.skillId, one.score]));
          const hits = (
            await heads(
              actor,
              found.map((one) => one.skillId),
            )
          ).map((skill): SearchHit => ({ skill, score: scores.get(skill.id)! }));
          if (epoch === store.epoch()) searches.set(key, hits);
          return hits;
        },
      ),
    catalogue: (actor, query) =>
      watched(
        () => 'the list of skills',
        async () => {
          const scope = reach(actor);
          if (blind(scope)) return [];
          const epoch = settle();
          const key = JSON.stringify([query.owner ?? null, query.most, scope]);
          const ready = catalogues.get(key);
          if (ready !== undefined) return ready;
          const { ids } = await walk(scope, orders.updated, query.most, query.owner === undefined ? {} : { owner: query.owner });
          const list: SkillHead[] = [];
          for (let at = 0; at < ids.length; at += mostItems) list.push(...(await heads(actor, ids.slice(at, at + mostItems))));
          list.sort((a, b) => (a.owner === b.owner ? (a.slug < b.slug ? -1 : 1) : a.owner < b.owner ? -1 : 1));
          if (epoch === store.epoch()) catalogues.set(key, list);
          return list;
        },
      ),
    trending: (actor, limit) =>
      watched(
        () => 'the list of skills',
        async () => (await popular(actor, 'trending', 'recent', clamp(limit), undefined)).items,
      ),
  };
}

const clamp = (limit: number): number => Math.min(mostItems, Math.max(1, Math.trunc(limit) || 1));

function topicsOf(json: string): string[] {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
  } catch {
    return [];
  }
}
