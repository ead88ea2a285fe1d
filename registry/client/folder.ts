/**
 * What really lies in an installed folder, and how it differs from what was released.
 *
 * Everything counts: a file that was added (a compiled Python file runs in place of its source) is a difference like one that was changed. Links, devices and what cannot be read
 * are differences too and are never followed or opened. Left out is only what OpenClaw writes about itself, `.clawhub` and `.clawdhub` at the top.
 */
import { createHash } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { treeDigest } from '../archive/digests.ts';
import { archiveLimits } from '../archive/limits.ts';

export interface FoundFile {
  readonly path: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface Found {
  readonly files: readonly FoundFile[];
  /** Paths that are no plain readable files, with what they are. */
  readonly odd: readonly { readonly path: string; readonly says: string }[];
  /** OpenClaw tree digest; undefined if anything is odd. */
  readonly tree: string | undefined;
}

const records: ReadonlySet<string> = new Set(['.clawhub', '.clawdhub']);
const DEPTH = 64;

/** Reads a folder; undefined if there is nothing of that name. What is no folder is odd. */
export async function readInstalled(folder: string): Promise<Found | undefined> {
  const top = await lstat(folder).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' || error.code === 'ENOTDIR' ? undefined : 'unreadable',
  );
  if (top === undefined) return undefined;
  const files: FoundFile[] = [];
  const odd: { path: string; says: string }[] = [];
  let bytes = 0;
  const walk = async (place: string, path: string, depth: number): Promise<void> => {
    let entries: Dirent[];
    try {
      entries = await readdir(place, { withFileTypes: true });
    } catch (error) {
      odd.push({ path, says: `cannot be listed (${(error as NodeJS.ErrnoException).code ?? 'error'})` });
      return;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (files.length + odd.length > archiveLimits.files || bytes > archiveLimits.totalBytes) {
        odd.push({ path, says: 'holds more than a skill may' });
        return;
      }
      const inner = path === '' ? entry.name : `${path}/${entry.name}`;
      if (path === '' && records.has(entry.name) && entry.isDirectory()) continue;
      if (entry.isDirectory()) {
        if (depth >= DEPTH) odd.push({ path: inner, says: 'is nested too deeply' });
        else await walk(join(place, entry.name), inner, depth + 1);
      } else if (entry.isFile()) {
        const read = await hash(join(place, entry.name));
        if (typeof read === 'string') odd.push({ path: inner, says: read });
        else {
          bytes += read.size;
          files.push({ path: inner, ...read });
        }
      } else odd.push({ path: inner, says: entry.isSymbolicLink() ? 'is a link' : 'is no plain file' });
    }
  };
  if (top === 'unreadable' || !top.isDirectory())
    odd.push({ path: '', says: top !== 'unreadable' && top.isSymbolicLink() ? 'is a link' : 'is no folder that can be read' });
  else await walk(folder, '', 0);
  return { files, odd, tree: odd.length === 0 ? treeDigest(files) : undefined };
}

async function hash(path: string): Promise<{ size: number; sha256: string } | string> {
  try {
    const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return 'is no plain file';
      if (stat.nlink > 1) return 'is a hard link';
      if (stat.size > archiveLimits.totalBytes) return 'is larger than a skill may be';
      const bytes = await file.readFile();
      return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    } finally {
      await file.close();
    }
  } catch (error) {
    return `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`;
  }
}

export interface Difference {
  readonly path: string;
  readonly what: 'changed' | 'missing' | 'added' | 'odd';
  readonly says: string;
}

/** How a folder differs from the files that were released. */
export function differences(found: Found, released: readonly { readonly path: string; readonly sha256: string }[]): Difference[] {
  const now = new Map(found.files.map((file) => [file.path, file]));
  const list: Difference[] = found.odd.map(({ path, says }) => ({ path, what: 'odd', says }));
  for (const { path, sha256 } of released) {
    const file = now.get(path);
    if (file === undefined) list.push({ path, what: 'missing', says: 'is missing' });
    else if (file.sha256 !== sha256) list.push({ path, what: 'changed', says: 'was changed' });
    now.delete(path);
  }
  for (const path of now.keys()) list.push({ path, what: 'added', says: 'was added' });
  return list.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** What programs leave behind by themselves; losing it on an update harms nobody. It still counts when a folder is verified. */
const litter = /(?:^|\/)(?:__pycache__\/[^/]+\.pyc|\.DS_Store|Thumbs\.db)$/;

/** The tree digest of a folder without what programs leave behind. */
export const treeWithoutLitter = (found: Found): string | undefined =>
  found.odd.length === 0 ? treeDigest(found.files.filter((file) => !litter.test(file.path))) : undefined;

export const isLitter = (difference: Difference): boolean => difference.what === 'added' && litter.test(difference.path);
