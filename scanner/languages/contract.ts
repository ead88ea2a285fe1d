/**
 * What a language is: a reader from text to facts. It states what the text does, never whether that is bad; it never knows a rule exists, never touches disk,
 * network or clock, and works in the coordinates of its own text: the context maps them to the file.
 *
 * Conventions every reader keeps, so that flow can connect what several readers saw:
 * - standard input, output and arguments of the unit are `ctx.stdin`, `ctx.stdout`, `ctx.arg(n)` (n counts from 1; `'*'` for all);
 * - files go through `cells.path(value, unit)`: a write has an `ins` port of role `content` for the data AND an `outs` port of role `content` on the path's cell;
 *   a read has an `ins` port of role `path` on the path's cell and an `outs` port (role `value`) on the cell it yields; running a script file has
 *   `ins` role `code` on the path's cell;
 * - environment variables: an env fact has an `outs` port on the cell it yields; setting one adds an edge to `cells.env(name)`;
 * - a request has `outs` role `response`, and `ins` roles `body`, `query`, `header`, `url` for what is sent;
 * - a transform has one or more `ins` and `outs`; flow passes through it;
 * - functions: `cells.param(ctx.module, fn, i)` and `cells.result(ctx.module, fn)`; imports resolve to `cells.param(module, …)` with module = path without extension.
 * - constants are folded before anything is stated: values are `known`, `template` or `unknown` (value.ts). Literal data that gets decoded and then run is decoded here
 *   (decode/) and embedded again: `ctx.embed('shell', text, collapsed(start, end), { role: 'decoded', unwrapped: ['base64'] })`.
 */
import type { Cell, Edge, FactDraft, FactId, File, OpaqueFact, Reach, Span, Stance, Unit, UnitId, UnitRole } from '../model.ts';

/** How offsets of an embedded text map back to the text it stands in. */
export type OffsetMap =
  /** Character i stands at outer offset start + i. */
  | { readonly kind: 'shift'; readonly start: number; readonly end: number }
  /** Piecewise: text from `at` on stands at `outer` on, until the next piece. Sorted by `at`. */
  | {
      readonly kind: 'pieces';
      readonly start: number;
      readonly end: number;
      readonly pieces: readonly { readonly at: number; readonly outer: number }[];
    }
  /** Decoded or folded text: everything maps to the whole outer range. */
  | { readonly kind: 'collapsed'; readonly start: number; readonly end: number };

export const shifted = (start: number, end: number): OffsetMap => ({ kind: 'shift', start, end });
export const collapsed = (start: number, end: number): OffsetMap => ({ kind: 'collapsed', start, end });

export interface EmbedOptions {
  readonly role: UnitRole;
  readonly stance?: Stance;
  readonly reach?: Reach;
  readonly note?: string;
  /** What was peeled off to get here: `['base64']`, `['bash -c']`. Appended to those of the parent. */
  readonly unwrapped?: readonly string[];
  readonly section?: readonly string[];
}

export interface ReadContext {
  readonly file: File;
  readonly unit: Unit;
  /** Paths of all files of the skill, for resolving `./helper.py`. */
  readonly paths: ReadonlySet<string>;
  /** How this unit would be imported: file path without extension, or a name of its own for embedded code. */
  readonly module: string;
  readonly stdin: Cell;
  readonly stdout: Cell;
  arg(index: number | '*'): Cell;
  /** A variable of this unit. */
  local(name: string): Cell;
  /** A cell nobody else has. */
  fresh(): Cell;
  /** States a fact about text[start, end). Returns its id. */
  fact(start: number, end: number, draft: FactDraft): FactId;
  edge(from: Cell, to: Cell, start: number, end: number, how: Edge['how']): void;
  /**
   * Hands text of another language on; it is read after this unit. Returns the unit, whose stdin/stdout/args can be joined by {@link cellsOf}.
   * Unknown languages become an opaque fact if `required`, otherwise nothing.
   */
  embed(language: string, text: string, map: OffsetMap, options: EmbedOptions): UnitId;
  /** Standard cells of an embedded unit. */
  cellsOf(unit: UnitId): { readonly stdin: Cell; readonly stdout: Cell; arg(index: number | '*'): Cell };
  opaque(start: number, end: number, why: OpaqueFact['why'], detail: string, incomplete?: boolean): void;
  span(start: number, end: number): Span;
  /** Counts work; throws {@link BudgetError} when the file's budget is spent, which the driver turns into an opaque fact. Call once per node. */
  step(count?: number): void;
}

export class BudgetError extends Error {
  readonly code = 'BUDGET';
}

export interface Language {
  readonly id: string;
  /** Synchronous. May throw: the driver turns it into an opaque fact and the scan goes on. */
  read(text: string, ctx: ReadContext): void;
}

export interface LanguageEntry {
  readonly id: string;
  /** Fence info words, lower case. */
  readonly tags: readonly string[];
  /** Extensions with dot, lower case. */
  readonly extensions: readonly string[];
  /** Interpreter basenames in shebangs (version digits stripped). */
  readonly shebangs: readonly string[];
  /** Decides by path before extensions do (`package.json`, `.git/hooks/*`). */
  readonly names?: (path: string) => boolean;
  /** Decides by content where name and shebang say nothing. Cheap, linear. */
  readonly sniff?: (text: string) => boolean;
  /** Loads the reader; parsers and grammars come with it, not before. */
  readonly load: () => Promise<Language>;
}
