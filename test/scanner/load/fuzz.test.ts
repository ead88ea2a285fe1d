import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Limits, limits } from '../../../scanner/limits.ts';
import { LoadError, load } from '../../../scanner/load/index.ts';
import { readTar } from '../../../scanner/load/tar.ts';
import { readZip } from '../../../scanner/load/zip.ts';
import type { Skill } from '../../../scanner/model.ts';
import { file, pax, tar, together, zip } from './make.ts';

const small: Limits = { ...limits, files: 200, fileBytes: 256 * 1024, totalBytes: 512 * 1024, loadMs: 5_000 };

/** What must hold for every Skill, whatever it was made of. */
function holds(skill: Skill): void {
  const paths = skill.files.map((one) => one.path);
  expect(paths).toEqual([...new Set(paths)].sort());
  skill.files.forEach((one, index) => {
    expect(one.id).toBe(index);
    expect(one.path.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')).toBe(false);
    expect(one.path).not.toMatch(/[\u0000-\u001f\u007f\\]/);
    expect(one.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(Number.isFinite(one.size) && one.size >= 0).toBe(true);
    if (one.kind !== 'text') expect(one.text).toBe('');
  });
  for (const problem of skill.problems) {
    if (problem.file !== undefined) expect(skill.files[problem.file]?.path).toBe(problem.path);
    expect(problem.says).not.toMatch(/[\u0000-\u001f\u007f]/);
    expect(problem.says, 'a fault of ours').not.toContain('looking at it failed');
    expect(problem.says, 'a fault of ours').not.toContain('reading it failed');
  }
  expect(skill.files.length).toBeLessThanOrEqual(small.files + 20);
  expect(skill.files.reduce((sum, one) => sum + one.text.length, 0)).toBeLessThanOrEqual(small.totalBytes * 2);
}

async function survives(bytes: Buffer): Promise<void> {
  try {
    holds(await load(bytes, { limits: small }));
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
  }
  holds(together(await readZip(bytes, small), small));
  holds(together(await readTar(bytes, small), small));
  holds(together([file('SKILL.md', '# x'), file('inner', bytes), file('inner.zip', bytes)], small));
}

const zipSeed = zip([
  { path: 'SKILL.md', body: '# hello\n'.repeat(20) },
  { path: 'a/run.sh', body: '#!/bin/sh\necho\n', mode: 0o100755 },
  { path: 'l', body: '/etc/passwd', mode: 0o120777 },
  { path: 'n.zip', body: zip([{ path: '../x', body: 'y' }]), store: true },
]);
const tarSeed = tar(
  { path: 'x', type: 'ExtendedHeader', body: pax('path', 'p/SKILL.md') + pax('size', '3') },
  { path: 'p/SKILL.md', body: 'abc' },
  { path: 'p/l', type: 'SymbolicLink', link: '/etc/passwd' },
  { path: 'p/run.sh', body: 'echo\n'.repeat(300), mode: 0o755 },
);
const seeds: readonly Buffer[] = [zipSeed, tarSeed, gzipSync(tarSeed), gzipSync(zipSeed)];

/** Flips, cuts, copies and overwrites: the changes that make archives lie. */
const mutated = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(
      fc.tuple(
        fc.constantFrom('flip', 'cut', 'copy', 'ones', 'zero', 'insert'),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        fc.nat(255),
        fc.nat(40),
      ),
      { minLength: 1, maxLength: 6 },
    ),
  )
  .map(([seed, changes]) => {
    let bytes = Buffer.from(seed);
    for (const [how, where, value, length] of changes) {
      const at = Math.floor(where * bytes.length);
      if (how === 'flip' && bytes.length > 0) bytes[at] = value;
      else if (how === 'cut') bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length * 8)]);
      else if (how === 'copy') bytes = Buffer.concat([bytes, bytes.subarray(at)]);
      else if (how === 'insert') bytes = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(length, value), bytes.subarray(at)]);
      else bytes.fill(how === 'ones' ? 0xff : 0, at, Math.min(bytes.length, at + (length % 8)));
    }
    return bytes;
  });

describe('every reader survives', () => {
  it('random bytes', async () => {
    const bytes = fc.uint8Array({ maxLength: 3_000 }).map((array) => Buffer.from(array));
    const marked = fc
      .tuple(fc.constantFrom('PK\x03\x04', 'PK\x05\x06', '\x1f\x8b\x08', '%PDF-', '\x89PNG\r\n\x1a\n', 'RIFF', '\xff\xfe', '#!'), bytes)
      .map(([mark, rest]) => Buffer.concat([Buffer.from(mark, 'latin1'), rest]));
    await fc.assert(fc.asyncProperty(fc.oneof(bytes, marked), survives), { numRuns: 150 });
  });

  it('mutated archives', async () => {
    await fc.assert(fc.asyncProperty(mutated, survives), { numRuns: 200 });
  });

  it('mutated tars behind valid checksums', async () => {
    // Random changes break the checksum and the parser stops there; repaired ones reach the code behind it.
    const repaired = fc.array(fc.tuple(fc.nat(tarSeed.length / 512 - 1), fc.nat(511), fc.nat(255)), { minLength: 1, maxLength: 5 }).map((changes) => {
      const bytes = Buffer.from(tarSeed);
      for (const [block, at, value] of changes) bytes[block * 512 + at] = value;
      for (let at = 0; at < bytes.length; at += 512) {
        const block = bytes.subarray(at, at + 512);
        if (block.toString('latin1', 257, 262) !== 'ustar') continue;
        block.fill(0x20, 148, 156);
        block.write(
          `${block
            .reduce((sum, byte) => sum + byte, 0)
            .toString(8)
            .padStart(6, '0')}\0 `,
          148,
          'latin1',
        );
      }
      return bytes;
    });
    await fc.assert(fc.asyncProperty(repaired, survives), { numRuns: 200 });
  });

  it('archives that repeat themselves', async () => {
    const quine = Buffer.concat(Array.from({ length: 40 }, () => zipSeed));
    await survives(quine);
    await survives(Buffer.concat(Array.from({ length: 200 }, () => tarSeed)));
    await survives(gzipSync(gzipSync(gzipSync(tarSeed))));
    await survives(Buffer.from('PK\x03\x04'.repeat(20_000), 'latin1'));
    await survives(Buffer.from('PK\x05\x06'.repeat(20_000), 'latin1'));
  }, 20_000);
});

describe('determinism', () => {
  it('gives the same skill twice, and the same digest for zip, tar and order', async () => {
    const members = [
      { path: 'SKILL.md', body: '# x' },
      { path: 'b/run.sh', body: 'echo' },
      { path: 'a.txt', body: 'a' },
    ];
    const digests = await Promise.all(
      [zip(members), zip([...members].reverse()), tar(...members), gzipSync(tar(...[...members].reverse()))].map(
        async (bytes) => (await load(bytes)).digest,
      ),
    );
    expect(new Set(digests).size).toBe(1);
    for (const seed of seeds) expect(await load(seed)).toEqual(await load(seed));
    expect(gunzipSync(seeds[2]!)).toEqual(tarSeed);
  });
});
