/**
 * What changed between two manifests, by kind and key: abilities added and removed, new details of one that stayed, and (where both sides were scanned by us) abilities that take effect with less asking than before. The one
 * capability diff: registry, installer, `skill vet --against`, `skill diff` and `skill check` all use it.
 */
import type { Capability, CapabilityEntry, Reach } from '../model.ts';

export interface CapabilityChanges {
  readonly against: string;
  /** New abilities whole; abilities that stayed with only what is new of their details. */
  readonly added: readonly CapabilityEntry[];
  /** Abilities that are gone. */
  readonly removed: readonly CapabilityEntry[];
}

/** A step of the comparison with everything known about it. */
export interface AbilityStep {
  readonly entry: CapabilityEntry;
  /** The ability is on the other side too, and only these details (or the reach) differ. */
  readonly partly: boolean;
  /** The reach it had on the other side, where only that differs. */
  readonly was?: Reach;
}

export interface DiffOptions {
  /** Judge reach as well. Only for manifests that a scan of ours made: a registry does not sign it. */
  readonly reach?: boolean;
}

const REACH: readonly Reach[] = ['automatic', 'instructed', 'callable', 'mentioned'];
const idOf = (entry: CapabilityEntry): string => `${entry.kind}:${entry.key}`;
const listOf = (value: CapabilityEntry['details'][string] | undefined): readonly string[] =>
  Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];

/** Details of `now` that `was` does not have. */
function fresh(was: CapabilityEntry['details'], now: CapabilityEntry['details']): CapabilityEntry['details'] {
  const found: Record<string, string | boolean | readonly string[]> = {};
  for (const [name, value] of Object.entries(now)) {
    if (typeof value === 'boolean') {
      if (value && was[name] !== true) found[name] = true;
      continue;
    }
    const known = new Set(listOf(was[name]));
    const more = listOf(value).filter((one) => !known.has(one));
    if (more.length > 0) found[name] = more;
  }
  return found;
}

/** Everything that `after` has and `before` has not, or reaches more directly. Swap the sides for what went. */
export function abilitySteps(before: Capability, after: Capability, options: DiffOptions = {}): AbilityStep[] {
  const old = new Map(before.entries.map((entry) => [idOf(entry), entry]));
  return after.entries.flatMap((entry): AbilityStep[] => {
    const known = old.get(idOf(entry));
    if (known === undefined) return [{ entry, partly: false }];
    const details = fresh(known.details, entry.details);
    const closer = options.reach === true && REACH.indexOf(entry.reach) < REACH.indexOf(known.reach);
    if (closer) return [{ entry: { ...entry, details }, partly: true, was: known.reach }];
    return Object.keys(details).length === 0 ? [] : [{ entry: { ...entry, details }, partly: true }];
  });
}

/** @param before its `name` is for messages */
export function diffCapability(
  before: { readonly name: string; readonly capability: Capability },
  after: Capability,
  options: DiffOptions = {},
): CapabilityChanges {
  const now = new Set(after.entries.map(idOf));
  return {
    against: before.name,
    added: abilitySteps(before.capability, after, options).map(({ entry }) => entry),
    removed: before.capability.entries.filter((entry) => !now.has(idOf(entry))),
  };
}
