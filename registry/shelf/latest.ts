/** Which version is the latest: the newest by semver, stable before prerelease, however late it was published. A tag `latest` that the owner set goes before that as long as its version can be read. */
import semver from 'semver';
import { releasable, type VersionState } from '../model.ts';

interface Numbered {
  readonly id: string;
  readonly version: string;
  readonly state: VersionState;
}

/** Stable ones before prereleases, those before what is no semver (which only a changed row can be). */
const rank = (parsed: semver.SemVer | null): number => (parsed === null ? 2 : parsed.prerelease.length > 0 ? 1 : 0);

/** Newest first; stable ones before prereleases. Versions that differ in build metadata alone are ordered by their text. */
export function byVersion(a: { readonly version: string }, b: { readonly version: string }): number {
  const [left, right] = [semver.parse(a.version), semver.parse(b.version)];
  const order = rank(left) - rank(right) || (left === null || right === null ? 0 : semver.rcompare(left, right));
  return order || (a.version < b.version ? 1 : a.version > b.version ? -1 : 0);
}

export const isReleasable = (row: { readonly state: VersionState }): boolean => releasable.has(row.state);
/** Of these it is said that they were given out once, if they were. */
export const isWithdrawn = (row: { readonly state: VersionState }): boolean => row.state === 'yanked' || row.state === 'revoked';

/**
 * The latest of those that can be read; undefined if none can.
 * @param tagged id of the version that the tag `latest` points to, if there is such a tag
 */
export function latestOf<V extends Numbered>(versions: Iterable<V>, tagged?: string): V | undefined {
  let best: V | undefined;
  for (const one of versions) {
    if (!isReleasable(one)) continue;
    if (one.id === tagged) return one;
    if (best === undefined || byVersion(one, best) < 0) best = one;
  }
  return best;
}
