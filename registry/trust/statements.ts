/**
 * in-toto Statements v1 (https://in-toto.io/Statement/v1) about versions of skills: who published the bytes, what the scan said, who reviewed them, the release as a SLSA
 * verification summary v1 (https://slsa.dev/spec/v1.1/verification_summary), and revocations.
 *
 * A statement is plain data; its bytes are canonical JSON (bytes.ts), so the same facts always give the same bytes and the same signature. Reading one checks every field that we
 * decide by and keeps no other. A statement without a genuine signature means nothing: read them through verify.ts.
 */
import { canonicalBytes, limits, parseCanonical } from './bytes.ts';
import { quote, TrustError } from './errors.ts';
import { parseSubjectName, policyUri, type ReleaseName, subjectName, verifierId } from './names.ts';
import { count, flag, form, hex64, isRecord, list, oneOf, optional, type Reader, record, text, time } from './shape.ts';

export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

export const predicateTypes = {
  publish: 'https://skillward.dev/attestation/publish/v1',
  publisher: 'https://skillward.dev/attestation/publisher/v1',
  scan: 'https://skillward.dev/attestation/scan/v1',
  review: 'https://skillward.dev/attestation/review/v1',
  revoke: 'https://skillward.dev/attestation/revoke/v1',
  vsa: 'https://slsa.dev/verification_summary/v1',
} as const;
export type PredicateName = keyof typeof predicateTypes;

/** Field of the VSA that says how people agreed; a name that is a URI, as the SLSA specification asks of extensions. */
export const APPROVAL_FIELD = 'https://skillward.dev/attestation/approval/v1';

export interface StatedFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** The bytes of a version and everything computed from them. registry/archive's `describe` gives the last five. */
export interface ReleaseFacts extends ReleaseName {
  readonly archiveSha256: string;
  /** Bytes. */
  readonly archiveSize: number;
  /** OpenClaw tree digest, `sha256:<hex>`. */
  readonly tree: string;
  /** clawhub bundle fingerprint, hex. */
  readonly fingerprint: string;
  readonly files: readonly StatedFile[];
}

const person = record({ id: text(200), handle: text(200) });
const decision = oneOf('pass', 'review', 'block', 'incomplete');
const tree = form(/^sha256:[0-9a-f]{64}$/, 'sha256:<hex>');
const statedFile = record({ path: text(1024), size: count, sha256: hex64 });
const content = { tree, fingerprint: hex64, files: list(statedFile, 20_000) };
const source = record({
  kind: text(40),
  uri: optional(text(2048)),
  ref: optional(text(512)),
  commit: optional(text(128)),
  path: optional(text(1024)),
  digest: optional(text(200)),
});

const readers = {
  /** The registry says who handed in the bytes, and with what. */
  publish: record({
    publisher: record({
      id: text(200),
      handle: text(200),
      level: oneOf('L1', 'L2'),
      credential: record({ kind: text(40), id: optional(text(200)) }),
    }),
    /** L2: the publisher's own key as it was registered, and the digest of the bundle it signed. */
    signedBy: optional(record({ keyid: hex64, pem: text(limits.key), bundle: hex64 })),
    publishedAt: time,
    source,
    archive: record({ size: count }),
    ...content,
  }),
  /** The publisher's own word, signed with the publisher's own key, over the tree without the bundle itself. */
  publisher: record({ signedAt: time, source: optional(source), archive: record({ size: count }), ...content }),
  scan: record({
    scanner: record({ name: text(100), version: text(100) }),
    rules: record({ digest: text(200), count }),
    policy: record({ name: text(400), digest: text(200), asOf: form(/^\d{4}-\d\d-\d\d$/, 'a date such as 2026-11-21') }),
    verdict: record({ decision, says: text() }),
    /** One row per rule, gate and severity, in that order. Excepted findings count apart. */
    findings: list(record({ rule: text(40), gate: text(40), severity: text(40), count, excepted: count }), 2000),
    capability: record({ digest: text(200), entries: count, against: optional(text(400)), added: count }),
    complete: flag,
    report: record({ sha256: hex64, size: count }),
    scannedAt: time,
  }),
  review: record({
    reviewer: record({ id: text(200), handle: text(200), role: text(40) }),
    decision: oneOf('approved'),
    reason: text(),
    reviewedAt: time,
    /** The report that the reviewer saw. */
    report: optional(hex64),
    /** The reviewer is the publisher. */
    self: flag,
    breakGlass: flag,
  }),
  revoke: record({ reason: text(), severity: oneOf('block', 'warn'), replacement: optional(text(400)), revokedAt: time, revokedBy: person }),
  vsa: record({
    verifier: record({ id: text(400), version: record({ skillward: text(100) }) }),
    timeVerified: time,
    resourceUri: text(600),
    policy: record({ uri: text(400), digest: record({ sha256: hex64 }) }),
    inputAttestations: list(record({ uri: optional(text(600)), digest: record({ sha256: hex64 }) }), limits.bundles),
    verificationResult: oneOf('PASSED', 'FAILED'),
    verifiedLevels: list(text(100), 20),
    [APPROVAL_FIELD]: record({ solo: flag, breakGlass: flag, approvers: list(text(200), 20) }),
  }),
} as const satisfies Readonly<Record<PredicateName, Reader<unknown>>>;

export type Predicate<N extends PredicateName> = ReturnType<(typeof readers)[N]>;
export type PublishPredicate = Predicate<'publish'>;
export type PublisherPredicate = Predicate<'publisher'>;
export type ScanPredicate = Predicate<'scan'>;
export type ReviewPredicate = Predicate<'review'>;
export type RevokePredicate = Predicate<'revoke'>;
export type VsaPredicate = Predicate<'vsa'>;
/** Where something comes from, as somebody said. */
export type StatedSource = PublishPredicate['source'];

export interface Subject {
  readonly name: string;
  /** Lower-case hex. `dirHash` only in a publisher's own statement. */
  readonly digest: { readonly sha256: string; readonly dirHash?: string };
}
export interface StatementOf<N extends PredicateName> {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly [Subject, ...Subject[]];
  readonly predicateType: (typeof predicateTypes)[N];
  readonly predicate: Predicate<N>;
}
export type Statement = { [N in PredicateName]: StatementOf<N> }[PredicateName];

const make = <N extends PredicateName>(name: N, subject: readonly [Subject, ...Subject[]], predicate: Predicate<N>): StatementOf<N> => ({
  _type: STATEMENT_TYPE,
  subject,
  predicateType: predicateTypes[name],
  predicate,
});

const subjectOf = (facts: ReleaseName & { readonly archiveSha256: string }): readonly [Subject] => [
  { name: subjectName(facts), digest: { sha256: facts.archiveSha256 } },
];

/** Files as they are stated: path, size and digest, in byte order of the path. */
export const statedFiles = (files: readonly StatedFile[]): StatedFile[] =>
  files
    .map(({ path, size, sha256 }) => ({ path, size, sha256 }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.path, 'utf8'), Buffer.from(b.path, 'utf8')));

/** RFC 3339 of milliseconds since 1970. */
export const stated = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** Who handed in these bytes. The registry's word; with `signedBy` the publisher's own signature stands behind it (L2). */
export const publishStatement = (
  facts: ReleaseFacts,
  by: Pick<PublishPredicate, 'publisher' | 'signedBy' | 'publishedAt' | 'source'>,
): StatementOf<'publish'> =>
  make('publish', subjectOf(facts), {
    ...by,
    archive: { size: facts.archiveSize },
    tree: facts.tree,
    fingerprint: facts.fingerprint,
    files: statedFiles(facts.files),
  });

/** What the scanner found in these bytes, and which report says it at length. */
export const scanStatement = (facts: ReleaseName & { readonly archiveSha256: string }, scan: ScanPredicate): StatementOf<'scan'> =>
  make('scan', subjectOf(facts), scan);

/** That a person looked at these bytes and allowed them. */
export const reviewStatement = (facts: ReleaseName & { readonly archiveSha256: string }, review: ReviewPredicate): StatementOf<'review'> =>
  make('review', subjectOf(facts), review);

/** The release: these bytes passed the registry's gate under this policy, because of exactly these attestations. */
export function vsaStatement(
  facts: ReleaseName & { readonly archiveSha256: string },
  release: {
    readonly version: string;
    readonly timeVerified: string;
    /** sha256 of the registry's policy (canonical JSON). */
    readonly policySha256: string;
    /** Digests of the other bundles, in their order. */
    readonly inputs: readonly string[];
    readonly result: VsaPredicate['verificationResult'];
    readonly levels: readonly string[];
    readonly solo: boolean;
    readonly breakGlass: boolean;
    /** Ids of the people who approved. */
    readonly approvers: readonly string[];
  },
): StatementOf<'vsa'> {
  return make('vsa', subjectOf(facts), {
    verifier: { id: verifierId(facts.registryId), version: { skillward: release.version } },
    timeVerified: release.timeVerified,
    resourceUri: subjectName(facts),
    policy: { uri: policyUri(facts.registryId), digest: { sha256: release.policySha256 } },
    inputAttestations: release.inputs.map((sha256) => ({ digest: { sha256 } })),
    verificationResult: release.result,
    // The specification: a failed verification has the one level FAILED.
    verifiedLevels: release.result === 'FAILED' ? ['FAILED'] : release.levels,
    [APPROVAL_FIELD]: { solo: release.solo, breakGlass: release.breakGlass, approvers: release.approvers },
  });
}

/** That these versions are withdrawn for cause. */
export function revokeStatement(
  subjects: readonly (ReleaseName & { readonly archiveSha256: string })[],
  revoke: RevokePredicate,
): StatementOf<'revoke'> {
  const [first, ...rest] = subjects.map((facts) => subjectOf(facts)[0]);
  if (first === undefined) throw new TrustError('bad-statement', 'A revocation needs at least one version to revoke.');
  return make('revoke', [first, ...rest], revoke);
}

/** A publisher's own statement. Use `publisherStatement` of publisher.ts, which computes the subject. */
export const ownStatement = (subject: Subject, predicate: PublisherPredicate): StatementOf<'publisher'> => make('publisher', [subject], predicate);

/** The bytes that are signed. @throws TrustError bad-statement, too-large */
export function statementBytes(statement: Statement): Buffer {
  const bytes = canonicalBytes(statement);
  if (bytes.length > limits.statement)
    throw new TrustError(
      'too-large',
      `The statement has ${bytes.length} bytes; the limit is ${limits.statement}. A skill with fewer files makes a smaller one.`,
    );
  return bytes;
}

const wholeSubject = record({ name: text(600), digest: record({ sha256: hex64, dirHash: optional(hex64) }) });

/** What a payload claims to be, before anybody's signature on it was checked. */
export interface Claim {
  readonly name: PredicateName;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Which predicate a payload claims to have. Believe nothing of it before the signature is checked. @throws TrustError */
export function claimOf(payload: Buffer): Claim {
  const value = parseCanonical(payload, 'bad-statement', limits.statement, 'The statement');
  if (!isRecord(value)) throw new TrustError('bad-statement', 'The statement is not a JSON object.');
  const type = value['predicateType'];
  if (typeof type !== 'string') throw new TrustError('bad-statement', 'The statement has no predicateType.');
  for (const [name, known] of Object.entries(predicateTypes)) if (known === type) return { name: name as PredicateName, value };
  throw new TrustError('unknown-predicate', `The statement's predicate ${quote(type)} is none that this version knows.`);
}

/**
 * A statement from the payload of an envelope whose signature was checked.
 * @param claim what `claimOf` gave for this payload, so that it is not read twice
 * @throws TrustError bad-statement, statement-type, unknown-predicate, bad-predicate, too-large
 */
export function parseStatement(payload: Buffer, claim: Claim = claimOf(payload)): Statement {
  const { name, value } = claim;
  if (value['_type'] !== STATEMENT_TYPE)
    throw new TrustError('statement-type', `The statement is of type ${quote(String(value['_type']))}; ${quote(STATEMENT_TYPE)} is wanted.`);
  const [first, ...rest] = list(wholeSubject, limits.bundles)(value['subject'], 'subject');
  if (first === undefined || (rest.length > 0 && name !== 'revoke'))
    throw new TrustError('bad-statement', `The statement has ${1 + rest.length - (first === undefined ? 1 : 0)} subjects; exactly one is wanted.`);
  for (const one of [first, ...rest]) parseSubjectName(one.name);
  return {
    _type: STATEMENT_TYPE,
    subject: [first, ...rest],
    predicateType: predicateTypes[name],
    predicate: readers[name](value['predicate'], 'predicate'),
  } as Statement;
}

export const isA = <N extends PredicateName>(statement: Statement, name: N): statement is Extract<Statement, StatementOf<N>> =>
  statement.predicateType === predicateTypes[name];

/** When the statement says it was made, in milliseconds since 1970. */
export function statementTime(statement: Statement): number {
  switch (statement.predicateType) {
    case predicateTypes.publish:
      return Date.parse(statement.predicate.publishedAt);
    case predicateTypes.publisher:
      return Date.parse(statement.predicate.signedAt);
    case predicateTypes.scan:
      return Date.parse(statement.predicate.scannedAt);
    case predicateTypes.review:
      return Date.parse(statement.predicate.reviewedAt);
    case predicateTypes.revoke:
      return Date.parse(statement.predicate.revokedAt);
    case predicateTypes.vsa:
      return Date.parse(statement.predicate.timeVerified);
  }
}
