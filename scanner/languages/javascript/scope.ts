/**
 * Scopes and variables. A variable assigned where its declaration is certain gets a new version (its own cell), so that `x = secret; x = 'safe'; send(x)` is not a leak;
 * assigned in a branch, loop or late callback it is joined. Variables that functions or loops share keep one cell, so that a handler that runs later is still seen.
 */
import { type At, cellsOf, edge, type Run } from './run.ts';
import { either, type Scope, type Thing, UNDEFINED, union, type Variable } from './thing.ts';

export const newScope = (parent: Scope | undefined, fn = false): Scope => ({ vars: undefined, parent, fn });

export function lookup(scope: Scope | undefined, name: string): Variable | undefined {
  for (let at = scope; at !== undefined; at = at.parent) {
    const found = at.vars?.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

export const functionScope = (scope: Scope): Scope => {
  let at = scope;
  while (!at.fn && at.parent !== undefined) at = at.parent;
  return at;
};

export function declare(r: Run, scope: Scope, name: string, thing: Thing, at: At): Variable {
  scope.vars ??= new Map();
  const variable: Variable = { name, thing: UNDEFINED, certainty: r.weak, base: `${name}#${at.start}${r.frame.suffix}`, version: 0, cell: undefined };
  scope.vars.set(name, variable);
  store(r, variable, thing, at);
  return variable;
}

/** Gives a variable its (first or next) version. */
function store(r: Run, variable: Variable, thing: Thing, at: At): void {
  const shared = r.shared.has(variable.name) && thing.fn === undefined && thing.cls === undefined;
  if (thing.cells.length === 0 && !shared) {
    variable.cell = undefined;
    variable.thing =
      thing.name === undefined && !thing.known && thing.value === undefined && thing.api === undefined && thing.box === undefined
        ? { ...thing, name: variable.name }
        : thing;
    return;
  }
  if (variable.cell === undefined || !shared) variable.cell = r.ctx.local(shared ? variable.base : `${variable.base}.${variable.version++}`);
  edge(r, thing.cells, variable.cell, at, 'assign');
  variable.thing = { ...thing, cells: [variable.cell], ...(thing.name === undefined ? { name: variable.name } : {}) };
}

/** `name = thing`, wherever it is. */
export function assign(r: Run, scope: Scope, name: string, thing: Thing, at: At): void {
  const variable = lookup(scope, name);
  if (variable === undefined) {
    declare(r, r.global, name, thing, at);
    return;
  }
  if (thing.known === true && thing.prim !== variable.thing.prim) r.progress++;
  if (variable.certainty === r.weak) {
    store(r, variable, thing, at);
    return;
  }
  const before = variable.thing;
  const merged = either(before, thing, union(before.cells, thing.cells));
  // What is kept by reference must not lose the other's contents.
  if (before.box !== undefined && thing.box !== undefined && before.box !== thing.box && merged.box !== undefined) {
    const other = merged.box === before.box ? thing : before;
    const home = cellsOf(r, merged, at);
    edge(r, cellsOf(r, other, at), home.at(-1)!, at, 'assign');
  }
  store(r, variable, merged, at);
}
