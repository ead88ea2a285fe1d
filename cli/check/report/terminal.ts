/**
 * The check in a terminal: the verdict first, then by skill what it can do now and what was found, then the repository's own matters, then how to go on. Nothing to tell is nothing at all, unless `verbose`.
 *
 * It promises that text from the repository stays visible and on its line, is never a command to the log of a CI (log.ts), and that it says the same without colour.
 */
import { styleText } from 'node:util';
import type { Decision, ReportStep } from '../../../scanner/model.ts';
import { cut, visible, wrap } from '../../../scanner/report/escape.ts';
import { frames, type Paint } from '../../../scanner/report/frame.ts';
import { plural, reachWord } from '../../../scanner/report/glance.ts';
import type { Belief, CheckReport, Issue } from '../model.ts';
import {
  type AbilityRow,
  abilityRows,
  acceptLines,
  beliefsOf,
  type CheckRenderOptions,
  counts,
  gathered,
  idsOf,
  inTable,
  movedFrom,
  nameOf,
  type Row,
  rowsOf,
  scopeOf,
  sharersOf,
  standingOf,
} from './common.ts';
import { quietLog } from './log.ts';

type Style = Parameters<typeof styleText>[0];
type Colour = (style: Style, text: string) => string;

const COLUMNS = 100;
/** Issues shown in full; the rest is one line each up to {@link LISTED}, then a count. */
const SHOWN = 20;
const LISTED = 60;

const badge: Readonly<Record<Decision, { readonly word: string; readonly style: Style }>> = {
  pass: { word: 'PASS', style: ['bold', 'black', 'bgGreen'] },
  review: { word: 'REVIEW', style: ['bold', 'black', 'bgYellow'] },
  block: { word: 'BLOCK', style: ['bold', 'white', 'bgRed'] },
  incomplete: { word: 'INCOMPLETE', style: ['bold', 'white', 'bgMagenta'] },
};
const tones: Readonly<Record<Issue['gate'], 'red' | 'yellow' | 'magenta'>> = { block: 'red', review: 'yellow', incomplete: 'magenta' };

export function checkTerminal(report: CheckReport, options: CheckRenderOptions = {}): string {
  const { verdict } = report;
  if (verdict.silent && options.verbose !== true) return '';
  const columns = Math.max(40, options.columns ?? COLUMNS);
  const colour: Colour =
    options.color === true ? (style, text) => (text === '' ? '' : styleText(style, text, { validateStream: false })) : (_style, text) => text;
  const { word, style } = badge[verdict.decision];
  const [first = '', ...more] = wrap(cut(verdict.says, 320), columns - word.length - 4);
  const out = [`${colour(style, options.color === true ? ` ${word} ` : word)} ${colour('bold', first)}`, ...more.map((line) => `  ${line}`)];
  if (verdict.warnOnly && verdict.decision !== 'pass') out.push(colour('yellow', '  only a warning (--warn-only): it would fail otherwise'));
  if (options.quiet !== true) {
    const merged = report.repository.result === 'merged' ? ' · the merge with the tip of the target branch was checked' : '';
    out.push(colour('dim', `  ${scopeOf(report)} · policy ${cut(report.policy.name, 40)} as of ${cut(report.policy.asOf, 20)}${merged}`));
    out.push(
      ...abilities(report, columns, colour),
      ...issues(report, columns, colour, options.verbose === true),
      ...approvals(report, columns, colour, options.verbose === true),
    );
    out.push(...next(report, colour));
  }
  return quietLog(`${out.join('\n')}\n`);
}

const heading = (text: string, colour: Colour): string[] => ['', colour('bold', text)];

function abilities(report: CheckReport, columns: number, colour: Colour): string[] {
  const rows = abilityRows(report);
  if (rows.length === 0) return [];
  const out = heading('What it can do now', colour);
  const line = (row: AbilityRow): string => {
    const tone: Style = row.sign === '-' ? 'dim' : row.open ? tones[row.gate === 'block' ? 'block' : 'review'] : 'green';
    const notes = [...(row.how === 'new' || row.how === 'gone' ? [] : [row.how]), ...(row.notes === '' ? [] : [row.notes])].join(': ');
    const what = cut(`${row.title} ${row.what}${notes === '' ? '' : ` (${notes})`}`, Math.max(24, columns - 40));
    const where = row.place === undefined ? '' : `  ${cut(row.place.path, 48)}:${row.place.line}`;
    return `    ${colour(tone, row.sign)} ${what}${colour('dim', where)}${row.says === '' ? '' : `  ${colour(row.open ? tone : 'dim', row.says)}`}`;
  };
  let skill: AbilityRow['skill'] | undefined;
  for (const row of bySkill(rows).slice(0, LISTED)) {
    if (row.skill !== skill) out.push(`  ${colour('bold', cut(nameOf(row.skill), columns - 20))} ${colour('dim', row.skill.status)}`);
    skill = row.skill;
    out.push(line(row));
  }
  if (rows.length > LISTED) out.push(colour('dim', `  and ${plural(rows.length - LISTED, 'more ability', 'more abilities')}; --format json has all`));
  return out;
}

/** Grouped by skill, groups in the order of their worst row. */
function bySkill(rows: readonly AbilityRow[]): AbilityRow[] {
  const groups = new Map<unknown, AbilityRow[]>();
  for (const row of rows) groups.set(row.skill, [...(groups.get(row.skill) ?? []), row]);
  return [...groups.values()].flat();
}

const SECTIONS: readonly (readonly [title: string, of: (row: Row) => boolean])[] = [
  ['Why it is stopped', ({ issue }) => issue.state !== 'rule-changed' && issue.gate === 'block'],
  ['What could not be read', ({ issue }) => issue.state !== 'rule-changed' && issue.gate === 'incomplete'],
  ['What a person should look at', ({ issue }) => issue.state !== 'rule-changed' && issue.gate === 'review'],
  ['What only the rules changed: the content is as it was', ({ issue }) => issue.state === 'rule-changed'],
];

function issues(report: CheckReport, columns: number, colour: Colour, verbose: boolean): string[] {
  const out: string[] = [];
  const rows = gathered(rowsOf(report));
  let shown = 0;
  for (const [title, of] of SECTIONS) {
    // An ability that only needs approval stands in the table above; one that blocks is shown with its place.
    const here = rows.filter((row) => of(row) && (verbose || !inTable(row)));
    if (here.length === 0) continue;
    out.push(...heading(title, colour));
    let detailed = 0;
    let listed = 0;
    for (const row of here) {
      if (verbose || shown < SHOWN) {
        detailed++;
        out.push('', ...full(row, columns, colour, verbose));
      } else if (listed < LISTED) {
        if (listed === 0) out.push('');
        listed++;
        out.push(`  ${colour(tones[row.issue.gate], row.issue.rule)} ${cut(row.issue.says, columns - 50)}  ${colour('dim', place(row.issue, 40))}`);
      } else break;
      shown++;
    }
    const left = here.length - (verbose ? here.length : detailed + listed);
    if (left > 0) out.push(colour('dim', `  and ${left} more; --format json has all`));
  }
  const older = rowsOf(report, (issue) => issue.state === 'older');
  if (older.length > 0) {
    const blocks = older.filter(({ issue }) => issue.gate === 'block').length;
    out.push(
      '',
      colour(
        'dim',
        `${plural(older.length, 'finding')} there before and not accepted${blocks > 0 ? `, ${blocks} of them to block` : ''}: not held against this change`,
      ),
    );
    if (verbose)
      for (const { issue } of older.slice(0, LISTED))
        out.push(`  ${issue.rule} ${cut(issue.says, columns - 50)}  ${colour('dim', place(issue, 40))}`);
  }
  if (verbose) {
    const settled = rowsOf(report, (issue) => !counts(issue) && issue.state !== 'older');
    if (settled.length > 0) out.push(...heading('Settled', colour));
    for (const { issue } of settled.slice(0, LISTED))
      out.push(`  ${issue.rule} ${cut(issue.says, columns - 60)}  ${colour('dim', `${place(issue, 40)}  ${standingOf(issue)}`)}`);
  }
  return out;
}

const place = (issue: Issue, room: number): string => `${cut(issue.place.path, room)}:${issue.place.line}`;

function full(row: Row, columns: number, colour: Colour, verbose: boolean): string[] {
  const { issue } = row;
  const tone = tones[issue.gate];
  const paint: Paint = {
    dim: (text) => colour('dim', text),
    accent: (text) => colour('blue', text),
    mark: (text) => colour(['bold', tone], text),
    minor: (text) => colour('cyan', text),
    bold: (text) => colour('bold', text),
  };
  const head = visible(issue.rule);
  const [first = '', ...more] = wrap(cut(issue.says, 320), columns - head.length - 2);
  const out = [
    `${colour(['bold', tone], head)}  ${colour('bold', first)}`,
    ...more.map((line) => `${' '.repeat(head.length + 2)}${colour('bold', line)}`),
  ];
  const note = (name: string, text: string): void => {
    const parts = wrap(cut(text, 600), columns - 11);
    out.push(`   ${colour('blue', '=')} ${colour('bold', name.padEnd(4))} ${parts[0]}`, ...parts.slice(1).map((line) => `          ${line}`));
  };
  if (issue.steps.length > 0) {
    const steps: readonly ReportStep[] =
      issue.steps.length === 1 ? issue.steps.map((step) => (step.says === issue.says ? { ...step, says: '' } : step)) : issue.steps;
    out.push(...frames(steps, columns, paint, verbose));
  } else out.push(`   ${colour('blue', '┌─')} ${place(issue, columns - 12)}`);
  if (issue.kind !== 'problem') note('note', `${issue.severity}; ${reachWord[issue.reach]}`);
  if (issue.state === 'expired')
    note(
      'was',
      `accepted until ${issue.belief?.approval.expires ?? 'a day that is over'}${issue.belief === undefined ? '' : ` by ${issue.belief.approval.owner}`}`,
    );
  else if (issue.belief !== undefined) note('but', issue.belief.why);
  const sharers = sharersOf(row);
  if (sharers.length > 0) note('in', sharers.join(', '));
  if (movedFrom(row) !== '') note('was', `the skill stood at ${movedFrom(row)}; what was accepted or in the baseline there is not here`);
  note('fix', issue.fix);
  note('id', idsOf(row).join(', '));
  return out;
}

function approvals(report: CheckReport, columns: number, colour: Colour, verbose: boolean): string[] {
  const { used, unsigned, refused } = beliefsOf(report);
  const out: string[] = [];
  const line = ({ approval, why }: Belief): string[] => [
    `  ${cut(approval.path === '' ? '.' : approval.path, 48)}: ${plural(approval.accepts.length, 'thing')} until ${cut(approval.expires, 12)}, by ${cut(approval.owner, 60)}`,
    ...wrap(cut(`"${approval.reason}"`, 200), columns - 4).map((text) => colour('dim', `    ${text}`)),
    ...wrap(cut(why, 300), columns - 4).map((text) => colour('dim', `    ${text}`)),
  ];
  const list = (title: string, beliefs: readonly Belief[]): void => {
    if (beliefs.length === 0) return;
    out.push(...heading(title, colour), ...beliefs.slice(0, verbose ? undefined : 8).flatMap(line));
    if (beliefs.length > 8 && !verbose) out.push(colour('dim', `  and ${beliefs.length - 8} more`));
  };
  list('Approved in this change, by nobody we can name', unsigned);
  list('Approvals that do not count', refused);
  if (verbose) list('Approvals that count', used);
  else if (used.length > 0)
    out.push('', colour('dim', `${plural(used.length, 'approval')} counted; --verbose shows ${used.length === 1 ? 'it' : 'them'}`));
  return out;
}

function next(report: CheckReport, colour: Colour): string[] {
  const lines = acceptLines(report);
  if (lines.length === 0 || report.verdict.decision === 'pass') return [];
  return [
    ...heading('If this is wanted', colour),
    ...lines.map((line) => `  ${line}`),
    colour(
      'dim',
      '  then commit skills.approved.json. It counts if the policy of the target branch names the signer, or guards that file by code owners.',
    ),
  ];
}
