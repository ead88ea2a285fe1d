/** A registry's accounts on a real store in a temporary folder, with the routes and the door as the server has them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterEach } from 'vitest';
import { accountRoutes } from '../../../registry/api/accounts.ts';
import { deviceRoutes } from '../../../registry/api/device.ts';
import { installErrors } from '../../../registry/api/errors.ts';
import { type Auth, createAuth } from '../../../registry/auth/authenticate.ts';
import { bootstrap } from '../../../registry/auth/bootstrap.ts';
import { createDeviceLogin } from '../../../registry/auth/device.ts';
import { createDoor } from '../../../registry/auth/door.ts';
import { createLimits } from '../../../registry/auth/limits.ts';
import { authPlugin } from '../../../registry/auth/plugin.ts';
import { type Config, loadConfig } from '../../../registry/config.ts';
import type { Actor } from '../../../registry/model.ts';
import { openStore, type Store } from '../../../registry/store/index.ts';

export const host = 'skills.example';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are whatever the server says
  readonly json: any;
}

export interface Kit {
  readonly data: string;
  readonly config: Config;
  readonly store: Store;
  readonly auth: Auth;
  readonly app: FastifyInstance;
  /** The first admin's token. */
  readonly admin: string;
  /** Milliseconds since 1970; moves only when told. */
  now: number;
  readonly warnings: string[];
  readonly alarms: string[];
  call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    options?: { token?: string; body?: unknown; ip?: string; headers?: Record<string, string> },
  ): Promise<Answer>;
  /** Adds a user and gives them a token with all scopes of their role, unless said otherwise. */
  user(handle: string, role: string, token?: Record<string, unknown>): Promise<string>;
  actor(token: string, ip?: string): Promise<Actor>;
}

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

export const scopesOfRole: Readonly<Record<string, readonly string[]>> = {
  reader: ['read'],
  publisher: ['read', 'publish'],
  approver: ['read', 'publish', 'approve'],
  admin: ['read', 'publish', 'approve', 'admin'],
};

export async function kit(change: (config: Config) => Config = (config) => config): Promise<Kit> {
  const data = mkdtempSync(join(tmpdir(), 'skillward-auth-'));
  const config = change(loadConfig({ data, publicUrl: `https://${host}` }, {}).config);
  const store = await openStore(data);
  const { adminTokenFile } = await bootstrap(store, config, Date.now());
  const clock = { now: Date.now() };
  const now = (): number => clock.now;
  const warnings: string[] = [];
  const alarms: string[] = [];
  const auth = createAuth({ store, config, now, log: { warn: (says) => void warnings.push(says) }, alarm: (subject) => void alarms.push(subject) });
  const app = fastify();
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  installErrors(app);
  const door = createDoor({ auth, config, limits: createLimits(config, now), port: () => undefined });
  await app.register(authPlugin, { door });
  await app.register(accountRoutes, { store, config, now });
  await app.register(deviceRoutes, { device: createDeviceLogin({ store, config, now }) });
  app.get('/t/:token/whose', async ({ actor }) => ({ handle: actor.user?.handle ?? null, via: actor.via, scopes: [...actor.scopes] }));
  app.get('/whose', async ({ actor }) => ({ handle: actor.user?.handle ?? null, via: actor.via, scopes: [...actor.scopes], ip: actor.ip }));
  app.post('/whose', async ({ actor }) => ({ handle: actor.user?.handle ?? null }));
  app.get('/bytes', { config: { bucket: 'download' } }, async () => 'bytes');
  app.get('/live', { config: { bucket: 'none' } }, async () => 'live');
  open.push(async () => {
    await app.close();
    await auth.close();
    await store.close();
    rmSync(data, { recursive: true, force: true });
  });
  const made: Kit = {
    data,
    config,
    store,
    auth,
    app,
    admin: readFileSync(adminTokenFile!, 'utf8').trim(),
    warnings,
    alarms,
    get now() {
      return clock.now;
    },
    set now(at) {
      clock.now = at;
    },
    async call(method, url, { token, body, ip = '192.0.2.10', headers = {} } = {}) {
      const request: InjectOptions = {
        method,
        url,
        remoteAddress: ip,
        headers: { host, accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
        ...(body === undefined ? {} : { payload: body as object }),
      };
      const response = await app.inject(request);
      return {
        status: response.statusCode,
        text: response.body,
        headers: response.headers as Answer['headers'],
        get json() {
          return JSON.parse(response.body);
        },
      };
    },
    async user(handle, role, token = {}) {
      const added = await made.call('POST', '/api/skillward/v1/users', { token: made.admin, body: { handle, role, similar: true } });
      if (added.status !== 201) throw new Error(added.text);
      const given = await made.call('POST', '/api/skillward/v1/tokens', {
        token: made.admin,
        body: { user: handle, label: 'test', scopes: scopesOfRole[role], ...token },
      });
      if (given.status !== 201) throw new Error(given.text);
      return given.json.token as string;
    },
    actor: async (token, ip = '192.0.2.10') => auth.actor({ headers: { authorization: `Bearer ${token}` }, ip }),
  };
  return made;
}
