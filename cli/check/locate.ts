/**
 * Where a repository lies, found by its files alone: no process, no `GIT_DIR`, none of its settings. Work trees, linked work trees, submodules (`.git` files) and bare repositories.
 * Follows gitrepository-layout(5). What it reads are two one-line files and the list of alternates; all are bounded.
 */
import fs from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { quote } from '../../scanner/load/errors.ts';
import { CheckError } from './model.ts';

export interface Located {
  /** Top of the work tree; of a bare repository its own folder. */
  readonly root: string;
  /** What `--git-dir` names: has HEAD and index. */
  readonly gitDir: string;
  /** Shared by all work trees: has objects, refs and `shallow`. */
  readonly commonDir: string;
  readonly bare: boolean;
}

const MOST = 64 * 1024;

/**
 * The repository that a folder lies in.
 * @throws CheckError if there is none
 */
export function locate(cwd: string): Located {
  let start: string;
  try {
    start = fs.realpathSync(cwd);
    if (!fs.statSync(start).isDirectory()) start = dirname(start);
  } catch {
    throw new CheckError(`${quote(cwd)} does not exist. Give a folder in a git repository.`);
  }
  for (let folder = start; ; folder = dirname(folder)) {
    const place = join(folder, '.git');
    const stat = fs.statSync(place, { throwIfNoEntry: false });
    if (stat?.isDirectory() && looksBare(place)) return { root: folder, gitDir: place, commonDir: place, bare: false };
    if (stat?.isFile()) return linked(folder, place);
    if (looksBare(folder)) return { root: folder, gitDir: folder, commonDir: commonOf(folder), bare: true };
    if (dirname(folder) === folder) break;
  }
  throw new CheckError(`${quote(cwd)} is not in a git repository. Run this in a clone, or use skill vet for a plain folder.`);
}

const looksBare = (folder: string): boolean =>
  fs.existsSync(join(folder, 'HEAD')) &&
  (fs.existsSync(join(folder, 'commondir')) || (fs.existsSync(join(folder, 'objects')) && fs.existsSync(join(folder, 'refs'))));

function linked(root: string, file: string): Located {
  const named = /^gitdir: ([^\n\r\0]{1,4000})/.exec(firstBytes(file) ?? '')?.[1];
  const gitDir = named === undefined ? undefined : resolve(root, named.trim());
  if (gitDir === undefined || !looksBare(gitDir))
    throw new CheckError(`${quote(file)} does not lead to a git repository. If its main work tree was moved, run git worktree repair there.`);
  return { root, gitDir, commonDir: commonOf(gitDir), bare: false };
}

function commonOf(gitDir: string): string {
  const named = firstBytes(join(gitDir, 'commondir'))?.split('\n', 1)[0]?.trim();
  return named === undefined || named === '' ? gitDir : resolve(gitDir, named);
}

/** Object folders that lie behind the repository's own, as `objects/info/alternates` names them. git reads relative ones at the first level only; here they are made absolute. */
export function alternatesOf(objects: string): string[] {
  const found: string[] = [];
  const queue = [objects];
  for (let turn = 0; turn < queue.length && turn < 20; turn++) {
    const folder = queue[turn]!;
    for (const line of (firstBytes(join(folder, 'info', 'alternates')) ?? '').split('\n')) {
      // A quoted line is absolute by its nature (git wrote it): git reads it itself.
      if (line === '' || line.startsWith('#') || line.startsWith('"')) continue;
      const place = isAbsolute(line) ? line : resolve(folder, line);
      if (!found.includes(place) && place !== objects) {
        found.push(place);
        queue.push(place);
      }
    }
  }
  return found;
}

function firstBytes(path: string): string | undefined {
  let handle: number | undefined;
  try {
    handle = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
    const bytes = Buffer.alloc(MOST);
    return bytes.toString('utf8', 0, fs.readSync(handle, bytes, 0, MOST, 0));
  } catch {
    return undefined;
  } finally {
    if (handle !== undefined) fs.closeSync(handle);
  }
}
