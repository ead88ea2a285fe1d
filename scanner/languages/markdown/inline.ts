/**
 * The text of one block as a reader sees it: markup removed, inline code kept between backticks, entities and escapes resolved, and every character mapped to
 * where it stands in the source. Also what the block holds besides text: code spans, links, images, raw HTML.
 */
import type { Definition, Html, Image, InlineCode, Link, Nodes, PhrasingContent } from 'mdast';
import type { ReadContext } from '../contract.ts';
import { align, type Piece } from '../text/align.ts';

export interface CodeSpan {
  readonly node: InlineCode;
  /** Offset of the opening backtick in the block's text. */
  readonly at: number;
  /** Offsets of the code between the backticks in the source. */
  readonly start: number;
  readonly end: number;
}

export interface Target {
  readonly url: string;
  readonly text: string;
  readonly title: string;
  readonly form: 'link' | 'image' | 'auto';
  readonly start: number;
  readonly end: number;
}

export interface InlineText {
  text: string;
  readonly pieces: Piece[];
  readonly codes: CodeSpan[];
  readonly targets: Target[];
  readonly html: { readonly node: Html; readonly start: number; readonly end: number }[];
}

/** Source text, offset of the piece being read, and the definitions that references resolve to. */
export interface Source {
  readonly text: string;
  readonly base: number;
  readonly definitions: ReadonlyMap<string, Definition>;
}

export const startOf = (node: Nodes, source: Source): number => source.base + (node.position?.start.offset ?? 0);
export const endOf = (node: Nodes, source: Source): number => source.base + (node.position?.end.offset ?? 0);

/** How deep emphasis, links and such may nest; deeper text is still taken, as it stands in the source. */
const deepest = 60;

/**
 * Puts the text of a block together.
 * @param start offset of the block in the source, @param end of its end
 */
export function inlineText(nodes: readonly PhrasingContent[], source: Source, ctx: ReadContext, start: number, end: number): InlineText {
  const out: InlineText = { text: '', pieces: [], codes: [], targets: [], html: [] };
  each(nodes, out, source, ctx, 0, start, end);
  return out;
}

function literal(out: InlineText, text: string, outer: number): void {
  out.pieces.push({ at: out.text.length, outer });
  out.text += text;
}

function aligned(out: InlineText, value: string, start: number, end: number, source: Source): void {
  if (value === '') return;
  const raw = source.text.slice(start, end);
  if (raw === value) literal(out, value, start);
  else {
    out.pieces.push(...align(raw, value, start, out.text.length));
    out.text += value;
  }
}

/**
 * Adds sibling nodes. Text around addresses that remark-gfm finds late comes without positions; it is looked up between its neighbours.
 */
function each(nodes: readonly PhrasingContent[], out: InlineText, source: Source, ctx: ReadContext, depth: number, start: number, end: number): void {
  const limits: number[] = new Array(nodes.length);
  for (let index = nodes.length - 1, limit = end; index >= 0; index--) {
    limits[index] = limit;
    if (nodes[index]!.position !== undefined) limit = startOf(nodes[index]!, source);
  }
  let cursor = start;
  for (const [index, node] of nodes.entries()) {
    let from = cursor;
    let to = limits[index]!;
    if (node.position !== undefined) {
      from = startOf(node, source);
      to = endOf(node, source);
    } else {
      const text = plainText(node);
      const found = source.text.slice(cursor, to).indexOf(text);
      if (found >= 0) {
        from = cursor + found;
        to = from + text.length;
      }
    }
    add(node, out, source, ctx, depth, from, Math.max(from, to));
    const reached = out.pieces.at(-1);
    // Where nothing was found, go on behind what could be brought together.
    const taken = node.position === undefined && reached !== undefined ? Math.min(to, reached.outer + (out.text.length - reached.at)) : to;
    cursor = Math.max(cursor, taken);
  }
}

function add(node: PhrasingContent, out: InlineText, source: Source, ctx: ReadContext, depth: number, start: number, end: number): void {
  ctx.step();
  switch (node.type) {
    case 'text':
      aligned(out, node.value, start, end, source);
      return;
    case 'inlineCode': {
      const raw = source.text.slice(start, end);
      const ticks = /^`{1,400}/.exec(raw)?.[0].length ?? 1;
      const inner = start + ticks + Math.max(0, raw.slice(ticks).indexOf(node.value.split('\n')[0] ?? ''));
      out.codes.push({ node, at: out.text.length, start: inner, end: Math.max(inner, end - ticks) });
      literal(out, '`', start);
      aligned(out, node.value, inner, Math.max(inner, end - ticks), source);
      literal(out, '`', Math.max(start, end - 1));
      return;
    }
    case 'break':
      literal(out, '\n', start);
      return;
    case 'html':
      out.html.push({ node, start, end });
      if (/^<br[\s/>]/i.test(node.value)) literal(out, '\n', start);
      return;
    case 'image':
    case 'imageReference': {
      const url = node.type === 'image' ? node.url : source.definitions.get(node.identifier)?.url;
      if (url !== undefined) out.targets.push(target(node.type === 'image' ? node : undefined, url, node.alt ?? '', 'image', start, end));
      if (node.alt) {
        if (out.text !== '' && !/\s$/.test(out.text)) literal(out, ' ', start);
        aligned(out, node.alt, Math.min(start + 2, end), end, source);
        literal(out, ' ', Math.max(start, end - 1));
      }
      return;
    }
    case 'link':
    case 'linkReference': {
      const from = out.text.length;
      children(node.children, out, source, ctx, depth, start, end);
      const url = node.type === 'link' ? node.url : source.definitions.get(node.identifier)?.url;
      if (url === undefined) return;
      const text = out.text.slice(from);
      // Text in brackets begins behind the bracket.
      const bare = node.type === 'link' && source.text[start] !== '[';
      out.targets.push(target(node.type === 'link' ? node : undefined, url, text, bare ? 'auto' : 'link', start, end));
      return;
    }
    case 'footnoteReference':
      return;
    default:
      if ('children' in node) children(node.children as PhrasingContent[], out, source, ctx, depth, start, end);
  }
}

function children(
  nodes: readonly PhrasingContent[],
  out: InlineText,
  source: Source,
  ctx: ReadContext,
  depth: number,
  start: number,
  end: number,
): void {
  if (depth >= deepest) literal(out, source.text.slice(start, end), start);
  else each(nodes, out, source, ctx, depth + 1, start, end);
}

const target = (node: Link | Image | undefined, url: string, text: string, form: Target['form'], start: number, end: number): Target => ({
  url,
  text: text.trim().slice(0, 400),
  title: node?.title ?? '',
  form,
  start,
  end,
});

/** Text of a node and everything in it, without positions; bounded depth. */
export function plainText(node: Nodes, depth = 0): string {
  if (depth > deepest) return '';
  if (node.type === 'inlineCode') return `\`${node.value}\``;
  if (node.type === 'html') return '';
  if ('value' in node) return node.value;
  if ('alt' in node) return node.alt ?? '';
  const between = node.type === 'tableRow' ? ' | ' : node.type === 'list' || node.type === 'listItem' || node.type === 'blockquote' ? '\n' : '';
  if ('children' in node) return node.children.map((child) => plainText(child, depth + 1)).join(between);
  return '';
}
