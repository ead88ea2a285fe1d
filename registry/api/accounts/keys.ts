/** Keys that publishers sign with. Only public halves come here. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { needUser } from '../../auth/context.ts';
import { registerKey, revokeKey } from '../../auth/publisher-keys.ts';
import { needScope } from '../../auth/rights.ts';
import { listPublisherKeys, listUsers } from '../../store/accounts.ts';
import type { PublisherKeyRow } from '../../store/schema.ts';
import { type AccountParts, answer, Handle, OrNull, prefix, Reason, strict, Text, Time, whose } from './shapes.ts';

const Key = Type.Object({
  keyid: Type.String(),
  user: Type.String(),
  label: Type.String(),
  pem: Type.String(),
  createdAt: Time,
  revokedAt: OrNull(Time),
});

export const keysRoutes: FastifyPluginAsyncTypebox<AccountParts> = async (app, { context }) => {
  const { store } = context;
  app.get(
    `${prefix}/publisher-keys`,
    {
      schema: {
        tags: ['accounts'],
        summary: "One's own publisher keys; another user's by `user`; as an admin all (`all=true`)",
        querystring: Type.Object({ user: Type.Optional(Handle), all: Type.Optional(Type.Boolean()) }, strict),
        response: { 200: answer('skillward.publisher-keys.v1', { keys: Type.Array(Key) }) },
      },
    },
    async ({ actor, query }) => {
      needScope(actor, 'read');
      // Public halves are no secret among users.
      const user = query.user === undefined ? undefined : await needUser(store, store.db, query.user);
      const rows = await listPublisherKeys(store, store.db, user?.id ?? (await whose(store, actor, query)));
      const handles = new Map((await listUsers(store, store.db)).map((row) => [row.id, row.handle]));
      return { schema: 'skillward.publisher-keys.v1' as const, keys: rows.map((row) => keyOf(row, handles.get(row.user_id) ?? '')) };
    },
  );
  app.post(
    `${prefix}/publisher-keys`,
    {
      schema: {
        tags: ['accounts'],
        summary: "Register the public half of one's own signing key",
        body: Type.Object({ pem: Type.String({ minLength: 1, maxLength: 4000 }), label: Text }, strict),
        response: { 201: answer('skillward.publisher-key.v1', { key: Key }) },
      },
    },
    async (request, reply) => {
      const row = await registerKey(context, request.actor, request.body);
      return reply.status(201).send({ schema: 'skillward.publisher-key.v1', key: keyOf(row, request.actor.user!.handle) });
    },
  );
  app.delete(
    `${prefix}/publisher-keys/:keyid`,
    {
      schema: {
        tags: ['accounts'],
        summary: "End a key of one's own, or as an admin anybody's",
        params: Type.Object({ keyid: Type.String({ pattern: '^[0-9a-f]{64}$' }) }),
        body: Reason,
        response: { 200: answer('skillward.revoked.v1', { keyid: Type.String(), revokedAt: Time }) },
      },
    },
    async ({ actor, params, body }) => {
      const row = await revokeKey(context, actor, params.keyid, body?.reason);
      return { schema: 'skillward.revoked.v1' as const, keyid: row.keyid, revokedAt: row.revoked_at! };
    },
  );
};

const keyOf = (row: PublisherKeyRow, user: string): Static<typeof Key> => ({
  keyid: row.keyid,
  user,
  label: row.label,
  pem: row.pem,
  createdAt: row.created_at,
  revokedAt: row.revoked_at,
});
