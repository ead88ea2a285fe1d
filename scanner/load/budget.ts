/**
 * What a reader keeps while it does not know yet what is coming. When all files together grow too large, the largest kept one is let go: the small files survive
 * whatever stands around them and in whatever order (the result equals taking files by size until the limit). Also the clock that ends endless sources.
 */
import { createHash } from 'node:crypto';
import type { Room } from '../decode/archive.ts';
import type { Limits } from '../limits.ts';
import type { SourceEntry } from './contract.ts';

type FileEntry = Extract<SourceEntry, { kind: 'file' }>;

export interface Keeper {
  add(entry: SourceEntry): void;
  /** False once the count of entries is used up; the caller stops and the result says so. */
  readonly open: boolean;
  done(): SourceEntry[];
}

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** What one archive may spend when it is the whole package. */
export const roomOf = (limits: Limits): Room => ({
  files: limits.files,
  bytes: limits.totalBytes,
  work: limits.totalBytes * 4,
  fileBytes: limits.fileBytes,
  ratio: limits.ratio,
  ratioFrom: limits.ratioFrom,
});

export function keeper(limits: Limits): Keeper {
  const entries: SourceEntry[] = [];
  const held: number[] = [];
  let bytes = 0;
  let full = false;
  const largest = (): number => {
    let best = 0;
    for (let index = 1; index < held.length; index++) {
      const [a, b] = [entries[held[index]!] as FileEntry, entries[held[best]!] as FileEntry];
      if (a.bytes.length > b.bytes.length || (a.bytes.length === b.bytes.length && a.path > b.path)) best = index;
    }
    return best;
  };
  return {
    get open() {
      return !full;
    },
    add(entry) {
      if (entries.length >= limits.files) {
        if (!full)
          entries.push({
            path: '',
            kind: 'problem',
            code: 'too-many-files',
            says: `it has more than ${limits.files} entries; the rest was not read`,
            incomplete: true,
          });
        full = true;
        return;
      }
      entries.push(entry);
      if (entry.kind !== 'file') return;
      bytes += entry.bytes.length;
      held.push(entries.length - 1);
      while (bytes > limits.totalBytes) {
        const [index] = held.splice(largest(), 1);
        const { path, bytes: gone } = entries[index!] as FileEntry;
        bytes -= gone.length;
        entries[index!] = { path, kind: 'unread', size: gone.length, why: 'too-many-bytes', head: gone.slice(0, 4_096), sha256: sha256(gone) };
      }
    },
    done: () => entries,
  };
}

/** True once `limits.loadMs` have gone by. It only ends work; what it ended is incomplete. */
export function stopwatch(limits: Limits): { readonly over: boolean; readonly left: number } {
  const end = performance.now() + limits.loadMs;
  return {
    get over() {
      return performance.now() >= end;
    },
    get left() {
      return Math.max(1, end - performance.now());
    },
  };
}
