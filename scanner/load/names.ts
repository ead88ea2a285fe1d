/**
 * Names side by side: duplicates, names that differ only by case or Unicode form, names below a link or a file. One extractor or file system keeps the first, another
 * the last, a third both; here every one keeps its content under a name of its own, and the clash is a problem.
 */
import type { Problem } from '../model.ts';
import { quote } from './errors.ts';

export interface Names {
  /** Gives a name nobody has yet, and what is wrong with it. Call in an order that does not depend on the source. */
  take(path: string, raw: string): { readonly path: string; readonly problems: readonly { readonly code: Problem['code']; readonly says: string }[] };
}

/** Full case folding as far as JavaScript has it: ß and ss, ſ and s, K and the Kelvin sign meet. */
export const folded = (path: string): string => path.normalize('NFKC').toUpperCase().toLowerCase();

export function names(): Names {
  const exact = new Map<string, string>();
  const loose = new Map<string, string>();
  const copies = new Map<string, number>();
  return {
    take(wanted, raw) {
      const problems: { code: Problem['code']; says: string }[] = [];
      let path = wanted;
      const earlier = exact.get(path);
      if (earlier !== undefined) {
        const sameForm = earlier === raw || earlier.normalize('NFC') !== raw.normalize('NFC');
        problems.push(
          sameForm
            ? { code: 'duplicate-path', says: `${quote(wanted)} is in the package more than once` }
            : { code: 'unicode-collision', says: `${quote(raw)} and ${quote(earlier)} differ only in Unicode form` },
        );
        // The base name stays, so that the copy is read as what it would be.
        let copy = copies.get(wanted) ?? 2;
        for (; exact.has(path); copy++) path = `duplicate-${copy}/${wanted}`;
        copies.set(wanted, copy);
      } else {
        const other = loose.get(folded(path));
        if (other !== undefined) {
          const byCase = other.toLowerCase() === path.toLowerCase() || other.toUpperCase() === path.toUpperCase();
          problems.push({
            code: byCase ? 'case-collision' : 'unicode-collision',
            says: `${quote(path)} and ${quote(other)} are one file where ${byCase ? 'case' : 'Unicode form'} does not count`,
          });
        } else loose.set(folded(path), path);
      }
      exact.set(path, raw);
      return { path, problems };
    },
  };
}

/** Paths that lie below something that is no folder: a link there leads writers elsewhere. */
export function belowNonFolders(
  files: readonly { readonly path: string; readonly link: boolean }[],
): { path: string; code: Problem['code']; says: string }[] {
  const kinds = new Map(files.map((file) => [file.path, file.link]));
  const found: { path: string; code: Problem['code']; says: string }[] = [];
  for (const { path } of files) {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const above = path.slice(0, slash);
      const link = kinds.get(above);
      if (link === undefined) continue;
      found.push(
        link
          ? { path, code: 'path-escape', says: `${quote(path)} would be written through the link ${quote(above)}` }
          : { path, code: 'path-unsafe', says: `${quote(path)} lies below ${quote(above)}, which is a file` },
      );
      break;
    }
  }
  return found;
}
