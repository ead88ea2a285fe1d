/**
 * Signs an approval with the person's own SSH key: a file, a key that the agent holds, or a security key, whatever ssh-keygen can use. The key never passes through here.
 */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { quote } from '../../../scanner/load/errors.ts';
import { parsePublicKey } from '../../../scanner/policy/ssh-key.ts';
import { type Approval, CheckError } from '../model.ts';
import { approvalText, NAMESPACE } from './file.ts';
import { partsOf } from './signature.ts';
import { type Ran, run, sshKeygen, withPrivateFolder, writePrivate } from './ssh-keygen.ts';
import type { Judge } from './target.ts';

/** A person may have to find the security key and touch it. */
const SIGN_MS = 180_000;

/** A key file (private, or the public half of one that the agent holds), or the public key itself. */
export type SigningKey = { readonly file: string } | { readonly publicKey: string };

/**
 * The key that `--sign KEY` or git's `user.signingkey` names.
 * @throws CheckError if there is no such file
 */
export function signingKeyOf(given: string): SigningKey {
  const literal = parsePublicKey(given.replace(/^key::/, ''));
  if ('key' in literal) return { publicKey: literal.key };
  const file = resolve(given.startsWith('~/') ? join(homedir(), given.slice(2)) : given);
  if (!existsSync(file)) throw new CheckError(`There is no key ${quote(given)}. Give the file of an SSH key: --sign=~/.ssh/id_ed25519`);
  if (!statSync(file).isFile())
    throw new CheckError(`${quote(given)} is no file. Give the file of an SSH key: --sign=~/.ssh/id_ed25519, and paths before it.`);
  return { file };
}

/** Public keys that the SSH agent holds, `<type> <base64>`; none without an agent. */
export async function agentKeys(): Promise<string[]> {
  if (!process.env['SSH_AUTH_SOCK']) return [];
  const { out } = await withPrivateFolder((folder) => run('ssh-add', ['-L'], { folder, milliseconds: 10_000, personal: true }));
  return out.split('\n').flatMap((line) => {
    const parsed = parsePublicKey(line);
    return 'key' in parsed ? [parsed.key] : [];
  });
}

/**
 * The key to sign with: the one that was given, else git's, else the agent's (the one that the target branch's policy lists for the owner, or the only one).
 * @param given what `--sign` gave; true without a key
 * @throws CheckError if there is none, or a choice
 */
export async function chooseKey(given: string | true, fromGit: string | undefined, { check }: Judge, owner: string): Promise<SigningKey> {
  if (given !== true) return signingKeyOf(given);
  if (fromGit !== undefined) return signingKeyOf(fromGit);
  const keys = await agentKeys();
  const listed = keys.filter((key) => check?.approvers.some((approver) => approver.owner === owner && approver.key === key) === true);
  const [only, ...others] = listed.length > 0 ? listed : keys;
  if (only === undefined)
    throw new CheckError(
      "Which key should sign it? Give --sign=FILE, set git's gpg.format to ssh and user.signingkey, or add a key to the SSH agent (ssh-add).",
    );
  if (others.length > 0 && listed.length === 0)
    throw new CheckError(
      `The SSH agent holds ${keys.length} keys, and the target branch's policy lists none of them for ${owner}. Give one: --sign=FILE`,
    );
  return { publicKey: only };
}

/**
 * The approval with its signature.
 * @returns `key` is the public key that made it, `<type> <base64>`
 * @throws CheckError with what ssh-keygen says
 */
export async function signApproval(approval: Approval, key: SigningKey): Promise<{ readonly approval: Approval; readonly key: string }> {
  return withPrivateFolder(async (folder) => {
    const message = await writePrivate(join(folder, 'approval'), approvalText(approval));
    const file = 'file' in key ? key.file : await writePrivate(join(folder, 'key.pub'), `${key.publicKey}\n`);
    const ran = await sshKeygen(['-Y', 'sign', ...('publicKey' in key ? ['-U'] : []), '-f', file, '-n', NAMESPACE, message], {
      folder,
      milliseconds: SIGN_MS,
      personal: true,
    });
    if (ran.ended !== 'exit' || ran.code !== 0) throw new CheckError(`The approval could not be signed: ${whyNot(ran)}`);
    const signature = await readFile(`${message}.sig`, 'utf8');
    const made = partsOf(signature);
    if (made === undefined) throw new CheckError('The approval could not be signed: ssh-keygen wrote something else than a signature.');
    return { approval: { ...approval, signature }, key: made.key };
  });
}

function whyNot({ ended, err }: Ran): string {
  if (ended === 'missing') return 'ssh-keygen (OpenSSH 8.1 or newer) is not installed or not on the PATH.';
  if (ended === 'time') return 'ssh-keygen waited too long for the key.';
  const last = err.trim().split('\n').at(-1) ?? '';
  return `ssh-keygen says ${quote(last || 'nothing')}. If the key has a passphrase, run this on a terminal or add the key to the SSH agent (ssh-add).`;
}
