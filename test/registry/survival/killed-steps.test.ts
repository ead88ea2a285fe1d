/**
 * A server that is killed (SIGKILL, a process of its own, the build as it is shipped) at every point of publish, scan, approve and sign that the gate knows. Another server then opens
 * the folder: a reader gets nothing of the version by any route, or the whole signed one by each; it goes on from there; and the client that sends its request again gets that one version.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Checkpoint, checkpoints } from '../../../registry/gate/context.ts';
import { built } from '../../cli/built.ts';
import { server } from '../server.ts';
import { examine, seen } from './kit.ts';
import { byTickets, doubtful, multipart, ordinary, type Published } from './requests.ts';

/** Longer than the lease of a job whose server died. */
const later = 60_000;
const folders: string[] = [];
let child: string;

beforeAll(async () => {
  // Beside the build, where it finds the parts that are processes of their own; from source each start would take seconds.
  child = join(built(), `kill-child-${process.pid}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL('./kill-child.ts', import.meta.url))],
    outfile: child,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['better-sqlite3'],
    logLevel: 'warning',
    banner: {
      js: "import{createRequire as __sw_require}from'node:module';import{fileURLToPath as __sw_path}from'node:url';import{dirname as __sw_folder}from'node:path';const require=__sw_require(import.meta.url),__filename=__sw_path(import.meta.url),__dirname=__sw_folder(__filename);",
    },
  });
}, 120_000);
afterAll(() => {
  for (const one of [child, ...folders]) rmSync(one, { recursive: true, force: true });
});

/** Runs the child until it is gone. */
const killed = (folder: string, point: string, kind: string): Promise<{ signal: NodeJS.Signals | null; output: string }> =>
  new Promise((resolve) => {
    const running = spawn(process.execPath, [child, folder, point, kind], { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [running.stdout, running.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
      });
    running.once('close', (_, signal) => resolve({ signal, output }));
  });

/** What a writer that is killed in the middle of a file leaves; an old one is cleaned up at the next start, a young one may still be somebody's. */
function halfWritten(folder: string): void {
  const tmp = join(folder, 'blobs', 'tmp');
  mkdirSync(tmp, { recursive: true });
  for (const [name, age] of [
    ['a'.repeat(24), 7_200],
    ['b'.repeat(24), 0],
  ] as const) {
    writeFileSync(join(tmp, name), 'PK\u0003\u0004 half of it');
    const at = Date.now() / 1000 - age;
    utimesSync(join(tmp, name), at, at);
  }
}

/** Whether what was killed there had been committed as served. */
const after = (point: Checkpoint): 'nothing' | 'whole' => (point === 'sign:committed' ? 'whole' : 'nothing');

test.concurrent.each(checkpoints)('killed at %s', { timeout: 120_000 }, async (point) => {
  const kind = point.startsWith('approve:') ? 'held' : 'clean';
  const files = kind === 'held' ? doubtful('notes') : ordinary('notes');
  const version = { owner: 'ann', slug: 'notes', version: '1.0.0', files };
  const folder = mkdtempSync(join(tmpdir(), 'skillward-killed-'));
  folders.push(folder);
  expect(await killed(folder, point, kind)).toEqual({ signal: 'SIGKILL', output: `${point}\n` });
  halfWritten(folder);
  const left = await examine(folder);
  expect(left.versions.size).toBe(point.startsWith('publish:') && point !== 'publish:committed' ? 0 : 1);

  const shop = await server({ folder, idle: true });
  shop.ahead = later;
  try {
    // As it was left, before anything goes on.
    expect(await seen(shop.ask, folder, version)).toBe(after(point));
    expect(readdirSync(join(folder, 'blobs', 'tmp'))).toEqual(['b'.repeat(24)]);
    await shop.gate.start();
    // The client that heard nothing asks again, by either generation of the wire.
    const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
      shop
        .ask(path, {
          as: 'ann',
          method: (init.method ?? 'GET') as 'GET',
          body: init.body instanceof Uint8Array ? Buffer.from(init.body) : init.body,
          headers: init.headers as Record<string, string>,
        })
        .then((answer) => new Response(new Uint8Array(answer.body), { status: answer.status }));
    const answers: Published[] = [];
    for (const again of [
      () => ask('/api/v1/skills', { method: 'POST', body: multipart('notes', '1.0.0', files) }),
      () => byTickets(ask, 'notes', '1.0.0', files),
    ]) {
      const answer = await again();
      expect(answer.status).toBe(200);
      answers.push((await answer.json()) as Published);
      if (kind === 'held' && (await shop.row()).state === 'held')
        await shop.gate.approve(shop.as.bob, { owner: 'ann', slug: 'notes', version: '1.0.0' }, { reason: 'Wanted.' });
      await shop.settled();
    }
    const before = left.versions.get('@ann/notes@1.0.0')?.id;
    expect(new Set(answers.map((one) => one.versionId)).size).toBe(1);
    if (before !== undefined) expect(answers[0]!.versionId).toBe(before);
    expect(answers[1]!.publicationStatus).toBe('published');
    expect(await seen(shop.ask, folder, version)).toBe('whole');
    const now = await examine(folder);
    expect([...now.versions]).toEqual([['@ann/notes@1.0.0', expect.objectContaining({ id: answers[0]!.versionId, state: 'served' })]]);
    const once = ['version.published', 'version.scanned', 'version.approved', 'version.served', ...(kind === 'held' ? ['approval.given'] : [])];
    for (const type of once) expect({ type, times: now.told.get(`${type} @ann/notes@1.0.0`) }).toEqual({ type, times: 1 });
    expect(
      await shop.store.db.selectFrom('jobs').select(['kind', 'subject']).where('done_at', 'is', null).where('kind', 'in', ['scan', 'sign']).execute(),
    ).toEqual([]);
  } finally {
    await shop.close();
  }
});
