/**
 * Killed (SIGKILL, a real process on a real store, scanning in its own process and signed by the real signer) at every step of publish, scan, approve and sign, one start after the other: what
 * is there after each is nothing, or a version that nobody can read yet, or the whole signed one; each next start goes on from there, and the same publish, sent every time, gives one version.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { Checkpoint } from '../../../registry/gate/index.ts';
import { createKeyring } from '../../../registry/keyring.ts';
import { releasable } from '../../../registry/model.ts';
import { verifyEvents } from '../../../registry/store/events.ts';
import { openStore } from '../../../registry/store/index.ts';
import { releaseKeys, tagsOf } from '../../../registry/store/versions.ts';
import { verifyRelease } from '../../../registry/trust/release.ts';
import { configOf, doubtful, honest, signerFor, world } from './world.ts';

type Kind = 'honest' | 'doubtful';
const points: readonly (readonly [Kind, readonly Checkpoint[]])[] = [
  [
    'honest',
    [
      'publish:checked',
      'publish:stored',
      'publish:in-transaction',
      'publish:committed',
      'scan:begun',
      'scan:done',
      'scan:stored',
      'scan:in-transaction',
      'scan:committed',
      'sign:begun',
      'sign:signed',
      'sign:stored',
      'sign:in-transaction',
      'sign:committed',
    ],
  ],
  ['doubtful', ['scan:committed', 'approve:in-transaction', 'approve:committed', 'sign:committed']],
];
/** Milliseconds between the clocks of two starts: longer than the lease of a job whose server died. */
const apart = 60_000;
const folders: string[] = [];
afterEach(() => {
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true });
});

/** Runs the child until it is gone. */
const killed = (folder: string, point: string, kind: Kind, ahead: number): Promise<{ signal: NodeJS.Signals | null; output: string }> =>
  new Promise((resolve) => {
    const script = fileURLToPath(new URL('./crash-child.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, folder, point, kind, String(ahead)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
      });
    child.once('close', (_, signal) => resolve({ signal, output }));
  });

/** What a crash may leave. @returns the id of the version, if there is one */
async function look(folder: string): Promise<string | undefined> {
  const store = await openStore(folder);
  try {
    const rows = await store.db.selectFrom('versions').selectAll().execute();
    expect(await store.db.selectFrom('skills').selectAll().execute()).toHaveLength(rows.length);
    for (const row of rows) {
      store.sealed('versions', row);
      await store.blobs.get(row.archive_sha256);
      if (row.report_sha256 !== null) await store.blobs.get(row.report_sha256);
      if (releasable.has(row.state)) continue;
      expect(row).toMatchObject({ attestations_sha256: null, served_at: null });
      expect(await store.db.selectFrom('skill_search').select('slug').execute()).toEqual([]);
      expect(await tagsOf(store, store.db, row.skill_id)).toEqual([]);
    }
    expect(await verifyEvents(store.db)).toMatchObject({ ok: true });
    return rows[0]?.id;
  } finally {
    await store.close();
  }
}

test.each(points)('killed at every step: %s', { timeout: 300_000 }, async (kind, steps) => {
  const folder = mkdtempSync(join(tmpdir(), 'skillward-crash-'));
  folders.push(folder);
  // The signer is another process than the server's, and goes on.
  const store = await openStore(folder);
  const signer = await signerFor(configOf(folder), () => Date.now() + apart * 100);
  await (await createKeyring(store)).meet(signer.key);
  await store.close();
  let id: string | undefined;
  for (const [index, point] of steps.entries()) {
    const { signal, output } = await killed(folder, point, kind, apart * index);
    expect({ signal, output }).toEqual({ signal: 'SIGKILL', output: `${point}\n` });
    const found = await look(folder);
    if (id !== undefined) expect(found).toBe(id);
    id = found;
  }
  await signer.stop();

  const w = await world({ folder, idle: true });
  w.ahead = apart * 50;
  try {
    await w.gate.start();
    const files = kind === 'honest' ? honest() : doubtful();
    const again = await w.gate.publish(w.as.ann, { slug: 'notes', version: '1.0.0', changelog: '', tags: ['stable'], files });
    expect(again).toMatchObject({ versionId: id, repeated: true });
    const row = await w.gate.settle(again.versionId, 60_000);
    expect(row.state).toBe('served');
    await verifyRelease(
      await w.store.blobs.get(row.attestations_sha256!),
      { registryId: 'skills.example', owner: 'ann', slug: 'notes', version: '1.0.0', archiveSha256: row.archive_sha256 },
      await releaseKeys(w.store, w.store.db),
    );
    expect(await w.store.db.selectFrom('versions').select('id').execute()).toHaveLength(1);
    for (const type of ['version.published', 'version.scanned', 'version.approved', 'version.served']) expect(await w.events(type)).toHaveLength(1);
    expect(await w.events('approval.given')).toHaveLength(kind === 'honest' ? 0 : 1);
    expect((await tagsOf(w.store, w.store.db, row.skill_id)).map((tag) => tag.tag)).toEqual(['stable']);
    expect(await verifyEvents(w.store.db)).toMatchObject({ ok: true });
  } finally {
    await w.close();
  }
});
