/**
 * Starts the signer as a child process and keeps it running: the embedded default of `skill serve`. It gets an empty environment and ends with us, however we end: its standard
 * input is our pipe, over which it also gets the settings that it judges by. If it dies it is started again, after a pause that grows; asking meanwhile gives `unavailable`, and reading goes on.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { childEntry } from '../scan/entry.ts';
import { connectSigner, type SignerClient } from './client.ts';
import { defaultSocket, prepareSocketFolder, removeDeadSockets, suffixOf } from './paths.ts';

export interface SignerProcess {
  readonly client: SignerClient;
  /** Resolves when it answers, or after five seconds: a signer that is slow to come keeps nobody from reading. */
  readonly ready: Promise<void>;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

/** Milliseconds before the first restart; doubled each time, up to the last. */
const pause = { first: 100, last: 30_000 } as const;

/** Starts it. @param log gets its log, one line each */
export function startSigner(config: Config, log: (line: string) => void): SignerProcess {
  // A socket of its own, so that two servers on one store do not fight over a name.
  const socket = defaultSocket(config.data, suffixOf(randomBytes(4).readUInt32BE()));
  prepareSocketFolder(socket);
  // Each start takes a name of its own, so nobody else takes away what a kill left.
  void removeDeadSockets(config.data, Date.now()).catch((error: unknown) =>
    log(`old sockets of signers could not be removed: ${(error as Error).message}`),
  );
  const judgedBy = `${JSON.stringify({ registryId: config.registryId, policy: config.policy, limits: config.limits, scan: config.scan })}\n`;
  const { command, args } = childEntry('signer');
  let child: ChildProcess | undefined;
  let stopped = false;
  let wait: number = pause.first;
  const launch = (): void => {
    if (stopped) return;
    const started = Date.now();
    const running = spawn(command, [...args, '--data', config.data, '--socket', socket], { env: {}, stdio: ['pipe', 'pipe', 'pipe'] });
    child = running;
    // If it has died already, that is told by its end.
    running.stdin.on('error', () => {});
    // The pipe stays open behind this: it is what the signer lives by.
    running.stdin.write(judgedBy);
    running.stdout.resume();
    createInterface({ input: running.stderr }).on('line', log);
    running.once('error', (error) => log(error.message));
    running.once('close', () => {
      if (stopped) return;
      if (Date.now() - started > 10_000) wait = pause.first;
      log(`the signer has ended; it is started again in ${wait} ms`);
      void setTimeout(wait, undefined, { ref: false }).then(launch);
      wait = Math.min(wait * 2, pause.last);
    });
  };
  launch();
  const client = connectSigner(socket);
  const answers = async (): Promise<void> => {
    for (const until = Date.now() + 5000; Date.now() < until && child?.exitCode === null; await setTimeout(20)) {
      const there = await client.health().then(
        () => true,
        () => false,
      );
      if (there) return;
    }
  };
  return {
    client,
    ready: answers(),
    async stop() {
      stopped = true;
      client.close();
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise<void>((resolve) => child!.once('close', () => resolve()));
      child.stdin?.end();
      const late = new AbortController();
      void setTimeout(5000, undefined, { signal: late.signal }).then(
        () => child!.kill('SIGKILL'),
        () => {},
      );
      await gone;
      late.abort();
    },
  };
}
