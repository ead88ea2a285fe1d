/** Whether the server lives (`/healthz`), and whether it can do all of its work (`/readyz`: store, signer). Neither says anything about what is stored. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Store } from '../store/index.ts';

const Part = Type.Enum(['ok', 'failed']);

export interface OpsOptions {
  readonly store: Store;
  /** Rejects if the signer does not answer. */
  readonly signer: () => Promise<unknown>;
}

export const ops: FastifyPluginAsyncTypebox<OpsOptions> = async (app, { store, signer }) => {
  app.get(
    '/healthz',
    { schema: { tags: ['operations'], summary: 'The process answers', response: { 200: Type.Object({ status: Type.Literal('ok') }) } } },
    async () => ({
      status: 'ok' as const,
    }),
  );
  const Ready = Type.Object({ status: Part, store: Part, signer: Part });
  app.get(
    '/readyz',
    {
      schema: {
        tags: ['operations'],
        summary: 'The store and the signer answer; without the signer reading goes on and nothing new is released',
        response: { 200: Ready, 503: Ready },
      },
    },
    async (_, reply) => {
      const works = (test: Promise<unknown>): Promise<'ok' | 'failed'> =>
        test.then(
          () => 'ok' as const,
          () => 'failed' as const,
        );
      const parts = {
        store: await works(store.db.selectFrom('settings').select('key').limit(1).execute()),
        signer: await works(signer()),
      };
      const status = Object.values(parts).every((part) => part === 'ok') ? ('ok' as const) : ('failed' as const);
      return reply.status(status === 'ok' ? 200 : 503).send({ status, ...parts });
    },
  );
};
