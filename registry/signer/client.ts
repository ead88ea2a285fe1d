/**
 * How the registry asks the signer. It gets bytes that it has yet to verify (the gate does, as any client would); what is checked here is that an answer is one: in time, of a
 * sane size, by something that speaks the signer's protocol, and with the digest it says.
 */
import { request } from 'node:http';
import { sha256Hex } from '../trust/bytes.ts';
import { TrustError } from '../trust/errors.ts';
import { parsePublicKey } from '../trust/keys.ts';
import { type Attestations, parseAttestations } from '../trust/release.ts';
import { objections, passing, SignerError } from './errors.ts';
import { checkLength } from './paths.ts';
import { ANSWER_BYTES, HEADER, isVersionId, type KeyAnswer, type NoAnswer, PROTOCOL, type SignedAnswer } from './wire.ts';

export { SignerError } from './errors.ts';

export interface SignerClient {
  /** The public half of its key. @throws SignerError */
  key(): Promise<KeyAnswer>;
  /** Has an approved version judged again and signed. @throws SignerError */
  sign(versionId: string): Promise<{ readonly attestations: Attestations; readonly bytes: Buffer; readonly sha256: string }>;
  /** Has the revocation of a revoked version signed: a Sigstore bundle's bytes. @throws SignerError */
  revoke(versionId: string): Promise<{ readonly bytes: Buffer; readonly sha256: string }>;
  /** Resolves if it lives. @throws SignerError */
  health(): Promise<void>;
  /** Ends what is under way; those who wait get `unavailable`. */
  close(): void;
}

export interface ClientOptions {
  /** Milliseconds for key and health (default 5 s). */
  readonly quickMs?: number;
  /** Milliseconds for signing, which scans again and may wait for its turn (default 5 min). */
  readonly signMs?: number;
}

/** A client of the signer on a Unix socket. Connects with each request, so that a signer may come and go. */
export function connectSigner(socket: string, options: ClientOptions = {}): SignerClient {
  checkLength(socket);
  const closing = new AbortController();
  const quick = options.quickMs ?? 5_000;
  const long = options.signMs ?? 300_000;
  const get = (path: string): Promise<unknown> => ask(socket, 'GET', path, undefined, quick, closing.signal);
  const signed = async (path: string, versionId: string): Promise<{ bytes: Buffer; sha256: string }> => {
    if (!isVersionId(versionId)) throw new SignerError('refused', 'That is no id of a version.', { objection: 'bad-request' });
    const answer = (await ask(socket, 'POST', path, { versionId }, long, closing.signal)) as Partial<SignedAnswer>;
    const bytes = Buffer.from(typeof answer.bytes === 'string' ? answer.bytes : '', 'base64');
    if (bytes.length === 0 || sha256Hex(bytes) !== answer.sha256)
      throw new SignerError('bad-answer', 'The signer’s answer does not have the digest that it says.');
    return { bytes, sha256: answer.sha256 };
  };
  return {
    async key() {
      const { keyid, pem } = (await get('/key')) as Partial<KeyAnswer>;
      try {
        const real = parsePublicKey(String(pem), 'The signer’s key');
        if (real.keyid !== keyid) throw new SignerError('bad-answer', 'The signer names its key by an id that is not its own.');
        return { keyid: real.keyid, pem: real.pem };
      } catch (error) {
        if (error instanceof TrustError) throw new SignerError('bad-answer', error.message, { cause: error });
        throw error;
      }
    },
    async sign(versionId) {
      const { bytes, sha256 } = await signed('/sign', versionId);
      try {
        return { attestations: parseAttestations(bytes), bytes, sha256 };
      } catch (error) {
        throw new SignerError('bad-answer', `The signer sent no attestations: ${(error as Error).message}`, { cause: error });
      }
    },
    revoke: (versionId) => signed('/revoke', versionId),
    health: async () => {
      await get('/healthz');
    },
    close: () => closing.abort(),
  };
}

function ask(socketPath: string, method: string, path: string, body: object | undefined, timeoutMs: number, closing: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const clock = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([clock, closing]);
    const fail = (error: unknown): void =>
      reject(
        error instanceof SignerError
          ? error
          : clock.aborted
            ? new SignerError('timeout', `The signer did not answer within ${Math.round(timeoutMs / 1000)} s.`, { cause: error })
            : new SignerError('unavailable', closing.aborted ? 'The connection to the signer was closed.' : unreachable(socketPath, error), {
                cause: error,
              }),
      );
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': bytes.length };
    const call = request({ socketPath, method, path, headers, signal, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > ANSWER_BYTES) call.destroy(new SignerError('bad-answer', `The signer’s answer is larger than ${ANSWER_BYTES} bytes.`));
      });
      response.once('error', fail);
      response.once('close', () => {
        if (!response.complete) fail(call.errored ?? new Error('the answer was cut off'));
      });
      response.once('end', () => {
        try {
          resolve(read(response.statusCode ?? 0, response.headers[HEADER], Buffer.concat(chunks)));
        } catch (error) {
          fail(error);
        }
      });
    });
    call.once('error', fail);
    call.end(bytes);
  });
}

function unreachable(socket: string, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return `No signer listens on ${socket}. Start it with: skill signer`;
  if (code === 'EACCES' || code === 'EPERM') return `This user may not use the signer's socket ${socket}.`;
  return `The signer on ${socket} cannot be reached (${code ?? 'the connection broke'}).`;
}

/** The value of a good answer. @throws SignerError */
function read(status: number, protocol: string | string[] | undefined, body: Buffer): unknown {
  if (protocol !== PROTOCOL) throw new SignerError('bad-answer', 'What listens there is no signer, or one of another version.');
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new SignerError('bad-answer', 'The signer’s answer is no JSON.', { cause });
  }
  if (typeof value !== 'object' || value === null) throw new SignerError('bad-answer', 'The signer’s answer is no object.');
  if (status === 200) return value;
  const { error, says } = value as Partial<NoAnswer>;
  if (error === undefined || !objections.includes(error) || typeof says !== 'string')
    throw new SignerError('bad-answer', `The signer answered ${status} without saying why.`);
  throw new SignerError(passing.has(error) ? 'unavailable' : 'refused', `The signer did not sign: ${says}`, { objection: error });
}
