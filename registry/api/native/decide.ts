/** Decisions of people about versions, and what waits for one. Who may decide what is the gate's to say. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import * as wire from '../../client/wire.ts';
import type { QueueItem, RescanJob } from '../../gate/contract.ts';
import type { NativeOptions } from '../native.ts';
import { decidedOf } from './records.ts';

const tags = ['skillward'];
const params = Type.Object({ owner: wire.owner, slug: wire.slug, version: wire.version });
const response = { 200: wire.Decided };
const path = (action: string): string => `${wire.PREFIX}/versions/:owner/:slug/:version/${action}`;

const itemOf = (item: QueueItem): wire.QueueItem => ({
  versionId: item.versionId,
  owner: item.owner,
  slug: item.slug,
  version: item.version,
  state: item.state,
  reason: item.reason,
  decision: item.decision,
  growth:
    item.growth === null ? null : { against: item.growth.against, added: item.growth.added.map(plain), removed: item.growth.removed.map(plain) },
  publisher: item.publisher.handle,
  approvals: item.approvals.map(({ handle, decision, reason, at }) => ({ handle, decision, reason, at })),
  needed: item.needed,
  breakGlass: item.breakGlass,
  archiveSha256: item.archiveSha256,
  report: item.reportSha256,
  createdAt: item.createdAt,
  notBefore: item.notBefore,
});

const plain = ({
  kind,
  key,
  details,
}: NonNullable<QueueItem['growth']>['added'][number]): NonNullable<wire.QueueItem['growth']>['added'][number] => ({
  kind,
  key,
  details: Object.fromEntries(Object.entries(details).map(([name, value]) => [name, typeof value === 'object' ? [...value] : value])),
});

export const decideRoutes: FastifyPluginAsyncTypebox<NativeOptions> = async (app, { gate }) => {
  app.get(
    `${wire.PREFIX}/queue`,
    { schema: { tags, summary: 'What waits for me, and what of mine waits', querystring: wire.QueueQuery, response: { 200: wire.Queue } } },
    async ({ actor, query }) => {
      const { limit, forMe: afterForMe, mine: afterMine } = query;
      // Whoever goes on with one list has seen the end of the other, or asks for it by itself.
      const further = afterForMe !== undefined || afterMine !== undefined;
      const { forMe, mine, next } = await gate.queue(actor, {
        limit,
        forMe: afterForMe ?? (further ? null : undefined),
        mine: afterMine ?? (further ? null : undefined),
      });
      return { schema: 'skillward.queue.v1' as const, forMe: forMe.map(itemOf), mine: mine.map(itemOf), next };
    },
  );

  app.post(
    path('approve'),
    { schema: { tags, summary: 'Approve a held version', params, body: wire.Approve, response } },
    async ({ actor, params, body }) => decidedOf(params.owner, params.slug, await gate.approve(actor, params, body)),
  );
  app.post(
    path('reject'),
    { schema: { tags, summary: 'Refuse a held version', params, body: wire.Reject, response } },
    async ({ actor, params, body }) => decidedOf(params.owner, params.slug, await gate.reject(actor, params, body)),
  );
  app.post(path('retry'), { schema: { tags, summary: 'Scan again what could not be scanned', params, response } }, async ({ actor, params }) =>
    decidedOf(params.owner, params.slug, await gate.retry(actor, params)),
  );
  app.post(
    path('yank'),
    { schema: { tags, summary: 'Withdraw a version', params, body: wire.Withdraw, response } },
    async ({ actor, params, body }) => decidedOf(params.owner, params.slug, await gate.yank(actor, params, body.reason)),
  );
  app.post(
    path('restore'),
    { schema: { tags, summary: 'Take a withdrawal back', params, body: wire.Withdraw, response } },
    async ({ actor, params, body }) => decidedOf(params.owner, params.slug, await gate.restore(actor, params, body.reason)),
  );
  app.post(
    path('deprecate'),
    { schema: { tags, summary: 'Warn of a version', params, body: wire.Deprecate, response } },
    async ({ actor, params, body }) => decidedOf(params.owner, params.slug, await gate.deprecate(actor, params, body)),
  );
  app.post(path('undeprecate'), { schema: { tags, summary: 'Take a warning back', params, response } }, async ({ actor, params }) =>
    decidedOf(params.owner, params.slug, await gate.undeprecate(actor, params)),
  );
  app.post(
    path('revoke'),
    { schema: { tags, summary: 'Withdraw a version for cause, for good', params, body: wire.Revoke, response } },
    async ({ actor, params, body }) => {
      const { row, also } = await gate.revoke(actor, params, { severity: 'block', ...body });
      return { ...decidedOf(params.owner, params.slug, row), also: [...also] };
    },
  );

  app.post(
    `${wire.PREFIX}/rescan`,
    {
      schema: {
        tags,
        summary: 'Have everything that is served scanned with the rules of today',
        body: wire.Rescan,
        response: { 202: wire.RescanReport },
      },
    },
    async ({ actor, body }, reply) => {
      const job = await gate.startRescan(actor, { apply: body.apply === true });
      return reply.code(202).header('location', `${wire.PREFIX}/rescans/${job.id}`).send(rescanOf(job));
    },
  );
  app.get(
    `${wire.PREFIX}/rescans/:id`,
    {
      schema: {
        tags,
        summary: 'How far a rescan is, or what came of it',
        params: Type.Object({ id: Type.String({ pattern: '^(rsc_[0-9a-f]{20}|latest)$' }) }),
        response: { 200: wire.RescanReport },
      },
    },
    async ({ actor, params }) => rescanOf(await gate.rescanJob(actor, params.id)),
  );
};

const rescanOf = (job: RescanJob): wire.RescanReport => ({
  schema: 'skillward.rescan.v1',
  id: job.id,
  state: job.state,
  applied: job.does === 'apply',
  does: job.does,
  startedAt: job.startedAt,
  endedAt: job.endedAt,
  ruleset: job.ruleset,
  versions: job.versions,
  scanned: job.scanned,
  says: job.failure,
  changes: job.changes.map(({ ref, was, now, findings, action }) => ({ ref, was, now, findings: [...findings], action })),
  failures: job.failures.map(({ ref, says }) => ({ ref, says })),
});
