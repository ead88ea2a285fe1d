/** Why the signer does not sign (its own answer), and why a caller got no signature (the client's). Both closed lists. */

/** What the signer found. */
export const objections = [
  // No such version, or not in a state in which it may be signed.
  'unknown-version',
  'wrong-state',
  // Its cooldown is not over.
  'too-early',
  // A row, a blob or a digest is not what it should be.
  'tampered',
  // The publisher's own signature does not verify, or the level is lower than policy asks or the row says.
  'publisher',
  // The scan could not be finished.
  'scan-failed',
  // The scan of today says something else than the recorded one: it has to be scanned and judged again.
  'scan-differs',
  // Policy is not satisfied: approvals are missing, or the scan refuses it.
  'not-approved',
  // The statements cannot be made, are larger than may be signed, or the signer's key was revoked.
  'unsignable',
  // The store cannot be read now.
  'store',
  // Too many requests wait.
  'busy',
  // The signer is being stopped.
  'stopping',
  'bad-request',
  'internal',
] as const;
export type Objection = (typeof objections)[number];

/** Objections that may be gone when one asks again; nothing was found to be wrong. */
export const passing: ReadonlySet<Objection> = new Set(['too-early', 'scan-failed', 'store', 'busy', 'stopping', 'internal']);

/** The signer's no, inside its process. */
export class Refusal extends Error {
  readonly objection: Objection;

  constructor(objection: Objection, says: string, options?: { readonly cause?: unknown }) {
    super(says, options);
    this.name = 'Refusal';
    this.objection = objection;
  }
}

export type SignerCode =
  /** Not running, cannot be reached, or cannot do it now: ask again later. */
  | 'unavailable'
  /** It looked, and says no. Asking again changes nothing until something else does. */
  | 'refused'
  | 'timeout'
  /** What came back is no answer of a signer. */
  | 'bad-answer';

/** What a caller of the signer gets instead of a signature. */
export class SignerError extends Error {
  readonly code: SignerCode;
  /** The signer's own reason, where it answered. */
  readonly objection: Objection | undefined;

  constructor(code: SignerCode, says: string, options: { readonly objection?: Objection; readonly cause?: unknown } = {}) {
    super(says, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'SignerError';
    this.code = code;
    this.objection = options.objection;
  }
}
