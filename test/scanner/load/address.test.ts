import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LoadError, parseTarget } from '../../../scanner/load/index.ts';

describe('addresses', () => {
  it.each<[string, unknown]>([
    ['-', { kind: 'stdin' }],
    ['./skill', { kind: 'path', path: './skill' }],
    ['weather', { kind: 'path', path: 'weather' }],
    ['/a b/c.zip', { kind: 'path', path: '/a b/c.zip' }],
    ['C:\\skills\\x', { kind: 'path', path: 'C:\\skills\\x' }],
    ['https://github.com/o/r', { kind: 'git', url: 'https://github.com/o/r.git' }],
    ['https://github.com/o/r.git', { kind: 'git', url: 'https://github.com/o/r.git' }],
    ['https://www.github.com/o/r/', { kind: 'git', url: 'https://github.com/o/r.git' }],
    ['https://github.com/o/r/tree/main/skills/x', { kind: 'git', url: 'https://github.com/o/r.git', ref: 'main', path: 'skills/x', loose: true }],
    ['https://github.com/o/r/tree/v1.2', { kind: 'git', url: 'https://github.com/o/r.git', ref: 'v1.2', loose: true }],
    [
      'https://github.com/o/r/blob/main/skills/x/SKILL.md',
      { kind: 'git', url: 'https://github.com/o/r.git', ref: 'main', path: 'skills/x', loose: true },
    ],
    ['https://github.com/o/r/blob/main/SKILL.md?plain=1#L3', { kind: 'git', url: 'https://github.com/o/r.git', ref: 'main', loose: true }],
    [
      'https://raw.githubusercontent.com/o/r/main/a/SKILL.md',
      { kind: 'git', url: 'https://github.com/o/r.git', ref: 'main', path: 'a', loose: true },
    ],
    [
      'https://raw.githubusercontent.com/o/r/refs/heads/main/a/SKILL.md',
      { kind: 'git', url: 'https://github.com/o/r.git', ref: 'main', path: 'a', loose: true },
    ],
    ['https://github.com/o/r#v2:sub/dir', { kind: 'git', url: 'https://github.com/o/r.git', ref: 'v2', path: 'sub/dir' }],
    ['https://gitlab.com/g/s/r/-/tree/main/x', { kind: 'git', url: 'https://gitlab.com/g/s/r.git', ref: 'main', path: 'x', loose: true }],
    ['https://bitbucket.org/o/r/src/main/x', { kind: 'git', url: 'https://bitbucket.org/o/r.git', ref: 'main', path: 'x', loose: true }],
    ['https://codeberg.org/o/r/src/branch/main/x', { kind: 'git', url: 'https://codeberg.org/o/r.git', ref: 'main', path: 'x', loose: true }],
    ['https://git.example/o/r.git', { kind: 'git', url: 'https://git.example/o/r.git' }],
    ['git+https://git.example/o/r', { kind: 'git', url: 'https://git.example/o/r' }],
    ['git+https://git.example/o/r.git@v1', { kind: 'git', url: 'https://git.example/o/r.git', ref: 'v1' }],
    ['git+https://git.example/o/r#main:skills/x', { kind: 'git', url: 'https://git.example/o/r', ref: 'main', path: 'skills/x' }],
    ['git+ssh://git@git.example/o/r.git', { kind: 'git', url: 'ssh://git@git.example/o/r.git' }],
    ['git+file:///srv/r#main', { kind: 'git', url: 'file:///srv/r', ref: 'main' }],
    ['git@github.com:o/r.git', { kind: 'git', url: 'git@github.com:o/r.git' }],
    ['git@github.com:o/r.git#dev:a', { kind: 'git', url: 'git@github.com:o/r.git', ref: 'dev', path: 'a' }],
    ['./repo#v1:skills/x', { kind: 'repository', folder: './repo', ref: 'v1', path: 'skills/x' }],
    ['../repo#:skills/x/SKILL.md', { kind: 'repository', folder: '../repo', path: 'skills/x' }],
    ['https://clawhub.ai/o/slug', { kind: 'registry', base: 'https://clawhub.ai', owner: 'o', slug: 'slug' }],
    ['https://clawhub.ai/skills/slug', { kind: 'registry', base: 'https://clawhub.ai', slug: 'slug' }],
    ['https://clawhub.com/o/slug', { kind: 'registry', base: 'https://clawhub.ai', owner: 'o', slug: 'slug' }],
    ['@Owner/Slug', { kind: 'registry', owner: 'owner', slug: 'slug' }],
    ['@owner/slug@1.2.0', { kind: 'registry', owner: 'owner', slug: 'slug', version: '1.2.0' }],
    ['@owner/slug@latest', { kind: 'registry', owner: 'owner', slug: 'slug' }],
    ['clawhub:slug@2.0.0-rc.1', { kind: 'registry', slug: 'slug', version: '2.0.0-rc.1' }],
    ['clawhub:@o/slug', { kind: 'registry', owner: 'o', slug: 'slug' }],
  ])('%s', (text, target) => expect(parseTarget(text)).toEqual(target));

  it.each([
    ['http://github.com/o/r'],
    ['https://github.com/o'],
    ['https://user:pass@github.com/o/r'],
    ['https://token@git.example/o/r.git'],
    ['https://example.com/skill.zip'],
    ['git://git.example/o/r'],
    ['git+ext::sh -c x'],
    ['git+http://git.example/o/r'],
    ['git+https://git.example/o/r#--upload-pack=x'],
    ['git+https://git.example/o/r#a..b'],
    ['./repo#main:../../etc'],
    ['https://github.com/o/r/tree/-x'],
    ['https://github.com/o/r/tree/main/%2e%2e%2fx'],
    ['@owner/slug@--version'],
    ['@../x'],
    ['@a/b/c'],
    ['https://clawhub.ai/'],
    ['a\nb'],
    ['https://github.com/%zz/r'],
  ])('%s is refused', (text) => {
    expect(() => parseTarget(text)).toThrowError(LoadError);
    try {
      parseTarget(text);
    } catch (error) {
      expect((error as LoadError).code).toBe('bad-address');
    }
  });

  it('never throws anything but a LoadError, and never lets an option through', () => {
    const piece = fc.constantFrom(
      'https://',
      'github.com',
      '/',
      'o',
      'tree',
      'blob',
      '-',
      '--x',
      '#',
      ':',
      '@',
      'git+',
      '..',
      '%',
      '%00',
      'SKILL.md',
      '\\',
      ' ',
      'ext::',
      'file://',
      '?',
      'clawhub.ai',
      'é',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 40 }),
          fc.array(piece, { maxLength: 10 }).map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            const target = parseTarget(text);
            if (target.kind === 'git') {
              expect(target.url).toMatch(/^(?:https:\/\/|ssh:\/\/|file:\/\/\/|[A-Za-z0-9_])/);
              expect(target.ref ?? '').not.toMatch(/^-|\.\./);
              expect((target.path ?? '').split('/')).not.toContain('..');
            }
          } catch (error) {
            expect(error).toBeInstanceOf(LoadError);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
