/**
 * Data flow: which fact's data can reach which port of which fact. The graph has cells as nodes; readers' edges and pass-through facts (a decode, a file written and
 * read again, a filter in a pipeline) connect them. Flow- and context-insensitive by design: readers version their variables where order matters.
 * Requests are barriers: what comes back is new data.
 */
import * as cells from '../cells.ts';
import { describe } from '../describe.ts';
import type { Limits } from '../limits.ts';
import type { Cell, Fact, Flow, Role, Span, Step, TransformFact } from '../model.ts';
import type { Flows } from '../rules/contract.ts';
import type { Program } from './contract.ts';
import type { Resolver } from './resolve.ts';

interface Arrow {
  readonly to: Cell;
  readonly at: Span;
  readonly says: string;
  readonly via?: Fact;
}
interface Consumer {
  readonly fact: Fact;
  readonly role: Role;
}

/** Roles through which data passes on to the outputs of a fact. Running code, or naming a file, yields something else. */
const PASSES: Partial<Record<Fact['kind'], ReadonlySet<Role>>> = {
  transform: new Set(['data', 'content', 'value', 'stdin', 'argv', 'body', 'code', 'key', 'path']),
  read: new Set(['path', 'content', 'stdin']),
  write: new Set(['content', 'data', 'stdin', 'body']),
  exec: new Set(['stdin', 'data', 'argv', 'content']),
};
const SAYS: Record<string, string> = {
  assign: 'assigned',
  call: 'passed as argument',
  return: 'returned',
  pipe: 'piped on',
  file: 'through a file',
  concat: 'joined into a string',
  import: 'imported',
};

export function dataFlow(program: Program, resolve: Resolver, limits: Limits): Flows {
  const arrows = new Map<Cell, Arrow[]>();
  const consumers = new Map<Cell, Consumer[]>();
  const add = <T>(map: Map<Cell, T[]>, key: Cell, value: T) => {
    const list = map.get(key);
    if (list) list.push(value);
    else map.set(key, [value]);
  };
  for (const edge of program.edges) add(arrows, edge.from, { to: edge.to, at: edge.at, says: SAYS[edge.how] ?? edge.how });

  const fileOf = (fact: Fact) => program.skill.files[fact.at.file]!;
  const join = (from: Cell, to: Cell, fact: Fact, says: string) => {
    if (from !== to) add(arrows, from, { to, at: fact.at, says });
  };
  const paths = new Set<Cell>();
  // `curl` is a program and a request at once; what comes out of it is the answer, not what went in.
  const requests = new Set(program.all.flatMap((fact) => (fact.kind === 'request' ? [`${fact.unit}:${fact.at.start}:${fact.at.end}`] : [])));
  for (const fact of program.all) {
    const barrier = fact.kind === 'exec' && requests.has(`${fact.unit}:${fact.at.start}:${fact.at.end}`);
    for (const port of [...(fact.ins ?? []), ...(fact.outs ?? [])]) if (port.cell.startsWith('path:')) paths.add(port.cell);
    for (const port of fact.ins ?? []) {
      add(consumers, port.cell, { fact, role: port.role });
      if (!barrier && PASSES[fact.kind]?.has(port.role))
        for (const out of fact.outs ?? []) add(arrows, port.cell, { to: out.cell, at: fact.at, says: describe(fact), via: fact });
    }
    // However a shipped file is spelled, it is one cell.
    if ((fact.kind === 'read' || fact.kind === 'write' || (fact.kind === 'exec' && fact.path !== undefined)) && fact.path !== undefined) {
      const target = resolve.file(fact.path, fileOf(fact));
      if (target !== undefined) {
        const canonical = `shipped:${target.path}`;
        for (const port of fact.ins ?? []) if (port.cell.startsWith('path')) join(canonical, port.cell, fact, `is ${target.path}`);
        for (const port of fact.outs ?? []) if (port.cell.startsWith('path')) join(port.cell, canonical, fact, `is ${target.path}`);
        if (fact.kind === 'exec') {
          for (const port of fact.ins ?? []) {
            if (port.role === 'stdin') join(port.cell, cells.stdin(target.path), fact, `standard input of ${target.path}`);
            if (port.role === 'argv') join(port.cell, cells.arg(target.path, '*'), fact, `argument of ${target.path}`);
          }
          for (const port of fact.outs ?? []) join(cells.stdout(target.path), port.cell, fact, `output of ${target.path}`);
          for (let index = 1; index < 10; index++) join(cells.arg(target.path, '*'), cells.arg(target.path, index), fact, 'argument');
        }
      }
    }
  }
  // What is unpacked into a folder is found below it.
  const sorted = [...paths].sort();
  for (let i = 0; i < sorted.length; i++) {
    const parent = sorted[i]!;
    if (parent.length < 7) continue;
    for (let j = i + 1; j < sorted.length && j < i + 500 && sorted[j]!.startsWith(parent); j++) {
      if (sorted[j]![parent.length] === '/') add(arrows, parent, { to: sorted[j]!, at: { file: 0, start: 0, end: 0 }, says: 'inside that folder' });
    }
  }

  // Where a reader states a transform and an assignment for the same step, the way goes through the transform: what was done to the data matters.
  for (const list of arrows.values()) if (list.length > 1) list.sort((a, b) => Number(b.via !== undefined) - Number(a.via !== undefined));

  const memo = new Map<number, readonly Flow[]>();
  const outOf = (source: Fact): readonly Flow[] => {
    const known = memo.get(source.id);
    if (known !== undefined) return known;
    const flows: Flow[] = [];
    const seen = new Map<Cell, { from: Cell; arrow: Arrow } | undefined>();
    const queue: Cell[] = [];
    for (const port of source.outs ?? []) {
      if (!seen.has(port.cell)) {
        seen.set(port.cell, undefined);
        queue.push(port.cell);
      }
    }
    const reached = new Set<string>();
    for (let at = 0; at < queue.length && at < limits.flowSteps; at++) {
      const cell = queue[at]!;
      for (const consumer of consumers.get(cell) ?? []) {
        const key = `${consumer.fact.id}:${consumer.role}`;
        if (consumer.fact.id === source.id || reached.has(key)) continue;
        reached.add(key);
        const way: Arrow[] = [];
        for (let back = seen.get(cell); back !== undefined; back = seen.get(back.from)) way.push(back.arrow);
        way.reverse();
        const steps: Step[] = [{ at: source.at, says: describe(source) }];
        for (const arrow of way) {
          const last = steps.at(-1)!;
          const empty = arrow.at.end === 0;
          if (!empty && (arrow.via !== undefined || arrow.at.start !== last.at.start || arrow.at.file !== last.at.file))
            steps.push({ at: arrow.at, says: arrow.says });
        }
        steps.push({ at: consumer.fact.at, says: describe(consumer.fact) });
        const through = way.flatMap((arrow) => (arrow.via?.kind === 'transform' ? [arrow.via as TransformFact] : []));
        flows.push({ from: source, to: consumer.fact, role: consumer.role, through, steps });
      }
      for (const arrow of arrows.get(cell) ?? []) {
        if (!seen.has(arrow.to)) {
          seen.set(arrow.to, { from: cell, arrow });
          queue.push(arrow.to);
        }
      }
    }
    memo.set(source.id, flows);
    return flows;
  };

  const sources = program.all.filter((fact) => (fact.outs?.length ?? 0) > 0);
  return {
    outOf,
    between: (from, to, roles) =>
      sources.filter(from).flatMap((source) => outOf(source).filter((flow) => to(flow.to) && (roles === undefined || roles.includes(flow.role)))),
    into: (fact, roles) =>
      sources.flatMap((source) => outOf(source).filter((flow) => flow.to.id === fact.id && (roles === undefined || roles.includes(flow.role)))),
  };
}
