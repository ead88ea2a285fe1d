/**
 * npm, pnpm, yarn and bun: `package.json`, lock files, registry settings, `binding.gyp`. Install scripts run on `npm install` without being asked, so they are hooks; other scripts wait
 * to be called. From lock files only what does not come from the default registry is said: ten thousand honest rows are no facts.
 */
import { known } from '../../value.ts';
import { command, type Doc, declare, entriesAt, hook, install, judgeSettings, state, use } from '../data/doc.ts';
import { entriesOf, find, type Node, spell, textOfNode, textsOf } from '../data/tree.ts';
import { readHooks } from './agents.ts';
import { isDefaultRegistry, isUrl, npmDependency, npmSpec } from './packages.ts';

/** Scripts that npm, pnpm, yarn or bun run by themselves when the package or folder is installed. */
const LIFECYCLE =
  /^(?:(?:pre|post)?install|(?:pre|post)?prepare|prepublish|prepack|postpack|dependencies|(?:pre|post)?uninstall|pnpm:devPreinstall)$/;
const GROUPS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

function dependencies(doc: Doc, root: Node | undefined): void {
  for (const group of GROUPS) {
    for (const { key, value } of entriesAt(find(root, group))) {
      doc.ctx.step();
      const version = textOfNode(value);
      if (version !== undefined) install(doc, value, npmDependency(key, version));
    }
  }
  const overrides = (node: Node, name: string): void => {
    doc.ctx.step();
    if (node.kind === 'map') for (const entry of node.entries) overrides(entry.value, entry.key === '.' ? name : entry.key);
    else {
      const wanted = npmDependency(name.replace(/^.{0,200}[>/](?=[^/])/, ''), textOfNode(node) ?? '');
      if (wanted.from === 'url' || wanted.from === 'vcs' || textOfNode(node)?.startsWith('npm:')) install(doc, node, wanted);
    }
  };
  for (const path of [['overrides'], ['resolutions'], ['pnpm', 'overrides']])
    for (const { key, value } of entriesAt(find(root, ...path))) overrides(value, key);
}

export function readPackageJson(doc: Doc): void {
  const { root } = doc.tree;
  for (const { key, value } of entriesAt(find(root, 'scripts'))) {
    if (value.kind !== 'text') continue;
    if (LIFECYCLE.test(key)) hook(doc, value, `npm ${key}`);
    else command(doc, value, `npm run ${key}`, 'callable');
  }
  dependencies(doc, root);
  for (const path of [['husky', 'hooks'], ['simple-git-hooks'], ['gitHooks'], ['pre-commit'], ['pre-push']]) {
    for (const node of find(root, ...path)) {
      for (const text of node.kind === 'map' ? entriesOf(node).flatMap((entry) => textsOf(entry.value)) : textsOf(node))
        hook(doc, text, `git hook (${path[0]})`);
    }
  }
  for (const { key, value } of entriesAt(find(root, 'lint-staged')))
    for (const text of textsOf(value)) command(doc, text, `lint-staged ${key}`.slice(0, 80), 'callable');
  for (const host of ['openclaw', 'clawdbot', 'moltbot']) {
    for (const node of [...find(root, host, 'extensions'), ...find(root, host, 'plugins')])
      state(doc, node, 'openclaw', `package.${host}.extensions`, spell(node), 'add-plugin');
    for (const node of find(root, host, 'hooks')) {
      state(doc, node, 'openclaw', `package.${host}.hooks`, spell(node), 'add-hook');
      if (node.kind === 'map') readHooks(doc, 'openclaw', node);
    }
  }
  declare(doc, find(root, 'name').at(-1), 'name');
  declare(doc, find(root, 'version').at(-1), 'version');
  declare(doc, find(root, 'description').at(-1), 'description');
  declare(doc, find(root, 'homepage').at(-1), 'homepage');
  declare(doc, find(root, 'license').at(-1), 'license');
  for (const bin of find(root, 'bin')) {
    if (bin.kind === 'map')
      for (const entry of bin.entries) doc.ctx.fact(entry.keyAt.start, entry.value.end, { kind: 'declare', what: 'bin', value: known(entry.key) });
    else declare(doc, find(root, 'name').at(-1), 'bin');
  }
  for (const node of find(root, 'gypfile')) if (textOfNode(node) === 'true') state(doc, node, 'npm', 'gypfile', 'true', 'preload-code');
  for (const key of ['bundledDependencies', 'bundleDependencies'])
    for (const node of find(root, key)) if (spell(node) !== '[]') state(doc, node, 'npm', key, spell(node), 'other');
  for (const node of find(root, 'publishConfig', 'registry')) registry(doc, node, 'npm', 'publishConfig.registry', textOfNode(node) ?? '');
  for (const node of find(root, 'packageManager')) {
    const text = textOfNode(node) ?? '';
    if (/@https?:/.test(text)) install(doc, node, npmSpec(text.slice(text.indexOf('@', 1) + 1)));
  }
  for (const key of [
    ...GROUPS,
    'scripts',
    'repository',
    'bugs',
    'homepage',
    'funding',
    'author',
    'contributors',
    'maintainers',
    'license',
    'keywords',
    'name',
    'version',
    'engines',
    'files',
    'exports',
    'bin',
    'overrides',
    'resolutions',
    'packageManager',
    'publishConfig',
  ]) {
    for (const node of find(doc.tree.root, key)) use(doc, node);
  }
}

/** States a registry that is not the manager's own. */
export function registry(doc: Doc, node: Node, manager: string, key: string, url: string): void {
  if (url === '' || isDefaultRegistry(manager, url)) return;
  state(doc, node, manager, key, url, /^https?:\/\/(?:localhost|127\.0\.0\.1)(?:[:/]|$)/.test(url) ? 'other' : 'redirect-registry');
}

/** `.npmrc`, `.yarnrc`, `.yarnrc.yml`, `bunfig.toml`: keys differ, meanings do not. */
export function readNpmConfig(doc: Doc): void {
  const visit = (node: Node, path: string): void => {
    doc.ctx.step();
    if (node.kind === 'map') for (const entry of node.entries) visit(entry.value, path === '' ? entry.key : `${path}.${entry.key}`);
    else if (node.kind === 'list') for (const item of node.items) visit(item, path);
    else if (
      /(?:^|[:.])(?:registry|npmRegistryServer|npmPublishRegistry|url)$/.test(path) ||
      /^install\.(?:registry|scopes\.[^\n]{1,100})$/.test(path)
    )
      registry(doc, node, 'npm', path, node.text);
  };
  if (doc.tree.root !== undefined) visit(doc.tree.root, '');
  judgeSettings(doc, 'npm', doc.tree.root);
  // `.npmrc` keys may be written bare (`ignore-scripts false`) in yarn's old format.
  for (const { key, value } of entriesOf(doc.tree.root)) {
    const bare = /^"?([\w@:/.-]{1,200})"?[ \t]{1,20}"?([^"]{1,400})"?$/.exec(key);
    if (bare === null || textOfNode(value) !== '') continue;
    if (/(?:^|:)registry$/.test(bare[1]!)) registry(doc, value, 'npm', bare[1]!, bare[2]!);
    else if (/^(?:yarn-path)$/.test(bare[1]!)) state(doc, value, 'npm', bare[1]!, bare[2]!, 'preload-code');
    else if (bare[1] === 'strict-ssl' && bare[2] === 'false') state(doc, value, 'npm', 'strict-ssl', 'false', 'disable-tls');
  }
}

/** Hosts that lock files of every manager name for honest packages. */
const LOCK_MANAGERS = ['npm', 'pip', 'gem', 'cargo', 'go', 'composer', 'conda'];
const LOCKED_URL = /\b(?:(?:git\+)?(?:https?|ssh|git):\/\/|git@)[^\s"'<>,)}\]]{3,600}/g;

/** Any lock file as text: one pass, only addresses that are not a default registry. */
export function readLock(source: string, fact: (start: number, end: number, url: string, from: 'url' | 'vcs') => void, step: () => void): void {
  const seen = new Set<string>();
  for (const match of source.matchAll(LOCKED_URL)) {
    step();
    const url = match[0];
    const line = source.slice(source.lastIndexOf('\n', match.index) + 1, match.index);
    // Homepages, funding pages and authors are no sources of code.
    if (
      /"(?:url|homepage|bugs|funding|deprecated|license)":|\b(?:deprecated|homepage|funding|marker|description|see|visit)\b/i.test(line.slice(-300))
    ) {
      if (!/"(?:resolved|tarball|dist|shasum|reference|source)"/.test(line.slice(-300))) continue;
    }
    const git = /^(?:git\+|git:|git@|ssh:)|\.git(?:[#?]|$)/.test(url);
    if (!git && LOCK_MANAGERS.some((name) => isDefaultRegistry(name, url))) continue;
    const host = /^(?:git\+)?[a-z]{3,6}:\/\/([^/?#]{1,200})/.exec(url)?.[1] ?? url.split(':', 1)[0]!;
    const key = `${host}|${git ? url : ''}`;
    if (seen.has(key) || seen.size >= 200) continue;
    seen.add(key);
    if (isUrl(url)) fact(match.index, match.index + url.length, url, git ? 'vcs' : 'url');
  }
}

/** gyp runs `<!(…)` and `<!@(…)` while it reads the file. */
export function readGyp(doc: Doc): void {
  const visit = (node: Node, key: string): void => {
    doc.ctx.step();
    if (node.kind === 'map') for (const entry of node.entries) visit(entry.value, entry.key);
    else if (node.kind === 'list') {
      if (key === 'action') state(doc, node, 'npm', 'binding.gyp action', spell(node), 'preload-code');
      for (const item of node.items) visit(item, key);
    } else if (node.kind === 'text') {
      const open = /<!@?\(/.exec(node.text);
      if (open === null) return;
      const from = open.index + open[0].length;
      doc.used.add(node);
      const close = node.text.lastIndexOf(')');
      const inner = node.text.slice(from, close > from ? close : undefined);
      const start = node.inner + from;
      if (doc.source.startsWith(inner, start))
        hook(doc, { kind: 'text', text: inner, start, end: start + inner.length, inner: start, quote: '' }, 'binding.gyp expansion');
      else hook(doc, node, 'binding.gyp expansion');
    }
  };
  if (doc.tree.root !== undefined) visit(doc.tree.root, '');
}
