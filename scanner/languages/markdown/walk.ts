/**
 * Walks the blocks of a Markdown tree: every paragraph, heading, list item and table row becomes one prose unit, every fence a unit of its language, with the
 * stance that the structure around it gives (setting.ts) and exact offsets. Iterates with an explicit depth: nested containers are bounded before parsing.
 */
import type { Blockquote, Code, Heading, Html, List, ListItem, Paragraph, RootContent, Table, TableRow } from 'mdast';
import type { Stance } from '../../model.ts';
import { readFence } from './fence.ts';
import { endOf, type InlineText, inlineText, plainText, type Source, startOf } from './inline.ts';
import { readMarkup } from './markup.ts';
import { emitProse, emitTitle, linkFact, type ProseOptions } from './prose.ts';
import { headingSetting, type Introduced, leadInSetting, type Said, stanceOf, tableSetting, unsaid } from './setting.ts';
import { headingAround, settled, type Walk } from './state.ts';

/** What the surroundings say about a block. */
export interface Around {
  readonly said: Said;
  readonly quoted: boolean;
  /** Text of the block before, if it can introduce. */
  readonly lead: string;
}

export const outermost: Around = { said: unsaid, quoted: false, lead: '' };

/** Walks sibling blocks. */
export function walkBlocks(nodes: readonly RootContent[], source: Source, walk: Walk, around: Around): void {
  let { lead } = around;
  for (const node of nodes) {
    walk.ctx.step();
    walk.at = startOf(node, source);
    const here: Around = { ...around, lead };
    switch (node.type) {
      case 'heading':
        readHeading(node, source, walk, here);
        lead = '';
        continue;
      case 'paragraph':
        readParagraph(node, source, walk, here);
        lead = plainText(node).slice(-600);
        continue;
      case 'list':
        readList(node, source, walk, here);
        break;
      case 'blockquote':
        readQuote(node, source, walk, here);
        break;
      case 'table':
        readTable(node, source, walk, here);
        break;
      case 'code':
        readCode(node, source, walk, here);
        break;
      case 'html':
        walk.block++;
        readMarkup(node, startOf(node, source), endOf(node, source), source, walk, walk.markup, settled(walk, here.said, 'text', here.quoted));
        // A comment between a lead-in and its block changes nothing for the reader.
        if (isComment(node)) continue;
        break;
      case 'footnoteDefinition':
        walkBlocks(node.children, source, walk, { ...here, lead: '' });
        break;
      case 'definition':
        walk.ctx.fact(startOf(node, source), endOf(node, source), linkFact(node.url, node.label ?? '', 'link', walk));
        if (node.title) emitTitle(node.title, startOf(node, source), endOf(node, source), walk);
        continue;
      default:
        break;
    }
    lead = '';
  }
}

const isComment = (node: Html): boolean => /^\s{0,3}<!--/.test(node.value) && node.value.trimEnd().endsWith('-->');

function options(walk: Walk, source: Source, around: Around, stance: Stance): ProseOptions {
  const code = settled(walk, around.said, 'code', around.quoted);
  return { walk, source, stance, codeStance: code, inTable: false };
}

function readHeading(node: Heading, source: Source, walk: Walk, around: Around): void {
  const text = inlineText(node.children, source, walk.ctx, startOf(node, source), endOf(node, source));
  while (walk.headings.length > 0 && walk.headings.at(-1)!.level >= node.depth) walk.headings.pop();
  walk.block++;
  emitProse(text, startOf(node, source), endOf(node, source), options(walk, source, around, around.quoted ? 'example' : 'use'));
  const title = text.text.replace(/\s+/g, ' ').trim().slice(0, 200);
  walk.headings.push({ level: node.depth, title, top: node.depth === 1, ...headingSetting(title) });
}

function readParagraph(node: Paragraph, source: Source, walk: Walk, around: Around): void {
  walk.block++;
  const text = inlineText(node.children, source, walk.ctx, startOf(node, source), endOf(node, source));
  emitProse(text, startOf(node, source), endOf(node, source), options(walk, source, around, settled(walk, around.said, 'text', around.quoted)));
}

/** What introduces the next block: the lead-in sentence if it says anything, else the surroundings, else the heading. */
function introduced(walk: Walk, around: Around): Said {
  const own = around.lead === '' ? 'none' : leadInSetting(around.lead);
  const heading = walk.headings.at(-1)?.title ?? '';
  if (own !== 'none')
    return { setting: own, by: 'lead', strict: false, label: own === 'command' ? around.lead.slice(-200) : `${around.lead.slice(-200)} ${heading}` };
  return around.said.setting !== 'none' ? around.said : headingAround(walk);
}

function readList(node: List, source: Source, walk: Walk, around: Around): void {
  const said = introduced(walk, around);
  // A heading called "Output" or "Example" names a topic; only the lead-in of the list itself makes its items samples.
  const topic = (said.setting === 'output' || said.setting === 'example') && said.by !== 'lead';
  for (const item of node.children) readItem(item, source, walk, { ...around, said: topic ? around.said : said, lead: '' });
}

function readItem(item: ListItem, source: Source, walk: Walk, around: Around): void {
  walk.ctx.step();
  const first = item.children[0];
  const label = first?.type === 'paragraph' ? plainText(first).slice(0, 600) : '';
  // "❌ …" marks one item; it lowers and does not hide.
  const marked = /^[\s*_]{0,4}(?:❌|🚫|⛔|✗|✘)/u.test(label) && stanceOf(around.said, 'text') === 'use';
  walkBlocks(item.children, source, walk, marked ? { ...around, said: { setting: 'example', by: 'lead', label, strict: false } } : around);
}

/** Callouts are the author speaking; everything else in quote marks is somebody else's words. */
const callout =
  /^[\s*_]{0,4}(?:\[!\w{1,20}\]|[\p{Extended_Pictographic}\u2139\u26a0]|(?:\*\*|__)|(?:note|important|warning|tip|caution|info|attention|prerequisites?|requirements?|requires?|needs?|before (?:you|using|first)|you (?:need|must)|install|this skill|required|critical|danger|step \d+|action|remember|security|rule|key)\b)/iu;

function readQuote(node: Blockquote, source: Source, walk: Walk, around: Around): void {
  const said = introduced(walk, around);
  const raw = source.text.slice(startOf(node, source), startOf(node, source) + 200).replace(/^[\s>]{1,40}/, '');
  const own = callout.test(raw) || said.setting === 'command';
  const kept = own && stanceOf(said, 'text') !== 'mention' ? around.said : said;
  walkBlocks(node.children, source, walk, { ...around, said: kept, quoted: around.quoted || !own, lead: '' });
}

function readTable(node: Table, source: Source, walk: Walk, around: Around): void {
  const [head, ...rows] = node.children;
  const headers = head?.children.map((cell) => plainText(cell)) ?? [];
  const table = tableSetting(headers);
  const intro = introduced(walk, around);
  const label = `${headers.join(' ')} ${walk.headings.at(-1)?.title ?? ''}`;
  const byTable = (setting: Said['setting']): Said => ({ setting, by: 'table', label, strict: false });
  const said = table.rows !== 'none' ? byTable(table.rows) : stanceOf(intro, 'text') === 'mention' ? intro : around.said;
  for (const [index, row] of [...(head ? [head] : []), ...rows].entries()) {
    walk.ctx.step();
    walk.block++;
    const here = { ...around, said: index === 0 ? around.said : said };
    const starts = row.children.map((cell) => startOf(cell, source));
    emitProse(rowText(row, source, walk), startOf(row, source), endOf(row, source), {
      ...options(walk, source, here, settled(walk, here.said, 'text', around.quoted)),
      inTable: true,
      codeStanceAt: (offset) => {
        const own = table.columns[starts.filter((start) => start <= offset).length - 1];
        return index === 0 || own === undefined || table.rows === 'none' ? undefined : settled(walk, byTable(own), 'code', around.quoted);
      },
    });
  }
}

/** The cells of a row as one text, with bars between. */
function rowText(row: TableRow, source: Source, walk: Walk): InlineText {
  const joined: InlineText = { text: '', pieces: [], codes: [], targets: [], html: [] };
  for (const [column, node] of row.children.entries()) {
    const cell = inlineText(node.children, source, walk.ctx, startOf(node, source), endOf(node, source));
    if (column > 0) {
      joined.pieces.push({ at: joined.text.length, outer: startOf(node, source) });
      joined.text += ' | ';
    }
    for (const piece of cell.pieces) joined.pieces.push({ at: piece.at + joined.text.length, outer: piece.outer });
    for (const code of cell.codes) joined.codes.push({ ...code, at: code.at + joined.text.length });
    joined.targets.push(...cell.targets);
    joined.html.push(...cell.html);
    joined.text += cell.text;
  }
  return joined;
}

function readCode(node: Code, source: Source, walk: Walk, around: Around): void {
  walk.block++;
  const said = introduced(walk, around);
  const stance = (what: Introduced): Stance => settled(walk, said, what, around.quoted);
  const under = walk.headings.at(-1)?.title;
  readFence(node, source, walk, {
    commanded: said.setting === 'command',
    stance,
    note: under === undefined ? 'fence' : `fence under "${under.slice(0, 80)}"`,
  });
}
