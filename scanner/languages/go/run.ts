/** Runs the compact walker over one unit: parse, report what did not, find functions, walk the top level, then the functions. */
import type { ReadContext } from '../contract.ts';
import type { Grammar, Syntax } from '../grammar.ts';
import { reportErrors } from '../python/header.ts';
import { flush, newMachine } from '../python/machine.ts';
import { readWritten } from '../python/written.ts';
import { type Dialect, evaluate, type Walker } from './walker.ts';
import { drain, hoist } from './walker-functions.ts';

export function runWalker(
  source: string,
  ctx: ReadContext,
  grammar: Grammar,
  dialect: Dialect,
  name: string,
  prepare: (w: Walker, root: Syntax) => void,
): void {
  const parsed = grammar.parse(source, ctx.step);
  reportErrors(source, parsed, ctx, name);
  const m = newMachine(ctx, source);
  const globals = new Map();
  const w: Walker = {
    m,
    dialect,
    globals,
    vars: globals,
    own: new Map(),
    all: [],
    queue: [],
    imports: new Map(),
    others: [],
    nested: 0,
    returns: [],
    active: 0,
  };
  try {
    hoist(w, parsed.root);
    prepare(w, parsed.root);
    evaluate(w, parsed.root);
    drain(w);
  } finally {
    flush(m, (at, path, content) => readWritten(m, at, path, content));
  }
  if (m.deep) ctx.opaque(0, source.length, 'depth', `${name} nested too deeply`, true);
}
