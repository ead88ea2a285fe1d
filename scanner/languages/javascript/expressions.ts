/**
 * Expressions to Things: one evaluation per node and run, constants folded on the way. Left spines (`a + b + c`) are walked in a loop, everything else under a depth cap.
 * Calls are in calls.ts, members in members.ts.
 */
import type { ArrayExpression, BinaryExpression, Expression, LogicalExpression, Node, ObjectExpression, TemplateLiteral } from '@babel/types';
import { callNode, newNode } from './calls.ts';
import { classOf, closureOf } from './functions.ts';
import { gateOf } from './gates.ts';
import { memberNode, readFree } from './members.ts';
import { operate, unary } from './operators.ts';
import { assignTo, bindPattern } from './patterns.ts';
import { childrenOf, isNode } from './prepass.ts';
import { cellsOf, gather, MAX_DEPTH, newBox, put, type Run } from './run.ts';
import { lookup } from './scope.ts';
import { executeNode } from './statements.ts';
import { taggedTemplate } from './tagged.ts';
import { add, asString, either, keyOf, numberOf, prim, stringOf, type Thing, text, truth, UNDEFINED, UNKNOWN, union } from './thing.ts';

export function evaluate(r: Run, node: Node | null | undefined): Thing {
  if (node === null || node === undefined) return UNDEFINED;
  // Dearer than a node seen: the budget must run out before the clock, which keeps nothing.
  r.ctx.step(2);
  if (r.depth > MAX_DEPTH) {
    tooDeep(r, node);
    return UNKNOWN;
  }
  if (r.unrolling > 0) r.unrollBudget--;
  r.depth++;
  try {
    return evaluateInner(r, node);
  } finally {
    r.depth--;
  }
}

/** One opaque fact per unit: the nesting is not a program anybody wrote. */
export function tooDeep(r: Run, node: Node): void {
  if (r.tooDeep) return;
  r.tooDeep = true;
  r.ctx.opaque(node.start ?? 0, node.end ?? 0, 'limit', 'code nested too deeply');
}

function evaluateInner(r: Run, node: Node): Thing {
  switch (node.type) {
    case 'StringLiteral':
    case 'NumericLiteral':
    case 'BooleanLiteral':
      return prim(node.value);
    case 'DirectiveLiteral':
      return prim(node.value);
    case 'NullLiteral':
      return prim(null);
    case 'BigIntLiteral':
      return prim(Number(node.value));
    case 'RegExpLiteral':
      return { cells: [], api: 'RegExp()', regexp: { source: node.pattern, flags: node.flags } };
    case 'TemplateLiteral':
      return templateOf(r, node);
    case 'Identifier':
      return identifier(r, node.name, node);
    case 'JSXIdentifier':
      return UNKNOWN;
    case 'ThisExpression':
      return r.frame.self ?? (r.frame.closure === undefined ? { cells: [], api: 'global.this' } : UNKNOWN);
    case 'Super':
      return r.frame.self ?? UNKNOWN;
    case 'MemberExpression':
    case 'OptionalMemberExpression':
      return memberNode(r, node).value;
    case 'CallExpression':
    case 'OptionalCallExpression':
      return callNode(r, node);
    case 'NewExpression':
      return newNode(r, node);
    case 'ImportExpression':
      return callNode(r, {
        ...node,
        type: 'CallExpression',
        callee: { type: 'Import', start: node.start ?? 0, end: node.start ?? 0 },
        arguments: [node.source],
      } as never);
    case 'BinaryExpression':
      return binary(r, node);
    case 'LogicalExpression':
      return logical(r, node);
    case 'ConditionalExpression': {
      const test = evaluate(r, node.test);
      const sure = r.unrolling > 0 ? truth(test) : undefined;
      if (sure !== undefined) return evaluate(r, sure ? node.consequent : node.alternate);
      r.weak++;
      const gate = gateOf(test);
      if (gate !== undefined)
        r.guards.push({ what: gate, says: r.text.slice(node.test.start ?? 0, Math.min(node.test.end ?? 0, (node.test.start ?? 0) + 200)) });
      const yes = evaluate(r, node.consequent);
      const no = evaluate(r, node.alternate);
      if (gate !== undefined) r.guards.pop();
      r.weak--;
      return either(yes, no, gather(r, union(yes.cells, no.cells), { start: node.start ?? 0, end: node.end ?? 0 }));
    }
    case 'UnaryExpression':
      return unary(node.operator, evaluate(r, node.argument));
    case 'UpdateExpression': {
      const before = evaluate(r, node.argument);
      const number = numberOf(before);
      const after: Thing = number === undefined ? { cells: before.cells } : prim(node.operator === '++' ? number + 1 : number - 1);
      assignTo(r, node.argument, after, node);
      return node.prefix ? after : before;
    }
    case 'AssignmentExpression':
      return assignment(r, node.operator, node.left, node.right, node);
    case 'SequenceExpression': {
      let last: Thing = UNDEFINED;
      for (const one of node.expressions) last = evaluate(r, one);
      return last;
    }
    case 'ArrayExpression':
      return arrayOf(r, node);
    case 'ObjectExpression':
      return objectOf(r, node);
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return closureOf(r, node, node.type === 'FunctionExpression' ? node.id?.name : undefined);
    case 'ClassExpression':
      return classOf(r, node, node.id?.name);
    case 'AwaitExpression':
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TSTypeAssertion':
    case 'TSInstantiationExpression':
    case 'TypeCastExpression':
    case 'JSXExpressionContainer':
    case 'JSXSpreadChild':
    case 'SpreadElement':
      return evaluate(r, 'expression' in node ? node.expression : node.argument);
    case 'YieldExpression': {
      const given = evaluate(r, node.argument);
      if (node.argument) r.frame.returns.push(given);
      return UNKNOWN;
    }
    case 'TaggedTemplateExpression':
      return taggedTemplate(r, node);
    case 'MetaProperty':
      return node.meta.name === 'import' ? { cells: [], api: 'import.meta' } : UNKNOWN;
    case 'Import':
      return { cells: [], api: 'import' };
    case 'DoExpression':
      executeNode(r, node.body);
      return UNKNOWN;
    case 'AssignmentPattern':
    case 'ObjectPattern':
    case 'ArrayPattern':
      bindPattern(r, node, UNKNOWN, 'assign');
      return UNKNOWN;
    default: {
      if (node.type.startsWith('TS') && !/^TS(?:Enum|Module|Export|Import)/.test(node.type)) return UNKNOWN;
      if (/(?:Statement|Declaration)$/.test(node.type)) {
        executeNode(r, node);
        return UNKNOWN;
      }
      let cells: Thing['cells'] = [];
      for (const child of childrenOf(node)) cells = union(cells, evaluate(r, child).cells);
      return cells.length === 0 ? UNKNOWN : { cells };
    }
  }
}

function identifier(r: Run, name: string, _node: Node): Thing {
  const variable = lookup(r.scope, name);
  if (variable !== undefined) return variable.thing;
  if (name === 'undefined') return UNDEFINED;
  if (name === 'NaN') return prim(Number.NaN);
  if (name === 'Infinity') return prim(Number.POSITIVE_INFINITY);
  if (name === 'arguments' && r.frame.closure !== undefined) {
    const box = newBox(r, [...r.frame.args]);
    return { cells: [], box };
  }
  return readFree(r, name);
}

function templateOf(r: Run, node: TemplateLiteral): Thing {
  let out: Thing = text(node.quasis[0]?.value.cooked ?? '');
  let all: Thing['cells'] = [];
  for (let i = 0; i < node.expressions.length; i++) {
    const part = evaluate(r, node.expressions[i]);
    const at = { start: node.start ?? 0, end: node.end ?? 0 };
    all = union(all, part.box !== undefined || part.api !== undefined ? cellsOf(r, part, at) : part.cells);
    out = add(out, asString(part), all);
    const tail = node.quasis[i + 1]?.value.cooked ?? '';
    if (tail !== '') out = add(out, text(tail), all);
  }
  return out;
}

const MAX_SPINE = 200_000;

function binary(r: Run, top: BinaryExpression): Thing {
  const spine: BinaryExpression[] = [];
  let left: Node = top;
  while (left.type === 'BinaryExpression' && spine.length < MAX_SPINE) {
    spine.push(left);
    left = left.left;
    while (left.type === 'ParenthesizedExpression') left = left.expression;
  }
  let value = left.type === 'PrivateName' ? UNKNOWN : evaluate(r, left);
  // Joined text is collected in one go: adding pieces one by one would be quadratic in hostile input.
  for (let i = spine.length - 1; i >= 0; i--) {
    const node = spine[i]!;
    if (i < spine.length - 1) r.ctx.step();
    value = operate(r, node.operator, value, evaluate(r, node.right), node);
  }
  return value;
}

function logical(r: Run, top: LogicalExpression): Thing {
  const spine: LogicalExpression[] = [];
  let leftmost: Expression = top;
  while (leftmost.type === 'LogicalExpression' && spine.length < MAX_SPINE) {
    spine.push(leftmost);
    leftmost = leftmost.left;
  }
  let value = evaluate(r, leftmost);
  for (let i = spine.length - 1; i >= 0; i--) {
    const { operator, right } = spine[i]!;
    const sure = r.unrolling > 0 ? truth(value) : undefined;
    if (sure !== undefined && operator !== '??') {
      if (operator === '&&' ? !sure : sure) continue;
      value = evaluate(r, right);
      continue;
    }
    r.weak++;
    const gate = operator === '&&' ? gateOf(value) : undefined;
    const node = spine[i]!;
    if (gate !== undefined)
      r.guards.push({ what: gate, says: r.text.slice(node.left.start ?? 0, Math.min(node.left.end ?? 0, (node.left.start ?? 0) + 200)) });
    const other = evaluate(r, right);
    if (gate !== undefined) r.guards.pop();
    r.weak--;
    const cells = gather(r, union(value.cells, other.cells), { start: node.start ?? 0, end: node.end ?? 0 });
    const carried = gateOf(value) ?? gateOf(other);
    if (operator === '&&') value = { ...either(other, value.known ? UNKNOWN : value, cells), ...(carried ? { gate: carried } : {}) };
    else {
      // What the environment or the command line may override: the default is what stands in the code.
      const overridable = value.value?.kind === 'template' && value.value.parts.length === 1;
      value =
        overridable && (other.known || other.value !== undefined) && other.prim !== '' && other.prim !== undefined
          ? { ...other, cells }
          : either(value, other, cells);
      if (carried) value = { ...value, gate: carried };
    }
  }
  return value;
}

function assignment(r: Run, operator: string, left: Node, right: Node, node: Node): Thing {
  if (operator === '=') {
    const value =
      isNode(right) && left.type === 'Identifier'
        ? named(r, right, left.name)
        : left.type === 'MemberExpression' && left.property.type === 'Identifier' && !left.computed
          ? named(r, right, left.property.name)
          : evaluate(r, right);
    assignTo(r, left, value, node);
    return value;
  }
  const before = evaluate(r, left);
  let after: Thing;
  if (operator === '||=' || operator === '??=' || operator === '&&=') {
    r.weak++;
    const value = evaluate(r, right);
    r.weak--;
    after = either(before, value, union(before.cells, value.cells));
  } else after = operate(r, operator.slice(0, -1), before, evaluate(r, right), node);
  assignTo(r, left, after, node);
  return after;
}

/** Evaluates, giving functions and classes the name of what they are assigned to. */
export function named(r: Run, node: Node, name: string): Thing {
  if ((node.type === 'FunctionExpression' && !node.id) || node.type === 'ArrowFunctionExpression') return closureOf(r, node, name);
  if (node.type === 'ClassExpression' && !node.id) return classOf(r, node, name);
  return evaluate(r, node);
}

function arrayOf(r: Run, node: ArrayExpression): Thing {
  const items: Thing[] = [];
  const box = newBox(r, items);
  const at = { start: node.start ?? 0, end: node.end ?? 0 };
  for (const element of node.elements) {
    if (element === null) items.push(UNDEFINED);
    else if (element.type === 'SpreadElement') {
      const inner = evaluate(r, element.argument);
      if (inner.box?.items !== undefined && !inner.box.open && items.length + inner.box.items.length < 50_000)
        for (const item of inner.box.items) items.push(item);
      else if (stringOf(inner) !== undefined && stringOf(inner)!.length < 100_000) for (const letter of stringOf(inner)!) items.push(text(letter));
      else {
        items.push({ cells: cellsOf(r, inner, at), ...(inner.name ? { name: `...${inner.name}` } : {}) });
        box.open = true;
      }
    } else items.push(evaluate(r, element));
  }
  return { cells: [], box };
}

function objectOf(r: Run, node: ObjectExpression): Thing {
  const box = newBox(r);
  const self: Thing = { cells: [], box };
  let wholeEnv = false;
  const at = { start: node.start ?? 0, end: node.end ?? 0 };
  for (const property of node.properties) {
    if (property.type === 'SpreadElement') {
      const inner = evaluate(r, property.argument);
      if (inner.api === 'process.env') wholeEnv = true;
      else if (inner.box !== undefined) {
        for (const [key, value] of inner.box.props) put(r, box, key, value, at);
        if (inner.box.open) box.open = true;
        if (inner.box.home !== undefined || inner.cells.length > 0) put(r, box, undefined, { cells: cellsOf(r, inner, at) }, at);
      } else if (inner.cells.length > 0 || inner.api !== undefined) put(r, box, undefined, inner.alts ? inner : { cells: cellsOf(r, inner, at) }, at);
      else box.open = true;
      continue;
    }
    let key: string | undefined;
    if (property.computed) key = keyOf(evaluate(r, property.key));
    else if (property.key.type === 'Identifier') key = property.key.name;
    else if (property.key.type === 'StringLiteral' || property.key.type === 'NumericLiteral') key = String(property.key.value);
    let value: Thing;
    if (property.type === 'ObjectMethod') value = closureOf(r, property, key, self);
    else if (property.value.type === 'FunctionExpression') value = closureOf(r, property.value, key, self);
    else value = named(r, property.value, key ?? 'member');
    put(r, box, key, value, at);
  }
  return wholeEnv ? { cells: [], box, api: 'process.env' } : self;
}
