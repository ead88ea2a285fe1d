/**
 * A report without what the comment never shows, so that it fits into an artifact which another workflow may read. Same schema, same issues, same verdict: files, instructions, pins and findings of the changes are
 * left out, traces beyond the worst hundred issues too, and of very many issues the last ones.
 */
import type { Change } from '../../../scanner/model.ts';
import type { CheckReport, Issue } from '../model.ts';
import { counts, rowsOf } from './common.ts';

const TRACED = 100;
const ISSUES = 5_000;
const STEPS = 12;
const LINES = 9;
const WIDE = 240;

const bare = (change: Change): Change => ({
  ...change,
  files: { changes: [], same: change.files.same },
  findings: { appeared: [], stayed: [], went: [] },
  instructions: { added: [], removed: [] },
  pins: [],
  unread: [],
  capability: {
    grown: change.capability.grown
      .slice(0, 500)
      .map((growth) => ({ ...growth, entry: { ...growth.entry, evidence: growth.entry.evidence.slice(0, 1) } })),
    removed: change.capability.removed.slice(0, 500).map((entry) => ({ ...entry, evidence: [] })),
  },
});

export function slimReport(report: CheckReport): CheckReport {
  const worst = rowsOf(report, (issue) => counts(issue) || issue.state === 'older').slice(0, ISSUES);
  const rank = new Map(worst.map(({ issue }, index) => [issue, index]));
  const keep = (issues: readonly Issue[]): Issue[] =>
    issues.flatMap((issue) => {
      const at = rank.get(issue);
      if (at === undefined) return [];
      const steps =
        at < TRACED
          ? issue.steps.slice(0, STEPS).map((step) => ({ ...step, lines: step.lines.slice(0, LINES).map((line) => line.slice(0, WIDE)) }))
          : [];
      return [{ ...issue, steps }];
    });
  return {
    ...report,
    skills: report.skills.flatMap((skill) => {
      const issues = keep(skill.issues);
      const grown = skill.change === undefined ? 0 : skill.change.capability.grown.length + skill.change.capability.removed.length;
      // Of a full run, skills without anything to tell are only a number.
      if (issues.length + grown === 0 && report.repository.mode === 'all') return [];
      return [{ ...skill, issues, by: skill.by.slice(0, 5), ...(skill.change === undefined ? {} : { change: bare(skill.change) }) }];
    }),
    issues: keep(report.issues),
    wanted: report.wanted.slice(0, 200),
    approvals: report.approvals.slice(0, 200),
  };
}
