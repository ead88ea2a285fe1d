/**
 * Tree-sitter grammars, loaded lazily, and trees turned into plain nodes. It promises: parsing is synchronous once `loadGrammar` has resolved; every tree is freed before
 * `parse` returns; what comes back is plain data, so that a reader can neither leak nor crash the parser. A wasm trap or a deadline in the middle of a parse leaves the
 * parser's memory in ruins: the next parse starts from a snapshot of that memory taken right after loading (a known bomb: `{[` five thousand times in Go).
 * Tree-sitter's optimised tier must stay off, or the process waits seconds for V8's background compiler at exit.
 */
import { createRequire } from 'node:module';
import v8 from 'node:v8';
import { grammarBytes, grammarPath } from '../data/own.ts';

export type GrammarName = 'python' | 'powershell' | 'ruby' | 'php' | 'go';

/** One node of a tree, detached from the parser. `start` and `end` are UTF-16 offsets. */
export interface Syntax {
  readonly type: string;
  readonly named: boolean;
  readonly field: string | undefined;
  readonly start: number;
  readonly end: number;
  readonly children: readonly Syntax[];
}
export interface Parsed {
  readonly root: Syntax;
  /** Outermost pieces that the grammar could not explain. */
  readonly errors: readonly { readonly start: number; readonly end: number }[];
  /** Nodes nested deeper than this were left out. */
  readonly cut: boolean;
}
export interface Grammar {
  /** Throws {@link TrapError} when the parser crashed; the next call starts afresh. `step` is called for batches of nodes. */
  parse(text: string, step: (count: number) => void): Parsed;
}

/** The parser crashed on this text. */
export class TrapError extends Error {
  readonly code = 'TRAP';
}

/** Nesting beyond which nodes are dropped (one long `a + b + …` nests to the left). Real files: below 60. Readers bound their own recursion. */
const DEPTH = 20_000;

interface Cursor {
  readonly nodeType: string;
  readonly nodeIsNamed: boolean;
  readonly nodeIsMissing: boolean;
  readonly startIndex: number;
  readonly endIndex: number;
  readonly currentFieldName: string | null;
  gotoFirstChild(): boolean;
  gotoNextSibling(): boolean;
  gotoParent(): boolean;
  delete(): void;
}
interface Tree {
  walk(): Cursor;
  delete(): void;
}
interface Parser {
  setLanguage(language: unknown): void;
  parse(text: string): Tree | null;
  reset(): void;
}
/** The part of WebAssembly we use; Node's types leave it to the DOM library. */
interface Wasm {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => object;
}
const { Module, Instance } = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly;

interface Runtime {
  readonly Parser: { new (): Parser; init(options: object): Promise<void> };
  readonly Language: { load(bytes: Uint8Array): Promise<unknown> };
}

/** What it takes to put the parser's memory back. */
interface Heart {
  memory: { readonly buffer: ArrayBuffer } | undefined;
  stack: { value: number } | undefined;
  bytes: Uint8Array;
  top: number;
}
const heart: Heart = { memory: undefined, stack: undefined, bytes: new Uint8Array(0), top: 0 };
/** True while wasm runs; still true at the next call if it trapped or was stopped. */
let busy = false;

let runtime: Promise<Runtime> | undefined;

async function start(): Promise<Runtime> {
  v8.setFlagsFromString('--wasm-tiering-budget=1000000000');
  // Node 20 and 22 optimise a large lexer in the background whatever the budget, and the next grammar waits 5 s for that: the baseline compiler is as fast for us (measured).
  if (Number(process.versions.node.split('.')[0]) < 24) v8.setFlagsFromString('--liftoff-only');
  const require = createRequire(import.meta.url);
  let script: string;
  try {
    script = grammarPath('tree-sitter.cjs');
  } catch {
    script = grammarPath('tree-sitter.js');
  }
  const loaded = require(script) as Runtime;
  const module = new Module(grammarBytes('tree-sitter.wasm'));
  await loaded.Parser.init({
    instantiateWasm: (imports: { env: Record<string, unknown> }, done: (instance: object, module: object) => object) => {
      heart.memory = imports.env['memory'] as NonNullable<Heart['memory']>;
      heart.stack = imports.env['__stack_pointer'] as NonNullable<Heart['stack']>;
      return done(new Instance(module, imports), module);
    },
  });
  return loaded;
}

/** Remembers the memory as it is now: no tree alive, no parse running. */
function remember(): void {
  const { memory, stack } = heart;
  if (memory === undefined || stack === undefined) return;
  const words = new Int32Array(memory.buffer);
  let last = words.length;
  while (last > 0 && words[last - 1] === 0) last--;
  heart.bytes = new Uint8Array(memory.buffer.slice(0, last * 4));
  heart.top = stack.value;
}

function restore(): void {
  const { memory, stack } = heart;
  if (memory === undefined || stack === undefined) return;
  const now = new Uint8Array(memory.buffer);
  now.set(heart.bytes);
  now.fill(0, heart.bytes.length);
  stack.value = heart.top;
}

/** The nodes of a tree as plain data: iterative, one cursor, depth capped. */
function detach(cursor: Cursor, step: (count: number) => void): Parsed {
  type Open = { -readonly [K in keyof Syntax]: Syntax[K] } & { children: Open[] };
  const errors: { start: number; end: number }[] = [];
  let cut = false;
  let count = 0;
  const node = (): Open => {
    if ((++count & 1023) === 0) step(1024);
    return {
      type: cursor.nodeType,
      named: cursor.nodeIsNamed,
      field: cursor.currentFieldName ?? undefined,
      start: cursor.startIndex,
      end: cursor.endIndex,
      children: [],
    };
  };
  const root = node();
  const stack: Open[] = [root];
  let inError = -1;
  const note = (open: Open) => {
    if (inError < 0 && (open.type === 'ERROR' || cursor.nodeIsMissing)) {
      errors.push({ start: open.start, end: open.end });
      inError = stack.length;
    }
  };
  note(root);
  let down = true;
  while (true) {
    if (down && stack.length < DEPTH && cursor.gotoFirstChild()) {
      const child = node();
      stack.at(-1)!.children.push(child);
      stack.push(child);
      note(child);
      continue;
    }
    if (down && stack.length >= DEPTH) cut = true;
    if (inError === stack.length) inError = -1;
    if (stack.length > 1 && cursor.gotoNextSibling()) {
      stack.pop();
      const sibling = node();
      stack.at(-1)!.children.push(sibling);
      stack.push(sibling);
      if (inError > stack.length - 1) inError = -1;
      note(sibling);
      down = true;
      continue;
    }
    if (stack.length <= 1) break;
    stack.pop();
    if (inError > stack.length) inError = -1;
    cursor.gotoParent();
    down = false;
  }
  step(count & 1023);
  return { root, errors, cut };
}

const grammars = new Map<GrammarName, Promise<Grammar>>();

/** Loads the runtime once and each grammar once. */
export function loadGrammar(name: GrammarName): Promise<Grammar> {
  let grammar = grammars.get(name);
  if (grammar === undefined) {
    // One after the other: a snapshot must not be taken while another grammar is half loaded.
    runtime ??= start();
    grammar = Promise.all([runtime, ...grammars.values()]).then(([loaded]) => open(loaded as Runtime, name));
    grammars.set(name, grammar);
  }
  return grammar;
}

async function open({ Parser, Language }: Runtime, name: GrammarName): Promise<Grammar> {
  if (busy) {
    restore();
    busy = false;
  }
  const language = await Language.load(grammarBytes(`tree-sitter-${name}.wasm`));
  const parser = new Parser();
  parser.setLanguage(language);
  // The lexer's static tables are filled by a first parse.
  parser.parse(' ')?.delete();
  remember();
  return {
    parse(text, step) {
      if (busy) restore();
      busy = true;
      let parsed: Parsed | undefined;
      let spent: unknown;
      try {
        const tree = parser.parse(text);
        if (tree === null) throw new TrapError(`${name} parser gave up`);
        const cursor = tree.walk();
        parsed = detach(cursor, (count) => {
          // A spent budget must not leave the tree behind.
          try {
            if (spent === undefined) step(count);
          } catch (error) {
            spent = error;
            throw error;
          }
        });
        cursor.delete();
        tree.delete();
      } catch (error) {
        // Memory is restored by the next call because `busy` stays true.
        if (spent !== undefined) throw spent;
        throw error instanceof TrapError
          ? error
          : new TrapError(`${name} parser crashed: ${error instanceof Error ? error.message.slice(0, 100) : 'unknown error'}`);
      }
      busy = false;
      return parsed;
    },
  };
}

/** First child with that field name. */
export const child = (node: Syntax | undefined, field: string): Syntax | undefined => node?.children.find((each) => each.field === field);
/** All children with that field name. */
export const childrenOf = (node: Syntax, field: string): Syntax[] => node.children.filter((each) => each.field === field);
/** Named children without comments. */
export const parts = (node: Syntax): Syntax[] => node.children.filter((each) => each.named && each.type !== 'comment');
