/**
 * The whole server in this process, put together by `build` as `skill serve` does: real store, scans, signer on its socket, gate, doors, shelf and every route. Tests ask it with
 * `ask` (no network) or, with `listen`, over 127.0.0.1. For the server as a process of its own see e2e/process.ts.
 */
import { createServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { createToken } from '../../registry/auth/tokens.ts';
import { type Config, loadConfig } from '../../registry/config.ts';
import { build } from '../../registry/index.ts';
import { createKeyring, type Keyring } from '../../registry/keyring.ts';
import { createLog } from '../../registry/log.ts';
import type { Actor, Scope } from '../../registry/model.ts';
import { type Person, type World, type WorldOptions, world } from './gate/world.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  readonly text: string;
  /** The body as JSON; throws if it is none. */
  readonly json: unknown;
}

export interface AskOptions {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Whose token; `null` sends none. The reader's by default. */
  readonly as?: Person | null;
  /** Another token than that. */
  readonly token?: string;
  /** Sent as JSON, unless it is bytes, text or a form. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Server extends World {
  readonly app: FastifyInstance;
  readonly keyring: Keyring;
  /** Where it listens, with `listen`; else the public URL. */
  readonly url: string;
  readonly tokens: Readonly<Record<Person, string>>;
  ask(path: string, options?: AskOptions): Promise<Answer>;
  /** A token of somebody with other limits than their own. */
  token(
    of: Person,
    more?: { readonly scopes?: readonly Scope[]; readonly namespaces?: readonly string[]; readonly kind?: 'bearer' | 'path' },
  ): Promise<string>;
}

export interface ServerOptions extends WorldOptions {
  /** `publishWaitMs` is a minute unless said otherwise: a busy machine scans slowly. */
  readonly limits?: Partial<Config['limits']>;
  readonly listen?: boolean;
  /** The clock of doors and shelf; the gate has its own (`ahead`). */
  readonly now?: () => number;
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

export async function server(options: ServerOptions = {}): Promise<Server> {
  const port = options.listen === true ? await freePort() : undefined;
  const url = port === undefined ? 'https://skills.example' : `http://127.0.0.1:${port}`;
  const defaults = loadConfig({ host: '127.0.0.1' }, {}).config;
  const base = await world({
    ...options,
    config: { publicUrl: url, limits: { ...defaults.limits, publishWaitMs: 60_000, ...options.limits }, ...options.config },
  });
  const { store, config, gate, signer, as } = base;
  const now = options.now ?? Date.now;
  const keyring = await createKeyring(store);
  const app = await build({ config, store, gate, keyring, signer, log: createLog('silent').log, now });
  if (port !== undefined) await app.listen({ host: '127.0.0.1', port });

  const token: Server['token'] = (of, more = {}) => {
    const user = as[of].user as NonNullable<Actor['user']>;
    return store.write(
      async (tx) =>
        (
          await createToken(
            store,
            tx,
            {
              userId: user.id,
              label: 'test',
              scopes: more.scopes ?? [...as[of].scopes],
              kind: more.kind ?? 'bearer',
              ...(more.namespaces === undefined ? {} : { namespaces: more.namespaces }),
            },
            now(),
          )
        ).token,
    );
  };
  const tokens = {} as Record<Person, string>;
  for (const person of Object.keys(as) as Person[]) tokens[person] = await token(person);

  return {
    ...base,
    get ahead() {
      return base.ahead;
    },
    set ahead(milliseconds) {
      base.ahead = milliseconds;
    },
    app,
    keyring,
    url,
    tokens,
    token,
    async ask(path, { method = 'GET', as: who = 'rob', token: other, body, headers = {} } = {}) {
      const bearer = other ?? (who === null ? undefined : tokens[who]);
      const form = body instanceof FormData ? new Response(body) : undefined;
      const raw =
        form === undefined
          ? body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
            ? body
            : JSON.stringify(body)
          : Buffer.from(await form.arrayBuffer());
      const type =
        form?.headers.get('content-type') ??
        (body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? undefined : 'application/json');
      const answer = await app.inject({
        method,
        url: path,
        headers: {
          host: new URL(url).host,
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
          ...(type == null ? {} : { 'content-type': type }),
          ...headers,
        },
        ...(raw === undefined ? {} : { payload: raw as string }),
      });
      return {
        status: answer.statusCode,
        headers: answer.headers as Record<string, string | undefined>,
        body: answer.rawPayload,
        text: answer.payload,
        get json(): unknown {
          return answer.json();
        },
      };
    },
    async close() {
      await app.close();
      await base.close();
    },
  };
}
