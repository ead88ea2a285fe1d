/** Operators over known values: arithmetic, bytes, repetition, `%` formatting, slices and comparisons. Undefined where nothing can be said; sizes are bounded. */
import type { Hole } from '../../model.ts';
import { concat } from '../../value.ts';
import { type Abs, boolAbs, bytesAbs, joinText, type List, NOTHING, numAbs, pieces, strOf, textAbs, viaOf } from './abstract.ts';

const MAX = 1_000_000;
/** Elements of a list that was put together. */
const LONGEST = 20_000;

function arithmetic(operator: string, a: number, b: number): number | undefined {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? undefined : a / b;
    case '//':
      return b === 0 ? undefined : Math.floor(a / b);
    case '%':
      return b === 0 ? undefined : a - b * Math.floor(a / b);
    case '**':
      return a ** b;
    case '^':
      return wide(a, b, (x, y) => x ^ y);
    case '&':
      return wide(a, b, (x, y) => x & y);
    case '|':
      return wide(a, b, (x, y) => x | y);
    case '<<':
      return b >= 0 && b < 52 ? a * 2 ** b : undefined;
    case '>>':
      return b >= 0 && b < 64 ? Math.floor(a / 2 ** b) : undefined;
    default:
      return undefined;
  }
}
const wide = (a: number, b: number, op: (x: bigint, y: bigint) => bigint): number | undefined =>
  Number.isInteger(a) && Number.isInteger(b) ? Number(op(BigInt(a), BigInt(b))) : undefined;

/** A binary operator over two operands, for the value only; cells are the caller's. */
export function binary(operator: string, a: Abs, b: Abs, block: number): Abs | undefined {
  if (a.num !== undefined && b.num !== undefined) {
    const result = arithmetic(operator, a.num, b.num);
    return result !== undefined && Number.isFinite(result) && Math.abs(result) <= Number.MAX_SAFE_INTEGER ? numAbs(result) : undefined;
  }
  const via = viaOf(a, b);
  if (operator === '+') {
    if (a.bytes && b.bytes) return a.bytes.length + b.bytes.length > MAX ? undefined : bytesAbs(Buffer.concat([a.bytes, b.bytes]), via);
    if (a.list || b.list) {
      const all = [...(a.list?.items ?? []), ...(a.list?.open ? [] : (b.list?.items ?? []))];
      // `a = a + a` doubles: what is cut is an open list.
      const items = all.slice(0, LONGEST);
      const open = all.length > LONGEST || a.list === undefined || a.list.open || b.list === undefined || b.list.open;
      const list: List = {
        items: a.list === undefined ? [] : items,
        open,
        rest: a.list === undefined ? a.cell : (a.list.rest ?? b.list?.rest ?? b.cell),
        kind: 'list',
        block,
      };
      return { value: { kind: 'unknown' }, list };
    }
    if (a.num !== undefined || b.num !== undefined) return undefined;
    if (strOf(a) === undefined && strOf(b) === undefined && a.value.kind === 'unknown' && b.value.kind === 'unknown') return undefined;
    return { value: joinText([...pieces(a), ...pieces(b)]), via };
  }
  if (operator === '*') {
    const [body, times] = a.num === undefined ? [a, b.num] : [b, a.num];
    if (times === undefined || !Number.isInteger(times)) return undefined;
    const count = Math.max(0, times);
    if (body.bytes) return body.bytes.length * count > MAX ? undefined : bytesAbs(Buffer.concat(new Array<Uint8Array>(count).fill(body.bytes)), via);
    const text = strOf(body);
    if (text !== undefined) return text.length * count > MAX ? undefined : textAbs(text.repeat(count), { via });
    if (body.list && !body.list.open && body.list.items.length * count <= 10_000) {
      const items: Abs[] = [];
      for (let i = 0; i < count; i++) items.push(...body.list.items);
      return { value: { kind: 'unknown' }, list: { items, open: false, kind: 'list', block } };
    }
    return undefined;
  }
  if (operator === '%') {
    const format = strOf(a);
    return format === undefined ? undefined : percentFormat(format, b, via);
  }
  return undefined;
}

/** `'%s/%s' % (a, b)` and `'%(k)s' % d`. */
function percentFormat(format: string, args: Abs, via: readonly string[] | undefined): Abs {
  const list = args.list?.kind === 'tuple' ? args.list.items : [args];
  const out: (string | Hole)[] = [];
  let next = 0;
  let from = 0;
  for (const match of format.matchAll(/%(?:\(([\w.]{1,60})\))?[-+ #0]{0,5}[\d*]{0,6}(?:\.\d{0,4})?([sdrxXofgeci%a])/g)) {
    out.push(format.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === '%') {
      out.push('%');
      continue;
    }
    const arg = match[1] === undefined ? (list[next++] ?? NOTHING) : (args.dict?.items.get(match[1]) ?? { ...NOTHING, cell: args.cell });
    out.push(...formatted(arg, match[2] ?? 's'));
  }
  out.push(format.slice(from));
  return { value: joinText(out), via };
}

function formatted(arg: Abs, type: string): readonly (string | Hole)[] {
  if (arg.num !== undefined) {
    if (type === 'x') return [arg.num.toString(16)];
    if (type === 'X') return [arg.num.toString(16).toUpperCase()];
    if (type === 'o') return [arg.num.toString(8)];
    if (type === 'c') return [String.fromCodePoint(Math.max(0, Math.min(arg.num, 0x10ffff)))];
  }
  if (type === 'r') return ["'", ...pieces(arg), "'"];
  return pieces(arg);
}

/** `'{0} {name!r:>3}'.format(…)`. */
export function braceFormat(format: string, args: readonly Abs[], kw: ReadonlyMap<string, Abs>, via: readonly string[] | undefined): Abs {
  const out: (string | Hole)[] = [];
  let next = 0;
  let from = 0;
  for (const match of format.matchAll(/\{\{|\}\}|\{([^{}!:]{0,80})(?:![rsa])?(?::[^{}]{0,40})?\}/g)) {
    out.push(format.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[1] === undefined) {
      out.push(match[0][0]!);
      continue;
    }
    const name = match[1].split(/[.[]/, 1)[0]!;
    const arg = name === '' ? args[next++] : /^\d{1,3}$/.test(name) ? args[Number(name)] : kw.get(name);
    out.push(...pieces(arg ?? NOTHING));
  }
  out.push(format.slice(from));
  return { value: joinText(out), via };
}

/** `x[a:b:c]` over text, bytes and lists. `null` for an omitted bound, undefined for an unknown one. */
export function slice(body: Abs, bounds: readonly (number | null | undefined)[], block: number): Abs | undefined {
  if (bounds.some((bound) => bound === undefined)) return undefined;
  const [from = null, to = null, step = null] = bounds as (number | null)[];
  const by = step ?? 1;
  if (by === 0) return undefined;
  const text = strOf(body);
  const length = text !== undefined ? text.length : (body.bytes?.length ?? (body.list && !body.list.open ? body.list.items.length : -1));
  if (length < 0) return undefined;
  const fix = (bound: number | null, missing: number): number => {
    if (bound === null) return missing;
    const index = bound < 0 ? bound + length : bound;
    return by > 0 ? Math.min(Math.max(index, 0), length) : Math.min(Math.max(index, -1), length - 1);
  };
  const start = fix(from, by > 0 ? 0 : length - 1);
  const end = fix(to, by > 0 ? length : -1);
  const indexes: number[] = [];
  for (let i = start; by > 0 ? i < end : i > end; i += by) indexes.push(i);
  const via = by < 0 && length > 12 ? [...(body.via ?? []), 'reverse'] : body.via;
  if (text !== undefined) return textAbs(by === 1 ? text.slice(start, end) : indexes.map((i) => text[i]).join(''), { via });
  if (body.bytes)
    return bytesAbs(
      Uint8Array.from(indexes, (i) => body.bytes![i]!),
      via,
    );
  return { value: { kind: 'unknown' }, list: { items: indexes.map((i) => body.list!.items[i]!), open: false, kind: body.list!.kind, block } };
}

/** `==`, `<`, `in`… where both sides are known. */
export function compare(operator: string, a: Abs, b: Abs): Abs | undefined {
  const left = a.num ?? strOf(a);
  const right = b.num ?? strOf(b);
  if (operator === 'in' || operator === 'not in') {
    const yes = operator === 'in';
    if (typeof left === 'string' && typeof right === 'string') return boolAbs(right.includes(left) === yes);
    return undefined;
  }
  if (left === undefined || right === undefined || typeof left !== typeof right) return undefined;
  switch (operator) {
    case '==':
    case 'is':
      return boolAbs(left === right);
    case '!=':
    case 'is not':
      return boolAbs(left !== right);
    case '<':
      return boolAbs(left < right);
    case '>':
      return boolAbs(left > right);
    case '<=':
      return boolAbs(left <= right);
    case '>=':
      return boolAbs(left >= right);
    default:
      return undefined;
  }
}

/** Known path pieces joined as `os.path.join` does: an absolute piece starts anew. */
export function joinPath(all: readonly Abs[]): Abs {
  let kept: Abs[] = [];
  for (const each of all) {
    const first = pieces(each)[0];
    if (typeof first === 'string' && /^(?:[/\\~]|[A-Za-z]:[\\/])/.test(first)) kept = [];
    kept.push(each);
  }
  const out: (string | Hole)[] = [];
  kept.forEach((each, index) => {
    if (index > 0) {
      const last = out.at(-1);
      if (!(typeof last === 'string' && last.endsWith('/'))) out.push('/');
    }
    out.push(...pieces(each));
  });
  return { value: joinText(out), via: viaOf(...all) };
}

/** The folder of a path; `…/..` where the last segment is not known. */
export function dirname(path: Abs): Abs {
  const list = [...pieces(path)];
  const last = list.at(-1);
  if (typeof last === 'string') {
    const body = last.endsWith('/') ? last.slice(0, -1) : last;
    if (/(?:^|\/)\.\.$/.test(body)) return { value: concat({ kind: 'template', parts: list }, { kind: 'known', text: '/..' }) };
    const cut = body.lastIndexOf('/');
    if (cut > 0 || (cut === 0 && list.length > 1)) return { value: joinText([...list.slice(0, -1), body.slice(0, cut)]) };
    if (cut === 0) return textAbs('/');
    if (list.length === 1) return textAbs('.');
    return { value: joinText([...list, '/..']) };
  }
  return { value: joinText([...list, '/..']) };
}
