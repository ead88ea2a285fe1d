/**
 * The door as a Fastify plugin: every request gets `request.actor` before its handler runs, or is refused. A route says which bucket it counts in with
 * `config: { bucket: 'download' }`; otherwise reading methods count as `read` and all others as `write`. `bucket: 'none'` is for health checks.
 *
 * The door takes the token of `/t/<token>/…` from the address as it was sent, the router decodes it first. What comes to such a route in another spelling (`/%74/…`, a whole URL in the
 * request line) had its token overlooked, and would go on as nobody, or as somebody else by a header or a cookie: it is refused.
 */
import type { FastifyInstance, FastifyPluginCallback, FastifyRequest } from 'fastify';
import { RegistryError } from '../errors.ts';
import { type Actor, anonymous } from '../model.ts';
import { type Door, pathTokenOf } from './door.ts';
import type { Bucket } from './limits.ts';

declare module 'fastify' {
  interface FastifyRequest {
    actor: Actor;
  }
  interface FastifyContextConfig {
    bucket?: Bucket | 'none';
  }
}

const nobody = anonymous('');

const plugin: FastifyPluginCallback<{ readonly door: Door }> = (app, { door }, done) => {
  app.decorateRequest('actor');
  app.addHook('onRequest', (request, reply, next) => {
    const { bucket = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS' ? 'read' : 'write' } =
      request.routeOptions.config;
    const admit = (actor: Actor): void => {
      needPathToken(request, actor);
      request.actor = actor;
    };
    request.actor = nobody;
    try {
      const actor = door.admit(request.raw, bucket, (name, value) => void reply.header(name, value));
      if (actor instanceof Promise) {
        actor.then(admit).then(() => next(), next);
        return;
      }
      admit(actor);
    } catch (error) {
      next(error as Error);
      return;
    }
    next();
  });
  done();
};

/** Throws RegistryError `unauthorized` for a request to a route of path tokens by anything but the token that stands in its address. */
function needPathToken(request: FastifyRequest, actor: Actor): void {
  if (request.routeOptions.url?.startsWith('/t/:token') !== true) return;
  const { token } = request.params as { readonly token?: string };
  if (actor.via === 'path-token' && token !== undefined && token === pathTokenOf(request.raw.url ?? '')) return;
  throw new RegistryError('unauthorized', 'Unauthorized');
}

/** For the whole server, not only for the plugins beside it. */
export const authPlugin: (app: FastifyInstance, options: { readonly door: Door }, done: (error?: Error) => void) => void = Object.assign(plugin, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'skillward-auth',
});
