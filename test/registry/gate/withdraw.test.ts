import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { VersionRow } from '../../../registry/store/schema.ts';
import { releaseKeys } from '../../../registry/store/versions.ts';
import { verifyRevocation } from '../../../registry/trust/release.ts';
import { doubtful, honest, type World, world } from './world.ts';

// Real scans in processes of their own, on whatever machine.
vi.setConfig({ testTimeout: 180_000 });

/** One world; each test takes a skill of its own. */
let w: World;
let slug = '';
let number = 0;
let row: VersionRow;
beforeAll(async () => {
  w = await world();
});
afterAll(() => w.close());
beforeEach(async () => {
  slug = `skill-${++number}`;
  // Bytes of its own: what a test revokes takes all versions with the same ones with it.
  row = await w.publish(honest(slug), '1.0.0', { slug });
});
const ref = () => ({ owner: 'ann', slug, version: '1.0.0' });
const state = async () => (await w.row('1.0.0', slug)).state;
const found = async (): Promise<boolean> =>
  (await w.store.db.selectFrom('skill_search').select('slug').where('slug', '=', slug).execute()).length > 0;

test('yanked is gone, restored is back, both as often as one likes', async () => {
  expect(await found()).toBe(true);
  expect((await w.gate.yank(w.as.ann, ref(), 'Wrong file.')).state).toBe('yanked');
  expect((await w.gate.yank(w.as.ann, ref(), 'Wrong file.')).state).toBe('yanked');
  expect(await found()).toBe(false);
  expect((await w.gate.restore(w.as.ann, ref(), '')).state).toBe('served');
  expect(await found()).toBe(true);
  expect(await w.row('1.0.0', slug)).toMatchObject({
    archive_sha256: row.archive_sha256,
    attestations_sha256: row.attestations_sha256,
    served_at: row.served_at,
  });
});

test('deprecated is served with a word and a replacement', async () => {
  const deprecated = await w.gate.deprecate(w.as.ann, ref(), { message: 'Too slow.', replacement: '@ann/faster' });
  expect(deprecated).toMatchObject({ state: 'deprecated', state_reason: 'Too slow. Use @ann/faster instead.' });
  expect(await found()).toBe(true);
  expect((await w.gate.undeprecate(w.as.ann, ref())).state).toBe('served');
});

test('revoked is final, at once, and signed', async () => {
  await w.gate.revoke(w.as.bob, ref(), { reason: 'It sends files away.', severity: 'block', replacement: '@ann/safe@1.0.0' });
  expect(await state()).toBe('revoked');
  expect(await found()).toBe(false);
  for (const deed of [
    () => w.gate.restore(w.as.kim, ref(), ''),
    () => w.gate.undeprecate(w.as.kim, ref()),
    () => w.gate.yank(w.as.kim, ref(), ''),
    () => w.gate.approve(w.as.kim, ref(), { reason: 'It is fine after all.' }),
    () => w.gate.setTag(w.as.ann, ref(), 'stable'),
  ])
    await expect(deed()).rejects.toMatchObject({ code: 'conflict' });
  await expect.poll(async () => (await w.row('1.0.0', slug)).revocation_sha256, { timeout: 90_000 }).not.toBeNull();
  const after = await w.row('1.0.0', slug);
  const said = await verifyRevocation(
    await w.store.blobs.get(after.revocation_sha256!),
    { registryId: 'skills.example', ...ref(), archiveSha256: row.archive_sha256 },
    await releaseKeys(w.store, w.store.db),
  );
  expect(said).toMatchObject({ reason: 'It sends files away.', severity: 'block', replacement: '@ann/safe@1.0.0', revokedBy: { handle: 'bob' } });
});

test('a revocation takes the same bytes with it under every name that the actor may revoke', async () => {
  const files = honest(slug);
  const place = (owner: 'ann' | 'dan', name: string, version = '1.0.0') => ({ owner, slug: name, version });
  const stateOf = async ({ owner, slug: name, version }: ReturnType<typeof place>) => (await w.row(version, name, owner)).state;
  const [again, other, dans] = [place('ann', slug, '1.0.1'), place('ann', `${slug}-renamed`), place('dan', 'quite-unlike')];
  for (const { owner, ...version } of [again, other, dans])
    expect((await w.publish(files, version.version, { slug: version.slug }, owner)).state).toBe('served');
  await w.gate.yank(w.as.ann, again, '');

  // An owner speaks for what is theirs, or anybody could have another's files withdrawn by publishing them too.
  const first = await w.gate.revoke(w.as.ann, ref(), { reason: 'It sends files away.', severity: 'block' });
  expect(first.also.toSorted()).toEqual([`@ann/${slug}-renamed@1.0.0`, `@ann/${slug}@1.0.1`].toSorted());
  expect(await Promise.all([ref(), again, other].map((one) => w.row(one.version, one.slug)))).toMatchObject(
    Array.from({ length: 3 }, () => ({ state: 'revoked', state_reason: 'It sends files away.' })),
  );
  await expect.poll(async () => (await w.row('1.0.0', other.slug)).revocation_sha256, { timeout: 90_000 }).not.toBeNull();
  expect(await stateOf(dans)).toBe('served');
  expect(await w.events('alarm.revoked-bytes')).toMatchObject([
    { subject: '@dan/quite-unlike@1.0.0', reason: expect.stringContaining('It sends files away.') },
  ]);

  // What was yanked does not come back either.
  await w.gate.yank(w.as.dan, dans, '');
  await expect(w.gate.restore(w.as.dan, dans, '')).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('the very same files were revoked'),
  });

  const all = await w.gate.revoke(w.as.kim, ref(), { reason: 'It sends files away.', severity: 'block' });
  expect(all.also).toEqual(['@dan/quite-unlike@1.0.0']);
  expect(await stateOf(dans)).toBe('revoked');
  expect(await w.events('alarm.revoked-bytes')).toHaveLength(1);
});

test('a revocation does not wait for the signer', async () => {
  await w.stopSigner();
  try {
    expect((await w.gate.revoke(w.as.kim, ref(), { reason: 'Harm.', severity: 'warn' })).row.state).toBe('revoked');
  } finally {
    await w.startSigner();
  }
  w.ahead += 60_000;
  await expect.poll(async () => (await w.row('1.0.0', slug)).revocation_sha256, { timeout: 90_000 }).not.toBeNull();
});

test('a version that was never served is neither yanked nor restored into being served', async () => {
  const held = await w.publish(doubtful(), '2.0.0', { slug });
  expect(held.state).toBe('held');
  const next = { ...ref(), version: '2.0.0' };
  for (const deed of [
    () => w.gate.yank(w.as.ann, next, ''),
    () => w.gate.restore(w.as.ann, next, ''),
    () => w.gate.undeprecate(w.as.ann, next),
    () => w.gate.deprecate(w.as.ann, next, { message: 'Old.' }),
    () => w.gate.revoke(w.as.kim, next, { reason: 'Harm.', severity: 'block' }),
  ])
    await expect(deed()).rejects.toMatchObject({ code: 'conflict' });
});

test('a deleted skill is hidden with its versions as they are, its name stays taken, and undelete brings it back', async () => {
  await w.gate.deleteSkill(w.as.ann, { slug }, '');
  expect(await found()).toBe(false);
  expect(await state()).toBe('served');
  await expect(w.gate.publish(w.as.ann, { slug, version: '1.0.1', changelog: '', tags: [], files: honest('Next.') })).rejects.toMatchObject({
    code: 'conflict',
  });
  await expect(w.gate.publish(w.as.dan, { slug, version: '1.0.0', changelog: '', tags: [], files: honest() })).rejects.toMatchObject({
    code: 'name-reserved',
  });
  await w.gate.undeleteSkill(w.as.ann, { slug }, '');
  expect(await found()).toBe(true);
});

test('who may do what', async () => {
  const { gate, as } = w;
  // A reader sees the skill, and may do nothing; somebody else's publisher neither.
  for (const who of [as.rob, as.dan])
    for (const deed of [
      () => gate.yank(who, ref(), ''),
      () => gate.deprecate(who, ref(), { message: 'x' }),
      () => gate.revoke(who, ref(), { reason: 'x', severity: 'block' }),
      () => gate.deleteSkill(who, ref(), ''),
      () => gate.setTag(who, ref(), 'mine'),
    ])
      await expect(deed()).rejects.toMatchObject({ code: 'forbidden' });
  // An approver decides about versions, but does not own the skill.
  await expect(gate.deprecate(as.bob, ref(), { message: 'x' })).rejects.toMatchObject({ code: 'forbidden' });
  await expect(gate.deleteSkill(as.bob, ref(), '')).rejects.toMatchObject({ code: 'forbidden' });
  expect((await gate.yank(as.bob, ref(), '')).state).toBe('yanked');
});

test('what one may not know of does not exist, in the same words', async () => {
  const namespace = await w.store.db.selectFrom('namespaces').selectAll().where('handle', '=', 'ann').executeTakeFirstOrThrow();
  const held = await w.publish(doubtful(), '2.0.0', { slug });
  const said = (deed: () => Promise<unknown>): Promise<string> =>
    deed().then(
      () => 'done',
      (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
    );
  const absent = { owner: 'ann', slug: 'never-was', version: '1.0.0' };
  // Held versions of a skill that one reads.
  expect(await said(() => w.gate.yank(w.as.dan, { ...ref(), version: '2.0.0' }, ''))).toBe(
    await said(() => w.gate.yank(w.as.dan, { ...ref(), version: '9.9.9' }, '')),
  );
  expect(await said(() => w.gate.attempt(w.as.dan, held.id))).toBe(await said(() => w.gate.attempt(w.as.dan, 'ver_00000000000000000000')));
  expect(await said(() => w.gate.attempt(w.as.dan, row.id))).toBe(await said(() => w.gate.attempt(w.as.dan, 'ver_00000000000000000000')));
  // A private namespace.
  await w.store.write((tx) => w.store.patch(tx, 'namespaces', namespace.id, { visibility: 'private' }));
  expect(await said(() => w.gate.yank(w.as.dan, ref(), ''))).toBe(await said(() => w.gate.yank(w.as.dan, absent, '')));
  // An approver whose token is for another namespace.
  const narrow = { ...w.as.bob, namespaces: ['dan'] };
  expect(await said(() => w.gate.approve(narrow, { ...ref(), version: '2.0.0' }, { reason: 'x' }))).toBe(
    await said(() => w.gate.approve(narrow, absent, { reason: 'x' })),
  );
  expect((await w.gate.queue(narrow)).forMe).toEqual([]);
  await w.store.write((tx) => w.store.patch(tx, 'namespaces', namespace.id, { visibility: 'internal' }));
});
