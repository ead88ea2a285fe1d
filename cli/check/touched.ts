/**
 * Which skills a change touches. Two listings (one is the other without the difference), then who owns what differs. A skill counts as touched exactly when its package differs, files from outside of its folder
 * that it refers to included. Costs a handful of git processes, and none when nothing differs.
 */
import { limits as defaults, type Limits } from '../../scanner/limits.ts';
import { isSkillFile } from '../../scanner/load/find.ts';
import { inOrder } from '../../scanner/load/path.ts';
import { isAgentsOwn, isPluginPart } from './agent-files.ts';
import { newNames } from './aliases.ts';
import { type Blobs, openBlobs } from './blobs.ts';
import { type GuardedChange, guardedProblems } from './guarded.ts';
import { linksOf } from './links.ts';
import { type Delta, type Difference, differ, folderOf, type Listing, list, listing, nameOf, type Row, SUBMODULE, undo } from './listing.ts';
import { lockProblems } from './locked.ts';
import type { Package, RepositoryProblem, Touched } from './model.ts';
import { nameProblems } from './names.ts';
import { breachProblems, linkProblems, submoduleProblems } from './places.ts';
import { findReferrers } from './referrers.ts';
import type { Repository } from './repository.ts';
import type { Side } from './resolve.ts';
import { AGENTS, type Gathered, gather, openTexts } from './shared.ts';

export interface TouchedOptions {
  /** Everything at the head is looked at, whatever differs. */
  readonly all?: boolean;
  readonly limits?: Partial<Limits>;
  /** Whether a change of a guarded file only takes entries away, which needs nobody. */
  readonly guardedChange?: GuardedChange;
  /** Folders of submodules that may be moved to other commits without question. */
  readonly submodules?: readonly string[] | (() => Promise<readonly string[]>);
}

export interface TouchedResult {
  readonly touched: readonly Touched[];
  readonly problems: readonly RepositoryProblem[];
  /** All skills at the head. */
  readonly skills: number;
}

const BY = 50;

/**
 * Touched packages and problems between two trees.
 * @param before undefined when everything is new, or looked at as a whole
 * @throws CheckError if the repository is too large to hold, or git fails
 */
export async function findTouched(
  repository: Repository,
  before: string | undefined,
  after: string,
  options: TouchedOptions = {},
): Promise<TouchedResult> {
  if (before === after && options.all !== true) return { touched: [], problems: [], skills: 0 };
  const limits: Limits = { ...defaults, ...options.limits };
  const base = options.all === true ? undefined : before;
  const [rows, difference] = await Promise.all([list(repository, after), base === undefined ? undefined : differ(repository, base, after)]);
  const deltas: readonly Delta[] = difference?.deltas ?? [...rows].map(([path, row]) => ({ path, after: row }));
  repository.remember(after, rows);
  const older: Map<string, Row> = difference === undefined ? new Map() : undo(rows, difference);
  if (base !== undefined) repository.remember(base, older);
  const blobs = openBlobs(repository);
  const free = await freeSubmodules([rows, older], options);
  const now = await sideOf(listing(withoutKnown(rows, free)), blobs);
  const then = await sideOf(listing(withoutKnown(older, free)), blobs);
  const texts = openTexts(blobs, [now.listing, then.listing], limits);

  const every = [...now.listing.skills, ...then.listing.skills, AGENTS];
  let keys = new Set(every);
  if (difference !== undefined) {
    const others = await findReferrers(repository, after, deltas, now, then, texts);
    if (others !== 'all') keys = new Set([...owners(deltas, now, then), ...others]);
  }
  const names = difference === undefined ? [] : newNames(deltas, now, then);
  for (const { skill } of names) keys.add(skill);
  const [packagesNow, packagesThen] = [await gather(keys, now, texts, blobs, limits), await gather(keys, then, texts, blobs, limits)];
  const changed = new Set(deltas.map(({ path }) => path));
  const sides = [...keys].sort(inOrder).flatMap((key): Sides[] => {
    const [a, b] = [packagesThen.get(key), packagesNow.get(key)];
    if (a === undefined && b === undefined) return [];
    const by = new Set([...(a?.paths ?? []), ...(b?.paths ?? [])].filter((path) => changed.has(path)));
    return [{ key, paths: [...by].sort(inOrder), before: a, after: b }];
  });
  const second = names.flatMap(({ name, skill, by }): Touched[] => {
    const found = packagesNow.get(skill)?.package;
    if (found === undefined) return [];
    // Compared with itself: what it can do is no news, what is wrong with it was accepted (if at all) where nobody loads it.
    const after: Package = { ...found, path: name };
    return [{ kind: 'skill', path: name, status: 'moved', from: skill, by: [by], before: found, after }];
  });
  const touched = [...pairMoves(sides, difference), ...second].sort((a, b) => inOrder(a.path, b.path) || inOrder(a.kind, b.kind));
  const problems = [
    ...linkProblems(now, then),
    ...breachProblems(packagesNow, packagesThen),
    ...(await lockProblems(repository, base ?? after, after, deltas, now.listing, blobs, limits)),
    // What a whole run finds was there before; these are about what a change does.
    ...(base === undefined
      ? []
      : [
          ...submoduleProblems(deltas, free),
          ...nameProblems(deltas, now, then),
          ...(await guardedProblems(repository, { before: base, after }, deltas, options.guardedChange)),
        ]),
  ];
  problems.sort((a, b) => inOrder(a.path, b.path) || inOrder(a.code, b.code) || inOrder(a.evidence, b.evidence));
  return { touched, problems, skills: now.listing.skills.size };
}

async function sideOf(side: Listing, blobs: Blobs): Promise<Side> {
  return { listing: side, links: await linksOf(side, blobs) };
}

/** Asked for only where there is a submodule at all: the answer stands in the policy, which most changes never need. */
async function freeSubmodules(sides: readonly ReadonlyMap<string, Row>[], { submodules = [] }: TouchedOptions): Promise<readonly string[]> {
  if (typeof submodules !== 'function') return submodules;
  for (const side of sides) for (const { mode } of side.values()) if (mode === SUBMODULE) return submodules();
  return [];
}

/** Without the submodules that the owner lets move freely. */
function withoutKnown(rows: Map<string, Row>, free: readonly string[]): ReadonlyMap<string, Row> {
  if (free.length === 0) return rows;
  return new Map([...rows].filter(([path, { mode }]) => mode !== SUBMODULE || !free.includes(path)));
}

/** Packages that a changed path lies in, at either side. */
function owners(deltas: readonly Delta[], now: Side, then: Side): Set<string> {
  const keys = new Set<string>();
  for (const { path } of deltas) {
    const found = [now.listing.ownerOf(path), then.listing.ownerOf(path)];
    for (const owner of found) if (owner !== undefined) keys.add(owner);
    if (found.some((owner) => isAgentsOwn(path, owner)) || isPluginPart(path)) keys.add(AGENTS);
    // A SKILL.md that comes or goes moves files between its folder's skill and the one around it, or the agents' files.
    if (isSkillFile(nameOf(path))) {
      for (const side of [now, then]) {
        const above = side.listing.ownerOf(folderOf(path));
        if (above !== undefined) keys.add(above);
      }
      keys.add(AGENTS);
    }
  }
  return keys;
}

interface Sides {
  readonly key: string;
  readonly paths: readonly string[];
  readonly before: Gathered | undefined;
  readonly after: Gathered | undefined;
}

/** A skill that went and one that came with the same files, or whose SKILL.md git takes for the same file, are one that moved. One to one. */
function pairMoves(sides: readonly Sides[], difference: Difference | undefined): Touched[] {
  const gone = new Map(
    sides.filter(({ key, before, after }) => key !== AGENTS && before !== undefined && after === undefined).map((side) => [side.key, side]),
  );
  const come = new Map(
    sides.filter(({ key, before, after }) => key !== AGENTS && before === undefined && after !== undefined).map((side) => [side.key, side]),
  );
  const touched: Touched[] = [];
  const pair = (from: Sides | undefined, to: Sides | undefined): void => {
    if (from === undefined || to === undefined || !come.has(to.key) || !gone.delete(from.key)) return;
    come.delete(to.key);
    const paths = [...new Set([...from.paths, ...to.paths])].sort(inOrder).slice(0, BY);
    touched.push({
      kind: 'skill',
      path: to.key,
      status: 'moved',
      from: from.key,
      by: paths,
      before: from.before!.package,
      after: to.after!.package,
    });
  };
  const byTree = new Map<string, Sides[]>();
  for (const side of gone.values()) byTree.set(side.before!.own, [...(byTree.get(side.before!.own) ?? []), side]);
  for (const side of [...come.values()]) pair(byTree.get(side.after!.own)?.shift(), side);
  for (const { from, to } of difference?.renames ?? [])
    if (isSkillFile(nameOf(from)) && isSkillFile(nameOf(to))) pair(gone.get(folderOf(from)), come.get(folderOf(to)));

  for (const { key, paths, before, after } of sides) {
    const about = { kind: key === AGENTS ? 'agent-files' : 'skill', path: key === AGENTS ? '' : key, by: paths.slice(0, BY) } as const;
    if (before !== undefined && after !== undefined) {
      if (before.package.tree !== after.package.tree) touched.push({ ...about, status: 'changed', before: before.package, after: after.package });
    } else if (after !== undefined && (key === AGENTS || come.has(key))) touched.push({ ...about, status: 'added', after: after.package });
    else if (before !== undefined && (key === AGENTS || gone.has(key))) touched.push({ ...about, status: 'removed', before: before.package });
  }
  return touched;
}
