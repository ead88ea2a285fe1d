/** The client as people use it: the built command, a home folder each, the built server. What is asserted is exit codes, files, JSON, and what the server says afterwards. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Lock, lockText } from '../../../registry/client/lock.ts';
import { generateKey, keyEntry } from '../../../registry/trust/keys.ts';
import { built } from '../../cli/built.ts';
import { cleanUp, type Person, person, type Served, start } from '../e2e/process.ts';
import { contents, skillFolder } from '../e2e/skills.ts';
import { between, closeProxies, fingerprint, read, type Someone, someone } from './kit.ts';

// Every publish is scanned twice, each time in a process of its own.
vi.setConfig({ testTimeout: 300_000 });

let served: Served;
let key: string;
const people: Record<'mira' | 'noor' | 'olga' | 'rene', Person> = {} as never;
/** mira and noor publish, olga approves, rene reads. */
const roles = { mira: 'publisher', noor: 'publisher', olga: 'approver', rene: 'reader' } as const;
const fresh = (name: keyof typeof people): Someone => someone(served.url, people[name].token).having({ SKILL_KEY_FINGERPRINT: key });
const machines = new Map<string, Someone>();
/** On the machine that they always use, where their publisher key is; rene has a new one each time. */
const as = (name: keyof typeof people): Someone => {
  const found = (name === 'rene' ? undefined : machines.get(name)) ?? fresh(name);
  machines.set(name, found);
  return found;
};

beforeAll(async () => {
  served = await start();
  for (const [name, role] of Object.entries(roles)) people[name as 'mira'] = await person(served, name, role);
  key = await fingerprint(served);
}, 180_000);
afterAll(async () => {
  closeProxies();
  await cleanUp();
});

const lockAt = (folder: string): Lock => JSON.parse(read(folder, 'skills.lock.json')) as Lock;
/** Publishes by the command and expects the exit code. */
async function publish(who: Someone, folder: string, version: string, code: number, ...more: string[]): Promise<void> {
  const ran = await who.run('publish', folder, '--version', version, '--yes', ...more);
  expect(ran.code, ran.err).toBe(code);
}
const fetchScript = { 'scripts/fetch.sh': '#!/bin/sh\ncurl -fsS https://agenda.example/today.txt\n' };
const runIt = '\nRun `scripts/fetch.sh` to get the agenda.\n';

describe('login', () => {
  it('pins the release keys that were compared, keeps the token for the owner alone, and forgets it again', async () => {
    const rene = someone(served.url, undefined);
    const file = join(rene.home, 'token');
    writeFileSync(file, `${people.rene.token}\n`, { mode: 0o600 });
    const ran = await rene.run('login', '--token-file', file, '--key-fingerprint', `SHA256:${key}`, '--json');
    expect(ran.code, ran.err).toBe(0);
    expect(ran.json()).toMatchObject({ schema: 'skillward.login.v1', user: 'rene', role: 'reader', keys: [key], checked: true });
    expect(statSync(join(rene.home, '.config/skillward/config.json')).mode & 0o777).toBe(0o600);
    expect((await rene.run('whoami', '--json')).json()).toMatchObject({ schema: 'skillward.whoami.v1', user: { handle: 'rene' }, scopes: ['read'] });
    expect((await rene.run('logout')).code).toBe(0);
    expect(read(rene.home, '.config/skillward/config.json')).not.toContain(people.rene.token);
    expect(await rene.run('whoami')).toMatchObject({ code: 2 });
  });

  it('stops where the registry does not have the key that the operator named, or nobody can look at it', async () => {
    const rene = someone(served.url, people.rene.token);
    expect(await rene.run('login', '--token', people.rene.token, '--key-fingerprint', 'ab'.repeat(32))).toMatchObject({ code: 4 });
    const asked = await rene.run('login', '--token', people.rene.token);
    expect(asked.code).toBe(4);
    expect(asked.err.replaceAll(' ', '')).toContain(key);
    expect(existsSync(join(rene.home, '.config/skillward/config.json'))).toBe(false);
  });

  it('by device waits for a person to approve the code', async () => {
    const rene = someone(served.url, undefined);
    let told: (code: string) => void;
    const shown = new Promise<string>((resolve) => {
      told = resolve;
    });
    const waiting = rene.watched(
      (err) => {
        const found = /enter the code (\S+)/.exec(err)?.[1];
        if (found !== undefined) told(found);
      },
      'login',
      '--key-fingerprint',
      key,
      '--scope',
      'read',
    );
    const code = await shown;
    await served.json('/api/skillward/v1/device/approve', { body: { user_code: code }, token: people.rene.token });
    expect(await waiting).toMatchObject({ code: 0 });
    expect((await rene.run('whoami', '--json')).json()).toMatchObject({ user: { handle: 'rene' } });
  });
});

describe('a skill', () => {
  it('goes from a folder to a signed release to an agent, and stays verifiable without network', async () => {
    const folder = skillFolder('tide-table');
    await publish(as('mira'), folder, '1.0.0', 0, '-m', 'first');
    const rene = as('rene');
    expect((await rene.run('search', 'tide', '--json')).json()).toMatchObject({
      schema: 'skillward.search.v1',
      results: [{ name: '@mira/tide-table', version: '1.0.0' }],
    });
    expect((await rene.run('info', '@mira/tide-table@1.0.0', '--json')).json()).toMatchObject({
      schema: 'skillward.version.v1',
      state: 'served',
      publisher: { handle: 'mira', level: 'L2' },
    });

    const ran = await rene.run('install', '@mira/tide-table', '--yes', '--json', '--require-level', 'L2');
    expect(ran.code, ran.err).toBe(0);
    expect(ran.json()).toMatchObject({
      schema: 'skillward.install.v1',
      skills: [{ name: '@mira/tide-table', version: '1.0.0', before: null, changed: true }],
    });
    const installed = join(rene.project, '.claude/skills/tide-table');
    expect(contents(installed)).toEqual(contents(folder));
    const lock = lockAt(rene.project);
    expect(lock.registry).toMatchObject({ url: served.url, keys: [key], tufRoot: null, logKey: null });
    expect(lock.skills['@mira/tide-table']).toMatchObject({
      version: '1.0.0',
      publisher: { level: 'L2', handle: 'mira' },
      installedAs: ['.claude/skills/tide-table'],
    });

    const again = await rene.run('install', '@mira/tide-table', '--yes', '--json');
    expect(again.json()).toMatchObject({ written: [], skills: [{ changed: false }] });
    const offline = rene.having({ SKILL_REGISTRY: served.url, SKILL_TOKEN: '' });
    expect((await offline.run('verify', '--offline', '--json')).json()).toMatchObject({ ok: true, offline: true });
    expect((await rene.run('list', '--json')).json()).toMatchObject({ skills: [{ name: '@mira/tide-table', folders: [{ state: 'intact' }] }] });
    expect((await rene.run('outdated')).code).toBe(0);
  });

  it('that was changed where it lies is named, not overwritten, and comes back with --force', async () => {
    const rene = as('rene');
    expect((await rene.run('install', '@mira/tide-table', '--yes')).code).toBe(0);
    const folder = join(rene.project, '.claude/skills/tide-table');
    writeFileSync(join(folder, 'SKILL.md'), 'mine now\n');
    writeFileSync(join(folder, 'added.txt'), 'new\n');
    const verified = await rene.run('verify', '--json');
    expect(verified.code).toBe(4);
    expect(verified.json<{ skills: { folders: { differences: object[] }[] }[] }>().skills[0]!.folders[0]!.differences).toEqual([
      { path: 'SKILL.md', what: 'changed', says: 'was changed' },
      { path: 'added.txt', what: 'added', says: 'was added' },
    ]);
    const frozen = await rene.run('install', '--frozen');
    expect(frozen.code).toBe(1);
    expect(frozen.err).toContain('SKILL.md was changed');
    expect((await rene.run('uninstall', '@mira/tide-table', '--yes')).code).toBe(1);
    expect(read(folder, 'SKILL.md')).toBe('mine now\n');
    expect((await rene.run('install', '--frozen', '--force')).code).toBe(0);
    expect(existsSync(join(folder, 'added.txt'))).toBe(false);
    expect((await rene.run('verify')).code).toBe(0);
    // What a program leaves behind is a difference, but no reason to keep an update out.
    mkdirSync(join(folder, '__pycache__'));
    writeFileSync(join(folder, '__pycache__/x.cpython-311.pyc'), 'x');
    expect((await rene.run('verify')).code).toBe(4);
    expect((await rene.run('uninstall', '@mira/tide-table', '--yes')).code).toBe(0);
    expect(existsSync(folder)).toBe(false);
    expect(lockAt(rene.project).skills).toEqual({});
  });

  it('is not installed over a folder of somebody else', async () => {
    const rene = as('rene');
    const folder = join(rene.project, '.claude/skills/tide-table');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'SKILL.md'), 'by hand\n');
    expect((await rene.run('install', '@mira/tide-table', '--yes')).code).toBe(1);
    expect(read(folder, 'SKILL.md')).toBe('by hand\n');
    expect(existsSync(join(rene.project, 'skills.lock.json'))).toBe(false);
  });

  it('goes into several agents at once, for the project and for the user', async () => {
    const rene = as('rene');
    const ran = await rene.run('install', '@mira/tide-table', '--agent', 'claude', '--agent', 'openclaw', '--agent', 'codex', '--yes');
    expect(ran.code, ran.err).toBe(0);
    expect(lockAt(rene.project).skills['@mira/tide-table']!.installedAs).toEqual([
      '.agents/skills/tide-table',
      '.claude/skills/tide-table',
      'skills/tide-table',
    ]);
    expect((await rene.run('install', '@mira/tide-table', '--global', '--agent', 'claude', '--yes')).code).toBe(0);
    expect(existsSync(join(rene.home, '.claude/skills/tide-table/SKILL.md'))).toBe(true);
    expect((await rene.run('verify', '--global', '--strict')).code).toBe(0);
    expect((await rene.run('install', '@mira/tide-table', '--dir', 'vendor/skills', '--yes')).code).toBe(0);
    expect(lockAt(rene.project).skills['@mira/tide-table']!.installedAs).toContain('vendor/skills/tide-table');
  });

  it('asks on a terminal, and takes only yes for yes', async () => {
    const rene = as('rene');
    const asked = async (answer: string): Promise<string> => {
      const child = spawn('script', ['-qec', `${process.execPath} ${join(built(), 'skill.js')} install @mira/tide-table`, '/dev/null'], {
        cwd: rene.project,
        env: rene.env,
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let out = '';
      for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
        out += chunk.toString('utf8');
        if (out.includes('[y/N]') && !child.stdin.writableEnded) child.stdin.end(`${answer}\n`);
      }
      return out;
    };
    expect(await asked('maybe')).toContain('Nothing was installed');
    expect(existsSync(join(rene.project, '.claude/skills'))).toBe(false);
    expect(await asked('yes')).toContain('.claude/skills/tide-table');
    expect((await rene.run('verify')).code).toBe(0);
  });

  it('asks nobody in silence: without --yes and a terminal nothing is installed', async () => {
    const rene = as('rene');
    const ran = await rene.run('install', '@mira/tide-table');
    expect(ran.code).toBe(3);
    expect(readdirSync(join(rene.project, '.claude'))).toEqual([]);
  });
});

describe('an update', () => {
  it('that can do more waits for an approver, and then for whoever has it installed', async () => {
    const mira = as('mira');
    await publish(mira, skillFolder('day-plan'), '1.0.0', 0);
    const rene = as('rene');
    expect((await rene.run('install', '@mira/day-plan', '--yes')).code).toBe(0);

    const more = skillFolder('day-plan', 'clean', runIt, fetchScript);
    const dry = await mira.run('publish', more, '--version', '1.1.0', '--dry-run', '--json');
    expect(
      dry
        .json<{ report: { changes: { added: { kind: string; key: string }[] } } }>()
        .report.changes.added.map(({ kind, key: name }) => `${kind}:${name}`),
    ).toContain('host:agenda.example');
    await publish(mira, more, '1.1.0', 3);
    expect((await rene.run('outdated')).code).toBe(0);
    expect((await rene.run('info', '@mira/day-plan@1.1.0')).code).toBe(2);
    expect((await mira.run('approve', '@mira/day-plan@1.1.0', '--reason', 'it is mine', '--yes')).code).toBe(1);

    const olga = as('olga');
    const queue = (await olga.run('queue', '--json')).json<{ forMe: { slug: string; growth: { added: { kind: string; key: string }[] } }[] }>();
    expect(queue.forMe.find((item) => item.slug === 'day-plan')!.growth.added).toContainEqual(
      expect.objectContaining({ kind: 'host', key: 'agenda.example' }),
    );
    const approved = await olga.run('approve', '@mira/day-plan@1.1.0', '--reason', 'the agenda is ours', '--yes', '--json');
    expect(approved.code, approved.err).toBe(0);
    await until(async () => (await rene.run('outdated')).code === 1);

    const before = contents(join(rene.project, '.claude/skills/day-plan'));
    const refused = await rene.run('update', '--yes');
    expect(refused.code).toBe(3);
    expect(refused.err).toContain('agenda.example');
    expect(contents(join(rene.project, '.claude/skills/day-plan'))).toEqual(before);
    expect(lockAt(rene.project).skills['@mira/day-plan']!.version).toBe('1.0.0');
    const taken = await rene.run('update', '--accept-growth', '--json');
    expect(taken.code, taken.err).toBe(0);
    expect(taken.json<{ skills: { added: string[] }[] }>().skills[0]!.added).toContain('host:agenda.example');
    expect(lockAt(rene.project).skills['@mira/day-plan']).toMatchObject({ version: '1.1.0', approvedBy: ['olga'] });
    // The fetched script must not have become a program.
    expect(statSync(join(rene.project, '.claude/skills/day-plan/scripts/fetch.sh')).mode & 0o111).toBe(0);
    // Back to less is no growth.
    expect((await rene.run('install', '@mira/day-plan@1.0.0', '--yes')).code).toBe(0);
  });

  it('by another publisher stops until somebody says that this is meant', async () => {
    const mira = as('mira');
    await publish(mira, skillFolder('shared'), '1.0.0', 0);
    const rene = as('rene');
    expect((await rene.run('install', '@mira/shared', '--yes')).code).toBe(0);
    expect((await mira.run('namespace', 'members', 'mira', '--add', 'noor', '--role', 'publisher')).code).toBe(0);
    await publish(as('noor'), skillFolder('shared', 'clean', 'More.'), '1.0.1', 0, '--owner', 'mira');
    const stopped = await rene.run('update', '--yes');
    expect(stopped.code).toBe(3);
    expect(stopped.err).toContain('noor');
    expect((await rene.run('update', '--yes', '--allow-signer-change')).code).toBe(0);
    expect(lockAt(rene.project).skills['@mira/shared']!.publisher).toMatchObject({ handle: 'noor', level: 'L2', keyid: expect.any(String) });
  });

  it('that brings no other file is said all the same', async () => {
    const mira = as('mira');
    const folder = skillFolder('restated');
    await publish(mira, folder, '1.0.0', 0);
    const rene = as('rene');
    expect((await rene.run('install', '@mira/restated', '--yes')).code).toBe(0);
    await publish(mira, folder, '1.2.0', 0);
    const moved = await rene.run('update', '--yes');
    expect(moved.out).toContain('@mira/restated 1.0.0 -> 1.2.0');
    expect(moved.out).not.toContain('up to date');
    expect(lockAt(rene.project).skills['@mira/restated']!.version).toBe('1.2.0');
    expect((await rene.run('update', '--yes')).out).toBe('Everything is up to date.\n');
  });

  it('backwards is not taken for an update', async () => {
    const mira = as('mira');
    await publish(mira, skillFolder('rolled'), '1.0.0', 0);
    await publish(mira, skillFolder('rolled', 'clean', 'Two.'), '2.0.0', 0);
    const rene = as('rene');
    expect((await rene.run('install', '@mira/rolled', '--yes')).code).toBe(0);
    expect((await mira.run('yank', '@mira/rolled@2.0.0', '--reason', 'broken')).code).toBe(0);
    expect((await rene.run('update', '--yes')).code).toBe(1);
    expect(lockAt(rene.project).skills['@mira/rolled']!.version).toBe('2.0.0');
    expect((await rene.run('update', '--yes', '--allow-downgrade')).code).toBe(0);
    expect(lockAt(rene.project).skills['@mira/rolled']!.version).toBe('1.0.0');
  });
});

/** Waits for work that the server does after it has answered. */
async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 100));
}

describe('a lock', () => {
  it('installs exactly itself on a machine that has never seen the registry', async () => {
    const rene = as('rene');
    expect((await rene.run('install', '@mira/tide-table', '@mira/day-plan@1.0.0', '--yes')).code).toBe(0);
    const builder = someone(served.url, people.rene.token);
    cpSync(join(rene.project, 'skills.lock.json'), join(builder.project, 'skills.lock.json'));
    const ran = await builder.run('install', '--frozen');
    expect(ran.code, ran.err).toBe(0);
    expect(contents(join(builder.project, '.claude/skills'))).toEqual(contents(join(rene.project, '.claude/skills')));
    expect(read(builder.project, 'skills.lock.json')).toBe(read(rene.project, 'skills.lock.json'));
    expect((await builder.run('verify', '--offline')).code).toBe(0);
  });

  it('refuses whatever is not exactly what it says', async () => {
    const rene = as('rene');
    expect((await rene.run('install', '--frozen')).code).toBe(4);
    expect((await rene.run('install', '@mira/tide-table', '--yes')).code).toBe(0);
    const text = read(rene.project, 'skills.lock.json');
    const skill = lockAt(rene.project).skills['@mira/tide-table']!;
    const flipped = (value: string): string => value.replace(/[0-9a-f](?=[^0-9a-f]*$)/, (digit) => (digit === '0' ? '1' : '0'));
    const other = Buffer.alloc(32, 7).toString('base64');
    for (const [what, changed] of [
      ['archive', text.replace(skill.archive, `sha256-${other}`)],
      ['bundle', text.replace(skill.bundle, flipped(skill.bundle))],
      ['fingerprint', text.replace(skill.fingerprint, flipped(skill.fingerprint))],
      ['publisher', text.replace('"handle": "mira"', '"handle": "noor"')],
      ['tree', text.replace(skill.tree, flipped(skill.tree))],
      ['registry', text.replace(/"id": "[^"]*"/, '"id": "other.example"')],
    ] as const) {
      const builder = someone(served.url, people.rene.token).having({ SKILL_KEY_FINGERPRINT: key });
      expect(changed, what).not.toBe(text);
      writeFileSync(join(builder.project, 'skills.lock.json'), changed);
      const ran = await builder.run('install', '--frozen');
      expect(ran.code, `${what}: ${ran.err}`).toBe(4);
      expect(existsSync(join(builder.project, '.claude/skills')), what).toBe(false);
    }
    const builder = as('rene');
    writeFileSync(join(builder.project, 'skills.lock.json'), text);
    expect((await builder.run('install', '--frozen', '@mira/day-plan')).code).toBe(4);
    expect((await builder.run('install', '--frozen', '@mira/tide-table@9.9.9')).code).toBe(4);
  });
});

describe('verify --frozen', () => {
  it('fails on whatever lock, folders and signatures do not have in common', async () => {
    const rene = as('rene');
    expect((await rene.run('verify')).code).toBe(2);
    expect((await rene.run('verify', '--frozen')).code).toBe(4);
    expect((await rene.run('install', '@mira/tide-table', '@mira/day-plan@1.0.0', '--yes')).code).toBe(0);
    mkdirSync(join(rene.project, 'skills/of-a-game'), { recursive: true });
    writeFileSync(join(rene.project, 'skills/of-a-game/jump.txt'), 'no skill for an agent\n');
    expect((await rene.run('verify', '--frozen')).code).toBe(0);
    expect((await rene.run('verify', '--frozen', '@mira/tide-table')).code).toBe(2);

    // Where another agent would find it; nothing of the lock is there.
    const stray = join(rene.project, 'skills/deep/stray');
    cpSync(join(rene.project, '.claude/skills/tide-table'), stray, { recursive: true });
    expect((await rene.run('verify', '--strict')).code).toBe(0);
    const extra = await rene.run('verify', '--frozen', '--json');
    expect(extra.code).toBe(4);
    expect(extra.json()).toMatchObject({ ok: false, frozen: true, unmanaged: [join(rene.project, 'skills/deep')] });
    rmSync(join(rene.project, 'skills'), { recursive: true });
    expect((await rene.run('verify', '--frozen', '--offline')).code).toBe(0);

    const text = read(rene.project, 'skills.lock.json');
    expect((await rene.run('uninstall', '@mira/tide-table', '@mira/day-plan', '--yes')).code).toBe(0);
    expect((await rene.run('verify', '--frozen')).code).toBe(0);
    mkdirSync(join(rene.project, '.claude/skills/by-hand'), { recursive: true });
    writeFileSync(join(rene.project, '.claude/skills/by-hand/SKILL.md'), 'by hand\n');
    expect((await rene.run('verify', '--frozen')).code).toBe(4);
    rmSync(join(rene.project, '.claude/skills/by-hand'), { recursive: true });
    writeFileSync(join(rene.project, 'skills.lock.json'), text);
    const missing = await rene.run('verify', '--frozen');
    expect(missing.code).toBe(4);
    expect(missing.out).toContain('tide-table is missing');
  });
});

describe('somebody on the way', () => {
  it('who changes bytes, names, digests or abilities gets nothing installed', async () => {
    const proxy = await between(served);
    const json = (body: Buffer, change: (value: Record<string, never>) => void): Buffer => {
      const value = JSON.parse(body.toString('utf8')) as Record<string, never>;
      change(value);
      return Buffer.from(JSON.stringify(value));
    };
    const version = /^\/api\/skillward\/v1\/skills\/mira\/day-plan\/1\.1\.0$/;
    const other = await served.json<Record<string, unknown>>('/api/skillward/v1/skills/mira/day-plan/1.0.0');
    const bytesOf = async (path: string): Promise<Buffer> => Buffer.from(await (await served.ask(path)).arrayBuffer());
    const otherArchive = await bytesOf('/api/skillward/v1/skills/mira/day-plan/1.0.0/archive');
    const otherSigned = await bytesOf('/api/skillward/v1/skills/mira/day-plan/1.0.0/attestations');
    const flip = (body: Buffer): Buffer => {
      const copy = Buffer.from(body);
      copy[Math.floor(copy.length / 2)]! ^= 1;
      return copy;
    };
    const attacks: Record<string, (path: string, body: Buffer) => Buffer | undefined> = {
      'a changed archive': (path, body) => (path.endsWith('/archive') ? flip(body) : undefined),
      'the archive of another version': (path) => (path.endsWith('/archive') ? otherArchive : undefined),
      'changed signatures': (path, body) => (path.endsWith('/attestations') ? flip(body) : undefined),
      'an older version under the name of the newer, whole': (path, body) =>
        path.endsWith('/archive')
          ? otherArchive
          : path.endsWith('/attestations')
            ? otherSigned
            : version.test(path)
              ? json(body, (value) => Object.assign(value, other, { version: '1.1.0' }))
              : undefined,
      'the record of another skill': (path, body) =>
        version.test(path) ? json(body, (value) => Object.assign(value, { slug: 'tide-table' })) : undefined,
      'no abilities': (path, body) => (version.test(path) ? json(body, (value) => Object.assign(value['capability']!, { entries: [] })) : undefined),
      'another name of the registry': (path, body) =>
        path.endsWith('/registry') ? json(body, (value) => Object.assign(value, { id: 'other.example' })) : undefined,
    };
    for (const [what, change] of Object.entries(attacks)) {
      const rene = someone(proxy.url, people.rene.token).having({ SKILL_KEY_FINGERPRINT: key });
      proxy.change = change;
      const ran = await rene.run('install', '@mira/day-plan', '--yes');
      expect(ran.code, `${what}: ${ran.err}`).toBe(4);
      expect(readdirSync(join(rene.project, '.claude')), what).toEqual([]);
      expect(existsSync(join(rene.project, 'skills.lock.json')), what).toBe(false);
    }
    proxy.change = () => undefined;
    const rene = someone(proxy.url, people.rene.token).having({ SKILL_KEY_FINGERPRINT: key });
    expect((await rene.run('install', '@mira/day-plan', '--yes')).code).toBe(0);
  });
});

describe('a release key', () => {
  it('that the registry has ended is believed no longer, even if it says later that it is good', async () => {
    const proxy = await between(served);
    const rene = someone(proxy.url, people.rene.token).having({ SKILL_KEY_FINGERPRINT: key });
    expect((await rene.run('install', '@mira/tide-table', '--yes')).code).toBe(0);
    proxy.change = (path, body) =>
      path.endsWith('/keys') ? Buffer.from(body.toString('utf8').replace('"revokedAt":null', '"revokedAt":1')) : undefined;
    expect((await rene.run('verify')).code).toBe(4);
    proxy.change = () => undefined;
    expect((await rene.run('verify')).code).toBe(4);
    expect((await rene.run('verify', '--offline')).code).toBe(4);
    expect((await rene.run('install', '@mira/day-plan', '--yes')).code).toBe(4);
  });
});

describe('the keys of a lock', () => {
  const settings = '.config/skillward/config.json';
  const withKey = (folder: string, change: (keys: string[]) => string[]): void => {
    const lock = lockAt(folder);
    writeFileSync(
      join(folder, 'skills.lock.json'),
      lockText({ ...lock, registry: { ...lock.registry, keys: change([...lock.registry.keys]).sort() } }),
    );
  };

  it('narrow the pinned ones, until a person names a new one', async () => {
    const rene = someone(served.url, people.rene.token);
    expect((await rene.run('login', '--token', people.rene.token, '--key-fingerprint', key)).code).toBe(0);
    expect((await rene.run('install', '@mira/tide-table', '--yes')).code).toBe(0);
    // The team's lock accepts the registry's former key only, which is pinned here as well.
    const former = keyEntry(generateKey().pem, 'release', 1);
    withKey(rene.project, () => [former.keyid]);
    const none = await rene.run('verify');
    expect(none.code).toBe(4);
    expect(none.err.replaceAll(' ', '')).toContain(key);
    const known = JSON.parse(read(rene.home, settings)) as { registries: Record<string, { keys: object[] }> };
    known.registries[served.url]!.keys.push({ keyid: former.keyid, pem: former.pem, createdAt: 1, retiredAt: null, revokedAt: null });
    writeFileSync(join(rene.home, settings), JSON.stringify(known));
    for (const args of [['verify'], ['verify', '--offline'], ['install', '--frozen', '--force'], ['update', '--yes']]) {
      const ran = await rene.run(...args);
      expect(ran.code, `${args.join(' ')}: ${ran.err}`).toBe(4);
      expect(`${ran.out}${ran.err}`, args.join(' ')).toContain('--key-fingerprint');
    }
    // A name for it on the command line is not enough where the lock is law.
    expect((await rene.run('verify', '--key-fingerprint', key)).code).toBe(4);
    expect((await rene.run('install', '--frozen', '--key-fingerprint', key)).code).toBe(4);
    const taken = await rene.run('update', '--yes', '--key-fingerprint', key);
    expect(taken.code, taken.err).toBe(0);
    expect(lockAt(rene.project).registry.keys).toEqual([former.keyid, key].sort());
    expect((await rene.run('verify')).code).toBe(0);
  });

  it('that were seen once are believed again without network, for their registry alone, and never in place of what it lists', async () => {
    const rene = as('rene');
    expect((await rene.run('install', '@mira/tide-table', '--yes')).code).toBe(0);
    const proxy = await between(served);
    const builder = someone(proxy.url, people.rene.token);
    cpSync(join(rene.project, 'skills.lock.json'), join(builder.project, 'skills.lock.json'));
    expect((await builder.run('install', '--frozen')).code).toBe(0);
    expect((await builder.run('verify', '--offline')).code).toBe(0);
    proxy.change = (path) => (path.endsWith('/keys') ? Buffer.from('{"schema":"skillward.keys.v1","keys":[]}') : undefined);
    const unlisted = await builder.run('verify');
    expect(unlisted.code).toBe(4);
    expect(unlisted.err).toContain('listed');
    // What the registry said of its end once is not forgotten without it.
    proxy.change = (path, body) =>
      path.endsWith('/keys') ? Buffer.from(body.toString('utf8').replace('"revokedAt":null', '"revokedAt":1')) : undefined;
    expect((await builder.run('verify')).code).toBe(4);
    expect((await builder.run('verify', '--offline')).code).toBe(4);
    // Another registry that this machine has never asked.
    const other = someone(served.url, people.rene.token);
    cpSync(join(rene.project, 'skills.lock.json'), join(other.project, 'skills.lock.json'));
    expect((await other.run('install', '--frozen')).code).toBe(0);
    const lock = lockAt(other.project);
    writeFileSync(join(other.project, 'skills.lock.json'), lockText({ ...lock, registry: { ...lock.registry, id: 'other.example' } }));
    const strange = await other.run('verify', '--offline');
    expect(strange.code).toBe(4);
    expect(strange.err).toContain('None of the release keys');
    expect((await other.run('install', '--frozen')).err).toContain('other.example');
  });
});

describe('decisions', () => {
  it('withdraw a version for those who have it and those who want it, and give it back', async () => {
    const mira = as('mira');
    await publish(mira, skillFolder('fading'), '1.0.0', 0);
    const rene = as('rene');
    expect((await rene.run('install', '@mira/fading', '--yes')).code).toBe(0);
    expect((await mira.run('deprecate', '@mira/fading@1.0.0', '--message', 'use day-plan', '--replacement', '@mira/day-plan')).code).toBe(0);
    const warned = await rene.run('verify', '--json');
    expect(warned.code).toBe(0);
    expect(warned.json<{ skills: { notes: string[] }[] }>().skills[0]!.notes.join()).toContain('use day-plan');
    expect((await mira.run('deprecate', '@mira/fading@1.0.0', '--undo')).code).toBe(0);

    expect((await mira.run('yank', '@mira/fading@1.0.0', '--reason', 'looks wrong')).code).toBe(0);
    expect((await rene.run('verify')).code).toBe(4);
    expect((await rene.run('outdated', '--json')).json()).toMatchObject({ skills: [{ state: 'withdrawn' }] });
    const other = as('rene');
    expect((await other.run('install', '@mira/fading@1.0.0', '--yes')).code).toBe(1);
    expect((await mira.run('restore', '@mira/fading@1.0.0', '--reason', 'it was right')).code).toBe(0);
    expect((await rene.run('verify')).code).toBe(0);

    const admin = someone(served.url, served.admin);
    expect((await admin.run('revoke', '@mira/fading@1.0.0', '--reason', 'account taken over')).code).toBe(3);
    expect((await admin.run('revoke', '@mira/fading@1.0.0', '--reason', 'account taken over', '--yes', '--json')).json()).toMatchObject({
      versions: [{ state: 'revoked' }],
    });
    expect((await rene.run('verify')).code).toBe(4);
    expect((await mira.run('restore', '@mira/fading@1.0.0', '--reason', 'please')).code).toBe(1);
  });

  it('by the scanner: what blocks is not sent, and refused by name where it is sent all the same', async () => {
    const mira = as('mira');
    const folder = skillFolder('trap', 'block');
    expect((await mira.run('publish', folder, '--version', '1.0.0', '--dry-run')).code).toBe(1);
    await publish(mira, folder, '1.0.0', 1);
    expect((await mira.run('info', '@mira/trap')).code).toBe(2);
    const forced = await mira.run('publish', folder, '--version', '1.0.0', '--yes', '--force');
    expect(forced.code).toBe(1);
    expect(forced.err).toMatch(/EXE-002 .* at SKILL\.md:\d+/);
    expect((await mira.run('info', '@mira/trap@1.0.0', '--json')).json()).toMatchObject({ state: 'refused', scan: { decision: 'block' } });
    expect((await as('rene').run('info', '@mira/trap@1.0.0')).code).toBe(2);
  });

  it('of a person end in words for the publisher', async () => {
    const mira = as('mira');
    await publish(mira, skillFolder('doubtful', 'review'), '1.0.0', 3);
    expect((await as('olga').run('reject', '@mira/doubtful@1.0.0', '--reason', 'host unknown to us')).code).toBe(0);
    const shown = await mira.run('info', '@mira/doubtful@1.0.0');
    expect(shown.out).toContain('host unknown to us');
    await publish(mira, skillFolder('doubtful', 'review'), '1.0.0', 1);
    // A decision is no failed scan.
    expect((await as('olga').run('rescan', '@mira/doubtful@1.0.0')).code).toBe(1);
  });

  it('rescan everything: the report is waited for, or asked for later by its id', async () => {
    const admin = someone(served.url, served.admin);
    const all = await admin.run('rescan');
    expect(all.code, all.err).toBe(0);
    expect(all.out).toMatch(/^\d+ versions, 0 change, 0 could not be scanned; rules /m);
    const begun = await admin.run('rescan', '--no-wait');
    const [, id] = /^(rsc_[0-9a-f]{20}): /.exec(begun.out)!;
    const shown = await admin.run('rescan', '--show', id!, '--json');
    expect(JSON.parse(shown.out)).toMatchObject({ schema: 'skillward.rescan.v1', id, state: 'done', applied: false, changes: [] });
    const latest = await admin.run('rescan', '--show', 'latest', '--json');
    expect(JSON.parse(latest.out)).toMatchObject({ id, does: 'report' });
    expect((await as('olga').run('rescan')).code).toBe(1);
  });
});

describe('people', () => {
  it('are added with a token that works at once, and lose it', async () => {
    const admin = someone(served.url, served.admin);
    const added = await admin.run('user', 'add', 'theo', '--role', 'publisher', '--expires', '1d');
    expect(added.code, added.err).toBe(0);
    const token = added.out.trim();
    const theo = someone(served.url, token);
    expect((await theo.run('whoami', '--json')).json()).toMatchObject({ user: { handle: 'theo', role: 'publisher' } });
    const made = (await theo.run('token', 'create', '--scope', 'read', '--label', 'ci', '--json')).json<{ token: string; record: { id: string } }>();
    const ci = someone(served.url, made.token);
    expect((await ci.run('whoami')).code).toBe(0);
    expect((await ci.run('token', 'create', '--scope', 'publish')).code).toBe(1);
    expect((await theo.run('token', 'revoke', made.record.id)).code).toBe(0);
    expect((await ci.run('whoami')).code).toBe(2);
    expect((await theo.run('user', 'list')).code).toBe(1);
    expect((await admin.run('user', 'disable', 'theo', '--reason', 'left')).code).toBe(0);
    expect((await theo.run('whoami')).code).toBe(2);
  });

  it('who revoked their key cannot sign with it', async () => {
    const mira = fresh('mira');
    const { keyid } = (await mira.run('key', 'create', '--json')).json<{ keyid: string }>();
    expect((await mira.run('key', 'register')).code).toBe(0);
    await publish(mira, skillFolder('keyed'), '1.0.0', 0);
    expect((await mira.run('key', 'revoke', keyid.slice(0, 12), '--reason', 'lost')).code).toBe(0);
    await publish(mira, skillFolder('keyed', 'clean', 'Two.'), '1.0.1', 1);
    await publish(mira, skillFolder('keyed', 'clean', 'Two.'), '1.0.1', 0, '--no-sign');
  });

  it('who may not see a namespace cannot tell it from none', async () => {
    const admin = someone(served.url, served.admin);
    expect((await admin.run('namespace', 'create', 'vault', '--visibility', 'private')).code).toBe(0);
    const rene = as('rene');
    const [hidden, none] = [await rene.run('namespace', 'members', 'vault'), await rene.run('namespace', 'members', 'vaults')];
    expect(hidden.code).toBe(2);
    expect(hidden.err.replaceAll('vault', '').replaceAll('s', '')).toBe(none.err.replaceAll('vaults', '').replaceAll('s', ''));
  });
});

describe('the audit log', () => {
  it('holds here, over the API and as a copy, and shows what was changed or cut off', async () => {
    const admin = someone(served.url, served.admin);
    const copy = join(admin.home, 'audit.jsonl');
    const local = await admin.run('audit-log', 'verify', '--data', served.data, '--json');
    expect(local.json()).toMatchObject({ schema: 'skillward.audit.v1', ok: true });
    const exported = await admin.run('audit-log', 'export', '-o', copy);
    expect(exported.code, exported.err).toBe(0);
    const head = /head ([0-9a-f]{64})/.exec(exported.err)![1]!;
    expect((await admin.run('audit-log', 'verify', '--json')).json()).toMatchObject({ ok: true });
    expect((await admin.run('audit-log', 'verify', '--file', copy, '--head', head)).code).toBe(0);
    expect((await admin.run('audit-log', 'verify', '--data', served.data, '--head', head)).code).toBe(0);
    expect((await as('rene').run('audit-log', 'verify')).code).toBe(1);

    const lines = read(copy).trimEnd().split('\n');
    const spoiled = (change: (rows: string[]) => string[]): string => {
      const file = join(admin.home, 'spoiled.jsonl');
      writeFileSync(file, `${change([...lines]).join('\n')}\n`);
      return file;
    };
    const middle = Math.floor(lines.length / 2);
    expect(
      await admin.run(
        'audit-log',
        'verify',
        '--file',
        spoiled((rows) => rows.map((row, at) => (at === middle ? row.replace(/"at":"2/, '"at":"3') : row))),
      ),
    ).toMatchObject({ code: 4 });
    expect(
      await admin.run(
        'audit-log',
        'verify',
        '--file',
        spoiled((rows) => rows.filter((_, at) => at !== middle)),
      ),
    ).toMatchObject({ code: 4 });
    const cut = spoiled((rows) => rows.slice(0, -1));
    expect((await admin.run('audit-log', 'verify', '--file', cut)).code).toBe(0);
    expect((await admin.run('audit-log', 'verify', '--file', cut, '--head', head)).code).toBe(4);
  });
});

describe('the terminal', () => {
  it('gets text of skills and users as text', async () => {
    const mira = as('mira');
    const folder = skillFolder('painted');
    writeFileSync(
      join(folder, 'SKILL.md'),
      '---\nname: painted\ndescription: "Says \\e[2J\\e]0;owned\\a hello \\u202e and more."\n---\n# Painted\n\nSay hello.\n',
    );
    const ran = await mira.run('publish', folder, '--version', '1.0.0', '--yes', '--force', '-m', 'new \u2066things');
    for (const { out, err } of [
      ran,
      await mira.run('info', '@mira/painted@1.0.0'),
      await mira.run('info', '@mira/painted'),
      await mira.run('search', 'painted'),
      await mira.run('queue'),
    ])
      expect(out + err).not.toMatch(/[\u001b\u0007\u202e\u2066]/);
  });
});
