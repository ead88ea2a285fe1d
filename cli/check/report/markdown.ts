/**
 * The comment on a pull request (GitHub's and GitLab's Markdown): what a reviewer needs in ten seconds, the rest folded below it.
 *
 * It promises that nothing of the report is markup, whoever made the report: sentences stand as they are only if they consist of harmless characters, everything else in code spans and fenced blocks that it cannot
 * close; links lead to the blob of a checked server, repository and commit, with every segment of the path encoded. No mention, image, HTML, table cell, heading or closing tag can come from a skill, a path, an owner
 * or a reason. It is never longer than `most` characters (GitHub refuses 65,536): what is left out is counted, and the text says where the rest is.
 */
import { codeBlock, codeSpan } from '../../../scanner/report/escape.ts';
import { plural, reachWord } from '../../../scanner/report/glance.ts';
import { alerts, trace, words } from '../../../scanner/report/markdown.ts';
import type { Belief, CheckReport } from '../model.ts';
import {
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
  wantedJson,
} from './common.ts';

/** First line of every comment: how the poster finds the one to update. */
export const MARKER = '<!-- skillward:check -->';
export const COMMENT = 60_000;

/** A sentence as it is if nothing in it means anything to Markdown or GitHub (mentions, references, addresses), else as code. */
export function prose(text: string, limit = 600): string {
  const harmless =
    text.length <= limit &&
    /^[A-Za-z0-9][A-Za-z0-9 .,;:'"()?/=+-]*$/.test(text) &&
    !/:\/\/|www\.|\bGH-\d|\b[0-9a-f]{7}|:[A-Za-z0-9_+-]+:/i.test(text) &&
    text.trim() === text;
  return harmless ? text : codeSpan(text, false, limit);
}

/** Address of a file at the head of the change, or undefined without links. */
function addressOf(path: string, from: number, to: number, options: CheckRenderOptions): string | undefined {
  const { links } = options;
  const [file = '', member] = path.split('!/', 2);
  const segments = file.split('/');
  if (links === undefined || file === '' || segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return undefined;
  const encoded = segments
    .map((segment) => encodeURIComponent(segment.toWellFormed()).replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`))
    .join('/');
  const base = `${links.server}/${links.repository}/${links.style === 'gitlab' ? '-/' : ''}blob/${links.sha}/${encoded}`;
  if (member !== undefined) return base;
  // Rendered Markdown has no line numbers; the plain view has.
  return `${base}?plain=1#L${from}${to > from ? (links.style === 'gitlab' ? `-${to}` : `-L${to}`) : ''}`;
}

function placeLink(
  place: { readonly path: string; readonly line: number; readonly endLine?: number },
  options: CheckRenderOptions,
  cell = false,
): string {
  const span = codeSpan(`${place.path === '' ? '.' : place.path}:${place.line}`, cell, 160);
  const address = addressOf(place.path, place.line, place.endLine ?? place.line, options);
  return address === undefined ? span : `[${span}](${address})`;
}

/** Nothing to tell: empty, unless asked for more. */
export function checkMarkdown(report: CheckReport, options: CheckRenderOptions = {}): string {
  if (report.verdict.silent && options.verbose !== true) return '';
  return comment(report, options);
}

/** What replaces an older comment once there is nothing to tell. */
export const settledComment = (report: CheckReport): string =>
  `${MARKER}\n**skillward:** nothing to report any more. <sub>${codeSpan((report.repository.head ?? report.repository.tree).slice(0, 12), false, 20)}</sub>\n`;

/** Adds parts while they fit into `room` characters; counts what did not. */
function fitting(parts: readonly string[], room: number, what: readonly [one: string, many: string], options: CheckRenderOptions): string {
  const out: string[] = [];
  let left = room;
  for (const part of parts) {
    if (part.length + 1 > left) {
      const missing = parts.length - out.length;
      const where = options.whole ?? 'the JSON report';
      const address = options.run !== undefined && /^https?:\/\/[A-Za-z0-9.:-]+\/[A-Za-z0-9._~/-]*$/.test(options.run) ? options.run : undefined;
      out.push(`\n_${plural(missing, `more ${what[0]}`, `more ${what[1]}`)}: see ${address === undefined ? where : `[${where}](${address})`}._\n`);
      break;
    }
    left -= part.length + 1;
    out.push(part);
  }
  return out.join('\n');
}

function comment(report: CheckReport, options: CheckRenderOptions): string {
  const { verdict } = report;
  const head = [
    MARKER,
    `### skillward: ${words[verdict.decision]}`,
    '',
    `> [!${alerts[verdict.decision]}]`,
    `> ${codeSpan(verdict.says, false, 400)}`,
    ...(verdict.warnOnly && verdict.decision !== 'pass' ? ['> Only a warning: the check is set to warn.'] : []),
    '',
  ].join('\n');
  const tail = `\n${footer(report)}\n`;
  const room = (options.most ?? COMMENT) - head.length - tail.length - 1_000;
  // How to go on is worth more than the last of many findings, but never more than a third of the room.
  const how = fitting(howTo(report), Math.floor(room / 6), ['part', 'parts'], options);
  const agreed = fitting(approvals(report), Math.floor(room / 6), ['approval', 'approvals'], options);
  const table = abilities(report, options);
  const able =
    table.length === 0
      ? ''
      : `| | Skill | What it can do now | Where | |\n|---|---|---|---|---|\n${fitting(table, Math.floor(room / 4), ['ability', 'abilities'], options)}\n`;
  const found = fitting(findings(report, options), room - how.length - agreed.length - able.length, ['finding', 'findings'], options);
  return [head, able, found, agreed, how, tail].filter((part) => part !== '').join('\n');
}

/** Rows of the table: abilities that hold the change up first. */
function abilities(report: CheckReport, options: CheckRenderOptions): string[] {
  return abilityRows(report).map((row) => {
    const what = `${row.title} ${codeSpan(row.what, true, 100)}${row.notes === '' ? '' : ` ${codeSpan(row.notes, true, 120)}`}`;
    const where = row.place === undefined ? '' : placeLink(row.place, options, true);
    return `| ${row.sign === '+' ? '**+**' : '−'} ${row.how} | ${codeSpan(nameOf(row.skill), true, 100)}${row.skill.status === 'added' ? ' (new)' : ''} | ${what} | ${where} | ${row.open ? `**${row.says}**` : row.says} |`;
  });
}

const SECTIONS: readonly (readonly [title: string, of: (row: Row) => boolean])[] = [
  ['Why it is stopped', ({ issue }) => issue.state !== 'rule-changed' && issue.gate === 'block'],
  ['What could not be read', ({ issue }) => issue.state !== 'rule-changed' && issue.gate === 'incomplete'],
  ['What a person should look at', ({ issue }) => issue.state !== 'rule-changed' && issue.gate === 'review'],
  ['What only the rules changed', ({ issue }) => issue.state === 'rule-changed'],
];

/** Findings and the repository's own issues, each one part; the first of a section carries its title. */
function findings(report: CheckReport, options: CheckRenderOptions): string[] {
  const rows = gathered(rowsOf(report, counts));
  const parts: string[] = [];
  // An ability that only needs approval is told by its row in the table.
  for (const [title, of] of SECTIONS)
    rows
      .filter((row) => of(row) && !inTable(row))
      .forEach((row, index) => {
        parts.push(`${index === 0 ? `#### ${title}\n\n` : ''}${detail(row, options)}`);
      });
  const older = rowsOf(report, (issue) => issue.state === 'older');
  if (older.length > 0) {
    const blocks = older.filter(({ issue }) => issue.gate === 'block').length;
    parts.push(
      `<sub>${plural(older.length, 'finding')} there before and accepted by nobody${blocks > 0 ? `, ${blocks} of them to block` : ''}: not held against this change.</sub>\n`,
    );
  }
  return parts;
}

function detail(row: Row, options: CheckRenderOptions): string {
  const { issue } = row;
  const sharers = sharersOf(row).map((name) => codeSpan(name, false, 100));
  const standing = issue.state === 'new' && issue.belief === undefined ? '' : ` (${standingOf(issue)})`;
  const about = issue.kind === 'problem' ? '' : ` ${issue.severity}; ${reachWord[issue.reach]}.`;
  const out = [
    `- **${prose(issue.rule, 60)}** ${prose(issue.says, 400)}${standing}`,
    `  at ${placeLink(issue.place, options)}${sharers.length === 0 ? '' : `, in ${sharers.join(', ')}`}.${about} **Fix:** ${prose(issue.fix)}`,
  ];
  if (movedFrom(row) !== '')
    out.push(`  The skill stood at ${codeSpan(movedFrom(row), false, 160)}; what was accepted or in the baseline there is not here.`);
  if (issue.belief !== undefined && issue.state !== 'accepted') out.push(`  ${codeSpan(issue.belief.why, false, 400)}`);
  if (issue.steps.length > 0) {
    const traced = trace(issue, (place) => placeLink(place, options)).flatMap((text) =>
      text.split('\n').map((line) => (line === '' ? '' : `  ${line}`)),
    );
    out.push(
      '',
      `  <details><summary>Evidence${issue.steps.length > 1 ? `, ${issue.steps.length} steps` : ''}</summary>`,
      '',
      ...traced,
      ...(traced.at(-1) === '' ? [] : ['']),
      `  ${idsOf(row)
        .slice(0, 20)
        .map((id) => codeSpan(id, false, 120))
        .join(', ')}`,
      '',
      '  </details>',
    );
  }
  return `${out.join('\n')}\n`;
}

/** Approvals: those that count by whom, those that do not and why, and for unsigned ones the words for whoever reviews. */
function approvals(report: CheckReport): string[] {
  const { used, unsigned, refused } = beliefsOf(report);
  const what = ({ approval }: Belief): string =>
    `${plural(approval.accepts.length, 'thing')} in ${codeSpan(approval.path === '' ? '.' : approval.path, false, 120)} until ${codeSpan(approval.expires, false, 20)}`;
  const said = ({ approval }: Belief): string => `because ${codeSpan(approval.reason, false, 200)}`;
  const list = (title: string, beliefs: readonly Belief[], one: (belief: Belief) => string): string[] =>
    beliefs.map((belief, index) => `${index === 0 ? `#### ${title}\n\n` : ''}- ${one(belief)}`);
  return [
    ...list(
      'For the reviewer: approved in this change, by nobody we can name',
      unsigned,
      (belief) =>
        `${codeSpan(belief.approval.owner, false, 80)} is said to accept ${what(belief)}, ${said(belief)}. Nobody signed that, and whoever wrote the change can have written it. If you accept it, sign it as below, or put it on the target branch first.`,
    ),
    ...list(
      'Approvals that do not count',
      refused,
      (belief) => `${codeSpan(belief.approval.owner, false, 80)}, ${what(belief)}: ${codeSpan(belief.why, false, 300)}`,
    ),
    // One part, so that it is never cut before it is closed.
    ...(used.length === 0
      ? []
      : [
          [
            `\n<details><summary>${plural(used.length, 'approval')} counted</summary>\n`,
            ...used
              .slice(0, 20)
              .map(
                (belief) => `- ${codeSpan(belief.approval.owner, false, 80)}: ${what(belief)}, ${said(belief)} (${standings[belief.standing] ?? ''})`,
              ),
            ...(used.length > 20 ? [`- and ${used.length - 20} more`] : []),
            '\n</details>\n',
          ].join('\n'),
        ]),
  ];
}
const standings: Readonly<Record<string, string>> = { tip: 'on the target branch', signed: 'signed', 'code-owners': 'guarded by code owners' };

function howTo(report: CheckReport): string[] {
  const lines = acceptLines(report);
  if (lines.length === 0 || report.verdict.decision === 'pass') return [];
  const json = wantedJson(report);
  return [
    `#### If this is wanted\n\nWhoever may approve it runs this on the branch and commits \`skills.approved.json\`. It counts if the policy of the target branch names the signer, or guards that file by code owners; else it has to be on the target branch first.\n\n${codeBlock(lines.join('\n'), 'sh')}\n`,
    `<details><summary>What that adds to skills.approved.json</summary>\n\n${codeBlock(json, 'json')}\n${report.wanted.length > 20 ? `\nand ${report.wanted.length - 20} more\n` : ''}\n</details>\n`,
    'If it is not, fix what is named above: each finding says how.',
  ];
}

function footer(report: CheckReport): string {
  const { base, result } = report.repository;
  const against = base === undefined ? '' : ` · against ${codeSpan(base.slice(0, 12), false, 20)}`;
  const merged = result === 'merged' ? ' · the merge with it was checked' : '';
  return `<sub>${scopeOf(report)}${against}${merged} · ${plural(report.rules.count, 'rule')} · policy ${codeSpan(report.policy.name, false, 60)} as of ${codeSpan(report.policy.asOf, false, 12)} · skillward ${codeSpan(report.tool.version, false, 20)}</sub>`;
}
