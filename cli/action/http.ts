/**
 * Requests to the GitHub API: bounded in time and bytes, no redirect is followed by itself, the token goes to the API's own address and nowhere else.
 *
 * Stops an answer that never ends, one that is larger than anything we asked for, and a redirect that carries the token away.
 */
import { visible } from '../../scanner/report/escape.ts';
import { ActionError, type Env } from './runner.ts';

export interface Answer {
  readonly status: number;
  readonly location?: string;
  readonly body: Buffer;
}

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly json?: unknown;
  /** Largest answer in bytes. */
  readonly most: number;
}

export interface Api {
  /** @param path below the API's address, with a leading slash @throws ActionError when there is no answer, or one that is too large */
  ask(path: string, ask: Ask): Promise<Answer>;
}

export const SECONDS = 30;

/** https, or plain http on this very machine (an enterprise server's tunnel, tests). */
export function checkedAddress(given: string, what: string): URL {
  let url: URL;
  try {
    url = new URL(given);
  } catch (cause) {
    throw new ActionError(`${what} is not an address.`, { cause });
  }
  const local = url.hostname === '127.0.0.1' || url.hostname === '[::1]';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local)) throw new ActionError(`${what} must be an https address.`);
  if (url.username !== '' || url.password !== '') throw new ActionError(`${what} must not hold a password.`);
  return url;
}

/** One request. @param seconds for all of it, body included */
export async function request(url: URL, init: RequestInit, most: number, seconds = SECONDS): Promise<Answer> {
  const host = url.host;
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(seconds * 1_000) });
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > most) throw new ActionError(`${host} answered with more than ${most} bytes.`);
      chunks.push(chunk);
    }
    const location = response.headers.get('location');
    return { status: response.status, body: Buffer.concat(chunks), ...(location === null ? {} : { location }) };
  } catch (error) {
    if (error instanceof ActionError) throw error;
    const why = (error as Error).name === 'TimeoutError' ? `did not answer within ${seconds} seconds` : 'could not be reached';
    throw new ActionError(`${host} ${why}.`, { cause: error });
  }
}

/** @param seconds for one request */
export function githubApi(env: Env, token: string, seconds = SECONDS): Api {
  const base = checkedAddress(env['GITHUB_API_URL'] ?? 'https://api.github.com', 'GITHUB_API_URL');
  if (!/^[\x21-\x7e]+$/.test(token)) throw new ActionError('The input token is not a token.');
  return {
    async ask(path, { method = 'GET', json, most }) {
      const url = new URL(`${base.href.replace(/\/$/, '')}${path}`);
      if (url.origin !== base.origin) throw new ActionError('A request would have left the API.');
      return request(
        url,
        {
          method,
          headers: {
            accept: 'application/vnd.github+json',
            authorization: `Bearer ${token}`,
            'user-agent': 'skillward',
            'x-github-api-version': '2022-11-28',
            ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        },
        most,
        seconds,
      );
    },
  };
}

/** JSON of an answer that must have one of some statuses. */
export function jsonOf(answer: Answer, what: string, statuses: readonly number[] = [200]): unknown {
  if (!statuses.includes(answer.status))
    throw new ActionError(`${what}: the API answered ${answer.status}${messageOf(answer) === '' ? '' : ` (${messageOf(answer)})`}.`);
  try {
    return JSON.parse(answer.body.toString('utf8'));
  } catch (cause) {
    throw new ActionError(`${what}: the API did not answer with JSON.`, { cause });
  }
}

/** GitHub's own words about a refusal. */
export function messageOf(answer: Answer): string {
  try {
    const { message } = JSON.parse(answer.body.toString('utf8')) as { message?: unknown };
    return typeof message === 'string' ? visible(message).slice(0, 200) : '';
  } catch {
    return '';
  }
}
