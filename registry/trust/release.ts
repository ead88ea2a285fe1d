/**
 * Believing a release: everything a served version carries, as one document. Server (before it serves), signer and every client run this same function.
 *
 * The document holds bundles: one `publish`, one `scan`, a `review` for each person who allowed it, the publisher's own bundle where there is one, and the release itself, a
 * SLSA verification summary (VSA). The VSA names the digests of exactly the others, so none can be dropped, added or exchanged for one of another version.
 *
 *   1. every bundle verifies: by the registry's keys, the publisher's by the key that the registry states it had registered
 *   2. there is one of each that must be there, and nothing else
 *   3. all are about the expected name and archive; the list of files and every digest are the expected ones
 *   4. the VSA passed, is by this registry's signer, about this resource, and its inputs are the digests of the others
 *   5. what it says about people is what the reviews say: nothing that a scan would not pass alone passes without a review
 *   6. the caller's own policy: which policies, publisher levels, solo and break-glass releases, and scanner versions it accepts
 *
 * Stops exchanged or stale statements, a dropped review, a release of another registry or version, and a weaker policy than the reader accepts. Freshness (whether a release was
 * revoked since) is not in it: see verifyRevocation.
 */
import { openBundle, type SerializedBundle } from './bundle.ts';
import { canonicalBytes, limits, parseCanonical, sha256Hex } from './bytes.ts';
import { quote, TrustError } from './errors.ts';
import { keyEntry, type PublicKeyEntry } from './keys.ts';
import { policyUri, type ReleaseName, subjectName, verifierId } from './names.ts';
import { PUBLISHER_FILE, sameFiles, verifyPublisherBundle } from './publisher.ts';
import { isRecord } from './shape.ts';
import {
  APPROVAL_FIELD,
  claimOf,
  isA,
  type PredicateName,
  type PublishPredicate,
  predicateTypes,
  type ReviewPredicate,
  type RevokePredicate,
  type ScanPredicate,
  type StatedFile,
  type Statement,
  type StatementOf,
} from './statements.ts';
import { checkSubject, short, type Verified, verifyAs, verifyOpen } from './verify.ts';

export const ATTESTATIONS_SCHEMA = 'skillward.attestations.v1';

/** Everything that is signed about one version, in this order: publish, publisher?, scan, review*, VSA. Stored and served as its canonical JSON. */
export interface Attestations {
  readonly schema: typeof ATTESTATIONS_SCHEMA;
  readonly bundles: readonly SerializedBundle[];
}

/** The bytes that are stored; their sha256 names the document. */
export const attestationsBytes = (attestations: Attestations): Buffer => canonicalBytes(attestations, 'bad-attestations');

/** An attestations document from its stored bytes. @throws TrustError bad-attestations, too-large */
export function parseAttestations(bytes: Buffer): Attestations {
  return openAttestations(parseCanonical(bytes, 'bad-attestations', limits.attestations, 'The attestations document'));
}

function openAttestations(value: unknown): Attestations {
  if (!isRecord(value) || value['schema'] !== ATTESTATIONS_SCHEMA || Object.keys(value).length !== 2)
    throw new TrustError('bad-attestations', `The document is not of the schema ${ATTESTATIONS_SCHEMA}.`);
  const { bundles } = value;
  if (!Array.isArray(bundles) || bundles.length === 0 || bundles.length > limits.bundles)
    throw new TrustError('bad-attestations', `The document has no list of 1 to ${limits.bundles} bundles.`);
  return value as unknown as Attestations;
}

/** What the release must be about. What is left out of the last four is taken from the statement and given back. */
export interface ExpectedRelease extends ReleaseName {
  readonly archiveSha256: string;
  readonly archiveSize?: number;
  readonly tree?: string;
  readonly fingerprint?: string;
  readonly files?: readonly StatedFile[];
}

/** What the reader accepts. Everything genuine, if nothing is said. */
export interface AcceptPolicy {
  /** sha256 of the registry policies that are accepted. */
  readonly policies?: readonly string[];
  readonly minLevel?: 'L1' | 'L2';
  /** Default true: an approval by the publisher alone. */
  readonly allowSolo?: boolean;
  /** Default true: a version that a rule blocks, allowed by an admin. */
  readonly allowBreakGlass?: boolean;
  /** Oldest scanner version (semver). */
  readonly minScanner?: string;
  /**
   * The publishers' keys as the reader knows them. If given, a publisher's bundle must be by one of them, unrevoked; otherwise the registry's word that the key was registered counts.
   */
  readonly publisherKeys?: readonly PublicKeyEntry[];
}

export interface VerifiedRelease extends ReleaseName {
  readonly subject: string;
  readonly archiveSha256: string;
  readonly archiveSize: number;
  readonly tree: string;
  readonly fingerprint: string;
  readonly files: readonly StatedFile[];
  readonly publisher: PublishPredicate['publisher'] & { readonly keyid: string | null };
  readonly publishedAt: string;
  readonly source: PublishPredicate['source'];
  readonly scan: ScanPredicate;
  readonly reviews: readonly ReviewPredicate[];
  readonly releasedAt: string;
  readonly policySha256: string;
  readonly levels: readonly string[];
  readonly solo: boolean;
  readonly breakGlass: boolean;
  /** Handles of the reviewers. */
  readonly approvedBy: readonly string[];
  /** The key that signed the release. */
  readonly keyid: string;
  /** sha256 (hex) of the document's stored bytes. */
  readonly attestationsSha256: string;
}

/**
 * Checks a release and gives back what it says.
 * @param attestations stored bytes, or the parsed document
 * @param keys the registry's release keys
 * @throws TrustError
 */
export async function verifyRelease(
  attestations: Buffer | Attestations,
  expected: ExpectedRelease,
  keys: readonly PublicKeyEntry[],
  policy: AcceptPolicy = {},
): Promise<VerifiedRelease> {
  try {
    const document = Buffer.isBuffer(attestations) ? parseAttestations(attestations) : openAttestations(attestations);
    const set = await verifyAll(document, expected, keys, policy);
    checkFacts(set, expected);
    checkSummary(set, expected);
    checkPeople(set);
    await checkPolicy(set, policy);
    // Bytes that were read are canonical, or they would not have been.
    return resultOf(set, expected, sha256Hex(Buffer.isBuffer(attestations) ? attestations : attestationsBytes(document)));
  } catch (error) {
    if (error instanceof TrustError) throw error;
    throw new TrustError('bad-attestations', 'The attestations document cannot be read.', { cause: error });
  }
}

type Of<N extends PredicateName> = Verified<Extract<Statement, StatementOf<N>>>;
interface ReleaseSet {
  readonly publish: Of<'publish'>;
  readonly scan: Of<'scan'>;
  readonly vsa: Of<'vsa'>;
  readonly reviews: readonly Of<'review'>[];
  readonly publisher: Of<'publisher'> | undefined;
  /** Digests of every bundle but the VSA, as they stand. */
  readonly digests: readonly string[];
}

/** Steps 1 to 3, for the subjects. */
async function verifyAll(
  document: Attestations,
  expected: ExpectedRelease,
  keys: readonly PublicKeyEntry[],
  policy: AcceptPolicy,
): Promise<ReleaseSet> {
  const own: Verified[] = [];
  const foreign: SerializedBundle[] = [];
  const digests: string[] = [];
  for (const bundle of document.bundles) {
    const open = openBundle(bundle);
    // Only says whose key to check against: a wrong claim ends at the signature.
    const claim = claimOf(open.payload);
    if (claim.name !== 'vsa') digests.push(open.digest);
    if (claim.name === 'publisher') {
      foreign.push(bundle);
      continue;
    }
    const verified = await verifyOpen(open, keys, {}, claim);
    checkSubject(verified.statement, expected);
    own.push(verified);
  }
  const all = <N extends PredicateName>(name: N): Of<N>[] => own.filter((one): one is Of<N> => isA(one.statement, name));
  const one = <N extends PredicateName>(name: N): Of<N> => {
    const [first, second] = all(name);
    if (first === undefined) throw new TrustError('missing-attestation', `The release has no statement of the type ${predicateTypes[name]}.`);
    if (second !== undefined)
      throw new TrustError('extra-attestation', `The release has more than one statement of the type ${predicateTypes[name]}.`);
    return first;
  };
  if (all('revoke').length > 0) throw new TrustError('extra-attestation', 'A revocation stands among the statements of a release.');
  const publish = one('publish');
  return {
    publish,
    scan: one('scan'),
    vsa: one('vsa'),
    reviews: all('review'),
    digests,
    publisher: await verifyPublisher(foreign, publish, expected, policy),
  };
}

/** The publisher's own bundle, checked by the key that the publish statement says was registered. */
async function verifyPublisher(
  bundles: readonly SerializedBundle[],
  publish: Of<'publish'>,
  expected: ExpectedRelease,
  policy: AcceptPolicy,
): Promise<Of<'publisher'> | undefined> {
  const { signedBy, publisher, files } = publish.statement.predicate;
  const [bundle, second] = bundles;
  if (second !== undefined) throw new TrustError('extra-attestation', "The release has more than one publisher's bundle.");
  if (bundle === undefined) {
    if (signedBy !== undefined || publisher.level !== 'L1')
      throw new TrustError('missing-attestation', `The release claims level ${publisher.level} but the publisher's own bundle is not there.`);
    return undefined;
  }
  if (signedBy === undefined || publisher.level !== 'L2')
    throw new TrustError('extra-attestation', "The release has a publisher's bundle that the registry does not vouch for.");
  const key = keyEntry(signedBy.pem, 'publisher', 0);
  if (key.keyid !== signedBy.keyid) throw new TrustError('inconsistent', "The publisher's key in the publish statement is not the one it names.");
  const rest = files.filter((file) => file.path !== PUBLISHER_FILE);
  const verified = await verifyPublisherBundle(bundle, { files: rest }, expected, [key]);
  if (verified.digest !== signedBy.bundle)
    throw new TrustError('inconsistent', "The publisher's bundle is not the one that the publish statement names.");
  // Without the file in it, the signed tree is the whole tree.
  if (rest.length === files.length) checkSubject(verified.statement, expected);
  if (policy.publisherKeys !== undefined) await verifyAs('publisher', bundle, policy.publisherKeys, { purpose: 'publisher' });
  return verified;
}

/** Step 3, for what is computed from the bytes. */
function checkFacts({ publish }: ReleaseSet, expected: ExpectedRelease): void {
  const { predicate } = publish.statement;
  if (expected.archiveSize !== undefined && predicate.archive.size !== expected.archiveSize)
    throw new TrustError('other-archive', `The archive has ${expected.archiveSize} bytes; ${predicate.archive.size} were signed.`);
  if (expected.files !== undefined) sameFiles(predicate.files, expected.files, 'the registry signed');
  for (const name of ['tree', 'fingerprint'] as const)
    if (expected[name] !== undefined && predicate[name] !== expected[name])
      throw new TrustError('other-files', `The ${name} of these files is not the one that the registry signed.`);
}

/** Step 4. */
function checkSummary({ vsa, digests }: ReleaseSet, expected: ExpectedRelease): void {
  const { predicate } = vsa.statement;
  const verifier = verifierId(expected.registryId);
  if (predicate.verifier.id !== verifier)
    throw new TrustError('other-verifier', `The release is by the verifier ${quote(predicate.verifier.id)}; ${quote(verifier)} is wanted.`);
  if (predicate.resourceUri !== subjectName(expected) || predicate.policy.uri !== policyUri(expected.registryId))
    throw new TrustError('inconsistent', 'The release statement is about another resource or policy than its subject.');
  if (predicate.verificationResult !== 'PASSED' || predicate.verifiedLevels.includes('FAILED'))
    throw new TrustError('not-passed', 'The release statement says that this version FAILED verification.');
  const named = predicate.inputAttestations.map((input) => input.digest.sha256);
  const wanted = new Set(digests);
  if (
    new Set(named).size !== named.length ||
    wanted.size !== digests.length ||
    named.length !== digests.length ||
    !named.every((one) => wanted.has(one))
  )
    throw new TrustError(
      'other-inputs',
      'The statements beside the release are not exactly those it was decided by: one was dropped, added or exchanged.',
    );
}

/** Step 5. */
function checkPeople({ vsa, publish, scan, reviews }: ReleaseSet): void {
  const { solo, breakGlass, approvers } = vsa.statement.predicate[APPROVAL_FIELD];
  const people = reviews.map((one) => one.statement.predicate.reviewer.id);
  if (new Set(people).size !== people.length || approvers.length !== people.length || !approvers.every((id) => people.includes(id)))
    throw new TrustError('inconsistent', 'The people whom the release names as approvers are not those of its reviews.');
  const publisher = publish.statement.predicate.publisher.id;
  const flagged = { solo: people.includes(publisher), breakGlass: reviews.some((one) => one.statement.predicate.breakGlass) };
  for (const { statement } of reviews)
    if (statement.predicate.self !== (statement.predicate.reviewer.id === publisher))
      throw new TrustError('inconsistent', 'A review does not say truly whether its reviewer is the publisher.');
  if ((flagged.solo && !solo) || flagged.breakGlass !== breakGlass)
    throw new TrustError('inconsistent', 'The release does not say openly how it was approved (solo, break-glass).');
  const { decision } = scan.statement.predicate.verdict;
  if (decision !== 'pass' && people.length === 0)
    throw new TrustError('inconsistent', `The scan says ${decision}, which nobody reviewed, and yet the version was released.`);
  if (decision === 'block' && !breakGlass)
    throw new TrustError('inconsistent', 'The scan blocks this version, and no break-glass approval is stated.');
}

/** Step 6. */
async function checkPolicy({ vsa, publish, scan }: ReleaseSet, policy: AcceptPolicy): Promise<void> {
  const { predicate } = vsa.statement;
  const approval = predicate[APPROVAL_FIELD];
  if (policy.policies !== undefined && !policy.policies.includes(predicate.policy.digest.sha256))
    throw new TrustError(
      'policy-not-allowed',
      `It was released under the policy ${short(predicate.policy.digest.sha256)}, which is not among those accepted here.`,
    );
  if (policy.minLevel === 'L2' && publish.statement.predicate.publisher.level !== 'L2')
    throw new TrustError('level-too-low', "Its publisher did not sign it (level L1); level L2, the publisher's own signature, is wanted here.");
  if (policy.allowSolo === false && approval.solo)
    throw new TrustError('solo-not-allowed', 'It was approved by its own publisher (solo), which is not accepted here.');
  if (policy.allowBreakGlass === false && approval.breakGlass)
    throw new TrustError('break-glass-not-allowed', 'A rule blocks it and an admin allowed it (break-glass), which is not accepted here.');
  if (policy.minScanner !== undefined) {
    const { default: lt } = await import('semver/functions/lt.js');
    const { version } = scan.statement.predicate.scanner;
    let older = true;
    try {
      older = lt(version, policy.minScanner);
    } catch {
      // What is no version is no version that is new enough.
    }
    if (older)
      throw new TrustError('scanner-too-old', `It was scanned by version ${quote(version)}; at least ${quote(policy.minScanner)} is wanted here.`);
  }
}

function resultOf({ publish, scan, vsa, reviews, publisher }: ReleaseSet, expected: ExpectedRelease, attestationsSha256: string): VerifiedRelease {
  const stated = publish.statement.predicate;
  const summary = vsa.statement.predicate;
  return {
    registryId: expected.registryId,
    owner: expected.owner,
    slug: expected.slug,
    version: expected.version,
    subject: subjectName(expected),
    archiveSha256: expected.archiveSha256,
    archiveSize: stated.archive.size,
    tree: stated.tree,
    fingerprint: stated.fingerprint,
    files: stated.files,
    publisher: { ...stated.publisher, keyid: publisher?.keyid ?? null },
    publishedAt: stated.publishedAt,
    source: stated.source,
    scan: scan.statement.predicate,
    reviews: reviews.map((one) => one.statement.predicate),
    releasedAt: summary.timeVerified,
    policySha256: summary.policy.digest.sha256,
    levels: summary.verifiedLevels,
    solo: summary[APPROVAL_FIELD].solo,
    breakGlass: summary[APPROVAL_FIELD].breakGlass,
    approvedBy: reviews.map((one) => one.statement.predicate.reviewer.handle),
    keyid: vsa.keyid,
    attestationsSha256,
  };
}

/**
 * A signed revocation that covers this version.
 * @throws TrustError, also other-archive where the revocation is about other versions
 */
export async function verifyRevocation(
  bundle: unknown,
  expected: ReleaseName & { readonly archiveSha256: string },
  keys: readonly PublicKeyEntry[],
): Promise<RevokePredicate> {
  const { archives, predicate } = await openRevocation(bundle, expected, keys);
  if (!archives.includes(expected.archiveSha256)) throw new TrustError('other-archive', 'The revocation is about other versions than this one.');
  return predicate;
}

/**
 * A signed revocation of the version of this name, for who does not know its bytes, and the archives (sha256, hex) that it is about under that name.
 * @throws TrustError, also other-archive where it is about other versions
 */
export async function openRevocation(
  bundle: unknown,
  name: ReleaseName,
  keys: readonly PublicKeyEntry[],
): Promise<{ readonly archives: readonly string[]; readonly predicate: RevokePredicate }> {
  const { statement } = await verifyAs('revoke', bundle, keys);
  const wanted = subjectName(name);
  const archives = statement.subject.filter((subject) => subject.name === wanted).map((subject) => subject.digest.sha256);
  if (archives.length === 0) throw new TrustError('other-archive', 'The revocation is about other versions than this one.');
  return { archives, predicate: statement.predicate };
}

/** Puts bundles into the document's order and checks nothing. */
export const attestationsOf = (bundles: readonly SerializedBundle[]): Attestations => ({ schema: ATTESTATIONS_SCHEMA, bundles });
