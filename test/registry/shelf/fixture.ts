/**
 * A registry's store with skills in it, in any state, really packed, scanned for show and signed: rows are written as the gate writes them, so that tests of reading need no
 * scanner and no signer process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '../../../registry/archive/index.ts';
import { type Actor, anonymous, type MemberRole, roleScopes, type UserRole, type VersionState, type Visibility } from '../../../registry/model.ts';
import { createShelf } from '../../../registry/shelf/index.ts';
import { newId, openStore, type Store } from '../../../registry/store/index.ts';
import type { MemberRow, NamespaceRow, SkillRow, UserRow, VersionRow } from '../../../registry/store/schema.ts';
import { indexSkill } from '../../../registry/store/search.ts';
import { bundleDigest, signStatement } from '../../../registry/trust/bundle.ts';
import { generateKey, keyEntry, type PrivateKey, type PublicKeyEntry, parsePrivateKey } from '../../../registry/trust/keys.ts';
import { attestationsBytes, attestationsOf } from '../../../registry/trust/release.ts';
import { publishStatement, type ReleaseFacts, reviewStatement, scanStatement, vsaStatement } from '../../../registry/trust/statements.ts';
import { canonical } from '../../../scanner/canonical.ts';
import { type Report, scan } from '../../../scanner/index.ts';
import { limits } from '../../../scanner/limits.ts';
import { assemble } from '../../../scanner/load/assemble.ts';
import { changeVersion, insertVersion } from '../rows.ts';

export const registryId = 'skills.example';
const hex = '0'.repeat(64);

export interface Library {
  readonly store: Store;
  readonly keys: PublicKeyEntry[];
  readonly release: PrivateKey;
  readonly folder: string;
  /** Milliseconds since 1970; tests move it. */
  clock: number;
  close(): Promise<void>;
}

export async function library(): Promise<Library> {
  const folder = mkdtempSync(join(tmpdir(), 'skillward-shelf-'));
  const store = await openStore(folder);
  const release = parsePrivateKey(generateKey().privatePem);
  return {
    store,
    release,
    keys: [keyEntry(release.pem, 'release', 0)],
    folder,
    clock: Date.UTC(2026, 10, 21, 12),
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const shelfOf = (of: Library, options: { readonly anonymousRead?: boolean } = {}) =>
  createShelf({
    store: of.store,
    config: { registryId, anonymousRead: options.anonymousRead ?? false },
    keys: () => of.keys,
    now: () => of.clock,
  });

export async function addUser(of: Library, handle: string, role: UserRole = 'publisher'): Promise<UserRow> {
  const row = of.store.seal<UserRow>('users', {
    id: newId('usr'),
    handle,
    display_name: handle.toUpperCase(),
    role,
    created_at: of.clock,
    disabled_at: null,
  });
  await of.store.write((tx) => tx.insertInto('users').values(row).execute());
  return row;
}

export async function addNamespace(of: Library, handle: string, owner: UserRow, visibility: Visibility = 'internal'): Promise<NamespaceRow> {
  const row = of.store.seal<NamespaceRow>('namespaces', {
    id: newId('ns'),
    handle,
    display_name: handle,
    visibility,
    created_by: owner.id,
    created_at: of.clock,
  });
  await of.store.write((tx) => tx.insertInto('namespaces').values(row).execute());
  await addMember(of, row, owner, 'owner');
  return row;
}

export async function addMember(of: Library, namespace: NamespaceRow, user: UserRow, role: MemberRole): Promise<void> {
  const row = of.store.seal<MemberRow>('members', {
    id: `${namespace.id}:${user.id}`,
    namespace_id: namespace.id,
    user_id: user.id,
    role,
    created_at: of.clock,
  });
  await of.store.write((tx) => tx.insertInto('members').values(row).execute());
}

export const actorFor = (user: UserRow | undefined, more: Partial<Actor> = {}): Actor =>
  user === undefined
    ? anonymous('192.0.2.1')
    : {
        user: { id: user.id, handle: user.handle, displayName: user.display_name, role: user.role },
        tokenId: `tok_${user.handle}`,
        scopes: new Set(roleScopes[user.role]),
        namespaces: undefined,
        ip: '192.0.2.1',
        via: 'token',
        ...more,
      };

export interface Recipe {
  readonly namespace: NamespaceRow;
  readonly slug: string;
  readonly version?: string;
  readonly state?: VersionState;
  readonly publisher: UserRow;
  readonly approver?: UserRow;
  readonly files?: Readonly<Record<string, string>>;
  readonly displayName?: string;
  readonly summary?: string;
  readonly topics?: readonly string[];
  readonly reason?: string | null;
  readonly flagged?: string | null;
  readonly changelog?: string;
}

export const skillFiles = (name: string, description = `Keeps ${name} in order.`): Record<string, string> => ({
  'SKILL.md': `---\nname: ${name}\ndescription: ${description}\n---\n\n# ${name}\n\nWrites what the user says into a list.\n`,
  'scripts/run.sh': '#!/bin/sh\necho hello\n',
});

const reports = new Map<string, Promise<Report>>();
/** A real report; the same files are scanned once. */
function reportOf(name: string, digest: string, files: readonly { readonly path: string; readonly bytes: Buffer }[]): Promise<Report> {
  const key = `${name} ${digest}`;
  let report = reports.get(key);
  if (report === undefined) {
    const entries = files.map(({ path, bytes }) => ({ kind: 'file' as const, path, bytes }));
    report = scan(assemble(entries, { kind: 'zip', given: name, name }, limits), { asOf: '2026-11-21' });
    reports.set(key, report);
  }
  return report;
}

const gaveOut: ReadonlySet<VersionState> = new Set(['served', 'deprecated', 'yanked', 'revoked']);

/** Puts a version on the shelf, or beside it. */
export async function addVersion(of: Library, recipe: Recipe): Promise<VersionRow> {
  const { store, clock } = of;
  const version = recipe.version ?? '1.0.0';
  const state = recipe.state ?? 'served';
  const files = Object.entries(recipe.files ?? skillFiles(recipe.slug)).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
  const described = await describe(files);
  await store.blobs.put(described.archive);
  const report = await reportOf(recipe.slug, described.sha256, files);
  const reportBytes = Buffer.from(canonical(report));
  const reportSha256 = await store.blobs.put(reportBytes);
  const facts: ReleaseFacts = {
    registryId,
    owner: recipe.namespace.handle,
    slug: recipe.slug,
    version,
    archiveSha256: described.sha256,
    archiveSize: described.size,
    tree: described.tree,
    fingerprint: described.fingerprint,
    files: described.files,
  };
  const at = new Date(clock).toISOString();
  const statements = [
    publishStatement(facts, {
      publisher: { id: recipe.publisher.id, handle: recipe.publisher.handle, level: 'L1', credential: { kind: 'token', id: 'tok_1' } },
      publishedAt: at,
      source: { kind: 'upload' },
    }),
    scanStatement(facts, {
      scanner: { name: 'skillward', version: report.tool.version },
      rules: { digest: report.rules.digest, count: report.rules.count },
      policy: { name: report.policy.name, digest: report.policy.digest, asOf: report.policy.asOf },
      verdict: { decision: report.verdict.decision, says: report.verdict.says },
      findings: [],
      capability: { digest: hex, entries: 0, added: 0 },
      complete: true,
      report: { sha256: reportSha256, size: reportBytes.length },
      scannedAt: at,
    }),
    ...(recipe.approver === undefined
      ? []
      : [
          reviewStatement(facts, {
            reviewer: { id: recipe.approver.id, handle: recipe.approver.handle, role: 'approver' },
            decision: 'approved',
            reason: 'read it whole',
            reviewedAt: at,
            self: false,
            breakGlass: false,
          }),
        ]),
  ];
  const signed = await Promise.all(statements.map((statement) => signStatement(statement, of.release)));
  const vsa = await signStatement(
    vsaStatement(facts, {
      version: '0.1.0',
      timeVerified: at,
      policySha256: hex,
      inputs: signed.map(bundleDigest),
      result: 'PASSED',
      levels: ['SKILLWARD_PUBLISHER_L1'],
      solo: false,
      breakGlass: false,
      approvers: recipe.approver === undefined ? [] : [recipe.approver.id],
    }),
    of.release,
  );
  const attestations = gaveOut.has(state) ? await store.blobs.put(attestationsBytes(attestationsOf([...signed, vsa]))) : null;
  return store.write(async (tx) => {
    const existing = await tx
      .selectFrom('skills')
      .selectAll()
      .where('namespace_id', '=', recipe.namespace.id)
      .where('slug', '=', recipe.slug)
      .executeTakeFirst();
    const facts = {
      display_name: recipe.displayName ?? recipe.slug,
      summary: recipe.summary ?? `Keeps ${recipe.slug} in order.`,
      topics: JSON.stringify(recipe.topics ?? []),
    };
    const skill =
      existing ??
      store.seal<SkillRow>('skills', {
        id: newId('skl'),
        namespace_id: recipe.namespace.id,
        slug: recipe.slug,
        ...facts,
        created_by: recipe.publisher.id,
        created_at: clock,
        updated_at: clock,
        deleted_at: null,
        deleted_reason: null,
      });
    if (existing === undefined) await tx.insertInto('skills').values(skill).execute();
    else await store.patch(tx, 'skills', skill.id, { ...facts, updated_at: clock });
    const row = await insertVersion(
      store,
      tx,
      { owner: recipe.namespace.handle, slug: recipe.slug },
      {
        id: newId('ver'),
        skill_id: skill.id,
        version,
        state,
        archive_sha256: described.sha256,
        archive_size: described.size,
        tree: described.tree,
        fingerprint: described.fingerprint,
        files: JSON.stringify(described.files),
        display_name: facts.display_name,
        description: facts.summary,
        changelog: recipe.changelog ?? 'first',
        tags: '[]',
        source: '{"kind":"upload"}',
        publisher_id: recipe.publisher.id,
        publisher_token: null,
        publisher_level: 'L1',
        publisher_bundle: null,
        request_digest: hex,
        report_sha256: state === 'quarantined' ? null : reportSha256,
        decision: state === 'quarantined' ? null : report.verdict.decision,
        ruleset: report.rules.digest,
        policy_digest: report.policy.digest,
        scan_as_of: '2026-11-21',
        growth: null,
        attestations_sha256: attestations,
        state_reason: recipe.reason ?? null,
        flagged: recipe.flagged ?? null,
        created_at: clock,
        scanned_at: clock,
        decided_at: clock,
        not_before: 0,
        served_at: gaveOut.has(state) ? clock : null,
        revocation_sha256: null,
      },
    );
    await indexSkill(tx, skill.id);
    return row;
  });
}

/** Changes a version as the gate would. */
export async function setState(of: Library, row: VersionRow, state: VersionState, reason: string | null = null): Promise<void> {
  await of.store.write(async (tx) => {
    await changeVersion(of.store, tx, row.id, { state, state_reason: reason });
    await indexSkill(tx, row.skill_id);
  });
}

/** The code of a refusal and its words; `answered` if there was none. */
export const refusal = (promise: Promise<unknown> | unknown): Promise<{ code: string; says: string }> =>
  (async () => promise)().then(
    () => ({ code: 'answered', says: '' }),
    (error: { code?: string; message: string }) => ({ code: String(error.code), says: error.message }),
  );
