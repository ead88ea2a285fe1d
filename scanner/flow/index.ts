/** Flow connects what languages stated: indexes facts, settles stance and reach, answers data-flow questions. */
import type { Limits } from '../limits.ts';
import type { Fact, FactKind, FactOf, Stance, UnitId } from '../model.ts';
import type { Facts } from '../rules/contract.ts';
import type { Connected, Program } from './contract.ts';
import { dataFlow } from './data.ts';
import { reaches } from './reach.ts';
import { resolver } from './resolve.ts';

export type { Connected, Program, Uncovered } from './contract.ts';
export { uncover } from './uncover.ts';

export function connect(program: Program, limits: Limits): Connected {
  const { skill, units, all } = program;
  const resolve = resolver(skill);
  const byUnit = new Map(units.map((unit) => [unit.id, unit]));
  const reach = reaches(skill, units, all, resolve);
  const flows = dataFlow(program, resolve, limits);

  const unitStance = (id: UnitId): Stance => {
    let weakest: Stance = 'use';
    for (let unit = byUnit.get(id); unit !== undefined; unit = unit.parent === undefined ? undefined : byUnit.get(unit.parent)) {
      if (unit.stance === 'mention') return 'mention';
      if (unit.stance === 'example') weakest = 'example';
    }
    return weakest;
  };
  const stance = (fact: Fact): Stance => {
    const around = unitStance(fact.unit);
    if (around === 'mention' || fact.stance === undefined) return around;
    return fact.stance === 'use' ? around : fact.stance;
  };

  const everything = new Map<FactKind, Fact[]>();
  const meant = new Map<FactKind, Fact[]>();
  for (const fact of all) {
    const push = (map: Map<FactKind, Fact[]>) => {
      const list = map.get(fact.kind);
      if (list) list.push(fact);
      else map.set(fact.kind, [fact]);
    };
    push(everything);
    if (stance(fact) !== 'mention') push(meant);
  }
  const children = new Map<UnitId, UnitId[]>();
  for (const unit of units) {
    if (unit.parent === undefined) continue;
    const list = children.get(unit.parent);
    if (list) list.push(unit.id);
    else children.set(unit.parent, [unit.id]);
  }
  const factsOfUnit = new Map<UnitId, Fact[]>();
  for (const fact of all) {
    const list = factsOfUnit.get(fact.unit);
    if (list) list.push(fact);
    else factsOfUnit.set(fact.unit, [fact]);
  }
  const facts: Facts = {
    of: <K extends FactKind>(kind: K) => (meant.get(kind) ?? []) as unknown as readonly FactOf<K>[],
    all: <K extends FactKind>(kind: K) => (everything.get(kind) ?? []) as unknown as readonly FactOf<K>[],
    within: (id) => {
      const out: Fact[] = [];
      const stack = [id];
      for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
        out.push(...(factsOfUnit.get(next) ?? []));
        stack.push(...(children.get(next) ?? []));
      }
      return out.sort((a, b) => a.id - b.id);
    },
  };
  return { program, facts, flows, unit: (id) => byUnit.get(id)!, reach: reach.unit, stance, reachOfFile: reach.files };
}
