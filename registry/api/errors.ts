/**
 * How refusals look on the wire. ClawHub's clients print the body as it is, so it is one plain sentence; our own API gives JSON to those who ask for it. What is not a refusal of
 * ours is an internal error: the caller gets a number to quote, the log gets the rest.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { visible } from '../../scanner/report/escape.ts';
import { ArchiveError } from '../archive/errors.ts';
import { RegistryError } from '../errors.ts';
import { TrustError } from '../trust/errors.ts';

/** Whether the caller speaks our own API and wants to read errors by program. */
const wantsJson = (request: FastifyRequest): boolean =>
  request.url.startsWith('/api/skillward/') && (request.headers.accept ?? '').includes('application/json');

/** What the system and the database say when there is nowhere left to write to. */
const full: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);

/** Any failure as a refusal, or undefined for what is a fault of ours. */
export function refusalOf(error: unknown): RegistryError | undefined {
  if (error instanceof RegistryError) return error;
  if (error instanceof ArchiveError) return new RegistryError('bad-input', error.message, { cause: error });
  // Signatures that come in from outside; those of our own store are wrapped where they are read.
  if (error instanceof TrustError) return new RegistryError('bad-input', error.message, { cause: error });
  const { statusCode, validation, code, message } = error as Partial<FastifyError>;
  if (full.has(code))
    return new RegistryError(
      'unavailable',
      'There is no room left where this registry keeps its data, so nothing of this was stored. What is served goes on. Tell the operator, and send it again later.',
      { cause: error },
    );
  if (validation !== undefined) return new RegistryError('bad-input', `The request does not fit: ${visible(message ?? 'wrong shape')}.`);
  if (statusCode === 413 || code === 'FST_ERR_CTP_BODY_TOO_LARGE' || code === 'FST_REQ_FILE_TOO_LARGE')
    return new RegistryError('too-large', 'The request is larger than this registry takes.');
  if (statusCode === 415) return new RegistryError('bad-input', 'The request has a content type that is not expected here.');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new RegistryError('bad-input', `${visible(message ?? 'Bad request')}.`);
  return undefined;
}

export function sendRefusal(request: FastifyRequest, reply: FastifyReply, error: RegistryError): FastifyReply {
  reply.status(error.status).header('cache-control', 'no-store');
  const seconds = error.detail?.['retryAfter'];
  if (typeof seconds === 'number') reply.header('retry-after', String(seconds));
  if (error.code === 'unauthorized') reply.header('www-authenticate', 'Bearer realm="skillward"');
  if (wantsJson(request))
    return reply
      .type('application/json; charset=utf-8')
      .send(JSON.stringify({ schema: 'skillward.error.v1', code: error.code, message: error.message, ...(error.detail ?? {}) }));
  return reply.type('text/plain; charset=utf-8').send(error.message);
}

/** Installs the two handlers on the whole server. */
export function installErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal === undefined) {
      request.log.error({ err: error }, 'internal error');
      return sendRefusal(
        request,
        reply,
        new RegistryError('internal', `Something went wrong here. The operator finds it in the log under ${request.id}.`),
      );
    }
    if (refusal.status >= 500) request.log.error({ err: refusal, detail: refusal.detail }, refusal.code);
    return sendRefusal(request, reply, refusal);
  });
  app.setNotFoundHandler((request, reply) => sendRefusal(request, reply, new RegistryError('not-found', 'There is nothing here.')));
}
