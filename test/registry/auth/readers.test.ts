/** What changes for readers, on the whole server, when a namespace is opened or closed and when a membership that ended is put back into the database. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { honest, type Person } from '../gate/world.ts';
import { type Server, server } from '../server.ts';

let shop: Server;
beforeAll(async () => {
  shop = await server();
}, 120_000);
afterAll(() => shop.close());

const visibility = async (to: string): Promise<void> => {
  const answer = await shop.ask('/api/skillward/v1/namespaces/ann/visibility', { method: 'PUT', as: 'ann', body: { visibility: to } });
  expect([answer.status, answer.text.includes(to)]).toEqual([200, true]);
};
const found = async (as: Person | null): Promise<string[]> => {
  const answer = await shop.ask('/api/v1/search?q=transcript', { as });
  expect(answer.status).toBe(200);
  return (answer.json as { results: { slug: string }[] }).results.map((one) => one.slug);
};

it('a skill that was published in a closed namespace is found by its words as soon as that is opened, and no longer once it is closed', async () => {
  await visibility('private');
  await shop.publish(honest(), '1.0.0');
  expect([await found('rob'), await found('ann')]).toEqual([[], ['notes']]);
  await visibility('internal');
  expect([await found('rob'), await found('ann')]).toEqual([['notes'], ['notes']]);
  await visibility('private');
  expect([await found('rob'), await found('ann')]).toEqual([[], ['notes']]);
}, 120_000);

it('a membership that ended gives nothing back when its row is, and the operator is told', async () => {
  const member = (method: 'PUT' | 'DELETE') =>
    shop.ask('/api/skillward/v1/namespaces/ann/members/rob', { method, as: 'ann', ...(method === 'PUT' ? { body: { role: 'reader' } } : {}) });
  const download = async () => (await shop.ask('/api/v1/download?slug=notes&version=1.0.0')).status;
  expect(await download()).toBe(404);
  await member('PUT');
  expect(await download()).toBe(200);
  const around = new Database(join(shop.folder, 'registry.db'));
  const id = `%:${shop.as.rob.user!.id}`;
  const old = around.prepare('select * from members where id like ?').get(id) as Record<string, unknown>;
  await member('DELETE');
  expect(await download()).toBe(404);
  around.prepare(`insert into members (${Object.keys(old).join()}) values (${Object.keys(old).map((name) => `@${name}`)})`).run(old);
  around.close();
  expect(await download()).toBe(503);
  expect((await shop.ask('/api/skillward/v1/namespaces/ann')).status).toBe(503);
  await expect.poll(async () => (await shop.events('alarm.tampered')).map((event) => event.data['table'])).toContain('members');
  const alarms = (await shop.events('alarm.tampered')).map((event) => event.subject);
  expect(alarms).toContain(`members/${old['id']}`);
  // Others read on.
  expect((await shop.ask('/api/v1/download?slug=notes&version=1.0.0', { as: 'ann' })).status).toBe(200);
  expect((await member('DELETE')).status).toBe(204);
  expect(await download()).toBe(404);
}, 60_000);
