/**
 * Getting a skill ready to publish: the files that would go, what they are called, what the scanner says of them here and now, and the publisher's signature. Nothing is sent.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { loadPolicy, presets, ruleIds, scan } from '../../scanner/index.ts';
import { load } from '../../scanner/load/index.ts';
import type { Capability, Report } from '../../scanner/model.ts';
import { checkSpec, type Described, describe, type PackFile, packFolder, type SpecProblem, skillRecord } from '../archive/index.ts';
import { PUBLISHER_FILE, splitPublisherBundle } from '../trust/publisher.ts';
import type { StatedSource } from '../trust/statements.ts';
import { getSkill, getVersion } from './api.ts';
import { ClientError, quote } from './errors.ts';
import { manifestOf } from './growth.ts';
import type { Http } from './http.ts';
import { isOwner, isSlug, isVersion, type SkillName, type VersionName } from './names.ts';
import type { Registry } from './wire.ts';

export interface Prepared {
  readonly name: VersionName;
  readonly displayName: string | undefined;
  readonly files: readonly PackFile[];
  /** Of all files. */
  readonly described: Described;
  /** Of the files without a bundle of the publisher, which is what a publisher signs. */
  readonly unsigned: Described;
  /** The folder brings a publisher's bundle of its own. */
  readonly ownBundle: boolean;
  readonly spec: readonly SpecProblem[];
}

/** Packs a folder and finds out what it is called. @throws ClientError usage, ArchiveError */
export async function prepare(
  folder: string,
  given: { readonly owner: string; readonly slug?: string; readonly version?: string },
): Promise<Prepared> {
  const files = packFolder(folder);
  const described = await describe(files);
  const { bundle, rest } = splitPublisherBundle(files);
  const record = skillRecord(files);
  const slug = given.slug ?? record?.name;
  const version = given.version ?? record?.version;
  if (slug === undefined || !isSlug(slug))
    throw new ClientError(
      'usage',
      `${slug === undefined ? 'SKILL.md has no name' : `${quote(slug)} cannot be the name of a skill`}: lower-case letters, digits and hyphens, at most 64. Mend it (\`skill spec\`), or give --slug.`,
    );
  if (version === undefined || !isVersion(version))
    throw new ClientError(
      'usage',
      `${version === undefined ? 'SKILL.md names no version' : `${quote(version)} is not a version`}. Give one such as --version 1.0.0.`,
    );
  if (!isOwner(given.owner)) throw new ClientError('usage', `${quote(given.owner)} cannot be an owner.`);
  return {
    name: { owner: given.owner, slug, version },
    displayName: record?.name,
    files,
    described,
    unsigned: bundle === undefined ? described : await describe(rest),
    ownBundle: bundle !== undefined,
    spec: await checkSpec(files.filter((file) => file.path !== PUBLISHER_FILE)),
  };
}

/** What the newest served version can do, to compare with; undefined if there is none or it cannot be read. */
export async function servedCapability(http: Http, name: SkillName): Promise<{ name: string; capability: Capability } | undefined> {
  try {
    const detail = await getSkill(http, name);
    if (detail.latest === null) return undefined;
    const record = await getVersion(http, { ...name, version: detail.latest });
    const capability = manifestOf(record.capability);
    return capability === undefined ? undefined : { name: `@${name.owner}/${name.slug}@${detail.latest}`, capability };
  } catch (error) {
    if (error instanceof ClientError && ['not-found', 'withdrawn', 'forbidden', 'unauthorized'].includes(error.code)) return undefined;
    throw error;
  }
}

/** Scans the very bytes that would be sent, by the registry's policy where we have it. The registry scans again; this spares a round trip. */
export async function scanLocally(
  prepared: Prepared,
  registry: Registry,
  against: { readonly name: string; readonly capability: Capability } | undefined,
): Promise<{ report: Report; policy: string; same: boolean }> {
  const preset = presets.find((name) => name === registry.policy.scan);
  const policy = preset ?? 'balanced';
  const report = await scan(await load(prepared.described.archive), {
    policy: loadPolicy(policy, ruleIds),
    ...(against === undefined ? {} : { against }),
  });
  return { report, policy, same: preset !== undefined };
}

const run = promisify(execFile);

/** Commit and address of the repository a folder lies in, as far as git tells; never an error. Credentials in an address are left out. */
export async function sourceOf(folder: string): Promise<StatedSource | undefined> {
  const git = async (...args: string[]): Promise<string | undefined> => {
    try {
      // No hooks, no prompts, no helper programs of the repository's own settings.
      const { stdout } = await run('git', ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-C', folder, ...args], {
        timeout: 5000,
        maxBuffer: 65_536,
        env: { PATH: process.env['PATH'], GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
      });
      return stdout.trim();
    } catch {
      return undefined;
    }
  };
  const commit = await git('rev-parse', '--verify', 'HEAD');
  if (commit === undefined || !/^[0-9a-f]{40,64}$/.test(commit)) return undefined;
  const path = await git('rev-parse', '--show-prefix');
  const remote = await git('config', '--get', 'remote.origin.url');
  const uri = remote === undefined ? undefined : plainAddress(remote);
  return {
    kind: 'git',
    commit,
    ...(path === undefined || path === '' ? {} : { path: path.replace(/\/$/, '').slice(0, 1024) }),
    ...(uri === undefined ? {} : { uri }),
  };
}

/** A web address without user, password and query; undefined for paths of this machine. */
function plainAddress(text: string): string | undefined {
  const scp = /^(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9.-]+):(?!\/\/)([^\s]+)$/.exec(text);
  const candidate = scp === null ? text : `ssh://${scp[1]}/${scp[2]}`;
  if (!URL.canParse(candidate)) return undefined;
  const url = new URL(candidate);
  if (!['https:', 'http:', 'ssh:', 'git:'].includes(url.protocol)) return undefined;
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url.href.slice(0, 2048);
}
