/**
 * What an approval is worth here and now. The text of a change proves nothing about who approved it: what counts stands on the tip of the target branch already, or is signed by a key that
 * the tip's policy lists for its owner, over exactly the content that was vetted; or the tip says that code owners guard the file.
 *
 * Order of the questions: is it over? is it on the tip? is it signed? is the file guarded? A bad signature is worse than none: somebody wanted it to look like more than it is.
 */
import type { Reach } from '../../../scanner/model.ts';
import type { CheckSettings } from '../../../scanner/policy/contract.ts';
import type { Accepted, Approval, Belief, Standing } from '../model.ts';
import { approvalText, REACHES } from './file.ts';
import { whyNotSigned } from './signature.ts';

/** Signatures that one check verifies: each costs a process. */
const SIGNATURES = 200;
const AT_ONCE = 4;

export interface Judging {
  /** Approvals on the tip of the target branch. */
  readonly tip: readonly Approval[];
  /** Approvals in the result of the change; only these can count. */
  readonly result: readonly Approval[];
  /** `check` of the tip's policy. */
  readonly check: CheckSettings | undefined;
  /** The tip's policy says that code owners guard the file, and the tip's CODEOWNERS has an owner for it. */
  readonly codeOwned: boolean;
  /** Why code owners do not guard it although the policy says so. */
  readonly notOwned?: string;
  /** ISO date. */
  readonly asOf: string;
  /** Digests of what was vetted at a path: of the skill, and evidence of problems there. */
  digestsOf(path: string): readonly string[];
}

const isWithin = (reach: Reach, most: Reach): boolean => REACHES.indexOf(reach) >= REACHES.indexOf(most);

/** Whether an accepted thing speaks of an issue: same rule, same evidence, reached no more directly than what was accepted. */
const speaksOf = (accepted: Accepted, issue: Accepted): boolean =>
  accepted.rule === issue.rule && accepted.evidence === issue.evidence && isWithin(issue.reach, accepted.reach);

/** `ours` says nothing that `theirs` does not say: the same, or with things taken out, or ending earlier. Taking away needs nobody. */
const isWithinApproval = (ours: Approval, theirs: Approval): boolean =>
  ours.path === theirs.path &&
  ours.tree === theirs.tree &&
  ours.owner === theirs.owner &&
  ours.reason === theirs.reason &&
  ours.expires <= theirs.expires &&
  ours.accepts.every((accepted) => theirs.accepts.some((one) => speaksOf(one, accepted)));

/** One belief for each approval of the result, in its order. */
export async function judgeApprovals({ tip, result, check, codeOwned, notOwned, asOf, digestsOf }: Judging): Promise<Belief[]> {
  const onTip = new Map<string, Approval[]>();
  for (const approval of tip) {
    const there = onTip.get(approval.path);
    if (there === undefined) onTip.set(approval.path, [approval]);
    else there.push(approval);
  }

  const beliefs: (Belief | undefined)[] = [];
  const toVerify: { readonly index: number; readonly approval: Approval }[] = [];
  result.forEach((approval, index) => {
    const settled = (standing: Standing, why: string): void => {
      beliefs[index] = { approval, standing, why };
    };
    if (approval.expires < asOf) settled('expired', `${approval.owner} accepted it until ${approval.expires}, and today is ${asOf}.`);
    else if (onTip.get(approval.path)?.some((one) => isWithinApproval(approval, one)) === true)
      settled('tip', `It is on the target branch: accepted by ${approval.owner} until ${approval.expires}.`);
    else if (approval.signature !== undefined) toVerify.push({ index, approval });
    else if (codeOwned)
      settled('code-owners', `The target branch has code owners guard the file; accepted by ${approval.owner} until ${approval.expires}.`);
    else settled('unsigned', unsigned(approval, notOwned));
  });

  // The same text under the same signature is verified once.
  const verified = new Map<string, Promise<string | undefined>>();
  const next = toVerify[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const { index, approval } of next) {
      const why = await whyNotCounted(approval);
      beliefs[index] =
        why === undefined
          ? { approval, standing: 'signed', why: `${approval.owner} signed it for exactly this content, until ${approval.expires}.` }
          : { approval, standing: 'bad-signature', why };
    }
  };
  const whyNotCounted = (approval: Approval): Promise<string | undefined> => {
    const key = `${approvalText(approval)}\0${approval.signature}`;
    let found = verified.get(key);
    if (found === undefined) {
      found =
        verified.size >= SIGNATURES
          ? Promise.resolve(`Its signature was not verified: a change may bring at most ${SIGNATURES} signatures.`)
          : digestsOf(approval.path).includes(approval.tree)
            ? whyNotSigned(approval, check?.approvers ?? [])
            : Promise.resolve('It is signed for other content than this change has at that path; sign it again for this one.');
      verified.set(key, found);
    }
    return found;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return beliefs.map((belief) => belief!);
}

const unsigned = ({ owner }: Approval, notOwned: string | undefined): string =>
  `The change itself says that ${owner} accepted it, which proves nothing${
    notOwned === undefined
      ? `: a reviewer has to merge it into the target branch first, or ${owner} has to sign it (skill accept --sign).`
      : `, and code owners do not guard it: ${notOwned}`
  }`;

const WORTH: readonly Standing[] = ['tip', 'signed', 'code-owners', 'unsigned', 'bad-signature', 'expired'];

/** Beliefs that let an issue pass. */
export const counted = (standing: Standing): boolean => WORTH.indexOf(standing) < 3;

/**
 * The best belief that speaks of an issue; undefined if none does.
 * @param issue `tree` is the digest of what was vetted there; with it, an approval that is signed for one thing at a path does not count for another there (a skill at the top of the repository, and the agent files)
 */
export function beliefFor(
  beliefs: readonly Belief[],
  issue: { readonly path: string; readonly rule: string; readonly evidence: string; readonly reach: Reach; readonly tree?: string },
): Belief | undefined {
  let best: Belief | undefined;
  for (const belief of beliefs) {
    const { approval, standing } = belief;
    if (approval.path !== issue.path || !approval.accepts.some((accepted) => speaksOf(accepted, issue))) continue;
    if (standing === 'signed' && issue.tree !== undefined && approval.tree !== issue.tree) continue;
    if (best === undefined || WORTH.indexOf(standing) < WORTH.indexOf(best.standing)) best = belief;
  }
  return best;
}

/**
 * Approvals that the change brings and that nothing proves. They hold it up even if nothing in it needs them: an approval that is merged today speaks for the attack of tomorrow.
 */
export const unproven = (beliefs: readonly Belief[]): Belief[] =>
  beliefs.filter(({ standing }) => standing === 'unsigned' || standing === 'bad-signature');
