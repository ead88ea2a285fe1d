/**
 * What parent and scanning process say to each other: one frame each way, `magic, length of the header, header (JSON), body`. A frame says how long it is and nothing may follow
 * it, so that output of a library, a half-written report or a report with something behind it is never taken for an answer.
 */

/** Longest header: a policy file, an indicator list and a capability manifest fit. */
export const HEADER_BYTES = 16 * 1024 * 1024;

/** Exit code of a scanning process that was not given a whole request (sysexits: data error). */
export const DAMAGED = 65;

export interface Frame {
  readonly header: unknown;
  readonly body: Buffer;
}

/** A frame is damaged. */
export class FrameError extends Error {
  readonly code = 'FRAME';
}

type Magic = 'SWQ1' | 'SWA1';

/** The bytes of a frame. `SWQ1` is a request, `SWA1` an answer. */
export function encodeFrame(magic: Magic, header: Readonly<Record<string, unknown>>, body: Buffer): Buffer[] {
  const text = Buffer.from(JSON.stringify({ ...header, bytes: body.length }), 'utf8');
  const head = Buffer.alloc(8);
  head.write(magic, 0, 'latin1');
  head.writeUInt32BE(text.length, 4);
  return [head, text, body];
}

/**
 * Reads a whole frame.
 * @throws FrameError saying what is wrong
 */
export function decodeFrame(magic: Magic, bytes: Buffer): Frame {
  if (bytes.length < 8 || bytes.toString('latin1', 0, 4) !== magic) throw new FrameError(`expected a frame that begins with ${magic}`);
  const length = bytes.readUInt32BE(4);
  if (length > HEADER_BYTES || bytes.length < 8 + length) throw new FrameError('the header is cut short or too long');
  let header: unknown;
  try {
    header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  } catch {
    throw new FrameError('the header is not JSON');
  }
  const body = bytes.subarray(8 + length);
  const said = typeof header === 'object' && header !== null ? (header as { bytes?: unknown }).bytes : undefined;
  if (said !== body.length)
    throw new FrameError(`expected ${typeof said === 'number' ? said : 'an announced number of'} bytes of body, found ${body.length}`);
  return { header, body };
}
