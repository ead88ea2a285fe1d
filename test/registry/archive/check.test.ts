/** The law of paths. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFiles, contentTypeOf, type FileProblemCode } from '../../../registry/archive/index.ts';
import { pack, skill } from './make.ts';

const codesOf = (...paths: readonly string[]): FileProblemCode[] => [
  ...new Set(checkFiles(skill(...paths.map((path) => pack(path, '')))).problems.map((problem) => problem.code)),
];

describe('names', () => {
  it.each<[string, FileProblemCode]>([
    ['../x', 'path-escape'],
    ['a/../../x', 'path-escape'],
    ['/etc/x', 'path-escape'],
    ['C:/x', 'path-escape'],
    ['C:x', 'path-escape'],
    ['a/../b', 'path-unsafe'],
    ['a\\b', 'path-unsafe'],
    ['..\\x', 'path-escape'],
    ['a\u0000b', 'path-unsafe'],
    ['a\nb', 'path-unsafe'],
    ['a\u001b[2Jb', 'path-unsafe'],
    ['a\u202eb', 'path-unsafe'],
    ['a\u200bb', 'path-unsafe'],
    ['a\ud800b', 'path-unsafe'],
    ['con', 'path-unsafe'],
    ['docs/NUL.txt', 'path-unsafe'],
    ['lpt1.md', 'path-unsafe'],
    ['a.', 'path-unsafe'],
    ['a /b', 'path-unsafe'],
    ['ab:c', 'path-unsafe'],
    ['', 'path-unsafe'],
    ['./a', 'path-form'],
    ['a//b', 'path-form'],
    ['a/', 'path-form'],
    ['e\u0301.md', 'path-form'],
    ['x'.repeat(256), 'path-too-long'],
    [`${'é'.repeat(128)}.md`, 'path-too-long'],
    [`${'d/'.repeat(45)}x`, 'path-too-long'],
    ['.env', 'path-hidden'],
    ['.clawhub/origin.json', 'path-hidden'],
    ['a/.git/config', 'path-hidden'],
    ['lib/node_modules/x.js', 'path-hidden'],
  ])('refuses %j', (path, code) => {
    expect(codesOf(path)).toContain(code);
  });

  it.each<[string[], FileProblemCode]>([
    [['a.md', 'a.md'], 'duplicate'],
    [['a.md', 'A.md'], 'collision'],
    [['straße', 'strasse'], 'collision'],
    [['\u212bngstrom', 'Ångstrom'], 'collision'],
    [['ﬁle', 'file'], 'collision'],
    [['docs/a', 'Docs/b'], 'collision'],
    [['docs', 'Docs/b'], 'collision'],
    [['skill.md'], 'collision'],
    [['a', 'a/b'], 'below-file'],
    [['skills.md'], 'ambiguous'],
  ])('refuses %j together', (paths, code) => {
    expect(codesOf(...paths)).toContain(code);
  });

  it('takes ordinary names of any language', () => {
    expect(codesOf('scripts/run.sh', 'docs/a b.md', 'é/日本.md', '😀.md', 'LICENSE', 'a/b/c/d/e.txt', 'x..y', "it's", '~tilde', 'README')).toEqual(
      [],
    );
  });

  it('wants one SKILL.md at the root, in the spellings that clients take', () => {
    const without = (...paths: readonly string[]): FileProblemCode[] =>
      checkFiles(paths.map((path) => pack(path, ''))).problems.map((problem) => problem.code);
    expect(without()).toEqual(['no-files']);
    expect(without('README.md')).toEqual(['no-skill-file']);
    expect(without('a/SKILL.md')).toEqual(['no-skill-file']);
    for (const path of ['SKILL.md', 'skill.md', 'skills.md', 'SKILL.MD']) expect(without(path)).toEqual([]);
  });

  it('says every problem in words that no hostile name can break out of', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 30 }), { maxLength: 8 }), (paths) => {
        for (const { says } of checkFiles(skill(...paths.map((path) => pack(path, '')))).problems)
          expect(says).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
      }),
    );
  });
});

describe('content types', () => {
  it('are those that clawhub sends, and octet-stream for what nobody knows', () => {
    const found = ['SKILL.md', 'a.JSON', 'x.yml', 'x.sh', 'x.js', 'x.png', 'x.svg', 'x.txt', 'LICENSE', 'x.unknown', '.md', 'a.b/c'].map(
      contentTypeOf,
    );
    expect(found).toEqual([
      'text/markdown',
      'application/json',
      'text/yaml',
      'application/x-sh',
      'text/javascript',
      'image/png',
      'image/svg+xml',
      'text/plain',
      'application/octet-stream',
      'application/octet-stream',
      'application/octet-stream',
      'application/octet-stream',
    ]);
    expect(contentTypeOf('x.constructor')).toBe('application/octet-stream');
  });
});
