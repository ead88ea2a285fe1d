/**
 * One upstream, asked carefully: only its own origin, only over connections whose address was judged after it was resolved (address.ts), with bounds on time and bytes.
 *
 * It refuses redirects to another origin, compressed answers (their size is not what arrives) and answers over their limit. Our own tokens never travel: the only one sent is
 * the one that the settings name for this upstream. Proxies of the environment are not used, because behind one nobody can tell which address is really asked.
 */
import { lookup as systemLookup } from 'node:dns';
import { setTimeout } from 'node:timers/promises';
import ipaddr from 'ipaddr.js';
import { Agent, buildConnector, request } from 'undici';
import { version } from '../../scanner/data/version.ts';
import { visible } from '../../scanner/report/escape.ts';
import { RegistryError } from '../errors.ts';
import { addressAllowed, refusedAddress, type Upstream } from './address.ts';

/** As `dns.lookup` with `all: true`. */
export type Lookup = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: { address: string; family: number }[]) => void,
) => void;

export interface DialOptions {
  /** Sent as a bearer token to this upstream. */
  readonly token?: string | undefined;
  /** Milliseconds for one question with everything that belongs to it. */
  readonly timeoutMs?: number;
  /** Resolver; a test may give its own. */
  readonly lookup?: Lookup;
}

export interface Ask {
  /** Relative to the base of the upstream, without a leading slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Bytes. */
  readonly most: number;
}

export interface Dial {
  /** Name of the upstream in messages and records. */
  readonly origin: string;
  /** Base address as it was given, without a final slash. */
  readonly base: string;
  /** GET. The body of a 2xx answer. Throws RegistryError `not-found`, `withdrawn`, `forbidden`, `ambiguous`, `too-large`, `unavailable`. */
  get(ask: Ask): Promise<Buffer>;
  close(): Promise<void>;
}

const redirects = 3;
const retries = 2;
/** Longest wait that an upstream may ask for before it is asked again, ms. */
const patience = 20_000;

/** Opens an upstream. `base` is its origin or a path below it. */
export function dial(upstream: Upstream, base: URL, options: DialOptions = {}): Dial {
  const agent = new Agent({
    connect: connector(upstream, options.lookup ?? (systemLookup as unknown as Lookup)),
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
    connections: 2,
  });
  const root = `${upstream.origin}${base.pathname.replace(/\/{1,64}$/, '')}`;
  const headers = {
    'user-agent': `skillward/${version}`,
    accept: 'application/json, application/zip;q=0.9, */*;q=0.1',
    'accept-encoding': 'identity',
    ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
  };

  const once = async (
    url: URL,
    most: number,
    signal: AbortSignal,
  ): Promise<{ status: number; headers: Readonly<Record<string, string | string[] | undefined>>; body: Buffer }> => {
    const answer = await request(url, { dispatcher: agent, headers, signal });
    const ok = answer.statusCode >= 200 && answer.statusCode < 300;
    const body = await bodyOf(answer.body, ok ? most : 4096, !ok, upstream.origin);
    return { status: answer.statusCode, headers: answer.headers, body };
  };

  return {
    origin: upstream.origin,
    base: root,
    async get(ask) {
      const signal = AbortSignal.timeout(options.timeoutMs ?? 60_000);
      let url = new URL(`${root}/${ask.path}`);
      for (const [key, value] of Object.entries(ask.query ?? {})) if (value !== undefined) url.searchParams.set(key, value);
      let hops = 0;
      for (let tries = 0; ; ) {
        const answer = await once(url, ask.most, signal).catch((error: unknown) => {
          throw asRefusal(error, upstream.origin);
        });
        if (answer.status >= 200 && answer.status < 300) {
          const encoding = one(answer.headers['content-encoding']);
          if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
            throw new RegistryError(
              'unavailable',
              `${upstream.origin} sent a compressed answer (${visible(encoding).slice(0, 40)}) although we asked it not to.`,
            );
          return answer.body;
        }
        if (answer.status >= 300 && answer.status < 400) {
          const location = one(answer.headers['location']);
          const next = location !== undefined && URL.canParse(location, url.href) ? new URL(location, url) : undefined;
          if (next === undefined || next.origin !== url.origin || next.username !== '' || next.password !== '')
            throw new RegistryError(
              'unavailable',
              `${upstream.origin} sends us to ${visible(next?.origin ?? location ?? 'nowhere').slice(0, 200)}, where an import does not follow. If that is the right address, import from there.`,
            );
          if (++hops > redirects) throw new RegistryError('unavailable', `${upstream.origin} redirects in circles.`);
          url = next;
          continue;
        }
        const wait = again(answer.status, one(answer.headers['retry-after']), tries);
        if (wait === undefined || tries >= retries) throw refusal(answer.status, answer.body, upstream.origin);
        tries++;
        await setTimeout(wait, undefined, { signal }).catch(() => {
          throw refusal(answer.status, answer.body, upstream.origin);
        });
      }
    },
    close: () => agent.destroy(),
  };
}

/** Connections of one upstream: what was resolved is judged before it is used, and what was reached once more after. */
function connector(upstream: Upstream, lookup: Lookup): buildConnector.connector {
  const connect = buildConnector({
    timeout: 10_000,
    allowH2: false,
    lookup: (hostname, options, callback) =>
      lookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, '', 0);
        const [first] = addresses;
        // One bad address condemns the name: an honest host has none, and which one is tried next is not ours to say.
        if (first === undefined || !addresses.every((one) => addressAllowed(one.address, upstream.inner)))
          return callback(refusedAddress(hostname), '', 0);
        if (options.all === true) return (callback as unknown as (error: null, all: typeof addresses) => void)(null, addresses);
        return callback(null, first.address, first.family);
      }),
  } as buildConnector.BuildOptions);
  return (options, callback) => {
    const literal = options.hostname.replace(/^\[|\]$/g, '');
    // A literal address never reaches the resolver.
    if (ipaddr.isValid(literal) && !addressAllowed(literal, upstream.inner)) return callback(refusedAddress(literal), null);
    return connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      if (!addressAllowed(socket.remoteAddress ?? '', upstream.inner)) {
        socket.destroy();
        return callback(refusedAddress(literal), null);
      }
      return callback(null, socket);
    });
  };
}

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

async function bodyOf(body: AsyncIterable<Uint8Array> & { destroy(): unknown }, most: number, cut: boolean, origin: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    chunks.push(chunk);
    if (length <= most) continue;
    body.destroy();
    if (cut) break;
    throw new RegistryError('too-large', `${origin} sends more than ${most} bytes, the limit of this registry.`);
  }
  return Buffer.concat(chunks);
}

/** Milliseconds until the same question may be asked again; undefined for an answer that will not change. */
function again(status: number, after: string | undefined, tries: number): number | undefined {
  if (status !== 429 && status !== 502 && status !== 503 && status !== 504) return undefined;
  const seconds = after !== undefined && /^\d{1,6}$/.test(after) ? Number(after) * 1000 : 300 * 2 ** tries;
  return seconds > patience ? undefined : seconds;
}

function asRefusal(error: unknown, origin: string): RegistryError {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++)
    if (cause instanceof RegistryError) return cause;
  const { name, code } = (error ?? {}) as { name?: string; code?: string };
  if (name === 'TimeoutError' || name === 'AbortError' || /TIMEOUT/.test(code ?? ''))
    return new RegistryError('unavailable', `${origin} did not answer in time. Try again later.`, { cause: error });
  return new RegistryError(
    'unavailable',
    `${origin} cannot be reached${code === undefined ? '' : ` (${code})`}. Check the address and the network.`,
    { cause: error },
  );
}

function refusal(status: number, body: Buffer, origin: string): RegistryError {
  const text = visible(body.toString('utf8').trim()).slice(0, 200).replace(/\.$/, '');
  const says = text === '' || text.startsWith('<') ? '' : `: ${text}`;
  if (status === 404) return new RegistryError('not-found', `${origin} does not have it${says}. Check owner, slug and version.`);
  if (status === 410) return new RegistryError('withdrawn', `${origin} has withdrawn it${says}.`);
  if (status === 401)
    return new RegistryError(
      'forbidden',
      `${origin} refuses (401)${says}. If it wants a token, whoever runs this registry names one under upstream.tokens.`,
    );
  if (status === 403 || status === 423) return new RegistryError('forbidden', `${origin} refuses (${status})${says}.`);
  if (status === 409) return new RegistryError('ambiguous', `${origin} has several skills of that name${says}. Write @owner/slug.`);
  return new RegistryError('unavailable', `${origin} answered ${status}${says}.`);
}
