import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { type Limits, limits } from '../../../scanner/limits.ts';
import { load } from '../../../scanner/load/index.ts';
import { readTar } from '../../../scanner/load/tar.ts';
import type { Skill } from '../../../scanner/model.ts';
import { codes, file, incomplete, paths, pax, tar, tarEnd, tarMember, together, type ZipMember, zip } from './make.ts';

const open = (bytes: Buffer, some: Partial<Limits> = {}): Promise<Skill> => load(bytes, { limits: some });
const textOf = (skill: Skill, path: string): string | undefined => skill.files.find((one) => one.path === path)?.text;
const skillMd: ZipMember = { path: 'SKILL.md', body: '# hello\n' };

describe('zip', () => {
  it('reads what an ordinary tool wrote', async () => {
    const made = new ZipFile();
    made.addBuffer(Buffer.from('# hi\n'), 'SKILL.md');
    made.addBuffer(Buffer.from('#!/bin/sh\n'), 'scripts/run.sh', { mode: 0o100755 });
    made.addBuffer(Buffer.from('übung'), 'ü.txt', { compress: false });
    made.addEmptyDirectory('empty');
    made.end();
    const chunks: Buffer[] = [];
    for await (const chunk of made.outputStream) chunks.push(chunk as Buffer);
    const skill = await open(Buffer.concat(chunks));
    expect(skill.problems).toEqual([]);
    expect(skill.files.map((one) => [one.path, one.executable])).toEqual([
      ['SKILL.md', false],
      ['scripts/run.sh', true],
      ['ü.txt', false],
    ]);
  });

  it('reads our own builder without complaint, and takes off a top folder that holds the skill', async () => {
    const skill = await open(
      zip([
        { path: 'pack-1.0/SKILL.md', body: 'x' },
        { path: 'pack-1.0/a/b.sh', body: 'y' },
        { path: '__MACOSX/pack-1.0/._SKILL.md', body: '\0\x05\x16\x07\0\x02\0\0' },
      ]),
    );
    expect(skill.problems).toEqual([]);
    expect(paths(skill)).toEqual(['SKILL.md', '__MACOSX/pack-1.0/._SKILL.md', 'a/b.sh']);
    expect(skill.digest).toBe(
      (
        await open(
          zip([
            { path: 'SKILL.md', body: 'x', store: true },
            { path: 'a/b.sh', body: 'y' },
            { path: '__MACOSX/pack-1.0/._SKILL.md', body: '\0\x05\x16\x07\0\x02\0\0' },
          ]),
        )
      ).digest,
    );
  });

  it('keeps hostile names, links and devices visible', async () => {
    const skill = await open(
      zip([
        skillMd,
        { path: '../../evil.sh', body: 'echo evil' },
        { path: '/abs.sh', body: 'echo abs' },
        { path: 'a\\b.sh', body: 'echo back' },
        { path: 'link', body: '/etc/passwd', mode: 0o120777 },
        { path: 'pipe', body: '', mode: 0o010644 },
        skillMd,
      ]),
    );
    expect(codes(skill)).toEqual(['device', 'duplicate-path', 'path-escape', 'path-unsafe', 'symlink'].sort());
    expect(textOf(skill, 'evil.sh')).toBe('echo evil');
    expect(skill.files.find((one) => one.path === 'link')).toMatchObject({ kind: 'link', target: '/etc/passwd' });
  });

  it('says what is encrypted', async () => {
    const skill = await open(zip([skillMd, { path: 'tool.sh', body: 'secret', flags: 1, size: 3 }]));
    expect(codes(skill)).toContain('encrypted-archive');
    expect(incomplete(skill)).toBe(true);
  });

  it.each<[string, Buffer, string | undefined]>([
    ['another name inside', zip([skillMd, { path: 'a.txt', localPath: 'b.sh', body: 'x' }]), undefined],
    ['a hidden member', zip([skillMd, { path: 'hidden.sh', body: 'echo hidden', hidden: true }, { path: 'z.txt', body: 'z' }]), 'hidden.sh'],
    ['a wrong size', zip([skillMd, { path: 'a.txt', body: 'abc', size: 2 }]), 'a.txt'],
    ['bytes behind the end', Buffer.concat([zip([skillMd]), Buffer.from('trailing')]), 'SKILL.md'],
    ['two archives', Buffer.concat([zip([{ path: 'first.sh', body: 'echo first' }]), zip([skillMd])]), 'SKILL.md'],
    ['a FIFO with data', zip([skillMd, { path: 'fifo.sh', body: 'echo', mode: 0o010644 }]), 'fifo.sh'],
    ['a link that is a script', zip([skillMd, { path: 'link.sh', body: 'echo one\necho two\n', mode: 0o120777 }]), 'link.sh'],
    ['a folder with data', zip([skillMd, { path: 'dir/', body: 'data' }]), 'dir'],
  ])('calls %s ambiguous and reads it', async (_, bytes, path) => {
    const skill = await open(bytes);
    expect(codes(skill)).toContain('ambiguous-archive');
    if (path !== undefined) expect(textOf(skill, path)).toBeTruthy();
  });

  it('reads the first of two archives glued together as well', async () => {
    const skill = await open(Buffer.concat([zip([{ path: 'first.sh', body: 'echo first' }]), zip([skillMd])]));
    expect(paths(skill)).toContain('SKILL.md');
    expect(codes(skill)).toContain('ambiguous-archive');
  });

  it('stops bombs, and reads the rest', async () => {
    const bomb = zip([{ path: 'bomb.txt', body: Buffer.alloc(8 * 1024 * 1024) }, skillMd]);
    const skill = await open(bomb, { fileBytes: 64 * 1024 * 1024 });
    expect(codes(skill)).toEqual(['ratio-bomb']);
    expect(textOf(skill, 'SKILL.md')).toBe('# hello\n');
    const large = await open(zip([{ path: 'big.txt', body: 'x'.repeat(5_000) }, skillMd]), { fileBytes: 1_000 });
    expect(codes(large)).toEqual(['file-too-large']);
    expect(textOf(large, 'SKILL.md')).toBe('# hello\n');
  });

  it('spends a bounded amount of work on members that share their data', async () => {
    const one = zip([{ path: 'bomb-0000.txt', body: Buffer.alloc(40 * 1024 * 1024, 'a') }]);
    const directory = one.indexOf('PK\x01\x02', 0, 'latin1');
    const row = one.subarray(directory, one.length - 22);
    const end = Buffer.from(one.subarray(one.length - 22));
    const rows = Array.from({ length: 3_000 }, (_, index) => {
      const copy = Buffer.from(row);
      copy.write(String(index).padStart(4, '0'), 46 + 5, 'latin1');
      return copy;
    });
    end.writeUInt16LE(rows.length, 8);
    end.writeUInt16LE(rows.length, 10);
    end.writeUInt32LE(row.length * rows.length, 12);
    const started = performance.now();
    const skill = await open(Buffer.concat([one.subarray(0, directory), ...rows, end]));
    expect(performance.now() - started).toBeLessThan(60_000);
    expect(codes(skill)).toEqual(expect.arrayContaining(['ambiguous-archive', 'ratio-bomb', 'too-many-bytes']));
    expect(skill.files).toHaveLength(3_000);
  });

  it('turns damage into problems', async () => {
    const whole = zip([skillMd, { path: 'b.txt', body: 'b'.repeat(500) }]);
    for (const bytes of [whole.subarray(0, whole.length - 30), whole.subarray(0, 40), Buffer.from('PK\x03\x04')]) {
      const skill = await open(Buffer.from(bytes));
      expect(incomplete(skill)).toBe(true);
      expect(codes(skill)).toContain('malformed-archive');
    }
    expect(textOf(await open(Buffer.from(whole.subarray(0, whole.length - 30))), 'SKILL.md')).toBe('# hello\n');
  });

  it('stops at the limit for files', async () => {
    const skill = await open(zip(Array.from({ length: 30 }, (_, index) => ({ path: `${index}.txt`, body: 'x' }))), { files: 10 });
    expect(codes(skill)).toEqual(['too-many-files']);
    expect(skill.files.length).toBeLessThanOrEqual(10);
  });
});

describe('tar', () => {
  it.each([
    ['plain', (bytes: Buffer) => bytes],
    ['gzipped', (bytes: Buffer) => gzipSync(bytes)],
  ])('reads a %s one and takes off its top folder', async (_, pack) => {
    const skill = await open(
      pack(
        tar(
          { path: 'package/', type: 'Directory' },
          { path: 'package/SKILL.md', body: '# x' },
          { path: 'package/run.sh', body: 'echo', mode: 0o755 },
        ),
      ),
    );
    expect(skill.problems).toEqual([]);
    expect(skill.files.map((one) => [one.path, one.executable])).toEqual([
      ['SKILL.md', false],
      ['run.sh', true],
    ]);
  });

  it('shows links, devices and escapes', async () => {
    const skill = await open(
      tar(
        { path: 'SKILL.md', body: 'x' },
        { path: '../../up.sh', body: 'echo up' },
        { path: '../out/', type: 'Directory' },
        { path: 'l', type: 'SymbolicLink', link: '/etc/shadow' },
        { path: 'h', type: 'Link', link: 'SKILL.md' },
        { path: 'f', type: 'FIFO' },
        { path: 'c', type: 'CharacterDevice' },
      ),
    );
    expect(codes(skill)).toEqual(['device', 'hardlink', 'path-escape', 'symlink']);
    expect(textOf(skill, 'up.sh')).toBe('echo up');
    expect(skill.files.filter((one) => one.kind === 'link').map((one) => one.target)).toEqual([
      'character device',
      'fifo',
      'SKILL.md',
      '/etc/shadow',
    ]);
  });

  it('does not let one huge member starve the others', async () => {
    const skill = await open(tar({ path: 'huge.txt', body: 'x'.repeat(50_000) }, { path: 'SKILL.md', body: 'small' }), { fileBytes: 1_000 });
    expect(codes(skill)).toEqual(['file-too-large']);
    expect(textOf(skill, 'SKILL.md')).toBe('small');
    const padded = await open(
      tar(...Array.from({ length: 8 }, (_, index) => ({ path: `pad${index}.txt`, body: 'x'.repeat(900) })), { path: 'SKILL.md', body: 'small' }),
      { totalBytes: 2_000 },
    );
    expect(textOf(padded, 'SKILL.md')).toBe('small');
    expect(codes(padded)).toContain('too-many-bytes');
  });

  it('stops bombs', async () => {
    const skill = await open(gzipSync(tar({ path: 'SKILL.md', body: 'x' }, { path: 'zeros', body: Buffer.alloc(9 * 1024 * 1024) })));
    expect(codes(skill)).toContain('ratio-bomb');
    expect(textOf(skill, 'SKILL.md')).toBe('x');
  });

  it('reads both sides where sizes in headers disagree', async () => {
    // Readers that obey the extended size skip over the inner member; readers that do not extract it.
    const inner = tarMember({ path: 'smuggled.sh', body: 'echo smuggled' });
    const bytes = Buffer.concat([
      tarMember({ path: 'x', type: 'ExtendedHeader', body: pax('size', String(inner.length)) }),
      tarMember({ path: 'cover.bin', size: 0 }),
      inner,
      tarMember({ path: 'SKILL.md', body: 'x' }),
      tarEnd,
    ]);
    const skill = await open(bytes);
    expect(codes(skill)).toContain('ambiguous-archive');
    expect(textOf(skill, 'cover.bin!/smuggled.sh')).toBe('echo smuggled');
  });

  it('reads members behind the end mark', async () => {
    const skill = await open(Buffer.concat([tar({ path: 'SKILL.md', body: 'x' }), tar({ path: 'late.sh', body: 'echo late' })]));
    expect(codes(skill)).toContain('ambiguous-archive');
    expect(textOf(skill, 'late.sh')).toBe('echo late');
  });

  it('reads data that a link carries', async () => {
    const skill = await open(tar({ path: 'SKILL.md', body: 'x' }, { path: 'l.sh', type: 'SymbolicLink', link: 'SKILL.md', body: 'echo carried' }));
    expect(codes(skill)).toEqual(['ambiguous-archive', 'duplicate-path', 'symlink']);
    expect(skill.files.some((one) => one.text === 'echo carried')).toBe(true);
  });

  it('reads long names', async () => {
    const long = `${'folder/'.repeat(30)}name.md`;
    const skill = await open(
      tar(
        { path: 'x', type: 'ExtendedHeader', body: pax('path', long) },
        { path: 'short', body: 'pax' },
        { path: '././@LongLink', type: 'NextFileHasLongPath', body: `${long}2\0` },
        { path: 'short', body: 'gnu' },
      ),
    );
    expect(skill.problems).toEqual([]);
    expect(skill.files.map((one) => [one.path, one.text])).toEqual([
      [long, 'pax'],
      [`${long}2`, 'gnu'],
    ]);
  });

  it('turns damage into problems', async () => {
    const whole = tar({ path: 'SKILL.md', body: 'x'.repeat(2_000) }, { path: 'b', body: 'y' });
    const broken = Buffer.from(whole);
    broken.write('@@@@@@', 512 + 2_048 + 148, 'latin1');
    for (const bytes of [whole.subarray(0, 1_000), gzipSync(whole).subarray(0, 40), broken])
      expect(incomplete(await open(Buffer.from(bytes)))).toBe(true);
  });

  it('reads from a stream like from memory', async () => {
    const bytes = gzipSync(tar({ path: 'p/SKILL.md', body: 'x' }, { path: 'p/a', body: 'y'.repeat(100_000) }));
    async function* drip(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
    }
    expect(await readTar(drip(), limits)).toEqual(await readTar(bytes, limits));
  });

  it('gives gzip around one file as that file', async () => {
    const skill = await open(gzipSync('# only me'));
    expect(skill.files.map((one) => one.text)).toEqual(['# only me']);
  });
});

describe('archives inside', () => {
  it('opens zip, tar, gzip and what is built on them', () => {
    const skill = together([
      file('SKILL.md', 'x'),
      file(
        'a.zip',
        zip([
          { path: 'in/run.sh', body: 'echo zip' },
          { path: '../up', body: 'u' },
        ]),
      ),
      file('b.tgz', gzipSync(tar({ path: 'run.sh', body: 'echo tar' }, { path: 'l', type: 'SymbolicLink', link: '/x' }))),
      file('c.md.gz', gzipSync('gzip text')),
      file('d.docx', zip([{ path: 'word/document.xml', body: '<w:t>read me</w:t>' }])),
    ]);
    expect(paths(skill)).toEqual([
      'SKILL.md',
      'a.zip',
      'a.zip!/in/run.sh',
      'a.zip!/up',
      'b.tgz',
      'b.tgz!/l',
      'b.tgz!/run.sh',
      'c.md.gz',
      'c.md.gz!/c.md',
      'd.docx',
      'd.docx!/word/document.xml',
    ]);
    expect(textOf(skill, 'b.tgz!/run.sh')).toBe('echo tar');
    expect(codes(skill)).toEqual(['path-escape', 'symlink']);
    expect(skill.files.filter((one) => one.kind === 'archive')).toHaveLength(4);
  });

  it('goes as deep as the limit and says where it stopped', () => {
    let bytes = zip([{ path: 'run.sh', body: 'echo deep' }]);
    for (let level = 0; level < 4; level++) bytes = zip([{ path: 'n.zip', body: bytes, store: true }]);
    const skill = together([file('n.zip', bytes)]);
    expect(paths(skill).at(-1)).toBe('n.zip!/n.zip!/n.zip!/n.zip');
    expect(codes(skill)).toEqual(['too-deep']);
    expect(incomplete(skill)).toBe(true);
  });

  it('shares one budget, so that nesting multiplies nothing', () => {
    const inner = zip(Array.from({ length: 40 }, (_, index) => ({ path: `${index}.txt`, body: 'x'.repeat(400) })));
    const skill = together(
      Array.from({ length: 10 }, (_, index) => file(`${index}.zip`, inner)),
      { files: 60, totalBytes: 100_000 },
    );
    expect(skill.files.length).toBeLessThanOrEqual(60);
    expect(codes(skill)).toContain('too-many-files');
  });

  it('says what is encrypted or damaged inside', () => {
    const skill = together([
      file('a.zip', zip([{ path: 'x.sh', body: 'echo', flags: 1 }])),
      file('b.zip', Buffer.from('PK\x03\x04 broken')),
      file('c.gz', gzipSync('abc').subarray(0, 12)),
    ]);
    expect(codes(skill)).toEqual(['encrypted-archive', 'malformed-archive']);
    expect(incomplete(skill)).toBe(true);
  });
});
