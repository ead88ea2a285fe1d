/** A whole registry in this process for the tests of pages and import: real store, scanner, signer on its socket, gate, shelf, doors, and Fastify listening on a port of 127.0.0.1. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type Auth, createAuth } from '../../../registry/auth/authenticate.ts';
import { bootstrap } from '../../../registry/auth/bootstrap.ts';
import { createDeviceLogin, type DeviceLogin } from '../../../registry/auth/device.ts';
import { createToken } from '../../../registry/auth/tokens.ts';
import { insertUser } from '../../../registry/auth/users.ts';
import { type Config, loadConfig } from '../../../registry/config.ts';
import { createGate, type Gate } from '../../../registry/gate/index.ts';
import { build } from '../../../registry/index.ts';
import { createKeyring } from '../../../registry/keyring.ts';
import { createLog } from '../../../registry/log.ts';
import { type Actor, roleScopes, system, type UserRole } from '../../../registry/model.ts';
import { scanIsolated } from '../../../registry/scan/index.ts';
import { createShelf, type Shelf } from '../../../registry/shelf/index.ts';
import { connectSigner } from '../../../registry/signer/client.ts';
import { settle } from '../../../registry/signer/process.ts';
import { runSigner } from '../../../registry/signer/server.ts';
import { eachEvent } from '../../../registry/store/events.ts';
import { openStore, type Store } from '../../../registry/store/index.ts';
import type { UplinkDeps } from '../../../registry/uplink/import.ts';
import { startWatching } from '../../../registry/uplink/watch.ts';

export interface Member {
  readonly actor: Actor & { readonly user: NonNullable<Actor['user']> };
  readonly token: string;
  readonly tokenId: string;
}

export interface Site {
  readonly url: string;
  readonly config: Config;
  readonly store: Store;
  readonly gate: Gate;
  readonly shelf: Shelf;
  readonly auth: Auth;
  readonly device: DeviceLogin;
  readonly app: FastifyInstance;
  readonly uplink: UplinkDeps;
  readonly admin: Member;
  person(handle: string, role: UserRole): Promise<Member>;
  /** Publishes as somebody and waits until the machine has done what it can. */
  publish(
    by: Member,
    slug: string,
    version: string,
    files: Readonly<Record<string, string>>,
    more?: { readonly changelog?: string; readonly displayName?: string; readonly owner?: string },
  ): ReturnType<Gate['settle']>;
  /** Types and subjects of the audit log. */
  events(): Promise<string[]>;
  stop(): Promise<void>;
}

export interface SiteOptions {
  readonly config?: (config: Config) => Config;
  readonly secret?: NonNullable<UplinkDeps['secret']>;
  /** The clock of doors and sessions; everything that is signed goes by the real one. */
  readonly now?: () => number;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

export const honest = (
  name: string,
  description: string,
  body = '# Notes\n\nKeep notes short. Write one idea for each line.\n',
): Record<string, string> => ({
  'SKILL.md': `---\nname: ${name}\ndescription: ${description}\n---\n\n${body}`,
});

export async function startSite(options: SiteOptions = {}): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'skillward-site-'));
  const port = await freePort();
  const loaded = loadConfig({ data: join(folder, 'data'), host: '127.0.0.1', port }, {}).config;
  const base: Config = { ...loaded, anonymousRead: true, limits: { ...loaded.limits, publishWaitMs: 30_000 } };
  const config = options.config?.(base) ?? base;
  const now = options.now ?? Date.now;
  const log = { info() {}, warn() {}, error() {} };

  const store = await openStore(config.data);
  await bootstrap(store, config, now());
  const socket = join(folder, 'signer.sock');
  const signerOptions = await settle({ data: config.data, socket, registryId: config.registryId }, {});
  const signer = await runSigner({ ...signerOptions, policy: config.policy, log: () => {} });
  const client = connectSigner(socket);
  const keyring = await createKeyring(store);
  await keyring.meet(await client.key());
  const gate = createGate({ store, config, signer: keyring.guard(client), scan: scanIsolated, log, pollMs: 100 });
  const shelf = createShelf({ store, config, keys: keyring.keys });
  const auth = createAuth({ store, config, now });
  const device = createDeviceLogin({ store, config, now });
  const uplink: UplinkDeps = { store, config, gate, ...(options.secret === undefined ? {} : { secret: options.secret }) };

  const app = await build({
    config,
    store,
    gate,
    keyring,
    signer: client,
    log: createLog('silent').log,
    now,
    ...(options.secret === undefined ? {} : { secret: options.secret }),
  });
  await app.listen({ host: '127.0.0.1', port });
  await startWatching({ ...uplink, gate });
  await gate.start();

  const ofToken = async (token: string): Promise<Member> => {
    const actor = await auth.actor({ headers: { authorization: `Bearer ${token}` }, ip: '127.0.0.1' });
    return { actor: actor as Member['actor'], token, tokenId: actor.tokenId! };
  };
  return {
    url: config.publicUrl,
    config,
    store,
    gate,
    shelf,
    auth,
    device,
    app,
    uplink,
    admin: await ofToken(readFileSync(join(config.data, 'admin-token'), 'utf8').trim()),
    async person(handle, role) {
      const { token } = await store.write(async (tx) => {
        const { user } = await insertUser({ store, now }, tx, system, { handle, role });
        return createToken(store, tx, { userId: user.id, label: 'test', scopes: roleScopes[role], kind: 'bearer' }, now());
      });
      return ofToken(token);
    },
    async publish(by, slug, version, files, more = {}) {
      const { versionId } = await gate.publish(by.actor, {
        slug,
        version,
        changelog: '',
        tags: [],
        files: Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.from(text) })),
        ...more,
      });
      return gate.settle(versionId, 60_000);
    },
    async events() {
      const found: string[] = [];
      for await (const row of eachEvent(store.db)) found.push(`${row.type} ${row.subject}`);
      return found;
    },
    async stop() {
      await app.close();
      await gate.stop();
      client.close();
      await signer.stop();
      await auth.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
