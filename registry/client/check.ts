/**
 * Looking at what is installed: folders against the lock, the lock against its signatures, and, with the network, versions against what the registry says of them now. Clients of agents
 * never look again after an install; this does. It changes nothing.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import compareVersions from 'semver/functions/compare.js';
import type { AcceptPolicy, VerifiedRelease } from '../trust/release.ts';
import { getAttestations, getSkill, getVersion } from './api.ts';
import { cachedAttestations, keepAttestations } from './cache.ts';
import { ClientError } from './errors.ts';
import { flagText } from './flagged.ts';
import { type Difference, differences, readInstalled } from './folder.ts';
import type { Http } from './http.ts';
import type { Trust } from './keys.ts';
import { hexOf, type Lock, type LockedSkill } from './lock.ts';
import { nameText, parseName, type SkillName } from './names.ts';
import type { Env, Places } from './places.ts';
import { verified } from './release.ts';
import { knownRevocation, learnRevocation, type Revocation, revocationText } from './revocations.ts';
import { agentFolders, folderOf, type Site } from './targets.ts';

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
  /** The signed revocation of these bytes, if one was ever seen. */
  readonly revoked: Revocation | undefined;
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
    const archive = hexOf(locked.archive);
    let revoked = await knownRevocation(deps.places, deps.trust, archive);
    const ask = async (http: Http): Promise<void> => {
      revoked ??= await learnRevocation(http, deps.places, deps.trust, name, archive).catch((error: unknown) => {
        if (!(error instanceof ClientError)) throw error;
        problems.push(error.message);
        return undefined;
      });
    };
    if (deps.http !== undefined) {
      try {
        const record = await getVersion(deps.http, name);
        now = record.state;
        if (record.state === 'deprecated') notes.push(`deprecated${record.reason === null ? '' : `: ${record.reason}`}`);
        else if (record.state !== 'served') {
          if (record.state === 'revoked') await ask(deps.http);
          problems.push(`the registry says it is ${record.state}${record.reason === null ? '' : `: ${record.reason}`}`);
        }
        const flag = flagText(record.flagged);
        if (flag !== undefined && (record.state === 'served' || record.state === 'deprecated')) notes.push(flag);
        if (record.archive.sha256 !== archive) problems.push('the registry now has another archive for this version');
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        if (error.code === 'withdrawn') {
          now = 'withdrawn';
          await ask(deps.http);
          problems.push(`withdrawn: ${error.message}`);
        } else if (error.code === 'not-found') {
          now = 'absent';
          problems.push('the registry does not have it any more, or not for you');
        } else notes.push(`the registry could not be asked: ${error.message}`);
      }
    }
    if (revoked !== undefined)
      problems.push(
        `${revocationText(revoked, name)} That was signed by the registry${now === 'served' || now === 'deprecated' ? `, and yet the registry now says that it is ${now}` : ''}.`,
      );
    results.push({ name: key, version: locked.version, ok: problems.length === 0, problems, folders, signature, now, revoked, notes });
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

/**
 * Skill folders that no lock entry tells of: beside the installed ones, and with `env` also in every other folder where an agent looks for skills.
 * @param env the environment, which moves the folders of agents
 */
export async function unmanaged(site: Site, lock: Lock, env?: Env): Promise<string[]> {
  const known = new Set(Object.values(lock.skills).flatMap((skill) => skill.installedAs.map((place) => folderOf(site, place))));
  const beside = new Set([...known].map((folder) => dirname(folder)));
  const others = env === undefined || site.scope === 'dir' ? [] : agentFolders(site, env).filter((folder) => !beside.has(folder));
  // One folder of skills may be a link to another.
  const real = (folder: string): Promise<string> => realpath(folder).catch(() => folder);
  const placed = async (parent: string, name: string): Promise<string> => join(await real(parent), name);
  const locked = new Set(await Promise.all([...known].map((folder) => placed(dirname(folder), basename(folder)))));
  const found: string[] = [];
  for (const parent of [...beside, ...others]) {
    const entries = await readdir(parent, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' || error.code === 'ENOTDIR' ? [] : undefined,
    );
    // What cannot be looked into may hold anything.
    if (entries === undefined) found.push(parent);
    for (const entry of entries ?? []) {
      const folder = join(parent, entry.name);
      if ((!entry.isDirectory() && !entry.isSymbolicLink()) || entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      if (locked.has(await placed(parent, entry.name))) continue;
      // A folder called `skills` may be something else entirely, as long as none of ours is in it.
      if (beside.has(parent) || entry.isSymbolicLink() || (await holdsSkill(folder))) found.push(folder);
    }
  }
  return found.sort();
}

/** Whether an agent would find a skill in a folder, at any depth. What is too large to look through, or cannot be read, may hold one. */
async function holdsSkill(folder: string): Promise<boolean> {
  const open = [{ folder, depth: 0 }];
  let looked = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const entries = await readdir(at.folder, { withFileTypes: true }).catch(() => undefined);
    looked += entries?.length ?? 0;
    if (entries === undefined || at.depth > 32 || looked > 20_000) return true;
    for (const entry of entries) {
      const inner = join(at.folder, entry.name);
      if (entry.name.toLowerCase() === 'skill.md') return true;
      // Not followed: it may lead anywhere, also to a skill.
      if (entry.isSymbolicLink() && (await stat(inner).catch(() => undefined))?.isDirectory() === true) return true;
      if (entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== '.git') open.push({ folder: inner, depth: at.depth + 1 });
    }
  }
  return false;
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
