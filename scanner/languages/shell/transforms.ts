/** Programs that change the form of data: decode, encode, compress, encrypt. A row says by which option the direction is chosen. */
import type { TransformFact } from '../../model.ts';
import type { Command } from './command.ts';
import { fact, fieldText, readFile, type World } from './world.ts';

type Op = TransformFact['op'];
interface Row {
  readonly codec: string | ((words: readonly string[]) => string);
  readonly forward: Op;
  readonly backward?: Op;
  /** Options that mean backward. */
  readonly back?: RegExp;
  /** Only if the words say so. */
  readonly when?: (words: readonly string[]) => boolean;
  /** Options with a value that is no file. */
  readonly values?: string;
  /** Operands are not files. */
  readonly noFiles?: boolean;
}
const cipher = (words: readonly string[]): string =>
  words[0] === 'base64' || words.some((word) => word === '-base64' || word === '-a')
    ? words.some((word) => /^-(?:aes|des|chacha|rc4|camellia|bf)/.test(word))
      ? 'openssl'
      : 'base64'
    : 'openssl';

const ROWS: Readonly<Record<string, Row>> = {
  base64: {
    codec: 'base64',
    forward: 'encode',
    backward: 'decode',
    back: /^(?:-[a-zA-Z]{0,3}[dD][a-zA-Z]{0,3}|--decode)$/,
    values: '-w -b --wrap -i -o',
  },
  gbase64: { codec: 'base64', forward: 'encode', backward: 'decode', back: /^(?:-[a-z]{0,3}d|--decode)/, values: '-w' },
  base32: { codec: 'base32', forward: 'encode', backward: 'decode', back: /^(?:-d|--decode)$/, values: '-w' },
  uudecode: { codec: 'uu', forward: 'decode' },
  uuencode: { codec: 'uu', forward: 'encode' },
  xxd: { codec: 'hex', forward: 'encode', backward: 'decode', back: /^-[a-z]{0,3}r/, values: '-c -g -l -s -o' },
  hexdump: { codec: 'hex', forward: 'encode', values: '-e -n -s -f' },
  od: { codec: 'hex', forward: 'encode', values: '-A -t -N -j -w' },
  openssl: {
    codec: cipher,
    forward: 'encrypt',
    backward: 'decrypt',
    back: /^-d$/,
    when: (words) => /^(?:enc|base64|aes[-\d\w]{0,20}|des3?|rsautl|pkeyutl|smime|cms)$/.test(words[0] ?? ''),
    noFiles: true,
  },
  gpg: {
    codec: 'gpg',
    forward: 'encrypt',
    backward: 'decrypt',
    back: /^(?:-d|--decrypt)$/,
    when: (words) => words.some((word) => /^(?:-[a-z]{0,3}[cedse]|--(?:symmetric|encrypt|decrypt))$/.test(word)),
    values: '-r --recipient --passphrase --passphrase-file --cipher-algo -u --local-user -o --output --homedir --pinentry-mode',
  },
  age: { codec: 'age', forward: 'encrypt', backward: 'decrypt', back: /^(?:-d|--decrypt)$/, values: '-r -R -i -o --identity --output' },
  gzip: { codec: 'gzip', forward: 'compress', backward: 'decompress', back: /^(?:-[a-z]{0,3}d[a-z]{0,3}|--decompress|--uncompress)$/ },
  pigz: { codec: 'gzip', forward: 'compress', backward: 'decompress', back: /^-[a-z]{0,3}d/ },
  gunzip: { codec: 'gzip', forward: 'decompress' },
  zcat: { codec: 'gzip', forward: 'decompress' },
  gzcat: { codec: 'gzip', forward: 'decompress' },
  bzip2: { codec: 'bzip2', forward: 'compress', backward: 'decompress', back: /^-[a-z]{0,3}d/ },
  bunzip2: { codec: 'bzip2', forward: 'decompress' },
  bzcat: { codec: 'bzip2', forward: 'decompress' },
  xz: { codec: 'xz', forward: 'compress', backward: 'decompress', back: /^-[a-z]{0,3}d/, values: '-T' },
  unxz: { codec: 'xz', forward: 'decompress' },
  xzcat: { codec: 'xz', forward: 'decompress' },
  zstd: { codec: 'zstd', forward: 'compress', backward: 'decompress', back: /^-[a-z]{0,3}d/, values: '-o' },
  'zlib-flate': { codec: 'zlib', forward: 'compress', backward: 'decompress', back: /^-uncompress$/, noFiles: true },
  brotli: { codec: 'brotli', forward: 'compress', backward: 'decompress', back: /^(?:-d|--decompress)$/, values: '-o' },
  rev: { codec: 'reverse', forward: 'decode' },
  rot13: { codec: 'rot13', forward: 'decode', noFiles: true },
  tr: {
    codec: 'tr',
    forward: 'decode',
    noFiles: true,
    when: (words) =>
      words.length === 2 &&
      words.every((word) => /^\[?[A-Za-z0-9\-!~]{4,}\]?$/.test(word) && !word.startsWith('-')) &&
      !(/^\[?A-Z\]?$/.test(words[0]!) || /^\[?A-Z\]?$/.test(words[1]!)),
  },
};

/** States the transform, if the command is one. Data then passes through it, not beside it. */
export function transformOf(w: World, command: Command): boolean {
  if (!Object.hasOwn(ROWS, command.name)) return false;
  const row = ROWS[command.name]!;
  const words = command.args.map((arg) => fieldText(arg) ?? '');
  if (row.when !== undefined && !row.when(words)) return false;
  const codec = typeof row.codec === 'string' ? row.codec : row.codec(words);
  const back = row.backward !== undefined && words.some((word) => row.back!.test(word));
  let op = back ? row.backward! : row.forward;
  if (command.name === 'openssl' && codec === 'base64') op = back ? 'decode' : 'encode';
  const takes = new Set((row.values ?? '').split(' '));
  const ins = [{ cell: command.io.stdin.cell, role: 'data' as const }];
  if (!row.noFiles) {
    command.args.forEach((arg, index) => {
      const text = words[index]!;
      if (text.startsWith('-') || text === '' || takes.has(words[index - 1] ?? '')) {
        if (arg.process === undefined) return;
      }
      ins.push({ cell: readFile(w, arg).cell, role: 'data' });
    });
  } else {
    // openssl names its files with -in and -out; the files table reads them and hands their cell on.
    const input = command.args[words.indexOf('-in') + 1];
    if (words.includes('-in') && input !== undefined) ins.push({ cell: readFile(w, input).cell, role: 'data' });
  }
  fact(w, command.start, command.end, { kind: 'transform', op, codec, ins, outs: [{ cell: command.io.out, role: 'value' }] });
  return true;
}
export const isTransform = (name: string): boolean => Object.hasOwn(ROWS, name);
