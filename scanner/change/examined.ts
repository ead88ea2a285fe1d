/** What a comparison needs of a scan beside its report: the sentences that direct somebody, and each finding's text as tokens. Structural inputs, so that it imports no stage. */
import type { Examined, Fact, FactOf, Finding, Instruction, Reach, ReportPlace, Skill, Span, Stance, Unit, UnitId } from '../model.ts';
import { show } from '../value.ts';
import { shapeOf } from './shape.ts';

export interface Scanned {
  readonly program: { readonly skill: Skill };
  readonly facts: { all<K extends 'instruct' | 'config'>(kind: K): readonly FactOf<K>[] };
  unit(id: UnitId): Unit;
  reach(unit: UnitId): Reach;
  stance(fact: Fact): Stance;
}

/** More sentences than any skill that a person can review; sorted by place before the cut. */
const MOST_INSTRUCTIONS = 2_000;

/** Sentences that tell somebody to do something, in the order of their places. */
export function instructionsOf(scanned: Scanned, place: (span: Span) => ReportPlace): Instruction[] {
  const { files } = scanned.program.skill;
  return scanned.facts
    .all('instruct')
    .filter((fact) => fact.polarity === 'do' && scanned.stance(fact) === 'use')
    .sort((a, b) => {
      const [left, right] = [files[a.at.file]!.path, files[b.at.file]!.path];
      return left === right ? a.at.start - b.at.start || a.id - b.id : left < right ? -1 : 1;
    })
    .slice(0, MOST_INSTRUCTIONS)
    .map((fact) => ({
      clause: fact.clause,
      verb: fact.verb,
      ...(fact.destination === undefined ? {} : { destination: show(fact.destination).slice(0, 500) }),
      reach: scanned.reach(fact.unit),
      place: place(fact.at),
    }));
}

/** What shipped settings tell a host to refuse, to ask about, or to let pass, sorted. What lets everything pass is an ability and not repeated here. */
export function permissionsOf(scanned: Scanned): Examined['permissions'] {
  const { files } = scanned.program.skill;
  const found = new Map<string, Examined['permissions'][number]>();
  for (const { via, system, key, value, effect, at } of scanned.facts.all('config')) {
    if (via !== 'file' || effect !== 'other') continue;
    const kind = PERMISSION.exec(key)?.[1] as 'allow' | 'ask' | 'deny' | undefined;
    if (kind === undefined) continue;
    const what = `${system} ${show(value)}`.slice(0, 300);
    found.set(`${kind} ${what}`, { kind, what, path: files[at.file]!.path });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
const PERMISSION = /^permissions\.(allow|ask|deny)$/;

/** Finding id to shape. */
export function shapesOf(findings: readonly (Finding & { readonly id: string })[], scanned: Scanned): Record<string, string> {
  const { files } = scanned.program.skill;
  const shapes: Record<string, string> = {};
  for (const finding of findings) {
    const language = (fact: Fact): string => (fact.unit >= 0 ? scanned.unit(fact.unit).language : 'text');
    shapes[finding.id] = shapeOf(
      finding.facts.map((fact) => ({ text: files[fact.at.file]!.text.slice(fact.at.start, fact.at.end), language: language(fact) })),
      finding.evidence,
    );
  }
  return shapes;
}
