/**
 * `skills.baseline.json`: what a repository held on the day it began to be checked, so that only what is new fails (its text: baseline-file.ts).
 *
 * It promises to get smaller by itself and larger only when somebody renews it: recording again drops what is gone and adds nothing. A finding that blocks is never hidden without an owner,
 * a reason and a last day, whatever somebody writes into the file; nor is one that only asked for a look when it was recorded and blocks now. Findings are counted: a second one with the
 * same evidence is new.
 */
import type { Gate, Reach } from '../../scanner/model.ts';
import { REACHES } from './approvals/file.ts';
import {
  type Baseline,
  type BaselineFinding,
  type BaselineSkill,
  baselineLimits,
  baselineText,
  byContent,
  counted,
  parseBaseline,
} from './baseline-file.ts';
import { isDay, order, PLAIN } from './document.ts';
import { CheckError } from './model.ts';

export { type Baseline, baselineText, parseBaseline } from './baseline-file.ts';

/** A finding as a scan gives it. */
export interface FoundHere {
  readonly rule: string;
  readonly evidence: string;
  readonly gate: Gate;
  readonly reach: Reach;
}

export interface Recording<Found extends FoundHere> {
  readonly skills: readonly {
    readonly path: string;
    /** Skill.digest. */
    readonly tree: string;
    /** Digest of its abilities. */
    readonly capability: string;
    /** Each as often as it was found. Those that are only listed are left out of a baseline anyway; leave out those that the policy excepts. */
    readonly findings: readonly Found[];
  }[];
  /** The baseline there is; it only gets smaller. Without one, everything is recorded. */
  readonly previous?: Baseline;
  /** Who answers for findings that block, why, and until when. Without all three they are left. */
  readonly owner?: string;
  readonly reason?: string;
  readonly expires?: string;
  /** ISO date. */
  readonly asOf: string;
  readonly rules: string;
  readonly engine: string;
  readonly policy: { readonly name: string; readonly digest: string };
}

export interface Recorded<Found extends FoundHere> {
  readonly baseline: Baseline;
  /** How many findings both the previous one and this hold. */
  readonly kept: number;
  readonly added: number;
  /** How many the previous one held and this does not. */
  readonly dropped: number;
  /** Found, and not covered by the baseline: they fail a full run. */
  readonly left: readonly (Found & { readonly path: string })[];
}

const key = (finding: { readonly rule: string; readonly evidence: string }): string => `${finding.rule}\0${finding.evidence}`;
const total = (baseline: Baseline): number =>
  Object.values(baseline.skills).reduce((sum, { findings }) => sum + findings.reduce((all, { count }) => all + count, 0), 0);

/**
 * The first baseline, or a smaller one. Pure.
 * @throws CheckError if owner, reason or expiry could not be written
 */
export function makeBaseline<Found extends FoundHere>(recording: Recording<Found>): Recorded<Found> {
  const { previous, owner, reason, expires, asOf, rules, engine, policy } = recording;
  const skills = recording.skills.map((skill) => ({ ...skill, findings: skill.findings.filter(({ gate }) => gate !== 'capability') }));
  const answer = owner !== undefined && reason !== undefined && expires !== undefined ? answerOf(owner, reason, expires, asOf) : undefined;
  const rows =
    previous === undefined
      ? skills.map((skill): [string, BaselineSkill] => [skill.path, recorded(skill, answer)])
      : Object.entries(shrunk(previous, skills));
  const baseline: Baseline = {
    ...(previous ?? { baselineVersion: 1, recorded: asOf, rules, engine, policy: { name: policy.name, digest: policy.digest } }),
    skills: Object.fromEntries(rows.sort(([a], [b]) => order(a, b))),
  };
  // What could not be read again is not written.
  parseBaseline(baselineText(baseline));
  const open = openBaseline(baseline);
  const left = skills.flatMap(({ path, findings }) =>
    findings
      .filter(({ rule, evidence, gate, reach }) => inBaseline(open, { path, rule, evidence, gate, reach }, asOf) !== 'yes')
      .map((finding) => ({ ...finding, path })),
  );
  const holds = total(baseline);
  return {
    baseline,
    left,
    ...(previous === undefined ? { kept: 0, added: holds, dropped: 0 } : { kept: holds, added: 0, dropped: total(previous) - holds }),
  };
}

type Answer = Required<Pick<BaselineFinding, 'owner' | 'reason' | 'expires'>>;

function answerOf(owner: string, reason: string, expires: string, asOf: string): Answer {
  if (!PLAIN.test(owner) || owner.length > baselineLimits.owner)
    throw new CheckError(`The owner has to be a name or address of at most ${baselineLimits.owner} plain characters.`);
  if (!PLAIN.test(reason) || reason.length > baselineLimits.reason)
    throw new CheckError(`The reason has to be at most ${baselineLimits.reason} plain characters on one line.`);
  if (!isDay(expires) || expires < asOf)
    throw new CheckError(`The last day has to be a day such as 2027-01-31, and not over already (today is ${asOf}).`);
  return { owner, reason, expires };
}

/** One skill as it is today; what blocks only if somebody answers for it. */
const recorded = ({ tree, capability, findings }: Recording<FoundHere>['skills'][number], answer: Answer | undefined): BaselineSkill => ({
  tree,
  capability,
  findings: counted(
    findings.flatMap(({ rule, evidence, gate, reach }): BaselineFinding[] =>
      gate === 'capability' || (gate === 'block' && answer === undefined)
        ? []
        : [{ ...{ rule, evidence, gate, reach, count: 1 }, ...(gate === 'block' ? answer : {}) }],
    ),
  ),
});

/** What of a baseline is still there. Where fewer are left than were recorded, those that were reached least directly go first: what stays covers what it covered. */
function shrunk(
  previous: Baseline,
  skills: readonly { readonly path: string; readonly findings: readonly FoundHere[] }[],
): Record<string, BaselineSkill> {
  const here = new Map<string, Map<string, number>>();
  for (const { path, findings } of skills) {
    const counts = here.get(path) ?? new Map<string, number>();
    for (const finding of findings) counts.set(key(finding), (counts.get(key(finding)) ?? 0) + 1);
    here.set(path, counts);
  }
  return Object.fromEntries(
    Object.entries(previous.skills).flatMap(([path, skill]) => {
      const counts = here.get(path);
      if (counts === undefined) return [];
      const findings = [...skill.findings]
        .sort((a, b) => REACHES.indexOf(a.reach) - REACHES.indexOf(b.reach) || byContent(a, b))
        .flatMap((finding) => {
          const there = counts.get(key(finding)) ?? 0;
          const count = Math.min(there, finding.count);
          counts.set(key(finding), there - count);
          return count === 0 ? [] : [{ ...finding, count }];
        });
      return [[path, { ...skill, findings: counted(findings) }]];
    }),
  );
}

/** A baseline while issues are held against it: each finding in it covers as many as were recorded, no more. */
export interface OpenBaseline {
  readonly baseline: Baseline;
  /** Not used up yet, by path and finding. */
  readonly left: Map<string, { readonly finding: BaselineFinding; count: number }[]>;
}

export function openBaseline(baseline: Baseline): OpenBaseline {
  const left: OpenBaseline['left'] = new Map();
  for (const [path, { findings }] of Object.entries(baseline.skills))
    for (const finding of findings) {
      const at = `${path}\0${key(finding)}`;
      const rows = left.get(at);
      const row = { finding, count: finding.count };
      if (rows === undefined) left.set(at, [row]);
      else rows.push(row);
    }
  return { baseline, left };
}

/**
 * Whether the baseline covers an issue, and takes it off: ask once for each issue.
 * @returns `yes`; `expired` if it did until a day that is over; `no-owner` if it blocks and nobody answers for it; undefined if it is not in it (or blocks now and did not then, or is reached more directly)
 */
export function inBaseline(
  open: OpenBaseline,
  issue: FoundHere & { readonly path: string },
  asOf: string,
): 'yes' | 'expired' | 'no-owner' | undefined {
  const rows = open.left.get(`${issue.path}\0${key(issue)}`);
  const worth = (finding: BaselineFinding): 'yes' | 'expired' | 'no-owner' => {
    const answered = finding.owner !== undefined && finding.reason !== undefined && finding.expires !== undefined;
    if (finding.gate === 'block' && !answered) return 'no-owner';
    return finding.expires !== undefined && finding.expires < asOf ? 'expired' : 'yes';
  };
  const fits = (rows ?? []).filter(
    ({ finding, count }) =>
      count > 0 && !(issue.gate === 'block' && finding.gate !== 'block') && REACHES.indexOf(issue.reach) >= REACHES.indexOf(finding.reach),
  );
  for (const answer of ['yes', 'expired', 'no-owner'] as const) {
    // The narrowest that fits, so that a wider one is left for an issue that needs it.
    const row = fits
      .filter(({ finding }) => worth(finding) === answer)
      .sort((a, b) => REACHES.indexOf(b.finding.reach) - REACHES.indexOf(a.finding.reach))[0];
    if (row !== undefined) {
      row.count--;
      return answer;
    }
  }
  return undefined;
}

/** The content is what the baseline was recorded from, and the rules are others: what is found now and was not then came with the rules. */
export const rulesChanged = (baseline: Baseline, path: string, tree: string, rules: string): boolean =>
  Object.hasOwn(baseline.skills, path) && baseline.skills[path]!.tree === tree && baseline.rules !== rules;

/**
 * Whether a changed baseline holds anything that the old one did not, or says anything else than it: then somebody has to allow it. Taking findings or skills out needs nobody.
 * @param before undefined if there was none @param after undefined if there is none any more
 */
export function baselineGrew(before: Baseline | undefined, after: Baseline | undefined): boolean {
  if (after === undefined) return false;
  if (before === undefined) return true;
  const head = ({ recorded, rules, engine, policy }: Baseline): string => JSON.stringify([recorded, rules, engine, policy.name, policy.digest]);
  if (head(before) !== head(after)) return true;
  return Object.entries(after.skills).some(([path, skill]) => {
    const old = Object.hasOwn(before.skills, path) ? before.skills[path]! : undefined;
    if (old === undefined || old.tree !== skill.tree || old.capability !== skill.capability) return true;
    const had = new Map(counted(old.findings).map((finding) => [JSON.stringify({ ...finding, count: 0 }), finding.count]));
    return counted(skill.findings).some((finding) => finding.count > (had.get(JSON.stringify({ ...finding, count: 0 })) ?? 0));
  });
}
