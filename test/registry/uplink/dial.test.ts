/** One upstream, asked carefully: real sockets, a resolver that lies, redirects, floods and silence. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RegistryError } from '../../../registry/errors.ts';
import { allowedUpstream, upstreamsOf } from '../../../registry/uplink/address.ts';
import { type Dial, type DialOptions, dial, type Lookup } from '../../../registry/uplink/dial.ts';
import { startUpstream, type Upstream } from './upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.close());
beforeEach(() => {
  upstream.misbehave = undefined;
  upstream.asked.length = 0;
});

const open = (address: string, allow: readonly string[], options: DialOptions = {}): Dial => {
  const { url, upstream: entry } = allowedUpstream(address, upstreamsOf(allow));
  return dial(entry, url, options);
};
const here = (options: DialOptions = {}): Dial => open(upstream.url, [upstream.url], options);
/** A resolver that gives these answers, one after the other. */
const resolver = (...answers: readonly string[][]): Lookup & { asked: number } => {
  const lookup = ((_name, _options, callback) => {
    const list = answers[Math.min(lookup.asked++, answers.length - 1)]!;
    callback(
      null,
      list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as Lookup & { asked: number };
  lookup.asked = 0;
  return lookup;
};
async function refusal(asked: Promise<unknown>): Promise<RegistryError> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof RegistryError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}
const get = (line: Dial, most = 1000): Promise<Buffer> => line.get({ path: 'api/v1/skills/notes', most }).finally(() => line.close());

describe('names', () => {
  const name = (): string => `http://skills.example:${upstream.port}`;

  test.each([
    ['this machine', [['127.0.0.1']]],
    ['this machine in IPv6', [['::1']]],
    ['this machine as a mapped address', [['::ffff:127.0.0.1']]],
    ['the own network', [['192.168.7.7']]],
    ['the metadata service', [['169.254.169.254']]],
    ['a good address and a bad one', [['1.1.1.1', '127.0.0.1']]],
    ['nothing', [[]]],
  ])('that resolve to %s are not asked', async (_, answers) => {
    const lookup = resolver(...answers);
    const error = await refusal(get(open(name(), [name()], { lookup })));
    expect(['forbidden', 'unavailable']).toContain(error.code);
    expect(lookup.asked).toBeGreaterThan(0);
    expect(upstream.asked).toEqual([]);
  });

  test('of the own network are asked if the settings say so', async () => {
    upstream.misbehave = (_, response) => {
      response.end('{"ok":true}');
      return true;
    };
    const answer = await get(open(name(), [`private+${name()}`], { lookup: resolver(['127.0.0.1']) }));
    expect(answer.toString()).toBe('{"ok":true}');
    expect(upstream.asked[0]?.headers.host).toBe(`skills.example:${upstream.port}`);
  });

  test('are judged again for each connection: a name that turns inward later is not followed', async () => {
    upstream.misbehave = (_, response) => {
      response.writeHead(200, { connection: 'close' }).end('{"ok":true}');
      return true;
    };
    const line = open(name(), [`private+${name()}`], { lookup: resolver(['127.0.0.1'], ['169.254.169.254']) });
    await line.get({ path: 'a', most: 100 });
    expect((await refusal(line.get({ path: 'b', most: 100 }))).code).toBe('forbidden');
    await line.close();
    expect(upstream.asked.map(({ path }) => path)).toEqual(['/a']);
  });
});

describe('redirects', () => {
  const to = (location: string) => {
    upstream.misbehave = (request, response) => {
      if (request.url === '/moved') return false;
      response.writeHead(302, { location }).end();
      return true;
    };
  };
  test.each([
    'http://127.0.0.1:1/',
    'https://evil.example/',
    '//evil.example/x',
    'http://localhost:80/',
    'file:///etc/passwd',
    'http://169.254.169.254/',
    'http://user:pass@127.0.0.1/',
  ])('to %s are not followed', async (location) => {
    to(location);
    expect((await refusal(get(here()))).message).toContain('sends us to');
    expect(upstream.asked).toHaveLength(1);
  });
  test('in circles end', async () => {
    to('/again');
    expect((await refusal(get(here()))).message).toContain('circles');
    expect(upstream.asked.length).toBeLessThan(6);
  });
  test('within the upstream are followed', async () => {
    upstream.misbehave = (request, response) => {
      if (request.url === '/moved') response.end('here');
      else response.writeHead(301, { location: '/moved' }).end();
      return true;
    };
    expect((await get(here())).toString()).toBe('here');
  });
});

describe('answers', () => {
  const always = (status: number, body: string | Buffer, headers: Record<string, string> = {}) => {
    upstream.misbehave = (_, response) => {
      response.writeHead(status, headers).end(body);
      return true;
    };
  };

  test('that do not end are cut off, whatever length they claim', async () => {
    let sent = 0;
    upstream.misbehave = (_, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024))) sent += 64 * 1024;
      };
      response.on('drain', more);
      more();
      return true;
    };
    expect((await refusal(get(here(), 100_000))).code).toBe('too-large');
    expect(sent).toBeLessThan(50 * 1024 * 1024);
  });

  test('that trickle are given up', async () => {
    upstream.misbehave = (_, response) => {
      response.writeHead(200).write('{');
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
      return true;
    };
    const error = await refusal(get(here({ timeoutMs: 300 }), 1_000_000));
    expect(error.code).toBe('unavailable');
    expect(error.message).toContain('in time');
  });

  test('that never come are given up', async () => {
    upstream.misbehave = () => true;
    expect((await refusal(get(here({ timeoutMs: 200 })))).message).toContain('in time');
  });

  test('that are compressed are refused: a small one may be endless', async () => {
    always(200, gzipSync(Buffer.alloc(10_000_000)), { 'content-encoding': 'gzip' });
    expect((await refusal(get(here(), 100_000))).message).toContain('compressed');
    expect(upstream.asked[0]?.headers['accept-encoding']).toBe('identity');
  });

  test.each([
    [404, 'not-found'],
    [410, 'withdrawn'],
    [401, 'forbidden'],
    [403, 'forbidden'],
    [409, 'ambiguous'],
    [500, 'unavailable'],
    [418, 'unavailable'],
  ])('of status %i are %s, in the words of the upstream made safe', async (status, code) => {
    always(status, 'No \u001b[31msuch\u202e thing');
    const error = await refusal(get(here()));
    expect(error.code).toBe(code);
    expect(error.message).toContain('No \\u{1b}[31msuch\\u{202e} thing');
  });

  test('of an upstream that is busy are asked for again', async () => {
    let left = 2;
    upstream.misbehave = (_, response) => {
      if (left-- > 0) response.writeHead(503, { 'retry-after': '0' }).end();
      else response.end('now');
      return true;
    };
    expect((await get(here())).toString()).toBe('now');
  });

  test('of an upstream that asks for an hour of patience are not waited for', async () => {
    always(429, 'later', { 'retry-after': '3600' });
    expect((await refusal(get(here()))).code).toBe('unavailable');
    expect(upstream.asked).toHaveLength(1);
  });

  test('that break off are no answers', async () => {
    upstream.misbehave = (_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('half');
      setTimeout(() => response.destroy(), 20);
      return true;
    };
    expect((await refusal(get(here()))).code).toBe('unavailable');
  });
});

describe('what is sent', () => {
  test('is our name and the token of this upstream, and nothing of ours', async () => {
    upstream.misbehave = (_, response) => {
      response.end('{}');
      return true;
    };
    await get(here());
    await get(here({ token: 'token-of-theirs' }));
    const [first, second] = upstream.asked;
    expect(first?.headers.authorization).toBeUndefined();
    expect(second?.headers.authorization).toBe('Bearer token-of-theirs');
    expect(first?.headers['user-agent']).toMatch(/^skillward\//);
    expect(Object.keys(first?.headers ?? {}).sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent']);
  });
});
