/**
 * Whether the server lives (`/healthz`), and whether it can do all of its work (`/readyz`: store, signer). Neither says anything about what is stored, and neither is counted against
 * anybody; so that asking costs nothing, store and signer are asked at most once a second, however many want to know.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Store } from '../store/index.ts';

const Part = Type.Enum(['ok', 'failed']);
const SignerPart = Type.Enum(['ok', 'failed', 'untrusted']);

export interface OpsOptions {
  readonly store: Store;
  /** Rejects if the signer does not answer; false if it has a key that this registry does not trust, so that nothing of it is signed. */
  readonly signer: () => Promise<boolean>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

type State = 'ok' | 'failed';

/** Milliseconds that an answer of `/readyz` is good for. */
const fresh = 1000;

export const ops: FastifyPluginAsyncTypebox<OpsOptions> = async (app, { store, signer, now = Date.now }) => {
  app.get(
    '/healthz',
    { schema: { tags: ['operations'], summary: 'The process answers', response: { 200: Type.Object({ status: Type.Literal('ok') }) } } },
    async () => ({
      status: 'ok' as const,
    }),
  );
  const works = (test: Promise<unknown>): Promise<State> =>
    test.then(
      () => 'ok' as const,
      () => 'failed' as const,
    );
  const look = async (): Promise<{ readonly status: State; readonly store: State; readonly signer: State | 'untrusted' }> => {
    const [rows, key] = await Promise.all([
      works(store.db.selectFrom('settings').select('key').limit(1).execute()),
      signer().then(
        (trusted) => (trusted ? ('ok' as const) : ('untrusted' as const)),
        () => 'failed' as const,
      ),
    ]);
    return { status: rows === 'ok' && key === 'ok' ? 'ok' : 'failed', store: rows, signer: key };
  };
  let last: { readonly at: number; readonly answer: ReturnType<typeof look> } | undefined;
  const Ready = Type.Object({ status: Part, store: Part, signer: SignerPart });
  app.get(
    '/readyz',
    {
      schema: {
        tags: ['operations'],
        summary:
          'The store and the signer answer, as of a second ago; without the signer, or with one whose key nobody trusts, reading goes on and nothing new is released',
        response: { 200: Ready, 503: Ready },
      },
    },
    async (_, reply) => {
      const at = now();
      if (last === undefined || at - last.at >= fresh || at < last.at) last = { at, answer: look() };
      const answer = await last.answer;
      return reply.status(answer.status === 'ok' ? 200 : 503).send(answer);
    },
  );
};
