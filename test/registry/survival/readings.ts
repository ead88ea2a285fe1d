/**
 * Every way in which something about a version is read over HTTP, and the comparison of an answer with the one from before somebody changed what is stored. A route that the server has and
 * that is named neither here nor among those that tell nothing of a version makes the test fail until somebody has thought about it.
 */
import type { Served } from '../e2e/process.ts';

/** What an answer depends on besides the rows of the version. */
export type Kind =
  /** The signed release. */
  | 'release'
  /** The release and the bytes of the archive. */
  | 'bytes'
  /** The release and the scan's report. */
  | 'report'
  /** The rows alone, as for `resolve`, which only finds a number. */
  | 'rows'
  /** The release and the skill's tags. */
  | 'tags'
  /** Lists of skills; what is not believed is left out of them. */
  | 'list'
  /** What the gate shows to those who take part. */
  | 'inside'
  /** Nothing of the version. */
  | 'apart';

export interface Subject {
  readonly owner: string;
  readonly slug: string;
  readonly version: string;
  readonly id: string;
  readonly fingerprint: string;
}

export interface Asker {
  /** Of somebody who may read. */
  readonly reader: string;
  /** The same, as a token for paths. */
  readonly path: string;
  /** Of who published it. */
  readonly publisher: string;
}

export interface Reading {
  readonly kind: Kind;
  /** Method and address: its name. */
  readonly name: string;
  readonly path: string;
  readonly token: string | null;
  readonly init?: RequestInit;
}

type Filled = readonly [kind: Kind, path: string];
type Fill = (of: Subject, asker: Asker) => readonly Filled[];

const one =
  (kind: Kind, path: (of: Subject, asker: Asker) => string): Fill =>
  (of, asker) => [[kind, path(of, asker)]];
const q = ({ owner, version }: Subject): string => `ownerHandle=${owner}&version=${version}`;
const native = ({ owner, slug }: Subject): string => `/api/skillward/v1/skills/${owner}/${slug}`;
const index = (base: (of: Subject, asker: Asker) => string) => ({
  list: one('list', (of, asker) => `${base(of, asker)}/index.json`),
  archive: one('bytes', (of, asker) => `${base(of, asker)}/@${of.owner}/${of.slug}/${of.version}.zip`),
});

/** GET routes of the OpenAPI document. */
export const described: Readonly<Record<string, Fill>> = {
  '/api/v1/search': one('list', ({ slug }) => `/api/v1/search?q=${slug}`),
  '/api/v1/skills': (of) => [
    ['list', '/api/v1/skills?limit=200'],
    ['list', '/api/v1/skills?limit=200&sort=downloads'],
    ['list', `/api/v1/skills?prefix=${of.slug}`],
    ['list', `/api/v1/skills?ownerHandle=${of.owner}&limit=200`],
  ],
  '/api/v1/trending': one('list', () => '/api/v1/trending?limit=200'),
  '/api/search': one('list', ({ slug }) => `/api/search?q=${slug}`),
  '/t/{token}/api/search': one('list', ({ slug }, { path }) => `/t/${path}/api/search?q=${slug}`),
  '/api/v1/skills/{slug}': (of) => [
    ['tags', `/api/v1/skills/${of.slug}?ownerHandle=${of.owner}`],
    ['tags', `/api/v1/skills/${of.slug}`],
  ],
  '/api/v1/skills/{slug}/moderation': one('report', (of) => `/api/v1/skills/${of.slug}/moderation?ownerHandle=${of.owner}`),
  '/api/v1/skills/{slug}/versions': one('release', (of) => `/api/v1/skills/${of.slug}/versions?ownerHandle=${of.owner}`),
  '/api/v1/skills/{slug}/versions/{version}': one('release', (of) => `/api/v1/skills/${of.slug}/versions/${of.version}?ownerHandle=${of.owner}`),
  '/api/v1/skills/{slug}/file': (of) => [
    ['bytes', `/api/v1/skills/${of.slug}/file?path=SKILL.md&${q(of)}`],
    ['bytes', `/api/v1/skills/${of.slug}/file?path=SKILL.md&ownerHandle=${of.owner}`],
  ],
  '/api/v1/skills/{slug}/install': one('release', (of) => `/api/v1/skills/${of.slug}/install?ownerHandle=${of.owner}`),
  '/api/v1/resolve': one('rows', (of) => `/api/v1/resolve?slug=${of.slug}&ownerHandle=${of.owner}&hash=${of.fingerprint}`),
  '/api/v1/download': (of) => [
    ['bytes', `/api/v1/download?slug=${of.slug}&${q(of)}`],
    ['bytes', `/api/v1/download?slug=${of.slug}&version=${of.version}`],
    ['bytes', `/api/v1/download?slug=${of.slug}&ownerHandle=${of.owner}`],
    ['tags', `/api/v1/download?slug=${of.slug}&ownerHandle=${of.owner}&tag=stable`],
  ],
  '/api/v1/skills/{slug}/verify': one('release', (of) => `/api/v1/skills/${of.slug}/verify?${q(of)}`),
  '/api/v1/skills/{slug}/card': one('report', (of) => `/api/v1/skills/${of.slug}/card?${q(of)}`),
  '/api/v1/skills/-/scan/{id}': one('report', ({ id }) => `/api/v1/skills/-/scan/${id}`),
  '/api/v1/skills/-/scan/{id}/download': one('report', ({ id }) => `/api/v1/skills/-/scan/${id}/download`),
  '/api/v1/skills/-/scan/download/{slug}': one('report', (of) => `/api/v1/skills/-/scan/download/${of.slug}?${q(of)}`),
  '/api/skillward/v1/skills/{owner}/{slug}': one('tags', native),
  '/api/skillward/v1/skills/{owner}/{slug}/{version}': one('report', (of) => `${native(of)}/${of.version}`),
  '/api/skillward/v1/skills/{owner}/{slug}/{version}/attestations': one('release', (of) => `${native(of)}/${of.version}/attestations`),
  '/api/skillward/v1/skills/{owner}/{slug}/{version}/archive': one('bytes', (of) => `${native(of)}/${of.version}/archive`),
  '/api/skillward/v1/skills/{owner}/{slug}/{version}/report': (of) => [
    ['report', `${native(of)}/${of.version}/report`],
    ['report', `${native(of)}/${of.version}/report?format=html`],
  ],
  '/api/skillward/v1/attempts/{id}': one('inside', ({ id }) => `/api/skillward/v1/attempts/${id}`),
  '/api/skillward/v1/queue': one('apart', () => '/api/skillward/v1/queue'),
  '/api/skillward/v1/keys': one('apart', () => '/api/skillward/v1/keys'),
  ...Object.fromEntries(
    (
      [
        ['', () => ''],
        ['/@{scope}', ({ owner }: Subject) => `/@${owner}`],
        ['/t/{token}', (_: Subject, { path }: Asker) => `/t/${path}`],
        ['/t/{token}/@{scope}', ({ owner }: Subject, { path }: Asker) => `/t/${path}/@${owner}`],
      ] as const
    ).flatMap(([prefix, base]) =>
      ['agent-skills', 'skills'].flatMap((folder) => {
        const { list, archive } = index((of, asker) => `${base(of, asker)}/.well-known/${folder}`);
        return [
          [`${prefix}/.well-known/${folder}/index.json`, list],
          [`${prefix}/.well-known/${folder}/@{owner}/{slug}/{file}`, archive],
        ] as const;
      }),
    ),
  ),
};

/** GET routes that tell nothing of a version to anybody. */
export const tellNothing: ReadonlySet<string> = new Set([
  // Of what is given out it says that there is none; api/revocation.test.ts changes what it gives out.
  '/api/skillward/v1/skills/{owner}/{slug}/{version}/revocation',
  '/healthz',
  '/readyz',
  '/api/v1/transfers/incoming',
  '/api/v1/transfers/outgoing',
  ...['packages', 'packages/search', 'plugins', 'plugins/search', 'plugins/overview', 'plugins/categories', 'promotions'].map(
    (name) => `/api/v1/${name}`,
  ),
  ...['code-plugins', 'bundle-plugins'].flatMap((name) => [`/api/v1/${name}`, `/api/v1/${name}/search`]),
  '/.well-known/clawhub.json',
  '/.well-known/clawdhub.json',
  '/api/v1/whoami',
  // Of admins: what a rescan would change.
  '/api/skillward/v1/rescans/{id}',
  ...['registry', 'whoami', 'users', 'tokens', 'namespaces', 'namespaces/{handle}', 'publisher-keys', 'audit-log', 'audit-log/verify', 'import'].map(
    (name) => `/api/skillward/v1/${name}`,
  ),
]);

/** Pages, which the OpenAPI document does not have. */
const pages = (of: Subject): readonly Filled[] => {
  const page = `/skills/@${of.owner}/${of.slug}`;
  return [
    ['list', '/'],
    ['list', `/?q=${of.slug}`],
    ['report', page],
    ['report', `${page}/${of.version}`],
    ['report', `${page}/${of.version}/report`],
    ['release', `${page}/${of.version}/attestations`],
    ['bytes', `${page}/${of.version}/archive`],
    ['bytes', `${page}/${of.version}/file?path=SKILL.md`],
  ];
};

/** All ways to read of a version. */
export function readingsOf(of: Subject, asker: Asker): Reading[] {
  const filled = [...Object.values(described).flatMap((fill) => fill(of, asker)), ...pages(of)];
  const get = filled.map(([kind, path]): Reading => {
    const token = path.startsWith('/t/') ? null : kind === 'inside' || path.endsWith('/queue') ? asker.publisher : asker.reader;
    return { kind, name: `GET ${path}`, path, token };
  });
  const post = (kind: Kind, path: string, body: object): Reading => ({
    kind,
    name: `POST ${path}`,
    path,
    token: asker.reader,
    init: { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
  });
  return [
    ...get,
    { kind: 'bytes', name: 'HEAD download', path: `/api/v1/download?slug=${of.slug}&${q(of)}`, token: asker.reader, init: { method: 'HEAD' } },
    post('report', '/api/v1/skills/-/security-verdicts', { items: [{ slug: of.slug, ownerHandle: of.owner, version: of.version }] }),
    post('release', '/api/v1/skills/-/scan', { source: { kind: 'published', slug: of.slug, ownerHandle: of.owner, version: of.version } }),
  ];
}

export interface Answered {
  readonly status: number;
  /** Status, what the headers say of the content, and the content. */
  readonly text: string;
}

/** Asks; parts of an answer that are different each time are left out. */
export async function answer(served: Served, reading: Reading): Promise<Answered> {
  const got = await served.ask(reading.path, { ...reading.init, token: reading.token });
  const body = Buffer.from(await got.arrayBuffer());
  const type = got.headers.get('content-type') ?? '';
  const about = ['content-type', 'etag', 'digest', 'repr-digest', 'content-length', 'content-disposition'].map((name) => got.headers.get(name));
  // The time of a refusal in a list of verdicts.
  const told = (text: string): string => (reading.path.endsWith('/security-verdicts') ? text.replace(/"checkedAt":\d+/g, '"checkedAt":0') : text);
  return {
    status: got.status,
    text: `${got.status}\n${about.join('\n')}\n${/json|text/.test(type) ? told(body.toString('utf8')) : body.toString('base64')}`,
  };
}

/** The content of an answer as JSON; undefined if it is none. */
function json(text: string): unknown {
  try {
    return JSON.parse(text.slice(text.indexOf('\n{') + 1)) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether one answer is the other with nothing but items of lists left out. */
function fewer(before: unknown, now: unknown): boolean {
  if (Array.isArray(before) && Array.isArray(now)) {
    const left = before.map((item) => JSON.stringify(item));
    return now.every((item) => {
      const at = left.indexOf(JSON.stringify(item));
      return at >= 0 && left.splice(0, at + 1).length > 0;
    });
  }
  if (typeof before !== 'object' || before === null || typeof now !== 'object' || now === null) return before === now;
  const keys = Object.keys(before);
  return (
    keys.length === Object.keys(now).length &&
    keys.every((key) => fewer((before as Record<string, unknown>)[key], (now as Record<string, unknown>)[key]))
  );
}

/** What became of an answer: the `same` to the letter, `refused` (503), `absent` (it is not there, or not in the list), or something that must never be. */
export function compare(reading: Reading, { owner, slug }: Subject, before: Answered, now: Answered): 'same' | 'refused' | 'absent' | 'CHANGED' {
  if (now.text === before.text) return 'same';
  if (now.status === 503) return 'refused';
  if (now.status === 404 || now.status === 410) return 'absent';
  if (now.status !== 200) return 'CHANGED';
  if (reading.path.endsWith('/security-verdicts')) {
    const { items } = json(now.text) as { items: { ok: boolean; version: unknown; security: unknown }[] };
    return items.every((item) => !item.ok && item.version === null && item.security === null) ? 'refused' : 'CHANGED';
  }
  if (reading.kind !== 'list' && !reading.path.endsWith('/queue')) return 'CHANGED';
  const [old, fresh] = [json(before.text), json(now.text)];
  if (old !== undefined) return fewer(old, fresh) && !now.text.includes(`"${slug}"`) ? 'absent' : 'CHANGED';
  return now.text.includes(`/skills/@${owner}/${slug}`) ? 'CHANGED' : 'absent';
}
