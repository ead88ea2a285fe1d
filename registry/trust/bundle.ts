/**
 * Sigstore bundles v0.3 (`application/vnd.dev.sigstore.bundle.v0.3+json`) that hold one DSSE envelope with one Ed25519 signature, and name the key by its id. Any Sigstore
 * verifier that is given the key can check them.
 *
 * Reading is stricter than the format: the outer shape is closed, base64 has one spelling, there is exactly one signature, and certificates, log entries and timestamps (which
 * our registries do not use) are refused rather than ignored. Stops a second, unchecked signature or key hint from riding along. https://github.com/secure-systems-lab/dsse
 */
import { sign } from 'node:crypto';
import type { SerializedBundle } from '@sigstore/bundle';
import { canonicalBytes, fromBase64, limits, parseJson, sha256Hex } from './bytes.ts';
import { quote, TrustError } from './errors.ts';
import type { PrivateKey } from './keys.ts';
import { isRecord } from './shape.ts';
import { bundleLibrary } from './sigstore.ts';
import { PAYLOAD_TYPE, type Statement, statementBytes } from './statements.ts';

export type { SerializedBundle } from '@sigstore/bundle';

export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** A bundle of ours, read but not yet believed. */
export interface OpenBundle {
  /** As the Sigstore libraries take it. */
  readonly serialized: SerializedBundle;
  readonly keyid: string;
  readonly payload: Buffer;
  /** sha256 (hex) of the bundle's canonical JSON: how other statements refer to it. */
  readonly digest: string;
}

/** DSSE's pre-authentication encoding, version 1: what is really signed. */
export const preAuthEncoding = (payloadType: string, payload: Buffer): Buffer => {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
};

/**
 * Signs a statement. Ed25519 is deterministic: the same statement and key give the same bundle.
 * @throws TrustError bad-statement, too-large
 */
export async function signStatement(statement: Statement, key: PrivateKey): Promise<SerializedBundle> {
  const { bundleToJSON, toDSSEBundle } = await bundleLibrary();
  const payload = statementBytes(statement);
  return bundleToJSON(
    toDSSEBundle({
      artifact: payload,
      artifactType: PAYLOAD_TYPE,
      signature: sign(null, preAuthEncoding(PAYLOAD_TYPE, payload), key.secret),
      keyHint: key.keyid,
      certificateChain: false,
    }),
  );
}

/** The bytes a bundle is stored and referred to by. */
export const bundleBytes = (bundle: SerializedBundle): Buffer => canonicalBytes(bundle, 'bad-bundle');
export const bundleDigest = (bundle: SerializedBundle): string => sha256Hex(bundleBytes(bundle));

/**
 * Opens a bundle: a Buffer or text of JSON, or what JSON.parse gave.
 * @throws TrustError too-large, bad-bundle, media-type, unsupported-material, signature-count, payload-type, keyid-mismatch
 */
export function openBundle(bundle: unknown): OpenBundle {
  const value =
    Buffer.isBuffer(bundle) || typeof bundle === 'string' ? parseJson(Buffer.from(bundle), 'bad-bundle', limits.bundle, 'The bundle') : bundle;
  const outer = closed(value, 'The bundle', ['mediaType', 'verificationMaterial', 'dsseEnvelope'], ['messageSignature']);
  if (outer['mediaType'] !== BUNDLE_TYPE)
    throw new TrustError('media-type', `The bundle is of type ${quote(String(outer['mediaType']))}; ${quote(BUNDLE_TYPE)} is wanted.`);
  if (outer['messageSignature'] !== undefined)
    throw new TrustError('unsupported-material', 'The bundle signs a bare message; a DSSE envelope with an in-toto statement is wanted.');

  const material = closed(
    outer['verificationMaterial'],
    'verificationMaterial',
    [],
    ['publicKey', 'certificate', 'x509CertificateChain', 'tlogEntries', 'timestampVerificationData'],
  );
  for (const name of ['certificate', 'x509CertificateChain'])
    if (material[name] !== undefined)
      throw new TrustError('unsupported-material', `The bundle is signed with a certificate (${name}); a registered Ed25519 key is wanted.`);
  if (!isEmptyList(material['tlogEntries']))
    throw new TrustError('unsupported-material', 'The bundle has entries of a transparency log, which this version cannot check.');
  const stamps = material['timestampVerificationData'];
  if (stamps !== undefined && !isEmptyList(closed(stamps, 'timestampVerificationData', [], ['rfc3161Timestamps'])['rfc3161Timestamps']))
    throw new TrustError('unsupported-material', 'The bundle has timestamps of an authority, which this version cannot check.');
  const hint = closed(material['publicKey'], 'publicKey', ['hint'])['hint'];

  const envelope = closed(outer['dsseEnvelope'], 'dsseEnvelope', ['payload', 'payloadType', 'signatures']);
  const signatures = envelope['signatures'];
  if (!Array.isArray(signatures)) throw new TrustError('bad-bundle', 'The envelope has no list of signatures.');
  if (signatures.length !== 1) throw new TrustError('signature-count', `The envelope has ${signatures.length} signatures; exactly one is wanted.`);
  const signature = closed(signatures[0], 'signatures[0]', ['sig', 'keyid']);
  if (envelope['payloadType'] !== PAYLOAD_TYPE)
    throw new TrustError('payload-type', `The envelope holds ${quote(String(envelope['payloadType']))}; ${quote(PAYLOAD_TYPE)} is wanted.`);
  const payload = bytesOf(envelope['payload'], 'payload', limits.bundle);
  if (payload.length > limits.statement)
    throw new TrustError('too-large', `The statement has ${payload.length} bytes; the limit is ${limits.statement}.`);
  if (bytesOf(signature['sig'], 'sig', 200).length !== 64) throw new TrustError('bad-bundle', 'The signature does not have the 64 bytes of Ed25519.');
  const { keyid } = signature;
  if (typeof keyid !== 'string' || !/^[0-9a-f]{64}$/.test(keyid))
    throw new TrustError('bad-bundle', 'The signature does not name its key by a sha256 in hex (keyid).');
  if (hint !== keyid) throw new TrustError('keyid-mismatch', 'The bundle names one key and its signature another.');
  const serialized = value as SerializedBundle;
  return { serialized, keyid, payload, digest: bundleDigest(serialized) };
}

const isEmptyList = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.length === 0);

function bytesOf(value: unknown, what: string, limit: number): Buffer {
  if (typeof value !== 'string') throw new TrustError('bad-bundle', `The envelope's ${what} is not a text.`);
  if (value.length > limit) throw new TrustError('too-large', `The envelope's ${what} has ${value.length} characters; the limit is ${limit}.`);
  return fromBase64(value) ?? fail(`The envelope's ${what} is not standard base64 in its one canonical spelling.`);
}

/** An object with these fields and no others. */
function closed(value: unknown, what: string, required: readonly string[], allowed: readonly string[] = []): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) return fail(`${what} is not an object.`);
  for (const name of required) if (!Object.hasOwn(value, name)) return fail(`${what} has no ${name}.`);
  for (const name of Object.keys(value))
    if (!required.includes(name) && !allowed.includes(name)) return fail(`${what} has an unexpected field ${quote(name)}.`);
  return value;
}

const fail = (says: string): never => {
  throw new TrustError('bad-bundle', says);
};
