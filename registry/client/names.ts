/** Names of skills as people type them: `@owner/slug`, `@owner/slug@1.2.0`, `@owner/slug@beta`. One text has one reading; nothing that passes can leave a folder or an address. */
import { ClientError, quote } from './errors.ts';

export interface SkillName {
  readonly owner: string;
  readonly slug: string;
}
export interface VersionName extends SkillName {
  readonly version: string;
}
/** What a person asked for: a version, a tag, or the newest. */
export interface WantedName extends SkillName {
  readonly version?: string;
  readonly tag?: string;
}

const owner = /^[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?$/;
const slug = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
/** Semantic versioning 2.0 by its outer form; the registry decides the rest. */
const version = /^\d{1,16}\.\d{1,16}\.\d{1,16}(?:-[0-9A-Za-z.-]{1,64})?(?:\+[0-9A-Za-z.-]{1,64})?$/;
const tag = /^[a-z][a-z0-9._-]{0,39}$/;

export const isOwner = (text: string): boolean => owner.test(text);
export const isSlug = (text: string): boolean => slug.test(text);
export const isVersion = (text: string): boolean => version.test(text);

/** @throws ClientError usage */
export function parseWanted(text: string): WantedName {
  const match = /^@?([^@/\s]{1,64})\/([^@/\s]{1,80})(?:@([^@/\s]{1,160}))?$/.exec(text.trim());
  if (match === null)
    throw new ClientError(
      'usage',
      /^[^@/\s]{1,80}$/.test(text)
        ? `${quote(text)} does not say whose skill it is. Write @owner/${text}; \`skill search ${text}\` finds the owner.`
        : `${quote(text)} is not the name of a skill. Write @owner/slug or @owner/slug@1.2.0.`,
    );
  const name = { owner: match[1]!.toLowerCase(), slug: match[2]!.toLowerCase() };
  if (!isOwner(name.owner)) throw new ClientError('usage', `${quote(match[1]!)} cannot be an owner: letters, digits and . _ - inside, at most 40.`);
  if (!isSlug(name.slug))
    throw new ClientError('usage', `${quote(match[2]!)} cannot be a skill: lower-case letters, digits and hyphens inside, at most 64.`);
  const rest = match[3];
  if (rest === undefined) return name;
  if (isVersion(rest)) return { ...name, version: rest };
  if (/^v\d/.test(rest) && isVersion(rest.slice(1))) return { ...name, version: rest.slice(1) };
  if (tag.test(rest)) return { ...name, tag: rest };
  throw new ClientError('usage', `${quote(rest)} is neither a version such as 1.2.0 nor a tag such as latest.`);
}

/** As {@link parseWanted}, where the version has to be there. @throws ClientError usage */
export function parseVersionName(text: string): VersionName {
  const wanted = parseWanted(text);
  if (wanted.version === undefined) throw new ClientError('usage', `${quote(text)} does not say which version. Write ${nameText(wanted)}@1.2.0.`);
  return { owner: wanted.owner, slug: wanted.slug, version: wanted.version };
}

/** `@owner/slug` of a lock or a server, exactly. */
export function parseName(text: string): SkillName | undefined {
  const match = /^@([^@/]{1,40})\/([^@/]{1,64})$/.exec(text);
  return match !== null && isOwner(match[1]!) && isSlug(match[2]!) ? { owner: match[1]!, slug: match[2]! } : undefined;
}

export const nameText = (name: SkillName): string => `@${name.owner}/${name.slug}`;
export const versionText = (name: VersionName): string => `@${name.owner}/${name.slug}@${name.version}`;
