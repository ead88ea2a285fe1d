/** Settings that decide something: sealed, like every row that is believed. Counters and marks in the same table are nobody's proof and are not. */
import type { Transaction } from 'kysely';
import type { Connection } from './accounts.ts';
import type { Store } from './index.ts';
import type { Schema } from './schema.ts';

const registryIdKey = 'registry-id';

/** The name in everything that this store's registry signs; undefined before the first start. @throws RegistryError `tampered` */
export async function registryIdOf(store: Store, db: Connection): Promise<string | undefined> {
  const row = await db.selectFrom('settings').selectAll().where('key', '=', registryIdKey).executeTakeFirst();
  return row === undefined ? undefined : store.sealed('settings', { ...row, seal: row.seal ?? '' }).value;
}

/** Settles the name, once. */
export async function setRegistryId(store: Store, tx: Transaction<Schema>, id: string): Promise<void> {
  await tx
    .insertInto('settings')
    .values(store.seal<{ key: string; value: string; seal: string }>('settings', { key: registryIdKey, value: id }))
    .execute();
}
