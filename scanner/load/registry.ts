/**
 * A skill from a ClawHub-compatible registry, fetched and never installed: its record for the newest version, then its zip.
 *
 * It refuses redirects to another origin (the token would travel, and the bytes would be somebody else's), answers over the byte limits, and bytes that do not match
 * the server's own digest. The token comes from the argument only and goes to the given base only. Wire format: GET /api/v1/skills/{slug}, GET /api/v1/download.
 */
import { createHash } from 'node:crypto';
import type { Limits } from '../limits.ts';
import type { SourceEntry } from './contract.ts';
import { LoadError, quote } from './errors.ts';
import { readZip } from './zip.ts';

export interface RegistryName {
  readonly owner?: string;
  readonly slug: string;
  readonly version?: string;
}

export const defaultRegistry = 'https://clawhub.ai';
const jsonBytes = 1024 * 1024;

/** Reads a skill from the registry at `base`. */
export async function readRegistry(
  base: string,
  name: RegistryName,
  token: string | undefined,
  limits: Limits,
): Promise<{ entries: SourceEntry[]; name: string }> {
  const root = registryRoot(base);
  const owner = name.owner === undefined ? {} : { ownerHandle: name.owner };
  const signal = AbortSignal.timeout(limits.loadMs);
  const record = await ask(root, `api/v1/skills/${encodeURIComponent(name.slug)}`, owner, token, signal, jsonBytes);
  const detail = parseDetail(record.body, name);
  const version = name.version ?? detail.version;
  if (version === undefined) throw new LoadError('not-found', `The registry has no published version of ${quote(name.slug)}.`);
  const archive = await ask(root, 'api/v1/download', { slug: name.slug, version, ...owner }, token, signal, limits.totalBytes);
  checkDigest(archive.body, archive.digest);
  if (archive.body.readUInt16LE(0) !== 0x4b50)
    throw new LoadError('bad-answer', 'The registry promised a zip archive and sent something else. Check the registry address.');
  const handle = name.owner ?? detail.owner;
  return { entries: await readZip(archive.body, limits), name: `${handle === undefined ? '' : `@${handle}/`}${name.slug}@${version}` };
}

function registryRoot(base: string): URL {
  let url: URL;
  try {
    url = new URL(base.endsWith('/') ? base : `${base}/`);
  } catch {
    throw new LoadError('bad-address', `${quote(base)} is not the address of a registry. Write https://host.`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new LoadError('bad-address', `${quote(base)} is not the address of a registry. Write https://host.`);
  if (url.username !== '' || url.password !== '')
    throw new LoadError('bad-address', 'The registry address has a user name or password in it. Give a token instead.');
  return url;
}

/** One GET with bounds on time, bytes and redirects. */
async function ask(
  root: URL,
  path: string,
  query: Readonly<Record<string, string>>,
  token: string | undefined,
  signal: AbortSignal,
  most: number,
): Promise<{ body: Buffer; digest: string | undefined }> {
  let url = new URL(path, root);
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  for (let hop = 0; hop < 4; hop++) {
    const response = await request(url, token, signal);
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
      if (next === undefined || next.origin !== root.origin) {
        throw new LoadError(
          'redirect-refused',
          `The registry at ${root.origin} sends us to ${quote(next?.origin ?? location)}. Give that address yourself if you trust it.`,
        );
      }
      url = next;
      continue;
    }
    const body = await bodyOf(response, response.ok ? most : 4_096, !response.ok);
    if (!response.ok) throw refusal(response.status, body, url);
    return { body, digest: response.headers.get('digest') ?? undefined };
  }
  throw new LoadError('redirect-refused', `The registry at ${root.origin} redirects in circles.`);
}

async function request(url: URL, token: string | undefined, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'manual', signal, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
  } catch (error) {
    throw networkError(error, url);
  }
}

function networkError(error: unknown, url: URL): LoadError {
  const name = (error as Error | null)?.name;
  if (name === 'TimeoutError' || name === 'AbortError')
    return new LoadError('time-limit', `The registry at ${url.origin} did not answer in time. Try again later.`);
  const cause = (error as { cause?: { code?: string } } | null)?.cause?.code;
  return new LoadError(
    'network',
    `The registry at ${url.origin} cannot be reached${cause === undefined ? '' : ` (${cause})`}. Check the address and the network.`,
    error,
  );
}

async function bodyOf(response: Response, most: number, cut: boolean): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    if (response.body !== null) {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        length += chunk.length;
        chunks.push(chunk);
        if (length <= most) continue;
        if (cut) break;
        throw new LoadError('too-large', `The registry sends more than ${most} bytes. Raise the limit if you expect that.`);
      }
    }
  } catch (error) {
    if (error instanceof LoadError) throw error;
    throw networkError(error, new URL(response.url));
  }
  const body = Buffer.concat(chunks);
  if (body.length < 2 && !cut) throw new LoadError('bad-answer', 'The registry sent an empty answer. Check the registry address.');
  return body;
}

function refusal(status: number, body: Buffer, url: URL): LoadError {
  const says = quote(body.toString('utf8').trim().slice(0, 200));
  const at = `The registry at ${url.origin}`;
  if (status === 404) return new LoadError('not-found', `${at} does not have it: ${says}. Check owner, slug and version.`);
  if (status === 401 || status === 403 || status === 410 || status === 423) return new LoadError('forbidden', `${at} refuses (${status}): ${says}.`);
  if (status === 409) return new LoadError('not-found', `${at} has several skills of that name: ${says}. Write @owner/slug.`);
  return new LoadError(status >= 500 || status === 429 ? 'network' : 'bad-answer', `${at} answered ${status}: ${says}.`);
}

/** The few fields we need of the record, checked. Everything else is left alone. */
function parseDetail(body: Buffer, name: RegistryName): { version?: string; owner?: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    throw new LoadError('bad-answer', 'The registry did not answer with JSON. Check the registry address.');
  }
  const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {});
  const top = record(parsed);
  if (!('skill' in top) && !('latestVersion' in top))
    throw new LoadError('bad-answer', `The registry's answer about ${quote(name.slug)} is not a skill record. Check the registry address.`);
  if (top['skill'] === null) throw new LoadError('not-found', `The registry does not have ${quote(name.slug)}.`);
  const version = record(top['latestVersion'])['version'];
  const owner = record(top['owner'])['handle'];
  return {
    ...(typeof version === 'string' && /^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$/.test(version) ? { version } : {}),
    ...(typeof owner === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(owner) ? { owner } : {}),
  };
}

/** RFC 3230 `Digest: sha-256=<base64>`, checked if the server sends it. */
function checkDigest(body: Buffer, header: string | undefined): void {
  const stated = /(?:^|[,\s])sha-256=([A-Za-z0-9+/]{43}=)/i.exec(header ?? '')?.[1];
  if (stated !== undefined && createHash('sha256').update(body).digest('base64') !== stated) {
    throw new LoadError(
      'bad-answer',
      'The archive does not match the digest that the registry sent with it. Try again; if it stays so, do not trust this server.',
    );
  }
}
