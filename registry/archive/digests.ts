/**
 * The two digests by which clients know a set of files. Both are theirs, not ours: they have to come out exactly as the clients compute them.
 * Nothing of ours is trusted because of them; trust binds to the SHA-256 of the canonical archive.
 */
import { createHash } from 'node:crypto';
import { inOrder } from '../../scanner/load/path.ts';

export interface Hashed {
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

export const sha256Hex = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** `localeCompare` of the clients. They take the locale of their machine; we fix the one nearly all of them have. */
const collator = new Intl.Collator('en-US');

/**
 * Bundle fingerprint of the `clawhub` command: `path:sha256` lines in `localeCompare` order, hashed. Hex.
 * A client whose locale sorts otherwise (Danish: `aa` behind `z`) computes another one for some skills; it then finds no match, which costs it a download, never safety.
 */
export function fingerprint(files: readonly Hashed[]): string {
  const sorted = [...files].sort((a, b) => collator.compare(a.path, b.path) || inOrder(a.path, b.path));
  return sha256Hex(sorted.map((file) => `${file.path}:${file.sha256}`).join('\n'));
}

/** What OpenClaw writes its own records into, at the top of an installed skill. */
const records: ReadonlySet<string> = new Set(['.clawhub', '.clawdhub']);

interface Folder {
  readonly [name: string]: Folder | string;
}

/**
 * Tree digest of OpenClaw (`fileTreeSha256`): every folder and file depth first, names of a folder in code-unit order, as JSON, hashed. `sha256:<hex>`.
 * Paths have to be judged before (check.ts).
 */
export function treeDigest(files: readonly Hashed[]): string {
  const root: Record<string, Folder | string> = Object.create(null) as Record<string, Folder | string>;
  for (const { path, sha256 } of files) {
    const segments = path.split('/');
    const name = segments.pop()!;
    let folder = root;
    for (const segment of segments) {
      folder[segment] ??= Object.create(null) as Folder;
      folder = folder[segment] as Record<string, Folder | string>;
    }
    folder[name] = sha256;
  }
  const entries: ({ path: string; type: 'directory' } | { path: string; type: 'file'; sha256: string })[] = [];
  const walk = (folder: Folder, prefix: string): void => {
    for (const name of Object.keys(folder).sort(inOrder)) {
      if (prefix === '' && records.has(name)) continue;
      const path = `${prefix}${name}`;
      const inside = folder[name]!;
      if (typeof inside === 'string') entries.push({ path, type: 'file', sha256: inside });
      else {
        entries.push({ path, type: 'directory' });
        walk(inside, `${path}/`);
      }
    }
  };
  walk(root, '');
  return `sha256:${sha256Hex(JSON.stringify(entries))}`;
}
