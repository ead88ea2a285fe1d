/**
 * Python: from source to facts. Parses with tree-sitter (never with the interpreter), folds constants, resolves what is called through imports, aliases, getattr and
 * __import__, follows data through functions, classes and files of the skill. Refuses to guess: what does not fold is a hole or an opaque fact. Stops string-built imports
 * and calls, home-made decoders, secrets carried over several files. Spec: Python 3.14 language reference; Python 2 parses too.
 */
import type { Language, ReadContext } from '../contract.ts';
import { type Grammar, loadGrammar } from '../grammar.ts';
import { drain } from './functions.ts';
import { inlineMetadata, reportErrors } from './header.ts';
import { flush, newMachine } from './machine.ts';
import { newScope, type Reader } from './scope.ts';
import { block } from './statements.ts';
import { readWritten } from './written.ts';

let grammar: Grammar | undefined;

function read(text: string, ctx: ReadContext): void {
  if (grammar === undefined) throw new Error('the Python grammar is not loaded');
  const parsed = grammar.parse(text, ctx.step);
  reportErrors(text, parsed, ctx, 'Python');
  inlineMetadata(text, ctx);
  const m = newMachine(ctx, text);
  const top = newScope(undefined, 'module');
  const r: Reader = {
    m,
    root: parsed.root,
    scope: top,
    top,
    classes: new Map(),
    attrs: new Map(),
    functions: [],
    byNode: new Map(),
    jobs: [],
    inlining: [],
    stars: [],
    owner: undefined,
  };
  try {
    block(r, parsed.root);
    drain(r);
  } finally {
    m.mute = 0;
    flush(m, (at, path, content) => readWritten(m, at, path, content));
  }
  if (m.deep) ctx.opaque(0, text.length, 'depth', 'Python nested too deeply', true);
}

const python: Language = { id: 'python', read };

/** Loads the grammar; the default export works after it. */
export async function load(): Promise<Language> {
  grammar = await loadGrammar('python');
  return python;
}
export default python;
