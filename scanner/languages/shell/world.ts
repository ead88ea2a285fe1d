/**
 * What the shell reader knows while it walks one unit: variables, functions, files written so far, where it stands. Plain data; the helpers here are the only ones that
 * state facts, so that guard, function and stance are never forgotten. Requests are held back until the unit ends, because a digest check on a later line verifies them.
 */
import type { Function as FunctionNode } from 'unbash';
import * as cells from '../../cells.ts';
import type { Limits } from '../../limits.ts';
import type { Cell, ControlFact, Edge, FactDraft, Port, RequestFact, Role, Stance, UnitId, Value } from '../../model.ts';
import { concat, known, partsOf, show, textOf, unknown } from '../../value.ts';
import type { OffsetMap, ReadContext } from '../contract.ts';

/** A word after expansion. */
export interface Field {
  readonly value: Value;
  readonly start: number;
  readonly end: number;
  /** Where its data comes from. */
  readonly cells: readonly Cell[];
  /** Cells that fill it where a command would begin: they decide what runs if it is run as code. */
  readonly code: readonly Cell[];
  /** How its text maps to the source, if it stands there in plain sight. */
  readonly map?: OffsetMap;
  /** The text with holes in their source spelling, for embedding. */
  readonly spelled: string;
  readonly unwrapped: readonly string[];
  readonly bytes?: Uint8Array;
  /** A process substitution: the cell of what can be read from it or is written to it. */
  readonly process?: { readonly operator: '<' | '>'; readonly stream: Stream };
  /** `<name>` in documentation. */
  readonly placeholder?: string;
  readonly quoted?: boolean;
}

/** Bytes on their way: standard input, or what a command prints. */
export interface Stream {
  readonly cell: Cell;
  readonly value?: Value;
  readonly bytes?: Uint8Array;
  readonly spelled?: string;
  readonly map?: OffsetMap;
  readonly unwrapped: readonly string[];
  readonly code?: readonly Cell[];
  readonly socket?: boolean;
  /** Where bytes written to the socket go. */
  readonly sending?: Cell;
  /** Nothing is connected: the terminal. */
  readonly terminal?: boolean;
  /** `heredoc`, `here-string`, `pipe`: how code got here. */
  readonly via?: string;
  /** A file it was read from. */
  readonly path?: Value;
}

/** What a command printed, as far as it is known. */
export type Output = Omit<Stream, 'cell' | 'terminal'>;
export const SILENT: Output = { value: known(''), unwrapped: [] };
export const UNKNOWN_OUTPUT: Output = { unwrapped: [] };

export interface Io {
  readonly stdin: Stream;
  readonly out: Cell;
  /** Standard output goes to a socket or to a raw network tool. */
  readonly toSocket?: boolean;
  readonly background?: boolean;
}

export interface Variable {
  readonly field: Field;
  readonly cell: Cell;
  readonly list?: readonly Field[];
}

export interface Shellfile {
  field?: Field;
  unit?: UnitId;
  requests: PendingRequest[];
  ran: boolean;
  fifo?: boolean;
}
export type Draft<T> = { -readonly [K in keyof T]: T[K] };
export interface PendingRequest {
  readonly start: number;
  readonly end: number;
  readonly draft: Draft<Omit<RequestFact, 'id' | 'unit' | 'at'>>;
}
export interface Callable {
  readonly node: FunctionNode;
  readonly frame: Frame;
  calls: Set<string>;
}

/** The text that node positions index; `region` when it is not the unit's own text (escaped backticks). */
export interface Frame {
  readonly text: string;
  readonly region?: { readonly start: number; readonly end: number };
}

export interface World {
  readonly ctx: ReadContext;
  /** Unit text before masking, for slices. */
  readonly source: string;
  frame: Frame;
  readonly vars: Map<string, Variable>;
  readonly versions: Map<string, number>;
  readonly functions: Map<string, Callable>;
  readonly aliases: Map<string, string>;
  readonly files: Map<Cell, Shellfile>;
  readonly fds: Map<number, Stream>;
  readonly seenEnv: Map<string, Cell>;
  readonly pending: PendingRequest[];
  readonly sourced: string[];
  args: readonly Field[] | undefined;
  cwd: Value | undefined;
  guard: string | undefined;
  fn: string | undefined;
  stance: Stance | undefined;
  elevated: string | undefined;
  errexit: boolean;
  /** A failing command here stops what follows. */
  gating: boolean;
  branch: number;
  depth: number;
  loopBudget: number;
  importsKeys: boolean;
  /** Reads what a file is now known to hold; set by index.ts (it belongs to run.ts, which needs this module). */
  readonly written?: (w: World, path: Value, content: Field, how: string) => void;
  readonly limits: Limits;
  aliasDepth: number;
  /** Function calls being walked. */
  calls: number;
  /** Requests from here on belong to the current pipeline. */
  since: number;
  /** Variables that hold a date, host or user name. */
  readonly gates: Map<string, ControlFact['what']>;
  /** Variables that hold the digest of a file, with the source that computed it. */
  readonly digests: Map<string, string>;
}

const text = (field: Field): string | undefined => textOf(field.value);

export { text as fieldText };

/** Outer offsets of a node of the current frame. */
export function at(w: World, node: { readonly pos: number; readonly end: number }): { start: number; end: number } {
  return w.frame.region ?? { start: node.pos, end: Math.max(node.pos, node.end) };
}

/** Source spelling of a node. */
export function slice(w: World, start: number, end: number): string {
  return w.frame.region ? w.frame.text.slice(start, end) : w.source.slice(start, end);
}

/** A field made from text that stands nowhere. */
export function plain(value: Value, start: number, end: number, from: readonly Cell[] = [], unwrapped: readonly string[] = []): Field {
  return { value, start, end, cells: from, code: [], spelled: show(value), unwrapped };
}

export const ports = (from: readonly Cell[], role: Role): Port[] => from.map((cell) => ({ cell, role }));

/** States a fact with guard, function and stance of where the walk stands. */
export function fact(w: World, start: number, end: number, draft: FactDraft): void {
  w.ctx.fact(start, Math.max(end, start + 1), decorate(w, draft));
}

function decorate<T extends FactDraft>(w: World, draft: T): T {
  return {
    ...draft,
    ...(w.fn === undefined ? {} : { fn: w.fn }),
    ...(w.guard === undefined ? {} : { guard: w.guard }),
    ...(w.stance === undefined ? {} : { stance: w.stance }),
  };
}

/** States a request; it is held back so that a later digest check can mark it. */
export function request(w: World, start: number, end: number, draft: PendingRequest['draft']): PendingRequest {
  const pending = { start, end: Math.max(end, start + 1), draft: decorate(w, draft) };
  w.pending.push(pending);
  return pending;
}

export function edge(w: World, from: readonly Cell[], to: Cell, start: number, end: number, how: Edge['how']): void {
  for (const cell of from) w.ctx.edge(cell, to, start, end, how);
}

/** A path as the command would open it: joined to the folder the script went to. */
export function place(w: World, value: Value): Value {
  const first = partsOf(value)[0];
  if (w.cwd === undefined || typeof first !== 'string' || /^(?:[/~]|[A-Za-z]:[\\/]|https?:|-$)/.test(first)) return value;
  return concat(w.cwd, known('/'), value);
}
/** Paths under an argument or a temporary name (`$1/x`, `$(mktemp)`) mean another file in every script, so their cell is this unit's own. */
export const pathCell = (w: World, value: Value): Cell =>
  value.kind === 'template' && value.parts.some((part) => typeof part !== 'string' && part.env === undefined)
    ? w.ctx.local(`path ${show(value)}`)
    : cells.path(value, w.ctx.unit.id);

/** The file of the skill that a path means: itself, beside the script, or by its last segments after an unknown folder (`$SKILL_DIR/scripts/a.sh`). */
export function shipped(w: World, value: Value): string | undefined {
  const parts = partsOf(value);
  const last = parts.at(-1);
  if (typeof last !== 'string' || w.ctx.paths.size === 0) return undefined;
  const clean = cells.normalisePath(parts.length === 1 ? last : last.replace(/^[^/]{0,200}\//, ''));
  if (parts.length === 1) {
    if (w.ctx.paths.has(clean)) return clean;
    const folder = w.ctx.file.path.includes('/') ? w.ctx.file.path.slice(0, w.ctx.file.path.lastIndexOf('/')) : '';
    const beside = cells.normalisePath(`${folder}/${clean}`).replace(/^\//, '');
    if (folder !== '' && w.ctx.paths.has(beside)) return beside;
  }
  const segments = clean.split('/');
  for (let from = 0; from < segments.length && from < 12; from++) {
    const tail = segments.slice(from).join('/');
    // A bare file name after an absolute path is too weak a sign (`/etc/config.json`), unless the folder is unknown.
    if (from > 0 && !tail.includes('/') && parts.length === 1) break;
    if (w.ctx.paths.has(tail)) return tail;
  }
  return undefined;
}

export function fileOf(w: World, cell: Cell): Shellfile {
  let file = w.files.get(cell);
  if (file === undefined) {
    file = { requests: [], ran: false };
    w.files.set(cell, file);
  }
  return file;
}

/** Reads a file: states it and gives the stream of its content. */
export function readFile(
  w: World,
  field: Pick<Field, 'value' | 'cells' | 'start' | 'end' | 'process'>,
  options: { many?: boolean; into?: Cell } = {},
): Stream {
  if (field.process !== undefined) {
    if (options.into !== undefined) w.ctx.edge(field.process.stream.cell, options.into, field.start, field.end, 'pipe');
    return field.process.stream;
  }
  const path = place(w, field.value);
  const from = pathCell(w, path);
  const cell = options.into ?? w.ctx.fresh();
  const raw = textOf(path);
  if (raw !== undefined && /^\/dev\/(?:null|zero|u?random|stdin|tty)$/.test(raw)) return { cell, unwrapped: [] };
  fact(w, field.start, field.end, {
    kind: 'read',
    path,
    ...(options.many || (raw !== undefined && /[*?[]/.test(raw)) ? { many: true } : {}),
    ins: [{ cell: from, role: 'path' }, ...ports(field.cells, 'path')],
    outs: [{ cell, role: 'value' }],
  });
  const file = w.files.get(from)?.field;
  return {
    cell,
    unwrapped: file?.unwrapped ?? [],
    ...(file ? { value: file.value, spelled: file.spelled } : {}),
    ...(file?.bytes ? { bytes: file.bytes } : {}),
    ...(file?.map ? { map: file.map } : {}),
    path,
  };
}

/** Writes a file: states it, and remembers what is in it and which requests filled it. */
export function writeFile(
  w: World,
  field: Pick<Field, 'value' | 'cells' | 'start' | 'end' | 'process'>,
  from: readonly Cell[],
  options: { append?: boolean; content?: Field | undefined; mode?: string; requests?: PendingRequest[] } = {},
): Cell {
  if (field.process !== undefined) {
    edge(w, from, field.process.stream.cell, field.start, field.end, 'pipe');
    return field.process.stream.cell;
  }
  const path = place(w, field.value);
  const to = pathCell(w, path);
  const raw = textOf(path);
  if (raw !== undefined && /^(?:\/dev\/(?:null|stdout|stderr|tty)|NUL)$/i.test(raw)) return to;
  fact(w, field.start, field.end, {
    kind: 'write',
    path,
    ...(options.append ? { append: true } : {}),
    ...(options.content && options.content.value.kind !== 'unknown' ? { content: options.content.value } : {}),
    ...(options.mode ? { mode: options.mode } : {}),
    ins: [...ports(from, 'content'), ...ports(field.cells, 'path')],
    outs: [{ cell: to, role: 'content' }],
  });
  const file = fileOf(w, to);
  if (options.append && file.field !== undefined && options.content !== undefined) {
    const value = concat(file.field.value, options.content.value);
    file.field = { ...plain(value, field.start, field.end, [], [...file.field.unwrapped]), spelled: file.field.spelled + options.content.spelled };
  } else if (!options.append) {
    if (options.content) file.field = options.content;
    else delete file.field;
    delete file.unit;
    file.requests = [];
    file.ran = false;
  }
  if (options.requests) file.requests.push(...options.requests);
  return to;
}

export const unknownField = (start: number, end: number, from: readonly Cell[] = []): Field => plain(unknown, start, end, from);
