/**
 * `.gitignore` and `.clawhubignore` as the `clawhub` command reads them: only those at the root, one after the other, last match wins, letter case does not count, and nothing below
 * an ignored folder comes back. Patterns are gitignore(5); minimatch matches them.
 *
 * It promises an answer within the time limit: the patterns may come from a hostile folder, and a name with several `*` can cost a regular expression more than
 * its length. What costs too much is an ArchiveError, not a hang. @see https://git-scm.com/docs/gitignore
 */
import { Minimatch } from 'minimatch';
import { withDeadline } from '../../scanner/deadline.ts';
import { quote } from '../../scanner/load/errors.ts';
import { ArchiveError } from './errors.ts';

/** Files of patterns, in the order in which they count. */
export const ignoreFiles = ['.gitignore', '.clawhubignore', '.clawdhubignore'] as const;
/** Largest file of patterns that is read, and the most patterns of all of them. */
export const IGNORE_BYTES = 256 * 1024;
const MOST = 2_000;
const MS = 5_000;
/** Up to here the regular expression of one name costs little for any name that a file system takes. */
const STARS = 3;

interface Rule {
  readonly line: string;
  readonly negative: boolean;
  readonly foldersOnly: boolean;
  readonly matcher: Minimatch;
  readonly costly: boolean;
}

/** One line of a file of patterns; undefined if it says nothing. */
function ruleOf(text: string): Rule | undefined {
  let line = text;
  // Spaces at the end do not count unless a backslash keeps them.
  while (/[ \t]$/.test(line) && !line.endsWith('\\ ')) line = line.slice(0, -1);
  if (line === '' || line.startsWith('#')) return undefined;
  const negative = line.startsWith('!');
  if (negative) line = line.slice(1);
  const foldersOnly = line.endsWith('/');
  if (foldersOnly) line = line.slice(0, -1);
  const anchored = line.includes('/');
  if (line.startsWith('/')) line = line.slice(1);
  let backslashes = 0;
  while (line.at(-1 - backslashes) === '\\') backslashes++;
  if (line === '' || backslashes % 2 === 1) return undefined;
  const matcher = new Minimatch(anchored ? line : `**/${line}`, {
    dot: true,
    nobrace: true,
    nocase: true,
    nocomment: true,
    noext: true,
    nonegate: true,
    platform: 'linux',
  });
  return { line: text, negative, foldersOnly, matcher, costly: line.split('/').some((name) => name.split('*').length - 1 > STARS) };
}

/**
 * Compiles files of patterns, in the order in which they count.
 * @returns whether a path is ignored. Ask for folders first and do not go into ignored ones.
 * @throws ArchiveError `unreadable` when there are too many patterns; the answer throws it when they cost too much time
 */
export function ignoring(sources: readonly string[]): (path: string, folder: boolean) => boolean {
  const lines = sources.flatMap((source) => source.replace(/^\ufeff/, '').split(/\r?\n/));
  if (lines.length > MOST)
    throw new ArchiveError('unreadable', `${ignoreFiles.join(' and ')} have ${lines.length} lines together; the limit is ${MOST}. Shorten them.`);
  const rules = lines.flatMap((line) => ruleOf(line) ?? []);
  let spent = 0;
  const tooSlow = (rule: Rule): ArchiveError =>
    new ArchiveError('unreadable', `The ignore patterns take too long to match (the last was ${quote(rule.line)}). Use fewer * in one name.`);
  const matches = (rule: Rule, path: string): boolean => {
    if (!rule.costly) return rule.matcher.match(path);
    let hit = false;
    if (
      withDeadline(Math.max(1, Math.floor(MS - spent)), () => {
        hit = rule.matcher.match(path);
      }) === 'time'
    )
      throw tooSlow(rule);
    return hit;
  };
  return (path, folder) => {
    const started = performance.now();
    let ignored = false;
    for (const rule of rules) {
      // A rule can only change the answer one way.
      if (rule.negative !== ignored || (rule.foldersOnly && !folder)) continue;
      if (matches(rule, path)) ignored = !rule.negative;
      if (spent + performance.now() - started > MS) throw tooSlow(rule);
    }
    spent += performance.now() - started;
    return ignored;
  };
}
