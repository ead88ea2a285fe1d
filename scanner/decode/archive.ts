/**
 * Archives in memory: zip, tar and gzip, read synchronously and bounded, for archives inside packages and for data that code unpacks.
 *
 * It promises every member that any common extractor could produce: those of the central directory and those that only a front-to-back reader sees, those before
 * and after a tar's end mark. Where extractors would differ it says `ambiguous-archive`; where bytes are missing, `malformed-archive`; it never throws. Names are
 * given raw: load/path.ts judges them. Stops zip and tar confusion, hidden members, overlapping and over-expanding members. Specs: APPNOTE 6.3.10, POSIX pax, GNU tar.
 */
import { constants, crc32, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import type { Problem } from '../model.ts';

export type Format = 'zip' | 'tar' | 'gzip';
type Unread = 'file-too-large' | 'too-many-bytes' | 'too-many-files' | 'ratio-bomb' | 'encrypted-archive' | 'unreadable' | 'malformed-archive';

export type Member =
  | { readonly path: string; readonly kind: 'file'; readonly bytes: Uint8Array; readonly executable: boolean }
  | { readonly path: string; readonly kind: 'link' | 'hardlink' | 'device'; readonly target: string }
  | { readonly path: string; readonly kind: 'unread'; readonly size: number; readonly why: Unread; readonly head?: Uint8Array }
  /** About the archive itself. */
  | { readonly path: ''; readonly kind: 'problem'; readonly code: Problem['code']; readonly says: string; readonly incomplete: boolean };

/** What may still be spent. The first three are counted down, so that several archives can share one room. */
export interface Room {
  files: number;
  bytes: number;
  /** Bytes that may be expanded, also in vain: members that turn out too large cost as much as those that are kept. */
  work: number;
  readonly fileBytes: number;
  readonly ratio: number;
  readonly ratioFrom: number;
}

const problem = (code: Problem['code'], says: string, incomplete: boolean): Member => ({ path: '', kind: 'problem', code, says, incomplete });
const ambiguous = (says: string): Member => problem('ambiguous-archive', says, false);
const malformed = (says: string): Member => problem('malformed-archive', says, true);

/** Lists and reads the members of an archive. `name` names the single member of a gzip stream that does not name it itself. */
export function openArchive(format: Format, data: Uint8Array, room: Room, name = 'data'): Member[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  try {
    if (format === 'zip') return openZip(bytes, room);
    if (format === 'tar') return openTar(bytes, room);
    return openGzip(bytes, room, name);
  } catch (error) {
    return [malformed(`reading it failed: ${error instanceof Error ? error.message : 'unknown error'}`)];
  }
}

const utf8 = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

/** Expands with every bound of the room; the reason if that cannot be. `partial` gives what there is of a stream that is cut off. */
function expand(how: typeof inflateRawSync, packed: Uint8Array, room: Room, partial: boolean): Buffer | Unread {
  const most = Math.min(room.fileBytes, room.bytes);
  if (room.work <= 0) return 'too-many-bytes';
  try {
    const out = how(packed, { maxOutputLength: Math.max(1, most), ...(partial ? { finishFlush: constants.Z_SYNC_FLUSH } : {}) });
    room.work -= out.length;
    if (out.length > most) return 'too-many-bytes';
    return out.length > room.ratioFrom && out.length > packed.length * room.ratio ? 'ratio-bomb' : out;
  } catch (error) {
    room.work -= most;
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ERR_BUFFER_TOO_LARGE' && code !== 'ERR_OUT_OF_RANGE') return 'malformed-archive';
    if (most > packed.length * room.ratio && most > room.ratioFrom) return 'ratio-bomb';
    return most < room.fileBytes ? 'too-many-bytes' : 'file-too-large';
  }
}

// --------------------------------------------------------------------------------------------------------------------------- gzip

function openGzip(bytes: Buffer, room: Room, name: string): Member[] {
  // A packed tar may be larger than one file may be: its members are measured one by one.
  const outer = { ...room, fileBytes: room.bytes };
  const problems: Member[] = [];
  let out = expand(gunzipSync, bytes, outer, false);
  if (out === 'malformed-archive') {
    out = expand(gunzipSync, bytes, outer, true);
    problems.push(malformed('its compressed data is damaged or cut off'));
  }
  room.work = outer.work;
  if (typeof out === 'string') return [{ path: name, kind: 'unread', size: bytes.length, why: out }, ...problems];
  if (isTar(out)) return [...openTar(out, room), ...problems];
  if (out.length > room.fileBytes)
    return [{ path: name, kind: 'unread', size: out.length, why: 'file-too-large', head: out.subarray(0, 512) }, ...problems];
  room.bytes -= out.length;
  room.files--;
  return [{ path: name, kind: 'file', bytes: out, executable: false }, ...problems];
}

/** Expands a zlib (RFC 1950) stream such as a loose git object; undefined if it is none or too large. */
export function openZlib(bytes: Uint8Array, room: Room): Uint8Array | undefined {
  const out = expand(inflateSync, bytes, room, false);
  return typeof out === 'string' ? undefined : out;
}

// ---------------------------------------------------------------------------------------------------------------------------- zip

interface ZipEntry {
  readonly name: string;
  readonly rawName: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly mode: number;
  /** Where its local header starts; data starts at `dataAt` once known. */
  readonly at: number;
}

const endMark = Buffer.from('PK\x05\x06', 'latin1');
const localMark = Buffer.from('PK\x03\x04', 'latin1');

/** The end record of a zip, the way tolerant extractors find it. `shift` is what stands before the archive. Undefined if there is none. */
export function findZipEnd(
  bytes: Buffer,
): { at: number; directory: number; shift: number; count: number; trailing: number; rivals: number } | undefined {
  const found: { at: number; directory: number; shift: number; count: number; trailing: number }[] = [];
  const floor = Math.max(0, bytes.length - 65_557);
  for (let at = bytes.lastIndexOf(endMark); at >= floor; at = at === 0 ? -1 : bytes.lastIndexOf(endMark, at - 1)) {
    if (at + 22 > bytes.length) continue;
    let count = bytes.readUInt16LE(at + 10);
    let size = bytes.readUInt32LE(at + 12);
    let offset = bytes.readUInt32LE(at + 16);
    let end = at;
    if (at >= 20 && bytes.readUInt32LE(at - 20) === 0x07064b50) {
      // The locator holds an absolute offset; with data in front the record still stands right before the locator.
      const stated = Number(bytes.readBigUInt64LE(at - 12));
      const record = [stated, at - 76].find((place) => place >= 0 && place + 56 <= at && bytes.readUInt32LE(place) === 0x06064b50);
      if (record !== undefined) {
        count = Number(bytes.readBigUInt64LE(record + 32));
        size = Number(bytes.readBigUInt64LE(record + 40));
        offset = Number(bytes.readBigUInt64LE(record + 48));
        end = record;
      }
    }
    const directory = end - size;
    if (directory < 0 || (size > 0 && (directory + 4 > bytes.length || bytes.readUInt32LE(directory) !== 0x02014b50))) continue;
    found.push({ at, directory, shift: directory - offset, count, trailing: bytes.length - (at + 22 + bytes.readUInt16LE(at + 20)) });
    if (found.length > 8) break;
  }
  // Prefer a record that ends the file exactly; a stored zip inside the last member also has one, but its directory offset is relative to itself.
  const best = found.find((end) => end.trailing === 0 && end.shift === 0) ?? found.find((end) => end.trailing === 0) ?? found[0];
  if (best === undefined) return undefined;
  return { ...best, rivals: found.filter((end) => end !== best && end.shift === best.shift).length };
}

/** Extra fields of a zip header; undefined if the field is not there. */
function extraOf(extra: Buffer, id: number): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length; ) {
    const size = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === id) return extra.subarray(at + 4, at + 4 + size);
    at += 4 + size;
  }
  return undefined;
}

function centralEntries(bytes: Buffer, end: NonNullable<ReturnType<typeof findZipEnd>>, most: number): { entries: ZipEntry[]; full: boolean } {
  const entries: ZipEntry[] = [];
  let at = end.directory;
  while (at + 46 <= end.at && bytes.readUInt32LE(at) === 0x02014b50) {
    if (entries.length >= most) return { entries, full: false };
    const nameLength = bytes.readUInt16LE(at + 28);
    const extraLength = bytes.readUInt16LE(at + 30);
    const rawName = bytes.subarray(at + 46, at + 46 + nameLength);
    const extra = bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    let packed = bytes.readUInt32LE(at + 20);
    let size = bytes.readUInt32LE(at + 24);
    let local = bytes.readUInt32LE(at + 42);
    const wide = extraOf(extra, 1);
    let wideAt = 0;
    const next = (now: number): number => {
      if (now !== 0xffffffff || wide === undefined || wideAt + 8 > wide.length) return now;
      wideAt += 8;
      return Number(wide.readBigUInt64LE(wideAt - 8));
    };
    size = next(size);
    packed = next(packed);
    local = next(local);
    entries.push({
      name: utf8(rawName),
      rawName,
      flags: bytes.readUInt16LE(at + 8),
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      packed,
      size,
      mode: bytes.readUInt32LE(at + 38) >>> 16,
      at: local + end.shift,
    });
    at += 46 + nameLength + extraLength + bytes.readUInt16LE(at + 32);
  }
  return { entries, full: true };
}

interface LocalHeader {
  readonly rawName: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly dataAt: number;
}
function localHeader(bytes: Buffer, at: number): LocalHeader | undefined {
  if (at < 0 || at + 30 > bytes.length || bytes.readUInt32LE(at) !== 0x04034b50) return undefined;
  const nameLength = bytes.readUInt16LE(at + 26);
  const dataAt = at + 30 + nameLength + bytes.readUInt16LE(at + 28);
  if (dataAt > bytes.length) return undefined;
  return {
    rawName: bytes.subarray(at + 30, at + 30 + nameLength),
    flags: bytes.readUInt16LE(at + 6),
    method: bytes.readUInt16LE(at + 8),
    crc: bytes.readUInt32LE(at + 14),
    packed: bytes.readUInt32LE(at + 18),
    size: bytes.readUInt32LE(at + 22),
    dataAt,
  };
}

/** One line for an ambiguity that many members may have: the first is named, the others counted. */
function tellOnce(notes: Map<string, string[]>, says: string, name: string): void {
  const names = notes.get(says);
  if (names === undefined) notes.set(says, [name]);
  else names.push(name);
}
const told = (notes: Map<string, string[]>): Member[] =>
  [...notes].map(([says, names]) =>
    ambiguous(`${JSON.stringify(names[0]!.slice(0, 120))}${names.length > 1 ? ` and ${names.length - 1} more` : ''} ${says}`),
  );

function openZip(bytes: Buffer, room: Room): Member[] {
  const end = findZipEnd(bytes);
  const notes = new Map<string, string[]>();
  const problems: Member[] = [];
  const members: { order: number; member: Member }[] = [];
  const { entries, full } = end === undefined ? { entries: [], full: true } : centralEntries(bytes, end, Math.max(0, room.files));
  if (end === undefined) problems.push(malformed('it has no usable directory at its end'));
  else {
    if (end.rivals > 0) problems.push(ambiguous('it has more than one directory, and readers choose differently'));
    if (end.trailing > 0) problems.push(ambiguous(`${end.trailing} bytes stand behind its end`));
    if (end.trailing < 0) problems.push(malformed('its end is cut off'));
    if (full && entries.length % 65_536 !== end.count % 65_536)
      problems.push(ambiguous(`its end record promises ${end.count} members, its directory lists ${entries.length}`));
    if (!full) problems.push(problem('too-many-files', 'it has more members than the limit', true));
  }

  // Where each member's bytes lie. What no member covers and still looks like one is read as well.
  const covered: { from: number; to: number }[] = [];
  const locals = entries.map((entry) => localHeader(bytes, entry.at));
  entries.forEach((entry, index) => {
    const local = locals[index];
    if (local !== undefined) covered.push({ from: entry.at, to: Math.min(bytes.length, local.dataAt + entry.packed) });
  });
  covered.sort((a, b) => a.from - b.from || a.to - b.to);
  if (covered.some((range, index) => index > 0 && range.from < covered[index - 1]!.to)) problems.push(ambiguous('its members overlap'));

  // Small members first, so that a large one starves no other.
  const bySize = entries.map((_, index) => index).sort((a, b) => entries[a]!.size - entries[b]!.size || a - b);
  for (const index of bySize) {
    const member = zipMember(bytes, entries[index]!, locals[index], room, notes);
    if (member !== undefined) members.push({ order: index, member });
  }
  hiddenMembers(bytes, covered, end?.directory ?? bytes.length, end?.shift ?? 0, room, notes).forEach((member, index) => {
    members.push({ order: entries.length + index, member });
  });
  if (end === undefined && members.length === 0) problems.push(malformed('no member could be read'));
  return [...members.sort((a, b) => a.order - b.order).map((entry) => entry.member), ...problems, ...told(notes)];
}

/** Types in Unix modes that are neither file nor folder nor link. */
const specialTypes: ReadonlyMap<number, string> = new Map([
  [0o010000, 'fifo'],
  [0o020000, 'character device'],
  [0o060000, 'block device'],
  [0o140000, 'socket'],
]);

function zipMember(bytes: Buffer, entry: ZipEntry, local: LocalHeader | undefined, room: Room, notes: Map<string, string[]>): Member | undefined {
  const { name } = entry;
  if (local === undefined) return { path: name, kind: 'unread', size: entry.size, why: 'malformed-archive' };
  const streamed = (local.flags & 8) !== 0;
  if (!local.rawName.equals(entry.rawName)) {
    tellOnce(notes, 'has another name in its own header than in the directory', name);
  } else if (
    local.method !== entry.method ||
    ((local.flags ^ entry.flags) & 0x2041) !== 0 ||
    (!streamed &&
      local.packed !== 0xffffffff &&
      (local.packed !== entry.packed || (local.size !== 0xffffffff && local.size !== entry.size) || local.crc !== entry.crc))
  ) {
    tellOnce(notes, 'is described differently in its own header and in the directory', name);
  }
  const type = entry.mode & 0o170000;
  if (name.endsWith('/') && entry.size === 0 && entry.packed <= 2) return undefined;
  if (name.endsWith('/')) tellOnce(notes, 'is named like a folder but holds data', name);
  if ((entry.flags & 0x2041) !== 0) return { path: name, kind: 'unread', size: entry.size, why: 'encrypted-archive' };
  const special = specialTypes.get(type);
  if (special !== undefined && entry.size === 0) return { path: name, kind: 'device', target: special };
  const packed = bytes.subarray(local.dataAt, local.dataAt + entry.packed);
  if (packed.length < entry.packed) return { path: name, kind: 'unread', size: entry.size, why: 'malformed-archive' };
  const body = unpack(packed, entry.method, room);
  if (typeof body === 'string') return { path: name, kind: 'unread', size: entry.size, why: body };
  if (body.length !== entry.size) tellOnce(notes, 'has another size than its header says', name);
  else if (crc32(body) >>> 0 !== entry.crc) tellOnce(notes, 'does not match its checksum', name);
  room.bytes -= body.length;
  room.files--;
  if (type === 0o120000) {
    const target = utf8(body);
    if (target.length <= 1_024 && !/[\r\n]/.test(target)) return { path: name, kind: 'link', target };
    tellOnce(notes, 'is marked as a link, but its target reads like a file', name);
  }
  // Most extractors know files, folders and links only, and write anything else as a file.
  if (special !== undefined) tellOnce(notes, `is marked as a ${special} but holds data`, name);
  return { path: name, kind: 'file', bytes: body, executable: (entry.mode & 0o111) !== 0 };
}

function unpack(packed: Uint8Array, method: number, room: Room): Uint8Array | Unread {
  if (method === 0) return packed.length > room.fileBytes ? 'file-too-large' : packed.length > room.bytes ? 'too-many-bytes' : packed;
  if (method !== 8) return 'unreadable';
  return expand(inflateRawSync, packed, room, true);
}

/** Members that stand between the listed ones: front-to-back readers extract them, directory readers do not. */
function hiddenMembers(
  bytes: Buffer,
  covered: readonly { from: number; to: number }[],
  directory: number,
  start: number,
  room: Room,
  notes: Map<string, string[]>,
): Member[] {
  const members: Member[] = [];
  const gaps: { from: number; to: number }[] = [];
  let cursor = Math.max(0, start);
  for (const range of covered) {
    if (range.from > cursor) gaps.push({ from: cursor, to: range.from });
    cursor = Math.max(cursor, range.to);
  }
  if (directory > cursor) gaps.push({ from: cursor, to: directory });
  for (const gap of gaps) {
    let at = bytes.indexOf(localMark, gap.from);
    while (at >= 0 && at < gap.to && room.files > 0 && members.length < 1_000) {
      const local = localHeader(bytes, at);
      let next = at + 4;
      if (local !== undefined && local.rawName.length > 0 && (local.method === 0 || local.method === 8) && local.dataAt <= gap.to) {
        const name = utf8(local.rawName);
        const streamed = (local.flags & 8) !== 0 && local.packed === 0;
        const to = streamed ? gap.to : Math.min(gap.to, local.dataAt + local.packed);
        const body = (local.flags & 0x41) !== 0 ? 'encrypted-archive' : unpack(bytes.subarray(local.dataAt, to), local.method, room);
        if (!(name.endsWith('/') && typeof body !== 'string' && body.length === 0)) {
          tellOnce(notes, 'is in the archive but not in its directory', name);
          if (typeof body === 'string') members.push({ path: name, kind: 'unread', size: local.size, why: body });
          else {
            room.bytes -= body.length;
            room.files--;
            members.push({ path: name, kind: 'file', bytes: body, executable: false });
          }
        }
        next = streamed ? local.dataAt : to;
      }
      at = bytes.indexOf(localMark, Math.max(next, at + 4));
    }
  }
  return members;
}

// ---------------------------------------------------------------------------------------------------------------------------- tar

const field = (block: Buffer, at: number, length: number): string => {
  const zero = block.subarray(at, at + length).indexOf(0);
  return utf8(block.subarray(at, at + (zero < 0 ? length : zero)));
};

function numberAt(block: Buffer, at: number, length: number): number {
  if ((block[at]! & 0x80) !== 0) {
    let value = block[at]! & 0x7f;
    for (let index = 1; index < length; index++) value = value * 256 + block[at + index]!;
    return block[at] === 0xff ? -1 : value;
  }
  const digits = /^[ ]{0,12}([0-7]{1,12})/.exec(block.toString('latin1', at, at + length).replaceAll('\0', ' '));
  return digits === null ? 0 : Number.parseInt(digits[1]!, 8);
}

function checksumFits(block: Buffer): boolean {
  let sum = 8 * 32;
  for (let index = 0; index < 512; index++) if (index < 148 || index >= 156) sum += block[index]!;
  return numberAt(block, 148, 8) === sum;
}

/** Whether bytes start with a valid tar header. */
export function isTar(bytes: Uint8Array): boolean {
  if (bytes.length < 512 || bytes[0] === 0) return false;
  return checksumFits(Buffer.from(bytes.buffer, bytes.byteOffset, 512));
}

/** `<length> <key>=<value>\n` records of a pax header, as far as they matter here, into `records`. */
function paxRecords(body: Buffer, records: Map<string, string>): void {
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const length = space < 0 || space - at > 10 ? Number.NaN : Number(body.toString('latin1', at, space));
    if (!Number.isInteger(length) || length < 5 || at + length > body.length) break;
    const record = utf8(body.subarray(space + 1, at + length - 1));
    const key = record.slice(0, Math.max(0, record.indexOf('=')));
    if (key === 'path' || key === 'linkpath' || key === 'size') records.set(key, record.slice(key.length + 1));
    else if (key.startsWith('GNU.sparse.')) records.set('sparse', key);
    at += length;
  }
}

const zeroBlock = Buffer.alloc(512);
/** Type flags of a file with its bytes in place: old, POSIX, contiguous. */
const plainFile: ReadonlySet<string> = new Set(['\u0000', '0', '7']);

function openTar(bytes: Buffer, room: Room): Member[] {
  const members: Member[] = [];
  const notes = new Map<string, string[]>();
  let broken = 0;
  let ended = false;
  let late = false;
  let zeros = 0;
  const global = new Map<string, string>();
  const extended = new Map<string, string>();
  let cut = false;
  for (let at = 0; at + 512 <= bytes.length; ) {
    const block = bytes.subarray(at, at + 512);
    at += 512;
    if (block.equals(zeroBlock)) {
      if (++zeros >= 2) ended = true;
      continue;
    }
    zeros = 0;
    if (!checksumFits(block)) {
      // Behind the end mark, padding of any kind is common; before it, a broken header hides what follows from strict readers only.
      if (!ended) broken++;
      continue;
    }
    if (ended) late = true;
    const flag = String.fromCharCode(block[156]!);
    const stated = numberAt(block, 124, 12);
    const meta = flag === 'x' || flag === 'X' || flag === 'g' || flag === 'L' || flag === 'K';
    const paxSize = meta ? undefined : (extended.get('size') ?? global.get('size'));
    const size = paxSize !== undefined && /^\d{1,15}$/.test(paxSize) ? Number(paxSize) : stated;
    const ustar = block.toString('latin1', 257, 262) === 'ustar' && block[262] === 0;
    const prefix = ustar ? field(block, 345, 155) : '';
    const short = field(block, 0, 100);
    const name = extended.get('path') ?? global.get('path') ?? (prefix === '' ? short : `${prefix}/${short}`);
    if (size !== stated) tellOnce(notes, 'has two sizes, and readers differ about where the next member starts', name);
    if (size < 0) {
      broken++;
      continue;
    }
    const linkLike = flag === '1' || flag === '2' || flag === '3' || flag === '4' || flag === '5' || flag === '6';
    const length = flag === '5' || ((flag === '1' || flag === '2') && paxSize === undefined && size > bytes.length - at) ? 0 : size;
    const body = bytes.subarray(at, Math.min(bytes.length, at + length));
    const whole = body.length === length;
    at += Math.ceil(length / 512) * 512;
    if (meta) {
      if (!whole) broken++;
      else if (flag === 'g') paxRecords(body, global);
      else if (flag === 'L') extended.set('path', field(body, 0, body.length));
      else if (flag === 'K') extended.set('linkpath', field(body, 0, body.length));
      else paxRecords(body, extended);
      continue;
    }
    const link = extended.get('linkpath') ?? field(block, 157, 100);
    const sparse = flag === 'S' || extended.has('sparse');
    extended.clear();
    if (members.length >= room.files) {
      cut = true;
      break;
    }
    if (flag === '5' || (name.endsWith('/') && length === 0 && !linkLike)) continue;
    if (linkLike && length > 0) {
      tellOnce(notes, 'is a link or device but carries data', name);
      if (whole && size <= room.fileBytes && size <= room.bytes) {
        room.bytes -= size;
        members.push({ path: name, kind: 'file', bytes: body, executable: false });
      }
    }
    if (flag === '1') members.push({ path: name, kind: 'hardlink', target: link });
    else if (flag === '2') members.push({ path: name, kind: 'link', target: link });
    else if (linkLike)
      members.push({ path: name, kind: 'device', target: flag === '6' ? 'fifo' : flag === '3' ? 'character device' : 'block device' });
    else if (!whole) {
      members.push({ path: name, kind: 'unread', size, why: 'malformed-archive', head: body.subarray(0, 512) });
    } else if (sparse || !plainFile.has(flag)) members.push({ path: name, kind: 'unread', size, why: 'unreadable' });
    else if (size > room.fileBytes) members.push({ path: name, kind: 'unread', size, why: 'file-too-large', head: body.subarray(0, 512) });
    else if (size > room.bytes) members.push({ path: name, kind: 'unread', size, why: 'too-many-bytes', head: body.subarray(0, 512) });
    else {
      room.bytes -= size;
      members.push({ path: name, kind: 'file', bytes: body, executable: (numberAt(block, 100, 8) & 0o111) !== 0 });
    }
  }
  room.files -= members.length;
  if (cut) members.push(problem('too-many-files', 'it has more members than the limit', true));
  if (broken > 0) members.push(malformed(`${broken} of its headers are damaged`));
  if (late) members.push(ambiguous('members stand behind its end mark'));
  if (!ended && zeros === 0 && bytes.length % 512 !== 0) members.push(malformed('its end is cut off'));
  return [...members, ...told(notes)];
}
