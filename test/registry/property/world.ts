/**
 * Worlds that are the same but for one thing. A base registry is made once through the real gate, scanner and signer; every other world is a copy of its folder (database, blobs, keys), so
 * ids, digests, tokens and signatures are the same letter for letter, and what differs between two answers can only come from what was done in one world and not in the other.
 *
 * All clocks are ours. The gate of a world that answers requests does no jobs by itself: `work` runs scans and signatures until nothing is left to do, and stops.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { insertUser } from '../../../registry/auth/users.ts';
import type { Config } from '../../../registry/config.ts';
import { createGate, type Gate, type PublishRequest } from '../../../registry/gate/index.ts';
import { build } from '../../../registry/index.ts';
import { createKeyring } from '../../../registry/keyring.ts';
import { createLog } from '../../../registry/log.ts';
import { type Actor, roleScopes, system, type UserRole } from '../../../registry/model.ts';
import type { scanIsolated } from '../../../registry/scan/index.ts';
import { connectSigner } from '../../../registry/signer/client.ts';
import { signerKey } from '../../../registry/signer/key.ts';
import { defaultSocket } from '../../../registry/signer/paths.ts';
import { defaultKey } from '../../../registry/signer/process.ts';
import { runSigner } from '../../../registry/signer/server.ts';
import { openStore, type Store } from '../../../registry/store/index.ts';
import type { VersionRow } from '../../../registry/store/schema.ts';
import { canonical } from '../../../scanner/canonical.ts';
import { loadPolicy, ruleIds, scan } from '../../../scanner/index.ts';
import { limits as scanLimits } from '../../../scanner/limits.ts';
import { assemble } from '../../../scanner/load/assemble.ts';
import { readBytes } from '../../../scanner/load/stdin.ts';
import { actors, configOf, type Person as Known, type PolicyPatch, quiet } from '../gate/world.ts';

export const minute = 60_000;
export const cooldown = 60 * minute;
/** Tomorrow at noon: after the release key was made, and no scan's date changes on the way. */
export const start = (Math.floor(Date.now() / 86_400_000) + 1) * 86_400_000 + 12 * 60 * minute;
export const host = 'skills.example';
export const identityHeader = 'tailscale-user-login';

export type Person = Known | 'mia' | 'zed';

export interface World {
  readonly folder: string;
  readonly config: Config;
  readonly store: Store;
  readonly gate: Gate;
  readonly app: FastifyInstance;
  readonly as: Readonly<Record<Person, Actor>>;
  /** The gate's and the signer's. */
  clock: number;
  /** Of doors and shelf. */
  shown: number;
  /** Starts a signer and a gate that does jobs. */
  begin(): Promise<{
    /** Waits until there is nothing left to do now. */
    idle(): Promise<void>;
    end(): Promise<void>;
  }>;
  /** Does what the machine has to do now, and leaves nothing running. */
  work(): Promise<void>;
  /** Publishes without anybody scanning it. */
  publish(who: Person, request: PublishRequest): Promise<string>;
  row(id: string): Promise<VersionRow>;
  /** A copy of it as it is now, in a folder of its own. */
  fork(): Promise<World>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly policy?: PolicyPatch;
  readonly config?: Partial<Config>;
}

/** The real scanner on the same bytes in the same words, in this process: its walls have tests of their own (scan/), and a process for each scan costs seconds. */
const scanHere: typeof scanIsolated = async ({ archive, name, policy, asOf }) => {
  const found = assemble(await readBytes(archive, 'SKILL.md', scanLimits), { kind: 'zip', given: name, name }, scanLimits);
  const report = await scan(found, { policy: loadPolicy(policy, ruleIds), asOf });
  const isolation = { network: false, fileSystem: false, processes: false, privileges: false, limits: false, environment: [], by: [] };
  return { ok: true, report, reportBytes: Buffer.from(canonical(report)), isolation };
};

const many = 1e9;
const limits: Config['limits']['rate'] = { readIp: many, readKey: many, writeIp: many, writeKey: many, downloadIp: many, downloadKey: many };

/** Worlds that are still open, closed at the end whatever happened. */
const opened = new Set<World>();
export async function closeAll(): Promise<void> {
  for (const one of [...opened]) await one.close();
}

export async function open(folder: string, options: WorldOptions, clock: number, shown: number): Promise<World> {
  const made = configOf(
    folder,
    { cooldown, ...options.policy },
    {
      anonymousRead: true,
      identity: { from: ['192.0.2.53'], userHeader: identityHeader, nameHeader: undefined, domains: [] },
      ...options.config,
    },
  );
  const config: Config = {
    ...made,
    limits: { ...made.limits, rate: limits, lockout: { failures: many, forMs: minute }, publishWaitMs: 0 },
  };
  const store = await openStore(folder);
  const as = await people(store);
  const signer = connectSigner(defaultSocket(folder));
  const keyring = await createKeyring(store);
  const now = (): number => world.clock;
  const parts = { store, config, signer, scan: scanHere, log: quiet, now };
  const gate = createGate(parts);
  const app = await build({ config, store, gate, keyring, signer, log: createLog('silent').log, now: () => world.shown });
  const world: World = {
    folder,
    config,
    store,
    gate,
    app,
    as,
    clock,
    shown,
    async begin() {
      const running = await runSigner({
        data: folder,
        socket: defaultSocket(folder),
        key: await signerKey(defaultKey(folder)),
        registryId: config.registryId,
        policy: config.policy,
        archiveLimits: { ...config.limits, archiveBytes: Number.MAX_SAFE_INTEGER },
        scanOptions: {},
        scan: scanHere,
        now,
        log: () => {},
      });
      await keyring.meet(await signer.key());
      const worker = createGate({ ...parts, pollMs: 10 });
      await worker.start();
      return {
        idle: () => idle(store, world),
        async end() {
          await worker.stop();
          await running.stop();
        },
      };
    },
    async work() {
      const machine = await world.begin();
      await machine.idle();
      await machine.end();
    },
    publish: async (who, request) => (await gate.publish(as[who], request)).versionId,
    row: async (id) => store.sealed('versions', await store.db.selectFrom('versions').selectAll().where('id', '=', id).executeTakeFirstOrThrow()),
    async fork() {
      const copy = mkdtempSync(join(tmpdir(), 'skillward-world-'));
      await sql`vacuum into ${join(copy, 'registry.db')}`.execute(store.db);
      for (const part of ['keys', 'blobs']) if (existsSync(join(folder, part))) cpSync(join(folder, part), join(copy, part), { recursive: true });
      return open(copy, options, world.clock, world.shown);
    },
    async close() {
      if (!opened.delete(world)) return;
      await app.close();
      await gate.stop();
      signer.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  opened.add(world);
  return world;
}

async function idle(store: Store, world: World): Promise<void> {
  for (;;) {
    const due = await store.db
      .selectFrom('jobs')
      .selectAll()
      .where('done_at', 'is', null)
      .where('run_at', '<=', world.clock)
      .where('kind', '!=', 'upstream-watch')
      .execute();
    if (due.length === 0) return;
    const stuck = due.find((job) => job.attempts > 2);
    if (stuck !== undefined) throw new Error(`a job does not end: ${JSON.stringify(stuck)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Everybody, made on the first use of a folder. */
async function people(store: Store): Promise<Record<Person, Actor>> {
  const now = (): number => start;
  const known = await actors(store);
  const more: Partial<Record<Person, Actor>> = {};
  for (const [handle, role] of [
    ['mia', 'publisher'],
    ['zed', 'publisher'],
  ] as const satisfies readonly (readonly [Person, UserRole])[]) {
    const user = await store.write(
      async (tx) =>
        (await tx.selectFrom('users').selectAll().where('handle', '=', handle).executeTakeFirst()) ??
        (await insertUser({ store, now }, tx, system, { handle, role })).user,
    );
    more[handle] = { ...known.ann, user: { id: user.id, handle, displayName: handle, role }, scopes: new Set(roleScopes[role]) };
  }
  return { ...known, ...more } as Record<Person, Actor>;
}
