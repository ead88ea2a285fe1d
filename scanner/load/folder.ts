/**
 * A folder on disk. Looks with lstat, never follows a link, opens with O_NOFOLLOW and O_NONBLOCK, and checks again after opening that it is the same plain file: a
 * FIFO, socket or device is listed and never opened, and swapping a file for a link in between gains nothing. Synchronous, because a tree of thousands of
 * small skills spends its time on promises otherwise. Small files are read first; what does not fit is hashed and listed.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import type { Limits } from '../limits.ts';
import { type Keeper, keeper, stopwatch } from './budget.ts';
import type { SourceEntry } from './contract.ts';
import { LoadError, quote, systemCode } from './errors.ts';
import { inOrder, isGitObject } from './path.ts';

/** A path for the system: bytes where the name is not UTF-8. */
type Place = string | Buffer;
interface Found {
  readonly path: string;
  readonly place: Place;
  readonly size: number;
  readonly device: number;
  readonly inode: number;
}

const flags = fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0);
const join = (folder: Place, name: Place): Place =>
  typeof folder === 'string' && typeof name === 'string'
    ? `${folder}/${name}`
    : Buffer.concat([Buffer.from(folder), Buffer.from('/'), Buffer.from(name)]);

/**
 * Lists and reads a folder. Throws a LoadError only if the folder itself cannot be listed.
 * @param skip names what is not looked at, by path and whether it is a folder; nothing is skipped when a skill is scanned
 */
export function readFolder(root: string, limits: Limits, skip: (path: string, folder: boolean) => boolean = () => false): SourceEntry[] {
  const entries: SourceEntry[] = [];
  const files: Found[] = [];
  const clock = stopwatch(limits);
  let objects = 0;
  let cut = false;
  const queue: { place: Place; path: string; depth: number }[] = [{ place: root, path: '', depth: 0 }];
  for (let turn = 0; turn < queue.length && !cut; turn++) {
    const next = queue[turn]!;
    const names = namesIn(next.place, next.path, entries);
    for (const name of names) {
      const place = join(next.place, name);
      const path = `${next.path === '' ? '' : `${next.path}/`}${name.toString('utf8')}`;
      const stat = look(place);
      if (skip(path, stat?.isDirectory() === true)) continue;
      const store = isGitObject(path);
      if (
        stat !== undefined &&
        !stat.isDirectory() &&
        (store ? ++objects > limits.files * 4 : entries.length + files.length - objects >= limits.files)
      ) {
        if (store) continue;
        cut = true;
        break;
      }
      if (stat === undefined) entries.push({ path, kind: 'unread', size: 0, why: 'unreadable' });
      else if (stat.isFile()) files.push({ path, place, size: stat.size, device: stat.dev, inode: stat.ino });
      else if (stat.isSymbolicLink()) entries.push({ path, kind: 'link', target: targetOf(place) });
      else if (!stat.isDirectory()) entries.push({ path, kind: 'device', target: kindOf(stat) });
      else if (next.depth >= limits.pathDepth * 2 || clock.over) {
        entries.push({ path, kind: 'problem', code: clock.over ? 'time-limit' : 'too-deep', says: 'the folder was not listed', incomplete: true });
      } else queue.push({ place, path, depth: next.depth + 1 });
    }
  }
  if (cut) {
    const says = `it has more than ${limits.files} files; the rest was not read`;
    entries.push({ path: '', kind: 'problem', code: 'too-many-files', says, incomplete: true });
  }
  files.sort((a, b) => a.size - b.size || inOrder(a.path, b.path));
  const budget = { bytes: limits.totalBytes, hash: limits.totalBytes * 4 };
  for (const file of files)
    entries.push(clock.over ? { path: file.path, kind: 'unread', size: file.size, why: 'time-limit' } : readFile(file, limits, budget));
  return entries;
}

/** One file that a person named. Its own path may be a link: they chose it. */
export function readOne(path: string, as: string, limits: Limits): SourceEntry[] {
  let stat: fs.Stats;
  let place: string;
  try {
    place = fs.realpathSync(path);
    stat = fs.lstatSync(place);
  } catch (error) {
    throw asLoadError(error, path);
  }
  if (!stat.isFile()) return [{ path: as, kind: 'device', target: kindOf(stat) }];
  const keep: Keeper = keeper(limits);
  keep.add(
    readFile({ path: as, place, size: stat.size, device: stat.dev, inode: stat.ino }, limits, {
      bytes: limits.fileBytes,
      hash: limits.totalBytes * 4,
    }),
  );
  return keep.done();
}

export function asLoadError(error: unknown, path: string): LoadError {
  const code = systemCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP')
    return new LoadError('not-found', `${quote(path)} does not exist. Give the path of a skill folder, an archive or a SKILL.md.`);
  if (code === 'EACCES' || code === 'EPERM') return new LoadError('forbidden', `${quote(path)} may not be read by this user. Check its permissions.`);
  return new LoadError(
    'not-found',
    `${quote(path)} cannot be read (${code ?? 'unknown reason'}). Give the path of a skill folder, an archive or a SKILL.md.`,
    error,
  );
}

/** Names in code-unit order. Names that are not UTF-8 come as bytes, so that they can be opened. */
function namesIn(place: Place, path: string, entries: SourceEntry[]): Place[] {
  try {
    let names: Place[] = fs.readdirSync(place, 'utf8');
    if (names.some((name) => name.includes('\ufffd'))) {
      names = fs.readdirSync(place, 'buffer').map((name) => (Buffer.from(name.toString('utf8')).equals(name) ? name.toString('utf8') : name));
    }
    return names.sort((a, b) => inOrder(a.toString('utf8'), b.toString('utf8')));
  } catch (error) {
    if (path === '') throw asLoadError(error, place.toString('utf8'));
    entries.push({
      path,
      kind: 'problem',
      code: 'unreadable',
      says: `the folder cannot be listed (${systemCode(error) ?? 'unknown reason'})`,
      incomplete: true,
    });
    return [];
  }
}

function look(place: Place): fs.Stats | undefined {
  try {
    return fs.lstatSync(place);
  } catch {
    return undefined;
  }
}

function targetOf(place: Place): string {
  try {
    return fs.readlinkSync(place, 'utf8');
  } catch {
    return '';
  }
}

function kindOf(stat: fs.Stats): string {
  if (stat.isFIFO()) return 'fifo';
  if (stat.isSocket()) return 'socket';
  if (stat.isCharacterDevice()) return 'character device';
  return stat.isBlockDevice() ? 'block device' : stat.isDirectory() ? 'folder' : 'special file';
}

function readFile(file: Found, limits: Limits, budget: { bytes: number; hash: number }): SourceEntry {
  const { path } = file;
  let handle: number | undefined;
  try {
    handle = fs.openSync(file.place, flags);
    const stat = fs.fstatSync(handle);
    if (!stat.isFile() || stat.ino !== file.inode || stat.dev !== file.device) return { path, kind: 'unread', size: file.size, why: 'unreadable' };
    const most = Math.min(limits.fileBytes, budget.bytes);
    if (stat.size > most) return hashOnly(path, handle, stat.size, stat.size > limits.fileBytes ? 'file-too-large' : 'too-many-bytes', budget);
    const bytes = Buffer.allocUnsafe(stat.size + 1);
    let length = 0;
    for (let got = -1; got !== 0 && length < bytes.length; length += got) got = fs.readSync(handle, bytes, length, bytes.length - length, null);
    // It grew while we read: what we have is neither the old nor the new file.
    if (length > stat.size) return { path, kind: 'unread', size: length, why: 'unreadable' };
    budget.bytes -= length;
    return { path, kind: 'file', bytes: bytes.subarray(0, length), executable: (stat.mode & 0o111) !== 0 };
  } catch {
    return { path, kind: 'unread', size: file.size, why: 'unreadable' };
  } finally {
    if (handle !== undefined) fs.closeSync(handle);
  }
}

/** A file too large to keep still gets its hash and its first bytes, as far as hashing is affordable. */
function hashOnly(path: string, handle: number, size: number, why: 'file-too-large' | 'too-many-bytes', budget: { hash: number }): SourceEntry {
  const chunk = Buffer.allocUnsafe(1024 * 1024);
  const hash = createHash('sha256');
  let head: Buffer | undefined;
  let length = 0;
  for (let got = -1; got !== 0 && budget.hash > 0; length += got) {
    got = fs.readSync(handle, chunk, 0, chunk.length, null);
    head ??= Buffer.from(chunk.subarray(0, Math.min(got, 65_536)));
    budget.hash -= got;
    hash.update(chunk.subarray(0, got));
  }
  return { path, kind: 'unread', size, why, ...(head === undefined ? {} : { head }), ...(length === size ? { sha256: hash.digest('hex') } : {}) };
}
