/** What policy gets and gives. It sees findings, never facts of a kind or source text; it never looks at the clock: `asOf` is an input. */
import type { CapabilityKind, Decision, Finding, Gate, RuleId, Severity } from '../model.ts';

export interface Exception {
  readonly rule: RuleId;
  /** Content-anchored finding id or normalised evidence text; see Finding.evidence. */
  readonly evidence: string;
  readonly owner: string;
  readonly reason: string;
  /** ISO date, inclusive last day. */
  readonly expires: string;
  /** Skill name it is limited to, if given. */
  readonly skill?: string;
  /** Where it is written, for messages. */
  readonly file: string;
  readonly line: number;
}

/** Who may approve changes of a repository, and what guards the files that the check obeys. Read only from the tip of the target branch. */
export interface CheckSettings {
  /** Whose signatures count, and for which owner. `key` is `<type> <base64>`; each key is listed once, an owner may have several. */
  readonly approvers: readonly { readonly owner: string; readonly key: string }[];
  /** Approvals, policy, lock and baseline are guarded by the tip's CODEOWNERS. */
  readonly codeOwners: boolean;
  /** Submodules that may be bumped without question, by their paths in the repository. */
  readonly submodules: readonly string[];
}

export interface Policy {
  readonly name: string;
  /** sha256 of the canonical JSON of the resolved policy. */
  readonly digest: string;
  /** Lowest confidence at which a gate counts; below it a finding is only listed. */
  readonly minConfidence: { readonly block: 1 | 2 | 3; readonly review: 1 | 2 | 3 };
  /** Lowest severity that a review gate counts for. */
  readonly reviewSeverity: Severity;
  readonly rules: ReadonlyMap<RuleId, { readonly gate?: Gate | 'off'; readonly severity?: Severity }>;
  readonly allow: {
    readonly hosts: readonly string[];
    readonly programs: readonly string[];
    readonly env: readonly string[];
    readonly packages: readonly string[];
  };
  /** Capability kinds that need review (or are refused) even if no rule fires: the hardened profiles. */
  readonly capabilities: ReadonlyMap<CapabilityKind, Gate>;
  /** Whether an incomplete scan may pass when what was not read is not reachable (never in secure and iron). */
  readonly incomplete: 'always' | 'reachable';
  readonly exceptions: readonly Exception[];
  /** Not part of the digest: it changes no decision about a skill. */
  readonly check?: CheckSettings;
}

/** A finding as policy leaves it, with the id that reports and exceptions use. */
export interface Decided extends Finding {
  readonly id: string;
  readonly excepted?: Exception;
}

export interface Incompleteness {
  readonly path: string;
  readonly says: string;
  readonly reachable: boolean;
}

export interface Outcome {
  readonly decision: Decision;
  readonly says: string;
  readonly findings: readonly Decided[];
  /** Ids of the findings that made the decision. */
  readonly because: readonly string[];
}
