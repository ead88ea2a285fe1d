/**
 * Who refers to what differs. A changed file outside of a skill touches every skill that names it, directly or through other files. Candidates are found by one search of the tree for the names in question;
 * then the references of the candidates are resolved exactly, at both states, so that a name in common touches nobody.
 */
import { isAgentFile, isPluginPart } from './agent-files.ts';
import { gitFailed } from './git.ts';
import { type Delta, folderOf, nameIn, nameOf } from './listing.ts';
import { isPage } from './references.ts';
import type { Repository } from './repository.ts';
import { resolveReference, type Side } from './resolve.ts';
import { AGENTS, type Texts, vettedElsewhere } from './shared.ts';

/** Searching for more names than this costs more than reading all skills. */
const NAMES = 64;
const ROUNDS = 8;
const MOST = 64 * 1024 * 1024;

/**
 * Packages that refer to what differs, at either side, beyond those that own it.
 * @returns keys, or `all` if it is cheaper to look at every package
 */
export async function findReferrers(
  repository: Repository,
  after: string,
  deltas: readonly Delta[],
  now: Side,
  then: Side,
  texts: Texts,
): Promise<ReadonlySet<string> | 'all'> {
  const found = new Set<string>();
  const keyOf = (path: string): string | undefined => now.listing.ownerOf(path) ?? (isAgentFile(path) || isPluginPart(path) ? AGENTS : undefined);
  const targets = new Set<string>();
  for (const { path } of deltas) if (!isPage(path) || now.listing.ownerOf(path) === undefined) targets.add(path);

  linkHolders(targets, [now, then], keyOf, found);
  let fresh: readonly string[] = [...targets];
  const seen = new Set<string>();
  for (let round = 0; round < ROUNDS && fresh.length > 0; round++) {
    const names = new Set(fresh.flatMap(namesFor));
    if (names.size > NAMES) return 'all';
    const paths = (await grep(repository, after, names)).filter((path) => !seen.has(path) && now.listing.rows.has(path));
    const files = paths.map((path) => ({ path, row: now.listing.rows.get(path)! }));
    await texts.load(files);
    const next: string[] = [];
    for (const { path, row } of files) {
      const key = keyOf(path);
      const from = { path, folder: key === undefined || key === AGENTS ? '' : key, owns: () => false };
      // A shared file is read from the folder of whoever mounts it, which is not known yet; its own folder and those above it are tried.
      const hit = texts
        .referencesOf(path, row)
        .some((reference) =>
          [now, then].some((side) =>
            resolveReference(reference, from, side).some((one) =>
              one.folder ? holds(one.path, targets) : targets.has(one.path) && (key === undefined || !vettedElsewhere(one.path, key, side.listing)),
            ),
          ),
        );
      if (!hit) continue;
      seen.add(path);
      if (key !== undefined) found.add(key);
      // Also through a skill's own file: another skill may run it.
      if (!targets.has(path) && !(isPage(path) && key !== undefined)) {
        targets.add(path);
        next.push(path);
      }
    }
    fresh = next;
  }
  return fresh.length > 0 ? 'all' : found;
}

function holds(folder: string, targets: ReadonlySet<string>): boolean {
  for (const path of targets) if (path.startsWith(`${folder}/`)) return true;
  return false;
}

/** Packages with a link that means a target, or a folder with one. */
function linkHolders(targets: Set<string>, sides: readonly Side[], keyOf: (path: string) => string | undefined, found: Set<string>): void {
  for (const { links, listing } of sides) {
    for (const link of links.targets.keys()) {
      const end = links.follow(link);
      const meant = end.kind === 'file' ? targets.has(end.path) : end.kind === 'folder' && holds(end.path, targets);
      if (!meant) continue;
      const key = keyOf(link) ?? listing.ownerOf(link);
      if (key !== undefined) found.add(key);
      // A folder of agents' files under another name: whatever changes in it is theirs.
      else if (end.kind === 'folder') found.add(AGENTS);
      targets.add(link);
    }
  }
}

/** What a text that refers to a path has to contain: its name, for modules without extension, for packages and folders the folder's name. */
function namesFor(path: string): string[] {
  const name = nameOf(path);
  const names = [name];
  const stem = /^(.{2,})\.(?:[cm]?[jt]sx?|pyw?)$/i.exec(name)?.[1];
  if (stem !== undefined) names.push(stem);
  if (!isPage(path)) {
    // `../shared/*.sh`, `PYTHONPATH=../shared`: the folder alone is named.
    for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder))
      names.push(`/${nameOf(folder)}`, `'${nameOf(folder)}'`, `"${nameOf(folder)}"`);
    if (/^(?:__init__\.|index\.)/.test(name) && path.includes('/')) names.push(nameOf(folderOf(path)));
  }
  // A search for a name with a line end in it is one for its lines.
  return names.map((one) => one.split(/[\r\n]/).sort((a, b) => b.length - a.length)[0]!).filter((one) => one !== '');
}

async function grep(repository: Repository, tree: string, names: ReadonlySet<string>): Promise<string[]> {
  const args = ['grep', '-z', '-l', '-F', '--full-name', '--no-textconv', '-e', [...names].join('\n'), tree, '--'];
  const answer = await repository.run(args, { most: MOST });
  if (answer.code === 1 && answer.ended === 'exit') return [];
  if (answer.code !== 0 || answer.ended !== 'exit') throw gitFailed('search the repository', answer);
  const paths: string[] = [];
  const bytes = answer.stdout;
  for (let start = 0, end = bytes.indexOf(0); end >= 0; start = end + 1, end = bytes.indexOf(0, start))
    paths.push(nameIn(bytes, start + tree.length + 1, end));
  return paths;
}
