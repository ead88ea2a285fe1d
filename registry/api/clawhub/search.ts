/** R1 search, R2 lists, R14 trending, and the search of `npx skills find`. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Sort } from '../../shelf/contract.ts';
import type { ClawhubOptions } from './index.ts';
import { ownerOf as handleOf, Limit, limitOf, optional } from './names.ts';
import { Install, installOf, itemOf, Owner, ownerOf, SkillList } from './shapes.ts';

const sorts: Readonly<Record<string, Sort>> = {
  updated: 'updated',
  createdat: 'createdAt',
  newest: 'createdAt',
  downloads: 'downloads',
  stars: 'stars',
  rating: 'stars',
  installs: 'installs',
  installscurrent: 'installs',
  installsalltime: 'installs',
  trending: 'trending',
};

const Hit = Type.Object({
  score: Type.Number(),
  slug: Type.String(),
  displayName: Type.String(),
  summary: Type.String(),
  version: Type.String(),
  ownerHandle: Type.String(),
  source: Type.Literal('clawhub'),
  install: Install,
  downloads: Type.Number(),
  updatedAt: Type.Number(),
  owner: Owner,
});

const Trend = Type.Object({
  source: Type.Literal('clawhub'),
  slug: Type.String(),
  displayName: Type.String(),
  summary: Type.String(),
  official: Type.Boolean(),
  publisher: Type.Object({ handle: Type.String() }),
  install: Install,
  metrics: Type.Object({ updatedAt: Type.Number() }),
});

/** `npx skills find` (vercel-labs/skills): `source@name` is what it says to install. */
const FoundSkills = Type.Object({
  skills: Type.Array(Type.Object({ name: Type.String(), id: Type.String(), source: Type.String(), installs: Type.Number() })),
});

export const searchRoutes: FastifyPluginAsyncTypebox<ClawhubOptions> = async (app, { shelf, config }) => {
  app.get(
    '/api/v1/search',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'Search (R1)',
        querystring: Type.Object({ q: optional(1000), limit: Limit, mode: optional(20), ownerHandle: optional(100) }),
        response: { 200: Type.Object({ results: Type.Array(Hit) }) },
      },
    },
    async ({ actor, query }) => {
      const owner = handleOf(query.ownerHandle);
      const hits = await shelf.search(actor, {
        text: query.q ?? '',
        limit: limitOf(query.limit, 25, 200),
        exact: query.mode === 'exact',
        ...(owner === undefined ? {} : { owner }),
      });
      return {
        results: hits.map(({ skill, score }) => ({
          score,
          slug: skill.slug,
          displayName: skill.displayName,
          summary: skill.summary,
          version: skill.latest.version,
          ownerHandle: skill.owner,
          source: 'clawhub' as const,
          install: installOf(skill),
          downloads: skill.stats.installs,
          updatedAt: skill.updatedAt,
          owner: ownerOf(skill),
        })),
      };
    },
  );

  app.get(
    '/api/v1/skills',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'List skills, or those whose slug begins with a prefix (R2)',
        querystring: Type.Object({ limit: Limit, sort: optional(40), cursor: optional(1100), prefix: optional(200), ownerHandle: optional(100) }),
        response: { 200: SkillList },
      },
    },
    async ({ actor, query }) => {
      const owner = handleOf(query.ownerHandle);
      const page = { limit: limitOf(query.limit, 25, 200), cursor: query.cursor === '' ? undefined : query.cursor };
      const { items, cursor } =
        query.prefix === undefined || query.prefix.trim() === ''
          ? await shelf.list(actor, {
              ...page,
              sort: sorts[(query.sort ?? '').toLowerCase().replaceAll('-', '')] ?? 'updated',
              ...(owner === undefined ? {} : { owner }),
            })
          : await shelf.prefix(actor, { ...page, prefix: query.prefix.trim().toLowerCase() });
      return { items: items.map(itemOf), nextCursor: cursor };
    },
  );

  app.get(
    '/api/v1/trending',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'Most installed this week (R14)',
        querystring: Type.Object({ kind: optional(40), limit: Limit }),
        response: { 200: Type.Object({ items: Type.Array(Trend), nextCursor: Type.Null() }) },
      },
    },
    async ({ actor, query }) => {
      // Plugins are none of ours.
      const heads = query.kind === undefined || query.kind === 'skills' ? await shelf.trending(actor, limitOf(query.limit, 20, 100)) : [];
      return {
        items: heads.map((head) => ({
          source: 'clawhub' as const,
          slug: head.slug,
          displayName: head.displayName,
          summary: head.summary,
          official: false,
          publisher: { handle: head.owner },
          install: installOf(head),
          metrics: { updatedAt: head.updatedAt },
        })),
        nextCursor: null,
      };
    },
  );

  for (const base of ['', '/t/:token'] as const)
    app.get(
      `${base}/api/search`,
      {
        schema: {
          tags: ['agent-skills'],
          summary: 'Search for `npx skills find`',
          querystring: Type.Object({ q: optional(1000), limit: Limit, owner: optional(100) }),
          params: Type.Object({ token: optional(200) }),
          response: { 200: FoundSkills },
        },
      },
      async ({ actor, query, params }) => {
        const owner = handleOf(query.owner);
        const hits = await shelf.search(actor, {
          text: query.q ?? '',
          limit: limitOf(query.limit, 20, 100),
          ...(owner === undefined ? {} : { owner }),
        });
        // Who came by a capability path can install only by it.
        const root = params.token === undefined ? config.publicUrl : `${config.publicUrl}/t/${params.token}`;
        return {
          skills: hits.map(({ skill }) => ({
            name: skill.slug,
            id: `@${skill.owner}/${skill.slug}`,
            source: `${root}/@${skill.owner}`,
            installs: skill.stats.installs,
          })),
        };
      },
    );
};
