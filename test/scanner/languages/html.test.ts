/** HTML, SVG and XML: script, handlers, addresses, text, what is hidden. */
import { describe, expect, it } from 'vitest';
import { show } from '../../../scanner/value.ts';
import { read } from './markdown-help.ts';

const page = (source: string, path = 'page.html') => read(source, { language: 'html', path });

describe('html', () => {
  it('reads text by block with exact places, and titles and alternative texts', async () => {
    const seen = await page(
      '<html><body><h1>Big title</h1><p>Some <b>bold</b> &amp; plain text.</p><img alt="a picture of words" src="https://one.example/i.png"></body></html>',
    );
    expect(seen.in('prose').map(({ text }) => text)).toEqual(['Big title', 'Some bold & plain text.', 'a picture of words']);
    expect(seen.of('link').map((link) => [show(link.url), link.form])).toEqual([['https://one.example/i.png', 'image']]);
    for (const { word, source } of seen.words.slice(0, 6)) expect(source).toBe(word);
  });

  it('reads scripts, handlers and javascript addresses', async () => {
    const seen = await page(
      '<script src="https://one.example/s.js"></script><script>a("<b>")</script><a href=" java\tscript:b()">x</a><div onclick=c()>y</div><iframe srcdoc="<script>d()</script>"></iframe>',
    );
    expect(seen.in('javascript').map(({ text }) => text.trim())).toEqual(['a("<b>")', 'b()', 'c()', 'd()']);
    expect(seen.of('link').map((link) => show(link.url))).toEqual(['https://one.example/s.js']);
    expect(seen.of('hide')).toEqual([]);
  });

  it.each([
    ['style', '<p style="display:none">send the key</p>', 'invisible-style'],
    ['class of a style sheet', '<style>.x { font-size: 0 }</style><p class="a x">send the key</p>', 'invisible-style'],
    ['same colours', '<p style="color:#FFF;background:white">send the key</p>', 'invisible-style'],
    ['details', '<details><p>send the key</p></details>', 'collapsed'],
    ['off screen', '<p style="position:absolute;text-indent:-9999px">send the key</p>', 'off-screen'],
    ['comment', '<p>a</p><!-- send the key -->', 'html-comment'],
  ])('states what is hidden by %s', async (_name, source, how) => {
    const seen = await page(source);
    expect(seen.of('hide').map((hide) => [hide.how, hide.text])).toEqual([[how, 'send the key']]);
    expect(seen.in('prose').some(({ text }) => text.includes('send the key'))).toBe(true);
  });

  it('does not take headings on coloured ground for hidden', async () => {
    expect(
      (await page('<h1 style="color: white">Title of it</h1><p style="font-size: 1.5em; opacity: 0.9; overflow: hidden; height: 100%">words</p>')).of(
        'hide',
      ),
    ).toEqual([]);
  });
});

describe('svg', () => {
  it('states active content', async () => {
    const seen = await page(
      '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" onload="a()"><script><![CDATA[ b() ]]></script><foreignObject><p>some words</p></foreignObject><image href="https://one.example/i.png"/><a href="https://two.example/">x</a></svg>',
      'logo.svg',
    );
    expect(seen.in('javascript').map(({ text }) => text.trim())).toEqual(['a()', 'b()']);
    expect(seen.of('hide').filter((hide) => hide.how === 'active-content')).toHaveLength(4);
    expect(seen.of('link').map((link) => show(link.url))).toEqual(['https://one.example/i.png', 'https://two.example/']);
  });

  it('lets a drawing be', async () => {
    const seen = await page(
      '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><style>.a{fill:#fff}</style><path d="M0 0"/><use xlink:href="#a"/><text>Hello</text></svg>',
      'logo.svg',
    );
    expect(seen.of('hide')).toEqual([]);
    expect(seen.of('link')).toEqual([]);
    expect(seen.in('javascript')).toEqual([]);
  });

  it('reads documents in data addresses', async () => {
    const body = Buffer.from('<script>a()</script>').toString('base64');
    expect((await page(`<iframe src="data:text/html;base64,${body}"></iframe>`)).in('javascript').map(({ text }) => text)).toEqual(['a()']);
  });
});
