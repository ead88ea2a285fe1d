/**
 * Problems of the tree itself: submodules that moved, links that stand where agents read and lead out of the repository or nowhere, and references that exceed a limit. What was like that before is nobody's change.
 */
import { quote } from '../../scanner/load/errors.ts';
import { isAgentPlace } from './agent-files.ts';
import { type Delta, folderOf, SUBMODULE } from './listing.ts';
import type { RepositoryProblem } from './model.ts';
import { cut, evidenceOf } from './names.ts';
import type { Side } from './resolve.ts';
import { AGENTS, type Gathered } from './shared.ts';

/** Submodules that were added or point to another commit. */
export function submoduleProblems(deltas: readonly Delta[], allowed: readonly string[]): RepositoryProblem[] {
  const found = deltas
    .filter(({ path, after }) => after?.mode === SUBMODULE && !allowed.includes(path))
    .map(
      ({ path, before, after }): RepositoryProblem => ({
        code: 'submodule',
        gate: 'incomplete',
        path,
        says: `The submodule ${quote(path)} ${before?.mode === SUBMODULE ? `moves from commit ${before.oid.slice(0, 12)} to` : 'is new, at commit'} ${after!.oid.slice(0, 12)}. Its content is in another repository and was not vetted.`,
        fix: 'Vet that commit there, and approve it here; or list the folder under check.submodules in the policy.',
        evidence: `commit:${after!.oid}`,
      }),
    );
  return cut(found, 'submodule');
}

const WHY = {
  outside: 'leads out of the repository',
  missing: 'leads to nothing in the repository, so that something can be put there later',
  loop: 'leads in a circle',
} as const;

/** Links outside of skills where an agent looks for its files or skills. Inside of skills the scan reports them. */
export function linkProblems(now: Side, then: Side): RepositoryProblem[] {
  const earlier = new Set(brokenLinks(then).map(({ path, evidence, says }) => `${path}\0${evidence}\0${says}`));
  return cut(
    brokenLinks(now).filter(({ path, evidence, says }) => !earlier.has(`${path}\0${evidence}\0${says}`)),
    'link',
  );
}

function brokenLinks({ listing, links }: Side): RepositoryProblem[] {
  const found: RepositoryProblem[] = [];
  let shelves: Set<string> | undefined;
  for (const [path, target] of links.targets) {
    if (listing.ownerOf(path) !== undefined) continue;
    // Beside skills: a link there stands for one.
    shelves ??= new Set([...listing.skills].filter((skill) => skill !== '').map(folderOf));
    const shelf = folderOf(path);
    if (!isAgentPlace(path) && !(shelf !== '' && shelves.has(shelf))) continue;
    const end = links.follow(path);
    if (end.kind === 'file' || end.kind === 'folder') continue;
    found.push({
      code: 'link',
      gate: end.kind === 'outside' ? 'block' : 'review',
      path,
      says: `${quote(path)} is a link to ${quote(target)}, which ${WHY[end.kind]}. What an agent finds there cannot be vetted.`,
      fix: 'Replace the link by the file itself, or let it point to a file of this repository.',
      evidence: evidenceOf(target),
    });
  }
  return found;
}

/** Packages that refer to more than can be vetted with them. */
export function breachProblems(now: ReadonlyMap<string, Gathered>, then: ReadonlyMap<string, Gathered>): RepositoryProblem[] {
  const found: RepositoryProblem[] = [];
  for (const [key, { breach, package: one }] of now) {
    if (breach === undefined || then.get(key)?.breach === breach) continue;
    found.push({
      code: 'unreadable-file',
      gate: 'incomplete',
      path: key === AGENTS ? '.' : key === '' ? '.' : key,
      says: `${key === AGENTS ? "The agents' files refer" : `${quote(key === '' ? 'The skill' : key)} refers`} to ${breach} outside of its folder. Not all of them were vetted with it.`,
      fix: 'Let it refer to single files, or move what it needs into its folder.',
      evidence: one.tree,
    });
  }
  return cut(found, 'unreadable-file');
}
