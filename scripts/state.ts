/** Names, sizes and times of everything that is built: whether a build is as new as the sources. */
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** File in a build that says what it was made from. */
export const STAMP = '.built-from';

export function stateOf(root: string): string {
  const hash = createHash('sha256');
  for (const folder of ['cli', 'registry', 'scanner', 'scripts']) {
    for (const path of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).sort()) {
      const { size, mtimeMs } = statSync(join(root, folder, path));
      hash.update(`${folder}/${path}\0${size}\0${mtimeMs}\n`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}
