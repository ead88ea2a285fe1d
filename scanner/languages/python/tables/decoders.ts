/** Functions that change the form of data. `codec` is the name decode/codecs.ts knows; `fold` false where we cannot apply it. Source: standard library and cryptography docs. */
import type { TransformFact } from '../../../model.ts';

export interface Coder {
  readonly op: TransformFact['op'];
  readonly codec: string;
  /** We cannot undo it (needs a key or runs code). */
  readonly blind?: boolean;
}
const decode = (codec: string): Coder => ({ op: 'decode', codec });
const encode = (codec: string): Coder => ({ op: 'encode', codec });
const blind = (op: Coder['op'], codec: string): Coder => ({ op, codec, blind: true });

export const CODERS: Readonly<Record<string, Coder>> = {
  'base64.b64decode': decode('base64'),
  'base64.standard_b64decode': decode('base64'),
  'base64.urlsafe_b64decode': decode('base64'),
  'base64.decodebytes': decode('base64'),
  'base64.decodestring': decode('base64'),
  'base64.b32decode': decode('base32'),
  'base64.b16decode': decode('hex'),
  'base64.a85decode': decode('ascii85'),
  'base64.b85decode': decode('b85'),
  'base64.z85decode': decode('z85'),
  'binascii.a2b_base64': decode('base64'),
  'binascii.unhexlify': decode('hex'),
  'binascii.a2b_hex': decode('hex'),
  'quopri.decodestring': decode('quoted-printable'),
  'urllib.parse.unquote': decode('url'),
  'urllib.parse.unquote_plus': decode('url'),
  'urllib.parse.unquote_to_bytes': decode('url'),
  'html.unescape': decode('html'),
  'zlib.decompress': { op: 'decompress', codec: 'zlib' },
  'gzip.decompress': { op: 'decompress', codec: 'gzip' },
  'brotli.decompress': { op: 'decompress', codec: 'brotli' },
  'bz2.decompress': blind('decompress', 'bzip2'),
  'lzma.decompress': blind('decompress', 'lzma'),
  'zstandard.decompress': blind('decompress', 'zstd'),
  'builtins.bytes.fromhex': decode('hex'),
  'builtins.bytearray.fromhex': decode('hex'),
  'base64.b64encode': encode('base64'),
  'base64.standard_b64encode': encode('base64'),
  'base64.urlsafe_b64encode': encode('base64'),
  'base64.encodebytes': encode('base64'),
  'base64.b32encode': encode('base32'),
  'base64.b16encode': encode('hex'),
  'base64.a85encode': encode('ascii85'),
  'base64.b85encode': encode('b85'),
  'binascii.hexlify': encode('hex'),
  'binascii.b2a_hex': encode('hex'),
  'binascii.b2a_base64': encode('base64'),
  'zlib.compress': { op: 'compress', codec: 'zlib' },
  'gzip.compress': { op: 'compress', codec: 'gzip' },
  'bz2.compress': blind('compress', 'bzip2'),
  'lzma.compress': blind('compress', 'lzma'),
  'cryptography.fernet.Fernet().decrypt': blind('decrypt', 'fernet'),
  'cryptography.fernet.Fernet().encrypt': blind('encrypt', 'fernet'),
  'nacl.secret.SecretBox().decrypt': blind('decrypt', 'nacl'),
  'nacl.secret.SecretBox().encrypt': blind('encrypt', 'nacl'),
  'Crypto.Cipher.AES.new().decrypt': blind('decrypt', 'aes'),
  'Crypto.Cipher.AES.new().encrypt': blind('encrypt', 'aes'),
  'Crypto.Cipher.ARC4.new().decrypt': blind('decrypt', 'rc4'),
  'Cryptodome.Cipher.AES.new().decrypt': blind('decrypt', 'aes'),
  'cryptography.hazmat.primitives.ciphers.Cipher().decryptor().update': blind('decrypt', 'aes'),
  'cryptography.hazmat.primitives.ciphers.Cipher().encryptor().update': blind('encrypt', 'aes'),
  'cryptography.hazmat.primitives.ciphers.aead.AESGCM().decrypt': blind('decrypt', 'aes'),
  'cryptography.hazmat.primitives.ciphers.aead.AESGCM().encrypt': blind('encrypt', 'aes'),
  'zlib.decompressobj().decompress': { op: 'decompress', codec: 'zlib' },
};

/** Names that `codecs.decode(x, NAME)` and `bytes.decode(NAME)` take, to our codecs. */
export const NAMED_CODECS: Readonly<Record<string, string>> = {
  rot13: 'rot13',
  rot_13: 'rot13',
  'rot-13': 'rot13',
  hex: 'hex',
  hex_codec: 'hex',
  base64: 'base64',
  base64_codec: 'base64',
  base_64: 'base64',
  zlib: 'zlib',
  zlib_codec: 'zlib',
  zip: 'zlib',
  unicode_escape: 'unicode',
  'unicode-escape': 'unicode',
  raw_unicode_escape: 'unicode',
  quopri: 'quoted-printable',
  uu: 'uu',
  bz2: 'bzip2',
  'utf-16': 'utf-16le',
  utf_16_le: 'utf-16le',
  'utf-16-le': 'utf-16le',
};
