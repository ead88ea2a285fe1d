/** What a CI says: the tip that judges, the change, whether a cache may be written; and that nothing of the wrong shape is passed on. */
import { describe, expect, it } from 'vitest';
import { type Env, fromEnvironment, linksOf, type Surroundings, settle } from '../../cli/check/environment.ts';

const [A, B, C, M] = ['a', 'b', 'c', 'd'].map((char) => char.repeat(40)) as [string, string, string, string];
const ZERO = '0'.repeat(40);

function github(name: string, event: unknown, env: Env = {}): Surroundings {
  return fromEnvironment(
    {
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: name,
      GITHUB_EVENT_PATH: '/event.json',
      GITHUB_SERVER_URL: 'https://github.example',
      GITHUB_REPOSITORY: 'acme/skills',
      GITHUB_SHA: M,
      ...env,
    },
    () => (typeof event === 'string' ? event : JSON.stringify(event)),
  );
}
const gitlab = (env: Env): Surroundings =>
  fromEnvironment(
    {
      GITLAB_CI: 'true',
      CI_SERVER_URL: 'https://gitlab.example',
      CI_PROJECT_PATH: 'acme/tools/skills',
      CI_PROJECT_ID: '7',
      CI_COMMIT_SHA: M,
      CI_DEFAULT_BRANCH: 'main',
      ...env,
    },
    () => '',
  );

const pull = (given: { head?: object; base?: object } = {}): object => ({
  number: 12,
  pull_request: {
    number: 12,
    base: { sha: A, ref: 'main', repo: { full_name: 'acme/skills' }, ...given.base },
    head: { sha: B, ref: 'feature', repo: { full_name: 'acme/skills' }, ...given.head },
  },
});

describe('GitHub', () => {
  it('compares a pull request with the tip, and never lets it write a cache', () => {
    expect(github('pull_request', pull())).toEqual({
      ci: 'github',
      event: 'pull_request',
      mode: 'change',
      base: A,
      head: B,
      merge: { commit: M, head: B },
      fork: false,
      target: 'main',
      mayWriteCache: false,
      links: { style: 'github', server: 'https://github.example', repository: 'acme/skills', sha: B },
      number: 12,
      notes: [],
    });
  });

  it('knows a fork, also one that was deleted, and links to where its files are', () => {
    const fork = github('pull_request', pull({ head: { repo: { full_name: 'someone/skills' } } }));
    expect(fork).toMatchObject({ fork: true, links: { repository: 'someone/skills', sha: B } });
    expect(github('pull_request', pull({ head: { repo: null } }))).toMatchObject({ fork: true, links: { repository: 'acme/skills' } });
  });

  it('says of pull_request_target that it is not needed, and does not take the tip for the merge', () => {
    const around = github('pull_request_target', pull());
    expect(around.notes.join(' ')).toContain('use pull_request');
    expect(around.merge).toBeUndefined();
    expect(around).toMatchObject({ mode: 'change', base: A, head: B, mayWriteCache: false });
  });

  it('takes the first parent of the merge that GitHub made for the tip, and only of that merge', async () => {
    const around = github('pull_request', pull());
    const at = (commit: string, parents: string[]) => settle(around, async () => ({ commit, parents }));
    expect(await at(M, [C, B])).toEqual({ base: C, head: M });
    // The pull request's own commit is checked out, which may be a merge as well; or a merge of something else.
    expect(await at(B, [C, A])).toEqual({ base: A, head: B });
    expect(await at(M, [B, C])).toEqual({ base: A, head: B });
    expect(await at(M, [C, B, A])).toEqual({ base: A, head: B });
    expect(await settle(around, async () => undefined)).toEqual({ base: A, head: B });
  });

  it('follows a merge queue', () => {
    const event = { merge_group: { base_sha: A, head_sha: B, base_ref: 'refs/heads/main' } };
    expect(github('merge_group', event)).toMatchObject({
      event: 'merge_group',
      mode: 'change',
      base: A,
      head: B,
      target: 'main',
      mayWriteCache: false,
    });
  });

  it('compares a push with what was there before; only the default branch writes the cache', () => {
    const push = (event: object) => github('push', { repository: { default_branch: 'main' }, before: A, after: B, ref: 'refs/heads/main', ...event });
    expect(push({})).toMatchObject({ event: 'push', base: A, head: B, replaces: true, mayWriteCache: true, notes: [] });
    expect(push({ ref: 'refs/heads/feature' })).toMatchObject({ base: A, mayWriteCache: false });
    expect(push({ forced: true }).notes.join(' ')).toContain('force-pushed');
    expect(push({ ref: 'refs/heads/feature', before: ZERO })).toMatchObject({ mode: 'change', base: 'refs/remotes/origin/main', head: B });
    expect(push({ before: ZERO })).toMatchObject({ mode: 'all' });
    expect(push({ deleted: true, after: ZERO })).toMatchObject({ mode: 'none', mayWriteCache: false });
    expect(push({ ref: 'refs/tags/v1' })).toMatchObject({ event: 'tag', mode: 'all', mayWriteCache: false });
  });

  it('checks everything on a schedule or by hand, and asks for a base where the event has none', () => {
    expect(github('schedule', {})).toMatchObject({ mode: 'all', mayWriteCache: true });
    expect(github('workflow_dispatch', {})).toMatchObject({ mode: 'all', mayWriteCache: false });
    const other = github('issue_comment', {});
    expect(other.mode).toBeUndefined();
    expect(other.notes.join(' ')).toContain('--base');
  });

  it('refuses what does not have its shape, by name', () => {
    const hostile = ['--upload-pack=x', '$(id)', 'a..b', 'x\nHEAD', '', 7, null, `${A}; id`];
    for (const sha of hostile) {
      expect(() => github('pull_request', pull({ base: { sha } })), String(sha)).toThrow('pull_request.base.sha');
      expect(() => github('pull_request', pull({ head: { sha } })), String(sha)).toThrow('pull_request.head.sha');
    }
    for (const ref of ['--x', '../main', 'a..b', 'a b', 'a\u202eb', 'x.lock', '.x', 'a//b', 'a~1', '', 3])
      expect(() => github('pull_request', pull({ base: { ref } })), String(ref)).toThrow('pull_request.base.ref');
    for (const event of ['', '{', '[]', '"x"']) expect(() => github('pull_request', event)).toThrow(/event/);
    expect(() => github('pull_request', pull(), { GITHUB_EVENT_PATH: '' })).toThrow('GITHUB_EVENT_PATH');
  });

  it('makes links only of parts that can be nothing else', () => {
    expect(linksOf('github', 'https://github.com/', 'a/b', A)).toEqual({ style: 'github', server: 'https://github.com', repository: 'a/b', sha: A });
    expect(linksOf('gitlab', 'https://git.example:8443/root', 'a/b/c', A)).toBeDefined();
    for (const [server, repository, sha] of [
      ['javascript:alert(1)', 'a/b', A],
      ['https://x.example/)[y](https://evil.example', 'a/b', A],
      ['https://user:pw@x.example', 'a/b', A],
      ['https://github.com', 'a/b/c', A],
      ['https://github.com', 'a/..', A],
      ['https://github.com', 'a/b)', A],
      ['https://github.com', 'a/b', 'main'],
      [undefined, 'a/b', A],
    ] as const)
      expect(linksOf('github', server, repository, sha)).toBeUndefined();
  });
});

describe('GitLab', () => {
  const request: Env = {
    CI_PIPELINE_SOURCE: 'merge_request_event',
    CI_MERGE_REQUEST_IID: '5',
    CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
    CI_MERGE_REQUEST_PROJECT_ID: '7',
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '7',
    CI_MERGE_REQUEST_DIFF_BASE_SHA: C,
  };

  it('compares a merge request with the branch it asks to enter, not with where it began', () => {
    expect(gitlab(request)).toMatchObject({
      event: 'pull_request',
      mode: 'change',
      base: 'refs/remotes/origin/main',
      head: M,
      fork: false,
      mayWriteCache: false,
      number: 5,
    });
  });

  it('takes merged results and merge trains for what they are', async () => {
    const merged = { ...request, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: B, CI_MERGE_REQUEST_TARGET_BRANCH_SHA: A };
    const result = gitlab({ ...merged, CI_MERGE_REQUEST_EVENT_TYPE: 'merged_result' });
    expect(result).toMatchObject({ event: 'pull_request', base: A, head: B, merge: { commit: M, head: B }, links: { sha: B } });
    const train = gitlab({ ...merged, CI_MERGE_REQUEST_EVENT_TYPE: 'merge_train' });
    expect(train.event).toBe('merge_group');
    // On a train the first parent is what stands before it in the queue.
    expect(await settle(train, async () => ({ commit: M, parents: [C, B] }))).toEqual({ base: C, head: M });
  });

  it('does not take a fork for its parent', () => {
    const fork = gitlab({ ...request, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '9', CI_PROJECT_ID: '9' });
    expect(fork).toMatchObject({ fork: true, base: 'refs/skillward/target' });
    expect(fork.notes.join(' ')).toContain('does not bind');
    expect(gitlab({ ...request, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '9' })).toMatchObject({ fork: true, base: 'refs/remotes/origin/main' });
  });

  it('knows pushes, schedules and pipelines that say nothing', () => {
    const push = { CI_PIPELINE_SOURCE: 'push', CI_COMMIT_BRANCH: 'main', CI_COMMIT_BEFORE_SHA: A };
    expect(gitlab(push)).toMatchObject({ base: A, head: M, mayWriteCache: true, replaces: true });
    expect(gitlab({ ...push, CI_COMMIT_BRANCH: 'x', CI_COMMIT_BEFORE_SHA: ZERO })).toMatchObject({
      base: 'refs/remotes/origin/main',
      mayWriteCache: false,
    });
    expect(gitlab({ CI_PIPELINE_SOURCE: 'schedule', CI_COMMIT_BRANCH: 'main' })).toMatchObject({ mode: 'all', mayWriteCache: true });
    expect(gitlab({ CI_PIPELINE_SOURCE: 'schedule', CI_COMMIT_BRANCH: 'feature' })).toMatchObject({ mode: 'all', mayWriteCache: false });
    expect(gitlab({ CI_PIPELINE_SOURCE: 'webide' }).notes.join(' ')).toContain('--base');
    expect(() => gitlab({ ...request, CI_MERGE_REQUEST_TARGET_BRANCH_NAME: '--exec=x' })).toThrow('CI_MERGE_REQUEST_TARGET_BRANCH_NAME');
    expect(() => gitlab({ ...push, CI_COMMIT_BEFORE_SHA: 'HEAD' })).toThrow('CI_COMMIT_BEFORE_SHA');
  });
});

it("writes a cache on a person's own machine, and none in a CI that it does not know", () => {
  expect(fromEnvironment({}, () => '')).toEqual({ fork: false, mayWriteCache: true, notes: [] });
  expect(fromEnvironment({ CI: 'true' }, () => '')).toMatchObject({ ci: 'other', mayWriteCache: false });
});
