/** What the target branch says about approvals: its own list, and whose signatures it believes. For what `skill accept` tells; the check judges by itself. */
import type { CheckSettings } from '../../../scanner/policy/contract.ts';
import { APPROVALS_NAME, type Approval, type CheckReport, POLICY_NAME } from '../model.ts';
import { openRepository } from '../repository.ts';
import { approvalLimits, parseApprovals } from './file.ts';

export interface Judge {
  readonly check: CheckSettings | undefined;
  readonly approvals: readonly Approval[];
}

/** @param policy what `--policy` gave: then the repository's own file does not judge */
export async function judgeAt(cwd: string, { repository: { base, head } }: CheckReport, policy: string | undefined): Promise<Judge> {
  const tip = base ?? head;
  if (tip === undefined) return { check: undefined, approvals: [] };
  const repository = await openRepository(cwd);
  try {
    const tree = await repository.treeOf(tip);
    const read = async (path: string): Promise<string | undefined> => (await repository.read(tree, path, 2 * approvalLimits.bytes))?.toString('utf8');
    const [approvals, text] = await Promise.all([read(APPROVALS_NAME), policy === undefined ? read(POLICY_NAME) : undefined]);
    const { loadPolicy, ruleIds } = await import('../../../scanner/index.ts');
    return {
      check: text === undefined ? undefined : loadPolicy({ file: POLICY_NAME, text }, ruleIds).check,
      approvals: approvals === undefined ? [] : parseApprovals(approvals, APPROVALS_NAME),
    };
  } finally {
    await repository.close();
  }
}
