/** The first start: one admin, one token that works, also after a crash at any step and with two servers at once. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuth } from '../../../registry/auth/authenticate.ts';
import { bootstrap } from '../../../registry/auth/bootstrap.ts';
import { newTokenText } from '../../../registry/auth/tokens.ts';
import { loadConfig } from '../../../registry/config.ts';
import { openStore } from '../../../registry/store/index.ts';

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'skillward-boot-'));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true });
});

/** A first start in a process of its own, which kills itself (-9) at a step if told to. */
const start = (data: string, killAt: string): Promise<{ signal: string | null; out: string }> =>
  new Promise((done) => {
    execFile(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('./first-start.ts', import.meta.url)), data, killAt], (error, out, err) => {
      done({ signal: (error as { signal?: string } | null)?.signal ?? null, out: out + (error === null ? '' : err) });
    });
  });

async function look(data: string) {
  const store = await openStore(data);
  try {
    const users = await store.db.selectFrom('users').select(['handle', 'role']).execute();
    const tokens = await store.db.selectFrom('tokens').select('id').execute();
    const text = readFileSync(join(data, 'admin-token'), 'utf8');
    const auth = createAuth({ store, config: loadConfig({ data }, {}).config });
    const actor = await auth.actor({ headers: { authorization: `Bearer ${text.trim()}` }, ip: '' });
    await auth.close();
    return { users, tokens: tokens.length, actor, text };
  } finally {
    await store.close();
  }
}

describe('the first start', () => {
  it('makes an admin whose token is in a file for the owner only, once', async () => {
    const data = folder();
    const store = await openStore(data);
    const file = join(data, 'admin-token');
    expect(await bootstrap(store, { data })).toEqual({ adminTokenFile: file });
    expect(await bootstrap(store, { data })).toEqual({});
    await store.close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { users, tokens, actor, text } = await look(data);
    expect(users).toEqual([{ handle: 'admin', role: 'admin' }]);
    expect(tokens).toBe(1);
    expect(actor).toMatchObject({ user: { handle: 'admin', role: 'admin' }, namespaces: undefined });
    expect([...actor.scopes]).toEqual(['read', 'publish', 'approve', 'admin']);
    expect(text).toMatch(/^skw_\w{49}\n$/);
  });

  it('does not happen again when the file was taken away', async () => {
    const data = folder();
    const store = await openStore(data);
    await bootstrap(store, { data });
    rmSync(join(data, 'admin-token'));
    expect(await bootstrap(store, { data })).toEqual({});
    await store.close();
  });

  it.each(['rows', 'file'])('killed at "%s" is made up for by the next one', async (step) => {
    const data = folder();
    expect((await start(data, step)).signal).toBe('SIGKILL');
    expect((await start(data, 'never')).out).toContain('admin-token');
    const { users, tokens, actor } = await look(data);
    expect([users.length, tokens, actor.user?.handle]).toEqual([1, 1, 'admin']);
  });

  it('of two servers at once ends with one admin and one good token', async () => {
    const data = folder();
    const store = await openStore(data);
    const other = await openStore(data);
    const results = await Promise.all([bootstrap(store, { data }), bootstrap(other, { data })]);
    expect(results.filter((result) => result.adminTokenFile !== undefined)).toHaveLength(1);
    await store.close();
    await other.close();
    const { users, tokens, actor } = await look(data);
    expect([users.length, tokens, actor.user?.handle]).toEqual([1, 1, 'admin']);
  });

  it('takes nothing that is not its own out of the way', async () => {
    const data = folder();
    const store = await openStore(data);
    writeFileSync(join(data, 'admin-token'), 'my notes\n');
    await expect(bootstrap(store, { data })).rejects.toMatchObject({ code: 'bad-config', message: expect.stringContaining('admin-token') });
    expect(readFileSync(join(data, 'admin-token'), 'utf8')).toBe('my notes\n');
    expect(await store.db.selectFrom('users').selectAll().execute()).toEqual([]);
    // What a cut-off start left behind is.
    writeFileSync(join(data, 'admin-token'), `${newTokenText()}\n`);
    expect(await bootstrap(store, { data })).toHaveProperty('adminTokenFile');
    await store.close();
  });
});
