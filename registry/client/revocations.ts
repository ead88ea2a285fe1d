/**
 * Signed revocations: what the registry says in its own hand that nobody should have any more. A revocation that was seen once is remembered for ever, by the digest of the archive: those bytes
 * are not installed again, also without the network, and also if the server later says that all is well (an old row put back, a server taken over without its signing key).
 *
 * The memory lies beside the journals, not in the cache, which may be deleted at any time. What is read from it is verified again; that a key was retired or revoked since does not bring
 * anything back, because a revocation only takes away.
 */
import { join } from 'node:path';
import { limits } from '../trust/bytes.ts';
import { TrustError } from '../trust/errors.ts';
import { openRevocation, verifyRevocation } from '../trust/release.ts';
import type { RevokePredicate } from '../trust/statements.ts';
import { getRevocation } from './api.ts';
import { ClientError, sentence } from './errors.ts';
import { readSmall, writeWhole } from './files.ts';
import type { Http } from './http.ts';
import type { Trust } from './keys.ts';
import { nameText, type VersionName, versionText } from './names.ts';
import type { Places } from './places.ts';

export interface Revocation extends RevokePredicate {
  /** The version that was revoked; its bytes may go by other numbers too. */
  readonly name: VersionName;
  readonly archiveSha256: string;
  /** False: it could not be written down here. */
  readonly remembered: boolean;
}

const pathOf = (places: Places, archiveSha256: string): string =>
  join(places.state, 'revocations', archiveSha256.slice(0, 2), `${archiveSha256}.json`);

/** A file of the memory: whose word about which name it is, and the signed bundle. */
interface Kept {
  readonly registry: string;
  readonly owner: string;
  readonly slug: string;
  readonly version: string;
  readonly bundle: unknown;
}

/** The keys that a revocation is believed by: every pinned one, since a lock narrows what may be installed and not what may be taken away. */
const keysOf = (trust: Trust) => trust.revoking ?? trust.keys;

/** The revocation of these bytes, if one was ever seen. A file that does not verify says nothing. */
export async function knownRevocation(places: Places, trust: Trust, archiveSha256: string): Promise<Revocation | undefined> {
  const file = await readSmall(pathOf(places, archiveSha256), 2 * limits.bundle).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { registry, owner, slug, version, bundle } = JSON.parse(file.text) as Kept;
    if (registry !== trust.registryId) return undefined;
    const keys = keysOf(trust).map((key) => ({ ...key, retiredAt: null, revokedAt: null }));
    const said = await verifyRevocation(bundle, { registryId: registry, owner, slug, version, archiveSha256 }, keys);
    return { ...said, name: { owner, slug, version }, archiveSha256, remembered: true };
  } catch {
    return undefined;
  }
}

/**
 * Asks the registry for the revocation of a version, verifies and remembers it.
 * @param archiveSha256 the bytes that are meant, if they are known; a revocation of others does not count
 * @returns undefined if there is none, or the registry does not give it (out)
 * @throws ClientError mismatch, untrusted for one that does not verify
 */
export async function learnRevocation(
  http: Http,
  places: Places,
  trust: Trust,
  name: VersionName,
  archiveSha256?: string,
): Promise<Revocation | undefined> {
  let bytes: Buffer;
  try {
    bytes = await getRevocation(http, name);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return undefined;
  }
  try {
    const { archives, predicate } = await openRevocation(bytes, { registryId: trust.registryId, ...name }, keysOf(trust));
    if (archiveSha256 !== undefined && !archives.includes(archiveSha256))
      throw new TrustError('other-archive', 'The revocation is about other bytes than these.');
    const kept: Kept = { registry: trust.registryId, ...name, bundle: JSON.parse(bytes.toString('utf8')) as unknown };
    // A home that cannot be written to is no reason to fall silent about it.
    const written = await Promise.all(archives.map((archive) => writeWhole(pathOf(places, archive), JSON.stringify(kept), 0o600, 0o700))).then(
      () => true,
      () => false,
    );
    return { ...predicate, name, archiveSha256: archiveSha256 ?? archives[0]!, remembered: written };
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    const untrusted = error.code === 'unknown-key' || error.code === 'revoked-key' || error.code === 'retired-key';
    throw new ClientError(
      untrusted ? 'untrusted' : 'mismatch',
      `The revocation that the registry shows for ${versionText(name)} does not verify: ${error.message}`,
      {
        cause: error,
      },
    );
  }
}

/** What it says, in one sentence for people. */
export function revocationText(revocation: Revocation, of: VersionName): string {
  const { name, reason, replacement, revokedAt, revokedBy } = revocation;
  const other = nameText(name) === nameText(of) && name.version === of.version ? '' : `, the same bytes as ${versionText(name)}, which`;
  return `${versionText(of)}${other} was revoked by ${revokedBy.handle} on ${revokedAt.slice(0, 10)}: ${sentence(reason)}${replacement === undefined ? '' : ` Use ${replacement} instead.`}`;
}

/** The refusal to install it. */
export const revoked = (revocation: Revocation, of: VersionName): ClientError =>
  new ClientError(
    'withdrawn',
    `${revocationText(revocation, of)} The revocation is signed by the registry${revocation.remembered ? ' and remembered here' : ''}; nothing was installed.`,
  );
