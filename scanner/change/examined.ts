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

/** What shipped settings tell a host to refuse or to ask about, sorted: `claude permissions.deny Read(./.env)`. */
export function guardsOf(scanned: Scanned): Examined['guards'] {
  const { files } = scanned.program.skill;
  const guards = new Map<string, string>();
  for (const { via, system, key, value, at } of scanned.facts.all('config'))
    if (via === 'file' && GUARD.test(key)) guards.set(`${system} ${key} ${show(value)}`.slice(0, 300), files[at.file]!.path);
  return [...guards].map(([says, path]) => ({ says, path })).sort((a, b) => (a.says < b.says ? -1 : 1));
}
const GUARD = /^permissions\.(?:deny|ask)$/;

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
