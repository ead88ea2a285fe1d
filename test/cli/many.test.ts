/** Many skills in one run: order, summary, threads, installed skills, and what happens to those that cannot be read. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { built, cleanUp, skill, skills, temporary, write } from './built.ts';

let at = '';
const names = Array.from({ length: 20 }, (_, index) => `skill-${String(index).padStart(2, '0')}`);
const kinds = ['pass', 'review', 'pass', 'block', 'incomplete'] as const;

beforeAll(() => {
  built();
  at = temporary();
  names.forEach((name, index) => {
    write(join(at, 'tree', index % 2 === 0 ? 'team-a' : 'team-b/deeper', name), skills[kinds[index % kinds.length]!]);
  });
  // Named in the tree, but nothing that can be read: the SKILL.md is an archive that ends early.
  mkdirSync(join(at, 'tree/team-c/broken'), { recursive: true });
  writeFileSync(join(at, 'tree/team-c/broken/SKILL.md'), '');
}, 120_000);
afterAll(cleanUp);

describe('--recursive', () => {
  test('a tree: worst first, those that pass only counted, one line a skill that sums up', () => {
    const ran = skill(['vet', '-r', 'tree'], { cwd: at, env: { COLUMNS: '90' } });
    const heads = ran.out.split('\n').filter((line) => /^[A-Z]+ +tree\//.test(line));
    const order = heads.map((line) => line.split(' ')[0]);
    expect(order.filter((word) => word === 'BLOCK')).toHaveLength(4);
    expect(order.filter((word) => word === 'INCOMPLETE')).toHaveLength(4);
    expect(order.filter((word) => word === 'REVIEW').length).toBeGreaterThanOrEqual(4);
    expect(order).toEqual([...order].sort((a, b) => ['BLOCK', 'INCOMPLETE', 'REVIEW'].indexOf(a!) - ['BLOCK', 'INCOMPLETE', 'REVIEW'].indexOf(b!)));
    const blocked = heads.filter((line) => line.startsWith('BLOCK'));
    expect(blocked).toEqual([...blocked].sort());
    expect(ran.out).not.toContain('PASS');
    expect(ran.out.trimEnd().split('\n').at(-1)).toMatch(/^21 skills: 4 block, 4 incomplete, \d+ review, \d+ pass$/);
    expect(ran.code).toBe(1);
    for (const line of ran.out.split('\n')) expect(line.length).toBeLessThanOrEqual(90);
  });

  test('the same bytes with one thread and with four', () => {
    const one = skill(['vet', '-r', 'tree', '-f', 'json', '--jobs', '1', '--as-of', '2026-01-01'], { cwd: at });
    const four = skill(['vet', '-r', 'tree', '-f', 'json', '--jobs', '4', '--as-of', '2026-01-01'], { cwd: at });
    expect(four.out).toBe(one.out);
    const document = JSON.parse(one.out);
    expect(document.reports.map((report: { skill: { origin: string } }) => report.skill.origin).slice(0, 3)).toEqual([
      'skill-00',
      'skill-02',
      'skill-04',
    ]);
    expect(document.summary.skills).toBe(21);
  });

  test('one that cannot be read is a row, and the rest goes on', () => {
    const ran = skill(
      ['vet', ...names.slice(0, 8).map((name, index) => `tree/${index % 2 === 0 ? 'team-a' : 'team-b/deeper'}/${name}`), './nowhere'],
      { cwd: at },
    );
    expect(ran.out).toMatch(/UNREAD {5}\.\/nowhere\n {2}"\.\/nowhere" is not a path here/);
    expect(ran.out).toMatch(/9 skills: .*, 1 unread\n$/);
    expect(ran.code).toBe(1);
  });

  test('standard input among many', () => {
    const ran = skill(['vet', '-', ...names.slice(0, 8).map((name, index) => `tree/${index % 2 === 0 ? 'team-a' : 'team-b/deeper'}/${name}`)], {
      cwd: at,
      input: skills.block['SKILL.md'],
    });
    expect(ran.out).toMatch(/^BLOCK {6}-\n/m);
    expect(ran.out).toMatch(/9 skills: 2 block/);
  });

  test('an exception that expired is found before threads start', () => {
    write(at, { 'old.yaml': 'version: 1\nexceptions:\n  - rule: EXE-002\n    evidence: x\n    owner: a\n    reason: y\n    expires: 2025-01-31\n' });
    const ran = skill(['vet', '-r', 'tree', '-p', 'old.yaml', '--as-of', '2026-01-01'], { cwd: at });
    expect(ran.err).toMatch(/^skill: old\.yaml:\d+: .*expired/);
    expect(ran.out).toBe('');
    expect(ran.code).toBe(2);
  });

  test('several reports of several skills in one run', () => {
    const ran = skill(['vet', '-r', 'tree', '-f', 'sarif', '-o', 'o.sarif', '-o', 'o.html', '-o', 'o.md', '--format', 'json'], { cwd: at });
    expect(JSON.parse(ran.out).summary).toMatchObject({ skills: 21, block: 4, incomplete: 4, exitCode: 1 });
  });

  test('a folder without skills says so', () => {
    mkdirSync(join(at, 'none/below'), { recursive: true });
    const ran = skill(['vet', '-r', 'none'], { cwd: at });
    expect(ran.out).toContain('no folder with a SKILL.md below it');
    expect(ran.code).toBe(2);
  });
});

test('--installed finds what agents have, below HOME', () => {
  const home = join(at, 'home');
  write(join(home, '.claude/skills/tides'), skills.pass);
  write(join(home, '.openclaw/workspace/skills/rail'), skills.block);
  const ran = skill(['vet', '--installed', '--format', 'json'], { cwd: at, env: { HOME: home } });
  const document = JSON.parse(ran.out);
  expect(document.reports.map((report: { skill: { origin: string } }) => report.skill.origin).sort()).toEqual(['rail', 'tides']);
  expect(ran.code).toBe(1);
  const none = skill(['vet', '--installed'], { cwd: at, env: { HOME: join(at, 'none') } });
  expect(none.err).toMatch(/^skill: no installed skills were found/);
  expect(none.code).toBe(2);
});
