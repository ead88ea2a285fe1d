/** Every rule has a page; every example on it is run: those under "Fires on" must fire that rule, those under "Stays silent on" must not. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rules } from '../scanner/rules/index.ts';
import { examplesOf, scanEntries } from './case.ts';

const root = new URL('../scanner/rules/', import.meta.url).pathname;
const HEADINGS = ['What it sees', 'Why it matters', 'Fires on', 'Stays silent on', 'How to fix', 'Limits'];
const only = process.env['RULE'];

describe('rules', () => {
  it('lists exactly the files on disk, with unique ids and slugs', () => {
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => /^[a-z]{3}\/.+\.ts$/.test(path));
    expect(files.map((path) => path.slice(0, -3)).sort()).toEqual(rules.map((rule) => `${rule.family.toLowerCase()}/${rule.slug}`).sort());
    expect(new Set(rules.map((rule) => rule.id)).size).toBe(rules.length);
    for (const rule of rules) expect(rule.id.startsWith(`${rule.family}-`)).toBe(true);
  });

  for (const rule of rules) {
    if (only !== undefined && !rule.id.startsWith(only)) continue;
    describe(`${rule.id} ${rule.slug}`, () => {
      const page = join(root, rule.family.toLowerCase(), `${rule.slug}.md`);
      const text = existsSync(page) ? readFileSync(page, 'utf8') : '';
      const examples = examplesOf(text);
      // These two need more than one skill (another version; an indicator list) and have tests of their own.
      const paired = rule.id === 'CAP-004' || rule.id === 'SUP-001';
      it('has a page with every heading and enough examples', () => {
        expect(text.startsWith(`# ${rule.id} ${rule.slug}\n`)).toBe(true);
        for (const heading of HEADINGS) expect(text).toContain(`\n## ${heading}\n`);
        if (!paired) expect(examples.filter((example) => example.section === 'Fires on').length).toBeGreaterThanOrEqual(2);
        if (!paired) expect(examples.filter((example) => example.section === 'Stays silent on').length).toBeGreaterThanOrEqual(2);
      });
      for (const example of examples) {
        it(`${example.section.toLowerCase()}: ${example.title}`, async () => {
          const report = await scanEntries(example.files);
          const hits = report.findings.filter((finding) => finding.rule === rule.id);
          if (example.section === 'Fires on') {
            expect(hits.length, report.findings.map((finding) => `${finding.rule} ${finding.says}`).join('\n') || 'no findings').toBeGreaterThan(0);
            // "### Title (review)" states the gate that the example must reach.
            const gate = /\((block|review|capability)\)$/.exec(example.title)?.[1];
            if (gate !== undefined) expect(hits.map((finding) => finding.gate)).toContain(gate);
          } else expect(hits.map((finding) => finding.says)).toEqual([]);
        });
      }
    });
  }
});
