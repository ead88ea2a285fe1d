/** Who a request is from: tokens in the header and in the path, what ends them, guessing, identity headers, and what a changed database does. */
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { isTokenText, newTokenText } from '../../../registry/auth/tokens.ts';
import { host, type Kit, kit } from './kit.ts';

const tokens = '/api/skillward/v1/tokens';
/** A token that has the right shape and was never given out. */
const wrong = newTokenText;
const whoIs = async (server: Kit, token: string, ip?: string) => server.call('GET', '/whose', { token, ...(ip === undefined ? {} : { ip }) });

describe('tokens', () => {
  it('are recognisable and carry a checksum that catches every changed character', () => {
    const token = newTokenText();
    expect(token).toMatch(/^skw_[0-9A-Za-z]{49}$/);
    expect(isTokenText(token)).toBe(true);
    for (let at = 4; at < token.length; at++) {
      const other = token[at] === 'x' ? 'y' : 'x';
      expect(isTokenText(token.slice(0, at) + other + token.slice(at + 1))).toBe(false);
    }
    for (const text of ['', 'skw_', token.slice(1), `${token}a`, token.toUpperCase(), `ghp_${token.slice(4)}`]) expect(isTokenText(text)).toBe(false);
    expect(new Set(Array.from({ length: 100 }, newTokenText)).size).toBe(100);
  });

  it('are stored only as hashes: neither the database files nor any answer but one holds them', async () => {
    const server = await kit();
    const token = await server.user('ada', 'publisher');
    const files = readdirSync(server.data)
      .filter((name) => name.startsWith('registry.db'))
      .map((name) => readFileSync(join(server.data, name), 'latin1'));
    expect(files.length).toBeGreaterThan(0);
    const everything = JSON.stringify([
      ...files,
      await server.store.db.selectFrom('tokens').selectAll().execute(),
      await server.store.db.selectFrom('events').selectAll().execute(),
      (await server.call('GET', `${tokens}?all=true`, { token: server.admin })).text,
    ]);
    for (const text of [token, server.admin]) {
      expect(everything).not.toContain(text);
      expect(everything).not.toContain(text.slice(10, 40));
    }
    expect((await server.call('GET', tokens, { token })).text).not.toMatch(/hash|seal/);
  });
});

describe('a request', () => {
  it('without a token is from nobody, with a good one from its user, with a bad one refused', async () => {
    const server = await kit();
    const token = await server.user('ada', 'publisher');
    expect((await server.call('GET', '/whose')).json).toMatchObject({ handle: null, via: 'anonymous', scopes: [] });
    expect((await whoIs(server, token)).json).toMatchObject({ handle: 'ada', via: 'token', scopes: ['read', 'publish'] });
    const refused = [
      { authorization: `Bearer ${wrong()}` },
      { authorization: 'Bearer ' },
      { authorization: 'Bearer null' },
      { authorization: `Basic ${Buffer.from('ada:pw').toString('base64')}` },
      { authorization: token },
    ];
    for (const headers of refused) {
      const answer = await server.call('GET', '/whose', { headers });
      expect([answer.status, answer.text]).toEqual([401, 'Unauthorized']);
      expect(answer.headers['content-type']).toContain('text/plain');
      expect(answer.headers['www-authenticate']).toContain('Bearer');
    }
    expect((await server.call('GET', '/whose', { headers: { authorization: `bEaReR ${token}` } })).status).toBe(200);
  });

  it('is refused as soon as its token is revoked, its user disabled, or its time over', async () => {
    const server = await kit();
    const first = await server.user('ada', 'publisher');
    const until = server.now + 1000;
    const made = (await server.call('POST', tokens, { token: first, body: { label: 'short', scopes: ['read'], expiresAt: until } })).json;
    expect((await whoIs(server, made.token)).status).toBe(200);
    server.now = until - 1;
    expect((await whoIs(server, made.token)).status).toBe(200);
    server.now = until;
    expect((await whoIs(server, made.token)).status).toBe(401);

    const second = (await server.call('POST', tokens, { token: first, body: { label: 'second', scopes: ['read'] } })).json;
    expect((await whoIs(server, second.token)).status).toBe(200);
    await server.call('DELETE', `${tokens}/${second.record.id}`, { token: first });
    expect((await whoIs(server, second.token)).status).toBe(401);

    expect((await whoIs(server, first)).status).toBe(200);
    await server.call('POST', '/api/skillward/v1/users/ada/disable', { token: server.admin, body: { reason: 'left the team' } });
    expect((await whoIs(server, first)).status).toBe(401);
    await server.call('POST', '/api/skillward/v1/users/ada/enable', { token: server.admin });
    // What was stolen does not come back with the person.
    expect((await whoIs(server, first)).status).toBe(401);
  });

  it('sees a change that another server made', async () => {
    const server = await kit();
    const token = await server.user('ada', 'publisher');
    expect((await whoIs(server, token)).status).toBe(200);
    const { openStore } = await import('../../../registry/store/index.ts');
    const other = await openStore(server.data);
    const row = (await other.db.selectFrom('tokens').selectAll().where('label', '=', 'test').executeTakeFirst())!;
    await other.write((tx) => other.patch(tx, 'tokens', row.id, { revoked_at: server.now }));
    await other.close();
    expect((await whoIs(server, token)).status).toBe(401);
  });

  it('keeps only scopes that the role still has', async () => {
    const server = await kit();
    const token = await server.user('ada', 'approver');
    await server.call('PUT', '/api/skillward/v1/users/ada/role', { token: server.admin, body: { role: 'reader' } });
    expect((await whoIs(server, token)).json.scopes).toEqual(['read']);
  });

  it('in the path reads and does nothing else; the two kinds of token cannot be exchanged', async () => {
    const server = await kit();
    const bearer = await server.user('ada', 'publisher');
    const { token: path } = (await server.call('POST', tokens, { token: bearer, body: { label: 'npx skills', scopes: ['read'], kind: 'path' } }))
      .json;
    expect((await server.call('GET', `/t/${path}/whose`)).json).toEqual({ handle: 'ada', via: 'path-token', scopes: ['read'] });
    expect((await server.call('GET', `/t/${path}/whose?x=/t/`)).status).toBe(200);
    expect((await whoIs(server, path)).status).toBe(401);
    expect((await server.call('GET', `/t/${bearer}/whose`)).status).toBe(401);
    expect((await server.call('GET', `/t/${wrong()}/whose`)).status).toBe(401);
    const strong = await server.call('POST', tokens, { token: bearer, body: { label: 'x', scopes: ['read', 'publish'], kind: 'path' } });
    expect(strong.status).toBe(400);
  });

  it('whose path token is spelled so that it is overlooked is refused, whoever else it may be from', async () => {
    const server = await kit();
    const bearer = await server.user('ada', 'publisher');
    const { token: path } = (await server.call('POST', tokens, { token: bearer, body: { label: 'npx skills', scopes: ['read'], kind: 'path' } }))
      .json;
    for (const url of [`/%74/${path}/whose`, `/t/${path.replace('w', '%77')}/whose`])
      for (const token of [undefined, bearer]) {
        const answer = await server.call('GET', url, token === undefined ? {} : { token });
        expect([url, answer.status, answer.text]).toEqual([url, 401, 'Unauthorized']);
      }
    // A whole address in the request line, as to a proxy: the router cuts it to its path.
    await server.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.app.server.address() as AddressInfo;
    const ask = (target: string) =>
      new Promise<string>((done, failed) => {
        const socket = connect(port, '127.0.0.1', () => socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`));
        let text = '';
        socket.on('data', (bytes) => {
          text += bytes.toString('latin1');
        });
        socket.on('close', () => done(text.slice(0, text.indexOf('\r\n'))));
        socket.on('error', failed);
      });
    expect(await ask(`/t/${path}/whose`)).toBe('HTTP/1.1 200 OK');
    for (const target of [`http://${host}/t/${path}/whose`, `http://${host}/%74/${path}/whose`])
      expect(await ask(target)).toMatch(/^HTTP\/1.1 40[14] /);
  });
});

describe('guessing', () => {
  const few = (failures: number) => (config: Kit['config']) => ({ ...config, limits: { ...config.limits, lockout: { failures, forMs: 60_000 } } });

  it('makes its address wait for wrong tokens, and nobody who shares that address', async () => {
    const server = await kit(few(3));
    const token = await server.user('ada', 'publisher');
    const ip = '203.0.113.5';
    for (const guess of [wrong(), 'skw_nonsense', wrong()]) expect((await whoIs(server, guess, ip)).status).toBe(401);
    const locked = await whoIs(server, wrong(), ip);
    expect([locked.status, locked.headers['retry-after']]).toEqual([429, '60']);
    expect((await whoIs(server, 'skw_nonsense', ip)).status).toBe(429);
    expect((await whoIs(server, wrong(), '203.0.113.6')).status).toBe(401);
    // The guesser's neighbours, the admin among them, go on: seen for the first time, and again.
    for (const good of [token, token, server.admin]) expect((await whoIs(server, good, ip)).status).toBe(200);
    // Who presents nothing does not guess.
    expect((await server.call('GET', '/whose', { ip })).status).toBe(200);
    expect(server.warnings.join()).toContain(ip);
    expect(server.warnings.join()).not.toContain('skw_');
    server.now += 59_999;
    expect((await whoIs(server, wrong(), ip)).status).toBe(429);
    server.now += 1;
    expect((await whoIs(server, wrong(), ip)).status).toBe(401);
  });

  it('counts a whole /64 as one address, and many guesses at once', async () => {
    const server = await kit(few(5));
    const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => whoIs(server, wrong(), `2001:db8:1:2::${(at + 1).toString(16)}`)));
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(5);
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(35);
    expect((await whoIs(server, wrong(), '2001:db8:1:2:ffff::1')).status).toBe(429);
    expect((await whoIs(server, wrong(), '2001:db8:1:3::1')).status).toBe(401);
  });

  it('does not count tokens that were good once, nor forget its count when a good one is shown', async () => {
    const server = await kit(few(3));
    const token = await server.user('ada', 'publisher');
    const old = (await server.call('POST', tokens, { token, body: { label: 'old', scopes: ['read'] } })).json;
    await server.call('DELETE', `${tokens}/${old.record.id}`, { token });
    for (let time = 0; time < 10; time++) expect((await whoIs(server, old.token)).status).toBe(401);
    expect((await whoIs(server, wrong())).status).toBe(401);
    for (let time = 0; time < 2; time++) {
      expect((await whoIs(server, token)).status).toBe(200);
      expect((await whoIs(server, wrong())).status).toBe(401);
    }
    expect((await whoIs(server, wrong())).status).toBe(429);
    // Nor is it told from there that it exists by another refusal than elsewhere.
    expect((await whoIs(server, old.token)).status).toBe(401);
  });
});

describe('a row that was changed from outside', () => {
  it.each([
    ['tokens', 'scopes', '["read","publish","approve","admin"]'],
    ['tokens', 'user_id', undefined],
    ['users', 'role', 'admin'],
  ] as const)('%s.%s is not believed, and an alarm is raised', async (table, column, value) => {
    const server = await kit();
    const token = await server.user('ada', 'publisher');
    expect((await whoIs(server, token)).status).toBe(200);
    const admin = (await server.store.db.selectFrom('users').select('id').where('handle', '=', 'admin').executeTakeFirstOrThrow()).id;
    await server.store.write((tx) =>
      tx
        .updateTable(table as 'tokens')
        .set({ [column]: value ?? admin })
        .where(table === 'users' ? ('handle' as never) : 'label', '=', table === 'users' ? 'ada' : 'test')
        .execute(),
    );
    const answer = await whoIs(server, token);
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('admin');
    expect(server.alarms[0]).toMatch(new RegExp(`^${table}/`));
    expect((await whoIs(server, server.admin)).status).toBe(200);
  });

  it('cannot be made up', async () => {
    const server = await kit();
    const token = newTokenText();
    const { tokenHash } = await import('../../../registry/auth/tokens.ts');
    const row = (await server.store.db.selectFrom('tokens').selectAll().executeTakeFirst())!;
    await server.store.write((tx) =>
      tx
        .insertInto('tokens')
        .values({ ...row, id: 'tok_forged', hash: tokenHash(token) })
        .execute(),
    );
    expect((await whoIs(server, token)).status).toBe(503);
  });
});

describe('an old row that is put back', () => {
  const api = '/api/skillward/v1';
  /** Copies a row as it is, lets something happen, and puts the copy back past us, by another connection: its seal is good. */
  async function replayed(
    server: Kit,
    table: 'tokens' | 'users' | 'members' | 'namespaces' | 'publisher_keys',
    id: string,
    happening: () => Promise<unknown>,
  ) {
    const around = new Database(join(server.data, 'registry.db'));
    const old = around.prepare(`select * from ${table} where id = ?`).get(id) as Record<string, unknown>;
    await happening();
    const columns = Object.keys(old);
    around.pragma('foreign_keys = off');
    around.prepare(`insert or replace into ${table} (${columns.join()}) values (${columns.map((name) => `@${name}`).join()})`).run(old);
    around.close();
  }
  const idOf = async (server: Kit, handle: string) =>
    (await server.store.db.selectFrom('users').select('id').where('handle', '=', handle).executeTakeFirstOrThrow()).id;

  it('does not make a revoked token good, in no way that tokens end', async () => {
    for (const end of [
      (server: Kit, id: string) => server.call('DELETE', `${tokens}/${id}`, { token: server.admin }),
      (server: Kit) => server.call('POST', `${api}/users/ada/revoke-tokens`, { token: server.admin }),
      async (server: Kit) => {
        await server.call('POST', `${api}/users/ada/disable`, { token: server.admin });
        await server.call('POST', `${api}/users/ada/enable`, { token: server.admin });
      },
    ]) {
      const server = await kit();
      const token = await server.user('ada', 'publisher');
      const { tokenId } = await server.actor(token);
      await replayed(server, 'tokens', tokenId!, () => end(server, tokenId!));
      expect((await whoIs(server, token)).status).toBe(503);
      expect(server.alarms).toEqual([`tokens/${tokenId}`]);
      await expect((async () => server.auth.session(tokenId!, ''))()).rejects.toMatchObject({ code: 'tampered' });
      // Ending it once more sets things right.
      expect((await server.call('DELETE', `${tokens}/${tokenId}`, { token: server.admin })).status).toBe(200);
      expect((await whoIs(server, token)).status).toBe(401);
    }
  });

  it('brings back neither a disabled user nor a role', async () => {
    const server = await kit((config) => ({
      ...config,
      identity: { from: ['192.0.2.10'], userHeader: 'x-login', nameHeader: undefined, domains: [] },
    }));
    const token = await server.user('ada', 'admin');
    const id = await idOf(server, 'ada');
    const byHeader = () => server.call('GET', '/whose', { headers: { 'x-login': 'ada' } });
    const put = (role: string) => server.call('PUT', `${api}/users/ada/role`, { token: server.admin, body: { role } });
    await replayed(server, 'users', id, () => put('reader'));
    expect([(await whoIs(server, token)).status, (await byHeader()).status]).toEqual([503, 503]);
    expect(server.alarms).toEqual([`users/${id}`, `users/${id}`]);
    expect((await put('reader')).status).toBe(200);
    expect((await whoIs(server, token)).json.scopes).toEqual(['read']);

    await replayed(server, 'users', id, () => server.call('POST', `${api}/users/ada/disable`, { token: server.admin }));
    expect([(await whoIs(server, token)).status, (await byHeader()).status]).toEqual([503, 503]);
    expect((await server.call('POST', `${api}/users/ada/disable`, { token: server.admin })).status).toBe(200);
    expect((await byHeader()).status).toBe(401);
    // Who was enabled again, or had an old role back for good reason, is not suspected.
    await server.call('POST', `${api}/users/ada/enable`, { token: server.admin });
    await put('publisher');
    expect((await byHeader()).json.scopes).toEqual(['read', 'publish']);
  });

  it('makes no revoked publisher key count again', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'publisher');
    const pem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' });
    const { keyid } = (await server.call('POST', `${api}/publisher-keys`, { token: ada, body: { pem, label: 'laptop' } })).json.key;
    const { id } = await server.store.db.selectFrom('publisher_keys').select('id').executeTakeFirstOrThrow();
    const revoke = () => server.call('DELETE', `${api}/publisher-keys/${keyid}`, { token: ada });
    await replayed(server, 'publisher_keys', id, revoke);
    expect((await server.call('GET', `${api}/publisher-keys`, { token: ada })).status).toBe(503);
    expect((await revoke()).status).toBe(200);
    expect((await server.call('GET', `${api}/publisher-keys`, { token: ada })).json.keys[0].revokedAt).toBe(server.now);
  });

  it('brings back no membership, and does not open a namespace', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'publisher');
    const grace = await server.user('grace', 'publisher');
    await server.call('POST', `${api}/namespaces`, { token: ada, body: { handle: 'tools', visibility: 'private' } });
    const member = (method: 'PUT' | 'DELETE', role?: string) =>
      server.call(method, `${api}/namespaces/tools/members/grace`, { token: ada, ...(role === undefined ? {} : { body: { role } }) });
    const sees = async (token: string) => (await server.call('GET', `${api}/namespaces/tools`, { token })).status;
    const namespace = (await server.store.db.selectFrom('namespaces').select('id').where('handle', '=', 'tools').executeTakeFirstOrThrow()).id;
    const id = `${namespace}:${await idOf(server, 'grace')}`;
    await member('PUT', 'owner');
    await replayed(server, 'members', id, () => member('PUT', 'reader'));
    expect([await sees(grace), await sees(ada)]).toEqual([503, 200]);
    await member('PUT', 'reader');
    await replayed(server, 'members', id, () => member('DELETE'));
    expect([await sees(grace), await sees(ada)]).toEqual([503, 200]);
    const listed = (await server.call('GET', `${api}/namespaces/tools`, { token: ada })).json.members;
    expect(listed.map((one: { user: string }) => one.user)).toEqual(['ada']);
    expect((await member('DELETE')).status).toBe(204);
    expect(await sees(grace)).toBe(404);
    // A member again is one again.
    await member('PUT', 'reader');
    expect(await sees(grace)).toBe(200);
    await member('DELETE');

    const visibility = (to: string) => server.call('PUT', `${api}/namespaces/tools/visibility`, { token: ada, body: { visibility: to } });
    await visibility('internal');
    expect(await sees(grace)).toBe(200);
    await replayed(server, 'namespaces', namespace, () => visibility('private'));
    expect(await sees(grace)).toBe(503);
    expect((await server.call('GET', `${api}/namespaces`, { token: grace })).text).not.toContain('tools');
    expect((await visibility('private')).status).toBe(200);
    expect(await sees(grace)).toBe(404);
  });
});

describe('identity headers', () => {
  const proxy = (config: Kit['config']): Kit['config'] => ({
    ...config,
    identity: { from: ['192.0.2.1', '2001:db8::/32'], userHeader: 'x-login', nameHeader: undefined, domains: ['team.example'] },
    trustedProxies: ['192.0.2.0/24'],
  });
  const as = (server: Kit, login: string, ip = '192.0.2.1', more: Record<string, string> = {}) =>
    server.call('GET', '/whose', { ip, headers: { 'x-login': login, ...more } });

  it('are believed from the named proxy only, for users that exist', async () => {
    const server = await kit(proxy);
    await server.user('ada', 'publisher');
    for (const login of ['ada', 'Ada@Team.Example', ' ada@team.example '])
      expect((await as(server, login)).json).toMatchObject({ handle: 'ada', via: 'identity-header', scopes: ['read', 'publish'] });
    expect((await as(server, 'ada', '2001:db8::7')).json.handle).toBe('ada');
    for (const login of ['ada@elsewhere.example', 'ada@team.example.evil.example', 'grace', 'ada@', '@team.example', 'a'.repeat(3000)])
      expect((await as(server, login)).json).toMatchObject({ handle: null, via: 'anonymous' });
    expect((await server.store.db.selectFrom('users').select('handle').execute()).map((row) => row.handle).sort()).toEqual(['ada', 'admin']);
  });

  it('are ignored from everybody else, also if the client says it comes from the proxy, and that is said once', async () => {
    const server = await kit(proxy);
    for (const ip of ['203.0.113.9', '192.0.2.2', '127.0.0.1'])
      expect((await as(server, 'admin', ip, { 'x-forwarded-for': '192.0.2.1' })).json).toMatchObject({ handle: null });
    expect(server.warnings.filter((says) => says.includes('x-login'))).toHaveLength(1);
  });

  it('do not help a disabled user', async () => {
    const server = await kit(proxy);
    await server.user('ada', 'publisher');
    await server.call('POST', '/api/skillward/v1/users/ada/disable', { token: server.admin });
    expect((await as(server, 'ada')).status).toBe(401);
  });

  it('change nothing when the page of another site sends the request', async () => {
    const server = await kit(proxy);
    await server.user('ada', 'publisher');
    const post = (headers: Record<string, string>) => server.call('POST', '/whose', { ip: '192.0.2.1', headers: { 'x-login': 'ada', ...headers } });
    expect((await post({})).status).toBe(200);
    expect((await post({ origin: 'https://skills.example', 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'https://skills.example.evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ])
      expect((await post(headers)).status).toBe(403);
  });

  it('give way to a token', async () => {
    const server = await kit(proxy);
    const token = await server.user('ada', 'publisher');
    expect((await server.call('GET', '/whose', { ip: '192.0.2.1', token, headers: { 'x-login': 'admin' } })).json.handle).toBe('ada');
    expect((await server.call('GET', '/whose', { ip: '192.0.2.1', token: wrong(), headers: { 'x-login': 'admin' } })).status).toBe(401);
  });
});

describe('the address of a client', () => {
  it('is the socket, unless trusted proxies say otherwise, and then only as far as they are trusted', async () => {
    const trusting = await kit((config) => ({ ...config, trustedProxies: ['192.0.2.0/24', '2001:db8::1'] }));
    const ipOf = async (ip: string, forwarded?: string) =>
      (await trusting.call('GET', '/whose', { ip, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } })).json.ip;
    expect(await ipOf('203.0.113.1', '198.51.100.7')).toBe('203.0.113.1');
    expect(await ipOf('192.0.2.1', '198.51.100.7')).toBe('198.51.100.7');
    expect(await ipOf('::ffff:192.0.2.1', '198.51.100.7')).toBe('198.51.100.7');
    expect(await ipOf('2001:0db8:0::1', '198.51.100.7')).toBe('198.51.100.7');
    // The client invents what stands left of what a proxy wrote.
    expect(await ipOf('192.0.2.1', '10.0.0.1, 198.51.100.7, 192.0.2.9')).toBe('198.51.100.7');
    expect(await ipOf('192.0.2.1', '10.0.0.1, nonsense')).toBe('192.0.2.1');
    expect(await ipOf('192.0.2.1')).toBe('192.0.2.1');
    const plain = await kit();
    expect((await plain.call('GET', '/whose', { ip: '127.0.0.1', headers: { 'x-forwarded-for': '198.51.100.7' } })).json.ip).toBe('127.0.0.1');
  });
});

describe('the last use of a token', () => {
  it('is noted without waking every cache, and shown to its owner', async () => {
    const server = await kit();
    const token = await server.user('ada', 'publisher');
    const used = async () => (await server.call('GET', tokens, { token })).json.tokens[0].lastUsedAt;
    expect(await used()).toBe(null);
    await server.auth.flush();
    const before = server.store.epoch();
    for (let time = 0; time < 5; time++) await whoIs(server, token);
    expect(server.store.epoch()).toBe(before);
    server.now += 5000;
    await whoIs(server, token);
    await server.auth.flush();
    expect(await used()).toBe(server.now);
  });
});

describe('a session', () => {
  it('lasts as long as its token', async () => {
    const server = await kit();
    const token = await server.user('ada', 'publisher');
    const { tokenId } = await server.actor(token);
    expect(await server.auth.session(tokenId!, '192.0.2.9')).toMatchObject({ user: { handle: 'ada' }, tokenId, via: 'session' });
    await server.call('DELETE', `${tokens}/${tokenId}`, { token });
    await expect((async () => server.auth.session(tokenId!, '192.0.2.9'))()).rejects.toMatchObject({ code: 'unauthorized' });
    await expect((async () => server.auth.session('tok_unknown', '192.0.2.9'))()).rejects.toMatchObject({ code: 'unauthorized' });
  });
});
