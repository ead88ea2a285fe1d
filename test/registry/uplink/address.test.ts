/** Which addresses an import may reach, in every spelling that anybody has thought of. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RegistryError } from '../../../registry/errors.ts';
import { addressAllowed, allowedUpstream, upstreamsOf } from '../../../registry/uplink/address.ts';

const inner = [
  '127.0.0.1',
  '127.8.8.8',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '::1',
  'fd12:3456::1',
  'fc00::1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
];
const never = [
  ...[
    '0.0.0.0',
    '0.1.2.3',
    '169.254.169.254',
    '169.254.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '224.0.0.1',
    '239.255.255.250',
    '255.255.255.255',
    '240.0.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '203.0.113.9',
  ],
  ...[
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'fec0::1',
    'ff02::1',
    'fd00:ec2::254',
    'fd20:ce::254',
    '2001:db8::1',
    '100::1',
    '::ffff:169.254.169.254',
    '::ffff:0:127.0.0.1',
    '::127.0.0.1',
    '::7f00:1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    '64:ff9b::a9fe:a9fe',
  ],
  ...['', 'localhost', '0x7f000001', '2130706433', '127.1', '[::1]', '1.2.3.4.5', 'not an address'],
];
const outer = ['1.1.1.1', '93.184.215.14', '2606:4700:4700::1111', '2a00:1450:4001:82a::200e', '64:ff9b::101:101', '::ffff:1.1.1.1'];

describe('addresses', () => {
  test.each(outer)('%s may be asked', (address) => {
    expect(addressAllowed(address, false)).toBe(true);
  });
  test.each(inner)('%s may be asked only if the settings mean it', (address) => {
    expect(addressAllowed(address, false)).toBe(false);
  });
  test.each(never)('%s is never asked', (address) => {
    expect(addressAllowed(address, false)).toBe(false);
    expect(addressAllowed(address, true)).toBe(false);
  });

  test('an inner IPv4 address is one inside of IPv6 too, however it is written', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('127.0.0.1', '10.9.8.7', '192.168.0.1', '169.254.169.254', '0.0.0.0'),
        fc.constantFrom('::ffff:', '64:ff9b::', '::', '2002:'),
        (address, prefix) => {
          const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number];
          const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
          expect(addressAllowed(prefix === '2002:' ? `2002:${hex}::1` : `${prefix}${hex}`, false)).toBe(false);
        },
      ),
    );
  });
});

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof RegistryError) return error.code;
    throw error;
  }
  return 'allowed';
};

describe('the list of the settings', () => {
  const list = upstreamsOf(['clawhub.ai', 'https://skills.partner.example:8443', 'private+https://skills.corp.example', 'http://127.0.0.1:4873']);

  test.each([
    'https://clawhub.ai',
    'https://CLAWHUB.ai/',
    'https://clawhub.ai.',
    'https://clawhub.ai/prefix',
    'https://skills.partner.example:8443',
    'https://skills.corp.example',
    'http://127.0.0.1:4873',
    'http://0x7f.1:4873',
    'http://2130706433:4873',
  ])('%s is on it', (address) => {
    expect(codeOf(() => allowedUpstream(address, list))).toBe('allowed');
  });

  test.each([
    ['http://clawhub.ai', 'forbidden'],
    ['https://clawhub.ai:8443', 'forbidden'],
    ['https://clawhub.ai.evil.example', 'forbidden'],
    ['https://evil.example/clawhub.ai', 'forbidden'],
    ['https://sub.clawhub.ai', 'forbidden'],
    ['https://skills.partner.example', 'forbidden'],
    ['http://127.0.0.1', 'forbidden'],
    ['http://127.0.0.1:22', 'forbidden'],
    ['http://127.0.0.2:4873', 'forbidden'],
    ['http://[::ffff:127.0.0.1]:4873', 'forbidden'],
    ['http://localhost:4873', 'forbidden'],
    ['http://169.254.169.254/latest/meta-data', 'forbidden'],
    ['https://clawhub.ai@evil.example', 'bad-input'],
    ['https://user:pass@clawhub.ai', 'bad-input'],
    ['file:///etc/passwd', 'bad-input'],
    ['gopher://clawhub.ai', 'bad-input'],
    ['clawhub.ai', 'bad-input'],
    ['', 'bad-input'],
  ])('%s is not', (address, code) => {
    expect(codeOf(() => allowedUpstream(address, list))).toBe(code);
  });

  test('a metadata address is not asked even if the settings name it', () => {
    for (const entry of ['http://169.254.169.254', 'private+http://169.254.169.254', 'http://[fe80::1]', 'http://0.0.0.0:80'])
      expect(codeOf(() => allowedUpstream(entry.replace('private+', ''), upstreamsOf([entry])))).toBe('forbidden');
  });

  test.each(['https://', 'ftp://clawhub.ai', 'clawhub.ai/path', 'https://clawhub.ai?x', 'https://user@clawhub.ai', 'a b', ''])(
    'the entry "%s" is refused by name',
    (entry) => {
      expect(codeOf(() => upstreamsOf([entry]))).toBe('bad-config');
    },
  );

  test('an empty list allows nothing', () => {
    expect(codeOf(() => allowedUpstream('https://clawhub.ai', []))).toBe('forbidden');
  });
});
