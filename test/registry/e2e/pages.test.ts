/** The pages of the built server, as an operator starts it, in a real browser: sign in, look at the queue, approve; then the skill can be installed. And what such a server writes into its log. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { fingerprint, someone } from '../client/kit.ts';
import { cleanUp, person, type Served, start } from './process.ts';
import { contents, skillFolder } from './skills.ts';

vi.setConfig({ testTimeout: 300_000 });
afterAll(cleanUp);

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'].find((path) =>
  existsSync(path),
);
const why = executablePath === undefined ? ' (left out: no Chromium is installed, see test/setup.sh)' : '';

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly path?: string;
  readonly status?: number;
}
/** Whole lines; the last one may still be on its way. */
const lines = (served: Served): Line[] =>
  served
    .log()
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
/** Its lines, once one of them says this. */
const linesUntil = async (served: Served, says: RegExp): Promise<Line[]> => {
  while (!lines(served).some(({ msg }) => says.test(msg))) await new Promise((resolve) => setTimeout(resolve, 50));
  return lines(served);
};

describe.skipIf(executablePath === undefined)(`in a browser${why}`, () => {
  let browser: Browser;
  afterAll(() => browser?.close());

  it('a held version is approved by its form, and installed', async () => {
    const served = await start();
    const [mira, olga, rene] = [
      await person(served, 'mira', 'publisher'),
      await person(served, 'olga', 'approver'),
      await person(served, 'rene', 'reader'),
    ];
    const key = await fingerprint(served);
    const folder = skillFolder('tide-alerts', 'review');
    const sent = await someone(served.url, mira.token).having({ SKILL_KEY_FINGERPRINT: key }).run('publish', folder, '--version', '1.0.0', '--yes');
    expect(sent.code, sent.err).toBe(3);

    const { chromium } = await import('playwright-core');
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--no-first-run', '--disable-component-update'],
    });
    const page = await browser.newPage();
    const events: string[] = [];
    page.on('request', (request) => !request.url().startsWith(`${served.url}/`) && events.push(`request ${request.url()}`));
    page.on('requestfailed', (request) => events.push(`failed ${request.url()}`));
    page.on('pageerror', (error) => events.push(`error ${error.message}`));
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && events.push(`console ${message.text()}`));
    await page.goto(`${served.url}/queue`);
    expect(page.url()).toBe(`${served.url}/login?next=%2Fqueue`);
    await page.getByLabel('Token').fill(olga.token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${served.url}/queue`);
    await page.getByText('olga · approver').waitFor();
    const card = page.getByRole('article').filter({ hasText: '@mira/tide-alerts' });
    expect(await card.textContent()).toContain('tide-alerts.example');
    await card.getByLabel('Reason for your decision').fill('The installer is ours.');
    await card.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('is now: served').waitFor();
    expect(await page.getByRole('article').count()).toBe(0);
    expect(events).toEqual([]);

    const reader = someone(served.url, rene.token).having({ SKILL_KEY_FINGERPRINT: key });
    const installed = await reader.run('install', '@mira/tide-alerts', '--yes', '--json');
    expect(installed.code, installed.err).toBe(0);
    expect(installed.json()).toMatchObject({ skills: [{ version: '1.0.0', approvedBy: ['olga'], publisher: { handle: 'mira', level: 'L2' } }] });
    expect(contents(join(reader.project, '.claude/skills/tide-alerts'))).toEqual(contents(folder));

    // What was asked for is in the log, the token is not.
    await served.stop();
    const asked = (await linesUntil(served, /^stopped$/)).filter(({ path }) => path === '/queue' || path === '/login');
    expect(asked.map(({ path, status }) => `${path} ${status}`)).toEqual(['/queue 303', '/login 200', '/login 303', '/queue 200', '/queue 200']);
    expect(served.log()).not.toContain(olga.token);
  });
});

describe('the log of an idle server', () => {
  /** Warnings and worse, once the server has looked around; what it says of scans depends on the machine. */
  const alarming = async (served: Served): Promise<string[]> =>
    (await linesUntil(served, /^scans run /))
      .filter(({ level, msg }) => level !== 'info' && level !== 'debug' && !msg.startsWith('scans run without network isolation'))
      .map(({ level, msg }) => `${level} ${msg}`);

  it('warns of nothing but the admin token, and that on the first start only', async () => {
    const first = await start();
    expect(await alarming(first)).toEqual([expect.stringMatching(/^warn first start: the admin token is in /)]);
    await first.stop();
    expect(first.child.exitCode).toBe(0);
    const again = await start({ data: first.data });
    expect(await alarming(again)).toEqual([]);
    expect((await again.ask('/readyz')).status).toBe(200);
    await again.stop();
    expect((await linesUntil(again, /^stopped$/)).at(-1)).toMatchObject({ level: 'info' });
  });
});
