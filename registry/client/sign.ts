/**
 * The publisher's own key: made here, kept here (mode 0600), its public half registered with the registry. What it signs is the tree under one name and version, so a stolen upload
 * token alone cannot publish at level L2.
 */
import { join } from 'node:path';
import type { Described } from '../archive/canonical.ts';
import type { SerializedBundle } from '../trust/bundle.ts';
import { TrustError } from '../trust/errors.ts';
import { generateKey, type PrivateKey, type PublicKey, parsePrivateKey } from '../trust/keys.ts';
import type { ReleaseName } from '../trust/names.ts';
import { signAsPublisher } from '../trust/publisher.ts';
import type { StatedSource } from '../trust/statements.ts';
import { ClientError } from './errors.ts';
import { readSmall, writeNew } from './files.ts';
import type { Env, Places } from './places.ts';

/** --key, SKILL_PUBLISHER_KEY_FILE, else the one in the settings folder. */
export const keyPath = (places: Places, env: Env, flag?: string): string =>
  flag ?? (env['SKILL_PUBLISHER_KEY_FILE'] || join(places.config, 'publisher.key'));

/** Makes the key. @throws ClientError file if there is one already: it is never replaced */
export async function createKey(path: string): Promise<PublicKey> {
  const key = generateKey();
  if (!(await writeNew(path, key.privatePem)))
    throw new ClientError('file', `There is a key at ${path} already, and it is not replaced. Move it away first, and revoke it if it was lost.`);
  return key;
}

/** @throws ClientError file; undefined if there is none */
export async function loadKey(path: string): Promise<PrivateKey | undefined> {
  const file = await readSmall(path, 16 * 1024);
  if (file === undefined) return undefined;
  if (process.platform !== 'win32' && (file.mode & 0o077) !== 0)
    throw new ClientError('file', `The key ${path} can be read by others (mode ${file.mode.toString(8)}). Run: chmod 600 ${path}`);
  try {
    return parsePrivateKey(file.text, `The key ${path}`);
  } catch (error) {
    if (error instanceof TrustError) throw new ClientError('file', error.message, { cause: error });
    throw error;
  }
}

/**
 * Signs a tree as its publisher.
 * @param described the tree without `skill.sigstore.json`
 */
export async function signTree(
  name: ReleaseName,
  described: Described,
  key: PrivateKey,
  options: { readonly signedAt: number; readonly source?: StatedSource },
): Promise<SerializedBundle> {
  const tree = {
    sha256: described.sha256,
    size: described.size,
    tree: described.tree,
    fingerprint: described.fingerprint,
    files: described.files.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
  };
  return signAsPublisher(
    name,
    tree,
    { signedAt: new Date(options.signedAt).toISOString(), ...(options.source === undefined ? {} : { source: options.source }) },
    key,
  );
}
