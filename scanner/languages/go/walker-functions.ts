/** Functions, closures, branches and loops in the compact walker. */
import * as cells from '../../cells.ts';
import { textOf } from '../../value.ts';
import { child, childrenOf, parts, type Syntax } from '../grammar.ts';
import { type Abs, holeAbs, NOTHING, textLike } from '../python/abstract.ts';
import { edge, join } from '../python/machine.ts';
import { evaluate, FUNCTIONS, hole, type Own, text, type Walker } from './walker.ts';
import { bind } from './walker-bind.ts';

export function branch(w: Walker, node: Syntax): Abs {
  w.nested++;
  let last = NOTHING;
  const range =
    node.children.find((each) => each.type === 'range_clause') ?? (node.type === 'foreach_statement' || node.type === 'for' ? node : undefined);
  if (range !== undefined && (child(range, 'right') ?? child(range, 'value') ?? node.type === 'foreach_statement')) {
    const named = parts(range).filter((each) => each.field !== 'body' && each.type !== 'do' && each.type !== 'compound_statement');
    const isPhp = node.type === 'foreach_statement';
    const source = evaluate(w, child(range, 'right') ?? child(range, 'value') ?? named[0]);
    const target = isPhp ? named[1] : (child(range, 'left') ?? child(range, 'pattern') ?? named[0]);
    each(
      w,
      node,
      source,
      (item) => {
        if (target === undefined) return;
        const isPair = target.type === 'pair' || (target.type === 'expression_list' && parts(target).length > 1);
        if (isPair) bind(w, parts(target)[1], item);
        else bind(w, target, item);
      },
      child(node, 'body') ?? node.children.find((part) => part.type === 'do' || part.type === 'compound_statement'),
    );
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
  return {
    ...NOTHING,
    cell: join(
      w.m,
      node,
      result.map((abs) => abs.cell),
    ),
  };
}

export function define(w: Walker, node: Syntax): Abs {
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
      w.vars.set(
        param,
        given !== undefined && textOf(given.value) !== undefined ? { ...given, cell } : holeAbs(param, `${m.ctx.unit.id}.${own.name}.${param}`, cell),
      );
    });
    const last = evaluate(w, own.body);
    if (w.dialect.id === 'ruby') w.returns.push(last);
    for (const each of w.returns) edge(m, each.cell, cells.result(m.ctx.module, own.name), own.node, 'return');
  }
  m.fn = undefined;
}
