/**
 * Findings of two versions, matched one to one. Equal rule, path and evidence first; then the same evidence in a file that moved or elsewhere; then evidence that differs only in layout, quotes, comments or consistently renamed
 * variables. Two findings that name different places to go are never one. What is worse than before has appeared; what is better stays, and its old form went.
 */
import type { Gate, Reach, ReportFinding } from '../model.ts';
import { aims, type Names, onTokens, sameShape, told } from './shape.ts';

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

/** Text of the old version with the files that moved called by their new paths, so that a script and what mentions it can move together. */
function carrier(moved: ReadonlyMap<string, string>): (text: string) => string {
  if (moved.size === 0) return (text) => text;
  const names = new Map<string, string>();
  for (const [from, to] of moved) names.set(from.slice(from.lastIndexOf('/') + 1), to.slice(to.lastIndexOf('/') + 1));
  return (text) =>
    text.replace(/[^\s'"`()<>|;&=:,\u0001]{1,300}/g, (word) => {
      for (let at = 0; at >= 0; at = next(word, at)) {
        const to = moved.get(word.slice(at));
        if (to !== undefined) return word.slice(0, at) + to;
      }
      const slash = word.lastIndexOf('/') + 1;
      return word.slice(0, slash) + (names.get(word.slice(slash)) ?? word.slice(slash));
    });
}
const next = (word: string, at: number): number => {
  const slash = word.indexOf('/', at);
  return slash < 0 ? -1 : slash + 1;
};

/**
 * @param moved old path to new path
 * @param fixed names that are no variables (environment variables that either version reads): renaming one is a change
 * @param own names of the skill's own files, in either version: no places to go
 */
export function changedFindings(
  before: FindingSide,
  after: FindingSide,
  moved: ReadonlyMap<string, string>,
  fixed: Names,
  own: Names,
): FindingChanges {
  const old = new Set(before.findings);
  const pairs = new Map<ReportFinding, ReportFinding>();
  const movedPath = (finding: ReportFinding): string => moved.get(pathOf(finding)) ?? pathOf(finding);
  const carried = carrier(moved);
  const movedText = (finding: ReportFinding): string => carried(finding.evidence);
  const shape = (side: FindingSide, finding: ReportFinding, carry?: (text: string) => string): string => {
    const found = side.shapes[finding.id] ?? `w=${finding.evidence}`;
    return carry === undefined ? found : onTokens(found, carry);
  };
  const alike = (was: ReportFinding, now: ReportFinding): boolean => sameShape(shape(before, was, carried), shape(after, now), fixed);
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
  const uncut = (was: ReportFinding, now: ReportFinding): boolean =>
    aims(was, own) === aims(now, own) && (now.evidence.length < 300 || alike(was, now));
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
    worse(was, now) === 0 && carried(told(was, fixed)) === told(now, fixed) && alike(was, now);
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
