/** The built server as a process of its own, as an operator starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { built } from '../../cli/built.ts';

export interface Served {
  readonly url: string;
  readonly data: string;
  /** The first admin token, as the server wrote it. */
  readonly admin: string;
  readonly child: ChildProcess;
  /** Everything it wrote, for messages of failing tests. */
  log(): string;
  /** One request with the admin's token, or another, or none (`null`). Not over TLS: this process does not know the certificate. */
  ask(path: string, init?: RequestInit & { readonly token?: string | null }): Promise<Response>;
  /** The same, as JSON; throws with the answer's text unless it is a success. */
  json<T = Record<string, unknown>>(
    path: string,
    init?: Omit<RequestInit, 'body'> & { readonly token?: string | null; readonly body?: unknown },
  ): Promise<T>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const running = new Set<Served>();
const folders: string[] = [];

export interface StartOptions {
  /** A data folder to go on with; a new one by default. */
  readonly data?: string;
  /** Text of the config file. */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

export const freshFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'skillward-e2e-'));
  folders.push(folder);
  return folder;
};

/** Starts `skill serve` and waits until it says that it is ready. */
export async function start(options: StartOptions = {}): Promise<Served> {
  const data = options.data ?? join(freshFolder(), 'data');
  const config: string[] = [];
  if (options.config !== undefined) {
    const file = join(freshFolder(), 'registry.yaml');
    writeFileSync(file, options.config);
    config.push('--config', file);
  }
  const child = spawn(process.execPath, [join(built(), 'skill.js'), 'serve', '--data', data, '--port', '0', ...config, ...(options.args ?? [])], {
    // An empty environment but for what a program needs: no setting of this machine matters.
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', TZ: 'UTC', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  const url = await new Promise<string>((resolve, reject) => {
    const look = (chunk: Buffer): void => {
      written += chunk.toString('utf8');
      const ready = /ready at (https?:\/\/127\.0\.0\.1:\d+)/.exec(written)?.[1];
      if (ready !== undefined) resolve(ready);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('exit', (code, signal) => reject(new Error(`the server ended (${code ?? signal}) before it was ready:\n${written}`)));
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const admin = readFileSync(join(data, 'admin-token'), 'utf8').trim();
  const ask: Served['ask'] = (path, { token, ...init } = {}) =>
    fetch(new URL(path, url), {
      redirect: 'manual',
      ...init,
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token ?? admin}` }), ...(init.headers as Record<string, string> | undefined) },
    });
  const served: Served = {
    url,
    data,
    admin,
    child,
    log: () => written,
    ask,
    async json(path, init = {}) {
      const { body, headers, ...rest } = init;
      const response = await ask(path, {
        ...rest,
        ...(body === undefined ? {} : { body: JSON.stringify(body), method: rest.method ?? 'POST' }),
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(headers as Record<string, string>),
        },
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}\n${written.slice(-2000)}`);
      return JSON.parse(text) as never;
    },
    async stop() {
      running.delete(served);
      child.kill('SIGTERM');
      await ended;
    },
    async kill() {
      running.delete(served);
      child.kill('SIGKILL');
      await ended;
    },
  };
  running.add(served);
  return served;
}

/** Ends every server and removes every folder of this file's tests. */
export async function cleanUp(): Promise<void> {
  await Promise.all([...running].map((served) => served.kill()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export interface Person {
  readonly handle: string;
  readonly token: string;
}

/** Adds a user with a token. */
export async function person(
  served: Served,
  handle: string,
  role: 'reader' | 'publisher' | 'approver' | 'admin',
  scopes?: readonly string[],
): Promise<Person> {
  await served.json('/api/skillward/v1/users', { body: { handle, role } });
  const made = await served.json<{ token: string }>('/api/skillward/v1/tokens', {
    body: {
      user: handle,
      label: 'test',
      scopes:
        scopes ??
        {
          reader: ['read'],
          publisher: ['read', 'publish'],
          approver: ['read', 'publish', 'approve'],
          admin: ['read', 'publish', 'approve', 'admin'],
        }[role],
    },
  });
  return { handle, token: made.token };
}
