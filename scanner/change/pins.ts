/** Packages, actions and images: which came, went, changed their version, lost or gained a pin. Judged by the capability manifest and by what the skill declares it installs. */
import type { Capability, CapabilityEntry, PinChange, ReportPlace } from '../model.ts';

interface Pin {
  readonly versions: readonly string[];
  readonly loose: boolean;
  readonly place: ReportPlace | undefined;
}

const UNPINNED = 'unpinned';
const list = (value: CapabilityEntry['details'][string] | undefined): readonly string[] =>
  Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];

function pinsOf(capability: Capability): Map<string, Pin> {
  const pins = new Map<string, Pin>();
  for (const entry of capability.entries) {
    if (entry.kind !== 'package') continue;
    const loose = entry.details['unpinned'] === true;
    const from = list(entry.details['from']).filter((source) => source !== 'registry');
    pins.set(entry.key, {
      versions: [...list(entry.details['pinned']), ...(loose ? [UNPINNED] : []), ...from.map((source) => `from ${source}`)],
      loose,
      place: entry.evidence[0],
    });
  }
  for (const name of capability.declared.install) {
    const key = `declared:${name}`;
    if (!pins.has(key)) pins.set(key, { versions: [], loose: false, place: undefined });
  }
  return pins;
}

function howOf(was: Pin, now: Pin): PinChange['how'] | undefined {
  if (now.loose && !was.loose) return 'unpinned';
  if (was.loose && !now.loose) return 'pinned';
  return was.versions.join('\0') === now.versions.join('\0') ? undefined : 'changed';
}

/** Sorted by name. */
export function changedPins(before: Capability | undefined, after: Capability | undefined): PinChange[] {
  const was = before === undefined ? new Map<string, Pin>() : pinsOf(before);
  const now = after === undefined ? new Map<string, Pin>() : pinsOf(after);
  const found: PinChange[] = [];
  for (const name of [...new Set([...was.keys(), ...now.keys()])].sort()) {
    const old = was.get(name);
    const pin = now.get(name);
    const how = old === undefined ? 'added' : pin === undefined ? 'removed' : howOf(old, pin);
    if (how === undefined) continue;
    const place = pin?.place ?? old?.place;
    found.push({ name, before: old?.versions ?? [], after: pin?.versions ?? [], how, ...(place === undefined ? {} : { place }) });
  }
  return found;
}
