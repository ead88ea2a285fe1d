/**
 * Reads our own data files (presets, rule pages, grammars), never anything of a skill. They lie beside the sources when run from source and in `assets/` beside the
 * bundled file when installed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const candidates = (path: string): URL[] => [new URL(`./assets/${path}`, import.meta.url), new URL(`../${path}`, import.meta.url)];

/** Where an own file lies. @param path relative to `scanner/`, such as `policy/balanced.yaml` */
export function ownPath(path: string): string {
  const found = candidates(path).find((url) => existsSync(url));
  if (found === undefined) throw new Error(`skillward's own file ${path} is missing; install the package again`);
  return fileURLToPath(found);
}

export const ownText = (path: string): string => readFileSync(ownPath(path), 'utf8');
export const ownBytes = (path: string): Uint8Array => readFileSync(ownPath(path));
