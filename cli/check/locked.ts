/**
 * Skills that the committed lock lists, against the bytes that lie in their folders: `skill install --frozen` of somebody else must find what was reviewed. A lock that changes accordingly is a guarded file and
 * is judged as that; here it is the folder that changed alone. Trees are digested as the client does (registry/client/folder.ts): every file counts, links are odd.
 */
import { createHash } from 'node:crypto';
import type { Limits } from '../../scanner/limits.ts';
import { quote } from '../../scanner/load/errors.ts';
import type { Blobs } from './blobs.ts';
import { type Delta, folderOf, joined, type Listing } from './listing.ts';
import { CheckError, LOCK_FILE, type RepositoryProblem } from './model.ts';
import { cut, evidenceOf } from './names.ts';
import type { Repository } from './repository.ts';

const MOST = 8 * 1024 * 1024;

/**
 * Locked folders in which something differs and whose bytes are not those of the lock. A folder that is gone altogether loads nothing.
 * @param tip tree whose lock counts
 * @throws CheckError if that lock cannot be read
 */
export async function lockProblems(
  repository: Repository,
  tip: string,
  after: string,
  deltas: readonly Delta[],
  now: Listing,
  blobs: Blobs,
  limits: Limits,
): Promise<RepositoryProblem[]> {
  const folders = new Set<string>();
  for (const { path } of deltas)
    for (let folder = folderOf(path); folder !== '' && !folders.has(folder); folder = folderOf(folder)) folders.add(folder);
  if (folders.size === 0) return [];
  const lock = await placesOf(repository, tip, true);
  if (lock === undefined) return [];
  const found: RepositoryProblem[] = [];
  let result: Map<string, Locked> | undefined;
  for (const [path, locked] of lock) {
    if (!folders.has(path) || !now.isFolder(path)) continue;
    const tree = await treeOf(path, now, blobs, limits);
    if (tree === locked.tree) continue;
    // The change brings its lock along: what it says then is a guarded file's affair.
    result ??= (await placesOf(repository, after, false)) ?? new Map<string, Locked>();
    if (tree !== undefined && result.get(path)?.tree === tree) continue;
    found.push({
      code: 'lock-mismatch',
      gate: 'review',
      path,
      says: `${quote(path)} is ${quote(`${locked.name}@${locked.version}`)} by the lock, but its files are not the released ones.`,
      fix: 'Install it again with skill install, which writes folder and lock together, or take it out of the lock.',
      evidence:
        tree ??
        evidenceOf(
          now
            .below(path, limits.files + 1)
            .map((file) => `${file}\0${now.rows.get(file)!.oid}`)
            .join('\n'),
        ),
    });
  }
  return cut(found, 'lock-mismatch');
}

interface Locked {
  readonly name: string;
  readonly version: string;
  readonly tree: string;
}

async function placesOf(repository: Repository, tree: string, must: boolean): Promise<Map<string, Locked> | undefined> {
  const bytes = await repository.read(tree, LOCK_FILE, MOST);
  if (bytes === undefined) return undefined;
  const { parseLock } = await import('../../registry/client/lock.ts');
  try {
    const places = new Map<string, Locked>();
    for (const [name, { version, tree: digest, installedAs }] of Object.entries(parseLock(bytes.toString('utf8'), LOCK_FILE).skills))
      for (const place of installedAs) places.set(place, { name, version, tree: digest });
    return places;
  } catch (error) {
    if (!must) return undefined;
    throw new CheckError(`The lock of the target branch cannot be read: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
}

/** Tree digest of a folder; undefined if something in it is no plain file. */
async function treeOf(folder: string, now: Listing, blobs: Blobs, limits: Limits): Promise<string | undefined> {
  const { treeDigest } = await import('../../registry/archive/digests.ts');
  const paths = now.below(folder, limits.files + 1);
  const rows = paths.map((path) => ({ path: path.slice(joined(folder, '').length), row: now.rows.get(path)! }));
  if (paths.length > limits.files || rows.some(({ row }) => !row.mode.startsWith('100'))) return undefined;
  const digests = new Map<string, string>();
  await blobs.read(
    rows.map(({ row }) => row.oid),
    limits.fileBytes,
    (oid, bytes) => digests.set(oid, createHash('sha256').update(bytes).digest('hex')),
  );
  if (rows.some(({ row }) => !digests.has(row.oid))) return undefined;
  return treeDigest(rows.map(({ path, row }) => ({ path, sha256: digests.get(row.oid)! })));
}
