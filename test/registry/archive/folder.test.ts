/** What a folder publishes: the choice of the `clawhub` command, and what it skips in silence said aloud. */
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describe as describeFiles, listFolder, packFolder, published } from '../../../registry/archive/index.ts';
import { mkfifo } from '../../scanner/load/make.ts';
import { pack, refused } from './make.ts';

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});
function folder(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'pack-test-'));
  made.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}
const listed = (files: Readonly<Record<string, string>>): string[] => packFolder(folder({ 'SKILL.md': '', ...files })).map((file) => file.path);

describe('a folder', () => {
  it('publishes neither hidden names nor node_modules nor a generated card', () => {
    expect(
      listed({
        '.env': '',
        '.git/config': '',
        'a/.x/b': '',
        'node_modules/p/i.js': '',
        'a/node_modules/q.js': '',
        'skill-card.md': '',
        'a/skill-card.md': '',
        'a/b': '',
      }),
    ).toEqual(['SKILL.md', 'a/b', 'a/skill-card.md']);
  });

  // Each row was compared with the `ignore` package that clawhub uses.
  it.each<[string, string, string[]]>([
    ['names anywhere', '*.log\ntmp/', ['x.log', 'a/y.log', 'tmp/a', 'a/tmp/b']],
    ['an anchored name', '/x.log\na/y.log', ['x.log', 'a/y.log']],
    ['a folder only where it is one', 'keep/\n', []],
    ['exceptions, in order', '*.log\n!x.log', ['a/y.log']],
    ['nothing comes back from an ignored folder', 'tmp/\n!tmp/a', ['tmp/a', 'a/tmp/b']],
    ['two stars', 'a/**\n!a/y.log', ['a/b', 'a/tmp/b']],
    ['letter case does not count', 'X.LOG', ['x.log']],
    ['comments, blank lines, spaces and CR LF', '# x.log\r\n\r\n*.log  \r\n', ['x.log', 'a/y.log']],
    ['classes and single letters', '[xz].log\n?.nothing', ['x.log']],
    ['braces and brackets of shells mean themselves', '*.{log,md}\n@(x).log', []],
    ['a byte-order mark in front', '\ufeff*.log', ['x.log', 'a/y.log']],
    ['everything, but never the skill itself', '*', ['a/b', 'a/tmp/b', 'a/y.log', 'keep', 'tmp/a', 'x.log']],
  ])('obeys its ignore files: %s', (_name, patterns, out) => {
    const all = { 'x.log': '', 'a/y.log': '', 'tmp/a': '', 'a/tmp/b': '', 'a/b': '', keep: '' };
    const expected = ['SKILL.md', ...Object.keys(all).filter((path) => !out.includes(path))].sort();
    expect(listed({ ...all, '.gitignore': patterns })).toEqual(expected);
    expect(listed({ ...all, '.clawhubignore': patterns })).toEqual(expected);
    // The same choice among files that are in memory.
    const inMemory = Object.entries({ ...all, 'SKILL.md': '', '.gitignore': patterns }).map(([path, text]) => pack(path, text));
    expect(
      published(inMemory)
        .map((file) => file.path)
        .sort(),
    ).toEqual(expected);
  });

  it('reads the ignore files one after the other', () => {
    expect(listed({ '.gitignore': '*.log', '.clawhubignore': '!x.log', 'x.log': '', 'y.log': '' })).toEqual(['SKILL.md', 'x.log']);
  });

  it('refuses links and special files that would be published, all at once, and looks at no other', async () => {
    const root = folder({ 'SKILL.md': '', '.gitignore': 'ignored*\n', 'a/b': 'x' });
    symlinkSync('/etc/passwd', join(root, 'link'));
    symlinkSync('a', join(root, 'folder-link'));
    symlinkSync('/etc/passwd', join(root, 'ignored-link'));
    symlinkSync('/etc/passwd', join(root, '.hidden-link'));
    mkfifo(join(root, 'fifo'));
    const found = await refused(() => packFolder(root));
    expect(found).toMatchObject({ code: 'bad-files', problems: ['link', 'special-file'] });
    expect(listFolder(root).problems.map((problem) => problem.path)).toEqual(['fifo', 'folder-link', 'link']);
    expect(listFolder(root).files.map((file) => file.path)).toEqual(['SKILL.md', 'a/b']);
  });

  it('refuses an ignore file that is a link: what it says could not be shown to hold', async () => {
    const root = folder({ 'SKILL.md': '', patterns: '*.log' });
    symlinkSync('patterns', join(root, '.gitignore'));
    expect(await refused(() => packFolder(root))).toMatchObject({ code: 'unreadable' });
  });

  it('ends patterns that were made to cost time, in bounded time', async () => {
    const root = folder({ 'SKILL.md': '', '.gitignore': `${'*a'.repeat(40)}b\n`, [`${'a'.repeat(240)}c`]: '' });
    expect(await refused(() => packFolder(root))).toMatchObject({ code: 'unreadable', message: expect.stringContaining('take too long') });
  });

  it('refuses too many patterns, too many files and a folder that is none', async () => {
    expect(await refused(() => packFolder(folder({ 'SKILL.md': '', '.gitignore': 'x\n'.repeat(3_000) })))).toMatchObject({ code: 'unreadable' });
    expect(
      await refused(() => packFolder(folder({ 'SKILL.md': '', a: '', b: '' }), { files: 2, fileBytes: 9, totalBytes: 9, archiveBytes: 9 })),
    ).toMatchObject({ code: 'too-large' });
    expect(await refused(() => packFolder(join(folder({}), 'nowhere')))).toMatchObject({ code: 'unreadable' });
    expect(await refused(() => packFolder(join(folder({ file: '' }), 'file')))).toMatchObject({ code: 'unreadable' });
  });

  it('gives the same archive whatever the modes and times of its files, and through hard links', async () => {
    const one = folder({ 'SKILL.md': 'x', 'scripts/run.sh': 'y' });
    const before = (await describeFiles(packFolder(one))).sha256;
    chmodSync(join(one, 'scripts/run.sh'), 0o755);
    linkSync(join(one, 'SKILL.md'), join(folder({}), 'other'));
    expect((await describeFiles(packFolder(one))).sha256).toBe(before);
  });

  it('leaves out what macOS packs beside the files, when they come from an archive', () => {
    const files = ['SKILL.md', '__MACOSX/._SKILL.md', '.DS_Store', 'a/.DS_Store', 'a/b', 'node_modules/x', 'skill-card.md'].map((path) =>
      pack(path, ''),
    );
    expect(published(files).map((file) => file.path)).toEqual(['SKILL.md', 'a/b']);
  });
});
