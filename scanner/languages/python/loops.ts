/** Loops: over known elements one by one, otherwise once, with every name they change unknown and its cell fed back. */
import { child, type Syntax } from '../grammar.ts';
import { holeAbs, NOTHING } from './abstract.ts';
import { elementOf, isPure } from './collections.ts';
import { evaluate, exported } from './evaluate.ts';
import { elements } from './fold.ts';
import { edge, snippet, state } from './machine.ts';
import { mergeVars, muted, type Reader } from './scope.ts';
import { bind, block, type End, GATE_SAYS } from './statements.ts';

/** Elements of a loop that are walked one by one. */
const UNROLL = 32;
const UNROLL_CHARS = 40_000;

/** Names that a piece of code assigns. */
function assigned(r: Reader, node: Syntax, out: Set<string>): void {
  const stack = [node];
  for (let each = stack.pop(); each !== undefined; each = stack.pop()) {
    if (each.type === 'function_definition' || each.type === 'class_definition' || each.type === 'lambda') continue;
    if (each.field === 'left' || each.field === 'alias' || (each.field === 'name' && each.type === 'identifier')) {
      const targets = [each];
      for (let target = targets.pop(); target !== undefined; target = targets.pop()) {
        if (target.type === 'identifier') out.add(r.m.source.slice(target.start, target.end));
        else if (target.type !== 'attribute' && target.type !== 'subscript') targets.push(...target.children);
      }
    }
    stack.push(...each.children);
  }
}

/** Walks a loop body once: names it changes are not known in it. */
function onceWidened(r: Reader, node: Syntax, body: () => void): void {
  const { m } = r;
  const names = new Set<string>();
  assigned(r, node, names);
  const scope = r.scope;
  const before = scope.vars;
  scope.vars = new Map(before);
  const outer = m.block;
  m.block = ++m.blocks;
  const carried = new Map<string, string>();
  for (const name of names) {
    const old = before.get(name);
    if (old === undefined) continue;
    const cell = m.ctx.local(`${name}~${node.start}:${m.fn ?? ''}`);
    carried.set(name, cell);
    edge(m, old.cell, cell, node);
    scope.vars.set(
      name,
      holeAbs(name, `${m.ctx.unit.id}.${name}~${node.start}`, cell, {
        ...(old.ref !== undefined && old.ref !== 'None' && old.ref !== 'True' && old.ref !== 'False'
          ? { ref: old.ref, recv: old.recv, made: old.made }
          : {}),
        ...(old.sink ? { sink: old.sink } : {}),
      }),
    );
  }
  body();
  for (const [name, cell] of carried) edge(m, scope.vars.get(name)?.cell, cell, node);
  m.block = outer;
  scope.vars = mergeVars(r, node, scope.vars, before);
}

export function forLoop(r: Reader, node: Syntax): End {
  const { m } = r;
  const right = evaluate(r, child(node, 'right'));
  const source = right.ref === 'os.environ' ? exported(r, node, right) : right;
  const body = child(node, 'body');
  const left = child(node, 'left');
  const items = elements(source);
  const size = body === undefined ? 0 : body.end - body.start;
  const folds = m.mute > 0 && isPure(r, node);
  // A loop that only computes, over what is known, is gone through as the program would, silently; what it would state is stated by the ordinary walk below.
  if (m.mute === 0 && items !== undefined && items.length > 1 && items.length <= 65_536 && items.length * 12 < m.budget && isPure(r, node)) {
    const silent = muted(r, () => {
      for (const item of items) {
        m.budget -= 8;
        bind(r, left, source.cell !== undefined && item.cell === undefined && !source.list ? { ...item, cell: source.cell } : item);
        if (block(r, body) === 'break') break;
      }
    });
    if (!silent.facts) return undefined;
  }
  const limit = folds ? 65_536 : UNROLL;
  if (
    items !== undefined &&
    items.length > 0 &&
    items.length <= limit &&
    (folds ? items.length * 4 < m.budget : items.length * size <= UNROLL_CHARS && m.budget > items.length * 10)
  ) {
    for (const item of items) {
      m.budget -= 8;
      bind(r, left, source.cell !== undefined && item.cell === undefined && !source.list ? { ...item, cell: source.cell } : item);
      const end = block(r, body);
      if (m.mute > 0) {
        if (end === 'return') return end;
        if (end === 'break') return undefined;
      }
    }
  } else if (items === undefined || items.length > 0) {
    onceWidened(r, node, () => {
      bind(r, left, elementOf(r, node, source));
      block(r, body);
    });
  }
  const rest = child(node, 'alternative');
  if (rest !== undefined) block(r, child(rest, 'body'));
  return undefined;
}

export function whileLoop(r: Reader, node: Syntax): End {
  const { m } = r;
  const condition = child(node, 'condition');
  const body = child(node, 'body');
  if (m.mute > 0 && isPure(r, node)) {
    // A folding walk goes round as often as the program would.
    for (let turn = 0; turn < 50_000 && m.budget > 0; turn++) {
      const test = evaluate(r, condition);
      if (test.ref === 'False') return undefined;
      if (test.ref !== 'True') break;
      const end = block(r, body);
      if (end === 'return') return end;
      if (end === 'break') return undefined;
    }
  }
  const before = m.stated.size;
  let test = NOTHING;
  onceWidened(r, node, () => {
    test = evaluate(r, condition);
    block(r, body);
  });
  const endless = test.ref === 'True' || (test.num !== undefined && test.num !== 0);
  if (endless && body !== undefined && m.stated.size > before && !escapes(body))
    state(m, node, { kind: 'control', what: 'unbounded-loop', detail: snippet(m, node, GATE_SAYS) });
  return undefined;
}

/** True if a loop body can end the loop. */
function escapes(body: Syntax): boolean {
  const stack = [body];
  for (let each = stack.pop(); each !== undefined; each = stack.pop()) {
    if (each.type === 'break_statement' || each.type === 'return_statement' || each.type === 'raise_statement') return true;
    if (each.type === 'function_definition' || each.type === 'lambda') continue;
    stack.push(...each.children);
  }
  return false;
}
