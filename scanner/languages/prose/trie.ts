/**
 * One trie for many phrases, walked once over the tokens. Words match exactly or by their beginning (`ignorier*`); characters match one by one. The walk from a token is
 * bounded by the longest phrase, so a block costs tokens times a constant.
 */
import { normal, type Token, wordsOf } from './words.ts';

export interface Node<T> {
  readonly next: Map<string, Node<T>>;
  /** Words given by their beginning. */
  stems: Map<string, Node<T>> | undefined;
  readonly out: T[];
}
export interface Hit<T> {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly out: readonly T[];
}
export interface Trie<T> {
  readonly root: Node<T>;
}

const node = <T>(): Node<T> => ({ next: new Map(), stems: undefined, out: [] });
export const trie = <T>(): Trie<T> => ({ root: node() });

const childOf = <T>(of: Map<string, Node<T>>, key: string): Node<T> => {
  const have = of.get(key);
  if (have !== undefined) return have;
  const made: Node<T> = node();
  of.set(key, made);
  return made;
};

/** Adds a phrase, cut by the reader's own tokeniser. */
export function add<T>(into: Trie<T>, phrase: string, value: T): void {
  let at = into.root;
  for (const piece of phrase.split(' ')) {
    if (piece.endsWith('*')) {
      at.stems ??= new Map();
      at = childOf(at.stems, normal(piece.slice(0, -1)));
    } else for (const token of wordsOf(piece).tokens) at = childOf(at.next, token.text);
  }
  at.out.push(value);
}

const shortestStem = 2;
const longestStem = 14;

/** Every match that begins at token `from`, shortest first. */
export function matches<T>(into: Trie<T>, tokens: readonly Token[], from: number, found: (to: number, out: readonly T[]) => void): void {
  let level: Node<T>[] = [into.root];
  for (let i = from; i < tokens.length && level.length > 0; i++) {
    const token = tokens[i]!;
    const deeper: Node<T>[] = [];
    for (const at of level) {
      const next = at.next.get(token.text);
      if (next !== undefined) deeper.push(next);
      if (at.stems !== undefined && token.kind === 'word') {
        const most = Math.min(longestStem, token.text.length);
        for (let length = shortestStem; length <= most; length++) {
          const stem = at.stems.get(token.text.slice(0, length));
          if (stem !== undefined) deeper.push(stem);
        }
      }
    }
    for (const at of deeper) if (at.out.length > 0) found(i + 1, at.out);
    level = deeper.length > 8 ? deeper.slice(-8) : deeper;
  }
}
