/**
 * Cells: names for places where data rests. Readers make them here and nowhere else, so that the same place gets the same name whoever sees it:
 * a shell script that writes `/tmp/x` and a Python file that reads it meet in `path('/tmp/x')`.
 */
import type { Cell, UnitId, Value } from './model.ts';
import { show } from './value.ts';

/** A variable, temporary or pipe inside one unit. Give each assignment its own version (`name@3`) where the code is straight-line. */
export const local = (unit: UnitId, name: string): Cell => `local:${unit}:${name}`;

/** A file on disk. Unknown paths get a cell of their own unit so that they join with nothing else. */
export function path(value: Value, unit: UnitId): Cell {
  if (value.kind === 'unknown') return `path?:${unit}:unknown`;
  return `path:${normalisePath(show(value))}`;
}

/** `./x` and `x` are one file; `~`, `$HOME` and `${HOME}` are one home. */
export function normalisePath(text: string): string {
  const home = text.replace(/^(?:\$\{HOME\}|\$HOME|\$\{USERPROFILE\}|\$env:USERPROFILE|%USERPROFILE%)(?=[/\\]|$)/i, '~').replaceAll('\\', '/');
  const out: string[] = [];
  for (const part of home.split('/')) {
    if (part === '.' || (part === '' && out.length > 0)) continue;
    if (part === '..' && out.length > 0 && out.at(-1) !== '..' && out.at(-1) !== '') out.pop();
    else out.push(part);
  }
  return out.join('/') || (home.startsWith('/') ? '/' : '.');
}

export const env = (name: string): Cell => `env:${name}`;

/** Parameter `index` of a function, and its result. `module` is the path of the file without extension, as it would be imported. */
export const param = (module: string, fn: string, index: number | string): Cell => `fn:${module}#${fn}(${index})`;
export const result = (module: string, fn: string): Cell => `fn:${module}#${fn}()`;

/** A name that a module exports (a constant, not a function). */
export const exported = (module: string, name: string): Cell => `export:${module}#${name}`;

/** Standard output of a script file, so that `x=$(./a.sh)` meets what a.sh prints; and its arguments and standard input. */
export const stdout = (script: string): Cell => `stdout:${normalisePath(script)}`;
export const stdin = (script: string): Cell => `stdin:${normalisePath(script)}`;
export const arg = (script: string, index: number | string): Cell => `arg:${normalisePath(script)}:${index}`;
