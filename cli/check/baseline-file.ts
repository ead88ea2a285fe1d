/**
 * The text of `skills.baseline.json`.
 *
 *   {"baselineVersion": 1, "recorded": "<day>", "rules": "sha256:…", "engine": "0.1.0", "policy": {"name", "digest"},
 *    "skills": {"<path>": {"tree", "capability", "findings": [{"rule", "evidence", "gate", "reach", "count", "owner"?, "reason"?, "expires"?}…]}}}
 *
 * It comes with the repository and may be hostile: sizes are limited, and text that reads in two ways is refused (document.ts). What it is worth is judged apart (baseline.ts).
 */
import type { Reach } from '../../scanner/model.ts';
import { REACHES, RULE } from './approvals/file.ts';
import { order, PLAIN, type Reader, readDocument } from './document.ts';
import { BASELINE_NAME } from './model.ts';

export interface BaselineFinding {
  readonly rule: string;
  readonly evidence: string;
  readonly gate: 'block' | 'review';
  readonly reach: Reach;
  /** How many of them there are. */
  readonly count: number;
  readonly owner?: string;
  readonly reason?: string;
  /** ISO date, last day it counts. */
  readonly expires?: string;
}

export interface BaselineSkill {
  /** Skill.digest of the content it was recorded from. */
  readonly tree: string;
  /** Digest of its abilities. */
  readonly capability: string;
  readonly findings: readonly BaselineFinding[];
}

export interface Baseline {
  readonly baselineVersion: 1;
  /** ISO date. */
  readonly recorded: string;
  /** Digest of the rules it was recorded with. */
  readonly rules: string;
  readonly engine: string;
  readonly policy: { readonly name: string; readonly digest: string };
  /** By path in the repository. */
  readonly skills: Readonly<Record<string, BaselineSkill>>;
}

export const baselineLimits = {
  bytes: 8 * 1024 * 1024,
  skills: 20_000,
  findings: 5_000,
  path: 4_096,
  evidence: 5_000,
  reason: 1_000,
  owner: 254,
  count: 1_000_000,
} as const;

const DIGEST = /^sha256:[0-9a-f]{64}$/;

export const byContent = (a: BaselineFinding, b: BaselineFinding): number =>
  order(a.rule, b.rule) ||
  order(a.evidence, b.evidence) ||
  order(a.gate, b.gate) ||
  REACHES.indexOf(a.reach) - REACHES.indexOf(b.reach) ||
  order(whoOf(a), whoOf(b));
const whoOf = ({ owner, reason, expires }: BaselineFinding): string => JSON.stringify([owner, reason, expires]);

/** The one text of a baseline: skills and findings in order, equal findings as one with their count. */
export function baselineText(baseline: Baseline): string {
  const { recorded, rules, engine, policy } = baseline;
  const skills = Object.entries(baseline.skills)
    .sort(([a], [b]) => order(a, b))
    .map(([path, { tree, capability, findings }]) => [path, { tree, capability, findings: counted(findings) }]);
  return `${JSON.stringify(
    { baselineVersion: 1, recorded, rules, engine, policy: { name: policy.name, digest: policy.digest }, skills: Object.fromEntries(skills) },
    null,
    2,
  )}\n`;
}

/** Equal findings as one, in order, fields in order. */
export function counted(findings: readonly BaselineFinding[]): BaselineFinding[] {
  const out: BaselineFinding[] = [];
  for (const one of [...findings].sort(byContent)) {
    const last = out.at(-1);
    if (last !== undefined && byContent(last, one) === 0) out[out.length - 1] = { ...last, count: last.count + one.count };
    else {
      const { rule, evidence, gate, reach, count, owner, reason, expires } = one;
      out.push({
        ...{ rule, evidence, gate, reach, count },
        ...(owner === undefined ? {} : { owner }),
        ...(reason === undefined ? {} : { reason }),
        ...(expires === undefined ? {} : { expires }),
      });
    }
  }
  return out;
}

/** @throws CheckError naming file, line, what was expected and what to do */
export const parseBaseline = (text: string, file = BASELINE_NAME): Baseline =>
  readDocument(
    text,
    file,
    {
      most: baselineLimits.bytes,
      remedy: 'Restore it from version control, or record it anew: skill check --baseline --renew',
      tidy: 'Take the text of one side, then drop what is gone: skill check --baseline',
    },
    baselineOf,
    baselineText,
  );

function baselineOf(value: unknown, reader: Reader): Baseline {
  const version = (value as { baselineVersion?: unknown } | null)?.baselineVersion;
  if (version !== 1)
    return reader.fail(
      ['baselineVersion'],
      typeof version === 'number' ? '1: a newer skill wrote the file; use that one' : '1, the version of this format',
    );
  const top = reader.object(value, [], ['baselineVersion', 'recorded', 'rules', 'engine', 'policy', 'skills']);
  const policy = reader.object(top['policy'], ['policy'], ['name', 'digest']);
  const digest = (found: unknown, at: readonly (string | number)[]): string => reader.text(found, at, 71, DIGEST, 'sha256:<64 hex digits>');
  const found = top['skills'];
  if (typeof found !== 'object' || found === null || Array.isArray(found) || Object.keys(found).length > baselineLimits.skills)
    return reader.fail(['skills'], `an object of at most ${baselineLimits.skills} skills`);
  return {
    baselineVersion: 1,
    recorded: reader.day(top['recorded'], ['recorded']),
    rules: digest(top['rules'], ['rules']),
    engine: reader.text(top['engine'], ['engine'], 100, /^[\x21-\x7e]+$/, 'the version of the engine'),
    policy: {
      name: reader.text(policy['name'], ['policy', 'name'], 4_096, /^[\s\S]+$/, 'the name of a policy'),
      digest: digest(policy['digest'], ['policy', 'digest']),
    },
    skills: Object.fromEntries(
      Object.entries(found).map(([path, skill]): [string, BaselineSkill] => {
        const at = ['skills', path];
        if (path.length > baselineLimits.path) return reader.fail(at, `a path of at most ${baselineLimits.path} characters`);
        const row = reader.object(skill, at, ['tree', 'capability', 'findings']);
        return [
          path,
          {
            tree: digest(row['tree'], [...at, 'tree']),
            capability: digest(row['capability'], [...at, 'capability']),
            findings: reader
              .list(row['findings'], [...at, 'findings'], baselineLimits.findings)
              .map((item, index) => findingOf(item, [...at, 'findings', index], reader)),
          },
        ];
      }),
    ),
  };
}

function findingOf(found: unknown, at: readonly (string | number)[], reader: Reader): BaselineFinding {
  const row = reader.object(found, at, ['rule', 'evidence', 'gate', 'reach', 'count'], ['owner', 'reason', 'expires']);
  const { owner: most, reason: words } = baselineLimits;
  return {
    rule: reader.text(row['rule'], [...at, 'rule'], 60, RULE, 'the id of a rule, such as EXE-002'),
    evidence: reader.text(
      row['evidence'],
      [...at, 'evidence'],
      baselineLimits.evidence,
      /^[\s\S]*$/,
      `text of at most ${baselineLimits.evidence} characters`,
    ),
    gate: reader.oneOf(row['gate'], [...at, 'gate'], ['block', 'review']),
    reach: reader.oneOf(row['reach'], [...at, 'reach'], REACHES),
    count: reader.count(row['count'], [...at, 'count'], baselineLimits.count),
    ...(row['owner'] === undefined
      ? {}
      : { owner: reader.text(row['owner'], [...at, 'owner'], most, PLAIN, `a name or address of at most ${most} plain characters`) }),
    ...(row['reason'] === undefined
      ? {}
      : { reason: reader.text(row['reason'], [...at, 'reason'], words, PLAIN, `a reason in at most ${words} plain characters on one line`) }),
    ...(row['expires'] === undefined ? {} : { expires: reader.day(row['expires'], [...at, 'expires']) }),
  };
}
