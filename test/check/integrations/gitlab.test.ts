/** The GitLab template: its script lines run by sh, in a clone as a runner makes it, with the variables that GitLab sets. */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { cleanUp, root, temporary } from '../../cli/built.ts';
import { commit, type Files, git, LURE, release, repository, skillText } from './stage.ts';

let source = '';
let pinned = '';
beforeAll(() => {
  source = release();
  git(source, 'init', '-q', '-b', 'release');
  pinned = commit(source, {}, 'release');
}, 300_000);
afterAll(cleanUp);

interface Input {
  readonly default?: string | boolean;
  readonly regex?: string;
  readonly options?: readonly string[];
}
interface Job {
  readonly script: readonly string[];
  readonly rules: readonly { readonly if: string }[];
  readonly variables: Readonly<Record<string, string>>;
  readonly artifacts: { readonly when: string; readonly reports: { readonly codequality: string } };
}

/** The job as GitLab makes it from the template and inputs, which it checks by their own rules. */
function job(given: Readonly<Record<string, string>>): Job {
  const text = readFileSync(join(root, 'integrations/gitlab.yml'), 'utf8');
  const [head] = parseAllDocuments(text);
  const { inputs } = (head!.toJS() as { spec: { inputs: Record<string, Input> } }).spec;
  const body = text.slice(text.indexOf('\n---\n') + 5).replace(/\$\[\[ inputs\.([a-z-]+) \]\]/g, (_all, name: string) => {
    const input = inputs[name];
    const value = given[name] ?? input?.default;
    if (input === undefined || value === undefined) throw new Error(`the template names the input ${name}, which is not there`);
    if (input.regex !== undefined && !new RegExp(input.regex).test(String(value))) throw new Error(`${name}: not allowed`);
    if (input.options !== undefined && !input.options.includes(String(value))) throw new Error(`${name}: not an option`);
    return String(value);
  });
  return (parseAllDocuments(body)[0]!.toJS() as Record<string, Job>)[given['job'] ?? 'skillward']!;
}

/** A merge request: an upstream with main and a branch, cloned and checked out as a runner does. */
function mergeRequest(files: Files): { workspace: string; upstream: string; head: string } {
  const { folder: upstream } = repository();
  git(upstream, 'checkout', '-q', '-b', 'feature');
  const head = commit(upstream, files);
  git(upstream, 'checkout', '-q', 'main');
  const workspace = join(temporary(), 'build');
  git(upstream, 'clone', '-q', upstream, workspace);
  git(workspace, 'checkout', '-q', '--detach', head);
  return { workspace, upstream, head };
}

function run(
  workspace: string,
  env: Readonly<Record<string, string>>,
  inputs: Readonly<Record<string, string>> = {},
): { code: number | null; out: string; issues: () => { location: { path: string } }[] } {
  const { script } = job({ source: `file://${source}`, commit: pinned, ...inputs });
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script.join('\n')], {
    cwd: workspace,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      GIT_CONFIG_GLOBAL: '/dev/null',
      CI: 'true',
      GITLAB_CI: 'true',
      CI_SERVER_URL: 'https://gitlab.example',
      CI_PROJECT_PATH: 'acme/skills',
      CI_PROJECT_ID: '7',
      CI_DEFAULT_BRANCH: 'main',
      ...env,
    },
  });
  return { code: status, out: stdout + stderr, issues: () => JSON.parse(readFileSync(join(workspace, 'skillward-report/codequality.json'), 'utf8')) };
}
const variables = (head: string): Record<string, string> => ({
  CI_PIPELINE_SOURCE: 'merge_request_event',
  CI_MERGE_REQUEST_IID: '4',
  CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
  CI_MERGE_REQUEST_PROJECT_ID: '7',
  CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '7',
  CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: '',
  CI_MERGE_REQUEST_TARGET_BRANCH_SHA: '',
  CI_COMMIT_SHA: head,
});

describe('merge request', () => {
  it('that only mends a sentence passes without a word', () => {
    const { workspace, head } = mergeRequest({ 'skills/tides/SKILL.md': skillText('tides', 'Read the table, and tell the user when it is high.') });
    const ran = run(workspace, variables(head));
    expect(ran).toMatchObject({ code: 0, out: '' });
    expect(ran.issues()).toEqual([]);
  });

  it('that brings a lure fails, with code quality beside its line', () => {
    const { workspace, head } = mergeRequest({ 'skills/tides/SKILL.md': skillText('tides', LURE) });
    const ran = run(workspace, variables(head));
    expect(ran.code, ran.out).toBe(1);
    expect(ran.out).toContain('EXE-002');
    expect(ran.issues()[0]).toMatchObject({ check_name: 'EXE-002', severity: 'blocker', location: { path: 'skills/tides/SKILL.md' } });
    expect(run(workspace, variables(head), { 'warn-only': 'true' }).code).toBe(0);
  });

  it('is compared with the target branch as it is now, not as it was cloned', () => {
    const { workspace, upstream, head } = mergeRequest({ 'README.md': 'Ours.\n' });
    commit(upstream, { 'skills/moon/SKILL.md': skillText('moon', LURE) });
    expect(run(workspace, variables(head))).toMatchObject({ code: 0, out: '' });
  });

  it('of a fork is compared with the project that it is for', () => {
    const { workspace, upstream, head } = mergeRequest({ 'skills/tides/SKILL.md': skillText('tides', LURE) });
    // The fork's own main has the lure already: it must not be the judge.
    git(workspace, 'update-ref', 'refs/remotes/origin/main', head);
    git(upstream, 'clone', '-q', '--bare', upstream, `${upstream}/project.git`);
    const ran = run(workspace, {
      ...variables(head),
      CI_PROJECT_ID: '9',
      CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '9',
      CI_MERGE_REQUEST_PROJECT_URL: `${upstream}/project`,
    });
    expect(ran.code, ran.out).toBe(1);
    expect(ran.out).toContain('does not bind');
  });

  it('that puts a link where the reports go writes nothing through it', () => {
    const { workspace, head } = mergeRequest({ 'README.md': 'x\n' });
    const victim = temporary();
    writeFileSync(join(victim, 'codequality.json'), 'mine');
    symlinkSync(victim, join(workspace, 'skillward-report'));
    expect(run(workspace, variables(head)).code).toBe(0);
    expect(readFileSync(join(victim, 'codequality.json'), 'utf8')).toBe('mine');
    expect(lstatSync(join(workspace, 'skillward-report')).isSymbolicLink()).toBe(false);
  });
});

describe('other pipelines', () => {
  it('on a schedule look at everything', () => {
    const { workspace } = mergeRequest({ 'skills/tides/SKILL.md': skillText('tides', LURE) });
    const head = git(workspace, 'rev-parse', 'HEAD');
    const ran = run(workspace, { CI_PIPELINE_SOURCE: 'schedule', CI_COMMIT_BRANCH: 'main', CI_COMMIT_SHA: head });
    expect(ran.code).toBe(1);
    expect(JSON.parse(readFileSync(join(workspace, 'skillward-report/report.json'), 'utf8'))).toMatchObject({ repository: { mode: 'all' } });
  });

  it('on a push compare with what was there before', () => {
    const { workspace, head } = mergeRequest({ 'skills/tides/SKILL.md': skillText('tides', LURE) });
    const before = git(workspace, 'rev-parse', 'origin/main');
    expect(run(workspace, { CI_PIPELINE_SOURCE: 'push', CI_COMMIT_BRANCH: 'main', CI_COMMIT_BEFORE_SHA: before, CI_COMMIT_SHA: head }).code).toBe(1);
  });
});

it('fetches exactly the commit that the input names, or nothing', () => {
  const { workspace, head } = mergeRequest({ 'README.md': 'x\n' });
  expect(run(workspace, variables(head), { commit: 'f'.repeat(40) }).code).not.toBe(0);
  expect(existsSync(join(workspace, 'skillward-report'))).toBe(false);
  for (const inputs of [{ commit: 'main' }, { source: "https://x.example/'; id #" }, { source: 'ext::sh -c id' }, { 'fail-on': 'never' }])
    expect(() => run(workspace, variables(head), inputs)).toThrow();
  // Variables can be set by whoever starts a pipeline: none of ours names what is run.
  const { script, variables: own } = job({ commit: pinned });
  expect(Object.keys(own)).toEqual(['GIT_DEPTH', 'GIT_SUBMODULE_STRATEGY']);
  expect(script.join('\n')).not.toMatch(/\bnpm\b|\bnpx\b|\byarn\b|\beval\b/);
});
