/**
 * Loads and scans in a disposable thread: `{ id, target, options }` in, `{ id, report }` or `{ id, error }` out. The parent sets heap and stack limits, watches the clock and replaces a
 * thread that dies; what it died on is then a failure that names the skill, never a gap.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { setIndicators } from './data/indicators.ts';
import { LoadError, load, loadPolicy, ruleIds, scan } from './index.ts';
import type { Capability, Report } from './model.ts';
import { PolicyError } from './policy/index.ts';
import { slim } from './report/index.ts';

export interface WorkerOptions {
  readonly policy: string | { readonly file: string; readonly text: string };
  readonly asOf: string;
  readonly registry?: string;
  readonly token?: string;
  readonly ref?: string;
  readonly indicators?: { readonly file: string; readonly text: string };
  readonly against?: { readonly name: string; readonly capability: Capability };
  /** Send back only what a summary shows. */
  readonly slim?: boolean;
}
export interface WorkerJob {
  readonly id: number;
  readonly target: string;
  /** Watch the clock inside the thread, file by file. The first try leaves that to the parent; a target that was stopped is read again with it. */
  readonly watchdog: boolean;
}
export type WorkerAnswer =
  | { readonly id: number; readonly report: Report }
  | { readonly id: number; readonly error: { readonly kind: 'load' | 'policy' | 'crash'; readonly message: string } };

/** What a thread does with one target; used by the command in the main thread as well. */
export async function vetOne(target: string, options: WorkerOptions, policy: ReturnType<typeof loadPolicy>, watchdog = true): Promise<Report> {
  const skill = await load(target, {
    ...(options.registry === undefined ? {} : { registry: options.registry }),
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(options.ref === undefined ? {} : { ref: options.ref }),
  });
  const report = await scan(skill, { policy, asOf: options.asOf, watchdog, ...(options.against ? { against: options.against } : {}) });
  return options.slim === true ? slim(report, true) : report;
}

/** Says what kind of failure an exception is. */
export function failureOf(error: unknown): { kind: 'load' | 'policy' | 'crash'; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof LoadError) return { kind: 'load', message };
  if (error instanceof PolicyError) return { kind: 'policy', message };
  return { kind: 'crash', message };
}

if (parentPort !== null && (workerData as { skillward?: true } | null)?.skillward) {
  const port = parentPort;
  const { options } = workerData as { options: WorkerOptions };
  if (options.indicators) setIndicators(options.indicators.text, options.indicators.file);
  const policy = loadPolicy(options.policy, ruleIds);
  port.on('message', async ({ id, target, watchdog }: WorkerJob) => {
    let answer: WorkerAnswer;
    try {
      answer = { id, report: await vetOne(target, options, policy, watchdog) };
    } catch (error) {
      answer = { id, error: failureOf(error) };
    }
    port.postMessage(answer);
  });
}
