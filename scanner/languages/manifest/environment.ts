/**
 * Environment blocks of configuration files: what they set for the programs they start (`ANTHROPIC_BASE_URL`, `NODE_OPTIONS`, `PIP_INDEX_URL`), and which variables of the user they
 * hand on (`${GITHUB_TOKEN}`). Literal values of ordinary names say nothing and are left alone.
 */
import { envEffect } from '../../data/settings.ts';
import { known } from '../../value.ts';
import { type Doc, state } from '../data/doc.ts';
import { entriesOf, type Node, textOfNode } from '../data/tree.ts';

const REFERENCE =
  /\$\{(?:env:|ENV:)?([A-Za-z_][A-Za-z0-9_]{0,100})(?::?[-?+][^}]{0,200})?\}|\{env:([A-Za-z_][A-Za-z0-9_]{0,100})\}|\$([A-Za-z_][A-Za-z0-9_]{0,100})/g;

/** Names that hosts fill in by themselves. */
const OWN =
  /^(?:workspaceFolder|workspaceRoot|userHome|CLAUDE_PLUGIN_ROOT|CLAUDE_PROJECT_DIR|pathSeparator|file|input|localWorkspaceFolder|containerWorkspaceFolder|PWD|HOME|PATH|USER|SKILL_DIR|baseDir)$/;

function references(doc: Doc, node: Node, text: string): void {
  let count = 0;
  for (const match of text.slice(0, 4_000).matchAll(REFERENCE)) {
    const name = match[1] ?? match[2] ?? match[3] ?? '';
    if (OWN.test(name) || count++ > 20) continue;
    doc.ctx.fact(node.start, node.end, { kind: 'env', name: known(name) });
  }
}

/** A map of names to values, a list of `NAME=value` (compose), or one string that may refer to variables. */
export function environment(doc: Doc, node: Node | undefined): void {
  if (node === undefined) return;
  if (node.kind === 'list') {
    for (const item of node.items) {
      const text = textOfNode(item) ?? '';
      const cut = text.indexOf('=');
      if (cut > 0) judge(doc, item, text.slice(0, cut), text.slice(cut + 1));
    }
    return;
  }
  if (node.kind === 'map') {
    for (const entry of entriesOf(node)) {
      doc.ctx.step();
      const text = textOfNode(entry.value);
      if (text !== undefined) judge(doc, entry.value, entry.key, text);
    }
    return;
  }
  references(doc, node, node.text);
}

function judge(doc: Doc, node: Node, name: string, text: string): void {
  const effect = envEffect(name, text);
  if (effect !== undefined) state(doc, node, 'env', name, text, effect);
  references(doc, node, text);
}
