/**
 * What a version can do beyond the one that people have been given.
 *
 * Gate and signer scan WITHOUT `against`, so that a report is about the bytes alone, has the same digest whatever else is served, and its decision is what the policy makes of the
 * skill itself; otherwise rule CAP-004 would turn a new ability into a final refusal and `approval.growth` would mean nothing. Growth is then computed here, from the two
 * capability manifests, against the base at the time of asking: `baseOf` (store/versions.ts). The gate does it at the scan and again before it has a version signed (column
 * `growth`); the signer by itself when it signs.
 */
import { diffCapability } from '../../scanner/capability/diff.ts';
import type { Capability, CapabilityEntry } from '../../scanner/model.ts';
import { visible } from '../../scanner/report/escape.ts';
import type { Ability, Growth } from './contract.ts';

const ability = ({ kind, key, details }: CapabilityEntry): Ability => ({ kind, key, details });

/**
 * @param base `name` is `@owner/slug@version` of the version compared with; undefined when nothing was ever served
 * @returns null when there is nothing to compare with
 */
export function growthOver(base: { readonly name: string; readonly capability: Capability } | undefined, capability: Capability): Growth | null {
  if (base === undefined) return null;
  const { added, removed } = diffCapability(base, capability);
  return { against: base.name, added: added.map(ability), removed: removed.map(ability) };
}

/** The `growth` column as a value. */
export const readGrowth = (column: string | null): Growth | null => (column === null ? null : (JSON.parse(column) as Growth));
export const writeGrowth = (growth: Growth | null): string | null => (growth === null ? null : JSON.stringify(growth));
export const hasGrown = (growth: Growth | null): boolean => growth !== null && growth.added.length > 0;

const named = 5;

/** `it can do more than @o/s@1.0.0: program curl, host api.example and 3 more`. */
export function growthText(growth: Growth): string {
  const names = growth.added.slice(0, named).map((one) => visible(`${one.kind} ${one.key}`.slice(0, 120)));
  const more = growth.added.length - names.length;
  return `it can do more than ${growth.against}: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
