/** W1 to W3b: both generations of publishing, tickets that are bound to what they were given for, and the same answer to the same request. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PackFile } from '../../../registry/archive/index.ts';
import { doubtful, honest, malicious, type Person } from '../gate/world.ts';
import { type Answer, type Server, server } from '../server.ts';
import { taken } from './shapes.ts';

let shop: Server;
let ahead = 0;
beforeAll(async () => {
  shop = await server({ now: () => Date.now() + ahead });
}, 60_000);
afterAll(() => shop.close());

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const payload = (slug: string, version: string, more: object = {}) => ({
  slug,
  displayName: slug,
  ownerHandle: 'ann',
  version,
  changelog: '',
  acceptLicenseTerms: true,
  tags: ['latest'],
  ...more,
});

/** W1 and W2 for one file, as clawhub does it. */
async function upload(file: PackFile, as: Person = 'ann') {
  const stated = {
    path: file.path,
    size: file.bytes.length,
    sha256: sha256(file.bytes),
    contentType: file.path.endsWith('.json') ? 'application/json' : 'text/markdown',
  };
  const first = await shop.ask('/api/v1/skills/-/upload-url', { method: 'POST', as, body: stated });
  expect(first.status).toBe(200);
  await taken('ApiV1SkillUploadUrlResponseSchema', first.json);
  const { uploadUrl, uploadTicket } = first.json as { uploadUrl: string; uploadTicket: string };
  expect(uploadUrl.startsWith('https://skills.example/')).toBe(true);
  const path = uploadUrl.slice('https://skills.example'.length);
  const sent = await shop.ask(path, { method: 'POST', as, body: file.bytes, headers: { 'content-type': stated.contentType } });
  expect(sent.status).toBe(200);
  await taken('ApiUploadFileResponseSchema', sent.json);
  return { ...stated, storageId: (sent.json as { storageId: string }).storageId, uploadTicket, uploadPath: path };
}
const publish = (body: object, as: Person = 'ann'): Promise<Answer> => shop.ask('/api/v1/skills', { method: 'POST', as, body });

function form(facts: object | string, files: readonly PackFile[]): FormData {
  const data = new FormData();
  data.set('payload', typeof facts === 'string' ? facts : JSON.stringify(facts));
  for (const { path, bytes } of files) data.append('files', new Blob([new Uint8Array(bytes)], { type: 'text/markdown' }), path);
  return data;
}

describe('W3 with tickets', () => {
  it('publishes, and says published, pending or why not', async () => {
    const files = await Promise.all(honest().map((file) => upload(file)));
    const answer = await publish({
      ...payload('notes', '1.0.0', {
        source: { kind: 'github', url: 'https://github.example/a/b', repo: 'a/b', ref: 'main', commit: 'c', path: '.', importedAt: 1 },
        topics: ['office'],
      }),
      files,
    });
    expect(answer.status).toBe(200);
    await taken('ApiV1PublishResponseSchema', answer.json);
    expect(answer.json).toMatchObject({ ok: true, publicationStatus: 'published', slug: 'notes', version: '1.0.0' });
    expect((await shop.ask('/api/v1/skills/notes')).json).toMatchObject({ skill: { topics: ['office'] }, latestVersion: { version: '1.0.0' } });
    // What was served is what was published: nothing is added to it.
    const resolved = await shop.ask(`/api/v1/resolve?slug=notes&hash=${(await shop.row()).fingerprint}`);
    expect(resolved.json).toMatchObject({ match: { version: '1.0.0' } });

    const waiting = await publish({ ...payload('nightly', '1.0.0'), files: await Promise.all(doubtful().map((file) => upload(file))) });
    expect([waiting.status, (waiting.json as { publicationStatus: string }).publicationStatus]).toEqual([200, 'pending']);
    await taken('ApiV1PublishResponseSchema', waiting.json);

    const refused = await publish({ ...payload('evil', '1.0.0'), files: await Promise.all(malicious().map((file) => upload(file))) });
    expect(refused.status).toBe(422);
    expect(refused.headers['content-type']).toBe('text/plain; charset=utf-8');
    // Printed as it is: rule, file, line, policy, report, appeal.
    for (const part of [
      '@ann/evil@1.0.0 was refused',
      'EXE-002',
      'SKILL.md:',
      'Policy: balanced (sha256:',
      'Full report: https://skills.example/skills/@ann/evil/1.0.0/report',
      'appeal',
    ])
      expect(refused.text).toContain(part);
  });

  it('gives the same answer to the same request, also while the first one is still running, and one version', async () => {
    const files = await Promise.all(honest('again').map((file) => upload(file)));
    const body = { ...payload('again', '1.0.0'), files };
    const answers = await Promise.all([publish(body), publish(body), publish(body)]);
    answers.push(await publish(body));
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.text}`)).size).toBe(1);
    expect(answers[0]!.json).toMatchObject({ publicationStatus: 'published' });
    expect(
      await shop.store.db
        .selectFrom('versions')
        .innerJoin('skills', 'skills.id', 'versions.skill_id')
        .select('versions.id')
        .where('slug', '=', 'again')
        .execute(),
    ).toHaveLength(1);
    const other = await publish({ ...payload('again', '1.0.0'), files: await Promise.all(honest('something else').map((file) => upload(file))) });
    expect(other.status).toBe(409);
    expect(other.headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  it('says that a number is used up when its version was withdrawn', async () => {
    const files = await Promise.all(honest('taken').map((file) => upload(file)));
    await publish({ ...payload('taken', '1.0.0'), files });
    await shop.ask('/api/v1/skills/taken/versions/1.0.0', { method: 'DELETE', as: 'ann', body: { version: '1.0.0' } });
    const again = await publish({ ...payload('taken', '1.0.0'), files });
    expect([again.status, again.text]).toEqual([
      410,
      '@ann/taken@1.0.0 was published before with this content and has been yanked since. Its number stays taken; publish under a new one.',
    ]);
  });

  it('refuses a ticket for anything but what it was given for', async () => {
    const [file] = await Promise.all(honest('ticket').map((one) => upload(one)));
    const [second] = await Promise.all(honest('ticket two').map((one) => upload(one)));
    const wrong: Record<string, object> = {
      'another path': { ...file!, path: 'OTHER.md' },
      'another size': { ...file!, size: file!.size + 1 },
      'another digest': { ...file!, sha256: 'f'.repeat(64) },
      'another ticket': { ...file!, uploadTicket: second!.uploadTicket },
      'an upload that never was': { ...file!, storageId: 'upl_0' },
    };
    for (const [name, one] of Object.entries(wrong)) expect((await publish({ ...payload('ticket', '1.0.0'), files: [one] })).status, name).toBe(400);
    // Somebody else's, though they may publish too.
    expect((await publish({ ...payload('ticket', '1.0.0', { ownerHandle: 'dan' }), files: [file] }, 'dan')).status).toBe(400);
    expect(
      (
        await shop.ask(file!.uploadPath, {
          method: 'POST',
          as: 'dan',
          body: honest('ticket')[0]!.bytes,
          headers: { 'content-type': 'text/markdown' },
        })
      ).status,
    ).toBe(400);
  });

  it('refuses other bytes than announced, takes the same twice, and JSON as bytes', async () => {
    const bytes = Buffer.from('{ "a": 1 }\n');
    const file = await upload({ path: 'data.json', bytes });
    const send = (body: Buffer): Promise<Answer> =>
      shop.ask(file.uploadPath, { method: 'POST', as: 'ann', body, headers: { 'content-type': 'application/json' } });
    expect((await send(bytes)).json).toEqual({ storageId: file.storageId });
    expect((await send(Buffer.from('{ "a": 2 }\n'))).status).toBe(400);
    expect((await send(Buffer.from('{}'))).status).toBe(400);
    expect((await send(Buffer.alloc(0))).status).toBe(400);
    expect((await shop.store.blobs.get(sha256(bytes))).equals(bytes)).toBe(true);
  });

  it('ends tickets after a quarter of an hour, and does not give out any number of them', async () => {
    const file = await upload(honest('late')[0]!);
    ahead = 15 * 60_000 + 1;
    expect(
      (await shop.ask(file.uploadPath, { method: 'POST', as: 'ann', body: honest('late')[0]!.bytes, headers: { 'content-type': 'text/markdown' } }))
        .status,
    ).toBe(400);
    expect((await publish({ ...payload('late', '1.0.0'), files: [file] })).status).toBe(400);
    ahead = 0;
    const big = { path: 'a', size: 10 * 1024 * 1024, sha256: '0'.repeat(64) };
    const statuses: number[] = [];
    for (let count = 0; count < 25; count++)
      statuses.push((await shop.ask('/api/v1/skills/-/upload-url', { method: 'POST', as: 'bob', body: big })).status);
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(200));
    expect(statuses.at(-1)).toBe(429);
    expect((await shop.ask('/api/v1/skills/-/upload-url', { method: 'POST', as: 'ann', body: { ...big, size: big.size + 1 } })).status).toBe(413);
    for (const body of [{ ...big, sha256: 'x' }, { ...big, size: -1 }, { ...big, size: 1.5 }, { path: 'a' }, {}])
      expect((await shop.ask('/api/v1/skills/-/upload-url', { method: 'POST', as: 'ann', body })).status, JSON.stringify(body)).toBe(400);
  });
});

it('takes so much of one user in a day, file by file', async () => {
  let later = 0;
  const small = await server({ now: () => Date.now() + later, limits: { totalBytes: 1000, fileBytes: 1000 } });
  try {
    const ticket = (as: Person = 'ann'): Promise<Answer> =>
      small.ask('/api/v1/skills/-/upload-url', { method: 'POST', as, body: { path: 'a', size: 1000, sha256: '0'.repeat(64) } });
    for (let quarter = 0; quarter < 10; quarter++) {
      for (let count = 0; count < 4; count++) expect((await ticket()).status).toBe(200);
      expect((await ticket()).text).toContain('are open');
      later += 15 * 60_000 + 1;
    }
    const refused = await ticket();
    expect([refused.status, refused.text]).toEqual([429, expect.stringContaining('in a day')]);
    expect((await ticket('dan')).status).toBe(200);
    later += 1000 * Number(refused.headers['retry-after']);
    expect((await ticket()).status).toBe(200);
  } finally {
    await small.close();
  }
}, 60_000);

describe('W3b, multipart (clawhub up to 0.20)', () => {
  it('publishes files by their names, folders and letters of all kinds', async () => {
    const files = [
      ...honest('multipart'),
      { path: 'docs/größe ñ 日本.md', bytes: Buffer.from('# Größe\n') },
      { path: 'docs/empty.txt', bytes: Buffer.alloc(0) },
    ];
    const answer = await shop.ask('/api/v1/skills', { method: 'POST', as: 'ann', body: form(payload('forms', '1.0.0'), files) });
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    await taken('ApiV1PublishResponseSchema', answer.json);
    const { version } = (await shop.ask('/api/v1/skills/forms/versions/1.0.0')).json as { version: { files: { path: string; size: number }[] } };
    expect(version.files.map((file) => file.path)).toEqual(['SKILL.md', 'docs/empty.txt', 'docs/größe ñ 日本.md']);
    // The same content by the other way is the same publish.
    const tickets = await Promise.all(files.map((file) => upload(file)));
    expect((await publish({ ...payload('forms', '1.0.0'), files: tickets })).text).toBe(answer.text);
  });
  it('never cuts or repairs a path: the law of paths judges it whole', async () => {
    for (const path of ['../SKILL.md', '/SKILL.md', 'a/../../b', 'C:\\x', 'a\\b']) {
      const answer = await shop.ask('/api/v1/skills', {
        method: 'POST',
        as: 'ann',
        body: form(payload('paths', '1.0.0'), [...honest(), { path, bytes: Buffer.from('x') }]),
      });
      expect(answer.status, path).toBe(400);
    }
  });
  it('refuses what does not belong there, with a reason', async () => {
    const cases: [FormData, number][] = [
      [form('not json', honest()), 400],
      [form({ slug: 'x' }, honest()), 400],
      [form(payload('none', '1.0.0'), []), 400],
      [form(payload('big', '1.0.0'), [...honest(), { path: 'big.bin', bytes: Buffer.alloc(10 * 1024 * 1024 + 1) }]), 413],
      [
        form(payload('huge', '1.0.0'), [
          ...honest(),
          { path: 'a.bin', bytes: Buffer.alloc(9 * 1024 * 1024) },
          { path: 'b.bin', bytes: Buffer.alloc(9.5 * 1024 * 1024) },
        ]),
        413,
      ],
    ];
    const twice = form(payload('twice', '1.0.0'), honest());
    twice.append('payload', '{}');
    cases.push([twice, 400]);
    const field = form(payload('field', '1.0.0'), honest());
    field.append('other', 'x');
    cases.push([field, 400]);
    for (const [body, status] of cases) {
      const answer = await shop.ask('/api/v1/skills', { method: 'POST', as: 'ann', body });
      expect([answer.status, answer.text.length > 10, answer.headers['content-type']]).toEqual([status, true, 'text/plain; charset=utf-8']);
    }
  });
});

describe('who may publish', () => {
  it('takes nothing from those who may not, before their bytes are kept', async () => {
    const body = form(payload('mine', '1.0.0'), honest());
    expect((await shop.ask('/api/v1/skills', { method: 'POST', as: null, body })).status).toBe(401);
    expect((await shop.ask('/api/v1/skills', { method: 'POST', as: 'rob', body: form(payload('mine', '1.0.0'), honest()) })).status).toBe(403);
    expect(
      (await shop.ask('/api/v1/skills/-/upload-url', { method: 'POST', as: 'rob', body: { path: 'a', size: 1, sha256: '0'.repeat(64) } })).status,
    ).toBe(403);
    expect(
      (await shop.ask('/api/v1/skills/-/upload-url', { method: 'POST', as: null, body: { path: 'a', size: 1, sha256: '0'.repeat(64) } })).status,
    ).toBe(401);
    const readOnly = await shop.token('ann', { scopes: ['read'] });
    expect((await shop.ask('/api/v1/skills', { method: 'POST', token: readOnly, body: form(payload('mine', '1.0.0'), honest()) })).status).toBe(403);
    // Into somebody else's namespace.
    expect(
      (await shop.ask('/api/v1/skills', { method: 'POST', as: 'dan', body: form(payload('mine', '1.0.0'), honest()) })).status,
    ).toBeGreaterThanOrEqual(403);
  });
  it('says plainly what it does not do', async () => {
    const answer = await shop.ask('/api/v1/skills', {
      method: 'POST',
      as: 'ann',
      body: form(payload('moved', '1.0.0', { migrateOwner: true, sourceOwnerHandle: 'dan' }), honest()),
    });
    expect([answer.status, answer.headers['content-type']]).toEqual([501, 'text/plain; charset=utf-8']);
  });
});
