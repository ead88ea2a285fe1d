/**
 * MCP server entries in every file that holds them: `.mcp.json`, editors' `mcp.json`, Claude's and Gemini's settings, Codex's TOML, opencode, OpenClaw. A server is a program that the
 * host starts, or a service that gets the agent's data; its command line is read as shell, its package and its address are stated, approvals given in advance are settings.
 */
import { known } from '../../value.ts';
import { argv, command, type Doc, install, state, use } from '../data/doc.ts';
import { entriesOf, find, type MapNode, type Node, spell, type TextNode, textOfNode, textsOf } from '../data/tree.ts';
import { environment } from './environment.ts';
import { isUrl, runnerPackage } from './packages.ts';

/** Where the maps from server name to server stand. */
const HOMES: readonly (readonly string[])[] = [
  ['mcpServers'],
  ['mcp_servers'],
  ['servers'],
  ['mcp', 'servers'],
  ['mcp', 'mcpServers'],
  ['mcp'],
  ['context_servers'],
  ['amp.mcpServers'],
  ['projects', '*', 'mcpServers'],
  ['tools', 'mcp', 'servers'],
  ['plugins', '*', 'mcpServers'],
];

const field = (server: MapNode, ...names: readonly string[]): Node | undefined =>
  server.entries.findLast((entry) => names.includes(entry.key))?.value;

/** An object that names a program or an address is a server. */
const looksLikeServer = (node: Node): node is MapNode => {
  if (node.kind !== 'map') return false;
  const program = field(node, 'command', 'cmd');
  const url = textOfNode(field(node, 'url', 'serverUrl', 'httpUrl', 'endpoint', 'baseUrl', 'uri'));
  return program !== undefined || (url !== undefined && (isUrl(url) || url.includes('${')));
};

/** The map of servers a document holds, if any; `flat` also takes the root itself, as a plugin's `.mcp.json` may be. */
function serversOf(root: Node | undefined, flat: boolean): Node[] {
  const out = new Set<Node>();
  for (const home of HOMES) {
    // A bare `servers` map means other things elsewhere.
    if (home.length === 1 && home[0] === 'servers' && !flat) continue;
    for (const node of find(root, ...home)) if (entriesOf(node).some((entry) => looksLikeServer(entry.value))) out.add(node);
  }
  if (out.size === 0 && flat && entriesOf(root).some((entry) => looksLikeServer(entry.value))) out.add(root!);
  return [...out];
}

function readServer(doc: Doc, system: string, name: string, server: MapNode): void {
  const program = field(server, 'command', 'cmd');
  const inner = program?.kind === 'map' ? program : server;
  const words: TextNode[] = [
    ...textsOf(program?.kind === 'map' ? field(program, 'path', 'command') : program),
    ...textsOf(field(inner, 'args', 'arguments')),
  ];
  const address = field(server, 'url', 'serverUrl', 'httpUrl', 'endpoint', 'baseUrl', 'uri');
  const url = textOfNode(address);
  const line = words.map((word) => word.text).join(' ');
  state(doc, server, system, `mcpServers.${name}`, line || url || spell(server), 'add-mcp');
  if (words.length === 1 && /\s/.test(line)) command(doc, words[0]!, `MCP server ${name}`, doc.live ? 'automatic' : undefined);
  else if (words.length > 0) argv(doc, words, `MCP server ${name}`, doc.live ? 'hook' : 'config');
  const wanted =
    words.length === 0
      ? undefined
      : runnerPackage(
          words[0]!.text,
          words.slice(1).map((word) => word.text),
        );
  if (wanted !== undefined) install(doc, server, wanted);
  if (address !== undefined && url !== undefined && isUrl(url))
    doc.ctx.fact(address.start, address.end, { kind: 'request', url: known(url.slice(0, 2_000)), method: 'POST', tool: 'mcp' });
  // A local proxy or bridge (`uvx mcp-proxy URL`, `npx mcp-remote URL`) is told where to go by its arguments.
  for (const word of words.slice(1)) {
    const at = word.text.search(/https?:\/\/|wss?:\/\//);
    if (at >= 0 && at <= 40 && isUrl(word.text.slice(at)))
      doc.ctx.fact(word.start, word.end, { kind: 'request', url: known(word.text.slice(at, at + 2_000)), method: 'POST', tool: 'mcp' });
  }
  for (const key of ['autoApprove', 'alwaysAllow', 'auto_approve', 'autoApproveTools', 'trust']) {
    const value = field(server, key);
    if (value === undefined) continue;
    const text = spell(value);
    if (!/^(?:\[\]|false|\{\}|0|)$/.test(text)) state(doc, value, system, `mcpServers.${name}.${key}`, text, 'auto-approve-mcp');
  }
  for (const node of [field(server, 'headersHelper', 'authCommand')])
    if (node?.kind === 'text') command(doc, node, `MCP server ${name}`, doc.live ? 'automatic' : undefined);
  environment(doc, field(server, 'env', 'environment'));
  environment(doc, field(server, 'headers', 'http_headers'));
  if (address !== undefined) environment(doc, address);
  use(doc, server);
}

/** States every MCP server of a document. Returns how many there were. */
export function readMcp(doc: Doc, system: string, flat = false): number {
  let count = 0;
  for (const servers of serversOf(doc.tree.root, flat)) {
    for (const { key, value } of entriesOf(servers)) {
      doc.ctx.step();
      if (!looksLikeServer(value)) continue;
      readServer(doc, system, key, value);
      count++;
    }
  }
  return count;
}
