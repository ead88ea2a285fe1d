/**
 * One HTTP client for one registry, on the platform's fetch.
 *
 * It promises bounds on time and bytes for every request, that the token goes to the registry's own origin and nowhere else, and a sentence for every failure. Redirects to
 * another origin are refused (the token would travel, and the bytes would be somebody else's), and so is a token over plain HTTP to another machine. Requests that may be sent
 * twice are repeated after 429, 5xx and network failures, as long as `Retry-After` says or with growing pauses. Stops token theft by redirect, endless answers, hung servers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { version as ourVersion } from '../../scanner/data/version.ts';
import { ClientError, quote, sentence } from './errors.ts';

export interface HttpOptions {
  /** As `baseOf` gives it. */
  readonly base: string;
  readonly token?: string;
  /** Milliseconds for one try, to its last byte. */
  readonly timeoutMs?: number;
  /** Allow a token over plain HTTP to another machine (a private network that is encrypted below us). */
  readonly allowHttp?: boolean;
}

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as multipart/form-data. */
  readonly form?: FormData;
  /** Most bytes of an answer. */
  readonly most?: number;
  readonly timeoutMs?: number;
  /** The server gives the same result however often it is sent. Default: GET only. */
  readonly repeatable?: boolean;
  /** What an answer other than 2xx becomes; by default an error. */
  readonly accept?: readonly number[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface Http {
  readonly base: string;
  readonly hasToken: boolean;
  json(method: string, path: string, options?: RequestOptions): Promise<unknown>;
  bytes(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Reads an answer of lines of any length in all, each at most 1 MiB, as they come. @throws ClientError */
  lines(path: string, query: RequestOptions['query'], line: (text: string) => void | Promise<void>): Promise<void>;
}

const MIB = 1024 * 1024;
const limits = { json: 16 * MIB, error: 16 * 1024, timeoutMs: 30_000, tries: 3, pauseMs: 400, longestPauseMs: 60_000, hops: 3 } as const;

/**
 * The one spelling of a registry's address: origin and path, no final slash.
 * @throws ClientError usage
 */
export function baseOf(text: string): string {
  const given = text.trim();
  const wrong = (why: string): ClientError => new ClientError('usage', `${quote(given)} is not the address of a registry: ${why}.`);
  if (!URL.canParse(given)) throw wrong('write it as https://skills.example');
  const url = new URL(given);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw wrong('it has to start with https:// or http://');
  if (url.username !== '' || url.password !== '') throw wrong('it has a user name or password in it; use `skill login` or SKILL_TOKEN instead');
  if (url.search !== '' || url.hash !== '') throw wrong('it has a query or a fragment');
  let end = url.pathname.length;
  while (url.pathname[end - 1] === '/') end--;
  return `${url.origin}${url.pathname.slice(0, end)}`;
}

/** Whether the address is on this machine, so that nobody between can listen. */
export function isLoopback(base: string): boolean {
  const { hostname } = new URL(base);
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Throws unless what is sent there is encrypted, stays on this machine, or was allowed. @throws ClientError usage */
export function checkPrivate(base: string, allowHttp: boolean): void {
  if (base.startsWith('http:') && !isLoopback(base) && !allowHttp)
    throw new ClientError(
      'usage',
      `${base} is not encrypted: the token would travel in the clear. Use https, or, if the network below is encrypted (a VPN), set SKILL_ALLOW_HTTP=1.`,
    );
}

/** @throws ClientError usage, for a token that would travel in the clear */
export function createHttp(options: HttpOptions): Http {
  const { base, token } = options;
  if (token !== undefined) checkPrivate(base, options.allowHttp === true);
  const bytes = (method: string, path: string, request: RequestOptions = {}): Promise<Answer> => send(options, method, path, request);
  return {
    base,
    hasToken: token !== undefined,
    bytes,
    lines: (path, query, line) => readLines(options, path, query ?? {}, line),
    async json(method, path, request) {
      const answer = await bytes(method, path, request);
      try {
        return JSON.parse(answer.body.toString('utf8')) as unknown;
      } catch (cause) {
        throw new ClientError('bad-answer', `${base} did not answer with JSON to ${method} ${path}. Is it a skillward registry?`, { cause });
      }
    },
  };
}

async function send(options: HttpOptions, method: string, path: string, request: RequestOptions): Promise<Answer> {
  const url = new URL(`${options.base}${path}`);
  for (const [key, value] of Object.entries(request.query ?? {})) if (value !== undefined) url.searchParams.set(key, String(value));
  const repeatable = request.repeatable ?? method === 'GET';
  for (let attempt = 1; ; attempt++) {
    const last = attempt >= limits.tries;
    let answer: Answer;
    try {
      answer = await once(options, method, url, request);
    } catch (error) {
      if (last || !repeatable || !(error instanceof ClientError) || error.code !== 'network') throw error;
      await sleep(pause(attempt));
      continue;
    }
    if ((answer.status >= 200 && answer.status < 300) || request.accept?.includes(answer.status) === true) return answer;
    const after = retryAfter(answer.headers.get('retry-after'));
    // 429 and 503 with a time say that nothing was done; without one they may only be repeated if repeating is harmless.
    const again = answer.status === 429 || (repeatable && [500, 502, 503, 504].includes(answer.status));
    const wait = after ?? pause(attempt);
    if (last || !again || wait > limits.longestPauseMs) throw refusal(answer, options.base);
    await sleep(wait);
  }
}

const pause = (attempt: number): number => limits.pauseMs * 2 ** (attempt - 1) * (1 + Math.random() / 4);

/** Milliseconds that a `Retry-After` header (seconds or a date) asks for. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,6}$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** Milliseconds between two pieces of a long answer. */
const idleMs = 60_000;

async function readLines(
  options: HttpOptions,
  path: string,
  query: NonNullable<RequestOptions['query']>,
  line: (text: string) => void | Promise<void>,
): Promise<void> {
  const url = new URL(`${options.base}${path}`);
  for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value));
  const stop = new AbortController();
  const clock = setTimeout(() => stop.abort(), idleMs);
  try {
    const response = await fetch(url, {
      redirect: 'error',
      signal: stop.signal,
      headers: {
        accept: 'application/json',
        'user-agent': `skillward/${ourVersion}`,
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      },
    });
    if (!response.ok || response.body === null)
      throw refusal(
        { status: response.status, headers: response.headers, body: await bodyOf(response, limits.error, true, options, idleMs) },
        options.base,
      );
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      clock.refresh();
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = parts.pop()!;
      if (rest.length > MIB) throw new ClientError('too-large', `${options.base} sends a line of more than ${MIB} characters.`);
      for (const text of parts) if (text !== '') await line(text);
    }
    // A line without its end is an answer that was cut off.
    if (rest !== '') throw new ClientError('network', `${options.base} broke off in the middle of a line.`);
  } catch (error) {
    if (error instanceof ClientError) throw error;
    throw networkError(error, options.base, idleMs);
  } finally {
    clearTimeout(clock);
  }
}

/** One try, following redirects within the origin. */
async function once(options: HttpOptions, method: string, from: URL, request: RequestOptions): Promise<Answer> {
  const timeout = request.timeoutMs ?? options.timeoutMs ?? limits.timeoutMs;
  const signal = AbortSignal.timeout(timeout);
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': `skillward/${ourVersion}` };
  if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;
  if (request.body !== undefined) headers['content-type'] = 'application/json';
  let url = from;
  for (let hop = 0; hop <= limits.hops; hop++) {
    let response: Response;
    try {
      response = await fetch(url, {
        method,
        redirect: 'manual',
        signal,
        headers,
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        ...(request.form === undefined ? {} : { body: request.form }),
      });
    } catch (error) {
      throw networkError(error, options.base, timeout);
    }
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) {
      const ok = response.ok || request.accept?.includes(response.status) === true;
      return {
        status: response.status,
        headers: response.headers,
        body: await bodyOf(response, ok ? (request.most ?? limits.json) : limits.error, !ok, options, timeout),
      };
    }
    await response.body?.cancel();
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    if (next === undefined || next.origin !== from.origin)
      throw new ClientError(
        'redirect-refused',
        `${options.base} sends us to ${quote(next?.origin ?? location)}, and the token must not go there. If the registry has moved, log in at its new address.`,
      );
    if (method !== 'GET') throw new ClientError('redirect-refused', `${options.base} redirects a ${method} request; only reading may be redirected.`);
    url = next;
  }
  throw new ClientError('redirect-refused', `${options.base} redirects in circles.`);
}

async function bodyOf(response: Response, most: number, cut: boolean, options: HttpOptions, timeout: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    if (response.body !== null)
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        length += chunk.length;
        chunks.push(chunk);
        if (length <= most) continue;
        if (cut) break;
        throw new ClientError('too-large', `${options.base} sends more than ${most} bytes. Nothing of it was kept.`);
      }
  } catch (error) {
    if (error instanceof ClientError) throw error;
    throw networkError(error, options.base, timeout);
  }
  return Buffer.concat(chunks);
}

function networkError(error: unknown, base: string, timeout: number): ClientError {
  const name = (error as Error | null)?.name;
  if (name === 'TimeoutError' || name === 'AbortError')
    return new ClientError('timeout', `${base} did not answer within ${Math.round(timeout / 1000)} seconds. Try again later.`, { cause: error });
  const cause = (error as { cause?: { code?: string; message?: string } } | null)?.cause;
  const why = cause?.code ?? cause?.message;
  // Node trusts the authorities it came with; one of a team's own has to be named.
  const advice = /CERT|SIGNATURE|ISSUER/.test(cause?.code ?? '')
    ? 'Its certificate is not trusted here. If an authority of your own made it, name that: NODE_EXTRA_CA_CERTS=ca.pem.'
    : 'Check the address and the network.';
  return new ClientError('network', `${base} cannot be reached${why === undefined ? '' : ` (${why})`}. ${advice}`, { cause: error });
}

const codes: Readonly<Record<number, ConstructorParameters<typeof ClientError>[0]>> = {
  400: 'usage',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  410: 'withdrawn',
  413: 'too-large',
  422: 'refused',
  423: 'held',
  429: 'rate-limited',
  501: 'unsupported',
};

/** What a server's refusal says, and what to do about it. */
function refusal(answer: Answer, base: string): ClientError {
  const { status } = answer;
  const code = codes[status] ?? (status >= 500 ? 'server' : 'bad-answer');
  const says = sentenceOf(answer);
  const hint =
    status === 401
      ? ` Log in with \`skill login --registry ${base}\`, or set SKILL_TOKEN.`
      : status === 429 && answer.headers.get('retry-after') !== null && !/try again in/i.test(says)
        ? ` Try again in ${answer.headers.get('retry-after')} seconds.`
        : '';
  return new ClientError(code, `${says === '' ? `${base} answered ${status} without a word.` : hint === '' ? says : sentence(says)}${hint}`, {
    status,
    state: stateOf(answer),
  });
}

/** The `state` of our JSON form. */
function stateOf(answer: Answer): string | undefined {
  try {
    const { state } = Object(JSON.parse(answer.body.toString('utf8'))) as { readonly state?: unknown };
    return typeof state === 'string' ? state.slice(0, 40) : undefined;
  } catch {
    return undefined;
  }
}

/** The server's own words: our JSON form, else plain text; never a page of HTML. */
function sentenceOf(answer: Answer): string {
  const text = answer.body.toString('utf8').trim();
  const type = answer.headers.get('content-type') ?? '';
  if (type.includes('json') || text.startsWith('{')) {
    try {
      const value = JSON.parse(text) as Readonly<Record<string, unknown>>;
      const inner = typeof value['error'] === 'object' && value['error'] !== null ? (value['error'] as Readonly<Record<string, unknown>>) : value;
      for (const key of ['message', 'says', 'error_description', 'error'])
        if (typeof inner[key] === 'string' && inner[key] !== '') return inner[key].slice(0, 4000);
    } catch {
      // Not JSON after all.
    }
  }
  return /^\s*<(?:!doctype|html)/i.test(text) ? '' : text.slice(0, 4000);
}
