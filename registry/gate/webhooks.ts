/**
 * Tells others of decisions: one queued delivery for each configured webhook and event of the audit log, retried with growing pauses and then given up, which is an event too.
 *
 *   POST <url>
 *   Skillward-Event: version.held
 *   Skillward-Delivery: <id>                      the same over all retries: receivers drop what they have seen
 *   Skillward-Signature: t=<seconds>,v1=<hex>     HMAC-SHA256(secret, t + "." + body)
 *
 * The time in the signature is that of the attempt, so that a receiver can refuse old deliveries that somebody replays. Redirects are not followed: the body would go where the
 * operator never said. Receivers learn who decided, never addresses or token ids.
 */
import { createHash, createHmac } from 'node:crypto';
import type { Config } from '../config.ts';
import { appendEvent } from '../store/events.ts';
import { addJob, endJob } from '../store/jobs.ts';
import type { EventRow, JobRow } from '../store/schema.ts';
import type { Context } from './context.ts';
import { backoff, Later } from './runner.ts';

/** Events that are sent to a webhook which does not say which it wants, besides every alarm. */
export const defaultEvents: readonly string[] = [
  'version.held',
  'version.approved',
  'version.refused',
  'version.served',
  'version.revoked',
  'version.flagged',
];

/** Attempts before a delivery is given up. */
export const attempts = 8;
const timeoutMs = 10_000;

type Hook = Config['webhooks'][number];

/** Names a hook in the queue: by its address, which may hold a secret in its path and so is not written there. */
const hookId = (hook: Hook): string => createHash('sha256').update(hook.url).digest('hex').slice(0, 16);

const wants = (hook: Hook, type: string): boolean => {
  // That a delivery was given up is not delivered, or it would go on for ever.
  if (type.startsWith('webhook.')) return false;
  if (hook.events.length === 0) return defaultEvents.includes(type) || type.startsWith('alarm.');
  return hook.events.some((one) => one === '*' || one === type || (one.endsWith('.*') && type.startsWith(one.slice(0, -1))));
};

const cursor = 'webhooks-seen';
/** Events looked at in one transaction. */
const page = 500;

/**
 * Queues deliveries of what has been written to the audit log since the last look, by whomever: the log itself is the outbox, so nothing that was decided goes untold.
 * @param first at the start of a server: what happened while no webhook was set is history, and not told
 */
export async function relay(ctx: Context, first = false): Promise<void> {
  const { db } = ctx.store;
  const seenOf = async (from: typeof db): Promise<number | undefined> => {
    const row = await from.selectFrom('settings').select('value').where('key', '=', cursor).executeTakeFirst();
    return row === undefined ? undefined : Number(row.value);
  };
  const lastOf = async (from: typeof db): Promise<number> =>
    (await from.selectFrom('events').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst())?.seq ?? 0;
  const none = ctx.config.webhooks.length === 0;
  const seen = await seenOf(db);
  if (none ? seen === undefined : seen !== undefined && seen >= (await lastOf(db))) return;
  let more = true;
  while (more)
    more = await ctx.store.write(async (tx) => {
      if (none) {
        await tx.deleteFrom('settings').where('key', '=', cursor).execute();
        return false;
      }
      const from = (await seenOf(tx)) ?? (first ? await lastOf(tx) : 0);
      const events = await tx.selectFrom('events').selectAll().where('seq', '>', from).orderBy('seq').limit(page).execute();
      for (const event of events)
        for (const hook of ctx.config.webhooks) {
          if (!wants(hook, event.type)) continue;
          const id = hookId(hook);
          await addJob(tx, { kind: 'webhook', subject: `${event.hash.slice(0, 24)}:${id}`, payload: { hook: id, seq: event.seq } }, ctx.now());
        }
      const value = String(events.at(-1)?.seq ?? from);
      await tx
        .insertInto('settings')
        .values({ key: cursor, value })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
        .execute();
      return events.length === page;
    });
}

/** The body: everything that is public about a decision. */
function bodyOf(config: Config, event: EventRow, delivery: string): string {
  const { actor, ...rest } = JSON.parse(event.event) as { actor?: { handle?: string; via?: string } };
  return JSON.stringify({
    schema: 'skillward.webhook.v1',
    delivery,
    registry: config.registryId,
    url: config.publicUrl,
    event: { ...rest, schema: undefined, actor: { handle: actor?.handle ?? null, via: actor?.via ?? null } },
  });
}

/** `t=…,v1=…` of a body at a time (milliseconds). Receivers compute the same. */
export function signature(secret: string, body: string, at: number): string {
  const t = Math.floor(at / 1000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}

/** Delivers one event to one webhook. */
export async function deliver(ctx: Context, job: JobRow): Promise<void> {
  const { hook: id, seq } = JSON.parse(job.payload) as { hook: string; seq: number };
  const hook = ctx.config.webhooks.find((one) => hookId(one) === id);
  const event = await ctx.store.db.selectFrom('events').selectAll().where('seq', '=', seq).executeTakeFirst();
  // A hook that was taken out of the settings gets nothing more.
  if (hook === undefined || event === undefined) return;
  const failure = await send(ctx, hook, event, job.subject);
  if (failure === undefined) return;
  if (ctx.stopping.aborted) throw new Later(ctx.now(), failure);
  if (job.attempts < attempts) throw new Later(ctx.now() + 5 * backoff(job.attempts), failure);
  const told = await ctx.store.write(async (tx) => {
    // Another server may have come to the same end.
    const open = await tx.selectFrom('jobs').select('id').where('id', '=', job.id).where('done_at', 'is', null).executeTakeFirst();
    if (open === undefined) return false;
    await appendEvent(
      tx,
      {
        type: 'webhook.given-up',
        actor: { via: 'system' },
        subject: job.subject,
        reason: failure,
        data: { event: event.seq, type: event.type, host: new URL(hook.url).host, attempts: job.attempts },
      },
      ctx.now(),
    );
    await endJob(tx, job, ctx.now(), { says: failure });
    return true;
  });
  if (told) ctx.log.error({ delivery: job.subject, event: event.type, says: failure }, 'a webhook delivery was given up');
}

/** @returns what went wrong, without the address (its path may be a secret) */
async function send(ctx: Context, hook: Hook, event: EventRow, delivery: string): Promise<string | undefined> {
  const body = bodyOf(ctx.config, event, delivery);
  try {
    const response = await fetch(hook.url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ctx.stopping]),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'skillward',
        'skillward-event': event.type,
        'skillward-delivery': delivery,
        'skillward-signature': signature(hook.secret, body, ctx.now()),
      },
      body,
    });
    // What it answers is of no interest, and may be endless.
    await response.body?.cancel();
    return response.status >= 200 && response.status < 300 ? undefined : `the receiver answered ${response.status}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
    return code ?? (cause instanceof Error ? cause.name : 'the request failed');
  }
}
