/**
 * Import: a skill from elsewhere goes into quarantine, through the same gate as everything else. Who imports counts as its publisher; the number stays the upstream's; address, digest
 * and time of the upstream are recorded for good.
 *
 * Nothing is ever fetched because a client asks for a skill: only because somebody with the right to publish there says so, or because that somebody asked to have it watched (watch.ts).
 * An upstream that sends other bytes for a version it gave before is an alarm, and what we have stays as it is.
 */
import { visible } from '../../scanner/report/escape.ts';
import { archiveLimits, type PackFile, sha256Hex } from '../archive/index.ts';
import { canPublish, needScope, type SignedIn } from '../auth/rights.ts';
import { RegistryError } from '../errors.ts';
import type { Imported } from '../gate/contract.ts';
import { type Actor, actorOf, refText } from '../model.ts';
import { memberOf, namespaceByHandle } from '../store/accounts.ts';
import { appendEvent } from '../store/events.ts';
import type { UpstreamRow, VersionRow } from '../store/schema.ts';
import { skillByName, versionOf } from '../store/versions.ts';
import { allowedUpstream, upstreamsOf } from './address.ts';
import { fetchVersion, type Listed, listDigest, readListed, type UpstreamName } from './clawhub.ts';
import type { ImportResult, ImportSource, UplinkDeps } from './contract.ts';
import { type Dial, dial } from './dial.ts';
import { arrangeLook } from './schedule.ts';

export type { ImportResult, ImportSource, Target, UplinkDeps } from './contract.ts';

/** How many upstream archives are in memory at once. */
const parallel = 3;
let running = 0;
const waiting: (() => void)[] = [];
async function turn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= parallel) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
  try {
    return await work();
  } finally {
    running--;
    waiting.shift()?.();
  }
}

/**
 * Imports one version into quarantine and waits a little for the gate.
 * Throws RegistryError: `unauthorized`/`forbidden` before anything is fetched, what the upstream answers, `exists` if the number is taken by other content, and what the gate refuses.
 */
export async function importSkill(deps: UplinkDeps & { readonly actor: Actor }, source: ImportSource): Promise<ImportResult> {
  const { actor } = deps;
  needScope(actor, 'publish');
  const owner = (source.as?.owner ?? actor.user.handle).toLowerCase();
  await needPublisher(deps, actor, owner);
  if (source.kind !== 'upstream') {
    const slug = source.as.slug.toLowerCase();
    const digest = listDigest(source.files.map((file) => ({ path: file.path, sha256: sha256Hex(file.bytes) })));
    const imported: Imported = {
      kind: source.kind,
      upstream: source.from,
      digest,
      at: atOf(deps),
      ...(source.commit === undefined ? {} : { commit: source.commit }),
      ...(source.path === undefined ? {} : { path: source.path }),
    };
    return publish(deps, {
      owner,
      slug,
      version: source.version,
      displayName: undefined,
      changelog: source.changelog ?? '',
      files: source.files,
      imported,
    });
  }

  return turn(async () => {
    const line = await open(deps, source.from);
    try {
      const name: UpstreamName = { owner: source.owner?.toLowerCase(), slug: source.slug.toLowerCase(), version: source.version };
      const listed = await readListed(line, name);
      const slug = (source.as?.slug ?? listed.slug).toLowerCase();
      const there = await known(deps, owner, slug, listed, line);
      const result =
        there === undefined
          ? await publish(deps, await requestOf(deps, line, name, listed, { owner, slug }))
          : resultOf({ owner, slug, upstream: addressOf(line, listed), digest: listed.digest }, there, true, []);
      if (source.watch !== true) return result;
      await watch(deps, actor, { owner, slug }, line, listed);
      return { ...result, watched: true };
    } finally {
      await line.close();
    }
  });
}

/** Opens an allowed upstream, with the token that the settings name for it. */
export async function open(deps: Pick<UplinkDeps, 'config' | 'secret' | 'lookup'>, from: string): Promise<Dial> {
  const { url, upstream } = allowedUpstream(from, upstreamsOf(deps.config.upstream.allow));
  const tokens = deps.config.upstream.tokens ?? {};
  const reference = tokens[upstream.origin] ?? tokens[upstream.host];
  const token = reference === undefined || deps.secret === undefined ? undefined : await deps.secret(reference);
  return dial(upstream, url, { token, ...(deps.lookup === undefined ? {} : { lookup: deps.lookup }) });
}

/** Before anything is fetched: this server asks nobody for who may not publish the answer. One sentence for all reasons, so that none tells which namespaces exist. */
async function needPublisher(deps: UplinkDeps, actor: SignedIn, owner: string): Promise<void> {
  const { store } = deps;
  const namespace = await namespaceByHandle(store, store.db, owner);
  const member = namespace === undefined ? undefined : await memberOf(store, store.db, namespace.id, actor.user.id);
  if (namespace === undefined || !canPublish(actor, namespace, member))
    throw new RegistryError(
      'forbidden',
      `${actor.user.handle} may not publish into @${visible(owner)}, so nothing was fetched. Say where it should go: --as @namespace/name.`,
    );
}

const addressOf = (line: Dial, listed: Listed): string => `${line.base}/@${listed.owner}/${listed.slug}@${listed.version}`;

/** A version that is here already under that number, if its content is the same. */
async function known(deps: UplinkDeps, owner: string, slug: string, listed: Listed, line: Dial): Promise<VersionRow | undefined> {
  const { store } = deps;
  const namespace = await namespaceByHandle(store, store.db, owner);
  const skill = namespace === undefined ? undefined : await skillByName(store, store.db, namespace.id, slug);
  const row = skill === undefined ? undefined : await versionOf(store, store.db, skill.id, listed.version);
  if (row === undefined) return undefined;
  const before = importedOf(row);
  if (before === undefined || before.upstream !== addressOf(line, listed)) return undefined;
  if (before.digest === listed.digest) return row;
  await alarm(
    deps,
    'alarm.upstream-changed',
    refText({ owner, slug, version: listed.version }),
    `${before.upstream} is no longer what was imported.`,
    {
      upstream: before.upstream,
      was: before.digest,
      now: listed.digest,
    },
  );
  throw new RegistryError(
    'exists',
    `${before.upstream} is not what it was when it was imported: its files have changed under the same number. Nothing was imported, what is here stays, and the change was written to the audit log. Ask the upstream why, or import another version.`,
    { detail: { was: before.digest, now: listed.digest } },
  );
}

/** What was recorded about the origin of an imported version. */
export function importedOf(row: Pick<VersionRow, 'source'>): { readonly upstream: string; readonly digest: string } | undefined {
  const source = JSON.parse(row.source) as { readonly kind?: unknown; readonly upstream?: unknown; readonly digest?: unknown };
  return typeof source.upstream === 'string' && typeof source.digest === 'string' ? { upstream: source.upstream, digest: source.digest } : undefined;
}

/** An event that tells of an upstream doing what it should not. */
export async function alarm(
  deps: Pick<UplinkDeps, 'store' | 'now'>,
  type: string,
  subject: string,
  reason: string,
  data: Readonly<Record<string, unknown>>,
): Promise<void> {
  const now = (deps.now ?? Date.now)();
  await deps.store.write((tx) => appendEvent(tx, { type, actor: { via: 'system' }, subject, reason, data }, now));
}

interface Request {
  readonly owner: string;
  readonly slug: string;
  readonly version: string;
  readonly displayName: string | undefined;
  readonly changelog: string;
  readonly files: readonly PackFile[];
  readonly imported: Imported;
}

async function requestOf(
  deps: UplinkDeps,
  line: Dial,
  name: UpstreamName,
  listed: Listed,
  as: { readonly owner: string; readonly slug: string },
): Promise<Request> {
  const { fileBytes, totalBytes, files } = deps.config.limits;
  const fetched = await fetchVersion(line, name, listed, { ...archiveLimits, fileBytes, totalBytes, files });
  return {
    ...as,
    version: fetched.version,
    displayName: fetched.displayName === undefined ? undefined : clean(fetched.displayName.replace(/\s+/g, ' '), 120).trim(),
    changelog: clean(fetched.changelog, 10_000),
    files: fetched.contents,
    imported: {
      kind: 'clawhub',
      upstream: addressOf(line, fetched),
      digest: fetched.digest,
      archive: `sha256:${fetched.archiveSha256}`,
      at: atOf(deps),
    },
  };
}

/** Text of an upstream as the gate takes it: no controls but line ends and tabs, no half characters. */
const clean = (text: string, most: number): string =>
  [...text.toWellFormed().replace(/[^\P{Cc}\t\r\n]|[\p{Zl}\p{Zp}]/gu, ' ')].slice(0, most).join('');

/** When the upstream was asked. */
const atOf = (deps: Pick<UplinkDeps, 'now'>): string => new Date((deps.now ?? Date.now)()).toISOString();

async function publish(deps: UplinkDeps & { readonly actor: Actor }, request: Request): Promise<ImportResult> {
  const { displayName, ...rest } = request;
  const published = await deps.gate.publish(deps.actor, { ...rest, ...(displayName === undefined ? {} : { displayName }), tags: [] });
  const row = await deps.gate.settle(published.versionId, deps.config.limits.publishWaitMs);
  return resultOf(
    { owner: published.owner, slug: published.slug, upstream: request.imported.upstream, digest: request.imported.digest },
    row,
    published.repeated,
    published.warnings,
  );
}

const resultOf = (
  about: Pick<ImportResult, 'owner' | 'slug' | 'upstream' | 'digest'>,
  row: VersionRow,
  repeated: boolean,
  warnings: readonly string[],
): ImportResult => ({
  ...about,
  version: row.version,
  versionId: row.id,
  state: row.state,
  decision: row.decision,
  reason: row.state_reason,
  repeated,
  growth: row.growth,
  watched: false,
  warnings,
});

/** Notes that new versions are to be looked for, on behalf of who asked. */
async function watch(
  deps: UplinkDeps,
  actor: SignedIn,
  as: { readonly owner: string; readonly slug: string },
  line: Dial,
  listed: Listed,
): Promise<void> {
  const now = (deps.now ?? Date.now)();
  await deps.store.write(async (tx) => {
    const namespace = (await namespaceByHandle(deps.store, tx, as.owner))!;
    const facts = {
      url: line.base,
      upstream_owner: listed.owner,
      upstream_slug: listed.slug,
      watch: 1 as const,
      last_version: listed.version,
      last_digest: listed.digest,
      imported_by: actor.user.id,
      checked_at: now,
    };
    const id = `up_${sha256Hex(`${namespace.id}/${as.slug}`).slice(0, 20)}`;
    const there = await tx.selectFrom('upstreams').select('id').where('id', '=', id).executeTakeFirst();
    if (there !== undefined) await deps.store.patch(tx, 'upstreams', id, facts);
    else
      await tx
        .insertInto('upstreams')
        .values(deps.store.seal<UpstreamRow>('upstreams', { id, namespace_id: namespace.id, slug: as.slug, created_at: now, ...facts }))
        .execute();
    await arrangeLook(tx, id, deps.config, now);
    await appendEvent(
      tx,
      {
        type: 'upstream.watched',
        actor: actorOf(actor),
        subject: refText(as),
        data: { upstream: `${line.base}/@${listed.owner}/${listed.slug}`, version: listed.version },
      },
      now,
    );
  });
}
