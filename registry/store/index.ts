/**
 * The store: one SQLite database and one folder of blobs. `write` is the only way to change anything: writers stand in line (also those of another server on the same
 * store), and all of a change is there or none of it. `epoch` tells whether anything changed, by anybody, since one last looked: what is kept in memory is believed no longer than that.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { type DialectAdapter, type Driver, Kysely, Migrator, type SqliteDatabase, SqliteDialect, SqliteDriver, sql, type Transaction } from 'kysely';
import { RegistryError } from '../errors.ts';
import { Blobs } from './blobs.ts';
import { secretFile } from './files.ts';
import { headStands, sealHead } from './head.ts';
import { migrationsWith } from './migrations.ts';
import type { Schema, SealedTable } from './schema.ts';
import { checkSeal, type Row, sealOf } from './seal.ts';

export type { Schema } from './schema.ts';

export interface Store {
  /** The data folder. */
  readonly folder: string;
  /** For reading. Changes go through `write`. */
  readonly db: Kysely<Schema>;
  readonly blobs: Blobs;
  /**
   * Runs a change as one transaction, alone among all writers of all servers. What it throws undoes it.
   * @param aside for what nobody keeps in memory: `epoch` stays the same here (other servers cannot tell)
   */
  write<T>(change: (tx: Transaction<Schema>) => Promise<T>, aside?: 'aside'): Promise<T>;
  /** Gives the row its seal. */
  seal<R extends { seal: string }>(table: SealedTable, row: Omit<R, 'seal'>): R;
  /** Returns the row if it is as we wrote it; throws RegistryError `tampered` otherwise. */
  sealed<R extends { seal: string }>(table: SealedTable, row: R): R;
  /** Reads a sealed row by id inside `write`, applies the patch and seals it again. Throws `tampered` for a row that was changed from outside, `not-found` if there is none. */
  patch<T extends Exclude<SealedTable, 'settings'>>(
    tx: Transaction<Schema>,
    table: T,
    id: string,
    patch: Partial<Omit<Schema[T], 'id' | 'seal'>>,
  ): Promise<Schema[T]>;
  /** Whether the audit log ends where it was left (head.ts). */
  logStands(): Promise<boolean>;
  /** A number that is different after any commit, of this or any other process. Microseconds. */
  epoch(): number;
  close(): Promise<void>;
}

export const newId = (prefix: string): string => `${prefix}_${randomBytes(10).toString('hex')}`;

/** Nothing was begun: somebody else writes. */
class Busy extends Error {}
/** Milliseconds that a writer waits for those of other servers. */
const writeWait = 15_000;

export interface OpenOptions {
  /** For the signer and for looking: nothing is created or changed, `write` throws. */
  readonly readonly?: boolean;
  /** Bytes of verified blobs kept in memory. */
  readonly cacheBytes?: number;
}

/** Opens (and on first use creates) the store in `folder`. Throws RegistryError `bad-config` if it cannot be used. */
export async function openStore(folder: string, options: OpenOptions = {}): Promise<Store> {
  const readonly = options.readonly === true;
  const file = join(folder, 'registry.db');
  if (readonly && !existsSync(file))
    throw new RegistryError('bad-config', `${folder} holds no registry yet. Start \`skill serve --data ${folder}\` once.`);
  if (!readonly) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  }
  const key = readonly
    ? await secretFile(join(folder, 'keys', 'seal.key'))
    : await secretFile(join(folder, 'keys', 'seal.key'), () => randomBytes(32).toString('hex'));
  const sealKey = Buffer.from(key.trim(), 'hex');
  if (sealKey.length !== 32)
    throw new RegistryError('bad-config', `${join(folder, 'keys', 'seal.key')} is damaged: expected 64 hex digits. Restore it from a backup.`);

  let raw: Database.Database;
  try {
    raw = new Database(file, { readonly });
  } catch (error) {
    throw new RegistryError('bad-config', `The database ${file} cannot be opened (${(error as Error).message}).`, { cause: error });
  }
  raw.pragma(`busy_timeout = ${writeWait}`);
  raw.pragma('foreign_keys = on');
  raw.pragma('trusted_schema = off');
  if (!readonly) {
    raw.pragma('journal_mode = wal');
    // A decision that was answered must survive a power cut.
    raw.pragma('synchronous = full');
    chmodSync(file, 0o600);
  }
  // From here on SQLite would wait by blocking this thread; the longer wait for another server's writer is ours, in `write`.
  raw.pragma('busy_timeout = 20');
  const db = new Kysely<Schema>({ dialect: new Dialect(raw) });
  if (!readonly) await migrate(db, file, sealKey);
  const blobs = new Blobs(join(folder, 'blobs'), options.cacheBytes);
  if (!readonly) await blobs.sweep();

  const version = raw.prepare('pragma data_version').pluck();
  let own = 0;
  let line: Promise<unknown> = Promise.resolve();
  const store: Store = {
    folder,
    db,
    blobs,
    write(change, aside) {
      if (readonly) return Promise.reject(new RegistryError('internal', 'This process may only read the store.'));
      // One connection: readers wait for the end of a change too, so nobody sees half of one.
      const mine = line.then(async () => {
        const until = Date.now() + writeWait;
        for (;;) {
          try {
            return await db.transaction().execute(async (tx) => {
              // Takes the write lock now: a transaction that starts by reading cannot be upgraded while another server writes.
              await sql`insert into settings (key, value) values ('writes', '1') on conflict (key) do update set value = value + 1`
                .execute(tx)
                .catch((error: unknown) => {
                  throw (error as { code?: string }).code?.startsWith('SQLITE_BUSY') === true ? new Busy() : error;
                });
              // A log that somebody rewrote stays known as such, whatever is written behind it.
              const stood = await headStands(sealKey, tx);
              const result = await change(tx);
              if (stood) await sealHead(sealKey, tx);
              return result;
            });
          } catch (error) {
            if (!(error instanceof Busy)) throw error;
            if (Date.now() > until)
              throw new RegistryError('unavailable', 'Another server has been writing to this store for too long. Try again.', { cause: error });
            await setTimeout(5 + Math.random() * 15);
          }
        }
      });
      line = mine.then(
        () => undefined,
        () => undefined,
      );
      return mine.finally(() => {
        if (aside === undefined) own++;
      });
    },
    seal: (table, row) => ({ ...row, seal: sealOf(sealKey, table, row as unknown as Row) }) as never,
    sealed(table, row) {
      checkSeal(sealKey, table, row as unknown as Row);
      return row;
    },
    async patch(tx, table, id, patch) {
      const row = (await tx
        .selectFrom(table as 'users')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()) as Row | undefined;
      if (row === undefined) throw new RegistryError('not-found', `There is no such record (${table}).`);
      checkSeal(sealKey, table, row);
      const changed = { ...row, ...patch } as Row;
      const seal = sealOf(sealKey, table, changed);
      await tx
        .updateTable(table as 'users')
        .set({ ...patch, seal } as never)
        .where('id', '=', id)
        .execute();
      return { ...changed, seal } as never;
    },
    logStands: () => headStands(sealKey, db),
    epoch: () => own * 2 ** 32 + (version.get() as number),
    async close() {
      await line;
      await db.destroy();
    },
  };
  return store;
}

/** Statements by their text: making one costs as much as running it. Kysely runs one at a time and to its end, so each can be used again. */
function prepared(raw: Database.Database): (sql: string) => Database.Statement {
  const made = new Map<string, Database.Statement>();
  return (sql) => {
    let statement = made.get(sql);
    if (statement === undefined) {
      statement = raw.prepare(sql);
      if (made.size >= 500) made.clear();
      made.set(sql, statement);
    }
    return statement;
  };
}

class Dialect extends SqliteDialect {
  readonly #raw: Database.Database;
  readonly #database: SqliteDatabase;

  constructor(raw: Database.Database) {
    const database: SqliteDatabase = { prepare: prepared(raw), close: () => void raw.close() };
    super({ database });
    this.#raw = raw;
    this.#database = database;
  }

  /** SQLite changes tables in transactions; kysely leaves that out for it. With it, a start that is killed half way leaves nothing behind. */
  override createAdapter(): DialectAdapter {
    return Object.defineProperty(super.createAdapter(), 'supportsTransactionalDdl', { value: true });
  }

  /** On a full disk SQLite takes a transaction back by itself. Asking for that again is an error, which would stand in the place of the one that says why. */
  override createDriver(): Driver {
    const driver = new SqliteDriver({ database: this.#database });
    const rollback = driver.rollbackTransaction.bind(driver);
    driver.rollbackTransaction = async (connection) => {
      if (this.#raw.inTransaction) await rollback(connection);
    };
    return driver;
  }
}

async function migrate(db: Kysely<Schema>, file: string, sealKey: Buffer): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrationsWith(sealKey) }) } });
  for (const until = Date.now() + writeWait; ; await setTimeout(20)) {
    const { error, results } = await migrator.migrateToLatest();
    if (error === undefined) return;
    // Another server does the same at this moment.
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY') === true && Date.now() < until) continue;
    const failed = results?.find((result) => result.status === 'Error')?.migrationName;
    throw new RegistryError(
      'bad-config',
      `The database ${file} could not be brought up to date${failed === undefined ? '' : ` (step ${failed})`}: ${error instanceof Error ? error.message : String(error)}. Nothing was changed; was it written by a newer version?`,
      { cause: error },
    );
  }
}
