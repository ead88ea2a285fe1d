/**
 * The JavaScript and TypeScript reader: Babel's tree, and an abstract walk of it with constants folded and data followed. It promises facts for what the code does
 * however it is spelled: aliases, computed members, joined strings, decoders over constants, string tables, `Function`. It refuses to run anything. What it cannot parse
 * or finish is an opaque fact. Stops T1059.007 behind T1027 and T1140. Comments and strings that nothing runs are not facts.
 */
import type { Language, ReadContext } from '../contract.ts';
import { runRest } from './functions.ts';
import { parseText } from './parse.ts';
import { prepass } from './prepass.ts';
import { type Frame, flush, type Run } from './run.ts';
import { newScope } from './scope.ts';
import { PARTLY } from './sources.ts';
import { executeBody } from './statements.ts';

const LARGE = 150_000;
const UNROLL = 150_000;

/** Broken code in a documentation fence is an illustration; anywhere else it is a hole in the scan. */
const loose = (ctx: ReadContext): boolean => ctx.unit.role === 'fence' || ctx.unit.role === 'inline' || ctx.unit.note === PARTLY;

function read(text: string, ctx: ReadContext): void {
  const parsed = parseText(text, ctx.unit.role === 'file' ? ctx.file.path : '');
  if (parsed.deep) {
    ctx.opaque(0, Math.min(text.length, 200), 'limit', 'code nested too deeply to parse');
    return;
  }
  if (parsed.failed) ctx.opaque(parsed.failed.start, parsed.failed.end, 'parse-error', parsed.failed.says, !loose(ctx));
  if (parsed.tree === undefined) return;
  const { program } = parsed.tree;
  const seen = prepass(program, ctx);
  const global = newScope(undefined, true);
  const frame: Frame = { closure: undefined, self: undefined, suffix: '', returns: [], depth: 0, args: [] };
  const run: Run = {
    ctx,
    text,
    drafts: [],
    draftKeys: new Map(),
    edgeKeys: new Set(),
    infos: new Map(),
    classes: new Map(),
    classOf: new Map(),
    closures: [],
    shared: seen.shared,
    exportedNames: seen.exported,
    exports: new Map(),
    names: new Map(),
    handles: new Map(),
    global,
    frame,
    scope: newScope(global, true),
    weak: 0,
    unrolling: 0,
    unrollBudget: UNROLL,
    unsure: 0,
    progress: 0,
    direct: undefined,
    depth: 0,
    tooDeep: false,
    ids: 1,
    guards: [],
    embedded: new Set(),
    large: text.length > LARGE,
  };
  try {
    executeBody(run, program);
    runRest(run);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    ctx.opaque(0, Math.min(text.length, 200), 'limit', 'code nested too deeply');
  } finally {
    flush(run);
  }
}

const javascript: Language = { id: 'javascript', read };
export default javascript;
