/**
 * Markdown, the language skills are written in: frontmatter to declarations, blocks to prose, fences and inline commands to their languages, links to link facts,
 * raw HTML to what it hides. CommonMark and GFM by remark, with exact offsets, piece by piece (chunks.ts) so that no input costs more than its size; known
 * parser bombs become `opaque` and their lines are still read as plain text. Specs: CommonMark 0.31, GFM, agentskills.io.
 */
import type { Code, Definition, Html, Root } from 'mdast';
import remarkFrontmatter from 'remark-frontmatter';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { limits } from '../../limits.ts';
import { type Language, type ReadContext, shifted } from '../contract.ts';
import { afterLine } from '../text/align.ts';
import { bomb, chunkCharsMost, chunkEnd, openEnd } from './chunks.ts';
import { isSkillFile } from './declare.ts';
import { readFrontmatter } from './frontmatter.ts';
import { plainText, type Source } from './inline.ts';
import { closeMarkup } from './markup.ts';
import { type Commands, commandsIn, type PlainBlock } from './setting.ts';
import type { Walk } from './state.ts';
import { outermost, walkBlocks } from './walk.ts';

const processor = unified().use(remarkParse).use(remarkFrontmatter, ['yaml']).use(remarkGfm).freeze();

/** A parsed piece, or one that was refused. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly root?: Root;
  readonly refused?: string;
}

const markdown: Language = {
  id: 'markdown',
  read(text, ctx) {
    if (text.length > limits.markdownBytes) {
      ctx.opaque(0, text.length, 'limit', `Markdown of ${text.length} characters`);
      if (text.length <= limits.textBytes) readPlainly(text, 0, text.length, ctx);
      return;
    }
    const parts = partsOf(text, ctx);
    const definitions = definitionsOf(parts);
    const walk: Walk = {
      ctx,
      block: topOf(ctx),
      at: 0,
      headings: [],
      commands: commandsOf(parts),
      markup: { hiders: [] },
      instructs: instructs(ctx),
    };
    let frontmatter = false;
    for (const part of parts) {
      if (part.root === undefined) {
        ctx.opaque(part.from, part.to, 'limit', part.refused ?? 'Markdown not parsed');
        readPlainly(text, part.from, part.to, ctx);
        continue;
      }
      const source: Source = { text, base: part.from, definitions };
      const [first, ...rest] = part.root.children;
      if (first?.type === 'yaml') {
        frontmatter = true;
        const start = part.from + (first.position?.start.offset ?? 0);
        const at = afterLine(text, start);
        readFrontmatter(text.slice(at, at + first.value.length), at, ctx);
      }
      walkBlocks(first?.type === 'yaml' ? rest : part.root.children, source, walk, outermost);
    }
    closeMarkup(walk.markup, text, ctx);
    pipelineIn(parts, text, ctx);
    if (!frontmatter && ctx.unit.role === 'file' && isSkillFile(ctx.file.path)) {
      ctx.fact(0, Math.min(text.length, 200), {
        kind: 'declare',
        what: 'spec-error',
        value: { kind: 'known', text: 'frontmatter' },
        detail: 'no frontmatter with name and description',
      });
    }
  },
};
export default markdown;

/**
 * A pipeline of a code host that stands in the page as it is, without a fence: `on:` and `jobs:` at the margin, outside every block of code. Markdown tears it into
 * paragraphs; whoever copies the page has the file.
 */
function pipelineIn(parts: readonly Part[], text: string, ctx: ReadContext): void {
  if (ctx.unit.role !== 'file') return;
  const jobs = /^jobs:[ \t]{0,20}\r?$/m.exec(text);
  const on = jobs === null ? null : /^(?:on|"on"|'on'):/m.exec(text.slice(0, jobs.index));
  if (jobs === null || on === null || jobs.index - on.index > 4000) return;
  for (const part of parts)
    for (const node of part.root?.children ?? []) {
      const start = part.from + (node.position?.start.offset ?? 0);
      const end = part.from + (node.position?.end.offset ?? 0);
      if ((node.type === 'code' || node.type === 'html' || node.type === 'yaml') && start <= jobs.index && end > jobs.index) return;
    }
  // It ends where a heading or a fence says that the page goes on.
  const stop = /^(?:#{1,6} |```|~~~)/m.exec(text.slice(jobs.index));
  const to = stop === null ? text.length : jobs.index + stop.index;
  ctx.embed('workflow', text.slice(on.index, to), shifted(on.index, to), { role: 'fence', stance: ctx.unit.stance, note: 'pipeline in the page' });
}

/** Parses a text piece by piece. Offsets in a root count from its part. */
function partsOf(text: string, ctx: ReadContext): Part[] {
  const parts: Part[] = [];
  // The parser drops a byte-order mark and then counts from behind it.
  let from = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  // The first piece holds the frontmatter whole.
  const opening = /^---[ \t]{0,20}\r?\n/.exec(text.slice(from, from + 40));
  const closing = opening === null ? -1 : closeOf(text, from + opening[0].length);
  let least = Math.max(from, closing);
  while (from < text.length) {
    ctx.step();
    const part = partAt(text, from, chunkEnd(text, Math.max(from, least)), chunkCharsMost + Math.max(0, least - from));
    parts.push(part);
    from = part.to;
    least = 0;
  }
  return parts;
}

/** One piece: parsed, or refused with the reason. A block that the end of the piece cuts off is taken whole. */
function partAt(text: string, from: number, end: number, most: number): Part {
  let to = end;
  if (to - from > most && !(end - from <= 4 * most && longLines(text, from, end))) {
    // No cut for long: one block. If it is a fence or raw HTML its length costs nothing; what the start parses to tells.
    to = Math.min(end, afterLine(text, from + most));
    if (to - from > 2 * most) return { from, to: end, refused: 'one line too long for the parser' };
  }
  const refused = bomb(text, from, to, limits.containerDepth);
  if (refused !== undefined) return { from, to: end, refused };
  const root = parse(text.slice(from, to));
  const last = root.children.at(-1);
  const start = from + (last?.position?.start.offset ?? 0);
  const open = to < text.length ? openEnd(text, last, start, to) : undefined;
  if (open !== undefined && (last?.type === 'code' || last?.type === 'html')) {
    last.value = wholeValue(last, text.slice(start, open));
    last.position = { start: last.position!.start, end: { line: 0, column: 0, offset: open - from } };
    return { from, to: open, root };
  }
  return to === end ? { from, to, root } : { from, to: end, refused: `a block of more than ${most} characters` };
}

/** Wide tables: few lines, each long, none absurd. The parser's cost goes with lines and marks, which the other bounds count. */
function longLines(text: string, from: number, end: number): boolean {
  let lines = 0;
  for (let line = from; line < end; line = afterLine(text, line)) {
    if (afterLine(text, line) - line > 4000) return false;
    lines++;
  }
  return lines * 120 < end - from;
}

/** The value of a fence or raw HTML block from its source; both stand unindented or nearly so, at the top level. */
function wholeValue(node: Code | Html, raw: string): string {
  if (node.type === 'html') return raw.replace(/\r?\n$/, '');
  const indent = /^ {0,3}/.exec(raw)![0].length;
  const lines = raw
    .replace(/\r?\n$/, '')
    .split('\n')
    .slice(1);
  if (/^ {0,3}(?:`{3,}|~{3,})[ \t]{0,400}\r?$/.test(lines.at(-1)?.slice(0, 800) ?? '')) lines.pop();
  return lines.map((line) => line.slice(Math.min(indent, /^ {0,3}/.exec(line)![0].length))).join('\n');
}

const parse = (text: string): Root => processor.parse(text) as Root;

/** Offset behind the line that closes frontmatter, or -1. */
function closeOf(text: string, from: number): number {
  for (let line = from; line < text.length; line = afterLine(text, line)) {
    if (text.startsWith('---', line) && /^---[ \t]{0,20}\r?(?:\n|$)/.test(text.slice(line, line + 30))) return afterLine(text, line);
    if (line - from > limits.yamlBytes) return -1;
  }
  return -1;
}

/** Definitions of the whole document: references resolve across pieces where the parser made a node of them. */
function definitionsOf(parts: readonly Part[]): Map<string, Definition> {
  const found = new Map<string, Definition>();
  for (const part of parts)
    for (const node of part.root?.children ?? []) if (node.type === 'definition' && !found.has(node.identifier)) found.set(node.identifier, node);
  return found;
}

/** Sentences of the document that command what stands elsewhere in it. */
function commandsOf(parts: readonly Part[]): Commands {
  const blocks: PlainBlock[] = [];
  for (const part of parts) {
    for (const node of part.root?.children ?? []) {
      if (node.type === 'yaml' || node.type === 'definition') continue;
      const text = node.type === 'code' || node.type === 'html' || node.type === 'table' ? '' : plainText(node);
      blocks.push({ text, start: part.from + (node.position?.start.offset ?? 0), end: part.from + (node.position?.end.offset ?? 0) });
    }
  }
  return commandsIn(blocks);
}

/** Blocks of a fence inside a document count from a range of their own, so that nearness stays within it. */
function topOf(ctx: ReadContext): number {
  const outer = ctx.unit.role === 'file' ? undefined : /^block:(\d{1,9})$/.exec(ctx.unit.note ?? '')?.[1];
  return outer === undefined ? 0 : (Number(outer) + 1) * 100_000;
}

/** Only the skill's own file tells the agent what to do at once; what other files say counts when something sends the agent there. */
const instructs = (ctx: ReadContext): boolean => isSkillFile(ctx.file.path) && ctx.unit.stance === 'use' && ctx.unit.reach !== 'mentioned';

/** What the parser is spared is still text: read it line by line. */
function readPlainly(text: string, from: number, to: number, ctx: ReadContext): void {
  ctx.embed('text', text.slice(from, to), shifted(from, to), { role: 'prose' });
}
