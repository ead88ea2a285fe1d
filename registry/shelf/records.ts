/**
 * Rows as the shelf believes them: read from the store, their seals checked, and kept in memory only as long as nobody, in this process or another, has committed anything
 * (`store.epoch()`). After that all is read again; a row that is letter for letter the one whose seal was checked needs no second check.
 *
 * Stops a row that was changed behind our back from being believed, and a revocation made by another server from being missed.
 */
import { RegistryError } from '../errors.ts';
import { memberId, membersById } from '../store/accounts.ts';
import type { Store } from '../store/index.ts';
import type { MemberRow, NamespaceRow, SealedTable, SkillRow, TagRow, VersionRow } from '../store/schema.ts';
import { Lru } from './lru.ts';

/** What is known of a version without believing it yet: enough to find its row. */
export type VersionMark = Pick<VersionRow, 'id' | 'skill_id' | 'version' | 'state'>;

/** A skill with what belongs to it. `skill` and `namespace` are as stored; `fault` says whether they may be believed. */
export interface Book {
  readonly namespace: NamespaceRow;
  readonly skill: SkillRow;
  readonly fault: RegistryError | undefined;
  readonly marks: readonly VersionMark[];
  readonly byVersion: ReadonlyMap<string, VersionMark>;
  /** As stored; believed through `Records.tags`. */
  readonly tagRows: readonly TagRow[];
  /** Sealed rows that were asked for so far, by id. */
  readonly rows: Map<string, VersionRow>;
}

type Found = readonly Book[];
type AnyRow = Readonly<Record<string, string | number | null>> & { readonly seal: string };

/** Bytes (about) of rows whose seals were checked. */
const rowMemory = 64 * 1024 * 1024;
const books = 20_000;
/** SQLite takes 32,766 values; a few hundred are read at once. */
const batch = 500;

const weigh = (row: AnyRow): number => Object.values(row).reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 64);
const sameRow = (a: AnyRow, b: AnyRow): boolean => {
  const keys = Object.keys(b);
  return keys.length === Object.keys(a).length && keys.every((key) => a[key] === b[key]);
};

export class Records {
  readonly #store: Store;
  readonly #checked = new Lru<string, AnyRow>(rowMemory, weigh);
  readonly #byId = new Lru<string, Book>(books);
  readonly #byName = new Lru<string, Found>(books);
  readonly #members = new Lru<string, MemberRow | null>(100_000);
  #epoch = Number.NaN;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Forgets what may be out of date. Call at the start of every question; between that and the answer one state of the store is seen, or a newer one. */
  refresh(): number {
    const epoch = this.#store.epoch();
    if (epoch !== this.#epoch) {
      this.#byId.clear();
      this.#byName.clear();
      this.#members.clear();
      this.#epoch = epoch;
    }
    return epoch;
  }

  /** The row, if its seal is ours. @throws RegistryError tampered */
  believe<R extends { readonly id: string; readonly seal: string }>(table: SealedTable, row: R): R {
    const key = `${table}:${row.id}`;
    const before = this.#checked.get(key) as unknown as R | undefined;
    if (before !== undefined && sameRow(before as unknown as AnyRow, row as unknown as AnyRow)) return before;
    this.#store.sealed(table, row);
    this.#checked.set(key, row as unknown as AnyRow);
    return row;
  }

  /** Skills of that name in memory; undefined if they have to be read. */
  namedNow(slug: string, owner: string | undefined): Found | undefined {
    return this.#byName.get(nameKey(slug, owner));
  }

  /** Skills of that name, deleted ones too, in order of their owners' handles. */
  async named(slug: string, owner: string | undefined): Promise<Found> {
    const ready = this.namedNow(slug, owner);
    if (ready !== undefined) return ready;
    const epoch = this.#epoch;
    const ids = await this.#store.db
      .selectFrom('skills')
      .innerJoin('namespaces', 'namespaces.id', 'skills.namespace_id')
      .select('skills.id')
      .where('skills.slug', '=', slug)
      .$if(owner !== undefined, (query) => query.where('namespaces.handle', '=', owner!))
      .orderBy('namespaces.handle')
      .execute();
    const found = await this.byId(ids.map((row) => row.id));
    if (epoch === this.#epoch) this.#byName.set(nameKey(slug, owner), found);
    return found;
  }

  /** Skills by id, in the order of the ids; those that are not there are left out. */
  async byId(ids: readonly string[]): Promise<Book[]> {
    const found = new Map<string, Book>();
    const missing: string[] = [];
    for (const id of ids) {
      const book = this.#byId.get(id);
      if (book === undefined) missing.push(id);
      else found.set(id, book);
    }
    for (let at = 0; at < missing.length; at += batch)
      for (const book of await this.#read(missing.slice(at, at + batch))) found.set(book.skill.id, book);
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  async #read(ids: readonly string[]): Promise<Book[]> {
    const epoch = this.#epoch;
    const { db } = this.#store;
    const skills = await db.selectFrom('skills').selectAll().where('id', 'in', ids).execute();
    if (skills.length === 0) return [];
    const namespaces = await db
      .selectFrom('namespaces')
      .selectAll()
      .where('id', 'in', [...new Set(skills.map((skill) => skill.namespace_id))])
      .execute();
    const marks = await db.selectFrom('versions').select(['id', 'skill_id', 'version', 'state']).where('skill_id', 'in', ids).execute();
    const tags = await db.selectFrom('tags').selectAll().where('skill_id', 'in', ids).orderBy('tag').execute();
    const spaceOf = new Map(namespaces.map((row) => [row.id, row]));
    const marksOf = bySkill(marks);
    const tagsOf = bySkill(tags);
    const read: Book[] = [];
    for (const skill of skills) {
      const namespace = spaceOf.get(skill.namespace_id);
      if (namespace === undefined) continue;
      const own = marksOf.get(skill.id) ?? [];
      const book: Book = {
        skill,
        namespace,
        fault: this.#fault(skill, namespace),
        marks: own,
        byVersion: new Map(own.map((mark) => [mark.version, mark])),
        tagRows: tagsOf.get(skill.id) ?? [],
        rows: new Map(),
      };
      read.push(book);
      // What was read while somebody wrote is used once and not kept.
      if (epoch === this.#epoch) this.#byId.set(skill.id, book);
    }
    return read;
  }

  #fault(skill: SkillRow, namespace: NamespaceRow): RegistryError | undefined {
    try {
      this.believe('skills', skill);
      this.believe('namespaces', namespace);
      return undefined;
    } catch (error) {
      if (error instanceof RegistryError) return error;
      throw error;
    }
  }

  /** Sealed rows of versions of one skill, in the order of the marks. @throws RegistryError tampered */
  async rows(book: Book, marks: readonly VersionMark[]): Promise<VersionRow[]> {
    const missing = marks.filter((mark) => !book.rows.has(mark.id)).map((mark) => mark.id);
    for (let at = 0; at < missing.length; at += batch) {
      const read = await this.#store.db
        .selectFrom('versions')
        .selectAll()
        .where('id', 'in', missing.slice(at, at + batch))
        .execute();
      for (const row of read) book.rows.set(row.id, this.believe('versions', row));
    }
    return marks.map((mark) => {
      const row = book.rows.get(mark.id);
      if (row === undefined || row.skill_id !== book.skill.id || row.version !== mark.version) throw changed('versions', mark.id);
      return row;
    });
  }

  async row(book: Book, mark: VersionMark): Promise<VersionRow> {
    return book.rows.get(mark.id) ?? (await this.rows(book, [mark]))[0]!;
  }

  /** Fills in the rows of many versions with few questions. What is wrong with one of them shows when it is asked for. */
  async prefetch(wanted: readonly { readonly book: Book; readonly mark: VersionMark }[]): Promise<void> {
    const missing = wanted.filter(({ book, mark }) => !book.rows.has(mark.id));
    const bookOf = new Map(missing.map(({ book, mark }) => [mark.id, book]));
    for (let at = 0; at < missing.length; at += batch) {
      const read = await this.#store.db
        .selectFrom('versions')
        .selectAll()
        .where(
          'id',
          'in',
          missing.slice(at, at + batch).map(({ mark }) => mark.id),
        )
        .execute();
      for (const row of read) {
        try {
          bookOf.get(row.id)!.rows.set(row.id, this.believe('versions', row));
        } catch (error) {
          if (!(error instanceof RegistryError)) throw error;
        }
      }
    }
  }

  /** Tags of a skill. @throws RegistryError tampered */
  tags(book: Book): TagRow[] {
    return book.tagRows.map((row) => {
      if (row.id !== `${row.skill_id}:${row.tag}`) throw changed('tags', row.id);
      return this.believe('tags', row);
    });
  }

  /** A membership in memory: the row, null for none, undefined if it has to be read. */
  memberNow(namespaceId: string, userId: string): MemberRow | null | undefined {
    return this.#members.get(memberId(namespaceId, userId));
  }

  /** Reads the memberships of a user in some namespaces. @throws RegistryError tampered */
  async members(namespaceIds: readonly string[], userId: string): Promise<void> {
    const ids = [...new Set(namespaceIds)].map((id) => memberId(id, userId)).filter((id) => this.#members.get(id) === undefined);
    for (let at = 0; at < ids.length; at += batch) {
      const part = ids.slice(at, at + batch);
      const read = await membersById(this.#store.db, part);
      const found = new Map(read.map((row) => [row.id, this.believe('members', row)]));
      for (const id of part) this.#members.set(id, found.get(id) ?? null);
    }
  }
}

function bySkill<R extends { readonly skill_id: string }>(rows: readonly R[]): Map<string, R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const group = groups.get(row.skill_id);
    if (group === undefined) groups.set(row.skill_id, [row]);
    else group.push(row);
  }
  return groups;
}

const nameKey = (slug: string, owner: string | undefined): string => `${owner ?? ''}/${slug}`;

const changed = (table: SealedTable, id: string): RegistryError =>
  new RegistryError('tampered', `A record of this registry (${table}) was changed outside of it and is not used. The operator has been told.`, {
    detail: { table, id },
  });
