/** Alarms: something is not as it was left. Loud in the log, an event (and so a webhook) at most once an hour for the same thing. */
import { actorOf, system } from '../model.ts';
import { type Context, tell } from './context.ts';

const hour = 3_600_000;
/** Events at the end of the log among which an alarm is looked for. */
const looked = 2000;

export async function alarm(ctx: Context, type: `alarm.${string}`, subject: string, says: string): Promise<void> {
  ctx.log.error({ alarm: type, subject }, says);
  await ctx.store.write(async (tx) => {
    const last = await tx.selectFrom('events').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst();
    const recent = await tx
      .selectFrom('events')
      .select('seq')
      // The log has no index by type: only its end is looked at, and an alarm too many does no harm.
      .where('seq', '>', (last?.seq ?? 0) - looked)
      .where('at', '>', ctx.now() - hour)
      .where('type', '=', type)
      .where('subject', '=', subject)
      .limit(1)
      .executeTakeFirst();
    if (recent === undefined) await tell(ctx, tx, { type, actor: actorOf(system), subject, reason: says });
  });
}
