/** The HTTP client against a real server that misbehaves: where the token goes, what is repeated, where it stops. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClientError } from '../../../registry/client/errors.ts';
import { baseOf, createHttp } from '../../../registry/client/http.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
interface Local {
  readonly base: string;
  readonly seen: { readonly url: string; readonly method: string; readonly authorization: string | undefined }[];
  handler: Handler;
}
const servers: Server[] = [];
async function local(handler: Handler = (_, response) => response.end('{}')): Promise<Local> {
  const own: Local = { base: '', seen: [], handler };
  const server = createServer((request, response) => {
    own.seen.push({ url: request.url!, method: request.method!, authorization: request.headers.authorization });
    own.handler(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(own, { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const token = 'skw_made-up-for-a-test';
const failure = (work: Promise<unknown>): Promise<ClientError> =>
  work.then(
    () => {
      throw new Error('expected a refusal');
    },
    (error: ClientError) => error,
  );

describe('the token', () => {
  it('goes to the registry and not along a redirect to another origin', async () => {
    const other = await local();
    const registry = await local((_, response) => response.writeHead(302, { location: `${other.base}/elsewhere` }).end());
    const error = await failure(createHttp({ base: registry.base, token }).json('GET', '/api'));
    expect(error.code).toBe('redirect-refused');
    expect(registry.seen[0]!.authorization).toBe(`Bearer ${token}`);
    expect(other.seen).toEqual([]);
  });

  it('is not sent in the clear to another machine unless that is allowed', () => {
    expect(() => createHttp({ base: 'http://skills.example', token })).toThrow(/not encrypted/);
    expect(() => createHttp({ base: 'http://skills.example', token, allowHttp: true })).not.toThrow();
    expect(() => createHttp({ base: 'http://127.0.0.1.evil.example', token })).toThrow(/not encrypted/);
    expect(() => createHttp({ base: 'http://skills.example' })).not.toThrow();
  });

  it('never stands in an address', () => {
    expect(() => baseOf(`https://user:${token}@skills.example`)).toThrow(/password/);
  });
});

describe('requests', () => {
  let registry: Local;
  beforeEach(async () => {
    registry = await local();
  });

  it('follow redirects within the origin, for reading only', async () => {
    registry.handler = (request, response) =>
      request.url === '/old' ? response.writeHead(301, { location: '/new' }).end() : response.end('{"ok":true}');
    const http = createHttp({ base: registry.base });
    expect(await http.json('GET', '/old')).toEqual({ ok: true });
    expect((await failure(http.json('POST', '/old', { body: {} }))).code).toBe('redirect-refused');
    registry.handler = (_, response) => response.writeHead(302, { location: '/again' }).end();
    expect((await failure(http.json('GET', '/again'))).code).toBe('redirect-refused');
  });

  it('are repeated after 429 as long as Retry-After says, whatever the method', async () => {
    let left = 1;
    registry.handler = (_, response) => (left-- > 0 ? response.writeHead(429, { 'retry-after': '0' }).end('slow down') : response.end('{"ok":true}'));
    expect(await createHttp({ base: registry.base }).json('POST', '/decide', { body: {} })).toEqual({ ok: true });
    expect(registry.seen).toHaveLength(2);
  });

  it('are repeated after 5xx only if repeating is harmless', async () => {
    registry.handler = (_, response) => response.writeHead(503, { 'retry-after': '0' }).end('The signer is away.');
    const http = createHttp({ base: registry.base });
    const error = await failure(http.json('POST', '/decide', { body: {} }));
    expect(error).toMatchObject({ code: 'server', status: 503, message: 'The signer is away.' });
    expect(registry.seen).toHaveLength(1);
    expect((await failure(http.json('GET', '/read'))).code).toBe('server');
    expect(registry.seen).toHaveLength(4);
  });

  it('give up at once when the server wants a longer wait than a person has', async () => {
    registry.handler = (_, response) => response.writeHead(429, { 'retry-after': '3600' }).end('Too many.');
    const error = await failure(createHttp({ base: registry.base }).json('GET', '/'));
    expect(error).toMatchObject({ code: 'rate-limited', exit: 2 });
    expect(error.message).toContain('3600');
  });

  it('end at the limit of bytes, even of an endless answer', async () => {
    registry.handler = (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    expect((await failure(createHttp({ base: registry.base }).bytes('GET', '/', { most: 1_000_000 }))).code).toBe('too-large');
  });

  it('end at the limit of time, also in the middle of an answer', async () => {
    registry.handler = (_, response) => void response.writeHead(200).write('{');
    expect((await failure(createHttp({ base: registry.base, timeoutMs: 200 }).json('GET', '/'))).code).toBe('timeout');
  });

  it('say what the server said: our JSON, its plain text, never a page', async () => {
    const http = createHttp({ base: registry.base });
    const cases: [number, string, string, Partial<ClientError>][] = [
      [
        422,
        'application/json',
        '{"schema":"skillward.error.v1","code":"refused","message":"EXE-003 at SKILL.md:18"}',
        { code: 'refused', exit: 1, message: 'EXE-003 at SKILL.md:18' },
      ],
      [404, 'text/plain', 'Skill not found', { code: 'not-found', message: 'Skill not found' }],
      [423, 'text/plain', 'Waits for a review.', { code: 'held', exit: 3 }],
      [410, 'text/plain', 'Withdrawn.', { code: 'withdrawn', exit: 1 }],
      [502, 'text/html', '<!doctype html><title>proxy</title>', { code: 'server' }],
    ];
    for (const [status, type, body, expected] of cases) {
      registry.handler = (_, response) => response.writeHead(status, { 'content-type': type }).end(body);
      const error = await failure(http.json('POST', '/', { body: {} }));
      expect(error).toMatchObject(expected);
      expect(error.message).not.toContain('<');
    }
  });

  it('name the registry when nobody answers', async () => {
    const error = await failure(createHttp({ base: 'http://127.0.0.1:9' }).json('POST', '/', { body: {} }));
    expect(error).toMatchObject({ code: 'network', exit: 2 });
    expect(error.message).toContain('http://127.0.0.1:9');
  });

  it('read lines of a long answer as they come, and notice one that was cut off', async () => {
    const lines: string[] = [];
    registry.handler = (_, response) => response.end('one\ntwo\n');
    await createHttp({ base: registry.base }).lines('/log', { after: 3 }, (line) => void lines.push(line));
    expect(lines).toEqual(['one', 'two']);
    expect(registry.seen[0]!.url).toBe('/log?after=3');
    registry.handler = (_, response) => response.end('one\ntw');
    expect((await failure(createHttp({ base: registry.base }).lines('/log', {}, () => {}))).code).toBe('network');
  });
});
