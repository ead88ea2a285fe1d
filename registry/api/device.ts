/**
 * Device login on the wire: the two calls of ClawHub's clients (clawhub-contract W11, RFC 8628) and the approval for those who do it without the page `/device`.
 * Error bodies of the token call are exactly RFC 8628's; clients read nothing else.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { DeviceLogin } from '../auth/device.ts';

export interface DeviceOptions {
  readonly device: DeviceLogin;
}

const grantType = 'urn:ietf:params:oauth:grant-type:device_code';
const Code = Type.Object({ user_code: Type.String({ minLength: 1, maxLength: 40 }) });
const Shown = Type.Object({
  schema: Type.Literal('skillward.device.v1'),
  state: Type.Enum(['approved', 'denied', 'pending']),
  label: Type.String(),
  scopes: Type.Array(Type.String()),
});

export const deviceRoutes: FastifyPluginAsyncTypebox<DeviceOptions> = async (app, { device }) => {
  app.post(
    '/api/cli/device/code',
    {
      schema: {
        tags: ['sign in'],
        summary: 'Begin a device login',
        body: Type.Object({
          scope: Type.Optional(Type.String({ maxLength: 200 })),
          site_url: Type.Optional(Type.String({ maxLength: 2000 })),
          label: Type.Optional(Type.String({ maxLength: 400 })),
          client_id: Type.Optional(Type.String({ maxLength: 200 })),
        }),
        response: {
          200: Type.Object({
            device_code: Type.String(),
            user_code: Type.String(),
            verification_uri: Type.String(),
            expires_in: Type.Integer(),
            interval: Type.Integer(),
          }),
        },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return device.start(request.body, request.actor.ip);
    },
  );

  app.post(
    '/api/cli/device/token',
    {
      // Machines ask every few seconds and read only JSON: a refusal in plain text would end their login.
      config: { bucket: 'read' },
      schema: {
        tags: ['sign in'],
        summary: 'Ask for the token of a device login',
        body: Type.Object({
          device_code: Type.String({ minLength: 1, maxLength: 200 }),
          grant_type: Type.String({ maxLength: 200 }),
          client_id: Type.Optional(Type.String({ maxLength: 200 })),
        }),
        response: {
          200: Type.Object({ access_token: Type.String(), token_type: Type.String(), scope: Type.String() }),
          400: Type.Object({ error: Type.String() }),
        },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      if (request.body.grant_type !== grantType) return reply.status(400).send({ error: 'unsupported_grant_type' });
      const result = await device.poll(request.body.device_code);
      if (!result.ok) return reply.status(400).send({ error: result.error });
      return { access_token: result.access_token, token_type: result.token_type, scope: result.scope };
    },
  );

  // The code travels in the body, never in an address.
  app.post(
    '/api/skillward/v1/device/look',
    { schema: { tags: ['sign in'], summary: 'What a device login asks for', body: Code, response: { 200: Shown } } },
    async (request) => shown('pending', await device.look(request.actor, request.body.user_code)),
  );
  app.post(
    '/api/skillward/v1/device/approve',
    { schema: { tags: ['sign in'], summary: 'Let a device in as oneself', body: Code, response: { 200: Shown } } },
    async (request) => shown('approved', await device.approve(request.actor, request.body.user_code)),
  );
  app.post(
    '/api/skillward/v1/device/deny',
    { schema: { tags: ['sign in'], summary: 'Refuse a device login', body: Code, response: { 200: Shown } } },
    async (request) => shown('denied', await device.deny(request.actor, request.body.user_code)),
  );
};

const shown = <S extends 'approved' | 'denied' | 'pending'>(state: S, request: { readonly label: string; readonly scopes: readonly string[] }) => ({
  schema: 'skillward.device.v1' as const,
  state,
  label: request.label,
  scopes: [...request.scopes],
});
