import { chmodSync, linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSkills, installedFolders, LoadError, load } from '../../../scanner/load/index.ts';
import { codes, folder, incomplete, mkfifo, paths, zip } from './make.ts';

const codeOf = async (run: Promise<unknown>): Promise<string> => {
  try {
    await run;
  } catch (error) {
    if (error instanceof LoadError) return error.code;
    throw error;
  }
  return 'none';
};

describe('a folder', () => {
  it('is read in order, with sizes, modes and hashes', async () => {
    const root = folder({ 'SKILL.md': '# a', 'b/run.sh': 'echo', 'B/x': 'y', '.env.example': 'K=v' });
    chmodSync(join(root, 'b/run.sh'), 0o755);
    const skill = await load(root);
    expect(skill.files.map((one) => [one.id, one.path, one.size, one.executable])).toEqual([
      [0, '.env.example', 3, false],
      [1, 'B/x', 1, false],
      [2, 'SKILL.md', 3, false],
      [3, 'b/run.sh', 4, true],
    ]);
    expect(skill.origin).toMatchObject({ kind: 'folder', given: root });
    expect(skill.problems).toEqual([]);
  });

  it('follows no link and opens no FIFO, socket or device', async () => {
    const outside = folder({ secret: 'outside' });
    const root = folder({ 'SKILL.md': '# a' });
    symlinkSync(join(outside, 'secret'), join(root, 'file-link'));
    symlinkSync(outside, join(root, 'folder-link'));
    symlinkSync('loop', join(root, 'loop'));
    mkfifo(join(root, 'pipe'));
    const server = createServer().listen(join(root, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    const skill = await load(root);
    server.close();
    expect(skill.files.map((one) => [one.path, one.kind, one.target?.startsWith(outside) ? 'outside' : one.target])).toEqual([
      ['SKILL.md', 'text', undefined],
      ['file-link', 'link', 'outside'],
      ['folder-link', 'link', 'outside'],
      ['loop', 'link', 'loop'],
      ['pipe', 'link', 'fifo'],
      ['socket', 'link', 'socket'],
    ]);
    expect(codes(skill)).toEqual(['device', 'symlink']);
    expect(JSON.stringify(skill.files.map((one) => one.text))).not.toContain('outside');
  });

  it('reads hard links as files, and names that are not UTF-8', async () => {
    const root = folder({ 'SKILL.md': '# a' });
    linkSync(join(root, 'SKILL.md'), join(root, 'again.md'));
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x63, 0xe9, 0x2e, 0x73, 0x68])]), 'echo odd');
    const skill = await load(root);
    expect(skill.files.map((one) => one.text).sort()).toEqual(['# a', '# a', 'echo odd']);
    expect(codes(skill)).toEqual(['path-unsafe']);
  });

  it('reports one huge file, hashes it, and reads the others', async () => {
    const root = folder({ 'SKILL.md': '# a', 'aaa.txt': '' });
    truncateSync(join(root, 'aaa.txt'), 40 * 1024 * 1024);
    const skill = await load(root);
    expect(skill.files.map((one) => [one.path, one.size])).toEqual([
      ['SKILL.md', 3],
      ['aaa.txt', 40 * 1024 * 1024],
    ]);
    expect(skill.files[1]?.sha256).toMatch(/^(?!0{64})[0-9a-f]{64}$/);
    expect(codes(skill)).toEqual(['file-too-large']);
    expect(incomplete(skill)).toBe(true);
  });

  it('stops at the limits for files and depth', async () => {
    const root = folder(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`d${index}/f.txt`, 'x'])));
    expect(codes(await load(root, { limits: { files: 10 } }))).toEqual(['too-many-files']);
    const deep = folder({ [`${'d/'.repeat(50)}x.md`]: 'x' });
    expect(codes(await load(deep))).toEqual(['too-deep']);
  });

  it.skipIf(process.getuid?.() === 0)('says what may not be read', async () => {
    const root = folder({ 'SKILL.md': '# a', 'no.sh': 'x', 'shut/x': 'y' });
    chmodSync(join(root, 'no.sh'), 0);
    chmodSync(join(root, 'shut'), 0);
    const skill = await load(root);
    chmodSync(join(root, 'shut'), 0o700);
    expect(skill.problems.map((problem) => [problem.code, problem.path])).toEqual([
      ['unreadable', 'no.sh'],
      ['unreadable', 'shut'],
    ]);
  });

  it('may be named through a link', async () => {
    const root = folder({ 'SKILL.md': '# a' });
    const other = folder();
    symlinkSync(root, join(other, 'installed'));
    expect(paths(await load(join(other, 'installed')))).toEqual(['SKILL.md']);
  });
});

describe('a path', () => {
  it('may be a file or an archive; content decides', async () => {
    const root = folder({ 'SKILL.md': '# a', 'pack.skill': zip([{ path: 'SKILL.md', body: '# z' }]), 'no-name': zip([{ path: 'x', body: 'y' }]) });
    const single = await load(join(root, 'SKILL.md'));
    expect(single.origin).toMatchObject({ kind: 'file', name: 'SKILL.md' });
    expect(paths(single)).toEqual(['SKILL.md']);
    expect((await load(join(root, 'pack.skill'))).origin).toMatchObject({ kind: 'zip', name: 'pack' });
    expect((await load(join(root, 'no-name'))).origin.kind).toBe('zip');
  });

  it('gives typed errors', async () => {
    const root = folder();
    mkfifo(join(root, 'pipe'));
    expect(await codeOf(load(join(root, 'nothing')))).toBe('not-found');
    expect(await codeOf(load(join(root, 'pipe')))).toBe('bad-address');
    expect(await codeOf(load(folder()))).toBe('empty');
    expect(await codeOf(load(Buffer.alloc(0)))).toBe('empty');
    expect(await codeOf(load(''))).toBe('empty');
    expect(await codeOf(load('some/thing'))).toBe('not-found');
  });
});

describe('finding skills', () => {
  it('finds every folder with a SKILL.md, nested ones too, and follows no link', async () => {
    const root = folder({
      'a/SKILL.md': '',
      'a/inner/skill.md': '',
      'b/c/SKILL.MD': '',
      'd/README.md': '',
      '.git/x/SKILL.md': '',
      'node_modules/e/SKILL.md': '',
    });
    symlinkSync(join(root, 'a'), join(root, 'z'));
    mkdirSync(join(root, 'f/SKILL.md'), { recursive: true });
    expect((await findSkills(root)).map((path) => path.slice(root.length + 1))).toEqual(['a', 'a/inner', 'b/c', 'node_modules/e']);
    expect(await codeOf(findSkills(join(root, 'nowhere')))).toBe('not-found');
  });

  it('knows where agents keep them', () => {
    const found = installedFolders({ CODEX_HOME: '/opt/codex', PWD: '/srv/project' }, '/home/u');
    for (const path of [
      '/opt/codex/skills',
      '/home/u/.openclaw/skills',
      '/home/u/.claude/skills',
      '/home/u/.codex/skills',
      '/home/u/.agents/skills',
      '/srv/project/.claude/skills',
      '/srv/project/.github/skills',
    ]) {
      expect(found).toContain(path);
    }
    expect(new Set(found).size).toBe(found.length);
  });
});
