/**
 * Seals: a MAC over a whole row, so that a row changed by anybody but us is noticed before it is believed. It stops who can write the database file but not read the key file
 * (a backup job, an SQL injection elsewhere, a hand edit). It does not say that a row is the newest one that we wrote: an old row that is put back has a good seal. newest.ts and account-log.ts hold rows
 * against the audit log for that.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonical } from '../../scanner/canonical.ts';
import { RegistryError } from '../errors.ts';
import type { SealedTable } from './schema.ts';

export type Row = Readonly<Record<string, string | number | null>>;

/** The MAC of a row, hex. The row's own `seal` is left out. */
export function sealOf(key: Buffer, table: SealedTable, row: Row): string {
  const { seal: _, ...rest } = row;
  return createHmac('sha256', key)
    .update(`${table}\n${canonical(rest)}`)
    .digest('hex');
}

/** Whether the row is as we wrote it. */
export function hasSeal(key: Buffer, table: SealedTable, row: Row): boolean {
  const stated = Buffer.from(String(row['seal']), 'hex');
  const real = Buffer.from(sealOf(key, table, row), 'hex');
  return stated.length === real.length && timingSafeEqual(stated, real);
}

/** Throws RegistryError `tampered` unless the row is as we wrote it. */
export function checkSeal(key: Buffer, table: SealedTable, row: Row): void {
  if (!hasSeal(key, table, row))
    throw new RegistryError(
      'tampered',
      `A record of this registry (${table}) was changed outside of it and is not used. The operator has been told.`,
      {
        detail: { table, id: String(row['id'] ?? '') },
      },
    );
}
