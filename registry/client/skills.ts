/**
 * Installing, updating and removing, as plans that a person can look at before anything is written.
 *
 * A plan is made without touching anything but the cache: what is wanted is downloaded and verified whole, compared with what is installed, and what stands in the way is found.
 * Applying it looks again, alone among our processes, that nothing it was made from has changed, and then changes folders and lock in one step (install.ts).
 */
import compareVersions from 'semver/functions/compare.js';
import type { Capability } from '../../scanner/model.ts';
import type { AcceptPolicy } from '../trust/release.ts';
import { resolveVersion } from './api.ts';
import { cachedAttestations, cachedCapability } from './cache.ts';
import { ClientError } from './errors.ts';
import { type Difference, differences, isLitter, readInstalled, treeWithoutLitter } from './folder.ts';
import { checkCapability, type Grown, grown } from './growth.ts';
import { type Change, commit, exclusively, type InstallDeps, interrupted, type Placement } from './install.ts';
import type { Trust } from './keys.ts';
import { hexOf, type Lock, type LockedSkill, lockText, parseLock, readLock } from './lock.ts';
import { nameText, parseName, type SkillName, versionText, type WantedName } from './names.ts';
import { checkPublisher, type Fetched, fetchRelease, lockedFrom, verified } from './release.ts';
import { knownRevocation, revoked } from './revocations.ts';
import type { Session } from './session.ts';
import { folderOf, placesFor, type Site, type TargetOptions } from './targets.ts';

export interface PlanOptions extends TargetOptions {
  readonly force?: boolean;
  readonly allowDowngrade?: boolean;
  readonly allowSignerChange?: boolean;
  readonly accept?: AcceptPolicy;
  /** Take the lock's version and refuse any other. */
  readonly frozen?: boolean;
}

/** One skill that will be installed, or is already as it should be. */
export interface Plan {
  readonly name: SkillName;
  readonly before: LockedSkill | undefined;
  readonly after: LockedSkill;
  /** Undefined where every folder holds the right bytes already and the signatures were verified from the cache. */
  readonly fetched: Fetched | undefined;
  /** Against what is installed; undefined for a frozen install, which was reviewed with its lock. */
  readonly grown: Grown | undefined;
  /** Places that get new files. */
  readonly places: readonly string[];
}

export interface Context {
  readonly session: Session;
  readonly trust: Trust;
  readonly site: Site;
  readonly cwd: string;
  readonly checkpoint?: InstallDeps['checkpoint'];
}

const installDeps = (context: Pick<Context, 'session' | 'checkpoint'>): InstallDeps => ({
  places: context.session.places,
  ...(context.checkpoint === undefined ? {} : { checkpoint: context.checkpoint }),
});

/** The lock of a site, after an interrupted install was settled. */
export async function currentLock(deps: InstallDeps, site: Site): Promise<Lock | undefined> {
  // Looking changes nothing, and works where nothing can be written, unless there is something to settle.
  if (await interrupted(deps, site.lockPath)) await exclusively(deps, site.lockPath, async () => {});
  return readLock(site.lockPath);
}

/**
 * Plans the install of one skill by name, tag or version.
 * @throws ClientError
 */
export async function planInstall(context: Context, lock: Lock | undefined, wanted: WantedName, options: PlanOptions): Promise<Plan> {
  const { session, trust, site, cwd } = context;
  const key = nameText(wanted);
  const before = lock?.skills[key];
  if (options.frozen === true) return planFrozen(context, wanted, before, options);
  const resolved = await resolveVersion(session.http, wanted);
  const name = { owner: resolved.owner, slug: resolved.slug, version: resolved.version };
  if (before !== undefined && wanted.version === undefined && options.allowDowngrade !== true && compareVersions(name.version, before.version) < 0)
    throw new ClientError(
      'downgrade',
      `The registry offers ${versionText(name)} as the newest, and ${before.version} is installed. Was that one withdrawn? \`skill info ${key}\` tells. To go back, name the version: skill install ${versionText(name)}.`,
    );
  const places = placesFor(options, site, session.env, cwd, wanted.slug, before);
  const fetched = await fetchRelease(session.http, name, trust, {
    places: session.places,
    ...(options.accept === undefined ? {} : { accept: options.accept }),
  });
  if (before !== undefined && before.version === name.version && before.archive !== lockedFrom(fetched, places).archive)
    throw new ClientError(
      'mismatch',
      `${versionText(name)} is not the archive that the lock has for this version. A version never changes: do not trust this registry before you know why.`,
    );
  if (before !== undefined && options.allowSignerChange !== true) checkPublisher(before, fetched.release);
  return {
    name: wanted,
    before,
    after: lockedFrom(fetched, places),
    fetched,
    grown: grown(await capabilityBefore(context, wanted, before), fetched.capability),
    places: await placesToWrite(context, wanted, before, lockedFrom(fetched, places), options),
  };
}

/** Exactly what the lock says. Folders that hold it already are left alone. */
async function planFrozen(context: Context, wanted: WantedName, before: LockedSkill | undefined, options: PlanOptions): Promise<Plan> {
  const { session, trust } = context;
  const key = nameText(wanted);
  if (before === undefined) throw new ClientError('mismatch', `${key} is not in ${context.site.lockPath}, and --frozen installs nothing else.`);
  if (wanted.version !== undefined && wanted.version !== before.version)
    throw new ClientError('mismatch', `The lock has ${key}@${before.version}, not ${wanted.version}, and --frozen installs nothing else.`);
  const name = { owner: wanted.owner, slug: wanted.slug, version: before.version };
  const known = await knownRevocation(session.places, trust, hexOf(before.archive));
  if (known !== undefined) throw revoked(known, name);
  const places = await placesToWrite(context, wanted, before, before, options);
  const cached = places.length === 0 ? await cachedAttestations(session.places, before.bundle.slice('sha256:'.length)) : undefined;
  if (cached !== undefined) {
    await verified(
      cached,
      { registryId: trust.registryId, ...name, archiveSha256: hexOf(before.archive), tree: before.tree, fingerprint: before.fingerprint },
      trust,
      options.accept,
    );
    return { name: wanted, before, after: before, fetched: undefined, grown: undefined, places };
  }
  const fetched = await fetchRelease(session.http, name, trust, {
    places: session.places,
    locked: before,
    ...(options.accept === undefined ? {} : { accept: options.accept }),
  });
  return { name: wanted, before, after: before, fetched, grown: undefined, places };
}

/** Which places do not hold the wanted tree yet. @throws ClientError modified, for what must not be overwritten */
async function placesToWrite(
  context: Context,
  name: SkillName,
  before: LockedSkill | undefined,
  after: LockedSkill,
  options: PlanOptions,
): Promise<string[]> {
  const write: string[] = [];
  for (const place of after.installedAs) {
    const folder = folderOf(context.site, place);
    const found = await readInstalled(folder);
    if (found?.tree === after.tree) continue;
    write.push(place);
    if (found === undefined || options.force === true) continue;
    if (before?.installedAs.includes(place) !== true)
      throw new ClientError(
        'modified',
        `${folder} is there already and was not installed by skill for ${nameText(name)}. Look at it; --force replaces it.`,
      );
    if (found.tree === before.tree || treeWithoutLitter(found) === before.tree) continue;
    throw modified(folder, await changesOf(context, name, before, found));
  }
  return write;
}

const modified = (folder: string, changed: readonly Difference[] | undefined): ClientError => {
  const listed = (changed ?? []).filter((one) => !isLitter(one)).map((one) => `${one.path === '' ? folder : one.path} ${one.says}`);
  return new ClientError(
    'modified',
    `${folder} was changed since it was installed${listed.length === 0 ? '' : `: ${listed.slice(0, 5).join(', ')}${listed.length > 5 ? ` and ${listed.length - 5} more` : ''}`}. Save what you need; --force replaces it.`,
  );
};

/** How a folder differs from its release, if its attestations are at hand. */
async function changesOf(
  { session, trust }: Pick<Context, 'session' | 'trust'>,
  name: SkillName,
  locked: LockedSkill,
  found: Parameters<typeof differences>[0],
): Promise<Difference[] | undefined> {
  const bytes = await cachedAttestations(session.places, locked.bundle.slice('sha256:'.length));
  if (bytes === undefined) return undefined;
  try {
    const release = await verified(
      bytes,
      { registryId: trust.registryId, owner: name.owner, slug: name.slug, version: locked.version, archiveSha256: hexOf(locked.archive) },
      trust,
    );
    return differences(found, release.files);
  } catch (error) {
    if (error instanceof ClientError) return undefined;
    throw error;
  }
}

/** The manifest of the installed version, if it is at hand and really its own. */
async function capabilityBefore(
  { session, trust }: Context,
  name: SkillName,
  before: LockedSkill | undefined,
): Promise<{ name: string; capability: Capability } | undefined> {
  if (before === undefined) return undefined;
  const bundle = before.bundle.slice('sha256:'.length);
  const bytes = await cachedAttestations(session.places, bundle);
  if (bytes === undefined) return undefined;
  try {
    const full = { registryId: trust.registryId, owner: name.owner, slug: name.slug, version: before.version, archiveSha256: hexOf(before.archive) };
    return {
      name: `${nameText(name)}@${before.version}`,
      capability: checkCapability(await cachedCapability(session.places, bundle), await verified(bytes, full, trust)),
    };
  } catch (error) {
    // Without it everything counts as new, and a person is asked.
    if (error instanceof ClientError) return undefined;
    throw error;
  }
}

/** Lock of a registry that has none here yet. */
const emptyLock = (context: Context): Lock => ({
  lockVersion: 1,
  registry: { id: context.trust.registryId, url: context.session.chosen.base, tufRoot: null, logKey: null, keys: [] },
  policyDigest: null,
  skills: {},
});

/** Applies plans in one step. @returns the places that were written @throws ClientError */
export async function applyPlans(context: Context, plans: readonly Plan[], options: PlanOptions): Promise<string[]> {
  const { site } = context;
  const deps = installDeps(context);
  return exclusively(deps, site.lockPath, async () => {
    const lock = await readLock(site.lockPath);
    const base = lock ?? emptyLock(context);
    const placements: Placement[] = [];
    const skills: Record<string, LockedSkill> = { ...base.skills };
    let policyDigest = base.policyDigest;
    for (const plan of plans) {
      const key = nameText(plan.name);
      if (JSON.stringify(lock?.skills[key]) !== JSON.stringify(plan.before))
        throw new ClientError('busy', `The lock entry of ${key} was changed by somebody else meanwhile. Nothing was written; run the command again.`);
      // Looked at again: nobody may have put something there since the plan was made.
      const places = await placesToWrite(context, plan.name, plan.before, plan.after, options);
      if (places.length > 0 && plan.fetched === undefined)
        throw new ClientError('busy', `${folderOf(site, places[0]!)} was changed meanwhile. Nothing was written; run the command again.`);
      for (const place of places) placements.push({ folder: folderOf(site, place), files: plan.fetched!.files });
      skills[key] = plan.after;
      if (plan.fetched !== undefined) policyDigest = `sha256:${plan.fetched.release.policySha256}`;
    }
    const keys = [
      ...new Set([...base.registry.keys, ...context.trust.keys.filter((entry) => entry.revokedAt === null).map((entry) => entry.keyid)]),
    ].sort();
    const frozen = options.frozen === true;
    const next: Lock = frozen ? base : { ...base, registry: { ...base.registry, keys }, policyDigest, skills };
    // What we could not read again must not be written.
    parseLock(lockText(next), site.lockPath);
    const same = lock !== undefined && lockText(lock) === lockText(next);
    const change: Change = { placements, lockPath: site.lockPath, lockText: same ? undefined : lockText(next) };
    if (placements.length > 0 || change.lockText !== undefined) await commit(deps, change);
    return placements.map((placement) => placement.folder);
  });
}

/**
 * Removes skills from folders and lock. Needs no network and no keys.
 * @throws ClientError usage, modified
 */
export async function uninstall(
  deps: InstallDeps,
  site: Site,
  names: readonly SkillName[],
  options: { readonly force?: boolean },
): Promise<string[]> {
  return exclusively(deps, site.lockPath, async () => {
    const lock = await readLock(site.lockPath);
    if (lock === undefined) throw new ClientError('usage', `There is no lock at ${site.lockPath}: nothing is installed there.`);
    const skills: Record<string, LockedSkill> = { ...lock.skills };
    const placements: Placement[] = [];
    for (const name of names) {
      const key = nameText(name);
      const locked = skills[key];
      if (locked === undefined) throw new ClientError('usage', `${key} is not installed here. \`skill list\` shows what is.`);
      for (const place of locked.installedAs) {
        const folder = folderOf(site, place);
        const found = await readInstalled(folder);
        if (found === undefined) continue;
        if (found.tree !== locked.tree && treeWithoutLitter(found) !== locked.tree && options.force !== true) throw modified(folder, undefined);
        placements.push({ folder, files: undefined });
      }
      delete skills[key];
    }
    await commit(deps, { placements, lockPath: site.lockPath, lockText: lockText({ ...lock, skills }) });
    return placements.map((placement) => placement.folder);
  });
}

/** Names in a lock, in its order. */
export const lockedNames = (lock: Lock): SkillName[] => Object.keys(lock.skills).map((key) => parseName(key)!);
