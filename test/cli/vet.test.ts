/** Transcripts of the built command: what it writes where, and which code it ends with. */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { create } from 'tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { version } from '../../scanner/data/version.ts';
import { built, cleanUp, type Ran, root, skill, skills, temporary, write } from './built.ts';

let at = '';
beforeAll(() => {
  built();
  at = temporary();
  for (const [name, files] of Object.entries(skills)) write(join(at, name), files);
}, 120_000);
afterAll(cleanUp);

const vet = (...args: string[]): Ran => skill(['vet', ...args], { cwd: at });
/** A usage error: code 2, nothing on standard output, one message that starts with the program's name. */
function refuses(ran: Ran, message: RegExp): void {
  expect(ran.err).toMatch(message);
  expect(ran.err).toMatch(/^skill: /);
  expect(ran.err).not.toMatch(/internal error|\n\s+at /);
  expect(ran.out).toBe('');
  expect(ran.code).toBe(2);
}

describe('exit codes', () => {
  test.each([
    ['pass', 0, 'PASS tide-times'],
    ['block', 1, 'BLOCK rail-planner'],
    ['review', 3, 'REVIEW notes-helper'],
    ['incomplete', 4, 'INCOMPLETE packed'],
  ])('%s ends with %i', (name, code, head) => {
    const ran = vet(name);
    expect(ran.out.split('\n')[0]).toContain(head);
    expect(ran.err).toBe('');
    expect(ran.code).toBe(code);
  });

  test.each([
    [['pass', 'review'], 3],
    [['review', 'incomplete', 'pass'], 4],
    [['incomplete', 'block', 'review'], 1],
    [['pass', 'nowhere'], 4],
    [['nowhere', 'nothing'], 2],
  ])('the worst of %j counts: %i', (targets, code) => {
    expect(vet(...targets).code).toBe(code);
  });

  test('--fail-on block lets review pass, and nothing else', () => {
    expect(vet('review', '--fail-on', 'block').code).toBe(0);
    expect(vet('block', '--fail-on', 'block').code).toBe(1);
    expect(vet('incomplete', '--fail-on', 'block').code).toBe(4);
  });

  test('--quiet is the verdict alone', () => {
    expect(vet('review', '--quiet').out).toBe('REVIEW notes-helper  1 reason for a person to look under policy balanced\n');
    expect(vet('pass', 'review', '-q').out).toBe('2 skills: 0 block, 0 incomplete, 1 review, 1 pass\n');
  });
});

describe('standard input', () => {
  test('a SKILL.md by itself', () => {
    const ran = skill(['vet', '-'], { cwd: at, input: skills.block['SKILL.md'] });
    expect(ran.out).toContain('BLOCK rail-planner');
    expect(ran.code).toBe(1);
  });

  test('a gzipped tar', async () => {
    const file = join(at, 'packed.tgz');
    await create({ gzip: true, file, cwd: at }, ['block']);
    const ran = skill(['vet', '-'], { cwd: at, input: readFileSync(file) });
    expect(ran.out).toContain('SKILL.md:10');
    expect(ran.code).toBe(1);
  });

  test('a zip', async () => {
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from(skills.block['SKILL.md']), 'SKILL.md');
    zip.end();
    const chunks: Buffer[] = [];
    for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
    const ran = skill(['vet', '-'], { cwd: at, input: Buffer.concat(chunks) });
    expect(ran.out).toContain('BLOCK rail-planner');
    expect(ran.code).toBe(1);
  });

  test('nothing at all is a usage error', () => refuses(skill(['vet', '-'], { cwd: at, input: '' }), /empty|nothing|no /i));
});

describe('outputs', () => {
  test('several in one run: a format takes the file after it, FORMAT=FILE names both', () => {
    const ran = vet('block', '--format', 'sarif', '--output', 'o.sarif', '-o', 'json=o.json', '-o', 'o.html', '-o', 'o.md', '--format', 'terminal');
    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(/^BLOCK rail-planner/);
    const report = JSON.parse(readFileSync(join(at, 'o.json'), 'utf8'));
    expect(report.verdict.decision).toBe('block');
    const log = JSON.parse(readFileSync(join(at, 'o.sarif'), 'utf8'));
    expect(log.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri).toBe('block/SKILL.md');
    expect(log.runs[0].invocations[0].exitCode).toBe(1);
    expect(readFileSync(join(at, 'o.html'), 'utf8')).toMatch(/^<!doctype html>/);
    expect(readFileSync(join(at, 'o.md'), 'utf8')).toContain('[!CAUTION]');
  });

  test('JSON is one document for one skill and an envelope for several', () => {
    expect(JSON.parse(vet('pass', '-f', 'json').out).schema).toBe('skillward.report.v1');
    const several = JSON.parse(vet('pass', 'nowhere', '-f', 'json').out);
    expect(several.schema).toBe('skillward.reports.v1');
    expect(several.failures).toEqual([{ name: 'nowhere', kind: 'unread', says: expect.stringContaining('does not exist') }]);
    expect(several.summary).toMatchObject({ skills: 2, pass: 1, failed: 1, exitCode: 4 });
  });

  test('the same bytes twice, whatever the folder', () => {
    write(join(at, 'elsewhere/block'), skills.block);
    const one = vet('block', '-f', 'json', '--as-of', '2026-01-01').out;
    expect(vet('block', '-f', 'json', '--as-of', '2026-01-01').out).toBe(one);
    expect(skill(['vet', 'block', '-f', 'json', '--as-of', '2026-01-01'], { cwd: join(at, 'elsewhere') }).out).toBe(one);
  });

  test('mistakes are found before the work', () => {
    refuses(vet('block', '-f', 'jsn'), /--format jsn: expected terminal, json, sarif, markdown or html\. Did you mean json\?/);
    refuses(vet('block', '-f', 'json', '-f', 'sarif'), /json and sarif both go to standard output/);
    refuses(vet('block', '-o', 'report.xyz'), /--output report\.xyz: which format\?/);
    refuses(vet('block', '-o', 'json=no/such/o.json'), /cannot write no\/such\/o\.json: the folder no\/such does not exist/);
    refuses(vet('block', '-f', 'json', '-o', 'pass'), /cannot write pass: it is a folder/);
    expect(existsSync(join(at, 'no'))).toBe(false);
  });
});

describe('usage errors', () => {
  test('say what is wrong and what is there', () => {
    refuses(skill(['vett', 'block'], { cwd: at }), /unknown command 'vett'[\s\S]*Did you mean vet\?/);
    for (const args of [
      ['frob', '--help'],
      ['frob', '-h'],
      ['help', 'frob'],
    ])
      refuses(skill(args, { cwd: at }), /unknown command 'frob'/);
    refuses(skill(['user', 'frob', '--help'], { cwd: at }), /unknown command 'frob'/);
    expect(skill(['user', 'add', '--help'], { cwd: at })).toMatchObject({ code: 0, out: expect.stringContaining('skill user add') });
    expect(skill(['help', 'user'], { cwd: at })).toMatchObject({ code: 0, out: expect.stringContaining('skill user') });
    expect(skill(['help'], { cwd: at }).code).toBe(0);
    refuses(vet('block', '--formt', 'json'), /unknown option '--formt'[\s\S]*Did you mean --format\?[\s\S]*skill vet --help/);
    refuses(vet('block', '--fail-on', 'never'), /Allowed choices are review, block/);
    refuses(vet(), /what should be vetted\?/);
    refuses(vet('nowhere'), /"nowhere" does not exist/);
    refuses(vet('block', '--jobs', '0'), /--jobs 0: expected a whole number/);
    refuses(vet('block', '--as-of', '2027-02-30'), /--as-of 2027-02-30: expected a date such as/);
    refuses(vet('block', '--as-of', 'tomorrow'), /--as-of tomorrow/);
    refuses(vet('block', '--indicators', 'nowhere.json'), /--indicators nowhere\.json: cannot be read \(ENOENT\)/);
    mkdirSync(join(at, 'empty'), { recursive: true });
    refuses(vet('empty'), /"empty" holds no files/);
  });

  test('hostile names are visible in messages', () => {
    const ran = vet('no\u001b[2Jwhere\u202e');
    refuses(ran, /no\\u001b\[2Jwhere\\u202e/);
    expect(ran.err).not.toContain('\u001b');
  });

  test('no arguments: help on standard error', () => {
    const ran = skill([]);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('Usage: skill');
  });
});

describe('policy', () => {
  test('a preset with a typing error, and a file with one', () => {
    refuses(vet('block', '-p', 'balansed'), /--policy balansed: no such file, and the presets are .*Did you mean balanced\?/);
    write(at, { 'bad.yaml': 'version: 1\nbogus: 1\n' });
    refuses(vet('block', '-p', 'bad.yaml'), /bad\.yaml:2: unknown key "bogus"/);
    write(at, { 'broken.yaml': 'version: 1\nrules: [\n' });
    refuses(vet('block', '-p', 'broken.yaml'), /broken\.yaml:\d+: /);
  });

  test('a file that has the name of a preset does not take its place', () => {
    const trap = write(join(at, 'trap'), { ...skills.block, balanced: 'version: 1\nextends: permissive\nrules:\n  EXE-002: off\n' });
    const ran = skill(['vet', '.'], { cwd: trap });
    expect(ran.out).toContain('policy balanced');
    expect(ran.code).toBe(1);
  });

  test('an exception counts until it expires', () => {
    const report = JSON.parse(vet('block', '-f', 'json').out);
    const blocking = report.findings.filter((one: { gate: string }) => one.gate !== 'capability');
    const exceptions = blocking
      .map(
        (one: { rule: string; evidence: string }) =>
          `  - rule: ${one.rule}\n    evidence: ${JSON.stringify(one.evidence)}\n    owner: platform@corp.example\n    reason: reviewed by hand\n    expires: 2027-01-31\n`,
      )
      .join('');
    write(at, { 'excepted.yaml': `version: 1\nextends: balanced\nexceptions:\n${exceptions}` });
    const valid = vet('block', '-p', 'excepted.yaml', '--as-of', '2027-01-31');
    expect(valid.out).toContain('Excepted by the policy');
    expect(valid.out).toContain('until 2027-01-31, platform@corp.example: reviewed by hand');
    expect(valid.code).toBe(0);
    refuses(vet('block', '-p', 'excepted.yaml', '--as-of', '2027-02-01'), /excepted\.yaml:\d+: .*expired/);
  });
});

describe('--against', () => {
  test('a folder and a JSON report of it say the same', () => {
    write(join(at, 'old'), { 'SKILL.md': '---\nname: rail-planner\ndescription: Plans rail journeys.\n---\n# Rail planner\n\nPlan.\n' });
    expect(vet('old', '-o', 'json=old.json').code).toBe(0);
    const folder = vet('block', '--against', 'old');
    expect(folder.out).toContain('Changed since old');
    expect(folder.out).toMatch(/\+ host cdn-7731\.example/);
    expect(vet('block', '--against', 'old.json').out).toBe(folder.out);
    expect(vet('old', '--against', 'old').out).toContain('the same abilities');
  });

  test('what is no report is refused', () => {
    write(at, { 'list.json': '[1]', 'text.json': 'no' });
    refuses(vet('block', '--against', 'list.json'), /--against list\.json: expected a report of one skill/);
    refuses(vet('block', '--against', 'text.json'), /--against text\.json: not JSON/);
    refuses(vet('block', '--against', 'nowhere'), /"nowhere" does not exist/);
  });
});

describe('hints', () => {
  test('a folder of skills that is no skill', () => {
    write(join(at, 'several/one'), skills.pass);
    write(join(at, 'several/two'), skills.pass);
    const ran = vet('several');
    expect(ran.err).toBe('skill: no SKILL.md in several, but 2 below it; --recursive vets each as a skill of its own\n');
  });

  test('--version is that of the package', () => {
    const packaged = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
    expect(skill(['--version']).out).toBe(`${packaged}\n`);
    expect(version).toBe(packaged);
  });

  test('help shows examples and exit codes', () => {
    for (const args of [
      ['vet', '--help'],
      ['help', 'vet'],
    ]) {
      const ran = skill(args);
      expect(ran.code).toBe(0);
      expect(ran.err).toBe('');
      for (const part of ['Exit codes:', '1  block', '4  incomplete', 'Examples:', '--recursive', 'skill vet --installed'])
        expect(ran.out).toContain(part);
    }
    for (const verb of ['rules', 'explain', 'completion']) expect(skill([verb, '--help']).out).toContain('Examples:');
  });
});

test('a link to a skill is vetted as what it points at, and says so no differently', () => {
  rmSync(join(at, 'linked'), { force: true });
  symlinkSync('block', join(at, 'linked'));
  expect(vet('linked').code).toBe(1);
});
