/** Functions of Python whose result follows from known arguments. They give the value only; undefined means "not foldable". Bounded by their inputs or by `MAX`. */
import type { Hole } from '../../model.ts';
import { type Abs, bytesAbs, joinText, numAbs, pieces, refOf, strOf, textAbs, textLike, viaOf } from './abstract.ts';
import { elements, encodeText, type Fold, listOf, MAX, METHODS } from './fold.ts';
import { binary, dirname, joinPath } from './operators.ts';

const bytesFrom: Fold = ({ args }) => {
  const [first] = args;
  if (first === undefined) return bytesAbs(new Uint8Array());
  if (first.bytes) return bytesAbs(first.bytes, first.via);
  const text = strOf(first);
  if (text !== undefined) return bytesAbs(encodeText(text, textLike(args[1]) ?? 'utf-8') ?? new Uint8Array(), first.via);
  if (first.num !== undefined) return first.num >= 0 && first.num <= MAX ? bytesAbs(new Uint8Array(first.num)) : undefined;
  const items = elements(first);
  if (items === undefined || items.some((item) => item.num === undefined)) return undefined;
  return bytesAbs(
    Uint8Array.from(items, (item) => item.num! & 0xff),
    [...(viaOf(...items.slice(0, 20)) ?? []), ...(items.length > 3 ? ['charcode'] : [])],
  );
};
const number: Fold = ({ args }) => {
  if (args[0]?.num !== undefined) return numAbs(Math.trunc(args[0].num));
  const text = textLike(args[0])?.trim();
  const base = args[1]?.num ?? 10;
  if (text === undefined || text === '' || text.length > 60) return undefined;
  const parsed = Number.parseInt(text.replace(/^0[xXoObB]/, ''), base === 0 ? 10 : base);
  return Number.isSafeInteger(parsed) && base >= 2 && base <= 36 ? numAbs(parsed) : undefined;
};
const sequence =
  (kind: 'list' | 'tuple'): Fold =>
  ({ args }, block) => {
    const items = args[0] === undefined ? [] : elements(args[0]);
    return items === undefined ? undefined : listOf([...items], block, kind);
  };
const expand: Fold = ({ args }) => {
  const [path] = args;
  if (path === undefined || refOf(path)) return undefined;
  return { value: path.value, via: path.via };
};

const extreme =
  (pick: (...numbers: number[]) => number): Fold =>
  ({ args, kw }) => {
    if (kw.size > 0) return undefined;
    const numbers = (args.length === 1 ? elements(args[0]) : args)?.map((item) => item.num);
    if (numbers === undefined || numbers.length === 0 || numbers.length > 10_000 || numbers.some((value) => value === undefined)) return undefined;
    return numAbs(pick(...(numbers as number[])));
  };

export const FUNCTIONS: Readonly<Record<string, Fold>> = {
  'builtins.chr': ({ args }) =>
    args[0]?.num !== undefined && args[0].num >= 0 && args[0].num <= 0x10ffff
      ? textAbs(String.fromCodePoint(args[0].num), { via: ['chr'] })
      : undefined,
  'builtins.ord': ({ args }) => {
    const text = textLike(args[0]);
    return text === undefined || text === '' ? undefined : numAbs(text.codePointAt(0) ?? 0);
  },
  'builtins.len': ({ args }) => {
    const [first] = args;
    const length = first?.bytes?.length ?? (first?.list && !first.list.open ? first.list.items.length : strOf(first)?.length);
    return length === undefined ? undefined : numAbs(length);
  },
  'builtins.str': ({ args }) => {
    const [first] = args;
    if (first === undefined) return textAbs('');
    if (first.bytes) return args[1] ? METHODS['decode']!(first, { args: args.slice(1), kw: new Map() }, 0) : undefined;
    return first.list || first.dict || refOf(first) === 'os.environ' ? undefined : { value: first.value, via: first.via };
  },
  'builtins.repr': () => undefined,
  'builtins.int': number,
  'builtins.float': ({ args }) => (args[0]?.num === undefined ? undefined : numAbs(args[0].num)),
  'builtins.abs': ({ args }) => (args[0]?.num === undefined ? undefined : numAbs(Math.abs(args[0].num))),
  'builtins.hex': ({ args }) => (args[0]?.num === undefined ? undefined : textAbs(`0x${args[0].num.toString(16)}`)),
  'builtins.pow': ({ args }) => {
    const [a, b, c] = args.map((arg) => arg.num);
    if (a === undefined || b === undefined || b > 10_000 || !Number.isInteger(a) || !Number.isInteger(b)) return undefined;
    // The modular inverse, as affine ciphers use it; small moduli only.
    if (b === -1 && c !== undefined && c > 1 && c <= 65_536) {
      for (let x = 1; x < c; x++) if ((((a % c) + c) * x) % c === 1) return numAbs(x);
      return undefined;
    }
    if (b < 0) return undefined;
    const power = BigInt(a) ** BigInt(b);
    const value = Number(c === undefined || c === 0 ? power : power % BigInt(Math.trunc(c)));
    return Number.isSafeInteger(value) ? numAbs(value) : undefined;
  },
  'builtins.max': extreme(Math.max),
  'builtins.min': extreme(Math.min),
  'builtins.sum': ({ args }) => {
    const numbers = elements(args[0])?.map((item) => item.num);
    return numbers === undefined || numbers.some((value) => value === undefined)
      ? undefined
      : numAbs(numbers.reduce((sum: number, value) => sum + (value ?? 0), args[1]?.num ?? 0));
  },
  'builtins.list': sequence('list'),
  'builtins.tuple': sequence('tuple'),
  'builtins.sorted': () => undefined,
  'builtins.iter': ({ args }) => args[0],
  'builtins.bytes': bytesFrom,
  'builtins.bytearray': bytesFrom,
  'builtins.memoryview': bytesFrom,
  'builtins.bytes.fromhex': ({ args }) => {
    const text = strOf(args[0])?.replace(/\s/g, '');
    return text === undefined || !/^(?:[0-9a-fA-F]{2})*$/.test(text)
      ? undefined
      : bytesAbs(Buffer.from(text, 'hex'), [...(args[0]?.via ?? []), 'hex']);
  },
  'builtins.range': ({ args }, block) => {
    const numbers = args.map((arg) => arg.num);
    if (numbers.length === 0 || numbers.some((value) => value === undefined)) return undefined;
    const [from, to, by] = numbers.length === 1 ? [0, numbers[0]!, 1] : [numbers[0]!, numbers[1]!, numbers[2] ?? 1];
    if (by === 0 || Math.abs((to - from) / by) > MAX) return undefined;
    const items: Abs[] = [];
    for (let i = from; by > 0 ? i < to : i > to; i += by) items.push(numAbs(i));
    return listOf(items, block);
  },
  'builtins.enumerate': ({ args, kw }, block) => {
    const items = elements(args[0]);
    const start = (args[1] ?? kw.get('start'))?.num ?? 0;
    return items === undefined
      ? undefined
      : listOf(
          items.map((item, index) => listOf([numAbs(index + start), item], block, 'tuple')),
          block,
        );
  },
  'builtins.zip': ({ args }, block) => {
    const all = args.map(elements);
    if (all.length === 0 || all.some((items) => items === undefined)) return undefined;
    const length = Math.min(...all.map((items) => items!.length));
    return listOf(
      Array.from({ length }, (_, index) =>
        listOf(
          all.map((items) => items![index]!),
          block,
          'tuple',
        ),
      ),
      block,
    );
  },
  'builtins.reversed': ({ args }, block) => {
    const items = elements(args[0]);
    return items === undefined
      ? undefined
      : listOf(
          [...items].reverse().map((item) => ({ ...item, via: items.length > 12 ? [...(item.via ?? []), 'reverse'] : item.via })),
          block,
        );
  },
  'builtins.str.maketrans': ({ args }, block) => {
    const map = new Map<string, Abs>();
    const [from, to] = [strOf(args[0]), strOf(args[1])];
    if (args.length >= 2) {
      if (from === undefined || to === undefined || from.length !== to.length) return undefined;
      const targets = [...to];
      [...from].forEach((char, index) => {
        map.set(String(char.codePointAt(0)), textAbs(targets[index] ?? ''));
      });
    } else {
      if (args[0]?.dict === undefined || args[0].dict.open) return undefined;
      for (const [key, value] of args[0].dict.items) map.set(/^\d+$/.test(key) ? key : String(key.codePointAt(0)), value);
    }
    return { value: { kind: 'unknown' }, dict: { items: map, open: false, block } };
  },
  'operator.add': ({ args }, block) => (args[0] && args[1] ? binary('+', args[0], args[1], block) : undefined),
  'operator.concat': ({ args }, block) => (args[0] && args[1] ? binary('+', args[0], args[1], block) : undefined),
  'os.path.join': ({ args, spread }) => (args.length === 0 || spread ? undefined : joinPath(args)),
  'os.path.expanduser': expand,
  'os.path.expandvars': ({ args }) => {
    const text = strOf(args[0]);
    if (text === undefined) return args[0] ? expand({ args, kw: new Map() }, 0) : undefined;
    const out: (string | Hole)[] = [];
    let from = 0;
    for (const match of text.matchAll(/\$(?:\{(\w{1,80})\}|(\w{1,80}))|%(\w{1,80})%/g)) {
      out.push(text.slice(from, match.index), { env: match[1] ?? match[2] ?? match[3] ?? '' });
      from = match.index + match[0].length;
    }
    out.push(text.slice(from));
    return { value: joinText(out) };
  },
  'os.path.abspath': expand,
  'os.path.realpath': expand,
  'os.path.normpath': expand,
  'os.fspath': expand,
  'os.fsdecode': expand,
  'os.path.dirname': ({ args }) => (args[0] ? dirname(args[0]) : undefined),
  'os.path.basename': ({ args }) => {
    const last = args[0] ? pieces(args[0]).at(-1) : undefined;
    return typeof last === 'string' && last.includes('/')
      ? textAbs(last.slice(last.lastIndexOf('/') + 1))
      : args[0] && strOf(args[0]) !== undefined
        ? args[0]
        : undefined;
  },
  'urllib.parse.urljoin': ({ args }) => {
    const [base, path] = args;
    if (base === undefined || path === undefined) return undefined;
    const first = pieces(path)[0];
    if (typeof first === 'string' && /^[a-z][a-z0-9+.-]{1,20}:\/\//i.test(first)) return { value: path.value };
    const text = pieces(base);
    const last = text.at(-1);
    const slash = typeof last === 'string' && !last.endsWith('/') && !(typeof first === 'string' && first.startsWith('/')) ? ['/'] : [];
    return { value: joinText([...text, ...slash, ...pieces(path)]) };
  },
  'textwrap.dedent': ({ args }) =>
    strOf(args[0]) === undefined ? undefined : textAbs(strOf(args[0])!.replace(/^[ \t]{1,40}/gm, ''), { via: args[0]?.via }),
  'shlex.split': ({ args }, block) => {
    const text = strOf(args[0]);
    return text === undefined || /[\\'"`$]/.test(text)
      ? undefined
      : listOf(
          text
            .split(/\s+/)
            .filter((word) => word !== '')
            .slice(0, 1_000)
            .map((word) => textAbs(word)),
          block,
        );
  },
  'shlex.quote': ({ args }) => (args[0] ? { value: args[0].value, via: args[0].via } : undefined),
  'string.Template': ({ args }) => args[0],
};
