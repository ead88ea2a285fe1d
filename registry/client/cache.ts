/**
 * Attestations, manifests and release keys by digest, so that `skill verify` needs no network. Everything in it is checked against its name when it is read, so a changed cache is
 * an empty one. It may be deleted at any time.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '../trust/bytes.ts';
import type { PinnedKey } from './config.ts';
import { readSmall, writeWhole } from './files.ts';
import { pinFrom } from './keys.ts';
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

export async function cachedKey(places: Places, keyid: string): Promise<PinnedKey | undefined> {
  const file = await readSmall(at(places, 'keys', keyid, 'pem'), limits.key).catch(() => undefined);
  try {
    const pin = file === undefined ? undefined : pinFrom(file.text);
    return pin?.keyid === keyid ? pin : undefined;
  } catch {
    return undefined;
  }
}

export const keepKey = (places: Places, key: { readonly keyid: string; readonly pem: string }): Promise<void> =>
  quietly(writeWhole(at(places, 'keys', key.keyid, 'pem'), key.pem, 0o600, 0o700));

/** A cache that cannot be written is no reason to fail. */
const quietly = (work: Promise<void>): Promise<void> => work.catch(() => undefined);
