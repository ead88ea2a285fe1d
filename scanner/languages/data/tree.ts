/**
 * One tree for JSON, YAML, TOML and INI, in which every value keeps the place it stands at. Readers of known files walk this tree, never a parsed object, so that each
 * fact points at bytes and duplicate keys stay visible: parsers differ in which of two equal keys wins, and attackers know it.
 * It refuses nothing; depth is bounded by those who build it.
 */
export interface Place {
  readonly start: number;
  readonly end: number;
}
export interface TextNode extends Place {
  readonly kind: 'text';
  readonly text: string;
  /** Where the content begins, behind quotes or a block header. */
  readonly inner: number;
  /** Which escapes its spelling may hold: backslashes (`"`), doubled single quotes, doubled double quotes (CSV), or none. */
  readonly quote: '"' | "'" | '""' | '';
}
export interface ScalarNode extends Place {
  readonly kind: 'scalar';
  readonly text: string;
}
export interface ListNode extends Place {
  readonly kind: 'list';
  readonly items: Node[];
}
export interface MapNode extends Place {
  readonly kind: 'map';
  readonly entries: Entry[];
}
export interface Entry {
  readonly key: string;
  readonly keyAt: Place;
  value: Node;
}
export type Node = TextNode | ScalarNode | ListNode | MapNode;

export interface TreeProblem extends Place {
  readonly why: 'parse-error' | 'depth' | 'limit' | 'duplicate';
  readonly says: string;
}
export interface Tree {
  readonly root: Node | undefined;
  readonly problems: readonly TreeProblem[];
  /** Comments without their marks; agents and people read them. */
  readonly comments: readonly Place[];
}

/** Deepest nesting that is read. Real configuration stays under 20. */
export const DEPTH = 200;

/** The text of a string, number, boolean or null. */
export const textOfNode = (node: Node | undefined): string | undefined => (node?.kind === 'text' || node?.kind === 'scalar' ? node.text : undefined);

/** Entries of a map; none for anything else. */
export const entriesOf = (node: Node | undefined): readonly Entry[] => (node?.kind === 'map' ? node.entries : []);

/** Every node at a path of keys, duplicates included. `*` steps into all entries of a map or all items of a list. */
export function find(root: Node | undefined, ...path: readonly string[]): Node[] {
  let level: Node[] = root === undefined ? [] : [root];
  for (const key of path) {
    const next: Node[] = [];
    for (const node of level) {
      if (node.kind === 'map') {
        for (const entry of node.entries) if (key === '*' || entry.key === key) next.push(entry.value);
      } else if (node.kind === 'list' && key === '*') for (const item of node.items) next.push(item);
    }
    level = next;
  }
  return level;
}

/** Text nodes of a value that may be one string or a list of them. */
export function textsOf(node: Node | undefined): TextNode[] {
  if (node?.kind === 'text') return [node];
  return node?.kind === 'list' ? node.items.filter((item) => item.kind === 'text') : [];
}

/** First text at a path. */
export const textAt = (root: Node | undefined, ...path: readonly string[]): string | undefined => textOfNode(find(root, ...path).at(-1));

/** A short spelling of a value, for facts: scalars as they are, lists and maps in brackets, cut. */
export function spell(node: Node, depth = 0): string {
  if (node.kind === 'text' || node.kind === 'scalar') return node.text.slice(0, 400);
  if (depth > 3) return '…';
  const inner =
    node.kind === 'list'
      ? node.items.slice(0, 20).map((item) => spell(item, depth + 1))
      : node.entries.slice(0, 20).map((entry) => `${entry.key}: ${spell(entry.value, depth + 1)}`);
  const joined = inner.join(', ').slice(0, 400);
  return node.kind === 'list' ? `[${joined}]` : `{${joined}}`;
}
