/** A clock that stops the reading is said in the report: what depends on how busy a machine was is nobody's verdict. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { canonical } from '../../scanner/canonical.ts';
import type { SourceEntry } from '../../scanner/load/index.ts';
import { scanEntries } from '../case.ts';

const file = (path: string, text: string): SourceEntry => ({ path, kind: 'file', bytes: Buffer.from(text) });
const files = [file('SKILL.md', '---\nname: notes\ndescription: Keeps notes.\n---\nRun `note.sh`.\n'), file('note.sh', '#!/bin/sh\necho note\n')];

it('names the files whose reading a clock stopped, and is otherwise the same report as ever', async () => {
  const whole = await scanEntries(files);
  expect(Object.keys(whole.coverage)).not.toContain('stopped');
  const report = await scanEntries(files, { limits: { skillMs: 0 } });
  expect(report.coverage.stopped).toEqual(['SKILL.md', 'note.sh']);
  expect(report.coverage.complete).toBe(false);
  const schema = JSON.parse(readFileSync(new URL('../../scanner/report/schema.json', import.meta.url), 'utf8')) as object;
  const valid = new Ajv2020({ strict: true, strictRequired: false }).compile(schema);
  expect(valid(JSON.parse(canonical(report)))).toBe(true);
});
