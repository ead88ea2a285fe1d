/** Large bodies over a real socket: what is refused before any of it was sent, and how many may be under way at once. */
import { type ClientRequest, type IncomingMessage, request as send } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { honest, type Person } from '../gate/world.ts';
import { type Server, server } from '../server.ts';

let shop: Server;
beforeAll(async () => {
  shop = await server({ listen: true });
}, 60_000);
afterAll(() => shop.close());

const mebi = 1024 * 1024;
const open: ClientRequest[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.destroy();
});

interface Begun {
  readonly answer: Promise<IncomingMessage & { text: string }>;
  /** Ends it without its body. */
  drop(): Promise<void>;
}
/** Sends the head of a request and the first byte of its body, and no more. */
function begin(path: string, who: Person | null, type: string, length: number | 'chunked'): Begun {
  const request = send(`${shop.url}${path}`, {
    method: 'POST',
    agent: false,
    headers: {
      'content-type': type,
      ...(who === null ? {} : { authorization: `Bearer ${shop.tokens[who]}` }),
      ...(length === 'chunked' ? { 'transfer-encoding': 'chunked' } : { 'content-length': length }),
    },
  });
  open.push(request);
  const answer = new Promise<IncomingMessage & { text: string }>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Object.assign(response, { text: Buffer.concat(chunks).toString('utf8') })));
    });
  });
  answer.catch(() => {});
  request.write('{');
  return {
    answer,
    drop: () =>
      new Promise((resolve) => {
        request.once('close', () => resolve());
        request.destroy();
      }),
  };
}

const form = 'multipart/form-data; boundary=x';
const routes: readonly (readonly [string, string])[] = [
  ['/api/v1/skills/-/upload-url', 'application/json'],
  ['/api/v1/skills/-/uploads/upl_0', 'text/markdown'],
  ['/api/v1/skills', 'application/json'],
  ['/api/v1/skills', form],
  ['/api/skillward/v1/publish', form],
  ['/api/skillward/v1/import/files', form],
];

describe('who may not publish', () => {
  it.each(routes)('sends no more than the head of %s (%s)', async (path, type) => {
    for (const [who, status] of [
      [null, 401],
      ['rob', 403],
    ] as const)
      for (const length of [16 * mebi, 'chunked'] as const) {
        const { answer } = begin(path, who, type, length);
        const { statusCode, headers } = await answer;
        expect([statusCode, headers.connection], `${who} ${length}`).toEqual([status, 'close']);
      }
  });
});

describe('who may', () => {
  it.each([
    ['/api/v1/skills/-/upload-url', 'application/json', 17 * 1024],
    ['/api/v1/skills', 'application/json', 2 * mebi],
    ['/api/v1/skills', form, 21 * mebi],
    ['/api/skillward/v1/publish', form, 60 * mebi],
    ['/api/skillward/v1/import/files', form, 65 * mebi],
  ] as const)('is told at once that a body for %s (%s) is too large', async (path, type, length) => {
    expect((await begin(path, 'ann', type, length).answer).statusCode).toBe(413);
  });

  it('is told at once that bytes are not expected', async () => {
    const bytes = Buffer.alloc(100);
    const ticket = await shop.ask('/api/v1/skills/-/upload-url', {
      method: 'POST',
      as: 'ann',
      body: { path: 'a', size: bytes.length, sha256: '0'.repeat(64) },
    });
    const { uploadUrl } = ticket.json as { uploadUrl: string };
    for (const [path, who, length] of [
      ['/api/v1/skills/-/uploads/upl_0', 'ann', 100],
      [new URL(uploadUrl).pathname, 'dan', 100],
      [new URL(uploadUrl).pathname, 'ann', 101],
    ] as const)
      expect((await begin(path, who, 'text/plain', length).answer).statusCode, `${path} ${who} ${length}`).toBe(400);
  });

  it('publishes a form that is larger than any JSON', async () => {
    const data = new FormData();
    data.set('payload', JSON.stringify({ slug: 'wide', version: '1.0.0', changelog: '', displayName: 'wide', tags: [] }));
    for (const { path, bytes } of [...honest(), { path: 'data.bin', bytes: Buffer.alloc(3 * mebi) }])
      data.append('files', new Blob([new Uint8Array(bytes)]), path);
    const answer = await shop.ask('/api/v1/skills', { method: 'POST', as: 'ann', body: data });
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('wide')]);
  }, 120_000);
});

describe('what is under way at once', () => {
  const large = (who: Person): Begun => begin('/api/skillward/v1/publish', who, form, 55 * mebi);
  /** Whether it was turned away, or waits for the rest of its body. */
  const turnedAway = async ({ answer }: Begun): Promise<boolean> => {
    // The server answers in the order in which requests arrive, so what was not answered before this was let in.
    const first = await Promise.race([answer, shop.ask('/healthz').then(() => undefined)]);
    return first !== undefined;
  };
  const settled = async (one: Begun): Promise<number | undefined> => {
    for (let tries = 0; tries < 20; tries++) {
      if (await turnedAway(one)) return (await one.answer).statusCode;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return undefined;
  };

  it('is two large bodies of one user and six of all; small ones pass', async () => {
    const mine = [large('ann'), large('ann')];
    for (const one of mine) expect(await settled(one)).toBeUndefined();
    const third = await large('ann').answer;
    expect([third.statusCode, third.headers['retry-after'], third.headers.connection]).toEqual([429, '5', 'close']);
    expect(third.text).toContain('too much at once');
    const theirs = (['dan', 'bob'] as const).flatMap((who) => [large(who), large(who)]);
    for (const one of theirs) expect(await settled(one)).toBeUndefined();
    const seventh = await large('kim').answer;
    expect([seventh.statusCode, seventh.text]).toEqual([429, expect.stringContaining('Others are sending a lot')]);
    const small = { path: 'a', size: 1, sha256: '0'.repeat(64) };
    expect((await shop.ask('/api/v1/skills/-/upload-url', { method: 'POST', as: 'eve', body: small })).status).toBe(200);
    await Promise.all([...mine, ...theirs].map((one) => one.drop()));
    // One that was given up makes room.
    let again = large('kim');
    for (let tries = 0; (await settled(again)) !== undefined && tries < 50; tries++) again = large('kim');
    expect(await settled(again)).toBeUndefined();
  });
});
