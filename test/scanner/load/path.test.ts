import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../scanner/limits.ts';
import { judgePath } from '../../../scanner/load/path.ts';
import { codes, file, incomplete, paths, together } from './make.ts';

const judge = (raw: string): { path: string; codes: string[] } => {
  const { path, problems } = judgePath(raw, limits);
  return { path, codes: problems.map((problem) => problem.code) };
};

describe('one path', () => {
  it.each([
    ['SKILL.md', 'SKILL.md'],
    ['./a/./b//c.txt', 'a/b/c.txt'],
    ['naïve/日本.md', 'naïve/日本.md'],
    ['.hidden/.file', '.hidden/.file'],
    ['a/…/b', 'a/…/b'],
  ])('%j is fine', (raw, path) => expect(judge(raw)).toEqual({ path, codes: [] }));

  it.each([
    ['../../etc/x', 'etc/x'],
    ['a/../../x', 'x'],
    ['/etc/passwd', 'etc/passwd'],
    ['C:/x.txt', 'x.txt'],
    ['..\\..\\x', 'x'],
    ['\\\\server\\share\\x', 'server/share/x'],
  ])('%j escapes', (raw, path) => {
    const judged = judge(raw);
    expect(judged.path).toBe(path);
    expect(judged.codes).toContain('path-escape');
  });

  it.each([
    'a\\b.sh',
    'x\u0000.sh',
    'x\ny',
    'nul',
    'dir/COM1.txt',
    'name.',
    'name ',
    'ab:c',
    'a\u202egnp.sh',
    'SK\u200bILL.md',
    'x\ufffd',
    'a/../b',
    '~/x',
    '',
    '.',
  ])('%j is unsafe', (raw) => {
    const judged = judge(raw);
    expect(judged.codes).toContain('path-unsafe');
    expect(judged.path).not.toMatch(/[\u0000-\u001f\\]/);
  });

  it('composes accents, so that references resolve', () => expect(judge('cafe\u0301.md').path).toBe('caf\u00e9.md'));

  it('shortens what is too deep or too long, and keeps the name', () => {
    const deep = judge(`${'d/'.repeat(60)}run.sh`);
    expect(deep.codes).toEqual(['too-deep']);
    expect(deep.path).toMatch(/^deep-[0-9a-f]{10}\/d\/d\/run\.sh$/);
    expect(judge(`${'x'.repeat(2_000)}.sh`).path).toMatch(/^long-[0-9a-f]{10}\/x{1,100}\.sh$/);
  });

  it('is always relative and clean', () => {
    const nasty = fc
      .array(fc.constantFrom('..', '.', '', 'a', 'C:', '~', 'con', '\u0000', '\\', 'é', 'e\u0301', ' ', '\ud800'), { maxLength: 12 })
      .map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 60 })), (raw) => {
        const { path } = judgePath(raw, limits);
        expect(path).not.toBe('');
        expect(path.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')).toBe(false);
        expect(path).not.toMatch(/[\u0000-\u001f\u007f\\]/);
        expect(path).not.toMatch(/\p{Surrogate}/u);
        expect(path).toBe(path.normalize('NFC'));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('names side by side', () => {
  it('keeps both of a duplicate, with its base name', () => {
    const skill = together([file('SKILL.md', 'one'), file('SKILL.md', 'two')]);
    expect(paths(skill)).toEqual(['SKILL.md', 'duplicate-2/SKILL.md']);
    expect(skill.files.map((one) => one.text).sort()).toEqual(['one', 'two']);
    expect(codes(skill)).toEqual(['duplicate-path']);
  });

  it('keeps what escapes, under a safe name', () => {
    const skill = together([file('SKILL.md', 'x'), file('../../SKILL.md', 'y')]);
    expect(codes(skill)).toEqual(['duplicate-path', 'path-escape']);
    expect(skill.files.map((one) => one.text).sort()).toEqual(['x', 'y']);
  });

  it.each([
    ['SKILL.md', 'skill.MD', 'case-collision'],
    ['straße.md', 'STRASSE.md', 'case-collision'],
    ['caf\u00e9.md', 'cafe\u0301.md', 'unicode-collision'],
    ['run.sh', 'ｒｕｎ.sh', 'unicode-collision'],
  ])('%s and %s clash', (a, b, code) => {
    const skill = together([file(a, '1'), file(b, '2')]);
    expect(codes(skill)).toEqual([code]);
    expect(skill.files).toHaveLength(2);
  });

  it('sees files written through links and below files', () => {
    const skill = together([{ path: 'out', kind: 'link', target: '/etc' }, file('out/cron.d/x', 'y'), file('a', '1'), file('a/b', '2')]);
    expect(codes(skill)).toEqual(['path-escape', 'path-unsafe', 'symlink']);
  });

  it('says where links lead without following them', () => {
    const skill = together([
      { path: 'a/in', kind: 'link', target: '../SKILL.md' },
      { path: 'a/out', kind: 'link', target: '../../x' },
      { path: 'abs', kind: 'link', target: '/etc/passwd' },
      { path: 'hard', kind: 'hardlink', target: 'SKILL.md' },
      { path: 'pipe', kind: 'device', target: 'fifo' },
      { path: 'sub', kind: 'submodule', target: 'f'.repeat(40) },
    ]);
    expect(skill.problems.map(({ path, code, incomplete: part }) => [path, code, part])).toEqual([
      ['a/in', 'symlink', false],
      ['a/out', 'symlink', false],
      ['abs', 'symlink', false],
      ['hard', 'hardlink', false],
      ['pipe', 'device', false],
      ['sub', 'submodule', true],
    ]);
    expect(skill.problems[0]?.says).toContain('inside the package');
    expect(skill.problems[1]?.says).toContain('outside the package');
    expect(skill.files.every((one) => one.kind === 'link' && one.text === '')).toBe(true);
  });
});

describe('repositories inside', () => {
  it('sees .git folders, .git files and bare repositories, and reads hooks', () => {
    const skill = together([
      file('SKILL.md', '# x'),
      file('.git/hooks/post-checkout', '#!/bin/sh\necho hi\n'),
      file('.git/objects/ab/cdef', Buffer.from('789c4bcac94f520003000b9c02d5ff', 'hex')),
      file('sub/.git', 'gitdir: ../.git/modules/sub\n'),
      file('seed/HEAD', 'ref: refs/heads/main\n'),
      file('seed/config', '[core]\n\tbare = true\n'),
      file('seed/objects/aa/bb', Buffer.from([0x78, 0x9c, 0xff, 0x00])),
    ]);
    expect(skill.problems.filter((problem) => problem.code === 'nested-repository').map((problem) => problem.path)).toEqual([
      '.git',
      'seed',
      'sub/.git',
    ]);
    expect(skill.files.find((one) => one.path === '.git/hooks/post-checkout')).toMatchObject({ kind: 'text', signature: 'sh' });
    expect(skill.files.find((one) => one.path === '.git/objects/ab/cdef')).toMatchObject({ kind: 'inert', signature: 'git-object' });
  });

  it('does not take a HEAD file alone for one', () => expect(codes(together([file('docs/HEAD', 'x'), file('docs/config', 'y')]))).toEqual([]));
});

describe('limits', () => {
  const many = Array.from({ length: 30 }, (_, index) => file(`n/f${index}.txt`, 'x'.repeat(10 + index)));
  it('cuts by count, shallow files first, and says so', () => {
    const skill = together([...many, file('SKILL.md', 'top')], { files: 10 });
    expect(skill.files).toHaveLength(10);
    expect(paths(skill)).toContain('SKILL.md');
    expect(codes(skill)).toEqual(['too-many-files']);
    expect(incomplete(skill)).toBe(true);
  });
  it('reads small files before large ones', () => {
    const skill = together([file('aaa-pad.txt', 'x'.repeat(900)), file('zzz-run.sh', 'echo')], { totalBytes: 500, fileBytes: 1_000 });
    expect(skill.files.map((one) => [one.path, one.text])).toEqual([
      ['aaa-pad.txt', ''],
      ['zzz-run.sh', 'echo'],
    ]);
    expect(codes(skill)).toEqual(['too-many-bytes']);
  });
  it('lists a large picture without calling the scan incomplete, and a large script not so', () => {
    const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), Buffer.alloc(2_000, 0xc3)]);
    const skill = together([file('a.png', png), file('b.sh', 'echo\n'.repeat(500))], { fileBytes: 1_000 });
    expect(skill.problems.map(({ path, code, incomplete: part }) => [path, code, part])).toEqual([
      ['a.png', 'file-too-large', false],
      ['b.sh', 'file-too-large', true],
    ]);
    expect(skill.files[0]?.kind).toBe('inert');
  });
  it('gives no text over the text limit, and a problem', () => {
    const skill = together([file('big.md', 'x'.repeat(5_000))], { textBytes: 1_000 });
    expect(skill.files[0]).toMatchObject({ kind: 'text', text: '', size: 5_000 });
    expect(incomplete(skill)).toBe(true);
  });
});

describe('digest', () => {
  it('depends on paths, kinds and bytes, and on nothing else', () => {
    const one = [file('a', '1'), file('b', '2'), file('c', '3')];
    expect(together(one).digest).toBe(together([...one].reverse()).digest);
    expect(together(one).digest).not.toBe(together([file('a', '1'), file('b', '2'), file('c', '4')]).digest);
    expect(together(one).digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
  it('gives the same skill for any order of entries', () => {
    const pool: fc.Arbitrary<[string, string]> = fc.tuple(
      fc.constantFrom('a', 'A', 'a/b', '../a', 'é', 'e\u0301', 'SKILL.md', './SKILL.md', 'x\\y', ''),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(pool, { maxLength: 8 }), fc.integer(), (items, seed) => {
        const entries = items.map(([path, text]) => file(path, text));
        const shuffled = [...entries]
          .map((entry, index) => ({ entry, key: ((index + 1) * 7919 * (seed | 1)) % 104_729 }))
          .sort((a, b) => a.key - b.key);
        expect(together(shuffled.map((item) => item.entry))).toEqual(together(entries));
      }),
      { numRuns: 300 },
    );
  });
});
