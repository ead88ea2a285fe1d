/**
 * Starts and stops a registry: settings, store, keys, signer, gate, server, in this order, and back. Ready means that everything needed to serve what is approved is there; a signer
 * that is slow to come or goes away later only keeps new versions waiting.
 *
 * The signer is a process of its own. Without `signer.socket` in the settings we start it as a child and start it again if it dies; with it, it runs elsewhere (another container)
 * and this process cannot even read its key.
 */
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { bootstrap } from './auth/bootstrap.ts';
import { type Config, type ConfigFlags, loadConfig } from './config.ts';
import { RegistryError } from './errors.ts';
import { createGate } from './gate/index.ts';
import { build } from './index.ts';
import { createKeyring, type Keyring } from './keyring.ts';
import { createLog, type Logger } from './log.ts';
import { probeIsolation, scanIsolated } from './scan/index.ts';
import { resolveSecret } from './secrets.ts';
import { connectSigner, type SignerClient, SignerError } from './signer/client.ts';
import { type SignerProcess, startSigner } from './signer/start.ts';
import { openStore, type Store } from './store/index.ts';
import { registryIdOf, setRegistryId } from './store/settings.ts';
import { needTokenNames, upstreamsOf } from './uplink/address.ts';
import { startWatching } from './uplink/watch.ts';

export interface Running {
  readonly config: Config;
  /** Where it listens, on this machine. */
  readonly address: string;
  readonly app: FastifyInstance;
  /** Takes no new requests, finishes what runs, and closes everything. */
  stop(): Promise<void>;
}

export interface ServeOptions {
  readonly flags: ConfigFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Key id of a signer that replaces the one known so far. */
  readonly trustSigner?: string;
}

/** Starts everything. Throws RegistryError `bad-config` with what to do; then nothing is left running. */
export async function serve(options: ServeOptions): Promise<Running> {
  const loaded = loadConfig(options.flags, options.env);
  // What an entry may look like is known there, and a wrong one should not wait for somebody to import.
  needTokenNames(Object.keys(loaded.config.upstream.tokens ?? {}), upstreamsOf(loaded.config.upstream.allow));
  await needScanPolicy(loaded.config);
  const port = loaded.config.port === 0 ? await freePort(loaded.config.host) : loaded.config.port;
  // A port of the system's choice is part of the addresses in our answers, so it has to be known before anything else.
  const { config: settled, webhookSecrets, idGiven } = port === loaded.config.port ? loaded : loadConfig({ ...options.flags, port }, options.env);
  const { log, flush } = createLog(settled.log.level);
  const secret = (reference: unknown): Promise<string> => resolveSecret(reference, { env: options.env });
  const undo: (() => Promise<unknown> | unknown)[] = [];
  const over = new AbortController();
  const stop = async (): Promise<void> => {
    over.abort();
    for (const step of undo.splice(0).reverse()) await Promise.resolve(step()).catch((error: unknown) => log.error({ err: error }, 'while stopping'));
    log.info('stopped');
    flush();
  };
  try {
    const store = await openStore(settled.data, { cacheBytes: settled.limits.cacheBytes });
    undo.push(() => store.close());
    const config: Config = {
      ...settled,
      registryId: await settleId(store, settled.registryId, idGiven),
      webhooks: await Promise.all(settled.webhooks.map(async (hook, index) => ({ ...hook, secret: await secret(webhookSecrets[index]) }))),
    };
    const { adminTokenFile } = await bootstrap(store, config);
    if (adminTokenFile !== undefined)
      log.warn(
        { file: adminTokenFile },
        `first start: the admin token is in ${adminTokenFile} (mode 0600); keep it safe or delete it after: skill login --token-file ${adminTokenFile}`,
      );

    const { client: signer, ready, stop: end } = signerOf(config, log);
    undo.push(end);
    const keyring = await createKeyring(store, options.trustSigner);
    const gate = createGate({ store, config, signer: keyring.guard(signer), scan: scanIsolated, log });
    const app = await build({ config, store, gate, keyring, signer, log, secret });
    undo.push(() => gate.stop());
    undo.push(() => app.close());
    // Fastify takes a server that we made ourselves for one without TLS.
    const secured = (at: string): string => (config.tls === undefined ? at : at.replace(/^http:/, 'https:'));
    const listening = await app
      .listen({ host: config.host, port, listenTextResolver: (at) => `listening at ${secured(at)}` })
      .catch((error: NodeJS.ErrnoException) => {
        throw new RegistryError(
          'bad-config',
          `Cannot listen on ${config.host}:${port} (${error.code ?? error.message}). Is another server running there? Choose another --port.`,
          { cause: error },
        );
      });
    const address = secured(listening);
    await startWatching({ store, gate, config, secret, log: (says, about) => log.warn(about, says) });
    await gate.start();
    await ready;
    await settleSigner(signer, keyring, log, over.signal);
    log.info(
      { data: config.data, publicUrl: config.publicUrl, registryId: config.registryId, policy: config.policy.approval },
      `ready at ${address}`,
    );
    // Known before the first scan needs it, and nobody waits for it.
    void probeIsolation().then(
      (isolation) =>
        isolation.network
          ? log.info({ by: isolation.by }, 'scans run walled in, without network')
          : log.warn({ isolation }, 'scans run without network isolation: this system does not allow it (scan.require-isolation refuses to)'),
      (error: unknown) => log.error({ err: error }, 'isolation of scans'),
    );
    return { config, address, app, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** By a policy that cannot be read nothing could be judged, and every version would be held without anybody knowing why. @throws RegistryError `bad-config` */
async function needScanPolicy({ policy }: Config): Promise<void> {
  const [{ ruleIds }, { loadPolicy }, { PolicyError }] = await Promise.all([
    import('../scanner/rules/index.ts'),
    import('../scanner/policy/index.ts'),
    import('../scanner/policy/schema.ts'),
  ]);
  try {
    loadPolicy(policy.scan, ruleIds);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new RegistryError('bad-config', `policy.scan: ${error.message}`, { cause: error });
  }
}

const freePort = (host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, host, () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

/** The id that signed subjects name stays the same for the life of a store: what was signed under another would not be what it says. */
async function settleId(store: Store, id: string, given: boolean): Promise<string> {
  return store.write(async (tx) => {
    const known = await registryIdOf(store, tx);
    if (known === undefined) {
      await setRegistryId(store, tx, id);
      return id;
    }
    if (given && known !== id)
      throw new RegistryError(
        'bad-config',
        `registry-id is ${id}, but everything in this store was signed as ${known}. Leave the setting out, or start with an empty data folder.`,
      );
    return known;
  });
}

/**
 * Meets the signer; its key becomes known on the first start. Without it reading goes on, so that is no reason to fail, and it is asked again until it comes. A key that is not
 * ours is a reason.
 */
async function settleSigner(signer: SignerClient, keyring: Keyring, log: Logger, over: AbortSignal): Promise<void> {
  const meet = async (): Promise<boolean> => {
    const shown = await signer.key().catch((error: unknown) => {
      if (error instanceof SignerError) return undefined;
      throw error;
    });
    if (shown === undefined) return false;
    const { keyid, first } = await keyring.meet(shown);
    log.info({ keyid }, first ? 'first start: the signer has this key; give its id to the people who install from here' : 'the signer is there');
    return true;
  };
  if (await meet()) return;
  log.error('the signer does not answer: approved versions wait, what is served goes on being served');
  void (async () => {
    while (!over.aborted) {
      await setTimeout(2000, undefined, { ref: false, signal: over });
      if (await meet()) return;
    }
  })().catch((error: unknown) => {
    if (!over.aborted) log.fatal({ err: error }, 'the signer that came is not ours: nothing it signs is served');
  });
}

/** The signer of the settings: one that runs elsewhere, or a child of ours. */
function signerOf(config: Config, log: Logger): SignerProcess {
  if (config.signer.socket === undefined) return startSigner(config, (line) => log.info({ signer: parsed(line) }, 'signer'));
  const client = connectSigner(config.signer.socket);
  return { client, ready: Promise.resolve(), stop: async () => client.close() };
}

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return line;
  }
};
