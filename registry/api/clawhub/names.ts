/**
 * Names as ClawHub's clients send them: a slug in the path or the query, the owner beside it as `ownerHandle`, or both in one as `@owner/slug`. Whatever cannot be a name names nothing that
 * exists, so it is `not-found` and no error of its own.
 */
import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type { SkillName } from '../../shelf/contract.ts';
import { skillNotFound } from '../../shelf/words.ts';

const slugForm = /^[a-z0-9](?:[a-z0-9-]{0,126}[a-z0-9])?$/;
const ownerForm = /^[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?$/;

/** A handle without `@`, in lower case; undefined if none was given. */
export const ownerOf = (text: string | undefined): string | undefined => {
  const handle = text?.trim().replace(/^@+/, '').toLowerCase();
  return handle === undefined || handle === '' ? undefined : handle;
};

/** @throws RegistryError not-found, in the words for a skill that does not exist */
export function nameOf(slug: string, ownerHandle?: string | undefined): SkillName {
  const typed = slug.trim().toLowerCase();
  const slash = typed.indexOf('/');
  const owner = ownerOf(ownerHandle) ?? (slash === -1 ? undefined : ownerOf(typed.slice(0, slash)));
  const name = slash === -1 ? typed : typed.slice(slash + 1);
  if (!slugForm.test(name) || (owner !== undefined && !ownerForm.test(owner))) throw skillNotFound();
  return owner === undefined ? { slug: name } : { owner, slug: name };
}

/** A version number or a tag as it may be looked up; undefined if none was given. */
export function numberOf(text: string | undefined): string | undefined {
  const value = text?.trim();
  return value === undefined || value === '' ? undefined : value;
}

export const text = (maxLength: number) => Type.String({ maxLength });
export const optional = (maxLength: number) => Type.Optional(text(maxLength));
export const Slug = text(200);
export const SlugParams = Type.Object({ slug: Slug });
export const VersionParams = Type.Object({ slug: Slug, version: text(128) });
export const OwnerQuery = Type.Object({ ownerHandle: optional(100) });
export const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
/** Anything, as it is. */
export const Free = Type.Unknown();
/** A body that may be missing: old clients send none. */
export const maybe = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

/** A limit as clients send it, within bounds. */
export const Limit = Type.Optional(Type.Number());
export const limitOf = (value: number | undefined, otherwise: number, most: number): number =>
  value === undefined || !Number.isFinite(value) ? otherwise : Math.min(most, Math.max(1, Math.trunc(value)));

/** What asks a caller for a name of a kind that we do not have. */
export const unsupported = (says: string): RegistryError => new RegistryError('unsupported', says);
