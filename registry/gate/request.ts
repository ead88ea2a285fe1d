/**
 * What may be asked for at publish: names, numbers and texts, judged together so that an author mends them in one go. Nothing here looks at the store.
 *
 * Refuses every spelling that has a second one (upper case, `v1.0.0`, build metadata), because names and numbers are reserved for ever and are part of what is signed.
 */
import { createHash } from 'node:crypto';
import semver from 'semver';
import { canonical } from '../../scanner/canonical.ts';
import { visible } from '../../scanner/report/escape.ts';
import { RegistryError } from '../errors.ts';
import type { PublishRequest } from './contract.ts';

const slugForm = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
const tagForm = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;
const handleForm = /^[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?$/;
const most = { version: 64, displayName: 120, changelog: 20_000, tags: 20, topics: 20, topic: 40, source: 16 * 1024, reason: 2000 } as const;

const shown = (value: unknown): string => visible(JSON.stringify(String(value).slice(0, 80)));

/** What is wrong with a slug; undefined if nothing is. */
export const slugProblem = (slug: string): string | undefined =>
  slugForm.test(slug)
    ? undefined
    : `The name ${shown(slug)} cannot be used: expected 1 to 64 lower-case letters, digits and hyphens, with no hyphen at either end.`;

/** What is wrong with a version number; undefined if nothing is. */
export function versionProblem(version: string): string | undefined {
  const read = version.length <= most.version ? semver.parse(version) : null;
  if (read === null)
    return `The version ${shown(version)} is not SemVer: expected a number such as 1.2.0 or 1.2.0-beta.1, at most ${most.version} characters.`;
  if (read.build.length > 0)
    return `The version ${shown(version)} has build metadata (+…), which does not count when versions are compared. Leave it out.`;
  return read.version === version ? undefined : `The version ${shown(version)} has another spelling: write ${read.version}.`;
}

/** What is wrong with a tag; undefined if nothing is. */
export function tagProblem(tag: string): string | undefined {
  if (!tagForm.test(tag)) return `The tag ${shown(tag)} cannot be used: expected 1 to 64 lower-case letters, digits and . _ - inside.`;
  return semver.valid(tag) === null ? undefined : `The tag ${shown(tag)} looks like a version number. Choose a word.`;
}

/** Text for people on one line: no controls, no half characters. */
function lineProblem(what: string, text: string, length: number): string | undefined {
  if (text.length > length) return `The ${what} has ${text.length} characters; at most ${length} are kept.`;
  return /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text) ? `The ${what} has control characters or broken Unicode in it. Write plain text.` : undefined;
}
function textProblem(what: string, text: string, length: number): string | undefined {
  return lineProblem(what, text.replace(/[\t\r\n]/g, ' '), length);
}

/** A request as it goes on: trimmed, sorted, without repetitions. */
export interface Request {
  readonly owner: string;
  readonly slug: string;
  readonly version: string;
  readonly displayName: string | undefined;
  readonly changelog: string;
  readonly tags: readonly string[];
  readonly topics: readonly string[];
  /** Canonical JSON text for the `source` column. */
  readonly source: string;
}

/** @throws RegistryError `bad-input` with every problem */
export function readRequest(request: PublishRequest, ownHandle: string): Request {
  const owner = (request.owner ?? ownHandle).replace(/^@/, '').toLowerCase();
  const tags = [...new Set(request.tags.map((tag) => tag.trim().toLowerCase()))].filter((tag) => tag !== '').sort();
  const topics = [...new Set((request.topics ?? []).map((topic) => topic.trim()))].filter((topic) => topic !== '').sort();
  const displayName = request.displayName?.trim();
  const { source, problem } = sourceOf(request, topics);
  const problems = [
    handleForm.test(owner) ? undefined : `There is no namespace by the name ${shown(owner)}.`,
    slugProblem(request.slug),
    versionProblem(request.version),
    displayName === undefined ? undefined : lineProblem('display name', displayName, most.displayName),
    textProblem('changelog', request.changelog, most.changelog),
    tags.length > most.tags ? `There are ${tags.length} tags; at most ${most.tags} are kept.` : undefined,
    ...tags.slice(0, most.tags).map(tagProblem),
    topics.length > most.topics ? `There are ${topics.length} topics; at most ${most.topics} are kept.` : undefined,
    ...topics.slice(0, most.topics).map((topic) => lineProblem(`topic ${shown(topic)}`, topic, most.topic)),
    problem,
  ].filter((one) => one !== undefined);
  if (problems.length > 0) throw new RegistryError('bad-input', problems.join('\n'), { detail: { problems } });
  return {
    owner,
    slug: request.slug,
    version: request.version,
    displayName: displayName === '' ? undefined : displayName,
    changelog: request.changelog,
    tags,
    topics,
    source,
  };
}

/** The `source` column: where the version came from, with what the client said of it apart from what we know. */
function sourceOf(request: PublishRequest, topics: readonly string[]): { source: string; problem: string | undefined } {
  try {
    const known =
      request.imported === undefined ? { kind: 'upload' } : { ...request.imported, kind: 'import', from: request.imported.kind, topics: undefined };
    // Once through JSON, so that what is stored is what a reader of it gets.
    const source = canonical(
      JSON.parse(
        JSON.stringify(
          { ...known, ...(request.source === undefined ? {} : { source: request.source }), ...(topics.length > 0 ? { topics } : {}) },
          (_, value: unknown) => (typeof value === 'string' ? withoutLogin(value) : value),
        ),
      ),
    );
    const long = Buffer.byteLength(source) > most.source;
    const broken = !source.isWellFormed() || /\\ud[89a-f]/i.test(source);
    return {
      source,
      problem: long
        ? `The field source is larger than ${most.source} bytes. Keep it to where the skill comes from.`
        : broken
          ? 'The field source has broken Unicode in it.'
          : undefined,
    };
  } catch {
    return { source: '{}', problem: 'The field source is not plain JSON.' };
  }
}

/** An address without the login that some tools leave in it: what is published is read by others. */
function withoutLogin(text: string): string {
  if (!/^[a-z][a-z0-9+.-]{0,20}:\/\//i.test(text) || !URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username === '' && url.password === '') return text;
  url.username = '';
  url.password = '';
  return url.href;
}

/** What makes a repeated publish the same publish. Where the client says it comes from does not count: clients put the time of day in. */
export const requestDigest = (request: Request, archiveSha256: string): string =>
  createHash('sha256')
    .update(
      canonical({
        owner: request.owner,
        slug: request.slug,
        version: request.version,
        archive: archiveSha256,
        displayName: request.displayName,
        changelog: request.changelog,
        tags: request.tags,
        topics: request.topics,
      }),
    )
    .digest('hex');

/** A reason that a person gives for a decision. @throws RegistryError `bad-input` */
export function readReason(reason: string, what = 'reason'): string {
  const text = reason.trim();
  if (text === '') throw new RegistryError('bad-input', `A ${what} is needed: say in a sentence why, for those who ask later.`);
  const problem = textProblem(what, text, most.reason);
  if (problem !== undefined) throw new RegistryError('bad-input', problem);
  return text;
}

/** As `readReason`, where clients may give none. */
export const anyReason = (reason: string): string => (reason.trim() === '' ? 'no reason given' : readReason(reason));

/** One line of text that is shown with a version. @throws RegistryError `bad-input` */
export function readLine(what: string, text: string, length: number): string {
  const problem = lineProblem(what, text.trim(), length);
  if (problem !== undefined) throw new RegistryError('bad-input', problem);
  return text.trim();
}
