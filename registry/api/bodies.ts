/**
 * Large bodies: whoever may not send one is refused before a byte of it is read, and those who may share a budget. Without it a stranger could have megabytes parsed for a 401, and a few slow
 * senders could fill the memory of the server.
 *
 * A body counts with its announced length (without one, with the most that its route takes) from its headers until the answer is out, because what was made of it lives as long. Small bodies
 * hardly count, so they never wait for large ones for long.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { needScope, type SignedIn } from '../auth/rights.ts';
import type { Config } from '../config.ts';
import { RegistryError } from '../errors.ts';
import type { Actor, Scope } from '../model.ts';
import { limits as trustLimits } from '../trust/bytes.ts';

declare module 'fastify' {
  interface FastifyInstance {
    bodies: Bodies;
  }
}

/** Bytes around each file in a form: boundary, names, types. */
const perPart = 1024;
/** What every body counts at least: buffers, headers, objects. */
const least = 16 * 1024;
/** Largest bodies that one user, and all together, may have under way. */
const ofOne = 2;
const ofAll = 6;
/** Seconds until one that was turned away may try again. */
const pause = 5;

export interface BodyRule {
  readonly scope: Scope;
  /** Bytes that the route takes, by what the request says its body is. */
  readonly most: number | ((contentType: string) => number);
  /** Looked at last, before the body is read. Throws to refuse. */
  readonly also?: (actor: SignedIn, request: FastifyRequest, announced: number | undefined) => Promise<void>;
}

export interface Bodies {
  /** A route's `onRequest`. Throws RegistryError `unauthorized`, `forbidden`, `too-large`, `too-many-requests`. */
  guard(rule: BodyRule): { readonly onRequest: onRequestAsyncHookHandler };
  /** Bytes: a form with a whole skill and its publisher's bundle, and one for old `clawhub`. */
  readonly form: number;
  readonly smallForm: number;
  /** A list of uploaded files as JSON: real entries have some 300 bytes. */
  readonly json: number;
}

export function createBodies({ files, totalBytes, multipartBytes }: Config['limits']): Bodies {
  const form = totalBytes + files * perPart + trustLimits.bundle;
  const under = new Map<string, number>();
  let all = 0;

  function take(actor: Actor, bytes: number): () => void {
    const key = actor.user?.id ?? actor.ip;
    const own = under.get(key) ?? 0;
    if (own + bytes > ofOne * form || all + bytes > ofAll * form)
      throw new RegistryError(
        'too-many-requests',
        own + bytes > ofOne * form
          ? `You are sending too much at once. Send one skill after the other; try again in ${pause} s.`
          : `Others are sending a lot at the moment. Try again in ${pause} s.`,
        { detail: { retryAfter: pause } },
      );
    under.set(key, own + bytes);
    all += bytes;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      all -= bytes;
      const left = (under.get(key) ?? 0) - bytes;
      if (left > 0) under.set(key, left);
      else under.delete(key);
    };
  }

  return {
    form,
    smallForm: multipartBytes + files * perPart,
    json: files * 600 + 512 * 1024,
    guard: ({ scope, most, also }) => ({
      async onRequest(request, reply) {
        const { actor } = request;
        needScope(actor, scope);
        const bound = typeof most === 'number' ? most : most(request.headers['content-type'] ?? '');
        const announced = announcedLength(request);
        if (announced !== undefined && announced > bound)
          throw new RegistryError('too-large', `The request has ${announced} bytes; at most ${bound} are taken here.`);
        const release = take(actor, Math.max(least, announced ?? bound));
        reply.raw.once('finish', release).once('close', release);
        // It may have ended while the token was looked up, and then says so no more.
        if (reply.raw.closed || request.raw.destroyed) release();
        await also?.(actor, request, announced);
      },
    }),
  };
}

/** Bytes of a body that are read and thrown away to keep a connection. */
const bearable = 256 * 1024;

/** Lets routes use `app.bodies.guard`, and ends a connection whose body nobody wants rather than reading it. */
export function installBodies(app: FastifyInstance, limits: Config['limits']): void {
  app.decorate('bodies', createBodies(limits));
  app.addHook('onSend', async (request, reply) => {
    if (reply.statusCode >= 400 && unreadIsLarge(request, reply)) reply.header('connection', 'close');
  });
}

function unreadIsLarge({ raw, headers }: FastifyRequest, reply: FastifyReply): boolean {
  if (raw.readableEnded || reply.getHeader('connection') !== undefined) return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > bearable;
}

/** Node has checked that it is a number, and that nothing else says how long the body is. */
const announcedLength = ({ headers }: FastifyRequest): number | undefined =>
  headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
