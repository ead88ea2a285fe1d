/** JSON: what real scans write fits the published schema, what does not fit is refused, and the same input gives the same bytes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadPolicy, render, ruleIds } from '../../../scanner/index.ts';
import type { Report } from '../../../scanner/model.ts';
import { jsonStream } from '../../../scanner/report/json.ts';
import { tally } from '../../../scanner/report/summary.ts';
import { readCase, scanEntries } from '../../case.ts';
import * as samples from './sample.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const schema = JSON.parse(readFileSync(join(root, 'scanner/report/schema.json'), 'utf8'));
const ajv = new Ajv2020({ strict: true, allErrors: true, strictRequired: false });
const valid = ajv.compile(schema);
const errorsOf = (document: unknown): unknown[] =>
  valid(JSON.parse(JSON.stringify(document)))
    ? []
    : (valid.errors ?? []).map(({ instancePath, message, params }) => ({ instancePath, message, params }));

const twins = readdirSync(join(root, 'corpus/twin')).map((name) => join(root, 'corpus/twin', name));
const reports: Report[] = [];
const hostile: Report[] = [];
beforeAll(async () => {
  for (const path of twins) reports.push(await scanEntries(readCase(path).files));
  const malicious = readdirSync(join(root, 'corpus/malicious')).filter((_name, index) => index % 6 === 0);
  for (const name of malicious)
    hostile.push(await scanEntries(readCase(join(root, 'corpus/malicious', name)).files, { policy: loadPolicy('iron', ruleIds) }));
}, 120_000);

describe('schema', () => {
  test('real reports of the corpus fit', () => {
    expect(reports.length).toBeGreaterThan(50);
    for (const report of [...reports, ...hostile]) expect(errorsOf(report)).toEqual([]);
  });

  test('reports made by hand fit, hostile strings included', () => {
    for (const report of [samples.pass, samples.block, samples.review, samples.incomplete, samples.hostile]) expect(errorsOf(report)).toEqual([]);
  });

  test('what an update changed fits', async () => {
    const [before, after] = [reports[0]!, hostile[0]!];
    const { files } = readCase(join(root, 'corpus/malicious', readdirSync(join(root, 'corpus/malicious'))[0]!));
    const report = await scanEntries(files, { against: { name: 'before', capability: before.capability } });
    expect(report.changes).toBeDefined();
    expect(errorsOf(report)).toEqual([]);
    expect(errorsOf(after)).toEqual([]);
  });

  test.each<[what: string, place: string, value: unknown]>([
    ['another schema', 'schema', 'skillward.report.v2'],
    ['an unknown decision', 'verdict.decision', 'fine'],
    ['a digest that is none', 'skill.digest', 'sha256:abc'],
    ['no findings list', 'findings', undefined],
    ['a finding without steps', 'findings.0.steps', []],
    ['a line before the first', 'findings.0.steps.0.line', 0],
    ['a confidence out of range', 'findings.0.confidence', 4],
    ['an id of another form', 'findings.0.id', 'EXE-002'],
    ['a kind of ability there is not', 'capability.entries.0.kind', 'magic'],
    ['a key nobody defined', 'extra', true],
    ['a key nobody defined, further in', 'findings.0.steps.0.extra', true],
    ['a status there is not', 'coverage.ledger.0.status', 'skipped'],
    ['a date that is none', 'policy.asOf', '1 Jan 2026'],
  ])('%s is refused', (_what, place, value) => {
    const report = JSON.parse(JSON.stringify(samples.block)) as Record<string, unknown>;
    const keys = place.split('.');
    let at = report;
    for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
    at[keys.at(-1)!] = value;
    expect(errorsOf(report)).not.toEqual([]);
  });

  test('the envelope of several fits, and so does the one written in pieces', async () => {
    const failures = [{ name: 'gone', kind: 'unread', says: '"gone" does not exist' }] as const;
    const text = await render('json', [samples.pass, samples.block], { several: true, failures });
    expect(errorsOf(JSON.parse(text))).toEqual([]);
    const pieces =
      jsonStream.head +
      [samples.pass, samples.block].map(jsonStream.piece).join('') +
      jsonStream.tail(failures, tally([samples.pass, samples.block], failures));
    expect(JSON.parse(pieces)).toEqual(JSON.parse(text));
    expect(errorsOf(JSON.parse(await render('json', [], { several: true, failures })))).toEqual([]);
  });
});

test('the same bytes twice, for every format', async () => {
  const { files } = readCase(join(root, 'corpus/malicious/standup-notes-shell-history.md'));
  const [one, two] = [await scanEntries(files), await scanEntries([...files].reverse())];
  for (const format of ['json', 'sarif', 'markdown', 'html', 'terminal'] as const)
    expect(await render(format, [two])).toBe(await render(format, [one]));
});

test('sentences are one line each, in every real report', () => {
  for (const report of [...reports, ...hostile]) {
    const said = [
      report.verdict.says,
      ...report.coverage.problems.map((problem) => problem.says),
      ...report.findings.flatMap((finding) => [finding.says, finding.fix, ...finding.steps.map((step) => step.says)]),
    ];
    for (const text of said) expect(text).toMatch(/^[^\r\n]*$/);
    for (const finding of report.findings) for (const step of finding.steps) for (const line of step.lines) expect(line).not.toContain('\n');
  }
});
