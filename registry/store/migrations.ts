/** The history of the tables, in order. Rows are never rewritten by editing a migration: add one. Run by kysely's Migrator, which holds a lock while it does. */
import { type ColumnDefinitionBuilder, type Kysely, type Migration, sql, type Transaction } from 'kysely';
import { sha256 } from './blobs.ts';
import { sealHead } from './head.ts';
import type { Schema } from './schema.ts';
import { standing } from './standing.ts';

const text = 'text' as const;
const integer = 'integer' as const;

const first: Migration = {
  async up(db: Kysely<unknown>) {
    const table = (name: string) => db.schema.createTable(name);
    const id = (name: string) => table(name).addColumn('id', text, (column) => column.primaryKey().notNull());
    const required = (column: { notNull(): unknown }) => column.notNull() as never;

    await id('users')
      .addColumn('handle', text, (c) => c.notNull().unique())
      .addColumn('display_name', text, required)
      .addColumn('role', text, required)
      .addColumn('created_at', integer, required)
      .addColumn('disabled_at', integer)
      .addColumn('seal', text, required)
      .execute();
    await id('tokens')
      .addColumn('user_id', text, (c) => c.notNull().references('users.id'))
      .addColumn('hash', text, (c) => c.notNull().unique())
      .addColumn('label', text, required)
      .addColumn('scopes', text, required)
      .addColumn('namespaces', text)
      .addColumn('kind', text, required)
      .addColumn('created_at', integer, required)
      .addColumn('expires_at', integer)
      .addColumn('revoked_at', integer)
      .addColumn('seal', text, required)
      .execute();
    await table('token_uses')
      .addColumn('token_id', text, (c) => c.primaryKey().notNull())
      .addColumn('last_used_at', integer, required)
      .execute();
    await id('namespaces')
      .addColumn('handle', text, (c) => c.notNull().unique())
      .addColumn('display_name', text, required)
      .addColumn('visibility', text, required)
      .addColumn('created_by', text, required)
      .addColumn('created_at', integer, required)
      .addColumn('seal', text, required)
      .execute();
    await id('members')
      .addColumn('namespace_id', text, (c) => c.notNull().references('namespaces.id'))
      .addColumn('user_id', text, (c) => c.notNull().references('users.id'))
      .addColumn('role', text, required)
      .addColumn('created_at', integer, required)
      .addColumn('seal', text, required)
      .execute();
    await id('skills')
      .addColumn('namespace_id', text, (c) => c.notNull().references('namespaces.id'))
      .addColumn('slug', text, required)
      .addColumn('display_name', text, required)
      .addColumn('summary', text, required)
      .addColumn('topics', text, required)
      .addColumn('created_by', text, required)
      .addColumn('created_at', integer, required)
      .addColumn('updated_at', integer, required)
      .addColumn('deleted_at', integer)
      .addColumn('deleted_reason', text)
      .addColumn('seal', text, required)
      .addUniqueConstraint('skills_name', ['namespace_id', 'slug'])
      .execute();
    await db.schema.createIndex('skills_slug').on('skills').column('slug').execute();
    await db.schema.createIndex('skills_updated').on('skills').columns(['updated_at', 'id']).execute();
    await db.schema.createIndex('skills_created').on('skills').columns(['created_at', 'id']).execute();
    await id('versions')
      .addColumn('skill_id', text, (c) => c.notNull().references('skills.id'))
      .addColumn('version', text, required)
      .addColumn('state', text, required)
      .addColumn('archive_sha256', text, required)
      .addColumn('archive_size', integer, required)
      .addColumn('tree', text, required)
      .addColumn('fingerprint', text, required)
      .addColumn('files', text, required)
      .addColumn('display_name', text, required)
      .addColumn('description', text, required)
      .addColumn('changelog', text, required)
      .addColumn('tags', text, required)
      .addColumn('source', text, required)
      .addColumn('publisher_id', text, (c) => c.notNull().references('users.id'))
      .addColumn('publisher_token', text)
      .addColumn('publisher_level', text, required)
      .addColumn('publisher_bundle', text)
      .addColumn('request_digest', text, required)
      .addColumn('report_sha256', text)
      .addColumn('decision', text)
      .addColumn('ruleset', text)
      .addColumn('policy_digest', text)
      .addColumn('scan_as_of', text)
      .addColumn('growth', text)
      .addColumn('attestations_sha256', text)
      .addColumn('state_reason', text)
      .addColumn('flagged', text)
      .addColumn('created_at', integer, required)
      .addColumn('scanned_at', integer)
      .addColumn('decided_at', integer)
      .addColumn('not_before', integer, required)
      .addColumn('served_at', integer)
      .addColumn('revocation_sha256', text)
      .addColumn('seal', text, required)
      .addUniqueConstraint('versions_number', ['skill_id', 'version'])
      .execute();
    await db.schema.createIndex('versions_state').on('versions').columns(['state', 'created_at']).execute();
    await db.schema.createIndex('versions_fingerprint').on('versions').columns(['skill_id', 'fingerprint']).execute();
    await id('approvals')
      .addColumn('version_id', text, (c) => c.notNull().references('versions.id'))
      .addColumn('user_id', text, (c) => c.notNull().references('users.id'))
      .addColumn('token_id', text)
      .addColumn('decision', text, required)
      .addColumn('reason', text, required)
      .addColumn('archive_sha256', text, required)
      .addColumn('report_sha256', text)
      .addColumn('solo', integer, required)
      .addColumn('break_glass', integer, required)
      .addColumn('created_at', integer, required)
      .addColumn('seal', text, required)
      .execute();
    await db.schema.createIndex('approvals_version').on('approvals').column('version_id').execute();
    await id('tags')
      .addColumn('skill_id', text, (c) => c.notNull().references('skills.id'))
      .addColumn('tag', text, required)
      .addColumn('version_id', text, (c) => c.notNull().references('versions.id'))
      .addColumn('updated_at', integer, required)
      .addColumn('seal', text, required)
      .execute();
    await db.schema.createIndex('tags_skill').on('tags').column('skill_id').execute();
    await id('publisher_keys')
      .addColumn('user_id', text, (c) => c.notNull().references('users.id'))
      .addColumn('keyid', text, (c) => c.notNull().unique())
      .addColumn('pem', text, required)
      .addColumn('label', text, required)
      .addColumn('created_at', integer, required)
      .addColumn('revoked_at', integer)
      .addColumn('seal', text, required)
      .execute();
    await id('release_keys')
      .addColumn('keyid', text, (c) => c.notNull().unique())
      .addColumn('pem', text, required)
      .addColumn('created_at', integer, required)
      .addColumn('revoked_at', integer)
      .addColumn('seal', text, required)
      .execute();
    await id('jobs')
      .addColumn('kind', text, required)
      .addColumn('subject', text, required)
      .addColumn('payload', text, required)
      .addColumn('run_at', integer, required)
      .addColumn('attempts', integer, required)
      .addColumn('lease_until', integer)
      .addColumn('lease_owner', text)
      .addColumn('last_error', text)
      .addColumn('created_at', integer, required)
      .addColumn('done_at', integer)
      .execute();
    await sql`create unique index jobs_open on jobs (kind, subject) where done_at is null`.execute(db);
    await sql`create index jobs_due on jobs (run_at) where done_at is null`.execute(db);
    await table('events')
      .addColumn('seq', integer, (c) => c.primaryKey().notNull())
      .addColumn('at', integer, required)
      .addColumn('type', text, required)
      .addColumn('subject', text, required)
      .addColumn('event', text, required)
      .addColumn('prev', text, required)
      .addColumn('hash', text, required)
      .execute();
    // Append-only for everybody who uses the database as we do; the hash chain shows what goes around this.
    await sql`create trigger events_keep before update on events begin select raise(abort, 'the audit log is append-only'); end`.execute(db);
    await sql`create trigger events_stay before delete on events begin select raise(abort, 'the audit log is append-only'); end`.execute(db);
    await id('uploads')
      .addColumn('ticket_hash', text, (c) => c.notNull().unique())
      .addColumn('user_id', text, required)
      .addColumn('path', text, required)
      .addColumn('size', integer, required)
      .addColumn('sha256', text, required)
      .addColumn('content_type', text, required)
      .addColumn('created_at', integer, required)
      .addColumn('expires_at', integer, required)
      .addColumn('received_at', integer)
      .execute();
    await id('device_codes')
      .addColumn('device_hash', text, (c) => c.notNull().unique())
      .addColumn('user_code', text, (c) => c.notNull().unique())
      .addColumn('label', text, required)
      .addColumn('scopes', text, required)
      .addColumn('user_id', text)
      .addColumn('state', text, required)
      .addColumn('interval_s', integer, required)
      .addColumn('created_at', integer, required)
      .addColumn('expires_at', integer, required)
      .addColumn('last_poll_at', integer)
      .addColumn('granted', text)
      .addColumn('seal', text, required)
      .execute();
    await table('stars')
      .addColumn('user_id', text, required)
      .addColumn('skill_id', text, required)
      .addColumn('created_at', integer, required)
      .addPrimaryKeyConstraint('stars_key', ['user_id', 'skill_id'])
      .execute();
    await id('installs')
      .addColumn('skill_id', text, required)
      .addColumn('version', text)
      .addColumn('user_id', text)
      .addColumn('at', integer, required)
      .execute();
    await db.schema.createIndex('installs_skill').on('installs').columns(['skill_id', 'version']).execute();
    await id('upstreams')
      .addColumn('namespace_id', text, required)
      .addColumn('slug', text, required)
      .addColumn('url', text, required)
      .addColumn('upstream_owner', text)
      .addColumn('upstream_slug', text, required)
      .addColumn('watch', integer, required)
      .addColumn('last_version', text)
      .addColumn('last_digest', text)
      .addColumn('imported_by', text, required)
      .addColumn('checked_at', integer)
      .addColumn('created_at', integer, required)
      .addUniqueConstraint('upstreams_name', ['namespace_id', 'slug'])
      .execute();
    await table('settings')
      .addColumn('key', text, (c) => c.primaryKey().notNull())
      .addColumn('value', text, required)
      .execute();
    await sql`create virtual table skill_search using fts5(skill_id unindexed, slug, owner, display_name, summary, topics, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3')`.execute(
      db,
    );
  },
};

/** What the audit log last said about something is asked before a row about it is believed. */
const eventsBySubject: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createIndex('events_subject').on('events').columns(['subject', 'seq']).execute();
  },
};

/** What the log says of one member of a large namespace, and what was made with a token, without reading all that it says of either. The queries are in account-log.ts and auth/ending.ts. */
const eventsOfAccounts: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`create index events_members on events (subject, json_extract(event, '$.data.user'), seq) where type in ('member.added', 'member.role-changed', 'member.removed')`.execute(
      db,
    );
    await sql`create index events_visibility on events (subject, seq) where type = 'namespace.visibility-changed'`.execute(db);
    await sql`create index events_made_with on events (json_extract(event, '$.actor.token'), seq) where type = 'token.created'`.execute(db);
  },
};

/** Blobs that nothing names any more, and what a user has sent lately without publishing it. */
const forgottenBlobs: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('forgotten')
      .addColumn('digest', text, (c) => c.primaryKey().notNull())
      .addColumn('since', integer, (c) => c.notNull())
      .execute();
    await db.schema.createIndex('uploads_user').on('uploads').columns(['user_id', 'expires_at']).execute();
    await db.schema.createIndex('uploads_end').on('uploads').column('expires_at').execute();
  },
};

/** Rescans of everything, which take longer than a request may. */
const rescans: Migration = {
  async up(db: Kysely<unknown>) {
    const needed = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull();
    await db.schema
      .createTable('rescans')
      .addColumn('id', text, (column) => column.primaryKey().notNull())
      .addColumn('apply', integer, needed)
      .addColumn('asked_by', text, needed)
      .addColumn('created_at', integer, needed)
      .addColumn('ended_at', integer)
      .addColumn('ruleset', text)
      .addColumn('versions', integer)
      .addColumn('result', text, needed)
      .addColumn('failure', text)
      .execute();
  },
};

/** Versions with the same bytes are asked for with every decision (twins.ts). */
const sameArchive: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createIndex('versions_archive').on('versions').column('archive_sha256').execute();
  },
};

/** The end of the log is written down from now on. */
const auditHead = (sealKey: Buffer): Migration => ({
  up: (db: Kysely<Schema>) => sealHead(sealKey, db as Transaction<Schema>),
});

/**
 * Rows of the search index are numbered by how much they say (store/search.ts), so that it need not be sorted. Beginnings of words are looked up up to five letters; longer ones are shared
 * by few words.
 */
const searchOrder: Migration = {
  async up(db: Kysely<unknown>) {
    const columns = sql`skill_id, slug, owner, display_name, summary, topics`;
    const { rows } = await sql<{ row: number; skill_id: string } & Record<string, string>>`
      select ((length(slug) + length(display_name)) * 4 + length(summary) + length(topics)) as place, ${columns} from skill_search order by skill_id`.execute(
      db,
    );
    await db.schema.dropTable('skill_search').execute();
    await sql`create virtual table skill_search using fts5(skill_id unindexed, slug, owner, display_name, summary, topics, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3 4 5')`.execute(
      db,
    );
    const taken = new Set<number>();
    for (const { place, skill_id, slug, owner, display_name, summary, topics } of rows) {
      const number = Number.parseInt(sha256(`@${owner!.split(' ')[0]}/${slug}`).slice(0, 8), 16);
      let row = Math.min(2 ** 20 - 1, Number(place)) * 2 ** 32 + number;
      while (taken.has(row)) row++;
      taken.add(row);
      await sql`insert into skill_search (rowid, ${columns}) values (${row}, ${skill_id}, ${slug}, ${owner}, ${display_name}, ${summary}, ${topics})`.execute(
        db,
      );
    }
  },
};

/** @param sealKey rows whose columns change are sealed anew */
export const migrationsWith = (sealKey: Buffer): Readonly<Record<string, Migration>> => ({
  '0001-first': first,
  '0002-events-by-subject': eventsBySubject,
  '0003-standing': standing(sealKey),
  '0004-events-of-accounts': eventsOfAccounts,
  '0005-forgotten-blobs': forgottenBlobs,
  '0006-rescans': rescans,
  '0007-audit-head': auditHead(sealKey),
  '0008-search-order': searchOrder,
  '0009-same-archive': sameArchive,
});
