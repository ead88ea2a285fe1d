/**
 * Code blocks: which language, which stance, and where each line stands in the file. A label is believed where it names a language; labels that name no
 * language (`text`, `output`, none) are checked against the content, so that a command block cannot hide behind one.
 */
import type { Code } from 'mdast';
import type { Reach, Stance } from '../../model.ts';
import type { OffsetMap } from '../contract.ts';
import { alignLines, type Piece } from '../text/align.ts';
import { commandLine, sniff, transcript } from '../text/sniff.ts';
import { endOf, type Source, startOf } from './inline.ts';
import type { Setting } from './setting.ts';
import { sectionOf, type Walk } from './state.ts';

export interface FenceOptions {
  readonly setting: Setting;
  readonly stance: Stance;
  readonly reach: Reach | undefined;
  readonly note: string;
}

/** Labels to reader ids. Labels that are not here go on as they are; `console` means a transcript with prompts. */
const labels = new Map<string, string>(
  Object.entries({
    shell: 'bash sh zsh shell ksh dash fish shellscript',
    console: 'console shell-session shellsession terminal sh-session bash-session session',
    python: 'python py python3 py3 ipython',
    javascript: 'javascript js jsx mjs cjs node typescript ts tsx mts cts',
    powershell: 'powershell ps1 pwsh ps posh',
    html: 'html htm svg xml xhtml vue svelte',
    markdown: 'markdown md mdx mdown skill',
    json: 'json jsonc json5 jsonl ndjson',
    yaml: 'yaml yml',
    '': 'text txt plain plaintext none output log prompt template example ascii tree raw nohighlight',
  }).flatMap(([id, tags]) => tags.split(' ').map((tag) => [tag, id] as const)),
);

const shown = new Set([
  'json',
  'yaml',
  'html',
  'toml',
  'ini',
  'css',
  'diff',
  'xml',
  'csv',
  'sql',
  'graphql',
  'mermaid',
  'env',
  'dotenv',
  'http',
  'markdown',
]);

/** Reads one code block. */
export function readFence(node: Code, source: Source, walk: Walk, options: FenceOptions): void {
  const { ctx } = walk;
  const { value } = node;
  if (value.trim() === '') return;
  const start = startOf(node, source);
  const end = endOf(node, source);
  const raw = source.text.slice(start, end);
  const fenced = /^[ \t]{0,3}(?:```|~~~)/.test(raw);
  const pieces = alignLines(raw, value, start, fenced ? 1 : 0);
  const label = (node.lang ?? '').toLowerCase().replace(/^[{.]{1,2}|[},:].{0,200}$/g, '');
  const known = labels.get(label);
  const sniffed = label === '' || known === '' ? sniff(value) : undefined;
  const language = known || (label !== '' && known === undefined ? label : sniffed);
  const section = sectionOf(walk);
  const common = { role: 'fence', section, note: options.note } as const;
  // A file's content that is shown is not run; what is done with it, flow finds out.
  const reach = options.reach === undefined || (options.reach === 'instructed' && shown.has(language ?? '')) ? {} : { reach: options.reach };
  const map: OffsetMap = { kind: 'pieces', start, end, pieces };
  if (language === undefined) {
    readTextFence(node, map, walk, options);
    return;
  }
  if (language === 'markdown') {
    ctx.embed('markdown', value, map, {
      ...common,
      stance: options.stance === 'use' && options.setting !== 'command' ? 'example' : options.stance,
      note: `block:${walk.block}`,
      ...reach,
    });
    return;
  }
  if (language === 'console' || (language === 'shell' && /^\s{0,200}\$ \S/.test(value))) {
    const typed = transcript(value);
    if (typed.text !== '') {
      ctx.embed(
        'shell',
        typed.text,
        { kind: 'pieces', start, end, pieces: through(typed.pieces, pieces) },
        { ...common, stance: options.stance, ...reach },
      );
      return;
    }
    ctx.embed('shell', value, map, { ...common, stance: options.stance, ...reach });
    return;
  }
  // Claude Code runs a block labelled `!` while it loads the file.
  if (label === '!') {
    ctx.embed('shell', value, map, { role: 'hook', stance: 'use', reach: 'automatic', note: 'load-time expansion', section });
    return;
  }
  ctx.embed(language, value, map, { ...common, stance: options.stance, ...reach });
}

/** A block in no language: a prompt, a message, a drawing. Its sentences are read as prose, one paragraph a unit; command lines among them as shell. */
function readTextFence(_node: Code, map: Extract<OffsetMap, { kind: 'pieces' }>, walk: Walk, options: FenceOptions): void {
  const { value } = _node;
  const stance: Stance = options.stance === 'use' && options.setting !== 'command' ? 'example' : options.stance;
  const section = sectionOf(walk);
  let at = 0;
  for (const paragraph of value.split(/(\n[ \t]*\n)/)) {
    walk.ctx.step();
    if (/\p{L}{2,}[^\p{L}]+\p{L}/u.test(paragraph)) {
      const cut = slice(map.pieces, at, at + paragraph.length);
      const inner: OffsetMap = {
        kind: 'pieces',
        start: cut[0]!.outer,
        end: Math.max(cut[0]!.outer, outerEnd(map, at + paragraph.length)),
        pieces: cut,
      };
      walk.ctx.embed('prose', paragraph, inner, { role: 'fence', stance, note: `block:${walk.block}`, section });
    }
    at += paragraph.length;
  }
  let from = 0;
  for (const line of value.split('\n')) {
    if (commandLine(line)) {
      const cut = slice(map.pieces, from, from + line.length);
      walk.ctx.embed(
        'shell',
        line,
        { kind: 'pieces', start: cut[0]!.outer, end: Math.max(cut[0]!.outer, outerEnd(map, from + line.length)), pieces: cut },
        { role: 'fence', section, stance: options.stance, note: options.note, ...(options.reach === undefined ? {} : { reach: options.reach }) },
      );
    }
    from += line.length + 1;
  }
}

const pieceAt = (pieces: readonly Piece[], at: number): number => {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pieces[middle]!.at <= at) low = middle;
    else high = middle - 1;
  }
  return low;
};

const outerOf = (pieces: readonly Piece[], at: number): number => {
  const piece = pieces[pieceAt(pieces, at)];
  return piece === undefined ? 0 : piece.outer + (at - piece.at);
};

const outerEnd = (map: Extract<OffsetMap, { kind: 'pieces' }>, at: number): number =>
  Math.min(map.end, at === 0 ? map.start : outerOf(map.pieces, at - 1) + 1);

/** Pieces of `[from, to)` of a mapped text, counted from `from`. */
function slice(pieces: readonly Piece[], from: number, to: number): Piece[] {
  const out: Piece[] = [{ at: 0, outer: outerOf(pieces, from) }];
  for (let index = pieceAt(pieces, from) + 1; index < pieces.length && pieces[index]!.at < to; index++)
    out.push({ at: pieces[index]!.at - from, outer: pieces[index]!.outer });
  return out;
}

/** Lines picked out of a mapped text. */
const through = (picked: readonly { readonly at: number; readonly from: number }[], pieces: readonly Piece[]): Piece[] =>
  picked.map(({ at, from }) => ({ at, outer: outerOf(pieces, from) }));
