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
import { ledger } from './capability/ledger.ts';
import { manifest } from './capability/manifest.ts';
import { withDeadline } from './deadline.ts';
import { connect, type Program, uncover } from './flow/index.ts';
import { type Counter, type ReadResult, readFile } from './languages/context.ts';
import type { Language } from './languages/contract.ts';
import { languageOf, resolve } from './languages/index.ts';
import { limits as defaultLimits, type Limits } from './limits.ts';
import type { Capability, File, Report, Skill } from './model.ts';
import { decide, loadPolicy, type Policy } from './policy/index.ts';
import { document, placer } from './report/document.ts';
import { rules as allRules, ruleIds, rulesDigest } from './rules/index.ts';
import { judge } from './rules/judge.ts';

export { findSkills, installedFolders, LoadError, load, parseTarget } from './load/index.ts';
export type * from './model.ts';
export { loadPolicy, type Policy, PolicyError, presets } from './policy/index.ts';
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
}

/** Reads one skill and says what it does, what it may be up to, and what the policy makes of it. */
export async function scan(skill: Skill, options: ScanOptions = {}): Promise<Report> {
  const limits = { ...defaultLimits, ...options.limits };
  const policy = options.policy ?? loadPolicy('balanced', ruleIds);
  const asOf = options.asOf ?? new Date().toISOString().slice(0, 10);
  const program = await read(skill, limits, options.now ?? (() => performance.now()));
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
  return document({
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
}

/** Every file through its language, and once more through `surface` for what hides in any text. */
async function read(skill: Skill, limits: Limits, now: () => number): Promise<Program> {
  const counter: Counter = { unit: 0, fact: 0, cell: 0 };
  const program: { -readonly [K in keyof Program]: Program[K] } & {
    units: ReadResult['units'];
    all: ReadResult['facts'];
    edges: ReadResult['edges'];
  } = { skill, units: [], all: [], edges: [] };
  const paths = new Set(skill.files.map((file) => file.path));
  const readers = new Map<string, Language | undefined>();
  const started = now();
  for (const file of skill.files) {
    if (file.kind !== 'text') continue;
    const left = limits.skillMs - (now() - started);
    for (const language of passes(file)) {
      const late = left <= 0 ? { ...limits, steps: 0 } : limits;
      const result = await readFile(
        { file, language, role: 'file' },
        counter,
        paths,
        late,
        resolve,
        (run) => (left <= 0 ? 'time' : withDeadline(Math.min(limits.fileMs, Math.max(1, Math.ceil(left))), run)),
        readers,
      );
      append(program, result);
    }
  }
  return program;
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
