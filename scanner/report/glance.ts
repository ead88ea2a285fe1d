/**
 * The capabilities of a skill in one glance: kinds of the manifest grouped into a few questions a person asks, in the order in which they ask them.
 * Used by every report that people read.
 */
import type { Capability, CapabilityEntry, CapabilityKind } from '../model.ts';

export interface GlanceItem {
  readonly text: string;
  /** Not known before it runs. */
  readonly dynamic: boolean;
  readonly entry: CapabilityEntry;
}
export interface GlanceRow {
  readonly title: string;
  readonly items: readonly GlanceItem[];
}

const ROWS: readonly (readonly [string, readonly CapabilityKind[]])[] = [
  ['runs', ['program', 'dynamic-code']],
  ['talks to', ['host']],
  ['listens', ['listen']],
  ['environment', ['env']],
  ['credentials', ['credential', 'capture']],
  ['reads', ['read']],
  ['writes', ['write']],
  ['deletes', ['delete']],
  ['agent files', ['agent-file']],
  ['persistence', ['persistence', 'trigger']],
  ['packages', ['package']],
  ['settings', ['setting']],
  ['unknown', ['unknown']],
];

/** Ways to run what is not known before, in words. */
const DYNAMIC: Readonly<Record<string, string>> = {
  eval: 'text as code',
  reflect: 'functions named at run time',
  deserialize: 'objects made from data',
  native: 'machine code',
};

const list = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []);

/** One ability in words, with the details that matter most in brackets. Hostile text in it is not escaped. */
export function word(entry: CapabilityEntry): string {
  const dynamic = entry.key === 'dynamic';
  switch (entry.kind) {
    case 'program':
      return `${dynamic ? 'a program named at run time' : entry.key}${entry.details['elevated'] === true ? ' (elevated)' : ''}`;
    case 'dynamic-code': {
      const [how = '', name = ''] = entry.key.split(':', 2);
      const what = DYNAMIC[how] ?? how;
      return name === 'dynamic' || name === '' ? what : `${what} (${name})`;
    }
    case 'host': {
      const methods = list(entry.details['methods']).filter((method) => method !== 'GET');
      const notes = [...methods, ...(entry.details['insecure'] === true ? ['insecure'] : [])];
      return `${dynamic ? 'hosts named at run time' : entry.key}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
    }
    case 'env':
      return entry.key === '*' ? 'the whole environment' : dynamic ? 'a variable named at run time' : `$${entry.key}`;
    case 'read':
    case 'write':
    case 'delete':
      return dynamic ? 'paths named at run time' : entry.key;
    case 'credential':
    case 'agent-file': {
      const [action = '', what = ''] = entry.key.split(':', 2);
      const verb = { read: 'reads', write: 'writes', delete: 'deletes' }[action];
      const paths = list(entry.details['paths']);
      return verb === undefined ? entry.key : `${verb} ${paths.length > 0 && paths.length <= 3 ? paths.join(' ') : what}`;
    }
    case 'package':
      return `${entry.key}${entry.details['unpinned'] === true ? ' (unpinned)' : ''}`;
    default:
      return dynamic ? 'named at run time' : entry.key;
  }
}

/** True for what nobody can know before it runs. */
export const isDynamic = (entry: CapabilityEntry): boolean => entry.key === 'dynamic' || entry.key.endsWith(':dynamic') || entry.kind === 'unknown';

/** The row that abilities of a kind stand in. */
export const titleOf = (kind: CapabilityKind): string => ROWS.find(([, kinds]) => kinds.includes(kind))?.[0] ?? kind;

/** Rows that have something, each item once, known before unknown, in order of keys. */
export function glance(capability: Capability): GlanceRow[] {
  return ROWS.flatMap(([title, kinds]) => {
    const items = kinds.flatMap((kind) =>
      capability.entries
        .filter((entry) => entry.kind === kind)
        .map(
          (entry): GlanceItem => ({
            text: word(entry),
            dynamic: isDynamic(entry),
            entry,
          }),
        ),
    );
    const sorted = [...items.filter((item) => !item.dynamic), ...items.filter((item) => item.dynamic)];
    return sorted.length === 0 ? [] : [{ title, items: sorted }];
  });
}

/** What a person reads for numbers of the model. */
export const confidenceWord = { 1: 'a hint', 2: 'likely', 3: 'certain' } as const;
export const reachWord = {
  automatic: 'happens by itself',
  instructed: 'the skill says to do it',
  callable: 'shipped, but nothing says to run it',
  mentioned: 'only mentioned',
} as const;

/** Bytes for people. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
