/** Text of PowerShell: backticks, type names, `-join`, `-replace`, casts and indexes over constants. */
import * as cells from '../../cells.ts';
import { textOf } from '../../value.ts';
import { parts, type Syntax } from '../grammar.ts';
import { type Abs, bytesAbs, joinText, NOTHING, numAbs, pieces, strOf, textAbs, textLike, viaOf } from '../python/abstract.ts';
import { edge, join, type Place } from '../python/machine.ts';
import { evaluate, hole, type Shell } from './evaluate.ts';

/** `` i`e`x `` is `iex`. */
export const unquote = (word: string): string =>
  word.replace(/`([\s\S])/g, (_, char: string) => ({ n: '\n', t: '\t', r: '\r', '0': '\0' })[char] ?? char);
/** Outside strings a backtick before a letter only hides the letter. */
export const bareWord = (word: string): string => word.replaceAll('`', '').replaceAll('^', '');

/** Type names without brackets, case and `System.`. */
export const typeName = (name: string): string =>
  name
    .replace(/[[\]\s`]/g, '')
    .toLowerCase()
    .replace(/^system\./, '');

export const variableName = (spelled: string): string =>
  spelled
    .replace(/^[$@]\{?|\}$/g, '')
    .replaceAll('`', '')
    .toLowerCase()
    .replace(/^(?:global|script|local|private|variable|using):/, '');

export function set(s: Shell, at: Place, spelled: string, value: Abs): void {
  const name = variableName(spelled);
  const { m } = s;
  if (name === 'null') return;
  if (name.startsWith('env:')) edge(m, value.cell, cells.env(name.slice(4).toUpperCase()), at);
  const old = s.vars.get(name);
  if (old === undefined || s.nested === 0) {
    s.vars.set(name, value);
    return;
  }
  const cell = join(m, at, [old.cell, value.cell]);
  const same = textOf(old.value) === textOf(value.value) || old.ref === 'None' || textOf(old.value) === '';
  s.vars.set(
    name,
    same
      ? { ...value, cell }
      : hole(s, at, cell, { ...(value.ref ? { ref: value.ref, made: value.made } : {}), ...(value.via ? { via: value.via } : {}) }),
  );
}
export function fold(sign: string, left: Abs | undefined, right: Abs | undefined): Abs | undefined {
  if (sign === '-join') {
    const items = left?.list;
    const separator = textLike(right);
    if (items === undefined || items.open || separator === undefined) return left?.bytes ? textAbs([...left.bytes].join(separator ?? '')) : undefined;
    return {
      value: joinText(items.items.flatMap((item, index) => (index === 0 || separator === '' ? pieces(item) : [separator, ...pieces(item)]))),
      via: viaOf(...items.items.slice(0, 40)),
    };
  }
  const body = strOf(left);
  if (body === undefined || right === undefined) return undefined;
  if (sign === '-replace') {
    const [from, to] = right.list ? right.list.items.map(strOf) : [strOf(right), ''];
    return from === undefined || from === '' || /[.*+?()[\]{}|^$\\]/.test(from.replace(/\\(.)/g, ''))
      ? undefined
      : textAbs(
          body.replaceAll(from.replace(/\\(.)/g, '$1'), () => to ?? ''),
          { via: left?.via },
        );
  }
  if (sign === '-split') return splitText(body, strOf(right));
  return undefined;
}

/** `'a,b' -split ','` and `'a,b'.Split(',')`: the pieces as a list, nothing when the separator is not known. */
export function splitText(body: string, by: string | undefined): Abs | undefined {
  if (by === undefined || by === '') return undefined;
  const items = body
    .split(by)
    .slice(0, 65_536)
    .map((word) => textAbs(word));
  return { value: { kind: 'unknown' }, list: { items, open: false, kind: 'list', block: 0 } };
}

export function cast(s: Shell, at: Place, type: string, operand: Abs): Abs {
  const isText = /^(?:string|system\.string)$/.test(type);
  if (/^(?:char|system\.char)$/.test(type) && operand.num !== undefined)
    return textAbs(String.fromCodePoint(Math.max(0, Math.min(operand.num, 0x10ffff))), { via: ['chr'] });
  if (/^(?:char|system\.char)\[\]$/.test(type)) {
    const body = strOf(operand);
    if (body !== undefined && body.length <= 65_536)
      return {
        value: { kind: 'unknown' },
        list: { items: [...body].map((char) => textAbs(char)), open: false, kind: 'list', block: 0 },
        cell: operand.cell,
      };
    if (operand.list && !operand.list.open && operand.list.items.every((item) => item.num !== undefined))
      return {
        value: { kind: 'unknown' },
        list: {
          ...operand.list,
          items: operand.list.items.map((item) => textAbs(String.fromCodePoint(Math.max(0, Math.min(item.num!, 0x10ffff))), { via: ['chr'] })),
        },
        cell: operand.cell,
      };
  }
  if (/^(?:int|int32|byte|long)$/.test(type)) {
    const value =
      operand.num ?? (strOf(operand) !== undefined ? Number.parseInt(strOf(operand)!, /^0x/i.test(strOf(operand)!) ? 16 : 10) : Number.NaN);
    return Number.isSafeInteger(value) ? { ...numAbs(value), cell: operand.cell } : hole(s, at, operand.cell);
  }
  if (/^byte\[\]$/.test(type) && operand.list && !operand.list.open && operand.list.items.every((item) => item.num !== undefined))
    return bytesAbs(
      Uint8Array.from(operand.list.items, (item) => item.num! & 0xff),
      ['charcode'],
    );
  if (type === 'scriptblock') return { ...operand, ref: 'scriptblock' };
  if (isText && operand.list && !operand.list.open)
    return {
      value: joinText(operand.list.items.flatMap((item, index) => (index === 0 ? pieces(item) : [' ', ...pieces(item)]))),
      cell: operand.cell,
    };
  return { ...operand, span: undefined };
}

export function element(s: Shell, node: Syntax): Abs {
  const [objectNode, indexNode] = parts(node);
  const object = evaluate(s, objectNode);
  const index = evaluate(s, indexNode);
  const wanted = index.list && !index.list.open ? index.list.items.map((item) => item.num) : [index.num];
  const body = strOf(object);
  const from = body !== undefined ? [...body].map((char) => textAbs(char)) : object.list && !object.list.open ? object.list.items : undefined;
  if (from !== undefined && from.length <= 65_536 && wanted.every((each) => each !== undefined)) {
    const picked = wanted.map((each) => from.at(each!) ?? NOTHING);
    if (index.list === undefined) return { ...picked[0]!, cell: join(s.m, node, [picked[0]?.cell, object.cell]) };
    const reversed = wanted.length > 12 && wanted[0]! > wanted.at(-1)! ? { via: [...(object.via ?? []), 'reverse'] } : {};
    return {
      value: { kind: 'unknown' },
      list: { items: picked.map((item) => ({ ...item, ...reversed })), open: false, kind: 'list', block: 0 },
      cell: object.cell,
    };
  }
  const key = textLike(index)?.toLowerCase();
  const found = key === undefined ? undefined : object.dict?.items.get(key);
  return found ?? hole(s, node, object.cell);
}
