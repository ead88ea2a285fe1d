/** Users, tokens, namespaces and publisher keys as people use them, over HTTP on a real store. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { needOwnName, reservedHandles, reservedSlugs, similarName } from '../../../registry/auth/names.ts';
import { verifyEvents } from '../../../registry/store/events.ts';
import { type Kit, kit } from './kit.ts';

const api = '/api/skillward/v1';
const events = async (server: Kit) =>
  (await server.store.db.selectFrom('events').select(['type', 'subject', 'event']).orderBy('seq').execute()).map((row) => ({
    type: row.type,
    subject: row.subject,
    ...JSON.parse(row.event),
  }));
const types = async (server: Kit) => (await events(server)).map((event) => event.type);

describe('users', () => {
  it('are added by admins, with a namespace of their own if they may publish', async () => {
    const server = await kit();
    const added = await server.call('POST', `${api}/users`, {
      token: server.admin,
      body: { handle: '@Ada', displayName: 'Ada L.', role: 'publisher' },
    });
    expect([added.status, added.json]).toMatchObject([
      201,
      { schema: 'skillward.user.v1', user: { handle: 'ada', displayName: 'Ada L.', role: 'publisher' } },
    ]);
    await server.call('POST', `${api}/users`, { token: server.admin, body: { handle: 'lurker', role: 'reader' } });
    const { namespaces } = (await server.call('GET', `${api}/namespaces`, { token: server.admin })).json;
    expect(namespaces.map((one: { handle: string; visibility: string }) => [one.handle, one.visibility])).toEqual([
      ['ada', 'internal'],
      ['admin', 'internal'],
    ]);
    const { members } = (await server.call('GET', `${api}/namespaces/ada`, { token: server.admin })).json;
    expect(members).toMatchObject([{ user: 'ada', role: 'owner' }]);
    // Promotion makes up for it.
    await server.call('PUT', `${api}/users/lurker/role`, { token: server.admin, body: { role: 'publisher' } });
    expect((await server.call('GET', `${api}/namespaces/lurker`, { token: server.admin })).status).toBe(200);
    const { users } = (await server.call('GET', `${api}/users`, { token: server.admin })).json;
    expect(users.map((user: { handle: string }) => user.handle)).toEqual(['ada', 'admin', 'lurker']);
  });

  it('are the business of admins only', async () => {
    const server = await kit();
    const approver = await server.user('grace', 'approver');
    const limited = (
      await server.call('POST', `${api}/tokens`, { token: server.admin, body: { label: 'ci', scopes: ['read', 'admin'], namespaces: ['grace'] } })
    ).json.token;
    const calls = [
      ['GET', '/users', undefined],
      ['POST', '/users', { handle: 'ada', role: 'admin' }],
      ['PUT', '/users/grace/role', { role: 'admin' }],
      ['POST', '/users/admin/disable', {}],
      ['POST', '/users/admin/revoke-tokens', {}],
      ['POST', '/tokens', { user: 'admin', label: 'x', scopes: ['read'] }],
      ['GET', '/tokens?user=admin', undefined],
      ['GET', '/tokens?all=true', undefined],
    ] as const;
    for (const [method, url, body] of calls) {
      expect([url, (await server.call(method, api + url, { body })).status]).toEqual([url, 401]);
      for (const token of [approver, limited]) {
        const answer = await server.call(method, api + url, { token, body });
        // Its own user is no other user.
        const own = token === limited && url !== '/users' && url.startsWith('/tokens') && !url.includes('all');
        if (!own) expect([url, answer.status]).toEqual([url, 403]);
      }
    }
    expect((await server.store.db.selectFrom('users').selectAll().execute()).map((row) => row.role).sort()).toEqual(['admin', 'approver']);
  });

  it('always include an admin who can act', async () => {
    const server = await kit();
    const call = (method: 'POST' | 'PUT', url: string, body: unknown) => server.call(method, `${api}/users/${url}`, { token: server.admin, body });
    expect((await call('POST', 'admin/disable', {})).status).toBe(409);
    expect((await call('PUT', 'admin/role', { role: 'approver' })).status).toBe(409);
    await server.user('grace', 'admin');
    await call('POST', 'grace/disable', {});
    // A disabled admin does not count.
    expect((await call('PUT', 'admin/role', { role: 'reader' })).status).toBe(409);
    await call('POST', 'grace/enable', {});
    // Both at once: one of the two stays.
    const answers = await Promise.all([call('POST', 'grace/disable', {}), call('PUT', 'admin/role', { role: 'reader' })]);
    expect(answers.map((answer) => answer.status).sort()).not.toEqual([200, 200]);
    const left = await server.store.db.selectFrom('users').select('handle').where('role', '=', 'admin').where('disabled_at', 'is', null).execute();
    expect(left).toHaveLength(1);
  });

  it('have names that are free, fitting, and not to be taken for others', async () => {
    const server = await kit();
    await server.user('weather', 'publisher');
    const statusOf = async (handle: string, more: object = {}) =>
      (await server.call('POST', `${api}/users`, { token: server.admin, body: { handle, role: 'publisher', ...more } })).status;
    for (const handle of ['', '-ada', 'ada-', 'a b', 'ада', 'a/b', '..', 'a'.repeat(41), 'ada\u0000', '@'])
      expect([handle, await statusOf(handle)]).toEqual([handle, 400]);
    for (const handle of ['system', 'root', 'api', 'r00t', 'adrnin', 'sys-tem', 'weathers', 'waether', 'weatner', 'wea.ther'])
      expect([handle, await statusOf(handle)]).toEqual([handle, 409]);
    expect(await statusOf('Weather')).toBe(409);
    expect(await statusOf('weathers', { similar: true })).toBe(201);
    expect(await statusOf('system', { similar: true })).toBe(409);
    for (const handle of ['a', 'team-1', 'team-2', 'team-a', 'team-b', 'x.y_z-1']) expect([handle, await statusOf(handle)]).toEqual([handle, 201]);
  });
});

describe('names', () => {
  it('are similar when a hurried reader takes one for the other', () => {
    const pairs: [string, string, boolean][] = [
      ['pdf-tools', 'pdftools', true],
      ['pdf-tools', 'pdf-tool', true],
      ['pdf-t00ls', 'pdf-tools', true],
      ['pdf-too1s', 'pdf-tools', true],
      ['modern', 'modem', true],
      ['pdf-tolos', 'pdf-tools', true],
      ['pdf-tools', 'pdf-tools', false],
      ['pdf-tools', 'pdf-tables', false],
      ['report-2025', 'report-2026', false],
      ['step-9', 'step-10', false],
      ['bob', 'rob', false],
      ['team-a', 'team-b', false],
      ['markdown', 'html', false],
    ];
    for (const [a, b, similar] of pairs) {
      expect([a, b, similarName(a, [b]) !== undefined]).toEqual([a, b, similar]);
      expect([b, a, similarName(b, [a]) !== undefined]).toEqual([b, a, similar]);
    }
  });
  it('that are kept back are all in the documentation', () => {
    const page = readFileSync(new URL('../../../docs/auth.md', import.meta.url), 'utf8').replace(/\n> ?/g, ' ');
    const words = new Set(page.split(/[\s,.]+/));
    expect([...reservedHandles, ...reservedSlugs].filter((name) => !words.has(name))).toEqual([]);
  });

  it('of others are not told to who may not know them', () => {
    const says = (reveal: boolean): string => {
      try {
        needOwnName('secret-plans', reservedHandles, ['secret-plan'], reveal);
        return '';
      } catch (error) {
        return JSON.stringify([(error as Error).message, (error as { detail?: unknown }).detail]);
      }
    };
    expect(says(true)).toContain('secret-plan"');
    expect(says(false).replaceAll('secret-plans', '')).not.toContain('secret-plan');
  });
});

describe('tokens', () => {
  it('made with a token have at most its scopes, namespaces and lifetime', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'approver');
    await server.user('other', 'publisher');
    const soon = server.now + 3_600_000;
    const small = await server.call('POST', `${api}/tokens`, {
      token: ada,
      body: { label: 'small', scopes: ['publish', 'read'], namespaces: ['@Ada'], expiresAt: soon },
    });
    expect(small.status).toBe(201);
    expect(small.headers['cache-control']).toBe('no-store');
    expect(small.json.record).toMatchObject({ scopes: ['read', 'publish'], namespaces: ['ada'], expiresAt: soon, kind: 'bearer', user: 'ada' });
    const { token } = small.json;
    const make = (body: object) => server.call('POST', `${api}/tokens`, { token, body: { label: 'child', scopes: ['read'], ...body } });
    expect((await make({ scopes: ['read', 'approve'] })).status).toBe(403);
    expect((await make({ namespaces: ['other'] })).status).toBe(403);
    expect((await make({ namespaces: ['ada', 'other'] })).status).toBe(403);
    expect((await make({ expiresAt: soon + 1 })).status).toBe(403);
    expect((await make({ expiresAt: server.now })).status).toBe(400);
    // What is not said is inherited.
    expect((await make({})).json.record).toMatchObject({ scopes: ['read'], namespaces: ['ada'], expiresAt: soon });
    expect((await make({ scopes: ['admin'] })).status).toBe(400);
    expect((await make({ scopes: [] })).status).toBe(400);
    expect((await make({ scopes: ['root'] })).status).toBe(400);
    expect((await make({ more: true })).status).toBe(400);
  });

  it('of others can neither be seen nor ended, by other words than if they did not exist', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'publisher');
    const grace = await server.user('grace', 'approver');
    const { tokenId } = await server.actor(ada);
    const foreign = await server.call('DELETE', `${api}/tokens/${tokenId}`, { token: grace });
    const missing = await server.call('DELETE', `${api}/tokens/tok_none`, { token: grace });
    expect([foreign.status, foreign.text]).toEqual([404, missing.text]);
    expect((await server.call('GET', `${api}/tokens`, { token: grace })).json.tokens.map((one: { user: string }) => one.user)).toEqual(['grace']);
    expect((await server.call('DELETE', `${api}/tokens/${tokenId}`, { token: server.admin, body: { reason: 'leaked' } })).status).toBe(200);
    expect((await server.call('GET', `${api}/whoami`, { token: ada })).status).toBe(401);
    expect((await events(server)).at(-1)).toMatchObject({ type: 'token.revoked', subject: tokenId, reason: 'leaked', actor: { handle: 'admin' } });
  });

  it('take with them what was made with them, all the way down, but not what an admin made for others', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'publisher');
    const make = async (token: string, body: object = {}) =>
      (await server.call('POST', `${api}/tokens`, { token, body: { label: 'x', scopes: ['read'], ...body } })).json;
    const child = await make(ada, { scopes: ['read', 'publish'] });
    const grandchild = await make(child.token);
    const path = await make(child.token, { kind: 'path' });
    const stranger = await make(server.admin, { user: 'ada' });
    const works = async (...tokens: string[]) => Promise.all(tokens.map(async (token) => (await server.call('GET', '/whose', { token })).status));
    const { tokenId } = await server.actor(ada);
    const ended = await server.call('DELETE', `${api}/tokens/${tokenId}`, { token: ada, body: { reason: 'leaked' } });
    expect(ended.json).toMatchObject({ id: tokenId, also: [child.record.id, grandchild.record.id, path.record.id], forOthers: [] });
    expect(await works(ada, child.token, grandchild.token, stranger.token)).toEqual([401, 401, 401, 200]);
    expect((await server.call('GET', `/t/${path.token}/whose`)).status).toBe(401);
    const told = (await events(server)).filter((event) => event.type === 'token.revoked');
    expect(told.map((event) => [event.subject, event.reason, event.data.madeWith])).toEqual([
      [tokenId, 'leaked', undefined],
      [child.record.id, 'leaked', tokenId],
      [grandchild.record.id, 'leaked', tokenId],
      [path.record.id, 'leaked', tokenId],
    ]);

    // The token that everybody's first one was made with: theirs go on, and whoever ends it hears of them.
    await server.user('grace', 'admin');
    const grace = (
      await server.call('POST', `${api}/tokens`, { token: server.admin, body: { user: 'grace', label: 'x', scopes: ['read', 'admin'] } })
    ).json;
    const first = (await server.actor(server.admin)).tokenId;
    const over = (await server.call('DELETE', `${api}/tokens/${first}`, { token: grace.token })).json;
    expect(over.also).toEqual([]);
    expect(over.forOthers).toContain(grace.record.id);
    expect(over.forOthers).toContain(stranger.record.id);
    expect(await works(server.admin, grace.token, stranger.token)).toEqual([401, 200, 200]);
  });

  it('can be changed for new ones without losing these, and take them along if that was a mistake', async () => {
    const server = await kit();
    const old = await server.user('ada', 'publisher');
    const { tokenId } = await server.actor(old);
    const fresh = (await server.call('POST', `${api}/tokens`, { token: old, body: { label: 'new', scopes: ['read', 'publish'] } })).json;
    const kept = await server.call('DELETE', `${api}/tokens/${tokenId}`, { token: fresh.token, body: { keepMade: true } });
    expect([kept.status, kept.json.also]).toEqual([200, []]);
    expect((await server.call('GET', '/whose', { token: old })).status).toBe(401);
    expect((await server.call('GET', '/whose', { token: fresh.token })).status).toBe(200);
    expect((await server.call('DELETE', `${api}/tokens/${tokenId}`, { token: server.admin })).json.also).toEqual([fresh.record.id]);
    expect((await server.call('GET', '/whose', { token: fresh.token })).status).toBe(401);
  });

  it('all end at once, for oneself or by an admin, also if one of their rows is damaged', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'publisher');
    await server.user('grace', 'publisher');
    const make = async (body: object = {}) =>
      (await server.call('POST', `${api}/tokens`, { token: ada, body: { label: 'x', scopes: ['read'], ...body } })).json;
    const [damaged, limited] = [await make({ label: 'damaged' }), await make({ namespaces: ['ada'] })];
    await server.store.write((tx) => tx.updateTable('tokens').set({ scopes: '["admin"]' }).where('id', '=', damaged.record.id).execute());
    const end = (token: string, handle: string) => server.call('POST', `${api}/users/${handle}/revoke-tokens`, { token, body: { reason: 'stolen' } });
    expect((await end(ada, 'grace')).status).toBe(403);
    expect((await end(limited.token, 'ada')).status).toBe(403);
    expect((await end(ada, '@Ada')).json).toEqual({ schema: 'skillward.revoked.v1', revoked: 2 });
    for (const token of [ada, limited.token]) expect((await server.call('GET', '/whose', { token })).status).toBe(401);
    expect((await server.call('GET', '/whose', { token: damaged.token })).status).toBe(503);
    expect((await end(server.admin, 'grace')).json.revoked).toBe(1);
    expect((await end(server.admin, 'nobody')).status).toBe(404);
  });

  it('limited to namespaces or standing in paths do not speak for the whole person', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'publisher');
    const make = async (body: object) =>
      (await server.call('POST', `${api}/tokens`, { token: ada, body: { label: 'x', scopes: ['read', 'publish'], ...body } })).json;
    const limited = await make({ namespaces: ['ada'] });
    const { tokenId } = await server.actor(ada);
    expect((await server.call('DELETE', `${api}/tokens/${tokenId}`, { token: limited.token })).status).toBe(403);
    expect((await server.call('POST', `${api}/namespaces`, { token: limited.token, body: { handle: 'escape' } })).status).toBe(403);
    expect((await server.call('POST', `${api}/publisher-keys`, { token: limited.token, body: { pem: 'x', label: 'x' } })).status).toBe(403);
    expect((await server.call('DELETE', `${api}/tokens/${limited.record.id}`, { token: limited.token })).status).toBe(200);
  });

  it('say who they are', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'approver', { namespaces: ['ada'] });
    expect((await server.call('GET', '/api/v1/whoami', { token: ada })).json).toEqual({
      user: { handle: 'ada', displayName: 'ada', image: null, role: 'moderator' },
    });
    expect((await server.call('GET', `${api}/whoami`, { token: ada })).json).toMatchObject({
      user: { handle: 'ada', role: 'approver' },
      scopes: ['read', 'publish', 'approve'],
      namespaces: ['ada'],
      memberships: [{ namespace: 'ada', role: 'owner' }],
    });
    const nobody = await server.call('GET', '/api/v1/whoami');
    expect([nobody.status, nobody.text, nobody.headers['content-type']]).toEqual([401, 'Unauthorized', 'text/plain; charset=utf-8']);
  });
});

describe('namespaces', () => {
  it('are run by their owners, and keep one', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'publisher');
    const grace = await server.user('grace', 'publisher');
    expect(
      (await server.call('POST', `${api}/namespaces`, { token: ada, body: { handle: 'tools', visibility: 'private' } })).json.namespace,
    ).toMatchObject({
      handle: 'tools',
      visibility: 'private',
      role: 'owner',
    });
    const member = (token: string, user: string, role: string) =>
      server.call('PUT', `${api}/namespaces/tools/members/${user}`, { token, body: { role } });
    // Private: whoever is not in it is told what is told of one that is not there.
    const missing = await server.call('GET', `${api}/namespaces/toolz`, { token: grace });
    for (const answer of [
      await server.call('GET', `${api}/namespaces/tools`, { token: grace }),
      await member(grace, 'grace', 'owner'),
      await server.call('PUT', `${api}/namespaces/tools/visibility`, { token: grace, body: { visibility: 'public' } }),
      await server.call('DELETE', `${api}/namespaces/tools/members/ada`, { token: grace }),
    ])
      expect([answer.status, answer.text.replace('tools', 'toolz')]).toEqual([404, missing.text]);
    expect((await server.call('GET', `${api}/namespaces`, { token: grace })).text).not.toContain('tools');

    expect((await member(ada, 'grace', 'reader')).status).toBe(200);
    expect((await server.call('GET', `${api}/namespaces/tools`, { token: grace })).json.namespace.role).toBe('reader');
    expect((await member(grace, 'grace', 'owner')).status).toBe(403);
    expect((await member(ada, 'ada', 'reader')).status).toBe(409);
    expect((await server.call('DELETE', `${api}/namespaces/tools/members/ada`, { token: ada })).status).toBe(409);
    await member(ada, 'grace', 'owner');
    expect((await server.call('DELETE', `${api}/namespaces/tools/members/ada`, { token: grace })).status).toBe(204);
    expect((await server.call('GET', `${api}/namespaces/tools`, { token: ada })).status).toBe(404);
    expect((await server.call('GET', `${api}/namespaces/tools`, { token: server.admin })).status).toBe(200);
    expect(
      (await server.call('PUT', `${api}/namespaces/tools/visibility`, { token: server.admin, body: { visibility: 'internal' } })).json.namespace
        .visibility,
    ).toBe('internal');
  });

  it('cannot be called like somebody else, or like something else', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'publisher');
    await server.user('reader-bob', 'reader');
    const statusOf = async (handle: string) =>
      (await server.call('POST', `${api}/namespaces`, { token: ada, body: { handle, similar: true } })).status;
    for (const handle of ['ada', 'reader-bob', 'admin', 'official', 'reader-b0b', 'readers-bob'])
      expect([handle, await statusOf(handle)]).toEqual([handle, 409]);
    expect((await server.call('POST', `${api}/namespaces`, { body: { handle: 'mine' } })).status).toBe(401);
    const reader = await server.user('lurker', 'reader');
    expect((await server.call('POST', `${api}/namespaces`, { token: reader, body: { handle: 'mine' } })).status).toBe(403);
  });

  it('made by two at once exist once', async () => {
    const server = await kit();
    const people = [await server.user('ada', 'publisher'), await server.user('grace', 'publisher')];
    const answers = await Promise.all(people.map((token) => server.call('POST', `${api}/namespaces`, { token, body: { handle: 'tools' } })));
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409]);
  });
});

describe('publisher keys', () => {
  const pemOf = () => generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();

  it('belong to one user, and never come back', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'publisher');
    const grace = await server.user('grace', 'publisher');
    const pem = pemOf();
    const register = (token: string) => server.call('POST', `${api}/publisher-keys`, { token, body: { pem, label: 'laptop' } });
    const { key } = (await register(ada)).json;
    expect(key).toMatchObject({ user: 'ada', label: 'laptop', revokedAt: null });
    expect((await register(ada)).json.key).toEqual(key);
    expect((await register(grace)).status).toBe(409);
    expect((await server.call('DELETE', `${api}/publisher-keys/${key.keyid}`, { token: grace })).status).toBe(404);
    expect((await server.call('GET', `${api}/publisher-keys?user=ada`, { token: grace })).json.keys).toEqual([key]);
    expect((await server.call('DELETE', `${api}/publisher-keys/${key.keyid}`, { token: ada })).json.revokedAt).toBe(server.now);
    expect((await register(ada)).status).toBe(409);
  });

  it('are Ed25519 public keys and nothing else', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'publisher');
    const { privateKey } = generateKeyPairSync('ed25519');
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' }).toString();
    for (const pem of [privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), rsa, 'nonsense']) {
      const answer = await server.call('POST', `${api}/publisher-keys`, { token: ada, body: { pem, label: 'x' } });
      expect(answer.status).toBe(400);
      // A private key that was sent by mistake is not sent back.
      if (pem.length > 60) expect(answer.text).not.toContain(pem.slice(40, 60));
    }
  });
});

describe('the audit log', () => {
  it('has every change, by whom, in an unbroken chain, and nothing of what was refused', async () => {
    const server = await kit();
    const ada = await server.user('ada', 'publisher');
    await server.call('POST', `${api}/users`, { token: ada, body: { handle: 'x', role: 'admin' } });
    await server.call('POST', `${api}/namespaces`, { token: ada, body: { handle: 'tools' } });
    await server.call('PUT', `${api}/namespaces/tools/members/admin`, { token: ada, body: { role: 'publisher' } });
    await server.call('PUT', `${api}/namespaces/tools/members/admin`, { token: ada, body: { role: 'reader' } });
    await server.call('PUT', `${api}/namespaces/tools/visibility`, { token: ada, body: { visibility: 'public' } });
    await server.call('PUT', `${api}/namespaces/tools/visibility`, { token: ada, body: { visibility: 'public' } });
    await server.call('DELETE', `${api}/namespaces/tools/members/admin`, { token: ada });
    await server.call('PUT', `${api}/users/ada/role`, { token: server.admin, body: { role: 'approver' } });
    await server.call('POST', `${api}/users/ada/revoke-tokens`, { token: server.admin, body: { reason: 'laptop stolen' } });
    expect((await types(server)).slice(3)).toEqual([
      'user.created',
      'namespace.created',
      'token.created',
      'namespace.created',
      'member.added',
      'member.role-changed',
      'namespace.visibility-changed',
      'member.removed',
      'user.role-changed',
      'token.revoked',
      'user.tokens-revoked',
    ]);
    const visibility = (await events(server)).find((event) => event.type === 'namespace.visibility-changed');
    expect(visibility).toMatchObject({
      subject: '@tools',
      data: { from: 'internal', to: 'public' },
      actor: { handle: 'ada', via: 'token', ip: '192.0.2.10', token: expect.stringMatching(/^tok_/) },
    });
    expect(await verifyEvents(server.store.db)).toMatchObject({ ok: true });
  });
});
