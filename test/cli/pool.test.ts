/** The pool of threads: whatever one target does to its thread, it is one row with an error and the others are scanned. Threads are made up here, so that nothing waits for a real hang. */
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { type Outcome, scanAll } from '../../cli/pool.ts';
import type { WorkerOptions } from '../../scanner/worker.ts';

const options: WorkerOptions = { policy: 'balanced', asOf: '2026-01-01' };
/** Does what the name of the target says. */
const code = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', ({ id, target }) => {
  if (target.startsWith('hang')) for (;;);
  if (target.startsWith('throw')) throw new Error('broke on ' + target);
  if (target.startsWith('leave')) process.exit(7);
  if (target.startsWith('memory')) { const keep = []; for (;;) keep.push(new Array(100_000).fill(keep.length)); }
  if (target.startsWith('lie')) parentPort.postMessage({ id: id + 1, report: 'of another' });
  if (target.startsWith('refuse')) return parentPort.postMessage({ id, error: { kind: 'load', message: 'no such folder' } });
  parentPort.postMessage({ id, report: target });
});`;
const start = (): Worker => new Worker(code, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 16 }, stderr: true });

async function run(targets: readonly string[], jobs = 2, deadline = 20_000, make: () => Worker = start): Promise<string[]> {
  const rows: string[] = targets.map(() => 'none');
  await scanAll(
    targets,
    options,
    jobs,
    deadline,
    (index: number, outcome: Outcome) => {
      expect(rows[index]).toBe('none');
      rows[index] = 'report' in outcome ? String(outcome.report) : `${outcome.error.kind}: ${outcome.error.message}`;
    },
    make,
  );
  return rows;
}

test('a thread that throws, leaves or runs out of memory costs one row', async () => {
  const rows = await run(['a', 'throw 1', 'b', 'leave 2', 'c', 'memory 3', 'd', 'refuse', 'e', 'lie', 'f']);
  expect(rows).toEqual([
    'a',
    'crash: broke on throw 1',
    'b',
    'crash: the thread ended by itself with code 7',
    'c',
    'load: needed more than 320 MiB',
    'd',
    'load: no such folder',
    'e',
    'lie',
    'f',
  ]);
});

test('a thread that hangs is stopped by the clock and replaced', async () => {
  expect(await run(['a', 'hang', 'b', 'c'], 1, 1_000)).toEqual(['a', 'load: stopped after 1 s', 'b', 'c']);
});

test('threads that cannot even start end after the last target', async () => {
  let started = 0;
  const rows = await run(['a', 'b', 'c'], 2, 20_000, () => {
    started++;
    return new Worker('throw new Error("no start")', { eval: true, stderr: true });
  });
  expect(rows).toEqual(['crash: no start', 'crash: no start', 'crash: no start']);
  expect(started).toBe(3);
});

test('what the caller throws comes out, and no targets are no work', async () => {
  await expect(
    scanAll(
      ['a', 'b'],
      options,
      1,
      20_000,
      () => {
        throw new Error('from the caller');
      },
      start,
    ),
  ).rejects.toThrow('from the caller');
  expect(await run([])).toEqual([]);
});
