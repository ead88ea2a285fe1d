/**
 * The first start of a registry: an admin, and a token to begin with in `DIR/admin-token` (mode 0600), said once and never stored otherwise.
 *
 * One transaction makes all of it, and the file is written, whole and synced, before it ends. So there is never an admin without a readable token, nor a good token that nobody
 * knows of: killed before the end, the database has nothing, and the next start replaces the file, whose token was never good. Two servers that start at once stand in line in
 * `store.write`; the second one finds a user and does nothing.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RegistryError } from '../errors.ts';
import { system } from '../model.ts';
import { writeOnce } from '../store/files.ts';
import type { Store } from '../store/index.ts';
import { record } from './context.ts';
import { allScopes, createToken, isTokenText } from './tokens.ts';
import { insertUser } from './users.ts';

export interface Bootstrapped {
  /** Where the first admin's token was written; only at the first start. */
  readonly adminTokenFile?: string;
}

/**
 * Makes the first admin if there is no user at all.
 * Throws RegistryError `bad-config` if `DIR/admin-token` is something that we did not write.
 * @param now milliseconds since 1970
 * @param options.checkpoint told of each step, for tests that stop the process there
 */
export async function bootstrap(
  store: Store,
  config: { readonly data: string },
  now: number = Date.now(),
  options: { readonly checkpoint?: (step: 'rows' | 'file') => void } = {},
): Promise<Bootstrapped> {
  const anybody = await store.db.selectFrom('users').select('id').limit(1).executeTakeFirst();
  if (anybody !== undefined) return {};
  const file = join(config.data, 'admin-token');
  const context = { store, now: () => now };
  return store.write(async (tx) => {
    // Again, now that nobody else writes.
    const first = await tx.selectFrom('users').select('id').limit(1).executeTakeFirst();
    if (first !== undefined) return {};
    const { user } = await insertUser(context, tx, system, { handle: 'admin', displayName: 'Administrator', role: 'admin' });
    const made = await createToken(store, tx, { userId: user.id, label: 'first token, from admin-token', scopes: allScopes, kind: 'bearer' }, now);
    await record(context, tx, system, 'token.created', made.row.id, { data: { user: user.handle, label: made.row.label, scopes: allScopes } });
    options.checkpoint?.('rows');
    await clearLeftover(file);
    if (!(await writeOnce(file, `${made.token}\n`)))
      throw new RegistryError('conflict', `${file} appeared while this registry was being set up. Start again.`);
    options.checkpoint?.('file');
    return { adminTokenFile: file };
  });
}

/** A start that was cut off may have left a token that never became good. Anything else in its place is not ours to remove. */
async function clearLeftover(file: string): Promise<void> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new RegistryError(
      'bad-config',
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}). Move it away and start again.`,
      {
        cause: error,
      },
    );
  }
  if (!isTokenText(text.trim()))
    throw new RegistryError(
      'bad-config',
      `${file} is there already and is not a token of ours. Move it away and start again: the first admin's token goes there.`,
    );
  await rm(file);
}
