/** A registry of somebody else on 127.0.0.1, speaking ClawHub's wire as far as an import asks: a fresh zip for each download, with the file that ClawHub adds; and every way of misbehaving. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

export interface Offered {
  readonly files: Readonly<Record<string, string>>;
  readonly changelog?: string;
  /** What R6 says instead of the truth. */
  readonly listed?: Readonly<Record<string, string>>;
}

export interface Upstream {
  readonly url: string;
  readonly port: number;
  /** `slug` to version to content. The last one is the newest. */
  readonly skills: Map<string, Map<string, Offered>>;
  /** Takes a request before the contract does; true if it answered. */
  misbehave: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  moderation: Record<string, unknown> | null;
  owner: string;
  /** Every request with its headers. */
  readonly asked: { readonly path: string; readonly headers: IncomingMessage['headers'] }[];
  offer(slug: string, version: string, files: Readonly<Record<string, string>>, more?: Omit<Offered, 'files'>): void;
  close(): Promise<void>;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export async function startUpstream(): Promise<Upstream> {
  const upstream = { skills: new Map(), misbehave: undefined, moderation: null, owner: 'someone', asked: [] } as unknown as {
    -readonly [K in keyof Upstream]: Upstream[K];
  };
  let downloads = 0;
  const server = createServer((request, response) => {
    upstream.asked.push({ path: request.url!, headers: request.headers });
    if (upstream.misbehave?.(request, response) === true) return;
    void answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  const text = (response: ServerResponse, status: number, says: string): void =>
    void response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(says);
  const json = (response: ServerResponse, value: unknown): void =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url!, 'http://upstream.invalid');
    const owner = searchParams.get('ownerHandle');
    if (owner !== null && owner !== upstream.owner) return text(response, 404, 'Skill not found');
    const [, , , , slug = '', kind, version] = pathname.split('/');
    if (pathname === '/api/v1/download') {
      const offered = upstream.skills.get(searchParams.get('slug') ?? '')?.get(searchParams.get('version') ?? '');
      if (offered === undefined) return text(response, 404, 'Skill not found');
      const meta = JSON.stringify({ slug: searchParams.get('slug'), version: searchParams.get('version'), download: downloads++ });
      const zip = new ZipFile();
      for (const [path, content] of Object.entries({ ...offered.files, '_meta.json': meta })) zip.addBuffer(Buffer.from(content), path);
      zip.end();
      const archive = await buffer(zip.outputStream);
      response.writeHead(200, { 'content-type': 'application/zip', 'content-length': archive.length }).end(archive);
      return;
    }
    const versions = pathname.startsWith('/api/v1/skills/') ? upstream.skills.get(slug) : undefined;
    if (versions === undefined) return text(response, 404, 'Skill not found');
    const skill = { slug, displayName: `The ${slug}`, tags: {}, stats: {}, createdAt: 1, updatedAt: 1 };
    if (kind === undefined) {
      const newest = [...versions.keys()].at(-1);
      return json(response, {
        skill,
        latestVersion: newest === undefined ? null : { version: newest, createdAt: 1, changelog: '', license: null },
        owner: { handle: upstream.owner, displayName: 'Someone', image: null },
        moderation: upstream.moderation,
      });
    }
    const offered = kind === 'versions' ? versions.get(decodeURIComponent(version ?? '')) : undefined;
    if (offered === undefined) return text(response, 404, 'Version not found');
    return json(response, {
      version: {
        version: decodeURIComponent(version!),
        createdAt: 1,
        changelog: offered.changelog ?? 'As it was.',
        files: Object.entries(offered.listed ?? offered.files).map(([path, content]) => ({
          path,
          size: content.length,
          sha256: sha256(content),
          contentType: 'text/plain',
        })),
      },
      skill: { slug, displayName: `The ${slug}` },
    });
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  upstream.port = (server.address() as AddressInfo).port;
  upstream.url = `http://127.0.0.1:${upstream.port}`;
  upstream.offer = (slug, version, files, more = {}) => {
    const versions = upstream.skills.get(slug) ?? new Map<string, Offered>();
    versions.delete(version);
    upstream.skills.set(slug, versions.set(version, { files, ...more }));
  };
  upstream.close = () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return upstream;
}
