import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { appendEvent } from '../../../registry/store/events.ts';
import { doubtful, honest, type World, world } from './world.ts';

// Real scans in processes of their own, on whatever machine.
vi.setConfig({ testTimeout: 180_000 });

interface Got {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** A receiver that answers as it is told. */
async function receiver(
  answer: (count: number) => number | { readonly location: string },
): Promise<{ readonly url: string; readonly got: Got[]; readonly server: Server }> {
  const got: Got[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      got.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      const said = answer(got.length);
      if (typeof said === 'number') response.writeHead(said).end();
      else response.writeHead(302, said).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => new Promise((resolve) => server.close(resolve)) });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/of-a-secret-path`, got, server };
}
const secret = ['made', 'up', 'for', 'this'].join('-');
const hooked = async (url: string, events: readonly string[] = []): Promise<World> => {
  const w = await world({ config: { webhooks: [{ url, secret, events }] } });
  open.push(w);
  return w;
};

test('tells of each decision, signed, without addresses or tokens', async () => {
  const { url, got } = await receiver(() => 204);
  const w = await hooked(url);
  await w.publish(doubtful());
  await expect.poll(() => got.length, { timeout: 90_000 }).toBe(1);
  await w.gate.approve({ ...w.as.bob, tokenId: 'tok_0123456789' }, { owner: 'ann', slug: 'notes', version: '1.0.0' }, { reason: 'Wanted.' });
  await w.settled();
  // They may overtake one another.
  await expect
    .poll(() => got.map((one) => one.headers['skillward-event']).sort(), { timeout: 90_000 })
    .toEqual(['version.approved', 'version.held', 'version.served']);
  for (const { headers, body } of got) {
    const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['skillward-signature']))!;
    expect(createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')).toBe(v1);
    expect(JSON.parse(body)).toMatchObject({
      schema: 'skillward.webhook.v1',
      registry: 'skills.example',
      delivery: headers['skillward-delivery'],
      event: { subject: '@ann/notes@1.0.0' },
    });
    expect(body).not.toContain('192.0.2.1');
    expect(body).not.toContain('tok_0123456789');
  }
  const approved = got.find((one) => one.headers['skillward-event'] === 'version.approved')!;
  expect(JSON.parse(approved.body).event).toMatchObject({ actor: { handle: 'bob' }, reason: 'Wanted.' });
});

test('only what it asked for', async () => {
  const { url, got } = await receiver(() => 200);
  const w = await hooked(url, ['version.yanked']);
  await w.publish(honest());
  await w.gate.yank(w.as.ann, { slug: 'notes', version: '1.0.0' }, 'Wrong file.');
  await expect.poll(() => got.map((one) => one.headers['skillward-event']), { timeout: 90_000 }).toEqual(['version.yanked']);
});

test('alarms of every part are told, and nothing of what happened before there was a webhook', async () => {
  const { url, got } = await receiver(() => 200);
  const folder = mkdtempSync(join(tmpdir(), 'skillward-gate-'));
  open.push({ close: async () => rmSync(folder, { recursive: true, force: true }) });
  const before = await world({ folder });
  await before.publish(honest());
  await before.close();
  const w = await world({ folder, config: { webhooks: [{ url, secret, events: [] }] } });
  open.push(w);
  await w.store.write((tx) =>
    appendEvent(tx, { type: 'alarm.tampered', actor: { via: 'system' }, subject: '@ann/notes@1.0.0', reason: 'It has changed.' }, Date.now()),
  );
  await expect.poll(() => got.map((one) => one.headers['skillward-event']), { timeout: 90_000 }).toEqual(['alarm.tampered']);
});

test('tries again under the same delivery id, follows no redirect, gives up after eight times and says so', async () => {
  const elsewhere = await receiver(() => 200);
  const { url, got } = await receiver((count) => (count % 2 === 0 ? 500 : { location: elsewhere.url }));
  const w = await hooked(url, ['version.served']);
  await w.publish(honest());
  await expect
    .poll(
      async () => {
        // To the time of the next attempt, but not past the lease of one that runs.
        const waiting = await w.store.db
          .selectFrom('jobs')
          .select('run_at')
          .where('kind', '=', 'webhook')
          .where('done_at', 'is', null)
          .where('lease_until', 'is', null)
          .executeTakeFirst();
        if (waiting !== undefined) w.ahead = Math.max(w.ahead, waiting.run_at - Date.now());
        return (await w.events('webhook.given-up')).length;
      },
      { timeout: 90_000 },
    )
    .toBe(1);
  expect(got).toHaveLength(8);
  expect(new Set(got.map((one) => one.headers['skillward-delivery'])).size).toBe(1);
  expect(elsewhere.got).toEqual([]);
  // The address may be a secret; the log names the host only.
  expect(JSON.stringify(await w.events('webhook.given-up'))).not.toContain('of-a-secret-path');
});

test('a receiver that is not there holds nothing up', async () => {
  const { url, server } = await receiver(() => 200);
  await new Promise((resolve) => server.close(resolve));
  const w = await hooked(url);
  expect((await w.publish(honest())).state).toBe('served');
});
