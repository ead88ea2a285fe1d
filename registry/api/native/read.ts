/** What can be read: the registry itself and its keys, skills, versions with everything that proves them, reports, attempts. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { version as ourVersion } from '../../../scanner/data/version.ts';
import { hasScope } from '../../auth/rights.ts';
import * as wire from '../../client/wire.ts';
import { RegistryError } from '../../errors.ts';
import type { VersionInfo } from '../../gate/contract.ts';
import type { Actor, VersionRef } from '../../model.ts';
import { reportsOf } from '../../reports.ts';
import type { ServedSkill, ServedVersion } from '../../shelf/contract.ts';
import { policyDigest } from '../../signer/statements.ts';
import { namespaceByHandle } from '../../store/accounts.ts';
import { marksOf, newestFirst, skillByName } from '../../store/versions.ts';
import { ATTESTATIONS_SCHEMA } from '../../trust/release.ts';
import type { NativeOptions } from '../native.ts';
import { Binary, SigstoreBundle, Text } from '../openapi.ts';
import { inspectedRecord, publisherOf, servedRecord, summaryOf } from './records.ts';

const tags = ['skillward'];
const SkillParams = Type.Object({ owner: wire.owner, slug: wire.slug });
const VersionParams = Type.Object({ owner: wire.owner, slug: wire.slug, version: wire.version });
const Attestations = Type.Object({ schema: Type.Literal(ATTESTATIONS_SCHEMA), bundles: Type.Array(SigstoreBundle) });
const Report = Type.Object({ schema: Type.Literal('skillward.report.v1') });
/** Versions that are listed beside the served ones, for those who may see them. */
const LISTED = 200;

/** What "you may not know" looks like; everything else is a real failure. */
const isAbsence = (error: unknown): error is RegistryError =>
  error instanceof RegistryError && ['not-found', 'unauthorized', 'forbidden', 'withdrawn'].includes(error.code);

/** The result, or undefined if the caller may not see it. */
const orAbsent = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (isAbsence(error)) return undefined;
    throw error;
  });

export const readRoutes: FastifyPluginAsyncTypebox<NativeOptions> = async (app, { store, config, gate, shelf, keyring }) => {
  app.get(`${wire.PREFIX}/keys`, { schema: { tags, summary: 'Public release keys', response: { 200: wire.Keys } } }, async () => {
    await keyring.fresh();
    return {
      schema: 'skillward.keys.v1' as const,
      keys: keyring.keys().map(({ keyid, pem, createdAt, retiredAt, revokedAt }) => ({
        keyid,
        pem,
        purpose: 'release' as const,
        createdAt,
        retiredAt: retiredAt ?? null,
        revokedAt,
      })),
    };
  });

  const { policy } = config;
  const registry: wire.Registry = {
    schema: 'skillward.registry.v1',
    id: config.registryId,
    name: config.displayName,
    url: config.publicUrl,
    version: ourVersion,
    anonymousRead: config.anonymousRead,
    policy: {
      digest: policyDigest(policy),
      scan: typeof policy.scan === 'string' ? policy.scan : policy.scan.file,
      approval: policy.approval,
      cooldown: policy.cooldown,
      level: policy.level,
      rescan: policy.rescan,
      slugs: policy.slugs,
    },
    limits: {
      fileBytes: config.limits.fileBytes,
      totalBytes: config.limits.totalBytes,
      files: config.limits.files,
      multipartBytes: config.limits.multipartBytes,
    },
  };
  app.get(
    `${wire.PREFIX}/registry`,
    { schema: { tags, summary: 'Name, policy and limits of this registry', response: { 200: wire.Registry } } },
    async () => registry,
  );

  /** Versions that are not given out, as far as the gate shows them to this caller. Which there are is asked of the store, whether they are shown of the gate. */
  async function others(actor: Actor, owner: string, slug: string, served: ReadonlySet<string>): Promise<VersionInfo[]> {
    if (!hasScope(actor, 'publish') && !hasScope(actor, 'approve') && !hasScope(actor, 'admin')) return [];
    const namespace = await namespaceByHandle(store, store.db, owner);
    const skill = namespace === undefined ? undefined : await skillByName(store, store.db, namespace.id, slug);
    if (skill === undefined) return [];
    const marks = (await marksOf(store.db, skill.id)).filter((mark) => !served.has(mark.id)).slice(-LISTED);
    const shown: VersionInfo[] = [];
    for (const mark of marks) {
      const info = await orAbsent(gate.attempt(actor, mark.id));
      if (info !== undefined) shown.push(info);
    }
    return shown;
  }

  app.get(
    `${wire.PREFIX}/skills/:owner/:slug`,
    { schema: { tags, summary: 'A skill with the versions that the caller may see', params: SkillParams, response: { 200: wire.SkillDetail } } },
    async ({ actor, params: { owner, slug } }) => {
      let served: ServedSkill | undefined;
      let absence: RegistryError | undefined;
      try {
        served = await shelf.skill(actor, { owner, slug });
      } catch (error) {
        if (!isAbsence(error)) throw error;
        absence = error;
      }
      const more = await others(actor, owner, slug, new Set(served?.versions.map((row) => row.id)));
      const skill = served?.skill ?? more[0]?.skill;
      if (skill === undefined) throw absence!;
      const rows = [...(served?.versions ?? []), ...more.map((info) => info.row)].sort((a, b) => newestFirst(a.version, b.version));
      const people = new Map<string, string>();
      for (const row of rows) if (!people.has(row.publisher_id)) people.set(row.publisher_id, await publisherOf(store, row));
      return {
        schema: 'skillward.skill.v1' as const,
        owner,
        slug: skill.slug,
        displayName: skill.display_name,
        summary: skill.summary,
        topics: JSON.parse(skill.topics) as string[],
        ...(served === undefined ? {} : { visibility: served.namespace.visibility }),
        latest: served?.latest.version ?? null,
        tags: served?.tags ?? {},
        createdAt: skill.created_at,
        updatedAt: skill.updated_at,
        versions: rows.map((row) => summaryOf(row, people.get(row.publisher_id) ?? '')),
      };
    },
  );

  /** A version through the shelf; else, for those who may, through the gate; else the shelf's own words. */
  async function find(actor: Actor, ref: VersionRef): Promise<{ served: ServedVersion } | { info: VersionInfo }> {
    try {
      return { served: await shelf.version(actor, ref) };
    } catch (error) {
      if (!isAbsence(error)) throw error;
      const info = actor.user === undefined ? undefined : await orAbsent(gate.inspect(actor, ref));
      if (info === undefined) throw error;
      return { info };
    }
  }

  app.get(
    `${wire.PREFIX}/skills/:owner/:slug/:version`,
    {
      schema: {
        tags,
        summary: 'One version: digests, files, verdict, capabilities, who published and approved it',
        params: VersionParams,
        response: { 200: wire.VersionRecord },
      },
    },
    async ({ actor, params }) => {
      const found = await find(actor, params);
      if ('info' in found) return inspectedRecord(store, found.info);
      return servedRecord(found.served, await shelf.gist(found.served));
    },
  );

  app.get(
    `${wire.PREFIX}/attempts/:id`,
    {
      schema: {
        tags,
        summary: 'What became of a publish, for those who took part',
        params: Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,100}$' }) }),
        response: { 200: wire.VersionRecord },
      },
    },
    async ({ actor, params }) => inspectedRecord(store, await gate.attempt(actor, params.id)),
  );

  app.get(
    `${wire.PREFIX}/skills/:owner/:slug/:version/attestations`,
    {
      schema: {
        tags,
        summary: 'The signed statements, exactly as stored (skillward.attestations.v1)',
        params: VersionParams,
        gives: { 'application/json': Attestations },
      },
    },
    async ({ actor, params }, reply) => {
      const found = await shelf.version(actor, params);
      const bytes = await shelf.attestations(found);
      return reply
        .type('application/json')
        .header('etag', `"${found.row.attestations_sha256}"`)
        .header('cache-control', 'private, max-age=0, must-revalidate')
        .serializer((value) => value as never)
        .send(bytes);
    },
  );

  app.get(
    `${wire.PREFIX}/skills/:owner/:slug/:version/revocation`,
    {
      schema: {
        tags,
        summary: 'The signed revocation of a version (a Sigstore bundle), exactly as stored; 404 for one that was not revoked',
        params: VersionParams,
        gives: { 'application/json': SigstoreBundle },
      },
    },
    async ({ actor, params }, reply) =>
      reply
        .type('application/json')
        .header('cache-control', 'private, no-cache')
        .serializer((value) => value as never)
        .send(await shelf.revocation(actor, params)),
  );

  app.get(
    `${wire.PREFIX}/skills/:owner/:slug/:version/archive`,
    {
      config: { bucket: 'download' },
      schema: { tags, summary: 'The canonical archive', params: VersionParams, gives: { 'application/zip': Binary } },
    },
    async ({ actor, params }, reply) => {
      const download = await shelf.download(actor, params);
      for (let at = 0; at + 1 < download.headers.length; at += 2) void reply.header(download.headers[at]!, download.headers[at + 1]!);
      return reply.serializer((value) => value as never).send(download.bytes);
    },
  );

  app.get(
    `${wire.PREFIX}/skills/:owner/:slug/:version/report`,
    {
      schema: {
        tags,
        summary: "The scanner's report",
        params: VersionParams,
        querystring: Type.Object({ format: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('html')])) }),
        gives: { 'application/json': Report, 'text/html': Text },
      },
    },
    async ({ actor, params, query }, reply) => {
      const found = await find(actor, params);
      const page = query.format === 'html';
      let body: Buffer | string;
      if ('served' in found) body = await (page ? shelf.reportPage(found.served) : shelf.report(found.served));
      else {
        const digest = found.info.row.report_sha256;
        if (digest === null) throw new RegistryError('not-found', 'This version has not been scanned yet.');
        body = await (page ? reportsOf(store).page(digest) : reportsOf(store).bytes(digest));
      }
      void reply.header('cache-control', 'private, no-store').serializer((value) => value as never);
      if (!page) return reply.type('application/json').send(body);
      return reply
        .type('text/html; charset=utf-8')
        .header(
          'content-security-policy',
          "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox",
        )
        .header('x-content-type-options', 'nosniff')
        .header('referrer-policy', 'no-referrer')
        .send(body);
    },
  );
};
