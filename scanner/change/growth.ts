/**
 * Growth under a policy: what came, what each may do alone, what went. A policy can loosen or tighten it: the setting of rule CAP-004, kinds that it names in `capabilities`, what it allows, and its exceptions. What is allowed is
 * still listed.
 */
import { type AbilityStep, abilitySteps } from '../capability/diff.ts';
import { NOTHING } from '../capability/empty.ts';
import { growthEvidence, growthId } from '../capability/growth.ts';
import { ALLOWED, ALLOWED_TOOLS, gateOfAbility, UNGUARDED } from '../data/abilities.ts';
import type { Capability, CapabilityEntry, Examined, Gate, Growth, Shrinkage } from '../model.ts';
import type { Policy } from '../policy/contract.ts';
import { hostAllowed } from '../policy/index.ts';

const RULE = 'CAP-004';
/** Severity of the rule: a policy that only reviews what is worse does not ask about it. */
const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
const WORST: readonly Gate[] = ['block', 'review', 'capability'];

export interface GrowthOptions {
  readonly policy: Policy;
  /** ISO date that exceptions are judged against. */
  readonly asOf: string;
  /** Name that exceptions may be limited to. */
  readonly skill: string;
  /** Paths whose bytes differ between the two versions. */
  readonly changed: ReadonlySet<string>;
}

/** What an allow list speaks of: the thing itself, not a way of using it that takes a safeguard off. */
function allowed({ entry }: AbilityStep, policy: Policy): boolean {
  const { kind, key, details } = entry;
  if (details['elevated'] === true || details['insecure'] === true) return false;
  if (kind === 'host') return hostAllowed(key, policy.allow.hosts);
  if (kind === 'program') return policy.allow.programs.includes(key);
  if (kind === 'env') return policy.allow.env.includes(key);
  return kind === 'package' && policy.allow.packages.includes(key);
}

function gateUnder(step: AbilityStep, evidence: string, { policy, asOf, skill }: GrowthOptions): Gate {
  const { entry } = step;
  const family = policy.rules.get('CAP-*');
  const base = gateOfAbility(entry, step.partly && step.was === undefined);
  const own = policy.rules.get(RULE);
  const override = { ...(base === 'capability' ? {} : family), ...own };
  if (override.gate === 'off' || allowed(step, policy)) return 'capability';
  const excepted = policy.exceptions.some(
    (exception) =>
      exception.rule === RULE &&
      exception.expires >= asOf &&
      (exception.skill === undefined || exception.skill === skill) &&
      (exception.evidence === evidence || exception.evidence === growthId(evidence) || exception.evidence === `${entry.kind}:${entry.key}`),
  );
  if (excepted) return 'capability';
  let gate = override.gate === undefined || base === 'capability' ? base : override.gate;
  const severity = override.severity ?? 'high';
  if (gate === 'review' && SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(policy.reviewSeverity)) gate = 'capability';
  const wanted = policy.capabilities.get(entry.kind) ?? 'capability';
  return WORST.indexOf(wanted) < WORST.indexOf(gate) ? wanted : gate;
}

/**
 * The manifest with the tools that the skill declares as one ability more: hosts run those without asking while the skill is in use (`allowed-tools`, https://agentskills.io/specification), so one that is added takes a question away,
 * although nothing in the skill uses it yet.
 */
function withTools(capability: Capability): Capability {
  const { tools } = capability.declared;
  if (tools.length === 0) return capability;
  const entry: CapabilityEntry = { kind: 'setting', key: ALLOWED_TOOLS, details: { tools }, reach: 'automatic', evidence: [] };
  return { ...capability, entries: [...capability.entries, entry] };
}

/** What settings let pass that they did not before, and what they refused or asked about and do not any more, each as one ability: nothing in the package uses it, and yet an agent may do more unasked. */
function permitted(before: Examined['permissions'], after: Examined['permissions']): AbilityStep[] {
  const step = (key: string, detail: 'tools' | 'keys', came: Examined['permissions']): AbilityStep[] => {
    if (came.length === 0) return [];
    // The file is known; there is no line for what is not there.
    const evidence = [...new Set(came.map(({ path }) => path))].map((path) => ({
      path,
      line: 1,
      column: 1,
      endLine: 1,
      endColumn: 1,
      start: 0,
      end: 0,
    }));
    return [{ entry: { kind: 'setting', key, details: { [detail]: came.map(({ what }) => what) }, reach: 'automatic', evidence }, partly: false }];
  };
  const beyond = (one: Examined['permissions'], other: Examined['permissions']): Examined['permissions'] => {
    const known = new Set(other.map(({ kind, what }) => `${kind} ${what}`));
    return one.filter(({ kind, what }) => !known.has(`${kind} ${what}`));
  };
  const gone = beyond(before, after);
  return [
    ...step(
      ALLOWED,
      'tools',
      beyond(after, before).filter(({ kind }) => kind === 'allow'),
    ),
    // Asking instead of refusing is less; refusing instead of asking is not.
    ...step(
      UNGUARDED,
      'keys',
      gone.filter(({ kind, what }) => kind === 'deny' || (kind === 'ask' && !after.some((one) => one.kind === 'deny' && one.what === what))),
    ),
  ];
}

/** What is new of an ability that was there more likely stands in a file that changed: those places come first. */
const fresh = (places: CapabilityEntry['evidence'], { changed }: GrowthOptions): CapabilityEntry['evidence'] => [
  ...places.filter(({ path }) => changed.has(path)),
  ...places.filter(({ path }) => !changed.has(path)),
];

/**
 * Sorted: worst gate first, then kind and key.
 * @param permissions what settings of the two sides let pass, ask about or refuse ({@link Examined.permissions})
 */
export function growthOf(
  before: Capability | undefined,
  after: Capability | undefined,
  options: GrowthOptions,
  permissions: { readonly before: Examined['permissions']; readonly after: Examined['permissions'] } = { before: [], after: [] },
): Growth[] {
  const order = (one: Growth): string => `${WORST.indexOf(one.gate)} ${one.evidence}`;
  return [
    ...abilitySteps(withTools(before ?? NOTHING), withTools(after ?? NOTHING), { reach: true }),
    ...permitted(permissions.before, permissions.after),
  ]
    .map((step): Growth => {
      const evidence = growthEvidence(step.entry, step.was === undefined ? undefined : step.entry.reach);
      return {
        entry: step.partly ? { ...step.entry, evidence: fresh(step.entry.evidence, options) } : step.entry,
        gate: gateUnder(step, evidence, options),
        evidence,
        ...(step.partly ? { known: true as const } : {}),
        ...(step.was === undefined ? {} : { was: step.was }),
      };
    })
    .sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** The mirror: what is gone, has less to it, or is reached less directly. */
export function shrinkageOf(before: Capability | undefined, after: Capability | undefined): Shrinkage[] {
  const [was, is] = [withTools(before ?? NOTHING), withTools(after ?? NOTHING)];
  const now = new Map(is.entries.map((entry) => [`${entry.kind}:${entry.key}`, entry.reach]));
  return abilitySteps(is, was, { reach: true }).map(({ entry, partly, was: reachBefore }): Shrinkage => {
    const reach = now.get(`${entry.kind}:${entry.key}`);
    return { ...entry, ...(partly ? { stays: true as const } : {}), ...(reachBefore === undefined || reach === undefined ? {} : { now: reach }) };
  });
}
