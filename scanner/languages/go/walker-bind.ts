/** Names, members and elements in the compact walker: reading and assigning them. */
import * as cells from '../../cells.ts';
import { textOf } from '../../value.ts';
import { child, parts, type Syntax } from '../grammar.ts';
import { type Abs, joinText, type List, NOTHING, pieces, refOf, strOf, textAbs, textLike, viaOf } from '../python/abstract.ts';
import { readEnv } from '../python/effects.ts';
import { edge, join, type Place } from '../python/machine.ts';
import { evaluate, hole, text, type Walker } from './walker.ts';
import { callOf } from './walker-calls.ts';

export function lookup(w: Walker, node: Syntax): Abs {
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
  if (w.dialect.id === 'ruby' && /^[a-z_]\w{0,60}[!?]?$/.test(name) && (Object.hasOwn(w.dialect.rows, name) || name === 'gets'))
    return callOf(w, node);
  return { value: { kind: 'template', parts: [{ name: name.slice(0, 40) }] }, ref: w.dialect.canonical(name) };
}

export function assignment(w: Walker, node: Syntax): Abs {
  const sign = child(node, 'operator')?.type ?? node.children.find((part) => !part.named)?.type ?? '=';
  const target = child(node, 'left');
  let value = evaluate(w, child(node, 'right'));
  if (value.list?.kind === 'tuple' && value.list.items.length === 1 && target !== undefined) value = value.list.items[0]!;
  if (sign !== '=' && sign !== ':=' && target !== undefined) {
    const old = evaluate(w, target);
    const cell = join(w.m, node, [old.cell, value.cell]);
    value =
      sign.startsWith('.') || sign.startsWith('+') || sign.startsWith('<<')
        ? { value: joinText([...pieces(old), ...pieces(value)]), cell, via: viaOf(old, value) }
        : { ...value, cell };
  }
  bind(w, target, value);
  return value;
}

export function bind(w: Walker, target: Syntax | undefined, value: Abs): void {
  if (target === undefined) return;
  const { m } = w;
  if (
    /^(?:left_assignment_list|expression_list|list_literal|destructured_left_assignment|array_creation_expression|block_parameters|pair)$/.test(
      target.type,
    )
  ) {
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
  else if (owner !== undefined && /^(?:identifier|variable_name|instance_variable)$/.test(owner.type))
    assign(w, at, text(w, owner), { ...object, cell: value.cell });
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
  scope.set(
    name,
    old.ref === 'None' || (pieces(old).length === 0 && textOf(old.value) === '')
      ? { ...value, cell }
      : same
        ? { ...value, cell }
        : {
            ...hole(w, at, cell),
            ...(value.ref ? { ref: value.ref, made: value.made } : {}),
            ...(value.sink ? { sink: value.sink } : {}),
            ...(value.via ? { via: value.via } : {}),
          },
  );
}

export function collection(w: Walker, node: Syntax): Abs {
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
  const cell = join(
    m,
    node,
    all.map((abs) => abs.cell),
  );
  if (isTuple && list.items.length === 1) return list.items[0]!;
  const place = m.ctx.local(`[@${node.start}`);
  edge(m, cell, place, node);
  return { value: { kind: 'unknown' }, cell: place, ...(dict.size > 0 ? { dict: { items: dict, open: false, block: 0 } } : { list }) };
}

export function subscript(w: Walker, node: Syntax): Abs {
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
  const found =
    key === undefined
      ? undefined
      : (object.dict?.items.get(key) ?? (index.num !== undefined && object.list && !object.list.open ? object.list.items.at(index.num) : undefined));
  if (found !== undefined) return found;
  const body = strOf(object);
  if (body !== undefined && index.num !== undefined && ref === undefined) return textAbs(body.at(index.num) ?? '', { cell: object.cell });
  return hole(w, node, join(m, node, [object.cell]));
}

export function memberOf(w: Walker, node: Syntax): Abs {
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
  return (
    special ??
    hole(w, node, object.cell, {
      ...(ref ? { ref } : {}),
      recv: object,
      ...(object.sink ? { sink: object.sink } : {}),
      ...(object.made ? { made: object.made } : {}),
    })
  );
}
