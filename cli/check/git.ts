/**
 * How the check runs git: in a bare repository of its own in a temporary folder, which borrows the objects of the real one and has none of its settings. Merge results and index trees are written there.
 * So no merge driver, filter, hook, alias, text conversion, monitor or promisor remote of the repository that is judged ever runs, and nothing is written to it. Only names (branches, tags, `HEAD~2`) are
 * resolved in the real one.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../scanner/load/commit.ts';
import { LoadError, quote } from '../../scanner/load/errors.ts';
import { type GitResult, git } from '../../scanner/load/git.ts';
import { alternatesOf, type Located } from './locate.ts';
import { CheckError } from './model.ts';

export interface RunOptions {
  readonly input?: Buffer;
  /** Bytes of output after which git is ended; 1 MiB by default. */
  readonly most?: number;
}

export interface Scratch {
  readonly home: string;
  /** Runs git in the temporary repository. */
  run(args: readonly string[], options?: RunOptions): Promise<GitResult>;
  /** Runs git in the real one: for resolving names, nothing else. */
  real(args: readonly string[], options?: RunOptions): Promise<GitResult>;
  /** The temporary repository's own folder. */
  readonly gitDir: string;
  /** Object ids are SHA-256: has to be known before the first object is read. */
  useSha256(): void;
  remove(): void;
}

/** One git command may take so long; a clone of gigabytes answers within seconds. */
const MILLISECONDS = 180_000;

export function makeScratch(located: Located): Scratch {
  const { home, remove } = temporaryFolder();
  try {
    const gitDir = join(home, 'repository');
    fs.mkdirSync(join(gitDir, 'objects', 'info'), { recursive: true });
    fs.mkdirSync(join(gitDir, 'refs'));
    // A branch that does not exist: some versions of git read attributes from HEAD.
    fs.writeFileSync(join(gitDir, 'HEAD'), 'ref: refs/heads/none\n');
    const objects = join(located.commonDir, 'objects');
    // Links with plain names, because the file of alternates has its own rules for quotes, comments and line ends.
    const names = [objects, ...alternatesOf(objects)].map((place, index) => {
      fs.symlinkSync(place, join(gitDir, `objects-${index}`), 'junction');
      return `../objects-${index}\n`;
    });
    fs.writeFileSync(join(gitDir, 'objects', 'info', 'alternates'), names.join(''));
    const shallow = join(located.commonDir, 'shallow');
    if (fs.existsSync(shallow)) fs.copyFileSync(shallow, join(gitDir, 'shallow'));

    const start = async (at: string, args: readonly string[], options: RunOptions): Promise<GitResult> => {
      try {
        return await git(['--git-dir', at, ...args], {
          home,
          protocols: 'none',
          most: options.most ?? 1024 * 1024,
          milliseconds: MILLISECONDS,
          ...(options.input === undefined ? {} : { input: options.input }),
        });
      } catch (error) {
        if (error instanceof LoadError) throw new CheckError(error.message.replace(', or give a folder or archive', ''), { cause: error });
        throw error;
      }
    };
    return {
      home,
      gitDir,
      run: (args, options = {}) => start(gitDir, args, options),
      real: (args, options = {}) => start(located.gitDir, args, options),
      useSha256: () =>
        fs.writeFileSync(join(gitDir, 'config'), '[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n'),
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** A failure of git that has no better words. */
export function gitFailed(what: string, result: GitResult): CheckError {
  if (result.ended === 'time') return new CheckError(`git took longer than ${MILLISECONDS / 1000} s to ${what}.`);
  if (result.ended === 'output') return new CheckError(`There is more to ${what} than skill can hold at once.`);
  return new CheckError(`git could not ${what}: ${quote(result.stderr.trim().slice(0, 300))}.`);
}
