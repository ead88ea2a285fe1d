/**
 * Names of users, namespaces and skills: what may be one, which are kept back, and which look like one that exists.
 *
 * Promises that two names which a hurried reader takes for the same do not both exist unless somebody said so: one spelling (ASCII, lower case), letters that pass for another
 * (0 and o, 1 and l, rn and m), separators, and one slip of the finger. Stops typosquatting inside a registry and users dressed up as its operators.
 */
import { confusables } from '../../scanner/data/unicode.ts';
import { visible } from '../../scanner/report/escape.ts';
import { RegistryError } from '../errors.ts';

/** As ClawHub's clients take owners: ASCII, 1 to 40 characters, letters or digits at both ends. */
const handle = /^[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?$/;

/** Handles that nobody can take: the server itself, words that would stand for authority, and words that would read as something else in an address or on a file system. */
export const reservedHandles: ReadonlySet<string> = new Set([
  // The first admin has the handle `admin`; see bootstrap.ts.
  ...['admin', 'administrator', 'root', 'system', 'server', 'signer', 'registry', 'skillward', 'operator', 'moderator', 'owner', 'staff', 'support'],
  ...['security', 'official', 'verified', 'trusted', 'anonymous', 'nobody', 'everyone', 'anyone', 'all', 'me', 'self', 'user', 'users', 'guest'],
  ...[
    'api',
    'assets',
    'static',
    'login',
    'logout',
    'device',
    'queue',
    'skill',
    'skills',
    'token',
    'tokens',
    'namespace',
    'namespaces',
    'new',
    'search',
  ],
  ...['healthz', 'readyz', 'metrics', 'well-known', 'public', 'internal', 'private', 'latest', 'null', 'undefined', 'true', 'false'],
  ...['con', 'prn', 'aux', 'nul', 'com1', 'com2', 'com3', 'com4', 'lpt1', 'lpt2', 'lpt3', 'lpt4', 'node_modules'],
]);

/** Skill names that nobody can take. Few: a skill may well be called `search`. */
export const reservedSlugs: ReadonlySet<string> = new Set([
  ...['skill', 'skills', 'skillward', 'clawhub', 'latest', 'null', 'undefined', 'index', 'me', 'all'],
  ...['con', 'prn', 'aux', 'nul', 'com1', 'com2', 'com3', 'com4', 'lpt1', 'lpt2', 'lpt3', 'lpt4'],
]);

export const isHandle = (text: string): boolean => handle.test(text);

/** A handle as people write it (`@Ada`) in its one spelling. Throws RegistryError `bad-input`. */
export function needHandle(text: string): string {
  const plain = text.trim().replace(/^@/, '').toLowerCase();
  if (handle.test(plain)) return plain;
  throw new RegistryError(
    'bad-input',
    `"${visible(text).slice(0, 80)}" cannot be a handle: expected 1 to 40 letters a-z, digits, dots, hyphens and underscores, with a letter or digit at both ends.`,
  );
}

/** What a reader sees of a name: lookalikes folded, separators gone. Two names with one skeleton are taken for each other. */
export function skeletonOf(name: string): string {
  let text = '';
  for (const char of name.normalize('NFKC')) text += confusables.get(char) ?? char;
  return text.toLowerCase().replace(/[-_.]/g, '').replaceAll('0', 'o').replaceAll('1', 'l').replaceAll('rn', 'm').replaceAll('vv', 'w');
}

/** Shorter names differ by one letter too often to mean anything. */
const slipLength = 5;

/**
 * The first of the taken names that `name` could be taken for; undefined if none. The same name is not similar, it is taken. Names that differ in a number or in one whole
 * part of one letter (`team-1`, `team-2`, `team-a`) are a series, not a slip.
 */
export function similarName(name: string, taken: Iterable<string>): string | undefined {
  const skeleton = skeletonOf(name);
  for (const other of taken) {
    if (other === name) continue;
    if (Math.abs(other.length - name.length) <= 8 && skeletonOf(other) === skeleton) return other;
    if (isSlip(name, other)) return other;
  }
  return undefined;
}

/** One letter added, dropped or replaced, or two neighbours swapped. Linear. */
function isSlip(a: string, b: string): boolean {
  if (Math.min(a.length, b.length) < slipLength || Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const left = a.slice(start, a.length - end);
  const right = b.slice(start, b.length - end);
  if (left.length === 2 && right.length === 2) return left[0] === right[1] && left[1] === right[0];
  if (left.length > 1 || right.length > 1) return false;
  if (/^\d?$/.test(left) && /^\d?$/.test(right)) return false;
  const edge = (char: string | undefined): boolean => char === undefined || '-_.'.includes(char);
  return !(edge(a[start - 1]) && edge(a[a.length - end]) && left !== '' && right !== '');
}

/** What callers are told of a name that nobody can take, and of one that is taken where they cannot look. */
export const keptBack = (name: string): RegistryError =>
  new RegistryError('name-reserved', `The name "${name}" is kept back by this registry. Choose another one.`);

/**
 * Throws RegistryError `name-reserved` if the name is kept back, or could be taken for one of `taken`.
 * @param reveal whether the caller may be told which one; private names are nobody else's business
 */
export function needOwnName(name: string, reserved: ReadonlySet<string>, taken: Iterable<string>, reveal: boolean): void {
  if (reserved.has(name)) throw keptBack(name);
  const skeleton = skeletonOf(name);
  for (const one of reserved)
    if (skeletonOf(one) === skeleton)
      throw new RegistryError(
        'name-reserved',
        `The name "${name}" could be taken for "${one}", which is kept back by this registry. Choose another one.`,
      );
  const other = similarName(name, taken);
  if (other === undefined) return;
  const which = reveal ? `"${other}", which exists` : 'one that exists';
  throw new RegistryError('name-reserved', `The name "${name}" could be taken for ${which}. Choose one that differs more, or ask an admin.`, {
    ...(reveal ? { detail: { similar: other } } : {}),
  });
}
