/**
 * What a version needs before it may be signed, and whether the recorded approvals give it. Pure: rows in, judgement out. The gate asks it when a person approves and
 * again before serving; the signer asks it by itself before it signs, so that neither has to believe the other.
 *
 * Stops: a publisher who approves their own work, one person counted twice, approvals by people who have since lost the role, approvals of other bytes, a blocked version
 * that nobody broke the glass for. Publisher and approver are compared as people, never as tokens. Every doubt counts as no.
 */
import type { RegistryPolicy, UserRole } from '../model.ts';
import type { ApprovalRow } from '../store/schema.ts';

/** What the scan said: a verdict's decision, or `failed` when the scanner did not finish. */
export type ScanDecision = 'pass' | 'review' | 'block' | 'incomplete' | 'failed';

/** What has to happen with a version that was scanned so: nothing more, a review, a break-glass approval, a new scan, or a final no. */
export type Route = 'auto' | 'review' | 'break-glass' | 'rescan' | 'refuse';

/** Shortest reason (characters) that a break-glass approval may give. */
export const breakGlassReason = 20;

/**
 * Which way policy sends a version.
 * @param growth whether it can do more than the newest served version
 * @param person whether somebody has to look for another reason, such as a name close to another's
 */
export function routeOf(decision: string | null, growth: boolean, policy: RegistryPolicy, person = false): Route {
  const { approval } = policy;
  switch (decision) {
    case 'pass':
      return approval.pass === 'review' || person || (growth && approval.growth === 'review') ? 'review' : 'auto';
    case 'review':
    case 'incomplete':
      return approval.review === 'refuse' ? 'refuse' : 'review';
    case 'block':
      return approval.block === 'refuse' ? 'refuse' : 'break-glass';
    default:
      // Not scanned, scan failed, or a word that we do not know.
      return 'rescan';
  }
}

/**
 * Whether a version comes from somebody else and policy wants a person to look at what does. What is imported from a folder is the importer's own, as far as anybody can tell: they could have
 * published it. The gate and the signer both ask this.
 * @param source the column `source` of the version
 */
export function foreign(source: string, policy: RegistryPolicy): boolean {
  if (policy.approval.import === 'auto') return false;
  const { kind, from } = JSON.parse(source) as { readonly kind?: unknown; readonly from?: unknown };
  return kind === 'import' && from !== 'folder';
}

/** A user as far as approvals go, as they are now. */
export interface Person {
  readonly id: string;
  readonly role: UserRole;
  readonly disabled: boolean;
}

export type Approval = Pick<ApprovalRow, 'user_id' | 'decision' | 'reason' | 'archive_sha256' | 'break_glass' | 'created_at'>;

export interface ApprovalInput {
  /** Decision of the scan: see ScanDecision. */
  readonly decision: string | null;
  readonly growth: boolean;
  /** Who published or imported it. */
  readonly publisherId: string;
  /** Every recorded decision about this version. */
  readonly approvals: readonly Approval[];
  /** At least everybody who decided. Somebody who is not in it has no role. */
  readonly people: readonly Person[];
  readonly policy: RegistryPolicy;
  /** Of the bytes that would be served. */
  readonly archiveSha256: string;
  /** A person has to look even if the scan passed (default false). */
  readonly person?: boolean;
}

export type Judgement =
  | {
      readonly ok: true;
      /** The publisher's own approval was needed to reach the number. Stated in the release. */
      readonly solo: boolean;
      /** The scan blocks and an admin allowed it all the same. Stated in the release. */
      readonly breakGlass: boolean;
      /** Ids of the people whose approvals count, in order of time (then id). Empty when policy let it pass by itself. */
      readonly approvers: readonly string[];
    }
  | {
      readonly ok: false;
      /** What is missing, for people. */
      readonly says: string;
    };

const no = (says: string): Judgement => ({ ok: false, says });

/** Whether the approvals satisfy the policy. */
export function judgeApprovals(input: ApprovalInput): Judgement {
  const { policy } = input;
  if (input.approvals.some((approval) => approval.decision !== 'approve')) return no('It was rejected.');
  const route = routeOf(input.decision, input.growth, policy, input.person);
  if (route === 'refuse') return no(`Policy refuses what the scan decided (${input.decision}).`);
  if (route === 'rescan') return no('It has no finished scan, so there is nothing to approve yet.');

  const people = new Map(input.people.map((person) => [person.id, person]));
  const counted = new Map<string, Approval>();
  for (const approval of [...input.approvals].sort((a, b) => a.created_at - b.created_at || (a.user_id < b.user_id ? -1 : 1))) {
    const person = people.get(approval.user_id);
    if (person === undefined || person.disabled || !mayApprove(person)) continue;
    if (approval.archive_sha256 !== input.archiveSha256) continue;
    // A later break-glass approval of somebody who has approved before replaces the earlier one.
    if (!counted.has(person.id) || approval.break_glass === 1) counted.set(person.id, approval);
  }
  const own = counted.get(input.publisherId);
  const others = [...counted.keys()].filter((id) => id !== input.publisherId);
  if (route === 'auto') return { ok: true, solo: false, breakGlass: false, approvers: others };

  const wanted = policy.approval.approvers;
  const solo = others.length < wanted && own !== undefined && policy.approval.solo;
  const approvers = solo ? [...counted.keys()] : others;
  if (approvers.length < wanted) {
    const has = `${approvers.length} of ${wanted} approval${wanted === 1 ? '' : 's'}`;
    return no(own !== undefined && !policy.approval.solo ? `It has ${has}; its publisher's own does not count.` : `It has ${has}.`);
  }
  if (route === 'break-glass') {
    const broke = approvers.some((id) => {
      const approval = counted.get(id)!;
      return approval.break_glass === 1 && people.get(id)!.role === 'admin' && [...approval.reason.trim()].length >= breakGlassReason;
    });
    if (!broke) return no(`The scan blocks it: an admin has to break the glass, with a reason of at least ${breakGlassReason} characters.`);
  }
  return { ok: true, solo, breakGlass: route === 'break-glass', approvers };
}

/** Whether somebody's role allows approving at all. */
export const mayApprove = (person: Pick<Person, 'role'>): boolean => person.role === 'approver' || person.role === 'admin';
