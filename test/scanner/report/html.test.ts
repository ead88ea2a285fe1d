import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { render } from '../../../scanner/report/index.ts';
import { attacks, block, hostile, incomplete, pass, review } from './sample.ts';

const browserPath = '/usr/bin/chromium';
const failures = [{ name: attacks, kind: 'unread' as const, says: attacks }];
const targets = Array.from({ length: 4 }, () => ({ name: attacks, root: '' }));

describe('html', () => {
  it('names only the hash of its own style sheet', async () => {
    const page = await render('html', [block]);
    const css = /<style>([\s\S]*?)<\/style>/.exec(page)![1]!;
    expect(page).toContain(`content="default-src &#39;none&#39;; style-src &#39;sha256-${createHash('sha256').update(css).digest('base64')}&#39;`);
    expect(page).not.toMatch(/<script|\sstyle=|\son[a-z]+=|<link|<img|url\(/i);
  });

  it('says what the terminal says', async () => {
    const page = await render('html', [block]);
    for (const words of [
      'rail-planner',
      'runs code fetched from get.example',
      'How the data gets there: 2 steps',
      'hosts named at run time',
      'until 2027-01-31',
      'no reader for these bytes',
      'seen through base64',
    ])
      expect(page).toContain(words);
    expect(await render('html', [pass, block, review, incomplete], { failures })).toMatch(/<h1>5 skills<\/h1>/);
  });

  it('lets no string of a skill become markup', async () => {
    for (const page of [await render('html', [hostile]), await render('html', [hostile, pass, hostile, review], { failures, targets })]) {
      expect(page).not.toMatch(/<(?:script|img|svg)/);
      expect(page.match(/<style>/g)).toHaveLength(1);
      expect(page).not.toMatch(/[\u202e\u200b\u001b\u2028]/);
    }
  });

  it.skipIf(!existsSync(browserPath))(
    'runs nothing and asks for nothing in a browser',
    async () => {
      const { chromium } = await import('playwright-core');
      const folder = mkdtempSync(join(tmpdir(), 'skillward-html-'));
      const browser = await chromium.launch({
        executablePath: browserPath,
        args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--no-first-run'],
      });
      try {
        const page = await browser.newPage();
        const asked: string[] = [];
        const complaints: string[] = [];
        page.on('request', (request) => asked.push(request.url()));
        page.on('dialog', (dialog) => void dialog.dismiss().then(() => complaints.push('dialog')));
        page.on('console', (message) => complaints.push(message.text()));
        for (const [name, text] of Object.entries({
          one: await render('html', [hostile]),
          many: await render('html', [hostile, pass, hostile, review], { failures, targets }),
        })) {
          const file = join(folder, `${name}.html`);
          writeFileSync(file, text);
          const address = pathToFileURL(file).href;
          await page.goto(address, { waitUntil: 'networkidle' });
          expect(asked.splice(0)).toEqual([address]);
          expect(await page.title()).not.toBe('owned');
          expect(
            await page
              .locator('body')
              .evaluate(
                (body) =>
                  (body as unknown as { querySelectorAll(selector: string): ArrayLike<unknown> }).querySelectorAll(
                    'script, img, svg, style, iframe, form, a:not([href^="#"])',
                  ).length,
              ),
          ).toBe(0);
          // The style sheet passed the policy, and a long hostile word does not push the page out of the window.
          expect(
            await page
              .locator('main')
              .evaluate((main) => (main as unknown as { getBoundingClientRect(): { width: number } }).getBoundingClientRect().width),
          ).toBeLessThan(1_000);
          await page.setViewportSize({ width: 390, height: 800 });
          expect(await page.locator('html').evaluate((html) => (html as unknown as { scrollWidth: number }).scrollWidth)).toBeLessThanOrEqual(390);
          await page.setViewportSize({ width: 1_280, height: 720 });
        }
        expect(complaints).toEqual([]);
      } finally {
        await browser.close();
        rmSync(folder, { recursive: true });
      }
    },
    60_000,
  );
});
