/**
 * Signing in on a machine without a browser (RFC 8628): the machine asks for two codes and shows the short one; a person who is signed in enters it on `/device` and approves;
 * the machine, asking again with the long code, gets a token.
 *
 * The short code is made of 20 consonants (no words, nothing to mistake), lives 15 minutes, and is never put into an address: a link with the code in it is how such logins are
 * phished. Who guesses short codes is stopped after a few. The token is made when it is fetched, with at most the approver's own scopes, and stands nowhere before.
 * The long code is stored as its sha256, and the row is sealed, because it turns into a token. An approval is worth what the token it was given with is worth, to the moment when the
 * machine fetches its own: whoever ends a stolen token ends what it let in.
 *
 * Machines ask every few seconds: how often is counted in memory, and nothing is written until there is an answer. Two servers of a store count apart, which does no harm.
 */
import type { Config } from '../config.ts';
import { RegistryError } from '../errors.ts';
import { type Actor, type Scope, system } from '../model.ts';
import { loginOver, loginStands, outdated } from '../store/account-log.ts';
import { type Connection, tokenById, userById } from '../store/accounts.ts';
import { newId, type Store } from '../store/index.ts';
import type { DeviceCodeRow } from '../store/schema.ts';
import { type AccountContext, needWholePerson, record, type Tx } from './context.ts';
import { lifetimeOf } from './grants.ts';
import { tooMany } from './limits.ts';
import { hasScope, type SignedIn } from './rights.ts';
import { createStarts } from './starts.ts';
import { allScopes, createToken, randomText, scopeList, tokenHash } from './tokens.ts';
import { Windows } from './windows.ts';

/** RFC 8628 section 6.1. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ';
const lifetime = 15 * 60_000;
const firstInterval = 5;
const slowest = 60;
/** Logins in the whole registry that nobody has approved yet; further ones take the place of the oldest. */
const logins = 10_000;
/** Short codes that one person may enter in ten minutes, right or wrong. */
const mostAttempts = 20;
const tenMinutes = 600_000;

export interface DeviceStart {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly expires_in: number;
  readonly interval: number;
}

export type DevicePoll =
  | { readonly ok: true; readonly access_token: string; readonly token_type: 'bearer'; readonly scope: string }
  | { readonly ok: false; readonly error: 'authorization_pending' | 'slow_down' | 'expired_token' | 'access_denied' };

/** What a person is shown before they approve. */
export interface DeviceRequest {
  /** What the machine calls itself; hostile text. */
  readonly label: string;
  /** What it would get: what it asked for, as far as the person has it. */
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface DeviceLogin {
  /** Begins a login. Throws RegistryError `bad-input` or `too-many-requests`. */
  start(request: { readonly scope?: string | undefined; readonly label?: string | undefined }, ip: string): Promise<DeviceStart>;
  /** Asks whether it was approved; if so, makes the token. An unknown code is an expired one. */
  poll(deviceCode: string): Promise<DevicePoll>;
  /** What would be approved. Throws RegistryError `unauthorized`, `forbidden`, `not-found` or `too-many-requests`. */
  look(actor: Actor, userCode: string): Promise<DeviceRequest>;
  /** Lets the machine in as the actor. Throws as `look` does. */
  approve(actor: Actor, userCode: string): Promise<DeviceRequest>;
  deny(actor: Actor, userCode: string): Promise<DeviceRequest>;
}

/** What the person who approved has given. */
export interface Granted {
  readonly scopes: readonly Scope[];
  readonly expiresAt: number | null;
  /** Id of the token that they approved with; null for who was known without one (an identity header). */
  readonly token: string | null;
}

export interface DeviceDeps extends AccountContext {
  readonly config: Pick<Config, 'publicUrl'>;
  /** Logins that wait for an approval, in the whole registry. */
  readonly mostOpen?: number;
}

export function createDeviceLogin(context: DeviceDeps): DeviceLogin {
  const { store, now, config, mostOpen = logins } = context;
  const starts = createStarts(store, mostOpen);
  const attempts = new Windows(tenMinutes);
  const paces = new Map<string, { readonly at: number; readonly interval: number }>();

  /** Counts a question about a login; true for one that came too soon, after which its machine has to wait longer. */
  const tooSoon = (id: string, at: number): boolean => {
    const { at: last, interval } = paces.get(id) ?? { at: Number.NEGATIVE_INFINITY, interval: firstInterval };
    // A second of grace: answers take their time, and the client counts from its own end.
    const early = at - last < (interval - 1) * 1000;
    paces.delete(id);
    paces.set(id, { at, interval: early ? Math.min(slowest, interval + 5) : interval });
    if (paces.size > mostOpen) paces.delete(paces.keys().next().value!);
    return early;
  };

  /** The open login of a short code. */
  const find = async (db: Connection, actor: SignedIn, userCode: string): Promise<DeviceCodeRow> => {
    const at = now();
    // Counted before it is looked at: many at once must not get past the count.
    const tries = attempts.count(actor.user.id, at);
    if (tries.count > mostAttempts) throw tooMany(Math.max(1, Math.ceil((tries.resetAt - at) / 1000)), 'Too many codes tried');
    const code = plainCode(userCode);
    const row = code === undefined ? undefined : await byUserCode(store, db, code);
    if (row !== undefined && row.state === 'pending' && row.expires_at > at) return row;
    throw new RegistryError('not-found', 'There is no open login with this code. Check it, or start again on the machine that shows it.');
  };

  const decide = (actor: Actor, userCode: string, approve: boolean): Promise<DeviceRequest> => {
    needWholePerson(actor);
    return store.write(async (tx) => {
      const row = await find(tx, actor, userCode);
      const shown = requestOf(row, actor);
      if (approve && shown.scopes.length === 0)
        throw new RegistryError('forbidden', 'This login asks for scopes that you do not have. Nothing was approved.');
      const granted: Granted | undefined = approve
        ? { scopes: shown.scopes, expiresAt: (await lifetimeOf(store, tx, actor, undefined)) ?? null, token: actor.tokenId ?? null }
        : undefined;
      await store.patch(tx, 'device_codes', row.id, {
        state: approve ? 'approved' : 'denied',
        user_id: actor.user.id,
        granted: granted === undefined ? null : JSON.stringify(granted),
      });
      await record(context, tx, actor, approve ? 'device.approved' : 'device.denied', row.id, {
        data: { user: actor.user.handle, label: row.label, ...(granted ?? {}) },
      });
      return shown;
    });
  };

  return {
    async start({ scope, label }, ip) {
      const scopes = scopesOfText(scope ?? 'read write');
      const at = now();
      starts.count(ip, at);
      const deviceCode = randomText(43);
      const userCode = randomText(8, letters);
      await starts.write(
        store.seal<DeviceCodeRow>('device_codes', {
          id: newId('dev'),
          device_hash: tokenHash(deviceCode),
          user_code: userCode,
          label: labelOf(label),
          scopes: JSON.stringify(scopes),
          user_id: null,
          state: 'pending',
          interval_s: firstInterval,
          created_at: at,
          expires_at: at + lifetime,
          last_poll_at: null,
          granted: null,
        }),
      );
      return {
        device_code: deviceCode,
        user_code: `${userCode.slice(0, 4)}-${userCode.slice(4)}`,
        verification_uri: `${config.publicUrl}/device`,
        expires_in: lifetime / 1000,
        interval: firstInterval,
      };
    },

    async poll(deviceCode) {
      const hash = tokenHash(deviceCode);
      const row = await byDeviceHash(store, store.db, hash);
      const at = now();
      if (row === undefined) return expired;
      const end = endOf(row, at);
      if (end !== undefined) return end;
      if (tooSoon(row.id, at)) return { ok: false, error: 'slow_down' };
      if (row.state === 'pending') return { ok: false, error: 'authorization_pending' };
      return store.write(async (tx) => {
        const approved = await byDeviceHash(store, tx, hash);
        if (approved === undefined) return expired;
        return endOf(approved, at) ?? redeem(tx, approved, at);
      });
    },

    async look(actor, userCode) {
      needWholePerson(actor);
      return requestOf(await find(store.db, actor, userCode), actor);
    },
    approve: async (actor, userCode) => decide(actor, userCode, true),
    deny: async (actor, userCode) => decide(actor, userCode, false),
  };

  /** Turns an approved login into its token, once. */
  async function redeem(tx: Tx, row: DeviceCodeRow, at: number): Promise<DevicePoll> {
    const user = await userById(store, tx, row.user_id!);
    const granted = JSON.parse(row.granted!) as Granted;
    const good =
      user !== undefined &&
      user.disabled_at === null &&
      (granted.expiresAt === null || granted.expiresAt > at) &&
      (granted.token === null || (await isGood(tx, granted.token, at)));
    await store.patch(tx, 'device_codes', row.id, { state: good ? 'used' : 'denied' });
    // A row from before this that somebody puts back is given away by it (store/account-log.ts).
    await record(context, tx, system, good ? 'device.used' : 'device.denied', row.id, { data: { label: row.label } });
    if (!good) return denied;
    const { row: token, token: text } = await createToken(
      store,
      tx,
      { userId: user.id, label: row.label, scopes: granted.scopes, expiresAt: granted.expiresAt ?? undefined, kind: 'bearer' },
      at,
    );
    await record(
      context,
      tx,
      {
        user: { id: user.id, handle: user.handle, displayName: user.display_name, role: user.role },
        // Made with that token, as far as its end is concerned.
        tokenId: granted.token ?? undefined,
        scopes: new Set(),
        namespaces: undefined,
        ip: '',
        via: 'system',
      },
      'token.created',
      token.id,
      { data: { user: user.handle, label: row.label, scopes: granted.scopes, expiresAt: granted.expiresAt, device: row.id } },
    );
    return { ok: true, access_token: text, token_type: 'bearer', scope: granted.scopes.join(' ') };
  }

  async function isGood(tx: Tx, tokenId: string, at: number): Promise<boolean> {
    const token = await tokenById(store, tx, tokenId);
    return token !== undefined && token.revoked_at === null && (token.expires_at === null || token.expires_at > at);
  }
}

const expired: DevicePoll = { ok: false, error: 'expired_token' };
const denied: DevicePoll = { ok: false, error: 'access_denied' };

/** What a machine is told of a login that is over. */
function endOf(row: DeviceCodeRow, at: number): DevicePoll | undefined {
  if (row.expires_at <= at || row.state === 'used') return expired;
  return row.state === 'denied' ? denied : undefined;
}

/** `bcdf-ghjk`, as people type it, in the spelling that is stored; undefined for what cannot be one. */
function plainCode(text: string): string | undefined {
  const code = text.slice(0, 40).toUpperCase().replace(/[\s-]/g, '');
  return /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/.test(code) ? code : undefined;
}

const stored = (db: Connection) => db.selectFrom('device_codes').selectAll('device_codes').select(loginOver.as('log_over'));

/** Throws RegistryError `tampered` for one that the audit log knows to be over. */
function standing(store: Store, found: Awaited<ReturnType<ReturnType<typeof stored>['execute']>>[number] | undefined): DeviceCodeRow | undefined {
  if (found === undefined) return undefined;
  const { log_over, ...login } = found;
  const row = store.sealed<DeviceCodeRow>('device_codes', login);
  if (!loginStands(row, log_over)) throw outdated('device_codes', row.id);
  return row;
}

const byUserCode = async (store: Store, db: Connection, code: string): Promise<DeviceCodeRow | undefined> =>
  standing(store, await stored(db).where('user_code', '=', code).executeTakeFirst());

const byDeviceHash = async (store: Store, db: Connection, hash: string): Promise<DeviceCodeRow | undefined> =>
  standing(store, await stored(db).where('device_hash', '=', hash).executeTakeFirst());

const requestOf = (row: DeviceCodeRow, actor: SignedIn): DeviceRequest => ({
  label: row.label,
  scopes: (JSON.parse(row.scopes) as Scope[]).filter((scope) => hasScope(actor, scope)),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
});

/** The scopes of a request, which ClawHub's clients call `read write`. Throws RegistryError `bad-input`. */
function scopesOfText(text: string): Scope[] {
  const words = text.split(' ').filter((word) => word !== '');
  if (words.length > 8) throw new RegistryError('bad-input', `Too many scopes. Expected some of: read, write, ${allScopes.slice(1).join(', ')}.`);
  return scopeList(words.map((word) => (word === 'write' ? 'publish' : word)));
}

const labelOf = (label: string | undefined): string => {
  const text = (label ?? '')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .trim()
    .slice(0, 80)
    .trim();
  return text === '' ? 'device login' : text;
};
