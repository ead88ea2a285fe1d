/**
 * Walks the blocks of a Markdown tree: every paragraph, heading, list item and table row becomes one prose unit, every fence a unit of its language, with the
 * stance that the structure around it gives (setting.ts) and exact offsets. Iterates with an explicit depth: nested containers are bounded before parsing.
 */
import type { Blockquote, Code, Heading, Html, List, ListItem, Nodes, Paragraph, RootContent, Table } from 'mdast';
import type { Reach, Stance } from '../../model.ts';
import { readFence } from './fence.ts';
import { endOf, inlineText, plainText, type Source, startOf } from './inline.ts';
import { readMarkup } from './markup.ts';
import { emitProse, emitTitle, linkFact, type ProseOptions } from './prose.ts';
import { headingSetting, leadInSetting, type Setting, stanceOf, tableSetting } from './setting.ts';
import { headingAround, settled, type Walk } from './state.ts';

/** What the surroundings say about a block. */
export interface Around {
  readonly setting: Setting;
  /** The words that said so. */
  readonly label: string;
  readonly quoted: boolean;
  /** Text of the block before, if it can introduce. */
  readonly lead: string;
  readonly depth: number;
}

/** Walks sibling blocks. */
export function walkBlocks(nodes: readonly RootContent[], source: Source, walk: Walk, around: Around): void {
  let lead = around.lead;
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
        readMarkup(node, startOf(node, source), endOf(node, source), source, walk, walk.markup, settled(walk, here.setting, here.label, here.quoted));
        // A comment between a lead-in and its block changes nothing for the reader.
        if (isComment(node)) continue;
        break;
      case 'footnoteDefinition':
        walkBlocks(node.children, source, walk, { ...here, depth: here.depth + 1, lead: '' });
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
  return { walk, source, stance, inTable: false, label: around.label };
}

function readHeading(node: Heading, source: Source, walk: Walk, around: Around): void {
  const text = inlineText(node.children, source, walk.ctx, startOf(node, source), endOf(node, source));
  while (walk.headings.length > 0 && walk.headings.at(-1)!.level >= node.depth) walk.headings.pop();
  walk.block++;
  emitProse(text, startOf(node, source), endOf(node, source), options(walk, source, around, around.quoted ? 'example' : 'use'));
  const title = text.text.replace(/\s+/g, ' ').trim().slice(0, 200);
  walk.headings.push({ level: node.depth, title, setting: headingSetting(title) });
}

function readParagraph(node: Paragraph, source: Source, walk: Walk, around: Around): void {
  walk.block++;
  const text = inlineText(node.children, source, walk.ctx, startOf(node, source), endOf(node, source));
  const stance = settled(walk, around.setting, around.label, around.quoted);
  emitProse(text, startOf(node, source), endOf(node, source), options(walk, source, around, stance));
}

/** What introduces the next block: the lead-in sentence if it says anything, else the surroundings, else the heading. */
function introduced(walk: Walk, around: Around): { readonly setting: Setting; readonly label: string } {
  const own = around.lead === '' ? 'none' : leadInSetting(around.lead);
  if (own !== 'none') return { setting: own, label: `${around.lead.slice(-200)} ${own === 'command' ? '' : (walk.headings.at(-1)?.title ?? '')}` };
  if (around.setting !== 'none') return { setting: around.setting, label: around.label };
  return headingAround(walk);
}

function readList(node: List, source: Source, walk: Walk, around: Around): void {
  const { setting, label } = introduced(walk, around);
  // A heading called "Output" or "Example" names a topic; only the lead-in of the list itself makes its items samples.
  const kept = setting === 'output' || setting === 'example' ? (leadInSetting(around.lead) === setting ? setting : around.setting) : setting;
  for (const item of node.children) readItem(item, source, walk, { ...around, setting: kept, label, lead: '', depth: around.depth + 1 });
}

function readItem(item: ListItem, source: Source, walk: Walk, around: Around): void {
  walk.ctx.step();
  const first = item.children[0];
  const label = first?.type === 'paragraph' ? plainText(first).slice(0, 600) : '';
  // "❌ …" marks one item; it lowers and does not hide.
  const marked = /^[\s*_]{0,4}(?:❌|🚫|⛔|✗|✘)/u.test(label) && stanceOf(around.setting) === 'use';
  walkBlocks(item.children, source, walk, marked ? { ...around, setting: 'example', label } : around);
}

/** Callouts are the author speaking; everything else in quote marks is somebody else's words. */
const callout =
  /^[\s*_]{0,4}(?:\[!\w{1,20}\]|[\p{Extended_Pictographic}\u2139\u26a0]|(?:\*\*|__)|(?:note|important|warning|tip|caution|info|attention|prerequisites?|requirements?|required|critical|danger|step \d+|action|remember|security|rule|key)\b)/iu;

function readQuote(node: Blockquote, source: Source, walk: Walk, around: Around): void {
  const { setting, label } = introduced(walk, around);
  const raw = source.text.slice(startOf(node, source), startOf(node, source) + 200).replace(/^[\s>]{1,40}/, '');
  const own = callout.test(raw);
  const lowered = setting === 'command' || (own && stanceOf(setting) === 'use') ? around.setting : setting;
  walkBlocks(node.children, source, walk, {
    ...around,
    setting: lowered,
    label,
    quoted: around.quoted || !(own || setting === 'command'),
    lead: '',
    depth: around.depth + 1,
  });
}

function readTable(node: Table, source: Source, walk: Walk, around: Around): void {
  const [head, ...rows] = node.children;
  const headers = head?.children.map((cell) => plainText(cell)) ?? [];
  const table = tableSetting(headers);
  const intro = introduced(walk, around);
  const rowSetting: Setting = table.rows !== 'none' ? table.rows : stanceOf(intro.setting) === 'mention' ? intro.setting : around.setting;
  const label = table.rows !== 'none' ? `${headers.join(' ')} ${walk.headings.at(-1)?.title ?? ''}` : intro.label;
  for (const [index, row] of [...(head ? [head] : []), ...rows].entries()) {
    walk.ctx.step();
    walk.block++;
    const setting: Setting = index === 0 ? around.setting : rowSetting;
    const cells = row.children.map((cell) => inlineText(cell.children, source, walk.ctx, startOf(cell, source), endOf(cell, source)));
    const joined = {
      text: '',
      pieces: [] as { at: number; outer: number }[],
      codes: [] as (typeof cells)[number]['codes'],
      targets: [] as (typeof cells)[number]['targets'],
      html: [] as (typeof cells)[number]['html'],
    };
    cells.forEach((cell, column) => {
      if (column > 0) {
        joined.pieces.push({ at: joined.text.length, outer: Math.max(0, startOf(row.children[column] as Nodes, source)) });
        joined.text += ' | ';
      }
      for (const piece of cell.pieces) joined.pieces.push({ at: piece.at + joined.text.length, outer: piece.outer });
      for (const code of cell.codes) joined.codes.push({ ...code, at: code.at + joined.text.length });
      joined.targets.push(...cell.targets);
      joined.html.push(...cell.html);
      joined.text += cell.text;
    });
    const starts = row.children.map((cell) => startOf(cell, source));
    emitProse(joined, startOf(row, source), endOf(row, source), {
      ...options(walk, source, { ...around, label }, settled(walk, setting, label, around.quoted)),
      inTable: true,
      stanceAt: (offset) => {
        if (index === 0) return undefined;
        const column = starts.filter((start) => start <= offset).length - 1;
        const own = table.columns[column];
        return own === undefined || table.rows === 'none' ? undefined : settled(walk, own, label, around.quoted);
      },
    });
  }
}

function readCode(node: Code, source: Source, walk: Walk, around: Around): void {
  walk.block++;
  const { setting, label } = introduced(walk, around);
  const stance = settled(walk, setting, label, around.quoted);
  const under = walk.headings.at(-1)?.title;
  const reach: Reach | undefined = stance === 'mention' ? 'mentioned' : walk.instructs && stance === 'use' ? 'instructed' : undefined;
  readFence(node, source, walk, { setting, stance, reach, note: under === undefined ? 'fence' : `fence under "${under.slice(0, 80)}"` });
}
