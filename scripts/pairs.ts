/**
 * Measures the change verdict on real version histories: FOLDER/<skill>/<1..n>/, each number one published version. Every successive pair is loaded, examined and compared, in as many processes as there are cores; a version is
 * examined once. Nothing of what is read is followed, run or kept.
 *
 *   npm run pairs -- FOLDER [--rows FILE]               counts, and one row of JSON a pair
 *   npm run pairs -- FOLDER --sample 100 --seed 5       also names the pairs to check by hand: drawn by the seed from those whose files differ
 *
 * Exits with 1 if a pair ended in an error, or if `silent` and the equality of abilities and findings (worked out here in another way) disagree.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { canonical } from '../scanner/canonical.ts';
import { compare, type Examined, examine, load, loadPolicy, ruleIds } from '../scanner/index.ts';

interface Row {
  readonly pair: string;
  readonly files: number;
  readonly silent: boolean;
  readonly decision: string;
  readonly grown: readonly string[];
  readonly shrunk: readonly string[];
  readonly appeared: readonly string[];
  readonly stayed: number;
  readonly went: readonly string[];
  readonly pins: readonly string[];
  readonly unread: number;
  readonly instructions: readonly [added: number, removed: number];
  /** Abilities and findings are equal, whatever compare says. */
  readonly equal: boolean;
  readonly error?: string;
}

const POLICY = 'balanced';
const AS_OF = '2026-11-21';
const MINUTES = 5;

const failed = (pair: string, error: string): Row => ({
  pair,
  files: 0,
  silent: false,
  decision: 'error',
  grown: [],
  shrunk: [],
  appeared: [],
  stayed: 0,
  went: [],
  pins: [],
  unread: 0,
  instructions: [0, 0],
  equal: false,
  error,
});

const numbered = (folder: string): number[] =>
  readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);

async function pairsOf(folder: string, skill: string): Promise<Row[]> {
  const policy = loadPolicy(POLICY, ruleIds);
  const rows: Row[] = [];
  let before: Examined | undefined;
  let last = 0;
  for (const number of numbered(join(folder, skill))) {
    const pair = `${skill} ${last}..${number}`;
    try {
      const after = await examine(await load(join(folder, skill, String(number))), { policy, asOf: AS_OF });
      if (last > 0) rows.push(before === undefined ? failed(pair, 'the version before it could not be read') : rowOf(pair, before, after));
      before = after;
    } catch (error) {
      if (last > 0) rows.push(failed(pair, error instanceof Error ? error.message : String(error)));
      before = undefined;
    }
    last = number;
  }
  return rows;
}

/** What must be equal for silence, in the plainest words; names of variables and layout are equal only where compare says so, so this may be stricter. */
const essence = ({ report }: Examined): string =>
  canonical({
    abilities: report.capability.entries.map(({ kind, key, details, reach }) => ({ kind, key, details, reach })),
    findings: report.findings.map(({ rule, gate, reach, evidence, steps }) => `${rule} ${gate} ${reach} ${steps[0].path} ${evidence}`).sort(),
  });

function rowOf(pair: string, before: Examined, after: Examined): Row {
  const change = compare(before, after, { policy: loadPolicy(POLICY, ruleIds) });
  const finding = ({ rule, gate, evidence }: { rule: string; gate: string; evidence: string }): string => `${rule} ${gate} ${evidence.slice(0, 80)}`;
  return {
    pair,
    files: change.files.changes.length,
    silent: change.silent,
    decision: change.verdict.decision,
    grown: change.capability.grown.map(({ gate, evidence, was }) => `${gate} ${evidence.slice(0, 120)}${was === undefined ? '' : ` was ${was}`}`),
    shrunk: change.capability.removed.map(({ kind, key, now }) => `${kind}:${key.slice(0, 80)}${now === undefined ? '' : ` now ${now}`}`),
    appeared: change.findings.appeared.map(finding),
    stayed: change.findings.stayed.length,
    went: change.findings.went.map(finding),
    pins: change.pins.map(({ name, how }) => `${how} ${name.slice(0, 80)}`),
    unread: change.unread.length,
    instructions: [change.instructions.added.length, change.instructions.removed.length],
    equal: essence(before) === essence(after),
  };
}

/** mulberry32: small, fixed, good enough to draw a sample. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value = (value + Math.imul(value ^ (value >>> 7), value | 61)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Every skill to some child; a child that dies or takes too long loses its skill and is replaced. */
function runAll(folder: string, skills: readonly string[]): Promise<Row[]> {
  return new Promise((resolve) => {
    const rows: Row[] = [];
    const queue = [...skills];
    let running = 0;
    const start = (): void => {
      running += 1;
      const child: ChildProcess = fork(fileURLToPath(import.meta.url), [folder, '--child']);
      let skill: string | undefined;
      let clock: NodeJS.Timeout | undefined;
      const next = (): void => {
        clearTimeout(clock);
        skill = queue.shift();
        if (skill === undefined) {
          child.disconnect();
          return;
        }
        clock = setTimeout(() => child.kill('SIGKILL'), MINUTES * 60_000);
        child.send(skill);
      };
      child.on('message', (found: readonly Row[]) => {
        rows.push(...found);
        next();
      });
      child.on('exit', () => {
        clearTimeout(clock);
        running -= 1;
        if (skill !== undefined) rows.push(failed(skill, 'the process that read it ended'));
        if (queue.length > 0) start();
        else if (running === 0) resolve(rows.sort((a, b) => (a.pair < b.pair ? -1 : 1)));
      });
      next();
    };
    for (let index = 0; index < Math.min(availableParallelism(), skills.length); index++) start();
    if (skills.length === 0) resolve(rows);
  });
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      child: { type: 'boolean', default: false },
      rows: { type: 'string' },
      sample: { type: 'string' },
      seed: { type: 'string', default: '5' },
      only: { type: 'string' },
    },
  });
  const folder = positionals[0];
  if (folder === undefined) throw new Error('expected a folder with <skill>/<1..n>/: npm run pairs -- FOLDER');
  if (values.child) {
    process.on('message', async (skill: string) => {
      const rows = await pairsOf(folder, skill).catch((error: unknown) => [failed(skill, String(error))]);
      process.send?.(rows);
    });
    return;
  }
  const skills = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && (values.only === undefined || entry.name.includes(values.only)))
    .map((entry) => entry.name)
    .sort();
  const rows = await runAll(folder, skills);
  const count = (test: (row: Row) => boolean): number => rows.filter(test).length;
  const good = (row: Row): boolean => row.error === undefined;
  const wrong = rows.filter((row) => good(row) && row.equal && !row.silent);
  console.log(
    [
      `skills ${skills.length}, pairs ${rows.length}, errors ${count((row) => !good(row))}`,
      `files differ ${count((row) => good(row) && row.files > 0)}`,
      `silent ${count((row) => good(row) && row.silent)} (of them with other files ${count((row) => good(row) && row.silent && row.files > 0)})`,
      `grown ${count((row) => row.grown.length > 0)}, shrunk ${count((row) => row.shrunk.length > 0)}`,
      `findings appeared ${count((row) => row.appeared.length > 0)}, went ${count((row) => row.went.length > 0)}`,
      `verdicts ${['pass', 'review', 'block', 'incomplete'].map((decision) => `${decision} ${count((row) => row.decision === decision)}`).join(', ')}`,
      `equal abilities and findings ${count((row) => row.equal)}, of them not silent ${wrong.length}`,
      `silent though something differs by its bare words (renamed or laid out anew) ${count((row) => row.silent && !row.equal)}`,
      ...rows.filter((row) => !good(row)).map((row) => `error: ${row.pair}: ${row.error}`),
      ...wrong.map((row) => `not silent though equal: ${row.pair}`),
    ].join('\n'),
  );
  if (values.rows !== undefined) writeFileSync(values.rows, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  if (values.sample !== undefined) {
    const pool = rows.filter((row) => row.files > 0 && good(row)).map((row) => row.pair);
    const draw = random(Number(values.seed));
    for (let left = Math.min(Number(values.sample), pool.length); left > 0; left--) console.log(pool.splice(Math.floor(draw() * pool.length), 1)[0]);
  }
  if (wrong.length > 0 || rows.some((row) => !good(row))) process.exitCode = 1;
}

await main();
