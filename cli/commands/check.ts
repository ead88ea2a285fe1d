/** `skill check`: what a branch or pull request touches is vetted and compared; says nothing when there is nothing to say. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { Checked, CheckOptions } from '../check/run.ts';
import { type OutputPlan, planner } from '../shape.ts';

const FORMATS = ['terminal', 'json', 'markdown', 'sarif', 'gitlab', 'line', 'rdjson', 'github'] as const;
export type CheckFormat = (typeof FORMATS)[number];

interface Raw {
  readonly base?: string;
  readonly head?: string;
  readonly all?: boolean;
  readonly staged?: boolean;
  readonly baseline?: boolean;
  readonly renew?: boolean;
  readonly owner?: string;
  readonly reason?: string;
  readonly expires?: string;
  readonly policy?: string;
  readonly asOf?: string;
  readonly warnOnly?: boolean;
  readonly failOn: 'review' | 'block';
  readonly cache: string | boolean;
  readonly readOnlyCache?: boolean;
  readonly jobs?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color?: boolean;
}

export function check(run: (code: Promise<number>) => void): Command {
  const { plan, addFormat, addOutput } = planner(FORMATS);
  return new Command('check')
    .summary('vet the skills that a branch or pull request touches')
    .description(
      'Compares what a change makes of every skill it touches, and of what agents load from the repository unasked, with the target branch: new findings, new abilities, changes of what the check itself obeys. The policy, approvals and baseline of the target branch judge. Says nothing when nothing is to be said. Reads git objects only; never runs, imports, fetches or checks out.',
    )
    .option('--base <ref>', 'tip of the target branch (default: what the CI says, else origin/HEAD, main or master)')
    .option('--head <ref>', 'the change (default: what the CI says, else HEAD); the result of its merge is vetted')
    .option('--staged', 'what is staged, against HEAD: for a git hook')
    .option('--all', 'every skill at the head, against the baseline: for a scheduled run')
    .option('--baseline', 'record what is found today in skills.baseline.json, so that only new findings fail a full run; again: drop what is gone')
    .option('--renew', 'with --baseline: record anew, also what came since')
    .option('--owner <who>', 'with --baseline: who answers for findings that block')
    .option('--reason <text>', 'with --baseline: why they stay')
    .option('--expires <date>', 'with --baseline: last day they may')
    .option('-p, --policy <preset|file>', "instead of the target branch's skills.policy.yaml; a file of the repository is read on the target branch")
    .option('--as-of <date>', 'date that exceptions and approvals are judged against (default: today)')
    .option('--warn-only', 'end with 0 whatever is found, for adopting')
    .addOption(new Option('--fail-on <level>', 'block lets what a person should look at end with 0').choices(['review', 'block']).default('review'))
    .option('--cache <folder>', 'where results are remembered (default: $XDG_CACHE_HOME/skillward/check)')
    .option('--no-cache', 'remember nothing')
    .option('--read-only-cache', 'use the cache, write nothing into it (the default for pull requests in CI)')
    .addOption(
      new Option(
        '-f, --format <format>',
        'terminal, json, markdown (the comment), sarif, gitlab (code quality), line and rdjson (reviewdog), github; may be repeated',
      )
        .choices(FORMATS)
        .argParser(addFormat),
    )
    .addOption(new Option('-o, --output <file>', 'write the format before it to a file; FORMAT=FILE names both').argParser(addOutput))
    .option('-j, --jobs <n>', 'threads for many skills')
    .option('-q, --quiet', 'the verdict only')
    .option('-v, --verbose', 'also what is settled, and that there was nothing to say')
    .option('--no-color', 'no colours (so does NO_COLOR)')
    .addHelpText(
      'after',
      `
Exit codes:
  0  pass: nothing new is held against the change (and nothing is printed)
  1  block: a new finding or ability blocks
  2  usage error, or a repository that cannot be judged (conflict, missing base)
  3  review: a person should look; also when all there is was accepted in the change itself, unsigned
  4  incomplete: something that was touched could not be read
  5  internal error: a fault of skillward

Examples:
  skill check                                     this branch against origin/HEAD
  skill check --base origin/main --head feature
  skill check --staged                            as .git/hooks/pre-commit
  skill check --all --format json -o full.json    a scheduled full run
  skill check --baseline                          adopt on an existing repository
  skill check --format markdown -o comment.md --format sarif -o check.sarif`,
    )
    .action((raw: Raw) => run(start(raw, plan)));
}

async function start(raw: Raw, plan: readonly OutputPlan[]): Promise<number> {
  const { UsageError } = await import('../options.ts');
  const { say } = await import('../tty.ts');
  try {
    return await checked(raw, plan);
  } catch (error) {
    const known = ['CheckError', 'PolicyError', 'LoadError'];
    if (!(error instanceof UsageError) && !known.includes((error as Error).name)) throw error;
    say((error as Error).message);
    return 2;
  }
}

async function checked(raw: Raw, plan: readonly OutputPlan[]): Promise<number> {
  const { dateOf, deliver, jobsOf, meant, outputsOf, UsageError } = await import('../options.ts');
  const { columns, say, wantsColor } = await import('../tty.ts');
  const outputs = outputsOf<CheckFormat>(plan, FORMATS);
  const modes = [raw.staged === true && '--staged', raw.all === true && '--all', raw.baseline === true && '--baseline'].filter(
    (one) => one !== false,
  );
  if (modes.length > 1) throw new UsageError(`${modes.join(' and ')} contradict each other; give one`);
  if (raw.staged === true && (raw.base ?? raw.head) !== undefined)
    throw new UsageError('--staged compares the index with HEAD; --base and --head have no meaning with it');
  if ((raw.all === true || raw.baseline === true) && raw.base !== undefined)
    throw new UsageError(`${modes[0]} looks at everything at the head; --base has no meaning with it`);
  for (const name of ['owner', 'reason', 'expires', 'renew'] as const)
    if (raw[name] !== undefined && raw.baseline !== true)
      throw new UsageError(`--${name} belongs to --baseline; to accept single findings: skill accept`);

  if (raw.policy !== undefined) {
    const { presets } = await import('../../scanner/policy/presets.ts');
    // Found out also when nothing was touched: a mistyped name must not wait for the first change that it would judge.
    if (/^[\w-]+$/.test(raw.policy) && !(presets as readonly string[]).includes(raw.policy) && !existsSync(raw.policy))
      throw new UsageError(`--policy ${raw.policy}: no such file, and the presets are ${presets.join(', ')}${meant(raw.policy, presets)}`);
  }
  const explicit = modes.length > 0 || raw.base !== undefined || raw.head !== undefined;
  const { fromEnvironment } = await import('../check/environment.ts');
  const around = fromEnvironment(process.env, readText);
  if (!explicit) for (const note of around.notes) say(note);
  if (!explicit && around.mode === 'none') return 0;
  if (!explicit && around.ci !== undefined && around.ci !== 'other' && around.mode === undefined) return 2;
  const full = raw.all === true || raw.baseline === true || (!explicit && around.mode === 'all');
  const { cacheFolder } = await import('../check/cache.ts');
  const settings: CheckOptions = {
    cwd: process.cwd(),
    mode: raw.staged === true ? 'staged' : full ? 'all' : 'change',
    ...(raw.base === undefined ? {} : { base: raw.base }),
    ...(raw.head === undefined ? {} : { head: raw.head }),
    ...(raw.policy === undefined ? {} : { policy: raw.policy }),
    asOf: dateOf(raw.asOf),
    ...(raw.cache === false
      ? {}
      : {
          cache: {
            folder: typeof raw.cache === 'string' ? raw.cache : cacheFolder(process.env),
            writes: raw.readOnlyCache !== true && around.mayWriteCache,
            optional: typeof raw.cache !== 'string',
          },
        }),
    warnOnly: raw.warnOnly === true,
    failOn: raw.failOn,
    ...(raw.jobs === undefined ? {} : { jobs: jobsOf(raw.jobs)! }),
    ...(explicit ? {} : { around }),
    quick: raw.verbose !== true && raw.baseline !== true && outputs.every(({ format }) => format === 'terminal'),
  };
  const { runCheck } = await import('../check/run.ts');
  const result = await runCheck(settings);
  if (result === undefined) {
    for (const output of outputs) if (output.file !== undefined) await deliver(output, '');
    return 0;
  }
  if (raw.baseline === true) return record(raw, result, settings.asOf);
  const { renderCheck } = await import('../check/report/index.ts');
  // Known before anything is written: a reader that goes away in the middle does not turn a block into a success.
  process.exitCode = result.report.verdict.exitCode;
  for (const output of outputs)
    await deliver(
      output,
      await renderCheck(output.format, result.report, {
        columns: output.file === undefined ? columns() : 100,
        color: output.format === 'terminal' && output.file === undefined && wantsColor(raw.color),
        quiet: raw.quiet === true,
        verbose: raw.verbose === true,
        ...(around.links === undefined ? {} : { links: around.links }),
      }),
    );
  return result.report.verdict.exitCode;
}

function readText(path: string, most: number): string {
  if (statSync(path).size > most) throw new Error(`${path} is larger than ${most} bytes`);
  return readFileSync(path, 'utf8');
}

/** Writes the baseline, and says what it does not hold. */
async function record(raw: Raw, { report, present, root }: Checked, asOf: string): Promise<number> {
  const { BASELINE_NAME } = await import('../check/model.ts');
  const { UsageError } = await import('../options.ts');
  const { say } = await import('../tty.ts');
  const { baselineText, makeBaseline, parseBaseline } = await import('../check/baseline.ts');
  const path = join(root, BASELINE_NAME);
  const previous = raw.renew === true || !existsSync(path) ? undefined : parseBaseline(readText(path, 64 * 1024 * 1024), BASELINE_NAME);
  const made = makeBaseline({
    skills: present.map(({ package: one, examined }) => ({
      path: one.path,
      kind: one.kind,
      tree: examined.report.skill.digest,
      capability: examined.report.capability.digest,
      findings: examined.report.findings.filter((finding) => finding.excepted === undefined),
    })),
    ...(previous === undefined ? {} : { previous }),
    ...(raw.owner === undefined ? {} : { owner: raw.owner }),
    ...(raw.reason === undefined ? {} : { reason: raw.reason }),
    ...(raw.expires === undefined ? {} : { expires: raw.expires }),
    asOf,
    rules: report.rules.digest,
    engine: report.tool.version,
    policy: { name: report.policy.name, digest: report.policy.digest },
  });
  try {
    writeFileSync(path, baselineText(made.baseline));
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`);
  }
  say(`${BASELINE_NAME}: ${made.kept} kept, ${made.added} recorded, ${made.dropped} gone`);
  for (const left of made.left.slice(0, 50)) say(`not recorded: ${left.path === '' ? '.' : left.path}: ${left.rule} ${left.says}`);
  if (made.left.length > 50) say(`and ${made.left.length - 50} more`);
  if (made.left.length > 0)
    say(
      previous === undefined
        ? 'Findings that block are recorded only with an owner, a reason and a last day: skill check --baseline --renew --owner WHO --reason WHY --expires DATE'
        : 'A baseline only shrinks. Mend these, accept them one by one (skill accept), or record anew with --renew.',
    );
  return made.left.length > 0 ? 1 : 0;
}
