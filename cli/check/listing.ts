/**
 * The files of a tree, and what differs between two trees. One process each; the older listing is the newer one without the difference. Which skill owns a path is decided here: the nearest folder above it that
 * holds a SKILL.md, in the spellings that agents accept. Names that are not UTF-8 keep a name of their own (and are reported elsewhere).
 */
import { quote } from '../../scanner/load/errors.ts';
import { isSkillFile } from '../../scanner/load/find.ts';
import { inOrder } from '../../scanner/load/path.ts';
import { gitFailed } from './git.ts';
import { APPROVALS_NAME, CheckError } from './model.ts';
import type { Repository } from './repository.ts';

export interface Row {
  /** `100644`, `100755`, `120000` (link), `160000` (submodule). */
  readonly mode: string;
  readonly oid: string;
}

export interface Listing {
  readonly rows: ReadonlyMap<string, Row>;
  /** Folders that are skills; `''` is the repository itself. */
  readonly skills: ReadonlySet<string>;
  /** The skill that a path lies in, whether or not there is such a file. */
  ownerOf(path: string): string | undefined;
  /** Paths that belong to a skill and to none inside of it, in order. */
  filesOf(skill: string): readonly string[];
  isFolder(path: string): boolean;
  /** Paths below a folder in order, at most `most`. */
  below(folder: string, most: number): readonly string[];
}

/** One path that differs. A moved file is a path that went and a path that came. */
export interface Delta {
  readonly path: string;
  readonly before?: Row;
  readonly after?: Row;
}
export interface Difference {
  readonly deltas: readonly Delta[];
  /** Pairs that git takes for one file that moved, perhaps with changes. */
  readonly renames: readonly { readonly from: string; readonly to: string }[];
}

export const LINK = '120000';
export const SUBMODULE = '160000';

/** Bytes of a listing: about two million files. */
const MOST = 256 * 1024 * 1024;
/** Bytes of a difference: about half a million files. */
const MOST_CHANGED = 64 * 1024 * 1024;

export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
export const joined = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

/**
 * Lists a tree.
 * @throws CheckError if it is too large to hold
 */
export async function list(repository: Repository, tree: string): Promise<Map<string, Row>> {
  const answer = await repository.run(['ls-tree', '-r', '-z', '--full-tree', tree], { most: MOST });
  if (answer.code !== 0 || answer.ended !== 'exit') throw gitFailed('list the files of the repository', answer);
  const rows = new Map<string, Row>();
  const bytes = answer.stdout;
  for (let start = 0, end = bytes.indexOf(0); end >= 0; start = end + 1, end = bytes.indexOf(0, start)) {
    const tab = bytes.indexOf(9, start);
    const [mode = '', , oid = ''] = bytes.toString('latin1', start, tab).split(' ');
    add(rows, nameIn(bytes, tab + 1, end), { mode, oid });
  }
  return rows;
}

/**
 * What differs between two trees.
 * @throws CheckError if it is too much to hold
 */
export async function differ(repository: Repository, before: string, after: string): Promise<Difference> {
  const args = [
    'diff-tree',
    '-r',
    '-z',
    '--raw',
    '--no-abbrev',
    '-M80%',
    '-l400',
    '--no-ext-diff',
    '--no-textconv',
    '--ignore-submodules=none',
    before,
    after,
  ];
  const answer = await repository.run(args, { most: MOST_CHANGED });
  if (answer.code !== 0 || answer.ended !== 'exit') throw gitFailed('compare the two states', answer);
  const deltas: Delta[] = [];
  const renames: { from: string; to: string }[] = [];
  const bytes = answer.stdout;
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0, at);
    const [oldMode = '', newMode = '', oldOid = '', newOid = '', status = ''] = bytes.toString('latin1', at + 1, end).split(' ');
    const next = bytes.indexOf(0, end + 1);
    const path = nameIn(bytes, end + 1, next);
    at = next + 1;
    const old: Row = { mode: oldMode, oid: oldOid };
    const fresh: Row = { mode: newMode, oid: newOid };
    if (status.startsWith('R')) {
      const last = bytes.indexOf(0, at);
      const to = nameIn(bytes, at, last);
      at = last + 1;
      deltas.push({ path, before: old }, { path: to, after: fresh });
      renames.push({ from: path, to });
    } else deltas.push({ path, ...(status === 'A' ? {} : { before: old }), ...(status === 'D' ? {} : { after: fresh }) });
  }
  return { deltas: deltas.sort((a, b) => inOrder(a.path, b.path)), renames };
}

/** The older rows, of the newer ones and what differs. */
export function undo(rows: ReadonlyMap<string, Row>, { deltas }: Difference): Map<string, Row> {
  const older = new Map(rows);
  for (const { path, before } of deltas) {
    if (before === undefined) older.delete(path);
    else older.set(path, before);
  }
  return older;
}

function add(rows: Map<string, Row>, path: string, row: Row): void {
  // Only a name that is not UTF-8 and another that is made to look like our spelling of it can meet. One of the two would not be looked at.
  if (rows.has(path)) throw new CheckError(`Two files of the repository have names that both read ${quote(path)}. Rename one of them.`);
  rows.set(path, row);
}

/** A path as it stands in git's output. */
export function nameIn(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end);
  if (!text.includes('\ufffd') || Buffer.from(text, 'utf8').equals(bytes.subarray(start, end))) return text;
  return bytes.toString('latin1', start, end).replace(/[\x80-\xff]/g, (byte) => `\ufffd${byte.charCodeAt(0).toString(16)}`);
}

/** Answers questions about rows. What it has to look up for all rows is looked up once, when first asked. */
export function listing(rows: ReadonlyMap<string, Row>): Listing {
  const skills = new Set<string>();
  for (const [path, { mode }] of rows) if (isSkillFile(nameOf(path)) && mode !== SUBMODULE) skills.add(folderOf(path));

  const owners = new Map<string, string | undefined>();
  const ownerOfFolder = (folder: string): string | undefined => {
    if (owners.has(folder)) return owners.get(folder);
    const owner = skills.has(folder) ? folder : folder === '' ? undefined : ownerOfFolder(folderOf(folder));
    owners.set(folder, owner);
    return owner;
  };

  // Approvals name the digest of a skill, so they cannot be part of it, at the top of the repository either. Every word in them is vouched for: each entry stands on the target branch, is signed, or holds the change up.
  const ownerOf = (path: string): string | undefined => (path === APPROVALS_NAME ? undefined : ownerOfFolder(folderOf(path)));

  let owned: Map<string, string[]> | undefined;
  let folders: Map<string, string[]> | undefined;
  const byOwner = (): Map<string, string[]> => {
    if (owned !== undefined) return owned;
    owned = new Map();
    for (const path of rows.keys()) {
      const owner = ownerOf(path);
      if (owner === undefined) continue;
      const files = owned.get(owner);
      if (files) files.push(path);
      else owned.set(owner, [path]);
    }
    for (const files of owned.values()) files.sort(inOrder);
    return owned;
  };
  /** Folders with the names in them. */
  const byFolder = (): Map<string, string[]> => {
    if (folders !== undefined) return folders;
    folders = new Map([['', []]]);
    const enter = (path: string): void => {
      for (let inner = path; ; inner = folderOf(inner)) {
        const folder = folderOf(inner);
        const names = folders!.get(folder);
        if (names !== undefined) {
          names.push(inner);
          return;
        }
        folders!.set(folder, [inner]);
      }
    };
    for (const path of rows.keys()) enter(path);
    return folders;
  };

  return {
    rows,
    skills,
    ownerOf,
    filesOf: (skill) => byOwner().get(skill) ?? [],
    isFolder: (path) => byFolder().has(path),
    below: (folder, most) => {
      const found: string[] = [];
      const queue = [folder];
      for (let turn = 0; turn < queue.length && found.length < most; turn++) {
        for (const path of byFolder().get(queue[turn]!) ?? []) {
          if (rows.has(path)) found.push(path);
          else queue.push(path);
        }
      }
      return found.sort(inOrder).slice(0, most);
    },
  };
}
