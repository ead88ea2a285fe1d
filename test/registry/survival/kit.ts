/** What must hold of a registry whatever happened to its processes: as a look into its data folder, and as what a reader gets over HTTP. */
import { expect } from 'vitest';
import { type PackFile, describe as pack } from '../../../registry/archive/index.ts';
import { type FileEntry, refText, releasable } from '../../../registry/model.ts';
import type { Connection } from '../../../registry/store/accounts.ts';
import { verifyEvents } from '../../../registry/store/events.ts';
import { openStore, type Store } from '../../../registry/store/index.ts';
import type { VersionRow } from '../../../registry/store/schema.ts';
import { registryIdOf } from '../../../registry/store/settings.ts';
import { releaseKeys, tagsOf, versionById } from '../../../registry/store/versions.ts';
import { verifyRelease } from '../../../registry/trust/release.ts';
import { sha256 } from './requests.ts';

/** Everything of a folder that was looked at. */
export interface Examined {
  /** By `@owner/slug@version`. */
  readonly versions: ReadonlyMap<string, VersionRow>;
  /** How often each type of event tells of a reference: `version.served @ann/notes@1.0.0`. */
  readonly told: ReadonlyMap<string, number>;
  /** Handles of admins, and ids of release keys. */
  readonly admins: readonly string[];
  readonly keys: readonly string[];
}

/**
 * Looks through a data folder and fails unless every version in it is either invisible or whole: a row with our seal; the archive and the report there and unharmed; a release if and only
 * if it was ever served, by a key on record, that verifies for exactly these bytes; one event for its publish and one for its first serving; nothing of what is not served in the index
 * or behind a tag; and an audit log without a gap.
 */
export async function examine(folder: string): Promise<Examined> {
  const store = await openStore(folder, { readonly: true, cacheBytes: 0 });
  try {
    // One state of the store, also while servers write to it.
    return await store.db.transaction().execute((tx) => look(store, tx));
  } finally {
    await store.close();
  }
}

async function look(store: Store, db: Connection): Promise<Examined> {
  expect(await verifyEvents(db)).toMatchObject({ ok: true });
  const told = new Map<string, number>();
  for (const { type, subject } of await db.selectFrom('events').select(['type', 'subject']).execute()) {
    const key = `${type} ${subject}`;
    told.set(key, (told.get(key) ?? 0) + 1);
  }
  const id = (await registryIdOf(store, db)) ?? 'skills.example';
  const keys = await releaseKeys(store, db);
  const versions = new Map<string, VersionRow>();
  const shown = new Set<string>();
  for (const found of await db.selectFrom('versions').select('id').orderBy('created_at').orderBy('id').execute()) {
    const { owner, slug, skill, row } = (await versionById(store, db, found.id))!;
    const ref = refText({ owner, slug, version: row.version });
    versions.set(ref, row);
    const archive = await store.blobs.get(row.archive_sha256);
    expect(archive.length, ref).toBe(row.archive_size);
    if (row.report_sha256 !== null) await store.blobs.get(row.report_sha256);
    expect({ ref, published: told.get(`version.published ${ref}`), served: told.get(`version.served ${ref}`) ?? 0 }).toEqual({
      ref,
      published: 1,
      served: row.served_at === null ? 0 : 1,
    });
    if (releasable.has(row.state)) {
      expect(row.served_at, ref).not.toBeNull();
      if (skill.deleted_at === null) shown.add(skill.id);
    }
    if (row.served_at === null) {
      expect(row.attestations_sha256, ref).toBeNull();
      continue;
    }
    await verifyRelease(
      await store.blobs.get(row.attestations_sha256!),
      {
        registryId: id,
        owner,
        slug,
        version: row.version,
        archiveSha256: sha256(archive),
        archiveSize: archive.length,
        tree: row.tree,
        fingerprint: row.fingerprint,
        files: JSON.parse(row.files) as FileEntry[],
      },
      keys,
    );
  }
  for (const skill of await db.selectFrom('skills').selectAll().execute()) {
    store.sealed('skills', skill);
    const own = [...versions.values()].filter((row) => row.skill_id === skill.id);
    expect(own, skill.slug).not.toEqual([]);
    for (const tag of await tagsOf(store, db, skill.id)) expect(own.find((row) => row.id === tag.version_id)?.served_at, tag.id).toBeTruthy();
  }
  const indexed = (await db.selectFrom('skill_search').select('skill_id').execute()).map((row) => row.skill_id);
  expect(indexed.sort()).toEqual([...shown].sort());
  for await (const digest of store.blobs.list()) await store.blobs.get(digest);
  const users = await db.selectFrom('users').selectAll().where('role', '=', 'admin').execute();
  return { versions, told, admins: users.map((user) => store.sealed('users', user).handle), keys: keys.map((key) => key.keyid) };
}

/**
 * What a reader gets of a version by every kind of route: `nothing` of it by any, or all of it by each, verified. Anything between fails.
 * @param ask asks as somebody who may read, and not more
 */
export async function seen(
  ask: (path: string) => Promise<{ readonly status: number; readonly body: Buffer }>,
  folder: string,
  { owner, slug, version, files }: { readonly owner: string; readonly slug: string; readonly version: string; readonly files: readonly PackFile[] },
): Promise<'nothing' | 'whole'> {
  const described = await pack(files);
  const of = `ownerHandle=${owner}&version=${version}`;
  const native = `/api/skillward/v1/skills/${owner}/${slug}`;
  const single: Record<string, string> = {
    detail: `/api/v1/skills/${slug}?ownerHandle=${owner}`,
    version: `/api/v1/skills/${slug}/versions/${version}?ownerHandle=${owner}`,
    file: `/api/v1/skills/${slug}/file?path=SKILL.md&${of}`,
    download: `/api/v1/download?slug=${slug}&${of}`,
    resolve: `/api/v1/resolve?slug=${slug}&hash=${described.fingerprint}&ownerHandle=${owner}`,
    install: `/api/v1/skills/${slug}/install?ownerHandle=${owner}`,
    verify: `/api/v1/skills/${slug}/verify?${of}`,
    index: `/.well-known/agent-skills/@${owner}/${slug}/${version}.zip`,
    record: `${native}/${version}`,
    attestations: `${native}/${version}/attestations`,
    report: `${native}/${version}/report`,
  };
  const lists: Record<string, string> = {
    search: `/api/v1/search?q=${slug}`,
    skills: '/api/v1/skills?limit=200',
    wellKnown: '/.well-known/agent-skills/index.json',
  };
  const statuses: Record<string, number> = {};
  const bodies: Record<string, Buffer> = {};
  for (const [name, path] of Object.entries(single)) {
    const { status, body } = await ask(path);
    statuses[name] = status;
    bodies[name] = body;
  }
  for (const [name, path] of Object.entries(lists)) {
    const { status, body } = await ask(path);
    expect(status, name).toBe(200);
    statuses[name] = body.includes(`"${slug}"`) ? 200 : 404;
  }
  const all = (status: number): Record<string, number> => Object.fromEntries(Object.keys(statuses).map((name) => [name, status]));
  if (statuses['detail'] !== 200) {
    expect(statuses).toEqual(all(404));
    return 'nothing';
  }
  expect(statuses).toEqual(all(200));
  for (const name of ['download', 'index']) expect(sha256(bodies[name]!), name).toBe(described.sha256);
  expect(bodies['file']).toEqual(files.find((file) => file.path === 'SKILL.md')!.bytes);
  expect(JSON.parse(bodies['resolve']!.toString()).match).toEqual({ version });
  const store = await openStore(folder, { readonly: true });
  try {
    const id = (await registryIdOf(store, store.db)) ?? 'skills.example';
    await verifyRelease(
      bodies['attestations']!,
      { registryId: id, owner, slug, version, archiveSha256: described.sha256, tree: described.tree, fingerprint: described.fingerprint },
      await releaseKeys(store, store.db),
    );
  } finally {
    await store.close();
  }
  return 'whole';
}
