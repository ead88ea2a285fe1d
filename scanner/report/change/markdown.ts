/**
 * A change as Markdown for comments (GitHub flavour): verdict, table of abilities that came and went, findings with their traces folded away, what the skill tells
 * the agent now, packages, files. The pieces are exported: the check of pull requests writes them for several skills.
 *
 * It promises what ../markdown.ts promises: text of a skill stands only in code spans and fenced blocks that it cannot close. Bounded in length; what is left out is counted.
 */
import type { Change, FileChange, ReportFinding } from '../../model.ts';
import { codeSpan, plainWords } from '../escape.ts';
import { plural, reachWord } from '../glance.ts';
import { alerts, findingBlock, fitting, type PlaceText, placeSpan, type Told, words } from '../markdown.ts';
import { merged } from '../summary.ts';
import { byGate, filesOf, growthWords, nameOf, notesOf, pinWords, shrinkageWords, sidesOf } from './words.ts';

export type { PlaceText, Told } from '../markdown.ts';

const ROWS = 40;
const LINES = 15;
const FILES = 40;

export interface TableOptions {
  /** How a place is written, for links; a code span by default. */
  readonly place?: PlaceText;
  /** Name of the skill: the first column, where one table speaks of several skills. */
  readonly skill?: string;
  /** Rows at most, before a row that counts the rest; 40 by default. */
  readonly most?: number;
}

/** Head of the table of abilities. @param skills with a first column for the skill */
export const capabilityHead = (skills = false): string[] =>
  skills ? ['| Skill | Change | Ability | Where |', '|---|---|---|---|'] : ['| Change | Ability | Where |', '|---|---|---|'];

const HELD = { block: '**blocks**', review: 'review', capability: '' } as const;

/** Rows of the table of abilities, without its head; nothing if none came or went. What holds the change up comes first, what went last. */
export function capabilityRows(change: Change, options: TableOptions = {}): string[] {
  const place = options.place ?? placeSpan;
  const most = options.most ?? ROWS;
  const first = options.skill === undefined ? '' : `| ${codeSpan(options.skill, true, 80)} `;
  const text = (title: string, what: string, notes: string): string =>
    `${title} ${codeSpan(what, true, 120)}${notes === '' ? '' : ` ${codeSpan(notes, true, 160)}`}`;
  const rows = [
    ...byGate(change.capability.grown).map((growth) => {
      const told = growthWords(growth);
      const held = HELD[told.gate] === '' ? '' : `, ${HELD[told.gate]}`;
      return `${first}| **+** ${told.how}${held} | ${text(told.title, told.what, notesOf(told))} | ${told.place === undefined ? '' : place(told.place, true)} |`;
    }),
    ...change.capability.removed.map((entry) => {
      const told = shrinkageWords(entry);
      return `${first}| − ${told.how} | ${text(told.title, told.what, notesOf(told))} | |`;
    }),
  ];
  if (rows.length <= most) return rows;
  return [...rows.slice(0, most), `${first}| | and ${rows.length - most} more | |`];
}

/** The table of abilities that came and went; nothing if there is none. */
export function capabilityTable(change: Change, options: TableOptions = {}): string[] {
  const rows = capabilityRows(change, options);
  return rows.length === 0 ? [] : [...capabilityHead(options.skill !== undefined), ...rows];
}

/** One finding: what it says, where, what to do, and its trace in a folded part. @param place how places are written */
export const findingDetails = (finding: Told, place: PlaceText = placeSpan): string => findingBlock({ one: finding, others: [] }, place);

/** What the skill tells the agent (or the person) now and did not before, and what it no longer tells; folded. */
export function instructionLines(change: Change, place: PlaceText = placeSpan, most = LINES): string[] {
  const { added, removed } = change.instructions;
  if (added.length + removed.length === 0) return [];
  const list = (sign: string, all: typeof added): string[] => [
    ...all.slice(0, most).map((one) => `- ${sign} ${codeSpan(one.clause)} in ${place(one.place, false)}; ${reachWord[one.reach]}`),
    ...(all.length > most ? [`- ${sign} and ${all.length - most} more`] : []),
  ];
  const parts = [
    ...(added.length > 0 ? [`${plural(added.length, 'instruction')} added`] : []),
    ...(removed.length > 0 ? [`${removed.length} removed`] : []),
  ];
  return [`<details><summary>${parts.join(', ')}</summary>`, '', ...list('**+**', added), ...list('−', removed), '', '</details>', ''];
}

/** Packages, actions and images whose version or pin differs. */
export function pinLines(change: Change, place: PlaceText = placeSpan, most = LINES): string[] {
  const { pins } = change;
  if (pins.length === 0) return [];
  return [
    `**Packages**`,
    '',
    ...pins
      .slice(0, most)
      .map(
        (pin) => `- ${codeSpan(pin.name, false, 120)}: ${codeSpan(pinWords(pin))}${pin.place === undefined ? '' : ` in ${place(pin.place, false)}`}`,
      ),
    ...(pins.length > most ? [`- and ${pins.length - most} more`] : []),
    '',
  ];
}

const FILE: Readonly<Record<FileChange['how'], string>> = { added: '**+**', removed: '−', changed: '~', moved: '→' };

function fileLines(change: Change): string[] {
  const all = change.files.changes;
  if (all.length === 0) return [];
  return [
    `<details><summary>Files: ${filesOf(change)}</summary>`,
    '',
    ...all
      .slice(0, FILES)
      .map(
        (file) =>
          `- ${FILE[file.how]} ${codeSpan(file.path, false, 200)}${file.from === undefined ? '' : ` from ${codeSpan(file.from, false, 200)}`}`,
      ),
    ...(all.length > FILES ? [`- and ${all.length - FILES} more`] : []),
    '',
    '</details>',
    '',
  ];
}

/** What could not be read and was read before, or is new. */
export function unreadLines(change: Change, most = LINES): string[] {
  const { unread } = change;
  if (unread.length === 0) return [];
  return [
    '**Not read completely**',
    '',
    ...unread.slice(0, most).map((row) => `- ${codeSpan(row.path, false, 160)}: ${codeSpan(row.says)}`),
    ...(unread.length > most ? [`- and ${unread.length - most} more`] : []),
    '',
  ];
}

/** Findings that appeared and that no exception covers, by what they may do alone. */
export const appeared = (change: Change, gate: ReportFinding['gate']): readonly ReportFinding[] =>
  change.findings.appeared.filter((finding) => finding.gate === gate && finding.excepted === undefined);

/** One change. */
export function markdown(change: Change): string {
  const { decision, says } = change.verdict;
  const head = [
    `### skillward: change of ${codeSpan(nameOf(change), false, 80)} ${words[decision]}`,
    '',
    `> [!${alerts[decision]}]`,
    `> ${codeSpan(says)}`,
    '',
  ];
  const table = capabilityTable(change);
  const abilities = table.length === 0 ? ['The same abilities.', ''] : [...table, ''];
  const { went, stayed } = change.findings;
  const excepted = change.findings.appeared.filter((finding) => finding.excepted !== undefined).length;
  const listed = appeared(change, 'capability').length;
  const counts = [
    ...(listed > 0 ? [`${listed} of lesser weight appeared`] : []),
    ...(excepted > 0 ? [`${excepted} appeared and ${excepted === 1 ? 'is' : 'are'} excepted by the policy`] : []),
    ...(went.length > 0 ? [`${went.length} went`] : []),
    ...(stayed.length > 0 ? [`${stayed.length} stayed`] : []),
  ];
  const tail = [
    ...(counts.length > 0 ? [`Other findings: ${counts.join(', ')}.`, ''] : []),
    ...pinLines(change),
    ...instructionLines(change),
    ...unreadLines(change),
    ...fileLines(change),
    `<sub>${codeSpan(sidesOf(change), false, 200)} · ${plural(change.rules.count, 'rule')} · policy ${codeSpan(change.policy.name, false, 60)} as of ${plainWords(change.policy.asOf)}${change.after === null ? '' : ` · ${codeSpan(change.after.digest)}`} · skillward ${plainWords(change.tool.version)}</sub>`,
    '',
  ];
  const fixed = [...head, ...abilities, ...tail].join('\n').length;
  const sections: string[] = [];
  for (const [gate, title] of [
    ['block', 'New findings that block'],
    ['review', 'New findings for a person'],
  ] as const) {
    const found = appeared(change, gate);
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
  return [...head, ...abilities, ...sections, ...tail].join('\n');
}
