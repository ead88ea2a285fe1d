/**
 * A tar, plain or gzipped, as the package: streamed through the `tar` package's parser without touching disk, so that one huge member is skipped and starves no
 * other. While everything still fits in memory decode/archive.ts reads it a second time: where the two disagree about members (sizes in extended headers, data behind
 * the end mark) the archive is ambiguous, and what only one of them saw is read too. Links, devices and escaping folders stay visible. Bombs end the stream.
 */
import { createGunzip } from 'node:zlib';
import type { ReadEntry } from 'tar';
import { isTar, openArchive } from '../decode/archive.ts';
import type { Limits } from '../limits.ts';
import { keeper, roomOf, sha256, stopwatch } from './budget.ts';
import type { SourceEntry } from './contract.ts';
import { quote } from './errors.ts';
import { stripTop } from './strip.ts';

const plain: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile']);
const devices: Readonly<Record<string, string>> = { CharacterDevice: 'character device', BlockDevice: 'block device', FIFO: 'fifo' };
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Reads a tar from memory or from chunks. Never throws on content. */
export async function readTar(source: Uint8Array | AsyncIterable<Uint8Array>, limits: Limits): Promise<SourceEntry[]> {
  const { Parser } = await import('tar');
  const keep = keeper(limits);
  const problems: SourceEntry[] = [];
  const problem = (code: 'malformed-archive' | 'ratio-bomb' | 'time-limit' | 'too-many-bytes', says: string): void => {
    problems.push({ path: '', kind: 'problem', code, says, incomplete: true });
  };
  let warnings = 0;
  let firstWarning = '';
  const parser = new Parser({
    strict: false,
    onReadEntry: (entry) => take(entry, limits, keep.add),
    onwarn: (_code, message) => {
      if (warnings++ === 0) firstWarning = message.toString().slice(0, 160);
    },
  });
  parser.on('ignoredEntry', (entry: ReadEntry) => keep.add({ path: entry.path, kind: 'unread', size: entry.size, why: 'unreadable' }));
  parser.on('error', () => warnings++);

  const retained: Buffer[] = [];
  let retaining = true;
  let packed = 0;
  let unpacked = 0;
  const clock = stopwatch(limits);
  try {
    for await (const chunk of unzipped(source, (size) => (packed += size))) {
      if (unpacked === 0 && (isGzip(chunk) || (chunk[0] === 0x28 && chunk[1] === 0xb5))) {
        problem('malformed-archive', 'it is compressed more than once');
        break;
      }
      // gzip around one file: there is nothing to stream.
      if (unpacked === 0 && !isTar(chunk) && source instanceof Uint8Array) return openArchive('gzip', source, roomOf(limits), 'data');
      unpacked += chunk.length;
      if (retaining) retained.push(chunk);
      if (unpacked > limits.totalBytes + limits.fileBytes) {
        retaining = false;
        retained.length = 0;
      }
      if (unpacked > limits.ratioFrom && unpacked > packed * limits.ratio) {
        problem('ratio-bomb', `${packed} bytes expand to more than ${unpacked}; the rest was not read`);
        break;
      }
      if (unpacked > limits.totalBytes * 16) {
        problem('too-many-bytes', `it holds more than ${unpacked} bytes; the rest was not read`);
        break;
      }
      if (clock.over) {
        problem('time-limit', 'the rest was not read within the time limit');
        break;
      }
      if (!keep.open) break;
      parser.write(chunk);
    }
  } catch (error) {
    problem('malformed-archive', `its compressed data is damaged: ${error instanceof Error ? error.message.slice(0, 120) : 'unknown error'}`);
  }
  try {
    parser.end();
  } catch {
    warnings++;
  }
  const entries = keep.done();
  if (warnings > 0 && problems.length === 0 && keep.open) problem('malformed-archive', `${warnings} of its headers are damaged (${firstWarning})`);
  if (retaining && keep.open) problems.push(...secondOpinion(Buffer.concat(retained), entries, problems.length > 0, limits));
  return stripTop([...entries, ...problems]);
}

async function* unzipped(source: Uint8Array | AsyncIterable<Uint8Array>, packed: (size: number) => void): AsyncGenerator<Buffer> {
  async function* chunks(): AsyncGenerator<Buffer> {
    if (source instanceof Uint8Array) {
      for (let at = 0; at < source.length; at += 65_536)
        yield Buffer.from(source.buffer, source.byteOffset + at, Math.min(65_536, source.length - at));
    } else for await (const chunk of source) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of chunks()) {
      packed(chunk.length);
      yield chunk;
    }
  }
  const input = counted();
  const first = await input.next();
  if (first.done === true) return;
  async function* whole(): AsyncGenerator<Buffer> {
    yield first.value as Buffer;
    yield* input;
  }
  if (!isGzip(first.value)) return yield* whole();
  const { Readable } = await import('node:stream');
  const from = Readable.from(whole(), { objectMode: false });
  const gunzip = createGunzip();
  from.on('error', (error) => gunzip.destroy(error));
  from.pipe(gunzip);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } finally {
    from.destroy();
    gunzip.destroy();
  }
}

/** Takes one member from the parser. Every member is drained, whatever becomes of it. */
function take(entry: ReadEntry, limits: Limits, add: (entry: SourceEntry) => void): void {
  const kept = plain.has(entry.type) ? undefined : bodiless(entry);
  if (kept !== undefined) add(kept);
  if (plain.has(entry.type)) collect(entry, limits, add);
  else entry.resume();
}

/** Members that are no files. */
function bodiless(entry: ReadEntry): SourceEntry | undefined {
  const { path } = entry;
  const type: string = entry.type;
  if (type === 'Directory' || type === 'GNUDumpDir') return escapingFolder(path);
  if (type === 'SymbolicLink') return { path, kind: 'link', target: entry.linkpath ?? '' };
  if (type === 'Link') return { path, kind: 'hardlink', target: entry.linkpath ?? '' };
  const device = devices[type];
  return device === undefined ? { path, kind: 'unread', size: entry.size, why: 'unreadable' } : { path, kind: 'device', target: device };
}

/** A file: its bytes as they stream by, or only the first of them if it is too large. */
function collect(entry: ReadEntry, limits: Limits, add: (entry: SourceEntry) => void): void {
  const { path, size } = entry;
  const tooLarge = size > limits.fileBytes;
  const chunks: Buffer[] = [];
  entry.on('data', (chunk: Buffer) => {
    if (!tooLarge || chunks.length === 0) chunks.push(chunk);
  });
  entry.on('end', () => {
    const bytes = Buffer.concat(chunks);
    if (tooLarge) add({ path, kind: 'unread', size, why: 'file-too-large', head: bytes.subarray(0, 65_536) });
    else if (bytes.length < size) add({ path, kind: 'unread', size, why: 'malformed-archive', head: bytes.subarray(0, 4_096) });
    else add({ path, kind: 'file', bytes, executable: ((entry.mode ?? 0) & 0o111) !== 0 });
  });
}

/** Folders carry no content; one that leads out of the package is told all the same. */
function escapingFolder(path: string): SourceEntry | undefined {
  if (!path.startsWith('/') && !path.split(/[\\/]/).includes('..')) return undefined;
  return { path: '', kind: 'problem', code: 'path-escape', says: `its folder ${quote(path)} leads out of the package`, incomplete: false };
}

/** What a second reader sees differently. */
function secondOpinion(bytes: Buffer, entries: readonly SourceEntry[], broken: boolean, limits: Limits): SourceEntry[] {
  const key = (entry: SourceEntry): string =>
    `${entry.kind === 'unread' ? 'file' : entry.kind}\0${entry.path}\0${entry.kind === 'file' ? sha256(entry.bytes) : entry.kind === 'unread' ? entry.size : ''}`;
  const loose = (entry: SourceEntry): string => `${entry.kind === 'unread' ? 'file' : entry.kind}\0${entry.path}`;
  const exact = new Set(entries.map(key));
  const unread = new Set(entries.filter((entry) => entry.kind === 'unread').map(loose));
  const found: SourceEntry[] = [];
  for (const entry of openArchive('tar', bytes, roomOf(limits))) {
    if (entry.kind === 'problem') {
      if (entry.code !== 'malformed-archive' || !broken) found.push(entry);
    } else if (!exact.has(key(entry)) && !unread.has(loose(entry)) && entry.kind !== 'unread') found.push(entry);
  }
  if (found.some((entry) => entry.kind !== 'problem') && !found.some((entry) => entry.kind === 'problem' && entry.code === 'ambiguous-archive')) {
    found.push({ path: '', kind: 'problem', code: 'ambiguous-archive', says: 'two readers find different members in it', incomplete: false });
  }
  return found;
}
