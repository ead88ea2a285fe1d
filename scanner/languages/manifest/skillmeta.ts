/**
 * What a package says of itself: `skill.json`, `_meta.json`, `manifest.json`, `plugin.json`, `marketplace.json`, `openclaw.plugin.json`, agent cards. Names and descriptions reach
 * the model in every session, so they are read as prose too; install commands and hooks in them are read as shell.
 */
import { command, type Doc, declare, entriesAt, install, state } from '../data/doc.ts';
import { find, type Node, spell, textAt, textOfNode, textsOf } from '../data/tree.ts';
import { readHooks } from './agents.ts';
import { readMcp } from './mcp.ts';
import { isUrl } from './packages.ts';

const FIELDS = [
  ['name', 'name'],
  ['slug', 'name'],
  ['id', 'name'],
  ['displayName', 'name'],
  ['display_name', 'name'],
  ['title', 'name'],
  ['description', 'description'],
  ['short_description', 'description'],
  ['summary', 'description'],
  ['version', 'version'],
  ['homepage', 'homepage'],
  ['author', 'author'],
  ['owner', 'author'],
  ['license', 'license'],
  ['triggers', 'trigger'],
  ['keywords', 'trigger'],
  ['tools', 'tool'],
  ['permissions', 'tool'],
  ['allowed-tools', 'tool'],
  ['always', 'always'],
  ['os', 'os'],
] as const;

/** Commands under `install`, per platform or in a list of steps. */
function installSteps(doc: Doc, node: Node, depth = 0): void {
  doc.ctx.step();
  if (depth > 6) return;
  if (node.kind === 'text') {
    if (/\s/.test(node.text) && !isUrl(node.text)) command(doc, node, 'install step');
  } else if (node.kind === 'list') for (const item of node.items) installSteps(doc, item, depth + 1);
  else if (node.kind === 'map') {
    const kind = textAt(node, 'kind') ?? textAt(node, 'type');
    const name = textAt(node, 'formula') ?? textAt(node, 'package') ?? textAt(node, 'module') ?? textAt(node, 'url');
    if (kind !== undefined && name !== undefined) {
      doc.ctx.fact(node.start, node.end, { kind: 'declare', what: 'install', value: { kind: 'known', text: name }, detail: kind });
      install(doc, node, { manager: kind, name, pinned: false, from: isUrl(name) ? 'url' : 'registry' });
    } else
      for (const entry of node.entries) if (!/^(?:description|label|id|note|title|name)$/.test(entry.key)) installSteps(doc, entry.value, depth + 1);
  }
}

/** One object of metadata: the root, or an entry of a marketplace. */
function readOne(doc: Doc, root: Node): void {
  for (const [key, what] of FIELDS) {
    for (const node of find(root, key)) {
      if (node.kind === 'map') declare(doc, find(node, 'name').at(-1), what);
      else declare(doc, node, what);
    }
  }
  for (const where of [
    root,
    ...find(root, 'metadata'),
    ...find(root, 'metadata', 'openclaw'),
    ...find(root, 'metadata', 'clawdbot'),
    ...find(root, 'openclaw'),
    ...find(root, 'clawdbot'),
    ...find(root, 'moltbot'),
  ]) {
    for (const node of [...find(where, 'requires', 'env'), ...find(where, 'env'), ...find(where, 'primaryEnv')]) {
      if (node.kind === 'map')
        for (const entry of node.entries)
          doc.ctx.fact(entry.keyAt.start, entry.keyAt.end, { kind: 'declare', what: 'env', value: { kind: 'known', text: entry.key } });
      else declare(doc, node, 'env');
    }
    for (const node of [...find(where, 'requires', 'bins'), ...find(where, 'bins'), ...find(where, 'requires', 'anyBins')]) declare(doc, node, 'bin');
    for (const node of [...find(where, 'requires', 'config')]) declare(doc, node, 'config');
    for (const node of [...find(where, 'install'), ...find(where, 'installation'), ...find(where, 'setup')]) installSteps(doc, node);
    for (const node of [
      ...find(where, 'hosts'),
      ...find(where, 'permissions', 'hosts'),
      ...find(where, 'host_permissions'),
      ...find(where, 'network'),
    ])
      if (node.kind !== 'map') declare(doc, node, 'host');
  }
  for (const table of find(root, 'hooks')) readHooks(doc, 'skill', table);
  for (const { key, value } of entriesAt(find(root, 'scripts')))
    for (const text of textsOf(value))
      command(doc, text, `script ${key}`, /^(?:pre|post|on)?_?-?(?:install|setup|load|start|activate|update)/i.test(key) ? undefined : 'callable');
  for (const { key, value } of entriesAt(find(root, 'commands')))
    for (const text of [...textsOf(value), ...textsOf(find(value, 'command').at(-1)), ...textsOf(find(value, 'run').at(-1))])
      if (/\s|\//.test(text.text)) command(doc, text, `command ${key}`.slice(0, 80), 'callable');
}

export function readMetadata(doc: Doc): void {
  const { root } = doc.tree;
  if (root === undefined) return;
  readOne(doc, root);
  readMcp(doc, 'mcp');
  for (const node of find(root, 'mcp', 'server', 'url')) state(doc, node, 'mcp', 'mcp.server.url', textOfNode(node) ?? '', 'add-mcp');
}

/** `.claude-plugin/plugin.json`: components may stand in the file itself or in paths it names. */
export function readPlugin(doc: Doc): void {
  readMetadata(doc);
  for (const key of ['commands', 'agents', 'skills', 'outputStyles', 'lspServers'])
    for (const node of find(doc.tree.root, key))
      if (node.kind !== 'map' || key === 'lspServers') if (spell(node) !== '[]') state(doc, node, 'claude', `plugin.${key}`, spell(node), 'other');
  for (const node of find(doc.tree.root, 'lspServers', '*', 'command'))
    if (node.kind === 'text') command(doc, node, 'language server', doc.live ? 'automatic' : undefined);
}

/** `.claude-plugin/marketplace.json`: each plugin and where it comes from. */
export function readMarketplace(doc: Doc): void {
  declare(doc, find(doc.tree.root, 'name').at(-1), 'name');
  for (const plugin of find(doc.tree.root, 'plugins', '*')) {
    readOne(doc, plugin);
    for (const source of find(plugin, 'source')) {
      const text = textOfNode(source) ?? textAt(source, 'url') ?? textAt(source, 'repo') ?? textAt(source, 'package') ?? '';
      const rev = textAt(source, 'sha') ?? textAt(source, 'ref') ?? textAt(source, 'version');
      const local = source.kind === 'text' && !isUrl(text);
      if (!local)
        install(doc, source, {
          manager: 'claude-plugin',
          name: text,
          ...(rev === undefined ? {} : { version: rev }),
          pinned: rev !== undefined && /^[0-9a-f]{40}$|^\d{1,6}(?:\.\d{1,6}){2}$/.test(rev),
          from: textAt(source, 'package') === undefined ? 'vcs' : 'registry',
        });
    }
  }
}
