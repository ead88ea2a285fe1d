/**
 * Who sits here, as they told git: address, and the SSH key that they sign with. Read from the person's own settings and the clone's, never from a file that the repository carries (settings
 * that the clone includes from its work tree are left out), so that a change cannot put words into anybody's mouth.
 */
import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { git } from '../../../scanner/load/git.ts';

export interface Person {
  readonly email?: string;
  /** `user.signingkey`, if git is told to sign with SSH: a file, or a public key itself. */
  readonly signingKey?: string;
}

const MILLISECONDS = 10_000;
const KEYS = '^(user[.]email|user[.]signingkey|gpg[.]format)$';

/** @param clone folder of the repository's own settings (`.git`) */
export async function personHere(clone: string): Promise<Person> {
  const own = process.env['GIT_CONFIG_GLOBAL'];
  const home = homedir();
  const files =
    own === undefined
      ? [join(process.env['XDG_CONFIG_HOME'] || join(home, '.config'), 'git', 'config'), join(home, '.gitconfig')]
      : own === ''
        ? []
        : [own];
  const values = new Map<string, string>();
  // The later ones win, as in git.
  for (const [file, includes] of [...files.map((file) => [file, true] as const), [join(clone, 'config'), false] as const]) {
    if (!existsSync(file) || !statSync(file).isFile()) continue;
    const { code, stdout } = await git(['config', '--file', file, includes ? '--includes' : '--no-includes', '-z', '--get-regexp', KEYS], {
      home: existsSync(home) ? home : dirname(file),
      protocols: 'none',
      most: 64 * 1024,
      milliseconds: MILLISECONDS,
    });
    if (code !== 0) continue;
    for (const row of stdout.toString('utf8').split('\0')) {
      const at = row.indexOf('\n');
      if (at > 0) values.set(row.slice(0, at).toLowerCase(), row.slice(at + 1));
    }
  }
  const email = values.get('user.email');
  const key = values.get('gpg.format') === 'ssh' ? values.get('user.signingkey') : undefined;
  return { ...(email ? { email } : {}), ...(key ? { signingKey: key } : {}) };
}
