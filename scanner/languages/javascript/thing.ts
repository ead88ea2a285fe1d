/**
 * Things: what the reader knows about a value while it walks. A Thing may be a constant, a template, a reference to an API, a local function, an object; it also carries
 * the cells its data comes from. Immutable except for boxes (arrays and objects), which are shared by reference as in the language. Pure data, no facts.
 */
import type { BlockStatement, Expression, Node } from '@babel/types';
import { bytesToText, looksLikeText } from '../../decode/codecs.ts';
import type { Cell, ControlFact, Value } from '../../model.ts';
import { concat as concatValues, known, template, unknown } from '../../value.ts';

export type Prim = string | number | boolean | null | undefined;
export type Gate = ControlFact['what'];

/** Contents of an array or object. `home` is the cell that stands for all of them once somebody looked at the whole. */
export interface Box {
  readonly id: number;
  items?: Thing[];
  props: Map<string, Thing>;
  home?: Cell;
  /** Something unknown was spread, assigned or deleted: absent keys mean nothing. */
  open: boolean;
  /** Elements were taken or turned round where nobody can say how often: places mean nothing. */
  shuffled?: boolean;
}

export interface Scope {
  vars: Map<string, Variable> | undefined;
  readonly parent: Scope | undefined;
  /** `var` lands here. */
  readonly fn: boolean;
}
export interface Variable {
  readonly name: string;
  thing: Thing;
  /** How many uncertain constructs (branches, loops, late calls) surrounded the declaration. */
  readonly certainty: number;
  readonly base: string;
  version: number;
  cell: Cell | undefined;
}

export interface FunctionLike {
  readonly node: Node;
  readonly params: readonly Node[];
  readonly body: BlockStatement | Expression;
  readonly arrow: boolean;
}
/** One per function in the source. */
export interface FunctionInfo {
  readonly like: FunctionLike;
  runs: number;
  active: number;
  readonly variants: Map<string, Thing>;
  generic: Thing | undefined;
  /** It stated something, or met a branch it could not decide: not a mere computation. */
  effects: boolean;
}
export interface Closure {
  readonly id: number;
  readonly info: FunctionInfo;
  readonly scope: Scope;
  readonly self: Thing | undefined;
  readonly name: string;
}
export interface ClassInfo {
  readonly name: string;
  readonly instance: Thing;
  readonly statics: Box;
  construct: Closure | undefined;
  base: Thing | undefined;
  constructed: boolean;
}
/** `resolve` of a promise: what goes in comes out of the promise. */
export interface Sink {
  readonly cell: Cell;
  readonly things: Thing[];
}

export interface Thing {
  readonly cells: readonly Cell[];
  readonly known?: true;
  readonly prim?: Prim;
  readonly value?: Value;
  /** Source spelling, for holes. */
  readonly name?: string;
  /** Dotted name of the API it refers to: `child_process.exec`, `http.request()`. */
  readonly api?: string;
  readonly fn?: Closure;
  readonly cls?: ClassInfo;
  readonly box?: Box;
  readonly bytes?: Uint8Array;
  /** Codecs peeled off to get here. */
  readonly wraps?: readonly string[];
  /** Other values it may have. */
  readonly alts?: readonly Thing[];
  readonly sink?: Sink;
  /** Receiver or configuration that belongs to an API reference (`axios.create({baseURL})`, `fn.call`). */
  readonly with?: Thing;
  readonly bound?: readonly Thing[];
  /** Index of the pending fact that this is a handle of (a request being built, a child process). */
  readonly handle?: number;
  /** Says what kind of moment or place it is: compared, it makes a gate. */
  readonly tag?: 'date' | 'fixed-date' | 'host' | 'user' | 'ci' | 'debugger';
  readonly gate?: Gate;
  readonly regexp?: { readonly source: string; readonly flags: string };
}

export const UNKNOWN: Thing = Object.freeze({ cells: [] });
export const UNDEFINED: Thing = Object.freeze({ cells: [], known: true as const, prim: undefined });

export const prim = (value: Prim, wraps?: readonly string[]): Thing =>
  wraps === undefined || wraps.length === 0 ? { cells: [], known: true, prim: value } : { cells: [], known: true, prim: value, wraps };
export const text = prim as (value: string, wraps?: readonly string[]) => Thing;
export const api = (name: string, cells: readonly Cell[] = []): Thing => ({ cells, api: name });

/** The text of a fully known string. */
export const stringOf = (thing: Thing | undefined): string | undefined => {
  if (thing === undefined) return undefined;
  if (thing.known) return typeof thing.prim === 'string' ? thing.prim : undefined;
  if (thing.bytes !== undefined && looksLikeText(thing.bytes)) return bytesToText(thing.bytes);
  return undefined;
};
export const numberOf = (thing: Thing | undefined): number | undefined => (thing?.known && typeof thing.prim === 'number' ? thing.prim : undefined);

/** As a property key. */
export const keyOf = (thing: Thing): string | undefined => {
  if (thing.known) return String(thing.prim);
  if (thing.box?.items !== undefined) return stringOf(asString(thing));
  return undefined;
};

export function toValue(thing: Thing | undefined): Value {
  if (thing === undefined) return unknown;
  if (thing.known) return thing.prim === undefined || thing.prim === null ? unknown : known(String(thing.prim));
  if (thing.value !== undefined) return thing.value;
  const string = stringOf(thing);
  if (string !== undefined) return known(string);
  if (thing.box?.items !== undefined) {
    const joined = asString(thing);
    if (joined.known) return toValue(joined);
  }
  if (thing.name !== undefined) return template([{ name: thing.name }]);
  return unknown;
}

/** Every value it may have, itself first. */
export const alternatives = (thing: Thing): readonly Thing[] => (thing.alts === undefined || thing.alts.length === 0 ? [thing] : thing.alts);

export const union = (...lists: readonly (readonly Cell[])[]): readonly Cell[] => {
  let first: readonly Cell[] | undefined;
  let set: Set<Cell> | undefined;
  for (const list of lists) {
    if (list.length === 0 || list === first) continue;
    if (first === undefined) first = list;
    else {
      set ??= new Set(first);
      for (const cell of list) set.add(cell);
    }
  }
  return set === undefined ? (first ?? []) : [...set];
};
export const wrapsOf = (...things: readonly (Thing | undefined)[]): readonly string[] => {
  for (const thing of things) if (thing?.wraps !== undefined && thing.wraps.length > 0) return thing.wraps;
  return [];
};

const MAX_TEXT = 2_000_000;
const MAX_PARTS = 60;

/** What `String(x)` gives, where it is known. */
export function asString(thing: Thing, depth = 0): Thing {
  if (thing.known) return typeof thing.prim === 'string' ? thing : { ...thing, prim: String(thing.prim) };
  if (thing.value !== undefined) return thing;
  const string = stringOf(thing);
  if (string !== undefined) return { cells: thing.cells, known: true, prim: string, ...(thing.wraps ? { wraps: thing.wraps } : {}) };
  const { box } = thing;
  if (box?.items !== undefined && !box.open && depth < 4) return joinItems(box.items, ',', depth + 1);
  if (box !== undefined && box.items === undefined && box.props.size === 0 && !box.open && thing.api === undefined) return text('[object Object]');
  if (thing.api?.startsWith('#method:')) return text(`function ${thing.api.slice(8)}() { [native code] }`);
  return thing;
}

/** `items.join(separator)` without cells. */
export function joinItems(items: readonly Thing[], separator: string, depth = 0): Thing {
  if (items.length > 200_000) return UNKNOWN;
  let known_ = true;
  for (const item of items) {
    if (!item.known) {
      known_ = false;
      break;
    }
  }
  if (known_)
    return text(
      items.map((item) => (item.prim === undefined || item.prim === null ? '' : String(item.prim))).join(separator),
      wrapsOf(...items.slice(0, 50)),
    );
  if (items.length > MAX_PARTS) return UNKNOWN;
  const parts: Value[] = [];
  items.forEach((item, index) => {
    if (index > 0) parts.push(known(separator));
    const piece = asString(item, depth);
    parts.push(piece.box !== undefined && !piece.known ? unknown : toValue(piece));
  });
  return fromValue(concatValues(...parts), []);
}

/** Nested arrays laid flat, up to a bound. */
export function flatten(things: readonly Thing[]): Thing[] {
  const out: Thing[] = [];
  for (const thing of things) {
    if (out.length > 100_000) break;
    if (thing.box?.items === undefined) out.push(thing);
    else for (const item of thing.box.items.slice(0, 100_001)) out.push(item);
  }
  return out;
}

export const fromValue = (value: Value, cells: readonly Cell[]): Thing =>
  value.kind === 'known' ? { cells, known: true, prim: value.text } : value.kind === 'unknown' ? { cells } : { cells, value };

/** `a + b`. The cells are those given: the caller knows how boxes spill. */
export function add(a: Thing, b: Thing, cells: readonly Cell[]): Thing {
  if (a.alts !== undefined || b.alts !== undefined) {
    const alts = alternatives(a).flatMap((left) => alternatives(b).map((right) => add(left, right, cells)));
    return { ...alts[0]!, cells, alts: alts.slice(0, MAX_ALTS) };
  }
  if (a.known && b.known && typeof a.prim !== 'string' && typeof b.prim !== 'string')
    return { cells, known: true, prim: (a.prim as number) + (b.prim as number) };
  const left = asString(a);
  const right = asString(b);
  const wraps = wrapsOf(left, right);
  const carried = wraps.length > 0 ? { wraps } : {};
  if (left.known && right.known) {
    const length = String(left.prim).length + String(right.prim).length;
    return length > MAX_TEXT ? { cells } : { cells, known: true, prim: String(left.prim) + String(right.prim), ...carried };
  }
  const value = concatValues(toValue(left), toValue(right));
  if (value.kind === 'unknown' || (value.kind === 'template' && value.parts.length > MAX_PARTS)) return { cells, ...carried };
  return { cells, value, ...carried };
}

const MAX_ALTS = 4;

/** One of two, as after a branch. Cells are those given. */
export function either(a: Thing, b: Thing, cells: readonly Cell[]): Thing {
  if (a === b) return a;
  if (a.known && (a.prim === undefined || a.prim === null || a.prim === '' || a.prim === false)) return { ...b, cells };
  if (b.known && (b.prim === undefined || b.prim === null || b.prim === '' || b.prim === false)) return { ...a, cells };
  if (a.known && b.known && a.prim === b.prim) return { ...a, cells };
  const worth = (thing: Thing): boolean =>
    thing.known === true ||
    thing.value !== undefined ||
    thing.api !== undefined ||
    thing.fn !== undefined ||
    thing.box !== undefined ||
    thing.cls !== undefined;
  if (!worth(a)) return worth(b) ? { ...b, cells } : { ...a, cells };
  if (!worth(b)) return { ...a, cells };
  const alts: Thing[] = [];
  for (const alt of [...alternatives(a), ...alternatives(b)]) {
    if (alts.length >= MAX_ALTS) break;
    if (
      !alts.some(
        (other) =>
          other === alt ||
          (other.known && alt.known && other.prim === alt.prim) ||
          (other.api !== undefined && other.api === alt.api) ||
          (other.value !== undefined && other.value === alt.value),
      )
    )
      alts.push(alt);
  }
  return { ...(a.api !== undefined || b.api === undefined ? a : b), cells, ...(alts.length > 1 ? { alts } : {}) };
}

/** JavaScript truth of a known constant; undefined if not known. */
export function truth(thing: Thing): boolean | undefined {
  if (thing.known) return Boolean(thing.prim);
  if (thing.box !== undefined || thing.fn !== undefined || thing.cls !== undefined) return true;
  return undefined;
}
