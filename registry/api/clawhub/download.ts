/**
 * R9, the archive: the hot path. One answer, made in one place, two ways to it: the Fastify route, and `fastDownload`, which the HTTP server asks before Fastify. Both go through the
 * same door (Host, token, rate) and the same shelf; going around Fastify only leaves out what a download has no use for (routing, schemas, hooks, serialisation).
 *
 * When everything is in memory and untouched there is not one promise between request and answer.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Door } from '../../auth/door.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor, VersionRef } from '../../model.ts';
import type { Download, Shelf } from '../../shelf/contract.ts';
import { refusalOf } from '../errors.ts';
import { Binary } from '../openapi.ts';
import type { ClawhubOptions } from './index.ts';
import { optional, Slug } from './names.ts';
import { refOf } from './skills.ts';
import { pageUrl } from './urls.ts';

/** Whether one of the tags of `If-None-Match` is ours (RFC 9110 13.1.2: weak comparison). */
export function unchanged(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch === etag || ifNoneMatch === '*') return true;
  return ifNoneMatch.split(',', 50).some((one) => one.trim().replace(/^W\//, '') === etag);
}

/** Header lines of a 304: those of the 200 that tell of the state. */
const kept = new Set(['ETag', 'Cache-Control', 'X-Content-Type-Options', 'Digest', 'Repr-Digest']);
const notModified = (headers: readonly string[]): string[] => {
  const lines: string[] = [];
  for (let at = 0; at < headers.length; at += 2) if (kept.has(headers[at]!)) lines.push(headers[at]!, headers[at + 1]!);
  return lines;
};

export const downloadRoutes: FastifyPluginAsyncTypebox<ClawhubOptions> = async (app, { shelf }) => {
  app.get(
    '/api/v1/download',
    {
      config: { bucket: 'download' },
      schema: {
        tags: ['clawhub'],
        summary: 'The canonical archive of a version (R9)',
        querystring: Type.Object({ slug: Slug, version: optional(128), tag: optional(128), ownerHandle: optional(100) }),
        gives: { 'application/zip': Binary },
      },
    },
    async ({ actor, query, headers }, reply) => {
      const download = await shelf.download(actor, refOf(query.slug, query));
      const same = unchanged(headers['if-none-match'], download.etag);
      const lines = same ? notModified(download.headers) : download.headers;
      for (let at = 0; at < lines.length; at += 2) reply.header(lines[at]!, lines[at + 1]!);
      return same ? reply.status(304).send() : reply.send(download.bytes);
    },
  );
};

export interface FastDeps {
  readonly door: Door;
  readonly shelf: Pick<Shelf, 'download'>;
  readonly publicUrl: string;
  /** Told of each answer, after it is written. */
  readonly done?: (request: IncomingMessage, status: number, actor: Actor | undefined) => void;
  /** Told of a fault of ours; the caller gets a 500. */
  readonly fault?: (error: unknown) => void;
  /** Lines for each answer, names and values by turns. */
  readonly headers?: readonly string[];
}

/** Answers that are written together at most. */
const batch = 32;

const PATH = '/api/v1/download?';

/**
 * Makes `fastDownload(request, response)`: answers a download and returns true, or returns false for any other request, untouched. Give it to the HTTP server before Fastify.
 */
export function createFastDownload({
  door,
  shelf,
  publicUrl,
  done,
  fault,
  headers: wanted = [],
}: FastDeps): (request: IncomingMessage, response: ServerResponse) => boolean {
  // Said by each answer itself.
  const always = wanted.filter((_, at) => wanted[at - (at % 2)]!.toLowerCase() !== 'x-content-type-options');
  let turn: Turn | undefined;
  /** Whether several requests came in the turn before: then they are likely to again. Who comes alone is not kept waiting. */
  let crowded = false;
  /** What is known for the rest of this turn of the event loop: of all requests that arrived together the first one asks, and the others have their answer by what it learnt. */
  const thisTurn = (): Turn => {
    if (turn === undefined) {
      const opened: Turn = { known: new Map(), ready: [], requests: 0 };
      turn = opened;
      setImmediate(() => {
        turn = undefined;
        crowded = opened.requests > 1;
        flush(opened);
      });
    }
    return turn;
  };
  const { refOf: refOfUrl } = createRefs();

  function refuse(asked: Asked, error: unknown): void {
    const known = refusalOf(error);
    if (known === undefined || known.status >= 500) fault?.(error);
    const refusal = known ?? new RegistryError('internal', 'Something went wrong here. The operator finds it in the log.');
    const { status, type, text } = refusalBody(refusal, publicUrl);
    const bytes = Buffer.from(text);
    const own = ['Content-Type', type, 'Content-Length', String(bytes.length), 'Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff'];
    asked.response.writeHead(status, [...asked.lines, ...asked.refusalLines, ...own]);
    asked.response.end(asked.request.method === 'HEAD' ? undefined : bytes);
    done?.(asked.request, status, asked.actor);
  }
  function answer({ request, response, lines, actor }: Asked, { bytes, etag, headers }: Download): void {
    const same = unchanged(request.headers['if-none-match'], etag);
    response.writeHead(same ? 304 : 200, lines.concat(same ? notModified(headers) : headers));
    response.end(same || request.method === 'HEAD' ? undefined : bytes);
    done?.(request, same ? 304 : 200, actor);
  }
  function flush({ ready }: Turn): void {
    for (const [asked, download] of ready.splice(0)) {
      try {
        answer(asked, download);
      } catch (error) {
        refuse(asked, error);
      }
    }
  }
  async function later(asked: Asked, url: string, admitted: Actor | Promise<Actor>, found: Download | Promise<Download> | undefined): Promise<void> {
    try {
      asked.actor = await admitted;
      answer(asked, await (found ?? shelf.download(asked.actor, refOfUrl(url), turn)));
    } catch (error) {
      refuse(asked, error);
    }
  }

  return (request, response) => {
    const { method, url } = request;
    if (url === undefined || !url.startsWith(PATH) || (method !== 'GET' && method !== 'HEAD')) return false;
    const now = thisTurn();
    now.requests++;
    const asked: Asked = { request, response, lines: always.slice(), refusalLines: [], actor: undefined };
    try {
      const admitted = door.admit(
        request,
        'download',
        (name, value) => {
          // Clients read the second spelling of the rate in refusals only.
          (name.startsWith('x-') ? asked.refusalLines : asked.lines).push(name, value);
        },
        now.known,
      );
      if (admitted instanceof Promise) void later(asked, url, admitted, undefined);
      else {
        asked.actor = admitted;
        const found = shelf.download(admitted, refOfUrl(url), now);
        if (found instanceof Promise) void later(asked, url, admitted, found);
        else if (crowded) {
          now.ready.push([asked, found]);
          if (now.ready.length === batch) flush(now);
        } else answer(asked, found);
      }
    } catch (error) {
      refuse(asked, error);
    }
    return true;
  };
}

/** Addresses that are remembered, and the longest of them: three megabytes in all. What clients send has some 100 characters. */
const remembered = { addresses: 10_000, length: 300 };

/** What addresses mean, with a memory for those that come again. Anybody may fill it with whatever they like, so it is small. */
export function createRefs(): { refOf(url: string): VersionRef; readonly size: () => number } {
  const refs = new Map<string, VersionRef>();
  return {
    refOf(url) {
      let ref = refs.get(url);
      if (ref === undefined) {
        ref = refIn(url);
        if (url.length > remembered.length) return ref;
        if (refs.size >= remembered.addresses) refs.clear();
        refs.set(url, ref);
      }
      return ref;
    },
    size: () => refs.size,
  };
}

/** A request on its way to its answer. */
interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Header lines of any answer … */
  readonly lines: string[];
  /** … and of refusals alone. */
  readonly refusalLines: string[];
  actor: Actor | undefined;
}

/** What is known within one turn of the event loop. */
interface Turn {
  readonly known: Map<string, Actor>;
  /** Written one after the other when all have been read: a client that is just taking in one answer need not be woken for the next. */
  readonly ready: [Asked, Download][];
  requests: number;
}

/** The reference in a query; the same reading as the route's. */
function refIn(url: string): VersionRef {
  const hash = url.indexOf('#');
  const query = new URLSearchParams(url.slice(PATH.length, hash === -1 ? undefined : hash));
  const one = (name: string, most: number): string | undefined => {
    const values = query.getAll(name);
    if (values.length > 1 || (values[0]?.length ?? 0) > most)
      throw new RegistryError('bad-input', `The request does not fit: ${name} must be there once, with at most ${most} characters.`);
    return values[0];
  };
  const slug = one('slug', 200);
  if (slug === undefined) throw new RegistryError('bad-input', 'The request does not fit: slug is missing.');
  return refOf(slug, { ownerHandle: one('ownerHandle', 100), version: one('version', 128), tag: one('tag', 128) });
}

/** How a refusal looks to ClawHub's clients: a sentence, except for the one error that they lay out themselves. */
export function refusalBody(error: RegistryError, publicUrl: string): { readonly status: number; readonly type: string; readonly text: string } {
  if (error.code === 'ambiguous') return { status: 409, type: 'application/json; charset=utf-8', text: JSON.stringify(ambiguity(error, publicUrl)) };
  return { status: error.status, type: 'text/plain; charset=utf-8', text: error.message };
}

function ambiguity(error: RegistryError, publicUrl: string): object {
  const { matches } = (error.detail ?? {}) as { matches?: readonly (string | { ownerHandle: string; slug: string })[] };
  const named = (matches ?? []).map((one) => {
    const [ownerHandle = '', slug = ''] = typeof one === 'string' ? one.replace(/^@/, '').split('/') : [one.ownerHandle, one.slug];
    return { ownerHandle, slug, ref: `@${ownerHandle}/${slug}`, url: pageUrl(publicUrl, { owner: ownerHandle, slug }) };
  });
  return { code: 'AMBIGUOUS_SKILL_SLUG', message: error.message, slug: named[0]?.slug ?? '', matches: named };
}
