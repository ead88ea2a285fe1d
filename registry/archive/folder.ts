/**
 * A folder to the files that the `clawhub` command would publish from it: without names that begin with a dot, node_modules, what the ignore files of the root name, and a generated
 * `skill-card.md`; a SKILL.md is always in. Reading is the scanner's (load/folder.ts): no link is followed, nothing but plain files is opened. Where `clawhub` skips
 * links and special files in silence, they are problems here: their author would miss them.
 */
import fs from 'node:fs';
import { LoadError, quote, systemCode } from '../../scanner/load/errors.ts';
import { readFolder } from '../../scanner/load/folder.ts';
import { byBytes, isHidden, isSkillFile, judgeNames, judgeSizes, type PackFile } from './check.ts';
import { ArchiveError, type FileProblem, refusal } from './errors.ts';
import { IGNORE_BYTES, ignoreFiles, ignoring } from './ignore.ts';
import { type ArchiveLimits, archiveLimits, forReaders } from './limits.ts';
import { entryProblem } from './read.ts';

/** What a folder would publish, and what is in the way. */
export interface Listing {
  /** In byte order. */
  readonly files: readonly PackFile[];
  readonly problems: readonly FileProblem[];
}

const isCard = (path: string): boolean => path.trim().toLowerCase() === 'skill-card.md';

/** Which paths are left out; the ignore patterns given are those of the root. */
function leftOut(patterns: readonly string[]): (path: string, folder: boolean) => boolean {
  const ignored = ignoring(patterns);
  return (path, folder) => isHidden(path) || (!folder && isCard(path)) || (ignored(path, folder) && (folder || !isSkillFile(path)));
}

/** Text of an ignore file of the root. A missing one is empty; one that is a link or too large is refused, because what it says could not be shown to hold. */
function patternsOf(folder: string, name: string): string {
  const path = `${folder}/${name}`;
  let handle: number | undefined;
  try {
    handle = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0));
    const stat = fs.fstatSync(handle);
    if (stat.isFile() && stat.size <= IGNORE_BYTES) return fs.readFileSync(handle, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
  } finally {
    if (handle !== undefined) fs.closeSync(handle);
  }
  throw new ArchiveError('unreadable', `${quote(name)} is not a plain, readable file of at most ${IGNORE_BYTES} bytes. Mend it or take it away.`);
}

/**
 * Lists a folder with everything that stands in the way of packing it: links, special files, unreadable files, names and sizes. Whether it is a whole skill is
 * {@link checkFiles}' to say.
 * @throws ArchiveError `unreadable` when the folder or its ignore files cannot be read
 */
export function listFolder(folder: string, limits: ArchiveLimits = archiveLimits): Listing {
  try {
    const root = fs.realpathSync(folder);
    const entries = readFolder(root, forReaders(limits), leftOut(ignoreFiles.map((name) => patternsOf(root, name))));
    const files = entries.flatMap((entry): PackFile[] => (entry.kind === 'file' ? [{ path: entry.path, bytes: Buffer.from(entry.bytes) }] : []));
    const problems = entries.flatMap((entry) => entryProblem(entry) ?? []);
    const paths = files.map((file) => file.path);
    const sizes = files.map((file) => ({ path: file.path, size: file.bytes.length }));
    return {
      files: files.sort((a, b) => byBytes(a.path, b.path)),
      problems: [...problems, ...judgeNames(paths, limits), ...judgeSizes(sizes, limits)].sort((a, b) => byBytes(a.path, b.path)),
    };
  } catch (error) {
    if (!(error instanceof LoadError) && (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    const why = error instanceof LoadError ? error.message : `It cannot be read (${systemCode(error) ?? 'unknown reason'}).`;
    throw new ArchiveError('unreadable', `${quote(folder)} is not a readable folder. ${why}`, [], error);
  }
}

/**
 * The files that `clawhub` would publish from a folder, in byte order.
 * @throws ArchiveError `unreadable`, `bad-files` or `too-large`, with every problem
 */
export function packFolder(folder: string, limits: ArchiveLimits = archiveLimits): PackFile[] {
  const { files, problems } = listFolder(folder, limits);
  if (problems.length > 0) throw refusal(problems);
  return [...files];
}

/**
 * The same choice for files that are in memory already (a git tree, an archive from elsewhere): drops what {@link packFolder} would not have read.
 * @throws ArchiveError `unreadable` when the ignore files among them cannot be applied
 */
export function published(files: readonly PackFile[]): PackFile[] {
  const text = (name: string): string =>
    files
      .find((file) => file.path === name)
      ?.bytes.subarray(0, IGNORE_BYTES)
      .toString('utf8') ?? '';
  const out = leftOut(ignoreFiles.map(text));
  const folders = new Map<string, boolean>();
  const folderOut = (path: string): boolean => {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const slash = path.lastIndexOf('/');
    const result = (slash > 0 && folderOut(path.slice(0, slash))) || out(path, true);
    folders.set(path, result);
    return result;
  };
  return files.filter(({ path }) => {
    const slash = path.lastIndexOf('/');
    return !path.startsWith('__MACOSX/') && !(slash > 0 && folderOut(path.slice(0, slash))) && !out(path, false);
  });
}
