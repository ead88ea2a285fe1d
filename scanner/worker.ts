/**
 * Loads and scans in a disposable thread: `{ id, target, options }` in, `{ id, report }` or `{ id, error }` out. The parent sets heap and stack limits, watches the clock and replaces a
 * thread that dies; what it died on is then a failure that names the skill, never a gap.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { setIndicators } from './data/indicators.ts';
import { loadPolicy, ruleIds } from './index.ts';
import type { Examined, Report } from './model.ts';
import { examineOne, failureOf, type PackageTarget, vetOne, type WorkerOptions } from './one.ts';

export type { PackageTarget, WorkerOptions } from './one.ts';

export interface WorkerJob {
  readonly id: number;
  readonly target: string | PackageTarget;
  /** Watch the clock inside the thread, file by file. The first try leaves that to the parent; a target that was stopped is read again with it. */
  readonly watchdog: boolean;
}
export type WorkerAnswer =
  | { readonly id: number; readonly report: Report | Examined }
  | { readonly id: number; readonly error: { readonly kind: 'load' | 'policy' | 'crash'; readonly message: string } };

if (parentPort !== null && (workerData as { skillward?: true } | null)?.skillward) {
  const port = parentPort;
  const { options } = workerData as { options: WorkerOptions };
  if (options.indicators) setIndicators(options.indicators.text, options.indicators.file);
  const policy = loadPolicy(options.policy, ruleIds);
  port.on('message', async ({ id, target, watchdog }: WorkerJob) => {
    let answer: WorkerAnswer;
    try {
      const report =
        typeof target === 'string' ? await vetOne(target, options, policy, watchdog) : await examineOne(target, options.asOf, policy, watchdog);
      answer = { id, report };
    } catch (error) {
      answer = { id, error: failureOf(error) };
    }
    port.postMessage(answer);
  });
}
