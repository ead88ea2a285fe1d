/**
 * The tables, as kysely sees them. Times are milliseconds since 1970, booleans 0 or 1, lists and records JSON text. Ids are random text.
 *
 * Rows that say what may be served or who may do what carry a `seal`: a MAC over the whole row (seal.ts). A row changed behind our back is never believed.
 */
import type { MemberRole, PublisherLevel, UserRole, VersionState, Visibility } from '../model.ts';

export interface UserRow {
  id: string;
  /** Lower case; also the handle of the user's own namespace. */
  handle: string;
  display_name: string;
  role: UserRole;
  created_at: number;
  disabled_at: number | null;
  seal: string;
}

export interface TokenRow {
  id: string;
  user_id: string;
  /** sha256 of the whole token, hex. The token itself is never stored. */
  hash: string;
  label: string;
  /** JSON list of Scope. */
  scopes: string;
  /** JSON list of namespace handles, or null for no limit. */
  namespaces: string | null;
  /** How it may be presented: in the Authorization header, or in the path (`/t/<token>/…`, reading only). */
  kind: 'bearer' | 'path';
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  seal: string;
}

/** Apart from tokens, because it changes with use and is worth nothing to an attacker. */
export interface TokenUseRow {
  token_id: string;
  last_used_at: number;
}

export interface NamespaceRow {
  id: string;
  handle: string;
  display_name: string;
  visibility: Visibility;
  created_by: string;
  created_at: number;
  seal: string;
}

export interface MemberRow {
  /** `<namespace_id>:<user_id>` */
  id: string;
  namespace_id: string;
  user_id: string;
  role: MemberRole;
  created_at: number;
  seal: string;
}

export interface SkillRow {
  id: string;
  namespace_id: string;
  /** Lower case. Never freed: rows of skills are not deleted. */
  slug: string;
  display_name: string;
  summary: string;
  /** JSON list of strings. */
  topics: string;
  created_by: string;
  created_at: number;
  updated_at: number;
  /** Hidden by its owner or an admin (clawhub delete); undelete clears it. */
  deleted_at: number | null;
  deleted_reason: string | null;
  seal: string;
}

export interface VersionRow {
  id: string;
  skill_id: string;
  version: string;
  state: VersionState;
  /** Hex digest and bytes of the canonical archive, which is a blob. */
  archive_sha256: string;
  archive_size: number;
  /** OpenClaw tree digest, `sha256:<hex>`. */
  tree: string;
  /** clawhub bundle fingerprint, hex. */
  fingerprint: string;
  /** JSON list of FileEntry. */
  files: string;
  display_name: string;
  description: string;
  changelog: string;
  /** JSON list of tags asked for at publish. */
  tags: string;
  /** JSON: where it came from (`{"kind":"upload"}`, `{"kind":"import","upstream":…,"digest":…}`, plus the client's `source`). */
  source: string;
  /** Who published or imported it: a person, for the rule that publisher and approver differ. */
  publisher_id: string;
  publisher_token: string | null;
  publisher_level: PublisherLevel;
  /** Blob of the publisher's own bundle (L2), or null. */
  publisher_bundle: string | null;
  /** Digest of (owner, slug, version, file set, metadata) that makes a repeated publish the same publish. */
  request_digest: string;
  /** Blob of the scan report (JSON), null until scanned. */
  report_sha256: string | null;
  /** pass | review | block | incomplete | failed (scanner did not finish). */
  decision: string | null;
  ruleset: string | null;
  policy_digest: string | null;
  /** Date (YYYY-MM-DD) the scan judged exceptions against. */
  scan_as_of: string | null;
  /** JSON {added:[…],removed:[…]}: abilities against the newest served version at scan time; null when there was none. */
  growth: string | null;
  /** Blob of the attestations document (publish, scan, review, VSA). Only with it a version is served. */
  attestations_sha256: string | null;
  /** Why it is in its state, for people. */
  state_reason: string | null;
  /** JSON of what a later ruleset says about it (rescan), null if nothing. */
  flagged: string | null;
  created_at: number;
  scanned_at: number | null;
  /** When the gate or a person decided. */
  decided_at: number | null;
  /** Not served before this time (cooldown). */
  not_before: number;
  served_at: number | null;
  /** Blob of the signed revocation, if revoked. */
  revocation_sha256: string | null;
  /** Number of the audit event that was written together with this row (newest.ts). */
  moved_seq: number;
  seal: string;
}

export interface ApprovalRow {
  id: string;
  version_id: string;
  user_id: string;
  token_id: string | null;
  decision: 'approve' | 'reject';
  reason: string;
  /** The bytes that were approved. */
  archive_sha256: string;
  /** The report that the approver saw. */
  report_sha256: string | null;
  solo: 0 | 1;
  break_glass: 0 | 1;
  created_at: number;
  seal: string;
}

export interface TagRow {
  /** `<skill_id>:<tag>` */
  id: string;
  skill_id: string;
  tag: string;
  version_id: string;
  updated_at: number;
  seal: string;
}

export interface PublisherKeyRow {
  id: string;
  user_id: string;
  /** sha256 of the SPKI DER, hex. */
  keyid: string;
  pem: string;
  label: string;
  created_at: number;
  revoked_at: number | null;
  seal: string;
}

/** Public halves of the signer's keys, as first seen. A signature by any other key is not believed. */
export interface ReleaseKeyRow {
  id: string;
  keyid: string;
  pem: string;
  created_at: number;
  revoked_at: number | null;
  seal: string;
}

export interface JobRow {
  id: string;
  kind: string;
  /** One open job per kind and subject. */
  subject: string;
  payload: string;
  run_at: number;
  attempts: number;
  lease_until: number | null;
  lease_owner: string | null;
  last_error: string | null;
  created_at: number;
  done_at: number | null;
}

export interface EventRow {
  seq: number;
  at: number;
  type: string;
  subject: string;
  /** Canonical JSON of the whole event. */
  event: string;
  prev: string;
  /** sha256(prev + "\n" + event), hex. */
  hash: string;
}

export interface UploadRow {
  /** The storage id given to the client. */
  id: string;
  ticket_hash: string;
  user_id: string;
  path: string;
  size: number;
  sha256: string;
  content_type: string;
  created_at: number;
  expires_at: number;
  received_at: number | null;
}

export interface DeviceCodeRow {
  id: string;
  device_hash: string;
  user_code: string;
  label: string;
  scopes: string;
  user_id: string | null;
  state: 'pending' | 'approved' | 'denied' | 'used';
  /** Seconds between questions as told at the start. How often a machine asks is not stored. */
  interval_s: number;
  created_at: number;
  expires_at: number;
  last_poll_at: number | null;
  /** JSON of what the approving person gave (`Granted` in auth/device.ts), null until then. */
  granted: string | null;
  /** Sealed, because an approved code becomes a token. */
  seal: string;
}

export interface StarRow {
  user_id: string;
  skill_id: string;
  created_at: number;
}

export interface InstallRow {
  id: string;
  skill_id: string;
  version: string | null;
  user_id: string | null;
  at: number;
}

/** A skill that came from elsewhere, and what `import --watch` knows of its upstream. */
export interface UpstreamRow {
  id: string;
  namespace_id: string;
  slug: string;
  /** Address of the upstream registry or repository. */
  url: string;
  upstream_owner: string | null;
  upstream_slug: string;
  watch: 0 | 1;
  last_version: string | null;
  last_digest: string | null;
  imported_by: string;
  checked_at: number | null;
  created_at: number;
  /** Sealed, because it says in whose name others' skills are brought in. */
  seal: string;
}

/** A blob to which nothing refers (gate/collect.ts). */
export interface ForgottenRow {
  /** Hex. */
  digest: string;
  /** When that was first seen. */
  since: number;
}

/** A rescan of everything that is served (gate/rescan-job.ts): what was asked, how far it is, and what came of it. A report for people; nothing is decided by it. */
export interface RescanRow {
  id: string;
  /** 1: it also flags or revokes, as policy says. 2: it also flags. */
  apply: 0 | 1 | 2;
  /** Id of the user; empty for the system. */
  asked_by: string;
  created_at: number;
  ended_at: number | null;
  ruleset: string | null;
  /** How many there are to scan; null before it began. */
  versions: number | null;
  /** JSON of RescanProgress. */
  result: string;
  /** Why it was given up, for people. */
  failure: string | null;
}

export interface SettingRow {
  key: string;
  value: string;
  /** Of those that decide something (settings.ts); null for counters and marks. */
  seal: string | null;
}

/** Full text index over skills (FTS5). */
export interface SearchRow {
  skill_id: string;
  slug: string;
  owner: string;
  display_name: string;
  summary: string;
  topics: string;
}

export interface Schema {
  users: UserRow;
  tokens: TokenRow;
  token_uses: TokenUseRow;
  namespaces: NamespaceRow;
  members: MemberRow;
  skills: SkillRow;
  versions: VersionRow;
  approvals: ApprovalRow;
  tags: TagRow;
  publisher_keys: PublisherKeyRow;
  release_keys: ReleaseKeyRow;
  jobs: JobRow;
  events: EventRow;
  uploads: UploadRow;
  device_codes: DeviceCodeRow;
  stars: StarRow;
  installs: InstallRow;
  upstreams: UpstreamRow;
  rescans: RescanRow;
  forgotten: ForgottenRow;
  settings: SettingRow;
  skill_search: SearchRow;
}

/** Tables whose rows are sealed. */
export type SealedTable =
  | 'users'
  | 'tokens'
  | 'namespaces'
  | 'members'
  | 'skills'
  | 'versions'
  | 'approvals'
  | 'tags'
  | 'publisher_keys'
  | 'release_keys'
  | 'device_codes'
  | 'upstreams'
  | 'settings';
