/**
 * Makes the Report document (schema `skillward.report.v1`) from what the stages gave. The only place where offsets become lines and columns. Every other report format
 * is a function of this document.
 */

import { version } from '../data/version.ts';
import { describe } from '../describe.ts';
import type {
  Capability,
  CapabilityEntry,
  Fact,
  LedgerRow,
  Report,
  ReportFinding,
  ReportPlace,
  ReportStep,
  Skill,
  Span,
  Step,
  Unit,
  UnitId,
} from '../model.ts';

/** The parts other stages give; structural, so that report imports no stage. */
export interface DocumentInput {
  readonly connected: {
    readonly program: { readonly skill: Skill };
    unit(id: UnitId): Unit;
    readonly facts: { all(kind: 'declare'): readonly Fact[] };
  };
  readonly outcome: {
    readonly decision: Report['verdict']['decision'];
    readonly says: string;
    readonly because: readonly string[];
    readonly findings: readonly (import('../model.ts').Finding & {
      readonly id: string;
      readonly excepted?: { readonly owner: string; readonly reason: string; readonly expires: string };
    })[];
  };
  readonly capability: Capability;
  readonly coverage: { readonly complete: boolean; readonly rows: readonly LedgerRow[]; readonly stopped: readonly string[] };
  readonly policy: { readonly name: string; readonly digest: string };
  readonly rules: readonly { readonly id: string; readonly slug: string; readonly title: string; readonly fix: string }[];
  readonly rulesDigest: string;
  readonly asOf: string;
  readonly changes?: { readonly against: string; readonly added: readonly CapabilityEntry[]; readonly removed: readonly CapabilityEntry[] };
}

const CONTEXT = 1;
const MAX_LINES = 9;
const CUT = 240;

/** A sentence stays one line, whatever the skill put into it. */
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Line starts of each file, found once. */
export function placer(skill: Skill): { place(span: Span): ReportPlace; step(span: Span, says: string): ReportStep } {
  const memo = new Map<number, number[]>();
  const startsOf = (id: number): number[] => {
    let starts = memo.get(id);
    if (starts === undefined) {
      starts = [0];
      const { text } = skill.files[id]!;
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
      memo.set(id, starts);
    }
    return starts;
  };
  const lineOf = (starts: number[], offset: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const place = (span: Span): ReportPlace => {
    const starts = startsOf(span.file);
    const first = lineOf(starts, span.start);
    const last = lineOf(starts, Math.max(span.start, span.end - 1));
    return {
      path: skill.files[span.file]!.path,
      line: first + 1,
      column: span.start - starts[first]! + 1,
      endLine: last + 1,
      endColumn: span.end - starts[last]! + 1,
      start: span.start,
      end: span.end,
    };
  };
  const step = (span: Span, says: string): ReportStep => {
    const at = place(span);
    const starts = startsOf(span.file);
    const { text } = skill.files[span.file]!;
    const from = Math.max(0, at.line - 1 - CONTEXT);
    const to = Math.min(starts.length - 1, Math.min(at.endLine - 1 + CONTEXT, from + MAX_LINES - 1));
    const lines: string[] = [];
    if (text !== '')
      for (let line = from; line <= to; line++) lines.push(text.slice(starts[line]!, (starts[line + 1] ?? text.length + 1) - 1).slice(0, CUT));
    return { ...at, says, firstLine: from + 1, lines };
  };
  return { place, step };
}

export function document(input: DocumentInput): Report {
  const { skill } = input.connected.program;
  const { step } = placer(skill);
  const ruleOf = new Map(input.rules.map((rule) => [rule.id, rule]));
  const findings = input.outcome.findings.map((finding): ReportFinding => {
    const rule = ruleOf.get(finding.rule)!;
    const raw: readonly Step[] = finding.flow ? finding.flow.steps : finding.facts.map((fact) => ({ at: fact.at, says: describe(fact) }));
    const steps = raw.slice(0, 20).map((one) => step(one.at, oneLine(one.says)));
    const primary = finding.flow ? finding.flow.to : finding.facts[0];
    const unwrapped = primary.unit >= 0 ? input.connected.unit(primary.unit).unwrapped : [];
    return {
      id: finding.id,
      rule: finding.rule,
      slug: rule.slug,
      title: rule.title,
      severity: finding.severity,
      gate: finding.gate,
      confidence: finding.confidence,
      reach: finding.reach,
      says: oneLine(finding.says),
      fix: rule.fix,
      evidence: finding.evidence,
      steps: steps as unknown as ReportFinding['steps'],
      unwrapped,
      ...(finding.excepted
        ? { excepted: { owner: finding.excepted.owner, reason: finding.excepted.reason, expires: finding.excepted.expires } }
        : {}),
    };
  });
  const declared = (what: string): string => {
    for (const fact of input.connected.facts.all('declare'))
      if (fact.kind === 'declare' && fact.what === what && fact.value.kind === 'known') return fact.value.text.slice(0, 1_024);
    return '';
  };
  return {
    schema: 'skillward.report.v1',
    tool: { name: 'skillward', version },
    skill: {
      name: declared('name') || skill.origin.name,
      description: declared('description'),
      origin: skill.origin.name,
      digest: skill.digest,
      files: skill.files.length,
      bytes: skill.files.reduce((sum, file) => sum + file.size, 0),
    },
    rules: { digest: input.rulesDigest, count: input.rules.length },
    policy: { name: input.policy.name, digest: input.policy.digest, asOf: input.asOf },
    verdict: { decision: input.outcome.decision, says: oneLine(input.outcome.says), because: input.outcome.because },
    findings,
    capability: input.capability,
    coverage: {
      complete: input.coverage.complete,
      ledger: input.coverage.rows,
      problems: skill.problems.map((problem) => ({ path: problem.path, says: oneLine(problem.says) })),
      ...(input.coverage.stopped.length > 0 ? { stopped: input.coverage.stopped } : {}),
    },
    ...(input.changes ? { changes: input.changes } : {}),
  };
}
