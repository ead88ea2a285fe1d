/**
 * Files that decide about the check itself: its policy, lock and baseline, who owns what, and the jobs that run it. A change to one of them waits for a person, whatever else it does. Approvals are judged
 * entry by entry elsewhere. A job that has nothing to do with the check is none of our business.
 */

import type { Delta } from './listing.ts';
import { BASELINE_NAME, CheckError, LOCK_FILE, POLICY_NAME, type RepositoryProblem } from './model.ts';
import { cut, evidenceOf } from './names.ts';
import type { Repository } from './repository.ts';

const OWNERS: ReadonlySet<string> = new Set(['CODEOWNERS', '.github/CODEOWNERS', 'docs/CODEOWNERS', '.gitlab/CODEOWNERS']);
const OWN: ReadonlySet<string> = new Set([POLICY_NAME, LOCK_FILE, BASELINE_NAME]);
/** Jobs of CI systems and hooks, which may run the check. */
const JOBS =
  /^(?:\.github\/(?:workflows|actions)\/.{1,500}|\.gitlab-ci\.ya?ml|\.gitlab\/.{1,500}|\.pre-commit-(?:config|hooks)\.ya?ml|(?:.{1,500}\/)?action\.ya?ml|\.?lefthook(?:-local)?\.ya?ml|\.(?:husky|githooks|git-hooks)\/.{1,500}|\.circleci\/.{1,500}|azure-pipelines\.ya?ml|Jenkinsfile|bitbucket-pipelines\.yml)$/i;
const MENTION = /skillward|skill["']?\s{1,20}["']?(?:check|vet)\b/i;
/** A job larger than this is taken to run the check. */
const MOST = 1024 * 1024;
const OWN_MOST = 8 * 1024 * 1024;

export type GuardedChange = (path: string, before: Buffer | undefined, after: Buffer | undefined) => Promise<'shrunk' | 'grown'>;

const WHAT: Readonly<Record<string, string>> = {
  [POLICY_NAME]: 'the policy that the check obeys',
  [LOCK_FILE]: 'the lock of installed skills',
  [BASELINE_NAME]: 'the baseline of known findings',
};

/** Guarded files that differ, one problem each. */
export async function guardedProblems(
  repository: Repository,
  trees: { readonly before: string; readonly after: string },
  deltas: readonly Delta[],
  change: GuardedChange = async () => 'grown',
): Promise<RepositoryProblem[]> {
  const found: RepositoryProblem[] = [];
  for (const { path, before, after } of deltas) {
    const own = OWN.has(path);
    const owners = OWNERS.has(path);
    if (!own && !owners && !JOBS.test(path)) continue;
    const most = own || owners ? OWN_MOST : MOST;
    const was = before === undefined ? undefined : await read(repository, trees.before, path, most);
    const is = after === undefined ? undefined : await read(repository, trees.after, path, most);
    const readable = was !== 'large' && is !== 'large';
    if (!own && !owners && readable && !(await runsCheck(repository, trees.before, was)) && !(await runsCheck(repository, trees.after, is))) continue;
    if (own && readable && (await change(path, was, is)) === 'shrunk') continue;
    const what = WHAT[path] ?? (owners ? 'the list of code owners' : 'a job that runs the check');
    const how = before === undefined ? 'adds' : after === undefined ? 'removes' : 'edits';
    found.push({
      code: 'guarded-file',
      gate: 'review',
      path,
      says: `The change ${how} ${what}. It does not take effect before it is merged; a person has to agree to it.`,
      fix: 'Have it approved by someone whom the target branch trusts, or make it a change of its own.',
      // The id stands for the content of what is too large to read here.
      evidence: after === undefined ? 'removed' : is === undefined || is === 'large' ? evidenceOf(after.oid) : evidenceOf(is),
    });
  }
  return cut(found, 'guarded-file');
}

/** `uses: ./.github/actions/vet`, `uses: ./.github/workflows/vet.yml`, GitLab's `local: /ci/vet.yml`. */
const LOCAL = /(?:uses|local):[ \t]{0,20}["']?(?:\.\/|\/)([\w./-]{1,300})/g;
const LOCALS = 50;

/** Does a job run the check, itself or by an action or job of the repository that it calls? */
async function runsCheck(repository: Repository, tree: string, job: Buffer | 'large' | undefined, depth = 0): Promise<boolean> {
  if (job === undefined) return false;
  if (job === 'large') return true;
  const text = job.toString('utf8');
  if (MENTION.test(text)) return true;
  if (depth >= 3) return false;
  const called = new Set([...text.matchAll(LOCAL)].slice(0, LOCALS).map((match) => match[1]!.replace(/\/$/, '')));
  for (const path of called) {
    if (path.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')) continue;
    for (const file of /\.ya?ml$/.test(path) ? [path] : [`${path}/action.yml`, `${path}/action.yaml`])
      if (await runsCheck(repository, tree, await read(repository, tree, file, MOST), depth + 1)) return true;
  }
  return false;
}

async function read(repository: Repository, tree: string, path: string, most: number): Promise<Buffer | 'large' | undefined> {
  try {
    return await repository.read(tree, path, most);
  } catch (error) {
    if (error instanceof CheckError) return 'large';
    throw error;
  }
}
