/** Keys: what is taken, what is refused and with which words, and that a name is always computed. */
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrustError } from '../../../registry/trust/errors.ts';
import { generateKey, keyEntry, parsePrivateKey, parsePublicKey } from '../../../registry/trust/keys.ts';
import { parseKeyList } from '../../../registry/trust/verify.ts';

const refusal = (action: () => unknown): TrustError => {
  try {
    action();
  } catch (error) {
    if (error instanceof TrustError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};
const pemOf = (der: Buffer, label: string): string =>
  `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`;
/** RFC 8410: the SPKI of an Ed25519 point. */
const spkiOf = (point: Buffer): string => pemOf(Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), point]), 'PUBLIC KEY');

describe('keys', () => {
  it('reads back what it made, named by the digest of the public half', () => {
    const made = generateKey();
    const secret = parsePrivateKey(made.privatePem);
    expect(secret.keyid).toBe(made.keyid);
    expect(parsePublicKey(made.pem).keyid).toBe(made.keyid);
    expect(made.keyid).toMatch(/^[0-9a-f]{64}$/);
    expect(generateKey().keyid).not.toBe(made.keyid);
  });

  it('names the key of RFC 8032 by the sha256 of its SPKI', () => {
    const point = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');
    // printf 302a300506032b6570032100d75a…511a | xxd -r -p | sha256sum
    expect(parsePublicKey(spkiOf(point)).keyid).toBe('06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9');
  });

  it('says what is wrong with a key and what to do', () => {
    const made = generateKey();
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const cases: [() => unknown, RegExp][] = [
      [() => parsePrivateKey(made.pem), /public key/],
      [() => parsePublicKey(made.privatePem), /private key.*pkey -in KEY -pubout/],
      [() => parsePrivateKey(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()), /rsa; Ed25519/],
      [() => parsePrivateKey(rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()), /RSA.*openssl genpkey/],
      [() => parsePublicKey(ec.publicKey.export({ type: 'spki', format: 'pem' }).toString()), /ec; Ed25519/],
      [
        () => parsePrivateKey(ec.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString()),
        /passphrase/,
      ],
      [() => parsePrivateKey('-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----'), /OpenSSH/],
      [() => parsePublicKey('ssh-ed25519 AAAA ann@host.example'), /not in PEM/],
      [() => parsePublicKey(made.pem + made.pem), /2 PEM blocks/],
      [() => parsePublicKey(`Name: x\n${made.pem}`), /text around/],
      [() => parsePublicKey(made.pem.replace(/\n.{20}/, '\n')), /damaged/],
      [() => parsePrivateKey(made.privatePem.replace(/\n.{20}/, '\n')), /damaged/],
    ];
    for (const [action, says] of cases) {
      const error = refusal(action);
      expect([error.code, error.message]).toEqual(['bad-key', expect.stringMatching(says)]);
    }
    expect(refusal(() => parsePublicKey(made.pem.padEnd(100_000))).code).toBe('too-large');
  });

  it('never repeats key material in a message', () => {
    const made = generateKey();
    const body = made.privatePem.split('\n')[1]!;
    const error = refusal(() => parsePrivateKey(made.privatePem.replace(body, `${body.slice(0, -8)}!!!!`)));
    expect(JSON.stringify([error.message, String(error.cause)])).not.toContain(body.slice(20, 40));
  });

  it('refuses points of small order, for which anybody can make signatures', () => {
    for (const y of [
      '00'.repeat(32),
      `01${'00'.repeat(31)}`,
      `ec${'ff'.repeat(30)}7f`,
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    ])
      for (const sign of [0, 0x80]) {
        const point = Buffer.from(y, 'hex');
        point[31] = point[31]! | sign;
        expect(refusal(() => parsePublicKey(spkiOf(point))).code).toBe('bad-key');
      }
  });

  it('reads a server’s list only if every entry is what it says', () => {
    const { pem, keyid } = generateKey();
    const entry = { ...keyEntry(pem, 'release', 5), pem };
    expect(parseKeyList({ keys: [entry] }, 'release')).toEqual([{ keyid, pem, purpose: 'release', createdAt: 5, retiredAt: null, revokedAt: null }]);
    const { revokedAt: _, ...silent } = entry;
    for (const wrong of [
      { ...entry, keyid: generateKey().keyid },
      { ...entry, purpose: 'publisher' },
      { ...entry, pem: 'x' },
      { ...entry, revokedAt: 'no' },
      silent,
      null,
    ])
      expect(refusal(() => parseKeyList({ keys: [wrong] }, 'release')).code).toBe('bad-key');
    expect(refusal(() => parseKeyList([], 'release')).code).toBe('bad-key');
  });

  it('throws nothing but TrustError on any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String().map((text) => `-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----`),
        ),
        (text) => {
          expect(refusal(() => parsePublicKey(text)).code).toMatch(/^(?:bad-key|too-large)$/);
        },
      ),
    );
  });
});
