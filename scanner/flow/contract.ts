/** What flow gives to rules and capability: facts indexed, data flows on demand, reach and stance settled. */
import type { Edge, Fact, Reach, Skill, Stance, Unit, UnitId } from '../model.ts';
import type { Facts, Flows } from '../rules/contract.ts';

export interface Program {
  readonly skill: Skill;
  readonly units: readonly Unit[];
  readonly all: readonly Fact[];
  readonly edges: readonly Edge[];
}

export interface Connected {
  readonly program: Program;
  readonly facts: Facts;
  readonly flows: Flows;
  unit(id: UnitId): Unit;
  reach(unit: UnitId): Reach;
  /** Stance of a fact: its own, else the innermost unit's that is not `use`. */
  stance(fact: Fact): Stance;
  /** Files that the skill instructs, runs, imports or auto-loads, with how. Files not in it are `callable`. */
  readonly reachOfFile: ReadonlyMap<number, Reach>;
}

/** Text or bytes that flow uncovered (a shipped asset that code decodes and runs) and that should be read in a next round. */
export interface Uncovered {
  readonly parent: UnitId;
  readonly language: string;
  readonly text: string;
  readonly unwrapped: readonly string[];
  readonly reach: Reach;
}
