/**
 * Bytes of git objects: sizes and contents of many in one process each, kept while there is room. A file over the scanner's limit is never read. What is missing (a partial clone) is `undefined` and becomes
 * a file that could not be read, never an empty one.
 */

import type { Limits } from '../../scanner/limits.ts';
import { parseBatch } from '../../scanner/load/commit.ts';
import type { SourceEntry } from '../../scanner/load/index.ts';
import { gitFailed } from './git.ts';
import { LINK, type Row, SUBMODULE } from './listing.ts';
import type { Repository } from './repository.ts';

export interface Blobs {
  /** Learns the sizes of objects; -1 for those that are missing. */
  measure(oids: Iterable<string>): Promise<void>;
  /** Size in bytes; undefined if the object is missing. Measure first. */
  size(oid: string): number | undefined;
  /** Contents of those that are there and not larger than `most`, in rounds that fit into memory. */
  read(oids: Iterable<string>, most: number, use: (oid: string, bytes: Buffer) => void): Promise<void>;
  /** A package's files as the loader takes them. */
  entries(files: readonly { readonly inside: string; readonly row: Row }[], limits: Limits): Promise<SourceEntry[]>;
}

/** Bytes that stay in memory between the search for references and the scan. */
const KEPT = 96 * 1024 * 1024;
/** Bytes of one answer of git. */
const ROUND = 64 * 1024 * 1024;

export function openBlobs(repository: Repository): Blobs {
  const sizes = new Map<string, number>();
  const kept = new Map<string, Buffer>();
  let room = KEPT;

  const keep = (oid: string, bytes: Buffer): void => {
    if (bytes.length > KEPT / 4 || kept.has(oid)) return;
    // A copy: the answer of git it was cut from must not stay.
    kept.set(oid, Buffer.from(bytes));
    room -= bytes.length;
    for (const [old, gone] of kept) {
      if (room >= 0) break;
      kept.delete(old);
      room += gone.length;
    }
  };

  const measure = async (oids: Iterable<string>): Promise<void> => {
    const unknown = [...new Set(oids)].filter((oid) => !sizes.has(oid));
    if (unknown.length === 0) return;
    const answer = await repository.run(['cat-file', '--batch-check=%(objectname) %(objecttype) %(objectsize)', '--buffer'], {
      input: Buffer.from(unknown.map((oid) => `${oid}\n`).join('')),
      most: unknown.length * 128 + 1024,
    });
    if (answer.code !== 0 || answer.ended !== 'exit') throw gitFailed('read the sizes of files', answer);
    for (const line of answer.stdout.toString('latin1').split('\n')) {
      const [oid = '', type, size] = line.split(' ');
      if (oid !== '') sizes.set(oid, type === 'blob' ? Number(size) : -1);
    }
  };
  const size = (oid: string): number | undefined => {
    const known = sizes.get(oid);
    return known === undefined || known < 0 ? undefined : known;
  };

  const read = async (oids: Iterable<string>, most: number, use: (oid: string, bytes: Buffer) => void): Promise<void> => {
    const wanted = [...new Set(oids)];
    await measure(wanted.filter((oid) => !kept.has(oid)));
    const rounds: string[][] = [];
    let left = 0;
    for (const oid of wanted) {
      const bytes = kept.get(oid);
      if (bytes !== undefined) {
        if (bytes.length <= most) use(oid, bytes);
        continue;
      }
      const length = size(oid);
      if (length === undefined || length > most) continue;
      if (rounds.length === 0 || left < length || rounds.at(-1)!.length >= 20_000) {
        rounds.push([]);
        left = Math.max(ROUND, length);
      }
      rounds.at(-1)!.push(oid);
      left -= length;
    }
    for (const round of rounds) {
      const answer = await repository.run(['cat-file', '--batch', '--buffer'], {
        input: Buffer.from(round.map((oid) => `${oid}\n`).join('')),
        most: round.reduce((sum, oid) => sum + size(oid)! + 128, 1024),
      });
      if (answer.code !== 0 || answer.ended !== 'exit') throw gitFailed('read files', answer);
      parseBatch(answer.stdout, round.length).forEach((bytes, index) => {
        if (bytes === undefined) return;
        keep(round[index]!, bytes);
        use(round[index]!, bytes);
      });
    }
  };

  const entries: Blobs['entries'] = async (files, limits) => {
    await measure(files.flatMap(({ row }) => (row.mode === SUBMODULE ? [] : [row.oid])));
    const list: SourceEntry[] = [];
    const wants: { inside: string; row: Row }[] = [];
    let left = limits.totalBytes;
    const sized = files.slice(0, limits.files).map((file) => ({ file, length: file.row.mode === SUBMODULE ? 0 : size(file.row.oid) }));
    // Small ones first, so that none is crowded out by padding.
    for (const { file, length } of sized.sort((a, b) => (a.length ?? 0) - (b.length ?? 0))) {
      const { inside: path, row } = file;
      if (row.mode === SUBMODULE) list.push({ path, kind: 'submodule', target: row.oid });
      else if (length === undefined) list.push({ path, kind: 'unread', size: 0, why: 'unreadable' });
      else if (length > limits.fileBytes) list.push({ path, kind: 'unread', size: length, why: 'file-too-large' });
      else if (length > left) list.push({ path, kind: 'unread', size: length, why: 'too-many-bytes' });
      else {
        left -= length;
        wants.push(file);
      }
    }
    const bytes = new Map<string, Buffer>();
    await read(
      wants.map(({ row }) => row.oid),
      limits.fileBytes,
      (oid, found) => bytes.set(oid, found),
    );
    for (const { inside: path, row } of wants) {
      const found = bytes.get(row.oid);
      if (found === undefined) list.push({ path, kind: 'unread', size: size(row.oid) ?? 0, why: 'unreadable' });
      else if (row.mode === LINK) list.push({ path, kind: 'link', target: found.toString('utf8') });
      else list.push({ path, kind: 'file', bytes: found, executable: row.mode === '100755' });
    }
    if (files.length > limits.files) {
      const says = `it has more than ${limits.files} files; the rest was not read`;
      list.push({ path: '', kind: 'problem', code: 'too-many-files', says, incomplete: true });
    }
    return list;
  };
  return { measure, size, read, entries };
}
