/**
 * `skill diff`: two versions of a skill to one change, to files and an exit code. Both are read, neither is run. The verdict is on the change: what was wrong before and
 * still is, is not held against it.
 *
 * `/dev/null` stands for no version at all (a new or a removed skill). An empty folder does not: a checkout that failed must not pass as a removal.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { Examined, Skill } from '../../scanner/model.ts';
import type { TextOf } from '../../scanner/report/change/options.ts';
import { dateOf, deliver, isFolder, outputsOf, policyOf, tokenOf, UsageError } from '../options.ts';
import { type OutputPlan, planner } from '../shape.ts';
import { columns, say, wantsColor } from '../tty.ts';

interface DiffOptions {
  readonly policy: string;
  readonly failOn: 'review' | 'block';
  readonly asOf?: string;
  readonly registry?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color?: boolean;
}

const FORMATS = ['terminal', 'json', 'markdown', 'html'] as const;
/** As git and diff name what is not there. */
const NOTHING = '/dev/null';

const AFTER = `
The verdict is on the change, not on either version.

Exit codes:
  0  pass: nothing came that needs a person
  1  block: a finding or an ability came that blocks
  2  usage error, or a version could not be read
  3  review: a finding or an ability came that a person should look at
  4  incomplete: something new could not be read
  5  internal error: a fault of skillward

Examples:
  skill diff ./old ./new
  skill diff .#main:skills/notes skills/notes            a branch and the work tree
  skill diff notes-1.0.0.tgz notes-1.1.0.tgz --format json
  skill diff @acme/notes@1.0.0 @acme/notes@1.1.0 --registry https://skills.acme.example
  skill diff /dev/null ./new                             a new skill: all of it came
  skill diff ./old ./new -f html -o change.html          side by side`;

/** The verb. */
export function diff(run: (code: Promise<number>) => void): Command {
  const { plan, addFormat, addOutput } = planner(FORMATS);
  return new Command('diff')
    .summary('say what changed between two versions of a skill, and what it can do now')
    .description('Compares two versions of a skill: abilities and findings that came and went, with evidence. Runs nothing of either.')
    .argument(
      '<old>',
      'what `skill vet` accepts: folder, SKILL.md, archive, -, git address, repo#ref:folder, @owner/slug@version; /dev/null for none',
    )
    .argument('<new>', 'the same')
    .addOption(new Option('-f, --format <format>', 'may be repeated').choices([...FORMATS]).argParser(addFormat))
    .addOption(new Option('-o, --output <file>', 'write the format before it to a file; FORMAT=FILE names both').argParser(addOutput))
    .option('-p, --policy <preset|file>', 'permissive, balanced, strict, secure, iron, or a YAML file', 'balanced')
    .addOption(new Option('--fail-on <level>', 'block lets review end with 0').choices(['review', 'block']).default('review'))
    .option('--as-of <date>', 'date that exceptions are judged against (default: today)')
    .option('--registry <url>', 'ClawHub-compatible registry for @owner/slug')
    .option('-q, --quiet', 'the verdict only')
    .option('-v, --verbose', 'also findings that went and stayed, every step, every file')
    .option('--no-color', 'no colours (so does NO_COLOR)')
    .addHelpText('after', AFTER)
    .action((before: string, after: string, options: DiffOptions) => run(compareTwo(before, after, options, plan)));
}

async function compareTwo(before: string, after: string, options: DiffOptions, plan: readonly OutputPlan[]): Promise<number> {
  try {
    return await work(before, after, options, plan);
  } catch (error) {
    const { LoadError } = await import('../../scanner/load/index.ts');
    const { PolicyError } = await import('../../scanner/policy/index.ts');
    if (error instanceof UsageError || error instanceof LoadError || error instanceof PolicyError) {
      say(error.message);
      return 2;
    }
    throw error;
  }
}

async function work(before: string, after: string, options: DiffOptions, plan: readonly OutputPlan[]): Promise<number> {
  const outputs = outputsOf(plan, FORMATS);
  const asOf = dateOf(options.asOf);
  if (before.trim() === NOTHING && after.trim() === NOTHING) throw new UsageError(`both versions are ${NOTHING}; give at least one skill`);
  if (before.trim() === '-' && after.trim() === '-')
    throw new UsageError('standard input can be read once; give - for one version and a file for the other');
  for (const given of [before, after]) refuseReport(given);
  const { compare, examine, findSkills, load, loadPolicy, presets, ruleIds } = await import('../../scanner/index.ts');
  const policy = loadPolicy(policyOf(options.policy, presets), ruleIds);
  const registry = options.registry ?? process.env['SKILL_REGISTRY'];
  const token = await tokenOf(registry, [before, after]);
  const source = { ...(registry === undefined ? {} : { registry }), ...(token === undefined || token === '' ? {} : { token }) };

  const read = async (given: string): Promise<{ skill: Skill; examined: Examined } | undefined> => {
    if (given.trim() === NOTHING) return undefined;
    const skill = await loadOne(given, () => load(given, source));
    await hintSkillsBelow(given, skill, findSkills);
    return { skill, examined: await examine(skill, { policy, asOf }) };
  };
  // One after the other: both may want the same registry, and one of them standard input.
  const old = await read(before);
  const now = await read(after);
  const change = compare(old?.examined, now?.examined, { policy, asOf });

  const { exitOf } = await import('../../scanner/report/index.ts');
  const { renderChange } = await import('../../scanner/report/change/index.ts');
  const exitCode = exitOf(change.verdict.decision, options.failOn);
  // Known before anything is written: a reader that goes away in the middle does not turn a block into a success.
  process.exitCode = exitCode;
  for (const output of outputs) {
    const text = await renderChange(output.format, change, {
      columns: output.file === undefined ? columns() : 100,
      color: output.format === 'terminal' && output.file === undefined && wantsColor(options.color),
      quiet: options.quiet === true,
      verbose: options.verbose === true,
      texts: { before: textsOf(old?.skill), after: textsOf(now?.skill) },
    });
    await deliver(output, text);
  }
  return exitCode;
}

/** Loads a version; what is empty is told how to say that there is none. */
async function loadOne(given: string, load: () => Promise<Skill>): Promise<Skill> {
  try {
    return await load();
  } catch (error) {
    const { LoadError } = await import('../../scanner/load/index.ts');
    if (error instanceof LoadError && error.code === 'empty' && given.trim() !== '')
      throw new LoadError('empty', `${error.message} For no version at all (a new or removed skill) write ${NOTHING}.`);
    throw error;
  }
}

/** A folder of skills compared as one skill is probably not what was meant. */
async function hintSkillsBelow(given: string, skill: Skill, findSkills: (folder: string) => Promise<string[]>): Promise<void> {
  if (!isFolder(given) || skill.files.some((file) => /^skills?\.md$/i.test(file.path))) return;
  const below = await findSkills(given);
  if (below.length > 0) say(`no SKILL.md in ${given}, but ${below.length} below it, compared here as one; give the folder of one skill`);
}

/** A report says what a version could do, not what stands in it: too little for a comparison, and too easily taken for a skill of one file. */
function refuseReport(given: string): void {
  if (!given.endsWith('.json') || !existsSync(given) || isFolder(given)) return;
  let handle: number | undefined;
  try {
    handle = openSync(given, 'r');
    const head = Buffer.alloc(256);
    const text = head.toString('utf8', 0, readSync(handle, head, 0, head.length, 0));
    if (/^\s{0,8}\{\s{0,16}"schema":\s?"skillward\./.test(text))
      throw new UsageError(
        `${given} is a report, which does not hold the skill's text; give the version itself (or use: skill vet NEW --against ${given}, which compares abilities)`,
      );
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // Whatever is wrong with it, loading says it better.
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** Texts of a version by path. A text that was too large to read has none, which is not the same as an empty one. */
function textsOf(skill: Skill | undefined): TextOf {
  const files = new Map(
    skill?.files.filter((file) => file.kind === 'text' && (file.text !== '' || file.size === 0)).map((file) => [file.path, file.text]),
  );
  return (path) => files.get(path);
}
