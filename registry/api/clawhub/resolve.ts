/** R8: which version a folder's files are, and which is the latest. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type { ClawhubOptions } from './index.ts';
import { nameOf, optional, orNull, Slug, text } from './names.ts';

const Version = orNull(Type.Object({ version: Type.String() }));

export const resolveRoutes: FastifyPluginAsyncTypebox<ClawhubOptions> = async (app, { shelf }) => {
  app.get(
    '/api/v1/resolve',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'Find a version by the fingerprint of its files (R8)',
        querystring: Type.Object({ slug: Slug, hash: text(200), ownerHandle: optional(100) }),
        response: { 200: Type.Object({ slug: Type.String(), match: Version, latestVersion: Version }) },
      },
    },
    async ({ actor, query }) => {
      if (!/^[0-9a-f]{64}$/i.test(query.hash))
        throw new RegistryError('bad-input', 'hash must be the fingerprint of the files: 64 hexadecimal digits.');
      const name = nameOf(query.slug, query.ownerHandle);
      const wrap = (version: string | null) => (version === null ? null : { version });
      try {
        const { match, latest } = await shelf.resolve(actor, name, query.hash.toLowerCase());
        return { slug: name.slug, match: wrap(match), latestVersion: wrap(latest) };
      } catch (error) {
        // A skill whose every version was withdrawn has no latest one; clients publish the next one after asking here.
        if (error instanceof RegistryError && error.code === 'withdrawn') return { slug: name.slug, match: null, latestVersion: null };
        throw error;
      }
    },
  );
};
