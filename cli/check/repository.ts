/**
 * A git repository as the check sees it: commits, trees, the index and the result of a merge, all as ids of trees. Nothing is checked out and nothing of the repository runs (git.ts).
 * Bad references, missing history, conflicts and old versions of git are CheckErrors that say what to do.
 */
import fs from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { parseBatch } from '../../scanner/load/commit.ts';
import { quote } from '../../scanner/load/errors.ts';
import { gitFailed, makeScratch, type RunOptions, type Scratch } from './git.ts';
import { type Located, locate } from './locate.ts';
import { CheckError } from './model.ts';

export interface Repository {
  /** Top of the work tree, absolute; of a bare repository its own folder. */
  readonly root: string;
  /**
   * Id of the commit that a branch, tag, id or expression names.
   * @throws CheckError if there is none, with what to fetch
   */
  commit(ref: string): Promise<string>;
  /** Id of the tree of a commit that {@link commit} gave. */
  treeOf(commit: string): Promise<string>;
  /** A commit and its parents in order, as the commit itself names them (a shallow clone may lack them); undefined if there is no such commit. */
  parents(ref: string): Promise<{ readonly commit: string; readonly parents: readonly string[] } | undefined>;
  /**
   * The tree that merging `head` into `tip` gives: that of `head`, if it holds `tip` already.
   * @throws CheckError on conflicts, and if the history they share is not here
   */
  result(tip: string, head: string): Promise<{ readonly tree: string; readonly how: 'head' | 'merged' }>;
  /**
   * Tree of what is staged.
   * @throws CheckError for unmerged files and in bare repositories
   */
  index(): Promise<string>;
  /**
   * Bytes of a file; undefined if it is not there.
   * @param most bytes, above which it is a CheckError
   */
  read(tree: string, path: string, most: number): Promise<Buffer | undefined>;
  /** Runs git among the repository's objects, without its settings. For the parts of the check that list and search trees. */
  run(args: readonly string[], options?: RunOptions): ReturnType<Scratch['run']>;
  /** Tells which files a tree has, so that {@link read} need not ask git for those that it has not. */
  remember(tree: string, paths: { has(path: string): boolean }): void;
  /** Removes the temporary folder. Safe to call twice. */
  close(): Promise<void>;
}

const OID = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const OLDEST = [2, 38] as const;

/**
 * The repository that a folder lies in. Close it.
 * @throws CheckError if there is none
 */
export async function openRepository(cwd: string): Promise<Repository> {
  const located = locate(cwd);
  const scratch = makeScratch(located);
  const trees = new Map<string, string>();
  const shallow = fs.existsSync(join(scratch.gitDir, 'shallow'));
  const resolveNames = named(scratch, trees);
  const listed = new Map<string, { has(path: string): boolean }>();

  const repository: Repository = {
    root: located.root,
    run: scratch.run,
    remember: (tree, paths) => void listed.set(tree, paths),
    close: async () => scratch.remove(),
    commit: async (ref) => {
      const found = await resolveNames(ref);
      if (found === undefined) throw missing(ref, shallow);
      return found;
    },
    treeOf: async (commit) => {
      if (!OID.test(commit)) throw new CheckError(`${quote(commit)} is not the id of a commit.`);
      if (!trees.has(commit)) await resolveNames(commit);
      const tree = trees.get(commit);
      if (tree === undefined) throw missing(commit, shallow);
      return tree;
    },
    parents: async (ref) => {
      const commit = await resolveNames(ref);
      if (commit === undefined) return undefined;
      const answer = await scratch.run(['cat-file', 'commit', commit], { most: 4 * 1024 * 1024 });
      if (answer.code !== 0) throw gitFailed(`read the commit ${quote(ref)}`, answer);
      const header = answer.stdout.toString('latin1').split('\n\n', 1)[0]!;
      return { commit, parents: [...header.matchAll(/^parent ([0-9a-f]{40,64})$/gm)].map((match) => match[1]!) };
    },
    result: async (tip, head) => {
      const tree = await repository.treeOf(head);
      if (tip === head) return { tree, how: 'head' };
      const ancestor = await scratch.run(['merge-base', '--is-ancestor', tip, head]);
      if (ancestor.code === 0) return { tree, how: 'head' };
      if (ancestor.code !== 1) throw await old(scratch, gitFailed('compare the two histories', ancestor));
      return { tree: await merge(scratch, tip, head, shallow), how: 'merged' };
    },
    index: async () => {
      if (located.bare) throw new CheckError('A bare repository has no index, so nothing is staged. Give --base and --head.');
      return writeIndex(scratch, located);
    },
    read: async (tree, path, most) => {
      if (listed.get(tree)?.has(path) === false) return undefined;
      const answer = await scratch.run(['cat-file', '--batch', '--buffer', '-z'], { input: Buffer.from(`${tree}:${path}\0`), most: most + 1024 });
      if (answer.ended === 'output') throw new CheckError(`${quote(path)} is larger than ${most} bytes, which is more than it may be.`);
      if (answer.code !== 0) throw await old(scratch, gitFailed(`read ${quote(path)}`, answer));
      const end = answer.stdout.indexOf(10);
      // The answer to a missing path repeats the path, which may hold anything.
      if (!/^[0-9a-f]{40,64} blob \d{1,15}$/.test(answer.stdout.toString('latin1', 0, Math.max(0, end)))) {
        if (/^[0-9a-f]{40,64} \w{1,10} \d{1,15}$/.test(answer.stdout.toString('latin1', 0, Math.max(0, end))))
          throw new CheckError(`${quote(path)} is not a file.`);
        return undefined;
      }
      const bytes = parseBatch(answer.stdout, 1)[0];
      if (bytes === undefined) throw gitFailed(`read ${quote(path)}`, answer);
      if (bytes.length > most) throw new CheckError(`${quote(path)} is larger than ${most} bytes, which is more than it may be.`);
      return bytes;
    },
  };
  return repository;
}

/** Resolves names in the real repository. All that are asked for in one turn share a process. */
function named(scratch: Scratch, trees: Map<string, string>): (ref: string) => Promise<string | undefined> {
  let waiting: string[] = [];
  let turn: Promise<Map<string, string>> | undefined;
  const known = new Map<string, string>();
  const ask = async (): Promise<Map<string, string>> => {
    await Promise.resolve();
    const refs = waiting;
    waiting = [];
    turn = undefined;
    const input = refs.map((ref) => `${ref}^{commit}\n${ref}^{tree}\n`).join('');
    const answer = await scratch.real(['cat-file', '--batch-check=%(objectname) %(objecttype)'], { input: Buffer.from(input) });
    if (answer.code !== 0) throw await old(scratch, gitFailed('read the repository', answer));
    const lines = answer.stdout.toString('latin1').split('\n');
    refs.forEach((ref, index) => {
      const [commit, tree] = [lines[index * 2], lines[index * 2 + 1]].map((line) => /^([0-9a-f]{40,64}) (?:commit|tree)$/.exec(line ?? '')?.[1]);
      if (commit === undefined || tree === undefined) return;
      if (commit.length === 64) scratch.useSha256();
      known.set(ref, commit);
      trees.set(commit, tree);
    });
    return known;
  };
  return async (ref) => {
    if (ref === '' || ref.startsWith('-') || /[\u0000-\u001f\u007f]/.test(ref))
      throw new CheckError(`${quote(ref)} is not the name of a branch, tag or commit.`);
    if (known.has(ref)) return known.get(ref);
    waiting.push(ref);
    turn ??= ask();
    return (await turn).get(ref);
  };
}

function missing(ref: string, shallow: boolean): CheckError {
  if (/^0{40,64}$/.test(ref))
    return new CheckError('The base is all zeros: the branch is new and has no earlier state. Give the target branch as --base.');
  if (ref === 'HEAD')
    return new CheckError('There is no commit here yet. Commit first, or use --staged for what is staged and skill vet for a folder.');
  const remote = /^(?:refs\/remotes\/)?([\w.-]{1,60})\/([\w./-]{1,200})$/.exec(ref);
  const fetch = OID.test(ref) ? `git fetch origin ${ref}` : remote === null ? `git fetch origin ${ref}` : `git fetch ${remote[1]} ${remote[2]}`;
  const why = OID.test(ref)
    ? shallow
      ? 'this clone is shallow and does not reach it, or it was removed by a force push'
      : 'it was not fetched, or it was removed by a force push'
    : shallow
      ? 'this clone is shallow and has only what was fetched'
      : 'check its name, or fetch it';
  const safe = /^[\w./-]{1,200}$/.test(ref) ? ` Run ${fetch}, or let the CI job fetch the whole history (fetch-depth: 0).` : '';
  return new CheckError(`There is no commit ${quote(ref)} here: ${why}.${safe}`);
}

async function merge(scratch: Scratch, tip: string, head: string, shallow: boolean): Promise<string> {
  const done = await scratch.run(['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', tip, head], { most: 16 * 1024 * 1024 });
  const [tree = '', ...rest] = done.stdout.toString('utf8').split('\0');
  if (done.code === 0 && OID.test(tree)) return tree;
  if (done.code === 1 && OID.test(tree)) {
    const files = [...new Set(rest.filter((name) => name !== ''))];
    const shown = files.slice(0, 10).map((name) => quote(name));
    const more = files.length > shown.length ? ` and ${files.length - shown.length} more` : '';
    throw new CheckError(
      `The change conflicts with the target branch in ${shown.join(', ')}${more}, so there is no merge result to check. Merge or rebase onto the target branch first.`,
    );
  }
  if (/unrelated histories/.test(done.stderr)) {
    throw new CheckError(
      shallow
        ? 'The history that the change and the target branch share is not in this shallow clone. Run git fetch --unshallow, or let the CI job fetch the whole history (fetch-depth: 0).'
        : 'The change and the target branch share no history, so they cannot be merged. Give another --base.',
    );
  }
  throw await old(scratch, gitFailed('merge the change with the target branch', done));
}

async function writeIndex(scratch: Scratch, located: Located): Promise<string> {
  const format = await scratch.real(['rev-parse', '--show-object-format']);
  if (format.code !== 0) throw await old(scratch, gitFailed('read the repository', format));
  if (format.stdout.toString('latin1').trim() === 'sha256') scratch.useSha256();
  const source = indexFile(located);
  const copy = join(scratch.gitDir, 'index');
  if (fs.existsSync(source)) fs.copyFileSync(source, copy);
  for (const name of fs.readdirSync(located.gitDir))
    if (/^sharedindex\.[0-9a-f]{40,64}$/.test(name)) fs.copyFileSync(join(located.gitDir, name), join(scratch.gitDir, name));
  const done = await scratch.run(['write-tree', '--missing-ok']);
  const tree = done.stdout.toString('latin1').trim();
  if (done.code === 0 && OID.test(tree)) return tree;
  if (/unmerged/.test(done.stderr)) {
    const files = [...new Set([...done.stderr.matchAll(/^(.{1,500}): unmerged/gm)].map((match) => match[1]!))];
    const more = files.length > 10 ? ` and ${files.length - 10} more` : '';
    throw new CheckError(
      `The index has unresolved conflicts in ${files
        .slice(0, 10)
        .map((name) => quote(name))
        .join(', ')}${more}. Resolve them and stage the result.`,
    );
  }
  throw gitFailed('read the index', done);
}

/** `git commit PATH` stages into an index of its own and tells its hooks so; nothing outside of the repository is taken for one. */
function indexFile({ gitDir, root }: Located): string {
  const given = process.env['GIT_INDEX_FILE'];
  if (given !== undefined && given !== '') {
    const path = isAbsolute(given) ? given : join(root, given);
    const folder = fs.existsSync(dirname(path)) ? fs.realpathSync(dirname(path)) : '';
    if (folder !== '' && relative(fs.realpathSync(gitDir), folder) === '' && fs.existsSync(path)) return path;
  }
  return join(gitDir, 'index');
}

/** If git is too old that is the reason, whatever it said. */
async function old(scratch: Scratch, otherwise: CheckError): Promise<CheckError> {
  const said = (await scratch.real(['version'])).stdout.toString('latin1');
  const [, major, minor] = /(\d{1,4})\.(\d{1,4})/.exec(said) ?? [];
  if (major === undefined) return otherwise;
  const older = Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]);
  return older ? new CheckError(`git ${major}.${minor} is too old: skill check needs ${OLDEST.join('.')} or newer. Update git.`) : otherwise;
}
