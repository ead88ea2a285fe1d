/**
 * What a CI says about the change it runs for: which commit is the tip of the target branch, which one is the change, whether it comes from a fork, and whether this run may write a cache that others read.
 *
 * It promises that only values which the CI itself sets are believed, and only where they have the shape they must have: commits are hexadecimal ids, branches are names that git would accept, addresses are https (or
 * the CI's own http). What does not fit is refused with the variable's name, never passed on: a branch named like an option or a shell command is text of whoever opened the pull request. Nothing here starts a process
 * or reads a file but the event file that GitHub names.
 *
 * GitHub: https://docs.github.com/actions/reference/workflows-and-actions/variables, …/events-that-trigger-workflows. GitLab: https://docs.gitlab.com/ci/variables/predefined_variables/.
 */
import { visible } from '../../scanner/report/escape.ts';
import { CheckError } from './model.ts';

export type CiEvent = 'pull_request' | 'pull_request_target' | 'merge_group' | 'push' | 'tag' | 'schedule' | 'manual' | 'other';

/** Where files of the change can be looked at. Every part has been checked for its shape. */
export interface Links {
  readonly style: 'github' | 'gitlab';
  /** `https://github.com`, without a slash at its end. */
  readonly server: string;
  /** `owner/name`, on GitLab with any number of groups before the name. */
  readonly repository: string;
  readonly sha: string;
}

export interface Surroundings {
  readonly ci?: 'github' | 'gitlab' | 'other';
  readonly event?: CiEvent;
  /** `change`: base and head are known; `all`: a full run; `none`: there is nothing to check (a branch was deleted). Absent: nothing says so, the command's own defaults apply. */
  readonly mode?: 'change' | 'all' | 'none';
  /** Commit id or full ref of the tip of the target branch. */
  readonly base?: string;
  /** Commit id of the change. Absent: what is checked out. */
  readonly head?: string;
  /**
   * The commit that the CI made by merging the change into the tip, and the change's own commit. If `HEAD` is `commit` and its second parent is `head`, its first parent is the tip, newer than what the event says
   * ({@link settle}).
   */
  readonly merge?: { readonly commit: string; readonly head: string };
  /** The head replaces the base (a push): what is vetted is the head itself, also when history was rewritten. */
  readonly replaces?: boolean;
  /** The change comes from another repository than the one it asks to enter. */
  readonly fork: boolean;
  /** Name of the target branch. */
  readonly target?: string;
  /** Only true where nobody but the target branch has a say: pushes to it, scheduled runs, and a person's own machine. */
  readonly mayWriteCache: boolean;
  readonly links?: Links;
  /** Number of the pull or merge request. */
  readonly number?: number;
  /** One sentence each, for a person. */
  readonly notes: readonly string[];
}

export type Env = Readonly<Record<string, string | undefined>>;
/** Reads a text file of at most `most` bytes; throws when there is none or it is larger. */
export type ReadText = (path: string, most: number) => string;

/** GitHub cuts payloads at 25 MB. */
const EVENT_BYTES = 26 * 1024 * 1024;
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const NONE = /^0+$/;

/** Fields of JSON from outside, one at a time. */
type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const quoted = (value: string): string => `"${visible(value).slice(0, 120)}"`;

/** A commit id, or a refusal that names where it came from. */
function commitOf(value: unknown, from: string): string {
  const given = text(value);
  if (given !== undefined && COMMIT.test(given)) return given;
  throw new CheckError(
    `${from} should be a commit id, but is ${given === undefined ? 'missing' : quoted(given)}. This run cannot tell what it compares; give --base and --head.`,
  );
}

/** Rules of git-check-ref-format that matter here: nothing that is an option, leaves its place, or is read as anything but a name. */
export function branchName(value: unknown, from: string): string {
  const given = text(value);
  const fits =
    given !== undefined &&
    given.length <= 250 &&
    !/[\p{Cc}\p{Cf}\p{Zs}~^:?*[\\]|\.\.|@\{|\/\//u.test(given) &&
    !given.startsWith('-') &&
    !given.startsWith('/') &&
    !given.endsWith('/') &&
    !given.endsWith('.') &&
    !given.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock'));
  if (fits) return given;
  throw new CheckError(`${from} should be the name of a branch, but is ${given === undefined ? 'missing' : quoted(given)}. Give --base and --head.`);
}

/** Where blobs can be linked to, or undefined when any part does not have its shape: a report without links is better than one with foreign links. */
export function linksOf(style: Links['style'], server: unknown, repository: unknown, sha: unknown): Links | undefined {
  const [host, name, commit] = [text(server)?.replace(/\/$/, ''), text(repository), text(sha)];
  if (host === undefined || name === undefined || commit === undefined || !COMMIT.test(commit)) return undefined;
  if (!/^https?:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?(?:\/[A-Za-z0-9._~-]+)*$/.test(host) || host.length > 200) return undefined;
  const parts = name.split('/');
  if (name.length > 400 || parts.length < 2 || (style === 'github' && parts.length > 2)) return undefined;
  if (!parts.every((part) => /^[A-Za-z0-9._-]+$/.test(part) && part !== '.' && part !== '..')) return undefined;
  return { style, server: host, repository: name, sha: commit };
}

const withLinks = (links: Links | undefined): { links?: Links } => (links === undefined ? {} : { links });
const numbered = (value: unknown): { number?: number } => (Number.isSafeInteger(value) && (value as number) > 0 ? { number: value as number } : {});

/**
 * Reads the surroundings.
 * @param readText for GitHub's event file
 * @throws CheckError when a CI is recognised but does not say what it must
 */
export function fromEnvironment(env: Env, readText: ReadText): Surroundings {
  if (env['GITHUB_ACTIONS'] === 'true') return github(env, readText);
  if (env['GITLAB_CI'] === 'true') return gitlab(env);
  if (env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false') return { ci: 'other', fork: false, mayWriteCache: false, notes: [] };
  return { fork: false, mayWriteCache: true, notes: [] };
}

/**
 * The base and head to use, once the repository is at hand.
 * @param parents parents of a commit in order; undefined if it is not there
 */
export async function settle(
  around: Surroundings,
  parents: (ref: string) => Promise<{ readonly commit: string; readonly parents: readonly string[] } | undefined>,
): Promise<{ readonly base?: string; readonly head?: string }> {
  const said = { ...(around.base === undefined ? {} : { base: around.base }), ...(around.head === undefined ? {} : { head: around.head }) };
  if (around.merge === undefined) return said;
  const here = await parents('HEAD');
  if (here?.commit !== around.merge.commit || here.parents.length !== 2 || here.parents[1] !== around.merge.head) return said;
  return { base: here.parents[0]!, head: here.commit };
}

// ------------------------------------------------------------------------------------------------------------------------ GitHub

function eventOf(env: Env, readText: ReadText): Fields {
  const path = text(env['GITHUB_EVENT_PATH']);
  if (path === undefined)
    throw new CheckError('GITHUB_EVENT_PATH is not set, although GITHUB_ACTIONS is. Give --base and --head, or unset GITHUB_ACTIONS.');
  try {
    return fields(JSON.parse(readText(path, EVENT_BYTES)));
  } catch (error) {
    throw new CheckError(`The event file that GITHUB_EVENT_PATH names could not be read as JSON. Give --base and --head.`, { cause: error });
  }
}

const githubLinks = (env: Env, repository: unknown, sha: unknown): { links?: Links } =>
  withLinks(linksOf('github', env['GITHUB_SERVER_URL'] ?? 'https://github.com', repository, sha));

function github(env: Env, readText: ReadText): Surroundings {
  const name = env['GITHUB_EVENT_NAME'] ?? '';
  const here = githubLinks(env, env['GITHUB_REPOSITORY'], env['GITHUB_SHA']);
  const full = (event: CiEvent, mayWriteCache: boolean, notes: readonly string[] = []): Surroundings => ({
    ci: 'github',
    event,
    mode: 'all',
    fork: false,
    mayWriteCache,
    notes,
    ...here,
  });
  switch (name) {
    case 'pull_request':
    case 'pull_request_target':
      return pullRequest(name, env, eventOf(env, readText));
    case 'merge_group': {
      const group = fields(eventOf(env, readText)['merge_group']);
      return {
        ci: 'github',
        event: 'merge_group',
        mode: 'change',
        base: commitOf(group['base_sha'], 'merge_group.base_sha of the event'),
        head: commitOf(group['head_sha'], 'merge_group.head_sha of the event'),
        fork: false,
        target: branchName(text(group['base_ref'])?.replace(/^refs\/heads\//, ''), 'merge_group.base_ref of the event'),
        mayWriteCache: false,
        notes: [],
        ...here,
      };
    }
    case 'push':
      return githubPush(env, eventOf(env, readText), here);
    case 'schedule':
      return full('schedule', true);
    case 'workflow_dispatch':
      return full('manual', false);
    default:
      return {
        ci: 'github',
        event: 'other',
        fork: false,
        mayWriteCache: false,
        notes: [`The event ${quoted(name)} does not say what changed: give --base and --head, or --all for a full run.`],
        ...here,
      };
  }
}

function pullRequest(event: 'pull_request' | 'pull_request_target', env: Env, payload: Fields): Surroundings {
  const pull = fields(payload['pull_request']);
  const base = fields(pull['base']);
  const head = fields(pull['head']);
  const headCommit = commitOf(head['sha'], 'pull_request.head.sha of the event');
  const from = text(fields(head['repo'])['full_name']);
  const to = text(fields(base['repo'])['full_name']);
  const commit = text(env['GITHUB_SHA']);
  return {
    ci: 'github',
    event,
    mode: 'change',
    base: commitOf(base['sha'], 'pull_request.base.sha of the event'),
    head: headCommit,
    // Of pull_request_target GITHUB_SHA is the target branch, not the merge.
    ...(event === 'pull_request' && commit !== undefined && COMMIT.test(commit) ? { merge: { commit, head: headCommit } } : {}),
    // A fork that was deleted has no repository any more.
    fork: from === undefined || from !== to,
    target: branchName(base['ref'], 'pull_request.base.ref of the event'),
    mayWriteCache: false,
    notes:
      event === 'pull_request_target'
        ? [
            'This workflow runs on pull_request_target, with the secrets of the target branch. skillward does not need that: use pull_request, also for forks.',
          ]
        : [],
    ...githubLinks(env, from ?? to, headCommit),
    ...numbered(pull['number']),
  };
}

function githubPush(env: Env, payload: Fields, here: { links?: Links }): Surroundings {
  const ref = text(payload['ref']) ?? text(env['GITHUB_REF']) ?? '';
  const standard = text(fields(payload['repository'])['default_branch']);
  const common = { ci: 'github', fork: false, ...here } as const;
  if (ref.startsWith('refs/tags/')) return { ...common, event: 'tag', mode: 'all', mayWriteCache: false, notes: [] };
  const target = branchName(ref.replace(/^refs\/heads\//, ''), 'ref of the event');
  const before = text(payload['before']) ?? '';
  const after = text(payload['after']) ?? '';
  const own = standard !== undefined && target === standard;
  const push = { ...common, event: 'push', target, mayWriteCache: own } as const;
  if (payload['deleted'] === true || NONE.test(after))
    return { ...push, mode: 'none', mayWriteCache: false, notes: [`The branch ${quoted(target)} was deleted: there is nothing to check.`] };
  const head = commitOf(after, 'after of the event');
  if (NONE.test(before)) {
    if (own || standard === undefined) return { ...push, mode: 'all', notes: [`The branch ${quoted(target)} is new: everything in it is checked.`] };
    const name = branchName(standard, 'repository.default_branch of the event');
    return {
      ...push,
      mode: 'change',
      base: `refs/remotes/origin/${name}`,
      head,
      notes: [`The branch ${quoted(target)} is new: it is compared with ${quoted(name)}.`],
    };
  }
  return {
    ...push,
    mode: 'change',
    base: commitOf(before, 'before of the event'),
    head,
    replaces: true,
    notes:
      payload['forced'] === true ? [`The branch ${quoted(target)} was force-pushed: it is compared with the commit that it pointed to before.`] : [],
  };
}

// ------------------------------------------------------------------------------------------------------------------------ GitLab

function gitlab(env: Env): Surroundings {
  const source = env['CI_PIPELINE_SOURCE'] ?? '';
  const here = withLinks(linksOf('gitlab', env['CI_SERVER_URL'], env['CI_PROJECT_PATH'], env['CI_COMMIT_SHA']));
  const common = { ci: 'gitlab', fork: false, ...here } as const;
  if (source === 'merge_request_event' || text(env['CI_MERGE_REQUEST_IID']) !== undefined) return mergeRequest(env);
  if (source === 'schedule')
    return { ...common, event: 'schedule', mode: 'all', mayWriteCache: env['CI_COMMIT_BRANCH'] === env['CI_DEFAULT_BRANCH'], notes: [] };
  if (text(env['CI_COMMIT_TAG']) !== undefined) return { ...common, event: 'tag', mode: 'all', mayWriteCache: false, notes: [] };
  if (source === 'push') return gitlabPush(env, common);
  if (['web', 'api', 'trigger', 'pipeline', 'parent_pipeline', 'chat'].includes(source))
    return { ...common, event: 'manual', mode: 'all', mayWriteCache: false, notes: [] };
  return {
    ...common,
    event: 'other',
    mayWriteCache: false,
    notes: [`A pipeline from ${quoted(source)} does not say what changed: give --base and --head, or --all for a full run.`],
  };
}

function mergeRequest(env: Env): Surroundings {
  const target = branchName(env['CI_MERGE_REQUEST_TARGET_BRANCH_NAME'], 'CI_MERGE_REQUEST_TARGET_BRANCH_NAME');
  const type = env['CI_MERGE_REQUEST_EVENT_TYPE'] ?? 'detached';
  const commit = commitOf(env['CI_COMMIT_SHA'], 'CI_COMMIT_SHA');
  const merged = type === 'merged_result' || type === 'merge_train';
  // Empty unless the pipeline is one of merged results.
  const source = text(env['CI_MERGE_REQUEST_SOURCE_BRANCH_SHA']);
  const head = merged && source !== undefined ? commitOf(source, 'CI_MERGE_REQUEST_SOURCE_BRANCH_SHA') : commit;
  const tip = text(env['CI_MERGE_REQUEST_TARGET_BRANCH_SHA']);
  const home = text(env['CI_MERGE_REQUEST_PROJECT_ID']);
  const inFork = home !== undefined && text(env['CI_PROJECT_ID']) !== undefined && home !== env['CI_PROJECT_ID'];
  const from = text(env['CI_MERGE_REQUEST_SOURCE_PROJECT_ID']);
  const number = Number(env['CI_MERGE_REQUEST_IID']);
  return {
    ci: 'gitlab',
    event: type === 'merge_train' ? 'merge_group' : 'pull_request',
    mode: 'change',
    base:
      tip !== undefined && merged
        ? commitOf(tip, 'CI_MERGE_REQUEST_TARGET_BRANCH_SHA')
        : inFork
          ? 'refs/skillward/target'
          : `refs/remotes/origin/${target}`,
    head,
    ...(merged && source !== undefined ? { merge: { commit, head } } : {}),
    fork: inFork || (from !== undefined && home !== undefined && from !== home),
    target,
    mayWriteCache: false,
    notes: inFork ? ["This pipeline runs in the fork, with the fork's settings: it informs, but it does not bind."] : [],
    ...withLinks(linksOf('gitlab', env['CI_SERVER_URL'], env['CI_MERGE_REQUEST_SOURCE_PROJECT_PATH'] ?? env['CI_PROJECT_PATH'], head)),
    ...numbered(number),
  };
}

function gitlabPush(env: Env, common: { readonly ci: 'gitlab'; readonly fork: false; readonly links?: Links }): Surroundings {
  const target = branchName(env['CI_COMMIT_BRANCH'], 'CI_COMMIT_BRANCH');
  const standard = text(env['CI_DEFAULT_BRANCH']);
  const own = target === standard;
  const before = text(env['CI_COMMIT_BEFORE_SHA']) ?? '';
  const push = { ...common, event: 'push', target, mayWriteCache: own } as const;
  const head = commitOf(env['CI_COMMIT_SHA'], 'CI_COMMIT_SHA');
  if (before !== '' && !NONE.test(before))
    return { ...push, mode: 'change', base: commitOf(before, 'CI_COMMIT_BEFORE_SHA'), head, replaces: true, notes: [] };
  if (own || standard === undefined) return { ...push, mode: 'all', notes: [`The branch ${quoted(target)} is new: everything in it is checked.`] };
  const name = branchName(standard, 'CI_DEFAULT_BRANCH');
  return {
    ...push,
    mode: 'change',
    base: `refs/remotes/origin/${name}`,
    head,
    notes: [`The branch ${quoted(target)} is new: it is compared with ${quoted(name)}.`],
  };
}
