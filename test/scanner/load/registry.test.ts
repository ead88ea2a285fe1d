import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LoadCode, LoadError, load } from '../../../scanner/load/index.ts';
import { paths, zip } from './make.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let server: Server;
let other: Server;
let base = '';
let elsewhere = '';
const seen: { url: string; authorization: string | undefined }[] = [];
let answers: { skill: Answer; download: Answer };

const archive = zip([{ path: 'SKILL.md', body: '# from a registry' }]);
const json =
  (body: unknown, status = 200): Answer =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const send =
  (body: Buffer | string, status = 200, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);
const record = { skill: { slug: 'weather' }, latestVersion: { version: '1.2.3' }, owner: { handle: 'alice' } };
const codeOf = async (target: string, options: Parameters<typeof load>[1] = {}): Promise<LoadCode | 'none'> => {
  try {
    await load(target, { registry: base, ...options });
  } catch (error) {
    if (error instanceof LoadError) return error.code;
    throw error;
  }
  return 'none';
};

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push({ url: request.url ?? '', authorization: request.headers.authorization });
    (request.url?.includes('/download') ? answers.download : answers.skill)(request, response);
  });
  other = createServer((request, response) => {
    seen.push({ url: `other ${request.url}`, authorization: request.headers.authorization });
    response.end(archive);
  });
  for (const one of [server, other]) await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix`;
  elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
});
afterAll(() => {
  for (const one of [server, other]) {
    one.closeAllConnections();
    one.close();
  }
});
beforeEach(() => {
  seen.length = 0;
  answers = { skill: json(record), download: send(archive) };
});

describe('a registry', () => {
  it('gives the newest version, with owner and token', async () => {
    const skill = await load('@Alice/weather', { registry: base, token: 'T0' });
    expect(paths(skill)).toEqual(['SKILL.md']);
    expect(skill.origin).toEqual({ kind: 'registry', given: '@Alice/weather', name: '@alice/weather@1.2.3' });
    expect(seen).toEqual([
      { url: '/prefix/api/v1/skills/weather?ownerHandle=alice', authorization: 'Bearer T0' },
      { url: '/prefix/api/v1/download?slug=weather&version=1.2.3&ownerHandle=alice', authorization: 'Bearer T0' },
    ]);
  });

  it('gives a stated version, and a bare slug where no such path exists', async () => {
    await load('@alice/weather@1.0.0', { registry: base });
    expect(seen[1]?.url).toContain('version=1.0.0');
    expect((await load('weather', { registry: base })).origin.name).toBe('@alice/weather@1.2.3');
    expect(seen.every((request) => request.authorization === undefined)).toBe(true);
  });

  it('follows a redirect within its origin and none elsewhere', async () => {
    answers.download = (request, response) => {
      if (request.url?.includes('again')) response.end(archive);
      else response.writeHead(302, { location: '/prefix/download-again' }).end();
    };
    expect(await codeOf('@alice/weather')).toBe('none');
    answers.download = send('', 302, { location: `${elsewhere}/x.zip` });
    expect(await codeOf('@alice/weather', { token: 'T0' })).toBe('redirect-refused');
    answers.skill = send('', 307, { location: '//evil.invalid/x' });
    expect(await codeOf('@alice/weather')).toBe('redirect-refused');
    answers.skill = (request, response) => void response.writeHead(302, { location: request.url ?? '' }).end();
    expect(await codeOf('@alice/weather')).toBe('redirect-refused');
    expect(seen.some((request) => request.url.startsWith('other'))).toBe(false);
  });

  it.each<[LoadCode, 'skill' | 'download', Answer]>([
    ['not-found', 'skill', send('Skill not found', 404)],
    ['not-found', 'skill', json({ ...record, skill: null })],
    ['not-found', 'skill', json({ ...record, latestVersion: null })],
    ['not-found', 'skill', json({ code: 'AMBIGUOUS_SKILL_SLUG' }, 409)],
    ['forbidden', 'download', send('held for review', 403)],
    ['forbidden', 'download', send('withdrawn', 410)],
    ['network', 'download', send('oops', 503)],
    ['network', 'skill', (request) => void request.socket.destroy()],
    ['bad-answer', 'skill', send('<html>')],
    ['bad-answer', 'skill', json({ hello: 1 })],
    ['bad-answer', 'skill', json({ ...record, latestVersion: { version: '../../x' } }, 418)],
    ['bad-answer', 'download', send('<html>not a zip</html>')],
    ['bad-answer', 'download', send('')],
    ['bad-answer', 'download', send(archive, 200, { digest: `sha-256=${createHash('sha256').update('x').digest('base64')}` })],
    ['too-large', 'skill', send('x'.repeat(2 * 1024 * 1024))],
  ])('refuses with %s for a bad %s', async (code, which, answer) => {
    answers = { ...answers, [which]: answer };
    expect(await codeOf('@alice/weather')).toBe(code);
  });

  it('checks a digest that fits, bounds bytes and time, and reads a broken archive as one', async () => {
    answers.download = send(archive, 200, { digest: `sha-256=${createHash('sha256').update(archive).digest('base64')}` });
    expect(await codeOf('@alice/weather')).toBe('none');
    expect(await codeOf('@alice/weather', { limits: { totalBytes: 50 } })).toBe('too-large');
    answers.download = send(archive.subarray(0, 40));
    expect((await load('@alice/weather', { registry: base })).problems.some((problem) => problem.code === 'malformed-archive')).toBe(true);
    answers.skill = () => undefined;
    expect(await codeOf('@alice/weather', { limits: { loadMs: 100 } })).toBe('time-limit');
  });

  it('never sends the token to another registry than the given one', async () => {
    expect(await codeOf('@alice/weather', { registry: 'ftp://x.invalid' })).toBe('bad-address');
    expect(await codeOf('@alice/weather', { registry: 'http://u:p@127.0.0.1:1' })).toBe('bad-address');
    expect(await codeOf('@alice/weather', { registry: 'http://127.0.0.1:1' })).toBe('network');
  });
});
