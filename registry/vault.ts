/**
 * Reading one secret from Vault's KV version 2 secrets engine: `GET /v1/<mount>/data/<path>` with the headers X-Vault-Token and X-Vault-Request, answered by
 * `{"data":{"data":{…},"metadata":{…}}}` (Vault HTTP API documentation, "KV secrets engine - version 2"; OpenBao speaks the same).
 *
 * The token goes to that address only: redirects are not followed, and plain http is for this machine only. Answers are limited in size and time, and never quoted.
 */
import ipaddr from 'ipaddr.js';
import { visible } from '../scanner/report/escape.ts';
import { RegistryError } from './errors.ts';

export interface VaultRef {
  readonly mount: string;
  readonly path: string;
  readonly key: string;
}

export interface VaultSettings {
  /** Such as `https://vault.team.example:8200`. */
  readonly address?: string;
  /** Vault Enterprise and OpenBao namespaces. */
  readonly namespace?: string;
  readonly token?: string;
  readonly tokenFile?: string;
}

const most = 1024 * 1024;
const time = 10_000;

const bad = (says: string): RegistryError => new RegistryError('bad-config', `Secret: ${says}.`);

/** `mount/path#key`, or a record of the three (for a mount with a slash in it). Throws RegistryError `bad-config`. */
export function vaultRef(value: unknown): VaultRef {
  const wanted = 'a reference vault:… is written vault:MOUNT/PATH#KEY, or { vault: { mount, path, key } }';
  let mount: unknown;
  let path: unknown;
  let key: unknown;
  if (typeof value === 'string') {
    const hash = value.lastIndexOf('#');
    const slash = value.indexOf('/');
    if (hash === -1 || slash === -1 || slash > hash) throw bad(wanted);
    mount = value.slice(0, slash);
    path = value.slice(slash + 1, hash);
    key = value.slice(hash + 1);
  } else if (typeof value === 'object' && value !== null) ({ mount, path, key } = value as Record<string, unknown>);
  if (typeof mount !== 'string' || typeof path !== 'string' || typeof key !== 'string' || key === '' || !isPath(mount) || !isPath(path))
    throw bad(wanted);
  return { mount, path, key };
}

/** Segments that stay where they are put. */
const isPath = (text: string): boolean => text.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/**
 * The text of one key of one secret.
 * @param name the reference, for messages
 * Throws RegistryError `bad-config` or `unavailable`.
 */
export async function readVault(
  ref: VaultRef,
  name: string,
  settings: VaultSettings & { readonly address: string; readonly token: string },
): Promise<string> {
  const base = baseOf(settings.address);
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${base}/v1/${encoded(ref.mount)}/data/${encoded(ref.path)}`, {
      headers: {
        'x-vault-token': settings.token,
        'x-vault-request': 'true',
        accept: 'application/json',
        ...(settings.namespace === undefined ? {} : { 'x-vault-namespace': settings.namespace }),
      },
      redirect: 'manual',
      signal: AbortSignal.timeout(time),
    });
    text = await limited(response);
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    const { code } = ((error as { cause?: unknown }).cause ?? {}) as { code?: string };
    const why = (error as Error).name === 'TimeoutError' ? `no answer within ${time / 1000} s` : (code ?? 'the connection failed');
    throw new RegistryError('unavailable', `Secret: ${name} could not be read from ${base} (${why}).`);
  }
  if (response.status >= 300 && response.status < 400)
    throw bad(
      `${name}: Vault at ${base} sends to another address, where the token is not taken; set VAULT_ADDR to the active node or a load balancer`,
    );
  if (response.status === 403)
    throw bad(`${name}: Vault refused the token (403); it needs the capability read on ${visible(`${ref.mount}/data/${ref.path}`)}`);
  if (response.status === 404) throw bad(`${name}: Vault has no such secret, or its newest version is deleted (404); is the mount of KV version 2?`);
  if (response.status !== 200) throw new RegistryError('unavailable', `Secret: ${name}: Vault answered ${response.status}.`);
  const value = textUnder(text, ref.key);
  if (value === undefined) throw bad(`${name}: the secret has no text under that key`);
  return value;
}

function baseOf(address: string): string {
  if (!URL.canParse(address)) throw bad('the address of Vault (VAULT_ADDR) is not an address such as https://vault.example:8200');
  const url = new URL(address);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const local = host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');
  if (url.username !== '' || url.password !== '' || !(url.protocol === 'https:' || (url.protocol === 'http:' && local)))
    throw bad('the address of Vault (VAULT_ADDR) has to start with https:// (http:// only on this machine) and must not hold a password');
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}

async function limited(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > most) throw bad('Vault answered with more than 1 MiB');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function textUnder(text: string, key: string): string | undefined {
  try {
    const { data } = JSON.parse(text) as { data?: { data?: Record<string, unknown> | null } };
    const values = data?.data;
    if (values === undefined || values === null || !Object.hasOwn(values, key)) return undefined;
    const value = values[key];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
