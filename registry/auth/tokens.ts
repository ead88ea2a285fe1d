/**
 * Tokens: `skw_`, 43 characters of randomness (256 bits), and a checksum of 6, all base62, as GitHub's are made. The prefix lets secret scanners find a leaked one, the checksum
 * lets anybody tell a real token from a look-alike without asking us. Only the sha256 of a token is stored; with 256 random bits no slow hash is needed.
 */
import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Transaction } from 'kysely';
import { RegistryError } from '../errors.ts';
import type { Scope } from '../model.ts';
import { type Connection, tokenAsStored } from '../store/accounts.ts';
import { newId, type Store } from '../store/index.ts';
import type { Schema, TokenRow } from '../store/schema.ts';

export const tokenPrefix = 'skw_';
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomLength = 43;
const checkLength = 6;
const tokenLength = tokenPrefix.length + randomLength + checkLength;
const shape = /^skw_[0-9A-Za-z]{49}$/;

/** In the order that they are shown and stored. */
export const allScopes: readonly Scope[] = ['read', 'publish', 'approve', 'admin'];

/** Random base62 text. Each character is equally likely: bytes that would favour some are thrown away. */
export function randomText(length: number, alphabet: string = digits): string {
  const limit = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length)
    for (const byte of randomBytes(length + 16)) if (byte < limit && text.length < length) text += alphabet[byte % alphabet.length]!;
  return text;
}

/** CRC-32 of the random part in base62, high digit first. */
function checksum(random: string): string {
  let rest = crc32(random);
  let text = '';
  for (let place = 0; place < checkLength; place++) {
    text = digits[rest % 62]! + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

export function newTokenText(): string {
  const random = randomText(randomLength);
  return `${tokenPrefix}${random}${checksum(random)}`;
}

/** True for text that could be one of our tokens: prefix, length, alphabet, checksum. */
export const isTokenText = (text: string): boolean =>
  text.length === tokenLength && shape.test(text) && checksum(text.slice(tokenPrefix.length, -checkLength)) === text.slice(-checkLength);

/** What is stored of a token: its sha256, hex. */
export const tokenHash = (token: string): string => hash('sha256', token);

/** Scopes as a clean list: known, each once, in fixed order. Throws RegistryError `bad-input` for an unknown or empty list. */
export function scopeList(scopes: readonly string[]): Scope[] {
  const unknown = scopes.find((scope) => !(allScopes as readonly string[]).includes(scope));
  if (unknown !== undefined)
    throw new RegistryError('bad-input', `There is no scope ${JSON.stringify(unknown.slice(0, 40))}. Expected some of: ${allScopes.join(', ')}.`);
  if (scopes.length === 0) throw new RegistryError('bad-input', `A token needs at least one scope. Expected some of: ${allScopes.join(', ')}.`);
  return allScopes.filter((scope) => scopes.includes(scope));
}

export interface NewToken {
  readonly userId: string;
  /** For people: where it is used. 1 to 100 characters. */
  readonly label: string;
  readonly scopes: readonly Scope[];
  /** Handles of the only namespaces that it is good for; all by default. */
  readonly namespaces?: readonly string[] | undefined;
  /** Milliseconds since 1970; never by default. */
  readonly expiresAt?: number | undefined;
  /** `path` tokens can only read, because addresses end up in logs and histories. */
  readonly kind: TokenRow['kind'];
}

/**
 * Makes a token inside a change. The token itself is returned here and never again. Whether the user may have these scopes is for the caller (auth/accounts): a scope beyond
 * the role does nothing anyway. Throws RegistryError `bad-input`.
 */
export async function createToken(store: Store, tx: Transaction<Schema>, spec: NewToken, now: number): Promise<{ row: TokenRow; token: string }> {
  const scopes = scopeList(spec.scopes);
  const label = spec.label.trim();
  if (label.length === 0 || label.length > 100)
    throw new RegistryError('bad-input', 'The label of a token: expected 1 to 100 characters saying where it is used.');
  if (spec.kind === 'path' && scopes.join() !== 'read')
    throw new RegistryError('bad-input', 'A path token stands in addresses and can only have the scope read.');
  if (spec.namespaces?.length === 0)
    throw new RegistryError('bad-input', 'A token limited to no namespace is good for nothing. Name one, or leave the limit out.');
  if (spec.expiresAt !== undefined && !(Number.isSafeInteger(spec.expiresAt) && spec.expiresAt > now))
    throw new RegistryError('bad-input', 'The expiry of a token: expected a time to come.');
  const token = newTokenText();
  const row = store.seal<TokenRow>('tokens', {
    id: newId('tok'),
    user_id: spec.userId,
    hash: tokenHash(token),
    label,
    scopes: JSON.stringify(scopes),
    namespaces: spec.namespaces === undefined ? null : JSON.stringify([...new Set(spec.namespaces)].sort()),
    kind: spec.kind,
    created_at: now,
    expires_at: spec.expiresAt ?? null,
    revoked_at: null,
  });
  await tx.insertInto('tokens').values(row).execute();
  return { row, token };
}

/** The token that somebody names, as stored. Throws RegistryError `not-found`. */
export async function needToken(store: Store, db: Connection, id: string): Promise<TokenRow> {
  const row = await tokenAsStored(store, db, id);
  if (row === undefined) throw new RegistryError('not-found', 'There is no such token.');
  return row;
}

/** Scopes of a row as stored. */
export const scopesOf = (row: Pick<TokenRow, 'scopes'>): Scope[] => scopeList(JSON.parse(row.scopes) as string[]);
/** Namespace limit of a row as stored. */
export const namespacesOf = (row: Pick<TokenRow, 'namespaces'>): string[] | undefined =>
  row.namespaces === null ? undefined : (JSON.parse(row.namespaces) as string[]);
