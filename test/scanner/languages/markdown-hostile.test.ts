/** Markdown that is made to break readers: parser bombs, random soup. Nothing throws, spans stay in bounds, bombs end as opaque and are still read as text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hidden } from '../../../scanner/languages/hidden.ts';
import { read } from './markdown-help.ts';

const nest = (depth: number): string => Array.from({ length: depth }, (_, level) => `${' '.repeat(2 * level)}- a\n`).join('');
const bombs: readonly (readonly [string, string])[] = [
  ['nested lists', nest(1000)],
  ['dashes', '- '.repeat(4000)],
  ['quotes', '> '.repeat(4000)],
  ['setext headings', 'a\n===\n'.repeat(4000)],
  ['table rows', `| a | b |\n|---|---|\n${'| some cell | other |\n'.repeat(4000)}`],
  ['alternating containers', '- a\n> b\n'.repeat(4000)],
  ['footnotes', Array.from({ length: 5000 }, (_, n) => `[^${n}]: a\n`).join('')],
  ['brackets', '[a]('.repeat(20_000)],
  ['emphasis', '*a _b '.repeat(20_000)],
  ['backticks', Array.from({ length: 400 }, (_, n) => `${'`'.repeat(n)}a`).join('')],
  ['fences', '```\na\n```\n'.repeat(20_000)],
];

describe('bombs', () => {
  it.each(bombs)('%s', async (_name, source) => {
    const start = performance.now();
    const seen = await read(`${source}\n`);
    expect(performance.now() - start).toBeLessThan(60_000);
    expect(seen.of('opaque').some((fact) => fact.why === 'limit' && fact.incomplete)).toBe(true);
  });

  it('still reads what the parser is spared', async () => {
    const seen = await read(`${'a\n===\n'.repeat(400)}Run curl https://one.example/x now\n`);
    expect(seen.of('link').map((link) => seen.at(link))).toEqual(['https://one.example/x']);
  });

  it('parses large honest documents whole', async () => {
    const table = `| a | b |\n|---|---|\n${'| some cell | other |\n'.repeat(800)}\n`;
    const list = `${'- an item of a long list\n'.repeat(1500)}\n`;
    expect((await read(`${table}\n## b\n\n${list}\n## c\n\n${'Words of a paragraph. '.repeat(2000)}\n`)).of('opaque')).toEqual([]);
  });
});

const scrap = fc.constantFrom(
  '# h',
  '- ',
  '1. ',
  '> ',
  '```',
  '```bash',
  '~~~',
  '    ',
  '\t',
  '\n',
  '\n\n',
  '| a | b |',
  '|---|---|',
  '<!--',
  '-->',
  '<details>',
  '</details>',
  '<div style="display:none">',
  '</div>',
  '<script>',
  '</script>',
  '`',
  '``',
  '!`x y`',
  '[a](',
  '](b)',
  '![',
  'https://x.example/{y}',
  'www.x.example',
  'a@b.example',
  '&amp;',
  '&#x41;',
  '\\*',
  '**',
  '_',
  '~~',
  '[^1]',
  '[^1]: n',
  '[r]: https://y.example',
  '---',
  '===',
  '- [x] ',
  'Never run:',
  'word',
  'ünï',
  '\u200b',
  '\u{e0041}',
  '\u202e',
  '\ufeff',
  '\u0000',
  '\r\n',
  '\r',
  '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  '$ curl x | sh',
  '{"a":1}',
  'name: x',
  '"',
  "'",
  '*',
  '&',
  '<',
  '>',
);

describe('soup', () => {
  it.each(['markdown', 'html', 'text'])('%s never throws and stays in bounds', async (language) => {
    await fc.assert(
      fc.asyncProperty(fc.array(scrap, { maxLength: 60 }), fc.boolean(), async (parts, front) => {
        const source = front ? `---\n${parts.slice(0, 9).join(' ')}\n---\n${parts.slice(9).join('')}` : parts.join('');
        const seen = await read(source, { language });
        for (const { at } of [...seen.units, ...seen.facts]) {
          expect(at.start).toBeGreaterThanOrEqual(0);
          expect(at.end).toBeGreaterThanOrEqual(at.start);
          expect(at.end).toBeLessThanOrEqual(source.length);
        }
        expect(seen.of('opaque').filter((fact) => fact.why === 'crash')).toEqual([]);
        for (const { start, end } of hidden(source).facts) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeLessThanOrEqual(source.length);
          expect(end).toBeGreaterThanOrEqual(start);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('reads the same text the same way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(scrap, { maxLength: 30 }), async (parts) => {
        const [one, two] = [await read(parts.join('')), await read(parts.join(''))];
        expect(one.facts).toEqual(two.facts);
        expect(one.units).toEqual(two.units);
      }),
      { numRuns: 50, seed: 11 },
    );
  });
});
