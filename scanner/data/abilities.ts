/**
 * What an ability that a new version adds may do alone: stop the update, ask for a person, or only be listed. The one table for rule CAP-004, `skill diff` and `skill check`; it judges the ability, never the words around it.
 * Grave are the kinds that no update may gain unseen (OWASP AST07, ATLAS AML.T0109 "rug pull"); trivial is what any skill does by being one: files of the workspace and its own.
 */
import type { CapabilityEntry, CapabilityKind, Gate } from '../model.ts';

const GRAVE: ReadonlySet<CapabilityKind> = new Set([
  'credential',
  'persistence',
  'agent-file',
  'capture',
  'dynamic-code',
  'trigger',
  'listen',
  'setting',
]);

/** Places whose reading, writing or clearing says nothing: the workspace (relative paths), temporary folders, and the devices that every script uses. */
const TRIVIAL_PLACE = /^(?:workspace|temp|skill|\/dev\/(?:null|zero|u?random|tty|std(?:in|out|err)|fd|shm))$/;
/** Methods that only fetch. */
const FETCHES: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * The gate of an ability that came. `entry.details` holds what is new of it: everything for a new one, the fresh details of one that stayed.
 * @param partly true if the ability itself was there before and only details of it came
 */
export function gateOfAbility(entry: Pick<CapabilityEntry, 'kind' | 'key' | 'details'>, partly = false): Gate {
  const { kind, key, details } = entry;
  if (kind === 'read' || kind === 'write') return TRIVIAL_PLACE.test(key) ? 'capability' : 'review';
  if (kind === 'delete') return TRIVIAL_PLACE.test(key) && key !== 'workspace' ? 'capability' : 'review';
  if (partly) {
    const names = Object.keys(details);
    // Another way to the same screen or keyboard is no new ability.
    if (kind === 'capture' && names.every((name) => name === 'tools')) return 'capability';
    const methods = details['methods'];
    if (kind === 'host' && names.every((name) => name === 'methods') && Array.isArray(methods) && methods.every((method) => FETCHES.has(method)))
      return 'capability';
    // A pin that was added takes something away.
    if (kind === 'package' && names.length === 0) return 'capability';
  }
  return GRAVE.has(kind) ? 'block' : 'review';
}
