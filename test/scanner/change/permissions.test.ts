/** What an agent may do without asking, and what settings make it ask about or refuse: no ability of any script, and yet a change of it is one. */
import { describe, expect, it } from 'vitest';
import { changeOf, PAGE, told } from './change.ts';

const settings = (permissions: object) => ({ 'CLAUDE.md': '# Notes\n', '.claude/settings.json': JSON.stringify({ permissions }) });
const page = (tools: string) => ({ 'SKILL.md': PAGE.replace('name: notes\n', `name: notes\n${tools}`) });
const [plain] = [page('')];

describe('tools that a skill asks to use freely', () => {
  it('commands wait for a person, others are listed', async () => {
    expect(told(await changeOf(plain, page('allowed-tools: Bash(*)\n')))).toContain('review setting:skill:allowed-tools tools="Bash(*)"');
    expect(told(await changeOf(plain, page('allowed-tools: Read\n')))).toEqual(['capability setting:skill:allowed-tools tools=Read']);
  });
  it('one more is told alone; one less is no growth', async () => {
    const [one, two] = [page('allowed-tools: Read\n'), page('allowed-tools: Read Bash(git:*)\n')];
    expect(told(await changeOf(one, two))).toEqual(['review setting:skill:allowed-tools tools="Bash(git:*)"']);
    expect((await changeOf(two, one)).capability.grown).toEqual([]);
  });
  it('another order says nothing', async () => {
    const change = await changeOf(page('allowed-tools: Read Grep\n'), page('allowed-tools:\n  - Grep\n  - Read\n'));
    expect(change.silent).toBe(true);
  });
});

describe('settings of a host', () => {
  it('a denial that is gone waits for a person, and names the file', async () => {
    const change = await changeOf(settings({ deny: ['Read(./.env)', 'Bash(rm:*)'] }), settings({ deny: ['Bash(rm:*)'] }));
    expect(told(change)).toEqual(['review setting:permissions:unguarded keys="claude Read(./.env)"']);
    expect(change.capability.grown[0]?.entry.evidence[0]?.path).toBe('.claude/settings.json');
  });
  it('a denial that became a question is less, a question that became a denial is not', async () => {
    const [denies, asks] = [settings({ deny: ['Write'] }), settings({ ask: ['Write'] })];
    expect((await changeOf(denies, asks)).capability.grown).toHaveLength(1);
    expect((await changeOf(asks, denies)).silent).toBe(true);
  });
  it('one more command that passes unasked waits for a person', async () => {
    const change = await changeOf(settings({ allow: ['Bash(git diff:*)'] }), settings({ allow: ['Bash(git diff:*)', 'Bash(git push:*)'] }));
    expect(told(change)).toEqual(['review setting:permissions:allowed tools="claude Bash(git push:*)"']);
  });
  it('another order and one more denial say nothing', async () => {
    expect((await changeOf(settings({ deny: ['A', 'B'] }), settings({ deny: ['B', 'C', 'A'] }))).silent).toBe(true);
  });
});

describe('.gitattributes', () => {
  const under = (attributes: string) => ({ 'SKILL.md': PAGE, '.gitattributes': attributes });
  it('an encoding in which other letters are ASCII blocks', async () => {
    for (const encoding of ['IBM037', 'HZ', 'UTF-7', 'ISO-2022-JP'])
      expect(told(await changeOf(under(''), under(`*.sh working-tree-encoding=${encoding}\n`))), encoding).toContain(
        'block setting:git:disable-protection keys=attributes.working-tree-encoding',
      );
  });
  it('encodings that show what they are, and line ends, say nothing', async () => {
    const change = await changeOf(under(''), under('*.ps1 text working-tree-encoding=UTF-16LE-BOM eol=crlf\n*.txt working-tree-encoding=latin1\n'));
    expect(change.silent).toBe(true);
  });
});
