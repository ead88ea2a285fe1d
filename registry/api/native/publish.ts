/**
 * `POST /publish`: a multipart body with a part `payload` (JSON), repeated parts `files` whose file name is the path in the skill, and optionally a part `bundle`, the publisher's own
 * Sigstore bundle. Answers when the gate has decided or after `publishWaitMs`: 200 served or allowed, 202 waiting, 422 refused. Sending the same again gives the same answer.
 */
import multipart from '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { needScope } from '../../auth/rights.ts';
import * as wire from '../../client/wire.ts';
import { RegistryError } from '../../errors.ts';
import type { PublishFile } from '../../gate/contract.ts';
import { limits as trustLimits } from '../../trust/bytes.ts';
import type { NativeOptions } from '../native.ts';
import { Binary, SigstoreBundle } from '../openapi.ts';

interface Upload {
  readonly payload: wire.PublishPayload;
  readonly bundle: unknown;
  readonly files: readonly PublishFile[];
}

export const publishRoutes: FastifyPluginAsyncTypebox<NativeOptions> = async (app, { config, gate }) => {
  const { fileBytes, totalBytes, files: most } = config.limits;
  if (!app.hasContentTypeParser('multipart/form-data')) await app.register(multipart);

  async function read(request: FastifyRequest): Promise<Upload> {
    const files: PublishFile[] = [];
    const fields = new Map<string, unknown>();
    let total = 0;
    // Names as they were sent: the archive's law of paths judges them whole, a cut one would be another file.
    const parts = request.parts({
      preservePath: true,
      limits: { fieldNameSize: 100, fieldSize: trustLimits.bundle, fields: 4, fileSize: fileBytes, files: most, parts: most + 4, headerPairs: 20 },
    });
    for await (const part of parts) {
      if (part.type === 'field') {
        if (part.fieldname !== 'payload' && part.fieldname !== 'bundle')
          throw new RegistryError(
            'bad-input',
            `The part ${JSON.stringify(part.fieldname.slice(0, 100))} is not expected; expected payload, files and bundle.`,
          );
        if (part.valueTruncated) throw new RegistryError('too-large', `The part ${part.fieldname} is larger than this registry takes.`);
        if (fields.has(part.fieldname)) throw new RegistryError('bad-input', `The part ${part.fieldname} is there twice.`);
        fields.set(part.fieldname, jsonOf(part.fieldname, part.value));
        continue;
      }
      if (part.fieldname !== 'files') {
        part.file.resume();
        throw new RegistryError('bad-input', `The file part ${JSON.stringify(part.fieldname.slice(0, 100))} is not expected; expected files.`);
      }
      const chunks: Buffer[] = [];
      for await (const chunk of part.file as AsyncIterable<Buffer>) {
        total += chunk.length;
        if (total > totalBytes) throw new RegistryError('too-large', `The files have more than ${totalBytes} bytes together.`);
        chunks.push(chunk);
      }
      if (part.file.truncated)
        throw new RegistryError('too-large', `${JSON.stringify(part.filename.slice(0, 200))} has more than ${fileBytes} bytes.`);
      files.push({ path: part.filename, bytes: Buffer.concat(chunks) });
    }
    const payload = fields.get('payload');
    if (!Value.Check(wire.PublishPayload, payload)) {
      const [first] = Value.Errors(wire.PublishPayload, payload);
      throw new RegistryError(
        'bad-input',
        `The part payload does not fit${first === undefined ? '' : `: ${first.instancePath.slice(0, 200)} ${first.message}`}.`,
      );
    }
    return { payload, bundle: fields.get('bundle'), files };
  }

  app.post(
    `${wire.PREFIX}/publish`,
    {
      ...app.bodies.guard({ scope: 'publish', most: app.bodies.form }),
      bodyLimit: app.bodies.form,
      schema: {
        tags: ['skillward'],
        summary: 'Publish a version',
        takes: {
          'multipart/form-data': Type.Object({ payload: wire.PublishPayload, files: Type.Array(Binary), bundle: Type.Optional(SigstoreBundle) }),
        },
        response: { 200: wire.Published, 202: wire.Published },
      },
    },
    async (request, reply) => {
      const { actor } = request;
      needScope(actor, 'publish');
      if (!request.isMultipart()) throw new RegistryError('bad-input', 'Expected multipart/form-data with the parts payload and files.');
      const { payload, bundle, files } = await read(request);
      const result = await gate.publish(actor, {
        ...(payload.ownerHandle === undefined ? {} : { owner: payload.ownerHandle.replace(/^@/, '').trim().toLowerCase() }),
        slug: payload.slug,
        version: payload.version,
        ...(payload.displayName === undefined ? {} : { displayName: payload.displayName }),
        changelog: payload.changelog ?? '',
        tags: payload.tags ?? [],
        ...(payload.topics === undefined ? {} : { topics: payload.topics }),
        files,
        ...(payload.source === undefined ? {} : { source: payload.source }),
        ...(bundle === undefined ? {} : { publisherBundle: bundle }),
      });
      const row = await gate.settle(result.versionId, config.limits.publishWaitMs);
      if (row.state === 'refused')
        throw new RegistryError('refused', row.state_reason ?? 'The version was refused.', { detail: { versionId: row.id, state: row.state } });
      const { versionId, owner, slug, version, repeated, warnings } = result;
      return reply.status(row.state === 'quarantined' || row.state === 'held' || row.state === 'approved' ? 202 : 200).send({
        schema: 'skillward.published.v1' as const,
        versionId,
        owner,
        slug,
        version,
        state: row.state,
        reason: row.state_reason,
        repeated,
        warnings: [...warnings],
      });
    },
  );
};

function jsonOf(name: string, value: unknown): unknown {
  // A part that says it is JSON arrives parsed.
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw new RegistryError('bad-input', `The part ${name} is not JSON.`);
  }
}
