/**
 * Methods of constants, folded: strings, arrays, numbers, byte buffers. Pure and bounded; an answer of undefined means "not known here" and the call goes on elsewhere.
 */
import { bytesToText } from '../../decode/codecs.ts';
import { callBack } from './calls.ts';
import { type At, cellsOf, edge, newBox, put, type Run } from './run.ts';
import { asString, either, flatten, joinItems, numberOf, prim, stringOf, type Thing, text, truth, UNDEFINED, UNKNOWN, union } from './thing.ts';

const MAX = 1_000_000;

export function method(r: Run, self: Thing, key: string, args: readonly Thing[], at: At): Thing | undefined {
  if (self.bytes !== undefined) return bytesMethod(self, key, args);
  if (self.box?.items !== undefined) return arrayMethod(r, self, self.box.items, key, args, at);
  if (self.known && typeof self.prim === 'string') return stringMethod(r, self, self.prim, key, args);
  if (self.known && typeof self.prim === 'number' && key === 'toString') {
    const radix = numberOf(args[0]) ?? 10;
    return radix >= 2 && radix <= 36 ? text(self.prim.toString(radix)) : undefined;
  }
  if (self.regexp !== undefined && (key === 'test' || key === 'exec') && args[0]?.tag !== undefined)
    return {
      cells: [],
      gate: args[0].tag === 'user' ? 'user-gate' : args[0].tag === 'host' ? 'host-gate' : args[0].tag === 'ci' ? 'ci-gate' : 'date-gate',
    };
  if (
    self.tag !== undefined &&
    self.tag !== 'fixed-date' &&
    self.tag !== 'date' &&
    (key === 'includes' || key === 'startsWith' || key === 'endsWith' || key === 'match' || key === 'indexOf')
  )
    return { cells: [], gate: self.tag === 'user' ? 'user-gate' : self.tag === 'ci' ? 'ci-gate' : 'host-gate' };
  if (self.value !== undefined) return templateMethod(self, key, args);
  return undefined;
}

/** What survives on a text with holes. */
function templateMethod(self: Thing, key: string, args: readonly Thing[]): Thing | undefined {
  if (['trim', 'toString', 'valueOf', 'trimEnd', 'trimStart', 'normalize', 'toLowerCase', 'toUpperCase'].includes(key)) return self;
  if (key === 'replace' || key === 'replaceAll') return { ...self, cells: union(self.cells, ...args.map((arg) => arg.cells)) };
  if (key === 'concat') return undefined;
  return undefined;
}

function bytesMethod(self: Thing, key: string, args: readonly Thing[]): Thing | undefined {
  const bytes = self.bytes!;
  const wraps = self.wraps ?? [];
  switch (key) {
    case 'toString': {
      const encoding = (stringOf(args[0]) ?? 'utf8').toLowerCase();
      if (
        encoding === 'hex' ||
        encoding === 'base64' ||
        encoding === 'base64url' ||
        encoding === 'latin1' ||
        encoding === 'binary' ||
        encoding === 'ascii' ||
        encoding === 'utf16le' ||
        encoding === 'ucs2'
      )
        return { ...text(Buffer.from(bytes).toString(encoding as BufferEncoding), wraps), cells: self.cells };
      return { ...text(bytesToText(bytes), wraps), cells: self.cells };
    }
    case 'slice':
    case 'subarray':
      return { ...self, bytes: bytes.slice(numberOf(args[0]) ?? 0, numberOf(args[1]) ?? bytes.length) };
    case 'reverse':
      return { ...self, bytes: Uint8Array.from(bytes).reverse(), wraps: [...wraps, 'reverse'] };
    default:
      return undefined;
  }
}

/** True for patterns that cannot backtrack: characters, escaped signs and plain classes, at most 80 of them. */
function isPlain(source: string): boolean {
  let count = 0;
  for (let i = 0; i < source.length; i++) {
    if (++count > 80) return false;
    const sign = source[i]!;
    if (sign === '\\') {
      i++;
      if (i >= source.length || /[\w]/.test(source[i]!)) return false;
    } else if (sign === '[') {
      const end = source.indexOf(']', i + 1);
      if (end < 0 || end - i > 40 || source.slice(i, end).includes('\\')) return false;
      i = end;
    } else if ('()]{}*+?.|^$'.includes(sign)) return false;
  }
  return count > 0;
}

/** A regular expression of the skill's, only if it cannot backtrack: single characters and classes. */
function patternOf(thing: Thing): RegExp | undefined {
  if (thing.regexp === undefined || !isPlain(thing.regexp.source)) return undefined;
  try {
    return new RegExp(thing.regexp.source, thing.regexp.flags.replace(/[^gimsu]/g, ''));
  } catch {
    return undefined;
  }
}

const PLAIN: Readonly<Record<string, (s: string) => string>> = {
  toString: (s: string) => s,
  valueOf: (s: string) => s,
  trim: (s) => s.trim(),
  trimStart: (s) => s.trimStart(),
  trimEnd: (s) => s.trimEnd(),
  toLowerCase: (s) => s.toLowerCase(),
  toUpperCase: (s) => s.toUpperCase(),
  toLocaleLowerCase: (s) => s.toLowerCase(),
  toLocaleUpperCase: (s) => s.toUpperCase(),
  normalize: (s) => s.normalize(),
};

function stringMethod(r: Run, self: Thing, s: string, key: string, args: readonly Thing[]): Thing | undefined {
  const wraps = self.wraps ?? [];
  const from = union(self.cells, ...args.map((arg) => arg.cells));
  const give = (value: string | number | boolean | undefined): Thing => ({
    ...(typeof value === 'string' ? text(value, wraps) : prim(value)),
    cells: from,
  });
  const list = (parts: readonly string[]): Thing => ({
    cells: from,
    box: newBox(
      r,
      parts.map((part) => text(part, wraps)),
    ),
  });
  if (Object.hasOwn(PLAIN, key)) return s.length > MAX ? undefined : give(PLAIN[key]!(s));
  const a = args[0];
  const n = numberOf(a);
  const m = numberOf(args[1]);
  const t = stringOf(a);
  if (args.some((arg) => arg.known !== true && arg.regexp === undefined && arg.fn === undefined)) return undefined;
  switch (key) {
    case 'charAt':
    case 'at':
      return give(key === 'at' ? (s.at(n ?? 0) ?? '') : s.charAt(n ?? 0));
    case 'charCodeAt':
      return give(s.charCodeAt(n ?? 0));
    case 'codePointAt':
      return give(s.codePointAt(n ?? 0));
    case 'slice':
      return give(s.slice(n ?? 0, m));
    case 'substring':
      return give(s.substring(n ?? 0, m));
    case 'substr':
      return give(n !== undefined && n < 0 ? s.slice(n).slice(0, m) : s.slice(n ?? 0, m === undefined ? undefined : (n ?? 0) + m));
    case 'concat':
      return give(s + args.map((arg) => String(arg.prim)).join(''));
    case 'repeat':
      return n === undefined || n < 0 || s.length * n > MAX ? undefined : give(s.repeat(n));
    case 'indexOf':
      return t === undefined ? undefined : give(s.indexOf(t, m ?? 0));
    case 'lastIndexOf':
      return t === undefined ? undefined : give(s.lastIndexOf(t));
    case 'includes':
      return t === undefined ? undefined : give(s.includes(t));
    case 'startsWith':
      return t === undefined ? undefined : give(s.startsWith(t));
    case 'endsWith':
      return t === undefined ? undefined : give(s.endsWith(t));
    case 'padStart':
    case 'padEnd':
      return n === undefined || n > MAX
        ? undefined
        : give(key === 'padStart' ? s.padStart(n, stringOf(args[1]) ?? ' ') : s.padEnd(n, stringOf(args[1]) ?? ' '));
    case 'split': {
      if (s.length > 100_000) return undefined;
      if (a === undefined) return list([s]);
      if (t !== undefined) return list(s.split(t));
      const pattern = patternOf(a);
      return pattern === undefined ? undefined : list(s.split(pattern));
    }
    case 'match':
    case 'matchAll': {
      const chunk = /^\.\{(?:1,)?(\d{1,3})\}$/.exec(a?.regexp?.source ?? '') ?? (a?.regexp?.source === '..' ? ['', '2'] : null);
      if (chunk !== null && a?.regexp?.flags.includes('g')) {
        const size = Number(chunk[1]);
        const parts: string[] = [];
        for (let i = 0; i < s.length && parts.length < 100_000; i += size) parts.push(s.slice(i, i + size));
        return list(parts);
      }
      const pattern = a === undefined ? undefined : patternOf(a);
      return pattern?.global && key === 'match' ? list(s.match(pattern) ?? []) : undefined;
    }
    case 'replace':
    case 'replaceAll': {
      if (a === undefined || s.length > MAX) return undefined;
      const by = args[1];
      const replacement = by === undefined ? undefined : stringOf(by);
      const pattern = a.regexp !== undefined ? patternOf(a) : undefined;
      if (replacement === undefined) return undefined;
      if (pattern !== undefined) return give(s.replace(pattern, replacement));
      if (t === undefined) return undefined;
      return t === '' && key === 'replaceAll'
        ? undefined
        : give(key === 'replaceAll' ? s.split(t).join(replacement) : s.replace(t, () => replacement));
    }
    default:
      return undefined;
  }
}

const CALLBACKS = new Set(['map', 'forEach', 'filter', 'reduce', 'reduceRight', 'some', 'every', 'find', 'flatMap', 'sort', 'findIndex']);
const MAX_CALLBACKS = 64;
const REORDERS = new Set(['shift', 'pop', 'splice', 'unshift', 'reverse', 'sort']);

function arrayMethod(r: Run, self: Thing, items: Thing[], key: string, args: readonly Thing[], at: At): Thing | undefined {
  const box = self.box!;
  const list = (all: Thing[]): Thing => ({ cells: self.cells, box: newBox(r, all) });
  const a = args[0];
  if (CALLBACKS.has(key)) return box.open || items.length === 0 || self.cells.length > 0 ? undefined : eachItem(r, self, items, key, args, at);
  // `r.weak` counts what may or may not happen; the declaration of the array is not known here, so any uncertainty counts.
  if (REORDERS.has(key) || key === 'push') r.progress++;
  if (REORDERS.has(key) && r.weak > 0 && r.unrolling === 0) box.shuffled = true;
  switch (key) {
    case 'join': {
      if (box.open || box.shuffled) return undefined;
      const separator = a === undefined || (a.known && a.prim === undefined) ? ',' : stringOf(a);
      if (separator === undefined) return undefined;
      const joined = joinItems(items, separator);
      const from =
        joined.known && self.cells.length === 0 && box.home === undefined
          ? union(...items.slice(0, 200).map((item) => item.cells))
          : cellsOf(r, self, at);
      return { ...joined, cells: from };
    }
    case 'toString':
      return box.open || box.shuffled ? undefined : { ...asString(self), cells: cellsOf(r, self, at) };
    case 'reverse':
      if (!box.shuffled) items.reverse();
      return self;
    case 'toReversed':
      return list([...items].reverse());
    case 'slice':
      return args.every((arg) => numberOf(arg) !== undefined || (arg.known && arg.prim === undefined))
        ? { ...list(items.slice(numberOf(a) ?? 0, numberOf(args[1]))), cells: self.cells }
        : undefined;
    case 'splice':
      return numberOf(a) !== undefined && args.length <= 2 && r.weak === 0
        ? list(items.splice(numberOf(a)!, numberOf(args[1]) ?? items.length))
        : undefined;
    case 'concat':
      if (items.length > 50_000) return { cells: cellsOf(r, self, at) };
      return list([...items, ...flatten(args)]);
    case 'push':
    case 'unshift':
      for (const arg of args) {
        if (items.length > 100_000) break;
        if (key === 'push') put(r, box, String(items.length), arg, at);
        else {
          items.unshift(arg);
          if (box.home !== undefined) edge(r, cellsOf(r, arg, at), box.home, at, 'assign');
        }
      }
      return prim(items.length);
    case 'pop':
    case 'shift':
      if (r.unrolling > 0 || r.weak === 0) return (key === 'pop' ? items.pop() : items.shift()) ?? UNDEFINED;
      return { cells: cellsOf(r, self, at) };
    case 'at':
      return numberOf(a) === undefined || box.shuffled ? undefined : (items.at(numberOf(a)!) ?? UNDEFINED);
    case 'flat':
      return list(flatten(items));
    case 'values':
      return self;
    case 'entries':
      return list(items.slice(0, 2_000).map((item, index) => ({ cells: [], box: newBox(r, [prim(index), item]) })));
    case 'keys':
      return list(items.map((_item, index) => prim(index)));
    case 'indexOf':
    case 'includes': {
      if (a?.known !== true || box.open || items.some((item) => !item.known))
        return a?.tag !== undefined && items.every((item) => item.known)
          ? { cells: [], gate: a.tag === 'user' ? 'user-gate' : 'host-gate' }
          : undefined;
      const index = items.findIndex((item) => item.prim === a.prim);
      return prim(key === 'includes' ? index >= 0 : index);
    }
    case 'fill':
      return a?.known && items.length < 20_000 ? list(items.map((): Thing => a)) : undefined;
    case 'then':
    case 'catch':
    case 'finally':
      return undefined;
    default:
      return undefined;
  }
}

/** Runs a callback for each element where all are there; a few in general, many where they are plain constants (character codes). */
function eachItem(r: Run, self: Thing, items: readonly Thing[], key: string, args: readonly Thing[], at: At): Thing | undefined {
  const callback = args[0];
  if (callback === undefined) return key === 'sort' ? self : undefined;
  if (callback.fn === undefined && callback.api === undefined) return undefined;
  if (key === 'sort') return self;
  const constant = items.every((item) => item.known === true);
  if (items.length > (constant ? 20_000 : MAX_CALLBACKS) || r.unrollBudget < items.length * 4) return undefined;
  const copy = [...items];
  const each = (item: Thing, index: number): Thing => {
    r.unrolling++;
    const weak = r.weak;
    r.weak -= 1;
    r.direct = callback.fn;
    try {
      return callBack(r, callback, [item, prim(index), self], at);
    } finally {
      r.unrolling--;
      r.weak = weak;
      r.direct = undefined;
    }
  };
  switch (key) {
    case 'forEach':
      copy.forEach((item, index) => void each(item, index));
      return UNDEFINED;
    case 'map':
      return { cells: self.cells, box: newBox(r, copy.map(each)) };
    case 'flatMap':
      return { cells: self.cells, box: newBox(r, flatten(copy.map(each))) };
    case 'filter': {
      const kept = copy.filter((item, index) => truth(each(item, index)) !== false);
      return { cells: self.cells, box: newBox(r, kept) };
    }
    case 'reduce':
    case 'reduceRight': {
      const order = key === 'reduce' ? copy : copy.reverse();
      let sum = args[1] ?? order.shift() ?? UNDEFINED;
      order.forEach((item, index) => {
        r.unrolling++;
        const weak = r.weak;
        r.weak -= 1;
        sum = callBack(r, callback, [sum, item, prim(index)], at);
        r.weak = weak;
        r.unrolling--;
      });
      return sum;
    }
    case 'find': {
      let any: Thing | undefined;
      for (const [index, item] of copy.entries()) {
        const holds = truth(each(item, index));
        if (holds === true && any === undefined) return item;
        if (holds !== false) any = any === undefined ? item : either(any, item, union(any.cells, item.cells));
      }
      return any ?? UNDEFINED;
    }
    default:
      copy.forEach((item, index) => void each(item, index));
      return UNKNOWN;
  }
}
