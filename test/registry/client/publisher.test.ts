/** Publishing is signing: where the publisher's key comes from, when somebody is asked, and what leaves it out. The built command against the built server. */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { built } from '../../cli/built.ts';
import { cleanUp, person, type Served, start } from '../e2e/process.ts';
import { skillFolder } from '../e2e/skills.ts';
import { fingerprint, type Someone, someone } from './kit.ts';

// Every publish is scanned twice, each time in a process of its own.
vi.setConfig({ testTimeout: 300_000 });

let served: Served;
let release: string;
beforeAll(async () => {
  served = await start();
  release = await fingerprint(served);
}, 180_000);
afterAll(cleanUp);

const newcomer = async (handle: string): Promise<{ readonly token: string; machine(): Someone }> => {
  const { token } = await person(served, handle, 'publisher');
  return { token, machine: () => someone(served.url, token).having({ SKILL_KEY_FINGERPRINT: release }) };
};
const keyFile = (who: Someone): string => join(who.home, '.config/skillward/publisher.key');
const keysOf = async (token: string): Promise<string[]> =>
  (await served.json<{ keys: { keyid: string }[] }>('/api/skillward/v1/publisher-keys', { token })).keys.map((one) => one.keyid);
const publisherOf = async (name: string): Promise<object> => (await served.json<{ publisher: object }>(`/api/skillward/v1/skills/${name}`)).publisher;

it('makes the first key with --yes, registers it, and signs with it from then on', async () => {
  const { token, machine } = await newcomer('ada');
  const ada = machine();
  const first = await ada.run('publish', skillFolder('tides'), '--version', '1.0.0', '--yes', '--json');
  expect(first.code, first.err).toBe(0);
  expect(first.err).toContain(keyFile(ada));
  expect(statSync(keyFile(ada)).mode & 0o777).toBe(0o600);
  const [keyid, ...more] = await keysOf(token);
  expect(more).toEqual([]);
  expect(first.json()).toMatchObject({ signed: true, keyid, state: 'served' });
  expect(await publisherOf('ada/tides/1.0.0')).toMatchObject({ handle: 'ada', level: 'L2' });
  const second = await ada.run('publish', skillFolder('tides', 'clean', 'More.'), '--version', '1.1.0', '--yes', '--json');
  expect(second.json()).toMatchObject({ signed: true, keyid });
  expect(await keysOf(token)).toEqual([keyid]);

  // An empty machine, such as a job that starts anew each time, makes no second one by itself.
  const job = machine();
  const folder = skillFolder('tides', 'clean', 'And more.');
  const stopped = await job.run('publish', folder, '--version', '1.2.0', '--yes');
  expect(stopped.code).toBe(2);
  expect(stopped.err).toMatch(/SKILL_PUBLISHER_KEY_FILE.*skill key create.*--no-sign/s);
  expect(existsSync(keyFile(job))).toBe(false);
  expect(await job.run('info', '@ada/tides@1.2.0')).toMatchObject({ code: 2 });
  const brought = await job.having({ SKILL_PUBLISHER_KEY_FILE: keyFile(ada) }).run('publish', folder, '--version', '1.2.0', '--yes', '--json');
  expect(brought.json()).toMatchObject({ signed: true, keyid });
  // A path that was given is meant: nothing is made at a mistyped one.
  expect(await job.run('publish', folder, '--version', '1.2.1', '--yes', '--key', join(job.home, 'mistyped.key'))).toMatchObject({ code: 2 });
  expect(existsSync(join(job.home, 'mistyped.key'))).toBe(false);
});

it('stops where nobody can be asked, with words, and makes nothing', async () => {
  const { token, machine } = await newcomer('bea');
  const bea = machine();
  const ran = await bea.run('publish', skillFolder('winds'), '--version', '1.0.0');
  expect(ran.code).toBe(2);
  expect(ran.err).toMatch(/skill key create.*skill key register.*--yes.*--no-sign/s);
  expect(existsSync(keyFile(bea))).toBe(false);
  expect(await keysOf(token)).toEqual([]);
  expect(await bea.run('info', '@bea/winds')).toMatchObject({ code: 2 });
});

it('shows what an update can no longer do', async () => {
  const fay = (await newcomer('fay')).machine();
  const first = await fay.run('publish', skillFolder('reefs', 'clean', 'Run `git log -n 1` to see when.'), '--version', '1.0.0', '--yes');
  expect(first.code, first.err).toBe(0);
  const second = await fay.run('publish', skillFolder('reefs'), '--version', '1.1.0', '--yes');
  expect(second.code, second.err).toBe(0);
  expect(second.err).toContain('- program git');
});

it('scans a published version by its name, with the token of a file as every verb does', async () => {
  const { token, machine } = await newcomer('gil');
  const gil = machine();
  expect((await gil.run('publish', skillFolder('dunes'), '--version', '1.0.0', '--yes')).code).toBe(0);
  const file = join(gil.home, 'token');
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  const scanned = await gil.having({ SKILL_TOKEN: '', SKILL_TOKEN_FILE: file }).run('vet', '@gil/dunes@1.0.0', '--quiet');
  expect(scanned, scanned.err).toMatchObject({ code: 0 });
  expect(scanned.out).toContain('dunes');
  expect(await gil.having({ SKILL_TOKEN: '' }).run('vet', '@gil/dunes@1.0.0', '--quiet')).toMatchObject({ code: 2 });
});

it('leaves the signature out where that is said, and says what that means', async () => {
  const { token, machine } = await newcomer('cleo');
  const cleo = machine();
  const ran = await cleo.run('publish', skillFolder('moons'), '--version', '1.0.0', '--yes', '--no-sign');
  expect(ran.code, ran.err).toBe(0);
  expect(ran.err).toContain('level L1');
  expect(await publisherOf('cleo/moons/1.0.0')).toMatchObject({ handle: 'cleo', level: 'L1' });
  expect(existsSync(keyFile(cleo))).toBe(false);
  expect(await keysOf(token)).toEqual([]);
});

it('registers a key that is here already, but not with a token that may not', async () => {
  const { token, machine } = await newcomer('dora');
  const dora = machine();
  const { keyid } = (await dora.run('key', 'create', '--json')).json<{ keyid: string }>();
  const narrow = await served.json<{ token: string }>('/api/skillward/v1/tokens', {
    token,
    body: { label: 'job', scopes: ['read', 'publish'], namespaces: ['dora'] },
  });
  const folder = skillFolder('stars');
  const limited = await dora.having({ SKILL_TOKEN: narrow.token }).run('publish', folder, '--version', '1.0.0', '--yes');
  expect(limited.code).toBe(1);
  expect(limited.err).toMatch(/cannot register.*skill key register/s);
  expect(await keysOf(token)).toEqual([]);
  expect((await dora.run('publish', folder, '--version', '1.0.0', '--yes')).code).toBe(0);
  expect(await keysOf(token)).toEqual([keyid]);
  // Now the narrow token publishes with it, from wherever the key is.
  const job = machine();
  copyFileSync(keyFile(dora), join(job.home, 'carried.key'));
  const ran = await job
    .having({ SKILL_TOKEN: narrow.token })
    .run('publish', skillFolder('stars', 'clean', 'More.'), '--version', '1.1.0', '--yes', '--key', join(job.home, 'carried.key'), '--json');
  expect(ran.json(), ran.err).toMatchObject({ keyid, state: 'served' });
  expect(await publisherOf('dora/stars/1.1.0')).toMatchObject({ level: 'L2' });
});

it('asks on a terminal, and does only what the answers allow', async () => {
  const { token, machine } = await newcomer('edda');
  const edda = machine();
  const folder = skillFolder('clouds');
  /** Gives one answer to each question. */
  const asked = async (...answers: string[]): Promise<string> => {
    const child = spawn('script', ['-qec', `${process.execPath} ${join(built(), 'skill.js')} publish ${folder} --version 1.0.0`, '/dev/null'], {
      cwd: edda.project,
      env: edda.env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let out = '';
    let questions = 0;
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      out += chunk.toString('utf8');
      while (out.split('[y/N]').length - 1 > questions) child.stdin.write(`${answers[questions++] ?? 'no'}\n`);
    }
    return out;
  };
  expect(await asked('no')).toContain('Nothing was sent');
  await asked('yes', 'no');
  expect(existsSync(keyFile(edda))).toBe(false);
  expect(await keysOf(token)).toEqual([]);
  const sent = await asked('yes', 'yes');
  expect(sent).toContain('Make one and register it');
  expect(sent).toContain('@edda/clouds@1.0.0: served');
  expect(await publisherOf('edda/clouds/1.0.0')).toMatchObject({ level: 'L2' });
});
