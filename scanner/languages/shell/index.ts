/**
 * The shell reader: POSIX sh, bash and zsh, as files, fences, hooks and arguments. It promises that every command the parser can reach is stated with its words folded, whatever spelling
 * hides it, and that text that did not parse is read again piece by piece, never dropped in silence. It refuses to run, expand globs or look at the disk.
 */
import { parse, type Script } from 'unbash';
import * as cells from '../../cells.ts';
import { limits } from '../../limits.ts';
import type { Language, ReadContext } from '../contract.ts';
import { prepare } from './prepare.ts';
import { embedWritten } from './run.ts';
import { terminal, walkFunction, walkScript } from './walk.ts';
import type { World } from './world.ts';

const MAX_RESUMES = 64;

function newWorld(ctx: ReadContext, source: string, masked: string): World {
  return {
    ctx,
    source,
    limits,
    frame: { text: masked },
    vars: new Map(),
    versions: new Map(),
    functions: new Map(),
    aliases: new Map(),
    files: new Map(),
    fds: new Map(),
    seenEnv: new Map(),
    pending: [],
    sourced: [],
    gates: new Map(),
    digests: new Map(),
    written: embedWritten,
    args: undefined,
    cwd: undefined,
    guard: undefined,
    fn: undefined,
    stance: undefined,
    elevated: undefined,
    errexit: /^#![^\n]{0,200} -\w{0,6}e/.test(source),
    gating: false,
    branch: 0,
    depth: 0,
    loopBudget: 200,
    importsKeys: false,
    since: 0,
    aliasDepth: 0,
    calls: 0,
  };
}

interface Part {
  readonly script: Script;
  /** Text the script's positions index, at the same offsets as the unit's text. */
  readonly text: string;
}

/** Where reading goes on after an error, or undefined if nothing was lost. */
function resumeAt(
  text: string,
  script: Script & { errors?: readonly { message: string; pos: number }[] | undefined },
): { at: number; unclosed?: number } | undefined {
  const errors = script.errors ?? [];
  for (const error of errors) {
    const pos = Math.max(0, Math.min(error.pos, text.length));
    if (error.message.startsWith('unterminated')) {
      // A quote that never closes swallows the rest of the text: read it again from the next line on.
      const line = text.indexOf('\n', pos);
      if (line >= 0 && text.slice(line).trim() !== '') return { at: line + 1, unclosed: pos };
    }
  }
  const last = script.commands.at(-1);
  const covered = last === undefined ? 0 : Math.max(last.end, last.pos);
  const stop = errors.find(
    (error) => /^unexpected token|nesting depth|^expected command (?:after '[|&]|in )/.test(error.message) && error.pos >= covered,
  );
  if (stop === undefined) return undefined;
  const at = Math.max(covered, stop.pos + 1);
  return text.slice(at).trim() === '' ? undefined : { at };
}

const blank = (text: string, from: number, to: number): string => text.slice(0, from) + text.slice(from, to).replace(/[^\n]/g, ' ') + text.slice(to);

/** Parses all of a text, going on behind what the parser could not read. `lost` is the first place where code was given up or re-read out of its context. */
function parseAll(ctx: ReadContext, text: string): { parts: Part[]; lost: number | undefined } {
  const parts: Part[] = [];
  let lost: number | undefined;
  let from = 0;
  for (let resumes = 0; resumes <= MAX_RESUMES; resumes++) {
    const rest = from === 0 ? text : blank(text, 0, from);
    ctx.step(1 + ((rest.length - from) >> 4));
    const script = parse(rest);
    const resume = resumeAt(rest, script);
    if (resume === undefined) {
      parts.push({ script, text: rest });
      return { parts, lost };
    }
    lost ??= resume.unclosed ?? resume.at;
    if (resume.unclosed === undefined) parts.push({ script, text: rest });
    else {
      // The part up to that line, without the lone quote, then the rest.
      const until = rest.slice(0, resume.unclosed).replace(/\$$/, ' ');
      const head = `${until}${' '.repeat(rest.length - resume.unclosed > 0 ? 1 : 0)}${rest.slice(resume.unclosed + 1, resume.at)}`;
      const again = parse(head);
      parts.push({ script: again, text: head });
    }
    from = Math.max(from + 1, resume.at);
  }
  // Too broken for resuming: one parse for each line that is left.
  let offset = from;
  for (const line of text.slice(from).split('\n').slice(0, 5_000)) {
    if (line.trim() !== '') {
      const padded = { ...parse(line) };
      parts.push({ script: { ...padded, source: line }, text });
      lineOffsets.set(parts.at(-1)!.script, offset);
    }
    offset += line.length + 1;
  }
  return { parts, lost };
}
const lineOffsets = new WeakMap<Script, number>();

function walkParts(w: World, ctx: ReadContext, parts: readonly Part[]): void {
  for (const { script, text } of parts) {
    const line = lineOffsets.get(script);
    w.frame = { text };
    walkScript(w, script, { stdin: terminal(w), out: ctx.stdout }, { start: line ?? 0, end: (line ?? 0) + (script.source?.length ?? 0) });
  }
}

/** Functions nobody called: their parameters are open. */
function walkUncalled(w: World): void {
  const names = [...w.functions.keys()];
  for (const name of names.slice(0, 500)) {
    const callable = w.functions.get(name);
    if (callable === undefined || callable.calls.size > 0) continue;
    callable.calls.add('');
    walkFunction(w, name, undefined, { stdin: terminal(w), out: cells.result(w.ctx.module, name) });
  }
}

/** CRLF to LF without moving an offset: a continuation keeps its backslash before the line end, other lines get an empty one behind them. */
const unixLines = (text: string): string =>
  text.includes('\r') ? text.replaceAll('\\\r\n', ' \\\n').replaceAll('\r\n', '\n\n').replaceAll('\r', ' ') : text;

function read(text: string, ctx: ReadContext): void {
  const { role } = ctx.unit;
  const documentation = role === 'fence' || role === 'inline' || role === 'prose' || role === 'comment' || role === 'html';
  const { text: masked, printed } = prepare(unixLines(text), documentation);
  const w = newWorld(ctx, text, masked);
  try {
    const { parts, lost } = parseAll(ctx, masked);
    walkParts(w, ctx, parts);
    walkUncalled(w);
    for (const block of printed) {
      // Output of a console session: read as well, but only as an example.
      w.stance = 'example';
      ctx.step(1 + ((block.end - block.start) >> 4));
      printedLine(w, text.slice(block.start, block.end), block.start);
      w.stance = undefined;
    }
    if (lost !== undefined && !documentation)
      ctx.opaque(
        lost,
        Math.min(text.length, lost + 200),
        'parse-error',
        'shell text that does not parse was read in pieces',
        role === 'file' || role === 'hook' || role === 'decoded',
      );
  } finally {
    for (const { start, end, draft } of w.pending) ctx.fact(start, end, draft);
  }
}

/** One line of output: only what could be pasted as a command matters, so a line is parsed alone and placed as a whole. */
function printedLine(w: World, line: string, start: number): void {
  const script = parse(line);
  if (script.errors !== undefined) return;
  w.frame = { text: line };
  walkScript(w, { ...script, source: line }, { stdin: terminal(w), out: w.ctx.fresh() }, { start, end: start + line.length });
}

const shell: Language = { id: 'shell', read };
export default shell;
