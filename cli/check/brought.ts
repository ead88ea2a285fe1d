/**
 * What a change brings for the check itself, beyond which of its files differ: whether the new policy can be read at all, and what signed approvals are for that speak of a path which the change leaves as it is.
 *
 * Promises: a signature counts only for content that was read and digested here, also where nothing differs. Stops: a policy that breaks every check after it is merged, and goes in as one more edit of a file.
 */
import { visible } from '../../scanner/report/escape.ts';
import { type Approval, type Package, POLICY_NAME, type RepositoryProblem } from './model.ts';
import type { Repository } from './repository.ts';

const MOST = 8 * 1024 * 1024;

/** The problem with why the policy of `tree` cannot be read, if it is about that policy and it cannot. */
export async function withPolicyFault(repository: Repository, tree: string, problem: RepositoryProblem): Promise<RepositoryProblem> {
  if (problem.path !== POLICY_NAME || problem.code !== 'guarded-file') return problem;
  const bytes = await repository.read(tree, POLICY_NAME, MOST);
  if (bytes === undefined) return problem;
  const { loadPolicy, ruleIds } = await import('../../scanner/index.ts');
  try {
    loadPolicy({ file: POLICY_NAME, text: bytes.toString('utf8') }, ruleIds);
    return problem;
  } catch (error) {
    if ((error as Error).name !== 'PolicyError') throw error;
    return { ...problem, says: `The new policy cannot be read, and once merged every check ends with that: ${visible((error as Error).message)}` };
  }
}

/**
 * Packages and problems of a whole tree that these approvals may be signed for. Costs a listing of the tree; asked only when a signature is for something that the change does not touch.
 */
export async function spokenOf(
  repository: Repository,
  tree: string,
  approvals: readonly Approval[],
): Promise<{ readonly packages: readonly Package[]; readonly problems: readonly RepositoryProblem[] }> {
  const { findTouched } = await import('./touched.ts');
  const paths = new Set(approvals.map(({ path }) => path));
  const { touched, problems } = await findTouched(repository, undefined, tree, { all: true });
  return {
    packages: touched.flatMap(({ after }) => (after !== undefined && paths.has(after.path) ? [after] : [])),
    problems: problems.filter(({ path }) => paths.has(path)),
  };
}
