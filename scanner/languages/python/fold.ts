/**
 * Methods and functions of Python whose result follows from known arguments: `join`, `replace`, `chr`, `bytes.fromhex`, `os.path.join`… They give the value only; where data
 * comes from is the caller's. Undefined means "not foldable". Everything is bounded by the size of its inputs or by `MAX`.
 */
import type { Hole } from '../../model.ts';
import { type Abs, boolAbs, bytesAbs, type Call, joinText, numAbs, pieces, refOf, strOf, textAbs, textLike, viaOf } from './abstract.ts';
import { braceFormat } from './operators.ts';

export const MAX = 65_536;
type Method = (recv: Abs, call: Call, block: number) => Abs | undefined;
export type Fold = (call: Call, block: number) => Abs | undefined;

export const listOf = (items: Abs[], block: number, kind: 'list' | 'tuple' = 'list'): Abs => ({
  value: { kind: 'unknown' },
  list: { items, open: false, kind, block },
});

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
export const encodeText = (text: string, codec: string): Uint8Array | undefined => {
  if (/^(?:utf[-_]?8|ascii|us-ascii|utf8)$/i.test(codec)) return Buffer.from(text, 'utf8');
  if (/^(?:latin[-_]?1|iso-?8859-1|cp1252)$/i.test(codec)) return latin1(text);
  if (/^utf[-_]?16(?:[-_]?le)?$/i.test(codec)) return Buffer.from(text, 'utf16le');
  return undefined;
};
export const decodeBytes = (bytes: Uint8Array, codec: string): string | undefined => {
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
  strip: (recv, call) =>
    onText((text, [chars]) => (call.args.length > 0 && chars === undefined ? undefined : strip(text, chars, true, true)))(recv, call, 0) ??
    passTemplate(recv),
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
  zfill: onText((text, _args, call) =>
    call.args[0]?.num === undefined || call.args[0].num > 1000 ? undefined : text.padStart(call.args[0].num, '0'),
  ),
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
    const words =
      limit !== undefined && limit >= 0 && separator !== null
        ? [...all.slice(0, limit), ...(all.length > limit ? [all.slice(limit).join(separator)] : [])]
        : all;
    return words.length > MAX
      ? undefined
      : listOf(
          words.map((word) => textAbs(word, { via: recv.via })),
          block,
        );
  },
  splitlines: (recv, _call, block) => {
    const text = strOf(recv);
    return text === undefined
      ? undefined
      : listOf(
          text
            .split(/\r?\n/)
            .slice(0, MAX)
            .map((word) => textAbs(word)),
          block,
        );
  },
  translate: (recv, call) => {
    const text = strOf(recv);
    const table = call.args[0]?.dict;
    if (text === undefined || table === undefined || table.open || text.length > MAX) return undefined;
    return textAbs(
      [...text]
        .map((char) => {
          const to = table.items.get(String(char.codePointAt(0)));
          return to === undefined
            ? char
            : to.ref === 'None'
              ? ''
              : to.num !== undefined
                ? String.fromCodePoint(Math.max(0, Math.min(to.num, 0x10ffff)))
                : (strOf(to) ?? char);
        })
        .join(''),
      { via: [...(recv.via ?? []), 'translate'] },
    );
  },
  startswith: (recv, call) => test(recv, call, (a, b) => a.startsWith(b)),
  endswith: (recv, call) => test(recv, call, (a, b) => a.endsWith(b)),
  index: (recv, call) => position(recv, call),
  find: (recv, call) => position(recv, call),
  copy: (recv, _call, block) =>
    recv.list
      ? { value: recv.value, list: { ...recv.list, items: [...recv.list.items], block } }
      : recv.dict
        ? { value: recv.value, dict: { ...recv.dict, items: new Map(recv.dict.items), block } }
        : undefined,
  keys: (recv, _call, block) =>
    recv.dict && !recv.dict.open
      ? listOf(
          [...recv.dict.items.keys()].map((key) => textAbs(key)),
          block,
        )
      : undefined,
  values: (recv, _call, block) => (recv.dict && !recv.dict.open ? listOf([...recv.dict.items.values()], block) : undefined),
  items: (recv, _call, block) =>
    recv.dict && !recv.dict.open
      ? listOf(
          [...recv.dict.items].map(([key, value]) => listOf([textAbs(key), value], block, 'tuple')),
          block,
        )
      : undefined,
};

export const test = (recv: Abs, call: Call, op: (a: string, b: string) => boolean): Abs | undefined => {
  const [a, b] = [strOf(recv), strOf(call.args[0])];
  return a === undefined || b === undefined ? undefined : boolAbs(op(a, b));
};
const position = (recv: Abs, call: Call): Abs | undefined => {
  const [a, b] = [strOf(recv), strOf(call.args[0])];
  return a === undefined || b === undefined || a.length > 100_000 ? undefined : numAbs(a.indexOf(b));
};
/** Stripping or encoding does not change which holes a template has. */
const passTemplate = (recv: Abs): Abs | undefined => (recv.value.kind === 'template' ? { value: recv.value, via: recv.via } : undefined);
