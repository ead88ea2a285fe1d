/**
 * The records that the signer judges by, from the store: opened for reading only, anew for each request, so that nothing is believed from an earlier look. Every row has had its
 * seal checked by the store's own queries, which also hold it against the audit log, and every blob is hashed when read.
 */
import { RegistryError } from '../errors.ts';
import { refText } from '../model.ts';
import { listPublisherKeys, userById } from '../store/accounts.ts';
import { noEvent } from '../store/events.ts';
import { openStore, type Store } from '../store/index.ts';
import { registryIdOf } from '../store/settings.ts';
import { lastRevoked, twinsOf } from '../store/twins.ts';
import { approvalsOf, releaseKeys, versionById, versionsOf } from '../store/versions.ts';
import { sha256Hex } from '../trust/bytes.ts';
import type { RevocationRecord, SignerDeps, VersionRecord } from './contract.ts';
import { Refusal } from './errors.ts';

export interface Records extends Pick<SignerDeps, 'readVersion' | 'readRevocation' | 'readBlob' | 'releaseKeys'> {
  /** The name that the server settled on when it first started on this store. */
  readonly registryId: string | undefined;
}

/**
 * Runs `work` over the store in `folder`.
 * @throws Refusal `store` when it cannot be opened, `tampered` for a row or blob that is not as it was written
 */
export async function withRecords<T>(folder: string, work: (records: Records) => Promise<T>): Promise<T> {
  let store: Store;
  try {
    store = await openStore(folder, { readonly: true, cacheBytes: 0 });
  } catch (error) {
    throw new Refusal('store', `The store cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    if (!(await store.logStands())) throw new Refusal('tampered', 'The audit log does not end where it was left, so nothing can be held against it.');
    return await work({ ...recordsOf(store), registryId: await registryIdOf(store, store.db) });
  } catch (error) {
    throw error instanceof RegistryError ? new Refusal(error.code === 'tampered' ? 'tampered' : 'store', error.message, { cause: error }) : error;
  } finally {
    await store.close();
  }
}

function recordsOf(store: Store): Omit<Records, 'registryId'> {
  const { db } = store;
  return {
    readBlob: (digest) => store.blobs.get(digest),
    releaseKeys: () => releaseKeys(store, db),
    async readVersion(id): Promise<VersionRecord | undefined> {
      const found = await versionById(store, db, id);
      if (found === undefined) return undefined;
      const { owner, slug, row } = found;
      const publisher = await userById(store, db, row.publisher_id);
      if (publisher === undefined) throw new Refusal('tampered', 'Its publisher is no user of this registry.');
      const approvals = await approvalsOf(store, db, row);
      const people: VersionRecord['people'][number][] = [];
      for (const userId of new Set(approvals.map((approval) => approval.user_id))) {
        const user = await userById(store, db, userId);
        if (user !== undefined) people.push({ id: user.id, handle: user.handle, role: user.role, disabled: user.disabled_at !== null });
      }
      return {
        owner,
        slug,
        row,
        publisher: { id: publisher.id, handle: publisher.handle, disabled: publisher.disabled_at !== null },
        approvals,
        people,
        publisherKeys: await listPublisherKeys(store, db, publisher.id),
        siblings: (await versionsOf(store, db, row.skill_id)).filter((other) => other.id !== id),
        bytesRevokedAt: lastRevoked(await twinsOf(db, row)),
      };
    },
    async readRevocation({ owner, slug, row }): Promise<RevocationRecord | undefined> {
      const subject = refText({ owner, slug, version: row.version });
      const event = await db
        .selectFrom('events')
        .selectAll()
        .where('type', '=', 'version.revoked')
        .where('subject', '=', subject)
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (event === undefined) return undefined;
      if (sha256Hex(`${event.prev}\n${event.event}`) !== event.hash || (event.seq === 1) !== (event.prev === noEvent))
        throw new Refusal('tampered', 'The audit event of its revocation was changed.');
      const said = JSON.parse(event.event) as {
        readonly reason?: string;
        readonly actor?: { readonly user?: string; readonly handle?: string };
        readonly data?: { readonly version?: string; readonly severity?: string; readonly replacement?: string };
      };
      if (said.data?.version !== row.id) return undefined;
      return {
        reason: said.reason ?? '',
        severity: said.data.severity === 'warn' ? 'warn' : 'block',
        replacement: said.data.replacement,
        at: event.at,
        // Without a person it was the registry itself: rules of a later day, and a policy that says so.
        by: { id: said.actor?.user ?? 'system', handle: said.actor?.handle ?? 'system' },
      };
    },
  };
}
