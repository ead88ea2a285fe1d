/** What changed between two manifests: abilities added and removed, by kind and key, and new details of an ability that stayed. */
import type { Capability, CapabilityEntry } from '../model.ts';

export interface CapabilityChanges {
  readonly against: string;
  readonly added: readonly CapabilityEntry[];
  readonly removed: readonly CapabilityEntry[];
}

export function diffCapability(before: { readonly name: string; readonly capability: Capability }, after: Capability): CapabilityChanges {
  const id = (entry: CapabilityEntry): string => `${entry.kind}:${entry.key}`;
  const old = new Map(before.capability.entries.map((entry) => [id(entry), entry]));
  const now = new Set(after.entries.map(id));
  const added = after.entries.flatMap((entry): CapabilityEntry[] => {
    const known = old.get(id(entry));
    if (known === undefined) return [entry];
    const fresh = Object.entries(entry.details).filter(([name, value]) => {
      const was = known.details[name];
      if (Array.isArray(value)) return value.some((one) => !(Array.isArray(was) && was.includes(one)));
      return value === true && was !== true;
    });
    return fresh.length === 0 ? [] : [{ ...entry, details: Object.fromEntries(fresh) }];
  });
  return { against: before.name, added, removed: before.capability.entries.filter((entry) => !now.has(id(entry))) };
}
