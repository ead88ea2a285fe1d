/** What goes over the signer's socket. HTTP/1.1 with JSON, because both ends have it; one request at a time is answered, in order. */
import type { Objection } from './errors.ts';

export interface KeyAnswer {
  readonly keyid: string;
  readonly pem: string;
}
/** The document's bytes travel as base64 text, so that nothing on the way can respell them. */
export interface SignedAnswer {
  readonly bytes: string;
  readonly sha256: string;
}
export interface NoAnswer {
  readonly error: Objection;
  readonly says: string;
}

export const HEADER = 'skillward-signer';
/** Changes when an old end could misunderstand a new one. */
export const PROTOCOL = '1';

/** Ids of versions, as the store makes them. */
export const isVersionId = (value: unknown): value is string => typeof value === 'string' && /^[A-Za-z0-9_-]{1,80}$/.test(value);

/** Bytes of an answer: an attestations document of the largest size, in base64, with room to spare. */
export const ANSWER_BYTES = 24 * 1024 * 1024;
/** Bytes of a request: an id. */
export const REQUEST_BYTES = 4 * 1024;
