/**
 * Rows as the shelf believes them: read from the store, their seals checked, held against the audit log (store/newest.ts), and kept in memory only as long as nobody, in this process or
 * another, has committed anything (`store.epoch()`). After that all is read again; a row that is letter for letter the one whose seal was checked needs no second check of it.
 *
 * Rows of versions are large, so only those are read of which something is given out or said. For the others a mark is enough, if the log has them in the same state.
 *
 * Stops a row that was changed behind our back, or put back from an earlier day, from being believed, and a revocation made by another server from being missed.
 */
import { RegistryError } from '../errors.ts';
import { namespaceStands, namespaceVisibility, outdated } from '../store/account-log.ts';
import { memberId, membersById } from '../store/accounts.ts';
import type { Store } from '../store/index.ts';
import { Lru } from '../store/lru.ts';
import { needNewest, needShown, needTags, sameState, skillHidden, tagsSaid, versionMoved, versionState } from '../store/newest.ts';
import type { MemberRow, NamespaceRow, SealedTable, SkillRow, TagRow, VersionRow } from '../store/schema.ts';

/** What is known of a version without its row: no seal, but the word of the audit log. */
export interface VersionMark extends Pick<VersionRow, 'id' | 'skill_id' | 'version' | 'state'> {
  /** Whether the log has it in that state. If not, nothing is to be concluded from it. */
  readonly stands: boolean;
}

/** A skill with what belongs to it. `skill` and `namespace` are as stored; `fault` says whether they may be believed. */
export interface Book {
  readonly namespace: NamespaceRow;
  readonly skill: SkillRow;
  readonly fault: RegistryError | undefined;
  readonly marks: readonly VersionMark[];
  readonly byVersion: ReadonlyMap<string, VersionMark>;
  /** As stored; believed through `Records.tags`. */
  readonly tagRows: readonly TagRow[];
  /** Whether the tags are those that the log tells of. */
  readonly tagFault: RegistryError | undefined;
}

type Found = readonly Book[];
export type Members = ReadonlyMap<string, MemberRow | null>;
type AnyRow = Readonly<Record<string, string | number | null>> & { readonly seal: string };

/** SQLite takes 32,766 values; a few hundred are read at once. */
const batch = 500;

const weigh = (row: AnyRow): number => Object.values(row).reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 64);
/** A skill with many versions or tags weighs what they do. */
const weighBook = (book: Book): number => 1000 + 400 * book.marks.length + 600 * book.tagRows.length;
const sameRow = (a: AnyRow, b: AnyRow): boolean => {
  const keys = Object.keys(b);
  return keys.length === Object.keys(a).length && keys.every((key) => a[key] === b[key]);
};

export class Records {
  readonly #store: Store;
  readonly #checked: Lru<string, AnyRow>;
  /** Believed rows of versions, of this state of the store; the same objects. */
  readonly #rows: Lru<string, VersionRow>;
  readonly #byId: Lru<string, Book>;
  /** The same objects by name. */
  readonly #byName: Lru<string, Found>;
  readonly #members = new Lru<string, MemberRow | null>(100_000);
  #epoch = Number.NaN;
  /** The state of the store in which the log was looked at. */
  #logOf = Number.NaN;

  /** @param memory bytes (about) of rows that are kept; half as much of skills */
  constructor(store: Store, memory: number) {
    this.#store = store;
    this.#checked = new Lru(memory, weigh);
    this.#rows = new Lru(memory, (row) => weigh(row as unknown as AnyRow));
    this.#byId = new Lru(memory / 2, weighBook);
    this.#byName = new Lru(memory / 2, (found) => found.reduce((sum, book) => sum + weighBook(book), 100));
  }

  /** Forgets what may be out of date. Call at the start of every question; between that and the answer one state of the store is seen, or a newer one. */
  refresh(): number {
    const epoch = this.#store.epoch();
    if (epoch !== this.#epoch) {
      this.#rows.clear();
      this.#byId.clear();
      this.#byName.clear();
      this.#members.clear();
      this.#epoch = epoch;
    }
    return epoch;
  }

  /** The audit log is whole at its end, or nothing can be held against it. Call after `refresh`. @throws RegistryError tampered */
  async needLog(): Promise<void> {
    if (this.#logOf === this.#epoch) return;
    const epoch = this.#epoch;
    if (!(await this.#store.logStands()))
      throw new RegistryError(
        'tampered',
        'The audit log of this registry does not end where it was left, so nothing is given out. The operator has been told.',
        {
          detail: { table: 'events' },
        },
      );
    this.#logOf = epoch;
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

  /** Skills of that name, deleted ones too, in order of their owners' handles. */
  async named(slug: string, owner: string | undefined): Promise<Found> {
    const ready = this.#byName.get(nameKey(slug, owner));
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
    const skills = await db.selectFrom('skills').selectAll('skills').select(skillHidden.as('log_hidden')).where('id', 'in', ids).execute();
    if (skills.length === 0) return [];
    const namespaces = await db
      .selectFrom('namespaces')
      .selectAll('namespaces')
      .select(namespaceVisibility.as('log_visibility'))
      .where('id', 'in', [...new Set(skills.map((skill) => skill.namespace_id))])
      .execute();
    const marks = await db
      .selectFrom('versions')
      .select(['id', 'skill_id', 'version', 'state', 'moved_seq', versionMoved.as('log_moved'), versionState.as('log_state')])
      .where('skill_id', 'in', ids)
      .execute();
    // One statement, so that tags and log are of one state; a skill without tags must be without them in the log too.
    const tags = await db
      .selectFrom('skills')
      .leftJoin('tags', 'tags.skill_id', 'skills.id')
      .selectAll('tags')
      .select(['skills.id as of', tagsSaid.as('log_tags')])
      .where('skills.id', 'in', ids)
      .orderBy('tags.tag')
      .execute();
    const spaceOf = new Map(namespaces.map(({ log_visibility, ...row }) => [row.id, { row, stands: namespaceStands(row, log_visibility) }]));
    const marksOf = bySkill(
      marks.map(
        ({ moved_seq, log_moved, log_state, ...mark }): VersionMark => ({ ...mark, stands: log_moved === moved_seq && sameState(mark, log_state) }),
      ),
    );
    const tagsOf = bySkill(tags.flatMap(({ of: _, log_tags: __, ...row }) => (row.id === null ? [] : [row as TagRow])));
    const tagsIn = new Map(tags.map(({ of, log_tags }) => [of, log_tags]));
    const read: Book[] = [];
    for (const { log_hidden, ...skill } of skills) {
      const space = spaceOf.get(skill.namespace_id);
      if (space === undefined) continue;
      const own = marksOf.get(skill.id) ?? [];
      const tagRows = tagsOf.get(skill.id) ?? [];
      const book: Book = {
        skill,
        namespace: space.row,
        fault: faultIn(() => {
          this.believe('skills', skill);
          needShown(skill, log_hidden);
          this.believe('namespaces', space.row);
          if (!space.stands) throw outdated('namespaces', space.row.id);
        }),
        marks: own,
        byVersion: new Map(own.map((mark) => [mark.version, mark])),
        tagRows,
        tagFault: faultIn(() => needTags(skill.id, tagRows, tagsIn.get(skill.id) ?? null)),
      };
      read.push(book);
      // What was read while somebody wrote is used once and not kept.
      if (epoch === this.#epoch) this.#byId.set(skill.id, book);
    }
    return read;
  }

  /** Reads rows that are not in memory. What is wrong with one comes instead of it. */
  async #readRows(ids: readonly string[]): Promise<Map<string, VersionRow | RegistryError>> {
    const found = new Map<string, VersionRow | RegistryError>();
    const missing: string[] = [];
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (row === undefined) missing.push(id);
      else found.set(id, row);
    }
    for (let at = 0; at < missing.length; at += batch) {
      const epoch = this.#epoch;
      const read = await this.#store.db
        .selectFrom('versions')
        .selectAll('versions')
        .select(versionMoved.as('log_moved'))
        .where('id', 'in', missing.slice(at, at + batch))
        .execute();
      for (const { log_moved, ...row } of read) {
        const fault = faultIn(() => {
          const believed = this.believe('versions', row);
          needNewest(believed, log_moved);
          found.set(row.id, believed);
          if (epoch === this.#epoch) this.#rows.set(row.id, believed);
        });
        if (fault !== undefined) found.set(row.id, fault);
      }
    }
    return found;
  }

  /** Rows of versions of one skill, in the order of the marks. @throws RegistryError tampered */
  async rows(book: Book, marks: readonly VersionMark[]): Promise<VersionRow[]> {
    const found = await this.#readRows(marks.map((mark) => mark.id));
    return marks.map((mark) => {
      const row = found.get(mark.id);
      if (row instanceof RegistryError) throw row;
      if (row === undefined || row.skill_id !== book.skill.id || row.version !== mark.version) throw changed('versions', mark.id);
      return row;
    });
  }

  async row(book: Book, mark: VersionMark): Promise<VersionRow> {
    return (await this.rows(book, [mark]))[0]!;
  }

  /** Takes the rows of many versions into memory with few questions. What is wrong with one of them shows when it is asked for. */
  async prefetch(marks: readonly VersionMark[]): Promise<void> {
    await this.#readRows(marks.map((mark) => mark.id));
  }

  /** Tags of a skill. @throws RegistryError tampered */
  tags(book: Book): TagRow[] {
    if (book.tagFault !== undefined) throw book.tagFault;
    return book.tagRows.map((row) => {
      if (row.id !== `${row.skill_id}:${row.tag}`) throw changed('tags', row.id);
      return this.believe('tags', row);
    });
  }

  /** A membership in memory: the row, null for none, undefined if it has to be read. */
  memberNow(namespaceId: string, userId: string): MemberRow | null | undefined {
    return this.#members.get(memberId(namespaceId, userId));
  }

  /** Memberships of a user in some namespaces, by the namespace's id. @throws RegistryError tampered */
  async members(namespaceIds: readonly string[], userId: string): Promise<Members> {
    const found = new Map<string, MemberRow | null>();
    const missing: string[] = [];
    for (const id of new Set(namespaceIds)) {
      const member = this.memberNow(id, userId);
      if (member === undefined) missing.push(id);
      else found.set(id, member);
    }
    for (let at = 0; at < missing.length; at += batch) {
      const epoch = this.#epoch;
      const part = missing.slice(at, at + batch);
      const read = await membersById(
        this.#store.db,
        part.map((id) => memberId(id, userId)),
      );
      const rows = new Map(read.map((row) => [row.namespace_id, this.believe('members', row)]));
      for (const id of part) {
        const member = rows.get(id) ?? null;
        found.set(id, member);
        // What was read while somebody wrote is used once and not kept.
        if (epoch === this.#epoch) this.#members.set(memberId(id, userId), member);
      }
    }
    return found;
  }
}

/** Runs a check. @returns what it refuses */
function faultIn(check: () => void): RegistryError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof RegistryError) return error;
    throw error;
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

const nameKey = (slug: string, owner: string | undefined): string => `${owner ?? '\n'}/${slug}`;

const changed = (table: SealedTable, id: string): RegistryError =>
  new RegistryError('tampered', `A record of this registry (${table}) was changed outside of it and is not used. The operator has been told.`, {
    detail: { table, id },
  });
