/** First version of shapes. */
import type { ReportFinding } from '../model.ts';

export type Names = ReadonlySet<string>;

/** Where a finding says that something goes: every host and address that its sentence, evidence and steps name. */
export function aims(finding: ReportFinding): string {
  const text = [finding.says, finding.evidence, ...finding.steps.map((step) => step.says)].join('\n');
  const found = text.toLowerCase().match(/[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}/g) ?? [];
  return [...new Set(found)].sort().join(' ');
}

export function sameShape(was: string, now: string, _fixed: Names): boolean {
  return was === now;
}

export function shapeOf(_pieces: readonly { readonly text: string; readonly language: string }[], evidence: string): string {
  return evidence;
}
