/**
 * What `/openapi.json` tells beyond the schemas that routes work with. A body that is not JSON by a schema is named in `takes` or `gives`: these are words for readers, and Fastify neither
 * checks nor writes a body by them, so bytes go through as they are. Refusals look the same everywhere (errors.ts) and are told once.
 */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { version } from '../../scanner/data/version.ts';
import type { Config } from '../config.ts';
import { statuses } from '../errors.ts';

/** Schemas by media type. */
type Bodies = Readonly<Record<string, TSchema>>;

declare module 'fastify' {
  interface FastifySchema {
    /** Bodies that the handler reads by itself, beside those in `body`. */
    takes?: Bodies;
    /** Bodies of a 200 that the handler writes by itself; none for what is not offered. */
    gives?: Bodies;
  }
}

export const Text = Type.String();
export const Binary = Type.String({ format: 'binary' });
export const SigstoreBundle = Type.Object({ mediaType: Text, verificationMaterial: Type.Unknown(), dsseEnvelope: Type.Unknown() });

const Refusal = {
  description:
    'Refused, in one sentence: what is wrong and what to do. Our own API gives JSON to those who accept it; a name that several owners have is always JSON under `/api/v1`.',
  headers: { 'Retry-After': { description: 'Seconds, where trying again later helps', schema: Type.Integer() } },
  content: {
    'text/plain': { schema: Text },
    'application/json': {
      schema: Type.Union([
        Type.Object({ schema: Type.Literal('skillward.error.v1'), code: Type.Enum(Object.keys(statuses)), message: Text }),
        Type.Object({
          code: Type.Literal('AMBIGUOUS_SKILL_SLUG'),
          message: Text,
          slug: Text,
          matches: Type.Array(Type.Object({ ownerHandle: Text, slug: Text, ref: Text, url: Text })),
        }),
      ]),
    },
  },
};
const refused = { $ref: '#/components/responses/Refusal' };
/** Anything may be refused in any of these ways; that it is not offered at all is told only of what never is. */
const { unsupported, ...possible } = statuses;
const refusals = Object.fromEntries(Object.values(possible).map((status) => [status, refused]));

const contentOf = (bodies: Bodies) => Object.fromEntries(Object.entries(bodies).map(([type, schema]) => [type, { schema }]));

/** The schema of a route with what is only told. */
function told({ takes, gives, ...schema }: FastifySchema): FastifySchema {
  const { content } = (schema.body ?? {}) as { content?: object };
  return {
    ...schema,
    ...(takes === undefined ? {} : { body: { content: { ...content, ...contentOf(takes) } } }),
    ...(gives === undefined ? {} : { response: Object.keys(gives).length === 0 ? {} : { 200: { content: contentOf(gives) } } }),
  };
}

interface Operation {
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly responses: Readonly<Record<string, object>>;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

function complete(path: string, operation: Operation): Operation {
  const { tags, parameters = [], responses } = operation;
  const never = Object.keys(responses).length === 0 ? { [unsupported]: refused } : {};
  return {
    ...operation,
    // Routes of several paths have the parameters of all.
    parameters: parameters.filter((one) => one.in !== 'path' || path.includes(`{${one.name}}`)),
    // Health checks pass no door.
    responses: tags.includes('operations') ? responses : { ...refusals, ...never, ...responses },
  };
}

const mapped = <A, B>(record: Readonly<Record<string, A>>, change: (value: A, key: string) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));

/** Options of @fastify/swagger. */
export const openapi = ({ displayName, publicUrl }: Pick<Config, 'displayName' | 'publicUrl'>): FastifyDynamicSwaggerOptions => ({
  openapi: {
    openapi: '3.1.0',
    info: {
      title: displayName,
      version,
      description: 'A private registry of agent skills: everything it serves was scanned, approved and signed.',
    },
    servers: [{ url: publicUrl }],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } }, responses: { Refusal } },
    security: [{ token: [] }],
  },
  transform: ({ schema, url }) => ({ schema: told(schema), url }),
  transformObject: (made) => {
    const { openapiObject: document } = made as unknown as { openapiObject: { readonly paths: Paths } };
    return { ...document, paths: mapped(document.paths, (operations, path) => mapped(operations, (one) => complete(path, one))) } as object;
  },
});
