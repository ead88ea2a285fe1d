/** Hooks on a person's machine: the plain git hook by real commits, and .pre-commit-hooks.yaml by the real pre-commit (test/setup.sh puts it into test/pre-commit). */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanUp, root, temporary, write } from '../../cli/built.ts';
import { commit, git, LURE, release, repository, skillText } from './stage.ts';

beforeAll(() => void release(), 300_000);
afterAll(cleanUp);

const environment = (more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: temporary(),
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Kim',
  GIT_AUTHOR_EMAIL: 'kim@acme.example',
  GIT_COMMITTER_NAME: 'Kim',
  GIT_COMMITTER_EMAIL: 'kim@acme.example',
  ...more,
});
const ran = (folder: string, program: string, args: readonly string[], env: NodeJS.ProcessEnv): { code: number | null; out: string } => {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8', env, timeout: 240_000 });
  return { code: status, out: `${stdout}${stderr}` };
};

describe('git hook', () => {
  function hooked(): { folder: string; env: NodeJS.ProcessEnv } {
    const { folder } = repository();
    copyFileSync(join(release(), 'integrations/git-hook/pre-commit'), join(folder, '.git/hooks/pre-commit'));
    return { folder, env: environment({ SKILLWARD: join(release(), 'dist/skill.js') }) };
  }

  it('stops a commit that brings a lure, and is silent for a typo', () => {
    const { folder, env } = hooked();
    write(folder, { 'skills/tides/SKILL.md': skillText('tides', LURE) });
    const before = git(folder, 'rev-parse', 'HEAD');
    const stopped = ran(folder, 'git', ['commit', '-qam', 'lure'], env);
    expect(stopped.code).not.toBe(0);
    expect(stopped.out).toContain('EXE-002');
    expect(git(folder, 'rev-parse', 'HEAD')).toBe(before);
    write(folder, { 'skills/tides/SKILL.md': skillText('tides', 'Read the table, and tell the user when it is high.') });
    expect(ran(folder, 'git', ['commit', '-qam', 'typo'], env)).toEqual({ code: 0, out: '' });
  });

  it('judges what is staged, not what lies in the folder', () => {
    const { folder, env } = hooked();
    write(folder, { 'skills/tides/SKILL.md': skillText('tides', LURE), 'README.md': 'Ours.\n' });
    git(folder, 'add', 'README.md');
    expect(ran(folder, 'git', ['commit', '-qm', 'readme'], env)).toEqual({ code: 0, out: '' });
    git(folder, 'add', 'skills');
    write(folder, { 'skills/tides/SKILL.md': skillText('tides') });
    expect(ran(folder, 'git', ['commit', '-qm', 'lure'], env).code).not.toBe(0);
  });

  it('says so when the command is not there, and stops', () => {
    const { folder } = hooked();
    write(folder, { 'README.md': 'x\n' });
    const without = ran(folder, 'git', ['commit', '-qam', 'x'], environment({ SKILLWARD: '/nonexistent/skillward' }));
    expect(without.code).not.toBe(0);
    expect(without.out).toContain('was not found');
  });
});

const preCommit = join(root, 'test/pre-commit/venv/bin/pre-commit');
describe.skipIf(!existsSync(preCommit))('pre-commit (left out unless test/setup.sh installed it)', () => {
  it('installs the hook from the tree of a release and runs it on commits', () => {
    const source = release();
    git(source, 'init', '-q', '-b', 'release');
    const rev = commit(source, {}, 'release');
    const { folder } = repository();
    writeFileSync(join(folder, '.pre-commit-config.yaml'), `repos:\n  - repo: ${source}\n    rev: ${rev}\n    hooks:\n      - id: skillward\n`);
    commit(folder, {}, 'config');
    // Git's own hook starts pre-commit's Python by its whole path; the rest it finds on the PATH.
    const env = environment({
      PRE_COMMIT_HOME: temporary(),
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
    });
    expect(ran(folder, preCommit, ['install'], env).code).toBe(0);
    write(folder, { 'skills/tides/SKILL.md': skillText('tides', LURE) });
    git(folder, 'add', '-A');
    const stopped = ran(folder, 'git', ['commit', '-qm', 'lure'], env);
    expect(stopped.code, stopped.out).not.toBe(0);
    expect(stopped.out).toMatch(/skillward check\.+Failed/);
    expect(stopped.out).toContain('EXE-002');
    write(folder, { 'skills/tides/SKILL.md': skillText('tides', 'Read the table, and tell the user when it is high.') });
    git(folder, 'add', '-A');
    const passed = ran(folder, 'git', ['commit', '-qm', 'typo'], env);
    expect(passed.code, passed.out).toBe(0);
    expect(passed.out).toMatch(/skillward check\.+Passed/);
  }, 300_000);
});
