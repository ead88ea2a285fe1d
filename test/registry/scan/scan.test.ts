/**
 * The scanner in a process of its own: what it must give (the same report as the command), and what it must never do (pass what was not read, keep anything of one skill for the
 * next, see anything of the server). Real processes throughout; the walls that are expected are those that this machine allows a plain `unshare`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import yazl from 'yazl';
import { type Cage, cages } from '../../../registry/scan/cage.ts';
import { childEntry } from '../../../registry/scan/entry.ts';
import { encodeFrame } from '../../../registry/scan/frame.ts';
import { judge, probeIsolation, scanIsolated } from '../../../registry/scan/index.ts';
import { run } from '../../../registry/scan/run.ts';
import { canonical } from '../../../scanner/canonical.ts';
import type { Report } from '../../../scanner/model.ts';
import { readCase } from '../../case.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'skillward-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const asOf = '2026-01-01';
const asked = { timeoutMs: 60_000, memoryMb: 512, reportBytes: 1_000_000, requireIsolation: false };

type Files = Readonly<Record<string, string | Uint8Array>>;
async function zip(files: Files): Promise<Buffer> {
  const file = new yazl.ZipFile();
  for (const [path, content] of Object.entries(files)) file.addBuffer(Buffer.from(content as string), path, { mtime: new Date(0) });
  file.end();
  const chunks: Buffer[] = [];
  for await (const chunk of file.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
const honest: Files = {
  'SKILL.md':
    '---\nname: tide-times\ndescription: Explains how to read a tide table.\n---\n# Tide times\n\nRun `scripts/high.py` and tell the user when it is high.\n',
  'scripts/high.py': 'print("12:40")\n',
};
const ofCase = (name: string): Files =>
  Object.fromEntries(readCase(join(root, 'corpus', name)).files.flatMap((file) => (file.kind === 'file' ? [[file.path, file.bytes]] : [])));

/** What the command says about the same bytes. */
function vet(archive: Buffer, name: string, ...args: string[]): Report {
  const path = join(folder, `${name}.zip`);
  writeFileSync(path, archive);
  const { stdout } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(root, 'cli/skill.ts'), 'vet', '--format', 'json', '--as-of', asOf, '--policy', 'balanced', ...args, path],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  return JSON.parse(stdout) as Report;
}

/** Whether this machine lets us take the network from a process at all. */
const canUnshare = (...flags: string[]): boolean =>
  spawnSync('/usr/bin/unshare', [...flags, '--net', '--pid', '--mount', '--fork', '/bin/true'], { env: {} }).status === 0;
const namespaces = canUnshare('--user', '--map-root-user') || (process.getuid?.() === 0 && canUnshare());

describe('an isolated scan', () => {
  it.each([
    ['an honest skill', honest, 'pass'],
    ['a lure', ofCase('malicious/clickfix-single-line-tide-times.md'), 'block'],
    ['a script in a grammar', ofCase('malicious/getattr-import-pieces-bookmarks.md'), 'review'],
  ] as const)('gives the bytes of the command for %s', async (_, files, decision) => {
    const archive = await zip(files);
    const outcome = await scanIsolated({ archive, name: 'same', policy: 'balanced', asOf });
    if (!outcome.ok) throw new Error(outcome.says);
    expect(outcome.report.verdict.decision).toBe(decision);
    expect(outcome.reportBytes.toString('utf8')).toBe(canonical(vet(archive, 'same')));
    expect(outcome.report).toEqual(JSON.parse(outcome.reportBytes.toString('utf8')));
  });

  it('compares with the version that is served now', async () => {
    const before = await scanIsolated({ archive: await zip(honest), name: 'tides', policy: 'balanced', asOf });
    if (!before.ok) throw new Error(before.says);
    const after = await scanIsolated({
      archive: await zip({
        ...honest,
        'scripts/high.py': 'import urllib.request\nprint(urllib.request.urlopen("https://tides.example/today").read())\n',
      }),
      name: 'tides',
      policy: 'balanced',
      asOf,
      against: { name: '@sea/tides@1.0.0', capability: before.report.capability },
    });
    if (!after.ok) throw new Error(after.says);
    expect(after.report.changes?.against).toBe('@sea/tides@1.0.0');
    expect(after.report.changes?.added.map((entry) => entry.key)).toContain('tides.example');
  });

  it('applies the operator’s policy file and indicator list', async () => {
    const archive = await zip(honest);
    const listed = await scanIsolated({
      archive,
      name: 'tides',
      policy: { file: 'team.yaml', text: 'version: 1\nname: team\nextends: balanced\n' },
      asOf,
      indicators: { file: 'list.txt', text: 'host:tides.example\n' },
    });
    if (!listed.ok) throw new Error(listed.says);
    expect(listed.report.policy.name).toBe('team');

    expect(await scanIsolated({ archive, name: 'tides', policy: { file: 'team.yaml', text: 'extends: nothing\n' }, asOf })).toMatchObject({
      ok: false,
      reason: 'policy',
      says: expect.stringContaining('team.yaml:1'),
    });
    expect(
      await scanIsolated({ archive, name: 'tides', policy: 'balanced', asOf, indicators: { file: 'list.txt', text: 'nonsense\n' } }),
    ).toMatchObject({
      ok: false,
      reason: 'policy',
      says: expect.stringContaining('list.txt:1'),
    });
  });

  it.each([
    ['no bytes', Buffer.alloc(0)],
    ['no archive', Buffer.from('---\nname: looks-like-a-skill\ndescription: But is none.\n---\n')],
    ['an archive of nothing', Buffer.from('504b0506000000000000000000000000000000000000', 'hex')],
  ])('refuses %s instead of passing it', async (_, archive) => {
    expect(await scanIsolated({ archive, name: 'none', policy: 'balanced', asOf })).toMatchObject({ ok: false, reason: 'input' });
  });

  it('leaves nothing behind', async () => {
    const left = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('skillward-scan-'));
    const before = new Set(left());
    await scanIsolated({ archive: await zip(honest), name: 'tides', policy: 'balanced', asOf });
    await scanIsolated({ archive: await zip(honest), name: 'tides', policy: 'balanced', asOf }, { timeoutMs: 50 });
    expect(left().filter((name) => !before.has(name) && readable(name))).toEqual([]);
  });
});

/** Scans of other test files may be running; theirs go away by themselves. */
const readable = (name: string): boolean => {
  for (let turn = 0; turn < 100 && existsSync(join(tmpdir(), name)); turn++) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  return existsSync(join(tmpdir(), name));
};

describe('what it may use', () => {
  const bomb: Files = {
    'SKILL.md': '---\nname: bomb\ndescription: Counts.\n---\n# Bomb\n\nRun `node a.js`.\n',
    // Inside every limit of the scanner: about a megabyte of calls, which is a gigabyte of syntax tree with its facts.
    'a.js': 'a([1,2,3],{b:1});'.repeat(60_000),
  };

  it('ends a scan that needs more memory than it may have', async () => {
    expect(await scanIsolated({ archive: await zip(bomb), name: 'bomb', policy: 'balanced', asOf }, { memoryMb: 64 })).toMatchObject({
      ok: false,
      reason: 'memory',
    });
    // The same limit is enough for who behaves.
    expect(await scanIsolated({ archive: await zip(honest), name: 'tides', policy: 'balanced', asOf }, { memoryMb: 64 })).toMatchObject({ ok: true });
  });

  it.runIf(namespaces && existsSync('/usr/bin/prlimit'))('counts memory outside of the heap as well', async () => {
    const cage = (await strongest())!;
    const box = mkdtempSync(join(folder, 'box-'));
    const { command, args } = cage.command(box, 64, 30_000);
    const ran = await run(command, [...beforeUs(args), '-e', 'const a=[];for(;;)a.push(Buffer.alloc(1e7,1))'], [], {
      cwd: box,
      timeoutMs: 30_000,
      outputBytes: 1_000,
    });
    expect(judge(ran, cage, { name: 'x', asOf }, { ...asked, memoryMb: 64 })).toMatchObject({ ok: false, reason: 'memory' });
  });

  it('ends a scan whose time is over', async () => {
    expect(await scanIsolated({ archive: await zip(bomb), name: 'bomb', policy: 'balanced', asOf }, { timeoutMs: 50 })).toMatchObject({
      ok: false,
      reason: 'timeout',
    });
  });

  it('ends a scan whose caller gives up, running or waiting', async () => {
    const stop = new AbortController();
    const scans = [1, 2, 3].map(async () =>
      scanIsolated({ archive: await zip(bomb), name: 'bomb', policy: 'balanced', asOf }, { signal: stop.signal, parallel: 1 }),
    );
    setTimeout(() => stop.abort(), 100);
    for (const outcome of await Promise.all(scans)) expect(outcome).toMatchObject({ ok: false, reason: 'stopped' });
    expect(await scanIsolated({ archive: await zip(honest), name: 'tides', policy: 'balanced', asOf }, { parallel: 1 })).toMatchObject({ ok: true });
  });

  it('does not read more report than allowed', async () => {
    const outcome = await scanIsolated({ archive: await zip(honest), name: 'tides', policy: 'balanced', asOf }, { reportBytes: 1_000 });
    expect(outcome).toMatchObject({ ok: false, reason: 'bad-output' });
  });
});

describe('what comes back', () => {
  const nowhere = cages().at(-1)!;
  const bounds = { cwd: folder, timeoutMs: 20_000, outputBytes: 1_000_000 };
  const from = (program: string) => run(process.execPath, ['-e', program], [], bounds);
  const self = { environment: [], interfaces: [], route: false, pid: 4711, witness: false, workingFolder: 0, unprivileged: true };
  const frame = (header: Record<string, unknown>, body: string): Buffer => Buffer.concat(encodeFrame('SWA1', header, Buffer.from(body)));
  const exited = (output: Buffer) => ({ end: 'exit' as const, code: 0, killedBy: null, output, errors: '' });

  it.each([
    ['nothing', ''],
    ['rubbish', 'process.stdout.write("verdict: pass")'],
    ['a report without a frame', 'process.stdout.write(JSON.stringify({schema:"skillward.report.v1",verdict:{decision:"pass"}}))'],
  ])('takes %s for no report', async (_, program) => {
    expect(judge(await from(program), nowhere, { name: 'x', asOf }, asked)).toMatchObject({ ok: false, reason: 'bad-output' });
  });

  it.each([
    ['a crash', 'process.abort()'],
    ['a failure', 'process.exit(3)'],
    ['an exception', 'throw new Error("\\u001b[31mred\\u0007")'],
  ])('takes %s for no report', async (_, program) => {
    const outcome = judge(await from(program), nowhere, { name: 'x', asOf }, asked);
    expect(outcome).toMatchObject({ ok: false, reason: 'crash' });
    expect(outcome.ok ? '' : outcome.says).not.toMatch(/[\u0000-\u001f\u007f]/);
  });

  it('ends a process that floods or hangs, with what it left running', async () => {
    expect(
      await run(process.execPath, ['-e', 'setInterval(()=>process.stdout.write("x".repeat(65536)),1)'], [], { ...bounds, outputBytes: 100_000 }),
    ).toEqual({
      end: 'flood',
    });
    const mark = join(folder, 'alive');
    const program = `require('node:child_process').spawn(process.execPath,['-e','setInterval(()=>require("node:fs").appendFileSync(${JSON.stringify(mark)},"x"),20)'],{stdio:'inherit'});setInterval(()=>{},1000)`;
    expect(await run(process.execPath, ['-e', program], [], { ...bounds, timeoutMs: 1_500 })).toEqual({ end: 'timeout' });
    const size = existsSync(mark) ? readFileSync(mark).length : 0;
    expect(size).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(readFileSync(mark).length).toBe(size);
  });

  it('says that a program is not there', async () => {
    expect(await run(join(folder, 'none'), [], [], bounds)).toMatchObject({ end: 'unstarted' });
  });

  it('accepts a report only about what was asked, in canonical bytes', async () => {
    const archive = await zip(honest);
    const outcome = await scanIsolated({ archive, name: 'tides', policy: 'balanced', asOf });
    if (!outcome.ok) throw new Error(outcome.says);
    const text = outcome.reportBytes.toString('utf8');
    const given = (body: string, header: Record<string, unknown> = { ok: true, self }) =>
      judge(exited(frame(header, body)), nowhere, { name: 'tides', asOf }, asked);
    expect(given(text)).toMatchObject({ ok: true });
    for (const [why, body] of [
      ['another skill', text.replaceAll('"tides"', '"other"')],
      ['another date', text.replace(asOf, '2025-01-01')],
      ['another version of the scanner', text.replace(/("tool":\{"name":"skillward","version":")[^"]+/, '$19.9.9')],
      ['a verdict that does not exist', text.replace('"decision":"pass"', '"decision":"fine"')],
      ['not canonical', JSON.stringify(JSON.parse(text), null, 1)],
      ['said twice', text.replace('"decision":"pass"', '"decision":"block","decision":"pass"')],
      ['cut', text.slice(0, -1)],
    ] as const)
      expect(given(body), why).toMatchObject({ ok: false, reason: 'bad-output' });
    expect(judge(exited(Buffer.concat([frame({ ok: true, self }, text), Buffer.from(' ')])), nowhere, { name: 'tides', asOf }, asked)).toMatchObject({
      ok: false,
    });
    expect(given(text, { ok: true })).toMatchObject({ ok: false, reason: 'bad-output' });
    // A report that a clock cut short would say something else on another day.
    const report = JSON.parse(text) as Report;
    const short = canonical({ ...report, coverage: { ...report.coverage, stopped: ['SKILL.md'] } });
    expect(given(short)).toMatchObject({ ok: false, reason: 'timeout', says: expect.stringContaining('SKILL.md') });
  });

  it('does not trust a process whose walls fell', async () => {
    const walled: Cage = { ...nowhere, promises: ['network', 'fileSystem', 'processes'], by: ['unshare', 'pivot_root'] };
    const inside = { ...self, pid: 1 };
    const given = (seen: Record<string, unknown>, cage = walled, requireIsolation = false) =>
      judge(exited(frame({ ok: false, reason: 'input', says: 'x', self: seen }, '')), cage, { name: 'tides', asOf }, { ...asked, requireIsolation });
    expect(given(inside)).toMatchObject({ reason: 'input' });
    expect(given({ ...inside, interfaces: ['eth0'] })).toMatchObject({ reason: 'isolation' });
    expect(given({ ...inside, route: true })).toMatchObject({ reason: 'isolation' });
    expect(given({ ...inside, witness: true })).toMatchObject({ reason: 'isolation' });
    expect(given({ ...inside, pid: 812 })).toMatchObject({ reason: 'isolation' });
    expect(given({ ...inside, environment: ['AWS_SECRET_ACCESS_KEY'] })).toMatchObject({ reason: 'isolation' });
    // Where nothing was promised, the network is the operator's choice.
    expect(given({ ...self, route: true }, nowhere)).toMatchObject({ reason: 'input' });
    expect(given({ ...self, route: true }, nowhere, true)).toMatchObject({ reason: 'isolation' });
  });

  it('reads a damaged request as nothing at all', async () => {
    const { command, args } = childEntry('scan-child');
    for (const garbage of [
      Buffer.from('hello'),
      encodeFrame('SWQ1', {}, Buffer.alloc(9))[0]!,
      Buffer.concat(encodeFrame('SWA1', {}, Buffer.alloc(0))),
    ]) {
      const ran = await run(command, args, [garbage], bounds);
      expect(ran).toMatchObject({ end: 'exit', output: Buffer.alloc(0) });
      expect(judge(ran, nowhere, { name: 'x', asOf }, asked)).toMatchObject({ ok: false, reason: 'bad-output' });
    }
  });
});

/** The cage that is in use here. */
async function strongest(): Promise<Cage | undefined> {
  const { by } = await probeIsolation();
  return cages().find((cage) => cage.by.join() === by.join());
}

/** The wrapper and Node's own flags, without our program. */
const beforeUs = (args: readonly string[]): string[] => {
  const { args: own } = childEntry('scan-child');
  return args.slice(0, args.length - own.length);
};

describe('the walls', () => {
  it('shows the scanner no environment, whatever the server has', async () => {
    process.env['SKILLWARD_TEST_SECRET'] = 'x';
    try {
      const outcome = await scanIsolated({ archive: await zip(honest), name: 'tides', policy: 'balanced', asOf });
      expect(outcome).toMatchObject({ ok: true, isolation: { environment: [] } });
    } finally {
      delete process.env['SKILLWARD_TEST_SECRET'];
    }
  });

  it('are those that the system allows', async () => {
    const outcome = await scanIsolated({ archive: await zip(honest), name: 'tides', policy: 'balanced', asOf });
    if (!outcome.ok) throw new Error(outcome.says);
    expect(outcome.isolation).toEqual(await probeIsolation());
    if (namespaces) expect(outcome.isolation).toMatchObject({ network: true, processes: true, privileges: true });
    expect(await scanIsolated({ archive: await zip(honest), name: 'tides', policy: 'balanced', asOf }, { requireIsolation: true })).toMatchObject(
      outcome.isolation.network ? { ok: true } : { ok: false, reason: 'isolation' },
    );
  });

  it.runIf(namespaces)('really stand: no file of the server, no other process, no way out', async () => {
    const cage = (await strongest())!;
    const box = mkdtempSync(join(folder, 'box-'));
    const secret = join(folder, 'secret');
    writeFileSync(secret, 'x');
    const program = `
      const fs = require('node:fs');
      const tried = (look) => { try { return look(); } catch (error) { return error.code; } };
      const seen = {
        files: tried(() => fs.readFileSync(${JSON.stringify(secret)}, 'utf8')),
        passwords: tried(() => fs.readFileSync('/etc/passwd', 'utf8').length),
        others: tried(() => fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name))),
        signal: tried(() => process.kill(${process.pid}, 0)),
        write: tried(() => fs.writeFileSync('made', 'x')),
        writeUs: tried(() => fs.writeFileSync(${JSON.stringify(join(root, 'package.json.made'))}, 'x')),
        limits: tried(() => fs.readFileSync('/proc/self/limits', 'utf8').split('\\n').filter((line) => /core|data/.test(line)).map((line) => line.replace(/ +/g, ' '))),
        eval: tried(() => { try { return new Function('return 1')(); } catch (error) { return error.name; } }),
        addon: tried(() => process.dlopen({ exports: {} }, '/nonexistent.node')),
      };
      require('node:net').connect({ host: '192.0.2.1', port: 9 }).on('error', (error) => {
        process.stdout.write(JSON.stringify({ ...seen, network: error.code }));
      });`;
    const { command, args } = cage.command(box, 100, 30_000);
    const ran = await run(command, [...beforeUs(args), '-e', program], [], { cwd: box, timeoutMs: 30_000, outputBytes: 100_000 });
    if (ran.end !== 'exit' || ran.code !== 0) throw new Error(JSON.stringify(ran));
    const seen = JSON.parse(ran.output.toString('utf8')) as Record<string, unknown>;
    expect(seen).toMatchObject({ network: 'ENETUNREACH', signal: 'ESRCH', eval: 'EvalError', addon: 'ERR_DLOPEN_DISABLED' });
    if (cage.by.includes('pivot_root')) {
      expect(seen).toMatchObject({ files: 'ENOENT', passwords: 'ENOENT', write: 'EROFS', writeUs: 'EROFS', others: ['1'] });
      expect(existsSync(join(root, 'package.json.made'))).toBe(false);
    }
    if (cage.by.includes('prlimit'))
      expect(seen['limits']).toEqual([`Max data size ${612 * 1024 * 1024} ${612 * 1024 * 1024} bytes `, 'Max core file size 0 0 bytes ']);
  });

  it('change no byte of the report, whichever stand', { timeout: 240_000 }, async () => {
    const archive = await zip(ofCase('malicious/getattr-import-pieces-bookmarks.md'));
    const bytes = new Set<string>();
    let stood = 0;
    for (const cage of new Map(cages().map((cage) => [cage.by.join(), cage])).values()) {
      const box = mkdtempSync(join(folder, 'box-'));
      const witness = join(folder, 'witness');
      writeFileSync(witness, 'x');
      mkdirSync(join(box, 'in'));
      const { command, args } = cage.command(join(box, 'in'), 512, 60_000);
      const frame = encodeFrame('SWQ1', { name: 'same', policy: 'balanced', asOf, witness }, archive);
      const outcome = judge(
        await run(command, args, frame, { cwd: join(box, 'in'), timeoutMs: 60_000, outputBytes: 50_000_000 }),
        cage,
        { name: 'same', asOf },
        asked,
      );
      if (!outcome.ok) continue;
      stood++;
      bytes.add(outcome.reportBytes.toString('utf8'));
      for (const wall of cage.promises) expect(outcome.isolation[wall]).toBe(true);
    }
    expect(stood).toBeGreaterThan(0);
    expect(bytes.size).toBe(1);
  });

  it.runIf(namespaces && existsSync('/usr/bin/setpriv'))('fall with the server: killed, it leaves no scan running', async () => {
    const cage = (await strongest())!;
    const box = mkdtempSync(join(folder, 'box-'));
    const { command, args } = cage.command(box, 64, 30_000);
    // The scanner can write nothing, so it is found by a word on its command line.
    const word = `skillward-test-${process.pid}`;
    const server = `require('node:child_process').spawn(${JSON.stringify(command)}, ${JSON.stringify([...beforeUs(args), '-e', `for(;;);/*${word}*/`])}, { env: {}, cwd: ${JSON.stringify(box)}, stdio: ['pipe','pipe','pipe'], detached: true });setInterval(() => {}, 1000);`;
    const running = (itself = false): number =>
      readdirSync('/proc').filter((pid) => {
        try {
          if (!/^\d+$/.test(pid)) return false;
          const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
          // `itself`: not what is still building its walls, which falls with the server from the moment they stand.
          return line.includes(`for(;;);/*${word}*/`) && !line.includes('child_process') && (!itself || line.split('\0')[0] === process.execPath);
        } catch {
          return false;
        }
      }).length;
    const parent = spawn(process.execPath, ['-e', server], { stdio: 'ignore' });
    const until = async (done: () => boolean): Promise<void> => {
      for (let turn = 0; turn < 200 && !done(); turn++) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await until(() => running(true) > 0);
    expect(running(true)).toBeGreaterThan(0);
    parent.kill('SIGKILL');
    await until(() => running() === 0);
    expect(running()).toBe(0);
  });
});
