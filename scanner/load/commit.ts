/**
 * A git repository at a commit, without ever checking it out: `ls-tree` for names, `cat-file --batch` for bytes. Attributes (`export-ignore`, filters), hooks, LFS,
 * submodules and replace refs have no effect; submodules and LFS pointers stay visible as what they are.
 *
 * A remote one is fetched (depth 1) into a private temporary folder that is removed whatever happens; a local one is read in place, with every protocol forbidden,
 * so that a promisor remote in its settings cannot make git fetch or run anything.
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Limits } from '../limits.ts';
import { stopwatch } from './budget.ts';
import type { SourceEntry } from './contract.ts';
import { LoadError, quote } from './errors.ts';
import { type GitResult, type GitRun, git } from './git.ts';

export interface GitSource {
  readonly url: string;
  readonly ref?: string;
  readonly path?: string;
  readonly loose?: boolean;
}
export interface GitRead {
  readonly entries: SourceEntry[];
  readonly commit: string;
}

const wanted = 'refs/skillward/wanted';

/** Fetches and reads a remote repository. `file:` addresses are for repositories on this machine. */
export async function readRemote(source: GitSource, limits: Limits): Promise<GitRead> {
  const protocols = source.url.startsWith('https:') ? 'https' : source.url.startsWith('file:') ? 'file' : 'ssh';
  return withTemporary(async (home) => {
    const clock = stopwatch(limits);
    const run = (): GitRun => ({ home, protocols: 'none', most: 1024 * 1024, milliseconds: clock.left });
    const made = await git(['init', '--quiet', '--bare', '--template=', '--', join(home, 'repository')], run());
    if (made.code !== 0) throw failed('prepare a temporary repository', made);
    const at = ['--git-dir', join(home, 'repository')];
    const most = limits.totalBytes * 8;
    const objects = join(home, 'repository', 'objects', 'pack');

    let last: GitResult | undefined;
    for (const { ref, path } of candidates(source)) {
      const args = [
        'fetch',
        '--quiet',
        '--depth=1',
        '--no-tags',
        '--no-recurse-submodules',
        '--no-auto-maintenance',
        '--',
        source.url,
        `+${ref}:${wanted}`,
      ];
      last = await git([...at, ...args], { ...run(), protocols, watch: () => sizeOf(objects) > most });
      if (last.ended === 'time')
        throw new LoadError(
          'time-limit',
          `Fetching ${quote(source.url)} took longer than ${limits.loadMs} ms. Clone it yourself and give the folder.`,
        );
      if (last.ended === 'watch')
        throw new LoadError('too-large', `${quote(source.url)} is larger than ${most} bytes. Clone it yourself and give the folder of the skill.`);
      if (last.code === 0) return readTree(at, wanted, path, limits, run);
      if (!/couldn't find remote ref|not our ref|no such remote ref|invalid refspec/i.test(last.stderr)) break;
    }
    throw fetchFailed(source, last!);
  });
}

/** `tree/a/b/c` may mean branch `a` with folder `b/c`, or branch `a/b` with folder `c`. Shortest first; only pages of forges are that loose. */
function candidates(source: GitSource): { ref: string; path: string | undefined }[] {
  if (source.ref === undefined) return [{ ref: 'HEAD', path: source.path }];
  const list: { ref: string; path: string | undefined }[] = [{ ref: source.ref, path: source.path }];
  if (source.loose !== true || source.path === undefined) return list;
  const segments = source.path.split('/');
  for (let take = 1; take <= Math.min(4, segments.length); take++) {
    list.push({ ref: [source.ref, ...segments.slice(0, take)].join('/'), path: segments.slice(take).join('/') || undefined });
  }
  return list;
}

/** Reads a repository on this disk, in place. */
export async function readLocal(folder: string, ref: string | undefined, path: string | undefined, limits: Limits): Promise<GitRead> {
  const root = fs.realpathSync(folder);
  const isBare = fs.existsSync(join(root, 'HEAD')) && fs.existsSync(join(root, 'objects'));
  const gitDir = isBare ? root : join(root, '.git');
  if (!fs.existsSync(gitDir))
    throw new LoadError('not-found', `${quote(folder)} is not the top folder of a git repository. Write repository#ref:folder.`);
  return withTemporary((home) => {
    const clock = stopwatch(limits);
    return readTree(['--git-dir', gitDir], ref ?? 'HEAD', path, limits, () => ({
      home,
      protocols: 'none',
      most: 1024 * 1024,
      milliseconds: clock.left,
    }));
  });
}

export interface TreeRow {
  readonly mode: string;
  readonly oid: string;
  readonly size: number;
  readonly path: string;
}

async function readTree(at: readonly string[], ref: string, path: string | undefined, limits: Limits, run: () => GitRun): Promise<GitRead> {
  const found = await git([...at, 'rev-parse', '--quiet', '--verify', '--end-of-options', `${ref}^{commit}`], run());
  const commit = found.stdout.toString('latin1').trim().split('\n').at(-1) ?? '';
  if (found.code !== 0 || !/^[0-9a-f]{40,64}$/.test(commit))
    throw new LoadError('not-found', `There is no branch, tag or commit ${quote(ref)}. Check its name.`);
  const object = path === undefined ? `${commit}^{tree}` : `${commit}:${path}`;
  const kind = await git([...at, 'cat-file', '-t', object], run());
  const type = kind.stdout.toString('latin1').trim();
  if (type === '') throw new LoadError('not-found', `There is no folder or file ${quote(path ?? '')} at ${commit.slice(0, 12)}. Check the path.`);
  if (type === 'blob') return { entries: await readBlobs(at, [await oneBlob(at, object, path!, run)], limits, run), commit };

  const most = limits.files * 400;
  const listed = await git([...at, 'ls-tree', '-r', '-z', '-l', '--full-tree', object], { ...run(), most });
  if (listed.ended === 'time') throw new LoadError('time-limit', 'Listing the repository took too long. Give the folder of one skill in it.');
  if (listed.ended !== 'output' && listed.code !== 0) throw failed('list the repository', listed);
  const rows = parseRows(listed.stdout);
  const kept = rows.slice(0, limits.files);
  const entries = await readBlobs(at, kept, limits, run);
  if (listed.ended === 'output' || kept.length < rows.length) {
    const says = `it has more than ${limits.files} files; the rest was not read. Give the folder of one skill in it.`;
    entries.push({ path: '', kind: 'problem', code: 'too-many-files', says, incomplete: true });
  }
  return { entries, commit };
}

async function oneBlob(at: readonly string[], object: string, path: string, run: () => GitRun): Promise<TreeRow> {
  const answer = await git([...at, 'cat-file', '--batch-check'], { ...run(), input: Buffer.from(`${object}\n`) });
  const [oid = '', , size = '0'] = answer.stdout.toString('latin1').trim().split(' ');
  if (!/^[0-9a-f]{40,64}$/.test(oid)) throw failed('read the file', answer);
  return { mode: '100644', oid, size: Number(size), path: path.slice(path.lastIndexOf('/') + 1) };
}

/** `<mode> <type> <oid> <size>\t<path>\0`. An incomplete last row is left out. */
export function parseRows(bytes: Buffer): TreeRow[] {
  const rows: TreeRow[] = [];
  for (let start = 0, end = bytes.indexOf(0); end >= 0; start = end + 1, end = bytes.indexOf(0, start)) {
    const tab = bytes.indexOf(9, start);
    if (tab < 0 || tab > end) continue;
    const [mode = '', , oid = '', size = '-'] = bytes.toString('latin1', start, tab).split(/ {1,20}/);
    rows.push({ mode, oid, size: size === '-' ? 0 : Number(size), path: bytes.toString('utf8', tab + 1, end) });
  }
  return rows;
}

async function readBlobs(at: readonly string[], rows: readonly TreeRow[], limits: Limits, run: () => GitRun): Promise<SourceEntry[]> {
  const entries: SourceEntry[] = [];
  const wants: TreeRow[] = [];
  let room = limits.totalBytes;
  for (const row of [...rows].sort((a, b) => a.size - b.size)) {
    const { path, size } = row;
    if (row.mode === '160000') entries.push({ path, kind: 'submodule', target: row.oid });
    else if (size > limits.fileBytes) entries.push({ path, kind: 'unread', size, why: 'file-too-large' });
    else if (size > room) entries.push({ path, kind: 'unread', size, why: 'too-many-bytes' });
    else {
      room -= size;
      wants.push(row);
    }
  }
  const input = Buffer.from(wants.map((row) => `${row.oid}\n`).join(''));
  const most = limits.totalBytes + rows.length * 128 + 1024;
  const answer = wants.length === 0 ? undefined : await git([...at, 'cat-file', '--batch', '--buffer'], { ...run(), input, most });
  const blobs = answer === undefined ? [] : parseBatch(answer.stdout, wants.length);
  wants.forEach((row, index) => {
    const bytes = blobs[index];
    const { path } = row;
    if (bytes === undefined) entries.push({ path, kind: 'unread', size: row.size, why: answer?.ended === 'time' ? 'time-limit' : 'unreadable' });
    else if (row.mode === '120000') entries.push({ path, kind: 'link', target: bytes.toString('utf8') });
    else entries.push({ path, kind: 'file', bytes, executable: row.mode === '100755' });
  });
  return entries;
}

/** `<oid> <type> <size>\n<bytes>\n`, or `<oid> missing\n`. */
export function parseBatch(bytes: Buffer, count: number): (Buffer | undefined)[] {
  const blobs: (Buffer | undefined)[] = [];
  for (let at = 0; blobs.length < count && at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    if (end < 0) break;
    const [, type, size] = bytes.toString('latin1', at, end).split(' ');
    at = end + 1;
    const length = type === 'blob' ? Number(size) : Number.NaN;
    if (!Number.isInteger(length)) blobs.push(undefined);
    else {
      blobs.push(at + length <= bytes.length ? bytes.subarray(at, at + length) : undefined);
      at += length + 1;
    }
  }
  return blobs;
}

/** A private folder that is gone after `remove`, and also when the process ends or is told to end before that. */
export function temporaryFolder(): { readonly home: string; remove(): void } {
  const home = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'skillward-'));
  const erase = (): void => fs.rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  const forget = (): void => {
    process.off('exit', erase);
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    erase();
    forget();
    process.kill(process.pid, signal);
  };
  process.once('exit', erase);
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    home,
    remove: () => {
      forget();
      erase();
    },
  };
}

async function withTemporary<T>(use: (home: string) => Promise<T>): Promise<T> {
  const { home, remove } = temporaryFolder();
  try {
    return await use(home);
  } finally {
    remove();
  }
}

function sizeOf(folder: string): number {
  try {
    return fs.readdirSync(folder).reduce((sum, name) => sum + (fs.statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
  } catch {
    return 0;
  }
}

const failed = (what: string, result: GitResult): LoadError =>
  new LoadError('git', `git could not ${what}: ${quote(result.stderr.trim().slice(0, 200))}.`);

function fetchFailed(source: GitSource, result: GitResult): LoadError {
  const { stderr } = result;
  const url = quote(source.url);
  if (/couldn't find remote ref|not our ref/i.test(stderr)) {
    return new LoadError(
      'not-found',
      source.ref === undefined ? `${url} is empty: it has no commit.` : `${url} has no branch, tag or commit ${quote(source.ref)}. Check its name.`,
    );
  }
  if (/redirect|The requested URL returned error: 3\d\d/i.test(stderr))
    return new LoadError('redirect-refused', `${url} answers with a redirect. If it was moved, give its new address.`);
  if (/terminal prompts disabled|Authentication failed|could not read Username|Permission denied|returned error: 40[13]/i.test(stderr)) {
    return new LoadError('forbidden', `${url} does not exist or is private. Clone it yourself and give the folder.`);
  }
  if (/not found|does not exist|does not appear to be a git repository|returned error: 404/i.test(stderr))
    return new LoadError('not-found', `There is no repository at ${url}. Check the address.`);
  if (/could not resolve host|unable to access|connection|timed out|host key verification/i.test(stderr)) {
    return new LoadError('network', `${url} cannot be reached: ${quote(stderr.trim().slice(0, 200))}.`);
  }
  return new LoadError('git', `git could not fetch ${url}: ${quote(stderr.trim().slice(0, 200))}.`);
}
