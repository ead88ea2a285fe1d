/**
 * Expressions: what they are, as far as that is known without running them, and the facts of the calls in them. Constants fold (strings, bytes, numbers, lists, small loops);
 * everything else becomes a hole with a cell. Recursion is bounded; what lies deeper is reported, not guessed.
 */
import { bytesToText, decode, guessLanguage, looksLikeText } from '../../decode/codecs.ts';
import { known } from '../../value.ts';
import { child, parts, type Syntax } from '../grammar.ts';
import { type Abs, boolAbs, type Call, type Gap, holeAbs, joinText, NOTHING, numAbs, pieces, strOf, textLike, viaOf } from './abstract.ts';
import { assembled, attribute, subscript } from './access.ts';
import { callWith } from './calls.ts';
import { comprehension, dictionary, sequence } from './collections.ts';
import { wholeEnv } from './effects.ts';
import { elements } from './fold.ts';
import { defineLambda } from './functions.ts';
import { literalPiece, numberAbs, prefixOf, stringAbs } from './literals.ts';
import { freshId, join, type Place, snippet } from './machine.ts';
import { moduleName } from './modules.ts';
import { binary, compare, joinPath } from './operators.ts';
import { assign, lookup, merge, type Reader } from './scope.ts';
import { embedOnce } from './shellwords.ts';
import { bind } from './statements.ts';
import { BUILTINS, MODULES, rowsOf } from './tables/index.ts';

const DEPTH = 130;

/** What an expression is. Never throws but for a spent budget. */
export function evaluate(r: Reader, node: Syntax | undefined): Abs {
  if (node === undefined) return NOTHING;
  const { m } = r;
  m.ctx.step();
  if (m.mute > 0 && --m.budget < 0) return NOTHING;
  if (m.depth >= DEPTH) {
    m.deep = true;
    return NOTHING;
  }
  m.depth++;
  try {
    return expression(r, node);
  } finally {
    m.depth--;
  }
}

const fresh = (r: Reader, name: string | undefined, cell?: string, extra?: Partial<Abs>): Abs => holeAbs(name, freshId(r.m), cell, extra);

function expression(r: Reader, node: Syntax): Abs {
  const { m } = r;
  switch (node.type) {
    case 'identifier':
      return identifier(r, m.source.slice(node.start, node.end));
    case 'string':
      return string(r, node);
    case 'concatenated_string':
      return concatenated(r, node);
    case 'integer':
    case 'float':
      return numberAbs(m.source.slice(node.start, Math.min(node.end, node.start + 40))) ?? fresh(r, undefined);
    case 'true':
    case 'false':
      return boolAbs(node.type === 'true');
    case 'none':
      return { value: known('None'), ref: 'None' };
    case 'attribute': {
      const object = evaluate(r, child(node, 'object'));
      const name = child(node, 'attribute');
      return name === undefined ? object : attribute(r, node, object, m.source.slice(name.start, name.end));
    }
    case 'subscript':
      return subscript(r, node);
    case 'call':
      return call(r, node);
    case 'binary_operator':
      return operator(r, node);
    case 'boolean_operator':
      return either(r, node);
    case 'comparison_operator':
      return comparison(r, node);
    case 'not_operator': {
      const inner = evaluate(r, child(node, 'argument'));
      return inner.gate ? { ...fresh(r, undefined, inner.cell), gate: inner.gate } : fresh(r, undefined, inner.cell);
    }
    case 'unary_operator': {
      const inner = evaluate(r, child(node, 'argument'));
      const sign = node.children[0]?.type;
      if (inner.num !== undefined) return numAbs(sign === '-' ? -inner.num : sign === '~' ? ~inner.num : inner.num);
      return fresh(r, undefined, inner.cell);
    }
    case 'conditional_expression': {
      const [yes, condition, no] = parts(node);
      evaluate(r, condition);
      return merge(r, node, 'either', evaluate(r, yes), evaluate(r, no));
    }
    case 'parenthesized_expression':
    case 'await':
    case 'expression_statement':
    case 'interpolation':
    case 'type':
      return evaluate(r, parts(node)[0]);
    case 'yield': {
      const inner = evaluate(r, parts(node)[0]);
      r.scope.returns.push(inner);
      return fresh(r, undefined);
    }
    case 'named_expression': {
      const value = evaluate(r, child(node, 'value'));
      const name = child(node, 'name');
      if (name !== undefined) assign(r, node, m.source.slice(name.start, name.end), value);
      return value;
    }
    case 'lambda':
      return defineLambda(r, node);
    case 'list':
    case 'tuple':
    case 'set':
    case 'expression_list':
      return sequence(r, node);
    case 'dictionary':
      return dictionary(r, node);
    case 'list_comprehension':
    case 'set_comprehension':
    case 'generator_expression':
    case 'dictionary_comprehension':
      return comprehension(r, node);
    case 'list_splat':
    case 'dictionary_splat':
    case 'keyword_argument':
    case 'parenthesized_list_splat':
      return evaluate(r, child(node, 'value') ?? parts(node)[0]);
    case 'assignment':
    case 'augmented_assignment': {
      const value = evaluate(r, child(node, 'right'));
      bind(r, child(node, 'left'), value);
      return value;
    }
    case 'ellipsis':
    case 'comment':
      return NOTHING;
    default: {
      let last = NOTHING;
      for (const each of parts(node)) last = evaluate(r, each);
      return last;
    }
  }
}

function identifier(r: Reader, name: string): Abs {
  const found = lookup(r, name);
  if (found !== undefined) return found;
  if (name === '__file__') return { value: { kind: 'template', parts: [{ name: '__file__' }] } };
  if (name === '__builtins__') return { value: { kind: 'unknown' }, ref: 'builtins' };
  if (BUILTINS.has(name)) return { value: { kind: 'template', parts: [{ name }] }, ref: `builtins.${name}` };
  for (const star of r.stars) {
    if (star.startsWith('own:')) continue;
    if (rowsOf(`${star}.${name}`) !== undefined || (star === 'os' && name === 'environ'))
      return { value: { kind: 'unknown' }, ref: `${star}.${name}` };
  }
  const own = r.stars.find((star) => star.startsWith('own:'));
  if (own !== undefined) return { value: { kind: 'template', parts: [{ name }] }, ref: `${own}#${name}` };
  // Examples leave their imports out: a name that nothing binds and that is a module means the module. In a program it would be an error.
  return {
    value: { kind: 'template', parts: [{ name, id: `${r.m.ctx.unit.id}.?${name}` } as Gap] },
    ...(MODULES.has(name) ? { ref: moduleName(name) } : {}),
  };
}

export function string(r: Reader, node: Syntax): Abs {
  const { m } = r;
  const start = node.children[0];
  if (start === undefined) return NOTHING;
  const prefix = prefixOf(m.source.slice(start.start, Math.min(start.end, start.start + 8)));
  const holes = node.children.filter((each) => each.type === 'interpolation');
  if (holes.length === 0) {
    const end = node.children.at(-1);
    const to = end !== undefined && end.type === 'string_end' ? end.start : node.end;
    const raw = m.source.slice(start.end, to);
    const text = literalPiece(raw, prefix);
    return stringAbs(text, prefix, text === raw ? { start: start.end, end: to } : undefined);
  }
  const out: Parameters<typeof joinText>[0][number][] = [];
  const all: Abs[] = [];
  let at = start.end;
  for (const hole of holes) {
    out.push(literalPiece(m.source.slice(at, hole.start), prefix));
    const inner = exported(r, hole, evaluate(r, child(hole, 'expression') ?? parts(hole)[0]));
    all.push(inner);
    out.push(...named(r, pieces(inner), hole));
    at = hole.end;
  }
  const end = node.children.at(-1);
  out.push(literalPiece(m.source.slice(at, end !== undefined && end.type === 'string_end' ? end.start : node.end), prefix));
  const value = joinText(out);
  assembled(r, node, { value }, all);
  return {
    value,
    cell: join(
      m,
      node,
      all.map((abs) => abs.cell),
    ),
    via: viaOf(...all),
  };
}

/** Nameless holes take the text of the expression. */
function named(r: Reader, list: ReturnType<typeof pieces>, at: Place): ReturnType<typeof pieces> {
  return list.map((part) =>
    typeof part === 'object' && part.env === undefined && part.name === undefined
      ? { ...part, name: snippet(r.m, { start: at.start + 1, end: at.end - 1 }, 30) }
      : part,
  );
}

/** The whole environment becomes data when something else than a lookup uses it. */
export function exported(r: Reader, at: Place, abs: Abs): Abs {
  if (abs.ref !== 'os.environ' && abs.ref !== 'os.environb') return abs;
  return { value: { kind: 'template', parts: [{ name: 'os.environ' }] }, cell: wholeEnv(r.m, at) };
}

function concatenated(r: Reader, node: Syntax): Abs {
  let sum: Abs | undefined;
  const cells: (string | undefined)[] = [];
  for (const each of parts(node)) {
    const next = evaluate(r, each);
    cells.push(next.cell);
    sum = sum === undefined ? next : (binary('+', sum, next, r.m.block) ?? { value: joinText([...pieces(sum), ...pieces(next)]) });
  }
  if (sum !== undefined) assembled(r, node, sum, []);
  return { ...(sum ?? NOTHING), span: undefined, cell: join(r.m, node, cells) };
}

/** Binary operators; a long chain nests to the left and is walked without recursion. */
function operator(r: Reader, node: Syntax): Abs {
  const chain: Syntax[] = [];
  let left: Syntax | undefined = node;
  while (left !== undefined && left.type === 'binary_operator') {
    chain.push(left);
    left = child(left, 'left');
  }
  let sum = exported(r, node, evaluate(r, left));
  for (let i = chain.length - 1; i >= 0; i--) {
    const each = chain[i]!;
    r.m.ctx.step();
    const right = exported(r, each, evaluate(r, child(each, 'right')));
    sum = combine(r, each, child(each, 'operator')?.type ?? '+', sum, right);
  }
  splitPayload(r, node, sum);
  return sum;
}

/** A long text put together from pieces that decodes to code: nobody splits Base64 for another reason than to keep it from being seen whole. */
function splitPayload(r: Reader, node: Syntax, sum: Abs): void {
  const text = strOf(sum);
  if (text === undefined || sum.ref !== undefined || text.length < 24 || text.length > 100_000 || !/^[A-Za-z0-9+/_-]{20,100000}={0,2}$/.test(text))
    return;
  const bytes = decode('base64', text, r.m.limits);
  if (bytes === undefined || !looksLikeText(bytes)) return;
  const plain = bytesToText(bytes);
  const language = guessLanguage(plain);
  if (language === undefined || language === 'prose') return;
  embedOnce(r.m, node, language, plain, { ...sum, span: undefined, via: ['concat', 'base64'] }, 'split literal');
}

const isPath = (abs: Abs): boolean => abs.ref === 'pathlib.Path()';

export function combine(r: Reader, node: Syntax, sign: string, a: Abs, b: Abs): Abs {
  const { m } = r;
  const cell = join(m, node, [a.cell, b.cell]);
  if (sign === '/' && (isPath(a) || isPath(b))) return { ...joinPath([a, b]), cell, ref: 'pathlib.Path()' };
  if (sign === '|' && (a.dict || b.dict)) return { ...NOTHING, cell };
  const folded = binary(sign, a, b, m.block);
  if (folded !== undefined) {
    if (folded.num === undefined && folded.list === undefined && textLike(a) !== '' && textLike(b) !== '') assembled(r, node, folded, [a, b]);
    const via = sign === '^' ? [...new Set([...(viaOf(a, b) ?? []), 'xor'])] : (folded.via ?? (folded.num === undefined ? undefined : viaOf(a, b)));
    return { ...folded, cell, ...(via ? { via } : {}) };
  }
  // `time.time() - start` measures; it is no gate.
  return fresh(r, undefined, cell, a.gate && b.num !== undefined ? { gate: a.gate } : {});
}

/** `a or b`, `a and b`: either may be the value; `or` prefers what is known. */
function either(r: Reader, node: Syntax): Abs {
  const sign = child(node, 'operator')?.type ?? node.children[1]?.type;
  const left = evaluate(r, child(node, 'left'));
  const right = evaluate(r, child(node, 'right'));
  const gate = left.gate ?? right.gate;
  if (sign === 'or') {
    const spare = strOf(right);
    const cell = join(r.m, node, [left.cell, right.cell]);
    if (left.ref === 'None' || strOf(left) === '') return { ...right, cell };
    if (spare !== undefined && left.value.kind !== 'known') return spare === '' ? { ...left, cell } : { ...right, cell, span: undefined };
    return { ...merge(r, node, 'either', left, right), cell, ...(gate ? { gate } : {}) };
  }
  return { ...merge(r, node, 'either', right, left), ...(gate ? { gate } : {}) };
}

const DIGEST = /(?:hashlib\.|hmac\.)[\w.()]{1,60}\.(?:hexdigest|digest)\(\)/;

function comparison(r: Reader, node: Syntax): Abs {
  const { m } = r;
  const operands: Abs[] = [];
  let sign = '';
  for (const each of node.children) {
    if (each.named && each.type !== 'comment') operands.push(evaluate(r, each));
    else sign = sign === '' ? m.source.slice(each.start, each.end) : sign;
  }
  const [a = NOTHING, b = NOTHING] = operands;
  const cell = join(
    m,
    node,
    operands.map((abs) => abs.cell),
  );
  checkDigest(r, a, b);
  checkDigest(r, b, a);
  const gated = a.gate !== undefined ? a : b.gate !== undefined ? b : undefined;
  if (gated !== undefined) {
    const other = gated === a ? b : a;
    // Compared with something that stands in the program: a gate. With something computed: a measurement.
    const fixed =
      other.num !== undefined
        ? Math.abs(other.num) > 1_000_000 || gated.gate !== 'date-gate' || /\.(?:month|day|year|hour|weekday|isoweekday|tm_\w+)/.test(gated.ref ?? '')
        : strOf(other) !== undefined || other.list !== undefined || /^datetime\./.test(other.ref ?? '') || gated.gate === 'ci-gate';
    if (fixed && other.gate === undefined) return fresh(r, undefined, cell, { gate: gated.gate });
    return fresh(r, undefined, cell);
  }
  const folded = operands.length === 2 ? compare(sign, a, b) : undefined;
  return folded ? { ...folded, cell } : fresh(r, undefined, cell);
}

/** A digest of something compared with a literal digest. */
export function checkDigest(r: Reader, digest: Abs, literal: Abs): void {
  if (digest.cell === undefined || !DIGEST.test(digest.ref ?? '')) return;
  const text = textLike(literal);
  if (text !== undefined && /^[0-9a-f]{40,128}$/i.test(text)) r.m.checked.add(digest.cell);
}

/** Evaluates the arguments of a call and makes it. */
export function call(r: Reader, node: Syntax): Abs {
  const { m } = r;
  const callee = child(node, 'function');
  const list = child(node, 'arguments');
  let recv: Abs | undefined;
  let target: Abs;
  let method: string | undefined;
  if (callee?.type === 'attribute') {
    recv = evaluate(r, child(callee, 'object'));
    const name = child(callee, 'attribute');
    method = name === undefined ? '' : m.source.slice(name.start, name.end);
    target = attribute(r, callee, recv, method);
  } else target = evaluate(r, callee);
  const args: Abs[] = [];
  const kw = new Map<string, Abs>();
  let spread: Abs | undefined;
  if (list?.type === 'generator_expression') args.push(evaluate(r, list));
  else
    for (const each of list === undefined ? [] : parts(list)) {
      if (each.type === 'keyword_argument') {
        const name = child(each, 'name');
        if (name !== undefined) kw.set(m.source.slice(name.start, name.end), evaluate(r, child(each, 'value')));
      } else if (each.type === 'list_splat') {
        const value = evaluate(r, each);
        const known = elements(value);
        if (known !== undefined && known.length < 100) args.push(...known);
        else spread = value;
      } else if (each.type === 'dictionary_splat') {
        const value = evaluate(r, each);
        if (value.dict && !value.dict.open) for (const [key, item] of value.dict.items) kw.set(key, item);
        else spread = value;
      } else args.push(evaluate(r, each));
    }
  const made: Call = { args, kw, spread, recv };
  return callWith(r, node, target, made, method, callee);
}

/** `x[a:b]` bounds. */
export function bounds(r: Reader, node: Syntax): (number | null | undefined)[] {
  const out: (number | null | undefined)[] = [null, null, null];
  let index = 0;
  for (const each of node.children) {
    if (each.type === ':') index++;
    else if (each.named) {
      const value = evaluate(r, each);
      if (index < 3) out[index] = value.ref === 'None' ? null : value.num;
    }
  }
  return out;
}
