/**
 * The YAML at the head of a SKILL.md, with the place of every value. Bounded before it is parsed (size, nesting: yaml-tree.ts says why; on a server also the number of its parts),
 * aliases are not followed, keys keep their order and their doubles. Offsets are UTF-16 units of the whole text. Throws nothing: what is wrong is said in `problem`.
 */
import { type Document, isMap, isScalar, isSeq, Lexer, type Node, type Pair, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import { yamlDepth } from '../../scanner/languages/data/yaml-tree.ts';
import { limits } from '../../scanner/limits.ts';

/** Deepest nesting that is read; real frontmatter stays under ten. */
const DEPTH = 60;

/** How much YAML is parsed at all. */
export interface YamlBounds {
  /** UTF-16 units. */
  readonly length: number;
  /** Lexemes (marks, words, line ends …). The parser has no early stop: it makes an error object for each `,` of a text of commas, so they are counted before. */
  readonly parts: number;
}

/** For people's own machines. */
const wide: YamlBounds = { length: limits.yamlBytes, parts: Number.POSITIVE_INFINITY };
/** For a server, which does nothing else while it parses: some 10 ms at most. The longest real frontmatter we know has 2,500 characters and 400 parts. */
export const serverBounds: YamlBounds = { length: 16 * 1024, parts: 4000 };

export type FrontmatterProblem = 'missing' | 'indented' | 'unclosed' | 'too-large' | 'too-many-parts' | 'too-deep' | 'invalid' | 'not-a-mapping';

export interface Frontmatter {
  readonly problem?: FrontmatterProblem;
  /** What it was read with. */
  readonly bounds: YamlBounds;
  /** The text between the two lines of dashes. */
  readonly yaml: string;
  /** Where it begins in the text. */
  readonly at: number;
  /** Where the body begins. */
  readonly bodyAt: number;
  /** Also there when the YAML is invalid, as far as the parser got. */
  readonly document?: Document.Parsed;
  readonly map?: YAMLMap.Parsed;
}

const isFence = (line: string): boolean => line.startsWith('---') && line.trim() === '---';

/** Parses YAML of at most the limits; the parser's own limits are never reached. Nobody reads where in the parser its errors were made, and writing that down is most of their cost. */
export function parseYaml(yaml: string): Document.Parsed {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return parseDocument(yaml, { uniqueKeys: false, prettyErrors: false, logLevel: 'silent', stringKeys: false });
  } finally {
    Error.stackTraceLimit = before;
  }
}

/** What a YAML text inside of a value says, or undefined if it is nested too deep to be read. */
export const parseInner = (yaml: string): Document.Parsed | undefined => (yamlDepth(yaml) > DEPTH ? undefined : parseYaml(yaml));

function hasMoreParts(yaml: string, most: number): boolean {
  // Each has a character at least.
  if (yaml.length <= most) return false;
  let parts = 0;
  for (const _ of new Lexer().lex(yaml)) if (++parts > most) return true;
  return false;
}

/** Finds and parses the frontmatter of a text. A byte-order mark in front does not count. */
export function readFrontmatter(text: string, bounds: YamlBounds = wide): Frontmatter {
  const start = text.startsWith('\ufeff') ? 1 : 0;
  const none = { bounds, yaml: '', at: start, bodyAt: start };
  const lineEnd = (from: number): number => {
    const end = text.indexOf('\n', from);
    return end < 0 ? text.length : end;
  };
  let end = lineEnd(start);
  if (!isFence(text.slice(start, Math.min(end, start + 40)))) {
    const body = text.slice(start, start + 4_096);
    const first = body.trimStart();
    return { problem: isFence(first.slice(0, 40).split('\n')[0] ?? '') ? 'indented' : 'missing', ...none };
  }
  const at = Math.min(end + 1, text.length);
  let from = at;
  for (; from < text.length; from = end + 1) {
    end = lineEnd(from);
    if (isFence(text.slice(from, Math.min(end, from + 40)))) break;
    if (from - at > bounds.length) return { problem: 'too-large', ...none };
  }
  if (from >= text.length) return { problem: 'unclosed', ...none };
  const yaml = text.slice(at, from);
  const place = { bounds, yaml, at, bodyAt: Math.min(end + 1, text.length) };
  if (yaml.length > bounds.length) return { problem: 'too-large', ...place };
  if (hasMoreParts(yaml, bounds.parts)) return { problem: 'too-many-parts', ...place };
  if (yamlDepth(yaml) > DEPTH) return { problem: 'too-deep', ...place };
  const document = parseYaml(yaml);
  const map = isMap(document.contents) ? document.contents : undefined;
  const problem = document.errors.length > 0 ? 'invalid' : map === undefined ? 'not-a-mapping' : undefined;
  return { ...(problem === undefined ? {} : { problem }), ...place, document, ...(map === undefined ? {} : { map }) };
}

/** The key of a pair if it is a plain name. */
export const keyOf = (pair: Pair): string | undefined => (isScalar(pair.key) && typeof pair.key.value === 'string' ? pair.key.value : undefined);

/** The last value under a key of a map: the one that most readers keep. */
export function valueAt(map: unknown, key: string): Node | undefined {
  if (!isMap(map)) return undefined;
  const pair = map.items.findLast((item) => keyOf(item) === key);
  return (pair?.value as Node | null | undefined) ?? undefined;
}

/** A scalar as its author wrote it: `1.0` stays `1.0`. Undefined for null and for anything else. */
export function scalarText(node: unknown): string | undefined {
  if (!isScalar(node) || node.value === null || node.value === undefined) return undefined;
  return typeof node.value === 'string' ? node.value : ((node as Scalar).source ?? String(node.value));
}

/** A value as plain data. Aliases become their names, so that no document grows; numbers that JSON has not become text. */
export function plain(node: unknown): unknown {
  if (isMap(node))
    return Object.fromEntries(node.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '?', plain(pair.value)] as const));
  if (isSeq(node)) return node.items.map(plain);
  if (isScalar(node)) {
    const { value } = node;
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    return typeof value === 'number' && Number.isFinite(value) ? value : (node.source ?? String(value));
  }
  return node === null || node === undefined ? null : `*${(node as { source?: string }).source ?? ''}`;
}
