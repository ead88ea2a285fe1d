/**
 * The signer's own judgement of one version, from the bytes up:
 *
 *   1. the record: a state in which it may be signed, its cooldown over
 *   2. the bytes: read, hashed, unpacked, and described anew; every digest and the list of files must be those of the record
 *   3. the publisher: a bundle of theirs verifies with a registered, unrevoked key of theirs, over the tree without it
 *   4. the scan: done again, behind the same walls; it must say what the recorded report says, byte for byte
 *   5. the people: policy is asked again whether the recorded approvals are enough for what *this* scan says, and for what the version can do beyond the one before it
 *   6. the statements: made from the record's own times, so that signing twice gives the same bytes; signed; verified as any client would
 *
 * It believes no conclusion that it is handed, only records with a seal, and judges by its own copy of the policy. Stops a taken-over HTTP process from having bytes signed that
 * were not scanned or do not pass, or that fewer people approved than policy asks. It does not stop one that also holds the seal key from inventing the people.
 */
import type { Capability, Report } from '../../scanner/model.ts';
import { ArchiveError, type Described, describe, readArchive } from '../archive/index.ts';
import { foreign, judgeApprovals } from '../gate/approvals.ts';
import type { Growth } from '../gate/contract.ts';
import { growthOver, hasGrown } from '../gate/growth.ts';
import { seenIn } from '../gate/judging.ts';
import { scanName } from '../gate/scan-name.ts';
import { type FileEntry, refText } from '../model.ts';
import type { ApprovalRow, VersionRow } from '../store/schema.ts';
import { newestFirst } from '../store/versions.ts';
import { bundleBytes, type SerializedBundle, signStatement } from '../trust/bundle.ts';
import { limits, parseJson, sha256Hex } from '../trust/bytes.ts';
import { TrustError } from '../trust/errors.ts';
import { keyEntry, type PublicKeyEntry } from '../trust/keys.ts';
import { splitPublisherBundle, verifyPublisherBundle } from '../trust/publisher.ts';
import { type Attestations, attestationsBytes, attestationsOf, type ExpectedRelease, verifyRelease } from '../trust/release.ts';
import type { ReleaseFacts } from '../trust/statements.ts';
import type { OwnBundle, SignerDeps, VersionRecord } from './contract.ts';
import { Refusal } from './errors.ts';
import { isImport, releaseStatements, revocationStatement } from './statements.ts';

export interface Signed {
  readonly attestations: Attestations;
  /** As stored; `sha256` (hex) is of these. */
  readonly bytes: Buffer;
  readonly sha256: string;
}

/** States in which a version may get a release: before it is served, and again later (a new key). */
const signable: ReadonlySet<VersionRow['state']> = new Set(['approved', 'served', 'deprecated']);
const DAY = 86_400_000;
const SUPPORTED_LEVELS: readonly string[] = ['L1', 'L2'];

/** Judges a version and signs its release. @throws Refusal */
export async function decideAndSign(id: string, deps: SignerDeps): Promise<Signed> {
  const record = await load(id, deps);
  const { row } = record;
  if (!signable.has(row.state)) throw new Refusal('wrong-state', `It is ${row.state}; only an approved version is signed.`);
  const due = Math.max(row.not_before, row.created_at + deps.policy.cooldown);
  if (deps.now() < due) throw new Refusal('too-early', `Its cooldown ends at ${new Date(due).toISOString()}.`);

  const { described, files } = await unpack(record, deps);
  const facts: ReleaseFacts = {
    registryId: deps.registryId,
    owner: record.owner,
    slug: record.slug,
    version: row.version,
    archiveSha256: described.sha256,
    archiveSize: described.size,
    tree: described.tree,
    fingerprint: described.fingerprint,
    files: described.files,
  };
  const own = await publisherBundle(record, files, facts, deps);
  const { report, reportBytes } = await rescan(record, described.archive, deps);
  const { growth, onlyRevoked } = await growthOf(record, report.capability, deps);
  const approvals = await approvalsOf(record, report, deps);
  const judged = judgeApprovals({
    decision: report.verdict.decision,
    growth: hasGrown(growth),
    publisherId: row.publisher_id,
    approvals,
    people: record.people,
    policy: deps.policy,
    archiveSha256: described.sha256,
    // Reasons to look that no scan knows of: all there was to compare with was withdrawn for cause, these very bytes were, who published it is not trusted any more, somebody else made it, or
    // people have begun to decide.
    person:
      onlyRevoked || record.bytesRevokedAt !== null || record.publisher.disabled || record.approvals.length > 0 || foreign(row.source, deps.policy),
  });
  if (!judged.ok)
    throw new Refusal(
      'not-approved',
      record.bytesRevokedAt === null
        ? judged.says
        : `${judged.says} Its very bytes were revoked as another version; only approvals after that count.`,
    );

  const statements = releaseStatements({
    facts,
    record,
    own,
    report,
    growth,
    approvals,
    reportSha256: sha256Hex(reportBytes),
    reportSize: reportBytes.length,
    judged,
    due,
    policy: deps.policy,
  });
  const attestations = await signAll(statements, deps);
  const bytes = attestationsBytes(attestations);
  await verifyOwn(bytes, facts, deps);
  return { attestations, bytes, sha256: sha256Hex(bytes) };
}

/** Signs the withdrawal of a version that the record says was revoked. @throws Refusal */
export async function signRevocation(
  id: string,
  deps: SignerDeps,
): Promise<{ readonly bundle: SerializedBundle; readonly bytes: Buffer; readonly sha256: string }> {
  const record = await load(id, deps);
  if (record.row.state !== 'revoked') throw new Refusal('wrong-state', `It is ${record.row.state}; only a revoked version gets a revocation.`);
  const revocation = await deps.readRevocation(record);
  if (revocation === undefined) throw new Refusal('tampered', 'The audit log has no event that says who revoked it and why.');
  const bundle = await signStatement(revocationStatement(deps.registryId, record, revocation), deps.key).catch(unsignable);
  const bytes = bundleBytes(bundle);
  return { bundle, bytes, sha256: sha256Hex(bytes) };
}

async function load(id: string, deps: SignerDeps): Promise<VersionRecord> {
  const record = await deps.readVersion(id);
  if (record === undefined) throw new Refusal('unknown-version', 'There is no such version.');
  return record;
}

/** Step 2. */
async function unpack(record: VersionRecord, deps: SignerDeps): Promise<{ described: Described; files: Awaited<ReturnType<typeof readArchive>> }> {
  const { row } = record;
  const differs = (what: string): Refusal => new Refusal('tampered', `${what} is not what was recorded when it was published.`);
  const archive = await deps.readBlob(row.archive_sha256);
  if (archive.length !== row.archive_size || sha256Hex(archive) !== row.archive_sha256) throw differs('The stored archive');
  let described: Described;
  let files: Awaited<ReturnType<typeof readArchive>>;
  try {
    files = await readArchive(archive, deps.archiveLimits);
    described = await describe(files, deps.archiveLimits);
  } catch (error) {
    if (error instanceof ArchiveError) throw new Refusal('tampered', `The stored archive cannot be a skill: ${error.message}`, { cause: error });
    throw error;
  }
  // The archive made again from its files is the archive: nothing hides between them.
  if (described.sha256 !== row.archive_sha256) throw differs('The archive made from its own files');
  if (described.tree !== row.tree) throw differs('The tree digest');
  if (described.fingerprint !== row.fingerprint) throw differs('The fingerprint');
  if (!sameEntries(described.files, row.files)) throw differs('The list of files');
  return { described, files };
}

function sameEntries(files: readonly FileEntry[], recorded: string): boolean {
  let stated: unknown;
  try {
    stated = JSON.parse(recorded);
  } catch {
    return false;
  }
  const key = (one: Partial<FileEntry> | null): string => JSON.stringify([one?.path, one?.size, one?.sha256, one?.contentType]);
  return (
    Array.isArray(stated) && JSON.stringify(files.map(key).sort()) === JSON.stringify(stated.map((one: Partial<FileEntry> | null) => key(one)).sort())
  );
}

/** Step 3. */
async function publisherBundle(
  record: VersionRecord,
  files: Awaited<ReturnType<typeof readArchive>>,
  facts: ReleaseFacts,
  deps: SignerDeps,
): Promise<OwnBundle | undefined> {
  const { row } = record;
  const { bundle: inFolder, rest } = splitPublisherBundle(files);
  // A skill brought from elsewhere may carry somebody else's bundle for somebody else's registry: a file like any other, and no claim of the importer.
  const given = row.publisher_bundle !== null ? await deps.readBlob(row.publisher_bundle) : isImport(row) ? undefined : inFolder;
  let own: OwnBundle | undefined;
  if (given !== undefined) {
    try {
      const bundle = parseJson(given, 'bad-bundle', limits.bundle, "The publisher's bundle");
      const keys = record.publisherKeys.map((key): PublicKeyEntry => keyEntry(key.pem, 'publisher', key.created_at, key.revoked_at));
      const { keyid, digest } = await verifyPublisherBundle(bundle, await describe(rest, deps.archiveLimits), facts, keys);
      own = { bundle: bundle as SerializedBundle, digest, key: keys.find((key) => key.keyid === keyid)! };
    } catch (error) {
      if (error instanceof TrustError || error instanceof ArchiveError)
        throw new Refusal('publisher', `The publisher's own signature does not hold: ${error.message}`, { cause: error });
      throw error;
    }
  }
  const level = own === undefined ? 'L1' : 'L2';
  if (row.publisher_level !== level)
    throw new Refusal('publisher', `It is recorded as ${row.publisher_level}, but what it carries makes it ${level}.`);
  if (!SUPPORTED_LEVELS.includes(deps.policy.level) || level < deps.policy.level)
    throw new Refusal('publisher', `It is published at level ${level}; policy asks for ${deps.policy.level}.`);
  return own;
}

/** Step 4. */
async function rescan(record: VersionRecord, archive: Buffer, deps: SignerDeps): Promise<{ report: Report; reportBytes: Buffer }> {
  const { row } = record;
  if (row.report_sha256 === null || row.scan_as_of === null || row.decision === null)
    throw new Refusal('scan-differs', 'It has no finished scan on record.');
  // Exceptions of a policy expire: a scan as of another day than those between upload and now could revive one.
  const date = (at: number): string => new Date(at).toISOString().slice(0, 10);
  if (row.scan_as_of < date(row.created_at - DAY) || row.scan_as_of > date(deps.now() + DAY))
    throw new Refusal('scan-differs', `Its scan is on record as of ${row.scan_as_of}, a day on which it was not here. Scan it again.`);
  const outcome = await deps.scan(
    {
      archive,
      name: scanName(record),
      policy: deps.policy.scan,
      asOf: row.scan_as_of,
    },
    deps.scanOptions,
  );
  if (!outcome.ok) throw new Refusal('scan-failed', `The signer's own scan did not finish (${outcome.reason}): ${outcome.says}`);
  const found = outcome.report.verdict.decision;
  if (found !== row.decision)
    throw new Refusal('scan-differs', `The record says ${row.decision}; the signer's own scan says ${found}. Scan it again.`);
  if (sha256Hex(outcome.reportBytes) !== row.report_sha256)
    throw new Refusal(
      'scan-differs',
      "The signer's own scan gives another report than the recorded one: rules, scanner or policy have changed since. Scan it again.",
    );
  return { report: outcome.report, reportBytes: outcome.reportBytes };
}

/**
 * What it can do beyond the newest version that people were given before it. What that one can do is taken from the report that this registry's own release of it names by
 * digest, not from its row. `onlyRevoked`: there were versions, and all of them were withdrawn for cause.
 */
async function growthOf(
  record: VersionRecord,
  capability: Capability,
  deps: SignerDeps,
): Promise<{ readonly growth: Growth | null; readonly onlyRevoked: boolean }> {
  const before = record.row.served_at ?? Number.POSITIVE_INFINITY;
  const given = record.siblings.filter((other) => other.served_at !== null && other.served_at < before);
  const base = given.filter((other) => other.state !== 'revoked').sort((a, b) => newestFirst(a.version, b.version))[0];
  if (base === undefined) return { growth: null, onlyRevoked: given.length > 0 };
  const name = refText({ owner: record.owner, slug: record.slug, version: base.version });
  if (base.attestations_sha256 === null) throw new Refusal('tampered', `${name} was served and has no release on record.`);
  const expected: ExpectedRelease = {
    registryId: deps.registryId,
    owner: record.owner,
    slug: record.slug,
    version: base.version,
    archiveSha256: base.archive_sha256,
  };
  try {
    const release = await verifyRelease(await deps.readBlob(base.attestations_sha256), expected, await ownKeys(deps));
    const report = JSON.parse((await deps.readBlob(release.scan.report.sha256)).toString('utf8')) as Report;
    return { growth: growthOver({ name, capability: report.capability }, capability), onlyRevoked: false };
  } catch (error) {
    if (error instanceof TrustError)
      throw new Refusal('tampered', `The release of ${name}, which this version is compared with, does not verify: ${error.message}`, {
        cause: error,
      });
    throw error;
  }
}

/** Step 5: rejections, and the approvals of people who have seen what this report says, and could know that the bytes were revoked if they were. */
async function approvalsOf({ row, approvals, bytesRevokedAt }: VersionRecord, report: Report, deps: SignerDeps): Promise<readonly ApprovalRow[]> {
  const good: ApprovalRow[] = [];
  for (const approval of approvals) {
    const { decision, report_sha256: seen } = approval;
    if (decision === 'reject') good.push(approval);
    else if (bytesRevokedAt !== null && approval.created_at <= bytesRevokedAt) continue;
    else if (seen === row.report_sha256) good.push(approval);
    else if (seen !== null && seenIn(JSON.parse((await deps.readBlob(seen)).toString('utf8')) as Report, report)) good.push(approval);
  }
  return good;
}

/** Keys whose releases are believed: those on record, and the one in hand. A record that says it was revoked wins. */
async function ownKeys(deps: SignerDeps): Promise<readonly PublicKeyEntry[]> {
  const known = await deps.releaseKeys();
  return known.some((key) => key.keyid === deps.key.keyid) ? known : [...known, keyEntry(deps.key.pem, 'release', 0)];
}

async function signAll({ inputs, release }: ReturnType<typeof releaseStatements>, deps: SignerDeps): Promise<Attestations> {
  try {
    const bundles: SerializedBundle[] = [];
    for (const input of inputs) bundles.push('statement' in input ? await signStatement(input.statement, deps.key) : input.bundle);
    const vsa = await signStatement(release(bundles.map((bundle) => sha256Hex(bundleBytes(bundle)))), deps.key);
    return attestationsOf([...bundles, vsa]);
  } catch (error) {
    return unsignable(error);
  }
}

/** What goes out is checked as any client would check it. */
async function verifyOwn(bytes: Buffer, facts: ReleaseFacts, deps: SignerDeps): Promise<void> {
  const keys = await ownKeys(deps);
  try {
    await verifyRelease(bytes, facts, keys);
  } catch (error) {
    if (error instanceof TrustError && error.code === 'revoked-key')
      throw new Refusal('unsignable', "The signer's own key was revoked. Give it a new one (--key) and register that.", { cause: error });
    throw new Refusal('internal', `The signer does not verify what it signed: ${(error as Error).message}`, { cause: error });
  }
}

function unsignable(error: unknown): never {
  if (error instanceof TrustError) throw new Refusal('unsignable', error.message, { cause: error });
  throw error;
}
