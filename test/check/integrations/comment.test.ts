/** The poster: hostile artifacts in every way we know, the right pull request or none, one comment of its own updated in place. Run from the tree of a release against an API on this machine. */
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { cleanUp } from '../../cli/built.ts';
import * as sample from '../sample.ts';
import { type Asked, commandsIn, json, type Ran, release, runner, server } from './stage.ts';

beforeAll(() => void release(), 300_000);
afterAll(cleanUp);
const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

const TOKEN = `ghs_${'y'.repeat(30)}`;
const HEAD = sample.HEAD;
const MARKER = '<!-- skillward:check -->';

function zip(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const file = new ZipFile();
  for (const [name, content] of Object.entries(files)) file.addBuffer(Buffer.from(content), name);
  file.end();
  const chunks: Buffer[] = [];
  return new Promise((done, fail) => {
    file.outputStream
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => done(Buffer.concat(chunks)))
      .on('error', fail);
  });
}

interface World {
  readonly pulls?: unknown;
  readonly artifacts?: unknown;
  readonly zip?: Buffer;
  readonly comments?: readonly object[];
  readonly user?: object | number;
  /** Answers a request itself; true when it did. */
  readonly answer?: (asked: Asked, response: ServerResponse) => boolean;
}

const pull = (given: object = {}): object => ({
  number: 12,
  state: 'open',
  head: { sha: HEAD, repo: { full_name: 'someone/skills' } },
  base: { repo: { full_name: 'acme/skills' } },
  ...given,
});

/** A GitHub with one pull request, one artifact in a store of its own, and comments that can be written. */
async function github(
  world: World,
): Promise<{ url: string; store: Asked[]; asked: Asked[]; written: { method: string; path: string; body: string }[] }> {
  const store = await server((_asked, response) => void response.writeHead(200).end(world.zip ?? ''));
  const written: { method: string; path: string; body: string }[] = [];
  const api = await server((asked, response) => {
    if (world.answer?.(asked, response)) return;
    const { method, path } = asked;
    if (method !== 'GET') {
      written.push({ method, path, body: (JSON.parse(asked.body) as { body: string }).body });
      json(response, { id: 900 }, method === 'POST' ? 201 : 200);
    } else if (path.startsWith('/repos/acme/skills/pulls?')) json(response, world.pulls ?? [pull()]);
    else if (path.startsWith('/repos/acme/skills/actions/runs/77/artifacts'))
      json(response, world.artifacts ?? { artifacts: [{ id: 5, name: 'skillward', expired: false, size_in_bytes: world.zip?.length ?? 0 }] });
    else if (path === '/repos/acme/skills/actions/artifacts/5/zip') response.writeHead(302, { location: `${store.url}/store?signature=x` }).end();
    else if (path.startsWith('/repos/acme/skills/issues/12/comments'))
      json(response, new URL(path, 'http://x.example').searchParams.get('page') === '1' ? (world.comments ?? []) : []);
    else if (path === '/user')
      typeof world.user === 'object' ? json(response, world.user) : json(response, { message: 'Resource not accessible by integration' }, 403);
    else json(response, { message: 'Not Found' }, 404);
  });
  open.push(store, api);
  return { url: api.url, store: store.asked, asked: api.asked, written };
}

const event = (given: object = {}): object => ({
  workflow_run: {
    id: 77,
    event: 'pull_request',
    conclusion: 'failure',
    head_sha: HEAD,
    head_branch: 'feature/x y',
    head_repository: { full_name: 'someone/skills' },
    repository: { full_name: 'acme/skills' },
    ...given,
  },
});

const post = (url: string, run: object = event({ head_branch: 'feature' }), env: Record<string, string> = {}): Promise<Ran> =>
  runner('comment.cjs', { event: run, env: { GITHUB_EVENT_NAME: 'workflow_run', GITHUB_API_URL: url, INPUT_TOKEN: TOKEN, ...env } });
const artifact = (report: unknown): Promise<Buffer> => zip({ 'comment.json': JSON.stringify(report), 'report.json': '{}' });

describe('a report', () => {
  it('becomes a comment that we render, with links to the commit of the event', async () => {
    const api = await github({ zip: await artifact(sample.full) });
    const ran = await post(api.url);
    expect(ran).toMatchObject({ code: 0, outputs: { done: 'created' } });
    expect(api.written).toHaveLength(1);
    expect(api.written[0]).toMatchObject({ method: 'POST', path: '/repos/acme/skills/issues/12/comments' });
    const { body } = api.written[0]!;
    expect(body.startsWith(`${MARKER}\n### skillward: blocked`)).toBe(true);
    expect(body).toContain(`https://github.example/someone/skills/blob/${HEAD}/skills/notes/SKILL.md`);
    expect(ran.out).not.toContain(TOKEN);
  });

  it('is looked for by branch and repository, and the store never sees the token', async () => {
    const api = await github({ zip: await artifact(sample.full) });
    await post(api.url, event({ head_branch: 'a&b=c' }));
    expect(api.asked[0]).toMatchObject({
      path: '/repos/acme/skills/pulls?state=open&per_page=100&head=someone%3Aa%26b%3Dc',
      authorization: `Bearer ${TOKEN}`,
    });
    expect(api.store).toHaveLength(1);
    expect(api.store[0]!.authorization).toBeUndefined();
  });

  it('updates its own comment in place, and only its own', async () => {
    const comments = [
      { id: 1, body: `${MARKER}\nI am the real one`, user: { login: 'mallory' } },
      { id: 2, body: 'hello', user: { login: 'github-actions[bot]' } },
      { id: 3, body: `quoted: ${MARKER}`, user: { login: 'github-actions[bot]' } },
      { id: 4, body: `${MARKER}\nolder`, user: { login: 'github-actions[bot]' } },
    ];
    const api = await github({ zip: await artifact(sample.full), comments });
    expect(await post(api.url)).toMatchObject({ code: 0, outputs: { done: 'updated' } });
    expect(api.written.map(({ method, path }) => `${method} ${path}`)).toEqual(['PATCH /repos/acme/skills/issues/comments/4']);
    const foreign = await github({ zip: await artifact(sample.full), comments: comments.slice(0, 3) });
    await post(foreign.url);
    expect(foreign.written.map(({ method }) => method)).toEqual(['POST']);
    const person = await github({ zip: await artifact(sample.full), comments, user: { login: 'mallory' } });
    await post(person.url);
    expect(person.written.map(({ path }) => path)).toEqual(['/repos/acme/skills/issues/comments/1']);
    const same = await github({ zip: await artifact(sample.full), comments: [{ ...comments[3], body: api.written[0]!.body }] });
    expect(await post(same.url)).toMatchObject({ outputs: { done: 'nothing' } });
    expect(same.written).toEqual([]);
  });

  it('that has nothing to tell is no comment, and an older one becomes one line', async () => {
    const quiet = { zip: await artifact(sample.silent) };
    const done = event({ conclusion: 'success', head_branch: 'feature' });
    const none = await github(quiet);
    expect(await post(none.url, done)).toMatchObject({ code: 0, outputs: { done: 'nothing' } });
    expect(none.written).toEqual([]);
    const older = await github({ ...quiet, comments: [{ id: 4, body: `${MARKER}\nblocked`, user: { login: 'github-actions[bot]' } }] });
    await post(older.url, done);
    expect(older.written[0]!.body).toContain('nothing to report any more');
    expect(older.written[0]!.body.split('\n').length).toBeLessThan(4);
    // A run that failed with a report that says all is well is lying somewhere.
    const lie = await github({ ...quiet, comments: [{ id: 4, body: `${MARKER}\nblocked`, user: { login: 'github-actions[bot]' } }] });
    expect(await post(lie.url)).toMatchObject({ outputs: { done: 'nothing' } });
    expect(lie.written).toEqual([]);
  });

  it('of very many findings is a comment that GitHub takes', async () => {
    const issues = Array.from({ length: 3_000 }, (_none, index) =>
      sample.issue({ id: `EXE-002-${index.toString(16).padStart(16, '0')}`, says: 'w'.repeat(300) }),
    );
    const api = await github({ zip: await artifact(sample.report({ skills: [sample.skill({ issues })] })) });
    expect((await post(api.url)).code).toBe(0);
    expect(api.written[0]!.body.length).toBeLessThan(65_536);
    expect(api.written[0]!.body).toContain('more findings: see [the summary of the run](https://github.example/acme/skills/actions/runs/77)');
  });
});

describe('which pull request', () => {
  it.each<[string, unknown, object?]>([
    ['it was closed', [pull({ state: 'closed' })]],
    ['there is a newer commit', [pull({ head: { sha: sample.BASE, repo: { full_name: 'someone/skills' } } })]],
    ['it is of another repository', [pull({ head: { sha: HEAD, repo: { full_name: 'mallory/skills' } } })]],
    ['it enters another repository', [pull({ base: { repo: { full_name: 'someone/skills' } } })]],
    ['there are two', [pull(), pull({ number: 13 })]],
    ['there is none', []],
    ['the answer is no list', { message: 'x' }],
    ['the run was a push', [pull()], { event: 'push' }],
    ['the run was cancelled', [pull()], { conclusion: 'cancelled' }],
    ['the fork is gone', [pull()], { head_repository: null }],
  ])('is none when %s', async (_why, pulls, run) => {
    const api = await github({ zip: await artifact(sample.full), pulls });
    expect(await post(api.url, event({ head_branch: 'feature', ...run }))).toMatchObject({ code: 0, outputs: { done: 'nothing' } });
    expect(api.written).toEqual([]);
  });

  it.each<[string, object, Record<string, string>?]>([
    ['another repository', { repository: { full_name: 'mallory/skills' } }],
    ['a run without number', { id: '77/../78' }],
    ['a commit that is none', { head_sha: 'main' }],
    ['a branch that is none', { head_branch: '--x\n' }],
    ['another event', {}, { GITHUB_EVENT_NAME: 'pull_request' }],
  ])('is not asked for with %s', async (_why, run, env) => {
    const api = await github({ zip: await artifact(sample.full) });
    expect((await post(api.url, event({ head_branch: 'feature', ...run }), env)).code).toBe(1);
    expect(api.asked).toEqual([]);
  });
});

describe('a hostile artifact', () => {
  const refused = async (world: World, says: RegExp, env: Record<string, string> = {}): Promise<void> => {
    const api = await github(world);
    const ran = await post(api.url, undefined, env);
    expect(ran.code, ran.out).toBe(1);
    expect(commandsIn(ran.out).join('\n')).toMatch(says);
    expect(api.written).toEqual([]);
  };

  it('whose texts are hostile is refused by the schema, or is text', async () => {
    for (const text of sample.hostileTexts) await refused({ zip: await artifact(sample.hostile(text)) }, /no report of schema/);
    // What the schema lets through: sentences, paths, owners.
    for (const text of sample.hostileTexts.slice(3, 6)) {
      const one = sample.issue({
        says: text,
        fix: text,
        title: text,
        evidence: text,
        place: { path: text, line: 1, column: 1, endLine: 1, endColumn: 1 },
        steps: [sample.step(text, 1, text, [text])],
      });
      const api = await github({
        zip: await artifact(sample.report({ verdict: { says: text }, skills: [sample.skill({ path: text, issues: [one] })] })),
      });
      expect((await post(api.url)).code).toBe(0);
      const outside = api.written[0]!.body.replace(/(`+)[\s\S]*?[^`]\1(?!`)/g, '');
      expect(outside).not.toMatch(/@acme|<script|javascript:|evil\.example|!\[/);
    }
  });

  it('with values of other types is refused', async () => {
    const edits: readonly Readonly<Record<string, unknown>>[] = [
      { schema: 'skillward.check.v2' },
      { skills: { length: 1e9 } },
      { verdict: { ...sample.full.verdict, decision: 'constructor' } },
      { verdict: { ...sample.full.verdict, exitCode: 2 } },
      { issues: [{ ...sample.full.issues[0], severity: '__proto__' }] },
      { issues: [{ ...sample.full.issues[0], steps: 'x' }] },
      { issues: [{ ...sample.full.issues[0], place: { path: ['x'], line: 1, column: 1, endLine: 1, endColumn: 1 } }] },
      { repository: { ...sample.full.repository, head: `${HEAD}\n@acme` } },
      { approvals: [{ ...sample.belief(), standing: 'blessed' }] },
      { rules: { digest: 'x', count: -1 } },
      { extra: '<script>' },
      { wanted: Array(30_000).fill({ path: 'x', tree: 'x', accepts: [] }) },
      { policy: { ...sample.full.policy, name: 'x'.repeat(300_000) } },
    ];
    for (const edit of edits) await refused({ zip: await artifact({ ...sample.full, ...edit }) }, /no report of schema/);
    for (const text of ['', 'null', '[]', '"x"', '{', `${'['.repeat(200_000)}`, '{"schema":"skillward.check.v1"}'])
      await refused({ zip: await zip({ 'comment.json': text }) }, /is not JSON|no report of schema/);
  });

  it('that is no zip, or another zip than it should be, is refused', async () => {
    const report = JSON.stringify(sample.full);
    await refused({ zip: Buffer.from('PK\u0003\u0004 not really') }, /not a zip/);
    await refused({ zip: await zip({ 'other.json': report }) }, /holds it 0 times/);
    await refused({ zip: await zip({ 'folder/comment.json': report }) }, /holds it 0 times/);
    // Strict reading: a name that leaves the folder spoils all of it.
    const climbing = (await zip({ 'xx/evil.json': 'x', 'comment.json': report })).toString('latin1').replaceAll('xx/evil.json', '../evil.json');
    await refused({ zip: Buffer.from(climbing, 'latin1') }, /not a zip/);
    const twice = (await zip({ 'comment.json': report, 'comment.jsoN': report })).toString('latin1').replaceAll('comment.jsoN', 'comment.json');
    await refused({ zip: Buffer.from(twice, 'latin1') }, /holds it 2 times/);
    await refused({ zip: await zip(Object.fromEntries(Array.from({ length: 150 }, (_none, index) => [`f${index}`, 'x']))) }, /at most 100/);
    await refused({ zip: await zip({ 'comment.json': Buffer.from([0x22, 0xff, 0xfe, 0x22]) }) }, /not a zip|not JSON/);
  });

  it('that is too large is not read: by what the API says, by what comes, by what the zip unfolds to', async () => {
    await refused({ artifacts: { artifacts: [{ id: 5, name: 'skillward', expired: false, size_in_bytes: 1e9 }] } }, /at most \d+ are read/);
    await refused(
      { zip: Buffer.alloc(9 * 1024 * 1024), artifacts: { artifacts: [{ id: 5, name: 'skillward', expired: false, size_in_bytes: 10 }] } },
      /answered with more than/,
    );
    await refused({ zip: await zip({ 'comment.json': Buffer.alloc(40 * 1024 * 1024, 0x20) }) }, /at most \d+ are read/);
  });

  it('is fetched from https only, through few redirects, in bounded time', async () => {
    const to = (location: string): World => ({
      answer: ({ path }, response) => {
        if (!path.endsWith('/zip')) return false;
        response.writeHead(302, { location }).end();
        return true;
      },
    });
    await refused(to('http://store.example/x'), /https address/);
    await refused(to('file:///etc/passwd'), /https address/);
    await refused(to('https://user:secret@store.example/'), /password/);
    const loop = await server((_asked, response) => void response.writeHead(302, { location: `${loop.url}/again` }).end());
    open.push(loop);
    await refused(to(loop.url), /not where the API says/);
    expect(loop.asked.length).toBeLessThan(5);
    const slow: World = {
      answer: ({ path }, response) => {
        if (!path.startsWith('/repos/acme/skills/pulls')) return false;
        response.writeHead(200);
        response.write('[');
        return true;
      },
    };
    await refused(slow, /did not answer within 1 seconds/, { INPUT_TIMEOUT: '1' });
  });

  it('of another name, or one that is gone, is none', async () => {
    for (const artifacts of [
      { artifacts: [] },
      { artifacts: [{ id: 5, name: 'skillward-x', expired: false, size_in_bytes: 1 }] },
      { artifacts: [{ id: 5, name: 'skillward', expired: true, size_in_bytes: 1 }] },
      {},
    ]) {
      const api = await github({ artifacts });
      expect(await post(api.url)).toMatchObject({ code: 0, outputs: { done: 'nothing' } });
    }
  });
});

it('fails with a clear word when the API refuses, and never shows the token', async () => {
  const api = await github({
    zip: await artifact(sample.full),
    answer: ({ method }, response) => {
      if (method === 'GET') return false;
      json(response, { message: '\n::error::owned ##[x]' }, 403);
      return true;
    },
  });
  const ran = await post(api.url);
  expect(ran.code).toBe(1);
  expect(commandsIn(ran.out)).toEqual([expect.stringMatching(/^::error title=skillward::The comment: the API answered 403/)]);
  for (const token of ['', 'a b', 'x\ny']) expect((await post(api.url, undefined, { INPUT_TOKEN: token })).code).toBe(1);
});
