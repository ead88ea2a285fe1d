/** The approvals file: one text for one content, refusals that say where, merges by the real git. What an approval is worth: judged with the real ssh-keygen. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it, test, vi } from 'vitest';
import { approvalsText, parseApprovals } from '../../cli/check/approvals/file.ts';
import { beliefFor, counted, judgeApprovals, unproven } from '../../cli/check/approvals/judge.ts';
import { agentKeys, chooseKey, signApproval } from '../../cli/check/approvals/sign.ts';
import { APPROVALS_NAME, type Approval, type Belief, CheckError } from '../../cli/check/model.ts';
import type { Reach } from '../../scanner/model.ts';
import { makeKey, securityKey, signed, signText, type TestKey } from './approvals.keys.ts';
import { repositoryOf, temporary } from './repository.ts';

const TREE = `sha256:${'a'.repeat(64)}`;
const approval = (given: Partial<Approval> = {}): Approval => ({
  path: 'skills/notes',
  tree: TREE,
  accepts: [
    { rule: 'CAP-004', evidence: 'host:api.notes.example', reach: 'instructed' },
    { rule: 'EXE-002', evidence: 'curl … | sh', reach: 'callable' },
  ],
  owner: 'kim@team.example',
  reason: 'our own API',
  expires: '2026-12-31',
  ...given,
});
const message = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(CheckError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
};

describe('the file', () => {
  const words = fc.stringMatching(/^[a-zé][a-zé ,'"]{0,20}$/).filter((text) => text.trim() !== '');
  const anyText = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 });
  const anyApproval: fc.Arbitrary<Approval> = fc.record({
    path: anyText,
    tree: anyText,
    accepts: fc.uniqueArray(
      fc.record({
        rule: fc.constantFrom('CAP-004', 'EXE-002', 'check/submodule', 'policy/capability'),
        evidence: anyText,
        reach: fc.constantFrom<Reach>('automatic', 'instructed', 'callable', 'mentioned'),
      }),
      { minLength: 1, maxLength: 3, selector: (one) => JSON.stringify(one) },
    ),
    owner: words,
    reason: words,
    expires: fc.constantFrom('2026-12-31', '2027-02-28'),
  });

  it('is read as it was written, in one text whatever the order', () => {
    fc.assert(
      fc.property(fc.array(anyApproval, { maxLength: 5 }), (list) => {
        const text = approvalsText(list);
        expect(approvalsText([...list].reverse())).toBe(text);
        const read = parseApprovals(text);
        expect(approvalsText(read)).toBe(text);
        const sorted = (all: readonly Approval[]): string[] => [...new Set(all.map((one) => approvalsText([one])))].sort();
        expect(sorted(read)).toEqual(sorted(list));
        expect(parseApprovals(text.replaceAll('\n', '\r\n'))).toEqual(read);
      }),
      { numRuns: 100 },
    );
  });

  it('has no byte that can be changed unnoticed', () => {
    const text = Buffer.from(approvalsText([approval(), approval({ path: 'skills/tide', reason: 'é' })]));
    const before = parseApprovals(text.toString('utf8'));
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const changed = Buffer.from(text);
        changed[at]! ^= bits;
        let read: Approval[];
        try {
          read = parseApprovals(changed.toString('utf8'));
        } catch (error) {
          expect(error).toBeInstanceOf(CheckError);
          return;
        }
        expect(read).not.toEqual(before);
      }),
      { numRuns: 2_000 },
    );
  });

  const good = approvalsText([approval()]);
  test.each<[string, string, RegExp]>([
    [
      'a merge conflict',
      `<<<<<<< ours\n${good}=======\n${good}>>>>>>> theirs\n`,
      /^skills\.approved\.json:1: there is an unresolved merge conflict\. Resolve it\. "skill accept --tidy"/,
    ],
    ['a conflict inside', good.replace('      "path"', '<<<<<<< ours\n      "path"'), /:5: there is an unresolved merge conflict/],
    ['a byte order mark', `\ufeff${good}`, /:1: the file starts with a byte order mark/],
    ['no JSON', good.replace('"owner":', '"owner"'), /:19: this is not JSON/],
    [
      'a key given twice',
      good.replace('"owner": "kim@team.example"', '"owner": "eve@team.example",\n      "owner": "kim@team.example"'),
      /:20: a key is given twice/,
    ],
    [
      'an unknown field',
      good.replace('"owner": ', '"approvedBy": "lee",\n      "owner": '),
      /:19: approvals\[0\]\.approvedBy is not a field that this version of skill knows/,
    ],
    ['a missing field', good.replace(/ {6}"owner".*\n/, ''), /:4: approvals\[0\]\.owner is not there/],
    ['a day that does not exist', good.replace('2026-12-31', '2026-02-30'), /:21: approvals\[0\]\.expires is not a day such as/],
    ['a rule that is none', good.replace('EXE-002', 'EXE-*'), /:14: approvals\[0\]\.accepts\[1\]\.rule is not the id of a rule/],
    ['a reach that is none', good.replace('callable', 'never'), /accepts\[1\]\.reach is not one of automatic, instructed, callable, mentioned/],
    ['a reason that hides something', good.replace('our own', 'our \u202eown'), /approvals\[0\]\.reason is not a reason in at most/],
    ['nothing accepted', good.replace(/"accepts": \[[\s\S]*?\n {6}\]/, '"accepts": []'), /approvals\[0\]\.accepts is not a list of at least one/],
    ['other spacing', good.replace('    {', '   {'), /:4: from here on the file is not in the one form that skill writes.*--tidy/],
    ['no line end', good.trimEnd(), /is not in the one form/],
    ['a newer version', good.replace('Version": 1', 'Version": 2'), /approvedVersion is not 1: a newer skill wrote the file/],
    ['something else', '[]\n', /approvedVersion is not 1/],
    ['null', 'null', /approvedVersion is not 1/],
    ['deep nesting', '['.repeat(200_000), /is not JSON/],
    ['too many bytes', ' '.repeat(4 * 1024 * 1024 + 1), /the limit is 4194304/],
    [
      'huge armour',
      approvalsText([approval({ signature: `-----BEGIN SSH SIGNATURE-----\n${'A'.repeat(60)}\n`.repeat(500) })]),
      /signature is not an armoured SSH signature/,
    ],
    ['cut armour', approvalsText([approval({ signature: '-----BEGIN SSH SIGNATURE-----\nAAAA\n' })]), /signature is not an armoured SSH signature/],
  ])('%s is refused with its place', (_what, text, says) => {
    expect(message(() => parseApprovals(text))).toMatch(says);
  });

  it('unsorted, it is for skill accept --tidy only; ambiguous, for nobody', () => {
    const two = approvalsText([approval({ path: 'a' }), approval({ path: 'b' })]);
    const unsorted = two.replace('"path": "a"', '"path": "c"');
    expect(message(() => parseApprovals(unsorted))).toMatch(/unsorted/);
    expect(parseApprovals(unsorted, APPROVALS_NAME, true).map(({ path }) => path)).toEqual(['c', 'b']);
    const tabs = unsorted.replaceAll('  ', '\t');
    expect(parseApprovals(tabs, APPROVALS_NAME, true)).toHaveLength(2);
    const huge = approvalsText(Array.from({ length: 5_000 }, (_, index) => approval({ path: `skills/${index}` })));
    expect(message(() => parseApprovals(huge.replace('skills/0', 'zkills/0'), APPROVALS_NAME, true))).toMatch(/too large or too irregular/);
    const twice = unsorted.replace('"owner"', '"owner": "eve@team.example",\n"owner"');
    expect(message(() => parseApprovals(twice, APPROVALS_NAME, true))).toMatch(/a key is given twice/);
  });

  it('survives two merges at once: git puts both approvals in, in order', () => {
    const repository = repositoryOf({ [APPROVALS_NAME]: approvalsText([approval({ path: 'm' })]) });
    for (const path of ['a', 'z']) {
      repository.git('checkout', '-q', '-b', `with-${path}`, 'main');
      repository.commit({ [APPROVALS_NAME]: approvalsText([approval({ path: 'm' }), approval({ path })]) });
    }
    repository.git('merge', '-q', '--no-edit', 'with-a');
    expect(parseApprovals(`${repository.git('show', 'HEAD:skills.approved.json')}\n`).map(({ path }) => path)).toEqual(['a', 'm', 'z']);
  });
});

describe('what it is worth', () => {
  let kim: TestKey;
  let lee: TestKey;
  beforeAll(() => {
    kim = makeKey('-t', 'ed25519');
    lee = makeKey('-t', 'ed25519');
  });
  afterEach(() => vi.unstubAllEnvs());

  const approvers = (...keys: (readonly [owner: string, key: string])[]) => ({
    approvers: (keys.length > 0
      ? keys
      : ([
          ['kim@team.example', kim.key],
          ['lee@team.example', lee.key],
        ] as const)
    ).map(([owner, key]) => ({ owner, key })),
    codeOwners: false,
    submodules: [],
  });
  const judged = async (result: readonly Approval[], given: Partial<Parameters<typeof judgeApprovals>[0]> = {}): Promise<Belief[]> =>
    judgeApprovals({ tip: [], result, check: approvers(), codeOwned: false, asOf: '2026-06-01', digestsOf: () => [TREE], ...given });
  const one = async (...given: Parameters<typeof judged>): Promise<Belief> => (await judged(...given))[0]!;

  test.each([
    ['ed25519', ['-t', 'ed25519']],
    ['ecdsa', ['-t', 'ecdsa', '-b', '384']],
    ['rsa', ['-t', 'rsa', '-b', '2048']],
  ])('a signature with %s counts for its owner, and leaves no file behind', async (_type, options) => {
    const key = makeKey(...options);
    const scratch = temporary();
    vi.stubEnv('TMPDIR', scratch);
    const made = await signApproval(approval(), { file: key.file });
    expect(made.key).toBe(key.key);
    // As it comes back from the file.
    const belief = await one(parseApprovals(approvalsText([made.approval])), { check: approvers(['kim@team.example', key.key]) });
    expect(belief).toMatchObject({ standing: 'signed', why: 'kim@team.example signed it for exactly this content, until 2026-12-31.' });
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('a security key counts too', async () => {
    const key = securityKey();
    expect(await one([key.sign(approval())], { check: approvers(['kim@team.example', key.key]) })).toMatchObject({ standing: 'signed' });
    const other = { ...key.sign(approval()), reason: 'another' };
    expect(await one([other], { check: approvers(['kim@team.example', key.key]) })).toMatchObject({ standing: 'bad-signature' });
  });

  it('an agent signs with the key that the policy lists for the owner', async () => {
    const socket = join(temporary(), 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    try {
      await vi.waitFor(() => expect(existsSync(socket)).toBe(true), { timeout: 10_000 });
      vi.stubEnv('SSH_AUTH_SOCK', socket);
      execFileSync('ssh-add', ['-q', lee.file, kim.file], { stdio: 'pipe' });
      expect((await agentKeys()).sort()).toEqual([kim.key, lee.key].sort());
      const key = await chooseKey(true, undefined, { check: approvers(), approvals: [] }, 'kim@team.example');
      expect(key).toEqual({ publicKey: kim.key });
      expect(await one([(await signApproval(approval(), key)).approval])).toMatchObject({ standing: 'signed' });
      await expect(chooseKey(true, undefined, { check: undefined, approvals: [] }, 'kim@team.example')).rejects.toThrow(/holds 2 keys.*Give one/);
    } finally {
      agent.kill();
      await once(agent, 'exit');
    }
  });

  test.each<[string, () => Approval, RegExp]>([
    [
      'by a key that is not listed',
      () => signed(approval(), makeKey('-t', 'ed25519')),
      /signed with SHA256:\S+, which the target branch's policy does not list for kim/,
    ],
    ['by another approver', () => signed(approval(), lee), /names kim@team.example but is signed with the key of lee@team.example/],
    ['by an owner that it is not', () => signed(approval({ owner: 'eve@team.example' }), kim), /lists no key for eve@team\.example/],
    ['for another purpose', () => signed(approval(), kim, 'git'), /for another purpose \(namespace "git"/],
    ['with another reason', () => ({ ...signed(approval(), kim), reason: 'something else' }), /something of it was changed afterwards/],
    ['with a later end', () => ({ ...signed(approval(), kim), expires: '2027-12-31' }), /something of it was changed afterwards/],
    [
      'with one thing more',
      () => {
        const good = signed(approval(), kim);
        return { ...good, accepts: [...good.accepts, { rule: 'EXE-001', evidence: 'x', reach: 'automatic' as const }] };
      },
      /something of it was changed afterwards/,
    ],
    [
      'reached more directly',
      () => ({ ...signed(approval(), kim), accepts: approval().accepts.map((thing) => ({ ...thing, reach: 'automatic' as const })) }),
      /changed afterwards/,
    ],
    ['replayed on another path', () => ({ ...signed(approval(), kim), path: 'skills/tide' }), /changed afterwards/],
    [
      'for other content',
      () => signed(approval({ tree: `sha256:${'b'.repeat(64)}` }), kim),
      /signed for other content than this change has at that path/,
    ],
    ['moved to this content', () => ({ ...signed(approval({ tree: `sha256:${'b'.repeat(64)}` }), kim), tree: TREE }), /changed afterwards/],
    ['over the bare text of another kind', () => ({ ...approval(), signature: signText(JSON.stringify(approval()), kim) }), /changed afterwards/],
    [
      'damaged',
      () => {
        const { signature, ...rest } = signed(approval(), kim);
        const lines = signature!.split('\n');
        return { ...rest, signature: [lines[0], ...lines.slice(2)].join('\n') };
      },
      /cut or damaged/,
    ],
    [
      'with its last bits turned',
      () => {
        const { signature, ...rest } = signed(approval(), kim);
        const bytes = Buffer.from(signature!.replace(/-----.*-----|\n/g, ''), 'base64');
        bytes[bytes.length - 1]! ^= 1;
        return {
          ...rest,
          signature: `-----BEGIN SSH SIGNATURE-----\n${bytes
            .toString('base64')
            .match(/.{1,70}/g)!
            .join('\n')}\n-----END SSH SIGNATURE-----\n`,
        };
      },
      /changed afterwards/,
    ],
  ])('a signature %s is worth nothing, and says why', async (_what, make, says) => {
    const belief = await one([make()]);
    expect(belief.why).toMatch(says);
    expect(belief.standing).toBe('bad-signature');
    expect(unproven([belief])).toEqual([belief]);
  });

  it('nothing counts without approvers, and a bad signature is not saved by code owners', async () => {
    expect(await one([signed(approval(), kim)], { check: undefined })).toMatchObject({
      standing: 'bad-signature',
      why: expect.stringMatching(/lists no approvers/),
    });
    expect(await one([signed(approval(), makeKey('-t', 'ed25519'))], { codeOwned: true })).toMatchObject({ standing: 'bad-signature' });
  });

  it('a signature does not count where ssh-keygen is missing, and says so', async () => {
    const good = signed(approval(), kim);
    vi.stubEnv('PATH', temporary());
    expect(await one([good])).toMatchObject({ standing: 'bad-signature', why: expect.stringMatching(/ssh-keygen .* is not installed/) });
    await expect(signApproval(approval(), { file: kim.file })).rejects.toThrow(/could not be signed: ssh-keygen .* is not installed/);
  });

  it('a key with a passphrase that nobody can be asked for is refused at once', async () => {
    const file = join(temporary(), 'locked');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'five words', '-f', file], { stdio: 'pipe' });
    await expect(signApproval(approval(), { file })).rejects.toThrow(/passphrase|ssh-add/);
  });

  it('in the change itself and unsigned it proves nothing; guarded by code owners it counts', async () => {
    const belief = await one([approval()], { notOwned: 'CODEOWNERS names nobody.' });
    expect(belief).toMatchObject({
      standing: 'unsigned',
      why: expect.stringMatching(/proves nothing, and code owners do not guard it: CODEOWNERS names nobody\./),
    });
    expect(unproven([belief])).toHaveLength(1);
    expect(await one([approval()], { codeOwned: true })).toMatchObject({ standing: 'code-owners' });
  });

  it('on the tip it counts whatever else changed, with less in it as well, and not with more', async () => {
    const tip = [approval()];
    const elsewhere = { tip, digestsOf: () => [] };
    expect(await one([approval()], elsewhere)).toMatchObject({ standing: 'tip' });
    expect(await one([approval({ accepts: approval().accepts.slice(1) })], elsewhere)).toMatchObject({ standing: 'tip' });
    expect(await one([approval({ expires: '2026-07-01' })], elsewhere)).toMatchObject({ standing: 'tip' });
    for (const more of [
      approval({ expires: '2027-01-01' }),
      approval({ owner: 'lee@team.example' }),
      approval({ reason: 'another' }),
      approval({ path: 'skills/tide' }),
      approval({ tree: `sha256:${'b'.repeat(64)}` }),
      approval({ accepts: [...approval().accepts, { rule: 'EXE-001', evidence: 'x', reach: 'mentioned' }] }),
      approval({ accepts: approval().accepts.map((thing) => ({ ...thing, reach: 'automatic' })) }),
    ])
      expect((await one([more], elsewhere)).standing).toBe('unsigned');
    // Another signature on the same words changes nothing, and is not even looked at.
    expect(await one([signed(approval(), lee)], elsewhere)).toMatchObject({ standing: 'tip' });
  });

  it('is over on the day after its last, wherever it stands', async () => {
    const good = signed(approval(), kim);
    expect(await one([good], { asOf: '2026-12-31' })).toMatchObject({ standing: 'signed' });
    expect(await one([good], { tip: [good], asOf: '2027-01-01' })).toMatchObject({
      standing: 'expired',
      why: 'kim@team.example accepted it until 2026-12-31, and today is 2027-01-01.',
    });
  });

  it('a flood of signatures is not verified to its end', async () => {
    const { signature } = signed(approval(), kim);
    const flood = Array.from({ length: 260 }, (_, index) => approval({ path: `skills/${index}`, tree: 'commit:0', signature: signature! }));
    const beliefs = await judged(flood);
    expect(beliefs.every(({ standing }) => standing === 'bad-signature')).toBe(true);
    expect(beliefs.filter(({ why }) => /at most 200 signatures/.test(why))).toHaveLength(60);
  });

  describe('for an issue', () => {
    const issue = { path: 'skills/notes', rule: 'CAP-004', evidence: 'host:api.notes.example', reach: 'instructed' as Reach };
    it('speaks only of the same path, rule and evidence, reached no more directly', async () => {
      const beliefs = await judged([signed(approval(), kim)]);
      expect(beliefFor(beliefs, issue)?.standing).toBe('signed');
      expect(beliefFor(beliefs, { ...issue, reach: 'callable' })?.standing).toBe('signed');
      expect(beliefFor(beliefs, { ...issue, tree: TREE })?.standing).toBe('signed');
      for (const other of [
        { reach: 'automatic' as const },
        { path: 'skills/tide' },
        { rule: 'EXE-002' },
        { evidence: 'host:api.notes.example.evil.example' },
        { tree: `sha256:${'b'.repeat(64)}` },
      ])
        expect(beliefFor(beliefs, { ...issue, ...other })).toBeUndefined();
    });
    it('the best one speaks', async () => {
      const tip = [approval({ reason: 'on the tip' })];
      const over = approval({ expires: '2026-01-01' });
      const all = [
        over,
        signed(approval(), makeKey('-t', 'ed25519')),
        approval({ reason: 'unsigned' }),
        signed(approval({ reason: 'signed' }), kim),
        ...tip,
      ];
      const beliefs = await judged(all, { tip });
      expect(beliefs.map(({ standing }) => standing)).toEqual(['expired', 'bad-signature', 'unsigned', 'signed', 'tip']);
      for (let count = beliefs.length; count > 0; count--) {
        const wanted = ['tip', 'signed', 'unsigned', 'bad-signature', 'expired'][beliefs.length - count]!;
        const left = beliefs.filter(({ standing }) => ['expired', 'bad-signature', 'unsigned', 'signed', 'tip'].indexOf(standing) < count);
        expect(beliefFor(left, issue)?.standing).toBe(wanted);
        expect(counted(beliefFor(left, issue)!.standing)).toBe(count > 3);
      }
    });
  });
});
