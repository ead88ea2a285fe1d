/** Rate limits of pages: signed-in visitors have a count of their own, whoever else sits behind their address. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, visitor } from './browse.ts';
import { honest, type Member, type Site, startSite } from './site.ts';

let site: Site;
let clock = 0;
let ada: Member;
beforeAll(async () => {
  site = await startSite({
    now: () => Date.now() + clock,
    config: (config) => ({
      ...config,
      limits: { ...config.limits, rate: { readIp: 6, readKey: 40, writeIp: 4, writeKey: 20, downloadIp: 2, downloadKey: 10 } },
    }),
  });
  ada = await site.person('ada', 'publisher');
  await site.publish(ada, 'notes', '1.0.0', honest('notes', 'Keeps notes.'));
});
afterAll(() => site.stop());

const left = (answer: Answer): number => Number(answer.headers.get('ratelimit-remaining'));
/** Counts start anew. */
const later = (): void => {
  clock += 61_000;
};
const stranger = visitor({
  get url() {
    return site.url;
  },
});

test('strangers behind an address use up what strangers have, and are told so on a page', async () => {
  const member = visitor(site);
  expect((await member.signIn(ada.token)).status).toBe(303);
  later();
  let last = await stranger.get('/');
  expect(last.headers.get('ratelimit-limit')).toBe('6');
  for (let asked = 1; asked < 7; asked++) last = await stranger.get('/');
  expect(last.status).toBe(429);
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(last.headers.get('content-type')).toContain('text/html');
  expect(last.text).toContain('<h1>Too many requests</h1>');
  expect(last.headers.get('content-security-policy')).toContain("default-src 'none'");
  // Also with a cookie that is none of ours, and for a page that is not there.
  expect((await stranger.get('/', { cookie: member.cookie.replace(/.$/, (char) => (char === 'A' ? 'B' : 'A')) })).status).toBe(429);
  expect((await stranger.get('/skills/@ada/none')).status).toBe(429);
  // Style sheets are not counted: the page has to be readable.
  const sheet = /<link rel="stylesheet" href="([^"]+)"/.exec(last.text)![1]!;
  expect((await stranger.get(sheet)).status).toBe(200);

  const home = await member.get('/');
  expect(home.status).toBe(200);
  expect(home.headers.get('ratelimit-limit')).toBe('40');
});

test('signed-in visitors use up nothing of their address, and share a count with their token', async () => {
  const member = visitor(site);
  later();
  await member.signIn(ada.token);
  later();
  const before = left(await stranger.get('/'));
  const first = left(await member.get('/'));
  for (let asked = 0; asked < 8; asked++) expect((await member.get('/skills/@ada/notes')).status).toBe(200);
  expect(left(await stranger.get('/'))).toBe(before - 1);
  const told = await fetch(`${site.url}/api/v1/whoami`, { headers: { authorization: `Bearer ${ada.token}` } });
  expect(Number(told.headers.get('ratelimit-remaining'))).toBe(first - 9);

  // Forms count as writing, archives as downloading: each with a limit of its own.
  const csrf = await member.csrf('/');
  expect((await member.post('/device', { csrf, user_code: 'BCDF-GHJK' })).headers.get('ratelimit-limit')).toBe('20');
  expect((await stranger.post('/device', { csrf, user_code: 'BCDF-GHJK' })).headers.get('ratelimit-limit')).toBe('4');
  expect((await member.get('/skills/@ada/notes/1.0.0/archive')).headers.get('ratelimit-limit')).toBe('10');
});

test('a session that is over counts as the stranger that it is', async () => {
  const member = visitor(site);
  later();
  await member.signIn(ada.token);
  const kept = member.cookie;
  await member.post('/logout', { csrf: await member.csrf('/') });
  later();
  expect((await stranger.get('/', { cookie: kept })).headers.get('ratelimit-limit')).toBe('6');
});
