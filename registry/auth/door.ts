/**
 * What every request passes before anything else looks at it: is it for us (Host), who is it (actor), may a page of another site have sent it, and is it one too many.
 * One implementation for Fastify (plugin.ts) and for the download path that goes around Fastify.
 */
import type { IncomingMessage } from 'node:http';
import type { Config } from '../config.ts';
import { RegistryError } from '../errors.ts';
import { type Actor, anonymous } from '../model.ts';
import { clientAddress } from './addresses.ts';
import type { Auth } from './authenticate.ts';
import { hostGuard } from './hosts.ts';
import { type Bucket, type Limits, rateHeaders, tooMany } from './limits.ts';

/** Takes the headers of the answer, also of one that refuses. */
export type SetHeader = (name: string, value: string) => void;

export interface Door {
  /**
   * The actor of the request; counts it in the bucket and hands the rate headers to `set`. At once if the token is known from before.
   * Throws RegistryError: `bad-input` (Host), `unauthorized`, `forbidden` (sent by another site), `too-many-requests`, `tampered`.
   */
  admit(request: IncomingMessage, bucket: Bucket | 'none', set: SetHeader): Actor | Promise<Actor>;
}

export interface DoorDeps {
  readonly auth: Auth;
  readonly limits: Limits;
  readonly config: Pick<Config, 'publicUrl' | 'trustedProxies'>;
  /** The port that is listened on, once it is. */
  readonly port: () => number | undefined;
  /** Id of the token that a signed session cookie stands for, if there is one and it is sound. Asked for pages only: a cookie opens no API. */
  readonly session?: (request: IncomingMessage) => string | undefined;
}

export function createDoor({ auth, limits, config, port, session }: DoorDeps): Door {
  const checkHost = hostGuard(config.publicUrl, port);
  const addressOf = clientAddress(config.trustedProxies);
  const refusal = (error: unknown, set: SetHeader): unknown => {
    if (error instanceof RegistryError) {
      if (error.code === 'unauthorized') set('www-authenticate', 'Bearer realm="skillward"');
      const seconds = error.detail?.['retryAfter'];
      if (typeof seconds === 'number') set('retry-after', String(seconds));
    }
    return error;
  };
  const whoAsks = (request: IncomingMessage, peer: string | undefined, ip: string): Actor | Promise<Actor> => {
    const { headers, url = '' } = request;
    const pathToken = pathTokenOf(url);
    if (
      session !== undefined &&
      headers.cookie !== undefined &&
      headers.authorization === undefined &&
      pathToken === undefined &&
      !url.startsWith('/api/')
    ) {
      const tokenId = session(request);
      // A session that ended leaves a visitor, who can sign in again.
      if (tokenId !== undefined) return (async () => auth.session(tokenId, ip))().catch((error: unknown) => visitor(error, ip));
    }
    return auth.actor({ headers, peer, ip, pathToken });
  };
  return {
    admit(request, bucket, set) {
      try {
        const { headers } = request;
        checkHost(headers.host);
        const peer = request.socket.remoteAddress;
        const pass = (actor: Actor): Actor => {
          if (actor.via === 'identity-header' || actor.via === 'session') needOwnSite(request, config.publicUrl);
          if (bucket === 'none') return actor;
          const taken = limits.take(bucket, actor);
          rateHeaders(taken, set);
          if (!taken.ok) throw tooMany(taken.reset);
          return actor;
        };
        const actor = whoAsks(request, peer, addressOf(peer, headers['x-forwarded-for']));
        if (!(actor instanceof Promise)) return pass(actor);
        return actor.then(pass).catch((error: unknown) => {
          throw refusal(error, set);
        });
      } catch (error) {
        throw refusal(error, set);
      }
    },
  };
}

function visitor(error: unknown, ip: string): Actor {
  if (error instanceof RegistryError && error.code === 'unauthorized') return anonymous(ip);
  throw error;
}

/** The token of `/t/<token>/…`. */
export function pathTokenOf(url: string): string | undefined {
  if (!url.startsWith('/t/')) return undefined;
  const end = url.slice(3).search(/[/?#]/);
  return end === -1 ? url.slice(3) : url.slice(3, 3 + end);
}

/**
 * A proxy adds the identity header (and the browser the session cookie) to whatever the visitor's browser sends, also to what another site's page makes it send. Browsers say where a request comes from;
 * what changes something must come from our own pages, or from no page at all.
 */
function needOwnSite(request: IncomingMessage, publicUrl: string): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if ((origin === undefined || origin === publicUrl) && (site === undefined || site === 'same-origin' || site === 'none')) return;
  throw new RegistryError('forbidden', 'This request was sent by a page of another site, and was not carried out.');
}
