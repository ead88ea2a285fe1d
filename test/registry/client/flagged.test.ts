/** What people are told of a version that is served although newer rules would not let it in. */
import { expect, it } from 'vitest';
import { flagText } from '../../../registry/client/flagged.ts';

it('says what the rules of today say, and of many reasons the first', () => {
  const findings = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `policy gates the ability host:${name}.example`);
  expect(flagText({ decision: 'block', says: '1 reason to block under policy iron', findings: findings.slice(0, 1) })).toBe(
    'flagged: by the rules of today block: 1 reason to block under policy iron (policy gates the ability host:a.example)',
  );
  expect(flagText({ decision: 'review', findings })).toMatch(/^flagged: by the rules of today review \(.*e\.example; 2 more\)$/);
});

it('is silent without a flag, and never about one that it cannot read', () => {
  expect(flagText(null)).toBeUndefined();
  expect(flagText(undefined)).toBeUndefined();
  for (const odd of [true, 'yes', 7, [], {}, { decision: 3, findings: 'none' }]) expect(flagText(odd)).toMatch(/^flagged: /);
});
