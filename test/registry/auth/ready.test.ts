/** Health checks, which anybody may ask as often as they like: what they cost, and how soon they tell. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { ops } from '../../../registry/api/ops.ts';
import { defaultKey } from '../../../registry/signer/process.ts';
import { openStore } from '../../../registry/store/index.ts';
import { honest } from '../gate/world.ts';
import { server } from '../server.ts';

const undo: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

it('asks store and signer once a second, whoever asks, and tells the change after that second', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'skillward-ready-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const store = await openStore(folder);
  undo.push(() => store.close());
  let asked = 0;
  let there = true;
  let now = 1_000_000;
  const app = fastify();
  undo.push(() => app.close());
  await app.register(ops, {
    store,
    now: () => now,
    signer: async () => {
      asked++;
      if (!there) throw new Error('gone');
      return true;
    },
  });
  const ready = async () => {
    const answer = await app.inject('/readyz');
    return [answer.statusCode, answer.json().signer];
  };
  const answers = await Promise.all(Array.from({ length: 20 }, ready));
  expect(answers).toEqual(Array.from({ length: 20 }, () => [200, 'ok']));
  expect(asked).toBe(1);
  there = false;
  now += 999;
  expect(await ready()).toEqual([200, 'ok']);
  now += 1;
  expect(await ready()).toEqual([503, 'failed']);
  expect((await app.inject('/readyz')).json()).toEqual({ status: 'failed', store: 'ok', signer: 'failed' });
  expect(asked).toBe(2);
  there = true;
  now += 1000;
  expect(await ready()).toEqual([200, 'ok']);
});

it('tells of a signer whose key nobody trusts, while reading goes on', async () => {
  let ahead = 0;
  const w = await server({ now: () => Date.now() + ahead });
  undo.push(() => w.close());
  expect(await w.state(honest())).toBe('served');
  expect(await w.ask('/readyz')).toMatchObject({ status: 200, json: { status: 'ok', store: 'ok', signer: 'ok' } });
  await w.stopSigner();
  rmSync(defaultKey(w.folder));
  await w.startSigner();
  ahead = 1000;
  expect(await w.ask('/readyz')).toMatchObject({ status: 503, json: { status: 'failed', store: 'ok', signer: 'untrusted' } });
  expect((await w.ask('/api/v1/download?slug=notes&version=1.0.0')).status).toBe(200);
});
