/** Reports are shown from memory: parsed once whoever asks, and no longer shown the moment their file is not what it was. */
import { appendFileSync, chmodSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { honest, malicious } from '../gate/world.ts';
import { type Server, server } from '../server.ts';

let shop: Server;
beforeAll(async () => {
  shop = await server({ policy: { approval: { block: 'break-glass' } } });
  expect(await shop.state(honest())).toBe('served');
  expect(await shop.state(malicious(), '1.0.0', { slug: 'doubted' })).toBe('held');
  await shop.gate.approve(
    shop.as.kim,
    { owner: 'ann', slug: 'doubted', version: '1.0.0' },
    { reason: 'Needed for the drill of next week.', breakGlass: true },
  );
  await shop.gate.settle((await shop.row('1.0.0', 'doubted')).id, 60_000);
}, 120_000);
afterAll(() => shop.close());

const verdicts = (items: readonly object[]) => shop.ask('/api/v1/skills/-/security-verdicts', { method: 'POST', body: { items } });
const asked = (slug: string) => ({ slug, ownerHandle: 'ann', version: '1.0.0' });

describe('a report', () => {
  it('is parsed once, whatever shows it and however often', async () => {
    const { report_sha256 } = await shop.row('1.0.0', 'doubted');
    const text = (await shop.store.blobs.get(report_sha256!)).toString('utf8');
    const parse = vi.spyOn(JSON, 'parse');
    const parsed = (): number => parse.mock.calls.filter(([given]) => given === text).length;
    try {
      const many = await verdicts(Array(100).fill(asked('doubted')));
      expect(new Set((many.json as { items: object[] }).items.map((item) => JSON.stringify(item))).size).toBe(1);
      const answers = await Promise.all(
        [
          '/api/v1/skills/doubted/moderation?ownerHandle=ann',
          '/api/v1/skills/doubted/card?ownerHandle=ann',
          '/api/skillward/v1/skills/ann/doubted/1.0.0',
          '/skills/@ann/doubted',
        ].map((path) => shop.ask(path)),
      );
      for (const answer of answers) expect([answer.status, answer.text]).toEqual([200, expect.stringMatching(/curl|EXE-002|198\.51\.100\.7/)]);
      expect(parsed()).toBe(1);
      const pages = await Promise.all(Array.from({ length: 5 }, () => shop.ask('/skills/@ann/doubted/1.0.0/report')));
      expect(new Set(pages.map((page) => `${page.status} ${page.text}`)).size).toBe(1);
      expect(pages[0]!.text).toContain('EXE-002');
      // Once more for the page that shows all of it.
      expect(parsed()).toBe(2);
    } finally {
      parse.mockRestore();
    }
  });

  it('is counted whole, though only its beginning is shown', async () => {
    const bytes = await shop.ask('/api/skillward/v1/skills/ann/doubted/1.0.0/report');
    const { findings } = bytes.json as { findings: { gate: string; rule: string; slug: string }[] };
    const { scan } = (await shop.ask('/api/skillward/v1/skills/ann/doubted/1.0.0')).json as { scan: { findings: Record<string, number> } };
    expect(Object.values(scan.findings).reduce((sum, count) => sum + count, 0)).toBe(findings.length);
    const { moderation } = (await shop.ask('/api/v1/skills/doubted/moderation?ownerHandle=ann')).json as {
      moderation: { evidence: { code: string }[] };
    };
    expect(moderation.evidence.map((one) => one.code)).toEqual(findings.map((one) => `${one.rule} ${one.slug}`));
  });

  it('is not shown from memory when its file was changed', async () => {
    const { report_sha256 } = await shop.row();
    expect((await shop.ask('/api/v1/skills/notes/moderation')).status).toBe(200);
    const path = shop.store.blobs.path(report_sha256!);
    chmodSync(path, 0o600);
    appendFileSync(path, ' ');
    for (const at of [
      '/api/v1/skills/notes/moderation',
      '/api/v1/skills/notes/card',
      '/api/skillward/v1/skills/ann/notes/1.0.0',
      '/skills/@ann/notes/1.0.0/report',
    ])
      expect((await shop.ask(at)).status, at).toBe(503);
    expect(((await verdicts([asked('notes')])).json as { items: object[] }).items).toMatchObject([
      { ok: false, reasons: ['skillward.tampered.blocked'] },
    ]);
  });
});

it('a long list of verdicts lets others have their turn', async () => {
  const order: string[] = [];
  const many = verdicts(Array.from({ length: 100 }, (_, at) => ({ slug: `skill-${at}`, version: '1.0.0' }))).then(() => order.push('verdicts'));
  const health = shop.ask('/healthz').then(() => order.push('health'));
  await Promise.all([many, health]);
  expect(order).toEqual(['health', 'verdicts']);
});
