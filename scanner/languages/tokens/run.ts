/** How a program of tokens runs other programs: argument lists and command lines, stated where something in them is unknown, and read as shell or batch in any case. */
import * as cells from '../../cells.ts';
import type { Cell, ExecFact, Port, Role, Value } from '../../model.ts';
import { known, partsOf, show, textOf } from '../../value.ts';
import { collapsed, type ReadContext, shifted } from '../contract.ts';
import { fold, listOf } from './fold.ts';
import type { Call, Program } from './program.ts';

const SHELLS = /^(?:ba|z|da|k|a)?sh$|^(?:cmd|powershell|pwsh)$/i;
const INTERPRETERS =
  /^(?:(?:ba|z|da|k|a)?sh|python[\d.]{0,4}|node|perl|ruby|php|deno|bun|pwsh|powershell|osascript|wscript|cscript|java|lua|Rscript)(?:\.exe)?$/i;
const base = (text: string): string => text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1).replace(/\.exe$/i, '');

export interface Range {
  readonly start: number;
  readonly end: number;
}
export const rangeOf = (program: Program, from: number, to: number): Range => ({
  start: program.tokens[from]?.start ?? 0,
  end: program.tokens[Math.max(from, Math.min(to, program.tokens.length) - 1)]?.end ?? 0,
});

/** A value as text for another reader: holes as shell variables. */
export const asShell = (value: Value): string =>
  partsOf(value)
    .map((part) => (typeof part === 'string' ? part : `\${${(part.env ?? part.name ?? 'value').replace(/\W/g, '_').slice(0, 40) || 'value'}}`))
    .join('');
const quoted = (value: Value): string => {
  const text = asShell(value);
  if (/^[\w@%+=:,./-]{1,1000}$/.test(text)) return text;
  return value.kind === 'known' ? `'${text.replaceAll("'", "'\\''")}'` : `"${text.replace(/["`\\]/g, '\\$&')}"`;
};

/** What the walk keeps. */
export interface Walk {
  readonly program: Program;
  readonly ctx: ReadContext;
  /** True if a socket is opened: a bare shell beside it is wired to it. */
  connected: boolean;
  /** Standard streams were tied to the socket. */
  wired?: boolean;
}

/** Variables and results that a token range uses. */
export function ports(walk: Walk, from: number, to: number, role: Role): Port[] {
  const { program, ctx } = walk;
  const seen = new Set<Cell>();
  for (let index = from; index < to && seen.size < 20; index++) {
    const token = program.tokens[index]!;
    if (token.kind === 'word') {
      const call = program.callAt.get(index);
      if (call?.api !== undefined) seen.add(ctx.local(`call@${call.close}`));
      else seen.add(ctx.local(token.text.replace(/^[$@%&]/, '')));
    } else if (token.kind === 'shell') seen.add(ctx.local(`shell@${index}`));
    for (const part of token.parts ?? [])
      if (typeof part === 'object' && part.name !== undefined) seen.add(ctx.local(/^[$@%&]?(\w{1,80})/.exec(part.name)?.[1] ?? part.name));
  }
  return [...seen].map((cell) => ({ cell, role }));
}

/** Runs a command line: stated, and read as shell. */
export function shell(walk: Walk, value: Value, from: number, to: number, result: Cell, how: string): void {
  const { program, ctx } = walk;
  const { start, end } = rangeOf(program, from, to);
  const windows = program.language === 'vb' || program.language === 'csharp' || /^(?:cmd(?:\.exe)?\b|powershell)/i.test(asShell(value).trimStart());
  const language = windows ? 'batch' : 'shell';
  if (value.kind !== 'known') {
    ctx.fact(start, end, {
      kind: 'exec',
      how: 'shell',
      program: known(windows ? 'cmd' : 'sh'),
      argv: [value],
      code: 'argument',
      ins: ports(walk, from, to, 'code'),
      outs: [{ cell: result, role: 'value' }],
    });
  }
  if (value.kind === 'unknown') return;
  const token = to - from === 1 ? program.tokens[from] : undefined;
  const literal = token?.inner !== undefined && (token.kind === 'string' || token.kind === 'shell');
  const unit = ctx.embed(
    language,
    literal ? token.text : asShell(value),
    literal ? shifted(token.inner, token.inner + token.text.length) : collapsed(start, end),
    { role: 'embedded', unwrapped: [how] },
  );
  ctx.edge(ctx.cellsOf(unit).stdout, result, start, end, 'pipe');
}

/** Runs a program with arguments. */
export function spawn(walk: Walk, name: Value, args: readonly Value[], at: Range, ins: readonly Port[], result: Cell, how: string): void {
  const { ctx } = walk;
  const text = textOf(name);
  const head = text === undefined ? undefined : base(text);
  const words = [name, ...args];
  const isShell = head !== undefined && SHELLS.test(head);
  const flag = isShell ? args.findIndex((arg) => /^(?:-l?i?c|\/c|\/k|-command|-enc|-encodedcommand|-e)$/i.test(textOf(arg) ?? '')) : -1;
  const interactive = isShell && flag < 0 && args.every((arg) => /^-/.test(textOf(arg) ?? 'x'));
  const allKnown = words.every((word) => word.kind === 'known');
  const file = head !== undefined && INTERPRETERS.test(head) && flag < 0 ? args.find((arg) => !/^-/.test(textOf(arg) ?? '')) : undefined;
  if (!allKnown || interactive) {
    const fact: Omit<ExecFact, 'id' | 'unit' | 'at' | 'kind'> = {
      how: 'process',
      program: head === undefined ? name : known(head),
      argv: args,
      ...(flag >= 0 ? { code: 'argument' as const } : file === undefined ? {} : { code: 'file' as const, path: file }),
      ...(interactive && walk.connected ? { socket: true } : {}),
      ins: [
        ...ins.map((port) => ({ ...port, role: flag >= 0 || text === undefined ? ('code' as const) : port.role })),
        ...(file === undefined || file.kind === 'unknown' ? [] : [{ cell: cells.path(file, ctx.unit.id), role: 'code' as const }]),
      ],
      outs: [{ cell: result, role: 'value' }],
    };
    ctx.fact(at.start, at.end, { kind: 'exec', ...fact });
  }
  if (text === undefined) return;
  const windows = /^(?:cmd|powershell|pwsh|certutil|bitsadmin|reg|schtasks|mshta|rundll32|regsvr32|wmic)$/i.test(head ?? '');
  const line = windows
    ? words.map((word) => (/[\s&|<>^]/.test(asShell(word)) && word !== words[flag + 1] ? `"${asShell(word)}"` : asShell(word))).join(' ')
    : words.map(quoted).join(' ');
  const unit = ctx.embed(windows ? 'batch' : 'shell', line, collapsed(at.start, at.end), { role: 'embedded', unwrapped: [how] });
  ctx.edge(ctx.cellsOf(unit).stdout, result, at.start, at.end, 'pipe');
}

/** Chained or later `.arg(x)`, `.args([…])` of a builder. */
export function builderArguments(
  walk: Walk,
  call: Call,
  variable: string | undefined,
): { readonly values: Value[]; readonly ranges: (readonly [number, number])[] } {
  const { program } = walk;
  const ranges: (readonly [number, number])[] = [];
  for (let order = call.order + 1; order < program.calls.length; order++) {
    const other = program.calls[order]!;
    if (other.at > call.at + 600) break;
    const chained = other.first === call.first && other.name.startsWith(call.name);
    const later = variable !== undefined && program.tokens[other.first]?.text === variable;
    if (!chained && !later) continue;
    const method = /\.(arg|args|command|raw_arg)$/.exec(other.name)?.[1];
    if (method === 'arg' || method === 'raw_arg') ranges.push(...other.args.slice(0, 1));
    else if (method !== undefined) for (const [from, to] of other.args) ranges.push(...listOf(program, from, to));
  }
  return { values: ranges.map(([from, to]) => fold(program, from, to)), ranges };
}

export const address = (value: Value): string => show(value);
export const looksLikeUrl = (value: Value): boolean => /^(?:https?|ftp|wss?):\/\//i.test(asShell(value)) || value.kind !== 'known';
