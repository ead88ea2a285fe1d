/**
 * The law of paths: which files may be a skill. Every file set that is stored, packed or installed passes here, wherever it came from.
 *
 * It promises a list of everything that is wrong, in the order of the paths. It refuses names that lead elsewhere, that some file system would change, drop or merge with
 * another (case, Unicode form, device names, a file where a folder is needed), names that clients leave out of what they publish and compare (dot names, node_modules:
 * whatever lay there would escape the fingerprint), and more bytes than the limits. Judging is the scanner's (load/path.ts, load/names.ts); here it is strict: what the scanner
 * repairs and reports is refused. Stops zip-slip, overwriting on case-insensitive disks, and files that ride along unseen.
 */
import { quote } from '../../scanner/load/errors.ts';
import { belowNonFolders, names } from '../../scanner/load/names.ts';
import { judgePath } from '../../scanner/load/path.ts';
import type { FileProblem, FileProblemCode } from './errors.ts';
import { type ArchiveLimits, archiveLimits, forReaders } from './limits.ts';

/** One file of a skill, in memory. */
export interface PackFile {
  /** Relative, `/`-separated. */
  readonly path: string;
  readonly bytes: Buffer;
}

/** Names under which hosts look for the skill itself, at the root. */
export const isSkillFile = (path: string): boolean => /^skills?\.md$/i.test(path);

/** Whether clients leave a path out: a name with a dot in front, or node_modules, at any depth. */
export const isHidden = (path: string): boolean =>
  path.split('/').some((name) => (name.startsWith('.') && name !== '.' && name !== '..') || name === 'node_modules');

/** Byte order of the UTF-8 path: the order of the canonical archive. */
export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const codes: Readonly<Record<string, FileProblemCode>> = {
  'path-escape': 'path-escape',
  'path-unsafe': 'path-unsafe',
  'too-deep': 'path-too-long',
  'duplicate-path': 'duplicate',
  'case-collision': 'collision',
  'unicode-collision': 'collision',
};
const advice: Partial<Record<FileProblemCode, string>> = {
  'path-escape': 'Every path has to lie inside the skill.',
  'path-unsafe': 'Rename it: letters, digits, dots, hyphens and underscores are safe everywhere.',
  'path-too-long': 'Move it up or shorten its name.',
  duplicate: 'Keep one of them.',
  collision: 'Rename one of them.',
};
/** What file systems take for one name. */
const NAME_BYTES = 255;

/** Everything wrong with the names of a package, apart from how they relate to a skill. */
export function judgeNames(paths: readonly string[], limits: ArchiveLimits = archiveLimits): FileProblem[] {
  const bounds = forReaders(limits);
  const problems: FileProblem[] = [];
  const add = (code: FileProblemCode, path: string, says: string): void =>
    void problems.push({ code, path, says: `${says}.${advice[code] === undefined ? '' : ` ${advice[code]}`}` });
  const taken = names();
  const folders = new Map<string, string>();
  const folderNames = names();
  const clashing = new Set<string>();
  for (const path of [...paths].sort(byBytes)) {
    const judged = judgePath(path, bounds);
    for (const { code, says } of judged.problems) add(codes[code] ?? 'path-unsafe', path, says);
    if (judged.problems.length === 0 && judged.path !== path)
      add('path-form', path, `${quote(path)} is not written as ${quote(judged.path)}, the form that every system keeps. Rename it`);
    if (path.split('/').some((name) => Buffer.byteLength(name) > NAME_BYTES))
      add('path-too-long', path, `${quote(path)} has a name of more than ${NAME_BYTES} bytes`);
    for (const { code, says } of taken.take(path, path).problems) add(codes[code] ?? 'collision', path, says);
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const folder = path.slice(0, slash);
      if (folders.has(folder)) continue;
      folders.set(folder, path);
      for (const { code, says } of folderNames.take(folder, folder).problems) {
        clashing.add(folder);
        add(codes[code] ?? 'collision', path, says);
      }
    }
  }
  for (const { path, says } of belowNonFolders([...new Set(paths)].map((path) => ({ path, link: false }))))
    problems.push({ code: 'below-file', path, says: `${says}. Rename one of them.` });
  // A file and a folder whose names differ by case only.
  for (const [folder, inside] of folders) {
    const [clash] = taken.take(folder, folder).problems;
    if (clash !== undefined && !clashing.has(folder) && codes[clash.code] === 'collision') add('collision', inside, clash.says);
  }
  return problems;
}

/** Everything wrong with the sizes and the count. */
export function judgeSizes(files: readonly { readonly path: string; readonly size: number }[], limits: ArchiveLimits = archiveLimits): FileProblem[] {
  const problems: FileProblem[] = [];
  if (files.length > limits.files)
    problems.push({ code: 'too-many-files', path: '', says: `The skill has ${files.length} files; the limit is ${limits.files}. Leave some out.` });
  let total = 0;
  for (const { path, size } of files) {
    total += size;
    if (size > limits.fileBytes)
      problems.push({
        code: 'file-too-large',
        path,
        says: `${quote(path)} has ${size} bytes; the limit for one file is ${limits.fileBytes}. Leave it out or split it.`,
      });
  }
  if (total > limits.totalBytes)
    problems.push({
      code: 'total-too-large',
      path: '',
      says: `The files have ${total} bytes together; the limit is ${limits.totalBytes}. Leave some out.`,
    });
  return problems;
}

/**
 * Checks a file set as a skill: names, sizes, count, no hidden names, exactly one SKILL.md at the root. Never throws.
 * @returns every problem; an empty list means that {@link describe} will take it
 */
export function checkFiles(files: readonly PackFile[], limits: ArchiveLimits = archiveLimits): { readonly problems: readonly FileProblem[] } {
  if (files.length === 0) return { problems: [{ code: 'no-files', path: '', says: 'There are no files. A skill is a folder with a SKILL.md.' }] };
  const problems = judgeSizes(
    files.map(({ path, bytes }) => ({ path, size: bytes.length })),
    limits,
  );
  // With far too many files the count is the whole answer.
  if (files.length > limits.files) return { problems };
  const paths = files.map((file) => file.path);
  problems.push(...judgeNames(paths, limits));
  for (const path of paths)
    if (isHidden(path))
      problems.push({
        code: 'path-hidden',
        path,
        says: `${quote(path)} has a name that begins with a dot or lies in node_modules. Clients leave such files out when they publish and compare: rename it or leave it out.`,
      });
  const skillFiles = paths.filter(isSkillFile);
  if (skillFiles.length === 0)
    problems.push({ code: 'no-skill-file', path: 'SKILL.md', says: 'There is no SKILL.md at the root of the skill. Add one.' });
  if (skillFiles.length > 1 && new Set(skillFiles.map((path) => path.toLowerCase())).size > 1)
    problems.push({
      code: 'ambiguous',
      path: skillFiles[1]!,
      says: `${skillFiles.map(quote).join(' and ')} both stand at the root, and hosts differ on which one is the skill. Keep SKILL.md.`,
    });
  return { problems };
}
