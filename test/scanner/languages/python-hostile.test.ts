import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAll } from './python-helper.ts';

const TOKENS: Record<string, readonly string[]> = {
  py: ['import os', 'os', '.', 'system', '(', ')', '[', ']', '{', '}', '"a"', "f'{", "}'", 'b"\\x', '=', '+=', '+', '%', '*', '**', ':', '\n', '\n    ', 'def f', 'class C', 'lambda', 'for', 'in', 'while', 'if', 'else', 'try', 'except', 'with', 'as', 'return', 'yield', 'global', 'x', 'self', 'exec', 'getattr', '__import__', 'open', ',', '1', '0xff', '...', 'async', 'await', 'match', 'case', '@', '#', '\\', '"""', '\u202e', '😀', '^', 'range(9**9)', 'True', 'print', 'del'],
  ps1: ['$x', '=', 'iex', 'iwr', '|', '(', ')', '{', '}', '@(', '@{', '"', "'", '$(', '`', '-join', '-f', '&', '.', '::', '[char]', '[', ']', '\n', ';', 'foreach', 'in', 'if', 'function', 'Foo', '-Uri', '65..90', '%', '$_', '@"\n', '\n"@', 'New-Object', ',', '+', '<#', '#>', '😀'],
  rb: ['def', 'f', 'end', '(', ')', '{', '|x|', '}', '`', '"', '#{', "'", 'eval', 'send', ':system', '.', '::', '=', '<<', '<<~A', 'A', '\n', 'if', 'do', 'while', '%w[', ']', '[', 'ENV', '+', 'x', '@y', '=>', ',', 'each', '__END__'],
  php: ['<?php', '?>', '$x', '=', '.', '->', '::', '(', ')', '{', '}', '[', ']', '"', '{$', "'", '`', 'eval', 'function', 'f', 'return', ';', 'if', 'foreach', 'as', '=>', 'new', 'class', '<<<A', '\nA', 'include', '$$', ',', 'fn', 'match', '\n'],
  go: ['package main', 'import', '"os"', 'func', 'main', '(', ')', '{', '}', '[', ']', '[]string{', ':=', '=', '.', 'exec', 'Command', '"', '`', 'for', 'range', 'if', 'return', 'go', 'defer', ',', '+', '\n', 'map[string]', 'x', '_', '*', '&', '<-', 'struct', ';', "'a'"],
};
const run = async (extension: string, text: string): Promise<void> => {
  const started = performance.now();
  const seen = await readAll({ [`a.${extension}`]: text });
  expect(performance.now() - started).toBeLessThan(8_000);
  for (const fact of seen.facts) {
    expect(fact.at.start).toBeGreaterThanOrEqual(0);
    expect(fact.at.end).toBeLessThanOrEqual(text.length);
    expect(fact.at.start).toBeLessThanOrEqual(fact.at.end);
    if (fact.kind === 'opaque' && fact.why === 'crash') expect(fact.detail).toMatch(/parser (?:crashed|gave up)/);
  }
};

describe.each(Object.keys(TOKENS))('hostile text for .%s', (extension) => {
  it('token soup neither throws nor hangs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...TOKENS[extension]!), { maxLength: 60 }), fc.constantFrom('', ' '), (tokens, glue) => run(extension, tokens.join(glue))),
      { numRuns: 150 },
    );
  });
  it('arbitrary text neither throws nor hangs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), (text) => run(extension, text)),
      { numRuns: 60 },
    );
  });
  it.each(['(', '[', '{', 'a(', 'a.', '"', "f'{", 'a+', '-', '!', 'x=', 'if x:\n', '$(', '@(', '`', 'function f {', 'def f\n', 'lambda:', 'fn()=>', 'not ', 'x if y else ', '[x for x in '])('deep nesting of %s', async (piece) => {
    await run(extension, piece.repeat(3_000));
  });
  it('is deterministic', async () => {
    const text = TOKENS[extension]!.join(' ').repeat(3);
    const [first, second] = [await readAll({ [`a.${extension}`]: text }), await readAll({ [`a.${extension}`]: text })];
    expect(second.facts).toEqual(first.facts);
    expect(second.edges).toEqual(first.edges);
  });
});

describe('work that grows', () => {
  it.each([
    ['a folded bomb', 'x = "a" * 999999999\ny = [0] * 99999999\nz = "".join(x for _ in range(99999999))\nw = 9 ** 9 ** 9\nv = "a"\n' + 'v = v + v\n'.repeat(60)],
    ['nested loops over constants', `${['a', 'b', 'c', 'd', 'e', 'f'].map((name, depth) => `${'    '.repeat(depth)}for ${name} in [1,2,3,4,5,6,7,8,9,10,11,12]:\n`).join('')}${'    '.repeat(6)}print(a)\n`],
    ['nested comprehensions', 'x = [chr(a^b^c) for a in range(2000) for b in range(2000) for c in range(2000)]'],
    ['functions that call one another', Array.from({ length: 60 }, (_, i) => `def f${i}(x):\n    return f${(i + 1) % 60}(x) + f${(i + 7) % 60}(x) + "a"\n`).join('') + 'f0("a")\n'],
    ['an endless loop in a decoder', 'def d(s):\n    while True:\n        s += "a"\n    return s\nexec(d("a"))'],
    ['many branches', Array.from({ length: 1_500 }, (_, i) => `if x${i}:\n    v${i} = open("a").read()\n    w = v${i}\n`).join('')],
    ['a long list', `x = [${'1,'.repeat(60_000)}]\nexec(bytes(x))`],
    ['a long concatenation', `x = ${'"a" + '.repeat(5_000)}"b"\nexec(x)`],
    ['a loop in classes', 'class A(A):\n    def __init__(self):\n        self.x = A()\n        self.x.go()\n    def go(self):\n        self.go()\nA().go()'],
    ['merged lists', 'a = []\n' + 'a = a + a + [open("x").read()]\n'.repeat(300)],
  ])('%s', async (_name, text) => {
    await run('py', text);
  });
});
