/** Device login: the two calls of ClawHub's clients word for word, and what stops a code from being guessed, reused or turned into more than its approver has. */
import { describe, expect, it } from 'vitest';
import { createDeviceLogin } from '../../../registry/auth/device.ts';
import { type Kit, kit } from './kit.ts';

const grant = 'urn:ietf:params:oauth:grant-type:device_code';
const api = '/api/skillward/v1';
interface Started {
  readonly device_code: string;
  readonly user_code: string;
}
const start = async (server: Kit, body: object = {}): Promise<Started> =>
  (
    await server.call('POST', '/api/cli/device/code', {
      body: { scope: 'read write', site_url: 'https://skills.example', label: 'CLI device login', ...body },
    })
  ).json;
const poll = (server: Kit, device_code: string) =>
  server.call('POST', '/api/cli/device/token', { body: { device_code, grant_type: grant }, headers: { accept: 'application/json' } });
const approve = (server: Kit, token: string | undefined, user_code: string, what = 'approve') =>
  server.call('POST', `${api}/device/${what}`, { ...(token === undefined ? {} : { token }), body: { user_code } });

describe('device login', () => {
  it('ends with a token of the approver, made when it is fetched, once', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'approver');
    const started = await server.call('POST', '/api/cli/device/code', {
      body: { scope: 'read write', site_url: 'https://skills.example', label: 'build box' },
    });
    expect(started.json).toEqual({
      device_code: expect.stringMatching(/^[0-9A-Za-z]{43}$/),
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_uri: 'https://skills.example/device',
      expires_in: 900,
      interval: 5,
    });
    expect(started.headers['cache-control']).toBe('no-store');
    const { device_code, user_code } = started.json;
    const pending = await poll(server, device_code);
    expect([pending.status, pending.json]).toEqual([400, { error: 'authorization_pending' }]);
    const seen = await approve(server, ada, user_code, 'look');
    expect(seen.json).toEqual({ schema: 'skillward.device.v1', state: 'pending', label: 'build box', scopes: ['read', 'publish'] });
    // As people type it.
    expect((await approve(server, ada, ` ${user_code.toLowerCase().replace('-', ' ')}`)).json.state).toBe('approved');
    server.now += 5000;
    const done = await poll(server, device_code);
    expect([done.status, done.json]).toEqual([200, { access_token: expect.stringMatching(/^skw_/), token_type: 'bearer', scope: 'read publish' }]);
    expect((await server.call('GET', '/whose', { token: done.json.access_token })).json).toMatchObject({
      handle: 'ada',
      scopes: ['read', 'publish'],
    });
    expect((await server.call('GET', `${api}/tokens`, { token: ada })).json.tokens.map((one: { label: string }) => one.label)).toContain('build box');
    server.now += 5000;
    expect((await poll(server, device_code)).json).toEqual({ error: 'expired_token' });
    expect((await approve(server, ada, user_code)).status).toBe(404);
    const types = (await server.store.db.selectFrom('events').select('type').orderBy('seq').execute()).map((row) => row.type);
    expect(types.slice(-3)).toEqual(['device.approved', 'device.used', 'token.created']);
  });

  it('asked for at the same moment twice gives one token', async () => {
    const server = await kit();
    const { device_code, user_code } = await start(server);
    await approve(server, server.admin, user_code);
    const answers = await Promise.all([poll(server, device_code), poll(server, device_code)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400]);
  });

  it('slows down who asks too often, and answers an error word for every end', async () => {
    const server = await kit();
    const { device_code } = await start(server);
    const says = async (code = device_code) => (await poll(server, code)).json.error;
    expect(await says()).toBe('authorization_pending');
    server.now += 1000;
    expect(await says()).toBe('slow_down');
    // Five seconds more than before are asked for.
    server.now += 6000;
    expect(await says()).toBe('slow_down');
    server.now += 15_000;
    expect(await says()).toBe('authorization_pending');
    server.now += 900_000;
    expect(await says()).toBe('expired_token');
    expect(await says('0'.repeat(43))).toBe('expired_token');
    const other = await start(server);
    expect((await approve(server, server.admin, other.user_code, 'deny')).json.state).toBe('denied');
    expect(await says(other.device_code)).toBe('access_denied');
    const wrong = await server.call('POST', '/api/cli/device/token', { body: { device_code, grant_type: 'password' } });
    expect([wrong.status, wrong.json]).toEqual([400, { error: 'unsupported_grant_type' }]);
  });

  it('gives no more than the approver has: scopes, lifetime, namespaces', async () => {
    const server = await kit();
    const lurker = await server.user('lurker', 'reader');
    const ada = await server.user('ada', 'publisher', { expiresAt: server.now + 7_200_000 });
    const limited = await server.user('grace', 'publisher', { namespaces: ['ada'] });
    const token = async (approver: string, scope: string) => {
      const { device_code, user_code } = await start(server, { scope });
      const answer = await approve(server, approver, user_code);
      if (answer.status !== 200) return answer.status;
      server.now += 5000;
      return server.actor((await poll(server, device_code)).json.access_token);
    };
    expect(await token(lurker, 'read write')).toMatchObject({ scopes: new Set(['read']) });
    expect(await token(lurker, 'write')).toBe(403);
    expect(await token(ada, 'read write approve admin')).toMatchObject({ scopes: new Set(['read', 'publish']) });
    expect(await token(limited, 'read')).toBe(403);
    const rows = (await server.call('GET', `${api}/tokens`, { token: ada })).json.tokens as { label: string; expiresAt: number | null }[];
    expect(rows.every((row) => row.expiresAt !== null)).toBe(true);
    expect((await server.call('POST', '/api/cli/device/code', { body: { scope: 'root' } })).status).toBe(400);
  });

  it('dies with its approver', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'publisher');
    const { device_code, user_code } = await start(server);
    await approve(server, ada, user_code);
    await server.call('POST', `${api}/users/ada/disable`, { token: server.admin });
    expect((await poll(server, device_code)).json).toEqual({ error: 'access_denied' });
  });

  it('dies with what it was approved with, and with all tokens of its approver', async () => {
    const server = await kit();
    const polled = async (end: (ada: string, id: string) => Promise<unknown>, approver?: string) => {
      const ada = approver ?? (await server.user(`ada-${Math.random().toString(36).slice(2, 10)}`, 'publisher'));
      const { tokenId, user } = await server.actor(ada);
      const { device_code, user_code } = await start(server);
      expect((await approve(server, ada, user_code)).status).toBe(200);
      await end(user!.handle, tokenId!);
      const answers = [(await poll(server, device_code)).json, (await poll(server, device_code)).json];
      expect(answers[1]).toEqual(answers[0]);
      return answers[0];
    };
    const denied = { error: 'access_denied' };
    expect(await polled((_, id) => server.call('DELETE', `${api}/tokens/${id}`, { token: server.admin }))).toEqual(denied);
    expect(await polled((handle) => server.call('POST', `${api}/users/${handle}/revoke-tokens`, { token: server.admin }))).toEqual(denied);
    expect(
      await polled(async (handle) => {
        await server.call('POST', `${api}/users/${handle}/disable`, { token: server.admin });
        await server.call('POST', `${api}/users/${handle}/enable`, { token: server.admin });
      }),
    ).toEqual(denied);
    // Nobody said so to the login itself: another server of an older version, for example.
    expect(await polled((_, id) => server.store.write((tx) => server.store.patch(tx, 'tokens', id, { revoked_at: server.now })))).toEqual(denied);
    const events = await server.store.db.selectFrom('events').select('event').where('type', '=', 'user.tokens-revoked').execute();
    expect(JSON.parse(events[0]!.event).data.logins).toHaveLength(1);
  });

  it('approved without a token dies with all tokens of its approver', async () => {
    const server = await kit((config) => ({
      ...config,
      identity: { from: ['192.0.2.10'], userHeader: 'x-login', nameHeader: undefined, domains: [] },
    }));
    await server.user('ada', 'publisher');
    const { device_code, user_code } = await start(server);
    expect((await server.call('POST', `${api}/device/approve`, { headers: { 'x-login': 'ada' }, body: { user_code } })).status).toBe(200);
    await server.call('POST', `${api}/users/ada/revoke-tokens`, { token: server.admin });
    expect((await poll(server, device_code)).json).toEqual({ error: 'access_denied' });
  });

  it('gives a token that ends with the one it was approved with', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'publisher');
    const { tokenId } = await server.actor(ada);
    const { device_code, user_code } = await start(server);
    await approve(server, ada, user_code);
    const { access_token } = (await poll(server, device_code)).json;
    const child = (await server.actor(access_token)).tokenId;
    const ended = await server.call('DELETE', `${api}/tokens/${tokenId}`, { token: server.admin });
    expect(ended.json).toMatchObject({ id: tokenId, also: [child], forOthers: [] });
    expect((await server.call('GET', '/whose', { token: access_token })).status).toBe(401);
  });

  it('cannot be approved by nobody, nor by trying codes', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'publisher');
    const { user_code } = await start(server);
    expect((await approve(server, undefined, user_code)).status).toBe(401);
    const tries = await Promise.all(
      Array.from({ length: 30 }, (_, at) => approve(server, ada, `BCDF-${'BCDFGHJKLMNPQRSTVWXZ'[at % 20]}CDF`, 'look')),
    );
    expect(tries.filter((answer) => answer.status === 404)).toHaveLength(20);
    const locked = await approve(server, ada, user_code);
    expect([locked.status, Number(locked.headers['retry-after']) > 0]).toEqual([429, true]);
    // Others go on.
    expect((await approve(server, server.admin, user_code)).status).toBe(200);
  });

  it('does not let one address fill the table', async () => {
    const server = await kit();
    const statuses: number[] = [];
    for (let time = 0; time < 22; time++) statuses.push((await server.call('POST', '/api/cli/device/code', { body: {} })).status);
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 200), 429, 429]);
    expect((await server.call('POST', '/api/cli/device/code', { body: {}, ip: '203.0.113.77' })).status).toBe(200);
    // Old ones are swept.
    server.now += 3_600_000;
    await start(server);
    expect(await server.store.db.selectFrom('device_codes').select('id').execute()).toHaveLength(1);
  });

  it('cannot be closed for others from all networks of one site', async () => {
    const server = await kit();
    const from = async (ip: string) => (await server.call('POST', '/api/cli/device/code', { body: {}, ip })).status;
    const statuses = await Promise.all(Array.from({ length: 70 }, (_, at) => from(`2001:db8:7:${at.toString(16)}::1`)));
    expect(statuses.filter((status) => status === 200)).toHaveLength(60);
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
    expect(await from('2001:db8:8::1')).toBe(200);
  });

  it('makes room by dropping the oldest that nobody approved', async () => {
    const server = await kit();
    const device = createDeviceLogin({ store: server.store, config: server.config, now: () => server.now, mostOpen: 3 });
    const ada = await server.actor(await server.user('ada', 'publisher'));
    const begin = async (at: number) => {
      server.now += 1000;
      return device.start({}, `198.51.100.${at}`);
    };
    const approved = await begin(0);
    await device.approve(ada, approved.user_code);
    const open = [await begin(1), await begin(2), await begin(3), await begin(4)];
    await expect(device.look(ada, open[0]!.user_code)).rejects.toMatchObject({ code: 'not-found' });
    expect(await device.poll(open[0]!.device_code)).toEqual({ ok: false, error: 'expired_token' });
    for (const one of open.slice(1)) expect(await device.poll(one.device_code)).toEqual({ ok: false, error: 'authorization_pending' });
    expect(await device.poll(approved.device_code)).toMatchObject({ ok: true });
  });

  it('costs few writes when many begin at once, and none while machines ask', async () => {
    const server = await kit();
    const writes = async () =>
      Number((await server.store.db.selectFrom('settings').select('value').where('key', '=', 'writes').executeTakeFirstOrThrow()).value);
    const before = await writes();
    const device = createDeviceLogin({ store: server.store, config: server.config, now: () => server.now });
    const begun = await Promise.all(Array.from({ length: 40 }, (_, at) => device.start({}, `198.51.100.${at}`)));
    // The first is not kept waiting for the others, which are written together.
    expect((await writes()) - before).toBe(2);
    expect(new Set(begun.map((one) => one.device_code)).size).toBe(40);
    const epoch = server.store.epoch();
    for (const one of begun) expect((await poll(server, one.device_code)).json).toEqual({ error: 'authorization_pending' });
    expect(server.store.epoch()).toBe(epoch);
    // All of them are there.
    for (const one of begun.slice(0, 3)) expect((await approve(server, server.admin, one.user_code, 'look')).status).toBe(200);
  });

  it('cannot be approved in the database', async () => {
    const server = await kit();
    const { device_code } = await start(server);
    const admin = (await server.store.db.selectFrom('users').select('id').executeTakeFirstOrThrow()).id;
    const granted = JSON.stringify({ scopes: ['read', 'admin'], expiresAt: null });
    await server.store.write((tx) => tx.updateTable('device_codes').set({ state: 'approved', user_id: admin, granted }).execute());
    const answer = await poll(server, device_code);
    expect(answer.status).toBe(503);
    expect(await server.store.db.selectFrom('tokens').select('id').execute()).toHaveLength(1);
  });

  it('gives nothing once it is over, also if its row from before is put back', async () => {
    const kept = async (server: Kit, device_code: string, user_code: string, over: () => Promise<unknown>, state: string) => {
      const row = await server.store.db
        .selectFrom('device_codes')
        .selectAll()
        .where('state', '=', state as 'approved')
        .executeTakeFirstOrThrow();
      await over();
      const count = async () => (await server.store.db.selectFrom('tokens').select('id').execute()).length;
      const before = await count();
      server.now += 5000;
      await server.store.db.updateTable('device_codes').set(row).where('id', '=', row.id).execute();
      expect((await poll(server, device_code)).status).toBe(503);
      expect((await approve(server, server.admin, user_code)).status).toBe(503);
      expect(await count()).toBe(before);
    };
    const login = async (approved: boolean) => {
      const server = await kit();
      const ada = await server.user('ada', 'publisher');
      const codes = await start(server);
      if (approved) expect((await approve(server, ada, codes.user_code)).status).toBe(200);
      return { server, ada, ...codes };
    };
    // Fetched, ended with the tokens of its approver, and denied by them.
    const one = await login(true);
    const fetch = async () => expect((await poll(one.server, one.device_code)).status).toBe(200);
    await kept(one.server, one.device_code, one.user_code, fetch, 'approved');
    const two = await login(true);
    const end = () => two.server.call('POST', `${api}/users/ada/revoke-tokens`, { token: two.server.admin });
    await kept(two.server, two.device_code, two.user_code, end, 'approved');
    const three = await login(false);
    const deny = async () => expect((await approve(three.server, three.ada, three.user_code, 'deny')).status).toBe(200);
    await kept(three.server, three.device_code, three.user_code, deny, 'pending');
  });

  it('keeps no code that opens anything in the database or the log', async () => {
    const server = await kit();
    const { device_code, user_code } = await start(server, { label: 'box\u0007\u202e\n<b>' });
    await approve(server, server.admin, user_code);
    const everything = JSON.stringify([
      await server.store.db.selectFrom('device_codes').selectAll().execute(),
      await server.store.db.selectFrom('events').selectAll().execute(),
    ]);
    expect(everything).not.toContain(device_code);
    expect(everything).not.toMatch(/\\u0007|\u202e/);
  });
});
