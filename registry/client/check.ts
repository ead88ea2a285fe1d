/**
 * Looking at what is installed: folders against the lock, the lock against its signatures, and, with the network, versions against what the registry says of them now. Clients of agents
 * never look again after an install; this does. It changes nothing.
 */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import compareVersions from 'semver/functions/compare.js';
import type { AcceptPolicy, VerifiedRelease } from '../trust/release.ts';
import { getAttestations, getSkill, getVersion } from './api.ts';
import { cachedAttestations, keepAttestations } from './cache.ts';
import { ClientError } from './errors.ts';
import { type Difference, differences, readInstalled } from './folder.ts';
import type { Http } from './http.ts';
import type { Trust } from './keys.ts';
import { hexOf, type Lock, type LockedSkill } from './lock.ts';
import { nameText, parseName, type SkillName } from './names.ts';
import type { Places } from './places.ts';
import { verified } from './release.ts';
import { folderOf, type Site } from './targets.ts';

export interface FolderState {
  readonly place: string;
  readonly folder: string;
  readonly state: 'intact' | 'modified' | 'missing';
  /** Known where the signed list of files is at hand. */
  readonly differences: readonly Difference[];
}

/** One installed skill as it is on disk. */
export async function folderStates(site: Site, locked: LockedSkill, release?: VerifiedRelease): Promise<FolderState[]> {
  const states: FolderState[] = [];
  for (const place of locked.installedAs) {
    const folder = folderOf(site, place);
    const found = await readInstalled(folder);
    if (found === undefined) states.push({ place, folder, state: 'missing', differences: [] });
    else if (found.tree === locked.tree) states.push({ place, folder, state: 'intact', differences: [] });
    else states.push({ place, folder, state: 'modified', differences: release === undefined ? [] : differences(found, release.files) });
  }
  return states;
}

export interface Checked {
  readonly name: string;
  readonly version: string;
  readonly ok: boolean;
  /** Every reason why not, in words. */
  readonly problems: readonly string[];
  readonly folders: readonly FolderState[];
  readonly signature: { readonly ok: true; readonly release: VerifiedRelease } | { readonly ok: false; readonly says: string };
  /** What the registry says of the version now; undefined if it was not asked. */
  readonly now: string | undefined;
  /** Not reasons to fail: a warning of the publisher, a registry that could not be asked. */
  readonly notes: readonly string[];
}

/** Verifies every locked skill. @param http undefined: offline, from the cache alone */
export async function checkAll(
  deps: { readonly places: Places; readonly site: Site; readonly trust: Trust; readonly http: Http | undefined; readonly accept?: AcceptPolicy },
  lock: Lock,
  only: readonly SkillName[],
): Promise<Checked[]> {
  const wanted = new Set(only.map(nameText));
  const results: Checked[] = [];
  for (const [key, locked] of Object.entries(lock.skills)) {
    if (wanted.size > 0 && !wanted.has(key)) continue;
    const name = { ...parseName(key)!, version: locked.version };
    const problems: string[] = [];
    const notes: string[] = [];
    const signature = await checkSignature(deps, name, locked);
    if (!signature.ok) problems.push(signature.says);
    const folders = await folderStates(deps.site, locked, signature.ok ? signature.release : undefined);
    for (const { folder, state, differences: list } of folders) {
      if (state === 'missing') problems.push(`${folder} is missing`);
      if (state === 'modified')
        problems.push(`${folder} is not what was released${list.length === 0 ? '' : `: ${list.map((one) => `${one.path} ${one.says}`).join(', ')}`}`);
    }
    let now: string | undefined;
    if (deps.http !== undefined) {
      try {
        const record = await getVersion(deps.http, name);
        now = record.state;
        if (record.state === 'deprecated') notes.push(`deprecated${record.reason === null ? '' : `: ${record.reason}`}`);
        else if (record.state !== 'served')
          problems.push(`the registry says it is ${record.state}${record.reason === null ? '' : `: ${record.reason}`}`);
        if (record.archive.sha256 !== hexOf(locked.archive)) problems.push('the registry now has another archive for this version');
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        if (error.code === 'withdrawn') {
          now = 'withdrawn';
          problems.push(`withdrawn: ${error.message}`);
        } else if (error.code === 'not-found') {
          now = 'absent';
          problems.push('the registry does not have it any more, or not for you');
        } else notes.push(`the registry could not be asked: ${error.message}`);
      }
    }
    results.push({ name: key, version: locked.version, ok: problems.length === 0, problems, folders, signature, now, notes });
  }
  return results;
}

async function checkSignature(
  deps: { readonly places: Places; readonly trust: Trust; readonly http: Http | undefined; readonly accept?: AcceptPolicy },
  name: SkillName & { readonly version: string },
  locked: LockedSkill,
): Promise<Checked['signature']> {
  const bundle = locked.bundle.slice('sha256:'.length);
  try {
    let bytes = await cachedAttestations(deps.places, bundle);
    if (bytes === undefined) {
      if (deps.http === undefined) return { ok: false, says: 'its signatures are not in the cache; run this once with the network' };
      bytes = await getAttestations(deps.http, name);
    }
    const release = await verified(
      bytes,
      {
        registryId: deps.trust.registryId,
        owner: name.owner,
        slug: name.slug,
        version: name.version,
        archiveSha256: hexOf(locked.archive),
        tree: locked.tree,
        fingerprint: locked.fingerprint,
      },
      deps.trust,
      deps.accept,
    );
    if (release.attestationsSha256 !== bundle) return { ok: false, says: 'its signatures are not those in the lock' };
    const { level, handle, keyid } = release.publisher;
    if (level !== locked.publisher.level || handle !== locked.publisher.handle || keyid !== locked.publisher.keyid)
      return { ok: false, says: 'its publisher is not the one in the lock' };
    if (JSON.stringify([...new Set(release.approvedBy)].sort()) !== JSON.stringify(locked.approvedBy))
      return { ok: false, says: 'its approvers are not those in the lock' };
    await keepAttestations(deps.places, bundle, bytes);
    return { ok: true, release };
  } catch (error) {
    if (error instanceof ClientError) return { ok: false, says: error.message };
    throw error;
  }
}

/** Skill folders beside the installed ones that no lock entry tells of. */
export async function unmanaged(site: Site, lock: Lock): Promise<string[]> {
  const known = new Set(Object.values(lock.skills).flatMap((skill) => skill.installedAs.map((place) => folderOf(site, place))));
  const found: string[] = [];
  for (const parent of new Set([...known].map((folder) => dirname(folder)))) {
    const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
    for (const entry of entries)
      if ((entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.') && !known.has(join(parent, entry.name)))
        found.push(join(parent, entry.name));
  }
  return found.filter((folder) => basename(folder) !== 'node_modules').sort();
}

export interface Newer {
  readonly name: string;
  readonly installed: string;
  /** Undefined: the registry has none that can be installed. */
  readonly latest: string | undefined;
  readonly state: 'current' | 'outdated' | 'ahead' | 'withdrawn' | 'unknown';
  readonly says: string;
}

/** What the registry has beyond what is installed. */
export async function compareAll(http: Http, lock: Lock): Promise<Newer[]> {
  const rows: Newer[] = [];
  for (const [key, locked] of Object.entries(lock.skills)) {
    const base = { name: key, installed: locked.version };
    try {
      const detail = await getSkill(http, parseName(key)!);
      const here = detail.versions.find((one) => one.version === locked.version);
      const latest = detail.latest ?? undefined;
      if (here === undefined || (here.state !== 'served' && here.state !== 'deprecated'))
        rows.push({
          ...base,
          latest,
          state: 'withdrawn',
          says: `${locked.version} can no longer be installed${here === undefined ? '' : ` (${here.state})`}`,
        });
      else if (latest === undefined) rows.push({ ...base, latest, state: 'unknown', says: 'no version can be installed' });
      else {
        const order = compareVersions(locked.version, latest);
        const note = here.state === 'deprecated' ? `${locked.version} is deprecated${here.reason === null ? '' : `: ${here.reason}`}` : '';
        rows.push({ ...base, latest, state: order === 0 ? 'current' : order < 0 ? 'outdated' : 'ahead', says: note });
      }
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      if (error.code === 'withdrawn' || error.code === 'not-found')
        rows.push({ ...base, latest: undefined, state: 'withdrawn', says: error.message });
      else throw error;
    }
  }
  return rows;
}
