/** Changes of the list of approvals, as `skill accept` makes them. Pure. */
import { order } from '../document.ts';
import type { Accepted, Approval, CheckReport, Issue } from '../model.ts';
import { REACHES } from './file.ts';

/** Something that could be accepted, with the path and content that the approval would name. */
export interface Open {
  readonly path: string;
  readonly tree: string;
  readonly accepts: Accepted;
  /** The issue it would settle. */
  readonly issue: Issue;
}

const same = (a: Accepted, b: Accepted): boolean => a.rule === b.rule && a.evidence === b.evidence && a.reach === b.reach;

/** Everything that an approval of this change would write, each with its issue. */
export function openOf(report: CheckReport): Open[] {
  const issues = [
    ...report.skills.flatMap((skill) => skill.issues.map((issue) => ({ path: skill.path, tree: skill.digest, issue }))),
    ...report.issues.map((issue) => ({ path: issue.place.path, tree: issue.evidence, issue })),
  ];
  return report.wanted.flatMap(({ path, tree, accepts }) =>
    accepts.flatMap((one) => {
      const found = issues.find((row) => row.path === path && row.tree === tree && same(row.issue, one));
      return found === undefined ? [] : [{ path, tree, accepts: one, issue: found.issue }];
    }),
  );
}

/** One approval for each path and content. */
export function approvalsFor(open: readonly Open[], by: Pick<Approval, 'owner' | 'reason' | 'expires'>): Approval[] {
  const groups = new Map<string, { path: string; tree: string; accepts: Accepted[] }>();
  for (const { path, tree, accepts } of open) {
    const at = JSON.stringify([path, tree]);
    const group = groups.get(at) ?? { path, tree, accepts: [] };
    if (!group.accepts.some((one) => same(one, accepts))) group.accepts.push(accepts);
    groups.set(at, group);
  }
  return [...groups.values()].map((group) => ({ ...group, ...by })).sort((a, b) => order(a.path, b.path) || order(a.tree, b.tree));
}

/** `ours` accepts nothing that `theirs` does not. */
const within = (ours: Approval, theirs: Approval): boolean =>
  ours.accepts.every((one) =>
    theirs.accepts.some(
      (other) => one.rule === other.rule && one.evidence === other.evidence && REACHES.indexOf(one.reach) >= REACHES.indexOf(other.reach),
    ),
  );

/**
 * The list with new approvals. An older one for the same path that says no more, and is not on the target branch, was for an earlier state of the change, and goes: that of the same owner, and that of another owner who
 * signed other content, which counts for nothing any more and would hold the change up.
 * @param tip approvals on the target branch: they stay
 */
export function withApprovals(
  list: readonly Approval[],
  added: readonly Approval[],
  tip: readonly Approval[],
): { list: Approval[]; replaced: Approval[] } {
  const onTip = new Set(tip.map((approval) => JSON.stringify(approval)));
  const isReplaced = (old: Approval): boolean =>
    !onTip.has(JSON.stringify(old)) &&
    added.some((one) => one.path === old.path && (one.owner === old.owner || isOver(old, one)) && within(old, one));
  return { list: [...list.filter((old) => !isReplaced(old)), ...added], replaced: list.filter(isReplaced) };
}

/** Signed for what is not there any more. At the top of the repository a skill and the agent files have one path and two contents, so there nobody can say. */
const isOver = (old: Approval, now: Approval): boolean => old.signature !== undefined && old.tree !== now.tree && now.path !== '';

/** Why an approval can go; undefined if it is needed. */
export function whyNotNeeded(approval: Approval, reports: readonly CheckReport[], asOf: string): string | undefined {
  if (approval.expires < asOf) return `ended on ${approval.expires}`;
  const needed = reports.some((report) =>
    [
      ...report.skills.flatMap((skill) => skill.issues.map((issue) => ({ path: skill.path, issue }))),
      ...report.issues.map((issue) => ({ path: issue.place.path, issue })),
    ].some(
      ({ path, issue }) =>
        path === approval.path &&
        approval.accepts.some(
          (one) => one.rule === issue.rule && one.evidence === issue.evidence && REACHES.indexOf(issue.reach) >= REACHES.indexOf(one.reach),
        ),
    ),
  );
  return needed ? undefined : 'nothing needs it any more';
}
