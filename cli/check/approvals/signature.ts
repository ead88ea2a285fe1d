/**
 * Is this approval signed by its owner? The owner's keys are those of the tip's policy; the judgement is that of ssh-keygen. Before it is asked, the signature's own parts are looked at, so
 * that a refusal says what is wrong (whose key, which namespace), and so that what cannot be right costs no process.
 *
 * Stops: a signature by another approver, by an unlisted key, for another purpose (a git commit, a file), over another text; armour that is cut or padded.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { CheckSettings } from '../../../scanner/policy/contract.ts';
import { sshStrings } from '../../../scanner/policy/ssh-key.ts';
import type { Approval } from '../model.ts';
import { approvalText, NAMESPACE } from './file.ts';
import { sshKeygen, withPrivateFolder, writePrivate } from './ssh-keygen.ts';

const MAGIC = Buffer.from('SSHSIG\0\0\0\u0001', 'latin1');
const VERIFY_MS = 10_000;

/** The parts of an SSH signature that say who made it and what for. Undefined if it is not whole. */
export function partsOf(armour: string): { readonly key: string; readonly namespace: string } | undefined {
  const bytes = Buffer.from(armour.replace(/-----[A-Z ]+-----/g, ''), 'base64');
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  // public key, namespace, reserved, hash algorithm, signature
  const parts = sshStrings(bytes.subarray(MAGIC.length), 5);
  const type = parts?.length === 5 ? sshStrings(parts[0]!, 8)?.[0] : undefined;
  if (parts === undefined || type === undefined) return undefined;
  return {
    key: `${Buffer.from(type).toString('latin1')} ${Buffer.from(parts[0]!).toString('base64')}`,
    namespace: Buffer.from(parts[1]!).toString('latin1'),
  };
}

/** As ssh-keygen and git show a key. */
export const fingerprintOf = (key: string): string => {
  const digest = createHash('sha256').update(Buffer.from(key.split(' ')[1] ?? '', 'base64'));
  // 32 bytes are 43 characters and one of padding, which OpenSSH leaves out.
  return `SHA256:${digest.digest('base64').slice(0, 43)}`;
};

/**
 * Undefined if the signature is good for the approval's owner; else the reason, as a sentence.
 * @param approvers from the policy on the tip; owners and keys were checked when it was read
 */
export async function whyNotSigned(approval: Approval, approvers: CheckSettings['approvers']): Promise<string | undefined> {
  const { owner, signature } = approval;
  if (signature === undefined) return 'It is not signed.';
  if (approvers.length === 0) return "It is signed, but the target branch's policy lists no approvers (check.approvers).";
  const keys = approvers.filter((approver) => approver.owner === owner);
  if (keys.length === 0) return `It is signed, but the target branch's policy lists no key for ${owner}.`;
  const parts = partsOf(signature);
  if (parts === undefined) return 'Its signature is cut or damaged.';
  if (parts.namespace !== NAMESPACE)
    return `Its signature was made for another purpose (namespace ${JSON.stringify(parts.namespace.slice(0, 60))}, not ${NAMESPACE}).`;
  if (!keys.some(({ key }) => key === parts.key)) {
    const other = approvers.find(({ key }) => key === parts.key);
    return other === undefined
      ? `It is signed with ${fingerprintOf(parts.key)}, which the target branch's policy does not list for ${owner}.`
      : `It names ${owner} but is signed with the key of ${other.owner}.`;
  }
  return withPrivateFolder(async (folder) => {
    const allowed = keys.map(({ key }) => `${owner} namespaces="${NAMESPACE}" ${key}\n`).join('');
    const [signers, armour] = await Promise.all([
      writePrivate(join(folder, 'allowed_signers'), allowed),
      writePrivate(join(folder, 'approval.sig'), signature.endsWith('\n') ? signature : `${signature}\n`),
    ]);
    const ran = await sshKeygen(['-Y', 'verify', '-f', signers, '-I', owner, '-n', NAMESPACE, '-s', armour], {
      folder,
      input: approvalText(approval),
      milliseconds: VERIFY_MS,
    });
    if (ran.ended === 'missing') return 'Its signature could not be verified: ssh-keygen (OpenSSH 8.1 or newer) is not installed or not on the PATH.';
    if (ran.ended !== 'exit') return 'Its signature could not be verified: ssh-keygen came to no end.';
    return ran.code === 0 && ran.out.startsWith(`Good "${NAMESPACE}" signature for ${owner} with `)
      ? undefined
      : `Its signature is not one of ${owner} over this path, content, abilities, reason and expiry: something of it was changed afterwards.`;
  });
}
