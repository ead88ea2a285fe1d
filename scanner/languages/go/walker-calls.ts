/** Calls as the compact walker sees them: resolves the name, asks the dialect's tables, joins arguments with parameters of functions of the skill, passes data through the rest. */
import * as cells from '../../cells.ts';
import { decode } from '../../decode/codecs.ts';
import { known, textOf } from '../../value.ts';
import { child, parts, type Syntax } from '../grammar.ts';
import { type Abs, bytesAbs, type Call, holeAbs, NOTHING, rowOf, textLike } from '../python/abstract.ts';
import type { Api } from '../python/api.ts';
import { applyApi, resultOf } from '../python/effects.ts';
import { runShell } from '../python/effects-process.ts';
import { addContent, edge, fileCell, freshId, join, port, portOf, state } from '../python/machine.ts';
import { evaluate, hole, text, type Walker } from './walker.ts';
import { fill } from './walker-bind.ts';
import { closure, each, enqueue } from './walker-functions.ts';

/** Text in backticks. */
export const runShellText = (w: Walker, node: Syntax, command: Abs): Abs =>
  runShell(w.m, node, '`…`', { args: [command], kw: new Map() }, command, undefined);

interface Target {
  readonly ref: string | undefined;
  readonly recv: Abs | undefined;
  readonly owner: Syntax | undefined;
  readonly name: string;
}

/** What is called, in the spelling of the dialect. */
function targetOf(w: Walker, node: Syntax): Target {
  const { dialect } = w;
  if (node.type === 'object_creation_expression') {
    const name = text(w, parts(node)[0]);
    return { ref: dialect.canonical(name), recv: undefined, owner: undefined, name };
  }
  if (/^(?:include|require)/.test(node.type)) return { ref: 'include', recv: undefined, owner: undefined, name: 'include' };
  if (node.type === 'print_intrinsic' || node.type === 'echo_statement') return { ref: 'print', recv: undefined, owner: undefined, name: 'print' };
  const owner = child(node, 'receiver') ?? child(node, 'object') ?? child(node, 'scope');
  const callee = child(node, 'function') ?? child(node, 'method') ?? child(node, 'name') ?? (node.type === 'identifier' ? node : undefined);
  if (owner !== undefined) {
    const recv = evaluate(w, owner);
    const name = text(w, callee);
    const dynamic =
      callee !== undefined && /^(?:variable_name|parenthesized_expression|dynamic_variable_name)$/.test(callee.type)
        ? textLike(evaluate(w, callee))
        : name;
    return { ref: recv.ref === undefined ? undefined : dialect.canonical(`${recv.ref}.${dynamic ?? '?'}`), recv, owner, name: dynamic ?? '?' };
  }
  if (callee?.type === 'selector_expression') {
    const operand = child(callee, 'operand');
    const recv = evaluate(w, operand);
    const name = text(w, child(callee, 'field'));
    return { ref: recv.ref === undefined ? undefined : dialect.canonical(`${recv.ref}.${name}`), recv, owner: operand, name };
  }
  if (callee === undefined || /^(?:identifier|constant|name|qualified_name|scope_resolution)$/.test(callee.type)) {
    const name = text(w, callee);
    const held = w.vars.get(name);
    return { ref: held?.ref ?? dialect.canonical(w.imports.get(name) ?? name), recv: undefined, owner: undefined, name };
  }
  // `$f('x')`, `("sys"."tem")('x')`: the name is a value.
  const value = evaluate(w, callee);
  const folded = textLike(value);
  return { ref: folded === undefined ? value.ref : dialect.canonical(folded), recv: value, owner: undefined, name: folded ?? '?' };
}

function argumentsOf(w: Walker, node: Syntax): { args: Abs[]; kw: Map<string, Abs>; blocks: Syntax[] } {
  const args: Abs[] = [];
  const kw = new Map<string, Abs>();
  const blocks: Syntax[] = [];
  const list = child(node, 'arguments') ?? node.children.find((part) => part.type === 'arguments' || part.type === 'argument_list');
  const all = list === undefined ? (/^(?:include|require|print|echo)/.test(node.type) ? parts(node) : []) : parts(list);
  for (const part of all) {
    const inner = part.type === 'argument' ? parts(part) : [part];
    const name = child(part, 'name');
    if (part.type === 'argument' && name !== undefined && inner.length > 1) {
      kw.set(text(w, name), evaluate(w, inner.at(-1)));
      continue;
    }
    const value = inner.at(-1);
    if (value === undefined) continue;
    if (value.type === 'pair') {
      const key = child(value, 'key');
      const keyAbs = evaluate(w, key);
      kw.set((textLike(keyAbs) ?? text(w, key)).replace(/^:/, ''), evaluate(w, child(value, 'value')));
    } else if (/^(?:func_literal|anonymous_function|anonymous_function_creation_expression|arrow_function|lambda|block_argument)$/.test(value.type))
      blocks.push(value);
    else args.push(evaluate(w, value));
  }
  const block = child(node, 'block');
  if (block !== undefined) blocks.push(block);
  return { args, kw, blocks };
}

const EACH =
  /^(?:each|each_with_index|map|flat_map|each_line|each_entry|select|collect|each_pair|each_value|times|walk|array_map|array_walk|tap|then)$/;
const PUTS =
  /^(?:append|push|add|Add|Set|set|Write|write|WriteString|puts|print|send|Send|body=|set_form_data|setBody|attach|merge!|update|concat|store|setopt|sendmsg|<<)$/;

export function callOf(w: Walker, node: Syntax): Abs {
  const { m, dialect } = w;
  const target = targetOf(w, node);
  const { args, kw, blocks } = argumentsOf(w, node);
  const call: Call = { args, kw, recv: target.recv };
  const given = [...args, ...kw.values()];
  const passed = join(m, node, [...given.map((abs) => abs.cell), target.recv?.cell], 'call');

  let result: Abs | undefined;
  const own =
    target.recv === undefined || /^(?:self|\$this|this)$/.test(text(w, target.owner)) || target.owner === undefined
      ? w.own.get(target.name)
      : undefined;
  const ref = target.ref;
  result = dialect.special(w, node, ref ?? `?.${target.name}`, call);
  if (result === undefined && own !== undefined) {
    pass(w, node, m.ctx.module, own.name, call);
    enqueue(w, own, call.args);
    result = holeAbs(`${own.name}()`, freshId(m), cells.result(m.ctx.module, own.name));
  }
  if (result === undefined && ref !== undefined) result = library(w, node, ref, call, passed);
  if (result === undefined && target.recv !== undefined) {
    const method = w.own.get(target.name);
    if (method !== undefined && target.recv.ref?.includes('.') !== true) {
      pass(w, node, m.ctx.module, method.name, call);
      enqueue(w, method, call.args);
      result = { ...hole(w, node, join(m, node, [cells.result(m.ctx.module, method.name), target.recv.cell])) };
    }
    if (PUTS.test(target.name)) {
      for (const abs of given) fill(w, node, target.owner, target.recv, abs);
      if (target.recv.sink) addContent(m, target.recv.sink, given[0]);
    }
    result ??= dialect.fold(`?.${target.name}`, call, w);
    if (result !== undefined && result.cell === undefined) result = { ...result, cell: passed };
  }
  if (result === undefined && target.recv === undefined && w.others.length > 0) {
    for (const module of w.others.slice(0, 12)) pass(w, node, module, target.name, call);
    const back = join(m, node, [passed, ...w.others.slice(0, 12).map((module) => cells.result(module, target.name))], 'call');
    result = resultOf(m, node, ref ?? target.name, call, back);
  }
  if (result === undefined) {
    for (const abs of given) if (abs.sink) for (const from of given) if (from !== abs) edge(m, from.cell, abs.sink, node, 'call');
    const place = m.ctx.local(`object@${node.start}:${node.end}`);
    edge(m, passed, place, node, 'call');
    result = ref === undefined ? hole(w, node, passed) : resultOf(m, node, ref, call, place, target.recv?.sink ? { sink: target.recv.sink } : {});
  }
  for (const block of blocks) {
    const source = EACH.test(target.name) ? (target.recv ?? args[0] ?? NOTHING) : result;
    if (EACH.test(target.name)) each(w, node, source, (item) => closure(w, block, [item]), undefined);
    else closure(w, block, [{ ...source, ...(args.length > 0 && source.cell === undefined ? { cell: passed } : {}) }]);
  }
  return result;
}

/** Arguments meet parameters. */
function pass(w: Walker, node: Syntax, module: string, name: string, call: Call): void {
  call.args.forEach((arg, index) => {
    edge(w.m, arg.cell, cells.param(module, name, index), node, 'call');
  });
  for (const [key, arg] of call.kw) edge(w.m, arg.cell, cells.param(module, name, key), node, 'call');
}

function library(w: Walker, node: Syntax, ref: string, call: Call, passed: string | undefined): Abs | undefined {
  const { m, dialect } = w;
  const coder = rowOf(dialect.coders, ref);
  if (coder !== undefined) {
    const data = call.args[0] ?? call.recv ?? NOTHING;
    const out = m.ctx.local(`${coder.codec}@${node.start}:${node.end}`);
    state(m, node, { kind: 'transform', op: coder.op, codec: coder.codec, ins: [portOf('data', data)], outs: [port('value', out)] });
    edge(m, data.cell, out, node);
    const input = textOf(data.value);
    if (coder.blind !== true && input !== undefined && (coder.op === 'decode' || coder.op === 'decompress')) {
      const bytes = decode(coder.codec, data.bytes && !/^(?:base|hex|rot|url)/.test(coder.codec) ? data.bytes : input, m.limits);
      if (bytes !== undefined) return { ...bytesAbs(bytes, [...(data.via ?? []), coder.codec].slice(-8)), cell: out };
    }
    return holeAbs(`${coder.codec}()`, freshId(m), out);
  }
  const folded = dialect.fold(ref, call, w);
  if (folded !== undefined) return { ...folded, cell: folded.cell ?? passed, span: undefined };
  const rows = rowOf(dialect.rows, ref);
  if (rows === undefined) return undefined;
  let result: Abs = NOTHING;
  for (const row of Array.isArray(rows) ? (rows as readonly Api[]) : [rows as Api]) result = applyApi(m, node, ref, row, call);
  return result;
}

/** A file of code is run by name. */
export function runFile(w: Walker, node: Syntax, path: Abs, how: 'source' | 'import'): Abs {
  const { m } = w;
  state(m, node, {
    kind: 'exec',
    how,
    program: known(how === 'source' ? 'include' : 'require'),
    argv: [],
    code: 'file',
    path: path.value,
    ins: [{ cell: fileCell(m, path), role: 'code' }, portOf('code', path)],
  });
  return holeAbs('include()', freshId(m), path.cell);
}

/** A member picked by a name that is not known. */
export function reflect(w: Walker, node: Syntax, name: Abs): Abs {
  const { m } = w;
  state(m, node, { kind: 'exec', how: 'reflect', program: name.value, argv: [], code: 'argument', ins: [portOf('code', name)] });
  if (m.mute === 0) m.ctx.opaque(node.start, node.end, 'dynamic', 'call of something whose name is not known', false);
  return hole(w, node, name.cell, { ref: '?reflect' });
}
