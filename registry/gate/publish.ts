/**
 * Publish: a request becomes a version in quarantine, or a refusal that names every problem. Bytes first, durably, under their digest, where nobody can reach them; then skill,
 * version, event and scan job in one transaction. Killed anywhere before its end, there is nothing; after it, the whole version and the job that goes on with it.
 *
 * The same request gives the same result for ever, also at the same moment and through two servers: what was stored first counts, and a different content under a taken number is
 * `exists`. Stops replaced versions, a name close to another's, and work signed by a key that is not the publisher's.
 */

import { ArchiveError } from '../archive/errors.ts';
import {
  type ArchiveLimits,
  checkSpecShort,
  type Described,
  describe,
  readSkillFile,
  recordOf,
  type SkillRecord,
  serverBounds,
} from '../archive/index.ts';
import { canPublish, needScope, type SignedIn } from '../auth/rights.ts';
import { RegistryError } from '../errors.ts';
import { type Actor, actorOf, type PublisherLevel, refText } from '../model.ts';
import { outdated } from '../store/account-log.ts';
import { listPublisherKeys, memberOf, namespaceByHandle } from '../store/accounts.ts';
import { newestEvents } from '../store/events.ts';
import { newId } from '../store/index.ts';
import type { NamespaceRow, SkillRow, VersionRow } from '../store/schema.ts';
import { skillByName, versionOf } from '../store/versions.ts';
import { bundleBytes, openBundle } from '../trust/bundle.ts';
import { TrustError } from '../trust/errors.ts';
import type { PublicKeyEntry } from '../trust/keys.ts';
import { splitPublisherBundle, verifyPublisherBundle } from '../trust/publisher.ts';
import { type Context, enqueue, needBlobs, type Tx, tell } from './context.ts';
import type { PublishRequest, PublishResult } from './contract.ts';
import { needName } from './names.ts';
import { type Request, readRequest, requestDigest } from './request.ts';

/** Levels from weak to strong. */
const levels: readonly PublisherLevel[] = ['L1', 'L2', 'L3'];

export async function publish(ctx: Context, actor: Actor, given: PublishRequest): Promise<PublishResult> {
  needScope(actor, 'publish');
  const request = readRequest(given, actor.user.handle);
  const namespace = await needNamespace(ctx, actor, request.owner);
  const described = await describeFiles(ctx, given);
  const digest = requestDigest(request, described.sha256);
  const { record, warnings } = readSkill(given);

  const before = await existing(ctx, ctx.store.db, namespace, request);
  if (before !== undefined) return repeated(request, before, digest, warnings);
  const publisher = await verifyPublisher(ctx, actor, given, request);
  const needed = ctx.config.policy.level;
  if (levels.indexOf(publisher.level) < levels.indexOf(needed))
    throw new RegistryError(
      'refused',
      `This registry takes versions from assurance level ${needed} on, and this one has ${publisher.level}: it does not carry its publisher's own signature. Register a key with \`skill key register\` and publish with \`skill publish\`.`,
    );
  await needName(ctx, namespace, request.slug);
  await needRoom(ctx, ctx.store.db, actor);
  ctx.checkpoint('publish:checked');

  await ctx.store.blobs.put(described.archive);
  if (publisher.bundle !== undefined) await ctx.store.blobs.put(publisher.bundle);
  ctx.checkpoint('publish:stored');

  const result = await ctx.store.write(async (tx) => {
    // Rights and names again: they may have been taken away or taken while the bytes came in.
    const same = await needNamespace(ctx, actor, request.owner, tx);
    const there = await existing(ctx, tx, same, request);
    if (there !== undefined) return repeated(request, there, digest, warnings);
    await needUnused(tx, request);
    await needRoom(ctx, tx, actor);
    const skill = (await skillByName(ctx.store, tx, same.id, request.slug)) ?? (await addSkill(ctx, tx, actor, same, request.slug));
    const row = await addVersion(ctx, tx, actor, skill, request, described, {
      digest,
      level: publisher.level,
      bundle: publisher.digest,
      displayName: request.displayName ?? lineOf(record?.name) ?? request.slug,
      description: lineOf(record?.description, 1024) ?? '',
    });
    await enqueue(ctx, tx, 'scan', row.id);
    ctx.checkpoint('publish:in-transaction');
    return resultOf(request, row, false, warnings);
  });
  ctx.checkpoint('publish:committed');
  ctx.wake();
  return result;
}

/** The namespace to publish to. Whether it does not exist or is not the actor's sounds the same. */
async function needNamespace(ctx: Context, actor: SignedIn, handle: string, db: Context['store']['db'] = ctx.store.db): Promise<NamespaceRow> {
  const namespace = await namespaceByHandle(ctx.store, db, handle);
  const member = namespace === undefined ? undefined : await memberOf(ctx.store, db, namespace.id, actor.user.id);
  if (namespace === undefined || !canPublish(actor, namespace, member))
    throw new RegistryError(
      'forbidden',
      `You may not publish to @${handle}. Ask its owner to add you as a publisher, or publish to a namespace of yours.`,
    );
  return namespace;
}

async function describeFiles(ctx: Context, { files }: PublishRequest): Promise<Described> {
  const { fileBytes, totalBytes, files: count } = ctx.config.limits;
  // Of an archive only the content counts; what the format adds is ours.
  const limits: ArchiveLimits = { fileBytes, totalBytes, files: count, archiveBytes: Number.MAX_SAFE_INTEGER };
  try {
    return await describe(files, limits);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new RegistryError(error.code === 'too-large' ? 'too-large' : 'bad-input', error.message, {
      cause: error,
      detail: { problems: error.problems },
    });
  }
}

/**
 * What the skill says of itself, and how it departs from the specification. Its text is a stranger's and this process serves everybody: it is parsed once, within bounds, and outside of
 * the transaction. Beyond the bounds it says nothing of itself, and a warning tells its author.
 */
function readSkill({ files }: PublishRequest): { readonly record: SkillRecord | undefined; readonly warnings: readonly string[] } {
  const skill = readSkillFile(files, serverBounds);
  return {
    record: skill === undefined ? undefined : recordOf(skill),
    warnings: checkSpecShort(files, skill)
      .slice(0, 20)
      .map((problem) => `${problem.path}:${problem.line}: ${problem.says}`),
  };
}

const existing = async (ctx: Context, db: Context['store']['db'], namespace: NamespaceRow, request: Request): Promise<VersionRow | undefined> => {
  const skill = await skillByName(ctx.store, db, namespace.id, request.slug);
  if (skill === undefined) return undefined;
  if (skill.deleted_at !== null)
    throw new RegistryError('conflict', `@${request.owner}/${request.slug} is deleted. Undelete it before publishing to it.`);
  return versionOf(ctx.store, db, skill.id, request.version);
};

/** Numbers are reserved for ever: one that the log knows of and the table does not was taken out from outside. @throws RegistryError `tampered` */
async function needUnused(tx: Tx, request: Request): Promise<void> {
  const [used] = (await newestEvents(tx, [refText(request)], ['version.published'])).values();
  if (used !== undefined) throw outdated('versions', String(used.data['version']));
}

/** What nobody has decided about costs everybody who looks at the skill or the queue. @throws RegistryError `too-many-requests` */
async function needRoom(ctx: Context, db: Context['store']['db'], actor: SignedIn): Promise<void> {
  const most = ctx.config.limits.openVersions;
  const { open } = await db
    .selectFrom('versions')
    .select((on) => on.fn.countAll<number>().as('open'))
    .where('publisher_id', '=', actor.user.id)
    .where('state', 'in', ['quarantined', 'held', 'approved'])
    .executeTakeFirstOrThrow();
  if (open >= most)
    throw new RegistryError(
      'too-many-requests',
      `${open} versions that you published wait to be scanned, decided about or signed; this registry takes no more than ${most} at a time. See them with \`skill queue\`, and publish again when some of them are served or refused.`,
      { detail: { open, most } },
    );
}

function repeated(request: Request, row: VersionRow, digest: string, warnings: readonly string[]): PublishResult {
  if (row.request_digest !== digest)
    throw new RegistryError(
      'exists',
      `${refText(request)} exists already with other content, and versions never change. Publish under a new version number.`,
      { detail: { state: row.state } },
    );
  return resultOf(request, row, true, warnings);
}

const resultOf = ({ owner, slug, version }: Request, row: VersionRow, again: boolean, warnings: readonly string[]): PublishResult => ({
  skillId: row.skill_id,
  versionId: row.id,
  owner,
  slug,
  version,
  repeated: again,
  state: row.state,
  warnings,
});

/** Text from a skill as one plain line; undefined if nothing is left. */
function lineOf(text: string | undefined, most = 120): string | undefined {
  const line = text?.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return line === undefined || line === '' ? undefined : [...line].slice(0, most).join('');
}

interface Publisher {
  readonly level: PublisherLevel;
  /** Stored as a blob under `digest`. */
  readonly bundle?: Buffer;
  readonly digest: string | null;
}

/** Level L2 if the publisher's own bundle came along and fits. A bundle that does not fit is refused, never left out. */
async function verifyPublisher(ctx: Context, actor: SignedIn, given: PublishRequest, request: Request): Promise<Publisher> {
  const { bundle: inside, rest } = splitPublisherBundle(given.files);
  // A bundle that lies in an imported folder was made for where it comes from, and says nothing here.
  const claimed = given.publisherBundle ?? (given.imported === undefined ? inside : undefined);
  if (claimed === undefined) return { level: 'L1', digest: null };
  const rows = await listPublisherKeys(ctx.store, ctx.store.db, actor.user.id);
  const keys = rows.map(
    ({ keyid, pem, created_at, revoked_at }): PublicKeyEntry => ({ keyid, pem, purpose: 'publisher', createdAt: created_at, revokedAt: revoked_at }),
  );
  try {
    const verified = await verifyPublisherBundle(claimed, await describe(rest), { ...request, registryId: ctx.config.registryId }, keys);
    return { level: 'L2', bundle: bundleBytes(openBundle(claimed).serialized), digest: verified.digest };
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    throw new RegistryError(
      'refused',
      `The publisher's signature (skill.sigstore.json) does not hold: ${error.message} Sign again with a key registered for ${actor.user.handle}, or publish without it.`,
      { cause: error, detail: { trust: error.code } },
    );
  }
}

/** A skill that nobody can see yet: its texts come with the first version that is served. */
async function addSkill(ctx: Context, tx: Tx, actor: SignedIn, namespace: NamespaceRow, slug: string): Promise<SkillRow> {
  await needName(ctx, namespace, slug, tx);
  const at = ctx.now();
  const row = ctx.store.seal<SkillRow>('skills', {
    id: newId('skl'),
    namespace_id: namespace.id,
    slug,
    display_name: slug,
    summary: '',
    topics: '[]',
    created_by: actor.user.id,
    created_at: at,
    updated_at: at,
    deleted_at: null,
    deleted_reason: null,
  });
  await tx.insertInto('skills').values(row).execute();
  return row;
}

interface Facts {
  readonly digest: string;
  readonly level: PublisherLevel;
  readonly bundle: string | null;
  readonly displayName: string;
  readonly description: string;
}

async function addVersion(
  ctx: Context,
  tx: Tx,
  actor: SignedIn,
  skill: SkillRow,
  request: Request,
  described: Described,
  facts: Facts,
): Promise<VersionRow> {
  const at = ctx.now();
  const id = newId('ver');
  const moved = await tell(ctx, tx, {
    type: 'version.published',
    actor: actorOf(actor),
    subject: refText(request),
    data: {
      version: id,
      to: 'quarantined',
      archive: described.sha256,
      size: described.size,
      files: described.files.length,
      level: facts.level,
      source: JSON.parse(request.source) as unknown,
    },
  });
  const row = ctx.store.seal<VersionRow>('versions', {
    id,
    skill_id: skill.id,
    version: request.version,
    state: 'quarantined',
    archive_sha256: described.sha256,
    archive_size: described.size,
    tree: described.tree,
    fingerprint: described.fingerprint,
    files: JSON.stringify(described.files),
    display_name: facts.displayName,
    description: facts.description,
    changelog: request.changelog,
    tags: JSON.stringify(request.tags),
    source: request.source,
    publisher_id: actor.user.id,
    publisher_token: actor.tokenId ?? null,
    publisher_level: facts.level,
    publisher_bundle: facts.bundle,
    request_digest: facts.digest,
    report_sha256: null,
    decision: null,
    ruleset: null,
    policy_digest: null,
    scan_as_of: null,
    growth: null,
    attestations_sha256: null,
    state_reason: null,
    flagged: null,
    created_at: at,
    scanned_at: null,
    decided_at: null,
    not_before: at + ctx.config.policy.cooldown,
    served_at: null,
    revocation_sha256: null,
    moved_seq: moved,
  });
  needBlobs(ctx, row);
  await tx.insertInto('versions').values(row).execute();
  return row;
}
