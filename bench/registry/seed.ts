/**
 * Fills a store with served versions of real shape: canonical archives, sealed rows, and attestations signed by the store's own signer key, so that the server checks all that it
 * checks of any version. Only the scan is one scan for all, and nothing is synced to disk on the way. Sizes follow those of real skills (SKILL.md: median 3 kB, 99 % below 26 kB).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe } from '../../registry/archive/index.ts';
import { bootstrap } from '../../registry/auth/bootstrap.ts';
import { loadConfig } from '../../registry/config.ts';
import { createKeyring } from '../../registry/keyring.ts';
import { refText } from '../../registry/model.ts';
import { scanIsolated } from '../../registry/scan/index.ts';
import { signerKey } from '../../registry/signer/key.ts';
import { defaultKey } from '../../registry/signer/process.ts';
import { releaseStatements } from '../../registry/signer/statements.ts';
import { appendEvent } from '../../registry/store/events.ts';
import { newId, openStore } from '../../registry/store/index.ts';
import type { SkillRow, VersionRow } from '../../registry/store/schema.ts';
import { indexSkill } from '../../registry/store/search.ts';
import { setRegistryId } from '../../registry/store/settings.ts';
import { bundleBytes, type SerializedBundle, signStatement } from '../../registry/trust/bundle.ts';
import { sha256Hex } from '../../registry/trust/bytes.ts';
import { attestationsBytes, attestationsOf } from '../../registry/trust/release.ts';

export interface Seeded {
  readonly token: string;
  readonly versions: readonly { readonly slug: string; readonly version: string; readonly file: string; readonly size: number }[];
  readonly words: readonly string[];
}

/** Numbers that look random and are the same each time (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const syllables = 'ka to mi ra ne lu so ve pa di gor tel min sha bru fen ost ila uma ero'.split(' ');

/** @param folder empty data folder @param count versions, five to a skill */
export async function seed(folder: string, count: number, progress: (done: number) => void): Promise<Seeded> {
  const next = random(count);
  const word = (): string => Array.from({ length: 2 + Math.floor(next() * 2) }, () => syllables[Math.floor(next() * syllables.length)]!).join('');
  const words = Array.from({ length: 2000 }, word);
  const pick = (): string => words[Math.floor(next() ** 2 * words.length)]!;
  const prose = (bytes: number): string => {
    let text = '';
    while (text.length < bytes) text += `${pick()}${next() < 0.1 ? '.\n' : ' '}`;
    return text;
  };

  const { config } = loadConfig({ data: folder }, {});
  const store = await openStore(folder);
  const { adminTokenFile } = await bootstrap(store, config);
  const key = await signerKey(defaultKey(folder));
  await store.write((tx) => setRegistryId(store, tx, config.registryId));
  await (await createKeyring(store)).meet({ keyid: key.keyid, pem: key.pem });
  const admin = await store.db.selectFrom('users').selectAll().executeTakeFirstOrThrow();
  const namespace = await store.db.selectFrom('namespaces').selectAll().executeTakeFirstOrThrow();

  const blob = (bytes: Buffer): string => {
    const digest = sha256Hex(bytes);
    const path = store.blobs.path(digest);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes, { mode: 0o600 });
    return digest;
  };
  const sample = await describe([
    { path: 'SKILL.md', bytes: Buffer.from('---\nname: sample\ndescription: Reads a table.\n---\n# Sample\n\nRead the table.\n') },
  ]);
  const scanned = await scanIsolated({ archive: sample.archive, name: 'sample', policy: config.policy.scan, asOf: '2026-01-01' });
  if (!scanned.ok) throw new Error(scanned.says);
  const report = blob(scanned.reportBytes);

  const versions: { slug: string; version: string; file: string; size: number }[] = [];
  const skills = Math.ceil(count / 5);
  for (let first = 0; first < skills; first += 500) {
    const rows: { skills: SkillRow[]; versions: VersionRow[] } = { skills: [], versions: [] };
    const slugs = new Map<string, string>();
    for (let index = first; index < Math.min(skills, first + 500); index++) {
      const slug = `${pick()}-${pick()}-${index}`;
      const at = 1_700_000_000_000 + index * 60_000;
      const skill: SkillRow = store.seal<SkillRow>('skills', {
        id: newId('skl'),
        namespace_id: namespace.id,
        slug,
        display_name: `${pick()} ${pick()}`,
        summary: prose(120),
        topics: '[]',
        created_by: admin.id,
        created_at: at,
        updated_at: at + 5000,
        deleted_at: null,
        deleted_reason: null,
      });
      rows.skills.push(skill);
      for (let number = 0; number < 5 && versions.length < count; number++) {
        const version = `1.${number}.0`;
        const bytes = Math.min(26_000, Math.round(1500 + 1500 * Math.exp(next() * 2.8)));
        const made = await describe([
          {
            path: 'SKILL.md',
            bytes: Buffer.from(`---\nname: ${slug}\ndescription: ${prose(80).replaceAll('\n', ' ')}\n---\n# ${slug}\n\n${prose(bytes)}\n`),
          },
          { path: 'references/notes.md', bytes: Buffer.from(prose(bytes / 4)) },
        ]);
        const file = store.blobs.path(blob(made.archive));
        const row: VersionRow = {
          id: newId('ver'),
          skill_id: skill.id,
          version,
          state: 'served',
          archive_sha256: made.sha256,
          archive_size: made.size,
          tree: made.tree,
          fingerprint: made.fingerprint,
          files: JSON.stringify(made.files),
          display_name: skill.display_name,
          description: skill.summary,
          changelog: 'made for the benchmark',
          tags: '[]',
          source: '{"kind":"upload"}',
          publisher_id: admin.id,
          publisher_token: null,
          publisher_level: 'L1',
          publisher_bundle: null,
          request_digest: made.sha256,
          report_sha256: report,
          decision: 'pass',
          ruleset: scanned.report.rules.digest,
          policy_digest: scanned.report.policy.digest,
          scan_as_of: '2026-01-01',
          growth: null,
          attestations_sha256: null,
          state_reason: null,
          flagged: null,
          created_at: at + number,
          scanned_at: at + number,
          decided_at: at + number,
          not_before: at + number,
          served_at: at + number,
          revocation_sha256: null,
          moved_seq: 0,
          seal: '',
        };
        const facts = {
          registryId: config.registryId,
          owner: namespace.handle,
          slug,
          version,
          archiveSha256: made.sha256,
          archiveSize: made.size,
          tree: made.tree,
          fingerprint: made.fingerprint,
          files: made.files,
        };
        const statements = releaseStatements({
          facts,
          record: {
            owner: namespace.handle,
            slug,
            row,
            publisher: { id: admin.id, handle: admin.handle, disabled: false },
            approvals: [],
            people: [],
            publisherKeys: [],
            siblings: [],
          },
          own: undefined,
          approvals: [],
          report: scanned.report,
          growth: null,
          reportSha256: report,
          reportSize: scanned.reportBytes.length,
          judged: { ok: true, solo: false, breakGlass: false, approvers: [] },
          due: row.not_before,
          policy: config.policy,
        });
        const bundles: SerializedBundle[] = [];
        for (const input of statements.inputs) bundles.push('statement' in input ? await signStatement(input.statement, key) : input.bundle);
        bundles.push(await signStatement(statements.release(bundles.map((bundle) => sha256Hex(bundleBytes(bundle)))), key));
        rows.versions.push({ ...row, attestations_sha256: blob(attestationsBytes(attestationsOf(bundles))) });
        slugs.set(skill.id, slug);
        versions.push({ slug, version, file, size: made.size });
      }
    }
    await store.write(async (tx) => {
      for (let at = 0; at < rows.skills.length; at += 100)
        await tx
          .insertInto('skills')
          .values(rows.skills.slice(at, at + 100))
          .execute();
      const sealed: VersionRow[] = [];
      for (const { seal: _, ...row } of rows.versions) {
        const subject = refText({ owner: namespace.handle, slug: slugs.get(row.skill_id)!, version: row.version });
        const data = { version: row.id, to: 'served' };
        const { seq } = await appendEvent(tx, { type: 'version.served', actor: { via: 'system' }, subject, data }, row.created_at);
        sealed.push(store.seal<VersionRow>('versions', { ...row, moved_seq: seq }));
      }
      for (let at = 0; at < sealed.length; at += 100)
        await tx
          .insertInto('versions')
          .values(sealed.slice(at, at + 100))
          .execute();
      for (const skill of rows.skills) await indexSkill(tx, skill.id);
    });
    progress(versions.length);
  }
  await store.close();
  const { readFileSync } = await import('node:fs');
  return { token: readFileSync(adminTokenFile ?? join(folder, 'admin-token'), 'utf8').trim(), versions, words };
}
