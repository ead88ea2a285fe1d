/** What growth is: an ability that came, one that has more to it, or one that takes effect with less asking. What each may do alone stands in data/abilities.ts, which rule CAP-004 reads as well. */
import { createHash } from 'node:crypto';
import { gateOfAbility } from '../data/abilities.ts';
import type { CapabilityEntry, Gate, Reach } from '../model.ts';

/** The gate of an ability that is new as a whole. */
export const gateOf = (entry: Pick<CapabilityEntry, 'kind' | 'key' | 'details'>): Gate => gateOfAbility(entry);

const LONGEST = 300;
/** Words stay as they are; anything else is quoted, so that no name can spell out a second detail. */
const word = (text: string): string => (/^[\w.@/:+~*${}…-]{1,300}$/u.test(text) ? text : JSON.stringify(text));

/**
 * What an approval of growth binds to: `kind:key`, then each new detail, then the reach if that is what grew. Two growths with one evidence are the same growth. Longer ones end in a digest of the whole, so that nothing
 * hides behind a cut.
 * @example host:api.example methods=GET,POST sends
 */
export function growthEvidence(entry: Pick<CapabilityEntry, 'kind' | 'key' | 'details'>, reach?: Reach): string {
  const parts = [`${entry.kind}:${word(entry.key)}`];
  for (const name of Object.keys(entry.details).sort()) {
    const value = entry.details[name]!;
    if (value === true) parts.push(name);
    else if (typeof value === 'string') parts.push(`${name}=${word(value)}`);
    else if (Array.isArray(value) && value.length > 0) parts.push(`${name}=${value.map(word).join(',')}`);
  }
  if (reach !== undefined) parts.push(`reach=${reach}`);
  const text = parts.join(' ').replace(/\s+/g, ' ');
  if (text.length <= LONGEST) return text;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return `${text.slice(0, LONGEST - 41)} sha256:${digest}`;
}

/** The id that reports and exceptions use for growth: content-anchored, like that of a finding. */
export const growthId = (evidence: string): string => `CAP-004-${createHash('sha256').update(`CAP-004\0${evidence}`).digest('hex').slice(0, 16)}`;
