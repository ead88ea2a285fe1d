/**
 * The release keys that this registry's signatures are believed by: those that its signer has shown, sealed in the store. A signer with a key that was never seen before is believed
 * on the very first start only; later somebody has to say so (`skill serve --trust-signer KEYID`), because a new key is also what an attacker would bring.
 */
import { RegistryError } from './errors.ts';
import type { SignerClient } from './signer/client.ts';
import { appendEvent } from './store/events.ts';
import { newId, type Store } from './store/index.ts';
import type { ReleaseKeyRow } from './store/schema.ts';
import { keyEntry, type PublicKeyEntry } from './trust/keys.ts';

export interface Keyring {
  /** Keys that signatures of releases are checked with, as they were when they were last read; the same array as long as nothing changed. */
  keys(): readonly PublicKeyEntry[];
  /** Reads them again if anything was written, by this server or another, since; `epoch` is the store's, if it was asked already. Throws RegistryError `tampered` for a key that was not written by us; then none is to be believed. */
  fresh(epoch?: number): Promise<void>;
  /** Takes note of the key that a signer shows. Throws RegistryError `bad-config` for one that nobody trusts. */
  meet(shown: { readonly keyid: string; readonly pem: string }): Promise<{ readonly keyid: string; readonly first: boolean }>;
  /** Whether signatures by a key are believed. Before the first signer has come, by any. Throws RegistryError `tampered`. */
  trusts(keyid: string): Promise<boolean>;
  /** The signer, asked for its key before each signature: one that changed its key signs nothing for us. */
  guard(signer: SignerClient): SignerClient;
}

export async function createKeyring(store: Store, trusted?: string): Promise<Keyring> {
  const read = async (): Promise<PublicKeyEntry[]> =>
    (await store.db.selectFrom('release_keys').selectAll().orderBy('created_at').orderBy('id').execute()).map((row) => {
      store.sealed('release_keys', row);
      return keyEntry(row.pem, 'release', row.created_at, row.revoked_at);
    });
  let seen = store.epoch();
  let list = await read();
  const fresh = async (epoch = store.epoch()): Promise<void> => {
    if (epoch === seen) return;
    const now = await read();
    seen = epoch;
    if (JSON.stringify(now) !== JSON.stringify(list)) list = now;
  };

  const keyring: Keyring = {
    keys: () => list,
    fresh,
    async meet({ keyid, pem }) {
      const entry = keyEntry(pem, 'release', Date.now());
      if (entry.keyid !== keyid)
        throw new RegistryError('bad-config', 'The signer shows a key that does not have the id it says. Is something else answering on its socket?');
      const first = await store.write(async (tx) => {
        const rows = await tx.selectFrom('release_keys').selectAll().execute();
        for (const row of rows) store.sealed('release_keys', row);
        const known = rows.find((row) => row.keyid === keyid);
        if (known !== undefined && known.revoked_at === null) return false;
        if (known !== undefined) throw new RegistryError('bad-config', `The signer's key ${keyid} was revoked. Give the signer a new key.`);
        if (rows.length > 0 && trusted !== keyid)
          throw new RegistryError(
            'bad-config',
            `The signer has a key that this registry has never seen (${keyid}); it knows ${rows.map((row) => row.keyid).join(', ')}. If you changed the key, start once with --trust-signer ${keyid}.`,
          );
        const now = Date.now();
        await tx
          .insertInto('release_keys')
          .values(store.seal<ReleaseKeyRow>('release_keys', { id: newId('key'), keyid, pem, created_at: now, revoked_at: null }))
          .execute();
        await appendEvent(
          tx,
          { type: 'key.trusted', subject: keyid, actor: { via: 'system' }, reason: rows.length === 0 ? 'first start' : '--trust-signer' },
          now,
        );
        return rows.length === 0;
      });
      await fresh();
      return { keyid, first };
    },
    async trusts(keyid) {
      await fresh();
      return list.length === 0 || list.some((key) => key.keyid === keyid && key.revokedAt === null);
    },
    guard: (signer) => ({
      ...signer,
      async sign(versionId) {
        await keyring.meet(await signer.key());
        return signer.sign(versionId);
      },
    }),
  };
  return keyring;
}
