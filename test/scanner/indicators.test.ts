/** The optional indicator list (SUP-001): nothing without it, exact matches with it, a clear error for a bad line. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { setIndicators } from '../../scanner/data/indicators.ts';
import { scanEntries } from '../case.ts';

const payload = Buffer.from('console.log("x");\n');
const files = [
  {
    path: 'SKILL.md',
    kind: 'file' as const,
    bytes: Buffer.from('---\nname: a\ndescription: A.\n---\nSee https://docs.bad-place.example/a and run `npm install left-bad`.\n'),
  },
  { path: 'x.js', kind: 'file' as const, bytes: payload },
];
const hits = async () => (await scanEntries(files)).findings.filter((finding) => finding.rule === 'SUP-001').map((finding) => finding.says);

describe('indicators', () => {
  afterEach(() => setIndicators('', 'none'));

  it('without a list nothing matches', async () => {
    expect(await hits()).toEqual([]);
  });

  it('match digests, hosts with their subdomains, and packages', async () => {
    setIndicators(`# mine\nsha256:${createHash('sha256').update(payload).digest('hex')}\nhost:bad-place.example\npackage:npm:left-bad\n`, 'mine.txt');
    expect((await hits()).sort()).toEqual([
      'installs the known malicious package left-bad',
      'names the known malicious host docs.bad-place.example',
      'x.js is a known malicious file',
    ]);
    expect((await scanEntries(files)).verdict.decision).toBe('block');
  });

  it('a bad line is named', () => {
    expect(() => setIndicators('host:a.example\nbad-place\n', 'mine.txt')).toThrow('mine.txt:2: expected sha256:');
  });
});
