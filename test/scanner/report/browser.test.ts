/** The HTML report in a real browser: every string of the report attacks it in several ways, in light and dark, wide and narrow. Left out only where there is no Chromium. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../../scanner/model.ts';
import { render } from '../../../scanner/report/index.ts';
import { readCase, scanEntries } from '../../case.ts';
import { block, incomplete, pass, review } from './sample.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'].find((path) =>
  existsSync(path),
);
const why = executablePath === undefined ? ' (left out: no Chromium is installed, see test/setup.sh)' : '';

/** Each of these would set `window.owned`, ask for evil.invalid, or change the page. */
const injections: readonly string[] = [
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

/** Every free string of a report, one injection after the other. */
function poisoned(report: Report): Report {
  let turn = 0;
  const keep = new Set(['schema', 'decision', 'rule', 'slug', 'gate', 'severity', 'reach', 'kind', 'status']);
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return keep.has(key) ? value : injections[turn++ % injections.length];
    if (Array.isArray(value))
      return key === 'because' ? [`capability:${injections[turn++ % injections.length]}`] : value.map((one) => walk(one, key));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner, name)]));
    return value;
  };
  return walk(report, '') as Report;
}

interface Box {
  readonly text: string;
  readonly ratio: number;
}

/** Contrast of every piece of text with what lies behind it. Runs in the page. */
const contrasts = `(() => {
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

describe.skipIf(executablePath === undefined)(`a browser${why}`, () => {
  let browser: Browser;
  let folder = '';
  let real: Report;
  beforeAll(async () => {
    const { chromium } = await import('playwright-core');
    folder = mkdtempSync(join(tmpdir(), 'skillward-browser-'));
    real = await scanEntries(readCase(fileURLToPath(new URL('../../../corpus/malicious/standup-notes-shell-history.md', import.meta.url))).files);
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--no-first-run', '--disable-component-update'],
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(context: BrowserContext, name: string, text: string) {
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
  const pages = async (): Promise<Record<string, string>> => {
    const evil = poisoned(block);
    const failures = [{ name: injections[1]!, kind: 'unread' as const, says: injections[3]! }];
    const targets = [3, 4, 6, 8].map((index) => ({ name: injections[index]!, root: '' }));
    return {
      one: await render('html', [evil]),
      several: await render('html', [evil, poisoned(incomplete), poisoned(review), poisoned(pass)], { failures, targets, several: true }),
    };
  };

  test('nothing of a skill runs, loads or becomes an element', async () => {
    const context = await browser.newContext({ offline: true });
    for (const [name, text] of Object.entries(await pages())) {
      expect(text).not.toMatch(/<script/i);
      const { page, events } = await open(context, name, text);
      // Everything folded away is opened and everything that can be pointed at is pointed at.
      await page.evaluate(
        `for (const one of document.querySelectorAll('details')) one.open = true; for (const one of document.querySelectorAll('*')) { one.dispatchEvent(new Event('mouseover')); one.focus?.(); }`,
      );
      expect(await page.evaluate('typeof window.owned')).toBe('undefined');
      expect(
        await page.evaluate(
          `document.querySelectorAll('script,img,svg,iframe,object,embed,form,base,link,meta[http-equiv=refresh],[style],body style,a:not([href^="#"])').length`,
        ),
      ).toBe(0);
      expect(
        await page.evaluate(
          `[...document.querySelectorAll('*')].flatMap((one) => [...one.attributes]).filter((one) => one.name.startsWith('on')).length`,
        ),
      ).toBe(0);
      for (const injection of injections.slice(0, 5))
        if (name === 'one') expect(await page.evaluate('document.body.textContent')).toContain(injection.slice(0, 20));
      expect(events).toEqual([]);
      await page.close();
    }
    await context.close();
  });

  test('the policy of the page would stop what escaping missed', async () => {
    const context = await browser.newContext({ offline: true });
    const holed = (await render('html', [block])).replace('</main>', `${injections.join('')}</main>`);
    const failed: string[] = [];
    context.on('requestfailed', (request) => failed.push(`request ${request.url()} ${request.failure()?.errorText}`));
    const { page, events } = await open(context, 'holed', holed.replace(/<meta http-equiv="refresh"[^>]*>/, ''));
    expect(await page.evaluate('typeof window.owned')).toBe('undefined');
    // Not even the network was asked: the policy stopped each of them.
    const asked = events.filter((event) => event.startsWith('request '));
    expect(asked.length).toBeGreaterThan(0);
    expect(failed.sort()).toEqual(asked.map((event) => `${event} csp`).sort());
    expect(events.filter((event) => !event.startsWith('went to') && !event.startsWith('request '))).toEqual([]);
    await context.close();
  });

  test.each(['light', 'dark'] as const)('%s: text is readable, and nothing is wider than the window', async (colorScheme) => {
    const context = await browser.newContext({ offline: true, colorScheme });
    const texts = {
      ...(await pages()),
      block: await render('html', [block]),
      real: await render('html', [real]),
      list: await render('html', [block, incomplete, review, pass], { several: true }),
    };
    for (const [name, text] of Object.entries(texts)) {
      const { page } = await open(context, name, text);
      await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`);
      const poor = ((await page.evaluate(contrasts)) as Box[]).filter((box) => box.ratio < 4.5);
      expect([...new Set(poor.map((box) => `${name} ${box.text} ${box.ratio.toFixed(2)}`))]).toEqual([]);
      for (const width of [1_280, 390, 320]) {
        await page.setViewportSize({ width, height: 800 });
        expect(await page.evaluate('document.documentElement.scrollWidth'), `${name} at ${width}`).toBeLessThanOrEqual(width);
      }
      await page.close();
    }
    await context.close();
  });

  test('the page is one file', async () => {
    await render('html', [real]).then((text) => writeFileSync(join(folder, 'real.html'), text));
    expect(readFileSync(join(folder, 'real.html'), 'utf8')).not.toMatch(/\b(?:src|href)="(?!#)/);
  });
});
