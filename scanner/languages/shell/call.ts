/**
 * One command, understood: aliases and functions of the script, wrappers that run their words (`sudo`, `env`, `timeout`), builtins, interpreters, files, inert filters whose output is
 * known, then the tables of what programs do. What no table knows is still a process with its words, and passes its input on.
 */
import * as cells from '../../cells.ts';
import { known, partsOf, show, textOf } from '../../value.ts';
import { BUILTINS, printfTo } from './builtins.ts';
import type { Command } from './command.ts';
import { effectsOf, FILTERS } from './commands.ts';
import { isPure, pureOutput } from './pure.ts';
import { exec, interpreterFor, runFile, runInterpreter } from './run.ts';
import { transformOf } from './transforms.ts';
import { walkFunction } from './walk.ts';
import {
  edge,
  type Field,
  fact,
  fieldText,
  type Io,
  type Output,
  pathCell,
  place,
  plain,
  ports,
  shipped,
  UNKNOWN_OUTPUT,
  type World,
} from './world.ts';
import { WRAPPERS } from './wrappers.ts';

const SYSTEM_FOLDER = /^(?:\/(?:usr\/(?:local\/)?|opt\/homebrew\/)?s?bin\/|\/System\/|\/Applications\/|[A-Z]:\\Windows\\)/i;
/** Commands of the shell itself: no process, and nothing on standard output. */
const SILENT_BUILTINS = new Set(
  ': true false [ test [[ cd pushd popd shift return break continue unset wait umask ulimit shopt setopt unsetopt getopts hash bind complete compgen compopt enable disown jobs fg bg times let suspend logout dirs autoload zmodload emulate'.split(
    ' ',
  ),
);

export function runCommand(w: World, fields: readonly Field[], io: Io, start: number, end: number): Output {
  w.ctx.step();
  const [program] = fields;
  // An alias for nothing, called with nothing.
  if (program === undefined) return UNKNOWN_OUTPUT;
  const raw = fieldText(program);
  const args = fields.slice(1);
  if (w.ctx.unit.role !== 'file') {
    // A line of a crontab: five fields of time, then the command.
    const time = fields.findIndex((field) => !/^(?:[\d*][\d*/,-]{0,30}|(?:mon|tue|wed|thu|fri|sat|sun)(?:-[a-z]{3})?)$/i.test(field.spelled));
    if (time === 5) return runCommand(w, fields.slice(5), io, start, end);
    if (time < 0 && fields.length === 5) return UNKNOWN_OUTPUT;
  }
  if (raw === undefined) return unknownProgram(w, program, args, io, start, end);
  if (raw === '') return args.length > 0 ? runCommand(w, args, io, start, end) : UNKNOWN_OUTPUT;
  const name = raw
    .slice(Math.max(raw.lastIndexOf('/'), raw.lastIndexOf('\\')) + 1)
    .replace(/\.exe$/i, '')
    .slice(0, 200);
  const command: Command = { name, program, args, io, start, end };

  const alias = w.aliases.get(raw);
  if (alias !== undefined && w.aliasDepth < 4) {
    w.aliasDepth++;
    const words = alias.split(/[ \t]/).filter((word) => word !== '');
    const output = runCommand(
      w,
      [...words.map((word) => plain(known(word.replace(/^(["'])(.*)\1$/, '$2')), program.start, program.end)), ...args],
      io,
      start,
      end,
    );
    w.aliasDepth--;
    return output;
  }
  if (w.functions.has(raw)) return callFunction(w, raw, command);
  const builtin = BUILTINS.get(raw);
  if (builtin !== undefined) return builtin(w, command) ?? UNKNOWN_OUTPUT;
  if (SILENT_BUILTINS.has(raw)) return { value: known(''), unwrapped: [] };
  const wrapper = WRAPPERS.get(name);
  if (wrapper !== undefined) {
    const output = wrapper(w, command, runCommand);
    if (output !== undefined) return output;
  }
  if (isScriptFile(w, raw, name)) return runFile(w, command, program, args);
  const interpreter = interpreterFor(name);
  // `bun add x` is the package manager of that name.
  const manages = name === 'bun' && /^(?:add|install|i|update|x|create)$/.test(fieldText(args[0] ?? program) ?? '');
  if (interpreter !== undefined && !manages) return runInterpreter(w, command, interpreter);
  callSourced(w, raw, command);

  if (name === 'printf' && textOf(args[0]?.value) === '-v' && args.length > 2) return printfTo(w, command);
  const pure = pureResult(w, command);
  const effect = effectsOf(name);
  if (!/^(?:echo|printf|print)$/.test(name) && plausible(w, command, effect !== undefined))
    exec(w, command, { how: 'process' }, io.stdin.terminal ? [] : [{ cell: io.stdin.cell, role: 'stdin' }], []);
  const transform = transformOf(w, command);
  const output = effect?.(w, command);
  listening(w, command);
  if (pure !== undefined) {
    for (const arg of args) edge(w, arg.cells, io.out, arg.start, arg.end, 'concat');
    if (!io.stdin.terminal && !transform) w.ctx.edge(io.stdin.cell, io.out, start, end, 'pipe');
    return pure;
  }
  if (name === 'echo' || name === 'printf' || name === 'print') {
    for (const arg of args) edge(w, arg.cells, io.out, arg.start, arg.end, 'concat');
    return echoed(command);
  }
  if (!transform && !io.stdin.terminal && (effect === undefined || FILTERS.has(name))) w.ctx.edge(io.stdin.cell, io.out, start, end, 'pipe');
  if (effect === undefined || FILTERS.has(name)) for (const arg of args) edge(w, arg.cells, io.out, arg.start, arg.end, 'concat');
  return output ?? UNKNOWN_OUTPUT;
}

/**
 * Fences hold headers, tables, sentences and sample requests that are no programs: `Content-Type:`, `GET https://…`, `Next refresh = …`, `-d`, `{`. In a script file every first word counts, and so does what we know the effects of;
 * a word in capitals before an address is the method of a request.
 */
function plausible(w: World, { name, args }: Command, effects: boolean): boolean {
  if (w.ctx.unit.role === 'file') return true;
  if (effects) return !/^(?:GET|HEAD|POST|PUT|PATCH|DELETE)$/.test(name);
  const second = args[0] === undefined ? '' : (fieldText(args[0]) ?? '');
  // `OpenClaw parses the intent → a persona`: a product that does something, told in words only.
  if (
    /^[A-Z][A-Za-z]{1,30}$/.test(name) &&
    args.length >= 4 &&
    args.every((arg) => /^[\p{L}→(][\p{L}\w'’/().,:+-]{0,60}$/u.test(arg.spelled) || arg.spelled === '→')
  )
    return false;
  if (/^[A-Z][a-z]{1,30}$/.test(name) && /^[A-Za-z][a-z-]{0,30}[:,]?$/.test(second)) return false;
  return /^(?:[a-z_.~][\w.+@-]{0,199}|\d{1,3}[a-z][\w.-]{0,199})$/.test(name) || (/^[A-Z][\w.+-]{0,199}$/.test(name) && /[a-z]/.test(name));
}

/** `echo` of text with holes: the text is still worth reading (a script written line by line). */
function echoed(command: Command): Output {
  const words = command.args.filter((arg) => !/^-[neE]{1,3}$/.test(fieldText(arg) ?? ''));
  if (command.name === 'printf' && words.length > 1) return UNKNOWN_OUTPUT;
  const parts = words.flatMap((arg, index) => [...(index > 0 ? [' '] : []), ...partsOf(arg.value)]);
  const spelled = `${words.map((arg) => arg.spelled).join(' ')}\n`;
  const only = words.length === 1 ? words[0]! : undefined;
  return {
    value: { kind: 'template', parts: [...parts, '\n'] },
    spelled,
    unwrapped: words.flatMap((arg) => arg.unwrapped),
    ...(only?.map ? { map: only.map } : {}),
    code: words.flatMap((arg) => arg.code),
  };
}

/** What an inert filter prints, if all it sees is known. */
function pureResult(w: World, command: Command): Output | undefined {
  const name = command.name === 'command' ? 'which' : command.name;
  if (!isPure(name)) return undefined;
  let { stdin } = command.io;
  const args: string[] = [];
  for (const arg of command.args) {
    // `base64 -d <(echo …)` and `base64 -d file-written-before`: a file operand whose content is known stands for standard input.
    const text = textOf(arg.value);
    if (arg.process !== undefined) stdin = arg.process.stream;
    else if (text === undefined) return undefined;
    else if (
      !/^(?:echo|printf|print|basename|dirname|which|realpath|readlink|tr|sed)$/.test(name) &&
      !text.startsWith('-') &&
      w.files.has(pathCell(w, place(w, arg.value)))
    ) {
      const file = w.files.get(pathCell(w, place(w, arg.value)))?.field;
      if (file === undefined || textOf(file.value) === undefined) return undefined;
      stdin = { ...stdin, value: file.value, unwrapped: file.unwrapped, terminal: false };
    } else args.push(text);
  }
  if (name === 'basename' || name === 'dirname' || name === 'which' || name === 'realpath') stdin = { ...stdin, unwrapped: [] };
  const text = stdin.value === undefined ? undefined : textOf(stdin.value);
  const from = /^(?:echo|printf|print)$/.test(name) ? command.args.flatMap((arg) => arg.unwrapped) : stdin.unwrapped;
  const out = pureOutput(name, { args, text, bytes: stdin.bytes, limits: w.limits });
  if (out === undefined) return undefined;
  const only = command.args.length === 1 && (name === 'echo' || name === 'printf') && out.codec === undefined ? command.args[0] : undefined;
  const through = name === 'cat' || name === 'tee' ? stdin : undefined;
  return {
    value: known(out.text ?? ''),
    unwrapped: [...new Set([...from, ...(out.codec ? [out.codec] : [])])],
    ...(out.bytes ? { bytes: out.bytes } : {}),
    ...((only?.map ?? through?.map) ? { map: (only?.map ?? through?.map)! } : {}),
    ...(through?.spelled ? { spelled: through.spelled } : {}),
    ...(through?.via ? { via: through.via } : {}),
  };
}

/** A path to something that is no installed program: a script of the skill, or a file written before. */
function isScriptFile(w: World, raw: string, name: string): boolean {
  // An address on a line of its own is a line that was broken, or a note; no shell runs it.
  if (!/[\\/]/.test(raw) || /^[a-z][a-z0-9+.-]{1,20}:\/\//i.test(raw)) return false;
  if (w.files.has(pathCell(w, place(w, known(raw)))) || shipped(w, place(w, known(raw))) !== undefined) return true;
  if (SYSTEM_FOLDER.test(raw)) return false;
  return interpreterFor(name) === undefined && effectsOf(name) === undefined && !WRAPPERS.has(name);
}

/** The program is not known: an indirect call. A variable folder before a known name (`$DIR/run.sh`) is a script; a bare variable runs whatever it holds. */
function unknownProgram(w: World, program: Field, args: readonly Field[], io: Io, start: number, end: number): Output {
  // An unset variable is nothing: `cu${x}rl` runs curl.
  const parts = partsOf(program.value);
  const bare = parts.filter((part) => typeof part === 'string').join('');
  if (
    typeof parts[0] === 'string' &&
    bare.length > 1 &&
    !bare.includes('/') &&
    (effectsOf(bare) !== undefined || interpreterFor(bare) !== undefined || WRAPPERS.has(bare))
  ) {
    return runCommand(w, [{ ...program, value: known(bare), spelled: bare }, ...args], io, start, end);
  }
  const last = partsOf(program.value).at(-1);
  if (program.placeholder !== undefined) {
    edge(
      w,
      args.flatMap((arg) => arg.cells),
      io.out,
      start,
      end,
      'concat',
    );
    return UNKNOWN_OUTPUT;
  }
  const tail = typeof last === 'string' && last.includes('/') ? last.slice(last.lastIndexOf('/') + 1) : undefined;
  if (tail !== undefined && tail !== '') {
    const command: Command = { name: tail, program, args, io, start, end };
    if (shipped(w, program.value) === undefined && !w.files.has(pathCell(w, place(w, program.value)))) {
      const interpreter = interpreterFor(tail);
      if (interpreter !== undefined) return runInterpreter(w, command, interpreter);
      if (effectsOf(tail) !== undefined || WRAPPERS.has(tail)) return runCommand(w, [{ ...program, value: known(tail) }, ...args], io, start, end);
    }
    return runFile(w, command, program, args);
  }
  const file = w.files.get(pathCell(w, place(w, program.value)));
  const command: Command = { name: show(program.value).slice(0, 80), program, args, io, start, end };
  if (file !== undefined) return runFile(w, command, program, args);
  const socket = io.toSocket === true || io.stdin.socket === true;
  exec(w, command, { how: 'shell', program: program.value, ...(socket ? { socket: true } : {}) }, [
    ...ports(program.cells, 'code'),
    ...(io.stdin.terminal ? [] : [{ cell: io.stdin.cell, role: 'stdin' as const }]),
  ]);
  // A name taken from the environment (`$EDITOR x`) is a choice of the user; anything else is an indirect call.
  if (!partsOf(program.value).every((part) => typeof part !== 'string' && part.env !== undefined))
    w.ctx.opaque(start, end, 'dynamic', 'the command to run is not known', false);
  if (!io.stdin.terminal) w.ctx.edge(io.stdin.cell, io.out, start, end, 'pipe');
  return UNKNOWN_OUTPUT;
}

function callFunction(w: World, name: string, command: Command): Output {
  const { args, io, start, end } = command;
  const callable = w.functions.get(name)!;
  args.forEach((arg, index) => {
    edge(w, arg.cells, cells.param(w.ctx.module, name, index + 1), arg.start, arg.end, 'call');
    edge(w, arg.cells, cells.param(w.ctx.module, name, '*'), arg.start, arg.end, 'call');
  });
  w.ctx.edge(cells.result(w.ctx.module, name), io.out, start, end, 'return');
  const key = args
    .map((arg) => show(arg.value))
    .join('\0')
    .slice(0, 2_000);
  // Different constants mean different facts; four of them tell what the function is for.
  if (callable.calls.size >= 4 || callable.calls.has(key) || w.calls >= 12 || w.loopBudget <= 0) return UNKNOWN_OUTPUT;
  callable.calls.add(key);
  w.calls++;
  w.loopBudget--;
  const output = walkFunction(w, name, args, io);
  w.calls--;
  return output;
}

/** A name that no table knows may be a function of a sourced file. */
function callSourced(w: World, name: string, command: Command): void {
  if (w.sourced.length === 0 || effectsOf(name) !== undefined) return;
  for (const module of w.sourced.slice(0, 8)) {
    for (const [index, arg] of command.args.entries()) edge(w, arg.cells, cells.param(module, name, index + 1), arg.start, arg.end, 'call');
    w.ctx.edge(cells.result(module, name), command.io.out, command.start, command.end, 'return');
  }
}

/** Servers of any kind take `--host 0.0.0.0` or `--bind ::`. */
function listening(w: World, command: Command): void {
  const words = command.args.map((arg) => show(arg.value));
  const at = words.findIndex(
    (word, index) =>
      /^(?:--(?:host|bind|address|hostname|listen|addr|ip)|-b|-H)$/.test(words[index - 1] ?? '') &&
      /^(?:0\.0\.0\.0|::|\[::\]|\*)(?::\d{1,5})?$/.test(word),
  );
  const glued = words.find((word) => /^--(?:host|bind|address|hostname|listen|addr)=(?:0\.0\.0\.0|::|\[::\]|\*)/.test(word));
  if (at < 0 && glued === undefined) return;
  const port = words.findIndex((_word, index) => /^(?:--port|-p)$/.test(words[index - 1] ?? ''));
  fact(w, command.start, command.end, { kind: 'listen', host: known('0.0.0.0'), ...(port >= 0 ? { port: command.args[port]!.value } : {}) });
}
