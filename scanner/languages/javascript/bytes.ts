/** Bytes and character codes: `Buffer.from`, `String.fromCharCode`, `atob` and their like, folded on constants and stated as transforms on data. */
import { base64, hex } from '../../decode/bases.ts';
import type { Call } from './calls.ts';
import { cellAt, cellsOf, portsOf, type Run, state } from './run.ts';
import { stringOf, type Thing, text, UNKNOWN, union, wrapsOf } from './thing.ts';

export type Builtin = (r: Run, c: Call) => Thing | undefined;

const MAX_DECODE = 1_000_000;

/** Bytes behind a constant in a named encoding. */
function bytesOf(input: string, encoding: string): { bytes: Uint8Array; codec: string } | undefined {
  if (input.length > MAX_DECODE) return undefined;
  if (encoding === 'base64' || encoding === 'base64url') {
    const bytes = base64(input.replace(/[^A-Za-z0-9+/_-]/g, ''));
    return bytes === undefined ? undefined : { bytes, codec: 'base64' };
  }
  if (encoding === 'hex') {
    const bytes = hex(input.length % 2 === 0 ? input : input.slice(0, -1));
    return bytes === undefined ? undefined : { bytes, codec: 'hex' };
  }
  if (encoding === 'latin1' || encoding === 'binary' || encoding === 'ascii') return { bytes: Buffer.from(input, 'latin1'), codec: '' };
  if (encoding === 'utf16le' || encoding === 'ucs2') return { bytes: Buffer.from(input, 'utf16le'), codec: '' };
  return { bytes: Buffer.from(input, 'utf8'), codec: '' };
}

const constants = (args: readonly Thing[]): boolean => args.every((arg) => arg.known === true);

export const charCodes: Builtin = (_r, c) => {
  if (c.args.length === 0 || !constants(c.args) || c.args.length > 200_000)
    return c.args.some((arg) => arg.cells.length > 0) || c.args.length === 0 ? undefined : { cells: [] };
  let out = '';
  for (const arg of c.args) {
    const code = Number(arg.prim as number);
    out += c.key === 'fromCodePoint' && code >= 0 && code <= 0x10ffff ? String.fromCodePoint(Math.floor(code)) : String.fromCharCode(code);
  }
  return { ...text(out, ['charcode']), cells: union(...c.args.slice(0, 50).map((arg) => arg.cells)) };
};

/** A long constant that decodes to no text is not folded away silently: what is in there nobody can read. */
function unseen(r: Parameters<Builtin>[0], c: Parameters<Builtin>[1], literal: string, codec: string, bytes: Uint8Array): void {
  if (literal.length < 400) return;
  const head = bytes.subarray(0, 2_000);
  const odd = head.reduce((count, byte) => count + Number(byte < 9 || (byte > 13 && byte < 32)), 0);
  if (odd * 50 > head.length) state(r, c, { kind: 'transform', op: 'decode', codec, ins: [], outs: [] });
}

export const bufferFrom: Builtin = (r, c) => {
  const [input, how] = c.args;
  if (input === undefined) return UNKNOWN;
  const encoding = (stringOf(how) ?? 'utf8').toLowerCase();
  if (input.bytes !== undefined) return input;
  const string = stringOf(input);
  if (string !== undefined) {
    const found = bytesOf(string, encoding);
    if (found === undefined) return undefined;
    if (found.codec !== '') unseen(r, c, string, found.codec, found.bytes);
    const wraps = found.codec === '' ? (input.wraps ?? []) : [...(input.wraps ?? []), found.codec];
    return { cells: input.cells, bytes: found.bytes, ...(wraps.length > 0 ? { wraps } : {}), api: 'Buffer()' };
  }
  const { box } = input;
  if (box?.items !== undefined && !box.open && box.items.length > 0 && box.items.length < MAX_DECODE && constants(box.items))
    return {
      cells: cellsOf(r, input, c),
      bytes: Uint8Array.from(box.items, (item) => Number(item.prim as number) & 0xff),
      wraps: ['charcode'],
      api: 'Buffer()',
    };
  const from = cellsOf(r, input, c);
  if (from.length === 0) return { cells: [], api: 'Buffer()' };
  if (encoding === 'base64' || encoding === 'base64url' || encoding === 'hex') {
    const out = cellAt(r, c, 'out');
    state(r, c, {
      kind: 'transform',
      op: 'decode',
      codec: encoding === 'hex' ? 'hex' : 'base64',
      ins: portsOf(from, 'data'),
      outs: [{ cell: out, role: 'value' }],
    });
    return { cells: [out], api: 'Buffer()' };
  }
  return { cells: from, api: 'Buffer()' };
};

/** `buffer.toString('base64')` of data that is not known. */
export const bufferToString: Builtin = (r, c) => {
  if (c.self === undefined || c.self.bytes !== undefined) return undefined;
  const encoding = stringOf(c.args[0])?.toLowerCase();
  if (encoding !== 'base64' && encoding !== 'hex' && encoding !== 'base64url') return { cells: cellsOf(r, c.self, c) };
  const from = cellsOf(r, c.self, c);
  if (from.length === 0) return UNKNOWN;
  const out = cellAt(r, c, 'out');
  state(r, c, {
    kind: 'transform',
    op: 'encode',
    codec: encoding === 'hex' ? 'hex' : 'base64',
    ins: portsOf(from, 'data'),
    outs: [{ cell: out, role: 'value' }],
  });
  return { cells: [out] };
};

export const decodeWith =
  (codec: string, decode: (input: string) => string | undefined): Builtin =>
  (r, c) => {
    const input = stringOf(c.args[0]);
    if (input === undefined || input.length > MAX_DECODE) return undefined;
    const out = decode(input);
    if (out !== undefined) unseen(r, c, input, codec, Buffer.from(out.slice(0, 4_000), 'latin1'));
    return out === undefined ? undefined : { ...text(out, [...wrapsOf(c.args[0]), codec]), cells: c.args[0]!.cells };
  };
export const plainText =
  (change: (input: string) => string): Builtin =>
  (_r, c) => {
    const input = stringOf(c.args[0]);
    if (input === undefined || input.length > MAX_DECODE) return undefined;
    try {
      return { ...text(change(input), wrapsOf(c.args[0])), cells: c.args[0]!.cells };
    } catch {
      return undefined;
    }
  };
export const legacyUnescape = (input: string): string =>
  input.replace(/%u([0-9a-fA-F]{4})|%([0-9a-fA-F]{2})/g, (_whole, wide: string | undefined, narrow: string | undefined) =>
    String.fromCharCode(Number.parseInt(wide ?? narrow ?? '0', 16)),
  );
