/** The gate, put together: the methods of contract.ts over one context, and the runner that does its jobs. */
import { RegistryError } from '../errors.ts';
import { refText, type VersionRef } from '../model.ts';
import type { VersionRow } from '../store/schema.ts';
import { versionById, versionIds } from '../store/versions.ts';
import { alarm } from './alarm.ts';
import { collect, collectJob, planCollect } from './collect.ts';
import { type Context, enqueue, type GateDeps, subjectId } from './context.ts';
import type { Gate, JobHandler } from './contract.ts';
import { skillNotFound } from './places.ts';
import { publish } from './publish.ts';
import { queue } from './queue.ts';
import { rescan, rescanJob } from './rescan.ts';
import { rescanAllJob, rescanAllKind, rescanIfRulesChanged, rescanState, startRescan } from './rescan-job.ts';
import { approve, attempt, inspect, reject, retry } from './review.ts';
import { Runner } from './runner.ts';
import { scanJob, unscanned } from './scanning.ts';
import { planScrub, scrub, scrubJob } from './scrub.ts';
import { revocationJob, signJob } from './sign.ts';
import { deliver, relay } from './webhooks.ts';
import { deleteSkill, deprecate, restore, revoke, setTag, undeleteSkill, undeprecate, yank } from './withdraw.ts';

export type { Checkpoint, GateDeps, GateLog } from './context.ts';
export type * from './contract.ts';

export function createGate(deps: GateDeps): Gate {
  const stopping = new AbortController();
  const now = deps.now ?? Date.now;
  const waiting = new Set<() => void>();
  const stir = (): void => {
    for (const up of [...waiting]) up();
  };
  const pollMs = deps.pollMs ?? 500;
  const runner = new Runner({ store: deps.store, log: deps.log, now, pollMs, done: stir });
  const ctx: Context = {
    store: deps.store,
    config: deps.config,
    signer: deps.signer,
    scan: deps.scan,
    log: deps.log,
    now,
    checkpoint: deps.checkpoint ?? (() => {}),
    wake() {
      runner.wake();
      stir();
    },
    stopping: stopping.signal,
  };
  const { parallel } = deps.config.scan;
  /** The same of what people ask for. The alarm is written behind the answer, and changes nothing of it. */
  const told = async <T>(subject: string, deed: Promise<T>): Promise<T> => {
    try {
      return await deed;
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'tampered')
        alarm(ctx, 'alarm.tampered', subject, error.message).catch((failed: unknown) =>
          deps.log.error({ err: failed }, 'an alarm could not be written'),
        );
      throw error;
    }
  };
  /** What was changed from outside is told, whoever comes upon it. */
  const guarded =
    (handler: JobHandler): JobHandler =>
    async (job) => {
      try {
        await handler(job);
      } catch (error) {
        if (error instanceof RegistryError && error.code === 'tampered') await alarm(ctx, 'alarm.tampered', subjectId(job), error.message);
        throw error;
      }
    };
  runner.handle(
    'scan',
    guarded((job) => scanJob(ctx, job)),
    { parallel },
  );
  runner.handle(
    'sign',
    guarded((job) => signJob(ctx, job)),
    { parallel },
  );
  runner.handle(
    'revocation',
    guarded((job) => revocationJob(ctx, job)),
  );
  runner.handle(
    'rescan',
    guarded((job) => rescanJob(ctx, job)),
  );
  runner.handle(rescanAllKind, (job) => rescanAllJob(ctx, job), { leaseMs: 60_000 });
  runner.handle('scrub', () => scrubJob(ctx), { leaseMs: 60_000 });
  runner.handle('collect', () => collectJob(ctx), { leaseMs: 60_000 });
  runner.handle('webhook', (job) => deliver(ctx, job), { parallel: 4, leaseMs: 30_000 });
  let looking: Promise<unknown> = Promise.resolve();

  let telling: Promise<void> = Promise.resolve();
  let seen: number | undefined;
  let ticking: NodeJS.Timeout | undefined;
  /** Queues webhooks for what is new in the audit log, if anything was written at all. */
  const tick = (): void => {
    const epoch = deps.store.epoch();
    if (epoch === seen) return;
    seen = epoch;
    telling = telling
      .then(() => relay(ctx))
      .then(
        () => runner.wake(),
        (error: unknown) => {
          seen = undefined;
          deps.log.error({ err: error }, 'webhooks could not be queued');
        },
      );
  };

  return {
    publish: (actor, request) => told(refText({ owner: actor.user?.handle ?? '', ...request }), publish(ctx, actor, request)),
    approve: (actor, ref, options) => told(nameOf(ref), approve(ctx, actor, ref, options)),
    reject: (actor, ref, options) => told(nameOf(ref), reject(ctx, actor, ref, options)),
    retry: (actor, ref) => told(nameOf(ref), retry(ctx, actor, ref)),
    yank: (actor, ref, reason) => told(nameOf(ref), yank(ctx, actor, ref, reason)),
    restore: (actor, ref, reason) => told(nameOf(ref), restore(ctx, actor, ref, reason)),
    deprecate: (actor, ref, options) => told(nameOf(ref), deprecate(ctx, actor, ref, options)),
    undeprecate: (actor, ref) => told(nameOf(ref), undeprecate(ctx, actor, ref)),
    revoke: (actor, ref, options) => told(nameOf(ref), revoke(ctx, actor, ref, options)),
    deleteSkill: (actor, name, reason) => told(nameOf(name), deleteSkill(ctx, actor, name, reason)),
    undeleteSkill: (actor, name, reason) => told(nameOf(name), undeleteSkill(ctx, actor, name, reason)),
    setTag: (actor, ref, tag) => told(nameOf(ref), setTag(ctx, actor, ref, tag)),
    queue: (actor, query) => queue(ctx, actor, query),
    attempt: (actor, versionId) => told(versionId, attempt(ctx, actor, versionId)),
    inspect: (actor, ref) => told(nameOf(ref), inspect(ctx, actor, ref)),
    rescan: ({ apply, signal }) => rescan(ctx, { does: apply ? 'apply' : 'report', ...(signal === undefined ? {} : { signal }) }),
    startRescan: (actor, options) => startRescan(ctx, actor, options),
    rescanJob: (actor, id) => rescanState(ctx, actor, id),
    scrub: () => scrub(ctx),
    collect: () => collect(ctx),
    handle: (kind, handler, options) => runner.handle(kind, handler, options),
    async settle(versionId, ms) {
      const until = performance.now() + ms;
      for (;;) {
        const row = await rowOf(ctx, versionId);
        const left = until - performance.now();
        if (left <= 0 || !working(ctx, row)) return row;
        // Another server may be the one that works on it: look again soon even if nothing stirs here.
        await new Promise<void>((resolve) => {
          const up = (): void => {
            clearTimeout(timer);
            waiting.delete(up);
            resolve();
          };
          const timer = setTimeout(up, Math.min(left, 100));
          waiting.add(up);
        });
      }
    },
    async start() {
      await resume(ctx);
      await relay(ctx, true);
      if (deps.config.webhooks.length > 0) ticking = setInterval(tick, pollMs);
      runner.start();
      // Needs the scanner's rules in memory, which takes its time; nothing waits for it.
      looking = rescanIfRulesChanged(ctx).then(
        (begun) => {
          if (begun !== undefined)
            deps.log.warn(
              { rescan: begun.id },
              'rules or policy have changed: what is served is scanned again; skill rescan --show latest has the report',
            );
          ctx.wake();
        },
        (error: unknown) => deps.log.error({ err: error }, 'it could not be seen whether the rules have changed'),
      );
    },
    async stop() {
      stopping.abort();
      clearInterval(ticking);
      await telling;
      await looking;
      await runner.stop();
      stir();
    },
  };
}

/** What a request names, as well as it does. */
const nameOf = (ref: VersionRef): string =>
  ref.owner === undefined ? `${ref.slug}${ref.version === undefined ? '' : `@${ref.version}`}` : refText({ ...ref, owner: ref.owner });

async function rowOf(ctx: Context, versionId: string): Promise<VersionRow> {
  const of = await versionById(ctx.store, ctx.store.db, versionId);
  if (of === undefined) throw skillNotFound();
  return of.row;
}

/** Whether the machine is at it, and not a person or the clock. */
const working = (ctx: Context, row: VersionRow): boolean =>
  row.state === 'quarantined' ||
  (row.state === 'held' && row.report_sha256 === null && row.decision === null) ||
  (row.state === 'approved' && row.not_before <= ctx.now());

/** Milliseconds that ended jobs are kept, for people who look. */
const kept = 7 * 24 * 3_600_000;

/** Jobs for versions that should have one and, after a restored backup or by a fault of ours, do not. Forgets those that ended long ago. */
async function resume(ctx: Context): Promise<void> {
  await ctx.store.write(async (tx) => {
    await tx
      .deleteFrom('jobs')
      .where('done_at', '<', ctx.now() - kept)
      .execute();
    await planScrub(ctx, tx);
    await planCollect(ctx, tx);
    const open = new Set(
      (await tx.selectFrom('jobs').select(['kind', 'subject']).where('done_at', 'is', null).execute()).map((job) => `${job.kind} ${subjectId(job)}`),
    );
    for (const id of await versionIds(tx, ['quarantined', 'held', 'approved'])) {
      const row = await tx.selectFrom('versions').select(['state', 'report_sha256', 'decision']).where('id', '=', id).executeTakeFirstOrThrow();
      const kind = row.state === 'approved' ? 'sign' : unscanned(row) && row.decision === null ? 'scan' : undefined;
      if (kind !== undefined && !open.has(`${kind} ${id}`)) await enqueue(ctx, tx, kind, id);
    }
    for (const row of await tx
      .selectFrom('versions')
      .select('id')
      .where('state', '=', 'revoked')
      .where('served_at', 'is not', null)
      .where('revocation_sha256', 'is', null)
      .execute())
      if (!open.has(`revocation ${row.id}`)) await enqueue(ctx, tx, 'revocation', row.id);
  });
}
