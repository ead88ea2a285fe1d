/**
 * From what was found to what is held against a change. Pure: scans, changes, approvals and baseline in, issues and a verdict out.
 *
 * Promises: nothing that is new and that a policy stops passes without an approval that counts; what an approval in the change itself says is worth nothing unless it is signed (or the tip says that code owners
 * guard it), and then the verdict is a review, so that a person reads it. What was there before is not held against a change, except when it moved (an approval is for a path) or its exception is over.
 */
import { createHash } from 'node:crypto';
import type { Change, Decision, Examined, Gate, Growth, Reach, ReportFinding, ReportPlace, Severity } from '../../scanner/model.ts';
import type { Exception } from '../../scanner/policy/contract.ts';
import { growthWords } from '../../scanner/report/change/words.ts';
import type { Belief, CheckedSkill, CheckReport, Issue, IssuePlace, Package, RepositoryProblem, Standing, Touched } from './model.ts';

/** What the judge asks of approvals and of the baseline. */
export interface Settled {
  /** The approval that speaks of it, the best first; undefined if none does. */
  belief(issue: {
    readonly path: string;
    readonly rule: string;
    readonly evidence: string;
    readonly reach: Reach;
    /** Digest of what was vetted there: what a signature is for. */
    readonly tree: string;
  }): Belief | undefined;
  baseline(issue: {
    readonly path: string;
    readonly rule: string;
    readonly evidence: string;
    readonly reach: Reach;
    readonly gate: Gate;
  }): 'yes' | 'expired' | 'no-owner' | undefined;
  /** The content is what the baseline was recorded from, the rules are others. */
  rulesChanged(path: string, tree: string): boolean;
  /** Whether unread parts that nothing uses are held against a skill (Policy.incomplete). */
  readonly incomplete: 'always' | 'reachable';
  /** Exceptions of the policy that are over. */
  readonly expired: readonly Exception[];
}

const COUNTS: readonly Issue['state'][] = ['new', 'rule-changed', 'expired'];
/** Held against the change. */
export const counts = (issue: Issue): boolean => COUNTS.includes(issue.state);
const believed: readonly Standing[] = ['tip', 'signed', 'code-owners'];
/** Somebody wrote into the change that it is fine, and nothing proves who: a person has to look, whatever it is. */
export const unproven = (issue: Issue): boolean => counts(issue) && issue.belief?.standing === 'unsigned';

const idOf = (prefix: string, ...parts: readonly string[]): string =>
  `${prefix}-${createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16)}`;

const placeOf = (place: ReportPlace | undefined, path: string, one: Package | undefined): IssuePlace =>
  place === undefined
    ? { path, line: 1, column: 1, endLine: 1, endColumn: 1 }
    : {
        path: one?.repositoryPath(place.path) ?? place.path,
        line: place.line,
        column: place.column,
        endLine: place.endLine,
        endColumn: place.endColumn,
      };

type Draft = Omit<Issue, 'state' | 'belief'>;

const fromFinding = (finding: ReportFinding, one: Package): Draft | undefined => {
  if (finding.gate === 'capability') return undefined;
  const at = finding.steps.at(-1)!;
  return {
    id: finding.id,
    kind: 'finding',
    rule: finding.rule,
    title: finding.title,
    severity: finding.severity,
    gate: finding.gate,
    says: finding.says,
    fix: finding.fix,
    evidence: finding.evidence,
    reach: finding.reach,
    place: placeOf(at, one.path, one),
    steps: finding.steps.map((step) => ({ ...step, path: one.repositoryPath(step.path) })),
  };
};

const fromGrowth = (growth: Growth, one: Package, isNew: boolean): Draft | undefined => {
  if (growth.gate === 'capability') return undefined;
  const { entry } = growth;
  const words = growthWords(growth);
  const what = `${words.title} ${words.what}${words.notes.length === 0 ? '' : ` (${words.notes.join(', ')})`}`;
  return {
    id: idOf('CAP-004', one.path, growth.evidence),
    kind: 'growth',
    rule: 'CAP-004',
    title: 'Ability added',
    severity: growth.gate === 'block' ? 'high' : 'medium',
    gate: growth.gate,
    says:
      words.reach === undefined
        ? `${isNew ? 'it' : words.how === 'more' ? 'it now, beyond what it could,' : 'it now also'} ${what}`
        : `it ${what}; ${words.reach.is}, before: ${words.reach.was}`,
    fix: 'Take it out, or accept it with a reason and an end: skill accept.',
    evidence: growth.evidence,
    reach: entry.reach,
    place: placeOf(entry.evidence[0], `${one.path}${one.path === '' ? '' : '/'}SKILL.md`, one),
    steps: [],
  };
};

const fromUnread = ({ path, says, sha256 = '' }: Examined['unread'][number], one: Package): Draft => {
  const evidence = `${path} ${sha256}`.trim();
  return {
    id: idOf('check-unread', one.path, evidence),
    kind: 'unread',
    rule: 'check/unread',
    title: 'Not read completely',
    severity: 'medium',
    gate: 'incomplete',
    says,
    fix: 'Make it readable (smaller, decodable, not encrypted), or take it out.',
    evidence,
    reach: 'callable',
    place: placeOf(undefined, one.repositoryPath(path), one),
    steps: [],
  };
};

const matters = ({ reachable }: Examined['unread'][number], { incomplete }: Settled): boolean => incomplete === 'always' || reachable;

const ADVICE: Readonly<Record<RepositoryProblem['gate'], Severity>> = { block: 'high', review: 'medium', incomplete: 'medium' };

/** An issue of the repository itself. */
export function problemIssue(problem: RepositoryProblem, settled: Settled): Issue {
  const rule = `check/${problem.code}`;
  const belief = settled.belief({ path: problem.path, rule, evidence: problem.evidence, reach: 'automatic', tree: problem.evidence });
  return withState(
    {
      id: idOf(`check-${problem.code}`, problem.path, problem.evidence),
      kind: 'problem',
      rule,
      title: problem.code.replaceAll('-', ' '),
      severity: ADVICE[problem.gate],
      gate: problem.gate,
      says: problem.says,
      fix: problem.fix,
      evidence: problem.evidence,
      reach: 'automatic',
      place: placeOf(undefined, problem.path, undefined),
      steps: [],
    },
    'new',
    belief,
  );
}

/** An approval that counts settles it; one that counted until yesterday is said to be over. */
function withState(draft: Draft, state: Issue['state'], belief: Belief | undefined): Issue {
  const settledNow = belief !== undefined && believed.includes(belief.standing);
  return {
    ...draft,
    state: settledNow ? 'accepted' : belief?.standing === 'expired' && state !== 'older' ? 'expired' : state,
    ...(belief === undefined ? {} : { belief }),
  };
}

const expiredIn = (settled: Settled, name: string, finding: ReportFinding): Exception | undefined =>
  settled.expired.find(
    (one) =>
      one.rule === finding.rule &&
      (one.skill === undefined || one.skill === name) &&
      (one.evidence === finding.evidence || one.evidence === finding.id),
  );

/** What is held against one touched package, and what is only told of it. */
export function judgeTouched(touched: Touched, name: string, change: Change, after: Examined | undefined, settled: Settled): CheckedSkill {
  const one = touched.after;
  const issues: Issue[] = [];
  if (one !== undefined && after !== undefined) {
    const ask = (draft: Draft): Belief | undefined =>
      settled.belief({ path: one.path, rule: draft.rule, evidence: draft.evidence, reach: draft.reach, tree: after.report.skill.digest });
    for (const finding of change.findings.appeared) {
      const draft = fromFinding(finding, one);
      if (draft === undefined || finding.excepted !== undefined) continue;
      issues.push(withState(draft, expiredIn(settled, name, finding) ? 'expired' : 'new', ask(draft)));
    }
    for (const finding of change.findings.stayed) {
      const draft = fromFinding(finding, one);
      if (draft === undefined || finding.excepted !== undefined) continue;
      const belief = ask(draft);
      if (touched.status === 'moved') {
        issues.push(withState(draft, baselineState(draft, one, settled, 'new'), belief));
        continue;
      }
      const over = belief?.standing === 'expired' || expiredIn(settled, name, finding) !== undefined;
      const state = over ? 'expired' : baselineState(draft, one, settled, 'older');
      // What was there before and only asks for a look is none of this change's business.
      if (state === 'older' && draft.gate !== 'block') continue;
      issues.push(withState(draft, state, belief));
    }
    for (const growth of change.capability.grown) {
      const draft = fromGrowth(growth, one, change.before === null);
      if (draft !== undefined) issues.push(withState(draft, 'new', ask(draft)));
    }
    for (const unread of after.unread) {
      if (!change.unread.some(({ path, says }) => path === unread.path && says === unread.says) || !matters(unread, settled)) continue;
      const draft = fromUnread(unread, one);
      issues.push(withState(draft, 'new', ask(draft)));
    }
  }
  return {
    kind: touched.kind,
    path: touched.path,
    name,
    status: touched.status,
    ...(touched.from === undefined ? {} : { from: touched.from }),
    digest: after?.report.skill.digest ?? '',
    decision: decisionOf(issues),
    issues: inOrder(issues),
    change,
    shared: one?.shared ?? [],
    by: touched.by,
  };
}

function baselineState(draft: Draft, one: Package, settled: Settled, otherwise: Issue['state']): Issue['state'] {
  if (draft.gate === 'incomplete') return otherwise;
  const found = settled.baseline({ path: one.path, rule: draft.rule, evidence: draft.evidence, reach: draft.reach, gate: draft.gate });
  return found === 'yes' ? 'baseline' : found === 'expired' ? 'expired' : otherwise;
}

/** What is held against one package in a full run, which compares with nothing but the baseline. */
export function judgePresent(one: Package, name: string, examined: Examined, settled: Settled): CheckedSkill {
  const { report } = examined;
  const fresh: Issue['state'] = settled.rulesChanged(one.path, report.skill.digest) ? 'rule-changed' : 'new';
  const drafts: Draft[] = [];
  for (const finding of report.findings) {
    const draft = finding.excepted === undefined ? fromFinding(finding, one) : undefined;
    if (draft !== undefined) drafts.push(draft);
  }
  for (const reason of report.verdict.because)
    if (reason.startsWith('capability:')) {
      const evidence = reason.slice('capability:'.length);
      const entry = report.capability.entries.find((candidate) => `${candidate.kind}:${candidate.key}` === evidence);
      if (entry !== undefined)
        drafts.push({
          ...fromGrowth({ entry, gate: report.verdict.decision === 'block' ? 'block' : 'review', evidence }, one, true)!,
          id: idOf('policy-capability', one.path, evidence),
          rule: 'policy/capability',
          title: 'Ability that the policy does not let pass by itself',
        });
    }
  for (const unread of examined.unread) if (matters(unread, settled)) drafts.push(fromUnread(unread, one));
  const issues = drafts.map((draft) => {
    const belief = settled.belief({ path: one.path, rule: draft.rule, evidence: draft.evidence, reach: draft.reach, tree: report.skill.digest });
    const over = settled.expired.find(
      (exception) => exception.rule === draft.rule && (exception.evidence === draft.evidence || exception.evidence === draft.id),
    );
    return withState(draft, over === undefined ? baselineState(draft, one, settled, fresh) : 'expired', belief);
  });
  return {
    kind: one.kind,
    path: one.path,
    name,
    status: 'present',
    digest: report.skill.digest,
    decision: decisionOf(issues),
    issues: inOrder(issues),
    shared: one.shared,
    by: [],
  };
}

/** A package that no scan came to an end with. */
export function judgeFailed(path: string, status: CheckedSkill['status'], one: Package, name: string, says: string): CheckedSkill {
  const draft: Draft = {
    id: idOf('check-unread', path, one.tree),
    kind: 'unread',
    rule: 'check/unread',
    title: 'Not read completely',
    severity: 'high',
    gate: 'incomplete',
    says: `the scan came to no end: ${says}`,
    fix: 'Split the skill, or take out what makes it so large.',
    evidence: one.tree,
    reach: 'callable',
    place: placeOf(undefined, one.path === '' ? '.' : one.path, undefined),
    steps: [],
  };
  return {
    kind: one.kind,
    path,
    name,
    status,
    digest: '',
    decision: 'incomplete',
    issues: [{ ...draft, state: 'new' }],
    shared: one.shared,
    by: [],
  };
}

const WORST: readonly Issue['gate'][] = ['block', 'incomplete', 'review'];

export function decisionOf(issues: readonly Issue[]): Decision {
  const held = issues.filter(counts);
  const hard = held.filter((issue) => !unproven(issue));
  if (hard.some((issue) => issue.gate === 'block')) return 'block';
  if (hard.some((issue) => issue.gate === 'incomplete')) return 'incomplete';
  return held.length > 0 ? 'review' : 'pass';
}

const inOrder = (issues: readonly Issue[]): Issue[] =>
  [...issues].sort(
    (a, b) =>
      Number(counts(b)) - Number(counts(a)) ||
      WORST.indexOf(a.gate) - WORST.indexOf(b.gate) ||
      compare(a.kind, b.kind) ||
      compare(a.rule, b.rule) ||
      compare(a.place.path, b.place.path) ||
      a.place.line - b.place.line ||
      compare(a.id, b.id),
  );
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** What an approval would have to hold for nothing to be held against the change any more. */
export function wantedOf(skills: readonly CheckedSkill[], issues: readonly Issue[]): CheckReport['wanted'] {
  const list: { path: string; tree: string; accepts: { rule: string; evidence: string; reach: Reach }[] }[] = [];
  const accepted = (many: readonly Issue[]) => {
    const unique = new Map(many.map(({ rule, evidence, reach }) => [`${rule}\0${evidence}\0${reach}`, { rule, evidence, reach }]));
    return [...unique.entries()].sort(([a], [b]) => compare(a, b)).map(([, one]) => one);
  };
  for (const skill of skills) {
    const held = skill.issues.filter(counts);
    if (held.length > 0 && skill.digest !== '') list.push({ path: skill.path, tree: skill.digest, accepts: accepted(held) });
  }
  for (const issue of issues.filter(counts)) list.push({ path: issue.place.path, tree: issue.evidence, accepts: accepted([issue]) });
  return list.sort((a, b) => compare(a.path, b.path) || compare(a.tree, b.tree));
}

const plural = (many: number, one: string, more = `${one}s`): string => `${many} ${many === 1 ? one : more}`;

/** The verdict on the whole change, and whether there is anything to tell. */
export function verdictOf(
  skills: readonly CheckedSkill[],
  issues: readonly Issue[],
  beliefs: readonly Belief[],
  options: { readonly warnOnly: boolean; readonly failOn: 'review' | 'block' },
): CheckReport['verdict'] {
  const all = [...issues, ...skills.flatMap((skill) => skill.issues)];
  const held = all.filter(counts);
  // Of approvals that the change brings and that nothing proves, a person has to know even if nothing needs them today: once merged, they would speak for what comes tomorrow.
  const unprovenHere = beliefs.filter(({ standing }) => standing === 'unsigned' || standing === 'bad-signature').length;
  const judged = decisionOf(all);
  const decision = judged === 'pass' && unprovenHere > 0 ? 'review' : judged;
  const told =
    held.length > 0 || all.some((issue) => issue.state === 'older') || beliefs.some(({ standing }) => standing !== 'tip' && standing !== 'expired');
  const parts = (
    [
      ['block', 'reason to block', 'reasons to block'],
      ['incomplete', 'part that could not be read', 'parts that could not be read'],
      ['review', 'reason for a person to look', 'reasons for a person to look'],
    ] as const
  ).flatMap(([gate, one, many]) => {
    const count = held.filter((issue) => (unproven(issue) ? 'review' : issue.gate) === gate).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  });
  const open = held.filter(unproven).length;
  const ruled = held.filter((issue) => issue.state === 'rule-changed').length;
  const accepted = all.filter((issue) => issue.state === 'accepted').length;
  const older = all.filter((issue) => issue.state === 'older').length;
  const says = [
    parts.length > 0
      ? parts.join(', ')
      : unprovenHere > 0
        ? `it brings ${plural(unprovenHere, 'approval')} that nothing proves`
        : 'nothing is held against it',
    ...(open > 0 ? [`${plural(open, 'of them is', 'of them are')} accepted in the change itself, which proves nothing about who did`] : []),
    ...(ruled > 0 ? [`${plural(ruled, 'of them is', 'of them are')} there only because the rules changed`] : []),
    ...(accepted > 0 ? [`${plural(accepted, 'accepted issue')}`] : []),
    ...(older > 0 ? [`${plural(older, 'older reason')} to block that nobody accepted`] : []),
  ].join('; ');
  const code = { pass: 0, block: 1, review: 3, incomplete: 4 } as const;
  const exitCode = options.warnOnly || (decision === 'review' && options.failOn === 'block') ? 0 : code[decision];
  return { decision, says, exitCode, silent: !told, warnOnly: options.warnOnly };
}

/** The approvals that speak of this change: those that settled something, and those in it that did not count. */
export function approvalsOf(skills: readonly CheckedSkill[], issues: readonly Issue[], beliefs: readonly Belief[]): Belief[] {
  const used = new Set([...issues, ...skills.flatMap((skill) => skill.issues)].flatMap((issue) => (issue.belief ? [issue.belief] : [])));
  const worthless: readonly Standing[] = ['unsigned', 'bad-signature'];
  return beliefs.filter((belief) => used.has(belief) || worthless.includes(belief.standing));
}
