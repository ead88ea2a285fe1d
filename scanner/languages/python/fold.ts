/**
 * Methods and functions of Python whose result follows from known arguments: `join`, `replace`, `chr`, `bytes.fromhex`, `os.path.join`… They give the value only; where data
 * comes from is the caller's. Undefined means "not foldable". Everything is bounded by the size of its inputs or by `MAX`.
 */
import type { Hole } from '../../model.ts';
import { type Abs, type Call, boolAbs, bytesAbs, joinText, NOTHING, numAbs, pieces, refOf, strOf, textAbs, textLike, viaOf } from './abstract.ts';
import { binary, braceFormat, dirname, joinPath } from './operators.ts';

const MAX = 65_536;
type Method = (recv: Abs, call: Call, block: number) => Abs | undefined;
type Function = (call: Call, block: number) => Abs | undefined;

const listOf = (items: Abs[], block: number, kind: 'list' | 'tuple' = 'list'): Abs => ({ value: { kind: 'unknown' }, list: { items, open: false, kind, block } });

/** Elements of anything iterable that is fully known. */
export function elements(abs: Abs | undefined): Abs[] | undefined {
  if (abs === undefined) return undefined;
  if (abs.list) return abs.list.open ? undefined : abs.list.items;
  if (abs.dict) return abs.dict.open ? undefined : [...abs.dict.items.keys()].map((key) => textAbs(key));
  if (abs.bytes) return abs.bytes.length > MAX ? undefined : [...abs.bytes].map(numAbs);
  const text = strOf(abs);
  if (text === undefined || text.length > MAX || refOf(abs) !== undefined) return undefined;
  return [...text].map((char) => textAbs(char, abs.via ? { via: abs.via } : {}));
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0) & 0xff);
const encodeText = (text: string, codec: string): Uint8Array | undefined => {
  if (/^(?:utf[-_]?8|ascii|us-ascii|utf8)$/i.test(codec)) return Buffer.from(text, 'utf8');
  if (/^(?:latin[-_]?1|iso-?8859-1|cp1252)$/i.test(codec)) return latin1(text);
  if (/^utf[-_]?16(?:[-_]?le)?$/i.test(codec)) return Buffer.from(text, 'utf16le');
  return undefined;
};
const decodeBytes = (bytes: Uint8Array, codec: string): string | undefined => {
  if (/^(?:utf[-_]?8(?:-sig)?|ascii|us-ascii)$/i.test(codec)) return new TextDecoder('utf-8').decode(bytes);
  if (/^(?:latin[-_]?1|iso-?8859-1|cp1252)$/i.test(codec)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  if (/^utf[-_]?16(?:[-_]?le)?$/i.test(codec)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength & ~1).toString('utf16le');
  return undefined;
};

/** Applies a text function to a string or to bytes as Latin-1. */
const onText =
  (change: (text: string, args: readonly (string | undefined)[], call: Call) => string | undefined): Method =>
  (recv, call) => {
    const raw = recv.bytes ? Buffer.from(recv.bytes).toString('latin1') : strOf(recv);
    if (raw === undefined || raw.length > 1_000_000) return undefined;
    const args = call.args.map((arg) => (arg.bytes ? Buffer.from(arg.bytes).toString('latin1') : strOf(arg)));
    const out = change(raw, args, call);
    if (out === undefined || out.length > 2_000_000) return undefined;
    const via = viaOf(recv, ...call.args);
    return recv.bytes ? bytesAbs(latin1(out), via) : textAbs(out, { via });
  };
const strip = (text: string, chars: string | undefined, start: boolean, end: boolean): string => {
  const drop = chars ?? ' \t\r\n\v\f';
  let from = 0;
  let to = text.length;
  while (start && from < to && drop.includes(text[from]!)) from++;
  while (end && to > from && drop.includes(text[to - 1]!)) to--;
  return text.slice(from, to);
};

export const METHODS: Readonly<Record<string, Method>> = {
  join: (recv, call, _block) => {
    const items = call.args[0]?.list?.items ?? elements(call.args[0]);
    if (items === undefined || call.args[0]?.list?.open || items.length > MAX) return undefined;
    if (recv.bytes) {
      const all: Uint8Array[] = [];
      for (const item of items) {
        if (item.bytes === undefined) return undefined;
        if (all.length > 0) all.push(recv.bytes);
        all.push(item.bytes);
      }
      return bytesAbs(Buffer.concat(all), viaOf(recv, ...items.slice(0, 50)));
    }
    const separator = strOf(recv);
    if (separator === undefined) return undefined;
    const out: (string | Hole)[] = [];
    for (let index = 0; index < items.length; index++) {
      if (index > 0 && separator !== '') out.push(separator);
      out.push(...pieces(items[index]!));
      if (out.length > 200_000) return undefined;
    }
    return { value: joinText(out), via: viaOf(...items.slice(0, 50)) };
  },
  replace: (recv, call) => {
    const [from, to] = [strOf(call.args[0]), strOf(call.args[1])];
    // Replacement inside the known parts of a template.
    if (recv.value.kind === 'template' && from !== undefined && from !== '' && to !== undefined)
      return { value: joinText(recv.value.parts.map((part) => (typeof part === 'string' ? part.replaceAll(from, to) : part))), via: recv.via };
    return onText((text, [a, b]) => (a === undefined || b === undefined || a === '' ? undefined : text.replaceAll(a, () => b)))(recv, call, 0);
  },
  strip: (recv, call) => onText((text, [chars]) => (call.args.length > 0 && chars === undefined ? undefined : strip(text, chars, true, true)))(recv, call, 0) ?? passTemplate(recv),
  lstrip: onText((text, [chars]) => strip(text, chars, true, false)),
  rstrip: (recv, call) => onText((text, [chars]) => strip(text, chars, false, true))(recv, call, 0) ?? passTemplate(recv),
  lower: onText((text) => text.toLowerCase()),
  upper: onText((text) => text.toUpperCase()),
  casefold: onText((text) => text.toLowerCase()),
  swapcase: onText((text) => [...text].map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join('')),
  title: onText((text) => text.replace(/[A-Za-z]+/g, (word) => word[0]!.toUpperCase() + word.slice(1).toLowerCase())),
  capitalize: onText((text) => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase()),
  removeprefix: onText((text, [a]) => (a === undefined ? undefined : text.startsWith(a) ? text.slice(a.length) : text)),
  removesuffix: onText((text, [a]) => (a === undefined ? undefined : a !== '' && text.endsWith(a) ? text.slice(0, -a.length) : text)),
  expandtabs: onText((text) => text.replaceAll('\t', '        ')),
  zfill: onText((text, _args, call) => (call.args[0]?.num === undefined || call.args[0].num > 1000 ? undefined : text.padStart(call.args[0].num, '0'))),
  format: (recv, call) => {
    const format = strOf(recv);
    return format === undefined || call.spread ? undefined : braceFormat(format, call.args, call.kw, viaOf(recv, ...call.args));
  },
  format_map: (recv, call) => {
    const format = strOf(recv);
    const dict = call.args[0]?.dict;
    return format === undefined || dict === undefined ? undefined : braceFormat(format, [], dict.items, recv.via);
  },
  encode: (recv, call) => {
    const text = strOf(recv);
    if (text === undefined) return passTemplate(recv);
    const bytes = encodeText(text, textLike(call.args[0] ?? call.kw.get('encoding')) ?? 'utf-8');
    return bytes === undefined ? undefined : bytesAbs(bytes, recv.via);
  },
  decode: (recv, call) => {
    if (recv.bytes === undefined) return passTemplate(recv);
    const codec = textLike(call.args[0] ?? call.kw.get('encoding')) ?? 'utf-8';
    const text = decodeBytes(recv.bytes, codec);
    return text === undefined ? undefined : textAbs(text, { via: recv.via });
  },
  hex: (recv) => (recv.bytes ? textAbs(Buffer.from(recv.bytes).toString('hex')) : undefined),
  split: (recv, call, block) => {
    const text = strOf(recv);
    const separator = call.args[0] === undefined || call.args[0].ref === 'None' ? null : strOf(call.args[0]);
    if (text === undefined || separator === undefined || separator === '') return undefined;
    const all = separator === null ? text.split(/\s+/).filter((word) => word !== '') : text.split(separator);
    const limit = (call.args[1] ?? call.kw.get('maxsplit'))?.num;
    const words = limit !== undefined && limit >= 0 && separator !== null ? [...all.slice(0, limit), ...(all.length > limit ? [all.slice(limit).join(separator)] : [])] : all;
    return words.length > MAX ? undefined : listOf(words.map((word) => textAbs(word, { via: recv.via })), block);
  },
  splitlines: (recv, _call, block) => {
    const text = strOf(recv);
    return text === undefined ? undefined : listOf(text.split(/\r?\n/).slice(0, MAX).map((word) => textAbs(word)), block);
  },
  translate: (recv, call) => {
    const text = strOf(recv);
    const table = call.args[0]?.dict;
    if (text === undefined || table === undefined || table.open || text.length > MAX) return undefined;
    return textAbs([...text].map((char) => {
      const to = table.items.get(String(char.codePointAt(0)));
      return to === undefined ? char : to.ref === 'None' ? '' : to.num !== undefined ? String.fromCodePoint(Math.max(0, Math.min(to.num, 0x10ffff))) : (strOf(to) ?? char);
    }).join(''), { via: [...(recv.via ?? []), 'translate'] });
  },
  startswith: (recv, call) => test(recv, call, (a, b) => a.startsWith(b)),
  endswith: (recv, call) => test(recv, call, (a, b) => a.endsWith(b)),
  index: (recv, call) => position(recv, call),
  find: (recv, call) => position(recv, call),
  copy: (recv, _call, block) => (recv.list ? { value: recv.value, list: { ...recv.list, items: [...recv.list.items], block } } : recv.dict ? { value: recv.value, dict: { ...recv.dict, items: new Map(recv.dict.items), block } } : undefined),
  keys: (recv, _call, block) => (recv.dict && !recv.dict.open ? listOf([...recv.dict.items.keys()].map((key) => textAbs(key)), block) : undefined),
  values: (recv, _call, block) => (recv.dict && !recv.dict.open ? listOf([...recv.dict.items.values()], block) : undefined),
  items: (recv, _call, block) => (recv.dict && !recv.dict.open ? listOf([...recv.dict.items].map(([key, value]) => listOf([textAbs(key), value], block, 'tuple')), block) : undefined),
};

const test = (recv: Abs, call: Call, op: (a: string, b: string) => boolean): Abs | undefined => {
  const [a, b] = [strOf(recv), strOf(call.args[0])];
  return a === undefined || b === undefined ? undefined : boolAbs(op(a, b));
};
const position = (recv: Abs, call: Call): Abs | undefined => {
  const [a, b] = [strOf(recv), strOf(call.args[0])];
  return a === undefined || b === undefined || a.length > 100_000 ? undefined : numAbs(a.indexOf(b));
};
/** Stripping or encoding does not change which holes a template has. */
const passTemplate = (recv: Abs): Abs | undefined => (recv.value.kind === 'template' ? { value: recv.value, via: recv.via } : undefined);

const bytesFrom: Function = ({ args }) => {
  const [first] = args;
  if (first === undefined) return bytesAbs(new Uint8Array());
  if (first.bytes) return bytesAbs(first.bytes, first.via);
  const text = strOf(first);
  if (text !== undefined) return bytesAbs(encodeText(text, textLike(args[1]) ?? 'utf-8') ?? new Uint8Array(), first.via);
  if (first.num !== undefined) return first.num >= 0 && first.num <= MAX ? bytesAbs(new Uint8Array(first.num)) : undefined;
  const items = elements(first);
  if (items === undefined || items.some((item) => item.num === undefined)) return undefined;
  return bytesAbs(Uint8Array.from(items, (item) => item.num! & 0xff), [...(viaOf(...items.slice(0, 20)) ?? []), ...(items.length > 3 ? ['charcode'] : [])]);
};
const number: Function = ({ args }) => {
  if (args[0]?.num !== undefined) return numAbs(Math.trunc(args[0].num));
  const text = textLike(args[0])?.trim();
  const base = args[1]?.num ?? 10;
  if (text === undefined || text === '' || text.length > 60) return undefined;
  const parsed = Number.parseInt(text.replace(/^0[xXoObB]/, ''), base === 0 ? 10 : base);
  return Number.isSafeInteger(parsed) && base >= 2 && base <= 36 ? numAbs(parsed) : undefined;
};
const sequence =
  (kind: 'list' | 'tuple'): Function =>
  ({ args }, block) => {
    const items = args[0] === undefined ? [] : elements(args[0]);
    return items === undefined ? undefined : listOf([...items], block, kind);
  };
const expand: Function = ({ args }) => {
  const [path] = args;
  if (path === undefined || refOf(path)) return undefined;
  return { value: path.value, via: path.via };
};

const extreme =
  (pick: (...numbers: number[]) => number): Function =>
  ({ args, kw }) => {
    if (kw.size > 0) return undefined;
    const numbers = (args.length === 1 ? elements(args[0]) : args)?.map((item) => item.num);
    if (numbers === undefined || numbers.length === 0 || numbers.length > 10_000 || numbers.some((value) => value === undefined)) return undefined;
    return numAbs(pick(...(numbers as number[])));
  };

export const FUNCTIONS: Readonly<Record<string, Function>> = {
  'builtins.chr': ({ args }) => (args[0]?.num !== undefined && args[0].num >= 0 && args[0].num <= 0x10ffff ? textAbs(String.fromCodePoint(args[0].num), { via: ['chr'] }) : undefined),
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
    return numbers === undefined || numbers.some((value) => value === undefined) ? undefined : numAbs(numbers.reduce((sum: number, value) => sum + (value ?? 0), args[1]?.num ?? 0));
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
    return text === undefined || !/^(?:[0-9a-fA-F]{2})*$/.test(text) ? undefined : bytesAbs(Buffer.from(text, 'hex'), [...(args[0]?.via ?? []), 'hex']);
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
    return items === undefined ? undefined : listOf(items.map((item, index) => listOf([numAbs(index + start), item], block, 'tuple')), block);
  },
  'builtins.zip': ({ args }, block) => {
    const all = args.map(elements);
    if (all.length === 0 || all.some((items) => items === undefined)) return undefined;
    const length = Math.min(...all.map((items) => items!.length));
    return listOf(Array.from({ length }, (_, index) => listOf(all.map((items) => items![index]!), block, 'tuple')), block);
  },
  'builtins.reversed': ({ args }, block) => {
    const items = elements(args[0]);
    return items === undefined ? undefined : listOf([...items].reverse().map((item) => ({ ...item, via: items.length > 12 ? [...(item.via ?? []), 'reverse'] : item.via })), block);
  },
  'builtins.str.maketrans': ({ args }, block) => {
    const map = new Map<string, Abs>();
    const [from, to] = [strOf(args[0]), strOf(args[1])];
    if (args.length >= 2) {
      if (from === undefined || to === undefined || from.length !== to.length) return undefined;
      [...from].forEach((char, index) => map.set(String(char.codePointAt(0)), textAbs([...to][index] ?? '')));
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
    return typeof last === 'string' && last.includes('/') ? textAbs(last.slice(last.lastIndexOf('/') + 1)) : args[0] && strOf(args[0]) !== undefined ? args[0] : undefined;
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
  'textwrap.dedent': ({ args }) => (strOf(args[0]) === undefined ? undefined : textAbs(strOf(args[0])!.replace(/^[ \t]{1,40}/gm, ''), { via: args[0]?.via })),
  'shlex.split': ({ args }, block) => {
    const text = strOf(args[0]);
    return text === undefined || /[\\'"`$]/.test(text) ? undefined : listOf(text.split(/\s+/).filter((word) => word !== '').slice(0, 1_000).map((word) => textAbs(word)), block);
  },
  'shlex.quote': ({ args }) => (args[0] ? { value: args[0].value, via: args[0].via } : undefined),
  'string.Template': ({ args }) => args[0],
};

export { NOTHING };
