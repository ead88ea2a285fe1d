/**
 * Discovery. `/.well-known/clawhub.json` (and `clawdhub.json`) tells clawhub where the registry is. `/.well-known/agent-skills/index.json` (Agent Skills discovery 0.2.0) lists the latest
 * versions that are given out, for `npx skills add`, with the digest of each archive; also under `/.well-known/skills/`, and below `/@owner` for one owner.
 *
 * Those clients send no credentials, so where nobody reads without a token a read token stands in the path: `/t/<token>/…`. Addresses in the index are relative: they keep the token they
 * were asked with and name no host. The token is never logged (log.ts) and never sent on as a referrer.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Config } from '../config.ts';
import { RegistryError } from '../errors.ts';
import type { Shelf, SkillHead } from '../shelf/contract.ts';
import { unchanged } from './clawhub/download.ts';
import { ownerOf, text } from './clawhub/names.ts';
import { refOf } from './clawhub/skills.ts';
import { Binary } from './openapi.ts';

export interface WellKnownOptions {
  readonly config: Pick<Config, 'publicUrl'>;
  readonly shelf: Shelf;
}

const SCHEMA = 'https://schemas.agentskills.io/discovery/0.2.0/schema.json' as const;
/** Names that the client takes; it leaves out others. */
const nameForm = /^(?!.*--)[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
/** Skills of one index. */
const most = 5000;

const Index = Type.Object({
  $schema: Type.Literal(SCHEMA),
  skills: Type.Array(
    Type.Object({
      name: Type.String(),
      description: Type.String(),
      type: Type.Literal('archive'),
      url: Type.String(),
      digest: Type.String(),
      version: Type.String(),
    }),
  ),
});

export const wellKnown: FastifyPluginAsyncTypebox<WellKnownOptions> = async (app, { config, shelf }) => {
  const { publicUrl } = config;
  for (const name of ['clawhub', 'clawdhub'])
    app.get(
      `/.well-known/${name}.json`,
      {
        schema: {
          tags: ['discovery'],
          summary: 'Where this registry is',
          response: { 200: Type.Object({ apiBase: Type.String(), authBase: Type.String(), registry: Type.String() }) },
        },
      },
      async () => ({ apiBase: publicUrl, authBase: publicUrl, registry: publicUrl }),
    );

  for (const key of ['', '/t/:token'])
    for (const scope of ['', '/@:scope'])
      for (const folder of ['agent-skills', 'skills']) {
        const base = `${key}${scope}/.well-known/${folder}`;
        const Params = Type.Object({ token: Type.Optional(text(200)), scope: Type.Optional(text(100)) });
        app.get(
          `${base}/index.json`,
          { schema: { tags: ['agent-skills'], summary: 'Skills that may be installed from here', params: Params, response: { 200: Index } } },
          async ({ actor, params }, reply) => {
            const owner = ownerOf(params.scope);
            const heads = await shelf.catalogue(actor, { most, ...(owner === undefined ? {} : { owner }) });
            reply.header('referrer-policy', 'no-referrer');
            return { $schema: SCHEMA, skills: entries(heads) };
          },
        );
        app.get(
          `${base}/@:owner/:slug/:file`,
          {
            config: { bucket: 'download' },
            schema: {
              tags: ['agent-skills'],
              summary: 'The canonical archive of a version',
              params: Type.Object({ ...Params.properties, owner: text(100), slug: text(200), file: text(140) }),
              gives: { 'application/zip': Binary },
            },
          },
          async ({ actor, params, headers }, reply) => {
            const owner = ownerOf(params.scope);
            if (!params.file.endsWith('.zip') || (owner !== undefined && owner !== params.owner))
              throw new RegistryError('not-found', 'There is nothing here.');
            const download = await shelf.download(actor, refOf(params.slug, { ownerHandle: params.owner, version: params.file.slice(0, -4) }));
            for (let at = 0; at < download.headers.length; at += 2) reply.header(download.headers[at]!, download.headers[at + 1]!);
            reply.header('referrer-policy', 'no-referrer');
            if (unchanged(headers['if-none-match'], download.etag)) return reply.removeHeader('content-length').status(304).send();
            return reply.send(download.bytes);
          },
        );
      }
};

/** One entry a name: where two owners have a skill of the same name, neither is in the common index, since a client would take one for the other. */
function entries(heads: readonly SkillHead[]) {
  const count = new Map<string, number>();
  for (const { slug } of heads) count.set(slug, (count.get(slug) ?? 0) + 1);
  return heads
    .filter(({ slug }) => count.get(slug) === 1 && nameForm.test(slug))
    .map((head) => ({
      name: head.slug,
      description: describe(head),
      type: 'archive' as const,
      url: `@${head.owner}/${head.slug}/${encodeURIComponent(head.latest.version)}.zip`,
      digest: `sha256:${head.latest.archive_sha256}`,
      version: head.latest.version,
    }));
}

/** 1 to 1024 characters. */
function describe(head: SkillHead): string {
  const said = head.summary.trim() || head.displayName.trim() || head.slug;
  return said.length <= 1024 ? said : `${said.slice(0, 1023)}…`;
}
