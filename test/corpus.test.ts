/**
 * The corpus: every whole skill reaches the verdict its case names, every malicious one has an honest twin, and what does not belong to a skill changes nothing:
 * the order of files, and a harmless file more.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Case, readCase, scanEntries } from './case.ts';

const root = fileURLToPath(new URL('../corpus/', import.meta.url));
const casesIn = (folder: string): Case[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => readCase(join(root, folder, name)));
const nameOf = (one: Case): string => one.path.slice(root.length, -3);

const malicious = casesIn('malicious');
const honest = [...casesIn('twin'), ...casesIn('benign')];

describe('corpus', () => {
  it('has at least 60 malicious skills, each with an honest twin, and 40 further honest ones', () => {
    expect(malicious.length).toBeGreaterThanOrEqual(60);
    expect(casesIn('benign').length).toBeGreaterThanOrEqual(40);
    for (const one of malicious) expect(existsSync(one.path.replace('/malicious/', '/twin/')), `${nameOf(one)} has no twin`).toBe(true);
  });

  for (const one of [...malicious, ...honest]) {
    it(nameOf(one), async () => {
      const report = await scanEntries(one.files);
      const found = report.findings
        .filter((finding) => finding.gate !== 'capability')
        .map((finding) => `${finding.gate} ${finding.rule} ${finding.steps.at(-1)!.path}:${finding.steps.at(-1)!.line} ${finding.says}`);
      expect({ decision: report.verdict.decision, found: report.verdict.decision === one.verdict ? [] : found }).toEqual({
        decision: one.verdict,
        found: [],
      });
      const rules = new Set(report.findings.filter((finding) => finding.gate !== 'capability').map((finding) => finding.rule));
      expect(
        [...one.rules].filter((rule) => !rules.has(rule)),
        found.join('\n'),
      ).toEqual([]);

      const shuffled = await scanEntries([...one.files].reverse());
      expect(JSON.stringify(shuffled)).toBe(JSON.stringify(report));
      const padded = await scanEntries([
        ...one.files,
        { path: 'docs/CHANGES.txt', kind: 'file', bytes: Buffer.from('1.0.1 Better wording of the help text.\n') },
      ]);
      expect(padded.verdict.decision).toBe(report.verdict.decision);
      expect(padded.findings.map((finding) => finding.id).sort()).toEqual(report.findings.map((finding) => finding.id).sort());
    });
  }
});
