/** The GitHub action, run from the tree of a release as a runner runs it: real repositories, event files, environment files, and an API on this machine. */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { CheckReport } from '../../../cli/check/model.ts';
import { cleanUp, root, temporary } from '../../cli/built.ts';
import { commandsIn, commit, git, json, LURE, pullEvent, pullRequest, release, repository, runner, server, skillText } from './stage.ts';

beforeAll(() => void release(), 300_000);
afterAll(cleanUp);
const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
const TOKEN = `ghs_${'x'.repeat(30)}`;

/** The schema that we ship accepts what the command really writes. */
function fits(report: unknown): void {
  const valid = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(join(release(), 'cli/check/schema.json'), 'utf8')),
  );
  valid(report);
  expect(valid.errors ?? []).toEqual([]);
}

describe('pull request', () => {
  it('says nothing for a typo, and ends with success', async () => {
    const { folder } = repository();
    const pull = pullRequest(folder, { 'skills/tides/SKILL.md': skillText('tides', 'Read the table, and tell the user when it is high.') });
    const ran = await runner('action.cjs', { ...pullEvent(pull), workspace: folder });
    expect(ran).toMatchObject({ code: 0, out: '', summary: '', outputs: { verdict: 'pass', 'exit-code': '0' } });
    const report = JSON.parse(readFileSync(ran.outputs['comment']!, 'utf8')) as CheckReport;
    expect(report.verdict.silent).toBe(true);
  });

  it('shows a lure where GitHub shows things, and fails', async () => {
    const { folder } = repository();
    const pull = pullRequest(folder, { 'skills/tides/SKILL.md': skillText('tides', LURE) });
    const ran = await runner('action.cjs', { ...pullEvent(pull), workspace: folder });
    expect(ran.code).toBe(1);
    expect(ran.outputs).toMatchObject({ verdict: 'block', 'exit-code': '1' });
    const commands = commandsIn(ran.out);
    expect(commands[0]).toMatch(/^::error file=skills\/tides\/SKILL\.md,line=\d+/);
    expect(ran.out).toContain('BLOCK');
    expect(ran.summary).toContain('### skillward: blocked');
    expect(ran.summary).toContain(`https://github.example/acme/skills/blob/${pull.head}/skills/tides/SKILL.md?plain=1#L`);
    const report = JSON.parse(readFileSync(ran.outputs['report']!, 'utf8')) as CheckReport;
    expect(report.repository).toMatchObject({ mode: 'change', base: pull.tip });
    expect(report.skills.map((skill) => skill.path)).toEqual(['skills/tides']);
    fits(report);
    fits(JSON.parse(readFileSync(ran.outputs['comment']!, 'utf8')));
    for (const name of ['report', 'comment', 'sarif']) expect(existsSync(ran.outputs[name]!), name).toBe(true);
  });

  it('compares with the tip as it is when the merge was made, not with the base that the event knew', async () => {
    const { folder, tip } = repository();
    git(folder, 'checkout', '-q', 'main');
    // Somebody else's lure entered main meanwhile; it is not this change's.
    commit(folder, { 'skills/moon/SKILL.md': skillText('moon', LURE) });
    const pull = pullRequest(folder, { 'README.md': 'Our skills.\n' });
    const ran = await runner('action.cjs', { ...pullEvent({ ...pull, tip }), workspace: folder });
    expect(ran).toMatchObject({ code: 0, out: '' });
  });

  it('takes a policy from the tip: a change cannot loosen its own judge', async () => {
    const { folder } = repository();
    const pull = pullRequest(folder, {
      'skills/tides/SKILL.md': skillText('tides', LURE),
      'skills.policy.yaml': 'version: 1\nextends: permissive\nrules:\n  EXE-002: off\n  CAP-004: off\n',
    });
    const ran = await runner('action.cjs', { ...pullEvent(pull), workspace: folder });
    expect(ran.code).toBe(1);
  });

  it('works for a fork, whose token may not write: a notice, and the verdict stands', async () => {
    const api = await server((_asked, response) => json(response, { message: 'Resource not accessible by integration' }, 403));
    open.push(api);
    const { folder } = repository();
    const pull = pullRequest(folder, { 'skills/tides/SKILL.md': skillText('tides', LURE) });
    const { event, env } = pullEvent({ ...pull, from: 'someone/skills' });
    const ran = await runner('action.cjs', { event, env: { ...env, GITHUB_API_URL: api.url, INPUT_TOKEN: TOKEN }, workspace: folder });
    expect(ran.code).toBe(1);
    expect(commandsIn(ran.out).filter((line) => line.startsWith('::notice'))).toEqual([
      expect.stringContaining('not uploaded to code scanning (403: the token may not'),
    ]);
    expect(ran.summary).toContain(`https://github.example/someone/skills/blob/${pull.head}/`);
    expect(ran.out + ran.summary).not.toContain(TOKEN);
  });

  it('uploads SARIF for the commit and ref of the run', async () => {
    const api = await server((_asked, response) => json(response, { id: 'x' }, 202));
    open.push(api);
    const { folder } = repository();
    const pull = pullRequest(folder, { 'skills/tides/SKILL.md': skillText('tides', LURE) });
    const { event, env } = pullEvent(pull);
    const ran = await runner('action.cjs', { event, env: { ...env, GITHUB_API_URL: api.url, INPUT_TOKEN: TOKEN }, workspace: folder });
    expect(ran.code).toBe(1);
    expect(api.asked).toHaveLength(1);
    expect(api.asked[0]).toMatchObject({ method: 'POST', path: '/repos/acme/skills/code-scanning/sarifs', authorization: `Bearer ${TOKEN}` });
    const sent = JSON.parse(api.asked[0]!.body) as { commit_sha: string; ref: string; sarif: string };
    expect(sent).toMatchObject({ commit_sha: pull.merge, ref: 'refs/pull/12/merge' });
    const log = JSON.parse(gunzipSync(Buffer.from(sent.sarif, 'base64')).toString('utf8'));
    expect(log.runs[0].results.length).toBeGreaterThan(0);
    expect(log.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri).toBe('skills/tides/SKILL.md');
    const quiet = await runner('action.cjs', {
      event,
      env: { ...env, GITHUB_API_URL: api.url, INPUT_TOKEN: TOKEN, 'INPUT_UPLOAD-SARIF': 'false' },
      workspace: folder,
    });
    expect(quiet.code).toBe(1);
    expect(api.asked).toHaveLength(1);
  });

  it.each([
    ['nothing at all', (response: import('node:http').ServerResponse) => void response.destroy()],
    ['a redirect', (response: import('node:http').ServerResponse) => void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()],
    ['more than it may', (response: import('node:http').ServerResponse) => void response.writeHead(500).end('x'.repeat(2_000_000))],
    ['text that is a command', (response: import('node:http').ServerResponse) => json(response, { message: '\n::error::owned\r\n##[error]x' }, 422)],
  ])('is not moved by an API that answers with %s', async (_name, answer) => {
    const api = await server((_asked, response) => answer(response));
    open.push(api);
    const { folder } = repository();
    const pull = pullRequest(folder, { 'skills/tides/SKILL.md': skillText('tides', LURE) });
    const { event, env } = pullEvent(pull);
    const ran = await runner('action.cjs', { event, env: { ...env, GITHUB_API_URL: api.url, INPUT_TOKEN: TOKEN }, workspace: folder });
    expect(ran.code).toBe(1);
    expect(commandsIn(ran.out).filter((line) => line.startsWith('::notice'))).toHaveLength(1);
    expect(commandsIn(ran.out).join('\n')).not.toMatch(/^::error::owned|##\[/m);
  });

  it('keeps what the repository names itself from being a command', async () => {
    const { folder } = repository();
    const name = 'skills/::error file=x::owned ##[error]/SKILL.md';
    const pull = pullRequest(folder, {
      [name]: skillText('x', `${LURE}\n\n::warning::owned\n\n##[error]owned`),
      'skills/a,b:c%0A::set-output name=x::/SKILL.md': skillText('y', LURE),
    });
    const ran = await runner('action.cjs', { ...pullEvent(pull), workspace: folder });
    expect(ran.code).toBe(1);
    for (const line of commandsIn(ran.out))
      expect(line).toMatch(/^::(?:error|warning|notice) (?:file=[^,:]*,)?(?:line=\d+,endLine=\d+(?:,col=\d+)?(?:,endColumn=\d+)?,)?title=[^,:]*::/);
  });

  it('warns only when it is told to', async () => {
    const { folder } = repository();
    const pull = pullRequest(folder, { 'skills/tides/SKILL.md': skillText('tides', LURE) });
    const { event, env } = pullEvent(pull);
    const ran = await runner('action.cjs', { event, env: { ...env, 'INPUT_WARN-ONLY': 'true' }, workspace: folder });
    expect(ran).toMatchObject({ code: 0, outputs: { verdict: 'block', 'exit-code': '0' } });
    expect(ran.summary).toContain('Only a warning');
  });
});

it('takes the tip from a clone of two commits, and says what to fetch where one is not enough', async () => {
  const { folder } = repository();
  const pull = pullRequest(folder, { 'skills/tides/SKILL.md': skillText('tides', LURE) });
  git(folder, 'update-ref', 'refs/pull/12/merge', pull.merge);
  for (const [depth, code, says] of [
    ['2', 1, 'EXE-002'],
    ['1', 2, 'fetch-depth'],
  ] as const) {
    const workspace = join(temporary(), 'clone');
    git(folder, 'init', '-q', workspace);
    git(workspace, 'fetch', '-q', '--depth', depth, `file://${folder}`, 'refs/pull/12/merge');
    git(workspace, 'checkout', '-q', 'FETCH_HEAD');
    const ran = await runner('action.cjs', { ...pullEvent(pull), workspace });
    expect(ran.code, ran.out).toBe(code);
    expect(ran.out).toContain(says);
  }
});

describe('other events', () => {
  it('checks a push against what was there before, and a merge queue against its base', async () => {
    const { folder, tip } = repository();
    const after = commit(folder, { 'skills/tides/SKILL.md': skillText('tides', LURE) });
    const push = { ref: 'refs/heads/main', before: tip, after, repository: { default_branch: 'main' } };
    const pushed = await runner('action.cjs', {
      event: push,
      env: { GITHUB_EVENT_NAME: 'push', GITHUB_SHA: after, GITHUB_REF: 'refs/heads/main' },
      workspace: folder,
    });
    expect(pushed.code).toBe(1);
    const queue = { merge_group: { base_sha: tip, head_sha: after, base_ref: 'refs/heads/main' } };
    const queued = await runner('action.cjs', { event: queue, env: { GITHUB_EVENT_NAME: 'merge_group', GITHUB_SHA: after }, workspace: folder });
    expect(queued.code).toBe(1);
    const gone = await runner('action.cjs', {
      event: { ...push, deleted: true, after: '0'.repeat(40) },
      env: { GITHUB_EVENT_NAME: 'push' },
      workspace: folder,
    });
    expect(gone).toMatchObject({ code: 0, outputs: { verdict: 'pass' } });
  });

  it('looks at everything on a schedule', async () => {
    const { folder } = repository();
    const head = commit(folder, { 'skills/tides/SKILL.md': skillText('tides', LURE) });
    const cache = join(temporary(), 'cache');
    const ran = await runner('action.cjs', {
      event: {},
      env: { GITHUB_EVENT_NAME: 'schedule', GITHUB_SHA: head, INPUT_CACHE: cache },
      workspace: folder,
    });
    expect(ran.code).toBe(1);
    const report = JSON.parse(readFileSync(ran.outputs['report']!, 'utf8')) as CheckReport;
    expect(report).toMatchObject({ repository: { mode: 'all' }, counts: { skills: 2, cached: 0 } });
    fits(report);
    const again = await runner('action.cjs', {
      event: {},
      env: { GITHUB_EVENT_NAME: 'schedule', GITHUB_SHA: head, INPUT_CACHE: cache },
      workspace: folder,
    });
    expect(JSON.parse(readFileSync(again.outputs['report']!, 'utf8'))).toMatchObject({ counts: { cached: 2 } });
  });

  it('says what is wrong with its set-up, and fails', async () => {
    const { folder, tip } = repository();
    const bad: [Record<string, string>, string][] = [
      [{ INPUT_CACHE: join(folder, 'cache') }, 'inside the workspace'],
      [{ 'INPUT_REPORT-FOLDER': 'report' }, 'inside the workspace'],
      [{ INPUT_BASE: '--upload-pack=x' }, 'must not begin with a dash'],
      [{ 'INPUT_WARN-ONLY': 'maybe' }, 'true or false'],
      [{ INPUT_BASE: 'gone' }, 'gone'],
    ];
    for (const [env, says] of bad) {
      const ran = await runner('action.cjs', {
        ...pullEvent({ tip, head: tip, merge: tip }),
        env: { ...pullEvent({ tip, head: tip, merge: tip }).env, ...env },
        workspace: folder,
      });
      expect(ran.code, says).toBe(2);
      expect(
        commandsIn(ran.out).find((line) => line.startsWith('::error')),
        says,
      ).toContain(says);
      expect(ran.outputs).toMatchObject({ verdict: 'error', 'exit-code': '2' });
    }
    const shut = await runner('action.cjs', { event: '{', env: { GITHUB_EVENT_NAME: 'pull_request' }, workspace: folder });
    expect(shut.code).toBe(2);
  });

  it('does not believe a report that an earlier step left', async () => {
    const { folder, tip } = repository();
    const given = temporary();
    writeFileSync(join(given, 'report.json'), '{"verdict":{"decision":"pass"}}');
    const { event, env } = pullEvent({ tip, head: tip, merge: tip });
    const ran = await runner('action.cjs', { event, env: { ...env, 'INPUT_REPORT-FOLDER': given, INPUT_BASE: 'gone' }, workspace: folder });
    expect(ran).toMatchObject({ code: 2, outputs: { verdict: 'error' } });
  });
});

it('runs nothing of the workspace', async () => {
  const { folder } = repository();
  const mark = join(temporary(), 'ran');
  const script = `#!/bin/sh\ntouch '${mark}'\n`;
  const hostile: Record<string, string> = {
    'package.json': JSON.stringify({ name: 'x', scripts: { preinstall: `touch ${mark}`, prepare: `touch ${mark}` }, type: 'module' }),
    '.npmrc': `script-shell=${join(folder, 'evil')}\n`,
    'node_modules/yauzl/index.js': `require('fs').writeFileSync('${mark}','')`,
    'node_modules/.bin/git': script,
    git: script,
    node: script,
    'skill.js': `require('fs').writeFileSync('${mark}','')`,
    '.git-hooks/post-checkout': script,
  };
  const pull = pullRequest(folder, { ...hostile, 'skills/tides/SKILL.md': skillText('tides', 'Read the table, and tell.') });
  for (const name of ['post-checkout', 'post-index-change', 'reference-transaction']) {
    mkdirSync(join(folder, '.git/hooks'), { recursive: true });
    writeFileSync(join(folder, '.git/hooks', name), script, { mode: 0o755 });
  }
  git(folder, 'config', 'core.fsmonitor', join(folder, 'git'));
  symlinkSync(join(folder, 'git'), join(folder, 'skillward'));
  const ran = await runner('action.cjs', { ...pullEvent(pull), workspace: folder });
  expect(ran.outputs['verdict'], ran.out).not.toBe('error');
  expect(existsSync(mark)).toBe(false);
});

it('gives the process that reads the repository no secret of the job', async () => {
  const { folder, tip } = repository();
  const tree = join(temporary(), 'tree');
  cpSync(release(), tree, { recursive: true });
  // In place of the command, one that tells what it was given.
  writeFileSync(join(tree, 'dist/skill.js'), 'process.stdout.write(JSON.stringify({ env: process.env, argv: process.argv }));process.exitCode = 4;');
  const { event, env } = pullEvent({ tip, head: tip, merge: tip });
  const secrets = {
    INPUT_TOKEN: TOKEN,
    GITHUB_TOKEN: `${TOKEN}1`,
    ACTIONS_RUNTIME_TOKEN: `${TOKEN}2`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: `${TOKEN}3`,
    NPM_TOKEN: `${TOKEN}4`,
    NODE_OPTIONS: '',
  };
  const ran = await runner('action.cjs', { event, env: { ...env, ...secrets }, workspace: folder, tree });
  expect(ran.code).toBe(4);
  expect(ran.out).toContain('GITHUB_EVENT_PATH');
  expect(ran.out).not.toContain(TOKEN);
  expect(ran.out).not.toMatch(/INPUT_TOKEN|ACTIONS_|NODE_OPTIONS|GITHUB_OUTPUT/);
});

it('describes exactly the inputs that it reads, and runs a file that the release has', () => {
  const action = parse(readFileSync(join(release(), 'action.yml'), 'utf8')) as {
    inputs: Record<string, unknown>;
    outputs: Record<string, unknown>;
    runs: { using: string; main: string };
  };
  expect(action.runs).toEqual({ using: 'node24', main: 'dist/action.cjs' });
  expect(existsSync(join(release(), action.runs.main))).toBe(true);
  const source = readFileSync(join(root, 'cli/action/check.ts'), 'utf8');
  for (const name of Object.keys(action.inputs)) expect(source, name).toContain(`'${name}'`);
  expect(Object.keys(action.outputs).sort()).toEqual(['comment', 'exit-code', 'folder', 'report', 'sarif', 'verdict']);
  expect(existsSync(join(release(), 'node_modules'))).toBe(false);
});

it('pins every action of the example workflows, and asks for no more than it needs', () => {
  for (const name of ['check', 'comment', 'full-run']) {
    const text = readFileSync(join(root, `integrations/github/${name}.yml`), 'utf8');
    const workflow = parse(text) as {
      on: Record<string, unknown>;
      permissions: unknown;
      jobs: Record<string, { permissions: Record<string, string>; steps: { uses?: string; run?: string; with?: Record<string, unknown> }[] }>;
    };
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target');
    for (const job of Object.values(workflow.jobs)) {
      for (const step of job.steps) {
        expect(step.uses, name).toMatch(/^[\w-]+\/[\w/-]+@[0-9a-f]{40}$/);
        // Nothing that a pull request can write is ever put into a shell.
        expect(step.run).toBeUndefined();
        if (step.uses!.startsWith('actions/checkout@')) expect(step.with).toMatchObject({ 'persist-credentials': false });
      }
      const writes = Object.entries(job.permissions).filter(([, level]) => level === 'write');
      expect(writes.map(([scope]) => scope)).toEqual([name === 'comment' ? 'pull-requests' : 'security-events']);
      if (name === 'comment') expect(job.steps.some((step) => /checkout|download/.test(step.uses!))).toBe(false);
    }
  }
});
