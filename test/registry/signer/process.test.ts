/** The signer as the process it is: its key, its socket, its end, and what its client makes of everything that can go wrong between them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createServer as createPlainServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../registry/config.ts';
import { childEntry } from '../../../registry/scan/entry.ts';
import { connectSigner, type SignerClient } from '../../../registry/signer/client.ts';
import { SignerError } from '../../../registry/signer/errors.ts';
import { signerKey } from '../../../registry/signer/key.ts';
import { defaultSocket } from '../../../registry/signer/paths.ts';
import { defaultKey } from '../../../registry/signer/process.ts';
import { runSigner } from '../../../registry/signer/server.ts';
import { startSigner } from '../../../registry/signer/start.ts';
import { setRegistryId } from '../../../registry/store/settings.ts';
import { generateKey } from '../../../registry/trust/keys.ts';
import { verifyRelease } from '../../../registry/trust/release.ts';
import { lenient, limits, malicious, type Registry, registry, registryId, skill } from './fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'skillward-signer-'));
let own: Registry;
beforeAll(async () => {
  own = await registry();
});
const left: ChildProcess[] = [];
const servers: Server[] = [];
afterEach(async () => {
  for (const child of left.splice(0)) {
    child.kill('SIGKILL');
    await ended(child);
  }
  for (const server of servers.splice(0)) server.close();
});
afterAll(async () => {
  await own.close();
  rmSync(folder, { recursive: true, force: true });
});

let count = 0;
const newSocket = (): string => join(folder, `s${count++}.sock`);
const judging = JSON.stringify({ registryId, policy: lenient, limits, scan: { requireIsolation: false, parallel: 1 } });

interface Running {
  readonly child: ChildProcess;
  readonly client: SignerClient;
  readonly socket: string;
  log(): string;
}
/** Starts it as the server does. */
async function start(data = own.folder, socket = newSocket(), more: readonly string[] = [], settings = `${judging}\n`): Promise<Running> {
  const { command, args } = childEntry('signer');
  const child = spawn(command, [...args, '--data', data, '--socket', socket, ...more], { env: {}, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {});
  child.stdin.write(settings);
  left.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const client = connectSigner(socket);
  const gone = ended(child).then(() => true);
  for (;;) {
    if (
      await client.health().then(
        () => true,
        () => false,
      )
    )
      return { child, client, socket, log: () => said };
    if (await Promise.race([gone, new Promise<false>((resolve) => setTimeout(() => resolve(false), 30))])) throw new Error(said);
  }
}
const ended = (child: ChildProcess): Promise<number | string | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode ?? child.signalCode)
    : new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
const failure = async (promise: Promise<unknown>): Promise<SignerError> => {
  try {
    await promise;
  } catch (error) {
    if (error instanceof SignerError) return error;
    throw error;
  }
  throw new Error('nothing went wrong');
};
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
/** Any request, as anybody who can open the socket could send it. */
const raw = (socketPath: string, method: string, path: string, body?: string): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode!, body: text }));
    });
    call.on('error', reject);
    call.end(body);
  });

describe('a signer', () => {
  it('signs over its socket what it judges good, objects to the rest, and never shows its key', async () => {
    const signer = await start();
    const good = await own.add('1.0.0', skill());
    const bad = await own.add('1.0.1', malicious());
    const { keyid, pem } = await signer.client.key();
    expect(keyid).toBe(own.key.keyid);
    const signed = await signer.client.sign(good.id);
    const release = await verifyRelease(
      signed.bytes,
      { registryId, owner: 'acme', slug: 'notes', version: '1.0.0', archiveSha256: good.archive_sha256 },
      own.keys,
    );
    expect(release.attestationsSha256).toBe(signed.sha256);
    expect(signed.attestations.bundles).toHaveLength(3);
    // What this process would have signed: process and function are the same judge.
    expect((await own.sign(good.id)).sha256).toBe(signed.sha256);

    expect(await failure(signer.client.sign(bad.id))).toMatchObject({
      code: 'refused',
      objection: 'not-approved',
      message: expect.stringContaining('block'),
    });
    expect(await failure(signer.client.sign('ver_none'))).toMatchObject({ code: 'refused', objection: 'unknown-version' });
    expect(await failure(signer.client.sign('../../etc/passwd'))).toMatchObject({ code: 'refused', objection: 'bad-request' });
    expect(await failure(signer.client.revoke(good.id))).toMatchObject({ code: 'refused', objection: 'wrong-state' });

    const secret = readFileSync(defaultKey(own.folder), 'utf8').split('\n')[1]!;
    expect(secret.length).toBeGreaterThan(40);
    expect(signer.log() + pem + signed.bytes.toString()).not.toContain(secret.slice(8, 40));
    const lines = signer
      .log()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(expect.objectContaining({ level: 'info', part: 'signer', versionId: good.id, sha256: signed.sha256 }));
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', versionId: bad.id, objection: 'not-approved' }));
  });

  it('makes its key once, for its own eyes only, on a socket for its own user only', async () => {
    const data = mkdtempSync(join(folder, 'data-'));
    const key = join(data, 'apart', 'release.key');
    const first = await start(data, join(data, 'run', 'x.sock'), ['--key', key]);
    const { keyid } = await first.client.key();
    for (const [path, mode] of [
      [key, 0o600],
      [first.socket, 0o600],
      [join(data, 'run'), 0o700],
    ] as const)
      expect(statSync(path).mode & 0o777).toBe(mode);
    first.child.kill('SIGTERM');
    expect(await ended(first.child)).toBe(0);
    expect(existsSync(first.socket)).toBe(false);
    expect((await signerKey(key)).keyid).toBe(keyid);
    chmodSync(key, 0o640);
    await expect(signerKey(key)).rejects.toThrow(/can be read by others.*chmod 600/);
    writeFileSync(key, 'no key');
    chmodSync(key, 0o600);
    await expect(signerKey(key)).rejects.toThrow(/not in PEM/);
    // As the process, it says so and ends.
    await expect(start(data, first.socket, ['--key', key])).rejects.toThrow(/not in PEM/);
  });

  it('judges by a policy file of the largest size, whatever is in it', async () => {
    const scan = { file: '/policy.yaml', text: `extends: balanced\n# ${'"'.repeat(64 * 1024 - 30)}\n` };
    const { config } = loadConfig({ data: own.folder, host: '127.0.0.1' }, {});
    const signer = startSigner({ ...config, policy: { ...config.policy, scan } }, () => {});
    await signer.ready;
    await signer.client.health();
    await signer.stop();
  });

  it('does not start without settings that it understands', async () => {
    await expect(start(own.folder, newSocket(), [], 'policy: none\n')).rejects.toThrow(/one line of JSON/);
    await expect(start(own.folder, newSocket(), [], '{"policy":{}}\n')).rejects.toThrow(/one line of JSON/);
    await expect(start(own.folder, newSocket(), [], 'x'.repeat(1024 * 1024 + 1))).rejects.toThrow(/at most 1048576 bytes/);
  });

  it('ends with its parent, even one that is killed', async () => {
    const socket = newSocket();
    const { command, args } = childEntry('signer');
    const words = [...args, '--data', own.folder, '--socket', socket];
    const parent = spawn(
      process.execPath,
      [
        '-e',
        `const c=require('node:child_process').spawn(${JSON.stringify(command)},${JSON.stringify(words)},{env:{},stdio:['pipe','ignore','ignore']});c.stdin.write(${JSON.stringify(`${judging}\n`)});console.log(c.pid);setInterval(()=>{},1e6)`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    left.push(parent);
    const pid = Number(await new Promise<string>((resolve) => parent.stdout!.once('data', (chunk: Buffer) => resolve(chunk.toString()))));
    const client = connectSigner(socket);
    await expect
      .poll(
        () =>
          client.health().then(
            () => 'up',
            () => 'down',
          ),
        { timeout: 20_000 },
      )
      .toBe('up');
    parent.kill('SIGKILL');
    await expect.poll(() => alive(pid), { timeout: 20_000 }).toBe(false);
    expect(await failure(client.health())).toMatchObject({ code: 'unavailable' });
  });

  it('killed in the middle leaves nothing behind that matters: the next one signs the same', async () => {
    const row = await own.add('2.0.0', skill('Twice.\n'));
    const signer = await start();
    const waiting = failure(signer.client.sign(row.id));
    signer.child.kill('SIGKILL');
    expect(await waiting).toMatchObject({ code: 'unavailable' });
    expect(existsSync(signer.socket)).toBe(true);
    const next = await start(own.folder, signer.socket);
    expect((await next.client.sign(row.id)).sha256).toBe((await own.sign(row.id)).sha256);
  });

  it('that was killed has its socket removed by the next start, and nobody else has', async () => {
    const data = mkdtempSync(join(folder, 'left-'));
    const socket = (suffix: string): string => defaultSocket(data, `-${suffix}`);
    const [dead, young, live] = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc'].map(socket) as [string, string, string];
    for (const path of [dead, young]) {
      const { child } = await start(data, path);
      child.kill('SIGKILL');
      await ended(child);
    }
    const running = await start(data, live);
    const file = socket('dddddddd');
    writeFileSync(file, 'no socket');
    const hourAgo = Date.now() / 1000 - 3600;
    for (const path of [dead, live, file]) utimesSync(path, hourAgo, hourAgo);
    const { config } = loadConfig({ data, host: '127.0.0.1' }, {});
    const signer = startSigner(config, () => {});
    await signer.ready;
    await expect.poll(() => existsSync(dead), { timeout: 20_000 }).toBe(false);
    expect([young, live, file].map((path) => existsSync(path))).toEqual([true, true, true]);
    await running.client.health();
    await signer.stop();
  });

  it('told to stop while it works answers who waits', async () => {
    const row = await own.add('2.1.0', skill('Stop.\n'));
    const signer = await start();
    const waiting = [signer.client.sign(row.id), signer.client.sign(row.id)].map(failure);
    await expect.poll(() => signer.client.health().then(() => 'up')).toBe('up');
    signer.child.stdin!.end();
    for (const error of await Promise.all(waiting)) expect(error.code).toBe('unavailable');
    expect(await ended(signer.child)).toBe(0);
  });

  it('answers many at once, each with its own', async () => {
    const rows = await Promise.all(['3.0.0', '3.0.1', '3.0.2'].map((version) => own.add(version, skill())));
    const signer = await start();
    const answers = await Promise.all(rows.map((row) => signer.client.sign(row.id)));
    for (const [index, row] of rows.entries()) expect(answers[index]!.sha256).toBe((await own.sign(row.id)).sha256);
  });

  it('signs as the registry that the store belongs to, if it is not told', async () => {
    const row = await own.add('3.1.0', skill());
    const socket = newSocket();
    const signer = await runSigner({ ...own.deps(), registryId: undefined, data: own.folder, socket, log: () => {} });
    const client = connectSigner(socket);
    expect(await failure(client.sign(row.id))).toMatchObject({ code: 'unavailable', objection: 'store' });
    await own.store.write((tx) => tx.insertInto('settings').values({ key: 'registry-id', value: 'other.example', seal: null }).execute());
    // A name that we did not write is not signed by.
    expect(await failure(client.sign(row.id))).toMatchObject({ code: 'refused', objection: 'tampered' });
    await own.store.write(async (tx) => {
      await tx.deleteFrom('settings').where('key', '=', 'registry-id').execute();
      await setRegistryId(own.store, tx, registryId);
    });
    expect((await client.sign(row.id)).sha256).toBe((await own.sign(row.id)).sha256);
    await signer.stop();
  });

  it('takes nothing but the id of a version', async () => {
    const { socket } = await start();
    const cases: [number, string, string, string?][] = [
      [200, 'GET', '/healthz'],
      [400, 'GET', '/'],
      [400, 'GET', '/sign'],
      [400, 'GET', '/../keys/release.key'],
      [400, 'POST', '/key', '{}'],
      [400, 'POST', '/constructor', '{"versionId":"ver_1"}'],
      [400, 'POST', '/sign', 'hello'],
      [400, 'POST', '/sign', 'null'],
      [400, 'POST', '/sign', '{"versionId":7}'],
      [400, 'POST', '/sign', '{"versionId":"a b"}'],
      [400, 'POST', '/sign', `{"versionId":"${'a'.repeat(5000)}"}`],
      [404, 'POST', '/sign', '{"versionId":"ver_1"}'],
    ];
    for (const [status, method, path, body] of cases)
      expect([method, path, (await raw(socket, method, path, body)).status]).toEqual([method, path, status]);
  });

  it('without a store says so and goes on', async () => {
    const signer = await start(mkdtempSync(join(folder, 'empty-')));
    expect(await failure(signer.client.sign('ver_1'))).toMatchObject({ code: 'unavailable', objection: 'store' });
    await signer.client.health();
  });
});

describe('its socket', () => {
  const here = (socket: string) => runSigner({ ...own.deps(), data: own.folder, socket, log: () => {} });

  it('is not taken from a signer that lives, nor from a file that is none', async () => {
    const socket = newSocket();
    const signer = await here(socket);
    await expect(here(socket)).rejects.toThrow(/Another signer listens/);
    await connectSigner(socket).health();
    await signer.stop();
    expect(existsSync(socket)).toBe(false);
    const file = join(folder, 'file.sock');
    writeFileSync(file, 'keep me');
    await expect(here(file)).rejects.toThrow(/is no socket/);
    expect(readFileSync(file, 'utf8')).toBe('keep me');
  });

  it('does not lie where others may write, nor deeper than a socket may', async () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    await expect(here(join(open, 'x.sock'))).rejects.toThrow(/Others may write/);
    await expect(here(join(folder, 'x'.repeat(120), 'x.sock'))).rejects.toThrow(/bytes; systems take/);
    expect(() => connectSigner(`/${'x'.repeat(120)}`)).toThrow(/--socket/);
  });

  it('has a default near the data, or in a private folder if that lies too deep', () => {
    expect(defaultSocket('/srv/skills')).toBe('/srv/skills/run/signer.sock');
    const deep = defaultSocket(`/srv/${'x'.repeat(100)}`);
    expect(Buffer.byteLength(deep)).toBeLessThan(104);
    expect(deep).toBe(defaultSocket(`/srv/${'x'.repeat(100)}/`));
    expect(deep).not.toBe(defaultSocket(`/srv/${'y'.repeat(100)}`));
  });
});

describe('its client', () => {
  /** Something else that listens there. */
  const impostor = async (
    answer: (send: (status: number, body: string, headers?: Record<string, string>) => void) => void,
  ): Promise<SignerClient> => {
    const socket = newSocket();
    const server = createServer((_, response) =>
      answer((status, body, headers = { 'skillward-signer': '1' }) => {
        response.writeHead(status, headers);
        response.end(body);
      }),
    );
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    // Only silence is to run into the clock.
    return connectSigner(socket, { quickMs: 30_000, signMs: 1_000 });
  };
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  const signedAnswer = (text: string, sha256 = digest(text)): string => JSON.stringify({ bytes: Buffer.from(text).toString('base64'), sha256 });

  it('says who is not there', async () => {
    const error = await failure(connectSigner(newSocket()).key());
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('skill signer') });
  });

  it('believes no answer that is none', async () => {
    const other = JSON.stringify({ keyid: own.key.keyid, pem: generateKey().pem });
    const cases: [string, string, Parameters<typeof impostor>[0], (client: SignerClient) => Promise<unknown>][] = [
      ['no signer', 'bad-answer', (send) => send(200, '{}', {}), (c) => c.health()],
      ['no JSON', 'bad-answer', (send) => send(200, 'hello'), (c) => c.health()],
      ['no object', 'bad-answer', (send) => send(200, '7'), (c) => c.health()],
      ['a no without a reason', 'bad-answer', (send) => send(500, '{}'), (c) => c.health()],
      ['an unknown reason', 'bad-answer', (send) => send(500, '{"error":"because","says":"x"}'), (c) => c.health()],
      ['another key than its name', 'bad-answer', (send) => send(200, other), (c) => c.key()],
      ['no key', 'bad-answer', (send) => send(200, '{"keyid":"x","pem":"y"}'), (c) => c.key()],
      ['a false digest', 'bad-answer', (send) => send(200, signedAnswer('x', digest('y'))), (c) => c.sign('ver_1')],
      ['nothing', 'bad-answer', (send) => send(200, '{}'), (c) => c.sign('ver_1')],
      ['no attestations', 'bad-answer', (send) => send(200, signedAnswer('{}')), (c) => c.sign('ver_1')],
      ['more than an answer may have', 'bad-answer', (send) => send(200, 'x'.repeat(25 * 1024 * 1024)), (c) => c.health()],
      ['silence', 'timeout', () => {}, (c) => c.sign('ver_1')],
      ['a no for now', 'unavailable', (send) => send(503, '{"error":"busy","says":"later"}'), (c) => c.sign('ver_1')],
      ['a no', 'refused', (send) => send(422, '{"error":"publisher","says":"x"}'), (c) => c.sign('ver_1')],
    ];
    for (const [what, code, answer, call] of cases) expect([what, (await failure(call(await impostor(answer)))).code]).toEqual([what, code]);
  });

  it('does not hang on a connection that breaks, or that is closed by us', async () => {
    const socket = newSocket();
    const server = createPlainServer((connection) =>
      connection.once('data', () => connection.end('HTTP/1.1 200 OK\r\nskillward-signer: 1\r\ncontent-length: 50\r\n\r\n{"sta')),
    );
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    expect(await failure(connectSigner(socket).health())).toMatchObject({ code: 'unavailable' });
    const patient = await impostor(() => {});
    const waiting = failure(patient.sign('ver_1'));
    patient.close();
    expect(await waiting).toMatchObject({ code: 'unavailable' });
  });
});

describe('skill signer', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const run = (args: readonly string[], env: Record<string, string> = {}): ChildProcess => {
    const file = JSON.stringify(join(root, 'cli/registry/signer.ts'));
    const code = `import(${file}).then(async ({ signer }) => { let code; await signer((running) => { code = running; }).parseAsync(${JSON.stringify(args)}, { from: 'user' }); process.exit(await code); })`;
    const child = spawn(process.execPath, ['--import', 'tsx', '-e', code], {
      cwd: root,
      env: { ...env, PATH: process.env['PATH'] ?? '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    left.push(child);
    return child;
  };
  const text = async (child: ChildProcess): Promise<string> => {
    let said = '';
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await ended(child);
    return said;
  };

  it('runs apart from the server, with its own policy file and key', async () => {
    const config = join(folder, 'signer.yaml');
    writeFileSync(config, 'registry-id: skills.example\npolicy:\n  approval:\n    pass: review\n');
    const socket = newSocket();
    const child = run(['--data', own.folder, '--config', config], {
      SKILLWARD_SIGNER_SOCKET: socket,
      SKILLWARD_SIGNER_KEY_FILE: defaultKey(own.folder),
    });
    const first = await new Promise<string>((resolve) => child.stdout!.once('data', (chunk: Buffer) => resolve(chunk.toString())));
    expect(first).toBe(`The signer listens on ${socket}\nKey ${own.key.keyid}\n`);
    const row = await own.add('4.0.0', skill());
    const client = connectSigner(socket);
    expect(await failure(client.sign(row.id))).toMatchObject({ code: 'refused', objection: 'not-approved' });
    await own.approve(row, own.users.bob);
    const { attestations } = await client.sign(row.id);
    expect(attestations.bundles).toHaveLength(4);
    child.kill('SIGTERM');
    expect(await ended(child)).toBe(0);
  });

  it('says what it lacks, with exit code 2', async () => {
    const wrong = run(['--data', own.folder, '--config', join(folder, 'none.yaml')]);
    expect(await text(wrong)).toMatch(/none\.yaml: cannot be read/);
    expect(wrong.exitCode).toBe(2);
  });
});
