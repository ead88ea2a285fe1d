/**
 * Names that come with a change: those that are not what they look like, and those that are one with another on some file systems. Names that a package's own scan judges (inside of it) are left to it; here it is
 * the folders above, everything outside of packages, and what only a whole tree shows. Names that were there before are nobody's change.
 */
import { createHash } from 'node:crypto';
import { lookalikes } from '../../scanner/data/confusables.ts';
import { limits } from '../../scanner/limits.ts';
import { quote } from '../../scanner/load/errors.ts';
import { folded } from '../../scanner/load/names.ts';
import { inOrder, judgePath } from '../../scanner/load/path.ts';
import { isAgentPlace } from './agent-files.ts';
import { type Delta, folderOf } from './listing.ts';
import type { RepositoryProblem } from './model.ts';
import type { Side } from './resolve.ts';

/** So many of a kind are named; the rest is one more line. */
const MOST = 50;

export const evidenceOf = (text: string | Uint8Array): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** What is wrong with the names of added files. */
export function nameProblems(deltas: readonly Delta[], now: Side, then: Side): RepositoryProblem[] {
  const added = deltas.filter(({ before, after }) => before === undefined && after !== undefined).map(({ path }) => path);
  if (added.length === 0) return [];
  return [...unsafe(added, now, then), ...collisions(added, now)];
}

function unsafe(added: readonly string[], now: Side, then: Side): RepositoryProblem[] {
  const found = new Map<string, RepositoryProblem>();
  for (const path of added) {
    const skill = now.listing.ownerOf(path);
    // The folder of a skill is judged once, by its own name; what lies in it is the scan's.
    const judged = skill === undefined ? path : skill;
    if (judged === '' || found.has(judged)) continue;
    if (skill !== undefined && then.listing.isFolder(skill)) {
      // What only git reads otherwise is no matter of the scan.
      const inner = lookalike(path.slice(skill.length + 1)) ?? gitLike(path);
      if (inner !== undefined && !found.has(path)) found.set(path, unsafeName(path, inner));
      continue;
    }
    const mixed = lookalike(path);
    const says =
      skill !== undefined || isAgentPlace(path)
        ? (mixed ?? wrong(judged))
        : (gitLike(path) ?? wrong(judged, /control|invisible|Unicode|dot or space/));
    if (says !== undefined) found.set(judged, unsafeName(judged, says));
  }
  return cut([...found.values()], 'unsafe-name');
}

const unsafeName = (path: string, says: string): RepositoryProblem => ({
  code: 'unsafe-name',
  gate: 'review',
  path,
  says: `${quote(path)} ${says}.`,
  fix: 'Give it a name in plain letters.',
  evidence: evidenceOf(path),
});

/** What the judge of paths says; `only` picks what matters for files that no agent reads. */
function wrong(path: string, only?: RegExp): string | undefined {
  const { problems } = judgePath(path, limits);
  const first = problems.find(({ code, says }) => code !== 'too-deep' && (only === undefined || only.test(says)));
  const git = gitLike(path);
  if (git !== undefined) return git;
  if (first !== undefined) return first.says.slice(first.says.lastIndexOf('" ') + 2);
  return path.normalize('NFC') === path ? undefined : 'is not in the Unicode form (NFC) that systems agree on';
}

/** Names that some file systems take for git's own folder. */
function gitLike(path: string): string | undefined {
  const own = path.split('/').some((segment) => {
    const bare = segment
      .replace(/\u200c|\u200d|[\u200e\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '')
      .replace(/:.{0,300}$/, '')
      .replace(/[. ]{1,300}$/, '')
      .toLowerCase();
    return bare === '.git' || /^git~\d$/.test(bare);
  });
  return own ? "is a name that some systems take for git's own folder" : undefined;
}

const latin = /[A-Za-z]/;
let disguises: ReadonlySet<string> | undefined;

/** A word that mixes Latin letters with letters of another script that look like Latin ones. */
function lookalike(path: string): string | undefined {
  if (!/[^\x00-\x7f]/.test(path)) return undefined;
  for (const word of path.split(/[^\p{L}\p{M}]/u)) {
    if (word === '') continue;
    disguises ??= new Set(Object.values(lookalikes).flatMap((script) => Object.values(script).flatMap((letters) => [...letters])));
    if (latin.test(word) && [...word].some((letter) => disguises!.has(letter))) return 'mixes letters of different scripts that look alike';
  }
  return undefined;
}

function collisions(added: readonly string[], now: Side): RepositoryProblem[] {
  const { rows } = now.listing;
  const wanted = new Map<string, string>();
  // Folders collide as well: `Skills/` and `skills/` are one on most laptops.
  for (const path of added) for (let part = path; part !== '' && !wanted.has(fold(part)); part = folderOf(part)) wanted.set(fold(part), part);
  const found = new Map<string, RepositoryProblem>();
  const seen = new Set<string>();
  for (const path of rows.keys()) {
    for (let part = path; part !== '' && !seen.has(part); part = folderOf(part)) {
      seen.add(part);
      const other = wanted.get(fold(part));
      if (other === undefined || other === part || found.has(other)) continue;
      const skill = now.listing.ownerOf(part);
      // Two files of one skill: its scan says so.
      if (skill !== undefined && skill === now.listing.ownerOf(other)) continue;
      if (skill === undefined && now.listing.ownerOf(other) === undefined && !touchesAgents(part, other, now)) continue;
      found.set(other, {
        code: 'name-collision',
        gate: 'review',
        path: other,
        says: `${quote(other)} and ${quote(part)} are one on file systems where case or Unicode form does not count, so one hides the other.`,
        fix: 'Rename one of them.',
        evidence: evidenceOf([part, other].sort(inOrder).join('\0')),
      });
    }
  }
  return cut([...found.values()], 'name-collision');
}

/** Does a collision outside of skills concern a place that agents read, or a folder with skills in it? */
function touchesAgents(a: string, b: string, { listing }: Side): boolean {
  if (isAgentPlace(a) || isAgentPlace(b)) return true;
  for (const skill of listing.skills) if (skill === a || skill === b || skill.startsWith(`${a}/`) || skill.startsWith(`${b}/`)) return true;
  return false;
}

const fold = (path: string): string => (/[^\x00-\x7f]/.test(path) ? folded(path) : path.toLowerCase());

/** A bounded list; what was cut is one problem that says how many. */
export function cut(problems: readonly RepositoryProblem[], code: RepositoryProblem['code']): RepositoryProblem[] {
  const sorted = [...problems].sort((a, b) => inOrder(a.path, b.path));
  if (sorted.length <= MOST) return sorted;
  const rest = sorted.slice(MOST);
  const worst = rest.some(({ gate }) => gate === 'block') ? 'block' : rest.some(({ gate }) => gate === 'incomplete') ? 'incomplete' : 'review';
  return [
    ...sorted.slice(0, MOST),
    {
      code,
      gate: worst,
      path: rest[0]!.path,
      says: `${rest.length} more paths have the same problem.`,
      fix: rest[0]!.fix,
      evidence: evidenceOf(rest.map(({ path, evidence }) => `${path}\0${evidence}`).join('\n')),
    },
  ];
}
