/** What the check says about a repository itself: guarded files, submodules, names, links, locked skills. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { CheckError, type RepositoryProblem } from '../../cli/check/model.ts';
import { openRepository, type Repository } from '../../cli/check/repository.ts';
import { findTouched, type TouchedOptions } from '../../cli/check/touched.ts';
import { treeDigest } from '../../registry/archive/digests.ts';
import { type Lock, lockText } from '../../registry/client/lock.ts';
import { type Files, repositoryOf, skill, type TestRepository } from './repository.ts';

const opened: Repository[] = [];
afterEach(async () => {
  for (const repository of opened.splice(0)) await repository.close();
});
async function last(made: TestRepository, options: TouchedOptions = {}): Promise<readonly RepositoryProblem[]> {
  const repository = await openRepository(made.root);
  opened.push(repository);
  const tree = async (ref: string): Promise<string> => repository.treeOf(await repository.commit(ref));
  return (await findTouched(repository, await tree('HEAD~1'), await tree('HEAD'), options)).problems;
}
async function change(before: Files, after: Files, options: TouchedOptions = {}): Promise<readonly RepositoryProblem[]> {
  const made = repositoryOf(before);
  made.commit(after);
  return last(made, options);
}
const short = (problems: readonly RepositoryProblem[]): string[] => problems.map(({ code, gate, path }) => `${code} ${gate} ${path}`);
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('guarded files', () => {
  it('wait for a person, bound to their new content', async () => {
    const problems = await change(
      { 'skills.policy.yaml': 'extends: balanced\n', CODEOWNERS: '* @a\n', 'skills.baseline.json': '{}', 'README.md': '1' },
      {
        'skills.policy.yaml': 'extends: permissive\n',
        CODEOWNERS: null,
        'skills.baseline.json': '{"a":1}',
        '.github/CODEOWNERS': '* @b\n',
        'skills.approved.json': '{}',
        'README.md': '2',
      },
    );
    expect(short(problems)).toEqual([
      'guarded-file review .github/CODEOWNERS',
      'guarded-file review CODEOWNERS',
      'guarded-file review skills.baseline.json',
      'guarded-file review skills.policy.yaml',
    ]);
    expect(problems.map(({ evidence }) => evidence)).toEqual([
      `sha256:${sha('* @b\n')}`,
      'removed',
      `sha256:${sha('{"a":1}')}`,
      `sha256:${sha('extends: permissive\n')}`,
    ]);
  });

  it('that only lost entries are nothing to ask about', async () => {
    const asked: string[] = [];
    const problems = await change(
      { 'skills.baseline.json': '{"a":1}', 'skills.policy.yaml': '1' },
      { 'skills.baseline.json': '{}', 'skills.policy.yaml': '2' },
      {
        guardedChange: async (path, before, after) => {
          asked.push(`${path} ${before} ${after}`);
          return path === 'skills.baseline.json' ? 'shrunk' : 'grown';
        },
      },
    );
    expect(asked).toEqual(['skills.baseline.json {"a":1} {}', 'skills.policy.yaml 1 2']);
    expect(short(problems)).toEqual(['guarded-file review skills.policy.yaml']);
  });

  it('are the jobs that run the check, before or after; other jobs are free', async () => {
    const checks = 'jobs: { a: { steps: [{ run: "skill check --base origin/main" }] } }\n';
    const builds = 'jobs: { b: { steps: [{ run: "npm test" }] } }\n';
    const problems = await change(
      {
        '.github/workflows/check.yml': checks,
        '.github/workflows/moved.yml': checks,
        '.github/workflows/build.yml': builds,
        '.husky/pre-commit': 'npm test\n',
        '.gitlab-ci.yml': builds,
      },
      {
        '.github/workflows/check.yml': builds,
        '.github/workflows/moved.yml': null,
        '.github/workflows/other.yml': `# now here\n${checks}`,
        '.github/workflows/build.yml': `${builds}# more\n`,
        '.husky/pre-commit': 'npm run lint\n',
        '.gitlab-ci.yml': `include: [{ component: "team.example/skillward/check@1" }]\n`,
      },
    );
    expect(short(problems)).toEqual([
      'guarded-file review .github/workflows/check.yml',
      'guarded-file review .github/workflows/moved.yml',
      'guarded-file review .github/workflows/other.yml',
      'guarded-file review .gitlab-ci.yml',
    ]);
  });
});

describe('submodules', () => {
  it('that come or move cannot be vetted; those that the owner lists, and those that go, may', async () => {
    const made = repositoryOf({ 'skills/a/SKILL.md': skill('a') });
    const [one, two] = ['1'.repeat(40), '2'.repeat(40)];
    made.graft(['vendor/x', 'vendor/lib', 'vendor/old'].map((path) => ({ path, mode: '160000', content: one })));
    made.git('update-index', '--force-remove', 'vendor/old');
    made.graft(['vendor/x', 'vendor/lib', 'skills/a/sub'].map((path) => ({ path, mode: '160000', content: two })));
    const problems = await last(made, { submodules: ['vendor/lib'] });
    expect(short(problems)).toEqual(['submodule incomplete skills/a/sub', 'submodule incomplete vendor/x']);
    expect(problems[1]!.evidence).toBe(`commit:${two}`);
    expect(problems[1]!.says).toMatch(/moves from commit 111111111111 to 222222222222/);
  });
});

describe('names', () => {
  it('that are not what they seem are reported when they come, wherever they lie', async () => {
    const made = repositoryOf({ 'skills/a/SKILL.md': skill('a'), 'old \u202etxt.md': 'was there' });
    made.graft([
      { path: 'skills/\u0430bc/SKILL.md', content: skill('abc') },
      { path: 'skills/a/r\u0435adme.md', content: 'x' },
      { path: 'skills/a/plain.md', content: 'x' },
      { path: 'docs/a\u202eb.md', content: 'x' },
      { path: 'docs/\u043f\u0440\u0438\u0432\u0435\u0442.md', content: 'x' },
      { path: Buffer.from([0x64, 0x2f, 0xff, 0x2e, 0x6d, 0x64]), content: 'x' },
      { path: 'docs/line\nbreak.md', content: 'x' },
      { path: '.claude/rules/x\u200b.md', content: 'x' },
      { path: 'src/a:b.ts', content: 'x' },
      { path: 'git~1/config', content: 'x' },
    ]);
    made.graft([{ path: 'old \u202etxt.md', content: 'changed' }]);
    expect(await last(made)).toEqual([]);
    made.git('reset', '--quiet', '--soft', 'HEAD~1');
    made.git('reset', '--quiet', '--soft', 'HEAD~1');
    made.git('commit', '--quiet', '-m', 'both');
    const problems = await last(made);
    expect(short(problems)).toEqual([
      'unsafe-name review .claude/rules/x\u200b.md',
      'unsafe-name review d/\ufffdff.md',
      'unsafe-name review docs/a\u202eb.md',
      'unsafe-name review docs/line\nbreak.md',
      'unsafe-name review git~1/config',
      'unsafe-name review skills/a/r\u0435adme.md',
      'unsafe-name review skills/\u0430bc',
    ]);
    for (const { says } of problems) expect(says).not.toMatch(/[\n\u202e\u200b]/);
  });

  it('that are one on some file systems are reported where skills or agents meet them', async () => {
    const made = repositoryOf({ 'skills/a/SKILL.md': skill('a'), 'src/App.ts': '1', 'AGENTS.md': 'x' });
    made.graft([
      { path: 'Skills/a/SKILL.md', content: skill('a') },
      { path: 'src/app.ts', content: '1' },
      { path: 'agents.MD', content: 'x' },
      { path: 'skills/a/Skill.md', content: 'inside: the scan says so' },
    ]);
    expect(short(await last(made))).toEqual([
      'name-collision review Skills',
      'name-collision review Skills/a',
      'name-collision review Skills/a/SKILL.md',
      'name-collision review agents.MD',
    ]);
  });

  it('two of which cannot be told apart stop everything', async () => {
    const made = repositoryOf({ 'a.txt': '1' });
    made.graft([
      { path: Buffer.from([0xff]), content: 'evil' },
      { path: '\ufffdff', content: 'good' },
    ]);
    await expect(last(made)).rejects.toThrow(CheckError);
  });

  it('by the thousand are cut, with a count', async () => {
    const made = repositoryOf({ 'a.txt': '1' });
    made.graft(Array.from({ length: 500 }, (_, index) => ({ path: `d/${index}\u200b.md`, content: 'x' })));
    const problems = await last(made);
    expect(problems).toHaveLength(51);
    expect(problems.find(({ says }) => says.startsWith('450 more'))).toMatchObject({ code: 'unsafe-name', gate: 'review' });
  });
});

describe('links where agents look', () => {
  it('that leave the repository or lead nowhere are reported once; others are not', async () => {
    const made = repositoryOf({ 'skills/a/SKILL.md': skill('a'), 'AGENTS.md': 'x', 'src/x': '1' });
    made.commit({
      'CLAUDE.md': { link: 'AGENTS.md' },
      'GEMINI.md': { link: '/home/kim/notes.md' },
      '.claude/skills/ok': { link: '../../skills/a' },
      '.claude/skills/later': { link: '../../build/skill' },
      '.cursor/rules': { link: '../../../elsewhere' },
      'skills/b': { link: 'b' },
      'src/link': { link: '/etc/passwd' },
    });
    const problems = await last(made);
    expect(short(problems)).toEqual(['link review .claude/skills/later', 'link block .cursor/rules', 'link block GEMINI.md', 'link review skills/b']);
    made.commit({ 'src/x': '2', 'skills/a/x.md': 'x' });
    expect(await last(made)).toEqual([]);
    made.commit({ 'AGENTS.md': null });
    expect(short(await last(made))).toEqual(['link review CLAUDE.md']);
  });
});

describe('a skill that the lock lists', () => {
  const files = { 'SKILL.md': skill('notes'), 'run.sh': 'echo 1\n' };
  const lock = (changes: Readonly<Record<string, string>>): string => {
    const all = Object.entries({ ...files, ...changes }).map(([path, text]) => ({ path, sha256: sha(text) }));
    const value: Lock = {
      lockVersion: 1,
      policyDigest: null,
      registry: { id: 'acme', url: 'https://skills.acme.example', keys: [], logKey: null, tufRoot: null },
      skills: {
        '@acme/notes': {
          version: '1.0.0',
          archive: `sha256-${'A'.repeat(43)}=`,
          bundle: `sha256:${'0'.repeat(64)}`,
          fingerprint: '0'.repeat(64),
          approvedBy: [],
          installedAs: ['.claude/skills/notes'],
          logIndex: null,
          publisher: { handle: 'acme', keyid: null, level: 'L1' },
          tree: treeDigest(all),
        },
      },
    };
    return lockText(value);
  };
  const at = (changes: Files): Files => Object.fromEntries(Object.entries(changes).map(([path, text]) => [`.claude/skills/notes/${path}`, text]));

  it('has to have the released bytes, unless the lock changes with it', async () => {
    const before = { ...at(files), 'skills.lock.json': lock({}) };
    const edited = await change(before, at({ 'run.sh': 'echo 2\n' }));
    expect(short(edited)).toEqual(['lock-mismatch review .claude/skills/notes']);
    expect(edited[0]!.evidence).toBe(
      treeDigest(Object.entries({ ...files, 'run.sh': 'echo 2\n' }).map(([path, text]) => ({ path, sha256: sha(text) }))),
    );
    const updated = await change(before, { ...at({ 'run.sh': 'echo 2\n' }), 'skills.lock.json': lock({ 'run.sh': 'echo 2\n' }) });
    expect(short(updated)).toEqual(['guarded-file review skills.lock.json']);
    const halved = await change(before, { ...at({ 'run.sh': 'echo 3\n' }), 'skills.lock.json': lock({ 'run.sh': 'echo 2\n' }) });
    expect(short(halved)).toEqual(['lock-mismatch review .claude/skills/notes', 'guarded-file review skills.lock.json']);
    const linked = await change(before, at({ 'run.sh': { link: 'SKILL.md' } }));
    expect(short(linked)).toEqual(['lock-mismatch review .claude/skills/notes']);
    const nested = await change({ ...before, ...at({ 'inner/SKILL.md': skill('inner') }) }, at({ 'SKILL.md': `${files['SKILL.md']}\n` }));
    expect(short(nested)).toEqual(['lock-mismatch review .claude/skills/notes']);
    // A skill inside of it is part of what was released.
    const inner = await change({ ...before, ...at({ 'inner/SKILL.md': skill('inner') }) }, at({ 'inner/SKILL.md': skill('inner', 'Hi.') }));
    expect(short(inner)).toEqual(['lock-mismatch review .claude/skills/notes']);
    expect(await change({ ...before, ...at({ 'run.sh': 'echo 9\n' }) }, at(files))).toEqual([]);
    expect(await change(before, at({ 'SKILL.md': null, 'run.sh': null }))).toEqual([]);
  });

  it('with a lock that cannot be read stops the check', async () => {
    await expect(change({ ...at(files), 'skills.lock.json': '{' }, at({ 'run.sh': 'echo 2\n' }))).rejects.toThrow(/lock of the target branch/);
  });
});
