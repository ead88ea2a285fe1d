import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { describe as describeFiles } from '../../../registry/archive/index.ts';
import { registerKey } from '../../../registry/auth/publisher-keys.ts';
import { createGate, type PublishRequest } from '../../../registry/gate/index.ts';
import { openStore } from '../../../registry/store/index.ts';
import { generateKey, parsePrivateKey } from '../../../registry/trust/keys.ts';
import { signAsPublisher } from '../../../registry/trust/publisher.ts';
import { changeVersion } from '../rows.ts';
import { configOf, greedy, honest, quiet, scanOnce, type World, type WorldOptions, world } from './world.ts';

// Real scans in processes of their own, on whatever machine.
vi.setConfig({ testTimeout: 180_000 });

const open: World[] = [];
const started = async (options: WorldOptions = {}): Promise<World> => {
  const made = await world(options);
  open.push(made);
  return made;
};
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
const request = (more: Partial<PublishRequest> = {}): PublishRequest => ({
  slug: 'notes',
  version: '1.0.0',
  changelog: '',
  tags: [],
  files: honest(),
  ...more,
});
const count = async (w: World, table: 'versions' | 'skills' | 'jobs'): Promise<number> =>
  Number(
    (
      await w.store.db
        .selectFrom(table)
        .select((of) => of.fn.countAll().as('n'))
        .executeTakeFirstOrThrow()
    ).n,
  );

test('frontmatter that keeps a parser busy is not parsed: nothing is known of the skill, and its author is told', async () => {
  const w = await started({ idle: true });
  const busy = (commas: number) => [
    { path: 'SKILL.md', bytes: Buffer.from(`---\nname: mine\ndescription: Writes notes.\na: [${','.repeat(commas)}\n---\n# Notes\n\nWrite them.\n`) },
  ];
  for (const [version, commas, says] of [
    ['1.0.0', 120_000, 'is larger than 16 KiB'],
    ['1.0.1', 16_000, 'has more than 4000 words and marks'],
  ] as const) {
    const { warnings } = await w.gate.publish(w.as.ann, request({ version, files: busy(commas) }));
    expect(warnings).toEqual([`SKILL.md:1: The frontmatter ${says} and was not read.`]);
    expect(await w.row(version)).toMatchObject({ display_name: 'notes', description: '' });
  }
});

test('no more wait of one publisher than policy says, whatever they are called', async () => {
  const w = await started({ idle: true, config: { limits: { ...configOf('/nowhere').limits, openVersions: 2 } } });
  await w.gate.publish(w.as.ann, request());
  const several = await Promise.allSettled(
    ['1.1.0', '1.2.0', '1.3.0'].map((version) => w.gate.publish(w.as.ann, request({ version, slug: 'notes' }))),
  );
  expect(several.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
  for (const one of several)
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'too-many-requests', message: expect.stringContaining('skill queue') });
  // What is there already is answered, and others are not in its way.
  expect((await w.gate.publish(w.as.ann, request())).repeated).toBe(true);
  await w.gate.publish(w.as.dan, request({ slug: 'other' }));
  await w.store.write(async (tx) => {
    const { id } = await tx
      .selectFrom('versions')
      .select('id')
      .where('version', '=', '1.0.0')
      .where('publisher_id', '=', w.as.ann.user!.id)
      .executeTakeFirstOrThrow();
    await changeVersion(w.store, tx, id, { state: 'refused' });
  });
  await w.gate.publish(w.as.ann, request({ version: '1.4.0' }));
});

describe('what comes from elsewhere', () => {
  const imported = (kind: string) => ({ kind, upstream: `https://hub.example/${kind}`, digest: `sha256:${'0'.repeat(64)}` });

  test('waits for a person even if its scan passes; a folder of the importer does not', async () => {
    const w = await started();
    for (const kind of ['clawhub', 'git']) {
      const row = await w.publish(honest(), '1.0.0', { slug: `from-${kind}`, imported: imported(kind) });
      expect([kind, row.state, row.decision]).toEqual([kind, 'held', 'pass']);
      expect(row.state_reason).toContain(`it was brought in from https://hub.example/${kind}`);
    }
    expect((await w.gate.queue(w.as.bob)).forMe.map((item) => item.reason)).toEqual([
      expect.stringContaining('https://hub.example/clawhub'),
      expect.stringContaining('https://hub.example/git'),
    ]);
    // Whoever imports is the publisher, and does not decide.
    await expect(w.gate.approve(w.as.ann, { owner: 'ann', slug: 'from-git', version: '1.0.0' }, { reason: 'mine' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await w.gate.approve(w.as.bob, { owner: 'ann', slug: 'from-git', version: '1.0.0' }, { reason: 'looked at whole' });
    expect((await w.gate.settle((await w.row('1.0.0', 'from-git')).id, 60_000)).state).toBe('served');
    expect((await w.publish(honest(), '1.0.0', { slug: 'folder', imported: imported('folder') })).state).toBe('served');
  });

  test('goes like anything else where policy says so', async () => {
    const w = await started({ policy: { approval: { import: 'auto' } } });
    expect((await w.publish(honest(), '1.0.0', { imported: imported('clawhub') })).state).toBe('served');
  });
});

describe('what is refused at the door', () => {
  let w: World;
  beforeAll(async () => {
    w = await world({ idle: true });
  });
  afterAll(() => w.close());

  test.each([
    ['upper case', { slug: 'Notes' }],
    ['a hyphen at the end', { slug: 'notes-' }],
    ['65 letters', { slug: 'a'.repeat(65) }],
    ['a path', { slug: '../notes' }],
    ['no version', { version: '' }],
    ['half a version', { version: '1.0' }],
    ['v in front', { version: 'v1.0.0' }],
    ['build metadata', { version: '1.0.0+build' }],
    ['leading zeros', { version: '01.0.0' }],
    ['a tag that is a version', { tags: ['1.0.0'] }],
    ['a tag with a slash', { tags: ['a/b'] }],
    ['controls in the display name', { displayName: 'Notes\u001b[31m' }],
    ['half a character', { changelog: 'x\ud800' }],
    ['a long source', { source: { kind: 'x'.repeat(20_000) } }],
    ['no SKILL.md', { files: [{ path: 'README.md', bytes: Buffer.from('x') }] }],
    ['a path out of the skill', { files: [...honest(), { path: '../x', bytes: Buffer.from('x') }] }],
  ] as const)('%s', async (_, more) => {
    await expect(w.gate.publish(w.as.ann, request(more as Partial<PublishRequest>))).rejects.toMatchObject({ code: 'bad-input' });
  });

  test('every problem is named at once', async () => {
    await expect(w.gate.publish(w.as.ann, request({ slug: 'Notes', version: '1', tags: ['2.0.0'] }))).rejects.toThrow(
      /Notes[\s\S]*SemVer[\s\S]*2\.0\.0/,
    );
    const files = [...honest(), { path: '../x', bytes: Buffer.from('x') }, { path: 'NUL', bytes: Buffer.from('x') }];
    await expect(w.gate.publish(w.as.ann, request({ files }))).rejects.toThrow(/\.\.\/x[\s\S]*NUL/);
  });

  test('a file, or all of them, larger than the registry takes', async () => {
    const files = [...honest(), { path: 'big.bin', bytes: Buffer.alloc(w.config.limits.fileBytes + 1) }];
    await expect(w.gate.publish(w.as.ann, request({ files }))).rejects.toMatchObject({ code: 'too-large' });
  });

  test('those who may not publish there, in words that do not tell whether it exists', async () => {
    const said = async (owner: string): Promise<string> => {
      const error = await w.gate.publish(w.as.dan, request({ owner })).then(
        () => undefined,
        (caught: Error) => caught,
      );
      expect(error).toMatchObject({ code: 'forbidden' });
      return error!.message.replace(owner, 'X');
    };
    expect(await said('ann')).toBe(await said('nobody-here'));
    await expect(w.gate.publish(w.as.rob, request())).rejects.toMatchObject({ code: 'forbidden' });
    await expect(w.gate.publish({ ...w.as.ann, scopes: new Set(['read']) }, request())).rejects.toMatchObject({ code: 'forbidden' });
    await expect(w.gate.publish({ ...w.as.ann, namespaces: ['dan'] }, request())).rejects.toMatchObject({ code: 'forbidden' });
    await expect(w.gate.publish({ ...w.as.ann, user: undefined, scopes: new Set() }, request())).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('nothing of all that left a trace', async () => {
    expect(await count(w, 'versions')).toBe(0);
    expect(await count(w, 'skills')).toBe(0);
  });
});

describe('names', () => {
  test('one name, one owner; a reserved name sounds like a taken one', async () => {
    const w = await started({ idle: true });
    await w.gate.publish(w.as.ann, request());
    await expect(w.gate.publish(w.as.dan, request())).rejects.toMatchObject({
      code: 'name-reserved',
      message: expect.stringContaining('is kept back'),
    });
    await expect(w.gate.publish(w.as.dan, request({ slug: 'latest' }))).rejects.toMatchObject({
      code: 'name-reserved',
      message: expect.stringContaining('is kept back'),
    });
  });

  test('per owner, if policy says so', async () => {
    const w = await started({ idle: true, policy: { slugs: 'per-owner' } });
    await w.gate.publish(w.as.ann, request());
    await w.gate.publish(w.as.dan, request());
    await expect(w.gate.approve(w.as.kim, { slug: 'notes', version: '1.0.0' }, { reason: 'x' })).rejects.toMatchObject({
      code: 'ambiguous',
      detail: { matches: ['@ann/notes', '@dan/notes'] },
    });
  });

  test('a name that could be taken for another one waits for a person, who is told for which', async () => {
    const w = await started();
    await w.publish(honest(), '1.0.0', { slug: 'meeting-notes' });
    const { versionId } = await w.gate.publish(w.as.dan, request({ slug: 'meeting-n0tes' }));
    expect(await w.gate.settle(versionId, 60_000)).toMatchObject({ state: 'held', state_reason: expect.stringContaining('@ann/meeting-notes') });
    await w.gate.approve(w.as.bob, { owner: 'dan', slug: 'meeting-n0tes', version: '1.0.0' }, { reason: 'Different thing.' });
    expect((await w.gate.settle(versionId, 60_000)).state).toBe('served');
    const again = await w.gate.publish(w.as.dan, request({ slug: 'meeting-n0tes', version: '1.0.1', files: honest('More.') }));
    expect((await w.gate.settle(again.versionId, 60_000)).state).toBe('served');
  });

  test('a name in a private namespace is not told', async () => {
    const w = await started();
    const namespace = await w.store.db.selectFrom('namespaces').selectAll().where('handle', '=', 'ann').executeTakeFirstOrThrow();
    await w.store.write((tx) => w.store.patch(tx, 'namespaces', namespace.id, { visibility: 'private' }));
    await w.publish(honest(), '1.0.0', { slug: 'meeting-notes' });
    const { versionId } = await w.gate.publish(w.as.dan, request({ slug: 'meeting-n0tes' }));
    const row = await w.gate.settle(versionId, 60_000);
    expect(row.state).toBe('held');
    expect(row.state_reason).not.toContain('meeting-notes');
  });
});

describe('the same again', () => {
  test('gives the same result at any time, and other content under the number is refused', async () => {
    const w = await started();
    const first = await w.gate.publish(w.as.ann, request({ source: { importedAt: 1, repo: 'https://ann:made-up@git.example/notes' } }));
    expect(first.repeated).toBe(false);
    const row = await w.gate.settle(first.versionId, 60_000);
    // A login that some tool left in an address is nobody's business.
    expect(JSON.parse(row.source)).toEqual({ kind: 'upload', source: { importedAt: 1, repo: 'https://git.example/notes' } });
    const again = await w.gate.publish(w.as.ann, request({ source: { importedAt: 2 }, files: [...honest()].reverse() }));
    expect(again).toMatchObject({ versionId: first.versionId, repeated: true, state: 'served' });
    await expect(w.gate.publish(w.as.ann, request({ files: greedy() }))).rejects.toMatchObject({ code: 'exists' });
    await expect(w.gate.publish(w.as.ann, request({ changelog: 'Other words.' }))).rejects.toMatchObject({ code: 'exists' });
    await w.gate.yank(w.as.ann, { slug: 'notes', version: '1.0.0' }, '');
    await expect(w.gate.publish(w.as.ann, request({ files: greedy() }))).rejects.toMatchObject({ code: 'exists' });
  });

  test('at the same moment, through two servers on one store: one version', async () => {
    const w = await started({ idle: true });
    const store = await openStore(w.folder);
    const other = createGate({ store, config: w.config, signer: w.signer, scan: scanOnce, log: quiet, pollMs: 50 });
    try {
      const results = await Promise.all(Array.from({ length: 16 }, (_, index) => (index % 2 === 0 ? w.gate : other).publish(w.as.ann, request())));
      expect(new Set(results.map((result) => result.versionId)).size).toBe(1);
      expect(results.filter((result) => !result.repeated)).toHaveLength(1);
      expect(await count(w, 'versions')).toBe(1);
      await Promise.all([w.gate.start(), other.start()]);
      expect((await w.gate.settle(results[0]!.versionId, 60_000)).state).toBe('served');
      expect((await w.events()).filter((event) => event.type === 'version.served')).toHaveLength(1);
    } finally {
      await other.stop();
      await store.close();
    }
  });

  test('different content at the same moment: one of them, and `exists` for the others', async () => {
    const w = await started({ idle: true });
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => w.gate.publish(w.as.ann, request({ files: honest(`Copy ${index}.`) }))),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'exists' });
  });
});

describe("the publisher's own signature", () => {
  const name = { registryId: 'skills.example', owner: 'ann', slug: 'notes', version: '1.0.0' };
  const signed = async (w: World, as = name) => {
    const key = generateKey();
    await registerKey({ store: w.store, now: Date.now }, w.as.ann, { pem: key.pem, label: 'laptop' });
    return signAsPublisher(as, await describeFiles(honest()), { signedAt: '2026-11-21T12:00:00.000Z' }, parsePrivateKey(key.privatePem));
  };

  test('beside the upload or in the folder, it makes level L2', async () => {
    const w = await started({ policy: { level: 'L2' } });
    const bundle = await signed(w);
    const row = await w.publish(honest(), '1.0.0', { publisherBundle: bundle });
    expect(row).toMatchObject({ state: 'served', publisher_level: 'L2' });
    const second = await signed(w, { ...name, version: '1.0.1' });
    const inside = { path: 'skill.sigstore.json', bytes: Buffer.from(JSON.stringify(second)) };
    expect(await w.publish([...honest(), inside], '1.0.1')).toMatchObject({ state: 'served', publisher_level: 'L2' });
  });

  test('without it, a registry that asks for L2 refuses', async () => {
    const w = await started({ idle: true, policy: { level: 'L2' } });
    await expect(w.gate.publish(w.as.ann, request())).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining('L2') });
  });

  test('over other files, for another version, or by a key of somebody else, it is refused and nothing is stored', async () => {
    const w = await started({ idle: true });
    const bundle = await signed(w);
    await expect(w.gate.publish(w.as.ann, request({ files: greedy(), publisherBundle: bundle }))).rejects.toMatchObject({ code: 'refused' });
    await expect(w.gate.publish(w.as.ann, request({ version: '1.0.1', publisherBundle: bundle }))).rejects.toMatchObject({ code: 'refused' });
    await expect(w.gate.publish(w.as.dan, request({ publisherBundle: bundle }))).rejects.toMatchObject({ code: 'refused' });
    await expect(w.gate.publish(w.as.ann, request({ publisherBundle: { no: 'bundle' } }))).rejects.toMatchObject({ code: 'refused' });
    expect(await count(w, 'versions')).toBe(0);
  });

  test("in an imported folder, somebody else's bundle is a file like any other", async () => {
    const w = await started({ policy: { approval: { import: 'auto' } } });
    const inside = { path: 'skill.sigstore.json', bytes: Buffer.from('{"of":"another registry"}') };
    const row = await w.publish([...honest(), inside], '1.0.0', {
      imported: { kind: 'clawhub', upstream: 'https://hub.example', digest: `sha256:${'0'.repeat(64)}` },
    });
    expect(row).toMatchObject({ state: 'served', publisher_level: 'L1' });
    expect(JSON.parse(row.source)).toMatchObject({ kind: 'import', from: 'clawhub', upstream: 'https://hub.example' });
  });
});
