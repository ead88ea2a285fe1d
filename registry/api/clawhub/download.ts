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
  headers: always = [],
}: FastDeps): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const { method, url } = request;
    if (url === undefined || !url.startsWith(PATH) || (method !== 'GET' && method !== 'HEAD')) return false;
    const lines: string[] = [...always];
    const set = (name: string, value: string): void => void lines.push(name, value);
    let actor: Actor | undefined;

    const refuse = (error: unknown): void => {
      const known = refusalOf(error);
      if (known === undefined || known.status >= 500) fault?.(error);
      const refusal = known ?? new RegistryError('internal', 'Something went wrong here. The operator finds it in the log.');
      const { status, type, text } = refusalBody(refusal, publicUrl);
      const bytes = Buffer.from(text);
      response.writeHead(status, [
        ...lines,
        'Content-Type',
        type,
        'Content-Length',
        String(bytes.length),
        'Cache-Control',
        'no-store',
        'X-Content-Type-Options',
        'nosniff',
      ]);
      response.end(method === 'HEAD' ? undefined : bytes);
      done?.(request, status, actor);
    };
    const answer = ({ bytes, etag, headers }: Download): void => {
      const same = unchanged(request.headers['if-none-match'], etag);
      response.writeHead(same ? 304 : 200, lines.concat(same ? notModified(headers) : headers));
      response.end(same || method === 'HEAD' ? undefined : bytes);
      done?.(request, same ? 304 : 200, actor);
    };
    const ask = (who: Actor): Promise<void> | void => {
      actor = who;
      const download = shelf.download(who, refIn(url));
      return download instanceof Promise ? download.then(answer) : answer(download);
    };
    try {
      const admitted = door.admit(request, 'download', set);
      const running = admitted instanceof Promise ? admitted.then(ask) : ask(admitted);
      if (running instanceof Promise) running.catch(refuse);
    } catch (error) {
      refuse(error);
    }
    return true;
  };
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
