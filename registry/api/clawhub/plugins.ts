/**
 * What clients of a whole ClawHub ask for besides skills: plugins, promotions, the skills.sh catalogue. There are none here, and nothing is ever passed on to another registry: lists are empty,
 * details are not there.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type { ClawhubOptions } from './index.ts';
import { Free } from './names.ts';

const Empty = Type.Object({ items: Type.Array(Free), nextCursor: Type.Null() });

export const pluginRoutes: FastifyPluginAsyncTypebox<ClawhubOptions> = async (app) => {
  for (const kind of ['packages', 'plugins', 'code-plugins', 'bundle-plugins']) {
    app.get(`/api/v1/${kind}`, { schema: { tags: ['clawhub'], summary: 'Plugins: there are none', response: { 200: Empty } } }, async () => ({
      items: [],
      nextCursor: null,
    }));
    app.get(
      `/api/v1/${kind}/search`,
      { schema: { tags: ['clawhub'], summary: 'Plugins: there are none', response: { 200: Type.Object({ results: Type.Array(Free) }) } } },
      async () => ({ results: [] }),
    );
  }
  const none = { tags: ['clawhub'], summary: 'Plugins: there are none' };
  const Categories = Type.Object({ categories: Type.Array(Free) });
  app.get(
    '/api/v1/plugins/overview',
    { schema: { ...none, response: { 200: Type.Object({ items: Type.Array(Free), ...Categories.properties }) } } },
    async () => ({
      items: [],
      categories: [],
    }),
  );
  app.get('/api/v1/plugins/categories', { schema: { ...none, response: { 200: Categories } } }, async () => ({ categories: [] }));
  app.post(
    '/api/v1/packages/categories::batch',
    { config: { bucket: 'read' }, schema: { ...none, body: Free, response: { 200: Type.Object({ packages: Type.Array(Free) }) } } },
    async () => ({ packages: [] }),
  );
  app.get(
    '/api/v1/promotions',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'Promotions: there are none',
        response: { 200: Type.Object({ promotions: Type.Array(Free), nextCursor: Type.Null() }) },
      },
    },
    async () => ({ promotions: [], nextCursor: null }),
  );
  const absent = async (_request: FastifyRequest, _reply: FastifyReply): Promise<never> => {
    throw new RegistryError('not-found', 'This registry has skills only: no plugins, promotions or catalogues of others.');
  };
  for (const kind of ['packages', 'plugins', 'code-plugins', 'bundle-plugins', 'promotions', 'skills-sh'])
    app.route({ method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], url: `/api/v1/${kind}/*`, schema: { hide: true }, handler: absent });
};
