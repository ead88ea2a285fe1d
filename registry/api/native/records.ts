/** Rows and verified releases in the words of the API. */
import type { Decided, VersionRecord, VersionSummary } from '../../client/wire.ts';
import type { VersionInfo } from '../../gate/contract.ts';
import { type ReportGist, reportsOf } from '../../reports.ts';
import type { ServedVersion } from '../../shelf/contract.ts';
import { userById } from '../../store/accounts.ts';
import type { Store } from '../../store/index.ts';
import type { VersionRow } from '../../store/schema.ts';

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
/** JSON that we wrote ourselves into a sealed row. */
const json = <T>(column: string | null): T | null => (column === null ? null : (JSON.parse(column) as T));

export const summaryOf = (row: VersionRow, publisher: string): VersionSummary => ({
  version: row.version,
  state: row.state,
  decision: row.decision,
  level: row.publisher_level,
  publisher,
  createdAt: row.created_at,
  servedAt: row.served_at,
  archiveSha256: row.archive_sha256,
  reason: row.state_reason === null ? null : cut(row.state_reason, 20_000),
});

export const decidedOf = (owner: string, slug: string, row: VersionRow): Decided => ({
  schema: 'skillward.decided.v1',
  versionId: row.id,
  owner,
  slug,
  version: row.version,
  state: row.state,
  reason: row.state_reason === null ? null : cut(row.state_reason, 20_000),
});

/** Handle of whoever published. */
export const publisherOf = async (store: Store, row: VersionRow): Promise<string> =>
  (await userById(store, store.db, row.publisher_id))?.handle ?? '';

/** A served version, as its verified release tells it. */
export const servedRecord = (found: ServedVersion, report: ReportGist): VersionRecord => ({
  ...recordOf(found.owner, found.slug, found.row, found.release.publisher.handle, report),
  approvedBy: found.release.reviews.map((review) => ({
    handle: review.reviewer.handle,
    reason: cut(review.reason, 4000),
    at: Date.parse(review.reviewedAt),
    solo: review.self,
    breakGlass: review.breakGlass,
  })),
});

/** A version in any state, for those whom the gate shows it. */
export const inspectedRecord = async (store: Store, { owner, slug, row }: VersionInfo): Promise<VersionRecord> =>
  recordOf(owner, slug, row, await publisherOf(store, row), row.report_sha256 === null ? undefined : await reportsOf(store).gist(row.report_sha256));

function recordOf(owner: string, slug: string, row: VersionRow, publisher: string, report: ReportGist | undefined): VersionRecord {
  return {
    schema: 'skillward.version.v1',
    id: row.id,
    owner,
    slug,
    version: row.version,
    state: row.state,
    reason: row.state_reason === null ? null : cut(row.state_reason, 20_000),
    displayName: cut(row.display_name, 400),
    description: cut(row.description, 4096),
    changelog: cut(row.changelog, 100_000),
    createdAt: row.created_at,
    scannedAt: row.scanned_at,
    servedAt: row.served_at,
    notBefore: row.not_before,
    archive: { sha256: row.archive_sha256, size: row.archive_size },
    tree: row.tree,
    fingerprint: row.fingerprint,
    files: json<VersionRecord['files']>(row.files) ?? [],
    publisher: { handle: publisher, level: row.publisher_level },
    source: json<unknown>(row.source),
    scan:
      row.decision === null
        ? null
        : {
            decision: row.decision,
            says: report === undefined ? null : cut(report.verdict.says, 4096),
            policyDigest: row.policy_digest,
            ruleset: row.ruleset,
            asOf: row.scan_as_of,
            report: row.report_sha256,
            findings: report === undefined ? null : { ...report.counts.gates },
          },
    capability: report === undefined ? null : report.manifest,
    growth: json<VersionRecord['growth']>(row.growth),
    attestations: row.attestations_sha256,
    revocation: row.revocation_sha256,
    approvedBy: [],
    flagged: json<unknown>(row.flagged),
  };
}
