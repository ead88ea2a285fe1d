/** What waits, page by page: complete, in order, and no more read than is shown. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Queue, QueueQuery } from '../../../registry/gate/contract.ts';
import { type Server, server } from '../server.ts';
import type { Person } from './world.ts';
import { doubtful, malicious } from './world.ts';

vi.setConfig({ testTimeout: 180_000 });

const versions = Array.from({ length: 12 }, (_, at) => `1.0.${at}`);
let w: Server;
beforeAll(async () => {
  w = await server({ policy: { approval: { approvers: 2, block: 'break-glass' } } });
  for (const version of versions) expect(await w.state(doubtful(), version)).toBe('held');
  expect((await w.publish(doubtful(), '1.0.0', { slug: 'other' }, 'bob')).state).toBe('held');
  expect(await w.state(malicious(), '1.0.0', { slug: 'blocked' })).toBe('held');
}, 180_000);
afterAll(() => w.close());

const names = (items: Queue['mine']): string[] => items.map((item) => `${item.slug}@${item.version}`);
const all = (slug = 'notes'): string[] => versions.map((version) => `${slug}@${version}`);

/** Every page of one list. */
async function pages(who: Person, list: 'forMe' | 'mine', query: QueueQuery): Promise<string[][]> {
  const found: string[][] = [];
  const other = list === 'mine' ? 'forMe' : 'mine';
  for (let after: string | null | undefined; after !== null; ) {
    const page: Queue = await w.gate.queue(w.as[who], { ...query, [list]: after, [other]: null });
    expect(page[other]).toEqual([]);
    found.push(names(page[list]));
    after = page.next[list];
  }
  return found;
}

describe('the queue', () => {
  test('comes oldest first, in pages of the asked size, each item once', async () => {
    for (const limit of [1, 5, 14, 200]) {
      const mine = await pages('ann', 'mine', { limit });
      expect(mine.flat()).toEqual([...all(), 'blocked@1.0.0']);
      expect(mine.every((page, at) => page.length === limit || at === mine.length - 1)).toBe(true);
      expect((await pages('eve', 'forMe', { limit })).flat()).toEqual([...all(), 'other@1.0.0', 'blocked@1.0.0']);
    }
    expect(names((await w.gate.queue(w.as.bob)).forMe)).not.toContain('other@1.0.0');
    expect(await w.gate.queue(w.as.rob)).toEqual({ forMe: [], mine: [], next: { forMe: null, mine: null } });
  });

  test('leaves out what the actor has approved, but not what still lacks a break-glass', async () => {
    await w.gate.approve(w.as.eve, { owner: 'ann', slug: 'notes', version: '1.0.3' }, { reason: 'Looked at it.' });
    await w.gate.approve(w.as.eve, { owner: 'ann', slug: 'blocked', version: '1.0.0' }, { reason: 'Looked at it.' });
    expect((await pages('eve', 'forMe', { limit: 4 })).flat()).toEqual([
      ...all().filter((one) => one !== 'notes@1.0.3'),
      'other@1.0.0',
      'blocked@1.0.0',
    ]);
    expect((await pages('kim', 'forMe', { limit: 200 })).flat()).toContain('notes@1.0.3');
  });

  test('can be asked about one skill', async () => {
    expect((await pages('kim', 'forMe', { name: { slug: 'other' } })).flat()).toEqual(['other@1.0.0']);
    expect((await pages('kim', 'forMe', { name: { owner: 'ann', slug: 'other' } })).flat()).toEqual([]);
    // Why something is not given out yet, for its publisher alone.
    const moderation = (who: Person) => w.ask('/api/v1/skills/blocked/moderation', { as: who });
    expect((await moderation('ann')).json).toMatchObject({ moderation: { verdict: 'malicious', reasonCodes: ['skillward.held'] } });
    expect((await moderation('dan')).status).toBe(404);
  });

  test('takes its own cursors only', async () => {
    for (const bad of ['', 'x', '1', '1.', "1.'", '-1.ver_0', `${'9'.repeat(16)}.ver_0`])
      await expect(w.gate.queue(w.as.ann, { mine: bad }), bad).rejects.toMatchObject({ code: 'bad-input' });
    expect((await w.ask('/api/skillward/v1/queue?mine=x', { as: 'ann' })).status).toBe(400);
    expect((await w.ask('/api/skillward/v1/queue?limit=201', { as: 'ann' })).status).toBe(400);
  });

  test('goes on over HTTP with the list that goes on', async () => {
    const first = (await w.ask('/api/skillward/v1/queue?limit=10', { as: 'ann' })).json as Queue;
    expect([first.mine.length, first.next.forMe]).toEqual([10, null]);
    const second = (await w.ask(`/api/skillward/v1/queue?limit=10&mine=${first.next.mine}`, { as: 'ann' })).json as Queue;
    expect([...first.mine, ...second.mine].map((item) => item.slug)).toEqual([...Array(12).fill('notes'), 'blocked']);
    expect(second).toMatchObject({ forMe: [], next: { forMe: null, mine: null } });
  });

  test('reads no more versions than it shows, and none for who has none', async () => {
    const sealed = vi.spyOn(w.store, 'sealed');
    const read = (): number => sealed.mock.calls.filter(([table]) => table === 'versions').length;
    try {
      await w.gate.queue(w.as.rob);
      await w.gate.queue(w.as.dan);
      expect(read()).toBe(0);
      await w.gate.queue(w.as.kim, { limit: 3 });
      expect(read()).toBe(3);
    } finally {
      sealed.mockRestore();
    }
  });

  test('shows the others when one of them was changed from outside, and tells of it', async () => {
    const { id } = await w.row('1.0.5');
    await w.store.write((tx) => tx.updateTable('versions').set({ changelog: 'Better.' }).where('id', '=', id).execute());
    expect((await pages('ann', 'mine', { limit: 4 })).flat()).toEqual([...all().filter((one) => one !== 'notes@1.0.5'), 'blocked@1.0.0']);
    expect(await w.events('alarm.tampered')).toMatchObject([{ subject: id }]);
  });
});
