/**
 * `skill signer`, and the signer that `skill serve` starts as its child: settings to a running signer, until it is told to stop.
 *
 * As its own service it judges by its own reading of a config file (policy, registry-id, limits, scan): give it one that the server cannot write, and a server that was taken over
 * cannot loosen the policy that is signed by. As a child it judges by what its parent had settled when it started it.
 */
import { join } from 'node:path';
import { canonical } from '../../scanner/canonical.ts';
import { type Config, loadConfig } from '../config.ts';
import { scanIsolated } from '../scan/index.ts';
import { signerKey } from './key.ts';
import { defaultSocket } from './paths.ts';
import { type RunningSigner, runSigner, type SignerOptions } from './server.ts';

export interface SignerSettings {
  readonly data?: string;
  readonly socket?: string;
  readonly key?: string;
  readonly config?: string;
  readonly registryId?: string;
}

/** What a signer judges by. */
export interface Judging extends Pick<Config, 'policy' | 'limits' | 'scan'> {
  readonly registryId: string | undefined;
}

/** The key that is used when no other is named. */
export const defaultKey = (data: string): string => join(data, 'keys', 'release.key');

/**
 * Settles the settings of a signer of its own: flags, then environment (SKILLWARD_DATA, _CONFIG, _SIGNER_SOCKET, _SIGNER_KEY_FILE, _REGISTRY_ID), then the config file.
 * @throws RegistryError bad-config
 */
export async function settle(settings: SignerSettings, env: NodeJS.ProcessEnv): Promise<SignerOptions> {
  const given = (flag: string | undefined, name: string): string | undefined => flag ?? (env[name] === '' ? undefined : env[name]);
  const { config, idGiven } = loadConfig(
    {
      // Where the server listens does not matter here, and must not be asked for.
      host: '127.0.0.1',
      ...(settings.data === undefined ? {} : { data: settings.data }),
      ...(settings.config === undefined ? {} : { config: settings.config }),
    },
    env,
  );
  // The host of the public URL, which stands in when no id is set, may change; what the store was signed as may not.
  const registryId = given(settings.registryId, 'SKILLWARD_REGISTRY_ID') ?? (idGiven ? config.registryId : undefined);
  const key = given(settings.key, 'SKILLWARD_SIGNER_KEY_FILE') ?? defaultKey(config.data);
  const socket = given(settings.socket, 'SKILLWARD_SIGNER_SOCKET') ?? config.signer.socket ?? defaultSocket(config.data);
  return options({ data: config.data, socket, key }, { ...config, registryId });
}

async function options(where: { readonly data: string; readonly socket: string; readonly key: string }, judging: Judging): Promise<SignerOptions> {
  const { registryId, policy, limits, scan } = judging;
  return {
    data: where.data,
    socket: where.socket,
    key: await signerKey(where.key),
    registryId,
    policy,
    archiveLimits: {
      files: limits.files,
      fileBytes: limits.fileBytes,
      totalBytes: limits.totalBytes,
      // Of an archive only the content counts; what the format adds is ours.
      archiveBytes: Number.MAX_SAFE_INTEGER,
    },
    scanOptions: { timeoutMs: limits.scanMs, memoryMb: limits.scanMb, requireIsolation: scan.requireIsolation },
    scan: scanIsolated,
    now: Date.now,
    log: (level, says, more) =>
      void process.stderr.write(`${canonical({ time: new Date().toISOString(), level, part: 'signer', msg: says, ...more })}\n`),
  };
}

/** Runs a signer until SIGTERM or SIGINT. @param ready called once it listens. @throws RegistryError bad-config */
export async function signerProcess(settings: SignerSettings, ready: (running: RunningSigner) => Promise<void>): Promise<number> {
  process.umask(0o077);
  const told = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  const running = await runSigner(await settle(settings, process.env));
  await ready(running);
  await told;
  await running.stop();
  return 0;
}

/**
 * Runs a signer as somebody's child: it ends with its parent, whose pipe on standard input closes. Ctrl-C is the parent's to handle.
 * @throws RegistryError bad-config
 */
export async function signerChild(data: string, socket: string, key: string | undefined, judging: Judging): Promise<number> {
  process.umask(0o077);
  process.on('SIGINT', () => {});
  const over = new Promise<void>((resolve) => {
    if (process.stdin.readableEnded || process.stdin.destroyed) resolve();
    process.stdin.once('close', resolve).once('end', resolve).once('error', resolve);
    process.once('SIGTERM', () => resolve());
    process.stdin.resume();
  });
  const running = await runSigner(await options({ data, socket, key: key ?? defaultKey(data) }, judging));
  await over;
  await running.stop();
  return 0;
}
