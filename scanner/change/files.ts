/** Files of two versions: same, changed, added, removed; moved where the bytes are equal, one to one. Judged by the coverage ledger, which names every file once. */
import type { FileChange, LedgerRow } from '../model.ts';

export interface FileChanges {
  readonly changes: readonly FileChange[];
  readonly same: number;
  /** Old path to new path, of files that moved. */
  readonly moved: ReadonlyMap<string, string>;
}

const order = (a: { readonly path: string }, b: { readonly path: string }): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const bytesOf = (row: LedgerRow): { size: number; sha256: string } => ({ size: row.size, sha256: row.sha256 });

export function changedFiles(before: readonly LedgerRow[], after: readonly LedgerRow[]): FileChanges {
  const old = new Map(before.map((row) => [row.path, row]));
  const now = new Map(after.map((row) => [row.path, row]));
  const changes: FileChange[] = [];
  let same = 0;
  for (const row of now.values()) {
    const was = old.get(row.path);
    if (was === undefined) continue;
    if (was.sha256 === row.sha256 && was.kind === row.kind) same += 1;
    else changes.push({ path: row.path, how: 'changed', kind: row.kind, before: bytesOf(was), after: bytesOf(row) });
  }
  const gone = new Map<string, LedgerRow[]>();
  for (const row of [...old.values()].sort(order)) {
    if (now.has(row.path)) continue;
    const list = gone.get(row.sha256);
    if (list) list.push(row);
    else gone.set(row.sha256, [row]);
  }
  const moved = new Map<string, string>();
  const come = [...now.values()].filter((row) => !old.has(row.path)).sort(order);
  // A file that kept its name is the likelier origin than one that shares only the bytes.
  for (const named of [true, false]) {
    for (let index = 0; index < come.length; index++) {
      const row = come[index]!;
      const list = gone.get(row.sha256) ?? [];
      const at = list.findIndex((candidate) => candidate.kind === row.kind && (!named || baseOf(candidate.path) === baseOf(row.path)));
      if (at < 0) continue;
      const [from] = list.splice(at, 1);
      moved.set(from!.path, row.path);
      changes.push({ path: row.path, how: 'moved', from: from!.path, kind: row.kind, before: bytesOf(from!), after: bytesOf(row) });
      come.splice(index--, 1);
    }
  }
  for (const row of come) changes.push({ path: row.path, how: 'added', kind: row.kind, after: bytesOf(row) });
  for (const list of gone.values()) for (const row of list) changes.push({ path: row.path, how: 'removed', kind: row.kind, before: bytesOf(row) });
  return { changes: changes.sort(order), same, moved };
}
