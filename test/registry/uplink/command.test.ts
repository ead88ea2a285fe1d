/** `skill import` as a person uses it: the command in a process of its own, our server, and another of our servers as the upstream it asks. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describe as describeFiles } from '../../../registry/archive/index.ts';
import { built, root } from '../../cli/built.ts';
import { honest, type Member, type Site, startSite } from '../web/site.ts';

let folder = '';
let theirs: Site;
let ours: Site;
let ada: Member;
let tokenOfTheirs = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skillward-import-'));
  theirs = await startSite();
  const someone = await theirs.person('someone', 'publisher');
  for (const [slug, version] of [
    ['notes', '1.0.0'],
    ['notes', '1.1.0'],
    ['minutes', '2.0.0'],
  ] as const)
    await theirs.publish(someone, slug, version, honest(slug, `Keeps ${slug} of ${version}.`));
  tokenOfTheirs = (await theirs.person('partner', 'reader')).token;
  ours = await startSite({
    config: (config) => ({
      ...config,
      upstream: { allow: [theirs.url], watchMs: 3_600_000, tokens: { [theirs.url]: 'env:PARTNER' } },
      policy: { ...config.policy, approval: { ...config.policy.approval, pass: 'review' } },
    }),
    secret: async (reference) => (reference === 'env:PARTNER' ? tokenOfTheirs : ''),
  });
  ada = await ours.person('ada', 'publisher');
}, 180_000);
afterAll(async () => {
  await ours?.stop();
  await theirs?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
function skill(args: readonly string[], options: { readonly token?: string | null; readonly registry?: string } = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const token = options.token === undefined ? ada.token : options.token;
    const child = spawn(process.execPath, [join(built(), 'skill.js'), 'import', ...args], {
      cwd: root,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: folder,
        TZ: 'UTC',
        SKILL_REGISTRY: options.registry ?? ours.url,
        ...(token === null ? {} : { SKILL_TOKEN: token }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}
function write(name: string, files: Readonly<Record<string, string>>): string {
  const at = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(at, path, '..'), { recursive: true });
    writeFileSync(join(at, path), text);
  }
  return at;
}
const source = async (slug: string, version: string): Promise<Record<string, string>> =>
  JSON.parse((await ours.gate.inspect(ours.admin.actor, { owner: 'ada', slug, version })).row.source) as Record<string, string>;

describe('from an upstream', () => {
  test('by name: fetched by the server with its token for that upstream, and waiting for a person', async () => {
    const ran = await skill(['@someone/notes@1.0.0', '--from', theirs.url]);
    expect(ran).toMatchObject({ code: 3, err: '' });
    expect(ran.out).toContain('@someone/notes@1.0.0  ->  @ada/notes@1.0.0 waits for a person');
    expect(await source('notes', '1.0.0')).toMatchObject({ kind: 'import', upstream: `${theirs.url}/@someone/notes@1.0.0` });
    const again = await skill(['@someone/notes@1.0.0', '--from', theirs.url]);
    expect(again.out).toContain('it was here already');
  });

  test('everything in a lock: what fails is named and does not stop the rest', async () => {
    const lock = join(folder, 'lock.json');
    writeFileSync(
      lock,
      JSON.stringify({
        version: 1,
        skills: {
          '@someone/notes': { version: '1.1.0', installedAt: 1 },
          gone: { version: '1.0.0', ownerHandle: 'someone', registry: theirs.url },
          minutes: { version: '2.0.0', ownerHandle: 'someone', registry: theirs.url },
          'no/name/at all': { version: '1.0.0' },
          unnumbered: {},
        },
      }),
    );
    const ran = await skill(['--from-lock', lock, '--from', theirs.url, '--as', '@ada', '--json']);
    expect(ran.code).toBe(1);
    const { schema, items } = JSON.parse(ran.out) as {
      schema: string;
      items: { given: string; ok: boolean; says?: string; version?: string; state?: string }[];
    };
    expect(schema).toBe('skillward.imported.v1');
    expect(items.map(({ given, ok }) => `${given} ${ok}`)).toEqual([
      '@someone/notes true',
      'gone false',
      'minutes true',
      'no/name/at all false',
      'unnumbered false',
    ]);
    expect(items[0]).toMatchObject({ version: '1.1.0', state: 'held' });
    expect(items[1]!.says).toContain('does not have it');
    expect(items[4]!.says).toContain('no version');
    const told = await skill(['--from-lock', lock, '--from', theirs.url]);
    expect(told.code).toBe(1);
    expect(told.out).toContain('2 of 5 imported, 2 of them wait for a person, 3 failed.');
    expect(told.err).toContain('gone:');
  });

  test('watched, listed, and not watched any more', async () => {
    expect((await skill(['@someone/minutes', '--from', theirs.url, '--watch'])).code).toBe(3);
    const list = await skill(['--watched']);
    expect(list.code).toBe(0);
    expect(list.out).toMatch(new RegExp(`^@ada/minutes  2\\.0\\.0  ${theirs.url}/@someone/minutes  20`));
    expect(JSON.parse((await skill(['--watched', '--json'])).out)).toMatchObject({
      schema: 'skillward.imports.v1',
      items: [{ owner: 'ada', slug: 'minutes' }],
    });
    expect((await skill(['--unwatch', '@ada/minutes'])).code).toBe(0);
    expect((await skill(['--watched'])).out).toBe('Nothing is watched.\n');
    const again = await skill(['--unwatch', '@ada/minutes', '--json']);
    expect(again.code).toBe(2);
    expect(JSON.parse(again.out)).toMatchObject({ schema: 'skillward.error.v1', code: 'not-found' });
  });

  test.each([
    [
      'an upstream that is not on the list',
      ['@someone/notes', '--from', 'https://elsewhere.example'],
      1,
      'does not import from https://elsewhere.example',
    ],
    ['ClawHub, which is not on it either', ['@someone/notes'], 1, 'does not import from https://clawhub.ai'],
    ['a namespace of somebody else', ['@someone/notes', '--from', 'URL', '--as', '@someone/notes'], 1, 'may not publish into @someone'],
    ['nothing', [], 2, 'Nothing to import was given'],
    ['one name for several', ['@a/b', '@c/d', '--as', '@ada/x'], 2, 'names one skill'],
    ['a folder to be watched', ['./corpus', '--watch'], 2, 'cannot be watched'],
    ['a lock that is not there', ['--from-lock', '/nonexistent/lock.json'], 2, 'There is no lock'],
    ['standard input', ['-'], 2, 'cannot come from standard input'],
    ['two questions at once', ['--watched', '@a/b'], 2, 'stand alone'],
  ] as const)('refuses %s', async (_, args, code, says) => {
    const ran = await skill(args.map((one) => (one === 'URL' ? theirs.url : one)));
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(says);
    expect(ran.out).toBe('');
  });

  test('needs a token and a registry that is there', async () => {
    expect(await skill(['@someone/notes', '--from', theirs.url], { token: null })).toMatchObject({
      code: 2,
      err: expect.stringContaining('skill login'),
    });
    expect((await skill(['@someone/notes', '@someone/minutes'], { registry: 'http://127.0.0.1:1' })).code).toBe(2);
  });
});

describe('from this machine', () => {
  test('a folder: what would be published from it, under its own name; the path of the machine stays here', async () => {
    const at = write('tide-table', {
      'SKILL.md': '---\nname: tide-table\ndescription: Reads tide tables.\nmetadata:\n  version: "0.4.0"\n---\n\n# Tides\n\nRead the table.\n',
      'notes/a.md': '# A\n',
      '.env': 'SECRET=1\n',
      'node_modules/x/index.js': '1\n',
    });
    const ran = await skill([at]);
    expect(ran).toMatchObject({ code: 3, err: '' });
    expect(ran.out).toContain('@ada/tide-table@0.4.0 waits for a person');
    const { row } = await ours.gate.inspect(ours.admin.actor, { owner: 'ada', slug: 'tide-table', version: '0.4.0' });
    expect((JSON.parse(row.files) as { path: string }[]).map(({ path }) => path)).toEqual(['SKILL.md', 'notes/a.md']);
    expect(await source('tide-table', '0.4.0')).toMatchObject({ kind: 'import', from: 'folder', upstream: 'tide-table' });
    expect(row.source).not.toContain(folder);
  });

  test('an archive is the same as its folder', async () => {
    const files = honest('packed', 'Packed.');
    const { archive } = await describeFiles(Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.from(text) })));
    const zip = join(folder, 'packed.zip');
    writeFileSync(zip, archive);
    expect((await skill([zip, '--version', '1.0.0'])).code).toBe(3);
    const again = await skill([write('packed', files), '--version', '1.0.0']);
    expect(again.out).toContain('it was here already');
  });

  test('a commit of a repository, whatever lies in its work tree now', async () => {
    const at = write('repository', {
      ...Object.fromEntries(Object.entries(honest('from-git', 'From git.')).map(([path, text]) => [`skills/from-git/${path}`, text])),
      'README.md': 'x',
    });
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t.example', '-C', at, ...args], { encoding: 'utf8' }).trim();
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-qm', 'one');
    const commit = git('rev-parse', 'HEAD');
    writeFileSync(join(at, 'skills/from-git/SKILL.md'), 'changed');
    const ran = await skill([`${at}#main:skills/from-git`, '--version', '1.0.0', '--as', '@ada/from-git']);
    expect(ran).toMatchObject({ code: 3, err: '' });
    expect(await source('from-git', '1.0.0')).toMatchObject({ kind: 'import', from: 'git', upstream: 'repository', commit, path: 'skills/from-git' });
    // Where on somebody's machine it lies is nobody's business, however it was named.
    expect((await skill([`file://${at}#main:skills/from-git`, '--version', '1.0.0', '--as', '@ada/from-file'])).code).toBe(3);
    expect(await source('from-file', '1.0.0')).toMatchObject({ upstream: 'repository', commit });
  });

  test.each([
    ['without a number', { 'SKILL.md': '---\nname: bare\ndescription: Bare.\n---\n# Bare\n' }, [], 'states no version'],
    ['without a SKILL.md', { 'README.md': 'x' }, ['--version', '1.0.0'], 'SKILL.md'],
    ['with a number that is none', { 'SKILL.md': '---\nname: bare\ndescription: Bare.\n---\n# Bare\n' }, ['--version', 'one'], 'SemVer'],
  ] as const)('a folder %s is refused, with what to do', async (name, files, more, says) => {
    const ran = await skill([write(`bad-${name.length}`, files), ...more]);
    expect([1, 2]).toContain(ran.code);
    expect(ran.err).toContain(says);
  });

  test('a folder with links is refused, not followed', async () => {
    const at = write('linked', honest('linked', 'Linked.'));
    writeFileSync(join(folder, 'secret.txt'), 'secret');
    symlinkSync(join(folder, 'secret.txt'), join(at, 'notes.md'));
    const ran = await skill([at, '--version', '1.0.0']);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('link');
  });
});

test('text of a registry reaches the terminal as text', async () => {
  const evil = createServer((request, response) => {
    request.resume();
    response.writeHead(422, { 'content-type': 'text/plain' }).end('No \u001b]0;owned\u0007\u001b[2J thanks\u202e');
  });
  await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
  try {
    const ran = await skill(['@someone/notes'], { registry: `http://127.0.0.1:${(evil.address() as { port: number }).port}` });
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('No \\u{1b}]0;owned\\u{7}\\u{1b}[2J thanks\\u{202e}');
  } finally {
    evil.close();
  }
});

test('the form of an upload is checked: payload first, one archive, nothing else', async () => {
  const { archive } = await describeFiles([{ path: 'SKILL.md', bytes: Buffer.from(Object.values(honest('form', 'Form.'))[0]!) }]);
  const payload = JSON.stringify({ kind: 'folder', from: 'form', version: '1.0.0', as: { slug: 'form' } });
  const send = async (parts: readonly (readonly [string, string | Blob])[], token: string = ada.token): Promise<number> => {
    const form = new FormData();
    for (const [name, value] of parts)
      if (typeof value === 'string') form.append(name, value);
      else form.append(name, value, 'skill.zip');
    const { status } = await fetch(`${ours.url}/api/skillward/v1/import/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: form,
    });
    return status;
  };
  const zip = new Blob([new Uint8Array(archive)]);
  expect(
    await send([
      ['archive', zip],
      ['payload', payload],
    ]),
  ).toBe(400);
  expect(await send([['payload', payload]])).toBe(400);
  expect(
    await send([
      ['payload', '{}'],
      ['archive', zip],
    ]),
  ).toBe(400);
  expect(
    await send([
      ['payload', 'no json'],
      ['archive', zip],
    ]),
  ).toBe(400);
  expect(
    await send([
      ['payload', payload],
      ['archive', new Blob(['no archive'])],
    ]),
  ).toBe(400);
  expect(
    await send(
      [
        ['payload', payload],
        ['archive', zip],
      ],
      (await ours.person('rob', 'reader')).token,
    ),
  ).toBe(403);
  expect(
    await send([
      ['payload', payload],
      ['archive', zip],
    ]),
  ).toBe(200);
}, 60_000);
