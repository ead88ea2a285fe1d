/**
 * Runs the rules over what flow connected and turns drafts into findings. Settles what every finding needs and no rule should decide by itself: reach, the effect of stance
 * on the gate, normalised evidence, merging of repeats, order. A rule that throws makes the scan an internal error, never a silent gap.
 */
import type { CapabilityEntry, Fact, File, Finding, Gate, OpaqueFact, Problem, Reach, Skill, Stance, Unit, UnitId } from '../model.ts';
import type { Draft, Facts, Flows, Rule, RuleContext } from './contract.ts';

/** What judge needs of flow; given by the pipeline so that rules import no other stage. */
export interface Judged {
  readonly skill: Skill;
  readonly facts: Facts;
  readonly flows: Flows;
  unit(id: UnitId): Unit;
  reach(unit: UnitId): Reach;
  stance(fact: Fact): Stance;
  /** Abilities added since the version that `--against` names. */
  readonly changes?: { readonly against: string; readonly added: readonly CapabilityEntry[] };
}

export class RuleError extends Error {
  readonly code = 'RULE';
  readonly rule: string;
  constructor(rule: string, cause: unknown) {
    super(`rule ${rule} failed: ${cause instanceof Error ? cause.message : 'unknown error'}`, { cause });
    this.rule = rule;
  }
}

const GATES: readonly Gate[] = ['block', 'review', 'capability'];
const ORDER: readonly Reach[] = ['automatic', 'instructed', 'callable', 'mentioned'];
const collapse = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 300);

export function contextOf(input: Judged): RuleContext {
  const { skill } = input;
  const wholes = new Map<number, OpaqueFact>();
  return {
    skill,
    ...(input.changes ? { changes: input.changes } : {}),
    facts: input.facts,
    flows: input.flows,
    unit: (of) => input.unit(typeof of === 'number' ? of : of.unit),
    around: (of) => {
      const units: Unit[] = [];
      for (
        let unit: Unit | undefined = input.unit(of.unit);
        unit !== undefined;
        unit = unit.parent === undefined ? undefined : input.unit(unit.parent)
      )
        units.push(unit);
      return units;
    },
    file: (of) => skill.files[of.at.file]!,
    reach: (of) => (of.unit < 0 ? 'callable' : input.reach(of.unit)),
    stance: input.stance,
    text: (of) => skill.files[of.at.file]!.text.slice(of.at.start, of.at.end),
    problems: (...codes: Problem['code'][]) => skill.problems.filter((problem) => codes.includes(problem.code)),
    whole: (file: File) => {
      let fact = wholes.get(file.id);
      if (fact === undefined) {
        fact = {
          id: -1 - file.id,
          unit: -1,
          at: { file: file.id, start: 0, end: 0 },
          kind: 'opaque',
          why: 'unknown-language',
          detail: file.path,
          incomplete: false,
        };
        wholes.set(file.id, fact);
      }
      return fact;
    },
  };
}

/**
 * A block needs something that is meant and can happen. An illustration, or a page nobody is sent to, is for a person to look at; so is a command that merely stands on a
 * reference page: SKILL.md itself directs, and on other pages the reader marks what a heading, a lead-in or the sentence around it tells the reader to do.
 */
function gateOf(gate: Gate, draft: Draft, ctx: RuleContext, stance: (fact: Fact) => Stance): Gate {
  const primary = draft.flow ? [draft.flow.to] : draft.facts;
  const real = primary.filter((fact) => fact.unit >= 0);
  if (real.length === 0) return gate;
  const illustrated = draft.copied !== true && real.every((fact) => stance(fact) === 'example');
  const unread = real.every((fact) => {
    const units = ctx.around(fact);
    return (
      ctx.reach(fact) === 'callable' &&
      units.some(
        (unit) => unit.role === 'fence' || unit.role === 'inline' || unit.role === 'prose' || (unit.role === 'config' && unit.language === 'prose'),
      )
    );
  });
  const discussed = real.every((fact) => {
    const units = ctx.around(fact);
    if (units.some((unit) => unit.role === 'hook' || unit.role === 'comment' || unit.role === 'html')) return false;
    const page = units.find((unit) => unit.role === 'fence' || unit.role === 'inline');
    return page !== undefined && page.reach === undefined && ctx.reach(fact) !== 'automatic' && !/(?:^|\/)skills?\.md$/i.test(ctx.file(fact).path);
  });
  // A command named within a sentence as an instance of its kind ("lines of the form …") is talked about.
  if (illustrated && real.every((fact) => ctx.around(fact).some((unit) => unit.role === 'inline' && unit.stance === 'example'))) return 'capability';
  if (gate === 'block' && discussed) return 'review';
  if (!illustrated && !unread) return gate;
  return gate === 'block' ? 'review' : 'capability';
}

export function judge(rules: readonly Rule[], input: Judged): Finding[] {
  const ctx = contextOf(input);
  const findings = new Map<string, Finding>();
  for (const rule of rules) {
    let drafts: readonly Draft[];
    try {
      drafts = rule.check(ctx);
    } catch (error) {
      throw new RuleError(rule.id, error);
    }
    for (const draft of drafts) {
      const [first] = draft.facts;
      const evidence = collapse(draft.evidence ?? (draft.facts.map((fact) => ctx.text(fact)).join(' … ') || ctx.file(first).path));
      const key = `${rule.id}\0${ctx.file(first).path}\0${evidence}`;
      const reach = draft.facts.map((fact) => ctx.reach(fact)).sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))[0]!;
      const gate = gateOf(draft.gate ?? rule.gate, draft, ctx, input.stance);
      const confidence = draft.confidence ?? rule.confidence;
      const known = findings.get(key);
      // The same words twice are one finding: of the two the one that counts for more, so that a harmless mention hides no command.
      if (
        known !== undefined &&
        (confidence < known.confidence ||
          GATES.indexOf(known.gate) < GATES.indexOf(gate) ||
          (known.gate === gate && ORDER.indexOf(known.reach) <= ORDER.indexOf(reach)))
      )
        continue;
      findings.set(key, {
        rule: rule.id,
        severity: draft.severity ?? rule.severity,
        gate,
        confidence,
        says: draft.says,
        facts: draft.facts,
        ...(draft.flow ? { flow: draft.flow } : {}),
        reach,
        evidence,
      });
    }
  }
  return [...findings.values()];
}
