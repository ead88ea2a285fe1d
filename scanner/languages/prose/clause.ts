/** What a clause is once it is understood, before it becomes a fact, and what both readers of clauses (english.ts, free.ts) share: hits on tokens. */
import type { InstructFact, ProseObjectClass, Value, VerbClass } from '../../model.ts';
import type { Entry } from './compile.ts';
import type { Mark } from './lexicon/contract.ts';
import { matches, type Trie } from './trie.ts';
import type { Token } from './words.ts';

export interface Thing {
  readonly class: ProseObjectClass;
  /** Offsets in the view. */
  readonly start: number;
  readonly end: number;
}
export interface Clause {
  readonly verb: VerbClass;
  readonly objects: readonly Thing[];
  readonly destination: Value | undefined;
  readonly actor: InstructFact['actor'];
  readonly polarity: InstructFact['polarity'];
  readonly modality: InstructFact['modality'];
  readonly condition: string | undefined;
  readonly mention: boolean;
  readonly start: number;
  readonly end: number;
  readonly tongue: string;
}

type VerbEntry = Extract<Entry, { kind: 'verb' }>;
type WholeEntry = Extract<Entry, { kind: 'whole' }>;

export interface VerbHit {
  readonly from: number;
  readonly to: number;
  readonly entries: readonly VerbEntry[];
}
export interface ObjectHit {
  readonly from: number;
  readonly to: number;
  readonly class: ProseObjectClass;
  readonly tongue: string;
  readonly weak: boolean;
}
export interface MarkHit {
  readonly from: number;
  readonly to: number;
  readonly mark: Mark;
  readonly tongue: string;
}
export interface WholeHit {
  readonly from: number;
  readonly to: number;
  readonly entry: WholeEntry;
}
export interface Hits {
  readonly verbs: VerbHit[];
  readonly objects: ObjectHit[];
  readonly marks: MarkHit[];
  readonly qualifiers: Set<number>;
  readonly wholes: WholeHit[];
}

/** One walk of the trie over `tokens[from, to)`; the longest match of each kind at a token counts, things come first. */
export function hitsOf(trie: Trie<Entry>, tokens: readonly Token[], from: number, to: number): Hits {
  const hits: Hits = { verbs: [], objects: [], marks: [], qualifiers: new Set(), wholes: [] };
  for (let i = from; i < to; i++) {
    const token = tokens[i]!;
    if (token.kind === 'thing') {
      if (token.thing?.class !== undefined) hits.objects.push({ from: i, to: i + 1, class: token.thing.class, tongue: '', weak: false });
      continue;
    }
    if (token.kind === 'mark') continue;
    const verbs: VerbEntry[] = [];
    let verbTo = 0;
    const objects = new Map<string, ObjectHit>();
    const marks = new Map<string, MarkHit>();
    let whole: WholeHit | undefined;
    matches(trie, tokens, i, (end, out) => {
      if (end > to) return;
      for (const entry of out) {
        if (entry.kind === 'verb') {
          if (end > verbTo) verbs.length = 0;
          verbTo = Math.max(verbTo, end);
          verbs.push(entry);
        } else if (entry.kind === 'object')
          objects.set(`${entry.class} ${entry.tongue}`, { from: i, to: end, class: entry.class, tongue: entry.tongue, weak: entry.weak });
        else if (entry.kind === 'mark') marks.set(`${entry.mark} ${entry.tongue}`, { from: i, to: end, mark: entry.mark, tongue: entry.tongue });
        else if (entry.kind === 'qualifier') hits.qualifiers.add(i);
        else whole = { from: i, to: end, entry };
      }
    });
    if (verbs.length > 0) hits.verbs.push({ from: i, to: verbTo, entries: verbs });
    hits.objects.push(...objects.values());
    hits.marks.push(...marks.values());
    if (whole !== undefined) hits.wholes.push(whole);
  }
  return hits;
}

export const breaks: ReadonlySet<string> = new Set([
  '.',
  '!',
  '?',
  '。',
  '！',
  '？',
  ';',
  '；',
  '—',
  '–',
  '|',
  '•',
  '·',
  '│',
  '║',
  '→',
  '⇒',
  '➜',
  '：',
  '…',
]);
export const ends: ReadonlySet<string> = new Set(['.', '!', '?', '。', '！', '？', '…']);
