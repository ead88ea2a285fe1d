/** Tokens. The text of one is in a single answer, the one that made it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { grantToken, withdrawToken } from '../../auth/grants.ts';
import { namespacesOf, scopesOf } from '../../auth/tokens.ts';
import { type ListedToken, listTokens } from '../../store/accounts.ts';
import { type AccountParts, answer, Handle, Kind, OrNull, prefix, Scope, strict, Text, Time, whose } from './shapes.ts';

const Token = Type.Object({
  id: Type.String(),
  user: Type.String(),
  label: Type.String(),
  scopes: Type.Array(Scope),
  namespaces: OrNull(Type.Array(Type.String())),
  kind: Kind,
  createdAt: Time,
  expiresAt: OrNull(Time),
  revokedAt: OrNull(Time),
  lastUsedAt: OrNull(Time),
});

export const tokensRoutes: FastifyPluginAsyncTypebox<AccountParts> = async (app, { context }) => {
  const { store } = context;
  app.get(
    `${prefix}/tokens`,
    {
      schema: {
        tags: ['accounts'],
        summary: "One's own tokens; as an admin another user's, or all (`all=true`)",
        querystring: Type.Object({ user: Type.Optional(Handle), all: Type.Optional(Type.Boolean()) }, strict),
        response: { 200: answer('skillward.tokens.v1', { tokens: Type.Array(Token) }) },
      },
    },
    async ({ actor, query }) => {
      const tokens = await listTokens(store, store.db, await whose(store, actor, query));
      return { schema: 'skillward.tokens.v1' as const, tokens: tokens.map(tokenOf) };
    },
  );
  app.post(
    `${prefix}/tokens`,
    {
      schema: {
        tags: ['accounts'],
        summary: 'Make a token for oneself, or as an admin for another user; it is shown once',
        body: Type.Object(
          {
            user: Type.Optional(Handle),
            label: Text,
            scopes: Type.Array(Scope, { minItems: 1, maxItems: 4 }),
            namespaces: Type.Optional(Type.Array(Handle, { minItems: 1, maxItems: 100 })),
            expiresAt: Type.Optional(Time),
            kind: Type.Optional(Kind),
          },
          strict,
        ),
        response: { 201: answer('skillward.token.v1', { token: Type.String(), record: Token }) },
      },
    },
    async (request, reply) => {
      const made = await grantToken(context, request.actor, request.body);
      return reply
        .status(201)
        .header('cache-control', 'no-store')
        .send({
          schema: 'skillward.token.v1',
          token: made.token,
          record: tokenOf({ row: made.row, handle: made.user.handle, lastUsedAt: null }),
        });
    },
  );
  app.delete(
    `${prefix}/tokens/:id`,
    {
      schema: {
        tags: ['accounts'],
        summary: "End a token of one's own, or as an admin anybody's, and the tokens of its user that were made with it",
        params: Type.Object({ id: Type.String({ maxLength: 80 }) }),
        body: Type.Optional(Type.Union([Type.Object({ reason: Type.Optional(Text), keepMade: Type.Optional(Type.Boolean()) }, strict), Type.Null()])),
        response: {
          200: answer('skillward.revoked.v1', {
            id: Type.String(),
            revokedAt: Time,
            also: Type.Array(Type.String(), { description: 'Tokens that were made with it and ended with it' }),
            forOthers: Type.Array(Type.String(), { description: 'Tokens that were made with it for other people; they are as good as before' }),
          }),
        },
      },
    },
    async ({ actor, params, body }) => {
      const { row, ended } = await withdrawToken(context, actor, params.id, body ?? {});
      return {
        schema: 'skillward.revoked.v1' as const,
        id: row.id,
        revokedAt: row.revoked_at!,
        also: ended.tokens.filter((id) => id !== row.id),
        forOthers: [...ended.forOthers],
      };
    },
  );
};

const tokenOf = ({ row, handle, lastUsedAt }: ListedToken): Static<typeof Token> => ({
  id: row.id,
  user: handle,
  label: row.label,
  scopes: scopesOf(row),
  namespaces: namespacesOf(row) ?? null,
  kind: row.kind,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
  lastUsedAt,
});
