/** Users, for admins, and who one is oneself. `GET /api/v1/whoami` is ClawHub's (R15). */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { needAdmin, needScope } from '../../auth/rights.ts';
import { createUser, disableUser, enableUser, revokeTokensOf, setUserRole } from '../../auth/users.ts';
import type { Actor, UserRole } from '../../model.ts';
import { listUsers, membershipsOf, namespaceById } from '../../store/accounts.ts';
import type { Store } from '../../store/index.ts';
import type { UserRow } from '../../store/schema.ts';
import { type AccountParts, answer, Handle, MemberRole, OrNull, prefix, Reason, Role, Scope, strict, Time } from './shapes.ts';

const User = Type.Object({ handle: Type.String(), displayName: Type.String(), role: Role, createdAt: Time, disabledAt: OrNull(Time) });
const WhoAmI = Type.Object({
  schema: Type.Literal('skillward.whoami.v1'),
  user: Type.Object({ handle: Type.String(), displayName: Type.String(), role: Role }),
  scopes: Type.Array(Scope),
  namespaces: OrNull(Type.Array(Type.String())),
  via: Type.String(),
  token: OrNull(Type.String()),
  memberships: Type.Array(Type.Object({ namespace: Type.String(), role: MemberRole })),
});

/** ClawHub's words for roles. */
const clawhubRole: Readonly<Record<UserRole, 'admin' | 'moderator' | 'user'>> = {
  reader: 'user',
  publisher: 'user',
  approver: 'moderator',
  admin: 'admin',
};

export const usersRoutes: FastifyPluginAsyncTypebox<AccountParts> = async (app, { context }) => {
  const { store } = context;
  app.get(
    '/api/v1/whoami',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'Who the token belongs to (R15)',
        response: {
          200: Type.Object({
            user: Type.Object({
              handle: Type.String(),
              displayName: Type.String(),
              image: Type.Null(),
              role: Type.Enum(['admin', 'moderator', 'user']),
            }),
          }),
        },
      },
    },
    async ({ actor }) => {
      needScope(actor, 'read');
      return { user: { handle: actor.user.handle, displayName: actor.user.displayName, image: null, role: clawhubRole[actor.user.role] } };
    },
  );

  app.get(
    `${prefix}/whoami`,
    { schema: { tags: ['accounts'], summary: 'Who asks, and what they may do', response: { 200: WhoAmI } } },
    async ({ actor }) => {
      needScope(actor, 'read');
      return whoAmI(store, actor);
    },
  );

  app.get(
    `${prefix}/users`,
    { schema: { tags: ['accounts'], summary: 'All users (admin)', response: { 200: answer('skillward.users.v1', { users: Type.Array(User) }) } } },
    async ({ actor }) => {
      needAdmin(actor);
      return { schema: 'skillward.users.v1' as const, users: (await listUsers(store, store.db)).map(userOf) };
    },
  );
  const OneUser = answer('skillward.user.v1', { user: User });
  const oneUser = (row: UserRow) => ({ schema: 'skillward.user.v1' as const, user: userOf(row) });
  app.post(
    `${prefix}/users`,
    {
      schema: {
        tags: ['accounts'],
        summary: 'Add a user (admin); who may publish gets a namespace of the same name',
        body: Type.Object(
          { handle: Handle, displayName: Type.Optional(Type.String({ maxLength: 200 })), role: Role, similar: Type.Optional(Type.Boolean()) },
          strict,
        ),
        response: { 201: OneUser },
      },
    },
    async (request, reply) => reply.status(201).send(oneUser((await createUser(context, request.actor, request.body)).user)),
  );
  const OfUser = Type.Object({ handle: Handle });
  app.post(
    `${prefix}/users/:handle/disable`,
    {
      schema: {
        tags: ['accounts'],
        summary: 'Disable a user and end all their tokens (admin)',
        params: OfUser,
        body: Reason,
        response: { 200: OneUser },
      },
    },
    async ({ actor, params, body }) => oneUser(await disableUser(context, actor, params.handle, body?.reason)),
  );
  app.post(
    `${prefix}/users/:handle/enable`,
    { schema: { tags: ['accounts'], summary: 'Enable a user again (admin)', params: OfUser, body: Reason, response: { 200: OneUser } } },
    async ({ actor, params, body }) => oneUser(await enableUser(context, actor, params.handle, body?.reason)),
  );
  app.put(
    `${prefix}/users/:handle/role`,
    {
      schema: {
        tags: ['accounts'],
        summary: 'Give a user another role (admin)',
        params: OfUser,
        body: Type.Object({ role: Role }, strict),
        response: { 200: OneUser },
      },
    },
    async ({ actor, params, body }) => oneUser(await setUserRole(context, actor, params.handle, body.role)),
  );
  app.post(
    `${prefix}/users/:handle/revoke-tokens`,
    {
      schema: {
        tags: ['accounts'],
        summary: "End every token of a user, and the device logins they approved: one's own, or as an admin anybody's",
        params: OfUser,
        body: Reason,
        response: { 200: answer('skillward.revoked.v1', { revoked: Type.Integer() }) },
      },
    },
    async ({ actor, params, body }) => ({
      schema: 'skillward.revoked.v1' as const,
      revoked: await revokeTokensOf(context, actor, params.handle, body?.reason),
    }),
  );
};

async function whoAmI(store: Store, actor: Actor): Promise<Static<typeof WhoAmI>> {
  const { user } = actor;
  const memberships: Static<typeof WhoAmI>['memberships'] = [];
  for (const row of await membershipsOf(store, store.db, user!.id)) {
    const namespace = await namespaceById(store, store.db, row.namespace_id);
    if (namespace !== undefined && (actor.namespaces === undefined || actor.namespaces.includes(namespace.handle)))
      memberships.push({ namespace: namespace.handle, role: row.role });
  }
  return {
    schema: 'skillward.whoami.v1',
    user: { handle: user!.handle, displayName: user!.displayName, role: user!.role },
    scopes: [...actor.scopes],
    namespaces: actor.namespaces === undefined ? null : [...actor.namespaces],
    via: actor.via,
    token: actor.tokenId ?? null,
    memberships: memberships.sort((a, b) => (a.namespace < b.namespace ? -1 : 1)),
  };
}

const userOf = (row: UserRow): Static<typeof User> => ({
  handle: row.handle,
  displayName: row.display_name,
  role: row.role,
  createdAt: row.created_at,
  disabledAt: row.disabled_at,
});
