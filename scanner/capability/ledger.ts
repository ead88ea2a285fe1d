/**
 * The coverage ledger: every file once, with what was done with it. Nothing is skipped in silence; what was not read and could matter makes the scan incomplete.
 */
import type { FactKind, FactOf, LedgerRow, OpaqueFact, Reach, Skill, Unit } from '../model.ts';

export interface LedgerInput {
  readonly program: { readonly skill: Skill; readonly units: readonly Unit[] };
  readonly facts: { all<K extends FactKind>(kind: K): readonly FactOf<K>[] };
  reach(unit: number): Reach;
  readonly reachOfFile: ReadonlyMap<number, Reach>;
}

export interface Coverage {
  readonly complete: boolean;
  readonly rows: readonly LedgerRow[];
  /** What makes it incomplete, one line a cause. */
  readonly incomplete: readonly { readonly path: string; readonly says: string; readonly reachable: boolean }[];
  /** Paths that a clock cut short: another run, on a faster or idler machine, might read more and say something else. */
  readonly stopped: readonly string[];
}

export function ledger(input: LedgerInput): Coverage {
  const { skill, units } = input.program;
  const languages = new Map<number, string[]>();
  for (const unit of units) {
    if (unit.language === 'surface') continue;
    const list = languages.get(unit.at.file) ?? [];
    if (!list.includes(unit.language)) list.push(unit.language);
    languages.set(unit.at.file, list);
  }
  const opaque = new Map<number, OpaqueFact[]>();
  for (const fact of input.facts.all('opaque')) {
    if (!fact.incomplete) continue;
    const list = opaque.get(fact.at.file);
    if (list) list.push(fact);
    else opaque.set(fact.at.file, [fact]);
  }
  const incomplete: { path: string; says: string; reachable: boolean }[] = [];
  const stopped: string[] = [];
  const rows = skill.files.map((file): LedgerRow => {
    const reach = input.reachOfFile.get(file.id) ?? 'callable';
    const problem = skill.problems.find((candidate) => candidate.file === file.id && candidate.incomplete);
    const holes = opaque.get(file.id) ?? [];
    let status: LedgerRow['status'] = file.kind === 'text' ? 'read' : 'listed';
    let why: string | undefined =
      file.kind === 'text'
        ? undefined
        : {
            inert: `${file.signature ?? 'media'}: nothing in it runs`,
            archive: 'members are listed as files of their own',
            executable: 'machine code is not analysed',
            link: `link to ${file.target ?? 'somewhere'}: not followed`,
            unknown: 'no reader for these bytes',
          }[file.kind];
    if (problem !== undefined) {
      status = 'unread';
      why = problem.says;
    } else if (holes.length > 0) {
      status = holes.some(
        (hole) => hole.unit === units.find((unit) => unit.at.file === file.id && unit.parent === undefined)?.id && hole.why !== 'parse-error',
      )
        ? 'unread'
        : 'partial';
      why = holes[0]!.detail;
    }
    if (problem?.code === 'time-limit' || holes.some((hole) => hole.why === 'time')) stopped.push(file.path);
    if (problem !== undefined || holes.length > 0)
      incomplete.push({
        path: file.path,
        says: why ?? 'not read',
        reachable: reach !== 'callable' || holes.some((hole) => input.reach(hole.unit) !== 'callable'),
      });
    return {
      path: file.path,
      size: file.size,
      sha256: file.sha256,
      kind: file.kind,
      languages: languages.get(file.id) ?? [],
      status,
      reach,
      ...(why === undefined ? {} : { why }),
    };
  });
  for (const problem of skill.problems)
    if (problem.incomplete && problem.file === undefined) {
      incomplete.push({ path: problem.path, says: problem.says, reachable: true });
      if (problem.code === 'time-limit') stopped.push(problem.path);
    }
  return { complete: incomplete.length === 0, rows, incomplete, stopped };
}
