/** Global functions and constructors whose result is known or whose meaning is not a row: String.fromCharCode, Buffer.from, path.join, JSON, Reflect, Object, Promise, Date, URL. */
import { base64 } from '../../decode/bases.ts';
import { bytesToText } from '../../decode/codecs.ts';
import { percent } from '../../decode/escapes.ts';
import { partsOf, template } from '../../value.ts';
import { type Builtin, bufferFrom, bufferToString, charCodes, decodeWith, legacyUnescape, plainText } from './bytes.ts';
import { type Call, call, callBack } from './calls.ts';
import { gateOf } from './gates.ts';
import { fromJson } from './json.ts';
import { member } from './members.ts';
import { assign, entries, spill } from './objects.ts';
import { normalise, tidy } from './paths.ts';
import { cellAt, cellsOf, newBox, put, type Run } from './run.ts';
import {
  add,
  asString,
  either,
  fromValue,
  keyOf,
  numberOf,
  prim,
  type Sink,
  stringOf,
  type Thing,
  text,
  toValue,
  truth,
  UNDEFINED,
  UNKNOWN,
  union,
  wrapsOf,
} from './thing.ts';

const joinPath: Builtin = (r, c) => {
  const from = union(...c.args.map((arg) => cellsOf(r, arg, c)));
  const parts = c.args.map((arg) => asString(arg));
  if (parts.length === 0) return text('.');
  let begin = 0;
  if (c.callee.api?.endsWith('.resolve'))
    parts.forEach((part, index) => {
      if (/^(?:\/|~)/.test(String(part.prim ?? ''))) begin = index;
    });
  let out: Thing | undefined;
  for (const part of parts.slice(begin)) {
    if (part.known && (part.prim === '' || part.prim === undefined)) continue;
    out = out === undefined ? part : add(add(out, text('/'), from), part, from);
  }
  const value = toValue(out ?? UNKNOWN);
  const known = out?.known ? String(out.prim) : undefined;
  if (known !== undefined) return { ...text(normalise(known), wrapsOf(out)), cells: from };
  return { ...fromValue(template(tidy(partsOf(value))), from), ...(out?.alts ? { alts: out.alts } : {}) };
};

const dirname: Builtin = (_r, c) => {
  const value = toValue(c.args[0]);
  if (value.kind === 'unknown') return c.args[0];
  const parts = [...partsOf(value)];
  const last = parts.at(-1);
  if (typeof last !== 'string') return c.args[0];
  const slash = last.lastIndexOf('/');
  if (slash < 0) return parts.length === 1 ? text('.') : c.args[0];
  parts[parts.length - 1] = last.slice(0, slash);
  return fromValue(template(parts), c.args[0]!.cells);
};

/** `new URL(path, base)` and `new URL(text)`. */
const url: Builtin = (r, c) => {
  const [first, base] = c.args;
  if (first === undefined) return UNKNOWN;
  const from = union(...c.args.map((arg) => cellsOf(r, arg, c)));
  let whole = asString(first);
  if (base !== undefined && !/^[a-z][\w+.-]{0,12}:/i.test(String(whole.prim ?? ''))) {
    const value = toValue(asString(base));
    const head = partsOf(value);
    const place = head[0];
    const relative = String(whole.prim ?? '');
    if (typeof place === 'object' && place.name === '__dirname')
      whole = add(fromValue(template([place, '/']), from), relative === '' ? whole : text(relative.replace(/^\.\//, '')), from);
    else {
      const baseText = stringOf(asString(base));
      const root =
        baseText === undefined
          ? undefined
          : relative.startsWith('/')
            ? (/^[a-z][\w+.-]{0,12}:\/\/[^/?#]{1,300}/i.exec(baseText)?.[0] ?? baseText)
            : baseText.slice(0, baseText.lastIndexOf('/') + 1);
      whole = add(root === undefined ? asString(base) : text(root === '' ? (baseText ?? '') : root), whole, from);
    }
  }
  const box = newBox(r);
  const href: Thing = { ...whole, cells: from };
  put(r, box, 'href', href, c);
  const search: Thing = { cells: [], api: 'URLSearchParams()', box: newBox(r) };
  put(r, box, 'searchParams', search, c);
  return { cells: from, box, api: 'URL()', ...(whole.value ? { value: whole.value } : {}) };
};

/** `new Promise((resolve, reject) => …)`. */
const promise: Builtin = (r, c) => {
  if (!c.isNew) return undefined;
  const executor = c.args[0];
  const sink: Sink = { cell: cellAt(r, c, 'promise'), things: [] };
  if (executor?.fn === undefined) return { cells: [sink.cell] };
  call(r, {
    ...c,
    isNew: false,
    self: undefined,
    key: undefined,
    callee: executor,
    args: [
      { cells: [], sink },
      { cells: [], sink: { cell: `${sink.cell}!`, things: [] } },
    ],
  });
  let out: Thing | undefined;
  for (const one of sink.things) out = out === undefined ? one : either(out, one, union(out.cells, one.cells));
  return { ...(out ?? {}), cells: union(out?.cells ?? [], [sink.cell]) };
};

const date: Builtin = (_r, c) => {
  if (c.args.length === 0 || !c.isNew) return { cells: [], tag: 'date', api: 'Date()' };
  if (c.args.every((arg) => arg.known)) return { cells: [], tag: 'fixed-date', api: 'Date()' };
  return { cells: union(...c.args.map((arg) => arg.cells)), api: 'Date()', ...(c.args[0]?.tag === 'date' ? { tag: 'date' as const } : {}) };
};

const TABLE: Readonly<Record<string, Builtin>> = {
  'String.fromCharCode': charCodes,
  'String.fromCodePoint': charCodes,
  'Buffer.from': bufferFrom,
  Buffer: bufferFrom,
  'Uint8Array.from': bufferFrom,
  Uint8Array: bufferFrom,
  'Buffer().toString': bufferToString,
  'Buffer.concat': (r, c) => ({
    cells: cellsOf(r, c.args[0] ?? UNKNOWN, c),
    api: 'Buffer()',
    ...(c.args[0]?.box?.items?.length === 1 && c.args[0].box.items[0]!.bytes ? { bytes: c.args[0].box.items[0]!.bytes } : {}),
  }),
  atob: decodeWith('base64', (input) => {
    const bytes = base64(input.replace(/[^A-Za-z0-9+/_-]/g, ''));
    return bytes === undefined ? undefined : bytesToText(bytes);
  }),
  'js-base64.decode': decodeWith('base64', (input) => {
    const bytes = base64(input);
    return bytes === undefined ? undefined : bytesToText(bytes);
  }),
  btoa: plainText((input) => Buffer.from(input, 'latin1').toString('base64')),
  unescape: decodeWith('url', legacyUnescape),
  decodeURIComponent: decodeWith('url', (input) => bytesToText(percent(input))),
  decodeURI: decodeWith('url', (input) => bytesToText(percent(input))),
  encodeURIComponent: plainText((input) => encodeURIComponent(input)),
  encodeURI: plainText((input) => encodeURI(input)),
  escape: plainText((input) => encodeURIComponent(input)),
  parseInt: (_r, c) => {
    const string = c.args[0]?.known ? String(c.args[0].prim) : undefined;
    const radix = numberOf(c.args[1]);
    return string === undefined ? { cells: union(...c.args.map((arg) => arg.cells)) } : prim(Number.parseInt(string, radix));
  },
  Number: (_r, c) =>
    c.args[0]?.known ? prim(Number(c.args[0].prim as string)) : { cells: c.args[0]?.cells ?? [], ...(c.args[0]?.tag ? { tag: c.args[0].tag } : {}) },
  parseFloat: (_r, c) => (c.args[0]?.known ? prim(Number.parseFloat(String(c.args[0].prim))) : { cells: c.args[0]?.cells ?? [] }),
  String: (r, c) => (c.args[0] === undefined ? text('') : { ...asString(c.args[0]), cells: cellsOf(r, c.args[0], c) }),
  Boolean: (_r, c) => {
    const gate = gateOf(c.args[0] ?? UNKNOWN);
    const sure = truth(c.args[0] ?? UNKNOWN);
    return sure === undefined ? { cells: [], ...(gate ? { gate } : {}) } : prim(sure);
  },
  'Math.floor': (_r, c) => (numberOf(c.args[0]) === undefined ? UNKNOWN : prim(Math.floor(numberOf(c.args[0])!))),
  'Math.round': (_r, c) => (numberOf(c.args[0]) === undefined ? UNKNOWN : prim(Math.round(numberOf(c.args[0])!))),
  'Math.pow': (_r, c) =>
    numberOf(c.args[0]) === undefined || numberOf(c.args[1]) === undefined ? UNKNOWN : prim(numberOf(c.args[0])! ** numberOf(c.args[1])!),
  'path.join': joinPath,
  'path.resolve': joinPath,
  'path.posix.join': joinPath,
  'path.dirname': dirname,
  'path.basename': (_r, c) => {
    const string = stringOf(c.args[0]);
    const cut = stringOf(c.args[1]) ?? '';
    if (string === undefined) return c.args[0] === undefined ? UNKNOWN : { cells: c.args[0].cells };
    const name = string.slice(string.lastIndexOf('/') + 1);
    return text(cut !== '' && name.endsWith(cut) ? name.slice(0, -cut.length) : name);
  },
  'path.extname': (_r, c) => (c.args[0]?.known ? text(/\.[^./]{0,40}$/.exec(String(c.args[0].prim))?.[0] ?? '') : UNKNOWN),
  'url.fileURLToPath': (_r, c) => {
    const href = c.args[0]?.box?.props.get('href');
    return href ?? c.args[0];
  },
  URL: url,
  'url.parse': (r, c) => url(r, { ...c, args: c.args.slice(0, 1) }),
  Promise: promise,
  Date: date,
  'Date.UTC': () => ({ cells: [], tag: 'fixed-date' }),
  'Date.parse': () => ({ cells: [], tag: 'fixed-date' }),
  'Date().getTime': (_r, c) => (c.self?.tag ? { cells: [], tag: c.self.tag } : UNKNOWN),
  'JSON.stringify': (r, c) => {
    const [given] = c.args;
    if (given === undefined) return UNKNOWN;
    const from = cellsOf(r, given, c);
    if (given.known) return { ...text(JSON.stringify(given.prim) ?? ''), cells: from };
    return { cells: from, ...(given.box !== undefined && given.api === undefined ? { box: given.box, api: 'JSON.text' } : {}) };
  },
  'JSON.parse': (r, c) => {
    const [given] = c.args;
    const string = stringOf(given);
    if (string !== undefined) return fromJson(r, string) ?? UNKNOWN;
    if (given?.api === 'JSON.text' && given.box !== undefined) return { cells: given.cells, box: given.box };
    return spill(r, c);
  },
  'Object.keys': entries,
  'Object.values': entries,
  'Object.entries': entries,
  'Object.getOwnPropertyNames': entries,
  'Reflect.ownKeys': entries,
  'Object.assign': assign,
  'Object.freeze': (_r, c) => c.args[0],
  'Object.create': (r) => ({ cells: [], box: { ...newBox(r), open: true } }),
  'Array.isArray': () => UNKNOWN,
  Array: (r, c) =>
    c.args.length === 1 && typeof c.args[0]!.prim === 'number'
      ? { cells: [], box: { ...newBox(r, []), open: false } }
      : { cells: [], box: newBox(r, [...c.args]) },
  'Array.of': (r, c) => ({ cells: [], box: newBox(r, [...c.args]) }),
  'Array.from': (r, c) => {
    const [given, each] = c.args;
    if (given === undefined) return UNKNOWN;
    const string = given.known ? stringOf(given) : undefined;
    const source: Thing =
      string !== undefined && string.length < 100_000
        ? {
            cells: given.cells,
            box: newBox(
              r,
              [...string].map((letter) => text(letter)),
            ),
          }
        : given.bytes !== undefined && given.bytes.length < 100_000
          ? {
              cells: given.cells,
              box: newBox(
                r,
                Array.from(given.bytes, (byte) => prim(byte)),
              ),
            }
          : given.box?.items !== undefined
            ? { ...given, box: newBox(r, [...given.box.items]) }
            : given;
    if (each === undefined) return source.box?.items !== undefined ? source : { cells: cellsOf(r, source, c) };
    return call(r, { ...c, self: source, key: 'map', callee: { cells: [], api: '#method:map' }, args: [each] });
  },
  Set: (r, c) =>
    c.isNew
      ? c.args[0]?.box?.items !== undefined
        ? { ...c.args[0] }
        : { cells: c.args[0] === undefined ? [] : cellsOf(r, c.args[0], c), box: newBox(r) }
      : undefined,
  Map: (r, c) => (c.isNew ? { cells: c.args[0] === undefined ? [] : cellsOf(r, c.args[0], c), box: newBox(r) } : undefined),
  Error: () => UNKNOWN,
  RegExp: (_r, c) => {
    const source = stringOf(c.args[0]);
    return source === undefined
      ? { cells: [], api: 'RegExp()' }
      : { cells: [], api: 'RegExp()', regexp: { source, flags: stringOf(c.args[1]) ?? '' } };
  },
  'RegExp().test': (_r, c) => {
    const tag = c.args[0]?.tag;
    return tag === undefined || tag === 'date' || tag === 'fixed-date'
      ? UNKNOWN
      : { cells: [], gate: tag === 'user' ? 'user-gate' : tag === 'ci' ? 'ci-gate' : tag === 'debugger' ? 'debugger-gate' : 'host-gate' };
  },
  'Reflect.get': (r, c) => member(r, c.args[0] ?? UNKNOWN, keyOf(c.args[1] ?? UNKNOWN), c, c.args[1]),
  'Reflect.apply': (r, c) =>
    call(r, { ...c, callee: c.args[0] ?? UNKNOWN, self: c.args[1], key: undefined, args: c.args[2]?.box?.items ?? [c.args[2] ?? UNKNOWN] }),
  'Reflect.construct': (r, c) =>
    call(r, { ...c, callee: c.args[0] ?? UNKNOWN, self: undefined, key: undefined, args: c.args[1]?.box?.items ?? [], isNew: true }),
  'Object.getOwnPropertyDescriptor': (r, c) => ({
    cells: [],
    box: { ...newBox(r), props: new Map([['value', member(r, c.args[0] ?? UNKNOWN, keyOf(c.args[1] ?? UNKNOWN), c, c.args[1])]]) },
  }),
  Proxy: (_r, c) => c.args[0],
  'process.exit': () => UNDEFINED,
  'process.on': (r, c) => {
    callBack(r, c.args[1], [], c);
    return UNKNOWN;
  },
  'process.stdin.on': (r, c) => {
    callBack(r, c.args[1], [{ cells: [r.ctx.stdin] }], c);
    return UNKNOWN;
  },
  'util.promisify': (_r, c) => c.args[0],
  'util.format': (r, c) => c.args.reduce((all, arg) => add(all, arg, union(all.cells, cellsOf(r, arg, c))), text('')),
  '#global-getter': () => ({ cells: [], api: 'global' }),
  '#process-getter': () => ({ cells: [], api: 'process' }),
  'Function()': (r, c) => (c.callee.cells.length > 0 ? { cells: union(c.callee.cells, ...c.args.map((arg) => cellsOf(r, arg, c))) } : UNKNOWN),
  'TextDecoder().decode': (_r, c) =>
    c.args[0]?.bytes !== undefined ? { ...text(bytesToText(c.args[0].bytes), wrapsOf(c.args[0])), cells: c.args[0].cells } : undefined,
  'TextEncoder().encode': (_r, c) =>
    stringOf(c.args[0]) !== undefined ? { cells: c.args[0]!.cells, bytes: Buffer.from(stringOf(c.args[0])!, 'utf8') } : undefined,
  'Deno.env.get': (r, c) => member(r, { cells: [], api: 'process.env' }, keyOf(c.args[0] ?? UNKNOWN), c, c.args[0]),
  'Deno.env.toObject': () => ({ cells: [], api: 'process.env' }),
  'module.createRequire': () => ({ cells: [], api: 'require' }),
  'require.resolve': (_r, c) => c.args[0],
  'import.meta.resolve': (_r, c) => c.args[0],
  'HTMLElement.click': () => UNKNOWN,
};

const NAMES = new Map(Object.entries(TABLE));

export function builtin(r: Run, c: Call, api: string): Thing | undefined {
  const found = NAMES.get(api);
  return found === undefined ? undefined : found(r, c);
}
