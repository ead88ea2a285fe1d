/**
 * The other package managers: RubyGems, Go, Cargo, Composer, Homebrew bundles, Nix, Deno. Each row says where a dependency comes from; code that runs while installing is a hook.
 */
import { known } from '../../value.ts';
import { type ReadContext, shifted } from '../contract.ts';
import { command, type Doc, declare, entriesAt, hook, install, judgeSettings, state } from '../data/doc.ts';
import { find, type Node, textAt, textOfNode, textsOf } from '../data/tree.ts';
import { registry } from './npm.ts';
import { imageSpec, isDefaultRegistry, isUrl } from './packages.ts';

/** Cargo.toml: dependency tables, build script. `hasBuild` says whether the default `build.rs` is shipped. */
export function readCargo(doc: Doc, hasBuild: boolean): void {
  const { root } = doc.tree;
  const tables = [
    ['dependencies'],
    ['dev-dependencies'],
    ['build-dependencies'],
    ['workspace', 'dependencies'],
    ['target', '*', 'dependencies'],
    ['patch', '*'],
  ].flatMap((path) => find(root, ...path));
  for (const { key, value } of entriesAt(tables)) {
    const git = textAt(value, 'git');
    const rev = textAt(value, 'rev');
    const version = textOfNode(value) ?? textAt(value, 'version');
    const index = textAt(value, 'registry-index');
    if (git !== undefined)
      install(doc, value, {
        manager: 'cargo',
        name: git,
        ...(rev === undefined ? {} : { version: rev }),
        pinned: rev !== undefined && /^[0-9a-f]{40}$/.test(rev),
        from: 'vcs',
      });
    else if (textAt(value, 'path') !== undefined) install(doc, value, { manager: 'cargo', name: key, pinned: true, from: 'file' });
    else
      install(doc, value, {
        manager: 'cargo',
        name: textAt(value, 'package') ?? key,
        ...(version === undefined ? {} : { version }),
        pinned: version?.startsWith('=') ?? false,
        from: 'registry',
        ...(index === undefined ? {} : { registry: index }),
      });
  }
  const build = find(root, 'package', 'build').at(-1);
  if (build?.kind === 'text') state(doc, build, 'cargo', 'package.build', build.text, 'preload-code');
  else if (hasBuild && textOfNode(build) !== 'false') state(doc, root ?? { start: 0, end: 0 }, 'cargo', 'package.build', 'build.rs', 'preload-code');
  for (const key of ['name', 'version', 'description'] as const) declare(doc, find(root, 'package', key).at(-1), key);
}

export function readCargoConfig(doc: Doc): void {
  judgeSettings(doc, 'cargo', doc.tree.root);
}

/** composer.json: scripts run on install and update. */
export function readComposer(doc: Doc): void {
  const { root } = doc.tree;
  for (const { key, value } of entriesAt(find(root, 'scripts'))) {
    for (const text of textsOf(value)) {
      if (
        /^(?:pre|post)-(?:install|update|autoload|root-package|create-project|package|dependencies|command|file-download|operations|pool)/.test(key)
      )
        hook(doc, text, `composer ${key}`);
      else command(doc, text, `composer run ${key}`, 'callable');
    }
  }
  for (const { key, value } of entriesAt([...find(root, 'require'), ...find(root, 'require-dev')])) {
    const version = textOfNode(value);
    if (key !== 'php' && !key.startsWith('ext-'))
      install(doc, value, {
        manager: 'composer',
        name: key,
        ...(version === undefined ? {} : { version }),
        pinned: /^v?\d{1,6}(?:\.\d{1,6}){2}/.test(version ?? ''),
        from: 'registry',
      });
  }
  for (const item of find(root, 'repositories', '*')) {
    const url = find(item, 'url').at(-1);
    const text = textOfNode(url);
    if (url !== undefined && text !== undefined && isUrl(text)) registry(doc, url, 'composer', 'repositories.url', text);
  }
  for (const node of find(root, 'config', 'secure-http'))
    if (textOfNode(node) === 'false') state(doc, node, 'composer', 'config.secure-http', 'false', 'disable-tls');
}

/** deno.json: tasks and imports. */
export function readDeno(doc: Doc): void {
  for (const { key, value } of entriesAt(find(doc.tree.root, 'tasks'))) {
    for (const text of [...textsOf(value), ...textsOf(find(value, 'command').at(-1))]) command(doc, text, `deno task ${key}`, 'callable');
  }
  for (const { value } of entriesAt(find(doc.tree.root, 'imports'))) {
    const text = textOfNode(value) ?? '';
    if (isUrl(text)) install(doc, value, { manager: 'deno', name: text, pinned: false, from: 'url' });
  }
}

/** Helm charts, Kubernetes manifests: images and privileges come from the compose reader's table; here only images. */
export function image(doc: Doc, node: Node, text: string): void {
  install(doc, node, { ...imageSpec(text), runs: true });
}

interface LineRow {
  readonly match: RegExp;
  readonly say: (match: RegExpExecArray, at: { readonly start: number; readonly end: number }, ctx: ReadContext) => void;
}

const fact = (
  ctx: ReadContext,
  at: { readonly start: number; readonly end: number },
  manager: string,
  name: string,
  rest: { version?: string; pinned: boolean; from: 'registry' | 'url' | 'vcs' | 'file' },
): void => {
  ctx.fact(at.start, at.end, { kind: 'install', manager, name: known(name), ...rest });
};
const redirect = (ctx: ReadContext, at: { readonly start: number; readonly end: number }, system: string, key: string, value: string): void => {
  ctx.fact(at.start, at.end, { kind: 'config', system, key, value: known(value), effect: 'redirect-registry', via: 'file' });
};

const GEMFILE: readonly LineRow[] = [
  {
    match: /^\s{0,40}source[ (]{1,4}["']([^"'\n]{1,300})["']/,
    say: (match, at, ctx) => {
      if (!isDefaultRegistry('gem', match[1]!)) redirect(ctx, at, 'gem', 'source', match[1]!);
    },
  },
  {
    match: /^\s{0,40}gem[ (]{1,4}["']([^"'\n]{1,200})["'](.{0,400})/,
    say: (match, at, ctx) => {
      const rest = match[2]!;
      const git =
        /(?:git|github|gitlab|bitbucket):\s?["']([^"'\n]{1,300})["']/.exec(rest)?.[1] ??
        /:(?:git|github)\s?=>\s?["']([^"'\n]{1,300})["']/.exec(rest)?.[1];
      const source = /source:\s?["']([^"'\n]{1,300})["']/.exec(rest)?.[1];
      const version = /^,\s?["']([^"'\n]{1,60})["']/.exec(rest)?.[1];
      if (git !== undefined) fact(ctx, at, 'gem', git, { pinned: /ref:\s?["'][0-9a-f]{40}["']/.test(rest), from: 'vcs' });
      else
        fact(ctx, at, 'gem', match[1]!, {
          ...(version === undefined ? {} : { version }),
          pinned: version !== undefined && /^=?\s?\d[\w.]{0,40}$/.test(version),
          from: 'registry',
        });
      if (source !== undefined && !isDefaultRegistry('gem', source)) redirect(ctx, at, 'gem', 'source', source);
    },
  },
];
const GO_MOD: readonly LineRow[] = [
  {
    match:
      /^\s{0,40}(?:replace\s)?\s{0,10}([\w./~-]{1,300})(?:\s{1,4}v[\w.+-]{1,100})?\s{1,4}=>\s{1,4}([\w./~-]{1,300})(?:\s{1,4}(v[\w.+-]{1,100}))?/,
    say: (match, at, ctx) => {
      const local = /^\.{0,2}\//.test(match[2]!);
      fact(ctx, at, 'go', `${match[1]} => ${match[2]}`, {
        ...(match[3] === undefined ? {} : { version: match[3] }),
        pinned: true,
        from: local ? 'file' : 'vcs',
      });
      if (!local) redirect(ctx, at, 'go', `replace ${match[1]}`, match[2]!);
    },
  },
  {
    match: /^\s{0,40}(?:require\s{1,4})?([\w-]{1,100}(?:\.[\w-]{1,100}){1,6}(?:\/[\w.~-]{1,200}){0,12})\s{1,4}(v[\w.+-]{1,100})/,
    say: (match, at, ctx) => fact(ctx, at, 'go', match[1]!, { version: match[2]!, pinned: true, from: 'registry' }),
  },
];
const BREWFILE: readonly LineRow[] = [
  {
    match: /^\s{0,40}(tap|brew|cask|mas|vscode|whalebrew)\s{1,4}["']([^"'\n]{1,200})["'](?:,\s{0,4}["']([^"'\n]{1,300})["'])?/,
    say: (match, at, ctx) => {
      fact(ctx, at, match[1] === 'vscode' ? 'vscode' : 'brew', match[2]!, { pinned: false, from: match[3] === undefined ? 'registry' : 'vcs' });
      if (match[1] === 'tap' && match[3] !== undefined) redirect(ctx, at, 'brew', `tap ${match[2]}`, match[3]);
    },
  },
];

/** Files whose grammar is one statement a line; comments count as nothing. */
export function readLines(source: string, ctx: ReadContext, kind: 'gemfile' | 'go' | 'brewfile'): void {
  const rows = kind === 'gemfile' ? GEMFILE : kind === 'go' ? GO_MOD : BREWFILE;
  let at = 0;
  while (at < source.length) {
    ctx.step();
    let end = source.indexOf('\n', at);
    if (end < 0) end = source.length;
    const line = source.slice(at, Math.min(end, at + 2_000));
    if (!/^\s{0,40}(?:#|\/\/)/.test(line)) {
      for (const row of rows) {
        const match = row.match.exec(line);
        if (match === null) continue;
        const lead = line.length - line.trimStart().length;
        row.say(match, { start: at + lead, end: at + match[0].length }, ctx);
        break;
      }
    }
    at = end + 1;
  }
  // A Gemfile and a Brewfile are Ruby and run as such.
  if (kind !== 'go')
    ctx.embed('ruby', source, shifted(0, source.length), {
      role: 'hook',
      reach: 'callable',
      note: kind === 'gemfile' ? 'bundler evaluates the Gemfile' : 'brew bundle evaluates the Brewfile',
    });
}
