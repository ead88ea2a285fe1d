/**
 * One check from beginning to end: which states are compared, what was touched, what it is, who allowed it.
 *
 * The judge is the tip of the target branch: its policy, baseline and approvals count. Of what the change itself brings, only what is signed by a key that the tip's policy lists counts (or everything, if the tip
 * says that code owners guard it). What is vetted is the result of the merge, never the change alone.
 */
import { resolve, sep } from 'node:path';
import type { Examined } from '../../scanner/model.ts';
import type { Policy } from '../../scanner/policy/contract.ts';
import { type Surroundings, settle } from './environment.ts';
import type { Settled } from './judge.ts';
import {
  APPROVALS_NAME,
  type Approval,
  BASELINE_NAME,
  type Belief,
  CheckError,
  type CheckedSkill,
  type CheckReport,
  type Issue,
  type Package,
  POLICY_NAME,
  type RepositoryProblem,
  type Touched,
} from './model.ts';
import { openRepository, type Repository } from './repository.ts';
import { findTouched } from './touched.ts';

export interface CheckOptions {
  /** A folder inside the repository. */
  readonly cwd: string;
  /** `change`: base against head. `staged`: HEAD against the index. `all`: everything at head, against the baseline. */
  readonly mode: 'change' | 'staged' | 'all';
  /** Tip of the target branch. Without it what the CI says, else the branch that this one will likely enter ({@link targets}). */
  readonly base?: string;
  /** `HEAD` by default. */
  readonly head?: string;
  /** Preset or file instead of the repository's own `skills.policy.yaml`. A file inside the repository is read at the tip. */
  readonly policy?: string;
  /** ISO date. */
  readonly asOf: string;
  readonly cache?: { readonly folder: string; readonly writes: boolean; readonly optional?: boolean };
  readonly warnOnly?: boolean;
  readonly failOn?: 'review' | 'block';
  readonly jobs?: number;
  /** What the CI says of the change. */
  readonly around?: Surroundings;
  /** Nothing touched is answered with undefined instead of an empty report: what a report names (rules, policy) then need not be loaded. */
  readonly quick?: boolean;
}

export interface Checked {
  readonly report: CheckReport;
  /** What was vetted at the head, for a baseline and for reports of single skills. */
  readonly present: readonly { readonly package: Package; readonly examined: Examined }[];
  /** Top folder of the repository. */
  readonly root: string;
}

/** Largest file that the check itself obeys. */
const MOST = 8 * 1024 * 1024;

/**
 * @returns undefined when nothing that is vetted was touched
 * @throws CheckError, PolicyError, LoadError
 */
export async function runCheck(options: CheckOptions): Promise<Checked | undefined> {
  const repository = await openRepository(options.cwd);
  try {
    return await run(repository, options);
  } finally {
    await repository.close();
  }
}

/** The states of the repository that a check is about. Trees are git tree ids; `judge` is whose policy and approvals count. */
interface States {
  readonly before?: string;
  readonly after: string;
  readonly judge?: string;
  readonly facts: CheckReport['repository'];
}

async function statesOf(repository: Repository, options: CheckOptions): Promise<States> {
  if (options.mode === 'staged') {
    const tip = await repository.commit('HEAD').catch(() => undefined);
    const after = await repository.index();
    const before = tip === undefined ? undefined : await repository.treeOf(tip);
    return {
      ...(before === undefined ? {} : { before, judge: before }),
      after,
      facts: { mode: 'staged', ...(tip === undefined ? {} : { base: tip }), result: 'index', tree: after },
    };
  }
  if (options.mode === 'all') {
    const head = await repository.commit(options.head ?? 'HEAD');
    const after = await repository.treeOf(head);
    return { after, judge: after, facts: { mode: 'all', head, result: 'head', tree: after } };
  }
  const { around } = options;
  const said = options.base === undefined && around !== undefined ? await settle(around, (ref) => repository.parents(ref)) : {};
  const given = options.base ?? said.base;
  // Together: asked at once, they cost one process.
  const [head, base] = await Promise.all([
    repository.commit(options.head ?? said.head ?? 'HEAD'),
    given === undefined ? target(repository) : repository.commit(given),
  ]);
  const before = await repository.treeOf(base);
  // A push has happened already: what is there now is vetted, whether history was rewritten or not. On the target branch itself, what it holds now is what counts.
  const pushed = options.base === undefined && around?.replaces === true;
  const { tree: after, how } = pushed ? { tree: await repository.treeOf(head), how: 'head' as const } : await repository.result(base, head);
  const judge = pushed && around.mayWriteCache ? after : before;
  return { before, after, judge, facts: { mode: 'change', base, head, result: how, tree: after } };
}

/** Where a branch on somebody's machine will likely go. */
const targets: readonly string[] = [
  ...['refs/remotes/origin/HEAD', 'refs/remotes/origin/main', 'refs/remotes/origin/master'],
  ...['refs/heads/main', 'refs/heads/master'],
];

async function target(repository: Repository): Promise<string> {
  for (const ref of targets) {
    const commit = await repository.commit(ref).catch(() => undefined);
    if (commit !== undefined) return commit;
  }
  throw new CheckError('Which branch should the change enter? There is no origin/HEAD, main or master: give --base, or --all to check everything.');
}

async function run(repository: Repository, options: CheckOptions): Promise<Checked | undefined> {
  const states = await statesOf(repository, options);
  const found = await findTouched(repository, states.before, states.after, {
    all: options.mode === 'all',
    submodules: async () => (await policyOf(repository, states, options)).policy.check?.submodules ?? [],
    guardedChange: async (path, before, after) => {
      if (path !== BASELINE_NAME) return 'grown';
      const { baselineGrew, parseBaseline } = await import('./baseline.ts');
      const read = (bytes: Buffer | undefined) => (bytes === undefined ? undefined : parseBaseline(bytes.toString('utf8'), path));
      return baselineGrew(read(before), read(after)) ? 'grown' : 'shrunk';
    },
  });
  const idle = options.mode !== 'all' && found.touched.length === 0 && found.problems.length === 0;
  if (options.quick === true && idle && !(await approvalsChanged(repository, states))) return undefined;
  return judge(repository, states, found, options);
}

/** Approvals are judged one by one, also where nothing that is vetted was touched. */
async function approvalsChanged(repository: Repository, { before, after }: States): Promise<boolean> {
  if (before === after) return false;
  const [old, now] = await Promise.all([
    before === undefined ? undefined : repository.read(before, APPROVALS_NAME, MOST),
    repository.read(after, APPROVALS_NAME, MOST),
  ]);
  return now !== undefined && !(old?.equals(now) ?? false);
}

async function judge(
  repository: Repository,
  states: States,
  found: Awaited<ReturnType<typeof findTouched>>,
  options: CheckOptions,
): Promise<Checked> {
  const [{ compare, rules }, { rulesDigest }, judging, { version }] = await Promise.all([
    import('../../scanner/index.ts'),
    import('../../scanner/rules/index.ts'),
    import('./judge.ts'),
    import('../../scanner/data/version.ts'),
  ]);
  const { source, from, policy } = await policyOf(repository, states, options);
  const { spokenOf, withPolicyFault } = await import('./brought.ts');
  const problems = await Promise.all(found.problems.map((problem) => withPolicyFault(repository, states.after, problem)));

  const full = options.mode === 'all';
  const packages = found.touched.flatMap(({ before, after }) => [before, after].filter((one) => one !== undefined));
  const { openCache } = await import('./cache.ts');
  const { nameOf, vetPackages } = await import('./vet.ts');
  const how = {
    source,
    policy,
    asOf: options.asOf,
    rules: rulesDigest(),
    ...(options.cache === undefined ? {} : { cache: openCache(options.cache.folder, options.cache.writes, options.cache.optional) }),
    ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
  };
  const vetted = await vetPackages(packages, how);
  const examinedOf = (one: Package | undefined): Examined | undefined => (one === undefined ? undefined : vetted.examined.get(one));

  const elsewhere = async (approvals: readonly Approval[]): Promise<Digests> => {
    const { packages: there, problems: standing } = await spokenOf(repository, states.after, approvals);
    const { examined } = await vetPackages(there, how);
    return [
      ...[...examined].map(([{ path }, { report }]): Digests[number] => [path, report.skill.digest]),
      ...standing.map(({ path, evidence }): Digests[number] => [path, evidence]),
    ];
  };
  const beliefs = await believe(repository, states, policy, problems, found.touched, examinedOf, elsewhere, options);
  const settled = await settledBy(repository, states, policy, beliefs, rulesDigest(), options);

  const skills = found.touched.map((touched): CheckedSkill => {
    const { after } = touched;
    const name = nameOf(after ?? touched.before!);
    const failure = after === undefined ? undefined : vetted.failed.get(after);
    if (after !== undefined && failure !== undefined)
      return judging.judgeFailed(touched.path, full ? 'present' : touched.status, after, name, failure);
    if (full) return judging.judgePresent(after!, name, examinedOf(after)!, settled);
    const change = compare(examinedOf(touched.before), examinedOf(after), { policy, asOf: options.asOf });
    return judging.judgeTouched(touched, name, change, examinedOf(after), settled);
  });
  const issues = problems.map((problem): Issue => judging.problemIssue(problem, settled));
  const approvals = judging.approvalsOf(skills, issues, beliefs);
  return {
    report: {
      schema: 'skillward.check.v1',
      tool: { name: 'skillward', version },
      rules: { digest: rulesDigest(), count: rules.length },
      policy: { name: policy.name, digest: policy.digest, asOf: options.asOf, from },
      repository: states.facts,
      verdict: judging.verdictOf(skills, issues, approvals, { warnOnly: options.warnOnly === true, failOn: options.failOn ?? 'review' }),
      skills,
      issues,
      wanted: judging.wantedOf(skills, issues),
      approvals,
      counts: { skills: found.skills, touched: found.touched.length, cached: vetted.cached },
    },
    present: found.touched.flatMap(({ after }) => {
      const examined = examinedOf(after);
      return after === undefined || examined === undefined ? [] : [{ package: after, examined }];
    }),
    root: repository.root,
  };
}

interface ChosenPolicy {
  readonly source: string | { readonly file: string; readonly text: string };
  /** Where it stands, for people. */
  readonly from: string;
  readonly policy: Policy;
}

/** The policy that judges. */
async function policyOf(repository: Repository, states: States, options: CheckOptions): Promise<ChosenPolicy> {
  const { loadPolicy, presets, ruleIds } = await import('../../scanner/index.ts');
  const { source, from } = await policySource(repository, states, options, presets);
  return { source, from, policy: loadPolicy(source, ruleIds) };
}

/** A preset, a file outside of the repository, or one inside it as it stands at the tip: a change must not bring its own judge. */
async function policySource(
  repository: Repository,
  { judge: tip }: States,
  { policy: given, cwd }: CheckOptions,
  presets: readonly string[],
): Promise<{ source: string | { file: string; text: string }; from: string }> {
  const atTip = async (path: string): Promise<string | undefined> =>
    tip === undefined ? undefined : (await repository.read(tip, path, MOST))?.toString('utf8');
  if (given === undefined) {
    const text = await atTip(POLICY_NAME);
    return text === undefined
      ? { source: 'balanced', from: 'preset balanced: the target branch has no skills.policy.yaml' }
      : { source: { file: POLICY_NAME, text }, from: `${POLICY_NAME} of the target branch` };
  }
  if (presets.includes(given)) return { source: given, from: `preset ${given}` };
  const { existsSync, readFileSync, realpathSync } = await import('node:fs');
  const path = resolve(cwd, given);
  const real = existsSync(path) ? realpathSync(path) : path;
  const inside = [path, real].find((one) => one.startsWith(`${repository.root}${sep}`));
  if (inside !== undefined) {
    const name = inside
      .slice(repository.root.length + 1)
      .split(sep)
      .join('/');
    const text = await atTip(name);
    if (text === undefined)
      throw new CheckError(
        `--policy ${given}: the target branch has no such file. A policy inside the repository is read there, so that a change cannot bring its own; commit it first, or keep it outside.`,
      );
    return { source: { file: name, text }, from: `${name} of the target branch` };
  }
  let text: string;
  try {
    text = readFileSync(real, 'utf8');
  } catch (cause) {
    throw new CheckError(`--policy ${given}: no such file, and the presets are ${presets.join(', ')}.`, { cause });
  }
  return { source: { file: given, text }, from: given };
}

/** Path and digest of what stands there. */
type Digests = readonly (readonly [path: string, digest: string])[];

/** Approvals of the tip and of the result, and what each is worth. */
async function believe(
  repository: Repository,
  states: States,
  policy: Policy,
  problems: readonly RepositoryProblem[],
  touched: readonly Touched[],
  examinedOf: (one: Package | undefined) => Examined | undefined,
  elsewhere: (approvals: readonly Approval[]) => Promise<Digests>,
  { asOf }: CheckOptions,
): Promise<Belief[]> {
  const read = async (tree: string | undefined): Promise<Approval[]> => {
    const bytes = tree === undefined ? undefined : await repository.read(tree, APPROVALS_NAME, MOST);
    return bytes === undefined ? [] : (await import('./approvals/file.ts')).parseApprovals(bytes.toString('utf8'), APPROVALS_NAME);
  };
  const result = await read(states.after);
  if (result.length === 0) return [];
  const { judgeApprovals } = await import('./approvals/judge.ts');
  const digests = new Map<string, string[]>();
  const add = (path: string, digest: string | undefined): void => {
    if (digest === undefined) return;
    const list = digests.get(path);
    if (list) list.push(digest);
    else digests.set(path, [digest]);
  };
  for (const { path, after } of touched) add(path, examinedOf(after)?.report.skill.digest);
  for (const { path, evidence } of problems) add(path, evidence);
  const tip = states.judge === states.after ? result : await read(states.judge);
  const known = new Set(tip.map((approval) => JSON.stringify(approval)));
  // Signed for something that the change does not touch: what is there already, or what a full run found.
  const open = result.filter(
    (one) =>
      one.signature !== undefined && one.expires >= asOf && !known.has(JSON.stringify(one)) && digests.get(one.path)?.includes(one.tree) !== true,
  );
  if (open.length > 0) for (const [path, digest] of await elsewhere(open)) add(path, digest);
  const codeOwned = await guarded(repository, states, policy);
  return judgeApprovals({
    tip,
    result,
    check: policy.check,
    ...codeOwned,
    asOf,
    digestsOf: (path) => digests.get(path) ?? [],
  });
}

/** Whether the tip says that code owners guard the approvals, and its CODEOWNERS really names some for them. */
async function guarded(repository: Repository, { judge: tip }: States, policy: Policy): Promise<{ codeOwned: boolean; notOwned?: string }> {
  if (policy.check?.codeOwners !== true || tip === undefined) return { codeOwned: false };
  const { CODE_OWNERS_PLACES, guardsApprovals } = await import('./code-owners.ts');
  for (const place of CODE_OWNERS_PLACES) {
    const bytes = await repository.read(tip, place, MOST);
    if (bytes === undefined) continue;
    const missing = guardsApprovals(bytes.toString('utf8'), place);
    return missing === undefined ? { codeOwned: true } : { codeOwned: false, notOwned: missing };
  }
  return { codeOwned: false, notOwned: 'the policy says that code owners guard approvals, but the target branch has no CODEOWNERS' };
}

async function settledBy(
  repository: Repository,
  states: States,
  policy: Policy,
  beliefs: readonly Belief[],
  rules: string,
  { asOf }: CheckOptions,
): Promise<Settled> {
  const bytes = states.judge === undefined ? undefined : await repository.read(states.judge, BASELINE_NAME, MOST);
  const { inBaseline, openBaseline, parseBaseline, rulesChanged } = await import('./baseline.ts');
  const { beliefFor } = await import('./approvals/judge.ts');
  const baseline = bytes === undefined ? undefined : parseBaseline(bytes.toString('utf8'), BASELINE_NAME);
  const open = baseline === undefined ? undefined : openBaseline(baseline);
  return {
    belief: (issue) => beliefFor(beliefs, issue),
    baseline: (issue) => (open === undefined ? undefined : inBaseline(open, issue, asOf)),
    rulesChanged: (path, tree) => baseline !== undefined && rulesChanged(baseline, path, tree, rules),
    incomplete: policy.incomplete,
    expired: policy.exceptions.filter((exception) => exception.expires < asOf),
  };
}
