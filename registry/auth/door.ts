/**
 * What every request passes before anything else looks at it: is it for us (Host), who is it (actor), may a page of another site have sent it, and is it one too many.
 * One implementation for Fastify (plugin.ts) and for the download path that goes around Fastify.
 */
import type { IncomingMessage } from 'node:http';
import type { Config } from '../config.ts';
import { RegistryError } from '../errors.ts';
import type { Actor } from '../model.ts';
import { clientAddress } from './addresses.ts';
import type { Auth } from './authenticate.ts';
import { hostGuard } from './hosts.ts';
import { type Bucket, type Limits, rateHeaders, tooMany } from './limits.ts';

/** Takes the headers of the answer, also of one that refuses. */
export type SetHeader = (name: string, value: string) => void;

export interface Door {
  /**
   * The actor of the request; counts it in the bucket and hands the rate headers to `set`. At once if the token is known from before. What is turned away is counted as well, by address.
   * Throws RegistryError: `bad-input` (Host), `unauthorized`, `forbidden` (sent by another site), `too-many-requests`, `tampered`.
   * @param known who is known already, by what they presented; filled here. For requests that arrived together, that is, within one turn of the event loop: nobody was told of anything newer
   */
  admit(request: IncomingMessage, bucket: Bucket | 'none', set: SetHeader, known?: Map<string, Actor>): Actor | Promise<Actor>;
}

export interface DoorDeps {
  readonly auth: Auth;
  readonly limits: Limits;
  readonly config: Pick<Config, 'publicUrl' | 'trustedProxies'>;
  /** The port that is listened on, once it is. */
  readonly port: () => number | undefined;
}

export function createDoor({ auth, limits, config, port }: DoorDeps): Door {
  const checkHost = hostGuard(config.publicUrl, port);
  const addressOf = clientAddress(config.trustedProxies);
  /** What a request that does not get in is told. */
  const refusal = (error: unknown, request: IncomingMessage, set: SetHeader): unknown => {
    if (!(error instanceof RegistryError)) return error;
    if (error.code === 'unauthorized' || error.code === 'bad-input') {
      const taken = limits.refuse(addressOf(request.socket.remoteAddress, request.headers['x-forwarded-for']));
      rateHeaders(taken, set);
      if (!taken.ok) return tooMany(taken.reset);
      if (error.code === 'unauthorized') set('www-authenticate', 'Bearer realm="skillward"');
    }
    const seconds = error.detail?.['retryAfter'];
    if (typeof seconds === 'number') set('retry-after', String(seconds));
    return error;
  };
  return {
    admit(request, bucket, set, known) {
      try {
        const { headers } = request;
        checkHost(headers.host);
        const peer = request.socket.remoteAddress;
        const pass = (actor: Actor): Actor => {
          if (bucket !== 'none') {
            const taken = limits.take(bucket, actor);
            rateHeaders(taken, set);
            if (!taken.ok) throw tooMany(taken.reset);
          }
          if (actor.via === 'identity-header') needOwnSite(request, config.publicUrl);
          return actor;
        };
        const presented = known === undefined ? '' : `${headers.authorization} ${peer} ${headers['x-forwarded-for']}`;
        const before = known?.get(presented);
        if (before !== undefined) return pass(before);
        const actor = auth.actor({ headers, peer, ip: addressOf(peer, headers['x-forwarded-for']), pathToken: pathTokenOf(request.url ?? '') });
        if (!(actor instanceof Promise)) {
          if (actor.via === 'token') known?.set(presented, actor);
          return pass(actor);
        }
        return actor.then(pass).catch((error: unknown) => {
          throw refusal(error, request, set);
        });
      } catch (error) {
        throw refusal(error, request, set);
      }
    },
  };
}

/** The token of `/t/<token>/…`, in this spelling only (`needPathToken` in plugin.ts). */
export function pathTokenOf(url: string): string | undefined {
  if (!url.startsWith('/t/')) return undefined;
  const end = url.slice(3).search(/[/?#]/);
  return end === -1 ? url.slice(3) : url.slice(3, 3 + end);
}

/**
 * A proxy adds the identity header to whatever the visitor's browser sends, also to what another site's page makes it send. Browsers say where a request comes from;
 * what changes something must come from our own pages, or from no page at all.
 */
function needOwnSite(request: IncomingMessage, publicUrl: string): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if ((origin === undefined || origin === publicUrl) && (site === undefined || site === 'same-origin' || site === 'none')) return;
  throw new RegistryError('forbidden', 'This request was sent by a page of another site, and was not carried out.');
}
