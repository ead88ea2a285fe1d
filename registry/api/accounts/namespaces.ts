/** Namespaces and their members. One that the caller may not read is answered as if it did not exist. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { needUser } from '../../auth/context.ts';
import { createNamespace, removeMember, type SeenNamespace, seeNamespace, seeNamespaces, setMember, setVisibility } from '../../auth/namespaces.ts';
import { listMembers } from '../../store/accounts.ts';
import { type AccountParts, answer, Handle, MemberRole, OrNull, prefix, strict, Time, Visibility } from './shapes.ts';

const Namespace = Type.Object({
  handle: Type.String(),
  displayName: Type.String(),
  visibility: Visibility,
  role: OrNull(MemberRole),
  createdAt: Time,
});

export const namespacesRoutes: FastifyPluginAsyncTypebox<AccountParts> = async (app, { context, config }) => {
  const { store } = context;
  app.get(
    `${prefix}/namespaces`,
    {
      schema: {
        tags: ['accounts'],
        summary: 'Namespaces that one may read',
        response: { 200: answer('skillward.namespaces.v1', { namespaces: Type.Array(Namespace) }) },
      },
    },
    async ({ actor }) => ({
      schema: 'skillward.namespaces.v1' as const,
      namespaces: (await seeNamespaces(context, actor, config.anonymousRead)).map(namespaceOf),
    }),
  );
  const OneNamespace = answer('skillward.namespace.v1', { namespace: Namespace });
  app.post(
    `${prefix}/namespaces`,
    {
      schema: {
        tags: ['accounts'],
        summary: 'Make a namespace that one owns',
        body: Type.Object(
          {
            handle: Handle,
            displayName: Type.Optional(Type.String({ maxLength: 200 })),
            visibility: Type.Optional(Visibility),
            similar: Type.Optional(Type.Boolean()),
          },
          strict,
        ),
        response: { 201: OneNamespace },
      },
    },
    async (request, reply) => {
      const row = await createNamespace(context, request.actor, request.body);
      return reply.status(201).send({ schema: 'skillward.namespace.v1', namespace: { ...namespaceOf({ row, member: undefined }), role: 'owner' } });
    },
  );
  const OfNamespace = Type.Object({ handle: Handle });
  const Members = Type.Array(Type.Object({ user: Type.String(), role: MemberRole, since: Time }));
  app.get(
    `${prefix}/namespaces/:handle`,
    {
      schema: {
        tags: ['accounts'],
        summary: 'A namespace; signed in also its members',
        params: OfNamespace,
        response: { 200: answer('skillward.namespace.v1', { namespace: Namespace, members: Members }) },
      },
    },
    async ({ actor, params }) => {
      const seen = await seeNamespace(store, store.db, actor, params.handle, config.anonymousRead);
      const members = actor.user === undefined ? [] : await listMembers(store, store.db, seen.row.id);
      return {
        schema: 'skillward.namespace.v1' as const,
        namespace: namespaceOf(seen),
        members: members.map(({ row, handle }) => ({ user: handle, role: row.role, since: row.created_at })),
      };
    },
  );
  app.put(
    `${prefix}/namespaces/:handle/visibility`,
    {
      schema: {
        tags: ['accounts'],
        summary: 'Who may read a namespace (owners, admins)',
        params: OfNamespace,
        body: Type.Object({ visibility: Visibility }, strict),
        response: { 200: OneNamespace },
      },
    },
    async ({ actor, params, body }) => {
      await setVisibility(context, actor, params.handle, body.visibility);
      return {
        schema: 'skillward.namespace.v1' as const,
        namespace: namespaceOf(await seeNamespace(store, store.db, actor, params.handle, config.anonymousRead)),
      };
    },
  );
  const OfMember = Type.Object({ handle: Handle, user: Handle });
  app.put(
    `${prefix}/namespaces/:handle/members/:user`,
    {
      schema: {
        tags: ['accounts'],
        summary: 'Add a member or change their role (owners, admins)',
        params: OfMember,
        body: Type.Object({ role: MemberRole }, strict),
        response: { 200: answer('skillward.member.v1', { user: Type.String(), role: MemberRole, since: Time }) },
      },
    },
    async ({ actor, params, body }) => {
      const row = await setMember(context, actor, params.handle, params.user, body.role);
      return {
        schema: 'skillward.member.v1' as const,
        user: (await needUser(store, store.db, params.user)).handle,
        role: row.role,
        since: row.created_at,
      };
    },
  );
  app.delete(
    `${prefix}/namespaces/:handle/members/:user`,
    { schema: { tags: ['accounts'], summary: 'Remove a member (owners, admins)', params: OfMember, response: { 204: Type.Null() } } },
    async (request, reply) => {
      await removeMember(context, request.actor, request.params.handle, request.params.user);
      return reply.status(204).send(null);
    },
  );
};

const namespaceOf = ({ row, member }: SeenNamespace): Static<typeof Namespace> => ({
  handle: row.handle,
  displayName: row.display_name,
  visibility: row.visibility,
  role: member?.role ?? null,
  createdAt: row.created_at,
});
