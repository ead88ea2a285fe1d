/**
 * Repositories shipped inside a package: a `.git` folder or file, or a bare repository under any name. Their hooks and settings take effect when somebody runs git
 * there, and their history can hold files that no listing shows. Their files are listed and read like all others; this only says that they are there.
 */
import { inOrder } from './path.ts';

/** Folders that are git repositories, in code-unit order. `''` is the package itself. */
export function repositoriesIn(paths: Iterable<string>): string[] {
  const found = new Set<string>();
  const parts = new Map<string, number>();
  const mark = (folder: string, bit: number): void => void parts.set(folder, (parts.get(folder) ?? 0) | bit);
  for (const path of paths) {
    const segments = path.split('/');
    segments.forEach((segment, index) => {
      const folder = segments.slice(0, index).join('/');
      if (segment.toLowerCase() === '.git') found.add(folder === '' ? '.git' : `${folder}/.git`);
      else if (index === segments.length - 1 && segment === 'HEAD') mark(folder, 1);
      else if (index < segments.length - 1 && segment === 'objects') mark(folder, 2);
      else if (index < segments.length - 1 && segment === 'refs') mark(folder, 4);
      else if (index === segments.length - 1 && segment === 'config') mark(folder, 8);
    });
  }
  for (const [folder, bits] of parts) {
    // git takes a folder for a repository when HEAD, objects and refs are there; empty folders do not survive archives, so two of three others suffice.
    const others = [2, 4, 8].filter((bit) => (bits & bit) !== 0).length;
    const bare = (bits & 1) !== 0 && (bits & 6) !== 0 && others >= 2;
    if (bare && ![...found].some((git) => folder === git || folder.startsWith(`${git}/`))) found.add(folder);
  }
  return [...found].sort(inOrder);
}
