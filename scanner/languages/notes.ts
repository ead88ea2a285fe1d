/**
 * What source code says in words: comments, docstrings, and the descriptions of tools that a server hands to a model (Model Context Protocol, tools/list). An agent reads all of it
 * before it runs a script, and a tool's description in every session, so an order standing there is an order. Runs behind the reader of a language and only finds where the words
 * stand; what they mean the prose reader says. One pass, no parser: a string that is mistaken for a comment costs a sentence, nothing else. Stops tool poisoning
 * (Invariant Labs, 2025-04) and instructions in comments.
 */
import { type Language, type ReadContext, shifted } from './contract.ts';

/** Comment marks and long strings of a language. */
interface Style {
  readonly line: string;
  readonly block?: readonly [open: string, close: string];
  /** Python's triple quotes. */
  readonly long?: boolean;
  /** Template strings. */
  readonly tick?: boolean;
  /** Only lines that begin with the mark: in shells `#` has other meanings inside a line. */
  readonly lead?: boolean;
}
const C: Style = { line: '//', block: ['/*', '*/'], tick: true };
const STYLES: Readonly<Record<string, Style>> = {
  python: { line: '#', long: true },
  javascript: C,
  shell: { line: '#', lead: true },
  powershell: { line: '#', lead: true, block: ['<#', '#>'] },
  ruby: { line: '#', lead: true },
  php: { line: '//', block: ['/*', '*/'] },
  go: C,
};

/** Characters of one note and of all notes of a text; what lies beyond is noise to a reader too, and stays out by size, never by content. */
const NOTE = 8_000;
const TOTAL = 400_000;

/**
 * A comment is worth reading as prose if it can be meant for whoever reads the code: it speaks of instructions, agents, users, secrecy or a verdict, or is not in Latin letters.
 * All others describe code. Descriptions of tools are read whatever they say.
 */
const ADDRESSED =
  /ignor|disregard|overrid|forget|bypass|instruct|prompt|assistant|\bagents?\b|\bA\.?I\b|\bllms?\b|claude|copilot|chatgpt|\bgpt|gemini|do(?: not|n't) (?:tell|mention|inform|reveal|show|warn|disclose|notify|ask|flag|report)|without (?:telling|asking|informing|notifying|mentioning)|never (?:tell|mention|inform|reveal|ask)|secretly|silently|scanner|reviewer|auditor|verdict|important|<[a-z]{3,20}>/i;
const FOREIGN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Thai}\p{Script=Devanagari}]{3}|\p{Cf}{4}/u;
const WORDS = /\p{L}{2,40}[^\p{L}]{1,20}\p{L}{2,40}[^\p{L}]{1,20}\p{L}{2,40}/u;

/** Before a string: the key, keyword or call that makes it a tool's description. */
const DESCRIBES =
  /(?:["']?\bdescription["']?\s{0,4}[:=]\s{0,40}\(?\s{0,40}|\.(?:tool|prompt|registerTool|registerPrompt|addTool)\(\s{0,40}["'`][^"'`\n]{1,100}["'`]\s{0,4},\s{0,40})[rfbuRFBU]{0,2}$/;
/** A docstring stands first in its file, class or function. */
const DOCSTRING = /(?::[ \t]{0,20}\r?\n\s{0,200}|^(?:\s{0,200}|#[^\n]{0,200}\n){0,1}\s{0,20})[rRuU]?$/;
/** A decorator by which a function is handed to a model as a tool. */
const HANDS_OVER = /^@(?:[\w.]{0,60}\.)?\w{0,30}(?:tool|prompt|resource|action|skill)\w{0,20}\b/i;
const DEFINES = /^(?:async[ \t]{1,4})?def[ \t]/;
const DECORATORS = 11;

/** Whether what stands before a docstring is the head of a function that is handed to a model: decorators, `def`, a colon, and nothing between. */
function isTool(text: string): boolean {
  const lines = text.trimEnd().split('\n');
  if (!lines.at(-1)!.trimEnd().endsWith(':')) return false;
  let at = lines.length - 1;
  for (; at >= 0 && !DEFINES.test(lines[at]!.trim()); at--) if (/["#]/.test(lines[at]!)) return false;
  if (at < 0 || /["#]/.test(lines[at]!)) return false;
  for (let above = at - 1; above >= 0 && above >= at - DECORATORS; above--) {
    const line = lines[above]!.trim();
    if (!line.startsWith('@')) return false;
    if (HANDS_OVER.test(line)) return true;
  }
  return false;
}

/** A text of several lines that cancels instructions: written to be put before a model. Patterns of detectors are short strings; this still only asks for a person. */
const CANCELS =
  /\b(?:ignore|disregard|forget|override)[ \t]{1,4}(?:(?:all|any|every|the|your|my|of|these|prior|previous|earlier|preceding|above|system|safety|existing|original)[ \t]{1,4}){1,4}(?:\w{1,20}[ \t]{1,4})?(?:instructions?|rules?|guidelines?|directives?|restrictions?|prompts?|constraints?|polic(?:y|ies))\b/i;

/** Reads the words of a code unit. */
export function readNotes(language: string, source: string, ctx: ReadContext): void {
  const style = STYLES[language];
  if (style === undefined) return;
  let total = 0;
  let batch: { start: number; end: number } | undefined;
  const say = (start: number, end: number, told: boolean): void => {
    const text = source.slice(start, Math.min(end, start + NOTE));
    if (total > TOTAL || !(WORDS.test(text) || FOREIGN.test(text)) || !(told || ADDRESSED.test(text) || FOREIGN.test(text))) return;
    total += text.length;
    ctx.embed('prose', text, shifted(start, start + text.length), {
      role: told ? 'embedded' : 'comment',
      note: told ? 'description of a tool' : 'comment',
    });
  };
  const cancel = (start: number, end: number): void => {
    const text = source.slice(start, Math.min(end, start + NOTE));
    if (total > TOTAL || !text.trim().includes('\n') || !CANCELS.test(text)) return;
    total += text.length;
    ctx.embed('prose', text, shifted(start, start + text.length), { role: 'embedded', stance: 'example', note: 'text for a model' });
  };
  const flush = (): void => {
    if (batch !== undefined) say(batch.start, batch.end, false);
    batch = undefined;
  };
  // Comment lines below one another are one text.
  const comment = (start: number, end: number): void => {
    if (batch !== undefined && end - batch.start < NOTE && /^[ \t]*(?:(?:\r\n?|\n)[ \t]*)?$/.test(source.slice(batch.end, start).slice(0, 300)))
      batch.end = end;
    else {
      flush();
      batch = { start, end };
    }
  };
  const before = (at: number, most: number): string => source.slice(Math.max(0, at - most), at);
  let at = 0;
  let fresh = true;
  let steps = 0;
  while (at < source.length) {
    if ((++steps & 255) === 0) ctx.step(256);
    const char = source[at]!;
    if (char === '\n') {
      fresh = true;
      at++;
    } else if (source.startsWith(style.line, at) && (!style.lead || fresh) && !source.startsWith('#!', at)) {
      let end = source.indexOf('\n', at);
      if (end < 0) end = source.length;
      comment(at, end);
      at = end;
    } else if (style.block !== undefined && source.startsWith(style.block[0], at)) {
      const close = source.indexOf(style.block[1], at + 2);
      const end = close < 0 ? source.length : close + 2;
      flush();
      say(at, end, false);
      at = end;
    } else if (!style.lead && (char === '"' || char === "'" || (style.tick === true && char === '`'))) {
      const mark = style.long === true && source.startsWith(char.repeat(3), at) ? char.repeat(3) : char;
      const end = endOfString(source, at + mark.length, mark);
      if (end - at > 24) {
        const told = DESCRIBES.test(before(at, 200)) || (mark.length === 3 && isTool(before(at, 2_600)));
        if (told) say(at + mark.length, end - mark.length, true);
        else if (mark.length === 3 && DOCSTRING.test(before(at, 400))) say(at + 3, end - 3, false);
        else if ((mark.length === 3 || char === '`') && end - at > 80) cancel(at + mark.length, end - mark.length);
      }
      at = end;
      fresh = false;
    } else {
      if (char !== ' ' && char !== '\t' && char !== '\r') fresh = false;
      at++;
    }
  }
  flush();
}

/** Behind the closing mark; at the end of the line for a short string that is not closed. */
function endOfString(source: string, from: number, mark: string): number {
  for (let at = from; at < source.length; at++) {
    const char = source[at]!;
    if (char === '\\') at++;
    else if (char === '\n' && mark.length === 1 && mark !== '`') return at;
    else if (char === mark[0] && (mark.length === 1 || source.startsWith(mark, at))) return at + mark.length;
  }
  return source.length;
}

/** A reader of code that also reads the words standing in it. */
export const withNotes = (language: Language): Language =>
  Object.hasOwn(STYLES, language.id)
    ? {
        id: language.id,
        read(text, ctx) {
          language.read(text, ctx);
          if (ctx.unit.role !== 'inline' && text.length > 40) readNotes(language.id, text, ctx);
        },
      }
    : language;
