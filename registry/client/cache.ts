/**
 * Attestations, manifests and release keys by digest, so that `skill verify` needs no network. Everything in it is checked against its name when it is read, so a changed cache is
 * an empty one. It may be deleted at any time. Keys are kept for one registry each: what one registry signs with says nothing of another.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '../trust/bytes.ts';
import type { PublicKeyEntry } from '../trust/keys.ts';
import type { PinnedKey } from './config.ts';
import { readSmall, writeWhole } from './files.ts';
import { pinFrom, withEnds } from './keys.ts';
import type { Places } from './places.ts';

const at = (places: Places, kind: string, digest: string, extension: string): string =>
  join(places.cache, kind, digest.slice(0, 2), `${digest}.${extension}`);

/** @param sha256 hex digest of the document's bytes */
export async function cachedAttestations(places: Places, sha256: string): Promise<Buffer | undefined> {
  const path = at(places, 'attestations', sha256, 'json');
  const file = await readSmall(path, limits.attestations).catch(() => undefined);
  if (file === undefined) return undefined;
  const bytes = await readFile(path).catch(() => undefined);
  return bytes !== undefined && createHash('sha256').update(bytes).digest('hex') === sha256 ? bytes : undefined;
}

export const keepAttestations = (places: Places, sha256: string, bytes: Buffer): Promise<void> =>
  quietly(writeWhole(at(places, 'attestations', sha256, 'json'), bytes.toString('utf8'), 0o600, 0o700));

/** The manifest that belongs to an attestations document; whoever reads it checks it against the signed digest (growth.ts). */
export async function cachedCapability(places: Places, sha256: string): Promise<unknown> {
  const file = await readSmall(at(places, 'capabilities', sha256, 'json'), 16 * 1024 * 1024).catch(() => undefined);
  try {
    return file === undefined ? undefined : (JSON.parse(file.text) as unknown);
  } catch {
    return undefined;
  }
}

export const keepCapability = (places: Places, sha256: string, capability: unknown): Promise<void> =>
  quietly(writeWhole(at(places, 'capabilities', sha256, 'json'), JSON.stringify(capability), 0o600, 0o700));

/** A key and a registry have one name together; a registry's id may hold what no file name can. */
const keyAt = (places: Places, registryId: string, keyid: string): string =>
  at(places, 'keys', createHash('sha256').update(`${registryId}\n${keyid}`).digest('hex'), 'json');

/** A release key that this very registry listed once, for a lock that names it. */
export async function cachedKey(places: Places, registryId: string, keyid: string): Promise<PinnedKey | undefined> {
  const file = await readSmall(keyAt(places, registryId, keyid), 2 * limits.key).catch(() => undefined);
  try {
    const kept = file === undefined ? undefined : (JSON.parse(file.text) as Readonly<Record<string, unknown>> | null);
    if (kept?.['registry'] !== registryId || typeof kept['pem'] !== 'string') return undefined;
    const pin = pinFrom(kept['pem'], { retiredAt: kept['retiredAt'], revokedAt: kept['revokedAt'] });
    return pin.keyid === keyid ? pin : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a key as the registry lists it now, and gives it back with every end that was ever heard of: what is revoked stays revoked. */
export async function keepKey(places: Places, registryId: string, listed: PublicKeyEntry): Promise<PinnedKey> {
  const { keyid, pem, createdAt, retiredAt, revokedAt } = listed;
  const now = { keyid, pem, createdAt, retiredAt: retiredAt ?? null, revokedAt };
  const [kept] = withEnds([(await cachedKey(places, registryId, keyid)) ?? now], [listed]) as [PinnedKey];
  await quietly(writeWhole(keyAt(places, registryId, keyid), JSON.stringify({ registry: registryId, ...kept }), 0o600, 0o700));
  return kept;
}

/** A cache that cannot be written is no reason to fail. */
const quietly = (work: Promise<void>): Promise<void> => work.catch(() => undefined);
