/** Policy decides: gates and confidence of findings, capabilities that a profile does not allow, coverage, exceptions. Pure; `asOf` is an input. */
import { createHash } from 'node:crypto';
import { addressOf } from '../data/hosts.ts';
import { ownText } from '../data/own.ts';
import type { Capability, Finding, Gate, Severity } from '../model.ts';
import type { Decided, Exception, Incompleteness, Outcome, Policy } from './contract.ts';
import { presets } from './presets.ts';
import { PolicyError, parsePolicy } from './schema.ts';

export type { CheckSettings, Decided, Exception, Outcome, Policy } from './contract.ts';
export { type Preset, presets } from './presets.ts';
export { PolicyError } from './schema.ts';

const SEVERITIES: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical'];
const GATES: readonly Gate[] = ['capability', 'review', 'block'];

/**
 * A policy from a preset's name or from the text of a policy file.
 * @param source preset name, or `{ file, text }`
 * @param known ids of the rules that exist
 * @throws PolicyError naming file and line
 */
export function loadPolicy(source: string | { readonly file: string; readonly text: string }, known: ReadonlySet<string>): Policy {
  if (typeof source === 'string') {
    if (!(presets as readonly string[]).includes(source))
      throw new PolicyError(source, 1, `there is no preset "${source.slice(0, 40)}" and no such file; presets are ${presets.join(', ')}`);
    const file = `policy/${source}.yaml`;
    return resolve({ file, text: ownText(file) }, known, 0);
  }
  return resolve(source, known, 0);
}

function resolve(source: { readonly file: string; readonly text: string }, known: ReadonlySet<string>, depth: number): Policy {
  const first = parsePolicy(source.text, source.file, undefined, known, presets);
  if (first.extendsName === undefined || depth > presets.length) return first.policy;
  const parent = `policy/${first.extendsName}.yaml`;
  if (parent === source.file) throw new PolicyError(source.file, 1, `${first.extendsName} extends itself`);
  const base = resolve({ file: parent, text: ownText(parent) }, known, depth + 1);
  return parsePolicy(source.text, source.file, base, known, presets).policy;
}

/** The policy as it stands on a day: without the exceptions that are over. `decide` refuses those; a check of many skills names them where they matter instead. */
export const unexpired = (policy: Policy, asOf: string): Policy =>
  policy.exceptions.every((exception) => exception.expires >= asOf)
    ? policy
    : { ...policy, exceptions: policy.exceptions.filter((exception) => exception.expires >= asOf) };

/** The id of a finding: content-anchored, so it survives line shifts. */
export const findingId = (finding: Finding, path: string): string =>
  `${finding.rule}-${createHash('sha256').update(`${finding.rule}\0${path}\0${finding.evidence}`).digest('hex').slice(0, 16)}`;

export interface DecideInput {
  readonly findings: readonly Finding[];
  readonly capability: Capability;
  readonly incomplete: readonly Incompleteness[];
  readonly policy: Policy;
  /** ISO date. */
  readonly asOf: string;
  readonly skill: string;
  fileOf(id: number): string;
}

/** True if an entry of `allow.hosts` covers the host: itself, or `*.parent`. */
export const hostAllowed = (host: string, allowed: readonly string[]): boolean =>
  host !== '' && allowed.some((entry) => (entry.startsWith('*.') ? host.endsWith(entry.slice(1)) : host === entry));

/** @throws PolicyError when an exception has expired as of `asOf` */
export function decide(input: DecideInput): Outcome {
  const { policy } = input;
  for (const exception of policy.exceptions) {
    if (exception.expires < input.asOf) {
      throw new PolicyError(
        exception.file,
        exception.line,
        `the exception for ${exception.rule} (owner ${exception.owner}, reason: ${exception.reason}) expired on ${exception.expires}; renew it with a new date or take it out`,
      );
    }
  }
  const findings: Decided[] = [];
  for (const finding of input.findings) {
    // A family wildcard raises what asks for a person; it does not turn every listed ability into a refusal.
    const family = finding.gate === 'capability' ? undefined : policy.rules.get(`${finding.rule.slice(0, 3)}-*`);
    const override = { ...family, ...policy.rules.get(finding.rule) };
    if (override.gate === 'off') continue;
    const severity = override.severity ?? finding.severity;
    let gate = override.gate ?? finding.gate;
    if (policy.allow.hosts.length > 0 && onlyAllowedHosts(finding, policy)) gate = 'capability';
    if (gate === 'block' && finding.confidence < policy.minConfidence.block) gate = 'review';
    if (
      gate === 'review' &&
      (finding.confidence < policy.minConfidence.review || SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(policy.reviewSeverity))
    )
      gate = 'capability';
    const id = findingId(finding, input.fileOf(finding.facts[0].at.file));
    const excepted = policy.exceptions.find(
      (exception) =>
        exception.rule === finding.rule &&
        (exception.skill === undefined || exception.skill === input.skill) &&
        (exception.evidence === finding.evidence || exception.evidence === id),
    );
    findings.push({ ...finding, severity, gate, id, ...(excepted ? { excepted } : {}) });
  }
  findings.sort(
    (a, b) =>
      GATES.indexOf(b.gate) - GATES.indexOf(a.gate) ||
      SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
      (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0) ||
      (input.fileOf(a.facts[0].at.file) < input.fileOf(b.facts[0].at.file)
        ? -1
        : input.fileOf(a.facts[0].at.file) > input.fileOf(b.facts[0].at.file)
          ? 1
          : 0) ||
      a.facts[0].at.start - b.facts[0].at.start ||
      (a.id < b.id ? -1 : 1),
  );
  const counted = findings.filter((finding) => finding.excepted === undefined);
  const blocks = counted.filter((finding) => finding.gate === 'block').map((finding) => finding.id);
  const reviews = counted.filter((finding) => finding.gate === 'review').map((finding) => finding.id);
  for (const entry of input.capability.entries) {
    const gate = policy.capabilities.get(entry.kind);
    if (gate === undefined || gate === 'capability' || capabilityAllowed(entry.kind, entry.key, entry.details, policy)) continue;
    (gate === 'block' ? blocks : reviews).push(`capability:${entry.kind}:${entry.key}`);
  }
  const unread = input.incomplete.filter((item) => policy.incomplete === 'always' || item.reachable);
  const count = (many: number, what: string) => `${many} ${what}${many === 1 ? '' : 's'}`;
  if (blocks.length > 0)
    return { decision: 'block', says: `${count(blocks.length, 'reason')} to block under policy ${policy.name}`, findings, because: blocks };
  if (unread.length > 0)
    return {
      decision: 'incomplete',
      says: `${count(unread.length, 'part')} could not be read, first: ${unread[0]!.path}: ${unread[0]!.says}`,
      findings,
      because: reviews,
    };
  if (reviews.length > 0)
    return {
      decision: 'review',
      says: `${count(reviews.length, 'reason')} for a person to look under policy ${policy.name}`,
      findings,
      because: reviews,
    };
  return { decision: 'pass', says: `nothing to block or review under policy ${policy.name}`, findings, because: [] };
}

function onlyAllowedHosts(finding: Finding, policy: Policy): boolean {
  if (!/^(?:NET|UPD|EXE-002|SUP-003|SUP-004)/.test(finding.rule)) return false;
  const facts = finding.flow ? [finding.flow.from, finding.flow.to, ...finding.facts] : finding.facts;
  const hosts = facts.flatMap((fact) =>
    fact.kind === 'request' || fact.kind === 'link'
      ? [addressOf(fact.url).host]
      : fact.kind === 'install' && fact.registry
        ? [addressOf(fact.registry).host]
        : [],
  );
  return hosts.length > 0 && hosts.every((host) => hostAllowed(host, policy.allow.hosts));
}

function capabilityAllowed(
  kind: string,
  key: string,
  details: Readonly<Record<string, string | boolean | readonly string[]>>,
  policy: Policy,
): boolean {
  if (kind === 'host') return hostAllowed(key, policy.allow.hosts);
  if (kind === 'program') return policy.allow.programs.includes(key);
  if (kind === 'env') return policy.allow.env.includes(key);
  if (kind === 'package') return policy.allow.packages.includes(key) || details['unpinned'] !== true;
  return false;
}

export type { Exception as PolicyException };
