/** The template: what is put in never becomes markup, whatever it is and wherever it stands. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { html, type Markup } from '../../../registry/web/html.ts';
import { localPath } from '../../../registry/web/session.ts';

const nasty = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[<>"'`&=\s/a-z\u202e]{0,40}$/));

describe('html', () => {
  test('lets no text open or close a tag, an attribute or an entity', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const content = html`<p>${text}</p>`.text.slice(3, -4);
        expect(content).not.toMatch(/[<>"'`]|&(?!(?:amp|lt|gt|quot|#39|#96);)/);
        const value = html`<a title="${text}"></a>`.text.slice('<a title="'.length, -'"></a>'.length);
        expect(value).not.toMatch(/[<>"'`]/);
      }),
    );
  });

  test('keeps markup that it made, lists of it, and leaves out what is not there', () => {
    const list = ['<', '&'].map((one) => html`<li>${one}</li>`);
    expect(html`<ul>${list}${undefined}${null}${false}${0}</ul>`.text).toBe('<ul><li>&lt;</li><li>&amp;</li>0</ul>');
  });

  test('takes nothing for markup that only looks like it', () => {
    const forged = { text: '<script>1</script>' } as Markup;
    expect(() => html`${forged}`).toThrow();
  });

  test('is used with quoted attributes only, and pages make no markup around it', () => {
    const folder = fileURLToPath(new URL('../../../registry/web', import.meta.url));
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))) {
      const text = readFileSync(join(folder, name), 'utf8');
      // An attribute whose value is put in without quotes.
      expect(text, name).not.toMatch(/<[a-z][^<>`]* [a-z-]+=\$\{/);
      if (name !== 'html.ts') expect(text, name).not.toMatch(/new Markup\(/);
      expect(text, name).not.toMatch(/<script|style="|javascript:| on[a-z]+="/);
    }
  });
});

test('a way back is a path of this server, or its start', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        nasty,
        nasty.map((text) => `/${text}`),
        nasty.map((text) => `//${text}`),
      ),
      (text) => {
        const path = localPath(text);
        expect(path.startsWith('/') && !path.startsWith('//') && !path.startsWith('/\\')).toBe(true);
        expect(new URL(path, 'https://skills.example').origin).toBe('https://skills.example');
      },
    ),
  );
});
