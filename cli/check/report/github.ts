/**
 * Annotations for a log of GitHub Actions. GitHub shows ten errors, ten warnings and ten notices of a step: the worst come first, and a notice says how many were left out.
 *
 * It promises that no text of the repository ends its command or begins another: data and properties are percent-encoded as the runner decodes them, control characters are text before that.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
import { cut, visible } from '../../../scanner/report/escape.ts';
import { plural } from '../../../scanner/report/glance.ts';
import type { CheckReport, Issue } from '../model.ts';
import { advice, type CheckRenderOptions, counts, gathered, type Row, rowsOf, sharersOf } from './common.ts';
import { level } from './line.ts';
import { commandData, commandProperty } from './log.ts';

/** As many of each kind as GitHub shows. */
export const ANNOTATIONS = 10;

function annotation(row: Row, kind: 'error' | 'warning'): string {
  const { issue } = row;
  const sharers = sharersOf(row).join(', ');
  const { path, line, column, endLine, endColumn } = issue.place;
  // Columns only within one line; a member of an archive is shown at the archive.
  const file = path.split('!/', 1)[0]!;
  const properties = [
    ...(file === '' ? [] : [`file=${commandProperty(visible(file))}`]),
    `line=${line}`,
    ...(endLine > line ? [`endLine=${endLine}`] : [`endLine=${line}`, `col=${column}`, ...(endColumn > column ? [`endColumn=${endColumn}`] : [])]),
    `title=${commandProperty(cut(`${issue.rule} ${issue.title}`, 120))}`,
  ];
  return `::${kind} ${properties.join(',')}::${commandData(`${cut(advice(issue), 800)}${sharers === '' ? '' : ` In ${cut(sharers, 300)}.`} [${visible(issue.id)}]`)}`;
}

export function checkGithub(report: CheckReport, options: CheckRenderOptions = {}): string {
  const rows = gathered(rowsOf(report, counts));
  // A check that is set to warn does not cry error.
  const kindOf = (issue: Issue): 'error' | 'warning' => (report.verdict.warnOnly ? 'warning' : level(issue));
  const of = (kind: 'error' | 'warning'): Row[] => rows.filter(({ issue }) => kindOf(issue) === kind);
  const shown = [...of('error').slice(0, ANNOTATIONS), ...of('warning').slice(0, ANNOTATIONS)];
  const left = rows.length - shown.length;
  const lines = shown.map((row) => annotation(row, kindOf(row.issue)));
  if (left > 0) lines.push(`::notice title=skillward::${commandData(`${plural(left, 'more issue')} in ${options.whole ?? 'the job summary'}.`)}`);
  return lines.map((line) => `${line}\n`).join('');
}
