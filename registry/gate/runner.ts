/**
 * Does the jobs that wait in the database: several at once, each kind in its own lane so that slow webhooks never stand before a scan. A job is leased for a short time and the
 * lease renewed while it runs; if the process dies, another server (or the next start) takes it over when the lease runs out. So every job may run twice, and a handler has to
 * look at the state of things before each step.
 */
import { randomBytes } from 'node:crypto';
import type { Store } from '../store/index.ts';
import { endJob, takeJob } from '../store/jobs.ts';
import type { JobRow } from '../store/schema.ts';
import type { GateLog } from './context.ts';
import type { JobHandler } from './contract.ts';

/** A handler throws this to be called again at a time of its choice. */
export class Later extends Error {
  readonly at: number;

  constructor(at: number, says: string) {
    super(says);
    this.name = 'Later';
    this.at = at;
  }
}

export interface LaneOptions {
  /** Jobs of this kind at once (default 1). */
  readonly parallel?: number;
  /** Milliseconds after which a job whose process died is taken over (default 15 s). */
  readonly leaseMs?: number;
}

interface Lane {
  readonly kind: string;
  readonly handler: JobHandler;
  readonly parallel: number;
  readonly leaseMs: number;
}

export interface RunnerDeps {
  readonly store: Store;
  readonly log: GateLog;
  readonly now: () => number;
  /** Milliseconds between looks for work that other servers left. */
  readonly pollMs: number;
  /** Called after each job. */
  readonly done: () => void;
}

const longest = 5 * 60_000;
/** Milliseconds to wait after the nth failure: 1 s, 2 s, 4 s … 5 min. */
export const backoff = (attempts: number): number => Math.min(longest, 1000 * 2 ** Math.max(0, Math.min(20, attempts - 1)));

export class Runner {
  readonly #deps: RunnerDeps;
  readonly #owner = `srv_${randomBytes(8).toString('hex')}`;
  readonly #lanes = new Map<string, Lane>();
  readonly #running = new Map<string, Set<Promise<void>>>();
  readonly #loops: Promise<void>[] = [];
  readonly #sleepers = new Set<() => void>();
  #on = false;

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
  }

  handle(kind: string, handler: JobHandler, options: LaneOptions = {}): void {
    if (this.#on) throw new Error(`A handler for ${kind} came after the start.`);
    if (this.#lanes.has(kind)) throw new Error(`There are two handlers for ${kind}.`);
    this.#lanes.set(kind, { kind, handler, parallel: options.parallel ?? 1, leaseMs: options.leaseMs ?? 15_000 });
    this.#running.set(kind, new Set());
  }

  start(): void {
    if (this.#on) return;
    this.#on = true;
    for (const lane of this.#lanes.values()) this.#loops.push(this.#loop(lane));
  }

  /** Has every lane look for work now. */
  wake(): void {
    for (const up of [...this.#sleepers]) up();
  }

  /** Takes no new job and waits for those that run. */
  async stop(): Promise<void> {
    this.#on = false;
    this.wake();
    await Promise.all(this.#loops.splice(0));
    await Promise.all([...this.#running.values()].flatMap((set) => [...set]));
  }

  async #loop(lane: Lane): Promise<void> {
    const running = this.#running.get(lane.kind)!;
    while (this.#on) {
      let job: JobRow | undefined;
      if (running.size < lane.parallel) {
        try {
          job = await takeJob(this.#deps.store, this.#owner, lane.leaseMs, this.#deps.now(), [lane.kind]);
        } catch (error) {
          this.#deps.log.error({ kind: lane.kind, err: error }, 'the job queue cannot be read');
        }
      }
      if (job === undefined) {
        await this.#sleep();
        continue;
      }
      const work: Promise<void> = this.#run(lane, job).finally(() => {
        running.delete(work);
        this.wake();
        this.#deps.done();
      });
      running.add(work);
    }
  }

  async #run(lane: Lane, job: JobRow): Promise<void> {
    const { store, log, now } = this.#deps;
    const beat = setInterval(() => {
      store
        .write(
          (tx) =>
            tx
              .updateTable('jobs')
              .set({ lease_until: now() + lane.leaseMs })
              .where('id', '=', job.id)
              .where('lease_owner', '=', this.#owner)
              .where('done_at', 'is', null)
              .execute(),
          'aside',
        )
        .catch((error: unknown) => log.warn({ job: job.id, err: error }, 'a job lease could not be renewed'));
    }, lane.leaseMs / 3);
    let failed: { says: string; retryAt: number } | undefined;
    try {
      await lane.handler(job);
    } catch (error) {
      const says = error instanceof Error ? error.message : String(error);
      failed = { says: says.slice(0, 2000), retryAt: error instanceof Later ? error.at : now() + backoff(job.attempts) };
      if (!(error instanceof Later))
        log.warn({ kind: job.kind, subject: job.subject, attempt: job.attempts, err: error }, 'a job failed and is tried again');
    } finally {
      clearInterval(beat);
    }
    try {
      await store.write((tx) => endJob(tx, job, now(), failed), 'aside');
    } catch (error) {
      // Its lease runs out and it is done again, which is harmless.
      log.error({ kind: job.kind, subject: job.subject, err: error }, 'the end of a job could not be written');
    }
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      const up = (): void => {
        clearTimeout(timer);
        this.#sleepers.delete(up);
        resolve();
      };
      const timer = setTimeout(up, this.#deps.pollMs);
      this.#sleepers.add(up);
    });
  }
}
