/**
 * Where the audit log ends, sealed and written with every change. The hashes of the log tie its events to one another but to nothing outside: who can write the database could cut its end off,
 * or change an event and make all later hashes anew. They cannot make a seal, so then the log does not end where we left it. What is left to them is to put back the whole database of an
 * earlier day; that shows against an exported head only.
 */
import { type Kysely, sql, type Transaction } from 'kysely';
import { noEvent } from './events.ts';
import type { Schema } from './schema.ts';
import { hasSeal, sealOf } from './seal.ts';

const key = 'audit-head';

const stateOf = (db: Kysely<Schema>) =>
  // One statement, so that both are of one state.
  sql<{ value: string | null; seal: string | null; last: string | null }>`select
    (select value from settings where key = ${key}) as value, (select seal from settings where key = ${key}) as seal,
    (select seq || ' ' || hash from events order by seq desc limit 1) as last`.execute(db);

/** Whether the log ends where it was left. */
export async function headStands(sealKey: Buffer, db: Kysely<Schema>): Promise<boolean> {
  const { value, seal, last } = (await stateOf(db)).rows[0]!;
  return value !== null && value === (last ?? `0 ${noEvent}`) && hasSeal(sealKey, 'settings', { key, value, seal });
}

/** Writes down where the log ends now, if that has changed. Only for a log that stood before. */
export async function sealHead(sealKey: Buffer, tx: Transaction<Schema>): Promise<void> {
  const state = (await stateOf(tx)).rows[0]!;
  const value = state.last ?? `0 ${noEvent}`;
  if (value === state.value) return;
  const row = { value, seal: sealOf(sealKey, 'settings', { key, value }) };
  await tx
    .insertInto('settings')
    .values({ key, ...row })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
    .execute();
}
