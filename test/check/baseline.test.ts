/** The baseline: recorded once, then only smaller; it counts findings, and never hides one that blocks without somebody who answers for it until a day. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  type Baseline,
  baselineGrew,
  baselineText,
  type FoundHere,
  inBaseline,
  makeBaseline,
  openBaseline,
  parseBaseline,
  rulesChanged,
} from '../../cli/check/baseline.ts';
import { CheckError } from '../../cli/check/model.ts';

const digest = (char: string): string => `sha256:${char.repeat(64)}`;
const review: FoundHere = { rule: 'EXE-001', evidence: 'runs x', gate: 'review', reach: 'instructed' };
const block: FoundHere = { rule: 'EXE-002', evidence: 'curl … | sh', gate: 'block', reach: 'instructed' };
const listedOnly: FoundHere = { rule: 'NET-003', evidence: 'host', gate: 'capability', reach: 'automatic' };
const facts = { asOf: '2026-06-01', rules: digest('a'), engine: '0.1.0', policy: { name: 'balanced', digest: digest('b') } };
const answer = { owner: 'kim@team.example', reason: 'goes with the rewrite', expires: '2026-12-31' };
const notes = (...findings: FoundHere[]) => ({ path: 'skills/notes', tree: digest('1'), capability: digest('c'), findings });
const tide = (...findings: FoundHere[]) => ({ path: 'skills/tide', tree: digest('2'), capability: digest('d'), findings });
const first = (...findings: FoundHere[]): Baseline => makeBaseline({ ...facts, ...answer, skills: [notes(...findings), tide()] }).baseline;
const holds = (baseline: Baseline, issue: FoundHere, asOf = '2026-06-01', path = 'skills/notes') =>
  inBaseline(openBaseline(baseline), { path, ...issue }, asOf);
const message = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(CheckError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
};

describe('the first recording', () => {
  it('takes what asks for a look, leaves what blocks and names it', () => {
    const made = makeBaseline({ ...facts, skills: [notes(review, block, listedOnly)] });
    expect(made).toMatchObject({ kept: 0, added: 1, dropped: 0 });
    expect(made.left).toEqual([{ ...block, path: 'skills/notes' }]);
    expect(holds(made.baseline, review)).toBe('yes');
    expect(holds(made.baseline, block)).toBeUndefined();
  });

  it('takes what blocks with an owner, a reason and a last day; not with two of the three', () => {
    const made = makeBaseline({ ...facts, ...answer, skills: [notes(review, block)] });
    expect(made.left).toEqual([]);
    expect(holds(made.baseline, block)).toBe('yes');
    expect(holds(made.baseline, block, '2026-12-31')).toBe('yes');
    expect(holds(made.baseline, block, '2027-01-01')).toBe('expired');
    const { expires: _expires, ...without } = answer;
    expect(makeBaseline({ ...facts, ...without, skills: [notes(block)] }).left).toHaveLength(1);
    expect(message(() => makeBaseline({ ...facts, ...answer, expires: '2026-05-31', skills: [notes(block)] }))).toMatch(/not over already/);
    expect(message(() => makeBaseline({ ...facts, ...answer, reason: 'two\nlines', skills: [notes(block)] }))).toMatch(/on one line/);
  });

  it('keeps every word apart: two of a kind are two', () => {
    const open = openBaseline(first(review, review));
    const ask = (): string | undefined => inBaseline(open, { path: 'skills/notes', ...review }, '2026-06-01');
    expect([ask(), ask(), ask()]).toEqual(['yes', 'yes', undefined]);
  });
});

describe('what it covers', () => {
  it('is the same path, rule and evidence, reached no more directly, and no graver than it was', () => {
    const baseline = first(review);
    expect(holds(baseline, { ...review, reach: 'callable' })).toBe('yes');
    expect(holds(baseline, { ...review, reach: 'automatic' })).toBeUndefined();
    expect(holds(baseline, { ...review, gate: 'block' })).toBeUndefined();
    expect(holds(baseline, { ...review, rule: 'EXE-002' })).toBeUndefined();
    expect(holds(baseline, { ...review, evidence: 'runs y' })).toBeUndefined();
    expect(holds(baseline, review, '2026-06-01', 'skills/tide')).toBeUndefined();
    expect(holds(baseline, review, '2026-06-01', '__proto__')).toBeUndefined();
  });

  it('is never what blocks and was written in by hand without an owner', () => {
    const text = baselineText(first(block)).replace(/,\n +"owner"[^\n]*\n[^\n]*\n[^\n]*\n/, '\n');
    expect(text).not.toContain('owner');
    expect(holds(parseBaseline(text), block)).toBe('no-owner');
    const half = baselineText(first(block)).replace(/,\n +"expires"[^\n]*\n/, '\n');
    expect(holds(parseBaseline(half), block)).toBe('no-owner');
  });

  it('leaves a wider entry for the issue that needs it', () => {
    const wide = { ...review, reach: 'automatic' as const };
    const open = openBaseline(first(review, wide));
    expect([review, wide].map((issue) => inBaseline(open, { path: 'skills/notes', ...issue }, '2026-06-01'))).toEqual(['yes', 'yes']);
  });

  it('tells a changed rule from changed content', () => {
    const baseline = first(review);
    expect(rulesChanged(baseline, 'skills/notes', digest('1'), digest('f'))).toBe(true);
    expect(rulesChanged(baseline, 'skills/notes', digest('1'), digest('a'))).toBe(false);
    expect(rulesChanged(baseline, 'skills/notes', digest('9'), digest('f'))).toBe(false);
    expect(rulesChanged(baseline, 'skills/none', digest('1'), digest('f'))).toBe(false);
  });
});

describe('recording again', () => {
  it('drops what is gone, adds nothing, and keeps who answered', () => {
    const previous = first(review, review, block);
    const again = makeBaseline({
      ...facts,
      asOf: '2026-09-09',
      rules: digest('f'),
      previous,
      skills: [notes(review, block, { ...review, evidence: 'new' })],
    });
    expect(again).toMatchObject({ kept: 2, added: 0, dropped: 1 });
    expect(again.left.map(({ evidence }) => evidence)).toEqual(['new']);
    expect(Object.keys(again.baseline.skills)).toEqual(['skills/notes']);
    expect(again.baseline).toMatchObject({ recorded: '2026-06-01', rules: digest('a') });
    expect(holds(again.baseline, block)).toBe('yes');
    expect(baselineGrew(previous, again.baseline)).toBe(false);
  });

  it('whatever is found, never holds more than before, and is read as it was written', () => {
    const finding: fc.Arbitrary<FoundHere> = fc.record({
      rule: fc.constantFrom('EXE-001', 'EXE-002'),
      evidence: fc.constantFrom('x', 'y', '\u202e\n'),
      gate: fc.constantFrom('block', 'review', 'capability'),
      reach: fc.constantFrom('automatic', 'instructed', 'callable', 'mentioned'),
    });
    const findings = fc.array(finding, { maxLength: 6 });
    const paths = fc.constantFrom('skills/notes', '10', '9', '__proto__', '');
    const some = fc.uniqueArray(fc.record({ path: paths, findings }), { maxLength: 4, selector: ({ path }) => path });
    const full = (list: readonly { path: string; findings: FoundHere[] }[]) =>
      list.map((one) => ({ tree: digest('1'), capability: digest('c'), ...one }));
    fc.assert(
      fc.property(some, some, fc.boolean(), (before, after, answered) => {
        const one = makeBaseline({ ...facts, ...(answered ? answer : {}), skills: full(before) });
        const held = before.flatMap(({ findings: all }) => all).filter(({ gate }) => gate === 'review' || (gate === 'block' && answered));
        expect(one.added).toBe(held.length);
        expect(parseBaseline(baselineText(one.baseline))).toEqual(one.baseline);
        const two = makeBaseline({ ...facts, ...answer, previous: one.baseline, skills: full(after) });
        expect(baselineGrew(one.baseline, two.baseline)).toBe(false);
        expect(two.kept + two.dropped).toBe(one.added);
        // Once more changes nothing.
        expect(makeBaseline({ ...facts, previous: two.baseline, skills: full(after) }).baseline).toEqual(two.baseline);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a change of the file', () => {
  const before = first(review, block);
  const edited = (from: string | RegExp, to: string): Baseline => {
    const text = baselineText(before).replace(from, to);
    expect(text).not.toBe(baselineText(before));
    return parseBaseline(text);
  };
  it('that takes things out needs nobody', () => {
    expect(baselineGrew(before, before)).toBe(false);
    expect(baselineGrew(before, first(review))).toBe(false);
    expect(baselineGrew(before, { ...before, skills: {} })).toBe(false);
    expect(baselineGrew(before, undefined)).toBe(false);
  });
  test.each<[string, () => Baseline | undefined]>([
    ['a finding', () => first(review, block, { ...review, evidence: 'more' })],
    ['one more of a kind', () => first(review, review, block)],
    ['a later end', () => edited('2026-12-31', '2027-12-31')],
    ['another owner', () => edited('kim@', 'eve@')],
    ['a wider reach', () => edited('"reach": "instructed"', '"reach": "automatic"')],
    ['another gate', () => edited('"gate": "review"', '"gate": "block"')],
    ['other content', () => edited(digest('1'), digest('9'))],
    ['another skill', () => edited('"skills/tide"', '"skills/wind"')],
    ['other rules', () => edited(digest('a'), digest('f'))],
    ['another day', () => edited('"recorded": "2026-06-01"', '"recorded": "2026-06-02"')],
  ])('with %s has grown', (_what, after) => {
    expect(baselineGrew(before, after())).toBe(true);
  });
  it('a first one has grown from none', () => {
    expect(baselineGrew(undefined, before)).toBe(true);
  });
});

describe('the file', () => {
  const good = baselineText(first(review, block));
  it('is accepted with the line ends of Windows', () => {
    expect(parseBaseline(good.replaceAll('\n', '\r\n'))).toEqual(parseBaseline(good));
  });
  test.each<[string, string, RegExp]>([
    [
      'a merge conflict',
      good.replace('  "skills"', '<<<<<<< ours\n  "skills"'),
      /^skills\.baseline\.json:\d+: there is an unresolved merge conflict\. Resolve it\./,
    ],
    ['a key given twice', good.replace('"count": 1', '"count": 9,\n          "count": 1'), /:\d+: a key is given twice/],
    ['a path given twice', good.replace('"skills/tide": {', '"skills/notes": {'), /a key is given twice/],
    [
      'an unknown field',
      good.replace('"count": 1', '"count": 1,\n          "why": "x"'),
      /skills\["skills\/notes"\]\.findings\[0\]\.why is not a field/,
    ],
    ['no count', good.replace('"count": 1', '"count": 0'), /findings\[0\]\.count is not a whole number from 1/],
    ['a finding that is only listed', good.replace('"gate": "review"', '"gate": "capability"'), /gate is not one of block, review/],
    ['a digest that is none', good.replace(digest('1'), 'sha256:1'), /\.tree is not sha256:<64 hex digits>/],
    [
      'another order',
      good.replace('"recorded"', '"engine": "0.1.0",\n  "recorded"').replace(/,\n {2}"engine": "0\.1\.0",\n {2}"policy"/, ',\n  "policy"'),
      /not in the one form that skill writes/,
    ],
    ['a newer version', good.replace('Version": 1', 'Version": 2'), /baselineVersion is not 1: a newer skill wrote the file/],
    ['too many bytes', ' '.repeat(8 * 1024 * 1024 + 1), /the limit is 8388608/],
  ])('with %s is refused with its place', (_what, text, says) => {
    expect(text).not.toBe(good);
    expect(message(() => parseBaseline(text))).toMatch(says);
  });
});
