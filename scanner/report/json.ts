/**
 * JSON: the document itself for one skill, an envelope for several. Schema: schema.json beside this file. The envelope can be written piece by piece, so that
 * thousands of reports never have to be in memory at once.
 */
import type { Report } from '../model.ts';
import type { Failure, RenderOptions } from './options.ts';
import { type Tally, tally } from './summary.ts';

export interface Reports {
  readonly schema: 'skillward.reports.v1';
  readonly reports: readonly Report[];
  readonly failures: readonly Failure[];
  readonly summary: Tally;
}

/** One skill. */
export const json = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;

/** Several skills. */
export function jsonSummary(reports: readonly Report[], options: RenderOptions = {}): string {
  const failures = options.failures ?? [];
  const document: Reports = { schema: 'skillward.reports.v1', reports, failures, summary: tally(reports, failures, options.failOn) };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The envelope in pieces: `head`, then each report with `piece`, then `tail`. Same content as {@link jsonSummary}, without the indentation. */
export const jsonStream = {
  head: '{"schema":"skillward.reports.v1","reports":[',
  piece: (report: Report, index: number): string => `${index === 0 ? '' : ','}\n${JSON.stringify(report)}`,
  tail: (failures: readonly Failure[], summary: Tally): string =>
    `\n],"failures":${JSON.stringify(failures)},"summary":${JSON.stringify(summary)}}\n`,
};
