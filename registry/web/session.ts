/**
 * Who looks at the pages: a cookie that names the token one signed in with (never the token itself), the time it ends, and is signed with a key of this server. Each request asks auth/ anew what
 * that token may do, so revoking it, disabling its user or taking a role away ends or narrows the session at once, on every server of a store.
 *
 * Forms carry a word that only a page for this session can know (a MAC of its id), and must come from a page of ours (Origin). Stops forged cookies, sessions that outlive their token or
 * their sign-out, and cross-site request forgery, also of the sign-in form.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import type { CookieSerializeOptions } from '@fastify/cookie';
import ipaddr from 'ipaddr.js';
import type { Auth } from '../auth/authenticate.ts';
import type { Config } from '../config.ts';
import { RegistryError } from '../errors.ts';
import type { Actor } from '../model.ts';
import { secretFile } from '../store/files.ts';
import type { Store } from '../store/index.ts';

/** Milliseconds after which one signs in again. */
export const sessionMs = 12 * 3_600_000;

interface Session {
  readonly tokenId: string;
  readonly id: string;
  readonly ends: number;
}

/** The person before the page. */
export interface Visitor {
  readonly actor: Actor;
  /** Goes into every form. */
  readonly csrf: string;
  /** Undefined for who is known without a cookie (a trusted proxy's identity header) or not at all. */
  readonly session: Session | undefined;
}

export interface Sessions {
  /** Who a request is by, given who it is without the cookie. */
  visitor(headers: IncomingHttpHeaders, actor: Actor): Promise<Visitor>;
  /** Set-Cookie of a new session for a token that auth/ has just accepted. */
  start(tokenId: string): string;
  /** Ends a session on the server, and gives the Set-Cookie that forgets it. */
  end(visitor: Visitor): Promise<string>;
  /** Throws RegistryError `forbidden` unless a form was sent by a page of ours, made for this visitor. */
  needOwnForm(headers: IncomingHttpHeaders, visitor: Visitor, csrf: unknown): void;
}

const endedKey = (id: string): string => `web-session-ended:${id}`;

export interface SessionDeps {
  readonly store: Store;
  readonly auth: Pick<Auth, 'session'>;
  readonly config: Pick<Config, 'publicUrl'>;
  /** Reading and writing of the two headers. */
  readonly cookies: {
    parse(header: string): Readonly<Record<string, string | undefined>>;
    serialize(name: string, value: string, options: CookieSerializeOptions): string;
  };
  readonly now?: () => number;
}

/** The key lies beside the others of the data folder, so that a restart and a second server keep sessions. */
export async function createSessions({ store, auth, config, cookies, now = Date.now }: SessionDeps): Promise<Sessions> {
  const key = await secretFile(join(store.folder, 'keys', 'web.key'), () => randomBytes(32).toString('hex'));
  const secure = config.publicUrl.startsWith('https:');
  // The prefix makes browsers refuse the cookie from anything but this very host over https.
  const name = secure ? '__Host-skillward' : 'skillward';
  const attributes = { path: '/', httpOnly: true, sameSite: 'strict', secure } as const;
  const mac = (what: string): string => createHmac('sha256', key).update(what).digest('base64url');
  const equal = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

  const open = (cookie: string | undefined): Session | undefined => {
    const value = cookie === undefined || cookie.length > 8192 ? undefined : cookies.parse(cookie)[name];
    const match = value === undefined ? null : /^([A-Za-z0-9_]{1,64})\.([A-Za-z0-9_-]{22})\.([0-9]{13})\.([A-Za-z0-9_-]{43})$/.exec(value);
    if (match === null) return undefined;
    const [, tokenId, id, ends, seal] = match as unknown as [string, string, string, string, string];
    return equal(seal, mac(`session\n${tokenId}.${id}.${ends}`)) && Number(ends) > now() ? { tokenId, id, ends: Number(ends) } : undefined;
  };
  const ended = async (session: Session): Promise<boolean> =>
    (await store.db.selectFrom('settings').select('key').where('key', '=', endedKey(session.id)).executeTakeFirst()) !== undefined;
  const visitorOf = (actor: Actor, session?: Session): Visitor => ({
    actor,
    session,
    csrf: mac(`form\n${session === undefined ? `user ${actor.user?.id ?? ''}` : `session ${session.id}`}`),
  });

  return {
    async visitor(headers, actor) {
      // Who sends a token means that token.
      const session = actor.via === 'token' || actor.via === 'path-token' ? undefined : open(headers.cookie);
      if (session === undefined || (await ended(session))) return visitorOf(actor);
      try {
        return visitorOf(await auth.session(session.tokenId, actor.ip), session);
      } catch (error) {
        if (error instanceof RegistryError && error.code === 'unauthorized') return visitorOf(actor);
        throw error;
      }
    },
    start(tokenId) {
      const ends = now() + sessionMs;
      const body = `${tokenId}.${randomBytes(16).toString('base64url')}.${ends}`;
      return cookies.serialize(name, `${body}.${mac(`session\n${body}`)}`, { ...attributes, maxAge: sessionMs / 1000 });
    },
    async end({ session }) {
      if (session !== undefined)
        await store.write(async (tx) => {
          await tx
            .insertInto('settings')
            .values({ key: endedKey(session.id), value: String(session.ends) })
            .onConflict((conflict) => conflict.doNothing())
            .execute();
          // Those that have ended by themselves need no note any more. Thirteen digits, so text compares as numbers do.
          await tx.deleteFrom('settings').where('key', 'like', 'web-session-ended:%').where('value', '<', String(now())).execute();
        });
      return cookies.serialize(name, '', { ...attributes, maxAge: 0 });
    },
    needOwnForm(headers, visitor, csrf) {
      const site = headers['sec-fetch-site'];
      if (!ownOrigin(headers.origin, headers.host, config.publicUrl) || (site !== undefined && site !== 'same-origin'))
        throw new RegistryError(
          'forbidden',
          'This form was not sent by a page of this server, so nothing was done. Open the page here and send it again.',
        );
      if (typeof csrf !== 'string' || !equal(csrf, visitor.csrf))
        throw new RegistryError(
          'forbidden',
          'This page was opened by somebody else or before you signed in again, so nothing was done. Go back, reload it, and send it again.',
        );
    },
  };
}

/** Our public address, or the loopback name that this very request came to (the door has let no other Host in). */
function ownOrigin(origin: string | undefined, host: string | undefined, publicUrl: string): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false;
  if (origin === publicUrl) return true;
  const { protocol, hostname, host: stated } = new URL(origin);
  const name = hostname.replace(/^\[|\]$/g, '');
  const loopback = name === 'localhost' || (ipaddr.isValid(name) && ipaddr.parse(name).range() === 'loopback');
  return loopback && stated === host && (protocol === 'http:' || publicUrl.startsWith('https:'));
}

/** A path of this server that one was on the way to; `/` for anything else. Stops being sent elsewhere after signing in. */
export function localPath(text: unknown): string {
  if (typeof text !== 'string' || text.length > 1000 || !text.startsWith('/')) return '/';
  const base = 'http://here.invalid';
  if (!URL.canParse(text, base)) return '/';
  const url = new URL(text, base);
  return url.origin === base && !url.pathname.startsWith('//') ? `${url.pathname}${url.search}` : '/';
}
