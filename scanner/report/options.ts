/**
 * What every report writer is told besides the reports. Structural types only: report imports no rule and no stage, so whoever calls it hands over the rule list.
 */
import type { Confidence, Gate, RuleId, Severity } from '../model.ts';

/** The part of a rule that reports speak of. A `Rule` fits. */
export interface RuleInfo {
  readonly id: RuleId;
  readonly slug: string;
  readonly title: string;
  readonly family: string;
  readonly severity: Severity;
  readonly gate: Gate;
  readonly confidence: Confidence;
  readonly fix: string;
  readonly maps: {
    readonly owasp: readonly string[];
    readonly atlas?: readonly string[];
    readonly attack?: readonly string[];
    readonly cwe?: readonly string[];
  };
}

/** A target that gave no report. `unread`: it could not be loaded or was stopped; `crash`: a fault of ours. */
export interface Failure {
  readonly name: string;
  readonly kind: 'unread' | 'crash';
  readonly says: string;
}

/** Where a report's skill was, as the user wrote it: reports themselves do not depend on where a skill lies. */
export interface Target {
  /** Shown in summaries. */
  readonly name: string;
  /** Folder of the skill from where the command ran, `/`-separated, empty for none: SARIF places start with it. */
  readonly root: string;
}

export interface RenderOptions {
  /** One for each report, in the same order. */
  readonly targets?: readonly Target[];
  /** Width of the terminal in columns; 100 by default. */
  readonly columns?: number;
  /** Write ANSI colours (terminal only). */
  readonly color?: boolean;
  /** Everything: findings that only list an ability, every step, every file. */
  readonly verbose?: boolean;
  /** The verdict and nothing else (terminal only). */
  readonly quiet?: boolean;
  /** `block` lets review pass. */
  readonly failOn?: 'review' | 'block';
  /** Speak in the summary form even of a single skill: it was asked for as one of several. */
  readonly several?: boolean;
  /** Rules that ran, for formats that describe them. */
  readonly rules?: readonly RuleInfo[];
  /** Targets without a report. */
  readonly failures?: readonly Failure[];
}
