/**
 * Putting skills into folders and taking them out, as one change with the lock: either all of it happened or none of it.
 *
 *   1. journal   what is about to be written and renamed is noted in the user's own state folder, and synced
 *   2. stage     every file of every new folder is written beside its target, on the same file system, and synced; the journal then says `forward`
 *   3. swap      each old folder is renamed aside and its new one into place
 *   4. lock      the lock file is replaced
 *   5. clean     old folders are deleted, and the journal last
 *
 * A crash, kill or power cut leaves a journal, and the next command on the same lock settles it first: if every swap was done it goes on to the lock, else every swap is taken back.
 * So a folder holds the old version or the new one, whole; only between the two renames of step 3 it can be missing until then. The journal never lies in a project, where a
 * repository could bring a forged one; and a folder is deleted only under a name that we made.
 *
 * Files get the modes the user's umask gives, never an executable bit: archives carry none.
 */
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, lstat, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { PackFile } from '../archive/check.ts';
import { ClientError } from './errors.ts';
import { readSmall, syncFolder, withMutex, writeWhole } from './files.ts';
import type { Places } from './places.ts';

/** One folder that gets new content, or none. */
export interface Placement {
  /** Absolute. */
  readonly folder: string;
  /** Undefined: the folder is removed. */
  readonly files: readonly PackFile[] | undefined;
}

export interface Change {
  readonly placements: readonly Placement[];
  readonly lockPath: string;
  /** The whole new text of the lock; undefined if it stays as it is. */
  readonly lockText: string | undefined;
}

export interface InstallDeps {
  readonly places: Places;
  /** Told before each step; a test ends the process here. */
  readonly checkpoint?: (step: string) => void | Promise<void>;
}

interface Swap {
  readonly folder: string;
  readonly staged: string | null;
  readonly aside: string;
  /** Whether something was there before. */
  readonly had: boolean;
}
interface Journal {
  readonly journalVersion: 1;
  readonly lockPath: string;
  readonly lockText: string | null;
  /** sha256 of the lock's text before, or null if there was none. */
  readonly lockBefore: string | null;
  /**
   * `stage` while nothing is renamed yet. `forward` until every swap is known to be done, then `keep`: only old folders are left to delete. Or `back` until every swap is known to be
   * undone, then `drop`: only staged folders are left. In the last two nothing is renamed any more, so whatever somebody else puts in place meanwhile stays.
   */
  readonly phase: 'stage' | 'forward' | 'keep' | 'back' | 'drop';
  readonly swaps: readonly Swap[];
}

const idOf = (lockPath: string): string => createHash('sha256').update(lockPath).digest('hex').slice(0, 32);
const journalPath = (places: Places, lockPath: string): string => join(places.state, 'installs', `${idOf(lockPath)}.json`);
const mutexPath = (places: Places, lockPath: string): string => join(places.state, 'installs', `${idOf(lockPath)}.busy`);

/** Runs `work` alone among all commands on this lock, after settling what an interrupted one left. @throws ClientError busy */
export const exclusively = <T>(deps: InstallDeps, lockPath: string, work: () => Promise<T>): Promise<T> =>
  withMutex(mutexPath(deps.places, lockPath), async () => {
    await settle(deps, lockPath);
    return work();
  });

/** Whether an install on this lock did not come to its end. */
export const interrupted = async (deps: InstallDeps, lockPath: string): Promise<boolean> => (await readJournal(deps.places, lockPath)) !== undefined;

/** Applies a change. Call inside {@link exclusively}. @throws ClientError file */
export async function commit(deps: InstallDeps, change: Change): Promise<void> {
  const at = deps.checkpoint ?? (() => undefined);
  const swaps: Swap[] = [];
  try {
    for (const { folder, files } of change.placements) {
      const names = await workNames(folder);
      swaps.push({ folder, staged: files === undefined ? null : names.staged, aside: names.aside, had: await isThere(folder) });
    }
    const journal: Journal = {
      journalVersion: 1,
      lockPath: change.lockPath,
      lockText: change.lockText ?? null,
      lockBefore: await lockDigest(change.lockPath),
      phase: 'stage',
      swaps,
    };
    await at('begin');
    await writeJournal(deps.places, journal);
    for (const [index, { files }] of change.placements.entries()) {
      const { staged, folder } = swaps[index]!;
      if (staged === null || files === undefined) continue;
      await at(`stage:${basename(folder)}`);
      await stage(staged, files, at);
    }
    await at('journal');
    await writeJournal(deps.places, { ...journal, phase: 'forward' });
  } catch (error) {
    // Nothing was renamed yet.
    await settle(deps, change.lockPath);
    throw asClientError(error);
  }
  try {
    for (const swap of swaps) {
      await at(`aside:${basename(swap.folder)}`);
      if (swap.had) await rename(swap.folder, swap.aside);
      await at(`swap:${basename(swap.folder)}`);
      if (swap.staged !== null) await rename(swap.staged, swap.folder);
      await syncFolder(dirname(swap.folder));
      await syncFolder(dirname(swap.aside));
    }
  } catch (error) {
    await settle(deps, change.lockPath);
    throw asClientError(error);
  }
  await settle(deps, change.lockPath);
}

/** Ends what a journal tells of; does nothing if there is none. Running it twice, or being killed in it, does no harm. */
async function settle(deps: InstallDeps, lockPath: string): Promise<void> {
  const at = deps.checkpoint ?? (() => undefined);
  const journal = await readJournal(deps.places, lockPath);
  if (journal === undefined) return;
  const go = async (phase: Journal['phase']): Promise<void> => {
    await at(phase);
    await writeJournal(deps.places, { ...journal, phase });
  };
  let { phase } = journal;
  if (phase === 'forward' && (await every(journal.swaps, isDone)) && (await lockFits(journal))) {
    await at('lock');
    if (journal.lockText !== null) await writeWhole(lockPath, journal.lockText);
    await go('keep');
    phase = 'keep';
  } else if (phase === 'forward') {
    // Said before the first step back: halfway back looks like halfway forward.
    await go('back');
    phase = 'back';
  }
  if (phase === 'back') {
    for (const swap of journal.swaps) {
      await at(`undo:${basename(swap.folder)}`);
      await takeBack(swap);
    }
    await go('drop');
    phase = 'drop';
  }
  await at('clean');
  for (const { aside, staged } of journal.swaps) {
    const left = phase === 'keep' ? aside : staged;
    if (left !== null) await rm(left, { recursive: true, force: true });
  }
  await at('finish');
  await rm(journalPath(deps.places, lockPath), { force: true });
  await syncFolder(dirname(journalPath(deps.places, lockPath)));
}

/** A staged folder goes away in one way only: by the rename into its place. */
const isDone = async ({ folder, staged }: Swap): Promise<boolean> =>
  staged === null ? !(await isThere(folder)) : !(await isThere(staged)) && (await isThere(folder));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
async function lockDigest(lockPath: string): Promise<string | null> {
  const file = await readSmall(lockPath, 64 * 1024 * 1024, false);
  return file === undefined ? null : sha256(file.text);
}

/** Whether the lock is still the one that the change started from. If somebody changed it since (a pull, a checkout), ours must not overwrite it. */
async function lockFits({ lockPath, lockText, lockBefore }: Journal): Promise<boolean> {
  if (lockText === null) return true;
  const now = await lockDigest(lockPath);
  return now === lockBefore || now === sha256(lockText);
}

async function takeBack({ folder, staged, aside, had }: Swap): Promise<void> {
  if (had) {
    if (!(await isThere(aside))) return;
    // The new folder goes back to its stage, which is deleted afterwards.
    if (staged !== null && (await isThere(folder)) && !(await isThere(staged))) await rename(folder, staged);
    if (!(await isThere(folder))) await rename(aside, folder);
  } else if (staged !== null && (await isThere(folder)) && !(await isThere(staged))) await rename(folder, staged);
  await syncFolder(dirname(folder));
}

const every = async <T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<boolean> => {
  for (const item of items) if (!(await test(item))) return false;
  return true;
};

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false;
      throw error;
    },
  );

/**
 * Names for the work on one folder, on its own file system. Beside the folder that holds skills rather than in it, if that can be: agents look below it at any depth, and would
 * see a skill twice.
 */
async function workNames(folder: string): Promise<{ staged: string; aside: string }> {
  const skills = dirname(folder);
  await mkdir(skills, { recursive: true });
  const above = dirname(skills);
  const [here, there] = [await stat(skills), await stat(above)];
  const usable =
    here.dev === there.dev &&
    (await access(above, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    ));
  const stem = join(usable ? above : skills, `.skill-${randomBytes(8).toString('hex')}`);
  return { staged: `${stem}-new`, aside: `${stem}-old` };
}

/** Writes files into a new folder and makes them durable. */
async function stage(folder: string, files: readonly PackFile[], at: (step: string) => void | Promise<void>): Promise<void> {
  // Fails if the name exists, whatever it is.
  await mkdir(folder);
  const folders = new Set<string>();
  for (const { path, bytes } of files) {
    const target = join(folder, ...path.split('/'));
    for (let parent = dirname(target); parent.length > folder.length; parent = dirname(parent)) folders.add(parent);
    await mkdir(dirname(target), { recursive: true });
    await at(`file:${path}`);
    const file = await open(target, 'wx', 0o666);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  }
  for (const inner of [...folders].sort((a, b) => b.length - a.length)) await syncFolder(inner);
  await syncFolder(folder);
  await syncFolder(dirname(folder));
}

const writeJournal = (places: Places, journal: Journal): Promise<void> =>
  writeWhole(journalPath(places, journal.lockPath), JSON.stringify(journal), 0o600, 0o700);

async function readJournal(places: Places, lockPath: string): Promise<Journal | undefined> {
  const path = journalPath(places, lockPath);
  const file = await readSmall(path, 64 * 1024 * 1024);
  if (file === undefined) return undefined;
  const broken = (): ClientError =>
    new ClientError(
      'file',
      `${path}, the journal of an interrupted install, is damaged. Look for folders named .skill-*-old beside your skills, then delete it.`,
    );
  let journal: Journal;
  try {
    journal = JSON.parse(file.text) as Journal;
  } catch {
    throw broken();
  }
  const ours = (name: string): boolean => /^\.skill-[0-9a-f]{16}-(?:new|old)$/.test(basename(name));
  if (journal.journalVersion !== 1 || journal.lockPath !== lockPath || !Array.isArray(journal.swaps)) throw broken();
  // Only names that we make up are ever deleted.
  for (const { staged, aside } of journal.swaps) if (!ours(aside) || (staged !== null && !ours(staged))) throw broken();
  return journal;
}

const asClientError = (error: unknown): ClientError =>
  error instanceof ClientError
    ? error
    : new ClientError(
        'file',
        `The skill could not be written (${(error as NodeJS.ErrnoException).code ?? (error as Error).message}). What was there before is still there.`,
        {
          cause: error,
        },
      );
