/** A release as a whole: nothing can be dropped, added, exchanged or weakened without its own refusal. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bundleDigest, type SerializedBundle, signStatement } from '../../../registry/trust/bundle.ts';
import { sha256Hex } from '../../../registry/trust/bytes.ts';
import { TrustError } from '../../../registry/trust/errors.ts';
import { keyEntry } from '../../../registry/trust/keys.ts';
import { publisherStatement, signAsPublisher, splitPublisherBundle, verifyPublisherBundle } from '../../../registry/trust/publisher.ts';
import {
  type AcceptPolicy,
  attestationsBytes,
  attestationsOf,
  type ExpectedRelease,
  verifyRelease,
  verifyRevocation,
} from '../../../registry/trust/release.ts';
import { revokeStatement, scanStatement } from '../../../registry/trust/statements.ts';
import { codeOf, factsOf, makeRelease, name, newKey, type Recipe, reviewOf, scanOf, tree, world } from './fixture.ts';

const w = world();
const verdict = async (recipe: Partial<Recipe>, policy?: AcceptPolicy, expected: Partial<ExpectedRelease> = {}): Promise<string> => {
  const made = await makeRelease(w, recipe);
  return codeOf(verifyRelease(made.attestations, { ...made.expected, ...expected }, w.keys, policy));
};

describe('a release', () => {
  it('verifies from its stored bytes and says everything that was signed', async () => {
    const made = await makeRelease(w, { reviews: [reviewOf('usr_bob'), reviewOf('usr_eve')] });
    const bytes = attestationsBytes(made.attestations);
    const release = await verifyRelease(bytes, made.expected, w.keys);
    expect(release).toMatchObject({
      subject: 'skill:skills.example/@acme/notes@1.2.0',
      archiveSha256: made.expected.archiveSha256,
      publisher: { id: 'usr_ann', level: 'L1', keyid: null },
      approvedBy: ['bob', 'eve'],
      solo: false,
      breakGlass: false,
      keyid: w.release.keyid,
      attestationsSha256: sha256Hex(bytes),
    });
    expect(release.files).toEqual(made.expected.files);
    // The same facts, signed again, are the same document: what a crash leaves undone is done again.
    expect(attestationsBytes((await makeRelease(w, { reviews: [reviewOf('usr_bob'), reviewOf('usr_eve')] })).attestations).equals(bytes)).toBe(true);
  });

  it('is refused when anything about it differs, each with its own code', async () => {
    const cases: [string, Partial<ExpectedRelease>][] = [
      ['other-registry', { registryId: 'evil.example' }],
      ['other-skill', { owner: 'acm' }],
      ['other-skill', { slug: 'notez' }],
      ['other-version', { version: '1.2.1' }],
      ['other-archive', { archiveSha256: sha256Hex('x') }],
      ['other-archive', { archiveSize: 3 }],
      ['other-files', { tree: `sha256:${sha256Hex('x')}` }],
      ['other-files', { fingerprint: sha256Hex('x') }],
      ['other-files', { files: tree('one').files.slice(1) }],
      ['other-files', { files: [...tree('one').files, { path: 'extra.sh', size: 1, sha256: sha256Hex('x') }] }],
      ['other-files', { files: tree('one').files.map((file) => ({ ...file, sha256: sha256Hex('x') })) }],
    ];
    for (const [code, expected] of cases) expect([await verdict({}, {}, expected), expected]).toEqual([code, expected]);
  });

  it('cannot lose, gain or exchange a statement', async () => {
    const one = await makeRelease(w);
    const two = await makeRelease(w, { seed: 'two' });
    const next = await makeRelease(w, { name: { ...name, version: '1.3.0' } });
    const more = await makeRelease(w, { reviews: [reviewOf('usr_bob'), reviewOf('usr_eve')] });
    const { publish, scan, vsa } = one.parts;
    const review = one.parts.reviews[0]!;
    const rescan = await signStatement(scanStatement(factsOf(tree('one')), { ...scanOf(), scannedAt: '2026-11-20T00:00:00Z' }), w.release);
    const revoke = await signStatement(
      revokeStatement([{ ...name, archiveSha256: tree('one').sha256 }], {
        reason: 'x',
        severity: 'block',
        revokedAt: '2026-11-22T00:00:00Z',
        revokedBy: { id: 'u', handle: 'u' },
      }),
      w.release,
    );
    const cases: [string, string, SerializedBundle[]][] = [
      ['as it is', 'verified', [publish, scan, review, vsa]],
      ['in another order', 'verified', [vsa, review, scan, publish]],
      ['the review dropped', 'other-inputs', [publish, scan, vsa]],
      ['a review added', 'other-inputs', [publish, scan, review, more.parts.reviews[1]!, vsa]],
      ['the review twice', 'other-inputs', [publish, scan, review, review, vsa]],
      ['the review in place of another', 'other-inputs', [publish, scan, more.parts.reviews[1]!, vsa]],
      ['an older scan of the same bytes', 'other-inputs', [publish, rescan, review, vsa]],
      ['two scans', 'extra-attestation', [publish, scan, rescan, review, vsa]],
      ['no scan', 'missing-attestation', [publish, review, vsa]],
      ['no publish statement', 'missing-attestation', [scan, review, vsa]],
      ['no release statement', 'missing-attestation', [publish, scan, review]],
      ['two release statements', 'extra-attestation', [publish, scan, review, vsa, more.parts.vsa]],
      ['the release statement of one with more reviews', 'other-inputs', [publish, scan, review, more.parts.vsa]],
      ['a revocation among them', 'extra-attestation', [publish, scan, review, vsa, revoke]],
      ['the scan of other bytes', 'other-archive', [publish, two.parts.scan, review, vsa]],
      ['the release statement of other bytes', 'other-archive', [publish, scan, review, two.parts.vsa]],
      ['the review of another version', 'other-version', [publish, scan, next.parts.reviews[0]!, vsa]],
      ['everything of another version', 'other-version', [...next.attestations.bundles]],
    ];
    for (const [what, code, bundles] of cases)
      expect([what, await codeOf(verifyRelease(attestationsOf(bundles), one.expected, w.keys))]).toEqual([what, code]);
  });

  it('is only what the registry’s own, unrevoked keys signed', async () => {
    const made = await makeRelease(w);
    const foreign = await makeRelease({ ...w, release: newKey() });
    const code = (keys: typeof w.keys, attestations = made.attestations): Promise<string> => codeOf(verifyRelease(attestations, made.expected, keys));
    expect(await code([])).toBe('unknown-key');
    expect(await code(w.keys, foreign.attestations)).toBe('unknown-key');
    expect(await code([{ ...w.keys[0]!, revokedAt: 5 }])).toBe('revoked-key');
    expect(await code([keyEntry(newKey().pem, 'release', 0), w.keys[0]!])).toBe('verified');
    // One foreign statement among genuine ones.
    const { publish, scan, reviews, vsa } = made.parts;
    expect(await code(w.keys, attestationsOf([publish, foreign.parts.scan, ...reviews, vsa]))).toBe('unknown-key');
    expect([publish, scan].map(bundleDigest)).not.toContain(bundleDigest(foreign.parts.scan));
  });

  it('must have passed, say openly how, and by whom', async () => {
    const own = reviewOf('usr_ann', { self: true });
    const cases: [string, string, Partial<Recipe>][] = [
      ['a FAILED verification', 'not-passed', { vsa: { result: 'FAILED' } }],
      ['the level FAILED', 'not-passed', { vsa: { levels: ['FAILED'] } }],
      ['passed by the scan alone', 'verified', { reviews: [] }],
      ['a scan that asks for review, without one', 'inconsistent', { decision: 'review', reviews: [] }],
      ['a scan that asks for review, with one', 'verified', { decision: 'review' }],
      ['an incomplete scan without a review', 'inconsistent', { decision: 'incomplete', reviews: [] }],
      ['a scan that blocks, with an ordinary review', 'inconsistent', { decision: 'block' }],
      ['a scan that blocks, with a break-glass review', 'verified', { decision: 'block', reviews: [reviewOf('usr_bob', { breakGlass: true })] }],
      [
        'break-glass that is kept quiet',
        'inconsistent',
        { decision: 'block', reviews: [reviewOf('usr_bob', { breakGlass: true })], vsa: { breakGlass: false } },
      ],
      ['approved by its publisher, said openly', 'verified', { reviews: [own] }],
      ['approved by its publisher, kept quiet', 'inconsistent', { reviews: [own], vsa: { solo: false } }],
      ['a publisher who denies being the reviewer', 'inconsistent', { reviews: [{ ...own, self: false }], vsa: { solo: true } }],
      ['one person as two reviewers', 'inconsistent', { reviews: [reviewOf('usr_bob'), reviewOf('usr_bob', { reason: 'again' })] }],
      ['an approver without a review', 'inconsistent', { vsa: { approvers: ['usr_bob', 'usr_eve'] } }],
      ['another approver than the reviewer', 'inconsistent', { vsa: { approvers: ['usr_eve'] } }],
    ];
    for (const [what, code, recipe] of cases) expect([what, await verdict(recipe)]).toEqual([what, code]);
  });

  it('by the right key is still held to what it says of itself', async () => {
    const two = [{ uri: 'x', digest: { sha256: sha256Hex('x') } }];
    const cases: [string, string, Partial<Recipe>][] = [
      [
        'another verifier',
        'other-verifier',
        { bend: (kind, p) => kind === 'vsa' && Object.assign(p, { verifier: { id: 'skill:skills.example/other', version: { skillward: '1' } } }) },
      ],
      [
        'another resource',
        'inconsistent',
        { bend: (kind, p) => kind === 'vsa' && Object.assign(p, { resourceUri: 'skill:skills.example/@acme/other@1.2.0' }) },
      ],
      [
        'the policy of another registry',
        'inconsistent',
        { bend: (kind, p) => kind === 'vsa' && Object.assign(p, { policy: { uri: 'skill:x/policy', digest: { sha256: sha256Hex('p') } } }) },
      ],
      ['other inputs', 'other-inputs', { bend: (kind, p) => kind === 'vsa' && Object.assign(p, { inputAttestations: two }) }],
      [
        'an input named twice',
        'other-inputs',
        {
          bend: (kind, p) =>
            kind === 'vsa' &&
            Object.assign(p, { inputAttestations: [...(p['inputAttestations'] as object[]), (p['inputAttestations'] as object[])[0]] }),
        },
      ],
      [
        'a key of the publisher that is not the one it names',
        'inconsistent',
        { signed: true, bend: (kind, p) => kind === 'publish' && Object.assign(p['signedBy'] as object, { keyid: sha256Hex('k') }) },
      ],
      [
        'another bundle of the publisher',
        'inconsistent',
        { signed: true, bend: (kind, p) => kind === 'publish' && Object.assign(p['signedBy'] as object, { bundle: sha256Hex('b') }) },
      ],
      [
        'a publisher who signed another tree digest',
        'other-files',
        { signed: true, bend: (kind, _, subject) => kind === 'publisher' && Object.assign(subject['digest'] as object, { dirHash: sha256Hex('d') }) },
      ],
      [
        'a publisher who signed no tree digest',
        'other-files',
        { signed: true, bend: (kind, _, subject) => kind === 'publisher' && delete (subject['digest'] as { dirHash?: string }).dirHash },
      ],
      [
        'a publisher who signed another archive',
        'other-archive',
        { signed: true, bend: (kind, _, subject) => kind === 'publisher' && Object.assign(subject['digest'] as object, { sha256: sha256Hex('d') }) },
      ],
      [
        'a file listed twice',
        'other-files',
        { bend: (kind, p) => kind === 'publish' && Object.assign(p, { files: [...(p['files'] as object[]), (p['files'] as object[])[0]] }) },
      ],
    ];
    for (const [what, code, recipe] of cases) expect([what, await verdict(recipe)]).toEqual([what, code]);
  });

  it('is held to what its reader accepts', async () => {
    const good = sha256Hex('registry policy');
    const own = reviewOf('usr_ann', { self: true });
    const cases: [string, AcceptPolicy, Partial<Recipe>][] = [
      ['verified', { policies: [sha256Hex('another'), good] }, {}],
      ['policy-not-allowed', { policies: [sha256Hex('another')] }, {}],
      ['policy-not-allowed', { policies: [] }, {}],
      ['level-too-low', { minLevel: 'L2' }, {}],
      ['verified', { minLevel: 'L2' }, { signed: true }],
      ['solo-not-allowed', { allowSolo: false }, { reviews: [own] }],
      ['verified', { allowSolo: false }, {}],
      ['break-glass-not-allowed', { allowBreakGlass: false }, { decision: 'block', reviews: [reviewOf('usr_bob', { breakGlass: true })] }],
      ['verified', { minScanner: '0.1.0' }, {}],
      ['scanner-too-old', { minScanner: '0.2.0' }, {}],
      ['scanner-too-old', { minScanner: 'whatever' }, {}],
    ];
    for (const [code, policy, recipe] of cases) expect([policy, await verdict(recipe, policy)]).toEqual([policy, code]);
  });

  it('in a damaged document is refused before anything is believed', async () => {
    const made = await makeRelease(w);
    const bytes = attestationsBytes(made.attestations);
    const code = (given: Buffer | typeof made.attestations): Promise<string> => codeOf(verifyRelease(given, made.expected, w.keys));
    expect(await code(Buffer.from(`${bytes.toString()}\n`))).toBe('bad-attestations');
    expect(await code(Buffer.from(JSON.stringify(made.attestations, null, 1)))).toBe('bad-attestations');
    expect(await code(bytes.subarray(1))).toBe('bad-attestations');
    expect(await code({ ...made.attestations, schema: 'skillward.attestations.v2' } as never)).toBe('bad-attestations');
    expect(await code({ ...made.attestations, bundles: [] })).toBe('bad-attestations');
    expect(await code({ ...made.attestations, bundles: Array(33).fill(made.parts.scan) as SerializedBundle[] })).toBe('bad-attestations');
    expect(await code({ ...made.attestations, note: 'x' } as never)).toBe('bad-attestations');
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bent = Buffer.from(bytes);
        bent[at] = bent[at]! ^ flip;
        await expect(verifyRelease(bent, made.expected, w.keys)).rejects.toBeInstanceOf(TrustError);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a publisher’s own signature', () => {
  const publisherKeys = [keyEntry(w.publisher.pem, 'publisher', 0)];
  const rest = tree('one');
  const signed = () =>
    signAsPublisher(
      name,
      rest,
      { signedAt: '2026-11-21T09:00:00.000Z', source: { kind: 'git', uri: 'https://git.example/acme/notes', commit: 'a'.repeat(40) } },
      w.publisher,
    );

  it('raises the level to L2, beside the upload or inside the folder', async () => {
    for (const inFolder of [false, true]) {
      const made = await makeRelease(w, { signed: true, inFolder });
      const release = await verifyRelease(made.attestations, made.expected, w.keys, { minLevel: 'L2', publisherKeys });
      expect(release.publisher).toMatchObject({ level: 'L2', keyid: w.publisher.keyid });
    }
  });

  it('is about the tree without the file that carries it', () => {
    const files = [
      { path: 'SKILL.md', bytes: Buffer.from('a') },
      { path: 'skill.sigstore.json', bytes: Buffer.from('{}') },
      { path: 'docs/skill.sigstore.json', bytes: Buffer.from('b') },
    ];
    const { bundle, rest: kept } = splitPublisherBundle(files);
    expect(bundle?.toString()).toBe('{}');
    expect(kept.map((file) => file.path)).toEqual(['SKILL.md', 'docs/skill.sigstore.json']);
    expect(() => publisherStatement(name, tree('one', ['SKILL.md', 'skill.sigstore.json']), { signedAt: '2026-11-21T09:00:00Z' })).toThrow(
      TrustError,
    );
  });

  it('is refused for another tree, name, key, or kind of statement', async () => {
    const bundle = await signed();
    const code = (source: Parameters<typeof verifyPublisherBundle>[1], expected = name, keys = publisherKeys): Promise<string> =>
      codeOf(verifyPublisherBundle(bundle, source, expected, keys));
    expect(await code(rest)).toBe('verified');
    expect(await code({ files: rest.files })).toBe('verified');
    expect(await code({ ...rest, sha256: sha256Hex('x') })).toBe('other-archive');
    expect(await code({ ...rest, tree: `sha256:${sha256Hex('x')}` })).toBe('other-files');
    expect(await code({ ...rest, fingerprint: sha256Hex('x') })).toBe('other-files');
    expect(await code(tree('two'))).toBe('other-files');
    expect(await code({ ...rest, files: [...rest.files, { path: 'x', size: 1, sha256: sha256Hex('x') }] })).toBe('other-files');
    expect(await code({ ...rest, files: rest.files.slice(1) })).toBe('other-files');
    expect(await code(rest, { ...name, registryId: 'other.example' })).toBe('other-registry');
    expect(await code(rest, { ...name, slug: 'other' })).toBe('other-skill');
    expect(await code(rest, { ...name, version: '9.9.9' })).toBe('other-version');
    expect(await code(rest, name, [{ ...publisherKeys[0]!, revokedAt: 3 }])).toBe('revoked-key');
    expect(await code(rest, name, w.keys as typeof publisherKeys)).toBe('unknown-key');
    expect(await codeOf(verifyPublisherBundle((await makeRelease(w)).parts.scan, rest, name, [{ ...w.keys[0]!, purpose: 'publisher' }]))).toBe(
      'wrong-predicate',
    );
  });

  it('cannot be taken out, slipped in, exchanged, or claimed without being there', async () => {
    const made = await makeRelease(w, { signed: true });
    const plain = await makeRelease(w);
    const stranger = await makeRelease({ ...w, publisher: newKey() }, { signed: true });
    const { publish, publisher, scan, reviews, vsa } = made.parts;
    const code = (bundles: SerializedBundle[], policy?: AcceptPolicy): Promise<string> =>
      codeOf(verifyRelease(attestationsOf(bundles), made.expected, w.keys, policy));
    expect(await code([publish, publisher!, scan, ...reviews, vsa])).toBe('verified');
    expect(await code([publish, scan, ...reviews, vsa])).toBe('missing-attestation');
    expect(await code([plain.parts.publish, publisher!, scan, ...reviews, vsa])).toBe('extra-attestation');
    expect(await code([publish, publisher!, publisher!, scan, ...reviews, vsa])).toBe('extra-attestation');
    expect(await code([publish, stranger.parts.publisher!, scan, ...reviews, vsa])).toBe('unknown-key');
    expect(await verdict({ publisher: { level: 'L2' } })).toBe('missing-attestation');
    // The registry vouches for a key that the reader does not know, or knows to be revoked.
    expect(await code([...stranger.attestations.bundles], { publisherKeys })).toBe('unknown-key');
    expect(await code([...made.attestations.bundles], { publisherKeys: [{ ...publisherKeys[0]!, revokedAt: 1 }] })).toBe('revoked-key');
    expect(await code([...stranger.attestations.bundles])).toBe('verified');
  });
});

describe('a revocation', () => {
  const about = { ...name, archiveSha256: tree('one').sha256 };
  const by = {
    reason: 'sends keys away',
    severity: 'block',
    replacement: '@acme/notes@1.2.1',
    revokedAt: '2026-11-22T00:00:00.000Z',
    revokedBy: { id: 'usr_bob', handle: 'bob' },
  } as const;

  it('says why, for exactly the versions it names', async () => {
    const older = { ...name, version: '1.1.0', archiveSha256: tree('zero').sha256 };
    const bundle = await signStatement(revokeStatement([about, older], by), w.release);
    expect(await verifyRevocation(bundle, about, w.keys)).toEqual(by);
    expect(await verifyRevocation(bundle, older, w.keys)).toEqual(by);
    expect(await codeOf(verifyRevocation(bundle, { ...about, version: '1.1.0' }, w.keys))).toBe('other-archive');
    expect(await codeOf(verifyRevocation(bundle, about, [keyEntry(newKey().pem, 'release', 0)]))).toBe('unknown-key');
    expect(await codeOf(verifyRevocation((await makeRelease(w)).parts.scan, about, w.keys))).toBe('wrong-predicate');
    expect(() => revokeStatement([], by)).toThrow(TrustError);
  });
});
