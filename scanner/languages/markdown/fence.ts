/**
 * Code blocks: which language, which stance, and where each line stands in the file. A label is believed where it names a language; labels that name no
 * language (`text`, `output`, none) are checked against the content, so that a command block cannot hide behind one.
 */
import type { Code } from 'mdast';
import type { Reach, Stance } from '../../model.ts';
import type { OffsetMap } from '../contract.ts';
import { alignLines, outerAt, slicePieces } from '../text/align.ts';
import { inSentence } from '../text/running.ts';
import { commandLine, sniff, transcript } from '../text/sniff.ts';
import { endOf, type Source, startOf } from './inline.ts';
import type { Introduced } from './setting.ts';
import { sectionOf, type Walk } from './state.ts';

export interface FenceOptions {
  /** The words before tell the reader to run or follow it. */
  readonly commanded: boolean;
  /** Stance by what it turns out to hold. */
  readonly stance: (what: Introduced) => Stance;
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

type PieceMap = Extract<OffsetMap, { kind: 'pieces' }>;

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
  const map: PieceMap = { kind: 'pieces', start, end, pieces };
  const label = /^[{.]{0,2}([^},:\s]{0,60})/.exec((node.lang ?? '').toLowerCase())?.[1] ?? '';
  const known = labels.get(label);
  const sniffed = label === '' || known === '' ? sniff(value) : undefined;
  const language = known || (label !== '' && known === undefined ? label : sniffed);
  const section = sectionOf(walk);
  // Claude Code runs a block labelled `!` while it loads the file.
  if (label === '!') {
    ctx.embed('shell', value, map, { role: 'hook', stance: 'use', reach: 'automatic', note: 'load-time expansion', section });
    return;
  }
  if (language === undefined || language === 'http' || language === 'rest') {
    readTextFence(value, map, walk, options);
    return;
  }
  if (language === 'markdown') {
    const stance = shownOnly(options);
    ctx.embed('markdown', value, map, {
      role: 'fence',
      section,
      stance,
      note: `block:${walk.block}`,
      ...(stance === 'mention' ? { reach: 'mentioned' } : {}),
    });
    return;
  }
  const common = { role: 'fence', section, note: options.note, ...codeOptions(walk, options, language, value) } as const;
  const typed = language === 'console' || (language === 'shell' && /^\s{0,200}\$ \S/.test(value)) ? transcript(value) : undefined;
  if (typed !== undefined && typed.text !== '') {
    const picked = typed.pieces.map(({ at, from }) => ({ at, outer: outerAt(pieces, from) }));
    ctx.embed('shell', typed.text, { kind: 'pieces', start, end, pieces: picked }, common);
  } else ctx.embed(language === 'console' ? 'shell' : language, value, map, common);
}

/** Text that is only shown, unless the words before tell the reader to follow it. */
function shownOnly(options: FenceOptions): Stance {
  const stance = options.stance('quote');
  return stance === 'use' && !options.commanded ? 'example' : stance;
}

/** Stance and reach of code. A file's content that is shown is not run; what is done with it, flow finds out. */
function codeOptions(walk: Walk, options: FenceOptions, language: string, value = ''): { readonly stance: Stance; readonly reach?: Reach } {
  const data = shown.has(language);
  const stance = options.stance(data ? 'text' : 'code');
  if (stance === 'mention') return { stance, reach: 'mentioned' };
  // A list of strings and a piece of a page are samples; an object may be a settings file.
  const sample = language === 'html' || language === 'xml' || (language === 'json' && /^\s{0,200}\[/.test(value));
  if (sample && stance === 'use') return { stance: 'example' };
  return walk.instructs && stance === 'use' && !data ? { stance, reach: 'instructed' } : { stance };
}

/** A block in no language: a prompt, a message, a drawing. Its sentences are read as prose, one paragraph a unit; command lines among them as shell. */
function readTextFence(value: string, map: PieceMap, walk: Walk, options: FenceOptions): void {
  const { ctx } = walk;
  const section = sectionOf(walk);
  const part = (from: number, to: number): OffsetMap => {
    const pieces = slicePieces(map.pieces, from, to);
    const start = pieces[0]?.outer ?? map.start;
    return { kind: 'pieces', start, end: Math.max(start, Math.min(map.end, to > from ? outerAt(map.pieces, to - 1) + 1 : start)), pieces };
  };
  const stance = shownOnly(options);
  let at = 0;
  for (const paragraph of value.split(/(\n[ \t]*\n)/)) {
    ctx.step();
    if (/\p{L}{2}[^\p{L}]{1,20}\p{L}/u.test(paragraph)) {
      ctx.embed('prose', paragraph, part(at, at + paragraph.length), { role: 'fence', stance, note: `block:${walk.block}`, section });
    }
    at += paragraph.length;
  }
  const common = { role: 'fence', section, note: options.note, ...codeOptions(walk, options, 'shell') } as const;
  let from = 0;
  for (const line of value.split('\n')) {
    // `GET https://api.example/x`: in pages for agents this says what to do.
    if (commandLine(line) || /^[ \t]{0,8}(?:GET|HEAD|POST|PUT|PATCH|DELETE)[ \t]{1,8}https?:\/\/[^\s/]/.test(line))
      ctx.embed('shell', line, part(from, from + line.length), common);
    else if (line.length <= 4000)
      for (const found of inSentence(line)) ctx.embed('shell', found.text, part(from + found.start, from + found.end), common);
    from += line.length + 1;
  }
}
