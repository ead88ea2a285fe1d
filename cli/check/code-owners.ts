/**
 * Does a CODEOWNERS file give the files that the check obeys an owner? Read as the two forges document it:
 * https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners and
 * https://docs.gitlab.com/user/project/codeowners/reference/
 *
 * It promises to say yes only where every reading says yes: the last line that matches decides, a line without owners takes them away, a file that is too large for the forge has none, and
 * optional sections oblige nobody. It cannot see whether the forge is told to insist on the owners; the documentation says so.
 */
import { minimatch } from 'minimatch';
import { APPROVALS_NAME, BASELINE_NAME, LOCK_FILE, POLICY_NAME } from './model.ts';

/** Where the forges look, the first that exists counts. `.gitlab/` is GitLab's alone, `.github/` GitHub's. */
export const CODE_OWNERS_PLACES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS', '.gitlab/CODEOWNERS'] as const;

/** GitHub reads no larger one. */
const MOST = 3 * 1024 * 1024;
const LONGEST = 1_000;
const GUARDED = [APPROVALS_NAME, POLICY_NAME, LOCK_FILE, BASELINE_NAME] as const;

interface Entry {
  readonly pattern: string;
  readonly owners: readonly string[];
}
interface Section {
  readonly optional: boolean;
  readonly entries: readonly Entry[];
  /** Patterns that GitLab takes out of the section for good. */
  readonly excluded: readonly string[];
}

const HEADING = /^(\^)?\[([^\]\n]{1,200})\](?:\[(\d{1,4})\])?(.*)$/;
const OWNER = /^(?:@{1,2}[\w.-]+(?:\/[\w.-]+)*|[^\s@]+@[^\s@]+)$/;

/** `a\ b @x @y # why` in its words; a space after a backslash belongs to the word. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word = '';
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (char === '\\' && line[at + 1] === ' ') {
      word += ' ';
      at++;
    } else if (char === ' ' || char === '\t') {
      if (word !== '') words.push(word);
      word = '';
    } else if (char === '#' && word === '') break;
    else word += char;
  }
  if (word !== '') words.push(word);
  return words;
}

/** A line, or undefined where there is none. Something that is no owner makes GitHub skip the line; GitLab drops the word. */
function entryOf(line: string, defaults: readonly string[], gitlab: boolean): Entry | undefined {
  const [pattern, ...owners] = wordsOf(line);
  if (pattern === undefined || pattern.length > LONGEST) return undefined;
  const known = owners.filter((owner) => OWNER.test(owner));
  if (gitlab) return { pattern, owners: known.length > 0 || owners.length > 0 ? known : defaults };
  return known.length < owners.length || /[![\]]/.test(pattern) ? undefined : { pattern, owners: known };
}

function sectionsOf(text: string, place: string): Section[] {
  const lines = text.split(/\r\n|\n/).map((line) => line.trim());
  const gitlab = place.startsWith('.gitlab/') || (!place.startsWith('.github/') && lines.some((line) => HEADING.test(line)));
  const sections = new Map<string, { optional: boolean; entries: Entry[]; excluded: string[] }>();
  let defaults: readonly string[] = [];
  const open = (name: string, optional: boolean) => {
    // Sections of one name are one section.
    const known = sections.get(name) ?? { optional, entries: [], excluded: [] };
    sections.set(name, known);
    return known;
  };
  let section = open('', false);
  for (const line of lines) {
    const heading = gitlab ? HEADING.exec(line) : null;
    if (heading !== null) {
      section = open(`[${heading[2]!.toLowerCase()}]`, heading[1] !== undefined || heading[3] === '0');
      defaults = wordsOf(heading[4] ?? '').filter((word) => OWNER.test(word));
      continue;
    }
    const entry = entryOf(line, defaults, gitlab);
    if (entry === undefined) continue;
    if (gitlab && entry.pattern.startsWith('!')) section.excluded.push(entry.pattern.slice(1));
    else section.entries.push(entry);
  }
  return [...sections.values()];
}

/** As in a .gitignore, without negation and ranges: a pattern without a slash counts anywhere, a folder for all below it. */
function matches(pattern: string, path: string): boolean {
  const anchored = pattern.replace(/\/$/, '').includes('/');
  let glob = pattern.replace(/^\//, '');
  if (glob === '') return false;
  if (glob.endsWith('/')) glob += '**';
  const options = { dot: true, nobrace: true, noext: true, nocomment: true, nonegate: true, platform: 'linux' } as const;
  // A pattern that names a folder owns what is in it, except `folder/*`, which is for the files right there.
  const globs = [glob, ...(/(?:^|\/)\*$/.test(glob) && anchored ? [] : [`${glob}/**`])];
  return globs.some((one) => minimatch(path, anchored ? one : `**/${one}`, options));
}

/** Owners of a path, of all sections that oblige somebody. */
function ownersOf(sections: readonly Section[], path: string): readonly string[] {
  return sections.flatMap(({ optional, entries, excluded }) =>
    optional || excluded.some((pattern) => matches(pattern, path)) ? [] : (entries.findLast(({ pattern }) => matches(pattern, path))?.owners ?? []),
  );
}

/**
 * Undefined if the file gives an owner to the approvals, the policy, the lock and the baseline; else what is missing, and the line that would add it, as a sentence.
 * @param place path of the CODEOWNERS file, one of {@link CODE_OWNERS_PLACES}
 */
export function guardsApprovals(text: string, place: string): string | undefined {
  if (Buffer.byteLength(text) > MOST) return `${place} is larger than 3 MB, and then nobody reads it.`;
  const sections = sectionsOf(text, place);
  const missing = GUARDED.filter((path) => ownersOf(sections, path).length === 0);
  if (missing.length === 0) return undefined;
  return `${place} of the target branch names no owner for ${missing.join(', ')}. Add as its last line: "/${missing.length === 1 ? missing[0] : 'skills.*'} @your-team".`;
}
