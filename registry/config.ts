/**
 * The server's settings: flags over environment over the config file over defaults, checked once, frozen. A wrong or unknown setting is refused by name, never guessed.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { LineCounter, parseDocument } from 'yaml';
import { RegistryError } from './errors.ts';
import type { RegistryPolicy } from './model.ts';

export interface Config {
  /** Data folder: database, blobs, keys. */
  readonly data: string;
  readonly host: string;
  readonly port: number;
  /** Origin (and nothing more) that every absolute address in an answer starts with, without a final slash. Requests for other hosts are refused. */
  readonly publicUrl: string;
  /** Name of this registry in signed subjects (`skill:<id>/@owner/slug@version`): the host of the public URL unless set. */
  readonly registryId: string;
  readonly displayName: string;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Addresses or networks of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Identity headers set by a trusted proxy (Tailscale serve): believed only from these addresses. */
  readonly identity:
    | {
        readonly from: readonly string[];
        readonly userHeader: string;
        readonly nameHeader: string | undefined;
        /** Domains whose logins (`ada@team.example`) are users of this registry: `ada`. Logins of other domains are strangers, also if the name before the `@` is the same. */
        readonly domains: readonly string[];
      }
    | undefined;
  /** Whether namespaces with visibility `public` can be read without a token. */
  readonly anonymousRead: boolean;
  readonly policy: RegistryPolicy;
  readonly limits: {
    readonly fileBytes: number;
    readonly totalBytes: number;
    readonly files: number;
    readonly multipartBytes: number;
    /** Versions of one publisher that wait for a scan, a person or a signature at the same time. */
    readonly openVersions: number;
    /** Requests per minute. */
    readonly rate: {
      readonly readIp: number;
      readonly readKey: number;
      readonly writeIp: number;
      readonly writeKey: number;
      readonly downloadIp: number;
      readonly downloadKey: number;
    };
    /** Failed logins per address before it is locked out, and for how long (ms). */
    readonly lockout: { readonly failures: number; readonly forMs: number };
    readonly scanMs: number;
    readonly scanMb: number;
    /** Milliseconds that a publish waits for the gate before it answers `pending`. */
    readonly publishWaitMs: number;
    readonly cacheBytes: number;
  };
  readonly scan: { readonly requireIsolation: boolean; readonly parallel: number };
  readonly signer: { readonly socket: string | undefined };
  readonly webhooks: readonly {
    readonly url: string /** resolved secret text for the HMAC */;
    readonly secret: string;
    readonly events: readonly string[];
  }[];
  readonly upstream: {
    readonly allow: readonly string[];
    readonly watchMs: number;
    /** Host or origin of an upstream to the reference of the token that is sent there, and only there. */
    readonly tokens?: Readonly<Record<string, unknown>>;
  };
  readonly log: { readonly level: 'silent' | 'error' | 'warn' | 'info' | 'debug' };
}

/** An eighth of the memory that this process may use (of its container, where it has a limit), within bounds. */
function roomForCache(): number {
  const constrained = process.constrainedMemory();
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.round(Math.min(2 * 1024, Math.max(64, memory / 8 / 2 ** 20))) * 2 ** 20;
}

const strict = { additionalProperties: false } as const;
const positive = Type.Integer({ minimum: 1 });
const duration = Type.Union([Type.Integer({ minimum: 0 }), Type.String({ pattern: '^\\d{1,6}(?:ms|s|m|h|d)$' })]);
/** A secret is never written into the config file itself, only where it lies. */
const secretRef = Type.Union([Type.String({ minLength: 1 }), Type.Record(Type.String(), Type.Unknown())]);

/** An object of optional keys and no others. */
const some = <T extends Record<string, TSchema>>(keys: T) => Type.Partial(Type.Object(keys), strict);
const all = <T extends Record<string, TSchema>>(keys: T) => Type.Object(keys, strict);
const words = <const T extends readonly string[]>(...allowed: T) => Type.Enum([...allowed] as unknown as T);
const texts = Type.Array(Type.String({ minLength: 1 }));
const word = Type.String({ minLength: 1 });

/** What the config file may say. Every key is optional. */
export const fileSchema = some({
  data: word,
  host: word,
  port: Type.Integer({ minimum: 0, maximum: 65535 }),
  'public-url': word,
  'registry-id': Type.String({ pattern: '^[a-z0-9](?:[a-z0-9.:-]{0,251}[a-z0-9])?$' }),
  name: Type.String({ minLength: 1, maxLength: 80 }),
  tls: all({ cert: word, key: word }),
  'trusted-proxies': texts,
  identity: all({ from: Type.Array(word, { minItems: 1 }), 'user-header': word, 'name-header': Type.Optional(word), domains: Type.Optional(texts) }),
  'anonymous-read': Type.Boolean(),
  policy: some({
    scan: word,
    approval: some({
      pass: words('auto', 'review'),
      review: words('review', 'refuse'),
      block: words('refuse', 'break-glass'),
      growth: words('review', 'auto'),
      import: words('review', 'auto'),
      approvers: Type.Integer({ minimum: 1, maximum: 2 }),
      solo: Type.Boolean(),
    }),
    cooldown: duration,
    level: words('L1', 'L2', 'L3'),
    rescan: words('flag', 'revoke'),
    slugs: words('unique', 'per-owner'),
  }),
  limits: some({
    'file-bytes': positive,
    'total-bytes': positive,
    files: positive,
    'multipart-bytes': positive,
    'open-versions': positive,
    rate: some({
      'read-ip': positive,
      'read-key': positive,
      'write-ip': positive,
      'write-key': positive,
      'download-ip': positive,
      'download-key': positive,
    }),
    lockout: some({ failures: positive, for: duration }),
    'scan-time': duration,
    'scan-memory-mb': positive,
    'publish-wait': duration,
    'cache-bytes': positive,
  }),
  scan: some({ 'require-isolation': Type.Boolean(), parallel: Type.Integer({ minimum: 1, maximum: 64 }) }),
  signer: some({ socket: word }),
  webhooks: Type.Array(all({ url: word, secret: secretRef, events: Type.Optional(texts) })),
  upstream: some({ allow: texts, watch: duration, tokens: Type.Record(Type.String(), secretRef) }),
  log: some({ level: words('silent', 'error', 'warn', 'info', 'debug') }),
});

type FileConfig = Static<typeof fileSchema>;
type FilePolicy = Partial<Omit<RegistryPolicy, 'approval'>> & { readonly approval?: Partial<RegistryPolicy['approval']> };

/** What the command line may say; it wins. */
export interface ConfigFlags {
  readonly data?: string;
  readonly host?: string;
  readonly port?: string | number;
  readonly publicUrl?: string;
  readonly config?: string;
}

/** A config before its secrets are fetched. */
export interface LoadedConfig {
  readonly config: Config;
  /** In the order of `config.webhooks`, whose `secret` is still empty. */
  readonly webhookSecrets: readonly unknown[];
  /** Whether the registry's id was set, or only follows from the public URL of today. */
  readonly idGiven: boolean;
}

/**
 * Settles all settings. Throws RegistryError `bad-config` naming the flag, the variable or the line of the file, what was expected and what to do.
 * @param env the process environment: SKILLWARD_CONFIG, _DATA, _HOST, _PORT, _PUBLIC_URL, _SIGNER_SOCKET, _LOG_LEVEL
 */
export function loadConfig(flags: ConfigFlags, env: Readonly<Record<string, string | undefined>>): LoadedConfig {
  const path = flags.config ?? env['SKILLWARD_CONFIG'];
  const file = path === undefined ? {} : readConfig(path);
  const from = (base: string): string => resolve(path === undefined ? '.' : dirname(path), base);
  const given = (flag: string | undefined, name: string): string | undefined => flag ?? (env[name] === '' ? undefined : env[name]);

  const data = given(flags.data, 'SKILLWARD_DATA') ?? (file.data === undefined ? defaultData(env) : from(file.data));
  const host = given(flags.host, 'SKILLWARD_HOST') ?? file.host ?? '127.0.0.1';
  const port = portOf(given(flags.port === undefined ? undefined : String(flags.port), 'SKILLWARD_PORT'), file.port ?? 4873);
  const tls =
    file.tls === undefined ? undefined : { cert: readFileOr(from(file.tls.cert), 'tls.cert'), key: readFileOr(from(file.tls.key), 'tls.key') };
  const stated = given(flags.publicUrl, 'SKILLWARD_PUBLIC_URL') ?? file['public-url'];
  if (stated === undefined && !loopback(host))
    throw bad(
      `the server is to listen on ${host}, so clients need to be told its address: give --public-url https://skills.example (SKILLWARD_PUBLIC_URL, public-url)`,
    );
  const publicUrl = originOf(stated ?? `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`);
  const level = env['SKILLWARD_LOG_LEVEL'] ?? file.log?.level ?? 'info';
  if (!['silent', 'error', 'warn', 'info', 'debug'].includes(level))
    throw bad(`SKILLWARD_LOG_LEVEL=${level}: expected silent, error, warn, info or debug`);
  // The schema allows just these values; its static type says string.
  const policy = (file.policy ?? {}) as Omit<FilePolicy, 'scan' | 'cooldown'> & { scan?: string; cooldown?: string | number };
  const rate = file.limits?.rate ?? {};
  const socket = env['SKILLWARD_SIGNER_SOCKET'] ?? file.signer?.socket;

  const config: Config = {
    data: resolve(data),
    host,
    port,
    publicUrl,
    registryId: file['registry-id'] ?? new URL(publicUrl).host,
    displayName: file.name ?? 'skillward registry',
    tls,
    trustedProxies: networks(file['trusted-proxies'] ?? [], 'trusted-proxies'),
    identity:
      file.identity === undefined
        ? undefined
        : {
            from: networks(file.identity.from, 'identity.from'),
            userHeader: file.identity['user-header'].toLowerCase(),
            nameHeader: file.identity['name-header']?.toLowerCase(),
            domains: (file.identity.domains ?? []).map((one) => one.toLowerCase()),
          },
    anonymousRead: file['anonymous-read'] ?? false,
    policy: {
      scan: scanPolicy(policy.scan ?? 'balanced', from),
      approval: {
        pass: 'auto',
        review: 'review',
        block: 'refuse',
        import: 'review',
        growth: 'review',
        approvers: 1,
        solo: false,
        ...policy.approval,
      },
      cooldown: milliseconds(policy.cooldown ?? 0),
      level: policy.level ?? 'L1',
      rescan: policy.rescan ?? 'flag',
      slugs: policy.slugs ?? 'unique',
    },
    limits: {
      fileBytes: file.limits?.['file-bytes'] ?? 10 * 1024 * 1024,
      totalBytes: file.limits?.['total-bytes'] ?? 50 * 1024 * 1024,
      files: file.limits?.files ?? 2000,
      multipartBytes: file.limits?.['multipart-bytes'] ?? 18 * 1024 * 1024,
      openVersions: file.limits?.['open-versions'] ?? 200,
      rate: {
        readIp: rate['read-ip'] ?? 3000,
        readKey: rate['read-key'] ?? 12_000,
        writeIp: rate['write-ip'] ?? 300,
        writeKey: rate['write-key'] ?? 3000,
        downloadIp: rate['download-ip'] ?? 1200,
        downloadKey: rate['download-key'] ?? 6000,
      },
      lockout: { failures: file.limits?.lockout?.failures ?? 10, forMs: milliseconds(file.limits?.lockout?.for ?? '15m') },
      scanMs: milliseconds(file.limits?.['scan-time'] ?? '120s'),
      scanMb: file.limits?.['scan-memory-mb'] ?? 1024,
      publishWaitMs: milliseconds(file.limits?.['publish-wait'] ?? '8s'),
      cacheBytes: file.limits?.['cache-bytes'] ?? roomForCache(),
    },
    scan: { requireIsolation: file.scan?.['require-isolation'] ?? false, parallel: file.scan?.parallel ?? 1 },
    signer: { socket: socket === undefined ? undefined : from(socket) },
    webhooks: (file.webhooks ?? []).map((hook) => ({ url: webhookUrl(hook.url), secret: '', events: hook.events ?? [] })),
    upstream: {
      allow: (file.upstream?.allow ?? []).map((one) => one.toLowerCase()),
      watchMs: milliseconds(file.upstream?.watch ?? '6h'),
      tokens: file.upstream?.tokens ?? {},
    },
    log: { level: level as Config['log']['level'] },
  };
  return { config: frozen(config), webhookSecrets: (file.webhooks ?? []).map((hook) => hook.secret), idGiven: file['registry-id'] !== undefined };
}

const bad = (says: string, cause?: unknown): RegistryError => new RegistryError('bad-config', `${says}.`, { cause });

/** The file, parsed and checked against the schema; every mistake is named with its line. */
function readConfig(path: string): FileConfig {
  const text = readFileOr(path, '--config');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) throw bad(`${path}: ${error.message}`, error);
  const value: unknown = document.toJS({ maxAliasCount: 0 }) ?? {};
  const [first] = Value.Errors(fileSchema, value);
  if (first === undefined) return value as FileConfig;
  const keys = first.instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const { additionalProperties, allowedValues } = first.params as { additionalProperties?: string[]; allowedValues?: unknown[] };
  const unknown = first.keyword === 'boolean' || additionalProperties !== undefined;
  const says = allowedValues === undefined ? first.message : `must be ${allowedValues.join(' or ')}`;
  const at = additionalProperties === undefined ? keys : [...keys, additionalProperties[0]!];
  const node = (at.length === 0 ? document.contents : document.getIn(at, true)) as { range?: [number, number, number] } | undefined;
  const line = node?.range === undefined ? '' : `:${lines.linePos(node.range[0]).line}`;
  throw bad(`${path}${line}: ${at.join('.') || 'the file'} ${unknown ? 'is not a setting; see docs/registry.md' : says}`);
}

function readFileOr(path: string, what: string): string {
  try {
    if (statSync(path).size > 1024 * 1024) throw bad(`${what} ${path}: larger than 1 MiB`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    throw bad(`${what} ${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`, error);
  }
}

const defaultData = (env: Readonly<Record<string, string | undefined>>): string =>
  join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'skillward', 'registry');

function portOf(given: string | undefined, otherwise: number): number {
  if (given === undefined) return otherwise;
  if (!/^\d{1,5}$/.test(given) || Number(given) > 65535) throw bad(`port ${given}: expected a whole number from 0 to 65535`);
  return Number(given);
}

const loopback = (host: string): boolean => host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');

function originOf(text: string): string {
  if (!URL.canParse(text)) throw bad(`public URL ${text}: expected an address such as https://skills.example`);
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '')
    throw bad(
      `public URL ${text}: expected scheme and host only, such as https://skills.example (clients resolve device login from the root, so a path does not work)`,
    );
  return url.origin;
}

function webhookUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw bad(`webhooks: ${text} is not an http(s) address`);
}

function networks(list: readonly string[], name: string): readonly string[] {
  for (const one of list)
    if (!ipaddr.isValid(one) && !ipaddr.isValidCIDR(one)) throw bad(`${name}: ${one} is neither an address nor a network such as 10.0.0.0/8`);
  return list;
}

function milliseconds(value: string | number): number {
  if (typeof value === 'number') return value * 1000;
  const [, number, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(value)!;
  return Number(number) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 'ms' | 's' | 'm' | 'h' | 'd'];
}

/** A preset by name, or a policy file beside the config file. */
function scanPolicy(value: string, from: (path: string) => string): RegistryPolicy['scan'] {
  if (/^[a-z]+$/.test(value) && !existsSync(from(value))) return value;
  const file = from(value);
  if (/^[a-z]+$/.test(value)) return value;
  const text = readFileOr(file, 'policy.scan');
  // The scanner takes no larger one.
  if (Buffer.byteLength(text) > 64 * 1024) throw bad(`policy.scan ${file}: larger than 64 KiB`);
  return { file, text };
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const one of Object.values(value)) frozen(one);
  }
  return value;
}
