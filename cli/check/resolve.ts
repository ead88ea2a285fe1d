/**
 * Where in the repository a reference leads, seen from the file it stands in. Skills are run from their own folder, from that of the file, or from the top, so each is tried; what the skill has itself wins over
 * a file of the same name above it, except where the text leaves the folder in so many words (`..`, the top of the repository).
 */

import type { Links } from './links.ts';
import { folderOf, type Listing } from './listing.ts';
import { isPage, type Reference, spellings } from './references.ts';

export interface Side {
  readonly listing: Listing;
  readonly links: Links;
}

/** Where the text stands: a path in the repository, and the package it is read in. */
export interface Standpoint {
  readonly path: string;
  /** Folder of its package. */
  readonly folder: string;
  owns(path: string): boolean;
}

export interface Hit {
  readonly path: string;
  readonly folder: boolean;
}

/** Joins and resolves `..`; undefined if it leads out of the repository. */
function normal(base: string, path: string): string | undefined {
  const out = base === '' ? [] : base.split('/');
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') out.push(segment);
    else if (out.pop() === undefined) return undefined;
  }
  return out.join('/');
}

/** Files, or a folder, of the repository that the reference means. Those of the package itself are left out. */
export function resolveReference(reference: Reference, from: Standpoint, side: Side): Hit[] {
  const here = folderOf(from.path);
  const leaves = reference.path.startsWith('..') || reference.path.includes('/../');
  const at = (base: string): Hit | undefined => {
    const path = normal(base, reference.path);
    return path === undefined || path === '' ? undefined : exists(path, reference, side);
  };
  const outside = (hits: readonly (Hit | undefined)[]): Hit[] => {
    const found = new Map<string, Hit>();
    for (const hit of hits) if (hit !== undefined && !from.owns(hit.path)) found.set(hit.path, hit);
    return [...found.values()].filter((hit) => !hit.folder || mayMount(hit.path, reference, leaves, from));
  };
  if (reference.base === 'root') {
    const top = at('');
    if (top !== undefined) return outside([top]);
  }
  const near = [...new Set([here, from.folder])].map(at);
  if (leaves) {
    const found = outside(near);
    if (reference.base === 'plain' || near.some((hit) => hit !== undefined)) return found;
    // `$ROOT/../lib.sh`: nobody knows where it starts, so its known tail counts.
    const tail: Reference = { ...reference, path: reference.path.replace(/^(?:\.\.\/){1,50}/, '') };
    return tail.path.includes('..') ? [] : resolveReference(tail, from, side);
  }
  if (near.some((hit) => hit !== undefined && (hit.folder || from.owns(hit.path)))) return [];
  // Prose names many files of a repository; what counts is what it has run, or sends the reader to.
  if (!reference.run && isPage(from.path) && !isPage(reference.path)) return [];
  // A bare name behind something unknown (`$APP/app.json`) is anybody's, unless it is run or is code.
  if (!reference.run && reference.base === 'hole' && !reference.path.includes('/') && (isPage(from.path) || !CODE.test(reference.path))) return [];
  // Plain names count from here and from the top; behind something unknown every folder above may be meant. Agents' files speak of the folders above them as well.
  if (reference.base === 'plain' && from.folder !== '') return outside([near.find((hit) => hit !== undefined) ?? at('')]);
  for (let base = here; ; base = folderOf(base)) {
    const hit = at(base);
    if (hit !== undefined) return outside([hit]);
    if (base === '') return [];
  }
}

const CODE = /\.(?:(?:ba|z|k|fi)?sh|ps[dm]?1|pyw?|[cm]?[jt]sx?|rb|pl|php|lua|go|rs|bat|cmd)$/i;

/**
 * A folder counts only where code leaves its own for it, and never one that holds the package or lies in it. Hooks name folders of the project from its top to work on them, not to run them.
 */
function mayMount(folder: string, reference: Reference, leaves: boolean, from: Standpoint): boolean {
  if (isPage(from.path)) return false;
  if (from.folder === '') return leaves;
  if (!leaves && reference.base !== 'root') return false;
  return folder !== from.folder && !from.folder.startsWith(`${folder}/`) && !folder.startsWith(`${from.folder}/`);
}

function exists(path: string, reference: Reference, side: Side): Hit | undefined {
  for (const spelled of spellings(path, reference.module)) {
    const hit = side.links.targets.size === 0 ? plain(spelled, side.listing) : followed(spelled, side);
    if (hit !== undefined && (reference.module !== 'python' || !hit.folder)) return hit;
  }
  return undefined;
}

const plain = (path: string, listing: Listing): Hit | undefined =>
  listing.rows.has(path) ? { path, folder: false } : listing.isFolder(path) ? { path, folder: true } : undefined;

function followed(path: string, side: Side): Hit | undefined {
  const end = side.links.follow(path);
  return end.kind === 'file' || end.kind === 'folder' ? { path: end.path, folder: end.kind === 'folder' } : undefined;
}
