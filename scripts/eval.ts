/**
 * Measures: recall and false positives at two thresholds (review or worse; block), each with its Wilson 95% interval, per family and per rule, on the corpus and on any
 * labelled set given by path.
 *
 *   npm run eval                            the corpus: malicious, twins, hard-benign, and mutations counted apart
 *   npm run eval -- --set DIR [--only D3]   DIR/sets.tsv (set, id, label, family) beside DIR/<set>/<id>/
 *   npm run eval -- --rows FILE             also writes rows (set, id, verdict, seconds, rules) for other tools
 *   npm run eval -- --half a|b              only techniques of one half (tune on one, trust the other)
 *
 * Labels that count as attacks: malicious. `suspicious` is reported apart, `dual-use-benign` and `benign` count as honest, `unreviewed` only has a flag rate.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { load, type Report, type Skill, scan } from '../scanner/index.ts';
import { limits } from '../scanner/limits.ts';
import { assemble } from '../scanner/load/index.ts';
import { readCase } from '../test/case.ts';
import { mutations } from './mutate.ts';

interface Item {
  readonly set: string;
  readonly id: string;
  readonly label: string;
  readonly family: string;
  readonly load: () => Promise<Skill>;
}
interface Row {
  readonly item: Item;
  readonly decision: string;
  readonly ms: number;
  readonly rules: readonly string[];
  readonly body: string;
}

/** Wilson score interval for a share, in percent. */
export function wilson(hits: number, total: number): [number, number] {
  if (total === 0) return [0, 0];
  const z = 1.96;
  const p = hits / total;
  const centre = p + (z * z) / (2 * total);
  const spread = z * Math.sqrt((p * (1 - p)) / total + (z * z) / (4 * total * total));
  const scale = 100 / (1 + (z * z) / total);
  return [Math.max(0, (centre - spread) * scale), Math.min(100, (centre + spread) * scale)];
}

const half = (technique: string): 'a' | 'b' => (createHash('sha256').update(technique).digest()[0]! % 2 === 0 ? 'a' : 'b');

function corpusItems(root: string, wantedHalf: string | undefined): Item[] {
  const items: Item[] = [];
  for (const folder of ['malicious', 'twin', 'benign']) {
    for (const name of readdirSync(join(root, folder)).sort()) {
      if (!name.endsWith('.md')) continue;
      const one = readCase(join(root, folder, name));
      if (wantedHalf !== undefined && half(one.technique) !== wantedHalf) continue;
      const id = name.slice(0, -3);
      const label = folder === 'malicious' ? 'malicious' : 'benign';
      const origin = { kind: 'memory', given: id, name: id } as const;
      items.push({ set: folder, id, label, family: one.family, load: async () => assemble(one.files, origin, limits) });
      for (const mutation of mutations(one.files))
        items.push({ set: `${folder}~${mutation.name}`, id, label, family: one.family, load: async () => assemble(mutation.files, origin, limits) });
    }
  }
  return items;
}

function setItems(folder: string, only: string | undefined): Item[] {
  const index = join(folder, 'sets.tsv');
  if (!existsSync(index)) throw new Error(`${index}: expected a table of set, id, label, family separated by tabs`);
  return readFileSync(index, 'utf8')
    .split('\n')
    .map((line) => line.split('\t'))
    .filter((cells) => cells.length >= 3 && (only === undefined || only.split(',').includes(cells[0]!)))
    .map(([set = '', id = '', label = '', family = '']) => ({ set, id, label, family, load: () => load(join(folder, set, id)) }));
}

function share(hits: number, total: number): string {
  const [low, high] = wilson(hits, total);
  return `${((100 * hits) / Math.max(1, total)).toFixed(1).padStart(5)}% [${low.toFixed(1)}, ${high.toFixed(1)}]`.padEnd(22);
}
const quantile = (sorted: readonly number[], q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { set: { type: 'string' }, only: { type: 'string' }, rows: { type: 'string' }, half: { type: 'string' }, misses: { type: 'boolean' } },
  });
  const items =
    values.set === undefined ? corpusItems(fileURLToPath(new URL('../corpus/', import.meta.url)), values.half) : setItems(values.set, values.only);
  const rows: Row[] = [];
  for (const item of items) {
    const skill = await item.load();
    const started = performance.now();
    const report: Report = await scan(skill, { asOf: '2026-01-01' });
    const main = skill.files.find((file) => /(?:^|\/)skills?\.md$/i.test(file.path));
    rows.push({
      item,
      decision: report.verdict.decision,
      ms: performance.now() - started,
      rules: [...new Set(report.findings.filter((finding) => finding.gate !== 'capability').map((finding) => finding.rule))],
      body: main?.sha256 ?? skill.digest,
    });
    if (process.stderr.isTTY) process.stderr.write(`\r${rows.length}/${items.length} `);
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  const flagged = (row: Row): boolean => row.decision !== 'pass';

  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${row.item.set}\t${row.item.label}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  console.log(
    `${'set'.padEnd(26)} ${'label'.padEnd(16)} ${'n'.padStart(5)}  ${'block [95%]'.padEnd(22)} ${'review or worse'.padEnd(22)} ${'incomplete'.padStart(10)}  bodies  p50/p95/max ms`,
  );
  for (const [key, group] of [...groups].sort()) {
    const [set = '', label = ''] = key.split('\t');
    const times = group.map((row) => row.ms).sort((a, b) => a - b);
    const count = (test: (row: Row) => boolean): number => group.filter(test).length;
    console.log(
      `${set.padEnd(26)} ${label.padEnd(16)} ${String(group.length).padStart(5)}  ${share(
        count((row) => row.decision === 'block'),
        group.length,
      )} ${share(count(flagged), group.length)} ${String(count((row) => row.decision === 'incomplete')).padStart(10)}  ${String(new Set(group.map((row) => row.body)).size).padStart(6)}  ${quantile(times, 0.5).toFixed(1)}/${quantile(times, 0.95).toFixed(1)}/${quantile(times, 1).toFixed(0)}`,
    );
  }

  const table = (title: string, keyOf: (row: Row) => readonly string[]): void => {
    const attacks = new Map<string, [number, number]>();
    const honest = new Map<string, [number, number]>();
    for (const row of rows) {
      if (row.item.set.includes('~')) continue;
      const into =
        row.item.label === 'malicious' ? attacks : row.item.label === 'benign' || row.item.label === 'dual-use-benign' ? honest : undefined;
      if (into === undefined) continue;
      for (const key of keyOf(row)) {
        const old = into.get(key) ?? [0, 0];
        into.set(key, [old[0] + (flagged(row) ? 1 : 0), old[1] + 1]);
      }
    }
    console.log(`\n${title.padEnd(26)} attacks flagged / n      honest flagged / n`);
    for (const key of [...new Set([...attacks.keys(), ...honest.keys()])].sort()) {
      const [hit, total] = attacks.get(key) ?? [0, 0];
      const [alarm, clean] = honest.get(key) ?? [0, 0];
      console.log(`${key.slice(0, 26).padEnd(26)} ${`${hit}/${total}`.padEnd(24)} ${alarm}/${clean}`);
    }
  };
  table('family or source', (row) => [row.item.family || '-']);
  table('rule (skills it flags)', (row) => row.rules);

  if (values.misses) {
    console.log('\nmissed or wrongly flagged:');
    for (const row of rows) {
      const wrong =
        row.item.label === 'malicious'
          ? !flagged(row)
          : row.item.label === 'benign'
            ? flagged(row)
            : row.item.label === 'dual-use-benign'
              ? row.decision === 'block'
              : false;
      if (wrong) console.log(`  ${row.item.set}/${row.item.id} (${row.item.label}) ${row.decision} ${row.rules.join(' ')}`);
    }
  }
  if (values.rows !== undefined)
    writeFileSync(
      values.rows,
      rows.map((row) => `${row.item.set}\t${row.item.id}\t${row.decision}\t${(row.ms / 1000).toFixed(4)}\t${row.rules.join(' ')}\n`).join(''),
    );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
