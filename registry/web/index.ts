/**
 * The plain catalogue: pages made on the server, without a script, for people who want to see what is here and for those who decide what gets here. They have no rights of their own: what
 * is read comes from the shelf, what is decided goes to the gate, both as the person who looks. Nobody learns from a page that something exists which they may not see.
 *
 * Every page is inert by its headers (layout.ts) even if escaping (html.ts) had a hole; every form is bound to its session and must come from here (session.ts).
 */
import fastifyCookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import type {} from '@fastify/swagger';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { css as reportCss } from '../../scanner/report/style.ts';
import { refusalOf } from '../api/errors.ts';
import type { Auth } from '../auth/authenticate.ts';
import type { DeviceLogin } from '../auth/device.ts';
import type { Limits } from '../auth/limits.ts';
import { hasScope } from '../auth/rights.ts';
import type { Config } from '../config.ts';
import { RegistryError } from '../errors.ts';
import type { Gate } from '../gate/contract.ts';
import { reportsOf } from '../reports.ts';
import type { Shelf } from '../shelf/contract.ts';
import { sha256 } from '../store/blobs.ts';
import type { Store } from '../store/index.ts';
import { countPages } from './counting.ts';
import type { Part } from './html.ts';
import { type Frame, page, pageHeaders } from './layout.ts';
import { catalogue } from './pages/catalogue.ts';
import { queuePage } from './pages/queue.ts';
import { skillPage } from './pages/skill.ts';
import { filePage, messagePage } from './pages/small.ts';
import { waitingPage } from './pages/waiting.ts';
import { note } from './parts.ts';
import { people } from './people.ts';
import { fileOf, queueView, reportFor, waitingFor } from './read.ts';
import { createSessions, localPath, type Sessions, type Visitor } from './session.ts';
import { css, cssPath, icon, iconPath } from './style.ts';

export interface WebOptions {
  readonly config: Pick<Config, 'publicUrl' | 'displayName' | 'anonymousRead' | 'policy' | 'limits'>;
  readonly store: Store;
  readonly auth: Pick<Auth, 'actor' | 'session'>;
  readonly limits: Pick<Limits, 'take'>;
  readonly shelf: Shelf;
  readonly gate: Pick<Gate, 'queue' | 'approve' | 'reject' | 'attempt' | 'inspect' | 'settle'>;
  readonly device: Pick<DeviceLogin, 'look' | 'approve' | 'deny'>;
  /** Milliseconds since 1970, for the end of sessions. */
  readonly now?: () => number;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Where a visitor who is not signed in is sent first. */
    signIn?: boolean;
  }
}

const perPage = 30;

const text = (most: number) => Type.String({ maxLength: most });
const SkillParams = Type.Object({
  owner: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,39}$' }),
  slug: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,127}$' }),
});
const VersionParams = Type.Object({ ...SkillParams.properties, version: Type.String({ pattern: '^[0-9A-Za-z][0-9A-Za-z.+-]{0,127}$' }) });
const Form = { csrf: Type.Optional(text(200)) };
const inForm = { bodyLimit: 64 * 1024 };

/** The report is a page of its own making: it may use the one style sheet that its text holds, and stands in a box of its own. */
const reportPolicy = `sandbox; default-src 'none'; style-src 'sha256-${Buffer.from(sha256(reportCss), 'hex').toString('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export const web: FastifyPluginAsyncTypebox<WebOptions> = async (app, options) => {
  const { config, store, auth, limits, shelf, gate, device } = options;
  if (!app.hasDecorator('serializeCookie')) await app.register(fastifyCookie, { hook: false });
  if (!app.hasContentTypeParser('application/x-www-form-urlencoded')) await app.register(formbody, inForm);
  const sessions: Sessions = await createSessions({
    store,
    auth,
    config,
    ...(options.now === undefined ? {} : { now: options.now }),
    cookies: {
      parse: (header) => app.parseCookie(header),
      serialize: (name, value, attributes) => app.serializeCookie(name, value, attributes as never),
    },
  });

  const visitors = new WeakMap<FastifyRequest, Visitor>();
  const visitorOf = (request: FastifyRequest): Visitor => visitors.get(request) ?? { actor: request.actor, csrf: '', session: undefined };
  const count = countPages(app, limits);
  app.addHook('onRequest', async (request, reply) => {
    try {
      visitors.set(request, await sessions.visitor(request.headers, request.actor));
    } finally {
      count(request, reply, visitorOf(request).actor);
    }
  });
  app.addHook('preHandler', async (request, reply) => {
    const visitor = visitorOf(request);
    if (request.routeOptions.config.signIn === true && visitor.actor.user === undefined) return signIn(request, reply);
    if (request.method === 'POST') sessions.needOwnForm(request.headers, visitor, (request.body as { csrf?: unknown } | null)?.csrf);
    return undefined;
  });

  const send = (request: FastifyRequest, reply: FastifyReply, frame: Omit<Frame, 'visitor'>, body: Part): FastifyReply =>
    reply.headers(pageHeaders).send(page(config, { ...frame, visitor: visitorOf(request) }, body));
  const signIn = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const back = request.method === 'GET' ? localPath(request.url) : localPath(request.url.replace(/^\/queue\/.*/, '/queue'));
    return reply.headers(pageHeaders).redirect(back === '/' ? '/login' : `/login?${new URLSearchParams({ next: back })}`, 303);
  };

  app.setErrorHandler((error, request, reply) => {
    const refusal =
      refusalOf(error) ??
      new RegistryError('internal', `Something went wrong here. The operator finds it in the log under ${request.id}.`, { cause: error });
    if (refusal.status >= 500) request.log.error({ err: error }, refusal.code);
    if (refusal.code === 'unauthorized' && request.method === 'GET' && visitorOf(request).actor.user === undefined) return signIn(request, reply);
    // An address that cannot be one is told what every other wrong address is told.
    const shown =
      refusal.code === 'bad-input' && request.method === 'GET' && request.url.startsWith('/skills/')
        ? new RegistryError('not-found', 'Skill not found')
        : refusal;
    reply.status(shown.status);
    const unsigned = visitorOf(request).actor.user === undefined && shown.code === 'not-found';
    return send(
      request,
      reply,
      { title: titles[shown.code] ?? 'Not done' },
      messagePage(
        titles[shown.code] ?? 'This was not done',
        shown.message,
        unsigned && note('', 'You are not signed in. There may be more to see when you are.'),
      ),
    );
  });

  for (const [path, type, bytes] of [
    [cssPath, 'text/css; charset=utf-8', css],
    [iconPath, 'image/svg+xml', icon],
  ] as const)
    app.get(path, { schema: { hide: true }, config: { bucket: 'none' } }, async (_, reply) =>
      reply.headers({ ...pageHeaders, 'content-type': type, 'cache-control': 'public, max-age=31536000, immutable' }).send(bytes),
    );

  app.get(
    '/',
    {
      schema: {
        hide: true,
        querystring: Type.Object({ q: Type.Optional(text(200)), owner: Type.Optional(text(60)), cursor: Type.Optional(text(1000)) }),
      },
    },
    async (request, reply) => {
      const { actor } = visitorOf(request);
      const query = (request.query.q ?? '').trim();
      const owner = (request.query.owner ?? '').trim().replace(/^@/, '').toLowerCase();
      const among = owner === '' ? {} : { owner };
      const found =
        query === ''
          ? await shelf.list(actor, { limit: perPage, cursor: request.query.cursor, ...among })
          : { items: (await shelf.search(actor, { text: query, limit: perPage, ...among })).map((hit) => hit.skill), cursor: null };
      const view = { displayName: config.displayName, query, owner, page: found, further: request.query.cursor !== undefined };
      return send(request, reply, { title: query === '' ? 'Skills' : `Search: ${query}`, at: 'catalogue' }, catalogue(view));
    },
  );

  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    ref: { readonly owner: string; readonly slug: string; readonly version?: string },
  ): Promise<FastifyReply> => {
    const { actor } = visitorOf(request);
    const found = await waitingFor(options, actor, ref);
    if (found.kind === 'waiting') {
      const { info } = found;
      return send(
        request,
        reply,
        { title: `@${info.owner}/${info.slug}@${info.row.version}` },
        waitingPage(info, await reportFor(store, info.row.report_sha256), hasScope(actor, 'approve')),
      );
    }
    const { version } = found;
    const skill = await shelf.skill(actor, ref);
    const report = await shelf.gist(version);
    const open = config.anonymousRead && version.namespace.visibility === 'public';
    return send(
      request,
      reply,
      { title: `@${version.owner}/${version.slug}` },
      skillPage({ publicUrl: config.publicUrl, open, skill, version, report }),
    );
  };
  app.get('/skills/@:owner/:slug', { schema: { hide: true, params: SkillParams } }, async (request, reply) => show(request, reply, request.params));
  app.get('/skills/@:owner/:slug/:version', { schema: { hide: true, params: VersionParams } }, async (request, reply) =>
    show(request, reply, request.params),
  );

  app.get('/skills/@:owner/:slug/:version/report', { schema: { hide: true, params: VersionParams } }, async (request, reply) => {
    const found = await waitingFor(options, visitorOf(request).actor, request.params);
    const digest = found.kind === 'served' ? found.version.release.scan.report.sha256 : found.info.row.report_sha256;
    if (digest === null) throw new RegistryError('not-found', 'There is no report yet: the scan has not finished.');
    const report = await (found.kind === 'served' ? shelf.reportPage(found.version) : reportsOf(store).page(digest));
    return reply.headers({ ...pageHeaders, 'content-security-policy': reportPolicy }).send(report);
  });
  // The browser's session is worth nothing at the API, so what one takes away to check it can be had here as well.
  app.get('/skills/@:owner/:slug/:version/attestations', { schema: { hide: true, params: VersionParams } }, async (request, reply) => {
    const version = await shelf.version(visitorOf(request).actor, request.params);
    return takeAway(reply, `${version.slug}-${version.version}.attestations.json`, 'application/json').send(await shelf.attestations(version));
  });
  app.get(
    '/skills/@:owner/:slug/:version/archive',
    { schema: { hide: true, params: VersionParams }, config: { bucket: 'download' } },
    async (request, reply) => {
      const { bytes } = await shelf.download(visitorOf(request).actor, request.params);
      return takeAway(reply, `${request.params.slug}-${request.params.version}.zip`, 'application/zip').send(bytes);
    },
  );
  app.get(
    '/skills/@:owner/:slug/:version/file',
    { schema: { hide: true, params: VersionParams, querystring: Type.Object({ path: Type.String({ minLength: 1, maxLength: 1024 }) }) } },
    async (request, reply) => {
      const { path } = request.query;
      const found = await waitingFor(options, visitorOf(request).actor, request.params);
      const bytes =
        found.kind === 'served'
          ? (await shelf.file(visitorOf(request).actor, request.params, path)).bytes
          : await fileOf(store, found.info.row, path);
      return send(request, reply, { title: path }, filePage({ ...request.params, path, bytes }));
    },
  );

  app.get(
    '/queue',
    { schema: { hide: true, querystring: Type.Object({ done: Type.Optional(text(64)) }) }, config: { signIn: true } },
    async (request, reply) => {
      const visitor = visitorOf(request);
      const done = request.query.done === undefined ? undefined : await gate.attempt(visitor.actor, request.query.done).catch(() => undefined);
      return send(request, reply, { title: 'Queue', at: 'queue' }, queuePage(await queueView(options, visitor, { done })));
    },
  );
  app.post(
    '/queue/@:owner/:slug/:version',
    {
      schema: {
        hide: true,
        params: VersionParams,
        body: Type.Object({
          ...Form,
          reason: text(4000),
          decision: Type.Enum(['approve', 'reject']),
          report: Type.Optional(text(64)),
          breakGlass: Type.Optional(text(8)),
        }),
      },
      config: { signIn: true },
    },
    async (request, reply) => {
      const visitor = visitorOf(request);
      const { reason, decision, report, breakGlass } = request.body;
      const seen = report === undefined || report === '' ? {} : { report };
      try {
        const row =
          decision === 'approve'
            ? await gate.approve(visitor.actor, request.params, { reason, ...seen, ...(breakGlass === 'yes' ? { breakGlass: true } : {}) })
            : await gate.reject(visitor.actor, request.params, { reason, ...seen });
        // So that the next page can say that it is served.
        await gate.settle(row.id, config.limits.publishWaitMs);
        return reply.headers(pageHeaders).redirect(`/queue?${new URLSearchParams({ done: row.id })}`, 303);
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === undefined || refusal.status >= 500 || refusal.code === 'unauthorized') throw error;
        const about = await gate.inspect(visitor.actor, request.params).catch(() => undefined);
        const failed = { versionId: about?.row.id ?? '', says: refusal.message, reason };
        reply.status(refusal.status);
        return send(request, reply, { title: 'Queue', at: 'queue' }, queuePage(await queueView(options, visitor, { failed })));
      }
    },
  );
  people(app, { visitorOf, send, sessions, auth, device });
};

/** Something to be stored, not shown. The name is made of letters that were checked. */
const takeAway = (reply: FastifyReply, name: string, type: string): FastifyReply =>
  reply.headers({
    ...pageHeaders,
    'content-type': type,
    'content-disposition': `attachment; filename="${name}"`,
    'content-security-policy': "sandbox; default-src 'none'",
  });

const titles: Partial<Record<string, string>> = {
  'not-found': 'Not found',
  withdrawn: 'Withdrawn',
  forbidden: 'Not allowed',
  unauthorized: 'Sign in first',
  'too-many-requests': 'Too many requests',
  tampered: 'Not served',
  unavailable: 'Not available now',
  internal: 'Something went wrong',
};
