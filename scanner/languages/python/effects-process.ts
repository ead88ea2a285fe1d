/**
 * Facts about programs and code that are run. A command that is known, even in part, also goes to the shell reader, which knows what programs do; a program that only the
 * data decides is stated here, with the cell that decides it in a port of role `code`.
 */
import type { Cell, Port, Value } from '../../model.ts';
import { known, prefixOf, textOf } from '../../value.ts';
import { type Abs, type Call, clean, isTrue, type List, NOTHING, pieces, refOf, textLike } from './abstract.ts';
import type { Api } from './api.ts';
import { pick, resultOf } from './effects.ts';
import { edge, fileCell, gapCells, join, type Machine, type Place, port, portOf, state } from './machine.ts';
import { embedCommand, embedOnce, fromList, fromString } from './shellwords.ts';

export const INTERPRETER =
  /^(?:(?:ba|z|k|da|a|fi)?sh|python[\d.]{0,5}w?|pypy\d?|node|nodejs|deno|bun|perl|ruby|php|pwsh|powershell|cmd|osascript|wscript|cscript)(?:\.exe)?$/i;
const basename = (text: string): string => text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1);

/** Program name without its folder, where the last segment is known. */
function programOf(value: Value): Value {
  const text = textOf(value);
  if (text !== undefined) return known(basename(text));
  if (value.kind === 'template') {
    const last = value.parts.at(-1);
    if (typeof last === 'string' && /[/\\][^/\\]{1,200}$/.test(last)) return known(basename(last));
  }
  return clean(value);
}

/** A program by its path, other than where the system keeps its own. */
const ownProgram = (path: string): boolean =>
  /[/\\]/.test(path) && !/^(?:\/usr|\/opt\/homebrew)?(?:\/local)?\/s?bin\/|^[A-Za-z]:\\(?:Windows|Program Files)/i.test(path);

const isSocket = (abs: Abs | undefined): boolean => /^(?:socket\.|ssl\.)/.test(abs?.ref ?? '');
const wired = (m: Machine, call: Call): boolean => m.socket || isSocket(call.kw.get('stdin')) || isSocket(call.kw.get('stdout'));

/** Spellings that hide a constant without a decoder's name on it. The others are stated where they are called. */
const QUIET = new Set(['chr', 'charcode', 'xor', 'reverse', 'translate']);

/** Says that code was put together from pieces that do not look like it, and gives the cell of the result. */
function uncovered(m: Machine, at: Place, code: Abs | undefined): Port | undefined {
  const codec = code?.via?.find((name) => QUIET.has(name));
  if (codec === undefined) return undefined;
  const cell = m.ctx.local(`${codec}@${at.start}:${at.end}`);
  state(m, at, { kind: 'transform', op: codec === 'xor' ? 'decode' : 'build', codec, outs: [port('value', cell)] });
  return port('code', cell);
}

/** A string that a shell runs. */
export function runShell(m: Machine, at: Place, ref: string, call: Call, command: Abs | undefined, input: Abs | undefined): Abs {
  if (command === undefined) return NOTHING;
  if (command.list) return runList(m, at, ref, call, command.list, input);
  const out = m.ctx.local(`out@${at.start}:${at.end}`);
  const parts = pieces(command);
  const first = parts[0];
  const leading = typeof first === 'string' ? first.trimStart() : '';
  // What fills the beginning decides what runs; later holes are arguments of it.
  const ports: (Port | undefined)[] =
    leading === ''
      ? [
          port('code', gapCells(command)[0] ?? command.cell),
          ...gapCells(command)
            .slice(1)
            .map((cell) => port('argv', cell)),
        ]
      : gapCells(command).map((cell) => port('argv', cell));
  if (textOf(command.value) !== undefined) ports.push(portOf('code', command));
  const file = scriptHole(m, leading, parts, command);
  state(m, at, {
    kind: 'exec',
    how: 'shell',
    program: known('sh'),
    argv: [known('-c'), command.value],
    code: 'argument',
    ...(wired(m, call) ? { socket: true } : {}),
    ins: [...ports, portOf('stdin', input), file, uncovered(m, at, command)],
    outs: [port('value', out)],
  });
  if (command.value.kind === 'unknown' || (parts.length === 1 && typeof first === 'object' && first.env === undefined))
    return resultOf(m, at, ref, call, out);
  edge(m, embedCommand(m, at, fromString(command), command, input?.cell, ref), out, at, 'pipe');
  return resultOf(m, at, ref, call, out);
}

/** `bash ${path}`: the file behind the hole is what runs. */
function scriptHole(m: Machine, leading: string, parts: readonly unknown[], command: Abs): Port | undefined {
  const [head = ''] = leading.split(/\s/, 1);
  if (parts.length < 2 || typeof parts[1] !== 'object' || !INTERPRETER.test(basename(head)) || !/^\S{1,200}\s{1,5}$/.test(leading)) return undefined;
  const rest = pieces(command).slice(1);
  const end = rest.findIndex((part) => typeof part === 'string' && /^\s/.test(part));
  return { cell: fileCell(m, { value: { kind: 'template', parts: end < 0 ? rest : rest.slice(0, end) } }), role: 'code' };
}

/** Popen: decides between the shell and a list. */
export function runProcess(
  m: Machine,
  at: Place,
  ref: string,
  call: Call,
  command: Abs | undefined,
  shell: Abs | undefined,
  input: Abs | undefined,
): Abs {
  if (command === undefined) return NOTHING;
  const stdin = input ?? call.kw.get('stdin');
  const stream = stdin !== undefined && refOf(stdin)?.startsWith('subprocess.') ? undefined : stdin;
  let result: Abs;
  if (command.list)
    result =
      isTrue(shell) === true && command.list.items.length > 0
        ? runShell(m, at, ref, call, command.list.items[0], stream)
        : runList(m, at, ref, call, command.list, stream);
  else if (isTrue(shell) === true || (shell !== undefined && isTrue(shell) === undefined)) result = runShell(m, at, ref, call, command, stream);
  else if (textOf(command.value) !== undefined || (typeof pieces(command)[0] === 'string' && !command.cell))
    result = runShell(m, at, ref, call, command, stream);
  else result = runList(m, at, ref, call, { items: [], open: true, rest: command.cell, kind: 'list', block: 0 }, stream, command);
  const target = call.kw.get('stdout');
  if (target?.sink) edge(m, result.cell, target.sink, at, 'pipe');
  return { ...result, sink: m.ctx.local(`in@${at.start}:${at.end}`) };
}

/** An argument vector. `whole` stands for a list nobody knows. */
export function runList(m: Machine, at: Place, ref: string, call: Call, list: List, input: Abs | undefined, whole?: Abs): Abs {
  const [head, ...rest] = list.items;
  const out = m.ctx.local(`out@${at.start}:${at.end}`);
  const program = head === undefined ? (whole?.value ?? { kind: 'unknown' as const }) : programOf(head.value);
  const name = textOf(program);
  const ins: (Port | undefined)[] = [];
  let code: 'argument' | 'file' | undefined;
  let path: Value | undefined;
  if (head !== undefined && textOf(head.value) === undefined) {
    // The program itself is a path that the program made up: whatever was written there runs.
    ins.push(port('code', head.cell), { cell: fileCell(m, head), role: 'code' });
    code = 'file';
    path = head.value;
  } else if (head !== undefined && ownProgram(textOf(head.value) ?? '')) {
    const here: Value = known((textOf(head.value) ?? '').replaceAll('\\', '/'));
    code = 'file';
    path = here;
    ins.push({ cell: fileCell(m, { value: here }), role: 'code' });
  } else if (name !== undefined && INTERPRETER.test(name)) {
    const flag = rest.findIndex((arg) => /^(?:-[a-zA-Z]{0,6}[ce]|--eval|-Command|\/c|-EncodedCommand)$/i.test(textLike(arg) ?? ''));
    const script = rest.find((arg) => !/^-/.test(prefixOf(arg.value)));
    if (flag >= 0 && rest[flag + 1] !== undefined && textOf(rest[flag + 1]!.value) === undefined) {
      code = 'argument';
      ins.push(portOf('code', rest[flag + 1]));
    } else if (flag < 0 && script !== undefined && textOf(script.value) === undefined && !/^-[mc]$/.test(textLike(rest[0]) ?? '')) {
      code = 'file';
      path = script.value;
      ins.push({ cell: fileCell(m, script), role: 'code' });
    }
  }
  for (const arg of rest) ins.push(portOf('argv', arg));
  if (list.open) ins.push(port('argv', list.rest));
  ins.push(
    portOf('stdin', input),
    uncovered(
      m,
      at,
      list.items.find((item) => item.via !== undefined),
    ),
  );
  const socket = wired(m, call) || (m.socket && ref === 'pty.spawn');
  state(m, at, {
    kind: 'exec',
    how: 'process',
    program,
    argv: rest.slice(0, 60).map((arg) => arg.value),
    ...(code ? { code } : {}),
    ...(path ? { path } : {}),
    ...(socket ? { socket: true } : {}),
    ins,
    outs: [port('value', out)],
  });
  if (head !== undefined && name !== undefined) edge(m, embedCommand(m, at, fromList(list), undefined, input?.cell, ref), out, at, 'pipe');
  return resultOf(m, at, ref, call, out);
}

/** execl and spawnv: the vector repeats the program as its first element. */
export function runSpawn(m: Machine, at: Place, ref: string, call: Call, api: Extract<Api, { do: 'spawn' }>): Abs {
  const program = call.args[api.program];
  if (program === undefined) return NOTHING;
  const given = api.list ? call.args[api.rest] : undefined;
  const vector: List = given?.list ?? {
    items: api.list ? [] : call.args.slice(api.rest),
    open: (api.list ?? false) || call.spread !== undefined,
    rest: given?.cell ?? call.spread?.cell,
    kind: 'list',
    block: 0,
  };
  return runList(m, at, ref, call, { ...vector, items: [program.list?.items[0] ?? program, ...vector.items.slice(1)] }, undefined);
}

/** eval, pickle and their like. */
export function runCode(m: Machine, at: Place, ref: string, call: Call, api: Extract<Api, { do: 'code' }>): Abs {
  const code = pick(call, api.code);
  const test = api.unless ?? api.when;
  if (test !== undefined) {
    const arg = pick(call, test.arg);
    const fits = arg !== undefined && test.is.includes(arg.ref ?? textLike(arg) ?? '');
    if (fits === (api.unless !== undefined)) return resultOf(m, at, ref, call, code?.cell);
  }
  if (code === undefined) return NOTHING;
  const program = known(ref.replace(/^builtins\./, ''));
  const text = textOf(code.value);
  const ins: (Port | undefined)[] = [portOf('code', code), uncovered(m, at, code)];
  const opened = /open\(\)$/.test(code.ref ?? '');
  const isFile = (api.file === true && code.ref === undefined) || opened;
  if (isFile) ins.push({ cell: fileCell(m, code), role: 'code' });
  const shown: Value = text !== undefined && text.length > 400 ? known(`${text.slice(0, 400)}…`) : code.value;
  state(m, at, {
    kind: 'exec',
    how: api.how,
    program,
    argv: code.list ? [] : [shown],
    code: isFile ? 'file' : 'argument',
    ...(isFile ? { path: code.value } : {}),
    ins,
  });
  if (api.language !== undefined) {
    if (text !== undefined && code.num === undefined && !opened) embedOnce(m, at, api.language, text, code, ref);
    else if (m.mute === 0 && text === undefined)
      m.ctx.opaque(at.start, at.end, 'dynamic', `${ref.replace(/^builtins\./, '')} of something unknown`, false);
  }
  return resultOf(m, at, ref, call, code.cell);
}

/** Machine code that is loaded into the process. */
export function runNative(m: Machine, at: Place, ref: string, call: Call, library: Abs | undefined): Abs {
  const text = textLike(library);
  const cell: Cell | undefined = join(m, at, [library?.cell]);
  state(m, at, {
    kind: 'exec',
    how: 'native',
    program: text === undefined ? known(ref) : known(basename(text)),
    argv: [],
    ...(library !== undefined && library.ref === undefined ? { code: 'file' as const, path: library.value } : {}),
    ins: library === undefined || library.ref !== undefined ? [] : [{ cell: fileCell(m, library), role: 'code' }],
  });
  return resultOf(m, at, ref, call, cell);
}
