/** Rate limits as clients see them, who shares a count with whom, and which Host names are answered. */
import { describe, expect, it } from 'vitest';
import { addressKey, networks, siteKey } from '../../../registry/auth/addresses.ts';
import { hostGuard } from '../../../registry/auth/hosts.ts';
import { Windows } from '../../../registry/auth/windows.ts';
import { type Kit, kit } from './kit.ts';

const rates = (rate: Partial<Kit['config']['limits']['rate']>) => (config: Kit['config']) => ({
  ...config,
  limits: { ...config.limits, rate: { ...config.limits.rate, ...rate } },
});

describe('rate limits', () => {
  it('say exactly what is left, in the headers that clients read', async () => {
    const server = await kit(rates({ downloadIp: 2 }));
    const start = server.now;
    const get = () => server.call('GET', '/bytes', { ip: '203.0.113.1' });
    const first = await get();
    expect(first.status).toBe(200);
    const reset = String(Math.ceil((start + 60_000) / 1000));
    expect(first.headers).toMatchObject({
      'ratelimit-limit': '2',
      'ratelimit-remaining': '1',
      'ratelimit-reset': '60',
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
      'x-ratelimit-reset': reset,
    });
    expect(first.headers['retry-after']).toBeUndefined();
    server.now += 10_500;
    expect((await get()).headers).toMatchObject({ 'ratelimit-remaining': '0', 'ratelimit-reset': '50', 'x-ratelimit-reset': reset });
    const third = await get();
    expect([third.status, third.text]).toEqual([429, 'Too many requests. Try again in 50 s.']);
    expect(third.headers).toMatchObject({ 'retry-after': '50', 'ratelimit-remaining': '0', 'content-type': 'text/plain; charset=utf-8' });
    server.now = start + 60_000;
    expect((await get()).headers).toMatchObject({ 'ratelimit-remaining': '1', 'ratelimit-reset': '60' });
  });

  it('never let strangers and users share a count, nor two tokens, nor two buckets', async () => {
    const server = await kit(rates({ downloadIp: 1, downloadKey: 1, readIp: 2, readKey: 2 }));
    const ada = await server.user('ada', 'publisher');
    const grace = await server.user('grace', 'publisher');
    const get = async (options: { token?: string; ip?: string }, url = '/bytes') => (await server.call('GET', url, options)).status;
    const ip = '203.0.113.1';
    expect([await get({ ip }), await get({ ip })]).toEqual([200, 429]);
    // The same address with a token, and the same token from elsewhere.
    expect([await get({ token: ada, ip }), await get({ token: ada, ip: '203.0.113.2' })]).toEqual([200, 429]);
    expect(await get({ token: grace, ip })).toBe(200);
    expect(await get({ ip: '203.0.113.2' })).toBe(200);
    expect([await get({ ip }, '/whose'), await get({ ip }, '/whose'), await get({ ip }, '/whose')]).toEqual([200, 200, 429]);
    // What exists not is counted as well, and health checks are not.
    expect(await get({ ip }, '/no/such/route')).toBe(429);
    expect(await get({ ip }, '/live')).toBe(200);
  });

  it('hold for what is turned away at the door too: ended tokens, other schemes, names that are not ours', async () => {
    const server = await kit(rates({ writeIp: 3, readIp: 1000 }));
    const ada = await server.user('ada', 'publisher');
    const own = (await server.call('GET', '/api/skillward/v1/whoami', { token: ada })).json.token as string;
    await server.call('DELETE', `/api/skillward/v1/tokens/${own}`, { token: ada });
    const turned: { token?: string; headers?: Record<string, string> }[] = [
      { token: ada },
      { headers: { authorization: 'Basic YTpi' } },
      { headers: { host: 'rebound.example' } },
    ];
    const ip = '203.0.113.20';
    const statuses: number[] = [];
    for (const options of [...turned, ...turned]) {
      const answer = await server.call('GET', options.headers?.['host'] === undefined ? '/whose' : '/live', { ip, ...options });
      statuses.push(answer.status);
      expect(answer.headers['ratelimit-remaining']).toBe(String(Math.max(0, 3 - statuses.length)));
      expect(answer.headers['retry-after']).toBe(statuses.length > 3 ? '60' : undefined);
    }
    expect(statuses).toEqual([401, 401, 400, 429, 429, 429]);
    // Good tokens and strangers of that address have counts of their own, and so have other addresses.
    expect((await server.call('GET', '/whose', { ip, token: server.admin })).status).toBe(200);
    expect((await server.call('GET', '/whose', { ip })).status).toBe(200);
    expect((await server.call('GET', '/whose', { ip: '203.0.113.21', token: ada })).status).toBe(401);
    server.now += 60_000;
    expect((await server.call('GET', '/whose', { ip, token: ada })).status).toBe(401);
  });

  it('hold for what a page of another site sends', async () => {
    const server = await kit((config) => ({
      ...rates({ writeKey: 2 })(config),
      identity: { from: ['192.0.2.1'], userHeader: 'x-login', nameHeader: undefined, domains: [] },
    }));
    const post = async () =>
      (await server.call('POST', '/whose', { ip: '192.0.2.1', headers: { 'x-login': 'admin', origin: 'https://evil.example' } })).status;
    expect([await post(), await post(), await post()]).toEqual([403, 403, 429]);
  });

  it('count by method where a route says nothing', async () => {
    const server = await kit(rates({ writeIp: 1 }));
    const post = async () => (await server.call('POST', '/whose', { ip: '203.0.113.3' })).status;
    expect([await post(), await post()]).toEqual([200, 429]);
    expect((await server.call('GET', '/whose', { ip: '203.0.113.3' })).status).toBe(200);
  });
});

describe('windows', () => {
  it('stay within their memory and forget the oldest first', () => {
    const windows = new Windows(1000, 10);
    for (let at = 0; at < 1000; at++) windows.count(`k${at}`, 0);
    expect(windows.size).toBe(10);
    expect(windows.peek('k999', 0)?.count).toBe(1);
    expect(windows.peek('k0', 0)).toBeUndefined();
    // What ended makes room by itself.
    for (let at = 0; at < 6; at++) windows.count(`n${at}`, 2000);
    expect(windows.size).toBeLessThanOrEqual(6);
  });

  it('count by IPv4 address and by the /64 of IPv6', () => {
    expect(addressKey('192.0.2.1')).toBe('192.0.2.1');
    expect(addressKey('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(addressKey('2001:db8::1')).toBe(addressKey('2001:DB8:0:0:ffff::9'));
    expect(addressKey('2001:db8:0:1::1')).not.toBe(addressKey('2001:db8::1'));
    expect(addressKey('fe80::1%eth0')).toBe(addressKey('fe80::2'));
  });

  it('know the site of an IPv6 address', () => {
    expect(siteKey('2001:db8:1:2::1')).toBe(siteKey('2001:db8:1:ffff::9'));
    expect(siteKey('2001:db8:2::1')).not.toBe(siteKey('2001:db8:1::1'));
    expect(siteKey('192.0.2.1')).toBe('192.0.2.1');
  });

  it('know networks', () => {
    const inside = networks(['10.0.0.0/8', '2001:db8::/32', '192.0.2.1']);
    for (const address of ['10.9.9.9', '::ffff:10.1.1.1', '2001:db8:9::1', '192.0.2.1']) expect(inside(address), address).toBe(true);
    for (const address of ['11.0.0.1', '192.0.2.2', '2001:db9::1', '', 'localhost', '10.0.0.0/8']) expect(inside(address), address).toBe(false);
  });
});

describe('host names', () => {
  const accepts = (check: (host: string | undefined) => void) => (host: string | undefined) => {
    try {
      check(host);
      return true;
    } catch {
      return false;
    }
  };
  it('are the public one, and loopback with the port that is listened on', () => {
    const ok = accepts(hostGuard('https://skills.example', () => 4873));
    for (const host of ['skills.example', 'Skills.Example', 'skills.example:443', 'localhost:4873', '127.0.0.1:4873', '[::1]:4873'])
      expect(ok(host), host).toBe(true);
    for (const host of [
      undefined,
      '',
      'skills.example.',
      'skills.example:80',
      'evil.example',
      'skills.example.evil.example',
      'localhost',
      'localhost:4874',
      'x.localhost:4873',
      '127.0.0.2:4873',
      '0.0.0.0:4873',
      'skills.example@evil.example',
      'skills.example,evil.example',
    ])
      expect(ok(host), String(host)).toBe(false);
    expect(accepts(hostGuard('http://192.0.2.7:8080', () => 80))('192.0.2.7:8080')).toBe(true);
    expect(accepts(hostGuard('http://192.0.2.7:8080', () => 80))('localhost')).toBe(true);
  });

  it('that are not ours get nothing from any route', async () => {
    const server = await kit();
    for (const url of ['/whose', '/live', '/no/such', '/api/v1/whoami']) {
      const answer = await server.call('GET', url, { token: server.admin, headers: { host: 'rebound.example' } });
      expect([url, answer.status]).toEqual([url, 400]);
      expect(answer.text).toContain('https://skills.example');
    }
    const hostile = await server.call('GET', '/whose', { headers: { host: 'a\u009b2J.example' } });
    expect(hostile.text).not.toContain('\u009b');
  });
});
