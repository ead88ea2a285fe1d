/**
 * Markdown for comments on pull requests (GitHub flavour): verdict, findings with their trace folded away, capabilities as a table, what was not read.
 *
 * It promises that text of a skill stands only in code spans and fenced blocks that it cannot close: no mention, link, image, HTML, heading or table row of its own.
 * Bounded in length, since comments are (65,536 characters on GitHub).
 */
import type { Confidence, Decision, Reach, Report, ReportFinding, ReportStep, Severity } from '../model.ts';
import { codeBlock, codeSpan, plainWords } from './escape.ts';
import { confidenceWord, glance, plural, reachWord, size } from './glance.ts';
import type { RenderOptions } from './options.ts';
import { coverageOf, findingsOf, merged, placeOf, tally, unreadOf } from './summary.ts';

/** GitHub refuses comments longer than 65,536 characters. */
const LIMIT = 60_000;
export const words: Readonly<Record<Decision, string>> = { pass: 'pass', review: 'needs review', block: 'blocked', incomplete: 'incomplete' };
export const alerts: Readonly<Record<Decision, string>> = { pass: 'TIP', review: 'WARNING', block: 'CAUTION', incomplete: 'IMPORTANT' };

/** A place as Markdown. Whoever makes links of places gives another one; it answers for the escaping. `cell`: inside of a table. */
export type PlaceText = (place: { readonly path: string; readonly line: number; readonly endLine: number }, cell: boolean) => string;
export const placeSpan: PlaceText = (place, cell) => codeSpan(`${place.path}:${place.line}`, cell, 160);

const pathSpan = (finding: ReportFinding): string => placeSpan(placeOf(finding), false);

/** What a finding must have to be written down; a ReportFinding and an Issue of a check fit. */
export interface Told {
  readonly id: string;
  readonly rule: string;
  readonly slug?: string;
  readonly severity: Severity;
  readonly confidence?: Confidence;
  readonly reach: Reach;
  readonly says: string;
  readonly fix: string;
  readonly steps: readonly ReportStep[];
  readonly unwrapped?: readonly string[];
}

/** The steps of a finding, numbered, each with its lines. At most 12. */
export function trace(finding: Told, placeText: PlaceText = placeSpan): string[] {
  return finding.steps.slice(0, 12).flatMap((step, index) => {
    const where = placeText(step, false);
    const line = `${index + 1}. ${codeSpan(step.says || finding.says)} in ${where}`;
    const lines = step.lines.map(
      (text, at) =>
        `${String(step.firstLine + at).padStart(4)} ${step.firstLine + at >= step.line && step.firstLine + at <= step.endLine ? '>' : ' '} ${text.slice(0, 160)}`,
    );
    if (lines.length === 0) return [line];
    return [
      line,
      '',
      codeBlock(lines.join('\n'), 'text')
        .split('\n')
        .map((text) => `   ${text}`)
        .join('\n'),
      '',
    ];
  });
}

/** A finding with its advice, its trace folded away. */
export function findingBlock(
  { one: finding, others }: { readonly one: Told; readonly others: readonly ReportFinding[] },
  placeText: PlaceText = placeSpan,
): string {
  const unwrapped = finding.unwrapped ?? [];
  const layers = unwrapped.length > 0 ? [`Seen through ${unwrapped.map((layer) => codeSpan(layer, false, 40)).join(' → ')}.`] : [];
  const place = finding.steps.at(-1);
  return [
    `#### ${[finding.rule, finding.slug].flatMap((part) => (part === undefined ? [] : [plainWords(part)])).join(' ')}`,
    '',
    `${codeSpan(finding.says)}${place === undefined ? '' : ` at ${placeText(place, false)}`}`,
    '',
    `${[finding.severity, ...(finding.confidence === undefined ? [] : [confidenceWord[finding.confidence]])].join(', ')}; ${reachWord[finding.reach]}. ${layers.join(' ')}`.trimEnd(),
    '',
    `**Fix:** ${plainWords(finding.fix)}`,
    '',
    ...(others.length === 0
      ? []
      : [
          `Also from ${others
            .slice(0, 5)
            .map(({ steps: [first] }) => placeText(first, false))
            .join(', ')}${others.length > 5 ? ` and ${plural(others.length - 5, 'other place')}` : ''}.`,
          '',
        ]),
    `<details><summary>Evidence${finding.steps.length > 1 ? `, ${finding.steps.length} steps` : ''}</summary>`,
    '',
    ...trace(finding, placeText),
    `Finding id: ${codeSpan(finding.id)}`,
    '',
    '</details>',
    '',
  ].join('\n');
}

/** Adds parts while they fit and says how many did not. */
export function fitting(parts: readonly string[], used: number, what: string): string[] {
  const out: string[] = [];
  let length = used;
  for (const part of parts) {
    if (length + part.length > LIMIT) {
      out.push(`_${plural(parts.length - out.length, `more ${what}`)} left out: the comment would be too long._\n`);
      break;
    }
    length += part.length;
    out.push(part);
  }
  return out;
}

/** One skill. */
export function markdown(report: Report): string {
  const { decision, says } = report.verdict;
  const head = [
    `### skillward: ${codeSpan(report.skill.name, false, 80)} ${words[decision]}`,
    '',
    `> [!${alerts[decision]}]`,
    `> ${codeSpan(says)}`,
    '',
  ];
  const rows = glance(report.capability).map((row) => {
    const shown = row.items.slice(0, 12).map((item) => codeSpan(item.text, true, 80));
    return `| ${row.title} | ${shown.join(', ')}${row.items.length > 12 ? ` and ${row.items.length - 12} more` : ''} |`;
  });
  const abilities =
    rows.length === 0 ? ['It runs, reads, writes and contacts nothing that was found.', ''] : ['| It can | |', '|---|---|', ...rows, ''];
  const count = coverageOf(report);
  const unread = unreadOf(report);
  const tail = [
    ...changes(report),
    ...(unread.length > 0
      ? [
          '**Not read completely**',
          '',
          ...unread.slice(0, 10).map((row) => `- ${codeSpan(row.path, false, 160)}: ${codeSpan(row.says)}`),
          ...(unread.length > 10 ? [`- and ${unread.length - 10} more`] : []),
          '',
        ]
      : []),
    `<sub>${plural(report.skill.files, 'file')} (${size(report.skill.bytes)}), ${count.read} read · ${plural(report.rules.count, 'rule')} · policy ${codeSpan(report.policy.name, false, 60)} as of ${report.policy.asOf} · <code>${report.skill.digest}</code> · skillward ${report.tool.version}</sub>`,
    '',
  ];
  const fixed = [...head, ...abilities, ...tail].join('\n').length;
  const sections: string[] = [];
  for (const [gate, title] of [
    ['block', 'Why it is blocked'],
    ['review', 'What a person should look at'],
  ] as const) {
    const found = findingsOf(report, gate);
    if (found.length === 0) continue;
    sections.push(
      `### ${title}\n`,
      ...fitting(
        merged(found).map((group) => findingBlock(group)),
        fixed + sections.join('\n').length,
        'finding',
      ),
    );
  }
  const wanted = decision === 'pass' ? [] : report.verdict.because.filter((reason) => reason.startsWith('capability:'));
  if (wanted.length > 0)
    sections.push(
      '**Abilities that the policy does not let pass by themselves**\n',
      ...wanted.slice(0, 20).map((reason) => `- ${codeSpan(reason.slice('capability:'.length), false, 120)}`),
      '',
    );
  const excepted = report.findings.filter((finding) => finding.excepted !== undefined);
  if (excepted.length > 0)
    sections.push(
      '**Excepted by the policy**\n',
      ...excepted
        .slice(0, 20)
        .map(
          (finding) =>
            `- ${finding.rule} at ${pathSpan(finding)}: ${codeSpan(`${finding.excepted!.reason} (${finding.excepted!.owner}, until ${finding.excepted!.expires})`)}`,
        ),
      '',
    );
  return [...head, ...sections, ...abilities, ...tail].join('\n');
}

function changes(report: Report): string[] {
  if (report.changes === undefined) return [];
  const { against, added, removed } = report.changes;
  const row = (sign: string, list: typeof added): string[] =>
    list.slice(0, 30).map((entry) => `- ${sign} ${entry.kind} ${codeSpan(entry.key, false, 120)}`);
  return [
    `**Changed since** ${codeSpan(against, false, 120)}`,
    '',
    ...(added.length + removed.length === 0 ? ['- the same abilities'] : [...row('added', added), ...row('removed', removed)]),
    '',
  ];
}

/** Several skills: one table. */
export function markdownSummary(reports: readonly Report[], options: RenderOptions = {}): string {
  const total = tally(reports, options.failures, options.failOn);
  const parts = (['block', 'incomplete', 'review', 'pass'] as const)
    .filter((decision) => total[decision] > 0)
    .map((decision) => `${total[decision]} ${words[decision]}`);
  const head = [
    `### skillward: ${plural(total.skills, 'skill')}`,
    '',
    `${[...parts, ...(total.failed > 0 ? [`${total.failed} unread`] : [])].join(', ') || 'nothing to scan'}`,
    '',
  ];
  const rows = reports.flatMap((report, index) => {
    if (report.verdict.decision === 'pass' && options.verbose !== true) return [];
    const found = [...findingsOf(report, 'block'), ...findingsOf(report, 'review')];
    const [first] = found;
    const why = first
      ? `${first.rule} ${codeSpan(first.says, true, 120)}${found.length > 1 ? ` and ${found.length - 1} more` : ''}`
      : codeSpan(report.verdict.says, true, 160);
    return [`| **${words[report.verdict.decision]}** | ${codeSpan(options.targets?.[index]?.name ?? report.skill.origin, true, 120)} | ${why} |\n`];
  });
  for (const failure of options.failures ?? [])
    rows.push(
      `| **${failure.kind === 'crash' ? 'error' : 'unread'}** | ${codeSpan(failure.name, true, 120)} | ${codeSpan(failure.says, true, 200)} |\n`,
    );
  if (rows.length === 0) return `${head.join('\n')}\n`;
  const shown = fitting(rows, 500, 'skill');
  return `${[...head, '| Verdict | Skill | Why |', '|---|---|---|', ''].join('\n')}${shown.join('').replace(/\n_/, '\n\n_')}`;
}
