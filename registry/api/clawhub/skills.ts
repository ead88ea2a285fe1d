/** R3 detail, R4 moderation, R5 versions, R6 one version, R7 one file, R10 where to install from. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../model.ts';
import type { SkillName } from '../../shelf/contract.ts';
import { Binary, Text } from '../openapi.ts';
import type { ClawhubOptions } from './index.ts';
import { Free, Limit, limitOf, maybe, nameOf, numberOf, OwnerQuery, optional, orNull, SlugParams, text, VersionParams } from './names.ts';
import { Latest, latestOf, Moderation, Owner, ownerOf, publishedAt, Security, Skill, skillOf } from './shapes.ts';
import { evidenceOf, line, standingOf } from './standing.ts';
import { downloadUrl } from './urls.ts';

const VersionItem = Type.Object({
  version: Type.String(),
  createdAt: Type.Number(),
  changelog: Type.String(),
  changelogSource: Type.Literal('user'),
});

export const skillRoutes: FastifyPluginAsyncTypebox<ClawhubOptions> = async (app, { shelf, gate, config }) => {
  app.get(
    '/api/v1/skills/:slug',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'A skill (R3)',
        params: SlugParams,
        querystring: OwnerQuery,
        response: { 200: Type.Object({ skill: Skill, latestVersion: Latest, metadata: Type.Null(), owner: Owner, moderation: Moderation }) },
      },
    },
    async ({ actor, params, query }) => {
      const name = nameOf(params.slug, query.ownerHandle);
      const skill = await shelf.skill(actor, name);
      const version = await shelf.version(actor, { owner: skill.owner, slug: skill.slug, version: skill.latest.version });
      const standing = standingOf(version);
      return {
        skill: skillOf(skill),
        latestVersion: latestOf(version.row),
        metadata: null,
        owner: ownerOf(skill),
        moderation: {
          isSuspicious: standing.status === 'suspicious',
          isMalwareBlocked: false,
          verdict: standing.status,
          reasonCodes: [...standing.reasons],
          updatedAt: version.row.scanned_at,
          engineVersion: `${version.release.scan.scanner.name} ${version.release.scan.scanner.version}`,
          summary: standing.says,
        },
      };
    },
  );

  app.get(
    '/api/v1/skills/:slug/moderation',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'What the scanner found (R4)',
        params: SlugParams,
        querystring: OwnerQuery,
        response: {
          200: Type.Object({ moderation: maybe(Type.Object({ ...Moderation.properties, legacyReason: Type.Null(), evidence: Type.Array(Free) })) }),
        },
      },
    },
    async ({ actor, params, query }) => {
      const name = nameOf(params.slug, query.ownerHandle);
      try {
        const version = await shelf.version(actor, refOf(params.slug, query));
        const standing = standingOf(version);
        const gist = await shelf.gist(version);
        return {
          moderation: {
            isSuspicious: standing.status === 'suspicious',
            isMalwareBlocked: false,
            verdict: standing.status,
            reasonCodes: [...standing.reasons, ...gist.codes].slice(0, 50),
            updatedAt: version.row.scanned_at,
            engineVersion: `${gist.tool.name} ${gist.tool.version}`,
            summary: standing.says,
            legacyReason: null,
            evidence: evidenceOf(gist),
          },
        };
      } catch (error) {
        // Those who wait for it, or have to decide, see why it is not given out yet.
        const waiting = error instanceof RegistryError && error.code === 'not-found' ? await waitingFor(actor, name) : undefined;
        if (waiting === undefined) throw error;
        return { moderation: waiting };
      }
    },
  );

  /** The caller's own view of something of that name that is not given out yet. */
  async function waitingFor(actor: Actor, name: SkillName) {
    if (actor.user === undefined || !(actor.scopes.has('publish') || actor.scopes.has('approve'))) return undefined;
    const { mine, forMe } = await gate.queue(actor, { name, limit: 1 });
    const item = mine[0] ?? forMe[0];
    if (item === undefined) return undefined;
    return {
      isSuspicious: true,
      isMalwareBlocked: item.decision === 'block',
      verdict: item.decision === 'block' ? ('malicious' as const) : ('suspicious' as const),
      reasonCodes: [`skillward.${item.state}`],
      updatedAt: item.createdAt,
      engineVersion: null,
      summary: line(`@${item.owner}/${item.slug}@${item.version} is ${item.state}: ${item.reason ?? 'it is being scanned'}`, 2000),
      legacyReason: null,
      evidence: [],
    };
  }

  app.get(
    '/api/v1/skills/:slug/versions',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'Versions of a skill (R5)',
        params: SlugParams,
        querystring: Type.Object({ ownerHandle: optional(100), limit: Limit, cursor: optional(200) }),
        response: { 200: Type.Object({ items: Type.Array(VersionItem), nextCursor: orNull(Type.String()) }) },
      },
    },
    async ({ actor, params, query }) => {
      const { versions } = await shelf.skill(actor, nameOf(params.slug, query.ownerHandle));
      // Newest first, so the last one shown says where to go on.
      const after = numberOf(query.cursor);
      const start = after === undefined ? 0 : versions.findIndex((row) => row.version === after) + 1;
      if (after !== undefined && start === 0)
        throw new RegistryError('bad-input', 'The cursor is not one that this registry gave out for this list. Start again without a cursor.');
      const page = versions.slice(start, start + limitOf(query.limit, 50, 200));
      return {
        items: page.map((row) => ({ version: row.version, createdAt: publishedAt(row), changelog: row.changelog, changelogSource: 'user' as const })),
        nextCursor: start + page.length < versions.length ? page.at(-1)!.version : null,
      };
    },
  );

  app.get(
    '/api/v1/skills/:slug/versions/:version',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'A version and its files (R6)',
        params: VersionParams,
        querystring: OwnerQuery,
        response: {
          200: Type.Object({
            version: Type.Object({
              ...VersionItem.properties,
              license: Type.Null(),
              files: Type.Array(Type.Object({ path: Type.String(), size: Type.Number(), sha256: Type.String(), contentType: Type.String() })),
              security: Security,
            }),
            skill: Type.Object({ slug: Type.String(), displayName: Type.String() }),
          }),
        },
      },
    },
    async ({ actor, params, query }) => {
      const version = await shelf.version(actor, refOf(params.slug, { ownerHandle: query.ownerHandle, version: params.version }));
      const standing = standingOf(version);
      return {
        version: {
          version: version.version,
          createdAt: publishedAt(version.row),
          changelog: version.row.changelog,
          changelogSource: 'user' as const,
          license: null,
          files: version.files.map(({ path, size, sha256, contentType }) => ({ path, size, sha256, contentType })),
          security: {
            status: standing.status,
            hasWarnings: standing.hasWarnings,
            checkedAt: version.row.scanned_at,
            model: `${version.release.scan.scanner.name} ${version.release.scan.scanner.version}`,
          },
        },
        skill: { slug: version.slug, displayName: version.skill.display_name },
      };
    },
  );

  app.get(
    '/api/v1/skills/:slug/file',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'One file of a version (R7)',
        params: SlugParams,
        querystring: Type.Object({ path: text(1024), version: optional(128), tag: optional(128), ownerHandle: optional(100) }),
        gives: { 'text/plain': Text, 'application/octet-stream': Binary },
      },
    },
    async ({ actor, params, query }, reply) => {
      const ref = refOf(params.slug, query);
      const { bytes, entry, version } = await shelf.file(actor, ref, query.path);
      return (
        reply
          .type(/^text\/|json|x-sh$/.test(entry.contentType) ? 'text/plain; charset=utf-8' : 'application/octet-stream')
          .header('etag', `"${entry.sha256}"`)
          .header('digest', `sha-256=${Buffer.from(entry.sha256, 'hex').toString('base64')}`)
          .header('x-skill-version', version)
          .header('x-file-type', entry.contentType)
          // Bytes of a skill are hostile: a browser shows them as text and runs nothing.
          .header('content-security-policy', "default-src 'none'; sandbox")
          .header('x-content-type-options', 'nosniff')
          .header('content-disposition', 'attachment')
          .send(bytes)
      );
    },
  );

  const Resolution = Type.Object({
    ok: Type.Literal(true),
    slug: Type.String(),
    installKind: Type.Literal('archive'),
    archive: Type.Object({ version: Type.String(), downloadUrl: Type.String() }),
  });
  const Refused = Type.Object({ ok: Type.Literal(false), slug: Type.String(), reason: Type.String(), message: Type.String(), status: Type.Number() });
  app.get(
    '/api/v1/skills/:slug/install',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'Where the latest version is downloaded (R10)',
        params: SlugParams,
        querystring: Type.Object({ ownerHandle: optional(100), reference: optional(300), forceInstall: optional(10) }),
        response: { 200: Resolution, 409: Refused, 410: Refused },
      },
    },
    async ({ actor, params, query }, reply) => {
      const name = nameOf(params.slug, query.ownerHandle);
      try {
        // Everything is verified before an address is given out; no flag of the client changes that.
        const { owner, slug, version } = await shelf.version(actor, refOf(params.slug, { ownerHandle: query.ownerHandle }));
        return {
          ok: true as const,
          slug,
          installKind: 'archive' as const,
          archive: { version, downloadUrl: downloadUrl(config.publicUrl, { owner, slug, version }) },
        };
      } catch (error) {
        if (!(error instanceof RegistryError) || (error.code !== 'withdrawn' && error.code !== 'ambiguous')) throw error;
        // One of the reasons that clawhub's own schema knows; people read the message.
        const status = error.code === 'withdrawn' ? 410 : 409;
        return reply.status(status).send({ ok: false as const, slug: name.slug, reason: 'archive_version_missing', message: error.message, status });
      }
    },
  );
};

/** The version that a query means: by number, by tag, or the latest. */
export function refOf(
  slug: string,
  query: { readonly ownerHandle?: string | undefined; readonly version?: string | undefined; readonly tag?: string | undefined },
) {
  const name = nameOf(slug, query.ownerHandle);
  const version = numberOf(query.version);
  const tag = version === undefined ? numberOf(query.tag) : undefined;
  return {
    slug: name.slug,
    ...(name.owner === undefined ? {} : { owner: name.owner }),
    ...(version === undefined ? {} : { version }),
    ...(tag === undefined ? {} : { tag }),
  };
}
