/**
 * The signer's key on disk: PKCS#8 PEM, mode 0600, made on the first start and never written again. Two signers that start at once end with the same key. The text of the
 * secret exists only here and inside `parsePrivateKey`; it is not logged, not sent, and in no message.
 */
import { RegistryError } from '../errors.ts';
import { secretFile } from '../store/files.ts';
import { TrustError } from '../trust/errors.ts';
import { generateKey, type PrivateKey, parsePrivateKey } from '../trust/keys.ts';

/**
 * The key in `path`; a new one is made if there is no such file.
 * @throws RegistryError bad-config if others may read it, it cannot be made, or it is no Ed25519 key
 */
export async function signerKey(path: string): Promise<PrivateKey> {
  let pem: string;
  try {
    pem = await secretFile(path, () => generateKey().privatePem);
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new RegistryError(
      'bad-config',
      `The signing key ${path} cannot be read or made (${code ?? 'error'}). Name a file that this user may read with --key.`,
      {
        cause: error,
      },
    );
  }
  try {
    return parsePrivateKey(pem, `The signing key ${path}`);
  } catch (error) {
    if (error instanceof TrustError) throw new RegistryError('bad-config', error.message, { cause: error });
    throw error;
  }
}
