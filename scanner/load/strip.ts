/**
 * Archives often wrap everything in one folder (`skill-1.2.0/`, `package/`). When that folder is the only one and holds the SKILL.md, it is taken off, so that the
 * same skill has the same digest however it was packed. Names that lead anywhere else are left as they are: path.ts judges them.
 */
import type { SourceEntry } from './contract.ts';

const skillFile = /^(?:\.\/)?([^/\\]{1,255})\/skill\.md$/i;
/** Resource forks that macOS puts beside the folder. */
const beside = (path: string): boolean => path.startsWith('__MACOSX/');

/** The entries, without their single common top folder if that holds the SKILL.md. */
export function stripTop(entries: readonly SourceEntry[]): SourceEntry[] {
  const top = entries.map((entry) => (entry.kind === 'file' ? skillFile.exec(entry.path)?.[1] : undefined)).find((name) => name !== undefined);
  if (top === undefined || top === '..' || top === '.' || top.includes(':')) return [...entries];
  const inside = (path: string): string | undefined =>
    path.startsWith(`${top}/`) ? path.slice(top.length + 1) : path.startsWith(`./${top}/`) ? path.slice(top.length + 3) : undefined;
  const stripped = entries.map((entry): SourceEntry | undefined => {
    if (entry.kind === 'problem' || beside(entry.path)) return entry;
    const path = inside(entry.path);
    if (path === undefined || path === '') return undefined;
    return { ...entry, path, ...(entry.kind === 'hardlink' ? { target: inside(entry.target) ?? entry.target } : {}) } as SourceEntry;
  });
  return stripped.includes(undefined) ? [...entries] : (stripped as SourceEntry[]);
}
