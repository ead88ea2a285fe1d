/**
 * YAML 1.2 to a tree with places. The parser recurses, and near the end of the stack V8 may abort the whole process while it compiles a regular expression; so nesting is
 * counted first, by one linear pass, and deeper text is refused. Aliases are followed only while the whole document stays small: a billion laughs ends as a limit.
 */
import { type Alias, isAlias, isMap, isScalar, isSeq, parseAllDocuments, type Scalar } from 'yaml';
import { DEPTH, type Entry, type ListNode, type MapNode, type Node, type Place, type Tree, type TreeProblem } from './tree.ts';

/** Largest text given to the parser: measured linear, 1.6 MB a second. */
export const YAML_CHARS = 1024 * 1024;
/** Nodes that aliases may add. */
const ALIAS_NODES = 20_000;

/** An upper bound of how deep the parser would recurse. */
export function yamlDepth(source: string): number {
  const indents: number[] = [];
  let deepest = 0;
  let brackets = 0;
  let at = 0;
  while (at < source.length) {
    let end = source.indexOf('\n', at);
    if (end < 0) end = source.length;
    let first = at;
    while (first < end && source.charCodeAt(first) === 32) first++;
    if (first < end) {
      const indent = first - at;
      while (indents.length > 0 && indents.at(-1)! >= indent) indents.pop();
      indents.push(indent);
      let compact = 0;
      let colons = 0;
      let head = true;
      for (let index = first; index < end; index++) {
        const code = source.charCodeAt(index);
        const blank = index + 1 >= end || source.charCodeAt(index + 1) <= 32;
        if (head && (code === 45 || code === 63) && blank) compact++;
        else if (code > 32) head = false;
        if (code === 91 || code === 123) brackets++;
        else if ((code === 93 || code === 125) && brackets > 0) brackets--;
        else if (code === 58 && blank) colons++;
        else if (code === 63 && blank) compact++;
        else if (code === 44 || code === 34 || code === 39) colons = 0;
        const depth = indents.length + compact + brackets + colons;
        if (depth > deepest) deepest = depth;
      }
    }
    at = end + 1;
  }
  return deepest;
}

interface Build {
  readonly source: string;
  readonly step: () => void;
  readonly problems: TreeProblem[];
  readonly anchors: Map<string, { readonly node: Node; readonly weight: number }>;
  added: number;
  weight: number;
}

function scalarNode(build: Build, scalar: Scalar, start: number, end: number): Node {
  const { source } = build;
  const { value } = scalar;
  if (typeof value !== 'string') return { kind: 'scalar', text: scalar.source ?? String(value), start, end };
  if (scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED') {
    const line = source.indexOf('\n', start);
    return { kind: 'text', text: value, start, end, inner: line < 0 || line > end ? start : line + 1, quote: '' };
  }
  const quoted = scalar.type === 'QUOTE_DOUBLE' ? '"' : scalar.type === 'QUOTE_SINGLE' ? "'" : '';
  const open = quoted === '' ? start : Math.max(start, source.indexOf(quoted, start));
  return { kind: 'text', text: value, start, end, inner: quoted === '' ? open : open + 1, quote: quoted };
}

function aliasNode(build: Build, alias: Alias, place: Place): Node {
  const target = build.anchors.get(alias.source);
  if (target !== undefined && build.added + target.weight <= ALIAS_NODES) {
    build.added += target.weight;
    build.weight += target.weight;
    return target.node;
  }
  if (target !== undefined && !build.problems.some((problem) => problem.why === 'limit'))
    build.problems.push({ ...place, why: 'limit', says: `aliases stand for more than ${ALIAS_NODES} values` });
  return { kind: 'scalar', text: `*${alias.source}`, ...place };
}

function convert(build: Build, node: unknown, parent: Place): Node {
  build.step();
  build.weight++;
  const before = build.weight;
  const range = (node as { range?: readonly [number, number, number] | null } | null)?.range;
  const place: Place = range ? { start: range[0], end: Math.max(range[0], range[1]) } : parent;
  let made: Node;
  if (isAlias(node)) return aliasNode(build, node, place);
  if (isMap(node)) {
    const entries: Entry[] = [];
    const seen = new Set<string>();
    const map: MapNode = { kind: 'map', ...place, entries };
    for (const pair of node.items) {
      const key = convert(build, pair.key, place);
      const value =
        pair.value === null ? ({ kind: 'scalar', text: '', start: key.end, end: key.end } satisfies Node) : convert(build, pair.value, key);
      const text = key.kind === 'text' || key.kind === 'scalar' ? key.text : '?';
      // A merge key brings the entries of what it names; own entries come after and win.
      if (text === '<<') for (const from of value.kind === 'list' ? value.items : [value]) if (from.kind === 'map') entries.unshift(...from.entries);
      if (seen.has(text) && text !== '<<' && build.problems.length < 20)
        build.problems.push({ start: key.start, end: key.end, why: 'duplicate', says: `key ${JSON.stringify(text.slice(0, 60))} stands twice` });
      seen.add(text);
      entries.push({ key: text, keyAt: { start: key.start, end: key.end }, value });
    }
    made = map;
  } else if (isSeq(node)) made = { kind: 'list', ...place, items: node.items.map((item) => convert(build, item, place)) } satisfies ListNode;
  else if (isScalar(node)) made = scalarNode(build, node, place.start, place.end);
  else made = { kind: 'scalar', text: '', start: place.start, end: place.start };
  const anchor = (node as { anchor?: string } | null)?.anchor;
  if (anchor !== undefined) build.anchors.set(anchor, { node: made, weight: build.weight - before + 1 });
  return made;
}

/** Comment lines; what stands behind `#` at the head of a line, also inside block scalars, where it does no harm to read it twice. */
export function hashComments(source: string, marks = '#'): Place[] {
  const out: Place[] = [];
  let at = 0;
  while (at < source.length) {
    let end = source.indexOf('\n', at);
    if (end < 0) end = source.length;
    let first = at;
    while (first < end && source.charCodeAt(first) <= 32) first++;
    if (first < end && marks.includes(source[first]!)) out.push({ start: first + 1, end });
    else {
      const behind = source.slice(first, end).indexOf(' #');
      if (behind >= 0) out.push({ start: first + behind + 2, end });
    }
    at = end + 1;
  }
  return out;
}

export function readYaml(source: string, step: () => void = () => {}): Tree {
  const whole = { start: 0, end: source.length };
  if (source.length > YAML_CHARS)
    return { root: undefined, comments: [], problems: [{ ...whole, why: 'limit', says: `YAML of more than ${YAML_CHARS} characters` }] };
  if (yamlDepth(source) > DEPTH)
    return { root: undefined, comments: [], problems: [{ ...whole, why: 'depth', says: `YAML nested more than ${DEPTH} deep` }] };
  const problems: TreeProblem[] = [];
  const documents = parseAllDocuments(source, { uniqueKeys: false, prettyErrors: false, logLevel: 'silent', keepSourceTokens: false });
  const roots: Node[] = [];
  for (const document of Array.isArray(documents) ? documents : []) {
    const first = document.errors[0];
    if (first !== undefined && problems.length < 20) {
      const start = Math.min(source.length, first.pos[0]);
      problems.push({ start, end: Math.min(source.length, Math.max(start, first.pos[1])), why: 'parse-error', says: first.message.slice(0, 160) });
    }
    if (document.contents === null) continue;
    const build: Build = { source, step, problems, anchors: new Map(), added: 0, weight: 0 };
    roots.push(convert(build, document.contents, whole));
  }
  const root = roots.length > 1 ? ({ kind: 'list', ...whole, items: roots } satisfies ListNode) : roots[0];
  return { root, problems, comments: hashComments(source) };
}
