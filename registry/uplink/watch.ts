/**
 * Looking for new versions of what was imported (`skill import --watch`): a job per skill and interval, taken by one of the servers on a store. A new version goes into quarantine like
 * any other import, on behalf of the person who asked for it, and is compared there with what is served; nothing is served because an upstream says so.
 *
 * It also looks again at the version it imported last: other files under the same number, a newest version older than before, a withdrawal, and the upstream's own word that it is
 * malware are alarms in the audit log, each once. An upstream that does not answer is asked again at the next interval.
 */

import { canPublish, needScope } from '../auth/rights.ts';
import { RegistryError } from '../errors.ts';
import type { Gate } from '../gate/contract.ts';
import { type Actor, actorOf, refText, roleScopes } from '../model.ts';
import { memberOf, namespaceByHandle, namespaceById, userById } from '../store/accounts.ts';
import { appendEvent } from '../store/events.ts';
import type { UpstreamRow } from '../store/schema.ts';
import { newestFirst } from '../store/versions.ts';
import { readListed } from './clawhub.ts';
import { alarm, importSkill, open, type UplinkDeps } from './import.ts';
import { arrangeLook, watchKind } from './schedule.ts';

export interface Watched {
  readonly owner: string;
  readonly slug: string;
  /** Address of the skill there. */
  readonly upstream: string;
  readonly lastVersion: string | null;
  /** Milliseconds since 1970 of the last look that was answered. */
  readonly checkedAt: number | null;
}

/** Makes the runner of the gate look at watched upstreams. Call before the gate starts. */
export async function startWatching(
  deps: UplinkDeps & { readonly gate: Pick<Gate, 'handle' | 'publish' | 'settle'>; readonly log?: (says: string, about: object) => void },
): Promise<void> {
  deps.gate.handle(watchKind, async (job) => {
    // The next look is arranged first: whatever happens to this one, there is another.
    const [id] = job.subject.split('#');
    const row = await rowOf(deps, id!).catch(async (error: unknown) => {
      // Whose name it acts in is not known any more, so it acts for nobody.
      if (!(error instanceof RegistryError) || error.code !== 'tampered') throw error;
      await alarm(deps, 'alarm.tampered', id!, error.message, error.detail ?? {});
    });
    if (row === undefined || row.watch === 0) return;
    await arrange(deps, row.id);
    await look(deps, row).catch((error: unknown) => {
      if (!(error instanceof RegistryError)) throw error;
      deps.log?.(`A watched upstream could not be looked at: ${error.message}`, { upstream: row.url, code: error.code });
    });
  });
  for (const { id } of await deps.store.db.selectFrom('upstreams').select('id').where('watch', '=', 1).execute()) await arrange(deps, id);
}

const arrange = (deps: Pick<UplinkDeps, 'store' | 'config' | 'now'>, id: string): Promise<void> =>
  deps.store.write((tx) => arrangeLook(tx, id, deps.config, (deps.now ?? Date.now)()));

/** @throws RegistryError `tampered` */
async function rowOf({ store }: Pick<UplinkDeps, 'store'>, id: string): Promise<UpstreamRow | undefined> {
  const row = await store.db.selectFrom('upstreams').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : store.sealed('upstreams', row);
}

/** One look at one upstream. */
export async function look(deps: UplinkDeps, row: UpstreamRow): Promise<void> {
  const { store } = deps;
  const namespace = await namespaceById(store, store.db, row.namespace_id);
  const user = await userById(store, store.db, row.imported_by);
  const member = namespace === undefined ? undefined : await memberOf(store, store.db, namespace.id, row.imported_by);
  const name = { owner: namespace?.handle ?? '', slug: row.slug };
  const actor: Actor | undefined =
    user === undefined || user.disabled_at !== null
      ? undefined
      : {
          user: { id: user.id, handle: user.handle, displayName: user.display_name, role: user.role },
          tokenId: undefined,
          scopes: new Set(roleScopes[user.role]),
          namespaces: undefined,
          ip: '',
          via: 'system',
        };
  if (actor === undefined || namespace === undefined || !canPublish(actor, namespace, member))
    return stop(deps, row, refText(name), 'Who asked for the watch may not publish there any more.');

  const line = await open(deps, row.url);
  try {
    const there = { owner: row.upstream_owner ?? undefined, slug: row.upstream_slug };
    const newest = await readListed(line, there).catch((error: unknown) => gone(deps, row, refText(name), error));
    if (newest === undefined) return;
    const last = row.last_version;
    if (last !== null) {
      const again =
        newest.version === last
          ? newest
          : await readListed(line, { ...there, version: last }).catch((error: unknown) =>
              gone(deps, row, refText({ ...name, version: last }), error),
            );
      if (again === undefined) return;
      const before = row.last_digest?.startsWith('sha256:') === true ? row.last_digest : again.digest;
      if (again.digest !== before)
        await alarm(
          deps,
          'alarm.upstream-changed',
          refText({ ...name, version: last }),
          `${row.url} has other files under the number ${last} than it had.`,
          { upstream: row.url, was: before, now: again.digest },
        );
      await seen(deps, row, { last_digest: again.digest });
    }
    if (last !== null && newest.version !== last && newestFirst(newest.version, last) > 0) {
      await alarm(deps, 'alarm.upstream-went-back', refText(name), `${row.url} now calls ${newest.version} the newest version; it was ${last}.`, {
        upstream: row.url,
        was: last,
        now: newest.version,
      });
      return seen(deps, row, { last_version: newest.version, last_digest: newest.digest });
    }
    if (newest.version !== last) {
      // What is refused stays refused: it is told once and not asked for at every interval.
      await importSkill({ ...deps, actor }, { kind: 'upstream', from: row.url, ...there, version: newest.version, as: name }).catch(
        async (error: unknown) => {
          // Another time, then.
          if (!(error instanceof RegistryError) || error.code === 'unavailable' || error.code === 'too-many-requests') throw error;
          await alarm(deps, 'upstream.not-imported', refText({ ...name, version: newest.version }), error.message, {
            upstream: row.url,
            code: error.code,
          });
        },
      );
      return seen(deps, row, { last_version: newest.version, last_digest: newest.digest });
    }
    await seen(deps, row, {});
  } finally {
    await line.close();
  }
}

/** What an upstream says of a skill instead of giving it, and the event that tells of it. */
const endings = {
  malware: 'alarm.upstream-malware',
  withdrawn: 'alarm.upstream-withdrawn',
  mismatch: 'alarm.upstream-changed',
} as const;

/** A withdrawn or condemned upstream is told once: the digest that stood there is replaced by the reason. */
async function gone(deps: UplinkDeps, row: UpstreamRow, subject: string, error: unknown): Promise<undefined> {
  if (!(error instanceof RegistryError)) throw error;
  const mark =
    error.code === 'refused'
      ? error.detail?.['upstream'] === 'malware'
        ? 'malware'
        : 'mismatch'
      : error.code === 'not-found' || error.code === 'withdrawn'
        ? 'withdrawn'
        : undefined;
  if (mark === undefined) throw error;
  if (row.last_digest !== mark) await alarm(deps, endings[mark], subject, error.message, { upstream: row.url });
  await seen(deps, row, { last_digest: mark });
  return undefined;
}

async function seen(deps: UplinkDeps, row: UpstreamRow, facts: Partial<Pick<UpstreamRow, 'last_version' | 'last_digest'>>): Promise<void> {
  const now = (deps.now ?? Date.now)();
  await deps.store.write((tx) => deps.store.patch(tx, 'upstreams', row.id, { ...facts, checked_at: now }));
}

async function stop(deps: UplinkDeps, row: UpstreamRow, subject: string, reason: string): Promise<void> {
  const now = (deps.now ?? Date.now)();
  await deps.store.write(async (tx) => {
    await deps.store.patch(tx, 'upstreams', row.id, { watch: 0 });
    await appendEvent(tx, { type: 'upstream.unwatched', actor: { via: 'system' }, subject, reason, data: { upstream: row.url } }, now);
  });
}

/** What is watched in namespaces where the actor may publish, by name. */
export async function watched(deps: Pick<UplinkDeps, 'store'>, actor: Actor): Promise<Watched[]> {
  needScope(actor, 'publish');
  const { store } = deps;
  const found: Watched[] = [];
  for (const row of await store.db.selectFrom('upstreams').selectAll().where('watch', '=', 1).orderBy('slug').orderBy('id').execute()) {
    store.sealed('upstreams', row);
    const namespace = await namespaceById(store, store.db, row.namespace_id);
    if (namespace === undefined || !canPublish(actor, namespace, await memberOf(store, store.db, namespace.id, actor.user.id))) continue;
    found.push({
      owner: namespace.handle,
      slug: row.slug,
      upstream: `${row.url}/@${row.upstream_owner ?? ''}/${row.upstream_slug}`,
      lastVersion: row.last_version,
      checkedAt: row.checked_at,
    });
  }
  return found;
}

/** Ends a watch. Throws RegistryError `not-found`, in the same words for what does not exist and what is not the actor's. */
export async function unwatch(
  deps: Pick<UplinkDeps, 'store' | 'now'>,
  actor: Actor,
  name: { readonly owner: string; readonly slug: string },
): Promise<void> {
  needScope(actor, 'publish');
  const { store } = deps;
  const namespace = await namespaceByHandle(store, store.db, name.owner);
  const member = namespace === undefined ? undefined : await memberOf(store, store.db, namespace.id, actor.user.id);
  const row =
    namespace === undefined || !canPublish(actor, namespace, member)
      ? undefined
      : await store.db
          .selectFrom('upstreams')
          .selectAll()
          .where('namespace_id', '=', namespace.id)
          .where('slug', '=', name.slug)
          .where('watch', '=', 1)
          .executeTakeFirst();
  if (row === undefined) throw new RegistryError('not-found', `${refText(name)} is not watched. \`skill import --watched\` lists what is.`);
  const now = (deps.now ?? Date.now)();
  await store.write(async (tx) => {
    await store.patch(tx, 'upstreams', row.id, { watch: 0 });
    await appendEvent(tx, { type: 'upstream.unwatched', actor: actorOf(actor), subject: refText(name), data: { upstream: row.url } }, now);
  });
}
