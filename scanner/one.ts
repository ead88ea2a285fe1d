/** Loads and scans one target and says what kind of failure an exception is. Used by threads and, for a few targets, by the command itself. */
import { examine, LoadError, load, type loadPolicy, scan } from './index.ts';
import { limits } from './limits.ts';
import { assemble, type SourceEntry } from './load/index.ts';
import type { Capability, Examined, Report } from './model.ts';
import { PolicyError, unexpired } from './policy/index.ts';
import { slim } from './report/index.ts';

export interface WorkerOptions {
  readonly policy: string | { readonly file: string; readonly text: string };
  readonly asOf: string;
  readonly registry?: string;
  readonly token?: string;
  readonly ref?: string;
  readonly indicators?: { readonly file: string; readonly text: string };
  readonly against?: { readonly name: string; readonly capability: Capability };
  /** Send back only what a summary shows. */
  readonly slim?: boolean;
}
/** A package whose bytes are at hand already: files at a commit of a repository. */
export interface PackageTarget {
  /** Last segment of its folder: what people and policies call it. */
  readonly name: string;
  readonly entries: readonly SourceEntry[];
}

/** Scans a package for a comparison. Exceptions that have expired are as if they were not there: who compares says so. */
export const examineOne = (
  { name, entries }: PackageTarget,
  asOf: string,
  policy: ReturnType<typeof loadPolicy>,
  watchdog = true,
): Promise<Examined> => examine(assemble(entries, { kind: 'git', given: name, name }, limits), { policy: unexpired(policy, asOf), asOf, watchdog });

/** What a thread does with one target; used by the command in the main thread as well. */
export async function vetOne(target: string, options: WorkerOptions, policy: ReturnType<typeof loadPolicy>, watchdog = true): Promise<Report> {
  const skill = await load(target, {
    ...(options.registry === undefined ? {} : { registry: options.registry }),
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(options.ref === undefined ? {} : { ref: options.ref }),
  });
  const report = await scan(skill, { policy, asOf: options.asOf, watchdog, ...(options.against ? { against: options.against } : {}) });
  return options.slim === true ? slim(report, true) : report;
}

/** Says what kind of failure an exception is. */
export function failureOf(error: unknown): { kind: 'load' | 'policy' | 'crash'; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof LoadError) return { kind: 'load', message };
  if (error instanceof PolicyError) return { kind: 'policy', message };
  return { kind: 'crash', message };
}
