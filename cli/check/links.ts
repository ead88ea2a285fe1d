/**
 * Symbolic links of a tree, followed inside that tree and never on a disk: component by component, as a system would, with a bound on hops. What leaves the repository, leads nowhere or runs in circles says so.
 */
import type { Blobs } from './blobs.ts';
import { folderOf, joined, LINK, type Listing, type Row, SUBMODULE } from './listing.ts';
import { CheckError } from './model.ts';

export type Followed =
  | { readonly kind: 'file'; readonly path: string; readonly row: Row }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'outside' | 'missing' | 'loop' };

export interface Links {
  /** Target text of every link, by path. */
  readonly targets: ReadonlyMap<string, string>;
  /** What a path in the tree means, links on the way and at its end followed. */
  follow(path: string): Followed;
}

/** Hops after which Linux gives up as well. */
const HOPS = 40;
const MOST = 20_000;
const TARGET = 4_096;

/**
 * Reads all links of a tree.
 * @throws CheckError if there are too many to look at
 */
export async function linksOf(side: Listing, blobs: Blobs): Promise<Links> {
  const rows = [...side.rows].filter(([, { mode }]) => mode === LINK);
  if (rows.length > MOST) throw new CheckError(`The repository has ${rows.length} symbolic links; skill check looks at no more than ${MOST}.`);
  const texts = new Map<string, string>();
  await blobs.read(
    rows.map(([, { oid }]) => oid),
    TARGET,
    (oid, bytes) => texts.set(oid, bytes.toString('utf8')),
  );
  // One that is too long or not there leads to where no path leads.
  const targets = new Map(rows.map(([path, { oid }]) => [path, texts.get(oid) ?? '/']));
  return { targets, follow: (path) => follow(path, side, targets) };
}

function follow(path: string, side: Listing, targets: ReadonlyMap<string, string>): Followed {
  let ahead = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  let at = '';
  let hops = 0;
  while (ahead.length > 0) {
    const [segment, ...rest] = ahead as [string, ...string[]];
    ahead = rest;
    if (segment === '..') {
      if (at === '') return { kind: 'outside' };
      at = folderOf(at);
      continue;
    }
    const next = joined(at, segment);
    const target = targets.get(next);
    if (target !== undefined) {
      if (++hops > HOPS) return { kind: 'loop' };
      if (target.startsWith('/') || /^[A-Za-z]:|\\/.test(target)) return { kind: 'outside' };
      ahead = [...target.split('/').filter((part) => part !== '' && part !== '.'), ...ahead];
      if (ahead.length > 500) return { kind: 'loop' };
      continue;
    }
    const row = side.rows.get(next);
    if (row !== undefined)
      return row.mode === SUBMODULE || row.mode === LINK || ahead.length > 0 ? { kind: 'missing' } : { kind: 'file', path: next, row };
    if (!side.isFolder(next)) return { kind: 'missing' };
    at = next;
  }
  return { kind: 'folder', path: at };
}
