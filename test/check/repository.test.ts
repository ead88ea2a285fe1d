/** Repositories as the check reads them: where they are found, what their names mean, what a merge would give. Everything runs on real repositories made by git itself. */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CheckError } from '../../cli/check/model.ts';
import { openRepository, type Repository } from '../../cli/check/repository.ts';
import { gitIn, repositoryOf, skill, temporary } from './repository.ts';

const opened: Repository[] = [];
const open = async (folder: string): Promise<Repository> => {
  const repository = await openRepository(folder);
  opened.push(repository);
  return repository;
};
afterEach(async () => {
  for (const repository of opened.splice(0)) await repository.close();
});
const refusal = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof CheckError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('openRepository', () => {
  it('finds the repository from a folder inside, in linked work trees and in bare clones', async () => {
    const made = repositoryOf({ 'skills/a/SKILL.md': skill('a') });
    const head = made.git('rev-parse', 'HEAD');
    const other = join(temporary(), 'linked');
    made.git('worktree', 'add', '--quiet', '-b', 'other', other);
    gitIn(other, ['commit', '--quiet', '--allow-empty', '-m', 'there']);
    const bare = join(temporary(), 'bare.git');
    gitIn(made.root, ['clone', '--quiet', '--bare', '.', bare]);

    const inside = await open(join(made.root, 'skills/a'));
    expect(inside.root).toBe(made.root);
    expect(await inside.commit('HEAD')).toBe(head);
    const linked = await open(other);
    expect(linked.root).toBe(other);
    expect(await linked.commit('HEAD')).toBe(gitIn(other, ['rev-parse', 'HEAD']));
    expect(await (await open(bare)).commit('main')).toBe(head);
  });

  it('reads clones that borrow objects, by absolute and by relative paths', async () => {
    const made = repositoryOf({ 'a.txt': 'a' });
    const shared = join(temporary(), 'shared');
    gitIn(made.root, ['clone', '--quiet', '--shared', '.', shared]);
    const borrowed = await open(shared);
    expect((await borrowed.read(await borrowed.treeOf(await borrowed.commit('HEAD')), 'a.txt', 10))?.toString()).toBe('a');

    const odd = join(made.root, 'odd\n"name');
    mkdirSync(odd);
    gitIn(odd, ['init', '--quiet', '--initial-branch=main']);
    writeFileSync(join(odd, '.git/objects/info/alternates'), '# theirs\n../../../.git/objects\n');
    gitIn(odd, ['update-ref', 'refs/heads/main', made.git('rev-parse', 'HEAD')]);
    const relative = await open(odd);
    expect((await relative.read(await relative.treeOf(await relative.commit('main')), 'a.txt', 10))?.toString()).toBe('a');
  });

  it('says so where there is no repository', async () => {
    expect(await refusal(openRepository(temporary()))).toMatch(/not in a git repository/);
    const broken = temporary();
    writeFileSync(join(broken, '.git'), 'gitdir: /nowhere.invalid\n');
    expect(await refusal(openRepository(broken))).toMatch(/worktree repair/);
    expect(await refusal(openRepository(join(broken, 'no')))).toMatch(/does not exist/);
  });

  it('leaves nothing behind, whether closed or told to end', async () => {
    const made = repositoryOf({ 'a.txt': 'a' });
    const place = temporary();
    const was = process.env['TMPDIR'];
    process.env['TMPDIR'] = place;
    try {
      const repository = await openRepository(made.root);
      await repository.commit('HEAD');
      expect(readdirSync(place)).toHaveLength(1);
      await repository.close();
      await repository.close();
      expect(readdirSync(place)).toEqual([]);
      const program = `const { openRepository } = await import(${JSON.stringify(new URL('../../cli/check/repository.ts', import.meta.url).href)});
        await openRepository(${JSON.stringify(made.root)}); process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);`;
      const file = join(temporary(), 'ended.mts');
      writeFileSync(file, program);
      expect(() => execFileSync(join(import.meta.dirname, '../../node_modules/.bin/tsx'), [file], { stdio: 'pipe' })).toThrow(/.*/);
      expect(readdirSync(place).filter((name) => name.startsWith('skillward-'))).toEqual([]);
    } finally {
      if (was === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = was;
    }
  });
});

describe('a name of a commit', () => {
  it('is a branch, a tag, an id or an expression, never an option', async () => {
    const made = repositoryOf({ 'a.txt': '1' });
    const first = made.git('rev-parse', 'HEAD');
    made.git('tag', '-a', 'v1', '-m', 'v1');
    const second = made.commit({ 'a.txt': '2' });
    const repository = await open(made.root);
    expect(await Promise.all(['main', 'v1', 'HEAD~1', first.slice(0, 10), 'refs/heads/main'].map((ref) => repository.commit(ref)))).toEqual([
      second,
      first,
      first,
      first,
      second,
    ]);
    for (const ref of ['--batch', '-v', '', 'a\nb', 'main\0']) expect(await refusal(repository.commit(ref))).toMatch(/not the name/);
    expect(await repository.parents('HEAD')).toEqual({ commit: second, parents: [first] });
    expect(await repository.parents('nowhere')).toBeUndefined();
  });

  it('that is not here comes with what to fetch', async () => {
    const made = repositoryOf({ 'a.txt': '1' });
    made.commit({ 'a.txt': '2' });
    const gone = made.git('rev-parse', 'HEAD~1');
    const shallow = join(temporary(), 'shallow');
    gitIn(made.root, ['clone', '--quiet', '--depth=1', `file://${made.root}`, shallow]);
    const repository = await open(shallow);
    expect(await refusal(repository.commit(gone))).toMatch(/shallow.*git fetch origin [0-9a-f]{40}.*fetch-depth: 0/);
    expect(await refusal(repository.commit('origin/release'))).toMatch(/git fetch origin release/);
    expect(await refusal((await open(made.root)).commit('f'.repeat(40)))).toMatch(/force push/);
    expect(await refusal((await open(made.root)).commit('0'.repeat(40)))).toMatch(/all zeros/);
    expect(await refusal((await open(made.root)).commit('a b$(x)'))).not.toMatch(/Run git/);
  });
});

describe('the result of a merge', () => {
  it('is the head where that holds the tip, as a merge queue and a forge make it', async () => {
    const made = repositoryOf({ 'a.txt': '1' });
    made.git('checkout', '--quiet', '-b', 'topic');
    made.commit({ 'b.txt': 'topic' });
    made.git('checkout', '--quiet', 'main');
    const tip = made.commit({ 'c.txt': 'main' });
    made.git('merge', '--quiet', '--no-ff', '-m', 'queue', 'topic');
    const queue = made.git('rev-parse', 'HEAD');
    const repository = await open(made.root);
    expect(await repository.result(tip, queue)).toEqual({ how: 'head', tree: made.git('rev-parse', 'HEAD^{tree}') });
  });

  it('holds both sides where they went apart, and writes nothing into the repository', async () => {
    const made = repositoryOf({ 'a.txt': '1' });
    made.git('checkout', '--quiet', '-b', 'topic');
    const head = made.commit({ 'b.txt': 'topic' });
    made.git('checkout', '--quiet', 'main');
    const tip = made.commit({ 'c.txt': 'main' });
    const count = (): string => made.git('count-objects', '-v');
    const before = count();
    const repository = await open(made.root);
    const { tree, how } = await repository.result(tip, head);
    expect(how).toBe('merged');
    expect((await repository.read(tree, 'b.txt', 99))?.toString()).toBe('topic');
    expect((await repository.read(tree, 'c.txt', 99))?.toString()).toBe('main');
    expect(count()).toBe(before);
  });

  it('runs nothing that the repository sets up: drivers, filters, hooks, monitors, text conversion', async () => {
    const marker = join(temporary(), 'ran');
    const made = repositoryOf({
      '.gitattributes': '*.txt merge=evil diff=evil filter=evil\n',
      'a.txt': '1\n2\n3\n4\n5\n6\n7\n',
      'skills/a/SKILL.md': skill('a'),
    });
    made.git('checkout', '--quiet', '-b', 'topic');
    const head = made.commit({ 'a.txt': '1\n2\n3\n4\n5\n6\nseven\n' });
    made.git('checkout', '--quiet', 'main');
    const tip = made.commit({ 'a.txt': 'one\n2\n3\n4\n5\n6\n7\n' });
    const evil = `sh -c 'echo ran >> ${marker}'`;
    appendFileSync(
      join(made.root, '.git/config'),
      `[core]\n\tfsmonitor = ${evil}\n\tpager = ${evil}\n\tattributesFile = ${join(made.root, '.gitattributes')}\n[merge "evil"]\n\tdriver = ${evil}\n[merge]\n\tdefault = evil\n[diff]\n\texternal = ${evil}\n[diff "evil"]\n\ttextconv = ${evil}\n\tcommand = ${evil}\n[filter "evil"]\n\tsmudge = ${evil}\n\tclean = ${evil}\n[alias]\n\tmerge-tree = !${evil}\n\tcat-file = !${evil}\n[remote "origin"]\n\turl = ext::${evil}\n\tpromisor = true\n\tpartialclonefilter = blob:none\n[extensions]\n\tpartialClone = origin\n`,
    );
    for (const hook of ['post-checkout', 'pre-commit', 'post-index-change', 'reference-transaction', 'pre-merge-commit'])
      writeFileSync(join(made.root, '.git/hooks', hook), `#!/bin/sh\necho ran >> ${marker}\n`, { mode: 0o755 });
    const repository = await open(made.root);
    const { tree } = await repository.result(await repository.commit('main'), await repository.commit('topic'));
    expect([tip, head]).toEqual([await repository.commit('main'), await repository.commit('topic')]);
    expect((await repository.read(tree, 'a.txt', 99))?.toString()).toBe('one\n2\n3\n4\n5\n6\nseven\n');
    expect(await repository.index()).toMatch(/^[0-9a-f]{40}$/);
    expect(existsSync(marker)).toBe(false);
    // Git itself would have run it.
    spawnSync('git', ['-C', made.root, 'merge', '--quiet', 'topic'], { stdio: 'ignore' });
    expect(existsSync(marker)).toBe(true);
  });

  it('does not exist where the sides conflict; the files are named, in safe words, and no more than ten', async () => {
    const names = Array.from({ length: 14 }, (_, index) => `f${index}.txt`);
    const all = (text: string) => Object.fromEntries(['odd\u202e\n.txt', ...names].map((name) => [name, text]));
    const made = repositoryOf(all('1'));
    made.git('checkout', '--quiet', '-b', 'topic');
    const head = made.commit(all('2'));
    made.git('checkout', '--quiet', 'main');
    const tip = made.commit(all('3'));
    const said = await refusal((await open(made.root)).result(tip, head));
    expect(said).toMatch(/conflicts with the target branch in "f0\.txt".* and 5 more/);
    expect(said).not.toMatch(/[\n\u202e]/);
  });

  it('does not exist without shared history; a shallow clone is told to fetch it', async () => {
    const made = repositoryOf({ 'a.txt': '1' });
    made.git('checkout', '--quiet', '--orphan', 'stranger');
    const head = made.commit({ 'b.txt': '1' });
    const repository = await open(made.root);
    expect(await refusal(repository.result(await repository.commit('main'), head))).toMatch(/share no history/);

    const apart = repositoryOf({ 'a.txt': '1' });
    apart.git('checkout', '--quiet', '-b', 'topic');
    apart.commit({ 'b.txt': '1' });
    apart.git('checkout', '--quiet', 'main');
    apart.commit({ 'c.txt': '1' });
    const shallow = join(temporary(), 'shallow');
    gitIn(apart.root, ['clone', '--quiet', '--depth=1', '--no-single-branch', `file://${apart.root}`, shallow]);
    const cut = await open(shallow);
    expect(await refusal(cut.result(await cut.commit('origin/main'), await cut.commit('origin/topic')))).toMatch(/--unshallow/);
  });

  it('works where object ids are SHA-256', async () => {
    const made = repositoryOf({ 'skills/a/SKILL.md': skill('a') }, 'sha256');
    made.git('checkout', '--quiet', '-b', 'topic');
    made.commit({ 'b.txt': 'topic' });
    made.git('checkout', '--quiet', 'main');
    made.commit({ 'c.txt': 'main' });
    const repository = await open(made.root);
    const { tree } = await repository.result(await repository.commit('main'), await repository.commit('topic'));
    expect(tree).toHaveLength(64);
    expect((await repository.read(tree, 'b.txt', 99))?.toString()).toBe('topic');
    const staged = await open(made.root);
    made.write({ 'd.txt': 'staged' });
    made.git('add', 'd.txt');
    expect((await staged.read(await staged.index(), 'd.txt', 99))?.toString()).toBe('staged');
  });
});

describe('what is staged', () => {
  it('is the index, not the work tree, and files that are only announced are not in it', async () => {
    const made = repositoryOf({ 'a.txt': '1' });
    made.write({ 'a.txt': 'staged', 'later.txt': 'later' });
    made.git('add', 'a.txt');
    made.git('add', '--intent-to-add', 'later.txt');
    made.write({ 'a.txt': 'not staged' });
    const repository = await open(made.root);
    const tree = await repository.index();
    expect((await repository.read(tree, 'a.txt', 99))?.toString()).toBe('staged');
    expect(await repository.read(tree, 'later.txt', 99)).toBeUndefined();
  });

  it('is the index that git gave to its hook, and none from elsewhere', async () => {
    const made = repositoryOf({ 'a.txt': '1', 'b.txt': '1' });
    made.write({ 'b.txt': '2' });
    const partial = join(made.root, '.git/next-index-1.lock');
    execFileSync('git', ['-C', made.root, 'read-tree', 'HEAD'], { env: { ...process.env, GIT_INDEX_FILE: partial } });
    execFileSync('git', ['-C', made.root, 'add', 'b.txt'], { env: { ...process.env, GIT_INDEX_FILE: partial } });
    const foreign = join(temporary(), 'index');
    writeFileSync(foreign, 'not an index');
    const was = process.env['GIT_INDEX_FILE'];
    try {
      process.env['GIT_INDEX_FILE'] = partial;
      const hook = await open(made.root);
      expect((await hook.read(await hook.index(), 'b.txt', 9))?.toString()).toBe('2');
      process.env['GIT_INDEX_FILE'] = foreign;
      const plain = await open(made.root);
      expect((await plain.read(await plain.index(), 'b.txt', 9))?.toString()).toBe('1');
    } finally {
      if (was === undefined) delete process.env['GIT_INDEX_FILE'];
      else process.env['GIT_INDEX_FILE'] = was;
    }
  });

  it('cannot be told during a conflict, nor in a bare repository', async () => {
    const made = repositoryOf({ 'a.txt': '1' });
    made.git('checkout', '--quiet', '-b', 'topic');
    made.commit({ 'a.txt': '2' });
    made.git('checkout', '--quiet', 'main');
    made.commit({ 'a.txt': '3' });
    spawnSync('git', ['-C', made.root, 'merge', '--quiet', 'topic'], { stdio: 'ignore' });
    expect(await refusal((await open(made.root)).index())).toMatch(/unresolved conflicts in "a\.txt"/);
    const bare = join(temporary(), 'bare.git');
    gitIn(made.root, ['clone', '--quiet', '--bare', '.', bare]);
    expect(await refusal((await open(bare)).index())).toMatch(/bare/);
  });
});

describe('a file of a tree', () => {
  it('is read up to a limit, under any name', async () => {
    const made = repositoryOf({ 'a b/\u00e4 "\n.txt': 'odd', 'big.txt': 'x'.repeat(5_000), 'folder/x': '1' });
    const repository = await open(made.root);
    const tree = await repository.treeOf(await repository.commit('HEAD'));
    expect((await repository.read(tree, 'a b/\u00e4 "\n.txt', 10))?.toString()).toBe('odd');
    expect(await repository.read(tree, 'a b/none\nblob 3', 10)).toBeUndefined();
    expect(await refusal(repository.read(tree, 'big.txt', 4_999))).toMatch(/larger than 4999 bytes/);
    expect(await refusal(repository.read(tree, 'folder', 10))).toMatch(/not a file/);
  });

  it('needs a git that is new enough', async () => {
    const made = repositoryOf({ 'a.txt': '1' });
    const tools = temporary();
    writeFileSync(join(tools, 'git'), '#!/bin/sh\ncase "$*" in *version*) echo "git version 2.30.2";; *) exit 129;; esac\n', { mode: 0o755 });
    const path = process.env['PATH'];
    try {
      process.env['PATH'] = `${tools}:/usr/bin:/bin`;
      expect(await refusal((await open(made.root)).commit('main'))).toMatch(/git 2\.30 is too old: skill check needs 2\.38/);
      rmSync(join(tools, 'git'));
      process.env['PATH'] = tools;
      expect(await refusal((await open(made.root)).commit('main'))).toMatch(/not installed/);
    } finally {
      process.env['PATH'] = path;
    }
  });
});
