/** The formats of a Change. Every writer is a function of the document (the page also of the texts); each is loaded when it is asked for. */
import type { Change } from '../../model.ts';
import type { ChangeOptions } from './options.ts';

export type { ChangeOptions, TextOf } from './options.ts';

const writers = {
  terminal: async () => (await import('./terminal.ts')).terminal,
  json: async () => (await import('./json.ts')).json,
  markdown: async () => (await import('./markdown.ts')).markdown,
  html: async () => (await import('./html.ts')).html,
} as const satisfies Record<string, () => Promise<(change: Change, options: ChangeOptions) => string>>;

export type ChangeFormat = keyof typeof writers;
export const changeFormats: readonly [ChangeFormat, ...ChangeFormat[]] = ['terminal', 'json', 'markdown', 'html'];

/** Writes a change in a format. The same change, options and texts give the same bytes. */
export async function renderChange(format: ChangeFormat, change: Change, options: ChangeOptions = {}): Promise<string> {
  return (await writers[format]())(change, options);
}
