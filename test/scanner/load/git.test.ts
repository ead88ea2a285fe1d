import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type LoadCode, LoadError, load } from '../../../scanner/load/index.ts';
import { codes, folder, paths } from './make.ts';

let repository = '';
let marker = '';
let first = '';
const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@a.example',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@a.example',
};
const run = (...args: string[]): string =>
  execFileSync('git', ['-C', repository, ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
const put = (path: string, text: string): void => {
  mkdirSync(join(repository, path, '..'), { recursive: true });
  writeFileSync(join(repository, path), text);
};
/** What is left where temporary folders are made: one of this file's own, since other tests run at the same time. */
const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => !name.startsWith('load-test-'));
const codeOf = async (work: Promise<unknown>): Promise<LoadCode | 'none'> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof LoadError) return error.code;
    throw error;
  }
  return 'none';
};

beforeAll(() => {
  repository = folder();
  marker = join(folder(), 'ran');
  process.env['TMPDIR'] = folder();
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', repository], { env });
  put('SKILL.md', '# one');
  run('add', '-A');
  run('commit', '-q', '-m', 'one');
  run('tag', 'v1');
  first = run('rev-parse', 'HEAD');

  put('SKILL.md', '# two');
  put('skills/x/SKILL.md', '# x');
  put('skills/x/run.sh', '#!/bin/sh\necho x\n');
  chmodSync(join(repository, 'skills/x/run.sh'), 0o755);
  put('hidden/payload.sh', 'echo hidden by export-ignore');
  put('.gitattributes', 'hidden export-ignore\n*.sh filter=evil\n*.md text eol=crlf ident\n');
  put('big.bin', `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 9\n`);
  put('odd\tname\n.txt', 'odd');
  symlinkSync('/etc/passwd', join(repository, 'link'));
  run('add', '-A');
  run('update-index', '--add', '--cacheinfo', `160000,${first},vendor/sub`);
  run('commit', '-q', '-m', 'two');
  run('branch', 'feature/slash');

  // What a hostile repository would like us to run.
  for (const hook of ['post-checkout', 'pre-auto-gc', 'reference-transaction', 'post-merge', 'fsmonitor-watchman']) {
    writeFileSync(join(repository, '.git/hooks', hook), `#!/bin/sh\necho ${hook} >> ${marker}\n`, { mode: 0o755 });
  }
  const evil = `sh -c 'echo ran >> ${marker}'`;
  appendFileSync(
    join(repository, '.git/config'),
    `[core]\n\tfsmonitor = ${evil}\n\tsshCommand = ${evil}\n\tpager = ${evil}\n\teditor = ${evil}\n\tgitProxy = ${evil}\n[filter "evil"]\n\tsmudge = ${evil}\n\tclean = ${evil}\n\tprocess = ${evil}\n[uploadpack]\n\tpackObjectsHook = ${evil}\n[alias]\n\tls-tree = !${evil}\n\tcat-file = !${evil}\n[credential]\n\thelper = !${evil}\n[diff "evil"]\n\ttextconv = ${evil}\n`,
  );
  writeFileSync(join(repository, 'SKILL.md'), '# not committed');
});

describe.each([
  ['in place', (fragment: string) => `${repository}#${fragment}`],
  ['fetched', (fragment: string) => `git+file://${repository}#${fragment}`],
])('a repository %s', (_, address) => {
  it('is read at its commit, without attributes, filters, hooks or a work tree', async () => {
    const skill = await load(address('main'));
    expect(paths(skill)).toEqual([
      '.gitattributes',
      'SKILL.md',
      'big.bin',
      'hidden/payload.sh',
      'link',
      'odd%09name%0a.txt',
      'skills/x/SKILL.md',
      'skills/x/run.sh',
      'vendor/sub',
    ]);
    const of = (path: string) => skill.files.find((one) => one.path === path);
    expect(of('SKILL.md')?.text).toBe('# two');
    expect(of('hidden/payload.sh')?.text).toBe('echo hidden by export-ignore');
    expect(of('skills/x/run.sh')).toMatchObject({ executable: true, text: '#!/bin/sh\necho x\n' });
    expect(of('link')).toMatchObject({ kind: 'link', target: '/etc/passwd' });
    expect(codes(skill)).toEqual(['lfs-pointer', 'path-unsafe', 'submodule', 'symlink']);
    expect(skill.origin).toMatchObject({ kind: 'git', commit: run('rev-parse', 'main') });
    expect(existsSync(marker)).toBe(false);
    expect(leftovers()).toEqual([]);
  });

  it('is read at a tag, a branch with a slash, a sub-folder or one file', async () => {
    const tagged = await load(address('v1'));
    expect(tagged.files.map((one) => one.text)).toEqual(['# one']);
    expect(tagged.origin.commit).toBe(first);
    expect(paths(await load(address('feature/slash:skills/x')))).toEqual(['SKILL.md', 'run.sh']);
    expect(paths(await load(address('main:skills/x/run.sh')))).toEqual(['run.sh']);
  });

  it('gives typed errors', async () => {
    expect(await codeOf(load(address('nowhere')))).toBe('not-found');
    expect(await codeOf(load(address('main:no/such/folder')))).toBe('not-found');
    expect(leftovers()).toEqual([]);
  });
});

describe('safety', () => {
  it('takes a ref for a folder, and refuses refs that are options', async () => {
    expect((await load(repository, { ref: 'v1' })).files.map((one) => one.text)).toEqual(['# one']);
    expect(await codeOf(load(repository, { ref: '--output=x' }))).toBe('bad-address');
    expect(await codeOf(load(folder(), { ref: 'main' }))).toBe('not-found');
    expect(await codeOf(load('git+file:///nonexistent/repository'))).toBe('not-found');
  });

  it('ignores replace refs', async () => {
    const fake = execFileSync('git', ['-C', repository, 'hash-object', '-w', '--stdin'], { env, input: '# replaced', encoding: 'utf8' }).trim();
    run('replace', run('rev-parse', 'v1:SKILL.md'), fake);
    expect((await load(`${repository}#v1`)).files[0]?.text).toBe('# one');
    rmSync(join(repository, '.git/refs/replace'), { recursive: true });
  });

  it('never fetches what a promisor remote would bring', async () => {
    const poor = folder();
    execFileSync('git', ['clone', '--quiet', '--bare', repository, join(poor, 'r.git')], { env, stdio: 'ignore' });
    const gitDir = join(poor, 'r.git');
    const oid = run('rev-parse', 'main:hidden/payload.sh');
    execFileSync('git', ['-C', gitDir, 'unpack-objects', '-q'], {
      env,
      input: execFileSync('git', ['-C', gitDir, 'pack-objects', '--all', '--stdout', '-q'], { env, input: '' }),
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    for (const name of readdirSync(join(gitDir, 'objects/pack'))) rmSync(join(gitDir, 'objects/pack', name), { force: true });
    writeFileSync(
      join(gitDir, 'config'),
      `[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tpartialClone = evil\n[remote "evil"]\n\turl = ext::sh -c echo% fetched% >>% ${marker}\n\tpromisor = true\n\tpartialclonefilter = blob:none\n[protocol]\n\tallow = always\n[protocol "ext"]\n\tallow = always\n`,
    );
    const source = join(repository, '.git/objects');
    for (const two of readdirSync(source).filter((name) => name.length === 2)) {
      mkdirSync(join(gitDir, 'objects', two), { recursive: true });
      for (const name of readdirSync(join(source, two)))
        if (two + name !== oid) writeFileSync(join(gitDir, 'objects', two, name), execFileSync('cat', [join(source, two, name)]));
    }
    rmSync(join(gitDir, 'objects', oid.slice(0, 2), oid.slice(2)), { force: true });
    // Setting this up ran the hooks of the other repository; from here on nothing may.
    rmSync(marker, { force: true });
    execFileSync('git', ['--git-dir', gitDir, 'cat-file', '--batch'], { env, input: `${oid}\n`, stdio: ['pipe', 'ignore', 'ignore'] });
    expect(existsSync(marker), 'plain git falls for it').toBe(true);
    rmSync(marker);
    const skill = await load(`${gitDir}#main`);
    expect(skill.problems.find((problem) => problem.path === 'hidden/payload.sh')).toMatchObject({ code: 'unreadable', incomplete: true });
    expect(existsSync(marker)).toBe(false);
  });

  it('keeps to the limits', async () => {
    expect(codes(await load(`${repository}#main`, { limits: { files: 4 } }))).toContain('too-many-files');
    expect(codes(await load(`${repository}#main`, { limits: { fileBytes: 10 } }))).toContain('file-too-large');
    expect(codes(await load(`${repository}#main`, { limits: { totalBytes: 40 } }))).toContain('too-many-bytes');
    expect(await codeOf(load(`git+file://${repository}`, { limits: { loadMs: 1 } }))).toMatch(/time-limit|git|not-found/);
    expect(leftovers()).toEqual([]);
  });
});
