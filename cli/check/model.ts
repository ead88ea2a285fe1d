/**
 * The nouns of `skill check`: what of a repository is vetted, what was found, who allowed it. Plain data; every output format is a function of CheckReport.
 *
 *   repository (git objects) -> Touched -> Examined (scanner, or the cache) -> Change -> Issue + Belief (approvals, baseline) -> CheckReport -> comment, annotations, SARIF…
 *
 * Paths are paths in the repository, `/`-separated, unless a field says otherwise.
 */
import type { SourceEntry } from '../../scanner/load/index.ts';
import type { Change, Decision, Reach, ReportStep, Severity } from '../../scanner/model.ts';

/** A mistake of the caller, or a repository that cannot be judged: exit code 2, message only. */
export class CheckError extends Error {
  readonly code = 'CHECK';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CheckError';
  }
}

// ---------------------------------------------------------------------------------------------------------------- what is vetted

/** `skill`: a folder with a SKILL.md. `agent-files`: all that agents and editors load from the repository without being asked, outside of skills, vetted as one. */
export type PackageKind = 'skill' | 'agent-files';

/** One thing that is vetted as a whole, at one state of the repository. Its bytes are read only when the cache does not know it. */
export interface Package {
  readonly kind: PackageKind;
  /** Folder in the repository; empty for its top and for agent files. */
  readonly path: string;
  /** `sha256:<hex>` over (path inside, mode, git object id), sorted: equal exactly when the content is. */
  readonly tree: string;
  /** Files from outside of the folder that the skill refers to (`../shared/lib.sh`), by their repository paths. They are vetted with it. */
  readonly shared: readonly string[];
  /** Reads the bytes. Paths of entries are paths inside the package; `repositoryPath` leads back. */
  entries(): Promise<readonly SourceEntry[]>;
  /** Path in the repository of a path inside the package (members of archives keep their `!/` tail). */
  repositoryPath(inside: string): string;
}

export interface Touched {
  readonly kind: PackageKind;
  /** Where it stands at the head; for what was removed, where it stood. */
  readonly path: string;
  readonly status: 'added' | 'changed' | 'moved' | 'removed';
  /** Where it stood at the base, if it was moved. */
  readonly from?: string;
  /** Repository paths whose change touched it, sorted, at most 50. */
  readonly by: readonly string[];
  readonly before?: Package;
  readonly after?: Package;
}

/** Something about the repository itself that a scan of one skill cannot see. */
export interface RepositoryProblem {
  readonly code: ProblemCode;
  readonly gate: 'block' | 'review' | 'incomplete';
  readonly path: string;
  readonly says: string;
  readonly fix: string;
  /** What an approval binds to: `sha256:<hex>` of the new content, `commit:<oid>` of a submodule, `removed`. */
  readonly evidence: string;
}
export type ProblemCode =
  /** Policy, lock, approvals, baseline, code owners, or a workflow that runs the check was changed. */
  | 'guarded-file'
  | 'submodule'
  /** A name with control, bidirectional or invisible characters, or one that is not what it looks like. */
  | 'unsafe-name'
  /** Two paths that are one on some file systems. */
  | 'name-collision'
  /** A link that leaves the repository, or that stands where a skill or an agent's file would. */
  | 'link'
  /** A skill that the lock lists does not have the locked bytes. */
  | 'lock-mismatch'
  | 'unreadable-file';

// ---------------------------------------------------------------------------------------------------------------------- approvals

/** One thing that somebody accepted. `rule` is a rule id (`CAP-004` for an ability) or `check/<ProblemCode>`. */
export interface Accepted {
  readonly rule: string;
  readonly evidence: string;
  readonly reach: Reach;
}

/** One decision of one person about one path. */
export interface Approval {
  readonly path: string;
  /** Digest of the content it was given for (Skill.digest of the vetted package, or the problem's evidence). Signatures cover it; without one it informs. */
  readonly tree: string;
  readonly accepts: readonly Accepted[];
  readonly owner: string;
  readonly reason: string;
  /** ISO date, last day it counts. */
  readonly expires: string;
  /** Armoured SSH signature (`ssh-keygen -Y sign -n skillward-approval`) over `approvalText`. */
  readonly signature?: string;
}

/** What an approval is worth here and now. Only `tip`, `signed` and `code-owners` count. */
export type Standing =
  | 'tip'
  | 'signed'
  | 'code-owners'
  /** In the change itself, without a signature: says nothing about who approved. */
  | 'unsigned'
  /** Signed, but not by a key that the tip's policy lists for that owner, or not over this content. */
  | 'bad-signature'
  | 'expired';

export interface Belief {
  readonly approval: Approval;
  readonly standing: Standing;
  /** One sentence, for a person. */
  readonly why: string;
}

// ------------------------------------------------------------------------------------------------------------------------ results

export interface IssuePlace {
  /** Path in the repository. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** One reason for a person to look, or to stop. */
export interface Issue {
  /** Finding id, `CAP-004-<16 hex>` for growth, `check-<code>-<16 hex>` for a problem. */
  readonly id: string;
  readonly kind: 'finding' | 'growth' | 'problem' | 'unread';
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly gate: 'block' | 'review' | 'incomplete';
  readonly says: string;
  readonly fix: string;
  readonly evidence: string;
  readonly reach: Reach;
  readonly place: IssuePlace;
  /** Evidence trace; paths are repository paths. Empty for problems. */
  readonly steps: readonly ReportStep[];
  /**
   * Why it is (not) held against the change. `new`: it is. `rule-changed`: the content was there when the baseline was recorded, the rules were others. `older`: it was there before and nobody accepted it; listed
   * only. `accepted` and `baseline` are settled. `expired`: was accepted until a day that is over.
   */
  readonly state: 'new' | 'rule-changed' | 'older' | 'accepted' | 'baseline' | 'expired';
  /** The approval that speaks of it, whatever it is worth. */
  readonly belief?: Belief;
}

export interface CheckedSkill {
  readonly kind: PackageKind;
  readonly path: string;
  readonly name: string;
  readonly status: Touched['status'] | 'present';
  readonly from?: string;
  /** Skill.digest of what was vetted: what `skill accept` signs. Empty for a removed skill. */
  readonly digest: string;
  readonly decision: Decision;
  readonly issues: readonly Issue[];
  /** Absent in a full run, which compares with nothing. */
  readonly change?: Change;
  /** Files from outside of its folder that were vetted with it. */
  readonly shared: readonly string[];
  readonly by: readonly string[];
}

export interface CheckReport {
  readonly schema: 'skillward.check.v1';
  readonly tool: { readonly name: 'skillward'; readonly version: string };
  readonly rules: { readonly digest: string; readonly count: number };
  readonly policy: { readonly name: string; readonly digest: string; readonly asOf: string; readonly from: string };
  readonly repository: {
    readonly mode: 'change' | 'staged' | 'all';
    /** Commit ids; absent where there is none (staged, all). */
    readonly base?: string;
    readonly head?: string;
    /** How the vetted tree came about. */
    readonly result: 'head' | 'merged' | 'index';
    /** Id of the git tree that was vetted. */
    readonly tree: string;
  };
  readonly verdict: {
    readonly decision: Decision;
    readonly says: string;
    /** 0 pass, 1 block, 3 review, 4 incomplete; 0 with `--warn-only`. */
    readonly exitCode: 0 | 1 | 3 | 4;
    /** Nothing to tell: no output, no comment. */
    readonly silent: boolean;
    readonly warnOnly: boolean;
  };
  /** Touched skills in code-unit order of their paths; in a full run every one. */
  readonly skills: readonly CheckedSkill[];
  /** Issues of the repository itself, by path. */
  readonly issues: readonly Issue[];
  /** What an approval of this change would write, ready for `skills.approved.json` but for owner, reason and expiry. */
  readonly wanted: readonly Omit<Approval, 'owner' | 'reason' | 'expires' | 'signature'>[];
  readonly approvals: readonly Belief[];
  readonly counts: { readonly skills: number; readonly touched: number; readonly cached: number };
}

/** Files at the top of the repository that the check itself obeys. */
export const POLICY_NAME = 'skills.policy.yaml';
export const APPROVALS_NAME = 'skills.approved.json';
export const BASELINE_NAME = 'skills.baseline.json';
export const LOCK_FILE = 'skills.lock.json';
