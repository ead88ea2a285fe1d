/**
 * Ed25519 keys: PKCS#8 PEM for the private half, SPKI PEM for the public one (RFC 8410), named by the sha256 of the SPKI DER.
 *
 * Promises that a key it gives back is Ed25519, one of the full group (a key of small order would accept signatures that nobody made), and that its name is computed, never
 * taken from whoever handed it over. Refuses encrypted, OpenSSH, RSA and EC keys with a sentence that says what to do. No I/O: texts in, keys out.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { limits, sha256Hex } from './bytes.ts';
import { TrustError } from './errors.ts';

export type KeyPurpose = 'release' | 'publisher';

/** A public key as registries list it (`GET /api/skillward/v1/keys`) and verifiers take it. Times are milliseconds since 1970. */
export interface PublicKeyEntry {
  readonly keyid: string;
  readonly pem: string;
  readonly purpose: KeyPurpose;
  readonly createdAt: number;
  /** Rotated away: what it signed up to then stays good, what claims a later time is not. */
  readonly retiredAt?: number | null;
  /** Lost or stolen: nothing it ever signed is believed, since whoever holds it can write any date. */
  readonly revokedAt: number | null;
}

export interface PublicKey {
  /** sha256 of the SPKI DER, lower-case hex. */
  readonly keyid: string;
  readonly pem: string;
  readonly key: KeyObject;
}
export interface PrivateKey extends PublicKey {
  /** Never leaves the process that read it: it has no text form here. */
  readonly secret: KeyObject;
}

/** A new key pair. `privatePem` is the only place where the secret has a text. */
export function generateKey(): PublicKey & { readonly privatePem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { ...describe(publicKey), privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/**
 * @param what names the key in messages, such as the file it came from
 * @throws TrustError bad-key, too-large
 */
export function parsePrivateKey(pem: string, what = 'the private key'): PrivateKey {
  block(pem, 'PRIVATE KEY', what, {
    'PUBLIC KEY': `${what} is a public key; the private one (BEGIN PRIVATE KEY) is wanted.`,
    'ENCRYPTED PRIVATE KEY': `${what} is locked with a passphrase. Keep it unlocked in a file only its owner can read, or let a secret manager provide it.`,
    'OPENSSH PRIVATE KEY': `${what} is in OpenSSH's format. Make one with: openssl genpkey -algorithm ed25519`,
    'RSA PRIVATE KEY': `${what} is an RSA key; an Ed25519 one is wanted. Make one with: openssl genpkey -algorithm ed25519`,
    'EC PRIVATE KEY': `${what} is an EC key; an Ed25519 one is wanted. Make one with: openssl genpkey -algorithm ed25519`,
  });
  let secret: KeyObject;
  try {
    secret = createPrivateKey({ key: pem, format: 'pem', type: 'pkcs8' });
  } catch {
    // The cause could quote key material.
    throw new TrustError('bad-key', `${what} is damaged: it looks like PKCS#8 PEM but does not decode.`);
  }
  if (secret.asymmetricKeyType !== 'ed25519')
    throw new TrustError(
      'bad-key',
      `${what} is of type ${secret.asymmetricKeyType ?? 'unknown'}; Ed25519 is wanted. Make one with: openssl genpkey -algorithm ed25519`,
    );
  return { ...describe(createPublicKey(secret), what), secret };
}

/**
 * @param what names the key in messages
 * @throws TrustError bad-key, too-large
 */
export function parsePublicKey(pem: string, what = 'the public key'): PublicKey {
  block(pem, 'PUBLIC KEY', what, {
    'PRIVATE KEY': `${what} is a private key, which must not be handed over; give the public half: openssl pkey -in KEY -pubout`,
    CERTIFICATE: `${what} is a certificate; a public key (BEGIN PUBLIC KEY) is wanted.`,
  });
  let key: KeyObject;
  try {
    key = createPublicKey({ key: pem, format: 'pem', type: 'spki' });
  } catch (cause) {
    throw new TrustError('bad-key', `${what} is damaged: it looks like SPKI PEM but does not decode.`, { cause });
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw new TrustError('bad-key', `${what} is of type ${key.asymmetricKeyType ?? 'unknown'}; Ed25519 is wanted.`);
  return describe(key, what);
}

/** The listed form of a public key. @throws TrustError bad-key */
export function keyEntry(pem: string, purpose: KeyPurpose, createdAt: number, revokedAt: number | null = null): PublicKeyEntry {
  const { keyid, pem: normal } = parsePublicKey(pem);
  return { keyid, pem: normal, purpose, createdAt, revokedAt };
}

function describe(key: KeyObject, what = 'the key'): PublicKey {
  const der = key.export({ type: 'spki', format: 'der' });
  // RFC 8410: 12 bytes of algorithm, then the 32 bytes of the point.
  if (isSmallOrder(der.subarray(-32)))
    throw new TrustError('bad-key', `${what} is a point of small order: anybody could sign for it. Make a real key.`);
  return { keyid: sha256Hex(der), pem: key.export({ type: 'spki', format: 'pem' }).toString(), key };
}

/** The y coordinates of the points whose order divides 8 on edwards25519, little-endian, with the two encodings past the field's prime that still name them. */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
]);

function isSmallOrder(point: Buffer): boolean {
  const y = Buffer.from(point);
  // The top bit is the sign of x.
  y[31] = y[31]! & 0x7f;
  return SMALL_ORDER.has(y.toString('hex'));
}

/** Exactly one PEM block of the wanted kind, and nothing else but blanks. */
function block(pem: string, label: string, what: string, known: Readonly<Record<string, string>>): void {
  if (pem.length > limits.key) throw new TrustError('too-large', `${what} has ${pem.length} characters; a key has a few hundred.`);
  const labels = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----/g)].map((match) => match[1]!);
  const [found] = labels;
  if (found === undefined) throw new TrustError('bad-key', `${what} is not in PEM: a line "-----BEGIN ${label}-----" is missing.`);
  if (found !== label) throw new TrustError('bad-key', known[found] ?? `${what} starts with BEGIN ${found}; BEGIN ${label} is wanted.`);
  if (labels.length > 1) throw new TrustError('bad-key', `${what} has ${labels.length} PEM blocks; exactly one is wanted.`);
  if (!pem.trim().startsWith('-----BEGIN') || !pem.trim().endsWith(`-----END ${label}-----`))
    throw new TrustError('bad-key', `${what} has text around its PEM block; give the block alone.`);
}
