/** W4 to W10: withdrawing and bringing back, tags, namespaces, stars, scans, the install inventory. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import yauzl from 'yauzl';
import { greedy, honest, type Person } from '../gate/world.ts';
import { type Answer, type AskOptions, type Server, server } from '../server.ts';
import { taken } from './shapes.ts';

let shop: Server;
beforeAll(async () => {
  shop = await server({ policy: { approval: { growth: 'auto' } } });
  await shop.publish(honest(), '1.0.0');
  await shop.publish(greedy(), '2.0.0');
}, 120_000);
afterAll(() => shop.close());

const post = (path: string, options: AskOptions = {}): Promise<Answer> => shop.ask(path, { method: 'POST', as: 'ann', ...options });
const remove = (path: string, options: AskOptions = {}): Promise<Answer> => shop.ask(path, { method: 'DELETE', as: 'ann', ...options });
const status = async (path: string): Promise<number> => (await shop.ask(path)).status;

describe('W4 and W5', () => {
  it('hides a skill and shows it again, with or without a body, and without a content type', async () => {
    for (const [hide, show] of [
      [{ body: { reason: 'for a while', ownerHandle: 'ann' } }, { body: {} }],
      [{}, {}],
      [
        { headers: { 'content-type': 'application/json' }, body: '' },
        { headers: { 'content-type': 'application/json' }, body: '{}' },
      ],
    ] as AskOptions[][]) {
      const gone = await remove('/api/v1/skills/notes', hide);
      expect([gone.status, gone.json]).toEqual([200, { ok: true }]);
      await taken('ApiV1DeleteResponseSchema', gone.json);
      expect([await status('/api/v1/skills/notes'), await status('/api/v1/download?slug=notes&version=1.0.0')]).toEqual([404, 404]);
      expect((await shop.ask('/api/v1/skills/notes', { as: 'ann' })).status).toBe(404);
      const back = await post('/api/v1/skills/notes/undelete', show);
      expect([back.status, back.json]).toEqual([200, { ok: true }]);
      expect(await status('/api/v1/skills/notes')).toBe(200);
    }
    expect((await shop.events('skill.deleted'))[0]).toMatchObject({ subject: '@ann/notes', reason: 'for a while', actor: { handle: 'ann' } });
  });
  it('withdraws a version and gives it out again; the number stays', async () => {
    const gone = await remove('/api/v1/skills/notes/versions/2.0.0', { body: { version: '2.0.0', ownerHandle: 'ann' } });
    expect([gone.status, gone.json]).toEqual([200, { ok: true }]);
    expect((await shop.ask('/api/v1/skills/notes')).json).toMatchObject({ latestVersion: { version: '1.0.0' } });
    expect(await status('/api/v1/download?slug=notes&version=2.0.0')).toBe(410);
    const back = await post('/api/v1/skills/notes/versions/2.0.0/restore', { body: { ownerHandle: 'ann' } });
    expect(back.json).toEqual({ ok: true });
    expect(await status('/api/v1/download?slug=notes&version=2.0.0')).toBe(200);
  });
  it('lets nobody else: 401, 403, and 404 where they may not even know', async () => {
    for (const [as, wanted] of [
      [null, 401],
      ['rob', 403],
      ['dan', 403],
    ] as [Person | null, number][]) {
      expect((await remove('/api/v1/skills/notes', { as })).status, String(as)).toBe(wanted);
      expect((await remove('/api/v1/skills/notes/versions/1.0.0', { as })).status, String(as)).toBe(wanted);
      expect((await post('/api/v1/skills/notes/tags/beta', { as, body: { version: '1.0.0' } })).status, String(as)).toBe(wanted);
    }
    expect((await remove('/api/v1/skills/no-such')).text).toBe('Skill not found');
    expect(await status('/api/v1/skills/notes')).toBe(200);
  });
});

describe('W6 tags', () => {
  it('points a tag at a version, and clients can install by it', async () => {
    const answer = await post('/api/v1/skills/notes/tags/Stable', { body: { version: '1.0.0', ownerHandle: 'ann' } });
    await taken('ApiV1SkillTagResponseSchema', answer.json);
    expect(answer.json).toEqual({ ok: true, slug: 'notes', tag: 'stable', version: '1.0.0' });
    expect((await shop.ask('/api/v1/download?slug=notes&tag=stable')).headers['content-disposition']).toBe('attachment; filename="notes-1.0.0.zip"');
    expect((await shop.ask('/api/v1/download?slug=notes')).headers['content-disposition']).toBe('attachment; filename="notes-2.0.0.zip"');
    expect((await shop.ask('/api/v1/download?slug=notes&tag=unknown')).status).toBe(404);
    await post('/api/v1/skills/notes/tags/latest', { body: { version: '1.0.0' } });
    expect((await shop.ask('/api/v1/skills/notes')).json).toMatchObject({
      latestVersion: { version: '1.0.0' },
      skill: { tags: { latest: '1.0.0', stable: '1.0.0' } },
    });
    await post('/api/v1/skills/notes/tags/latest', { body: { version: '2.0.0' } });
    expect((await post('/api/v1/skills/notes/tags/x', { body: { version: '9.9.9' } })).status).toBe(404);
    expect((await post('/api/v1/skills/notes/tags/1.0.0', { body: { version: '1.0.0' } })).status).toBe(400);
  });
});

describe('W7', () => {
  it('makes a namespace for `publisher create`', async () => {
    const answer = await post('/api/v1/publishers', { body: { handle: '@Team-Zebra', displayName: 'Team Zebra' } });
    expect(answer.status).toBe(200);
    await taken('ApiV1PublisherCreateResponseSchema', answer.json);
    expect(answer.json).toMatchObject({ ok: true, handle: 'team-zebra', created: true, trusted: false });
    expect((await post('/api/v1/publishers', { body: { handle: 'team-zebra' }, as: 'dan' })).status).toBe(409);
    expect((await post('/api/v1/publishers', { body: { handle: 'other-name' }, as: 'rob' })).status).toBe(403);
  });
  it('says in a sentence that names stay where they are', async () => {
    for (const deed of ['rename', 'merge', 'transfer', 'transfer/accept', 'transfer/reject', 'transfer/cancel']) {
      const answer = await post(`/api/v1/skills/notes/${deed}`, { body: { newSlug: 'x', targetSlug: 'y', toUserHandle: 'dan' } });
      expect([answer.status, answer.headers['content-type']]).toEqual([501, 'text/plain; charset=utf-8']);
      expect(answer.text).toContain('does not rename, merge or transfer');
    }
    for (const way of ['incoming', 'outgoing']) {
      const { json } = await shop.ask(`/api/v1/transfers/${way}`);
      expect(json).toEqual({ transfers: [] });
      await taken('ApiV1TransferListResponseSchema', json);
    }
  });
});

describe('W8 stars', () => {
  it('counts a person once', async () => {
    const first = await post('/api/v1/stars/notes?ownerHandle=ann', { as: 'rob', body: {} });
    await taken('ApiV1StarResponseSchema', first.json);
    expect(first.json).toEqual({ ok: true, starred: true, alreadyStarred: false });
    expect((await post('/api/v1/stars/notes', { as: 'rob' })).json).toEqual({ ok: true, starred: true, alreadyStarred: true });
    const gone = await remove('/api/v1/stars/notes', { as: 'rob' });
    await taken('ApiV1UnstarResponseSchema', gone.json);
    expect(gone.json).toEqual({ ok: true, unstarred: true, alreadyUnstarred: false });
    expect((await remove('/api/v1/stars/notes', { as: 'rob' })).json).toMatchObject({ alreadyUnstarred: true });
    expect((await post('/api/v1/stars/no-such', { as: 'rob' })).status).toBe(404);
    expect((await post('/api/v1/stars/notes', { as: null })).status).toBe(401);
  });
});

describe('W9 scans', () => {
  const names = (bytes: Buffer): Promise<string[]> =>
    new Promise((resolve, reject) =>
      yauzl.fromBuffer(bytes, { lazyEntries: false }, (error, zip) => {
        if (zip === undefined) return reject(error);
        const found: string[] = [];
        zip.on('entry', (entry: { fileName: string }) => found.push(entry.fileName));
        zip.on('end', () => resolve(found));
      }),
    );
  it('gives the scan there is, in the shapes that `clawhub scan` prints', async () => {
    const submitted = await post('/api/v1/skills/-/scan', {
      as: 'rob',
      body: { source: { kind: 'published', slug: 'notes', version: '2.0.0' }, update: false },
    });
    await taken('ApiV1SkillScanSubmitResponseSchema', submitted.json);
    const { scanId } = submitted.json as { scanId: string };
    const polled = await shop.ask(`/api/v1/skills/-/scan/${scanId}`);
    await taken('ApiV1SkillScanStatusResponseSchema', polled.json);
    expect(polled.json).toMatchObject({
      status: 'succeeded',
      artifact: { slug: 'notes', version: '2.0.0' },
      report: { staticAnalysis: { status: 'pass' }, skillward: { decision: 'pass', report: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) } },
    });
    expect(await names((await shop.ask(`/api/v1/skills/-/scan/${scanId}/download`)).body)).toEqual(['manifest.json', 'report.json']);
    const stored = await shop.ask('/api/v1/skills/-/scan/download/notes?version=2.0.0&kind=skill&ownerHandle=ann');
    expect([stored.headers['content-type'], await names(stored.body)]).toEqual(['application/zip', ['manifest.json', 'report.json']]);
    expect((await post('/api/v1/skills/-/scan', { as: 'rob', body: { source: { kind: 'upload' } } })).status).toBe(501);
    expect((await post('/api/v1/skills/-/scan', { as: 'rob', body: { source: { kind: 'published', slug: 'no-such' } } })).text).toBe(
      'Skill not found',
    );
    expect((await shop.ask('/api/v1/skills/-/scan/download/notes?version=2.0.0&kind=plugin')).status).toBe(404);
  });
  it('shows the scan of what waits to its publisher and to who decides, and to nobody else', async () => {
    const waiting = await shop.publish(
      [
        {
          path: 'SKILL.md',
          bytes: Buffer.from(
            "---\nname: nightly\ndescription: Writes notes at night.\n---\n# Nightly\n\n```sh\necho '0 3 * * * $HOME/notes.sh' | crontab -\n```\n",
          ),
        },
      ],
      '1.0.0',
      { slug: 'nightly' },
    );
    expect(waiting.state).toBe('held');
    for (const as of ['ann', 'bob', 'kim'] as const)
      expect((await shop.ask(`/api/v1/skills/-/scan/${waiting.id}`, { as })).json).toMatchObject({
        status: 'succeeded',
        artifact: { version: '1.0.0' },
      });
    for (const as of ['rob', 'dan'] as const) {
      const absent = await shop.ask('/api/v1/skills/-/scan/ver_0', { as });
      for (const path of ['', '/download']) {
        const answer = await shop.ask(`/api/v1/skills/-/scan/${waiting.id}${path}`, { as });
        expect([answer.status, answer.text]).toEqual([404, absent.text]);
      }
    }
  });
});

describe('W10 install inventory', () => {
  const installs = () =>
    shop.store.db
      .selectFrom('installs')
      .innerJoin('skills', 'skills.id', 'installs.skill_id')
      .select(['skills.slug', 'installs.version', 'installs.user_id'])
      .orderBy('version')
      .execute();
  it('keeps who has which version, once, however often it is reported', async () => {
    const report = (body: object, as: Person | null = 'rob') => post('/api/cli/telemetry/install', { as, body });
    const answers = await Promise.all([
      report({ event: 'install', slug: 'notes', ownerHandle: 'ann', version: '1.0.0' }),
      report({ event: 'install', slug: 'notes', version: '1.0.0' }),
      report({ event: 'install', slug: 'notes', version: '2.0.0' }),
      report({ event: 'install', slug: 'no-such', version: '1.0.0' }),
      report({ event: 'install', slug: 'notes', version: '9.9.9' }),
      report({ event: 'plugin_install', packageName: 'x' }),
      report({
        roots: [
          {
            rootId: 'r',
            label: 'l',
            skills: [
              { slug: 'notes', version: null },
              { slug: 'notes', version: '1.0.0' },
            ],
          },
        ],
      }),
      report({ event: 'install', slug: 'notes', version: '1.0.0' }, null),
    ]);
    for (const answer of answers) expect([answer.status, answer.json]).toEqual([200, { ok: true }]);
    await taken('ApiCliTelemetryInstallResponseSchema', answers[0]!.json);
    await post('/api/cli/telemetry/sync', {
      as: 'rob',
      body: { roots: [{ rootId: 'r', label: 'l', skills: [{ slug: 'notes', version: '2.0.0' }] }] },
    });
    const rob = shop.as.rob.user!.id;
    expect(await installs()).toEqual([
      { slug: 'notes', version: null, user_id: rob },
      { slug: 'notes', version: '1.0.0', user_id: rob },
      { slug: 'notes', version: '2.0.0', user_id: rob },
    ]);
  });
  it('is the same answer for skills that the reporter may not know', async () => {
    const limited = await shop.token('rob', { namespaces: ['dan'] });
    const answer = await post('/api/cli/telemetry/install', { token: limited, body: { event: 'install', slug: 'notes', version: '1.0.0' } });
    expect([answer.status, answer.json]).toEqual([200, { ok: true }]);
    expect(await installs()).toHaveLength(3);
  });
});
