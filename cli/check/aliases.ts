/**
 * Names that a change gives to skills that were there before: a link among the skills of an agent that leads to a folder elsewhere. What lay in a corner, a bad sample for a test among it, is loaded from then on, as if it
 * had been moved there; so it is judged as one that moved. A skill that comes with the change itself is judged as new where it stands, and one that an agent loads anyway gains nothing by another name.
 */
import { isAgentFile, isAgentPlace } from './agent-files.ts';
import { type Delta, LINK } from './listing.ts';
import type { Side } from './resolve.ts';
import { aliasOf } from './shared.ts';

export interface SecondName {
  /** Path that the skill has by the link. */
  readonly name: string;
  /** Folder of the skill. */
  readonly skill: string;
  /** The link. */
  readonly by: string;
}

/** Second names of one change; more are left to the first. */
const MOST = 1_000;

/** Skills that have a name where agents look, and had none there before. */
export function newNames(deltas: readonly Delta[], now: Side, then: Side): SecondName[] {
  const found = new Map<string, SecondName>();
  let before: Set<string> | undefined;
  for (const { path, after } of deltas) {
    if (after?.mode !== LINK) continue;
    for (const one of namesBy(path, now)) {
      if (!isAgentPlace(one.name) || isLoaded(one.skill) || !then.listing.skills.has(one.skill) || found.size >= MOST) continue;
      before ??= namesBefore(then);
      if (!before.has(one.skill) && !found.has(one.skill)) found.set(one.skill, one);
    }
  }
  return [...found.values()];
}

/** Where hosts load skills from: their own folders, and `skills/` at the top. */
const isLoaded = (skill: string): boolean => isAgentFile(`${skill}/SKILL.md`) || /^skills\/[^/]{1,300}$/.test(skill);

function namesBefore(then: Side): Set<string> {
  const names = new Set<string>();
  for (const link of then.links.targets.keys()) for (const { name, skill } of namesBy(link, then)) if (isAgentPlace(name)) names.add(skill);
  return names;
}

/** What skills are called by a link: that of their folder, of one above it, or of their files one by one. */
function namesBy(link: string, side: Side): SecondName[] {
  const { listing, links } = side;
  const owner = listing.ownerOf(link);
  const other = owner === undefined ? undefined : aliasOf(owner, side);
  if (owner !== undefined && other !== undefined) return [{ name: owner, skill: other, by: link }];
  const end = links.follow(link);
  if (end.kind !== 'folder') return [];
  const inside = end.path === '' ? '' : `${end.path}/`;
  return [...listing.skills]
    .filter((skill) => skill === end.path || skill.startsWith(inside))
    .map((skill) => ({ name: `${link}${skill.slice(end.path.length)}`, skill, by: link }));
}
