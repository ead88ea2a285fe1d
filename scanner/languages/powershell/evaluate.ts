/**
 * PowerShell expressions and statements. Case never matters, backticks vanish, strings are built with `+`, `-join`, `-f`, `-replace`, `[char]` and reversal; all fold.
 * A pipeline hands its value on as the input of the next command. Recursion is bounded.
 */
import { known, textOf } from '../../value.ts';
import { parts, type Syntax } from '../grammar.ts';
import { type Abs, type Call, holeAbs, joinText, NOTHING, numAbs, pieces, strOf, textAbs, textLike, viaOf } from '../python/abstract.ts';
import { readEnv } from '../python/effects.ts';
import { edge, freshId, join, type Machine, type Place, snippet } from '../python/machine.ts';
import { binary, braceFormat } from '../python/operators.ts';
import { command, redirect } from './commands.ts';
import { invoke } from './members.ts';
import { bareWord, cast, element, fold, set, typeName, unquote, variableName } from './text.ts';

export interface Shell {
  readonly m: Machine;
  vars: Map<string, Abs>;
  readonly globals: Map<string, Abs>;
  readonly functions: Map<string, Syntax>;
  readonly aliases: Map<string, string>;
  readonly queue: { readonly name: string; readonly node: Syntax; readonly args: Call | undefined }[];
  readonly walked: Set<string>;
  nested: number;
  returns: (string | undefined)[];
}

export const text = (s: Shell, node: Syntax | undefined): string => (node === undefined ? '' : s.m.source.slice(node.start, node.end));
export const hole = (s: Shell, at: Place, cell?: string, extra?: Partial<Abs>): Abs => holeAbs(snippet(s.m, at, 40), freshId(s.m), cell, extra);
const CHAIN = new Set([
  'pipeline',
  'pipeline_chain',
  'logical_expression',
  'bitwise_expression',
  'comparison_expression',
  'additive_expression',
  'multiplicative_expression',
  'format_expression',
  'range_expression',
  'array_literal_expression',
  'unary_expression',
  'parenthesized_expression',
  'argument_expression',
  'logical_argument_expression',
  'bitwise_argument_expression',
  'comparison_argument_expression',
  'additive_argument_expression',
  'multiplicative_argument_expression',
  'format_argument_expression',
  'range_argument_expression',
  'left_assignment_expression',
  'statement_list',
  'string_literal',
  'integer_literal',
  'expression_with_unary_operator',
  'key_expression',
  'argument_expression_list',
  'redirected_file_name',
  'script_block_body',
  'script_block',
]);

export function evaluate(s: Shell, start: Syntax | undefined): Abs {
  if (start === undefined) return NOTHING;
  const { m } = s;
  // One expression is a dozen nodes deep in this grammar: skip the levels that only wrap.
  let node = start;
  while (CHAIN.has(node.type) && node.children.length === 1) {
    m.ctx.step();
    node = node.children[0]!;
  }
  m.ctx.step();
  if (m.depth >= 110) {
    m.deep = true;
    return NOTHING;
  }
  m.depth++;
  try {
    return expression(s, node);
  } finally {
    m.depth--;
  }
}

function expression(s: Shell, node: Syntax): Abs {
  const { m } = s;
  switch (node.type) {
    case 'verbatim_string_characters':
    case 'verbatim_here_string_characters': {
      const whole = text(s, node);
      const body = whole.startsWith('@') ? whole.replace(/^@'\r?\n?|\r?\n?'@$/g, '') : whole.slice(1, -1);
      const at = node.start + whole.indexOf(body);
      return textAbs(body.replaceAll("''", "'"), body.includes("''") ? {} : { span: { start: at, end: at + body.length } });
    }
    case 'expandable_string_literal':
    case 'expandable_here_string_literal':
      return expandable(s, node);
    case 'decimal_integer_literal':
    case 'hexadecimal_integer_literal':
    case 'real_literal':
      return numAbs(Number(text(s, node).replace(/[lLdDkKmMgGtTpPbB]{1,3}$/, (unit) => (/^0x/i.test(text(s, node)) ? unit : ''))) || 0);
    case 'variable':
    case 'braced_variable':
      return variable(s, node);
    case 'generic_token':
    case 'simple_name':
    case 'command_name':
    case 'type_identifier':
      return textAbs(bareWord(text(s, node)), text(s, node).includes('`') ? {} : { span: { start: node.start, end: node.end } });
    case 'pipeline':
      return pipeline(s, node);
    case 'pipeline_chain':
      return chain(s, node);
    case 'command':
      return command(s, node, undefined);
    case 'assignment_expression':
      return assignment(s, node);
    case 'additive_expression':
    case 'multiplicative_expression':
    case 'additive_argument_expression':
    case 'multiplicative_argument_expression':
      return arithmetic(s, node);
    case 'comparison_expression':
    case 'comparison_argument_expression':
      return comparison(s, node);
    case 'format_expression':
    case 'format_argument_expression': {
      const [format, ...rest] = parts(node)
        .filter((each) => each.type !== 'format_operator')
        .map((each) => evaluate(s, each));
      const args = rest.flatMap((abs) => abs.list?.items ?? [abs]);
      const body = strOf(format);
      const cell = join(m, node, [format?.cell, ...args.map((abs) => abs.cell)]);
      return body === undefined ? hole(s, node, cell) : { ...braceFormat(body, args, new Map(), viaOf(format, ...args)), cell };
    }
    case 'range_expression':
    case 'range_argument_expression': {
      const [from, to] = parts(node).map((each) => evaluate(s, each).num);
      if (from === undefined || to === undefined || Math.abs(to - from) > 65_536) return hole(s, node);
      const items: Abs[] = [];
      for (let i = from; from <= to ? i <= to : i >= to; i += from <= to ? 1 : -1) items.push(numAbs(i));
      return { value: { kind: 'unknown' }, list: { items, open: false, kind: 'list', block: 0 } };
    }
    case 'array_literal_expression':
    case 'argument_expression_list': {
      const items = parts(node).map((each) => evaluate(s, each));
      return {
        value: { kind: 'unknown' },
        list: { items, open: false, kind: 'list', block: 0 },
        cell: join(
          m,
          node,
          items.map((abs) => abs.cell),
        ),
      };
    }
    case 'array_expression':
    case 'sub_expression': {
      const inner = parts(node)
        .map((each) => evaluate(s, each))
        .at(-1) ?? { value: { kind: 'unknown' as const }, list: { items: [], open: false, kind: 'list' as const, block: 0 } };
      return node.type === 'array_expression' && inner.list === undefined
        ? {
            value: { kind: 'unknown' },
            list: { items: [inner], open: textOf(inner.value) === undefined, rest: inner.cell, kind: 'list', block: 0 },
            cell: inner.cell,
          }
        : inner;
    }
    case 'hash_literal_expression': {
      const items = new Map<string, Abs>();
      const stack = [...parts(node)];
      for (let each = stack.shift(); each !== undefined; each = stack.shift()) {
        if (each.type === 'hash_entry') {
          const [key, value] = parts(each);
          items.set((textLike(evaluate(s, key)) ?? text(s, key)).toLowerCase(), evaluate(s, value));
        } else stack.push(...parts(each));
      }
      const place = m.ctx.local(`@{${node.start}`);
      for (const abs of items.values()) edge(m, abs.cell, place, node, 'concat');
      return { value: { kind: 'unknown' }, dict: { items, open: false, block: 0 }, cell: place };
    }
    case 'expression_with_unary_operator': {
      const inner = evaluate(s, parts(node).at(-1));
      const sign = text(
        s,
        node.children.find((each) => !each.named),
      ).toLowerCase();
      if (sign === '-join')
        return {
          ...(fold('-join', inner.list ? inner : { ...NOTHING, list: { items: [inner], open: false, kind: 'list', block: 0 } }, textAbs('')) ??
            hole(s, node)),
          cell: inner.cell,
        };
      if (sign === '-' && inner.num !== undefined) return numAbs(-inner.num);
      return sign === ','
        ? { value: { kind: 'unknown' }, list: { items: [inner], open: false, kind: 'list', block: 0 }, cell: inner.cell }
        : hole(s, node, inner.cell);
    }
    case 'path_command_name': {
      const variables = parts(node).filter((each) => /variable/.test(each.type));
      if (variables.length === 0) return textAbs(bareWord(text(s, node)));
      if (variables.length === 1 && variables[0]!.end - variables[0]!.start === node.end - node.start) return evaluate(s, variables[0]);
      const pieces_ = parts(node).map((each) => (/variable/.test(each.type) ? evaluate(s, each) : textAbs(bareWord(text(s, each)))));
      return {
        value: joinText(pieces_.flatMap((abs) => pieces(abs))),
        cell: join(
          m,
          node,
          pieces_.map((abs) => abs.cell),
        ),
      };
    }
    case 'cast_expression': {
      const [type, operand] = parts(node);
      return cast(
        s,
        node,
        text(s, type)
          .replace(/[[\]\s]/g, '')
          .toLowerCase(),
        evaluate(s, operand),
      );
    }
    case 'type_literal':
      return { value: { kind: 'unknown' }, ref: typeName(text(s, node)) };
    case 'member_access':
    case 'invokation_expression':
    case 'invokation_foreach_expression':
      return invoke(s, node, undefined);
    case 'element_access':
      return element(s, node);
    case 'script_block_expression':
      return { value: textAbs(text(s, node).slice(1, -1)).value, ref: 'scriptblock', fn: node };
    case 'function_statement': {
      const name = text(
        s,
        node.children.find((each) => each.type === 'function_name'),
      ).toLowerCase();
      s.functions.set(name, node);
      return NOTHING;
    }
    case 'flow_control_statement': {
      const value = evaluate(s, parts(node)[0]);
      if (/^return\b/i.test(text(s, node))) s.returns.push(value.cell);
      return value;
    }
    case 'foreach_statement': {
      const [target, source, ...rest] = parts(node).filter((each) => each.type !== 'foreach_parameter');
      const all = evaluate(s, source);
      const items = all.list && !all.list.open && all.list.items.length <= 32 && m.budget > 100 ? all.list.items : [hole(s, node, all.cell)];
      m.budget -= items.length * 20;
      const nested = s.nested;
      for (const item of items) {
        s.nested = 0;
        if (target !== undefined) set(s, target, text(s, target), item);
        s.nested = nested + 1;
        for (const each of rest) evaluate(s, each);
      }
      s.nested = nested;
      return NOTHING;
    }
    case 'if_statement':
    case 'while_statement':
    case 'do_statement':
    case 'for_statement':
    case 'switch_statement':
    case 'try_statement': {
      s.nested++;
      for (const each of parts(node)) evaluate(s, each);
      s.nested--;
      return NOTHING;
    }
    case 'comment':
    case 'command_argument_sep':
      return NOTHING;
    default: {
      let last = NOTHING;
      for (const each of parts(node)) last = evaluate(s, each);
      return last;
    }
  }
}

const FIXED: Readonly<Record<string, string>> = { home: '~', pshome: '/opt/microsoft/powershell', true: 'True', false: 'False' };

export function variable(s: Shell, node: Syntax): Abs {
  const { m } = s;
  const name = variableName(text(s, node));
  if (/^env:/.test(name)) {
    const given = name.slice(4).toUpperCase();
    return s.vars.get(name) ?? readEnv(m, node, textAbs(given), undefined);
  }
  const found = s.vars.get(name) ?? s.globals.get(name);
  if (found !== undefined) return found;
  if (name === 'null') return { value: known(''), ref: 'None' };
  if (name === 'true' || name === 'false') return { value: known(name), ref: name === 'true' ? 'True' : 'False' };
  if (Object.hasOwn(FIXED, name)) return textAbs(FIXED[name]!);
  if (name === 'psscriptroot') return { value: { kind: 'template', parts: [{ name: '__file__' }, '/..'] } };
  if (name === 'pscommandpath') return { value: { kind: 'template', parts: [{ name: '__file__' }] } };
  if (name === 'args') return { value: { kind: 'unknown' }, cell: m.ctx.arg('*') };
  if (name === 'input') return hole(s, node, m.ctx.stdin);
  if (name === 'executioncontext') return { value: { kind: 'unknown' }, ref: 'executioncontext' };
  return { value: { kind: 'template', parts: [{ name: name.slice(0, 40) }] } };
}

function assignment(s: Shell, node: Syntax): Abs {
  const { m } = s;
  const [target, ...rest] = parts(node);
  const sign = text(
    s,
    node.children.find((each) => each.type === 'assignement_operator'),
  );
  const source = rest.filter((each) => each.type !== 'assignement_operator');
  let value = NOTHING;
  for (const each of source) value = evaluate(s, each);
  let inner = target;
  while (inner !== undefined && inner.children.length === 1 && CHAIN.has(inner.type)) inner = inner.children[0];
  if (inner?.type === 'variable') {
    if (sign !== '=') {
      const old = variable(s, inner);
      const cell = join(m, node, [old.cell, value.cell]);
      value =
        sign === '+=' && old.list === undefined
          ? { value: joinText([...pieces(old), ...pieces(value)]), cell, via: viaOf(old, value) }
          : {
              ...hole(s, node, cell),
              ...(old.list && !old.list.open && s.nested === 0
                ? {
                    list: {
                      ...old.list,
                      items: [...old.list.items, ...(value.list?.items ?? [value])].slice(0, 20_000),
                      open: old.list.items.length >= 20_000,
                    },
                  }
                : {}),
            };
    }
    set(s, node, text(s, inner), value);
  } else if (inner !== undefined) {
    // `[Net.ServicePointManager]::ServerCertificateValidationCallback = {$true}`
    const object = inner.type === 'member_access' || inner.type === 'element_access' ? evaluate(s, parts(inner)[0]) : evaluate(s, inner);
    edge(m, value.cell, object.sink ?? object.cell, node, 'concat');
    if (/ServerCertificateValidationCallback/i.test(text(s, inner)))
      m.ctx.fact(node.start, node.end, {
        kind: 'config',
        system: 'powershell',
        key: 'ServerCertificateValidationCallback',
        value: known('true'),
        effect: 'disable-tls',
        via: 'command',
      });
  }
  return value;
}

function expandable(s: Shell, node: Syntax): Abs {
  const { m } = s;
  const whole = text(s, node);
  const isHere = whole.startsWith('@');
  const from = node.start + (isHere ? (/^@"\r?\n/.exec(whole)?.[0].length ?? 2) : 1);
  const to = node.end - (isHere ? (/\r?\n"@$/.exec(whole)?.[0].length ?? 2) : 1);
  const out: Parameters<typeof joinText>[0][number][] = [];
  const all: Abs[] = [];
  let at = from;
  for (const each of parts(node)) {
    if (each.start < at) continue;
    out.push(unquote(m.source.slice(at, each.start)).replaceAll('""', '"'));
    const inner = evaluate(s, each);
    all.push(inner);
    out.push(
      ...(inner.value.kind === 'unknown' ? [{ name: text(s, each).slice(0, 30), ...(inner.cell ? { cell: inner.cell } : {}) }] : pieces(inner)),
    );
    at = each.end;
  }
  const tail = m.source.slice(at, Math.max(at, to));
  out.push(unquote(tail).replaceAll('""', '"'));
  const plain = all.length === 0 && !/[`"]/.test(tail);
  return {
    value: joinText(out),
    cell: join(
      m,
      node,
      all.map((abs) => abs.cell),
    ),
    via: viaOf(...all),
    ...(plain ? { span: { start: from, end: Math.max(from, to) } } : {}),
  };
}

function arithmetic(s: Shell, node: Syntax): Abs {
  const chain: Syntax[] = [];
  let left: Syntax | undefined = node;
  while (left !== undefined && /^(?:additive|multiplicative)_(?:argument_)?expression$/.test(left.type) && left.children.length > 1) {
    chain.push(left);
    left = parts(left)[0];
  }
  let sum = evaluate(s, left);
  for (let i = chain.length - 1; i >= 0; i--) {
    const each = chain[i]!;
    s.m.ctx.step();
    const sign =
      text(
        s,
        each.children.find((part) => !part.named),
      ) || '+';
    const right = evaluate(s, parts(each).at(-1));
    const cell = join(s.m, each, [sum.cell, right.cell]);
    const folded = binary(sign, sum, sign === '+' && sum.num === undefined && right.num !== undefined ? textAbs(String(right.num)) : right, 0);
    sum = folded === undefined ? hole(s, each, cell) : { ...folded, cell };
  }
  return sum;
}

/** `-join`, `-replace`, `-split`, `-bxor`; other comparisons give nothing. */
function comparison(s: Shell, node: Syntax): Abs {
  const { m } = s;
  const all = parts(node);
  const sign = (
    all.find((each) => each.type === 'comparison_operator')
      ? text(
          s,
          all.find((each) => each.type === 'comparison_operator'),
        )
      : ''
  )
    .toLowerCase()
    .replace(/^-[ci]?(?=join|replace|split|bxor)/, '-');
  const [left, right] = all.filter((each) => each.type !== 'comparison_operator').map((each) => evaluate(s, each));
  const cell = join(m, node, [left?.cell, right?.cell]);
  const folded = fold(sign, left, right);
  return folded === undefined ? hole(s, node, cell) : { ...folded, cell };
}

function pipeline(s: Shell, node: Syntax): Abs {
  let last = NOTHING;
  for (const each of parts(node)) last = evaluate(s, each);
  return last;
}

/** `a | b | c` */
function chain(s: Shell, node: Syntax): Abs {
  let input: Abs | undefined;
  for (const each of parts(node)) {
    if (each.type === 'command') input = command(s, each, input);
    else if (each.type === 'redirection') redirect(s, each, input);
    else input = evaluate(s, each);
  }
  return input ?? NOTHING;
}
