/** `skill init`, `skill spec` and `skill pack` as an author meets them: real processes, real folders, a real terminal where they ask. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArchive } from '../../../registry/archive/index.ts';
import { load, loadPolicy, ruleIds, scan } from '../../../scanner/index.ts';

const home = realpathSync(mkdtempSync(join(tmpdir(), 'verbs-test-')));
const program = [join(home, 'run.mjs')];
// Bundled once, with the settings of the shipped command: a start is then a tenth of one from source.
beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('run.ts', import.meta.url))],
    outfile: program[0]!,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
    banner: { js: "import{createRequire as __sw_require}from'node:module';const require=__sw_require(import.meta.url);" },
  });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

let count = 0;
/** A fresh folder with files in it. */
function folder(files: Readonly<Record<string, string>> = {}, name = 'notes'): string {
  const root = join(home, `case-${count++}`, name);
  mkdirSync(root, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}
interface Ran {
  readonly code: number | null;
  readonly out: Buffer;
  readonly text: string;
  readonly err: string;
}
function run(args: readonly string[], cwd = home, env: Readonly<Record<string, string>> = {}, umask = '022'): Ran {
  const command = `umask ${umask}; exec "$0" "$@"`;
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command, process.execPath, ...program, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { code: status, out: stdout, text: stdout.toString(), err: stderr.toString() };
}
const description = 'Keeps notes. Use when the user wants to note something down.';
const good = `---\nname: notes\ndescription: ${description}\n---\n\n# Notes\n\nWrite it down.\n`;

describe('skill init', () => {
  it.each([[[]], [['--with-script']]])('writes a skeleton that spec and every policy take as it is %j', async (more) => {
    const root = join(folder(), 'word-count');
    const ran = run([
      'init',
      root,
      '--description',
      'Counts: letters of a "word". Use when its length is asked for.',
      '--license',
      'Apache-2.0',
      ...more,
    ]);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(run(['spec', root, '--format', 'json']).text)).toMatchObject({ skill: 'word-count', problems: [] });
    for (const preset of ['permissive', 'balanced', 'strict', 'secure', 'iron']) {
      const report = await scan(await load(root), { policy: loadPolicy(preset, ruleIds), asOf: '2026-11-21' });
      // Iron asks about every program that it was not told of, and a script needs sh.
      expect([preset, report.verdict.decision]).toEqual([preset, preset === 'iron' && more.length > 0 ? 'review' : 'pass']);
    }
    expect(readFileSync(join(root, 'SKILL.md'), 'utf8')).toContain('license: Apache-2.0\n');
    expect(existsSync(join(root, 'scripts/word-count.sh'))).toBe(more.length > 0);
    if (more.length > 0)
      expect(spawnSync('sh', [join(root, 'scripts/word-count.sh'), 'seven'], { encoding: 'utf8' }).stdout).toBe('seven has 5 letters\n');
    expect(run(['pack', root, '-o', join(home, 'made.zip')]).code).toBe(0);
  });

  it('names the folder after the skill, or the skill after the folder', () => {
    const cwd = folder();
    expect(run(['init', '--name', 'meeting-notes', '--yes'], cwd).code).toBe(0);
    expect(existsSync(join(cwd, 'meeting-notes/SKILL.md'))).toBe(true);
    expect(run(['init', '.', '--yes'], cwd).code).toBe(0);
    expect(readFileSync(join(cwd, 'SKILL.md'), 'utf8')).toMatch(/^---\nname: notes\n/);
  });

  it('writes over nothing, and beside nothing that is a skill already', () => {
    for (const there of ['SKILL.md', 'skill.md', '.clawhubignore']) {
      const root = folder({ [there]: 'mine' });
      const ran = run(['init', root, '--yes']);
      expect([ran.code, ran.text]).toEqual([2, '']);
      expect(ran.err).toContain('there already');
      expect(readdirSync(root)).toEqual([there]);
      expect(readFileSync(join(root, there), 'utf8')).toBe('mine');
    }
    const script = folder({ 'scripts/notes.sh': 'mine' });
    expect(run(['init', script, '--with-script', '--yes']).code).toBe(2);
    expect(readdirSync(script)).toEqual(['scripts']);
    const link = folder();
    symlinkSync(join(home, 'elsewhere.md'), join(link, 'SKILL.md'));
    expect(run(['init', link, '--yes']).code).toBe(2);
    expect(existsSync(join(home, 'elsewhere.md'))).toBe(false);
  });

  it('says what is wrong with a name, a description, or no terminal to ask on', () => {
    const cwd = folder();
    for (const [args, words] of [
      [['init'], '--name and --description'],
      [['init', 'x'], '--description'],
      [['init', '--name', 'My Notes', '--yes'], 'lower-case'],
      [['init', 'My Notes', '--yes'], 'my-notes would do'],
      [['init', 'a', '--name', 'b', '--yes'], 'called like its folder'],
      [['init', 'a', '--description', ' '], '1 to 1024'],
      [['init', 'a', '--description', 'x'.repeat(1_025)], '1025 characters'],
      [['init', '--nmae', 'a'], '--name'],
    ] as const) {
      const ran = run(args, cwd);
      expect([args, ran.code]).toEqual([args, 2]);
      expect(ran.err).toContain(words);
    }
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.skipIf(spawnSync('python3', ['--version']).status !== 0)(
    'asks on a terminal for what no option says, and writes nothing when it is broken off',
    () => {
      const drive = `
import fcntl, os, pty, select, struct, sys, termios, time
answers = [answer.encode().decode('unicode_escape').encode('latin-1') for answer in sys.argv[1].split('|')]
wanted = sys.argv[2].split('|')
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[3], sys.argv[3:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 100, 0, 0))
seen, step, end = b'', 0, time.time() + 40
while time.time() < end:
    if select.select([fd], [], [], 0.1)[0]:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
    if step < len(answers) and wanted[step].encode() in seen:
        seen = b''
        time.sleep(0.3)
        os.write(fd, answers[step])
        step += 1
if time.time() >= end:
    os.kill(pid, 9)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
      const asked = (cwd: string, answers: string, wanted: string): number | null =>
        spawnSync('python3', ['-c', drive, answers, wanted, process.execPath, ...program, 'init'], { cwd, env: { ...process.env, TERM: 'xterm' } })
          .status;
      const cwd = folder();
      expect(
        asked(cwd, 'meeting-notes\\r|Writes minutes. Use when a meeting is over.\\r|MIT-0\\r|y', 'called|What does it do|licence|example script'),
      ).toBe(0);
      const text = readFileSync(join(cwd, 'meeting-notes/SKILL.md'), 'utf8');
      expect(text).toContain('---\nname: meeting-notes\ndescription: Writes minutes. Use when a meeting is over.\nlicense: MIT-0\n---\n');
      expect(existsSync(join(cwd, 'meeting-notes/scripts/meeting-notes.sh'))).toBe(true);
      const other = folder();
      expect(asked(other, 'meeting-notes\\r|\\x03', 'called|What does it do')).toBe(2);
      expect(readdirSync(other)).toEqual([]);
    },
  );
});

describe('skill spec', () => {
  it('ends with 0 for warnings, 1 for errors, 2 for what cannot be read', () => {
    expect(run(['spec', folder({ 'SKILL.md': good })]).text).toBe('notes follows the specification.\n');
    const warned = run(['spec', folder({ 'SKILL.md': good.replace('---\n\n', 'version: "1"\n---\n\n') })]);
    expect(warned.code).toBe(0);
    expect(warned.text).toContain('notes has 1 warning.');
    const wrong = run(['spec'], folder({ 'SKILL.md': good.replace('notes', 'Notes') }));
    expect(wrong.code).toBe(1);
    expect(wrong.text).toContain('error name-invalid\n   ┌─ SKILL.md:2\n');
    expect(wrong.text).toContain('(--fix will write notes)');
    expect(run(['spec', join(home, 'nowhere')])).toMatchObject({ code: 2, text: '' });
    expect(run(['spec', '--format', 'xml']).code).toBe(2);
  });

  it('tells what an archive cannot hold beside what the specification wants', () => {
    const root = folder({ 'SKILL.md': good, 'a.txt': '', 'A.txt': '' });
    symlinkSync('/etc/passwd', join(root, 'link'));
    const { code, text } = run(['spec', root, '--format', 'json']);
    expect(code).toBe(1);
    const { problems } = JSON.parse(text) as { problems: { code: string; path: string; severity: string }[] };
    expect(problems.map((problem) => [problem.code, problem.path])).toEqual([
      ['collision', 'a.txt'],
      ['link', 'link'],
    ]);
  });

  it('repairs with --fix what is mechanical, leaves every other byte and mode, and says what it did', () => {
    const script = '#!/bin/sh\r\necho hi\r\n';
    const root = folder({
      'SKILL.md': `---\r\nname: Notes\r\ndescription: Use when: wanted, to note something down\r\nx-own: 1\r\n---\r\n\r\n[run](Scripts/run.sh) Ü\r\n`,
      'scripts/run.sh': script,
      'other.txt': 'a\r\nb',
    });
    spawnSync('chmod', ['755', join(root, 'scripts/run.sh')]);
    const before = lstatSync(join(root, 'other.txt')).mtimeMs;
    const ran = run(['spec', root, '--fix'], home, {}, '077');
    expect(ran.code).toBe(0);
    expect(ran.text).toContain('problems fixed. notes has 1 warning.');
    expect(readFileSync(join(root, 'SKILL.md'), 'utf8')).toBe(
      `---\nname: notes\ndescription: "Use when: wanted, to note something down"\nx-own: 1\n---\n\n[run](scripts/run.sh) Ü\n`,
    );
    expect(readFileSync(join(root, 'scripts/run.sh'), 'utf8')).toBe('#!/bin/sh\necho hi\n');
    expect(lstatSync(join(root, 'scripts/run.sh')).mode & 0o777).toBe(0o755);
    expect(readFileSync(join(root, 'other.txt'), 'utf8')).toBe('a\r\nb');
    expect(lstatSync(join(root, 'other.txt')).mtimeMs).toBe(before);
    expect(readdirSync(root).sort()).toEqual(['SKILL.md', 'other.txt', 'scripts']);
    expect(run(['spec', root, '--fix']).text).not.toContain('fixed');
  });

  it('shows hostile text without letting it reach the terminal', () => {
    const ran = run([
      'spec',
      folder({ 'SKILL.md': good.replace('name: notes', 'name: "\\u001b[2J\\u202eevil"').replace('Write', '[x](\u001b[31m.md)') }),
    ]);
    expect(ran.code).toBe(1);
    expect(ran.text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });
});

describe('skill pack', () => {
  it('makes the same bytes whatever the umask, times, locale, time zone and place, and prints their digests', async () => {
    const files = { 'SKILL.md': good, 'scripts/run.sh': '#!/bin/sh\n', 'Zeta.md': '', 'alpha.md': '' };
    const [one, other] = [folder(files), folder(Object.fromEntries(Object.entries(files).reverse()))];
    spawnSync('sh', ['-c', `chmod -R go-rwx ${one}; find ${other} -exec touch -d 2001-02-03 {} +`]);
    const a = run(['pack', one, '-o', join(home, 'a.zip'), '--json'], home, { TZ: 'Pacific/Apia', LC_ALL: 'C' }, '077');
    const b = run(['pack', '-o', '-'], other, { TZ: 'America/St_Johns', LC_ALL: 'da_DK.UTF-8' }, '000');
    expect([a.code, b.code]).toEqual([0, 0]);
    expect(b.out.equals(readFileSync(join(home, 'a.zip')))).toBe(true);
    const said = JSON.parse(a.text) as { sha256: string; size: number; files: { path: string }[] };
    expect(said.sha256).toBe(createHash('sha256').update(b.out).digest('hex'));
    expect(b.err).toContain(said.sha256);
    expect(said).toMatchObject({ schema: 'skillward.pack.v1', name: 'notes', size: b.out.length });
    expect((await readArchive(b.out)).map((file) => file.path)).toEqual(said.files.map((file) => file.path));
  });

  it('writes beside the skill, never into it', () => {
    const root = folder({ 'SKILL.md': good });
    expect(run(['pack'], root).code).toBe(0);
    expect(existsSync(join(root, '../notes.zip'))).toBe(true);
    for (const inside of ['x.zip', 'made/of/x.zip']) {
      const ran = run(['pack', root, '-o', join(root, inside)]);
      expect(ran.code).toBe(2);
      expect(ran.err).toContain('inside the skill');
    }
    expect(readdirSync(root)).toEqual(['SKILL.md']);
    const elsewhere = folder();
    expect(run(['pack', root], elsewhere).text).toMatch(
      /^file +notes\.zip\nsha256 +[0-9a-f]{64}\ntree +sha256:[0-9a-f]{64}\nfingerprint +[0-9a-f]{64}\nsize +\d+ bytes, 1 file\n$/,
    );
    expect(readdirSync(elsewhere)).toEqual(['notes.zip']);
  });

  it('packs nothing that has an error, and says every one', () => {
    const root = folder({ 'SKILL.md': good.replace(description, ''), 'con.txt': '' });
    symlinkSync('SKILL.md', join(root, 'link'));
    const ran = run(['pack', root, '-o', join(home, 'never.zip')]);
    expect([ran.code, ran.text, existsSync(join(home, 'never.zip'))]).toEqual([1, '', false]);
    for (const code of ['description-missing', 'path-unsafe', 'error link']) expect(ran.err).toContain(code);
    const json = run(['pack', root, '-o', join(home, 'never.zip'), '--json']);
    expect([json.code, (JSON.parse(json.text) as { problems: object[] }).problems.length]).toEqual([1, 3]);
    expect(run(['pack', join(home, 'nowhere')]).code).toBe(2);
  });

  it('ends with 2 where nothing can be written, or two things would go to one place', () => {
    const root = folder({ 'SKILL.md': good });
    expect(run(['pack', root, '-o', '/dev/null/x.zip']).code).toBe(2);
    expect(run(['pack', root, '-o', '-', '--json']).code).toBe(2);
  });
});
