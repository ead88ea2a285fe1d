/** The requests about a thing: those of the table of routes, and such that nobody thought of. */
import fc from 'fast-check';
import { writeCursor } from '../../../registry/shelf/cursor.ts';
import { type Ask, enc, form, type Target } from './ask.ts';
import { described } from './routes.ts';
import { start } from './world.ts';

/** All requests about a thing. Forms carry `csrf`, addresses `:token`, which the asker fills in. */
export function asksFor(target: Target): Ask[] {
  const asks: Ask[] = [];
  for (const [route, describe] of Object.entries(described)) {
    const method = route.slice(0, route.indexOf(' '));
    const drafts = describe(target);
    for (const [at, { url, headers, json, form: fields, parts, text, ...more }] of drafts.entries()) {
      const multi = parts === undefined ? undefined : form(parts);
      const [type, body] =
        json !== undefined
          ? ['application/json', JSON.stringify(json)]
          : fields !== undefined
            ? ['application/x-www-form-urlencoded', new URLSearchParams({ csrf: ':csrf', ...fields }).toString()]
            : multi !== undefined
              ? [multi.type, multi.body]
              : [text === undefined ? undefined : 'text/plain', text];
      const ask: Ask = {
        route,
        method,
        url,
        headers: { ...(type === undefined ? {} : { 'content-type': type }), ...headers },
        body,
        names: undefined,
        inside: false,
        still: false,
        mask: [],
        pages: false,
        ...more,
      };
      asks.push(ask);
      if (method === 'GET' && at === 0 && ask.pages === false) asks.push({ ...ask, method: 'HEAD' });
    }
  }
  return asks;
}

/** A reading request that nobody thought of: any route, its parameters and a few of anybody's, filled with names of the thing, of its neighbours and of nothing. */
export function oddAsk(t: Target): fc.Arbitrary<Ask> {
  const value = fc.constantFrom(
    ...[
      t.slug,
      t.owner,
      `@${t.owner}`,
      t.version,
      t.tag,
      t.path,
      t.id,
      t.skillId,
      t.archive,
      t.fingerprint,
      t.rare,
      t.common,
      `@${t.owner}/${t.slug}`,
    ],
    ...[
      'notes',
      'agenda',
      'dan',
      'vault',
      'latest',
      'stable',
      '1.0.0',
      '1.1.0',
      `${t.version}.zip`,
      'SKILL.md',
      'index.json',
      '*',
      '',
      '..',
      'x',
      '0',
      '1',
      '2',
    ],
    ...[writeCursor('updated', [start + 1e9, t.skillId]), writeCursor('prefix', [t.slug, t.skillId]), writeCursor('stars', [0, 2, t.skillId])],
  );
  const name = fc.constantFrom(
    ...[
      'slug',
      'ownerHandle',
      'owner',
      'version',
      'tag',
      'path',
      'hash',
      'q',
      'mode',
      'limit',
      'cursor',
      'sort',
      'prefix',
      'kind',
      'done',
      'format',
      'reference',
    ],
  );
  const routes = Object.keys(described).filter((route) => route.startsWith('GET ') && !/assets|healthz|readyz|openapi/.test(route));
  return fc
    .record({
      route: fc.constantFrom(...routes),
      values: fc.array(value, { minLength: 6, maxLength: 6 }),
      more: fc.array(fc.tuple(name, value), { maxLength: 4 }),
      tag: fc.constantFrom(undefined, `"${t.archive}"`, '*'),
      method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD'),
    })
    .map(({ route, values, more, tag, method }) => {
      let at = 0;
      const path = route.slice(4).replaceAll(/:(\w+)|\*/g, (whole, key: string | undefined) => (key === 'token' ? whole : enc(values[at++]!)));
      const url = more.length === 0 ? path : `${path}?${new URLSearchParams(more).toString()}`;
      return {
        route,
        method,
        url,
        headers: tag === undefined ? {} : { 'if-none-match': tag },
        body: undefined,
        names: undefined,
        inside: false,
        still: false,
        mask: [/"lastUsedAt":(?:\d+|null)/g],
        pages: false,
      };
    });
}
