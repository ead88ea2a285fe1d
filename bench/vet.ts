/**
 * Speed, as ratios against something measured in the same run: whole-process time of `skill vet` on a median skill against `node -e 0`, and the run over a tree against the floor (bench/floor.ts).
 *
 *   npm run build && npm run bench                  the corpus as the tree
 *   npm run bench -- --tree DIR [--runs 15]         any tree of skills
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { findSkills } from '../scanner/load/index.ts';
import { readCase } from '../test/case.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { tree: { type: 'string' }, runs: { type: 'string', default: '15' }, skip: { type: 'string' } } });
const runs = Number(values.runs);
const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;
const show = (list: readonly number[]): string =>
  `${median(list).toFixed(0)} ms (min ${Math.min(...list).toFixed(0)}, max ${Math.max(...list).toFixed(0)})`;

function time(args: readonly string[]): number {
  const started = performance.now();
  const done = spawnSync(process.execPath, args, { stdio: 'ignore', env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir() } });
  if (done.error) throw done.error;
  // Pass, block and review are answers; anything else means that the wrong thing is being timed.
  if (![0, 1, 3, 4].includes(done.status ?? -1)) throw new Error(`${args.join(' ')} ended with ${done.status}`);
  return performance.now() - started;
}

/** The two commands in turn, so that a drifting machine hits both; ratio pair by pair. */
function pair(title: string, ours: readonly string[], theirs: readonly string[], count: number): void {
  time(ours);
  time(theirs);
  const a: number[] = [];
  const b: number[] = [];
  for (let index = 0; index < count; index++) {
    a.push(time(ours));
    b.push(time(theirs));
  }
  console.log(`${title}\n  skill  ${show(a)}\n  other  ${show(b)}\n  ratio  ${median(a.map((value, index) => value / b[index]!)).toFixed(2)}`);
}

const cli = join(root, 'dist/skill.js');
console.log(`node ${process.version}, ${runs} runs each`);
pair(
  'cold start: skill vet of a median skill (3 kB, one script) against node -e 0',
  [cli, 'vet', join(root, 'corpus/samples/honest-notes'), '--quiet'],
  ['-e', '0'],
  runs,
);

const scratch = mkdtempSync(join(tmpdir(), 'skillward-bench-'));
try {
  let tree = values.tree;
  if (tree === undefined) {
    tree = join(scratch, 'tree');
    for (const folder of ['malicious', 'twin', 'benign']) {
      for (const name of readdirSync(join(root, 'corpus', folder))) {
        if (!name.endsWith('.md')) continue;
        for (const file of readCase(join(root, 'corpus', folder, name)).files) {
          if (file.kind !== 'file') continue;
          const path = join(tree, folder, name.slice(0, -3), file.path);
          mkdirSync(dirname(path), { recursive: true });
          writeFileSync(path, file.bytes);
        }
      }
    }
  }
  const floor = join(root, 'dist/bench-floor.mjs');
  await build({
    entryPoints: [join(root, 'bench/floor.ts')],
    outfile: floor,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    banner: { js: "import{createRequire as __sw_require}from'node:module';const require=__sw_require(import.meta.url);" },
  });
  const skills = await findSkills(tree);
  pair(
    `tree: skill vet --recursive of ${skills.length} skills against reading and parsing every file once`,
    [cli, 'vet', tree, '--recursive', '--quiet'],
    [floor, tree],
    Math.max(3, Math.min(5, runs)),
  );

  const { load, scan } = (await import(join(root, 'dist/scanner.mjs'))) as typeof import('../scanner/index.ts');
  const times: number[] = [];
  for (const path of skills) {
    const skill = await load(path);
    const started = performance.now();
    await scan(skill, { asOf: '2026-01-01' });
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  console.log(
    `one skill, warm, one thread: p50 ${times[times.length >> 1]!.toFixed(1)} ms, p95 ${times[Math.floor(times.length * 0.95)]!.toFixed(1)} ms, max ${times.at(-1)!.toFixed(0)} ms`,
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
