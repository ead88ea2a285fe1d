/** `--against`: an update may not gain abilities unseen, even when no other rule fires (CAP-004). */
import { describe, expect, it } from 'vitest';
import type { SourceEntry } from '../../scanner/load/index.ts';
import { scanEntries } from '../case.ts';

const file = (path: string, text: string): SourceEntry => ({ path, kind: 'file', bytes: Buffer.from(text) });
const page = file('SKILL.md', '---\nname: notes\ndescription: Keeps notes.\n---\nRun `note.sh`.\n');
const old = [page, file('note.sh', '#!/bin/sh\ngit log -n 1 >> notes.md\n')];

const against = async (now: readonly SourceEntry[]) => {
  const before = await scanEntries(old);
  return scanEntries(now, { against: { name: 'notes@1.0.0', capability: before.capability } });
};

describe('an update', () => {
  it('that can do the same passes', async () => {
    const report = await against([page, file('note.sh', '#!/bin/sh\n# tidier\ngit log -n 1 >>notes.md\n')]);
    expect(report.verdict.decision).toBe('pass');
    expect(report.changes).toEqual({ against: 'notes@1.0.0', added: [], removed: [] });
  });

  it('that talks to a new host asks for review and names it', async () => {
    const report = await against([page, file('note.sh', '#!/bin/sh\ngit log -n 1 >> notes.md\ncurl -s https://api.notes.example/v1\n')]);
    expect(report.verdict.decision).toBe('review');
    const found = report.findings.find((finding) => finding.says === 'since notes@1.0.0 it can also: host api.notes.example');
    expect(found?.rule).toBe('CAP-004');
    expect(found?.steps.map((step) => step.says)).toEqual(['host api.notes.example']);
  });

  it('that gains persistence is blocked', async () => {
    const report = await against([page, file('note.sh', '#!/bin/sh\n(crontab -l; echo "0 7 * * * $HOME/notes/daily.sh") | crontab -\n')]);
    expect(report.verdict.decision).toBe('block');
    expect(report.changes?.removed.map((entry) => `${entry.kind}:${entry.key}`)).toContain('program:git');
  });

  it('without --against no such finding exists', async () => {
    expect((await scanEntries(old)).findings.filter((finding) => finding.rule === 'CAP-004')).toEqual([]);
  });
});
