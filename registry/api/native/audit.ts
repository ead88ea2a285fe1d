/**
 * The audit log, for admins: verified where it lies, or exported as JSON lines. A line is `{"seq":…,"prev":"…","hash":"…","event":…}` with the event's canonical JSON byte for byte
 * behind `"event":`, so that whoever has the export can walk the chain without us: hash = sha256(prev + "\n" + event).
 */
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { needAdmin } from '../../auth/rights.ts';
import { exportLine } from '../../client/audit.ts';
import * as wire from '../../client/wire.ts';
import { eachEvent, verifyLog } from '../../store/events.ts';
import type { NativeOptions } from '../native.ts';
import { Text } from '../openapi.ts';

const tags = ['skillward'];

export const auditRoutes: FastifyPluginAsyncTypebox<NativeOptions> = async (app, { store }) => {
  app.get(
    `${wire.PREFIX}/audit-log/verify`,
    { schema: { tags, summary: 'Walk the chain of the audit log', response: { 200: wire.AuditVerdict } } },
    async ({ actor }) => {
      needAdmin(actor);
      return { schema: 'skillward.audit.v1' as const, ...(await verifyLog(store)) };
    },
  );

  app.get(
    `${wire.PREFIX}/audit-log`,
    {
      schema: {
        tags,
        summary: 'Export the audit log as JSON lines',
        querystring: Type.Object({ after: Type.Optional(Type.Integer({ minimum: 0 })) }),
        gives: { 'application/x-ndjson': Text },
      },
    },
    async ({ actor, query }, reply) => {
      needAdmin(actor);
      async function* lines(): AsyncGenerator<string> {
        for await (const row of eachEvent(store.db, query.after ?? 0)) yield exportLine(row);
      }
      return reply.type('application/x-ndjson').header('cache-control', 'no-store').send(Readable.from(lines()));
    },
  );
};
