/**
 * Many skills on several threads: answers in the order of the targets whatever finishes first, a clock for each skill, and a new thread for one that was killed or died. Memory is bounded by the heap cap of
 * each thread and by what the caller keeps of the answers.
 */
import { Worker } from 'node:worker_threads';
import type { Report } from '../scanner/model.ts';
import type { WorkerAnswer, WorkerOptions } from '../scanner/worker.ts';

/** Heap of one thread in MiB: two of them and the main thread stay under 1 GiB. */
const HEAP_MIB = 320;
/** Deep nesting that a browser-sized stack refuses parses in 64 MiB (`a+` 20,000 times). */
const STACK_MIB = 64;

export type Outcome = { readonly report: Report } | { readonly error: { readonly kind: 'load' | 'policy' | 'crash'; readonly message: string } };

interface Seat {
  worker: Worker;
  job: number | undefined;
  timer: NodeJS.Timeout | undefined;
}

const source = import.meta.url.endsWith('.ts');
const start = (options: WorkerOptions): Worker =>
  new Worker(source ? new URL('../scanner/worker.ts', import.meta.url) : new URL('./worker.js', import.meta.url), {
    workerData: { skillward: true, options },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB, maxYoungGenerationSizeMb: 32, stackSizeMb: STACK_MIB },
    ...(source ? { execArgv: ['--import', 'tsx'] } : {}),
    stdout: true,
    stderr: true,
  });

/**
 * Scans every target.
 * @param deadlineMs longest time one target may take, loading included
 * @param done called once a target, in any order
 */
export async function scanAll(targets: readonly string[], options: WorkerOptions, jobs: number, deadlineMs: number, done: (index: number, outcome: Outcome) => void): Promise<void> {
  let next = 0;
  let open = targets.length;
  if (open === 0) return;
  await new Promise<void>((resolve) => {
    const seats: Seat[] = [];
    const finish = (seat: Seat, outcome: Outcome): void => {
      const { job } = seat;
      if (job === undefined) return;
      clearTimeout(seat.timer);
      seat.job = undefined;
      done(job, outcome);
      open--;
      if (open === 0) {
        for (const one of seats) void one.worker.terminate();
        resolve();
      } else give(seat);
    };
    const give = (seat: Seat): void => {
      if (next >= targets.length) return;
      const index = next++;
      seat.job = index;
      seat.timer = setTimeout(() => {
        const stopped = seat.worker;
        seat.worker = listen(seat, start(options));
        void stopped.terminate();
        finish(seat, { error: { kind: 'load', message: `stopped after ${Math.round(deadlineMs / 1000)} s` } });
      }, deadlineMs);
      seat.worker.postMessage({ id: index, target: targets[index]! });
    };
    const listen = (seat: Seat, worker: Worker): Worker => {
      worker.on('message', (answer: WorkerAnswer) => {
        if (seat.worker === worker && answer.id === seat.job) finish(seat, 'report' in answer ? { report: answer.report } : { error: answer.error });
      });
      worker.on('error', (error: NodeJS.ErrnoException) => {
        if (seat.worker !== worker) return;
        const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
        seat.worker = listen(seat, start(options));
        finish(seat, { error: memory ? { kind: 'load', message: `needed more than ${HEAP_MIB} MiB` } : { kind: 'crash', message: error.message } });
      });
      return worker;
    };
    for (let index = 0; index < Math.min(jobs, targets.length); index++) {
      const seat = { job: undefined, timer: undefined } as unknown as Seat;
      seat.worker = listen(seat, start(options));
      seats.push(seat);
    }
    for (const seat of seats) give(seat);
  });
}
