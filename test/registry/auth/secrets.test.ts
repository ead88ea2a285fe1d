/** Secrets by reference: each way of giving one, and that no message ever holds the value. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { envSecret, resolveSecret, type SecretContext } from '../../../registry/secrets.ts';

/** Made up, and different each time, so that it can only come from where we put it. */
const value = `s3cret-${Math.random().toString(36).slice(2)}`;
let folder: string;
const servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skillward-secret-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const server of servers.splice(0)) server.close();
});

const file = (name: string, text: string, mode = 0o600): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};
const program = (name: string, script: string): string => file(name, `#!${process.execPath}\n${script}`, 0o700);
const context = (env: Record<string, string> = {}, more: Partial<SecretContext> = {}): SecretContext => ({ env, ...more });
const refusal = async (ref: unknown, with_: SecretContext = context()): Promise<string> => {
  try {
    return `resolved to ${await resolveSecret(ref, with_)}`;
  } catch (error) {
    // Whatever is written to a log: message, cause, stack, detail.
    const all = `${(error as Error).stack} ${JSON.stringify(error)} ${String((error as Error).cause)}`;
    expect(all).not.toContain(value);
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
};

describe('a secret', () => {
  it('comes from a file, less one line end', async () => {
    expect(await resolveSecret(`file:${file('a', `${value}\n`)}`, context())).toBe(value);
    expect(await resolveSecret({ file: file('b', `${value}\r\n`) }, context())).toBe(value);
    expect(await resolveSecret(`file:${file('c', ` ${value}\n\n`)}`, context())).toBe(` ${value}\n`);
    expect(await resolveSecret('file:a', context({}, { base: folder }))).toBe(value);
  });

  it('comes from the environment, or from the file that NAME_FILE names', async () => {
    const path = file('a', `${value}\n`);
    expect(await resolveSecret('env:HOOK', context({ HOOK: value }))).toBe(value);
    expect(await resolveSecret({ env: 'HOOK' }, context({ HOOK_FILE: path }))).toBe(value);
    expect(await envSecret('HOOK', context({ HOOK_FILE: path }))).toBe(value);
    expect(await envSecret('HOOK', context())).toBeUndefined();
    expect(await refusal('env:HOOK', context({ HOOK: value, HOOK_FILE: path }))).toMatch(/^bad-config.*both HOOK and HOOK_FILE/);
    expect(await refusal('env:HOOK', context({ OTHER: value }))).toMatch(/^bad-config.*env:HOOK/);
  });

  it('comes from a command, without a shell', async () => {
    const echo = program('echo', 'console.log(process.argv.slice(2).join("|"))');
    expect(await resolveSecret({ command: [echo, value, '$HOME; id', '*'] }, context())).toBe(`${value}|$HOME; id|*`);
    expect(await resolveSecret(`command:${program('fetch', `process.stdout.write(process.env.SEED + "\\n")`)}`, context({ SEED: value }))).toBe(
      value,
    );
  });

  it('is not taken from what others can read, or from what is no plain file', async () => {
    for (const mode of [0o644, 0o604, 0o602, 0o777])
      expect(await refusal(`file:${file('open', value, mode)}`)).toMatch(/^bad-config.*file:.*open.*mode 6?.*chmod o=/);
    expect(await resolveSecret(`file:${file('group', value, 0o640)}`, context())).toBe(value);
    mkdirSync(join(folder, 'run'));
    const shared = file('run/hook', value, 0o444);
    expect(await refusal(`file:${shared}`)).toMatch(/^bad-config/);
    expect(await resolveSecret(`file:${shared}`, context({}, { sharedFolders: [join(folder, 'run')] }))).toBe(value);
    expect(await refusal(`file:${join(folder, 'run/../open')}`, context({}, { sharedFolders: [join(folder, 'run')] }))).toMatch(/^bad-config/);
    expect(await refusal(`file:${folder}`)).toMatch(/not a plain file/);
    expect(await refusal(`file:${join(folder, 'none')}`)).toMatch(/none.*ENOENT/);
    expect(await refusal(`file:${file('empty', '\n')}`)).toMatch(/is empty/);
    expect(await refusal(`file:${file('large', value.repeat(10_000))}`)).toMatch(/larger than 64 KiB/);
  });

  it('never stands in a message, even if it was given where a reference belongs', async () => {
    for (const ref of [
      value,
      `file`,
      { secret: value },
      { file: 1, text: value },
      { file: [value] },
      [value],
      5,
      null,
      undefined,
      `env:${value}`,
      `env: ${value}`,
      '',
      ':',
      `command:${value} x`,
    ])
      expect(await refusal(ref), JSON.stringify(ref)).toMatch(/^bad-config/);
    const failing = program('fail', `console.log("${value}"); console.error("${value}"); process.exit(3)`);
    expect(await refusal({ command: [failing, value] })).toMatch(/^bad-config.*fail failed \(exit code 3\)/);
    const chatty = program('chatty', `for (let i = 0; i < 10000; i++) console.log("${value}")`);
    expect(await refusal({ command: [chatty] })).toMatch(/more than 64 KiB/);
    expect(await refusal({ command: [join(folder, 'none')] })).toMatch(/ENOENT/);
    expect(await refusal({ command: ['relative', 'x'] })).toMatch(/full path/);
    expect(await refusal({ command: [] })).toMatch(/full path/);
  });
});

/** Vault's wire format for KV version 2, as its HTTP API documentation gives it. */
async function vault(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const kv = (data: unknown) =>
  JSON.stringify({
    request_id: '00000000-0000-0000-0000-000000000000',
    lease_id: '',
    renewable: false,
    lease_duration: 0,
    data: { data, metadata: { created_time: '2026-01-01T00:00:00Z', custom_metadata: null, deletion_time: '', destroyed: false, version: 2 } },
    wrap_info: null,
    warnings: null,
    auth: null,
  });

describe('a secret in Vault', () => {
  it('is read with the token from a file', async () => {
    const seen: unknown[] = [];
    const address = await vault((request, response) => {
      seen.push([
        request.method,
        request.url,
        request.headers['x-vault-token'],
        request.headers['x-vault-request'],
        request.headers['x-vault-namespace'],
      ]);
      response.setHeader('content-type', 'application/json').end(kv({ hook: value, 'other key': 'x' }));
    });
    const env = { VAULT_ADDR: address, VAULT_TOKEN_FILE: file('token', 'hvs.example\n') };
    expect(await resolveSecret('vault:secret/team a/registry#hook', context(env))).toBe(value);
    expect(
      await resolveSecret({ vault: { mount: 'teams/kv', path: 'registry', key: 'other key' } }, context(env, { vault: { namespace: 'ns1' } })),
    ).toBe('x');
    expect(seen).toEqual([
      ['GET', '/v1/secret/data/team%20a/registry', 'hvs.example', 'true', undefined],
      ['GET', '/v1/teams/kv/data/registry', 'hvs.example', 'true', 'ns1'],
    ]);
  });

  it('that is not there, not text or not ours to read is a clear refusal', async () => {
    let status = 200;
    let body = '';
    const address = await vault((_, response) => {
      response.statusCode = status;
      response.end(body);
    });
    const env = { VAULT_ADDR: address, VAULT_TOKEN: 'hvs.example' };
    const with_ = async (answered: number, text: string) => {
      status = answered;
      body = text;
      const says = await refusal('vault:secret/app#hook', context(env));
      expect(says).not.toContain('hvs.example');
      return says;
    };
    expect(await with_(404, '{"errors":[]}')).toMatch(/^bad-config: .*vault:secret\/app#hook.*no such secret/);
    expect(await with_(403, '{"errors":["permission denied"]}')).toMatch(/^bad-config: .*capability read on secret\/data\/app/);
    expect(await with_(503, `{"errors":["${value}"]}`)).toMatch(/^unavailable: .*503/);
    expect(await with_(200, kv({ other: value }))).toMatch(/^bad-config: .*no text under that key/);
    expect(await with_(200, kv({ hook: { deep: value } }))).toMatch(/no text under that key/);
    expect(await with_(200, kv(null))).toMatch(/no text under that key/);
    expect(await with_(200, value)).toMatch(/no text under that key/);
    expect(await with_(200, kv({ hook: value.repeat(100_000) }))).toMatch(/more than 1 MiB/);
  });

  it('is asked for at the address that was set and nowhere else', async () => {
    const elsewhere: string[] = [];
    const other = await vault((request, response) => {
      elsewhere.push(request.url ?? '');
      response.end(kv({ hook: value }));
    });
    const address = await vault((_, response) => response.writeHead(307, { location: `${other}/v1/secret/data/app` }).end());
    expect(await refusal('vault:secret/app#hook', context({ VAULT_ADDR: address, VAULT_TOKEN: 'hvs.example' }))).toMatch(/another address/);
    expect(elsewhere).toEqual([]);
    for (const bad of ['http://vault.example:8200', 'ftp://127.0.0.1', 'nonsense', 'https://user:pw@vault.example'])
      expect(await refusal('vault:secret/app#hook', context({ VAULT_ADDR: bad, VAULT_TOKEN: 'x' }))).toMatch(/^bad-config: .*VAULT_ADDR/);
    expect(await refusal('vault:secret/app#hook', context({ VAULT_TOKEN: 'x' }))).toMatch(/set VAULT_ADDR/);
    expect(await refusal('vault:secret/app#hook', context({ VAULT_ADDR: address }))).toMatch(/VAULT_TOKEN_FILE/);
    for (const ref of [
      'vault:app',
      'vault:secret/app',
      'vault:secret/#x',
      'vault:secret/../sys#x',
      'vault:#x',
      'vault:a/b#',
      { vault: { mount: 'a' } },
    ])
      expect(await refusal(ref, context({ VAULT_ADDR: address, VAULT_TOKEN: 'x' }))).toMatch(/^bad-config: .*MOUNT\/PATH#KEY/);
  });
});
