/** The statements of a release, made of what the signer itself found. All times come from the records: signing the same version again gives the same bytes. */
import { version } from '../../scanner/data/version.ts';
import type { Report } from '../../scanner/model.ts';
import type { Judgement } from '../gate/approvals.ts';
import type { Growth } from '../gate/contract.ts';
import type { RegistryPolicy } from '../model.ts';
import type { ApprovalRow, VersionRow } from '../store/schema.ts';
import type { SerializedBundle } from '../trust/bundle.ts';
import { canonicalDigest } from '../trust/bytes.ts';
import {
  type PublishPredicate,
  publishStatement,
  type ReleaseFacts,
  type ReviewPredicate,
  reviewStatement,
  revokeStatement,
  type ScanPredicate,
  type Statement,
  type StatementOf,
  scanStatement,
  stated,
  vsaStatement,
} from '../trust/statements.ts';
import type { OwnBundle, RevocationRecord, VersionRecord } from './contract.ts';

export interface Found {
  readonly facts: ReleaseFacts;
  readonly record: Omit<VersionRecord, 'bytesRevokedAt'>;
  readonly own: OwnBundle | undefined;
  readonly report: Report;
  readonly growth: Growth | null;
  /** Those that count. */
  readonly approvals: readonly ApprovalRow[];
  readonly reportSha256: string;
  readonly reportSize: number;
  readonly judged: Extract<Judgement, { ok: true }>;
  /** When its cooldown ended. */
  readonly due: number;
  readonly policy: RegistryPolicy;
}

/** In the order of the document; `release` makes the VSA from the digests of the others. */
export interface ReleaseStatements {
  readonly inputs: readonly ({ readonly statement: Statement } | { readonly bundle: SerializedBundle })[];
  release(digests: readonly string[]): StatementOf<'vsa'>;
}

export function releaseStatements(found: Found): ReleaseStatements {
  const { facts, record, own, report, judged, policy } = found;
  const { row } = record;
  const reviews = judged.approvers.map((id) => approvalOf(id, found));
  const publish = publishStatement(facts, {
    publisher: {
      id: record.publisher.id,
      handle: record.publisher.handle,
      level: own === undefined ? 'L1' : 'L2',
      credential: row.publisher_token === null ? { kind: 'session' } : { kind: 'token', id: row.publisher_token },
    },
    ...(own === undefined ? {} : { signedBy: { keyid: own.key.keyid, pem: own.key.pem, bundle: own.digest } }),
    publishedAt: stated(row.created_at),
    source: statedSource(record),
  });
  const decidedAt = Math.max(row.created_at, row.scanned_at ?? 0, row.decided_at ?? 0, found.due, ...reviews.map((approval) => approval.created_at));
  return {
    inputs: [
      { statement: publish },
      ...(own === undefined ? [] : [{ bundle: own.bundle }]),
      { statement: scanStatement(facts, scanPredicate(found)) },
      ...reviews.map((approval) => ({ statement: reviewStatement(facts, reviewPredicate(approval, found)) })),
    ],
    release: (digests) =>
      vsaStatement(facts, {
        version,
        timeVerified: stated(decidedAt),
        policySha256: policyDigest(policy),
        inputs: digests,
        result: 'PASSED',
        levels: [
          `SKILLWARD_PUBLISHER_${own === undefined ? 'L1' : 'L2'}`,
          `SKILLWARD_SCAN_${report.verdict.decision.toUpperCase()}`,
          `SKILLWARD_REVIEW_${reviews.length}`,
        ],
        // Said of every release while policy lets publishers approve what is theirs, not only of those where one did.
        solo: judged.solo || policy.approval.solo,
        breakGlass: judged.breakGlass,
        approvers: judged.approvers,
      }),
  };
}

/** sha256 (hex) of a registry policy's canonical JSON: what a VSA names and a lock file pins. The name of a policy file is no part of it. */
export const policyDigest = ({ scan, ...rest }: RegistryPolicy): string =>
  canonicalDigest({ ...rest, scan: typeof scan === 'string' ? { preset: scan } : { text: scan.text } });

/** The withdrawal of a version. */
export const revocationStatement = (registryId: string, record: VersionRecord, revocation: RevocationRecord): StatementOf<'revoke'> =>
  revokeStatement([{ registryId, owner: record.owner, slug: record.slug, version: record.row.version, archiveSha256: record.row.archive_sha256 }], {
    reason: cut(revocation.reason, 4000),
    severity: revocation.severity,
    ...(revocation.replacement === undefined ? {} : { replacement: cut(revocation.replacement, 400) }),
    revokedAt: stated(revocation.at),
    revokedBy: revocation.by,
  });

/** The approval of this person that counted: the earliest, or the one that broke the glass. */
function approvalOf(id: string, { approvals, facts, judged }: Found): ApprovalRow {
  const theirs = approvals
    .filter((approval) => approval.user_id === id && approval.decision === 'approve' && approval.archive_sha256 === facts.archiveSha256)
    .sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1));
  return (judged.breakGlass ? theirs.findLast((approval) => approval.break_glass === 1) : undefined) ?? theirs[0]!;
}

function reviewPredicate(approval: ApprovalRow, { record, judged }: Found): ReviewPredicate {
  const person = record.people.find((one) => one.id === approval.user_id)!;
  return {
    reviewer: { id: person.id, handle: person.handle, role: person.role },
    decision: 'approved',
    reason: cut(approval.reason, 4000),
    reviewedAt: stated(approval.created_at),
    ...(approval.report_sha256 === null ? {} : { report: approval.report_sha256 }),
    self: person.id === record.row.publisher_id,
    breakGlass: judged.breakGlass && approval.break_glass === 1,
  };
}

function scanPredicate({ record, report, growth, reportSha256, reportSize }: Found): ScanPredicate {
  const counts = new Map<string, { rule: string; gate: string; severity: string; count: number; excepted: number }>();
  for (const finding of report.findings) {
    const key = `${finding.rule} ${finding.gate} ${finding.severity}`;
    const row = counts.get(key) ?? { rule: finding.rule, gate: finding.gate, severity: finding.severity, count: 0, excepted: 0 };
    if (finding.excepted === undefined) row.count++;
    else row.excepted++;
    counts.set(key, row);
  }
  return {
    scanner: { name: report.tool.name, version: report.tool.version },
    rules: { digest: report.rules.digest, count: report.rules.count },
    policy: { name: cut(report.policy.name, 400), digest: report.policy.digest, asOf: report.policy.asOf },
    verdict: { decision: report.verdict.decision, says: cut(report.verdict.says, 4000) },
    findings: [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row),
    capability: {
      digest: report.capability.digest,
      entries: report.capability.entries.length,
      ...(growth === null ? {} : { against: cut(growth.against, 400) }),
      added: growth?.added.length ?? 0,
    },
    complete: report.coverage.complete,
    report: { sha256: reportSha256, size: reportSize },
    scannedAt: stated(record.row.scanned_at ?? record.row.created_at),
  };
}

/** What the record says about the origin, as far as it is text of a sensible length: of an import what the server saw, of an upload what its client said. Nobody vouches for that. */
function statedSource({ row }: Pick<VersionRecord, 'row'>): PublishPredicate['source'] {
  const source = sourceOf(row);
  const client = source['stated'];
  const places = [source, typeof client === 'object' && client !== null ? (client as Readonly<Record<string, unknown>>) : {}];
  const first = (max: number, ...names: readonly string[]): string | undefined => {
    for (const place of places)
      for (const name of names) {
        const value = place[name];
        if (typeof value === 'string' && value !== '') return cut(value, max);
      }
    return undefined;
  };
  const fields = {
    uri: first(2048, 'upstream', 'url', 'repo'),
    ref: first(512, 'ref'),
    commit: first(128, 'commit'),
    path: first(1024, 'path'),
    digest: first(200, 'digest'),
  };
  return { kind: isImport(row) ? 'import' : 'upload', ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) };
}

/** The record's `source`, an object of whatever was said at publish. */
function sourceOf(row: Pick<VersionRow, 'source'>): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(row.source);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** Whether it was brought here from elsewhere, so that what lies in it is not the publisher's own word. */
export const isImport = (row: Pick<VersionRow, 'source'>): boolean => sourceOf(row)['kind'] === 'import';

/** At most `max` UTF-16 units, whole characters, well-formed. */
function cut(text: string, max: number): string {
  const whole = text.toWellFormed();
  return whole.length <= max ? whole : `${whole.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
