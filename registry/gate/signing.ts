/**
 * What the gate needs of the signer process; `connectSigner` (registry/signer/client.ts) gives it. Whatever comes back is verified before it is believed: a signer that was
 * exchanged for another gets nothing served.
 */
import { type Objection, SignerError } from '../signer/errors.ts';

export interface Signing {
  /** The public half of its key. */
  key(): Promise<{ readonly keyid: string; readonly pem: string }>;
  /** Has an approved version judged again and signed. */
  sign(versionId: string): Promise<{ readonly bytes: Buffer; readonly sha256: string }>;
  /** Has a withdrawal signed. */
  revoke(versionId: string): Promise<{ readonly bytes: Buffer; readonly sha256: string }>;
}

/** Whether the signer looked and said no, as against not answering: then asking again changes nothing. */
export const isRefusal = (error: unknown): error is SignerError => error instanceof SignerError && error.code === 'refused';

/** The signer's own reason. */
export const objectionOf = (error: SignerError): Objection | undefined => error.objection;
