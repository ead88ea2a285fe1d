/**
 * One trie for many phrases, walked once over the tokens. Words match exactly or by their beginning (`ignorier*`); characters match one by one. The walk from a token is
 * bounded by the longest phrase, so a block costs tokens times a constant.
 */
import { normal, type Token, wordsOf } from './words.ts';

/** Plain data without prototype, so that a whole trie can be written to a file at build time and read back in one go. */
export interface Node {
  /** Next words. */
  n?: Record<string, Node>;
  /** Next words given by their beginning. */
  s?: Record<string, Node>;
  /** Places in `entries` of what ends here. */
  o?: number[];
}
export interface Trie<T> {
  readonly root: Node;
  readonly entries: T[];
  /** Where an entry stands, while the trie is being made. */
  readonly index: Map<string, number>;
}

export const trie = <T>(): Trie<T> => ({ root: {}, entries: [], index: new Map() });

const table = (): Record<string, Node> => Object.create(null) as Record<string, Node>;

const childOf = (of: Record<string, Node>, key: string): Node => {
  of[key] ??= {};
  return of[key];
};

/** Own keys only: a trie read from a file has tables with a prototype, and tokens are hostile (`constructor`, `__proto__`). */
const own = (of: Record<string, Node> | undefined, key: string): Node | undefined =>
  of !== undefined && Object.hasOwn(of, key) ? of[key] : undefined;

/** A plain word is a token as it stands; the tokeniser costs a hundred times as much, and start-up adds thousands of words. */
const simple = /^[a-z]+$/;

/** Adds a phrase, cut by the reader's own tokeniser. */
export function add<T>(into: Trie<T>, phrase: string, value: T): void {
  let at = into.root;
  for (const piece of phrase.split(' ')) {
    if (piece.endsWith('*')) {
      at.s ??= table();
      at = childOf(at.s, normal(piece.slice(0, -1)));
    } else if (simple.test(piece)) {
      at.n ??= table();
      at = childOf(at.n, piece);
    } else {
      for (const token of wordsOf(piece).tokens) {
        at.n ??= table();
        at = childOf(at.n, token.text);
      }
    }
  }
  // Thousands of phrases mean a few hundred different things; each is kept once.
  const key = JSON.stringify(value);
  let index = into.index.get(key);
  if (index === undefined) {
    index = into.entries.push(value) - 1;
    into.index.set(key, index);
  }
  at.o ??= [];
  at.o.push(index);
}

const shortestStem = 2;
const longestStem = 14;

/** Every match that begins at token `from`, shortest first. */
export function matches<T>(into: Trie<T>, tokens: readonly Token[], from: number, found: (to: number, out: readonly T[]) => void): void {
  let level: Node[] = [into.root];
  for (let i = from; i < tokens.length && level.length > 0; i++) {
    const token = tokens[i]!;
    const deeper: Node[] = [];
    for (const at of level) {
      const next = own(at.n, token.text);
      if (next !== undefined) deeper.push(next);
      if (at.s !== undefined && token.kind === 'word') {
        const most = Math.min(longestStem, token.text.length);
        for (let length = shortestStem; length <= most; length++) {
          const stem = own(at.s, token.text.slice(0, length));
          if (stem !== undefined) deeper.push(stem);
        }
      }
    }
    for (const at of deeper)
      if (at.o !== undefined)
        found(
          i + 1,
          at.o.map((index) => into.entries[index]!),
        );
    level = deeper.length > 8 ? deeper.slice(-8) : deeper;
  }
}
