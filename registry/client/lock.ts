/**
 * `skills.lock.json`: which skills are installed, by which bytes, released by whom. Meant to be committed, reviewed, and obeyed by `skill install --frozen`.
 *
 *   {"lockVersion": 1,
 *    "policyDigest": "sha256:…" | null,                     policy of the newest release in it
 *    "registry": {"id", "keys": ["<keyid>"…], "logKey": null, "tufRoot": null, "url"},
 *    "skills": {"@owner/slug": {"approvedBy": ["handle"…], "archive": "sha256-<base64>", "bundle": "sha256:<hex>", "fingerprint", "installedAs": ["<folder>"…], "logIndex": null,
 *                               "publisher": {"handle", "keyid": "<hex>" | null, "level"}, "tree": "sha256:<hex>", "version"}}}
 *
 * One lock has one text: keys in code-unit order, two spaces, a final line end. So a diff shows what changed and nothing else. `installedAs` are paths from the lock's base folder.
 *
 * A lock comes with a repository and may be hostile. It can therefore only narrow what is accepted: it chooses no server, no token and no trusted key beyond those pinned, and no
 * folder outside of its base. Text that has fields we do not know, that reads in two ways (repeated keys), or that leads elsewhere is refused.
 */
import { ClientError, quote } from './errors.ts';
import { readSmall, writeWhole } from './files.ts';
import { baseOf } from './http.ts';
import { isOwner, isVersion, parseName } from './names.ts';

export interface LockedSkill {
  readonly version: string;
  /** As in Subresource Integrity: `sha256-<base64>` of the canonical archive. */
  readonly archive: string;
  /** OpenClaw tree digest of the installed folder. */
  readonly tree: string;
  /** Bundle fingerprint of `clawhub`. */
  readonly fingerprint: string;
  /** `sha256:<hex>` of the attestations document. */
  readonly bundle: string;
  readonly logIndex: number | null;
  readonly publisher: { readonly level: 'L1' | 'L2' | 'L3'; readonly handle: string; readonly keyid: string | null };
  readonly approvedBy: readonly string[];
  readonly installedAs: readonly string[];
}

export interface Lock {
  readonly lockVersion: 1;
  readonly registry: {
    readonly id: string;
    readonly url: string;
    readonly tufRoot: string | null;
    readonly logKey: string | null;
    /** Ids of the release keys whose signatures are accepted. */
    readonly keys: readonly string[];
  };
  readonly policyDigest: string | null;
  readonly skills: Readonly<Record<string, LockedSkill>>;
}

const MOST = 8 * 1024 * 1024;
const SKILLS = 20_000;
export const LOCK_NAME = 'skills.lock.json';

/** The one text of a lock. */
export const lockText = (lock: Lock): string => `${JSON.stringify(sorted(lock), null, 2)}\n`;

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** @throws ClientError file; undefined if there is none */
export async function readLock(path: string): Promise<Lock | undefined> {
  const file = await readSmall(path, MOST, false);
  return file === undefined ? undefined : parseLock(file.text, path);
}

export const writeLock = (path: string, lock: Lock): Promise<void> => writeWhole(path, lockText(lock));

/** @throws ClientError file */
export function parseLock(text: string, path = LOCK_NAME): Lock {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ClientError(
      'file',
      `${path} is not JSON${/^<{7} /m.test(text) ? ': it has unresolved merge conflicts' : ''}. Restore it from version control.`,
      { cause },
    );
  }
  const lock = readLockValue(value, path);
  // JSON may say a key twice, and a reader of the diff would see the first where we took the last.
  if (lockText(lock) !== text.replaceAll('\r\n', '\n'))
    throw new ClientError(
      'file',
      `${path} is not in the form that skill writes: keys are repeated, unsorted or spaced otherwise. Restore it from version control.`,
    );
  return lock;
}

type Fields = Readonly<Record<string, unknown>>;

function readLockValue(value: unknown, path: string): Lock {
  const fail = (at: string, wanted: string): never => {
    throw new ClientError('file', `${path}: ${at} is not ${wanted}. Restore the file from version control.`);
  };
  const object = (found: unknown, at: string, keys: readonly string[] | undefined): Fields => {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return fail(at, 'an object');
    if (keys !== undefined) {
      const unknown = Object.keys(found).find((key) => !keys.includes(key));
      if (unknown !== undefined) return fail(`${at} has ${quote(unknown)}, which this version of skill does not know and which`, 'safe to ignore');
      const missing = keys.find((key) => !Object.hasOwn(found, key));
      if (missing !== undefined) return fail(`${at}.${missing}`, 'there');
    }
    return found as Fields;
  };
  const text = (found: unknown, at: string, form: RegExp, wanted: string): string =>
    typeof found === 'string' && form.test(found) ? found : fail(at, wanted);
  const orNull = <T>(found: unknown, read: (found: unknown) => T): T | null => (found === null ? null : read(found));
  const texts = (found: unknown, at: string, most: number, one: (item: unknown, at: string) => string): string[] => {
    if (!Array.isArray(found) || found.length > most) return fail(at, `a list of at most ${most}`);
    const all = found.map((item, index) => one(item, `${at}[${index}]`));
    return all.every((item, index) => index === 0 || all[index - 1]! < item) ? all : fail(at, 'sorted and without repetition');
  };
  const hex64 = /^[0-9a-f]{64}$/;
  const digest = /^sha256:[0-9a-f]{64}$/;

  if ((value as Fields | null)?.['lockVersion'] !== 1)
    throw new ClientError(
      'file',
      `${path} is not a lock of version 1${typeof (value as Fields | null)?.['lockVersion'] === 'number' ? '; a newer skill wrote it' : ''}.`,
    );
  const top = object(value, 'the lock', ['lockVersion', 'registry', 'policyDigest', 'skills']);
  const registry = object(top['registry'], 'registry', ['id', 'url', 'tufRoot', 'logKey', 'keys']);
  const skills = object(top['skills'], 'skills', undefined);
  if (Object.keys(skills).length > SKILLS) fail('skills', `a list of at most ${SKILLS}`);
  const url = text(registry['url'], 'registry.url', /^https?:\/\/[\x21-\x7e]{1,2000}$/, 'an address');
  if (baseOf(url) !== url) fail('registry.url', 'an address in its one spelling');

  return {
    lockVersion: 1,
    registry: {
      id: text(registry['id'], 'registry.id', /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/, 'the id of a registry'),
      url,
      tufRoot: orNull(registry['tufRoot'], (found) => text(found, 'registry.tufRoot', digest, 'sha256:<hex> or null')),
      logKey: orNull(registry['logKey'], (found) => text(found, 'registry.logKey', /^[\x21-\x7e]{1,400}$/, 'a verifier key or null')),
      keys: texts(registry['keys'], 'registry.keys', 100, (item, at) => text(item, at, hex64, 'the id of a key: 64 hex digits')),
    },
    policyDigest: orNull(top['policyDigest'], (found) => text(found, 'policyDigest', digest, 'sha256:<hex> or null')),
    skills: Object.fromEntries(
      Object.entries(skills).map(([name, found]): [string, LockedSkill] => {
        const parsed = parseName(name);
        if (parsed === undefined) return fail(`skills: ${quote(name)}`, 'of the form @owner/slug');
        const at = `skills[${quote(name)}]`;
        const row = object(found, at, ['version', 'archive', 'tree', 'fingerprint', 'bundle', 'logIndex', 'publisher', 'approvedBy', 'installedAs']);
        const publisher = object(row['publisher'], `${at}.publisher`, ['level', 'handle', 'keyid']);
        const handle = (item: unknown, where: string): string => (typeof item === 'string' && isOwner(item) ? item : fail(where, 'a handle'));
        return [
          name,
          {
            version: typeof row['version'] === 'string' && isVersion(row['version']) ? row['version'] : fail(`${at}.version`, 'a version'),
            archive: text(row['archive'], `${at}.archive`, /^sha256-[A-Za-z0-9+/]{43}=$/, 'sha256-<base64>'),
            tree: text(row['tree'], `${at}.tree`, digest, 'sha256:<hex>'),
            fingerprint: text(row['fingerprint'], `${at}.fingerprint`, hex64, '64 hex digits'),
            bundle: text(row['bundle'], `${at}.bundle`, digest, 'sha256:<hex>'),
            logIndex: orNull(row['logIndex'], (item) => (Number.isSafeInteger(item) ? (item as number) : fail(`${at}.logIndex`, 'a number or null'))),
            publisher: {
              level: text(publisher['level'], `${at}.publisher.level`, /^L[123]$/, 'L1, L2 or L3') as 'L1' | 'L2' | 'L3',
              handle: handle(publisher['handle'], `${at}.publisher.handle`),
              keyid: orNull(publisher['keyid'], (item) => text(item, `${at}.publisher.keyid`, hex64, 'the id of a key or null')),
            },
            approvedBy: texts(row['approvedBy'], `${at}.approvedBy`, 100, handle),
            installedAs: texts(row['installedAs'], `${at}.installedAs`, 40, (item, where) =>
              typeof item === 'string' && isPlace(item, parsed.slug)
                ? item
                : fail(where, `a relative folder inside the lock's own that ends in ${parsed.slug}`),
            ),
          },
        ];
      }),
    ),
  };
}

/** A folder inside the base: no way out, no version control's own folder, no name that some system reads otherwise; ends in the skill's own name. */
export function isPlace(path: string, slug: string): boolean {
  const segments = path.split('/');
  return (
    path.length <= 1000 &&
    segments.at(-1) === slug &&
    segments.every((segment) => /^[A-Za-z0-9._-][A-Za-z0-9._ -]{0,99}$/.test(segment) && !/^\.+$|[. ]$|^\.git$/i.test(segment))
  );
}

/** `sha256-<base64>` of a hex digest. */
export const integrity = (hex: string): string => `sha256-${Buffer.from(hex, 'hex').toString('base64')}`;
/** Hex of `sha256-<base64>`. */
export const hexOf = (sri: string): string => Buffer.from(sri.slice('sha256-'.length), 'base64').toString('hex');
