/**
 * What every output of a check asks of the report: which issues count and in which order, which abilities came and went, how to approve. Formats only differ in how they write it.
 *
 * Order is the same everywhere: what stops the change first, then what could not be read, then what a person should look at; within these by severity and place. So that whatever is cut, the worst is shown.
 */

import type { Gate, Severity } from '../../../scanner/model.ts';
import { growthWords, notesOf, shrinkageWords } from '../../../scanner/report/change/words.ts';
import { plural } from '../../../scanner/report/glance.ts';
import type { RuleInfo } from '../../../scanner/report/options.ts';
import type { Links } from '../environment.ts';
import type { Belief, CheckedSkill, CheckReport, Issue } from '../model.ts';

export interface CheckRenderOptions {
  /** Width of the terminal in columns; 100 by default. */
  readonly columns?: number;
  /** Write ANSI colours (terminal only). */
  readonly color?: boolean;
  /** Also what is settled, what was there before, every step, and something when there is nothing to tell. */
  readonly verbose?: boolean;
  /** The verdict only (terminal only). */
  readonly quiet?: boolean;
  /** Where files can be looked at (Markdown). */
  readonly links?: Links;
  /** Longest Markdown, in characters; 60,000 by default, which leaves room below the 65,536 that GitHub takes. */
  readonly most?: number;
  /** Where the whole report is, in words of ours: `the job summary`. */
  readonly whole?: string;
  /** An address of the run, for the same. Only https and http are linked. */
  readonly run?: string;
  /** Rules that ran (SARIF). */
  readonly rules?: readonly RuleInfo[];
}

/** An issue and the skill it is about; none for the repository's own. */
export interface Row {
  readonly issue: Issue;
  readonly skill?: CheckedSkill;
  /** The same at the same place in further skills, which share the file: {@link gathered}. */
  readonly also?: readonly Row[];
}

const GATES: readonly Issue['gate'][] = ['block', 'incomplete', 'review'];
const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** True if the issue is held against the change, or would be by the rules of today. */
export const counts = (issue: Issue): boolean => issue.state === 'new' || issue.state === 'expired' || issue.state === 'rule-changed';

const worst = (a: Row, b: Row): number =>
  GATES.indexOf(a.issue.gate) - GATES.indexOf(b.issue.gate) ||
  SEVERITIES.indexOf(a.issue.severity) - SEVERITIES.indexOf(b.issue.severity) ||
  order(a.issue.place.path, b.issue.place.path) ||
  a.issue.place.line - b.issue.place.line ||
  order(a.issue.id, b.issue.id);

/** Every issue of some states, worst first. */
export function rowsOf(report: CheckReport, wanted: (issue: Issue) => boolean = counts): Row[] {
  const rows: Row[] = report.issues.map((issue) => ({ issue }));
  for (const skill of report.skills) for (const issue of skill.issues) rows.push({ issue, skill });
  return rows.filter(({ issue }) => wanted(issue)).sort(worst);
}

/** Rows of people's formats: what several skills have from one line of a file that they share is told once, with all their names. */
export function gathered(rows: readonly Row[]): Row[] {
  const groups = new Map<string, Row[]>();
  rows.forEach((row, index) => {
    const { id, kind, rule, evidence, reach, gate, state, says, place, belief } = row.issue;
    const key =
      row.skill === undefined || (kind !== 'finding' && kind !== 'growth')
        ? String(index)
        : JSON.stringify([kind, kind === 'finding' ? id : '', rule, evidence, reach, gate, state, says, place, belief?.standing, belief?.why]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  });
  return [...groups.values()].map(([first, ...also]) => (also.length === 0 ? first! : { ...first!, also }));
}

/** Skills that a gathered row is about, for people; empty if it is one. */
export function sharersOf({ skill, also = [] }: Row, most = 6): string[] {
  if (also.length === 0 || skill === undefined) return [];
  const names = [skill, ...also.map((row) => row.skill!)].map(nameOf);
  return names.length > most ? [...names.slice(0, most), `${names.length - most} more`] : names;
}

/** Why something that was there before is asked about: its skill stands elsewhere now. Empty otherwise. */
export const movedFrom = ({ issue, skill }: Row): string =>
  skill?.status === 'moved' && skill.from !== undefined && issue.kind === 'finding' ? skill.from || '.' : '';

/** Ids of a gathered row: of findings one, of abilities one for each skill. */
export const idsOf = ({ issue, also = [] }: Row): string[] => [...new Set([issue, ...also.map((row) => row.issue)].map(({ id }) => id))];

/** What stands in a row of the table of abilities. */
export interface AbilityRow {
  readonly skill: CheckedSkill;
  readonly sign: '+' | '-';
  /** `new`, `more`, `nearer`, `gone`, `less`, `further`. */
  readonly how: string;
  readonly gate: Gate;
  /** `talks to` */
  readonly title: string;
  /** `cdn.example` */
  readonly what: string;
  /** `sends data, POST` */
  readonly notes: string;
  readonly place?: { readonly path: string; readonly line: number };
  readonly says: string;
  /** Held against the change. */
  readonly open: boolean;
}

/** Where a file of a package lies. One that comes from outside of the skill stands in the package below what the two have in common (`../shared/lib.sh` as `shared/lib.sh`). */
function inRepository({ path: folder, shared }: CheckedSkill, inside: string): string {
  if (folder === '') return inside;
  const up = folder.split('/');
  const from = shared.find((path) => {
    const down = path.split('/');
    const apart = down.findIndex((part, index) => index === down.length - 1 || part !== up[index]);
    return down.slice(apart).join('/') === inside;
  });
  return from ?? `${folder}/${inside}`;
}

/** Abilities that came and went, over all touched skills: those that hold the change up first. */
export function abilityRows(report: CheckReport): AbilityRow[] {
  const rows: AbilityRow[] = [];
  for (const skill of report.skills) {
    if (skill.change === undefined) continue;
    const issues = new Map(skill.issues.filter((issue) => issue.kind === 'growth').map((issue) => [issue.evidence, issue]));
    for (const growth of skill.change.capability.grown) {
      const told = growthWords(growth);
      const issue = issues.get(growth.evidence);
      const place = issue?.place ?? (told.place === undefined ? undefined : { path: inRepository(skill, told.place.path), line: told.place.line });
      rows.push({
        skill,
        sign: '+',
        how: told.how,
        gate: issue !== undefined && issue.gate !== 'incomplete' ? issue.gate : growth.gate,
        title: told.title,
        what: told.what,
        notes: notesOf(told),
        ...(place === undefined ? {} : { place: { path: place.path, line: place.line } }),
        says: issue === undefined ? (growth.gate === 'capability' ? 'listed only' : 'settled') : standingOf(issue),
        open: issue !== undefined && counts(issue),
      });
    }
    for (const entry of skill.change.capability.removed) {
      const told = shrinkageWords(entry);
      rows.push({
        skill,
        sign: '-',
        how: told.how,
        gate: 'capability',
        title: told.title,
        what: told.what,
        notes: notesOf(told),
        says: '',
        open: false,
      });
    }
  }
  const weight = (row: AbilityRow): number => (row.open ? (row.gate === 'block' ? 0 : 1) : row.sign === '-' ? 3 : 2);
  return rows.sort((a, b) => weight(a) - weight(b));
}

/** True if the table of abilities says all there is to say of it: an ability that only needs approval. */
export const inTable = ({ issue, skill }: Row): boolean =>
  issue.kind === 'growth' &&
  issue.gate === 'review' &&
  issue.state === 'new' &&
  skill?.change?.capability.grown.some(({ evidence }) => evidence === issue.evidence) === true;

/** How an issue stands, in a few words of ours. */
export function standingOf(issue: Issue): string {
  switch (issue.state) {
    case 'accepted':
      return 'accepted';
    case 'baseline':
      return 'in the baseline';
    case 'older':
      return 'was there before';
    case 'expired':
      return 'approval expired';
    case 'rule-changed':
      return 'the rules changed';
    default:
      if (issue.belief?.standing === 'unsigned') return 'approved in the change itself, unsigned';
      if (issue.belief?.standing === 'bad-signature') return 'approved, but the signature does not count';
      return issue.gate === 'incomplete' ? 'not read' : issue.gate === 'block' ? 'blocks' : 'needs approval';
  }
}

/** Approvals that were believed, and those that were not, each in the order of the report. */
export function beliefsOf(report: CheckReport): {
  readonly used: readonly Belief[];
  readonly unsigned: readonly Belief[];
  readonly refused: readonly Belief[];
} {
  const of = (...standings: Belief['standing'][]): Belief[] => report.approvals.filter((belief) => standings.includes(belief.standing));
  return { used: of('tip', 'signed', 'code-owners'), unsigned: of('unsigned'), refused: of('bad-signature', 'expired') };
}

/** `1 skill changed, 2 added`, or what a full run looked at. */
export function scopeOf(report: CheckReport): string {
  if (report.repository.mode === 'all') return `${plural(report.counts.skills, 'skill')} checked`;
  const count = (status: CheckedSkill['status']): number => report.skills.filter((skill) => skill.status === status).length;
  const parts = (['added', 'changed', 'moved', 'removed'] as const)
    .filter((status) => count(status) > 0)
    .map((status) => `${count(status)} ${status}`);
  return parts.length === 0 ? 'no skill touched' : `${plural(report.counts.touched, 'skill')} touched: ${parts.join(', ')}`;
}

/** What it does and what to do about it, in one line: sentences with one full stop each. */
export const advice = (issue: Issue): string => `${issue.says.replace(/[.\s]{1,20}$/, '')}. ${issue.fix}`;

/** Name of what was vetted, for people. */
export const nameOf = (skill: CheckedSkill): string =>
  skill.kind === 'agent-files' ? 'agent files' : skill.path === '' ? (skill.name === '' ? '.' : skill.name) : skill.path;

/** A path as one word of a POSIX shell, or undefined if it cannot be shown as it is (control or invisible characters). */
export function shellWord(path: string): string | undefined {
  if (!/^[\x20-\x7e]+$/.test(path)) return undefined;
  if (/^[A-Za-z0-9_./][A-Za-z0-9_./-]*$/.test(path)) return path;
  return `${path.startsWith('-') ? './' : ''}'${path.replaceAll("'", "'\\''")}'`.replace(/^\.\/'/, "'./");
}

/** Lines a person types to accept what is wanted. Empty if nothing can be accepted. */
export function acceptLines(report: CheckReport): string[] {
  if (report.wanted.length === 0) return [];
  const paths = [...new Set(report.wanted.map((one) => one.path || '.'))].map(shellWord);
  const known = paths.filter((path) => path !== undefined);
  const which = known.length < paths.length || known.length > 6 ? '--all' : known.join(' ');
  const accepted = new Set(report.wanted.flatMap((one) => one.accepts.map(({ rule, evidence }) => `${one.path}\0${rule}\0${evidence}`)));
  const blocks = rowsOf(report).some(
    ({ issue, skill }) => issue.gate !== 'review' && accepted.has(`${skill?.path ?? issue.place.path}\0${issue.rule}\0${issue.evidence}`),
  );
  // What was looked at is what has to be accepted: the index, or everything there is.
  const { mode } = report.repository;
  const at = mode === 'staged' ? ' --staged' : mode === 'all' ? ' --present' : '';
  return [`skill accept ${which}${at}${blocks ? ' --block' : ''} --reason 'why this is wanted' --expires 90d --sign`];
}

/** JSON in ASCII: what is not is escaped, so that it can be shown anywhere and still read back as the same. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(/[\x7f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** What `skill accept` would write, with holes for what only a person can say. */
export const wantedJson = (report: CheckReport, most = 20): string =>
  asciiJson(report.wanted.slice(0, most).map((one) => ({ ...one, owner: 'you@example.com', reason: 'why this is wanted', expires: 'YYYY-MM-DD' })));
