/**
 * The signer as a process: an HTTP server on a Unix socket that only its own user can open. It has four doors and takes nothing but the id of a version:
 *
 *   GET  /healthz   it lives          GET  /key      the public half of its key
 *   POST /sign      { versionId }     POST /revoke   { versionId }
 *
 * Work is done one by one. What it finds it reads from the store, opened anew each time; the private key stays in this process and is in no answer, message or log line. Its log
 * is one JSON object a line on standard error.
 */
import { chmodSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { visible } from '../../scanner/report/escape.ts';
import { RegistryError } from '../errors.ts';
import type { SignerDeps } from './contract.ts';
import { decideAndSign, signRevocation } from './decide.ts';
import { type Objection, passing, Refusal } from './errors.ts';
import { prepareSocketFolder } from './paths.ts';
import { withRecords } from './records.ts';
import { HEADER, isVersionId, type KeyAnswer, type NoAnswer, PROTOCOL, REQUEST_BYTES, type SignedAnswer } from './wire.ts';

/** Requests that may wait for their turn. */
const WAITING = 64;

export interface SignerOptions extends Omit<SignerDeps, 'readVersion' | 'readRevocation' | 'readBlob' | 'releaseKeys' | 'registryId'> {
  /** Name of the registry in what is signed. If it is not given, the one that the server settled on at its first start is read with each request. */
  readonly registryId: string | undefined;
  readonly data: string;
  readonly socket: string;
  readonly log: (level: 'info' | 'warn' | 'error', says: string, more?: Readonly<Record<string, string | number>>) => void;
}

export interface RunningSigner {
  readonly key: KeyAnswer;
  readonly socket: string;
  /** Leaves unfinished work undone (asking again does it), answers who waits, removes the socket. */
  stop(): Promise<void>;
}

/**
 * Starts listening.
 * @throws RegistryError bad-config when the socket cannot be made or another signer listens there
 */
export async function runSigner(options: SignerOptions): Promise<RunningSigner> {
  const { socket, log } = options;
  prepareSocketFolder(socket);
  await freeSocket(socket);
  const key: KeyAnswer = { keyid: options.key.keyid, pem: options.key.pem };
  const stopping = new AbortController();
  const line = inLine(stopping.signal);
  const deps = { ...options, scanOptions: { ...options.scanOptions, signal: stopping.signal } };

  const over = (judge: (deps: SignerDeps) => Promise<{ readonly bytes: Buffer; readonly sha256: string }>): Promise<SignedAnswer> =>
    withRecords(options.data, async (records) => {
      const registryId = options.registryId ?? records.registryId;
      if (registryId === undefined)
        throw new Refusal('store', 'The store does not say yet which registry it is; the server writes that at its first start.');
      return answerOf(await judge({ ...deps, ...records, registryId }));
    });
  const work: Readonly<Record<string, (id: string) => Promise<SignedAnswer>>> = {
    '/sign': (id) => over((judged) => decideAndSign(id, judged)),
    '/revoke': (id) => over((judged) => signRevocation(id, judged)),
  };

  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 4096 }, (request, response) => {
    const send = (status: number, body: object): void => {
      const bytes = Buffer.from(JSON.stringify(body), 'utf8');
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, [HEADER]: PROTOCOL, connection: 'close' });
      response.end(bytes);
    };
    const no = (objection: Objection, says: string): void => {
      const body: NoAnswer = { error: objection, says: visible(says).slice(0, 2000) };
      send(objection === 'bad-request' ? 400 : objection === 'unknown-version' ? 404 : passing.has(objection) ? 503 : 422, body);
    };
    handle(request, response).catch((error: unknown) => {
      const refusal =
        error instanceof Refusal ? error : new Refusal('internal', 'The signer met an error of its own; its log says which.', { cause: error });
      if (refusal.objection === 'internal') log('error', 'an error of our own', { cause: stackOf(refusal.cause ?? refusal) });
      no(refusal.objection, refusal.message);
    });

    async function handle(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
      const { method, url } = asked;
      if (method === 'GET' && url === '/healthz') return send(200, { status: 'ok' });
      if (method === 'GET' && url === '/key') return send(200, key);
      const job = method === 'POST' && url !== undefined && Object.hasOwn(work, url) ? work[url] : undefined;
      if (job === undefined) throw new Refusal('bad-request', 'The signer knows GET /healthz, GET /key, POST /sign and POST /revoke.');
      const versionId = await readVersionId(asked);
      const started = performance.now();
      const done = (says: string, more: Readonly<Record<string, string>>): void =>
        log(more['objection'] === undefined ? 'info' : 'warn', says, { versionId, ...more, ms: Math.round(performance.now() - started) });
      try {
        const signed = await line(
          () => job(versionId),
          () => answer.destroyed,
        );
        done(url === '/sign' ? 'signed a release' : 'signed a revocation', { sha256: signed.sha256 });
        send(200, signed);
      } catch (error) {
        if (error instanceof Refusal) done('did not sign', { objection: error.objection, says: visible(error.message).slice(0, 500) });
        throw error;
      }
    }
  });
  await listen(server, socket);
  log('info', 'the signer listens', { socket, keyid: key.keyid });
  return {
    key,
    socket,
    async stop() {
      stopping.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await closed;
      log('info', 'the signer has stopped');
    },
  };
}

const answerOf = (signed: { readonly bytes: Buffer; readonly sha256: string }): SignedAnswer => ({
  bytes: signed.bytes.toString('base64'),
  sha256: signed.sha256,
});

/** Runs work one by one; refuses when too much waits, and leaves out what nobody waits for any more. */
function inLine(stopping: AbortSignal): <T>(work: () => Promise<T>, gone: () => boolean) => Promise<T> {
  let tail: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return (work, gone) => {
    if (waiting >= WAITING) return Promise.reject(new Refusal('busy', `${WAITING} requests wait already. Ask again later.`));
    waiting++;
    const mine = tail.then(() => {
      if (stopping.aborted) throw new Refusal('stopping', 'The signer is being stopped.');
      if (gone()) throw new Refusal('busy', 'Whoever asked is gone.');
      return work();
    });
    tail = mine.catch(() => {}).finally(() => waiting--);
    return mine;
  };
}

async function readVersionId(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > REQUEST_BYTES) throw new Refusal('bad-request', `A request has at most ${REQUEST_BYTES} bytes.`);
    chunks.push(chunk);
  }
  let id: unknown;
  try {
    id = (JSON.parse(Buffer.concat(chunks).toString('utf8')) as { versionId?: unknown } | null)?.versionId;
  } catch {
    // Said below.
  }
  if (!isVersionId(id)) throw new Refusal('bad-request', 'A request is JSON: {"versionId": "ver_…"}.');
  return id;
}

/** Takes away what a signer that died left, and nothing that is alive or no socket. */
async function freeSocket(path: string): Promise<void> {
  const at = statSync(path, { throwIfNoEntry: false });
  if (at === undefined) return;
  if (!at.isSocket()) throw new RegistryError('bad-config', `${path} is there and is no socket. Name another place with --socket.`);
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
  if (alive) throw new RegistryError('bad-config', `Another signer listens on ${path} already.`);
  rmSync(path, { force: true });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // From the first moment, so that there is none in which others could connect.
    const before = process.umask(0o177);
    server.once('error', (error: NodeJS.ErrnoException) => {
      process.umask(before);
      reject(new RegistryError('bad-config', `The signer cannot listen on ${path} (${error.code ?? error.message}).`, { cause: error }));
    });
    server.listen({ path }, () => {
      process.umask(before);
      chmodSync(path, 0o600);
      resolve();
    });
  });
}

const stackOf = (error: unknown): string =>
  visible(error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 8).join(' | ') : String(error)).slice(0, 2000);
