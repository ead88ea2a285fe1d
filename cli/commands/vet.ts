/** `skill vet`: targets to reports to files and an exit code. One skill is scanned in this thread, without a second start; many go to threads. */
import { existsSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { relative, resolve } from 'node:path';
import { limits } from '../../scanner/limits.ts';
import type { Report } from '../../scanner/model.ts';
import type { WorkerOptions } from '../../scanner/one.ts';
import type { Failure, ReportFormat, Target } from '../../scanner/report/index.ts';
import { dateOf, deliver, isFolder, jobsOf, outputsOf, policyOf, textOf, tokenOf, UsageError } from '../options.ts';
import type { OutputPlan } from '../shape.ts';
import { columns, progress, say, wantsColor } from '../tty.ts';

interface VetOptions {
  readonly recursive?: boolean;
  readonly installed?: boolean;
  readonly policy: string;
  readonly against?: string;
  readonly failOn: 'review' | 'block';
  readonly asOf?: string;
  readonly registry?: string;
  readonly ref?: string;
  readonly indicators?: string;
  readonly jobs?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color?: boolean;
}

const FORMATS: readonly [ReportFormat, ...ReportFormat[]] = ['terminal', 'json', 'sarif', 'markdown', 'html'];
/** From here on threads pay for their start. */
const POOL_FROM = 6;

export async function vet(targets: readonly string[], raw: Record<string, unknown>, plan: readonly OutputPlan[]): Promise<number> {
  const options = raw as unknown as VetOptions;
  try {
    return await run(targets, options, plan);
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

async function run(given: readonly string[], options: VetOptions, plan: readonly OutputPlan[]): Promise<number> {
  const outputs = outputsOf(plan, FORMATS);
  const asOf = dateOf(options.asOf);
  const jobs = jobsOf(options.jobs);
  const { targets, missing } = await targetsOf(given, options);
  const { findSkills, load, loadPolicy, presets, ruleIds, scan } = await import('../../scanner/index.ts');
  const policySource = policyOf(options.policy, presets);
  const policy = loadPolicy(policySource, ruleIds);
  const indicators = options.indicators === undefined ? undefined : { file: options.indicators, text: textOf(options.indicators, '--indicators') };
  if (indicators) {
    const { setIndicators } = await import('../../scanner/data/indicators.ts');
    try {
      setIndicators(indicators.text, indicators.file);
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  }
  const registry = options.registry ?? process.env['SKILL_REGISTRY'];
  const token = await tokenOf(registry, [...targets, options.against ?? '']);
  const base: WorkerOptions = {
    policy: policySource,
    asOf,
    ...(registry === undefined ? {} : { registry }),
    ...(token === undefined || token === '' ? {} : { token }),
    ...(options.ref === undefined ? {} : { ref: options.ref }),
    ...(indicators === undefined ? {} : { indicators }),
  };
  const against = options.against === undefined ? undefined : await againstOf(options.against, base, load, (skill) => scan(skill, { policy, asOf }));
  const several = options.recursive === true || options.installed === true || targets.length > 1;
  const terminalOnly = outputs.every((output) => output.format === 'terminal');
  const worker: WorkerOptions = {
    ...base,
    ...(against === undefined ? {} : { against }),
    ...(several && terminalOnly && options.verbose !== true ? { slim: true } : {}),
  };

  const reports: (Report | undefined)[] = targets.map(() => undefined);
  const failures: (Failure | undefined)[] = targets.map(() => undefined);
  const bar = progress(targets.length);
  const failed = (index: number, error: { kind: 'load' | 'policy' | 'crash'; message: string }): void => {
    if (error.kind === 'policy') throw new UsageError(error.message);
    failures[index] = { name: targets[index]!, kind: error.kind === 'crash' ? 'crash' : 'unread', says: error.message };
  };
  const all = [...targets.keys()];
  // Standard input belongs to this thread alone.
  const pool = targets.length >= POOL_FROM;
  const pooled = pool ? all.filter((index) => targets[index] !== '-') : [];
  const { failureOf, vetOne } = await import('../../scanner/one.ts');
  for (const index of all.filter((one) => !pool || targets[one] === '-')) {
    try {
      reports[index] = await vetOne(targets[index]!, worker, policy);
    } catch (error) {
      // Alone, an unreadable target is the whole answer.
      if (!several) throw error;
      failed(index, failureOf(error));
    }
    bar.step(targets[index]!);
  }
  if (pooled.length > 0) {
    const { scanAll } = await import('../pool.ts');
    // A policy that expired is a mistake of the caller: find out before threads start.
    await scanNothing(policy, asOf);
    const paths = pooled.map((index) => targets[index]!);
    await scanAll(paths, worker, jobs ?? availableParallelism(), limits.skillMs + limits.loadMs, (at, outcome) => {
      const index = pooled[at]!;
      bar.step(targets[index]!);
      if ('report' in outcome) reports[index] = outcome.report;
      else failed(index, outcome.error);
    });
  }
  bar.end();

  const kept = reports.filter((report) => report !== undefined);
  const lost = [...missing, ...failures.filter((failure) => failure !== undefined)];
  if (!several && kept[0] !== undefined) await hintSkillsBelow(targets[0]!, kept[0], findSkills);
  const { render, tally } = await import('../../scanner/report/index.ts');
  const { rules } = await import('../../scanner/rules/index.ts');
  const { exitCode } = tally(kept, lost, options.failOn);
  // Known before anything is written: a reader that goes away in the middle does not turn a block into a success.
  process.exitCode = exitCode;
  const shown: Target[] = targets.flatMap((target, index) => (reports[index] === undefined ? [] : [placeOf(target)]));
  for (const output of outputs) {
    const text = await render(output.format, kept, {
      targets: shown,
      columns: output.file === undefined ? columns() : 100,
      color: output.format === 'terminal' && output.file === undefined && wantsColor(options.color),
      quiet: options.quiet === true,
      verbose: options.verbose === true,
      failOn: options.failOn,
      several,
      rules,
      failures: lost,
    });
    await deliver(output, text);
  }
  return exitCode;
}

async function targetsOf(given: readonly string[], options: VetOptions): Promise<{ targets: string[]; missing: Failure[] }> {
  const { findSkills, installedFolders } = await import('../../scanner/load/index.ts');
  if (given.length === 0 && options.installed !== true)
    throw new UsageError('what should be vetted? Give a folder, an archive, an address or -, or --installed. Try: skill vet ./my-skill');
  const targets: string[] = [];
  const missing: Failure[] = [];
  for (const target of given) {
    if (options.recursive !== true || !isFolder(target)) {
      targets.push(target);
      continue;
    }
    const found = await findSkills(target);
    if (found.length === 0) missing.push({ name: target, kind: 'unread', says: 'no folder with a SKILL.md below it' });
    targets.push(...found);
  }
  if (options.installed === true) {
    for (const folder of installedFolders(process.env, homedir())) if (isFolder(folder)) targets.push(...(await findSkills(folder)));
    if (targets.length === 0)
      throw new UsageError('no installed skills were found in the folders of OpenClaw, Claude Code, Codex and other agents; give a folder instead');
  }
  return { targets: [...new Set(targets)], missing };
}

async function againstOf(
  old: string,
  base: WorkerOptions,
  load: typeof import('../../scanner/index.ts').load,
  scanOld: (skill: import('../../scanner/model.ts').Skill) => Promise<Report>,
): Promise<NonNullable<WorkerOptions['against']>> {
  if (old.endsWith('.json') && existsSync(old)) {
    let report: Partial<Report>;
    try {
      report = JSON.parse(textOf(old, '--against')) as Partial<Report>;
    } catch {
      throw new UsageError(`--against ${old}: not JSON; give a report written with --format json, or the old version itself`);
    }
    if (report.schema === 'skillward.report.v1' && report.capability !== undefined && report.skill !== undefined)
      return { name: report.skill.origin, capability: report.capability };
    throw new UsageError(`--against ${old}: expected a report of one skill (schema skillward.report.v1)`);
  }
  const report = await scanOld(
    await load(old, { ...(base.registry ? { registry: base.registry } : {}), ...(base.token ? { token: base.token } : {}) }),
  );
  return { name: report.skill.origin, capability: report.capability };
}

/** Lets policy judge nothing, so that an expired exception is reported once and before any work. */
async function scanNothing(policy: import('../../scanner/index.ts').Policy, asOf: string): Promise<void> {
  const { decide } = await import('../../scanner/policy/index.ts');
  const { NOTHING } = await import('../../scanner/capability/empty.ts');
  decide({ findings: [], capability: NOTHING, incomplete: [], policy, asOf, skill: '', fileOf: () => '' });
}

/** A folder of skills vetted as one skill is probably not what was meant. */
async function hintSkillsBelow(target: string, report: Report, findSkills: (folder: string) => Promise<string[]>): Promise<void> {
  if (!isFolder(target) || report.coverage.ledger.some((row) => /^skills?\.md$/i.test(row.path))) return;
  const below = await findSkills(target);
  if (below.length > 0) say(`no SKILL.md in ${target}, but ${below.length} below it; --recursive vets each as a skill of its own`);
}

/** Where a target lies as seen from here; nothing for what is no local folder. */
function placeOf(target: string): Target {
  if (!isFolder(target)) return { name: target, root: '' };
  const root = relative(process.cwd(), resolve(target)).replaceAll('\\', '/');
  return { name: target, root: root.startsWith('..') ? '' : root };
}
