/**
 * One compact walker for languages that are rare in skills: Ruby, PHP, Go. A dialect says how names are spelled and what library calls mean; the walker folds strings, follows
 * variables, parameters and results, and states facts through the same effects as the Python reader. It is flow-insensitive inside a function: an assignment in a branch
 * adds to what a name may hold. Recursion is bounded; what lies deeper is reported.
 */
import * as cells from '../../cells.ts';
import { known, textOf } from '../../value.ts';
import { child, childrenOf, parts, type Syntax } from '../grammar.ts';
import { type Abs, boolAbs, type Call, holeAbs, joinText, type List, NOTHING, numAbs, pieces, refOf, strOf, textAbs, textLike, viaOf } from '../python/abstract.ts';
import type { Rows } from '../python/api.ts';
import type { Coder } from '../python/tables/decoders.ts';
import { readEnv, wholeEnv } from '../python/effects.ts';
import { edge, freshId, join, type Machine, type Place, snippet } from '../python/machine.ts';
import { binary, joinPath } from '../python/operators.ts';
import { callOf, runShellText } from './walker-calls.ts';

export interface Dialect {
  readonly id: string;
  readonly rows: Rows;
  readonly coders: Readonly<Record<string, Coder>>;
  /** Folds a call; undefined when nothing can be said. */
  readonly fold: (ref: string, call: Call, w: Walker) => Abs | undefined;
  /** One spelling for a called name. */
  readonly canonical: (ref: string) => string;
  /** What an unassigned name is. */
  readonly name: (w: Walker, name: string, node: Syntax) => Abs | undefined;
  /** Calls with a meaning of their own; undefined for all others. */
  readonly special: (w: Walker, node: Syntax, ref: string, call: Call) => Abs | undefined;
  /** Resolves escapes of a double-quoted literal. */
  readonly unescape: (text: string) => string;
  /** Operator that joins strings. */
  readonly plus: string;
  /** Language that `eval` runs. */
  readonly evals: string;
}

export interface Own {
  readonly node: Syntax;
  readonly name: string;
  readonly params: readonly string[];
  readonly body: Syntax | undefined;
  /** Argument tuples it was walked with. */
  readonly variants: Set<string>;
}
export interface Walker {
  readonly m: Machine;
  readonly dialect: Dialect;
  readonly globals: Map<string, Abs>;
  vars: Map<string, Abs>;
  readonly own: Map<string, Own>;
  readonly all: Own[];
  readonly queue: { readonly own: Own; readonly args: readonly Abs[] }[];
  /** Import names (Go) and modules of the skill whose functions may be called by bare name. */
  readonly imports: Map<string, string>;
  readonly others: string[];
  /** Inside a branch or loop. */
  nested: number;
  returns: Abs[];
  active: number;
}

const DEPTH = 140;
const STRINGS = new Set(['string', 'encapsed_string', 'heredoc', 'nowdoc', 'heredoc_body', 'interpreted_string_literal', 'raw_string_literal', 'bare_string', 'delimited_symbol', 'chained_string', 'nowdoc_body', 'rune_literal', 'string_literal']);
const NUMBERS = new Set(['integer', 'float', 'int_literal', 'float_literal']);
const CALLS = new Set(['call', 'command_call', 'function_call_expression', 'member_call_expression', 'nullsafe_member_call_expression', 'scoped_call_expression', 'object_creation_expression', 'call_expression', 'include_expression', 'include_once_expression', 'require_expression', 'require_once_expression', 'print_intrinsic', 'echo_statement', 'yield', 'super']);
const FUNCTIONS = new Set(['method', 'singleton_method', 'function_definition', 'method_declaration', 'function_declaration']);
const CLOSURES = new Set(['func_literal', 'lambda', 'anonymous_function', 'anonymous_function_creation_expression', 'arrow_function', 'block', 'do_block']);
const BRANCHES = new Set(['if', 'unless', 'if_statement', 'else_clause', 'else', 'elsif', 'else_if_clause', 'while', 'until', 'for', 'while_statement', 'do_statement', 'for_statement', 'foreach_statement', 'case', 'when', 'switch_statement', 'expression_switch_statement', 'select_statement', 'begin', 'rescue', 'try_statement', 'catch_clause', 'if_modifier', 'unless_modifier', 'while_modifier', 'until_modifier', 'type_switch_statement']);

export const text = (w: Walker, node: Syntax | undefined): string => (node === undefined ? '' : w.m.source.slice(node.start, node.end));
export const hole = (w: Walker, at: Place, cell?: string, extra?: Partial<Abs>): Abs => holeAbs(snippet(w.m, at, 40), freshId(w.m), cell, extra);

export function evaluate(w: Walker, node: Syntax | undefined): Abs {
  if (node === undefined) return NOTHING;
  const { m } = w;
  m.ctx.step();
  if (m.depth >= DEPTH) {
    m.deep = true;
    return NOTHING;
  }
  m.depth++;
  try {
    return expression(w, node);
  } finally {
    m.depth--;
  }
}

function expression(w: Walker, node: Syntax): Abs {
  const { m } = w;
  const { type } = node;
  if (STRINGS.has(type)) return string(w, node);
  if (NUMBERS.has(type)) {
    const value = Number(text(w, node).slice(0, 40).replaceAll('_', ''));
    return Number.isFinite(value) ? numAbs(value) : hole(w, node);
  }
  if (type === 'call' && node.children.length === 1) return evaluate(w, node.children[0]);
  if (CALLS.has(type)) return callOf(w, node);
  if (FUNCTIONS.has(type)) return define(w, node);
  if (CLOSURES.has(type) && (type !== 'block' || w.dialect.id === 'ruby')) return closure(w, node, []);
  if (BRANCHES.has(type)) return branch(w, node);
  switch (type) {
    case 'identifier':
    case 'constant':
    case 'variable_name':
    case 'global_variable':
    case 'instance_variable':
    case 'class_variable':
    case 'name':
    case 'scope_resolution':
    case 'qualified_name':
    case 'package_identifier':
    case 'type_identifier':
    case 'field_identifier':
      return lookup(w, node);
    case 'simple_symbol':
      return textAbs(text(w, node).slice(1));
    case 'hash_key_symbol':
      return textAbs(text(w, node));
    case 'true':
    case 'false':
      return boolAbs(type === 'true');
    case 'boolean':
      return boolAbs(/^true$/i.test(text(w, node)));
    case 'nil':
    case 'null':
      return { value: known('None'), ref: 'None' };
    case 'subshell':
    case 'shell_command_expression':
      return runShellText(w, node, string(w, node));
    case 'binary':
    case 'binary_expression':
      return operator(w, node);
    case 'assignment':
    case 'assignment_expression':
    case 'short_var_declaration':
    case 'assignment_statement':
    case 'operator_assignment':
    case 'augmented_assignment_expression':
    case 'reference_assignment_expression':
      return assignment(w, node);
    case 'var_spec':
    case 'const_spec':
    case 'const_element':
    case 'property_element': {
      const value = evaluate(w, child(node, 'value') ?? child(node, 'default_value') ?? parts(node)[1]);
      const names = childrenOf(node, 'name');
      for (const name of names.length > 0 ? names : parts(node).slice(0, 1)) assign(w, name, text(w, name), value);
      return value;
    }
    case 'array':
    case 'string_array':
    case 'symbol_array':
    case 'array_creation_expression':
    case 'literal_value':
    case 'hash':
    case 'expression_list':
    case 'right_assignment_list':
      return collection(w, node);
    case 'composite_literal': {
      const value = evaluate(w, child(node, 'body'));
      return { ...value, ref: value.list === undefined || value.list.items.length === 0 ? w.dialect.canonical(`${text(w, child(node, 'type')).slice(0, 80)}{}`) : undefined };
    }
    case 'pair':
    case 'keyed_element':
    case 'array_element_initializer': {
      const all = parts(node);
      for (const each of all.slice(0, -1)) evaluate(w, each);
      return evaluate(w, all.at(-1));
    }
    case 'element_reference':
    case 'subscript_expression':
    case 'index_expression':
      return subscript(w, node);
    case 'slice_expression':
      return hole(w, node, evaluate(w, child(node, 'operand')).cell);
    case 'selector_expression':
    case 'member_access_expression':
    case 'nullsafe_member_access_expression':
    case 'scoped_property_access_expression':
    case 'class_constant_access_expression':
      return memberOf(w, node);
    case 'return':
    case 'return_statement': {
      let value = NOTHING;
      for (const each of parts(node)) value = evaluate(w, each);
      const all = value.list?.kind === 'tuple' ? value.list.items : [value];
      w.returns.push(...all);
      return value;
    }
    case 'conditional':
    case 'conditional_expression': {
      const [, yes, no] = [evaluate(w, child(node, 'condition')), evaluate(w, child(node, 'consequence') ?? child(node, 'body')), evaluate(w, child(node, 'alternative'))];
      return textOf(yes.value) === undefined ? { ...no, cell: join(m, node, [yes.cell, no.cell]) } : { ...yes, cell: join(m, node, [yes.cell, no.cell]) };
    }
    case 'use_declaration':
    case 'comment':
    case 'php_tag':
    case 'text':
      return NOTHING;
    default: {
      let last = NOTHING;
      for (const each of parts(node)) last = evaluate(w, each);
      return last;
    }
  }
}

function lookup(w: Walker, node: Syntax): Abs {
  const name = text(w, node);
  const found = w.vars.get(name) ?? w.globals.get(name);
  if (found !== undefined) return found;
  const own = w.own.get(name);
  // In Ruby a bare name is a call.
  if (own !== undefined && w.dialect.id === 'ruby') return callOf(w, node);
  const alias = w.imports.get(name);
  if (alias !== undefined) return { value: { kind: 'unknown' }, ref: alias };
  const special = w.dialect.name(w, name, node);
  if (special !== undefined) return special;
  if (w.dialect.id === 'ruby' && /^[a-z_]\w{0,60}[!?]?$/.test(name) && (Object.hasOwn(w.dialect.rows, name) || name === 'gets')) return callOf(w, node);
  return { value: { kind: 'template', parts: [{ name: name.slice(0, 40) }] }, ref: w.dialect.canonical(name) };
}

function string(w: Walker, node: Syntax): Abs {
  const { m } = w;
  if (node.type === 'chained_string') {
    let sum = textAbs('');
    for (const each of parts(node)) sum = { ...sum, value: joinText([...pieces(sum), ...pieces(evaluate(w, each))]) };
    return sum;
  }
  const raw = text(w, node);
  const isSingle = (raw.startsWith("'") && node.type === 'string') || node.type === 'nowdoc' || node.type === 'raw_string_literal';
  const out: Parameters<typeof joinText>[0][number][] = [];
  const all: Abs[] = [];
  let only: Syntax | undefined;
  let count = 0;
  for (const each of node.children) {
    if (!each.named) continue;
    count++;
    if (/_(?:content|literal_content)$|^string_content$|^escape_sequence$|^nowdoc_string$|^heredoc_content$/.test(each.type)) {
      only = each;
      const piece = text(w, each);
      out.push(isSingle ? piece.replace(/\\(['\\])/g, node.type === 'raw_string_literal' ? '$&' : '$1') : w.dialect.unescape(piece));
    } else if (/^heredoc_(?:start|end|beginning)$/.test(each.type)) count--;
    else if (each.type === 'heredoc_body' || each.type === 'nowdoc_body') {
      const inner = string(w, each);
      out.push(...pieces(inner));
      all.push(inner);
    } else {
      const inner = evaluate(w, each);
      all.push(inner);
      out.push(...(inner.value.kind === 'unknown' ? [{ name: text(w, each).slice(0, 30), ...(inner.cell ? { cell: inner.cell } : {}) }] : pieces(inner)));
    }
  }
  const value = joinText(out.length === 0 && count === 0 ? [''] : out);
  const isPlain = count === 1 && only !== undefined && textOf(value) === text(w, only);
  return { value, cell: join(m, node, all.map((abs) => abs.cell)), via: viaOf(...all), ...(isPlain && only ? { span: { start: only.start, end: only.end } } : {}) };
}

function operator(w: Walker, node: Syntax): Abs {
  const { m } = w;
  const chain: Syntax[] = [];
  let left: Syntax | undefined = node;
  while (left !== undefined && (left.type === 'binary' || left.type === 'binary_expression')) {
    chain.push(left);
    left = child(left, 'left');
  }
  let sum = evaluate(w, left);
  for (let i = chain.length - 1; i >= 0; i--) {
    const each = chain[i]!;
    m.ctx.step();
    const sign = child(each, 'operator')?.type ?? each.children.find((part) => !part.named)?.type ?? '+';
    const right = evaluate(w, child(each, 'right'));
    if (sign === '<<' && (sum.sink ?? sum.cell) !== undefined && sum.num === undefined) {
      edge(m, right.cell, sum.sink ?? sum.cell, each, 'concat');
      continue;
    }
    const cell = join(m, each, [sum.cell, right.cell]);
    const folded = sign === w.dialect.plus ? { value: joinText([...pieces(sum), ...pieces(right)]), via: viaOf(sum, right) } : sign === '||' || sign === '??' || sign === '?:' ? (strOf(right) ? { value: right.value } : { value: sum.value }) : binary(sign, sum, right, 0);
    const both = sum.num !== undefined && right.num !== undefined ? binary(sign, sum, right, 0) : folded;
    sum = both === undefined ? hole(w, each, cell) : { ...both, cell };
  }
  return sum;
}

function assignment(w: Walker, node: Syntax): Abs {
  const sign = child(node, 'operator')?.type ?? node.children.find((part) => !part.named)?.type ?? '=';
  const target = child(node, 'left');
  let value = evaluate(w, child(node, 'right'));
  if (value.list?.kind === 'tuple' && value.list.items.length === 1 && target !== undefined) value = value.list.items[0]!;
  if (sign !== '=' && sign !== ':=' && target !== undefined) {
    const old = evaluate(w, target);
    const cell = join(w.m, node, [old.cell, value.cell]);
    value = sign.startsWith('.') || sign.startsWith('+') || sign.startsWith('<<') ? { value: joinText([...pieces(old), ...pieces(value)]), cell, via: viaOf(old, value) } : { ...value, cell };
  }
  bind(w, target, value);
  return value;
}

export function bind(w: Walker, target: Syntax | undefined, value: Abs): void {
  if (target === undefined) return;
  const { m } = w;
  if (/^(?:left_assignment_list|expression_list|list_literal|destructured_left_assignment|array_creation_expression|block_parameters|pair)$/.test(target.type)) {
    const items = value.list && !value.list.open ? value.list.items : undefined;
    parts(target).forEach((each, index) => {
      bind(w, each, items && (value.list?.kind === 'tuple' || items.length > 1) ? (items[index] ?? NOTHING) : { ...value, list: undefined });
    });
    return;
  }
  if (/^(?:element_reference|subscript_expression|index_expression)$/.test(target.type)) {
    const object = evaluate(w, parts(target)[0]);
    const key = textLike(evaluate(w, parts(target)[1]));
    if (refOf(object) === 'ENV' && key !== undefined) edge(m, value.cell, cells.env(key), target);
    else if (object.dict !== undefined && key !== undefined) object.dict.items.set(key, value);
    fill(w, target, parts(target)[0], object, value);
    return;
  }
  if (/^(?:selector_expression|member_access_expression|call)$/.test(target.type)) {
    const owner = child(target, 'operand') ?? child(target, 'object') ?? child(target, 'receiver');
    const object = evaluate(w, owner);
    const name = text(w, child(target, 'field') ?? child(target, 'name') ?? child(target, 'method'));
    w.dialect.special(w, target, `${object.ref ?? '?'}.${name}=`, { args: [value], kw: new Map(), recv: object });
    if (/^(?:\$this|self)$/.test(text(w, owner))) assign(w, target, `@${name}`, value);
    fill(w, target, owner, object, value);
    return;
  }
  assign(w, target, text(w, target), value);
}

/** Data goes into an object. */
export function fill(w: Walker, at: Place, owner: Syntax | undefined, object: Abs, value: Abs): void {
  const { m } = w;
  if (value.cell === undefined) return;
  const into = object.sink ?? object.cell;
  if (into !== undefined) edge(m, value.cell, into, at, 'concat');
  else if (owner !== undefined && /^(?:identifier|variable_name|instance_variable)$/.test(owner.type)) assign(w, at, text(w, owner), { ...object, cell: value.cell });
}

export function assign(w: Walker, at: Place, name: string, value: Abs): void {
  if (name === '_' || name === '') return;
  const { m } = w;
  const isShared = /^(?:@|\$this|[A-Z])/.test(name) || (w.dialect.id === 'ruby' && name.startsWith('$'));
  const scope = isShared ? w.globals : w.vars;
  const old = scope.get(name);
  if (scope === w.globals) edge(m, value.cell, cells.exported(m.ctx.module, name), at);
  if (old === undefined || (w.nested === 0 && !isShared)) {
    scope.set(name, value);
    return;
  }
  const cell = join(m, at, [old.cell, value.cell]);
  const same = textOf(old.value) !== undefined && textOf(old.value) === textOf(value.value);
  scope.set(name, old.ref === 'None' || (pieces(old).length === 0 && textOf(old.value) === '') ? { ...value, cell } : same ? { ...value, cell } : { ...hole(w, at, cell), ...(value.ref ? { ref: value.ref, made: value.made } : {}), ...(value.sink ? { sink: value.sink } : {}), ...(value.via ? { via: value.via } : {}) });
}

function collection(w: Walker, node: Syntax): Abs {
  const { m } = w;
  const isTuple = node.type === 'expression_list' || node.type === 'right_assignment_list';
  const list: List = { items: [], open: false, kind: isTuple ? 'tuple' : 'list', block: 0 };
  const dict = new Map<string, Abs>();
  const all: Abs[] = [];
  for (const each of parts(node)) {
    const inner = each.type === 'literal_element' || each.type === 'array_element_initializer' ? parts(each) : [each];
    const isPair = each.type === 'pair' || each.type === 'keyed_element' || inner.length === 2;
    const pair = isPair ? (inner.length === 2 ? inner : parts(each)) : [];
    if (isPair && pair.length === 2) {
      const key = textLike(evaluate(w, pair[0])) ?? text(w, pair[0]);
      const value = evaluate(w, pair[1]);
      dict.set(key.replace(/:$/, ''), value);
      all.push(value);
    } else {
      const value = evaluate(w, inner[0]);
      if (each.type === 'splat_argument' || each.type === 'variadic_unpacking') {
        list.open = true;
        list.rest = value.cell;
      } else list.items.push(value);
      all.push(value);
    }
  }
  const cell = join(m, node, all.map((abs) => abs.cell));
  if (isTuple && list.items.length === 1) return list.items[0]!;
  const place = m.ctx.local(`[@${node.start}`);
  edge(m, cell, place, node);
  return { value: { kind: 'unknown' }, cell: place, ...(dict.size > 0 ? { dict: { items: dict, open: false, block: 0 } } : { list }) };
}

function subscript(w: Walker, node: Syntax): Abs {
  const { m } = w;
  const [first, second] = parts(node);
  const object = evaluate(w, first);
  const index = evaluate(w, second);
  const ref = refOf(object);
  if (ref === 'ENV') return readEnv(m, node, index, undefined);
  if (ref === 'ARGV') return hole(w, node, m.ctx.arg(index.num === undefined ? '*' : index.num + 1));
  if (ref === 'os.Args' || ref === '$argv') return hole(w, node, m.ctx.arg(index.num === undefined || index.num === 0 ? '*' : index.num));
  if (ref === 'INPUT') return hole(w, node, m.ctx.stdin);
  const key = textLike(index);
  const found = key === undefined ? undefined : (object.dict?.items.get(key) ?? (index.num !== undefined && object.list && !object.list.open ? object.list.items.at(index.num) : undefined));
  if (found !== undefined) return found;
  const body = strOf(object);
  if (body !== undefined && index.num !== undefined && ref === undefined) return textAbs(body.at(index.num) ?? '', { cell: object.cell });
  return hole(w, node, join(m, node, [object.cell]));
}

function memberOf(w: Walker, node: Syntax): Abs {
  const [first] = parts(node);
  const name = text(w, child(node, 'field') ?? child(node, 'name') ?? parts(node).at(-1));
  if (/^(?:\$this|self)$/.test(text(w, first))) {
    const found = w.globals.get(`@${name}`);
    if (found !== undefined) return found;
  }
  const object = evaluate(w, first);
  const ref = object.ref === undefined ? undefined : w.dialect.canonical(`${object.ref}.${name}`);
  if (ref === 'os.Args') return { value: { kind: 'unknown' }, ref, cell: w.m.ctx.arg('*') };
  const special = ref === undefined ? undefined : w.dialect.name(w, ref, node);
  return special ?? hole(w, node, object.cell, { ...(ref ? { ref } : {}), recv: object, ...(object.sink ? { sink: object.sink } : {}), ...(object.made ? { made: object.made } : {}) });
}

function branch(w: Walker, node: Syntax): Abs {
  w.nested++;
  let last = NOTHING;
  const range = node.children.find((each) => each.type === 'range_clause') ?? (node.type === 'foreach_statement' || node.type === 'for' ? node : undefined);
  if (range !== undefined && (child(range, 'right') ?? child(range, 'value') ?? node.type === 'foreach_statement')) {
    const named = parts(range).filter((each) => each.field !== 'body' && each.type !== 'do' && each.type !== 'compound_statement');
    const isPhp = node.type === 'foreach_statement';
    const source = evaluate(w, child(range, 'right') ?? child(range, 'value') ?? named[0]);
    const target = isPhp ? named[1] : (child(range, 'left') ?? child(range, 'pattern') ?? named[0]);
    each(w, node, source, (item) => {
      if (target === undefined) return;
      const isPair = target.type === 'pair' || (target.type === 'expression_list' && parts(target).length > 1);
      if (isPair) bind(w, parts(target)[1], item);
      else bind(w, target, item);
    }, child(node, 'body') ?? node.children.find((part) => part.type === 'do' || part.type === 'compound_statement'));
  } else for (const part of parts(node)) last = evaluate(w, part);
  w.nested--;
  return last;
}

/** Walks a body for every known element, or once. */
export function each(w: Walker, at: Syntax, source: Abs, take: (item: Abs) => void, body: Syntax | undefined): void {
  const items = source.list && !source.list.open && source.list.items.length <= 32 && w.m.budget > 100 ? source.list.items : undefined;
  w.m.budget -= (items?.length ?? 1) * 20;
  for (const item of items ?? [hole(w, at, source.cell)]) {
    // Each turn starts afresh: what one element bound says nothing of the next.
    const nested = w.nested;
    w.nested = 0;
    take(item);
    w.nested = nested;
    evaluate(w, body);
  }
}

/** A block or closure: its parameters are bound to what is given, its body walked in the same scope. */
export function closure(w: Walker, node: Syntax, given: readonly Abs[]): Abs {
  const params = child(node, 'parameters');
  const names = params === undefined ? [] : parts(params).map((each) => text(w, child(each, 'name') ?? each));
  const before = w.returns;
  w.returns = [];
  const nested = w.nested;
  w.nested = 0;
  names.forEach((name, index) => {
    w.vars.set(name, given[index] ?? hole(w, node, given[0]?.cell));
  });
  w.nested = nested;
  let last = NOTHING;
  const body = child(node, 'body');
  if (body !== undefined) last = evaluate(w, body);
  else for (const each of parts(node)) if (each !== params) last = evaluate(w, each);
  const result = [...w.returns, last];
  w.returns = before;
  return { ...NOTHING, cell: join(w.m, node, result.map((abs) => abs.cell)) };
}

function define(w: Walker, node: Syntax): Abs {
  const name = text(w, child(node, 'name'));
  const before = w.own.get(name);
  if (before === undefined || before.node !== node) {
    const own = ownOf(w, node);
    w.own.set(name, own);
    w.all.push(own);
  }
  return NOTHING;
}

const ownOf = (w: Walker, node: Syntax): Own => {
  const list = child(node, 'parameters');
  const params: string[] = [];
  for (const each of list === undefined ? [] : parts(list)) {
    const names = childrenOf(each, 'name');
    if (names.length > 0) params.push(...names.map((name) => text(w, name)));
    else params.push(text(w, each).replace(/^[*&]{1,2}/, ''));
  }
  return { node, name: text(w, child(node, 'name')), params, body: child(node, 'body'), variants: new Set() };
};

/** Finds functions first, so that calls before the definition meet them. */
export function hoist(w: Walker, root: Syntax): void {
  const stack: Syntax[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    w.m.ctx.step();
    if (FUNCTIONS.has(node.type)) {
      const own = ownOf(w, node);
      if (own.name !== '') {
        if (!w.own.has(own.name)) w.own.set(own.name, own);
        w.all.push(own);
      }
    }
    for (let i = node.children.length - 1; i >= 0; i--) stack.push(node.children[i]!);
  }
}

/** A call: its function is walked with these arguments, unless it was before. */
export function enqueue(w: Walker, own: Own, args: readonly Abs[]): void {
  const key = own.params.map((_, index) => textLike(args[index])?.slice(0, 500) ?? '?').join('\n');
  if (own.variants.has(key) || own.variants.size >= 5) return;
  own.variants.add(key);
  w.queue.push({ own, args });
}

/** Walks every function, for each tuple of known arguments or once. Parameters and results are cells. */
export function drain(w: Walker): void {
  const { m } = w;
  for (let i = 0, rest = 0; ; ) {
    let job = w.queue[i];
    if (job !== undefined) i++;
    else {
      const own = w.all[rest++];
      if (own === undefined) break;
      if (own.variants.size > 0) continue;
      own.variants.add('?');
      job = { own, args: [] };
    }
    const { own, args } = job;
    m.fn = own.name;
    m.depth = 0;
    w.vars = new Map();
    w.returns = [];
    w.nested = 0;
    own.params.forEach((param, index) => {
      const cell = cells.param(m.ctx.module, own.name, index);
      edge(m, cells.param(m.ctx.module, own.name, param.replace(/^\$/, '')), cell, own.node, 'call');
      const given = args[index];
      w.vars.set(param, given !== undefined && textOf(given.value) !== undefined ? { ...given, cell } : holeAbs(param, `${m.ctx.unit.id}.${own.name}.${param}`, cell));
    });
    const last = evaluate(w, own.body);
    if (w.dialect.id === 'ruby') w.returns.push(last);
    for (const each of w.returns) edge(m, each.cell, cells.result(m.ctx.module, own.name), own.node, 'return');
  }
  m.fn = undefined;
}

export { joinPath, wholeEnv };
