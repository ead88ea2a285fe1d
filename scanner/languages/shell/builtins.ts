/** Builtins of the shell that carry code, data or state: eval, source, trap, alias, read, set, cd, exec, printenv-like listings. */
import * as cells from '../../cells.ts';
import { concat, known, partsOf, template, textOf } from '../../value.ts';
import { collapsed } from '../contract.ts';
import { runCommand } from './call.ts';
import { type Command, type Handler, tabled } from './command.ts';
import { given, parseOptions } from './options.ts';
import { embedCode, exec, runText } from './run.ts';
import { configFromUnset } from './settings.ts';
import { assign } from './variables.ts';
import { type Field, fact, fieldText, type Output, pathCell, place, plain, SILENT, shipped, UNKNOWN_OUTPUT, type World } from './world.ts';

/** Words joined by blanks, as `eval` and `ssh` do. */
export function joinFields(fields: readonly Field[]): Field | undefined {
  const [first, ...rest] = fields;
  if (first === undefined) return undefined;
  if (rest.length === 0) return first;
  const last = rest.at(-1)!;
  return {
    ...plain(
      concat(...fields.flatMap((field, index) => (index > 0 ? [known(' '), field.value] : [field.value]))),
      first.start,
      last.end,
      fields.flatMap((field) => field.cells),
      [...new Set(fields.flatMap((field) => field.unwrapped))],
    ),
    spelled: fields.map((field) => field.spelled).join(' '),
    code: [...first.cells, ...fields.flatMap((field) => field.code)],
    map: collapsed(first.start, last.end),
  };
}

/** In a function whose arguments are known, the list moves on. */
const shift: Handler = (w, command) => {
  const count = Number(fieldText(command.args[0] ?? plain(known('1'), 0, 0)) ?? 1);
  if (w.args !== undefined && w.fn !== undefined && Number.isInteger(count) && count > 0) w.args = w.args.slice(count);
  return SILENT;
};

const evaluate: Handler = (w, command) => {
  const field = joinFields(command.args);
  return field === undefined ? SILENT : runText(w, command, 'shell', field, 'eval', [], 'eval');
};

const source: Handler = (w, command) => {
  const script = command.args[0];
  if (script === undefined) return SILENT;
  const { io } = command;
  if (script.process !== undefined) {
    const { stream } = script.process;
    exec(w, command, { how: 'source', code: 'file', path: script.value }, [{ cell: stream.cell, role: 'code' }]);
    if (stream.value !== undefined)
      embedCode(
        w,
        'shell',
        { ...plain(stream.value, script.start, script.end, [], stream.unwrapped), spelled: stream.spelled ?? textOf(stream.value) ?? '' },
        ['source'],
        { out: io.out },
      );
    return UNKNOWN_OUTPUT;
  }
  const path = place(w, script.value);
  const raw = textOf(path);
  if (raw === '/dev/stdin') {
    exec(w, command, { how: 'source', code: 'stdin' }, [{ cell: io.stdin.cell, role: 'code' }]);
    return UNKNOWN_OUTPUT;
  }
  const inside = shipped(w, path);
  const cell = inside === undefined ? pathCell(w, path) : cells.path(known(inside), w.ctx.unit.id);
  exec(w, command, { how: 'source', code: 'file', path: inside === undefined ? path : known(inside) }, [
    { cell, role: 'code' },
    ...script.cells.map((from) => ({ cell: from, role: 'path' as const })),
  ]);
  if (inside !== undefined) w.sourced.push(inside.replace(/\.[^./]+$/, ''));
  const file = w.files.get(pathCell(w, path));
  if (file !== undefined) {
    file.ran = true;
    if (file.field !== undefined && file.unit === undefined && file.field.value.kind === 'known') {
      const unit = embedCode(w, 'shell', { ...file.field, start: command.start, end: command.end }, ['file'], { out: io.out });
      if (unit !== undefined) file.unit = unit;
    }
  }
  return UNKNOWN_OUTPUT;
};

const trap: Handler = (w, command) => {
  const action = parseOptions(command.args, {}).operands[0];
  if (action === undefined || command.args.length < 2 || textOf(action.value) === '-' || textOf(action.value) === '') return SILENT;
  const name = textOf(action.value);
  if (name !== undefined && w.functions.has(name)) runCommand(w, [action], command.io, action.start, action.end);
  else embedCode(w, 'shell', action, ['trap'], { out: command.io.out });
  return SILENT;
};

const alias: Handler = (w, command) => {
  for (const arg of command.args) {
    const raw = arg.spelled;
    const equals = raw.indexOf('=');
    if (equals <= 0 || raw.startsWith('-')) continue;
    const text = raw.slice(equals + 1);
    if (w.aliases.size < 200) w.aliases.set(raw.slice(0, equals), text.slice(0, 2_000));
    embedCode(
      w,
      'shell',
      { spelled: text, unwrapped: arg.unwrapped, start: arg.start, end: arg.end, ...(arg.map ? { map: arg.map } : {}) },
      ['alias'],
      { out: command.io.out },
    );
  }
  return SILENT;
};

const read: Handler = (w, command) => {
  const options = parseOptions(command.args, { values: '-p -t -n -N -d -u -a -i -k' });
  const names = [...given(options, '-a'), ...options.operands]
    .map(fieldText)
    .filter((name): name is string => name !== undefined && /^[A-Za-z_]\w{0,100}$/.test(name));
  const { stdin } = command.io;
  const from = w.fds.get(Number(fieldText(given(options, '-u')[0] ?? plain(known('x'), 0, 0)))) ?? stdin;
  const constant = textOf(from.value ?? { kind: 'unknown' });
  const lines = constant?.split('\n') ?? [];
  const only = lines.length === 2 && lines[1] === '' && names.length === 1 ? lines[0] : undefined;
  for (const name of names.length > 0 ? names : ['REPLY']) {
    assign(
      w,
      name,
      plain(only === undefined ? { kind: 'template', parts: [{ name }] } : known(only), command.start, command.end, [from.cell], from.unwrapped),
    );
  }
  return SILENT;
};

const set: Handler = (w, command) => {
  const words = command.args.map(fieldText);
  const options = parseOptions(command.args, { values: '-o +o' });
  if (words.length === 0) {
    fact(w, command.start, command.end, { kind: 'env', name: known('*'), outs: [{ cell: command.io.out, role: 'value' }] });
    return UNKNOWN_OUTPUT;
  }
  const named = (sign: string): boolean => options.values.some((value) => value.name === `${sign}o` && fieldText(value.field) === 'errexit');
  if (options.flags.has('-e') || named('-')) w.errexit = true;
  if (options.flags.has('+e') || named('+')) w.errexit = false;
  const dashes = words.indexOf('--');
  if (dashes >= 0 && w.fn === undefined) w.args = command.args.slice(dashes + 1);
  if (options.flags.has('+o') && options.values.some((value) => value.name === '+o' && fieldText(value.field) === 'history'))
    fact(w, command.start, command.end, {
      kind: 'config',
      system: 'shell',
      key: 'history',
      value: known('off'),
      effect: 'disable-logging',
      via: 'command',
    });
  return SILENT;
};

const cd: Handler = (w, command) => {
  const target = parseOptions(command.args, {}).operands[0];
  const text = target === undefined ? undefined : textOf(target.value);
  if (command.name === 'popd' || text === '-' || text === '..') w.cwd = undefined;
  else if (target === undefined) w.cwd = known('~');
  else if (target.value.kind !== 'unknown' && target.placeholder === undefined) {
    const first = partsOf(target.value)[0];
    const absolute = typeof first !== 'string' || /^[/~]/.test(first);
    w.cwd = text === '.' ? w.cwd : absolute || w.cwd === undefined ? target.value : concat(w.cwd, known('/'), target.value);
  } else w.cwd = undefined;
  return SILENT;
};

const pwd: Handler = (w) =>
  w.cwd === undefined
    ? { value: { kind: 'template', parts: [{ name: 'PWD' }, '\n'] }, unwrapped: [] }
    : { value: concat(w.cwd, known('\n')), unwrapped: [] };

/** `exec cmd` goes on as the command; `command -v x` prints a name; `command x`, `builtin x` run it. */
const passOn: Handler = (w, command): Output => {
  // `exec command:"…" workdir:…` is how OpenClaw writes a call of its own tool.
  const told = command.name === 'exec' ? command.args.find((arg) => arg.spelled.replace(/^["']/, '').startsWith('command:')) : undefined;
  if (told !== undefined) {
    const parts = partsOf(told.value);
    const [first] = parts;
    const value = typeof first === 'string' ? template([first.replace(/^command:/, ''), ...parts.slice(1)]) : told.value;
    return runText(w, command, 'shell', { ...told, value, spelled: told.spelled.replace(/^(["']?)command:/, '$1') }, 'exec tool', [], 'shell');
  }
  const options = parseOptions(command.args, { values: command.name === 'exec' ? '-a' : '', stop: true });
  if (command.name === 'command' && (options.flags.has('-v') || options.flags.has('-V')))
    return { value: options.operands[0] === undefined ? known('') : concat(options.operands[0].value, known('\n')), unwrapped: [] };
  return options.operands.length === 0 ? SILENT : runCommand(w, options.operands, command.io, command.start, command.end);
};

const unset: Handler = (w, command) => {
  for (const arg of command.args) {
    const name = fieldText(arg);
    if (name === undefined || name.startsWith('-')) continue;
    configFromUnset(w, name, arg);
    w.vars.delete(name);
    w.functions.delete(name);
  }
  return SILENT;
};

const mapfile: Handler = (w, command) => {
  const name = fieldText(parseOptions(command.args, { values: '-d -n -O -s -u -C -c' }).operands[0] ?? plain(known('MAPFILE'), 0, 0)) ?? 'MAPFILE';
  assign(w, name, plain({ kind: 'template', parts: [{ name }] }, command.start, command.end, [command.io.stdin.cell]));
  return SILENT;
};

/** `printf -v x …` assigns instead of printing. */
export function printfTo(w: World, command: Command): Output {
  const target = fieldText(command.args[1]!)!;
  const out = w.ctx.fresh();
  const output = runCommand(w, [command.program, ...command.args.slice(2)], { ...command.io, out }, command.start, command.end);
  assign(w, target, plain(output.value ?? { kind: 'unknown' }, command.start, command.end, [out], output.unwrapped));
  return SILENT;
}

const type: Handler = (_w, command) => ({ value: concat(command.args.at(-1)?.value ?? known(''), known('\n')), unwrapped: [] });

const rows: readonly (readonly [string, Handler])[] = [
  ['eval', evaluate],
  ['source .', source],
  ['trap', trap],
  ['alias', alias],
  ['unalias', () => SILENT],
  ['read', read],
  ['readarray mapfile', mapfile],
  ['set', set],
  ['cd pushd popd chdir', cd],
  ['pwd', pwd],
  ['exec command builtin nocorrect noglob', passOn],
  ['unset', unset],
  ['type', type],
  ['shift', shift],
  ['exit return die', () => SILENT],
];
export const BUILTINS: ReadonlyMap<string, Handler> = tabled(rows);
