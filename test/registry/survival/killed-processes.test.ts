/**
 * The built server and its processes, killed (SIGKILL) while they work: the signer in the middle of a signature, a scan in the middle of a file, and the server itself at any moment under a
 * load of publishes. Whatever was answered is there afterwards, whatever was not is there whole or not at all, each version once; and the work goes on.
 */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../registry/store/index.ts';
import { cleanUp, type Person, person, type Served, start } from '../e2e/process.ts';
import { examine, seen } from './kit.ts';
import { alive, canLook, childrenOf, scansOf, signerOf, treeOf, until } from './processes.ts';
import { type Ask, byTickets, multipart, ordinary, type Published } from './requests.ts';

const publish = (served: Served, who: Person, slug: string, version = '1.0.0', mark = ''): Promise<Response> =>
  served.ask('/api/v1/skills', { method: 'POST', token: who.token, body: multipart(slug, version, ordinary(slug, mark)) });
const looked = (served: Served, who: Person, slug: string, version = '1.0.0', mark = ''): Promise<'nothing' | 'whole'> =>
  seen(
    async (path) => {
      const answer = await served.ask(path, { token: who.token });
      return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
    },
    served.data,
    { owner: 'ann', slug, version, files: ordinary(slug, mark) },
  );
/** Waits until a version is given out. */
const given = (served: Served, who: Person, slug: string, version = '1.0.0'): Promise<unknown> =>
  until(
    `@ann/${slug}@${version}`,
    async () => ((await served.ask(`/api/v1/skills/${slug}/versions/${version}`, { token: who.token })).status === 200 ? true : undefined),
    60_000,
    100,
  );
/** The looks at what walls there are begin with the server; what is scanned after them is a skill. */
const settled = (served: Served): Promise<unknown> => until('the first look at the walls', () => (/scans run/.test(served.log()) ? true : undefined));

describe.runIf(canLook)('a process of the server is killed', () => {
  let served: Served;
  let ann: Person;
  let bob: Person;
  let rob: Person;

  beforeAll(async () => {
    served = await start({ config: 'limits:\n  publish-wait: 1s\n' });
    ann = await person(served, 'ann', 'publisher');
    bob = await person(served, 'bob', 'approver');
    rob = await person(served, 'rob', 'reader');
    await settled(served);
    // The signer has looked at its walls after this.
    await publish(served, ann, 'warm-up');
    await given(served, rob, 'warm-up');
  }, 120_000);
  afterAll(cleanUp);

  it('the signer, in the middle of a signature: another one makes it', async () => {
    const signer = signerOf(served.child.pid!)!;
    const publishing = publish(served, ann, 'half-signed');
    // It scans again before it signs.
    const scan = await until('a scan of the signer', () => scansOf(signer.pid)[0]);
    process.kill(signer.pid, 'SIGSTOP');
    expect(await looked(served, rob, 'half-signed')).toBe('nothing');
    process.kill(signer.pid, 'SIGKILL');
    expect((await publishing).status).toBe(200);
    await given(served, rob, 'half-signed');
    expect(await looked(served, rob, 'half-signed')).toBe('whole');
    expect(signerOf(served.child.pid!)?.pid).not.toBe(signer.pid);
    await until('the end of the scan that nobody waits for', () => (alive(scan.pid) ? undefined : true));
    await examine(served.data);
  }, 120_000);

  it('a scan: it is made again', async () => {
    const publishing = publish(served, ann, 'half-scanned');
    const scan = await until('a scan', () => scansOf(served.child.pid!)[0]);
    for (const pid of treeOf(scan.pid)) process.kill(pid, 'SIGKILL');
    const { versionId } = (await (await publishing).json()) as Published;
    await given(served, rob, 'half-scanned');
    expect((await examine(served.data)).told.get('version.scanned @ann/half-scanned@1.0.0')).toBe(1);
    const store = await openStore(served.data, { readonly: true });
    const jobs = await store.db.selectFrom('jobs').select('attempts').where('kind', '=', 'scan').where('subject', 'like', `${versionId}:%`).execute();
    await store.close();
    expect(jobs).toEqual([{ attempts: 2 }]);
  }, 120_000);

  it('every scan: the version is held, nobody can approve it, and it is served only after a scan that ended', async () => {
    let killing = true;
    const killer = (async () => {
      while (killing) {
        for (const scan of scansOf(served.child.pid!)) process.kill(scan.pid, 'SIGKILL');
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    })();
    const { versionId } = (await (await publish(served, ann, 'never-scanned')).json()) as Published;
    const attempt = (): Promise<{ state: string; reason: string; scan: { decision: string } | null }> =>
      served.json(`/api/skillward/v1/attempts/${versionId}`, { token: ann.token });
    await until('the gate to give up', async () => ((await attempt()).state === 'held' ? true : undefined), 60_000, 100);
    killing = false;
    await killer;
    expect(await attempt()).toMatchObject({ scan: { decision: 'failed' } });
    expect(await looked(served, rob, 'never-scanned')).toBe('nothing');
    const decide = (verb: string): Promise<Response> =>
      served.ask(`/api/skillward/v1/versions/ann/never-scanned/1.0.0/${verb}`, {
        method: 'POST',
        token: bob.token,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ reason: 'It looks fine to me.' }),
      });
    expect((await decide('approve')).status).toBe(409);
    expect(await looked(served, rob, 'never-scanned')).toBe('nothing');
    expect((await decide('retry')).status).toBe(200);
    await given(served, rob, 'never-scanned');
    expect(await looked(served, rob, 'never-scanned')).toBe('whole');
  }, 120_000);

  it('the server: its signer and its scans end with it', async () => {
    const below = childrenOf(served.child.pid!).flatMap((child) => treeOf(child.pid));
    expect(below.length).toBeGreaterThan(0);
    await served.kill();
    for (const pid of below) await until(`the end of process ${pid}`, () => (alive(pid) ? undefined : true));
    await examine(served.data);
  }, 120_000);
});

/** One request of a load: the same name and number may come with the same content again, or with other content. */
const request = fc.record({
  slug: fc.constantFrom('almanac', 'barometer', 'compass', 'dipstick'),
  version: fc.constantFrom('1.0.0', '1.1.0'),
  words: fc.constantFrom('Its words.', 'Other words.'),
  way: fc.constantFrom('multipart', 'tickets'),
});
const round = fc.record({
  /** Milliseconds from the start of the load to the end of the server. */
  after: fc.integer({ min: 0, max: 2000 }),
  load: fc.array(request, { minLength: 3, maxLength: 8 }),
});

describe.runIf(canLook)('the server is killed at any moment under a load', () => {
  afterAll(cleanUp);

  it('keeps what it answered, and has each version once', async () => {
    let served = await start();
    const ann = await person(served, 'ann', 'publisher');
    const rob = await person(served, 'rob', 'reader');
    const { data } = served;
    /** Id and content of what was answered, by reference. */
    const answered = new Map<string, { readonly id: string; readonly mark: string }>();
    const asked = new Map<string, Set<string>>();

    const send = async ({
      slug,
      version,
      words,
      way,
    }: {
      slug: string;
      version: string;
      words: string;
      way: string;
    }): Promise<number | undefined> => {
      // No two versions have the same content.
      const mark = `${version} ${words}`;
      const ref = `@ann/${slug}@${version}`;
      asked.set(ref, new Set([...(asked.get(ref) ?? []), words]));
      const ask: Ask = (path, init) => served.ask(path, { ...init, token: ann.token });
      let answer: Response;
      let body: Published;
      try {
        answer =
          way === 'multipart'
            ? await ask('/api/v1/skills', { method: 'POST', body: multipart(slug, version, ordinary(slug, mark)) })
            : await byTickets(ask, slug, version, ordinary(slug, mark));
        if (answer.status !== 200) return answer.status;
        body = (await answer.json()) as Published;
      } catch {
        // Nobody answered.
        return undefined;
      }
      const before = answered.get(ref);
      if (before !== undefined) expect({ id: body.versionId, mark }).toEqual(before);
      answered.set(ref, { id: body.versionId, mark });
      return 200;
    };
    const check = async (): Promise<void> => {
      const { versions } = await examine(data);
      for (const [ref, { id }] of answered) expect(versions.get(ref)?.id, ref).toBe(id);
    };

    await fc.assert(
      fc.asyncProperty(round, async ({ after, load }) => {
        const below = childrenOf(served.child.pid!).flatMap((child) => treeOf(child.pid));
        const sent = Promise.all(load.map(send));
        await new Promise((resolve) => setTimeout(resolve, after));
        await served.kill();
        for (const status of await sent) expect([undefined, 200, 409]).toContain(status);
        for (const pid of below) await until(`the end of process ${pid}`, () => (alive(pid) ? undefined : true));
        await check();
        served = await start({ data });
        await check();
      }),
      { numRuns: 4, endOnFailure: true },
    );

    // Those who heard nothing ask again; one content of each number wins, and is given out. A job whose server died is taken over when its lease ends: now, so that nobody waits for it.
    const other = new Database(join(data, 'registry.db'));
    other.pragma('busy_timeout = 5000');
    other.exec('update jobs set lease_until = 0 where lease_until is not null and done_at is null');
    other.close();
    for (const [ref, contents] of asked) {
      const [, slug, version] = /^@ann\/(.+)@(.+)$/.exec(ref)!;
      const statuses: Record<string, number | undefined> = {};
      for (const words of contents) statuses[words] = await send({ slug: slug!, version: version!, words, way: 'multipart' });
      const winner = answered.get(ref)!.mark;
      expect(statuses).toEqual(Object.fromEntries([...contents].map((words) => [words, winner.endsWith(words) ? 200 : 409])));
      await given(served, rob, slug!, version!);
      expect(await looked(served, rob, slug!, version!, winner)).toBe('whole');
    }
    await check();
  }, 240_000);
});
