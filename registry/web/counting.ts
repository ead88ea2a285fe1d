/**
 * Rate limits of pages. Who looks at a page is known by a cookie, which the door does not read; it would count a whole office behind one address as one stranger, and a stranger there
 * could shut everybody out of the queue. So the door lets pages pass uncounted, and they are counted here as soon as the session is known: per token when signed in, per address
 * when not, in the same buckets as everything else (auth/limits.ts).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Bucket, type Limits, rateHeaders, tooMany } from '../auth/limits.ts';
import type { Actor } from '../model.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Bucket of a page: set here, from what the route says as `bucket`. */
    page?: Bucket;
  }
}

/**
 * Takes over the counting of every route that is registered after this, but for those that say `bucket: 'none'` themselves.
 * @returns counts one request as somebody's. It throws RegistryError `too-many-requests`.
 */
export function countPages(
  app: Pick<FastifyInstance, 'addHook'>,
  limits: Pick<Limits, 'take'>,
): (request: FastifyRequest, reply: FastifyReply, actor: Actor) => void {
  app.addHook('onRoute', (route) => {
    const { bucket, page } = route.config ?? {};
    if (bucket === 'none' || page !== undefined) return;
    const reads = [route.method].flat().every((method) => method === 'GET' || method === 'HEAD');
    route.config = { ...route.config, bucket: 'none', page: bucket ?? (reads ? 'read' : 'write') };
  });
  return (request, reply, actor) => {
    const { page } = request.routeOptions.config;
    if (page === undefined) return;
    const taken = limits.take(page, actor);
    rateHeaders(taken, (name, value) => void reply.header(name, value));
    if (!taken.ok) throw tooMany(taken.reset);
  };
}
