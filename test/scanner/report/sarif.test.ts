import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from 'sarif';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../../scanner/model.ts';
import { type RenderOptions, render } from '../../../scanner/report/index.ts';
import { rules } from '../../../scanner/rules/index.ts';
import { block, finding, hostile, incomplete, pass } from './sample.ts';

const tool = fileURLToPath(new URL('../../../node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool', import.meta.url));

const write = async (reports: readonly Report[], options: RenderOptions = {}): Promise<Log> => JSON.parse(await render('sarif', reports, options)) as Log;

describe('sarif', () => {
  it('places findings, traces, suppressions and what was not read', async () => {
    const log = await write([block], { rules, targets: [{ name: 'skills/rail planner', root: 'skills/rail planner' }] });
    const run = log.runs[0]!;
    expect(run.columnKind).toBe('utf16CodeUnits');
    expect(run.tool.driver.rules!.length).toBeGreaterThanOrEqual(rules.length);
    const [first] = run.results!;
    expect(first).toMatchObject({
      ruleId: 'EXE-002',
      level: 'error',
      locations: [{ physicalLocation: { artifactLocation: { uri: 'skills/rail%20planner/SKILL.md', uriBaseId: '%SRCROOT%' }, region: { startLine: 8, startColumn: 43, endLine: 8, endColumn: 47, snippet: { text: 'bash' } } } }],
      codeFlows: [{ threadFlows: [{ locations: [{ executionOrder: 1 }, { executionOrder: 2 }] }] }],
      partialFingerprints: { 'skillward/v1': 'EXE-002-0123456789abcdef' },
    });
    const rule = run.tool.driver.rules![first!.ruleIndex!]!;
    expect(rule).toMatchObject({ id: 'EXE-002', name: 'RemoteCode', defaultConfiguration: { level: 'error' } });
    expect(rule.help!.markdown).toContain('## What it sees');
    expect(run.results!.map((result) => result.level)).toEqual(['error', 'error', 'warning', 'note', 'warning']);
    expect(run.results!.map((result) => result.codeFlows !== undefined)).toEqual([true, true, false, false, false]);
    expect(run.results![4]!.suppressions).toMatchObject([{ kind: 'external', status: 'accepted' }]);
    expect(run.invocations![0]).toMatchObject({ exitCode: 1, executionSuccessful: true, toolExecutionNotifications: [{ descriptor: { id: 'not-read' } }] });
  });

  it('keeps hostile paths inside the root and hostile words out of links', async () => {
    const [step] = finding().steps;
    const odd = { ...block, findings: [finding({ says: 'sends to [x](https://evil.invalid)', steps: [{ ...step, path: '../..//a b/%2e%2e/\ud800?q#f' }] })] };
    const [result] = (await write([odd])).runs[0]!.results!;
    expect(result!.locations![0]!.physicalLocation!.artifactLocation!.uri).toBe('a%20b/%252e%252e/%EF%BF%BD%3Fq%23f');
    expect(result!.message.text).toContain('\\[x\\](https://evil.invalid)');
  });

  it('tells repeats on equal lines apart', async () => {
    const twice = { ...block, findings: [finding(), finding({ id: 'EXE-002-ffffffffffffffff' })] };
    const hashes = (await write([twice])).runs[0]!.results!.map((result) => result.partialFingerprints!['primaryLocationLineHash']!);
    expect(hashes.map((hash) => hash.split(':')[1])).toEqual(['1', '2']);
    expect(new Set(hashes.map((hash) => hash.split(':')[0])).size).toBe(1);
  });

  it.skipIf(!existsSync(tool))('satisfies the SARIF tool, with the rules of GitHub ingestion', async () => {
    chmodSync(tool, 0o755);
    const folder = mkdtempSync(join(tmpdir(), 'skillward-sarif-'));
    try {
      const logs = { one: await render('sarif', [block], { rules, targets: [{ name: 'a', root: 'skills/a' }] }), none: await render('sarif', [pass], { rules }), many: await render('sarif', [hostile, pass, incomplete], { failures: [{ name: 'x.zip', kind: 'unread', says: 'is not an archive' }] }) };
      for (const [name, text] of Object.entries(logs)) {
        const input = join(folder, `${name}.sarif`);
        const output = join(folder, `${name}.out.sarif`);
        writeFileSync(input, text);
        // Errors and warnings only: notes want addresses fetched and commits recorded.
        execFileSync(tool, ['validate', input, '--rule-kind', 'Sarif;Ghas', '--level', 'Error;Warning', '-o', output, '--log', 'ForceOverwrite'], { stdio: 'pipe' });
        const found = (JSON.parse(readFileSync(output, 'utf8')) as Log).runs[0]!.results!.filter((result) => result.level !== 'note' && result.level !== 'none');
        expect(found.map((result) => [result.ruleId, result.message.arguments])).toEqual([]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 60_000);
});
