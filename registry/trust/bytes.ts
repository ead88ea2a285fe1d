/**
 * The bytes that are signed. Statements, bundles and attestation documents are canonical JSON: RFC 8785 (JCS) for what they are made of, which is strings, booleans,
 * integers, arrays and plain objects (scanner/canonical.ts writes them). What is read must be canonical already, so that two parsers can never see two meanings in one
 * signed text (repeated keys, escapes, white space).
 *
 * Refuses what JCS leaves open or forbids: lone surrogates, fractions, numbers past 2^53, anything that is no JSON, and nesting that could exhaust a stack.
 */
import { createHash } from 'node:crypto';
import { canonical } from '../../scanner/canonical.ts';
import { type TrustCode, TrustError } from './errors.ts';

/** Bytes. Nothing larger is parsed. A statement of the largest size fits into a bundle, in base64. */
export const limits = { key: 16 * 1024, statement: 3_000_000, bundle: 4 * 1024 * 1024, attestations: 16 * 1024 * 1024, bundles: 32 } as const;

const DEPTH = 32;

export const sha256Hex = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Canonical JSON as UTF-8.
 * @throws TrustError with `code` if the value has no canonical form
 */
export function canonicalBytes(value: unknown, code: TrustCode = 'bad-statement'): Buffer {
  check(value, 0, code);
  return Buffer.from(canonical(value), 'utf8');
}

/** sha256 (hex) of a value's canonical JSON: how policies and bundles are named. */
export const canonicalDigest = (value: unknown): string => sha256Hex(canonicalBytes(value));

/**
 * A JSON value from canonical bytes.
 * @throws TrustError with `code` if the bytes are too many, no JSON, or not in canonical form
 */
export function parseCanonical(bytes: Buffer, code: TrustCode, limit: number, what: string): unknown {
  const value = parseJson(bytes, code, limit, what);
  if (!canonicalBytes(value, code).equals(bytes))
    throw new TrustError(code, `${what} is not canonical JSON (RFC 8785), so it could be read in two ways.`);
  return value;
}

/** A JSON value from bytes within a limit, however it is spaced. */
export function parseJson(bytes: Buffer, code: TrustCode, limit: number, what: string): unknown {
  if (bytes.length > limit) throw new TrustError('too-large', `${what} has ${bytes.length} bytes; the limit is ${limit}.`);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)) as unknown;
  } catch (cause) {
    throw new TrustError(code, `${what} is not JSON in UTF-8.`, { cause });
  }
}

/** Bytes of standard base64 in its one canonical spelling (padding, no stray bits); undefined for anything else. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** What a tree of files is, computed from the list alone: in-toto's `dirHash` (Go's Hash1), as `find . -type f | cut -c3- | LC_ALL=C sort | xargs sha256sum | sha256sum`. */
export function dirHash(files: readonly { readonly path: string; readonly sha256: string }[]): string {
  const rows = files.map(({ path, sha256 }) => ({ key: Buffer.from(path, 'utf8'), line: `${sha256}  ${path}\n` }));
  rows.sort((a, b) => Buffer.compare(a.key, b.key));
  return sha256Hex(rows.map((row) => row.line).join(''));
}

function check(value: unknown, depth: number, code: TrustCode): void {
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TrustError(code, 'A text in it has half of a surrogate pair, which canonical JSON cannot carry.');
    return;
  }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0))
      throw new TrustError(code, `It has the number ${value}; only integers up to 2^53 are signed.`);
    return;
  }
  if (typeof value !== 'object') throw new TrustError(code, `It has a ${typeof value}, which is no JSON.`);
  if (depth >= DEPTH) throw new TrustError(code, `It is nested deeper than ${DEPTH} levels.`);
  if (Array.isArray(value)) {
    for (const item of value) check(item, depth + 1, code);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    // An optional field that is left out and one that is `undefined` are the same statement.
    if (item === undefined) continue;
    check(key, depth + 1, code);
    check(item, depth + 1, code);
  }
}
