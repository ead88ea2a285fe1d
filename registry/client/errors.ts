/**
 * Every way our client refuses, as a closed list, and the exit code that each means. Tests and scripts branch on the code; the wording is free to change.
 *
 * Exit codes of all registry verbs: 0 done · 1 refused, by the registry or because something here stands in the way · 2 usage, network or an unusable answer · 3 a person has to look
 * (held, or the skill can do more than before) · 4 verification failed: bytes, signatures or lock do not agree.
 */
const exits = {
  /** The command line or a setting is wrong. */
  usage: 2,
  /** A file of ours (config, lock, key) cannot be read, written or understood. */
  file: 2,
  network: 2,
  timeout: 2,
  'rate-limited': 2,
  /** The server has a fault. */
  server: 2,
  /** It answered something that the contract does not have. */
  'bad-answer': 2,
  'too-large': 2,
  unsupported: 2,
  'redirect-refused': 2,
  /** No token, or one that the registry does not take. */
  unauthorized: 2,
  'not-found': 2,
  forbidden: 1,
  conflict: 1,
  /** Yanked, revoked or hidden. */
  withdrawn: 1,
  /** The gate said no. */
  refused: 1,
  /** Files that are here were changed or do not belong to us. */
  modified: 1,
  /** Another of our processes is at it. */
  busy: 1,
  /** An older version than the installed one is offered as the newest. */
  downgrade: 1,
  /** Waits for a person at the registry. */
  held: 3,
  /** It can do more than the installed version, and nobody here said yes. */
  growth: 3,
  /** It has to be confirmed, and nobody here can be asked. */
  unasked: 3,
  /** Somebody else publishes it now. */
  'signer-changed': 3,
  /** No pinned key to check signatures with. */
  untrusted: 4,
  /** Downloaded or installed bytes, signatures and lock do not agree. */
  mismatch: 4,
} as const;

export type ClientCode = keyof typeof exits;
export type ExitCode = 0 | (typeof exits)[ClientCode];

/** A refusal with a sentence for a person: what is wrong, what was expected, what to do. Text from outside in it is not yet safe to print: cli/ passes it through `visible`. */
export class ClientError extends Error {
  readonly code: ClientCode;
  readonly exit: ExitCode;
  /** HTTP status, if a server said it. */
  readonly status: number | undefined;
  /** The state of the version that it is about, if a server said it. */
  readonly state: string | undefined;

  constructor(
    code: ClientCode,
    says: string,
    options: { readonly cause?: unknown; readonly status?: number; readonly state?: string | undefined } = {},
  ) {
    super(says, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'ClientError';
    this.code = code;
    this.exit = exits[code];
    this.status = options.status;
    this.state = options.state;
  }
}

/** Somebody else's words with their full stop, so that ours can follow. */
export const sentence = (text: string): string => (/[.!?…]["')\]]?\s*$/.test(text) ? text.trimEnd() : `${text.trimEnd()}.`);

/** Text from outside in a message: short, quoted, on one line. */
export const quote = (text: string, most = 200): string => JSON.stringify(text.length > most ? `${text.slice(0, most)}…` : text);
