/**
 * What can be wrong with the files of a skill or with an archive. Bad input is data: everything found is listed, so that a person mends it in one go; only then is it
 * an ArchiveError. Codes are closed and tests assert them; wording is free to change. Names from outside are quoted (`quote`), never raw.
 */

export type FileProblemCode =
  /** Absolute, or leads out of the skill. */
  | 'path-escape'
  /** Control characters, backslashes, device names, colons, trailing dots: a name that not every system keeps as it is. */
  | 'path-unsafe'
  /** Not in the one spelling that paths have here: `a//b`, `./a`, Unicode other than NFC. */
  | 'path-form'
  | 'path-too-long'
  /** Begins with a dot or lies in node_modules: clients leave such files out when they publish and when they compare. */
  | 'path-hidden'
  | 'duplicate'
  /** Two names that are one where case or Unicode form does not count. */
  | 'collision'
  /** A file where another path needs a folder. */
  | 'below-file'
  | 'link'
  /** A device, FIFO, socket or submodule. */
  | 'special-file'
  | 'file-too-large'
  | 'total-too-large'
  | 'too-many-files'
  /** Expands far beyond its packed size. */
  | 'bomb'
  | 'encrypted'
  | 'unreadable'
  | 'damaged'
  /** Extractors would disagree about what is in it. */
  | 'ambiguous'
  /** Took longer than it may. */
  | 'time-limit'
  | 'no-files'
  | 'no-skill-file';

export interface FileProblem {
  readonly code: FileProblemCode;
  /** As it was given; empty for the package as a whole. Hostile text: escape it before it is shown. */
  readonly path: string;
  /** A sentence with what is wrong and what to do. */
  readonly says: string;
}

export type ArchiveCode =
  /** Neither a zip nor a tar. */
  | 'not-an-archive'
  /** One or more problems with the files; see `problems`. */
  | 'bad-files'
  /** Every problem is one of size or count. */
  | 'too-large'
  /** The folder cannot be read. */
  | 'unreadable';

const sizes: ReadonlySet<FileProblemCode> = new Set(['file-too-large', 'total-too-large', 'too-many-files']);
const SHOWN = 10;

/** Files or an archive that were refused, with every reason. */
export class ArchiveError extends Error {
  readonly code: ArchiveCode;
  readonly problems: readonly FileProblem[];

  constructor(code: ArchiveCode, message: string, problems: readonly FileProblem[] = [], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ArchiveError';
    this.code = code;
    this.problems = problems;
  }
}

/** One error for a list of problems, of which there is at least one. */
export function refusal(problems: readonly FileProblem[]): ArchiveError {
  const shown = problems.slice(0, SHOWN).map((problem) => problem.says);
  if (problems.length > SHOWN) shown.push(`There are ${problems.length - SHOWN} more problems.`);
  return new ArchiveError(problems.every((problem) => sizes.has(problem.code)) ? 'too-large' : 'bad-files', shown.join('\n'), problems);
}
