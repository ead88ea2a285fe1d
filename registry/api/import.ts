/**
 * Import over HTTP (`skill import`): a version of an allowed upstream, fetched by this server, or files that the client read from a folder or a git commit and sends as one archive; and the
 * list of what is watched. Only shapes are handled here; who may, and what is fetched from where, is decided in uplink/.
 */
import multipart from '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { archiveLimits, readArchive } from '../archive/index.ts';
import { needScope } from '../auth/rights.ts';
import { RegistryError } from '../errors.ts';
import { type ImportResult, type ImportSource, importSkill, type UplinkDeps } from '../uplink/import.ts';
import { unwatch, watched } from '../uplink/watch.ts';
import { Handle, Imported, importPath, Payload, Slug, Upstream, Watches } from '../uplink/wire.ts';
import { Binary } from './openapi.ts';

const plainHandle = (handle: string | undefined): string | undefined => handle?.replace(/^@/, '').toLowerCase();
const answer = (result: ImportResult) => ({
  schema: 'skillward.import.v1' as const,
  ...result,
  growth: result.growth === null ? null : (JSON.parse(result.growth) as never),
  warnings: [...result.warnings],
});

export const importRoutes: FastifyPluginAsyncTypebox<UplinkDeps> = async (app, deps) => {
  const { fileBytes, totalBytes, files } = deps.config.limits;
  const limits = { ...archiveLimits, fileBytes, totalBytes, files };
  if (!app.hasContentTypeParser('multipart/form-data')) await app.register(multipart);
  const path = importPath;

  app.post(
    path,
    { schema: { tags: ['import'], summary: 'Import a version of an upstream into quarantine', body: Upstream, response: { 200: Imported } } },
    async ({ actor, body }) => {
      const source: ImportSource = {
        kind: 'upstream',
        ...body,
        owner: plainHandle(body.owner),
        as: body.as === undefined ? undefined : { ...body.as, owner: plainHandle(body.as.owner) },
      };
      return answer(await importSkill({ ...deps, actor }, source));
    },
  );

  app.post(
    `${path}/files`,
    {
      ...app.bodies.guard({ scope: 'publish', most: limits.archiveBytes + 64 * 1024 }),
      schema: {
        tags: ['import'],
        summary: 'Import files that the client read from a folder or a git commit: multipart with a field `payload` (JSON) before a file `archive`',
        takes: { 'multipart/form-data': Type.Object({ payload: Payload, archive: Binary }) },
        response: { 200: Imported },
      },
    },
    async (request) => {
      needScope(request.actor, 'publish');
      let payload: unknown;
      for await (const part of request.parts({ limits: { fields: 1, files: 1, parts: 2, fieldSize: 64 * 1024, fileSize: limits.archiveBytes } })) {
        if (part.type === 'field') {
          if (part.fieldname !== 'payload') throw wrong();
          payload = part.mimetype === 'application/json' ? part.value : parse(String(part.value));
          continue;
        }
        if (part.fieldname !== 'archive' || !Value.Check(Payload, payload)) throw wrong(Value.Errors(Payload, payload)[0]);
        const archive = await readArchive(await part.toBuffer(), limits);
        return answer(
          await importSkill(
            { ...deps, actor: request.actor },
            { ...payload, as: { ...payload.as, owner: plainHandle(payload.as.owner) }, files: archive },
          ),
        );
      }
      throw wrong();
    },
  );

  app.get(
    path,
    { schema: { tags: ['import'], summary: 'Upstreams that are watched where the caller may publish', response: { 200: Watches } } },
    async ({ actor }) => ({
      schema: 'skillward.imports.v1' as const,
      items: (await watched(deps, actor)).map((one) => ({ ...one })),
    }),
  );

  app.delete(
    `${path}/:owner/:slug`,
    {
      schema: {
        tags: ['import'],
        summary: 'End watching an upstream',
        params: Type.Object({ owner: Handle, slug: Slug }),
        response: { 200: Type.Object({ ok: Type.Literal(true) }) },
      },
    },
    async ({ actor, params }) => {
      await unwatch(deps, actor, { owner: plainHandle(params.owner)!, slug: params.slug.toLowerCase() });
      return { ok: true as const };
    },
  );
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong();
  }
}

const wrong = (error?: { readonly instancePath: string; readonly message: string }): RegistryError =>
  new RegistryError(
    'bad-input',
    `An import of files is a form with the field "payload" (JSON: kind, from, version, as) before the file "archive"${error === undefined ? '' : `: ${error.instancePath} ${error.message}`}.`,
  );
