/**
 * The outputs of a check. Every writer is a function of the CheckReport and loaded when it is asked for.
 *
 * A silent report (nothing to tell) is nothing at all in the formats that people read, and an empty document in those that programs read.
 */
import type { CheckReport } from '../model.ts';
import type { CheckRenderOptions } from './common.ts';

export type { CheckRenderOptions } from './common.ts';

type Writer = (report: CheckReport, options: CheckRenderOptions) => string;

const writers = {
  terminal: async (): Promise<Writer> => (await import('./terminal.ts')).checkTerminal,
  json: async (): Promise<Writer> => (await import('./json.ts')).checkJson,
  markdown: async (): Promise<Writer> => (await import('./markdown.ts')).checkMarkdown,
  sarif: async (): Promise<Writer> => {
    const [{ checkSarif }, { rules }] = await Promise.all([import('./sarif.ts'), import('../../../scanner/rules/index.ts')]);
    return (report, options) => checkSarif(report, { rules, ...options });
  },
  gitlab: async (): Promise<Writer> => (await import('./gitlab.ts')).checkGitlab,
  line: async (): Promise<Writer> => (await import('./line.ts')).checkLines,
  rdjson: async (): Promise<Writer> => (await import('./line.ts')).checkRdjson,
  github: async (): Promise<Writer> => (await import('./github.ts')).checkGithub,
} as const;

export type CheckFormat = keyof typeof writers;
export const checkFormats = Object.keys(writers) as readonly CheckFormat[];

/** Writes a report in a format. */
export async function renderCheck(format: CheckFormat, report: CheckReport, options: CheckRenderOptions = {}): Promise<string> {
  return (await writers[format]())(report, options);
}
