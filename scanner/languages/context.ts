/**
 * Drives readers over one file: a queue of units, one reader a unit, offsets mapped back to the file, budgets counted, exceptions turned into opaque facts.
 * A throw, a spent budget or an exceeded deadline ends only the unit it happened in; what was stated before stays.
 */
import * as cells from '../cells.ts';
import type { Limits } from '../limits.ts';
import type { Cell, Edge, Fact, FactDraft, File, OpaqueFact, Reach, Span, Stance, Unit, UnitId, UnitRole } from '../model.ts';
import { BudgetError, type EmbedOptions, type Language, type OffsetMap, type ReadContext } from './contract.ts';

export interface ReadResult {
  readonly units: Unit[];
  readonly facts: Fact[];
  readonly edges: Edge[];
}

/** Ids handed out over a whole skill. */
export interface Counter {
  unit: number;
  fact: number;
  cell: number;
}

export interface ReadRequest {
  readonly file: File;
  readonly language: string;
  readonly role: UnitRole;
  readonly stance?: Stance;
  readonly reach?: Reach;
  readonly note?: string;
}

interface Job {
  readonly text: string;
  readonly unit: Unit;
  readonly depth: number;
  /** Local offset to file offset. */
  readonly toFile: (offset: number, end: boolean) => number;
}

/** Runs readers under a wall-clock deadline; see deadline.ts. */
export type Guard = (run: () => void) => 'done' | 'time';

const childMap = (map: OffsetMap, outer: Job['toFile']): Job['toFile'] => {
  if (map.kind === 'collapsed') return (_offset, end) => outer(end ? map.end : map.start, end);
  if (map.kind === 'shift') return (offset, end) => outer(Math.min(map.start + offset, map.end), end);
  const { pieces } = map;
  return (offset, end) => {
    // The end of a span belongs to the piece of its last character.
    const probe = end && offset > 0 ? offset - 1 : offset;
    let low = 0;
    let high = pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (pieces[middle]!.at <= probe) low = middle;
      else high = middle - 1;
    }
    const piece = pieces[low];
    return piece === undefined ? outer(map.start, end) : outer(Math.min(piece.outer + (offset - piece.at), map.end), end);
  };
};

/** One file on its way through one language: everything embedded in it is read as well. */
interface Run {
  readonly result: ReadResult;
  /** Reads on, synchronously; the name of a reader that has to be loaded first, or undefined when all is read. Never throws. */
  advance(): string | undefined;
  /** Called when the clock stopped it: what is left is named opaque. */
  stop(): void;
}

/** How long one armed deadline may serve several files: arming costs as much as reading a small file. */
const BATCH_SHARE = 0.25;

/**
 * Reads files, each with one language and everything embedded in it, in order.
 * @param resolve finds a reader by language id or fence tag; undefined when there is none
 * @param guard runs synchronous work under a deadline of `limits.fileMs`
 * @param now monotonic milliseconds
 */
export async function readFiles(
  requests: readonly ReadRequest[],
  counter: Counter,
  paths: ReadonlySet<string>,
  limits: Limits,
  resolve: (language: string) => Promise<Language | undefined>,
  guard: Guard,
  now: () => number = () => performance.now(),
): Promise<ReadResult> {
  const all: ReadResult = { units: [], facts: [], edges: [] };
  const readers = new Map<string, Language | undefined>();
  let at = 0;
  let run: Run | undefined;
  const finish = (done: Run): void => {
    for (const unit of done.result.units) all.units.push(unit);
    for (const fact of done.result.facts) all.facts.push(fact);
    for (const edge of done.result.edges) all.edges.push(edge);
    run = undefined;
    at++;
  };
  while (at < requests.length) {
    let wanted: string | undefined;
    const armed = now();
    const ended = guard(() => {
      while (at < requests.length && now() - armed < limits.fileMs * BATCH_SHARE) {
        run ??= startRun(requests[at]!, counter, paths, limits, readers);
        wanted = run.advance();
        if (wanted !== undefined) return;
        finish(run);
      }
    });
    if (ended === 'time') {
      run ??= startRun(requests[at]!, counter, paths, limits, readers);
      run.stop();
      finish(run);
    } else if (wanted !== undefined) readers.set(wanted, await resolve(wanted));
  }
  return all;
}

/** One file; see {@link readFiles}. */
export const readFile = (
  request: ReadRequest,
  counter: Counter,
  paths: ReadonlySet<string>,
  limits: Limits,
  resolve: (language: string) => Promise<Language | undefined>,
  guard: Guard,
): Promise<ReadResult> => readFiles([request], counter, paths, limits, resolve, guard);

function startRun(
  request: ReadRequest,
  counter: Counter,
  paths: ReadonlySet<string>,
  limits: Limits,
  readers: ReadonlyMap<string, Language | undefined>,
): Run {
  const { file } = request;
  const out: ReadResult = { units: [], facts: [], edges: [] };
  let steps = 0;

  const newUnit = (job: Omit<Unit, 'id'>): Unit => {
    const unit: Unit = { id: counter.unit++, ...job };
    out.units.push(unit);
    return unit;
  };
  const cellsOf = (unit: Unit) => {
    const isFile = unit.role === 'file';
    return {
      stdin: isFile ? cells.stdin(file.path) : cells.local(unit.id, '<stdin>'),
      stdout: isFile ? cells.stdout(file.path) : cells.local(unit.id, '<stdout>'),
      arg: (index: number | '*'): Cell => (isFile ? cells.arg(file.path, index) : cells.local(unit.id, `<arg${index}>`)),
    };
  };
  const addOpaque = (unit: Unit, at: Span, why: OpaqueFact['why'], detail: string, incomplete: boolean) => {
    out.facts.push({ id: counter.fact++, unit: unit.id, at, kind: 'opaque', why, detail, incomplete });
  };

  const root = newUnit({
    at: { file: file.id, start: 0, end: file.text.length },
    language: request.language,
    role: request.role,
    stance: request.stance ?? 'use',
    unwrapped: [],
    ...(request.reach ? { reach: request.reach } : {}),
    ...(request.note ? { note: request.note } : {}),
  });
  const queue: Job[] = [{ text: file.text, unit: root, depth: 0, toFile: (offset) => offset }];
  const unitsById = new Map<UnitId, Unit>([[root.id, root]]);

  /** Reads one unit; never throws. */
  const readUnit = (job: Job, language: Language | undefined): void => {
    const { unit } = job;
    const span = (start: number, end: number): Span => {
      const from = job.toFile(Math.max(0, Math.min(start, job.text.length)), false);
      const to = job.toFile(Math.max(0, Math.min(end, job.text.length)), true);
      return { file: file.id, start: from, end: Math.max(from, to) };
    };
    if (language === undefined) {
      // Fences in languages we do not read are documentation; files in them are judged by the caller, which knows what the skill does with them.
      if (unit.role !== 'fence' && unit.role !== 'inline')
        addOpaque(unit, unit.at, 'unknown-language', `no reader for ${unit.language}`, unit.role !== 'file');
      return;
    }
    const standard = cellsOf(unit);
    const ctx: ReadContext = {
      file,
      unit,
      paths,
      module: unit.role === 'file' ? file.path.replace(/\.[^./]+$/, '') : `unit:${unit.id}`,
      ...standard,
      local: (name) => cells.local(unit.id, name),
      fresh: () => cells.local(unit.id, `#${counter.cell++}`),
      fact: (start, end, draft: FactDraft) => {
        if (out.facts.length >= limits.facts) throw new BudgetError(`more than ${limits.facts} facts`);
        const id = counter.fact++;
        out.facts.push({ ...draft, id, unit: unit.id, at: span(start, end) } as Fact);
        return id;
      },
      edge: (from, to, start, end, how) => {
        if (from !== to) out.edges.push({ from, to, at: span(start, end), how });
      },
      embed: (language_, text, map, options: EmbedOptions) => {
        if (out.units.length >= limits.units) throw new BudgetError(`more than ${limits.units} embedded pieces`);
        const child = newUnit({
          parent: unit.id,
          at: span(map.start, map.end),
          language: language_,
          role: options.role,
          stance: unit.stance === 'mention' ? 'mention' : (options.stance ?? unit.stance),
          unwrapped: [...unit.unwrapped, ...(options.unwrapped ?? [])],
          ...(options.reach ? { reach: options.reach } : {}),
          ...(options.note ? { note: options.note } : {}),
          ...((options.section ?? unit.section) ? { section: options.section ?? unit.section! } : {}),
        });
        unitsById.set(child.id, child);
        if (job.depth + 1 > limits.embedDepth) {
          addOpaque(child, child.at, 'depth', `code inside code more than ${limits.embedDepth} deep`, true);
          return child.id;
        }
        queue.push({ text, unit: child, depth: job.depth + 1, toFile: childMap(map, job.toFile) });
        return child.id;
      },
      cellsOf: (id) => {
        const other = unitsById.get(id);
        if (other === undefined) throw new Error(`unit ${id} is not of this file`);
        return cellsOf(other);
      },
      opaque: (start, end, why, detail, incomplete = true) => addOpaque(unit, span(start, end), why, detail, incomplete),
      span,
      step: (count = 1) => {
        steps += count;
        if (steps > limits.steps) throw new BudgetError(`more than ${limits.steps} steps`);
      },
    };
    try {
      language.read(job.text, ctx);
    } catch (error) {
      if (error instanceof BudgetError) addOpaque(unit, unit.at, 'limit', error.message, true);
      else
        addOpaque(unit, unit.at, 'crash', `${language.id} reader: ${error instanceof Error ? error.message.slice(0, 200) : 'unknown error'}`, true);
    }
  };

  let next = 0;
  return {
    result: out,
    advance: () => {
      for (; next < queue.length; next++) {
        const job = queue[next]!;
        if (!readers.has(job.unit.language)) return job.unit.language;
        readUnit(job, readers.get(job.unit.language));
      }
      return undefined;
    },
    stop: () => {
      const { unit } = queue[next] ?? queue[0]!;
      const left = queue.length - next - 1;
      addOpaque(unit, unit.at, 'time', `${unit.language} reader stopped by the clock${left > 0 ? `, ${left} more pieces unread` : ''}`, true);
    },
  };
}
