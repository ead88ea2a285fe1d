/** The page of a change in a real browser: old and new stand beside each other, every string attacks it, in light and dark, wide and narrow, with the keyboard alone. Left out only where there is no Chromium. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderChange } from '../../../scanner/report/change/index.ts';
import { type Box, contrasts, executablePath, injections, launching, opened, why } from './browser.ts';
import { fresh, growth, hostile, hostileTexts, poisoned, silent, texts } from './change-sample.ts';

describe.skipIf(executablePath === undefined)(`a browser${why}`, () => {
  let browser: Browser;
  let folder = '';
  beforeAll(async () => {
    const { chromium } = await import('playwright-core');
    folder = mkdtempSync(join(tmpdir(), 'skillward-change-'));
    browser = await chromium.launch(launching);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const evil = (): Promise<string> => {
    let turn = 0;
    const next = (): string => injections[turn++ % injections.length]!;
    const lines = [...injections].join('\n');
    return renderChange('html', poisoned(growth, next), { texts: { before: () => lines, after: () => [...injections].reverse().join('\n') } });
  };

  test('nothing of a skill runs, loads or becomes an element', async () => {
    const context = await browser.newContext({ offline: true });
    for (const [name, text] of Object.entries({ evil: await evil(), hostile: await renderChange('html', hostile, { texts: hostileTexts }) })) {
      const { page, events } = await opened(folder, context, name, text);
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
      if (name === 'evil')
        for (const injection of injections.slice(0, 5)) expect(await page.evaluate('document.body.textContent')).toContain(injection.slice(0, 20));
      expect(events).toEqual([]);
      await page.close();
    }
    await context.close();
  });

  test('the old line stands left of the new one, at the same height, and says so without colour', async () => {
    const context = await browser.newContext({ offline: true, viewport: { width: 1_280, height: 900 } });
    const { page } = await opened(folder, context, 'sides', await renderChange('html', growth, { texts }));
    const places = (await page.evaluate(`(() => {
      const rows = [...document.querySelectorAll('.sides tr')].filter((row) => row.querySelector('.gone') && row.querySelector('.came'));
      return rows.map((row) => ['.code.gone', '.code.came'].map((part) => { const cell = row.querySelector(part); const { left, right, top } = cell.getBoundingClientRect(); return { left, right, top, text: cell.textContent }; }));
    })()`)) as { left: number; right: number; top: number; text: string }[][];
    expect(places.length).toBeGreaterThan(0);
    for (const [old, now] of places) {
      expect(old!.right).toBeLessThanOrEqual(now!.left);
      expect(old!.top).toBe(now!.top);
      expect([old!.text[0], now!.text[0]]).toEqual(['−', '+']);
    }
    expect(places[0]!.map(({ text }) => text)).toEqual(['−Be brief.UPD-004runs', '+Run this first:']);
    // What a finding and an ability point at is named beside the line.
    expect(await page.locator('.code.came', { hasText: 'get.example/i.sh' }).locator('.why').allTextContents()).toEqual([
      'EXE-002',
      'credentials',
      'persistence',
      'talks to',
    ]);
    await context.close();
  });

  test('the keyboard reaches and opens everything that folds, scrolls or leads somewhere', async () => {
    const context = await browser.newContext({ offline: true, viewport: { width: 600, height: 900 } });
    const { page } = await opened(folder, context, 'keys', await renderChange('html', growth, { texts }));
    const wanted = (await page.evaluate(
      `[...document.querySelectorAll('summary,a,[tabindex="0"]')].filter((one) => one.checkVisibility()).map((one) => one.tagName + one.textContent.slice(0, 30))`,
    )) as string[];
    const reached = new Set<string>();
    for (let presses = 0; presses < 200; presses++) {
      await page.keyboard.press('Tab');
      const at = (await page.evaluate('document.activeElement.tagName + document.activeElement.textContent.slice(0, 30)')) as string;
      if (at.startsWith('BODY')) break;
      reached.add(at);
    }
    expect(wanted.length).toBeGreaterThan(8);
    for (const one of wanted) expect(reached).toContain(one);
    const first = page.locator('details:not([open]) > summary').first();
    await first.focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.parentElement.open')).toBe(true);
    await context.close();
  });

  test.each(['light', 'dark'] as const)('%s: text is readable, and nothing is wider than the window', async (colorScheme) => {
    const context = await browser.newContext({ offline: true, colorScheme });
    const pages = {
      growth: await renderChange('html', growth, { texts }),
      silent: await renderChange('html', silent, { texts }),
      fresh: await renderChange('html', fresh, { texts }),
      evil: await evil(),
    };
    const backgrounds = new Set<string>();
    for (const [name, text] of Object.entries(pages)) {
      const { page } = await opened(folder, context, name, text);
      await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`);
      backgrounds.add((await page.evaluate('getComputedStyle(document.body).backgroundColor')) as string);
      const poor = ((await page.evaluate(contrasts)) as Box[]).filter((box) => box.ratio < 4.5);
      expect([...new Set(poor.map((box) => `${name} ${box.text} ${box.ratio.toFixed(2)}`))]).toEqual([]);
      for (const width of [1_280, 390, 320]) {
        await page.setViewportSize({ width, height: 800 });
        expect(await page.evaluate('document.documentElement.scrollWidth'), `${name} at ${width}`).toBeLessThanOrEqual(width);
      }
      await page.close();
    }
    expect([...backgrounds]).toEqual([colorScheme === 'dark' ? 'rgb(19, 20, 22)' : 'rgb(251, 251, 250)']);
    await context.close();
  });
});
