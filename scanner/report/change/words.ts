/**
 * What every format of a Change says, in the same words: names, abilities, pins, files. Hostile text in what it gives is not escaped: each format does that its own way.
 */
import type { CapabilityEntry, Change, FileChange, Gate, Growth, PinChange, ReportPlace, Shrinkage } from '../../model.ts';
import { isDynamic, plural, reachWord, titleOf, word } from '../glance.ts';

export interface AbilityWords {
  /** The question it answers: `talks to`. */
  readonly title: string;
  readonly what: string;
  /** Details: methods, paths, versions. */
  readonly notes: readonly string[];
  readonly dynamic: boolean;
}

const FLAGS: Readonly<Record<string, string>> = {
  sends: 'sends data',
  insecure: 'without certificate checks',
  elevated: 'as administrator',
  unpinned: 'no fixed version',
  runs: 'runs at once',
};
const LISTS: Readonly<Record<string, string>> = { methods: '', paths: '', tools: 'with ', pinned: 'fixed to ', from: 'from ', keys: '' };
const SHOWN = 6;

function note(name: string, value: string | boolean | readonly string[]): string[] {
  if (value === false) return [];
  if (value === true) return [FLAGS[name] ?? name];
  const all = typeof value === 'string' ? [value] : value;
  // A registry is where packages come from unless somebody says otherwise.
  const told = name === 'from' ? all.filter((one) => one !== 'registry') : all;
  if (told.length === 0) return [];
  const rest = told.length - SHOWN;
  return [`${LISTS[name] ?? `${name} `}${told.slice(0, SHOWN).join(' ')}${rest > 0 ? ` and ${rest} more` : ''}`];
}

/** An ability in words. */
export const abilityWords = (entry: CapabilityEntry): AbilityWords => ({
  title: titleOf(entry.kind),
  what: word({ ...entry, details: {} }),
  notes: Object.entries(entry.details).flatMap(([name, value]) => note(name, value)),
  dynamic: isDynamic(entry),
});

export interface GrowthWords extends AbilityWords {
  /** What came: `new`, `more` of an ability that was there, or `nearer`: it is reached more directly than before. */
  readonly how: 'new' | 'more' | 'nearer';
  readonly gate: Gate;
  /** What was and is, for `nearer`. */
  readonly reach?: { readonly was: string; readonly is: string };
  readonly place: ReportPlace | undefined;
}

/** An ability that came, in words. */
export function growthWords(growth: Growth): GrowthWords {
  const { entry, was } = growth;
  return {
    ...abilityWords(entry),
    how: was !== undefined ? 'nearer' : growth.known === true ? 'more' : 'new',
    gate: growth.gate,
    ...(was === undefined ? {} : { reach: { was: reachWord[was], is: reachWord[entry.reach] } }),
    place: entry.evidence[0],
  };
}

export interface ShrinkageWords extends AbilityWords {
  /** What went: all of it (`gone`), some of it (`less`), or it is reached less directly (`further`). */
  readonly how: 'gone' | 'less' | 'further';
  readonly reach?: { readonly was: string; readonly is: string };
}

/** An ability that went, in words. */
export const shrinkageWords = (entry: Shrinkage): ShrinkageWords => ({
  ...abilityWords(entry),
  how: entry.now !== undefined ? 'further' : entry.stays === true ? 'less' : 'gone',
  ...(entry.now === undefined ? {} : { reach: { was: reachWord[entry.reach], is: reachWord[entry.now] } }),
});

/** `sends data, POST`, with how its reach changed. */
export const notesOf = (words: AbilityWords & { readonly reach?: GrowthWords['reach'] }): string =>
  [...words.notes, ...(words.reach === undefined ? [] : [`${words.reach.is}; before: ${words.reach.was}`])].join(', ');

export const gateWord: Readonly<Record<Gate, string>> = { block: 'blocks', review: 'review', capability: 'listed' };
/** Worst first. */
export const gateRank: Readonly<Record<Gate, number>> = { block: 0, review: 1, capability: 2 };

/** Growth, what holds the change up first; the order within a gate stays. */
export const byGate = (grown: readonly Growth[]): Growth[] => [...grown].sort((a, b) => gateRank[a.gate] - gateRank[b.gate]);

/** The skill's name: of the new version, unless there is none. */
export const nameOf = (change: Change): string => (change.after ?? change.before)?.name ?? 'nothing';

/** What was compared: `old → new`, `new skill`, `removed`. */
export function sidesOf(change: Change): string {
  const { before, after } = change;
  if (before === null) return `${after?.origin ?? 'nothing'} (a new skill: all of it is new)`;
  if (after === null) return `${before.origin} (removed)`;
  return before.origin === after.origin ? after.origin : `${before.origin} → ${after.origin}`;
}

/** How many files are new, gone, different, moved and the same, in one phrase. */
export function filesOf(change: Change): string {
  const count = (how: FileChange['how']): number => change.files.changes.filter((file) => file.how === how).length;
  const parts = (['added', 'removed', 'changed', 'moved'] as const).filter((how) => count(how) > 0).map((how) => `${count(how)} ${how}`);
  return parts.length === 0 ? 'no file differs' : `${parts.join(', ')}, ${plural(change.files.same, 'file')} the same`;
}

/** `1.2.0 → 1.3.0 (version changed)` */
export function pinWords(pin: PinChange): string {
  const list = (versions: readonly string[]): string =>
    versions.length === 0
      ? 'no version named'
      : versions.slice(0, SHOWN).join(' ') + (versions.length > SHOWN ? ` and ${versions.length - SHOWN} more` : '');
  switch (pin.how) {
    case 'added':
      return pin.after.length === 0 ? 'added' : `added, ${list(pin.after)}`;
    case 'removed':
      return pin.before.length === 0 ? 'removed' : `removed, was ${list(pin.before)}`;
    case 'unpinned':
      return `${list(pin.before)} → ${list(pin.after)}: what it gets is no longer fixed`;
    case 'pinned':
      return `${list(pin.before)} → ${list(pin.after)}: now fixed`;
    default:
      return `${list(pin.before)} → ${list(pin.after)}`;
  }
}

/** Sign of a file in lists. */
export const fileSign: Readonly<Record<FileChange['how'], string>> = { added: '+', removed: '-', changed: '~', moved: '>' };
