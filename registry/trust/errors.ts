/** Every way a key, a signature or a statement is refused, as a closed list. Tests and clients branch on the code; the wording is free to change. */
import { visible } from '../../scanner/report/escape.ts';

export type TrustCode =
  // What was handed over is not what it should be.
  | 'too-large'
  | 'bad-key'
  | 'bad-bundle'
  | 'bad-statement'
  | 'bad-predicate'
  | 'bad-attestations'
  // The envelope.
  | 'media-type'
  | 'payload-type'
  | 'signature-count'
  | 'unsupported-material'
  | 'keyid-mismatch'
  // The key.
  | 'unknown-key'
  | 'key-purpose'
  | 'revoked-key'
  | 'retired-key'
  | 'bad-signature'
  // The statement is genuine, but about something else.
  | 'statement-type'
  | 'unknown-predicate'
  | 'wrong-predicate'
  | 'other-registry'
  | 'other-skill'
  | 'other-version'
  | 'other-archive'
  | 'other-files'
  // The release as a whole.
  | 'missing-attestation'
  | 'extra-attestation'
  | 'other-inputs'
  | 'other-verifier'
  | 'not-passed'
  | 'inconsistent'
  | 'policy-not-allowed'
  | 'scanner-too-old'
  | 'level-too-low'
  | 'solo-not-allowed'
  | 'break-glass-not-allowed';

/** A refusal. The sentence says what is wrong and what was expected; text from outside in it is already harmless to print. */
export class TrustError extends Error {
  readonly code: TrustCode;

  constructor(code: TrustCode, says: string, options?: { readonly cause?: unknown }) {
    super(says, options);
    this.name = 'TrustError';
    this.code = code;
  }
}

/** Foreign text in a sentence: cut, quoted, and with nothing in it that a terminal obeys. */
export const quote = (text: string): string => visible(JSON.stringify(text.length > 120 ? `${text.slice(0, 119)}…` : text));
