/** One command's view of one registry: where it is, who asks, what is trusted. */

import { getKeys, getRegistry } from './api.ts';
import { cachedKey, keepKey } from './cache.ts';
import { allowsHttp, type Chosen, changeRegistry, chooseRegistry, chooseToken, type KnownRegistry, type PinnedKey, readSettings } from './config.ts';
import { ClientError } from './errors.ts';
import { createHttp, type Http } from './http.ts';
import { choosePins, entriesOf, parseFingerprint, type Trust, trustOf, withEnds } from './keys.ts';
import type { Lock } from './lock.ts';
import { type Env, type Places, placesOf } from './places.ts';
import type { Registry } from './wire.ts';

export interface SessionOptions {
  readonly registry?: string;
  readonly tokenFile?: string;
  readonly keyFingerprint?: readonly string[];
  readonly env?: Env;
  /** Address in the lock that the command works with. */
  readonly lockUrl?: string;
}

export interface Session {
  readonly places: Places;
  readonly env: Env;
  readonly chosen: Chosen;
  readonly http: Http;
  readonly fingerprints: readonly string[];
}

/** @throws ClientError usage, file */
export async function openSession(options: SessionOptions): Promise<Session> {
  const env = options.env ?? process.env;
  const places = placesOf(env);
  const chosen = chooseRegistry(await readSettings(places), env, options.registry, options.lockUrl);
  const token = await chooseToken(chosen, env, options.tokenFile);
  const given = options.keyFingerprint ?? [];
  const fromEnv = given.length === 0 && env['SKILL_KEY_FINGERPRINT'] ? env['SKILL_KEY_FINGERPRINT'].split(',') : [];
  return {
    places,
    env,
    chosen,
    http: createHttp({ base: chosen.base, allowHttp: allowsHttp(env), ...(token === undefined ? {} : { token }) }),
    fingerprints: [...given, ...fromEnv].map(parseFingerprint),
  };
}

/** What a person is asked before the keys of a registry are believed for the first time. */
export interface FirstContact {
  readonly base: string;
  readonly registry: Registry;
  readonly keys: readonly PinnedKey[];
}

/**
 * Learns a registry's name and release keys and pins them. Keys that were pinned before stay pinned; what the registry calls by another name than before is refused.
 * @param confirm asked unless fingerprints were given
 * @param none accept that the registry has no release key yet: a new one, at a login
 * @throws ClientError untrusted
 */
export async function pinKeys(
  session: Session,
  confirm: (contact: FirstContact) => Promise<boolean>,
  none = false,
): Promise<{ known: KnownRegistry; registry: Registry }> {
  const { http, chosen, fingerprints, places } = session;
  const registry = await getRegistry(http);
  checkId(chosen.known, registry, chosen.base);
  const listed = await getKeys(http);
  const before = chosen.known.keys ?? [];
  const given = fingerprints.length > 0;
  let fresh: PinnedKey[] = [];
  const empty = none && !given && before.length === 0 && listed.length === 0;
  if (!empty && (before.length === 0 || given)) {
    fresh = choosePins(listed, fingerprints).filter((key) => !before.some((old) => old.keyid === key.keyid));
    const contact = { base: chosen.base, registry, keys: fresh };
    if (fresh.length > 0 && !given && !(await confirm(contact)))
      throw new ClientError(
        'untrusted',
        `The release keys of ${chosen.base} were not accepted. Ask its operator for the fingerprint and give it: --key-fingerprint SHA256:…`,
      );
  }
  const keys = [...withEnds(before, listed), ...fresh].sort((a, b) => (a.keyid < b.keyid ? -1 : 1));
  const settings = await changeRegistry(places, chosen.base, (now) => ({
    ...now,
    id: registry.id,
    keys,
    ...(given ? { checked: true } : fresh.length > 0 ? { checked: false } : {}),
  }));
  return { known: settings.registries[chosen.base]!, registry };
}

function checkId(known: KnownRegistry, registry: Registry, base: string): void {
  if (known.id !== undefined && known.id !== registry.id)
    throw new ClientError(
      'untrusted',
      `${base} called itself ${JSON.stringify(known.id)} and now says ${JSON.stringify(registry.id)}. Statements signed for one say nothing in the other; ask its operator.`,
    );
}

/** What is known of the registry, with the end of pinned keys as it says it now. Only ever takes trust away. */
async function refreshed(session: Session): Promise<KnownRegistry> {
  const { known, base } = session.chosen;
  const keys = withEnds(known.keys ?? [], await getKeys(session.http));
  if (JSON.stringify(keys) !== JSON.stringify(known.keys)) await changeRegistry(session.places, base, (now) => ({ ...now, keys }));
  return { ...known, keys };
}

export interface TrustOptions {
  readonly lock?: Lock | undefined;
  /** Do not ask the network. */
  readonly offline?: boolean;
  /** The command may write the lock: pinned keys that were named by fingerprint are believed beyond it, and get into it. */
  readonly adopt?: boolean;
  readonly confirm: (contact: FirstContact) => Promise<boolean>;
}

/**
 * What this command believes: pinned keys, of those only the ones that the lock names; without pinned ones, those that the lock names (it was reviewed like everything in its
 * repository, and the server was not chosen by it) and the registry lists, or listed once if it cannot be asked now; without a lock, a person decides on first contact.
 * @throws ClientError untrusted, mismatch
 */
export async function trustFor(session: Session, options: TrustOptions): Promise<Trust> {
  const { chosen, places } = session;
  const { lock } = options;
  const needLocked = (id: string): void => {
    if (lock !== undefined && lock.registry.id !== id)
      throw new ClientError(
        'mismatch',
        `The lock is of the registry ${JSON.stringify(lock.registry.id)} (${lock.registry.url}), and ${chosen.base} is ${JSON.stringify(id)}. Give --registry, or use another folder.`,
      );
  };
  const narrowed = (known: KnownRegistry): Trust => {
    if (known.id !== undefined) needLocked(known.id);
    const named = lock === undefined || lock.registry.keys.length === 0 ? undefined : lock.registry.keys;
    return trustOf(known, chosen.base, named === undefined || options.adopt !== true ? named : [...named, ...session.fingerprints]);
  };
  const locked = lock !== undefined && Object.keys(lock.skills).length > 0 ? lock.registry.keys : undefined;
  const pins = chosen.known.keys ?? [];
  if (pins.length > 0 && session.fingerprints.every((keyid) => pins.some((pin) => pin.keyid === keyid)))
    return narrowed(options.offline === true ? chosen.known : await refreshed(session));
  if (locked !== undefined && lock !== undefined && session.fingerprints.length === 0) {
    const { id } = lock.registry;
    const keys: PinnedKey[] = [];
    if (options.offline === true) {
      for (const keyid of locked) {
        const key = await cachedKey(places, id, keyid);
        if (key !== undefined) keys.push(key);
      }
    } else {
      needLocked((await getRegistry(session.http)).id);
      for (const key of await getKeys(session.http)) if (locked.includes(key.keyid)) keys.push(await keepKey(places, id, key));
    }
    if (keys.length > 0) return { registryId: id, keys: entriesOf(keys) };
    throw new ClientError(
      'untrusted',
      `None of the release keys that the lock names is known here${options.offline === true ? '; run this once with the network' : ` or listed by ${chosen.base}`}.`,
    );
  }
  if (options.offline === true) throw new ClientError('untrusted', `No release key of ${chosen.base} is pinned. Log in once with the network.`);
  const { known } = await pinKeys(session, options.confirm);
  return narrowed(known);
}
