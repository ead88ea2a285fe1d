/**
 * INI and its relatives (`.npmrc`, `pip.conf`, `setup.cfg`, git configuration, systemd units, `.desktop`, `.env`, Java properties) to a tree with places: sections are maps,
 * git's `[remote "origin"]` is two levels, indented lines continue a value. There is no standard to break, so it reports only what repeats within a section.
 */

import type { MapNode, Node, Place, TextNode, Tree } from './tree.ts';
import { hashComments } from './yaml-tree.ts';

interface Line extends Place {
  /** First character that is not blank. */
  readonly first: number;
}

function* linesOf(source: string): Generator<Line> {
  let at = 0;
  while (at < source.length) {
    let end = source.indexOf('\n', at);
    if (end < 0) end = source.length;
    let first = at;
    while (first < end && source.charCodeAt(first) <= 32) first++;
    let last = end;
    while (last > first && source.charCodeAt(last - 1) <= 32) last--;
    yield { start: at, end: last, first };
    at = end + 1;
  }
}

function valueNode(source: string, start: number, end: number): TextNode {
  const quote = source[start];
  if (end - start >= 2 && (quote === '"' || quote === "'") && source[end - 1] === quote) {
    const raw = source.slice(start + 1, end - 1);
    return {
      kind: 'text',
      text: quote === '"' ? raw.replace(/\\(["\\])/g, '$1') : raw,
      start,
      end,
      inner: start + 1,
      quote: quote === '"' ? '"' : '',
    };
  }
  return { kind: 'text', text: source.slice(start, end), start, end, inner: start, quote: '' };
}

/** @param separators characters that end a key; `=:` by default */
export function readIni(source: string, step: () => void = () => {}, separators = '=:'): Tree {
  const root: MapNode = { kind: 'map', start: 0, end: source.length, entries: [] };
  const sections = new Map<string, MapNode>();
  let section = root;
  let last: { value: Node } | undefined;
  for (const line of linesOf(source)) {
    step();
    const { first, end } = line;
    if (first >= end) continue;
    const head = source[first]!;
    if (head === '#' || head === ';') continue;
    if (first > line.start && last !== undefined && head !== '[') {
      const before = last.value;
      // git indents its keys; a continuation has no separator or follows an empty value.
      const hasKey = /^[\w.@/-]{1,200}[ \t]{0,20}[=:]/.test(source.slice(first, end));
      if (before.kind === 'text' && (before.text === '' || !hasKey)) {
        const text = before.text === '' ? source.slice(first, end) : `${before.text}\n${source.slice(first, end)}`;
        last.value =
          before.text === '' ? valueNode(source, first, end) : { kind: 'text', text, start: before.start, end, inner: before.inner, quote: '' };
        continue;
      }
    }
    if (head === '[') {
      const close = source.indexOf(']', first);
      const inside = source.slice(first + 1, close > first && close <= end ? close : end);
      const named = /^([\w.-]{1,100})[ \t]{1,20}"(.{0,400})"$/.exec(inside);
      const names = named === null ? [inside.trim()] : [named[1]!, named[2]!];
      const key = names.join('\0');
      let found = sections.get(key);
      if (found === undefined) {
        let parent: MapNode = root;
        if (names.length === 2) {
          const outer = sections.get(names[0]!);
          parent = outer ?? { kind: 'map', start: first, end, entries: [] };
          if (outer === undefined) {
            sections.set(names[0]!, parent);
            root.entries.push({ key: names[0]!, keyAt: { start: first, end }, value: parent });
          }
        }
        found = { kind: 'map', start: first, end, entries: [] };
        sections.set(key, found);
        parent.entries.push({ key: names.at(-1)!, keyAt: { start: first, end }, value: found });
      }
      section = found;
      last = undefined;
      continue;
    }
    let cut = first;
    while (cut < end && !separators.includes(source[cut]!)) cut++;
    let keyEnd = cut;
    while (keyEnd > first && source.charCodeAt(keyEnd - 1) <= 32) keyEnd--;
    let from = Math.min(end, cut + 1);
    while (from < end && source.charCodeAt(from) <= 32) from++;
    const entry = { key: source.slice(first, keyEnd), keyAt: { start: first, end: keyEnd }, value: valueNode(source, from, end) as Node };
    section.entries.push(entry);
    last = entry;
  }
  return { root, problems: [], comments: hashComments(source, '#;') };
}
