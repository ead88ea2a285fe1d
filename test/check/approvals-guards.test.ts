/** Who may approve, as the policy says it; and whether CODEOWNERS guards what the check obeys. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { CODE_OWNERS_PLACES, guardsApprovals } from '../../cli/check/code-owners.ts';
import { loadPolicy, PolicyError, ruleIds } from '../../scanner/index.ts';
import { makeKey, securityKey } from './approvals.keys.ts';

const load = (text: string) => loadPolicy({ file: 'skills.policy.yaml', text }, ruleIds);
const head = 'version: 1\nextends: balanced\n';
const listed = (key: string, owner = 'kim@team.example'): string =>
  `${head}check:\n  approvers:\n    - { owner: ${JSON.stringify(owner)}, key: ${JSON.stringify(key)} }\n`;
const message = (text: string): string => {
  try {
    load(text);
  } catch (error) {
    expect(error).toBeInstanceOf(PolicyError);
    return (error as Error).message;
  }
  throw new Error('the policy was accepted');
};
const ed25519 = makeKey('-t', 'ed25519');

describe('check in a policy', () => {
  it('is read, and is no part of what decides about a skill', () => {
    const policy = load(
      `${head}check:\n  approvers:\n    - owner: kim@team.example\n      key: ${ed25519.key} kim at work\n  code-owners: true\n  submodules: [vendor/lib]\n`,
    );
    expect(policy.check).toEqual({ approvers: [{ owner: 'kim@team.example', key: ed25519.key }], codeOwners: true, submodules: ['vendor/lib'] });
    expect(load(head).check).toBeUndefined();
    expect(policy.digest).toBe(load(head).digest);
    expect(load(`${head}check: {}\n`).check).toEqual({ approvers: [], codeOwners: false, submodules: [] });
  });

  test.each([
    ['ecdsa', () => makeKey('-t', 'ecdsa').key],
    ['rsa', () => makeKey('-t', 'rsa', '-b', '2048').key],
    ['a security key', () => securityKey().key],
  ])('takes %s', (_type, key) => {
    const made = key();
    expect(load(listed(made)).check?.approvers).toEqual([{ owner: 'kim@team.example', key: made }]);
  });

  const cut = ed25519.key.slice(0, -8);
  const [, body = ''] = ed25519.key.split(' ');
  test.each<[string, string, RegExp]>([
    ['options before the key', listed(`cert-authority ${ed25519.key}`), /^skills\.policy\.yaml:5: expected the text of a \.pub file/],
    ['namespaces before the key', listed(`namespaces="git" ${ed25519.key}`), /without options before it/],
    ['a second line', listed(`${ed25519.key}\neve@team.example ${ed25519.key}`), /one public key on one line/],
    ['a certificate', listed(`ssh-ed25519-cert-v01@openssh.com ${body}`), /a plain public key, not a certificate/],
    ['DSA', listed(`ssh-dss ${body}`), /not DSA/],
    ['another type than its body', listed(`ssh-rsa ${body}`), /a whole ssh-rsa key/],
    ['a cut key', listed(cut), /a whole ssh-ed25519 key/],
    ['a second spelling', listed(`ssh-ed25519 ${body}====`), /a whole ssh-ed25519 key/],
    ['a private key', listed('-----BEGIN OPENSSH PRIVATE KEY-----'), /a public key, never a private one/],
    ['a huge key', listed(`ssh-rsa ${'A'.repeat(10_000)}`), /at most 4000 characters/],
    ['a pattern for an owner', listed(ed25519.key, '*'), /expected owner as an address/],
    ['two owners in one', listed(ed25519.key, 'kim@team.example,eve@team.example'), /expected owner as an address/],
    ['an owner with a space', listed(ed25519.key, 'kim eve'), /expected owner as an address/],
    ['no owner', `${head}check:\n  approvers:\n    - { key: "${ed25519.key}" }\n`, /:5: this approver has no owner/],
    [
      'a key for two',
      `${listed(ed25519.key)}    - { owner: lee@team.example, key: "${ed25519.key} other comment" }\n`,
      /:6: this key is listed already, for kim@team\.example/,
    ],
    ['an unknown key', `${head}check:\n  aprovers: []\n`, /:4: unknown key "aprovers"; expected one of approvers, code-owners, submodules/],
    ['a word for yes', `${head}check:\n  code-owners: "true"\n`, /expected check\.code-owners to be true or false/],
    ['a path out', `${head}check:\n  submodules: [../lib]\n`, /expected the path of a submodule/],
    ['a pattern', `${head}check:\n  submodules: ["vendor/*"]\n`, /without patterns/],
    ['a list', `${head}check: [approvers]\n`, /:3: expected check as a mapping/],
  ])('refuses %s with file and line', (_what, text, says) => {
    expect(message(text)).toMatch(says);
  });

  it('refuses RSA that is too short', () => {
    // The public half of a key of 1024 bits: the modulus is 128 bytes with its top bit set.
    const part = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
    const modulus = Buffer.concat([Buffer.from([0]), Buffer.alloc(128, 0xc5)]);
    const short = Buffer.concat([part(Buffer.from('ssh-rsa')), part(Buffer.from([1, 0, 1])), part(modulus)]);
    expect(message(listed(`ssh-rsa ${short.toString('base64')}`))).toMatch(/an RSA key of at least 2048 bits/);
  });

  it('is what docs/policy.md shows', () => {
    const page = readFileSync(fileURLToPath(new URL('../../docs/policy.md', import.meta.url)), 'utf8');
    const example = /```yaml\n(check:[\s\S]*?)```/.exec(page)![1]!;
    expect(load(`${head}${example.replace(/ssh-ed25519 AAAA\S*/, ed25519.key)}`).check).toMatchObject({ codeOwners: true });
  });
});

describe('CODEOWNERS', () => {
  const four = 'skills.approved.json skills.policy.yaml skills.lock.json skills.baseline.json'.split(' ');
  const each = (line: (path: string) => string): string => `${four.map(line).join('\n')}\n`;

  test.each<[string, string, string]>([
    ['everything', 'CODEOWNERS', '* @team/security\n'],
    ['each by name', '.github/CODEOWNERS', each((path) => `/${path} @kim`)],
    ['each anywhere', 'docs/CODEOWNERS', each((path) => `${path} kim@team.example # why`)],
    ['a pattern, with the line ends of Windows', 'CODEOWNERS', '# guards\r\n\r\nskills.* @kim @lee\r\n'],
    ['the top', 'CODEOWNERS', '/* @kim\n'],
    ['a section with an owner of its own', '.gitlab/CODEOWNERS', `[Security][2] @team/security\n${each((path) => path)}`],
    ['sections of one name', 'CODEOWNERS', `[Security] @kim\n${four[0]}\n${four[1]}\n[Docs]\ndocs/ @lee\n[security] @kim\n${four[2]}\n${four[3]}\n`],
  ])('guards by %s (%s)', (_what, place, text) => {
    expect(CODE_OWNERS_PLACES).toContain(place);
    expect(guardsApprovals(text, place)).toBeUndefined();
  });

  test.each<[string, string, string, RegExp]>([
    ['nothing', 'CODEOWNERS', '', /names no owner for skills\.approved\.json, .*Add as its last line: "\/skills\.\* @your-team"\.$/],
    [
      'one of them missing',
      'CODEOWNERS',
      each((path) => `${path === 'skills.lock.json' ? 'other' : path} @kim`),
      /for skills\.lock\.json\. Add as its last line: "\/skills\.lock\.json @your-team"\.$/,
    ],
    ['a later line without owners', 'CODEOWNERS', '* @kim\nskills.policy.yaml\n', /for skills\.policy\.yaml\./],
    ['a folder of that name', 'CODEOWNERS', each((path) => `${path}/ @kim`), /names no owner/],
    ['another folder', 'CODEOWNERS', each((path) => `/team/${path} @kim`), /names no owner/],
    ['files in a folder', 'CODEOWNERS', 'skills/* @kim\n', /names no owner/],
    ['owners that are none', '.github/CODEOWNERS', '* kim\n', /names no owner/],
    ['negation, which GitHub does not know', '.github/CODEOWNERS', '!docs @kim\n', /names no owner/],
    ['an optional section', '.gitlab/CODEOWNERS', '^[Security] @kim\n*\n', /names no owner/],
    ['a section that asks for nobody', '.gitlab/CODEOWNERS', '[Security][0] @kim\n*\n', /names no owner/],
    ['an exclusion', '.gitlab/CODEOWNERS', '[Security] @kim\n*\n!skills.lock.json\n', /for skills\.lock\.json\./],
    ['sections, which GitHub does not know', '.github/CODEOWNERS', '[Security] @kim\n*\n', /names no owner/],
    ['a comment', 'CODEOWNERS', '# * @kim\n', /names no owner/],
    ['a file that is too large', 'CODEOWNERS', `* @kim\n${'#'.repeat(3 * 1024 * 1024)}`, /larger than 3 MB/],
  ])('does not guard by %s', (_what, place, text, says) => {
    expect(guardsApprovals(text, place)).toMatch(says);
  });
});
