/**
 * What the gate tells people: why a version was refused or waits, naming rule, file, line, policy and the way to appeal. Plain text that clients print as it is, so that
 * everything from a skill goes through `visible` first.
 */
import type { Report, ReportFinding } from '../../scanner/model.ts';
import { visible } from '../../scanner/report/escape.ts';

/** Findings named in a text; the rest is counted. */
const named = 5;
const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** `EXE-003 decoded-code at SKILL.md:18: runs code that was base64`. */
export function findingText(finding: ReportFinding): string {
  // The primary place is the last step.
  const place = finding.steps[finding.steps.length - 1]!;
  return `${finding.rule} ${finding.slug} at ${visible(cut(place.path, 200))}:${place.line}: ${visible(cut(finding.says, 300))}`;
}

/**
 * The findings that made the decision, worst first as the report has them, and abilities that policy gates by themselves.
 * @param known ids of reasons that are left out
 */
export function decisive(report: Report, known: readonly string[] = []): string[] {
  const because = new Set(report.verdict.because.filter((id) => !known.includes(id)));
  const findings = report.findings.filter((finding) => because.has(finding.id)).map(findingText);
  const abilities = [...because]
    .filter((id) => id.startsWith('capability:'))
    .map((id) => `policy gates the ability ${visible(cut(id.slice('capability:'.length), 200))}`);
  const unread =
    report.verdict.decision === 'incomplete'
      ? report.coverage.problems.map((one) => `${visible(cut(one.path, 200))}: ${visible(cut(one.says, 300))}`)
      : [];
  return [...unread, ...findings, ...abilities];
}

/** Why somebody should look at what was brought in from elsewhere. @param source the column of the version */
export function importText(source: string): string {
  const { upstream } = JSON.parse(source) as { readonly upstream?: unknown };
  return `it was brought in from ${visible(cut(String(upstream), 200))}, and nobody here has looked at it`;
}

export interface RefusalInput {
  readonly owner: string;
  readonly slug: string;
  readonly version: string;
  readonly publicUrl: string;
  readonly report: Report;
  /** The scan decided so, or it can do more than before, or something else that the scan does not know. */
  readonly why?: string;
  readonly outcome: 'refused' | 'held';
}

/** Where a report can be read by those who may. */
export const reportUrl = (of: Pick<RefusalInput, 'owner' | 'slug' | 'version' | 'publicUrl'>): string =>
  `${of.publicUrl}/skills/@${of.owner}/${of.slug}/${of.version}/report`;

/** Why a version was refused, or waits for a person. */
export function refusalText(of: RefusalInput): string {
  const { report } = of;
  const found = decisive(report);
  const lines = [
    `@${of.owner}/${of.slug}@${of.version} ${of.outcome === 'refused' ? 'was refused' : 'waits for a review'}: ${of.why ?? visible(cut(report.verdict.says, 300))}.`,
    ...found.slice(0, named).map((text) => `  ${text}`),
    ...(found.length > named ? [`  and ${found.length - named} more`] : []),
    `Policy: ${visible(report.policy.name)} (${report.policy.digest}), rules ${report.rules.digest}.`,
    `Full report: ${reportUrl(of)}`,
    of.outcome === 'refused'
      ? 'To appeal: ask an admin of this registry, quoting this text; a decision is changed by an exception in the policy or by a changed skill, published under a new version number.'
      : 'Nothing to do: the approvers of this registry see it in their queue. To speed it up or object, write to them, quoting this text.',
  ];
  return lines.join('\n');
}
