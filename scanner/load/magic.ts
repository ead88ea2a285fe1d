/**
 * What bytes are, by their first bytes: our own table, synchronous and small. The extension never decides.
 *
 * It promises one signature or none, and a group that says what follows: machine code is reported, archives are opened, inert media is listed. Weak marks (two
 * bytes) are backed by a second condition. It does not see what stands behind a valid start: disguise.ts does. Sources: the formats' own specifications.
 */
import { isTar } from '../decode/archive.ts';

export type Group =
  /** Media, fonts, databases: nothing on the way executes them. */
  | 'inert'
  | 'executable'
  /** Opened by decode/archive.ts. */
  | 'archive'
  /** A container nobody here can open. */
  | 'closed';

export interface Signature {
  readonly name: string;
  readonly group: Group;
}

interface Row extends Signature {
  readonly mark: string;
  readonly at?: number;
  readonly also?: (bytes: Uint8Array) => boolean;
}

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
const u32 = (bytes: Uint8Array, at: number): number => (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;
const ascii = (bytes: Uint8Array, at: number, length: number): string => Buffer.from(bytes.subarray(at, at + length)).toString('latin1');
const riff =
  (form: string) =>
  (bytes: Uint8Array): boolean =>
    ascii(bytes, 8, 4) === form;

/** Marks are written as Latin-1 strings. First match wins, so the stricter row stands first. */
const rows: readonly Row[] = [
  { name: 'png', group: 'inert', mark: '\x89PNG\r\n\x1a\n' },
  { name: 'jpg', group: 'inert', mark: '\xff\xd8\xff' },
  { name: 'gif', group: 'inert', mark: 'GIF87a' },
  { name: 'gif', group: 'inert', mark: 'GIF89a' },
  { name: 'webp', group: 'inert', mark: 'RIFF', also: riff('WEBP') },
  { name: 'wav', group: 'inert', mark: 'RIFF', also: riff('WAVE') },
  { name: 'avi', group: 'inert', mark: 'RIFF', also: riff('AVI ') },
  { name: 'ico', group: 'inert', mark: '\0\0\x01\0', also: (bytes) => u16(bytes, 4) > 0 && u16(bytes, 4) < 256 && u32(bytes, 18) < 0x100000 },
  { name: 'cur', group: 'inert', mark: '\0\0\x02\0', also: (bytes) => u16(bytes, 4) > 0 && u16(bytes, 4) < 256 && u32(bytes, 18) < 0x100000 },
  { name: 'bmp', group: 'inert', mark: 'BM', also: (bytes) => u32(bytes, 6) === 0 && u32(bytes, 10) < 0x10000 && u32(bytes, 14) <= 124 },
  { name: 'tiff', group: 'inert', mark: 'II*\0' },
  { name: 'tiff', group: 'inert', mark: 'MM\0*' },
  { name: 'psd', group: 'inert', mark: '8BPS\0\x01' },
  { name: 'icns', group: 'inert', mark: 'icns', also: (bytes) => bytes[4] === 0 },
  { name: 'jxl', group: 'inert', mark: '\xff\x0a', also: (bytes) => bytes.length > 32 },
  { name: 'jp2', group: 'inert', mark: '\0\0\0\x0cjP  ' },
  { name: 'woff', group: 'inert', mark: 'wOFF' },
  { name: 'woff2', group: 'inert', mark: 'wOF2' },
  { name: 'ttf', group: 'inert', mark: '\0\x01\0\0', also: (bytes) => bytes[4] === 0 && bytes[5]! > 0 && bytes[5]! < 64 },
  { name: 'ttf', group: 'inert', mark: 'true\0' },
  { name: 'ttf', group: 'inert', mark: 'ttcf\0' },
  { name: 'otf', group: 'inert', mark: 'OTTO\0' },
  { name: 'mp3', group: 'inert', mark: 'ID3', also: (bytes) => bytes[3]! < 5 && bytes[4] !== 0xff },
  { name: 'mp3', group: 'inert', mark: '\xff\xfb' },
  { name: 'mp3', group: 'inert', mark: '\xff\xf3' },
  { name: 'mp3', group: 'inert', mark: '\xff\xf2' },
  { name: 'aac', group: 'inert', mark: '\xff\xf1' },
  { name: 'mp4', group: 'inert', mark: 'ftyp', at: 4 },
  { name: 'mov', group: 'inert', mark: 'moov', at: 4 },
  { name: 'webm', group: 'inert', mark: '\x1aE\xdf\xa3' },
  { name: 'ogg', group: 'inert', mark: 'OggS\0' },
  { name: 'flac', group: 'inert', mark: 'fLaC\0' },
  { name: 'aiff', group: 'inert', mark: 'FORM', also: (bytes) => ascii(bytes, 8, 3) === 'AIF' },
  { name: 'midi', group: 'inert', mark: 'MThd\0\0\0\x06' },
  { name: 'flv', group: 'inert', mark: 'FLV\x01' },
  { name: 'pdf', group: 'inert', mark: '%PDF-' },
  { name: 'sqlite', group: 'inert', mark: 'SQLite format 3\0' },
  { name: 'bplist', group: 'inert', mark: 'bplist0' },
  { name: 'ds-store', group: 'inert', mark: '\0\0\0\x01Bud1' },
  { name: 'appledouble', group: 'inert', mark: '\0\x05\x16\x07\0\x02\0\0' },
  { name: 'npy', group: 'inert', mark: '\x93NUMPY' },
  { name: 'hdf5', group: 'inert', mark: '\x89HDF\r\n\x1a\n' },
  { name: 'parquet', group: 'inert', mark: 'PAR1' },
  { name: 'arrow', group: 'inert', mark: 'ARROW1\0\0' },
  { name: 'gguf', group: 'inert', mark: 'GGUF' },
  { name: 'git-index', group: 'inert', mark: 'DIRC\0\0\0' },
  { name: 'git-pack', group: 'inert', mark: 'PACK\0\0\0' },
  { name: 'git-pack-index', group: 'inert', mark: '\xfftOc\0\0\0\x02' },
  { name: 'git-pack-index', group: 'inert', mark: 'RIDX\0\0\0\x01' },
  { name: 'git-graph', group: 'inert', mark: 'CGPH\x01' },
  { name: 'elf', group: 'executable', mark: '\x7fELF' },
  { name: 'macho', group: 'executable', mark: '\xfe\xed\xfa\xce' },
  { name: 'macho', group: 'executable', mark: '\xfe\xed\xfa\xcf' },
  { name: 'macho', group: 'executable', mark: '\xce\xfa\xed\xfe' },
  { name: 'macho', group: 'executable', mark: '\xcf\xfa\xed\xfe' },
  // Fat Mach-O and Java classes share a mark; the next word is a small count of architectures or a version of at least 45.
  {
    name: 'macho',
    group: 'executable',
    mark: '\xca\xfe\xba\xbe',
    also: (bytes) => bytes[4] === 0 && bytes[5] === 0 && bytes[6] === 0 && bytes[7]! < 45,
  },
  { name: 'java-class', group: 'executable', mark: '\xca\xfe\xba\xbe' },
  { name: 'dex', group: 'executable', mark: 'dex\n03' },
  { name: 'wasm', group: 'executable', mark: '\0asm' },
  { name: 'pe', group: 'executable', mark: 'MZ' },
  { name: 'lua-bytecode', group: 'executable', mark: '\x1bLua' },
  { name: 'beam', group: 'executable', mark: 'FOR1', also: (bytes) => ascii(bytes, 8, 4) === 'BEAM' },
  { name: 'llvm-bitcode', group: 'executable', mark: 'BC\xc0\xde' },
  { name: 'windows-shortcut', group: 'executable', mark: 'L\0\0\0\x01\x14\x02\0' },
  { name: 'applescript', group: 'executable', mark: 'FasdUAS' },
  { name: 'zip', group: 'archive', mark: 'PK\x03\x04' },
  { name: 'zip', group: 'archive', mark: 'PK\x05\x06' },
  { name: 'zip', group: 'archive', mark: 'PK\x07\x08PK' },
  { name: 'gzip', group: 'archive', mark: '\x1f\x8b\x08' },
  { name: 'bzip2', group: 'closed', mark: 'BZh', also: (bytes) => bytes[3]! >= 0x31 && bytes[3]! <= 0x39 },
  { name: 'xz', group: 'closed', mark: '\xfd7zXZ\0' },
  { name: 'zstd', group: 'closed', mark: '\x28\xb5\x2f\xfd' },
  { name: 'lz4', group: 'closed', mark: '\x04\x22\x4d\x18' },
  { name: 'lzip', group: 'closed', mark: 'LZIP\x01' },
  { name: 'lzma', group: 'closed', mark: '\x5d\0\0', also: (bytes) => bytes.length > 13 && (bytes[5] === 0 || bytes[5] === 0xff) },
  { name: 'compress', group: 'closed', mark: '\x1f\x9d' },
  { name: '7z', group: 'closed', mark: '7z\xbc\xaf\x27\x1c' },
  { name: 'rar', group: 'closed', mark: 'Rar!\x1a\x07' },
  { name: 'cab', group: 'closed', mark: 'MSCF\0\0\0\0' },
  { name: 'ar', group: 'closed', mark: '!<arch>\n' },
  { name: 'rpm', group: 'closed', mark: '\xed\xab\xee\xdb' },
  { name: 'xar', group: 'closed', mark: 'xar!\0' },
  { name: 'cpio', group: 'closed', mark: '07070', also: (bytes) => bytes[5]! >= 0x31 && bytes[5]! <= 0x37 && bytes.length > 76 },
  { name: 'squashfs', group: 'closed', mark: 'hsqs' },
  { name: 'ole', group: 'closed', mark: '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' },
  { name: 'iso', group: 'closed', mark: 'CD001', at: 0x8001 },
  // A pickled header with the length of a JSON index: Electron's archive.
  { name: 'asar', group: 'closed', mark: '\x04\0\0\0', also: (bytes) => u32(bytes, 4) === u32(bytes, 8) + 4 && ascii(bytes, 16, 9) === '{"files":' },
  // CPython: a 16-bit magic that changes with each version, then CR LF, flags or a time.
  { name: 'pyc', group: 'executable', mark: '\r\n', at: 2, also: (bytes) => bytes.length >= 8 },
];

const marks = rows.map((row) => Buffer.from(row.mark, 'latin1'));
const byFirst = new Map<number, number[]>();
const elsewhere: number[] = [];
rows.forEach((row, index) => {
  if (row.at !== undefined) elsewhere.push(index);
  else byFirst.set(marks[index]![0]!, [...(byFirst.get(marks[index]![0]!) ?? []), index]);
});

function fits(bytes: Uint8Array, index: number): boolean {
  const row = rows[index]!;
  const mark = marks[index]!;
  const at = row.at ?? 0;
  if (bytes.length < at + mark.length) return false;
  for (let offset = 0; offset < mark.length; offset++) if (bytes[at + offset] !== mark[offset]) return false;
  return row.also?.(bytes) ?? true;
}

/** Recognises bytes by their start. Give at least the first 64 kB where there are that many. */
export function recognise(bytes: Uint8Array): Signature | undefined {
  const index = byFirst.get(bytes[0] ?? -1)?.find((candidate) => fits(bytes, candidate)) ?? elsewhere.find((candidate) => fits(bytes, candidate));
  if (index !== undefined && rows[index]!.name !== 'pyc') return rows[index];
  if (isTar(bytes)) return { name: 'tar', group: 'archive' };
  return index === undefined ? undefined : rows[index];
}

/** The interpreter a `#!` line names: `python`, `sh`, `node`. Version digits are dropped; a name that is none is `script`. */
export function shebangOf(text: string): string | undefined {
  const match = /^#![ \t]{0,8}([^\r\n]{1,200})/.exec(text);
  if (match === null || match[1]!.trim() === '') return undefined;
  const words = match[1]!.trim().split(/[ \t]+/);
  const base = (word: string): string => word.slice(word.lastIndexOf('/') + 1);
  let head = base(words[0] ?? '');
  if (head === 'env') head = base(words.slice(1).find((word) => !word.startsWith('-') && !word.includes('=')) ?? '');
  const name = head.replace(/[\d.]{1,12}$/, '').toLowerCase();
  return /^[a-z_][a-z0-9_.+-]{0,31}$/.test(name) ? name : 'script';
}
