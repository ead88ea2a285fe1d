/**
 * One line an issue, for reviewdog, editors and everything else with an errorformat: `path:line:column: severity: RULE says [id]` (`-efm='%f:%l:%c: %t%*[a-z]: %m'`), and the same as rdjson, reviewdog's own format.
 *
 * Colons, control and invisible characters of a path would break the line: such a path is shown with escapes.
 * https://github.com/reviewdog/reviewdog/tree/master/proto/rdf
 */
import { cut, visible } from '../../../scanner/report/escape.ts';
import type { CheckReport, Issue } from '../model.ts';
import { advice, counts, rowsOf } from './common.ts';
import { quietLog } from './log.ts';

/** Words that errorformat's %t takes by their first letter. */
export const level = (issue: Issue): 'error' | 'warning' => (issue.gate === 'review' || issue.state === 'rule-changed' ? 'warning' : 'error');

export function checkLines(report: CheckReport): string {
  return rowsOf(report, counts)
    .map(({ issue }) => {
      const { path, line, column } = issue.place;
      const shown = visible(path === '' ? '.' : path).replaceAll(':', '\\u{3a}');
      return `${quietLog(`${shown}:${line}:${column}: ${level(issue)}: ${visible(issue.rule)} ${cut(issue.says, 300)} [${visible(issue.id)}]`)}\n`;
    })
    .join('');
}

export function checkRdjson(report: CheckReport): string {
  const document = {
    source: { name: 'skillward', url: 'https://github.com/skillward/skillward' },
    severity: report.verdict.decision === 'block' ? 'ERROR' : report.verdict.decision === 'pass' ? 'INFO' : 'WARNING',
    diagnostics: rowsOf(report, counts).map(({ issue }) => ({
      message: visible(advice(issue)),
      // rdjson counts columns in bytes, we in UTF-16 units: the line is what both agree on.
      location: { path: issue.place.path, range: { start: { line: issue.place.line }, end: { line: issue.place.endLine } } },
      severity: level(issue) === 'error' ? 'ERROR' : 'WARNING',
      code: { value: visible(issue.rule) },
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
