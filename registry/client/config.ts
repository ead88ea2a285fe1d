/**
 * Which registry, which token, which release keys.
 *
 *   registry   --registry > SKILL_REGISTRY > the lock's, if this user has logged in there > `registry` in the settings
 *   token      --token-file > SKILL_TOKEN > SKILL_TOKEN_FILE > the one that `skill login` stored for exactly this address
 *   keys       pinned at login (shown, or given as --key-fingerprint), for exactly this address
 *
 * Settings are `config.json` in the user's own folder, mode 0600, written whole. Nothing from a project (a lock file, a skill) ever chooses where a token goes. A settings file that
 * others may read or that is not understood is refused, not repaired.
 */
import { join } from 'node:path';
import { parsePublicKey } from '../trust/keys.ts';
import { ClientError, quote } from './errors.ts';
import { readSmall, withMutex, writeWhole } from './files.ts';
import { baseOf } from './http.ts';
import type { Env, Places } from './places.ts';

/** A release key that this user trusts for one registry. */
export interface PinnedKey {
  readonly keyid: string;
  readonly pem: string;
  /** Milliseconds since 1970, as far as the registry has said. */
  readonly createdAt: number;
  readonly retiredAt: number | null;
  readonly revokedAt: number | null;
}

export interface KnownRegistry {
  /** Its name in signed statements. */
  readonly id?: string;
  readonly user?: string;
  readonly token?: string;
  readonly keys?: readonly PinnedKey[];
  /** Somebody compared the fingerprint with one that came another way. Otherwise the keys are those of first contact. */
  readonly checked?: boolean;
}

export interface Settings {
  readonly version: 1;
  /** Address used when nothing else says one. */
  readonly registry?: string;
  readonly registries: Readonly<Record<string, KnownRegistry>>;
}

const none: Settings = { version: 1, registries: {} };
const MOST = 1024 * 1024;

export const settingsPath = (places: Places): string => join(places.config, 'config.json');

/** @throws ClientError file */
export async function readSettings(places: Places): Promise<Settings> {
  const path = settingsPath(places);
  const file = await readSmall(path, MOST);
  if (file === undefined) return none;
  if (process.platform !== 'win32' && (file.mode & 0o077) !== 0)
    throw new ClientError('file', `${path} can be read by others (mode ${file.mode.toString(8)}), and it may hold tokens. Run: chmod 600 ${path}`);
  let value: unknown;
  try {
    value = JSON.parse(file.text);
  } catch (cause) {
    throw new ClientError('file', `${path} is not JSON. Repair it, or delete it and log in again.`, { cause });
  }
  return checkSettings(value, path);
}

/** Changes the settings, alone among our processes. @throws ClientError file, busy */
export async function changeSettings(places: Places, change: (now: Settings) => Settings): Promise<Settings> {
  return withMutex(join(places.state, 'config.busy'), async () => {
    const next = change(await readSettings(places));
    await writeWhole(settingsPath(places), `${JSON.stringify(next, null, 2)}\n`, 0o600, 0o700);
    return next;
  });
}

/** Changes what is known of one registry. */
export const changeRegistry = (places: Places, base: string, change: (now: KnownRegistry) => KnownRegistry, makeDefault = false): Promise<Settings> =>
  changeSettings(places, (now) => ({
    ...now,
    ...(makeDefault || now.registry === undefined ? { registry: base } : {}),
    registries: { ...now.registries, [base]: change(now.registries[base] ?? {}) },
  }));

export interface Chosen {
  readonly base: string;
  readonly by: 'flag' | 'environment' | 'lock' | 'settings';
  readonly known: KnownRegistry;
}

/**
 * @param lockUrl address in a lock: followed only to a registry that this user has logged in to before
 * @throws ClientError usage, if nothing says which registry
 */
export function chooseRegistry(settings: Settings, env: Env, flag?: string, lockUrl?: string): Chosen {
  const chosen = (text: string, by: Chosen['by']): Chosen => {
    const base = baseOf(text);
    return { base, by, known: settings.registries[base] ?? {} };
  };
  if (flag !== undefined) return chosen(flag, 'flag');
  if (env['SKILL_REGISTRY']) return chosen(env['SKILL_REGISTRY'], 'environment');
  if (lockUrl !== undefined && lockUrl !== settings.registry && Object.hasOwn(settings.registries, lockUrl)) return chosen(lockUrl, 'lock');
  if (settings.registry !== undefined) return chosen(settings.registry, 'settings');
  throw new ClientError(
    'usage',
    `Which registry? Give --registry https://skills.example, set SKILL_REGISTRY, or log in once with \`skill login --registry …\`.${lockUrl === undefined ? '' : ` The lock here is of ${lockUrl}, which you have not logged in to.`}`,
  );
}

/**
 * A registry that only a lock named gets the token stored for it, never one from the environment, which was meant for another.
 * @throws ClientError usage, file
 */
export async function chooseToken(chosen: Chosen, env: Env, flagFile?: string): Promise<string | undefined> {
  if (flagFile !== undefined) return tokenFile(flagFile, '--token-file');
  if (chosen.by !== 'lock') {
    if (env['SKILL_TOKEN']) return checkToken(env['SKILL_TOKEN'], 'SKILL_TOKEN');
    if (env['SKILL_TOKEN_FILE']) return tokenFile(env['SKILL_TOKEN_FILE'], 'SKILL_TOKEN_FILE');
  }
  return chosen.known.token === undefined ? undefined : checkToken(chosen.known.token, 'the stored token');
}

export async function tokenFile(path: string, what: string): Promise<string> {
  const file = await readSmall(path, 4096);
  if (file === undefined) throw new ClientError('usage', `${what}: there is no file ${path}.`);
  return checkToken(file.text, what);
}

/** A token as a header can carry it, without the line end that editors and `echo` leave. Its text is in no message. @throws ClientError usage */
export function checkToken(text: string, what: string): string {
  const token = text.replace(/\r?\n$/, '').trim();
  if (!/^[\x21-\x7e]{8,512}$/.test(token))
    throw new ClientError('usage', `${what} does not hold a token: expected 8 to 512 visible ASCII characters on one line.`);
  return token;
}

export const allowsHttp = (env: Env): boolean => env['SKILL_ALLOW_HTTP'] === '1' || env['SKILL_ALLOW_HTTP'] === 'true';

// ----------------------------------------------------------------------------------------------------------------------- reading

const record = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;

function checkSettings(value: unknown, path: string): Settings {
  const top = record(value);
  const wrong = (what: string): ClientError => new ClientError('file', `${path}: ${what}. Repair it, or delete it and log in again.`);
  if (top === undefined || top['version'] !== 1) throw wrong('expected {"version": 1, …}; was it written by a newer skill?');
  const registries: Record<string, KnownRegistry> = {};
  for (const [base, entry] of Object.entries(record(top['registries']) ?? {})) {
    const row = record(entry);
    if (row === undefined || !URL.canParse(base) || baseOf(base) !== base) throw wrong(`the registry ${quote(base)} is not understood`);
    const text = (key: string): string | undefined => {
      const found = row[key];
      if (found !== undefined && (typeof found !== 'string' || found.length > 4096)) throw wrong(`${key} of ${quote(base)} is not a text`);
      return found;
    };
    const [id, user, token] = [text('id'), text('user'), text('token')];
    registries[base] = {
      ...(id === undefined ? {} : { id }),
      ...(user === undefined ? {} : { user }),
      ...(token === undefined ? {} : { token }),
      ...(row['keys'] === undefined ? {} : { keys: pinnedKeys(row['keys'], (what) => wrong(`${what} of ${quote(base)}`)) }),
      ...(row['checked'] === true ? { checked: true } : {}),
    };
  }
  const registry = top['registry'];
  if (registry !== undefined && typeof registry !== 'string') throw wrong('registry is not an address');
  return { version: 1, ...(registry === undefined ? {} : { registry: baseOf(registry) }), registries };
}

function pinnedKeys(value: unknown, wrong: (what: string) => ClientError): PinnedKey[] {
  if (!Array.isArray(value) || value.length > 100) throw wrong('keys');
  return value.map((one: unknown): PinnedKey => {
    const row = record(one);
    const time = (key: string): number | null => (typeof row?.[key] === 'number' ? row[key] : null);
    if (row === undefined || typeof row['pem'] !== 'string') throw wrong('a pinned key');
    const real = parsePublicKey(row['pem'], 'a pinned key');
    if (real.keyid !== row['keyid']) throw wrong('the id of a pinned key');
    return { keyid: real.keyid, pem: real.pem, createdAt: time('createdAt') ?? 0, retiredAt: time('retiredAt'), revokedAt: time('revokedAt') };
  });
}
