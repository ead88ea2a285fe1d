/** Rows of two texts side by side. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differing, type Line, lineLimits, type Row, rowsOf } from '../../../scanner/report/change/lines.ts';

const shown = (rows: readonly Row[]): string[] =>
  rows.map((row) =>
    row.kind === 'gap' ? `… ${row.count}` : `${'left' in row ? row.left.text : ''} | ${'right' in row ? row.right.text : ''} ${row.kind}`,
  );

describe('rows', () => {
  it('put changed lines beside each other and leave out what is equal and far', () => {
    const before = ['a', 'b', 'c', 'd', 'e', 'f', 'host = "one"', 'g', ''].join('\n');
    const { rows, came, gone, notes } = rowsOf(before, before.replace('one', 'two').replace('g\n', 'g\nh\n'));
    expect(shown(rows)).toEqual(['… 3', 'd | d same', 'e | e same', 'f | f same', 'host = "one" | host = "two" changed', 'g | g same', ' | h came']);
    expect([came, gone, notes]).toEqual([2, 1, []]);
    const changed = rows.find((row) => row.kind === 'changed') as Extract<Row, { kind: 'same' | 'changed' }>;
    expect([changed.left.text.slice(changed.left.from, changed.left.to), changed.right.text.slice(changed.right.from, changed.right.to)]).toEqual([
      'one',
      'two',
    ]);
  });

  it('give both texts back, whatever they are', () => {
    const line = fc.constantFrom('', 'a', 'b', 'c', '\t', 'x\u202ey', '\u{1f600}');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.array(line, { maxLength: 30 }), (left, right) => {
        const { rows } = rowsOf(left.map((one) => `${one}\n`).join(''), right.map((one) => `${one}\n`).join(''));
        let [x, y] = [0, 0];
        for (const row of rows) {
          if (row.kind === 'gap') {
            expect(left.slice(x, x + row.count)).toEqual(right.slice(y, y + row.count));
            x += row.count;
            y += row.count;
            continue;
          }
          if ('left' in row) expect([row.left.number, row.left.text]).toEqual([x + 1, left[x++]]);
          if ('right' in row) expect([row.right.number, row.right.text]).toEqual([y + 1, right[y++]]);
        }
        expect([x, y]).toEqual([left.length, right.length]);
      }),
      { numRuns: 300 },
    );
  });

  it('find the part that differs in the middle', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const { from, toA, toB } = differing(a, b);
        expect(a.slice(0, from)).toBe(b.slice(0, from));
        expect(a.slice(toA)).toBe(b.slice(toB));
        expect(toA).toBeGreaterThanOrEqual(from);
        expect(toB).toBeGreaterThanOrEqual(from);
      }),
    );
  });

  it('say in words what is no line', () => {
    expect(rowsOf('a\nb\n', 'a\r\nb\r\n')).toMatchObject({ came: 0, gone: 0, notes: ['Line ends: LF before, CRLF now.'] });
    expect(rowsOf('a\nb\n', 'a\nb')).toMatchObject({ came: 0, gone: 0, notes: ['The last line no longer ends with a line break.'] });
    expect(rowsOf('a\r\nb\nc\n', 'a\nb\r\nc\n').notes).toEqual(['Only the kind of some line ends differs.']);
    expect(rowsOf('a\n', 'a\n').notes).toEqual([]);
  });

  it('are all on one side for a file that came or went', () => {
    expect(shown(rowsOf(undefined, 'a\nb\n').rows)).toEqual([' | a came', ' | b came']);
    expect(shown(rowsOf('a\n', undefined).rows)).toEqual(['a |  gone']);
  });

  it('are bounded by counts, each of which says so', () => {
    const lines = (count: number, name: string): string => Array.from({ length: count }, (_one, index) => `${name} ${index}\n`).join('');
    expect(rowsOf('', 'x'.repeat(lineLimits.characters + 1)).notes[0]).toMatch(/^Not shown: the new version has 524289 characters/);
    expect(rowsOf(lines(lineLimits.lines + 1, ''), '').notes[0]).toMatch(/^Not shown: the old version has 20001 lines/);
    const different = rowsOf(lines(5_000, 'a'), lines(5_000, 'b'));
    expect(different.notes).toEqual([
      'The two versions differ in so many lines that equal ones were not looked for: they stand beside each other from the top.',
      '4000 more rows are not shown.',
    ]);
    expect([different.came, different.gone, different.rows.length]).toEqual([5_000, 5_000, lineLimits.rows]);
  });

  it('show a window of a long line, around what differs', () => {
    const long = 'w'.repeat(50_000);
    const [came] = rowsOf('', long).rows as unknown as [{ right: Line }];
    expect([came.right.text.length, came.right.hidden]).toEqual([lineLimits.width, { before: 0, after: 48_000 }]);
    const [changed] = rowsOf(long, `${long.slice(0, 40_000)}curl${long.slice(40_000)}`).rows as unknown as [{ left: Line; right: Line }];
    const { text, from, to, hidden } = changed.right;
    expect([text.slice(from, to), hidden]).toEqual(['curl', { before: 39_800, after: 8_204 }]);
    expect(changed.left.hidden).toEqual({ before: 39_800, after: 8_200 });
  });
});
