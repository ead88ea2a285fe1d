/** What callers are told of what they do not get. What is absent, hidden, unapproved and not theirs gives the very same words. */
import { visible } from '../../scanner/report/escape.ts';
import { RegistryError } from '../errors.ts';
import { refText } from '../model.ts';
import type { VersionRow } from '../store/schema.ts';
import type { Book } from './records.ts';

/** clawhub looks for these very words when it publishes something new. */
export const skillNotFound = (): RegistryError => new RegistryError('not-found', 'Skill not found');
export const versionNotFound = (): RegistryError => new RegistryError('not-found', 'Version not found');

/** A version that was given out once and is no longer. Only for those who may read the namespace. */
export function notServed(book: Book, row: VersionRow): RegistryError {
  if (row.state !== 'yanked' && row.state !== 'revoked') return versionNotFound();
  const ref = refText({ owner: book.namespace.handle, slug: book.skill.slug, version: row.version });
  const why = row.state_reason === null || row.state_reason.trim() === '' ? '' : ` Reason: ${visible(row.state_reason).slice(0, 500)}`;
  return new RegistryError(
    'withdrawn',
    row.state === 'revoked'
      ? `${ref} was revoked and is no longer given out. Remove it where it is installed.${why}`
      : `${ref} was withdrawn (yanked) and is no longer given out.${why}`,
    { detail: { ref, state: row.state } },
  );
}
