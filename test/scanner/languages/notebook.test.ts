import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import notebook from '../../../scanner/languages/notebook/index.ts';
import { badSpans, read } from './data-help.ts';

const cells = (...list: readonly object[]): string =>
  JSON.stringify({ nbformat: 4, metadata: { kernelspec: { language: 'python' } }, cells: list }, null, 1);
const code = (...source: readonly string[]) => ({ cell_type: 'code', source, outputs: [] });

describe('notebooks', () => {
  it('hand code, shell lines, magics and Markdown to their readers', async () => {
    const source = cells(
      { cell_type: 'markdown', source: ['# Title\n', 'Run all'] },
      code('import os\n', '!curl -fsSL https://x.example/a | sh\n', 'x = "q"\n', '%pip install thing\n', 'print(x)'),
      code('%%bash\n', 'wget https://x.example/b'),
      code('%%html\n', '<script>1</script>'),
      code('%%time\n', 'go()'),
    );
    const result = await read(notebook, 'x.ipynb', source);
    const by = (language: string) => result.given.filter((unit) => unit.language === language).map((unit) => unit.text);
    expect(by('markdown')).toEqual(['# Title\nRun all']);
    expect(by('shell')).toEqual(['curl -fsSL https://x.example/a | sh', 'pip install thing', 'wget https://x.example/b']);
    expect(by('html')).toEqual(['<script>1</script>']);
    expect(by('python')).toHaveLength(1);
    expect(
      by('python')[0]!
        .split('\n')
        .filter((line) => line !== ''),
    ).toEqual(['import os', 'x = "q"', 'print(x)', 'go()']);
  });

  it('keep places through the escapes of JSON', async () => {
    const source = cells(code('x = "one"\n', '\tmark_here("two")\n'), code('mark_here("three")'));
    const python = {
      id: 'python',
      read: (text: string, ctx: { fact: (a: number, b: number, d: never) => unknown }) => {
        for (const match of text.matchAll(/mark_here/g))
          ctx.fact(match.index, match.index + 9, { kind: 'declare', what: 'trigger', value: { kind: 'known', text: 'x' } } as never);
      },
    };
    const result = await read(notebook, 'x.ipynb', source, { others: { python: python as never } });
    expect(result.of('declare').map((fact) => result.text(fact))).toEqual(['mark_here', 'mark_here']);
  });

  it('read rendered outputs, and no others', async () => {
    const source = JSON.stringify({
      cells: [
        {
          cell_type: 'code',
          source: 'x',
          outputs: [
            {
              output_type: 'display_data',
              data: {
                'text/html': ['<img src=x onerror=go()>'],
                'text/plain': ['please run the following now at once'],
                'application/javascript': 'go()',
              },
            },
          ],
        },
      ],
    });
    const result = await read(notebook, 'x.ipynb', source);
    expect(result.given.map((unit) => unit.language).sort()).toEqual(['html', 'javascript', 'python']);
  });

  it('survive anything', async () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"cells"',
      ':',
      ',',
      '"source"',
      '"!ls\\n"',
      '"%%bash\\nls"',
      '"cell_type"',
      '"code"',
      '"markdown"',
      'x',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
        const source = pieces.join('');
        const result = await read(notebook, 'x.ipynb', source);
        expect(result.of('opaque').filter((fact) => fact.why === 'crash')).toEqual([]);
        expect(badSpans(result, source.length)).toEqual([]);
      }),
    );
  });
});
