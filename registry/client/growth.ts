/**
 * What a skill can do, and what an update adds. The manifest comes from the registry; it counts only because its digest is the one in the signed scan statement.
 */
import { createHash } from 'node:crypto';
import { canonical } from '../../scanner/canonical.ts';
import { diffCapability } from '../../scanner/capability/diff.ts';
import type { Capability, CapabilityEntry } from '../../scanner/model.ts';
import type { VerifiedRelease } from '../trust/release.ts';
import { ClientError } from './errors.ts';

const MOST = 20_000;

/**
 * A manifest, if it is the one that was signed.
 * @throws ClientError mismatch
 */
export function checkCapability(value: unknown, release: VerifiedRelease): Capability {
  const name = `@${release.owner}/${release.slug}@${release.version}`;
  const entries = (value as { entries?: unknown } | null)?.entries;
  const rows = Array.isArray(entries) && entries.length <= MOST ? entries.map(entryOf) : [undefined];
  if (rows.some((row) => row === undefined)) throw new ClientError('mismatch', `The capability manifest of ${name} is not one.`);
  const digest = `sha256:${createHash('sha256')
    .update(canonical((rows as CapabilityEntry[]).map(({ kind, key, details }) => ({ kind, key, details }))))
    .digest('hex')}`;
  if (digest !== release.scan.capability.digest || rows.length !== release.scan.capability.entries)
    throw new ClientError(
      'mismatch',
      `The capability manifest that the registry shows for ${name} is not the one that was signed with it. Nothing was installed.`,
    );
  return manifest(rows as CapabilityEntry[], digest);
}

/** A manifest as the registry tells it, signed or not: to show, and to compare with. Undefined if it is none. */
export function manifestOf(value: unknown): Capability | undefined {
  const entries = (value as { entries?: unknown } | null)?.entries;
  const rows = Array.isArray(entries) && entries.length <= MOST ? entries.map(entryOf) : [undefined];
  return rows.some((row) => row === undefined) ? undefined : manifest(rows as CapabilityEntry[], '');
}

const manifest = (entries: readonly CapabilityEntry[], digest: string): Capability => ({
  schema: 'skillward.capability.v1',
  entries,
  declared: { env: [], bins: [], hosts: [], tools: [], install: [] },
  undeclared: [],
  unused: [],
  digest,
});

/** The part of an entry that is signed. Where it stands in the files, and how it is reached, is not, so nothing is taken of what the registry says of that. */
function entryOf(value: unknown): CapabilityEntry | undefined {
  const { kind, key, details } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof kind !== 'string' || typeof key !== 'string' || typeof details !== 'object' || details === null || Array.isArray(details))
    return undefined;
  return {
    kind: kind as CapabilityEntry['kind'],
    key,
    details: details as CapabilityEntry['details'],
    reach: 'callable',
    evidence: [],
  };
}

export interface Grown {
  readonly added: readonly CapabilityEntry[];
  readonly removed: readonly CapabilityEntry[];
}

/** Abilities of `after` that `before` did not have; everything, if nothing is known of `before`. */
export function grown(before: { readonly name: string; readonly capability: Capability } | undefined, after: Capability): Grown {
  if (before === undefined) return { added: after.entries, removed: [] };
  const { added, removed } = diffCapability(before, after);
  return { added, removed };
}
