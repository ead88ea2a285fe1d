/**
 * The work of `skill accept`: runs the check, picks what is asked for, and writes approvals of it into the work tree's skills.approved.json.
 *
 * It promises to ask nothing that an option tells, to write the file whole or not at all, to keep what is in it, and never to accept in passing what blocks: that has to be named. It decides
 * nothing about what an approval is worth; it only says what has to happen for it to count.
 */
import { realpathSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { visible } from '../../../scanner/report/escape.ts';
import { dateOf, UsageError } from '../../options.ts';
import { print, say } from '../../tty.ts';
import { isDay, PLAIN } from '../document.ts';
import { locate } from '../locate.ts';
import { APPROVALS_NAME, type Approval, CheckError, type CheckReport } from '../model.ts';
import type { CheckOptions } from '../run.ts';
import { approvalsFor, type Open, openOf, whyNotNeeded, withApprovals } from './edit.ts';
import { approvalLimits, approvalsText, parseApprovals } from './file.ts';
import { type Judge, judgeAt } from './target.ts';

export interface AcceptOptions {
  readonly all?: boolean;
  readonly id?: readonly string[];
  readonly rule?: readonly string[];
  readonly evidence?: readonly string[];
  readonly block?: boolean;
  readonly reason?: string;
  readonly expires?: string;
  readonly owner?: string;
  readonly sign?: string | boolean;
  readonly dryRun?: boolean;
  readonly list?: boolean;
  readonly prune?: boolean;
  readonly tidy?: boolean;
  readonly base?: string;
  readonly head?: string;
  readonly staged?: boolean;
  readonly present?: boolean;
  readonly policy?: string;
  readonly asOf?: string;
}

/** Longest life of an approval, in days. */
const LONGEST = 366;
const DAY = 86_400_000;

/** @returns the exit code @throws UsageError, CheckError */
export async function acceptChange(paths: readonly string[], options: AcceptOptions): Promise<number> {
  const modes = [options.list && '--list', options.prune && '--prune', options.tidy && '--tidy'].filter((one) => typeof one === 'string');
  if (modes.length > 1) throw new UsageError(`${modes.join(' and ')} contradict each other; give one`);
  if (modes.length > 0 && (paths.length > 0 || options.all === true)) throw new UsageError(`${modes[0]} takes no paths`);
  if (options.staged === true && options.present === true) throw new UsageError('--staged and --present contradict each other; give one');
  if (options.all === true && paths.length > 0) throw new UsageError('--all and paths contradict each other; give one');
  const asOf = dateOf(options.asOf);
  const place = locate(process.cwd());
  if (place.bare) throw new CheckError('This repository has no work tree to write skills.approved.json into. Run this in a clone.');
  const file: ApprovalsFile = { path: join(place.root, APPROVALS_NAME), mutex: join(place.gitDir, 'skillward-accept.lock') };
  if (options.list === true) return list(await readList(file), asOf);
  if (options.tidy === true) {
    const count = await edit(file, options, (old) => old);
    await tell(`${APPROVALS_NAME}: ${plural(count, 'approval')}, in order.`);
    return 0;
  }
  if (options.prune === true) return prune(file, options, asOf);
  return acceptOpen(paths, options, asOf, file, place);
}

const settings = (options: AcceptOptions, asOf: string, mode: CheckOptions['mode']): CheckOptions => ({
  cwd: process.cwd(),
  mode,
  ...(options.base === undefined || mode !== 'change' ? {} : { base: options.base }),
  ...(options.head === undefined || mode === 'staged' ? {} : { head: options.head }),
  ...(options.policy === undefined ? {} : { policy: options.policy }),
  asOf,
});

async function reportOf(options: AcceptOptions, asOf: string, mode: CheckOptions['mode']): Promise<CheckReport | undefined> {
  const { runCheck } = await import('../run.ts');
  return (await runCheck(settings(options, asOf, mode)))?.report;
}

async function acceptOpen(
  paths: readonly string[],
  options: AcceptOptions,
  asOf: string,
  file: ApprovalsFile,
  place: ReturnType<typeof locate>,
): Promise<number> {
  const narrowed =
    options.all === true || paths.length > 0 || options.id !== undefined || options.rule !== undefined || options.evidence !== undefined;
  // What can be told before the work is told before it.
  if (narrowed && (options.reason === undefined || options.expires === undefined))
    throw new UsageError('an approval needs --reason (why it is fine) and --expires (last day it counts, such as 90d or 2027-01-31)');
  const expires = options.expires === undefined ? '' : expiryOf(options.expires, asOf);
  const reason = options.reason === undefined ? '' : wordsOf(options.reason, '--reason', approvalLimits.reason);
  const report = await reportOf(options, asOf, options.staged === true ? 'staged' : options.present === true ? 'all' : 'change');
  const open = report === undefined ? [] : openOf(report);
  if (report === undefined || open.length === 0) {
    await tell('Nothing is held against this change: there is nothing to accept.');
    return 0;
  }
  if (!narrowed) {
    await tell(`Held against this change, and not accepted:\n${open.map(rowOf).join('\n')}`);
    say('nothing was written: name paths, or give --all or --id, with --reason and --expires');
    // A list is what was asked for; an approval of nothing is a mistake.
    return options.reason === undefined && options.expires === undefined ? 0 : 2;
  }
  const chosen = chosenOf(open, paths, options, place.root);
  const passing = chosen.filter(({ issue }) => issue.gate === 'review' || options.block === true || options.id?.includes(issue.id) === true);
  const left = chosen.filter((one) => !passing.includes(one));
  const leave = (): number => {
    if (left.length === 0) return 0;
    say(
      `${plural(left.length, 'thing')} not accepted, because accepting what blocks or could not be read has to be said: name it by --id, or give --block`,
    );
    for (const one of left) say(rowOf(one).trim());
    return 1;
  };
  if (passing.length === 0) return leave();

  const person = options.owner === undefined || options.sign === true ? await (await import('./person.ts')).personHere(place.commonDir) : {};
  const owner = wordsOf(options.owner ?? person.email ?? '', '--owner', approvalLimits.owner);
  const judge = await judgeAt(process.cwd(), report, options.policy);
  const made: Approval[] = [];
  const keys = new Set<string>();
  for (const approval of approvalsFor(passing, { owner, reason, expires })) {
    if (options.sign === undefined || options.sign === false || options.dryRun === true) made.push(approval);
    else {
      const { chooseKey, signApproval } = await import('./sign.ts');
      const signed = await signApproval(approval, await chooseKey(options.sign, person.signingKey, judge, owner));
      made.push(signed.approval);
      keys.add(signed.key);
    }
  }
  if (options.dryRun === true) {
    await print(escaped(approvalsText(made)));
    return leave();
  }
  await edit(file, options, (old) => withApprovals(old, made, judge.approvals).list);
  await tell(
    [
      `${APPROVALS_NAME}: ${plural(made.length, 'approval')} of ${owner} until ${expires}${keys.size > 0 ? ', signed' : ''}`,
      ...passing.map(rowOf),
      ...(passing.some(({ issue }) => issue.gate !== 'review') ? ['Among them is what blocks or could not be read.'] : []),
      await nextStep(made, keys, judge),
    ].join('\n'),
  );
  return leave();
}

/** What has to happen for the approvals to count. */
async function nextStep(made: readonly Approval[], keys: ReadonlySet<string>, { check }: Judge): Promise<string> {
  const [first] = made;
  if (first?.signature === undefined)
    return check?.codeOwners === true
      ? `Next: commit ${APPROVALS_NAME}. It counts once its code owners approve the change, if the target branch's CODEOWNERS names some for it.`
      : `Next: commit ${APPROVALS_NAME}. Unsigned, it counts when it is on the target branch: let a reviewer merge it there first, or sign it with --sign.`;
  const { whyNotSigned } = await import('./signature.ts');
  const why = await whyNotSigned(first, check?.approvers ?? []);
  if (why === undefined)
    return `Next: commit ${APPROVALS_NAME}. It counts for exactly this content: sign again if the skill changes before it is merged.`;
  return `It does not count yet. ${why} The policy on the target branch would have to say:\n  check:\n    approvers:\n${[...keys].map((key) => `      - { owner: ${JSON.stringify(first.owner)}, key: ${JSON.stringify(key)} }`).join('\n')}`;
}

/** What paths and the narrowing options choose. @throws UsageError if one of them chooses nothing */
function chosenOf(open: readonly Open[], paths: readonly string[], options: AcceptOptions, root: string): Open[] {
  const named = paths.map((given) => {
    const at =
      (folder: string) =>
      (one: Open): boolean => {
        const path = relative(root, resolve(folder, given)).split(sep).join('/');
        return path === '' || one.path === path || one.path.startsWith(`${path}/`) || one.issue.place.path === path;
      };
    // Reports name paths from the top of the repository, and people copy them wherever they stand.
    const matches = [at(realpathSync(process.cwd())), at(root)].find((candidate) => open.some(candidate));
    if (matches === undefined)
      throw new UsageError(
        `nothing is held against ${given}; there is something at: ${[...new Set(open.map(({ path: at }) => at || '.'))].slice(0, 20).join(', ')}`,
      );
    return matches;
  });
  for (const id of options.id ?? [])
    if (!open.some(({ issue }) => issue.id === id))
      throw new UsageError(`--id ${id}: nothing with this id is held against the change; skill accept lists what is`);
  const chosen = open.filter(
    (one) =>
      (named.length === 0 || named.some((matches) => matches(one))) &&
      (options.id?.includes(one.issue.id) ?? true) &&
      (options.rule?.includes(one.accepts.rule) ?? true) &&
      (options.evidence?.includes(one.accepts.evidence) ?? true),
  );
  if (chosen.length === 0) throw new UsageError('nothing is held against the change that these paths and options name; skill accept lists what is');
  return chosen;
}

async function prune(file: ApprovalsFile, options: AcceptOptions, asOf: string): Promise<number> {
  if ((await readList(file)).length === 0) {
    await tell(`There is no approval in ${APPROVALS_NAME}.`);
    return 0;
  }
  const reports = [await reportOf(options, asOf, options.staged === true ? 'staged' : 'change'), await reportOf(options, asOf, 'all')].filter(
    (one) => one !== undefined,
  );
  const gone: string[] = [];
  await edit(file, options, (old) =>
    old.filter((approval) => {
      const why = whyNotNeeded(approval, reports, asOf);
      if (why !== undefined) gone.push(oneLine(`  ${approval.path || '.'}  ${approval.owner}: ${why}`));
      return why === undefined;
    }),
  );
  await tell(
    gone.length === 0
      ? 'Every approval is needed.'
      : `${plural(gone.length, 'approval')} ${options.dryRun === true ? 'would go' : 'taken out'}:\n${gone.join('\n')}`,
  );
  return 0;
}

async function list(approvals: readonly Approval[], asOf: string): Promise<number> {
  const rows = approvals
    .flatMap((one) => [
      `${one.path || '.'}  ${one.owner}, ${one.expires < asOf ? `over since ${one.expires}` : `until ${one.expires}`}${one.signature === undefined ? '' : ', signed'}: ${one.reason}`,
      ...one.accepts.map(({ rule, evidence, reach }) => `  ${rule}  ${evidence}  (${reach})`),
    ])
    .map(oneLine);
  await tell(rows.length === 0 ? `There is no approval in ${APPROVALS_NAME}.` : rows.join('\n'));
  return 0;
}

interface ApprovalsFile {
  readonly path: string;
  readonly mutex: string;
}

async function readList({ path }: ApprovalsFile): Promise<Approval[]> {
  const { readSmall } = await import('../../../registry/client/files.ts');
  const found = await readSmall(path, approvalLimits.bytes, false);
  return found === undefined ? [] : parseApprovals(found.text, APPROVALS_NAME, true);
}

/** Reads, changes and writes the file while no other of our processes does. @returns how many approvals it holds */
async function edit(file: ApprovalsFile, options: AcceptOptions, change: (old: Approval[]) => Approval[]): Promise<number> {
  const { withMutex, writeWhole } = await import('../../../registry/client/files.ts');
  return withMutex(file.mutex, async () => {
    const list = change(await readList(file));
    const text = approvalsText(list);
    // What could not be read again is not written.
    parseApprovals(text);
    if (options.dryRun !== true) await writeWhole(file.path, text);
    return list.length;
  });
}

const plural = (many: number, one: string): string => `${many} ${one}${many === 1 ? '' : 's'}`;

/** Lines for a person, made of text from the repository: each line is ours, what stands in it is made visible. */
const tell = (text: string): Promise<void> => print(`${text.split('\n').map(visible).join('\n')}\n`);

const oneLine = (text: string): string => text.replace(/[\r\n\u2028\u2029]+/g, ' ');
const rowOf = ({ path, accepts, issue }: Open): string =>
  oneLine(`  ${path || '.'}  ${issue.gate}  ${accepts.rule}  ${accepts.evidence}  (${accepts.reach})  [${issue.id}]`);

/** JSON that a terminal shows as it is. */
const escaped = (text: string): string =>
  text.replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

function wordsOf(given: string, option: string, most: number): string {
  if (given.trim() === '')
    throw new UsageError(option === '--owner' ? 'who accepts it? Give --owner, or set user.email in git' : `${option} is empty; say something`);
  if (!PLAIN.test(given) || given.length > most)
    throw new UsageError(`${option}: expected at most ${most} plain characters on one line, without control or invisible ones`);
  return given.trim();
}

/** `90d` or `2027-01-31` as a day, from today to a year ahead. @throws UsageError */
export function expiryOf(given: string, asOf: string): string {
  const span = /^(\d{1,4})([dw])$/.exec(given);
  const today = Date.parse(asOf);
  const day = span === null ? given : new Date(today + Number(span[1]) * (span[2] === 'w' ? 7 : 1) * DAY).toISOString().slice(0, 10);
  if (!isDay(day)) throw new UsageError(`--expires ${given}: expected a day such as 2027-01-31, or a span such as 90d or 12w`);
  if (day < asOf) throw new UsageError(`--expires ${given}: ${day} is over already`);
  if (Date.parse(day) - today > LONGEST * DAY)
    throw new UsageError(
      `--expires ${given}: an approval lasts a year at most, until ${new Date(today + LONGEST * DAY).toISOString().slice(0, 10)}; renew it then`,
    );
  return day;
}
