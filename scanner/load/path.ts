/**
 * The one judge of paths. Every name from every source passes here before anybody believes it.
 *
 * It promises a relative, `/`-separated, NFC path without `.`, `..`, control characters or drive letters, and says what was wrong with the original. It refuses
 * nothing: a hostile name gets a safe one, so that its content is still read. Stops zip-slip and tar-slip, Windows separators and device names, alternate data
 * streams, invisible characters in names, and names long or deep enough to break tools. Collisions between names are judged in names.ts.
 */
import { createHash } from 'node:crypto';
import type { Limits } from '../limits.ts';
import type { Problem } from '../model.ts';
import { quote } from './errors.ts';

export interface JudgedPath {
  readonly path: string;
  readonly problems: readonly { readonly code: Problem['code']; readonly says: string }[];
}

/** Names that Windows opens as devices, with any extension. */
const reserved = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\.|$)/i;
/** Bidirectional controls and characters without width that make one name look like another. ZWJ and variation selectors belong to emoji and stay. */
const invisible = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/u;
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

const loneSurrogate = /\p{Surrogate}/u;
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 10);

/** Makes a safe path of any name, and says what was wrong with it. */
export function judgePath(raw: string, limits: Limits): JudgedPath {
  const problems: { code: Problem['code']; says: string }[] = [];
  const unsafe = (says: string): void => void problems.push({ code: 'path-unsafe', says: `${quote(raw)} ${says}` });

  let text = raw;
  if (control.test(text)) {
    unsafe('has control characters in its name');
    text = text.replace(controls, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
  }
  if (text.includes('\ufffd') || loneSurrogate.test(text)) {
    unsafe('is not valid Unicode');
    text = wellFormed(text);
  }
  if (invisible.test(text)) unsafe('has invisible or direction-changing characters in its name');
  if (text.includes('\\')) {
    unsafe('uses backslashes, which are separators on some systems and part of the name on others');
    text = text.replaceAll('\\', '/');
  }
  let escapes = '';
  if (/^[A-Za-z]:/.test(text)) {
    escapes = 'starts with a drive letter';
    text = text.slice(2);
  }
  if (text.startsWith('/')) escapes ||= 'is an absolute path';
  if (text.startsWith('~')) {
    const first = text.indexOf('/');
    if (first === 1) unsafe('starts with ~, which shells expand to the home folder');
  }

  const segments: string[] = [];
  for (const segment of text.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') {
      if (segments.length === 0) escapes ||= 'leads out of the package';
      else unsafe('has .. in it');
      segments.pop();
      continue;
    }
    segments.push(segment);
  }
  if (escapes !== '') problems.push({ code: 'path-escape', says: `${quote(raw)} ${escapes}` });
  if (segments.some((segment) => reserved.test(segment))) unsafe('is a device name on Windows');
  if (segments.some((segment) => /[. ]$/.test(segment))) unsafe('ends in a dot or space, which Windows drops');
  if (segments.some((segment) => segment.includes(':'))) unsafe('has a colon, which names a hidden stream on Windows');

  let path = segments.join('/').normalize('NFC');
  if (path === '') {
    unsafe('names no file');
    path = `unnamed-${shortHash(raw)}`;
  }
  if (segments.length > limits.pathDepth) {
    problems.push({ code: 'too-deep', says: `${quote(raw)} lies ${segments.length} folders deep; the limit is ${limits.pathDepth}` });
    path = `deep-${shortHash(raw)}/${path.split('/').slice(-3).join('/')}`;
  }
  if (path.length > limits.pathLength) {
    problems.push({ code: 'too-deep', says: `${quote(raw)} is ${path.length} characters long; the limit is ${limits.pathLength}` });
    path = `long-${shortHash(raw)}/${wellFormed(baseName(path).slice(-100))}`;
  }
  return { path, problems };
}

/** Code-unit order: the same everywhere, whatever the locale. */
export const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Lower-case extension with dot; empty for none and for dot files. */
export function extensionOf(path: string): string {
  const name = baseName(path).toLowerCase();
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot) : '';
}

/** A file of a git object store: compressed history, not content that anything reads in place. */
export function isGitObject(path: string): boolean {
  const inner = path.indexOf('/.git/');
  if (inner < 0 && !path.startsWith('.git/')) return false;
  const at = path.startsWith('.git/') ? 5 : inner + 6;
  return path.startsWith('objects/', at) || (path.startsWith('modules/', at) && path.includes('/objects/', at));
}
