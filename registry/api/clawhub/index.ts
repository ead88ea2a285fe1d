/**
 * ClawHub's wire: every route that the unmodified clients call (docs/clawhub.md), each in the file of its group. Nothing here decides anything: reading goes through the shelf, changing
 * through the gate, and who asks was settled at the door.
 *
 * Refusals are one plain sentence, because the clients print the body as it is; only an ambiguous name is JSON, which they lay out.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Config } from '../../config.ts';
import { RegistryError } from '../../errors.ts';
import type { Gate } from '../../gate/contract.ts';
import type { Shelf } from '../../shelf/contract.ts';
import type { Store } from '../../store/index.ts';
import { refusalOf } from '../errors.ts';
import { downloadRoutes, refusalBody } from './download.ts';
import { manageRoutes } from './manage.ts';
import { pluginRoutes } from './plugins.ts';
import { publishRoutes } from './publish.ts';
import { resolveRoutes } from './resolve.ts';
import { scanRoutes } from './scan.ts';
import { searchRoutes } from './search.ts';
import { skillRoutes } from './skills.ts';
import { telemetryRoutes } from './telemetry.ts';
import { verdictRoutes } from './verdicts.ts';

export { createFastDownload } from './download.ts';

export interface ClawhubOptions {
  readonly store: Store;
  readonly config: Config;
  readonly shelf: Shelf;
  readonly gate: Gate;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** All routes with their full paths: register it without a prefix, after the door (auth/plugin.ts). */
export const clawhub: FastifyPluginAsyncTypebox<ClawhubOptions> = async (app, options) => {
  const { publicUrl } = options.config;
  // Clients send `content-type: application/json` with nothing after it, or no body at all.
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body);
    if (text.trim() === '') done(null, null);
    else void parse(request, text, done);
  });
  app.setErrorHandler((error, request, reply) => {
    const known = refusalOf(error);
    if (known === undefined || known.status >= 500) request.log.error({ err: error, detail: known?.detail }, known?.code ?? 'internal error');
    const refusal = known ?? new RegistryError('internal', `Something went wrong here. The operator finds it in the log under ${request.id}.`);
    const { status, type, text } = refusalBody(refusal, publicUrl);
    const seconds = refusal.detail?.['retryAfter'];
    if (typeof seconds === 'number') reply.header('retry-after', String(seconds));
    return reply.status(status).header('cache-control', 'no-store').type(type).serializer(String).send(text);
  });
  for (const routes of [
    searchRoutes,
    skillRoutes,
    resolveRoutes,
    downloadRoutes,
    verdictRoutes,
    publishRoutes,
    manageRoutes,
    scanRoutes,
    telemetryRoutes,
    pluginRoutes,
  ])
    await app.register(routes, options);
};
