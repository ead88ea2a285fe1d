/** R9 by both of its ways: over Fastify, and over the listening server's short cut. They give the same answer, to the last header. */
import { createHash } from 'node:crypto';
import { createServer, type Server as HttpServer, type IncomingHttpHeaders, request as open } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFastDownload, createRefs, unchanged } from '../../../registry/api/clawhub/download.ts';
import { readArchive } from '../../../registry/archive/index.ts';
import { createAuth } from '../../../registry/auth/authenticate.ts';
import { createDoor } from '../../../registry/auth/door.ts';
import { createLimits } from '../../../registry/auth/limits.ts';
import { createShelf } from '../../../registry/shelf/index.ts';
import { honest } from '../gate/world.ts';
import { type Server, server } from '../server.ts';

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

let shop: Server;
let fast: HttpServer;
const seen: [number, string | undefined][] = [];

beforeAll(async () => {
  shop = await server({ limits: { rate: { readIp: 1000, readKey: 1000, writeIp: 1000, writeKey: 1000, downloadIp: 3, downloadKey: 200 } } });
  await shop.publish(honest(), '1.0.0');
  const { store, config } = shop;
  const auth = createAuth({ store, config });
  const door = createDoor({ auth, limits: createLimits(config), config, port: () => (fast.address() as AddressInfo).port });
  const download = createFastDownload({
    door,
    shelf: createShelf({ store, config, keys: shop.keyring.keys }),
    publicUrl: config.publicUrl,
    done: (_request, status, actor) => seen.push([status, actor?.user?.handle]),
  });
  fast = createServer((request, response) => {
    if (!download(request, response)) response.writeHead(404).end('not a download');
  });
  await new Promise<void>((resolve) => fast.listen(0, '127.0.0.1', resolve));
}, 120_000);
afterAll(async () => {
  await new Promise((resolve) => fast.close(resolve));
  await shop.close();
});

const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> =>
  new Promise((resolve, reject) => {
    const { port } = fast.address() as AddressInfo;
    open({ port, host: '127.0.0.1', path, method, agent: false, headers: { host: 'skills.example', ...headers } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) }));
    })
      .on('error', reject)
      .end();
  });
const as = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const path = '/api/v1/download?slug=notes&version=1.0.0&ownerHandle=ann';

it('remembers no address that is longer than any client sends, and not too many of the others', () => {
  const { refOf, size } = createRefs();
  expect(refOf(`${path}&j=${'x'.repeat(15_000)}`)).toEqual({ slug: 'notes', version: '1.0.0', owner: 'ann' });
  expect(size()).toBe(0);
  for (let count = 0; count < 25_000; count++) refOf(`${path}&j=${count}`);
  expect(size()).toBeGreaterThan(0);
  expect(size()).toBeLessThanOrEqual(10_000);
});

describe('R9', () => {
  it('gives the canonical archive with its digest in every form, the same by both ways', async () => {
    const long = await shop.ask(path);
    const short = await get(path, as(shop.tokens.rob));
    const digest = createHash('sha256').update(long.body).digest();
    expect(long.status).toBe(200);
    expect(long.headers).toMatchObject({
      'content-type': 'application/zip',
      'content-length': String(long.body.length),
      'content-disposition': 'attachment; filename="notes-1.0.0.zip"',
      etag: `"${digest.toString('hex')}"`,
      digest: `sha-256=${digest.toString('base64')}`,
      'repr-digest': `sha-256=:${digest.toString('base64')}:`,
      'cache-control': 'private, no-cache',
      'x-content-type-options': 'nosniff',
    });
    expect(digest.toString('hex')).toBe((await shop.row()).archive_sha256);
    expect(short.status).toBe(200);
    expect(short.body.equals(long.body)).toBe(true);
    for (const name of [
      'content-type',
      'content-length',
      'content-disposition',
      'etag',
      'digest',
      'repr-digest',
      'cache-control',
      'x-content-type-options',
      'ratelimit-limit',
    ])
      expect(short.headers[name], name).toBe(long.headers[name]);
    expect((await readArchive(short.body)).map((file) => file.path)).toEqual(['SKILL.md']);
  });

  it('is the same bytes, ETag and digest each time', async () => {
    const answers = await Promise.all([
      get(path, as(shop.tokens.rob)),
      get(path, as(shop.tokens.ann)),
      get('/api/v1/download?slug=%40ann%2Fnotes', as(shop.tokens.kim)),
    ]);
    expect(new Set(answers.map((one) => `${one.headers.etag} ${one.headers['digest']} ${one.body.toString('base64')}`)).size).toBe(1);
  });

  it('answers 304 to who has it already, and HEAD without a body', async () => {
    const { headers, body } = await get(path, as(shop.tokens.rob));
    for (const tag of [headers.etag!, `W/${headers.etag}`, `"x", ${headers.etag}`, '*']) {
      const same = await get(path, { ...as(shop.tokens.rob), 'if-none-match': tag });
      expect([same.status, same.body.length, same.headers.etag]).toEqual([304, 0, headers.etag]);
      expect((await shop.ask(path, { headers: { 'if-none-match': tag } })).status).toBe(304);
    }
    expect((await get(path, { ...as(shop.tokens.rob), 'if-none-match': '"other"' })).status).toBe(200);
    const head = await get(path, as(shop.tokens.rob), 'HEAD');
    expect([head.status, head.body.length, head.headers['content-length']]).toEqual([200, 0, String(body.length)]);
  });

  it('passes the same door: token, Host, rate', async () => {
    const refused = async (headers: Record<string, string>, wanted: number, text: RegExp, target = path): Promise<Got> => {
      const answer = await get(target, headers);
      expect([answer.status, answer.headers['content-type']]).toEqual([wanted, 'text/plain; charset=utf-8']);
      expect(answer.body.toString()).toMatch(text);
      return answer;
    };
    await refused({}, 401, /^Unauthorized$/);
    await refused(as('skw_wrong'), 401, /^Unauthorized$/);
    await refused({ ...as(shop.tokens.rob), host: 'evil.example' }, 400, /answers for/);
    await refused(as(await shop.token('rob', { namespaces: ['dan'] })), 404, /^Skill not found$/);
    await refused(as(shop.tokens.rob), 404, /^Version not found$/, '/api/v1/download?slug=notes&version=9.9.9');
    await refused(as(shop.tokens.rob), 400, /slug/, '/api/v1/download?version=1.0.0');
    await refused(as(shop.tokens.rob), 400, /slug/, '/api/v1/download?slug=notes&slug=other');
    await refused(as(shop.tokens.rob), 404, /^Skill not found$/, '/api/v1/download?slug=..%2F..%2Fetc');
    const busy = await shop.token('dan');
    let last: Got | undefined;
    for (let count = 0; count < 201; count++) last = await get(path, as(busy));
    expect(last!.status).toBe(429);
    expect(last!.body.toString()).toMatch(/^Too many requests/);
    expect(Number(last!.headers['retry-after'])).toBeGreaterThan(0);
    expect(last!.headers).toMatchObject({ 'ratelimit-remaining': '0', 'x-ratelimit-limit': '200' });
    // Strangers behind the same address have a count of their own, which is used up by now or not, whatever others do.
    expect((await get(path, as(shop.tokens.rob))).status).toBe(200);
  });

  it('leaves every other request alone, and tells of each answer', async () => {
    for (const [method, target] of [
      ['POST', path],
      ['GET', '/api/v1/downloads?slug=notes'],
      ['GET', '/api/v1/skills'],
      ['GET', '/'],
    ] as const)
      expect((await get(target, as(shop.tokens.rob), method)).body.toString()).toBe('not a download');
    seen.length = 0;
    await get(path, as(shop.tokens.rob));
    await get('/api/v1/download?slug=none', as(shop.tokens.ann));
    expect(seen).toEqual([
      [200, 'rob'],
      [404, 'ann'],
    ]);
  });

  it('reads If-None-Match as RFC 9110 does', () => {
    expect(unchanged(undefined, '"a"')).toBe(false);
    expect(unchanged('"b" , W/"a"', '"a"')).toBe(true);
    expect(unchanged('a', '"a"')).toBe(false);
    expect(unchanged('"ab"', '"a"')).toBe(false);
    expect(unchanged(Array(100).fill('"x"').join(','), '"a"')).toBe(false);
  });
});

describe('an ambiguous name', () => {
  it('is the one error that clawhub lays out itself, by every way', async () => {
    const two = await server({ policy: { slugs: 'per-owner' } });
    try {
      await two.publish(honest('one'), '1.0.0', { slug: 'shared' });
      await two.publish(honest('two'), '1.0.0', { slug: 'shared' }, 'dan');
      for (const target of [
        '/api/v1/skills/shared',
        '/api/v1/download?slug=shared&version=1.0.0',
        `/api/v1/resolve?slug=shared&hash=${'0'.repeat(64)}`,
      ]) {
        const answer = await two.ask(target);
        expect(answer.status).toBe(409);
        expect(answer.json).toEqual({
          code: 'AMBIGUOUS_SKILL_SLUG',
          message: expect.stringContaining('@ann/shared, @dan/shared'),
          slug: 'shared',
          matches: [
            { ownerHandle: 'ann', slug: 'shared', ref: '@ann/shared', url: 'https://skills.example/skills/@ann/shared' },
            { ownerHandle: 'dan', slug: 'shared', ref: '@dan/shared', url: 'https://skills.example/skills/@dan/shared' },
          ],
        });
      }
      // OpenClaw reads this route's refusals as its own kind of JSON.
      expect((await two.ask('/api/v1/skills/shared/install')).json).toMatchObject({ ok: false, status: 409 });
      // Whoever may read only one of them has no choice to make.
      const limited = await two.token('rob', { namespaces: ['dan'] });
      expect((await two.ask('/api/v1/skills/shared', { token: limited })).json).toMatchObject({ owner: { handle: 'dan' } });
      // The common index names neither, the owners' own do.
      expect((await two.ask('/.well-known/agent-skills/index.json')).json).toMatchObject({ skills: [] });
      expect((await two.ask('/@dan/.well-known/agent-skills/index.json')).json).toMatchObject({ skills: [{ name: 'shared' }] });
      // Deleting without the owner is as ambiguous.
      expect((await two.ask('/api/v1/skills/shared', { method: 'DELETE', as: 'kim' })).json).toMatchObject({
        code: 'AMBIGUOUS_SKILL_SLUG',
        matches: [{ ownerHandle: 'ann' }, { ownerHandle: 'dan' }],
      });
    } finally {
      await two.close();
    }
  }, 120_000);
});
