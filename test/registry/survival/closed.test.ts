/** When a part is missing, too slow or out of room, nothing new is given out and nothing is half there; what is served goes on, and the work is done when the part is back. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cleanUp, freshFolder, type Person, person, type Served, start } from '../e2e/process.ts';
import { examine, seen } from './kit.ts';
import { until } from './processes.ts';
import { multipart, ordinary, type Published } from './requests.ts';

const undo: (() => void)[] = [];
afterAll(async () => {
  for (const step of undo.splice(0).reverse()) step();
  await cleanUp();
});

const publish = (served: Served, who: Person, slug: string, mark = ''): Promise<Response> =>
  served.ask('/api/v1/skills', { method: 'POST', token: who.token, body: multipart(slug, '1.0.0', ordinary(slug, mark)) });
const looked = (served: Served, who: Person, slug: string, mark = ''): Promise<'nothing' | 'whole'> =>
  seen(
    async (path) => {
      const answer = await served.ask(path, { token: who.token });
      return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
    },
    served.data,
    { owner: 'ann', slug, version: '1.0.0', files: ordinary(slug, mark) },
  );
const attempt = (served: Served, who: Person, id: string): Promise<{ state: string; reason: string | null; scan: { decision: string } | null }> =>
  served.json(`/api/skillward/v1/attempts/${id}`, { token: who.token });

describe.concurrent('the signer', () => {
  /** Something that takes every connection and says nothing. */
  const mute = async (): Promise<string> => {
    const path = join(freshFolder(), 'mute.sock');
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(path, resolve));
    undo.push(() => void server.close());
    return path;
  };

  it('is gone, or takes a question and never answers: what is new waits, what is served goes on', async () => {
    const first = await start();
    const { data } = first;
    const ann = await person(first, 'ann', 'publisher');
    const rob = await person(first, 'rob', 'reader');
    expect(((await (await publish(first, ann, 'before')).json()) as Published).publicationStatus).toBe('published');
    await first.stop();

    const waiting: string[] = [];
    for (const [slug, socket] of [
      ['while-gone', join(freshFolder(), 'nobody.sock')],
      ['while-mute', await mute()],
    ] as const) {
      const alone = await start({ data, config: `signer:\n  socket: ${socket}\nlimits:\n  publish-wait: 1s\n` });
      expect(await looked(alone, rob, 'before')).toBe('whole');
      expect((await alone.ask('/healthz')).status).toBe(200);
      expect(await (await alone.ask('/readyz')).json()).toMatchObject({ store: 'ok', signer: 'failed' });
      const sent = await publish(alone, ann, slug);
      expect(sent.status).toBe(200);
      const { versionId, publicationStatus } = (await sent.json()) as Published;
      expect(publicationStatus).toBe('pending');
      waiting.push(versionId);
      await until('its scan', async () => ((await attempt(alone, ann, versionId)).state === 'approved' ? true : undefined), 60_000, 50);
      expect(await looked(alone, rob, slug)).toBe('nothing');
      expect(await looked(alone, rob, 'before')).toBe('whole');
      await alone.stop();
    }

    const again = await start({ data });
    for (const id of waiting)
      await until('its signature', async () => ((await attempt(again, ann, id)).state === 'served' ? true : undefined), 60_000, 100);
    for (const slug of ['while-gone', 'while-mute']) expect(await looked(again, rob, slug)).toBe('whole');
    await examine(data);
    await again.stop();
  }, 120_000);
});

describe.concurrent('a scan', () => {
  it.each([
    ['runs out of time', 'scan-time: 1ms', /did not end within/],
    ['runs out of memory', 'scan-memory-mb: 1', /memory|ended with/],
  ])(
    '%s: the version is held, says why, and no approval gets it out',
    async (_, limit, why) => {
      const served = await start({ config: `limits:\n  publish-wait: 1s\n  ${limit}\n` });
      const ann = await person(served, 'ann', 'publisher');
      const bob = await person(served, 'bob', 'approver');
      const rob = await person(served, 'rob', 'reader');
      const { versionId, publicationStatus } = (await (await publish(served, ann, 'too-much')).json()) as Published;
      expect(publicationStatus).toBe('pending');
      await until('the gate to give up', async () => ((await attempt(served, ann, versionId)).state === 'held' ? true : undefined), 90_000, 100);
      expect(await attempt(served, ann, versionId)).toMatchObject({ scan: { decision: 'failed' }, reason: expect.stringMatching(why) });
      const approval = await served.ask('/api/skillward/v1/versions/ann/too-much/1.0.0/approve', {
        method: 'POST',
        token: bob.token,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ reason: 'It looks fine to me.' }),
      });
      expect(approval.status).toBe(409);
      expect(await looked(served, rob, 'too-much')).toBe('nothing');
      await examine(served.data);
      await served.stop();
    },
    120_000,
  );
});

/** A small file system of our own, where that is allowed. */
function smallDisk(): string | undefined {
  const folder = join(freshFolder(), 'disk');
  mkdirSync(folder);
  if (process.getuid?.() !== 0 || spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=0700', 'skillward-test', folder]).status !== 0)
    return undefined;
  undo.push(() => void spawnSync('umount', ['-l', folder]));
  return folder;
}
/** Takes all the room that is left; returns what gives it back. */
function fill(folder: string): () => void {
  const path = join(folder, 'filler');
  const file = openSync(path, 'w');
  for (let size = 1 << 20; size >= 512; )
    try {
      if (writeSync(file, Buffer.alloc(size)) < size) size >>= 1;
    } catch {
      size >>= 1;
    }
  closeSync(file);
  return () => rmSync(path);
}

describe.concurrent('the disk', () => {
  it('is full: a publish is refused in words, nothing is half there, and all goes on when there is room again', async ({ skip }) => {
    const disk = smallDisk();
    if (disk === undefined) skip('only root can mount a small disk');
    const data = join(disk!, 'data');
    const served = await start({ data, config: 'limits:\n  publish-wait: 30s\n' });
    const ann = await person(served, 'ann', 'publisher');
    const rob = await person(served, 'rob', 'reader');
    expect((await publish(served, ann, 'before')).status).toBe(200);
    const free = fill(disk!);

    const refused = await publish(served, ann, 'no-room');
    expect({ status: refused.status, says: await refused.text() }).toEqual({ status: 503, says: expect.stringMatching(/no room/) });
    expect(readdirSync(join(data, 'blobs', 'tmp'))).toEqual([]);
    // The database has some room of its own left; then it has none, and says so as well.
    const row = await until('the database to be full', async () => {
      const answer = await served.ask('/api/skillward/v1/tokens', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ label: 'x'.repeat(100), scopes: ['read'] }),
      });
      if (answer.ok) return undefined;
      return { status: answer.status, says: await answer.text() };
    });
    expect(row).toEqual({ status: 503, says: expect.stringMatching(/no room/) });
    expect(await looked(served, rob, 'before')).toBe('whole');
    expect(await looked(served, rob, 'no-room')).toBe('nothing');

    free();
    expect((await publish(served, ann, 'no-room')).status).toBe(200);
    expect(await looked(served, rob, 'no-room')).toBe('whole');
    await examine(data);
    await served.stop();
    // All that was written meanwhile is there after another start.
    const again = await start({ data });
    expect(await looked(again, rob, 'before')).toBe('whole');
    expect(await looked(again, rob, 'no-room')).toBe('whole');
    await again.stop();
    expect(existsSync(join(data, 'registry.db'))).toBe(true);
  }, 120_000);
});
