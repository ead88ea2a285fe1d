/**
 * A skill version from a ClawHub-compatible upstream: its record (R3), the list of its files (R6), its archive (R9). Wire format: docs/clawhub.md.
 *
 * The archive has to hold exactly what the list says, byte for byte. Upstreams zip anew for each download, so the digest of the archive says nothing about a change; the digest of the
 * list does, and it can be had again without fetching the archive ({@link Listed}). Two files that ClawHub puts into every download and that nobody published are taken out. What
 * the upstream itself calls malware is not fetched. Everything else in its answers is a claim that our own scan and people have to judge.
 */
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { canonical } from '../../scanner/canonical.ts';
import { visible } from '../../scanner/report/escape.ts';
import { ArchiveError, type ArchiveLimits, byBytes, type PackFile, readArchive, sha256Hex } from '../archive/index.ts';
import { RegistryError } from '../errors.ts';
import type { Dial } from './dial.ts';

export interface UpstreamName {
  readonly owner?: string | undefined;
  readonly slug: string;
  /** The newest by default. */
  readonly version?: string | undefined;
}

/** What an upstream says a version consists of. */
export interface Listed {
  readonly owner: string;
  readonly slug: string;
  readonly version: string;
  readonly displayName: string | undefined;
  readonly changelog: string;
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  /** `sha256:` over the sorted list of paths and digests: changes exactly when the content does. */
  readonly digest: string;
}

/** A version with its bytes. */
export interface Fetched extends Listed {
  readonly contents: readonly PackFile[];
  /** sha256 (hex) of the archive as it was sent this time. */
  readonly archiveSha256: string;
}

const handle = Type.String({ pattern: '^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,38}[A-Za-z0-9])?$' });
const number = Type.String({ pattern: '^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$' });
const nullable = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));
const text = Type.String({ maxLength: 20_000 });

const detailSchema = Type.Object({
  skill: Type.Union([Type.Object({ slug: Type.String({ maxLength: 128 }), displayName: nullable(text) }), Type.Null()]),
  latestVersion: nullable(Type.Object({ version: number })),
  owner: nullable(Type.Object({ handle: nullable(handle) })),
  moderation: nullable(Type.Object({ isMalwareBlocked: nullable(Type.Boolean()), summary: nullable(text) })),
});
const versionSchema = Type.Object({
  version: Type.Union([
    Type.Object({
      version: number,
      changelog: nullable(text),
      files: Type.Array(
        Type.Object({ path: Type.String({ minLength: 1, maxLength: 1024 }), sha256: Type.String({ pattern: '^[0-9a-fA-F]{64}$' }) }),
        { maxItems: 50_000 },
      ),
      security: nullable(Type.Object({ status: nullable(Type.String({ maxLength: 64 })) })),
    }),
    Type.Null(),
  ]),
});

const jsonBytes = 16 * 1024 * 1024;
/** What ClawHub adds to the archive of a download. */
const added: ReadonlySet<string> = new Set(['_meta.json', 'skill-card.md']);

/** The newest version's number and the owner's handle. Throws RegistryError as {@link Dial.get}, and `refused` for what the upstream itself blocks. */
export async function readDetail(
  dial: Dial,
  name: UpstreamName,
): Promise<{ readonly owner: string; readonly latest: string | undefined; readonly displayName: string | undefined }> {
  const detail = await json(dial, detailSchema, `api/v1/skills/${encodeURIComponent(name.slug)}`, { ownerHandle: name.owner });
  const ref = shown(name);
  if (detail.skill === null) throw new RegistryError('not-found', `${dial.origin} does not have ${ref}.`);
  const owner = detail.owner?.handle?.toLowerCase() ?? name.owner;
  if (owner === undefined) throw new RegistryError('unavailable', `${dial.origin} does not say whose ${ref} is. Write @owner/slug.`);
  if ((name.owner !== undefined && owner !== name.owner.toLowerCase()) || detail.skill.slug.toLowerCase() !== name.slug.toLowerCase())
    throw new RegistryError(
      'refused',
      `${dial.origin} was asked for ${ref} and answered with @${visible(owner)}/${visible(detail.skill.slug)}. Nothing was imported.`,
    );
  if (detail.moderation?.isMalwareBlocked === true)
    throw new RegistryError(
      'refused',
      `${dial.origin} itself blocks ${ref} as malware${detail.moderation.summary ? `: ${visible(detail.moderation.summary).slice(0, 300)}` : ''}.`,
      {
        detail: { upstream: 'malware' },
      },
    );
  return { owner, latest: detail.latestVersion?.version, displayName: detail.skill.displayName ?? undefined };
}

/** What a version consists of by the upstream's own list. */
export async function readListed(dial: Dial, name: UpstreamName): Promise<Listed> {
  const { owner, latest, displayName } = await readDetail(dial, name);
  const wanted = name.version ?? latest;
  if (wanted === undefined) throw new RegistryError('not-found', `${dial.origin} has no published version of ${shown(name)}.`);
  // The handle is only sent as it was asked for: an upstream with one skill of a name need not know it.
  const { version } = await json(dial, versionSchema, `api/v1/skills/${encodeURIComponent(name.slug)}/versions/${encodeURIComponent(wanted)}`, {
    ownerHandle: name.owner,
  });
  if (version === null) throw new RegistryError('not-found', `${dial.origin} does not have ${shown({ ...name, version: wanted })}.`);
  if (version.version !== wanted)
    throw new RegistryError('refused', `${dial.origin} was asked for version ${wanted} and answered with ${version.version}. Nothing was imported.`);
  if (version.security?.status === 'malicious')
    throw new RegistryError('refused', `${dial.origin} itself calls ${shown({ ...name, version: wanted })} malicious.`, {
      detail: { upstream: 'malware' },
    });
  const files = version.files.map((file) => ({ path: file.path, sha256: file.sha256.toLowerCase() })).sort((a, b) => byBytes(a.path, b.path));
  return { owner, slug: name.slug.toLowerCase(), version: wanted, displayName, changelog: version.changelog ?? '', files, digest: listDigest(files) };
}

/** Digest over a list of files, in whatever order. */
export const listDigest = (files: readonly { readonly path: string; readonly sha256: string }[]): string =>
  `sha256:${sha256Hex(canonical([...files].sort((a, b) => byBytes(a.path, b.path)).map((file) => [file.path, file.sha256])))}`;

/** A listed version with its bytes, which are exactly those of the list. `name` is how the upstream was asked for it. */
export async function fetchVersion(dial: Dial, name: UpstreamName, listed: Listed, limits: ArchiveLimits): Promise<Fetched> {
  const archive = await dial.get({
    path: 'api/v1/download',
    query: { slug: name.slug, version: listed.version, ownerHandle: name.owner },
    most: limits.archiveBytes,
  });
  let files: PackFile[];
  try {
    files = await readArchive(archive, limits);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new RegistryError(
      error.code === 'too-large' ? 'too-large' : 'refused',
      `What ${dial.origin} sent for ${shown(listed)} is not taken. ${error.message}`,
      { cause: error },
    );
  }
  const wanted = new Map(listed.files.map((file) => [file.path, file.sha256]));
  const contents = files.filter((file) => wanted.has(file.path) || !added.has(file.path));
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const file of contents) {
    seen.add(file.path);
    const stated = wanted.get(file.path);
    if (stated === undefined) wrong.push(`${visible(file.path)} is in the archive and not on the list`);
    else if (stated !== sha256Hex(file.bytes)) wrong.push(`${visible(file.path)} is not what the list says`);
  }
  for (const path of wanted.keys()) if (!seen.has(path)) wrong.push(`${visible(path)} is on the list and not in the archive`);
  if (wrong.length > 0)
    throw new RegistryError(
      'refused',
      `${dial.origin} sent other files for ${shown(listed)} than it lists: ${wrong.slice(0, 5).join('; ')}${wrong.length > 5 ? `; and ${wrong.length - 5} more` : ''}. Nothing was imported.`,
      {
        detail: { upstream: 'mismatch' },
      },
    );
  return { ...listed, contents, archiveSha256: sha256Hex(archive) };
}

export const shown = (name: UpstreamName): string =>
  visible(`${name.owner === undefined ? '' : `@${name.owner}/`}${name.slug}${name.version === undefined ? '' : `@${name.version}`}`);

async function json<T extends TSchema>(dial: Dial, schema: T, path: string, query: Readonly<Record<string, string | undefined>>): Promise<Static<T>> {
  const body = await dial.get({ path, query, most: jsonBytes });
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new RegistryError('unavailable', `${dial.origin} did not answer with JSON. Is it the address of a registry?`, { cause: error });
  }
  if (!Value.Check(schema, value)) {
    const [first] = Value.Errors(schema, value);
    throw new RegistryError(
      'unavailable',
      `The answer of ${dial.origin} is not what a ClawHub-compatible registry sends${first === undefined ? '' : ` (${visible(first.instancePath)} ${visible(first.message)})`}.`,
    );
  }
  return value as Static<T>;
}
