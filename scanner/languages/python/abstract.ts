/**
 * What is known about an expression: its text, bytes or number if they fold, what it refers to (`os.system`), where its data comes from (a cell), and what was peeled off to
 * get there. Shared by the readers that walk expressions (Python, Ruby, PHP, Go, PowerShell). Plain data; lists and dictionaries are the only mutable parts, because the
 * languages share them by reference too.
 */
import type { Cell, Hole, Value } from '../../model.ts';
import { known, partsOf, template, textOf } from '../../value.ts';

/** A hole that remembers where its data comes from; stripped before a fact is stated. */
export interface Gap extends Hole {
  readonly cell?: Cell;
  /** Tells holes of one name apart when they name files. */
  readonly id?: string;
}

export interface List {
  items: Abs[];
  /** More elements than are known stand after the items. */
  open: boolean;
  /** Cell of those. */
  rest?: Cell | undefined;
  readonly kind: 'list' | 'tuple' | 'set';
  /** Branch or loop it was made in; changes from elsewhere open it. */
  readonly block: number;
}
export interface Dict {
  readonly items: Map<string, Abs>;
  open: boolean;
  readonly block: number;
}
export type Gate = 'date-gate' | 'host-gate' | 'user-gate' | 'ci-gate' | 'debugger-gate';

/** Arguments of a call. */
export interface Call {
  readonly args: readonly Abs[];
  readonly kw: ReadonlyMap<string, Abs>;
  /** `*args` or `**kw` of unknown length was among them. */
  readonly spread?: Abs | undefined;
  readonly recv?: Abs | undefined;
}

export interface Abs {
  readonly value: Value;
  readonly bytes?: Uint8Array | undefined;
  readonly num?: number | undefined;
  readonly list?: List | undefined;
  readonly dict?: Dict | undefined;
  /** Dotted name of what it denotes: `os`, `os.system`, `requests.Session()`, `own:lib/helper#send`. */
  readonly ref?: string | undefined;
  /** Own function, lambda or class in the reader's terms. */
  readonly fn?: unknown;
  readonly recv?: Abs | undefined;
  readonly cell?: Cell | undefined;
  /** Where data goes that is put into it (body of a socket, content of an open file). */
  readonly sink?: Cell | undefined;
  /** Codecs its constant text was uncovered from, outermost first. */
  readonly via?: readonly string[] | undefined;
  /** The call it is the result of. */
  readonly made?: Call | undefined;
  readonly gate?: Gate | undefined;
  /** Where its text stands in plain sight, character by character. */
  readonly span?: { readonly start: number; readonly end: number } | undefined;
}

export const NOTHING: Abs = { value: { kind: 'unknown' } };
export const textAbs = (text: string, extra: Partial<Abs> = {}): Abs => ({ value: known(text), ...extra });
export const numAbs = (num: number): Abs => ({ value: known(String(num)), num });
export const boolAbs = (yes: boolean): Abs => ({ value: known(yes ? 'True' : 'False'), num: yes ? 1 : 0, ref: yes ? 'True' : 'False' });

const lossy = new TextDecoder('utf-8');
export const bytesAbs = (bytes: Uint8Array, via?: readonly string[]): Abs => ({
  value: known(lossy.decode(bytes)),
  bytes,
  ...(via && via.length > 0 ? { via } : {}),
});

/** A value nobody knows, with a name for people and a cell for its data. */
export const holeAbs = (name: string | undefined, id: string, cell?: Cell, extra: Partial<Abs> = {}): Abs => ({
  value: { kind: 'template', parts: [{ ...(name ? { name: name.slice(0, 40) } : {}), id, ...(cell ? { cell } : {}) } as Gap] },
  ...(cell ? { cell } : {}),
  ...extra,
});

/** Known text of a string (not of a number, list or bytes). */
export const strOf = (abs: Abs | undefined): string | undefined =>
  abs === undefined || abs.num !== undefined || abs.bytes !== undefined || abs.list || abs.dict ? undefined : textOf(abs.value);
/** Known text of anything that prints as itself. */
export const textLike = (abs: Abs | undefined): string | undefined => (abs === undefined ? undefined : textOf(abs.value));

/** Parts for string building; the hole of an unknown carries the cell. */
export function pieces(abs: Abs): readonly (string | Hole)[] {
  if (abs.value.kind === 'unknown') return [{ ...(abs.cell ? { cell: abs.cell } : {}) } as Gap];
  return partsOf(abs.value).map((part) =>
    typeof part === 'object' && (part as Gap).cell === undefined && abs.cell !== undefined ? ({ ...part, cell: abs.cell } as Gap) : part,
  );
}

const MAX_TEXT = 2 * 1024 * 1024;
const MAX_PARTS = 200;

/** Concatenation as a value, bounded. */
export function joinText(parts: readonly (string | Hole)[]): Value {
  let size = 0;
  for (const part of parts) size += typeof part === 'string' ? part.length : 8;
  if (size > MAX_TEXT) return { kind: 'unknown' };
  const value = template(parts);
  return value.kind === 'template' && value.parts.length > MAX_PARTS ? { kind: 'template', parts: value.parts.slice(0, MAX_PARTS) } : value;
}

/** The value without what only we need. */
export function clean(value: Value): Value {
  if (value.kind !== 'template') return value;
  return template(
    value.parts.map((part) =>
      typeof part === 'string'
        ? part
        : { ...(part.env === undefined ? {} : { env: part.env }), ...(part.name === undefined ? {} : { name: part.name }) },
    ),
  );
}

export const viaOf = (...all: readonly (Abs | undefined)[]): readonly string[] | undefined => {
  const names = [...new Set(all.flatMap((abs) => abs?.via ?? []))];
  return names.length > 0 ? names.slice(0, 8) : undefined;
};

/** True if both say the same, so that a merge loses nothing. */
export function same(a: Abs, b: Abs): boolean {
  if (a === b) return true;
  if (
    a.ref !== b.ref ||
    a.fn !== b.fn ||
    a.list !== b.list ||
    a.dict !== b.dict ||
    a.num !== b.num ||
    a.bytes !== b.bytes ||
    a.cell !== b.cell ||
    a.sink !== b.sink
  )
    return false;
  if (a.value.kind === 'known' && b.value.kind === 'known') return a.value.text === b.value.text;
  return a.value === b.value || (a.value.kind === 'unknown' && b.value.kind === 'unknown');
}

const PRIMITIVE = /^(?:True|False|None)$/;
/** A reference to something callable or a module, as opposed to a constant. */
export const refOf = (abs: Abs | undefined): string | undefined => (abs?.ref === undefined || PRIMITIVE.test(abs.ref) ? undefined : abs.ref);

export const isTrue = (abs: Abs | undefined): boolean | undefined => {
  if (abs === undefined) return undefined;
  if (abs.ref === 'True' || abs.ref === 'False') return abs.ref === 'True';
  if (abs.ref === 'None') return false;
  if (abs.num !== undefined) return abs.num !== 0;
  return undefined;
};

/** A table row by a name that hostile text chose (`constructor` is not a row). */
export const rowOf = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined => (Object.hasOwn(table, key) ? table[key] : undefined);
