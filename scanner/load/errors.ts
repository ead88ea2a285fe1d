/**
 * Errors of loading. Bad input that a person can mend (a wrong path, a missing ref, a registry that says no) is a LoadError with a code from a closed union and a
 * message that says what was expected and what to do. Hostile content is never an error: it becomes a problem of the Skill. Tests assert codes, not prose.
 */

export type LoadCode =
  /** No such path, repository, ref, folder in a repository, or skill in a registry. */
  | 'not-found'
  /** The address is not one we understand or accept. */
  | 'bad-address'
  /** Permission refused by the file system or by a server. */
  | 'forbidden'
  /** More bytes than the limit before anything could be looked at. */
  | 'too-large'
  | 'time-limit'
  /** The network or the server failed. */
  | 'network'
  /** A server sent us to another host. */
  | 'redirect-refused'
  /** A server answered something that is not what its interface promises, or bytes that do not match their digest. */
  | 'bad-answer'
  /** The git command is missing or failed. */
  | 'git'
  /** Nothing was given: an empty standard input or target. */
  | 'empty';

export class LoadError extends Error {
  readonly code: LoadCode;
  constructor(code: LoadCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'LoadError';
    this.code = code;
  }
}

/** Quotes untrusted text for a message: one line, escaped, at most 160 characters. */
export function quote(text: string): string {
  const cut = text.length > 160 ? `${text.slice(0, 157)}…` : text;
  return JSON.stringify(cut).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The `code` of a system error, if it is one. */
export const systemCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | null)?.code;
