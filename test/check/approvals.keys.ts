/** Real SSH keys and signatures, made by the real ssh-keygen at run time. */
import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { approvalText, NAMESPACE } from '../../cli/check/approvals/file.ts';
import type { Approval } from '../../cli/check/model.ts';
import { temporary } from './repository.ts';

export interface TestKey {
  /** Private key file. */
  readonly file: string;
  /** `<type> <base64>` */
  readonly key: string;
}

export function makeKey(...options: string[]): TestKey {
  const file = join(temporary(), 'key');
  execFileSync('ssh-keygen', ['-q', ...options, '-N', '', '-C', 'a comment', '-f', file], { stdio: 'pipe' });
  return { file, key: readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ') };
}

/** Signs any text for any purpose, as somebody outside of our command would. */
export function signText(text: string, { file }: TestKey, namespace: string = NAMESPACE): string {
  const message = join(temporary(), 'message');
  writeFileSync(message, text);
  execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-f', file, '-n', namespace, message], { stdio: 'pipe' });
  const signature = readFileSync(`${message}.sig`, 'utf8');
  rmSync(message);
  return signature;
}

export const signed = (approval: Approval, key: TestKey, namespace?: string): Approval => ({
  ...approval,
  signature: signText(approvalText(approval), key, namespace),
});

const string = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const sha = (name: string, value: string | Buffer): Buffer => createHash(name).update(value).digest();
const TYPE = 'sk-ssh-ed25519@openssh.com';

/** A security key made of software: PROTOCOL.u2f and PROTOCOL.sshsig of OpenSSH, so that keys nobody can plug into a test are tested all the same. */
export function securityKey(): { readonly key: string; sign(approval: Approval): Approval } {
  const pair = generateKeyPairSync('ed25519') as { publicKey: KeyObject; privateKey: KeyObject };
  const blob = Buffer.concat([string(TYPE), string(Buffer.from(pair.publicKey.export({ format: 'jwk' }).x!, 'base64url')), string('ssh:')]);
  return {
    key: `${TYPE} ${blob.toString('base64')}`,
    sign: (approval) => {
      const covered = Buffer.concat([
        Buffer.from('SSHSIG'),
        string(NAMESPACE),
        string(''),
        string('sha512'),
        string(sha('sha512', approvalText(approval))),
      ]);
      const touched = Buffer.from([1, 0, 0, 0, 7]);
      const raw = sign(null, Buffer.concat([sha('sha256', 'ssh:'), touched, sha('sha256', covered)]), pair.privateKey);
      const body = Buffer.concat([
        Buffer.from('SSHSIG\0\0\0\u0001', 'latin1'),
        ...[blob, NAMESPACE, '', 'sha512', Buffer.concat([string(TYPE), string(raw), touched])].map(string),
      ]);
      const lines = body.toString('base64').match(/.{1,70}/g)!;
      return { ...approval, signature: `-----BEGIN SSH SIGNATURE-----\n${lines.join('\n')}\n-----END SSH SIGNATURE-----\n` };
    },
  };
}
