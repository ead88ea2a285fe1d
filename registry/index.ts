/**
 * The server: parts in, Fastify out. Plugins in order and nothing else; what a request passes before any of them is the door (auth/door.ts): Host, identity, rate.
 *
 *   ops      /healthz /readyz /openapi.json
 *   clawhub  /api/v1 /api/cli /.well-known /t/<token>: what ClawHub's clients speak
 *   native   /api/skillward/v1: what that wire cannot say; accounts; import
 *   web      pages for people
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import fastifySwagger from '@fastify/swagger';
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { accountRoutes } from './api/accounts.ts';
import { installBodies } from './api/bodies.ts';
import { clawhub, createFastDownload } from './api/clawhub/index.ts';
import { deviceRoutes } from './api/device.ts';
import { installErrors } from './api/errors.ts';
import { importRoutes } from './api/import.ts';
import { native } from './api/native.ts';
import { openapi } from './api/openapi.ts';
import { ops } from './api/ops.ts';
import { wellKnown } from './api/wellknown.ts';
import { createAuth } from './auth/authenticate.ts';
import { createDeviceLogin } from './auth/device.ts';
import { createDoor } from './auth/door.ts';
import { createLimits } from './auth/limits.ts';
import { authPlugin } from './auth/plugin.ts';
import type { Config } from './config.ts';
import { RegistryError } from './errors.ts';
import type { Gate } from './gate/contract.ts';
import type { Keyring } from './keyring.ts';
import { type Logger, loggedPath } from './log.ts';
import { createAlarm } from './shelf/alarm.ts';
import { createShelf } from './shelf/index.ts';
import type { SignerClient } from './signer/client.ts';
import type { Store } from './store/index.ts';
import type { UplinkDeps } from './uplink/import.ts';
import { web } from './web/index.ts';

const strictTransport = 'max-age=31536000';
const accountTables: ReadonlySet<string> = new Set(['users', 'tokens', 'members', 'namespaces', 'publisher_keys', 'device_codes']);

export interface Parts {
  readonly config: Config;
  readonly store: Store;
  readonly gate: Gate;
  readonly keyring: Keyring;
  readonly signer: Pick<SignerClient, 'key'>;
  readonly log: Logger;
  /** Fetches secrets that upstreams name. */
  readonly secret?: NonNullable<UplinkDeps['secret']>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Puts the server together; it does not listen yet. Throws what a plugin throws: a fault of ours. */
export async function build({ config, store, gate, keyring, signer, log, secret, now = Date.now }: Parts): Promise<FastifyInstance> {
  // Downloads are most of what a registry does, and Fastify costs more than all of their checks: they are answered before it, by the same door and shelf.
  let fast: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  const app = Fastify({
    serverFactory: (handler: (request: IncomingMessage, response: ServerResponse) => void) => {
      const listener = (request: IncomingMessage, response: ServerResponse): void => {
        if (fast?.(request, response) !== true) handler(request, response);
      };
      const server = config.tls === undefined ? createServer(listener) : createTlsServer({ ...config.tls, minVersion: 'TLSv1.2' }, listener);
      server.requestTimeout = 300_000;
      server.keepAliveTimeout = 72_000;
      return server;
    },
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    // Routes that take more say so, and who may send it (api/bodies.ts).
    bodyLimit: 256 * 1024,
    routerOptions: { maxParamLength: 300 },
    return503OnClosing: true,
  } as never) as unknown as FastifyInstance;
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  installErrors(app);
  installBodies(app, config.limits);

  const alarm = createAlarm(store, now, log);
  const auth = createAuth({ store, config, now, log, alarm });
  // The shelf tells of what it reads itself; accounts are read in many places.
  app.addHook('onError', async (_request, _reply, error: unknown) => {
    if (!(error instanceof RegistryError) || error.code !== 'tampered') return;
    const table = String(error.detail?.['table']);
    if (accountTables.has(table)) alarm(`${table}/${error.detail?.['id']}`, error);
  });
  const device = createDeviceLogin({ store, now, config });
  const shelf = createShelf({ store, config, keys: keyring.keys, keyring, cacheBytes: config.limits.cacheBytes, now, log });
  const limits = createLimits(config, now);
  const port = (): number | undefined => (app.addresses()[0] as { port: number } | undefined)?.port;
  const door = createDoor({ auth, limits, config, port });
  app.addHook('onClose', () => auth.close());
  const logged = (line: Record<string, unknown>): void => log.info(line, 'request');
  const always = [
    'X-Content-Type-Options',
    'nosniff',
    'Referrer-Policy',
    'no-referrer',
    ...(config.tls === undefined ? [] : ['Strict-Transport-Security', strictTransport]),
  ];
  fast = createFastDownload({
    door,
    shelf,
    publicUrl: config.publicUrl,
    headers: always,
    ...(log.isLevelEnabled('info')
      ? {
          done: (request, status, actor) =>
            logged({ method: request.method, path: loggedPath(request.url ?? ''), status, ip: actor?.ip, user: actor?.user?.handle }),
        }
      : {}),
    fault: (error) => log.error({ err: error }, 'download'),
  });

  await app.register(authPlugin as never, { door });
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('x-request-id', request.id);
    if (reply.getHeader('referrer-policy') === undefined) reply.header('referrer-policy', 'no-referrer');
    // Whoever asked with a right must not find the answer in a cache that others share.
    if (reply.getHeader('cache-control') === undefined) reply.header('cache-control', 'private, no-cache');
    if (config.tls !== undefined) reply.header('strict-transport-security', strictTransport);
  });
  app.addHook('onResponse', async (request, reply) => {
    const { bucket, page } = request.routeOptions.config;
    // Health checks and the like. Pages count themselves (web/counting.ts).
    if (bucket === 'none' && page === undefined && reply.statusCode < 500) return;
    request.log.info(
      {
        method: request.method,
        path: loggedPath(request.url),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        ip: request.actor.ip,
        user: request.actor.user?.handle,
      },
      'request',
    );
  });
  await app.register(fastifySwagger, openapi(config));

  const typed = app.withTypeProvider<TypeBoxTypeProvider>();
  const uplink = { store, gate, config, now, ...(secret === undefined ? {} : { secret }) };
  await typed.register(async (quiet) => {
    quiet.addHook('onRoute', (route) => {
      route.config = { ...route.config, bucket: 'none' };
    });
    await quiet.register(ops, { store, signer: async () => keyring.trusts((await signer.key()).keyid), now });
  });
  await typed.register(clawhub, { store, config, gate, shelf, now });
  await typed.register(deviceRoutes, { device });
  await typed.register(wellKnown, { config, shelf });
  await typed.register(native, { store, config, gate, shelf, keyring });
  await typed.register(accountRoutes, { store, config, now });
  await typed.register(importRoutes, uplink);
  await typed.register(web, { config, store, auth, limits, shelf, gate, device, now });
  typed.get('/openapi.json', { schema: { hide: true }, config: { bucket: 'read' } }, async () => app.swagger());
  await app.ready();
  return app;
}
