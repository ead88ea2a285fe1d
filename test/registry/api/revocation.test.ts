/** The signed revocation over our API: exactly the stored bundle, to those who may read the version, and nothing where there is none. */
import { appendFileSync, chmodSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { verifyRevocation } from '../../../registry/trust/release.ts';
import { honest, type Person } from '../gate/world.ts';
import { type Answer, type Server, server } from '../server.ts';

let shop: Server;
beforeAll(async () => {
  shop = await server();
  for (const version of ['1.0.0', '1.0.1', '1.0.2']) expect(await shop.state(honest(version), version)).toBe('served');
  await shop.gate.yank(shop.as.ann, { owner: 'ann', slug: 'notes', version: '1.0.1' }, 'A mistake.');
}, 120_000);
afterAll(() => shop.close());

const asked = (version: string, as: Person | null = 'rob'): Promise<Answer> =>
  shop.ask(`/api/skillward/v1/skills/ann/notes/${version}/revocation`, { as });

describe('a revocation', () => {
  it('is not there before its version is revoked, nor while it is not signed', async () => {
    expect((await asked('1.0.0')).status).toBe(404);
    expect((await asked('1.0.1')).status).toBe(410);
    const { signature } = (await shop.ask('/api/v1/skills/notes/verify?version=1.0.0&ownerHandle=ann')).json as {
      signature: { revocationUrl: string };
    };
    expect(signature.revocationUrl).toBe('https://skills.example/api/skillward/v1/skills/ann/notes/1.0.0/revocation');
    await shop.stopSigner();
    await shop.gate.revoke(
      shop.as.kim,
      { owner: 'ann', slug: 'notes', version: '1.0.0' },
      { reason: 'It does harm.', severity: 'block', replacement: '@ann/notes@1.0.2' },
    );
    const waiting = await asked('1.0.0');
    expect([waiting.status, waiting.text]).toEqual([404, expect.stringContaining('not been signed yet')]);
    await shop.startSigner();
  });

  it('is given out as it was signed, and named in the record', async () => {
    await vi.waitFor(async () => expect((await asked('1.0.0')).status).toBe(200), 60_000);
    const { archive_sha256, revocation_sha256 } = await shop.row();
    const { body } = await asked('1.0.0');
    expect(body.equals(await shop.store.blobs.get(revocation_sha256!))).toBe(true);
    const { keys } = (await shop.ask('/api/skillward/v1/keys')).json as { keys: Parameters<typeof verifyRevocation>[2] };
    const name = { registryId: 'skills.example', owner: 'ann', slug: 'notes', version: '1.0.0', archiveSha256: archive_sha256 };
    expect(await verifyRevocation(body, name, keys)).toMatchObject({
      reason: 'It does harm.',
      replacement: '@ann/notes@1.0.2',
      revokedBy: { handle: 'kim' },
    });
    expect((await shop.ask('/api/skillward/v1/skills/ann/notes/1.0.0', { as: 'bob' })).json).toMatchObject({
      state: 'revoked',
      revocation: revocation_sha256,
    });
    expect((await asked('1.0.2')).status).toBe(404);
  });

  it('does not tell those who may not read the namespace that there is anything', async () => {
    const absent = await shop.ask('/api/skillward/v1/skills/ann/nothing/1.0.0/revocation', { as: null });
    const hidden = await asked('1.0.0', null);
    expect([hidden.status, hidden.text]).toEqual([absent.status, absent.text]);
    const outside = await shop.token('rob', { namespaces: ['dan'] });
    const [one, other] = await Promise.all(
      ['notes/1.0.0', 'nothing/1.0.0'].map((path) => shop.ask(`/api/skillward/v1/skills/ann/${path}/revocation`, { token: outside })),
    );
    expect([one!.status, one!.text]).toEqual([404, other!.text]);
  });

  it('is not given out when it is not what was signed', async () => {
    const { revocation_sha256 } = await shop.row();
    const path = shop.store.blobs.path(revocation_sha256!);
    chmodSync(path, 0o600);
    appendFileSync(path, ' ');
    expect((await asked('1.0.0')).status).toBe(503);
  });
});
