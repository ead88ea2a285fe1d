/**
 * The audit log: one canonical JSON event per decision, each with the hash of the one before it. Appended in the same transaction as the decision it tells of, so neither is
 * there without the other. `verifyLog` finds a changed, removed or inserted event, an end that was cut off (head.ts), and hashes that were made anew; the whole log of an earlier day shows
 * against an exported copy, which is why `skill audit-log export` prints the head.
 */
import { setImmediate } from 'node:timers/promises';
import { type Kysely, sql, type Transaction } from 'kysely';
import { canonical } from '../../scanner/canonical.ts';
import { RegistryError } from '../errors.ts';
import type { AuditEvent } from '../model.ts';
import { sha256 } from './blobs.ts';
import type { EventRow, Schema } from './schema.ts';

export const noEvent = '0'.repeat(64);

const hashOf = (prev: string, event: string): string => sha256(`${prev}\n${event}`);

/** Adds an event at the end of the chain. Only inside `store.write`, where writers stand in line. */
export async function appendEvent(tx: Transaction<Schema>, event: AuditEvent, at: number): Promise<EventRow> {
  const last = await tx.selectFrom('events').select(['seq', 'hash']).orderBy('seq', 'desc').limit(1).executeTakeFirst();
  const seq = (last?.seq ?? 0) + 1;
  const prev = last?.hash ?? noEvent;
  const text = canonical({ schema: 'skillward.event.v1', seq, at: new Date(at).toISOString(), ...event });
  const row: EventRow = { seq, at, type: event.type, subject: event.subject, event: text, prev, hash: hashOf(prev, text) };
  await tx.insertInto('events').values(row).execute();
  return row;
}

export interface ChainResult {
  readonly ok: boolean;
  readonly count: number;
  /** Hash of the last event: compare it with the one of an earlier export. */
  readonly head: string;
  /** The first event that does not fit, and why. */
  readonly broken?: { readonly seq: number; readonly says: string };
}

/** Walks the whole chain. Constant memory. */
export async function verifyEvents(db: Kysely<Schema>): Promise<ChainResult> {
  let head = noEvent;
  let count = 0;
  for await (const row of eachEvent(db)) {
    const broken = (says: string): ChainResult => ({ ok: false, count, head, broken: { seq: row.seq, says } });
    if (row.seq !== count + 1) return broken(`expected event ${count + 1}: one or more were removed or inserted`);
    if (row.prev !== head) return broken('does not continue from the event before it');
    if (hashOf(row.prev, row.event) !== row.hash) return broken('its content does not match its hash');
    const said = JSON.parse(row.event) as { seq?: unknown; type?: unknown; subject?: unknown; at?: unknown };
    if (said.seq !== row.seq || said.type !== row.type || said.subject !== row.subject || said.at !== new Date(row.at).toISOString())
      return broken('its columns do not match its content');
    head = row.hash;
    count++;
  }
  return { ok: true, count, head };
}

/** Walks the whole chain, and looks whether it ends where this registry left it. */
export async function verifyLog(store: { readonly db: Kysely<Schema>; logStands(): Promise<boolean> }): Promise<ChainResult> {
  const chain = await verifyEvents(store.db);
  if (!chain.ok || (await store.logStands())) return chain;
  return {
    ...chain,
    ok: false,
    broken: { seq: chain.count, says: 'is not where this registry left the log: its end was cut off, or its hashes were made anew' },
  };
}

/** Every event from `after` on, in pages. */
export async function* eachEvent(db: Kysely<Schema>, after = 0): AsyncIterable<EventRow> {
  let seq = after;
  for (;;) {
    const page = await db.selectFrom('events').selectAll().where('seq', '>', seq).orderBy('seq').limit(1000).execute();
    for (const row of page) yield row;
    if (page.length < 1000) return;
    // A log is long, and others want to be answered.
    await setImmediate();
    seq = page[page.length - 1]!.seq;
  }
}

/** An event as it is read back. */
export interface Said extends Omit<AuditEvent, 'data'> {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What an event says, if its columns, its content and its hash fit each other. @throws RegistryError `tampered` */
export function saidIn(row: EventRow): Said {
  const said = hashOf(row.prev, row.event) === row.hash ? (JSON.parse(row.event) as Partial<Said>) : {};
  if (said.seq !== row.seq || said.type !== row.type || said.subject !== row.subject)
    throw new RegistryError('tampered', `Event ${row.seq} of the audit log was changed outside of this registry. The operator has been told.`, {
      detail: { table: 'events', id: String(row.seq) },
    });
  return { ...(said as Said), at: row.at, data: said.data ?? {} };
}

/** Subjects asked about at once. */
const batch = 500;

/** The newest event of some types about each subject that has one: what the log last said of it. One look into the index for each. @throws RegistryError `tampered` */
export async function newestEvents(db: Kysely<Schema>, subjects: readonly string[], types: readonly string[]): Promise<Map<string, Said>> {
  const found = new Map<string, Said>();
  const among = sql.join(types.map((type) => sql`${type}`));
  for (let at = 0; at < subjects.length; at += batch) {
    const { rows } = await sql<EventRow>`
      select e.* from json_each(${JSON.stringify(subjects.slice(at, at + batch))}) asked
      join events e on e.seq = (select n.seq from events n where n.subject = asked.value and n.type in (${among}) order by n.seq desc limit 1)`.execute(
      db,
    );
    for (const row of rows) found.set(row.subject, saidIn(row));
  }
  return found;
}

/** Asks several things of one state of the store. What was read at different moments may not fit although nothing is wrong. Within a transaction that is so already. */
export const snapshot = <T>(db: Kysely<Schema>, ask: (db: Kysely<Schema>) => Promise<T>): Promise<T> =>
  db.isTransaction ? ask(db) : db.transaction().execute(ask);
