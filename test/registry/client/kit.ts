/** People with the built command, each with a home of their own, against the built server. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer, type Server, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { built } from '../../cli/built.ts';
import { freshFolder, type Served } from '../e2e/process.ts';

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Standard output as JSON. */
  json<T = Record<string, never>>(): T;
}

/** Runs the built command without blocking, so that a test can be the server. Its standard input is empty and no terminal. */
export function command(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly input?: string; readonly told?: (err: string) => void },
): Promise<Ran> {
  const child = spawn(process.execPath, [join(built(), 'skill.js'), ...args], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString('utf8');
    options.told?.(err);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err, json: () => JSON.parse(out) as never }));
  });
}

export interface Someone {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** A project folder, with a repository and Claude Code in use. */
  readonly project: string;
  run(...args: string[]): Promise<Ran>;
  /** The same, and `told` gets what it has written for people so far. */
  watched(told: (err: string) => void, ...args: string[]): Promise<Ran>;
  /** In another folder. */
  at(cwd: string): Someone;
  /** With more in the environment. */
  having(env: Readonly<Record<string, string>>): Someone;
}

/** A person on a machine of their own. */
export function someone(url: string, token: string | undefined): Someone {
  const home = freshFolder();
  const project = join(home, 'project');
  mkdirSync(join(project, '.git'), { recursive: true });
  mkdirSync(join(project, '.claude'));
  const make = (cwd: string, env: NodeJS.ProcessEnv): Someone => ({
    home,
    env,
    project,
    run: (...args) => command(args, { cwd, env }),
    watched: (told, ...args) => command(args, { cwd, env, told }),
    at: (folder) => make(folder, env),
    having: (more) => make(cwd, { ...env, ...more }),
  });
  return make(project, {
    PATH: process.env['PATH'],
    HOME: home,
    TZ: 'UTC',
    SKILL_REGISTRY: url,
    ...(token === undefined ? {} : { SKILL_TOKEN: token }),
  });
}

/** The id of the key that the server signs with, as its operator would read it to people. */
export async function fingerprint(served: Served): Promise<string> {
  for (let tries = 0; ; tries++) {
    const { keys } = await served.json<{ keys: { keyid: string }[] }>('/api/skillward/v1/keys');
    if (keys[0] !== undefined) return keys[0].keyid;
    if (tries > 200) throw new Error(`the signer never came:\n${served.log()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const proxies: Server[] = [];
export const closeProxies = (): void => {
  for (const proxy of proxies.splice(0)) {
    proxy.closeAllConnections();
    proxy.close();
  }
};

export interface Between {
  readonly url: string;
  /** Changes answers on their way; undefined leaves one as it is. */
  change: (path: string, body: Buffer) => Buffer | undefined;
  readonly seen: string[];
}

/** Somebody on the way between client and server, who cannot sign. */
export async function between(served: Served): Promise<Between> {
  const own: { url: string; change: Between['change']; seen: string[] } = { url: '', change: () => undefined, seen: [] };
  const target = new URL(served.url);
  const server = createServer((request, response) => {
    own.seen.push(`${request.method} ${request.url}`);
    const forward = send(
      { host: target.hostname, port: target.port, method: request.method, path: request.url, headers: { ...request.headers, host: target.host } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const body = Buffer.concat(chunks);
          const sent = own.change(request.url!, body) ?? body;
          response
            .writeHead(answer.statusCode!, {
              'content-type': answer.headers['content-type'] ?? 'application/octet-stream',
              'content-length': sent.length,
            })
            .end(sent);
        });
      },
    );
    request.pipe(forward);
  });
  proxies.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  own.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return own;
}

export const read = (...path: string[]): string => readFileSync(join(...path), 'utf8');
