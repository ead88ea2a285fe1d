/**
 * Every route, with requests that aim at one thing: its names, number, tag, files, digests, ids, words, its neighbours in lists, the places around it in pages, and deeds about it. A route
 * that is not described here fails the test, so a new one cannot be forgotten.
 */
import { writeCursor } from '../../../registry/shelf/cursor.ts';
import { type Describe, type Draft, enc, native, payload, publishParts, query, type Target, v1 } from './ask.ts';
import { start } from './world.ts';

const byName = (t: Target, more: Readonly<Record<string, string>> = {}) => query({ ownerHandle: t.owner, ...more });
const skillOnly: Describe = () => [];
const still =
  (url: string, more: Partial<Draft> = {}): Describe =>
  () => [{ url, still: true, ...more }];
const etag = (digest: string): readonly Readonly<Record<string, string>>[] => [
  { 'if-none-match': `"${digest}"` },
  { 'if-none-match': `"x", W/"${digest}"` },
  { 'if-none-match': '*' },
];

/** A GET that names the version by number, its tag, the latest, and without the owner. */
const versioned =
  (path: (t: Target) => string, extra: (t: Target) => Readonly<Record<string, string>> = () => ({})): Describe =>
  (t) => [
    { url: `${path(t)}?${byName(t, { version: t.version, ...extra(t) })}`, names: 'version' },
    { url: `${path(t)}?${query({ version: t.version, ...extra(t) })}`, names: 'version' },
    { url: `${path(t)}?${byName(t, { tag: t.tag, ...extra(t) })}`, names: 'tag' },
    { url: `${path(t)}?${byName(t, extra(t))}`, names: 'skill' },
  ];

const nativeSkill = (t: Target): string => `${native}/skills/${t.owner}/${t.slug}`;
const nativeVersion = (t: Target): string => `${nativeSkill(t)}/${t.version}`;
const deed = (action: string, json: unknown): Readonly<Record<string, Describe>> => ({
  [`POST ${native}/versions/:owner/:slug/:version/${action}`]: (t) => [
    { url: `${native}/versions/${t.owner}/${t.slug}/${t.version}/${action}`, json: typeof json === 'function' ? json(t) : json },
  ],
});
const reason = { reason: 'because it is so, and for no other reason' };

/** The well-known index and its archives, at the root, for one owner, and by a path token. */
const wellKnown: Record<string, Describe> = {};
for (const key of ['', '/t/:token'])
  for (const scope of ['', '/@:scope'])
    for (const folder of ['agent-skills', 'skills']) {
      const base = `${key}${scope}/.well-known/${folder}`;
      const at = (t: Target): string => base.replace(':scope', t.owner);
      wellKnown[`GET ${base}/index.json`] = (t) => [{ url: `${at(t)}/index.json` }];
      wellKnown[`GET ${base}/@:owner/:slug/:file`] = (t) => [
        { url: `${at(t)}/@${t.owner}/${t.slug}/${t.version}.zip`, names: 'version' },
        ...(key === '' && scope === '' && folder === 'skills'
          ? etag(t.archive).map((headers) => ({ url: `${at(t)}/@${t.owner}/${t.slug}/${t.version}.zip`, headers, names: 'version' as const }))
          : []),
        ...(scope === '' ? [] : [{ url: `${base.replace(':scope', 'dan')}/@${t.owner}/${t.slug}/${t.version}.zip` }]),
      ];
    }

/** Routes of a whole ClawHub that have nothing behind them here. */
const empty: Record<string, Describe> = {};
for (const kind of ['packages', 'plugins', 'code-plugins', 'bundle-plugins']) {
  empty[`GET ${v1}/${kind}`] = still(`${v1}/${kind}`);
  empty[`GET ${v1}/${kind}/search`] = (t) => [{ url: `${v1}/${kind}/search?${query({ q: t.slug })}`, still: true }];
}
for (const kind of ['packages', 'plugins', 'code-plugins', 'bundle-plugins', 'promotions', 'skills-sh'])
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
    empty[`${method} ${v1}/${kind}/*`] = (t) => [{ url: `${v1}/${kind}/${enc(`@${t.owner}/${t.slug}`)}/${t.version}`, still: true }];

/** Tickets and places of uploads. */
const uploadMask = [/uploads\/upl_[0-9a-f]+/g, /"uploadTicket":"[^"]+"/g];

export const described: Readonly<Record<string, Describe>> = {
  'GET /healthz': still('/healthz'),
  'GET /readyz': still('/readyz'),
  'GET /openapi.json': still('/openapi.json'),

  // ClawHub's wire
  [`GET ${v1}/search`]: (t) => [
    ...[t.slug, `@${t.owner}/${t.slug}`, t.rare, t.common, `${t.common} ${t.rare}`, `${t.rare} notes agenda`, `notes stripes ${t.rare}`].map((q) => ({
      url: `${v1}/search?${query({ q })}`,
    })),
    { url: `${v1}/search?${query({ q: t.slug, mode: 'exact' })}` },
    { url: `${v1}/search?${query({ q: t.common, limit: 1 })}` },
    { url: `${v1}/search?${query({ q: t.rare, ownerHandle: t.owner })}` },
    { url: `${v1}/search?${query({ q: t.rare.slice(0, 3) })}` },
  ],
  [`GET ${v1}/skills`]: (t) => [
    ...['', 'createdAt', 'stars', 'installs', 'trending'].map((sort) => ({ url: `${v1}/skills?${query({ sort, limit: 1 })}`, pages: true })),
    ...['stars', 'downloads'].map((sort) => ({ url: `${v1}/skills?${query({ sort, limit: 2 })}`, pages: true })),
    { url: `${v1}/skills?limit=200` },
    { url: `${v1}/skills?${query({ ownerHandle: t.owner, sort: 'createdAt' })}` },
    { url: `${v1}/skills?${query({ ownerHandle: t.owner, sort: 'stars' })}` },
    { url: `${v1}/skills?${query({ prefix: t.slug })}` },
    { url: `${v1}/skills?${query({ prefix: t.slug.slice(0, 1), limit: 1 })}`, pages: true },
    // Places that nobody was given, right before and behind it.
    { url: `${v1}/skills?${query({ prefix: '', cursor: writeCursor('prefix', [t.slug, '']) })}` },
    { url: `${v1}/skills?${query({ prefix: t.slug.slice(0, 1), limit: 1, cursor: writeCursor('prefix', [t.slug, '']) })}` },
    { url: `${v1}/skills?${query({ limit: 1, cursor: writeCursor('updated', [start + 1e9, '']) })}` },
    { url: `${v1}/skills?${query({ limit: 1, cursor: writeCursor('updated', [start + 1e9, t.skillId]) })}` },
    { url: `${v1}/skills?${query({ limit: 1, sort: 'createdAt', cursor: writeCursor('createdAt', [start + 1e9, '']) })}` },
    ...[0, 1, 2, 3].map((at) => ({ url: `${v1}/skills?${query({ limit: 1, sort: 'stars', cursor: writeCursor('stars', [0, at, '']) })}` })),
  ],
  [`GET ${v1}/skills/:slug`]: (t) => [
    { url: `${v1}/skills/${t.slug}`, names: 'skill' },
    { url: `${v1}/skills/${t.slug}?${byName(t)}`, names: 'skill' },
    { url: `${v1}/skills/${enc(`@${t.owner}/${t.slug}`)}`, names: 'skill' },
    { url: `${v1}/skills/${t.slug.toUpperCase()}?${query({ ownerHandle: `@${t.owner.toUpperCase()}` })}`, names: 'skill' },
  ],
  [`GET ${v1}/skills/:slug/moderation`]: (t) => [
    { url: `${v1}/skills/${t.slug}/moderation`, names: 'skill', inside: true },
    { url: `${v1}/skills/${t.slug}/moderation?${byName(t)}`, names: 'skill', inside: true },
  ],
  [`GET ${v1}/skills/:slug/versions`]: (t) => [
    { url: `${v1}/skills/${t.slug}/versions?${byName(t)}`, names: 'skill' },
    { url: `${v1}/skills/${t.slug}/versions?${byName(t, { limit: '1' })}`, names: 'skill', pages: true },
    { url: `${v1}/skills/${t.slug}/versions?${byName(t, { cursor: t.version })}` },
  ],
  [`GET ${v1}/skills/:slug/versions/:version`]: (t) => [
    { url: `${v1}/skills/${t.slug}/versions/${t.version}`, names: 'version' },
    { url: `${v1}/skills/${t.slug}/versions/${t.version}?${byName(t)}`, names: 'version' },
    { url: `${v1}/skills/${t.slug}/versions/${t.tag}?${byName(t)}` },
  ],
  [`GET ${v1}/skills/:slug/file`]: (t) => [
    ...versioned(
      () => `${v1}/skills/${t.slug}/file`,
      () => ({ path: t.path }),
    )(t).map((one) => (one.names === 'skill' ? { url: one.url } : one)),
    { url: `${v1}/skills/${t.slug}/file?${byName(t, { version: t.version, path: 'SKILL.md' })}`, names: 'version' },
    { url: `${v1}/skills/${t.slug}/file?${byName(t, { version: t.version, path: '../SKILL.md' })}`, names: 'version' },
  ],
  [`GET ${v1}/resolve`]: (t) => [
    { url: `${v1}/resolve?${query({ slug: t.slug, hash: t.fingerprint })}` },
    { url: `${v1}/resolve?${query({ slug: t.slug, hash: t.fingerprint, ownerHandle: t.owner })}` },
    { url: `${v1}/resolve?${query({ slug: t.slug, hash: '0'.repeat(64), ownerHandle: t.owner })}` },
    { url: `${v1}/resolve?${query({ slug: 'notes', hash: t.fingerprint })}` },
  ],
  [`GET ${v1}/download`]: (t) => [
    ...versioned(
      () => `${v1}/download`,
      () => ({ slug: t.slug }),
    )(t),
    { url: `${v1}/download?${query({ slug: `@${t.owner}/${t.slug}`, version: t.version })}`, names: 'version' },
    { url: `${v1}/download?${query({ slug: t.slug, ownerHandle: t.owner, tag: 'latest' })}`, names: 'skill' },
    ...etag(t.archive).map((headers) => ({
      url: `${v1}/download?${query({ slug: t.slug, ownerHandle: t.owner, version: t.version })}`,
      headers,
      names: 'version' as const,
    })),
    { url: `${v1}/download?${query({ slug: t.slug, ownerHandle: t.owner })}`, headers: { 'if-none-match': `"${t.archive}"` }, names: 'skill' },
    { url: `${v1}/download?${query({ slug: t.slug, ownerHandle: t.owner, version: t.version })}`, headers: { range: 'bytes=0-3' }, names: 'version' },
  ],
  [`GET ${v1}/skills/:slug/install`]: (t) => [
    { url: `${v1}/skills/${t.slug}/install`, names: 'skill' },
    { url: `${v1}/skills/${t.slug}/install?${byName(t)}`, names: 'skill' },
    { url: `${v1}/skills/${t.slug}/install?${byName(t, { reference: `@${t.owner}/${t.slug}@${t.version}`, forceInstall: '1' })}`, names: 'skill' },
  ],
  [`POST ${v1}/skills/-/security-verdicts`]: (t) => [
    { url: `${v1}/skills/-/security-verdicts`, json: { items: [{ slug: t.slug, version: t.version }] } },
    {
      url: `${v1}/skills/-/security-verdicts`,
      json: {
        items: [
          { slug: 'notes', version: '1.0.0' },
          { slug: t.slug, ownerHandle: t.owner, version: t.version },
          { slug: t.slug, ownerHandle: `@${t.owner}`, version: '1.0.0' },
          { slug: 'agenda', ownerHandle: 'dan', version: t.version },
        ],
      },
    },
  ],
  [`GET ${v1}/skills/:slug/verify`]: (t) => versioned(() => `${v1}/skills/${t.slug}/verify`)(t),
  [`GET ${v1}/skills/:slug/card`]: (t) => versioned(() => `${v1}/skills/${t.slug}/card`)(t),
  [`GET ${v1}/trending`]: () => [{ url: `${v1}/trending` }, { url: `${v1}/trending?kind=skills&limit=2` }, { url: `${v1}/trending?limit=1` }],
  [`POST ${v1}/skills/-/upload-url`]: (t) => [
    { url: `${v1}/skills/-/upload-url`, json: { path: t.path, size: 10, sha256: t.archive }, mask: uploadMask, still: true },
  ],
  [`POST ${v1}/skills/-/uploads/:id`]: (t) => [{ url: `${v1}/skills/-/uploads/${t.id}`, text: 'x' }],
  [`POST ${v1}/skills`]: (t) => [
    { url: `${v1}/skills`, parts: publishParts(t, t.owner) },
    {
      url: `${v1}/skills`,
      json: {
        ...(JSON.parse(payload(t, t.owner)) as object),
        files: [{ path: t.path, size: 1, storageId: t.id, sha256: t.archive, uploadTicket: 'x' }],
      },
    },
  ],
  [`DELETE ${v1}/skills/:slug`]: (t) => [{ url: `${v1}/skills/${t.slug}?${byName(t)}`, json: reason }, { url: `${v1}/skills/${t.slug}` }],
  [`POST ${v1}/skills/:slug/undelete`]: (t) => [{ url: `${v1}/skills/${t.slug}/undelete`, json: { ownerHandle: t.owner } }],
  [`DELETE ${v1}/skills/:slug/versions/:version`]: (t) => [
    { url: `${v1}/skills/${t.slug}/versions/${t.version}?${byName(t)}`, json: { version: t.version } },
  ],
  [`POST ${v1}/skills/:slug/versions/:version/restore`]: (t) => [
    { url: `${v1}/skills/${t.slug}/versions/${t.version}/restore`, json: { version: t.version, ownerHandle: t.owner } },
  ],
  [`POST ${v1}/skills/:slug/tags/:tag`]: (t) => [
    { url: `${v1}/skills/${t.slug}/tags/stable?${byName(t)}`, json: { version: t.version } },
    { url: `${v1}/skills/${t.slug}/tags/${t.tag}`, json: { version: t.version } },
  ],
  ...Object.fromEntries(
    ['rename', 'merge', 'transfer', 'transfer/accept', 'transfer/reject', 'transfer/cancel'].map((way): [string, Describe] => [
      `POST ${v1}/skills/:slug/${way}`,
      (t) => [{ url: `${v1}/skills/${t.slug}/${way}`, json: { newSlug: 'x', targetSlug: 'x', ownerHandle: t.owner } }],
    ]),
  ),
  [`GET ${v1}/transfers/incoming`]: still(`${v1}/transfers/incoming`),
  [`GET ${v1}/transfers/outgoing`]: still(`${v1}/transfers/outgoing`),
  [`POST ${v1}/publishers`]: (t) => [{ url: `${v1}/publishers`, json: { handle: t.owner } }],
  // In this order: in the end there is no star, as before.
  [`POST ${v1}/stars/:slug`]: (t) => [{ url: `${v1}/stars/${t.slug}?${byName(t)}`, names: 'skill' }],
  [`DELETE ${v1}/stars/:slug`]: (t) => [
    { url: `${v1}/stars/${t.slug}?${byName(t)}`, names: 'skill' },
    { url: `${v1}/stars/${t.slug}`, names: 'skill' },
  ],
  [`POST ${v1}/skills/-/scan`]: (t) => [
    {
      url: `${v1}/skills/-/scan`,
      json: { source: { kind: 'published', slug: t.slug, ownerHandle: t.owner, version: t.version }, update: false },
      names: 'version',
    },
    { url: `${v1}/skills/-/scan`, json: { source: { kind: 'published', slug: t.slug }, update: true }, names: 'skill' },
  ],
  [`GET ${v1}/skills/-/scan/:id`]: (t) => [{ url: `${v1}/skills/-/scan/${t.id}`, inside: true }],
  [`GET ${v1}/skills/-/scan/:id/download`]: (t) => [{ url: `${v1}/skills/-/scan/${t.id}/download`, inside: true }],
  [`GET ${v1}/skills/-/scan/download/:slug`]: (t) => [
    { url: `${v1}/skills/-/scan/download/${t.slug}?${byName(t, { version: t.version, kind: 'skill' })}`, names: 'version' },
    { url: `${v1}/skills/-/scan/download/${t.slug}?${byName(t)}`, names: 'skill' },
  ],
  'POST /api/cli/telemetry/install': (t) => [
    { url: '/api/cli/telemetry/install', json: { event: 'install', slug: t.slug, ownerHandle: t.owner, version: t.version } },
  ],
  'POST /api/cli/telemetry/sync': (t) => [{ url: '/api/cli/telemetry/sync', json: { roots: [{ skills: [{ slug: t.slug, version: t.version }] }] } }],
  ...empty,
  [`GET ${v1}/plugins/overview`]: still(`${v1}/plugins/overview`),
  [`GET ${v1}/plugins/categories`]: still(`${v1}/plugins/categories`),
  [`GET ${v1}/promotions`]: still(`${v1}/promotions`),
  [`POST ${v1}/packages/categories::batch`]: (t) => [{ url: `${v1}/packages/categories:batch`, json: { names: [t.slug] }, still: true }],
  [`GET ${v1}/whoami`]: still(`${v1}/whoami`),
  'POST /api/cli/device/code': still('/api/cli/device/code', { json: { label: 'x'.repeat(401) } }),
  'POST /api/cli/device/token': still('/api/cli/device/token', { json: { device_code: 'x', grant_type: 'x' } }),

  // Discovery
  'GET /.well-known/clawhub.json': still('/.well-known/clawhub.json'),
  'GET /.well-known/clawdhub.json': still('/.well-known/clawdhub.json'),
  ...wellKnown,
  'GET /api/search': (t) => [
    { url: `/api/search?${query({ q: t.slug })}` },
    { url: `/api/search?${query({ q: t.rare, owner: t.owner })}` },
    { url: `/api/search?${query({ q: `${t.common} ${t.rare}` })}` },
  ],
  'GET /t/:token/api/search': (t) => [
    { url: `/t/:token/api/search?${query({ q: t.slug })}` },
    { url: `/t/:token/api/search?${query({ q: `${t.common} ${t.rare}` })}` },
  ],

  // Our own API
  [`GET ${native}/keys`]: still(`${native}/keys`),
  [`GET ${native}/registry`]: still(`${native}/registry`),
  [`GET ${native}/skills/:owner/:slug`]: (t) => [
    { url: nativeSkill(t), names: 'skill', inside: true },
    { url: nativeSkill(t), names: 'skill', inside: true, headers: { accept: 'application/json' } },
  ],
  [`GET ${native}/skills/:owner/:slug/:version`]: (t) => [
    { url: nativeVersion(t), names: 'version', inside: true },
    { url: nativeVersion(t), names: 'version', inside: true, headers: { accept: 'application/json' } },
  ],
  [`GET ${native}/skills/:owner/:slug/:version/attestations`]: (t) => [
    { url: `${nativeVersion(t)}/attestations`, names: 'version' },
    { url: `${nativeVersion(t)}/attestations`, names: 'version', headers: { 'if-none-match': `"${t.attestations}"`, accept: 'application/json' } },
  ],
  [`GET ${native}/skills/:owner/:slug/:version/revocation`]: (t) => [{ url: `${nativeVersion(t)}/revocation`, names: 'version' }],
  [`GET ${native}/skills/:owner/:slug/:version/archive`]: (t) => [
    { url: `${nativeVersion(t)}/archive`, names: 'version' },
    ...etag(t.archive).map((headers) => ({ url: `${nativeVersion(t)}/archive`, headers, names: 'version' as const })),
  ],
  [`GET ${native}/skills/:owner/:slug/:version/report`]: (t) => [
    { url: `${nativeVersion(t)}/report`, names: 'version', inside: true },
    { url: `${nativeVersion(t)}/report?format=html`, names: 'version', inside: true },
  ],
  [`GET ${native}/attempts/:id`]: (t) => [
    { url: `${native}/attempts/${t.id}`, inside: true },
    { url: `${native}/attempts/${t.id}`, inside: true, headers: { accept: 'application/json' } },
    { url: `${native}/attempts/${t.skillId}` },
  ],
  [`GET ${native}/queue`]: () => [{ url: `${native}/queue`, inside: true }],
  ...deed('approve', (t: Target) => ({ ...reason, report: t.report })),
  ...deed('reject', reason),
  ...deed('retry', undefined),
  ...deed('yank', reason),
  ...deed('restore', reason),
  ...deed('deprecate', { message: 'old' }),
  ...deed('undeprecate', undefined),
  ...deed('revoke', reason),
  [`POST ${native}/rescan`]: () => [{ url: `${native}/rescan`, json: { apply: false } }],
  [`GET ${native}/rescans/:id`]: still(`${native}/rescans/rsc_${'0'.repeat(20)}`),
  [`POST ${native}/publish`]: (t) => [{ url: `${native}/publish`, parts: publishParts(t, t.owner), headers: { accept: 'application/json' } }],
  [`GET ${native}/audit-log`]: () => [{ url: `${native}/audit-log`, inside: true }],
  [`GET ${native}/audit-log/verify`]: () => [{ url: `${native}/audit-log/verify`, inside: true }],
  [`GET ${native}/import`]: () => [{ url: `${native}/import` }],
  [`POST ${native}/import`]: (t) => [
    { url: `${native}/import`, json: { from: 'https://upstream.example', slug: t.slug, version: t.version, as: { owner: t.owner, slug: t.slug } } },
  ],
  [`POST ${native}/import/files`]: (t) => [
    {
      url: `${native}/import/files`,
      parts: [
        { name: 'payload', content: JSON.stringify({ kind: 'folder', from: 'x', version: t.version, as: { owner: t.owner, slug: t.slug } }) },
        { name: 'archive', file: 'a.zip', content: 'no archive' },
      ],
    },
  ],
  [`DELETE ${native}/import/:owner/:slug`]: (t) => [{ url: `${native}/import/${t.owner}/${t.slug}` }],
  [`GET ${native}/whoami`]: still(`${native}/whoami`),
  [`GET ${native}/users`]: still(`${native}/users`),
  [`POST ${native}/users`]: (t) => [{ url: `${native}/users`, json: { handle: t.owner, role: 'reader' }, still: true }],
  [`POST ${native}/users/:handle/disable`]: (t) => [{ url: `${native}/users/${t.owner}/disable`, json: {}, still: true }],
  [`POST ${native}/users/:handle/enable`]: (t) => [{ url: `${native}/users/${t.owner}/enable`, json: {}, still: true }],
  [`PUT ${native}/users/:handle/role`]: (t) => [{ url: `${native}/users/${t.owner}/role`, json: { role: 'reader' }, still: true }],
  [`POST ${native}/users/:handle/revoke-tokens`]: (t) => [{ url: `${native}/users/${t.owner}/revoke-tokens`, json: {}, still: true }],
  [`GET ${native}/tokens`]: () => [{ url: `${native}/tokens`, still: true, mask: [/"lastUsedAt":(?:\d+|null)/g] }],
  [`POST ${native}/tokens`]: (t) => [{ url: `${native}/tokens`, json: { label: ' ', scopes: ['read'], namespaces: [t.owner] } }],
  [`DELETE ${native}/tokens/:id`]: (t) => [{ url: `${native}/tokens/${t.id}`, json: {}, still: true }],
  [`GET ${native}/publisher-keys`]: (t) => [{ url: `${native}/publisher-keys?${query({ user: t.owner })}`, still: true }],
  [`POST ${native}/publisher-keys`]: still(`${native}/publisher-keys`, { json: { pem: 'x', label: 'x' } }),
  [`DELETE ${native}/publisher-keys/:keyid`]: (t) => [{ url: `${native}/publisher-keys/${t.archive}`, json: {}, still: true }],
  [`GET ${native}/namespaces`]: () => [{ url: `${native}/namespaces` }],
  [`POST ${native}/namespaces`]: (t) => [{ url: `${native}/namespaces`, json: { handle: t.owner } }],
  [`GET ${native}/namespaces/:handle`]: (t) => [{ url: `${native}/namespaces/${t.owner}` }, { url: `${native}/namespaces/${enc(`@${t.owner}`)}` }],
  [`PUT ${native}/namespaces/:handle/visibility`]: (t) => [{ url: `${native}/namespaces/${t.owner}/visibility`, json: { visibility: 'public' } }],
  [`PUT ${native}/namespaces/:handle/members/:user`]: (t) => [{ url: `${native}/namespaces/${t.owner}/members/dan`, json: { role: 'owner' } }],
  [`DELETE ${native}/namespaces/:handle/members/:user`]: (t) => [{ url: `${native}/namespaces/${t.owner}/members/mia` }],
  [`POST ${native}/device/look`]: still(`${native}/device/look`, { json: { user_code: 'ABCD-EFGH' } }),
  [`POST ${native}/device/approve`]: still(`${native}/device/approve`, { json: { user_code: 'ABCD-EFGH' } }),
  [`POST ${native}/device/deny`]: still(`${native}/device/deny`, { json: { user_code: 'ABCD-EFGH' } }),

  // Pages
  'GET /': (t) => [
    { url: '/' },
    { url: `/?${query({ q: t.slug })}` },
    { url: `/?${query({ q: `${t.common} ${t.rare}` })}` },
    { url: `/?${query({ owner: t.owner })}` },
    { url: `/?${query({ cursor: writeCursor('updated', [start + 1e9, t.skillId]) })}` },
  ],
  'GET /skills/@:owner/:slug': (t) => [{ url: `/skills/@${t.owner}/${t.slug}`, names: 'skill' }],
  'GET /skills/@:owner/:slug/:version': (t) => [{ url: `/skills/@${t.owner}/${t.slug}/${t.version}`, names: 'version', inside: true }],
  'GET /skills/@:owner/:slug/:version/report': (t) => [{ url: `/skills/@${t.owner}/${t.slug}/${t.version}/report`, names: 'version', inside: true }],
  'GET /skills/@:owner/:slug/:version/attestations': (t) => [{ url: `/skills/@${t.owner}/${t.slug}/${t.version}/attestations`, names: 'version' }],
  'GET /skills/@:owner/:slug/:version/archive': (t) => [
    { url: `/skills/@${t.owner}/${t.slug}/${t.version}/archive`, names: 'version' },
    { url: `/skills/@${t.owner}/${t.slug}/${t.version}/archive`, names: 'version', headers: { 'if-none-match': `"${t.archive}"` } },
  ],
  'GET /skills/@:owner/:slug/:version/file': (t) => [
    { url: `/skills/@${t.owner}/${t.slug}/${t.version}/file?${query({ path: t.path })}`, names: 'version', inside: true },
    { url: `/skills/@${t.owner}/${t.slug}/${t.version}/file?path=no-such-file`, names: 'version', inside: true },
  ],
  'GET /queue': (t) => [
    { url: '/queue', inside: true },
    { url: `/queue?${query({ done: t.id })}`, inside: true },
  ],
  'POST /queue/@:owner/:slug/:version': (t) => [
    { url: `/queue/@${t.owner}/${t.slug}/${t.version}`, form: { decision: 'approve', reason: 'looks good', report: t.report } },
    { url: `/queue/@${t.owner}/${t.slug}/${t.version}`, form: { decision: 'reject', reason: 'looks bad' } },
  ],
  'GET /login': (t) => [{ url: `/login?${query({ next: `/skills/@${t.owner}/${t.slug}` })}`, still: true }],
  'POST /login': still('/login', { form: { token: 'skw_x' } }),
  'POST /logout': still('/logout', { text: 'csrf=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
  'GET /device': still('/device'),
  'POST /device': still('/device', { form: { user_code: 'ABCD-EFGH' } }),
  'POST /device/decide': still('/device/decide', { form: { user_code: 'ABCD-EFGH', decision: 'deny' } }),
  'GET /assets/*': skillOnly,
};

/** The key that a route of Fastify is described under. Names of style sheets change with their content. */
export const keyOf = (method: string, url: string): string => `${method} ${url.startsWith('/assets/') ? '/assets/*' : url}`;

/** What is registered and not described, and what is described and not registered. */
export function undescribed(routes: readonly string[]): { readonly missing: string[]; readonly stale: string[] } {
  const known = new Set(Object.keys(described));
  const there = new Set(routes);
  return { missing: [...there].filter((one) => !known.has(one)), stale: [...known].filter((one) => !there.has(one)) };
}
