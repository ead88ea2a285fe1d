/**
 * One thing to vet: which files it has, under which names, from where. A package is known by its rows (names, modes, object ids) before a byte of it is read; `tree` is a digest of them.
 */
import { createHash } from 'node:crypto';
import type { Limits } from '../../scanner/limits.ts';
import { inOrder } from '../../scanner/load/path.ts';
import type { Blobs } from './blobs.ts';
import { joined, type Row } from './listing.ts';
import type { Package, PackageKind } from './model.ts';

export interface PackageFile {
  /** Path inside the package. */
  readonly inside: string;
  /** Path in the repository. */
  readonly path: string;
  readonly row: Row;
}

/** A package of these files. `shared` are the repository paths of those that come from outside of its folder. */
export function makePackage(
  kind: PackageKind,
  folder: string,
  files: readonly PackageFile[],
  shared: readonly string[],
  blobs: Blobs,
  limits: Limits,
): Package {
  const sorted = [...files].sort((a, b) => inOrder(a.inside, b.inside));
  const origins = new Map(sorted.map(({ inside, path }) => [inside, path]));
  const hash = createHash('sha256');
  for (const { inside, row } of sorted) hash.update(`${inside}\0${row.mode}\0${row.oid}\n`);
  return {
    kind,
    path: folder,
    tree: `sha256:${hash.digest('hex')}`,
    shared: [...shared].sort(inOrder),
    entries: () => blobs.entries(sorted, limits),
    repositoryPath: (inside) => {
      const cut = inside.indexOf('!/');
      const [outer, member] = cut < 0 ? [inside, ''] : [inside.slice(0, cut), inside.slice(cut)];
      return `${origins.get(outer) ?? joined(folder, outer)}${member}`;
    },
  };
}
