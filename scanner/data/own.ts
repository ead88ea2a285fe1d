/**
 * Reads our own data files (presets, rule pages, grammars), never anything of a skill. They lie beside the sources when run from source and in `assets/` beside the
 * bundled file when installed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const candidates = (path: string): URL[] => [new URL(`./assets/${path}`, import.meta.url), new URL(`../${path}`, import.meta.url)];

/** Where an own file lies. @param path relative to `scanner/`, such as `policy/balanced.yaml` */
export function ownPath(path: string): string {
  const found = candidates(path).find((url) => existsSync(url));
  if (found === undefined) throw new Error(`skillward's own file ${path} is missing; install the package again`);
  return fileURLToPath(found);
}

export const ownText = (path: string): string => readFileSync(ownPath(path), 'utf8');
/** Text that only the build makes; undefined when run from source. */
export function builtText(name: string): string | undefined {
  const url = new URL(`./assets/${name}`, import.meta.url);
  return existsSync(url) ? readFileSync(url, 'utf8') : undefined;
}
export const ownBytes = (path: string): Uint8Array => readFileSync(ownPath(path));

/** Where a file of the grammar package lies: `grammars/` beside a bundle, the installed package when run from source. */
export function grammarPath(name: string): string {
  const places = [
    new URL('./grammars/', import.meta.url),
    new URL('../grammars/', import.meta.url),
    new URL('../../node_modules/@vscode/tree-sitter-wasm/wasm/', import.meta.url),
  ];
  for (const place of places) {
    const path = fileURLToPath(new URL(name, place));
    if (existsSync(path)) return path;
  }
  return createRequire(import.meta.url).resolve(`@vscode/tree-sitter-wasm/wasm/${name}`);
}
export const grammarBytes = (name: string): Uint8Array => readFileSync(grammarPath(name));
