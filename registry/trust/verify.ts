/**
 * Believing one bundle, in order:
 *
 *   1. open it strictly (bundle.ts): one envelope, one signature, the in-toto payload type, one key id
 *   2. find the key: known, for this purpose, not revoked, and really the key of that id
 *   3. check the signature with stock @sigstore/verify, thresholds 0: own keys, no certificate, log or timestamp, no network
 *   4. read the statement (statements.ts): canonical JSON, in-toto v1, a predicate we know
 *   5. check what stock does not at threshold 0: a retired key signs nothing that claims a later time
 *
 * What the statement is about is for the caller to compare: release.ts, publisher.ts, or `expect` here. Throws nothing but TrustError.
 */

import { type OpenBundle, openBundle } from './bundle.ts';
import { limits } from './bytes.ts';
import { TrustError } from './errors.ts';
import { type KeyPurpose, type PublicKey, type PublicKeyEntry, parsePublicKey } from './keys.ts';
import { checkName, type ReleaseName } from './names.ts';
import { bundleLibrary, verifyLibrary } from './sigstore.ts';
import {
  type Claim,
  isA,
  type PredicateName,
  parseStatement,
  predicateTypes,
  type Statement,
  type StatementOf,
  statementTime,
} from './statements.ts';

export interface Verified<S extends Statement = Statement> {
  readonly statement: S;
  /** The key that signed it. */
  readonly keyid: string;
  /** sha256 (hex) of the bundle's canonical JSON. */
  readonly digest: string;
}

export interface VerifyOptions {
  /** What the key must be for. Default `release`: the registry's own. */
  readonly purpose?: KeyPurpose;
}

/**
 * The statement of a bundle, if a key of the list signed it.
 * @param bundle JSON text, its bytes, or what JSON.parse gave
 * @param keys what is believed; ids in it are computed again
 * @throws TrustError
 */
export async function verifyBundle(bundle: unknown, keys: readonly PublicKeyEntry[], options: VerifyOptions = {}): Promise<Verified> {
  try {
    return await verifyOpen(openBundle(bundle), keys, options);
  } catch (error) {
    if (error instanceof TrustError) throw error;
    throw new TrustError('bad-bundle', 'The bundle cannot be read.', { cause: error });
  }
}

/**
 * As verifyBundle, for a bundle that `openBundle` gave.
 * @param claim what `claimOf` gave for its payload, if it was asked already
 * @throws TrustError
 */
export async function verifyOpen(open: OpenBundle, keys: readonly PublicKeyEntry[], options: VerifyOptions = {}, claim?: Claim): Promise<Verified> {
  try {
    const entry = findKey(keys, open.keyid, options.purpose ?? 'release');
    await checkSignature(open.serialized, entry);
    const statement = parseStatement(open.payload, claim);
    if (typeof entry.retiredAt === 'number' && statementTime(statement) > entry.retiredAt)
      throw new TrustError('retired-key', `The statement claims a time after its key ${short(entry.keyid)} was retired.`);
    return { statement, keyid: open.keyid, digest: open.digest };
  } catch (error) {
    if (error instanceof TrustError) throw error;
    throw new TrustError('bad-bundle', 'The bundle cannot be read.', { cause: error });
  }
}

/** As verifyBundle, for one kind of statement. @throws TrustError also wrong-predicate */
export async function verifyAs<N extends PredicateName>(
  name: N,
  bundle: unknown,
  keys: readonly PublicKeyEntry[],
  options: VerifyOptions = {},
): Promise<Verified<Extract<Statement, StatementOf<N>>>> {
  const { statement, ...rest } = await verifyBundle(bundle, keys, options);
  if (!isA(statement, name))
    throw new TrustError('wrong-predicate', `The statement is a ${statement.predicateType}; ${predicateTypes[name]} is wanted.`);
  return { statement, ...rest };
}

/** Throws unless the statement is about exactly these bytes under exactly this name. */
export function checkSubject(statement: Statement, expected: ReleaseName & { readonly archiveSha256: string }): void {
  const [subject] = statement.subject;
  checkName(subject.name, expected);
  if (subject.digest.sha256 !== expected.archiveSha256)
    throw new TrustError(
      'other-archive',
      `The statement is about an archive with the digest ${short(subject.digest.sha256)}; this one has ${short(expected.archiveSha256)}.`,
    );
}

/** Enough of a digest to recognise it. */
export const short = (hex: string): string => `${hex.slice(0, 12)}…`;

/** The key of this id, for this purpose. @throws TrustError unknown-key, key-purpose, revoked-key, bad-key */
function findKey(keys: readonly PublicKeyEntry[], keyid: string, purpose: KeyPurpose): PublicKeyEntry {
  const named = keys.filter((entry) => entry.keyid === keyid);
  if (named.length === 0)
    throw new TrustError(
      'unknown-key',
      `No known key has the id ${short(keyid)}; ${keys.length === 0 ? 'no keys were given' : 'it was made by somebody else'}.`,
    );
  const fit = named.filter((entry) => entry.purpose === purpose);
  const [entry] = fit;
  if (entry === undefined) throw new TrustError('key-purpose', `The key ${short(keyid)} is a ${named[0]!.purpose} key; a ${purpose} key is wanted.`);
  // One revoked entry is enough: a list that also has it unrevoked is no reason to believe it.
  if (named.some((one) => one.revokedAt !== null))
    throw new TrustError('revoked-key', `The key ${short(keyid)} was revoked; nothing it signed is believed.`);
  return entry;
}

/** Keys by the text they were read from: reading one costs as much as checking a signature, and a registry has a few. */
const parsed = new Map<string, PublicKey>();
const mostParsed = 64;

function keyOf(entry: PublicKeyEntry): PublicKey {
  let known = parsed.get(entry.pem);
  if (known === undefined) {
    known = parsePublicKey(entry.pem, `the key ${short(entry.keyid)}`);
    if (parsed.size >= mostParsed) parsed.clear();
    parsed.set(entry.pem, known);
  }
  return known;
}

async function checkSignature(bundle: unknown, entry: PublicKeyEntry): Promise<void> {
  const real = keyOf(entry);
  if (real.keyid !== entry.keyid) throw new TrustError('bad-key', `The key listed as ${short(entry.keyid)} really is ${short(real.keyid)}.`);
  const [{ bundleFromJSON }, { toSignedEntity, toTrustMaterial, Verifier }] = await Promise.all([bundleLibrary(), verifyLibrary()]);
  const nothing = { mediaType: '', tlogs: [], certificateAuthorities: [], ctlogs: [], timestampAuthorities: [] };
  const material = toTrustMaterial(nothing, () => ({ publicKey: real.key, validFor: () => true }));
  try {
    new Verifier(material, { ctlogThreshold: 0, tlogThreshold: 0, timestampThreshold: 0 }).verify(toSignedEntity(bundleFromJSON(bundle)));
  } catch (cause) {
    throw new TrustError('bad-signature', `The signature is not one of the key ${short(entry.keyid)} over this statement.`, { cause });
  }
}

/** Keys that a server listed (`GET /api/skillward/v1/keys`), each read strictly. @throws TrustError bad-key, too-large */
export function parseKeyList(value: unknown, purpose: KeyPurpose): PublicKeyEntry[] {
  const listed = (value as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(listed) || listed.length > limits.bundles * 8)
    throw new TrustError('bad-key', 'The list of keys is not {"keys": [...]} of a sensible length.');
  return listed.map((one: unknown, index): PublicKeyEntry => {
    const row = (typeof one === 'object' && one !== null ? one : {}) as Readonly<Record<string, unknown>>;
    const at = `keys[${index}]`;
    const { keyid, pem, purpose: stated, createdAt, revokedAt, retiredAt } = row;
    if (typeof keyid !== 'string' || typeof pem !== 'string' || typeof createdAt !== 'number' || stated !== purpose)
      throw new TrustError('bad-key', `${at} lacks keyid, pem, createdAt, or the purpose "${purpose}".`);
    // A list without the word about revocation is not a list of keys nobody revoked.
    if (!isTime(revokedAt) || !(retiredAt === undefined || isTime(retiredAt)))
      throw new TrustError('bad-key', `${at} does not say when it was revoked: revokedAt is a time in milliseconds, or null.`);
    const real = parsePublicKey(pem, at);
    if (real.keyid !== keyid) throw new TrustError('bad-key', `${at} says it is ${short(keyid)} but is ${short(real.keyid)}.`);
    return {
      keyid,
      pem: real.pem,
      purpose,
      createdAt,
      retiredAt: retiredAt ?? null,
      revokedAt,
    };
  });
}

const isTime = (value: unknown): value is number | null => value === null || (typeof value === 'number' && Number.isSafeInteger(value));
