/** One answer as somebody outside sees it, and what two of them differ in. */
import { type Agent, request } from 'node:http';
import type { LightMyRequestResponse } from 'fastify';
import type { Ask } from './ask.ts';
import type { Asker } from './askers.ts';
import { host, type World } from './world.ts';

export interface Seen {
  readonly status: number;
  /** Sorted lines, without what is different each time. */
  readonly headers: string;
  readonly body: string;
}

/** Different each time, and about the asker or the moment only. */
const volatile = /^(?:x-request-id|date|(?:x-)?ratelimit-(?:limit|remaining|reset)|retry-after|connection|keep-alive)$/;

const linesOf = (headers: Readonly<Record<string, unknown>>): string =>
  Object.entries(headers)
    .filter(([name, value]) => !volatile.test(name.toLowerCase()) && value !== undefined)
    .map(([name, value]) => `${name.toLowerCase()}: ${String(value)}`)
    .sort()
    .join('\n');

const masked = (text: string, mask: readonly RegExp[]): string => mask.reduce((left, one) => left.replace(one, '…'), text);

/** The request as this asker sends it; undefined if it has no way of sending it. */
export function filled(ask: Ask, asker: Asker): { url: string; headers: Record<string, string>; body: string | undefined } | undefined {
  const byPath = ask.url.includes('/t/:token/');
  if (asker.pathOnly === true && !byPath) return undefined;
  return {
    url: ask.url.replace(':token', asker.path),
    headers: { host, ...(byPath && asker.pathOnly === true ? {} : asker.headers), ...ask.headers },
    body: ask.body?.replace('csrf=%3Acsrf', `csrf=${asker.csrf ?? 'x'}`),
  };
}

const nextOf = (answer: LightMyRequestResponse): string | undefined => {
  if (answer.statusCode !== 200) return undefined;
  return (answer.json() as { nextCursor?: string | null }).nextCursor ?? undefined;
};

/** Asks without a network. */
export async function seen(world: World, ask: Ask, asker: Asker): Promise<Seen | undefined> {
  const sent = filled(ask, asker);
  if (sent === undefined) return undefined;
  let body = '';
  let url = sent.url;
  for (let pages = 0; ; pages++) {
    const answer = await world.app.inject({
      method: ask.method as 'GET',
      url,
      headers: sent.headers,
      ...(sent.body === undefined ? {} : { payload: Buffer.from(sent.body, 'latin1') }),
    });
    const { 'content-length': length, ...rest } = answer.headers;
    const text = answer.rawPayload.toString('latin1');
    body += masked(text, ask.mask);
    const next = ask.pages && pages < 30 ? nextOf(answer) : undefined;
    if (next === undefined)
      return { status: answer.statusCode, headers: linesOf(ask.mask.length > 0 ? rest : { ...rest, 'content-length': length }), body };
    body += `\n--- ${next}\n`;
    url = `${sent.url}&cursor=${encodeURIComponent(next)}`;
  }
}

/** Asks over a socket: the only way to the answers that are given before Fastify. */
export function seenOnSocket(agent: Agent, port: number, ask: Ask, asker: Asker): Promise<Seen | undefined> {
  const sent = filled(ask, asker);
  if (sent === undefined) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const going = request({ agent, host: '127.0.0.1', port, method: ask.method, path: sent.url, headers: sent.headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: linesOf(answer.headers), body: Buffer.concat(chunks).toString('latin1') }),
      );
    });
    going.on('error', reject);
    going.end();
  });
}

export interface Difference {
  readonly state?: string;
  readonly asker: string;
  readonly ask: string;
  readonly with: Seen;
  readonly without: Seen;
}

/** Where two texts part, with a little around it. */
const parting = (text: string, other: string): string => {
  let at = 0;
  while (at < text.length && text[at] === other[at]) at++;
  return at === text.length && at === other.length ? '(the same)' : `…${text.slice(Math.max(0, at - 200), at + 200)}…`;
};

/** What the asker could tell the two apart by; undefined if nothing. */
export const difference = (ask: Ask, asker: Asker, a: Seen, b: Seen): Difference | undefined =>
  a.status === b.status && a.headers === b.headers && a.body === b.body
    ? undefined
    : {
        asker: asker.name,
        ask: `${ask.method} ${ask.url} ${JSON.stringify({ ...ask.headers, 'content-type': undefined })} ${ask.body?.slice(0, 200) ?? ''}`,
        with: { ...a, body: parting(a.body, b.body) },
        without: { ...b, body: parting(b.body, a.body) },
      };
