/**
 * The door as a Fastify plugin: every request gets `request.actor` before its handler runs, or is refused. A route says which bucket it counts in with
 * `config: { bucket: 'download' }`; otherwise reading methods count as `read` and all others as `write`. `bucket: 'none'` is for health checks.
 */
import type { FastifyInstance, FastifyPluginCallback } from 'fastify';
import { type Actor, anonymous } from '../model.ts';
import type { Door } from './door.ts';
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
      request.actor = actor;
      next();
    };
    request.actor = nobody;
    try {
      const actor = door.admit(request.raw, bucket, (name, value) => void reply.header(name, value));
      if (actor instanceof Promise) actor.then(admit, next);
      else admit(actor);
    } catch (error) {
      next(error as Error);
    }
  });
  done();
};

/** For the whole server, not only for the plugins beside it. */
export const authPlugin: (app: FastifyInstance, options: { readonly door: Door }, done: (error?: Error) => void) => void = Object.assign(plugin, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'skillward-auth',
});
