/** `require_relative 'helper'`: the file runs, and its functions may be called by their bare names. */
import type { Cell } from '../../model.ts';
import { known } from '../../value.ts';
import type { Walker } from '../go/walker.ts';
import { runFile } from '../go/walker-calls.ts';
import type { Syntax } from '../grammar.ts';
import { type Abs, NOTHING, strOf } from '../python/abstract.ts';
import { edge } from '../python/machine.ts';

export function requireFile(w: Walker, node: Syntax, path: Abs, relative: boolean): Abs | undefined {
  const { paths, file } = w.m.ctx;
  const text = strOf(path);
  if (text === undefined) return relative ? runFile(w, node, path, 'import') : undefined;
  const folder = file.path.includes('/') ? file.path.slice(0, file.path.lastIndexOf('/')) : '';
  const segments: string[] = [];
  for (const part of `${relative || text.startsWith('.') ? `${folder}/` : ''}${text}`.split('/')) {
    if (part === '..') segments.pop();
    else if (part !== '.' && part !== '') segments.push(part);
  }
  const base = segments.join('/');
  const found = [base.endsWith('.rb') ? base : `${base}.rb`, `lib/${base}.rb`, `${folder}/${base}.rb`].find((each) => paths.has(each));
  if (found === undefined) return NOTHING;
  w.others.push(found.slice(0, -3));
  return runFile(w, node, { value: known(found) }, 'import');
}

export function cellsOfRuby(w: Walker, node: Syntax, from: Abs, to: Cell): void {
  edge(w.m, from.cell, to, node, 'call');
}
