/**
 * No regular expression of ours may backtrack super-linearly: hostile text is what they run on. `recheck` proves it for every literal in scanner/, registry/ and cli/.
 * Polynomial of degree two is refused as well.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from '@babel/parser';
import { check } from 'recheck';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

function regexesOf(file: string): { source: string; flags: string; line: number }[] {
  const tree = parse(readFileSync(join(root, file), 'utf8'), { sourceType: 'module', plugins: ['typescript'], ranges: false });
  const found: { source: string; flags: string; line: number }[] = [];
  const stack: unknown[] = [tree.program];
  while (stack.length > 0) {
    const node = stack.pop();
    if (Array.isArray(node)) stack.push(...node);
    else if (typeof node === 'object' && node !== null) {
      const at = node as { type?: string; pattern?: string; flags?: string; loc?: { start: { line: number } } };
      if (at.type === 'RegExpLiteral') found.push({ source: at.pattern!, flags: at.flags!, line: at.loc!.start.line });
      for (const [key, value] of Object.entries(node)) if (key !== 'loc') stack.push(value);
    }
  }
  return found;
}

/** Needs no proof: no unbounded repetition at all, and no bounded one above a few hundred. */
const trivially = (source: string): boolean => !/[*+]|\{\d*,\}|\{\d*,?\d{4,}\}/.test(source.replace(/\\./g, '').replace(/\[[^\]]*\]/g, 'x'));

const files = ['scanner', 'registry', 'cli'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path)),
);

describe('regular expressions are linear', () => {
  for (const file of files) {
    const regexes = regexesOf(file).filter(({ source }) => !trivially(source));
    if (regexes.length === 0) continue;
    it(file, { timeout: 120_000 }, async () => {
      const wrong: string[] = [];
      for (const { source, flags, line } of regexes) {
        const result = await check(source, flags.replace(/[dv]/g, ''), { timeout: 10_000 });
        if (result.status === 'vulnerable') wrong.push(`${file}:${line} /${source}/${flags}: ${result.complexity.summary}`);
        else if (result.status === 'unknown') wrong.push(`${file}:${line} /${source}/${flags}: not proven (${result.error.kind})`);
      }
      expect(wrong).toEqual([]);
    });
  }
});
