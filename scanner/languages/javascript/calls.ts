/**
 * Calls: who is called, with what, and what comes back. Order: local functions and classes, constants that fold, APIs of the table, methods everybody has (promises,
 * arrays, emitters), and last the unknown function, through which data passes.
 */
import type { CallExpression, NewExpression, Node, OptionalCallExpression } from '@babel/types';
import * as cells from '../../cells.ts';
import { known } from '../../value.ts';
import { applyRow } from './apply.ts';
import { builtin } from './builtins.ts';
import { evaluate } from './expressions.ts';
import { method } from './fold.ts';
import { callClosure, construct } from './functions.ts';
import { handleMethod } from './handles.ts';
import { memberNode } from './members.ts';
import { genericMethod } from './methods.ts';
import { canonical, rowOf } from './modules.ts';
import { type At, cellAt, cellsOf, edge, gather, newBox, portsOf, type Run, relativeOf, state } from './run.ts';
import { either, stringOf, type Thing, text, toValue, UNKNOWN, union } from './thing.ts';

/** One call, as the rows see it. */
export interface Call extends At {
  readonly args: readonly Thing[];
  readonly self: Thing | undefined;
  readonly key: string | undefined;
  readonly callee: Thing;
  readonly isNew: boolean;
}

function argumentsOf(r: Run, nodes: readonly Node[]): Thing[] {
  const args: Thing[] = [];
  for (const node of nodes) {
    if (node.type === 'SpreadElement') {
      const inner = evaluate(r, node.argument);
      if (inner.box?.items !== undefined && inner.box.items.length < 70_000) for (const item of inner.box.items) args.push(item);
      else {
        const string = inner.known ? stringOf(inner) : undefined;
        if (string !== undefined && string.length < 20_000) for (const letter of string) args.push(text(letter));
        else args.push({ cells: cellsOf(r, inner, { start: node.start ?? 0, end: node.end ?? 0 }), name: '...' });
      }
    } else args.push(evaluate(r, node));
  }
  return args;
}

export function callNode(r: Run, node: CallExpression | OptionalCallExpression): Thing {
  const at = { start: node.start ?? 0, end: node.end ?? 0 };
  const { callee } = node;
  if (callee.type === 'Super') {
    const args = argumentsOf(r, node.arguments);
    const cls = r.frame.self?.box === undefined ? undefined : r.classOf.get(r.frame.self.box.id);
    if (cls?.base?.cls !== undefined) construct(r, { ...cls.base.cls, instance: cls.instance }, args, at);
    return UNKNOWN;
  }
  let self: Thing | undefined;
  let key: string | undefined;
  let target: Thing;
  let inner: Node = callee;
  while (inner.type === 'ParenthesizedExpression' || inner.type === 'TSNonNullExpression' || inner.type === 'TSAsExpression')
    inner = inner.expression;
  if (inner.type === 'MemberExpression' || inner.type === 'OptionalMemberExpression') {
    const found = memberNode(r, inner);
    self = found.object;
    key = found.key;
    target = found.value;
    if (inner.object.type === 'Super') self = r.frame.self;
  } else target = evaluate(r, inner);
  const args = argumentsOf(r, node.arguments);
  return call(r, { ...at, args, self, key, callee: target, isNew: false });
}

export function newNode(r: Run, node: NewExpression): Thing {
  const target = evaluate(r, node.callee);
  const args = argumentsOf(r, node.arguments);
  return call(r, { start: node.start ?? 0, end: node.end ?? 0, args, self: undefined, key: undefined, callee: target, isNew: true });
}

/** Calls a callback somebody handed over. */
export function callBack(r: Run, thing: Thing | undefined, args: readonly Thing[], at: At): Thing {
  if (thing === undefined) return UNKNOWN;
  if (thing.fn === undefined && thing.sink === undefined && thing.api === undefined && thing.alts === undefined) return UNKNOWN;
  r.weak++;
  const result = call(r, { ...at, args, self: undefined, key: undefined, callee: thing, isNew: false });
  r.weak--;
  return result;
}

export function call(r: Run, c: Call): Thing {
  r.ctx.step();
  const { callee } = c;
  if (callee.alts !== undefined && callee.alts.length > 1) {
    let out: Thing | undefined;
    for (const alt of callee.alts) {
      if (alt.fn === undefined && alt.api === undefined && alt.cls === undefined) continue;
      const one = call(r, { ...c, callee: { ...alt, alts: [] } });
      out = out === undefined ? one : either(out, one, union(out.cells, one.cells));
    }
    if (out !== undefined) return out;
  }
  if (callee.bound !== undefined) return call(r, { ...c, callee: { ...callee, bound: undefined as never }, args: [...callee.bound, ...c.args] });
  if (callee.sink !== undefined) {
    const value = c.args[0] ?? UNKNOWN;
    edge(r, cellsOf(r, value, c), callee.sink.cell, c, 'assign');
    callee.sink.things.push(value);
    return UNKNOWN;
  }
  if (callee.fn !== undefined) {
    if (c.isNew) {
      const box = newBox(r);
      const self: Thing = { cells: [], box };
      callClosure(r, callee.fn, c.args, self, c);
      return self;
    }
    return callClosure(r, callee.fn, c.args, c.self, c);
  }
  if (callee.cls !== undefined) return construct(r, callee.cls, c.args, c);
  const { api } = callee;
  if (api !== undefined) {
    if (api === '#call' || api === '#apply' || api === '#bind') return redirect(r, c);
    if (api.startsWith('#reflect:')) return reflect(r, c, api.slice(9));
    if (api.startsWith('rel:')) return relative(r, c, api);
  }
  const folded = api === undefined ? undefined : builtin(r, c, api);
  if (folded !== undefined) return folded;
  if (c.self !== undefined && c.key !== undefined && !c.isNew) {
    const constant = method(r, c.self, c.key, c.args, c);
    if (constant !== undefined) return constant;
    const handled = handleMethod(r, c);
    if (handled !== undefined) return handled;
  }
  if (api !== undefined) {
    const row = rowOf(api);
    if (row !== undefined) return applyRow(r, c, row, api);
  }
  const common = genericMethod(r, c);
  if (common !== undefined) return common;
  return unknownCall(r, c);
}

/** `f.call(this, …)`, `f.apply(this, […])`, `f.bind(this, …)`. */
function redirect(r: Run, c: Call): Thing {
  const target = c.callee.with ?? UNKNOWN;
  if (c.callee.api === '#bind') return { ...target, bound: [...(target.bound ?? []), ...c.args.slice(1)] };
  const rest =
    c.callee.api === '#call' ? c.args.slice(1) : (c.args[1]?.box?.items ?? (c.args[1] === undefined ? [] : [{ cells: cellsOf(r, c.args[1], c) }]));
  if (target.api?.startsWith('#method:') && c.args[0] !== undefined)
    return call(r, { ...c, callee: UNKNOWN, self: c.args[0], key: target.api.slice(8), args: rest });
  return call(r, { ...c, callee: target, self: c.args[0], key: undefined, args: rest });
}

/** A call whose target cannot be folded. */
function reflect(r: Run, c: Call, on: string): Thing {
  const out = cellAt(r, c, 'out');
  const from = union(...c.args.map((arg) => cellsOf(r, arg, c)));
  state(r, c, {
    kind: 'exec',
    how: 'reflect',
    program: known(on),
    argv: c.args.slice(0, 8).map(toValue),
    ins: [...portsOf(from, 'data'), ...portsOf(c.callee.cells, 'key')],
    outs: [{ cell: out, role: 'value' }],
  });
  runCallbacks(r, c, from);
  return { cells: [out] };
}

/** A function of another file of the skill. */
function relative(r: Run, c: Call, api: string): Thing {
  const [module, name] = relativeOf(api);
  const fn = c.isNew ? `${name}.constructor` : name;
  c.args.forEach((arg, index) => {
    if (index < 12) edge(r, cellsOf(r, arg, c), cells.param(module, fn, index), c, 'call');
    if (arg.fn !== undefined) callBack(r, arg, [{ cells: [cells.result(module, fn)] }, { cells: [cells.result(module, fn)] }], c);
  });
  if (c.isNew) return { cells: [], api: `rel:${module}#${name}()` };
  return {
    cells: union(
      [cells.result(module, fn)],
      c.callee.cells.filter((cell) => !cell.startsWith('export:')),
    ),
  };
}

export function runCallbacks(r: Run, c: Call, from: readonly string[]): void {
  for (const arg of c.args)
    if (arg.fn !== undefined)
      callBack(
        r,
        arg,
        arg.fn.info.like.params.map(() => ({ cells: from })),
        c,
      );
}

/** A function we know nothing of: data passes through it. */
export function unknownCall(r: Run, c: Call): Thing {
  const { api } = c.callee;
  const passed = c.args.filter((arg) => arg.fn === undefined && arg.api !== 'process.env');
  const from = gather(
    r,
    union(
      c.self === undefined || c.self.api === 'process.env'
        ? []
        : c.self.box !== undefined || c.self.api !== undefined
          ? cellsOf(r, c.self, c)
          : c.self.cells,
      c.callee.cells,
      ...passed.map((arg) => cellsOf(r, arg, c)),
    ),
    c,
    'call',
  );
  runCallbacks(r, c, from);
  if (c.isNew && api === undefined) return { cells: from, box: newBox(r) };
  const env = c.args.some((arg) => arg.api === 'process.env') ? 'process.env' : undefined;
  if (env !== undefined) return { cells: from, api: env };
  const name = api === undefined || api.startsWith('#') || api.startsWith('Object') ? undefined : canonical(`${api}()`);
  const gate = c.args.find((arg) => arg.gate !== undefined)?.gate;
  return {
    cells: from,
    ...(name ? { api: name } : {}),
    ...(c.isNew ? { box: newBox(r) } : {}),
    ...(gate ? { gate } : {}),
    ...(c.callee.with ? { with: c.callee.with } : {}),
  };
}
