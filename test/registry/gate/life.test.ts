import { afterEach, describe, expect, test, vi } from 'vitest';
import { setUserRole } from '../../../registry/auth/users.ts';
import { verifyEvents } from '../../../registry/store/events.ts';
import { releaseKeys, tagsOf } from '../../../registry/store/versions.ts';
import { verifyRelease } from '../../../registry/trust/release.ts';
import { doubtful, greedy, honest, malicious, type World, type WorldOptions, world } from './world.ts';

// Real scans in processes of their own, on whatever machine.
vi.setConfig({ testTimeout: 180_000 });

const open: World[] = [];
const started = async (options: WorldOptions = {}): Promise<World> => {
  const made = await world(options);
  open.push(made);
  return made;
};
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

describe('the life of a version', () => {
  test('what passes is scanned, signed and served, and any client can verify it', async () => {
    const w = await started();
    const row = await w.publish(honest());
    expect(row).toMatchObject({ state: 'served', decision: 'pass', publisher_level: 'L1', state_reason: null });
    const release = await verifyRelease(
      await w.store.blobs.get(row.attestations_sha256!),
      { registryId: 'skills.example', owner: 'ann', slug: 'notes', version: '1.0.0', archiveSha256: row.archive_sha256, tree: row.tree },
      await releaseKeys(w.store, w.store.db),
    );
    expect(release).toMatchObject({ solo: false, breakGlass: false, approvedBy: [] });
    expect((await w.events()).map((event) => event.type).filter((type) => type.startsWith('version.'))).toEqual([
      'version.published',
      'version.scanned',
      'version.approved',
      'version.served',
    ]);
    expect(await verifyEvents(w.store.db)).toMatchObject({ ok: true });
  });

  test('a skill shows its texts only when something of it is served', async () => {
    const w = await started({ policy: { approval: { pass: 'review' } } });
    await w.publish(honest(), '1.0.0', { displayName: 'Meeting notes', topics: ['writing'] });
    const before = await w.gate.inspect(w.as.ann, { slug: 'notes', version: '1.0.0' });
    expect(before.skill).toMatchObject({ display_name: 'notes', summary: '', topics: '[]' });
    await w.gate.approve(w.as.bob, { slug: 'notes', version: '1.0.0' }, { reason: 'Read it all.' });
    await w.settled();
    const after = await w.gate.inspect(w.as.ann, { slug: 'notes', version: '1.0.0' });
    expect(after.skill).toMatchObject({ display_name: 'Meeting notes', topics: '["writing"]' });
    expect(after.skill.summary).toContain('meeting notes');
  });

  test('what the scan blocks is refused for good, naming rule, file, line, policy and the way to appeal', async () => {
    const w = await started();
    const row = await w.publish(malicious());
    expect(row).toMatchObject({ state: 'refused', decision: 'block' });
    expect(row.state_reason).toMatch(/EXE-002 .* at SKILL\.md:10:/);
    expect(row.state_reason).toMatch(/Policy: balanced \(sha256:[0-9a-f]{64}\)/);
    expect(row.state_reason).toContain('https://skills.example/skills/@ann/notes/1.0.0/report');
    expect(row.state_reason).toContain('To appeal');
    await expect(
      w.gate.approve(w.as.kim, { owner: 'ann', slug: 'notes', version: '1.0.0' }, { reason: 'I think it is fine.' }),
    ).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('what the scan doubts waits for somebody who is not its publisher', async () => {
    const w = await started();
    const row = await w.publish(doubtful());
    expect(row).toMatchObject({ state: 'held', decision: 'review' });
    const ref = { owner: 'ann', slug: 'notes', version: '1.0.0' };
    expect((await w.gate.queue(w.as.bob)).forMe.map((item) => item.versionId)).toEqual([row.id]);
    expect((await w.gate.queue(w.as.ann)).mine.map((item) => item.versionId)).toEqual([row.id]);
    expect((await w.gate.queue(w.as.dan)).forMe).toEqual([]);
    await expect(w.gate.approve(w.as.ann, ref, { reason: 'Mine.' })).rejects.toMatchObject({ code: 'forbidden' });
    await w.gate.approve(w.as.bob, ref, { reason: 'The helper is ours.', report: row.report_sha256! });
    const served = await w.settled();
    expect(served.state).toBe('served');
    const release = await verifyRelease(
      await w.store.blobs.get(served.attestations_sha256!),
      { registryId: 'skills.example', ...ref, archiveSha256: served.archive_sha256 },
      await releaseKeys(w.store, w.store.db),
    );
    expect(release).toMatchObject({ approvedBy: ['bob'], solo: false });
    expect(release.reviews[0]).toMatchObject({ reason: 'The helper is ours.', report: row.report_sha256 });
    expect((await w.gate.queue(w.as.bob)).forMe).toEqual([]);
  });

  test('an approver who publishes does not approve that, unless policy lets one person do both, and then the release says so', async () => {
    const strict = await started();
    await strict.publish(doubtful(), '1.0.0', {}, 'bob');
    const ref = { owner: 'bob', slug: 'notes', version: '1.0.0' };
    expect((await strict.gate.queue(strict.as.bob)).forMe).toEqual([]);
    await expect(strict.gate.approve(strict.as.bob, ref, { reason: 'Looks good to me.' })).rejects.toMatchObject({ code: 'forbidden' });

    const solo = await started({ policy: { approval: { solo: true } } });
    await solo.publish(doubtful(), '1.0.0', {}, 'bob');
    await solo.gate.approve(solo.as.bob, ref, { reason: 'Looks good to me.' });
    const row = await solo.gate.settle((await solo.row('1.0.0', 'notes', 'bob')).id, 60_000);
    const release = await verifyRelease(
      await solo.store.blobs.get(row.attestations_sha256!),
      { registryId: 'skills.example', ...ref, archiveSha256: row.archive_sha256 },
      await releaseKeys(solo.store, solo.store.db),
    );
    expect(release).toMatchObject({ solo: true, approvedBy: ['bob'] });
  });

  test('two approvers are two people', async () => {
    const w = await started({ policy: { approval: { approvers: 2 } } });
    await w.publish(doubtful());
    const ref = { owner: 'ann', slug: 'notes', version: '1.0.0' };
    await w.gate.approve(w.as.bob, ref, { reason: 'First look.' });
    await w.gate.approve(w.as.bob, ref, { reason: 'Second look.' });
    expect((await w.row()).state).toBe('held');
    expect((await w.gate.queue(w.as.bob)).forMe).toEqual([]);
    await w.gate.approve(w.as.eve, ref, { reason: 'Me too.' });
    expect((await w.settled()).state).toBe('served');
  });

  test('an approval ends with the role of who gave it', async () => {
    const w = await started({ policy: { cooldown: 3_600_000 } });
    await w.publish(doubtful());
    await w.gate.approve(w.as.bob, { owner: 'ann', slug: 'notes', version: '1.0.0' }, { reason: 'Fine.' });
    expect((await w.row()).state).toBe('approved');
    await setUserRole({ store: w.store, now: Date.now }, w.as.kim, 'bob', 'publisher');
    w.ahead = 3_600_000;
    await expect.poll(async () => (await w.row()).state, { timeout: 90_000 }).toBe('held');
    expect((await w.row()).state_reason).toContain('0 of 1 approval');
  });

  test('break-glass is for admins, with a reason, loud, and stated in the release', async () => {
    const w = await started({ policy: { approval: { block: 'break-glass' } } });
    const row = await w.publish(malicious());
    expect(row.state).toBe('held');
    const ref = { owner: 'ann', slug: 'notes', version: '1.0.0' };
    const reason = 'Incident 4711: needed for the drill, host is ours.';
    await expect(w.gate.approve(w.as.bob, ref, { reason })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(w.gate.approve(w.as.bob, ref, { reason, breakGlass: true })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(w.gate.approve(w.as.kim, ref, { reason })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(w.gate.approve(w.as.kim, ref, { reason: 'because', breakGlass: true })).rejects.toMatchObject({ code: 'bad-input' });
    await w.gate.approve(w.as.kim, ref, { reason, breakGlass: true });
    const served = await w.settled();
    expect(served.state).toBe('served');
    expect(await w.events('alarm.break-glass')).toMatchObject([{ actor: { handle: 'kim' }, reason }]);
    const release = await verifyRelease(
      await w.store.blobs.get(served.attestations_sha256!),
      { registryId: 'skills.example', ...ref, archiveSha256: served.archive_sha256 },
      await releaseKeys(w.store, w.store.db),
    );
    expect(release.breakGlass).toBe(true);
  });

  test('a rejection is final', async () => {
    const w = await started();
    await w.publish(doubtful());
    const ref = { owner: 'ann', slug: 'notes', version: '1.0.0' };
    await w.gate.reject(w.as.bob, ref, { reason: 'The helper is not ours.' });
    expect(await w.row()).toMatchObject({ state: 'refused', state_reason: expect.stringContaining('The helper is not ours.') });
    await expect(w.gate.approve(w.as.eve, ref, { reason: 'I disagree.' })).rejects.toMatchObject({ code: 'conflict' });
    expect(await w.state(doubtful())).toBe('refused');
  });

  test('who looked at another report does not decide about this one', async () => {
    const w = await started();
    await w.publish(doubtful());
    const ref = { owner: 'ann', slug: 'notes', version: '1.0.0' };
    const report = 'f'.repeat(64);
    await expect(w.gate.approve(w.as.bob, ref, { reason: 'Fine.', report })).rejects.toMatchObject({ code: 'conflict' });
    await expect(w.gate.reject(w.as.bob, ref, { reason: 'Bad.', report })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('an update that can do more waits for a person, compared with what people have', async () => {
    const w = await started();
    expect(await w.state(honest())).toBe('served');
    const row = await w.publish(greedy(), '1.1.0');
    expect(row).toMatchObject({ state: 'held', decision: 'pass' });
    expect(row.state_reason).toContain('it can do more than @ann/notes@1.0.0');
    const [item] = (await w.gate.queue(w.as.bob)).forMe;
    expect(item!.growth).toMatchObject({ against: '@ann/notes@1.0.0' });
    expect(item!.growth!.added.map((one) => `${one.kind} ${one.key}`)).toContain('host agenda.example');
    await w.gate.approve(w.as.bob, { owner: 'ann', slug: 'notes', version: '1.1.0' }, { reason: 'The agenda host is ours.' });
    expect((await w.settled('1.1.0')).state).toBe('served');
    expect(await w.state([...greedy(), { path: 'more.md', bytes: Buffer.from('Nothing new.\n') }], '1.2.0')).toBe('served');
  });

  test('yanking the modest version does not hide what the next one adds', async () => {
    const w = await started();
    await w.publish(honest());
    await w.gate.yank(w.as.ann, { slug: 'notes', version: '1.0.0' }, '');
    expect(await w.state(greedy(), '1.1.0')).toBe('held');
  });

  test('what was revoked does not come back under another number unseen', async () => {
    const w = await started();
    await w.publish(honest());
    await w.publish(honest('Another.'), '1.1.0');
    await w.gate.revoke(w.as.kim, { slug: 'notes', version: '1.1.0' }, { reason: 'It lies.', severity: 'block' });
    const row = await w.publish(honest('Another.'), '1.2.0');
    expect(row).toMatchObject({ state: 'held', state_reason: expect.stringContaining('the very same files were revoked as @ann/notes@1.1.0') });
    expect(await w.state(honest('A third.'), '1.3.0')).toBe('served');
  });

  test('after everything was revoked, a person looks at the next one', async () => {
    const w = await started();
    await w.publish(honest());
    await w.gate.revoke(w.as.kim, { slug: 'notes', version: '1.0.0' }, { reason: 'It lies.', severity: 'block' });
    const row = await w.publish(honest('Again.'), '1.0.1');
    expect(row).toMatchObject({ state: 'held', state_reason: expect.stringContaining('every earlier version of it was revoked') });
  });

  test('cooldown: approved now, served when it is over', async () => {
    const w = await started({ policy: { cooldown: 60_000 } });
    const row = await w.publish(honest());
    expect(row.state).toBe('approved');
    expect(row.attestations_sha256).toBeNull();
    w.ahead = 61_000;
    await expect.poll(async () => (await w.row()).state, { timeout: 90_000 }).toBe('served');
  });

  test('what is revoked during the cooldown of the same bytes keeps those from being served', async () => {
    const w = await started({ policy: { cooldown: 60_000 } });
    await w.publish(honest());
    w.ahead = 61_000;
    await expect.poll(async () => (await w.row()).state, { timeout: 90_000 }).toBe('served');
    expect((await w.publish(honest(), '1.0.1')).state).toBe('approved');
    await w.gate.revoke(w.as.kim, { slug: 'notes', version: '1.0.0' }, { reason: 'It lies.', severity: 'block' });
    w.ahead = 122_000;
    await expect.poll(async () => (await w.row('1.0.1')).state, { timeout: 90_000 }).toBe('held');
    expect((await w.row('1.0.1')).state_reason).toContain('the very same files were revoked as @ann/notes@1.0.0');
  });

  test('an approval from before the same bytes were revoked does not count, and who gave it is asked again', async () => {
    const w = await started({ policy: { cooldown: 60_000 } });
    const ref = (version: string) => ({ owner: 'ann', slug: 'notes', version });
    const reason = 'The job is wanted.';
    for (const [version, ahead] of [
      ['1.0.0', 61_000],
      ['1.0.1', 0],
    ] as const) {
      expect(await w.state(doubtful(), version)).toBe('held');
      expect((await w.gate.approve(w.as.bob, ref(version), { reason })).state).toBe('approved');
      if (ahead === 0) continue;
      w.ahead = ahead;
      await expect.poll(async () => (await w.row(version)).state, { timeout: 90_000 }).toBe('served');
    }
    const revoked = await w.gate.revoke(w.as.kim, ref('1.0.0'), { reason: 'It lies.', severity: 'block' });
    // What is not served yet is not taken along: it waits for a person.
    expect(revoked).toMatchObject({ row: { state: 'revoked' }, also: [] });
    w.ahead = 122_000;
    await expect.poll(async () => (await w.row('1.0.1')).state, { timeout: 90_000 }).toBe('held');
    const [item] = (await w.gate.queue(w.as.bob)).forMe;
    expect(item).toMatchObject({ version: '1.0.1', reason: expect.stringContaining('the very same files were revoked as @ann/notes@1.0.0') });
    await w.gate.approve(w.as.bob, ref('1.0.1'), { reason: 'Revoked by mistake; I have read it again.' });
    expect((await w.settled('1.0.1')).state).toBe('served');
  });

  test('what the signer sends back is again in the queue of who approved it', async () => {
    const w = await started();
    await w.startSigner({ approval: { approvers: 2 } });
    expect(await w.state(doubtful())).toBe('held');
    const ref = { owner: 'ann', slug: 'notes', version: '1.0.0' };
    expect((await w.gate.queue(w.as.bob)).forMe).toHaveLength(1);
    await w.gate.approve(w.as.bob, ref, { reason: 'The job is wanted.' });
    await expect.poll(async () => (await w.row()).state, { timeout: 90_000 }).toBe('held');
    expect((await w.gate.queue(w.as.bob)).forMe).toMatchObject([{ version: '1.0.0', reason: expect.stringContaining('The signer refuses') }]);
  });

  test('while the signer is away versions wait, and go on when it is back', async () => {
    const w = await started();
    await w.stopSigner();
    const { versionId } = await w.gate.publish(w.as.ann, { slug: 'notes', version: '1.0.0', changelog: '', tags: [], files: honest() });
    await expect.poll(async () => (await w.row()).state, { timeout: 90_000 }).toBe('approved');
    expect((await w.gate.settle(versionId, 200)).state).toBe('approved');
    await w.startSigner();
    expect((await w.gate.settle(versionId, 60_000)).state).toBe('served');
  });

  test('a signer with a stricter policy is believed: the version waits for people', async () => {
    const w = await started();
    await w.startSigner({ approval: { pass: 'review' } });
    const { versionId } = await w.gate.publish(w.as.ann, { slug: 'notes', version: '1.0.0', changelog: '', tags: [], files: honest() });
    await expect.poll(async () => (await w.row()).state, { timeout: 90_000 }).toBe('held');
    expect((await w.row()).state_reason).toContain('The signer refuses');
    await w.gate.approve(w.as.bob, { owner: 'ann', slug: 'notes', version: '1.0.0' }, { reason: 'Read it.' });
    expect((await w.gate.settle(versionId, 60_000)).state).toBe('served');
  });

  test('a signer with another key signs nothing that is served', async () => {
    const w = await started();
    const { signerKey } = await import('../../../registry/signer/key.ts');
    const { runSigner } = await import('../../../registry/signer/server.ts');
    const { defaultSocket } = await import('../../../registry/signer/paths.ts');
    const { scanOnce } = await import('./world.ts');
    await w.stopSigner();
    const other = await runSigner({
      data: w.folder,
      socket: defaultSocket(w.folder),
      key: await signerKey(`${w.folder}/keys/other.key`),
      registryId: 'skills.example',
      policy: w.config.policy,
      archiveLimits: { ...w.config.limits, archiveBytes: Number.MAX_SAFE_INTEGER },
      scanOptions: {},
      scan: scanOnce,
      now: Date.now,
      log: () => {},
    });
    try {
      await w.gate.publish(w.as.ann, { slug: 'notes', version: '1.0.0', changelog: '', tags: [], files: honest() });
      await expect.poll(() => w.events('alarm.signer'), { timeout: 90_000 }).toHaveLength(1);
      expect(await w.row()).toMatchObject({ state: 'approved', attestations_sha256: null });
    } finally {
      await other.stop();
    }
  });

  test('tags: what was asked for is set when it is served; latest is left to the numbers, or to who pinned it', async () => {
    const w = await started();
    const first = await w.publish(honest(), '1.0.0', { tags: ['latest', 'Stable'] });
    const tags = async () => Object.fromEntries((await tagsOf(w.store, w.store.db, first.skill_id)).map((tag) => [tag.tag, tag.version_id]));
    expect(await tags()).toEqual({ stable: first.id });
    await w.gate.setTag(w.as.ann, { slug: 'notes', version: '1.0.0' }, 'latest');
    const older = await w.publish(honest('Older.'), '0.9.0', { tags: ['latest'] });
    expect(older.state).toBe('served');
    expect((await tags())['latest']).toBe(first.id);
    const newer = await w.publish(honest('Newer.'), '1.1.0', { tags: ['latest'] });
    expect((await tags())['latest']).toBe(newer.id);
    await expect(w.gate.setTag(w.as.dan, { slug: 'notes', version: '1.0.0' }, 'mine')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(w.gate.setTag(w.as.ann, { slug: 'notes', version: '1.0.0' }, '2.0.0')).rejects.toMatchObject({ code: 'bad-input' });
  });
});
