/** Statements: assignments, branches, loops, with, try, definitions. Paths that meet are merged; loops over known elements are walked element by element, others once. */
import * as cells from '../../cells.ts';
import { known } from '../../value.ts';
import { child, childrenOf, parts, type Syntax } from '../grammar.ts';
import { type Abs, holeAbs, isTrue, refOf, textLike } from './abstract.ts';
import { runCode } from './effects-process.ts';
import { combine, evaluate, exported } from './evaluate.ts';
import { decorate, defineClass, defineFunction } from './functions.ts';
import { forLoop, whileLoop } from './loops.ts';
import { addContent, edge, freshId, join, snippet, state } from './machine.ts';
import { importFrom, importStatement } from './modules.ts';
import { assign, mergeVars, type Reader, setAttr } from './scope.ts';

/** How a statement ends, as far as a folding walk cares. */
export type End = 'return' | 'break' | 'continue' | undefined;

/** Binds a target to a value. */
export function bind(r: Reader, target: Syntax | undefined, value: Abs): void {
  if (target === undefined) return;
  const { m } = r;
  switch (target.type) {
    case 'identifier':
      assign(r, target, m.source.slice(target.start, target.end), value);
      return;
    case 'pattern_list':
    case 'tuple_pattern':
    case 'list_pattern':
    case 'tuple':
    case 'list':
    case 'expression_list': {
      const items = value.list && !value.list.open ? value.list.items : undefined;
      const targets = parts(target);
      targets.forEach((each, index) => {
        const isSplat = each.type === 'list_splat_pattern' || each.type === 'list_splat';
        bind(
          r,
          isSplat ? parts(each)[0] : each,
          (isSplat ? undefined : items?.[index]) ??
            holeAbs(undefined, freshId(m), value.cell ?? value.sink, { ...(value.gate ? { gate: value.gate } : {}) }),
        );
      });
      return;
    }
    case 'as_pattern_target':
    case 'parenthesized_expression':
    case 'pattern':
      bind(r, parts(target)[0], value);
      return;
    case 'attribute':
    case 'subscript':
      assignTo(r, target, value);
      return;
    default:
  }
}

/** Assignment to something that is not a plain name. */
export function assignTo(r: Reader, target: Syntax, value: Abs): void {
  const { m } = r;
  if (target.type === 'identifier') {
    assign(r, target, m.source.slice(target.start, target.end), value);
    return;
  }
  if (target.type === 'attribute') {
    const object = evaluate(r, child(target, 'object'));
    const nameNode = child(target, 'attribute');
    const name = nameNode === undefined ? '' : m.source.slice(nameNode.start, nameNode.end);
    const ref = refOf(object);
    const data = exported(r, target, value);
    if (ref?.startsWith('self:')) setAttr(r, target, ref.slice(5), name, data);
    else if (ref === 'ssl' && /^_create_default_https_context$/.test(name))
      state(m, target, {
        kind: 'config',
        system: 'python',
        key: 'ssl._create_default_https_context',
        value: known(value.ref ?? 'unverified'),
        effect: 'disable-tls',
        via: 'command',
      });
    else if (/^(?:verify|check_hostname|verify_mode)$/.test(name) && (isTrue(value) === false || value.ref === 'ssl.CERT_NONE') && ref !== undefined)
      state(m, target, { kind: 'config', system: 'python', key: `${ref}.${name}`, value: known('False'), effect: 'disable-tls', via: 'command' });
    else if (ref?.startsWith('own:') && !ref.includes('#')) edge(m, data.cell, cells.exported(ref.slice(4), name), target);
    else edge(m, data.cell, object.sink ?? object.cell, target);
    return;
  }
  const object = evaluate(r, child(target, 'value'));
  const index = evaluate(r, childrenOf(target, 'subscript')[0]);
  const name = textLike(index);
  if (object.ref === 'os.environ') {
    if (name !== undefined) edge(m, value.cell, cells.env(name), target);
    if (name !== undefined && /^(?:PYTHONHTTPSVERIFY|NODE_TLS_REJECT_UNAUTHORIZED|GIT_SSL_NO_VERIFY)$/.test(name))
      state(m, target, { kind: 'config', system: 'python', key: name, value: value.value, effect: 'disable-tls', via: 'command' });
    return;
  }
  const data = exported(r, target, value);
  if (object.dict !== undefined) {
    if (name === undefined || object.dict.block !== m.block) object.dict.open = true;
    if (name !== undefined)
      object.dict.items.set(
        name,
        object.dict.block === m.block ? data : { ...data, cell: join(m, target, [data.cell, object.dict.items.get(name)?.cell]) },
      );
  }
  if (object.list !== undefined) {
    if (index.num === undefined || object.list.block !== m.block || object.list.open) object.list.open = true;
    else if (index.num >= 0 && index.num < object.list.items.length) object.list.items[index.num] = data;
  }
  const into = object.sink ?? object.cell;
  if (object.sink !== undefined) addContent(m, object.sink, undefined);
  if (into !== undefined) edge(m, data.cell, into, target, 'concat');
  else if (data.cell !== undefined) {
    const owner = child(target, 'value');
    if (owner !== undefined && (owner.type === 'identifier' || owner.type === 'attribute')) assignTo(r, owner, { ...object, cell: data.cell });
  }
}

/** Statements one after the other. */
export function block(r: Reader, node: Syntax | undefined): End {
  if (node === undefined) return undefined;
  if (node.type !== 'block' && node.type !== 'module') return statement(r, node);
  for (const each of node.children) {
    if (!each.named || each.type === 'comment') continue;
    const now = statement(r, each);
    if (now !== undefined && r.m.mute > 0) return now;
  }
  return undefined;
}

export function statement(r: Reader, node: Syntax): End {
  const { m } = r;
  m.ctx.step();
  if (m.mute > 0 && --m.budget < 0) return undefined;
  if (m.depth >= 130) {
    m.deep = true;
    return undefined;
  }
  m.depth++;
  try {
    return dispatch(r, node);
  } finally {
    m.depth--;
  }
}

function dispatch(r: Reader, node: Syntax): End {
  const { m } = r;
  switch (node.type) {
    case 'expression_statement':
      for (const each of parts(node)) expressionStatement(r, each);
      return undefined;
    case 'import_statement':
      importStatement(r, node);
      return undefined;
    case 'import_from_statement':
      importFrom(r, node);
      return undefined;
    case 'if_statement':
      return branches(r, node);
    case 'for_statement':
      return forLoop(r, node);
    case 'while_statement':
      return whileLoop(r, node);
    case 'try_statement':
      return attempt(r, node);
    case 'with_statement':
      for (const item of parts(node.children.find((each) => each.type === 'with_clause') ?? node))
        if (item.type === 'with_item') withItem(r, child(item, 'value'));
      return block(r, child(node, 'body'));
    case 'function_definition':
      {
        const value = defineFunction(r, node);
        const name = child(node, 'name');
        if (name !== undefined) assign(r, node, m.source.slice(name.start, name.end), value);
      }
      return undefined;
    case 'class_definition': {
      const value = defineClass(r, node);
      const name = child(node, 'name');
      if (name !== undefined) assign(r, node, m.source.slice(name.start, name.end), value);
      return undefined;
    }
    case 'decorated_definition':
      for (const each of node.children) if (each.type === 'decorator') decorate(r, each);
      for (const each of node.children) if (each.field === 'definition') statement(r, each);
      return undefined;
    case 'return_statement': {
      const value = parts(node)[0];
      r.scope.returns.push(value === undefined ? { value: known('None'), ref: 'None' } : evaluate(r, value));
      return 'return';
    }
    case 'break_statement':
      return 'break';
    case 'continue_statement':
      return 'continue';
    case 'global_statement':
      for (const each of parts(node)) r.scope.globals.add(m.source.slice(each.start, each.end));
      return undefined;
    case 'match_statement':
      return alternatives(r, node, () => {
        for (const each of childrenOf(node, 'subject')) evaluate(r, each);
        return (child(node, 'body')?.children ?? [])
          .filter((each) => each.type === 'case_clause')
          .map((each) => () => block(r, child(each, 'consequence')));
      });
    case 'print_statement':
      for (const each of parts(node)) edge(m, exported(r, each, evaluate(r, each)).cell, m.ctx.stdout, node, 'pipe');
      return undefined;
    case 'exec_statement': {
      const code = evaluate(r, child(node, 'code') ?? parts(node)[0]);
      runCode(m, node, 'builtins.exec', { args: [code], kw: new Map() }, { do: 'code', how: 'eval', code: [0], language: 'python' });
      return undefined;
    }
    case 'block':
      return block(r, node);
    case 'ERROR':
      for (const each of parts(node)) {
        if (/(?:statement|definition)$/.test(each.type) || each.type === 'block') statement(r, each);
        else evaluate(r, each);
      }
      return undefined;
    case 'comment':
    case 'pass_statement':
    case 'nonlocal_statement':
    case 'future_import_statement':
      return undefined;
    default:
      // delete, raise, assert, type alias: only what they evaluate.
      for (const each of parts(node)) evaluate(r, each);
      return undefined;
  }
}

function expressionStatement(r: Reader, node: Syntax): void {
  if (node.type === 'assignment') {
    const right = child(node, 'right');
    if (right === undefined) return;
    // `a = b = value`
    if (right.type === 'assignment') expressionStatement(r, right);
    const value = evaluate(r, right.type === 'assignment' ? child(right, 'left') : right);
    bind(r, child(node, 'left'), value);
    return;
  }
  if (node.type === 'augmented_assignment') {
    const left = child(node, 'left');
    const old = evaluate(r, left);
    const value = exported(r, node, evaluate(r, child(node, 'right')));
    const sign = (child(node, 'operator')?.type ?? '+=').slice(0, -1);
    if (old.list !== undefined && sign === '+') {
      if (old.list.block !== r.m.block || value.list === undefined || value.list.open) old.list.open = true;
      else if (old.list.items.length + value.list.items.length > 20_000) old.list.open = true;
      else if (!old.list.open) for (const item of [...value.list.items]) old.list.items.push(item);
      edge(r.m, value.cell, old.cell, node, 'concat');
      return;
    }
    if (old.ref === 'os.environ') return;
    bind(r, left, combine(r, node, sign, old, value));
    return;
  }
  // A string that stands alone is documentation.
  if (node.type === 'string' && !node.children.some((each) => each.type === 'interpolation')) return;
  evaluate(r, node);
}

function withItem(r: Reader, node: Syntax | undefined): void {
  if (node === undefined) return;
  if (node.type !== 'as_pattern') {
    evaluate(r, node);
    return;
  }
  const value = evaluate(r, parts(node)[0]);
  bind(r, child(node, 'alias'), value);
}

/** Paths of which one is taken: each starts from the same names, all meet after. */
function alternatives(r: Reader, node: Syntax, start: () => (() => End)[], always = false): End {
  const { m } = r;
  const paths = start();
  const scope = r.scope;
  const before = scope.vars;
  const outer = m.block;
  let after: Map<string, Abs> | undefined;
  let ends: End[] = [];
  for (const path of paths) {
    scope.vars = new Map(before);
    m.block = ++m.blocks;
    const end = path();
    ends.push(end);
    // A path that leaves brings no names along.
    if (end !== 'return' || m.mute > 0) after = after === undefined ? scope.vars : mergeVars(r, node, after, scope.vars);
  }
  m.block = outer;
  if (!always) {
    after = after === undefined ? before : mergeVars(r, node, after, before);
    ends = [...ends, undefined];
  }
  scope.vars = after ?? before;
  return ends.every((end) => end === 'return') ? 'return' : undefined;
}

export const GATE_SAYS = 80;

function branches(r: Reader, node: Syntax): End {
  const { m } = r;
  const condition = child(node, 'condition');
  const test = evaluate(r, condition);
  // A folding walk follows the branch that is taken.
  if (m.mute > 0 && (test.ref === 'True' || test.ref === 'False')) {
    if (test.ref === 'True') return block(r, child(node, 'consequence'));
    for (const each of childrenOf(node, 'alternative')) {
      if (each.type === 'else_clause') return block(r, child(each, 'body'));
      if (evaluate(r, child(each, 'condition')).ref === 'True') return block(r, child(each, 'consequence'));
    }
    return undefined;
  }
  const guard = m.guard;
  const inside = (gate: Abs, at: Syntax | undefined, body: Syntax | undefined) => (): End => {
    if (gate.gate !== undefined && at !== undefined) {
      m.guard = snippet(m, at, GATE_SAYS);
      state(m, at, { kind: 'control', what: gate.gate, detail: snippet(m, at, GATE_SAYS) });
    }
    const end = block(r, body);
    m.guard = guard;
    return end;
  };
  const paths = [inside(test, condition, child(node, 'consequence'))];
  let complete = false;
  for (const each of childrenOf(node, 'alternative')) {
    if (each.type === 'else_clause') {
      complete = true;
      // What is not done under a gate is gated too.
      paths.push(inside(test, condition, child(each, 'body')));
    } else {
      const next = child(each, 'condition');
      paths.push(() => {
        const inner = evaluate(r, next);
        return inside(inner, next, child(each, 'consequence'))();
      });
    }
  }
  const end = alternatives(r, node, () => paths, complete);
  // `if host != x: exit()` gates what follows.
  if (test.gate !== undefined && condition !== undefined && leaves(child(node, 'consequence'), m.source))
    m.guard ??= snippet(m, condition, GATE_SAYS);
  return end;
}

const leaves = (body: Syntax | undefined, source: string): boolean => {
  const last = body === undefined ? undefined : parts(body).at(-1);
  return (
    last !== undefined &&
    (last.type === 'return_statement' || /^(?:sys\.exit|exit|quit|os\._exit|raise)\b/.test(source.slice(last.start, last.start + 20)))
  );
};

function attempt(r: Reader, node: Syntax): End {
  const handlers = node.children.filter((each) => each.type === 'except_clause' || each.type === 'except_group_clause');
  const end = block(r, child(node, 'body'));
  if (end !== undefined && r.m.mute > 0) return end;
  if (handlers.length > 0) {
    alternatives(r, node, () =>
      handlers.map((handler) => () => {
        let last: End;
        for (const each of parts(handler)) {
          if (each.type === 'block') last = block(r, each);
          else withItem(r, each);
        }
        return last;
      }),
    );
  }
  for (const each of node.children) {
    if (each.type === 'else_clause') block(r, child(each, 'body'));
    else if (each.type === 'finally_clause') for (const inner of parts(each)) block(r, inner);
  }
  return undefined;
}
