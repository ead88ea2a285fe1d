/**
 * Findings of two versions, matched one to one. Equal rule, path and evidence first; then the same evidence in a file that moved or elsewhere; then evidence that differs only in layout, quotes, comments or consistently renamed
 * variables. Two findings that name different places to go are never one. What is worse than before has appeared; what is better stays, and its old form went.
 */
import type { Gate, Reach, ReportFinding } from '../model.ts';
import { aims, type Names, sameShape, told } from './shape.ts';

export interface FindingSide {
  readonly findings: readonly ReportFinding[];
  readonly shapes: Readonly<Record<string, string>>;
}
export interface FindingChanges {
  readonly appeared: readonly ReportFinding[];
  readonly stayed: readonly ReportFinding[];
  readonly went: readonly ReportFinding[];
}

const GATES: readonly Gate[] = ['block', 'review', 'capability'];
const REACH: readonly Reach[] = ['automatic', 'instructed', 'callable', 'mentioned'];
const pathOf = (finding: ReportFinding): string => finding.steps[0].path;

/** Positive if `now` is worse, negative if it is better. Whether an exception covers it counts: a finding that lost its exception is news. */
function worse(was: ReportFinding, now: ReportFinding): number {
  const gate = (one: ReportFinding): number => (one.excepted === undefined ? GATES.indexOf(one.gate) : GATES.length);
  const gates = gate(was) - gate(now);
  const reach = REACH.indexOf(was.reach) - REACH.indexOf(now.reach);
  return gates > 0 || reach > 0 ? 1 : gates < 0 || reach < 0 ? -1 : 0;
}

/**
 * @param moved old path to new path
 * @param fixed names that are no variables (environment variables that either version reads): renaming one is a change
 */
export function changedFindings(before: FindingSide, after: FindingSide, moved: ReadonlyMap<string, string>, fixed: Names): FindingChanges {
  const old = new Set(before.findings);
  const pairs = new Map<ReportFinding, ReportFinding>();
  const movedPath = (finding: ReportFinding): string => moved.get(pathOf(finding)) ?? pathOf(finding);
  const movedText = (finding: ReportFinding): string => {
    const path = pathOf(finding);
    return moved.has(path) ? finding.evidence.replaceAll(path, moved.get(path)!) : finding.evidence;
  };
  const shape = (side: FindingSide, finding: ReportFinding): string => side.shapes[finding.id] ?? finding.evidence;
  const alike = (was: ReportFinding, now: ReportFinding): boolean => sameShape(shape(before, was), shape(after, now), fixed);
  const match = (keyOf: (finding: ReportFinding, isOld: boolean) => string, same: (was: ReportFinding, now: ReportFinding) => boolean): void => {
    const shelves = new Map<string, ReportFinding[]>();
    for (const finding of before.findings) {
      if (!old.has(finding)) continue;
      const key = keyOf(finding, true);
      const shelf = shelves.get(key);
      if (shelf) shelf.push(finding);
      else shelves.set(key, [finding]);
    }
    for (const now of after.findings) {
      if (pairs.has(now)) continue;
      const shelf = shelves.get(keyOf(now, false));
      const at = shelf?.findIndex((was) => same(was, now)) ?? -1;
      if (at < 0) continue;
      const [was] = shelf!.splice(at, 1);
      old.delete(was!);
      pairs.set(now, was!);
    }
  };
  // An evidence that was cut may go on differently.
  const uncut = (was: ReportFinding, now: ReportFinding): boolean => aims(was) === aims(now) && (now.evidence.length < 300 || alike(was, now));
  match((finding) => `${finding.rule}\0${pathOf(finding)}\0${finding.evidence}`, uncut);
  match(
    (finding, isOld) => `${finding.rule}\0${isOld ? movedPath(finding) : pathOf(finding)}\0${isOld ? movedText(finding) : finding.evidence}`,
    uncut,
  );
  match(
    (finding) => `${finding.rule}\0${finding.evidence}`,
    (was, now) => uncut(was, now) && worse(was, now) <= 0,
  );
  const close = (was: ReportFinding, now: ReportFinding): boolean =>
    worse(was, now) === 0 && told(was, fixed) === told(now, fixed) && alike(was, now);
  match((finding, isOld) => `${finding.rule}\0${finding.gate}\0${isOld ? movedPath(finding) : pathOf(finding)}`, close);
  match((finding) => `${finding.rule}\0${finding.gate}`, close);

  const appeared: ReportFinding[] = [];
  const stayed: ReportFinding[] = [];
  const went: ReportFinding[] = before.findings.filter((finding) => old.has(finding));
  for (const now of after.findings) {
    const was = pairs.get(now);
    const step = was === undefined ? 1 : worse(was, now);
    (step > 0 ? appeared : stayed).push(now);
    if (was !== undefined && step < 0) went.push(was);
  }
  return { appeared, stayed, went };
}
