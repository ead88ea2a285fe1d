/** The OpenAPI document: what every operation gives, in which types, and how it refuses. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { honest } from '../gate/world.ts';
import { type Server, server } from '../server.ts';

interface Operation {
  readonly tags: readonly string[];
  readonly parameters: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: { readonly properties?: object } }>> };
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: { readonly Refusal: { readonly content: Readonly<Record<string, { readonly schema: object }>> } } };
}

let shop: Server;
let document: Document;
let operations: (readonly [string, Operation])[];
beforeAll(async () => {
  shop = await server();
  expect(await shop.state(honest())).toBe('served');
  document = (await shop.ask('/openapi.json')).json as Document;
  operations = Object.entries(document.paths).flatMap(([path, all]) =>
    Object.entries(all).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  );
}, 120_000);
afterAll(() => shop.close());

const typesOf = (name: string, status = 200): string[] => Object.keys(Object.fromEntries(operations)[name]!.responses[status]!.content ?? {});

it('describes the body of every success', () => {
  expect(operations.length).toBeGreaterThan(100);
  const described = (bodies: Readonly<Record<string, { readonly schema?: object }>> = {}): boolean =>
    Object.keys(bodies).length > 0 && Object.values(bodies).every(({ schema }) => Object.keys(schema ?? {}).length > 0);
  const blank = operations.filter(([, { responses }]) =>
    Object.entries(responses).some(([status, { content }]) => /^2/.test(status) && status !== '204' && !described(content)),
  );
  expect(blank.map(([name]) => name)).toEqual([]);
});

it('says what is never offered, and that is refused', async () => {
  const never = operations.filter(([, { responses }]) => !Object.keys(responses).some((status) => /^2/.test(status)));
  expect(never.length).toBeGreaterThan(0);
  for (const [name] of never) {
    const [method, path] = name.split(' ') as ['POST', string];
    expect([name, (await shop.ask(path.replace('{slug}', 'notes'), { method, as: 'ann' })).status]).toEqual([name, 501]);
  }
  expect(operations.filter(([, { responses }]) => responses['501'] !== undefined)).toEqual(never);
});

it('has the parameters of its paths and no others', () => {
  for (const [name, { parameters }] of operations) {
    const said = parameters.filter((one) => one.in === 'path').map((one) => one.name);
    expect([name, ...said.sort()]).toEqual([name, ...[...name.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort()]);
  }
});

it('gives bytes in the types that it says', async () => {
  const at = { owner: 'ann', slug: 'notes', version: '1.0.0' };
  const native = `/api/skillward/v1/skills/${at.owner}/${at.slug}/${at.version}`;
  for (const [name, path] of [
    ['GET /api/v1/download', '/api/v1/download?slug=notes&version=1.0.0'],
    ['GET /api/v1/skills/{slug}/file', '/api/v1/skills/notes/file?path=SKILL.md'],
    ['GET /api/v1/skills/{slug}/card', '/api/v1/skills/notes/card'],
    ['GET /api/v1/skills/-/scan/download/{slug}', '/api/v1/skills/-/scan/download/notes?version=1.0.0'],
    ['GET /.well-known/agent-skills/@{owner}/{slug}/{file}', '/.well-known/agent-skills/@ann/notes/1.0.0.zip'],
    ...['archive', 'attestations', 'report'].map(
      (part) => [`GET /api/skillward/v1/skills/{owner}/{slug}/{version}/${part}`, `${native}/${part}`] as const,
    ),
    ['GET /api/skillward/v1/skills/{owner}/{slug}/{version}/report', `${native}/report?format=html`],
    ['GET /api/skillward/v1/audit-log', '/api/skillward/v1/audit-log'],
  ] as const) {
    const answer = await shop.ask(path, { as: 'kim' });
    expect([path, answer.status]).toEqual([path, 200]);
    expect(typesOf(name), path).toContain(answer.headers['content-type']!.split(';')[0]);
  }
});

it('says what uploads are made of', () => {
  const contentOf = (name: string) => Object.fromEntries(operations)[name]!.requestBody?.content ?? {};
  const bodyOf = (name: string): string[] => Object.keys(contentOf(name)).sort();
  const partsOf = (name: string): string[] => Object.keys(contentOf(name)['multipart/form-data']!.schema.properties!);
  expect(bodyOf('POST /api/v1/skills')).toEqual(['application/json', 'multipart/form-data']);
  expect(bodyOf('POST /api/v1/skills/-/uploads/{id}')).toEqual(['*/*']);
  expect(bodyOf('POST /api/skillward/v1/publish')).toEqual(['multipart/form-data']);
  expect(bodyOf('POST /api/skillward/v1/import/files')).toEqual(['multipart/form-data']);
  expect(partsOf('POST /api/v1/skills')).toEqual(['payload', 'files']);
  expect(partsOf('POST /api/skillward/v1/publish')).toEqual(['payload', 'files', 'bundle']);
  expect(partsOf('POST /api/skillward/v1/import/files')).toEqual(['payload', 'archive']);
});

it('has one description of refusals for all of them', async () => {
  const refusals = ['400', '401', '403', '404', '409', '410', '413', '422', '423', '429', '500', '503'];
  for (const [name, { responses, tags }] of operations) {
    if (tags.includes('operations')) continue;
    for (const status of refusals)
      if (responses[status]?.content === undefined)
        expect([name, status, responses[status]?.$ref]).toEqual([name, status, '#/components/responses/Refusal']);
  }
  expect(Object.keys(document.components.responses.Refusal.content)).toEqual(['text/plain', 'application/json']);
  // And that is how they look.
  expect((await shop.ask('/api/v1/skills/none')).headers['content-type']).toBe('text/plain; charset=utf-8');
  const json = await shop.ask('/api/skillward/v1/skills/ann/none', { headers: { accept: 'application/json' } });
  expect(json.json).toMatchObject({ schema: 'skillward.error.v1', code: 'not-found' });
});
