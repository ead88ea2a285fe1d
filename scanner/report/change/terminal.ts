/**
 * A change for a person at a terminal: the verdict first, then what the skill can do now and could not before, why the change is held up (with the code and the way the
 * data takes), what the skill tells the agent now, packages, files, and what was not read.
 *
 * It promises what ../terminal.ts promises: every piece of text from a skill is visible and stays on its line, and it says the same without colour.
 */
import type { Change, FileChange, Instruction, ReportFinding } from '../../model.ts';
import { cut, visible, widthOf } from '../escape.ts';
import { plural, reachWord } from '../glance.ts';
import { merged, placeOf } from '../summary.ts';
import { COLUMNS, type Colour, colouring, findingList, heading, type Said, type Style, verdictLines } from '../terminal.ts';
import type { ChangeOptions } from './options.ts';
import { byGate, fileSign, filesOf, gateWord, growthWords, nameOf, notesOf, pinWords, shrinkageWords, sidesOf } from './words.ts';

const LABEL = 12;
const SHORT = 12;
const TONE: Readonly<Record<'block' | 'review' | 'capability', Style>> = { block: 'red', review: 'yellow', capability: 'dim' };
const plain: Colour = (_style, text) => text;

/** The first rows, and how many more there are. */
const few = (rows: readonly string[], most: number, colour: Colour): string[] =>
  rows.length <= most + 1 ? [...rows] : [...rows.slice(0, most), colour('dim', `  and ${rows.length - most} more; --verbose shows them`)];

/**
 * Abilities that came, one line each, what holds the change up first: `+ talks to    api.example (POST)  run.sh:3  review`. Nothing if none came.
 * @param most lines at most, before one that counts the rest
 */
export function growthLines(change: Change, columns = COLUMNS, colour: Colour = plain, most = Number.MAX_SAFE_INTEGER): string[] {
  const rows = byGate(change.capability.grown).map((growth) => {
    const told = growthWords(growth);
    const tail = [
      ...(told.place === undefined ? [] : [colour('dim', cut(`${told.place.path}:${told.place.line}`, 36))]),
      ...(told.gate === 'capability' ? [] : [colour(TONE[told.gate], gateWord[told.gate])]),
    ];
    const taken = told.place === undefined ? 0 : Math.min(36, widthOf(visible(`${told.place.path}:${told.place.line}`)));
    const notes = [...(told.how === 'more' ? ['more'] : []), notesOf(told)].filter((part) => part !== '').join(': ');
    const text = cut(`${told.what}${notes === '' ? '' : ` (${notes})`}`, Math.max(24, columns - LABEL - 4 - taken - 10));
    return `  ${colour('green', '+')} ${colour('cyan', told.title.padEnd(LABEL))} ${[told.dynamic ? colour('yellow', text) : text, ...tail].join('  ')}`;
  });
  return few(rows, most, colour);
}

/** Abilities that went, one line each. */
export function shrinkageLines(change: Change, columns = COLUMNS, colour: Colour = plain, most = Number.MAX_SAFE_INTEGER): string[] {
  const rows = change.capability.removed.map((entry) => {
    const told = shrinkageWords(entry);
    const notes = [...(told.how === 'gone' ? [] : [told.how]), notesOf(told)].filter((part) => part !== '').join(': ');
    return `  ${colour('red', '-')} ${colour('cyan', told.title.padEnd(LABEL))} ${cut(`${told.what}${notes === '' ? '' : ` (${notes})`}`, columns - LABEL - 6)}`;
  });
  return few(rows, most, colour);
}

/** One change. */
export function terminal(change: Change, options: ChangeOptions = {}): string {
  const columns = Math.max(40, options.columns ?? COLUMNS);
  const colour = colouring(options.color);
  const verbose = options.verbose === true;
  const most = verbose ? Number.MAX_SAFE_INTEGER : SHORT;
  const out = verdictLines(change.verdict, nameOf(change), columns, options.color === true);
  if (options.quiet === true) return `${out.join('\n')}\n`;

  const digests = [change.before, change.after].map((side) => (side === null ? 'nothing' : side.digest.slice(0, 19)));
  out.push(
    colour('dim', `  ${cut(sidesOf(change), columns - 2)}`),
    colour('dim', `  ${filesOf(change)}${digests[0] === digests[1] ? '' : ` · ${digests.join(' → ')}`}`),
  );
  const grown = growthLines(change, columns, colour, verbose ? most : 30);
  const gone = shrinkageLines(change, columns, colour, most);
  if (grown.length > 0) out.push(...heading('What it can do now and could not before', colour), ...grown);
  if (gone.length > 0) out.push(...heading('What it can no longer do', colour), ...gone);
  if (grown.length + gone.length === 0) out.push(...heading('The same abilities', colour));

  const said: Said = { lines: new Set(), fixes: new Set() };
  const appeared = (gate: ReportFinding['gate']): ReportFinding[] =>
    change.findings.appeared.filter((finding) => finding.gate === gate && finding.excepted === undefined);
  for (const [gate, title] of [
    ['block', 'New: why the change is blocked'],
    ['review', 'New: what a person should look at'],
  ] as const) {
    const found = appeared(gate);
    if (found.length > 0) out.push(...heading(title, colour), ...findingList(found, columns, colour, verbose, said));
  }
  const listed = appeared('capability');
  if (verbose && listed.length > 0) out.push(...heading('New, listed only', colour), ...findingList(listed, columns, colour, true, said));
  out.push(...others(change, listed.length, columns, colour, verbose));
  out.push(...instructions(change, columns, colour, most), ...pins(change, columns, colour, most), ...unread(change, columns, colour, most));
  out.push(...files(change, columns, colour, most));
  out.push(
    '',
    `${colour('dim', `${plural(change.rules.count, 'rule')} · policy`)} ${colour('dim', cut(change.policy.name, 40))} ${colour('dim', `as of ${change.policy.asOf}`)}`,
  );
  return `${out.join('\n')}\n`;
}

const line = (one: ReportFinding, columns: number): string => {
  const place = placeOf(one);
  const where = cut(`${place.path}:${place.line}`, 36);
  return `${one.rule} ${cut(one.says, Math.max(20, columns - 14 - widthOf(where)))}  ${where}`;
};

/** Findings that hold nothing up: excepted, gone, and there before. Counted; `--verbose` lists them. */
function others(change: Change, listed: number, columns: number, colour: Colour, verbose: boolean): string[] {
  const out: string[] = [];
  const excepted = change.findings.appeared.filter((finding) => finding.excepted !== undefined);
  if (excepted.length > 0) {
    out.push(...heading('New, excepted by the policy', colour));
    for (const one of excepted) {
      out.push(`  ${line(one, columns - 2)}`);
      out.push(colour('dim', `    ${cut(`until ${one.excepted!.expires}, ${one.excepted!.owner}: ${one.excepted!.reason}`, columns - 4)}`));
    }
  }
  const { went, stayed } = change.findings;
  if (verbose) {
    for (const [found, title] of [
      [went, 'Findings that went'],
      [stayed, 'Findings that stayed'],
    ] as const)
      if (found.length > 0) out.push(...heading(title, colour), ...merged(found).map(({ one }) => `  ${line(one, columns - 2)}`));
    return out;
  }
  const parts = [
    ...(listed > 0 ? [`${listed} of lesser weight appeared`] : []),
    ...(went.length > 0 ? [`${went.length} went`] : []),
    ...(stayed.length > 0 ? [`${stayed.length} stayed`] : []),
  ];
  if (parts.length > 0) out.push('', colour('dim', `Findings: ${parts.join(', ')}; --verbose lists them`));
  return out;
}

function instructions(change: Change, columns: number, colour: Colour, most: number): string[] {
  const { added, removed } = change.instructions;
  if (added.length + removed.length === 0) return [];
  const row = (sign: string, style: Style, one: Instruction): string => {
    const where = cut(`${one.place.path}:${one.place.line}`, 36);
    const reach = one.reach === 'instructed' ? '' : ` (${reachWord[one.reach]})`;
    return `  ${colour(style, sign)} ${cut(`${one.clause}${reach}`, Math.max(24, columns - 8 - widthOf(where)))}  ${colour('dim', where)}`;
  };
  return [
    ...heading('What it tells the agent', colour),
    ...few(
      added.map((one) => row('+', 'green', one)),
      most,
      colour,
    ),
    ...few(
      removed.map((one) => row('-', 'red', one)),
      most,
      colour,
    ),
  ];
}

function pins(change: Change, columns: number, colour: Colour, most: number): string[] {
  if (change.pins.length === 0) return [];
  const rows = change.pins.map((pin) => {
    const name = cut(pin.name, 48);
    return `  ${colour(pin.how === 'unpinned' ? 'yellow' : 'dim', { added: '+', removed: '-', changed: '~', unpinned: '!', pinned: '=' }[pin.how])} ${name}  ${cut(pinWords(pin), Math.max(24, columns - 6 - widthOf(name)))}`;
  });
  return [...heading('Packages', colour), ...few(rows, most, colour)];
}

function unread(change: Change, columns: number, colour: Colour, most: number): string[] {
  if (change.unread.length === 0) return [];
  const rows = change.unread.map((row) => {
    const path = cut(row.path, 48);
    return `  ${path}  ${colour('magenta', cut(row.says, Math.max(30, columns - widthOf(path) - 4)))}`;
  });
  return [...heading('Not read completely, and not so before', colour), ...few(rows, most, colour)];
}

function files(change: Change, columns: number, colour: Colour, most: number): string[] {
  const style: Readonly<Record<FileChange['how'], Style>> = { added: 'green', removed: 'red', changed: 'yellow', moved: 'cyan' };
  const rows = change.files.changes.map(
    (file) =>
      `  ${colour(style[file.how], fileSign[file.how])} ${cut(file.from === undefined ? file.path : `${file.path}, was ${file.from}`, columns - 4)}`,
  );
  return rows.length === 0 ? [] : [...heading('Files', colour), ...few(rows, most, colour)];
}
