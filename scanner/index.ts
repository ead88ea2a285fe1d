/**
 * The scanner: `scan(skill, options)` is the whole pipeline on one screen.
 *
 *   load -> read (languages) -> connect (flow) -> judge (rules) -> manifest (capability) -> decide (policy) -> Report
 *
 * It never runs, imports or fetches what it scans, writes nothing and opens nothing: give it a loaded Skill. Same bytes, rules, policy and `asOf` give the same
 * report, byte for byte. Throws only RuleError (a bug of ours) and PolicyError (a bad policy); bad skills are reports.
 *
 * @example
 * import { load, scan } from 'skillward';
 * const report = await scan(await load('./my-skill'));
 * console.log(report.verdict.decision, report.findings.length);
 */
import { diffCapability } from './capability/diff.ts';
import { type Coverage, ledger } from './capability/ledger.ts';
import { manifest } from './capability/manifest.ts';
import { instructionsOf, permissionsOf, shapesOf } from './change/examined.ts';
import { withDeadline } from './deadline.ts';
import { type Connected, connect, type Program, uncover } from './flow/index.ts';
import { type Counter, type ReadRequest, type ReadResult, readFile, readFiles } from './languages/context.ts';
import { languageOf, resolve } from './languages/index.ts';
import { limits as defaultLimits, type Limits } from './limits.ts';
import type { Capability, Examined, File, Report, Skill } from './model.ts';
import { decide, loadPolicy, type Outcome, type Policy } from './policy/index.ts';
import { document, placer } from './report/document.ts';
import { rules as allRules, ruleIds, rulesDigest } from './rules/index.ts';
import { judge } from './rules/judge.ts';

export { type CompareOptions, compare } from './change/index.ts';
export { findSkills, installedFolders, LoadError, load, parseTarget } from './load/index.ts';
export type * from './model.ts';
export { loadPolicy, type Policy, PolicyError, presets } from './policy/index.ts';
export { changeFormats, renderChange } from './report/change/index.ts';
export { render, reportFormats } from './report/index.ts';
export { ruleIds, rules } from './rules/index.ts';

export interface ScanOptions {
  readonly policy?: Policy;
  /** ISO date (`2026-11-21`) that exceptions are judged against. Today by default; the report records it. */
  readonly asOf?: string;
  readonly limits?: Partial<Limits>;
  /** Capability manifest of the version that is installed or locked now: abilities added since become findings. */
  readonly against?: { readonly name: string; readonly capability: Capability };
  /** Monotonic milliseconds; a test may give its own. Only used to kill. */
  readonly now?: () => number;
  /**
   * `false` leaves the clock to the caller, who can end this thread: arming V8's watchdog costs more than reading a small skill. Default `true`.
   */
  readonly watchdog?: boolean;
}

/** Reads one skill and says what it does, what it may be up to, and what the policy makes of it. */
export async function scan(skill: Skill, options: ScanOptions = {}): Promise<Report> {
  return (await pipeline(skill, options)).report;
}

/**
 * Reads one version of a skill for a comparison (`compare`): the report, and what a report does not carry. `against` is not asked for; the other version is compared afterwards.
 * @throws as {@link scan}
 */
export async function examine(skill: Skill, options: Omit<ScanOptions, 'against'> = {}): Promise<Examined> {
  const { against: _, ...rest } = options as ScanOptions;
  const { report, connected, outcome, coverage } = await pipeline(skill, rest);
  const { place } = placer(skill);
  const digestOf = new Map(skill.files.map((file) => [file.path, file.sha256]));
  return {
    report,
    instructions: instructionsOf(connected, place),
    shapes: shapesOf(outcome.findings, connected),
    permissions: permissionsOf(connected),
    unread: coverage.incomplete.map(({ path, says, reachable }) => {
      const sha256 = digestOf.get(path);
      return { path, says: says.replace(/\s+/g, ' ').trim(), reachable, ...(sha256 === undefined ? {} : { sha256 }) };
    }),
  };
}

async function pipeline(skill: Skill, options: ScanOptions): Promise<{ report: Report; connected: Connected; outcome: Outcome; coverage: Coverage }> {
  const limits = { ...defaultLimits, ...options.limits };
  const policy = options.policy ?? loadPolicy('balanced', ruleIds);
  const asOf = options.asOf ?? new Date().toISOString().slice(0, 10);
  const program = await read(skill, limits, options.now ?? (() => performance.now()), options.watchdog !== false);
  let connected = connect(program, limits);
  const found = await readUncovered(uncover(connected, limits), program, limits);
  if (found) connected = connect(program, limits);

  const capability = manifest({ ...connected, place: placer(skill).place });
  const changes = options.against ? diffCapability(options.against, capability) : undefined;
  const findings = judge(allRules, { ...connected, skill, ...(changes ? { changes } : {}) });
  const coverage = ledger(connected);
  const outcome = decide({
    findings,
    capability,
    incomplete: coverage.incomplete,
    policy,
    asOf,
    skill: skill.origin.name,
    fileOf: (id) => skill.files[id]!.path,
  });
  const report = document({
    connected,
    outcome,
    capability,
    coverage,
    policy,
    rules: allRules,
    rulesDigest: rulesDigest(),
    asOf,
    ...(changes ? { changes } : {}),
  });
  return { report, connected, outcome, coverage };
}

/** Every file through its language, and once more through `surface` for what hides in any text. */
async function read(skill: Skill, limits: Limits, now: () => number, watchdog: boolean): Promise<Program> {
  const counter: Counter = { unit: 0, fact: 0, cell: 0 };
  const paths = new Set(skill.files.map((file) => file.path));
  const requests = skill.files.flatMap((file): ReadRequest[] =>
    file.kind === 'text' ? passes(file).map((language) => ({ file, language, role: 'file' })) : [],
  );
  const started = now();
  const guard = (run: () => void): 'done' | 'time' => {
    const left = limits.skillMs - (now() - started);
    if (!watchdog && left > 0) {
      run();
      return 'done';
    }
    return left <= 0 ? 'time' : withDeadline(Math.min(limits.fileMs, Math.max(1, Math.ceil(left))), run);
  };
  const { units, facts, edges } = await readFiles(requests, counter, paths, limits, resolve, guard, now);
  return { skill, units, all: facts, edges };
}

const passes = (file: File): string[] => [languageOf(file.path, file.text) ?? 'text', 'surface'];

function append(program: { units: ReadResult['units']; all: ReadResult['facts']; edges: ReadResult['edges'] }, result: ReadResult): void {
  for (const unit of result.units) program.units.push(unit);
  for (const fact of result.facts) program.all.push(fact);
  for (const edge of result.edges) program.edges.push(edge);
}

/** Reads what flow uncovered (assets that code decodes and runs), as units inside the one that runs them. */
async function readUncovered(found: ReturnType<typeof uncover>, program: Program, limits: Limits): Promise<boolean> {
  if (found.length === 0) return false;
  const mutable = program as unknown as { units: ReadResult['units']; all: ReadResult['facts']; edges: ReadResult['edges'] };
  const counter: Counter = { unit: program.units.length, fact: program.all.length, cell: program.edges.length + program.all.length };
  for (const piece of found) {
    const parent = program.units[piece.parent]!;
    const at = parent.at;
    const file: File = { ...program.skill.files[at.file]!, text: piece.text };
    const result = await readFile(
      { file, language: piece.language, role: 'decoded', reach: piece.reach, note: `decoded by ${piece.unwrapped.join(', ')}` },
      counter,
      new Set(),
      limits,
      resolve,
      (run) => withDeadline(limits.fileMs, run),
    );
    // The text does not stand in the file: everything it says is said at the place that runs it.
    append(mutable, {
      units: result.units.map((unit) => ({
        ...unit,
        at,
        unwrapped: [...parent.unwrapped, ...piece.unwrapped, ...unit.unwrapped],
        ...(unit.parent === undefined ? { parent: parent.id } : {}),
      })),
      facts: result.facts.map((fact) => ({ ...fact, at })),
      edges: result.edges.map((edge) => ({ ...edge, at })),
    });
  }
  return true;
}
