import { appendFileSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { scanIsolated } from '../../../registry/scan/index.ts';
import { doubtful, greedy, honest, malicious, scanOnce, type World, type WorldOptions, world } from './world.ts';

// Real scans in processes of their own, on whatever machine.
vi.setConfig({ testTimeout: 180_000 });

const open: World[] = [];
const started = async (options: WorldOptions = {}): Promise<World> => {
  const made = await world(options);
  open.push(made);
  return made;
};
const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'skillward-gate-'));
  folders.push(made);
  return made;
};
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true });
});
/** Nothing that contacts a host. */
const strict = { file: 'house.yaml', text: 'version: 1\nname: house\nextends: balanced\ncapabilities:\n  host: block\n' };

describe('rules change', () => {
  test('a report says first what would change; the next start flags what the new rules block', async () => {
    const data = folder();
    const before = await world({ folder: data });
    await before.publish(honest(), '1.0.0', { slug: 'quiet' });
    await before.publish(greedy(), '1.0.0', { slug: 'loud' });
    await before.close();

    const idle = await world({ folder: data, policy: { scan: strict }, idle: true });
    const report = await idle.gate.rescan({ apply: false });
    expect(report).toMatchObject({ versions: 2, failures: [], changes: [{ ref: '@ann/loud@1.0.0', was: 'pass', now: 'block', action: 'flag' }] });
    expect(report.changes[0]!.findings.join()).toContain('host:agenda.example');
    expect((await idle.row('1.0.0', 'loud')).flagged).toBeNull();
    await idle.close();

    const after = await started({ folder: data, policy: { scan: strict } });
    await expect.poll(async () => (await after.row('1.0.0', 'loud')).flagged, { timeout: 90_000 }).not.toBeNull();
    expect(await after.row('1.0.0', 'loud')).toMatchObject({ state: 'served' });
    expect(JSON.parse((await after.row('1.0.0', 'loud')).flagged!)).toMatchObject({ decision: 'block' });
    expect((await after.row('1.0.0', 'quiet')).flagged).toBeNull();
    expect(await after.events('version.flagged')).toHaveLength(1);
    await after.gate.stop();
    open.splice(0);
    await after.close();

    const back = await started({ folder: data });
    await expect.poll(async () => (await back.row('1.0.0', 'loud')).flagged, { timeout: 90_000 }).toBeNull();
  });

  test('a rescan of everything is a job that goes on where a server left it', async () => {
    const data = folder();
    const before = await world({ folder: data });
    for (const slug of ['one', 'two', 'three']) await before.publish(honest(slug), '1.0.0', { slug });
    await expect(before.gate.startRescan(before.as.bob, { apply: false })).rejects.toMatchObject({ code: 'forbidden' });
    await before.close();

    const scans: string[] = [];
    const first = await world({
      folder: data,
      gate: {
        scan: async (input, options) => {
          scans.push(input.name);
          if (scans.length === 1) return scanOnce(input, options);
          // Scans until the server is told to stop.
          await new Promise<void>((resolve) => options?.signal?.addEventListener('abort', () => resolve(), { once: true }));
          return { ok: false, reason: 'stopped', says: 'the scan was stopped before its end' };
        },
      },
    });
    const { id, state } = await first.gate.startRescan(first.as.kim, { apply: false });
    expect(state).toBe('running');
    expect((await first.gate.startRescan(first.as.kim, { apply: false })).id).toBe(id);
    await expect(first.gate.rescanJob(first.as.bob, id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect.poll(async () => (await first.gate.rescanJob(first.as.kim, id)).scanned, { timeout: 60_000 }).toBe(1);
    await first.close();

    const again: string[] = [];
    const second = await started({
      folder: data,
      gate: {
        scan: async (input, options) => {
          again.push(input.name);
          return scanOnce(input, options);
        },
      },
    });
    await expect
      .poll(() => second.gate.rescanJob(second.as.kim, id), { timeout: 60_000 })
      .toMatchObject({ state: 'done', versions: 3, scanned: 3, changes: [], failures: [], does: 'report' });
    expect([...scans.slice(0, 1), ...again]).toEqual(['@ann/one', '@ann/two', '@ann/three']);
    expect((await second.events()).filter((event) => event.subject === id).map((event) => event.type)).toEqual(['rescan.started', 'rescan.done']);
    expect((await second.gate.startRescan(second.as.kim, { apply: false })).id).not.toBe(id);
  });

  test('a start says what would be revoked, and flags; an admin has it revoked if policy says so', async () => {
    const data = folder();
    const before = await world({ folder: data });
    await before.publish(greedy(), '1.0.0', { slug: 'loud' });
    await before.close();

    const flagging = await world({ folder: data, policy: { scan: strict }, idle: true });
    await flagging.gate.rescan({ apply: true });
    expect(await flagging.row('1.0.0', 'loud')).toMatchObject({ state: 'served', flagged: expect.any(String) });
    await flagging.close();

    const after = await started({ folder: data, policy: { scan: strict, rescan: 'revoke' } });
    const latest = () => after.gate.rescanJob(after.as.kim, 'latest');
    const changes = [{ ref: '@ann/loud@1.0.0', was: 'pass', now: 'block', action: 'revoke' }];
    await expect.poll(() => latest().catch(() => undefined), { timeout: 90_000 }).toMatchObject({ state: 'done', does: 'flag', changes });
    const report = await latest();
    expect(await after.events('rules.changed')).toMatchObject([{ data: { rescan: report.id } }]);
    expect(await after.row('1.0.0', 'loud')).toMatchObject({ state: 'served', flagged: expect.any(String) });
    expect(await after.events('version.revoked')).toEqual([]);

    // Also what is flagged already.
    const { id } = await after.gate.startRescan(after.as.kim, { apply: true });
    await expect.poll(() => after.gate.rescanJob(after.as.kim, id), { timeout: 90_000 }).toMatchObject({ state: 'done', does: 'apply', changes });
    expect((await after.row('1.0.0', 'loud')).state).toBe('revoked');
    await expect.poll(async () => (await after.row('1.0.0', 'loud')).revocation_sha256, { timeout: 90_000 }).not.toBeNull();
    expect(await after.events('version.revoked')).toMatchObject([
      { actor: { via: 'system' }, reason: expect.stringContaining('host:agenda.example') },
    ]);
  });

  test('what was asked to be applied is not applied under another policy', async () => {
    const data = folder();
    const before = await world({ folder: data });
    await before.publish(greedy(), '1.0.0', { slug: 'loud' });
    await before.close();
    const asked = await world({ folder: data, policy: { scan: strict }, idle: true });
    const { id } = await asked.gate.startRescan(asked.as.kim, { apply: true });
    await asked.close();
    const after = await started({ folder: data, policy: { scan: strict, rescan: 'revoke' } });
    await expect
      .poll(() => after.gate.rescanJob(after.as.kim, id), { timeout: 60_000 })
      .toMatchObject({ state: 'failed', scanned: 0, failure: expect.stringContaining('policy') });
    await expect.poll(async () => (await after.gate.rescanJob(after.as.kim, 'latest')).state, { timeout: 90_000 }).not.toBe('running');
    expect((await after.row('1.0.0', 'loud')).state).toBe('served');
  });

  test('what an admin let through is not revoked for the reasons that were known then', async () => {
    const data = folder();
    const policy = { approval: { block: 'break-glass' as const } };
    const before = await world({ folder: data, policy });
    await before.publish(malicious());
    await before.gate.approve(
      before.as.kim,
      { owner: 'ann', slug: 'notes', version: '1.0.0' },
      { reason: 'Known, wanted, and watched.', breakGlass: true },
    );
    expect((await before.settled()).state).toBe('served');
    await before.close();
    const after = await started({ folder: data, policy: { ...policy, rescan: 'revoke' }, idle: true });
    expect(await after.gate.rescan({ apply: true })).toMatchObject({ versions: 1, changes: [] });
    expect((await after.row()).state).toBe('served');
  });

  test('a version approved under rules that changed before it was signed is scanned and judged again', async () => {
    const data = folder();
    const before = await world({ folder: data, policy: { cooldown: 60_000 } });
    await before.publish(greedy());
    expect((await before.row()).state).toBe('approved');
    await before.close();
    const after = await started({ folder: data, policy: { cooldown: 60_000, scan: strict } });
    after.ahead = 61_000;
    await expect.poll(async () => (await after.row()).state, { timeout: 60_000 }).toBe('refused');
    expect((await after.row()).state_reason).toContain('Policy: house');
  });

  test('and what a person approved stays approved if nothing is new', async () => {
    const data = folder();
    const before = await world({ folder: data, policy: { cooldown: 60_000 } });
    await before.publish(doubtful());
    await before.gate.approve(before.as.bob, { owner: 'ann', slug: 'notes', version: '1.0.0' }, { reason: 'The job is wanted.' });
    await before.close();
    const after = await started({ folder: data, policy: { cooldown: 60_000, scan: strict } });
    after.ahead = 61_000;
    await expect.poll(async () => (await after.row()).state, { timeout: 60_000 }).toBe('served');
    expect(await after.events('version.rescan')).toHaveLength(1);
  });
});

describe('a scan that does not end', () => {
  test('is tried again, then waits for a person, who cannot approve it but can have it scanned anew', async () => {
    let timeoutMs = 1;
    const w = await started({
      gate: { scan: (input, options) => (timeoutMs === 1 ? scanIsolated(input, { ...options, timeoutMs }) : scanOnce(input, options)) },
    });
    const { versionId } = await w.gate.publish(w.as.ann, { slug: 'notes', version: '1.0.0', changelog: '', tags: [], files: honest() });
    await expect
      .poll(
        async () => {
          w.ahead += 10_000;
          return (await w.row()).state;
        },
        { timeout: 90_000 },
      )
      .toBe('held');
    expect(await w.row()).toMatchObject({ decision: 'failed', report_sha256: null, state_reason: expect.stringContaining('could not be scanned') });
    const job = await w.store.db.selectFrom('jobs').selectAll().where('kind', '=', 'scan').executeTakeFirstOrThrow();
    expect(job.attempts).toBe(3);
    const ref = { owner: 'ann', slug: 'notes', version: '1.0.0' };
    await expect(w.gate.approve(w.as.bob, ref, { reason: 'It will be fine.' })).rejects.toMatchObject({ code: 'conflict' });
    timeoutMs = 60_000;
    await w.gate.retry(w.as.bob, ref);
    expect((await w.gate.settle(versionId, 60_000)).state).toBe('served');
  });

  test('stopping the server ends it, and the next start does it again', async () => {
    const data = folder();
    const before = await world({ folder: data, gate: { scan: scanIsolated } });
    const { versionId } = await before.gate.publish(before.as.ann, { slug: 'notes', version: '1.0.0', changelog: '', tags: [], files: honest() });
    await before.close();
    const after = await started({ folder: data });
    expect((await after.gate.settle(versionId, 60_000)).state).toBe('served');
  });
});

describe('stored bytes', () => {
  test('the scrub reads everything again and says what does not fit', async () => {
    const w = await started();
    const row = await w.publish(honest());
    expect(await w.gate.scrub()).toMatchObject({ versions: 1, blobs: 3, damaged: [] });
    appendFileSync(w.store.blobs.path(row.archive_sha256), 'x');
    expect((await w.gate.scrub()).damaged).toEqual([{ ref: '@ann/notes@1.0.0', says: expect.stringContaining(row.archive_sha256) }]);
    truncateSync(w.store.blobs.path(row.attestations_sha256!), 10);
    expect((await w.gate.scrub()).damaged).toHaveLength(2);
    expect(await w.events('alarm.tampered')).toHaveLength(1);
  });

  test('and does so by itself once a day', async () => {
    const w = await started();
    const row = await w.publish(honest());
    appendFileSync(w.store.blobs.path(row.archive_sha256), 'x');
    w.ahead = 3_600_000;
    await expect.poll(() => w.events('alarm.tampered'), { timeout: 90_000 }).toHaveLength(1);
    // It has ended, and waits for tomorrow.
    const next = (): Promise<unknown> =>
      w.store.db.selectFrom('jobs').select(['lease_owner', 'run_at']).where('kind', '=', 'scrub').executeTakeFirst();
    await expect.poll(next).toMatchObject({ lease_owner: null, run_at: expect.toSatisfy((at: number) => at > Date.now() + 24 * 3_600_000) });
    w.ahead = 25 * 3_600_000 + 60_000;
    await expect.poll(() => w.events('alarm.tampered'), { timeout: 90_000 }).toHaveLength(2);
  });

  test('a row that was changed from outside is found, and nothing is decided about it', async () => {
    const w = await started();
    const row = await w.publish(honest());
    await w.store.db
      .updateTable('versions')
      .set({ archive_sha256: 'f'.repeat(64) })
      .where('id', '=', row.id)
      .execute();
    expect((await w.gate.scrub()).damaged).toHaveLength(1);
    await expect(w.gate.yank(w.as.ann, { slug: 'notes', version: '1.0.0' }, '')).rejects.toMatchObject({ code: 'tampered' });
  });

  test('an archive that was exchanged before it was scanned is neither scanned nor served', async () => {
    const w = await started({ idle: true });
    const { versionId } = await w.gate.publish(w.as.ann, { slug: 'notes', version: '1.0.0', changelog: '', tags: [], files: honest() });
    const { archive_sha256 } = await w.row();
    appendFileSync(w.store.blobs.path(archive_sha256), 'x');
    await w.gate.start();
    await expect
      .poll(
        async () => {
          w.ahead += 10_000;
          return (await w.gate.settle(versionId, 50)).state;
        },
        { timeout: 90_000 },
      )
      .toBe('held');
    expect(await w.row()).toMatchObject({ decision: 'failed', report_sha256: null });
  });
});
