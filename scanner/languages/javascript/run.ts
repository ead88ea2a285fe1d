/**
 * The state of one walk, and the only helpers that state facts or edges. Facts are held back until the walk ends, because later calls complete earlier ones (`req.write`
 * adds a body, `sock.pipe(sh.stdin)` wires a shell to a socket); `flush` hands them on, also when the budget is spent.
 */
import * as cells from '../../cells.ts';
import type { Cell, Edge, FactDraft, Port, Role } from '../../model.ts';
import type { ReadContext } from '../contract.ts';
import { type Box, type ClassInfo, type Closure, type FunctionInfo, type FunctionLike, type Gate, type Scope, type Thing, union } from './thing.ts';

export interface At {
  readonly start: number;
  readonly end: number;
}
/** A fact under construction. */
export interface Draft {
  readonly start: number;
  readonly end: number;
  readonly fact: { kind: FactDraft['kind']; ins: Port[]; outs: Port[]; guard?: string; fn?: string } & Record<string, unknown>;
}
export interface Frame {
  readonly closure: Closure | undefined;
  readonly self: Thing | undefined;
  /** Distinguishes cells of different runs of one function. */
  readonly suffix: string;
  readonly returns: Thing[];
  readonly depth: number;
  readonly args: readonly Thing[];
  /** A gate that returned early: the rest of the function is behind it. */
  gate?: { readonly what: Gate; readonly says: string } & At;
}
export interface Run {
  readonly ctx: ReadContext;
  readonly text: string;
  readonly drafts: Draft[];
  readonly draftKeys: Map<string, number>;
  readonly edgeKeys: Set<string>;
  readonly infos: Map<object, FunctionInfo>;
  readonly classes: Map<object, ClassInfo>;
  /** By the box of their instance. */
  readonly classOf: Map<number, ClassInfo>;
  readonly closures: Closure[];
  /** Names assigned inside functions or loops: their variables keep one cell. */
  readonly shared: ReadonlySet<string>;
  readonly exportedNames: Set<string>;
  readonly exports: Map<string, Thing>;
  readonly names: Map<string, object>;
  /** Boxes of sockets and requests to the facts they belong to. */
  readonly handles: Map<number, number>;
  readonly global: Scope;
  frame: Frame;
  scope: Scope;
  /** Enclosing uncertain constructs. */
  weak: number;
  /** Loops being unrolled. */
  unrolling: number;
  /** Evaluations left for loops over known values. */
  unrollBudget: number;
  /** Branches met that could not be decided. */
  unsure: number;
  /** Changes of known values: a loop that makes none will not end by itself. */
  progress: number;
  /** A callback that is being run for each element: not shared between elements. */
  direct: Closure | undefined;
  depth: number;
  tooDeep: boolean;
  ids: number;
  guards: { what: Gate; says: string }[];
  /** Where constants that were decoded stand; facts found in them point there. */
  embedded: Set<string>;
  readonly large: boolean;
}

/** Recursion of the walk; the parser's own limit is about eight times that. */
export const MAX_DEPTH = 380;
export const MAX_INLINE = 14;

export const portsOf = (from: readonly Cell[], role: Role): Port[] => from.map((cell) => ({ cell, role }));

/** The cell of a place in the source, per run of the function around it. */
export const cellAt = (r: Run, at: At, tag = ''): Cell => r.ctx.local(`${tag}@${at.start}-${at.end}${r.frame.suffix}`);

export function edge(r: Run, from: readonly Cell[], to: Cell, at: At, how: Edge['how']): void {
  for (const cell of from) {
    if (cell === to) continue;
    const key = `${cell}\0${to}`;
    if (r.edgeKeys.has(key)) continue;
    r.edgeKeys.add(key);
    r.ctx.edge(cell, to, at.start, at.end, how);
  }
}

const MAX_CELLS = 6;

/** Many cells become one, so that lists stay short however data is mixed. */
export function gather(r: Run, from: readonly Cell[], at: At, how: Edge['how'] = 'concat'): readonly Cell[] {
  if (from.length <= MAX_CELLS) return from;
  const into = cellAt(r, at, 'all');
  edge(r, from, into, at, how);
  return [into];
}

const MERGES = new Set(['transform']);
/** What a gate can hold back. */
export const EFFECTS: ReadonlySet<FactDraft['kind']> = new Set(['exec', 'request', 'delete', 'write', 'persist', 'capture', 'install']);
const MAX_PER_PLACE = 24;

/** States a fact (later). Returns its index, for handles. The same fact stated again gives its ports to the first. */
export function state(r: Run, at: At, draft: FactDraft): number {
  const { ins, outs, ...rest } = draft;
  const fact = { ...rest, ins: [...(ins ?? [])], outs: [...(outs ?? [])] } as Draft['fact'];
  let key = `${at.start}:${at.end}:${JSON.stringify(rest)}`;
  if (MERGES.has(draft.kind)) key += JSON.stringify([ins, outs]);
  const before = r.draftKeys.get(key);
  if (before !== undefined) {
    const old = r.drafts[before]!.fact;
    addPorts(old.ins, fact.ins);
    addPorts(old.outs, fact.outs);
    return before;
  }
  const place = `#${at.start}:${draft.kind}`;
  const count = r.draftKeys.get(place) ?? 0;
  if (count >= MAX_PER_PLACE) return -1;
  r.draftKeys.set(place, count + 1);
  const guard = r.guards.at(-1) ?? r.frame.gate;
  if (guard !== undefined) fact.guard = guard.says;
  const { gate } = r.frame;
  if (gate !== undefined && guard === gate && EFFECTS.has(draft.kind) && !(draft.kind === 'exec' && draft.how === 'import')) {
    const control = `${gate.start}:${gate.end}:gate`;
    if (!r.draftKeys.has(control)) {
      r.draftKeys.set(control, r.drafts.length);
      r.drafts.push({ start: gate.start, end: gate.end, fact: { kind: 'control', what: gate.what, detail: gate.says, ins: [], outs: [] } });
    }
  }
  if (r.frame.closure !== undefined) fact.fn = r.frame.closure.name;
  r.drafts.push({ start: at.start, end: at.end, fact });
  r.draftKeys.set(key, r.drafts.length - 1);
  return r.drafts.length - 1;
}
/** Marks a capture that only counts if it goes somewhere. */
export const quietly = (draft: FactDraft): FactDraft => ({ ...draft, quiet: true }) as unknown as FactDraft;

export function addPorts(list: Port[], more: readonly Port[]): void {
  for (const port of more) if (!list.some((other) => other.cell === port.cell && other.role === port.role)) list.push(port);
}
export const draftOf = (r: Run, handle: number | undefined): Draft['fact'] | undefined => (handle === undefined ? undefined : r.drafts[handle]?.fact);

/** What leads where inside this unit, once everything is known. */
interface Graph {
  readonly arrows: ReadonlyMap<Cell, readonly Cell[]>;
  /** Cells that facts take data from, other than paths of reads. */
  readonly sinks: ReadonlySet<Cell>;
  /** Cells that anything flows into. */
  readonly fed: ReadonlySet<Cell>;
}

function graphOf(r: Run): Graph {
  const arrows = new Map<Cell, Cell[]>();
  const sinks = new Set<Cell>();
  const fed = new Set<Cell>();
  const add = (from: Cell, to: Cell): void => {
    const list = arrows.get(from);
    if (list) list.push(to);
    else arrows.set(from, [to]);
  };
  for (const key of r.edgeKeys) {
    const zero = key.indexOf('\0');
    const to = key.slice(zero + 1);
    add(key.slice(0, zero), to);
    fed.add(to);
  }
  for (const { fact } of r.drafts) {
    for (const port of fact.outs) fed.add(port.cell);
    for (const port of fact.ins) {
      if (fact.kind === 'transform') for (const out of fact.outs) add(port.cell, out.cell);
      else if (fact.kind !== 'read' || port.role !== 'path') sinks.add(port.cell);
    }
  }
  return { arrows, sinks, fed };
}

/** Captures that web pages do all day (a key handler, one stored setting): stated only when what they see goes somewhere. */
function escapes(fact: Draft['fact'], { arrows, sinks }: Graph): boolean {
  const seen = new Set<Cell>(fact.outs.map((port) => port.cell));
  for (const cell of seen) {
    if (sinks.has(cell)) return true;
    if (seen.size > 5_000) return true;
    for (const next of arrows.get(cell) ?? []) seen.add(next);
  }
  return false;
}

/** Hands every fact to the context, in the order they were found. Ports of objects that never held any data are dropped. */
export function flush(r: Run): void {
  const graph = graphOf(r);
  for (const { start, end, fact } of r.drafts) {
    if (fact.kind === 'capture' && fact.quiet === true) {
      if (!escapes(fact, graph)) continue;
      delete fact.quiet;
    }
    const { ins: all, outs, carries, ...rest } = fact;
    const ins = all.filter((port) => graph.fed.has(port.cell) || !BOX_CELL.test(port.cell));
    if (carries === true && rest.sends !== true && ins.some((port) => port.role === 'query')) rest.sends = true;
    r.ctx.fact(start, end, { ...rest, ...(ins.length > 0 ? { ins } : {}), ...(outs.length > 0 ? { outs } : {}) } as unknown as FactDraft);
  }
  r.drafts.length = 0;
}
const BOX_CELL = /:\{\}\d{1,9}$/;

// ------------------------------------------------------------------------------------------------------------------------ cells

/** Elements kept of one array: a doubling loop must not fill the memory. */
const MAX_ITEMS = 100_000;

export function newBox(r: Run, items?: Thing[]): Box {
  const full = items !== undefined && items.length > MAX_ITEMS;
  return { id: r.ids++, props: new Map(), open: full, ...(items ? { items: full ? items.slice(0, MAX_ITEMS) : items } : {}) };
}

const WHOLE_ENV = 'process.env';

/**
 * Where the data of a thing as a whole comes from. Asking for the whole environment is what states that it is read: passing `process.env` on to a child process or
 * looking one name up in it does not ask.
 */
export function cellsOf(r: Run, thing: Thing, at: At, depth = 0): readonly Cell[] {
  let own = thing.cells;
  if (thing.api !== undefined) {
    if (thing.api === WHOLE_ENV) {
      const out = cellAt(r, at, 'env');
      state(r, at, { kind: 'env', name: { kind: 'known', text: '*' }, outs: [{ cell: out, role: 'value' }] });
      own = union(own, [out]);
    } else if (thing.api.startsWith('rel:') && !thing.api.includes('()')) {
      const [module, name] = relativeOf(thing.api);
      own = union(own, [cells.exported(module, name)]);
    } else if (thing.api === 'process.argv') own = union(own, [r.ctx.arg('*')]);
    else if (thing.api === 'process.stdin') own = union(own, [r.ctx.stdin]);
  }
  if (thing.alts !== undefined && depth < 3)
    for (const alt of thing.alts) if (alt !== thing && alt.box !== undefined) own = union(own, cellsOf(r, { ...alt, alts: [] }, at, depth + 1));
  const { box } = thing;
  if (box === undefined) return own;
  if (box.home === undefined) {
    if (depth > 6) return own;
    box.home = r.ctx.local(`{}${box.id}`);
    const { home } = box;
    let count = 0;
    for (const child of box.items ?? []) {
      if (count++ > 2_000) break;
      if (child.known !== true || child.cells.length > 0) edge(r, cellsOf(r, child, at, depth + 1), home, at, 'concat');
    }
    for (const child of box.props.values()) {
      if (count++ > 2_000) break;
      if (child.known !== true || child.cells.length > 0) edge(r, cellsOf(r, child, at, depth + 1), home, at, 'concat');
    }
  }
  return union(own, [box.home]);
}

/** Puts something into a box. */
export function put(r: Run, box: Box, key: string | undefined, value: Thing, at: At): void {
  if (box.home !== undefined) {
    const from = value.box === undefined && value.api === undefined ? value.cells : value.box === box ? [] : cellsOf(r, value, at, 1);
    edge(r, from, box.home, at, 'assign');
  }
  if (key === undefined) {
    box.open = true;
    // Somewhere in it: kept under a name no source can spell, so that the whole still has it.
    box.props.set(`\0${box.props.size % 64}`, value);
    return;
  }
  if (box.items !== undefined && /^\d{1,6}$/.test(key)) {
    const index = Number(key);
    if (index < 100_000 && index <= box.items.length + 1_000) {
      while (box.items.length < index) box.items.push({ cells: [], known: true, prim: undefined });
      box.items[index] = value;
      return;
    }
  }
  if (box.props.size < 20_000) box.props.set(key, value);
  else box.open = true;
}

/** `rel:lib/net#post` gives module and name. */
export function relativeOf(name: string): [string, string] {
  const hash = name.indexOf('#');
  const module = name.slice(4, hash);
  const rest = name.slice(hash + 1);
  return [module, rest.startsWith('*.') ? rest.slice(2) : rest === '*' ? 'default' : rest.startsWith('default.') ? rest.slice(8) : rest];
}

/** Names functions once: the first of a name keeps it, others get their offset. */
export function functionName(r: Run, name: string | undefined, like: FunctionLike): string {
  const wanted = name ?? `fn${like.node.start ?? 0}`;
  const owner = r.names.get(wanted);
  if (owner === undefined || owner === like.node) {
    r.names.set(wanted, like.node);
    return wanted;
  }
  return `${wanted}:${like.node.start ?? 0}`;
}
