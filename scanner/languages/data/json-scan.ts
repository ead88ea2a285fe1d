/**
 * A JSON scanner that keeps positions and never gives up: JSON, JSON with comments, JSON5 and JSON lines. One pass, no recursion, so that a 2 MB lock file costs
 * milliseconds and ten thousand brackets cost nothing. Stray characters are reported and stepped over; everything in quotes is kept (RFC 8259, JSON5 1.0).
 */
import { DEPTH, type Entry, type ListNode, type MapNode, type Node, type Place, type TextNode, type Tree, type TreeProblem } from './tree.ts';

type Open<T> = { -readonly [K in keyof T]: T[K] };
interface Frame {
  readonly node: Open<MapNode> | Open<ListNode>;
  key: { readonly text: string; readonly at: Place } | undefined;
  /** Keys seen, for duplicates. */
  readonly keys: Set<string>;
}

const SIMPLE: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '0': '\0' };
const WORD = /[-+.\w$]{1,4000}/y;

/** Reads the string that opens at `start`. */
function stringAt(source: string, start: number): TextNode {
  const quote = source[start] as '"' | "'";
  let at = start + 1;
  let from = at;
  let text = '';
  while (at < source.length && source[at] !== quote) {
    if (source[at] !== '\\') {
      at++;
      continue;
    }
    text += source.slice(from, at);
    const next = source[at + 1] ?? '';
    if (next === 'u' || next === 'x') {
      const width = next === 'u' ? 4 : 2;
      const digits = source.slice(at + 2, at + 2 + width);
      const good = digits.length === width && /^[0-9a-f]{1,4}$/i.test(digits);
      text += good ? String.fromCharCode(Number.parseInt(digits, 16)) : next;
      at += good ? 2 + width : 2;
    } else {
      if (next !== '\n') text += SIMPLE[next] ?? next;
      at += 2;
    }
    from = at;
  }
  text += source.slice(from, Math.min(at, source.length));
  // Escapes of both kinds of quotes are read alike; `quote` tells the aligner that backslashes count.
  return { kind: 'text', text, start, end: Math.min(source.length, at + 1), inner: start + 1, quote: '"' };
}

/** Scans a text. `step` is called once for each token. */
export function scanJson(source: string, step: () => void = () => {}): Tree {
  const problems: TreeProblem[] = [];
  const comments: Place[] = [];
  const roots: Node[] = [];
  const stack: Frame[] = [];
  let hidden = 0;
  let at = source.charCodeAt(0) === 0xfeff ? 1 : 0;
  let broken = false;
  const wrong = (start: number, says: string): void => {
    if (!broken) problems.push({ start, end: Math.min(source.length, start + 1), why: 'parse-error', says });
    broken = true;
  };
  const put = (node: Node): void => {
    const top = stack.at(-1);
    if (hidden > 0) return;
    if (top === undefined) roots.push(node);
    else if (top.node.kind === 'list') top.node.items.push(node);
    else if (top.key === undefined) wrong(node.start, 'a value without a key');
    else {
      const { text, at: keyAt } = top.key;
      if (top.keys.has(text)) {
        if (problems.length < 20) problems.push({ ...keyAt, why: 'duplicate', says: `key ${JSON.stringify(text.slice(0, 60))} stands twice` });
      } else top.keys.add(text);
      top.node.entries.push({ key: text, keyAt, value: node } satisfies Entry);
      top.key = undefined;
    }
  };
  /** A string or word in key position is a key if a colon follows. */
  const isKey = (end: number): boolean => {
    let next = end;
    while (next < source.length && source.charCodeAt(next) <= 32) next++;
    return source[next] === ':';
  };
  const accept = (node: Node & { readonly text: string }): void => {
    const top = stack.at(-1);
    if (hidden === 0 && top?.node.kind === 'map' && top.key === undefined && isKey(node.end))
      top.key = { text: node.text, at: { start: node.start, end: node.end } };
    else put(node);
  };
  while (at < source.length) {
    step();
    const char = source[at]!;
    if (char <= ' ' || char === ',' || char === ':' || char === '\u00a0') at++;
    else if (char === '"' || char === "'") {
      const node = stringAt(source, at);
      accept(node);
      at = node.end;
    } else if (char === '{' || char === '[') {
      if (stack.length >= DEPTH) {
        if (hidden === 0) problems.push({ start: at, end: at + 1, why: 'depth', says: `nested more than ${DEPTH} deep` });
        hidden++;
      } else {
        const node: Open<MapNode> | Open<ListNode> =
          char === '{' ? { kind: 'map', start: at, end: source.length, entries: [] } : { kind: 'list', start: at, end: source.length, items: [] };
        put(node);
        stack.push({ node, key: undefined, keys: new Set() });
      }
      at++;
    } else if (char === '}' || char === ']') {
      at++;
      if (hidden > 0) hidden--;
      else {
        const top = stack.pop();
        if (top === undefined) wrong(at - 1, 'a bracket closes nothing');
        else {
          if ((top.node.kind === 'map') !== (char === '}')) wrong(at - 1, 'brackets do not match');
          top.node.end = at;
        }
      }
    } else if (source.startsWith('//', at) || char === '#') {
      let end = source.indexOf('\n', at);
      if (end < 0) end = source.length;
      comments.push({ start: at + (char === '#' ? 1 : 2), end });
      at = end;
    } else if (source.startsWith('/*', at)) {
      const close = source.indexOf('*/', at + 2);
      comments.push({ start: at + 2, end: close < 0 ? source.length : close });
      at = close < 0 ? source.length : close + 2;
    } else {
      WORD.lastIndex = at;
      const word = WORD.exec(source)?.[0];
      if (word === undefined) {
        wrong(at, 'unexpected character');
        at++;
      } else {
        if (!/^(?:true|false|null|[-+]?(?:[\d.]|Infinity|NaN))/.test(word) && !isKey(at + word.length)) wrong(at, 'unquoted text');
        accept({ kind: 'scalar', text: word, start: at, end: at + word.length });
        at += word.length;
      }
    }
  }
  if (stack.length > 0 || hidden > 0) wrong(Math.max(0, source.length - 1), 'ends inside a bracket');
  const root = roots.length > 1 ? ({ kind: 'list', start: roots[0]!.start, end: roots.at(-1)!.end, items: roots } satisfies ListNode) : roots[0];
  return { root, problems, comments };
}
