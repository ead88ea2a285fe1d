/**
 * The working memory of one read: the context, counters, pending facts. Every fact of an expression-walking reader is stated here, so that ports, guard and function name
 * are never forgotten and a fact that a loop states twice is stated once (its ports are joined by edges). Requests and writes are held back until the end: a digest check on
 * a later line verifies the one, later `write()` calls give the other its content.
 */
import * as cells from '../../cells.ts';
import { type Limits, limits } from '../../limits.ts';
import type { Cell, Edge, FactDraft, Port, Role, Value } from '../../model.ts';
import { partsOf, textOf } from '../../value.ts';
import type { ReadContext } from '../contract.ts';
import type { Abs, Gap } from './abstract.ts';
import { clean, joinText, pieces } from './abstract.ts';

export interface Place {
  readonly start: number;
  readonly end: number;
}
type Loose<T> = T extends unknown
  ? Omit<T, 'ins' | 'outs' | 'guard' | 'fn' | 'stance'> & { ins?: readonly (Port | undefined)[]; outs?: readonly (Port | undefined)[] }
  : never;
/** A fact without the parts that the machine adds. */
export type Draft = Loose<FactDraft>;

interface Stated {
  readonly ins: readonly Port[];
  readonly outs: readonly Port[];
}
interface Pending {
  readonly at: Place;
  draft: FactDraft;
  /** Texts written so far; undefined once something unknown was. */
  content?: Abs[] | undefined;
  /** Names by which flow knows what is written. */
  readonly sink?: Cell;
}

export interface Machine {
  readonly ctx: ReadContext;
  readonly source: string;
  readonly limits: Limits;
  fn: string | undefined;
  guard: string | undefined;
  /** Above zero while something is only evaluated for its value: no facts. */
  mute: number;
  /** Facts that a muted evaluation would have stated. */
  muted: number;
  /** Evaluation depth, bounded. */
  depth: number;
  /** Branch or loop that is being walked; see abstract.List. */
  block: number;
  blocks: number;
  /** Steps left for folding loops and for walking bodies more than once. */
  budget: number;
  /** Standard streams were wired to a socket. */
  socket: boolean;
  deep: boolean;
  ids: number;
  readonly stated: Map<string, Stated>;
  readonly edges: Set<string>;
  readonly back: Map<Cell, Cell[]>;
  readonly pending: Pending[];
  readonly writes: Map<Cell, Pending>;
  /** Digests of downloaded data that were compared with a literal. */
  readonly checked: Set<Cell>;
}

export const newMachine = (ctx: ReadContext, source: string): Machine => ({
  ctx,
  source,
  limits,
  fn: undefined,
  guard: undefined,
  mute: 0,
  muted: 0,
  depth: 0,
  block: 0,
  blocks: 0,
  budget: 400_000,
  socket: false,
  deep: false,
  ids: 0,
  stated: new Map(),
  edges: new Set(),
  back: new Map(),
  pending: [],
  writes: new Map(),
  checked: new Set(),
});

export const freshId = (m: Machine): string => `${m.ctx.unit.id}.${m.ids++}`;

export function edge(m: Machine, from: Cell | undefined, to: Cell | undefined, at: Place, how: Edge['how'] = 'assign'): void {
  if (from === undefined || to === undefined || from === to) return;
  const key = `${from}\n${to}`;
  if (m.edges.has(key)) return;
  m.edges.add(key);
  const list = m.back.get(to);
  if (list) list.push(from);
  else m.back.set(to, [from]);
  m.ctx.edge(from, to, at.start, at.end, how);
}

/** One cell for the data of several: none, the one, or a new one. */
export function join(m: Machine, at: Place, all: readonly (Cell | undefined)[], how: Edge['how'] = 'concat'): Cell | undefined {
  const distinct = [...new Set(all.filter((cell) => cell !== undefined))];
  if (distinct.length <= 1) return distinct[0];
  // The same operands at the same place (a loop walked twice) meet in the same cell.
  const cell = m.ctx.local(`+${at.start}:${at.end}:${m.fn ?? ''}`);
  for (const from of distinct) edge(m, from, cell, at, how);
  return cell;
}

export const port = (role: Role, cell: Cell | undefined): Port | undefined => (cell === undefined ? undefined : { cell, role });
export const portOf = (role: Role, abs: Abs | undefined): Port | undefined => port(role, abs?.cell);

/** Cells of a value's holes, in order; the cell of the whole where a hole has none. */
export const gapCells = (abs: Abs): (Cell | undefined)[] =>
  pieces(abs).flatMap((part) => (typeof part === 'object' ? [(part as Gap).cell ?? abs.cell] : []));

/** The cell of the file that a value names. Holes that only look alike name different files. */
export function fileCell(m: Machine, abs: Abs): Cell {
  const { value } = abs;
  if (value.kind === 'unknown') return m.ctx.local(`#file:${abs.cell ?? freshId(m)}`);
  if (value.kind === 'known') return cells.path(value, m.ctx.unit.id);
  const own = joinText(
    value.parts.map((part) =>
      typeof part === 'string' || part.env !== undefined || part.name === '__dir__'
        ? part
        : { name: (part as Gap).id ?? (part as Gap).cell ?? freshId(m) },
    ),
  );
  if (own.kind === 'template' && own.parts.length === 1 && (own.parts[0] as Gap).env === undefined)
    return m.ctx.local(`#file:${(own.parts[0] as Gap).name}`);
  return cells.path(own, m.ctx.unit.id);
}

const present = (ports: readonly (Port | undefined)[] | undefined): Port[] => {
  const out: Port[] = [];
  for (const each of ports ?? [])
    if (each !== undefined && !out.some((other) => other.cell === each.cell && other.role === each.role)) out.push(each);
  return out;
};

/** Values inside a draft, ready for others. */
function tidy(draft: Draft): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(draft)) {
    if (key === 'ins' || key === 'outs' || value === undefined) continue;
    if (Array.isArray(value))
      out[key] = value.map((each) => (typeof each === 'object' && each !== null && 'kind' in each ? clean(each as Value) : each));
    else out[key] = typeof value === 'object' && value !== null && 'kind' in value ? clean(value as Value) : value;
  }
  return out;
}

/** States a fact, or joins it to the same fact stated before. */
export function state(m: Machine, at: Place, draft: Draft, hold?: { content?: Abs[]; sink?: Cell }): void {
  if (m.mute > 0) {
    m.muted++;
    return;
  }
  const ins = present(draft.ins);
  const outs = present(draft.outs);
  const rest = tidy(draft);
  const key = `${at.start}:${at.end}:${JSON.stringify(rest)}:${ins.map((each) => each.role).join()}`;
  const before = m.stated.get(key);
  if (before !== undefined) {
    ins.forEach((each, index) => {
      edge(m, each.cell, before.ins[index]?.cell, at, 'assign');
    });
    for (const each of outs) for (const other of before.outs) if (other.role === each.role) edge(m, other.cell, each.cell, at, 'assign');
    return;
  }
  m.stated.set(key, { ins, outs });
  const fact = {
    ...rest,
    ...(ins.length > 0 ? { ins } : {}),
    ...(outs.length > 0 ? { outs } : {}),
    ...(m.fn === undefined ? {} : { fn: m.fn }),
    ...(m.guard === undefined ? {} : { guard: m.guard }),
  } as unknown as FactDraft;
  if (fact.kind !== 'request' && hold === undefined) {
    m.ctx.fact(at.start, at.end, fact);
    return;
  }
  const pending: Pending = { at, draft: fact, ...(hold?.content ? { content: hold.content } : {}), ...(hold?.sink ? { sink: hold.sink } : {}) };
  m.pending.push(pending);
  if (hold?.sink !== undefined) m.writes.set(hold.sink, pending);
}

/** Something more is written to what an earlier write fact opened. */
export function addContent(m: Machine, sink: Cell, content: Abs | undefined): void {
  const pending = m.writes.get(sink);
  if (pending === undefined || m.mute > 0) return;
  if (content === undefined || (pending.content?.length ?? 0) > 100) pending.content = undefined;
  else pending.content?.push(content);
}

/** True if data of `from` arrives at `to` by the edges of this unit. */
function arrives(m: Machine, from: ReadonlySet<Cell>, to: Cell): boolean {
  const seen = new Set<Cell>([to]);
  const queue = [to];
  for (let i = 0; i < queue.length && i < 2_000; i++) {
    if (from.has(queue[i]!)) return true;
    for (const before of m.back.get(queue[i]!) ?? []) {
      if (!seen.has(before)) {
        seen.add(before);
        queue.push(before);
      }
    }
  }
  return false;
}

/** States what was held back. */
export function flush(m: Machine, written: (at: Place, path: Value, content: Abs) => void): void {
  for (const { at, draft, content } of m.pending) {
    if (draft.kind === 'request') {
      const responses = new Set((draft.outs ?? []).filter((each) => each.role === 'response').map((each) => each.cell));
      const verified = responses.size > 0 && [...m.checked].some((cell) => arrives(m, responses, cell));
      m.ctx.fact(at.start, at.end, verified ? { ...draft, verified: true } : draft);
    } else if (draft.kind === 'write' && content !== undefined && content.length > 0) {
      const value = joinText(content.flatMap((each) => pieces(each)));
      m.ctx.fact(at.start, at.end, value.kind === 'unknown' ? draft : { ...draft, content: clean(value) });
      if (textOf(value) !== undefined)
        written(at, draft.path, {
          value,
          ...(content.length === 1 && content[0]!.span ? { span: content[0]!.span } : {}),
          via: content.flatMap((each) => each.via ?? []),
        });
    } else m.ctx.fact(at.start, at.end, draft);
  }
  m.pending.length = 0;
}

/** Source text for people: one line, short. */
export const snippet = (m: Machine, at: Place, length = 80): string =>
  m.source.slice(at.start, Math.min(at.end, at.start + length)).replace(/[\s]{1,200}/g, ' ');

/** Holes of a value named after the place they come from. */
export const hasHole = (value: Value): boolean =>
  value.kind === 'unknown' || (value.kind === 'template' && partsOf(value).some((part) => typeof part === 'object'));
