/**
 * Raw HTML inside Markdown. Elements may open in one node and close in a later one, with Markdown between, so the open hiders live as long as the document.
 * Everything else (comments, links, scripts, text) is read as in any HTML.
 */
import type { Html } from 'mdast';
import type { Stance } from '../../model.ts';
import { collapsed, type ReadContext } from '../contract.ts';
import { closeHider, hide, openHider, readComment, readHtml, readTag } from '../html/read.ts';
import { tokens } from '../html/tokens.ts';
import { alignLines, outerAt } from '../text/align.ts';
import type { Source } from './inline.ts';
import { type Markup, sectionOf, type Walk } from './state.ts';

/** Reads one HTML node. Flow nodes hold text of their own; inline nodes are single tags or comments whose text is in the paragraph. */
export function readMarkup(node: Html, start: number, end: number, source: Source, walk: Walk, markup: Markup, stance: Stance): void {
  const { ctx } = walk;
  const raw = source.text.slice(start, end);
  // In quotes and lists the node's value lacks the line prefixes; map line by line.
  const linear = raw === node.value;
  const text = linear ? raw : node.value;
  const pieces = linear ? undefined : alignLines(raw, node.value, start, 0);
  const map = (offset: number): number => (pieces === undefined ? start + offset : Math.min(end, outerAt(pieces, offset)));
  const options = { block: walk.block, section: sectionOf(walk), image: false, map, ...(stance === 'use' ? {} : { stance }) };
  const identity = (offset: number): number => offset;
  // Hiders: positions are of the document, so that one that closes in a later node spans what lies between.
  for (const token of tokens(text)) {
    ctx.step();
    if (token.kind === 'open') openHider(markup.hiders, { ...token, end: map(token.end - 1) + 1 });
    else if (token.kind === 'close') closeHider(markup.hiders, { ...token, start: map(token.start) }, source.text, ctx, identity);
  }
  const inline = /^<[^<>]{0,2000}>$/.test(text) && !text.startsWith('<!--');
  if (inline) {
    for (const token of tokens(text)) if (token.kind === 'open') readTag(token, text, ctx, options);
  } else if (text.startsWith('<!--') && text.indexOf('-->') === text.length - 3) {
    readComment(text.slice(4, -3), { start: 0, end: text.length, from: 4, to: text.length - 3 }, ctx, options);
    readExpansions(text, map, ctx);
  } else {
    // Its own hiders are stated above; the reader gets a context that leaves them out.
    readHtml(text, withoutHiding(ctx), options);
    readExpansions(text, map, ctx);
  }
  walk.block = options.block;
}

/** The host's expansion of !`command` works on the raw file, so it also works inside HTML. */
function readExpansions(text: string, map: (offset: number) => number, ctx: ReadContext): void {
  for (const found of text.matchAll(/(?:^|[\s(>])!`([^`\n]{1,2000})`/g)) {
    const at = found.index + found[0].length - found[1]!.length - 1;
    ctx.embed('shell', found[1]!, collapsed(map(at), map(at + found[1]!.length)), {
      role: 'hook',
      stance: 'use',
      reach: 'automatic',
      note: 'load-time expansion',
    });
  }
}

/** Hiders still open at the end of the document hide up to its end. */
export function closeMarkup(markup: Markup, text: string, ctx: ReadContext): void {
  for (const hider of markup.hiders.splice(0)) hide(hider, text.length, text, ctx, (offset) => offset);
}

const withoutHiding = (ctx: ReadContext): ReadContext => ({
  ...ctx,
  fact: (start, end, draft) =>
    draft.kind === 'hide' && (draft.how === 'collapsed' || draft.how === 'invisible-style' || draft.how === 'off-screen')
      ? -1
      : ctx.fact(start, end, draft),
});
