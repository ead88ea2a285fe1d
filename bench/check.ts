/**
 * Speed of `skill check` in a repository of many skills, as ratios against `git diff --stat` of the same two commits plus a start of Node, measured in turn in the same run.
 *
 *   npm run build && npm run bench:check            500 skills
 *   npm run bench:check -- --skills 2000 --runs 21 [--dist FOLDER]
 *
 * Medians of pairs. The first case is the one with a promise: nothing differs, within 3 times.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    skills: { type: 'string', default: '500' },
    runs: { type: 'string', default: '15' },
    dist: { type: 'string', default: join(root, 'dist') },
  },
});
const runs = Number(values.runs);
const cli = join(values.dist, 'skill.js');

const scratch = mkdtempSync(join(tmpdir(), 'skillward-bench-'));
const repository = join(scratch, 'repository');
const environment = {
  PATH: process.env['PATH'] ?? '',
  HOME: scratch,
  XDG_CACHE_HOME: join(scratch, 'cache'),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'kim',
  GIT_AUTHOR_EMAIL: 'kim@team.example',
  GIT_AUTHOR_DATE: '2026-01-02T03:04:05Z',
  GIT_COMMITTER_NAME: 'kim',
  GIT_COMMITTER_EMAIL: 'kim@team.example',
  GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z',
};

/** Runs a program to its end; milliseconds. Pass, block and review are answers; anything else means that the wrong thing is being timed. */
function time(program: string, args: readonly string[], answers: readonly number[] = [0]): number {
  const started = performance.now();
  const done = spawnSync(program, args, { cwd: repository, env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  const took = performance.now() - started;
  if (done.error) throw done.error;
  if (!answers.includes(done.status ?? -1)) throw new Error(`${program} ${args.join(' ')} ended with ${done.status}: ${done.stderr.toString()}`);
  return took;
}
const git = (...args: string[]): number => time('git', args);
const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(repository, path)), { recursive: true });
  writeFileSync(join(repository, path), text);
};
const commit = (tag: string): void => {
  git('add', '--all');
  git('commit', '--quiet', '--allow-empty', '--message', tag);
  git('tag', tag);
};

const page = (name: string, line: string): string =>
  `---\nname: ${name}\ndescription: Keeps notes about ${name} and finds them again.\n---\n\n# ${name}\n\n${line}\n\n## Use\n\nRun \`bash scripts/run.sh add "text"\` to add a note and \`bash scripts/run.sh list\` to see all.\n\n${'Notes are plain text, one in a line, and stay on this machine.\n'.repeat(30)}`;

function build(count: number): void {
  mkdirSync(repository);
  git('init', '--quiet', '--initial-branch=main');
  for (let index = 0; index < count; index++) {
    const name = `notes-${index}`;
    put(`skills/${name}/SKILL.md`, page(name, 'It keeps notes.'));
    put(`skills/${name}/scripts/run.sh`, '#!/bin/sh\nset -eu\ncase "$1" in\n  add) echo "$2" >> notes.txt ;;\n  list) cat notes.txt ;;\nesac\n');
    put(`skills/${name}/references/format.md`, `# Format\n\n${'One note in a line.\n'.repeat(20)}`);
  }
  for (let index = 0; index < count; index++) put(`src/module-${index % 20}/file-${index}.ts`, `export const value = ${index};\n`);
  commit('base');
  put('src/module-1/file-1.ts', 'export const value = -1;\n');
  commit('outside');
  put('skills/notes-7/SKILL.md', page('notes-7', 'It keeps notes, and finds them.'));
  commit('typo');
}

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;
const show = (list: readonly number[]): string =>
  `${median(list).toFixed(0)} ms (min ${Math.min(...list).toFixed(0)}, max ${Math.max(...list).toFixed(0)})`;

/** Ours and theirs in turn, so that a drifting machine hits both; the ratio is the median of the pairs' ratios. */
function pair(title: string, base: string, head: string, extra: readonly string[] = []): void {
  const ours = (): number => time(process.execPath, [cli, 'check', '--base', base, '--head', head, ...extra], [0, 1, 3]);
  const theirs = (): number => git('diff', '--stat', base, head) + time(process.execPath, ['-e', '0']);
  ours();
  theirs();
  const a: number[] = [];
  const b: number[] = [];
  for (let index = 0; index < runs; index++) {
    a.push(ours());
    b.push(theirs());
  }
  const ratio = median(a.map((value, index) => value / b[index]!));
  console.log(`${title}\n  skill check             ${show(a)}\n  git diff --stat + node  ${show(b)}\n  ratio                   ${ratio.toFixed(2)}`);
}

try {
  build(Number(values.skills));
  console.log(`node ${process.version}, ${values.skills} skills, ${runs} runs each`);
  pair('nothing differs', 'typo', 'typo');
  pair('one file outside of all skills', 'base', 'outside');
  pair('one word of one SKILL.md, results remembered', 'outside', 'typo');
  pair('one word of one SKILL.md, nothing remembered', 'outside', 'typo', ['--no-cache']);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
