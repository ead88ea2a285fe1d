/** What was revoked once is never installed again: not offline, not under another number, and not from a server that says it was never revoked. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cleanUp, type Person, person, type Served, start } from '../e2e/process.ts';
import { skillFolder } from '../e2e/skills.ts';
import { between, closeProxies, fingerprint, type Someone, someone } from './kit.ts';

vi.setConfig({ testTimeout: 300_000 });

let served: Served;
let key: string;
let mira: Person;
let rene: Person;
const servers: Server[] = [];

const machine = (url = served.url): Someone => someone(url, rene.token).having({ SKILL_KEY_FINGERPRINT: key });
const api = '/api/skillward/v1';

/** A server that answers for ever as the real one answers now. */
async function asOfNow(slug: string, versions: readonly string[] = ['1.0.0']): Promise<string> {
  const at = `${api}/skills/mira/${slug}`;
  const bodies = new Map<string, Buffer>();
  const parts = versions.flatMap((version) => ['', '/archive', '/attestations'].map((more) => `${at}/${version}${more}`));
  for (const path of [`${api}/registry`, `${api}/keys`, at, ...parts])
    bodies.set(path, Buffer.from(await (await served.ask(path, { token: rene.token, headers: { accept: 'application/json' } })).arrayBuffer()));
  const server = createServer((request, response) => {
    const body = bodies.get(new URL(request.url!, 'http://x').pathname);
    if (body === undefined) response.writeHead(404).end('Not found');
    else response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
async function publish(slug: string, version: string, folder = skillFolder(slug)): Promise<string> {
  const ran = await someone(served.url, mira.token)
    .having({ SKILL_KEY_FINGERPRINT: key })
    .run('publish', folder, '--version', version, '--yes', '--no-sign');
  expect(ran.code, ran.err).toBe(0);
  return folder;
}
async function revoke(slug: string): Promise<void> {
  await served.json(`${api}/versions/mira/${slug}/1.0.0/revoke`, { body: { reason: 'It sends files away.', replacement: '@mira/other' } });
  await vi.waitFor(async () => expect((await served.ask(`${api}/skills/mira/${slug}/1.0.0/revocation`)).status).toBe(200), 60_000);
}
const remembered = (who: Someone): string[] =>
  existsSync(join(who.home, '.local/state/skillward/revocations'))
    ? readdirSync(join(who.home, '.local/state/skillward/revocations'), { recursive: true, encoding: 'utf8' }).filter((path) =>
        path.endsWith('.json'),
      )
    : [];
const installed = (who: Someone, slug: string): boolean => existsSync(join(who.project, '.claude/skills', slug));

beforeAll(async () => {
  served = await start();
  mira = await person(served, 'mira', 'publisher');
  rene = await person(served, 'rene', 'reader');
  key = await fingerprint(served);
}, 180_000);
afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections();
  closeProxies();
  await cleanUp();
});

describe('a revoked version', () => {
  it('is told of by verify with the signed words, then also without the network', async () => {
    await publish('leaky', '1.0.0');
    const now = machine();
    expect((await now.run('install', '@mira/leaky', '--yes')).code).toBe(0);
    expect((await now.run('verify', '--offline', '--json')).json()).toMatchObject({ ok: true, skills: [{ revoked: null }] });
    await revoke('leaky');
    for (const offline of [[], ['--offline']]) {
      const ran = await now.run('verify', '--json', ...offline);
      expect(ran.code, ran.err).toBe(4);
      expect(ran.json()).toMatchObject({
        ok: false,
        skills: [{ ok: false, revoked: { by: 'admin', severity: 'block', reason: 'It sends files away.', replacement: '@mira/other' } }],
      });
      expect(ran.out).toContain('signed by the registry');
    }
  });

  it('is not installed by who saw the revocation, whatever a server says of it later', async () => {
    await publish('turning', '1.0.0');
    const before = await asOfNow('turning');
    const had = machine();
    expect((await had.run('install', '@mira/turning', '--yes')).code).toBe(0);
    await revoke('turning');
    expect((await had.run('verify')).code).toBe(4);
    // The server is put back to an earlier day, or taken over without its signing key.
    const back = had.having({ SKILL_REGISTRY: before });
    const verified = await back.run('verify', '--json');
    expect(verified.code, verified.err).toBe(4);
    expect(verified.json()).toMatchObject({
      skills: [{ state: 'served', problems: [expect.stringContaining('and yet the registry now says that it is served')] }],
    });
    rmSync(join(had.project, '.claude/skills/turning'), { recursive: true });
    for (const args of [['--frozen'], ['@mira/turning', '--yes'], ['@mira/turning@1.0.0', '--yes']]) {
      const ran = await back.run('install', ...args);
      expect([ran.code, ran.err], args.join(' ')).toEqual([1, expect.stringContaining('was revoked by admin')]);
      expect(installed(had, 'turning')).toBe(false);
    }
    // Who only tried has it in writing as well.
    const tried = machine();
    const told = await tried.run('install', '@mira/turning@1.0.0', '--yes');
    expect([told.code, told.err]).toEqual([1, expect.stringContaining('It sends files away.')]);
    expect(remembered(tried)).toHaveLength(1);
    expect((await tried.having({ SKILL_REGISTRY: before }).run('install', '@mira/turning', '--yes')).code).toBe(1);
    // And who never heard of it cannot know.
    expect((await machine(before).run('install', '@mira/turning', '--yes')).code).toBe(0);
  });

  it('is not installed as another version either, and a frozen install of what is in place already fails', async () => {
    const folder = await publish('twin', '1.0.0');
    const now = machine();
    expect((await now.run('install', '@mira/twin', '--yes')).code).toBe(0);
    await publish('twin', '1.0.1', folder);
    const before = await asOfNow('twin', ['1.0.0', '1.0.1']);
    await revoke('twin');
    // Nobody here has heard of it, and every folder holds what the lock says.
    const frozen = await now.run('install', '--frozen');
    expect([frozen.code, frozen.err]).toEqual([1, expect.stringContaining('was revoked by admin')]);
    // From then on also where it cannot be asked.
    expect((await now.having({ SKILL_TOKEN: '' }).run('install', '--frozen')).code).toBe(1);
    expect((await now.run('verify')).code).toBe(4);
    const other = await now.having({ SKILL_REGISTRY: before }).run('install', '@mira/twin@1.0.1', '--yes');
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('the same bytes as @mira/twin@1.0.0')]);
    // At the registry the same bytes went with it, so that who has not heard of the first is not given the second.
    const told = await machine().run('install', '@mira/twin@1.0.1', '--yes');
    expect([told.code, told.err]).toEqual([1, expect.stringContaining('It sends files away.')]);
  });

  it('is not mistaken for one that was yanked, of which a frozen install warns, or for a registry that does not answer', async () => {
    await publish('drawn', '1.0.0');
    const now = machine();
    expect((await now.run('install', '@mira/drawn', '--yes')).code).toBe(0);
    const quiet = await now.run('install', '--frozen', '--json');
    expect([quiet.code, quiet.err]).toEqual([0, '']);
    expect(quiet.json()).toMatchObject({ asked: true, skills: [{ changed: false, notes: [] }], written: [] });
    await served.json(`${api}/versions/mira/drawn/1.0.0/yank`, { body: { reason: 'It deletes drafts.' } });
    const yanked = await now.run('install', '--frozen', '--json');
    expect([yanked.code, yanked.err]).toEqual([
      0,
      expect.stringMatching(/warning: @mira\/drawn@1\.0\.0 was yanked since it was locked: .*It deletes drafts\./),
    ]);
    expect(yanked.json()).toMatchObject({ asked: true, skills: [{ notes: [expect.stringContaining('yanked')] }] });
    const away = await now.having({ SKILL_TOKEN: '' }).run('install', '--frozen', '--json');
    expect([away.code, away.err]).toEqual([0, expect.stringContaining('could not be asked')]);
    expect(away.json()).toMatchObject({ asked: false });
    // Where files are missing it cannot be installed.
    rmSync(join(now.project, '.claude/skills/drawn'), { recursive: true });
    expect((await now.run('install', '--frozen')).code).toBe(1);
  });

  it('is not what somebody on the way says it is', async () => {
    await publish('steady', '1.0.0');
    await publish('fallen', '1.0.0');
    await revoke('fallen');
    const proxy = await between(served);
    const now = machine(proxy.url);
    expect((await now.run('install', '@mira/steady', '--yes')).code).toBe(0);
    const foreign = Buffer.from(await (await served.ask(`${api}/skills/mira/fallen/1.0.0/revocation`)).arrayBuffer());
    // Another version's revocation, where there should be none.
    proxy.change = (path, body) => {
      if (path.endsWith('/revocation')) return foreign;
      return path.endsWith('/steady/1.0.0') ? Buffer.from(body.toString('utf8').replace('"state":"served"', '"state":"revoked"')) : undefined;
    };
    const first = await now.run('verify');
    expect(first.code).toBe(4);
    proxy.change = () => undefined;
    expect(remembered(now)).toEqual([]);
    expect((await now.run('verify')).code).toBe(0);
    // A real one that was changed.
    proxy.change = (path, body) =>
      path.endsWith('/revocation') ? Buffer.from(body.toString('utf8').replace('"payload":"', '"payload":"A')) : undefined;
    const changed = await now.run('install', '@mira/fallen@1.0.0', '--yes');
    expect([changed.code, changed.err]).toEqual([4, expect.stringContaining('does not verify')]);
    expect(remembered(now)).toEqual([]);
  });
});
