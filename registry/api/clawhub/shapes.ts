/** Skills and versions in the shapes of ClawHub's clients. They refuse an answer that lacks a key they want, so each schema here names those; other keys they ignore. */
import { Type } from 'typebox';
import type { SkillHead } from '../../shelf/contract.ts';
import type { VersionRow } from '../../store/schema.ts';
import { orNull } from './names.ts';

export const Latest = Type.Object({ version: Type.String(), createdAt: Type.Number(), changelog: Type.String(), license: Type.Null() });

const skillKeys = {
  slug: Type.String(),
  displayName: Type.String(),
  summary: Type.String(),
  topics: Type.Array(Type.String()),
  tags: Type.Record(Type.String(), Type.String()),
  stats: Type.Object({ downloads: Type.Number(), installs: Type.Number(), stars: Type.Number(), versions: Type.Number() }),
  createdAt: Type.Number(),
  updatedAt: Type.Number(),
  ownerHandle: Type.String(),
};
export const Skill = Type.Object(skillKeys);
export const SkillItem = Type.Object({ ...skillKeys, latestVersion: Latest, metadata: Type.Null() });
export const SkillList = Type.Object({ items: Type.Array(SkillItem), nextCursor: orNull(Type.String()) });
export const Owner = Type.Object({ handle: Type.String(), displayName: Type.String(), image: Type.Null() });
export const Install = Type.Object({ kind: Type.Literal('clawhub'), reference: Type.String(), sourceUrl: Type.Null() });
export const Moderation = Type.Object({
  isSuspicious: Type.Boolean(),
  isMalwareBlocked: Type.Boolean(),
  verdict: Type.Enum(['clean', 'suspicious', 'malicious']),
  reasonCodes: Type.Array(Type.String()),
  updatedAt: orNull(Type.Number()),
  engineVersion: orNull(Type.String()),
  summary: orNull(Type.String()),
});
export const Security = Type.Object({
  status: Type.Enum(['clean', 'suspicious', 'malicious', 'pending', 'error']),
  hasWarnings: Type.Boolean(),
  checkedAt: orNull(Type.Number()),
  model: orNull(Type.String()),
});

/** When it could first be had. */
export const publishedAt = (row: VersionRow): number => row.served_at ?? row.created_at;

export const latestOf = (row: VersionRow) => ({ version: row.version, createdAt: publishedAt(row), changelog: row.changelog, license: null });

export const skillOf = (head: SkillHead) => ({
  slug: head.slug,
  displayName: head.displayName,
  summary: head.summary,
  topics: [...head.topics],
  tags: { ...head.tags },
  stats: { downloads: head.stats.installs, installs: head.stats.installs, stars: head.stats.stars, versions: head.stats.versions },
  createdAt: head.createdAt,
  updatedAt: head.updatedAt,
  ownerHandle: head.owner,
});
export const itemOf = (head: SkillHead) => ({ ...skillOf(head), latestVersion: latestOf(head.latest), metadata: null });
export const ownerOf = (head: Pick<SkillHead, 'owner' | 'ownerName'>) => ({ handle: head.owner, displayName: head.ownerName, image: null });
/** Clients install by this reference. */
export const installOf = (head: Pick<SkillHead, 'owner' | 'slug'>) => ({
  kind: 'clawhub' as const,
  reference: `@${head.owner}/${head.slug}`,
  sourceUrl: null,
});
