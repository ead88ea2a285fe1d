/**
 * Makes the shelf (contract.ts): visibility by auth/rights.ts, rows by records.ts, releases by proof.ts, bytes by store/blobs.ts. The order of the questions is always the same:
 * may the caller read here at all, which skill do they mean among those they may read, which version, does everything about it verify.
 */
import { canRead, type Reach, reachOf } from '../auth/rights.ts';
import type { Config } from '../config.ts';
import { RegistryError } from '../errors.ts';
import { type Actor, type FileEntry, refText, type VersionRef } from '../model.ts';
import { reportsOf } from '../reports.ts';
import { outdated } from '../store/account-log.ts';
import type { Store } from '../store/index.ts';
import type { MemberRow, VersionRow } from '../store/schema.ts';
import type { PublicKeyEntry } from '../trust/keys.ts';
import { type AlarmLog, createAlarm } from './alarm.ts';
import type { Download, ServedSkill, ServedVersion, Shelf, SkillName } from './contract.ts';
import { createCounts } from './counts.ts';
import { fileOf } from './files.ts';
import { byVersion, isReleasable, isWithdrawn, latestOf } from './latest.ts';
import { createLists } from './lists.ts';
import { Proofs, Revocations } from './proof.ts';
import { type Book, Records } from './records.ts';
import { type Ticket, Tickets } from './tickets.ts';
import { blind } from './visible.ts';
import { notServed, skillNotFound, versionNotFound } from './words.ts';

export type * from './contract.ts';

export interface ShelfDeps {
  readonly store: Store;
  readonly config: Pick<Config, 'registryId' | 'anonymousRead'>;
  /** The release keys, revoked ones too. Give the same array as long as they are the same. */
  readonly keys: () => readonly PublicKeyEntry[];
  /** Reads the keys again if they may have changed (keyring.ts). Asked for whatever is not in memory, and after any change nothing is. */
  readonly keyring?: { fresh(epoch: number): Promise<void> };
  /** Bytes (about) of tickets that are kept in memory, and at most as much again of records. */
  readonly cacheBytes?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly log?: AlarmLog;
}

/** Milliseconds. */
const recently = 250;

/** Opens the shelf over a store. Cheap; keeps what it verified in memory. */
export function createShelf(deps: ShelfDeps): Shelf {
  const { store, config } = deps;
  const now = deps.now ?? Date.now;
  const memory = deps.cacheBytes ?? 64 * 1024 * 1024;
  const records = new Records(store, memory / 2);
  const tickets = new Tickets(memory);
  const proofs = new Proofs({ store, registryId: config.registryId, keys: deps.keys });
  const alarm = createAlarm(store, now, deps.log);
  const counts = createCounts(store, now);
  const reports = reportsOf(store);
  const revocations = new Revocations({ store, registryId: config.registryId, keys: deps.keys });

  /** Runs a question; tells the operator if something stored does not fit. */
  async function watched<T>(subject: () => string, ask: () => Promise<T>): Promise<T> {
    try {
      const epoch = records.refresh();
      await deps.keyring?.fresh(epoch);
      await records.needLog();
      return await ask();
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'tampered') alarm(subject(), error);
      throw error;
    }
  }

  const reach = (actor: Actor): Reach => {
    const found = reachOf(actor, config.anonymousRead);
    // Where nobody reads without a token, saying so tells nothing about what there is, and clients then say how to sign in.
    if (actor.user === undefined && actor.via === 'anonymous' && blind(found)) throw new RegistryError('unauthorized', 'Unauthorized');
    return found;
  };

  const mayRead = (actor: Actor, book: Book, member: MemberRow | null | undefined): boolean =>
    book.skill.deleted_at === null && canRead(actor, book.namespace, member ?? undefined, config.anonymousRead);

  /** Of these skills those that the caller may read. */
  async function readable(actor: Actor, books: readonly Book[]): Promise<Book[]> {
    const ids = books.map((book) => book.namespace.id);
    const members = actor.user === undefined ? undefined : await records.members(ids, actor.user.id);
    return books.filter((book) => mayRead(actor, book, members?.get(book.namespace.id)));
  }

  /** Skills of that name that the caller may read, whether or not anything of them is given out. */
  async function readableBooks(actor: Actor, name: SkillName): Promise<Book[]> {
    const books = await readable(actor, await records.named(name.slug, name.owner));
    for (const book of books) if (book.fault !== undefined) throw book.fault;
    return books;
  }

  /** All rows of a skill that can be read, newest first. The others have to be where the audit log has them, since a changed one could make another the latest. */
  async function served(book: Book): Promise<VersionRow[]> {
    const aside = book.marks.filter((mark) => !isReleasable(mark));
    const hidden = aside.find((mark) => !mark.stands);
    // Its row says what is wrong with it.
    if (hidden !== undefined) {
      await records.row(book, hidden);
      throw outdated('versions', hidden.id);
    }
    const rows = await records.rows(book, book.marks.filter(isReleasable));
    return rows.filter(isReleasable).sort(byVersion);
  }

  /** The newest version of a skill that was given out once and is no longer. */
  async function goneFrom(book: Book): Promise<VersionRow | undefined> {
    for (const mark of book.marks.filter(isWithdrawn).sort(byVersion)) {
      const row = await records.row(book, mark);
      if (row.served_at !== null) return row;
    }
    return undefined;
  }

  /** The one skill that is meant. */
  async function bookOf(actor: Actor, name: SkillName): Promise<Book> {
    reach(actor);
    const books = await readableBooks(actor, name);
    if (books.length === 0) throw skillNotFound();
    if (books.length === 1) return books[0]!;
    const open: Book[] = [];
    for (const book of books) if ((await served(book)).length > 0) open.push(book);
    if (open.length === 1) return open[0]!;
    // Of one that was given out once the caller hears so; one that never was is not there, and does not stand before it.
    if (open.length === 0) {
      for (const book of books) if ((await goneFrom(book)) !== undefined) return book;
      return books[0]!;
    }
    throw new RegistryError(
      'ambiguous',
      `Several owners have a skill named ${name.slug}. Say which one: ${open.map((book) => refText({ owner: book.namespace.handle, slug: book.skill.slug })).join(', ')}.`,
      {
        detail: { slug: name.slug, matches: open.map((book) => ({ ownerHandle: book.namespace.handle, slug: book.skill.slug })) },
      },
    );
  }

  /** The versions of a skill; throws what a caller hears of a skill of which nothing is given out. */
  async function openRows(book: Book): Promise<VersionRow[]> {
    const rows = await served(book);
    if (rows.length > 0) return rows;
    const gone = await goneFrom(book);
    throw gone === undefined ? skillNotFound() : notServed(book, gone);
  }

  const taggedLatest = (book: Book): string | undefined => records.tags(book).find((tag) => tag.tag === 'latest')?.version_id;

  /** The row that a reference means. @throws not-found, withdrawn, tampered */
  async function rowOf(book: Book, ref: VersionRef): Promise<{ row: VersionRow; resolvedFrom: ServedVersion['resolvedFrom']; tag: string | null }> {
    if (ref.version !== undefined) {
      const mark = book.byVersion.get(ref.version);
      const told = mark !== undefined && (isReleasable(mark) || isWithdrawn(mark) || !mark.stands);
      const row = told ? await records.row(book, mark) : undefined;
      if (row !== undefined && isReleasable(row)) return { row, resolvedFrom: 'version', tag: null };
      // A skill of which nothing is given out must not be told from one that does not exist.
      await openRows(book);
      throw row?.served_at == null ? versionNotFound() : notServed(book, row);
    }
    const tag = ref.tag === undefined ? 'latest' : ref.tag;
    const rows = await openRows(book);
    if (tag === 'latest') return { row: latestOf(rows, taggedLatest(book))!, resolvedFrom: ref.tag === undefined ? 'latest' : 'tag', tag: 'latest' };
    const target = records.tags(book).find((one) => one.tag === tag)?.version_id;
    const row = rows.find((one) => one.id === target);
    if (row === undefined) throw versionNotFound();
    return { row, resolvedFrom: 'tag', tag };
  }

  /** Everything about a row that may be given out, verified. */
  async function verified(book: Book, row: VersionRow, resolved: Pick<ServedVersion, 'resolvedFrom' | 'tag'>): Promise<ServedVersion> {
    const release = await proofs.of(book, row);
    return {
      owner: book.namespace.handle,
      ownerName: book.namespace.display_name,
      slug: book.skill.slug,
      version: row.version,
      namespace: book.namespace,
      skill: book.skill,
      row,
      files: JSON.parse(row.files) as FileEntry[],
      release,
      ...resolved,
    };
  }

  const subjectOf = (ref: VersionRef): string =>
    ref.owner === undefined ? `${ref.slug}${ref.version === undefined ? '' : `@${ref.version}`}` : refText({ ...ref, owner: ref.owner });

  const version = (actor: Actor, ref: VersionRef): Promise<ServedVersion> =>
    watched(
      () => subjectOf(ref),
      async () => {
        const book = await bookOf(actor, ref);
        const { row, ...resolved } = await rowOf(book, ref);
        return verified(book, row, resolved);
      },
    );

  function downloadOf(book: Book, row: VersionRow, size: number): Omit<Download, 'bytes'> {
    const etag = `"${row.archive_sha256}"`;
    const base64 = Buffer.from(row.archive_sha256, 'hex').toString('base64');
    return {
      sha256: row.archive_sha256,
      etag,
      headers: [
        ...['Content-Type', 'application/zip', 'Content-Length', String(size), 'ETag', etag],
        ...['Content-Disposition', `attachment; filename="${book.skill.slug}-${row.version}.zip"`],
        // RFC 3230 for the clients of today, RFC 9530 for those to come.
        ...['Digest', `sha-256=${base64}`, 'Repr-Digest', `sha-256=:${base64}:`],
        // Kept by the client if it likes, asked for again each time: a revocation is seen at once.
        ...['Cache-Control', 'private, no-cache', 'X-Content-Type-Options', 'nosniff'],
      ],
    };
  }

  /** What was looked at in this turn. */
  const looked = new Map<Ticket, Download>();
  let lastTurn: object | undefined;

  /** The archive if everything about it is in memory, believed, and untouched. Any doubt goes the long way. */
  function downloadNow(actor: Actor, ref: VersionRef, turn: object | undefined): Download | undefined {
    if (turn === undefined || turn !== lastTurn) {
      tickets.settle(records.refresh(), deps.keys());
      looked.clear();
      lastTurn = turn;
    }
    const ticket = tickets.find(ref);
    if (ticket === undefined) return undefined;
    const member = actor.user === undefined ? null : records.memberNow(ticket.namespace.id, actor.user.id);
    if (member === undefined || !canRead(actor, ticket.namespace, member ?? undefined, config.anonymousRead)) return undefined;
    const ready = looked.get(ticket);
    if (ready !== undefined) return ready;
    // The archive is looked at each time; the document that vouches for it, whose digest stands in the sealed row, a few times in a second.
    const at = performance.now();
    if (turn === undefined || at - ticket.lookedAt > recently) {
      if (!store.blobs.untouched(ticket.attestations)) return undefined;
      ticket.lookedAt = at;
    }
    const bytes = store.blobs.peek(ticket.download.sha256);
    if (bytes === undefined) return undefined;
    const download = { bytes, ...ticket.download };
    if (turn !== undefined) looked.set(ticket, download);
    return download;
  }

  /** Something of the report of a version. The signed scan statement names the report, so it is as good as the release. */
  const ofReport = <T>(one: ServedVersion, take: (digest: string) => Promise<T>): Promise<T> =>
    watched(
      () => refText(one),
      async () => {
        if (one.row.report_sha256 === null || one.row.report_sha256 !== one.release.scan.report.sha256)
          throw new RegistryError(
            'tampered',
            `The scan report of ${refText(one)} is not the one that was signed, so it is not shown. The operator has been told.`,
          );
        return take(one.row.report_sha256);
      },
    );

  const lists = createLists({ store, records, counts, reach, readable, alarm, watched });

  return {
    skill: (actor, name) =>
      watched(
        () => subjectOf(name),
        async (): Promise<ServedSkill> => {
          const book = await bookOf(actor, name);
          const versions = await openRows(book);
          const tagged = taggedLatest(book);
          const latest = latestOf(versions, tagged)!;
          // What is shown as the latest is what would be given out.
          await proofs.need(book, latest);
          const head = lists.head(book, latest, new Map(versions.map((row) => [row.id, row.version])), await counts());
          return { ...head, namespace: book.namespace, skill: book.skill, versions };
        },
      ),
    version,
    versionById: (actor, id) =>
      watched(
        () => `version ${id}`,
        async () => {
          reach(actor);
          const found = await store.db.selectFrom('versions').select('skill_id').where('id', '=', id).executeTakeFirst();
          const [book] = found === undefined ? [] : await readable(actor, await records.byId([found.skill_id]));
          const mark = book?.marks.find((one) => one.id === id);
          if (book === undefined || mark === undefined) throw versionNotFound();
          if (book.fault !== undefined) throw book.fault;
          const row = await records.row(book, mark);
          if (!isReleasable(row)) throw versionNotFound();
          return verified(book, row, { resolvedFrom: 'version', tag: null });
        },
      ),
    resolve: (actor, name, fingerprint) =>
      watched(
        () => subjectOf(name),
        async () => {
          const book = await bookOf(actor, name);
          const rows = await openRows(book);
          return {
            owner: book.namespace.handle,
            // The same files may have been published under several numbers: the newest is meant.
            match: rows.find((row) => row.fingerprint === fingerprint)?.version ?? null,
            latest: latestOf(rows, taggedLatest(book))?.version ?? null,
          };
        },
      ),
    download(actor, ref, turn) {
      const ready = downloadNow(actor, ref, turn);
      if (ready !== undefined) return ready;
      return watched(
        () => subjectOf(ref),
        async () => {
          const epoch = store.epoch();
          const book = await bookOf(actor, ref);
          const { row } = await rowOf(book, ref);
          await proofs.need(book, row);
          const bytes = await store.blobs.get(row.archive_sha256);
          const download = downloadOf(book, row, bytes.length);
          // A name without an owner means the same to all who ask only if nobody else has it.
          if (ref.owner !== undefined || (await records.named(ref.slug, undefined)).length === 1) {
            tickets.settle(store.epoch(), deps.keys());
            tickets.keep(epoch, ref, book, row, download);
          }
          return { bytes, ...download };
        },
      );
    },
    file: (actor, ref, path) =>
      watched(
        () => subjectOf(ref),
        async () => {
          const one = await version(actor, ref);
          const found = fileOf(await store.blobs.get(one.row.archive_sha256), one.files, path);
          if (found === undefined) throw new RegistryError('not-found', 'File not found');
          return { ...found, version: one.version };
        },
      ),
    report: (one) => ofReport(one, reports.bytes),
    gist: (one) => ofReport(one, reports.gist),
    reportPage: (one) => ofReport(one, reports.page),
    attestations: (one) =>
      watched(
        () => refText(one),
        () => store.blobs.get(one.row.attestations_sha256!),
      ),
    revocation: (actor, ref) =>
      watched(
        () => subjectOf(ref),
        async () => {
          const book = await bookOf(actor, ref);
          const mark = ref.version === undefined ? undefined : book.byVersion.get(ref.version);
          const row = mark !== undefined && (isWithdrawn(mark) || !mark.stands) ? await records.row(book, mark) : undefined;
          if (row === undefined || row.state !== 'revoked' || row.served_at === null) {
            // Whatever else it is, its readers hear of it as they do everywhere.
            await rowOf(book, ref);
            throw new RegistryError('not-found', 'This version has not been revoked.');
          }
          if (row.revocation_sha256 === null)
            throw new RegistryError('not-found', 'This version was revoked; its revocation has not been signed yet. Try again in a moment.');
          return revocations.of(book, row, row.revocation_sha256);
        },
      ),
    list: lists.list,
    prefix: lists.prefix,
    search: lists.search,
    trending: lists.trending,
    catalogue: lists.catalogue,
  };
}
