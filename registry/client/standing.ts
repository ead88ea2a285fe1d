/**
 * What the registry says now of versions that are in place already, so that nothing of them is fetched. A frozen install asks: bytes that were locked may have been revoked since, and this
 * machine need not have heard of it. A registry that does not answer stops nothing (what is in place was verified), and it is said that it was not asked.
 */
import { getVersion } from './api.ts';
import { ClientError, sentence } from './errors.ts';
import { flagText } from './flagged.ts';
import type { Http } from './http.ts';
import type { Trust } from './keys.ts';
import { type VersionName, versionText } from './names.ts';
import type { Places } from './places.ts';
import { learnRevocation, revoked } from './revocations.ts';

export interface InPlace {
  readonly name: VersionName;
  /** Hex. */
  readonly archiveSha256: string;
}

export interface Standings {
  /** Per version, in the same order: warnings for people. Text from outside in them is not yet safe to print. */
  readonly notes: readonly (readonly string[])[];
  /** Why the registry could not be asked about all of them; undefined if it was. */
  readonly unasked: string | undefined;
}

/** Asks about each. @throws ClientError withdrawn for one that was revoked; mismatch, untrusted where the registry contradicts the lock or itself */
export async function standings(
  deps: { readonly http: Http; readonly places: Places; readonly trust: Trust },
  versions: readonly InPlace[],
): Promise<Standings> {
  const notes: string[][] = [];
  let unasked: string | undefined;
  for (const one of versions) {
    try {
      notes.push(unasked === undefined ? await standing(deps, one) : []);
    } catch (error) {
      if (!(error instanceof ClientError) || !silences.has(error.code)) throw error;
      unasked = error.message;
      notes.push([]);
    }
  }
  return { notes, unasked };
}

/** The registry, or the way to it, does not answer; the next question would fare no better. */
const silences: ReadonlySet<ClientError['code']> = new Set([
  'network',
  'timeout',
  'rate-limited',
  'server',
  'bad-answer',
  'too-large',
  'unsupported',
  'redirect-refused',
  'unauthorized',
  'forbidden',
]);

async function standing({ http, places, trust }: Parameters<typeof standings>[0], { name, archiveSha256 }: InPlace): Promise<string[]> {
  const text = versionText(name);
  const gone = async (state: string | undefined, says: string): Promise<string[]> => {
    const told = await learnRevocation(http, places, trust, name, archiveSha256);
    if (told !== undefined) throw revoked(told, name);
    if (state === 'yanked') return [`${text} was yanked since it was locked: ${says}`];
    throw new ClientError('withdrawn', `${sentence(says)} It is in the lock; nothing was installed.`);
  };
  try {
    const record = await getVersion(http, name);
    if (record.archive.sha256 !== archiveSha256)
      throw new ClientError('mismatch', `The registry now names another archive for ${text} than the lock. Nothing was installed.`);
    const flag = flagText(record.flagged);
    if (record.state === 'deprecated') return [`${text} is deprecated${record.reason === null ? '' : `: ${record.reason}`}`];
    if (record.state !== 'served') return await gone(record.state, record.reason ?? `${text} is ${record.state}.`);
    return flag === undefined ? [] : [`${text} is ${flag}`];
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (error.code === 'withdrawn' && error.state !== undefined) return gone(error.state, error.message);
    if (error.code === 'not-found') return [`The registry does not have ${text} any more, or not for you.`];
    throw error;
  }
}
