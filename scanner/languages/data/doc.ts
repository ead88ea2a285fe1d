/**
 * A data file being read: its tree, its text, the context, and what is already spoken for. Small verbs that every reader of known files uses, so that settings, hooks,
 * packages and declarations are stated in one way and with exact places.
 */
import { settingEffect } from '../../data/settings.ts';
import type { ConfigEffect, DeclareFact, Reach } from '../../model.ts';
import { known } from '../../value.ts';
import type { ReadContext } from '../contract.ts';
import { entriesOf, type MapNode, type Node, type Place, type TextNode, type Tree } from './tree.ts';
import { mapOf, mapOfWeave, wordsAsShell } from './weave.ts';

export interface Doc {
  readonly ctx: ReadContext;
  readonly source: string;
  readonly tree: Tree;
  /** Nodes that a reader has explained; the generic pass leaves them alone. */
  readonly used: Set<Node>;
  /** True when the file lies where a host looks for it, so that what it says takes effect by itself. */
  readonly live: boolean;
}

export const docOf = (ctx: ReadContext, source: string, tree: Tree, live: boolean): Doc => ({ ctx, source, tree, used: new Set(), live });

/** Marks a node and everything below as explained. Depth is bounded by the tree. */
export function use(doc: Doc, node: Node): void {
  if (doc.used.has(node)) return;
  doc.ctx.step();
  doc.used.add(node);
  if (node.kind === 'list') for (const item of node.items) use(doc, item);
  else if (node.kind === 'map') for (const entry of node.entries) use(doc, entry.value);
}

const via = (doc: Doc): 'file' | 'prose' => (doc.ctx.unit.role === 'fence' || doc.ctx.unit.role === 'inline' ? 'prose' : 'file');

/** A setting the file makes. */
export function state(doc: Doc, at: Place, system: string, key: string, value: string, effect: ConfigEffect): void {
  doc.ctx.fact(at.start, at.end, { kind: 'config', system, key: key.slice(0, 200), value: known(value.slice(0, 1_000)), effect, via: via(doc) });
}

/** Walks a whole tree against the table of settings of one system and states each row that matches. Lists count once for each item. */
export function judgeSettings(doc: Doc, system: string, root: Node | undefined, prefix = ''): void {
  const visit = (node: Node, path: string): void => {
    doc.ctx.step();
    if (node.kind === 'map') {
      if (node.entries.length === 0) check(node, path, '{}');
      for (const entry of node.entries) visit(entry.value, path === '' ? entry.key : `${path}.${entry.key}`);
    } else if (node.kind === 'list') {
      if (node.items.length === 0) check(node, path, '[]');
      for (const item of node.items) visit(item, path);
    } else check(node, path, node.text);
  };
  const check = (node: Node, path: string, value: string): void => {
    const effect = settingEffect(system, path, value);
    if (effect !== undefined) state(doc, node, system, path, value, effect);
  };
  if (root !== undefined) visit(root, prefix);
}

/** Embeds one string as code that a host runs by itself (or, where the file is only quoted, as configuration). */
export function hook(doc: Doc, node: TextNode, note: string, language = 'shell'): void {
  doc.used.add(node);
  if (node.text.trim() === '') return;
  doc.ctx.embed(language, node.text, mapOf(doc.source, node), {
    role: doc.live ? 'hook' : 'config',
    ...(doc.live ? { reach: 'automatic' as Reach } : {}),
    note,
  });
}

/** Embeds one string as code that runs when somebody asks for it. */
export function command(doc: Doc, node: TextNode, note: string, reach?: Reach, language = 'shell'): void {
  doc.used.add(node);
  if (node.text.trim() === '') return;
  doc.ctx.embed(language, node.text, mapOf(doc.source, node), { role: 'config', ...(reach ? { reach } : {}), note });
}

/** Embeds an argument list as a shell command line, each word at its own place. A single-string list is a command line already. */
export function argv(doc: Doc, words: readonly TextNode[], note: string, role: 'hook' | 'config', reach?: Reach): void {
  for (const word of words) doc.used.add(word);
  if (words.length === 0) return;
  const woven = wordsAsShell(doc.source, words);
  const automatic = role === 'hook' && doc.live;
  const effective = automatic ? 'automatic' : role === 'hook' ? undefined : reach;
  doc.ctx.embed('shell', woven.text, mapOfWeave(woven), {
    role: role === 'hook' && !doc.live ? 'config' : role,
    ...(effective ? { reach: effective } : {}),
    note,
  });
}

/** What the skill or package says of itself. Descriptions are also read as prose: they reach the model. */
export function declare(doc: Doc, node: Node | undefined, what: DeclareFact['what'], detail?: string): void {
  if (node === undefined) return;
  if (node.kind === 'list') for (const item of node.items) declare(doc, item, what, detail);
  else if (node.kind !== 'map')
    doc.ctx.fact(node.start, node.end, { kind: 'declare', what, value: known(node.text.slice(0, 2_000)), ...(detail ? { detail } : {}) });
}

export interface Wanted {
  readonly manager: string;
  readonly name: string;
  readonly version?: string;
  readonly pinned: boolean;
  readonly from: 'registry' | 'url' | 'vcs' | 'file';
  readonly registry?: string;
  readonly runs?: boolean;
}

export function install(doc: Doc, at: Place, wanted: Wanted): void {
  const { name, registry, ...rest } = wanted;
  doc.ctx.fact(at.start, at.end, {
    kind: 'install',
    name: known(name.slice(0, 400)),
    ...(registry === undefined ? {} : { registry: known(registry.slice(0, 400)) }),
    ...rest,
  });
}

/** Parse problems as facts: duplicates are spec errors, unread depth and limits are gaps. */
export function report(doc: Doc): void {
  for (const problem of doc.tree.problems) {
    if (problem.why === 'depth' || problem.why === 'limit') doc.ctx.opaque(problem.start, problem.end, problem.why, problem.says);
    else if (problem.why === 'duplicate')
      doc.ctx.fact(problem.start, problem.end, {
        kind: 'declare',
        what: 'spec-error',
        value: known(doc.source.slice(problem.start, problem.end).slice(0, 200)),
        detail: problem.says,
      });
  }
}

export const entriesAt = (nodes: readonly Node[]): MapNode['entries'] => nodes.flatMap((node) => [...entriesOf(node)]);
