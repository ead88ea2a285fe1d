/**
 * How a version that is given out stands, in the words of each client's gate (contract 1.6). What is not given out never comes here: it is refused before anything is said of it.
 *
 * `clean`: it may be installed. `suspicious`: it is given out, but people should look first: a ruleset newer than its release speaks against it (flagged), or a rule blocks it and an
 * admin let it through (break-glass). clawhub then asks, or stops where nobody can be asked; OpenClaw prints a box.
 */
import type { ReportFinding } from '../../../scanner/model.ts';
import { visible } from '../../../scanner/report/escape.ts';
import type { ReportGist } from '../../reports.ts';
import type { ServedVersion } from '../../shelf/contract.ts';

export interface Standing {
  readonly status: 'clean' | 'suspicious';
  readonly passed: boolean;
  /** The scan had something that a person looked at, or more. */
  readonly hasWarnings: boolean;
  /** Codes that clients print or compare. */
  readonly reasons: readonly string[];
  /** One or two sentences for people. */
  readonly says: string;
}

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
export const line = (text: string, length = 300): string => visible(cut(text, length));

/** What a later ruleset says, if it speaks against the version. */
function flagOf(json: string | null): { readonly decision: string; readonly says: string } | undefined {
  if (json === null) return undefined;
  try {
    const { decision, says } = JSON.parse(json) as { decision?: unknown; says?: unknown };
    return { decision: String(decision), says: String(says) };
  } catch {
    return { decision: 'unknown', says: 'a later scan speaks against it' };
  }
}

export function standingOf({ row, release }: Pick<ServedVersion, 'row' | 'release'>): Standing {
  const flag = flagOf(row.flagged);
  const { decision } = release.scan.verdict;
  const deprecated = row.state === 'deprecated';
  const reasons = [
    ...(flag === undefined ? [] : ['skillward.flagged']),
    ...(release.breakGlass ? ['skillward.break_glass'] : []),
    ...(deprecated ? ['skillward.deprecated'] : []),
  ];
  const people = release.approvedBy.map((handle) => `@${handle}`).join(' and ');
  const approved = people === '' ? 'no person had to approve it' : `approved by ${people}${release.solo ? ', who also published it' : ''}`;
  const says = [
    ...(flag === undefined ? [] : [`The rules of today say ${line(flag.decision)}: ${line(flag.says)}.`]),
    ...(release.breakGlass ? ['A rule blocks this version; an admin let it through (break-glass).'] : []),
    ...(deprecated ? [`Deprecated${row.state_reason === null || row.state_reason === '' ? '.' : `: ${line(row.state_reason)}`}`] : []),
    `Scan: ${decision} under policy ${line(release.scan.policy.name)}; ${approved}.`,
  ].join(' ');
  const suspicious = flag !== undefined || release.breakGlass;
  return {
    status: suspicious ? 'suspicious' : 'clean',
    passed: !suspicious,
    hasWarnings: suspicious || deprecated || decision !== 'pass',
    reasons,
    says,
  };
}

/** The text of an OpenClaw audit box: what it is, what it can do, who stands for it, how to check it. */
export function overviewOf(version: ServedVersion, standing: Standing, { abilities }: ReportGist): string {
  const can = abilities.map(
    (row) =>
      `${row.title}: ${row.items
        .slice(0, 6)
        .map((item) => line(item.text, 80))
        .join(', ')}${row.total > 6 ? `, and ${row.total - 6} more` : ''}`,
  );
  const { publisher } = version.release;
  return [
    standing.says,
    can.length === 0 ? 'It runs nothing, talks to nobody and touches no files that the scan could see.' : `What it can do: ${can.join('; ')}.`,
    `Published by @${publisher.handle} (level ${publisher.level}${publisher.level === 'L2' ? ', signed with their own key' : ''}). Archive sha256:${version.row.archive_sha256}, released under a signature by key ${version.release.keyid.slice(0, 16)}.`,
  ].join('\n');
}

const severityOf: Readonly<Record<ReportFinding['severity'], 'info' | 'warn' | 'critical'>> = {
  info: 'info',
  low: 'info',
  medium: 'warn',
  high: 'critical',
  critical: 'critical',
};

/** Findings as `inspect` shows them. */
export const evidenceOf = ({ findings }: ReportGist) =>
  findings.map(({ rule, slug, severity, place, says, evidence }) => ({
    code: `${rule} ${slug}`,
    severity: severityOf[severity],
    file: line(place.path, 200),
    line: place.line,
    message: line(says),
    evidence: line(evidence, 200),
  }));
