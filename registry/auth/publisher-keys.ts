/**
 * Keys that publishers sign with (assurance L2). A key belongs to one user for ever: it cannot be registered twice, not by anybody else, and not again after it was revoked,
 * because what it signed before is judged by whose it was.
 */
import { RegistryError } from '../errors.ts';
import type { Actor } from '../model.ts';
import { publisherKeyAsStored } from '../store/accounts.ts';
import { newId } from '../store/index.ts';
import type { PublisherKeyRow } from '../store/schema.ts';
import { TrustError } from '../trust/errors.ts';
import { type PublicKey, parsePublicKey } from '../trust/keys.ts';
import { type AccountContext, needSelf, needText, needWholePerson, record } from './context.ts';
import { canAdminRegistry, needScope } from './rights.ts';
import { reasonOf } from './users.ts';

/** Registers the public half of a key as the actor's own. The same key again gives the same row. Throws RegistryError `unauthorized`, `forbidden`, `bad-input` or `exists`. */
export async function registerKey(
  context: AccountContext,
  actor: Actor,
  wanted: { readonly pem: string; readonly label: string },
): Promise<PublisherKeyRow> {
  needWholePerson(actor);
  needScope(actor, 'publish');
  const key = publicKey(wanted.pem);
  const label = needText(wanted.label, 'The label of a key', 100);
  const { store, now } = context;
  return store.write(async (tx) => {
    const self = await needSelf(store, tx, actor);
    const there = await publisherKeyAsStored(store, tx, key.keyid);
    if (there?.user_id === self.id && there.revoked_at === null) return there;
    if (there !== undefined) throw new RegistryError('exists', 'This key is registered already, or was and is revoked. Make a new one.');
    const row = store.seal<PublisherKeyRow>('publisher_keys', {
      id: newId('key'),
      user_id: self.id,
      keyid: key.keyid,
      pem: key.pem,
      label,
      created_at: now(),
      revoked_at: null,
    });
    await tx.insertInto('publisher_keys').values(row).execute();
    await record(context, tx, actor, 'key.registered', key.keyid, { data: { user: self.handle, label } });
    return row;
  });
}

/** Ends a key of one's own, or as an admin anybody's. Throws RegistryError `unauthorized` or `not-found`. */
export async function revokeKey(context: AccountContext, actor: Actor, keyid: string, reason?: string): Promise<PublisherKeyRow> {
  needWholePerson(actor);
  const { store, now } = context;
  return store.write(async (tx) => {
    const row = await publisherKeyAsStored(store, tx, keyid);
    if (row === undefined || (row.user_id !== actor.user.id && !canAdminRegistry(actor)))
      throw new RegistryError('not-found', 'There is no such key.');
    if (row.revoked_at !== null) return row;
    await record(context, tx, actor, 'key.revoked', keyid, { ...reasonOf(reason), data: { label: row.label } });
    return store.patch(tx, 'publisher_keys', row.id, { revoked_at: now() });
  });
}

function publicKey(pem: string): PublicKey {
  try {
    return parsePublicKey(pem, 'the publisher key');
  } catch (error) {
    if (error instanceof TrustError) throw new RegistryError('bad-input', error.message, { cause: error });
    throw error;
  }
}
