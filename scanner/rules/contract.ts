/**
 * What a rule is: a pure, synchronous query over facts and flows. It sees no AST, no bytes and no policy. Its page (`<slug>.md` beside it) says why it exists and
 * carries examples that the tests run: at least two that fire and two that stay silent.
 *
 * Use versus mention is settled before a rule runs: `facts.of(kind)` leaves out what is only mentioned (quoted, prohibited, a table of attacks). `facts.all(kind)` has everything.
 */
import type {
  CapabilityEntry,
  Confidence,
  Fact,
  FactKind,
  FactOf,
  File,
  Finding,
  Flow,
  Gate,
  OpaqueFact,
  Problem,
  Reach,
  Role,
  Severity,
  Skill,
  Stance,
  Unit,
  UnitId,
} from '../model.ts';

export interface Facts {
  /** Facts of a kind that are meant (stance `use` or `example`). */
  of<K extends FactKind>(kind: K): readonly FactOf<K>[];
  /** Also those only mentioned. */
  all<K extends FactKind>(kind: K): readonly FactOf<K>[];
  /** Any kind, of one unit and the units inside it. */
  within(unit: UnitId): readonly Fact[];
}

export interface Flows {
  /** Every flow from a fact that `from` accepts into a port of a fact that `to` accepts; `roles` narrows the port. Sorted, one per pair and role. */
  between(from: (fact: Fact) => boolean, to: (fact: Fact) => boolean, roles?: readonly Role[]): readonly Flow[];
  /** Every fact that feeds the given port roles of `fact` (any role if not given), with the way. */
  into(fact: Fact, roles?: readonly Role[]): readonly Flow[];
  /** Every port that data of `fact` reaches. */
  outOf(fact: Fact): readonly Flow[];
}

export interface RuleContext {
  readonly skill: Skill;
  /** Abilities added since the version that `--against` names. */
  readonly changes?: { readonly against: string; readonly added: readonly CapabilityEntry[] };
  readonly facts: Facts;
  readonly flows: Flows;
  unit(of: Fact | UnitId): Unit;
  /** The unit and everything around it, innermost first. */
  around(of: Fact): readonly Unit[];
  file(of: Fact): File;
  /** How the fact takes effect, after flow/reach.ts. */
  reach(of: Fact): Reach;
  stance(of: Fact): Stance;
  /** Source text of a fact's span. */
  text(of: Fact): string;
  problems(...codes: Problem['code'][]): readonly Problem[];
  /** A fact that stands for a whole file, so that problems and file kinds can be evidence. */
  whole(file: File): OpaqueFact;
}

export interface Draft {
  readonly says: string;
  readonly facts: readonly [Fact, ...Fact[]];
  readonly flow?: Flow;
  readonly severity?: Severity;
  readonly gate?: Gate;
  readonly confidence?: Confidence;
  /** The illustration itself is what the agent will copy out (a template of its answer), so being one lowers nothing. */
  readonly copied?: true;
  /** Stable part of the evidence if the source text is not it (file name of a binary, host of a URL). */
  readonly evidence?: string;
}

export interface Rule {
  /** Stable code of the taxonomy, never reused: `EXE-002`. */
  readonly id: string;
  /** File name and readable id: `remote-code`. */
  readonly slug: string;
  /** Noun phrase for headings: "Remote code execution". */
  readonly title: string;
  readonly family: 'INJ' | 'EXE' | 'NET' | 'SEC' | 'UPD' | 'PER' | 'CFG' | 'OBF' | 'SUP' | 'SOC' | 'DES' | 'CAP' | 'COV';
  readonly severity: Severity;
  readonly gate: Gate;
  readonly confidence: Confidence;
  /** One sentence: what a user should do about a finding. */
  readonly fix: string;
  /** Mappings, verified against the published lists; see docs/mappings.md. */
  readonly maps: {
    readonly owasp: readonly string[];
    readonly atlas?: readonly string[];
    readonly attack?: readonly string[];
    readonly cwe?: readonly string[];
  };
  check(ctx: RuleContext): readonly Draft[];
}

/** Pins a rule to its contract and freezes it. */
export const rule = (definition: Rule): Rule => Object.freeze(definition);

export type { Finding };
