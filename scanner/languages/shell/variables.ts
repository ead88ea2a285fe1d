/**
 * Variables of the shell: reading and assigning them with a version for each assignment on the straight path, and one weakly updated cell inside branches, loops and
 * functions, so that data flow neither mixes unrelated uses nor loses a loop-carried one.
 */
import * as cells from '../../cells.ts';
import type { Cell, Value } from '../../model.ts';
import { concat, known, template } from '../../value.ts';
import { edge, type Field, fact, plain, type World } from './world.ts';

/** Set by the shell itself: reading them is not reading the user's environment. */
const INTERNAL = new Set(
  'PWD OLDPWD RANDOM SECONDS EPOCHSECONDS EPOCHREALTIME LINENO BASH BASHPID BASH_VERSION BASH_VERSINFO BASH_REMATCH BASH_COMMAND BASH_SUBSHELL UID EUID GROUPS PPID OSTYPE HOSTTYPE MACHTYPE HOSTNAME IFS PS1 PS2 PS4 REPLY OPTARG OPTIND OPTERR SHLVL FUNCNAME PIPESTATUS DIRSTACK COLUMNS LINES COMP_WORDS COMP_CWORD COMPREPLY MAPFILE ZSH_VERSION ZSH_NAME SHELLOPTS _'.split(
    ' ',
  ),
);

/** Folded commands and `${…}` pieces of an outer shell reach an inner unit under names with this prefix. */
export const BRIDGE = '__outer_';

/** A name visible to every fence of one document, for people who paste them into one terminal. */
export const sharedCell = (w: World, name: string): Cell => cells.exported(w.ctx.file.path, `$${name}`);
const isFence = (w: World): boolean => w.ctx.unit.role === 'fence' || w.ctx.unit.role === 'inline';

export function assign(w: World, name: string, field: Field, list?: readonly Field[], options: { exported?: boolean; append?: boolean } = {}): void {
  const old = w.vars.get(name);
  const straight = w.branch === 0 && w.fn === undefined;
  let cell: Cell;
  if (straight || old === undefined) {
    const version = (w.versions.get(name) ?? 0) + 1;
    w.versions.set(name, version);
    cell = w.ctx.local(`${name}@${version}`);
  } else cell = old.cell;
  edge(w, field.cells, cell, field.start, field.end, 'assign');
  if (options.append && old !== undefined) edge(w, [old.cell], cell, field.start, field.end, 'concat');
  w.vars.set(name, { field, cell, ...(list ? { list } : {}) });
  if (options.exported) w.ctx.edge(cell, cells.env(name), field.start, field.end, 'assign');
  else if (isFence(w) && w.fn === undefined) w.ctx.edge(cell, sharedCell(w, name), field.start, field.end, 'assign');
}

export function exportVariable(w: World, name: string, start: number, end: number): void {
  const variable = w.vars.get(name);
  if (variable !== undefined) w.ctx.edge(variable.cell, cells.env(name), start, end, 'assign');
}

export interface Lookup {
  readonly value: Value;
  readonly cells: readonly Cell[];
  readonly unwrapped: readonly string[];
  readonly bytes?: Uint8Array;
  readonly list?: readonly Field[];
  readonly assigned: boolean;
}

/** What `$name` is. Unassigned names are read from the environment, and said to be. */
export function lookup(w: World, name: string, start: number, end: number): Lookup {
  if (/^\d{1,3}$/.test(name)) return positional(w, Number(name));
  if (name === '@' || name === '*') {
    if (w.args !== undefined && w.fn !== undefined)
      return {
        value: concat(...w.args.flatMap((arg, index) => (index > 0 ? [known(' '), arg.value] : [arg.value]))),
        cells: w.args.flatMap((arg) => arg.cells),
        unwrapped: [],
        list: w.args,
        assigned: true,
      };
    const cell = w.fn === undefined ? w.ctx.arg('*') : cells.param(w.ctx.module, w.fn, '*');
    return { value: template([{ name: '@' }]), cells: [cell], unwrapped: [], assigned: true };
  }
  const variable = w.vars.get(name);
  if (variable !== undefined) {
    const { field } = variable;
    return {
      value: field.value,
      cells: [variable.cell],
      unwrapped: field.unwrapped,
      ...(field.bytes ? { bytes: field.bytes } : {}),
      ...(variable.list ? { list: variable.list } : {}),
      assigned: true,
    };
  }
  if (name === 'IFS') return { value: known(' \t\n'), cells: [], unwrapped: [], assigned: true };
  if ((name === 'BASH_SOURCE' || name === 'ZSH_SCRIPT') && w.ctx.unit.role === 'file') return positional(w, 0);
  if (name === 'PWD' && w.cwd !== undefined) return { value: w.cwd, cells: [], unwrapped: [], assigned: true };
  if (!/^[A-Za-z_]\w{0,200}$/.test(name) || INTERNAL.has(name))
    return { value: template([{ name: name.slice(0, 40) }]), cells: [], unwrapped: [], assigned: false };
  let cell = w.seenEnv.get(name);
  if (cell === undefined) {
    cell = w.ctx.local(`$${name}`);
    w.seenEnv.set(name, cell);
    w.ctx.edge(sharedCell(w, name), cell, start, end, 'assign');
    if (name.startsWith(BRIDGE)) w.ctx.edge(cells.env(name), cell, start, end, 'assign');
    else fact(w, start, end, { kind: 'env', name: known(name), ins: [{ cell: cells.env(name), role: 'value' }], outs: [{ cell, role: 'value' }] });
  }
  return { value: template([{ env: name, name }]), cells: [cell], unwrapped: [], assigned: false };
}

function positional(w: World, index: number): Lookup {
  if (index === 0) {
    const value = w.ctx.unit.role === 'file' ? known(w.ctx.file.path) : template([{ name: '0' }]);
    return { value, cells: [], unwrapped: [], assigned: true };
  }
  const cell = w.fn === undefined ? w.ctx.arg(index) : cells.param(w.ctx.module, w.fn, index);
  const arg = w.fn === undefined ? undefined : w.args?.[index - 1];
  if (w.fn !== undefined && w.args !== undefined && arg === undefined) return { value: known(''), cells: [cell], unwrapped: [], assigned: false };
  return {
    value: arg?.value ?? template([{ name: String(index) }]),
    cells: [cell],
    unwrapped: arg?.unwrapped ?? [],
    ...(arg?.bytes ? { bytes: arg.bytes } : {}),
    assigned: true,
  };
}

/** A variable as one field. */
export const asField = (found: Lookup, start: number, end: number): Field => ({
  ...plain(found.value, start, end, found.cells, found.unwrapped),
  ...(found.bytes ? { bytes: found.bytes } : {}),
});
