/** Real git repositories from scripted histories, in temporary folders that are removed. Dates, names and settings are fixed: the same script gives the same commits everywhere. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

/** `null` removes; a link or an executable is spelled out. */
export type Content = string | Buffer | null | { readonly link: string } | { readonly script: string };
export type Files = Readonly<Record<string, Content>>;

export interface TestRepository {
  readonly root: string;
  git(...args: string[]): string;
  /** Writes files; nothing is staged. */
  write(files: Files): void;
  /** Writes, stages and commits; gives the id. */
  commit(files: Files, message?: string): string;
  /** A commit made of raw (path, content) pairs, for names that no file system takes. */
  graft(entries: readonly { readonly path: Buffer | string; readonly content: string; readonly mode?: string }[]): string;
}

const environment = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'kim',
  GIT_AUTHOR_EMAIL: 'kim@team.example',
  GIT_AUTHOR_DATE: '2026-01-02T03:04:05Z',
  GIT_COMMITTER_NAME: 'kim',
  GIT_COMMITTER_EMAIL: 'kim@team.example',
  GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z',
};

const made: string[] = [];
afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'check-test-'));
  made.push(folder);
  return folder;
}

/** Runs git as its user would. */
export const gitIn = (folder: string, args: readonly string[], input?: Buffer): string =>
  execFileSync('git', ['-C', folder, '-c', 'protocol.file.allow=always', ...args], {
    env: environment,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    maxBuffer: 256 * 1024 * 1024,
    ...(input === undefined ? {} : { input }),
  })
    .toString('utf8')
    .trim();

export function put(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const place = join(root, path);
    rmSync(place, { recursive: true, force: true });
    if (content === null) continue;
    mkdirSync(dirname(place), { recursive: true });
    if (typeof content === 'string' || Buffer.isBuffer(content)) writeFileSync(place, content);
    else if ('link' in content) symlinkSync(content.link, place);
    else {
      writeFileSync(place, content.script);
      chmodSync(place, 0o755);
    }
  }
}

/** A new repository on branch `main`. */
export function repositoryOf(files: Files, format: 'sha1' | 'sha256' = 'sha1'): TestRepository {
  const root = temporary();
  gitIn(root, ['init', '--quiet', '--initial-branch=main', `--object-format=${format}`]);
  const git = (...args: string[]): string => gitIn(root, args);
  const repository: TestRepository = {
    root,
    git,
    write: (changes) => put(root, changes),
    commit: (changes, message = 'change') => {
      put(root, changes);
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', message);
      return git('rev-parse', 'HEAD');
    },
    graft: (entries) => {
      const rows = entries.map(({ path, content, mode = '100644' }) => {
        const oid = mode === '160000' ? content : gitIn(root, ['hash-object', '-w', '--stdin'], Buffer.from(content));
        return Buffer.concat([Buffer.from(`${mode} ${oid}\t`), Buffer.from(path), Buffer.from([0])]);
      });
      gitIn(root, ['-c', 'core.protectHFS=false', '-c', 'core.protectNTFS=false', 'update-index', '-z', '--index-info'], Buffer.concat(rows));
      git('commit', '--quiet', '--message', 'graft');
      return git('rev-parse', 'HEAD');
    },
  };
  repository.commit(files, 'first');
  return repository;
}

export const skill = (name: string, body = 'Says hello.'): string =>
  `---\nname: ${name}\ndescription: Says hello to people.\n---\n\n# ${name}\n\n${body}\n`;
