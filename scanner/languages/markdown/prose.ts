/**
 * States what one block of running text holds: the prose unit itself, its links and images, bare addresses, commands in inline code, commands that the host
 * expands while it loads the file, and files that are included by `@path`.
 */

import * as cells from '../../cells.ts';
import type { FactDraft, LinkFact, Reach, Stance } from '../../model.ts';
import { known } from '../../value.ts';
import { collapsed, type ReadContext } from '../contract.ts';
import { outerAt } from '../text/align.ts';
import { polarityBefore } from '../text/polarity.ts';
import { runningCommands } from '../text/running.ts';
import { isCommand } from '../text/sniff.ts';
import { addressesIn, urlValue } from '../text/url.ts';
import type { CodeSpan, InlineText, Source } from './inline.ts';
import { readMarkup } from './markup.ts';
import { sectionOf, type Walk } from './state.ts';

export interface ProseOptions {
  readonly walk: Walk;
  readonly source: Source;
  readonly stance: Stance;
  /** Stance of commands in it, where nothing in the sentence says otherwise. */
  readonly codeStance: Stance;
  readonly inTable: boolean;
  /** The same for a column, by source offset. */
  readonly codeStanceAt?: (offset: number) => Stance | undefined;
}

export const linkFact = (url: string, text: string, form: LinkFact['form'], walk: Walk): FactDraft => ({
  kind: 'link',
  url: urlValue(url),
  text,
  form,
  block: walk.block,
  section: sectionOf(walk),
});

/** Text of a title or long alternative text: read by a model, rarely by a person. */
export function emitTitle(title: string, start: number, end: number, walk: Walk): void {
  if (!/\p{L}{2}[^\p{L}]{1,20}\p{L}{2}/u.test(title)) return;
  walk.ctx.embed('prose', title, collapsed(start, end), { role: 'prose', note: `block:${walk.block}`, section: sectionOf(walk) });
  if (title.length >= 200) walk.ctx.fact(start, end, { kind: 'hide', how: 'alt-text', text: title.slice(0, 400) });
}

/** States everything about one block. The block's number is `walk.block`. */
export function emitProse(block: InlineText, start: number, end: number, options: ProseOptions): void {
  const { walk, source, stance } = options;
  const { ctx } = walk;
  if (/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(block.text)) {
    ctx.embed(
      'prose',
      block.text,
      { kind: 'pieces', start, end, pieces: block.pieces },
      { role: 'prose', stance, note: `block:${walk.block}`, section: sectionOf(walk) },
    );
  }
  const own = stance === 'use' ? {} : { stance };
  for (const target of block.targets) {
    ctx.fact(target.start, target.end, { ...linkFact(target.url, target.text, target.form, walk), ...own });
    if (target.title !== '') emitTitle(target.title, target.start, target.end, walk);
    if (target.form === 'image' && target.text.length >= 200)
      ctx.fact(target.start, target.end, { kind: 'hide', how: 'alt-text', text: target.text });
  }
  readAddresses(block, options, own);
  for (const code of block.codes) readCodeSpan(code, block, options);
  if (!options.inTable) readRunning(block, options);
  readIncludes(block, ctx);
  readMarkers(block, start, end, ctx);
  for (const raw of block.html) readMarkup(raw.node, raw.start, raw.end, source, walk, walk.markup, stance);
}

const outer = (block: InlineText, at: number): number => outerAt(block.pieces, at);

function readAddresses(block: InlineText, options: ProseOptions, own: { readonly stance?: Stance }): void {
  const { walk } = options;
  for (const found of addressesIn(block.text)) {
    const start = outer(block, found.start);
    if (block.targets.some((target) => start >= target.start && start < target.end)) continue;
    const inCode = block.codes.some((code) => start >= code.start && start < code.end);
    // The address in a command belongs to the command.
    if (inCode && block.codes.some((code) => start >= code.start && start < code.end && isCommand(code.node.value))) continue;
    walk.ctx.fact(start, outer(block, found.end - 1) + 1, { ...linkFact(found.url, '', inCode ? 'code' : 'auto', walk), ...own });
  }
}

function readCodeSpan(code: CodeSpan, block: InlineText, options: ProseOptions): void {
  const { walk } = options;
  const { ctx } = walk;
  const { value } = code.node;
  const map =
    code.end - code.start === value.length ? ({ kind: 'shift', start: code.start, end: code.end } as const) : collapsed(code.start, code.end);
  const section = sectionOf(walk);
  const before = block.text.slice(0, code.at);
  // Claude Code runs !`command` while it loads the file, whatever the text around says.
  if (/(?:^|[\s(>|:"'])!$/.test(before.slice(-2))) {
    ctx.embed('shell', value, map, { role: 'hook', stance: 'use', reach: 'automatic', note: 'load-time expansion', section });
    return;
  }
  if (!isCommand(value)) return;
  const polarity = polarityBefore(options.inTable ? before.slice(before.lastIndexOf(' | ') + 1) : before);
  // "A line like `curl … | sh`": named, not commanded.
  const named = /\b(?:like|such as|as in|of the form|written as|known as|e\.g\.|i\.e\.|for (?:example|instance),?)[ \t]{0,4}$/i.test(
    before.replace(/(?:`[^`\n]{0,400}`[ \t]{0,2},?[ \t]{0,2}(?:or|and)?[ \t]{0,2})$/, '').slice(-40),
  );
  // "Run something like `curl … | sh`" is a command all the same.
  const sentence = before.slice(Math.max(before.lastIndexOf('. '), before.lastIndexOf('! '), before.lastIndexOf('? '), before.lastIndexOf('\n')) + 1);
  const ordered = /\b(?:run|execute|type|paste|enter|launch|start|invoke|issue|try|use|install|copy|call|do)\b/i.test(sentence);
  const given = options.codeStanceAt?.(code.start) ?? options.codeStance;
  const base: Stance = named && !ordered && given === 'use' ? 'example' : given;
  const own: Stance = polarity === 'forbid' || polarity === 'detect' ? 'mention' : base;
  const reach: Reach | undefined = own === 'mention' ? 'mentioned' : walk.instructs && own === 'use' ? 'instructed' : undefined;
  ctx.embed('shell', value, map, { role: 'inline', stance: own, note: 'inline command', section, ...(reach ? { reach } : {}) });
}

/** Commands without any markup: an agent runs them all the same. */
function readRunning(block: InlineText, options: ProseOptions): void {
  const { walk, stance } = options;
  const { ctx } = walk;
  for (const found of runningCommands(block.text)) {
    ctx.step();
    const polarity = polarityBefore(block.text.slice(0, found.start));
    const own: Stance = polarity === 'forbid' || polarity === 'detect' ? 'mention' : stance;
    const reach: Reach | undefined = own === 'mention' ? 'mentioned' : walk.instructs && own === 'use' ? 'instructed' : undefined;
    const start = outer(block, found.start);
    const pieces = [{ at: 0, outer: start }];
    for (const piece of block.pieces)
      if (piece.at > found.start && piece.at < found.end) pieces.push({ at: piece.at - found.start, outer: piece.outer });
    ctx.embed(
      'shell',
      found.text,
      { kind: 'pieces', start, end: outer(block, found.end - 1) + 1, pieces },
      { role: 'inline', stance: own, note: 'command in running text', section: sectionOf(walk), ...(reach ? { reach } : {}) },
    );
  }
}

const include = /(?:^|[\s(])@((?:\.{0,2}\/|~\/)?[\w.-]{1,100}(?:\/[\w.-]{1,100}){0,10})/g;

/** `@path` pulls a file into the context. Names of accounts and scoped packages are not paths: a path has a known text extension or starts like one. */
function readIncludes(block: InlineText, ctx: ReadContext): void {
  for (const found of block.text.matchAll(include)) {
    const path = found[1]!.replace(/\.$/, '');
    if (!/^(?:\.{0,2}\/|~\/)/.test(path) && !/\.(?:md|mdx|txt|json|ya?ml|toml|rst|sh|py|js|ts)$/i.test(path)) continue;
    const at = found.index + found[0].indexOf('@');
    const yields = ctx.fresh();
    ctx.fact(outer(block, at), outer(block, at + path.length) + 1, {
      kind: 'read',
      path: known(path),
      ins: [{ cell: cells.path(known(path), ctx.unit.id), role: 'path' }],
      outs: [{ cell: yields, role: 'value' }],
    });
  }
}

/** Tokens that chat templates use to open and close turns; in running text they pretend to be a new turn. */
const marker =
  /<\|(?:im_start|im_end|system|user|assistant|endoftext|start_header_id|end_header_id|eot_id|begin_of_text|end_of_text|channel|message|start|end)\|>|\[\/?INST\]|<<\/?SYS>>|<(?:start|end)_of_turn>|\n\n(?:Human|Assistant|System): /g;

function readMarkers(block: InlineText, start: number, end: number, ctx: ReadContext): void {
  for (const found of block.text.matchAll(marker)) {
    const from = outer(block, found.index);
    if (block.codes.some((code) => from >= code.start && from < code.end)) continue;
    ctx.fact(Math.max(start, from), Math.min(end, outer(block, found.index + found[0].length - 1) + 1), {
      kind: 'hide',
      how: 'role-marker',
      text: block.text.slice(found.index, found.index + 400),
    });
  }
}
