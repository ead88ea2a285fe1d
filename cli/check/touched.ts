/**
 * Which skills a change touches. Two listings (one is the other without the difference), then who owns what differs. A skill counts as touched exactly when its package differs, files from outside of its folder
 * that it refers to included. Costs a handful of git processes, and none when nothing differs.
 */
import { limits as defaults, type Limits } from '../../scanner/limits.ts';
import { isSkillFile } from '../../scanner/load/find.ts';
import { inOrder } from '../../scanner/load/path.ts';
import { openBlobs } from './blobs.ts';
import { type Delta, type Difference, differ, folderOf, type Listing, list, listing, nameOf, undo } from './listing.ts';
import type { Package, RepositoryProblem, Touched } from './model.ts';
import { makePackage } from './packages.ts';
import type { Repository } from './repository.ts';

export interface TouchedOptions {
  /** Everything at the head is looked at, whatever differs. */
  readonly all?: boolean;
  readonly limits?: Partial<Limits>;
  /** Whether a change of a guarded file only takes entries away, which needs nobody. */
  readonly guardedChange?: (path: string, before: Buffer | undefined, after: Buffer | undefined) => Promise<'shrunk' | 'grown'>;
  /** Folders of submodules that may be moved to other commits without question. */
  readonly submodules?: readonly string[];
}

export interface TouchedResult {
  readonly touched: readonly Touched[];
  readonly problems: readonly RepositoryProblem[];
  /** All skills at the head. */
  readonly skills: number;
}

const BY = 50;

export async function findTouched(
  repository: Repository,
  before: string | undefined,
  after: string,
  options: TouchedOptions = {},
): Promise<TouchedResult> {
  if (before === after) return { touched: [], problems: [], skills: 0 };
  const limits: Limits = { ...defaults, ...options.limits };
  const [rows, difference] = await Promise.all([list(repository, after), before === undefined ? undefined : differ(repository, before, after)]);
  const now = listing(rows);
  const then = listing(difference === undefined ? new Map() : undo(rows, difference));
  const deltas: readonly Delta[] = difference?.deltas ?? [...rows].map(([path, row]) => ({ path, after: row }));
  const blobs = openBlobs(repository);

  const by = new Map<string, string[]>();
  for (const { path } of deltas) {
    for (const skill of new Set([now.ownerOf(path), then.ownerOf(path)])) {
      if (skill === undefined) continue;
      const list = by.get(skill);
      if (list) list.push(path);
      else by.set(skill, [path]);
    }
  }
  const packageOf = (side: Listing, skill: string): Package | undefined =>
    side.skills.has(skill)
      ? makePackage(
          'skill',
          skill,
          side.filesOf(skill).map((path) => ({ inside: skill === '' ? path : path.slice(skill.length + 1), path, row: side.rows.get(path)! })),
          [],
          blobs,
          limits,
        )
      : undefined;
  const sides = [...by].map(([skill, paths]) => ({ skill, paths, before: packageOf(then, skill), after: packageOf(now, skill) }));
  const touched = pairMoves(sides, difference);
  return { touched: touched.sort((a, b) => inOrder(a.path, b.path)), problems: [], skills: now.skills.size };
}

interface Sides {
  readonly skill: string;
  readonly paths: readonly string[];
  readonly before: Package | undefined;
  readonly after: Package | undefined;
}

/** A skill that went and one that came with the same files, or whose SKILL.md git takes for the same file, are one that moved. One to one. */
function pairMoves(sides: readonly Sides[], difference: Difference | undefined): Touched[] {
  const gone = new Map(sides.filter(({ before, after }) => before !== undefined && after === undefined).map((side) => [side.skill, side]));
  const come = new Map(sides.filter(({ before, after }) => before === undefined && after !== undefined).map((side) => [side.skill, side]));
  const touched: Touched[] = [];
  const pair = (from: Sides | undefined, to: Sides | undefined): void => {
    if (from === undefined || to === undefined || !gone.delete(from.skill)) return;
    come.delete(to.skill);
    const paths = [...new Set([...from.paths, ...to.paths])].sort(inOrder).slice(0, BY);
    touched.push({ kind: 'skill', path: to.skill, status: 'moved', from: from.skill, by: paths, before: from.before!, after: to.after! });
  };
  const byTree = new Map<string, Sides[]>();
  for (const side of gone.values()) byTree.set(side.before!.tree, [...(byTree.get(side.before!.tree) ?? []), side]);
  for (const side of [...come.values()]) pair(byTree.get(side.after!.tree)?.shift(), side);
  for (const { from, to } of difference?.renames ?? [])
    if (isSkillFile(nameOf(from)) && isSkillFile(nameOf(to))) pair(gone.get(folderOf(from)), come.get(folderOf(to)));

  for (const { skill, paths, before, after } of sides) {
    const base = { kind: 'skill', path: skill, by: paths.slice(0, BY) } as const;
    if (before !== undefined && after !== undefined) {
      if (before.tree !== after.tree) touched.push({ ...base, status: 'changed', before, after });
    } else if (after !== undefined && come.has(skill)) touched.push({ ...base, status: 'added', after });
    else if (before !== undefined && gone.has(skill)) touched.push({ ...base, status: 'removed', before });
  }
  return touched;
}
