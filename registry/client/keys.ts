/**
 * Which release keys are believed for a registry.
 *
 * A key is pinned on first contact, by a person who is shown its fingerprint or gives the one they expect; from then on only pinned keys count, whatever the server lists. The server
 * can take trust away (retired, revoked), never add any: a new key has to be pinned again. Stops a server that was taken over, without its signing key, from releasing anything.
 */
import { type PublicKeyEntry, parsePublicKey } from '../trust/keys.ts';
import type { KnownRegistry, PinnedKey } from './config.ts';
import { ClientError, quote } from './errors.ts';

export const entriesOf = (keys: readonly PinnedKey[]): PublicKeyEntry[] => keys.map((key) => ({ ...key, purpose: 'release' }));

const pinned = ({ keyid, pem, createdAt, retiredAt, revokedAt }: PublicKeyEntry): PinnedKey => ({
  keyid,
  pem,
  createdAt,
  retiredAt: retiredAt ?? null,
  revokedAt,
});

/** `SHA256:ab12 cd34 …`: a key's id as people compare it. */
export const fingerprintText = (keyid: string): string => `SHA256:${keyid.match(/.{1,8}/g)!.join(' ')}`;

/** The id in a fingerprint as somebody copied it. @throws ClientError usage */
export function parseFingerprint(text: string): string {
  const hex = text
    .trim()
    .replace(/^sha256[:-]/i, '')
    .replace(/[\s:]/g, '')
    .toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hex))
    throw new ClientError(
      'usage',
      `${quote(text)} is not the fingerprint of a release key: expected 64 hex digits. The operator finds it with \`skill key fingerprint\` or in the server's log.`,
    );
  return hex;
}

/**
 * The keys to pin among those listed: all that are not revoked, or exactly those whose fingerprints were given.
 * @throws ClientError untrusted, if a given one is not listed or none is usable
 */
export function choosePins(listed: readonly PublicKeyEntry[], fingerprints: readonly string[]): PinnedKey[] {
  const usable = listed.filter((key) => key.revokedAt === null);
  for (const wanted of fingerprints)
    if (!usable.some((key) => key.keyid === wanted))
      throw new ClientError(
        'untrusted',
        `The registry does not list the release key ${fingerprintText(wanted)}. It lists: ${usable.map((key) => fingerprintText(key.keyid)).join(', ') || 'none'}. Do not trust this server before you know why.`,
      );
  const chosen = fingerprints.length === 0 ? usable : usable.filter((key) => fingerprints.includes(key.keyid));
  if (chosen.length === 0)
    throw new ClientError('untrusted', 'The registry lists no usable release key: nothing it serves could be verified. Ask its operator.');
  return chosen.map(pinned);
}

/** Pinned keys with what the server says of their end. Keys it does not list stay as they are; nothing comes back to life. */
export function withEnds(pins: readonly PinnedKey[], listed: readonly PublicKeyEntry[]): PinnedKey[] {
  const earlier = (a: number | null, b: number | null | undefined): number | null =>
    a === null ? (b ?? null) : b === null || b === undefined ? a : Math.min(a, b);
  return pins.map((pin) => {
    const now = listed.find((key) => key.keyid === pin.keyid);
    return now === undefined ? pin : { ...pin, retiredAt: earlier(pin.retiredAt, now.retiredAt), revokedAt: earlier(pin.revokedAt, now.revokedAt) };
  });
}

/** What to do when the lock is older than the registry's key. */
export const takeIntoLock =
  'If the registry has a new key, compare its fingerprint with the operator, then take it into the lock: `skill update --key-fingerprint SHA256:…`.';

/** What a command trusts. */
export interface Trust {
  readonly registryId: string;
  readonly keys: readonly PublicKeyEntry[];
  /** Every pinned key, if the lock names only some: what takes trust away is believed by any of them. */
  readonly revoking?: readonly PublicKeyEntry[];
  /** Ids of pinned keys that are not believed here, because the lock does not name them. */
  readonly beyondLock?: readonly string[];
}

/**
 * @param lockKeys ids that a lock accepts; they only narrow
 * @throws ClientError untrusted
 */
export function trustOf(known: KnownRegistry, base: string, lockKeys?: readonly string[]): Trust {
  if (known.id === undefined || known.keys === undefined || known.keys.length === 0)
    throw new ClientError(
      'untrusted',
      `No release key of ${base} is pinned, so nothing it serves could be verified. Pin it once: \`skill login --registry ${base} --key-fingerprint SHA256:…\` (ask the operator for the fingerprint).`,
    );
  const keys = lockKeys === undefined ? known.keys : known.keys.filter((key) => lockKeys.includes(key.keyid));
  const beyondLock = known.keys.filter((key) => !keys.includes(key)).map((key) => key.keyid);
  if (keys.length === 0)
    throw new ClientError(
      'untrusted',
      `The lock accepts none of the release keys that are pinned for ${base} (${beyondLock.map(fingerprintText).join(', ')}). ${takeIntoLock}`,
    );
  return { registryId: known.id, keys: entriesOf(keys), revoking: entriesOf(known.keys), beyondLock };
}

/** A key from its text in a cache, and when it ended as far as that says. @throws TrustError */
export function pinFrom(pem: string, ends: { readonly retiredAt?: unknown; readonly revokedAt?: unknown }): PinnedKey {
  const { keyid, pem: normal } = parsePublicKey(pem);
  const time = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  return { keyid, pem: normal, createdAt: 0, retiredAt: time(ends.retiredAt), revokedAt: time(ends.revokedAt) };
}
