/**
 * TOML 1.0 to a tree with places. smol-toml gives values without positions, so this is a small scanner of our own (a test holds it against smol-toml); it is lenient:
 * a broken line is reported and the next one read, so that one stray character hides nothing.
 */
import { DEPTH, type Entry, type ListNode, type MapNode, type Node, type Place, type TextNode, type Tree, type TreeProblem } from './tree.ts';

interface Cursor {
  readonly source: string;
  at: number;
  readonly problems: TreeProblem[];
  readonly comments: Place[];
  readonly step: () => void;
  /** Last entry of each key of each table: a table with 100,000 keys stays linear. */
  readonly index: Map<MapNode, Map<string, Entry>>;
}

function add(cursor: Cursor, map: MapNode, entry: Entry): void {
  map.entries.push(entry);
  let keys = cursor.index.get(map);
  if (keys === undefined) {
    keys = new Map();
    cursor.index.set(map, keys);
  }
  keys.set(entry.key, entry);
}
const seek = (cursor: Cursor, map: MapNode, key: string): Node | undefined => cursor.index.get(map)?.get(key)?.value;

const SIMPLE: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', e: '\u001b' };
const BARE = /[\w-]{1,1000}/y;
const SCALAR = /[^\s,\]}#]{1,1000}/y;

const complain = (cursor: Cursor, says: string): void => {
  if (cursor.problems.length < 20)
    cursor.problems.push({ start: cursor.at, end: Math.min(cursor.source.length, cursor.at + 1), why: 'parse-error', says });
};

/** Blanks, and with `lines` also line ends and comments. */
function skip(cursor: Cursor, lines: boolean): void {
  const { source } = cursor;
  while (cursor.at < source.length) {
    const char = source[cursor.at]!;
    if (char === ' ' || char === '\t' || (lines && (char === '\n' || char === '\r'))) cursor.at++;
    else if (char === '#') {
      let end = source.indexOf('\n', cursor.at);
      if (end < 0) end = source.length;
      cursor.comments.push({ start: cursor.at + 1, end });
      cursor.at = end;
    } else break;
  }
}

function string(cursor: Cursor): TextNode {
  const { source } = cursor;
  const start = cursor.at;
  const quote = source[start] as '"' | "'";
  const triple = source.startsWith(quote.repeat(3), start);
  let at = start + (triple ? 3 : 1);
  if (triple && source[at] === '\r') at++;
  if (triple && source[at] === '\n') at++;
  const inner = at;
  let text = '';
  let from = at;
  while (at < source.length) {
    const char = source[at]!;
    if (triple ? source.startsWith(quote.repeat(3), at) : char === quote || char === '\n') break;
    if (char !== '\\' || quote === "'") {
      at++;
      continue;
    }
    text += source.slice(from, at);
    const next = source[at + 1] ?? '';
    const width = next === 'u' ? 4 : next === 'U' ? 8 : next === 'x' ? 2 : 0;
    if (width > 0) {
      const code = Number.parseInt(source.slice(at + 2, at + 2 + width), 16);
      text += code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
      at += 2 + width;
    } else if (triple && /\s/.test(next)) {
      at++;
      while (at < source.length && source.charCodeAt(at) <= 32) at++;
    } else {
      text += SIMPLE[next] ?? next;
      at += 2;
    }
    from = at;
  }
  at = Math.min(at, source.length);
  text += source.slice(Math.min(from, at), at);
  if (triple) {
    // Up to two quotes may stand directly before the closing ones.
    let extra = 0;
    while (extra < 2 && source[at + 3 + extra] === quote) extra++;
    text += quote.repeat(extra);
    at += extra;
  }
  if (triple ? !source.startsWith(quote.repeat(3), at) : source[at] !== quote) complain({ ...cursor, at: start }, 'a string is not closed');
  else at += triple ? 3 : 1;
  cursor.at = at;
  return { kind: 'text', text, start, end: at, inner, quote: quote === '"' ? '"' : '' };
}

function key(cursor: Cursor): { readonly text: string; readonly at: Place } | undefined {
  const start = cursor.at;
  const char = cursor.source[start];
  if (char === '"' || char === "'") {
    const node = string(cursor);
    return { text: node.text, at: { start, end: node.end } };
  }
  BARE.lastIndex = start;
  const word = BARE.exec(cursor.source)?.[0];
  if (word === undefined) return undefined;
  cursor.at += word.length;
  return { text: word, at: { start, end: cursor.at } };
}

function path(cursor: Cursor): { readonly text: string; readonly at: Place }[] {
  const keys: { readonly text: string; readonly at: Place }[] = [];
  for (;;) {
    skip(cursor, false);
    const next = key(cursor);
    if (next === undefined) break;
    keys.push(next);
    skip(cursor, false);
    if (cursor.source[cursor.at] !== '.' || keys.length >= DEPTH) break;
    cursor.at++;
  }
  return keys;
}

/** Steps into (or makes) the tables a path names. */
function enter(cursor: Cursor, from: MapNode, keys: readonly { readonly text: string; readonly at: Place }[]): MapNode {
  let map = from;
  for (const { text, at } of keys) {
    const found = seek(cursor, map, text);
    const inner = found?.kind === 'list' ? found.items.at(-1) : found;
    if (inner?.kind === 'map') map = inner;
    else {
      const made: MapNode = { kind: 'map', ...at, entries: [] };
      add(cursor, map, { key: text, keyAt: at, value: made });
      map = made;
    }
  }
  return map;
}

function assign(cursor: Cursor, map: MapNode, depth: number): boolean {
  const keys = path(cursor);
  const last = keys.at(-1);
  if (last === undefined || cursor.source[cursor.at] !== '=') return false;
  cursor.at++;
  skip(cursor, false);
  const value = read(cursor, depth + 1);
  if (value === undefined) return false;
  const target = enter(cursor, map, keys.slice(0, -1));
  if (seek(cursor, target, last.text) !== undefined && cursor.problems.length < 20) {
    cursor.problems.push({ ...last.at, why: 'duplicate', says: `key ${JSON.stringify(last.text.slice(0, 60))} stands twice` });
  }
  add(cursor, target, { key: last.text, keyAt: last.at, value });
  return true;
}

function read(cursor: Cursor, depth: number): Node | undefined {
  cursor.step();
  const { source } = cursor;
  const start = cursor.at;
  const char = source[start];
  if (char === '"' || char === "'") return string(cursor);
  if (char === '[' || char === '{') {
    if (depth > DEPTH) {
      cursor.problems.push({ start, end: start + 1, why: 'depth', says: `nested more than ${DEPTH} deep` });
      cursor.at = source.length;
      return undefined;
    }
    cursor.at++;
    const list: ListNode & { end: number } = { kind: 'list', start, end: start, items: [] };
    const map: MapNode & { end: number } = { kind: 'map', start, end: start, entries: [] };
    const close = char === '[' ? ']' : '}';
    for (;;) {
      skip(cursor, true);
      const here = source[cursor.at];
      if (here === undefined || here === close) break;
      if (here === ',') {
        cursor.at++;
        continue;
      }
      const before = cursor.at;
      if (char === '{') {
        if (!assign(cursor, map, depth)) complain(cursor, 'broken inline table');
      } else {
        const item = read(cursor, depth + 1);
        if (item !== undefined) list.items.push(item);
      }
      if (cursor.at === before) cursor.at++;
    }
    if (cursor.at >= source.length) complain({ ...cursor, at: start }, 'a bracket is not closed');
    else cursor.at++;
    list.end = cursor.at;
    map.end = cursor.at;
    return char === '[' ? list : map;
  }
  SCALAR.lastIndex = start;
  const word = SCALAR.exec(source)?.[0];
  if (word === undefined) return undefined;
  cursor.at += word.length;
  return { kind: 'scalar', text: word, start, end: cursor.at };
}

export function readToml(source: string, step: () => void = () => {}): Tree {
  const cursor: Cursor = { source, at: 0, problems: [], comments: [], step, index: new Map() };
  const root: MapNode = { kind: 'map', start: 0, end: source.length, entries: [] };
  let table = root;
  for (;;) {
    skip(cursor, true);
    if (cursor.at >= source.length) break;
    step();
    let good: boolean;
    if (source[cursor.at] === '[') {
      const many = source[cursor.at + 1] === '[';
      cursor.at += many ? 2 : 1;
      const keys = path(cursor);
      good = keys.length > 0 && source.startsWith(many ? ']]' : ']', cursor.at);
      if (good) cursor.at += many ? 2 : 1;
      const last = keys.at(-1);
      if (many && last !== undefined) {
        const outer = enter(cursor, root, keys.slice(0, -1));
        const found = seek(cursor, outer, last.text);
        table = { kind: 'map', ...last.at, entries: [] };
        if (found?.kind === 'list') found.items.push(table);
        else add(cursor, outer, { key: last.text, keyAt: last.at, value: { kind: 'list', ...last.at, items: [table] } });
      } else table = enter(cursor, root, keys);
    } else good = assign(cursor, table, 0);
    skip(cursor, false);
    const rest = source[cursor.at];
    if (!good || (rest !== undefined && rest !== '\n' && rest !== '\r')) {
      complain(cursor, 'not a line of TOML');
      const line = source.indexOf('\n', cursor.at);
      cursor.at = line < 0 ? source.length : line;
    }
  }
  return { root, problems: cursor.problems, comments: cursor.comments };
}
