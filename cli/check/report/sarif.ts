/**
 * SARIF of a check: only the issues that count, at their paths in the repository, with their traces as code flows. Written by the scanner's own SARIF writer, so that both are one format.
 */

import type * as Sarif from 'sarif';
import { NOTHING } from '../../../scanner/capability/empty.ts';
import type { Report, ReportFinding, ReportStep } from '../../../scanner/model.ts';
import { sarifText } from '../../../scanner/report/escape.ts';
import type { RuleInfo } from '../../../scanner/report/options.ts';
import { sarif } from '../../../scanner/report/sarif.ts';
import { exitMeanings } from '../../../scanner/report/summary.ts';
import type { CheckReport, Issue } from '../model.ts';
import { type CheckRenderOptions, counts, rowsOf, standingOf } from './common.ts';

const PAGE = 'https://github.com/skillward/skillward/blob';

const slugOf = (rule: string): string => rule.toLowerCase().replace(/[^a-z0-9]+/g, '-');

/** An issue as the scanner's writers know findings. What has no trace has its place as the only step. */
function findingOf(issue: Issue, rule: RuleInfo | undefined): ReportFinding {
  const { path, line, column, endLine, endColumn } = issue.place;
  const at: ReportStep = { path, line, column, endLine, endColumn, start: 0, end: 0, says: issue.says, firstLine: line, lines: [] };
  return {
    id: issue.id,
    rule: issue.rule,
    slug: rule?.slug ?? slugOf(issue.rule),
    title: issue.title,
    severity: issue.severity,
    // SARIF has no level for what could not be read; it must not look like advice.
    gate: issue.gate === 'incomplete' ? 'block' : issue.gate,
    confidence: rule?.confidence ?? 3,
    reach: issue.reach,
    says: issue.says.replace(/[.\s]{1,20}$/, ''),
    fix: issue.fix,
    evidence: issue.evidence,
    steps: (issue.steps.length > 0 ? issue.steps : [at]) as ReportFinding['steps'],
    unwrapped: [],
  };
}

export function checkSarif(report: CheckReport, options: CheckRenderOptions = {}): string {
  const rules = new Map((options.rules ?? []).map((rule) => [rule.id, rule]));
  const rows = rowsOf(report, counts);
  const whole: Report = {
    schema: 'skillward.report.v1',
    tool: report.tool,
    skill: { name: 'check', description: '', origin: '', digest: `sha256:${'0'.repeat(64)}`, files: 0, bytes: 0 },
    rules: report.rules,
    policy: report.policy,
    verdict: { decision: report.verdict.decision, says: report.verdict.says, because: [] },
    findings: rows.map(({ issue }) => findingOf(issue, rules.get(issue.rule))),
    capability: NOTHING,
    coverage: { complete: true, ledger: [], problems: [] },
  };
  const log = JSON.parse(sarif([whole], options.rules === undefined ? {} : { rules: options.rules })) as Sarif.Log;
  const [run] = log.runs;
  for (const rule of run!.tool.driver.rules ?? []) if (rule.id.includes('/')) rule.helpUri = `${PAGE}/v${report.tool.version}/docs/check-ci.md`;
  run!.automationDetails = { id: 'skillward/check/', description: { text: `Check of ${report.counts.touched} touched skills` } };
  const [invocation] = run!.invocations ?? [];
  if (invocation !== undefined) {
    invocation.exitCode = report.verdict.exitCode;
    invocation.exitCodeDescription = exitMeanings[report.verdict.exitCode]![1];
  }
  run!.properties = {
    decision: report.verdict.decision,
    tree: report.repository.tree,
    policy: sarifText(report.policy.name),
    policyDigest: report.policy.digest,
    rulesDigest: report.rules.digest,
    asOf: report.policy.asOf,
  };
  (run!.results ?? []).forEach((result, index) => {
    result.properties = { ...result.properties, gate: rows[index]!.issue.gate, state: standingOf(rows[index]!.issue) };
  });
  return `${JSON.stringify(log, null, 2)}\n`;
}
