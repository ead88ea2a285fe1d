/**
 * What the inert filters print for constant input: echo, printf, base64 -d, rev, tr, xxd -r, sed s///, cut, head… This is the fixed library that unpacks
 * `$(echo … | base64 -d | rev)`. Nothing is executed: each row is a total function over bytes with capped output; unknown commands and odd options give undefined.
 */
import { base32, base64, hex } from '../../decode/bases.ts';
import { bytesToText, decode } from '../../decode/codecs.ts';
import { rotate, unescapeText } from '../../decode/escapes.ts';
import type { Limits } from '../../limits.ts';

export interface PureInput {
  readonly args: readonly string[];
  readonly text: string | undefined;
  readonly bytes: Uint8Array | undefined;
  readonly limits: Limits;
}
export interface PureOutput {
  readonly text?: string;
  readonly bytes?: Uint8Array;
  /** Name of the disguise that was taken off. */
  readonly codec?: string;
}
type Pure = (input: PureInput) => PureOutput | undefined;

const flag = (args: readonly string[], short: string, ...long: string[]): boolean =>
  args.some((arg) => long.includes(arg) || (/^-[A-Za-z]{1,8}$/.test(arg) && arg.includes(short, 1)));
const operands = (args: readonly string[]): string[] => args.filter((arg) => !arg.startsWith('-') || arg === '-');
const filesNamed = (args: readonly string[]): boolean => operands(args).some((arg) => arg !== '-');
const of = (bytes: Uint8Array | undefined, codec: string): PureOutput | undefined =>
  bytes === undefined ? undefined : { bytes, text: bytesToText(bytes), codec };
const mapText =
  (change: (text: string, args: readonly string[]) => string | undefined, codec?: string): Pure =>
  ({ args, text }) => {
    const out = text === undefined ? undefined : change(text, args);
    return out === undefined ? undefined : { text: out, ...(codec ? { codec } : {}) };
  };

function echo({ args }: PureInput): PureOutput {
  let from = 0;
  let escapes = false;
  let newline = true;
  while (from < args.length && /^-[neE]{1,3}$/.test(args[from]!)) {
    const given = args[from++]!;
    if (given.includes('e')) escapes = true;
    if (given.includes('n')) newline = false;
  }
  const text = args.slice(from).join(' ');
  const out = (escapes ? unescapeText(text) : text) + (newline ? '\n' : '');
  return { text: out, ...(escapes && out !== `${text}\n` && /\\[x0-7u]/.test(text) ? { codec: 'escapes', bytes: bytesOf(out) } : {}) };
}

/** Escapes below 256 stand for bytes. */
const bytesOf = (text: string): Uint8Array =>
  /^[\x00-\xff]*$/.test(text) ? Uint8Array.from(text, (letter) => letter.charCodeAt(0)) : new TextEncoder().encode(text);

function printf({ args }: PureInput): PureOutput | undefined {
  const [first, ...others] = args[0] === '--' ? args.slice(1) : args;
  if (first === undefined || first.startsWith('-')) return undefined;
  const format = unescapeText(first);
  const escaped = format !== first && /\\[x0-7u]/.test(first);
  let out = '';
  let rest = others;
  for (let round = 0; round < 1_000; round++) {
    let used = 0;
    out += format.replace(
      /%(?:%|([-0 +#]{0,4}\d{0,4}(?:\.\d{1,4})?)([sbdiqcxXo]))/g,
      (whole: string, width: string | undefined, kind: string | undefined) => {
        if (kind === undefined) return '%';
        const value = rest[used++] ?? '';
        if (kind === 's' || kind === 'q') return value;
        if (kind === 'b') return unescapeText(value);
        if (kind === 'c') return value.slice(0, 1);
        const number = /^["'](.)/.test(value) ? value.charCodeAt(1) : Number(value);
        if (!Number.isInteger(number)) return whole;
        const text = number.toString(kind === 'x' || kind === 'X' ? 16 : kind === 'o' ? 8 : 10);
        const digits = /0(\d{1,2})/.exec(width ?? '')?.[1];
        return text.padStart(Number(digits ?? 0), '0');
      },
    );
    if (used === 0 || used >= rest.length || out.length > 1 << 20) break;
    rest = rest.slice(used);
  }
  return { text: out, ...(escaped ? { codec: 'escapes', bytes: bytesOf(out) } : {}) };
}

/** `a-z`, `[:upper:]`, escapes. */
function trSet(set: string): string[] | undefined {
  const text = unescapeText(set)
    .replace('[:upper:]', 'A-Z')
    .replace('[:lower:]', 'a-z')
    .replace('[:digit:]', '0-9')
    .replace('[:space:]', ' \t\n\r')
    .replace('[:blank:]', ' \t')
    .replace('[:alpha:]', 'A-Za-z')
    .replace('[:alnum:]', 'A-Za-z0-9');
  const out: string[] = [];
  for (let i = 0; i < text.length; i++) {
    if (text[i + 1] === '-' && i + 2 < text.length) {
      const from = text.charCodeAt(i);
      const to = text.charCodeAt(i + 2);
      if (to < from || to - from > 300) return undefined;
      for (let code = from; code <= to; code++) out.push(String.fromCharCode(code));
      i += 2;
    } else out.push(text[i]!);
    if (out.length > 2_000) return undefined;
  }
  return out;
}

const tr: Pure = ({ args, text }) => {
  if (text === undefined) return undefined;
  const [one, two] = operands(args).map(trSet);
  if (one === undefined) return undefined;
  const options = args.filter((arg) => /^-[a-zA-Z]{1,3}$/.test(arg)).join('');
  const complement = /[cC]/.test(options);
  const from = new Map(one.map((letter, index) => [letter, index] as const).reverse());
  let out = '';
  if (options.includes('d')) {
    for (const letter of text) if (from.has(letter) === complement) out += letter;
    return { text: out };
  }
  if (two === undefined || complement) return options.includes('s') && !complement ? { text } : undefined;
  for (const letter of text) {
    const index = from.get(letter);
    out += index === undefined ? letter : (two[Math.min(index, two.length - 1)] ?? '');
  }
  return { text: out, codec: 'tr' };
};

/** One `s/literal/text/flags` or `y/abc/xyz/`, `1d`, nothing else. */
const sed: Pure = ({ args, text }) => {
  const scripts = args.filter((arg) => !/^-[eEnrsz]{1,3}$/.test(arg));
  if (text === undefined || scripts.length !== 1 || args.includes('-n') || args.includes('-i')) return undefined;
  let out = text;
  for (const one of scripts[0]!.split(';').slice(0, 20)) {
    const mark = one.trim()[1];
    const parts = mark === undefined ? [] : one.trim().split(mark);
    if (parts.length !== 4 || parts[0] !== 's' || /[*[\]^$\\.+?(){}]/.test(parts[1]!.replace(/^\^|\$$/g, '')) || /[&\\]/.test(parts[2]!))
      return undefined;
    const [, from, to, flags] = parts as [string, string, string, string];
    if (from.startsWith('^'))
      out = out
        .split('\n')
        .map((line) => (line.startsWith(from.slice(1)) ? to + line.slice(from.length - 1) : line))
        .join('\n');
    else if (from.endsWith('$')) return undefined;
    else if (from !== '')
      out = out
        .split('\n')
        .map((line) => (flags.includes('g') ? line.split(from).join(to) : line.replace(from, () => to)))
        .join('\n');
  }
  return { text: out };
};

const count = (args: readonly string[], letter: string): number | undefined => {
  const index = args.findIndex((arg) => arg.startsWith(`-${letter}`));
  if (index < 0) return undefined;
  const raw = args[index] === `-${letter}` ? args[index + 1] : args[index]!.slice(2);
  return raw !== undefined && /^[+-]?\d{1,7}$/.test(raw) ? Number(raw) : undefined;
};
const cutText: Pure = ({ args, text }) => {
  if (text === undefined) return undefined;
  const list = args.find((arg) => /^-[cf]\d/.test(arg))?.slice(2) ?? args[args.findIndex((arg) => arg === '-c' || arg === '-f') + 1];
  const range = /^(\d{0,4})(-?)(\d{0,4})$/.exec(list ?? '');
  if (range === null) return undefined;
  const from = Number(range[1] || 1) - 1;
  const to = range[2] === '' ? from + 1 : range[3] === '' ? undefined : Number(range[3]);
  const at = args.findIndex((arg) => arg.startsWith('-d'));
  const mark = at < 0 ? '\t' : args[at] === '-d' ? (args[at + 1] ?? ' ') : args[at]!.slice(2);
  const fields = args.some((arg) => arg.startsWith('-f'));
  return {
    text: text
      .split('\n')
      .map((line) => (fields ? line.split(mark).slice(from, to).join(mark) : line.slice(from, to)))
      .join('\n'),
  };
};

const pass: Pure = ({ args, text, bytes }) => (filesNamed(args) || text === undefined ? undefined : { text, ...(bytes ? { bytes } : {}) });
const base64Decode: Pure = ({ args, text }) =>
  text === undefined || (!flag(args, 'd', '--decode', '-D', '-di') && !flag(args, 'D'))
    ? undefined
    : of(base64(text.replace(flag(args, 'i', '--ignore-garbage') ? /[^A-Za-z0-9+/=]/g : /\s/g, '')), 'base64');
const inflate =
  (codec: string): Pure =>
  ({ text, bytes, limits }) =>
    of(bytes || text ? decode(codec, bytes ?? text!, limits) : undefined, codec);

const PURE: Readonly<Record<string, Pure>> = {
  echo,
  printf,
  print: echo,
  cat: pass,
  tee: ({ text, bytes }) => (text === undefined ? undefined : { text, ...(bytes ? { bytes } : {}) }),
  base64: base64Decode,
  gbase64: base64Decode,
  base32: ({ args, text }) => (text === undefined || !flag(args, 'd', '--decode') ? undefined : of(base32(text), 'base32')),
  openssl: (input) =>
    /^(?:base64|enc)$/.test(input.args[0] ?? '') &&
    input.args.includes('-d') &&
    (input.args[0] === 'base64' || input.args.some((arg) => arg === '-base64' || arg === '-a')) &&
    !input.args.some((arg) => /^-(?:aes|des|k$|pass|in$|K$)/.test(arg)) &&
    input.text !== undefined
      ? of(base64(input.text), 'base64')
      : undefined,
  rev: mapText(
    (text) =>
      text
        .split('\n')
        .map((line) => [...line].reverse().join(''))
        .join('\n'),
    'reverse',
  ),
  tac: mapText((text) => `${text.replace(/\n$/, '').split('\n').reverse().join('\n')}\n`),
  tr,
  sed,
  rot13: mapText((text) => rotate(text, 13), 'rot13'),
  xxd: ({ args, text }) =>
    text === undefined || !flag(args, 'r') || filesNamed(args)
      ? undefined
      : of(
          hex(
            args.some((arg) => /p/.test(arg))
              ? text
              : text
                  .split('\n')
                  .map((line) => line.replace(/^[0-9a-fA-F]{1,16}: ?/, '').split('  ')[0])
                  .join(' '),
          ),
          'hex',
        ),
  gunzip: inflate('gzip'),
  zcat: inflate('gzip'),
  gzcat: inflate('gzip'),
  gzip: (input) => (flag(input.args, 'd', '--decompress', '--uncompress') ? inflate('gzip')(input) : undefined),
  pigz: (input) => (flag(input.args, 'd') ? inflate(flag(input.args, 'z') ? 'zlib' : 'gzip')(input) : undefined),
  'zlib-flate': (input) => (input.args.includes('-uncompress') ? inflate('zlib')(input) : undefined),
  brotli: (input) => (flag(input.args, 'd', '--decompress') ? inflate('brotli')(input) : undefined),
  cut: cutText,
  head: ({ args, text }) =>
    text === undefined || operands(args).length > (count(args, 'n') === undefined && count(args, 'c') === undefined ? 0 : 1)
      ? undefined
      : {
          text:
            count(args, 'c') !== undefined
              ? text.slice(0, count(args, 'c'))
              : text
                  .split('\n')
                  .slice(0, count(args, 'n') ?? 10)
                  .join('\n'),
        },
  tail: ({ args, text }) => {
    const from = count(args, 'n');
    const lines = (text ?? '').replace(/\n$/, '').split('\n');
    const plus = args.some((arg) => /^(?:-n)?\+\d/.test(arg));
    return text === undefined || (from === undefined && args.length > 0)
      ? undefined
      : { text: `${lines.slice(plus ? (from ?? 1) - 1 : -Math.abs(from ?? 10)).join('\n')}\n` };
  },
  basename: ({ args }) =>
    args[0] === undefined
      ? undefined
      : {
          text: `${args[0]
            .replace(/\/$/, '')
            .split('/')
            .at(-1)!
            .replace(args[1] !== undefined && args[0].endsWith(args[1]) ? args[1] : '\n', '')}\n`,
        },
  dirname: ({ args }) =>
    args[0] === undefined ? undefined : { text: `${args[0].includes('/') ? args[0].slice(0, args[0].lastIndexOf('/')) || '/' : '.'}\n` },
  which: ({ args }) => (operands(args)[0] === undefined ? undefined : { text: `${operands(args)[0]}\n` }),
  realpath: ({ args }) => (operands(args).length === 1 ? { text: `${operands(args)[0]}\n` } : undefined),
  readlink: ({ args }) => (operands(args).length === 1 && args.includes('-f') ? { text: `${operands(args)[0]}\n` } : undefined),
};

/** Output of an inert filter for constants. `args` are all known. */
export function pureOutput(name: string, input: PureInput): PureOutput | undefined {
  if ((input.text?.length ?? 0) > input.limits.decodeChars || !Object.hasOwn(PURE, name)) return undefined;
  const out = PURE[name]!(input);
  return out?.text !== undefined && out.text.length > input.limits.decodeChars ? undefined : out;
}
export const isPure = (name: string): boolean => Object.hasOwn(PURE, name);
