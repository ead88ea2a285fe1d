/** Lists, dictionaries and comprehensions: element by element where the elements are known and few, or many and only computed with. */
import { known } from '../../value.ts';
import { child, parts, type Syntax } from '../grammar.ts';
import { type Abs, type Dict, holeAbs, isTrue, type List, NOTHING, strOf, textLike } from './abstract.ts';
import { evaluate, exported } from './evaluate.ts';
import { elements } from './fold.ts';
import { edge, freshId, join, type Place, port, state } from './machine.ts';
import { newScope, type Reader } from './scope.ts';
import { bind } from './statements.ts';
import { PURE } from './tables/index.ts';

export function sequence(r: Reader, node: Syntax): Abs {
  const { m } = r;
  const kind = node.type === 'list' ? 'list' : node.type === 'set' ? 'set' : 'tuple';
  const list: List = { items: [], open: false, kind, block: m.block };
  const cell = kind === 'tuple' ? undefined : m.ctx.local(`[@${node.start}`);
  const cells: (string | undefined)[] = [];
  for (const each of parts(node)) {
    const splat = each.type === 'list_splat' || each.type === 'parenthesized_list_splat';
    const value = exported(r, each, evaluate(r, each));
    cells.push(value.cell);
    const inner = splat ? elements(value) : [value];
    if (inner === undefined) {
      list.open = true;
      list.rest = value.cell;
    } else if (list.items.length + inner.length > 65_536) list.open = true;
    else if (!list.open) for (const item of inner) list.items.push(item);
  }
  if (cell !== undefined) for (const from of cells) edge(m, from, cell, node, 'concat');
  return { value: { kind: 'unknown' }, list, cell: cell ?? join(m, node, cells) };
}

export function dictionary(r: Reader, node: Syntax): Abs {
  const { m } = r;
  const dict: Dict = { items: new Map(), open: false, block: m.block };
  const cell = m.ctx.local(`{@${node.start}`);
  let environ = false;
  for (const each of parts(node)) {
    if (each.type === 'dictionary_splat') {
      const inner = evaluate(r, each);
      if (inner.ref === 'os.environ') environ = true;
      if (inner.dict && !inner.dict.open) for (const [key, value] of inner.dict.items) dict.items.set(key, value);
      else dict.open = true;
      edge(m, inner.cell, cell, each, 'concat');
      continue;
    }
    const key = evaluate(r, child(each, 'key'));
    const value = exported(r, each, evaluate(r, child(each, 'value')));
    edge(m, value.cell, cell, each, 'concat');
    edge(m, key.cell, cell, each, 'concat');
    const name = textLike(key);
    if (name === undefined) dict.open = true;
    else dict.items.set(name, value);
  }
  // `{**os.environ, 'X': '1'}` is an environment still.
  if (environ) return { value: { kind: 'unknown' }, ref: 'os.environ', cell };
  return { value: { kind: 'unknown' }, dict, cell };
}

const pure = new WeakMap<Syntax, boolean>();
/** True if evaluating it can only compute. */
export function isPure(r: Reader, node: Syntax): boolean {
  const before = pure.get(node);
  if (before !== undefined) return before;
  let answer = true;
  const stack: Syntax[] = [node];
  for (let each = stack.pop(); each !== undefined && answer; each = stack.pop()) {
    if (each.type === 'call') {
      const callee = child(each, 'function');
      const name = callee?.type === 'attribute' ? child(callee, 'attribute') : callee;
      answer = name !== undefined && PURE.has(r.m.source.slice(name.start, name.end));
    } else if (each.type === 'await' || each.type === 'named_expression' || each.type === 'lambda') answer = false;
    stack.push(...each.children);
  }
  pure.set(node, answer);
  return answer;
}

const contains = (node: Syntax, type: string): boolean => {
  const stack = [node];
  for (let each = stack.pop(); each !== undefined; each = stack.pop()) {
    if (each.type === type) return true;
    stack.push(...each.children);
  }
  return false;
};

export function comprehension(r: Reader, node: Syntax): Abs {
  const { m } = r;
  const outer = r.scope;
  const clauses = node.children.filter((each) => each.type === 'for_in_clause' || each.type === 'if_clause');
  const body = child(node, 'body');
  const isDict = node.type === 'dictionary_comprehension';
  const items: Abs[] = [];
  const cells = new Set<string | undefined>();
  let whole = true;
  const isSafe = isPure(r, node);
  const environ = { seen: false };
  r.scope = newScope(outer, 'block');
  const run = (index: number): void => {
    const clause = clauses[index];
    if (clause === undefined) {
      if (isDict) {
        items.push({
          value: known(''),
          list: {
            items: [evaluate(r, child(body ?? node, 'key')), evaluate(r, child(body ?? node, 'value'))],
            open: false,
            kind: 'tuple',
            block: m.block,
          },
        });
        for (const each of items.at(-1)!.list!.items) cells.add(each.cell);
        return;
      }
      const item = evaluate(r, body);
      cells.add(item.cell);
      items.push(item);
      return;
    }
    if (clause.type === 'if_clause') {
      const test = evaluate(r, parts(clause)[0]);
      const text = strOf(test);
      const yes = isTrue(test) ?? (text === undefined || test.ref !== undefined ? undefined : text !== '');
      if (yes === false) return;
      if (yes !== true) whole = false;
      run(index + 1);
      return;
    }
    const right = evaluate(r, child(clause, 'right'));
    const source = right.ref === 'os.environ' ? exported(r, clause, right) : right;
    if (source !== right) environ.seen = true;
    const list = elements(source);
    const limit = isSafe ? 65_536 : 32;
    if (list !== undefined && list.length <= limit && list.length * 4 < m.budget) {
      // The list itself was work: an inner range is built again for every outer element.
      m.budget -= list.length;
      for (const item of list) {
        m.budget -= 2;
        bind(r, child(clause, 'left'), item.cell === undefined && source.cell !== undefined && !source.list ? { ...item, cell: source.cell } : item);
        run(index + 1);
      }
      return;
    }
    whole = false;
    bind(r, child(clause, 'left'), elementOf(r, clause, source));
    run(index + 1);
  };
  run(0);
  r.scope = outer;
  let cell = join(m, node, [...cells]);
  if (contains(node, '^') && (!whole || items.some((item) => item.num === undefined && textLike(item) === undefined))) {
    const out = m.ctx.local(`xor@${node.start}`);
    state(m, node, { kind: 'transform', op: 'decode', codec: 'xor', ins: [port('data', cell)], outs: [port('value', out)] });
    cell = out;
  }
  if (isDict) {
    const dict: Dict = { items: new Map(), open: !whole, block: m.block };
    for (const item of items) {
      const key = textLike(item.list?.items[0]);
      if (key !== undefined) dict.items.set(key, item.list?.items[1] ?? NOTHING);
      else dict.open = true;
    }
    return { value: { kind: 'unknown' }, dict, cell };
  }
  return {
    value: { kind: 'unknown' },
    list: { items, open: !whole, rest: cell, kind: node.type === 'set_comprehension' ? 'set' : 'list', block: m.block },
    cell,
  };
}

/** One element of something whose elements are not known one by one. */
export function elementOf(r: Reader, _at: Place, source: Abs): Abs {
  const gate = source.gate ? { gate: source.gate } : {};
  const name = /^(?:os\.(?:walk|listdir|scandir)|glob\.(?:glob|iglob)|pathlib\.Path\(\)\.(?:iterdir|glob|rglob))\(\)$/.exec(source.ref ?? '');
  if (name !== null) {
    const inside: Abs = { ...holeAbs('file', freshId(r.m), source.cell) };
    if (source.ref === 'os.walk()') {
      const rootValue: Abs = { value: source.value, cell: source.cell };
      return {
        value: { kind: 'unknown' },
        cell: source.cell,
        list: { items: [rootValue, inside, inside], open: false, kind: 'tuple', block: r.m.block },
      };
    }
    if (source.ref === 'os.listdir()') return inside;
    return { value: source.value, cell: source.cell, ref: source.ref!.startsWith('pathlib') ? 'pathlib.Path()' : undefined };
  }
  // All elements are alike enough: the first one speaks for what they refer to.
  if (source.list && source.list.items.length > 0) {
    const ref = source.list.items[0]!.ref;
    const same = ref !== undefined && source.list.items.every((item) => item.ref === ref);
    return holeAbs('item', freshId(r.m), source.cell, { ...(same ? { ref } : {}), ...gate });
  }
  return holeAbs('item', freshId(r.m), source.cell ?? source.sink, gate);
}
