/** The canonical archive: the same bytes everywhere, exactly the format that is written down, digests that are the clients' own. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { describe as describeFiles, packFolder, readArchive } from '../../../registry/archive/index.ts';
import { fileSets, pack, refused, skill } from './make.ts';

const samples = fileURLToPath(new URL('../../../corpus/samples/', import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), 'archive-test-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));
const has = (program: string, argument: string): boolean => spawnSync(program, [argument], { stdio: 'ignore' }).status === 0;

/** Names whose order differs between bytes, code units and `localeCompare`. */
const tricky = [
  pack('SKILL.md', '# hi\n'),
  pack('scripts/run.sh', 'x'),
  pack('scripts/Run2.sh', 'y'),
  pack('a.b/f', 'z'),
  pack('a/c/d.txt', 'w'),
  pack('empty.txt', ''),
  pack('Zebra.md', 'q'),
  pack('apple.md', 'q'),
  pack('é.md', 'q'),
  pack('_under.md', 'q'),
  pack('docs/10.md', 'q'),
  pack('docs/9.md', 'q'),
  pack('docs/a b.md', 'q'),
  pack('docs/a-b.md', 'q'),
  pack('docs/a_b.md', 'q'),
  pack('😀.md', '😀'),
  pack('～.md', 't'),
];

describe('digests', () => {
  // Computed once with the clients' own code, on these files in a folder: hashSkillFiles of clawhub 0.23.3 and digestClawHubSkillTree of openclaw 2026.9.6.
  it('are those that clawhub and OpenClaw compute', async () => {
    const found = await describeFiles(tricky);
    expect(found.fingerprint).toBe('f5d00840f3b6b02ba597cecf0f25231f40652b03438321f6a33acb6c7f1f9a76');
    expect(found.tree).toBe('sha256:ae723193a7a2f8c44d70e82eb906da55bb67355fb20ae5c2a6282ee31d3702b9');
    const notes = await describeFiles(packFolder(join(samples, 'honest-notes')));
    expect(notes.fingerprint).toBe('cd25e359e21f5989280fadc2829b4e03d66bd1a9361a75eb4001b34e6e1dd8fa');
    expect(notes.tree).toBe('sha256:e9cbba0d974d1bd67e129e3c5e0ac15a9a00bb7a95e1118ae269628e0f05361c');
  });

  it('never change: installed skills are checked against archives made again', async () => {
    expect((await describeFiles(tricky)).sha256).toBe('fff19162975a0c2bb51ce1f5a530f725185c03d0e8317740cd660a6310f860a4');
    expect((await describeFiles(packFolder(join(samples, 'honest-notes')))).sha256).toBe(
      '58296de007bef55d60c1d4f1f78d98124cf5d9c97c5dbf53fe33f54f0cf7ed8f',
    );
  });

  it('list every file with what it is, in byte order of the paths', async () => {
    const { files, archive, sha256, size } = await describeFiles(tricky);
    expect(files.map((file) => file.path)).toEqual(
      [...tricky.map((file) => file.path)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
    expect(files.at(-1)?.path).toBe('😀.md');
    expect(files.find((file) => file.path === 'scripts/run.sh')).toEqual({
      path: 'scripts/run.sh',
      size: 1,
      sha256: createHash('sha256').update('x').digest('hex'),
      contentType: 'application/x-sh',
    });
    expect(size).toBe(archive.length);
    expect(sha256).toBe(createHash('sha256').update(archive).digest('hex'));
  });
});

describe('the archive', () => {
  it('has every field as it is written down', async () => {
    const files = [pack('SKILL.md', '# hi\n'), pack('é.txt', '')];
    const { archive } = await describeFiles(files);
    const field = (at: number, width: 2 | 4): number => (width === 2 ? archive.readUInt16LE(at) : archive.readUInt32LE(at));
    const end = archive.length - 22;
    expect(field(end, 4)).toBe(0x06054b50);
    expect([field(end + 8, 2), field(end + 10, 2), field(end + 20, 2)]).toEqual([2, 2, 0]);
    let at = field(end + 16, 4);
    for (const { path, bytes } of files) {
      const name = Buffer.from(path);
      expect(field(at, 4)).toBe(0x02014b50);
      expect(field(at + 4, 2)).toBe(0x0e14);
      expect([6, 8, 10, 12, 14].map((offset) => field(at + offset, 2))).toEqual([20, 0x800, 0, 0, 0x21]);
      expect([20, 24, 38].map((offset) => field(at + offset, 4))).toEqual([bytes.length, bytes.length, 0]);
      expect([28, 30, 32, 34, 36].map((offset) => field(at + offset, 2))).toEqual([name.length, 0, 0, 0, 0]);
      const local = field(at + 42, 4);
      expect(field(local, 4)).toBe(0x04034b50);
      expect([4, 6, 8, 10, 12].map((offset) => field(local + offset, 2))).toEqual([20, 0x800, 0, 0, 0x21]);
      expect([18, 22].map((offset) => field(local + offset, 4))).toEqual([bytes.length, bytes.length]);
      expect([26, 28].map((offset) => field(local + offset, 2))).toEqual([name.length, 0]);
      expect(archive.subarray(local + 30 + name.length, local + 30 + name.length + bytes.length).equals(bytes)).toBe(true);
      at += 46 + name.length;
    }
    expect(at).toBe(end);
  });

  it('is the same for any order of the files, and gives the same files back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fileSets.chain((files) => fc.tuple(fc.constant(files), fc.shuffledSubarray(files, { minLength: files.length }))),
        async ([files, shuffled]) => {
          const [one, other] = [await describeFiles(files), await describeFiles(shuffled)];
          expect(other.archive.equals(one.archive)).toBe(true);
          expect(other).toEqual(one);
          const back = await readArchive(one.archive);
          expect(back.map((file) => [file.path, file.bytes.toString('hex')])).toEqual(
            one.files.map(({ path }) => [path, files.find((file) => file.path === path)!.bytes.toString('hex')]),
          );
          expect((await describeFiles(back)).sha256).toBe(one.sha256);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is the same in every time zone', async () => {
    const before = process.env['TZ'];
    try {
      const found = new Set<string>();
      for (const zone of ['UTC', 'Pacific/Apia', 'America/St_Johns', 'Asia/Kathmandu']) {
        process.env['TZ'] = zone;
        found.add((await describeFiles(tricky)).sha256);
      }
      expect([...found]).toEqual(['fff19162975a0c2bb51ce1f5a530f725185c03d0e8317740cd660a6310f860a4']);
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });

  // An independent program makes the archive again from the installed folder, as anybody could who has the signature and no archive.
  it.skipIf(!has('python3', '--version'))('is made again, byte for byte, by another program from the installed folder', async () => {
    for (const { path, bytes } of tricky) {
      const place = join(temporary, 'installed', path);
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, bytes, { mode: 0o600 });
    }
    const program = `
import os, sys, zipfile
class Entry(zipfile.ZipInfo):
    def _encodeFilenameFlags(self):
        return self.filename.encode('utf-8'), 0x800
root, out = sys.argv[1:]
paths = [os.path.relpath(os.path.join(folder, name), root) for folder, _, names in os.walk(root) for name in names]
with zipfile.ZipFile(out, 'w', zipfile.ZIP_STORED) as archive:
    for path in sorted(paths, key=lambda path: path.encode('utf-8')):
        entry = Entry(path, (1980, 1, 1, 0, 0, 0))
        entry.create_system, entry.create_version, entry.extract_version = 14, 20, 20
        with open(os.path.join(root, path), 'rb') as file:
            archive.writestr(entry, file.read())
    for entry in archive.infolist():
        entry.external_attr = 0
`;
    const out = join(temporary, 'again.zip');
    execFileSync('python3', ['-c', program, join(temporary, 'installed'), out], { env: { ...process.env, PYTHONUTF8: '1' } });
    expect(readFileSync(out).equals((await describeFiles(tricky)).archive)).toBe(true);
  });

  it.skipIf(!has('unzip', '-v'))('extracts to files that their owner may read, under their own names', async () => {
    const out = join(temporary, 'out');
    writeFileSync(join(temporary, 'pack.zip'), (await describeFiles(tricky)).archive);
    execFileSync('unzip', ['-q', join(temporary, 'pack.zip'), '-d', out], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
    expect((await describeFiles(packFolder(out))).sha256).toBe('fff19162975a0c2bb51ce1f5a530f725185c03d0e8317740cd660a6310f860a4');
  });

  it('is not made of files that are no skill, and every reason is said at once', async () => {
    const found = await refused(() => describeFiles([pack('../x'), pack('a'), pack('a/b'), pack('B'), pack('b')]));
    expect(found).toMatchObject({ code: 'bad-files', problems: ['below-file', 'collision', 'no-skill-file', 'path-escape'] });
    expect(found?.message.split('\n')).toHaveLength(4);
    const limits = { files: 2, fileBytes: 10, totalBytes: 15, archiveBytes: 1_000 };
    expect(await refused(() => describeFiles([pack('SKILL.md', 'x'.repeat(8)), pack('b', 'x'.repeat(8))], limits))).toMatchObject({
      code: 'too-large',
      problems: ['total-too-large'],
    });
    expect(await refused(() => describeFiles([pack('SKILL.md', 'x'.repeat(11))], limits))).toMatchObject({
      code: 'too-large',
      problems: ['file-too-large'],
    });
    expect(await refused(() => describeFiles(skill(pack('a', ''), pack('b', '')), { ...limits, fileBytes: 1_000, totalBytes: 1_000 }))).toMatchObject(
      {
        code: 'too-large',
        problems: ['too-many-files'],
      },
    );
  });
});
