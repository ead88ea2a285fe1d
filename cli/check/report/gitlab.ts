/**
 * GitLab's code quality report: a list of issues that the merge request shows beside the changed lines. GitLab needs every one to have a fingerprint of its own.
 * https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
import { createHash } from 'node:crypto';
import type { Severity } from '../../../scanner/model.ts';
import { cut, visible } from '../../../scanner/report/escape.ts';
import type { CheckReport, Issue } from '../model.ts';
import { counts, rowsOf } from './common.ts';

const blocks: Readonly<Record<Severity, string>> = { critical: 'blocker', high: 'blocker', medium: 'critical', low: 'critical', info: 'critical' };
const others: Readonly<Record<Severity, string>> = { critical: 'major', high: 'major', medium: 'major', low: 'minor', info: 'info' };
const severityOf = (issue: Issue): string => (issue.gate === 'block' ? blocks : others)[issue.severity];

export function checkGitlab(report: CheckReport): string {
  const seen = new Map<string, number>();
  const list = rowsOf(report, counts).map(({ issue, skill }) => {
    const key = `${issue.id}\0${skill?.path ?? ''}\0${issue.place.path}\0${issue.evidence}\0${issue.reach}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return {
      type: 'issue',
      description: cut(`${issue.rule}: ${issue.says}`, 500),
      check_name: visible(issue.rule),
      fingerprint: createHash('sha256').update(`${key}\0${count}`).digest('hex'),
      severity: severityOf(issue),
      categories: ['Security'],
      location: { path: issue.place.path, lines: { begin: issue.place.line, end: Math.max(issue.place.line, issue.place.endLine) } },
    };
  });
  return `${JSON.stringify(list, null, 2)}\n`;
}
