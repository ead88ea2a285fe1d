/**
 * From a request to an Actor. The steps, in order:
 *  1. a token is looked for: in the path (`/t/<token>/…`), else in the Authorization header. If there is one it must be good: a bad one is never taken for no token.
 *  2. the token's row by sha256, then the seals of its row and its user's and what the audit log last said of either, then revoked, expired, disabled, and the way it was presented.
 *  3. a token that never existed is a guess: an address that guessed too often is told to wait. Good tokens from there go on working, since whoever shares an address with a guesser
 *     has done nothing; 256 random bits are not found by guessing, so that looking one up gives nothing away.
 *  4. without a token: the identity header, if the socket's own address is a trusted proxy's.
 *  5. without either: nobody.
 *
 * What was looked up is kept in memory while `store.epoch()` stays the same, that is until anybody changes anything; expiry is compared with the clock every time.
 * Stops: guessing (lockout per address, in bounded memory), a stolen database (hashes only), rows written around us (seals), old rows put back (store/account-log.ts), forged identity
 * headers (peer address).
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../config.ts';
import { RegistryError } from '../errors.ts';
import { type Actor, anonymous, roleScopes, type Scope } from '../model.ts';
import { tokenByHash, tokenById, userByHandle, userById } from '../store/accounts.ts';
import type { Store } from '../store/index.ts';
import type { TokenRow, UserRow } from '../store/schema.ts';
import { addressKey, networks, plainAddress } from './addresses.ts';
import { tooMany } from './limits.ts';
import { isTokenText, namespacesOf, scopesOf, tokenHash } from './tokens.ts';
import { createUses } from './uses.ts';
import { Windows } from './windows.ts';

/** What authentication looks at of a request. */
export interface Credentials {
  readonly headers: IncomingHttpHeaders;
  /** The client's address, as far as trusted proxies tell (auth/addresses.ts). */
  readonly ip: string;
  /** The socket's own address. Identity headers are believed by this one only. */
  readonly peer?: string | undefined;
  /** The token in `/t/<token>/…`. */
  readonly pathToken?: string | undefined;
}

export interface Auth {
  /** Who asks. At once if the token is known from before. Throws RegistryError `unauthorized`, `too-many-requests` or `tampered`. */
  actor(request: Credentials): Actor | Promise<Actor>;
  /** The actor of a token that was presented at login, by its id. Same checks as if it were presented again. Throws RegistryError `unauthorized`. */
  session(tokenId: string, ip: string): Actor | Promise<Actor>;
  /** Writes when tokens were last used. Happens by itself once a minute. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface AuthDeps {
  readonly store: Store;
  readonly config: Pick<Config, 'identity' | 'limits'>;
  readonly now?: () => number;
  readonly log?: { warn(says: string): void } | undefined;
  /** Told of a row that was changed from outside. */
  readonly alarm?: ((subject: string, error: RegistryError) => void) | undefined;
}

/** What is remembered of a user, and of the token if that is the way. */
interface Known {
  readonly user: NonNullable<Actor['user']>;
  readonly disabled: boolean;
  readonly scopes: ReadonlySet<Scope>;
  readonly token:
    | {
        readonly id: string;
        readonly kind: TokenRow['kind'];
        readonly revoked: boolean;
        readonly expiresAt: number;
        readonly namespaces: readonly string[] | undefined;
      }
    | undefined;
}

/** Users and tokens kept in memory. */
const kept = 10_000;
const readOnly: ReadonlySet<Scope> = new Set(['read']);

export function createAuth({ store, config, now = Date.now, log, alarm }: AuthDeps): Auth {
  const cache = new Map<string, Known>();
  let seen = -1;
  const { failures, forMs } = config.limits.lockout;
  const guesses = new Windows(forMs);
  const uses = createUses(store, (error) => log?.warn(`The last use of tokens could not be written: ${(error as Error).message}`));
  const fromProxy = networks(config.identity?.from ?? []);
  const told = new Set<string>();
  const warnOnce = (says: string): void => {
    if (told.has(says)) return;
    told.add(says);
    log?.warn(says);
  };

  const refused = (): RegistryError => new RegistryError('unauthorized', 'Unauthorized');

  /** The refusal of a token that never existed. Counts it, unless its address has to wait already. */
  const guessed = (key: string): RegistryError => {
    const at = now();
    const window = guesses.peek(key, at);
    if (window !== undefined && window.count >= failures)
      return tooMany(Math.max(1, Math.ceil((window.resetAt - at) / 1000)), 'Too many wrong tokens from your address');
    if (guesses.count(key, at).count === failures) {
      guesses.hold(key, at + forMs, at);
      log?.warn(`${key} presented ${failures} wrong tokens and has to wait ${Math.ceil(forMs / 1000)} s.`);
    }
    return refused();
  };

  const forget = (): void => {
    const epoch = store.epoch();
    if (epoch === seen) return;
    cache.clear();
    seen = epoch;
  };
  const recall = (key: string): Known | undefined => {
    forget();
    const known = cache.get(key);
    if (known === undefined) return undefined;
    // Used last, dropped last.
    cache.delete(key);
    cache.set(key, known);
    return known;
  };
  /** Looks something up and remembers it, unless something was changed in between. */
  const learn = async (key: string, look: () => Promise<Known | undefined>): Promise<Known | undefined> => {
    const epoch = store.epoch();
    const known = await look().catch((error: unknown) => {
      if (error instanceof RegistryError && error.code === 'tampered') alarm?.(`${error.detail?.['table']}/${error.detail?.['id']}`, error);
      throw error;
    });
    forget();
    if (known !== undefined && epoch === seen) {
      if (cache.size >= kept) cache.delete(cache.keys().next().value!);
      cache.set(key, known);
    }
    return known;
  };

  const ofToken = async (row: TokenRow | undefined): Promise<Known | undefined> => {
    if (row === undefined) return undefined;
    const user = await userById(store, store.db, row.user_id);
    if (user === undefined) return undefined;
    const mine = scopesOf(row).filter((scope) => roleScopes[user.role].includes(scope));
    return {
      ...ofUser(user),
      scopes: row.kind === 'path' ? new Set(mine.filter((scope) => readOnly.has(scope))) : new Set(mine),
      token: {
        id: row.id,
        kind: row.kind,
        revoked: row.revoked_at !== null,
        expiresAt: row.expires_at ?? Number.POSITIVE_INFINITY,
        namespaces: namespacesOf(row),
      },
    };
  };

  /** The actor, if what is known still holds at this moment. */
  const judge = (known: Known, via: Actor['via'], ip: string): Actor => {
    if (known.disabled) throw refused();
    const { token } = known;
    if (token !== undefined) {
      const at = now();
      if (token.revoked || token.expiresAt <= at) throw refused();
      // A token of one kind presented the other way is a mistake that would put a strong token into logs.
      if ((token.kind === 'path') !== (via === 'path-token')) throw refused();
      uses.note(token.id, at);
    }
    return { user: known.user, tokenId: token?.id, scopes: known.scopes, namespaces: token?.namespaces, ip, via };
  };

  const byToken = (text: string, via: 'token' | 'path-token', ip: string): Actor | Promise<Actor> => {
    const hash = tokenHash(text);
    const known = recall(hash);
    if (known !== undefined) return judge(known, via, ip);
    if (!isTokenText(text)) throw guessed(addressKey(ip));
    return (async () => {
      const learnt = await learn(hash, async () => {
        const row = await tokenByHash(store, store.db, hash);
        return row !== undefined && timingSafeEqual(Buffer.from(row.hash), Buffer.from(hash)) ? ofToken(row) : undefined;
      });
      // A token that we gave out once, though it is revoked or expired by now, is no guess: one forgotten machine must not lock out its office.
      if (learnt === undefined) throw guessed(addressKey(ip));
      return judge(learnt, via, ip);
    })();
  };

  const byIdentity = (login: string, ip: string): Actor | Promise<Actor> => {
    const handle = handleOf(login, config.identity?.domains ?? [], warnOnce);
    if (handle === undefined) return anonymous(ip);
    const key = `@${handle}`;
    const known = recall(key);
    if (known !== undefined) return judge(known, 'identity-header', ip);
    return learn(key, async () => {
      const user = await userByHandle(store, store.db, handle);
      return user === undefined ? undefined : { ...ofUser(user), scopes: new Set(roleScopes[user.role]), token: undefined };
    }).then((learnt) => (learnt === undefined ? anonymous(ip) : judge(learnt, 'identity-header', ip)));
  };

  return {
    actor({ headers, ip, peer, pathToken }) {
      if (pathToken !== undefined) return byToken(pathToken, 'path-token', ip);
      const { authorization } = headers;
      if (authorization !== undefined) {
        const bearer = bearerOf(authorization);
        if (bearer === undefined) throw refused();
        return byToken(bearer, 'token', ip);
      }
      if (config.identity !== undefined) {
        const login = headers[config.identity.userHeader];
        if (typeof login === 'string' && login.trim() !== '') {
          if (peer !== undefined && fromProxy(plainAddress(peer))) return byIdentity(login, ip);
          warnOnce(`The header ${config.identity.userHeader} came from an address that is not in identity.from, and was ignored.`);
        }
      }
      return anonymous(ip);
    },
    session(tokenId, ip) {
      const known = recall(tokenId);
      if (known !== undefined) return judge(known, 'session', ip);
      return learn(tokenId, async () => ofToken(await tokenById(store, store.db, tokenId))).then((learnt) => {
        if (learnt === undefined) throw refused();
        return judge(learnt, 'session', ip);
      });
    },
    flush: uses.flush,
    close: uses.close,
  };
}

const ofUser = (user: UserRow): Pick<Known, 'user' | 'disabled'> => ({
  user: { id: user.id, handle: user.handle, displayName: user.display_name, role: user.role },
  disabled: user.disabled_at !== null,
});

/** The token of a Bearer header; undefined for any other scheme. */
function bearerOf(header: string): string | undefined {
  if (header.slice(0, 7).toLowerCase() !== 'bearer ') return undefined;
  return header.slice(7).trim();
}

/**
 * The user that a login names: `ada` is ada; `ada@team.example` is ada if team.example is one of the configured domains, and a stranger otherwise, because other domains have
 * their own adas.
 */
function handleOf(login: string, domains: readonly string[], warn: (says: string) => void): string | undefined {
  const whole = login.trim().toLowerCase();
  const at = whole.lastIndexOf('@');
  if (at === -1) return whole;
  if (domains.includes(whole.slice(at + 1))) return whole.slice(0, at);
  warn('An identity header named a login of a domain that is not in identity.domains; such logins are treated as nobody.');
  return undefined;
}
