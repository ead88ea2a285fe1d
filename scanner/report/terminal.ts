/**
 * The report a person reads in a terminal: the verdict first, then what the skill can do, why it was stopped (with the code and the way the data takes), what to do,
 * and what was not read. A summary for several skills shows only those that did not pass.
 *
 * It promises that every piece of text from a skill is visible and stays on its line (escape.ts), that no line is wider than the terminal as far as words allow,
 * and that it says the same without colour.
 */
import { styleText } from 'node:util';
import type { Decision, Report, ReportFinding } from '../model.ts';
import { cut, visible, widthOf, wrap } from './escape.ts';
import { frames, marked, type Paint } from './frame.ts';
import { confidenceWord, glance, plural, reachWord, size } from './glance.ts';
import type { RenderOptions } from './options.ts';
import { coverageOf, findingsOf, merged, placeOf, tally, unreadOf } from './summary.ts';

export type Style = Parameters<typeof styleText>[0];
export type Colour = (style: Style, text: string) => string;

export const COLUMNS = 100;
const LABEL = 13;
/** Longest sentence shown whole. */
const SAYS = 320;
/** Findings of one rule shown in full before the rest is only placed. */
const PER_RULE = 3;

const badge: Readonly<Record<Decision, { readonly word: string; readonly style: Style; readonly tone: Style }>> = {
  pass: { word: 'PASS', style: ['bold', 'black', 'bgGreen'], tone: 'green' },
  review: { word: 'REVIEW', style: ['bold', 'black', 'bgYellow'], tone: 'yellow' },
  block: { word: 'BLOCK', style: ['bold', 'white', 'bgRed'], tone: 'red' },
  incomplete: { word: 'INCOMPLETE', style: ['bold', 'white', 'bgMagenta'], tone: 'magenta' },
};

export const colouring = (on: boolean | undefined): Colour =>
  on === true ? (style, text) => (text === '' ? '' : styleText(style, text, { validateStream: false })) : (_style, text) => text;

const verdictBadge = (decision: Decision, colour: Colour, coloured: boolean): string =>
  colour(badge[decision].style, coloured ? ` ${badge[decision].word} ` : badge[decision].word);

/** Badge, name and what the verdict says: one line where it fits. */
export function verdictLines(
  { decision, says }: { readonly decision: Decision; readonly says: string },
  name: string,
  columns: number,
  coloured: boolean,
): string[] {
  const colour = colouring(coloured);
  const head = `${verdictBadge(decision, colour, coloured)} ${colour('bold', cut(name, 60))}`;
  const room = columns - badge[decision].word.length - 4 - Math.min(60, widthOf(visible(name)));
  if (widthOf(visible(says)) <= room) return [`${head}  ${visible(says)}`];
  return [head, ...wrap(cut(says, SAYS), columns - 2).map((line) => `  ${line}`)];
}

/** One skill. */
export function terminal(report: Report, options: RenderOptions = {}): string {
  const columns = Math.max(40, options.columns ?? COLUMNS);
  const colour = colouring(options.color);
  const out = verdictLines(report.verdict, report.skill.name, columns, options.color === true);
  if (options.quiet === true) return `${out.join('\n')}\n`;

  const origin = visible(report.skill.origin) === visible(report.skill.name) ? '' : `${cut(report.skill.origin, 50)} · `;
  out.push(colour('dim', `  ${origin}${plural(report.skill.files, 'file')}, ${size(report.skill.bytes)} · ${report.skill.digest.slice(0, 19)}`));
  out.push(...capabilities(report, columns, colour));
  out.push(...changes(report, columns, colour));
  const said: Said = { lines: new Set(), fixes: new Set() };
  for (const gate of ['block', 'review'] as const) out.push(...section(report, gate, columns, colour, options.verbose === true, said));
  out.push(...rest(report, columns, colour, options.verbose === true, said));
  out.push(...coverage(report, columns, colour, options.verbose === true));
  return `${out.join('\n')}\n`;
}

export const heading = (text: string, colour: Colour): string[] => ['', colour('bold', text)];

/** `label  a, b, c` with as many items as fit on two lines. */
function items(label: string, texts: readonly { text: string; dynamic: boolean }[], columns: number, colour: Colour, lines = 2): string[] {
  const room = Math.max(20, columns - LABEL - 2);
  const out: string[] = [];
  let line = '';
  let width = 0;
  let index = 0;
  for (; index < texts.length; index++) {
    const { text, dynamic } = texts[index]!;
    const shown = cut(text, Math.min(room, 60));
    const left = texts.length - index - 1;
    const needed = widthOf(shown) + (left > 0 ? 2 : 0);
    const tail = out.length === lines - 1 && left > 0 ? 12 : 0;
    if (width > 0 && width + needed + tail > room) {
      if (out.length === lines - 1) break;
      out.push(line.trimEnd());
      line = '';
      width = 0;
    }
    line += `${dynamic ? colour('yellow', shown) : shown}${left > 0 ? ', ' : ''}`;
    width += needed;
  }
  if (index < texts.length) line += colour('dim', `and ${texts.length - index} more`);
  out.push(line.trimEnd());
  return out.map((one, at) => `  ${colour('cyan', (at === 0 ? label : '').padEnd(LABEL - 1))} ${one}`);
}

function capabilities(report: Report, columns: number, colour: Colour): string[] {
  const rows = glance(report.capability);
  if (rows.length === 0)
    return [...heading('What it can do', colour), colour('dim', '  nothing was found: it runs, reads, writes and contacts nothing')];
  return [...heading('What it can do', colour), ...rows.flatMap((row) => items(row.title, row.items, columns, colour))];
}

function changes(report: Report, columns: number, colour: Colour): string[] {
  if (report.changes === undefined) return [];
  const { against, added, removed } = report.changes;
  const head = heading(`Changed since ${cut(against, columns - 20)}`, colour);
  if (added.length === 0 && removed.length === 0) return [...head, colour('dim', '  the same abilities')];
  const row = (sign: string, style: Style, list: typeof added): string[] =>
    list.map((entry) => {
      const details = Object.entries(entry.details).map(([name, value]) =>
        value === true ? name : `${name} ${Array.isArray(value) ? value.join(' ') : String(value)}`,
      );
      const place = entry.evidence[0];
      const what = cut(`${entry.kind} ${entry.key}${details.length > 0 ? ` (${details.join(', ')})` : ''}`, columns - 30);
      return `  ${colour(style, sign)} ${what}${place && sign === '+' ? colour('dim', `  ${cut(place.path, 40)}:${place.line}`) : ''}`;
    });
  return [...head, ...row('+', 'green', added), ...row('-', 'red', removed)];
}

const GATE_TITLES = { block: 'Why it is blocked', review: 'What a person should look at' } as const;

/** What a report has shown so far, so that the same code and the same advice stand there once. */
export interface Said {
  readonly lines: Set<string>;
  readonly fixes: Set<string>;
}

function section(report: Report, gate: 'block' | 'review', columns: number, colour: Colour, verbose: boolean, said: Said): string[] {
  const found = findingsOf(report, gate);
  const wanted = report.verdict.because.filter((reason) => reason.startsWith('capability:'));
  // Abilities that the policy does not allow stand where they count: with the gate that made the decision.
  const abilities =
    gate === 'block' ? (report.verdict.decision === 'block' && found.length === 0 ? wanted : []) : report.verdict.decision === 'block' ? [] : wanted;
  if (found.length === 0 && abilities.length === 0) return [];
  const out = [...heading(GATE_TITLES[gate], colour), ...findingList(found, columns, colour, verbose, said)];
  if (abilities.length > 0) {
    out.push('', `The policy ${cut(report.policy.name, 40)} does not let these abilities pass by themselves:`);
    for (const reason of abilities.slice(0, verbose ? undefined : 12))
      out.push(`  ${cut(reason.slice('capability:'.length).replace(':', ' '), columns - 4)}`);
    if (abilities.length > 12 && !verbose) out.push(colour('dim', `  and ${abilities.length - 12} more`));
  }
  return out;
}

/** Findings with their frames: the first few of each rule in full, the others by their places. */
export function findingList(found: readonly ReportFinding[], columns: number, colour: Colour, verbose: boolean, said: Said): string[] {
  const out: string[] = [];
  const seen = new Map<string, number>();
  const short: ReportFinding[] = [];
  for (const { one, others } of merged(found, !verbose)) {
    const count = (seen.get(one.rule) ?? 0) + 1;
    seen.set(one.rule, count);
    if (count > PER_RULE && !verbose) short.push(one);
    else out.push('', ...finding(one, others, columns, colour, verbose, said));
  }
  for (const [rule, count] of seen) {
    if (count <= PER_RULE || verbose) continue;
    const places = short.filter((one) => one.rule === rule).map((one) => `${placeOf(one).path}:${placeOf(one).line}`);
    out.push('', `${colour('dim', `${plural(places.length, 'more finding')} of ${rule}:`)} ${cut(places.join(', '), columns - 32)}`);
  }
  return out;
}

function finding(one: ReportFinding, others: readonly ReportFinding[], columns: number, colour: Colour, verbose: boolean, said: Said): string[] {
  const tone: Style = one.gate === 'block' ? 'red' : one.gate === 'review' ? 'yellow' : 'cyan';
  const paint: Paint = {
    dim: (text) => colour('dim', text),
    accent: (text) => colour('blue', text),
    mark: (text) => colour(['bold', tone] as Style, text),
    minor: (text) => colour('cyan', text),
    bold: (text) => colour('bold', text),
  };
  const code = `${one.rule} ${one.slug}`;
  const [first = '', ...more] = wrap(cut(one.says, SAYS), columns - code.length - 2);
  const out = [
    `${colour(['bold', tone] as Style, code)}  ${colour('bold', first)}`,
    ...more.map((line) => `${' '.repeat(code.length + 2)}${colour('bold', line)}`),
  ];
  const lines = marked(one.steps);
  const place = placeOf(one);
  const note = (name: string, text: string): void => {
    const parts = wrap(text, columns - 11);
    out.push(`   ${colour('blue', '=')} ${colour('bold', name.padEnd(4))} ${parts[0]}`, ...parts.slice(1).map((line) => `          ${line}`));
  };
  if (!verbose && lines.every((line) => said.lines.has(line))) {
    out.push(
      `   ${paint.accent('┌─')} ${cut(place.path, columns - 30)}${place.lines.length > 0 ? `:${place.line}:${place.column}` : ''}${paint.dim(', shown above')}`,
    );
    if (one.steps.length > 1) note('way', way(one));
  } else {
    const steps = one.steps.length === 1 ? [{ ...one.steps[0], says: one.steps[0].says === one.says ? '' : one.steps[0].says }] : one.steps;
    out.push(...frames(steps, columns, paint, verbose));
    for (const line of lines) said.lines.add(line);
  }
  if (others.length > 0)
    note(
      'also',
      others
        .slice(0, 3)
        .map((other) => from(other))
        .join('; ') + (others.length > 3 ? `; and ${others.length - 3} more` : ''),
    );
  if (one.unwrapped.length > 0) note('seen', `through ${one.unwrapped.map((layer) => cut(layer, 30)).join(' → ')}`);
  note('note', `${one.severity}, ${confidenceWord[one.confidence]}; ${reachWord[one.reach]}`);
  if (verbose || !said.fixes.has(one.fix)) note('fix', one.fix);
  said.fixes.add(one.fix);
  if (verbose) note('id', one.id);
  return out;
}

/** Where another way to the same place starts. */
const from = (one: ReportFinding): string => `${cut(`${one.steps[0].path}:${one.steps[0].line}`, 40)} ${cut(one.steps[0].says, 70)}`;
/** A trace in one line: its ends, and how much lies between. */
const way = (one: ReportFinding): string =>
  [cut(one.steps[0].says, 80), ...(one.steps.length > 2 ? [plural(one.steps.length - 2, 'step')] : []), cut(placeOf(one).says, 80)].join(' → ');

/** What needs nobody: excepted findings and listed abilities. */
function rest(report: Report, columns: number, colour: Colour, verbose: boolean, said: Said): string[] {
  const out: string[] = [];
  const excepted = report.findings.filter((one) => one.excepted !== undefined);
  if (excepted.length > 0) {
    out.push(...heading('Excepted by the policy', colour));
    for (const one of excepted) {
      out.push(`  ${one.rule} ${one.slug}  ${cut(`${placeOf(one).path}:${placeOf(one).line}`, columns - 36)}`);
      out.push(colour('dim', `    ${cut(`until ${one.excepted!.expires}, ${one.excepted!.owner}: ${one.excepted!.reason}`, columns - 4)}`));
    }
  }
  const listed = findingsOf(report, 'capability');
  if (listed.length === 0) return out;
  if (!verbose)
    return [
      ...out,
      '',
      colour('dim', `${plural(listed.length, 'finding')} of lesser weight; --verbose shows ${listed.length === 1 ? 'it' : 'them'}`),
    ];
  out.push(...heading('Listed only', colour));
  for (const one of listed) out.push('', ...finding(one, [], columns, colour, true, said));
  return out;
}

function coverage(report: Report, columns: number, colour: Colour, verbose: boolean): string[] {
  const count = coverageOf(report);
  const parts = [
    `${count.read} read`,
    ...(count.partial > 0 ? [`${count.partial} in part`] : []),
    ...(count.listed > 0 ? [`${count.listed} listed`] : []),
    ...(count.unread > 0 ? [`${count.unread} not read`] : []),
  ];
  const total = `${plural(report.skill.files, 'file')}: ${parts.join(', ')}`;
  const out = ['', `${colour('dim', `${total} · ${plural(report.rules.count, 'rule')} · policy`)} ${colour('dim', cut(report.policy.name, 40))}`];
  const rows = verbose
    ? report.coverage.ledger.map((row) => ({
        path: row.path,
        says: `${row.status}${row.languages.length > 0 ? ` as ${row.languages.join(', ')}` : ''}${row.why ? `: ${row.why}` : ''}`,
      }))
    : unreadOf(report);
  const shown = verbose ? rows : rows.slice(0, 8);
  for (const row of shown)
    out.push(
      `  ${cut(row.path, 48)}  ${colour(verbose ? 'dim' : 'magenta', cut(row.says, Math.max(30, columns - Math.min(48, widthOf(visible(row.path))) - 4)))}`,
    );
  if (rows.length > shown.length) out.push(colour('dim', `  and ${rows.length - shown.length} more; --verbose shows them`));
  return out;
}

const rank: Readonly<Record<Decision, number>> = { block: 0, incomplete: 1, review: 2, pass: 3 };

/** Several skills: those that did not pass, in their order, then what failed, then totals. */
export function terminalSummary(reports: readonly Report[], options: RenderOptions = {}): string {
  const columns = Math.max(40, options.columns ?? COLUMNS);
  const colour = colouring(options.color);
  const total = tally(reports, options.failures, options.failOn);
  const out: string[] = [];
  const rows = reports.map((report, index) => ({ report, name: options.targets?.[index]?.name ?? report.skill.origin }));
  for (const { report, name } of rows.sort((a, b) => rank[a.report.verdict.decision] - rank[b.report.verdict.decision])) {
    const { decision } = report.verdict;
    if (decision === 'pass' && options.verbose !== true) continue;
    if (options.quiet === true) continue;
    const word = badge[decision].word.padEnd(10);
    out.push(`${colour(['bold', badge[decision].tone] as Style, word)} ${colour('bold', cut(name, columns - 12))}`);
    const found = merged([...findingsOf(report, 'block'), ...(decision === 'block' ? [] : findingsOf(report, 'review'))]).map(({ one }) => one);
    for (const one of found.slice(0, options.verbose === true ? undefined : 3)) {
      const place = placeOf(one);
      const where = cut(`${place.path}:${place.line}`, 36);
      out.push(
        `  ${colour(one.gate === 'block' ? 'red' : 'yellow', one.rule)} ${cut(one.says, Math.max(20, columns - 14 - widthOf(where)))}  ${colour('dim', where)}`,
      );
    }
    const hidden = found.length - 3;
    if (hidden > 0 && options.verbose !== true) out.push(colour('dim', `  and ${hidden} more`));
    const told = new Set(found.map((one) => placeOf(one).path));
    const holes = decision === 'incomplete' ? unreadOf(report).filter((row) => !told.has(row.path)) : [];
    for (const hole of holes.slice(0, 3)) out.push(`  ${colour('dim', cut(`${hole.path}: ${hole.says}`, columns - 2))}`);
    if (holes.length > 3) out.push(colour('dim', `  and ${holes.length - 3} more that were not read`));
    if (decision !== 'pass' && found.length + holes.length === 0) out.push(`  ${colour('dim', cut(report.verdict.says, columns - 2))}`);
  }
  for (const failure of options.failures ?? []) {
    out.push(
      `${colour(['bold', 'magenta'], (failure.kind === 'crash' ? 'ERROR' : 'UNREAD').padEnd(10))} ${colour('bold', cut(failure.name, columns - 12))}`,
      `  ${colour('dim', cut(failure.says, Math.max(200, columns - 2)))}`,
    );
  }
  if (out.length > 0) out.push('');
  const parts = (['block', 'incomplete', 'review', 'pass'] as const).map((decision) =>
    total[decision] > 0 ? colour(badge[decision].tone, `${total[decision]} ${decision}`) : colour('dim', `0 ${decision}`),
  );
  if (total.failed > 0) parts.push(colour('magenta', `${total.failed} unread`));
  out.push(`${colour('bold', plural(total.skills, 'skill'))}: ${parts.join(', ')}`);
  return `${out.join('\n')}\n`;
}
