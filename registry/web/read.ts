/** What the pages read, and through which door: the shelf for what is served, the gate for what is not and for those alone who may know of it. */
import { hasScope } from '../auth/rights.ts';
import { RegistryError } from '../errors.ts';
import type { VersionInfo } from '../gate/contract.ts';
import { type Actor, type FileEntry, releasable } from '../model.ts';
import { type ReportGist, reportsOf } from '../reports.ts';
import type { ServedVersion } from '../shelf/contract.ts';
import { fileOf as fileInArchive } from '../shelf/files.ts';
import type { Store } from '../store/index.ts';
import type { VersionRow } from '../store/schema.ts';
import type { WebOptions } from './index.ts';
import type { QueueView, Waiting } from './pages/queue.ts';
import type { Visitor } from './session.ts';

type Found = { readonly kind: 'served'; readonly version: ServedVersion } | { readonly kind: 'waiting'; readonly info: VersionInfo };

/** Versions that a queue page knows of. */
const listed = 200;
/** Versions shown with everything about them on one queue page. */
const cards = 20;

/** A version as this person may see it. Throws what the shelf says of it to those who may not see more. */
export async function waitingFor(
  { shelf, gate }: Pick<WebOptions, 'shelf' | 'gate'>,
  actor: Actor,
  ref: { readonly owner: string; readonly slug: string; readonly version?: string },
): Promise<Found> {
  try {
    return { kind: 'served', version: await shelf.version(actor, ref) };
  } catch (error) {
    const known = error instanceof RegistryError && (error.code === 'not-found' || error.code === 'withdrawn');
    if (!known || actor.user === undefined || ref.version === undefined) throw error;
    const info = await gate.inspect(actor, ref).catch(() => undefined);
    // What the shelf does not give although it is releasable is hidden or wrong, and no page goes around that.
    if (info === undefined || releasable.has(info.row.state)) throw error;
    return { kind: 'waiting', info };
  }
}

/** What is shown of a scan report by its digest; undefined if there is none yet. */
export const reportFor = async (store: Store, sha256: string | null): Promise<ReportGist | undefined> =>
  sha256 === null ? undefined : reportsOf(store).gist(sha256);

/** One file of a version that is not served. Throws RegistryError `not-found`. */
export async function fileOf(store: Store, row: VersionRow, path: string): Promise<Buffer> {
  const file = fileInArchive(await store.blobs.get(row.archive_sha256), JSON.parse(row.files) as FileEntry[], path);
  if (file === undefined) throw new RegistryError('not-found', 'This version has no such file.');
  return file.bytes;
}

/** The queue of a visitor with everything its page shows. */
export async function queueView(
  { store, gate, config }: Pick<WebOptions, 'store' | 'gate' | 'config'>,
  { actor, csrf }: Visitor,
  about: Partial<Pick<QueueView, 'done' | 'failed'>>,
): Promise<QueueView> {
  const { forMe, mine, next } = await gate.queue(actor, { limit: listed });
  const shown: Waiting[] = [];
  for (const item of forMe.slice(0, cards)) {
    let damaged = false;
    const report = await reportFor(store, item.reportSha256).catch((error: unknown) => {
      if (!(error instanceof RegistryError) || error.code !== 'tampered') throw error;
      // One damaged report must not hide the others; it is shown as what it is, and nothing can be decided by it.
      damaged = true;
      return undefined;
    });
    shown.push({ item, report, damaged, info: await gate.attempt(actor, item.versionId).catch(() => undefined) });
  }
  return {
    csrf,
    userId: actor.user?.id ?? '',
    admin: hasScope(actor, 'admin'),
    solo: config.policy.approval.solo,
    forMe: shown,
    mine,
    done: about.done,
    failed: about.failed,
    more: forMe.length - shown.length,
    evenMore: next.forMe !== null,
  };
}
