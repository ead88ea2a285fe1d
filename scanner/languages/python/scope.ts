/** Names of a Python module while it is read: scopes, functions, classes, and what is merged where paths meet. */

import * as cells from '../../cells.ts';
import type { Cell, Value } from '../../model.ts';
import type { Syntax } from '../grammar.ts';
import { type Abs, type Call, type Gap, holeAbs, same } from './abstract.ts';
import { edge, freshId, join, type Machine, type Place } from './machine.ts';

export interface Scope {
  vars: Map<string, Abs>;
  readonly parent: Scope | undefined;
  readonly kind: 'module' | 'function' | 'class' | 'block';
  readonly globals: Set<string>;
  readonly returns: Abs[];
}
export interface Param {
  readonly name: string;
  readonly kind: 'plain' | 'list' | 'dict';
  readonly fallback?: Abs | undefined;
}
export interface Fn {
  readonly what: 'function';
  readonly node: Syntax;
  readonly body: Syntax;
  /** Name that cells use: `send`, `Client.send`; a constructor has the name of its class. */
  readonly name: string;
  readonly params: readonly Param[];
  readonly scope: Scope;
  readonly owner: Class | undefined;
  readonly lambda: boolean;
  /** Argument tuples it was read with. */
  readonly variants: Set<string>;
  called: boolean;
  /** A walk for its value alone would have stated facts: it is not folded at calls any more. */
  effects?: boolean;
  /** Its body was read at least once. */
  read?: boolean;
  /** What it returned last time, without cell. */
  returned?: Abs | undefined;
}
export interface Class {
  readonly what: 'class';
  readonly name: string;
  readonly methods: Map<string, Fn>;
  readonly bases: readonly Abs[];
}
export interface Job {
  readonly fn: Fn;
  readonly args: ReadonlyMap<string, Abs>;
}

export interface Reader {
  readonly m: Machine;
  readonly root: Syntax;
  scope: Scope;
  readonly top: Scope;
  readonly classes: Map<string, Class>;
  readonly attrs: Map<string, Abs>;
  readonly functions: Fn[];
  readonly byNode: Map<Syntax, Fn>;
  readonly jobs: Job[];
  readonly inlining: Fn[];
  /** `from x import *` */
  readonly stars: string[];
  owner: Class | undefined;
}

export const newScope = (parent: Scope | undefined, kind: Scope['kind']): Scope => ({
  vars: new Map(),
  parent,
  kind,
  globals: new Set(),
  returns: [],
});

export function lookup(r: Reader, name: string): Abs | undefined {
  let first = true;
  for (let scope: Scope | undefined = r.scope; scope !== undefined; scope = scope.parent) {
    // Names of a class body are not seen by its methods.
    if (scope.kind !== 'class' || first) {
      const found = scope.vars.get(name);
      if (found !== undefined) return found;
    }
    if (scope.kind !== 'block') first = false;
  }
  return undefined;
}

/** The scope that assignments go to: comprehensions bind in their own, all else in the function's. */
export function assign(r: Reader, at: Place, name: string, value: Abs): void {
  const { m } = r;
  if (r.scope.globals.has(name)) {
    edge(m, value.cell, cells.exported(m.ctx.module, name), at);
    const before = r.top.vars.get(name);
    r.top.vars.set(
      name,
      before === undefined || before.ref === 'None'
        ? { ...value, cell: cells.exported(m.ctx.module, name) }
        : { ...merge(r, at, name, before, value), cell: join(m, at, [before.cell, cells.exported(m.ctx.module, name)]) },
    );
    return;
  }
  if (r.scope.kind === 'module' && m.mute === 0 && value.cell !== undefined) edge(m, value.cell, cells.exported(m.ctx.module, name), at, 'assign');
  if (r.scope.kind === 'class' && r.owner !== undefined) setAttr(r, at, r.owner.name, name, value);
  r.scope.vars.set(name, value);
}

/** Two texts put together from the same pieces: the same text, whatever it is. */
function sameHoles(a: Value, b: Value): boolean {
  if (a.kind !== 'template' || b.kind !== 'template' || a.parts.length !== b.parts.length) return false;
  return a.parts.every((part, index) => {
    const other = b.parts[index]!;
    if (typeof part === 'string' || typeof other === 'string') return part === other;
    if (part.env !== undefined || other.env !== undefined) return part.env === other.env;
    return (part as Gap).id !== undefined && (part as Gap).id === (other as Gap).id;
  });
}

/** One value for a name that two paths set. */
export function merge(r: Reader, at: Place, name: string, a: Abs | undefined, b: Abs | undefined): Abs {
  if (a === undefined) return b!;
  if (b === undefined || a === b || same(a, b)) return a;
  // `x = None` before a branch, or an empty default, tells nothing.
  if (a.ref === 'None') return { ...b, cell: join(r.m, at, [a.cell, b.cell]) };
  if (b.ref === 'None') return { ...a, cell: join(r.m, at, [a.cell, b.cell]) };
  const cell: Cell | undefined = join(r.m, at, [a.cell, b.cell]);
  const text = (abs: Abs) => (abs.value.kind === 'known' ? abs.value.text : undefined);
  const sameText = (text(a) !== undefined && text(a) === text(b)) || sameHoles(a.value, b.value);
  const extra: Partial<Abs> = {
    ...(a.ref !== undefined && a.ref === b.ref ? { ref: a.ref, made: mergeMade(r, at, name, a.made, b.made), recv: a.recv } : {}),
    ...(a.fn !== undefined && a.fn === b.fn ? { fn: a.fn } : {}),
    ...(a.sink !== undefined || b.sink !== undefined ? { sink: join(r.m, at, [a.sink, b.sink]) } : {}),
    ...(a.dict !== undefined && a.dict === b.dict ? { dict: a.dict } : {}),
    ...(a.list !== undefined && a.list === b.list ? { list: a.list } : {}),
    ...(a.gate !== undefined && a.gate === b.gate ? { gate: a.gate } : {}),
  };
  if (sameText) return { value: a.value, cell, via: a.via ?? b.via, ...extra };
  // A template beats nothing; of two different texts neither is right.
  return holeAbs(name, freshId(r.m), cell, { ...extra, ...(a.via || b.via ? { via: a.via ?? b.via } : {}) });
}

/** Arguments that are compared one by one; a call with more keeps those of its first path. */
const MOST_ARGUMENTS = 24;

/** What made an object that two paths make in two ways (`Request(url)` or `Request(url, data=…, method=…)`): whatever either was given may be there. */
function mergeMade(r: Reader, at: Place, name: string, a: Call | undefined, b: Call | undefined): Call | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  if (a.args.length + b.args.length + a.kw.size + b.kw.size > MOST_ARGUMENTS) return a;
  const [more, less] = a.args.length < b.args.length ? [b, a] : [a, b];
  // Of an argument only its text and its data count; what it was made of is not looked into again.
  const plain = (abs: Abs | undefined): Abs | undefined => (abs?.made === undefined ? abs : { ...abs, made: undefined });
  const kw = new Map(a.kw);
  for (const [key, value] of b.kw) kw.set(key, kw.has(key) ? merge(r, at, key, plain(kw.get(key)), plain(value)) : value);
  return {
    ...a,
    args: more.args.map((arg, index) => (index < less.args.length ? merge(r, at, name, plain(arg), plain(less.args[index])) : arg)),
    kw,
  };
}

/** Names after two alternative paths. */
export function mergeVars(r: Reader, at: Place, a: Map<string, Abs>, b: Map<string, Abs>): Map<string, Abs> {
  if (a === b) return a;
  const out = new Map(a);
  for (const [name, value] of b) {
    const other = a.get(name);
    if (other === value) continue;
    out.set(name, merge(r, at, name, other, value));
  }
  return out;
}

const attrCell = (r: Reader, owner: string, name: string): Cell => r.m.ctx.local(`self:${owner}.${name}`);

export function setAttr(r: Reader, at: Place, owner: string, name: string, value: Abs): void {
  const key = `${owner}.${name}`;
  edge(r.m, value.cell, attrCell(r, owner, name), at);
  const before = r.attrs.get(key);
  r.attrs.set(key, before === undefined || before.ref === 'None' ? value : merge(r, at, name, before, value));
}

export function getAttr(r: Reader, at: Place, owner: string, name: string): Abs {
  const cell = attrCell(r, owner, name);
  edge(r.m, r.m.ctx.local(`self:${owner}`), cell, at);
  const stored = r.attrs.get(`${owner}.${name}`);
  return stored === undefined ? holeAbs(`self.${name}`, `${r.m.ctx.unit.id}.${owner}.${name}`, cell) : { ...stored, cell };
}

/** Runs `body` with facts off; true if it would have stated some. */
export function muted<T>(r: Reader, body: () => T): { result: T; facts: boolean } {
  const before = r.m.muted;
  r.m.mute++;
  try {
    return { result: body(), facts: r.m.muted > before };
  } finally {
    r.m.mute--;
  }
}
