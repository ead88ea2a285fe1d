/** What the signer finds out by itself: it signs what is as it should be, and nothing that a row merely says is so. Real database, archives and scans. */
import { readFileSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import yazl from 'yazl';
import { describe as describeFiles } from '../../../registry/archive/index.ts';
import { policyDigest } from '../../../registry/signer/statements.ts';
import { appendEvent } from '../../../registry/store/events.ts';
import type { VersionRow } from '../../../registry/store/schema.ts';
import { bundleBytes } from '../../../registry/trust/bundle.ts';
import { sha256Hex } from '../../../registry/trust/bytes.ts';
import { generateKey, parsePrivateKey } from '../../../registry/trust/keys.ts';
import { PUBLISHER_FILE, signAsPublisher } from '../../../registry/trust/publisher.ts';
import { type ExpectedRelease, verifyRelease, verifyRevocation } from '../../../registry/trust/release.ts';
import { grown, lenient, malicious, noon, type Registry, registry, registryId, skill, withApproval } from './fixture.ts';

let own: Registry;
beforeEach(async () => {
  own = await registry();
});
afterEach(() => own.close());

const expectedOf = (row: VersionRow): ExpectedRelease => ({
  registryId,
  owner: 'acme',
  slug: 'notes',
  version: row.version,
  archiveSha256: row.archive_sha256,
  archiveSize: row.archive_size,
  tree: row.tree,
  fingerprint: row.fingerprint,
  files: JSON.parse(row.files) as ExpectedRelease['files'] & object,
});

describe('an approved version', () => {
  it('is signed with what the signer found, and again with the same bytes', async () => {
    const row = await own.add('1.0.0', skill());
    const signed = await own.sign(row.id);
    const release = await verifyRelease(signed.bytes, expectedOf(row), own.keys);
    expect(release).toMatchObject({
      publisher: { id: own.users.ann, handle: 'ann', level: 'L1', credential: { kind: 'token', id: 'tok_1' } },
      scan: { verdict: { decision: 'pass' }, report: { sha256: row.report_sha256 }, complete: true, policy: { asOf: '2026-11-21' } },
      reviews: [],
      releasedAt: new Date(noon + 2000).toISOString(),
      policySha256: policyDigest(lenient),
      solo: false,
      breakGlass: false,
    });
    // A day later, by a signer started anew: what a crash left undone is done again, not done differently.
    expect((await own.sign(row.id, lenient, noon + 86_400_000)).sha256).toBe(signed.sha256);
    expect(sha256Hex(signed.bytes)).toBe(signed.sha256);
  });

  it('is not signed once its very bytes were revoked as another version, unless somebody has approved it after that', async () => {
    // So that there is something to compare with that was not revoked.
    await own.release(await own.add('0.9.0', skill('Write a list of points.\n')));
    const first = await own.add('1.0.0', skill());
    const again = await own.add('1.0.1', skill());
    expect(await own.objection(again.id)).toBe('signed');
    await own.release(first);
    const served = await own.store.db.selectFrom('versions').selectAll().where('id', '=', first.id).executeTakeFirstOrThrow();
    await own.patch(first.id, { state: 'revoked' });
    expect(await own.objection(again.id)).toBe('not-approved');
    // At the moment of the revocation, so perhaps not knowing of it.
    await own.approve(again, own.users.bob, { created_at: noon });
    expect(await own.objection(again.id)).toBe('not-approved');
    await own.approve(again, own.users.eve);
    expect(await own.objection(again.id)).toBe('signed');
    // The row from before it was revoked, with its good seal.
    await own.store.db.updateTable('versions').set(served).where('id', '=', first.id).execute();
    expect(await own.objection(again.id)).toBe('tampered');
  });

  it('is not signed in any state but those that may be read', async () => {
    const states = {
      quarantined: 'wrong-state',
      held: 'wrong-state',
      refused: 'wrong-state',
      yanked: 'wrong-state',
      revoked: 'wrong-state',
      served: 'signed',
      deprecated: 'signed',
    } as const;
    const row = await own.add('1.0.0', skill());
    for (const [state, objection] of Object.entries(states)) {
      await own.patch(row.id, { state: state as VersionRow['state'] });
      expect([state, await own.objection(row.id)]).toEqual([state, objection]);
    }
    expect(await own.objection('ver_nothere')).toBe('unknown-version');
  });

  it('waits for the end of its cooldown, whatever its row says of it', async () => {
    const policy = { ...lenient, cooldown: 7_200_000 };
    const row = await own.add('1.0.0', skill());
    expect(await own.objection(row.id, policy, noon + 7_199_999)).toBe('too-early');
    const { bytes } = await own.sign(row.id, policy, noon + 7_200_000);
    expect((await verifyRelease(bytes, expectedOf(row), own.keys)).releasedAt).toBe(new Date(noon + 7_200_000).toISOString());
    await own.patch(row.id, { not_before: noon + 9_000_000 });
    expect(await own.objection(row.id, policy, noon + 8_000_000)).toBe('too-early');
  });
});

describe('bytes', () => {
  it('that changed in the store are not signed', async () => {
    const row = await own.add('1.0.0', skill());
    const path = own.store.blobs.path(row.archive_sha256);
    const bytes = readFileSync(path);
    bytes[60] = bytes[60]! ^ 1;
    writeFileSync(path, bytes);
    expect(await own.objection(row.id)).toBe('tampered');
  });

  it('that are not what a row says of them are not signed, even with a good seal', async () => {
    const row = await own.add('1.0.0', skill());
    const other = await describeFiles(grown());
    await own.store.blobs.put(other.archive);
    const lies: Partial<VersionRow>[] = [
      { archive_sha256: other.sha256, archive_size: other.size },
      { archive_size: row.archive_size + 1 },
      { tree: other.tree },
      { fingerprint: other.fingerprint },
      { files: JSON.stringify(other.files) },
      { files: '[]' },
      { files: '{' },
      { files: row.files.replace('text/markdown', 'text/html') },
    ];
    for (const lie of lies) {
      await own.patch(row.id, lie);
      expect([lie, await own.objection(row.id)]).toEqual([lie, 'tampered']);
      await own.patch(row.id, row);
    }
    expect(await own.objection(row.id)).toBe('signed');
  });

  it('that are another archive of the same files are not signed', async () => {
    const zip = new yazl.ZipFile();
    for (const file of skill()) zip.addBuffer(file.bytes, file.path, { mtime: new Date(0), compress: true });
    zip.end();
    const chunks: Buffer[] = [];
    for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
    const archive = Buffer.concat(chunks);
    const row = await own.add('1.0.0', skill(), { archive_sha256: await own.store.blobs.put(archive), archive_size: archive.length });
    expect(await own.objection(row.id)).toBe('tampered');
  });

  it('in a row that was changed around the registry are not signed', async () => {
    const row = await own.add('1.0.0', skill());
    await own.store.write((tx) => tx.updateTable('versions').set({ publisher_id: own.users.bob }).where('id', '=', row.id).execute());
    expect(await own.objection(row.id)).toBe('tampered');
  });
});

describe('the scan', () => {
  it('is done again: a row that says pass does not make it so', async () => {
    const honest = await own.add('1.0.0', skill());
    const row = await own.add('1.0.1', malicious());
    expect(row.decision).toBe('block');
    expect(await own.objection(row.id)).toBe('not-approved');
    await own.patch(row.id, { decision: 'pass' });
    expect(await own.objection(row.id)).toBe('scan-differs');
    await own.patch(row.id, { decision: 'block', report_sha256: honest.report_sha256 });
    expect(await own.objection(row.id)).toBe('scan-differs');
  });

  it('must be the one on record: another policy, another day, or none at all has to be scanned again', async () => {
    const row = await own.add('1.0.0', skill());
    expect(await own.objection(row.id, { ...lenient, scan: 'iron' })).toBe('scan-differs');
    for (const patch of [
      { scan_as_of: '2026-11-22' },
      { scan_as_of: '2020-01-01' },
      { scan_as_of: '2030-01-01' },
      { report_sha256: null },
      { decision: null },
      { scan_as_of: null },
    ]) {
      await own.patch(row.id, patch);
      expect([patch, await own.objection(row.id)]).toEqual([patch, 'scan-differs']);
      await own.patch(row.id, row);
    }
  });

  it('that does not finish is no verdict', async () => {
    const row = await own.add('1.0.0', skill());
    const { withRecords } = await import('../../../registry/signer/records.ts');
    const { decideAndSign } = await import('../../../registry/signer/decide.ts');
    const { scanIsolated } = await import('../../../registry/scan/index.ts');
    const hasty = withRecords(own.folder, (records) =>
      decideAndSign(row.id, { ...records, ...own.deps(), scan: scanIsolated, scanOptions: { timeoutMs: 1 } }),
    );
    await expect(hasty).rejects.toMatchObject({ objection: 'scan-failed' });
  });
});

describe('people', () => {
  const reviewed = withApproval({ pass: 'review' });

  it('have to be enough, others than the publisher, still in office, and have seen these bytes', async () => {
    const { ann, bob, eve } = own.users;
    const row = await own.add('1.0.0', skill());
    expect(await own.objection(row.id, reviewed)).toBe('not-approved');
    await own.approve(row, ann);
    expect(await own.objection(row.id, reviewed)).toBe('not-approved');
    await own.approve(row, bob, { archive_sha256: sha256Hex('other bytes') });
    expect(await own.objection(row.id, reviewed)).toBe('not-approved');
    await own.approve(row, eve);
    const release = await verifyRelease((await own.sign(row.id, reviewed)).bytes, expectedOf(row), own.keys);
    expect(release).toMatchObject({
      approvedBy: ['eve'],
      solo: false,
      reviews: [{ reviewer: { id: eve, role: 'approver' }, reason: 'read it whole', self: false, breakGlass: false, report: row.report_sha256 }],
      releasedAt: new Date(noon + 3000).toISOString(),
    });
    expect(await own.objection(row.id, withApproval({ pass: 'review', approvers: 2 }))).toBe('not-approved');
    await own.store.write((tx) => own.store.patch(tx, 'users', eve, { disabled_at: noon }));
    expect(await own.objection(row.id, reviewed)).toBe('not-approved');
  });

  it('have to have seen what the report says, or more', async () => {
    const { bob, eve } = own.users;
    const less = await own.add('0.1.0', skill());
    const row = await own.add('1.0.0', grown());
    const strict = withApproval({ pass: 'review' });
    await own.approve(row, bob, { report_sha256: less.report_sha256 });
    expect(await own.objection(row.id, strict)).toBe('not-approved');
    await own.approve(row, eve, { report_sha256: null });
    expect(await own.objection(row.id, strict)).toBe('not-approved');
    // A report with the same abilities and nothing less to object to: what a newer scanner wrote, say.
    const report = JSON.parse((await own.store.blobs.get(row.report_sha256!)).toString()) as object;
    await own.approve(row, eve, {
      report_sha256: await own.store.blobs.put(Buffer.from(JSON.stringify({ ...report, tool: { name: 'skillward', version: '0.0.9' } }))),
    });
    expect(await own.objection(row.id, strict)).toBe('signed');
  });

  it('who reject it end it', async () => {
    const row = await own.add('1.0.0', skill());
    await own.approve(row, own.users.bob);
    await own.approve(row, own.users.eve, { decision: 'reject' });
    expect(await own.objection(row.id)).toBe('not-approved');
  });

  it('who approve their own, where policy lets them, are named as such in the release', async () => {
    const row = await own.add('1.0.0', skill());
    await own.store.write((tx) => own.store.patch(tx, 'users', own.users.ann, { role: 'admin' }));
    await own.approve(row, own.users.ann);
    const release = await verifyRelease((await own.sign(row.id, withApproval({ pass: 'review', solo: true }))).bytes, expectedOf(row), own.keys);
    expect(release).toMatchObject({ solo: true, reviews: [{ self: true }] });
  });

  it('who break the glass say so in the release', async () => {
    const policy = withApproval({ block: 'break-glass' });
    const row = await own.add('1.0.0', malicious());
    await own.approve(row, own.users.bob);
    expect(await own.objection(row.id, policy)).toBe('not-approved');
    await own.approve(row, own.users.kim, { break_glass: 1, reason: 'an exercise of the response team, see ticket 12' });
    const release = await verifyRelease((await own.sign(row.id, policy)).bytes, expectedOf(row), own.keys);
    expect(release).toMatchObject({ breakGlass: true, scan: { verdict: { decision: 'block' } } });
    expect(release.reviews.filter((review) => review.breakGlass).map((review) => review.reviewer.handle)).toEqual(['kim']);
    expect(await own.objection(row.id, lenient)).toBe('not-approved');
  });

  it('have to look at what a disabled publisher left behind', async () => {
    const row = await own.add('1.0.0', skill());
    await own.store.write((tx) => own.store.patch(tx, 'users', own.users.ann, { disabled_at: noon }));
    expect(await own.objection(row.id)).toBe('not-approved');
    await own.approve(row, own.users.bob);
    expect(await own.objection(row.id)).toBe('signed');
  });
});

describe('growth', () => {
  it('over the newest served version needs a person, whatever the row says of it', async () => {
    const first = await own.add('1.0.0', skill());
    await own.release(first);
    const row = await own.add('1.1.0', grown(), { growth: null });
    expect(row.decision).toBe('pass');
    expect(await own.objection(row.id)).toBe('not-approved');
    expect(await own.objection(row.id, withApproval({ growth: 'auto' }))).toBe('signed');
    await own.approve(row, own.users.bob);
    const release = await verifyRelease((await own.sign(row.id)).bytes, expectedOf(row), own.keys);
    expect(release.scan.capability.against).toBe('@acme/notes@1.0.0');
    expect(release.scan.capability.added).toBeGreaterThan(0);
  });

  it('is none for the first version, and none for less than before', async () => {
    const first = await own.add('1.0.0', grown());
    await own.release(first);
    expect(await own.objection((await own.add('1.1.0', skill())).id)).toBe('signed');
    // Signed once more, as with a new key, it is still compared with what was there before it.
    await own.release(await own.add('1.2.0', skill()), noon + 9000);
    expect(await own.objection(first.id)).toBe('signed');
  });

  it('is measured against what was signed: a base whose release does not verify ends it', async () => {
    const first = await own.add('1.0.0', skill());
    await own.release(first);
    const row = await own.add('1.1.0', skill('More.\n'));
    expect(await own.objection(row.id)).toBe('signed');
    const greedy = await own.add('0.9.0', grown());
    const { bytes } = await own.sign(greedy.id, withApproval({ growth: 'auto' }));
    await own.patch(first.id, { attestations_sha256: await own.store.blobs.put(bytes) });
    expect(await own.objection(row.id)).toBe('tampered');
    await own.patch(first.id, { attestations_sha256: null });
    expect(await own.objection(row.id)).toBe('tampered');
  });

  it('against nothing but revoked versions needs a person', async () => {
    const first = await own.add('1.0.0', grown());
    await own.release(first);
    await own.patch(first.id, { state: 'revoked' });
    const row = await own.add('1.1.0', skill());
    expect(await own.objection(row.id)).toBe('not-approved');
    await own.approve(row, own.users.bob);
    expect(await own.objection(row.id)).toBe('signed');
  });
});

describe('a publisher’s own signature', () => {
  const key = parsePrivateKey(generateKey().privatePem);
  const nameOf = (version: string) => ({ registryId, owner: 'acme', slug: 'notes', version });
  const signedBy = async (version: string, by = key, files = skill()) =>
    bundleBytes(await signAsPublisher(nameOf(version), await describeFiles(files), { signedAt: '2026-11-21T11:00:00.000Z' }, by));

  it('is checked with a registered key of the publisher, inside the folder or beside it', async () => {
    const inside = await own.add('1.0.0', [...skill(), { path: PUBLISHER_FILE, bytes: await signedBy('1.0.0') }], { publisher_level: 'L2' });
    const beside = await own.add('1.0.1', skill(), { publisher_level: 'L2', publisher_bundle: await own.store.blobs.put(await signedBy('1.0.1')) });
    for (const row of [inside, beside]) expect(await own.objection(row.id)).toBe('publisher');
    await own.registerKey(own.users.bob, key.pem);
    expect(await own.objection(inside.id)).toBe('publisher');
    await own.store.write((tx) => tx.deleteFrom('publisher_keys').execute());
    await own.registerKey(own.users.ann, key.pem);
    for (const row of [inside, beside]) {
      const release = await verifyRelease((await own.sign(row.id, { ...lenient, level: 'L2' })).bytes, expectedOf(row), own.keys, { minLevel: 'L2' });
      expect(release.publisher).toMatchObject({ level: 'L2', keyid: key.keyid });
    }
  });

  it('that does not fit is never left out quietly', async () => {
    await own.registerKey(own.users.ann, key.pem);
    const bad: [string, Promise<Buffer>][] = [
      ['of another version', signedBy('2.0.0')],
      ['of other files', signedBy('1.0.0', key, grown())],
      ['by another key', signedBy('1.0.0', parsePrivateKey(generateKey().privatePem))],
      ['of no sense', Promise.resolve(Buffer.from('{}'))],
    ];
    let n = 0;
    for (const [what, bytes] of bad)
      for (const level of ['L1', 'L2'] as const) {
        const row = await own.add(`1.0.0-${n++}`, [...skill(), { path: PUBLISHER_FILE, bytes: await bytes }], { publisher_level: level });
        expect([what, await own.objection(row.id)]).toEqual([what, 'publisher']);
      }
    // In an import it is a file of somebody else's, and says nothing about who brought it.
    const brought = await own.add('3.0.0', [...skill(), { path: PUBLISHER_FILE, bytes: await signedBy('2.0.0') }], {
      source: '{"kind":"import","upstream":"https://hub.example","digest":"sha256:00","from":"clawhub"}',
    });
    // Nor is it looked at by its importer alone, unless policy says so.
    expect(await own.objection(brought.id)).toBe('not-approved');
    const release = await verifyRelease((await own.sign(brought.id, withApproval({ import: 'auto' }))).bytes, expectedOf(brought), own.keys);
    expect(release).toMatchObject({ publisher: { level: 'L1' }, source: { kind: 'import', uri: 'https://hub.example', digest: 'sha256:00' } });
  });

  it('counts no more once its key is revoked, and is not claimed without being there', async () => {
    await own.registerKey(own.users.ann, key.pem, noon);
    const row = await own.add('1.0.0', [...skill(), { path: PUBLISHER_FILE, bytes: await signedBy('1.0.0') }], { publisher_level: 'L2' });
    expect(await own.objection(row.id)).toBe('publisher');
    expect(await own.objection((await own.add('1.0.1', skill(), { publisher_level: 'L2' })).id)).toBe('publisher');
    const plain = await own.add('1.0.2', skill());
    expect(await own.objection(plain.id, { ...lenient, level: 'L2' })).toBe('publisher');
    expect(await own.objection(plain.id, { ...lenient, level: 'L3' })).toBe('publisher');
  });
});

describe('a row from an earlier day', () => {
  const behindOurBack = (statement: string): void => {
    const other = new Database(`${own.folder}/registry.db`);
    other.exec(statement);
    other.close();
  };

  it('is not signed, however good its seal is', async () => {
    const row = await own.add('1.0.0', skill());
    expect(await own.objection(row.id)).toBe('signed');
    behindOurBack('create table kept as select * from versions');
    await own.patch(row.id, { state: 'refused' });
    expect(await own.objection(row.id)).toBe('wrong-state');
    behindOurBack('delete from versions; insert into versions select * from kept; drop table kept');
    expect(await own.objection(row.id)).toBe('tampered');
  });

  it('is not what the next version is compared with', async () => {
    const modest = await own.add('1.0.0', skill());
    await own.release(modest);
    behindOurBack(`create table kept as select * from versions where id = '${modest.id}'`);
    await own.patch(modest.id, { state: 'revoked' });
    const next = await own.add('2.0.0', skill('More words.\n'));
    expect(await own.objection(next.id)).toBe('not-approved');
    behindOurBack(`delete from versions where id = '${modest.id}'; insert into versions select * from kept; drop table kept`);
    expect(await own.objection(next.id)).toBe('tampered');
  });

  it('is not signed when the log was cut to fit it', async () => {
    const row = await own.add('1.0.0', skill());
    behindOurBack('create table kept as select * from versions');
    await own.patch(row.id, { state: 'refused' });
    behindOurBack(
      "delete from versions; insert into versions select * from kept; drop table kept; drop trigger events_stay; delete from events where type = 'version.refused'",
    );
    expect(await own.objection(row.id)).toBe('tampered');
  });

  it('of an approval is missed when it is gone', async () => {
    const policy = withApproval({ pass: 'review', approvers: 2 });
    const row = await own.add('1.0.0', skill());
    await own.approve(row, own.users.bob);
    await own.approve(row, own.users.eve);
    expect(await own.objection(row.id, policy)).toBe('signed');
    await own.approve(row, own.users.kim, { decision: 'reject' });
    expect(await own.objection(row.id, policy)).toBe('not-approved');
    behindOurBack("delete from approvals where decision = 'reject'");
    expect(await own.objection(row.id, policy)).toBe('tampered');
  });
});

describe('a revocation', () => {
  it('is signed for what the audit log says was revoked, by whom and why', async () => {
    const row = await own.add('1.0.0', skill());
    await expect(own.revoke(row.id)).rejects.toMatchObject({ objection: 'wrong-state' });
    await own.store.write((tx) => own.store.patch(tx, 'versions', row.id, { state: 'revoked' }));
    await expect(own.revoke(row.id)).rejects.toMatchObject({ objection: 'tampered' });
    await own.store.write(async (tx) => {
      const { seq } = await appendEvent(
        tx,
        {
          type: 'version.revoked',
          subject: '@acme/notes@1.0.0',
          reason: 'sends keys away',
          actor: { user: own.users.bob, handle: 'bob', via: 'token' },
          data: { version: row.id, severity: 'warn', replacement: '@acme/notes@1.0.1' },
        },
        noon + 5000,
      );
      await own.store.patch(tx, 'versions', row.id, { moved_seq: seq });
    });
    const signed = await own.revoke(row.id);
    const expected = { registryId, owner: 'acme', slug: 'notes', version: '1.0.0', archiveSha256: row.archive_sha256 };
    expect(await verifyRevocation(signed.bytes, expected, own.keys)).toEqual({
      reason: 'sends keys away',
      severity: 'warn',
      replacement: '@acme/notes@1.0.1',
      revokedAt: new Date(noon + 5000).toISOString(),
      revokedBy: { id: own.users.bob, handle: 'bob' },
    });
    expect((await own.revoke(row.id)).sha256).toBe(signed.sha256);
  });
});
