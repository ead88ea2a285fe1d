/**
 * The words of our own API (`/api/skillward/v1`), as schemas: the server checks what it gets and gives with them, the client what it got. Additions are allowed within v1; a client
 * ignores fields it does not know. Times are milliseconds since 1970, digests lower-case hex unless a prefix says otherwise.
 */
import { type Static, type TSchema, Type } from 'typebox';

export const PREFIX = '/api/skillward/v1';

const hex64 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const text = (most = 4096) => Type.String({ maxLength: most });
const time = Type.Number();

export const owner = Type.String({ pattern: '^[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?$' });
export const slug = Type.String({ pattern: '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$' });
export const version = Type.String({ minLength: 1, maxLength: 128, pattern: '^[0-9A-Za-z][0-9A-Za-z.+-]*$' });

export const VersionStates = Type.Enum(['quarantined', 'held', 'refused', 'approved', 'served', 'deprecated', 'yanked', 'revoked']);
export const Level = Type.Enum(['L1', 'L2', 'L3']);

export const Key = Type.Object({
  keyid: hex64,
  pem: text(),
  purpose: Type.Literal('release'),
  createdAt: time,
  retiredAt: Type.Optional(nullable(time)),
  revokedAt: nullable(time),
});
export const Keys = Type.Object({ schema: Type.Literal('skillward.keys.v1'), keys: Type.Array(Key, { maxItems: 100 }) });

/** What a registry is and how it judges. Public: a client reads it before it has a token. */
export const Registry = Type.Object({
  schema: Type.Literal('skillward.registry.v1'),
  id: text(128),
  name: text(200),
  url: text(2048),
  version: text(100),
  /** Whether public namespaces can be read without a token. */
  anonymousRead: Type.Boolean(),
  policy: Type.Object({
    /** sha256 of the whole policy, as release statements name it. */
    digest: hex64,
    /** Scanner policy: preset or name of the file. */
    scan: text(400),
    approval: Type.Object({
      pass: text(40),
      review: text(40),
      block: text(40),
      import: Type.Optional(text(40)),
      growth: text(40),
      approvers: Type.Number(),
      solo: Type.Boolean(),
    }),
    cooldown: Type.Number(),
    level: Level,
    rescan: text(40),
    slugs: text(40),
  }),
  limits: Type.Object({ fileBytes: Type.Number(), totalBytes: Type.Number(), files: Type.Number(), multipartBytes: Type.Number() }),
});
export type Registry = Static<typeof Registry>;

export const VersionSummary = Type.Object({
  version,
  state: VersionStates,
  decision: nullable(text(40)),
  level: Level,
  publisher: text(200),
  createdAt: time,
  servedAt: nullable(time),
  archiveSha256: hex64,
  /** Why it is in its state, where there is something to say. */
  reason: nullable(text(20_000)),
});
export type VersionSummary = Static<typeof VersionSummary>;

export const SkillDetail = Type.Object({
  schema: Type.Literal('skillward.skill.v1'),
  owner,
  slug,
  displayName: text(400),
  summary: text(),
  topics: Type.Array(text(200)),
  visibility: Type.Optional(text(40)),
  latest: nullable(version),
  tags: Type.Record(Type.String(), version),
  createdAt: time,
  updatedAt: time,
  /** Those that the caller may see, newest first. */
  versions: Type.Array(VersionSummary),
});
export type SkillDetail = Static<typeof SkillDetail>;

export const File = Type.Object({ path: text(1024), size: Type.Number(), sha256: hex64, contentType: text(200) });

/** An ability as the scanner states it; the whole manifest is `skillward.capability.v1` of the scanner. */
export const Ability = Type.Object({
  kind: text(40),
  key: text(1000),
  details: Type.Record(Type.String(), Type.Union([Type.String(), Type.Boolean(), Type.Array(Type.String())])),
});
export const Growth = Type.Object({ against: text(400), added: Type.Array(Ability), removed: Type.Array(Ability) });
export type Growth = Static<typeof Growth>;

export const VersionRecord = Type.Object({
  schema: Type.Literal('skillward.version.v1'),
  id: text(100),
  owner,
  slug,
  version,
  state: VersionStates,
  reason: nullable(text(20_000)),
  displayName: text(400),
  description: text(),
  changelog: text(100_000),
  createdAt: time,
  scannedAt: nullable(time),
  servedAt: nullable(time),
  notBefore: time,
  archive: Type.Object({ sha256: hex64, size: Type.Number() }),
  tree: text(100),
  fingerprint: hex64,
  files: Type.Array(File, { maxItems: 20_000 }),
  publisher: Type.Object({ handle: text(200), level: Level }),
  source: Type.Unknown(),
  scan: nullable(
    Type.Object({
      decision: text(40),
      says: nullable(text()),
      policyDigest: nullable(text(200)),
      ruleset: nullable(text(200)),
      asOf: nullable(text(20)),
      report: nullable(hex64),
      /** Findings by gate. */
      findings: nullable(Type.Record(Type.String(), Type.Number())),
    }),
  ),
  /** The scanner's manifest (skillward.capability.v1), null until scanned. */
  capability: Type.Unknown(),
  growth: nullable(Growth),
  /** Digest of the attestations document; only with it a version can be installed. */
  attestations: nullable(hex64),
  /** Digest of the signed revocation, if there is one: `…/revocation`. */
  revocation: Type.Optional(nullable(hex64)),
  approvedBy: Type.Array(Type.Object({ handle: text(200), reason: text(), at: time, solo: Type.Boolean(), breakGlass: Type.Boolean() })),
  flagged: Type.Unknown(),
});
export type VersionRecord = Static<typeof VersionRecord>;

export const Published = Type.Object({
  schema: Type.Literal('skillward.published.v1'),
  /** Also the id of the attempt. */
  versionId: text(100),
  owner,
  slug,
  version,
  state: VersionStates,
  reason: nullable(text(20_000)),
  repeated: Type.Boolean(),
  warnings: Type.Array(text(20_000)),
});
export type Published = Static<typeof Published>;

export const QueueItem = Type.Object({
  versionId: text(100),
  owner,
  slug,
  version,
  state: VersionStates,
  reason: nullable(text(20_000)),
  decision: nullable(text(40)),
  growth: nullable(Growth),
  publisher: text(200),
  approvals: Type.Array(Type.Object({ handle: text(200), decision: text(40), reason: text(), at: time })),
  needed: Type.Number(),
  breakGlass: Type.Boolean(),
  archiveSha256: hex64,
  report: nullable(hex64),
  createdAt: time,
  notBefore: time,
});
export type QueueItem = Static<typeof QueueItem>;
/** A page of each list (`limit`, at most 200), or the next one of those whose `next` is given. */
export const QueueQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  forMe: Type.Optional(text(200)),
  mine: Type.Optional(text(200)),
});
export const Queue = Type.Object({
  schema: Type.Literal('skillward.queue.v1'),
  forMe: Type.Array(QueueItem),
  mine: Type.Array(QueueItem),
  next: Type.Object({ forMe: nullable(text(200)), mine: nullable(text(200)) }),
});
export type Queue = Static<typeof Queue>;

/** What a decision left behind. */
export const Decided = Type.Object({
  schema: Type.Literal('skillward.decided.v1'),
  versionId: text(100),
  owner,
  slug,
  version,
  state: VersionStates,
  reason: nullable(text(20_000)),
  /** Of a revocation: other versions with the very same bytes that went with it. */
  also: Type.Optional(Type.Array(text(400))),
});
export type Decided = Static<typeof Decided>;

const reason = Type.String({ minLength: 1, maxLength: 4000 });
export const Approve = Type.Object(
  { reason, breakGlass: Type.Optional(Type.Boolean()), report: Type.Optional(hex64) },
  { additionalProperties: false },
);
export const Reject = Type.Object({ reason, report: Type.Optional(hex64) }, { additionalProperties: false });
export const Withdraw = Type.Object({ reason }, { additionalProperties: false });
export const Deprecate = Type.Object({ message: reason, replacement: Type.Optional(text(400)) }, { additionalProperties: false });
export const Revoke = Type.Object(
  { reason, severity: Type.Optional(Type.Union([Type.Literal('block'), Type.Literal('warn')])), replacement: Type.Optional(text(400)) },
  { additionalProperties: false },
);

export const Rescan = Type.Object({ apply: Type.Optional(Type.Boolean()) }, { additionalProperties: false });
/** A rescan of everything: asked for again with its id until it is no longer running. */
export const RescanReport = Type.Object({
  schema: Type.Literal('skillward.rescan.v1'),
  id: text(100),
  state: Type.Enum(['running', 'done', 'failed']),
  applied: Type.Boolean(),
  /** What it does besides the report: nothing, what `action` says, or flag what `action` would flag or revoke. */
  does: Type.Enum(['report', 'apply', 'flag']),
  startedAt: time,
  endedAt: nullable(time),
  /** Null before it began, as `versions`. */
  ruleset: nullable(text(200)),
  versions: nullable(Type.Number()),
  /** How many of them it has come to. */
  scanned: Type.Number(),
  /** Why it was given up. */
  says: nullable(text()),
  changes: Type.Array(
    Type.Object({
      ref: text(400),
      was: nullable(text(40)),
      now: text(40),
      findings: Type.Array(text()),
      action: text(40),
    }),
  ),
  failures: Type.Array(Type.Object({ ref: text(400), says: text() })),
});
export type RescanReport = Static<typeof RescanReport>;

export const AuditVerdict = Type.Object({
  schema: Type.Literal('skillward.audit.v1'),
  ok: Type.Boolean(),
  count: Type.Number(),
  head: hex64,
  broken: Type.Optional(Type.Object({ seq: Type.Number(), says: text() })),
});
export type AuditVerdict = Static<typeof AuditVerdict>;

export const PublishPayload = Type.Object({
  slug,
  version,
  displayName: Type.Optional(text(400)),
  ownerHandle: Type.Optional(text(64)),
  changelog: Type.Optional(text(100_000)),
  tags: Type.Optional(Type.Array(text(64), { maxItems: 20 })),
  topics: Type.Optional(Type.Array(text(64), { maxItems: 20 })),
  source: Type.Optional(Type.Unknown()),
});
export type PublishPayload = Static<typeof PublishPayload>;
