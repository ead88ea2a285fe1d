/**
 * The registry's answers as checked values: what does not fit the contract (wire.ts) is `bad-answer` and is used for nothing. No trust comes from here; release.ts checks bytes and
 * signatures.
 */
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { archiveLimits } from '../archive/limits.ts';
import { limits as trustLimits } from '../trust/bytes.ts';
import type { PublicKeyEntry } from '../trust/keys.ts';
import { parseKeyList } from '../trust/verify.ts';
import { ClientError, quote } from './errors.ts';
import type { Http, RequestOptions } from './http.ts';
import { nameText, type SkillName, type VersionName, versionText, type WantedName } from './names.ts';
import * as wire from './wire.ts';

/** Decisions about one version, as the API names them. */
export type Decision = 'approve' | 'reject' | 'yank' | 'restore' | 'deprecate' | 'undeprecate' | 'revoke' | 'retry';

/** Checks a value. @throws ClientError bad-answer, naming the place */
export function checked<S extends TSchema>(schema: S, value: unknown, what: string): Static<S> {
  if (Value.Check(schema, value)) return value;
  const [first] = Value.Errors(schema, value);
  const at = first === undefined ? '' : ` (${first.instancePath === '' ? 'the whole' : first.instancePath} ${first.message})`;
  throw new ClientError(
    'bad-answer',
    `The registry's answer about ${what} is not what the contract says${at}. Is it a newer or another kind of registry?`,
  );
}

/** Asks and checks. */
export async function ask<S extends TSchema>(
  http: Http,
  schema: S,
  method: string,
  path: string,
  what: string,
  options?: RequestOptions,
): Promise<Static<S>> {
  return checked(schema, await http.json(method, path, options), what);
}

export const skillPath = (name: SkillName): string => `${wire.PREFIX}/skills/${name.owner}/${name.slug}`;
export const versionPath = (name: VersionName): string => `${skillPath(name)}/${encodeURIComponent(name.version)}`;

export const getRegistry = (http: Http): Promise<wire.Registry> => ask(http, wire.Registry, 'GET', `${wire.PREFIX}/registry`, 'itself');

/** The release keys that the registry lists. Listed is not trusted: see keys.ts. */
export async function getKeys(http: Http): Promise<PublicKeyEntry[]> {
  return parseKeyList(await http.json('GET', `${wire.PREFIX}/keys`), 'release');
}

export async function getSkill(http: Http, name: SkillName): Promise<wire.SkillDetail> {
  const detail = await ask(http, wire.SkillDetail, 'GET', skillPath(name), nameText(name));
  return sameName(detail, name, nameText(name));
}

export async function getVersion(http: Http, name: VersionName): Promise<wire.VersionRecord> {
  const record = await ask(http, wire.VersionRecord, 'GET', versionPath(name), versionText(name));
  if (record.version !== name.version)
    throw new ClientError('mismatch', `The registry was asked for ${versionText(name)} and answered about ${quote(record.version)}.`);
  return sameName(record, name, versionText(name));
}

function sameName<T extends SkillName>(found: T, asked: SkillName, what: string): T {
  if (found.owner === asked.owner && found.slug === asked.slug) return found;
  throw new ClientError('mismatch', `The registry was asked for ${what} and answered about ${quote(nameText(found))}.`);
}

/** The version that a name means now. @throws ClientError not-found */
export async function resolveVersion(http: Http, wanted: WantedName): Promise<VersionName & { readonly detail: wire.SkillDetail | undefined }> {
  if (wanted.version !== undefined) return { owner: wanted.owner, slug: wanted.slug, version: wanted.version, detail: undefined };
  const detail = await getSkill(http, wanted);
  const tag = wanted.tag ?? 'latest';
  const version = tag === 'latest' ? (detail.latest ?? undefined) : Object.hasOwn(detail.tags, tag) ? detail.tags[tag] : undefined;
  if (version === undefined)
    throw new ClientError(
      'not-found',
      tag === 'latest'
        ? `${nameText(wanted)} has no version that can be installed.`
        : `${nameText(wanted)} has no tag ${quote(tag)}. \`skill info ${nameText(wanted)}\` lists its tags.`,
    );
  return { owner: wanted.owner, slug: wanted.slug, version, detail };
}

export const getAttestations = async (http: Http, name: VersionName): Promise<Buffer> =>
  (await http.bytes('GET', `${versionPath(name)}/attestations`, { most: trustLimits.attestations })).body;

export const getRevocation = async (http: Http, name: VersionName): Promise<Buffer> =>
  (await http.bytes('GET', `${versionPath(name)}/revocation`, { most: trustLimits.bundle })).body;

export const getArchive = async (http: Http, name: VersionName): Promise<Buffer> =>
  (await http.bytes('GET', `${versionPath(name)}/archive`, { most: archiveLimits.archiveBytes, timeoutMs: 120_000 })).body;

export const getReport = async (http: Http, name: VersionName): Promise<Buffer> =>
  (await http.bytes('GET', `${versionPath(name)}/report`, { query: { format: 'json' }, most: 64 * 1024 * 1024 })).body;

export const decide = (http: Http, name: VersionName, decision: Decision, body: unknown): Promise<wire.Decided> =>
  ask(
    http,
    wire.Decided,
    'POST',
    `${wire.PREFIX}/versions/${name.owner}/${name.slug}/${encodeURIComponent(name.version)}/${decision}`,
    versionText(name),
    { body },
  );

/** Pages of the queue that are fetched at most: whoever has ten thousand versions to decide about begins with the oldest. */
const queuePages = 50;

/** The whole queue. */
export async function getQueue(http: Http): Promise<Pick<wire.Queue, 'schema' | 'forMe' | 'mine'>> {
  const forMe: wire.QueueItem[] = [];
  const mine: wire.QueueItem[] = [];
  let query: Record<string, string> = { limit: '200' };
  for (let page = 0; page < queuePages; page++) {
    const found = await ask(http, wire.Queue, 'GET', `${wire.PREFIX}/queue`, 'the queue', { query });
    forMe.push(...found.forMe);
    mine.push(...found.mine);
    const next = Object.entries(found.next).flatMap(([list, after]) => (after === null ? [] : [[list, after] as const]));
    if (next.length === 0) break;
    query = { limit: '200', ...Object.fromEntries(next) };
  }
  return { schema: 'skillward.queue.v1', forMe, mine };
}

export const getAttempt = (http: Http, id: string): Promise<wire.VersionRecord> =>
  ask(http, wire.VersionRecord, 'GET', `${wire.PREFIX}/attempts/${encodeURIComponent(id)}`, `attempt ${id}`);

/** Uploads. The same content under the same version is the same publish, so it may be sent again. */
export function publish(
  http: Http,
  payload: wire.PublishPayload,
  files: readonly { readonly path: string; readonly bytes: Buffer }[],
  bundle: unknown,
): Promise<wire.Published> {
  const form = new FormData();
  form.append('payload', JSON.stringify(payload));
  if (bundle !== undefined) form.append('bundle', JSON.stringify(bundle));
  for (const { path, bytes } of files) form.append('files', new Blob([new Uint8Array(bytes)]), path);
  return ask(http, wire.Published, 'POST', `${wire.PREFIX}/publish`, 'the publish', { form, repeatable: true, timeoutMs: 180_000 });
}

export const verifyAudit = (http: Http): Promise<wire.AuditVerdict> =>
  ask(http, wire.AuditVerdict, 'GET', `${wire.PREFIX}/audit-log/verify`, 'the audit log', { timeoutMs: 300_000 });

/** Begins a rescan of everything, or gives the one that is under way. */
export const startRescan = (http: Http, apply: boolean): Promise<wire.RescanReport> =>
  ask(http, wire.RescanReport, 'POST', `${wire.PREFIX}/rescan`, 'the rescan', { body: { apply }, repeatable: true });

export const getRescan = (http: Http, id: string): Promise<wire.RescanReport> =>
  ask(http, wire.RescanReport, 'GET', `${wire.PREFIX}/rescans/${encodeURIComponent(id)}`, 'the rescan', { timeoutMs: 120_000 });
