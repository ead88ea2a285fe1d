/** W4 to W8: hiding, withdrawing, tags, publishers, stars. What changes is decided by the gate; what this registry does not do on purpose says so in a sentence. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { needPerson } from '../../auth/context.ts';
import { createNamespace } from '../../auth/namespaces.ts';
import { needScope } from '../../auth/rights.ts';
import type { ClawhubOptions } from './index.ts';
import { Free, maybe, nameOf, OwnerQuery, optional, SlugParams, text, unsupported, VersionParams } from './names.ts';

const Ok = Type.Object({ ok: Type.Literal(true) });
const ok = { ok: true as const };
const Body = maybe(Type.Object({ reason: optional(2000), ownerHandle: optional(100) }));
const none = 'asked for by its client without a reason';

export const manageRoutes: FastifyPluginAsyncTypebox<ClawhubOptions> = async (app, { store, gate, shelf, now = Date.now }) => {
  const nameIn = (params: { slug: string }, query: { ownerHandle?: string }, body: { ownerHandle?: string } | null | undefined) =>
    nameOf(params.slug, body?.ownerHandle ?? query.ownerHandle);
  const reasonIn = (body: { reason?: string } | null | undefined): string => body?.reason?.trim() || none;

  app.delete(
    '/api/v1/skills/:slug',
    { schema: { tags: ['clawhub'], summary: 'Hide a skill (W4)', params: SlugParams, querystring: OwnerQuery, body: Body, response: { 200: Ok } } },
    async ({ actor, params, query, body }) => {
      needScope(actor, 'publish');
      await gate.deleteSkill(actor, nameIn(params, query, body), reasonIn(body));
      return ok;
    },
  );
  app.post(
    '/api/v1/skills/:slug/undelete',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'Show a hidden skill again (W4)',
        params: SlugParams,
        querystring: OwnerQuery,
        body: Body,
        response: { 200: Ok },
      },
    },
    async ({ actor, params, query, body }) => {
      needScope(actor, 'publish');
      await gate.undeleteSkill(actor, nameIn(params, query, body), reasonIn(body));
      return ok;
    },
  );

  const VersionBody = maybe(Type.Object({ version: optional(128), reason: optional(2000), ownerHandle: optional(100) }));
  app.delete(
    '/api/v1/skills/:slug/versions/:version',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'Withdraw a version (W5)',
        params: VersionParams,
        querystring: OwnerQuery,
        body: VersionBody,
        response: { 200: Ok },
      },
    },
    async ({ actor, params, query, body }) => {
      needScope(actor, 'publish');
      await gate.yank(actor, { ...nameIn(params, query, body), version: params.version }, reasonIn(body));
      return ok;
    },
  );
  app.post(
    '/api/v1/skills/:slug/versions/:version/restore',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'Give a withdrawn version out again (W5)',
        params: VersionParams,
        querystring: OwnerQuery,
        body: VersionBody,
        response: { 200: Ok },
      },
    },
    async ({ actor, params, query, body }) => {
      needScope(actor, 'publish');
      await gate.restore(actor, { ...nameIn(params, query, body), version: params.version }, reasonIn(body));
      return ok;
    },
  );

  app.post(
    '/api/v1/skills/:slug/tags/:tag',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'Point a tag at a version (W6)',
        params: Type.Object({ ...SlugParams.properties, tag: text(128) }),
        querystring: OwnerQuery,
        body: Type.Object({ version: text(128), ownerHandle: optional(100) }),
        response: { 200: Type.Object({ ok: Type.Literal(true), slug: Type.String(), tag: Type.String(), version: Type.String() }) },
      },
    },
    async ({ actor, params, query, body }) => {
      needScope(actor, 'publish');
      const name = nameIn(params, query, body);
      const tag = params.tag.trim().toLowerCase();
      const version = body.version.trim();
      await gate.setTag(actor, { ...name, version }, tag);
      return { ok: true as const, slug: name.slug, tag, version };
    },
  );

  // W7. Names are part of what is signed and stay reserved for ever, so a skill keeps its own.
  const kept =
    'This registry does not rename, merge or transfer skills: a name is part of what was signed and stays taken. Publish it under the new name and deprecate the old one.';
  for (const deed of ['rename', 'merge', 'transfer', 'transfer/accept', 'transfer/reject', 'transfer/cancel'])
    app.post(
      `/api/v1/skills/:slug/${deed}`,
      { schema: { tags: ['clawhub'], summary: 'Not offered (W7)', params: SlugParams, gives: {} } },
      async ({ actor }) => {
        needScope(actor, 'publish');
        throw unsupported(kept);
      },
    );
  for (const way of ['incoming', 'outgoing'])
    app.get(
      `/api/v1/transfers/${way}`,
      { schema: { tags: ['clawhub'], summary: 'Transfers: there are none (W7)', response: { 200: Type.Object({ transfers: Type.Array(Free) }) } } },
      async ({ actor }) => {
        needScope(actor, 'read');
        return { transfers: [] };
      },
    );
  app.post(
    '/api/v1/publishers',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'Make a namespace (W7)',
        body: Type.Object({ handle: text(100), displayName: optional(200) }),
        response: {
          200: Type.Object({
            ok: Type.Literal(true),
            publisherId: Type.String(),
            handle: Type.String(),
            created: Type.Literal(true),
            trusted: Type.Literal(false),
          }),
        },
      },
    },
    async ({ actor, body }) => {
      const row = await createNamespace({ store, now }, actor, {
        handle: body.handle.trim().replace(/^@+/, '').toLowerCase(),
        displayName: body.displayName,
      });
      return { ok: true as const, publisherId: row.id, handle: row.handle, created: true as const, trusted: false as const };
    },
  );

  // W8
  app.post(
    '/api/v1/stars/:slug',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'Star a skill (W8)',
        params: SlugParams,
        querystring: OwnerQuery,
        response: { 200: Type.Object({ ok: Type.Literal(true), starred: Type.Boolean(), alreadyStarred: Type.Boolean() }) },
      },
    },
    async ({ actor, params, query }) => {
      needPerson(actor);
      const { id } = await shelf.skill(actor, nameOf(params.slug, query.ownerHandle));
      const written = await store.write((tx) =>
        tx
          .insertInto('stars')
          .values({ user_id: actor.user.id, skill_id: id, created_at: now() })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst(),
      );
      const fresh = (written.numInsertedOrUpdatedRows ?? 0n) > 0n;
      return { ok: true as const, starred: true, alreadyStarred: !fresh };
    },
  );
  app.delete(
    '/api/v1/stars/:slug',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'Take a star back (W8)',
        params: SlugParams,
        querystring: OwnerQuery,
        body: maybe(Free),
        response: { 200: Type.Object({ ok: Type.Literal(true), unstarred: Type.Boolean(), alreadyUnstarred: Type.Boolean() }) },
      },
    },
    async ({ actor, params, query }) => {
      needPerson(actor);
      const { id } = await shelf.skill(actor, nameOf(params.slug, query.ownerHandle));
      const gone = await store.write((tx) =>
        tx.deleteFrom('stars').where('user_id', '=', actor.user.id).where('skill_id', '=', id).executeTakeFirst(),
      );
      return { ok: true as const, unstarred: true, alreadyUnstarred: gone.numDeletedRows === 0n };
    },
  );
};
