/**
 * Work to be done later, in the database: it survives a crash, and of several servers on one store one takes it. A taken job is leased; a lease that runs out (its server
 * died) lets the next server take it again, so every job must be safe to do twice. Well-kept queues want PostgreSQL or Redis of their own; this is one table.
 */
import { randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Store } from './index.ts';
import type { JobRow, Schema } from './schema.ts';

export interface NewJob {
  readonly kind: string;
  /** One open job per kind and subject: adding it again changes nothing. */
  readonly subject: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970; now by default. */
  readonly runAt?: number;
}

export async function addJob(tx: Transaction<Schema>, job: NewJob, now: number): Promise<void> {
  await tx
    .insertInto('jobs')
    .values({
      id: `job_${randomBytes(10).toString('hex')}`,
      kind: job.kind,
      subject: job.subject,
      payload: JSON.stringify(job.payload ?? {}),
      run_at: job.runAt ?? now,
      attempts: 0,
      lease_until: null,
      lease_owner: null,
      last_error: null,
      created_at: now,
      done_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Takes the job that has been due longest, if any, for `lease` milliseconds. */
export async function takeJob(store: Store, owner: string, lease: number, now: number, kinds?: readonly string[]): Promise<JobRow | undefined> {
  const due = await dueJobs(store, now, kinds).select('id').limit(1).executeTakeFirst();
  // Most looks find nothing and must not stand in the writers' line.
  if (due === undefined) return undefined;
  return store.write(async (tx) => {
    const job = await dueJobs({ db: tx }, now, kinds).selectAll().orderBy('run_at').orderBy('id').limit(1).executeTakeFirst();
    if (job === undefined) return undefined;
    const taken = { lease_until: now + lease, lease_owner: owner, attempts: job.attempts + 1 };
    await tx.updateTable('jobs').set(taken).where('id', '=', job.id).execute();
    return { ...job, ...taken };
  }, 'aside');
}

const dueJobs = (store: Pick<Store, 'db'>, now: number, kinds: readonly string[] | undefined) =>
  store.db
    .selectFrom('jobs')
    .where('done_at', 'is', null)
    .where('run_at', '<=', now)
    .where((or) => or.or([or('lease_until', 'is', null), or('lease_until', '<', now)]))
    .$if(kinds !== undefined, (query) => query.where('kind', 'in', [...(kinds ?? [])]));

/** Ends a job: done, or to be tried again at `retryAt`. */
export async function endJob(
  tx: Transaction<Schema>,
  job: Pick<JobRow, 'id'>,
  now: number,
  failed?: { readonly says: string; readonly retryAt?: number },
): Promise<void> {
  await tx
    .updateTable('jobs')
    .set(
      failed?.retryAt === undefined
        ? { done_at: now, lease_until: null, lease_owner: null, last_error: failed?.says ?? null }
        : { run_at: failed.retryAt, lease_until: null, lease_owner: null, last_error: failed.says },
    )
    .where('id', '=', job.id)
    .execute();
}
