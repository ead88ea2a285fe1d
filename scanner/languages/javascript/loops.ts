/** Loops: unrolled within a budget where everything they need is known (a decoder, a list of paths), walked once and uncertainly otherwise. */
import type { ForStatement, Node, Statement } from '@babel/types';
import { evaluate } from './expressions.ts';
import { noteLoop } from './gates.ts';
import { assignTo, bindPattern } from './patterns.ts';
import { childrenOf } from './prepass.ts';
import { cellsOf, type Run } from './run.ts';
import { newScope } from './scope.ts';
import { executeNode, type Signal } from './statements.ts';
import { stringOf, type Thing, text, truth } from './thing.ts';

const at = (node: Node): { start: number; end: number } => ({ start: node.start ?? 0, end: node.end ?? 0 });

const MAX_UNROLL = 20_000;

export function forLoop(r: Run, node: ForStatement): Signal {
  const outer = r.scope;
  r.scope = newScope(outer);
  try {
    if (node.init) {
      if (node.init.type === 'VariableDeclaration') executeNode(r, node.init);
      else evaluate(r, node.init);
    }
    return whileLoop(r, node.test, node.body, node.update, node, false);
  } finally {
    r.scope = outer;
  }
}

/** Known loops run to their end; others run once, uncertainly. */
export function whileLoop(
  r: Run,
  test: Node | null | undefined,
  body: Statement,
  update: Node | null | undefined,
  node: Node,
  first: boolean,
): Signal {
  const before = r.drafts.length;
  let rounds = 0;
  let sure = true;
  // An endless `while (true)` is only unrolled as part of a decoder that ends.
  const endless = test === null || test === undefined;
  if (r.unrollBudget > 0 && !(endless && r.unrolling === 0) && accumulates(body, test, update)) {
    r.unrolling++;
    try {
      while (rounds < MAX_UNROLL) {
        if (!(first && rounds === 0)) {
          const holds: boolean | undefined = endless ? true : truth(evaluate(r, test));
          if (holds === undefined) {
            sure = false;
            break;
          }
          if (!holds) {
            if (rounds > 0) return undefined;
            sure = false;
            break;
          }
        }
        const { unsure, progress } = r;
        const signal = executeNode(r, body);
        if (signal === 'break') return undefined;
        if (signal === 'return') return signal;
        if (update) evaluate(r, update);
        rounds++;
        if (r.progress === progress) {
          sure = false;
          break;
        }
        if (r.unrollBudget <= 0 || (rounds > 24 && r.drafts.length > before) || (r.unsure > unsure && (isLiteralTrue(test) || rounds > 64))) {
          sure = false;
          break;
        }
      }
    } finally {
      r.unrolling--;
    }
    // A loop that known values never enter may be entered with others.
    if (sure && rounds > 0 && rounds < MAX_UNROLL) return undefined;
  }
  const unrolling = r.unrolling;
  r.unrolling = 0;
  r.weak++;
  try {
    if (test) evaluate(r, test);
    executeNode(r, body);
    if (update) evaluate(r, update);
  } finally {
    r.weak--;
    r.unrolling = unrolling;
  }
  if (endless || isLiteralTrue(test)) noteLoop(r, node, body, before);
  return undefined;
}

/** Does a loop build anything? One that only burns time is not worth unrolling. */
function accumulates(body: Node, test: Node | null | undefined, update: Node | null | undefined): boolean {
  const stack: Node[] = [body, ...(test ? [test] : []), ...(update?.type === 'SequenceExpression' ? [update] : [])];
  let seen = 0;
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen++ > 400) return true;
    if (node.type === 'AssignmentExpression' || (node.type === 'UpdateExpression' && node !== update)) return true;
    if (node.type === 'CallExpression' && (node.callee.type === 'Identifier' || node.arguments.length > 0)) return true;
    if (node.type === 'VariableDeclarator' && node.init && node.init.type !== 'NumericLiteral') return true;
    stack.push(...childrenOf(node));
  }
  return false;
}

const isLiteralTrue = (test: Node | null | undefined): boolean =>
  (test?.type === 'BooleanLiteral' && test.value) ||
  (test?.type === 'NumericLiteral' && test.value !== 0) ||
  (test?.type === 'UnaryExpression' && test.operator === '!' && test.argument.type === 'UnaryExpression');

const MAX_ITEMS = 64;

export function forEachLoop(r: Run, node: Extract<Node, { type: 'ForOfStatement' | 'ForInStatement' }>): Signal {
  const source = evaluate(r, node.right);
  const place = at(node.right);
  const bind = (value: Thing): void => {
    if (node.left.type === 'VariableDeclaration') bindPattern(r, node.left.declarations[0]!.id, value, node.left.kind === 'var' ? 'var' : 'let');
    else assignTo(r, node.left, value, node.left);
  };
  const items = itemsOf(node.type === 'ForInStatement', source);
  const outer = r.scope;
  try {
    if (
      items !== undefined &&
      items.length > 0 &&
      source.cells.length === 0 &&
      items.length <= (r.unrolling > 0 ? MAX_UNROLL : items.every((item) => item.known) ? 4_000 : MAX_ITEMS) &&
      r.unrollBudget > items.length
    ) {
      r.unrolling++;
      try {
        for (const item of items) {
          r.scope = newScope(outer);
          bind(item);
          const signal = executeNode(r, node.body);
          if (signal === 'return') return signal;
          if (signal === 'break') break;
        }
      } finally {
        r.unrolling--;
      }
      return undefined;
    }
    r.scope = newScope(outer);
    const unrolling = r.unrolling;
    r.unrolling = 0;
    r.weak++;
    bind({ cells: cellsOf(r, source, place) });
    executeNode(r, node.body);
    r.weak--;
    r.unrolling = unrolling;
    return undefined;
  } finally {
    r.scope = outer;
  }
}

/** Elements (or keys) where all are known. */
export function itemsOf(keys: boolean, source: Thing): readonly Thing[] | undefined {
  const { box } = source;
  if (box !== undefined && !box.open && source.api === undefined) {
    if (keys)
      return box.items
        ? box.items.map((_item, index) => text(String(index)))
        : [...box.props.keys()].filter((key) => !key.startsWith('\0')).map((key) => text(key));
    return box.items;
  }
  const string = source.known ? stringOf(source) : undefined;
  if (string !== undefined && string.length < 20_000) return [...string].map((letter, index) => text(keys ? String(index) : letter));
  return undefined;
}
