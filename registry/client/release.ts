/**
 * From a name to bytes that may be installed. Nothing is written before all of it holds:
 *
 *   1. the archive hashes to what the registry (and the lock, if there is one) says
 *   2. it is the canonical archive of its own files: unpacked strictly and packed again it is the same bytes, so tree and fingerprint follow from it
 *   3. the attestations hash to what the registry (and the lock) says
 *   4. they are a release of exactly these bytes under exactly this name in this registry, signed by a pinned key (trust/release.ts)
 *   5. it meets what this user accepts (level, solo, break-glass)
 *   6. the capability manifest is the signed one
 *   7. no signed revocation of these bytes was ever seen (revocations.ts)
 *
 * Every mismatch is `mismatch` and refuses; the server's word alone is never enough.
 */
import { createHash } from 'node:crypto';
import type { Capability } from '../../scanner/model.ts';
import { describe } from '../archive/canonical.ts';
import type { PackFile } from '../archive/check.ts';
import { ArchiveError } from '../archive/errors.ts';
import { readArchive } from '../archive/read.ts';
import { TrustError } from '../trust/errors.ts';
import { type AcceptPolicy, type VerifiedRelease, verifyRelease } from '../trust/release.ts';
import { getArchive, getAttestations, getVersion } from './api.ts';
import { keepAttestations, keepCapability } from './cache.ts';
import { ClientError } from './errors.ts';
import { checkCapability } from './growth.ts';
import type { Http } from './http.ts';
import { fingerprintText, type Trust, takeIntoLock } from './keys.ts';
import { hexOf, integrity, type LockedSkill } from './lock.ts';
import { nameText, type VersionName, versionText } from './names.ts';
import type { Places } from './places.ts';
import { knownRevocation, learnRevocation, revoked } from './revocations.ts';
import type { VersionRecord } from './wire.ts';

export interface Fetched {
  readonly name: VersionName;
  readonly record: VersionRecord;
  readonly release: VerifiedRelease;
  readonly files: readonly PackFile[];
  readonly capability: Capability;
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Downloads and verifies one version.
 * @param locked what the lock says of it; then it must be exactly that
 * @throws ClientError mismatch and what http.ts throws
 */
export async function fetchRelease(
  http: Http,
  name: VersionName,
  trust: Trust,
  deps: { readonly places: Places; readonly accept?: AcceptPolicy; readonly locked?: LockedSkill },
): Promise<Fetched> {
  const text = versionText(name);
  const { locked } = deps;
  const wrong = (what: string): ClientError =>
    new ClientError(
      'mismatch',
      `${text}: ${what}. Nothing was installed. Try once more; if it stays so, the registry or the way to it is not to be trusted.`,
    );
  const record = await getVersion(http, name).catch(async (error: unknown) => {
    // Told that it is gone, we want to see that in writing, and to remember it.
    const told = error instanceof ClientError && error.code === 'withdrawn' ? await learnRevocation(http, deps.places, trust, name) : undefined;
    throw told === undefined ? error : revoked(told, name);
  });
  const known =
    (await knownRevocation(deps.places, trust, record.archive.sha256)) ??
    (record.state === 'revoked' ? await learnRevocation(http, deps.places, trust, name, record.archive.sha256) : undefined);
  // Whatever the registry says of it now.
  if (known !== undefined) throw revoked(known, name);
  if (record.state !== 'served' && record.state !== 'deprecated')
    throw new ClientError(
      record.state === 'revoked' || record.state === 'yanked' ? 'withdrawn' : 'held',
      `${text} is ${record.state}${record.reason === null ? '.' : `: ${record.reason}`}`,
    );
  if (record.attestations === null) throw wrong('the registry has no signatures for it');
  if (locked !== undefined) {
    if (hexOf(locked.archive) !== record.archive.sha256) throw wrong('the registry now names another archive than the lock');
    if (locked.bundle !== `sha256:${record.attestations}`) throw wrong('the registry now names other signatures than the lock');
  }
  const archive = await getArchive(http, name);
  if (sha256(archive) !== record.archive.sha256) throw wrong('the archive that arrived is not the one that the registry names');
  const { files, described } = await open(archive, text);
  if (described.sha256 !== record.archive.sha256) throw wrong('the archive is not in its canonical form');
  const attestations = await getAttestations(http, name);
  if (sha256(attestations) !== record.attestations) throw wrong('the signatures that arrived are not those that the registry names');
  const release = await verified(
    attestations,
    {
      registryId: trust.registryId,
      ...name,
      archiveSha256: described.sha256,
      archiveSize: described.size,
      tree: described.tree,
      fingerprint: described.fingerprint,
      files: described.files,
    },
    trust,
    deps.accept,
  );
  const capability = checkCapability(record.capability, release);
  if (locked !== undefined) {
    const now = lockedFrom({ release }, locked.installedAs);
    for (const key of ['version', 'archive', 'tree', 'fingerprint', 'bundle'] as const)
      if (now[key] !== locked[key]) throw wrong(`its ${key} is not the one in the lock`);
    if (JSON.stringify(now.publisher) !== JSON.stringify(locked.publisher)) throw wrong('its publisher is not the one in the lock');
  }
  await keepAttestations(deps.places, record.attestations, attestations);
  await keepCapability(deps.places, record.attestations, { entries: capability.entries });
  return { name, record, release, files, capability };
}

async function open(archive: Buffer, text: string): Promise<{ files: PackFile[]; described: Awaited<ReturnType<typeof describe>> }> {
  try {
    const files = await readArchive(archive);
    return { files, described: await describe(files) };
  } catch (error) {
    if (error instanceof ArchiveError) throw new ClientError('mismatch', `${text}: the archive cannot be used. ${error.message}`, { cause: error });
    throw error;
  }
}

/** verifyRelease with the client's kind of error. @throws ClientError mismatch, untrusted */
export async function verified(
  attestations: Buffer,
  expected: Parameters<typeof verifyRelease>[1],
  trust: Trust,
  accept: AcceptPolicy = {},
): Promise<VerifiedRelease> {
  const { owner, slug, version } = expected;
  try {
    // A copy without fields that are no part of the name.
    return await verifyRelease(attestations, expected, trust.keys, accept);
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    const untrusted = error.code === 'unknown-key' || error.code === 'revoked-key' || error.code === 'retired-key';
    throw new ClientError(
      untrusted ? 'untrusted' : 'mismatch',
      `${nameText({ owner, slug })}@${version}: ${error.message} (${error.code})${error.code === 'unknown-key' ? unknownKey(trust) : ''}`,
      { cause: error },
    );
  }
}

const unknownKey = ({ beyondLock = [] }: Trust): string =>
  beyondLock.length === 0
    ? ' If the registry has a new release key, compare its fingerprint with the operator and log in again.'
    : ` Pinned, but not in the lock: ${beyondLock.map(fingerprintText).join(', ')}. ${takeIntoLock}`;

/** What the lock says of a verified release. */
export const lockedFrom = ({ release }: Pick<Fetched, 'release'>, installedAs: readonly string[]): LockedSkill => ({
  version: release.version,
  archive: integrity(release.archiveSha256),
  tree: release.tree,
  fingerprint: release.fingerprint,
  bundle: `sha256:${release.attestationsSha256}`,
  logIndex: null,
  publisher: { level: release.publisher.level, handle: release.publisher.handle, keyid: release.publisher.keyid },
  approvedBy: [...new Set(release.approvedBy)].sort(),
  installedAs: [...installedAs].sort(),
});

/** Throws `signer-changed` if somebody else, or somebody less sure, publishes it now. */
export function checkPublisher(before: LockedSkill, release: VerifiedRelease): void {
  const { publisher } = release;
  const was = before.publisher;
  const who = (one: { handle: string; level: string; keyid: string | null }): string =>
    `${one.handle} (${one.level}${one.keyid === null ? '' : `, key ${one.keyid.slice(0, 12)}…`})`;
  if (was.handle === publisher.handle && was.level === publisher.level && was.keyid === publisher.keyid) return;
  // A publisher who begins to sign is surer than before.
  if (was.handle === publisher.handle && was.level === 'L1' && was.keyid === null) return;
  throw new ClientError(
    'signer-changed',
    `${nameText(release)}: version ${before.version} was published by ${who(was)}, version ${release.version} by ${who(publisher)}. If that is meant, add --allow-signer-change.`,
  );
}
