/**
 * Plain text and reStructuredText: paragraphs and list items as prose, command lines and code blocks as their language, bare addresses as links. Also what is
 * left of Markdown when the parser is spared. Knows no markup beyond `.. code-block::`, `::` and underlined titles; lines decide, in one pass.
 */
import { limits } from '../../limits.ts';
import type { Stance } from '../../model.ts';
import { type Language, type ReadContext, shifted } from '../contract.ts';
import { afterLine, lineEnd } from './align.ts';
import { polarityBefore } from './polarity.ts';
import { commandLine, isCommand, sniff } from './sniff.ts';
import { addressesIn, urlValue } from './url.ts';

/** Characters of one paragraph; longer ones are cut at a line. */
const paragraphMost = 8000;

const text: Language = {
  id: 'text',
  read(source, ctx) {
    if (source.length > limits.textBytes) {
      ctx.opaque(0, source.length, 'limit', `text of ${source.length} characters`);
      return;
    }
    const state: State = { block: 0, section: [], lead: '', directive: undefined };
    for (const { start, end } of paragraphs(source)) {
      ctx.step();
      readParagraph(source.slice(start, end), start, state, ctx);
    }
  },
};
export default text;

interface State {
  block: number;
  section: string[];
  /** The paragraph before. */
  lead: string;
  /** Language of the indented block that a directive announces; '' for `::`. */
  directive: string | undefined;
}

/** Stretches of lines between blank lines; a list item starts its own. */
function* paragraphs(source: string): Generator<{ readonly start: number; readonly end: number }> {
  let start = -1;
  for (let line = 0; line < source.length; line = afterLine(source, line)) {
    const end = lineEnd(source, line);
    const head = source.slice(line, Math.min(end, line + 60));
    if (head.trim() === '' && end - line < 60) {
      if (start >= 0) yield { start, end: line };
      start = -1;
    } else if (start >= 0 && (/^\s{0,12}(?:[-*•+]|\d{1,3}[.)])\s/.test(head) || line - start > paragraphMost)) {
      yield { start, end: line };
      start = line;
    } else if (start < 0) start = line;
  }
  if (start >= 0) yield { start, end: source.length };
}

function readParagraph(raw: string, start: number, state: State, ctx: ReadContext): void {
  const body = raw.trimEnd();
  state.block++;
  const end = start + body.length;
  const indented = /^[ \t]/.test(body);
  const directive = /^\.\. (?:code-block|code|sourcecode|highlight)::[ \t]{0,8}([\w+-]{0,30})[^\n]{0,200}/.exec(body);
  if (directive !== null) {
    const inner = afterLine(body, 0);
    if (inner < body.length) readBlock(body.slice(inner), start + inner, directive[1]!.toLowerCase(), state, ctx);
    else state.directive = directive[1]!.toLowerCase();
    return;
  }
  if (indented && state.directive !== undefined) {
    readBlock(body, start, state.directive, state, ctx);
    return;
  }
  if (!indented) state.directive = undefined;
  const underline = /^([^\n]{1,200})\r?\n([=\-~^"'`#*+.]{3,200})[ \t]*$/.exec(body);
  if (underline !== null && new Set(underline[2]).size === 1) state.section = [underline[1]!.trim()];
  const forbidden = indented || /^[-*•+]/.test(body.trimStart()) ? polarityBefore(/:\s*$/.test(state.lead) ? state.lead : '') === 'forbid' : false;
  const stance: Stance = forbidden ? 'mention' : 'use';
  if (/[\p{L}\p{N}]/u.test(body))
    ctx.embed('prose', body, shifted(start, end), { role: 'prose', stance, note: `block:${state.block}`, section: state.section });
  for (const found of addressesIn(body)) {
    ctx.fact(start + found.start, start + found.end, {
      kind: 'link',
      url: urlValue(found.url),
      text: '',
      form: 'auto',
      block: state.block,
      section: state.section,
    });
  }
  readCommands(body, start, stance, state, ctx);
  if (/::[ \t]*$/.test(body)) state.directive = '';
  if (!indented) state.lead = body.slice(-600);
}

/** Command lines standing among prose, and commands between backticks. */
function readCommands(body: string, start: number, stance: Stance, state: State, ctx: ReadContext): void {
  for (let line = 0; line < body.length; line = afterLine(body, line)) {
    const end = lineEnd(body, line);
    if (end - line > 4000) continue;
    const code = body.slice(line, end);
    const lead = /^\s{0,20}(?:[$>%#]\s)?\s{0,8}/.exec(code)![0].length;
    if (commandLine(code.slice(lead)))
      ctx.embed('shell', code.slice(lead), shifted(start + line + lead, start + end), {
        role: 'inline',
        stance,
        note: 'command line in text',
        section: state.section,
      });
  }
  for (const found of body.matchAll(/(`{1,2})([^`\n]{4,2000})\1/g)) {
    if (!isCommand(found[2]!)) continue;
    const polarity = polarityBefore(body.slice(0, found.index));
    const at = start + found.index + found[1]!.length;
    const own: Stance = polarity === 'forbid' || polarity === 'detect' ? 'mention' : stance;
    ctx.embed('shell', found[2]!, shifted(at, at + found[2]!.length), {
      role: 'inline',
      stance: own,
      note: 'inline command',
      section: state.section,
    });
  }
}

/** An indented code block. */
function readBlock(body: string, start: number, label: string, state: State, ctx: ReadContext): void {
  const indent = /^[ \t]{0,80}/.exec(body)![0].length;
  const pieces: { at: number; outer: number }[] = [];
  let code = '';
  for (let line = 0; line < body.length; line = afterLine(body, line)) {
    const end = lineEnd(body, line);
    const cut = Math.min(end, line + Math.min(indent, /^[ \t]{0,80}/.exec(body.slice(line, line + 80))![0].length));
    pieces.push({ at: code.length, outer: start + cut });
    code += `${body.slice(cut, end)}\n`;
  }
  const language =
    label === '' || label === 'text' || label === 'none' ? sniff(code) : label === 'console' || label === 'bash' || label === 'sh' ? 'shell' : label;
  const polarity = /:\s*$/.test(state.lead) ? polarityBefore(state.lead.replace(/:{1,2}\s*$/, '')) : 'unclear';
  const stance: Stance = polarity === 'forbid' ? 'mention' : language === undefined ? 'example' : 'use';
  ctx.embed(
    language === 'console' ? 'shell' : (language ?? 'prose'),
    code,
    { kind: 'pieces', start, end: start + body.length, pieces },
    { role: 'fence', stance, note: language === undefined ? `block:${state.block}` : 'code block', section: state.section },
  );
}
