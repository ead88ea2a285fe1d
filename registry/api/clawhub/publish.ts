/**
 * W1 to W3b: publishing. Files come one by one with upload tickets (clawhub from 0.21 on), or all at once as multipart (0.20 and older); both end at the gate. The answer comes when
 * the gate has decided, or after `publishWaitMs`, which is shorter than the client's patience: a client that gives up sends the same again, and the gate gives the same result.
 */
import multipart from '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { needScope, type SignedIn } from '../../auth/rights.ts';
import { RegistryError } from '../../errors.ts';
import type { PublishFile } from '../../gate/contract.ts';
import { refText } from '../../model.ts';
import { Binary } from '../openapi.ts';
import type { ClawhubOptions } from './index.ts';
import { Free, optional, ownerOf, text, unsupported } from './names.ts';
import { createUploads } from './uploads.ts';

const facts = {
  slug: text(200),
  displayName: optional(500),
  ownerHandle: optional(100),
  version: text(128),
  changelog: optional(100_000),
  acceptLicenseTerms: Type.Optional(Type.Boolean()),
  tags: Type.Optional(Type.Array(text(200), { maxItems: 100 })),
  categories: Type.Optional(Type.Array(text(200), { maxItems: 100 })),
  topics: Type.Optional(Type.Array(text(200), { maxItems: 100 })),
  source: Type.Optional(Free),
  forkOf: Type.Optional(Free),
  sourceOwnerHandle: optional(100),
  migrateOwner: Type.Optional(Type.Boolean()),
};
const File = Type.Object({
  path: text(1024),
  size: Type.Integer({ minimum: 0 }),
  storageId: text(100),
  sha256: text(64),
  contentType: optional(200),
  uploadTicket: text(200),
});
const Payload = Type.Object(facts);
const PublishBody = Type.Object({ ...facts, files: Type.Array(File, { maxItems: 20_000 }) });
const Published = Type.Object({
  ok: Type.Literal(true),
  skillId: Type.String(),
  versionId: Type.String(),
  publicationStatus: Type.Enum(['published', 'pending']),
  attemptId: Type.String(),
  slug: Type.String(),
  version: Type.String(),
});

export const publishRoutes: FastifyPluginAsyncTypebox<ClawhubOptions> = async (app, { store, config, gate, now = Date.now }) => {
  const { limits } = config;
  const uploads = createUploads({ store, limits, now });
  await app.register(multipart);
  // Bytes of any type, JSON too, are a file here and never parsed.
  await app.register(async (raw) => {
    raw.removeAllContentTypeParsers();
    raw.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    raw.post(
      '/api/v1/skills/-/uploads/:id',
      {
        ...app.bodies.guard({
          scope: 'publish',
          most: limits.fileBytes,
          also: (actor, request, announced) => uploads.expect(actor, (request.params as { id: string }).id, announced),
        }),
        bodyLimit: limits.fileBytes + 1,
        schema: {
          tags: ['clawhub'],
          summary: 'Send the bytes of one file (W2)',
          params: Type.Object({ id: text(100) }),
          takes: { '*/*': Binary },
          response: { 200: Type.Object({ storageId: Type.String() }) },
        },
      },
      async (request) => {
        const { actor, body, params } = request;
        needScope(actor, 'publish');
        const { id } = params as { id: string };
        return { storageId: await uploads.receive(actor, id, Buffer.isBuffer(body) ? body : Buffer.alloc(0)) };
      },
    );
  });

  app.post(
    '/api/v1/skills/-/upload-url',
    {
      ...app.bodies.guard({ scope: 'publish', most: 16 * 1024 }),
      bodyLimit: 16 * 1024,
      schema: {
        tags: ['clawhub'],
        summary: 'Ask for a ticket to upload one file (W1)',
        body: Type.Object({ path: text(1024), size: Type.Integer({ minimum: 0 }), sha256: text(64), contentType: optional(200) }),
        response: { 200: Type.Object({ uploadUrl: Type.String(), uploadTicket: Type.String() }) },
      },
    },
    async ({ actor, body }) => {
      needScope(actor, 'publish');
      const { id, ticket } = await uploads.ticket(actor, body);
      // Clients send their token to this address: it is ours, whatever the request says.
      return { uploadUrl: `${config.publicUrl}/api/v1/skills/-/uploads/${id}`, uploadTicket: ticket };
    },
  );

  app.post(
    '/api/v1/skills',
    {
      ...app.bodies.guard({ scope: 'publish', most: (type) => (type.startsWith('multipart/') ? app.bodies.smallForm : app.bodies.json) }),
      bodyLimit: app.bodies.json,
      schema: {
        tags: ['clawhub'],
        summary: 'Publish a version (W3; multipart: W3b)',
        body: { content: { 'application/json': { schema: PublishBody } } },
        takes: { 'multipart/form-data': Type.Object({ payload: Payload, files: Type.Array(Binary) }) },
        response: { 200: Published },
      },
    },
    async (request) => {
      const { actor } = request;
      needScope(actor, 'publish');
      const { payload, files } = request.isMultipart() ? await formOf(request) : await jsonOf(actor, request.body);
      if (payload.migrateOwner === true)
        throw unsupported('This registry does not move skills between owners: names are reserved for ever. Publish it under the new owner.');
      const owner = ownerOf(payload.ownerHandle);
      const source =
        payload.source === undefined && payload.forkOf === undefined
          ? undefined
          : { ...asRecord(payload.source), ...(payload.forkOf === undefined ? {} : { forkOf: payload.forkOf }) };
      const topics = [...(payload.topics ?? []), ...(payload.categories ?? [])];
      const result = await gate.publish(actor, {
        ...(owner === undefined ? {} : { owner }),
        slug: payload.slug.trim(),
        version: payload.version.trim(),
        ...(payload.displayName === undefined ? {} : { displayName: payload.displayName }),
        changelog: payload.changelog ?? '',
        tags: payload.tags ?? [],
        ...(topics.length === 0 ? {} : { topics }),
        files,
        ...(source === undefined ? {} : { source }),
      });
      const row = await gate.settle(result.versionId, limits.publishWaitMs);
      const ref = refText(result);
      if (row.state === 'refused') throw new RegistryError('refused', row.state_reason ?? `${ref} was refused.`, { detail: { versionId: row.id } });
      if (row.state === 'yanked' || row.state === 'revoked')
        throw new RegistryError(
          'withdrawn',
          `${ref} was published before with this content and has been ${row.state} since. Its number stays taken; publish under a new one.`,
        );
      return {
        ok: true as const,
        skillId: result.skillId,
        versionId: result.versionId,
        publicationStatus: row.state === 'served' || row.state === 'deprecated' ? ('published' as const) : ('pending' as const),
        attemptId: result.versionId,
        slug: result.slug,
        version: result.version,
      };
    },
  );

  async function jsonOf(actor: SignedIn, body: unknown): Promise<{ payload: Static<typeof Payload>; files: PublishFile[] }> {
    const payload = checked(PublishBody, body, 'The request');
    if (payload.files.length > limits.files)
      throw new RegistryError('too-large', `The skill has ${payload.files.length} files; at most ${limits.files} are taken.`);
    return { payload, files: await uploads.collect(actor, payload.files) };
  }

  async function formOf(request: FastifyRequest): Promise<{ payload: Static<typeof Payload>; files: PublishFile[] }> {
    const files: PublishFile[] = [];
    const most = Math.min(limits.totalBytes, limits.multipartBytes);
    let payload: unknown;
    let total = 0;
    const parts = request.parts({
      // A file's name is its path in the skill, whole and in UTF-8; the archive's law of paths judges it.
      preservePath: true,
      defParamCharset: 'utf8',
      limits: {
        fieldNameSize: 100,
        fieldSize: 1024 * 1024,
        fields: 2,
        fileSize: limits.fileBytes,
        files: limits.files,
        parts: limits.files + 2,
        headerPairs: 20,
      },
    } as Parameters<typeof request.parts>[0]);
    for await (const part of parts) {
      if (part.type === 'field') {
        if (part.fieldname !== 'payload' || payload !== undefined)
          throw new RegistryError('bad-input', 'Expected one part payload (JSON) and the parts files.');
        payload = parsed(part.value);
        continue;
      }
      if (part.fieldname !== 'files') {
        part.file.resume();
        throw new RegistryError('bad-input', 'Expected one part payload (JSON) and the parts files.');
      }
      const chunks: Buffer[] = [];
      for await (const chunk of part.file as AsyncIterable<Buffer>) {
        total += chunk.length;
        // The body is a stream here, so nobody else counts it.
        if (total > most) throw new RegistryError('too-large', `The files have more than ${most} bytes together.`);
        chunks.push(chunk);
      }
      if (part.file.truncated)
        throw new RegistryError('too-large', `${JSON.stringify(part.filename.slice(0, 200))} has more than ${limits.fileBytes} bytes.`);
      files.push({ path: part.filename, bytes: Buffer.concat(chunks) });
    }
    return { payload: checked(Payload, payload, 'The part payload'), files };
  }
};

/** @throws RegistryError bad-input naming the key */
function checked<T extends typeof Payload | typeof PublishBody>(schema: T, value: unknown, what: string): Static<T> {
  if (Value.Check(schema, value)) return value as Static<T>;
  const [first] = Value.Errors(schema, value);
  throw new RegistryError('bad-input', `${what} does not fit${first === undefined ? '' : `: ${first.instancePath.slice(0, 200)} ${first.message}`}.`);
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw new RegistryError('bad-input', 'The part payload is not JSON.');
  }
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : value === undefined
      ? {}
      : { stated: value };
