/**
 * What several reports come to: counts, the worst decision and the exit code. One place decides what an exit code means, so that SARIF, JSON and the process agree.
 *
 * It promises that nothing unread ends as success: a target that gave no report makes the whole at least incomplete.
 */
import type { Decision, Gate, Report, ReportFinding } from '../model.ts';
import type { Failure } from './options.ts';

export const exitCodes = { pass: 0, block: 1, usage: 2, review: 3, incomplete: 4, internal: 5 } as const;
/** What each code says, for help texts. */
export const exitMeanings: readonly (readonly [number, string])[] = [
  [0, 'pass: nothing to block or review'],
  [1, 'block: a rule is sure'],
  [2, 'usage error, or nothing could be read'],
  [3, 'review: a person should look'],
  [4, 'incomplete: something could not be read'],
  [5, 'internal error: a fault of skillward'],
];
/** Worst first. */
const ORDER: readonly number[] = [5, 1, 4, 3, 0];

export interface Tally {
  readonly skills: number;
  readonly pass: number;
  readonly review: number;
  readonly block: number;
  readonly incomplete: number;
  readonly failed: number;
  readonly exitCode: number;
}

/** The exit code of one decision. */
export const exitOf = (decision: Decision, failOn: 'review' | 'block' = 'review'): number =>
  decision === 'review' && failOn === 'block' ? 0 : exitCodes[decision];

/** Counts decisions and gives the exit code of the whole: the worst counts, in the order 5, 1, 4, 3, 0; 2 only when nothing could be read. */
export function tally(reports: readonly Report[], failures: readonly Failure[] = [], failOn: 'review' | 'block' = 'review'): Tally {
  const count = (decision: Decision): number => reports.filter((report) => report.verdict.decision === decision).length;
  const codes = new Set([
    ...reports.map((report) => exitOf(report.verdict.decision, failOn)),
    ...failures.map((failure) => (failure.kind === 'crash' ? 5 : 4)),
  ]);
  const nothing = reports.length === 0 && failures.length > 0 && !codes.has(5);
  return {
    skills: reports.length + failures.length,
    pass: count('pass'),
    review: count('review'),
    block: count('block'),
    incomplete: count('incomplete'),
    failed: failures.length,
    exitCode: nothing ? exitCodes.usage : (ORDER.find((code) => codes.has(code)) ?? 0),
  };
}

/** Findings of a gate that no exception covers. */
export const findingsOf = (report: Report, gate: Gate): readonly ReportFinding[] =>
  report.findings.filter((finding) => finding.gate === gate && finding.excepted === undefined);

/** The last step: where it happens. */
export const placeOf = (finding: ReportFinding): ReportFinding['steps'][number] => finding.steps[finding.steps.length - 1]!;

/** Findings of one rule that say the same of the same place and differ only in the way there: the first of them, and the others. */
export function merged(found: readonly ReportFinding[], merge = true): { readonly one: ReportFinding; readonly others: readonly ReportFinding[] }[] {
  if (!merge) return found.map((one) => ({ one, others: [] }));
  const groups = new Map<string, { one: ReportFinding; others: ReportFinding[] }>();
  for (const one of found) {
    const { path, start, end, line } = placeOf(one);
    const key = JSON.stringify([one.rule, one.says, path, line, start, end]);
    const group = groups.get(key);
    if (group) group.others.push(one);
    else groups.set(key, { one, others: [] });
  }
  return [...groups.values()];
}

/** How many files were read, only listed, read in part, and not read. */
export function coverageOf(report: Report): { readonly read: number; readonly listed: number; readonly partial: number; readonly unread: number } {
  const of = (status: string): number => report.coverage.ledger.filter((row) => row.status === status).length;
  return { read: of('read'), listed: of('listed'), partial: of('partial'), unread: of('unread') };
}

/** What made it incomplete, one line a cause: rows of the ledger, then problems of the package that belong to no row. */
export function unreadOf(report: Report): readonly { readonly path: string; readonly says: string }[] {
  const rows = report.coverage.ledger
    .filter((row) => row.status === 'unread' || row.status === 'partial')
    .map((row) => ({ path: row.path, says: row.why ?? 'not read' }));
  const named = new Set(rows.map((row) => row.path));
  const all = report.coverage.complete ? rows : [...rows, ...report.coverage.problems.filter((problem) => !named.has(problem.path))];
  // Every report shows the path first; a sentence that begins with it as well would say it twice.
  return all.map(({ path, says }) => ({ path, says: says.startsWith(`"${path}"`) ? says.slice(path.length + 2).replace(/^:? /, '') : says }));
}

/**
 * A report without what a summary never shows, so that thousands fit in memory: no files that were read, no evidence of abilities, no findings that only list.
 * `trace` keeps every step of the findings that remain.
 */
export function slim(report: Report, trace: boolean): Report {
  return {
    ...report,
    findings: report.findings
      .filter((finding) => finding.gate !== 'capability')
      .map((finding) => (trace ? finding : { ...finding, steps: [{ ...placeOf(finding), lines: [] }] as ReportFinding['steps'] })),
    capability: { ...report.capability, entries: report.capability.entries.map((entry) => ({ ...entry, evidence: [] })) },
    coverage: { ...report.coverage, ledger: report.coverage.ledger.filter((row) => row.status === 'unread' || row.status === 'partial') },
  };
}
