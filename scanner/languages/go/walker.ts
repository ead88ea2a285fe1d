/**
 * One compact walker for languages that are rare in skills: Ruby, PHP, Go. A dialect says how names are spelled and what library calls mean; the walker folds strings, follows
 * variables, parameters and results, and states facts through the same effects as the Python reader. It is flow-insensitive inside a function: an assignment in a branch
 * adds to what a name may hold. Recursion is bounded; what lies deeper is reported.
 */
import { known, textOf } from '../../value.ts';
import { child, childrenOf, parts, type Syntax } from '../grammar.ts';
import { type Abs, boolAbs, type Call, holeAbs, joinText, NOTHING, numAbs, pieces, strOf, textAbs, viaOf } from '../python/abstract.ts';
import type { Rows } from '../python/api.ts';
import { edge, freshId, join, type Machine, type Place, snippet } from '../python/machine.ts';
import { binary } from '../python/operators.ts';
import type { Coder } from '../python/tables/decoders.ts';
import { assign, assignment, collection, lookup, memberOf, subscript } from './walker-bind.ts';
import { callOf, runShellText } from './walker-calls.ts';
import { branch, closure, define } from './walker-functions.ts';

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
const STRINGS = new Set([
  'string',
  'encapsed_string',
  'heredoc',
  'nowdoc',
  'heredoc_body',
  'interpreted_string_literal',
  'raw_string_literal',
  'bare_string',
  'delimited_symbol',
  'chained_string',
  'nowdoc_body',
  'rune_literal',
  'string_literal',
]);
const NUMBERS = new Set(['integer', 'float', 'int_literal', 'float_literal']);
const CALLS = new Set([
  'call',
  'command_call',
  'function_call_expression',
  'member_call_expression',
  'nullsafe_member_call_expression',
  'scoped_call_expression',
  'object_creation_expression',
  'call_expression',
  'include_expression',
  'include_once_expression',
  'require_expression',
  'require_once_expression',
  'print_intrinsic',
  'echo_statement',
  'yield',
  'super',
]);
export const FUNCTIONS = new Set(['method', 'singleton_method', 'function_definition', 'method_declaration', 'function_declaration']);
const CLOSURES = new Set([
  'func_literal',
  'lambda',
  'anonymous_function',
  'anonymous_function_creation_expression',
  'arrow_function',
  'block',
  'do_block',
]);
const BRANCHES = new Set([
  'if',
  'unless',
  'if_statement',
  'else_clause',
  'else',
  'elsif',
  'else_if_clause',
  'while',
  'until',
  'for',
  'while_statement',
  'do_statement',
  'for_statement',
  'foreach_statement',
  'case',
  'when',
  'switch_statement',
  'expression_switch_statement',
  'select_statement',
  'begin',
  'rescue',
  'try_statement',
  'catch_clause',
  'if_modifier',
  'unless_modifier',
  'while_modifier',
  'until_modifier',
  'type_switch_statement',
]);

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
      return {
        ...value,
        ref:
          value.list === undefined || value.list.items.length === 0
            ? w.dialect.canonical(`${text(w, child(node, 'type')).slice(0, 80)}{}`)
            : undefined,
      };
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
      const [, yes, no] = [
        evaluate(w, child(node, 'condition')),
        evaluate(w, child(node, 'consequence') ?? child(node, 'body')),
        evaluate(w, child(node, 'alternative')),
      ];
      return textOf(yes.value) === undefined
        ? { ...no, cell: join(m, node, [yes.cell, no.cell]) }
        : { ...yes, cell: join(m, node, [yes.cell, no.cell]) };
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

export function string(w: Walker, node: Syntax): Abs {
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
      out.push(
        ...(inner.value.kind === 'unknown' ? [{ name: text(w, each).slice(0, 30), ...(inner.cell ? { cell: inner.cell } : {}) }] : pieces(inner)),
      );
    }
  }
  const value = joinText(out.length === 0 && count === 0 ? [''] : out);
  const isPlain = count === 1 && only !== undefined && textOf(value) === text(w, only);
  return {
    value,
    cell: join(
      m,
      node,
      all.map((abs) => abs.cell),
    ),
    via: viaOf(...all),
    ...(isPlain && only ? { span: { start: only.start, end: only.end } } : {}),
  };
}

export function operator(w: Walker, node: Syntax): Abs {
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
    const folded =
      sign === w.dialect.plus
        ? { value: joinText([...pieces(sum), ...pieces(right)]), via: viaOf(sum, right) }
        : sign === '||' || sign === '??' || sign === '?:'
          ? strOf(right)
            ? { value: right.value }
            : { value: sum.value }
          : binary(sign, sum, right, 0);
    const both = sum.num !== undefined && right.num !== undefined ? binary(sign, sum, right, 0) : folded;
    sum = both === undefined ? hole(w, each, cell) : { ...both, cell };
  }
  return sum;
}
