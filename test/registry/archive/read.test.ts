/** Archives from anywhere: read exactly, or refused with every reason. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFiles, describe as describeFiles, type FileProblemCode, readArchive } from '../../../registry/archive/index.ts';
import { pax, type TarMember, tar, type ZipMember, zip } from '../../scanner/load/make.ts';
import { fileSets, refused, skill } from './make.ts';

const md = { path: 'SKILL.md', body: '# hi\n' };
const paths = async (bytes: Buffer): Promise<string[]> => (await readArchive(bytes)).map((file) => file.path);

describe('reading', () => {
  it('gives the files of a zip, a tar and a gzipped tar, in byte order', async () => {
    const members = [{ path: 'scripts/run.sh', body: 'x' }, md, { path: '_a', body: '' }];
    for (const bytes of [zip(members), tar(...members), gzipSync(tar(...members))])
      expect(await paths(bytes)).toEqual(['SKILL.md', '_a', 'scripts/run.sh']);
  });

  it('takes off what packers put around a skill: ./ and one folder', async () => {
    const dotted: TarMember[] = [
      { path: './', type: 'Directory' },
      { path: './SKILL.md', body: 'x' },
      { path: './a/b', body: 'y' },
    ];
    expect(await paths(gzipSync(tar(...dotted)))).toEqual(['SKILL.md', 'a/b']);
    expect(
      await paths(
        zip([
          { path: 'notes-1.2/SKILL.md', body: 'x' },
          { path: 'notes-1.2/a/b', body: 'y' },
        ]),
      ),
    ).toEqual(['SKILL.md', 'a/b']);
  });

  it('lets hidden files through: who publishes decides about them', async () => {
    expect(await paths(zip([md, { path: '.gitignore', body: '*.log' }]))).toEqual(['.gitignore', 'SKILL.md']);
  });
});

describe('hostile archives', () => {
  const zips: [string, ZipMember[], FileProblemCode][] = [
    ['traversal', [md, { path: '../evil.sh', body: 'x' }], 'path-escape'],
    ['traversal inside', [md, { path: 'a/../../evil.sh', body: 'x' }], 'path-escape'],
    ['an absolute path', [md, { path: '/etc/cron.d/x', body: 'x' }], 'path-escape'],
    ['a drive letter', [md, { path: 'C:\\x', body: 'x' }], 'path-escape'],
    ['a backslash', [md, { path: 'a\\b', body: 'x' }], 'path-unsafe'],
    ['a device name', [md, { path: 'aux.md', body: 'x' }], 'path-unsafe'],
    ['a control character', [md, { path: 'a\u001bb', body: 'x' }], 'path-unsafe'],
    ['a name that is not NFC', [md, { path: 'e\u0301.md', body: 'x' }], 'path-form'],
    ['two files of one name', [md, { path: 'a', body: 'x' }, { path: 'a', body: 'y' }], 'duplicate'],
    ['names that differ by case', [md, { path: 'a', body: 'x' }, { path: 'A', body: 'y' }], 'collision'],
    ['names that differ by form', [md, { path: 'é', body: 'x' }, { path: 'e\u0301', body: 'y' }], 'collision'],
    ['a file where a folder is', [md, { path: 'a', body: 'x' }, { path: 'a/b', body: 'y' }], 'below-file'],
    ['a symbolic link', [md, { path: 'a', body: '/etc/passwd', mode: 0o120777 }], 'link'],
    ['a device', [md, { path: 'a', body: '', mode: 0o020666 }], 'special-file'],
    ['an encrypted member', [md, { path: 'a', body: 'x', flags: 1 }], 'encrypted'],
    ['another name in the local header', [md, { path: 'a', body: 'x', localPath: 'b' }], 'ambiguous'],
    ['a member outside of the directory', [md, { path: 'a', body: 'x', hidden: true }], 'ambiguous'],
    ['a size that lies', [md, { path: 'a', body: 'xyz', size: 1 }], 'ambiguous'],
    ['a method nobody knows', [md, { path: 'a', body: 'x', method: 99 }], 'unreadable'],
    ['a bomb', [md, { path: 'a', body: Buffer.alloc(9 * 1024 * 1024) }], 'bomb'],
    ['a file over the limit', [md, { path: 'a', body: Buffer.alloc(10 * 1024 * 1024 + 1), store: true }], 'file-too-large'],
  ];
  it.each(zips)('a zip with %s is refused', async (_name, members, code) => {
    expect((await refused(() => readArchive(zip(members))))?.problems).toContain(code);
  });

  const tars: [string, TarMember[], FileProblemCode][] = [
    ['traversal', [md, { path: '../evil.sh', body: 'x' }], 'path-escape'],
    ['an absolute path', [md, { path: '/etc/x', body: 'x' }], 'path-escape'],
    ['a path in a pax header', [md, { path: 'x', type: 'ExtendedHeader', body: pax('path', '../evil.sh') }, { path: 'a', body: 'x' }], 'path-escape'],
    ['a symbolic link', [md, { path: 'a', type: 'SymbolicLink', link: '/etc' }, { path: 'a/b', body: 'x' }], 'link'],
    ['a hard link', [md, { path: 'a', type: 'Link', link: 'SKILL.md' }], 'link'],
    ['a FIFO', [md, { path: 'a', type: 'FIFO' }], 'special-file'],
    ['a device', [md, { path: 'a', type: 'CharacterDevice' }], 'special-file'],
    ['a size that lies', [md, { path: 'a', body: 'xyz', size: 4_000 }], 'damaged'],
    ['a bomb', [md, { path: 'a', body: Buffer.alloc(9 * 1024 * 1024) }], 'bomb'],
  ];
  it.each(tars)('a gzipped tar with %s is refused', async (_name, members, code) => {
    expect((await refused(() => readArchive(gzipSync(tar(...members)))))?.problems).toContain(code);
  });

  it('data behind or before the archive, a cut-off end, gzip in gzip and too many members are refused', async () => {
    const good = zip([md]);
    const bytes = [
      Buffer.concat([good, Buffer.from('behind')]),
      good.subarray(0, good.length - 30),
      gzipSync(gzipSync(tar(md))),
      gzipSync(tar(md)).subarray(0, 60),
      zip(Array.from({ length: 5_001 }, (_, index) => ({ path: `f${index}`, body: '' }))),
    ];
    for (const one of bytes) expect(await refused(() => readArchive(one))).toBeDefined();
  });

  it('bytes that are no archive, and archives of nothing, are refused as such', async () => {
    expect(await refused(() => readArchive(Buffer.from('# hello')))).toMatchObject({ code: 'not-an-archive' });
    expect(await refused(() => readArchive(Buffer.alloc(0)))).toMatchObject({ code: 'not-an-archive' });
    expect(await refused(() => readArchive(zip([])))).toBeDefined();
    expect(await refused(() => readArchive(Buffer.alloc(100), { files: 1, fileBytes: 1, totalBytes: 1, archiveBytes: 99 }))).toMatchObject({
      code: 'too-large',
    });
  });
});

describe('any bytes', () => {
  const lawful = async (bytes: Buffer): Promise<void> => {
    await refused(async () => {
      const files = await readArchive(bytes);
      // What is let through breaks no law but those that are a publisher's business.
      expect(checkFiles(files).problems.filter(({ code }) => code !== 'path-hidden' && code !== 'no-skill-file' && code !== 'ambiguous')).toEqual([]);
    });
  };

  it('give files or an ArchiveError', async () => {
    const heads = fc.constantFrom('', 'PK\x03\x04', 'PK\x05\x06', '\x1f\x8b\x08');
    await fc.assert(
      fc.asyncProperty(heads, fc.uint8Array({ maxLength: 600 }), (head, bytes) => lawful(Buffer.concat([Buffer.from(head, 'latin1'), bytes]))),
      { numRuns: 150 },
    );
  });

  it('of a good archive with some bytes changed give files or an ArchiveError', async () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const kinds = fc.constantFrom('canonical', 'zip', 'tar', 'tgz');
    await fc.assert(
      fc.asyncProperty(fileSets, kinds, changes, async (files, kind, edits) => {
        const members = files.map(({ path, bytes }) => ({ path, body: bytes }));
        const whole =
          kind === 'canonical'
            ? (await describeFiles(files)).archive
            : kind === 'zip'
              ? zip(members)
              : kind === 'tar'
                ? tar(...members)
                : gzipSync(tar(...members));
        const bytes = Buffer.from(whole);
        for (const [at, value] of edits) bytes[at % bytes.length] = value;
        await lawful(bytes);
      }),
      { numRuns: 150 },
    );
  });

  it('of a canonical archive that was changed never give the same digest with other files', async () => {
    const files = skill();
    const { archive, sha256 } = await describeFiles(files);
    for (let at = 0; at < archive.length; at++) {
      const bytes = Buffer.from(archive);
      bytes[at] = bytes[at]! ^ 0x10;
      await refused(async () => {
        const read = await readArchive(bytes);
        const again = await describeFiles(read);
        const same =
          read.length === files.length && read.every((file, index) => file.path === files[index]!.path && file.bytes.equals(files[index]!.bytes));
        expect(again.sha256 === sha256).toBe(same);
      });
    }
  });
});
