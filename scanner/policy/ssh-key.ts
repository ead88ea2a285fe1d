/**
 * Public SSH keys as a policy lists them: `ssh-ed25519 AAAA… comment` on one line, as in a `.pub` file.
 *
 * It promises that a key it accepts is one key, in its one spelling, that can stand in a file of allowed signers without saying anything else there: no options, no line end, no
 * certificate, no pattern. Stops a policy line that smuggles a second signer or an option (`cert-authority`, `namespaces=`), and keys that are too weak to sign for anybody.
 * Formats: RFC 4253 section 6.6, RFC 5656, RFC 8709, PROTOCOL.u2f of OpenSSH.
 */

/** Most characters of one key: RSA of 16,384 bits has 2,800. */
const MOST = 4_000;
const RSA_BITS = 2_048;

const types: Readonly<Record<string, 'rsa' | 'other'>> = {
  'ssh-ed25519': 'other',
  'ecdsa-sha2-nistp256': 'other',
  'ecdsa-sha2-nistp384': 'other',
  'ecdsa-sha2-nistp521': 'other',
  'sk-ssh-ed25519@openssh.com': 'other',
  'sk-ecdsa-sha2-nistp256@openssh.com': 'other',
  'ssh-rsa': 'rsa',
};

/** The strings of an SSH wire value; undefined if it is not made of whole ones. */
export function sshStrings(bytes: Uint8Array, most: number): Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (parts.length === most || at + 4 > bytes.length) return undefined;
    const length = view.getUint32(at);
    if (length > bytes.length - at - 4) return undefined;
    parts.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return parts;
}

const bitsOf = (integer: Uint8Array): number => {
  const first = integer.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (integer.length - first) * 8 - Math.clz32(integer[first]!) + 24;
};

/**
 * The key as `<type> <base64>`, without its comment.
 * @returns `{ wrong }` with what was expected, as the end of a sentence, if it is not a key we accept
 */
export function parsePublicKey(line: string): { readonly key: string } | { readonly wrong: string } {
  if (line.length > MOST) return { wrong: `a public key of at most ${MOST} characters` };
  if (/[\x00-\x1f\x7f]/.test(line)) return { wrong: 'one public key on one line' };
  const [type = '', base64 = ''] = line.trim().split(/ +/, 2);
  if (type === '-----BEGIN' || /PRIVATE KEY/.test(line)) return { wrong: 'a public key, never a private one: take the text of the .pub file' };
  if (type === 'ssh-dss') return { wrong: 'a key that is not DSA, which is broken: use ssh-ed25519' };
  if (type.includes('-cert-')) return { wrong: 'a plain public key, not a certificate' };
  if (!Object.hasOwn(types, type))
    return {
      wrong: `the text of a .pub file, such as "ssh-ed25519 AAAA… comment", without options before it; types are ${Object.keys(types).join(', ')}`,
    };
  const bytes = Buffer.from(base64, 'base64');
  const parts = sshStrings(bytes, 6);
  if (bytes.toString('base64') !== base64 || parts === undefined || Buffer.from(parts[0] ?? []).toString('latin1') !== type || parts.length < 2)
    return { wrong: `a whole ${type} key: its base64 part is cut, changed or belongs to another type` };
  if (types[type] === 'rsa' && (parts.length !== 3 || bitsOf(parts[2]!) < RSA_BITS))
    return { wrong: `an RSA key of at least ${RSA_BITS} bits; better use ssh-ed25519` };
  return { key: `${type} ${base64}` };
}
