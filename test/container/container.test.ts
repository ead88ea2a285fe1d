/**
 * The image, built by the steps of its Dockerfile into a clean folder, and both services of compose.yaml running on it as their user with a read-only root and without capabilities.
 * There is no container engine in it, so it runs where the tests run, as root.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = join(root, 'test/container/chroot.sh');
/** Root, and allowed to mount. */
const able = process.platform === 'linux' && process.getuid?.() === 0 && spawnSync('unshare', ['--mount', '--net', 'true']).status === 0;

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

describe.runIf(able)('the image', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'skillward-image-'));
  const tree = join(folder, 'image/root');
  const own = join(folder, 'image/own');
  const running: ChildProcess[] = [];
  const said = new Map<ChildProcess, string>();
  let port = 0;
  let registry: ChildProcess;
  let signer: ChildProcess;

  const start = (kind: 'registry' | 'signer'): ChildProcess => {
    const child = spawn('sh', [script, kind, folder], { env: { PATH: process.env['PATH'], PORT: String(port) }, stdio: ['ignore', 'pipe', 'pipe'] });
    running.push(child);
    said.set(child, '');
    for (const stream of [child.stdout, child.stderr])
      stream!.on('data', (chunk: Buffer) => said.set(child, said.get(child)! + chunk.toString('utf8')));
    return child;
  };
  const inside = (...args: string[]) =>
    spawnSync('sh', [script, 'node', folder, ...args], { env: { PATH: process.env['PATH'], PORT: String(port) }, encoding: 'utf8' });
  const ask = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, init);
  const until = async (what: string, done: () => Promise<boolean>): Promise<void> => {
    for (let turn = 0; turn < 300; turn++) {
      if (await done().catch(() => false)) return;
      const dead = running.find((child) => child.exitCode !== null);
      if (dead !== undefined) throw new Error(`it ended with ${dead.exitCode} before ${what}:\n${said.get(dead)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`not in time: ${what}\n${[...said.values()].join('\n')}`);
  };
  const status = (child: ChildProcess): string => readFileSync(`/proc/${child.pid}/status`, 'utf8');

  beforeAll(async () => {
    const {
      status: code,
      stdout,
      stderr,
    } = spawnSync('sh', [script, 'build', folder], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...(process.env['FULL'] === undefined ? {} : { FULL: process.env['FULL'] }) },
      maxBuffer: 64 * 1024 * 1024,
    });
    if (code !== 0) throw new Error(`the steps of the Dockerfile failed:\n${stdout}${stderr}`);
    // The settings of compose.yaml, with the one that has no default.
    const compose = parse(readFileSync(join(root, 'compose.yaml'), 'utf8'), { merge: true }) as { configs: { settings: { content: string } } };
    writeFileSync(join(folder, 'registry.yaml'), compose.configs.settings.content.replace(/\$\{SKILLWARD_REGISTRY_ID[^}]*\}/, 'skills.example'));
    port = await freePort();
    registry = start('registry');
    await until('the registry answers', async () => (await ask('/healthz')).ok);
    signer = start('signer');
    await until('registry and signer are ready', async () => (await ask('/readyz')).ok);
  }, 600_000);

  afterAll(async () => {
    for (const child of running) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve));
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds no shell, no package manager, no compiler and nothing setuid', () => {
    const programs = ['/bin', '/sbin', '/usr/bin', '/usr/sbin', '/usr/local/bin'].flatMap((path) =>
      existsSync(join(tree, path)) ? readdirSync(join(tree, path)) : [],
    );
    expect(programs.sort()).toEqual(['node', 'prlimit', 'setpriv', 'unshare']);
    expect(readdirSync(join(tree, 'app/node_modules')).sort()).toEqual(['better-sqlite3', 'bindings', 'cookie', 'file-uri-to-path']);
    const loose = spawnSync(
      'find',
      [tree, '-xdev', '(', '-perm', '/6000', '-o', '(', '-perm', '/022', '-type', 'f', ')', '-o', '(', '-type', 'f', '-uid', '10001', ')', ')'],
      {
        encoding: 'utf8',
      },
    );
    expect(loose.stdout.split('\n').filter((path) => path !== '' && !/\/(?:data|socket|signer)(?:\/|$)/.test(path.slice(tree.length)))).toEqual([]);
  });

  it('runs both services without root, capabilities or a way to get them', () => {
    for (const child of [registry, signer]) {
      expect(status(child)).toMatch(/^Uid:\t10001\t10001\t10001\t10001$/m);
      expect(status(child)).toMatch(/^Groups:\s*$/m);
      expect(status(child)).toMatch(/^CapEff:\t0+$/m);
      expect(status(child)).toMatch(/^CapBnd:\t0+$/m);
      expect(status(child)).toMatch(/^NoNewPrivs:\t1$/m);
    }
  });

  it('can write nothing but its data and /tmp', () => {
    const { stdout } = inside(
      '-e',
      `const fs = require('node:fs');
       const tried = (path) => { try { fs.writeFileSync(path + '/made', ''); fs.rmSync(path + '/made'); return 'written'; } catch (error) { return error.code; } };
       process.stdout.write(JSON.stringify(Object.fromEntries(['/', '/app', '/app/dist', '/etc', '/usr/bin', '/socket', '/signer', '/data', '/tmp'].map((path) => [path, tried(path)]))));`,
    );
    const result = JSON.parse(stdout) as Record<string, string>;
    expect(
      Object.entries(result)
        .filter(([, how]) => how === 'written')
        .map(([path]) => path),
    ).toEqual(['/data', '/tmp']);
  });

  it('keeps the release key where the registry cannot see it, and the signer off the network', () => {
    expect(readdirSync(join(own, 'signer'))).toEqual(['release.key']);
    expect(spawnSync('find', [join(own, 'data'), '-name', 'release.key'], { encoding: 'utf8' }).stdout).toBe('');
    expect(inside('-e', `process.stdout.write(require('node:fs').readdirSync('/signer').join())`).stdout).toBe('');
    const interfaces = readFileSync(`/proc/${signer.pid}/net/dev`, 'utf8')
      .split('\n')
      .slice(2)
      .map((line) => line.split(':')[0]!.trim());
    expect(interfaces.filter((name) => name !== '' && name !== 'lo')).toEqual([]);
  });

  it('answers its own healthcheck, and fails it when nobody answers', () => {
    expect(inside('/app/healthcheck.mjs').status).toBe(0);
    expect(inside('/app/healthcheck.mjs', '/socket/signer.sock').status).toBe(0);
    expect(inside('/app/healthcheck.mjs', '/socket/none.sock').status).toBe(1);
  });

  it('publishes, scans, signs and serves a skill for who has a token, and nothing for who has none', async () => {
    const token = readFileSync(join(own, 'data/admin-token'), 'utf8').trim();
    const authorization = `Bearer ${token}`;
    expect((await ask('/api/v1/whoami')).status).toBe(401);
    const me = (await (await ask('/api/v1/whoami', { headers: { authorization } })).json()) as { user: { handle: string } };

    const form = new FormData();
    const payload = {
      slug: 'tide-times',
      displayName: 'Tide times',
      ownerHandle: me.user.handle,
      version: '1.0.0',
      changelog: 'First.',
      acceptLicenseTerms: true,
      tags: ['latest'],
    };
    form.set('payload', JSON.stringify(payload));
    const skill =
      '---\nname: tide-times\ndescription: Explains how to read a tide table.\n---\n# Tide times\n\nRead the table from left to right and tell the user when it is high.\n';
    form.append('files', new Blob([skill], { type: 'text/markdown' }), 'SKILL.md');
    const published = await ask('/api/v1/skills', { method: 'POST', headers: { authorization }, body: form });
    expect([published.status, published.status === 200 ? '' : await published.text()]).toEqual([200, '']);

    const download = `/api/v1/download?slug=tide-times&version=1.0.0&ownerHandle=${me.user.handle}`;
    await until('the version is served', async () => (await ask(download, { headers: { authorization } })).ok);
    const archive = Buffer.from(await (await ask(download, { headers: { authorization } })).arrayBuffer());
    expect(archive.subarray(0, 2).toString('latin1')).toBe('PK');
    expect(archive.includes('tell the user when it is high')).toBe(true);
    expect((await ask(download)).ok).toBe(false);
  });

  it('stops when told to, and goes on from the backup of docs/operations.md', async () => {
    const [, program] = /-e "([^"]+\.backup\([^"]+)"/.exec(readFileSync(join(root, 'docs/operations.md'), 'utf8'))!;
    expect(inside('-e', program!.replace('$sqlite', '/app/node_modules/better-sqlite3'))).toMatchObject({ status: 0 });

    for (const child of [registry, signer]) {
      const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    }
    running.splice(0);
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(own, `data/registry.db${suffix}`), { force: true });
    renameSync(join(own, 'data/backup.db'), join(own, 'data/registry.db'));

    registry = start('registry');
    await until('the registry answers again', async () => (await ask('/healthz')).ok);
    signer = start('signer');
    await until('registry and signer are back', async () => (await ask('/readyz')).ok);
    const authorization = `Bearer ${readFileSync(join(own, 'data/admin-token'), 'utf8').trim()}`;
    expect((await ask('/api/v1/download?slug=tide-times&version=1.0.0', { headers: { authorization } })).status).toBe(200);
  });
});
