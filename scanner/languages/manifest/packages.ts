/**
 * Package specifiers of the common managers, as their own documentation defines them: where the package comes from, which version, and whether that version is one exact
 * thing. Nothing is looked up. A branch, a tag and a range can all become something else tomorrow, so only exact versions, digests and full commits count as pinned.
 */
import { addressOf } from '../../data/hosts.ts';
import { known } from '../../value.ts';
import type { Wanted } from '../data/doc.ts';

const EXACT = /^[=v]{0,2}\d{1,10}(?:\.\d{1,10}){1,3}(?:[-+.][\w.+-]{1,80})?$/;
const COMMIT = /^[0-9a-f]{40}$|^[0-9a-f]{64}$/i;

export const isUrl = (text: string): boolean => /^(?:[a-z][a-z0-9+.-]{0,20}):\/\//i.test(text) || /^git@[\w.-]{1,200}:/.test(text);

/** Hosts that package managers use when nothing is configured. Anything else is a redirection; mirrors too, a person decides. */
const DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  npm: ['registry.npmjs.org', 'registry.yarnpkg.com', 'registry.npmjs.com', 'npm.jsr.io'],
  pip: ['pypi.org', 'pypi.python.org', 'files.pythonhosted.org', 'download.pytorch.org'],
  conda: ['conda.anaconda.org', 'repo.anaconda.com', 'repo.prefix.dev'],
  gem: ['rubygems.org', 'index.rubygems.org'],
  cargo: ['crates.io', 'index.crates.io', 'static.crates.io'],
  go: ['proxy.golang.org', 'sum.golang.org'],
  composer: ['repo.packagist.org', 'packagist.org', 'api.github.com', 'codeload.github.com'],
};

/** True if a URL names the manager's own registry over an encrypted channel. */
export function isDefaultRegistry(manager: string, url: string): boolean {
  const address = addressOf(known(url.trim()));
  return (address.scheme === 'https' || address.scheme === 'sparse+https') && !address.userinfo && (DEFAULTS[manager] ?? []).includes(address.host);
}

/** The commit behind `#` or `@` of a repository address pins it. */
function vcs(manager: string, text: string): Wanted {
  const reference = /[#@]([^#@/:\s]{1,200})$/.exec(text.replace(/#(?:egg|subdirectory)=.{0,200}$/, ''))?.[1];
  const named =
    reference !== undefined && !/^[\w.-]{1,200}\.(?:git|com|org|io|dev|net)$/.test(reference)
      ? reference.replace(/^(?:semver|commit|commit-ish):|^semver=/, '')
      : undefined;
  return { manager, name: text, ...(named === undefined ? {} : { version: named }), pinned: named !== undefined && COMMIT.test(named), from: 'vcs' };
}

/** `version` as package.json spells it for `name`. */
export function npmDependency(name: string, version: string): Wanted {
  const spec = version.trim();
  if (spec.startsWith('npm:')) {
    const alias = npmSpec(spec.slice(4));
    return { ...alias, name: alias.name };
  }
  if (/^(?:git(?:\+[a-z]{1,8})?:\/\/|git@|(?:github|gitlab|bitbucket|gist):|git\+)/.test(spec) || /^[\w.-]{1,100}\/[\w.-]{1,100}(?:#|$)/.test(spec))
    return { ...vcs('npm', spec), name: `${name}@${spec}` };
  if (/^https?:\/\//.test(spec))
    return /\.git(?:#|$)/.test(spec)
      ? { ...vcs('npm', spec), name: `${name}@${spec}` }
      : { manager: 'npm', name: `${name}@${spec}`, pinned: false, from: 'url' };
  if (/^(?:file|link|portal|workspace|catalog|patch):|^\.{0,2}\/|^~\//.test(spec))
    return { manager: 'npm', name, version: spec, pinned: true, from: 'file' };
  return { manager: 'npm', name, version: spec, pinned: EXACT.test(spec), from: 'registry' };
}

/** `@scope/name@1.2.3`, a URL, a repository or a folder, as `npm install` and `npx` take it. */
export function npmSpec(spec: string, manager = 'npm'): Wanted {
  if (isUrl(spec) || /^(?:github|gitlab|bitbucket|gist):/.test(spec))
    return /^https?:/.test(spec) && !/\.git(?:#|$)/.test(spec) ? { manager, name: spec, pinned: false, from: 'url' } : vcs(manager, spec);
  if (/^(?:\.{1,2}\/|\/|~\/|file:)/.test(spec)) return { manager, name: spec, pinned: true, from: 'file' };
  if (/^[\w.-]{1,100}\/[\w.-]{1,100}(?:#.{0,200})?$/.test(spec)) return vcs(manager, spec);
  const at = spec.indexOf('@', 1);
  const version = at < 0 ? undefined : spec.slice(at + 1);
  return {
    manager,
    name: at < 0 ? spec : spec.slice(0, at),
    ...(version === undefined ? {} : { version }),
    pinned: version !== undefined && EXACT.test(version),
    from: 'registry',
  };
}

/** PEP 508: `name[extra]>=1,<2; marker`, `name @ url`, or a bare URL, repository or folder. */
export function pipSpec(text: string, manager = 'pip'): Wanted | undefined {
  const spec = text.split(/\s;|;\s|\s#/, 1)[0]!.trim();
  if (spec === '') return undefined;
  const direct = /^([\w.-]{1,200})(?:\[[^\]]{0,200}\])?\s{0,4}@\s{0,4}(\S{1,2000})/.exec(spec);
  const target = direct?.[2] ?? spec;
  if (/^(?:git|hg|svn|bzr)\+/.test(target) || /^git@/.test(target)) return vcs(manager, target);
  if (/^file:|^\.{0,2}\/|^\.{1,2}$|^[A-Za-z]:\\/.test(target)) return { manager, name: target, pinned: true, from: 'file' };
  if (isUrl(target)) return { manager, name: target, pinned: /#sha(?:256|384|512)=/.test(target), from: 'url' };
  const named = /^([A-Za-z0-9][\w.-]{0,200})(?:\[[^\]]{0,200}\])?\s{0,4}(.{0,300})$/.exec(spec);
  if (named === null) return undefined;
  const version = named[2]!.trim().replace(/^\((.{0,300})\)$/, '$1');
  return {
    manager,
    name: named[1]!,
    ...(version === '' ? {} : { version }),
    pinned: /^={2,3}\s{0,4}[^*,\s]{1,100}$/.test(version),
    from: 'registry',
  };
}

/** `image:tag@sha256:…`. */
export function imageSpec(text: string, manager = 'docker'): Wanted {
  const digest = /@sha256:[0-9a-f]{64}$/.test(text);
  const bare = text.replace(/@sha256:[0-9a-f]{1,64}$/, '');
  const slash = bare.lastIndexOf('/');
  const colon = bare.indexOf(':', slash + 1);
  const name = colon < 0 ? bare : bare.slice(0, colon);
  const registry = slash > 0 && /[.:]/.test(bare.split('/', 1)[0]!) ? bare.split('/', 1)[0]! : undefined;
  return {
    manager,
    name,
    ...(colon < 0 ? {} : { version: bare.slice(colon + 1) }),
    pinned: digest,
    from: 'registry',
    ...(registry === undefined ? {} : { registry }),
  };
}

/** Flags of runners that take a value. */
const TAKES_VALUE = new Set([
  '-p',
  '--package',
  '--with',
  '--from',
  '--python',
  '--registry',
  '--index-url',
  '--index',
  '-e',
  '--env',
  '-v',
  '--volume',
  '--name',
  '--network',
  '-u',
  '--user',
  '-w',
  '--workdir',
  '--mount',
  '--entrypoint',
  '--env-file',
  '-c',
  '--call',
  '--userconfig',
]);

/** The package a runner command (`npx -y x@1`, `uvx --from y z`, `docker run img`) fetches; undefined for programs that fetch nothing. */
export function runnerPackage(program: string, args: readonly string[]): Wanted | undefined {
  const head = program.slice(program.lastIndexOf('/') + 1).replace(/\.(?:cmd|exe|ps1)$/i, '');
  if (head === 'cmd' || head === 'sudo' || head === 'env') {
    const rest = args.findIndex((arg) => /^(?:npx|uvx|bunx|pnpm|pipx|uv|docker|podman|yarn|deno|bun)(?:\.cmd|\.exe)?$/.test(arg));
    return rest < 0 ? undefined : runnerPackage(args[rest]!, args.slice(rest + 1));
  }
  let words = [...args];
  const node = head === 'npx' || head === 'bunx';
  const python = head === 'uvx' || head === 'pipx' || head === 'uv';
  const image = head === 'docker' || head === 'podman';
  if (head === 'pnpm' || head === 'yarn' || head === 'npm' || head === 'bun') {
    if (!/^(?:dlx|exec|x)$/.test(words[0] ?? '')) return undefined;
    words = words.slice(1);
  } else if (head === 'pipx' || image) {
    if (words[0] !== 'run') return undefined;
    words = words.slice(1);
  } else if (head === 'uv') {
    if (words[0] === 'tool' && words[1] === 'run') words = words.slice(2);
    else return undefined;
  } else if (head === 'deno') {
    const url = words.find((word) => isUrl(word) || /^(?:npm|jsr):/.test(word));
    return url === undefined ? undefined : { manager: 'mcp', name: url, pinned: false, from: isUrl(url) ? 'url' : 'registry', runs: true };
  } else if (!node && !python) return undefined;
  let named: string | undefined;
  let registry: string | undefined;
  for (let index = 0; index < words.length && index < 200; index++) {
    const word = words[index]!;
    const [flag, inline] =
      word.startsWith('--') && word.includes('=') ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] : [word, undefined];
    if (!word.startsWith('-')) {
      named ??= word;
      break;
    }
    if (!TAKES_VALUE.has(flag)) continue;
    const value = inline ?? words[++index];
    if (/^(?:-p|--package|--from)$/.test(flag) && !image) named ??= value;
    if (/^--(?:registry|index-url|index)$/.test(flag)) registry = value;
  }
  if (named === undefined) return undefined;
  const wanted = image
    ? imageSpec(named, 'mcp')
    : python
      ? (pipSpec(named.replace(/@(?=[\d.]{1,20}$)/, '=='), 'mcp') ?? npmSpec(named, 'mcp'))
      : npmSpec(named, 'mcp');
  return { ...wanted, runs: true, ...(registry === undefined ? {} : { registry }) };
}
