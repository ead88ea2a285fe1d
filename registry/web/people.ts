/** Signing in and out, and letting a device in (RFC 8628). Every form here is guarded like all others, so that nobody is signed in as somebody else without knowing. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { RegistryError } from '../errors.ts';
import type { Part } from './html.ts';
import type { WebOptions } from './index.ts';
import { type Frame, pageHeaders } from './layout.ts';
import { deviceDecisionPage, devicePage, loginPage, messagePage } from './pages/small.ts';
import { localPath, type Sessions, type Visitor } from './session.ts';

type App = Parameters<FastifyPluginAsyncTypebox>[0];

export interface PeopleOptions extends Pick<WebOptions, 'auth' | 'device'> {
  readonly sessions: Sessions;
  visitorOf(request: FastifyRequest): Visitor;
  send(request: FastifyRequest, reply: FastifyReply, frame: Omit<Frame, 'visitor'>, body: Part): FastifyReply;
}

const text = (most: number) => Type.String({ maxLength: most });
const Form = { csrf: Type.Optional(text(200)) };

export function people(app: App, { visitorOf, send, sessions, auth, device }: PeopleOptions): void {
  app.get('/login', { schema: { hide: true, querystring: Type.Object({ next: Type.Optional(text(1000)) }) } }, async (request, reply) => {
    const visitor = visitorOf(request);
    const next = localPath(request.query.next);
    if (visitor.actor.user !== undefined) return reply.headers(pageHeaders).redirect(next, 303);
    return send(request, reply, { title: 'Sign in', at: 'login' }, loginPage({ csrf: visitor.csrf, next, failed: undefined }));
  });
  app.post(
    '/login',
    { schema: { hide: true, body: Type.Object({ ...Form, token: text(400), next: Type.Optional(text(1000)) }) } },
    async (request, reply) => {
      const visitor = visitorOf(request);
      const next = localPath(request.body.next);
      try {
        const actor = await auth.actor({ headers: { authorization: `Bearer ${request.body.token.trim()}` }, ip: request.actor.ip });
        if (actor.tokenId === undefined) throw new RegistryError('unauthorized', 'Unauthorized');
        return reply.headers(pageHeaders).header('set-cookie', sessions.start(actor.tokenId)).redirect(next, 303);
      } catch (error) {
        if (!(error instanceof RegistryError) || (error.code !== 'unauthorized' && error.code !== 'too-many-requests')) throw error;
        const failed = error.code === 'unauthorized' ? 'This is no token of this registry, or it was revoked or has expired.' : error.message;
        const wait = error.detail?.['retryAfter'];
        if (typeof wait === 'number') reply.header('retry-after', String(wait));
        reply.status(error.status);
        return send(request, reply, { title: 'Sign in', at: 'login' }, loginPage({ csrf: visitor.csrf, next, failed }));
      }
    },
  );
  app.post('/logout', { schema: { hide: true, body: Type.Object(Form) } }, async (request, reply) =>
    reply
      .headers(pageHeaders)
      .header('set-cookie', await sessions.end(visitorOf(request)))
      .redirect('/', 303),
  );

  app.get('/device', { schema: { hide: true }, config: { signIn: true } }, async (request, reply) => {
    const { csrf, actor } = visitorOf(request);
    return send(request, reply, { title: 'Sign in a device' }, devicePage({ csrf, failed: undefined, handle: actor.user!.handle }));
  });
  const Code = { user_code: text(40) };
  app.post('/device', { schema: { hide: true, body: Type.Object({ ...Form, ...Code }) }, config: { signIn: true } }, async (request, reply) => {
    const { csrf, actor } = visitorOf(request);
    const code = request.body.user_code;
    try {
      const asked = await device.look(actor, code);
      return send(request, reply, { title: 'Sign in a device' }, deviceDecisionPage({ csrf, code, request: asked, handle: actor.user!.handle }));
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code !== 'not-found') throw error;
      reply.status(error.status);
      return send(request, reply, { title: 'Sign in a device' }, devicePage({ csrf, failed: error.message, handle: actor.user!.handle }));
    }
  });
  app.post(
    '/device/decide',
    { schema: { hide: true, body: Type.Object({ ...Form, ...Code, decision: Type.Enum(['approve', 'deny']) }) }, config: { signIn: true } },
    async (request, reply) => {
      const { actor } = visitorOf(request);
      const allowed = request.body.decision === 'approve';
      await (allowed ? device.approve : device.deny)(actor, request.body.user_code);
      return send(
        request,
        reply,
        { title: 'Sign in a device' },
        messagePage(
          allowed ? 'The program is signed in' : 'The program was refused',
          allowed ? 'Go back to it. It acts for you until its token is revoked: skill token list, skill token revoke.' : 'It gets no token.',
        ),
      );
    },
  );
}
