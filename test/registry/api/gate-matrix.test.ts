/**
 * R11 to R13, and contract 1.6: for each state of a version, every route that a client could install by says the same thing, and whoever may not know of it cannot tell it from nothing.
 * `refusesIt` is OpenClaw's own reading of a verdict (2026.9: infra/clawhub-install-trust), written out here.
 */
import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Attestations } from '../../../registry/trust/release.ts';
import { doubtful, greedy, honest, malicious } from '../gate/world.ts';
import { type Answer, type AskOptions, type Server, server } from '../server.ts';
import { taken } from './shapes.ts';

interface Verdict {
  ok: boolean;
  decision: string;
  reasons: string[];
  requestedSlug: string;
  requestedOwnerHandle?: string;
  requestedVersion: string;
  slug: string | null;
  version: string | null;
  publisherHandle: string | null;
  overview: string;
  securityAuditUrl: string;
  security: { status: string; passed: boolean } | null;
  error?: { code: string; message: string };
}

let shop: Server;
/** Version of `notes`, or slug, in each state. */
const places = {
  served: { slug: 'notes', version: '1.0.0' },
  deprecated: { slug: 'notes', version: '1.1.0' },
  yanked: { slug: 'notes', version: '1.2.0' },
  revoked: { slug: 'notes', version: '1.3.0' },
  held: { slug: 'nightly', version: '1.0.0' },
  refused: { slug: 'evil', version: '1.0.0' },
  deleted: { slug: 'gone', version: '1.0.0' },
  approved: { slug: 'soon', version: '1.0.0' },
  absent: { slug: 'no-such', version: '1.0.0' },
} as const;
type Place = keyof typeof places;

beforeAll(async () => {
  shop = await server({ policy: { approval: { growth: 'auto' } } });
  for (const [at, version] of ['1.0.0', '1.1.0', '1.2.0', '1.3.0'].entries())
    await shop.publish(honest(`number ${at}`), version, { displayName: 'Notes' });
  await shop.gate.deprecate(shop.as.ann, { owner: 'ann', ...places.deprecated }, { message: 'Use 1.0.0.' });
  await shop.gate.yank(shop.as.ann, { owner: 'ann', ...places.yanked }, 'breaks on Sundays');
  await shop.gate.revoke(shop.as.kim, { owner: 'ann', ...places.revoked }, { reason: 'leaks the transcript', severity: 'block' });
  await shop.publish(doubtful(), '1.0.0', { slug: 'nightly' });
  await shop.publish(malicious(), '1.0.0', { slug: 'evil' });
  await shop.publish(greedy(), '1.0.0', { slug: 'gone' });
  await shop.gate.deleteSkill(shop.as.ann, { owner: 'ann', slug: 'gone' }, 'not wanted any more');
  // Approved, but nothing is signed: the signer is away.
  await shop.stopSigner();
  const { versionId } = await shop.gate.publish(shop.as.ann, { slug: 'soon', version: '1.0.0', changelog: '', tags: [], files: honest('soon') });
  await vi.waitFor(async () => expect((await shop.gate.attempt(shop.as.ann, versionId)).row.state).toBe('approved'), {
    timeout: 60_000,
    interval: 100,
  });
  const states = await Promise.all(
    (['served', 'deprecated', 'yanked', 'revoked', 'held', 'refused'] as const).map(
      async (name) => (await shop.gate.inspect(shop.as.kim, { owner: 'ann', ...places[name] })).row.state,
    ),
  );
  expect(states).toEqual(['served', 'deprecated', 'yanked', 'revoked', 'held', 'refused']);
}, 240_000);
afterAll(() => shop.close());

const verdicts = async (items: readonly object[], options: AskOptions = {}): Promise<Verdict[]> => {
  const answer = await shop.ask('/api/v1/skills/-/security-verdicts', { method: 'POST', body: { items }, ...options });
  expect(answer.status).toBe(200);
  const json = answer.json as { schema: string; items: Verdict[] };
  expect(json.schema).toBe('clawhub.skill.security-verdicts.v1');
  return json.items;
};

/** Whether OpenClaw stops: it throws on what it cannot use, and blocks on what says so. */
function refusesIt(asked: { slug: string; ownerHandle?: string; version: string }, item: Verdict): boolean {
  if (
    item.requestedSlug !== asked.slug ||
    item.requestedVersion !== asked.version ||
    (item.requestedOwnerHandle ?? asked.ownerHandle) !== asked.ownerHandle
  )
    return true;
  if ((item.slug ?? item.requestedSlug) !== asked.slug || item.version !== asked.version || item.error !== undefined) return true;
  if (asked.ownerHandle !== undefined && item.publisherHandle !== asked.ownerHandle) return true;
  if (item.overview.trim() === '' || item.securityAuditUrl.trim() === '') return true;
  if (item.ok && item.decision === 'pass') return !(item.security?.passed === true && item.security.status !== '');
  const blocking = item.reasons.some((reason) => /malicious|malware|_blocked$|\.blocked$|^blocked$/.test(reason));
  return item.decision === 'blocked' || item.security?.status === 'malicious' || blocking;
}

/** Every way of getting at a version, or of hearing that it exists. */
const routes = ({ slug, version }: { slug: string; version: string }, owner: string | undefined = 'ann'): Record<string, string> => {
  const who = owner === undefined ? '' : `ownerHandle=${owner}&`;
  return {
    R6: `/api/v1/skills/${slug}/versions/${version}?${who}`,
    R7: `/api/v1/skills/${slug}/file?${who}path=SKILL.md&version=${version}`,
    R9: `/api/v1/download?slug=${slug}&${who}version=${version}`,
    R12: `/api/v1/skills/${slug}/verify?${who}version=${version}`,
    R13: `/api/v1/skills/${slug}/card?${who}version=${version}`,
    index: `/.well-known/agent-skills/@ann/${slug}/${version}.zip`,
    ...(slug === 'notes'
      ? {}
      : {
          R3: `/api/v1/skills/${slug}?${who}`,
          R5: `/api/v1/skills/${slug}/versions?${who}`,
          R10: `/api/v1/skills/${slug}/install?${who}`,
        }),
  };
};
const statuses = async (place: Place, options: AskOptions = {}, owner?: string): Promise<Set<number>> =>
  new Set(await Promise.all(Object.values(routes(places[place], owner)).map(async (path) => (await shop.ask(path, options)).status)));

describe('the gate as each client sees it (1.6)', () => {
  it.each([
    ['served', 200],
    ['deprecated', 200],
    ['yanked', 410],
    ['revoked', 410],
    ['held', 404],
    ['refused', 404],
    ['deleted', 404],
    ['approved', 404],
    ['absent', 404],
  ] as const)('%s: every route says %i at once', async (place, status) => {
    for (const as of ['rob', 'ann', 'bob', 'kim'] as const) expect(await statuses(place, { as }), as).toEqual(new Set([status]));
    expect(await statuses(place, {}, undefined)).toEqual(new Set([status]));
    const asked = { ...places[place], ownerHandle: 'ann' };
    const [item] = await verdicts([asked]);
    expect(refusesIt(asked, item!)).toBe(status !== 200);
    expect(item!.ok).toBe(status === 200);
  });

  it('gives the same words for what waits, was refused, is hidden, and never was', async () => {
    const words = async (place: Place): Promise<string[]> =>
      Promise.all(
        [
          ...Object.values(routes(places[place])),
          `/api/v1/resolve?slug=${places[place].slug}&hash=${'0'.repeat(64)}`,
          `/api/v1/skills/${places[place].slug}/moderation`,
        ].map(async (path) => {
          const { status, text, headers } = await shop.ask(path);
          return `${status} ${headers['content-type']} ${text}`;
        }),
      );
    const nothing = await words('absent');
    expect(new Set(nothing)).toEqual(new Set(['404 text/plain; charset=utf-8 Skill not found']));
    for (const place of ['held', 'refused', 'deleted', 'approved'] as const) expect(await words(place), place).toEqual(nothing);
    const verdict = async (place: Place): Promise<string> => {
      const [item] = await verdicts([{ ...places[place], ownerHandle: 'ann' }]);
      return JSON.stringify(item).replaceAll(places[place].slug, 'SLUG');
    };
    const none = await verdict('absent');
    for (const place of ['held', 'refused', 'deleted', 'approved'] as const) expect(await verdict(place), place).toBe(none);
    // Nor by lists and searches.
    for (const path of [
      '/api/v1/skills?limit=200',
      '/api/v1/search?q=notes&limit=200',
      '/api/v1/search?q=nightly',
      '/api/v1/search?q=evil',
      '/api/v1/search?q=gone',
      '/api/v1/search?q=soon',
      '/api/v1/trending',
      '/.well-known/agent-skills/index.json',
      '/api/search?q=gone',
    ]) {
      const { text } = await shop.ask(path);
      for (const hidden of ['nightly', 'evil', 'gone', 'soon']) expect(text, path).not.toContain(`"${hidden}"`);
      for (const number of ['1.2.0', '1.3.0']) expect(text, path).not.toContain(number);
    }
    expect(((await shop.ask('/api/v1/skills/notes/versions')).json as { items: { version: string }[] }).items.map((item) => item.version)).toEqual([
      '1.1.0',
      '1.0.0',
    ]);
  });

  it('says why something is withdrawn, to those who may read', async () => {
    expect((await shop.ask(routes(places.revoked)['R9']!)).text).toBe(
      '@ann/notes@1.3.0 was revoked and is no longer given out. Remove it where it is installed. Reason: leaks the transcript',
    );
    const [item] = await verdicts([{ ...places.revoked, ownerHandle: 'ann' }]);
    expect(item).toMatchObject({ decision: 'blocked', reasons: ['skillward.revoked.blocked'], security: { status: 'malicious', passed: false } });
    expect(item!.overview).toContain('leaks the transcript');
    const [yanked] = await verdicts([{ ...places.yanked }]);
    expect(yanked).toMatchObject({ decision: 'blocked', reasons: ['skillward.withdrawn.blocked'] });
  });

  it('R10 refuses a withdrawn skill with a body that both clients can read', async () => {
    await shop.startSigner();
    await shop.publish(honest('once'), '1.0.0', { slug: 'once' });
    await shop.gate.yank(shop.as.ann, { owner: 'ann', slug: 'once', version: '1.0.0' }, 'a mistake');
    const answer = await shop.ask('/api/v1/skills/once/install');
    expect(answer.status).toBe(410);
    await taken('ApiV1SkillInstallResolveResponseSchema', answer.json);
    expect(answer.json).toEqual({
      ok: false,
      slug: 'once',
      reason: 'archive_version_missing',
      message: '@ann/once@1.0.0 was withdrawn (yanked) and is no longer given out. Reason: a mistake',
      status: 410,
    });
    // Who publishes the next version asks here first, and must not be stopped by the last one.
    const resolved = await shop.ask(`/api/v1/resolve?slug=once&hash=${'0'.repeat(64)}`, { as: 'ann' });
    expect([resolved.status, resolved.json]).toEqual([200, { slug: 'once', match: null, latestVersion: null }]);
  });

  it('flags what the rules of today speak against: clawhub asks, OpenClaw shows its box, and neither is told that all is well', async () => {
    const row = (await shop.gate.inspect(shop.as.kim, { owner: 'ann', ...places.served })).row;
    const flag = {
      at: '2026-11-21',
      ruleset: 'x',
      policy: 'y',
      decision: 'block',
      says: 'runs code that was fetched',
      findings: [],
      report: '0'.repeat(64),
    };
    await shop.store.write((tx) => shop.store.patch(tx, 'versions', row.id, { flagged: JSON.stringify(flag) }));
    const [item] = await verdicts([places.served]);
    expect(item).toMatchObject({ ok: false, decision: 'fail', reasons: ['skillward.flagged'], security: { status: 'suspicious', passed: false } });
    expect(item!.overview).toContain('runs code that was fetched');
    expect((await shop.ask('/api/v1/skills/notes/versions/1.0.0')).json).toMatchObject({
      version: { security: { status: 'suspicious', hasWarnings: true } },
    });
    expect((await shop.ask('/api/v1/skills/notes/verify?version=1.0.0')).json).toMatchObject({
      ok: false,
      decision: 'fail',
      reasons: ['skillward.flagged'],
    });
    const latest = (await shop.gate.inspect(shop.as.kim, { owner: 'ann', ...places.deprecated })).row;
    await shop.store.write((tx) => shop.store.patch(tx, 'versions', latest.id, { flagged: JSON.stringify(flag) }));
    expect((await shop.ask('/api/v1/skills/notes')).json).toMatchObject({
      moderation: { isSuspicious: true, verdict: 'suspicious', reasonCodes: ['skillward.flagged', 'skillward.deprecated'] },
    });
    await shop.store.write(async (tx) => {
      for (const { id } of [row, latest]) await shop.store.patch(tx, 'versions', id, { flagged: null });
    });
  });
});

describe('R11 to R13', () => {
  it('R11: an item for each question, each with all that OpenClaw wants', async () => {
    const asked = [
      { slug: 'notes', ownerHandle: 'ann', version: '1.0.0' },
      { slug: 'notes', version: '1.1.0' },
      { slug: 'no-such', ownerHandle: 'who', version: '1.0.0' },
    ];
    const items = await verdicts(asked);
    expect(items).toHaveLength(3);
    expect(items[0]).toEqual({
      requestedSlug: 'notes',
      requestedOwnerHandle: 'ann',
      requestedVersion: '1.0.0',
      ok: true,
      decision: 'pass',
      reasons: [],
      slug: 'notes',
      version: '1.0.0',
      displayName: 'Notes',
      publisherHandle: 'ann',
      publisherDisplayName: 'ann',
      createdAt: expect.any(Number),
      checkedAt: expect.any(Number),
      skillUrl: 'https://skills.example/skills/@ann/notes/1.0.0',
      // Left out of ClawHub's documents, and without them every install fails.
      securityAuditUrl: 'https://skills.example/skills/@ann/notes/1.0.0/report',
      overview: expect.stringContaining('Scan: pass under policy balanced'),
      security: { status: 'clean', passed: true, signals: { decision: 'pass' } },
    });
    // Echoed if and only if it was sent.
    expect('requestedOwnerHandle' in items[1]!).toBe(false);
    expect(items[2]!.requestedOwnerHandle).toBe('who');
    expect(refusesIt(asked[0]!, items[0]!)).toBe(false);
    expect(refusesIt(asked[1]!, items[1]!)).toBe(false);
  });
  it('R11: takes 1 to 100 questions', async () => {
    const ask = (count: number): Promise<Answer> =>
      shop.ask('/api/v1/skills/-/security-verdicts', {
        method: 'POST',
        body: { items: Array.from({ length: count }, (_, at) => ({ slug: `none-${at}`, version: '1.0.0' })) },
      });
    expect([(await ask(0)).status, (await ask(100)).status, (await ask(101)).status]).toEqual([400, 200, 400]);
    expect((await shop.ask('/api/v1/skills/-/security-verdicts', { method: 'POST', body: {} })).status).toBe(400);
  });
  it('R12: digests and signatures that OpenClaw copies into its lock file, and that hold', async () => {
    const { json } = await shop.ask('/api/v1/skills/notes/verify?version=1.0.0&ownerHandle=ann&reference=x');
    await taken('ApiV1SkillVerifyResponseSchema', json);
    const said = json as {
      artifact: { sha256: string; downloadUrl: string; size: number };
      signature: { attestationsUrl: string; attestationsSha256: string; keyid: string; subject: string };
      card: { url: string };
      resolvedFrom: string;
    };
    const inside = (url: string): string => {
      expect(url.startsWith('https://skills.example/')).toBe(true);
      return url.slice('https://skills.example'.length);
    };
    const sha256 = async (bytes: Buffer): Promise<string> =>
      Buffer.from(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString('hex');
    const archive = await shop.ask(inside(said.artifact.downloadUrl));
    expect(await sha256(archive.body)).toBe(said.artifact.sha256);
    expect(archive.body.length).toBe(said.artifact.size);
    const attestations = await shop.ask(inside(said.signature.attestationsUrl));
    expect(await sha256(attestations.body)).toBe(said.signature.attestationsSha256);
    expect((attestations.json as Attestations).schema).toBe('skillward.attestations.v1');
    expect(said.signature).toMatchObject({ subject: 'skill:skills.example/@ann/notes@1.0.0', keyid: shop.keyring.keys()[0]!.keyid });
    expect(said.resolvedFrom).toBe('version');
    expect((await shop.ask('/api/v1/skills/notes/verify')).json).toMatchObject({ resolvedFrom: 'latest', version: '1.1.0' });
    expect((await shop.ask('/api/v1/skills/notes/verify?tag=latest')).json).toMatchObject({ resolvedFrom: 'tag', tag: 'latest' });
    expect((await shop.ask(inside(said.card.url))).text).toContain(said.artifact.sha256);
  });
  it('R13: a card in which text of the skill stays text', async () => {
    const nasty = 'x` <img src=a> [a](b) @team\n# Not a heading';
    await shop.publish(
      [{ path: 'SKILL.md', bytes: Buffer.from(`---\nname: carded\ndescription: ${JSON.stringify(nasty)}\n---\n# Carded\n\nWrite a list.\n`) }],
      '1.0.0',
      { slug: 'carded' },
    );
    const card = await shop.ask('/api/v1/skills/carded/card?version=1.0.0');
    expect(card.status).toBe(200);
    expect(card.headers['content-type']).toBe('text/markdown; charset=utf-8');
    expect(card.body.length).toBeLessThan(256 * 1024);
    const lines = card.text.split('\n');
    expect(lines.filter((line) => line.startsWith('# '))).toEqual(['# @ann/carded@1.0.0']);
    expect(lines.find((line) => line.includes('<img'))).toMatch(/^``.*``$/);
  });
});

describe('what was changed is not given out', () => {
  it('answers 503 on every route, R11 says no, an alarm is written, and the rest goes on', async () => {
    await shop.publish(honest('tampered'), '1.0.0', { slug: 'bent' });
    const row = (await shop.gate.inspect(shop.as.kim, { owner: 'ann', slug: 'bent', version: '1.0.0' })).row;
    appendFileSync(shop.store.blobs.path(row.archive_sha256), 'x');
    const broken = await shop.ask('/api/v1/download?slug=bent&version=1.0.0');
    expect(broken.status).toBe(503);
    expect(broken.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect((await shop.ask('/api/v1/skills/bent/file?path=SKILL.md')).status).toBe(503);
    appendFileSync(shop.store.blobs.path(row.attestations_sha256!), ' ');
    for (const [name, path] of Object.entries(routes({ slug: 'bent', version: '1.0.0' })))
      if (name !== 'R5') expect((await shop.ask(path)).status, name).toBe(503);
    const asked = { slug: 'bent', version: '1.0.0' };
    const [item, other] = await verdicts([asked, places.served]);
    expect(refusesIt(asked, item!)).toBe(true);
    expect(other!.ok).toBe(true);
    await shop.store.write(async () => {});
    expect((await shop.events('alarm.tampered')).map((event) => event.subject)).toContain('@ann/bent@1.0.0');
  });
});
