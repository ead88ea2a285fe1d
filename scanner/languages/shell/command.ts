/** One command about to be understood: its name as it resolves, its words after expansion, and what its streams are connected to. */
import type { Field, Io, Output, World } from './world.ts';

export interface Command {
  /** Basename without `.exe`. */
  readonly name: string;
  readonly program: Field;
  readonly args: readonly Field[];
  readonly io: Io;
  readonly start: number;
  readonly end: number;
}

/** States what a command does. The exec fact is stated by the caller. */
export type Handler = (w: World, command: Command) => Output | undefined;

/** Runs words as a command; wrappers use it to go on with what they wrap. */
export type RunWords = (w: World, fields: readonly Field[], io: Io, start: number, end: number) => Output;

/** A table of handlers from rows of several names. */
export function tabled<T>(rows: readonly (readonly [names: string, row: T])[]): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const [names, row] of rows) for (const name of names.split(' ')) map.set(name, row);
  return map;
}
