/**
 * The report formats. Every writer is a function of the Report document; each is loaded when it is asked for, so that a terminal report does not pay for HTML.
 */
import type { Report } from '../model.ts';
import type { RenderOptions } from './options.ts';

export type { Failure, RenderOptions, RuleInfo, Target } from './options.ts';
export { exitCodes, exitMeanings, exitOf, slim, type Tally, tally } from './summary.ts';

interface Writer {
  one(report: Report, options: RenderOptions): string;
  many(reports: readonly Report[], options: RenderOptions): string;
}

const writers = {
  terminal: async (): Promise<Writer> => {
    const { terminal, terminalSummary } = await import('./terminal.ts');
    return { one: terminal, many: terminalSummary };
  },
  json: async (): Promise<Writer> => {
    const { json, jsonSummary } = await import('./json.ts');
    return { one: json, many: jsonSummary };
  },
  sarif: async (): Promise<Writer> => {
    const { sarif } = await import('./sarif.ts');
    return { one: (report, options) => sarif([report], options), many: sarif };
  },
  markdown: async (): Promise<Writer> => {
    const { markdown, markdownSummary } = await import('./markdown.ts');
    return { one: markdown, many: markdownSummary };
  },
  html: async (): Promise<Writer> => {
    const { html, htmlSummary } = await import('./html.ts');
    return { one: html, many: htmlSummary };
  },
} as const;

export type ReportFormat = keyof typeof writers;
export const reportFormats = Object.keys(writers) as readonly ReportFormat[];

/** Writes reports in a format: the full form for one, the summary form for several, for none, and where targets failed. */
export async function render(format: ReportFormat, reports: readonly Report[], options: RenderOptions = {}): Promise<string> {
  const writer = await writers[format]();
  const [only] = reports;
  const single = only !== undefined && reports.length === 1 && options.several !== true && (options.failures ?? []).length === 0;
  return single ? writer.one(only, options) : writer.many(reports, options);
}
