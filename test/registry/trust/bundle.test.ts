/** Bundles: the published vectors, other people's verifiers, and every field that can be bent. */
import { createPublicKey, verify as cryptoVerify, sign } from 'node:crypto';
import { bundleFromJSON } from '@sigstore/bundle';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bundleBytes, bundleDigest, preAuthEncoding, type SerializedBundle, signStatement } from '../../../registry/trust/bundle.ts';
import { canonicalBytes, dirHash, sha256Hex } from '../../../registry/trust/bytes.ts';
import { TrustError } from '../../../registry/trust/errors.ts';
import { keyEntry, parsePrivateKey } from '../../../registry/trust/keys.ts';
import { parseSubjectName, subjectName } from '../../../registry/trust/names.ts';
import { publishStatement, scanStatement, statementBytes } from '../../../registry/trust/statements.ts';
import { checkSubject, verifyAs, verifyBundle } from '../../../registry/trust/verify.ts';
import { codeOf, factsOf, name, newKey, scanOf, tree, world } from './fixture.ts';

/** The first secret key of RFC 8032, 7.1. */
const vectorKey = parsePrivateKey(
  `-----BEGIN PRIVATE KEY-----\n${Buffer.from('302e020100300506032b6570042204209d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex').toString('base64')}\n-----END PRIVATE KEY-----`,
);

const scan = scanStatement(factsOf(tree('one')), scanOf());
type Wire = {
  mediaType: string;
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string; keyid: string }[] };
  verificationMaterial: Record<string, unknown>;
};
const copy = (bundle: SerializedBundle): Wire => JSON.parse(JSON.stringify(bundle)) as Wire;
const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');

describe('the bytes that are signed', () => {
  it('is DSSE’s own example', () => {
    // https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
    expect(preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    );
  });

  it('sorts and spells as RFC 8785 does', () => {
    // Its own sample of property order (3.2.3), and of strings.
    const sorted = canonicalBytes({
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\u{1f600}': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    });
    expect(Object.values(JSON.parse(sorted.toString()) as object).join('|')).toBe(
      'One|Carriage Return|Control|Latin Small Letter O With Diaeresis|Euro Sign|Emoji: Grinning Face|Hebrew Letter Dalet With Dagesh',
    );
    expect(sorted.indexOf('"\\r":"Carriage Return","1"')).toBe(1);
    expect(canonicalBytes({ b: [true, null, 3], a: '\u20ac$\u000f\nA\'B"\\\\"/' }).toString()).toBe(
      '{"a":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/","b":[true,null,3]}',
    );
  });

  it('refuses what has no single canonical form', () => {
    const deep = Array.from({ length: 40 }).reduce<unknown>((inner) => [inner], []);
    for (const value of [0.5, Number.NaN, -0, 2 ** 60, '\ud800', { '\udc00': 1 }, [undefined], () => 1, 1n, deep])
      expect(() => canonicalBytes(value)).toThrow(TrustError);
  });

  it('hashes a tree as in-toto’s dirHash does', () => {
    // The example of https://github.com/in-toto/attestation/blob/main/spec/v1/digest_set.md
    const root = 'github.com/marklodato/go-hello-world@v0.0.1';
    expect(
      dirHash([
        { path: `${root}/main.go`, sha256: 'ddc4da627d9a9f45fb29641a1b185d6f53287ecfd921aacbf4fe54b7a86fe8d1' },
        { path: `${root}/README.md`, sha256: '3a137eef6458bfb76bb2c63fc29ffc7166604d2d2e09ed9d8250a534122a8364' },
        { path: `${root}/go.mod`, sha256: '28e7c942a036902d981759d0bf5704d2bfc7cb500caf68b84711b234af01c6a5' },
      ]),
    ).toBe('2a1bb6127fb481c60f67692e22285fb306f3c6ffe62075e0ccf674d7c3adcb8f');
  });

  it('stays the same for the same facts, so that a retry signs the same release', async () => {
    expect(bundleDigest(await signStatement(scan, vectorKey))).toBe(bundleDigest(await signStatement(scan, vectorKey)));
    // A change here is a change of the format: old releases would not verify against new statements.
    expect([sha256Hex(statementBytes(scan)), bundleDigest(await signStatement(scan, vectorKey))]).toMatchInlineSnapshot(`
      [
        "9349bb074e7ee709b3dfe4066f057a614312c31282caf0077960a612415a644e",
        "6a74d5a7d08511c69e70c41fd173e1af1100735d9bea134c3f98c00be511b16f",
      ]
    `);
  });
});

describe('a subject', () => {
  it('has one reading: no part can hold what separates parts', () => {
    expect(subjectName({ ...name, registryId: '[::1]:4873' })).toBe('skill:[::1]:4873/@acme/notes@1.2.0');
    expect(parseSubjectName('skill:skills.example/@acme/notes@1.2.0')).toEqual(name);
    for (const part of ['registryId', 'owner', 'slug', 'version'] as const)
      for (const text of ['', 'a/b', 'a@b', 'a b', 'ä', '-a', '../a', 'a'.repeat(300)])
        expect(() => subjectName({ ...name, [part]: text }), `${part} ${text}`).toThrow(TrustError);
    for (const text of ['', 'skill:a/b/c@1', 'skill:a/@b/c', 'skill:a/@b/c@1@2', 'skill:a/@b/C@1', 'pkg:npm/a@1', 'skill:/@b/c@1'])
      expect(() => parseSubjectName(text), text).toThrow(TrustError);
  });
});

describe('a signed bundle', () => {
  it('verifies by hand: Ed25519 over the pre-authentication encoding, with nothing of ours', async () => {
    const key = newKey();
    const wire = copy(await signStatement(scan, key));
    const body = Buffer.from(wire.dsseEnvelope.payload, 'base64');
    const kind = 'application/vnd.in-toto+json';
    const signed = Buffer.concat([Buffer.from(`DSSEv1 ${kind.length} ${kind} ${body.length} `), body]);
    expect(cryptoVerify(null, signed, createPublicKey(key.pem), Buffer.from(wire.dsseEnvelope.signatures[0]!.sig, 'base64'))).toBe(true);
    const der = createPublicKey(key.pem).export({ type: 'spki', format: 'der' });
    expect(wire).toMatchObject({
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: { publicKey: { hint: sha256Hex(der) } },
      dsseEnvelope: { payloadType: kind, signatures: [{ keyid: sha256Hex(der) }] },
    });
    expect(JSON.parse(body.toString())).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'skill:skills.example/@acme/notes@1.2.0', digest: { sha256: tree('one').sha256 } }],
      predicateType: 'https://skillward.dev/attestation/scan/v1',
    });
  });

  it('verifies with stock @sigstore/verify alone, offline', async () => {
    const key = newKey();
    const bundle = bundleFromJSON(copy(await signStatement(scan, key)));
    const rawBytes = createPublicKey(key.pem).export({ type: 'spki', format: 'der' });
    const trust = toTrustMaterial(
      { mediaType: '', tlogs: [], certificateAuthorities: [], ctlogs: [], timestampAuthorities: [] },
      { [key.keyid]: { rawBytes, keyDetails: 7, validFor: undefined } },
    );
    const stock = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
    expect(() => stock.verify(toSignedEntity(bundle))).not.toThrow();
  });

  it('gives the statement back, from an object, a text or bytes', async () => {
    const { release, keys } = world();
    const bundle = await signStatement(scan, release);
    for (const form of [bundle, JSON.stringify(bundle, null, 2), bundleBytes(bundle)]) {
      const verified = await verifyAs('scan', form, keys);
      expect(verified).toMatchObject({ keyid: release.keyid, digest: bundleDigest(bundle) });
      expect(verified.statement.predicate).toEqual(scan.predicate);
    }
  });

  it('keeps for an older reader what a newer signer added', async () => {
    const { release, keys } = world();
    const newer = {
      ...scan,
      predicate: { ...scan.predicate, 'https://skillward.dev/later': { a: 1 }, scanner: { ...scan.predicate.scanner, build: 'x' } },
    };
    expect((await verifyAs('scan', await signStatement(newer as typeof scan, release), keys)).statement.predicate).toEqual(scan.predicate);
  });
});

describe('a bent bundle', () => {
  const { release, publisher, keys } = world();
  /** Signs any bytes as a statement of any type. */
  const forge = (payload: Buffer, payloadType = 'application/vnd.in-toto+json', key = release): Wire => ({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: key.keyid } },
    dsseEnvelope: {
      payload: base64(payload),
      payloadType,
      signatures: [{ keyid: key.keyid, sig: base64(sign(null, preAuthEncoding(payloadType, payload), key.secret)) }],
    },
  });
  const changed = (change: (value: Record<string, never>) => void): Buffer => {
    const value = JSON.parse(statementBytes(scan).toString()) as Record<string, never>;
    change(value);
    return canonicalBytes(value);
  };
  const set = (path: string, to: unknown) =>
    changed((value) => {
      const steps = path.split('.');
      const last = steps.pop()!;
      let at = value as Record<string, unknown>;
      for (const step of steps) at = at[step] as Record<string, unknown>;
      if (to === undefined) delete at[last];
      else at[last] = to;
    });

  const envelope: [string, string, (wire: Wire) => unknown][] = [
    [
      'one byte of the payload',
      'bad-signature',
      (w) => (w.dsseEnvelope.payload = base64(Buffer.from(w.dsseEnvelope.payload, 'base64').map((b, i) => (i === 40 ? b ^ 1 : b)))),
    ],
    [
      'another whole statement',
      'bad-signature',
      (w) => (w.dsseEnvelope.payload = base64(statementBytes(scanStatement(factsOf(tree('two')), scanOf())))),
    ],
    ['the payload type', 'payload-type', (w) => (w.dsseEnvelope.payloadType = 'application/vnd.in-toto+JSON')],
    [
      'one byte of the signature',
      'bad-signature',
      (w) =>
        (w.dsseEnvelope.signatures[0]!.sig = base64(Buffer.from(w.dsseEnvelope.signatures[0]!.sig, 'base64').map((b, i) => (i === 9 ? b ^ 1 : b)))),
    ],
    ['a shorter signature', 'bad-bundle', (w) => (w.dsseEnvelope.signatures[0]!.sig = base64('x'))],
    ['the key id in the signature', 'keyid-mismatch', (w) => (w.dsseEnvelope.signatures[0]!.keyid = '0'.repeat(64))],
    ['the key hint', 'keyid-mismatch', (w) => (w.verificationMaterial['publicKey'] = { hint: '0'.repeat(64) })],
    [
      'both names of the key',
      'unknown-key',
      (w) => {
        w.verificationMaterial['publicKey'] = { hint: '0'.repeat(64) };
        w.dsseEnvelope.signatures[0]!.keyid = '0'.repeat(64);
      },
    ],
    ['a second signature', 'signature-count', (w) => w.dsseEnvelope.signatures.push({ ...w.dsseEnvelope.signatures[0]! })],
    ['no signature', 'signature-count', (w) => (w.dsseEnvelope.signatures = [])],
    ['the media type', 'media-type', (w) => (w.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1')],
    ['a certificate beside the key', 'unsupported-material', (w) => (w.verificationMaterial['certificate'] = { rawBytes: 'AAAA' })],
    ['an entry of some log', 'unsupported-material', (w) => (w.verificationMaterial['tlogEntries'] = [{}])],
    [
      'a timestamp',
      'unsupported-material',
      (w) => (w.verificationMaterial['timestampVerificationData'] = { rfc3161Timestamps: [{ signedTimestamp: 'AAAA' }] }),
    ],
    ['an unknown field outside', 'bad-bundle', (w) => Object.assign(w, { note: 'x' })],
    ['an unknown field in the envelope', 'bad-bundle', (w) => Object.assign(w.dsseEnvelope, { note: 'x' })],
    ['a bare message in place of the envelope', 'unsupported-material', (w) => Object.assign(w, { messageSignature: {} })],
    ['base64 spelled another way', 'bad-bundle', (w) => (w.dsseEnvelope.signatures[0]!.sig = w.dsseEnvelope.signatures[0]!.sig.replace(/==$/, ''))],
  ];
  it.each(envelope)('%s: %s', async (_, code, bend) => {
    const wire = copy(await signStatement(scan, release));
    bend(wire);
    expect(await codeOf(verifyBundle(wire, keys))).toBe(code);
  });

  const statements: [string, string, () => Buffer][] = [
    ['a statement of another type', 'statement-type', () => set('_type', 'https://in-toto.io/Statement/v0.1')],
    ['a predicate nobody knows', 'unknown-predicate', () => set('predicateType', 'https://slsa.dev/provenance/v1')],
    ['no predicate type', 'bad-statement', () => set('predicateType', undefined)],
    ['a missing field', 'bad-predicate', () => set('predicate.complete', undefined)],
    ['a field of a wrong kind', 'bad-predicate', () => set('predicate.report.size', '12')],
    ['a verdict that does not exist', 'bad-predicate', () => set('predicate.verdict.decision', 'fine')],
    ['a date that is none', 'bad-predicate', () => set('predicate.scannedAt', '2026-13-41T00:00:00Z')],
    ['no subject', 'bad-statement', () => set('subject', [])],
    ['two subjects', 'bad-statement', () => set('subject', [scan.subject[0], scan.subject[0]])],
    ['a subject of another form', 'bad-statement', () => set('subject', [{ name: 'pkg:npm/x', digest: { sha256: '0'.repeat(64) } }])],
    ['white space between', 'bad-statement', () => Buffer.from(JSON.stringify(scan, null, 1))],
    ['a key given twice', 'bad-statement', () => Buffer.from(statementBytes(scan).toString().replace('{', '{"_type":"x",'))],
    ['no JSON', 'bad-statement', () => Buffer.from('hello')],
    ['no UTF-8', 'bad-statement', () => Buffer.from([0x22, 0xff, 0x22])],
  ];
  it.each(statements)('signed by the real key, but %s: %s', async (_, code, payload) => {
    expect(await codeOf(verifyBundle(forge(payload()), keys))).toBe(code);
  });

  it('of another payload type, really signed: payload-type', async () => {
    expect(await codeOf(verifyBundle(forge(statementBytes(scan), 'text/plain'), keys))).toBe('payload-type');
  });

  it('by another key, a revoked one, one for something else, or one listed under a false name', async () => {
    const bundle = await signStatement(scan, release);
    const entry = keys[0]!;
    const cases: [string, Parameters<typeof verifyBundle>[1]][] = [
      ['unknown-key', []],
      ['unknown-key', [keyEntry(newKey().pem, 'release', 0)]],
      ['revoked-key', [{ ...entry, revokedAt: 1 }]],
      ['revoked-key', [entry, { ...entry, revokedAt: 1 }]],
      ['key-purpose', [{ ...entry, purpose: 'publisher' }]],
      ['bad-key', [{ ...entry, pem: publisher.pem }]],
      ['retired-key', [{ ...entry, retiredAt: Date.parse('2026-11-21T10:00:00Z') }]],
      ['verified', [{ ...entry, retiredAt: Date.parse('2026-11-22T10:00:00Z') }]],
    ];
    for (const [code, known] of cases) expect(await codeOf(verifyBundle(bundle, known))).toBe(code);
  });

  it('is not taken for another kind of statement or about something else', async () => {
    const bundle = await signStatement(scan, release);
    expect(await codeOf(verifyAs('publish', bundle, keys))).toBe('wrong-predicate');
    const facts = { ...name, archiveSha256: tree('one').sha256 };
    const about = async (change: Partial<typeof facts>): Promise<string> =>
      codeOf(verifyBundle(bundle, keys).then(({ statement }) => checkSubject(statement, { ...facts, ...change })));
    expect(await about({})).toBe('verified');
    expect(await about({ registryId: 'other.example' })).toBe('other-registry');
    expect(await about({ owner: 'evil' })).toBe('other-skill');
    expect(await about({ slug: 'note' })).toBe('other-skill');
    expect(await about({ version: '1.2.1' })).toBe('other-version');
    expect(await about({ archiveSha256: tree('two').sha256 })).toBe('other-archive');
  });

  it('that is too large is not parsed', async () => {
    expect(await codeOf(verifyBundle(Buffer.alloc(5 * 1024 * 1024, 0x5b), keys))).toBe('too-large');
    const wire = copy(await signStatement(scan, release));
    wire.dsseEnvelope.payload = 'A'.repeat(5 * 1024 * 1024);
    expect(await codeOf(verifyBundle(wire, keys))).toBe('too-large');
    const padded = forge(Buffer.concat([statementBytes(scan), Buffer.alloc(3 * 1024 * 1024, 0x20)]));
    padded.dsseEnvelope.signatures[0]!.sig = base64(Buffer.alloc(64));
    expect(await codeOf(verifyBundle(padded, keys))).toBe('too-large');
    const many = Array.from({ length: 20_000 }, (_, i) => ({ path: `${'x'.repeat(100)}${i}`, size: 1, sha256: sha256Hex(String(i)) }));
    const huge = publishStatement(
      { ...factsOf(tree('one')), files: many },
      {
        publisher: { id: 'u', handle: 'u', level: 'L1', credential: { kind: 'token' } },
        publishedAt: '2026-01-01T00:00:00Z',
        source: { kind: 'upload' },
      },
    );
    expect(await codeOf(signStatement(huge, release))).toBe('too-large');
  });

  it('never verifies as anything but what was signed, and throws nothing but TrustError', async () => {
    const good = await signStatement(scan, release);
    const bytes = bundleBytes(good);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), fc.constantFrom('set', 'cut', 'insert'), async (at, byte, how) => {
        const bent =
          how === 'set'
            ? Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at + 1)])
            : how === 'cut'
              ? Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + (byte % 9))])
              : Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at)]);
        try {
          // White space between tokens changes nothing that anybody reads.
          expect((await verifyBundle(bent, keys)).digest).toBe(bundleDigest(good));
        } catch (error) {
          expect(error).toBeInstanceOf(TrustError);
        }
      }),
      { numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.anything({ withNullPrototype: true }),
        fc.constantFrom(...Object.keys(good), 'payload', 'signatures', 'hint'),
        async (value, field) => {
          const wire = copy(good) as unknown as Record<string, Record<string, unknown>>;
          if (field in wire) (wire as Record<string, unknown>)[field] = value;
          else if (field === 'hint') wire['verificationMaterial']!['publicKey'] = { hint: value };
          else wire['dsseEnvelope']![field] = value;
          for (const given of [wire, value]) await expect(verifyBundle(given, keys)).rejects.toBeInstanceOf(TrustError);
        },
      ),
      { numRuns: 200 },
    );
  });
});
