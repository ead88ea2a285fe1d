/** The HTML report in a real browser: every string of the report attacks it in several ways, in light and dark, wide and narrow. Left out only where there is no Chromium. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../../scanner/model.ts';
import { render } from '../../../scanner/report/index.ts';
import { readCase, scanEntries } from '../../case.ts';
import { type Box, contrasts, executablePath, injections, launching, opened, why } from './browser.ts';
import { block, incomplete, pass, review } from './sample.ts';

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

describe.skipIf(executablePath === undefined)(`a browser${why}`, () => {
  let browser: Browser;
  let folder = '';
  let real: Report;
  beforeAll(async () => {
    const { chromium } = await import('playwright-core');
    folder = mkdtempSync(join(tmpdir(), 'skillward-browser-'));
    real = await scanEntries(readCase(fileURLToPath(new URL('../../../corpus/malicious/standup-notes-shell-history.md', import.meta.url))).files);
    browser = await chromium.launch(launching);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

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
      const { page, events } = await opened(folder, context, name, text);
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
    const { page, events } = await opened(folder, context, 'holed', holed.replace(/<meta http-equiv="refresh"[^>]*>/, ''));
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
      const { page } = await opened(folder, context, name, text);
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
