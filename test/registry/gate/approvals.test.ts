import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Approval, type ApprovalInput, judgeApprovals, routeOf } from '../../../registry/gate/approvals.ts';
import type { RegistryPolicy, UserRole } from '../../../registry/model.ts';

const archive = 'a'.repeat(64);
const policyOf = (approval: Partial<RegistryPolicy['approval']> = {}): RegistryPolicy => ({
  scan: 'balanced',
  approval: { pass: 'auto', review: 'review', block: 'refuse', import: 'review', growth: 'review', approvers: 1, solo: false, ...approval },
  cooldown: 0,
  level: 'L1',
  rescan: 'flag',
  slugs: 'unique',
});
const by = (user_id: string, patch: Partial<Approval> = {}): Approval => ({
  user_id,
  decision: 'approve',
  reason: 'Read from the first line to the last.',
  archive_sha256: archive,
  break_glass: 0,
  created_at: 1,
  ...patch,
});
const people = [
  { id: 'ann', role: 'publisher' as const, disabled: false },
  { id: 'bob', role: 'approver' as const, disabled: false },
  { id: 'eve', role: 'approver' as const, disabled: false },
  { id: 'kim', role: 'admin' as const, disabled: false },
  { id: 'old', role: 'approver' as const, disabled: true },
];
const judge = (input: Partial<ApprovalInput>) =>
  judgeApprovals({
    decision: 'review',
    growth: false,
    publisherId: 'ann',
    approvals: [],
    people,
    policy: policyOf(),
    archiveSha256: archive,
    ...input,
  });

test('the ways that policy knows', () => {
  expect(routeOf('pass', false, policyOf())).toBe('auto');
  expect(routeOf('pass', true, policyOf())).toBe('review');
  expect(routeOf('pass', true, policyOf({ growth: 'auto' }))).toBe('auto');
  expect(routeOf('pass', false, policyOf({ pass: 'review' }))).toBe('review');
  expect(routeOf('pass', false, policyOf(), true)).toBe('review');
  expect(routeOf('review', false, policyOf({ review: 'refuse' }))).toBe('refuse');
  expect(routeOf('incomplete', false, policyOf())).toBe('review');
  expect(routeOf('block', false, policyOf())).toBe('refuse');
  expect(routeOf('block', false, policyOf({ block: 'break-glass' }))).toBe('break-glass');
  for (const unknown of ['failed', 'PASS', '', null]) expect(routeOf(unknown, false, policyOf())).toBe('rescan');
});

test.each([
  ['nobody', {}, false],
  ['an approver', { approvals: [by('bob')] }, true],
  ['the publisher', { approvals: [by('ann')] }, false],
  ['a publisher who may approve, approving what is theirs', { publisherId: 'bob', approvals: [by('bob')] }, false],
  ['somebody without the role', { publisherId: 'kim', approvals: [by('ann')] }, false],
  ['somebody disabled', { approvals: [by('old')] }, false],
  ['somebody unknown', { approvals: [by('who')] }, false],
  ['an approval of other bytes', { approvals: [by('bob', { archive_sha256: 'b'.repeat(64) })] }, false],
  ['an approval beside a rejection', { approvals: [by('bob'), by('eve', { decision: 'reject' })] }, false],
  ['one of two', { approvals: [by('bob')], policy: policyOf({ approvers: 2 }) }, false],
  ['one person twice', { approvals: [by('bob'), by('bob', { created_at: 2 })], policy: policyOf({ approvers: 2 }) }, false],
  ['two people', { approvals: [by('bob'), by('eve')], policy: policyOf({ approvers: 2 }) }, true],
  ['two people, one of them the publisher', { publisherId: 'bob', approvals: [by('bob'), by('eve')], policy: policyOf({ approvers: 2 }) }, false],
  ['an approved block', { decision: 'block', approvals: [by('kim')], policy: policyOf({ block: 'break-glass' }) }, false],
  [
    'glass broken by an approver',
    { decision: 'block', approvals: [by('bob', { break_glass: 1 })], policy: policyOf({ block: 'break-glass' }) },
    false,
  ],
  [
    'glass broken without words',
    { decision: 'block', approvals: [by('kim', { break_glass: 1, reason: 'needed' })], policy: policyOf({ block: 'break-glass' }) },
    false,
  ],
  ['glass broken by an admin', { decision: 'block', approvals: [by('kim', { break_glass: 1 })], policy: policyOf({ block: 'break-glass' }) }, true],
  ['glass broken where policy refuses', { decision: 'block', approvals: [by('kim', { break_glass: 1 })] }, false],
  ['a failed scan', { decision: 'failed', approvals: [by('bob')] }, false],
] as const)('%s', (_, input, ok) => {
  expect(judge(input as Partial<ApprovalInput>).ok).toBe(ok);
});

test('solo is said only when it was needed', () => {
  const policy = policyOf({ solo: true });
  expect(judge({ publisherId: 'bob', approvals: [by('bob')], policy })).toEqual({ ok: true, solo: true, breakGlass: false, approvers: ['bob'] });
  expect(judge({ publisherId: 'bob', approvals: [by('bob'), by('eve', { created_at: 2 })], policy })).toEqual({
    ok: true,
    solo: false,
    breakGlass: false,
    approvers: ['eve'],
  });
});

/** Said another way: who counts, and whether they are enough. */
test('property: nothing passes with fewer different people than policy asks, whoever they are', () => {
  const id = fc.constantFrom('ann', 'bob', 'eve', 'kim', 'old', 'who');
  const approval = fc.record({
    user_id: id,
    decision: fc.constantFrom('approve' as const, 'approve' as const, 'approve' as const, 'reject' as const),
    reason: fc.constantFrom('short', 'a reason that is long enough'),
    archive_sha256: fc.constantFrom(archive, 'b'.repeat(64)),
    break_glass: fc.constantFrom(0 as const, 1 as const),
    created_at: fc.integer({ min: 0, max: 5 }),
  });
  const role = fc.constantFrom<UserRole>('reader', 'publisher', 'approver', 'admin');
  const input = fc.record({
    decision: fc.constantFrom('pass', 'review', 'block', 'incomplete', 'failed', 'nonsense', null),
    growth: fc.boolean(),
    publisherId: id,
    approvals: fc.array(approval, { maxLength: 6 }),
    people: fc.uniqueArray(fc.record({ id, role, disabled: fc.boolean() }), { selector: (person) => person.id }),
    policy: fc
      .record({
        pass: fc.constantFrom('auto' as const, 'review' as const),
        review: fc.constantFrom('review' as const, 'refuse' as const),
        block: fc.constantFrom('refuse' as const, 'break-glass' as const),
        growth: fc.constantFrom('review' as const, 'auto' as const),
        approvers: fc.constantFrom(1 as const, 2 as const),
        solo: fc.boolean(),
      })
      .map(policyOf),
    archiveSha256: fc.constant(archive),
    person: fc.boolean(),
  });
  fc.assert(
    fc.property(input, (given) => {
      const said = judgeApprovals(given);
      // Shuffling what was recorded changes nothing but ties in time.
      expect(judgeApprovals({ ...given, people: [...given.people].reverse() })).toEqual(said);
      if (!said.ok) return;
      const { approval: rules } = given.policy;
      expect(['pass', 'review', 'block', 'incomplete']).toContain(given.decision);
      expect(given.approvals.every((one) => one.decision === 'approve')).toBe(true);
      const able = new Set<string>(
        given.approvals
          .filter((one) => one.archive_sha256 === archive)
          .map((one) => given.people.find((person) => person.id === one.user_id))
          .filter((person) => person !== undefined && !person.disabled && (person.role === 'approver' || person.role === 'admin'))
          .map((person) => person!.id),
      );
      expect(said.approvers.every((one) => able.has(one))).toBe(true);
      expect(new Set(said.approvers).size).toBe(said.approvers.length);
      const alone = given.decision === 'pass' && rules.pass === 'auto' && !given.person && !(given.growth && rules.growth === 'review');
      if (!alone) expect(said.approvers.length).toBeGreaterThanOrEqual(rules.approvers);
      if (said.approvers.includes(given.publisherId)) expect(said.solo && rules.solo).toBe(true);
      if (given.decision === 'block') {
        expect(rules.block).toBe('break-glass');
        expect(
          given.approvals.some(
            (one) =>
              one.break_glass === 1 && one.reason.length >= 20 && given.people.some((person) => person.id === one.user_id && person.role === 'admin'),
          ),
        ).toBe(true);
      }
    }),
    { numRuns: 3000 },
  );
});
