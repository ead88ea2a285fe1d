/**
 * Reader for languages without a grammar here: Lua, Java, Kotlin, Scala, C, C++, C#, Rust, Swift, Dart, R, Julia, Visual Basic, Ruby, PHP, Go, awk, Tcl, Haskell, Elixir. It sees
 * calls of well-known APIs with folded constants and a coarse flow through variables: enough to say what a program can do. What it cannot see it does not guess; a call
 * of an unknown function is no fact.
 */
import { known } from '../../value.ts';
import type { Language, ReadContext } from '../contract.ts';
import { glue, mapOfWeave, thread, weave } from '../data/weave.ts';
import type { Api } from './apis.ts';
import { stateCall, stateShellLiteral } from './facts.ts';
import { fold, listOf } from './fold.ts';
import { type Token, tokenize } from './lexer.ts';
import { type Assignment, type Program, parse } from './program.ts';
import { rangeOf, spawn, type Walk } from './run.ts';
import { ROW_OF, SYNTAX, type Syntax } from './syntax.ts';

/** Properties that name the program of a process object, and those that name its arguments. */
const PROGRAM = /(?:^|\.)(?:FileName|launchPath|executableURL|executablePath)$/;
const ARGUMENTS = /(?:^|\.)(?:Arguments|arguments|ArgumentList)$/;
const URL = /^(?:https?|wss?|ftp):\/\/[^\s"'<>]{3,2000}$/;

/** The row for a unit: its fence tag, or the extension or shebang of its file. */
function rowOf(ctx: ReadContext, source: string): string {
  const tag = ROW_OF[ctx.unit.language.toLowerCase()];
  if (tag !== undefined) return tag;
  const extension = /\.([A-Za-z+]{1,10})$/.exec(ctx.file.path)?.[1]?.toLowerCase();
  const named = extension === undefined ? undefined : ROW_OF[extension];
  if (named !== undefined) return named;
  const shebang = /^#![^\n]{0,200}?\b(lua|Rscript|julia|ruby|php|awk|gawk|tclsh|expect|swift|runhaskell|elixir|kotlin|scala|java|dart|rust-script)/
    .exec(source)?.[1]
    ?.toLowerCase();
  return (shebang === undefined ? undefined : ROW_OF[shebang]) ?? 'c';
}

/** Walks a program in order: constants first where they are set, calls as they come. Shared with the Perl reader. */
export function walkProgram(program: Program, ctx: ReadContext): void {
  const walk: Walk = { program, ctx, connected: program.calls.some((call) => call.api?.does === 'socket') };
  const byCall = [...program.calls].sort((a, b) => a.at - b.at);
  let nextCall = 0;
  let nextAssignment = 0;
  let current: Assignment | undefined;
  for (let index = 0; index < program.tokens.length; index++) {
    ctx.step();
    while (nextAssignment < program.assignments.length && program.assignments[nextAssignment]!.at <= index) {
      current = program.assignments[nextAssignment++]!;
      assign(program, ctx, current);
    }
    while (nextCall < byCall.length && byCall[nextCall]!.at <= index) {
      const call = byCall[nextCall++]!;
      const inside = current !== undefined && call.at >= current.from && call.at < current.to ? current.name : undefined;
      stateCall(walk, call, inside);
    }
    if (program.tokens[index]!.kind === 'shell') stateShellLiteral(walk, index);
  }
  processObjects(walk);
}

/** Records a constant, and lets data flow from what stands on the right to the name on the left. */
function assign(program: Program, ctx: ReadContext, assignment: Assignment): void {
  const { name, from, to, op } = assignment;
  const value = fold(program, from, to);
  const before = program.constants.get(name);
  const joined = op === '=' || op === ':=' || op === '<-' ? value : before === undefined ? undefined : { ...concatValues(before, value) };
  if (
    joined !== undefined &&
    joined.kind !== 'unknown' &&
    (joined.kind === 'known' || joined.parts.some((part) => typeof part === 'string' || part.env !== undefined))
  )
    program.constants.set(name, joined);
  else program.constants.delete(name);
  const target = ctx.local(name.replace(/^[$@%&]/, ''));
  const { start, end } = rangeOf(program, assignment.at - 1, to);
  let edges = 0;
  for (let index = from; index < to && edges < 20; index++) {
    const token = program.tokens[index]!;
    const call = program.callAt.get(index);
    if (call?.api !== undefined)
      for (const other of (program.chains.get(index) ?? []).slice(0, 100))
        if (other.api !== undefined && other.close <= to) ctx.edge(ctx.local(`call@${other.close}`), target, start, end, 'assign');
    if (token.kind === 'word' && call === undefined) {
      ctx.edge(ctx.local(token.text.replace(/^[$@%&]/, '')), target, start, end, 'assign');
      edges++;
    } else if (token.kind === 'shell') ctx.edge(ctx.local(`shell@${index}`), target, start, end, 'assign');
    for (const part of token.parts ?? []) {
      if (typeof part !== 'object' || part.name === undefined) continue;
      ctx.edge(ctx.local(/^[$@%&]?(\w{1,80})/.exec(part.name)?.[1] ?? part.name), target, start, end, 'concat');
      edges++;
    }
  }
}

const concatValues = (a: ReturnType<typeof fold>, b: ReturnType<typeof fold>): ReturnType<typeof fold> => {
  const parts = [
    ...(a.kind === 'known' ? [a.text] : a.kind === 'template' ? a.parts : []),
    ...(b.kind === 'known' ? [b.text] : b.kind === 'template' ? b.parts : [{}]),
  ];
  return parts.every((part) => typeof part === 'string')
    ? known(parts.join('').slice(0, 100_000))
    : { kind: 'template', parts: parts.slice(0, 2_000) };
};

/** `psi.FileName = "x"; psi.Arguments = "y"` and Swift's `task.launchPath`. */
function processObjects(walk: Walk): void {
  const { program, ctx } = walk;
  if (program.language !== 'csharp' && program.language !== 'swift' && program.language !== 'vb') return;
  for (const [order, assignment] of program.assignments.entries()) {
    if (!PROGRAM.test(assignment.full)) continue;
    const near = program.assignments.slice(Math.max(0, order - 12), order + 13);
    const owner = assignment.full.includes('.') ? assignment.full.slice(0, assignment.full.lastIndexOf('.')) : '';
    const rest = near.find(
      (other) =>
        ARGUMENTS.test(other.full) &&
        (owner === '' ? !other.full.includes('.') : other.full.startsWith(`${owner}.`)) &&
        Math.abs(other.at - assignment.at) < 80,
    );
    const ranges = rest === undefined ? [] : listOf(program, rest.from, rest.to);
    const values = ranges.map(([from, to]) => fold(program, from, to));
    const text = values[0]?.kind === 'known' && values.length === 1 ? values[0].text : undefined;
    const flag = text === undefined ? null : /^\s{0,10}(\/c|-c|-command|-enc|-EncodedCommand)\s/i.exec(text);
    const args = text === undefined || flag === null ? values : [known(flag[1]!), known(text.slice(flag[0].length))];
    const at = rangeOf(program, assignment.at - 1, assignment.to);
    spawn(
      walk,
      fold(program, assignment.from, assignment.to),
      args,
      at,
      ranges.flatMap(([from, to]) => portsOf(walk, from, to)),
      ctx.local(`process@${assignment.at}`),
      'Process',
    );
  }
}
const portsOf = (walk: Walk, from: number, to: number): { cell: string; role: 'argv' }[] =>
  walk.program.tokens
    .slice(from, Math.min(to, from + 40))
    .flatMap((token) => (token.kind === 'word' ? [{ cell: walk.ctx.local(token.text), role: 'argv' as const }] : []));

/** Comments that are sentences, and addresses in strings. */
export function sideText(ctx: ReadContext, source: string, tokens: readonly Token[]): void {
  const comments = weave();
  let links = 0;
  for (const token of tokens) {
    ctx.step();
    if (token.kind === 'comment') {
      if (comments.text.length > 400_000 || !/[\p{L}]{2}/u.test(token.text)) continue;
      if (comments.text !== '') glue(comments, '\n');
      thread(comments, source, { kind: 'text', text: token.text, start: token.start, end: token.end, inner: token.start, quote: '' });
    } else if (token.kind === 'string' && URL.test(token.text) && links++ < 200)
      ctx.fact(token.start, token.end, { kind: 'link', url: known(token.text), text: '', form: 'code', block: 0, section: [] });
  }
  if (/(?:[\p{L}]{2,40}[^\p{L}]{1,8}){3}/u.test(comments.text)) ctx.embed('prose', comments.text, mapOfWeave(comments), { role: 'comment' });
}

export function readTokens(source: string, ctx: ReadContext, language: string, syntax: Syntax, extra: readonly Api[] = []): void {
  const tokens = tokenize(source, syntax, () => ctx.step());
  sideText(ctx, source, tokens);
  walkProgram(parse(language, syntax, tokens, extra), ctx);
}

const tokens: Language = {
  id: 'tokens',
  read(source, ctx) {
    const row = rowOf(ctx, source);
    // Windows Script files wrap their script in tags; tokens outside mean nothing and do no harm.
    readTokens(source, ctx, row, SYNTAX[row]!);
  },
};
export default tokens;
