/** `skill token revoke` as a person uses it, against a server of this process. */
import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { type Kit, kit } from './kit.ts';

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
const verb = fileURLToPath(new URL('./token-verb.ts', import.meta.url));

async function listening(): Promise<{ readonly server: Kit; run(token: string, ...args: string[]): Promise<Ran> }> {
  const server = await kit();
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  const run = (token: string, ...args: string[]): Promise<Ran> =>
    new Promise((done, failed) => {
      const child = spawn(process.execPath, ['--import', 'tsx', verb, 'token', ...args], {
        env: { PATH: process.env['PATH'], HOME: server.data, SKILL_REGISTRY: `http://127.0.0.1:${port}`, SKILL_TOKEN: token },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let [out, err] = ['', ''];
      child.stdout.on('data', (bytes: Buffer) => {
        out += bytes;
      });
      child.stderr.on('data', (bytes: Buffer) => {
        err += bytes;
      });
      child.once('error', failed);
      child.once('close', (code) => done({ code, out, err }));
    });
  return { server, run };
}

it('ends one token with what was made with it, or all tokens of a person, and never guesses which', async () => {
  const { server, run } = await listening();
  const ada = await server.user('ada', 'publisher');
  const own = (await server.actor(ada)).tokenId!;
  const made = async (token: string, body: object = {}): Promise<string> =>
    (await server.call('POST', '/api/skillward/v1/tokens', { token, body: { label: 'x', scopes: ['read'], ...body } })).json.record.id;
  const child = await made(ada);
  const works = async (token: string) => (await server.call('GET', '/whose', { token })).status;

  for (const args of [['revoke'], ['revoke', own, '--user', 'ada'], ['revoke', '--user', 'ada', '--keep-made']]) {
    const refused = await run(server.admin, ...args);
    expect([refused.code, refused.out]).toEqual([2, '']);
    expect(refused.err).toContain('skill token revoke --user NAME');
  }
  expect(await works(ada)).toBe(200);

  const one = await run(server.admin, 'revoke', own, '--reason', 'was in a log');
  expect([one.code, one.out]).toEqual([0, `${own}: revoked, and 1 token made with it: ${child}\n`]);
  expect(await works(ada)).toBe(401);

  const theirs = [await made(server.admin, { user: 'ada' }), await made(server.admin, { user: 'ada' })];
  const all = await run(server.admin, 'revoke', '--user', '@Ada', '--reason', 'laptop stolen', '--json');
  expect([all.code, JSON.parse(all.out)]).toEqual([0, { schema: 'skillward.revoked.v1', user: 'ada', revoked: 2 }]);
  const event = await server.store.db.selectFrom('events').select('event').where('type', '=', 'user.tokens-revoked').executeTakeFirstOrThrow();
  expect(JSON.parse(event.event)).toMatchObject({ subject: 'ada', reason: 'laptop stolen', data: { tokens: expect.arrayContaining(theirs) } });
  const reader = await server.user('lurker', 'reader');
  expect((await run(reader, 'revoke', '--user', 'admin')).code).toBe(1);
  expect(await works(server.admin)).toBe(200);

  const first = (await server.actor(server.admin)).tokenId!;
  const last = await run(server.admin, 'revoke', first);
  expect([last.code, last.out]).toEqual([0, `${first}: revoked\n`]);
  expect(last.err).toContain('for other people');
});
