/**
 * Packages with all that belongs to them: their own files, what their links mean, and files from elsewhere in the repository that they refer to, and those that these refer to. A payload in `shared/` is part of
 * every skill that sources it. Files outside are placed where the scanner finds them by the tail of the path that names them. Counts, bytes and depth are limited; what exceeds a limit is reported.
 */
import { posix } from 'node:path';
import type { Limits } from '../../scanner/limits.ts';
import { inOrder } from '../../scanner/load/path.ts';
import { isAgentFile, isAgentsOwn, pluginParts } from './agent-files.ts';
import type { Blobs } from './blobs.ts';
import { folderOf, LINK, type Listing, nameOf, type Row, SUBMODULE } from './listing.ts';
import type { Package, PackageKind } from './model.ts';
import { makePackage, type PackageFile } from './packages.ts';
import { isPage, type Reference, referencesIn } from './references.ts';
import { resolveReference, type Side, type Standpoint } from './resolve.ts';

/** Key of the one package of agents' files among the folders of skills; no path is like it. */
export const AGENTS = '\0agents';

/** Files and bytes from outside of its folder that one package may bring, and references from one to the next. */
export interface SharedLimits {
  readonly files: number;
  readonly bytes: number;
  readonly depth: number;
}
export const sharedLimits: SharedLimits = { files: 400, bytes: 16 * 1024 * 1024, depth: 8 };

export interface Gathered {
  readonly package: Package;
  /** Digest of what lies in its own folder. */
  readonly own: string;
  /** Every repository path that is part of it. */
  readonly paths: ReadonlySet<string>;
  /** What was left out because of a limit, in words. */
  readonly breach?: string;
}

export interface Texts {
  /** Reads what is needed to know the references of these files. */
  load(files: readonly { readonly path: string; readonly row: Row }[]): Promise<void>;
  referencesOf(path: string, row: Row): readonly Reference[];
}

const languageOf = (path: string): string => /\.[a-z]{1,4}$/i.exec(nameOf(path))?.[0].toLowerCase() ?? '';

/** References of files, by content and language; read once however often a file occurs. */
export function openTexts(blobs: Blobs, sides: readonly Listing[], limits: Limits): Texts {
  const memo = new Map<string, readonly Reference[]>();
  const none: readonly Reference[] = [];
  let names: Set<string> | undefined;
  const known = (name: string): boolean => {
    names ??= namesOf(sides);
    return names.has(name);
  };
  const key = (path: string, row: Row): string => `${row.oid}${languageOf(path)}`;
  return {
    load: async (files) => {
      const missing = new Map<string, string[]>();
      for (const { path, row } of files) {
        if (row.mode === LINK || row.mode === SUBMODULE || memo.has(key(path, row))) continue;
        memo.set(key(path, row), none);
        missing.set(row.oid, [...(missing.get(row.oid) ?? []), path]);
      }
      await blobs.read(missing.keys(), limits.textBytes, (oid, bytes) => {
        const text = textOf(bytes);
        if (text === undefined) return;
        for (const path of missing.get(oid)!) memo.set(`${oid}${languageOf(path)}`, referencesIn(text, path, known));
      });
    },
    referencesOf: (path, row) => memo.get(key(path, row)) ?? none,
  };
}

function textOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return Buffer.from(bytes.subarray(0, bytes.length & ~1))
      .swap16()
      .toString('utf16le');
  return bytes.subarray(0, 8_000).includes(0) ? undefined : bytes.toString('utf8');
}

/** Names of all files and folders, and those of modules without their extension and with a dot behind. */
function namesOf(sides: readonly Listing[]): Set<string> {
  const names = new Set<string>();
  for (const { rows } of sides) {
    for (const path of rows.keys()) {
      const name = nameOf(path);
      names.add(name);
      if (/\.(?:[cm]?[jt]sx?|pyw?|json)$/i.test(name)) names.add(name.slice(0, name.lastIndexOf('.') + 1));
      for (let folder = folderOf(path); folder !== '' && !names.has(`${folder}/`); folder = folderOf(folder)) {
        names.add(`${folder}/`);
        names.add(nameOf(folder));
      }
    }
  }
  return names;
}

/** Own files of a package, links replaced by what they mean. Links that leave the repository or lead nowhere stay links, which the scanner reports. */
function ownFiles(key: string, side: Side, limits: Limits): PackageFile[] {
  const { listing } = side;
  const folder = key === AGENTS ? '' : key;
  const paths = key === AGENTS ? agentPaths(side) : listing.filesOf(key);
  const inside = (path: string): string => (folder === '' ? path : path.slice(folder.length + 1));
  const files: PackageFile[] = [];
  const expand = (path: string, row: Row, depth: number, holders: readonly string[]): void => {
    if (row.mode !== LINK || files.length > limits.files) {
      files.push({ inside: inside(path), path, row });
      return;
    }
    const end = side.links.follow(path);
    if (end.kind === 'file') files.push({ inside: inside(path), path: end.path, row: end.row });
    else if (
      end.kind === 'folder' &&
      depth < 4 &&
      !holders.some((holder) => holder === end.path || holder.startsWith(`${end.path}/`) || end.path === '')
    ) {
      for (const found of listing.below(end.path, limits.files + 1)) {
        const alias = `${path}${found.slice(end.path.length)}`;
        // A skill is vetted where it stands; a second name for its folder adds nothing.
        if (key === AGENTS && listing.ownerOf(found) !== undefined) continue;
        const there = listing.rows.get(found)!;
        if (there.mode !== LINK) files.push({ inside: inside(alias), path: found, row: there });
        else {
          const target = side.links.follow(found);
          if (target.kind === 'file') files.push({ inside: inside(alias), path: target.path, row: target.row });
          else if (target.kind !== 'folder') files.push({ inside: inside(alias), path: found, row: there });
        }
      }
    } else if (key !== AGENTS) files.push({ inside: inside(path), path, row });
  };
  for (const path of paths) expand(path, listing.rows.get(path)!, 0, [path, folder]);
  return files;
}

function agentPaths(side: Side): string[] {
  const { listing, links } = side;
  const found: string[] = [];
  for (const path of listing.rows.keys()) if (isAgentsOwn(path, listing.ownerOf(path))) found.push(path);
  const known = new Set(found);
  for (const path of pluginParts(listing.rows.keys())) if (!known.has(path) && listing.ownerOf(path) === undefined) found.push(path);
  // `.claude -> tools/claude`: no file lies there by its own name.
  for (const path of links.targets.keys()) {
    if (found.includes(path) || listing.ownerOf(path) !== undefined) continue;
    const end = links.follow(path);
    if (end.kind !== 'folder') continue;
    if (listing.below(end.path, 2_000).some((below) => isAgentFile(`${path}${below.slice(end.path.length)}`) && !isAgentFile(below)))
      found.push(path);
  }
  return found.sort(inOrder);
}

/** A skill whose files are links into one other skill is a second name for it, which is vetted where it stands. The folder of that other skill. */
export function aliasOf(key: string, { listing, links }: Side): string | undefined {
  if (key === AGENTS || links.targets.size === 0) return undefined;
  const owners = new Set<string | undefined>();
  for (const path of listing.filesOf(key)) {
    if (!links.targets.has(path)) return undefined;
    const end = links.follow(path);
    owners.add(end.kind === 'file' ? listing.ownerOf(end.path) : end.kind === 'folder' ? listing.ownerOf(`${end.path}/x`) : undefined);
  }
  const [owner] = owners;
  return owners.size === 1 && owner !== key ? owner : undefined;
}

interface Growing {
  readonly key: string;
  readonly kind: PackageKind;
  readonly folder: string;
  readonly own: readonly PackageFile[];
  readonly paths: Set<string>;
  readonly added: Map<string, Row>;
  frontier: { readonly path: string; readonly row: Row }[];
  bytes: number;
  breach?: string;
}

/** Builds packages of one side, all together, so that files are read in few processes. Keys that are no package on this side are left out. */
export async function gather(
  keys: Iterable<string>,
  side: Side,
  texts: Texts,
  blobs: Blobs,
  limits: Limits,
  bounds: SharedLimits = sharedLimits,
): Promise<Map<string, Gathered>> {
  const growing: Growing[] = [];
  for (const key of keys) {
    if (key !== AGENTS && !side.listing.skills.has(key)) continue;
    const own = aliasOf(key, side) === undefined ? ownFiles(key, side, limits) : [];
    if (own.length === 0) continue;
    const folder = key === AGENTS ? '' : key;
    const paths = new Set(own.map(({ path }) => path));
    // A script behind a link runs where the link stands.
    const frontier = own.flatMap(({ path, inside, row }) => {
      const alias = folder === '' ? inside : `${folder}/${inside}`;
      return alias === path
        ? [{ path, row }]
        : [
            { path, row },
            { path: alias, row },
          ];
    });
    growing.push({ key, kind: key === AGENTS ? 'agent-files' : 'skill', folder, own, paths, added: new Map(), frontier, bytes: 0 });
  }
  for (let depth = 0; depth <= bounds.depth && growing.some(({ frontier }) => frontier.length > 0); depth++) {
    await texts.load(growing.flatMap(({ frontier }) => frontier));
    for (const one of growing) one.frontier = follow(one, side, texts, bounds);
    await blobs.measure(growing.flatMap(({ frontier }) => frontier.map(({ row }) => row.oid)));
    for (const one of growing) {
      one.frontier = one.frontier.filter(({ path, row }) => {
        one.bytes += blobs.size(row.oid) ?? 0;
        if (one.bytes <= bounds.bytes) return true;
        one.breach = `more than ${bounds.bytes} bytes`;
        one.added.delete(path);
        return false;
      });
      if (depth === bounds.depth && one.frontier.length > 0) {
        one.breach = `files that lie more than ${bounds.depth} references away`;
        for (const { path } of one.frontier) one.added.delete(path);
      }
    }
  }
  return new Map(growing.map((one) => [one.key, finish(one, linksIn(one.key, side), blobs, limits)]));
}

/** Files that the newest files refer to and that are not part of the package yet. */
function follow(one: Growing, side: Side, texts: Texts, bounds: SharedLimits): { path: string; row: Row }[] {
  const { listing } = side;
  const owns = (path: string): boolean => one.paths.has(path);
  const found: { path: string; row: Row }[] = [];
  const take = (path: string): void => {
    const row = listing.rows.get(path);
    if (row === undefined || row.mode === SUBMODULE || row.mode === LINK || owns(path) || one.added.has(path)) return;
    if (one.added.size >= bounds.files) {
      one.breach = `more than ${bounds.files} files`;
      return;
    }
    one.added.set(path, row);
    found.push({ path, row });
  };
  for (const { path, row } of one.frontier) {
    const from: Standpoint = { path, folder: one.folder, owns };
    for (const reference of texts.referencesOf(path, row)) {
      for (const hit of resolveReference(reference, from, side)) {
        if (hit.folder) for (const below of listing.below(hit.path, bounds.files + 1)) take(listing.ownerOf(below) === undefined ? below : '');
        else if (!vettedElsewhere(hit.path, one.key, listing)) take(hit.path);
      }
    }
  }
  return found;
}

/** Pages of another skill and the files that agents load are vetted where they stand; code is vetted together with whoever runs it. */
export function vettedElsewhere(path: string, key: string, listing: Listing): boolean {
  const owner = listing.ownerOf(path);
  if (owner !== undefined && owner !== key) return isPage(path);
  return owner === undefined && key !== AGENTS && isAgentFile(path) && /\.(?:md|mdc|txt|json|jsonc|ya?ml|toml)$/i.test(path);
}

/** Links of a package, and where they point in so many words, also when nothing is there: what changed at either is why the package differs. */
function linksIn(key: string, { listing, links }: Side): string[] {
  if (key === AGENTS || links.targets.size === 0) return [];
  return listing.filesOf(key).flatMap((path) => {
    const target = links.targets.get(path);
    return target === undefined ? [] : [path, posix.join(folderOf(path), target)];
  });
}

function finish(one: Growing, ways: readonly string[], blobs: Blobs, limits: Limits): Gathered {
  const taken = new Set(one.own.map(({ inside }) => inside));
  const files = [...one.own];
  for (const path of [...one.added.keys()].sort(inOrder)) {
    let inside = mountOf(path, one.folder);
    for (let copy = 1; taken.has(inside); copy++) inside = `shared/${copy === 1 ? '' : `${copy}/`}${mountOf(path, one.folder)}`;
    taken.add(inside);
    files.push({ inside, path, row: one.added.get(path)! });
  }
  const make = (list: readonly PackageFile[], shared: readonly string[]): Package => makePackage(one.kind, one.folder, list, shared, blobs, limits);
  const elsewhere = (path: string): boolean => one.kind === 'skill' && one.folder !== '' && !path.startsWith(`${one.folder}/`);
  const shared = new Set([...one.added.keys(), ...one.own.map(({ path }) => path).filter(elsewhere)]);
  return {
    package: make(files, [...shared]),
    own: make(one.own, []).tree,
    paths: new Set([...files.map(({ path }) => path), ...ways]),
    ...(one.breach === undefined ? {} : { breach: one.breach }),
  };
}

/** The path relative to the package, without the `../` that lead out of it. */
function mountOf(path: string, folder: string): string {
  const up = folder === '' ? [] : folder.split('/');
  const down = path.split('/');
  let same = 0;
  while (same < up.length && same < down.length - 1 && up[same] === down[same]) same++;
  return down.slice(same).join('/');
}
