/**
 * Many skills on several threads: answers in the order of the targets whatever finishes first, a clock for each skill, and a new thread for one that was killed or died. Memory is bounded by the heap cap of
 * each thread and by what the caller keeps of the answers.
 */
import { Worker } from 'node:worker_threads';
import type { Examined, Report } from '../scanner/model.ts';
import type { PackageTarget, WorkerAnswer, WorkerOptions } from '../scanner/worker.ts';

/** Heap of one thread in MiB: two of them and the main thread stay under 1 GiB. */
const HEAP_MIB = 320;
/** How long the first try of a target may take. Real skills need well under a second; who needs more is read again, watched file by file. */
const FIRST_MS = 15_000;
/** Deep nesting that a browser-sized stack refuses parses in 64 MiB (`a+` 20,000 times). */
const STACK_MIB = 64;

/** A target is an address to load, or a package whose bytes are here; the first gives a Report, the second what a comparison needs. */
type AnswerTo<T> = T extends PackageTarget ? Examined : Report;
export type Outcome<R = Report> =
  | { readonly report: R }
  | { readonly error: { readonly kind: 'load' | 'policy' | 'crash'; readonly message: string } };

interface Seat {
  worker: Worker | undefined;
  job: number | undefined;
  timer: NodeJS.Timeout | undefined;
}

const source = import.meta.url.endsWith('.ts');
const startWorker = (options: WorkerOptions): Worker =>
  new Worker(source ? new URL('../scanner/worker.ts', import.meta.url) : new URL('./worker.mjs', import.meta.url), {
    workerData: { skillward: true, options },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB, maxYoungGenerationSizeMb: 64, stackSizeMb: STACK_MIB },
    ...(source ? { execArgv: ['--import', 'tsx'] } : {}),
    // What a thread prints is no part of a report.
    stdout: true,
    stderr: true,
  });

/**
 * Scans every target.
 * @param deadlineMs longest time one target may take, loading included
 * @param done called once a target, in any order; what it throws ends everything
 * @param start makes a thread; a test may give its own
 */
export async function scanAll<T extends string | PackageTarget>(
  targets: readonly T[],
  options: WorkerOptions,
  jobs: number,
  deadlineMs: number,
  done: (index: number, outcome: Outcome<AnswerTo<T>>) => void,
  start: (options: WorkerOptions) => Worker = startWorker,
): Promise<void> {
  const seats: Seat[] = [];
  let next = 0;
  let open = targets.length;
  if (open === 0) return;
  try {
    await new Promise<void>((resolve, reject) => {
      const finish = (seat: Seat, outcome: Outcome<AnswerTo<T>>): void => {
        const { job } = seat;
        if (job === undefined) return;
        clearTimeout(seat.timer);
        seat.job = undefined;
        open--;
        try {
          done(job, outcome);
          if (open === 0) resolve();
          else give(seat);
        } catch (error) {
          reject(error);
        }
      };
      // A thread that is gone is replaced when there is something left to do, so that one that cannot even start ends after the last target.
      const lose = (seat: Seat, worker: Worker, outcome: Outcome<AnswerTo<T>>): void => {
        if (seat.worker !== worker) return;
        seat.worker = undefined;
        finish(seat, outcome);
      };
      const post = (seat: Seat, index: number, again: boolean): void => {
        seat.job = index;
        const ms = again ? deadlineMs : Math.min(FIRST_MS, deadlineMs);
        seat.timer = setTimeout(() => {
          const stopped = seat.worker;
          seat.worker = undefined;
          void stopped?.terminate();
          if (again) finish(seat, { error: { kind: 'load', message: `stopped after ${Math.round(ms / 1000)} s` } });
          else post(seat, index, true);
        }, ms);
        seat.worker ??= listen(seat, start(options));
        seat.worker.postMessage({ id: index, target: targets[index]!, watchdog: again });
      };
      const give = (seat: Seat): void => {
        if (next < targets.length) post(seat, next++, false);
      };
      const listen = (seat: Seat, worker: Worker): Worker => {
        worker.on('message', (answer: WorkerAnswer) => {
          if (seat.worker === worker && answer.id === seat.job)
            finish(seat, 'report' in answer ? { report: answer.report as AnswerTo<T> } : { error: answer.error });
        });
        worker.on('error', (error: NodeJS.ErrnoException) => {
          const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
          lose(seat, worker, {
            error: memory ? { kind: 'load', message: `needed more than ${HEAP_MIB} MiB` } : { kind: 'crash', message: error.message },
          });
        });
        worker.on('exit', (code) => lose(seat, worker, { error: { kind: 'crash', message: `the thread ended by itself with code ${code}` } }));
        return worker;
      };
      for (let index = 0; index < Math.min(jobs, targets.length); index++) seats.push({ worker: undefined, job: undefined, timer: undefined });
      for (const seat of seats) give(seat);
    });
  } finally {
    for (const seat of seats) {
      clearTimeout(seat.timer);
      const { worker } = seat;
      seat.worker = undefined;
      void worker?.terminate();
    }
  }
}
