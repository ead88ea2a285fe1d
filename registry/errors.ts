/**
 * Every way the registry refuses, as a closed list: code, HTTP status, and whether the sentence may be shown to a caller who may know that the thing exists.
 * Tests assert codes; the wording is free to change.
 */
export const statuses = {
  'bad-input': 400,
  'bad-config': 500,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  ambiguous: 409,
  exists: 409,
  'name-reserved': 409,
  conflict: 409,
  withdrawn: 410,
  'too-large': 413,
  refused: 422,
  held: 423,
  'too-many-requests': 429,
  /** Stored bytes, a row or a signature are not what they were when they were approved. Never served; an alarm event is written. */
  tampered: 503,
  unavailable: 503,
  unsupported: 501,
  internal: 500,
} as const;

export type RegistryCode = keyof typeof statuses;

/** A refusal with a sentence for a person: what is wrong, what was expected, what to do. */
export class RegistryError extends Error {
  readonly code: RegistryCode;
  readonly status: number;
  /** Structured part for our own API (`Accept: application/json`): findings, matches, the attempt's id. */
  readonly detail: Readonly<Record<string, unknown>> | undefined;

  constructor(code: RegistryCode, says: string, options: { readonly cause?: unknown; readonly detail?: Readonly<Record<string, unknown>> } = {}) {
    super(says, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'RegistryError';
    this.code = code;
    this.status = statuses[code];
    this.detail = options.detail;
  }
}
