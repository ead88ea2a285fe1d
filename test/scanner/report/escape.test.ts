import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeBlock, codeSpan, cut, escapeHtml, sarifText, visible, visibleLines, widthOf, wrap } from '../../../scanner/report/escape.ts';
import { attacks } from './sample.ts';

/** Anything a terminal or a reader would not show as it stands. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u115f\u3164]/u;
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('`', '|', '\\', '[', ']', '\n', '\r', '\u001b', '\u202e', '\ud800', '\u0301', '<', 'a', ' ', '漢', '\u{e0041}'))
    .map((all) => all.join('')),
);

describe('visible', () => {
  it('shows what cannot be seen and keeps the rest', () => {
    expect(visible('\u001b[31mred\u0007')).toBe('\\u{1b}[31mred\\u{7}');
    expect(visible('a\u202eb\u200bc\u{e0041}\ud800')).toBe('a\\u{202e}b\\u{200b}c\\u{e0041}\\u{d800}');
    expect(visible('line\nnext\r\nthird\rfourth\u2028fifth')).toBe('line next third fourth\\u{2028}fifth');
    expect(visible('Grüße, 漢字, עברית, ⚠️')).toBe('Grüße, 漢字, עברית, ⚠️');
    expect(visible('Z\u0301\u0301\u0301\u0301')).toBe('Z\u0301\u0301\u0301\\u{301}');
  });
  it('leaves nothing unseen in any text', () => {
    fc.assert(fc.property(anyText, (text) => !unseen.test(visible(text).replace(/\ufe0f/g, '')) && visible(visible(text)) === visible(text)));
    fc.assert(
      fc.property(anyText, (text) =>
        visibleLines(text)
          .split('\n')
          .every((line) => !unseen.test(line)),
      ),
    );
  });
});

describe('cut and wrap', () => {
  it('counts columns, not characters', () => {
    expect(widthOf('漢字')).toBe(4);
    expect(cut('漢字漢字', 5)).toBe('漢字…');
    expect(wrap('one two three', 20)).toEqual(['one two three']);
    // A word of wide characters that is one column too long: no half of a pair is left over.
    expect(wrap(`a${'\u{20000}'.repeat(10)}`, 20)).toEqual([`a${'\u{20000}'.repeat(9)}`, '\u{20000}']);
  });
  it('never exceeds the width', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.integer({ min: 20, max: 60 }),
        (text, columns) => widthOf(cut(text, columns)) <= columns && wrap(text, columns).every((line) => widthOf(line) <= columns),
      ),
    );
  });
});

describe('Markdown', () => {
  it('makes a code span that its content cannot close', () => {
    expect(codeSpan('a `b` ``c``')).toBe('``` a `b` ``c`` ```');
    expect(codeSpan('x\n\n# y')).toBe('`x  # y`');
    expect(codeSpan('')).toBe('` `');
    expect(codeSpan('a|b\\|c', true)).toBe('`a\\|b¦c`');
  });
  it('keeps every span and block closed', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const span = codeSpan(text, true);
        const fence = /^`+/.exec(span)![0];
        const inside = span.slice(fence.length, -fence.length);
        return span.endsWith(fence) && !inside.includes(fence) && !span.includes('\n') && !/(?:^|[^\\])(?:\\\\)*\|/.test(inside);
      }),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        const lines = codeBlock(text).split('\n');
        return lines.at(-1) === lines[0] && lines.slice(1, -1).every((line) => !line.includes(lines[0]!));
      }),
    );
  });
});

describe('HTML and SARIF', () => {
  it('leaves no character that means something', () => {
    expect(escapeHtml(attacks)).not.toMatch(/[<>"'`]/);
    fc.assert(fc.property(anyText, (text) => !/[<>"'`]/.test(escapeHtml(text))));
  });
  it('leaves no bracket that could open a link', () => {
    expect(sarifText('see [x](https://evil.invalid)')).toBe('see \\[x\\](https://evil.invalid)');
    expect(sarifText('\\\\\\[x]')).toBe('\\[x\\]');
    fc.assert(
      fc.property(anyText, (text) => {
        const out = sarifText(text);
        return [...out.matchAll(/[[\]]/g)].every(({ index }) => /(?:^|[^\\])\\$/.test(out.slice(0, index)));
      }),
    );
  });
});
