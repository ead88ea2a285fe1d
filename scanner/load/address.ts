/**
 * What people paste, understood: paths, archives, `-`, git addresses, pages of code forges, pages and names of a skill registry. Pure: it looks at the text only, never
 * at disk or network. It refuses addresses with passwords in them (they would end up in reports), plain http, and anything that a command could take for an option.
 */
import { LoadError, quote } from './errors.ts';

export type Target =
  /** A folder, file or archive; what it is shows when it is read. */
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'stdin' }
  | {
      readonly kind: 'git';
      readonly url: string;
      readonly ref?: string;
      readonly path?: string;
      /** The ref may contain slashes: then it takes segments from the start of `path`. True for addresses of web pages. */
      readonly loose?: boolean;
    }
  /** A local repository read at a commit, without its work tree. */
  | { readonly kind: 'repository'; readonly folder: string; readonly ref?: string; readonly path?: string }
  | { readonly kind: 'registry'; readonly base?: string; readonly owner?: string; readonly slug: string; readonly version?: string };

const slugShape = /^[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?$/i;
const ownerShape = /^[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?$/i;
const versionShape = /^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$/;

/** Whether a word could be the slug of a skill in a registry. */
export const isSlug = (text: string): boolean => slugShape.test(text);

const forges: ReadonlySet<string> = new Set([
  'github.com',
  'www.github.com',
  'gitlab.com',
  'bitbucket.org',
  'codeberg.org',
  'gitea.com',
  'git.sr.ht',
]);
const registries: Readonly<Record<string, string>> = {
  'clawhub.ai': 'https://clawhub.ai',
  'www.clawhub.ai': 'https://clawhub.ai',
  'clawhub.com': 'https://clawhub.ai',
  'www.clawhub.com': 'https://clawhub.ai',
};

const bad = (text: string, says: string): LoadError => new LoadError('bad-address', `${quote(text)} ${says}`);

/** Understands one address. Throws a LoadError with code `bad-address` or `empty`. */
export function parseTarget(text: string): Target {
  const given = text.trim();
  if (given === '') throw new LoadError('empty', 'Nothing was given. Give a skill folder, an archive, a git address or @owner/slug.');
  if (/[\0\r\n]/.test(given)) throw bad(given, 'has line breaks or NUL characters in it. Give one address.');
  if (given === '-') return { kind: 'stdin' };
  if (/^git\+/i.test(given)) return gitUrl(given, given.slice(4));
  if (/^https?:\/\//i.test(given)) return webPage(given);
  if (/^(?:ssh|git|file):\/\//i.test(given)) return gitUrl(given, given);
  const scp = /^([A-Za-z0-9_][A-Za-z0-9_.-]{0,63})@([A-Za-z0-9][A-Za-z0-9.-]{0,252}):([^#]{1,1000})(#.{0,1300})?$/.exec(given);
  if (scp !== null && !scp[3]!.startsWith('-')) return withFragment(given, `${scp[1]}@${scp[2]}:${scp[3]}`, scp[4]?.slice(1));
  if (given.startsWith('@')) return registryName(given, given.slice(1));
  if (/^clawhub:/i.test(given)) return registryName(given, given.slice(given.indexOf(':') + 1).replace(/^\/{0,2}@?/, ''));
  const hash = given.indexOf('#');
  if (hash > 0) {
    const target = withFragment(given, given.slice(0, hash), given.slice(hash + 1));
    if (target.kind === 'git')
      return { kind: 'repository', folder: target.url, ...(target.ref ? { ref: target.ref } : {}), ...(target.path ? { path: target.path } : {}) };
  }
  return { kind: 'path', path: given };
}

/** `owner/slug@version` or `slug@version`. */
function registryName(given: string, name: string): Target {
  const at = name.indexOf('@');
  const version = at < 0 ? undefined : name.slice(at + 1);
  const parts = (at < 0 ? name : name.slice(0, at)).split('/');
  const [owner, slug] = parts.length === 1 ? [undefined, parts[0]] : parts;
  const fits =
    parts.length <= 2 &&
    slug !== undefined &&
    slugShape.test(slug) &&
    (owner === undefined || ownerShape.test(owner)) &&
    (version === undefined || versionShape.test(version));
  if (!fits) throw bad(given, 'is not a registry name. Write @owner/slug or @owner/slug@1.2.0.');
  return {
    kind: 'registry',
    slug: slug.toLowerCase(),
    ...(owner === undefined ? {} : { owner: owner.toLowerCase() }),
    ...(version === undefined || version === 'latest' ? {} : { version }),
  };
}

function parseUrl(given: string, text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw bad(given, 'is not a valid address.');
  }
  if (url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:')) {
    throw new LoadError(
      'bad-address',
      'The address has a user name or password in it, which would end up in reports. Clone it yourself and give the folder.',
    );
  }
  return url;
}

/** A git address with its scheme; `#ref:path` or `@ref` say what to read. */
function gitUrl(given: string, text: string): Target {
  const url = parseUrl(given, text);
  if (!['https:', 'ssh:', 'file:'].includes(url.protocol))
    throw bad(given, 'uses a protocol that proves nothing about the server. Use https or ssh.');
  if (url.protocol === 'file:' && url.host !== '') throw bad(given, 'names a host in a file address. Write file:///path.');
  if (url.hostname.startsWith('-') || url.username.startsWith('-')) throw bad(given, 'has a host that starts with a dash.');
  const fragment = url.hash.slice(1);
  url.hash = '';
  url.search = '';
  const tag = /^(.{1,1000}\.git)@([^/@]{1,255})$/.exec(url.pathname);
  if (tag !== null) {
    url.pathname = tag[1]!;
    return withFragment(given, url.href, tag[2]!);
  }
  return withFragment(given, url.href, fragment === '' ? undefined : decode(given, fragment));
}

/** `ref:sub/path`, `ref`, or `:sub/path`. */
function withFragment(given: string, url: string, fragment: string | undefined): Extract<Target, { kind: 'git' }> {
  if (fragment === undefined || fragment === '') return { kind: 'git', url };
  const colon = fragment.indexOf(':');
  const ref = colon < 0 ? fragment : fragment.slice(0, colon);
  const path = colon < 0 ? '' : fragment.slice(colon + 1);
  return { kind: 'git', url, ...(ref === '' ? {} : { ref: safeRef(given, ref) }), ...subPath(given, path) };
}

/** Refs as git allows them (git check-ref-format), and no more. */
export function safeRef(given: string, ref: string): string {
  if (ref.length > 255 || /^[-/.]|[\s~^:?*[\\\u0000-\u001f\u007f]|\.\.|@\{|\/\/|[/.]$|\.lock$/.test(ref))
    throw bad(given, `asks for ${quote(ref)}, which is not a branch, tag or commit.`);
  return ref;
}

function subPath(given: string, path: string): { path?: string } {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..') || /[\0\\]/.test(path)) throw bad(given, 'has a path that leads out of the repository.');
  if (/^skill\.md$/i.test(segments.at(-1) ?? '')) segments.pop();
  return segments.length === 0 ? {} : { path: segments.join('/') };
}

function decode(given: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw bad(given, 'has broken percent signs in it.');
  }
}

/** An https address: a registry page, a page of a code forge, or a repository. */
function webPage(given: string): Target {
  const url = parseUrl(given, given);
  const host = url.hostname.toLowerCase();
  const segments = url.pathname
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => decode(given, segment));
  const base = registries[host];
  if (base !== undefined) return registryPage(given, base, segments);
  if (url.protocol !== 'https:') throw bad(given, 'is not encrypted, so anybody on the way could change it. Use https.');
  if (host === 'raw.githubusercontent.com' && segments.length >= 4) {
    const [owner, repository, ref, ...rest] = segments;
    const from = ref === 'refs' && rest.length > 1 ? rest.splice(0, 2)[1]! : ref!;
    return forgePage(given, `https://github.com/${owner}/${repository}.git`, from, rest);
  }
  if (!forges.has(host)) {
    if (/\.git\/?$/.test(url.pathname) || url.hash !== '') return gitUrl(given, given);
    throw bad(given, 'is not a repository, forge or registry we know. For git write git+https://…; otherwise download it and give the file.');
  }
  if (segments.length < 2) throw bad(given, 'names no repository. Write https://host/owner/repository.');
  const dash = segments.indexOf('-');
  const marker = segments.findIndex((segment, index) => index >= 2 && /^(?:tree|blob|raw|src|edit|blame)$/.test(segment));
  const end = dash >= 2 && marker === dash + 1 ? dash : marker >= 2 ? marker : segments.length;
  const name = host === 'gitlab.com' ? segments.slice(0, end) : segments.slice(0, 2);
  if (name.some((segment) => /^-|[\\\s]|^\.{1,2}$/.test(segment))) throw bad(given, 'does not name a repository.');
  const path = name
    .map(encodeURIComponent)
    .join('/')
    .replace(/\.git$/, '');
  const repository = `https://${host.replace(/^www\./, '')}/${path.replace(/^%7E/, '~')}${host === 'git.sr.ht' ? '' : '.git'}`;
  const rest = marker >= 2 ? segments.slice(marker + 1) : [];
  // Gitea and Codeberg say which kind of ref it is.
  if (rest.length > 1 && /^(?:branch|tag|commit)$/.test(rest[0]!) && segments[marker] === 'src') rest.shift();
  const [ref, ...inside] = rest;
  if (ref === undefined) return withFragment(given, repository, url.hash === '' ? undefined : decode(given, url.hash.slice(1)));
  return forgePage(given, repository, ref, inside);
}

function forgePage(given: string, url: string, ref: string, inside: readonly string[]): Target {
  return { kind: 'git', url, ref: safeRef(given, ref), ...subPath(given, inside.join('/')), loose: true };
}

function registryPage(given: string, base: string, segments: readonly string[]): Target {
  const [first, ...rest] = segments[0] === 'skills' || segments[0] === 'skill' ? segments.slice(1) : segments;
  const words = first === undefined ? [] : [first, ...rest];
  if (words.length === 0 || words.length > 2) throw bad(given, 'names no skill. Write https://clawhub.ai/owner/slug or @owner/slug.');
  const target = registryName(given, words.join('/').replace(/^@/, ''));
  return { ...target, base } as Target;
}
