/** What OpenClaw asks before and after an install: R11 verdicts, R12 verification, R13 the card. */
import { setImmediate } from 'node:timers/promises';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../model.ts';
import type { ServedVersion } from '../../shelf/contract.ts';
import { Text } from '../openapi.ts';
import { cardOf } from './card.ts';
import type { ClawhubOptions } from './index.ts';
import { Free, optional, SlugParams, text } from './names.ts';
import { publishedAt } from './shapes.ts';
import { refOf } from './skills.ts';
import { overviewOf, standingOf } from './standing.ts';
import { attestationsUrl, cardUrl, downloadUrl, keysUrl, pageUrl, reportPage, revocationUrl } from './urls.ts';

const Item = Type.Object({ slug: text(200), ownerHandle: optional(100), version: text(128) });

export const verdictRoutes: FastifyPluginAsyncTypebox<ClawhubOptions> = async (app, { shelf, config, now = Date.now }) => {
  const { publicUrl } = config;

  async function verdictOf(actor: Actor, item: { slug: string; ownerHandle?: string; version: string }) {
    const requested = {
      requestedSlug: item.slug,
      // Echoed exactly if it was sent: the client tells its questions apart by it.
      ...(item.ownerHandle === undefined ? {} : { requestedOwnerHandle: item.ownerHandle }),
      requestedVersion: item.version,
    };
    try {
      const version = await shelf.version(actor, refOf(item.slug, item));
      const gist = await shelf.gist(version);
      const standing = standingOf(version);
      return {
        ...requested,
        ok: standing.passed,
        decision: standing.passed ? ('pass' as const) : ('fail' as const),
        reasons: standing.passed ? [] : [...standing.reasons],
        slug: version.slug,
        version: version.version,
        displayName: version.skill.display_name,
        publisherHandle: version.owner,
        publisherDisplayName: version.ownerName,
        createdAt: publishedAt(version.row),
        checkedAt: version.row.scanned_at,
        skillUrl: pageUrl(publicUrl, version),
        securityAuditUrl: reportPage(publicUrl, version),
        overview: overviewOf(version, standing, gist),
        security: { status: standing.status, passed: standing.passed, signals: { decision: version.release.scan.verdict.decision } },
      };
    } catch (error) {
      if (!(error instanceof RegistryError) || !['not-found', 'withdrawn', 'tampered', 'ambiguous'].includes(error.code)) throw error;
      const known = error.code === 'withdrawn';
      const revoked = known && error.detail?.['state'] === 'revoked';
      const reason = known
        ? revoked
          ? 'skillward.revoked.blocked'
          : 'skillward.withdrawn.blocked'
        : error.code === 'not-found'
          ? 'skill.not_found'
          : `skillward.${error.code}.blocked`;
      return {
        ...requested,
        ok: false,
        decision: known ? ('blocked' as const) : ('fail' as const),
        reasons: [reason],
        slug: known ? item.slug.trim().toLowerCase() : null,
        version: known ? item.version : null,
        displayName: null,
        publisherHandle: item.ownerHandle ?? null,
        publisherDisplayName: null,
        createdAt: null,
        checkedAt: known ? now() : null,
        skillUrl: publicUrl,
        securityAuditUrl: publicUrl,
        overview: error.message,
        security: known ? { status: revoked ? 'malicious' : 'suspicious', passed: false, signals: {} } : null,
        ...(known ? {} : { error: { code: error.code === 'not-found' ? 'skill_not_found' : error.code, message: error.message } }),
      };
    }
  }

  app.post(
    '/api/v1/skills/-/security-verdicts',
    {
      // Reading, though it is a POST.
      config: { bucket: 'read' },
      schema: {
        tags: ['clawhub'],
        summary: 'Whether versions may be installed (R11)',
        body: Type.Object({ items: Type.Array(Item, { minItems: 1, maxItems: 100 }) }),
        response: {
          200: Type.Object({ schema: Type.Literal('clawhub.skill.security-verdicts.v1'), items: Type.Array(Free) }),
        },
      },
    },
    async ({ actor, body }) => {
      // A question that is asked twice is answered once, and others get their turn between two questions.
      const answers = new Map<string, Awaited<ReturnType<typeof verdictOf>>>();
      const items: Awaited<ReturnType<typeof verdictOf>>[] = [];
      for (const item of body.items) {
        const question = JSON.stringify([item.slug, item.ownerHandle, item.version]);
        let answer = answers.get(question);
        if (answer === undefined) {
          await setImmediate();
          answer = await verdictOf(actor, item);
          answers.set(question, answer);
        }
        items.push(answer);
      }
      return { schema: 'clawhub.skill.security-verdicts.v1' as const, items };
    },
  );

  const Query = Type.Object({ version: optional(128), tag: optional(128), ownerHandle: optional(100), reference: optional(300) });

  app.get(
    '/api/v1/skills/:slug/verify',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'What was verified of a version, with its digests and signatures (R12)',
        params: SlugParams,
        querystring: Query,
        response: {
          200: Type.Object({
            schema: Type.Literal('clawhub.skill.verify.v1'),
            ok: Type.Boolean(),
            decision: Type.Enum(['pass', 'fail']),
            reasons: Type.Array(Type.String()),
            slug: Type.String(),
            displayName: Type.String(),
            pageUrl: Type.String(),
            publisherHandle: Type.String(),
            publisherDisplayName: Type.String(),
            publisherProfileUrl: Type.Null(),
            version: Type.String(),
            resolvedFrom: Type.Enum(['latest', 'version', 'tag']),
            tag: Type.Union([Type.String(), Type.Null()]),
            createdAt: Type.Number(),
            card: Free,
            artifact: Free,
            provenance: Free,
            security: Free,
            signature: Free,
          }),
        },
      },
    },
    async ({ actor, params, query }) => {
      const version = await shelf.version(actor, refOf(params.slug, query));
      const standing = standingOf(version);
      return {
        schema: 'clawhub.skill.verify.v1' as const,
        ok: standing.passed,
        decision: standing.passed ? ('pass' as const) : ('fail' as const),
        reasons: standing.passed ? [] : [...standing.reasons],
        slug: version.slug,
        displayName: version.skill.display_name,
        pageUrl: pageUrl(publicUrl, version),
        publisherHandle: version.owner,
        publisherDisplayName: version.ownerName,
        publisherProfileUrl: null,
        version: version.version,
        resolvedFrom: version.resolvedFrom,
        tag: version.tag,
        createdAt: publishedAt(version.row),
        card: { available: true, url: cardUrl(publicUrl, version) },
        artifact: artifactOf(publicUrl, version),
        provenance: provenanceOf(version),
        security: {
          status: standing.status,
          passed: standing.passed,
          hasWarnings: standing.hasWarnings,
          checkedAt: version.row.scanned_at,
          decision: version.release.scan.verdict.decision,
          says: standing.says,
          scanner: version.release.scan.scanner,
          policy: version.release.scan.policy,
          rules: version.release.scan.rules,
          reportUrl: reportPage(publicUrl, version),
          signals: {},
        },
        signature: signatureOf(publicUrl, version),
      };
    },
  );

  app.get(
    '/api/v1/skills/:slug/card',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'A version on one page of Markdown (R13)',
        params: SlugParams,
        querystring: Query,
        gives: { 'text/markdown': Text },
      },
    },
    async ({ actor, params, query }, reply) => {
      const version = await shelf.version(actor, refOf(params.slug, query));
      const gist = await shelf.gist(version);
      return reply
        .type('text/markdown; charset=utf-8')
        .header('x-content-type-options', 'nosniff')
        .send(cardOf(publicUrl, version, gist));
    },
  );
};

/** The bytes, in every form in which a client may compare them. OpenClaw copies this into its lock file. */
export const artifactOf = (publicUrl: string, version: ServedVersion) => ({
  kind: 'archive',
  format: 'zip',
  sha256: version.row.archive_sha256,
  integrity: `sha256-${Buffer.from(version.row.archive_sha256, 'hex').toString('base64')}`,
  size: version.row.archive_size,
  tree: version.row.tree,
  fingerprint: version.row.fingerprint,
  files: version.files.length,
  downloadUrl: downloadUrl(publicUrl, version),
});

const provenanceOf = ({ release }: ServedVersion) => ({
  registry: release.registryId,
  publisher: { handle: release.publisher.handle, level: release.publisher.level, keyid: release.publisher.keyid },
  publishedAt: release.publishedAt,
  source: release.source,
  approvedBy: release.approvedBy,
  solo: release.solo,
  breakGlass: release.breakGlass,
  releasedAt: release.releasedAt,
});

const signatureOf = (publicUrl: string, version: ServedVersion) => ({
  format: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  subject: version.release.subject,
  keyid: version.release.keyid,
  attestationsUrl: attestationsUrl(publicUrl, version),
  attestationsSha256: version.release.attestationsSha256,
  revocationUrl: revocationUrl(publicUrl, version),
  keysUrl: keysUrl(publicUrl),
  levels: version.release.levels,
  logIndex: null,
});
