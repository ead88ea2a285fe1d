/** Runs the prose reader over one block and shows its facts flat. */
import type { ReadContext } from '../../../scanner/languages/contract.ts';
import prose from '../../../scanner/languages/prose/index.ts';
import type { FactDraft, HideFact, InstructFact } from '../../../scanner/model.ts';

export interface Clause {
  readonly verb: string;
  readonly objects: readonly { readonly class: string; readonly text: string; readonly start: number; readonly end: number }[];
  readonly place: string | undefined;
  readonly actor: string;
  readonly polarity: string;
  readonly modality: string;
  readonly stance: string | undefined;
  readonly condition: string | undefined;
  readonly clause: string;
  readonly block: number;
  readonly section: readonly string[];
  readonly tongue: string;
  readonly start: number;
  readonly end: number;
}

interface Stated {
  readonly start: number;
  readonly end: number;
  readonly draft: FactDraft;
}

export function statedIn(
  text: string,
  unit: { note?: string; section?: readonly string[] } = {},
): { facts: Stated[]; steps: number; opaque: string[] } {
  const out = { facts: [] as Stated[], steps: 0, opaque: [] as string[] };
  const ctx = {
    unit: { id: 0, at: { file: 0, start: 0, end: text.length }, language: 'prose', role: 'prose', stance: 'use', unwrapped: [], ...unit },
    fact: (start: number, end: number, draft: FactDraft) => out.facts.push({ start, end, draft }),
    span: (start: number, end: number) => ({ file: 0, start, end }),
    step: (count = 1) => {
      out.steps += count;
    },
    opaque: (_start: number, _end: number, why: string) => out.opaque.push(why),
  };
  prose.read(text, ctx as unknown as ReadContext);
  return out;
}

export const clausesIn = (text: string, unit: { note?: string; section?: readonly string[] } = {}): Clause[] =>
  statedIn(text, unit)
    .facts.filter((fact): fact is Stated & { draft: Omit<InstructFact, 'id' | 'unit' | 'at'> } => fact.draft.kind === 'instruct')
    .map(({ start, end, draft }) => ({
      verb: draft.verb,
      objects: draft.objects.map((object) => ({ class: object.class, text: object.text, start: object.at.start, end: object.at.end })),
      place:
        draft.destination?.kind === 'known'
          ? draft.destination.text
          : draft.destination?.kind === 'template'
            ? `?${(draft.destination.parts[0] as { name?: string }).name}`
            : undefined,
      actor: draft.actor,
      polarity: draft.polarity,
      modality: draft.modality,
      stance: draft.stance,
      condition: draft.condition,
      clause: draft.clause,
      block: draft.block,
      section: draft.section,
      tongue: draft.tongue,
      start,
      end,
    }));

/** Clauses that are to be done. */
export const meant = (text: string): Clause[] => clausesIn(text).filter((clause) => clause.stance === undefined && clause.polarity === 'do');

export const hidesIn = (text: string): HideFact['how'][] => statedIn(text).facts.flatMap(({ draft }) => (draft.kind === 'hide' ? [draft.how] : []));
